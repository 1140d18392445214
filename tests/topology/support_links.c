/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the fake link and route layers that do not depend on their state. */
#include "core/route/route.h"
#include "core/wire/codes.h"

/* Everybody has just been heard of. */
relo_time relo_link_heard(const struct relo_links *links, relo_handle link)
{
    (void)link;
    return links->env->now;
}

void relo_route_malformed(struct relo_route *route, const struct relo_inbound *in,
                          const struct relo_rd *r)
{
    if (!r->unknown)
        relo_route_error_text(route, in, RELO_ERROR_INVALID_MESSAGE, "malformed");
}

void relo_link_prefetch(const struct relo_links *links, relo_handle link)
{
    (void)links;
    (void)link;
}

/* --- what only ICE wants of links: there is none here -------------------------------------- */

relo_handle relo_links_connect_path(struct relo_links *links, const struct relo_id *expected,
                                    const struct relo_addr *local, const struct relo_addr *remote,
                                    bool server)
{
    (void)local;
    return relo_links_connect(links, expected, remote, server);
}

struct relo_addr relo_link_source(const struct relo_links *links, relo_handle link)
{
    (void)link;
    return links->local[0];
}

relo_handle relo_links_find_addr(const struct relo_links *links, const struct relo_addr *remote)
{
    (void)links;
    (void)remote;
    return 0;
}

bool relo_links_is_stream(const struct relo_links *links, relo_handle link)
{
    (void)links;
    (void)link;
    return false;
}

bool relo_links_is_relayed(const struct relo_links *links, const struct relo_addr *local)
{
    (void)links;
    (void)local;
    return false;
}

void relo_links_lost(struct relo_links *links, relo_handle link)
{
    (void)links;
    (void)link;
}

bool relo_links_quiet_next(struct relo_links *links, struct relo_addr *local,
                           struct relo_addr *remote)
{
    (void)links;
    (void)local;
    (void)remote;
    return false;
}
