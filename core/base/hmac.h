/* SPDX-License-Identifier: BSD-2-Clause */
/* HMAC-SHA1 and HMAC-SHA256 (RFC 2104), for STUN's MESSAGE-INTEGRITY and MESSAGE-INTEGRITY-SHA256
   (RFC 8489 sections 14.5 and 14.6). */
#ifndef RELO_BASE_HMAC_H
#define RELO_BASE_HMAC_H

#include "core/base/bytes.h"
#include "core/base/sha1.h"

/* Init, update any number of times, final. The key is borrowed for init only. */
struct relo_hmac {
    struct relo_sha1 inner, outer;
};

void relo_hmac_init(struct relo_hmac *hmac, struct relo_view key);
void relo_hmac_update(struct relo_hmac *hmac, const void *bytes, size_t n);
void relo_hmac_final(struct relo_hmac *hmac, uint8_t digest[20]);

/* HMAC-SHA256 of two pieces, one after the other. */
void relo_hmac_sha256(struct relo_view key, struct relo_view first, struct relo_view second,
                      uint8_t digest[32]);

/* Compares in a time that does not depend on where they differ. */
bool relo_hmac_equal(const uint8_t *a, const uint8_t *b, size_t n);

#endif
