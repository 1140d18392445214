/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects of one size in pages of about 64 KiB; a large slab gets its pages by the huge page. */
#include "core/base/slab.h"

#include "core/base/check.h"
#include "core/base/chunk.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES 65536u
#define GROUP                                                                                      \
    (RELO_CHUNK_HUGE / PAGE_BYTES) /* pages that come together after as many single ones */

void relo_slab_init(struct relo_slab *slab, size_t object_bytes)
{
    memset(slab, 0, sizeof *slab);
    slab->object_bytes = (uint32_t)((object_bytes + 15) & ~(size_t)15);
    while ((UINT64_C(2) << slab->page_shift) * slab->object_bytes <= PAGE_BYTES)
        slab->page_shift++;
    slab->next = 1; /* handle 0 names nothing */
}

void relo_slab_fini(struct relo_slab *slab)
{
    for (uint32_t i = 0; i < slab->page_count; i += i < GROUP ? 1 : GROUP)
        relo_chunk_free(slab->pages[i]);
    free(slab->pages);
    memset(slab, 0, sizeof *slab);
}

static void add_pages(struct relo_slab *slab)
{
    uint32_t n = slab->page_count, more = n < GROUP ? 1 : GROUP;
    size_t bytes = (size_t)slab->object_bytes << slab->page_shift;
    if (n == 0 || (n >= GROUP && (n & (n - 1)) == 0)) {
        slab->pages = realloc(slab->pages, (n ? 2 * (size_t)n : GROUP) * sizeof *slab->pages);
        RELO_CHECK(slab->pages != NULL);
    }
    uint8_t *group = relo_chunk_new(bytes * more);
    for (uint32_t i = 0; i < more; i++)
        slab->pages[slab->page_count++] = group + i * bytes;
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
        if (h >> slab->page_shift >= slab->page_count)
            add_pages(slab);
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
