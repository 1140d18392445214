/* SPDX-License-Identifier: BSD-2-Clause */
/* A lower bound of a run's memory: what is there once every peer is up. Stored values, packets and
   queues, what churn leaves behind and what a busier moment needed all come on top. */
#include "sim/world/need.h"

#include "sim/world/world.h"

/* docs/MEMORY.md; tests/sim/test_memory.c compares both with what a run has taken. */
#define NODE_BYTES 1152 /* struct relo_node and struct relo_chord */
#define LINK_BYTES 140  /* struct relo_link, and its place in the connection table */

#define PORTS_MANY 1000 /* a NAT with so many never lacks one for a host of its own */
#define MILLION 1000000

static uint32_t log2_floor(uint64_t n)
{
    uint32_t log = 0;
    while (n >>= 1)
        log++;
    return log;
}

/* Link ends of a peer in a converged ring of n: its neighbors, the fingers beyond them, and as many
   peers whose finger it is. Measured: 14.8 at 100 peers (this: 14), 28.1 at 10,000 (26), 34.8 at
   100,000 (34). */
static uint64_t ring_links(const struct sim_params *params, uint64_t n)
{
    uint64_t sides = MIN(params->predecessors, params->successors);
    if (n <= 2 * sides + 1)
        return n ? n - 1 : 0;
    uint64_t fingers = log2_floor(n / sides); /* 1 at least */
    return MIN(2 * (sides + MIN(fingers, params->fingers_max) - 1), n - 1);
}

/* Of the pairs in a wired ring, in millionths, those that have a link for certain. Whether there
   are relays enough for the others, bindings enough, and hosts outside one's own carrier, is a
   matter of chance. */
static uint64_t linked_share(const struct sim_nat_mix *nat)
{
    if (!nat->on)
        return MILLION;
    if (nat->hosts_per_nat > 1 || nat->cgn_ppb || nat->bindings_max ||
        nat->port_max - nat->port_min < PORTS_MANY)
        return 0;
    return sim_nat_mix_direct(nat, SIM_NAT_PAIRS_ABLE);
}

struct sim_need sim_need(const struct sim_params *params, uint32_t hosts)
{
    struct sim_need need = {0, 0};
    uint64_t able = params->peers;

    if (params->pairs) /* one after the other */
        return need;
    if (params->nat.on)
        able -= able * params->nat.share_ppb[SIM_NAT_CLASS_BLOCKED] / SIM_NAT_PPB;
    /* Who joins by the protocol may fail to. */
    if (params->bootstrap == SIM_BOOTSTRAP_ORACLE)
        need.links = able * ring_links(params, able) * linked_share(&params->nat) / MILLION;
    need.bytes = need.links * LINK_BYTES + (uint64_t)params->peers * NODE_BYTES +
                 (uint64_t)MAX(hosts, params->peers) * sizeof(struct sim_host);
    return need;
}
