/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of this node and their end-to-end retransmission: RFC 6940 section 6.2.1.

   A transaction is in one of two lists: `unsent` while a copy waits in a link's queue (the timer of
   6.2.1 starts at its first actual transmission), else the timed one. Both have a constant timeout,
   so both are in order of it. */
#include "core/route/internal.h"

#include "core/wire/codes.h"
#include "core/wire/destination.h"

#include <string.h>

#define QUEUED_MAX_TIMERS 5 /* a copy that waits in a queue longer than this is looked after */
#define STORE_AGE_MAX 60u   /* seconds; see is_old */

struct relo_transaction *relo_transaction_at(const struct relo_route *route, relo_handle h)
{
    return relo_slab_get(&route->env->shard->slab[RELO_SLAB_TRANSACTION], h);
}

static relo_time timer_of(const struct relo_route *route, bool waiting)
{
    relo_time timer = route->env->config->overlay_reliability_timer;
    return waiting ? timer * QUEUED_MAX_TIMERS : timer;
}

static void list_remove(struct relo_route *route, relo_handle h)
{
    struct relo_transaction *t = relo_transaction_at(route, h);
    relo_handle *first = t->waiting ? &route->unsent : &route->first;
    relo_handle *last = t->waiting ? &route->unsent_last : &route->last;
    if (t->prev)
        relo_transaction_at(route, t->prev)->next = t->next;
    else
        *first = t->next;
    if (t->next)
        relo_transaction_at(route, t->next)->prev = t->prev;
    else
        *last = t->prev;
    t->prev = t->next = 0;
}

static void list_append(struct relo_route *route, relo_handle h, bool waiting)
{
    struct relo_transaction *t = relo_transaction_at(route, h);
    relo_handle *first = waiting ? &route->unsent : &route->first;
    relo_handle *last = waiting ? &route->unsent_last : &route->last;
    t->waiting = waiting;
    t->due = route->env->now + timer_of(route, waiting); /* 6940-6.2.1-8 */
    t->prev = *last;
    if (*last)
        relo_transaction_at(route, *last)->next = h;
    else
        *first = h;
    *last = h;
}

static relo_handle find_in(const struct relo_route *route, relo_handle h, uint64_t id)
{
    while (h && relo_transaction_at(route, h)->id != id)
        h = relo_transaction_at(route, h)->next;
    return h;
}

relo_handle relo_transaction_find(const struct relo_route *route, uint64_t id)
{
    relo_handle h = find_in(route, route->first, id);
    return h ? h : find_in(route, route->unsent, id);
}

bool relo_route_pending(const struct relo_route *route, uint16_t code, struct relo_id asked)
{
    const relo_handle heads[] = {route->first, route->unsent};
    for (int i = 0; i < 2; i++)
        for (relo_handle h = heads[i]; h; h = relo_transaction_at(route, h)->next) {
            const struct relo_transaction *t = relo_transaction_at(route, h);
            if (t->code == code && relo_id_equal(t->asked, asked))
                return true;
        }
    return false;
}

static void lists_free(struct relo_route *route, struct relo_transaction *t)
{
    relo_env_free(route->env, t->lists, (size_t)t->destination_bytes + t->options_bytes);
}

void relo_transaction_free(struct relo_route *route, relo_handle h)
{
    struct relo_transaction *t = relo_transaction_at(route, h);
    list_remove(route, h);
    if (route->reassembly)
        relo_reassembly_end(route, t->id);
    relo_body_unref(&route->env->shard->pool, t->body);
    lists_free(route, t);
    t->id = 0; /* a late event of a link names this handle in vain */
    route->transaction_count--;
    relo_slab_free(&route->env->shard->slab[RELO_SLAB_TRANSACTION], h);
}

void relo_transaction_forget(struct relo_route *route, relo_handle link)
{
    const relo_handle heads[] = {route->first, route->unsent};
    for (int i = 0; i < 2; i++)
        for (relo_handle h = heads[i]; h; h = relo_transaction_at(route, h)->next)
            if (relo_transaction_at(route, h)->through == link)
                relo_transaction_at(route, h)->through = 0;
}

static bool is_alive(const struct relo_route *route, relo_handle h, uint64_t id)
{
    return h && relo_transaction_find(route, id) == h;
}

static void transmit(struct relo_route *route, relo_handle h)
{
    struct relo_transaction *t = relo_transaction_at(route, h);
    const struct relo_config *config = route->env->config;
    uint8_t list[RELO_ID_BYTES + 3];
    struct relo_header header = {
        .overlay = config->overlay,
        /* 6.3.2.1: 65535 is accepted by whoever has another configuration. */
        .config_sequence = t->code == RELO_CODE_CONFIG_UPDATE_REQ ? UINT16_MAX : config->sequence,
        .version = RELO_PROTOCOL_VERSION,
        .ttl = config->initial_ttl,      /* 6940-6.3.2-7 */
        .fragment = RELO_FRAGMENT_WHOLE, /* 6940-6.3.2-10 */
        .transaction_id = t->id,
        .max_response_length = t->max_response_length,
    };
    if (t->lists) {
        header.destination = (struct relo_view){t->lists, t->destination_bytes};
        header.options = (struct relo_view){t->lists + t->destination_bytes, t->options_bytes};
    } else {
        struct relo_wr w = relo_wr_init(list, sizeof list, config->node_id_length);
        if (t->asked_resource)
            relo_destination_write_resource(&w, t->asked);
        else
            relo_destination_write_node(&w, t->asked);
        header.destination = relo_wr_view(&w);
    }
    t->transmissions++;
    struct relo_emission emission = {
        .header = &header,
        .body = {t->body, 0, t->body->n},
        .sender_token = h,
    };
    bool waiting = relo_emit_own(route, &emission, t->through);
    list_append(route, h, waiting);
}

static void keep_lists(struct relo_route *route, struct relo_transaction *t,
                       struct relo_view destination, struct relo_view options)
{
    size_t n = (size_t)destination.n + options.n;
    t->lists = relo_env_alloc(route->env, n);
    memcpy(t->lists, destination.p, destination.n);
    if (options.n)
        memcpy(t->lists + destination.n, options.p, options.n);
    t->destination_bytes = (uint16_t)destination.n;
    t->options_bytes = (uint16_t)options.n;
}

relo_handle relo_route_request_list(struct relo_route *route, const struct relo_request *request,
                                    struct relo_view destination)
{
    struct relo_env *env = route->env;
    if (route->transaction_count >= RELO_TRANSACTIONS_MAX) {
        relo_count(env, RELO_COUNT_drop_quota);
        return 0;
    }
    struct relo_composition c = {
        .transaction_id = env->suite->random(env), /* so that nobody else has it. 6940-6.3.2-11 */
        .code = request->code,
        .body = request->body,
        .extensions = request->extensions,
        .certificates = request->certificates,
        .certificate_count = request->certificate_count,
        .traffic_class = request->traffic_class,
    };
    if (c.transaction_id == 0)
        c.transaction_id = 1; /* 0 marks a transaction that has ended */
    struct relo_body *body = relo_route_compose(route, &c);
    if (!body) {
        relo_count(env, RELO_COUNT_drop_too_large);
        return 0;
    }
    relo_handle h = relo_slab_new(&env->shard->slab[RELO_SLAB_TRANSACTION]);
    struct relo_transaction *t = relo_transaction_at(route, h);
    t->id = c.transaction_id;
    t->context = request->context;
    t->asked = request->target.id;
    t->asked_resource = request->target.resource;
    t->body = body;
    t->max_response_length = request->max_response_length;
    t->through = request->through;
    t->code = request->code;
    t->until = request->until;
    t->written = (uint32_t)(env->now / RELO_S);
    t->owner = (uint8_t)request->owner;
    t->transmissions_max =
        request->transmissions_max ? request->transmissions_max : (uint8_t)RELO_ROUTE_TRANSMISSIONS;
    if (destination.n || request->options.n)
        keep_lists(route, t, destination, request->options);
    route->transaction_count++;
    transmit(route, h);
    return h;
}

relo_handle relo_route_request(struct relo_route *route, const struct relo_request *request)
{
    uint8_t bytes[9 * (RELO_ID_BYTES + 3)];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, route->env->config->node_id_length);
    const struct relo_target *target = &request->target;
    if (target->via_count || request->options.n) {
        for (uint8_t i = 0; i < target->via_count; i++)
            relo_destination_write_node(&w, target->via[i]);
        if (target->resource)
            relo_destination_write_resource(&w, target->id);
        else
            relo_destination_write_node(&w, target->id);
    }
    return w.failed ? 0 : relo_route_request_list(route, request, relo_wr_view(&w));
}

uint64_t relo_route_transaction_id(const struct relo_route *route, relo_handle transaction)
{
    return transaction ? relo_transaction_at(route, transaction)->id : 0;
}

void relo_route_cancel(struct relo_route *route, relo_handle transaction)
{
    if (transaction && relo_transaction_at(route, transaction)->id)
        relo_transaction_free(route, transaction);
}

void relo_route_first_sent(struct relo_route *route, const struct relo_link_event *event)
{
    if (!is_alive(route, event->sender_token, event->transaction_id) ||
        !relo_transaction_at(route, event->sender_token)->waiting)
        return;
    list_remove(route, event->sender_token);
    list_append(route, event->sender_token, false);
}

void relo_transaction_lost(struct relo_route *route, relo_handle h, uint64_t id)
{
    struct relo_link_event event = {.sender_token = h, .transaction_id = id};
    relo_route_first_sent(route, &event);
}

static void abandon(struct relo_transaction *t)
{
    t->gone = true;
    t->transmissions_max = t->transmissions;
}

void relo_route_abandon(struct relo_route *route, uint16_t code)
{
    const relo_handle heads[] = {route->first, route->unsent};
    for (int i = 0; i < 2; i++)
        for (relo_handle h = heads[i]; h; h = relo_transaction_at(route, h)->next)
            if (relo_transaction_at(route, h)->code == code)
                abandon(relo_transaction_at(route, h));
}

bool relo_transaction_pointless(struct relo_route *route, relo_handle h, struct relo_id peer)
{
    struct relo_transaction *t = relo_transaction_at(route, h);
    if (t->owner != RELO_OWNER_TOPOLOGY || t->asked_resource || t->lists ||
        !relo_id_equal(t->asked, peer))
        return false;
    abandon(t);
    return true;
}

bool relo_route_accept(struct relo_route *route, struct relo_inbound *in)
{
    if (!is_alive(route, in->transaction, in->header.transaction_id)) {
        relo_count(route->env, RELO_COUNT_drop_no_transaction);
        return false;
    }
    struct relo_transaction *t = relo_transaction_at(route, in->transaction);
    struct relo_id from = in->signer.node_id;
    bool plausible;
    if (t->asked_resource)
        plausible = route->ops->plausible_responder(route->topology, t->asked, from);
    else
        plausible = relo_id_is_wildcard(t->asked) || relo_id_equal(t->asked, from);
    /* These Errors come from a node on the path (6.3.2, 6.3.2.3, 6.6), whom the two rules of 6.3.4
       would always refuse; only nodes on the path know the transaction id. */
    if (in->error_code == RELO_ERROR_TTL_EXCEEDED ||
        in->error_code == RELO_ERROR_UNSUPPORTED_FORWARDING_OPTION ||
        in->error_code == RELO_ERROR_INCOMPATIBLE_WITH_OVERLAY ||
        in->error_code == RELO_ERROR_MESSAGE_TOO_LARGE)
        plausible = true;
    if (!plausible) { /* 6940-6.3.4-13 6940-6.3.4-14 6940-6.3.4-15 6940-6.4.2.1-7 6940-6.4.2.1-8 */
        relo_count(route->env, RELO_COUNT_drop_wrong_responder);
        return false;
    }
    in->transmissions = t->transmissions;
    bool update = t->code == RELO_CODE_CONFIG_UPDATE_REQ; /* no end of them, if it is not taken */
    relo_transaction_free(route, in->transaction);
    if (in->error_code == RELO_ERROR_UNKNOWN_KIND)
        relo_config_kinds_send(route, in); /* 6940-7.4.1.2-7 */
    if (in->error_code == RELO_ERROR_CONFIG_TOO_NEW && !update &&
        relo_config_sequence_newer(route->env->config->sequence, in->header.config_sequence))
        relo_config_update_send(route, in); /* 6940-6.5.4-1 */
    return true;
}

/* 7.4.1.1: a copy is stored with what is left of its lifetime when the Store is written. Where this
   node stood still since (a stopped process, a machine that slept), storage has to write another.
 */
static bool is_outdated(const struct relo_route *route, const struct relo_transaction *t)
{
    return t->owner == RELO_OWNER_STORAGE && route->env->now - t->due >= timer_of(route, true);
}

/* The same where each transmission waits in a full queue, which 6.2.1's 15 s for all five do not
   count: a lifetime that was right then would begin minutes later, at each peer anew. */
static bool is_old(const struct relo_route *route, const struct relo_transaction *t)
{
    return t->owner == RELO_OWNER_STORAGE &&
           (uint32_t)(route->env->now / RELO_S) - t->written >= STORE_AGE_MAX;
}

/* One transaction whose timer has fired. True: it has failed, and `done` says so. */
static bool fired(struct relo_route *route, relo_handle h, struct relo_done *done)
{
    struct relo_transaction *t = relo_transaction_at(route, h);
    bool over = t->until && t->until <= route->env->now; /* links do not send what waits of it */
    bool outdated = over || is_outdated(route, t);
    /* No copy behind one that still waits in a queue of this node. */
    if (!outdated && relo_links_waiting(route->links, t->id, h)) {
        bool waiting = t->waiting;
        list_remove(route, h);
        list_append(route, h, waiting);
        return false;
    }
    /* 6940-6.2.1-9 6940-6.2.1-11 */
    if (!outdated && !is_old(route, t) && t->transmissions < t->transmissions_max) {
        relo_count(route->env, RELO_COUNT_requests_retransmitted);
        list_remove(route, h);
        transmit(route, h);
        return false;
    }
    *done = (struct relo_done){
        .transaction = h,
        .transaction_id = t->id,
        .owner = (enum relo_owner)t->owner,
        .context = t->context,
        .code = t->code,
        .status = t->gone || over ? RELO_CANCELLED : RELO_TIMEOUT,
        .asked = t->asked,
        .asked_resource = t->asked_resource,
        .transmissions = t->transmissions,
    };
    relo_transaction_free(route, h);
    return true;
}

bool relo_route_expire(struct relo_route *route, struct relo_done *done)
{
    relo_answer_expire(route);
    relo_opaque_expire(route, false);
    relo_reassembly_expire(route, false);
    relo_attach_expire(route);
    for (;;) {
        relo_time now = route->env->now;
        relo_handle h = 0;
        if (route->first && relo_transaction_at(route, route->first)->due <= now)
            h = route->first;
        else if (route->unsent && relo_transaction_at(route, route->unsent)->due <= now)
            h = route->unsent;
        if (!h)
            return false;
        if (!fired(route, h, done))
            continue;
        if (done->owner != RELO_OWNER_ATTACH)
            return true;
        relo_attach_failed(route, done->transaction);
    }
}
