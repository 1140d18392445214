/* SPDX-License-Identifier: BSD-2-Clause */
/* STUN servers: connected peers, one for each address under which they see this node, and bootstrap
   nodes where no peer looks at it from outside its NAT (RFC 6940 section 6.5.1.4). */
#include "core/ice/servers.h"

static bool is_bootstrap(const struct relo_ice_agents *agents, const struct relo_addr *addr)
{
    for (uint32_t i = 0; i < agents->bootstrap_count; i++)
        if (relo_addr_equal(&agents->bootstrap[i], addr))
            return true;
    return false;
}

static bool is_connected(const struct relo_ice_agents *agents, const struct relo_addr *addr)
{
    return relo_links_find_addr(agents->links, addr) != 0;
}

static bool in_group(const struct relo_ice_agents *agents, const struct relo_addr *server)
{
    for (uint32_t i = 0; i < agents->group_count; i++)
        if (agents->group[i].server.family && relo_addr_equal(&agents->group[i].server, server))
            return true;
    return false;
}

/* A connected peer of whom it is not known how it sees us, the first behind the one that was silent
   last; address family 0: there is none. */
static struct relo_addr unexplored(const struct relo_ice_agents *agents)
{
    struct relo_addr first = {.family = 0};
    bool behind = agents->silent.family == 0;
    uint32_t cursor = 0;
    relo_handle h;
    while ((h = relo_links_next(agents->links, &cursor))) {
        struct relo_addr addr = relo_link_remote(agents->links, h);
        bool fresh = !relo_links_is_stream(agents->links, h) && !in_group(agents, &addr);
        if (fresh && behind)
            return addr;
        if (fresh && !first.family)
            first = addr;
        behind = behind || relo_addr_equal(&addr, &agents->silent);
    }
    return first;
}

uint32_t relo_ice_servers_choose(struct relo_ice_agents *agents, struct relo_addr *server)
{
    uint32_t n = 0;
    bool outside = false;
    for (uint32_t i = 0; i < agents->group_count; i++) {
        struct relo_ice_group *group = &agents->group[i];
        if (!group->server.family)
            continue;
        /* 6940-6.5.1.4-3 */
        if (!is_connected(agents, &group->server) && !is_bootstrap(agents, &group->server)) {
            group->server.family = 0; /* another is found by asking */
            continue;
        }
        outside |= !relo_links_is_local(agents->links, &group->mapped);
        server[n++] = group->server; /* 6940-6.5.1.4-2 */
    }
    struct relo_addr other = unexplored(agents);
    if (other.family)
        server[n++] = other;
    for (uint32_t i = 0; !outside && i < agents->bootstrap_count; i++) {
        uint32_t at = (agents->bootstrap_next + i) % agents->bootstrap_count;
        const struct relo_addr *addr = &agents->bootstrap[at];
        bool chosen = relo_links_is_local(agents->links, addr);
        for (uint32_t j = 0; j < n; j++)
            chosen = chosen || relo_addr_equal(&server[j], addr);
        if (chosen)
            continue;
        server[n++] = *addr;
        agents->bootstrap_next = (uint8_t)((at + 1) % agents->bootstrap_count);
        break;
    }
    return n;
}

/* 6.5.1.4: as good as lost. A link that is seldom used may lead to a dead peer for long, and a
   bootstrap node that is not connected may go without a word. */
void relo_ice_servers_silent(struct relo_ice_agents *agents, const struct relo_addr *server)
{
    for (uint32_t i = 0; i < agents->group_count; i++)
        if (agents->group[i].server.family && relo_addr_equal(&agents->group[i].server, server))
            agents->group[i].server.family = 0;
    for (uint32_t i = 0; i < agents->bootstrap_count; i++)
        if (relo_addr_equal(&agents->bootstrap[i], server))
            agents->bootstrap_next = (uint8_t)((i + 1) % agents->bootstrap_count);
    if (is_connected(agents, server))
        agents->silent = *server;
}

void relo_ice_servers_heard(struct relo_ice_agents *agents, const struct relo_addr *server,
                            const struct relo_addr *mapped)
{
    struct relo_ice_group *free_group = NULL;
    if (!relo_links_is_local(agents->links, mapped))
        agents->translated = true;
    else if (!agents->witness.family)
        agents->witness = *server;
    else if (!relo_addr_equal(&agents->witness, server))
        agents->seen_as_is = true;
    for (uint32_t i = 0; i < agents->group_count; i++) {
        struct relo_ice_group *group = &agents->group[i];
        if (!group->server.family) {
            free_group = free_group ? free_group : group;
        } else if (relo_addr_equal(&group->mapped, mapped)) {
            /* The newer one: it is connected, and shares the work. */
            group->server = *server;
            return;
        } else if (relo_addr_equal(&group->server, server)) {
            group->mapped = *mapped; /* our NAT gave us another */
            return;
        }
    }
    if (!free_group && agents->group_count < RELO_ICE_GROUPS_MAX) {
        size_t n = agents->group_count, each = sizeof *agents->group;
        agents->group = relo_pool_resize(&agents->env->shard->pool, agents->group, n * each,
                                         (n + 1) * each, n * each);
        free_group = &agents->group[agents->group_count++];
    }
    if (free_group)
        *free_group = (struct relo_ice_group){*mapped, *server};
}
