/* SPDX-License-Identifier: BSD-2-Clause */
/* Size classes over large chunks: 16-byte steps to 256 bytes, then four classes per doubling.

   Objects are cut from a region: the newest chunk, or a free block of a larger class. So what many
   small tables have outgrown is used up before the pool grows. */
#include "core/base/pool.h"

#include "core/base/check.h"
#include "core/base/chunk.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (256u * 1024) /* until the pool has RELO_CHUNK_HUGE: then that much */
#define SMALL_MAX 256u
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
        unsigned c = n ? (unsigned)((n - 1) / 16) : 0;
        *size = (c + 1) * 16u;
        return c;
    }
    unsigned log = 63u - (unsigned)__builtin_clzll((unsigned long long)(n - 1)); /* 2^log < n */
    size_t step = (size_t)1 << (log - 2);
    size_t quarter = (n - ((size_t)1 << log) + step - 1) / step; /* 1 .. 4 */
    *size = ((size_t)1 << log) + quarter * step;
    return 16u + (log - 8) * 4 + (unsigned)quarter - 1;
}

static size_t size_of(unsigned c)
{
    return c < 16 ? (c + 1) * 16u : (size_t)(5 + (c - 16) % 4) << (6 + (c - 16) / 4);
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
    pool->next = (uint8_t *)c + RELO_CHUNK_ALIGN;
    pool->end = (uint8_t *)c + n;
}

static void put(struct relo_pool *pool, unsigned c, void *p)
{
    memcpy(p, &pool->free[c], sizeof(void *));
    pool->free[c] = p;
}

static void *take(struct relo_pool *pool, unsigned c)
{
    void *p = pool->free[c];
    if (p)
        memcpy(&pool->free[c], p, sizeof(void *));
    return p;
}

/* Bytes to the next cache line. */
static size_t gap(const struct relo_pool *pool)
{
    return -(uintptr_t)pool->next % RELO_CHUNK_ALIGN;
}

/* The next n bytes of the region, or less, become a free block. */
static void spare(struct relo_pool *pool, size_t n)
{
    size_t size;
    unsigned c = class_of(n < CLASS_MAX ? n : CLASS_MAX, &size);
    c -= size > n;
    put(pool, c, pool->next);
    pool->next += size_of(c);
}

/* A region with room for an object of class c. */
static void renew(struct relo_pool *pool, unsigned c)
{
    for (size_t rest; (rest = (size_t)(pool->end - pool->next)) > 0;)
        spare(pool, gap(pool) > 0 && gap(pool) < rest ? gap(pool) : rest);
    for (unsigned larger = RELO_POOL_CLASSES - 1; larger > c && larger >= 16; larger--)
        if (pool->free[larger]) {
            pool->next = take(pool, larger);
            pool->end = pool->next + size_of(larger);
            return;
        }
    take_chunk(pool);
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
    if (p)
        return p;
    /* What fills whole cache lines begins at one. */
    size_t before = size % RELO_CHUNK_ALIGN ? 0 : gap(pool);
    if ((size_t)(pool->end - pool->next) < before + size)
        renew(pool, c);
    else if (before > 0)
        spare(pool, before);
    p = pool->next;
    pool->next += size;
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
