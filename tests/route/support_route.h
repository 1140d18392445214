/* SPDX-License-Identifier: BSD-2-Clause */
/* A bench for the route layer: a few nodes over links that are lists of messages, a topology that
   does as it is told, and a clock that the test moves.

   bench_new, bench_add for each node, bench_wire for links; then requests of the route layer, and
   either bench_run (carry everything) or bench_take and bench_carry one message at a time;
   bench_free. */
#ifndef RELO_TESTS_SUPPORT_ROUTE_H
#define RELO_TESTS_SUPPORT_ROUTE_H

#include "core/config/config.h"
#include "core/relo.h"
#include "core/route/internal.h"
#include "core/security/verify.h"
#include "core/wire/contents.h"
#include "core/wire/destination.h"
#include "core/wire/error.h"

#include <glib.h>

#define BENCH_NODES 8
#define BENCH_LINKS 16
#define BENCH_SENT 64

struct bench_link {
    bool used, up, server, close_seen;
    bool closed_after;          /* what was queued last went out first */
    bool unattached, too_large; /* of what comes in over it */
    struct relo_id peer;
    struct relo_addr remote;
    uint32_t message_max;
};

/* A message on its way down a link. */
struct bench_message {
    relo_handle link;
    uint8_t *bytes; /* header, then body */
    uint32_t n;
    uint32_t header_bytes;
    struct relo_slice body; /* with a reference */
    uint32_t token;
    struct relo_header header; /* views into bytes */
    uint16_t code;             /* first two bytes of the body */
    bool continues;            /* as the links were told */
    relo_time until;
};

struct bench_topology {
    struct relo_id from; /* responsible for (from, self] */
    relo_handle next[2]; /* routes: the first that is not to be avoided */
    bool implausible;
    uint32_t asked; /* calls of next_hop */
};

struct bench_node {
    struct relo_env env;
    struct relo_identity identity;
    struct relo_config config;
    struct relo_links links;
    struct relo_route route;
    struct bench_topology topology;
    struct relo_addr addr;
    struct bench_link link[BENCH_LINKS];
    struct bench_message sent[BENCH_SENT];
    uint32_t sent_count;
    bool waiting;    /* what relo_links_waiting says */
    bool queue_full; /* what relo_links_send says */
    /* What reached the upper layers. */
    uint32_t requests, answers;
    struct relo_inbound last;   /* of either; views are stale */
    struct relo_inbound answer; /* the last answer */
    uint8_t last_info[256];
    uint32_t last_info_bytes;
    bool silent; /* requests other than route's own are not answered */
    uint32_t done_count;
    struct relo_done done;
    uint32_t attached_count;
    struct relo_attach_event attached;
};

struct bench {
    struct relo_shard shard;
    relo_time now;
    uint32_t node_count;
    struct bench_node node[BENCH_NODES];
};

struct bench *bench_new(void);
void bench_free(struct bench *bench);
/* A node with this small Node-ID, responsible for nothing but itself. */
struct bench_node *bench_add(struct bench *bench, uint64_t id);
struct relo_id bench_id(uint64_t id);
/* A link that is up; returns a's handle. */
relo_handle bench_wire(struct bench_node *a, struct bench_node *b);
relo_handle bench_link_to(const struct bench_node *a, const struct bench_node *b);
void bench_time(struct bench *bench, relo_time now);
/* Local messages, timers and attach news of all nodes. */
void bench_pump(struct bench *bench);
/* Removes the oldest message a node has sent; bytes must be freed with bench_drop. */
bool bench_take(struct bench_node *node, struct bench_message *message);
void bench_drop(struct bench *bench, struct bench_message *message);
/* Delivers it at the other end of the link (and frees it). contiguous: as from a real socket. */
void bench_carry(struct bench *bench, struct bench_node *from, struct bench_message *message,
                 bool contiguous);
/* Carries until nothing moves. */
void bench_run(struct bench *bench);
/* Ends the handshakes that both sides wait for. */
void bench_shake(struct bench *bench);
/* Gives a header and contents to a node as if they came down a link. */
void bench_inject(struct bench *bench, struct bench_node *node, relo_handle link,
                  const struct relo_header *header, struct relo_view rest);
/* A signed message of `signer`; views are the caller's until bench_free. */
struct relo_view bench_compose(struct bench_node *signer, uint64_t transaction_id, uint16_t code,
                               struct relo_view body, struct relo_view extensions);
/* "1 2 r7 o8001": Node-IDs, Resource-IDs and opaque ids of a list. */
const char *bench_list(struct relo_view list);
/* A header for this node's overlay with a destination list of one element. */
struct relo_header bench_header(struct bench_node *node, struct relo_view destination);
struct relo_view bench_node_list(const uint64_t *ids, uint32_t n);
struct relo_view bench_resource(uint64_t id);
void bench_assert_bytes(struct relo_view have, const void *want, size_t n);
uint64_t bench_count(const struct bench *bench, enum relo_counter counter);
/* A Ping to an id. */
relo_handle bench_ping(struct bench_node *node, uint64_t id, bool resource);

#endif
