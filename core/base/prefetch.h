/* SPDX-License-Identifier: BSD-2-Clause */
/* A hint to the processor: memory that is going to be read. */
#ifndef RELO_BASE_PREFETCH_H
#define RELO_BASE_PREFETCH_H

#include "core/base/chunk.h"

#include <stdint.h>

/* Asks for the cache lines that hold the `n` bytes at p; NULL is legal. */
static inline void relo_prefetch_lines(const void *p, size_t n)
{
    uintptr_t line = (uintptr_t)p & ~(uintptr_t)(RELO_CHUNK_ALIGN - 1), end = (uintptr_t)p + n;
    for (; p && line < end; line += RELO_CHUNK_ALIGN)
        __builtin_prefetch((const void *)line);
}

#endif
