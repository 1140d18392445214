/* SPDX-License-Identifier: BSD-2-Clause */
/* The topology plug-in interface (RFC 6940 section 6.4.1): what routing, storage and the node ask
   of an overlay algorithm. CHORD-RELOAD (core/topology) is one; all tables are const.

   Within a step: the node hands requests, answers, timeouts, attach and link news to the plug-in,
   then polls it for events until there are none, then asks for its deadline. */
#ifndef RELO_ROUTE_PLUGIN_H
#define RELO_ROUTE_PLUGIN_H

#include "core/link/link.h"

struct relo_route;
struct relo_inbound;
struct relo_attach_event;
struct relo_done;

enum relo_topology_event_type {
    RELO_TOPOLOGY_ADMITTED,         /* this node is a peer of the ring now (10.5 step 7) */
    RELO_TOPOLOGY_JOIN_FAILED,      /* `status`, `error_code`; the node is as before the join */
    RELO_TOPOLOGY_RANGE_CHANGED,    /* responsibility: (from, self] now; may have grown or shrunk */
    RELO_TOPOLOGY_REPLICAS_CHANGED, /* the replica set changed (after the hold-down, 10.7.1) */
    RELO_TOPOLOGY_NEIGHBORS_CHANGED, /* who else keeps what is kept here may be others now */
    RELO_TOPOLOGY_REPLICA_DECLINES,  /* `to`, of the replica set, keeps nothing of this range */
    RELO_TOPOLOGY_HANDOVER,          /* store everything in (from, to] at peer `to`, then call
                                        handover_done(to) (10.5 step 6) */
    RELO_TOPOLOGY_LEFT,              /* the graceful leave is through */
    RELO_TOPOLOGY_ATTACHED,    /* a client is connected to the peer responsible for it (4.2.1) */
    RELO_TOPOLOGY_DISCONNECTED /* all neighbors lost; the plug-in joins again by itself */
};

struct relo_topology_event {
    enum relo_topology_event_type type;
    struct relo_id from, to;
    enum relo_status status;
    uint16_t error_code; /* RELO_ERROR */
};

struct relo_topology_ops {
    const char *name; /* as in the topology-plugin element */
    uint32_t bytes;   /* of an instance */

    void (*init)(void *topology, struct relo_route *route);
    void (*fini)(void *topology);
    /* START: remember where the bootstrap nodes stand (borrowed); with start->wired, be an admitted
     * peer at once. */
    void (*start)(void *topology, const struct relo_start *start);
    /* Begin to join through a bootstrap node (`first`: be the overlay). False: joining already. */
    bool (*join)(void *topology, bool first);
    bool (*leave)(void *topology); /* 10.9; false: not joined */

    /* Routing (10.3). */
    bool (*responsible)(const void *topology, struct relo_id id);
    /* The link to forward to towards `id`; never to `avoid` (0: nobody). 0: no route. A direct
       connection to Node-ID `id` is the caller's first choice and not asked for here. */
    relo_handle (*next_hop)(const void *topology, struct relo_id id, relo_handle avoid);
    /* Brings near what those two read (relo_node_prefetch). */
    void (*prefetch)(const void *topology);
    /* 6.3.4: is a responder at least as close to the Resource-ID as any of my neighbors? */
    bool (*plausible_responder)(const void *topology, struct relo_id resource, struct relo_id peer);

    /* 7.4.1.1: responsible for the Resource-ID, and sure of it: an original Store may be taken. */
    bool (*accepts)(const void *topology, struct relo_id resource);

    /* Redundancy (10.4). */
    uint32_t (*replicas)(const void *topology, struct relo_id *peers, uint32_t max);
    /* 10.7.1: a failed successor was replaced a short while ago; no new replicas yet. */
    bool (*holding_down)(const void *topology);
    bool (*replica_sender_plausible)(const void *topology, struct relo_id resource,
                                     struct relo_id sender);
    bool (*keeps_replica)(const void *topology,
                          struct relo_id resource); /* 10.7.3: false -> delete */
    /* Neighbors that lie between the Resource-ID and this peer, the nearest to the resource first:
       the one that is responsible, as far as this peer knows, and the replicas before this one. */
    uint32_t (*nearer)(const void *topology, struct relo_id resource, struct relo_id *peers,
                       uint32_t max);
    void (*handover_done)(void *topology, struct relo_id to);

    /* Verified requests with the plug-in's codes: Join, Leave, Update, RouteQuery. It answers
       itself. */
    void (*request)(void *topology, struct relo_inbound *in);
    /* Verified answers (and Errors) to requests it owns (RELO_OWNER_TOPOLOGY). */
    void (*answer)(void *topology, const struct relo_inbound *in);
    void (*failed)(void *topology, const struct relo_done *done); /* timed out */
    void (*attached)(void *topology, const struct relo_attach_event *event);
    void (*link)(void *topology, const struct relo_link_event *event);
    void (*wake)(void *topology);
    relo_time (*deadline)(const void *topology);
    bool (*poll)(void *topology, struct relo_topology_event *event);

    uint32_t (*responsible_ppb)(const void *topology); /* Probe, 6.4.2.5 */
    uint32_t (*uptime_s)(const void *topology);
    enum relo_node_state (*state)(const void *topology);
    void (*snapshot)(const void *topology,
                     struct relo_snapshot *snapshot); /* neighbors, finger_count */
    uint32_t (*fingers)(const void *topology, struct relo_id *out, uint32_t max);
};

#endif
