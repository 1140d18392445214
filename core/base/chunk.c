/* SPDX-License-Identifier: BSD-2-Clause */
/* Large pieces of memory, in huge pages where there are some. */
#include "core/base/chunk.h"

#include "core/base/check.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>

void *relo_chunk_new(size_t bytes)
{
    bool huge = bytes > RELO_CHUNK_HUGE / 2;
    void *chunk = NULL;
    if (huge)
        bytes = (bytes + RELO_CHUNK_HUGE - 1) / RELO_CHUNK_HUGE * RELO_CHUNK_HUGE;
    RELO_CHECK(posix_memalign(&chunk, huge ? RELO_CHUNK_HUGE : RELO_CHUNK_ALIGN, bytes) == 0);
#ifdef MADV_HUGEPAGE
    if (huge)
        (void)madvise(chunk, bytes, MADV_HUGEPAGE); /* a wish: without it all is as well */
#endif
    return chunk;
}

void relo_chunk_free(void *chunk)
{
    free(chunk);
}
