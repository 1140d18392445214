/* SPDX-License-Identifier: BSD-2-Clause */
/* Repair of copies: RFC 6940 sections 6.4.2.3, 10.4 and 10.7.3.

   The responsible peer replicates (10.4) and hands over (10.5). It cannot where it has never had a
   value itself: a peer that joined behind one that died, or whose own predecessors died, becomes
   responsible for what only its successors keep. So whoever keeps a replica, and does not know that
   the responsible peer has a copy, stores one there, as 6.4.2.3 asks of whoever was responsible. */
#include "core/storage/repair.h"

#include "core/config/config.h"
#include "core/storage/transfer.h"

#define WAIT (5 * RELO_S) /* handovers and first replicas take less */
#define SPREAD (10 * RELO_S)
#define AGAIN (30 * RELO_S)
#define UNNOTICED (60 * RELO_S) /* a failure, after the Update that fails by it */

/* Peers around a failure do not act all at once: the first spares the others the work. */
static void schedule(struct relo_store *store, relo_time at)
{
    relo_time spread = (relo_time)(store->env->self.lo % (uint64_t)SPREAD);
    store->repair_at = relo_time_min(store->repair_at, at + spread);
}

void relo_repair_soon(struct relo_store *store)
{
    schedule(store, store->env->now + WAIT);
}

static bool known_at_any(const struct relo_resource *resource, const struct relo_id *peers,
                         uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (relo_resource_holder(resource, peers[i]))
            return true;
    return false;
}

/* True: something is still to be done here, later. */
static bool replicas_are_missing(struct relo_store *store, struct relo_resource *resource)
{
    struct relo_id peers[RELO_HOLDERS_MAX];
    const struct relo_route *route = store->route;
    uint32_t n = route->ops->replicas(route->topology, peers, RELO_HOLDERS_MAX), known = 0;
    for (uint32_t i = 0; i < n; i++)
        known += relo_resource_holder(resource, peers[i]);
    if (known == n)
        return false;
    if (!route->ops->holding_down(route->topology))
        relo_transfer_replicate(store, resource);
    return true;
}

static bool owner_is_without(struct relo_store *store, struct relo_resource *resource, bool kept,
                             const struct relo_id *nearer, uint32_t n)
{
    if (n == 0 || relo_resource_holder(resource, nearer[0]))
        return false;
    if (!kept) {
        /* Perhaps the last copy: not deleted (10.7.3: SHOULD) before it is known where another one
           is, but the responsible peer is not bound to take it (7.4.1.1). */
        if (known_at_any(resource, nearer, n) || resource->pushes >= RELO_REPAIR_PUSHES)
            return false;
        resource->pushes++;
    }
    relo_transfer_push(store, resource, nearer[0]);
    return true;
}

/* What is kept in vain is deleted, but not before the next Updates (10.7.4.1): the peer that is
   known to have a copy, or those between, may have failed unnoticed, and this be the last one.
   Returns when to look again; RELO_NEVER: it is gone. */
static relo_time forget(struct relo_store *store, struct relo_resource *resource)
{
    relo_time wait = store->env->config->chord_update_interval + UNNOTICED;
    if (resource->vain_since == 0)
        resource->vain_since = store->env->now;
    if (store->env->now < resource->vain_since + wait)
        return resource->vain_since + wait;
    if (relo_transfer_pending(store, resource->id, true))
        return store->env->now + AGAIN;
    relo_transfer_forget(store, resource->id); /* 6940-10.7.3-7 */
    return RELO_NEVER;
}

/* When to look again; RELO_NEVER: not at all. The resource may be gone. */
static relo_time repair(struct relo_store *store, struct relo_resource *resource)
{
    const struct relo_route *route = store->route;
    relo_time again = store->env->now + AGAIN, vain_since = resource->vain_since;
    /* A Store by the Resource-ID (6.4.2.3) does not count: its way leads over peers before the new
       owner (10.3), and while they do not know that one it ends there, for up to 15 s and more
       (6.2.1). The owner may be a neighbor of ours, but joins soon make us no replica of it. */
    if (relo_transfer_pending(store, resource->id, false))
        return again;
    resource->vain_since = 0;
    if (route->ops->responsible(route->topology, resource->id))
        return replicas_are_missing(store, resource) ? again : RELO_NEVER;
    struct relo_id nearer[RELO_HOLDERS_MAX];
    uint32_t n = route->ops->nearer(route->topology, resource->id, nearer, RELO_HOLDERS_MAX);
    bool kept = route->ops->keeps_replica(route->topology, resource->id);
    if (owner_is_without(store, resource, kept, nearer, n))
        return again;
    if (kept || !known_at_any(resource, nearer, n))
        return RELO_NEVER;
    resource->vain_since = vain_since;
    return forget(store, resource);
}

void relo_repair_pass(struct relo_store *store)
{
    const struct relo_route *route = store->route;
    if (store->repair_at > store->env->now)
        return;
    store->repair_at = RELO_NEVER;
    if (route->ops->state(route->topology) != RELO_NODE_JOINED)
        return; /* once admitted, all is looked at again */
    relo_time again = RELO_NEVER;
    for (uint32_t i = store->count; i-- > 0;)
        again = relo_time_min(again, repair(store, store->resources[i]));
    if (again != RELO_NEVER)
        schedule(store, again);
}
