/* SPDX-License-Identifier: BSD-2-Clause */
/* The driver of the story tests. */
#include "tests/story/support_world.h"

#include "core/wire/codes.h"
#include "core/wire/contents.h"
#include "core/wire/error.h"

#include <string.h>

struct world_packet {
    struct world_packet *next;
    relo_time at;
    struct relo_addr local, remote; /* of its sender */
    unsigned to;
    uint32_t head_n;
    struct relo_slice body;
    uint8_t head[];
};

static struct relo_addr addr_of(unsigned node)
{
    return relo_addr_v4(0xc0000200u + node, 6084);
}

struct world *world_new(void)
{
    struct world *world = g_new0(struct world, 1);
    world->shard = relo_shard_new();
    world->out = g_new0(struct relo_outbox, 1);
    world->latency = 20 * RELO_MS;
    world->now = RELO_S;
    relo_config_init(&world->config, "story.invalid");
    world->config.store_certificates = false; /* traces show what they are about */
    return world;
}

void world_free(struct world *world)
{
    while (world->flying) {
        struct world_packet *packet = world->flying;
        world->flying = packet->next;
        relo_body_unref(relo_shard_pool(world->shard), packet->body.body);
        g_free(packet);
    }
    for (unsigned i = 0; i < world->count; i++)
        relo_node_free(world->node[i]);
    g_assert_cmpuint(relo_shard_pool(world->shard)->bytes_used, ==, 0);
    relo_shard_free(world->shard);
    g_free(world->out);
    g_free(world);
}

static void line(struct world *world, unsigned node, const char *text)
{
    g_string_append_printf(world->trace, "%.3f n%u %s",
                           (double)(world->now - world->trace_from) / RELO_S, node, text);
}

/* A body begins with the MessageContents (6.3.3): its code, its length, and an Error's code. */
static void say(struct world *world, unsigned from, unsigned to, const struct relo_slice *body)
{
    struct relo_rd r = relo_rd_init(relo_slice_bytes(body), body->n, RELO_ID_BYTES);
    struct relo_contents contents;
    struct relo_error error;
    if (body->n == 0 || !relo_contents_read(&r, &contents))
        return;
    bool failed = contents.code == RELO_CODE_ERROR;
    r = relo_rd_init(contents.body.p, contents.body.n, RELO_ID_BYTES);
    line(world, from, "says ");
    g_string_append_printf(world->trace, "%s to n%u\n",
                           failed && relo_error_read(&r, &error) ? relo_error_name(error.error_code)
                                                                 : relo_code_name(contents.code),
                           to);
}

static void put_in_flight(struct world *world, unsigned from, const struct relo_send *send)
{
    unsigned to = relo_addr_v4_ip(&send->remote) - 0xc0000200u;
    world->sent++;
    if (to >= world->count && world->outside)
        world->outside(world->outside_data, send);
    if (world->trace && world->messages)
        say(world, from, to, &send->body);
    bool lost = to >= world->count || world->cut[from][to];
    if (lost || (world->loss_every && world->sent % world->loss_every == 0)) {
        relo_body_unref(relo_shard_pool(world->shard), send->body.body);
        return;
    }
    struct world_packet *packet = g_malloc(sizeof *packet + send->head.n);
    packet->at = world->now + world->latency + world->extra[from][to];
    packet->local = send->local;
    packet->remote = send->remote;
    packet->to = to;
    packet->head_n = send->head.n;
    packet->body = send->body;
    memcpy(packet->head, send->head.p, send->head.n);
    struct world_packet **at = &world->flying;
    while (*at && (*at)->at <= packet->at)
        at = &(*at)->next;
    packet->next = *at;
    *at = packet;
}

static unsigned index_of(const struct world *world, struct relo_id id)
{
    unsigned i = 0;
    while (i < world->count && !relo_id_equal(world->id[i], id))
        i++;
    return i;
}

static uint64_t counter(const struct world *world, const char *name)
{
    uint32_t i = 0;
    while (strcmp(relo_shard_counter_name(i), name) != 0)
        i++;
    return relo_shard_counter(world->shard, i);
}

/* What has changed in a node that a reader of the trace wants to see. */
static void look(struct world *world, unsigned node)
{
    struct relo_snapshot s;
    relo_node_snapshot(world->node[node], &s);
    if (s.state == RELO_NODE_JOINED && s.predecessor_count && s.successor_count) {
        unsigned previous = index_of(world, s.predecessor[0]);
        unsigned next = index_of(world, s.successor[0]);
        if (world->trace && (previous != world->previous[node] || next != world->next[node])) {
            line(world, node, "between");
            g_string_append_printf(world->trace, " n%u and n%u\n", previous, next);
        }
        world->previous[node] = previous;
        world->next[node] = next;
    }
    bool holds = (world->watched.hi || world->watched.lo) &&
                 relo_node_holds(world->node[node], world->watched, RELO_KIND_TEST, 0,
                                 (struct relo_view){0}) != 0;
    if (holds != world->holds[node] && world->trace)
        line(world, node, holds ? "holds\n" : "holds no more\n");
    world->holds[node] = holds;
    uint64_t again = counter(world, "answers.from-cache");
    if (again != world->answers_again && world->trace)
        line(world, node, "answers again\n");
    world->answers_again = again;
}

/* The view's first bytes, where the test may look at them. */
static void keep(struct relo_view *view, uint8_t place[WORLD_BYTES])
{
    view->n = MIN(view->n, (uint32_t)WORLD_BYTES);
    if (view->n)
        memcpy(place, view->p, view->n);
    view->p = place;
}

static void note(struct world *world, unsigned node, const struct relo_result *result)
{
    static const char *const names[] = {"result",    "admitted",    "delivered",    "link up",
                                        "link down", "link failed", "disconnected", "app link"};
    static const char *const statuses[] = {"ok", "timeout", "error", "refused", "cancelled"};
    if (world->trace) {
        bool link = result->type >= RELO_RESULT_LINK_UP && result->type <= RELO_RESULT_LINK_FAILED;
        line(world, node, names[result->type]);
        if (link)
            g_string_append_printf(world->trace, " n%u", index_of(world, result->peer));
        if (result->type == RELO_RESULT_COMMAND && result->status != RELO_OK)
            g_string_append_printf(world->trace, " %s %u", statuses[result->status],
                                   result->error_code);
        g_string_append_c(world->trace, '\n');
    }
    if (result->type != RELO_RESULT_COMMAND || world->results == WORLD_RESULTS)
        return;
    unsigned i = world->results++;
    world->result[i] = *result;
    world->result_node[i] = node;
    keep(&world->result[i].value, world->value[i]);
    keep(&world->result[i].body, world->body[i]);
}

static void drain(struct world *world, unsigned node)
{
    for (uint32_t i = 0; i < world->out->n; i++) {
        const struct relo_action *action = &world->out->action[i];
        if (action->type == RELO_ACTION_SEND)
            put_in_flight(world, node, &action->send);
        else if (action->type == RELO_ACTION_UDP_OPEN)
            world->ports[node]++;
        else if (action->type == RELO_ACTION_UDP_CLOSE)
            world->ports[node]--;
        else if (action->type == RELO_ACTION_RESULT)
            note(world, node, &action->result);
    }
    world->deadline[node] = world->out->deadline;
}

static void step(struct world *world, unsigned node, struct relo_event *event)
{
    bool stopping = event->type == RELO_EVENT_STOP;
    event->now = world->now;
    relo_node_step(world->node[node], event, world->out);
    drain(world, node);
    for (int again = 0; world->deadline[node] <= world->now; again++) {
        struct relo_event wake = {.type = RELO_EVENT_WAKE, .now = world->now};
        if (again == 100)
            g_error("node %u does not come to rest", node);
        relo_node_step(world->node[node], &wake, world->out);
        drain(world, node);
    }
    if (!stopping)
        look(world, node);
}

static unsigned add(struct world *world, unsigned top, bool client)
{
    unsigned i = world->count++;
    struct relo_addr local = addr_of(i), bootstrap = addr_of(0);
    g_assert_cmpuint(i, <, WORLD_NODES);
    world->id[i] = (struct relo_id){(uint64_t)top << 56, 0};
    struct relo_start start = {
        .suite = &relo_suite_sim,
        .config = world->use_other ? &world->other : &world->config,
        .identity = {.node_id = world->id[i], .key = 1000 + i, .not_after_s = INT64_MAX / 4},
        .entropy = {(uint8_t)(i + 1)},
        .unix_offset_ns = INT64_C(1700000000) * RELO_S,
        .local = &local,
        .local_count = 1,
        .bootstrap = &bootstrap,
        .bootstrap_count = i ? 1 : 0,
        .client = client,
        .public_address = world->is_public,
    };
    g_snprintf(start.identity.user, sizeof start.identity.user, "user%u", i);
    world->node[i] = relo_node_new(world->shard);
    struct relo_event event = {.type = RELO_EVENT_START, .start = &start};
    step(world, i, &event);
    return i;
}

unsigned world_add(struct world *world, unsigned top)
{
    return add(world, top, false);
}

void world_add_client(struct world *world, unsigned top)
{
    add(world, top, true);
}

/* The next thing that happens, if it is not later than `until`. */
static bool advance(struct world *world, relo_time until)
{
    unsigned waker = 0;
    for (unsigned i = 1; i < world->count; i++)
        if (world->deadline[i] < world->deadline[waker])
            waker = i;
    struct world_packet *packet = world->flying;
    if (packet && packet->at <= world->deadline[waker]) {
        if (packet->at > until)
            return false;
        world->now = packet->at;
        world->flying = packet->next;
        world->delivered++;
        struct relo_event event = {
            .type = RELO_EVENT_DATAGRAM,
            .datagram = {packet->remote,
                         packet->local,
                         {packet->head, packet->head_n},
                         packet->body},
        };
        step(world, packet->to, &event);
        g_free(packet);
        return true;
    }
    if (world->deadline[waker] > until)
        return false;
    struct relo_event wake = {.type = RELO_EVENT_WAKE};
    world->now = MAX(world->now, world->deadline[waker]);
    step(world, waker, &wake);
    return true;
}

void world_inject(struct world *world, const struct relo_addr *local,
                  const struct relo_addr *remote, struct relo_view bytes)
{
    unsigned node = relo_addr_v4_ip(local) - 0xc0000200u;
    struct relo_event event = {
        .type = RELO_EVENT_DATAGRAM,
        .datagram = {*local, *remote, bytes, {NULL, 0, 0}},
    };
    g_assert_cmpuint(node, <, world->count);
    step(world, node, &event);
}

void world_run(struct world *world, relo_time duration)
{
    relo_time until = world->now + duration;
    while (advance(world, until))
        ;
    world->now = until;
}

void world_event(struct world *world, unsigned node, struct relo_event *event)
{
    step(world, node, event);
}

uint64_t world_command(struct world *world, unsigned node, struct relo_command command)
{
    static uint64_t tags;
    command.tag = ++tags;
    struct relo_event event = {.type = RELO_EVENT_COMMAND, .command = &command};
    step(world, node, &event);
    return command.tag;
}

const struct relo_result *world_await(struct world *world, uint64_t tag, relo_time patience)
{
    relo_time until = world->now + patience;
    for (;;) {
        for (unsigned i = 0; i < world->results; i++)
            if (world->result[i].tag == tag)
                return &world->result[i];
        if (!advance(world, until))
            return NULL;
    }
}

void world_join(struct world *world, unsigned node)
{
    struct relo_command join = {.type = RELO_COMMAND_JOIN, .first = node == 0};
    const struct relo_result *result =
        world_await(world, world_command(world, node, join), 60 * RELO_S);
    g_assert_nonnull(result);
    g_assert_cmpint(result->status, ==, RELO_OK);
}

void world_stop(struct world *world, unsigned node)
{
    struct relo_event event = {.type = RELO_EVENT_STOP};
    step(world, node, &event);
    world->deadline[node] = RELO_NEVER;
}

bool world_joined(const struct world *world, unsigned node)
{
    struct relo_snapshot s;
    relo_node_snapshot(world->node[node], &s);
    return s.state == RELO_NODE_JOINED;
}

bool world_ring_closed(const struct world *world)
{
    for (unsigned i = 0; i < world->count; i++) {
        struct relo_snapshot s;
        unsigned next = i, previous = i, alive = 0;
        if (!world_joined(world, i))
            continue;
        for (unsigned k = 0; k < world->count; k++) {
            if (k == i || !world_joined(world, k))
                continue;
            struct relo_id ahead = relo_id_sub(world->id[k], world->id[i]);
            struct relo_id behind = relo_id_sub(world->id[i], world->id[k]);
            alive++;
            if (next == i || relo_id_compare(ahead, relo_id_sub(world->id[next], world->id[i])) < 0)
                next = k;
            if (previous == i ||
                relo_id_compare(behind, relo_id_sub(world->id[i], world->id[previous])) < 0)
                previous = k;
        }
        relo_node_snapshot(world->node[i], &s);
        if (alive == 0) {
            if (s.successor_count || s.predecessor_count)
                return false;
        } else if (!s.successor_count || !s.predecessor_count ||
                   !relo_id_equal(s.successor[0], world->id[next]) ||
                   !relo_id_equal(s.predecessor[0], world->id[previous])) {
            return false;
        }
    }
    return true;
}
