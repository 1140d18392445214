/* SPDX-License-Identifier: BSD-2-Clause */
/* Peers heard of that would be neighbors, RFC 6940 section 10.7.3. */
#include "core/topology/prospects.h"

#include <string.h>

#define GROW_BY 4u

void relo_prospects_fini(struct relo_prospects *prospects, struct relo_pool *pool)
{
    relo_pool_free(pool, prospects->list, prospects->capacity * sizeof *prospects->list);
    *prospects = (struct relo_prospects){0};
}

int relo_prospects_find(const struct relo_prospects *prospects, struct relo_id id)
{
    for (uint32_t i = 0; i < prospects->count; i++)
        if (relo_id_equal(prospects->list[i].id, id))
            return (int)i;
    return -1;
}

void relo_prospects_remove(struct relo_prospects *prospects, uint32_t i)
{
    prospects->count--;
    memmove(prospects->list + i, prospects->list + i + 1,
            (prospects->count - i) * sizeof *prospects->list);
}

/* How many peers, of the ring and of the prospects, lie between this peer and prospect i: clockwise
   in *succ, the other way in *pred. */
static void rank(const struct relo_prospects *prospects, const struct relo_ring *ring, uint32_t i,
                 uint32_t *succ, uint32_t *pred)
{
    uint32_t before = relo_ring_before(ring, prospects->list[i].id);
    *succ = before + i;
    *pred = ring->count - before + prospects->count - 1 - i;
}

/* Whether one of them is below `limit`. */
static bool within(const struct relo_prospects *prospects, const struct relo_ring *ring, uint32_t i,
                   uint32_t limit)
{
    struct relo_id id = prospects->list[i].id;
    uint32_t behind = prospects->count - 1 - i, all = ring->count + behind + 1;
    return (i < limit && relo_ring_fewer_before(ring, id, limit - i)) || all <= limit ||
           !relo_ring_fewer_before(ring, id, all - limit);
}

bool relo_prospects_wanted(const struct relo_prospects *prospects, const struct relo_ring *ring,
                           uint32_t i)
{
    return within(prospects, ring, i, ring->neighbors);
}

void relo_prospects_prune(struct relo_prospects *prospects, const struct relo_ring *ring,
                          relo_time now)
{
    uint32_t i = 0;
    while (i < prospects->count) {
        const struct relo_prospect *p = &prospects->list[i];
        bool stale = !p->busy && p->expiry <= now;
        if (stale || !within(prospects, ring, i, ring->neighbors + RELO_PROSPECTS_SPARE))
            relo_prospects_remove(prospects, i);
        else
            i++;
    }
}

void relo_prospects_learn(struct relo_prospects *prospects, struct relo_pool *pool,
                          const struct relo_ring *ring, const struct relo_prospect *heard)
{
    int known = relo_prospects_find(prospects, heard->id);
    if (known >= 0) {
        struct relo_prospect *p = &prospects->list[known];
        p->expiry = heard->expiry;
        if (!p->busy)
            p->informer = heard->informer;
        return;
    }
    struct relo_id d = relo_id_sub(heard->id, ring->self);
    uint32_t i = 0;
    while (i < prospects->count &&
           relo_id_compare(relo_id_sub(prospects->list[i].id, ring->self), d) < 0)
        i++;
    uint32_t before = relo_ring_before(ring, heard->id),
             limit = ring->neighbors + RELO_PROSPECTS_SPARE;
    if (before + i >= limit && ring->count - before + prospects->count - i >= limit)
        return;
    if (prospects->count == RELO_PROSPECTS_MAX)
        return;
    if (prospects->count == prospects->capacity) {
        uint32_t capacity = prospects->capacity + GROW_BY;
        prospects->list = relo_pool_resize(
            pool, prospects->list, prospects->capacity * sizeof *prospects->list,
            capacity * sizeof *prospects->list, prospects->count * sizeof *prospects->list);
        prospects->capacity = (uint8_t)capacity;
    }
    memmove(prospects->list + i + 1, prospects->list + i,
            (prospects->count - i) * sizeof *prospects->list);
    prospects->list[i] = *heard; /* 6940-10.7.3-2 */
    prospects->count++;
    relo_prospects_prune(prospects, ring, heard->not_before);
}

int relo_prospects_next(const struct relo_prospects *prospects, const struct relo_ring *ring,
                        relo_time now)
{
    for (uint32_t i = 0; i < prospects->count; i++) {
        const struct relo_prospect *p = &prospects->list[i];
        if (!p->busy && p->not_before <= now && relo_prospects_wanted(prospects, ring, i))
            return (int)i;
    }
    return -1;
}

/* Whether the last entry of the ring is a predecessor only for want of a better one: a finger, or a
   successor. */
static bool lacks_predecessor(const struct relo_prospects *prospects, const struct relo_ring *ring)
{
    if (ring->count == 0)
        return true;
    struct relo_id last = relo_id_sub(relo_ring_id(ring, ring->count - 1u), ring->self);
    uint32_t after = 0; /* prospects between it and this peer */
    while (after < prospects->count &&
           relo_id_compare(
               relo_id_sub(prospects->list[prospects->count - 1 - after].id, ring->self), last) > 0)
        after++;
    uint32_t before = ring->count - 1u + prospects->count - after;
    return after >= ring->neighbors || after > before;
}

relo_time relo_prospects_pending(const struct relo_prospects *prospects,
                                 const struct relo_ring *ring, relo_time patience)
{
    relo_time until = 0;
    bool alone = lacks_predecessor(prospects, ring);
    for (uint32_t i = 0; i < prospects->count; i++) {
        const struct relo_prospect *p = &prospects->list[i];
        uint32_t succ, pred;
        rank(prospects, ring, i, &succ, &pred);
        if (succ >= ring->neighbors && pred >= ring->neighbors)
            continue;
        relo_time t = p->since ? p->since + patience : RELO_NEVER;
        if (alone && p->busy && pred < ring->neighbors && t < p->not_before)
            t = p->not_before;
        if (t > until)
            until = t;
    }
    return until;
}

uint32_t relo_prospects_busy(const struct relo_prospects *prospects)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < prospects->count; i++)
        n += prospects->list[i].busy;
    return n;
}

relo_time relo_prospects_deadline(const struct relo_prospects *prospects,
                                  const struct relo_ring *ring, bool more)
{
    relo_time deadline = RELO_NEVER;
    for (uint32_t i = 0; i < prospects->count; i++) {
        const struct relo_prospect *p = &prospects->list[i];
        if (p->busy || (more && relo_prospects_wanted(prospects, ring, i)))
            deadline = relo_time_min(deadline, p->not_before);
    }
    return deadline;
}
