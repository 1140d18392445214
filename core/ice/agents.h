/* SPDX-License-Identifier: BSD-2-Clause */
/* All ICE agents of one node, its STUN servers (RFC 6940 section 6.5.1.4), and its own answers as
   one: what of the node speaks STUN.

   Protocol of use: new, once; open an agent for each Attach; within a step receive or wake, then
   look at the agents whose relo_ice_agents_changed says so; flush at the end of the step, after the
   links'. release an agent when its Attach is over. A node without ICE has none of this. */
#ifndef RELO_ICE_AGENTS_H
#define RELO_ICE_AGENTS_H

#include "core/ice/agent.h"
#include "core/link/link.h"

#define RELO_ICE_GROUPS_MAX 3    /* reflexive addresses remembered */
#define RELO_ICE_BOOTSTRAP_MAX 4 /* bootstrap nodes kept as STUN servers */

/* One agent; owned by the list. */
struct relo_ice_agent {
    struct relo_ice_agent *next;
    struct relo_ice *ice;
    relo_time free_at; /* released: RELO_NEVER while its link lives (consent) */
    relo_handle link;  /* consent: ends with it */
    bool released;
    bool own_port; /* not the links' port: what servers say of it tells nothing of theirs */
    uint8_t seen;  /* the state that was looked at last */
};

/* Peers through which this node was seen under the same address: one of them is asked. */
struct relo_ice_group {
    struct relo_addr mapped, server; /* server.family 0: the entry is free */
};

struct relo_ice_agents {
    struct relo_env *env;
    struct relo_links *links;
    struct relo_ice_agent *first, **last;
    void *reply;    /* an answer as STUN server */
    uint16_t count; /* agents not released */
    uint16_t released;
    uint8_t relays; /* allocations under way at TURN servers: relayed() will be called so often */
    uint8_t bootstrap_count, bootstrap_next;
    uint8_t group_count;      /* at most RELO_ICE_GROUPS_MAX */
    bool translated;          /* a server saw this node under another address than its own (9) */
    bool seen_as_is;          /* two servers saw it under its own */
    bool relay_only;          /* relayed candidates are offered, and no others */
    relo_time relays_again;   /* from when on one is expected again; RELO_NEVER: `relays` says it */
    relo_time busy_until;     /* when an agent was last released or dropped */
    struct relo_addr witness; /* the first of them */
    struct relo_addr silent;  /* the connected peer that gave no answer last; family 0: none */
    struct relo_addr related; /* the mapped address of our allocations, for rel_addr_port */
    const struct relo_addr *bootstrap; /* borrowed */
    struct relo_ice_group *group;      /* pool block of group_count */
};

struct relo_ice_agents *relo_ice_agents_new(struct relo_env *env, struct relo_links *links,
                                            const struct relo_addr *bootstrap, uint32_t count);
void relo_ice_agents_free(struct relo_ice_agents *agents); /* NULL is legal */

struct relo_ice_agent *relo_ice_agents_open(struct relo_ice_agents *agents, bool controlling);
/* The same for bases of its own, whose datagrams the caller brings; with `relays` it offers the
   relayed addresses that there are, too. */
struct relo_ice_agent *relo_ice_agents_open_at(struct relo_ice_agents *agents, bool controlling,
                                               const struct relo_addr *base, uint32_t count,
                                               bool relays);
/* Whether its state is another than at the last call. When it has gathered, servers that were
   silent are asked no more where there are others. */
bool relo_ice_agents_changed(struct relo_ice_agents *agents, struct relo_ice_agent *agent);
/* The Attach is over. It still answers checks for a few seconds; where consent is kept, as long as
   `link` is up. NULL is legal. */
void relo_ice_agents_release(struct relo_ice_agents *agents, struct relo_ice_agent *agent,
                             relo_handle link);
/* The Attach has come to nothing: gone at once. NULL is legal. */
void relo_ice_agents_drop(struct relo_ice_agents *agents, struct relo_ice_agent *agent);

/* A TURN server relays `relayed` to us now (it is among links->local already), or NULL: it does
   not. Agents that gather get it; later ones as long as it is there. */
void relo_ice_agents_relayed(struct relo_ice_agents *agents, const struct relo_addr *relayed,
                             const struct relo_addr *related);

/* Whether an agent that gathers waits for that. */
bool relo_ice_agents_wait_relayed(const struct relo_ice_agents *agents);

/* A datagram whose first byte is 0 to 3 (RFC 7983). */
void relo_ice_agents_receive(struct relo_ice_agents *agents, const struct relo_datagram *datagram);
void relo_ice_agents_wake(struct relo_ice_agents *agents);
/* False: the outbox was full. */
bool relo_ice_agents_flush(struct relo_ice_agents *agents, struct relo_outbox *out);
relo_time relo_ice_agents_deadline(const struct relo_ice_agents *agents);

#endif
