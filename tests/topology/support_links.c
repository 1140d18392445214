/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the fake link and route layers that do not depend on their state. */
#include "support_fake.h"

#include "core/wire/codes.h"

/* Everybody has just been heard of, unless a test says otherwise. */
relo_time relo_link_heard(const struct relo_links *links, relo_handle link)
{
    for (int i = 0; i < fake->n; i++)
        if (links == &fake->node[i].links && fake->node[i].end[link].heard)
            return fake->node[i].end[link].heard;
    return links->env->now;
}

void relo_route_malformed(struct relo_route *route, const struct relo_inbound *in,
                          const struct relo_rd *r)
{
    if (!r->unknown)
        relo_route_error_text(route, in, RELO_ERROR_INVALID_MESSAGE, "malformed");
}
