/* SPDX-License-Identifier: BSD-2-Clause */
/* News of links for the layers above, in the order it happened. */
#include "core/link/state.h"

#include "core/wire/frame.h"

static struct relo_link_news *append(struct relo_links *links, relo_handle h,
                                     enum relo_link_event_type type)
{
    const struct relo_link *link = relo_link_get(links, h);
    struct relo_link_news *news = relo_env_alloc(links->env, sizeof *news);
    *news = (struct relo_link_news){.event = {.type = type,
                                              .link = h,
                                              .peer = link->id,
                                              .use = link->use,
                                              .server = relo_link_server(link)}};
    if (links->news_last)
        links->news_last->next = news;
    else
        links->news = news;
    links->news_last = news;
    return news;
}

void relo_news_link(struct relo_links *links, relo_handle h, enum relo_link_event_type type)
{
    const struct relo_link *link = relo_link_get(links, h);
    struct relo_link_news *news = append(links, h, type);
    const struct relo_link_opening *opening = link->busy ? link->busy->opening : NULL;
    if (opening) {
        news->event.elapsed = links->env->now - opening->asked;
        if (opening->has_expected && type == RELO_LINK_EVENT_FAILED)
            news->event.peer = opening->expected;
    }
}

void relo_news_unsent(struct relo_links *links, relo_handle h, struct relo_link_item *item)
{
    struct relo_link_news *news = append(links, h, RELO_LINK_EVENT_UNSENT);
    news->item = item;
    news->event.message = (struct relo_outgoing){
        .header = {item->frame + RELO_FRAME_DATA_BYTES,
                   item->frame_bytes - (uint32_t)RELO_FRAME_DATA_BYTES},
        .body = item->body, /* the caller owns a reference from the poll on */
        .transaction_id = item->transaction_id,
        .sender_token = item->sender_token,
        .no_retransmit = item->no_retransmit,
        .continues = item->continues};
}

void relo_news_first_sent(struct relo_links *links, relo_handle h,
                          const struct relo_link_item *item)
{
    struct relo_link_news *news = append(links, h, RELO_LINK_EVENT_FIRST_SENT);
    news->event.transaction_id = item->transaction_id;
    news->event.sender_token = item->sender_token;
}

static void free_polled(struct relo_links *links)
{
    if (links->polled)
        relo_item_free(links, links->polled);
    links->polled = NULL;
}

bool relo_links_poll(struct relo_links *links, struct relo_link_event *event)
{
    struct relo_link_news *news = links->news;
    if (links->polled)
        free_polled(links);
    if (!news)
        return false;
    *event = news->event;
    if (news->item) {
        relo_body_ref(news->item->body.body); /* the caller's */
        links->polled = news->item;
    }
    links->news = news->next;
    if (!links->news)
        links->news_last = NULL;
    relo_env_free(links->env, news, sizeof *news);
    return true;
}

void relo_news_drop(struct relo_links *links)
{
    free_polled(links);
    for (struct relo_link_news *news = links->news, *next; news; news = next) {
        next = news->next;
        if (news->item)
            relo_item_free(links, news->item);
        relo_env_free(links->env, news, sizeof *news);
    }
    links->news = links->news_last = NULL;
}
