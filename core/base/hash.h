/* SPDX-License-Identifier: BSD-2-Clause */
/* A fast 64-bit keyed hash (multiply and fold, 48 bytes a round), the same on every machine. Not
   cryptographic: it stands in for digests under the `sim` suite and chains the fingerprints. */
#ifndef RELO_BASE_HASH_H
#define RELO_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 relo_u128;

#define RELO_HASH_START UINT64_C(0x2d358dccaa6c78a5)

uint64_t relo_hash(const void *bytes, size_t n, uint64_t key);

static inline uint64_t relo_hash_mix(uint64_t a, uint64_t b)
{
    relo_u128 m =
        (relo_u128)(a ^ UINT64_C(0x9e3779b97f4a7c15)) * (b ^ UINT64_C(0xd1b54a32d192ed03));
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* relo_hash of no bytes, key 0. */
static inline uint64_t relo_hash_of_none(void)
{
    return relo_hash_mix(RELO_HASH_START, 0);
}

/* A stateless draw: 64 bits that depend on all four arguments. */
static inline uint64_t relo_hash_draw(uint64_t seed, uint64_t purpose, uint64_t source, uint64_t n)
{
    uint64_t h = relo_hash_mix(relo_hash_mix(seed, purpose) ^ n,
                               relo_hash_mix(source, UINT64_C(0xa0761d6478bd642f) ^ purpose));
    /* Up to here consecutive n give nearly an arithmetic progression: sums of draws would show it.
     */
    return relo_hash_mix(h, h ^ UINT64_C(0xe7037ed1a0b428db));
}

#endif
