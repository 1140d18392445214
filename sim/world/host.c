/* SPDX-License-Identifier: BSD-2-Clause */
/* One host: steps its node and carries out the actions. */
#include "sim/world/world.h"

#include "core/base/check.h"

#include <string.h>

#define RESTLESS 1000000 /* steps at one instant: a node that does not come to rest is broken */
#define KEEPALIVE (UINT64_C(1) << 62) /* among sequences */

void sim_host_log(struct sim_shard *shard, enum sim_log_kind kind, uint32_t host)
{
    struct sim_log_entry entry = {.time = shard->now,
                                  .host = host,
                                  .kind = (uint8_t)kind,
                                  .id = shard->world->hosts[host].id};
    sim_log_append(&shard->log, &entry);
}

/* Onto the calendar of the receiving shard: now, if it is this one, or at the end of the window. */
static void hand_over(struct sim_shard *shard, uint32_t target, struct sim_packet *packet)
{
    uint32_t to = sim_world_shard_of(shard->world, target);
    if (to == shard->index) {
        sim_shard_push(shard, packet);
        return;
    }
    struct sim_mail *mail = &shard->mail[to];
    if (mail->n == mail->capacity) {
        mail->capacity = mail->capacity ? mail->capacity * 2 : 64;
        mail->packet = g_renew(struct sim_packet *, mail->packet, mail->capacity);
    }
    mail->packet[mail->n++] = packet;
}

static void pass_on(struct sim_shard *shard, uint32_t target, struct sim_packet *packet)
{
    if (packet->event.time < shard->world->end)
        hand_over(shard, target, packet);
    else
        sim_packet_free(shard->pool, packet);
}

/* Without NATs. */
static bool find_way(struct sim_shard *shard, uint32_t source, uint64_t sequence, uint32_t bytes,
                     const struct relo_send *send, struct sim_route *route)
{
    const struct sim_world *world = shard->world;
    if (!sim_network_host(&world->network, &send->remote, &route->target))
        return false;
    route->entity = route->target + 1;
    return sim_network_send(&world->network, &world->hosts[source].up_free_at, shard->now, source,
                            route->target, sequence, bytes, &shard->net, &route->arrival);
}

/* Keepalives have a sequence of their own, so that the draws of all other packets are the same
   whatever becomes of keepalives. Twice it still fits (sim/fault). */
static uint64_t next_sequence(struct sim_host *host, const struct relo_send *send)
{
    if (send->traffic_class == RELO_CLASS_KEEPALIVE)
        return KEEPALIVE | host->keepalives++;
    return host->packets++;
}

static void send_packet(struct sim_shard *shard, uint32_t source, const struct relo_send *send,
                        bool lazy)
{
    struct sim_world *world = shard->world;
    struct sim_host *host = &world->hosts[source];
    struct sim_route route = {.target = UINT32_MAX};
    uint32_t bytes = sim_packet_ip_bytes(send->head.n + send->body.n, world->params->mtu);
    uint64_t sequence = next_sequence(host, send);
    if (world->measuring) {
        shard->bytes[send->traffic_class] += bytes;
        shard->messages[send->traffic_class]++;
        if (send->traffic_class == RELO_CLASS_RELAY)
            sim_ports_relay(shard->ports, source, bytes);
    }
    bool through = world->boxes ? sim_boxes_send(shard, source, sequence, bytes, send, &route)
                                : find_way(shard, source, sequence, bytes, send, &route);
    uint32_t target = route.target;
    if (through && world->agenda.parted &&
        sim_world_group(world, source) != sim_world_group(world, target)) {
        shard->net.lost++;
        through = false;
    }
    if (!world->pcap && (!through || route.arrival >= world->end)) {
        relo_body_unref(shard->pool, send->body.body);
        return;
    }
    struct sim_packet *packet = world->boxes
                                    ? sim_packet_new_with_ends(shard->pool, send->head, send->body)
                                    : sim_packet_new(shard->pool, send->head, send->body);
    packet->frame_offset = send->frame_offset;
    packet->lazy = lazy;
    packet->ip_bytes = bytes;
    packet->source_site = source;
    packet->event =
        (struct sim_event){.time = route.arrival,
                           .sequence = sequence,
                           .entity = route.entity,
                           .class_source = sim_event_class_source(SIM_CLASS_PACKET, source + 1)};
    if (world->boxes)
        sim_packet_set_ends(packet, &route.source, &route.destination);
    if (world->pcap && target != UINT32_MAX)
        sim_pcap_add(world->pcap, shard->now, source, target, packet);
    if (world->fault && through) {
        struct sim_packet *copy = sim_fault_packet(shard, packet);
        if (copy)
            pass_on(shard, target, copy);
    }
    if (through)
        pass_on(shard, target, packet);
    else
        sim_packet_free(shard->pool, packet);
}

/* While the first of several datagrams is sent the places of the others come near. */
static void prefetch_places(const struct sim_world *world, const struct relo_outbox *out)
{
    uint32_t target;
    for (uint32_t i = 0; i < out->n; i++) {
        const struct relo_action *action = &out->action[i];
        if (action->type == RELO_ACTION_SEND &&
            sim_network_host(&world->network, &action->send.remote, &target))
            sim_latency_prefetch(&world->network.latency, target);
    }
}

static void carry_out(struct sim_shard *shard, uint32_t host)
{
    struct relo_outbox *out = &shard->outbox;
    if (out->n > 1 && !shard->world->boxes)
        prefetch_places(shard->world, out);
    for (uint32_t i = 0; i < out->n; i++) {
        const struct relo_action *action = &out->action[i];
        switch (action->type) {
        case RELO_ACTION_SEND:
            send_packet(shard, host, &action->send, false);
            break;
        case RELO_ACTION_RESULT:
            sim_results_take(shard, host, &action->result);
            break;
        case RELO_ACTION_UDP_OPEN:
            sim_ports_open(shard->ports, host, action->udp.port);
            break;
        case RELO_ACTION_UDP_CLOSE:
            sim_ports_close(shard->ports, host, action->udp.port);
            break;
        case RELO_ACTION_STREAM_CONNECT:
        case RELO_ACTION_STREAM_SEND:
        case RELO_ACTION_STREAM_CLOSE:
            break; /* a No-ICE overlay over UDP opens no streams */
        }
    }
}

/* A wake in time for the node's deadline. An earlier one than the queued is the next that counts;
   the queued one is remembered, so that deadlines that come and go leave no heap of stale wakes. */
void sim_host_wake_by(struct sim_shard *shard, uint32_t index)
{
    struct sim_host *host = &shard->world->hosts[index];
    if (host->due >= host->wake_at)
        return;
    if (host->wake_at < host->wake_next)
        host->wake_next = host->wake_at;
    host->wake_at = host->due;
    if (host->due < shard->world->end)
        sim_calendar_push_wake(&shard->calendar, host->due, index + 1);
}

static void set_due(const struct sim_world *world, struct sim_host *host, relo_time deadline)
{
    host->due = deadline;
    if (!world->lazy)
        return;
    host->deadline = deadline;
    host->due = relo_time_min(deadline, relo_node_keepalive_at(host->node));
}

void sim_host_keepalives(struct sim_shard *shard, uint32_t index)
{
    struct sim_host *host = &shard->world->hosts[index];
    struct relo_send send;
    while (relo_node_keepalive(host->node, shard->now, &send))
        send_packet(shard, index, &send, true);
    set_due(shard->world, host, host->deadline);
    sim_host_wake_by(shard, index);
}

void sim_host_step(struct sim_shard *shard, uint32_t index, const struct relo_event *event)
{
    struct sim_host *host = &shard->world->hosts[index];
    sim_lazy_settle(shard, index + 1);
    relo_node_step(host->node, event, &shard->outbox);
    carry_out(shard, index);
    for (uint32_t i = 0; shard->outbox.deadline <= shard->now; i++) {
        struct relo_event again = {.type = RELO_EVENT_WAKE, .now = shard->now};
        RELO_CHECK(i < RESTLESS);
        relo_node_step(host->node, &again, &shard->outbox);
        carry_out(shard, index);
    }
    set_due(shard->world, host, shard->outbox.deadline);
    if (host->stop && event->type != RELO_EVENT_STOP) {
        sim_life_stop(shard, index);
        return;
    }
    sim_host_wake_by(shard, index);
}

void sim_host_command(struct sim_shard *shard, uint32_t index, struct relo_command *command,
                      uint32_t key, uint64_t version)
{
    struct sim_host *host = &shard->world->hosts[index];
    relo_handle handle = relo_slab_new(&shard->pending);
    struct sim_pending *pending = relo_slab_get(&shard->pending, handle);
    *pending = (struct sim_pending){.next = host->pending,
                                    .host = index,
                                    .key = key,
                                    .issued = shard->now,
                                    .version = version,
                                    .type = (uint8_t)command->type,
                                    .sip = command->kind == RELO_KIND_SIP_REGISTRATION};
    if (host->pending)
        ((struct sim_pending *)relo_slab_get(&shard->pending, host->pending))->previous = handle;
    host->pending = handle;
    command->tag = handle;
    struct relo_event event = {.type = RELO_EVENT_COMMAND, .now = shard->now, .command = command};
    sim_host_step(shard, index, &event);
}

/* The chains cover what arrives: when, from whom, and the bytes; with and without what surrounds
   the clear frame. */
static void fingerprint(struct sim_host *host, relo_time now, const struct sim_packet *packet)
{
    uint64_t who = relo_hash_mix((uint64_t)now, packet->source_site);
    uint64_t body = relo_slice_hash(&packet->body);
    uint64_t frame = relo_hash(packet->head + packet->frame_offset,
                               (size_t)packet->head_n - packet->frame_offset, body);
    uint64_t around = frame;
    if (packet->frame_offset) {
        host->chain = relo_hash_mix(host->chain ^ who, frame);
        around = relo_hash(packet->head, packet->frame_offset, frame);
    }
    host->wire_chain = relo_hash_mix(host->wire_chain ^ who, around);
}

/* A host has its own port, and those of the allocations it serves. */
static bool is_listening(const struct sim_shard *shard, uint32_t host,
                         const struct sim_packet *packet)
{
    struct relo_addr from, to;
    sim_packet_get_ends(packet, &from, &to);
    return to.port == SIM_PORT || sim_ports_is_open(shard->ports, host, to.port);
}

/* A keepalive to the port of the links means nothing to a node; to that of a TURN server's relay it
   is something to carry on. */
static bool hears_nothing(const struct sim_packet *packet)
{
    struct relo_addr from, to;
    if (!packet->has_ends)
        return true;
    sim_packet_get_ends(packet, &from, &to);
    return to.port == SIM_PORT;
}

void sim_host_deliver(struct sim_shard *shard, struct sim_packet *packet)
{
    struct sim_world *world = shard->world;
    uint32_t index = packet->event.entity - 1;
    struct sim_host *host = &world->hosts[index];
    if (!host->node) { /* nobody is there: it vanishes without a word */
        shard->to_dead++;
        sim_packet_free(shard->pool, packet);
        return;
    }
    if (packet->has_ends && !is_listening(shard, index, packet)) {
        sim_packet_free(shard->pool, packet);
        return;
    }
    shard->datagrams++;
    if (packet->lazy && hears_nothing(packet)) {
        sim_packet_free(shard->pool, packet);
        return;
    }
    fingerprint(host, shard->now, packet);
    struct relo_event event = {
        .type = RELO_EVENT_DATAGRAM,
        .now = shard->now,
        .datagram = {.head = {packet->head, packet->head_n}, .body = packet->body}};
    if (world->boxes) {
        sim_packet_get_ends(packet, &event.datagram.remote, &event.datagram.local);
    } else {
        event.datagram.local = sim_network_addr(index);
        event.datagram.remote = sim_network_addr(packet->source_site);
    }
    packet->body.body = NULL; /* the node takes over the reference */
    uint64_t before = 0;
    if (world->measuring)
        before = relo_shard_counter(shard->core, RELO_COUNT_messages_forwarded);
    sim_host_step(shard, index, &event);
    if (world->measuring)
        host->forwarded +=
            (uint32_t)(relo_shard_counter(shard->core, RELO_COUNT_messages_forwarded) - before);
    sim_packet_free(shard->pool, packet);
}
