/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (RFC 6234). */
#ifndef RELO_BASE_SHA256_H
#define RELO_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

void relo_sha256(const void *bytes, size_t n, uint8_t digest[32]);

/* The same over several pieces: init, update any number of times, final. */
struct relo_sha256 {
    uint64_t n; /* bytes so far */
    uint32_t h[8];
    uint8_t rest[64];
};

void relo_sha256_init(struct relo_sha256 *sha256);
void relo_sha256_update(struct relo_sha256 *sha256, const void *bytes, size_t n);
void relo_sha256_final(struct relo_sha256 *sha256, uint8_t digest[32]);

#endif
