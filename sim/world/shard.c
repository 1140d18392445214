/* SPDX-License-Identifier: BSD-2-Clause */
/* One shard's events: pop in order, look ahead, hand each to whom it happens to. */
#include "sim/world/world.h"

#include "core/base/check.h"

#define SLOT_SHIFT 22 /* 4.2 ms: at 10,000 peers some 200 events, enough to look ahead */

/* An event without a packet: what is to happen is in its sequence. */
static uint64_t pack(uint8_t what, uint32_t incarnation, uint32_t number)
{
    return (uint64_t)what << 56 | (uint64_t)(incarnation & 0xffffff) << 32 | number;
}

struct sim_shard *sim_shard_new(struct sim_world *world, uint32_t index)
{
    struct sim_shard *shard = g_new0(struct sim_shard, 1);
    shard->world = world;
    shard->index = index;
    shard->core = relo_shard_new();
    shard->pool = relo_shard_pool(shard->core);
    sim_calendar_init(&shard->calendar, shard->pool, SLOT_SHIFT);
    relo_slab_init(&shard->pending, sizeof(struct sim_pending));
    mx_run_init(&shard->run);
    shard->ports = sim_ports_new();
    shard->value = g_malloc(world->params->value_bytes);
    shard->scratch = g_malloc(world->params->value_bytes);
    return shard;
}

static void free_event(struct sim_shard *shard, struct sim_event *event)
{
    if (sim_event_class(event) == SIM_CLASS_PACKET)
        sim_packet_free(shard->pool, (struct sim_packet *)event);
    else if (sim_event_class(event) != SIM_CLASS_WAKE)
        relo_pool_free(shard->pool, event, sizeof *event);
}

void sim_shard_free(struct sim_shard *shard)
{
    if (!shard)
        return;
    struct sim_event *event;
    while ((event = sim_calendar_pop(&shard->calendar, RELO_NEVER)) != NULL)
        free_event(shard, event);
    sim_calendar_fini(&shard->calendar);
    for (uint32_t i = 0; i < SIM_SHARDS_MAX; i++) {
        for (uint32_t j = 0; j < shard->mail[i].n; j++)
            sim_packet_free(shard->pool, shard->mail[i].packet[j]);
        g_free(shard->mail[i].packet);
    }
    if (shard->keepalive)
        sim_packet_free(shard->pool, shard->keepalive);
    if (shard->world->options.check)
        sim_check_memory(shard->world, shard);
    relo_slab_fini(&shard->pending);
    relo_shard_free(shard->core);
    mx_run_fini(&shard->run);
    g_free(shard->log.entry);
    sim_ports_free(shard->ports);
    g_free(shard->value);
    g_free(shard->scratch);
    g_free(shard);
}

void sim_shard_schedule(struct sim_shard *shard, uint32_t host, enum sim_class class,
                        relo_time time, uint8_t what, uint32_t number)
{
    if (time >= shard->world->end)
        return;
    struct sim_event *event = relo_pool_alloc(shard->pool, sizeof *event);
    *event =
        (struct sim_event){.time = time,
                           .sequence = pack(what, shard->world->hosts[host].incarnation, number),
                           .entity = host + 1,
                           .class_source = sim_event_class_source(class, host + 1)};
    sim_calendar_push(&shard->calendar, event);
}

/* The wake of a host: stale unless it is the one that counts, and premature where the deadline has
   moved on since it was queued. */
static void wake(struct sim_shard *shard, uint32_t index)
{
    struct sim_host *host = &shard->world->hosts[index];
    if (host->wake_at != shard->now)
        return;
    host->wake_at = host->wake_next;
    host->wake_next = RELO_NEVER;
    if (!host->node || host->due == RELO_NEVER)
        return;
    if (host->due > shard->now) {
        sim_host_wake_by(shard, index);
        return;
    }
    if (shard->world->lazy && host->deadline > shard->now) {
        sim_host_keepalives(shard, index);
        return;
    }
    struct relo_event event = {.type = RELO_EVENT_WAKE, .now = shard->now};
    sim_host_step(shard, index, &event);
}

void sim_shard_push(struct sim_shard *shard, struct sim_packet *packet)
{
    if (sim_lazy_keeps(shard->world, packet))
        sim_lazy_push(shard, packet);
    else
        sim_calendar_push(&shard->calendar, &packet->event);
}

/* Nothing happens to the host, nor to the NAT of its own that the packet is at, before `delivery`.
 */
static bool is_undisturbed(const struct sim_shard *shard, const struct sim_packet *packet,
                           uint32_t host, relo_time delivery)
{
    const struct sim_world *world = shard->world;
    const struct sim_calendar *calendar = &shard->calendar;
    uint32_t entity = packet->event.entity;
    return delivery < shard->until && world->hosts[host].wake_at > delivery &&
           sim_calendar_is_calm(calendar, host + 1, delivery) &&
           (entity == host + 1 || sim_calendar_is_calm(calendar, entity, delivery)) &&
           !packet->lazy && !sim_lazy_waits(world, entity, delivery) && !world->pcap &&
           !sim_fault_slows(world->fault);
}

bool sim_shard_await(struct sim_shard *shard, struct sim_packet *packet, uint32_t host,
                     relo_time delivery)
{
    packet->event.time = delivery;
    if (host == UINT32_MAX || !is_undisturbed(shard, packet, host, delivery)) {
        sim_shard_push(shard, packet);
        return false;
    }
    shard->now = delivery;
    shard->current = packet->event;
    shard->events++;
    return true;
}

void sim_shard_arrive(struct sim_shard *shard, struct sim_packet *packet)
{
    struct sim_world *world = shard->world;
    if (!packet->arrived && world->delays) {
        uint32_t target = packet->event.entity - 1;
        bool idle = world->hosts[target].down_free_at < shard->now &&
                    (!world->boxes || world->boxes->layout.host_box[target] == SIM_NO_BOX);
        relo_time delivery;
        packet->arrived = true;
        if (!sim_network_receive(&world->network, &world->hosts[target].down_free_at, shard->now,
                                 packet->ip_bytes, &shard->net, &delivery) ||
            (sim_fault_slows(world->fault) && !sim_fault_process(shard, target, &delivery))) {
            sim_packet_free(shard->pool, packet);
            return;
        }
        if (delivery > shard->now &&
            !sim_shard_await(shard, packet, idle ? target : UINT32_MAX, delivery))
            return;
    }
    sim_host_deliver(shard, packet);
}

static void dispatch(struct sim_shard *shard, struct sim_event *event)
{
    enum sim_class class = sim_event_class(event);
    shard->now = event->time;
    shard->current = *event;
    shard->events++;
    sim_lazy_settle(shard, event->entity);
    if (class == SIM_CLASS_PACKET) {
        if (event->entity > shard->world->host_count)
            sim_boxes_arrive(shard, (struct sim_packet *)event);
        else
            sim_shard_arrive(shard, (struct sim_packet *)event);
        return;
    }
    if (class == SIM_CLASS_WAKE) {
        wake(shard, event->entity - 1);
        return;
    }
    uint32_t host = event->entity - 1, number = (uint32_t)event->sequence;
    uint8_t what = (uint8_t)(event->sequence >> 56);
    uint32_t incarnation = (uint32_t)(event->sequence >> 32) & 0xffffff;
    relo_pool_free(shard->pool, event, sizeof *event);
    if (host >= shard->world->host_count)
        sim_boxes_event(shard, host + 1);
    else if (incarnation != (shard->world->hosts[host].incarnation & 0xffffff))
        return; /* meant for an earlier life */
    else if (class == SIM_CLASS_WORLD && what >= SIM_FAULT_CRASH)
        sim_fault_event(shard, host, (enum sim_fault_what)what);
    else if (class == SIM_CLASS_WORLD)
        sim_churn_event(shard, host, (enum sim_churn_what)what);
    else
        sim_workload_event(shard, host, (enum sim_process)what, number);
}

void sim_shard_run(struct sim_shard *shard, relo_time until)
{
    struct sim_event *event;
    shard->until = until;
    while ((event = sim_calendar_pop(&shard->calendar, until)) != NULL) {
        sim_shard_look_ahead(shard);
        dispatch(shard, event);
    }
    shard->now = until;
    shard->current = (struct sim_event){.time = until}; /* the world's turn */
}
