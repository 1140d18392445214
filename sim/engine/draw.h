/* SPDX-License-Identifier: BSD-2-Clause */
/* The purposes of stateless draws: every random number of the simulator outside the nodes is
   relo_hash_draw(seed, purpose, source, sequence), a pure function, so that the order in which
   things are asked for cannot matter. Appending a purpose keeps old seeds' results. */
#ifndef SIM_ENGINE_DRAW_H
#define SIM_ENGINE_DRAW_H

#include "core/base/hash.h"

#include <stdint.h>

enum sim_draw {
    SIM_DRAW_PLACE = 1,      /* rotation of the sites' coordinates */
    SIM_DRAW_LOSS,           /* source host, packet number */
    SIM_DRAW_JITTER,         /* source host, packet number */
    SIM_DRAW_NODE_ID,        /* host, incarnation of the identity; two draws */
    SIM_DRAW_KEY,            /* of the identity, likewise */
    SIM_DRAW_ENTROPY,        /* host, incarnation * 4 + word */
    SIM_DRAW_ALIVE,          /* host: alive at the start? */
    SIM_DRAW_RESIDUAL,       /* host: of the first session or absence */
    SIM_DRAW_SESSION,        /* host, incarnation */
    SIM_DRAW_DEAD,           /* host, incarnation */
    SIM_DRAW_GRACEFUL,       /* host, incarnation */
    SIM_DRAW_BOOTSTRAP,      /* host, attempt * 16 + candidate */
    SIM_DRAW_ARRIVAL,        /* host: when it joins during build-up */
    SIM_DRAW_FINGER,         /* host, finger * 2 + half */
    SIM_DRAW_SECRET,         /* a pair of wired hosts */
    SIM_DRAW_INTERVAL,       /* host * 4 + process, number */
    SIM_DRAW_LOOKUP,         /* host, number * 2 + half */
    SIM_DRAW_FETCH,          /* host, number * 32 + try */
    SIM_DRAW_VALUE,          /* key, version */
    SIM_DRAW_SHUFFLE,        /* of the order of shards: a test aid, in no result */
    SIM_DRAW_PAIR,           /* a sample of pairs of sites */
    SIM_DRAW_TIV = 64,       /* a pair of sites, the lesser first: the error of their latency */
    SIM_DRAW_BLOCKED,        /* a pair of sites, likewise: whether they cannot talk */
    SIM_DRAW_BURST,          /* source host, packet number: steps of Gilbert and Elliott's chain */
    SIM_DRAW_CORRUPT,        /* source host, packet number; two draws: whether, and which bit */
    SIM_DRAW_DUPLICATE,      /* source host, packet number; two draws: whether, and when */
    SIM_DRAW_REORDER,        /* source host, packet number; two draws: whether, and how late */
    SIM_DRAW_SLOW,           /* host: whether it is slow */
    SIM_DRAW_CLOCK,          /* host, number of the setting of its clock */
    SIM_DRAW_CRASH,          /* host, number of the crash: when, and for how long */
    SIM_DRAW_MALICIOUS,      /* host: at which share it turns malicious */
    SIM_DRAW_MALICE,         /* host; what, and of which message */
    SIM_DRAW_FLOOD,          /* host, number of the request */
    SIM_DRAW_OWN_MEAN = 96,  /* host, try * 3 + which: Pareto after Yao */
    SIM_DRAW_POISSON,        /* population * 2 + leave, number * 2: interval, and whom */
    SIM_DRAW_VICTIM,         /* host: of a mass failure */
    SIM_DRAW_CROWD,          /* host: when it arrives in a flash crowd */
    SIM_DRAW_GROUP,          /* host: its side of a partition */
    SIM_DRAW_CALL,           /* host, number * 32 + try */
    SIM_DRAW_TRACE,          /* host, line: graceful? */
    SIM_DRAW_NAT_SITE = 160, /* first host of a site, number: what it is behind */
    SIM_DRAW_NAT_REBOOT,     /* NAT, reboot * 2 + which: when, and whether it moves */
    SIM_DRAW_PAIR_END,       /* end of a pair of ICE agents, number */
    SIM_DRAW_WIRED_SILENT,   /* host: when its links of a wired ring were last used */
    SIM_DRAW_WIRED_RELAY,    /* host, try * 2 + which: its server, and the port there */
    SIM_DRAW_INTRUDER = 192, /* look, which: who tries to store where it may not, and where */
};

/* Uniform in 0 .. n - 1 from 64 random bits; n > 0. */
static inline uint64_t sim_draw_below(uint64_t bits, uint64_t n)
{
    return (uint64_t)(((relo_u128)bits * n) >> 64);
}

#endif
