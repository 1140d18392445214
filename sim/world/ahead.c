/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking ahead: what a run of many peers costs is its cache misses, so the memory that the next
   events will touch is asked for in time. Nothing is changed.

   Events pass five stations on their way to the front: the host and the packet; the node and the
   packet's body; the node's tables; the link it will touch; what routing reads, or the message that
   an ACK is for. At each the pointers are near already. They pass in groups: with 100,000 peers
   each touches pages whose addresses the processor does not know, and it looks up several at the
   same time where it is asked for them in a row (docs/decisions/0005). */
#include "sim/world/world.h"

#include "core/base/prefetch.h"

#define GROUP RELO_PREFETCH_MAX

/* Events in a slot: fewer are of few peers, all of which are near. */
#define WORTHWHILE (2 * GROUP)

static const struct sim_packet *packet_of(const struct sim_entry *entry)
{
    return sim_entry_is_packet(entry) ? (const struct sim_packet *)sim_entry_event(entry) : NULL;
}

/* The host that an event will touch: behind a home's NAT most likely the only one. */
static const struct sim_host *host_near(const struct sim_world *world, uint32_t entity)
{
    if (entity > world->host_count)
        return &world->hosts[world->boxes->layout.box[entity - world->host_count - 1].first_host];
    return &world->hosts[entity - 1];
}

/* A wake that will find nothing to do reads its host and nothing else. */
static bool is_idle(const struct sim_host *host, const struct sim_entry *entry)
{
    return !host->node ||
           (sim_entry_is_wake(entry) && (host->wake_at != entry->time || host->due > entry->time));
}

/* --- NATs ---------------------------------------------------------------------------------- */

/* What a datagram will touch of the NAT that it comes in through. */
static void prefetch_flow(const struct sim_world *world, const struct sim_entry *entry,
                          enum sim_nat_near what)
{
    const struct sim_packet *packet = packet_of(entry);
    if (!packet)
        return;
    struct sim_packet_ends ends = sim_packet_ends(packet);
    sim_boxes_prefetch(world, packet->event.entity, &ends, what);
}

/* The NAT that a datagram will come in through, or that what is sent on a wake will leave by. */
static void prefetch_box(const struct sim_world *world, const struct sim_entry *entry, bool near)
{
    uint32_t entity = sim_entry_entity(entry), at = SIM_NO_BOX;
    if (entity > world->host_count)
        at = entity - world->host_count - 1;
    else if (sim_entry_is_wake(entry))
        at = world->boxes->layout.host_box[entity - 1];
    if (at == SIM_NO_BOX)
        return;
    const struct sim_box *box = &world->boxes->box[at];
    if (near) {
        sim_nat_prefetch(&box->nat);
    } else {
        __builtin_prefetch(box);
        __builtin_prefetch((const char *)box + 64);
        __builtin_prefetch((const char *)box + 128);
        __builtin_prefetch(&world->boxes->layout.box[at]);
    }
}

/* --- the stations -------------------------------------------------------------------------- */

static void pass_hosts(const struct sim_world *world, const struct sim_entry *entry, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        __builtin_prefetch(host_near(world, sim_entry_entity(&entry[i])));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t entity = sim_entry_entity(&entry[i]);
        if (world->delays) /* the access link */
            __builtin_prefetch((const char *)host_near(world, entity) + RELO_CHUNK_ALIGN);
        if (sim_entry_is_packet(&entry[i]))
            sim_packet_prefetch(packet_of(&entry[i]));
        if (world->boxes)
            prefetch_box(world, &entry[i], false);
        if (world->lazy)
            sim_lazy_prefetch(world, entity, SIM_LAZY_NEAR_SITE);
    }
}

/* What the node of an event reads; and, beside it, packets and the network. */
static void pass_nodes(const struct sim_world *world, const struct sim_entry *entry, uint32_t n,
                       enum relo_prefetch what)
{
    struct relo_coming coming[GROUP];
    struct relo_addr from[GROUP];
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t entity = sim_entry_entity(&entry[i]);
        const struct sim_host *host = host_near(world, entity);
        if (is_idle(host, &entry[i]))
            continue;
        const struct sim_packet *packet = packet_of(&entry[i]);
        struct relo_coming *next = &coming[count];
        *next = (struct relo_coming){.node = host->node, .kind = RELO_COMING_STEP};
        if (packet && !packet->body.body)
            next->kind = RELO_COMING_ACK;
        else if (!packet && world->lazy && sim_entry_is_wake(&entry[i]) &&
                 host->deadline > entry[i].time)
            next->kind = RELO_COMING_KEEPALIVE;
        if (packet)
            next->remote = &from[count];
        if (packet && what == RELO_PREFETCH_LINK) {
            struct relo_addr to;
            from[count] = sim_network_addr(packet->source_site);
            if (packet->has_ends)
                sim_packet_get_ends(packet, &from[count], &to);
            if (packet->body.body && !world->boxes) { /* it will be acknowledged */
                sim_latency_prefetch(&world->network.latency, packet->source_site);
                sim_latency_prefetch(&world->network.latency, entity - 1);
            }
        }
        if (packet && what == RELO_PREFETCH_NODE)
            relo_prefetch(packet->body.body);
        count++;
    }
    relo_node_prefetch(coming, count, what);
    for (uint32_t i = 0; i < n; i++) {
        if (world->boxes && what == RELO_PREFETCH_TABLES)
            prefetch_box(world, &entry[i], true);
        else if (world->boxes && what == RELO_PREFETCH_LINK)
            prefetch_flow(world, &entry[i], SIM_NAT_NEAR_BINDING);
        else if (world->boxes && what == RELO_PREFETCH_ROUTES)
            prefetch_flow(world, &entry[i], SIM_NAT_NEAR_SESSION);
        if (world->lazy && what != RELO_PREFETCH_NODE)
            sim_lazy_prefetch(
                world, sim_entry_entity(&entry[i]),
                (enum sim_lazy_near)(SIM_LAZY_NEAR_ITEMS + what - RELO_PREFETCH_TABLES));
    }
}

/* How many events before its first one a group passes a station; different modulo GROUP, so that
   with each event at most one group does. */
static const uint32_t AHEAD_OF[] = {32, 26, 20, 14, 8};

#define STATIONS (sizeof AHEAD_OF / sizeof *AHEAD_OF)

static void pass(const struct sim_shard *shard, uint32_t station, uint32_t at)
{
    const struct sim_calendar *calendar = &shard->calendar;
    if (at >= calendar->now_n)
        return;
    const struct sim_entry *entry = &calendar->now[at];
    uint32_t n = calendar->now_n - at < GROUP ? calendar->now_n - at : GROUP;
    if (station == 0)
        pass_hosts(shard->world, entry, n);
    else
        pass_nodes(shard->world, entry, n, (enum relo_prefetch)(station - 1));
}

void sim_shard_look_ahead(struct sim_shard *shard)
{
    const struct sim_calendar *calendar = &shard->calendar;
    bool begins = shard->looked_at != calendar->slot_open;
    shard->looked_at = calendar->slot_open;
    if (calendar->now_n < WORTHWHILE)
        return;
    for (uint32_t i = 0; i < STATIONS; i++) {
        uint32_t at = calendar->now_at + AHEAD_OF[i];
        if (at % GROUP == 0)
            pass(shard, i, at);
        for (uint32_t first = 0; begins && first < at; first += GROUP)
            pass(shard, i, first);
    }
}
