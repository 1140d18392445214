/* SPDX-License-Identifier: BSD-2-Clause */
/* The sorted array of resources (RFC 6940 section 7: what one peer stores). */
#include "core/storage/resources.h"

#include "core/base/check.h"

#include <string.h>

/* The first resource not below id. */
static uint32_t lower_bound(const struct relo_store *store, struct relo_id id)
{
    uint32_t low = 0, high = store->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (relo_id_compare(store->resources[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct relo_resource *relo_resources_find(const struct relo_store *store, struct relo_id id)
{
    uint32_t i = lower_bound(store, id);
    return i < store->count && relo_id_equal(store->resources[i]->id, id) ? store->resources[i]
                                                                          : NULL;
}

struct relo_resource *relo_resources_add(struct relo_store *store, struct relo_id id)
{
    uint32_t i = lower_bound(store, id);
    if (i < store->count && relo_id_equal(store->resources[i]->id, id))
        return store->resources[i];
    if (store->count == RELO_STORE_RESOURCES_MAX)
        return NULL;
    if (store->count == store->capacity) {
        uint32_t capacity = store->capacity ? store->capacity * 2 : 4;
        store->resources = relo_pool_resize(
            &store->env->shard->pool, store->resources, store->capacity * sizeof *store->resources,
            capacity * sizeof *store->resources, store->count * sizeof *store->resources);
        store->capacity = capacity;
    }
    memmove(store->resources + i + 1, store->resources + i,
            (store->count - i) * sizeof *store->resources);
    store->count++;
    return store->resources[i] = relo_resource_new(store->env, id);
}

void relo_resources_remove(struct relo_store *store, struct relo_id id)
{
    uint32_t i = lower_bound(store, id);
    RELO_CHECK(i < store->count && relo_id_equal(store->resources[i]->id, id));
    store->bytes -= store->resources[i]->bytes;
    relo_resource_free(store->env, store->resources[i]);
    store->count--;
    memmove(store->resources + i, store->resources + i + 1,
            (store->count - i) * sizeof *store->resources);
}

bool relo_resources_changed(struct relo_store *store, struct relo_resource *resource,
                            uint32_t before)
{
    relo_resource_sweep(store->env, resource, &store->expiry); /* also finds the earliest expiry */
    store->bytes = store->bytes - before + resource->bytes;
    if (resource->kinds)
        return true;
    relo_resources_remove(store, resource->id);
    return false;
}
