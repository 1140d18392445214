/* SPDX-License-Identifier: BSD-2-Clause */
/* Links on which nothing has been sent for a while, so that a NAT may forget them: they want a
   keepalive (RFC 8445 section 11, RFC 6940 section 6.5.1.10.3). What is sent is not known here.

   One timeout for all: an array in order of when each is to be looked at. Sending only notes the
   time in the link; whoever has sent since is put off when its turn comes. */
#include "core/link/state.h"

#include <string.h>

#define GROW_BY 4u
#define OUT_MASK UINT32_C(0xffffff) /* a link keeps 24 bits of milliseconds */

struct entry {
    relo_handle link;
    uint32_t due_ms;
};

struct relo_links_quiet {
    uint16_t count, capacity;
    struct entry entry[];
};

static size_t quiet_bytes(uint32_t capacity)
{
    return sizeof(struct relo_links_quiet) + capacity * sizeof(struct entry);
}

/* Rounded up, so that nothing is found quiet too early. */
static uint32_t ms_of(relo_time t)
{
    return (uint32_t)((t + RELO_MS - 1) / RELO_MS);
}

static void note(struct relo_link *link, relo_time sent)
{
    uint32_t ms = ms_of(sent);
    link->assoc.out_ms = (uint16_t)ms;
    link->assoc.out_ms_high = (uint8_t)(ms >> 16);
}

void relo_quiet_sent(struct relo_links *links, struct relo_link *link)
{
    note(link, links->env->now);
}

/* From behind: what was just looked at has most of the interval before it. */
static void insert(struct relo_links_quiet *quiet, relo_handle h, uint32_t due_ms)
{
    uint32_t at = quiet->count++;
    for (; at > 0 && (int32_t)(quiet->entry[at - 1].due_ms - due_ms) > 0; at--)
        quiet->entry[at] = quiet->entry[at - 1];
    quiet->entry[at] = (struct entry){h, due_ms};
}

static void take(struct relo_links_quiet *quiet, uint32_t at)
{
    quiet->count--;
    memmove(quiet->entry + at, quiet->entry + at + 1, (quiet->count - at) * sizeof *quiet->entry);
}

void relo_quiet_add(struct relo_links *links, relo_handle h, relo_time ago)
{
    const struct relo_config *config = links->env->config;
    struct relo_link *link = relo_link_get(links, h);
    if (config->no_ice || (link->flags & RELO_LINK_STREAM))
        return;
    struct relo_links_quiet *quiet = links->quiet;
    if (!quiet || quiet->count == quiet->capacity) {
        uint16_t capacity = (uint16_t)((quiet ? quiet->capacity : 0) + GROW_BY);
        struct relo_links_quiet *bigger = relo_env_alloc(links->env, quiet_bytes(capacity));
        *bigger = (struct relo_links_quiet){.capacity = capacity};
        if (quiet) {
            bigger->count = quiet->count;
            memcpy(bigger->entry, quiet->entry, quiet->count * sizeof *quiet->entry);
            relo_env_free(links->env, quiet, quiet_bytes(quiet->capacity));
        }
        links->quiet = quiet = bigger;
    }
    note(link, links->env->now - ago);
    insert(quiet, h, ms_of(links->env->now - ago + config->keepalive_interval));
}

void relo_quiet_remove(struct relo_links *links, relo_handle h)
{
    struct relo_links_quiet *quiet = links->quiet;
    for (uint32_t i = 0; quiet && i < quiet->count; i++)
        if (quiet->entry[i].link == h) {
            take(quiet, i);
            break;
        }
    if (quiet && quiet->count == 0)
        relo_quiet_fini(links);
}

void relo_quiet_fini(struct relo_links *links)
{
    if (links->quiet)
        relo_env_free(links->env, links->quiet, quiet_bytes(links->quiet->capacity));
    links->quiet = NULL;
}

relo_time relo_quiet_deadline(const struct relo_links *links, bool relayed)
{
    const struct relo_links_quiet *quiet = links->quiet;
    uint32_t i = 0;
    while (relayed && quiet && i < quiet->count &&
           !relo_link_relayed(links, relo_link_get(links, quiet->entry[i].link)))
        i++;
    if (!quiet || i == quiet->count)
        return RELO_NEVER;
    relo_time ms = links->env->now / RELO_MS;
    return (ms + (int32_t)(quiet->entry[i].due_ms - (uint32_t)ms)) * RELO_MS;
}

void relo_quiet_prefetch(const struct relo_links *links, bool near)
{
    const struct relo_links_quiet *quiet = links->quiet;
    __builtin_prefetch(quiet);
    for (uint32_t i = 0; near && quiet && i < 2 && i < quiet->count; i++)
        __builtin_prefetch(relo_link_get(links, quiet->entry[i].link));
}

relo_time relo_links_quiet_at(const struct relo_links *links)
{
    return relo_quiet_deadline(links, false);
}

bool relo_links_quiet_next(struct relo_links *links, struct relo_addr *local,
                           struct relo_addr *remote)
{
    struct relo_links_quiet *quiet = links->quiet;
    uint32_t now = (uint32_t)(links->env->now / RELO_MS);
    uint32_t interval = ms_of(links->env->config->keepalive_interval);
    while (quiet && quiet->count && (int32_t)(quiet->entry[0].due_ms - now) <= 0) {
        relo_handle h = quiet->entry[0].link;
        struct relo_link *link = relo_link_get(links, h);
        uint32_t out = (uint32_t)link->assoc.out_ms_high << 16 | link->assoc.out_ms;
        uint32_t silent = (now - out) & OUT_MASK;
        if (silent > OUT_MASK / 2)
            silent = 0; /* sent in this very millisecond, which was rounded up */
        take(quiet, 0);
        for (uint32_t i = 1; i < 4 && i < quiet->count; i++) /* their turn often comes now, too */
            __builtin_prefetch(relo_link_get(links, quiet->entry[i].link));
        if (silent < interval) {
            insert(quiet, h, now + interval - silent);
            continue;
        }
        relo_quiet_sent(links, link);
        insert(quiet, h, now + interval);
        *local = *relo_link_local(links, link);
        *remote = link->remote;
        return true;
    }
    return false;
}
