/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-1 (RFC 3174). */
#include "core/base/sha1.h"

#include <string.h>

static uint32_t rotate(uint32_t v, int n)
{
    return v << n | v >> (32 - n);
}

static void block(uint32_t h[5], const uint8_t *p)
{
    uint32_t w[80];
    for (int t = 0; t < 16; t++)
        w[t] = (uint32_t)p[4 * t] << 24 | (uint32_t)p[4 * t + 1] << 16 |
               (uint32_t)p[4 * t + 2] << 8 | p[4 * t + 3];
    for (int t = 16; t < 80; t++)
        w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);

    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int t = 0; t < 80; t++) {
        uint32_t f, k;
        if (t < 20) {
            f = (b & c) | (~b & d);
            k = 0x5a827999;
        } else if (t < 40) {
            f = b ^ c ^ d;
            k = 0x6ed9eba1;
        } else if (t < 60) {
            f = (b & c) | (b & d) | (c & d);
            k = 0x8f1bbcdc;
        } else {
            f = b ^ c ^ d;
            k = 0xca62c1d6;
        }
        uint32_t next = rotate(a, 5) + f + e + w[t] + k;
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

void relo_sha1_init(struct relo_sha1 *sha1)
{
    *sha1 = (struct relo_sha1){
        .h = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}};
}

void relo_sha1_update(struct relo_sha1 *sha1, const void *bytes, size_t n)
{
    const uint8_t *p = bytes;
    size_t have = sha1->n % 64;
    sha1->n += n;
    if (have && n >= 64 - have) {
        memcpy(sha1->rest + have, p, 64 - have);
        block(sha1->h, sha1->rest);
        p += 64 - have;
        n -= 64 - have;
        have = 0;
    }
    for (; have == 0 && n >= 64; p += 64, n -= 64)
        block(sha1->h, p);
    if (n)
        memcpy(sha1->rest + have, p, n);
}

void relo_sha1_final(struct relo_sha1 *sha1, uint8_t digest[20])
{
    uint8_t tail[72] = {0x80};
    uint64_t bits = sha1->n * 8;
    size_t have = sha1->n % 64, padding = have < 56 ? 56 - have : 120 - have;
    for (int i = 0; i < 8; i++)
        tail[padding + (size_t)i] = (uint8_t)(bits >> (56 - 8 * i));
    relo_sha1_update(sha1, tail, padding + 8);
    for (int i = 0; i < 20; i++)
        digest[i] = (uint8_t)(sha1->h[i / 4] >> (24 - 8 * (i % 4)));
}

void relo_sha1(const void *bytes, size_t n, uint8_t digest[20])
{
    struct relo_sha1 sha1;
    relo_sha1_init(&sha1);
    relo_sha1_update(&sha1, bytes, n);
    relo_sha1_final(&sha1, digest);
}

struct relo_id relo_sha1_resource(const void *name, size_t n)
{
    uint8_t digest[20];
    relo_sha1(name, n, digest); /* 6940-10.2-1 */
    return relo_id_from_bytes(digest);
}

uint32_t relo_sha1_overlay(const char *overlay_name)
{
    uint8_t d[20];
    relo_sha1(overlay_name, strlen(overlay_name), d);
    /* 6940-6.3.2-2 */
    return (uint32_t)d[16] << 24 | (uint32_t)d[17] << 16 | (uint32_t)d[18] << 8 | d[19];
}
