/* SPDX-License-Identifier: BSD-2-Clause */
/* The blocks of links that wait for something, and the messages on their queues. */
#include "core/link/state.h"

static bool goes_before(const struct relo_links *links, const struct relo_link_busy *a,
                        const struct relo_link_busy *b)
{
    return a->key != b->key ? a->key < b->key
                            : relo_id_compare(relo_link_get(links, a->link)->id,
                                              relo_link_get(links, b->link)->id) < 0;
}

/* Ascending by Node-ID, and in order of arrival where it is equal or unknown. */
static void insert(struct relo_links *links, struct relo_link_busy *busy)
{
    struct relo_link_busy **at = &links->active;
    busy->key = relo_link_key(relo_link_get(links, busy->link)->id);
    while (*at && !goes_before(links, busy, *at))
        at = &(*at)->next;
    busy->next = *at;
    *at = busy;
}

struct relo_link_busy *relo_busy_get(struct relo_links *links, relo_handle h)
{
    struct relo_link *link = relo_link_get(links, h);
    if (!link->busy) {
        struct relo_link_busy *busy = relo_env_alloc(links->env, sizeof *busy);
        *busy = (struct relo_link_busy){.link = h, .timer = RELO_NEVER};
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

void relo_busy_opened(struct relo_links *links, struct relo_link_busy *busy)
{
    relo_env_free(links->env, busy->opening, sizeof *busy->opening);
    busy->opening = NULL;
}

void relo_busy_free(struct relo_links *links, struct relo_link_busy *busy)
{
    relo_busy_opened(links, busy);
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
    if (!busy || busy->first || busy->talk || busy->stream || busy->opening)
        return;
    relo_busy_unlink(links, busy);
    relo_busy_free(links, busy);
}

relo_time relo_busy_deadline(const struct relo_links *links, const struct relo_link_busy *busy)
{
    relo_time deadline = busy->timer;
    if (busy->stream)
        deadline = relo_time_min(deadline, relo_stream_end(busy->stream));
    if (busy->opening) {
        const struct relo_link *link = relo_link_get(links, busy->link);
        deadline = relo_time_min(deadline, links->env->suite->assoc_deadline(&link->assoc));
    }
    return deadline;
}
