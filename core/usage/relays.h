/* SPDX-License-Identifier: BSD-2-Clause */
/* The TURN server usage at work (RFC 6940 section 9): a node that serves registers itself as often
   as turn-density says and keeps that up; a node that wants a server finds one in the overlay.

   Protocol of use, within a step: answers and failures it owns (RELO_OWNER_USAGE); then step until
   it returns false; then the deadline. */
#ifndef RELO_USAGE_RELAYS_H
#define RELO_USAGE_RELAYS_H

#include "core/storage/store.h"
#include "core/turn/service.h"

struct relo_relays; /* relays.c */

/* Owned by the caller until free; what it is given outlives it. */
struct relo_relays *relo_relays_new(struct relo_env *env, struct relo_store *store,
                                    struct relo_turn_service *service,
                                    const struct relo_addr *local);
void relo_relays_free(struct relo_relays *relays); /* NULL is legal */

void relo_relays_answer(struct relo_relays *relays, const struct relo_inbound *in);
void relo_relays_failed(struct relo_relays *relays, const struct relo_done *done);
/* Begins what is due. `joined`: this node is a peer. True: it has sent something. */
bool relo_relays_step(struct relo_relays *relays, bool joined);
relo_time relo_relays_deadline(const struct relo_relays *relays, bool joined);

#endif
