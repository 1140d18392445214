/* SPDX-License-Identifier: BSD-2-Clause */
/* Attach with ICE: gathering before an AttachReq or AttachAns goes out, the exchange of candidates
   and credentials, checks, and the link over the selected path (RFC 6940 sections 6.5.1.3 to
   6.5.1.14). */
#include "core/route/internal.h"

#include "core/ice/agents.h"
#include "core/wire/codes.h"

#include <string.h>

#define CANDIDATES_MAX 24u
#define SAME_PEER_MAX 3u /* requests of one peer under way at once */

/* An AttachReq that waits until our candidates are known. */
struct relo_attach_question {
    struct relo_attach_options options;
    struct relo_id via[8];
};

static relo_time lap(struct relo_route *route, struct relo_attachment *a)
{
    relo_time since = a->since;
    a->since = route->env->now;
    return route->env->now - since;
}

static void drop_question(struct relo_route *route, struct relo_attachment *a)
{
    if (a->question)
        relo_env_free(route->env, a->question, sizeof *a->question);
    a->question = NULL;
}

void relo_waiting_free(struct relo_route *route, struct relo_attach_waiting *w)
{
    if (w)
        relo_env_free(route->env, w, w->bytes);
}

static void drop_waiting(struct relo_route *route, struct relo_attachment *a)
{
    relo_waiting_free(route, a->waiting);
    a->waiting = NULL;
}

void relo_negotiate_cancel(struct relo_route *route, struct relo_attachment *a)
{
    drop_question(route, a);
    drop_waiting(route, a);
    relo_ice_agents_drop(route->agents, a->agent);
    a->agent = NULL;
}

void relo_negotiate_done(struct relo_route *route, struct relo_attachment *a, relo_handle link)
{
    relo_ice_agents_release(route->agents, a->agent, link);
    a->agent = NULL;
    relo_negotiate_cancel(route, a);
}

/* --- the asker's side ------------------------------------------------------------------------ */

static void ask(struct relo_route *route, struct relo_attachment *a)
{
    a->setup.gather = lap(route, a);
    if (!relo_ice_candidate(a->agent->ice, 0)) { /* relay_only, and there is no relay */
        relo_attach_end(route, a, relo_negotiate_failure(route, a->agent), 0, 0);
        return;
    }
    a->state = RELO_ATTACH_ASKED;
    a->transaction = relo_attach_ask(route, a, &a->question->options);
    drop_question(route, a);
    if (!a->transaction)
        relo_attach_end(route, a, RELO_REFUSED, 0, 0);
}

void relo_negotiate_begin(struct relo_route *route, struct relo_attachment *a,
                          const struct relo_attach_options *options)
{
    a->state = RELO_ATTACH_GATHERING;
    a->agent = relo_ice_agents_open(route->agents, true); /* 6940-6.5.1.9-1 */
    a->question = relo_env_alloc(route->env, sizeof *a->question);
    a->question->options = *options;
    for (uint32_t i = 0; i < options->target.via_count; i++)
        a->question->via[i] = options->target.via[i];
    a->question->options.target.via = a->question->via;
    relo_negotiate_advance(route, a);
}

/* The other side's candidates and credentials: checks begin (6.5.1.2). */
static bool start(struct relo_route *route, struct relo_attachment *a,
                  const struct relo_attach *theirs)
{
    struct relo_ice_candidate remote[CANDIDATES_MAX];
    bool mixed;
    uint32_t n = relo_candidates_read(route, theirs->candidates, remote, CANDIDATES_MAX, &mixed);
    /* 6940-6.5.1.2-9 */
    return n > 0 && relo_ice_start(a->agent->ice, theirs->ufrag, theirs->password, remote, n);
}

void relo_negotiate_connected(struct relo_route *route, struct relo_attachment *a,
                              const struct relo_attach *answer)
{
    if (a->agent)
        start(route, a, answer);
}

void relo_negotiate_answered(struct relo_route *route, struct relo_attachment *a,
                             const struct relo_attach *answer)
{
    for (struct relo_attachment *other = route->attaches; other; other = other->next)
        if (other != a && other->initiated && relo_id_equal(other->peer, a->peer) &&
            (other->state == RELO_ATTACH_CHECKING || other->state == RELO_ATTACH_CONNECTING)) {
            relo_attachment_join(route, a, a->peer, RELO_ATTACH_JOINED_MAX(route));
            return;
        }
    a->setup.attach = lap(route, a);
    if (!start(route, a, answer))
        relo_attach_end(route, a, RELO_ERROR, RELO_ERROR_INVALID_MESSAGE, 0);
    else
        relo_negotiate_check(route, a);
}

/* --- the other side -------------------------------------------------------------------------- */

struct relo_attach_waiting *relo_waiting_new(struct relo_route *route,
                                             const struct relo_inbound *in)
{
    struct relo_view part[] = {in->body, in->header.via, in->header.options};
    uint32_t bytes =
        (uint32_t)sizeof(struct relo_attach_waiting) + part[0].n + part[1].n + part[2].n;
    struct relo_attach_waiting *w = relo_env_alloc(route->env, bytes);
    uint8_t *p = w->data;
    w->bytes = bytes;
    for (uint32_t i = 0; i < 3; i++) {
        if (part[i].n)
            memcpy(p, part[i].p, part[i].n);
        part[i].p = p;
        p += part[i].n;
    }
    w->in = (struct relo_inbound){.link = in->link,
                                  .from = in->from,
                                  .code = in->code,
                                  .body = part[0],
                                  .traffic_class = in->traffic_class};
    w->in.header.transaction_id = in->header.transaction_id;
    w->in.header.max_response_length = in->header.max_response_length;
    w->in.header.via = part[1];
    w->in.header.options = part[2];
    w->in.signer.node_id = in->signer.node_id;
    return w;
}

static void answer(struct relo_route *route, struct relo_attachment *a)
{
    uint8_t bytes[RELO_ATTACH_BODY_MAX];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, route->env->config->node_id_length);
    a->setup.gather = lap(route, a);
    if (!relo_ice_candidate(a->agent->ice, 0)) {
        relo_route_error_text(route, &a->waiting->in, RELO_ERROR_FORBIDDEN,
                              "no candidate: relayed ones only, and there is no relay");
        relo_attach_end(route, a, relo_negotiate_failure(route, a->agent), 0, 0);
        return;
    }
    if (!relo_attach_write_body(route, a->agent, false, false, &w)) {
        relo_route_error_text(route, &a->waiting->in, RELO_ERROR_INVALID_MESSAGE,
                              "too many candidates");
        relo_attach_end(route, a, RELO_ERROR, RELO_ERROR_INVALID_MESSAGE, 0);
        return;
    }
    relo_route_answer(route, &a->waiting->in, RELO_CODE_ATTACH_ANS, relo_wr_view(&w), NULL, 0);
    a->link = relo_links_find(route->links, a->peer);
    relo_link_attached(route->links, a->link);
    if (a->link)
        relo_attach_probe(route, a);
    else
        relo_negotiate_check(route, a);
}

/* Checks with what their request brought. */
static bool start_held(struct relo_route *route, struct relo_attachment *a)
{
    struct relo_view body = a->waiting->in.body;
    struct relo_rd r = relo_rd_init(body.p, body.n, route->env->config->node_id_length);
    struct relo_attach theirs;
    bool good = relo_attach_read(&r, &theirs) && start(route, a, &theirs);
    drop_waiting(route, a);
    return good;
}

bool relo_negotiate_waits(const struct relo_route *route, const struct relo_inbound *in)
{
    for (const struct relo_attachment *a = route->attaches; a; a = a->next)
        if (a->waiting && a->waiting->in.header.transaction_id == in->header.transaction_id &&
            relo_id_equal(a->peer, in->signer.node_id))
            return true;
    return false;
}

void relo_negotiate_request(struct relo_route *route, const struct relo_inbound *in,
                            bool send_update)
{
    /* A second request may come while the first is under way: its Resource-ID led here too, or the
       other side has been away. Whichever is connected first ends both. */
    uint32_t others = 0;
    for (const struct relo_attachment *a = route->attaches; a; a = a->next)
        others += !a->initiated && relo_id_equal(a->peer, in->signer.node_id);
    struct relo_attachment *a = others < SAME_PEER_MAX ? relo_attachment_new(route) : NULL;
    if (!a) {
        relo_route_error_text(route, in, RELO_ERROR_IN_PROGRESS, "too many attaches");
        return;
    }
    a->peer = a->asked = in->signer.node_id;
    a->owner = RELO_OWNER_TOPOLOGY;
    a->send_update = send_update;
    a->state = RELO_ATTACH_GATHERING;
    a->agent = relo_ice_agents_open(route->agents, false);
    a->waiting = relo_waiting_new(route, in);
    relo_negotiate_advance(route, a);
}

/* --- both ------------------------------------------------------------------------------------ */

enum relo_status relo_negotiate_failure(struct relo_route *route,
                                        const struct relo_ice_agent *agent)
{
    bool relay = relo_ice_has_relay(agent->ice);
    relo_count(route->env, relay ? RELO_COUNT_attach_no_path : RELO_COUNT_attach_no_relay);
    return relay ? RELO_NO_PATH : RELO_NO_RELAY;
}

static void connect(struct relo_route *route, struct relo_attachment *a)
{
    const struct relo_ice_path *path = relo_ice_selected(a->agent->ice);
    a->setup.checks = lap(route, a);
    a->path_local = (uint8_t)(path->local_type + RELO_PATH_HOST);
    a->path_remote = (uint8_t)(path->remote_type + RELO_PATH_HOST);
    a->state = RELO_ATTACH_CONNECTING;
    /* 6940-6.5.1.13-1 6940-6.5.1.13-2 */
    a->link =
        relo_links_connect_path(route->links, &a->peer, &path->local, &path->remote, a->initiated);
    if (!a->link)
        relo_attach_end(route, a, RELO_REFUSED, 0, 0);
    else if (relo_link_is_up(route->links, a->link))
        relo_attach_end(route, a, RELO_OK, 0, a->link);
}

void relo_negotiate_advance(struct relo_route *route, struct relo_attachment *a)
{
    enum relo_ice_state ice = relo_ice_state(a->agent->ice);
    relo_ice_agents_changed(route->agents, a->agent); /* seen */
    switch (a->state) {
    case RELO_ATTACH_GATHERING:
        if (ice == RELO_ICE_GATHERED && a->initiated)
            ask(route, a);
        else if (ice == RELO_ICE_GATHERED)
            answer(route, a);
        break;
    case RELO_ATTACH_CHECKING:
        if (ice == RELO_ICE_COMPLETED) {
            connect(route, a);
        } else if (ice == RELO_ICE_FAILED) {
            a->setup.checks = lap(route, a);
            relo_attach_end(route, a, relo_negotiate_failure(route, a->agent), 0, 0);
        }
        break;
    case RELO_ATTACH_ASKED:
    case RELO_ATTACH_CONNECTING:
    case RELO_ATTACH_PROBING:
    case RELO_ATTACH_JOINED:
        break;
    }
}

void relo_negotiate_check(struct relo_route *route, struct relo_attachment *a)
{
    a->state = RELO_ATTACH_CHECKING;
    if (a->waiting && !start_held(route, a))
        relo_attach_end(route, a, RELO_ERROR, RELO_ERROR_INVALID_MESSAGE, 0);
    else
        relo_negotiate_advance(route, a);
}

void relo_negotiate_expire(struct relo_route *route)
{
    for (struct relo_attachment *a = route->attaches; a;) {
        if (!a->agent || !relo_ice_agents_changed(route->agents, a->agent)) {
            a = a->next;
            continue;
        }
        relo_negotiate_advance(route, a);
        a = route->attaches; /* it may be gone, and others with it */
    }
}

/* The other side's handshake may be done before our agent is (6.5.1.14): then the link's
   addresses tell the pair. */
void relo_negotiate_path(struct relo_route *route, struct relo_attachment *a, relo_handle link)
{
    struct relo_addr local = relo_link_source(route->links, link);
    struct relo_addr remote = relo_link_remote(route->links, link);
    uint8_t types[2];
    if (!a->agent || a->path_local || !relo_ice_types(a->agent->ice, &local, &remote, types))
        return;
    a->path_local = (uint8_t)(types[0] + RELO_PATH_HOST);
    a->path_remote = (uint8_t)(types[1] + RELO_PATH_HOST);
}

bool relo_attach_setup(struct relo_route *route, const struct relo_link_event *event,
                       struct relo_result *result)
{
    struct relo_attachment *a = route->attaches;
    while (a && !(a->state == RELO_ATTACH_CONNECTING && a->link == event->link))
        a = a->next;
    if (!a && event->type == RELO_LINK_EVENT_UP) {
        a = route->attaches;
        while (a && !(a->state == RELO_ATTACH_CHECKING && relo_id_equal(a->peer, event->peer)))
            a = a->next;
        if (a)
            a->setup.checks = route->env->now - a->since - event->elapsed;
    }
    result->setup.handshake = event->elapsed;
    if (!a)
        return false;
    if (event->type == RELO_LINK_EVENT_UP)
        relo_negotiate_path(route, a, event->link);
    result->setup = a->setup;
    result->setup.handshake = event->elapsed;
    result->path_local = a->path_local;
    result->path_remote = a->path_remote;
    if (a->agent)
        result->elapsed = route->env->now - a->started;
    return true;
}
