/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-1 (RFC 3174), for Resource-IDs (RFC 6940 10.2) and the overlay hash (6.3.2). Not for
 * security. */
#ifndef RELO_BASE_SHA1_H
#define RELO_BASE_SHA1_H

#include "core/base/id.h"

#include <stddef.h>
#include <stdint.h>

void relo_sha1(const void *bytes, size_t n, uint8_t digest[20]);

/* The same over several pieces: init, update any number of times, final. */
struct relo_sha1 {
    uint64_t n; /* bytes so far */
    uint32_t h[5];
    uint8_t rest[64];
};

void relo_sha1_init(struct relo_sha1 *sha1);
void relo_sha1_update(struct relo_sha1 *sha1, const void *bytes, size_t n);
void relo_sha1_final(struct relo_sha1 *sha1, uint8_t digest[20]);

/* The Resource-ID of a Resource Name: the most significant 128 bits of SHA-1 (10.2). */
struct relo_id relo_sha1_resource(const void *name, size_t n);
/* The overlay field: the lower 32 bits of SHA-1 of the overlay name (6.3.2). */
uint32_t relo_sha1_overlay(const char *overlay_name);

#endif
