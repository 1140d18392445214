/* SPDX-License-Identifier: BSD-2-Clause */
/* Gathering server-reflexive candidates: RFC 8445 section 5.1.1, RFC 6940 section 6.5.1.5. */
#include "core/ice/internal.h"

#include <string.h>

#define SERVERS_MAX 8
#define SILENT 3 /* transmissions without an answer: one and a half seconds and more */

void relo_ice_gather_start(struct relo_ice *ice, const struct relo_ice_options *options)
{
    uint32_t servers = options->server_count < SERVERS_MAX ? options->server_count : SERVERS_MAX;
    uint32_t n = 0;
    for (uint32_t s = 0; s < servers; s++)
        for (int i = 0; i < ice->local_count; i++)
            n += ice->local[i].addr.family == options->server[s].family;
    if (n) {
        ice->gather = relo_pool_zalloc(&ice->env->shard->pool, n * sizeof *ice->gather);
        for (uint32_t s = 0; s < servers; s++)
            for (int i = 0; i < ice->local_count; i++) {
                struct relo_ice_gather *g = &ice->gather[ice->gather_count];
                if (ice->local[i].addr.family != options->server[s].family)
                    continue;
                g->server = options->server[s];
                g->base = (uint8_t)i;
                relo_ice_draw(ice->env, g->transaction, sizeof g->transaction);
                ice->gather_count++;
            }
    }
    relo_ice_gather_wake(ice);
}

void relo_ice_gather_wake(struct relo_ice *ice)
{
    if (ice->state != RELO_ICE_GATHERING)
        return;
    bool done = ice->relays == 0;
    for (int i = 0; i < ice->gather_count; i++)
        done = done && ice->gather[i].done;
    if (done || ice->env->now >= ice->gather_until)
        relo_ice_become(ice, RELO_ICE_GATHERED);
}

static void add_reflexive(struct relo_ice *ice, const struct relo_ice_gather *g,
                          const struct relo_addr *mapped)
{
    const struct relo_ice_candidate *host = &ice->local[g->base];
    for (int i = 0; i < ice->local_count; i++) /* 5.1.3: redundant with another, or with the base */
        if (relo_addr_equal(&ice->local[i].addr, mapped) &&
            relo_addr_equal(&ice->local[i].base, &host->base))
            return;
    struct relo_ice_candidate c = {.addr = *mapped,
                                   .base = host->addr,
                                   .related = host->addr,
                                   .preference = host->preference,
                                   .type = RELO_ICE_SRFLX};
    c.priority = relo_ice_priority(RELO_ICE_SRFLX, c.preference);
    c.foundation = relo_ice_foundation(RELO_ICE_SRFLX, &c.base, &g->server);
    relo_ice_add_local(ice, &c);
}

/* Once every base has an answer, servers that do not reply are not worth seconds. */
static void hurry(struct relo_ice *ice)
{
    for (int i = 0; i < ice->gather_count; i++) {
        bool answered = false;
        for (int j = 0; j < ice->gather_count; j++)
            answered =
                answered || (ice->gather[j].base == ice->gather[i].base && ice->gather[j].answered);
        if (!answered)
            return;
    }
    if (ice->relays == 0)
        ice->gather_until = relo_time_min(ice->gather_until, ice->env->now + ice->rto);
}

bool relo_ice_asks(const struct relo_ice *ice, const struct relo_addr *local,
                   const struct relo_addr *remote, const uint8_t *transaction)
{
    for (int i = 0; i < ice->gather_count; i++) {
        const struct relo_ice_gather *g = &ice->gather[i];
        if (memcmp(g->transaction, transaction, sizeof g->transaction) == 0)
            return !g->done && relo_addr_equal(&g->server, remote) &&
                   relo_addr_equal(&ice->local[g->base].addr, local);
    }
    return false;
}

const struct relo_addr *relo_ice_silent(const struct relo_ice *ice, uint32_t i)
{
    /* Where another has answered it had half a second (hurry), which tells nothing. */
    for (int at = 0; at < ice->gather_count; at++)
        if (ice->gather[at].transmissions >= SILENT && !ice->gather[at].answered && i-- == 0)
            return &ice->gather[at].server;
    return NULL;
}

bool relo_ice_gather_response(struct relo_ice *ice, const struct relo_addr *local,
                              const struct relo_addr *remote, const struct relo_stun *message)
{
    for (int i = 0; i < ice->gather_count; i++) {
        struct relo_ice_gather *g = &ice->gather[i];
        if (memcmp(g->transaction, message->transaction, sizeof g->transaction) != 0)
            continue;
        if (g->done) /* the answer again: nobody waits for it */
            return false;
        /* From another address, or to another of ours: not the answer. */
        if (!relo_addr_equal(&g->server, remote) ||
            !relo_addr_equal(&ice->local[g->base].addr, local)) {
            relo_count(ice->env, RELO_COUNT_drop_stun_address);
            return true;
        }
        g->done = true;
        if (message->stun_class == RELO_STUN_SUCCESS && message->has & RELO_STUN_HAS_MAPPED &&
            ice->state == RELO_ICE_GATHERING) {
            g->answered = true;
            add_reflexive(ice, g, &message->mapped);
            hurry(ice);
        }
        relo_ice_gather_wake(ice);
        return true;
    }
    return false;
}

bool relo_ice_gather_output(struct relo_ice *ice, struct relo_ice_datagram *d, struct relo_wr *w)
{
    relo_time now = ice->env->now;
    for (int i = 0; ice->state == RELO_ICE_GATHERING && i < ice->gather_count; i++) {
        struct relo_ice_gather *g = &ice->gather[i];
        bool begin = g->transmissions == 0;
        if (g->done || (begin ? now < ice->next_slot : now < g->due))
            continue;
        if (begin) { /* 14.2, 14.3 */
            relo_time spread = ice->pace * ice->gather_count;
            g->rto = ice->rto > spread ? ice->rto : spread;
            ice->next_slot = now + ice->pace;
        }
        if (g->transmissions == ice->transmissions) {
            g->done = true;
            relo_ice_gather_wake(ice);
            continue;
        }
        g->due = now + (g->rto << g->transmissions++);
        struct relo_stun_writer s =
            relo_stun_open(w, RELO_STUN_BINDING, RELO_STUN_REQUEST, g->transaction);
        relo_stun_write_fingerprint(&s);
        *d = (struct relo_ice_datagram){ice->local[g->base].addr, g->server, false};
        return true;
    }
    return false;
}

relo_time relo_ice_gather_deadline(const struct relo_ice *ice)
{
    if (ice->state != RELO_ICE_GATHERING)
        return RELO_NEVER;
    relo_time at = ice->gather_until;
    for (int i = 0; i < ice->gather_count; i++) {
        const struct relo_ice_gather *g = &ice->gather[i];
        if (!g->done)
            at = relo_time_min(at, g->transmissions ? g->due : ice->next_slot);
    }
    return at;
}
