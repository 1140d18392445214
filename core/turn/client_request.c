/* SPDX-License-Identifier: BSD-2-Clause */
/* The TURN client's requests and their answers: RFC 8656 sections 7 to 10 and 12, RFC 8489 sections
   6.2.1 and 9.2.5. */
#include "core/turn/client_internal.h"

#include "core/security/suite.h"

#include <string.h>

#define UDP 17
#define LAST_WAIT 16 /* Rm, in units of RTO (RFC 8489 section 6.2.1) */
#define SILENT 408
#define BROKEN 500 /* an answer without what it must have */

void relo_turn_asking_begin(struct relo_turn_client *client, struct relo_turn_asking *asking)
{
    uint64_t bits = 0;
    for (uint32_t i = 0; i < sizeof asking->transaction; i++) {
        if (i % 8 == 0)
            bits = client->env->suite->random(client->env);
        asking->transaction[i] = (uint8_t)(bits >> 8 * (i % 8));
    }
    asking->due = client->env->now;
    asking->rto = client->rto;
    asking->transmissions = 0;
    asking->violated = false;
    asking->active = true;
    asking->authenticated = client->challenged;
}

/* Has this request waited long enough for its last transmission? Otherwise the next is due. */
static bool timed_out(const struct relo_turn_client *client, struct relo_turn_asking *asking)
{
    if (asking->transmissions == client->transmissions)
        return true;
    bool last = ++asking->transmissions == client->transmissions;
    asking->due = client->env->now + (last ? LAST_WAIT * client->rto : asking->rto);
    asking->rto *= 2;
    return false;
}

static void write_credentials(const struct relo_turn_client *client,
                              const struct relo_turn_asking *asking, struct relo_stun_writer *s)
{
    if (!asking->authenticated)
        return;
    relo_stun_write(s, RELO_STUN_USERNAME, relo_turn_client_name(client));
    relo_stun_write(s, RELO_STUN_REALM, relo_turn_client_realm(client));
    relo_stun_write(s, RELO_STUN_NONCE, relo_turn_client_nonce(client));
    relo_stun_write_integrity(s, (struct relo_view){client->key, sizeof client->key});
}

static void write_own(const struct relo_turn_client *client, struct relo_wr *w)
{
    bool allocate = client->state == RELO_TURN_ALLOCATING;
    struct relo_stun_writer s = relo_stun_open(w, allocate ? RELO_STUN_ALLOCATE : RELO_STUN_REFRESH,
                                               RELO_STUN_REQUEST, client->asking.transaction);
    if (allocate) { /* 7.1 */
        relo_stun_write_transport(&s, UDP);
        relo_stun_write_family(&s, RELO_STUN_REQUESTED_ADDRESS_FAMILY, client->family);
    }
    relo_stun_write_u32(&s, RELO_STUN_LIFETIME,
                        client->state == RELO_TURN_RELEASING ? 0 : client->lifetime_s);
    write_credentials(client, &client->asking, &s);
    relo_stun_write_fingerprint(&s);
}

static void write_peer(const struct relo_turn_client *client,
                       const struct relo_turn_client_peer *peer, struct relo_wr *w)
{
    struct relo_stun_writer s =
        relo_stun_open(w, peer->binding ? RELO_STUN_CHANNEL_BIND : RELO_STUN_CREATE_PERMISSION,
                       RELO_STUN_REQUEST, peer->asking->transaction);
    if (peer->binding)
        relo_stun_write_channel(&s, peer->channel);
    relo_stun_write_address(&s, RELO_STUN_XOR_PEER_ADDRESS, &peer->addr);
    write_credentials(client, peer->asking, &s);
    relo_stun_write_fingerprint(&s);
}

static void fail_peer(struct relo_turn_client *client, struct relo_turn_client_peer *peer)
{
    relo_turn_client_asked(client, peer);
    peer->failed = true;
}

static bool output_own(struct relo_turn_client *client, struct relo_wr *w)
{
    relo_time now = client->env->now;
    if (client->state == RELO_TURN_ALLOCATED && now >= client->expires) {
        relo_turn_client_end(client, SILENT);
        return false;
    }
    if (client->state == RELO_TURN_ALLOCATED && !client->asking.active && now >= client->refresh) {
        client->asking.challenges = 0;
        relo_turn_asking_begin(client, &client->asking);
    }
    if (!client->asking.active || now < client->asking.due)
        return false;
    if (timed_out(client, &client->asking)) {
        uint16_t error = client->asking.violated ? RELO_TURN_VIOLATED : SILENT;
        relo_turn_client_end(client, client->state == RELO_TURN_RELEASING ? 0 : error);
        return false;
    }
    write_own(client, w);
    return true;
}

static relo_time peers_due(const struct relo_turn_client *client)
{
    relo_time at = RELO_NEVER;
    for (uint32_t i = 0; i < client->peer_count; i++) {
        const struct relo_turn_client_peer *peer = &client->peer[i];
        if (peer->wanted && !peer->failed)
            at = relo_time_min(at, peer->asking ? peer->asking->due : peer->refresh);
    }
    return at;
}

static bool output_peers(struct relo_turn_client *client, struct relo_wr *w)
{
    relo_time now = client->env->now;
    for (uint32_t i = 0; i < client->peer_count; i++) {
        struct relo_turn_client_peer *peer = &client->peer[i];
        if (!peer->wanted || peer->failed)
            continue;
        if (!peer->asking && now >= peer->refresh) {
            if (client->on_demand && now - peer->used >= RELO_TURN_PERMIT_EVERY) {
                relo_turn_client_forget(client, &peer->addr);
                continue;
            }
            peer->binding = peer->wants_channel;
            relo_turn_client_ask(client, peer);
        }
        if (!peer->asking || now < peer->asking->due)
            continue;
        if (timed_out(client, peer->asking)) {
            fail_peer(client, peer);
            continue;
        }
        write_peer(client, peer, w);
        return true;
    }
    client->peers_due = peers_due(client);
    return false;
}

bool relo_turn_asking_output(struct relo_turn_client *client, struct relo_wr *w)
{
    if (client->state != RELO_TURN_ENDED && output_own(client, w))
        return true;
    return client->state == RELO_TURN_ALLOCATED && client->env->now >= client->peers_due &&
           output_peers(client, w);
}

relo_time relo_turn_asking_deadline(const struct relo_turn_client *client)
{
    if (client->state == RELO_TURN_ENDED)
        return RELO_NEVER;
    relo_time at = client->asking.active ? client->asking.due : client->refresh;
    if (client->state != RELO_TURN_ALLOCATED)
        return at;
    return relo_time_min(at, relo_time_min(client->expires, client->peers_due));
}

/* Takes realm and nonce from a 401 or 438; false: they are not usable. */
static bool take_challenge(struct relo_turn_client *client, const struct relo_stun *m)
{
    struct relo_view name = relo_turn_client_name(client);
    struct relo_view password = relo_turn_client_password(client);
    if (!(m->has & RELO_STUN_HAS_NONCE) || m->nonce.n > RELO_TURN_NONCE_MAX)
        return false;
    if (!(m->has & RELO_STUN_HAS_REALM) || m->realm.n > RELO_TURN_TEXT_MAX ||
        !relo_stun_long_term_key(name, m->realm, password, client->key))
        return false;
    relo_turn_client_text(client, name, password, m->realm, m->nonce);
    client->challenged = true;
    return true;
}

/* The answer to a request; true: it was a challenge, and the request goes out again. */
static bool again(struct relo_turn_client *client, struct relo_turn_asking *asking,
                  const struct relo_stun *m)
{
    bool first = m->error == 401 && !asking->authenticated; /* 9.2.5: a second one is final */
    if (m->stun_class != RELO_STUN_ERROR || !(first || m->error == 438) ||
        asking->challenges == RELO_TURN_CHALLENGES || !take_challenge(client, m))
        return false;
    asking->challenges++;
    relo_turn_asking_begin(client, asking);
    return true;
}

/* RFC 8489 section 9.2.5: what is protected must be right; what is not is believed only of a server
   that could not protect it, and no 400 at all. */
static bool credible(const struct relo_turn_client *client, const struct relo_turn_asking *asking,
                     const struct relo_stun *m)
{
    bool error = m->stun_class == RELO_STUN_ERROR;
    if (!asking->authenticated) /* no success without credentials: 8656 section 5 */
        return error && m->error != 400;
    if (m->has & RELO_STUN_HAS_INTEGRITY)
        return relo_stun_integrity_good(m, (struct relo_view){client->key, sizeof client->key});
    return error && (m->error == 401 || m->error == 438);
}

static void take_lifetime(struct relo_turn_client *client, const struct relo_stun *m)
{
    relo_time lifetime = m->lifetime_s * RELO_S;
    /* Section 8: a minute before its end; of a very short one, half-way. */
    client->refresh =
        client->env->now + (lifetime > 120 * RELO_S ? lifetime - 60 * RELO_S : lifetime / 2);
    client->expires = client->env->now + lifetime;
}

/* Within the time before `latest`. */
static relo_time some_time(const struct relo_turn_client *client, relo_time latest)
{
    return client->env->now +
           (relo_time)(client->env->suite->random(client->env) % (uint64_t)latest);
}

void relo_turn_client_wire(struct relo_turn_client *client,
                           const struct relo_wired_allocation *wired)
{
    relo_time now = client->env->now, lifetime = client->lifetime_s * RELO_S;
    client->asking.active = false;
    client->state = RELO_TURN_ALLOCATED;
    client->relayed = wired->relayed;
    client->mapped = wired->mapped;
    client->expires = now + lifetime;
    client->refresh = some_time(client, lifetime - 60 * RELO_S);
    for (uint32_t i = 0; i < wired->peer_count && i < RELO_TURN_PEERS_MAX; i++) {
        relo_turn_client_bind(client, &wired->peer[i]);
        struct relo_turn_client_peer *peer = &client->peer[i];
        peer->refresh = some_time(client, RELO_TURN_PERMIT_EVERY);
        peer->permitted_until = now + RELO_TURN_PERMIT_EVERY + 60 * RELO_S;
        peer->bound_until = now + RELO_TURN_CHANNEL_LIFE;
    }
}

static void own_response(struct relo_turn_client *client, const struct relo_stun *m)
{
    const uint32_t needed = RELO_STUN_HAS_RELAYED | RELO_STUN_HAS_MAPPED | RELO_STUN_HAS_LIFETIME;
    client->asking.active = false;
    if (again(client, &client->asking, m))
        return;
    if (client->state == RELO_TURN_RELEASING) {
        relo_turn_client_end(client, 0);
    } else if (m->stun_class == RELO_STUN_ERROR) {
        relo_turn_client_end(client, m->error);
    } else if (client->state == RELO_TURN_ALLOCATED) {
        if (m->has & RELO_STUN_HAS_LIFETIME && m->lifetime_s)
            take_lifetime(client, m);
        else
            relo_turn_client_end(client, BROKEN);
    } else if ((m->has & needed) == needed && m->lifetime_s &&
               m->relayed.family == client->family) { /* 7.3 */
        client->relayed = m->relayed;
        client->mapped = m->mapped;
        client->state = RELO_TURN_ALLOCATED;
        take_lifetime(client, m);
    } else {
        relo_turn_client_end(client, BROKEN);
    }
}

static void peer_response(struct relo_turn_client *client, struct relo_turn_client_peer *peer,
                          const struct relo_stun *m)
{
    relo_time now = client->env->now;
    client->peers_due = 0;
    if (again(client, peer->asking, m))
        return;
    relo_turn_client_asked(client, peer);
    if (m->stun_class == RELO_STUN_ERROR) {
        fail_peer(client, peer);
        if (m->error == 437) /* the server has forgotten us */
            relo_turn_client_end(client, m->error);
        return;
    }
    peer->permitted_until = now + RELO_TURN_PERMIT_EVERY + 60 * RELO_S;
    if (peer->binding)
        peer->bound_until = now + RELO_TURN_CHANNEL_LIFE;
    /* A channel asked for while the permission was under way is asked for now. A ChannelBind
       refreshes both, so that one timer does. */
    peer->refresh = peer->wants_channel && !peer->binding ? now : now + RELO_TURN_PERMIT_EVERY;
    peer->binding = false;
}

bool relo_turn_asking_response(struct relo_turn_client *client, const struct relo_stun *m)
{
    struct relo_turn_client_peer *peer = NULL;
    struct relo_turn_asking *asking = &client->asking;
    uint32_t n = 0;
    while (!asking || !asking->active ||
           memcmp(asking->transaction, m->transaction, sizeof asking->transaction) != 0) {
        if (n == client->peer_count)
            return false;
        peer = &client->peer[n++];
        asking = peer->asking;
    }
    if (!credible(client, asking, m)) { /* as if it had never come: retransmissions go on */
        relo_count(client->env, RELO_COUNT_drop_stun_integrity);
        asking->violated = true;
        return true;
    }
    client->heard = client->env->now;
    if (peer)
        peer_response(client, peer, m);
    else
        own_response(client, m);
    return true;
}
