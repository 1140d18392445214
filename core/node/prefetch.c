/* SPDX-License-Identifier: BSD-2-Clause */
/* Prefetching for drivers of many nodes. Only addresses are computed; nothing is changed. */
#include "core/link/state.h"
#include "core/node/node.h"

#define LINE 64u
#define TOPOLOGY_LINES 6u

static void prefetch_lines(const void *from, size_t bytes)
{
    for (size_t i = 0; from && i < bytes; i += LINE)
        __builtin_prefetch((const char *)from + i);
}

static void prefetch_tables(const struct relo_node *node)
{
    const struct relo_links *links = &node->links;
    size_t entry = sizeof *links->id + sizeof *links->handle + sizeof *links->addr_hash;
    prefetch_lines(links->id, links->capacity * entry); /* the three arrays are one block */
    prefetch_lines(node->topology, (size_t)TOPOLOGY_LINES * LINE);
}

static void prefetch_link(const struct relo_node *node, const struct relo_addr *remote)
{
    const struct relo_links *links = &node->links;
    if (!remote) {
        prefetch_lines(links->active, LINE);
        return;
    }
    uint32_t hash = relo_table_addr_hash(remote);
    for (uint32_t i = 0; i < links->count; i++) {
        if (links->addr_hash[i] == hash) {
            prefetch_lines(relo_link_get(links, links->handle[i]), 2 * (size_t)LINE);
            return;
        }
    }
}

void relo_node_prefetch(const struct relo_node *node, enum relo_prefetch what,
                        const struct relo_addr *remote)
{
    switch (what) {
    case RELO_PREFETCH_NODE:
        prefetch_lines(node, sizeof *node);
        break;
    case RELO_PREFETCH_TABLES:
        if (node->started)
            prefetch_tables(node);
        break;
    case RELO_PREFETCH_LINK:
        if (node->started)
            prefetch_link(node, remote);
        break;
    }
}
