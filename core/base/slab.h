/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects of one size, named by 32-bit handles; 0 names nothing. A handle's value must never reach
   the wire, a hash, a sort or an iteration order. */
#ifndef RELO_BASE_SLAB_H
#define RELO_BASE_SLAB_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t relo_handle;

struct relo_slab {
    uint8_t **pages;
    uint32_t object_bytes;
    uint32_t page_shift; /* objects per page = 1 << page_shift */
    uint32_t page_count;
    uint32_t next;       /* handles below have been given out at least once */
    relo_handle free;    /* first of the free list, threaded through the objects */
    uint32_t live;
};

void relo_slab_init(struct relo_slab *slab, size_t object_bytes);
void relo_slab_fini(struct relo_slab *slab);
/* A zeroed object. Never fails: where the system has no memory left the program ends. */
relo_handle relo_slab_new(struct relo_slab *slab);
void relo_slab_free(struct relo_slab *slab, relo_handle h); /* 0 is legal */

/* The object behind a live handle; valid until it is freed (objects do not move). */
static inline void *relo_slab_get(const struct relo_slab *slab, relo_handle h)
{
    uint32_t mask = (UINT32_C(1) << slab->page_shift) - 1;
    return slab->pages[h >> slab->page_shift] + (size_t)(h & mask) * slab->object_bytes;
}

#endif
