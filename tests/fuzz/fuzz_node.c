/* SPDX-License-Identifier: BSD-2-Clause */
/* relo_node_step fed with arbitrary event sequences: three nodes whose packets the input delivers,
   drops, repeats, mutates or invents, with commands, wakes and stops in between; with or without
   ICE, TURN and NATs. */
#include "core/relo.h"

#include <stdlib.h>
#include <string.h>

#define NODES 3
#define FLYING 64
#define PORTS 64
#define OUTSIDE 0xc6336401u /* the NATs' addresses */

/* Bits of the input's first byte. */
enum mode { MODE_CLIENT = 1, MODE_ICE = 2, MODE_TURN = 4, MODE_NAT = 8, MODE_CONSENT = 16 };

struct flying {
    struct relo_addr from, to;
    uint32_t n;
    uint8_t bytes[2048];
};

struct world {
    struct relo_shard *shard;
    struct relo_config config;
    struct relo_node *node[NODES];
    relo_time deadline[NODES];
    struct relo_addr addr[NODES];
    struct relo_addr port[PORTS]; /* opened by the nodes (UDP_OPEN) */
    unsigned port_node[PORTS], ports;
    uint8_t mode;
    struct relo_outbox *out;
    struct flying *flying;
    unsigned flying_count;
    relo_time now;
    const uint8_t *p, *end;
};

static uint8_t take(struct world *w)
{
    return w->p < w->end ? *w->p++ : 0;
}

static void udp(struct world *w, unsigned node, const struct relo_addr *addr, bool open)
{
    if (open && w->ports < PORTS) {
        w->port_node[w->ports] = node;
        w->port[w->ports++] = *addr;
    }
    for (unsigned i = w->ports; !open && i-- > 0;)
        if (relo_addr_equal(&w->port[i], addr)) {
            w->ports--;
            w->port[i] = w->port[w->ports];
            w->port_node[i] = w->port_node[w->ports];
        }
}

/* As the Internet sees what leaves from `local`: node 0 is public, and the others' NATs keep every
   port and admit everybody. */
static struct relo_addr outside(const struct world *w, unsigned node, const struct relo_addr *local)
{
    return node && (w->mode & MODE_NAT) ? relo_addr_v4(OUTSIDE + node, local->port) : *local;
}

static void drain(struct world *w, unsigned from)
{
    for (uint32_t i = 0; i < w->out->n; i++) {
        const struct relo_action *action = &w->out->action[i];
        if (action->type == RELO_ACTION_UDP_OPEN || action->type == RELO_ACTION_UDP_CLOSE)
            udp(w, from, &action->udp, action->type == RELO_ACTION_UDP_OPEN);
        if (action->type != RELO_ACTION_SEND)
            continue;
        if (action->send.relayed)
            abort(); /* no driver ever sees one */
        const struct relo_send *send = &action->send;
        uint32_t n = send->head.n + send->body.n;
        if (w->flying_count < FLYING && n <= sizeof w->flying->bytes) {
            struct flying *f = &w->flying[w->flying_count++];
            f->from = outside(w, from, &send->local);
            f->to = send->remote;
            f->n = n;
            memcpy(f->bytes, send->head.p, send->head.n);
            memcpy(f->bytes + send->head.n, relo_slice_bytes(&send->body), send->body.n);
        }
        relo_body_unref(relo_shard_pool(w->shard), send->body.body);
    }
    w->deadline[from] = w->out->deadline;
}

static void step(struct world *w, unsigned i, struct relo_event *event)
{
    event->now = w->now;
    relo_node_step(w->node[i], event, w->out);
    drain(w, i);
    for (int again = 0; w->deadline[i] <= w->now; again++) {
        struct relo_event wake = {.type = RELO_EVENT_WAKE, .now = w->now};
        if (again > 1000)
            abort(); /* a node that never comes to rest */
        relo_node_step(w->node[i], &wake, w->out);
        drain(w, i);
    }
}

static void begin(struct world *w, unsigned i)
{
    struct relo_start start = {
        .suite = &relo_suite_sim,
        .config = &w->config,
        .identity = {.node_id = {(uint64_t)(i + 1) << 61, i},
                     .key = i + 7,
                     .not_after_s = INT64_MAX / 4},
        .entropy = {(uint8_t)i},
        .unix_offset_ns = INT64_C(1700000000) * RELO_S,
        .local = &w->addr[i],
        .local_count = 1,
        .bootstrap = &w->addr[0],
        .bootstrap_count = i ? 1 : 0,
        .client = i == 2 && (w->mode & MODE_CLIENT),
        .report_deliveries = true,
        .public_address = i == 0 && (w->mode & MODE_TURN),
    };
    memcpy(start.identity.user, "user", 5);
    struct relo_event event = {.type = RELO_EVENT_START, .start = &start};
    step(w, i, &event);
}

static void command(struct world *w, unsigned i)
{
    static const uint32_t kinds[] = {RELO_KIND_TEST, RELO_KIND_TEST_ARRAY,
                                     RELO_KIND_TEST_DICTIONARY, 77};
    uint8_t what = take(w);
    struct relo_id id = {(uint64_t)take(w) << 56, take(w)};
    struct relo_command c = {
        .type = (enum relo_command_type)(what % RELO_COMMANDS),
        .tag = what,
        .target = {.id = what & 0x40 ? relo_resource_id("user", 4) : id,
                   .resource = !(what & 0x80)},
        .kind = kinds[take(w) % 4],
        .index = take(w),
        .value = {w->p, (uint32_t)((w->end - w->p) / 4)},
        .key = {w->p, (uint32_t)((w->end - w->p) / 64)},
        .exists = !(what & 0x20),
        .all = what & 0x10,
        .lifetime_s = 60,
        .application = 5060,
        .flow = what >> 5,
        .first = i == 0,
    };
    struct relo_event event = {.type = RELO_EVENT_COMMAND, .command = &c};
    step(w, i, &event);
}

static void deliver(struct world *w, const struct relo_addr *from, unsigned to,
                    const struct relo_addr *local, const uint8_t *bytes, uint32_t n, bool split)
{
    struct relo_event event = {.type = RELO_EVENT_DATAGRAM,
                               .datagram = {.local = *local, .remote = *from, .head = {bytes, n}}};
    if (split && n > 100) {
        event.datagram.head.n = n / 2;
        event.datagram.body.body =
            relo_body_new(relo_shard_pool(w->shard), bytes + n / 2, n - n / 2, RELO_CLASS_DATA);
        event.datagram.body.n = n - n / 2;
    }
    step(w, to, &event);
}

/* One packet in flight meets its fate. */
static void fly(struct world *w, uint8_t fate)
{
    if (w->flying_count == 0)
        return;
    struct flying f = w->flying[0];
    if (!(fate & 0x80)) /* else it stays: a duplicate later */
        memmove(w->flying, w->flying + 1, --w->flying_count * sizeof f);
    if ((fate & 0x70) == 0x70)
        return; /* lost */
    if ((fate & 0x0c) == 0x0c && f.n)
        f.bytes[(take(w) * 8u + take(w)) % f.n] ^= (uint8_t)(1 + take(w));
    for (unsigned i = 0; i < NODES + w->ports; i++) {
        const struct relo_addr *local = i < NODES ? &w->addr[i] : &w->port[i - NODES];
        unsigned node = i < NODES ? i : w->port_node[i - NODES];
        struct relo_addr there = outside(w, node, local);
        if (relo_addr_equal(&f.to, &there)) {
            deliver(w, &f.from, node, local, f.bytes, f.n, (fate & 3) == 3);
            return;
        }
    }
}

static void pass_time(struct world *w, uint8_t much)
{
    relo_time until = w->now + ((relo_time)1 << (much % 38));
    for (int wakes = 0; wakes < 200; wakes++) {
        unsigned first = 0;
        for (unsigned i = 1; i < NODES; i++)
            if (w->deadline[i] < w->deadline[first])
                first = i;
        if (w->deadline[first] > until)
            break;
        struct relo_event wake = {.type = RELO_EVENT_WAKE};
        w->now = w->deadline[first];
        step(w, first, &wake);
    }
    w->now = until > w->now ? until : w->now;
}

static void one_op(struct world *w)
{
    uint8_t op = take(w);
    unsigned i = op % NODES;
    struct relo_event event = {.type = RELO_EVENT_WAKE};
    switch (op >> 4) {
    case 0:
    case 1:
        command(w, i);
        break;
    case 2:
        pass_time(w, take(w));
        break;
    case 3: {
        uint32_t n = take(w);
        uint8_t who = take(w);
        uint32_t left = (uint32_t)(w->end - w->p);
        n = n < left ? n : left;
        unsigned source = who % NODES;
        struct relo_addr from = outside(w, source, &w->addr[source]), to = w->addr[i];
        if ((who & 0x80) && w->ports) { /* to a relay's or an application's port */
            i = w->port_node[(who & 0x7fu) % w->ports];
            to = w->port[(who & 0x7fu) % w->ports];
        }
        deliver(w, &from, i, &to, w->p, n, false);
        w->p += n;
        break;
    }
    case 4: {
        uint8_t who = take(w);
        event.type = RELO_EVENT_UNREACHABLE;
        event.unreachable = outside(w, who % NODES, &w->addr[who % NODES]);
        if ((who & 0x80) && w->ports) {
            i = w->port_node[who % w->ports];
            event.type = RELO_EVENT_UDP_CLOSED;
            event.udp_closed = w->port[who % w->ports];
        }
        step(w, i, &event);
        break;
    }
    case 5:
        event.type = RELO_EVENT_CLOCK;
        event.unix_offset_ns = (int64_t)take(w) << 52;
        step(w, i, &event);
        break;
    case 6:
        if (take(w) == 0x55) {
            event.type = RELO_EVENT_STOP;
            step(w, i, &event);
        }
        break;
    default:
        for (unsigned k = 0; k <= (op & 15u); k++)
            fly(w, (op >> 4) == 15 ? take(w) : 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world *w = calloc(1, sizeof *w);
    w->p = data;
    w->end = data + size;
    w->shard = relo_shard_new();
    w->out = calloc(1, sizeof *w->out);
    w->flying = calloc(FLYING, sizeof *w->flying);
    relo_config_init(&w->config, "fuzz.invalid");
    w->mode = take(w);
    w->config.no_ice = !(w->mode & MODE_ICE);
    w->config.turn_density = w->mode & MODE_TURN ? 3 : 0;
    w->config.ice_consent = w->mode & MODE_CONSENT;
    for (unsigned i = 0; i < NODES; i++) {
        w->addr[i] = relo_addr_v4(0x0a000001 + i, 6084);
        w->node[i] = relo_node_new(w->shard);
        begin(w, i);
    }
    for (int ops = 0; w->p < w->end && ops < 2000; ops++)
        one_op(w);
    for (unsigned i = 0; i < NODES; i++)
        relo_node_free(w->node[i]);
    if (relo_shard_pool(w->shard)->bytes_used != 0)
        abort(); /* something leaked inside the shard */
    relo_shard_free(w->shard);
    free(w->flying);
    free(w->out);
    free(w);
    return 0;
}
