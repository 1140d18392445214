/* SPDX-License-Identifier: BSD-2-Clause */
/* A small counter-based generator (16 bytes): the randomness of nodes under the `sim` suite. */
#ifndef RELO_BASE_PRNG_H
#define RELO_BASE_PRNG_H

#include "core/base/hash.h"

struct relo_prng {
    uint64_t key, count;
};

static inline uint64_t relo_prng_next(struct relo_prng *prng)
{
    uint64_t h = relo_hash_mix(prng->key, ++prng->count);
    return relo_hash_mix(h, h ^ prng->key); /* one mix leaves consecutive draws alike */
}

/* Uniform in 0 .. n - 1; n > 0. */
static inline uint64_t relo_prng_below(struct relo_prng *prng, uint64_t n)
{
    return (uint64_t)(((relo_u128)relo_prng_next(prng) * n) >> 64);
}

#endif
