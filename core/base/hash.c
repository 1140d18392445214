/* SPDX-License-Identifier: BSD-2-Clause */
/* A fast 64-bit keyed hash, the same on every machine. */
#include "core/base/hash.h"

#include <string.h>

static inline uint64_t load64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

static inline uint32_t load32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap32(v);
#endif
    return v;
}

/* The last 0 to 16 bytes as two words; they overlap where there are fewer. */
static inline void load_tail(const uint8_t *p, size_t n, uint64_t *x, uint64_t *y)
{
    if (n >= 8) {
        *x = load64(p);
        *y = load64(p + n - 8);
    } else if (n >= 4) {
        *x = load32(p);
        *y = load32(p + n - 4);
    } else {
        *x = n ? (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 | p[n - 1] : 0;
        *y = 0;
    }
}

uint64_t relo_hash(const void *bytes, size_t n, uint64_t key)
{
    const uint8_t *p = bytes;
    uint64_t h = key ^ RELO_HASH_START, x, y;
    size_t left = n;

    if (left > 48) {
        uint64_t b = h, c = h;
        do {
            h = relo_hash_mix(load64(p) ^ h, load64(p + 8));
            b = relo_hash_mix(load64(p + 16) ^ b, load64(p + 24) ^ 1);
            c = relo_hash_mix(load64(p + 32) ^ c, load64(p + 40) ^ 2);
            p += 48;
            left -= 48;
        } while (left > 48);
        h ^= relo_hash_mix(b, c ^ 3);
    }
    for (; left > 16; p += 16, left -= 16)
        h = relo_hash_mix(load64(p) ^ h, load64(p + 8));
    load_tail(p, left, &x, &y);
    return relo_hash_mix(x ^ h, y ^ ((uint64_t)n << 56 | n));
}
