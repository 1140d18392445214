/* SPDX-License-Identifier: BSD-2-Clause */
/* Handshakes of the `sim` suite: the six flights of DTLS 1.2 with cookie and client certificate
   (RFC 6347 section 4.2.4, figure 1), in real sizes, with its retransmission timer.

   A datagram of a flight:
     0  record header (22, fe fd, epoch 0, number, length), handshake header     25 bytes
    25  check value over all other bytes                                          8
    33  flight, index of this datagram in the flight, datagrams in the flight     3
    36  flights 1, 3: client random; 2: cookie; 4: server random; else zero       8
    44  flight 3: cookie; 4 and 5, index 0: the identity that the certificate follows from
        then filler up to the size that the real messages would have */
#include "core/security/sim.h"

#include "core/base/hash.h"

#include <string.h>

enum flight {
    FLIGHT_NONE,
    FLIGHT_HELLO,        /* ClientHello */
    FLIGHT_VERIFY,       /* HelloVerifyRequest */
    FLIGHT_HELLO_COOKIE, /* ClientHello with the cookie */
    FLIGHT_SERVER,       /* ServerHello to ServerHelloDone */
    FLIGHT_CLIENT,       /* Certificate to Finished */
    FLIGHT_FINISHED      /* ChangeCipherSpec, Finished */
};

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

#define HEAD_BYTES 25 /* record header 13, handshake header 12 */
#define CHECK_AT 25
#define FIELDS_AT 33
#define RANDOM_AT 36
#define PAYLOAD_AT 44 /* also the least size: a HelloVerifyRequest with a 16-byte cookie */
#define IDENTITY_ROOM 144
#define DATAGRAMS_MAX 60
#define TIMER_INITIAL RELO_S /* RFC 6347 4.2.4.1 */
#define SENDS_MAX 6
#define COOKIE_BYTES 16

static const uint64_t key_hello = UINT64_C(0x68656c6c6f), key_cookie = UINT64_C(0x636f6f6b6965);

static uint32_t certificate_message(const struct relo_config *c)
{
    return HEAD_BYTES + 3 + c->chain_length * (3 + c->certificate_bytes);
}

/* Bytes of all records of a flight, as DTLS 1.2 with ECDHE on P-256 and AES-128-GCM has them. */
static uint32_t flight_bytes(const struct relo_config *c, enum flight flight)
{
    uint32_t signature = relo_sim_signature_bytes(c);
    /* version, random, empty session id, empty cookie, two cipher suites, null compression;
       extensions: signature_algorithms 10, supported_groups 8, ec_point_formats 6 */
    uint32_t hello = HEAD_BYTES + 2 + 32 + 1 + 1 + (2 + 4) + 2 + (2 + 24);
    uint32_t finished = 14 + 13 + 8 + (12 + 12) + 16; /* ChangeCipherSpec; Finished, encrypted */
    switch (flight) {
    case FLIGHT_NONE:
        return 0;
    case FLIGHT_HELLO:
        return hello;
    case FLIGHT_VERIFY:
        return HEAD_BYTES + 2 + 1 + COOKIE_BYTES;
    case FLIGHT_HELLO_COOKIE:
        return hello + COOKIE_BYTES;
    case FLIGHT_SERVER:
        return HEAD_BYTES + 2 + 32 + 1 + 2 + 1 + 2 + 11      /* ServerHello */
               + certificate_message(c)                      /* Certificate */
               + HEAD_BYTES + 3 + 1 + 65 + 2 + 2 + signature /* ServerKeyExchange */
               + HEAD_BYTES + (1 + 2) + (2 + 4) + 2          /* CertificateRequest */
               + HEAD_BYTES;                                 /* ServerHelloDone */
    case FLIGHT_CLIENT:
        return certificate_message(c)           /* Certificate */
               + HEAD_BYTES + 1 + 65            /* ClientKeyExchange */
               + HEAD_BYTES + 2 + 2 + signature /* CertificateVerify */
               + finished;
    case FLIGHT_FINISHED:
        return finished;
    }
    return 0;
}

static uint32_t datagram_room(const struct relo_config *c)
{
    return c->mtu - RELO_SIM_UDP_IP;
}

static uint8_t flight_datagrams(const struct relo_config *c, enum flight flight)
{
    uint32_t room = datagram_room(c), n = (flight_bytes(c, flight) + room - 1) / room;
    return (uint8_t)(n < DATAGRAMS_MAX ? n : DATAGRAMS_MAX);
}

static uint32_t datagram_bytes(const struct relo_config *c, enum flight flight, uint8_t index)
{
    uint32_t room = datagram_room(c), left = flight_bytes(c, flight) - index * room;
    uint32_t least = PAYLOAD_AT + (flight >= FLIGHT_SERVER && index == 0 ? IDENTITY_ROOM : 0);
    if (flight == FLIGHT_FINISHED)
        least = PAYLOAD_AT;
    return left > room ? room : left < least ? least : left;
}

static uint64_t check_value(const uint8_t *p, size_t n, uint64_t key)
{
    return relo_hash_mix(relo_hash(p, CHECK_AT, key), relo_hash(p + FIELDS_AT, n - FIELDS_AT, key));
}

struct datagram {
    enum flight flight;
    uint8_t index, count;
    uint32_t number;
    uint64_t key;    /* of the check value */
    uint64_t random; /* at RANDOM_AT */
    uint64_t cookie; /* flight 3 */
};

static void write_datagram(const struct relo_env *env, const struct datagram *d, struct relo_wr *w)
{
    static const uint8_t message_type[] = {0, 1, 3, 1, 2, 11, 20};
    uint32_t n = datagram_bytes(env->config, d->flight, d->index);
    if (w->failed || (size_t)(w->end - w->p) < n) {
        w->failed = true;
        return;
    }
    uint8_t *p = w->p;
    struct relo_wr own = relo_wr_init(p, n, 16);
    relo_wr_u8(&own, RELO_SIM_HANDSHAKE);
    relo_wr_u16(&own, 0xfefd);
    relo_wr_u16(&own, 0); /* epoch; then the number's 48 bits */
    relo_wr_u16(&own, 0);
    relo_wr_u32(&own, d->number);
    relo_wr_u16(&own, (uint16_t)(n - RELO_SIM_RECORD_HEADER));
    relo_wr_u8(&own, message_type[d->flight]);
    relo_wr_u24(&own, n - HEAD_BYTES);
    relo_wr_u16(&own, d->index);
    relo_wr_u24(&own, 0);
    relo_wr_u24(&own, n - HEAD_BYTES);
    relo_wr_u64(&own, 0);
    relo_wr_u8(&own, (uint8_t)d->flight);
    relo_wr_u8(&own, d->index);
    relo_wr_u8(&own, d->count);
    relo_wr_u64(&own, d->random);
    if (d->flight == FLIGHT_HELLO_COOKIE)
        relo_wr_u64(&own, d->cookie);
    if ((d->flight == FLIGHT_SERVER || d->flight == FLIGHT_CLIENT) && d->index == 0) {
        struct relo_sim_identity identity;
        relo_sim_identity_own(env, &identity);
        relo_sim_identity_write(&own, &identity);
    }
    relo_sim_fill(own.p, (size_t)(own.end - own.p), d->key ^ (uint64_t)d->flight);
    struct relo_wr check = relo_wr_init(p + CHECK_AT, 8, 16);
    relo_wr_u64(&check, check_value(p, n, d->key));
    w->p += n;
}

struct received {
    uint8_t flight, index, count;
    uint64_t check, random;
    struct relo_rd payload;
};

static bool read_datagram(struct relo_view in, struct received *d)
{
    struct relo_rd r = relo_rd_init(in.p, in.n, 16);
    if (in.n < PAYLOAD_AT || in.p[0] != RELO_SIM_HANDSHAKE)
        return false;
    relo_rd_bytes(&r, CHECK_AT);
    d->check = relo_rd_u64(&r);
    d->flight = relo_rd_u8(&r);
    d->index = relo_rd_u8(&r);
    d->count = relo_rd_u8(&r);
    d->random = relo_rd_u64(&r);
    d->payload = r;
    return d->flight >= FLIGHT_HELLO && d->flight <= FLIGHT_FINISHED && d->count > 0 &&
           d->count <= DATAGRAMS_MAX && d->index < d->count;
}

static bool checks(struct relo_view in, const struct received *d, uint64_t key)
{
    return d->check == check_value(in.p, in.n, key);
}

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
    struct received d;
    if ((in->body.body && in->body.n) || !read_datagram(in->head, &d) ||
        (d.flight != FLIGHT_HELLO && d.flight != FLIGHT_HELLO_COOKIE) ||
        !checks(in->head, &d, key_hello))
        return RELO_HELLO_NONE;
    uint64_t cookie = cookie_of(env, remote);
    if (d.flight == FLIGHT_HELLO_COOKIE && relo_rd_u64(&d.payload) == cookie)
        return RELO_HELLO_ACCEPT;
    write_datagram(
        env,
        &(struct datagram){.flight = FLIGHT_VERIFY, .count = 1, .key = d.random, .random = cookie},
        reply);
    return RELO_HELLO_VERIFY;
}

/* --- flights out ---------------------------------------------------------------------------- */

static void start_flight(const struct relo_env *env, struct handshake *h, enum flight flight)
{
    h->flight = (uint8_t)flight;
    h->next = 0;
    h->count = flight_datagrams(env->config, flight);
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
        start_flight(env, h, FLIGHT_HELLO);
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
    struct datagram d = {.flight = h->flight,
                         .index = h->next,
                         .count = h->count,
                         .number = h->number,
                         .key = assoc->key,
                         .cookie = h->cookie};
    if (h->flight == FLIGHT_HELLO || h->flight == FLIGHT_HELLO_COOKIE) {
        d.key = key_hello;
        d.random = h->client_random;
    } else if (h->flight == FLIGHT_SERVER) {
        d.key = h->client_random;
        d.random = h->server_random;
    }
    write_datagram(env, &d, w);
    h->number++;
    if (++h->next < h->count)
        return;
    h->sends++;
    h->sent_at = env->now;
    h->deadline = h->flight == FLIGHT_FINISHED ? RELO_NEVER : env->now + h->wait;
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
        write_datagram(env,
                       &(struct datagram){.flight = FLIGHT_FINISHED, .count = 1, .key = assoc->key},
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
static bool collect(const struct relo_env *env, struct handshake *h, struct received *d,
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
                                           struct relo_view in, struct received *d)
{
    struct handshake *h = assoc->handshake;
    bool complete = false, waiting = h->flight < FLIGHT_CLIENT;
    if (d->flight == FLIGHT_VERIFY && waiting && checks(in, d, h->client_random)) {
        if (h->flight == FLIGHT_HELLO_COOKIE && d->random == h->cookie)
            return RELO_ASSOC_QUIET;
        measure(env, h);
        h->cookie = d->random;
        start_flight(env, h, FLIGHT_HELLO_COOKIE);
        return RELO_ASSOC_QUIET;
    }
    if (d->flight == FLIGHT_SERVER && checks(in, d, h->client_random)) {
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
            start_flight(env, h, FLIGHT_CLIENT);
        }
        return RELO_ASSOC_QUIET;
    }
    if (d->flight == FLIGHT_FINISHED && !waiting && checks(in, d, assoc->key)) {
        h->next = h->count;
        assoc->flags |= RELO_SIM_UP;
        return RELO_ASSOC_UP;
    }
    return RELO_ASSOC_BAD;
}

static enum relo_assoc_status server_input(struct relo_env *env, struct relo_assoc *assoc,
                                           struct relo_view in, struct received *d)
{
    struct handshake *h = assoc->handshake;
    bool complete = false;
    if (d->flight == FLIGHT_HELLO || d->flight == FLIGHT_HELLO_COOKIE) {
        if (!checks(in, d, key_hello) || (h && h->client_random != d->random))
            return RELO_ASSOC_BAD;
        if (h) {
            repeat_flight(h);
            return RELO_ASSOC_QUIET;
        }
        h = begin(env, assoc);
        h->client_random = d->random;
        h->server_random = relo_prng_next(&env->prng);
        assoc->key = relo_hash_mix(h->client_random, h->server_random);
        start_flight(env, h, FLIGHT_SERVER);
        return RELO_ASSOC_QUIET;
    }
    if (d->flight != FLIGHT_CLIENT || !h || !checks(in, d, assoc->key))
        return RELO_ASSOC_BAD;
    if (!collect(env, h, d, &complete)) /* 6940-6.5.1.13-3 */
        return refuse(assoc);
    if (!complete)
        return RELO_ASSOC_QUIET;
    measure(env, h);
    start_flight(env, h, FLIGHT_FINISHED);
    assoc->flags |= RELO_SIM_UP;
    return RELO_ASSOC_UP;
}

/* An association that is up gets handshake datagrams only when the peer missed something. */
static enum relo_assoc_status repeated(struct relo_assoc *assoc, struct relo_view in,
                                       struct received *d)
{
    bool server = (assoc->flags & RELO_SIM_SERVER) != 0;
    if (d->flight != (server ? FLIGHT_CLIENT : FLIGHT_FINISHED) || !checks(in, d, assoc->key))
        return RELO_ASSOC_BAD;
    if (server && d->index == d->count - 1)
        assoc->flags |= RELO_SIM_LAST_FLIGHT;
    return RELO_ASSOC_QUIET;
}

enum relo_assoc_status relo_sim_handshake_input(struct relo_env *env, struct relo_assoc *assoc,
                                                struct relo_view in)
{
    struct received d;
    if (!read_datagram(in, &d) || (assoc->flags & RELO_SIM_CLOSED))
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
