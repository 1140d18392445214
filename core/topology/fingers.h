/* SPDX-License-Identifier: BSD-2-Clause */
/* The Finger Table's arithmetic (RFC 6940 sections 10.5 and 10.7.4.2): slot i, from 1, is for a
   peer in [x+2^(128-i), x+2^(128-(i-1))-1]. Which peer has a slot is a flag in the ring. */
#ifndef RELO_TOPOLOGY_FINGERS_H
#define RELO_TOPOLOGY_FINGERS_H

#include "core/topology/ring.h"

#define RELO_FINGER_SLOTS 128

/* The only slot for a peer at this clockwise distance (not zero): 1 to 128. */
uint32_t relo_fingers_slot(struct relo_id distance);
/* x+2^(128-i). */
struct relo_id relo_fingers_start(struct relo_id self, uint32_t slot);
/* Any id of the slot's range; `random` is 128 random bits. */
struct relo_id relo_fingers_random(struct relo_id self, uint32_t slot, struct relo_id random);
/* Index of the ring's entry that is the slot's finger, -1: the slot is invalid. */
int relo_fingers_find(const struct relo_ring *ring, uint32_t slot);
/* Slots in use (10.7.4.3): until the last one lies within the successor list, min to max. */
uint32_t relo_fingers_size(const struct relo_ring *ring, uint32_t min, uint32_t max);
/* Whether the slot is invalid and may have a peer: a range that ends before the last successor has
   none but those. */
bool relo_fingers_wanted(const struct relo_ring *ring, uint32_t slot);
/* The slot to search a peer for: from 1 on, each wanted one with probability 1/2 (by the bits of
   `random`); 0: none. */
uint32_t relo_fingers_choose(const struct relo_ring *ring, uint32_t min, uint32_t max,
                             struct relo_id random);

#endif
