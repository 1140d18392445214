/* SPDX-License-Identifier: BSD-2-Clause */
/* HMAC-SHA1 and HMAC-SHA256 (RFC 2104). */
#include "core/base/hmac.h"

#include "core/base/sha256.h"

#include <string.h>

void relo_hmac_init(struct relo_hmac *hmac, struct relo_view key)
{
    uint8_t block[64] = {0}, pad[64];
    if (key.n > 64)
        relo_sha1(key.p, key.n, block);
    else if (key.n)
        memcpy(block, key.p, key.n);
    for (int i = 0; i < 64; i++)
        pad[i] = block[i] ^ 0x36;
    relo_sha1_init(&hmac->inner);
    relo_sha1_update(&hmac->inner, pad, 64);
    for (int i = 0; i < 64; i++)
        pad[i] = block[i] ^ 0x5c;
    relo_sha1_init(&hmac->outer);
    relo_sha1_update(&hmac->outer, pad, 64);
}

void relo_hmac_update(struct relo_hmac *hmac, const void *bytes, size_t n)
{
    relo_sha1_update(&hmac->inner, bytes, n);
}

void relo_hmac_final(struct relo_hmac *hmac, uint8_t digest[20])
{
    relo_sha1_final(&hmac->inner, digest);
    relo_sha1_update(&hmac->outer, digest, 20);
    relo_sha1_final(&hmac->outer, digest);
}

void relo_hmac_sha256(struct relo_view key, struct relo_view first, struct relo_view second,
                      uint8_t digest[32])
{
    struct relo_sha256 sha256;
    uint8_t block[64] = {0}, pad[64];
    if (key.n > 64)
        relo_sha256(key.p, key.n, block);
    else if (key.n)
        memcpy(block, key.p, key.n);
    for (int i = 0; i < 64; i++)
        pad[i] = block[i] ^ 0x36;
    relo_sha256_init(&sha256);
    relo_sha256_update(&sha256, pad, 64);
    relo_sha256_update(&sha256, first.p, first.n);
    relo_sha256_update(&sha256, second.p, second.n);
    relo_sha256_final(&sha256, digest);
    for (int i = 0; i < 64; i++)
        pad[i] = block[i] ^ 0x5c;
    relo_sha256_init(&sha256);
    relo_sha256_update(&sha256, pad, 64);
    relo_sha256_update(&sha256, digest, 32);
    relo_sha256_final(&sha256, digest);
}

bool relo_hmac_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    unsigned different = 0;
    for (size_t i = 0; i < n; i++)
        different |= (unsigned)(a[i] ^ b[i]);
    return different == 0;
}
