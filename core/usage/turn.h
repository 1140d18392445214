/* SPDX-License-Identifier: BSD-2-Clause */
/* The TURN server usage (RFC 6940 section 9): where a peer advertises that it relays, and how
   another finds it. Pure functions.

   Advertising: for d = 1 .. turn-density: relo_turn_advertise, step the node with the command.
   Finding: FIND the kind at a random Resource-ID, FETCH what it names, relo_turn_server_read
   (core/wire). */
#ifndef RELO_USAGE_TURN_H
#define RELO_USAGE_TURN_H

#include "core/base/addr.h"
#include "core/relo.h"

#define RELO_TURN_ITERATION_MAX 20 /* of NODE-MULTIPLE for this kind (9) */
#define RELO_TURN_SERVER_BYTES 24  /* enough for any TurnServer */

/* H(Node-ID || d), d being one byte (iteration is a uint8). */
struct relo_id relo_turn_resource(struct relo_id node_id, uint8_t d);
/* 9: a peer with a private (RFC 1918) address should not be a candidate. */
bool relo_turn_candidate(const struct relo_addr *address);
/* The STORE command of iteration d; `scratch` is borrowed until it has been used. False: d is 0 or
   too large, or size too small. */
bool relo_turn_advertise(struct relo_command *command, struct relo_id self, uint8_t d,
                         const struct relo_addr *address, uint32_t lifetime_s, uint8_t *scratch,
                         uint32_t size);

#endif
