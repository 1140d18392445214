/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a message goes by the head of its destination list: RFC 6940 sections 6.1.1 to 6.1.3. */
#include "core/route/internal.h"

#include "core/wire/codes.h"
#include "core/wire/destination.h"
#include "core/wire/node_id.h"

#define UNPACKINGS_MAX 4 /* opaque ids unpacked for one message */

static void nowhere(struct relo_route *route, struct relo_resolved *resolved,
                    enum relo_counter reason)
{
    relo_count(route->env, reason);
    resolved->hop = RELO_HOP_NONE;
}

static void mine(struct relo_resolved *resolved, struct relo_id id, bool resource)
{
    resolved->hop = RELO_HOP_MINE;
    resolved->target = id;
    resolved->target_resource = resource;
}

static void towards(struct relo_route *route, struct relo_id id, relo_handle avoid,
                    struct relo_resolved *resolved)
{
    /* 6940-6.1.2-1 6940-6.1.2-2 6940-6.2.1-5 */
    resolved->link = route->ops->next_hop(route->topology, id, avoid);
    if (!resolved->link) {
        nowhere(route, resolved, RELO_COUNT_drop_no_route);
        return;
    }
    resolved->hop = RELO_HOP_LINK;
}

static void resolve_resource(struct relo_route *route, struct relo_id id, bool last,
                             relo_handle avoid, struct relo_resolved *resolved)
{
    /* 6.1.1: a Resource-ID with other entries behind it is dropped silently. */
    if (!last) /* 6940-6.1.1-1 6940-6.1.1-2 6940-6.3.2.2-4 */
        nowhere(route, resolved, RELO_COUNT_drop_resource_not_last);
    else if (route->ops->responsible(route->topology, id))
        mine(resolved, id, true);
    else
        towards(route, id, avoid, resolved);
}

/* A Node-ID that is not this node's own. */
static void resolve_node(struct relo_route *route, struct relo_id id, relo_handle avoid, bool own,
                         struct relo_resolved *resolved)
{
    if (relo_id_is_wildcard(id)) {
        /* 6.1.1: consumed by whom it reaches; so only its origin sends it, to any neighbor. */
        uint32_t cursor = 0;
        if (!own) {
            mine(resolved, id, false);
            return;
        }
        resolved->link = relo_links_next(route->links, &cursor);
        if (resolved->link && resolved->link == avoid)
            resolved->link = relo_links_next(route->links, &cursor);
        if (resolved->link)
            resolved->hop = RELO_HOP_LINK;
        else
            nowhere(route, resolved, RELO_COUNT_drop_no_route);
        return;
    }
    /* 6.1.2: a node in the Connection Table gets it directly; 6.1.1: also a client in our range. */
    resolved->link = relo_links_find(route->links, id);
    /* 6940-6.1.2-3 6940-6.1.1-5 6940-6.2.1-4 6940-10.3-1 */
    if (resolved->link && resolved->link != avoid)
        resolved->hop = RELO_HOP_LINK;
    else if (route->ops->responsible(route->topology, id)) /* 6940-6.1.1-4 */
        nowhere(route, resolved, RELO_COUNT_drop_not_responsible);
    else
        towards(route, id, avoid, resolved);
}

/* 6.1.3: the via list that the opaque id stands for, reversed (it leads back), takes its place. */
static bool unpack(struct relo_route *route, struct relo_view id, struct relo_view rest,
                   struct relo_resolved *resolved)
{
    uint8_t copy[RELO_ROUTE_LIST_MAX]; /* `rest` may lie in resolved->list */
    struct relo_view via = relo_opaque_find(route, id);
    if (via.n == 0) /* 6940-6.3.2.2-8 6940-6.3.2.2-9 */
        return false;
    uint8_t n = route->env->config->node_id_length;
    struct relo_wr w = relo_wr_init(copy, sizeof copy, n);
    relo_wr_bytes(&w, rest.p, rest.n);
    struct relo_wr list = relo_wr_init(resolved->list, sizeof resolved->list, n);
    relo_destination_list_reverse(&list, via); /* 6940-6.1.3-1 */
    if (!w.failed)
        relo_wr_bytes(&list, copy, rest.n);
    resolved->destination = relo_wr_view(&list);
    return !w.failed && !list.failed;
}

void relo_route_resolve(struct relo_route *route, struct relo_view destination, relo_handle avoid,
                        bool own, struct relo_resolved *resolved)
{
    int unpackings = 0;
    resolved->destination = destination;
    resolved->link = 0;
    for (;;) {
        struct relo_rd list = relo_rd_init(resolved->destination.p, resolved->destination.n,
                                           route->env->config->node_id_length);
        struct relo_destination d;
        struct relo_id id;
        if (!relo_destination_next(&list, &d)) {
            nowhere(route, resolved, RELO_COUNT_drop_bad_header);
            return;
        }
        struct relo_view rest = relo_rd_rest(&list);
        if (d.type == RELO_DESTINATION_OPAQUE) {
            if (unpackings++ == UNPACKINGS_MAX || !unpack(route, d.id, rest, resolved)) {
                nowhere(route, resolved, RELO_COUNT_drop_opaque);
                return;
            }
            continue;
        }
        if ((d.type != RELO_DESTINATION_NODE && d.type != RELO_DESTINATION_RESOURCE) ||
            !relo_view_to_id(d.id, &id)) {
            nowhere(route, resolved, RELO_COUNT_drop_bad_header);
            return;
        }
        if (d.type == RELO_DESTINATION_RESOURCE) {
            resolve_resource(route, id, rest.n == 0, avoid, resolved);
        } else if (!relo_id_equal(id, route->env->self)) {
            resolve_node(route, id, avoid, own, resolved);
        } else if (rest.n == 0) {
            mine(resolved, id, false);
        } else {
            resolved->destination = rest; /* 6.1.1: removed, and the next entry examined */
            continue;
        }
        return;
    }
}
