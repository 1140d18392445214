/* SPDX-License-Identifier: BSD-2-Clause */
/* Keepalives that wait at a site until it is touched. */
#include "sim/world/lazy.h"

#include "core/base/check.h"
#include "sim/world/world.h"

#define GROW_BY 2

/* Where there are NATs a site is a place of the layout, else it is a host. */
static uint32_t site_count(const struct sim_world *world)
{
    return world->boxes ? world->boxes->layout.site_count : world->host_count;
}

static uint32_t site_of(const struct sim_world *world, uint32_t entity)
{
    if (!world->boxes)
        return entity - 1;
    const struct sim_layout *layout = &world->boxes->layout;
    if (entity > world->host_count)
        return layout->box[entity - world->host_count - 1].site;
    return layout->host_site[entity - 1];
}

void sim_lazy_begin(struct sim_world *world)
{
    if (world->config.keepalives_by_driver)
        world->lazy = g_new0(struct sim_lazy, site_count(world));
}

static struct sim_shard *shard_of(const struct sim_world *world, uint32_t site)
{
    uint32_t host = world->boxes ? world->boxes->layout.site[site].first_host : site;
    return world->shards[sim_world_shard_of(world, host)];
}

/* What waits is little, and comes and goes: the sites share their memory. */
static void set_capacity(struct sim_shard *shard, struct sim_lazy *lazy, uint32_t capacity)
{
    size_t each = sizeof *lazy->item;
    lazy->item = relo_pool_resize(shard->pool, lazy->item, lazy->capacity * each, capacity * each,
                                  lazy->n * each);
    lazy->capacity = capacity;
}

void sim_lazy_free(struct sim_world *world)
{
    for (uint32_t i = 0; world->lazy && i < site_count(world); i++)
        set_capacity(shard_of(world, i), &world->lazy[i], 0);
    g_free(world->lazy);
    world->lazy = NULL;
}

/* To a TURN server's relay something is to be carried on, in time. Only addresses that are not
   rewritten any more show such a port; and nobody behind a rewriting NAT is a TURN server. */
bool sim_lazy_keeps(const struct sim_world *world, const struct sim_packet *packet)
{
    if (!packet->lazy || !world->lazy || !packet->has_ends)
        return packet->lazy && world->lazy;
    uint32_t entity = packet->event.entity;
    if (entity > world->host_count) { /* its box is not near */
        const struct sim_layout *layout = &world->boxes->layout;
        uint32_t config = layout->box[entity - world->host_count - 1].config;
        if (layout->config[config].kind == SIM_NAT_REWRITING)
            return true;
    }
    struct relo_addr from, to;
    sim_packet_get_ends(packet, &from, &to);
    return to.port == SIM_PORT;
}

/* One of the shard's keepalives, which the others are made from. */
static void set_model(struct sim_shard *shard, const struct sim_packet *packet)
{
    const struct sim_packet *model = shard->keepalive;
    if (!model)
        model = shard->keepalive = sim_packet_copy(shard->pool, packet);
    RELO_CHECK(!packet->body.body && packet->head_n == model->head_n &&
               packet->ip_bytes == model->ip_bytes && packet->has_ends == model->has_ends);
}

void sim_lazy_push(struct sim_shard *shard, struct sim_packet *packet)
{
    struct sim_lazy *lazy = &shard->world->lazy[site_of(shard->world, packet->event.entity)];
    struct sim_lazy_item item = {.event = packet->event, .arrived = packet->arrived};
    if (packet->has_ends)
        item.ends = sim_packet_ends(packet);
    if (lazy->n == lazy->capacity)
        set_capacity(shard, lazy, lazy->capacity + GROW_BY);
    uint32_t at = lazy->n++;
    for (; at > 0 && sim_event_before(&lazy->item[at - 1].event, &item.event); at--)
        lazy->item[at] = lazy->item[at - 1];
    lazy->item[at] = item;
    set_model(shard, packet);
    sim_packet_free(shard->pool, packet);
}

static struct sim_packet *packet_of(struct sim_shard *shard, const struct sim_lazy_item *item)
{
    struct sim_packet *packet = sim_packet_copy(shard->pool, shard->keepalive);
    packet->event = item->event;
    packet->source_site = sim_event_source(&item->event) - 1;
    packet->arrived = item->arrived;
    if (packet->has_ends)
        sim_packet_put_ends(packet, &item->ends);
    return packet;
}

bool sim_lazy_waits(const struct sim_world *world, uint32_t entity, relo_time until)
{
    if (!world->lazy)
        return false;
    const struct sim_lazy *lazy = &world->lazy[site_of(world, entity)];
    return lazy->n && lazy->item[lazy->n - 1].event.time <= until;
}

static void prefetch_flow(const struct sim_world *world, const struct sim_lazy_item *item,
                          enum sim_nat_near what)
{
    if (world->boxes)
        sim_boxes_prefetch(world, item->event.entity, &item->ends, what);
}

void sim_lazy_prefetch(const struct sim_world *world, uint32_t entity, enum sim_lazy_near what)
{
    const struct sim_lazy *lazy = &world->lazy[site_of(world, entity)];
    if (what == SIM_LAZY_NEAR_SITE) {
        __builtin_prefetch(lazy);
        return;
    }
    if (lazy->n == 0)
        return;
    const struct sim_lazy_item *next = &lazy->item[lazy->n - 1];
    switch (what) {
    case SIM_LAZY_NEAR_SITE:
        break;
    case SIM_LAZY_NEAR_ITEMS:
        __builtin_prefetch(next);
        __builtin_prefetch((const char *)(next + 1) - 1);
        break;
    case SIM_LAZY_NEAR_BINDING:
        prefetch_flow(world, next, SIM_NAT_NEAR_BINDING);
        break;
    case SIM_LAZY_NEAR_SESSION:
        prefetch_flow(world, next, SIM_NAT_NEAR_SESSION);
        break;
    }
}

static void settle(struct sim_shard *shard, struct sim_lazy *lazy, const struct sim_event *until)
{
    relo_time now = shard->now;
    while (lazy->n && sim_event_before(&lazy->item[lazy->n - 1].event, until)) {
        struct sim_packet *packet = packet_of(shard, &lazy->item[--lazy->n]);
        if (lazy->n > 1)
            prefetch_flow(shard->world, &lazy->item[lazy->n - 2], SIM_NAT_NEAR_BINDING);
        if (lazy->n > 0)
            prefetch_flow(shard->world, &lazy->item[lazy->n - 1], SIM_NAT_NEAR_SESSION);
        shard->now = packet->event.time;
        if (packet->event.entity > shard->world->host_count)
            sim_boxes_arrive(shard, packet);
        else
            sim_shard_arrive(shard, packet);
    }
    if (lazy->n == 0)
        set_capacity(shard, lazy, 0);
    shard->now = now;
}

void sim_lazy_settle(struct sim_shard *shard, uint32_t entity)
{
    const struct sim_world *world = shard->world;
    if (!world->lazy)
        return;
    struct sim_lazy *lazy = &world->lazy[site_of(world, entity)];
    if (lazy->n)
        settle(shard, lazy, &shard->current);
}

void sim_lazy_settle_all(struct sim_world *world)
{
    struct sim_event until = {.time = world->now};
    for (uint32_t i = 0; world->lazy && i < site_count(world); i++)
        settle(shard_of(world, i), &world->lazy[i], &until);
}
