/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of crypto operations. `sim` is one, `openssl` comes with real sockets; all const.

   Signing covers a list of views (core/wire/security.h), so that nothing is concatenated. An
   association (one per link) takes datagrams in and gives handshake datagrams and opened records
   out; it keeps its own retransmission timer and never calls back: input, then output until it
   returns false, then deadline. */
#ifndef RELO_SECURITY_SUITE_H
#define RELO_SECURITY_SUITE_H

#include "core/base/addr.h"
#include "core/base/bytes.h"
#include "core/base/env.h"
#include "core/base/packet.h"
#include "core/security/identity.h"
#include "core/wire/security.h"

#include <stdbool.h>
#include <stdint.h>

#define RELO_SIGNATURE_PACKED_MAX 16
#define RELO_DIGEST_BYTES 32 /* SHA-256, and what stands in for it under sim */
#define RELO_SIGNATURE_MAX 512

/* Bytes that came in: head || body, borrowed. */
struct relo_datagram_view {
    struct relo_view head;
    struct relo_slice body;
};

/* A certificate as read; views into the DER it was read from. */
struct relo_credential {
    struct relo_view der;
    struct relo_id node_id;
    struct relo_view others; /* Node-IDs of the certificate beside node_id */
    struct relo_view user;   /* rfc822Name */
    uint8_t digest[RELO_DIGEST_BYTES];
    uint64_t key; /* sim: the verification key */
};

enum relo_assoc_status {
    RELO_ASSOC_QUIET,  /* nothing to hand up; perhaps something to send */
    RELO_ASSOC_UP,     /* the handshake has just completed */
    RELO_ASSOC_RECORD, /* a record was opened: *frame and *rest hold its clear bytes */
    RELO_ASSOC_BAD,    /* malformed, replayed or failed its MAC: dropped */
    RELO_ASSOC_CLOSED  /* close_notify, or the handshake failed for good */
};

/* State of one association, embedded in the link. Which part is alive is the suite's business. */
struct relo_assoc {
    uint64_t key;        /* sim: of both directions */
    uint64_t replay;     /* bitmap of the last 64 record numbers received (RFC 6347 4.1.2.6) */
    void *handshake;     /* pool-allocated while the handshake runs, else NULL */
    uint32_t in_next;    /* highest record number received + 1 */
    uint32_t out_next;   /* next record number to send; a link ends before it wraps */
    uint8_t flags;       /* suite's: server, up, closed, ... */
    uint8_t out_ms_high; /* the link's: when it last sent, 24 bits of milliseconds; link/quiet.c */
    uint16_t out_ms;
    uint32_t up_s; /* the link's: when it came up, seconds of env->now */
};

/* What a datagram from an address without an association is. */
enum relo_hello {
    RELO_HELLO_NONE,   /* not a ClientHello */
    RELO_HELLO_VERIFY, /* a ClientHello without a good cookie: `reply` holds the HelloVerifyRequest
                        */
    RELO_HELLO_ACCEPT  /* the address is real: open a server association and give it the datagram */
};

struct relo_suite {
    const char *name;
    uint32_t record_overhead; /* bytes a record adds to a frame; 37 for DTLS 1.2 with AES-GCM */

    uint64_t (*random)(struct relo_env *env);

    /* Writes the own certificate's DER (into a GenericCertificate's opaque, whose length the caller
       reserves). */
    void (*certificate_write)(const struct relo_env *env, struct relo_wr *w);
    /* Reads and checks one DER against the clock; false: malformed, untrusted or not valid now. */
    bool (*certificate_read)(const struct relo_env *env, struct relo_view der,
                             struct relo_credential *credential);
    void (*digest)(struct relo_view bytes, uint8_t digest[RELO_DIGEST_BYTES]);
    /* The own certificate's digest: what certificate_read gives for it. `der`: what
       certificate_write wrote, or no bytes where the caller has it not at hand. True: the
       certificate has several Node-IDs, so that the digest alone does not name the signer (6.3.4).
     */
    bool (*own_digest)(const struct relo_env *env, struct relo_view der,
                       uint8_t digest[RELO_DIGEST_BYTES]);
    /* TLS hash and signature algorithm and the signature value's size, as this overlay signs. */
    void (*algorithm)(const struct relo_env *env, uint8_t *hash, uint8_t *signature,
                      uint16_t *bytes);
    void (*sign)(const struct relo_env *env, const struct relo_signature_input *input,
                 uint8_t *signature);
    bool (*verify)(const struct relo_env *env, const struct relo_credential *signer,
                   const struct relo_signature_input *input, struct relo_view signature);
    /* Storing peers keep certificates (6.3.4). Packing gives a form as small as the suite can make
       it (sim: the identity it is a pure function of; openssl: the DER); returns bytes written, 0
       if `size` is too small. Unpacking writes the DER again. */
    uint32_t (*certificate_pack)(struct relo_view der, uint8_t *out, uint32_t size);
    void (*certificate_unpack)(const struct relo_env *env, struct relo_view packed,
                               struct relo_wr *w);

    /* Stored values keep their signatures, packed where the suite knows a form of at most
       RELO_SIGNATURE_PACKED_MAX bytes; else packing returns 0. Unpacking writes the `n` bytes. */
    uint32_t (*signature_pack)(struct relo_view signature, uint8_t out[RELO_SIGNATURE_PACKED_MAX]);
    void (*signature_unpack)(struct relo_view packed, uint32_t n, struct relo_wr *w);

    /* Keeps no state (RFC 6347 4.2.1); the cookie is a keyed hash of the address. A server
       association trusts its first ClientHello: give it only those accepted here (or that came by a
       stream). */
    enum relo_hello (*assoc_hello)(const struct relo_env *env, const struct relo_addr *remote,
                                   const struct relo_datagram_view *in, struct relo_wr *reply);
    /* `server`: wait for a ClientHello. */
    void (*assoc_open)(struct relo_env *env, struct relo_assoc *assoc, bool server);
    /* Up at once with a secret both ends were given (a wired ring). */
    void (*assoc_wire)(struct relo_env *env, struct relo_assoc *assoc, bool server,
                       uint64_t secret);
    void (*assoc_fini)(struct relo_env *env, struct relo_assoc *assoc);
    /* One datagram. On RECORD, *frame views the clear bytes in the head and *rest is the slice that
       continues them (borrowed; body may be NULL). */
    enum relo_assoc_status (*assoc_input)(struct relo_env *env, struct relo_assoc *assoc,
                                          const struct relo_datagram_view *in,
                                          struct relo_view *frame, struct relo_slice *rest);
    /* Writes the next pending handshake datagram or alert; false: there is none. Once UP, this call
       frees the handshake's memory: ask for peer and RTT before. */
    bool (*assoc_output)(struct relo_env *env, struct relo_assoc *assoc, struct relo_wr *datagram,
                         bool *retransmission);
    relo_time (*assoc_deadline)(const struct relo_assoc *assoc);
    enum relo_assoc_status (*assoc_wake)(struct relo_env *env, struct relo_assoc *assoc);
    void (*assoc_close)(struct relo_env *env, struct relo_assoc *assoc); /* queues close_notify */
    /* The Node-IDs of the peer's certificate once UP: how many were written. And the RTT the
       handshake measured, 0 if none. */
    uint32_t (*assoc_peer)(const struct relo_assoc *assoc,
                           struct relo_id ids[1 + RELO_IDENTITY_OTHERS_MAX]);
    relo_time (*assoc_rtt)(const struct relo_assoc *assoc);
    /* Seals a frame: writes the record's head to `datagram`; *frame_offset is where the clear frame
       begins in it (0 if it is not in the clear). The body slice either passes through untouched
       (*rest = *body, borrowed) or is written into the datagram too (*rest empty). */
    void (*assoc_seal)(struct relo_env *env, struct relo_assoc *assoc, struct relo_view frame,
                       const struct relo_slice *body, struct relo_wr *datagram,
                       struct relo_slice *rest, uint16_t *frame_offset);
};

#endif
