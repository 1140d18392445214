/* SPDX-License-Identifier: BSD-2-Clause */
/* Which STUN servers to ask: RFC 6940 section 6.5.1.4. */
#ifndef RELO_ICE_SERVERS_H
#define RELO_ICE_SERVERS_H

#include "core/ice/agents.h"

#define RELO_ICE_SERVERS_MAX (RELO_ICE_GROUPS_MAX + 2)

/* Fills server[RELO_ICE_SERVERS_MAX]; returns how many. */
uint32_t relo_ice_servers_choose(struct relo_ice_agents *agents, struct relo_addr *server);
/* One has not answered while candidates were gathered. */
void relo_ice_servers_silent(struct relo_ice_agents *agents, const struct relo_addr *server);
/* A server has told under which address it sees us. */
void relo_ice_servers_heard(struct relo_ice_agents *agents, const struct relo_addr *server,
                            const struct relo_addr *mapped);

#endif
