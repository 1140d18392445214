/* SPDX-License-Identifier: BSD-2-Clause */
/* A candidate pair and its check: RFC 8445 sections 6.1.2.3 and 6.1.2.6. */
#ifndef RELO_ICE_PAIR_H
#define RELO_ICE_PAIR_H

#include "core/base/time.h"
#include "core/ice/stun.h"

enum relo_ice_pair_state {
    RELO_ICE_PAIR_FROZEN,  /* waits for one of its foundation */
    RELO_ICE_PAIR_WAITING, /* may be checked */
    RELO_ICE_PAIR_IN_PROGRESS,
    RELO_ICE_PAIR_SUCCEEDED,
    RELO_ICE_PAIR_FAILED
};

struct relo_ice_pair {
    uint64_t priority;
    uint64_t foundation;
    relo_time sent_at; /* the check's first transmission */
    relo_time due;     /* its next one, or its end */
    relo_time rtt;
    relo_time rto;
    uint32_t triggered;    /* place in the triggered-check queue; 0: not in it */
    uint8_t state;         /* enum relo_ice_pair_state */
    uint8_t local, remote; /* candidates; the local one is a base */
    uint8_t valid_local;   /* the local candidate of the valid pair it made */
    uint8_t transmissions; /* of this check */
    bool valid;            /* in the valid list */
    bool use_candidate;    /* the check nominates */
    bool nominated;        /* the controlling side nominated it: select it when it succeeds */
    bool sent_controlling; /* the role its check claims */
    bool again;            /* triggered while In-Progress: the same transaction once more */
    uint8_t transaction[RELO_STUN_TRANSACTION_BYTES];
};

/* 6.1.2.3: G is the controlling side's candidate priority, D the controlled one's. */
uint64_t relo_ice_pair_priority(uint32_t controlling, uint32_t controlled);

#endif
