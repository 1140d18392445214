/* SPDX-License-Identifier: BSD-2-Clause */
/* One node: the layers' states side by side. core/node only routes events between them. */
#ifndef RELO_NODE_NODE_H
#define RELO_NODE_NODE_H

#include "core/relo.h"
#include "core/route/application.h"
#include "core/route/route.h"
#include "core/storage/store.h"
#include "core/usage/publication.h"
#include "core/usage/relays.h"

/* A command that waits for its answer; pool-allocated, its address is the request's context. */
struct relo_pending {
    struct relo_pending *next;
    uint64_t tag;
    uint64_t transaction_id;
    relo_time issued;
    enum relo_command_type type;
    relo_handle transaction;      /* 0: none (JOIN, LEAVE, ATTACH) */
    struct relo_amended *amended; /* a STORE of two requests; NULL: any other command */
};

/* A RESULT that waits for room in the outbox, with copies of the bytes its views showed. */
struct relo_result_item {
    struct relo_result_item *next;
    uint32_t bytes; /* of this block */
    struct relo_result result;
    uint8_t data[];
};

/* From the store's deadline to the links' first local address lies what every step reads: seven
   cache lines in a row (node/prefetch.c). */
struct relo_node {
    struct relo_identity identity;
    struct relo_pending *pending;
    struct relo_result_item *results_last;
    struct relo_relays *relays;  /* with ICE only, as turn and route.agents */
    struct relo_addr *bootstrap; /* pool block of bootstrap_count; topology and ICE look there */
    struct relo_store store;
    struct relo_route route;
    const struct relo_topology_ops *ops;
    struct relo_turn_service *turn;
    struct relo_publication *publication; /* with store-certificates only */
    void *topology;                       /* behind the node */
    struct relo_result_item *results;
    relo_time deadline; /* what the last step said */
    relo_time others;   /* the same, but for the links */
    relo_time calm;     /* before it nobody but the links has anything to do, or to free */
    uint8_t bootstrap_count;
    bool started, stopped;
    bool plain; /* records are for the links alone: no flows of applications, no TURN server */
    bool report_deliveries;
    struct relo_env env;
    struct relo_links links;
};

#define RELO_TOPOLOGY_MAX 384u /* bytes of a plug-in's state */

_Static_assert(sizeof(struct relo_node) % 64 == 0, "the topology begins at a cache line");
_Static_assert(sizeof(struct relo_node) <= 1024, "a node is small (design, rule 5)");

/* node/command.c: the application's side. */
void relo_command_begin(struct relo_node *node, const struct relo_command *command);
void relo_command_answer(struct relo_node *node, const struct relo_inbound *in);
void relo_command_failed(struct relo_node *node, const struct relo_done *done);
void relo_command_attached(struct relo_node *node, const struct relo_attach_event *event);
/* A flow is open, or failed, or is gone. */
void relo_command_application(struct relo_node *node, const struct relo_application_event *event);
/* Ends every pending command of a type (RELO_COMMANDS: of any type). */
void relo_command_end(struct relo_node *node, enum relo_command_type type, enum relo_status status,
                      uint16_t error_code);

/* node/amend.c: STOREs that take another request, before or after. */
bool relo_amend_needed(const struct relo_command *command);
/* Sends the first of its requests; without one the command has no transaction. */
void relo_amend_begin(struct relo_node *node, struct relo_pending *pending,
                      const struct relo_command *command);
/* What the answer makes of the command. True: it goes on; false: *result is that of the command. */
bool relo_amend_answer(struct relo_node *node, struct relo_pending *pending,
                       const struct relo_inbound *in, struct relo_result *result);
/* A request had no answer; corrects *result. */
void relo_amend_failed(const struct relo_pending *pending, struct relo_result *result);
void relo_amend_free(struct relo_node *node, struct relo_pending *pending);

/* node/result.c: RESULTs on their way to the outbox. */
void relo_result_add(struct relo_node *node, const struct relo_result *result);
/* False where the outbox was full. */
bool relo_result_flush(struct relo_node *node, struct relo_outbox *out);
void relo_result_fini(struct relo_node *node);

#endif
