/* SPDX-License-Identifier: BSD-2-Clause */
/* Life of the route layer of a node, and its deadline (RFC 6940 sections 6.1 and 6.2). */
#include "core/route/internal.h"

#include <string.h>

size_t relo_transaction_bytes(void)
{
    return sizeof(struct relo_transaction);
}

void relo_route_init(struct relo_route *route, struct relo_env *env, struct relo_links *links,
                     const struct relo_topology_ops *ops, void *topology)
{
    memset(route, 0, sizeof *route);
    route->env = env;
    route->links = links;
    route->ops = ops;
    route->topology = topology;
    route->cache_expires = RELO_NEVER;
    /* 6.3.2.2: generation counters start at a random value. */
    route->opaque_next = (uint16_t)env->suite->random(env) & 0x7fff; /* 6940-6.3.2.2-6 */
}

void relo_route_fini(struct relo_route *route)
{
    while (route->first)
        relo_transaction_free(route, route->first);
    while (route->unsent)
        relo_transaction_free(route, route->unsent);
    relo_attach_fini(route);
    relo_ice_agents_free(route->agents);
    route->agents = NULL;
    relo_answer_fini(route);
    relo_reassembly_expire(route, true);
    relo_opaque_expire(route, true);
    for (struct relo_local *local = route->local, *next; local; local = next) {
        next = local->next;
        relo_local_free(route, local);
    }
    relo_local_free(route, route->held_local);
    relo_body_unref(&route->env->shard->pool, route->held);
    route->local = route->local_last = route->held_local = NULL;
    route->held = NULL;
}

relo_time relo_route_expires(const struct relo_route *route)
{
    return relo_time_min(route->cache_expires, route->opaque ? route->opaque->expires : RELO_NEVER);
}

relo_time relo_route_deadline(const struct relo_route *route)
{
    /* Answers and via lists kept beyond their time are only memory: the next step frees them. */
    relo_time deadline = relo_attach_deadline(route);
    if (route->local)
        return route->env->now;
    if (route->agents)
        deadline = relo_time_min(deadline, relo_ice_agents_deadline(route->agents));
    if (route->first)
        deadline = relo_time_min(deadline, relo_transaction_at(route, route->first)->due);
    if (route->unsent)
        deadline = relo_time_min(deadline, relo_transaction_at(route, route->unsent)->due);
    return relo_time_min(deadline, relo_reassembly_deadline(route));
}
