/* SPDX-License-Identifier: BSD-2-Clause */
/* Large pieces of memory from the system, from which pools and slabs cut their objects. */
#ifndef RELO_BASE_CHUNK_H
#define RELO_BASE_CHUNK_H

#include <stddef.h>

#define RELO_CHUNK_HUGE (2u << 20) /* a huge page of x86-64 and arm64 */
#define RELO_CHUNK_ALIGN 64u       /* a cache line */

/* Aligned to a cache line. What is larger than half a RELO_CHUNK_HUGE is made of whole ones, and in
   huge pages where the system grants them: with a million small objects, what address translation
   costs shows (docs/decisions/0005). Never NULL: where the system has no memory left the program
   ends. Owned by the caller until relo_chunk_free. */
void *relo_chunk_new(size_t bytes);
void relo_chunk_free(void *chunk); /* NULL is legal */

#endif
