/* SPDX-License-Identifier: BSD-2-Clause */
/* A hint to the processor: memory that is going to be read. */
#ifndef RELO_BASE_PREFETCH_H
#define RELO_BASE_PREFETCH_H

#include "core/base/chunk.h"

#include <stdint.h>

/* Asks for the cache line at p. NULL is legal, and costs nothing: asked for, the processor would
   look for its page in vain each time. */
static inline void relo_prefetch(const void *p)
{
    if (p)
        __builtin_prefetch(p);
}

/* Asks for the cache lines that hold the `n` bytes at p; NULL is legal. */
static inline void relo_prefetch_lines(const void *p, size_t n)
{
    uintptr_t line = (uintptr_t)p & ~(uintptr_t)(RELO_CHUNK_ALIGN - 1), end = (uintptr_t)p + n;
    for (; p && line < end; line += RELO_CHUNK_ALIGN)
        __builtin_prefetch((const void *)line);
}

#endif
