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

/* Where what every step reads of a node begins; of the links alone, behind what others have. */
static const char *node_first(const struct relo_coming *coming)
{
    const struct relo_node *node = coming->node;
    bool whole = coming->kind == RELO_COMING_STEP || coming->kind == RELO_COMING_SNAPSHOT;
    return whole ? (const char *)&node->store.repair_at : (const char *)&node->deadline;
}

static void prefetch_node(const struct relo_node *node, const char *first)
{
    relo_prefetch_lines(first, (size_t)((const char *)&node->links.local[1] - first));
}

static void prefetch_tables(const struct relo_coming *coming)
{
    const struct relo_node *node = coming->node;
    const struct relo_links *links = &node->links;
    if (coming->remote) {
        relo_prefetch_lines(links->addr_hash, links->count * sizeof *links->addr_hash);
        relo_prefetch_lines(links->handle, links->count * sizeof *links->handle);
    } else {
        relo_quiet_prefetch(links, false);
    }
    if (coming->kind == RELO_COMING_KEEPALIVE)
        return;
    if (links->active) /* usually there is one at most */
        relo_prefetch_lines(links->active, BUSY_BYTES);
    bool ack = coming->kind == RELO_COMING_ACK;
    bool alone = ack && !links->relayed && node->calm > node->env.now;
    if (alone && node->plain)
        return;
    if (ack && !alone) /* then its step is like any other */
        prefetch_node(node, (const char *)&node->store.repair_at);
    relo_prefetch_lines(node->topology, TOPOLOGY_BYTES);
    if (node->turn)
        relo_turn_service_prefetch(node->turn);
    relo_prefetch_lines(node->route.agents, sizeof *node->route.agents);
    relo_prefetch_lines(node->relays, LINE);
}

/* The link that a datagram comes in on; NULL: none. */
static const struct relo_link *find_link(const struct relo_coming *coming)
{
    const struct relo_links *links = &coming->node->links;
    uint16_t hash = coming->remote ? relo_addr_hash(coming->remote) : 0;
    for (uint32_t i = 0; coming->remote && i < links->count; i++)
        if (links->addr_hash[i] == hash)
            return relo_link_get(links, links->handle[i]);
    return NULL;
}

static void prefetch_rest_of_link(const struct relo_coming *coming, const char *link)
{
    const struct relo_links *links = &coming->node->links;
    if (link)
        relo_prefetch_lines(link + LINE, LINE);
    if (!coming->remote)
        relo_quiet_prefetch(links, true);
    if (coming->kind != RELO_COMING_KEEPALIVE && links->active)
        relo_prefetch_lines(links->active->first, ITEM_BYTES);
}

static void prefetch_routes(const struct relo_coming *coming)
{
    const struct relo_node *node = coming->node;
    const struct relo_links *links = &node->links;
    if (coming->kind == RELO_COMING_SNAPSHOT) {
        node->ops->prefetch(node->topology);
    } else if (coming->kind == RELO_COMING_STEP && coming->remote) {
        relo_prefetch_lines(links->key, links->capacity * sizeof *links->key);
        node->ops->prefetch(node->topology);
    } else if (coming->kind != RELO_COMING_KEEPALIVE && links->active && links->active->first) {
        /* What the ACK is for, or a timer of which has run out. */
        relo_prefetch(links->active->first->body.body);
    }
}

/* First what is most likely on pages that nobody touched for long, in a row. */
static void prefetch_nodes(const struct relo_coming *coming, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        __builtin_prefetch(node_first(&coming[i]));
    for (uint32_t i = 0; i < n; i++)
        prefetch_node(coming[i].node, node_first(&coming[i]));
}

static void prefetch_links(const struct relo_coming *coming, uint32_t n)
{
    const char *link[RELO_PREFETCH_MAX];
    for (uint32_t i = 0; i < n; i++)
        link[i] = (const char *)find_link(&coming[i]);
    for (uint32_t i = 0; i < n; i++)
        relo_prefetch(link[i]);
    for (uint32_t i = 0; i < n; i++)
        prefetch_rest_of_link(&coming[i], link[i]);
}

void relo_node_prefetch(const struct relo_coming *coming, uint32_t n, enum relo_prefetch what)
{
    if (what == RELO_PREFETCH_NODE)
        prefetch_nodes(coming, n);
    else if (what == RELO_PREFETCH_LINK)
        prefetch_links(coming, n);
    for (uint32_t i = 0; i < n; i++) {
        if (what == RELO_PREFETCH_TABLES && coming[i].node->started)
            prefetch_tables(&coming[i]);
        else if (what == RELO_PREFETCH_ROUTES && coming[i].node->started)
            prefetch_routes(&coming[i]);
    }
}
