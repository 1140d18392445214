/* SPDX-License-Identifier: BSD-2-Clause */
/* The connection table of a node (RFC 6940 section 3.2.2): parallel arrays in one pool block, so
   that looking up an address or a Node-ID reads a line or two of memory, and of the links only the
   one that is found. */
#include "core/base/check.h"
#include "core/link/state.h"

#include <string.h>

#define ENTRY_BYTES (sizeof(uint16_t) + sizeof(relo_handle) + sizeof(uint32_t))
#define GROW_BY 4u /* even: handles lie behind the hashes */

int relo_table_index(const struct relo_links *links, relo_handle h)
{
    const relo_handle *handle = links->handle;
    int n = h ? links->count : 0, i = 0;
    for (uint32_t found = 0; i + 8 <= n; i += 8) { /* at a time: compilers know how */
        for (int j = 0; j < 8; j++)
            found |= handle[i + j] == h;
        if (found)
            break;
    }
    for (; i < n; i++)
        if (handle[i] == h)
            return i;
    return -1;
}

static void set_capacity(struct relo_links *links, uint16_t capacity)
{
    struct relo_pool *pool = &links->env->shard->pool;
    void *old = links->addr_hash;
    size_t old_bytes = links->capacity * ENTRY_BYTES;
    uint16_t *hash = capacity ? relo_pool_alloc(pool, capacity * ENTRY_BYTES) : NULL;
    relo_handle *handle = hash ? (relo_handle *)(hash + capacity) : NULL;
    uint32_t *key = hash ? handle + capacity : NULL;
    if (hash && links->count) {
        memcpy(hash, links->addr_hash, links->count * sizeof *hash);
        memcpy(handle, links->handle, links->count * sizeof *handle);
        memcpy(key, links->key, links->count * sizeof *key);
    }
    links->addr_hash = hash;
    links->handle = handle;
    links->key = key;
    relo_pool_free(pool, old, old_bytes);
    links->capacity = capacity;
}

void relo_links_reserve(struct relo_links *links, uint32_t count)
{
    uint32_t capacity = (count < RELO_LINKS_MAX ? count : RELO_LINKS_MAX) + GROW_BY - 1;
    capacity -= capacity % GROW_BY;
    if (capacity > links->capacity)
        set_capacity(links, (uint16_t)capacity);
}

/* Where a link that is up belongs: before the first id not less than its own. */
static uint32_t lower_bound(const struct relo_links *links, struct relo_id id)
{
    uint32_t low = links->first_up, high = links->count, key = relo_link_key(id);
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (links->key[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    while (low < links->count && links->key[low] == key &&
           relo_id_compare(relo_link_get(links, links->handle[low])->id, id) < 0)
        low++;
    return low;
}

void relo_table_insert(struct relo_links *links, relo_handle h, struct relo_id id,
                       uint16_t addr_hash)
{
    bool up = id.hi || id.lo;
    if (links->count == links->capacity)
        set_capacity(links, (uint16_t)(links->capacity + GROW_BY));
    uint32_t at = up ? lower_bound(links, id) : links->first_up, after = links->count - at;
    memmove(links->key + at + 1, links->key + at, after * sizeof *links->key);
    memmove(links->handle + at + 1, links->handle + at, after * sizeof *links->handle);
    memmove(links->addr_hash + at + 1, links->addr_hash + at, after * sizeof *links->addr_hash);
    links->key[at] = relo_link_key(id);
    links->handle[at] = h;
    links->addr_hash[at] = addr_hash;
    links->count++;
    if (!up)
        links->first_up++;
}

void relo_table_remove(struct relo_links *links, relo_handle h)
{
    int index = relo_table_index(links, h);
    RELO_CHECK(index >= 0);
    uint32_t at = (uint32_t)index, after = links->count - at - 1u;
    memmove(links->key + at, links->key + at + 1, after * sizeof *links->key);
    memmove(links->handle + at, links->handle + at + 1, after * sizeof *links->handle);
    memmove(links->addr_hash + at, links->addr_hash + at + 1, after * sizeof *links->addr_hash);
    links->count--;
    if (at < links->first_up)
        links->first_up--;
    if (links->count == 0)
        set_capacity(links, 0);
    else if (links->capacity >= links->count + 2 * GROW_BY)
        set_capacity(links, (uint16_t)(links->capacity - GROW_BY));
}

void relo_table_move(struct relo_links *links, relo_handle h, struct relo_id id)
{
    int index = relo_table_index(links, h);
    RELO_CHECK(index >= 0);
    uint16_t hash = links->addr_hash[index];
    relo_table_remove(links, h);
    relo_table_insert(links, h, id, hash);
}

relo_handle relo_links_find(const struct relo_links *links, struct relo_id peer)
{
    uint32_t at = lower_bound(links, peer);
    if (at == links->count || links->key[at] != relo_link_key(peer) || !(peer.hi || peer.lo))
        return 0;
    relo_handle h = links->handle[at];
    return relo_id_equal(relo_link_get(links, h)->id, peer) ? h : 0;
}

void relo_link_prefetch(const struct relo_links *links, relo_handle link)
{
    const char *p = (const char *)relo_link_get(links, link);
    __builtin_prefetch(p);
    __builtin_prefetch(p + 64);
}

bool relo_link_is_up(const struct relo_links *links, relo_handle link)
{
    int index = relo_table_index(links, link);
    return index >= 0 && index >= links->first_up;
}

struct relo_id relo_link_peer(const struct relo_links *links, relo_handle link)
{
    if (relo_table_index(links, link) < 0)
        return (struct relo_id){0, 0};
    return relo_link_get(links, link)->id;
}

struct relo_addr relo_link_remote(const struct relo_links *links, relo_handle link)
{
    if (relo_table_index(links, link) < 0)
        return (struct relo_addr){.family = 0};
    return relo_link_get(links, link)->remote;
}

relo_time relo_link_heard(const struct relo_links *links, relo_handle link)
{
    return relo_table_index(links, link) < 0 ? 0 : relo_link_get(links, link)->last_in;
}

uint8_t relo_link_use(const struct relo_links *links, relo_handle link)
{
    return relo_table_index(links, link) < 0 ? 0 : relo_link_get(links, link)->use;
}

void relo_link_set_use(struct relo_links *links, relo_handle link, uint8_t bits)
{
    if (relo_table_index(links, link) >= 0)
        relo_link_get(links, link)->use |= bits;
}

void relo_link_clear_use(struct relo_links *links, relo_handle link, uint8_t bits)
{
    if (relo_table_index(links, link) < 0)
        return;
    struct relo_link *l = relo_link_get(links, link);
    l->use = (uint8_t)(l->use & ~bits);
    /* It may have been idle for long: look at it in the next wake. */
    if (!(l->use & (RELO_LINK_NEIGHBOR | RELO_LINK_FINGER | RELO_LINK_HELD)))
        links->idle_check = relo_time_min(
            links->idle_check, links->env->now + links->env->config->link_idle_close / 8);
}

relo_handle relo_links_next(const struct relo_links *links, uint32_t *cursor)
{
    uint32_t at = links->first_up + *cursor;
    if (at >= links->count)
        return 0;
    ++*cursor;
    return links->handle[at];
}

relo_handle relo_links_next_used(const struct relo_links *links, uint32_t *cursor, uint8_t *use)
{
    relo_handle h = relo_links_next(links, cursor);
    *use = h ? relo_link_get(links, h)->use : 0;
    return h;
}
