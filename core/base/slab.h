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

/* The first block has as many objects as fit in 64 KiB, the second as many, and each after it twice
   as many as the one before: so few that their addresses are always near. */
#define RELO_SLAB_BLOCKS (RELO_SLAB_PLACE_BITS + 1)

struct relo_slab {
    uint32_t object_bytes;
    uint32_t first_shift; /* objects of the first block = 1 << first_shift */
    uint32_t block_count;
    uint32_t next;            /* places below have been given out at least once */
    uint32_t free, free_last; /* the free list, oldest first, threaded through the objects */
    uint32_t live;
    uintptr_t origin[RELO_SLAB_BLOCKS]; /* of the block: where place 0 would lie */
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
    uint32_t block = 31 - (uint32_t)__builtin_clz(2 * (place >> slab->first_shift) + 1);
    return (void *)(slab->origin[block] + (uintptr_t)place * slab->object_bytes);
}

#endif
