/* SPDX-License-Identifier: BSD-2-Clause */
/* HMAC-SHA1 (RFC 2104), for STUN's MESSAGE-INTEGRITY (RFC 8489 section 14.5). */
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

/* Compares in a time that does not depend on where they differ. */
bool relo_hmac_equal(const uint8_t a[20], const uint8_t b[20]);

#endif
