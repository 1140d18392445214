/* SPDX-License-Identifier: BSD-2-Clause */
/* STOREs of two requests: a removal that asks first how long what it removes has left (RFC 6940
   section 7.4.1.3), and a store that was too late and fetches what is there instead (7.4.1.2). */
#include "core/node/node.h"
#include "core/wire/codes.h"

#include <string.h>

enum step {
    STEP_STAT,  /* how long has it left? */
    STEP_STORE, /* the store itself */
    STEP_FETCH  /* what is stored in its place? */
};

struct relo_amended {
    enum step step;
    uint16_t error_code; /* FETCH: of the store */
    uint64_t generation;
    uint32_t key_bytes;
    struct relo_command
        command; /* its value is empty: a removal needs none, and a store is sent once */
    uint8_t key[];
};

/* 7.4.1.3: a removal for as long as needed. */
static bool is_removal(const struct relo_command *command)
{
    return !command->exists && command->lifetime_s == 0;
}

bool relo_amend_needed(const struct relo_command *command)
{
    /* Without a generation counter nothing is too late by it. */
    return command->type == RELO_COMMAND_STORE && (is_removal(command) || command->generation != 0);
}

static bool ask(struct relo_node *node, struct relo_pending *pending,
                const struct relo_command *command)
{
    pending->transaction =
        relo_store_command(&node->store, command, (uint64_t)(uintptr_t)pending);
    return pending->transaction != 0;
}

/* A request for the same entry. */
static bool look(struct relo_node *node, struct relo_pending *pending, enum step step)
{
    struct relo_amended *a = pending->amended;
    struct relo_command command = a->command;
    command.type = step == STEP_STAT ? RELO_COMMAND_STAT : RELO_COMMAND_FETCH;
    command.generation = 0;
    command.all = command.index == UINT32_MAX; /* where it would have been appended */
    a->step = step;
    return ask(node, pending, &command);
}

void relo_amend_begin(struct relo_node *node, struct relo_pending *pending,
                      const struct relo_command *command)
{
    size_t bytes = sizeof(struct relo_amended) + command->key.n;
    struct relo_amended *a = relo_env_alloc(&node->env, bytes);
    *a = (struct relo_amended){.step = STEP_STORE, .key_bytes = command->key.n,
                               .command = *command};
    a->command.value.n = 0;
    a->command.key.p = a->key;
    if (command->key.n)
        memcpy(a->key, command->key.p, command->key.n);
    pending->amended = a;
    if (is_removal(command))
        look(node, pending, STEP_STAT);
    else
        ask(node, pending, command);
}

void relo_amend_free(struct relo_node *node, struct relo_pending *pending)
{
    if (pending->amended)
        relo_env_free(&node->env, pending->amended,
                      sizeof *pending->amended + pending->amended->key_bytes);
}

/* Removes it for as long as it would have stayed; where there is nothing, nothing is to be done. */
static bool remove_now(struct relo_node *node, struct relo_pending *pending,
                       const struct relo_inbound *in)
{
    struct relo_command command = pending->amended->command;
    command.lifetime_s = relo_store_lifetime(&node->store, in); /* 6940-7.4.1.3-1 */
    pending->amended->step = STEP_STORE;
    return command.lifetime_s > 0 && ask(node, pending, &command);
}

bool relo_amend_answer(struct relo_node *node, struct relo_pending *pending,
                       const struct relo_inbound *in, struct relo_result *result)
{
    struct relo_amended *a = pending->amended;
    bool stat = a->step == STEP_STAT;
    relo_store_result(&node->store, in, result);
    switch (a->step) {
    case STEP_STAT:
        if (result->status == RELO_OK && remove_now(node, pending, in))
            return true;
        break;
    case STEP_STORE:
        if (in->error_code != RELO_ERROR_GENERATION_COUNTER_TOO_LOW)
            break;
        a->error_code = in->error_code;
        a->generation = result->generation;
        if (look(node, pending, STEP_FETCH)) /* 6940-7.4.1.2-4 */
            return true;
        break;
    case STEP_FETCH:
        relo_amend_failed(pending, result);
        break;
    }
    if (stat)
        result->exists = false;
    return false;
}

void relo_amend_failed(const struct relo_pending *pending, struct relo_result *result)
{
    const struct relo_amended *a = pending->amended;
    if (a->step != STEP_FETCH)
        return;
    result->status = RELO_ERROR;
    result->error_code = a->error_code;
    result->generation = a->generation;
}
