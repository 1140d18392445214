/* SPDX-License-Identifier: BSD-2-Clause */
/* TURN allocations of a wired ring: what peers without a direct path would have asked for, and what
   their NATs would know of it (docs/decisions/0014-relays-in-the-simulator.md).

   Protocol of use: new; pair for both ends of each such link, in any order; then own and served for
   the STARTs; free. */
#ifndef SIM_WORLD_RELAYS_H
#define SIM_WORLD_RELAYS_H

#include "core/relo.h"

struct sim_world;
struct sim_relays; /* relays.c */

/* A path over a relay. */
struct sim_relayed {
    uint32_t client;       /* the host that has the allocation */
    uint32_t server;       /* the host that serves it */
    struct relo_addr peer; /* the other, as the server sees it */
    struct relo_addr relayed;
};

struct sim_relays *sim_relays_new(struct sim_world *world);
void sim_relays_free(struct sim_relays *relays); /* NULL is legal */

/* The path between two hosts, the same for both ends. False: there is none, for want of servers. */
bool sim_relays_pair(struct sim_relays *relays, uint32_t a, uint32_t b, struct sim_relayed *path);

/* Borrowed until the next call of pair or free. NULL: it has none. */
const struct relo_wired_allocation *sim_relays_own(struct sim_relays *relays, uint32_t host);
/* Those at this server; borrowed until the next call of served or free. */
const struct relo_wired_allocation *sim_relays_served(struct sim_relays *relays, uint32_t host,
                                                      uint32_t *count);

#endif
