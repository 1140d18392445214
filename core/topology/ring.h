/* SPDX-License-Identifier: BSD-2-Clause */
/* The Routing Table of CHORD-RELOAD (RFC 6940 sections 10.1 and 10.3): Neighbor Table and Finger
   Table as one array of connected peers, sorted clockwise by distance from this peer.

   The first `neighbors` entries are the successors, the last `neighbors` the predecessors (in a
   small ring a peer is both); so when an entry goes, the best match among the others moves up by
   itself (10.7.1). A peer that is no neighbor stays only while it is the finger of its slot: offer,
   then remove what relo_ring_surplus names. Never holds this peer itself (10.7.3). */
#ifndef RELO_TOPOLOGY_RING_H
#define RELO_TOPOLOGY_RING_H

#include "core/base/id.h"
#include "core/base/pool.h"
#include "core/base/slab.h"

enum relo_ring_flag {
    RELO_RING_FINGER = 1,    /* the entry of its finger slot */
    RELO_RING_CONFIRMED = 2, /* a neighbor by knowledge, not only for want of a better one */
    RELO_RING_DECLINES = 4   /* has told that it keeps no replicas of ours; not reported yet */
};

struct relo_ring {
    struct relo_id self;
    uint64_t *hi, *lo;   /* clockwise distance from self; one pool block with the arrays below */
    relo_handle *handle; /* the link to that peer */
    uint8_t *flags;      /* of relo_ring_flag */
    uint16_t count, capacity;
    uint8_t neighbors; /* chord_neighbors */
};

void relo_ring_init(struct relo_ring *ring, struct relo_id self, uint8_t neighbors);
void relo_ring_fini(struct relo_ring *ring, struct relo_pool *pool);

/* Room for so many peers in all, in one piece. */
void relo_ring_reserve(struct relo_ring *ring, struct relo_pool *pool, uint32_t count);

/* Enters a connected peer, or gives its entry a new link. It becomes a finger where its slot has
   none. True: the peer is new in the table. Not for this peer's own id. */
bool relo_ring_offer(struct relo_ring *ring, struct relo_pool *pool, struct relo_id id,
                     relo_handle link);
/* Whether a peer has a place in the table, or would if it were offered. */
bool relo_ring_wants(const struct relo_ring *ring, struct relo_id id);
/* True: it was there. Another entry of its slot becomes the slot's finger. */
bool relo_ring_remove(struct relo_ring *ring, struct relo_id id);
/* Index of an entry that is neither neighbor nor finger, -1 if there is none. */
int relo_ring_surplus(const struct relo_ring *ring);

int relo_ring_find(const struct relo_ring *ring, struct relo_id id); /* index or -1 */
struct relo_id relo_ring_id(const struct relo_ring *ring, uint32_t i);
/* Entries that lie between this peer and `id`, clockwise, `id` itself not counted. */
uint32_t relo_ring_before(const struct relo_ring *ring, struct relo_id id);
/* Whether these are fewer than n, n >= 1. */
bool relo_ring_fewer_before(const struct relo_ring *ring, struct relo_id id, uint32_t n);
bool relo_ring_is_neighbor(const struct relo_ring *ring, uint32_t i);
/* How many successors there are (and predecessors: as many). Number j, nearest first, is entry j,
   or relo_ring_predecessor(ring, j). */
static inline uint32_t relo_ring_side(const struct relo_ring *ring)
{
    return ring->count < ring->neighbors ? ring->count : ring->neighbors;
}
static inline uint32_t relo_ring_predecessor(const struct relo_ring *ring, uint32_t j)
{
    return ring->count - 1 - j;
}
/* Where this peer's range begins: the predecessor; this peer itself when it is alone. */
struct relo_id relo_ring_from(const struct relo_ring *ring);
/* A hash over the set of neighbors, and one over the set of the first `replicas` successors. */
uint64_t relo_ring_neighbor_digest(const struct relo_ring *ring);
uint64_t relo_ring_replica_digest(const struct relo_ring *ring, uint32_t replicas);
/* Clears a flag of the first entry that has it, and says whose that is. False: none has it. */
bool relo_ring_flag_take(struct relo_ring *ring, enum relo_ring_flag flag, struct relo_id *id);
uint32_t relo_ring_finger_count(const struct relo_ring *ring);

/* The entry towards `id` (10.3): the largest Node-ID in (self, id], else the smallest one greater
   than `id`, which is the successor. Without `avoid`, a predecessor of it in that interval; never
   past `id`. 0: none. */
relo_handle relo_ring_next_hop(const struct relo_ring *ring, struct relo_id id, relo_handle avoid);

/* 6.3.4: no neighbor (nor this peer, if `joined`) is closer to the Resource-ID than `peer`. */
bool relo_ring_plausible(const struct relo_ring *ring, struct relo_id resource, struct relo_id peer,
                         bool joined);
/* 10.4: the sender is a known predecessor and the resource lies between the farthest one and it. */
bool relo_ring_replica_plausible(const struct relo_ring *ring, struct relo_id resource,
                                 struct relo_id sender);
/* 7.4.1.1: the sender is one of the first `replicas` successors, or nearer than the last. */
bool relo_ring_in_set(const struct relo_ring *ring, struct relo_id sender, uint32_t replicas);
/* Neighbors in [resource, self), the nearest to the resource first; returns how many of `max`. */
uint32_t relo_ring_nearer(const struct relo_ring *ring, struct relo_id resource,
                          struct relo_id *peers, uint32_t max);
/* 10.7.3: fewer than replicas + 1 predecessors lie between the resource and this peer. */
bool relo_ring_keeps(const struct relo_ring *ring, struct relo_id resource, uint32_t replicas);

#endif
