/* SPDX-License-Identifier: BSD-2-Clause */
/* Piles of entries: lists of chunks, larger in larger piles. */
#include "sim/engine/pile.h"

#include "core/base/prefetch.h"

#include <string.h>

#define LEAST 7u
#define SLACK 4u /* a chunk holds at most one in so many of a pile */

/* Filled from its end; only a pile's newest is not full. 128 bytes to 1 KiB. */
struct sim_pile_chunk {
    struct sim_pile_chunk *next;
    uint64_t capacity;
    struct sim_entry entry[];
};

static size_t chunk_bytes(uint64_t capacity)
{
    return sizeof(struct sim_pile_chunk) + capacity * sizeof(struct sim_entry);
}

static void add_chunk(struct relo_pool *pool, struct sim_pile *pile)
{
    uint32_t capacity = LEAST;
    while (capacity < SIM_PILE_PART && pile->n >= SLACK * capacity)
        capacity = 2 * capacity + 1;
    struct sim_pile_chunk *chunk = relo_pool_alloc(pool, chunk_bytes(capacity));
    chunk->next = pile->chunk;
    chunk->capacity = capacity;
    pile->chunk = chunk;
    pile->room = capacity;
}

void sim_pile_add(struct relo_pool *pool, struct sim_pile *pile, struct sim_entry entry)
{
    if (pile->room == 0)
        add_chunk(pool, pile);
    pile->chunk->entry[--pile->room] = entry;
    pile->n++;
}

void sim_pile_prefetch(const struct sim_pile *pile)
{
    if (pile->chunk)
        relo_prefetch_lines(pile->chunk, chunk_bytes(LEAST));
}

uint32_t sim_pile_take(struct relo_pool *pool, struct sim_pile *pile,
                       struct sim_entry part[SIM_PILE_PART])
{
    struct sim_pile_chunk *chunk = pile->chunk;
    uint32_t n = (uint32_t)chunk->capacity - pile->room;
    relo_prefetch_lines(chunk->next, chunk->next ? chunk_bytes(chunk->capacity) : 0);
    memcpy(part, chunk->entry + pile->room, n * sizeof *part);
    *pile = (struct sim_pile){.chunk = chunk->next, .n = pile->n - n};
    relo_pool_free(pool, chunk, chunk_bytes(chunk->capacity));
    return n;
}

relo_time sim_pile_earliest(const struct sim_pile *pile)
{
    relo_time earliest = RELO_NEVER;
    uint64_t from = pile->room;
    for (const struct sim_pile_chunk *chunk = pile->chunk; chunk; chunk = chunk->next, from = 0) {
        for (uint64_t i = from; i < chunk->capacity; i++)
            earliest = relo_time_min(earliest, chunk->entry[i].time);
    }
    return earliest;
}
