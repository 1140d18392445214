/* SPDX-License-Identifier: BSD-2-Clause */
/* The TURN server's own state, shared by relay.c, auth.c, allocate.c and permit.c. */
#ifndef RELO_TURN_INTERNAL_H
#define RELO_TURN_INTERNAL_H

#include "core/turn/relay.h"

#define RELO_TURN_NONCE_BYTES 40
#define RELO_TURN_SECRET_BYTES 20
#define RELO_TURN_PERMISSION_S 300 /* section 9 */
#define RELO_TURN_CHANNEL_S 600    /* section 12 */
#define RELO_TURN_LIFETIME_S 600   /* section 3.2 */

struct relo_turn_user {
    uint16_t allocations;
    bool passing; /* known by the shared secret; forgotten when the place is needed */
    uint8_t name_bytes;
    uint8_t key[16];
    uint8_t name[];
};

struct relo_turn_permission {
    relo_time expires;
    uint8_t ip[16]; /* of the allocation's family; all ports (section 9) */
};

struct relo_turn_channel {
    relo_time expires;
    struct relo_addr peer;
    uint16_t number;
};

enum relo_turn_allocation_state {
    RELO_TURN_WAITING, /* not told by wanted() yet */
    RELO_TURN_ASKED,   /* grant is due */
    RELO_TURN_LIVE,
    RELO_TURN_DEAD /* its address is not told by released() yet */
};

struct relo_turn_allocation {
    struct relo_addr client, local, relayed;
    relo_time expires; /* while it waits: until when */
    struct relo_turn_user *user;
    struct relo_turn_permission *permission;
    struct relo_turn_channel *channel;
    uint32_t ticket, lifetime_s;
    uint16_t permission_count, permission_size, channel_count, channel_size;
    uint8_t state; /* enum relo_turn_allocation_state */
    uint8_t family;
    bool even, both, fingerprint;                     /* `both`: ADDITIONAL-ADDRESS-FAMILY */
    uint8_t transaction[RELO_STUN_TRANSACTION_BYTES]; /* of the Allocate request */
};

/* The addresses beside the pointer save looking at the allocations that are not meant. */
struct relo_turn_slot {
    struct relo_turn_allocation *allocation; /* owned */
    uint16_t client, relayed;                /* relo_addr_hash of its addresses */
};

struct relo_turn_relay {
    struct relo_env *env;
    struct relo_addr local[RELO_TURN_LISTENING_MAX];
    uint32_t local_count, ticket;
    struct relo_turn_user **user;
    struct relo_turn_slot *slot; /* by age; looked up one after the other */
    uint16_t user_count, user_size, users_max;
    uint16_t allocation_count, allocation_size, allocations_max, allocations_per_user_max;
    uint16_t permissions_max, channels_max;
    uint16_t unsettled; /* allocations that wanted() or released() will tell of */
    relo_time expires;  /* the first of the others */
    uint32_t lifetime_max_s;
    relo_time nonce_lifetime;
    bool allow_loopback, public_only;
    uint8_t realm_bytes, shared_bytes;
    uint8_t *realm, *shared;                /* one block; the latter is known to all users */
    uint8_t secret[RELO_TURN_SECRET_BYTES]; /* of nonces */
    struct relo_turn_queue queue;
};

/* A request under way: what all who answer it need. */
struct relo_turn_request {
    const struct relo_stun *message;
    const struct relo_addr *local, *client;
    struct relo_turn_user *user; /* once it has shown who it is */
};

/* relay.c */
struct relo_turn_allocation *relo_turn_relay_find(struct relo_turn_relay *relay,
                                                  const struct relo_addr *local,
                                                  const struct relo_addr *client);
/* The array with room for one more than its `count` elements of `each` bytes. */
void *relo_turn_relay_grown(struct relo_turn_relay *relay, void *array, uint16_t count,
                            uint16_t *size, size_t each);
/* Answers. `reason` has the code's name of section 19 or RFC 8489 14.8. */
void relo_turn_relay_refuse(struct relo_turn_relay *relay, const struct relo_turn_request *request,
                            uint16_t error, const char *reason);

/* auth.c: RFC 8489 section 9.2.4. False: it has been answered. */
bool relo_turn_auth_check(struct relo_turn_relay *relay, struct relo_turn_request *request);
void relo_turn_auth_nonce(struct relo_turn_relay *relay, const struct relo_addr *client,
                          uint8_t nonce[RELO_TURN_NONCE_BYTES]);

void relo_turn_auth_fini(struct relo_turn_relay *relay);
/* The user of that name, by the shared secret; NULL: there is no room. */
struct relo_turn_user *relo_turn_auth_wire(struct relo_turn_relay *relay, struct relo_view name);

/* allocate.c: sections 7 and 8 */
void relo_turn_allocate_request(struct relo_turn_relay *relay, struct relo_turn_request *request);
void relo_turn_allocate_refresh(struct relo_turn_relay *relay, struct relo_turn_request *request);
/* Ends an allocation; its address will be told by released(). */
void relo_turn_allocate_end(struct relo_turn_relay *relay, struct relo_turn_allocation *allocation);
/* Ends those whose time has come. */
void relo_turn_allocate_expire(struct relo_turn_relay *relay);
/* After an allocation's state or end has changed: each datagram asks what is due, and must not look
   at all of them. */
void relo_turn_allocate_rearm(struct relo_turn_relay *relay);

/* permit.c: sections 9, 10, 12 and 21.4 */
void relo_turn_permit_request(struct relo_turn_relay *relay, struct relo_turn_request *request);
void relo_turn_permit_bind(struct relo_turn_relay *relay, struct relo_turn_request *request);
/* A permission and a channel, as if they had been asked for now. */
void relo_turn_permit_wire(struct relo_turn_relay *relay, struct relo_turn_allocation *allocation,
                           const struct relo_addr *peer, uint16_t channel);
/* Whether data may flow between an allocation and a peer now. */
bool relo_turn_permit_good(const struct relo_turn_relay *relay,
                           const struct relo_turn_allocation *allocation,
                           const struct relo_addr *peer);
/* NULL: it is not bound. */
const struct relo_turn_channel *
relo_turn_permit_channel(const struct relo_turn_relay *relay,
                         const struct relo_turn_allocation *allocation, uint16_t number);
const struct relo_turn_channel *
relo_turn_permit_channel_of(const struct relo_turn_relay *relay,
                            const struct relo_turn_allocation *allocation,
                            const struct relo_addr *peer);

#endif
