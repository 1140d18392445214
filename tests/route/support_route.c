/* SPDX-License-Identifier: BSD-2-Clause */
/* The bench: links, topology and dispatch for tests of the route layer. */
#include "support_route.h"

#include "core/wire/ping.h"

#include <stddef.h>
#include <string.h>

/* --- links, in place of core/link -------------------------------------------------------- */

static struct bench_node *node_of(const struct relo_links *links)
{
    return (struct bench_node *)((char *)(uintptr_t)links - offsetof(struct bench_node, links));
}

static struct bench_link *link_at(const struct relo_links *links, relo_handle h)
{
    g_assert_true(h > 0 && h < BENCH_LINKS);
    return &node_of(links)->link[h];
}

static relo_handle link_new(struct bench_node *node, struct relo_id peer, bool up, bool server)
{
    relo_handle h = 1;
    while (node->link[h].used)
        h++;
    g_assert_cmpuint(h, <, BENCH_LINKS);
    node->link[h] = (struct bench_link){
        .used = true, .up = up, .server = server, .peer = peer, .message_max = 1400};
    return h;
}

relo_handle relo_links_connect(struct relo_links *links, const struct relo_id *expected,
                               const struct relo_addr *remote, bool server)
{
    struct bench_node *node = node_of(links);
    for (relo_handle h = 1; h < BENCH_LINKS; h++)
        if (node->link[h].used && relo_id_equal(node->link[h].peer, *expected) &&
            (node->link[h].up || node->link[h].server == server))
            return h;
    relo_handle h = link_new(node, *expected, false, server);
    node->link[h].remote = *remote;
    return h;
}

void relo_links_close(struct relo_links *links, relo_handle link)
{
    *link_at(links, link) = (struct bench_link){.close_seen = true};
}

void relo_links_close_after(struct relo_links *links, relo_handle link)
{
    link_at(links, link)->up = false;
    link_at(links, link)->close_seen = link_at(links, link)->closed_after = true;
}

void relo_link_attached(struct relo_links *links, relo_handle link)
{
    if (link)
        link_at(links, link)->unattached = false;
}

enum relo_send_result relo_links_send(struct relo_links *links, relo_handle link,
                                      const struct relo_outgoing *message)
{
    struct bench_node *node = node_of(links);
    if (!relo_link_is_up(links, link))
        return RELO_SEND_NO_LINK;
    if (node->queue_full)
        return RELO_SEND_QUEUE_FULL;
    g_assert_cmpuint(node->sent_count, <, BENCH_SENT);
    struct bench_message *m = &node->sent[node->sent_count++];
    m->link = link;
    m->n = message->header.n + message->body.n;
    m->header_bytes = message->header.n;
    m->bytes = g_malloc(m->n);
    memcpy(m->bytes, message->header.p, message->header.n);
    memcpy(m->bytes + message->header.n, relo_slice_bytes(&message->body), message->body.n);
    m->body = message->body;
    relo_body_ref(m->body.body);
    m->token = message->sender_token;
    m->continues = message->continues;
    m->until = message->until;
    struct relo_rd r = relo_rd_init(m->bytes, m->n, 16);
    g_assert_cmpint(relo_header_read(&r, &m->header), ==, RELO_HEADER_OK);
    m->code = relo_rd_u16(&r);
    return RELO_SENT;
}

bool relo_links_waiting(const struct relo_links *links, uint64_t transaction_id,
                        uint32_t sender_token)
{
    (void)transaction_id;
    (void)sender_token;
    return node_of(links)->waiting;
}

relo_handle relo_links_find(const struct relo_links *links, struct relo_id peer)
{
    for (relo_handle h = 1; h < BENCH_LINKS; h++)
        if (link_at(links, h)->up && relo_id_equal(link_at(links, h)->peer, peer))
            return h;
    return 0;
}

struct relo_addr relo_link_remote(const struct relo_links *links, relo_handle link)
{
    (void)links;
    (void)link;
    return (struct relo_addr){.family = 0};
}

bool relo_link_is_up(const struct relo_links *links, relo_handle link)
{
    return link && link_at(links, link)->up;
}

/* Nobody has been heard since the link opened: a Ping without an answer means a dead link here. */
relo_time relo_link_heard(const struct relo_links *links, relo_handle link)
{
    (void)links;
    (void)link;
    return 0;
}

struct relo_id relo_link_peer(const struct relo_links *links, relo_handle link)
{
    return link_at(links, link)->peer;
}

uint32_t relo_link_message_max(const struct relo_links *links, relo_handle link)
{
    return link_at(links, link)->message_max;
}

relo_handle relo_links_next(const struct relo_links *links, uint32_t *cursor)
{
    while (++*cursor < BENCH_LINKS)
        if (link_at(links, *cursor)->up)
            return *cursor;
    return 0;
}

/* --- topology -------------------------------------------------------------------------- */

static bool topo_responsible(const void *topology, struct relo_id id)
{
    const struct bench_topology *t = topology;
    const struct bench_node *node =
        (const void *)((const char *)topology - offsetof(struct bench_node, topology));
    if (relo_id_equal(t->from, node->env.self))
        return false;
    return relo_id_in_range(id, t->from, node->env.self);
}

static relo_handle topo_next_hop(const void *topology, struct relo_id id, relo_handle avoid)
{
    struct bench_topology *t = (struct bench_topology *)(uintptr_t)topology;
    (void)id;
    t->asked++;
    for (int i = 0; i < 2; i++)
        if (t->next[i] && t->next[i] != avoid)
            return t->next[i];
    return 0;
}

static bool topo_plausible(const void *topology, struct relo_id resource, struct relo_id peer)
{
    (void)resource;
    (void)peer;
    return !((const struct bench_topology *)topology)->implausible;
}

static uint32_t topo_ppb(const void *topology)
{
    (void)topology;
    return 250000000;
}

static uint32_t topo_uptime(const void *topology)
{
    (void)topology;
    return 77;
}

static const struct relo_topology_ops bench_ops = {
    .name = "bench",
    .responsible = topo_responsible,
    .next_hop = topo_next_hop,
    .plausible_responder = topo_plausible,
    .responsible_ppb = topo_ppb,
    .uptime_s = topo_uptime,
};

/* --- nodes ------------------------------------------------------------------------------- */

struct relo_id bench_id(uint64_t id)
{
    return (struct relo_id){0, id};
}

struct bench *bench_new(void)
{
    struct bench *bench = g_new0(struct bench, 1);
    relo_pool_init(&bench->shard.pool);
    relo_slab_init(&bench->shard.slab[RELO_SLAB_LINK], 64);
    relo_slab_init(&bench->shard.slab[RELO_SLAB_TRANSACTION], relo_transaction_bytes());
    bench->now = 1000 * RELO_S;
    return bench;
}

void bench_free(struct bench *bench)
{
    for (uint32_t i = 0; i < bench->node_count; i++) {
        struct bench_message m;
        while (bench_take(&bench->node[i], &m))
            bench_drop(bench, &m);
        relo_route_fini(&bench->node[i].route);
    }
    g_assert_cmpuint(bench->shard.pool.bytes_used, ==, 0);
    g_assert_cmpuint(bench->shard.slab[RELO_SLAB_TRANSACTION].live, ==, 0);
    for (int i = 0; i < RELO_SLAB_KINDS; i++)
        relo_slab_fini(&bench->shard.slab[i]);
    relo_pool_fini(&bench->shard.pool);
    g_free(bench);
}

struct bench_node *bench_add(struct bench *bench, uint64_t id)
{
    g_assert_cmpuint(bench->node_count, <, BENCH_NODES);
    struct bench_node *node = &bench->node[bench->node_count++];
    relo_config_init(&node->config, "overlay.example.org");
    node->identity = (struct relo_identity){.node_id = bench_id(id),
                                            .user = "alice@example.org",
                                            .key = 1000 + id,
                                            .not_after_s = 1 << 30};
    node->addr = relo_addr_v4(0x0a000000u + (uint32_t)id, 6084);
    node->env = (struct relo_env){
        .shard = &bench->shard,
        .suite = &relo_suite_sim,
        .config = &node->config,
        .identity = &node->identity,
        .self = bench_id(id),
        .now = bench->now,
        .prng = {.key = id},
    };
    node->topology.from = node->env.self;
    node->links.env = &node->env;
    node->links.local[0] = node->addr;
    node->links.local_count = 1;
    relo_route_init(&node->route, &node->env, &node->links, &bench_ops, &node->topology);
    return node;
}

relo_handle bench_wire(struct bench_node *a, struct bench_node *b)
{
    link_new(b, a->env.self, true, false);
    return link_new(a, b->env.self, true, true);
}

relo_handle bench_link_to(const struct bench_node *a, const struct bench_node *b)
{
    return relo_links_find(&a->links, b->env.self);
}

void bench_assert_bytes(struct relo_view have, const void *want, size_t n)
{
    g_assert_cmpuint(have.n, ==, n);
    g_assert_cmpint(memcmp(have.p, want, n), ==, 0);
}

uint64_t bench_count(const struct bench *bench, enum relo_counter counter)
{
    return bench->shard.counter[counter];
}

/* --- dispatch, as core/node does it ------------------------------------------------------ */

static void answer_plainly(struct bench_node *node, struct relo_inbound *in)
{
    uint8_t body[3] = {1, 2, 3};
    if (!node->silent)
        relo_route_answer(&node->route, in, (uint16_t)(in->code + 1),
                          (struct relo_view){body, sizeof body}, NULL, 0);
}

static void dispatch(struct bench_node *node, enum relo_verdict verdict, struct relo_inbound *in)
{
    if (verdict == RELO_VERDICT_DONE)
        return;
    if (relo_verify_message(&node->env, in->header.transaction_id, in->contents, in->security,
                            &in->signer) != RELO_VERIFY_OK) {
        relo_count(&node->env, RELO_COUNT_drop_bad_signature);
        return;
    }
    if (verdict == RELO_VERDICT_REQUEST) {
        if (!relo_route_admit(&node->route, in))
            return;
        node->requests++;
        node->last = *in;
        if (!relo_route_request_own(&node->route, in, 5))
            answer_plainly(node, in);
        return;
    }
    if (!relo_route_accept(&node->route, in))
        return;
    node->answers++;
    node->last = node->answer = *in;
    node->last_info_bytes = MIN(in->error_info.n, (uint32_t)sizeof node->last_info);
    if (node->last_info_bytes)
        memcpy(node->last_info, in->error_info.p, node->last_info_bytes);
    if (in->owner == RELO_OWNER_ATTACH)
        relo_route_answer_own(&node->route, in);
}

static void pump_node(struct bench_node *node)
{
    struct relo_inbound in;
    struct relo_done done;
    struct relo_attach_event event;
    enum relo_verdict verdict;
    while ((verdict = relo_route_local(&node->route, &in)) != RELO_VERDICT_DONE)
        dispatch(node, verdict, &in);
    while (relo_route_expire(&node->route, &done)) {
        node->done = done;
        node->done_count++;
    }
    while (relo_attach_poll(&node->route, &event)) {
        node->attached = event;
        node->attached_count++;
    }
}

void bench_pump(struct bench *bench)
{
    for (uint32_t i = 0; i < bench->node_count; i++)
        pump_node(&bench->node[i]);
}

void bench_time(struct bench *bench, relo_time now)
{
    bench->now = now;
    for (uint32_t i = 0; i < bench->node_count; i++)
        bench->node[i].env.now = now;
    bench_pump(bench);
}

bool bench_take(struct bench_node *node, struct bench_message *message)
{
    if (node->sent_count == 0)
        return false;
    *message = node->sent[0];
    memmove(node->sent, node->sent + 1, --node->sent_count * sizeof *node->sent);
    if (message->token) {
        struct relo_link_event event = {
            .type = RELO_LINK_EVENT_FIRST_SENT,
            .sender_token = message->token,
            .transaction_id = message->header.transaction_id,
        };
        relo_route_first_sent(&node->route, &event);
    }
    return true;
}

void bench_drop(struct bench *bench, struct bench_message *message)
{
    relo_body_unref(&bench->shard.pool, message->body.body);
    g_free(message->bytes);
}

static void receive(struct bench_node *node, const struct relo_incoming *incoming)
{
    struct relo_inbound in;
    enum relo_verdict verdict = relo_route_receive(&node->route, incoming, &in);
    dispatch(node, verdict, &in);
    pump_node(node);
}

static struct bench_node *node_by_id(struct bench *bench, struct relo_id id)
{
    for (uint32_t i = 0; i < bench->node_count; i++)
        if (relo_id_equal(bench->node[i].env.self, id))
            return &bench->node[i];
    return NULL;
}

void bench_carry(struct bench *bench, struct bench_node *from, struct bench_message *message,
                 bool contiguous)
{
    struct bench_node *to = node_by_id(bench, from->link[message->link].peer);
    g_assert_nonnull(to);
    struct relo_incoming incoming = {
        .link = bench_link_to(to, from),
        .from = from->env.self,
        .head = {message->bytes, contiguous ? message->n : message->header_bytes},
    };
    if (incoming.link) {
        incoming.unattached = to->link[incoming.link].unattached;
        incoming.too_large = to->link[incoming.link].too_large;
    }
    if (!contiguous)
        incoming.body = message->body;
    if (incoming.link)
        receive(to, &incoming);
    bench_drop(bench, message);
}

void bench_run(struct bench *bench)
{
    bool moved = true;
    while (moved) {
        moved = false;
        bench_pump(bench);
        for (uint32_t i = 0; i < bench->node_count; i++) {
            struct bench_message m;
            if (bench_take(&bench->node[i], &m)) {
                bench_carry(bench, &bench->node[i], &m, false);
                moved = true;
            }
        }
    }
}

static void up(struct bench_node *node, relo_handle h, struct relo_id peer)
{
    struct relo_link_event event = {.type = RELO_LINK_EVENT_UP, .link = h, .peer = peer};
    node->link[h].up = true;
    relo_attach_link(&node->route, &event);
    pump_node(node);
}

void bench_shake(struct bench *bench)
{
    for (uint32_t i = 0; i < bench->node_count; i++)
        for (relo_handle h = 1; h < BENCH_LINKS; h++) {
            struct bench_node *client = &bench->node[i], *server;
            struct bench_link *link = &client->link[h];
            if (!link->used || link->up || link->server)
                continue;
            server = node_by_id(bench, link->peer);
            for (relo_handle s = 1; server && s < BENCH_LINKS; s++)
                if (server->link[s].used && !server->link[s].up && server->link[s].server &&
                    relo_id_equal(server->link[s].peer, client->env.self)) {
                    up(client, h, server->env.self);
                    up(server, s, client->env.self);
                    break;
                }
        }
}

/* --- messages by hand -------------------------------------------------------------------- */

void bench_inject(struct bench *bench, struct bench_node *node, relo_handle link,
                  const struct relo_header *header, struct relo_view rest)
{
    uint8_t *bytes = g_malloc(8192);
    struct relo_wr w = relo_wr_init(bytes, 8192, 16);
    struct relo_header h = *header;
    h.length = relo_header_size(&h) + rest.n;
    relo_header_write(&w, &h);
    relo_wr_bytes(&w, rest.p, rest.n);
    g_assert_false(w.failed);
    struct relo_incoming incoming = {
        .link = link,
        .from = node->link[link].peer,
        .head = relo_wr_view(&w),
        .unattached = node->link[link].unattached,
        .too_large = node->link[link].too_large,
    };
    receive(node, &incoming);
    (void)bench;
    g_free(bytes);
}

static GBytes *kept[512]; /* views handed out to tests live until the program ends */

static struct relo_view keep(struct relo_view v)
{
    static uint32_t n;
    uint32_t i = n++ % G_N_ELEMENTS(kept);
    if (kept[i])
        g_bytes_unref(kept[i]);
    kept[i] = g_bytes_new(v.p, v.n);
    return (struct relo_view){g_bytes_get_data(kept[i], NULL), v.n};
}

struct relo_view bench_compose(struct bench_node *signer, uint64_t transaction_id, uint16_t code,
                               struct relo_view body, struct relo_view extensions)
{
    struct relo_composition c = {
        .transaction_id = transaction_id, .code = code, .body = body, .extensions = extensions};
    struct relo_body *b = relo_route_compose(&signer->route, &c);
    g_assert_nonnull(b);
    struct relo_view view = keep((struct relo_view){b->bytes, b->n});
    relo_body_unref(&signer->env.shard->pool, b);
    return view;
}

const char *bench_list(struct relo_view list)
{
    static char text[512];
    GString *s = g_string_new(NULL);
    struct relo_rd r = relo_rd_init(list.p, list.n, 16);
    struct relo_destination d;
    while (relo_destination_next(&r, &d)) {
        if (s->len)
            g_string_append_c(s, ' ');
        if (d.type == RELO_DESTINATION_OPAQUE)
            g_string_append_printf(s, "o%02x%02x", d.id.p[0], d.id.p[1]);
        else
            g_string_append_printf(s, "%s%" G_GUINT64_FORMAT,
                                   d.type == RELO_DESTINATION_RESOURCE ? "r" : "",
                                   relo_id_from_bytes(d.id.p).lo);
    }
    g_assert_false(r.failed);
    g_strlcpy(text, s->str, sizeof text);
    g_string_free(s, TRUE);
    return text;
}

struct relo_header bench_header(struct bench_node *node, struct relo_view destination)
{
    return (struct relo_header){
        .overlay = node->config.overlay,
        .config_sequence = node->config.sequence,
        .version = RELO_PROTOCOL_VERSION,
        .ttl = node->config.initial_ttl,
        .fragment = RELO_FRAGMENT_WHOLE,
        .transaction_id = 0x1234,
        .destination = destination,
    };
}

struct relo_view bench_node_list(const uint64_t *ids, uint32_t n)
{
    uint8_t bytes[512];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
    for (uint32_t i = 0; i < n; i++)
        relo_destination_write_node(&w, bench_id(ids[i]));
    return keep(relo_wr_view(&w));
}

struct relo_view bench_resource(uint64_t id)
{
    uint8_t bytes[32];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
    relo_destination_write_resource(&w, bench_id(id));
    return keep(relo_wr_view(&w));
}

relo_handle bench_ping(struct bench_node *node, uint64_t id, bool resource)
{
    uint8_t padding[2] = {0, 0};
    struct relo_request request = {
        .target = {.id = bench_id(id), .resource = resource},
        .code = RELO_CODE_PING_REQ,
        .body = {padding, sizeof padding},
        .owner = RELO_OWNER_COMMAND,
        .context = 42,
        .traffic_class = RELO_CLASS_LOOKUP,
    };
    return relo_route_request(&node->route, &request);
}
