/* SPDX-License-Identifier: BSD-2-Clause */
/* A network of bare topology plug-ins: stands in for the route and link layers, so that
   CHORD-RELOAD can be driven by itself. Messages take 50 ms per request, links 100 ms to come up; a
   peer that has crashed is noticed 4 s after something is sent to it.

   fake_init, fake_node for each peer, fake_join or fake_wire, fake_run, look at the nodes,
   fake_fini. */
#ifndef SUPPORT_FAKE_H
#define SUPPORT_FAKE_H

#include "core/route/route.h"
#include "core/security/suite.h"
#include "core/topology/chord.h"
#include "core/topology/internal.h"

#include <glib.h>

#define FAKE_NODES 64
#define FAKE_LINKS 256

struct fake_end {
    bool used, up, suspect;
    int peer;          /* node */
    relo_handle other; /* its handle of this link */
    uint8_t use;
    bool dying;      /* a failure signal is on its way */
    relo_time heard; /* when last, if a test says so; 0: just now */
};

struct fake_node {
    struct relo_env env;
    struct relo_links links;
    struct relo_route route;
    struct relo_chord chord;
    struct relo_addr addr;
    bool alive, started;
    struct fake_end end[FAKE_LINKS];
    int admitted, left, disconnected, join_failed, ranges, replicas;
    int abandoned; /* requests that relo_route_abandon found under way */
};

struct fake {
    relo_time now;
    uint64_t sequence;
    struct relo_shard shard;
    struct relo_config config;
    struct relo_suite suite;
    struct relo_addr bootstrap[8];
    uint32_t bootstrap_count;
    struct fake_node node[FAKE_NODES];
    int n;
    GSequence *events;
    GHashTable *pending; /* transactions */
    uint64_t updates, attaches, pings;
    relo_handle walk[FAKE_LINKS]; /* of relo_links_next */
    uint32_t walk_count;
    int groups[FAKE_NODES]; /* messages between different groups are lost */
    /* Called for each request, and for each Attach (then `request` is NULL); may be NULL. */
    void (*watch)(int node, const struct relo_request *request,
                  const struct relo_attach_options *attach);
    uint16_t last_code, last_error; /* of the latest answer */
};
extern struct fake *fake;

static inline void fake_watch(int node, const struct relo_request *request,
                              const struct relo_attach_options *attach)
{
    if (fake->watch)
        fake->watch(node, request, attach);
}

void fake_init(void);
void fake_fini(void);
int fake_node(struct relo_id id); /* starts it; its number */
void fake_start(int node, const struct relo_wired_link *wired, uint32_t count);
void fake_join(int node, bool first);
void fake_leave(int node);
void fake_crash(int node);
void fake_wire(void); /* all nodes made by fake_add: one converged ring */
int fake_add(struct relo_id id);
void fake_run(relo_time duration);
/* Every member's successors and predecessors are the nearest other members: else the number of
   nodes of which that is not so. */
int fake_wrong(void);
int fake_members(void);
/* Follows a message; *last is the link it arrived over, 0 if it went nowhere. -1: lost. */
int fake_follow(int node, const struct relo_target *target, relo_handle through, relo_handle *last);
/* The peer that a message for the Resource-ID reaches from `node`; -1: none. */
int fake_route(int node, struct relo_id resource);
struct relo_id fake_random_id(uint64_t seed, uint64_t i);

#endif
