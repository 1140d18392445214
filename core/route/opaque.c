/* SPDX-License-Identifier: BSD-2-Clause */
/* Via lists kept here and named by an opaque id while a request is under way: list compression, RFC
   6940 section 6.1.3, with the 16-bit form of 6.3.2.2. */
#include "core/route/internal.h"

#include "core/wire/destination.h"

#include <string.h>

static size_t opaque_bytes(uint32_t n)
{
    return sizeof(struct relo_opaque) + n;
}

void relo_opaque_compress(struct relo_route *route, struct relo_wr *via)
{
    struct relo_view list = relo_wr_view(via);
    if (via->failed || list.n > UINT16_MAX || route->opaque_count >= RELO_ROUTE_OPAQUE_MAX)
        return;
    struct relo_opaque *o = relo_env_alloc(route->env, opaque_bytes(list.n));
    /* 6.3.2.2: 12 bits of index and 3 of generation, slots used in rotation: together one counter,
       and an id is current exactly if its entry is still in the list. */
    *o = (struct relo_opaque){
        .expires = route->env->now + route->env->config->request_lifetime, /* 6940-6.1.2-6 */
        .id = route->opaque_next,
        .n = (uint16_t)list.n,
    };
    route->opaque_next = (route->opaque_next + 1) & 0x7fff; /* 6940-6.3.2.2-5 */
    memcpy(o->via, list.p, list.n);
    if (route->opaque_last)
        route->opaque_last->next = o;
    else
        route->opaque = o;
    route->opaque_last = o;
    route->opaque_count++;
    via->p = via->base;
    relo_destination_write_short(via, o->id);
}

struct relo_view relo_opaque_find(const struct relo_route *route, struct relo_view id)
{
    /* 6.3.2.2: the 16-bit form means the same as an opaque id of these two bytes. */
    if (id.n != 2 || !(id.p[0] & 0x80))
        return (struct relo_view){NULL, 0};
    uint16_t number = (uint16_t)((id.p[0] & 0x7f) << 8 | id.p[1]);
    for (const struct relo_opaque *o = route->opaque; o; o = o->next)
        if (o->id == number && o->expires > route->env->now)
            return (struct relo_view){o->via, o->n};
    return (struct relo_view){NULL, 0};
}

void relo_opaque_expire(struct relo_route *route, bool all)
{
    struct relo_opaque *o;
    while ((o = route->opaque) && (all || o->expires <= route->env->now)) {
        route->opaque = o->next;
        if (!o->next)
            route->opaque_last = NULL;
        route->opaque_count--;
        relo_env_free(route->env, o, opaque_bytes(o->n));
    }
}
