/* SPDX-License-Identifier: BSD-2-Clause */
/* HMAC-SHA1 (RFC 2104). */
#include "core/base/hmac.h"

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

bool relo_hmac_equal(const uint8_t a[20], const uint8_t b[20])
{
    unsigned different = 0;
    for (int i = 0; i < 20; i++)
        different |= (unsigned)(a[i] ^ b[i]);
    return different == 0;
}
