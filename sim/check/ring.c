/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring as the world knows it: all alive peers by Node-ID, and which of them are admitted. */
#include "sim/check/ring.h"

#include <glib.h>
#include <string.h>

struct sim_ring_bucket {
    struct sim_ring_peer *peer; /* owned, ascending by id */
    uint32_t n, capacity;
};

void sim_ring_init(struct sim_ring *ring, uint32_t hosts)
{
    *ring = (struct sim_ring){0};
    while (ring->bucket_bits < 20 && hosts >> ring->bucket_bits > 8)
        ring->bucket_bits++;
    ring->buckets = g_new0(struct sim_ring_bucket, (size_t)1 << ring->bucket_bits);
}

void sim_ring_fini(struct sim_ring *ring)
{
    for (size_t i = 0; ring->buckets && i < (size_t)1 << ring->bucket_bits; i++)
        g_free(ring->buckets[i].peer);
    g_free(ring->buckets);
    *ring = (struct sim_ring){0};
}

static uint32_t bucket_of(const struct sim_ring *ring, struct relo_id id)
{
    return ring->bucket_bits ? (uint32_t)(id.hi >> (64 - ring->bucket_bits)) : 0;
}

/* The index of the first peer of the bucket at or after id. */
static uint32_t lower_bound(const struct sim_ring_bucket *bucket, struct relo_id id)
{
    uint32_t i = 0;
    while (i < bucket->n && relo_id_compare(bucket->peer[i].id, id) < 0)
        i++;
    return i;
}

static void count(struct sim_ring *ring, enum sim_ring_state state, int by)
{
    ring->alive += (uint32_t)by;
    if (state != SIM_RING_JOINING)
        ring->admitted += (uint32_t)by;
}

void sim_ring_put(struct sim_ring *ring, struct relo_id id, uint32_t host,
                  enum sim_ring_state state, relo_time now)
{
    struct sim_ring_bucket *bucket = &ring->buckets[bucket_of(ring, id)];
    uint32_t i = lower_bound(bucket, id);
    struct sim_ring_peer peer = {.id = id, .since = now, .host = host, .state = state};
    if (i < bucket->n && relo_id_equal(bucket->peer[i].id, id)) {
        count(ring, bucket->peer[i].state, -1);
    } else {
        if (bucket->n == bucket->capacity) {
            bucket->capacity = bucket->capacity ? bucket->capacity * 2 : 4;
            bucket->peer = g_renew(struct sim_ring_peer, bucket->peer, bucket->capacity);
        }
        memmove(&bucket->peer[i + 1], &bucket->peer[i], (bucket->n - i) * sizeof peer);
        bucket->n++;
    }
    bucket->peer[i] = peer;
    count(ring, state, 1);
}

void sim_ring_remove(struct sim_ring *ring, struct relo_id id)
{
    struct sim_ring_bucket *bucket = &ring->buckets[bucket_of(ring, id)];
    uint32_t i = lower_bound(bucket, id);
    if (i == bucket->n || !relo_id_equal(bucket->peer[i].id, id))
        return;
    count(ring, bucket->peer[i].state, -1);
    bucket->n--;
    memmove(&bucket->peer[i], &bucket->peer[i + 1], (bucket->n - i) * sizeof *bucket->peer);
}

void sim_ring_prefetch(const struct sim_ring *ring, struct relo_id id, bool near)
{
    const struct sim_ring_bucket *bucket = &ring->buckets[bucket_of(ring, id)];
    if (!near) {
        __builtin_prefetch(bucket);
        return;
    }
    for (uint32_t i = 0; i < bucket->n; i += 2) /* a cache line's worth */
        __builtin_prefetch(&bucket->peer[i]);
}

const struct sim_ring_peer *sim_ring_find(const struct sim_ring *ring, struct relo_id id)
{
    const struct sim_ring_bucket *bucket = &ring->buckets[bucket_of(ring, id)];
    uint32_t i = lower_bound(bucket, id);
    return i < bucket->n && relo_id_equal(bucket->peer[i].id, id) ? &bucket->peer[i] : NULL;
}

const struct sim_ring_peer *sim_ring_at(const struct sim_ring *ring, struct relo_id id)
{
    if (ring->alive == 0)
        return NULL;
    uint32_t mask = (UINT32_C(1) << ring->bucket_bits) - 1, at = bucket_of(ring, id);
    uint32_t i = lower_bound(&ring->buckets[at], id);
    while (i == ring->buckets[at].n) {
        at = (at + 1) & mask;
        i = 0;
    }
    return &ring->buckets[at].peer[i];
}

const struct sim_ring_peer *sim_ring_admitted_at(const struct sim_ring *ring, struct relo_id id)
{
    if (ring->admitted == 0)
        return NULL;
    const struct sim_ring_peer *peer = sim_ring_at(ring, id);
    while (peer->state == SIM_RING_JOINING)
        peer = sim_ring_at(ring, relo_id_next(peer->id));
    return peer;
}

bool sim_ring_responsible(const struct sim_ring *ring, struct relo_id key, struct relo_id answerer,
                          relo_time now, bool *handover)
{
    const struct sim_ring_peer *peer = ring->alive ? sim_ring_at(ring, key) : NULL;
    bool joiner_answered = false;
    *handover = false;
    for (uint32_t seen = 0; peer && seen < ring->alive; seen++) {
        if (peer->state == SIM_RING_JOINING) { /* it may have been given the keys already */
            *handover = true;
            joiner_answered |= relo_id_equal(peer->id, answerer);
        } else {
            bool in_handover = peer->state == SIM_RING_LEAVING ||
                               (peer->since > 0 && now - peer->since < SIM_RING_HANDOVER_NS);
            *handover |= in_handover;
            if (relo_id_equal(peer->id, answerer))
                return true;
            if (!in_handover)
                break;
        }
        peer = sim_ring_at(ring, relo_id_next(peer->id));
    }
    return joiner_answered;
}

bool sim_ring_successor_right(const struct sim_ring *ring, struct relo_id id,
                              struct relo_id claimed)
{
    struct relo_id from = relo_id_next(id);
    for (uint32_t seen = 0; seen < ring->alive; seen++) {
        const struct sim_ring_peer *peer = sim_ring_admitted_at(ring, from);
        if (!peer || relo_id_equal(peer->id, claimed))
            return true;
        if (peer->state != SIM_RING_LEAVING)
            return false; /* a leaving one may have been dropped already, the next one counts too */
        from = relo_id_next(peer->id);
    }
    return true;
}
