/* SPDX-License-Identifier: BSD-2-Clause */
/* A shard: the memory of any number of nodes that one thread steps; and looking into nodes. */
#include "core/node/node.h"
#include "core/base/check.h"
#include "core/base/sha1.h"

#include <stdlib.h>
#include <string.h>

size_t relo_link_bytes(void);
size_t relo_transaction_bytes(void);

struct relo_shard *relo_shard_new(void)
{
    struct relo_shard *shard = calloc(1, sizeof *shard);
    RELO_CHECK(shard != NULL);
    relo_pool_init(&shard->pool);
    relo_slab_init(&shard->slab[RELO_SLAB_LINK], relo_link_bytes());
    relo_slab_init(&shard->slab[RELO_SLAB_TRANSACTION], relo_transaction_bytes());
    return shard;
}

void relo_shard_free(struct relo_shard *shard)
{
    if (!shard)
        return;
    for (int i = 0; i < RELO_SLAB_KINDS; i++)
        relo_slab_fini(&shard->slab[i]);
    relo_pool_fini(&shard->pool);
    free(shard);
}

struct relo_pool *relo_shard_pool(struct relo_shard *shard)
{
    return &shard->pool;
}

static const char *const counter_names[] = {
#define RELO_COUNTER_NAME(name, text) text,
    RELO_COUNTERS(RELO_COUNTER_NAME)
#undef RELO_COUNTER_NAME
};

uint32_t relo_shard_counter_count(void)
{
    return RELO_COUNTER_COUNT;
}

const char *relo_shard_counter_name(uint32_t i)
{
    return i < RELO_COUNTER_COUNT ? counter_names[i] : NULL;
}

uint64_t relo_shard_counter(const struct relo_shard *shard, uint32_t i)
{
    return i < RELO_COUNTER_COUNT ? shard->counter[i] : 0;
}

void relo_node_snapshot(const struct relo_node *node, struct relo_snapshot *snapshot)
{
    memset(snapshot, 0, sizeof *snapshot);
    if (!node->started)
        return;
    node->ops->snapshot(node->topology, snapshot);
    snapshot->id = node->env.self;
    snapshot->state = node->stopped ? RELO_NODE_STOPPED : node->ops->state(node->topology);
    snapshot->link_count = node->links.count;
    snapshot->resource_count = node->store.count;
    snapshot->queued = relo_links_queued(&node->links);
    snapshot->turn_server = node->turn && relo_turn_service_serves(node->turn);
    snapshot->transactions = node->route.transaction_count;
}

bool relo_node_responsible(const struct relo_node *node, struct relo_id resource)
{
    return node->started && node->ops->responsible(node->topology, resource);
}

uint64_t relo_node_holds(const struct relo_node *node, struct relo_id resource, uint32_t kind,
                         uint32_t index, struct relo_view key)
{
    return node->started ? relo_store_holds(&node->store, resource, kind, index, key) : 0;
}

uint32_t relo_node_fingers(const struct relo_node *node, struct relo_id *fingers, uint32_t max)
{
    return node->started ? node->ops->fingers(node->topology, fingers, max) : 0;
}

struct relo_id relo_resource_id(const void *name, size_t n)
{
    return relo_sha1_resource(name, n);
}
