/* SPDX-License-Identifier: BSD-2-Clause */
/* The blocks of links that wait for something, and the messages on their queues. */
#include "core/link/state.h"

/* Ascending by Node-ID, and in order of arrival where it is equal or unknown. */
static void insert(struct relo_links *links, struct relo_link_busy *busy)
{
    struct relo_id id = relo_link_get(links, busy->link)->id;
    struct relo_link_busy **at = &links->active;
    while (*at && relo_id_compare(relo_link_get(links, (*at)->link)->id, id) <= 0)
        at = &(*at)->next;
    busy->next = *at;
    *at = busy;
}

struct relo_link_busy *relo_busy_get(struct relo_links *links, relo_handle h)
{
    struct relo_link *link = relo_link_get(links, h);
    if (!link->busy) {
        struct relo_link_busy *busy = relo_env_alloc(links->env, sizeof *busy);
        *busy = (struct relo_link_busy){
            .link = h, .timer = RELO_NEVER, .give_up = RELO_NEVER, .born = link->out_next};
        link->busy = busy;
        insert(links, busy);
    }
    return link->busy;
}

void relo_busy_unlink(struct relo_links *links, struct relo_link_busy *busy)
{
    struct relo_link_busy **at = &links->active;
    while (*at != busy)
        at = &(*at)->next;
    *at = busy->next;
    busy->next = NULL;
}

void relo_busy_place(struct relo_links *links, struct relo_link_busy *busy)
{
    relo_busy_unlink(links, busy);
    insert(links, busy);
}

void relo_item_free(struct relo_links *links, struct relo_link_item *item)
{
    relo_body_unref(&links->env->shard->pool, item->body.body);
    relo_env_free(links->env, item, relo_item_bytes(item->frame_bytes));
}

void relo_busy_free(struct relo_links *links, struct relo_link_busy *busy)
{
    for (struct relo_link_item *item = busy->first, *next; item; item = next) {
        next = item->next;
        relo_item_free(links, item);
    }
    if (busy->stream)
        relo_stream_free(links, busy);
    relo_link_get(links, busy->link)->busy = NULL;
    relo_env_free(links->env, busy, sizeof *busy);
}

void relo_busy_release(struct relo_links *links, relo_handle h)
{
    struct relo_link *link = relo_link_get(links, h);
    struct relo_link_busy *busy = link->busy;
    if (!busy || busy->first || busy->talk || busy->stream || link->state == RELO_LINK_OPENING)
        return;
    relo_busy_unlink(links, busy);
    relo_busy_free(links, busy);
}

relo_time relo_busy_deadline(const struct relo_links *links, const struct relo_link_busy *busy)
{
    relo_time deadline = relo_time_min(busy->timer, busy->give_up);
    const struct relo_link *link = relo_link_get(links, busy->link);
    if (link->state == RELO_LINK_OPENING)
        deadline = relo_time_min(deadline, links->env->suite->assoc_deadline(&link->assoc));
    return deadline;
}
