/* SPDX-License-Identifier: BSD-2-Clause */
/* AppAttach: candidates exchanged for a flow of an application, and their checks (RFC 6940
   section 6.5.2; with ICE as 6.5.1.3 to 6.5.1.9). What becomes of a flow is flow.c's. */
#include "core/route/internal.h"

#include "core/wire/codes.h"

#include <string.h>

#define CANDIDATES_MAX 24u

static const struct relo_view passive = {(const uint8_t *)"passive", 7};
static const struct relo_view active = {(const uint8_t *)"active", 6};

/* 14.5: SIP, SIPS and the range for experiments. */
static bool is_supported(uint16_t application)
{
    return application == 5060 || application == 5061 ||
           (application >= 0xf000 && application <= 0xfffe);
}

static bool is_word(struct relo_view view, struct relo_view word)
{
    return view.n == word.n && memcmp(view.p, word.p, word.n) == 0;
}

static bool write_body(struct relo_route *route, const struct relo_application *a,
                       struct relo_wr *w)
{
    uint8_t ufrag[RELO_UFRAG_BYTES], password[RELO_PASSWORD_BYTES], list[RELO_ATTACH_BODY_MAX];
    struct relo_wr candidates = relo_wr_init(list, sizeof list, w->node_id_bytes);
    struct relo_app_attach attach = {
        .ufrag = {ufrag, sizeof ufrag},
        .password = {password, sizeof password},
        .application = a->application,
        .role = a->active ? active : passive,
    };
    if (a->agent) {
        attach.ufrag = relo_ice_ufrag(a->agent->ice);
        attach.password = relo_ice_password(a->agent->ice);
        relo_candidates_write_ice(a->agent->ice, &candidates);
    } else {
        relo_candidates_secret(route, ufrag, sizeof ufrag);
        relo_candidates_secret(route, password, sizeof password);
        relo_candidates_write(a->base, a->base_count, &candidates);
    }
    attach.candidates = relo_wr_view(&candidates);
    relo_app_attach_write(w, &attach);
    return !w->failed && !candidates.failed;
}

/* No candidate: relayed ones only, and there is no relay. */
static bool has_none(const struct relo_application *a)
{
    return a->agent && !relo_ice_candidate(a->agent->ice, 0);
}

static void become_open(struct relo_application *a, const struct relo_addr *local,
                        const struct relo_addr *remote)
{
    a->state = RELO_APPLICATION_OPEN;
    a->was_open = true;
    a->local = *local;
    a->remote = *remote;
}

/* What the other side has told: checks begin, or under No-ICE the flow is open. */
static void connect(struct relo_route *route, struct relo_application *a,
                    const struct relo_app_attach *theirs)
{
    struct relo_ice_candidate remote[CANDIDATES_MAX];
    struct relo_addr to;
    bool mixed;
    if (!a->agent) {
        if (!relo_candidates_choose(route, theirs->candidates, &to, &mixed)) {
            relo_application_over(route, a, RELO_ERROR, RELO_ERROR_INVALID_MESSAGE);
            return;
        }
        uint32_t i = 0;
        while (i + 1 < a->base_count && a->base[i].family != to.family)
            i++;
        become_open(a, &a->base[i], &to);
        return;
    }
    uint32_t n = relo_candidates_read(route, theirs->candidates, remote, CANDIDATES_MAX, &mixed);
    a->state = RELO_APPLICATION_CHECKING;
    if (n == 0 || !relo_ice_start(a->agent->ice, theirs->ufrag, theirs->password, remote, n))
        relo_application_over(route, a, RELO_ERROR, RELO_ERROR_INVALID_MESSAGE);
}

/* --- the asker's side ------------------------------------------------------------------------ */

static void ask(struct relo_route *route, struct relo_application *a)
{
    uint8_t bytes[RELO_ATTACH_BODY_MAX];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, route->env->config->node_id_length);
    a->state = RELO_APPLICATION_ASKED;
    if (has_none(a)) {
        relo_application_over(route, a, relo_negotiate_failure(route, a->agent), 0);
        return;
    }
    if (write_body(route, a, &w)) {
        struct relo_request request = {
            .target = a->target,
            .code = RELO_CODE_APP_ATTACH_REQ,
            .body = relo_wr_view(&w),
            .owner = RELO_OWNER_ATTACH,
            .traffic_class = RELO_CLASS_MAINTENANCE,
        };
        a->transaction = relo_route_request(route, &request);
    }
    if (!a->transaction)
        relo_application_over(route, a, RELO_REFUSED, 0);
}

static void answer(struct relo_route *route, struct relo_application *a);

/* As far as it goes by itself. */
static void advance(struct relo_route *route, struct relo_application *a)
{
    enum relo_ice_state ice = RELO_ICE_GATHERED;
    if (a->agent) {
        ice = relo_ice_state(a->agent->ice);
        relo_ice_agents_changed(route->agents, a->agent); /* seen */
    }
    if (a->state == RELO_APPLICATION_GATHERING && ice >= RELO_ICE_GATHERED) {
        if (a->initiated)
            ask(route, a);
        else
            answer(route, a);
    } else if (a->state == RELO_APPLICATION_CHECKING && ice == RELO_ICE_COMPLETED) {
        const struct relo_ice_path *path = relo_ice_selected(a->agent->ice);
        become_open(a, &path->local, &path->remote);
        a->relayed = path->relayed;
        a->path_local = (uint8_t)(path->local_type + RELO_PATH_HOST);
        a->path_remote = (uint8_t)(path->remote_type + RELO_PATH_HOST);
        relo_ice_agents_release(route->agents, a->agent, 0);
        a->agent = NULL;
    } else if (a->state == RELO_APPLICATION_CHECKING && ice == RELO_ICE_FAILED) {
        relo_application_over(route, a, relo_negotiate_failure(route, a->agent), 0);
    }
}

bool relo_application_start(struct relo_route *route, const struct relo_target *target,
                            uint16_t application, uint64_t context)
{
    struct relo_application *a = relo_application_new(route);
    if (!a)
        return false;
    a->initiated = true;
    a->application = application;
    a->context = context;
    a->target = *target;
    for (uint32_t i = 0; i < target->via_count; i++)
        a->via[i] = target->via[i];
    a->target.via = a->via;
    bool to_self = target->resource ? route->ops->responsible(route->topology, target->id)
                                    : relo_id_equal(target->id, route->env->self);
    if (to_self && target->via_count == 0) {
        relo_application_over(route, a, RELO_ERROR, RELO_ERROR_NOT_FOUND);
        return true;
    }
    if (route->agents)
        a->agent = relo_ice_agents_open_at(route->agents, true, a->base, a->base_count, true);
    advance(route, a);
    return true;
}

static struct relo_application *asked(const struct relo_route *route, relo_handle transaction)
{
    struct relo_application *a = route->applications;
    while (a && (!a->transaction || a->transaction != transaction))
        a = a->next;
    return a;
}

bool relo_application_answer(struct relo_route *route, const struct relo_inbound *in)
{
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, route->env->config->node_id_length);
    struct relo_application *a = asked(route, in->transaction);
    struct relo_app_attach theirs;
    if (!a)
        return false;
    a->transaction = 0;
    a->peer = in->signer.node_id;
    if (in->code == RELO_CODE_ERROR) {
        relo_application_over(route, a, RELO_ERROR, in->error_code);
    } else if (relo_id_equal(a->peer, route->env->self)) {
        relo_application_over(route, a, RELO_ERROR, RELO_ERROR_NOT_FOUND);
    } else if (!relo_app_attach_read(&r, &theirs) || theirs.application != a->application) {
        relo_application_over(route, a, RELO_ERROR, RELO_ERROR_INVALID_MESSAGE);
    } else {
        a->active = is_word(theirs.role, passive);
        connect(route, a, &theirs); /* 6940-6.5.2.2-2 */
        advance(route, a);
    }
    return true;
}

bool relo_application_failed(struct relo_route *route, relo_handle transaction)
{
    struct relo_application *a = asked(route, transaction);
    if (!a)
        return false;
    a->transaction = 0;
    relo_application_over(route, a, RELO_TIMEOUT, 0);
    return true;
}

/* --- the other side -------------------------------------------------------------------------- */

static void answer(struct relo_route *route, struct relo_application *a)
{
    uint8_t bytes[RELO_ATTACH_BODY_MAX];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, route->env->config->node_id_length);
    struct relo_view body = a->waiting->in.body;
    struct relo_rd r = relo_rd_init(body.p, body.n, w.node_id_bytes);
    struct relo_app_attach theirs;
    if (has_none(a)) {
        relo_route_error_text(route, &a->waiting->in, RELO_ERROR_FORBIDDEN,
                              "no candidate: relayed ones only, and there is no relay");
        relo_application_over(route, a, relo_negotiate_failure(route, a->agent), 0);
        return;
    }
    if (!write_body(route, a, &w) || !relo_app_attach_read(&r, &theirs)) {
        relo_application_over(route, a, RELO_ERROR, RELO_ERROR_INVALID_MESSAGE);
        return;
    }
    /* 6940-6.5.2.2-1 */
    relo_route_answer(route, &a->waiting->in, RELO_CODE_APP_ATTACH_ANS, relo_wr_view(&w), NULL, 0);
    connect(route, a, &theirs);
    relo_waiting_free(route, a->waiting);
    a->waiting = NULL;
    advance(route, a);
}

static bool waits(const struct relo_route *route, const struct relo_inbound *in)
{
    for (const struct relo_application *a = route->applications; a; a = a->next)
        if (a->waiting && a->waiting->in.header.transaction_id == in->header.transaction_id &&
            relo_id_equal(a->peer, in->signer.node_id))
            return true;
    return false;
}

/* Whether there is one among the candidates that we can use; *relay: one of them is relayed. */
static bool usable(const struct relo_route *route, const struct relo_app_attach *attach,
                   bool *relay)
{
    struct relo_ice_candidate candidate[CANDIDATES_MAX];
    struct relo_addr remote;
    bool mixed;
    *relay = false;
    if (!route->agents)
        return relo_candidates_choose(route, attach->candidates, &remote, &mixed);
    uint32_t n = relo_candidates_read(route, attach->candidates, candidate, CANDIDATES_MAX, &mixed);
    for (uint32_t i = 0; i < n; i++)
        *relay |= candidate[i].type == RELO_ICE_RELAY;
    return n > 0 && attach->ufrag.n >= 4 && attach->password.n >= 22; /* RFC 8445 5.3 */
}

void relo_application_request(struct relo_route *route, struct relo_inbound *in)
{
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, route->env->config->node_id_length);
    struct relo_app_attach theirs;
    bool relay;
    if (waits(route, in))
        return; /* again: the answer still waits for our candidates */
    if (!relo_app_attach_read(&r, &theirs)) {
        relo_route_malformed(route, in, &r);
        return;
    }
    if (!is_supported(theirs.application)) { /* 6940-6.5.2.2-3 */
        relo_route_error_text(route, in, RELO_ERROR_NOT_FOUND, "unknown Application-ID");
        return;
    }
    if (relo_id_equal(in->signer.node_id, route->env->self)) {
        relo_route_error_text(route, in, RELO_ERROR_NOT_FOUND, "an attach to oneself");
        return;
    }
    if (!usable(route, &theirs, &relay)) {
        relo_route_error_text(route, in, RELO_ERROR_INVALID_MESSAGE, "no usable candidate");
        return;
    }
    /* Two relayed ends would be those of a link to the same peer: see below. */
    if (relay && route->agents->relay_only) {
        relo_route_error_text(route, in, RELO_ERROR_FORBIDDEN, "relayed candidates only");
        return;
    }
    struct relo_application *a = relo_application_new(route);
    if (!a) {
        relo_route_error_text(route, in, RELO_ERROR_IN_PROGRESS, "too many attaches");
        return;
    }
    a->peer = in->signer.node_id;
    a->application = theirs.application;
    a->active = !is_word(theirs.role, active);
    /* One relay is enough for any pair, and theirs has come first. So no flow's addresses are both
       relayed, as those of a link to the same peer may be. */
    if (route->agents)
        a->agent = relo_ice_agents_open_at(route->agents, false, a->base, a->base_count, !relay);
    a->waiting = relo_waiting_new(route, in);
    advance(route, a);
}

void relo_application_expire(struct relo_route *route)
{
    for (struct relo_application *a = route->applications; a; a = a->next)
        if (a->agent && relo_ice_agents_changed(route->agents, a->agent))
            advance(route, a);
}
