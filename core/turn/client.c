/* SPDX-License-Identifier: BSD-2-Clause */
/* The TURN client: its peers, and data to and from them. RFC 8656 sections 9 to 12. */
#include "core/turn/client_internal.h"

#include "core/security/suite.h"

#include <string.h>

#define PEERS_STEP 4u

static uint32_t text_bytes(const struct relo_turn_client *client)
{
    return (uint32_t)client->name_bytes + client->password_bytes + client->realm_bytes +
           client->nonce_bytes;
}

void relo_turn_client_text(struct relo_turn_client *client, struct relo_view name,
                           struct relo_view password, struct relo_view realm,
                           struct relo_view nonce)
{
    uint32_t old_n = client->text ? text_bytes(client) : 0;
    uint8_t *old = client->text;
    client->name_bytes = (uint8_t)name.n;
    client->password_bytes = (uint8_t)password.n;
    client->realm_bytes = (uint8_t)realm.n;
    client->nonce_bytes = (uint8_t)nonce.n;
    client->text = relo_env_alloc(client->env, text_bytes(client));
    struct relo_wr w = relo_wr_init(client->text, text_bytes(client), 0);
    relo_wr_bytes(&w, name.p, name.n);
    relo_wr_bytes(&w, password.p, password.n);
    relo_wr_bytes(&w, realm.p, realm.n);
    relo_wr_bytes(&w, nonce.p, nonce.n);
    relo_env_free(client->env, old, old_n);
}

struct relo_turn_client *relo_turn_client_new(struct relo_env *env,
                                              const struct relo_turn_client_options *options)
{
    if (options->name.n > RELO_TURN_TEXT_MAX || options->password.n > RELO_TURN_TEXT_MAX)
        return NULL;
    const struct relo_view none = {NULL, 0};
    struct relo_turn_client *client = relo_pool_zalloc(&env->shard->pool, sizeof *client);
    client->env = env;
    client->local = options->local;
    client->server = options->server;
    relo_turn_client_text(client, options->name, options->password, none, none);
    client->lifetime_s = options->lifetime_s ? options->lifetime_s : 600;
    client->family = options->family == 6 ? 6 : 4;
    client->transmissions = options->transmissions ? options->transmissions : 7;
    client->rto = options->rto ? options->rto : 500 * RELO_MS;
    client->on_demand = options->on_demand;
    client->channel_next = RELO_TURN_CHANNEL_FIRST;
    client->expires = client->peers_due = RELO_NEVER;
    relo_turn_asking_begin(client, &client->asking);
    return client;
}

void relo_turn_client_free(struct relo_turn_client *client)
{
    if (!client)
        return;
    relo_turn_queue_fini(&client->queue, &client->env->shard->pool);
    for (uint32_t i = 0; i < client->peer_count; i++)
        relo_turn_client_asked(client, &client->peer[i]);
    relo_env_free(client->env, client->peer, client->peer_size * sizeof *client->peer);
    relo_env_free(client->env, client->text, text_bytes(client));
    relo_env_free(client->env, client, sizeof *client);
}

void relo_turn_client_end(struct relo_turn_client *client, uint16_t error)
{
    client->state = RELO_TURN_ENDED;
    client->error = error;
    client->asking.active = false;
    relo_turn_queue_fini(&client->queue, &client->env->shard->pool);
}

enum relo_turn_client_state relo_turn_client_state(const struct relo_turn_client *client)
{
    return (enum relo_turn_client_state)client->state;
}

uint16_t relo_turn_client_error(const struct relo_turn_client *client)
{
    return client->error;
}

const struct relo_addr *relo_turn_client_relayed(const struct relo_turn_client *client)
{
    return &client->relayed;
}

const struct relo_addr *relo_turn_client_mapped(const struct relo_turn_client *client)
{
    return &client->mapped;
}

void relo_turn_client_ask(struct relo_turn_client *client, struct relo_turn_client_peer *peer)
{
    if (!peer->asking)
        peer->asking = relo_env_alloc(client->env, sizeof *peer->asking);
    peer->asking->challenges = 0;
    relo_turn_asking_begin(client, peer->asking);
}

void relo_turn_client_asked(struct relo_turn_client *client, struct relo_turn_client_peer *peer)
{
    relo_env_free(client->env, peer->asking, sizeof *peer->asking);
    peer->asking = NULL;
}

static struct relo_turn_client_peer *find(const struct relo_turn_client *client,
                                          const struct relo_addr *addr)
{
    for (uint32_t i = 0; i < client->peer_count; i++)
        if (relo_addr_equal(&client->peer[i].addr, addr))
            return &client->peer[i];
    return NULL;
}

/* The peer whose permission is this address's, too, for they are for all ports of an IP address
   (section 9): a peer behind a symmetric NAT is checked at many. NULL: none is wanted. */
static struct relo_turn_client_peer *find_permission(const struct relo_turn_client *client,
                                                     const struct relo_addr *addr)
{
    struct relo_turn_client_peer *best = NULL;
    for (uint32_t i = 0; i < client->peer_count; i++) {
        struct relo_turn_client_peer *peer = &client->peer[i];
        if (!peer->wanted || peer->failed || !relo_addr_same_ip(&peer->addr, addr))
            continue;
        if (peer->addr.port == addr->port)
            return peer;
        if (!best)
            best = peer;
    }
    return best;
}

/* Whether a forgotten or refused peer's place may be another's: the server knows neither its
   permission nor its channel any more, and the channel's rest is over (section 12). */
static bool vacant(const struct relo_turn_client *client, const struct relo_turn_client_peer *peer)
{
    return (!peer->wanted || peer->failed) && !peer->asking &&
           client->env->now >= peer->permitted_until &&
           (!peer->channel || client->env->now >= peer->bound_until + RELO_TURN_CHANNEL_REST);
}

static struct relo_turn_client_peer *place(struct relo_turn_client *client)
{
    for (uint32_t i = 0; i < client->peer_count; i++)
        if (vacant(client, &client->peer[i]))
            return &client->peer[i];
    if (client->peer_count == RELO_TURN_PEERS_MAX)
        return NULL;
    if (client->peer_count == client->peer_size) {
        uint16_t size = (uint16_t)(client->peer_size + PEERS_STEP);
        client->peer = relo_pool_resize(
            &client->env->shard->pool, client->peer, client->peer_size * sizeof *client->peer,
            size * sizeof *client->peer, client->peer_count * sizeof *client->peer);
        client->peer_size = size;
    }
    return &client->peer[client->peer_count++];
}

bool relo_turn_client_permit(struct relo_turn_client *client, const struct relo_addr *addr)
{
    struct relo_turn_client_peer *peer = find(client, addr);
    if (!peer) {
        peer = place(client);
        if (!peer)
            return false;
        *peer = (struct relo_turn_client_peer){.addr = *addr};
    }
    if (!peer->wanted || peer->failed)
        peer->refresh = client->peers_due = 0;
    peer->wanted = true;
    peer->failed = false;
    peer->used = client->env->now;
    return true;
}

bool relo_turn_client_bind(struct relo_turn_client *client, const struct relo_addr *addr)
{
    const struct relo_turn_client_peer *known = find(client, addr);
    if (!(known && known->channel) && client->channel_next > RELO_TURN_CHANNEL_LAST)
        return false;
    if (!relo_turn_client_permit(client, addr))
        return false;
    struct relo_turn_client_peer *peer = find(client, addr);
    if (!peer->channel)
        peer->channel = client->channel_next++;
    if (!peer->wants_channel)
        peer->refresh = client->peers_due = 0;
    peer->wants_channel = true;
    return true;
}

void relo_turn_client_forget(struct relo_turn_client *client, const struct relo_addr *addr)
{
    struct relo_turn_client_peer *peer = find(client, addr);
    if (!peer)
        return;
    if (peer->asking && peer->binding) /* it may yet have been bound */
        peer->bound_until = client->env->now + RELO_TURN_CHANNEL_LIFE;
    relo_turn_client_asked(client, peer);
    client->peers_due = 0;
    peer->wanted = peer->wants_channel = false;
}

static enum relo_turn_peer_state state_of(const struct relo_turn_client *client,
                                          const struct relo_turn_client_peer *peer)
{
    if (!peer || !peer->wanted)
        return RELO_TURN_PEER_UNKNOWN;
    if (peer->failed)
        return RELO_TURN_PEER_FAILED;
    if (client->env->now >= peer->permitted_until)
        return RELO_TURN_PEER_ASKING;
    bool bound = peer->channel && client->env->now < peer->bound_until;
    return bound ? RELO_TURN_PEER_BOUND : RELO_TURN_PEER_PERMITTED;
}

enum relo_turn_peer_state relo_turn_client_peer(const struct relo_turn_client *client,
                                                const struct relo_addr *addr)
{
    return state_of(client, find(client, addr));
}

static void draw_transaction(struct relo_env *env, uint8_t *transaction)
{
    uint64_t bits = 0;
    for (uint32_t i = 0; i < RELO_STUN_TRANSACTION_BYTES; i++) {
        if (i % 8 == 0)
            bits = env->suite->random(env);
        transaction[i] = (uint8_t)(bits >> 8 * (i % 8));
    }
}

uint16_t relo_turn_client_channel(struct relo_turn_client *client, const struct relo_addr *addr)
{
    if (relo_turn_client_peer(client, addr) != RELO_TURN_PEER_BOUND)
        return 0;
    struct relo_turn_client_peer *peer = find(client, addr);
    peer->used = client->env->now;
    return peer->channel;
}

bool relo_turn_client_send(struct relo_turn_client *client, const struct relo_addr *addr,
                           struct relo_view data)
{
    struct relo_turn_client_peer *peer =
        client->on_demand ? find_permission(client, addr) : find(client, addr);
    if (!peer && client->on_demand && relo_turn_client_permit(client, addr))
        peer = find(client, addr);
    enum relo_turn_peer_state state = state_of(client, peer);
    bool asking = client->on_demand && state == RELO_TURN_PEER_ASKING;
    struct relo_turn_datagram to = {.local = client->local, .remote = client->server};
    struct relo_pool *pool = &client->env->shard->pool;
    struct relo_wr w;
    if (client->state != RELO_TURN_ALLOCATED || data.n > RELO_TURN_DATA_MAX ||
        (state != RELO_TURN_PEER_PERMITTED && state != RELO_TURN_PEER_BOUND && !asking))
        return false;
    struct relo_turn_queued *queued =
        relo_turn_queue_open(&client->queue, pool, data.n + RELO_TURN_OVERHEAD_BYTES, &w);
    if (!queued)
        return false;
    peer->used = client->env->now;
    if (state == RELO_TURN_PEER_BOUND && peer->addr.port == addr->port) { /* 12.5 */
        relo_turn_channel_write(&w, peer->channel, data);
    } else { /* 11.1 */
        uint8_t transaction[RELO_STUN_TRANSACTION_BYTES];
        draw_transaction(client->env, transaction);
        struct relo_stun_writer s =
            relo_stun_open(&w, RELO_STUN_SEND, RELO_STUN_INDICATION, transaction);
        relo_stun_write_address(&s, RELO_STUN_XOR_PEER_ADDRESS, addr);
        relo_stun_write(&s, RELO_STUN_DATA_VALUE, data);
    }
    relo_turn_queue_close(&client->queue, pool, queued, &w, &to);
    return true;
}

/* 11.4: from an IP address we believe to have a permission for; others are spoofed. */
static bool believed(const struct relo_turn_client *client, const struct relo_addr *addr)
{
    for (uint32_t i = 0; i < client->peer_count; i++) {
        const struct relo_turn_client_peer *peer = &client->peer[i];
        if (relo_addr_same_ip(&peer->addr, addr) && peer->wanted &&
            client->env->now < peer->permitted_until)
            return true;
    }
    return false;
}

static enum relo_turn_received channel_data(struct relo_turn_client *client, struct relo_view bytes,
                                            struct relo_addr *from, struct relo_view *data)
{
    uint16_t number;
    bool whole = relo_turn_channel_read(bytes, &number, data);
    /* Numbers were given out in this order, mostly. */
    uint32_t n = whole ? client->peer_count : 0, first = number - RELO_TURN_CHANNEL_FIRST;
    for (uint32_t i = 0; i < n; i++) {
        const struct relo_turn_client_peer *peer = &client->peer[(first + i) % n];
        if (peer->channel != number || !peer->wanted)
            continue;
        /* The server may send in a channel whose confirmation was lost. */
        if (client->env->now < peer->bound_until || peer->binding) {
            *from = peer->addr;
            client->heard = client->env->now;
            return RELO_TURN_DATA;
        }
    }
    relo_count(client->env, RELO_COUNT_drop_turn_malformed); /* 12.6 */
    return RELO_TURN_HANDLED;
}

enum relo_turn_received relo_turn_client_receive(struct relo_turn_client *client,
                                                 const struct relo_addr *remote,
                                                 struct relo_view bytes, struct relo_addr *peer,
                                                 struct relo_view *data)
{
    const uint32_t needed = RELO_STUN_HAS_PEER | RELO_STUN_HAS_DATA;
    bool live = client->state == RELO_TURN_ALLOCATED || client->state == RELO_TURN_RELEASING;
    struct relo_stun m;
    if (!relo_addr_equal(remote, &client->server))
        return RELO_TURN_OTHERS;
    if (bytes.n && bytes.p[0] >> 6 == 1)
        return live ? channel_data(client, bytes, peer, data) : RELO_TURN_HANDLED;
    if (!relo_stun_read(bytes, &m))
        return RELO_TURN_OTHERS;
    if (m.stun_class == RELO_STUN_SUCCESS || m.stun_class == RELO_STUN_ERROR)
        return relo_turn_asking_response(client, &m) ? RELO_TURN_HANDLED : RELO_TURN_OTHERS;
    if (m.stun_class != RELO_STUN_INDICATION || m.method != RELO_STUN_DATA)
        return RELO_TURN_OTHERS;
    bool sound = live && !m.unknown_count && (m.has & needed) == needed;
    if (!sound || !believed(client, &m.peer)) {
        relo_count(client->env,
                   sound ? RELO_COUNT_drop_turn_permission : RELO_COUNT_drop_turn_malformed);
        return RELO_TURN_HANDLED;
    }
    *peer = m.peer;
    *data = m.data;
    client->heard = client->env->now;
    return RELO_TURN_DATA;
}

void relo_turn_client_probe(struct relo_turn_client *client)
{
    if (client->state == RELO_TURN_ALLOCATED)
        client->refresh = client->env->now;
}

relo_time relo_turn_client_heard(const struct relo_turn_client *client)
{
    return client->heard;
}

void relo_turn_client_release(struct relo_turn_client *client)
{
    if (client->state == RELO_TURN_ALLOCATED) {
        client->state = RELO_TURN_RELEASING;
        client->asking.challenges = 0;
        relo_turn_asking_begin(client, &client->asking);
    } else if (client->state == RELO_TURN_ALLOCATING) {
        /* An allocation that was made and whose answer is lost runs out by itself. */
        relo_turn_client_end(client, 0);
    }
}

bool relo_turn_client_output(struct relo_turn_client *client, struct relo_turn_datagram *datagram,
                             struct relo_wr *w)
{
    struct relo_pool *pool = &client->env->shard->pool;
    /* Data goes before the end of the allocation, and after the request for its permission. */
    if (client->state == RELO_TURN_RELEASING &&
        relo_turn_queue_take(&client->queue, pool, datagram, w))
        return true;
    *datagram = (struct relo_turn_datagram){.local = client->local, .remote = client->server};
    return relo_turn_asking_output(client, w) ||
           relo_turn_queue_take(&client->queue, pool, datagram, w);
}

uint32_t relo_turn_client_next_bytes(const struct relo_turn_client *client)
{
    return relo_turn_queue_next_bytes(&client->queue);
}

relo_time relo_turn_client_deadline(const struct relo_turn_client *client)
{
    return client->queue.count ? client->env->now : relo_turn_asking_deadline(client);
}
