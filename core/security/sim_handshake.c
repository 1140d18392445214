/* SPDX-License-Identifier: BSD-2-Clause */
/* Handshakes of the `sim` suite: the six flights of DTLS 1.2 with cookie and client certificate
   (RFC 6347 section 4.2.4, figure 1), in real sizes, with its retransmission timer. */
#include "core/security/sim_flight.h"

#include "core/base/hash.h"

#include <string.h>

struct handshake {
    uint64_t client_random, server_random, cookie;
    struct relo_id peer[1 + RELO_IDENTITY_OTHERS_MAX];
    uint32_t peers;
    uint64_t got; /* datagrams of the peer's flight received, a bit each */
    relo_time sent_at, wait, deadline, rtt;
    uint32_t number;     /* of the next record */
    uint8_t flight;      /* of ours that is under way */
    uint8_t next, count; /* its next datagram to write, of so many */
    uint8_t sends;
};

#define TIMER_INITIAL RELO_S /* RFC 6347 4.2.4.1 */
#define SENDS_MAX 6

static const uint64_t key_hello = UINT64_C(0x68656c6c6f), key_cookie = UINT64_C(0x636f6f6b6965);

/* --- stateless cookies (RFC 6347 4.2.1) ----------------------------------------------------- */

static uint64_t cookie_of(const struct relo_env *env, const struct relo_addr *remote)
{
    uint64_t key = relo_hash_mix(env->prng.key, key_cookie);
    return relo_hash(remote->ip, sizeof remote->ip,
                     relo_hash_mix(key, (uint64_t)remote->family << 16 | remote->port));
}

enum relo_hello relo_sim_hello(const struct relo_env *env, const struct relo_addr *remote,
                               const struct relo_datagram_view *in, struct relo_wr *reply)
{
    struct relo_sim_received d;
    if ((in->body.body && in->body.n) || !relo_sim_datagram_read(in->head, &d) ||
        (d.flight != RELO_SIM_FLIGHT_HELLO && d.flight != RELO_SIM_FLIGHT_HELLO_COOKIE) ||
        !relo_sim_datagram_checks(in->head, &d, key_hello))
        return RELO_HELLO_NONE;
    uint64_t cookie = cookie_of(env, remote);
    if (d.flight == RELO_SIM_FLIGHT_HELLO_COOKIE && relo_rd_u64(&d.payload) == cookie)
        return RELO_HELLO_ACCEPT;
    relo_sim_datagram_write(
        env,
        &(struct relo_sim_datagram){
            .flight = RELO_SIM_FLIGHT_VERIFY, .count = 1, .key = d.random, .random = cookie},
        reply);
    return RELO_HELLO_VERIFY;
}

/* --- flights out ---------------------------------------------------------------------------- */

static void start_flight(const struct relo_env *env, struct handshake *h,
                         enum relo_sim_flight flight)
{
    h->flight = (uint8_t)flight;
    h->next = 0;
    h->count = relo_sim_flight_datagrams(env->config, flight);
    h->sends = 0;
    h->got = 0;
    h->wait = TIMER_INITIAL;
    h->deadline = RELO_NEVER;
}

static void repeat_flight(struct handshake *h)
{
    h->next = 0;
    h->deadline = RELO_NEVER; /* set again when the last datagram is written */
}

static struct handshake *begin(struct relo_env *env, struct relo_assoc *assoc)
{
    struct handshake *h = relo_pool_zalloc(&env->shard->pool, sizeof *h);
    h->deadline = RELO_NEVER;
    assoc->handshake = h;
    return h;
}

void relo_sim_open(struct relo_env *env, struct relo_assoc *assoc, bool server)
{
    *assoc = (struct relo_assoc){.flags = server ? RELO_SIM_SERVER : 0};
    if (!server) {
        struct handshake *h = begin(env, assoc);
        h->client_random = relo_prng_next(&env->prng);
        start_flight(env, h, RELO_SIM_FLIGHT_HELLO);
    }
}

void relo_sim_fini(struct relo_env *env, struct relo_assoc *assoc)
{
    if (assoc->handshake)
        relo_env_free(env, assoc->handshake, sizeof(struct handshake));
    assoc->handshake = NULL;
}

static void write_flight(struct relo_env *env, struct relo_assoc *assoc, struct handshake *h,
                         struct relo_wr *w)
{
    struct relo_sim_datagram d = {.flight = h->flight,
                                  .index = h->next,
                                  .count = h->count,
                                  .number = h->number,
                                  .key = assoc->key,
                                  .cookie = h->cookie};
    if (h->flight == RELO_SIM_FLIGHT_HELLO || h->flight == RELO_SIM_FLIGHT_HELLO_COOKIE) {
        d.key = key_hello;
        d.random = h->client_random;
    } else if (h->flight == RELO_SIM_FLIGHT_SERVER) {
        d.key = h->client_random;
        d.random = h->server_random;
    }
    relo_sim_datagram_write(env, &d, w);
    h->number++;
    if (++h->next < h->count)
        return;
    h->sends++;
    h->sent_at = env->now;
    h->deadline = h->flight == RELO_SIM_FLIGHT_FINISHED ? RELO_NEVER : env->now + h->wait;
}

bool relo_sim_output(struct relo_env *env, struct relo_assoc *assoc, struct relo_wr *datagram,
                     bool *retransmission)
{
    struct handshake *h = assoc->handshake;
    *retransmission = false;
    if (h && h->next < h->count) {
        *retransmission = h->sends > 0;
        write_flight(env, assoc, h, datagram);
        return true;
    }
    if (assoc->flags & RELO_SIM_UP)
        relo_sim_fini(env, assoc);
    if (assoc->flags & RELO_SIM_LAST_FLIGHT) {
        assoc->flags = (uint8_t)(assoc->flags & ~RELO_SIM_LAST_FLIGHT);
        *retransmission = true;
        relo_sim_datagram_write(env,
                                &(struct relo_sim_datagram){.flight = RELO_SIM_FLIGHT_FINISHED,
                                                            .count = 1,
                                                            .key = assoc->key},
                                datagram);
        return true;
    }
    if (assoc->flags & RELO_SIM_CLOSE_NOTIFY) {
        relo_sim_seal_alert(assoc, datagram);
        assoc->flags = RELO_SIM_CLOSED;
        return true;
    }
    return false;
}

relo_time relo_sim_deadline(const struct relo_assoc *assoc)
{
    const struct handshake *h = assoc->handshake;
    return h && !(assoc->flags & RELO_SIM_UP) ? h->deadline : RELO_NEVER;
}

enum relo_assoc_status relo_sim_wake(struct relo_env *env, struct relo_assoc *assoc)
{
    struct handshake *h = assoc->handshake;
    if (relo_sim_deadline(assoc) > env->now)
        return RELO_ASSOC_QUIET;
    if (h->sends >= SENDS_MAX) {
        assoc->flags |= RELO_SIM_CLOSED;
        return RELO_ASSOC_CLOSED;
    }
    h->wait *= 2; /* RFC 6347 4.2.4.1 */
    repeat_flight(h);
    return RELO_ASSOC_QUIET;
}

/* --- flights in ----------------------------------------------------------------------------- */

/* Karn: only a flight sent once measures the round trip. */
static void measure(const struct relo_env *env, struct handshake *h)
{
    if (h->sends == 1 && h->next == h->count)
        h->rtt = env->now - h->sent_at;
}

/* Notes one datagram of a flight that carries a certificate; false: the certificate is no good. */
static bool collect(const struct relo_env *env, struct handshake *h, struct relo_sim_received *d,
                    bool *complete)
{
    if (d->index == 0) {
        struct relo_sim_identity identity;
        if (!relo_sim_identity_read(&d->payload, &identity) ||
            !relo_sim_identity_valid(env, &identity))
            return false;
        h->peer[0] = identity.node_id;
        h->peers = 1 + identity.others.n / RELO_ID_BYTES;
        for (uint32_t i = 1; i < h->peers; i++)
            h->peer[i] = relo_id_from_bytes(identity.others.p + (size_t)(i - 1) * RELO_ID_BYTES);
    }
    h->got |= UINT64_C(1) << d->index;
    *complete = h->got == (UINT64_C(1) << d->count) - 1;
    return true;
}

static enum relo_assoc_status refuse(struct relo_assoc *assoc)
{
    assoc->flags |= RELO_SIM_CLOSED;
    return RELO_ASSOC_CLOSED;
}

static enum relo_assoc_status client_input(struct relo_env *env, struct relo_assoc *assoc,
                                           struct relo_view in, struct relo_sim_received *d)
{
    struct handshake *h = assoc->handshake;
    bool complete = false, waiting = h->flight < RELO_SIM_FLIGHT_CLIENT;
    if (d->flight == RELO_SIM_FLIGHT_VERIFY && waiting &&
        relo_sim_datagram_checks(in, d, h->client_random)) {
        if (h->flight == RELO_SIM_FLIGHT_HELLO_COOKIE && d->random == h->cookie)
            return RELO_ASSOC_QUIET;
        measure(env, h);
        h->cookie = d->random;
        start_flight(env, h, RELO_SIM_FLIGHT_HELLO_COOKIE);
        return RELO_ASSOC_QUIET;
    }
    if (d->flight == RELO_SIM_FLIGHT_SERVER && relo_sim_datagram_checks(in, d, h->client_random)) {
        if (!waiting) { /* the server did not get our last flight: once more */
            if (d->random == h->server_random && d->index == d->count - 1)
                repeat_flight(h);
            return RELO_ASSOC_QUIET;
        }
        if (d->random != h->server_random)
            h->got = 0;
        h->server_random = d->random;
        if (!collect(env, h, d, &complete))
            return refuse(assoc);
        if (complete) {
            measure(env, h);
            assoc->key = relo_hash_mix(h->client_random, h->server_random);
            start_flight(env, h, RELO_SIM_FLIGHT_CLIENT);
        }
        return RELO_ASSOC_QUIET;
    }
    if (d->flight == RELO_SIM_FLIGHT_FINISHED && !waiting &&
        relo_sim_datagram_checks(in, d, assoc->key)) {
        h->next = h->count;
        assoc->flags |= RELO_SIM_UP;
        return RELO_ASSOC_UP;
    }
    return RELO_ASSOC_BAD;
}

static enum relo_assoc_status server_input(struct relo_env *env, struct relo_assoc *assoc,
                                           struct relo_view in, struct relo_sim_received *d)
{
    struct handshake *h = assoc->handshake;
    bool complete = false;
    if (d->flight == RELO_SIM_FLIGHT_HELLO || d->flight == RELO_SIM_FLIGHT_HELLO_COOKIE) {
        if (!relo_sim_datagram_checks(in, d, key_hello) || (h && h->client_random != d->random))
            return RELO_ASSOC_BAD;
        if (h) {
            repeat_flight(h);
            return RELO_ASSOC_QUIET;
        }
        h = begin(env, assoc);
        h->client_random = d->random;
        h->server_random = relo_prng_next(&env->prng);
        assoc->key = relo_hash_mix(h->client_random, h->server_random);
        start_flight(env, h, RELO_SIM_FLIGHT_SERVER);
        return RELO_ASSOC_QUIET;
    }
    if (d->flight != RELO_SIM_FLIGHT_CLIENT || !h || !relo_sim_datagram_checks(in, d, assoc->key))
        return RELO_ASSOC_BAD;
    if (!collect(env, h, d, &complete)) /* 6940-6.5.1.13-3 */
        return refuse(assoc);
    if (!complete)
        return RELO_ASSOC_QUIET;
    measure(env, h);
    start_flight(env, h, RELO_SIM_FLIGHT_FINISHED);
    assoc->flags |= RELO_SIM_UP;
    return RELO_ASSOC_UP;
}

/* An association that is up gets handshake datagrams only when the peer missed something. */
static enum relo_assoc_status repeated(struct relo_assoc *assoc, struct relo_view in,
                                       struct relo_sim_received *d)
{
    bool server = (assoc->flags & RELO_SIM_SERVER) != 0;
    if (d->flight != (server ? RELO_SIM_FLIGHT_CLIENT : RELO_SIM_FLIGHT_FINISHED) ||
        !relo_sim_datagram_checks(in, d, assoc->key))
        return RELO_ASSOC_BAD;
    if (server && d->index == d->count - 1)
        assoc->flags |= RELO_SIM_LAST_FLIGHT;
    return RELO_ASSOC_QUIET;
}

enum relo_assoc_status relo_sim_handshake_input(struct relo_env *env, struct relo_assoc *assoc,
                                                struct relo_view in)
{
    struct relo_sim_received d;
    if (!relo_sim_datagram_read(in, &d) || (assoc->flags & RELO_SIM_CLOSED))
        return RELO_ASSOC_BAD;
    if (assoc->flags & RELO_SIM_UP)
        return repeated(assoc, in, &d);
    if (assoc->flags & RELO_SIM_SERVER)
        return server_input(env, assoc, in, &d);
    return assoc->handshake ? client_input(env, assoc, in, &d) : RELO_ASSOC_BAD;
}

uint32_t relo_sim_peer(const struct relo_assoc *assoc,
                       struct relo_id ids[1 + RELO_IDENTITY_OTHERS_MAX])
{
    const struct handshake *h = assoc->handshake;
    uint32_t n = h ? h->peers : 0;
    for (uint32_t i = 0; i < n; i++)
        ids[i] = h->peer[i];
    return n;
}

relo_time relo_sim_rtt(const struct relo_assoc *assoc)
{
    const struct handshake *h = assoc->handshake;
    return h ? h->rtt : 0;
}
