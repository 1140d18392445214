/* SPDX-License-Identifier: BSD-2-Clause */
/* Prefetching for drivers of many nodes. Only addresses are computed; nothing is changed. */
#include "core/base/prefetch.h"
#include "core/link/state.h"
#include "core/node/node.h"

#include <stddef.h>

#define LINE 64u
#define ITEM_BYTES 128u     /* of a message on a link's queue, most of which is its header */
#define BUSY_BYTES 128u     /* of a link's busy block, what a sender reads */
#define TOPOLOGY_BYTES 128u /* what the next hop and the deadline read of it */

/* What every step reads of a node; the links alone begin behind what others have of it. */
static void prefetch_node(const struct relo_node *node, bool whole)
{
    const char *first =
        whole ? (const char *)&node->store.repair_at : (const char *)&node->deadline;
    relo_prefetch_lines(first, (size_t)((const char *)&node->links.local[1] - first));
}

static void prefetch_tables(const struct relo_node *node, bool packet, enum relo_coming coming)
{
    const struct relo_links *links = &node->links;
    if (packet) {
        relo_prefetch_lines(links->addr_hash, links->count * sizeof *links->addr_hash);
        relo_prefetch_lines(links->handle, links->count * sizeof *links->handle);
    } else {
        relo_quiet_prefetch(links, false);
    }
    if (coming == RELO_COMING_KEEPALIVE)
        return;
    if (links->active) /* usually there is one at most */
        relo_prefetch_lines(links->active, BUSY_BYTES);
    bool ack = coming == RELO_COMING_ACK;
    bool alone = ack && !links->relayed && node->calm > node->env.now;
    if (alone && node->plain)
        return;
    if (ack && !alone) /* then its step is like any other */
        prefetch_node(node, true);
    relo_prefetch_lines(node->topology, TOPOLOGY_BYTES);
    if (node->turn)
        relo_turn_service_prefetch(node->turn);
    relo_prefetch_lines(node->route.agents, sizeof *node->route.agents);
    relo_prefetch_lines(node->relays, LINE);
}

static void prefetch_link(const struct relo_node *node, const struct relo_addr *remote)
{
    const struct relo_links *links = &node->links;
    uint16_t hash = relo_addr_hash(remote);
    for (uint32_t i = 0; i < links->count; i++) {
        if (links->addr_hash[i] == hash) {
            relo_prefetch_lines(relo_link_get(links, links->handle[i]), 2 * (size_t)LINE);
            return;
        }
    }
}

static void prefetch_routes(const struct relo_node *node, bool packet, enum relo_coming coming)
{
    const struct relo_links *links = &node->links;
    if (coming == RELO_COMING_SNAPSHOT) {
        node->ops->prefetch(node->topology);
    } else if (coming == RELO_COMING_STEP && packet) {
        relo_prefetch_lines(links->key, links->capacity * sizeof *links->key);
        node->ops->prefetch(node->topology);
    } else if (links->active && links->active->first) {
        /* What the ACK is for, or a timer of which has run out. */
        __builtin_prefetch(links->active->first->body.body);
    }
}

void relo_node_prefetch(const struct relo_node *node, enum relo_prefetch what,
                        const struct relo_addr *remote, enum relo_coming coming)
{
    if (what == RELO_PREFETCH_NODE) {
        prefetch_node(node, coming == RELO_COMING_STEP || coming == RELO_COMING_SNAPSHOT);
        return;
    }
    if (!node->started)
        return;
    switch (what) {
    case RELO_PREFETCH_NODE:
        break;
    case RELO_PREFETCH_TABLES:
        prefetch_tables(node, remote != NULL, coming);
        break;
    case RELO_PREFETCH_LINK:
        if (remote)
            prefetch_link(node, remote);
        else
            relo_quiet_prefetch(&node->links, true);
        if (coming != RELO_COMING_KEEPALIVE && node->links.active)
            relo_prefetch_lines(node->links.active->first, ITEM_BYTES);
        break;
    case RELO_PREFETCH_ROUTES:
        if (coming != RELO_COMING_KEEPALIVE)
            prefetch_routes(node, remote != NULL, coming);
        break;
    }
}
