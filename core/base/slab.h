/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects of one size, named by 32-bit handles; 0 names nothing. A handle's value must never reach
   the wire, a hash, a sort or an iteration order.

   A handle is a place and, above it, how often the place has been given out (modulo 64): a handle
   kept after its object's end does not compare equal to its successor's, and what a node does with
   it does not depend on which other nodes share the slab. */
#ifndef RELO_BASE_SLAB_H
#define RELO_BASE_SLAB_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t relo_handle;

#define RELO_SLAB_PLACE_BITS 26 /* 67 million objects */

struct relo_slab {
    uint8_t **pages;
    uint32_t object_bytes;
    uint32_t page_shift; /* objects per page = 1 << page_shift */
    uint32_t page_count;
    uint32_t next;       /* places below have been given out at least once */
    uint32_t free, free_last; /* the free list, oldest first, threaded through the objects */
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
    uint32_t place = h & ((UINT32_C(1) << RELO_SLAB_PLACE_BITS) - 1);
    uint32_t mask = (UINT32_C(1) << slab->page_shift) - 1;
    return slab->pages[place >> slab->page_shift] + (size_t)(place & mask) * slab->object_bytes;
}

#endif
