/* SPDX-License-Identifier: BSD-2-Clause */
/* Large pieces of memory, in huge pages where there are some. */
#include "core/base/chunk.h"

#include "core/base/check.h"

#include <stdlib.h>
#include <sys/mman.h>

void *relo_chunk_new(size_t bytes)
{
    size_t align = bytes >= RELO_CHUNK_HUGE ? RELO_CHUNK_HUGE : RELO_CHUNK_ALIGN;
    void *chunk = NULL;
    RELO_CHECK(posix_memalign(&chunk, align, bytes) == 0);
#ifdef MADV_HUGEPAGE
    if (bytes >= RELO_CHUNK_HUGE)
        (void)madvise(chunk, bytes, MADV_HUGEPAGE); /* a wish: without it all is as well */
#endif
    return chunk;
}

void relo_chunk_free(void *chunk)
{
    free(chunk);
}
