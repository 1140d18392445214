/* SPDX-License-Identifier: BSD-2-Clause */
/* Bindings and sessions of one NAT, in arrays of the caller's pool with chained hashes over them.
 */
#include "sim/nat/table.h"

#include "core/base/check.h"
#include "core/base/hash.h"
#include "core/base/prefetch.h"

#include <string.h>

#define FIRST_BINDINGS 2 /* place 0 is none: a home of one host behind an ei mapping has one */
#define FIRST_SESSIONS 8

uint64_t sim_nat_endpoint(const struct relo_addr *addr)
{
    if (addr->family == 4)
        return (uint64_t)relo_addr_v4_ip(addr) << 16 | addr->port;
    return relo_hash(addr->ip, sizeof addr->ip, addr->port) | UINT64_C(1) << 63;
}

uint64_t sim_nat_key(const struct relo_addr *addr, enum sim_nat_protocol protocol)
{
    return sim_nat_endpoint(addr) ^ (uint64_t)protocol << 62;
}

struct relo_addr sim_nat_outside(const struct sim_nat *nat, const struct sim_nat_binding *binding)
{
    struct relo_addr outside =
        nat->config->kind == SIM_NAT_REWRITING ? nat->external : binding->inside;
    outside.port = binding->outside_port;
    return outside;
}

static uint32_t *head_of(const struct sim_nat_index *index, uint64_t key)
{
    uint64_t h = key * UINT64_C(0x9e3779b97f4a7c15);
    return &index->heads[(h >> 32) & (index->size - 1)];
}

static uint64_t inside_key(const struct sim_nat_binding *b)
{
    return sim_nat_key(&b->inside, (enum sim_nat_protocol)b->protocol);
}

/* A symmetric NAT has many bindings of one endpoint, which would be one chain. */
static uint32_t *inside_head(const struct sim_nat *nat, uint64_t key, uint64_t scope)
{
    return head_of(&nat->by_inside, scope ? relo_hash_mix(key, scope) : key);
}

static uint64_t outside_key(const struct sim_nat *nat, const struct sim_nat_binding *b)
{
    struct relo_addr outside = sim_nat_outside(nat, b);
    return sim_nat_key(&outside, (enum sim_nat_protocol)b->protocol);
}

uint64_t sim_nat_scope(enum sim_nat_dependence dependence, const struct relo_addr *remote)
{
    struct relo_addr address = *remote;
    switch (dependence) {
    case SIM_NAT_EI:
        return 0;
    case SIM_NAT_AD:
        address.port = 0;
        break;
    case SIM_NAT_APD:
        break;
    }
    return sim_nat_endpoint(&address);
}

static uint64_t session_key(uint32_t binding, uint64_t scope)
{
    return relo_hash_mix(scope, binding);
}

static void link_binding(struct sim_nat *nat, uint32_t place)
{
    struct sim_nat_binding *b = &nat->binding[place];
    uint32_t *inside = inside_head(nat, inside_key(b), b->scope);
    uint32_t *outside = head_of(&nat->by_outside, outside_key(nat, b));
    b->inside_next = *inside;
    *inside = place;
    b->outside_next = *outside;
    *outside = place;
}

static void link_session(struct sim_nat *nat, uint32_t place)
{
    struct sim_nat_session *s = &nat->session[place];
    uint32_t *head = head_of(&nat->by_remote, session_key(s->binding, s->scope));
    s->next = *head;
    *head = place;
}

/* A quarter as much again: what stands empty is the most of what NATs take. */
static uint32_t more(uint32_t size, uint32_t first)
{
    return size ? size + (size < 8 ? 2 : size / 4) : first;
}

/* Heads of an index over `places`: one to two in a chain. */
static uint32_t heads_for(uint32_t places)
{
    uint32_t size = 1;
    while (2 * size < places)
        size *= 2;
    return size;
}

/* An array and the heads of the indexes over it, which lie behind it: what a packet reads of a NAT
   is in few pages. */
static size_t table_bytes(uint32_t places, size_t each, uint32_t indexes)
{
    return places ? places * each + indexes * heads_for(places) * sizeof(uint32_t) : 0;
}

static struct sim_nat_index index_at(void *heads, uint32_t places)
{
    struct sim_nat_index index = {heads, heads_for(places)};
    memset(heads, 0, index.size * sizeof *index.heads);
    return index;
}

static void grow_bindings(struct sim_nat *nat)
{
    uint32_t size = more(nat->binding_size, FIRST_BINDINGS);
    size_t each = sizeof *nat->binding;
    RELO_CHECK(size <= 1u << SIM_NAT_PLACE_BITS);
    nat->binding =
        relo_pool_resize(nat->pool, nat->binding, table_bytes(nat->binding_size, each, 2),
                         table_bytes(size, each, 2), nat->binding_used * each);
    nat->binding_size = size;
    nat->by_inside = index_at(nat->binding + size, size);
    nat->by_outside = index_at(nat->by_inside.heads + nat->by_inside.size, size);
    for (uint32_t i = 1; i < nat->binding_used; i++) /* none is free here */
        link_binding(nat, i);
}

static void grow_sessions(struct sim_nat *nat)
{
    uint32_t size = more(nat->session_size, FIRST_SESSIONS);
    size_t each = sizeof *nat->session;
    nat->session =
        relo_pool_resize(nat->pool, nat->session, table_bytes(nat->session_size, each, 1),
                         table_bytes(size, each, 1), nat->session_used * each);
    nat->session_size = size;
    nat->by_remote = index_at(nat->session + size, size);
    for (uint32_t i = 1; i < nat->session_used; i++)
        link_session(nat, i);
}

static void remove_session(struct sim_nat *nat, uint32_t place)
{
    struct sim_nat_session *s = &nat->session[place];
    uint32_t *at = head_of(&nat->by_remote, session_key(s->binding, s->scope));
    while (*at != place)
        at = &nat->session[*at].next;
    *at = s->next;
    s->binding = 0;
    s->next = nat->session_free;
    nat->session_free = place;
}

void sim_nat_remove_binding(struct sim_nat *nat, uint32_t place)
{
    struct sim_nat_binding *b = &nat->binding[place];
    for (uint32_t i = 1; i < nat->session_used; i++)
        if (nat->session[i].binding == place)
            remove_session(nat, i);
    uint32_t *at = inside_head(nat, inside_key(b), b->scope);
    while (*at != place)
        at = &nat->binding[*at].inside_next;
    *at = b->inside_next;
    at = head_of(&nat->by_outside, outside_key(nat, b));
    while (*at != place)
        at = &nat->binding[*at].outside_next;
    *at = b->outside_next;
    b->used = false;
    b->inside_next = nat->binding_free;
    nat->binding_free = place;
    nat->bindings--;
}

void sim_nat_sweep(struct sim_nat *nat, relo_time now)
{
    if (now < nat->sweep_at)
        return;
    nat->sweep_at = RELO_NEVER;
    for (uint32_t i = 1; i < nat->session_used; i++) {
        const struct sim_nat_session *s = &nat->session[i];
        if (!s->binding)
            continue;
        if (s->expires <= now)
            remove_session(nat, i);
        else
            nat->sweep_at = relo_time_min(nat->sweep_at, s->expires);
    }
    for (uint32_t i = 1; i < nat->binding_used; i++) {
        struct sim_nat_binding *b = &nat->binding[i];
        if (!b->used)
            continue;
        if (b->expires <= now) {
            nat->counters->expired++;
            sim_nat_remove_binding(nat, i);
            continue;
        }
        nat->sweep_at = relo_time_min(nat->sweep_at, b->expires);
    }
}

uint32_t sim_nat_find_inside(struct sim_nat *nat, relo_time now, uint64_t key, uint64_t scope)
{
    if (nat->by_inside.size == 0)
        return 0;
    for (uint32_t i = *inside_head(nat, key, scope); i; i = nat->binding[i].inside_next) {
        const struct sim_nat_binding *b = &nat->binding[i];
        if (inside_key(b) == key && b->scope == scope && b->expires > now)
            return i;
    }
    return 0;
}

static uint32_t outside_from(const struct sim_nat *nat, relo_time now, uint32_t i, uint64_t key)
{
    for (; i; i = nat->binding[i].outside_next)
        if (outside_key(nat, &nat->binding[i]) == key && nat->binding[i].expires > now)
            return i;
    return 0;
}

uint32_t sim_nat_find_outside(struct sim_nat *nat, relo_time now, uint64_t key)
{
    if (nat->by_outside.size == 0)
        return 0;
    return outside_from(nat, now, *head_of(&nat->by_outside, key), key);
}

uint32_t sim_nat_more_outside(struct sim_nat *nat, relo_time now, uint32_t after)
{
    const struct sim_nat_binding *b = &nat->binding[after];
    return outside_from(nat, now, b->outside_next, outside_key(nat, b));
}

uint32_t sim_nat_find_session(struct sim_nat *nat, relo_time now, uint32_t binding, uint64_t scope)
{
    if (nat->by_remote.size == 0)
        return 0;
    uint32_t i = *head_of(&nat->by_remote, session_key(binding, scope));
    for (; i; i = nat->session[i].next) {
        const struct sim_nat_session *s = &nat->session[i];
        if (s->binding == binding && s->scope == scope && s->expires > now)
            return i;
    }
    return 0;
}

uint32_t sim_nat_add_binding(struct sim_nat *nat, relo_time now,
                             const struct sim_nat_binding *values)
{
    uint32_t place = nat->binding_free;
    if (!place && nat->binding_used == nat->binding_size) {
        sim_nat_sweep(nat, now);
        place = nat->binding_free;
    }
    if (place) {
        nat->binding_free = nat->binding[place].inside_next;
    } else {
        if (nat->binding_used == 0)
            nat->binding_used = 1; /* place 0 is none */
        if (nat->binding_used >= nat->binding_size)
            grow_bindings(nat);
        place = nat->binding_used++;
    }
    nat->binding[place] = *values;
    nat->binding[place].used = true;
    link_binding(nat, place);
    nat->bindings++;
    nat->sweep_at = relo_time_min(nat->sweep_at, values->expires);
    nat->counters->mapped++;
    return place;
}

uint32_t sim_nat_add_session(struct sim_nat *nat, relo_time now, uint32_t binding, uint64_t scope)
{
    uint32_t place = nat->session_free;
    if (!place && nat->session_used == nat->session_size) {
        sim_nat_sweep(nat, now); /* never the binding itself: it has just been found alive */
        place = nat->session_free;
    }
    if (place) {
        nat->session_free = nat->session[place].next;
    } else {
        if (nat->session_used == 0)
            nat->session_used = 1;
        if (nat->session_used >= nat->session_size)
            grow_sessions(nat);
        place = nat->session_used++;
    }
    nat->session[place] = (struct sim_nat_session){
        .scope = scope, .binding = binding & ((1u << SIM_NAT_PLACE_BITS) - 1)};
    link_session(nat, place);
    return place;
}

void sim_nat_prefetch(const struct sim_nat *nat)
{
    relo_prefetch(nat->by_inside.heads);
    for (uint32_t i = 0; i < nat->by_remote.size && i < 64; i += 16) /* a cache line's worth */
        __builtin_prefetch(nat->by_remote.heads + i);
    if (nat->binding) { /* most have the first alone */
        __builtin_prefetch(nat->binding + 1);
        __builtin_prefetch((const char *)(nat->binding + 2) - 1);
    }
}

void sim_nat_prefetch_inbound(const struct sim_nat *nat, const struct relo_addr *source,
                              const struct relo_addr *destination, enum sim_nat_near what)
{
    if (nat->by_outside.size == 0)
        return;
    uint32_t binding = *head_of(&nat->by_outside, sim_nat_key(destination, SIM_NAT_UDP));
    uint64_t scope = sim_nat_scope(nat->config->filtering, source);
    if (!binding)
        return;
    if (what == SIM_NAT_NEAR_BINDING) {
        __builtin_prefetch(nat->binding + binding);
        __builtin_prefetch((const char *)(nat->binding + binding + 1) - 1);
    }
    if (nat->by_remote.size == 0)
        return;
    const uint32_t *head = head_of(&nat->by_remote, session_key(binding, scope));
    if (what == SIM_NAT_NEAR_BINDING)
        __builtin_prefetch(head);
    else
        __builtin_prefetch(nat->session + *head);
}

void sim_nat_tidy(struct sim_nat *nat, relo_time now)
{
    sim_nat_sweep(nat, now);
    if (nat->binding && nat->bindings == 0)
        sim_nat_clear(nat);
}

void sim_nat_clear(struct sim_nat *nat)
{
    relo_pool_free(nat->pool, nat->binding,
                   table_bytes(nat->binding_size, sizeof *nat->binding, 2));
    relo_pool_free(nat->pool, nat->session,
                   table_bytes(nat->session_size, sizeof *nat->session, 1));
    nat->by_inside = nat->by_outside = nat->by_remote = (struct sim_nat_index){NULL, 0};
    nat->binding = NULL;
    nat->session = NULL;
    nat->binding_size = nat->binding_used = nat->binding_free = nat->bindings = 0;
    nat->session_size = nat->session_used = nat->session_free = 0;
    nat->sweep_at = RELO_NEVER;
}
