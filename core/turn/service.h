/* SPDX-License-Identifier: BSD-2-Clause */
/* A node's part in TURN (RFC 6940 sections 6.5.1.5 and 9): its server, if its address is public,
   and its one allocation at another peer's server, which all its ICE agents and links share.

   Protocol of use: offer, for every agent that gathers; where seeks() says so, look for a server in
   the overlay (core/usage/turn.h) and tell by found. Feed receive with what comes, before anybody
   else has it; flush at the end of every step. Nothing is called back. */
#ifndef RELO_TURN_SERVICE_H
#define RELO_TURN_SERVICE_H

#include "core/base/env.h"
#include "core/relo.h"

struct relo_turn_service; /* service.c */

/* Owned by the caller until free. `local`: the node's addresses (copied; at most 4). */
struct relo_turn_service *relo_turn_service_new(struct relo_env *env, const struct relo_addr *local,
                                                uint32_t local_count);
void relo_turn_service_free(struct relo_turn_service *service); /* NULL is legal */

/* --- as server ------------------------------------------------------------------------------- */

/* From now on this node is a TURN server: its addresses are public (section 9). */
void relo_turn_service_serve(struct relo_turn_service *service);
bool relo_turn_service_serves(const struct relo_turn_service *service);
/* RELO_EVENT_UDP_CLOSED: the allocation that had the port ends. */
void relo_turn_service_udp_closed(struct relo_turn_service *service, const struct relo_addr *local);

/* --- as client ------------------------------------------------------------------------------- */

enum relo_turn_offer {
    RELO_TURN_OFFER_NONE, /* no relayed candidate: none is needed, or no server was found lately */
    RELO_TURN_OFFER_WAIT, /* ask again after the next event */
    RELO_TURN_OFFER_READY
};

/* Asks for a relayed candidate, and so begins what it takes to get one: it is bounded by
   the search (core/usage/relays.c) and the client's own timeouts. `mapped`: its related address. */
enum relo_turn_offer relo_turn_service_offer(struct relo_turn_service *service,
                                             struct relo_addr *relayed, struct relo_addr *mapped);
/* True, once for each time: a server is wanted; found must follow. */
bool relo_turn_service_seeks(struct relo_turn_service *service);
/* NULL: there was none. False: not that one, for it is of no use or has just failed; look on. */
bool relo_turn_service_found(struct relo_turn_service *service, const struct relo_addr *server);

/* The relayed address; NULL: there is no allocation. */
const struct relo_addr *relo_turn_service_relayed(const struct relo_turn_service *service);
/* Lets datagrams from this address in; sending to it does, too. */
void relo_turn_service_permit(struct relo_turn_service *service, const struct relo_addr *peer);
/* The path to this address is in use: it gets a channel, kept as long as datagrams are sent. */
void relo_turn_service_bind(struct relo_turn_service *service, const struct relo_addr *peer);
/* From the relayed address to `peer`; copied. */
void relo_turn_service_send(struct relo_turn_service *service, const struct relo_addr *peer,
                            struct relo_view bytes);

/* --- both ------------------------------------------------------------------------------------ */

enum relo_turn_verdict {
    RELO_TURN_NOT_OURS,
    RELO_TURN_TAKEN,
    RELO_TURN_UNPACKED /* *inner is a datagram to the relayed address; valid until flush */
};

enum relo_turn_verdict relo_turn_service_receive(struct relo_turn_service *service,
                                                 const struct relo_datagram *datagram,
                                                 struct relo_datagram *inner);
/* Ports to open and close, and datagrams. False: the outbox is full. */
bool relo_turn_service_flush(struct relo_turn_service *service, struct relo_outbox *out);
relo_time relo_turn_service_deadline(const struct relo_turn_service *service);

#endif
