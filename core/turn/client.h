/* SPDX-License-Identifier: BSD-2-Clause */
/* A TURN client over UDP: one allocation, its permissions and channels (RFC 8656), with the
   long-term credentials of RFC 8489 section 9.2.

   Protocol of use: new; output until it returns false, after every call and when the deadline
   comes; feed receive. Once ALLOCATED, relayed() is the address to tell others; permit (or bind,
   which permits too) each peer that may send to it; send. What comes from peers comes out of
   receive. Allocation, permissions and channels are kept alive until forgotten. release and output
   until the state is ENDED, then free. Nothing is called back. */
#ifndef RELO_TURN_CLIENT_H
#define RELO_TURN_CLIENT_H

#include "core/base/env.h"
#include "core/ice/stun.h"
#include "core/relo.h"
#include "core/turn/queue.h"

#define RELO_TURN_PEERS_MAX 64

enum relo_turn_client_state {
    RELO_TURN_ALLOCATING, /* asks, first without and then with credentials */
    RELO_TURN_ALLOCATED,  /* there is a relayed address */
    RELO_TURN_RELEASING,  /* gives it back */
    RELO_TURN_ENDED       /* released, refused or lost: see error */
};

enum relo_turn_peer_state {
    RELO_TURN_PEER_UNKNOWN,   /* was never asked for, or is forgotten */
    RELO_TURN_PEER_ASKING,    /* for its permission */
    RELO_TURN_PEER_PERMITTED, /* data flows */
    RELO_TURN_PEER_BOUND,     /* in a channel */
    RELO_TURN_PEER_FAILED     /* the server refuses it, or was silent */
};

/* Zero takes the default; everything is copied. */
struct relo_turn_client_options {
    struct relo_addr local, server;
    struct relo_view name, password; /* at most 127 bytes each */
    uint32_t lifetime_s;             /* to be asked for, 600 */
    uint8_t family;                  /* 6: a relayed IPv6 address; the default is IPv4 */
    uint8_t transmissions;           /* Rc, 7 (RFC 8489 section 6.2.1) */
    relo_time rto;                   /* 500 ms */
    bool on_demand; /* sending to an address asks for its permission, unless one of its IP address
                       is there; a peer that nothing was sent to since its permission was last
                       refreshed is forgotten */
};

enum relo_turn_received {
    RELO_TURN_OTHERS,  /* not this client's */
    RELO_TURN_HANDLED, /* or dropped */
    RELO_TURN_DATA     /* from `peer` */
};

struct relo_turn_client; /* client_internal.h */

/* Owned by the caller until free. NULL: name or password is too long. */
struct relo_turn_client *relo_turn_client_new(struct relo_env *env,
                                              const struct relo_turn_client_options *options);
void relo_turn_client_free(struct relo_turn_client *client); /* NULL is legal */

/* Instead of asking for it: it has this allocation, as the server knows by relo_turn_relay_wire.
   What is refreshed in time is so at random times from now on. */
void relo_turn_client_wire(struct relo_turn_client *client,
                           const struct relo_wired_allocation *wired);

enum relo_turn_client_state relo_turn_client_state(const struct relo_turn_client *client);
#define RELO_TURN_VIOLATED 431 /* RFC 3489's Integrity Check Failure; no server sends it now */

/* Once ENDED: the server's error code; 408 if it was silent; VIOLATED if all that came to a request
   was of bad integrity (RFC 8489 section 9.2.5); 0 after release. */
uint16_t relo_turn_client_error(const struct relo_turn_client *client);
/* Valid from ALLOCATED on. */
const struct relo_addr *relo_turn_client_relayed(const struct relo_turn_client *client);
const struct relo_addr *relo_turn_client_mapped(const struct relo_turn_client *client);

/* Permissions are for all ports of an IP address (section 9), but asked for by address here. False:
   there are RELO_TURN_PEERS_MAX already, or no channels are left. May be called while ALLOCATING.
 */
bool relo_turn_client_permit(struct relo_turn_client *client, const struct relo_addr *peer);
bool relo_turn_client_bind(struct relo_turn_client *client, const struct relo_addr *peer);
/* Refreshes it no more; what the server has runs out. */
void relo_turn_client_forget(struct relo_turn_client *client, const struct relo_addr *peer);
enum relo_turn_peer_state relo_turn_client_peer(const struct relo_turn_client *client,
                                                const struct relo_addr *peer);

/* The channel in which the caller itself sends to this peer now (12.5); 0: it is not bound. */
uint16_t relo_turn_client_channel(struct relo_turn_client *client, const struct relo_addr *peer);
/* False: no permission (yet; on demand, where it is asked for, the request goes first), too long,
   or the queue is full. The bytes are copied. */
bool relo_turn_client_send(struct relo_turn_client *client, const struct relo_addr *peer,
                           struct relo_view data);
/* One datagram from `remote`; `data` is a view into it. */
enum relo_turn_received relo_turn_client_receive(struct relo_turn_client *client,
                                                 const struct relo_addr *remote,
                                                 struct relo_view bytes, struct relo_addr *peer,
                                                 struct relo_view *data);
void relo_turn_client_release(struct relo_turn_client *client);

/* Asks the server for a sign of life (a Refresh): silence, or an allocation it does not know, ends
   the client. */
void relo_turn_client_probe(struct relo_turn_client *client);
/* When it last gave one: a credible answer, or data. */
relo_time relo_turn_client_heard(const struct relo_turn_client *client);

/* As relo_turn_relay_output. */
bool relo_turn_client_output(struct relo_turn_client *client, struct relo_turn_datagram *datagram,
                             struct relo_wr *w);
uint32_t relo_turn_client_next_bytes(const struct relo_turn_client *client); /* of queued data */
relo_time relo_turn_client_deadline(const struct relo_turn_client *client);

#endif
