/* SPDX-License-Identifier: BSD-2-Clause */
/* Links on which nothing has been sent for a while, so that a NAT may forget them: they want a
   keepalive (RFC 8445 section 11, RFC 6940 section 6.5.1.10.3). What is sent is not known here.

   One timeout for all: a ring in order of when each is to be looked at. Sending only notes the time
   in the link; whoever has sent since is put off when its turn comes. */
#include "core/base/prefetch.h"
#include "core/link/state.h"

#define GROW_BY 4u
#define OUT_MASK UINT32_C(0xffffff) /* a link keeps 24 bits of milliseconds */

struct entry {
    relo_handle link;
    uint32_t due_ms : 31; /* modulo 25 days; until() compares */
    uint32_t relayed : 1; /* the path of the link, which does not change */
};

struct relo_links_quiet {
    uint16_t first, count, capacity;
    struct entry entry[];
};

/* Number i of them, the next to be looked at first; i <= capacity. */
static struct entry *at(struct relo_links_quiet *quiet, uint32_t i)
{
    uint32_t place = quiet->first + i;
    return &quiet->entry[place < quiet->capacity ? place : place - quiet->capacity];
}

static size_t quiet_bytes(uint32_t capacity)
{
    return sizeof(struct relo_links_quiet) + capacity * sizeof(struct entry);
}

/* From `now` to `then`, both modulo 2^31 or more. */
static int32_t until(uint32_t then, uint32_t now)
{
    return (int32_t)((then - now) << 1) / 2;
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
static void insert(struct relo_links_quiet *quiet, relo_handle h, bool relayed, uint32_t due_ms)
{
    uint32_t i = quiet->count++;
    for (; i > 0 && until(at(quiet, i - 1)->due_ms, due_ms) > 0; i--)
        *at(quiet, i) = *at(quiet, i - 1);
    *at(quiet, i) =
        (struct entry){.link = h, .due_ms = due_ms & UINT32_C(0x7fffffff), .relayed = relayed};
}

static struct entry take_first(struct relo_links_quiet *quiet)
{
    struct entry entry = *at(quiet, 0);
    quiet->first = (uint16_t)(at(quiet, 1) - quiet->entry);
    quiet->count--;
    return entry;
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
            for (uint32_t i = 0; i < quiet->count; i++)
                bigger->entry[i] = *at(quiet, i);
            relo_env_free(links->env, quiet, quiet_bytes(quiet->capacity));
        }
        links->quiet = quiet = bigger;
    }
    note(link, links->env->now - ago);
    insert(quiet, h, relo_link_relayed(links, link),
           ms_of(links->env->now - ago + config->keepalive_interval));
}

void relo_quiet_remove(struct relo_links *links, relo_handle h)
{
    struct relo_links_quiet *quiet = links->quiet;
    uint32_t i = 0;
    while (quiet && i < quiet->count && at(quiet, i)->link != h)
        i++;
    if (quiet && i < quiet->count) {
        for (quiet->count--; i < quiet->count; i++)
            *at(quiet, i) = *at(quiet, i + 1);
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
    struct relo_links_quiet *quiet = links->quiet;
    uint32_t i = 0;
    while (relayed && quiet && i < quiet->count && !at(quiet, i)->relayed)
        i++;
    if (!quiet || i == quiet->count)
        return RELO_NEVER;
    relo_time ms = links->env->now / RELO_MS;
    return (ms + until(at(quiet, i)->due_ms, (uint32_t)ms)) * RELO_MS;
}

void relo_quiet_prefetch(const struct relo_links *links, bool near)
{
    struct relo_links_quiet *quiet = links->quiet;
    relo_prefetch(quiet);
    if (!near || !quiet || !quiet->count)
        return;
    __builtin_prefetch(at(quiet, quiet->count - 1u)); /* a ring: where the first will go */
    for (uint32_t i = 0; i < 2 && i < quiet->count; i++)
        __builtin_prefetch(relo_link_get(links, at(quiet, i)->link));
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
    while (quiet && quiet->count && until(at(quiet, 0)->due_ms, now) <= 0) {
        struct entry first = take_first(quiet);
        struct relo_link *link = relo_link_get(links, first.link);
        uint32_t out = (uint32_t)link->assoc.out_ms_high << 16 | link->assoc.out_ms;
        uint32_t silent = (now - out) & OUT_MASK;
        if (silent > OUT_MASK / 2)
            silent = 0; /* sent in this very millisecond, which was rounded up */
        for (uint32_t i = 1; i < 4 && i < quiet->count; i++) /* their turn often comes now, too */
            __builtin_prefetch(relo_link_get(links, at(quiet, i)->link));
        if (silent < interval) {
            insert(quiet, first.link, first.relayed, now + interval - silent);
            continue;
        }
        relo_quiet_sent(links, link);
        insert(quiet, first.link, first.relayed, now + interval);
        *local = *relo_link_local(links, link);
        *remote = link->remote;
        return true;
    }
    return false;
}
