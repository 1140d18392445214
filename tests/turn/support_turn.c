/* SPDX-License-Identifier: BSD-2-Clause */
/* The network of the TURN tests: one server, clients, bystanders; 0.25 ms from anyone to anyone. */
#include "tests/turn/support_turn.h"

#include "core/relo.h"
#include "core/security/suite.h"

#include <string.h>

#define DELAY (RELO_MS / 4)

struct relo_view turn_view(const char *text)
{
    return (struct relo_view){(const uint8_t *)text, (uint32_t)strlen(text)};
}

void turn_expect(const void *p, size_t n, const void *wanted, size_t wanted_n)
{
    g_assert_cmpuint(n, ==, wanted_n);
    g_assert_true(n == 0 || memcmp(p, wanted, n) == 0);
}

void turn_open(struct turn_net *net, const struct relo_turn_relay_options *options)
{
    struct relo_turn_relay_options o = options ? *options : (struct relo_turn_relay_options){0};
    memset(net, 0, sizeof *net);
    relo_pool_init(&net->shard.pool);
    net->env = (struct relo_env){.shard = &net->shard, .suite = &relo_suite_sim, .prng = {7, 0}};
    net->server = relo_addr_v4(0xc6336401, 3478); /* 198.51.100.1 */
    net->port = 49152;
    o.local = &net->server;
    o.local_count = 1;
    o.realm = turn_view("example.org");
    net->relay = relo_turn_relay_new(&net->env, &o);
    g_assert_true(relo_turn_relay_add_user(net->relay, turn_view("alice"), turn_view("secret")));
    g_assert_true(relo_turn_relay_add_user(net->relay, turn_view("bob"), turn_view("hidden")));
    for (unsigned i = 0; i < TURN_CLIENTS; i++)
        net->client_addr[i] = relo_addr_v4(0xcb007101 + i, 5000); /* 203.0.113.1 */
}

void turn_packet_free(struct turn_packet *packet)
{
    g_bytes_unref(packet->bytes);
    g_free(packet);
}

void turn_close(struct turn_net *net)
{
    relo_turn_relay_free(net->relay);
    for (unsigned i = 0; i < TURN_CLIENTS; i++)
        relo_turn_client_free(net->client[i]);
    g_queue_clear_full(&net->flying, (GDestroyNotify)turn_packet_free);
    g_queue_clear_full(&net->arrived, (GDestroyNotify)turn_packet_free);
    g_assert_cmpuint(net->shard.pool.bytes_used, ==, 0);
    relo_pool_fini(&net->shard.pool);
}

void turn_send(struct turn_net *net, const struct relo_addr *from, const struct relo_addr *to,
               const void *bytes, size_t n)
{
    if (relo_hash_draw(3, 1, 4, ++net->drawn) % 1000 < net->loss)
        return;
    struct turn_packet *packet = g_new(struct turn_packet, 1);
    *packet = (struct turn_packet){net->env.now + DELAY, *from, *to, g_bytes_new(bytes, n)};
    g_queue_push_tail(&net->flying, packet);
}

struct turn_packet *turn_arrived(struct turn_net *net)
{
    return g_queue_pop_head(&net->arrived);
}

static void give_ports(struct turn_net *net)
{
    struct relo_turn_wanted wanted;
    struct relo_addr addr;
    while (relo_turn_relay_wanted(net->relay, &wanted)) {
        addr = net->server;
        addr.port = net->port++;
        relo_turn_relay_grant(net->relay, wanted.ticket, net->no_ports ? NULL : &addr);
    }
    while (relo_turn_relay_released(net->relay, &addr))
        net->released++;
}

static void outputs(struct turn_net *net)
{
    static uint8_t buffer[70000];
    struct relo_turn_datagram d;
    struct relo_wr w = relo_wr_init(buffer, sizeof buffer, 0);
    give_ports(net);
    while (relo_turn_relay_output(net->relay, &d, &w)) {
        turn_send(net, &d.local, &d.remote, buffer, relo_wr_size(&w));
        w = relo_wr_init(buffer, sizeof buffer, 0);
    }
    give_ports(net); /* what the last input ended */
    for (unsigned i = 0; i < TURN_CLIENTS; i++)
        while (net->client[i] && relo_turn_client_output(net->client[i], &d, &w)) {
            turn_send(net, &d.local, &d.remote, buffer, relo_wr_size(&w));
            w = relo_wr_init(buffer, sizeof buffer, 0);
        }
}

static bool deliver_to_client(struct turn_net *net, const struct turn_packet *packet,
                              struct relo_view bytes)
{
    for (unsigned i = 0; i < TURN_CLIENTS; i++) {
        struct relo_view data;
        if (!net->client[i] || !relo_addr_equal(&packet->to, &net->client_addr[i]))
            continue;
        if (relo_turn_client_receive(net->client[i], &packet->from, bytes, &net->last_from[i],
                                     &data) == RELO_TURN_DATA) {
            net->got[i]++;
            g_assert_cmpuint(data.n, <, sizeof net->last[i]);
            memcpy(net->last[i], data.p, data.n);
            net->last[i][data.n] = 0;
        }
        return true;
    }
    return false;
}

static void deliver(struct turn_net *net, struct turn_packet *packet)
{
    gsize n;
    const uint8_t *p = g_bytes_get_data(packet->bytes, &n);
    static const uint8_t nothing;
    struct relo_view bytes = {p ? p : &nothing, (uint32_t)n};
    if (relo_addr_equal(&packet->to, &net->server)) {
        relo_turn_relay_receive(net->relay, &net->server, &packet->from, bytes);
    } else if (memcmp(packet->to.ip, net->server.ip, 16) == 0) {
        relo_turn_relay_receive_relayed(net->relay, &packet->to, &packet->from, bytes);
    } else if (!deliver_to_client(net, packet, bytes)) {
        if (net->echo)
            turn_send(net, &packet->to, &packet->from, bytes.p, bytes.n);
        g_queue_push_tail(&net->arrived, packet);
        return;
    }
    turn_packet_free(packet);
}

static relo_time next_time(const struct turn_net *net)
{
    const struct turn_packet *first = g_queue_peek_head((GQueue *)&net->flying);
    relo_time at = relo_turn_relay_deadline(net->relay);
    if (first)
        at = relo_time_min(at, first->at);
    for (unsigned i = 0; i < TURN_CLIENTS; i++)
        if (net->client[i])
            at = relo_time_min(at, relo_turn_client_deadline(net->client[i]));
    return at;
}

void turn_run(struct turn_net *net, relo_time until)
{
    struct turn_packet *first;
    unsigned idle = 0;
    outputs(net);
    while (next_time(net) <= until) {
        relo_time at = next_time(net);
        idle = at > net->env.now ? 0 : idle + 1;
        g_assert_cmpuint(idle, <, 1000); /* a deadline that has come must be met by output */
        net->env.now = MAX(at, net->env.now);
        while ((first = g_queue_peek_head(&net->flying)) && first->at <= net->env.now)
            deliver(net, g_queue_pop_head(&net->flying));
        outputs(net);
    }
    net->env.now = until;
}

static void write_attributes(const struct turn_ask *ask, struct relo_stun_writer *s)
{
    if (ask->method == RELO_STUN_ALLOCATE && !ask->no_transport)
        relo_stun_write_transport(s, ask->transport ? ask->transport : 17);
    if (ask->family)
        relo_stun_write_family(s, RELO_STUN_REQUESTED_ADDRESS_FAMILY, ask->family);
    if (ask->more)
        relo_stun_write_family(s, RELO_STUN_ADDITIONAL_ADDRESS_FAMILY, 6);
    if (ask->lifetime)
        relo_stun_write_u32(s, RELO_STUN_LIFETIME, ask->lifetime_s);
    if (ask->even || ask->reserve)
        relo_stun_write_even_port(s, ask->reserve);
    if (ask->token)
        relo_stun_write_u64(s, RELO_STUN_RESERVATION_TOKEN, 1);
    if (ask->dont_fragment)
        relo_stun_write_text(s, RELO_STUN_DONT_FRAGMENT, "");
    if (ask->unknown)
        relo_stun_write_text(s, (enum relo_stun_type)0x7777, "what");
    if (ask->channel)
        relo_stun_write_channel(s, ask->channel);
    for (unsigned i = 0; i < ask->peers; i++)
        relo_stun_write_address(s, RELO_STUN_XOR_PEER_ADDRESS, &ask->peer[i]);
}

static void make_key(const struct turn_ask *ask, uint8_t key[16])
{
    g_assert_true(relo_stun_long_term_key(
        turn_view(ask->name ? ask->name : "alice"), turn_view("example.org"),
        turn_view(ask->password ? ask->password : "secret"), key));
}

void turn_make(struct turn_net *net, const struct turn_ask *ask, uint8_t *bytes, size_t size)
{
    static uint8_t fresh = 100;
    uint8_t transaction[RELO_STUN_TRANSACTION_BYTES], key[16];
    struct relo_wr w = relo_wr_init(bytes, size, 0);
    memset(transaction, ask->transaction ? ask->transaction : ++fresh, sizeof transaction);
    struct relo_stun_writer s = relo_stun_open(&w, ask->method, RELO_STUN_REQUEST, transaction);
    write_attributes(ask, &s);
    make_key(ask, key);
    if (!ask->no_username)
        relo_stun_write_text(&s, RELO_STUN_USERNAME, ask->name ? ask->name : "alice");
    relo_stun_write_text(&s, RELO_STUN_REALM, "example.org");
    relo_stun_write(&s, RELO_STUN_NONCE, (struct relo_view){net->nonce, net->nonce_bytes});
    if (!(ask->password && ask->password[0] == 0))
        relo_stun_write_integrity(&s, (struct relo_view){key, sizeof key});
    g_assert_false(w.failed);
}

struct relo_view turn_made(const uint8_t *bytes)
{
    return (struct relo_view){bytes, RELO_STUN_HEADER_BYTES + (uint32_t)(bytes[2] << 8 | bytes[3])};
}

int turn_ask(struct turn_net *net, const struct turn_ask *ask, struct relo_stun *answer)
{
    static uint8_t bytes[1024], reply[2048];
    uint8_t key[16];
    struct relo_stun scratch;
    struct turn_packet *packet;
    int result = -1;
    make_key(ask, key);
    turn_make(net, ask, bytes, sizeof bytes);
    turn_send(net, &ask->from, &net->server, bytes, turn_made(bytes).n);
    turn_run(net, net->env.now + RELO_MS);
    answer = answer ? answer : &scratch;
    while ((packet = turn_arrived(net))) {
        gsize n;
        const void *p = g_bytes_get_data(packet->bytes, &n);
        g_assert_cmpuint(n, <, sizeof reply);
        memcpy(reply, p, n);
        turn_packet_free(packet);
        g_assert_true(relo_stun_read((struct relo_view){reply, (uint32_t)n}, answer));
        turn_expect(answer->transaction, 12, bytes + 8, 12);
        g_assert_cmpint(result, ==, -1);
        result = answer->stun_class == RELO_STUN_SUCCESS ? 0 : answer->error;
        if (result != 401 && result != 438) /* 8489 9.2.4: the others are protected */
            g_assert_true(ask->no_username ||
                          relo_stun_integrity_good(answer, (struct relo_view){key, sizeof key}));
    }
    return result;
}

void turn_challenge(struct turn_net *net, struct relo_addr from)
{
    struct relo_stun m;
    struct turn_ask ask = {.from = from, .method = RELO_STUN_ALLOCATE, .password = ""};
    g_assert_cmpint(turn_ask(net, &ask, &m), ==, 401);
    g_assert_cmpuint(m.nonce.n, <=, sizeof net->nonce);
    memcpy(net->nonce, m.nonce.p, m.nonce.n);
    net->nonce_bytes = m.nonce.n;
}

struct relo_addr turn_allocate(struct turn_net *net, struct relo_addr from)
{
    struct relo_stun m;
    turn_challenge(net, from);
    struct turn_ask ask = {.from = from, .method = RELO_STUN_ALLOCATE};
    g_assert_cmpint(turn_ask(net, &ask, &m), ==, 0);
    return m.relayed;
}

void turn_indicate(struct turn_net *net, struct relo_addr from, struct relo_addr peer,
                   const char *text)
{
    uint8_t bytes[256], transaction[RELO_STUN_TRANSACTION_BYTES] = {1};
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 0);
    struct relo_stun_writer s =
        relo_stun_open(&w, RELO_STUN_SEND, RELO_STUN_INDICATION, transaction);
    relo_stun_write_address(&s, RELO_STUN_XOR_PEER_ADDRESS, &peer);
    relo_stun_write_text(&s, RELO_STUN_DATA_VALUE, text);
    turn_send(net, &from, &net->server, bytes, relo_wr_size(&w));
    turn_run(net, net->env.now + RELO_MS);
}
