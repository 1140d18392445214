/* SPDX-License-Identifier: BSD-2-Clause */
/* ICE candidates: types, priorities and foundations (RFC 8445 section 5.1), and their form in an
   AttachReqAns (RFC 6940 section 6.5.1.1). One component, one stream (6940 6.5.1.3). */
#ifndef RELO_ICE_CANDIDATE_H
#define RELO_ICE_CANDIDATE_H

#include "core/base/addr.h"
#include "core/wire/attach.h"

enum relo_ice_type {
    RELO_ICE_HOST,
    RELO_ICE_SRFLX,
    RELO_ICE_PRFLX, /* learned from checks; never signalled (6940 6.5.1.1) */
    RELO_ICE_RELAY
};

struct relo_ice_candidate {
    struct relo_addr addr;
    struct relo_addr base;    /* local ones: where it sends from; a relayed one is its own base */
    struct relo_addr related; /* what rel_addr_port says; family 0: nothing */
    uint32_t priority;
    uint32_t foundation; /* equal means same foundation; a hash of the text for remote ones */
    uint16_t preference; /* local preference (5.1.2.1) of its base */
    uint8_t type;        /* enum relo_ice_type */
};

/* 5.1.2.1; component 1. */
uint32_t relo_ice_priority(enum relo_ice_type type, uint16_t local_preference);
/* 5.1.1.3: same type, base address and server address. `server` may be NULL. */
uint32_t relo_ice_foundation(enum relo_ice_type type, const struct relo_addr *base,
                             const struct relo_addr *server);
const char *relo_ice_type_name(enum relo_ice_type type);

/* One candidate as an IceCandidate of overlay link DTLS-UDP-SR. */
void relo_ice_candidate_write(struct relo_wr *w, const struct relo_ice_candidate *candidate);
/* False: not one that ICE over UDP can use (other link type, unknown address type, port 0). */
bool relo_ice_candidate_from(const struct relo_candidate *wire,
                             struct relo_ice_candidate *candidate);

#endif
