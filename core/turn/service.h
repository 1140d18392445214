/* SPDX-License-Identifier: BSD-2-Clause */
/* A node's part in TURN (RFC 6940 sections 6.5.1.5 and 9): its server, if its address is public,
   and its one allocation at another peer's server, which all its ICE agents and links share.

   Protocol of use, within a step: feed receive with what comes, before anybody else has it; step,
   once agents may have been opened; where seeks() says so, look for a server in the overlay
   (core/usage/relays.h) and tell by found; at the end, after links and agents have filled the
   outbox, flush. Nothing is called back. */
#ifndef RELO_TURN_SERVICE_H
#define RELO_TURN_SERVICE_H

#include "core/base/env.h"
#include "core/ice/agents.h"
#include "core/link/link.h"
#include "core/relo.h"

struct relo_turn_service; /* service.c */

/* Owned by the caller until free; what it is given outlives it. */
struct relo_turn_service *relo_turn_service_new(struct relo_env *env, struct relo_links *links,
                                                struct relo_ice_agents *agents);
void relo_turn_service_free(struct relo_turn_service *service); /* NULL is legal */

/* Asks for what a step reads. */
void relo_turn_service_prefetch(const struct relo_turn_service *service);

/* --- as server ------------------------------------------------------------------------------- */

/* From now on this node is a TURN server: its addresses are public (section 9), and it needs no
   relay itself. One that finds out by STUN does so when a client has reached it. */
void relo_turn_service_serve(struct relo_turn_service *service);
bool relo_turn_service_serves(const struct relo_turn_service *service);
/* What START says of a wired ring's allocations: our own, and those that we serve. */
void relo_turn_service_wire(struct relo_turn_service *service, const struct relo_start *start);
/* RELO_EVENT_UDP_CLOSED: the allocation that had the port ends. */
void relo_turn_service_udp_closed(struct relo_turn_service *service, const struct relo_addr *local);

/* --- as client ------------------------------------------------------------------------------- */

/* Gets agents that gather a relayed candidate: finds a server, asks for an allocation, tells links
   and agents of it, or that there is none. It goes when nothing has used it for two minutes, or its
   server is silent or does not know it any more; links over it end with it, and, where agents have
   wanted it within two minutes, another server is looked for at once. */
void relo_turn_service_step(struct relo_turn_service *service);
/* True, once for each time: a server is wanted; found must follow. */
bool relo_turn_service_seeks(struct relo_turn_service *service);
/* NULL: there was none. False: not that one, for it is of no use or has just failed; look on. */
bool relo_turn_service_found(struct relo_turn_service *service, const struct relo_addr *server);

/* The relayed address; NULL: there is no allocation. */
const struct relo_addr *relo_turn_service_relayed(const struct relo_turn_service *service);

/* --- both ------------------------------------------------------------------------------------ */

enum relo_turn_verdict {
    RELO_TURN_NOT_OURS,
    RELO_TURN_TAKEN,
    RELO_TURN_UNPACKED /* *inner is a datagram to the relayed address; valid until flush */
};

enum relo_turn_verdict relo_turn_service_receive(struct relo_turn_service *service,
                                                 const struct relo_datagram *datagram,
                                                 struct relo_datagram *inner);
/* Wraps the SENDs from the relayed address that are in the outbox, and adds ports to open and close
   and datagrams. False: the outbox is full. */
bool relo_turn_service_flush(struct relo_turn_service *service, struct relo_outbox *out);
relo_time relo_turn_service_deadline(const struct relo_turn_service *service);

#endif
