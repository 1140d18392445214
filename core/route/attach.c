/* SPDX-License-Identifier: BSD-2-Clause */
/* Attach: from "I want a link to this id" to a link, and the other side of it (RFC 6940
   section 6.5.1). The sender of the AttachReq is the DTLS server, the answerer the client
   (6.5.1.13). */
#include "core/route/internal.h"

#include "core/wire/codes.h"

static const struct relo_view passive = {(const uint8_t *)"passive", 7};
static const struct relo_view active = {(const uint8_t *)"active", 6};

/* --- our side -------------------------------------------------------------------------- */

bool relo_attach_write_body(struct relo_route *route, const struct relo_ice_agent *agent, bool asks,
                            bool send_update, struct relo_wr *w)
{
    uint8_t ufrag[RELO_UFRAG_BYTES], password[RELO_PASSWORD_BYTES], list[RELO_ATTACH_BODY_MAX];
    struct relo_wr candidates = relo_wr_init(list, sizeof list, w->node_id_bytes);
    struct relo_attach attach = {
        .ufrag = {ufrag, sizeof ufrag},
        .password = {password, sizeof password},
        .role = asks ? passive : active, /* 6940-6.5.1.1-1 */
        .send_update = send_update,
    };
    if (agent) {
        attach.ufrag = relo_ice_ufrag(agent->ice);
        attach.password = relo_ice_password(agent->ice);
        relo_candidates_write_ice(agent->ice, &candidates);
    } else {
        relo_candidates_secret(route, ufrag, sizeof ufrag);
        relo_candidates_secret(route, password, sizeof password);
        relo_candidates_write(route->links->local, route->links->local_count, &candidates);
    }
    attach.candidates = relo_wr_view(&candidates);
    relo_attach_write(w, &attach);
    return !w->failed && !candidates.failed;
}

relo_handle relo_attach_ask(struct relo_route *route, const struct relo_attachment *a,
                            const struct relo_attach_options *options)
{
    uint8_t bytes[RELO_ATTACH_BODY_MAX];
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
    if (!relo_attach_write_body(route, a->agent, true, options->send_update, &w))
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
    struct relo_attachment *a = relo_attachment_new(route);
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
        relo_attachment_end(route, a, &(struct relo_outcome){RELO_ERROR, RELO_ERROR_NOT_FOUND, 0});
    } else if (link) {
        relo_attachment_end(route, a, &(struct relo_outcome){RELO_OK, 0, link});
    } else if (other) {
        relo_attachment_join(route, a, other->peer, RELO_ATTACH_JOINED_MAX(route));
    } else if (route->agents) {
        relo_negotiate_begin(route, a, options);
    } else {
        a->state = RELO_ATTACH_ASKED;
        a->transaction = relo_attach_ask(route, a, options);
        if (!a->transaction) {
            relo_count(route->env, RELO_COUNT_attach_failed);
            relo_attachment_free(route, a);
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
        relo_attach_end(route, a, RELO_ERROR, RELO_ERROR_INVALID_MESSAGE, 0);
        return;
    }
    a->setup.attach = route->env->now - a->started;
    a->state = RELO_ATTACH_CONNECTING;
    a->link = relo_links_connect(route->links, &a->peer, &remote, true); /* 6940-6.5.1.13-1 */
    if (!a->link)
        relo_attach_end(route, a, RELO_REFUSED, 0, 0);
    else if (relo_link_is_up(route->links, a->link))
        relo_attach_end(route, a, RELO_OK, 0, a->link);
}

/* Error_In_Progress: the link will come of the other side's attach (6.5.1.2). */
static void asked_error(struct relo_route *route, struct relo_attachment *a,
                        const struct relo_inbound *in)
{
    struct relo_id peer = in->signer.node_id;
    relo_handle link = relo_links_find(route->links, peer);
    if (in->error_code != RELO_ERROR_IN_PROGRESS || relo_id_equal(peer, route->env->self)) {
        relo_attach_end(route, a, RELO_ERROR, in->error_code, 0);
    } else if (link) {
        a->peer = peer;
        relo_attach_end(route, a, RELO_OK, 0, link);
    } else {
        relo_attachment_join(route, a, peer, route->env->config->request_lifetime);
    }
}

static void asked_answer(struct relo_route *route, struct relo_attachment *a,
                         const struct relo_inbound *in)
{
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, route->env->config->node_id_length);
    struct relo_attach answer;
    if (!relo_attach_read(&r, &answer)) {
        relo_attach_end(route, a, RELO_ERROR, RELO_ERROR_INVALID_MESSAGE, 0);
        return;
    }
    a->peer = in->signer.node_id;
    a->send_update = answer.send_update;
    relo_handle link = relo_links_find(route->links, a->peer);
    struct relo_attachment *other = theirs(route, a->peer);
    if (link) {
        relo_negotiate_connected(route, a, &answer);
        relo_attach_end(route, a, RELO_OK, 0, link);
        return;
    }
    if (other) {
        /* Both asked without knowing (a Resource-ID led here), both answered. 6.5.1.2's rule
           decides once more, the same on both sides: the attach of the larger Node-ID stands. */
        relo_count(route->env, RELO_COUNT_attach_glare);
        if (relo_id_compare(route->env->self, a->peer) < 0) {
            relo_attachment_join(route, a, a->peer, RELO_ATTACH_JOINED_MAX(route));
            return;
        }
        do {
            relo_handle their_link = other->state == RELO_ATTACH_CONNECTING ? other->link : 0;
            a->send_update |= other->send_update;
            relo_attachment_free(route, other);
            if (their_link)
                relo_links_close(route->links, their_link);
        } while ((other = theirs(route, a->peer)));
    }
    if (a->agent)
        relo_negotiate_answered(route, a, &answer);
    else
        connect_as_server(route, a, answer.candidates);
}

static void connect_as_client(struct relo_route *route, struct relo_attachment *a);

void relo_route_answer_own(struct relo_route *route, const struct relo_inbound *in)
{
    if (relo_application_answer(route, in))
        return;
    struct relo_attachment *a = route->attaches;
    while (a && (!a->transaction || a->transaction != in->transaction))
        a = a->next;
    if (!a)
        return;
    a->transaction = 0;
    if (a->state == RELO_ATTACH_PROBING) {
        if (relo_link_is_up(route->links, a->link))
            relo_attach_end(route, a, RELO_OK, 0, a->link);
        else
            connect_as_client(route, a);
    } else if (relo_id_equal(in->signer.node_id, route->env->self)) {
        /* The place is ours by now: nothing to attach to. */
        relo_attach_end(route, a, RELO_ERROR, RELO_ERROR_NOT_FOUND, 0);
    } else if (in->code == RELO_CODE_ERROR) {
        asked_error(route, a, in);
    } else {
        asked_answer(route, a, in);
    }
}

/* --- the other side -------------------------------------------------------------------- */

static void connect_as_client(struct relo_route *route, struct relo_attachment *a)
{
    if (a->agent) {
        relo_negotiate_check(route, a);
        return;
    }
    a->state = RELO_ATTACH_CONNECTING;
    a->link = relo_links_connect(route->links, &a->peer, &a->remote, false); /* 6940-6.5.1.13-2 */
    if (!a->link)
        relo_attach_end(route, a, RELO_REFUSED, 0, 0);
    else if (relo_link_is_up(route->links, a->link))
        relo_attach_end(route, a, RELO_OK, 0, a->link);
}

/* They attach although we have a link to them. Either a Resource-ID led them here, and the link
   lives; or they have been away and know nothing of it, and wait for our handshake.
   A Ping tells. */
void relo_attach_probe(struct relo_route *route, struct relo_attachment *a)
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
    a->since = route->env->now;
    a->transaction = relo_route_request(route, &r);
    if (!a->transaction)
        relo_attach_end(route, a, RELO_OK, 0, a->link);
}

/* Who has sealed a record since the Ping knows the link, late as its answer may be. */
static bool knows_link(const struct relo_route *route, const struct relo_attachment *a)
{
    return relo_link_heard(route->links, a->link) > a->since;
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
    if (a->state == RELO_ATTACH_GATHERING) { /* ours is not out yet */
        relo_attachment_join(route, a, peer, RELO_ATTACH_JOINED_MAX(route));
        return true;
    }
    /* 6940-6.5.1.2-3 6940-6.5.1.2-4 6940-6.5.1.2-7 */
    if (a->state == RELO_ATTACH_CHECKING || a->state == RELO_ATTACH_CONNECTING ||
        relo_id_compare(route->env->self, peer) > 0) {
        relo_route_error_text(route, in, RELO_ERROR_IN_PROGRESS, "attach in progress");
        return false;
    }
    relo_route_cancel(route, a->transaction); /* 6940-6.5.1.2-5 */
    relo_attachment_join(route, a, peer, RELO_ATTACH_JOINED_MAX(route));
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
    a = relo_attachment_new(route);
    if (!a)
        return;
    a->peer = a->asked = peer;
    a->send_update = send_update;
    a->owner = RELO_OWNER_TOPOLOGY;
    a->remote = *remote;
    a->link = relo_links_find(route->links, peer);
    relo_link_attached(route->links, a->link);
    if (a->link)
        relo_attach_probe(route, a);
    else
        connect_as_client(route, a);
}

/* Whether there is one among the candidates that we can use. */
static bool usable(const struct relo_route *route, const struct relo_attach *attach,
                   struct relo_addr *remote, bool *mixed)
{
    struct relo_ice_candidate one;
    if (!route->agents)
        return relo_candidates_choose(route, attach->candidates, remote, mixed);
    return relo_candidates_read(route, attach->candidates, &one, 1, mixed) > 0 &&
           attach->ufrag.n >= 4 && attach->password.n >= 22; /* RFC 8445 5.3 */
}

void relo_attach_request(struct relo_route *route, struct relo_inbound *in)
{
    uint8_t bytes[RELO_ATTACH_BODY_MAX];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, route->env->config->node_id_length);
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, w.node_id_bytes);
    struct relo_attach attach;
    struct relo_addr remote;
    bool mixed;
    if (relo_negotiate_waits(route, in))
        return; /* again: the answer still waits for our candidates */
    if (!relo_attach_read(&r, &attach)) {
        relo_route_malformed(route, in, &r);
    } else if (relo_id_equal(in->signer.node_id, route->env->self)) {
        relo_route_error_text(route, in, RELO_ERROR_NOT_FOUND, "an attach to oneself");
    } else if (!usable(route, &attach, &remote, &mixed)) {
        relo_route_error_text(route, in, RELO_ERROR_INVALID_MESSAGE,
                              mixed ? "ICE and No-ICE candidates" : "no usable candidate");
    } else if (glare(route, in)) {
        if (route->attach_count >= RELO_ROUTE_ATTACHES_MAX ||
            (!route->agents && !relo_attach_write_body(route, NULL, false, false, &w))) {
            relo_route_error_text(route, in, RELO_ERROR_IN_PROGRESS, "too many attaches");
            return;
        }
        if (route->agents) {
            relo_negotiate_request(route, in, attach.send_update);
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
    if (relo_application_failed(route, transaction))
        return;
    struct relo_attachment *a = route->attaches;
    while (a && a->transaction != transaction)
        a = a->next;
    if (!a)
        return;
    a->transaction = 0;
    if (a->state != RELO_ATTACH_PROBING)
        relo_attach_end(route, a, RELO_TIMEOUT, 0, 0);
    else if (relo_link_is_up(route->links, a->link) && knows_link(route, a))
        relo_attach_end(route, a, RELO_OK, 0, a->link);
    else
        reconnect(route, a);
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

/* ICE: the other side was done first, and its ClientHello overtook our last check. */
static struct relo_attachment *checking(const struct relo_route *route, struct relo_id peer)
{
    struct relo_attachment *a = route->attaches;
    while (a && !(a->state == RELO_ATTACH_CHECKING && relo_id_equal(a->peer, peer)))
        a = a->next;
    return a;
}

static struct relo_attachment *joined_to(const struct relo_route *route, struct relo_id peer)
{
    struct relo_attachment *a = route->attaches;
    while (a && !(a->state == RELO_ATTACH_JOINED && (a->peer.hi || a->peer.lo) &&
                  relo_id_equal(a->peer, peer)))
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
            relo_attach_end(route, a, status, 0, link);
        }
        while ((a = checking(route, event->peer)))
            relo_attach_end(route, a, status, 0, link);
        while ((a = joined_to(route, event->peer)))
            relo_attachment_end(route, a, &(struct relo_outcome){status, 0, link});
        break;
    }
    case RELO_LINK_EVENT_SUSPECT:
        /* It may still be restored. */
        if ((a = concerned(route, event->link, RELO_ATTACH_PROBING)) && !knows_link(route, a))
            reconnect(route, a);
        break;
    case RELO_LINK_EVENT_DOWN:
    case RELO_LINK_EVENT_FAILED:
        relo_transaction_forget(route, event->link);
        while ((a = concerned(route, event->link, RELO_ATTACH_CONNECTING)))
            relo_attach_end(route, a, RELO_TIMEOUT, 0, 0);
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
    if (route->agents)
        relo_negotiate_expire(route);
    relo_application_expire(route);
    for (struct relo_attachment *a = route->attaches, *next; a; a = next) {
        next = a->next;
        if (a->due <= route->env->now)
            relo_attachment_end(route, a, &(struct relo_outcome){RELO_TIMEOUT, 0, 0});
    }
}

relo_time relo_attach_deadline(const struct relo_route *route)
{
    relo_time deadline = relo_application_deadline(route);
    if (route->attach_news)
        return route->env->now;
    for (const struct relo_attachment *a = route->attaches; a; a = a->next)
        deadline = relo_time_min(deadline, a->due);
    return deadline;
}
