/* SPDX-License-Identifier: BSD-2-Clause */
/* The Finger Table's arithmetic, RFC 6940 sections 10.5, 10.7.4.2 and 10.7.4.3. */
#include "core/topology/fingers.h"

uint32_t relo_fingers_slot(struct relo_id distance)
{
    if (distance.hi != 0)
        return (uint32_t)__builtin_clzll(distance.hi) + 1;
    return distance.lo != 0 ? (uint32_t)__builtin_clzll(distance.lo) + 65 : RELO_FINGER_SLOTS;
}

struct relo_id relo_fingers_start(struct relo_id self, uint32_t slot)
{
    return relo_id_add(self, relo_id_power(RELO_FINGER_SLOTS - (int)slot));
}

struct relo_id relo_fingers_random(struct relo_id self, uint32_t slot, struct relo_id random)
{
    struct relo_id size = relo_id_power(RELO_FINGER_SLOTS - (int)slot);
    struct relo_id mask = relo_id_sub(size, (struct relo_id){0, 1});
    struct relo_id offset = {random.hi & mask.hi, random.lo & mask.lo};
    return relo_id_add(relo_id_add(self, size), offset);
}

int relo_fingers_find(const struct relo_ring *ring, uint32_t slot)
{
    for (uint32_t i = 0; i < ring->count; i++) {
        struct relo_id d = {ring->hi[i], ring->lo[i]};
        if ((ring->flags[i] & RELO_RING_FINGER) && relo_fingers_slot(d) == slot)
            return (int)i;
    }
    return -1;
}

uint32_t relo_fingers_size(const struct relo_ring *ring, uint32_t min, uint32_t max)
{
    /* 10.7.4.3: large enough to contain at least the final successor. */
    uint32_t side = relo_ring_side(ring), size = min;
    if (side > 0) {
        struct relo_id last = {ring->hi[side - 1], ring->lo[side - 1]};
        uint32_t slot = relo_fingers_slot(last);
        if (slot > size)
            size = slot;
    }
    return size < max ? size : max;
}

bool relo_fingers_wanted(const struct relo_ring *ring, uint32_t slot)
{
    if (relo_fingers_find(ring, slot) >= 0) /* 6940-10.7.4.2-1 */
        return false;
    uint32_t side = relo_ring_side(ring);
    if (side == 0)
        return true;
    /* The range's last id, x+2^(128-(i-1))-1, against the last successor: up to there every peer is
       known as a successor, and none of them is in the slot. */
    struct relo_id size = relo_id_power(RELO_FINGER_SLOTS - (int)slot);
    struct relo_id end = relo_id_add(size, relo_id_sub(size, (struct relo_id){0, 1}));
    struct relo_id last = {ring->hi[side - 1], ring->lo[side - 1]};
    return relo_id_compare(end, last) > 0;
}

uint32_t relo_fingers_choose(const struct relo_ring *ring, uint32_t min, uint32_t max,
                             struct relo_id random)
{
    uint32_t size = relo_fingers_size(ring, min, max), coin = 0;
    for (uint32_t slot = 1; slot <= size && coin < 128; slot++) {
        if (!relo_fingers_wanted(ring, slot))
            continue;
        uint64_t bits = coin < 64 ? random.hi : random.lo;
        if (bits >> (coin++ % 64) & 1) /* 6940-10.7.4.2-2 */
            return slot;
    }
    return 0;
}
