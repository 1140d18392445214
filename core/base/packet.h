/* SPDX-License-Identifier: BSD-2-Clause */
/* A packet is a rewritable head plus a slice of a shared immutable body. Forwarding rewrites the
   head; the body (message contents and security block) is made once, at its origin, and reference
   counted within one shard. A driver that crosses shards copies it (relo_body_copy). */
#ifndef RELO_BASE_PACKET_H
#define RELO_BASE_PACKET_H

#include "core/base/pool.h"

#include <stdint.h>

/* What a byte on the wire was for; metering only, never on the wire. */
enum relo_class {
    RELO_CLASS_MAINTENANCE, /* Join, Leave, Update, RouteQuery, Attach, Ping and Probe of the
                               topology */
    RELO_CLASS_LOOKUP,      /* Ping, Probe, Find, RouteQuery asked for by the application */
    RELO_CLASS_DATA,        /* Store, Fetch, Stat; replicas and handover too */
    RELO_CLASS_CONNECT,     /* handshakes of links, alerts */
    RELO_CLASS_KEEPALIVE,   /* with ICE only */
    RELO_CLASS_ACK,         /* frames of type ack (6.6.2) */
    RELO_CLASS_RELAY,       /* what a TURN server passes on for others */
    RELO_CLASSES
};

struct relo_body {
    uint32_t refs;
    uint32_t n;
    uint64_t hash; /* relo_hash(bytes, n, 0): saves reading the body at every hop */
    uint8_t traffic_class; /* enum relo_class; metering only */
    uint8_t bytes[];
};

/* Part of a body; {NULL, 0, 0} is empty. Holding one owns one reference unless said otherwise. */
struct relo_slice {
    struct relo_body *body;
    uint32_t offset, n;
};

/* A new body with one reference and a copy of the bytes. */
struct relo_body *relo_body_new(struct relo_pool *pool, const void *bytes, uint32_t n,
                                enum relo_class traffic_class);
struct relo_body *relo_body_copy(struct relo_pool *pool, const struct relo_body *body);
void relo_body_unref(struct relo_pool *pool, struct relo_body *body); /* NULL is legal */

static inline struct relo_body *relo_body_ref(struct relo_body *body)
{
    if (body)
        body->refs++;
    return body;
}

static inline const uint8_t *relo_slice_bytes(const struct relo_slice *s)
{
    return s->body ? s->body->bytes + s->offset : (const uint8_t *)"";
}

/* The hash of a slice's bytes; the body's own where the slice is all of it. */
uint64_t relo_slice_hash(const struct relo_slice *s);

#endif
