/* SPDX-License-Identifier: BSD-2-Clause */
/* STUN messages (RFC 8489) with the attributes that ICE (RFC 8445) and TURN (RFC 8656) need.

   Reading: relo_stun_is tells STUN from everything else on the socket; relo_stun_read gives views
   into the datagram; then relo_stun_integrity_good where a credential is due. Writing: open,
   attributes in the order wanted, integrity, fingerprint, and at the end check the writer's
   `failed`. Nothing is copied or allocated. */
#ifndef RELO_ICE_STUN_H
#define RELO_ICE_STUN_H

#include "core/base/addr.h"
#include "core/base/bytes.h"

#define RELO_STUN_HEADER_BYTES 20
#define RELO_STUN_TRANSACTION_BYTES 12
#define RELO_STUN_UNKNOWN_MAX 8

enum relo_stun_class {
    RELO_STUN_REQUEST,
    RELO_STUN_INDICATION,
    RELO_STUN_SUCCESS,
    RELO_STUN_ERROR
};

enum relo_stun_method {
    RELO_STUN_BINDING = 0x001,
    RELO_STUN_ALLOCATE = 0x003, /* RFC 8656 section 17 */
    RELO_STUN_REFRESH = 0x004,
    RELO_STUN_SEND = 0x006,
    RELO_STUN_DATA = 0x007,
    RELO_STUN_CREATE_PERMISSION = 0x008,
    RELO_STUN_CHANNEL_BIND = 0x009
};

enum relo_stun_type {
    RELO_STUN_MAPPED_ADDRESS = 0x0001,
    RELO_STUN_USERNAME = 0x0006,
    RELO_STUN_MESSAGE_INTEGRITY = 0x0008,
    RELO_STUN_ERROR_CODE = 0x0009,
    RELO_STUN_UNKNOWN_ATTRIBUTES = 0x000a,
    RELO_STUN_CHANNEL_NUMBER = 0x000c,
    RELO_STUN_LIFETIME = 0x000d,
    RELO_STUN_XOR_PEER_ADDRESS = 0x0012,
    RELO_STUN_DATA_VALUE = 0x0013,
    RELO_STUN_REALM = 0x0014,
    RELO_STUN_NONCE = 0x0015,
    RELO_STUN_XOR_RELAYED_ADDRESS = 0x0016,
    RELO_STUN_REQUESTED_ADDRESS_FAMILY = 0x0017,
    RELO_STUN_EVEN_PORT = 0x0018,
    RELO_STUN_REQUESTED_TRANSPORT = 0x0019,
    RELO_STUN_DONT_FRAGMENT = 0x001a,
    RELO_STUN_MESSAGE_INTEGRITY_SHA256 = 0x001c,
    RELO_STUN_XOR_MAPPED_ADDRESS = 0x0020,
    RELO_STUN_RESERVATION_TOKEN = 0x0022,
    RELO_STUN_PRIORITY = 0x0024,
    RELO_STUN_USE_CANDIDATE = 0x0025,
    RELO_STUN_ADDITIONAL_ADDRESS_FAMILY = 0x8000,
    RELO_STUN_SOFTWARE = 0x8022,
    RELO_STUN_ALTERNATE_SERVER = 0x8023,
    RELO_STUN_FINGERPRINT = 0x8028,
    RELO_STUN_ICE_CONTROLLED = 0x8029,
    RELO_STUN_ICE_CONTROLLING = 0x802a
};

/* Which attributes a message has: bits of relo_stun.has. */
enum relo_stun_has {
    RELO_STUN_HAS_MAPPED = 1 << 0, /* MAPPED-ADDRESS or XOR-MAPPED-ADDRESS */
    RELO_STUN_HAS_USERNAME = 1 << 1,
    RELO_STUN_HAS_INTEGRITY = 1 << 2, /* either kind */
    RELO_STUN_HAS_ERROR = 1 << 3,
    RELO_STUN_HAS_CHANNEL = 1 << 4,
    RELO_STUN_HAS_LIFETIME = 1 << 5,
    RELO_STUN_HAS_PEER = 1 << 6,
    RELO_STUN_HAS_DATA = 1 << 7,
    RELO_STUN_HAS_REALM = 1 << 8,
    RELO_STUN_HAS_NONCE = 1 << 9,
    RELO_STUN_HAS_RELAYED = 1 << 10,
    RELO_STUN_HAS_FAMILY = 1 << 11,
    RELO_STUN_HAS_EVEN_PORT = 1 << 12,
    RELO_STUN_HAS_TRANSPORT = 1 << 13,
    RELO_STUN_HAS_DONT_FRAGMENT = 1 << 14,
    RELO_STUN_HAS_TOKEN = 1 << 15,
    RELO_STUN_HAS_PRIORITY = 1 << 16,
    RELO_STUN_HAS_USE_CANDIDATE = 1 << 17,
    RELO_STUN_HAS_ADDITIONAL_FAMILY = 1 << 18,
    RELO_STUN_HAS_SOFTWARE = 1 << 19,
    RELO_STUN_HAS_ALTERNATE = 1 << 20,
    RELO_STUN_HAS_FINGERPRINT = 1 << 21, /* and it is right */
    RELO_STUN_HAS_CONTROLLED = 1 << 22,
    RELO_STUN_HAS_CONTROLLING = 1 << 23,
    RELO_STUN_HAS_XOR_MAPPED = 1 << 24,
    RELO_STUN_HAS_UNKNOWN = 1 << 25, /* UNKNOWN-ATTRIBUTES */
    RELO_STUN_HAS_INTEGRITY_SHA256 = 1 << 26
};

/* A message as read; views and addresses of attributes it does not have are zero. */
struct relo_stun {
    struct relo_view bytes; /* the whole message */
    const uint8_t *transaction;
    uint16_t method;       /* of enum relo_stun_method, or another */
    uint8_t stun_class;    /* enum relo_stun_class */
    uint8_t unknown_count; /* comprehension-required attributes not known here */
    uint16_t unknown[RELO_STUN_UNKNOWN_MAX];
    uint32_t has;
    uint32_t integrity_at; /* where the header of MESSAGE-INTEGRITY begins; with both kinds, of the
                              one that counts: MESSAGE-INTEGRITY-SHA256 */
    uint8_t integrity_bytes;
    struct relo_addr mapped, peer, relayed, alternate; /* the first of each */
    struct relo_view username, realm, nonce, software, data, reason;
    uint64_t tie_breaker, token;
    uint32_t priority, lifetime_s;
    uint16_t error; /* 300 to 699 */
    uint16_t channel;
    uint8_t family, additional_family; /* 4 or 6 */
    uint8_t transport;                 /* an IP protocol number */
    bool reserve_next;                 /* EVEN-PORT's R bit */
};

/* The demultiplexer's question (RFC 8489 section 5; RFC 7983): cookie, length and top bits are
 * right. */
bool relo_stun_is(struct relo_view datagram);
/* False: malformed, or a FINGERPRINT that does not fit; drop it. Unknown comprehension-required
   attributes are listed, not refused. Attributes after MESSAGE-INTEGRITY other than
   MESSAGE-INTEGRITY-SHA256 and FINGERPRINT are ignored (14.5, 14.6), as are repeated ones (14). */
bool relo_stun_read(struct relo_view datagram, struct relo_stun *message);
/* Whether there is one of the two kinds of integrity, made with this key. Where there are both, the
   stronger one decides (9.1.3, 9.2.4). */
bool relo_stun_integrity_good(const struct relo_stun *message, struct relo_view key);

/* Walks all attributes, for those that may come several times (XOR-PEER-ADDRESS in
 * CreatePermission). */
struct relo_rd relo_stun_attributes(const struct relo_stun *message);
bool relo_stun_next(struct relo_rd *attributes, uint16_t *type, struct relo_view *value);
/* An address attribute's value; `exclusive`: the XOR kind (14.2). */
bool relo_stun_address_read(struct relo_view value, bool exclusive, const uint8_t *transaction,
                            struct relo_addr *addr);

/* The key of the long-term mechanism, MD5(username ":" realm ":" password) (9.2.2). A short-term
   key is the password itself. Returns false where the three are over 512 bytes together. */
bool relo_stun_long_term_key(struct relo_view username, struct relo_view realm,
                             struct relo_view password, uint8_t key[16]);

struct relo_stun_writer {
    struct relo_wr *w; /* borrowed */
    size_t at;         /* where the message begins */
    uint8_t transaction[RELO_STUN_TRANSACTION_BYTES];
};

/* Begins a message at w's end. */
struct relo_stun_writer relo_stun_open(struct relo_wr *w, enum relo_stun_method method,
                                       enum relo_stun_class stun_class, const uint8_t *transaction);
void relo_stun_write(struct relo_stun_writer *s, enum relo_stun_type type, struct relo_view value);
void relo_stun_write_text(struct relo_stun_writer *s, enum relo_stun_type type, const char *text);
void relo_stun_write_u32(struct relo_stun_writer *s, enum relo_stun_type type, uint32_t value);
void relo_stun_write_u64(struct relo_stun_writer *s, enum relo_stun_type type, uint64_t value);
/* XOR'd unless the type is MAPPED-ADDRESS or ALTERNATE-SERVER. */
void relo_stun_write_address(struct relo_stun_writer *s, enum relo_stun_type type,
                             const struct relo_addr *addr);
void relo_stun_write_error(struct relo_stun_writer *s, uint16_t code, const char *reason);
void relo_stun_write_unknown(struct relo_stun_writer *s, const uint16_t *types, uint32_t count);
void relo_stun_write_family(struct relo_stun_writer *s, enum relo_stun_type type, uint8_t family);
void relo_stun_write_channel(struct relo_stun_writer *s, uint16_t channel);
void relo_stun_write_transport(struct relo_stun_writer *s, uint8_t protocol);
void relo_stun_write_even_port(struct relo_stun_writer *s, bool reserve_next);
void relo_stun_write_integrity(struct relo_stun_writer *s, struct relo_view key);
void relo_stun_write_integrity_sha256(struct relo_stun_writer *s, struct relo_view key);
/* Last of all. */
void relo_stun_write_fingerprint(struct relo_stun_writer *s);
/* A STUN server's whole answer to a Binding request without credentials that came from `remote`
   (RFC 6940 6.5.1.4: every peer is one). */
void relo_stun_write_binding_answer(struct relo_wr *w, const struct relo_stun *request,
                                    const struct relo_addr *remote);

#endif
