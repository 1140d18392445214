/* SPDX-License-Identifier: BSD-2-Clause */
/* The driver of the ICE stories: whole nodes, and NATs between them. */
#include "tests/sim/support_natted.h"

#include "core/base/hash.h"
#include "core/ice/stun.h"
#include "core/node/node.h"
#include "core/wire/codes.h"

#include <string.h>

struct natted_packet {
    struct natted_packet *next;
    relo_time at;
    struct sim_nat_flow flow;
    int realm; /* where it arrives: the inside of that box, or the Internet */
    uint32_t n;
    struct relo_slice body;
    uint8_t head[];
};

struct natted *natted_new(uint64_t seed)
{
    struct natted *world = g_new0(struct natted, 1);
    world->shard = relo_shard_new();
    world->out = g_new0(struct relo_outbox, 1);
    world->latency = 20 * RELO_MS;
    world->now = RELO_S;
    world->seed = seed;
    relo_config_init(&world->config, "natted.invalid");
    world->config.no_ice = false;
    world->config.turn_density = 0; /* no relays, unless a test wants them */
    return world;
}

void natted_free(struct natted *world)
{
    while (world->flying) {
        struct natted_packet *packet = world->flying;
        world->flying = packet->next;
        relo_body_unref(relo_shard_pool(world->shard), packet->body.body);
        g_free(packet);
    }
    for (unsigned i = 0; i < world->nodes; i++)
        relo_node_free(world->node[i].node);
    for (unsigned i = 0; i < world->boxes; i++)
        sim_nat_fini(&world->box[i].nat);
    g_assert_cmpuint(relo_shard_pool(world->shard)->bytes_used, ==, 0);
    relo_shard_free(world->shard);
    g_free(world->out);
    g_free(world);
}

int natted_box(struct natted *world, int parent, const struct sim_nat_config *config)
{
    unsigned i = world->boxes++;
    struct natted_box *box = &world->box[i];
    g_assert_cmpuint(i, <, NATTED_BOXES);
    struct relo_addr external = relo_addr_v4((parent < 0 ? 0xc6336401u : 0x64400001u) + i, 0);
    box->config = *config;
    box->parent = parent;
    sim_nat_init(&box->nat, &box->config, relo_shard_pool(world->shard), &world->counters,
                 &external, world->seed, i);
    return (int)i;
}

static bool hides(const struct natted *world, int box)
{
    return box >= 0 && world->box[box].config.kind == SIM_NAT_REWRITING;
}

static int host_at(const struct natted *world, const struct relo_addr *addr)
{
    for (unsigned i = 0; i < world->nodes; i++)
        if (relo_addr_equal(&world->node[i].local, addr))
            return (int)i;
    for (unsigned i = 0; i < world->ports; i++)
        if (relo_addr_equal(&world->port[i].addr, addr))
            return (int)world->port[i].node;
    return -1;
}

static void open_port(struct natted *world, unsigned node, const struct relo_addr *addr)
{
    g_assert_cmpint(host_at(world, addr), <, 0);
    g_assert_cmpuint(world->ports, <, NATTED_PORTS);
    world->port[world->ports++] = (struct natted_port){*addr, node};
}

static void close_port(struct natted *world, const struct relo_addr *addr)
{
    for (unsigned i = 0; i < world->ports; i++)
        if (relo_addr_equal(&world->port[i].addr, addr)) {
            world->port[i] = world->port[--world->ports];
            return;
        }
    g_assert_not_reached();
}

/* Whether what is in this realm can get to `addr` without leaving it; *down: the box to enter, -1:
   the host is here. */
static bool is_here(const struct natted *world, int realm, const struct relo_addr *addr, int *down)
{
    int host = host_at(world, addr);
    *down = -1;
    if (host >= 0 && world->node[host].box == realm)
        return true;
    for (unsigned i = 0; i < world->boxes; i++) {
        *down = (int)i;
        if (world->box[i].parent != realm)
            continue;
        if (hides(world, (int)i) ? memcmp(world->box[i].nat.external.ip, addr->ip, 16) == 0
                                 : host >= 0 && world->node[host].box == (int)i)
            return true;
    }
    return false;
}

static void launch(struct natted *world, const struct natted_packet *model, struct relo_view head)
{
    struct natted_packet *packet = g_malloc(sizeof *packet + head.n);
    *packet = *model;
    packet->n = head.n;
    packet->at = world->now + world->latency;
    memcpy(packet->head, head.p, head.n);
    struct natted_packet **at = &world->flying;
    while (*at && (*at)->at <= packet->at)
        at = &(*at)->next;
    packet->next = *at;
    *at = packet;
}

/* What STUN asks for and says, where the datagram is one of it. */
static void note_stun(struct natted *world, const struct relo_send *send)
{
    struct relo_stun message;
    if (send->body.body || !relo_stun_read(send->head, &message) ||
        message.method != RELO_STUN_BINDING)
        return;
    if (message.stun_class == RELO_STUN_INDICATION)
        world->indications += send->traffic_class == RELO_CLASS_KEEPALIVE;
    if (message.stun_class != RELO_STUN_REQUEST)
        return;
    if (message.has & RELO_STUN_HAS_USERNAME) {
        world->checks++;
        world->checks_without_role +=
            !(message.has & (RELO_STUN_HAS_CONTROLLING | RELO_STUN_HAS_CONTROLLED));
    } else if (relo_addr_equal(&send->remote, &world->watched)) {
        world->asked_watched++;
    }
}

/* The message code stands first in the contents. */
static bool is_offer(const struct relo_send *send)
{
    const uint8_t *contents = relo_slice_bytes(&send->body);
    return send->body.n > 2 && send->frame_offset &&
           (contents[0] << 8 | contents[1]) == RELO_CODE_ATTACH_REQ;
}

static void put_in_flight(struct natted *world, unsigned from, const struct relo_send *send)
{
    struct natted_packet packet = {.flow = {.source = send->local, .destination = send->remote},
                                   .realm = world->node[from].box,
                                   .body = send->body};
    uint64_t bits = relo_hash_draw(world->seed, 99, 0, world->drawn++);
    bool gone = (bits >> 32) * 1000 >> 32 < world->loss;
    int down;
    world->sent[send->traffic_class]++;
    note_stun(world, send);
    world->offers += is_offer(send);
    world->last_n = MIN(send->head.n, (uint32_t)sizeof world->last);
    memcpy(world->last, send->head.p, world->last_n);
    g_assert_false(send->relayed); /* no driver ever sees one */
    while (!gone && !is_here(world, packet.realm, &packet.flow.destination, &down)) {
        if (packet.realm < 0) {
            world->lost_bad++;
            gone = true;
            break;
        }
        struct natted_box *box = &world->box[packet.realm];
        enum sim_nat_verdict verdict =
            sim_nat_outbound(&box->nat, world->now, &packet.flow).verdict;
        if (verdict == SIM_NAT_TURN)
            break;
        gone = verdict != SIM_NAT_PASS;
        packet.realm = box->parent;
    }
    if (gone)
        relo_body_unref(relo_shard_pool(world->shard), send->body.body);
    else
        launch(world, &packet, send->head);
}

static void note(struct natted *world, unsigned node, const struct relo_result *result)
{
    struct natted_flow *flow = &world->flow[node];
    if (result->type == RELO_RESULT_COMMAND)
        world->result = *result;
    if (result->type == RELO_RESULT_APP_LINK)
        flow->up = *result;
    if (result->type == RELO_RESULT_APP_DOWN)
        flow->down = result->flow;
    if (result->type == RELO_RESULT_APP_DATA) {
        flow->data++;
        flow->data_flow = result->flow;
        flow->bytes_n = MIN(result->value.n, (uint32_t)sizeof flow->bytes);
        memcpy(flow->bytes, result->value.p, flow->bytes_n);
    }
    if (result->type < RELO_RESULT_LINK_UP || result->type > RELO_RESULT_LINK_FAILED)
        return;
    world->link[world->links++ % NATTED_LINKS] = (struct natted_link){world->now, node, *result};
}

static void drain(struct natted *world, unsigned node)
{
    for (uint32_t i = 0; i < world->out->n; i++) {
        const struct relo_action *action = &world->out->action[i];
        if (action->type == RELO_ACTION_SEND)
            put_in_flight(world, node, &action->send);
        else if (action->type == RELO_ACTION_UDP_OPEN)
            open_port(world, node, &action->udp);
        else if (action->type == RELO_ACTION_UDP_CLOSE)
            close_port(world, &action->udp);
        else if (action->type == RELO_ACTION_RESULT)
            note(world, node, &action->result);
    }
    world->node[node].deadline = world->out->deadline;
}

static void step(struct natted *world, unsigned node, struct relo_event *event)
{
    event->now = world->now;
    relo_node_step(world->node[node].node, event, world->out);
    drain(world, node);
    for (int again = 0; world->node[node].deadline <= world->now; again++) {
        struct relo_event wake = {.type = RELO_EVENT_WAKE, .now = world->now};
        if (again == 100)
            g_error("node %u does not come to rest", node);
        relo_node_step(world->node[node].node, &wake, world->out);
        drain(world, node);
    }
}

/* Its first life, or another. */
static void begin(struct natted *world, unsigned i, uint8_t life)
{
    struct natted_node *node = &world->node[i];
    struct relo_addr bootstrap = world->node[i == 0 && life ? 1 : 0].local;
    struct relo_start start = {
        .suite = &relo_suite_sim,
        .config = &world->config,
        .identity = {.node_id = node->id, .key = 1000 + i, .not_after_s = INT64_MAX / 4},
        .entropy = {(uint8_t)(i + 1), (uint8_t)world->seed, life},
        .unix_offset_ns = INT64_C(1700000000) * RELO_S,
        .local = &node->local,
        .local_count = 1,
        .bootstrap = &bootstrap,
        .bootstrap_count = i || life ? 1 : 0,
        .public_address = node->box < 0 || world->says_public,
        .relay_only = world->relay_only,
    };
    g_snprintf(start.identity.user, sizeof start.identity.user, "user%u", i);
    node->node = relo_node_new(world->shard);
    struct relo_event event = {.type = RELO_EVENT_START, .start = &start};
    step(world, i, &event);
}

unsigned natted_add(struct natted *world, int box, unsigned top)
{
    unsigned i = world->nodes++;
    struct natted_node *node = &world->node[i];
    g_assert_cmpuint(i, <, NATTED_NODES);
    node->id = (struct relo_id){(uint64_t)top << 56, 0};
    node->box = box;
    node->local = hides(world, box) ? relo_addr_v4(0x0a000000u + ((unsigned)box << 16) + i, 6084)
                                    : relo_addr_v4(0xc0000200u + i, 6084);
    begin(world, i, 0);
    return i;
}

void natted_restart(struct natted *world, unsigned node)
{
    relo_node_free(world->node[node].node);
    for (unsigned i = world->ports; i-- > 0;)
        if (world->port[i].node == node)
            world->port[i] = world->port[--world->ports];
    begin(world, node, 1);
    struct relo_command join = {.type = RELO_COMMAND_JOIN};
    const struct relo_result *result = natted_command(world, node, join, 120 * RELO_S);
    g_assert_nonnull(result);
    g_assert_cmpint(result->status, ==, RELO_OK);
}

/* Down through the NATs of its way; -1: one of them did not let it in. */
static int pass_in(struct natted *world, struct natted_packet *packet)
{
    for (;;) {
        int down, realm = packet->realm;
        if (!is_here(world, realm, &packet->flow.destination, &down))
            return -1;
        if (down < 0)
            return host_at(world, &packet->flow.destination);
        if (sim_nat_inbound(&world->box[down].nat, world->now, &packet->flow).verdict !=
            SIM_NAT_PASS)
            return -1;
        packet->realm = down;
    }
}

static void arrive(struct natted *world, struct natted_packet *packet)
{
    int host = pass_in(world, packet);
    if (host < 0) {
        relo_body_unref(relo_shard_pool(world->shard), packet->body.body);
        return;
    }
    struct relo_event event = {
        .type = RELO_EVENT_DATAGRAM,
        .datagram = {packet->flow.destination,
                     packet->flow.source,
                     {packet->head, packet->n},
                     packet->body},
    };
    step(world, (unsigned)host, &event);
}

static bool advance(struct natted *world, relo_time until)
{
    unsigned waker = 0;
    for (unsigned i = 1; i < world->nodes; i++)
        if (world->node[i].deadline < world->node[waker].deadline)
            waker = i;
    struct natted_packet *packet = world->flying;
    relo_time wake_at = world->node[waker].deadline;
    if (packet && packet->at <= wake_at) {
        if (packet->at > until)
            return false;
        world->now = packet->at;
        world->flying = packet->next;
        arrive(world, packet);
        g_free(packet);
        return true;
    }
    if (wake_at > until)
        return false;
    struct relo_event wake = {.type = RELO_EVENT_WAKE};
    world->now = MAX(world->now, wake_at);
    step(world, waker, &wake);
    return true;
}

void natted_run(struct natted *world, relo_time duration)
{
    relo_time until = world->now + duration;
    while (advance(world, until))
        ;
    world->now = until;
}

uint64_t natted_ask(struct natted *world, unsigned node, struct relo_command command)
{
    static uint64_t tags;
    command.tag = ++tags;
    struct relo_event event = {.type = RELO_EVENT_COMMAND, .command = &command};
    step(world, node, &event);
    return command.tag;
}

const struct relo_result *natted_command(struct natted *world, unsigned node,
                                         struct relo_command command, relo_time patience)
{
    relo_time until = world->now + patience;
    uint64_t tag = natted_ask(world, node, command);
    while (world->result.tag != tag)
        if (!advance(world, until))
            return NULL;
    return &world->result;
}

void natted_join(struct natted *world, unsigned node)
{
    struct relo_command join = {.type = RELO_COMMAND_JOIN, .first = node == 0};
    const struct relo_result *result = natted_command(world, node, join, 120 * RELO_S);
    g_assert_nonnull(result);
    g_assert_cmpint(result->status, ==, RELO_OK);
}

bool natted_joined(const struct natted *world, unsigned node)
{
    struct relo_snapshot s;
    relo_node_snapshot(world->node[node].node, &s);
    return s.state == RELO_NODE_JOINED;
}

enum relo_status natted_attach(struct natted *world, unsigned a, unsigned b)
{
    struct relo_command attach = {.type = RELO_COMMAND_ATTACH, .target = {.id = world->node[b].id}};
    const struct relo_result *result = natted_command(world, a, attach, 120 * RELO_S);
    g_assert_nonnull(result);
    return result->status;
}

const struct natted_link *natted_find(const struct natted *world, unsigned node, unsigned peer,
                                      enum relo_result_type type)
{
    g_assert_cmpuint(world->links, <=, NATTED_LINKS);
    for (unsigned i = world->links; i-- > 0;)
        if (world->link[i].node == node && world->link[i].result.type == type &&
            relo_id_equal(world->link[i].result.peer, world->node[peer].id))
            return &world->link[i];
    return NULL;
}

const struct natted_link *natted_link(const struct natted *world, unsigned node, unsigned peer)
{
    return natted_find(world, node, peer, RELO_RESULT_LINK_UP);
}

void natted_break(struct natted *world, unsigned a, unsigned b)
{
    const unsigned ends[2] = {a, b};
    for (unsigned i = 0; i < 2; i++) {
        const struct relo_links *links = &world->node[ends[i]].node->links;
        relo_handle link = relo_links_find(links, world->node[ends[!i]].id);
        struct relo_event event = {.type = RELO_EVENT_UNREACHABLE,
                                   .unreachable = relo_link_remote(links, link)};
        step(world, ends[i], &event);
    }
}

void natted_stop(struct natted *world, unsigned node)
{
    struct relo_event event = {.type = RELO_EVENT_STOP};
    step(world, node, &event);
    world->node[node].deadline = RELO_NEVER;
}

void natted_inject(struct natted *world, unsigned node, const struct relo_addr *source,
                   struct relo_view bytes)
{
    struct natted_packet packet = {
        .flow = {.source = *source, .destination = world->node[node].local},
        .realm = world->node[node].box};
    launch(world, &packet, bytes);
}

void natted_inject_to(struct natted *world, const struct relo_addr *source,
                      const struct relo_addr *destination, struct relo_view bytes)
{
    struct natted_packet packet = {.flow = {.source = *source, .destination = *destination},
                                   .realm = NATTED_PUBLIC};
    launch(world, &packet, bytes);
}

uint64_t natted_count(const struct natted *world, const char *counter)
{
    for (uint32_t i = 0; i < relo_shard_counter_count(); i++)
        if (strcmp(relo_shard_counter_name(i), counter) == 0)
            return relo_shard_counter(world->shard, i);
    g_assert_not_reached();
}
