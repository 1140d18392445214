/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of CHORD-RELOAD share among themselves; nobody else includes this. */
#ifndef RELO_TOPOLOGY_INTERNAL_H
#define RELO_TOPOLOGY_INTERNAL_H

#include "core/config/config.h"
#include "core/route/route.h"
#include "core/security/suite.h"
#include "core/topology/chord.h"
#include "core/topology/fingers.h"
#include "core/wire/codes.h"
#include "core/wire/node_id.h"
#include "core/wire/topology.h"

/* Our own choices where the RFC leaves them open. */
#define RELO_CHORD_ATTACHES_MAX 8        /* under way at once */
#define RELO_CHORD_FINGER_ATTACHES_MAX 4 /* of them for fingers */
#define RELO_CHORD_BATCH (100 * RELO_MS) /* reactive Updates wait so long for more changes */
#define RELO_CHORD_BLOCK (60 * RELO_S)   /* no Attach to a peer that has just failed */
#define RELO_CHORD_BLOCKED_MAX 8
#define RELO_CHORD_JOIN_TRIES 4
#define RELO_CHORD_JOIN_ASKS 20
#define RELO_CHORD_JOIN_PATIENCE (6 * RELO_S) /* two transmissions: see the join's step 3 */
#define RELO_CHORD_FRESH (10 * RELO_S)        /* a link heard of since leads to a living peer */
#define RELO_CHORD_LEAVE_WAIT (3 * RELO_S)
#define RELO_CHORD_CLIENT_PING (60 * RELO_S) /* of a client to its peer */
#define RELO_CHORD_CHECK_MIN (600 * RELO_S)  /* partition check, unless configured */

enum relo_chord_news { /* bits of relo_chord.events, in the order in which poll reports them */
                       RELO_CHORD_NEWS_DISCONNECTED = 1,
                       RELO_CHORD_NEWS_JOIN_FAILED = 2,
                       RELO_CHORD_NEWS_ADMITTED = 4,
                       RELO_CHORD_NEWS_RANGE = 8,
                       RELO_CHORD_NEWS_HANDOVER = 16,
                       RELO_CHORD_NEWS_REPLICAS = 32,
                       RELO_CHORD_NEWS_LEFT = 64,
                       RELO_CHORD_NEWS_ATTACHED = 128,
                       RELO_CHORD_NEWS_NEIGHBORS = 256,
                       RELO_CHORD_NEWS_DECLINES = 512
};

enum relo_chord_dirty { RELO_CHORD_DIRTY_NEIGHBORS = 1, RELO_CHORD_DIRTY_ALL = 2 };

/* Low byte of the context of requests and Attaches; the rest is a number: the epoch of a join, the
   slot of a finger. */
enum relo_chord_purpose {
    RELO_CHORD_UPDATE = 1,
    RELO_CHORD_JOIN,
    RELO_CHORD_LEAVE,
    RELO_CHORD_SEARCH,   /* Ping for a finger */
    RELO_CHORD_CHECK,    /* Ping of the partition check, Attach to what it found */
    RELO_CHORD_PING,     /* connectivity Ping */
    RELO_CHORD_QUERY,    /* RouteQuery for the sake of its send_update */
    RELO_CHORD_DISCOVER, /* Ping for our place in the ring */
    RELO_CHORD_ATTACH_AP,
    RELO_CHORD_ATTACH_NEIGHBOR,
    RELO_CHORD_ATTACH_FINGER
};

/* More bits of a link's use, ours alone. */
#define RELO_CHORD_LINK_TOLD 0x20u  /* an Update to all is not yet answered there */
#define RELO_CHORD_LINK_SWEPT 0x40u /* it was of no use at the last sweep either */
#define RELO_CHORD_LINK_STALE 0x80u /* TOLD, and what it was told is not true any more */

struct relo_chord_blocked {
    struct relo_id id;
    relo_time until;
};

static inline uint64_t relo_chord_context(enum relo_chord_purpose purpose, uint32_t number)
{
    return (uint64_t)number << 8 | (uint64_t)purpose;
}
static inline const struct relo_config *relo_chord_config(const struct relo_chord *chord)
{
    return chord->env->config;
}
static inline struct relo_links *relo_chord_links(const struct relo_chord *chord)
{
    return chord->route->links;
}
static inline uint64_t relo_chord_random(struct relo_chord *chord)
{
    return chord->env->suite->random(chord->env);
}
/* Uniform in 0 .. n - 1. */
static inline uint64_t relo_chord_below(struct relo_chord *chord, uint64_t n)
{
    return (uint64_t)(((relo_u128)relo_chord_random(chord) * n) >> 64);
}
/* Who is to admit us from now on; a Join to somebody else is void. */
static inline void relo_chord_admitting(struct relo_chord *chord, struct relo_id peer)
{
    chord->applied = chord->applied && relo_id_equal(peer, chord->ap);
    chord->ap = peer;
}
/* A request of the plug-in's own, of class maintenance. 0: over quota. */
relo_handle relo_chord_request(struct relo_chord *chord, const struct relo_target *target,
                               relo_handle through, uint16_t code, struct relo_view body,
                               uint64_t context);
/* The connectivity ping of 10.7.1, over the link to that peer; one at a time: where a link is
   slower than the reasons to ping, each would wait behind the last. */
void relo_chord_probe(struct relo_chord *chord, struct relo_id peer, relo_handle link);
/* Ping (6.5.3) without padding. */
relo_handle relo_chord_ping(struct relo_chord *chord, const struct relo_target *target,
                            relo_handle through, uint64_t context);
/* Sets the instance's deadline anew; called at the end of whatever may have changed a timer. */
void relo_chord_rearm(struct relo_chord *chord);
/* Timers of a peer start, at random phases; or none is left. */
void relo_chord_timers_start(struct relo_chord *chord);
void relo_chord_timers_stop(struct relo_chord *chord);

/* neighbors.c: the tables follow the connections. */
bool relo_chord_enter(struct relo_chord *chord, struct relo_id id, relo_handle link);
void relo_chord_settle(struct relo_chord *chord, bool lost);
/* Entries without a place in the tables go; links of the others are not closed for being idle. */
void relo_chord_mark_links(struct relo_chord *chord);
bool relo_chord_consider(struct relo_chord *chord, struct relo_view ids, struct relo_id informer);
bool relo_chord_may_pursue(const struct relo_chord *chord);
void relo_chord_pursue(struct relo_chord *chord);
void relo_chord_prospects_wake(struct relo_chord *chord);
void relo_chord_attached(struct relo_chord *chord, const struct relo_attach_event *event);
void relo_chord_refill(struct relo_chord *chord);

/* update.c */
void relo_chord_update_mark(struct relo_chord *chord, enum relo_chord_dirty who, relo_time delay);
void relo_chord_update_flush(struct relo_chord *chord);
void relo_chord_update_send(struct relo_chord *chord, struct relo_id id, relo_handle link,
                            enum relo_chord_update_type type);
/* An Update was answered, or never will be. */
void relo_chord_update_ended(struct relo_chord *chord, struct relo_id id);
void relo_chord_update_request(struct relo_chord *chord, struct relo_inbound *in);
void relo_chord_query_request(struct relo_chord *chord, struct relo_inbound *in);
void relo_chord_query_send(struct relo_chord *chord, struct relo_id id, relo_handle link);
/* Node-IDs of the successors (or predecessors), nearest first, as bytes; returns how many. */
uint32_t relo_chord_side_write(const struct relo_chord *chord, bool successors, uint8_t *out);

/* failure.c */
bool relo_chord_blocked(struct relo_chord *chord, struct relo_id id);
void relo_chord_block(struct relo_chord *chord, struct relo_id id);
void relo_chord_unblock(struct relo_chord *chord, struct relo_id id);
void relo_chord_unblock_old(struct relo_chord *chord);
void relo_chord_unblock_all(struct relo_chord *chord);
void relo_chord_link_event(struct relo_chord *chord, const struct relo_link_event *event);
/* The peer is gone (10.7.1, 10.7.2). `left`: it said good-bye. */
void relo_chord_lost(struct relo_chord *chord, struct relo_id id, relo_handle link, bool left);
/* A request to a directly connected peer failed for good. */
void relo_chord_unresponsive(struct relo_chord *chord, struct relo_id id);

/* join.c */
bool relo_chord_join(struct relo_chord *chord, bool first);
void relo_chord_join_begin(struct relo_chord *chord);
void relo_chord_join_stop(struct relo_chord *chord);
void relo_chord_join_wake(struct relo_chord *chord);
void relo_chord_join_link(struct relo_chord *chord, const struct relo_link_event *event);
void relo_chord_join_attached(struct relo_chord *chord, const struct relo_attach_event *event);
void relo_chord_join_answer(struct relo_chord *chord, const struct relo_inbound *in);
void relo_chord_join_failed(struct relo_chord *chord, uint32_t epoch);
void relo_chord_join_update(struct relo_chord *chord, struct relo_id from, bool names_us);
void relo_chord_join_progress(struct relo_chord *chord);
void relo_chord_admitted(struct relo_chord *chord);
void relo_chord_disconnected(struct relo_chord *chord);
void relo_chord_fingers_attach(struct relo_chord *chord);
/* A bootstrap address that is not ours: by random for attempt 0, then the others in turn. NULL:
   there is none. */
const struct relo_addr *relo_chord_bootstrap(struct relo_chord *chord, uint32_t attempt);
relo_time relo_chord_join_deadline(const struct relo_chord *chord);

/* Goes on to the neighbors (10.5, step 3), or begins anew. */
void relo_chord_join_neighbors(struct relo_chord *chord);
void relo_chord_join_again(struct relo_chord *chord);
void relo_chord_become(struct relo_chord *chord, enum relo_chord_step step, relo_time limit);
/* The Attach of step 2: to Resource-ID n+1, or to the peer that Pings have found. */
void relo_chord_join_attach(struct relo_chord *chord, const struct relo_id *peer);

/* discover.c: our successors by Pings. */
void relo_chord_discover(struct relo_chord *chord);
void relo_chord_discovered(struct relo_chord *chord, const struct relo_inbound *in);
void relo_chord_discover_failed(struct relo_chord *chord, uint32_t epoch);

/* client.c: a node that attaches, but never joins (4.2.1). */
void relo_chord_client_attached(struct relo_chord *chord, struct relo_id peer);
void relo_chord_client_update(struct relo_chord *chord, struct relo_id from,
                              struct relo_view predecessors);
void relo_chord_client_ping(struct relo_chord *chord);
void relo_chord_client_down(struct relo_chord *chord, relo_handle link);

/* admit.c: the Admitting Peer's side. */
void relo_chord_join_request(struct relo_chord *chord, struct relo_inbound *in);
struct relo_id relo_chord_handover_from(const struct relo_chord *chord);
void relo_chord_handover_done(struct relo_chord *chord, struct relo_id to);

/* stabilize.c */
void relo_chord_stabilize_wake(struct relo_chord *chord);
void relo_chord_search(struct relo_chord *chord, uint32_t slot);
/* A finger was lost, or after that one has been found: the next search comes soon. */
void relo_chord_search_on(struct relo_chord *chord);
void relo_chord_search_answer(struct relo_chord *chord, struct relo_id responder, uint32_t slot);

/* partition.c */
void relo_chord_check_wake(struct relo_chord *chord);
void relo_chord_check_link(struct relo_chord *chord, const struct relo_link_event *event);
void relo_chord_check_answer(struct relo_chord *chord, struct relo_id responder);
void relo_chord_check_end(struct relo_chord *chord);
/* Whether a partition check under way has asked for this Resource-ID. */
bool relo_chord_is_check(const struct relo_chord *chord, struct relo_id resource);

/* leave.c */
bool relo_chord_leave(struct relo_chord *chord);
/* A Leave to whoever is connected, and no more copies of Updates; how many were sent. */
uint16_t relo_chord_leave_tell(struct relo_chord *chord);
/* Once more to those that have not answered it: they may take us for a peer still, and what they
   route through a node that is none gets nowhere, not even its own search for its place. */
void relo_chord_leave_repeat(struct relo_chord *chord);
void relo_chord_leave_request(struct relo_chord *chord, struct relo_inbound *in);
void relo_chord_leave_answered(struct relo_chord *chord, struct relo_id by);
void relo_chord_leave_ended(struct relo_chord *chord); /* answered, or it never will be */
void relo_chord_leave_finish(struct relo_chord *chord);

#endif
