/* SPDX-License-Identifier: BSD-2-Clause */
/* The purposes of stateless draws: every random number of the simulator outside the nodes is
   relo_hash_draw(seed, purpose, source, sequence), a pure function, so that the order in which
   things are asked for cannot matter. Appending a purpose keeps old seeds' results. */
#ifndef SIM_ENGINE_DRAW_H
#define SIM_ENGINE_DRAW_H

#include "core/base/hash.h"

#include <stdint.h>

enum sim_draw {
    SIM_DRAW_PLACE = 1,    /* rotation of the sites' coordinates */
    SIM_DRAW_LOSS,         /* source host, packet number */
    SIM_DRAW_JITTER,       /* source host, packet number */
    SIM_DRAW_NODE_ID,      /* host, incarnation of the identity; two draws */
    SIM_DRAW_KEY,          /* of the identity, likewise */
    SIM_DRAW_ENTROPY,      /* host, incarnation * 4 + word */
    SIM_DRAW_ALIVE,        /* host: alive at the start? */
    SIM_DRAW_RESIDUAL,     /* host: of the first session or absence */
    SIM_DRAW_SESSION,      /* host, incarnation */
    SIM_DRAW_DEAD,         /* host, incarnation */
    SIM_DRAW_GRACEFUL,     /* host, incarnation */
    SIM_DRAW_BOOTSTRAP,    /* host, attempt * 16 + candidate */
    SIM_DRAW_ARRIVAL,      /* host: when it joins during build-up */
    SIM_DRAW_FINGER,       /* host, finger * 2 + half */
    SIM_DRAW_SECRET,       /* a pair of wired hosts */
    SIM_DRAW_INTERVAL,     /* host * 4 + process, number */
    SIM_DRAW_LOOKUP,       /* host, number * 2 + half */
    SIM_DRAW_FETCH,        /* host, number * 32 + try */
    SIM_DRAW_VALUE,        /* key, version */
    SIM_DRAW_SHUFFLE,      /* of the order of shards: a test aid, in no result */
    SIM_DRAW_PAIR,         /* a sample of pairs of sites */
};

/* Uniform in 0 .. n - 1 from 64 random bits; n > 0. */
static inline uint64_t sim_draw_below(uint64_t bits, uint64_t n)
{
    return (uint64_t)(((relo_u128)bits * n) >> 64);
}

#endif
