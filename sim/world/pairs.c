/* SPDX-License-Identifier: BSD-2-Clause */
/* Pairs of ICE agents without an overlay. Each pair is a world of its own: two hosts behind the
   NATs that [pairs] and [nat] give them, a STUN and TURN server, [network] between them, and a
   signalling path that takes the latency between the two hosts each way. */
#include "sim/world/pairs.h"

#include "core/base/check.h"
#include "core/ice/agent.h"
#include "core/relo.h"
#include "core/security/suite.h"
#include "core/turn/client.h"
#include "sim/engine/draw.h"
#include "sim/net/network.h"
#include "sim/net/packet.h"
#include "sim/world/pair_server.h"

#include <string.h>

#define CHECK_MAX 600           /* bytes of what an agent writes */
#define DATAGRAM_MAX 1024       /* the same in a TURN message, and TURN's own */
#define LIMIT_NS (300 * RELO_S) /* of virtual time: nobody needs it */
#define STUN_PORT 3478
#define SERVER 2 /* as a side */

enum what { PACKET, OFFER, ANSWER };

/* A datagram in flight, or an offer or answer. */
struct flying {
    struct flying *next;
    relo_time at;
    struct sim_nat_flow flow;
    uint16_t n;
    uint8_t what; /* enum what */
    uint8_t to;   /* side */
    uint8_t past; /* boxes of that side that it need not pass: 2: it is inside */
    uint8_t bytes[];
};

struct side {
    struct relo_env env;
    struct relo_ice *ice;
    struct relo_turn_client *client; /* NULL: [pairs] turn = false */
    struct relo_addr host;
    struct sim_nat box[2]; /* the home's, the carrier's */
    struct sim_nat_config config[2];
    unsigned boxes;
    enum sim_nat_class class; /* of a kind that is none: EI_APD or SYMMETRIC */
    relo_time up_free_at, down_free_at, completed;
    bool relay_told; /* the agent knows its relayed candidate, or that there is none */
    bool signalled;  /* its candidates are on their way to the other */
    bool started;    /* has the other's candidates */
};

struct pair {
    const struct sim_params *params;
    const struct sim_network *network;
    struct relo_shard *shard;
    struct sim_nat_counters *counters;
    struct sim_network_stats *stats;
    uint32_t number;
    struct side side[2];
    struct sim_pair_server server;
    struct flying *first; /* by time, then in the order sent */
    relo_time now;
    uint64_t sequence[3]; /* packets sent by each side */
    uint64_t events, datagrams, chain;
};

/* Sites of the latency model: the pair's two hosts; the servers take turns at a hundred places. */
static uint32_t place_of(const struct pair *p, unsigned side)
{
    return side == SERVER ? 2 * p->params->pairs + p->number % 100 : 2 * p->number + side;
}

static struct relo_addr public_addr(unsigned side, uint16_t port)
{
    return relo_addr_v4(UINT32_C(0x20000001) + side, port); /* 32.0.0.1, .2, .3 */
}

static uint64_t draw(const struct pair *p, unsigned side, uint64_t what)
{
    return relo_hash_draw(p->params->seed, SIM_DRAW_PAIR_END, 2 * (uint64_t)p->number + side, what);
}

/* --- who is behind what -------------------------------------------------------------------- */

static struct sim_nat_config draw_config(const struct pair *p, unsigned side, enum sim_pair_end end,
                                         enum sim_nat_class *class)
{
    const struct sim_nat_mix *mix = &p->params->nat;
    uint64_t id = 2 * (uint64_t)p->number + side;
    if (end == SIM_PAIR_MIX)
        *class = sim_nat_mix_class(mix, draw(p, side, 0));
    else if (end < SIM_PAIR_KIND)
        *class = (enum sim_nat_class)(end - SIM_PAIR_CLASS);
    else
        *class = end >= SIM_PAIR_APD_EI ? SIM_NAT_CLASS_SYMMETRIC : SIM_NAT_CLASS_EI_APD;
    struct sim_nat_config config = sim_nat_mix_config(mix, *class, p->params->seed, id);
    if (end >= SIM_PAIR_KIND) {
        unsigned kind = (unsigned)end - SIM_PAIR_KIND;
        config.mapping = kind < 3 ? SIM_NAT_AD : SIM_NAT_APD;
        config.filtering = (enum sim_nat_dependence)(kind % 3);
        config.ports = SIM_NAT_RANDOM;
    }
    return config;
}

static void add_box(struct pair *p, unsigned side, const struct sim_nat_config *config,
                    const struct relo_addr *external)
{
    struct side *s = &p->side[side];
    uint64_t id = 4 * (uint64_t)p->number + 2 * side + s->boxes;
    s->config[s->boxes] = *config;
    sim_nat_init(&s->box[s->boxes], &s->config[s->boxes], &p->shard->pool, p->counters, external,
                 p->params->seed, id);
    s->boxes++;
}

static void open_side(struct pair *p, unsigned side, enum sim_pair_end end)
{
    const struct sim_nat_mix *mix = &p->params->nat;
    struct side *s = &p->side[side];
    s->env = (struct relo_env){.shard = p->shard, .suite = &relo_suite_sim};
    s->env.prng = (struct relo_prng){draw(p, side, 1), draw(p, side, 2)};
    s->completed = RELO_NEVER;
    s->host = public_addr(side, SIM_PORT);
    struct sim_nat_config config = draw_config(p, side, end, &s->class);
    if (config.kind == SIM_NAT_OPEN)
        return;
    struct relo_addr external = public_addr(side, 0);
    bool nested = mix->cgn_ppb && config.kind == SIM_NAT_REWRITING &&
                  config.mapping == SIM_NAT_EI &&
                  sim_draw_below(draw(p, side, 3), SIM_NAT_PPB) < mix->cgn_ppb;
    struct relo_addr middle = relo_addr_v4(UINT32_C(0x64400001), 0); /* 100.64.0.1, RFC 6598 */
    add_box(p, side, &config, nested ? &middle : &external);
    if (nested) {
        config = sim_nat_mix_carrier(mix, p->params->seed, 2 * (uint64_t)p->number + side);
        add_box(p, side, &config, &external);
    }
    if (config.kind == SIM_NAT_REWRITING) { /* 192.168.x.2, the same in many a home */
        uint32_t net = (uint32_t)sim_draw_below(draw(p, side, 4), 256);
        s->host = relo_addr_v4(UINT32_C(0xc0a80002) | net << 8, SIM_PORT);
    }
}

/* --- packets ------------------------------------------------------------------------------- */

static struct flying *new_flying(struct pair *p, enum what what, unsigned to,
                                 struct relo_view bytes)
{
    struct flying *f = relo_pool_alloc(&p->shard->pool, sizeof *f + bytes.n);
    *f = (struct flying){.what = (uint8_t)what, .to = (uint8_t)to, .n = (uint16_t)bytes.n};
    if (bytes.n)
        memcpy(f->bytes, bytes.p, bytes.n);
    return f;
}

static void free_flying(struct pair *p, struct flying *f)
{
    relo_pool_free(&p->shard->pool, f, sizeof *f + f->n);
}

static void launch(struct pair *p, struct flying *f, relo_time at)
{
    struct flying **link = &p->first;
    while (*link && (*link)->at <= at)
        link = &(*link)->next;
    f->at = at;
    f->next = *link;
    *link = f;
}

/* Through the sender's boxes. *to: the side it is now addressed to; *past: that side's boxes that
   are behind it. False: dropped, or addressed to nobody. */
static bool pass_out(struct pair *p, unsigned from, struct sim_nat_flow *flow, unsigned *to,
                     unsigned *past)
{
    struct side *s = from == SERVER ? NULL : &p->side[from];
    *past = 0;
    if (s && relo_addr_equal(&flow->destination, &s->host)) { /* in its own LAN */
        *to = from;
        *past = 2;
        return true;
    }
    for (unsigned i = 0; s && i < s->boxes; i++) {
        switch (sim_nat_outbound(&s->box[i], p->now, flow).verdict) {
        case SIM_NAT_PASS:
            break;
        case SIM_NAT_TURN: /* to the inside of box i */
            *to = from;
            *past = 2 - i;
            return true;
        case SIM_NAT_DROP:
        case SIM_NAT_RESET:
            return false;
        }
    }
    for (*to = 0; *to <= SERVER; ++*to) {
        struct relo_addr addr = public_addr(*to, flow->destination.port);
        if (relo_addr_equal(&addr, &flow->destination))
            return true;
    }
    return false; /* a private address of elsewhere */
}

static void send_packet(struct pair *p, unsigned from, const struct relo_addr *local,
                        const struct relo_addr *remote, struct relo_view bytes)
{
    struct sim_nat_flow flow = {.source = *local, .destination = *remote};
    relo_time none = 0, arrival;
    unsigned to, past;
    if (!pass_out(p, from, &flow, &to, &past))
        return;
    if (!sim_network_send(p->network, from == SERVER ? &none : &p->side[from].up_free_at, p->now,
                          place_of(p, from), place_of(p, to), p->sequence[from]++,
                          sim_packet_ip_bytes(bytes.n, p->params->mtu), p->stats, &arrival))
        return;
    struct flying *f = new_flying(p, PACKET, to, bytes);
    f->flow = flow;
    f->past = (uint8_t)past;
    launch(p, f, arrival);
}

/* --- agents -------------------------------------------------------------------------------- */

static void signal_to(struct pair *p, unsigned to, enum what what)
{
    relo_time latency =
        sim_latency_one_way(&p->network->latency, place_of(p, 0), place_of(p, 1), NULL);
    launch(p, new_flying(p, what, to, (struct relo_view){NULL, 0}),
           p->now + latency + 2 * p->params->access_delay_ns);
}

static void start_with_other(struct pair *p, unsigned side)
{
    struct relo_ice *other = p->side[!side].ice;
    struct relo_ice_candidate remote[24];
    const struct relo_ice_candidate *c;
    uint32_t n = 0;
    while (n < 24 && (c = relo_ice_candidate(other, n)) != NULL)
        remote[n++] = *c;
    p->side[side].started = true;
    RELO_CHECK(relo_ice_start(p->side[side].ice, relo_ice_ufrag(other), relo_ice_password(other),
                              remote, n));
}

/* What the TURN client has to say, and to the agent of it. */
static void drain_client(struct pair *p, unsigned side)
{
    struct side *s = &p->side[side];
    uint8_t bytes[DATAGRAM_MAX];
    struct relo_turn_datagram d;
    if (!s->client)
        return;
    for (;;) {
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
        if (!relo_turn_client_output(s->client, &d, &w))
            break;
        RELO_CHECK(!w.failed);
        send_packet(p, side, &d.local, &d.remote, relo_wr_view(&w));
    }
    enum relo_turn_client_state state = relo_turn_client_state(s->client);
    if (s->relay_told || state == RELO_TURN_ALLOCATING)
        return;
    s->relay_told = true;
    relo_ice_relayed(s->ice,
                     state == RELO_TURN_ALLOCATED ? relo_turn_client_relayed(s->client) : NULL,
                     relo_turn_client_mapped(s->client));
}

static void drain(struct pair *p, unsigned side)
{
    struct side *s = &p->side[side];
    uint8_t bytes[CHECK_MAX];
    struct relo_ice_datagram d;
    s->env.now = p->now;
    for (;;) {
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
        drain_client(p, side);
        if (relo_ice_output(s->ice, &d, &w)) {
            RELO_CHECK(!w.failed);
            if (d.relayed)
                relo_turn_client_send(s->client, &d.remote, relo_wr_view(&w));
            else
                send_packet(p, side, &d.local, &d.remote, relo_wr_view(&w));
            continue;
        }
        if (s->signalled || relo_ice_state(s->ice) != RELO_ICE_GATHERED)
            break;
        s->signalled = true;
        signal_to(p, !side, side == 0 ? OFFER : ANSWER);
        if (side == 1)
            start_with_other(p, 1);
    }
    if (s->completed == RELO_NEVER && relo_ice_state(s->ice) == RELO_ICE_COMPLETED)
        s->completed = p->now;
}

static void begin(struct pair *p, unsigned side)
{
    struct side *s = &p->side[side];
    struct relo_ice_options options = {.local = &s->host,
                                       .local_count = 1,
                                       .server = &p->server.addr,
                                       .server_count = 1,
                                       .relays = p->params->pair_turn,
                                       .controlling = side == 0}; /* RFC 6940 6.5.1.9 */
    s->env.now = p->now;
    if (p->params->pair_turn)
        s->client = sim_pair_server_client(&p->server, &s->env, &s->host);
    s->ice = relo_ice_new(&s->env, &options);
    drain(p, side);
}

static void serve(struct pair *p, const struct flying *f)
{
    uint8_t bytes[DATAGRAM_MAX + RELO_TURN_OVERHEAD_BYTES];
    struct relo_turn_datagram d;
    sim_pair_server_receive(&p->server, p->now, &f->flow.destination, &f->flow.source,
                            (struct relo_view){f->bytes, f->n});
    for (;;) {
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
        if (!sim_pair_server_output(&p->server, &d, &w))
            return;
        RELO_CHECK(!w.failed);
        send_packet(p, SERVER, &d.local, &d.remote, relo_wr_view(&w));
    }
}

/* What has come to a host: from its TURN server, perhaps with something of the other side in it. */
static void take(struct pair *p, unsigned side, const struct flying *f)
{
    struct side *s = &p->side[side];
    struct relo_addr local = f->flow.destination, remote = f->flow.source;
    struct relo_view bytes = {f->bytes, f->n};
    struct relo_stun m;
    s->env.now = p->now;
    if (s->client) {
        switch (relo_turn_client_receive(s->client, &f->flow.source, bytes, &remote, &bytes)) {
        case RELO_TURN_OTHERS:
            break;
        case RELO_TURN_HANDLED:
            return;
        case RELO_TURN_DATA:
            local = *relo_turn_client_relayed(s->client);
        }
    }
    if (relo_stun_read(bytes, &m))
        relo_ice_receive(s->ice, &local, &remote, &m);
}

static void receive(struct pair *p, struct flying *f)
{
    struct side *s = &p->side[f->to];
    relo_time delivery;
    if (!sim_network_receive(p->network, &s->down_free_at, p->now,
                             sim_packet_ip_bytes(f->n, p->params->mtu), p->stats, &delivery))
        return;
    for (unsigned i = s->boxes; i-- > 0;) {
        if (i < 2u - f->past &&
            sim_nat_inbound(&s->box[i], p->now, &f->flow).verdict != SIM_NAT_PASS)
            return;
    }
    if (!s->ice || !relo_addr_equal(&f->flow.destination, &s->host))
        return;
    p->datagrams++;
    p->chain = relo_hash_mix(p->chain ^ (uint64_t)p->now, relo_hash(f->bytes, f->n, f->to));
    take(p, f->to, f);
    drain(p, f->to);
}

static void arrive(struct pair *p, struct flying *f)
{
    switch ((enum what)f->what) {
    case OFFER:
        begin(p, 1);
        break;
    case ANSWER:
        start_with_other(p, 0);
        drain(p, 0);
        break;
    case PACKET:
        if (f->to == SERVER)
            serve(p, f);
        else
            receive(p, f);
    }
    free_flying(p, f);
}

static bool is_over(const struct pair *p)
{
    for (unsigned i = 0; i < 2; i++)
        if (!p->side[i].ice || relo_ice_state(p->side[i].ice) < RELO_ICE_COMPLETED)
            return false;
    return true;
}

static relo_time due_of(const struct side *s)
{
    relo_time due = s->ice ? relo_ice_deadline(s->ice) : RELO_NEVER;
    return s->client ? relo_time_min(due, relo_turn_client_deadline(s->client)) : due;
}

static void run_pair(struct pair *p)
{
    begin(p, 0);
    while (!is_over(p) && p->now < LIMIT_NS) {
        struct flying *f = p->first;
        relo_time due[2], next = f ? f->at : RELO_NEVER;
        for (unsigned i = 0; i < 2; i++) {
            due[i] = due_of(&p->side[i]);
            next = relo_time_min(next, due[i]);
        }
        if (next == RELO_NEVER)
            break;
        p->now = next > p->now ? next : p->now;
        p->events++;
        if (f && f->at <= p->now) {
            p->first = f->next;
            arrive(p, f);
            continue;
        }
        for (unsigned i = 0; i < 2; i++)
            if (due[i] <= p->now)
                drain(p, i);
    }
}

/* --- the result ---------------------------------------------------------------------------- */

/* By the worse of the two ends. */
static enum mx_metric path_metric(const struct relo_ice_path *path)
{
    if (path->local_type == RELO_ICE_RELAY || path->remote_type == RELO_ICE_RELAY)
        return MX_LINK_PATH_RELAY;
    if (path->local_type == RELO_ICE_PRFLX || path->remote_type == RELO_ICE_PRFLX)
        return MX_LINK_PATH_PRFLX;
    if (path->local_type == RELO_ICE_SRFLX || path->remote_type == RELO_ICE_SRFLX)
        return MX_LINK_PATH_SRFLX;
    return MX_LINK_PATH_HOST;
}

static void report(const struct pair *p, struct mx_run *result)
{
    const struct side *a = &p->side[0], *b = &p->side[1];
    enum mx_metric path = MX_LINK_PATH_FAILED;
    if (a->completed != RELO_NEVER && b->completed != RELO_NEVER) {
        path = path_metric(relo_ice_selected(a->ice));
        mx_run_add(result, MX_PAIR_SETUP,
                   a->completed > b->completed ? a->completed : b->completed);
    }
    bool direct = path != MX_LINK_PATH_FAILED && path != MX_LINK_PATH_RELAY;
    mx_run_ratio(result, MX_PAIR_DIRECT, direct, 1);
    if (a->class != SIM_NAT_CLASS_PUBLIC && b->class != SIM_NAT_CLASS_PUBLIC)
        mx_run_ratio(result, MX_PAIR_DIRECT_NOT_PUBLIC, direct, 1);
    mx_run_ratio(result, MX_PAIR_RELAYED, path == MX_LINK_PATH_RELAY, 1);
    for (int m = MX_LINK_PATH_HOST; m <= MX_LINK_PATH_FAILED; m++)
        mx_run_ratio(result, (enum mx_metric)m, m == (int)path, 1);
}

static void close_pair(struct pair *p)
{
    for (struct flying *f = p->first; f; f = p->first) {
        p->first = f->next;
        free_flying(p, f);
    }
    sim_pair_server_close(&p->server);
    for (unsigned i = 0; i < 2; i++) {
        relo_ice_free(p->side[i].ice);
        relo_turn_client_free(p->side[i].client);
        for (unsigned j = 0; j < p->side[i].boxes; j++)
            sim_nat_fini(&p->side[i].box[j]);
    }
}

void sim_pairs_run(const struct sim_params *params, const struct sim_run_options *options,
                   struct mx_run *result)
{
    struct sim_network network;
    struct sim_network_stats stats = {0};
    struct sim_nat_counters counters = {0};
    struct relo_shard *shard = relo_shard_new();
    struct mx_facts *facts = &result->facts;
    facts->fingerprint = facts->wire_fingerprint = params->seed;
    facts->peers = 2 * (int64_t)params->pairs;
    sim_network_init(&network, params, 2 * params->pairs + 100);
    for (uint32_t i = 0; i < params->pairs; i++) {
        struct pair p = {.params = params,
                         .network = &network,
                         .shard = shard,
                         .counters = &counters,
                         .stats = &stats,
                         .number = i};
        struct relo_addr server = public_addr(SERVER, STUN_PORT);
        sim_pair_server_open(&p.server, shard, &server, draw(&p, 0, 5), params->pair_turn);
        open_side(&p, 0, params->pair_a);
        open_side(&p, 1, params->pair_b);
        run_pair(&p);
        report(&p, result);
        facts->events += (int64_t)p.events;
        facts->datagrams += (int64_t)p.datagrams;
        facts->sim_ns = p.now > facts->sim_ns ? p.now : facts->sim_ns;
        facts->fingerprint = relo_hash_mix(facts->fingerprint, p.chain);
        if (options->progress && i % 256 == 0)
            options->progress(options->user, sim_run_end(params) / params->pairs * i,
                              (uint64_t)facts->events);
        close_pair(&p);
    }
    facts->wire_fingerprint = facts->fingerprint;
    mx_run_count(result, MX_NETWORK_LOST, (int64_t)stats.lost);
    sim_network_fini(&network);
    relo_shard_free(shard);
}
