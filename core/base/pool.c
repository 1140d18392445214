/* SPDX-License-Identifier: BSD-2-Clause */
/* Size classes over large chunks: 8-byte steps to 256 bytes, then eight classes per doubling.

   Objects without a free block of their class are cut from a larger one before they are cut from
   the newest chunk. So what bursts of packets and many small tables have left behind is used up
   before the pool grows. */
#include "core/base/pool.h"

#include "core/base/check.h"
#include "core/base/chunk.h"
#include "core/base/prefetch.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (256u * 1024) /* until the pool has RELO_CHUNK_HUGE: then that much */
#define STEP 8u
#define SMALL_MAX 256u
#define SMALL (SMALL_MAX / STEP) /* classes up to there */
#define SCRAP_MAX 63             /* the last class that is cut up */
#define LARGE_PARTS 4
#define CLASS_MAX 65536u

#if defined(PLAIN_MALLOC) /* by a test */
#elif defined(__SANITIZE_ADDRESS__)
#define PLAIN_MALLOC 1 /* lets the sanitizer see every object */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PLAIN_MALLOC 1
#endif
#endif
#ifndef PLAIN_MALLOC
#define PLAIN_MALLOC 0
#endif

/* At the head of a chunk, in a cache line of its own. */
struct chunk {
    struct chunk *next;
};

/* The class of n (1 .. CLASS_MAX) and, in *size, the bytes of its objects. */
static unsigned class_of(size_t n, size_t *size)
{
    if (n <= SMALL_MAX) {
        unsigned c = n ? (unsigned)((n - 1) / STEP) : 0;
        *size = (c + 1) * STEP;
        return c;
    }
    unsigned log = 63u - (unsigned)__builtin_clzll((unsigned long long)(n - 1)); /* 2^log < n */
    unsigned parts = log == 8 ? 2 : 3; /* whole cache lines */
    size_t step = (size_t)1 << (log - parts);
    size_t part = (n - ((size_t)1 << log) + step - 1) / step; /* 1 .. 4 or 8 */
    *size = ((size_t)1 << log) + part * step;
    return (log == 8 ? SMALL : SMALL + 4 + (log - 9) * 8) + (unsigned)part - 1;
}

static size_t size_of(unsigned c)
{
    if (c < SMALL)
        return (c + 1) * STEP;
    c -= SMALL;
    return c < 4 ? (size_t)(5 + c) << 6 : (size_t)(9 + (c - 4) % 8) << (6 + (c - 4) / 8);
}

void relo_pool_init(struct relo_pool *pool)
{
    memset(pool, 0, sizeof *pool);
}

void relo_pool_fini(struct relo_pool *pool)
{
    for (struct chunk *c = pool->chunks, *next; c; c = next) {
        next = c->next;
        relo_chunk_free(c);
    }
    memset(pool, 0, sizeof *pool);
}

static void take_chunk(struct relo_pool *pool)
{
    size_t n = pool->bytes_held < RELO_CHUNK_HUGE ? CHUNK_BYTES : RELO_CHUNK_HUGE;
    struct chunk *c = relo_chunk_new(n);
    c->next = pool->chunks;
    pool->chunks = c;
    pool->bytes_held += n;
    pool->fresh = (struct relo_pool_region){(uint8_t *)c + RELO_CHUNK_ALIGN, (uint8_t *)c + n};
}

static void put(struct relo_pool *pool, unsigned c, void *p)
{
    memcpy(p, &pool->free[c], sizeof(void *));
    pool->free[c] = p;
    if (c <= SCRAP_MAX)
        pool->filled |= UINT64_C(1) << c;
}

static void *take(struct relo_pool *pool, unsigned c)
{
    void *p = pool->free[c];
    if (p) {
        memcpy(&pool->free[c], p, sizeof(void *));
        relo_prefetch(pool->free[c]); /* the next one to be taken, likely soon */
    }
    return p;
}

/* The next n bytes of the region become free blocks; those of whole cache lines begin at one. */
static void spare(struct relo_pool *pool, struct relo_pool_region *region, size_t n)
{
    for (size_t size; n > 0; region->next += size, n -= size) {
        size_t gap = -(uintptr_t)region->next % RELO_CHUNK_ALIGN, part = gap ? gap : CLASS_MAX;
        unsigned c = class_of(n < part ? n : part, &size);
        c -= size > n;
        size = size_of(c);
        put(pool, c, region->next);
    }
}

/* NULL: the region is too small. What fills whole cache lines begins at one. */
static void *cut(struct relo_pool *pool, struct relo_pool_region *region, size_t size)
{
    size_t gap = size % RELO_CHUNK_ALIGN ? 0 : -(uintptr_t)region->next % RELO_CHUNK_ALIGN;
    if ((size_t)(region->end - region->next) < gap + size)
        return NULL;
    spare(pool, region, gap);
    void *p = region->next;
    region->next += size;
    return p;
}

/* The smallest free block of some class on becomes the scrap; false: there is none. Small objects
   take what has room for one, wherever it begins; a large one would split up the blocks that the
   next burst of packets asks for, and so takes what has room for several. */
static bool find_scrap(struct relo_pool *pool, size_t size)
{
    if (size > SMALL_MAX)
        size *= LARGE_PARTS;
    else
        size += size % RELO_CHUNK_ALIGN ? STEP : RELO_CHUNK_ALIGN - STEP;
    unsigned c = class_of(size, &size);
    uint64_t larger = c <= SCRAP_MAX ? pool->filled >> c << c : 0;
    for (; larger; larger &= larger - 1) {
        c = (unsigned)__builtin_ctzll(larger);
        void *p = take(pool, c);
        if (p) {
            spare(pool, &pool->scrap, (size_t)(pool->scrap.end - pool->scrap.next));
            pool->scrap = (struct relo_pool_region){p, (uint8_t *)p + size_of(c)};
            return true;
        }
        pool->filled &= ~(UINT64_C(1) << c);
    }
    return false;
}

void *relo_pool_alloc(struct relo_pool *pool, size_t n)
{
    size_t size = n ? n : 1;
    if (PLAIN_MALLOC || n > CLASS_MAX) {
        void *p = malloc(size);
        RELO_CHECK(p != NULL);
        pool->bytes_used += size;
        return p;
    }
    unsigned c = class_of(n, &size);
    pool->bytes_used += size;
    void *p = take(pool, c);
    if (!p)
        p = cut(pool, &pool->scrap, size);
    if (!p && find_scrap(pool, size))
        p = cut(pool, &pool->scrap, size);
    if (!p)
        p = cut(pool, &pool->fresh, size);
    if (!p) {
        spare(pool, &pool->fresh, (size_t)(pool->fresh.end - pool->fresh.next));
        take_chunk(pool);
        p = cut(pool, &pool->fresh, size);
    }
    return p;
}

void *relo_pool_zalloc(struct relo_pool *pool, size_t n)
{
    return memset(relo_pool_alloc(pool, n), 0, n);
}

void relo_pool_free(struct relo_pool *pool, void *p, size_t n)
{
    if (!p)
        return;
    size_t size = n ? n : 1;
    if (PLAIN_MALLOC || n > CLASS_MAX) {
        pool->bytes_used -= size;
        free(p);
        return;
    }
    unsigned c = class_of(n, &size);
    pool->bytes_used -= size;
    put(pool, c, p);
}

void *relo_pool_resize(struct relo_pool *pool, void *p, size_t old_n, size_t new_n, size_t have)
{
    void *q = new_n ? relo_pool_alloc(pool, new_n) : NULL;
    if (p && q && have)
        memcpy(q, p, have);
    if (p)
        relo_pool_free(pool, p, old_n);
    return q;
}
