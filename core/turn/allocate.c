/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocations of the TURN server: RFC 8656 sections 7 and 8. */
#include "core/turn/internal.h"

#include <string.h>

#define GRANT_WAIT (5 * RELO_S)
#define ANSWER_BYTES 512
#define UDP 17
#define ADDRESS_ERROR_CODE 0x8001 /* section 18.12 */

/* There is room. */
static void add(struct relo_turn_relay *relay, struct relo_turn_allocation *a)
{
    relay->slot = relo_turn_relay_grown(relay, relay->slot, relay->allocation_count,
                                        &relay->allocation_size, sizeof *relay->slot);
    relay->slot[relay->allocation_count++] =
        (struct relo_turn_slot){a, relo_addr_hash(&a->client), relo_addr_hash(&a->relayed)};
    relo_turn_allocate_rearm(relay);
}

/* Takes an allocation out of the table. */
static void drop(struct relo_turn_relay *relay, uint32_t at)
{
    struct relo_turn_allocation *a = relay->slot[at].allocation;
    relay->allocation_count--;
    memmove(&relay->slot[at], &relay->slot[at + 1],
            (relay->allocation_count - at) * sizeof *relay->slot);
    relo_env_free(relay->env, a, sizeof *a);
    relo_turn_allocate_rearm(relay);
}

void relo_turn_allocate_rearm(struct relo_turn_relay *relay)
{
    relay->expires = RELO_NEVER;
    relay->unsettled = 0;
    for (uint32_t i = 0; i < relay->allocation_count; i++) {
        const struct relo_turn_allocation *a = relay->slot[i].allocation;
        if (a->state != RELO_TURN_DEAD)
            relay->expires = relo_time_min(relay->expires, a->expires);
        if (a->state == RELO_TURN_WAITING || a->state == RELO_TURN_DEAD)
            relay->unsettled++;
    }
}

void relo_turn_allocate_end(struct relo_turn_relay *relay, struct relo_turn_allocation *a)
{
    bool had_address = a->state == RELO_TURN_LIVE;
    if (a->state == RELO_TURN_DEAD)
        return;
    a->user->allocations--;
    a->user = NULL;
    relo_env_free(relay->env, a->permission, a->permission_size * sizeof *a->permission);
    relo_env_free(relay->env, a->channel, a->channel_size * sizeof *a->channel);
    a->permission = NULL;
    a->channel = NULL;
    a->permission_count = a->permission_size = a->channel_count = a->channel_size = 0;
    a->state = RELO_TURN_DEAD;
    relo_turn_allocate_rearm(relay);
    if (had_address)
        return;
    for (uint32_t i = 0; i < relay->allocation_count; i++)
        if (relay->slot[i].allocation == a) {
            drop(relay, i);
            return;
        }
}

void relo_turn_allocate_expire(struct relo_turn_relay *relay)
{
    for (uint32_t i = relay->allocation_count; i-- > 0 && relay->env->now >= relay->expires;) {
        struct relo_turn_allocation *a = relay->slot[i].allocation;
        if (relay->env->now >= a->expires)
            relo_turn_allocate_end(relay, a);
    }
}

bool relo_turn_relay_released(struct relo_turn_relay *relay, struct relo_addr *relayed)
{
    for (uint32_t i = 0; i < relay->allocation_count && relay->unsettled; i++)
        if (relay->slot[i].allocation->state == RELO_TURN_DEAD) {
            *relayed = relay->slot[i].allocation->relayed;
            drop(relay, i);
            return true;
        }
    return false;
}

/* 7.2, step 7, and 8.2: what is asked for, but not less than the default and not more than may be.
 */
static uint32_t lifetime_of(const struct relo_turn_relay *relay, const struct relo_stun *m)
{
    uint32_t wanted = m->has & RELO_STUN_HAS_LIFETIME ? m->lifetime_s : RELO_TURN_LIFETIME_S;
    if (wanted < RELO_TURN_LIFETIME_S)
        wanted = RELO_TURN_LIFETIME_S;
    return wanted < relay->lifetime_max_s ? wanted : relay->lifetime_max_s;
}

/* 7.2, steps 3 to 9: false: refused. */
static bool acceptable(struct relo_turn_relay *relay, const struct relo_turn_request *request)
{
    const struct relo_stun *m = request->message;
    bool token = m->has & RELO_STUN_HAS_TOKEN;
    bool additional = m->has & RELO_STUN_HAS_ADDITIONAL_FAMILY;
    if (!(m->has & RELO_STUN_HAS_TRANSPORT) ||
        (token && m->has & (RELO_STUN_HAS_EVEN_PORT | RELO_STUN_HAS_FAMILY)) ||
        (additional && (m->additional_family != 6 || token || m->has & RELO_STUN_HAS_FAMILY ||
                        m->reserve_next))) {
        relo_turn_relay_refuse(relay, request, 400, "Bad Request");
        return false;
    }
    if (m->transport != UDP) {
        relo_turn_relay_refuse(relay, request, 442, "Unsupported Transport Protocol");
        return false;
    }
    if (m->has & RELO_STUN_HAS_DONT_FRAGMENT) {
        relo_turn_relay_refuse(relay, request, 420, "Unknown Attribute");
        return false;
    }
    if (token || m->reserve_next || relay->allocation_count == relay->allocations_max) {
        relo_turn_relay_refuse(relay, request, 508, "Insufficient Capacity");
        return false;
    }
    if (request->user->allocations >= relay->allocations_per_user_max) {
        relo_turn_relay_refuse(relay, request, 486, "Allocation Quota Reached");
        return false;
    }
    return true;
}

static void answer(struct relo_turn_relay *relay, const struct relo_turn_allocation *a)
{
    struct relo_turn_datagram to = {.local = a->local, .remote = a->client};
    struct relo_pool *pool = &relay->env->shard->pool;
    struct relo_wr w;
    struct relo_turn_queued *queued = relo_turn_queue_open(&relay->queue, pool, ANSWER_BYTES, &w);
    if (!queued) {
        relo_count(relay->env, RELO_COUNT_drop_turn_overflow);
        return;
    }
    relo_time left = a->expires - relay->env->now;
    struct relo_stun_writer s =
        relo_stun_open(&w, RELO_STUN_ALLOCATE, RELO_STUN_SUCCESS, a->transaction);
    relo_stun_write_address(&s, RELO_STUN_XOR_RELAYED_ADDRESS, &a->relayed);
    relo_stun_write_u32(&s, RELO_STUN_LIFETIME, (uint32_t)(left / RELO_S));
    relo_stun_write_address(&s, RELO_STUN_XOR_MAPPED_ADDRESS, &a->client);
    if (a->both) { /* 7.2: one family will have to do */
        static const uint8_t refused[] = {2, 0, 4, 40};
        relo_stun_write(&s, (enum relo_stun_type)ADDRESS_ERROR_CODE,
                        (struct relo_view){refused, sizeof refused});
    }
    relo_stun_write_integrity(&s, (struct relo_view){a->user->key, sizeof a->user->key});
    if (a->fingerprint)
        relo_stun_write_fingerprint(&s);
    relo_turn_queue_close(&relay->queue, pool, queued, &w, &to);
}

void relo_turn_allocate_request(struct relo_turn_relay *relay, struct relo_turn_request *request)
{
    const struct relo_stun *m = request->message;
    struct relo_turn_allocation *a = relo_turn_relay_find(relay, request->local, request->client);
    if (a && memcmp(a->transaction, m->transaction, sizeof a->transaction) == 0) {
        /* 7.2: a retransmission gets the same answer, once there is one. */
        if (a->state == RELO_TURN_LIVE && a->user == request->user)
            answer(relay, a);
        return;
    }
    if (a) { /* 7.2, step 2 */
        relo_turn_relay_refuse(relay, request, 437, "Allocation Mismatch");
        return;
    }
    if (!acceptable(relay, request))
        return;
    a = relo_pool_zalloc(&relay->env->shard->pool, sizeof *a);
    a->client = *request->client;
    a->local = *request->local;
    a->user = request->user;
    a->ticket = ++relay->ticket;
    a->lifetime_s = lifetime_of(relay, m);
    a->expires = relay->env->now + GRANT_WAIT;
    a->family = m->has & RELO_STUN_HAS_FAMILY ? m->family : 4; /* others are malformed to stun.c */
    a->even = m->has & RELO_STUN_HAS_EVEN_PORT;
    a->both = m->has & RELO_STUN_HAS_ADDITIONAL_FAMILY;
    a->fingerprint = m->has & RELO_STUN_HAS_FINGERPRINT;
    memcpy(a->transaction, m->transaction, sizeof a->transaction);
    a->user->allocations++;
    add(relay, a);
}

void relo_turn_relay_wire(struct relo_turn_relay *relay, struct relo_view name,
                          const struct relo_wired_allocation *wired)
{
    struct relo_turn_user *user = relo_turn_auth_wire(relay, name);
    if (!user || relay->allocation_count == relay->allocations_max)
        return;
    struct relo_turn_allocation *a = relo_pool_zalloc(&relay->env->shard->pool, sizeof *a);
    a->client = wired->mapped;
    a->local = wired->server;
    a->relayed = wired->relayed;
    a->user = user;
    a->lifetime_s = RELO_TURN_LIFETIME_S;
    a->expires = relay->env->now + RELO_TURN_LIFETIME_S * RELO_S;
    a->family = wired->relayed.family;
    a->state = RELO_TURN_LIVE;
    a->ticket = ++relay->ticket;
    a->fingerprint = true;
    user->allocations++;
    add(relay, a);
    for (uint32_t i = 0; i < wired->peer_count && i < relay->permissions_max; i++)
        relo_turn_permit_wire(relay, a, &wired->peer[i], (uint16_t)(RELO_TURN_CHANNEL_FIRST + i));
    relo_count(relay->env, RELO_COUNT_turn_allocations);
}

bool relo_turn_relay_wanted(struct relo_turn_relay *relay, struct relo_turn_wanted *wanted)
{
    for (uint32_t i = 0; i < relay->allocation_count && relay->unsettled; i++) {
        struct relo_turn_allocation *a = relay->slot[i].allocation;
        if (a->state != RELO_TURN_WAITING)
            continue;
        *wanted = (struct relo_turn_wanted){a->client, a->local, a->ticket, a->family, a->even};
        a->state = RELO_TURN_ASKED;
        relo_turn_allocate_rearm(relay);
        return true;
    }
    return false;
}

static bool usable(const struct relo_turn_allocation *a, const struct relo_addr *relayed)
{
    return relayed && relayed->family == a->family && !(a->even && relayed->port % 2);
}

bool relo_turn_relay_grant(struct relo_turn_relay *relay, uint32_t ticket,
                           const struct relo_addr *relayed)
{
    relo_turn_allocate_expire(relay);
    for (uint32_t i = 0; i < relay->allocation_count; i++) {
        struct relo_turn_allocation *a = relay->slot[i].allocation;
        if (a->ticket != ticket || a->state != RELO_TURN_ASKED)
            continue;
        if (usable(a, relayed)) {
            a->relayed = *relayed;
            relay->slot[i].relayed = relo_addr_hash(relayed);
            a->state = RELO_TURN_LIVE;
            a->expires = relay->env->now + a->lifetime_s * RELO_S;
            relo_turn_allocate_rearm(relay);
            relo_count(relay->env, RELO_COUNT_turn_allocations);
            answer(relay, a);
            return true;
        }
        struct relo_stun m = {.transaction = a->transaction, .method = RELO_STUN_ALLOCATE};
        m.has = a->fingerprint ? RELO_STUN_HAS_FINGERPRINT : 0;
        struct relo_turn_request request = {&m, &a->local, &a->client, a->user};
        relo_turn_relay_refuse(relay, &request, 508, "Insufficient Capacity");
        relo_turn_allocate_end(relay, a);
        return false;
    }
    return false;
}

void relo_turn_allocate_refresh(struct relo_turn_relay *relay, struct relo_turn_request *request)
{
    const struct relo_stun *m = request->message;
    struct relo_turn_allocation *a = relo_turn_relay_find(relay, request->local, request->client);
    struct relo_pool *pool = &relay->env->shard->pool;
    struct relo_turn_datagram to = {.local = *request->local, .remote = *request->client};
    struct relo_wr w;
    if (!a || a->state != RELO_TURN_LIVE) { /* 8.2; also after a deletion whose answer was lost */
        relo_turn_relay_refuse(relay, request, 437, "Allocation Mismatch");
        return;
    }
    if (a->user != request->user) { /* section 5 */
        relo_turn_relay_refuse(relay, request, 441, "Wrong Credentials");
        return;
    }
    if (m->has & RELO_STUN_HAS_FAMILY && m->family != a->family) {
        relo_turn_relay_refuse(relay, request, 443, "Peer Address Family Mismatch");
        return;
    }
    bool end = m->has & RELO_STUN_HAS_LIFETIME && m->lifetime_s == 0;
    uint32_t lifetime_s = end ? 0 : lifetime_of(relay, m);
    a->expires = relay->env->now + lifetime_s * RELO_S;
    relo_turn_allocate_rearm(relay);
    if (end)
        relo_turn_allocate_end(relay, a);
    struct relo_turn_queued *queued = relo_turn_queue_open(&relay->queue, pool, ANSWER_BYTES, &w);
    if (!queued) {
        relo_count(relay->env, RELO_COUNT_drop_turn_overflow);
        return;
    }
    struct relo_stun_writer s =
        relo_stun_open(&w, RELO_STUN_REFRESH, RELO_STUN_SUCCESS, m->transaction);
    relo_stun_write_u32(&s, RELO_STUN_LIFETIME, lifetime_s);
    relo_stun_write_integrity(&s,
                              (struct relo_view){request->user->key, sizeof request->user->key});
    if (m->has & RELO_STUN_HAS_FINGERPRINT)
        relo_stun_write_fingerprint(&s);
    relo_turn_queue_close(&relay->queue, pool, queued, &w, &to);
}
