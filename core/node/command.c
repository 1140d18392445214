/* SPDX-License-Identifier: BSD-2-Clause */
/* The application's commands: each becomes a request, an Attach, a join or a leave, and exactly one
   RESULT. */
#include "core/node/node.h"
#include "core/wire/config_update.h"
#include "core/wire/destination.h"
#include "core/wire/ping.h"
#include "core/wire/topology.h"

#include <string.h>

static struct relo_result result_of(const struct relo_pending *pending, relo_time now)
{
    return (struct relo_result){
        .type = RELO_RESULT_COMMAND,
        .command = pending->type,
        .tag = pending->tag,
        .transaction_id = pending->transaction_id,
        .elapsed = now - pending->issued,
    };
}

static struct relo_pending *pending_new(struct relo_node *node, const struct relo_command *command)
{
    struct relo_pending *pending = relo_env_alloc(&node->env, sizeof *pending);
    *pending = (struct relo_pending){
        .next = node->pending,
        .tag = command->tag,
        .issued = node->env.now,
        .type = command->type,
    };
    node->pending = pending;
    return pending;
}

static void pending_free(struct relo_node *node, struct relo_pending *pending)
{
    struct relo_pending **at = &node->pending;
    while (*at != pending)
        at = &(*at)->next;
    *at = pending->next;
    relo_amend_free(node, pending);
    relo_env_free(&node->env, pending, sizeof *pending);
}

static void finish(struct relo_node *node, struct relo_pending *pending,
                   const struct relo_result *result)
{
    relo_result_add(node, result);
    pending_free(node, pending);
}

static void refuse(struct relo_node *node, struct relo_pending *pending)
{
    struct relo_result result = result_of(pending, node->env.now);
    result.status = RELO_REFUSED;
    finish(node, pending, &result);
}

/* The context of a request is the address of its pending command. */
static uint64_t context_of(const struct relo_pending *pending)
{
    return (uint64_t)(uintptr_t)pending;
}

/* NULL if the command has ended meanwhile. */
static struct relo_pending *pending_at(const struct relo_node *node, uint64_t context)
{
    struct relo_pending *pending = node->pending;
    while (pending && context_of(pending) != context)
        pending = pending->next;
    return pending;
}

/* Writes the message body of the requests built here; their message code, 0 for any other command.
 */
static uint16_t body_write(const struct relo_command *command, struct relo_wr *w)
{
    static const uint8_t all_infos[] = {RELO_PROBE_RESPONSIBLE_SET, RELO_PROBE_NUM_RESOURCES,
                                        RELO_PROBE_UPTIME};
    switch (command->type) {
    case RELO_COMMAND_PING:
        relo_ping_req_write(w, &(struct relo_ping_req){.padding = command->value});
        return RELO_CODE_PING_REQ;
    case RELO_COMMAND_PROBE:
        relo_probe_req_write(w, &(struct relo_probe_req){{all_infos, sizeof all_infos}});
        return RELO_CODE_PROBE_REQ;
    case RELO_COMMAND_ROUTE_QUERY:
        relo_wr_u8(w, 0); /* send_update: it wants none. 6940-6.4.2.4.1-1 */
        if (command->target.resource)
            relo_destination_write_resource(w, command->target.id);
        else
            relo_destination_write_node(w, command->target.id);
        relo_wr_u16(w, 0); /* CHORD-RELOAD has no overlay_specific_data here (10.8) */
        return RELO_CODE_ROUTE_QUERY_REQ;
    case RELO_COMMAND_CONFIG_UPDATE:
        relo_config_update_write(w, &(struct relo_config_update){.type = RELO_CONFIG_UPDATE_CONFIG,
                                                                 .config_data = command->value});
        return RELO_CODE_CONFIG_UPDATE_REQ;
    case RELO_COMMAND_JOIN:
    case RELO_COMMAND_LEAVE:
    case RELO_COMMAND_STORE:
    case RELO_COMMAND_FETCH:
    case RELO_COMMAND_STAT:
    case RELO_COMMAND_FIND:
    case RELO_COMMAND_ATTACH:
    case RELO_COMMAND_APP_ATTACH:
    case RELO_COMMAND_APP_SEND:
    case RELO_COMMAND_APP_CLOSE:
    case RELO_COMMANDS:
        break;
    }
    return 0;
}

static relo_handle request_send(struct relo_node *node, const struct relo_command *command,
                                uint64_t context)
{
    size_t size = 64 + (size_t)command->value.n;
    uint8_t *buffer = relo_env_alloc(&node->env, size);
    struct relo_wr w = relo_wr_init(buffer, size, node->env.config->node_id_length);
    uint16_t code = body_write(command, &w);
    relo_handle transaction = 0;
    if (code && !w.failed) {
        struct relo_request request = {
            .target = command->target,
            .code = code,
            .body = relo_wr_view(&w),
            .owner = RELO_OWNER_COMMAND,
            .context = context,
            .traffic_class = RELO_CLASS_LOOKUP,
        };
        transaction = relo_route_request(&node->route, &request);
    }
    relo_env_free(&node->env, buffer, size);
    return transaction;
}

/* A RouteQuery asks a peer (its first hop) where it would send; the target travels in the body. */
static relo_handle route_query_send(struct relo_node *node, const struct relo_command *command,
                                    uint64_t context)
{
    struct relo_command asked = *command;
    if (command->target.via_count == 0)
        return request_send(node, command, context);
    struct relo_target peer = {.id = command->target.via[command->target.via_count - 1],
                               .via_count = (uint8_t)(command->target.via_count - 1),
                               .via = command->target.via};
    uint8_t buffer[64];
    struct relo_wr w = relo_wr_init(buffer, sizeof buffer, node->env.config->node_id_length);
    asked.target.via_count = 0;
    uint16_t code = body_write(&asked, &w);
    struct relo_request request = {
        .target = peer,
        .code = code,
        .body = relo_wr_view(&w),
        .owner = RELO_OWNER_COMMAND,
        .context = context,
        .traffic_class = RELO_CLASS_LOOKUP,
    };
    return relo_route_request(&node->route, &request);
}

/* True: the command is under way. */
static bool begin(struct relo_node *node, const struct relo_command *command,
                  struct relo_pending *pending)
{
    uint64_t context = context_of(pending);
    switch (command->type) {
    case RELO_COMMAND_JOIN:
        return node->ops->join(node->topology, command->first);
    case RELO_COMMAND_LEAVE:
        return node->ops->leave(node->topology);
    case RELO_COMMAND_STORE:
    case RELO_COMMAND_FETCH:
    case RELO_COMMAND_STAT:
    case RELO_COMMAND_FIND:
        if (relo_amend_needed(command))
            relo_amend_begin(node, pending, command);
        else
            pending->transaction = relo_store_command(&node->store, command, context);
        break;
    case RELO_COMMAND_PING:
    case RELO_COMMAND_PROBE:
    case RELO_COMMAND_CONFIG_UPDATE:
        pending->transaction = request_send(node, command, context);
        break;
    case RELO_COMMAND_ROUTE_QUERY:
        pending->transaction = route_query_send(node, command, context);
        break;
    case RELO_COMMAND_ATTACH:
        return relo_attach_start(&node->route, &(struct relo_attach_options){
                                                   .target = command->target,
                                                   .owner = RELO_OWNER_COMMAND,
                                                   .context = context,
                                               });
    case RELO_COMMAND_APP_ATTACH:
        return relo_application_start(&node->route, &command->target, command->application,
                                      context);
    case RELO_COMMAND_APP_SEND:
    case RELO_COMMAND_APP_CLOSE:
    case RELO_COMMANDS:
        return false; /* done at once, if at all */
    }
    if (pending->transaction)
        pending->transaction_id = relo_route_transaction_id(&node->route, pending->transaction);
    return pending->transaction != 0;
}

/* What a flow does at once. */
static bool flow_command(struct relo_node *node, const struct relo_command *command)
{
    if (command->type == RELO_COMMAND_APP_SEND)
        return relo_application_send(&node->route, command->flow, command->value);
    return command->type == RELO_COMMAND_APP_CLOSE &&
           relo_application_close(&node->route, command->flow);
}

void relo_command_begin(struct relo_node *node, const struct relo_command *command)
{
    struct relo_pending *pending = pending_new(node, command);
    struct relo_result done = result_of(pending, node->env.now);
    bool alive = node->started && !node->stopped;
    if (alive && flow_command(node, command))
        finish(node, pending, &done);
    else if (!alive || !begin(node, command, pending))
        refuse(node, pending);
}

void relo_command_application(struct relo_node *node, const struct relo_application_event *event)
{
    struct relo_pending *pending = event->initiated ? pending_at(node, event->context) : NULL;
    struct relo_result result = {.type = event->down ? RELO_RESULT_APP_DOWN : RELO_RESULT_APP_LINK};
    if (event->initiated && !event->down && !pending) {
        relo_application_close(&node->route, event->flow); /* the command has ended before */
        return;
    }
    if (pending && !event->down)
        result = result_of(pending, node->env.now);
    result.status = event->status;
    result.error_code = event->error_code;
    result.peer = event->peer;
    result.application = event->application;
    result.flow = event->flow;
    result.local = event->local;
    result.remote = event->remote;
    result.path_local = event->path_local;
    result.path_remote = event->path_remote;
    result.active = event->active;
    if (pending && !event->down)
        finish(node, pending, &result);
    else
        relo_result_add(node, &result);
}

void relo_command_answer(struct relo_node *node, const struct relo_inbound *in)
{
    struct relo_pending *pending = pending_at(node, in->context);
    if (!pending)
        return;
    struct relo_result result = result_of(pending, node->env.now);
    result.peer = in->signer.node_id;
    result.transmissions = in->transmissions;
    result.body = in->body;
    if (pending->amended) {
        if (relo_amend_answer(node, pending, in, &result))
            return;
    } else if (in->code == RELO_CODE_ERROR) {
        result.status = RELO_ERROR;
        result.error_code = in->error_code;
    } else if (pending->type == RELO_COMMAND_STORE || pending->type == RELO_COMMAND_FETCH) {
        relo_store_result(&node->store, in, &result);
    }
    finish(node, pending, &result);
}

void relo_command_failed(struct relo_node *node, const struct relo_done *done)
{
    struct relo_pending *pending = pending_at(node, done->context);
    if (!pending)
        return;
    struct relo_result result = result_of(pending, node->env.now);
    result.status = done->status;
    result.transmissions = done->transmissions;
    if (pending->amended)
        relo_amend_failed(pending, &result);
    finish(node, pending, &result);
}

void relo_command_attached(struct relo_node *node, const struct relo_attach_event *event)
{
    struct relo_pending *pending = pending_at(node, event->context);
    if (!pending)
        return;
    struct relo_result result = result_of(pending, node->env.now);
    result.status = event->status;
    result.error_code = event->error_code;
    result.peer = event->peer;
    finish(node, pending, &result);
}

void relo_command_end(struct relo_node *node, enum relo_command_type type, enum relo_status status,
                      uint16_t error_code)
{
    for (struct relo_pending *pending = node->pending, *next; pending; pending = next) {
        next = pending->next;
        if (type != RELO_COMMANDS && pending->type != type)
            continue;
        struct relo_result result = result_of(pending, node->env.now);
        result.status = status;
        result.error_code = error_code;
        relo_route_cancel(&node->route, pending->transaction);
        finish(node, pending, &result);
    }
}
