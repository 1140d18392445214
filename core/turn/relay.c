/* SPDX-License-Identifier: BSD-2-Clause */
/* The TURN server: what comes in, what goes out. RFC 8656 sections 5, 11 and 12. */
#include "core/turn/internal.h"

#include "core/base/check.h"
#include "core/security/suite.h"

#include <string.h>

#define ANSWER_BYTES 1024

static uint16_t or_else(uint16_t value, uint16_t otherwise)
{
    return value ? value : otherwise;
}

struct relo_turn_relay *relo_turn_relay_new(struct relo_env *env,
                                            const struct relo_turn_relay_options *options)
{
    struct relo_turn_relay *relay = relo_pool_zalloc(&env->shard->pool, sizeof *relay);
    RELO_CHECK(options->local_count <= RELO_TURN_LISTENING_MAX);
    RELO_CHECK(options->realm.n <= RELO_TURN_NAME_MAX);
    relay->env = env;
    relay->expires = RELO_NEVER;
    relay->local_count = options->local_count;
    for (uint32_t i = 0; i < options->local_count; i++)
        relay->local[i] = options->local[i];
    RELO_CHECK(options->secret.n <= RELO_TURN_NAME_MAX);
    relay->realm_bytes = (uint8_t)options->realm.n;
    relay->shared_bytes = (uint8_t)options->secret.n;
    relay->realm = relo_env_alloc(env, options->realm.n + options->secret.n);
    relay->shared = relay->realm + options->realm.n;
    if (options->realm.n)
        memcpy(relay->realm, options->realm.p, options->realm.n);
    if (options->secret.n)
        memcpy(relay->shared, options->secret.p, options->secret.n);
    relay->users_max = or_else(options->users_max, 64);
    relay->allocations_max = or_else(options->allocations_max, 32);
    relay->allocations_per_user_max = or_else(options->allocations_per_user_max, 8);
    relay->permissions_max = or_else(options->permissions_max, 64);
    relay->channels_max = or_else(options->channels_max, 64);
    relay->lifetime_max_s = options->lifetime_max_s ? options->lifetime_max_s : 3600;
    relay->nonce_lifetime = options->nonce_lifetime ? options->nonce_lifetime : 3600 * RELO_S;
    relay->allow_loopback = options->allow_loopback;
    relay->public_only = options->public_only;
    for (uint32_t i = 0; i < sizeof relay->secret; i++)
        relay->secret[i] = (uint8_t)env->suite->random(env);
    return relay;
}

void relo_turn_relay_free(struct relo_turn_relay *relay)
{
    struct relo_addr addr;
    if (!relay)
        return;
    for (uint32_t i = relay->allocation_count; i-- > 0;)
        relo_turn_allocate_end(relay, relay->slot[i].allocation);
    while (relo_turn_relay_released(relay, &addr)) {
    }
    relo_turn_auth_fini(relay);
    relo_turn_queue_fini(&relay->queue, &relay->env->shard->pool);
    relo_env_free(relay->env, relay->slot, relay->allocation_size * sizeof *relay->slot);
    relo_env_free(relay->env, relay->realm, (size_t)relay->realm_bytes + relay->shared_bytes);
    relo_env_free(relay->env, relay, sizeof *relay);
}

void *relo_turn_relay_grown(struct relo_turn_relay *relay, void *array, uint16_t count,
                            uint16_t *size, size_t each)
{
    if (count < *size)
        return array;
    uint16_t old = *size;
    *size = (uint16_t)(old ? 2 * old : 2);
    return relo_pool_resize(&relay->env->shard->pool, array, old * each, *size * each,
                            count * each);
}

struct relo_turn_allocation *relo_turn_relay_find(struct relo_turn_relay *relay,
                                                  const struct relo_addr *local,
                                                  const struct relo_addr *client)
{
    uint16_t key = relo_addr_hash(client);
    for (uint32_t i = 0; i < relay->allocation_count; i++) {
        struct relo_turn_allocation *a = relay->slot[i].allocation;
        if (relay->slot[i].client == key && a->state != RELO_TURN_DEAD &&
            relo_addr_equal(&a->client, client) && relo_addr_equal(&a->local, local))
            return a;
    }
    return NULL;
}

/* 401 and 438 come with a realm and a nonce and without integrity (RFC 8489 section 9.2.4). */
static void write_challenge(struct relo_turn_relay *relay, const struct relo_addr *client,
                            struct relo_stun_writer *s)
{
    uint8_t nonce[RELO_TURN_NONCE_BYTES];
    relo_turn_auth_nonce(relay, client, nonce);
    relo_stun_write(s, RELO_STUN_REALM, (struct relo_view){relay->realm, relay->realm_bytes});
    relo_stun_write(s, RELO_STUN_NONCE, (struct relo_view){nonce, sizeof nonce});
}

void relo_turn_relay_refuse(struct relo_turn_relay *relay, const struct relo_turn_request *request,
                            uint16_t error, const char *reason)
{
    const struct relo_stun *m = request->message;
    struct relo_turn_datagram to = {.local = *request->local, .remote = *request->client};
    struct relo_pool *pool = &relay->env->shard->pool;
    struct relo_wr w;
    struct relo_turn_queued *queued = relo_turn_queue_open(&relay->queue, pool, ANSWER_BYTES, &w);
    if (error != 401 && error != 438)
        relo_count(relay->env, RELO_COUNT_turn_refused);
    if (!queued) {
        relo_count(relay->env, RELO_COUNT_drop_turn_overflow);
        return;
    }
    struct relo_stun_writer s =
        relo_stun_open(&w, (enum relo_stun_method)m->method, RELO_STUN_ERROR, m->transaction);
    relo_stun_write_error(&s, error, reason);
    if (error == 401 || error == 438)
        write_challenge(relay, request->client, &s);
    if (error == 420) {
        uint16_t unknown[RELO_STUN_UNKNOWN_MAX + 1];
        uint32_t n = m->unknown_count;
        memcpy(unknown, m->unknown, n * sizeof *unknown);
        if (m->has & RELO_STUN_HAS_DONT_FRAGMENT) /* 7.2, step 5 */
            unknown[n++] = RELO_STUN_DONT_FRAGMENT;
        relo_stun_write_unknown(&s, unknown, n);
    }
    if (request->user)
        relo_stun_write_integrity(
            &s, (struct relo_view){request->user->key, sizeof request->user->key});
    if (m->has & RELO_STUN_HAS_FINGERPRINT)
        relo_stun_write_fingerprint(&s);
    relo_turn_queue_close(&relay->queue, pool, queued, &w, &to);
}

/* Sends bytes as they are from a relayed address. */
static void relay_to_peer(struct relo_turn_relay *relay, const struct relo_turn_allocation *a,
                          const struct relo_addr *peer, struct relo_view data)
{
    struct relo_turn_datagram to = {a->relayed, *peer, true, true};
    struct relo_pool *pool = &relay->env->shard->pool;
    struct relo_wr w;
    if (!relo_turn_permit_good(relay, a, peer)) { /* 11.2, 9 */
        relo_count(relay->env, RELO_COUNT_drop_turn_permission);
        return;
    }
    struct relo_turn_queued *queued = relo_turn_queue_open(&relay->queue, pool, data.n, &w);
    if (!queued) {
        relo_count(relay->env, RELO_COUNT_drop_turn_overflow);
        return;
    }
    relo_wr_bytes(&w, data.p, data.n);
    relo_turn_queue_close(&relay->queue, pool, queued, &w, &to);
    relo_count(relay->env, RELO_COUNT_turn_to_peers);
}

/* 11.2: what is wrong is dropped silently. */
static void send_indication(struct relo_turn_relay *relay, const struct relo_addr *local,
                            const struct relo_addr *client, const struct relo_stun *m)
{
    const uint32_t needed = RELO_STUN_HAS_PEER | RELO_STUN_HAS_DATA;
    struct relo_turn_allocation *a = relo_turn_relay_find(relay, local, client);
    if (!a || a->state != RELO_TURN_LIVE || (m->has & needed) != needed || m->unknown_count ||
        m->has & RELO_STUN_HAS_DONT_FRAGMENT) {
        relo_count(relay->env, RELO_COUNT_drop_turn_malformed);
        return;
    }
    relay_to_peer(relay, a, &m->peer, m->data);
}

static bool channel_data(struct relo_turn_relay *relay, const struct relo_addr *local,
                         const struct relo_addr *client, struct relo_view bytes)
{
    struct relo_turn_allocation *a = relo_turn_relay_find(relay, local, client);
    const struct relo_turn_channel *channel;
    struct relo_view data;
    uint16_t number;
    if (!a || a->state != RELO_TURN_LIVE)
        return false;
    /* 12.6: cut short, or not bound: dropped silently. */
    channel = relo_turn_channel_read(bytes, &number, &data)
                  ? relo_turn_permit_channel(relay, a, number)
                  : NULL;
    if (channel)
        relay_to_peer(relay, a, &channel->peer, data);
    else
        relo_count(relay->env, RELO_COUNT_drop_turn_malformed);
    return true;
}

static bool is_turn(const struct relo_stun *m)
{
    if (m->stun_class == RELO_STUN_INDICATION)
        return m->method == RELO_STUN_SEND;
    return m->stun_class == RELO_STUN_REQUEST &&
           (m->method == RELO_STUN_ALLOCATE || m->method == RELO_STUN_REFRESH ||
            m->method == RELO_STUN_CREATE_PERMISSION || m->method == RELO_STUN_CHANNEL_BIND);
}

bool relo_turn_relay_receive(struct relo_turn_relay *relay, const struct relo_addr *local,
                             const struct relo_addr *client, struct relo_view bytes)
{
    struct relo_stun m;
    struct relo_turn_request request = {&m, local, client, NULL};
    relo_turn_allocate_expire(relay);
    if (bytes.n && bytes.p[0] >> 6 == 1) /* section 12.4: the demultiplexer */
        return channel_data(relay, local, client, bytes);
    if (!relo_stun_read(bytes, &m) || !is_turn(&m))
        return false;
    if (m.stun_class == RELO_STUN_INDICATION) {
        send_indication(relay, local, client, &m);
        return true;
    }
    if (!relo_turn_auth_check(relay, &request))
        return true;
    if (m.unknown_count) { /* RFC 8489 section 6.3.1 */
        relo_turn_relay_refuse(relay, &request, 420, "Unknown Attribute");
        return true;
    }
    if (m.method == RELO_STUN_ALLOCATE)
        relo_turn_allocate_request(relay, &request);
    else if (m.method == RELO_STUN_REFRESH)
        relo_turn_allocate_refresh(relay, &request);
    else if (m.method == RELO_STUN_CREATE_PERMISSION)
        relo_turn_permit_request(relay, &request);
    else
        relo_turn_permit_bind(relay, &request);
    return true;
}

static struct relo_turn_allocation *find_relayed(const struct relo_turn_relay *relay,
                                                 const struct relo_addr *relayed)
{
    uint16_t key = relo_addr_hash(relayed);
    for (uint32_t i = 0; i < relay->allocation_count; i++)
        if (relay->slot[i].relayed == key && relay->slot[i].allocation->state == RELO_TURN_LIVE &&
            relo_addr_equal(&relay->slot[i].allocation->relayed, relayed))
            return relay->slot[i].allocation;
    return NULL;
}

/* A Data indication (11.3). */
static void write_data(struct relo_turn_relay *relay, struct relo_wr *w,
                       const struct relo_addr *peer, struct relo_view bytes)
{
    uint8_t transaction[RELO_STUN_TRANSACTION_BYTES];
    uint64_t bits = 0;
    for (uint32_t i = 0; i < sizeof transaction; i++) {
        if (i % 8 == 0)
            bits = relay->env->suite->random(relay->env);
        transaction[i] = (uint8_t)(bits >> 8 * (i % 8));
    }
    struct relo_stun_writer s =
        relo_stun_open(w, RELO_STUN_DATA, RELO_STUN_INDICATION, transaction);
    relo_stun_write_address(&s, RELO_STUN_XOR_PEER_ADDRESS, peer);
    relo_stun_write(&s, RELO_STUN_DATA_VALUE, bytes);
}

void relo_turn_relay_receive_relayed(struct relo_turn_relay *relay, const struct relo_addr *relayed,
                                     const struct relo_addr *peer, struct relo_view bytes)
{
    relo_turn_allocate_expire(relay);
    struct relo_turn_allocation *a = find_relayed(relay, relayed);
    struct relo_pool *pool = &relay->env->shard->pool;
    const struct relo_turn_channel *channel;
    struct relo_wr w;
    if (!a || bytes.n > RELO_TURN_DATA_MAX) {
        relo_count(relay->env, RELO_COUNT_drop_turn_malformed);
        return;
    }
    if (!relo_turn_permit_good(relay, a, peer)) { /* 11.3 */
        relo_count(relay->env, RELO_COUNT_drop_turn_permission);
        return;
    }
    struct relo_turn_queued *queued =
        relo_turn_queue_open(&relay->queue, pool, bytes.n + RELO_TURN_OVERHEAD_BYTES, &w);
    if (!queued) {
        relo_count(relay->env, RELO_COUNT_drop_turn_overflow);
        return;
    }
    channel = relo_turn_permit_channel_of(relay, a, peer);
    if (channel) /* 12.7 */
        relo_turn_channel_write(&w, channel->number, bytes);
    else
        write_data(relay, &w, peer, bytes);
    struct relo_turn_datagram to = {a->local, a->client, false, true};
    relo_turn_queue_close(&relay->queue, pool, queued, &w, &to);
    relo_count(relay->env, RELO_COUNT_turn_to_clients);
}

bool relo_turn_relay_has(const struct relo_turn_relay *relay, const struct relo_addr *relayed)
{
    return find_relayed(relay, relayed) != NULL;
}

void relo_turn_relay_lost(struct relo_turn_relay *relay, const struct relo_addr *relayed)
{
    struct relo_turn_allocation *a = find_relayed(relay, relayed);
    if (a)
        relo_turn_allocate_end(relay, a);
}

uint32_t relo_turn_relay_next_bytes(const struct relo_turn_relay *relay)
{
    return relo_turn_queue_next_bytes(&relay->queue);
}

bool relo_turn_relay_output(struct relo_turn_relay *relay, struct relo_turn_datagram *datagram,
                            struct relo_wr *w)
{
    relo_turn_allocate_expire(relay);
    return relo_turn_queue_take(&relay->queue, &relay->env->shard->pool, datagram, w);
}

relo_time relo_turn_relay_deadline(const struct relo_turn_relay *relay)
{
    return relay->queue.count || relay->unsettled ? relay->env->now : relay->expires;
}

uint32_t relo_turn_relay_load(const struct relo_turn_relay *relay)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < relay->allocation_count; i++)
        n += relay->slot[i].allocation->state == RELO_TURN_LIVE;
    return n;
}
