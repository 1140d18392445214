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

uint64_t relo_hash(const void *bytes, size_t n, uint64_t key)
{
    const uint8_t *p = bytes;
    uint64_t a = key ^ UINT64_C(0x2d358dccaa6c78a5), b = a, c = a;
    size_t left = n;

    while (left >= 48) {
        a = relo_hash_mix(load64(p) ^ a, load64(p + 8));
        b = relo_hash_mix(load64(p + 16) ^ b, load64(p + 24) ^ 1);
        c = relo_hash_mix(load64(p + 32) ^ c, load64(p + 40) ^ 2);
        p += 48;
        left -= 48;
    }
    uint64_t h = a ^ relo_hash_mix(b, c ^ 3);
    while (left >= 16) {
        h = relo_hash_mix(load64(p) ^ h, load64(p + 8));
        p += 16;
        left -= 16;
    }
    uint8_t tail[16] = {0};
    if (left)
        memcpy(tail, p, left);
    return relo_hash_mix(load64(tail) ^ h, load64(tail + 8) ^ n);
}
