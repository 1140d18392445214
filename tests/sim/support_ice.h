/* SPDX-License-Identifier: BSD-2-Clause */
/* Two ICE agents, a STUN server and NATs between them, in virtual time. */
#ifndef TESTS_SIM_SUPPORT_ICE_H
#define TESTS_SIM_SUPPORT_ICE_H

#include "core/ice/agent.h"
#include "core/relo.h"
#include "core/security/suite.h"
#include "sim/nat/preset.h"

#include <glib.h>

#define ICE_SITES 2
#define ICE_NATS 2

struct ice_side {
    struct relo_env env;
    struct relo_ice *ice;
    struct relo_addr local[2];
    unsigned local_count, site;
    relo_time completed; /* RELO_NEVER: not yet */
    unsigned sent, received;
};

/* Where hosts are; nat[0] is the inner one. */
struct ice_site {
    struct sim_nat nat[ICE_NATS];
    struct sim_nat_config config[ICE_NATS];
    unsigned nats;
};

struct ice_net {
    struct relo_shard shard;
    struct sim_nat_counters counters;
    struct ice_site site[ICE_SITES];
    struct ice_side side[2];
    struct relo_addr server[2];
    unsigned servers; /* that the agents know */
    GQueue *flying;   /* struct flying, by time of arrival */
    relo_time now, delay;
    unsigned loss; /* per mille */
    uint64_t drawn, seed;
};

void ice_net_open(struct ice_net *net, uint64_t seed);
void ice_net_close(struct ice_net *net);
/* Adds a NAT (or firewall) around what the site has; external address 198.51.100.(site + 1), or
   100.64.0.(site + 1) for one inside another. */
void ice_net_add_nat(struct ice_net *net, unsigned site, const struct sim_nat_config *config);
/* Gathers on both sides, exchanges offer and answer 50 ms apart, and runs until both are done or
 * `until`. */
void ice_net_run(struct ice_net *net, const struct relo_ice_options *a,
                 const struct relo_ice_options *b, relo_time until);
/* Runs on until `until`. */
void ice_net_advance(struct ice_net *net, relo_time until);
/* Whether both have selected paths, and data sent on each arrives from where the other sends to. */
bool ice_net_connected(struct ice_net *net);
/* Puts a datagram on the wire as if side `from` sent it from `local`. */
void ice_net_send(struct ice_net *net, unsigned from, const struct relo_addr *local,
                  const struct relo_addr *remote, struct relo_view bytes);

#endif
