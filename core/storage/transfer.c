/* SPDX-License-Identifier: BSD-2-Clause */
/* Replicas, handover, resynchronization: RFC 6940 sections 6.4.2.3, 7.4.1.1, 10.4, 10.5, 10.7.3. */
#include "core/storage/transfer.h"

#include "core/base/check.h"
#include "core/config/config.h"
#include "core/storage/accept.h"
#include "core/storage/fetch.h"
#include "core/storage/repair.h"
#include "core/wire/codes.h"
#include "core/wire/node_id.h"

#include <string.h>

#define EVERYTHING INT64_MIN

static struct relo_transfer_range *range_to(const struct relo_store *store, struct relo_id to)
{
    struct relo_transfer_range *range = store->ranges;
    while (range && !relo_id_equal(range->to, to))
        range = range->next;
    return range;
}

static bool for_handover(const struct relo_transfer *t)
{
    return t->type == RELO_TRANSFER_HANDOVER ||
           (t->type == RELO_TRANSFER_FETCH && t->then == RELO_TRANSFER_HANDOVER);
}

static void append(struct relo_store *store, struct relo_transfer *t)
{
    t->next = NULL;
    if (store->waiting_last)
        store->waiting_last->next = t;
    else
        store->waiting = t;
    store->waiting_last = t;
}

/* What has just been acknowledged to its writer goes before what is only copied once more. */
static void insert_before_copies(struct relo_store *store, struct relo_transfer *t)
{
    struct relo_transfer **at = &store->waiting;
    while (*at && (*at)->fresh)
        at = &(*at)->next;
    t->next = *at;
    *at = t;
    if (!t->next)
        store->waiting_last = t;
}

static void enqueue(struct relo_store *store, struct relo_transfer *t)
{
    if (t->fresh)
        insert_before_copies(store, t);
    else
        append(store, t);
}

static void unlink_waiting(struct relo_store *store, struct relo_transfer *t)
{
    struct relo_transfer **at = &store->waiting, *before = NULL;
    while (*at != t) {
        before = *at;
        at = &before->next;
    }
    *at = t->next;
    if (store->waiting_last == t)
        store->waiting_last = before;
}

static void unlink_sent(struct relo_store *store, struct relo_transfer *t)
{
    struct relo_transfer **at = &store->sent;
    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
}

/* The same store, which has brought no part yet; NULL: none waits. */
static struct relo_transfer *find_waiting(const struct relo_store *store,
                                          const struct relo_transfer *like)
{
    struct relo_transfer *t = store->waiting;
    while (t && !(t->type == like->type && t->skip == 0 && relo_id_equal(t->to, like->to) &&
                  relo_id_equal(t->resource, like->resource)))
        t = t->next;
    return t;
}

static void queue(struct relo_store *store, const struct relo_transfer *wanted)
{
    struct relo_transfer *t = find_waiting(store, wanted);
    if (t) {
        t->since = relo_time_min(t->since, wanted->since);
        if (wanted->fresh && !t->fresh) {
            unlink_waiting(store, t);
            t->fresh = true;
            enqueue(store, t);
        }
        return;
    }
    t = relo_env_alloc(store->env, sizeof *t);
    *t = *wanted;
    enqueue(store, t);
    struct relo_transfer_range *range =
        t->type == RELO_TRANSFER_HANDOVER ? range_to(store, t->to) : NULL;
    if (range)
        range->pending++;
}

/* Everything there is of a resource. */
static void queue_all(struct relo_store *store, enum relo_transfer_type type,
                      struct relo_id resource, struct relo_id to, uint8_t number)
{
    queue(store, &(struct relo_transfer){.resource = resource,
                                         .to = to,
                                         .since = EVERYTHING,
                                         .type = (uint8_t)type,
                                         .number = number});
}

static uint32_t replica_set(const struct relo_store *store, struct relo_id peers[RELO_HOLDERS_MAX])
{
    const struct relo_route *route = store->route;
    return route->ops->replicas(route->topology, peers, RELO_HOLDERS_MAX);
}

void relo_transfer_stored(struct relo_store *store, struct relo_resource *resource, bool fresh)
{
    struct relo_id peers[RELO_HOLDERS_MAX];
    struct relo_transfer wanted = {.resource = resource->id, .fresh = fresh};
    uint32_t n = replica_set(store, peers);
    wanted.type = RELO_TRANSFER_REPLICA;
    for (uint32_t i = 0; i < n; i++) {
        wanted.to = peers[i];
        wanted.number = (uint8_t)(i + 1);
        /* Who had everything before needs only what is new. */
        wanted.since = relo_resource_holder(resource, peers[i]) ? store->env->now : EVERYTHING;
        queue(store, &wanted);
    }
    memset(resource->holder, 0, sizeof resource->holder);
    resource->handed = false;
    wanted.type = RELO_TRANSFER_HANDOVER;
    wanted.number = 1;
    wanted.since = EVERYTHING;
    for (struct relo_transfer_range *r = store->ranges; r; r = r->next) {
        wanted.to = r->to;
        if (relo_id_in_range(resource->id, r->from, r->to))
            queue(store, &wanted);
    }
}

/* A copy of everything is on its way there already. */
static bool replicating(const struct relo_store *store, struct relo_id resource, struct relo_id to)
{
    for (const struct relo_transfer *t = store->sent; t; t = t->next)
        if (t->type == RELO_TRANSFER_REPLICA && t->since == EVERYTHING &&
            relo_id_equal(t->resource, resource) && relo_id_equal(t->to, to))
            return true;
    return false;
}

void relo_transfer_replicate(struct relo_store *store, struct relo_resource *resource)
{
    struct relo_id peers[RELO_HOLDERS_MAX];
    uint32_t n = replica_set(store, peers);
    for (uint32_t i = 0; i < n; i++)
        if (!relo_resource_holder(resource, peers[i]) &&
            !replicating(store, resource->id, peers[i]))
            queue_all(store, RELO_TRANSFER_REPLICA, resource->id, peers[i], (uint8_t)(i + 1));
}

void relo_transfer_push(struct relo_store *store, struct relo_resource *resource,
                        struct relo_id owner)
{
    if (!replicating(store, resource->id, owner))
        queue_all(store, RELO_TRANSFER_REPLICA, resource->id, owner, 1);
}

void relo_transfer_rescue(struct relo_store *store, struct relo_resource *resource)
{
    queue_all(store, RELO_TRANSFER_RESCUE, resource->id, resource->id, 1);
}

static void range_end(struct relo_store *store, struct relo_transfer_range *range)
{
    struct relo_transfer_range **at = &store->ranges;
    while (*at != range)
        at = &(*at)->next;
    *at = range->next;
    struct relo_id to = range->to;
    relo_env_free(store->env, range, sizeof *range);
    store->route->ops->handover_done(store->route->topology, to);
}

void relo_transfer_handover(struct relo_store *store, struct relo_id from, struct relo_id to)
{
    struct relo_transfer_range *range = range_to(store, to);
    if (!range) {
        range = relo_env_alloc(store->env, sizeof *range);
        *range = (struct relo_transfer_range){.next = store->ranges, .to = to};
        store->ranges = range;
    }
    range->from = from;
    for (uint32_t i = 0; i < store->count; i++)
        if (relo_id_in_range(store->resources[i]->id, from, to))
            queue_all(store, RELO_TRANSFER_HANDOVER, store->resources[i]->id, to, 1);
    if (range->pending == 0)
        range_end(store, range);
}

/* What a message of ours holds beside the values: headers, own certificate, signature. */
static uint32_t message_overhead(const struct relo_env *env)
{
    uint8_t hash, signature;
    uint16_t signature_bytes;
    env->suite->algorithm(env, &hash, &signature, &signature_bytes);
    return 256 + env->config->chain_length * (env->config->certificate_bytes + 3) + signature_bytes;
}

/* Writes as many values as a message takes, at least one; counts those an earlier part brought.
   Returns when the first of their lifetimes is over, which are right now (7.4.1.1): what waits in a
   full queue until then would bring back what has expired. */
static relo_time write_values(struct relo_store *store, const struct relo_resource *resource,
                              struct relo_transfer *t, struct relo_wr *w,
                              struct relo_certificate_set *set)
{
    const struct relo_env *env = store->env;
    relo_time until = RELO_NEVER;
    uint32_t room = env->config->max_message_size, used = message_overhead(env), position = 0;
    bool any = false;
    uint16_t moved = (uint16_t)(resource->swept - t->swept);
    t->skip -= moved < t->skip ? moved : t->skip; /* some twice, but none is left out */
    t->swept = resource->swept;
    t->more = false;
    for (const struct relo_stored_kind *k = resource->kinds; k; k = k->next) {
        uint8_t *begin = w->p;
        relo_wr_u32(w, k->definition->id);
        relo_wr_u64(w, k->generation);
        size_t values = relo_wr_open32(w);
        bool empty = true;
        for (const struct relo_value *v = k->first; v && !t->more; v = v->next) {
            if (v->received < t->since || position++ < t->skip || !relo_value_alive(v, env->now))
                continue;
            uint32_t certificates = set->count;
            bool fits = relo_certificate_set_add(set, v->certificate);
            uint32_t bytes = relo_value_size(v);
            if (set->count > certificates)
                bytes += env->config->certificate_bytes + 3;
            if (any && (!fits || used + bytes > room)) {
                set->count = certificates;
                t->skip = position - 1;
                t->more = true;
                break;
            }
            relo_value_write(env, w, v);
            until = relo_time_min(until, relo_value_ends(v));
            used += bytes;
            any = true;
            empty = false;
        }
        relo_wr_close32(w, values);
        if (empty)
            w->p = begin;
    }
    return until;
}

static relo_time write_store(struct relo_store *store, const struct relo_resource *resource,
                             struct relo_transfer *t, struct relo_wr *w,
                             struct relo_certificate_set *set)
{
    relo_wr_resource_id(w, resource->id);
    relo_wr_u8(w, t->number);
    size_t kinds = relo_wr_open32(w);
    relo_time until = write_values(store, resource, t, w, set);
    relo_wr_close32(w, kinds);
    return until;
}

static void write_fetch(const struct relo_resource *resource, struct relo_wr *w)
{
    relo_wr_resource_id(w, resource->id);
    size_t specifiers = relo_wr_open16(w);
    for (const struct relo_stored_kind *k = resource->kinds; k; k = k->next) {
        relo_wr_u32(w, k->definition->id);
        relo_wr_u64(w, 0);
        size_t length = relo_wr_open16(w);
        if (k->definition->model != RELO_MODEL_SINGLE) {
            size_t list = relo_wr_open16(w);
            if (k->definition->model == RELO_MODEL_ARRAY) {
                relo_wr_u32(w, 0);
                relo_wr_u32(w, UINT32_MAX);
            }
            relo_wr_close16(w, list);
        }
        relo_wr_close16(w, length);
    }
    relo_wr_close16(w, specifiers);
}

enum send_result {
    SEND_OK,
    SEND_NOTHING, /* there is no value to send */
    SEND_REFUSED  /* by our own quota, or it could not be written */
};

static enum send_result send(struct relo_store *store, struct relo_transfer *t,
                             const struct relo_resource *resource)
{
    struct relo_env *env = store->env;
    bool fetch = t->type == RELO_TRANSFER_FETCH;
    size_t size = (size_t)env->config->max_message_size * 2;
    uint8_t *buffer = relo_env_alloc(env, size);
    struct relo_wr w = relo_wr_init(buffer, size, RELO_ID_BYTES);
    struct relo_certificate_set set = {.count = 0};
    relo_time until = 0;
    if (fetch)
        write_fetch(resource, &w);
    else
        until = write_store(store, resource, t, &w, &set);
    if (!fetch && set.count == 0) { /* every value brings its certificate */
        relo_env_free(env, buffer, size);
        return SEND_NOTHING;
    }
    t->serial = ++store->serial;
    struct relo_request request = {
        .target = {.id = t->to, .resource = t->type == RELO_TRANSFER_RESCUE},
        .code = fetch ? RELO_CODE_FETCH_REQ : RELO_CODE_STORE_REQ,
        .body = relo_wr_view(&w),
        .certificates = set.packed,
        .certificate_count = set.count,
        .owner = RELO_OWNER_STORAGE,
        .context = t->serial,
        .until = until,
        .traffic_class = RELO_CLASS_DATA,
    };
    bool sent = !w.failed && relo_route_request(store->route, &request) != 0;
    relo_env_free(env, buffer, size);
    if (sent && !fetch)
        relo_count(env, RELO_COUNT_replicas_sent);
    return sent ? SEND_OK : SEND_REFUSED;
}

static bool in_list(const struct relo_transfer *list, struct relo_id resource, bool rescues)
{
    for (; list; list = list->next)
        if (relo_id_equal(list->resource, resource) &&
            (rescues || list->type != RELO_TRANSFER_RESCUE))
            return true;
    return false;
}

bool relo_transfer_pending(const struct relo_store *store, struct relo_id resource, bool rescues)
{
    return in_list(store->waiting, resource, rescues) || in_list(store->sent, resource, rescues);
}

void relo_transfer_forget(struct relo_store *store, struct relo_id id)
{
    const struct relo_route *route = store->route;
    if (relo_resources_find(store, id) && !route->ops->responsible(route->topology, id) &&
        !route->ops->keeps_replica(route->topology, id) && !relo_transfer_pending(store, id, true))
        relo_resources_remove(store, id);
}

/* Ends a transfer that is in neither list any more. */
static void finish(struct relo_store *store, struct relo_transfer *t, bool ok)
{
    struct relo_resource *resource = relo_resources_find(store, t->resource);
    struct relo_transfer ended = *t;
    relo_env_free(store->env, t, sizeof *t);
    if (!ok && ended.type == RELO_TRANSFER_REPLICA)
        relo_repair_soon(store); /* within seconds: the pass itself is the limit of the rate */
    if (resource && ended.type != RELO_TRANSFER_FETCH) {
        if (ok && ended.type != RELO_TRANSFER_REPLICA)
            resource->handed = true;
        if (ok)
            relo_resource_holder_add(resource, ended.to);
        else
            relo_resource_holder_remove(resource, ended.to);
    }
    struct relo_transfer_range *range = for_handover(&ended) ? range_to(store, ended.to) : NULL;
    if (range && --range->pending == 0)
        range_end(store, range);
}

/* Those that may not wait have places of their own: what goes around a failure or a merging of
   rings fills the others for as long as a slow link takes. */
static uint32_t outstanding(const struct relo_store *store, const struct relo_transfer *like)
{
    uint32_t n = 0;
    for (const struct relo_transfer *t = store->sent; t; t = t->next)
        n += t->fresh == like->fresh && relo_id_equal(t->to, like->to);
    return n;
}

/* The first transfer that may be sent now and has not been refused in this round. */
static struct relo_transfer *next_ready(const struct relo_store *store)
{
    for (struct relo_transfer *t = store->waiting; t; t = t->next)
        if (outstanding(store, t) < RELO_TRANSFERS_PER_PEER)
            return t;
    return NULL;
}

void relo_transfer_pump(struct relo_store *store)
{
    struct relo_transfer *t;
    while ((t = next_ready(store)) != NULL) {
        struct relo_resource *resource = relo_resources_find(store, t->resource);
        enum send_result result = resource ? send(store, t, resource) : SEND_NOTHING;
        if (result == SEND_REFUSED && ++t->tries < RELO_TRANSFER_TRIES) {
            store->expiry = relo_time_min(store->expiry, store->env->now + RELO_S);
            return; /* our own quota: later, and the others with it */
        }
        unlink_waiting(store, t);
        if (result != SEND_OK) { /* expired or deleted meanwhile, or given up */
            finish(store, t, result == SEND_NOTHING);
            continue;
        }
        t->next = store->sent;
        store->sent = t;
    }
}

static struct relo_transfer *sent_find(const struct relo_store *store, uint64_t context)
{
    struct relo_transfer *t = store->sent;
    while (t && t->serial != context)
        t = t->next;
    return t;
}

static uint32_t values_alive(const struct relo_store *store, const struct relo_resource *resource)
{
    uint32_t n = 0;
    for (const struct relo_stored_kind *k = resource->kinds; k; k = k->next)
        for (const struct relo_value *v = k->first; v; v = v->next)
            n += relo_value_alive(v, store->env->now);
    return n;
}

/* Something of it is new here, and it is not ours: who had all of it before has not that. */
static void changed_elsewhere(struct relo_store *store, struct relo_resource *resource)
{
    memset(resource->holder, 0, sizeof resource->holder);
    resource->handed = false;
    resource->pushes = 0;
    resource->vain_since = 0;
    relo_repair_soon(store);
}

/* The answer to a FETCH: what is newer replaces ours (7.4.1.1). True: the peer has all that we have
   now. */
static bool merge(struct relo_store *store, struct relo_id id, const struct relo_inbound *in)
{
    struct relo_resource *resource = relo_resources_find(store, id);
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, RELO_ID_BYTES);
    struct relo_rd s = relo_rd_init(in->security.p, in->security.n, RELO_ID_BYTES);
    struct relo_fetch_ans answer;
    struct relo_security security;
    if (!resource || in->code != RELO_CODE_FETCH_ANS || !relo_security_read(&s, &security) ||
        !relo_fetch_ans_read(&r, store->env->config, &answer))
        return false;
    uint32_t before = resource->bytes, theirs = 0;
    bool changed = false;
    struct relo_rd list =
        relo_rd_init(answer.kind_responses.p, answer.kind_responses.n, RELO_ID_BYTES);
    struct relo_fetch_kind_response kind;
    while (relo_fetch_kind_response_next(&list, store->env->config, &kind))
        changed |= relo_accept_merge(store->env, resource, &kind, security.certificates, &theirs);
    if (!relo_resources_changed(store, resource, before))
        return false;
    bool has_all = theirs == values_alive(store, resource);
    if (changed && store->route->ops->responsible(store->route->topology, id))
        relo_transfer_stored(store, resource, false);
    else if (changed)
        changed_elsewhere(store, resource);
    return has_all;
}

/* 7.4.1.1: fetch the newer data from the peer generating the error. */
static void fetch_from(struct relo_store *store, struct relo_transfer *t, struct relo_id peer)
{
    t->then = t->type == RELO_TRANSFER_RESCUE ? RELO_TRANSFER_REPLICA : t->type;
    t->type = RELO_TRANSFER_FETCH;
    if (t->then != RELO_TRANSFER_HANDOVER)
        t->to = peer;
    t->merged = true;
    t->tries = 0;
    insert_before_copies(store, t); /* until then we serve, copy and hand over what is older */
}

/* The store was refused as a whole: what we alone have is still to be brought there. One that waits
   already would bring the same. */
static void fetch_end(struct relo_store *store, struct relo_transfer *t, bool has_all)
{
    t->type = t->then;
    t->since = EVERYTHING;
    t->skip = 0;
    t->tries = 0;
    struct relo_transfer *same = find_waiting(store, t);
    if (same) {
        unlink_waiting(store, same);
        t->fresh |= same->fresh;
        struct relo_transfer_range *range = for_handover(same) ? range_to(store, same->to) : NULL;
        if (range)
            range->pending--;
        relo_env_free(store->env, same, sizeof *same);
    }
    if (has_all)
        finish(store, t, true);
    else
        enqueue(store, t);
}

void relo_transfer_answer(struct relo_store *store, const struct relo_inbound *in)
{
    struct relo_transfer *t = sent_find(store, in->context);
    if (!t)
        return;
    unlink_sent(store, t);
    bool newer = in->error_code == RELO_ERROR_DATA_TOO_OLD ||
                 in->error_code == RELO_ERROR_GENERATION_COUNTER_TOO_LOW;
    if (t->type == RELO_TRANSFER_FETCH) {
        fetch_end(store, t, merge(store, t->resource, in)); /* 6940-7.4.1.1-22 */
    } else if (newer && !t->merged) {
        fetch_from(store, t, in->signer.node_id); /* 6940-7.4.1.1-22 */
    } else if (in->code == RELO_CODE_STORE_ANS && t->more) {
        t->tries = 0;
        enqueue(store, t);
    } else {
        bool ok = in->code == RELO_CODE_STORE_ANS;
        if (ok && t->type == RELO_TRANSFER_RESCUE)
            t->to = in->signer.node_id; /* whoever that is: now it is known */
        finish(store, t, ok);
    }
    relo_transfer_pump(store);
}

/* The peer does not answer: what still waits for it would not arrive either. */
static void drop_waiting(struct relo_store *store, struct relo_id to)
{
    for (struct relo_transfer *t = store->waiting, *next; t; t = next) {
        next = t->next;
        if (t->type == RELO_TRANSFER_RESCUE || !relo_id_equal(t->to, to))
            continue;
        unlink_waiting(store, t);
        finish(store, t, false);
    }
}

void relo_transfer_failed(struct relo_store *store, const struct relo_done *done)
{
    struct relo_transfer *t = sent_find(store, done->context);
    if (!t)
        return;
    /* What has expired in a queue says nothing about the peer. */
    bool peer = t->type != RELO_TRANSFER_RESCUE && done->status != RELO_CANCELLED;
    struct relo_id to = t->to;
    unlink_sent(store, t);
    finish(store, t, false);
    if (peer)
        drop_waiting(store, to);
    relo_transfer_pump(store);
}

static void list_free(struct relo_store *store, struct relo_transfer *t)
{
    for (struct relo_transfer *next; t; t = next) {
        next = t->next;
        relo_env_free(store->env, t, sizeof *t);
    }
}

void relo_transfer_fini(struct relo_store *store)
{
    list_free(store, store->waiting);
    list_free(store, store->sent);
    store->waiting = store->waiting_last = store->sent = NULL;
    while (store->ranges) {
        struct relo_transfer_range *range = store->ranges;
        store->ranges = range->next;
        relo_env_free(store->env, range, sizeof *range);
    }
}
