/* SPDX-License-Identifier: BSD-2-Clause */
/* The Routing Table of CHORD-RELOAD, RFC 6940 sections 10.1, 10.3, 10.4 and 10.7. */
#include "core/topology/ring.h"

#include "core/base/check.h"
#include "core/base/hash.h"
#include "core/topology/fingers.h"

#include <string.h>

#define ENTRY_BYTES (2 * sizeof(uint64_t) + sizeof(relo_handle) + 1)
#define GROW_BY 4u

void relo_ring_init(struct relo_ring *ring, struct relo_id self, uint8_t neighbors)
{
    *ring = (struct relo_ring){.self = self, .neighbors = neighbors};
}

void relo_ring_fini(struct relo_ring *ring, struct relo_pool *pool)
{
    relo_pool_free(pool, ring->hi, ring->capacity * ENTRY_BYTES);
    relo_ring_init(ring, ring->self, ring->neighbors);
}

static void grow(struct relo_ring *ring, struct relo_pool *pool, uint32_t capacity)
{
    uint32_t n = ring->count;
    uint64_t *hi = relo_pool_alloc(pool, capacity * ENTRY_BYTES);
    uint64_t *lo = hi + capacity;
    relo_handle *handle = (relo_handle *)(lo + capacity);
    uint8_t *flags = (uint8_t *)(handle + capacity);
    if (n > 0) {
        memcpy(hi, ring->hi, n * sizeof *hi);
        memcpy(lo, ring->lo, n * sizeof *lo);
        memcpy(handle, ring->handle, n * sizeof *handle);
        memcpy(flags, ring->flags, n);
    }
    relo_pool_free(pool, ring->hi, ring->capacity * ENTRY_BYTES);
    ring->hi = hi;
    ring->lo = lo;
    ring->handle = handle;
    ring->flags = flags;
    ring->capacity = (uint16_t)capacity;
}

void relo_ring_reserve(struct relo_ring *ring, struct relo_pool *pool, uint32_t count)
{
    uint32_t capacity = count + GROW_BY - 1;
    capacity -= capacity % GROW_BY;
    if (capacity > ring->capacity)
        grow(ring, pool, capacity);
}

static struct relo_id distance_at(const struct relo_ring *ring, uint32_t i)
{
    return (struct relo_id){ring->hi[i], ring->lo[i]};
}

/* The first entry at distance d or more. */
static uint32_t lower_bound(const struct relo_ring *ring, struct relo_id d)
{
    uint32_t from = 0, to = ring->count;
    while (from < to) {
        uint32_t middle = (from + to) / 2;
        bool less =
            ring->hi[middle] < d.hi || (ring->hi[middle] == d.hi && ring->lo[middle] < d.lo);
        if (less)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

int relo_ring_find(const struct relo_ring *ring, struct relo_id id)
{
    struct relo_id d = relo_id_sub(id, ring->self);
    uint32_t i = lower_bound(ring, d);
    return i < ring->count && relo_id_equal(distance_at(ring, i), d) ? (int)i : -1;
}

struct relo_id relo_ring_id(const struct relo_ring *ring, uint32_t i)
{
    return relo_id_add(ring->self, distance_at(ring, i));
}

uint32_t relo_ring_before(const struct relo_ring *ring, struct relo_id id)
{
    return lower_bound(ring, relo_id_sub(id, ring->self));
}

bool relo_ring_fewer_before(const struct relo_ring *ring, struct relo_id id, uint32_t n)
{
    return n > ring->count ||
           relo_id_compare(distance_at(ring, n - 1), relo_id_sub(id, ring->self)) >= 0;
}

bool relo_ring_is_neighbor(const struct relo_ring *ring, uint32_t i)
{
    return i < ring->neighbors || i + ring->neighbors >= ring->count;
}

bool relo_ring_wants(const struct relo_ring *ring, struct relo_id id)
{
    struct relo_id d = relo_id_sub(id, ring->self);
    uint32_t i = lower_bound(ring, d);
    return i < ring->neighbors || i + ring->neighbors > ring->count ||
           (i < ring->count && relo_id_equal(distance_at(ring, i), d)) ||
           relo_fingers_find(ring, relo_fingers_slot(d)) < 0;
}

bool relo_ring_offer(struct relo_ring *ring, struct relo_pool *pool, struct relo_id id,
                     relo_handle link)
{
    struct relo_id d = relo_id_sub(id, ring->self);
    RELO_CHECK(d.hi != 0 || d.lo != 0); /* 10.7.3: never list yourself */
    uint32_t i = lower_bound(ring, d);
    if (i < ring->count && relo_id_equal(distance_at(ring, i), d)) {
        ring->handle[i] = link;
        return false;
    }
    bool finger = relo_fingers_find(ring, relo_fingers_slot(d)) < 0;
    if (ring->count == ring->capacity)
        grow(ring, pool, ring->capacity + GROW_BY);
    uint32_t after = ring->count - i;
    memmove(ring->hi + i + 1, ring->hi + i, after * sizeof *ring->hi);
    memmove(ring->lo + i + 1, ring->lo + i, after * sizeof *ring->lo);
    memmove(ring->handle + i + 1, ring->handle + i, after * sizeof *ring->handle);
    memmove(ring->flags + i + 1, ring->flags + i, after);
    ring->count++;
    ring->hi[i] = d.hi;
    ring->lo[i] = d.lo;
    ring->handle[i] = link;
    ring->flags[i] = finger ? RELO_RING_FINGER : 0;
    if (relo_ring_is_neighbor(ring, i))
        ring->flags[i] |= RELO_RING_CONFIRMED;
    for (uint32_t j = ring->neighbors; j + ring->neighbors < ring->count; j++)
        ring->flags[j] &= (uint8_t)~RELO_RING_CONFIRMED; /* pushed out */
    return true;
}

bool relo_ring_remove(struct relo_ring *ring, struct relo_id id)
{
    int at = relo_ring_find(ring, id);
    if (at < 0)
        return false;
    uint32_t i = (uint32_t)at, after = ring->count - i - 1;
    uint32_t slot = relo_fingers_slot(distance_at(ring, i));
    bool finger = ring->flags[i] & RELO_RING_FINGER;
    memmove(ring->hi + i, ring->hi + i + 1, after * sizeof *ring->hi);
    memmove(ring->lo + i, ring->lo + i + 1, after * sizeof *ring->lo);
    memmove(ring->handle + i, ring->handle + i + 1, after * sizeof *ring->handle);
    memmove(ring->flags + i, ring->flags + i + 1, after);
    ring->count--;
    for (uint32_t j = 0; finger && j < ring->count; j++)
        if (relo_fingers_slot(distance_at(ring, j)) == slot) { /* 6940-10.7.2-1 */
            ring->flags[j] |= RELO_RING_FINGER;
            break;
        }
    return true;
}

int relo_ring_surplus(const struct relo_ring *ring)
{
    for (uint32_t i = ring->neighbors; i + ring->neighbors < ring->count; i++)
        if (!(ring->flags[i] & RELO_RING_FINGER))
            return (int)i;
    return -1;
}

struct relo_id relo_ring_from(const struct relo_ring *ring)
{
    return ring->count > 0 ? relo_ring_id(ring, ring->count - 1u) : ring->self;
}

static uint64_t digest_of(const struct relo_ring *ring, uint32_t i)
{
    return relo_hash_mix(ring->hi[i], ring->lo[i]);
}

/* Sums, so that the order does not matter: replicas and neighbors are sets (10.7.3). */
uint64_t relo_ring_neighbor_digest(const struct relo_ring *ring)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < ring->count; i++)
        if (relo_ring_is_neighbor(ring, i))
            sum += digest_of(ring, i);
    return sum;
}

uint64_t relo_ring_replica_digest(const struct relo_ring *ring, uint32_t replicas)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < replicas && i < ring->count; i++)
        sum += digest_of(ring, i);
    return sum;
}

bool relo_ring_flag_take(struct relo_ring *ring, enum relo_ring_flag flag, struct relo_id *id)
{
    for (uint32_t i = 0; i < ring->count; i++) {
        if (!(ring->flags[i] & flag))
            continue;
        ring->flags[i] &= (uint8_t)~flag;
        *id = relo_ring_id(ring, i);
        return true;
    }
    return false;
}

uint32_t relo_ring_finger_count(const struct relo_ring *ring)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < ring->count; i++)
        n += (ring->flags[i] & RELO_RING_FINGER) != 0;
    return n;
}

relo_handle relo_ring_next_hop(const struct relo_ring *ring, struct relo_id id, relo_handle avoid)
{
    if (ring->count == 0)
        return 0;
    struct relo_id d = relo_id_sub(id, ring->self);
    uint32_t i; /* entries in (self, id]; for self's own id that is the whole ring */
    if (d.hi == 0 && d.lo == 0) {
        i = ring->count;
    } else {
        i = lower_bound(ring, d);
        if (i < ring->count && ring->hi[i] == d.hi && ring->lo[i] == d.lo) /* lo is not near */
            i++;
    }
    /* 10.3: nobody in between, so the successor is the smallest Node-ID greater than k; and nobody
       else may have it, or messages would circle. */
    if (i == 0) /* 6940-10.3-3 */
        return ring->handle[0] == avoid ? 0 : ring->handle[0];
    while (i > 0 && ring->handle[i - 1] == avoid)
        i--;
    return i > 0 ? ring->handle[i - 1] : 0; /* 6940-10.3-2 */
}

bool relo_ring_plausible(const struct relo_ring *ring, struct relo_id resource, struct relo_id peer,
                         bool joined)
{
    /* The responsible peer is the first at or after the Resource-ID. */
    struct relo_id d = relo_id_sub(peer, resource);
    if (joined && !relo_id_equal(peer, ring->self) &&
        relo_id_compare(relo_id_sub(ring->self, resource), d) < 0)
        return false;
    for (uint32_t i = 0; i < ring->count; i++)
        if (relo_ring_is_neighbor(ring, i) && /* 6940-6.3.4-15 */
            relo_id_compare(relo_id_sub(relo_ring_id(ring, i), resource), d) < 0)
            return false;
    return true;
}

bool relo_ring_replica_plausible(const struct relo_ring *ring, struct relo_id resource,
                                 struct relo_id sender)
{
    int at = relo_ring_find(ring, sender);
    if (at < 0)
        return false;
    uint32_t side = relo_ring_side(ring), rank = ring->count - 1u - (uint32_t)at;
    if (rank >= side) /* 6940-10.4-3 6940-7.4.1.1-11 */
        return false;
    /* Its predecessors may have failed before we heard of it, so its range reaches at most to the
       farthest one that we know; if it is that one itself, how far its range reaches is not known.
     */
    struct relo_id far = relo_ring_id(ring, relo_ring_predecessor(ring, side - 1));
    if (relo_id_equal(far, sender))
        return !relo_id_in_range(resource, sender, ring->self);
    return relo_id_in_range(resource, far, sender);
}

bool relo_ring_in_set(const struct relo_ring *ring, struct relo_id sender, uint32_t replicas)
{
    uint32_t side = relo_ring_side(ring), n = side < replicas ? side : replicas;
    if (n == 0)
        return false;
    return relo_id_compare(relo_id_sub(sender, ring->self), distance_at(ring, n - 1)) <= 0;
}

uint32_t relo_ring_nearer(const struct relo_ring *ring, struct relo_id resource,
                          struct relo_id *peers, uint32_t max)
{
    /* Distances from this peer grow clockwise, so from the resource on to the end of the array. */
    uint32_t n = 0, side = relo_ring_side(ring);
    uint32_t first = lower_bound(ring, relo_id_sub(resource, ring->self));
    if (relo_id_equal(resource, ring->self))
        return 0;
    if (first + side < ring->count)
        first = ring->count - side; /* what lies before the predecessors is not known */
    for (uint32_t i = first; i < ring->count && n < max; i++)
        peers[n++] = relo_ring_id(ring, i);
    return n;
}

bool relo_ring_keeps(const struct relo_ring *ring, struct relo_id resource, uint32_t replicas)
{
    if (relo_ring_side(ring) <= replicas)
        return true;
    struct relo_id last = relo_ring_id(ring, relo_ring_predecessor(ring, replicas));
    return relo_id_in_range(resource, last, ring->self); /* 6940-10.5-10 */
}
