/* SPDX-License-Identifier: BSD-2-Clause */
/* Priorities and foundations of candidates, RFC 8445 section 5.1. */
#include "core/ice/candidate.h"

#include "core/base/check.h"
#include "core/base/hash.h"
#include "core/wire/codes.h"

#include <string.h>

#define COMPONENT 1u

uint32_t relo_ice_priority(enum relo_ice_type type, uint16_t local_preference)
{
    uint32_t preference = 0;
    switch (type) { /* 5.1.2.2 */
    case RELO_ICE_HOST:
        preference = 126;
        break;
    case RELO_ICE_PRFLX:
        preference = 110;
        break;
    case RELO_ICE_SRFLX:
        preference = 100;
        break;
    case RELO_ICE_RELAY:
        break;
    }
    return preference << 24 | (uint32_t)local_preference << 8 | (256 - COMPONENT);
}

uint32_t relo_ice_foundation(enum relo_ice_type type, const struct relo_addr *base,
                             const struct relo_addr *server)
{
    uint64_t h = relo_hash(base->ip, sizeof base->ip, (uint64_t)type);
    if (server)
        h = relo_hash(server->ip, sizeof server->ip, h);
    return (uint32_t)(h >> 32);
}

const char *relo_ice_type_name(enum relo_ice_type type)
{
    static const char *const names[] = {"host", "srflx", "prflx", "relay"};
    RELO_CHECK(type <= RELO_ICE_RELAY);
    return names[type];
}

/* A foundation is 1 to 32 ice-chars (5.1.1.3, 8839 5.1): eight hexadecimal digits here. */
static void foundation_text(uint32_t foundation, uint8_t text[8])
{
    for (int i = 0; i < 8; i++)
        text[i] = (uint8_t) "0123456789abcdef"[foundation >> (28 - 4 * i) & 15];
}

void relo_ice_candidate_write(struct relo_wr *w, const struct relo_ice_candidate *candidate)
{
    uint8_t foundation[8];
    struct relo_candidate wire = {.addr_port = relo_address_of(&candidate->addr),
                                  .overlay_link = RELO_LINK_DTLS_UDP_SR,
                                  .foundation = {foundation, sizeof foundation},
                                  .priority = candidate->priority,
                                  .type = RELO_CANDIDATE_HOST};
    foundation_text(candidate->foundation, foundation);
    RELO_CHECK(candidate->type != RELO_ICE_PRFLX);
    if (candidate->type != RELO_ICE_HOST) {
        wire.type = candidate->type == RELO_ICE_SRFLX ? RELO_CANDIDATE_SRFLX : RELO_CANDIDATE_RELAY;
        wire.rel_addr_port = relo_address_of(&candidate->related);
    }
    relo_candidate_write(w, &wire);
}

bool relo_ice_candidate_from(const struct relo_candidate *wire,
                             struct relo_ice_candidate *candidate)
{
    if (wire->overlay_link != RELO_LINK_DTLS_UDP_SR || wire->addr_port.addr.family == 0 ||
        wire->addr_port.addr.port == 0)
        return false;
    *candidate = (struct relo_ice_candidate){
        .addr = wire->addr_port.addr,
        .priority = wire->priority,
        .foundation = (uint32_t)relo_hash(wire->foundation.p, wire->foundation.n, 0),
        .type = RELO_ICE_HOST};
    if (wire->type == RELO_CANDIDATE_SRFLX)
        candidate->type = RELO_ICE_SRFLX;
    if (wire->type == RELO_CANDIDATE_RELAY)
        candidate->type = RELO_ICE_RELAY;
    return true;
}
