/* SPDX-License-Identifier: BSD-2-Clause */
/* What ICE and prefetching ask of links, where tests put a link layer of their own in its place:
   there is no ICE. */
#include "core/link/link.h"

void relo_link_prefetch(const struct relo_links *links, relo_handle link)
{
    (void)links;
    (void)link;
}

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
