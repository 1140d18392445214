/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of a shard for objects of varying size: size classes over large chunks, never returned to
   the system while the pool lives. Not for sharing between threads.

   relo_pool_init, then alloc and free in any order, then relo_pool_fini, which frees everything. */
#ifndef RELO_BASE_POOL_H
#define RELO_BASE_POOL_H

#include "core/base/chunk.h"

#include <stddef.h>
#include <stdint.h>

#define RELO_POOL_CLASSES 96

struct relo_pool_region {
    uint8_t *next, *end;
};

struct relo_pool {
    void *free[RELO_POOL_CLASSES];
    uint64_t filled;               /* bit c clear: class c, of the first 64, has no free block */
    void *chunks;                  /* list of chunks, newest first */
    struct relo_pool_region fresh; /* unused rest of the newest chunk */
    struct relo_pool_region scrap; /* unused rest of what was a free block */
    size_t bytes_used;             /* handed out and not returned, rounded to size classes */
    size_t bytes_held;             /* taken from the system */
};

void relo_pool_init(struct relo_pool *pool);
void relo_pool_fini(struct relo_pool *pool);
/* Owned by the caller until relo_pool_free with the same size. Uninitialised. Never NULL: where the
   system has no memory left the program ends (design: slabs have no limits, quotas are per node).
 */
void *relo_pool_alloc(struct relo_pool *pool, size_t n);
void *relo_pool_zalloc(struct relo_pool *pool, size_t n);       /* zeroed */
void relo_pool_free(struct relo_pool *pool, void *p, size_t n); /* NULL is legal */
/* n, rounded up to whole cache lines: a block of that size begins at one. For what lives shortly,
   and is touched as a whole. */
static inline size_t relo_pool_lines(size_t n)
{
    return (n + RELO_CHUNK_ALIGN - 1) / RELO_CHUNK_ALIGN * RELO_CHUNK_ALIGN;
}
/* Moves an array of `have` used bytes from a block of old_n to one of new_n. */
void *relo_pool_resize(struct relo_pool *pool, void *p, size_t old_n, size_t new_n, size_t have);

#endif
