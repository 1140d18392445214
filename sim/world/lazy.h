/* SPDX-License-Identifier: BSD-2-Clause */
/* keepalives = lazy: a keepalive on its way into a site is no event. It waits at the site, and the
   downlink, the NATs and the counters feel it when something else is about to touch them, in the
   order in which they would have felt it (docs/decisions/0012-lazy-keepalives.md).

   Protocol of use: begin once the sites are known; push what keeps says is to wait; settle whenever
   an event reaches a host or box, before it does anything; settle_all before counters are read;
   free before the shards. Without lazy keepalives all but keeps do nothing. */
#ifndef SIM_WORLD_LAZY_H
#define SIM_WORLD_LAZY_H

#include "sim/net/packet.h"

struct sim_shard;
struct sim_world;

/* What differs between keepalives: their bytes are all the same. */
struct sim_lazy_item {
    struct sim_event event;
    struct sim_packet_ends ends; /* where there are NATs */
    bool arrived;
};

/* Keepalives that wait at one site: a sorted array, the next one last. */
struct sim_lazy {
    struct sim_lazy_item *item; /* owned */
    uint32_t n, capacity;
};

/* A hint, as relo_node_prefetch is: what the next one that waits will touch, a step at a time. */
enum sim_lazy_near {
    SIM_LAZY_NEAR_SITE,
    SIM_LAZY_NEAR_ITEMS,
    SIM_LAZY_NEAR_BINDING,
    SIM_LAZY_NEAR_SESSION
};
void sim_lazy_prefetch(const struct sim_world *world, uint32_t entity, enum sim_lazy_near what);

void sim_lazy_begin(struct sim_world *world);
void sim_lazy_free(struct sim_world *world);

/* Whether a packet is to wait where it goes next, rather than to be an event. */
bool sim_lazy_keeps(const struct sim_world *world, const struct sim_packet *packet);
/* Takes the packet. */
void sim_lazy_push(struct sim_shard *shard, struct sim_packet *packet);
/* Whether any that waits at the entity's site arrives there by `until`. */
bool sim_lazy_waits(const struct sim_world *world, uint32_t entity, relo_time until);
/* All that would have come to the site of this entity before the event under way. */
void sim_lazy_settle(struct sim_shard *shard, uint32_t entity);
/* All that would have come to any site before now; at barriers. */
void sim_lazy_settle_all(struct sim_world *world);

#endif
