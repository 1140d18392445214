/* SPDX-License-Identifier: BSD-2-Clause */
/* Attach: from "I want a link to this id" to a link, and the other side of it (RFC 6940
   section 6.5.1). The sender of the AttachReq is the DTLS server, the answerer the client
   (6.5.1.13). */
#include "core/route/internal.h"

#include "core/wire/codes.h"

#define ATTACH_BODY_MAX 1024
#define JOINED_MAX_TIMERS 20 /* an attach that waits for another one gives up in the end */

static const struct relo_view passive = {(const uint8_t *)"passive", 7};
static const struct relo_view active = {(const uint8_t *)"active", 6};

/* --- the list, and news of it ------------------------------------------------------------ */

static struct relo_attachment *attachment_new(struct relo_route *route)
{
    if (route->attach_count >= RELO_ROUTE_ATTACHES_MAX) {
        relo_count(route->env, RELO_COUNT_drop_quota);
        return NULL;
    }
    struct relo_attachment *a = relo_env_alloc(route->env, sizeof *a);
    *a = (struct relo_attachment){.started = route->env->now, .due = RELO_NEVER};
    /* At the end: attaches are looked through in the order they began. */
    struct relo_attachment **end = &route->attaches;
    while (*end)
        end = &(*end)->next;
    *end = a;
    route->attach_count++;
    return a;
}

static void attachment_free(struct relo_route *route, struct relo_attachment *a)
{
    struct relo_attachment **at = &route->attaches;
    while (*at != a)
        at = &(*at)->next;
    *at = a->next;
    route->attach_count--;
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

/* What an attach came to. */
struct outcome {
    enum relo_status status;
    uint16_t error_code;
    relo_handle link;
};

static void end_one(struct relo_route *route, struct relo_attachment *a, const struct outcome *o)
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
    };
    if (a->initiated && o->status != RELO_OK)
        relo_count(route->env, RELO_COUNT_attach_failed);
    if (a->initiated || o->status == RELO_OK)
        tell(route, &event);
    attachment_free(route, a);
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

/* Ends an attach and those that waited for it. */
static void end(struct relo_route *route, struct relo_attachment *a, enum relo_status status,
                uint16_t error_code, relo_handle link)
{
    struct outcome o = {status, error_code, link};
    for (struct relo_attachment *other = route->attaches, *next; other; other = next) {
        next = other->next;
        if (other == a || !waits_for(other, a))
            continue;
        other->peer = a->peer;
        end_one(route, other, &o);
    }
    end_one(route, a, &o);
}

void relo_attach_fini(struct relo_route *route)
{
    struct relo_attach_event event;
    while (route->attaches)
        attachment_free(route, route->attaches);
    while (relo_attach_poll(route, &event))
        ;
}

static void join(struct relo_route *route, struct relo_attachment *a, struct relo_id peer,
                 relo_time timeout)
{
    /* Whoever waits for this one waits for the same from now on. */
    for (struct relo_attachment *other = route->attaches; other; other = other->next)
        if (waits_for(other, a))
            other->peer = peer;
    a->state = RELO_ATTACH_JOINED;
    a->peer = peer;
    a->transaction = 0;
    a->due = route->env->now + timeout;
}

/* --- our side -------------------------------------------------------------------------- */

/* AttachReqAns. False: it did not fit. */
static bool write_body(struct relo_route *route, struct relo_view role, bool send_update,
                       struct relo_wr *w)
{
    uint8_t ufrag[RELO_UFRAG_BYTES], password[RELO_PASSWORD_BYTES], list[ATTACH_BODY_MAX];
    struct relo_wr candidates = relo_wr_init(list, sizeof list, w->node_id_bytes);
    relo_candidates_secret(route, ufrag, sizeof ufrag);
    relo_candidates_secret(route, password, sizeof password);
    relo_candidates_write(route, &candidates);
    struct relo_attach attach = {
        .ufrag = {ufrag, sizeof ufrag},
        .password = {password, sizeof password},
        .role = role, /* 6940-6.5.1.1-1 */
        .candidates = relo_wr_view(&candidates),
        .send_update = send_update,
    };
    relo_attach_write(w, &attach);
    return !w->failed && !candidates.failed;
}

static relo_handle request(struct relo_route *route, const struct relo_attach_options *options)
{
    uint8_t bytes[ATTACH_BODY_MAX];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, route->env->config->node_id_length);
    struct relo_id via[8];
    struct relo_request r = {
        .target = options->target,
        .through = options->through,
        .code = RELO_CODE_ATTACH_REQ,
        .owner = RELO_OWNER_ATTACH,
        .traffic_class = RELO_CLASS_MAINTENANCE,
    };
    /* 6940-10.6-1 6940-6.2.1-1 */
    if (relo_link_is_up(route->links, options->through) && options->target.via_count == 0) {
        /* 10.6: source-routed through the peer that told us of the other. */
        via[0] = relo_link_peer(route->links, options->through);
        if (options->target.resource || !relo_id_equal(via[0], options->target.id)) {
            r.target.via = via;
            r.target.via_count = 1;
        }
    }
    if (!write_body(route, passive, options->send_update, &w))
        return 0;
    r.body = relo_wr_view(&w);
    return relo_route_request(route, &r);
}

/* An attach that will tell whether the same place can be reached: ours to it, or its own to us. */
static const struct relo_attachment *under_way(const struct relo_route *route,
                                               const struct relo_target *target)
{
    for (const struct relo_attachment *a = route->attaches; a; a = a->next) {
        if (a->initiated && a->asked_resource == target->resource &&
            relo_id_equal(a->asked, target->id))
            return a;
        if (!target->resource && a->state != RELO_ATTACH_JOINED &&
            relo_id_equal(a->peer, target->id))
            return a;
    }
    return NULL;
}

bool relo_attach_start(struct relo_route *route, const struct relo_attach_options *options)
{
    const struct relo_target *target = &options->target;
    const struct relo_attachment *other = under_way(route, target);
    if (other && other->initiated && other->owner == options->owner &&
        other->context == options->context && other->asked_resource == target->resource &&
        relo_id_equal(other->asked, target->id))
        return true;
    struct relo_attachment *a = attachment_new(route);
    if (!a)
        return false;
    a->initiated = true;
    a->asked = target->id;
    a->asked_resource = target->resource;
    a->owner = options->owner;
    a->context = options->context;
    if (!target->resource && !relo_id_is_wildcard(target->id))
        a->peer = target->id;
    relo_count(route->env, RELO_COUNT_attach_started);

    bool to_self = target->resource ? route->ops->responsible(route->topology, target->id)
                                    : relo_id_equal(target->id, route->env->self);
    relo_handle link = target->resource ? 0 : relo_links_find(route->links, target->id);
    if (to_self && target->via_count == 0) {
        end_one(route, a, &(struct outcome){RELO_ERROR, RELO_ERROR_NOT_FOUND, 0});
    } else if (link) {
        end_one(route, a, &(struct outcome){RELO_OK, 0, link});
    } else if (other) {
        join(route, a, other->peer,
             JOINED_MAX_TIMERS * route->env->config->overlay_reliability_timer);
    } else {
        a->state = RELO_ATTACH_ASKED;
        a->transaction = request(route, options);
        if (!a->transaction) {
            relo_count(route->env, RELO_COUNT_attach_failed);
            attachment_free(route, a);
            return false;
        }
    }
    return true;
}

/* The other side's own attach to us, whose link is opening. */
static struct relo_attachment *theirs(const struct relo_route *route, struct relo_id peer)
{
    struct relo_attachment *a = route->attaches;
    while (a && (a->initiated || !relo_id_equal(a->peer, peer)))
        a = a->next;
    return a;
}

static void connect_as_server(struct relo_route *route, struct relo_attachment *a,
                              struct relo_view candidates)
{
    struct relo_addr remote;
    bool mixed;
    if (!relo_candidates_choose(route, candidates, &remote, &mixed)) {
        end(route, a, RELO_ERROR, RELO_ERROR_INVALID_MESSAGE, 0);
        return;
    }
    a->state = RELO_ATTACH_CONNECTING;
    a->link = relo_links_connect(route->links, &a->peer, &remote, true); /* 6940-6.5.1.13-1 */
    if (!a->link)
        end(route, a, RELO_REFUSED, 0, 0);
    else if (relo_link_is_up(route->links, a->link))
        end(route, a, RELO_OK, 0, a->link);
}

/* Error_In_Progress: the link will come of the other side's attach (6.5.1.2). */
static void asked_error(struct relo_route *route, struct relo_attachment *a,
                        const struct relo_inbound *in)
{
    struct relo_id peer = in->signer.node_id;
    relo_handle link = relo_links_find(route->links, peer);
    if (in->error_code != RELO_ERROR_IN_PROGRESS || relo_id_equal(peer, route->env->self)) {
        end(route, a, RELO_ERROR, in->error_code, 0);
    } else if (link) {
        a->peer = peer;
        end(route, a, RELO_OK, 0, link);
    } else {
        join(route, a, peer, route->env->config->request_lifetime);
    }
}

static void asked_answer(struct relo_route *route, struct relo_attachment *a,
                         const struct relo_inbound *in)
{
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, route->env->config->node_id_length);
    struct relo_attach answer;
    if (!relo_attach_read(&r, &answer)) {
        end(route, a, RELO_ERROR, RELO_ERROR_INVALID_MESSAGE, 0);
        return;
    }
    a->peer = in->signer.node_id;
    a->send_update = answer.send_update;
    relo_handle link = relo_links_find(route->links, a->peer);
    struct relo_attachment *other = theirs(route, a->peer);
    if (link) {
        end(route, a, RELO_OK, 0, link);
        return;
    }
    if (other) {
        /* Both asked without knowing (a Resource-ID led here), both answered. 6.5.1.2's rule
           decides once more, the same on both sides: the attach of the larger Node-ID stands. */
        relo_count(route->env, RELO_COUNT_attach_glare);
        if (relo_id_compare(route->env->self, a->peer) < 0) {
            join(route, a, a->peer,
                 JOINED_MAX_TIMERS * route->env->config->overlay_reliability_timer);
            return;
        }
        relo_handle their_link = other->link;
        a->send_update |= other->send_update;
        attachment_free(route, other);
        if (their_link)
            relo_links_close(route->links, their_link);
    }
    connect_as_server(route, a, answer.candidates);
}

static void connect_as_client(struct relo_route *route, struct relo_attachment *a);

void relo_route_answer_own(struct relo_route *route, const struct relo_inbound *in)
{
    struct relo_attachment *a = route->attaches;
    while (a && (!a->transaction || a->transaction != in->transaction))
        a = a->next;
    if (!a)
        return;
    a->transaction = 0;
    if (a->state == RELO_ATTACH_PROBING) {
        if (relo_link_is_up(route->links, a->link))
            end(route, a, RELO_OK, 0, a->link);
        else
            connect_as_client(route, a);
    } else if (relo_id_equal(in->signer.node_id, route->env->self)) {
        /* The place is ours by now: nothing to attach to. */
        end(route, a, RELO_ERROR, RELO_ERROR_NOT_FOUND, 0);
    } else if (in->code == RELO_CODE_ERROR) {
        asked_error(route, a, in);
    } else {
        asked_answer(route, a, in);
    }
}

/* --- the other side -------------------------------------------------------------------- */

static void connect_as_client(struct relo_route *route, struct relo_attachment *a)
{
    a->state = RELO_ATTACH_CONNECTING;
    a->link = relo_links_connect(route->links, &a->peer, &a->remote, false); /* 6940-6.5.1.13-2 */
    if (!a->link)
        end(route, a, RELO_REFUSED, 0, 0);
    else if (relo_link_is_up(route->links, a->link))
        end(route, a, RELO_OK, 0, a->link);
}

/* They attach although we have a link to them. Either a Resource-ID led them here, and the link
   lives; or they have been away and know nothing of it, and wait for our handshake.
   A Ping tells. */
static void probe_link(struct relo_route *route, struct relo_attachment *a)
{
    uint8_t padding[2] = {0, 0};
    struct relo_request r = {
        .target = {.id = a->peer},
        .through = a->link,
        .code = RELO_CODE_PING_REQ,
        .body = {padding, sizeof padding},
        .owner = RELO_OWNER_ATTACH,
        .traffic_class = RELO_CLASS_MAINTENANCE,
        .transmissions_max = 1,
    };
    a->state = RELO_ATTACH_PROBING;
    a->transaction = relo_route_request(route, &r);
    if (!a->transaction)
        end(route, a, RELO_OK, 0, a->link);
}

static void reconnect(struct relo_route *route, struct relo_attachment *a)
{
    relo_route_cancel(route, a->transaction);
    a->transaction = 0;
    if (relo_link_is_up(route->links, a->link))
        relo_links_close(route->links, a->link);
    connect_as_client(route, a);
}

/* 6.5.1.2: our own attach to the sender, if there is one, decides. False: answered
   with an Error. */
static bool glare(struct relo_route *route, struct relo_inbound *in)
{
    struct relo_id peer = in->signer.node_id;
    struct relo_attachment *a = route->attaches;
    while (a && !(a->initiated && a->state != RELO_ATTACH_JOINED && relo_id_equal(a->peer, peer)))
        a = a->next;
    if (!a)
        return true;
    relo_count(route->env, RELO_COUNT_attach_glare);
    /* 6940-6.5.1.2-3 6940-6.5.1.2-4 6940-6.5.1.2-7 */
    if (a->state == RELO_ATTACH_CONNECTING || relo_id_compare(route->env->self, peer) > 0) {
        relo_route_error_text(route, in, RELO_ERROR_IN_PROGRESS, "attach in progress");
        return false;
    }
    relo_route_cancel(route, a->transaction); /* 6940-6.5.1.2-5 */
    join(route, a, peer, JOINED_MAX_TIMERS * route->env->config->overlay_reliability_timer);
    return true;
}

static void open_link(struct relo_route *route, struct relo_id peer, const struct relo_addr *remote,
                      bool send_update)
{
    struct relo_attachment *a = theirs(route, peer);
    if (a) { /* a new request while we still shake hands for the last */
        a->send_update |= send_update;
        return;
    }
    a = attachment_new(route);
    if (!a)
        return;
    a->peer = a->asked = peer;
    a->send_update = send_update;
    a->owner = RELO_OWNER_TOPOLOGY;
    a->remote = *remote;
    a->link = relo_links_find(route->links, peer);
    relo_link_attached(route->links, a->link);
    if (a->link)
        probe_link(route, a);
    else
        connect_as_client(route, a);
}

void relo_attach_request(struct relo_route *route, struct relo_inbound *in)
{
    uint8_t bytes[ATTACH_BODY_MAX];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, route->env->config->node_id_length);
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, w.node_id_bytes);
    struct relo_attach attach;
    struct relo_addr remote;
    bool mixed;
    if (!relo_attach_read(&r, &attach)) {
        relo_route_malformed(route, in, &r);
    } else if (relo_id_equal(in->signer.node_id, route->env->self)) {
        relo_route_error_text(route, in, RELO_ERROR_NOT_FOUND, "an attach to oneself");
    } else if (!relo_candidates_choose(route, attach.candidates, &remote, &mixed)) {
        relo_route_error_text(route, in, RELO_ERROR_INVALID_MESSAGE,
                              mixed ? "ICE and No-ICE candidates" : "no usable candidate");
    } else if (glare(route, in)) {
        if (route->attach_count >= RELO_ROUTE_ATTACHES_MAX ||
            !write_body(route, active, false, &w)) {
            relo_route_error_text(route, in, RELO_ERROR_IN_PROGRESS, "too many attaches");
            return;
        }
        /* 6940-6.5.1.2-1 6940-6.5.1.2-2 6940-6.5.1.2-6 */
        relo_route_answer(route, in, RELO_CODE_ATTACH_ANS, relo_wr_view(&w), NULL, 0);
        open_link(route, in->signer.node_id, &remote, attach.send_update);
    }
}

/* --- what becomes of it ------------------------------------------------------------------ */

void relo_attach_failed(struct relo_route *route, relo_handle transaction)
{
    struct relo_attachment *a = route->attaches;
    while (a && a->transaction != transaction)
        a = a->next;
    if (!a)
        return;
    a->transaction = 0;
    if (a->state == RELO_ATTACH_PROBING)
        reconnect(route, a);
    else
        end(route, a, RELO_TIMEOUT, 0, 0);
}

/* The next attach that a piece of link news concerns. */
static struct relo_attachment *concerned(const struct relo_route *route, relo_handle link,
                                         enum relo_attach_state state)
{
    struct relo_attachment *a = route->attaches;
    while (a && !(a->link == link && a->state == state))
        a = a->next;
    return a;
}

static struct relo_attachment *joined_to(const struct relo_route *route, struct relo_id peer)
{
    struct relo_attachment *a = route->attaches;
    while (a &&
           !(a->state == RELO_ATTACH_JOINED && is_known(a->peer) && relo_id_equal(a->peer, peer)))
        a = a->next;
    return a;
}

void relo_attach_link(struct relo_route *route, const struct relo_link_event *event)
{
    struct relo_attachment *a;
    switch (event->type) {
    case RELO_LINK_EVENT_UP: {
        /* Where both sides opened one at once, the link layer may have kept the other. */
        relo_handle link = event->link;
        if (!relo_link_is_up(route->links, link))
            link = relo_links_find(route->links, event->peer);
        enum relo_status status = link ? RELO_OK : RELO_TIMEOUT;
        while ((a = concerned(route, event->link, RELO_ATTACH_CONNECTING))) {
            a->peer = event->peer;
            end(route, a, status, 0, link);
        }
        while ((a = joined_to(route, event->peer)))
            end_one(route, a, &(struct outcome){status, 0, link});
        break;
    }
    case RELO_LINK_EVENT_SUSPECT:
        if ((a = concerned(route, event->link, RELO_ATTACH_PROBING)))
            reconnect(route, a);
        break;
    case RELO_LINK_EVENT_DOWN:
    case RELO_LINK_EVENT_FAILED:
        relo_transaction_forget(route, event->link);
        while ((a = concerned(route, event->link, RELO_ATTACH_CONNECTING)))
            end(route, a, RELO_TIMEOUT, 0, 0);
        if ((a = concerned(route, event->link, RELO_ATTACH_PROBING)))
            reconnect(route, a);
        break;
    case RELO_LINK_EVENT_RESTORED:
    case RELO_LINK_EVENT_UNSENT:
    case RELO_LINK_EVENT_FIRST_SENT:
        break;
    }
}

void relo_attach_expire(struct relo_route *route)
{
    for (struct relo_attachment *a = route->attaches, *next; a; a = next) {
        next = a->next;
        if (a->due <= route->env->now)
            end_one(route, a, &(struct outcome){RELO_TIMEOUT, 0, 0});
    }
}

relo_time relo_attach_deadline(const struct relo_route *route)
{
    relo_time deadline = RELO_NEVER;
    if (route->attach_news)
        return route->env->now;
    for (const struct relo_attachment *a = route->attaches; a; a = a->next)
        deadline = relo_time_min(deadline, a->due);
    return deadline;
}
