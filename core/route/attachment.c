/* SPDX-License-Identifier: BSD-2-Clause */
/* The attaches under way: their list, the end of each, and the news of it (RFC 6940
   section 6.5.1). */
#include "core/route/internal.h"

struct relo_attachment *relo_attachment_new(struct relo_route *route)
{
    if (route->attach_count >= RELO_ROUTE_ATTACHES_MAX) {
        relo_count(route->env, RELO_COUNT_drop_quota);
        return NULL;
    }
    struct relo_attachment *a = relo_env_alloc(route->env, sizeof *a);
    *a = (struct relo_attachment){
        .started = route->env->now, .since = route->env->now, .due = RELO_NEVER};
    /* At the end: attaches are looked through in the order they began. */
    struct relo_attachment **end = &route->attaches;
    while (*end)
        end = &(*end)->next;
    *end = a;
    route->attach_count++;
    return a;
}

void relo_attachment_free(struct relo_route *route, struct relo_attachment *a)
{
    struct relo_attachment **at = &route->attaches;
    while (*at != a)
        at = &(*at)->next;
    *at = a->next;
    route->attach_count--;
    relo_negotiate_cancel(route, a);
    relo_env_free(route->env, a, sizeof *a);
}

static void tell(struct relo_route *route, const struct relo_attach_event *event)
{
    struct relo_attach_news *news = relo_env_alloc(route->env, sizeof *news);
    news->next = NULL;
    news->event = *event;
    if (route->attach_news_last)
        route->attach_news_last->next = news;
    else
        route->attach_news = news;
    route->attach_news_last = news;
}

bool relo_attach_poll(struct relo_route *route, struct relo_attach_event *event)
{
    struct relo_attach_news *news = route->attach_news;
    if (!news)
        return false;
    *event = news->event;
    route->attach_news = news->next;
    if (!news->next)
        route->attach_news_last = NULL;
    relo_env_free(route->env, news, sizeof *news);
    return true;
}

void relo_attachment_end(struct relo_route *route, struct relo_attachment *a,
                         const struct relo_outcome *o)
{
    struct relo_attach_event event = {
        .initiated = a->initiated,
        .status = o->status,
        .error_code = o->error_code,
        .link = o->link,
        .peer = a->peer,
        .asked = a->asked,
        .asked_resource = a->asked_resource,
        .send_update = a->send_update,
        .owner = a->owner,
        .context = a->context,
        .elapsed = route->env->now - a->started,
        .checks_failed = o->status != RELO_OK && a->state == RELO_ATTACH_CHECKING,
        .setup = a->setup,
    };
    if (o->status == RELO_OK)
        relo_negotiate_done(route, a, o->link);
    if (a->initiated && o->status != RELO_OK)
        relo_count(route->env, RELO_COUNT_attach_failed);
    if (a->initiated || o->status == RELO_OK || event.checks_failed)
        tell(route, &event);
    relo_attachment_free(route, a);
}

static bool is_known(struct relo_id peer)
{
    return peer.hi != 0 || peer.lo != 0;
}

/* Whether `a`, which has joined another attach, waits for the one described by the rest. */
static bool waits_for(const struct relo_attachment *a, const struct relo_attachment *leader)
{
    if (a->state != RELO_ATTACH_JOINED)
        return false;
    if (is_known(a->peer) || !leader->initiated)
        return is_known(leader->peer) && relo_id_equal(a->peer, leader->peer);
    return a->asked_resource == leader->asked_resource && relo_id_equal(a->asked, leader->asked);
}

void relo_attach_end(struct relo_route *route, struct relo_attachment *a, enum relo_status status,
                     uint16_t error_code, relo_handle link)
{
    struct relo_outcome o = {status, error_code, link};
    for (struct relo_attachment *other = route->attaches, *next; other; other = next) {
        next = other->next;
        if (other == a || !waits_for(other, a))
            continue;
        other->peer = a->peer;
        relo_attachment_end(route, other, &o);
    }
    relo_attachment_end(route, a, &o);
}

void relo_attach_fini(struct relo_route *route)
{
    struct relo_attach_event event;
    while (route->attaches)
        relo_attachment_free(route, route->attaches);
    while (relo_attach_poll(route, &event))
        ;
    relo_application_fini(route);
}

void relo_attachment_join(struct relo_route *route, struct relo_attachment *a, struct relo_id peer,
                          relo_time timeout)
{
    /* Whoever waits for this one waits for the same from now on. */
    for (struct relo_attachment *other = route->attaches; other; other = other->next)
        if (waits_for(other, a))
            other->peer = peer;
    relo_negotiate_cancel(route, a);
    a->state = RELO_ATTACH_JOINED;
    a->peer = peer;
    a->transaction = 0;
    a->due = route->env->now + timeout;
}
