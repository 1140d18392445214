/* SPDX-License-Identifier: BSD-2-Clause */
/* RESULTs queue here during a step, with copies of what they show, and leave in its flush. */
#include "core/node/node.h"

#include <string.h>

/* Puts a copy of the view at `at` and moves the view there. */
static uint8_t *keep(struct relo_view *view, uint8_t *at)
{
    if (view->n)
        memcpy(at, view->p, view->n);
    view->p = at;
    return at + view->n;
}

void relo_result_add(struct relo_node *node, const struct relo_result *result)
{
    size_t bytes = sizeof(struct relo_result_item) + result->value.n + result->body.n;
    struct relo_result_item *item = relo_env_alloc(&node->env, bytes);
    item->next = NULL;
    item->bytes = (uint32_t)bytes;
    item->result = *result;
    keep(&item->result.body, keep(&item->result.value, item->data));
    if (node->results)
        node->results_last->next = item;
    else
        node->results = item;
    node->results_last = item;
}

static void drop_first(struct relo_node *node)
{
    struct relo_result_item *item = node->results;
    node->results = item->next;
    relo_env_free(&node->env, item, item->bytes);
}

bool relo_result_flush(struct relo_node *node, struct relo_outbox *out)
{
    while (node->results) {
        const struct relo_result *result = &node->results->result;
        uint32_t bytes = result->value.n + result->body.n;
        if (out->n == RELO_OUTBOX_ACTIONS)
            return false;
        if (bytes > RELO_OUTBOX_BYTES - out->bytes_used && out->bytes_used > 0)
            return false;
        struct relo_action *action = &out->action[out->n++];
        action->type = RELO_ACTION_RESULT;
        action->result = *result;
        if (bytes > RELO_OUTBOX_BYTES) { /* cannot be shown whole: the status still can */
            action->result.value.n = action->result.body.n = 0;
            action->result.partial = true;
        }
        uint8_t *at = out->bytes + out->bytes_used;
        uint8_t *end = keep(&action->result.body, keep(&action->result.value, at));
        out->bytes_used += (uint32_t)(end - at);
        drop_first(node);
    }
    return true;
}

void relo_result_fini(struct relo_node *node)
{
    while (node->results)
        drop_first(node);
}
