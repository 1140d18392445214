/* SPDX-License-Identifier: BSD-2-Clause */
/* The storing side of one node: requests and topology events (RFC 6940 sections 7.4, 10.4, 10.5,
   10.7.3). */
#include "core/storage/store.h"

#include "core/storage/accept.h"
#include "core/storage/fetch.h"
#include "core/storage/repair.h"
#include "core/storage/resources.h"
#include "core/storage/transfer.h"
#include "core/wire/codes.h"
#include "core/wire/node_id.h"

#include <string.h>

#define ERROR_INFO_BYTES 2048

void relo_store_init(struct relo_store *store, struct relo_env *env, struct relo_route *route)
{
    *store = (struct relo_store){
        .env = env, .route = route, .expiry = RELO_NEVER, .repair_at = RELO_NEVER};
}

void relo_store_fini(struct relo_store *store)
{
    relo_transfer_fini(store);
    for (uint32_t i = 0; i < store->count; i++)
        relo_resource_free(store->env, store->resources[i]);
    relo_env_free(store->env, store->resources, store->capacity * sizeof *store->resources);
    store->resources = NULL;
    store->count = store->capacity = store->bytes = 0;
}

static bool responsible(const struct relo_store *store, struct relo_id id)
{
    return store->route->ops->responsible(store->route->topology, id);
}

static struct relo_rd body_of(const struct relo_inbound *in)
{
    return relo_rd_init(in->body.p, in->body.n, RELO_ID_BYTES);
}

static const char *reason(uint16_t error)
{
    switch (error) {
    case RELO_ERROR_FORBIDDEN:
        return "not by this signer, or not here";
    case RELO_ERROR_DATA_TOO_OLD:
        return "what is stored is as new, or newer";
    case RELO_ERROR_DATA_TOO_LARGE:
        return "above a limit of the kind, or of this peer";
    case RELO_ERROR_NOT_FOUND:
        return "not responsible";
    default:
        return "malformed";
    }
}

static void refuse(struct relo_store *store, const struct relo_inbound *in, uint16_t error,
                   const struct relo_wr *info)
{
    if (in->code == RELO_CODE_STORE_REQ)
        relo_count(store->env, RELO_COUNT_stores_refused);
    /* 6.3.3.1: a description, unless the error has contents of its own. */
    if (relo_wr_size(info) == 0)
        relo_route_error_text(store->route, in, error, reason(error)); /* 6940-6.3.3.1-6 */
    else
        relo_route_error(store->route, in, error, relo_wr_view(info));
}

/* --- Store (7.4.1) -------------------------------------------------------------------------- */

/* 7.4.1.1: who may store here, by replica number. */
static bool sender_allowed(const struct relo_store *store, const struct relo_inbound *in,
                           struct relo_id id, bool replica)
{
    const struct relo_route *route = store->route;
    return replica ? route->ops->replica_sender_plausible(route->topology, id, in->signer.node_id)
                   : route->ops->accepts(route->topology, id);
}

static void answer_store(struct relo_store *store, struct relo_inbound *in,
                         const struct relo_accept *accept, const struct relo_resource *resource)
{
    struct relo_id peers[RELO_HOLDERS_MAX];
    uint8_t replicas[RELO_HOLDERS_MAX * RELO_ID_BYTES];
    uint32_t n = 0;
    if (accept->request->replica_number == 0)
        n = store->route->ops->replicas(store->route->topology, peers, RELO_HOLDERS_MAX);
    for (uint32_t i = 0; i < n; i++)
        relo_id_to_bytes(peers[i], replicas + (size_t)i * RELO_ID_BYTES);
    uint8_t body[ERROR_INFO_BYTES];
    struct relo_wr w = relo_wr_init(body, sizeof body, RELO_ID_BYTES);
    relo_accept_answer(accept, resource, (struct relo_view){replicas, n * RELO_ID_BYTES}, &w);
    if (w.failed)
        relo_route_error_text(store->route, in, RELO_ERROR_RESPONSE_TOO_LARGE, "too many kinds");
    else
        relo_route_answer(store->route, in, RELO_CODE_STORE_ANS, relo_wr_view(&w), NULL, 0);
}

/* What follows an accepted store: replicas by the responsible peer (10.4). */
static void stored(struct relo_store *store, const struct relo_inbound *in,
                   const struct relo_accept *accept, struct relo_resource *resource, bool changed)
{
    bool ours = responsible(store, resource->id), replica = accept->request->replica_number != 0;
    /* Whoever had all of it before sends only what is new. */
    bool has_all = relo_resource_holder(resource, in->signer.node_id) ||
                   (replica && relo_accept_covers(accept, resource));
    if (ours && changed) {
        relo_transfer_stored(store, resource, !replica); /* 6940-10.4-2 */
        resource->mine = true;
    }
    if (!replica)
        return;
    if (!ours) {
        /* The responsible peer has this, since it sent it to us; perhaps not all that we have. */
        resource->mine = false;
        resource->handed = false;
        resource->pushes = 0;
        resource->vain_since = 0;
        if (changed)
            memset(resource->holder, 0, sizeof resource->holder);
    }
    if (has_all)
        relo_resource_holder_add(resource, in->signer.node_id);
    else
        relo_repair_soon(store);
}

static void request_store(struct relo_store *store, struct relo_inbound *in)
{
    uint8_t info_bytes[ERROR_INFO_BYTES];
    struct relo_wr info = relo_wr_init(info_bytes, sizeof info_bytes, RELO_ID_BYTES);
    struct relo_rd r = body_of(in);
    struct relo_rd s = relo_rd_init(in->security.p, in->security.n, RELO_ID_BYTES);
    struct relo_store_req request;
    struct relo_security security;
    struct relo_accept accept = {.env = store->env, .request = &request, .signer = &in->signer};
    if (!relo_store_req_read(&r, store->env->config, &request) || relo_rd_left(&r) ||
        !relo_view_to_id(request.resource, &accept.resource) ||
        !relo_security_read(&s, &security)) {
        refuse(store, in, RELO_ERROR_INVALID_MESSAGE, &info);
        return;
    }
    accept.certificates = security.certificates;
    bool replica = request.replica_number != 0, changed = false;
    /* 6940-7.4.1.1-4 6940-7.4.1.1-5 6940-7.4.1.1-11 6940-7.4.1.1-12 */
    if (!sender_allowed(store, in, accept.resource, replica)) {
        refuse(store, in, RELO_ERROR_FORBIDDEN, &info);
        return;
    }
    uint16_t error = relo_accept_check(&accept, &info);
    struct relo_resource *resource = NULL;
    if (!error && store->bytes + in->message_bytes <= RELO_STORE_BYTES_MAX)
        resource = relo_resources_add(store, accept.resource);
    if (!error && !resource)
        error = RELO_ERROR_DATA_TOO_LARGE; /* quota */
    if (error) {
        refuse(store, in, error, &info);
        return;
    }
    uint32_t before = resource->bytes;
    error = relo_accept_apply(&accept, resource, &changed, &info);
    if (!relo_resources_changed(store, resource, before))
        resource = NULL; /* empty before, and nothing has come */
    if (error) {
        refuse(store, in, error, &info);
        return;
    }
    relo_count(store->env, RELO_COUNT_stores_accepted);
    answer_store(store, in, &accept, resource); /* 6940-7.4.1.2-1 6940-10.4-1 */
    if (resource)
        stored(store, in, &accept, resource, changed);
    relo_transfer_pump(store);
}

/* --- Fetch, Stat, Find (7.4.2 to 7.4.4) ------------------------------------------------------ */

/* A certificate that would not fit in the answer is refused by the size of the whole. */
static void request_fetch(struct relo_store *store, struct relo_inbound *in)
{
    uint8_t info_bytes[ERROR_INFO_BYTES];
    struct relo_wr info = relo_wr_init(info_bytes, sizeof info_bytes, RELO_ID_BYTES);
    struct relo_rd r = body_of(in);
    struct relo_fetch_req request;
    struct relo_id id;
    if (!relo_fetch_req_read(&r, store->env->config, &request) || relo_rd_left(&r) ||
        !relo_view_to_id(request.resource, &id)) {
        refuse(store, in, RELO_ERROR_INVALID_MESSAGE, &info);
        return;
    }
    size_t size = store->env->config->max_message_size;
    uint8_t *body = relo_env_alloc(store->env, size);
    struct relo_wr w = relo_wr_init(body, size, RELO_ID_BYTES);
    struct relo_certificate_set set = {.count = 0};
    uint16_t error = relo_fetch_answer(store->env, relo_resources_find(store, id), &request,
                                       in->code == RELO_CODE_STAT_REQ, &w, &set, &info);
    if (error)
        refuse(store, in, error, &info);
    else
        relo_route_answer(store->route, in, (uint16_t)(in->code + 1), relo_wr_view(&w), set.packed,
                          set.count);
    relo_env_free(store->env, body, size);
}

static void request_find(struct relo_store *store, struct relo_inbound *in)
{
    uint8_t bytes[ERROR_INFO_BYTES];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, RELO_ID_BYTES);
    struct relo_wr info = relo_wr_init(bytes, sizeof bytes, RELO_ID_BYTES);
    struct relo_rd r = body_of(in);
    struct relo_find_req request;
    struct relo_id id;
    uint16_t error;
    if (!relo_find_req_read(&r, &request) || relo_rd_left(&r) ||
        !relo_view_to_id(request.resource, &id))
        error = RELO_ERROR_INVALID_MESSAGE;
    else if (!responsible(store, id)) /* 6940-7.4.4.2-1 */
        error = RELO_ERROR_NOT_FOUND; /* 7.4.4.2 */
    else
        error = relo_fetch_find(store->env, store->resources, store->count, id, &request, &w);
    if (error)
        refuse(store, in, error, &info);
    else
        relo_route_answer(store->route, in, RELO_CODE_FIND_ANS, relo_wr_view(&w), NULL, 0);
}

void relo_store_request(struct relo_store *store, struct relo_inbound *in)
{
    switch (in->code) {
    case RELO_CODE_STORE_REQ:
        request_store(store, in);
        return;
    case RELO_CODE_FETCH_REQ:
    case RELO_CODE_STAT_REQ:
        request_fetch(store, in);
        return;
    case RELO_CODE_FIND_REQ:
        request_find(store, in);
        return;
    default:
        return; /* the node gives us these four only */
    }
}

void relo_store_answer(struct relo_store *store, const struct relo_inbound *in)
{
    relo_transfer_answer(store, in);
}

void relo_store_failed(struct relo_store *store, const struct relo_done *done)
{
    relo_transfer_failed(store, done);
}

/* --- the topology changes -------------------------------------------------------------------- */

/* Once it is not ours any more, those further away delete what they keep without telling us: what
   is known of them is worth nothing when it is ours again. */
static void forget_holders(struct relo_store *store, struct relo_resource *resource)
{
    struct relo_id nearer[RELO_HOLDERS_MAX];
    const struct relo_route *route = store->route;
    uint32_t n = route->ops->nearer(route->topology, resource->id, nearer, RELO_HOLDERS_MAX);
    relo_resource_holders_keep(resource, nearer, n);
}

/* Every resource is either ours now, or no longer (6.4.2.3, 10.7.3). */
static void range_changed(struct relo_store *store)
{
    for (uint32_t i = 0; i < store->count; i++) {
        struct relo_resource *resource = store->resources[i];
        if (responsible(store, resource->id)) {
            if (resource->mine)
                continue; /* a new replica set waits for its hold-down (10.7.1) */
            resource->mine = true;
            resource->handed = false;
            relo_transfer_replicate(store, resource);
        } else if (resource->mine) {
            resource->mine = false;
            forget_holders(store, resource);
            /* 6.4.2.3: unless it knows the newly responsible node already has a copy. */
            if (!resource->handed)
                relo_transfer_rescue(store, resource); /* 6940-6.4.2.3-2 */
        }
    }
}

/* 10.7.3: a Store for any data of ours to any new node in the replica set. */
static void replicas_changed(struct relo_store *store)
{
    struct relo_id peers[RELO_HOLDERS_MAX];
    const struct relo_route *route = store->route;
    uint32_t n = route->ops->replicas(route->topology, peers, RELO_HOLDERS_MAX);
    for (uint32_t i = 0; i < store->count; i++)
        if (responsible(store, store->resources[i]->id)) {
            store->resources[i]->mine = true;
            /* Who is no replica now deletes its copy (10.7.3), and has none if it is one again. */
            relo_resource_holders_keep(store->resources[i], peers, n);
            relo_transfer_replicate(store, store->resources[i]); /* 6940-10.7.3-5 */
        }
}

void relo_store_peer_gone(struct relo_store *store, struct relo_id peer)
{
    for (uint32_t i = 0; i < store->count; i++)
        relo_resource_holder_remove(store->resources[i], peer);
}

void relo_store_topology(struct relo_store *store, const struct relo_topology_event *event)
{
    switch (event->type) {
    case RELO_TOPOLOGY_ADMITTED:
    case RELO_TOPOLOGY_RANGE_CHANGED:
        range_changed(store);
        relo_repair_soon(store);
        break;
    case RELO_TOPOLOGY_REPLICAS_CHANGED:
        replicas_changed(store);
        break;
    case RELO_TOPOLOGY_NEIGHBORS_CHANGED:
        if (store->count > 0)
            relo_repair_soon(store);
        break;
    case RELO_TOPOLOGY_REPLICA_DECLINES:
        relo_store_peer_gone(store, event->to);
        relo_repair_soon(store);
        break;
    case RELO_TOPOLOGY_HANDOVER:
        relo_transfer_handover(store, event->from, event->to);
        break;
    case RELO_TOPOLOGY_JOIN_FAILED:
    case RELO_TOPOLOGY_LEFT:
    case RELO_TOPOLOGY_ATTACHED:
    case RELO_TOPOLOGY_DISCONNECTED:
        break; /* what is stored stays until it expires */
    }
    relo_transfer_pump(store);
}

/* --- time ------------------------------------------------------------------------------------ */

relo_time relo_store_deadline(const struct relo_store *store)
{
    if (store->expiry >= RELO_NEVER - RELO_S)
        return store->repair_at;
    /* Whole seconds, so that values stored together go together; nobody is shown an expired one. */
    return relo_time_min(store->repair_at, (store->expiry + RELO_S - 1) / RELO_S * RELO_S);
}

void relo_store_wake(struct relo_store *store)
{
    if (store->env->now < relo_store_deadline(store))
        return;
    store->expiry = RELO_NEVER;
    for (uint32_t i = store->count; i-- > 0;)
        relo_resources_changed(store, store->resources[i], store->resources[i]->bytes);
    relo_repair_pass(store);
    relo_transfer_pump(store);
}

uint64_t relo_store_holds(const struct relo_store *store, struct relo_id id, uint32_t kind,
                          uint32_t index, struct relo_view key)
{
    const struct relo_resource *resource = relo_resources_find(store, id);
    const struct relo_stored_kind *k = resource ? relo_resource_kind(resource, kind) : NULL;
    const struct relo_value *v = k ? relo_value_find(k, index, key, store->env->now) : NULL;
    return v ? v->storage_time : 0;
}
