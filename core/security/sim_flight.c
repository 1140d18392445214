/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams of the `sim` suite's handshakes, RFC 6347 section 4.2.

   A dissector of DTLS finds records, hellos and cookies where it looks for them. Of the flights
   with certificates it finds the ServerHello, and fragments of a Certificate message that never
   becomes whole: identity and filler, as many bytes as the real messages have. The last flight is a
   record of epoch 1. What the suite itself needs lies in bytes that DTLS leaves to the sender:

     check value over all other bytes                                             8
     flight, index of this datagram in the flight, datagrams in the flight        3
     flights 1, 3: client random; 4: server random; else zero                     8

   In hellos that is the beginning of their random; in a HelloVerifyRequest, whose flight needs no
   saying, the cookie's 16 bytes are check value and cookie; otherwise it follows the headers. */
#include "core/security/sim_flight.h"

#include "core/base/hash.h"

#define HEAD_BYTES 25 /* record header 13, handshake header 12 */
#define FIELDS_BYTES (8 + 3 + 8)
#define RANDOM_BYTES 32
#define COOKIE_BYTES 16
#define SERVER_HELLO_BYTES (HEAD_BYTES + 2 + RANDOM_BYTES + 1 + 2 + 1 + 2 + 11)
#define LEAST_BYTES (HEAD_BYTES + FIELDS_BYTES)
#define IDENTITY_ROOM 144

/* Types of handshake messages, RFC 6347 4.3.2; bytes of a sealed one, which look like none. */
enum message {
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    VERIFY_REQUEST = 3,
    CERTIFICATE = 11,
    SEALED = 255
};

static uint32_t certificate_message(const struct relo_config *c)
{
    return HEAD_BYTES + 3 + c->chain_length * (3 + c->certificate_bytes);
}

/* Bytes of all records of a flight, as DTLS 1.2 with ECDHE on P-256 and AES-128-GCM has them. */
static uint32_t flight_bytes(const struct relo_config *c, enum relo_sim_flight flight)
{
    uint32_t signature = relo_sim_signature_bytes(c);
    /* version, random, empty session id, empty cookie, two cipher suites, null compression;
       extensions: signature_algorithms 10, supported_groups 8, ec_point_formats 6 */
    uint32_t hello = HEAD_BYTES + 2 + RANDOM_BYTES + 1 + 1 + (2 + 4) + 2 + (2 + 24);
    uint32_t finished = 14 + 13 + 8 + (12 + 12) + 16; /* ChangeCipherSpec; Finished, encrypted */
    switch (flight) {
    case RELO_SIM_FLIGHT_NONE:
        return 0;
    case RELO_SIM_FLIGHT_HELLO:
        return hello;
    case RELO_SIM_FLIGHT_VERIFY:
        return HEAD_BYTES + 2 + 1 + COOKIE_BYTES;
    case RELO_SIM_FLIGHT_HELLO_COOKIE:
        return hello + COOKIE_BYTES;
    case RELO_SIM_FLIGHT_SERVER:
        return SERVER_HELLO_BYTES + certificate_message(c)   /* Certificate */
               + HEAD_BYTES + 3 + 1 + 65 + 2 + 2 + signature /* ServerKeyExchange */
               + HEAD_BYTES + (1 + 2) + (2 + 4) + 2          /* CertificateRequest */
               + HEAD_BYTES;                                 /* ServerHelloDone */
    case RELO_SIM_FLIGHT_CLIENT:
        return certificate_message(c)           /* Certificate */
               + HEAD_BYTES + 1 + 65            /* ClientKeyExchange */
               + HEAD_BYTES + 2 + 2 + signature /* CertificateVerify */
               + finished;
    case RELO_SIM_FLIGHT_FINISHED:
        return finished;
    }
    return 0;
}

static uint32_t datagram_room(const struct relo_config *c)
{
    return c->mtu - RELO_SIM_UDP_IP;
}

uint8_t relo_sim_flight_datagrams(const struct relo_config *c, enum relo_sim_flight flight)
{
    uint32_t room = datagram_room(c), n = (flight_bytes(c, flight) + room - 1) / room;
    return (uint8_t)(n < RELO_SIM_DATAGRAMS_MAX ? n : RELO_SIM_DATAGRAMS_MAX);
}

static enum message message_of(enum relo_sim_flight flight, uint8_t index)
{
    switch (flight) {
    case RELO_SIM_FLIGHT_HELLO:
    case RELO_SIM_FLIGHT_HELLO_COOKIE:
        return CLIENT_HELLO;
    case RELO_SIM_FLIGHT_VERIFY:
        return VERIFY_REQUEST;
    case RELO_SIM_FLIGHT_SERVER:
        return index == 0 ? SERVER_HELLO : CERTIFICATE;
    case RELO_SIM_FLIGHT_CLIENT:
        return CERTIFICATE;
    case RELO_SIM_FLIGHT_NONE:
    case RELO_SIM_FLIGHT_FINISHED:
        break;
    }
    return SEALED;
}

/* Where the check value lies: behind version, or version and length of the cookie. */
static size_t check_at(enum message message)
{
    switch (message) {
    case CLIENT_HELLO:
    case SERVER_HELLO:
        return HEAD_BYTES + 2;
    case VERIFY_REQUEST:
        return HEAD_BYTES + 3;
    case CERTIFICATE:
    case SEALED:
        break;
    }
    return HEAD_BYTES;
}

static uint32_t datagram_bytes(const struct relo_config *c, enum relo_sim_flight flight,
                               uint8_t index)
{
    uint32_t room = datagram_room(c), left = flight_bytes(c, flight) - index * room;
    uint32_t least = LEAST_BYTES;
    if (index == 0 && flight == RELO_SIM_FLIGHT_SERVER)
        least = SERVER_HELLO_BYTES + HEAD_BYTES + IDENTITY_ROOM;
    else if (index == 0 && flight == RELO_SIM_FLIGHT_CLIENT)
        least += IDENTITY_ROOM;
    return left > room ? room : left < least ? least : left;
}

static uint64_t check_value(const uint8_t *p, size_t n, size_t at, uint64_t key)
{
    return relo_hash_mix(relo_hash(p, at, key), relo_hash(p + at + 8, n - at - 8, key));
}

static void write_record(struct relo_wr *w, const struct relo_sim_datagram *d, uint8_t epoch,
                         uint32_t n)
{
    relo_wr_u8(w, RELO_SIM_HANDSHAKE);
    relo_wr_u16(w, 0xfefd);
    relo_wr_u16(w, epoch);
    relo_wr_u16(w, 0); /* of the number's 48 bits */
    relo_wr_u32(w, d->number);
    relo_wr_u16(w, (uint16_t)n);
}

/* `n` bytes at `offset` of a message that has `length`. */
static void write_message(struct relo_wr *w, enum message message, uint32_t length, uint32_t offset,
                          uint32_t n)
{
    relo_wr_u8(w, (uint8_t)message);
    relo_wr_u24(w, length);
    relo_wr_u16(w, message == CERTIFICATE ? 1 : 0); /* message_seq */
    relo_wr_u24(w, offset);
    relo_wr_u24(w, n);
}

static void write_fields(struct relo_wr *w, const struct relo_sim_datagram *d)
{
    relo_wr_u64(w, 0); /* the check value, when all else is written */
    relo_wr_u8(w, (uint8_t)d->flight);
    relo_wr_u8(w, d->index);
    relo_wr_u8(w, d->count);
    relo_wr_u64(w, d->random);
}

static void write_fill(struct relo_wr *w, size_t n, uint64_t seed)
{
    relo_sim_fill(w->p, n, seed);
    w->p += n;
}

static void write_random(struct relo_wr *w, const struct relo_sim_datagram *d)
{
    relo_wr_u16(w, 0xfefd);
    write_fields(w, d);
    write_fill(w, RANDOM_BYTES - FIELDS_BYTES, d->random);
    relo_wr_u8(w, 0); /* no session id */
}

static void write_client_hello(struct relo_wr *w, const struct relo_sim_datagram *d, uint32_t n)
{
    static const uint8_t suites[] = {0, 4, 0xc0, 0x2b, 0xc0, 0x2f, 1, 0};
    static const uint8_t extensions[] = {0, 24, 0, 13, 0, 6, 0, 4,  4, 3, 4, 1, /* signatures */
                                         0, 10, 0, 4,  0, 2, 0, 23, /* supported groups: P-256 */
                                         0, 11, 0, 2,  1, 0}; /* point formats: uncompressed */
    bool cookie = d->flight == RELO_SIM_FLIGHT_HELLO_COOKIE;
    write_record(w, d, 0, n - RELO_SIM_RECORD_HEADER);
    write_message(w, CLIENT_HELLO, n - HEAD_BYTES, 0, n - HEAD_BYTES);
    write_random(w, d);
    relo_wr_u8(w, cookie ? COOKIE_BYTES : 0);
    if (cookie) {
        relo_wr_u64(w, d->cookie);
        relo_wr_u64(w, 0);
    }
    relo_wr_bytes(w, suites, sizeof suites);
    relo_wr_bytes(w, extensions, sizeof extensions);
}

static void write_verify_request(struct relo_wr *w, const struct relo_sim_datagram *d, uint32_t n)
{
    write_record(w, d, 0, n - RELO_SIM_RECORD_HEADER);
    write_message(w, VERIFY_REQUEST, n - HEAD_BYTES, 0, n - HEAD_BYTES);
    relo_wr_u16(w, 0xfefd);
    relo_wr_u8(w, COOKIE_BYTES);
    relo_wr_u64(w, 0); /* the check value */
    relo_wr_u64(w, d->random);
}

static void write_server_hello(struct relo_wr *w, const struct relo_sim_datagram *d)
{
    static const uint8_t rest[] = {0xc0, 0x2b, 0, 0, 11,    /* suite, no compression */
                                   0,    11,   0, 2, 1,  0, /* point formats */
                                   0xff, 1,    0, 1, 0};    /* secure renegotiation, RFC 5746 */
    uint32_t n = SERVER_HELLO_BYTES;
    write_record(w, d, 0, n - RELO_SIM_RECORD_HEADER);
    write_message(w, SERVER_HELLO, n - HEAD_BYTES, 0, n - HEAD_BYTES);
    write_random(w, d);
    relo_wr_bytes(w, rest, sizeof rest);
}

/* Fills the rest of the datagram with a fragment of a message longer than all of them. */
static void write_certificate(const struct relo_env *env, struct relo_wr *w,
                              const struct relo_sim_datagram *d)
{
    uint32_t n = (uint32_t)(w->end - w->p), room = datagram_room(env->config);
    write_record(w, d, 0, n - RELO_SIM_RECORD_HEADER);
    write_message(w, CERTIFICATE, d->count * room, d->index * room, n - HEAD_BYTES);
    if (message_of(d->flight, d->index) == CERTIFICATE)
        write_fields(w, d);
    if (d->index == 0) {
        struct relo_sim_identity identity;
        relo_sim_identity_own(env, &identity);
        relo_sim_identity_write(w, &identity);
    }
}

/* A message sealed by keys that a reader of the capture has not: no header, a length beyond all. */
static void write_sealed(struct relo_wr *w, const struct relo_sim_datagram *d, uint32_t n)
{
    write_record(w, d, 1, n - RELO_SIM_RECORD_HEADER);
    write_message(w, SEALED, 0xffffff, 0xffffff, 0xffffff);
    write_fields(w, d);
}

void relo_sim_datagram_write(const struct relo_env *env, const struct relo_sim_datagram *d,
                             struct relo_wr *w)
{
    enum message message = message_of(d->flight, d->index);
    uint32_t n = datagram_bytes(env->config, d->flight, d->index);
    if (w->failed || (size_t)(w->end - w->p) < n) {
        w->failed = true;
        return;
    }
    uint8_t *p = w->p;
    struct relo_wr own = relo_wr_init(p, n, 16);
    switch (message) {
    case CLIENT_HELLO:
        write_client_hello(&own, d, n);
        break;
    case VERIFY_REQUEST:
        write_verify_request(&own, d, n);
        break;
    case SERVER_HELLO:
        write_server_hello(&own, d);
        write_certificate(env, &own, d);
        break;
    case CERTIFICATE:
        write_certificate(env, &own, d);
        break;
    case SEALED:
        write_sealed(&own, d, n);
        break;
    }
    relo_sim_fill(own.p, (size_t)(own.end - own.p), d->key ^ (uint64_t)d->flight);
    struct relo_wr check = relo_wr_init(p + check_at(message), 8, 16);
    relo_wr_u64(&check, check_value(p, n, check_at(message), d->key));
    w->p += n;
}

/* Behind the fields. */
static void skip_to_payload(struct relo_sim_received *d)
{
    if (d->flight == RELO_SIM_FLIGHT_HELLO_COOKIE)
        relo_rd_bytes(&d->payload, RANDOM_BYTES - FIELDS_BYTES + 1 + 1);
    else if (d->flight == RELO_SIM_FLIGHT_SERVER && d->index == 0)
        relo_rd_bytes(&d->payload,
                      SERVER_HELLO_BYTES - (HEAD_BYTES + 2 + FIELDS_BYTES) + HEAD_BYTES);
}

bool relo_sim_datagram_read(struct relo_view in, struct relo_sim_received *d)
{
    if (in.n < LEAST_BYTES || in.p[0] != RELO_SIM_HANDSHAKE)
        return false;
    enum message message = in.p[RELO_SIM_RECORD_HEADER];
    struct relo_rd r = relo_rd_init(in.p, in.n, 16);
    d->check_at = check_at(message);
    relo_rd_bytes(&r, d->check_at);
    d->check = relo_rd_u64(&r);
    d->flight = message == VERIFY_REQUEST ? RELO_SIM_FLIGHT_VERIFY : relo_rd_u8(&r);
    d->index = message == VERIFY_REQUEST ? 0 : relo_rd_u8(&r);
    d->count = message == VERIFY_REQUEST ? 1 : relo_rd_u8(&r);
    d->random = relo_rd_u64(&r);
    d->payload = r;
    skip_to_payload(d);
    return !d->payload.failed && d->flight >= RELO_SIM_FLIGHT_HELLO &&
           d->flight <= RELO_SIM_FLIGHT_FINISHED && message == message_of(d->flight, d->index) &&
           d->count > 0 && d->count <= RELO_SIM_DATAGRAMS_MAX && d->index < d->count;
}

bool relo_sim_datagram_checks(struct relo_view in, const struct relo_sim_received *d, uint64_t key)
{
    return d->check == check_value(in.p, in.n, d->check_at, key);
}
