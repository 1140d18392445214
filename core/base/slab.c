/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects of one size in blocks that double; the large ones are of huge pages, of which only those
   that have been used take memory. */
#include "core/base/slab.h"

#include "core/base/check.h"
#include "core/base/chunk.h"

#include <string.h>

#define FIRST_BYTES 65536u

/* The place that a block begins with; that of the next one is its end. */
static uint32_t block_start(const struct relo_slab *slab, uint32_t block)
{
    return block ? UINT32_C(1) << (slab->first_shift + block - 1) : 0;
}

void relo_slab_init(struct relo_slab *slab, size_t object_bytes)
{
    memset(slab, 0, sizeof *slab);
    slab->object_bytes = (uint32_t)((object_bytes + 15) & ~(size_t)15);
    while ((UINT64_C(2) << slab->first_shift) * slab->object_bytes <= FIRST_BYTES)
        slab->first_shift++;
    slab->next = 1; /* handle 0 names nothing */
}

void relo_slab_fini(struct relo_slab *slab)
{
    for (uint32_t i = 0; i < slab->block_count; i++)
        relo_chunk_free(
            (void *)(slab->origin[i] + (uintptr_t)block_start(slab, i) * slab->object_bytes));
    memset(slab, 0, sizeof *slab);
}

static void add_block(struct relo_slab *slab)
{
    uint32_t block = slab->block_count++;
    size_t start = block_start(slab, block), end = block_start(slab, block + 1);
    slab->origin[block] = (uintptr_t)relo_chunk_new((end - start) * slab->object_bytes) -
                          (uintptr_t)start * slab->object_bytes;
}

/* What a free object holds. */
struct vacancy {
    uint32_t next;   /* place, 0: the last */
    uint32_t handle; /* that its next user gets */
};

relo_handle relo_slab_new(struct relo_slab *slab)
{
    relo_handle h = slab->free;
    if (h) {
        struct vacancy vacancy;
        memcpy(&vacancy, relo_slab_get(slab, h), sizeof vacancy);
        slab->free = vacancy.next;
        h = vacancy.handle;
    } else {
        h = slab->next++;
        RELO_CHECK(slab->next >> RELO_SLAB_PLACE_BITS == 0);
        if (h == block_start(slab, slab->block_count) || slab->block_count == 0)
            add_block(slab);
    }
    slab->live++;
    memset(relo_slab_get(slab, h), 0, slab->object_bytes);
    return h;
}

void relo_slab_free(struct relo_slab *slab, relo_handle h)
{
    if (!h)
        return;
    uint32_t one = UINT32_C(1) << RELO_SLAB_PLACE_BITS, place = h & (one - 1);
    struct vacancy vacancy = {.next = 0, .handle = h + one}; /* wraps within the upper bits */
    memcpy(relo_slab_get(slab, h), &vacancy, sizeof vacancy);
    if (slab->free)
        memcpy(relo_slab_get(slab, slab->free_last), &place, sizeof place);
    else
        slab->free = place;
    slab->free_last = place;
    slab->live--;
}
