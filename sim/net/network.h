/* SPDX-License-Identifier: BSD-2-Clause */
/* What the network does to a packet between two sites: uplink, loss, latency and jitter on sending;
   the downlink on arrival.

   Protocol of use: sim_network_send for each SEND in its order; where it says true the packet
   arrives at the receiving site at *arrival, and there sim_network_receive says when it is
   delivered. Nothing here has state but the `free_at` of the two access links and the statistics of
   the shard: every draw is a function of (seed, purpose, source, sequence). */
#ifndef SIM_NET_NETWORK_H
#define SIM_NET_NETWORK_H

#include "core/base/addr.h"
#include "sim/net/burst.h"
#include "sim/net/latency.h"

#define SIM_HOP_MIN_NS RELO_US /* every packet takes that long at least, also to oneself */

struct sim_network {
    const struct sim_params *params; /* borrowed */
    struct sim_latency latency;
    uint64_t loss_below; /* a draw below this is a loss */
    struct sim_burst burst;
    const uint32_t *place; /* borrowed; by host, where several share one; NULL: each has its own */
};

struct sim_network_stats {
    uint64_t sent, lost, dropped_up, dropped_down, clamped, oversize, blocked;
    uint64_t corrupted, duplicated, reordered, slow_drops; /* sim/fault */
};

void sim_network_init(struct sim_network *network, const struct sim_params *params, uint32_t sites);
void sim_network_fini(struct sim_network *network);

/* `up_free_at`: of the source's uplink. False: dropped or lost (counted). It is leave and cross in
   one, but to oneself neither. */
bool sim_network_send(const struct sim_network *network, relo_time *up_free_at, relo_time now,
                      uint32_t source, uint32_t target, uint64_t sequence, uint32_t ip_bytes,
                      struct sim_network_stats *stats, relo_time *arrival);

/* The uplink: *leaves is when the packet has passed it. False: its queue is full (counted). */
bool sim_network_leave(const struct sim_network *network, relo_time *up_free_at, relo_time now,
                       uint32_t ip_bytes, struct sim_network_stats *stats, relo_time *leaves);
/* Between two different sites. */
bool sim_network_cross(const struct sim_network *network, relo_time leaves, uint32_t source,
                       uint32_t target, uint64_t sequence, struct sim_network_stats *stats,
                       relo_time *arrival);

/* `down_free_at`: of the target's downlink. False: its queue is full (counted). */
bool sim_network_receive(const struct sim_network *network, relo_time *down_free_at, relo_time now,
                         uint32_t ip_bytes, struct sim_network_stats *stats, relo_time *delivery);

/* Hosts' addresses: 10.x.y.z in order of their numbers, for the whole run; port 6084. */
#define SIM_PORT 6084
struct relo_addr sim_network_addr(uint32_t host);
/* False where no host of this run has the address. */
bool sim_network_host(const struct sim_network *network, const struct relo_addr *addr,
                      uint32_t *host);

#endif
