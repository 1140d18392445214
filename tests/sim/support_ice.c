/* SPDX-License-Identifier: BSD-2-Clause */
/* Two ICE agents, a STUN server and NATs between them, in virtual time. */
#include "tests/sim/support_ice.h"

#include <string.h>

#define SERVER_SITE ICE_SITES
#define DATA_BYTE 0x80 /* first byte of what is not STUN */

struct flying {
    relo_time at;
    struct sim_nat_flow flow;
    unsigned site;
    bool inside; /* does not pass the site's NATs */
    guint n;
    uint8_t bytes[600];
};

void ice_net_open(struct ice_net *net, uint64_t seed)
{
    memset(net, 0, sizeof *net);
    relo_pool_init(&net->shard.pool);
    net->server[0] = relo_addr_v4(0xc0000201, 3478);
    net->server[1] = relo_addr_v4(0xc0000202, 3478);
    net->servers = 1;
    net->flying = g_queue_new();
    net->delay = 20 * RELO_MS;
    net->seed = seed;
    for (unsigned i = 0; i < 2; i++) {
        struct ice_side *side = &net->side[i];
        side->env = (struct relo_env){
            .shard = &net->shard, .suite = &relo_suite_sim, .prng = {seed * 2 + i, 0}};
        side->local[0] = relo_addr_v4(0xc6336401 + i, 6084); /* public, until a NAT comes */
        side->local_count = 1;
        side->site = i;
        side->completed = RELO_NEVER;
    }
}

void ice_net_close(struct ice_net *net)
{
    for (unsigned i = 0; i < 2; i++)
        relo_ice_free(net->side[i].ice);
    for (unsigned i = 0; i < ICE_SITES; i++)
        for (unsigned j = 0; j < net->site[i].nats; j++)
            sim_nat_fini(&net->site[i].nat[j]);
    g_queue_free_full(net->flying, g_free);
    g_assert_cmpuint(net->shard.pool.bytes_used, ==, 0); /* an agent leaves nothing behind */
    relo_pool_fini(&net->shard.pool);
}

void ice_net_add_nat(struct ice_net *net, unsigned site, const struct sim_nat_config *config)
{
    struct ice_site *s = &net->site[site];
    struct relo_addr external = relo_addr_v4(0xc6336401 + site, 0);
    if (s->nats) {
        struct relo_addr middle = relo_addr_v4(0x64400001 + site, 0);
        sim_nat_reboot(&s->nat[s->nats - 1], &middle);
    }
    s->config[s->nats] = *config;
    sim_nat_init(&s->nat[s->nats], &s->config[s->nats], &net->shard.pool, &net->counters, &external,
                 net->seed, site * 2 + s->nats);
    s->nats++;
    for (unsigned i = 0; i < 2; i++)
        if (net->side[i].site == site && config->kind == SIM_NAT_REWRITING)
            net->side[i].local[0] = relo_addr_v4(0x0a000001 + i, 6084);
}

static gint by_time(gconstpointer a, gconstpointer b, gpointer data)
{
    (void)data;
    const struct flying *x = a, *y = b;
    return x->at < y->at ? -1 : 1; /* equals: in the order sent */
}

static bool lives_in(const struct ice_net *net, unsigned site, const struct relo_addr *addr)
{
    for (unsigned i = 0; i < 2; i++)
        for (unsigned j = 0; net->side[i].site == site && j < net->side[i].local_count; j++)
            if (relo_addr_equal(&net->side[i].local[j], addr))
                return true;
    return false;
}

static bool same_ip(const struct relo_addr *a, const struct relo_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, 16) == 0;
}

/* The site whose outermost NAT, or public host, has the address. */
static bool site_of(const struct ice_net *net, const struct relo_addr *addr, unsigned *site)
{
    if (same_ip(addr, &net->server[0]) || same_ip(addr, &net->server[1])) {
        *site = SERVER_SITE;
        return true;
    }
    for (*site = 0; *site < ICE_SITES; ++*site) {
        const struct ice_site *s = &net->site[*site];
        bool hidden = s->nats && s->config[s->nats - 1].kind == SIM_NAT_REWRITING;
        if (hidden ? same_ip(addr, &s->nat[s->nats - 1].external) : lives_in(net, *site, addr))
            return true;
    }
    return false;
}

static void launch(struct ice_net *net, struct flying *f)
{
    uint64_t bits = relo_hash_draw(net->seed, 99, 0, net->drawn++);
    if ((bits >> 32) * 1000 >> 32 < net->loss) {
        g_free(f);
        return;
    }
    f->at = net->now + net->delay;
    g_queue_insert_sorted(net->flying, f, by_time, NULL);
}

void ice_net_send(struct ice_net *net, unsigned from, const struct relo_addr *local,
                  const struct relo_addr *remote, struct relo_view bytes)
{
    struct flying *f = g_new0(struct flying, 1);
    unsigned site = from == SERVER_SITE ? SERVER_SITE : net->side[from].site;
    f->flow = (struct sim_nat_flow){.source = *local, .destination = *remote};
    f->n = bytes.n;
    g_assert_cmpuint(bytes.n, <=, sizeof f->bytes);
    memcpy(f->bytes, bytes.p, bytes.n);
    f->inside = site != SERVER_SITE && lives_in(net, site, remote);
    f->site = site;
    if (f->inside) {
        launch(net, f);
        return;
    }
    for (unsigned j = 0; site != SERVER_SITE && j < net->site[site].nats; j++) {
        switch (sim_nat_outbound(&net->site[site].nat[j], net->now, &f->flow).verdict) {
        case SIM_NAT_PASS:
            break;
        case SIM_NAT_TURN:
            g_assert_cmpuint(j, ==, 0); /* one level is enough here */
            f->inside = true;
            launch(net, f);
            return;
        case SIM_NAT_DROP:
        case SIM_NAT_RESET:
            g_free(f);
            return;
        }
    }
    if (site_of(net, &f->flow.destination, &f->site))
        launch(net, f);
    else
        g_free(f); /* a private address of elsewhere */
}

static void drain(struct ice_net *net, unsigned i)
{
    struct ice_side *side = &net->side[i];
    uint8_t bytes[600];
    struct relo_ice_datagram d;
    side->env.now = net->now;
    for (unsigned n = 0; side->ice; n++) {
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
        if (!relo_ice_output(side->ice, &d, &w))
            break;
        g_assert_false(w.failed);
        g_assert_cmpuint(n, <, 1000);
        side->sent++;
        ice_net_send(net, i, &d.local, &d.remote, relo_wr_view(&w));
    }
    if (side->ice && side->completed == RELO_NEVER &&
        relo_ice_state(side->ice) == RELO_ICE_COMPLETED)
        side->completed = net->now;
}

static void serve(struct ice_net *net, const struct flying *f)
{
    struct relo_stun m;
    uint8_t bytes[100];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
    g_assert_true(relo_stun_read((struct relo_view){f->bytes, f->n}, &m));
    relo_stun_write_binding_answer(&w, &m, &f->flow.source);
    ice_net_send(net, SERVER_SITE, &f->flow.destination, &f->flow.source, relo_wr_view(&w));
}

/* The side whose host `f` reaches, -1: none. */
static int pass_in(struct ice_net *net, struct flying *f)
{
    struct ice_site *s = &net->site[f->site];
    for (unsigned j = s->nats; !f->inside && j-- > 0;)
        if (sim_nat_inbound(&s->nat[j], net->now, &f->flow).verdict != SIM_NAT_PASS)
            return -1;
    for (unsigned i = 0; i < 2; i++)
        for (unsigned j = 0; j < net->side[i].local_count; j++)
            if (relo_addr_equal(&net->side[i].local[j], &f->flow.destination))
                return (int)i;
    return -1;
}

static void arrive(struct ice_net *net, struct flying *f)
{
    struct relo_stun m;
    struct relo_view bytes = {f->bytes, f->n};
    if (f->site == SERVER_SITE) {
        serve(net, f);
        return;
    }
    int i = pass_in(net, f);
    if (i < 0)
        return;
    struct ice_side *side = &net->side[i];
    side->env.now = net->now;
    if (f->bytes[0] == DATA_BYTE) {
        const struct relo_ice_path *path = relo_ice_selected(side->ice);
        side->received += relo_addr_equal(&path->remote, &f->flow.source) &&
                          relo_addr_equal(&path->local, &f->flow.destination);
    } else if (side->ice && relo_stun_read(bytes, &m)) {
        relo_ice_receive(side->ice, &f->flow.destination, &f->flow.source, &m);
        drain(net, (unsigned)i);
    }
}

static relo_time next_time(const struct ice_net *net)
{
    const struct flying *first = g_queue_peek_head(net->flying);
    relo_time at = first ? first->at : RELO_NEVER;
    for (unsigned i = 0; i < 2; i++)
        if (net->side[i].ice)
            at = relo_time_min(at, relo_ice_deadline(net->side[i].ice));
    return at;
}

static void step(struct ice_net *net)
{
    struct flying *f = g_queue_peek_head(net->flying);
    if (f && f->at <= net->now) {
        g_queue_pop_head(net->flying);
        arrive(net, f);
        g_free(f);
        return;
    }
    for (unsigned i = 0; i < 2; i++)
        drain(net, i);
}

void ice_net_advance(struct ice_net *net, relo_time until)
{
    for (unsigned idle = 0; next_time(net) <= until;) {
        relo_time at = next_time(net);
        idle = at > net->now ? 0 : idle + 1;
        g_assert_cmpuint(idle, <, 10000); /* a deadline that never passes */
        net->now = MAX(net->now, at);
        step(net);
    }
    net->now = until;
}

static void start(struct ice_net *net, unsigned i)
{
    struct relo_ice *ice = net->side[i].ice, *other = net->side[!i].ice;
    struct relo_ice_candidate remote[32];
    uint32_t n = 0;
    const struct relo_ice_candidate *c;
    while ((c = relo_ice_candidate(other, n)) && n < 32) {
        /* As it crosses the overlay. */
        uint8_t bytes[200];
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
        struct relo_candidate wire;
        relo_ice_candidate_write(&w, c);
        struct relo_rd r = relo_rd_init(bytes, relo_wr_size(&w), 16);
        g_assert_true(relo_candidate_read(&r, &wire));
        g_assert_true(relo_ice_candidate_from(&wire, &remote[n]));
        n++;
    }
    net->side[i].env.now = net->now;
    g_assert_true(relo_ice_start(ice, relo_ice_ufrag(other), relo_ice_password(other), remote, n));
    drain(net, i);
}

static bool is_done(const struct ice_side *side)
{
    return relo_ice_state(side->ice) >= RELO_ICE_COMPLETED;
}

void ice_net_run(struct ice_net *net, const struct relo_ice_options *a,
                 const struct relo_ice_options *b, relo_time until)
{
    const struct relo_ice_options *given[2] = {a, b};
    for (unsigned i = 0; i < 2; i++) {
        struct relo_ice_options options = given[i] ? *given[i] : (struct relo_ice_options){0};
        options.local = net->side[i].local;
        options.local_count = net->side[i].local_count;
        options.server = net->server;
        options.server_count = net->servers;
        if (!given[i])
            options.controlling = i == 0;
        net->side[i].ice = relo_ice_new(&net->side[i].env, &options);
        drain(net, i);
    }
    ice_net_advance(net, 10 * RELO_S);
    for (unsigned i = 0; i < 2; i++)
        g_assert_cmpint(relo_ice_state(net->side[i].ice), ==, RELO_ICE_GATHERED);
    start(net, 1); /* it has the request, and answers */
    ice_net_advance(net, net->now + 50 * RELO_MS);
    start(net, 0);
    while (net->now < until && !(is_done(&net->side[0]) && is_done(&net->side[1])))
        ice_net_advance(net, net->now + 100 * RELO_MS);
}

bool ice_net_connected(struct ice_net *net)
{
    static const uint8_t data = DATA_BYTE;
    unsigned loss = net->loss;
    for (unsigned i = 0; i < 2; i++)
        if (relo_ice_state(net->side[i].ice) != RELO_ICE_COMPLETED)
            return false;
    net->loss = 0;
    for (unsigned i = 0; i < 2; i++) {
        const struct relo_ice_path *path = relo_ice_selected(net->side[i].ice);
        net->side[i].received = 0;
        ice_net_send(net, i, &path->local, &path->remote, (struct relo_view){&data, 1});
    }
    ice_net_advance(net, net->now + RELO_S);
    net->loss = loss;
    return net->side[0].received == 1 && net->side[1].received == 1;
}
