/* SPDX-License-Identifier: BSD-2-Clause */
/* NATs, firewalls and carrier-grade NATs as entities of the simulator: entity host_count + 1 + i is
   box i of the layout. A box belongs to its site's shard, as its hosts do: what they send passes it
   at once, what arrives at the site is an event of the outermost box.

   Protocol of use: new, once the shards are there; send for each packet of a host; arrive for what
   comes to an entity that is a box, event for its other events; free before the shards. */
#ifndef SIM_WORLD_BOXES_H
#define SIM_WORLD_BOXES_H

#include "core/relo.h"
#include "metrics/run.h"
#include "sim/nat/nat.h"
#include "sim/net/layout.h"
#include "sim/net/packet.h"

struct sim_shard;
struct sim_world;

/* Where a packet goes. */
struct sim_route {
    uint32_t entity; /* host or box */
    uint32_t target; /* a host of the receiving site */
    relo_time arrival;
    struct relo_addr source, destination; /* as written on it; with NATs only */
};

/* Three cache lines. */
struct sim_box {
    struct sim_nat nat;
    relo_time up_free_at, down_free_at; /* of a home's access link, which its hosts share */
    uint32_t moves, reboots;
} __attribute__((aligned(64)));

struct sim_boxes_stats {
    struct sim_nat_counters nat;
    uint64_t reboots, moves;
    uint64_t private_destination; /* packets to private addresses of elsewhere */
    uint64_t blocked_joins;       /* failed joins of hosts whose UDP is blocked */
};

struct sim_boxes {
    struct sim_layout layout;
    struct sim_box *box;           /* owned; by the layout's numbers */
    struct sim_boxes_stats *stats; /* owned; by shard */
    uint32_t tidied;               /* the box that is tidied next */
};

/* The layout alone: before the shards, for who belongs to which depends on it. */
struct sim_boxes *sim_boxes_new(const struct sim_params *params, uint32_t hosts);
void sim_boxes_begin(struct sim_world *world); /* once the shards are there */
void sim_boxes_free(struct sim_boxes *boxes);  /* NULL is legal */

/* False: dropped by a box or the network (counted). */
bool sim_boxes_send(struct sim_shard *shard, uint32_t source, uint64_t sequence, uint32_t ip_bytes,
                    const struct relo_send *send, struct sim_route *route);
void sim_boxes_arrive(struct sim_shard *shard, struct sim_packet *packet);
/* A hint: what a packet with these ends will touch of the NAT that it comes in through, if the
   entity is one. */
void sim_boxes_prefetch(const struct sim_world *world, uint32_t entity,
                        const struct sim_packet_ends *ends, enum sim_nat_near what);
/* At a barrier, every second: homes that nobody is in give back their tables, each box in turn. */
void sim_boxes_tidy(struct sim_world *world);
void sim_boxes_event(struct sim_shard *shard, uint32_t entity);

/* Opens a path between two hosts at time zero as ICE's checks would have: bindings and filters in
   all boxes on the way. *to_a is what b sends to. False: there is no direct path. */
bool sim_boxes_punch(struct sim_world *world, uint32_t a, uint32_t b, struct relo_addr *to_a,
                     struct relo_addr *to_b);

/* Opens a path from a host to the address `to` of a public host at time zero, and back. *source:
   who that one is told it is from. False: there is none. */
bool sim_boxes_reach(struct sim_world *world, uint32_t host, uint32_t server,
                     const struct relo_addr *to, struct relo_addr *source);

void sim_boxes_measure_begin(struct sim_boxes *boxes, uint32_t shards);
void sim_boxes_measure_end(struct sim_world *world);

#endif
