/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of our addresses a link's datagrams leave from: an own one, or one that a TURN server
   relays to us (RFC 8656). A link is bound to its path for good (RFC 6940 section 6.5.1.12: no ICE
   restart; an association of DTLS 1.2 is its pair of addresses): what comes from another address is
   not of it, and a path that is lost ends the link by Simple Reliability's failure signal. */
#include "core/link/state.h"

static uint32_t index_of(const struct relo_links *links, const struct relo_addr *local)
{
    uint32_t i = 0;
    while (i < links->local_count && !relo_addr_equal(&links->local[i], local))
        i++;
    return i;
}

void relo_link_bind(struct relo_links *links, relo_handle h, const struct relo_addr *local)
{
    struct relo_link *link = relo_link_get(links, h);
    uint32_t from = index_of(links, local);
    if (from < links->local_count)
        link->flags = (uint8_t)((link->flags & ~(3u << 4)) | from << 4);
}

relo_handle relo_links_connect_path(struct relo_links *links, const struct relo_id *expected,
                                    const struct relo_addr *local, const struct relo_addr *remote,
                                    bool server)
{
    if (index_of(links, local) == links->local_count)
        return 0; /* a relayed address that is gone */
    relo_handle h = relo_links_connect(links, expected, remote, server);
    if (h && relo_link_get(links, h)->state == RELO_LINK_OPENING)
        relo_link_bind(links, h, local);
    return h;
}

struct relo_addr relo_link_source(const struct relo_links *links, relo_handle link)
{
    if (relo_table_index(links, link) < 0)
        return (struct relo_addr){.family = 0};
    return *relo_link_local(links, relo_link_get(links, link));
}

bool relo_links_is_stream(const struct relo_links *links, relo_handle link)
{
    return relo_table_index(links, link) >= 0 &&
           (relo_link_get(links, link)->flags & RELO_LINK_STREAM);
}

relo_handle relo_links_find_addr(const struct relo_links *links, const struct relo_addr *remote)
{
    uint16_t hash = relo_addr_hash(remote);
    for (uint32_t i = links->first_up; i < links->count; i++)
        if (links->addr_hash[i] == hash && !relo_links_is_stream(links, links->handle[i]) &&
            relo_addr_equal(&relo_link_get(links, links->handle[i])->remote, remote))
            return links->handle[i];
    return 0;
}

void relo_links_lost(struct relo_links *links, relo_handle h)
{
    if (!relo_link_is_up(links, h))
        return;
    relo_count(links->env, RELO_COUNT_links_failed);
    relo_link_end(links, h, false, true);
}

bool relo_links_add_relayed(struct relo_links *links, const struct relo_addr *relayed)
{
    uint32_t i = 0;
    while (i < links->local_count && links->local[i].family != 0)
        i++;
    if (i == sizeof links->local / sizeof *links->local)
        return false;
    if (i == links->local_count)
        links->local_count++;
    links->local[i] = *relayed;
    links->relayed |= (uint8_t)(1 << i);
    return true;
}

bool relo_links_is_relayed(const struct relo_links *links, const struct relo_addr *local)
{
    return links->relayed >> index_of(links, local) & 1;
}

void relo_links_remove_relayed(struct relo_links *links, const struct relo_addr *relayed)
{
    uint32_t at = index_of(links, relayed);
    if (!(links->relayed >> at & 1))
        return;
    for (uint32_t i = links->count; i-- > 0;) {
        const struct relo_link *link = relo_link_get(links, links->handle[i]);
        if (((uint32_t)link->flags >> 4 & 3) == at && !(link->flags & RELO_LINK_STREAM))
            relo_link_end(links, links->handle[i], false, true);
    }
    links->relayed &= (uint8_t) ~(1u << at);
    links->local[at].family = 0; /* the others keep their places */
}
