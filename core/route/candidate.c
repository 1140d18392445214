/* SPDX-License-Identifier: BSD-2-Clause */
/* Candidates of Attach and AppAttach, in their encoding: RFC 6940 sections 6.5.1.1 and 6.5.1.11. */
#include "core/route/internal.h"

#include "core/wire/codes.h"

#define HOST_PREFERENCE 126u /* RFC 8445 section 5.1.2.2 */

void relo_candidates_secret(struct relo_route *route, uint8_t *text, uint32_t n)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"; /* ice-char */
    uint64_t bits = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (i % 10 == 0)
            bits = route->env->suite->random(route->env);
        text[i] = (uint8_t)alphabet[bits & 63];
        bits >>= 6;
    }
}

void relo_candidates_write(const struct relo_addr *local, uint32_t count, struct relo_wr *w)
{
    for (uint32_t i = 0; i < count; i++) {
        uint8_t foundation = (uint8_t)('1' + i);
        struct relo_candidate c = {
            .addr_port = relo_address_of(&local[i]),
            .overlay_link = RELO_LINK_DTLS_UDP_SR_NO_ICE,
            .foundation = {&foundation, 1},
            /* RFC 8445 section 5.1.2.1, component 1 */
            .priority = HOST_PREFERENCE << 24 | (65535 - i) << 8 | 255,
            .type = RELO_CANDIDATE_HOST,
        };
        relo_candidate_write(w, &c);
    }
}

static bool speaks(const struct relo_route *route, uint8_t family)
{
    for (uint16_t i = 0; i < route->links->local_count; i++)
        if (route->links->local[i].family == family)
            return true;
    return false;
}

bool relo_candidates_choose(const struct relo_route *route, struct relo_view candidates,
                            struct relo_addr *remote, bool *mixed)
{
    struct relo_rd list =
        relo_rd_init(candidates.p, candidates.n, route->env->config->node_id_length);
    struct relo_candidate c;
    bool ice = false, no_ice = false, found = false;
    while (relo_candidate_next(&list, &c)) {
        bool is_no_ice = c.overlay_link == RELO_LINK_DTLS_UDP_SR_NO_ICE ||
                         c.overlay_link == RELO_LINK_TLS_TCP_FH_NO_ICE;
        no_ice |= is_no_ice;
        ice |= c.overlay_link == RELO_LINK_DTLS_UDP_SR;
        if (found || c.overlay_link != RELO_LINK_DTLS_UDP_SR_NO_ICE ||
            c.type != RELO_CANDIDATE_HOST || c.addr_port.addr.port == 0 ||
            !speaks(route, c.addr_port.addr.family))
            continue;
        *remote = c.addr_port.addr;
        found = true;
    }
    *mixed = ice && no_ice;
    return found && !*mixed; /* 6940-6.5.1.1-4 6940-6.5.1.5-1 */
}

void relo_candidates_write_ice(const struct relo_ice *ice, struct relo_wr *w)
{
    const struct relo_ice_candidate *c;
    for (uint32_t i = 0; (c = relo_ice_candidate(ice, i)); i++)
        relo_ice_candidate_write(w, c);
}

uint32_t relo_candidates_read(const struct relo_route *route, struct relo_view candidates,
                              struct relo_ice_candidate *out, uint32_t max, bool *mixed)
{
    struct relo_rd list =
        relo_rd_init(candidates.p, candidates.n, route->env->config->node_id_length);
    struct relo_candidate c;
    uint32_t n = 0;
    *mixed = false;
    while (relo_candidate_next(&list, &c)) {
        *mixed |= c.overlay_link == RELO_LINK_DTLS_UDP_SR_NO_ICE ||
                  c.overlay_link == RELO_LINK_TLS_TCP_FH_NO_ICE;
        if (n < max && relo_ice_candidate_from(&c, &out[n]))
            n++;
    }
    return *mixed ? 0 : n; /* 6940-6.5.1.1-4 6940-6.5.1.5-1 */
}
