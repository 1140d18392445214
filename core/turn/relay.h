/* SPDX-License-Identifier: BSD-2-Clause */
/* A TURN server over UDP: RFC 8656, with the long-term credentials of RFC 8489 section 9.2.

   Protocol of use: new, add_user; feed what comes to the listening addresses to receive and what
   comes to relayed addresses to receive_relayed; after every input, and when the deadline comes:
   wanted until it returns false, each answered by grant; output until it returns false; released
   until it returns false. Relayed addresses are the caller's: it opens a port when one is wanted
   and closes it when it is released (and should not hand it out again for two minutes, section 5).
   Nothing is called back.

   What it does is counted in the shard (core/base/counter.h): allocations, datagrams relayed either
   way, what it refused and dropped, by reason.

   Never an open relay: nothing is relayed, either way, but between a client that showed a
   credential and addresses it has a permission for; no permission is given for addresses that are
   nobody's (section 21.4), and none leads back into the server. Not supported, and refused as the
   RFC says: EVEN-PORT with its R bit, RESERVATION-TOKEN, DONT-FRAGMENT, TCP; a client that asks for
   a second address family gets one of them. */
#ifndef RELO_TURN_RELAY_H
#define RELO_TURN_RELAY_H

#include "core/base/env.h"
#include "core/ice/stun.h"
#include "core/relo.h"
#include "core/turn/queue.h"

#define RELO_TURN_LISTENING_MAX 4
#define RELO_TURN_PASSWORD_BYTES 40
#define RELO_TURN_NAME_MAX 127 /* bytes of a realm and of a user's name */

/* Zero takes the default; everything is copied. A quota that is used up is answered with 486 (of a
   user) or 508 (others). */
struct relo_turn_relay_options {
    const struct relo_addr *local; /* listening addresses, at most RELO_TURN_LISTENING_MAX */
    uint32_t local_count;
    struct relo_view realm;
    struct relo_view secret;  /* not empty: anyone whose password is relo_turn_password of it is a
                                 user;  at most RELO_TURN_NAME_MAX bytes */
    uint16_t users_max;       /* 64 */
    uint16_t allocations_max; /* of the server: 32 */
    uint16_t allocations_per_user_max; /* 8 */
    uint16_t permissions_max;          /* of an allocation: 64 */
    uint16_t channels_max;             /* of an allocation: 64 */
    uint32_t lifetime_max_s;           /* 3600 (section 7.2) */
    relo_time nonce_lifetime;          /* an hour (section 5) */
    bool allow_loopback;               /* peers on this very host: for tests */
    bool public_only;                  /* no peers in private networks */
};

/* An allocation that waits for its relayed address. */
struct relo_turn_wanted {
    struct relo_addr client; /* for the caller's traces */
    struct relo_addr local;  /* the listening address: the relayed one is best on its host */
    uint32_t ticket;         /* for grant */
    uint8_t family;          /* 4 or 6 */
    bool even;               /* the port must be even */
};

struct relo_turn_relay; /* core/turn/internal.h; grows with its allocations, in the pool */

/* Owned by the caller until free, which forgets about relayed addresses. */
struct relo_turn_relay *relo_turn_relay_new(struct relo_env *env,
                                            const struct relo_turn_relay_options *options);
void relo_turn_relay_free(struct relo_turn_relay *relay); /* NULL is legal */

/* The password of `name` where all users share a secret: HMAC-SHA1(secret, name) in hexadecimal.
   The server need not know its users, and a user shows the secret to nobody. */
void relo_turn_password(struct relo_view secret, struct relo_view name,
                        uint8_t password[RELO_TURN_PASSWORD_BYTES]);

/* False: no room, too long, or there is one of that name. */
bool relo_turn_relay_add_user(struct relo_turn_relay *relay, struct relo_view name,
                              struct relo_view password);
/* Its allocations end. */
void relo_turn_relay_remove_user(struct relo_turn_relay *relay, struct relo_view name);

/* An allocation of the user `name`, by the shared secret, as if it had been asked for and used. Its
   relayed address is open already. */
void relo_turn_relay_wire(struct relo_turn_relay *relay, struct relo_view name,
                          const struct relo_wired_allocation *wired);

/* A datagram from `client` to the listening address `local`. False: it is not TURN's (a Binding
   request, for instance). */
bool relo_turn_relay_receive(struct relo_turn_relay *relay, const struct relo_addr *local,
                             const struct relo_addr *client, struct relo_view bytes);
/* A datagram from `peer` to a relayed address. */
void relo_turn_relay_receive_relayed(struct relo_turn_relay *relay, const struct relo_addr *relayed,
                                     const struct relo_addr *peer, struct relo_view bytes);

/* Each allocation is told once; it waits five seconds for its grant. */
bool relo_turn_relay_wanted(struct relo_turn_relay *relay, struct relo_turn_wanted *wanted);
/* NULL: the caller has none, the client gets 508. False: the address is not used, close it. */
bool relo_turn_relay_grant(struct relo_turn_relay *relay, uint32_t ticket,
                           const struct relo_addr *relayed);
bool relo_turn_relay_released(struct relo_turn_relay *relay, struct relo_addr *relayed);
/* Whether this is the relayed address of an allocation. */
bool relo_turn_relay_has(const struct relo_turn_relay *relay, const struct relo_addr *relayed);
/* The caller could not open the port, or has lost it: its allocation ends, and is told by released
   as any other. */
void relo_turn_relay_lost(struct relo_turn_relay *relay, const struct relo_addr *relayed);

/* The next datagram to send; w needs RELO_TURN_OVERHEAD_BYTES more than the largest received, and
   1024 bytes at least. */
bool relo_turn_relay_output(struct relo_turn_relay *relay, struct relo_turn_datagram *datagram,
                            struct relo_wr *w);
uint32_t relo_turn_relay_next_bytes(const struct relo_turn_relay *relay); /* of queued data */
relo_time relo_turn_relay_deadline(const struct relo_turn_relay *relay);

/* How many allocations there are. */
uint32_t relo_turn_relay_load(const struct relo_turn_relay *relay);

#endif
