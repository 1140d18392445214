/* SPDX-License-Identifier: BSD-2-Clause */
/* The TURN server's rules, asked by hand: RFC 8656, and RFC 8489 section 9.2 for credentials. */
#include "tests/turn/support_turn.h"

#include <string.h>

static const struct relo_turn_relay_options small = {.allocations_max = 3,
                                                     .allocations_per_user_max = 2,
                                                     .permissions_max = 2,
                                                     .channels_max = 1,
                                                     .nonce_lifetime = 7200 * RELO_S};

static struct relo_addr client(unsigned i)
{
    return relo_addr_v4(0x0a000001 + i, 6000);
}

static struct relo_addr peer_addr(unsigned i)
{
    return relo_addr_v4(0xc0000207 + i, 7000);
}

static int permit(struct turn_net *net, struct relo_addr from, struct relo_addr peer)
{
    struct turn_ask ask = {
        .from = from, .method = RELO_STUN_CREATE_PERMISSION, .peer = {peer}, .peers = 1};
    return turn_ask(net, &ask, NULL);
}

static int bind(struct turn_net *net, uint16_t channel, struct relo_addr peer)
{
    struct turn_ask ask = {.from = client(0),
                           .method = RELO_STUN_CHANNEL_BIND,
                           .channel = channel,
                           .peer = {peer},
                           .peers = 1};
    return turn_ask(net, &ask, NULL);
}

static int refresh(struct turn_net *net, uint32_t lifetime_s, struct relo_stun *m)
{
    struct turn_ask ask = {
        .from = client(0), .method = RELO_STUN_REFRESH, .lifetime = true, .lifetime_s = lifetime_s};
    return turn_ask(net, &ask, m);
}

/* What arrived at a bystander is this text from `from`, or nothing where text is NULL. */
static void expect_arrived(struct turn_net *net, const struct relo_addr *from,
                           const struct relo_addr *to, const char *text)
{
    struct turn_packet *packet = turn_arrived(net);
    if (!text) {
        g_assert_null(packet);
        return;
    }
    gsize n;
    g_assert_nonnull(packet);
    const void *p = g_bytes_get_data(packet->bytes, &n);
    turn_expect(p, n, text, strlen(text));
    g_assert_true(relo_addr_equal(&packet->from, from));
    g_assert_true(relo_addr_equal(&packet->to, to));
    turn_packet_free(packet);
}

/* The peer sends; what comes to the client: 0 nothing, 1 a Data indication, 2 ChannelData. */
static int peer_sends(struct turn_net *net, struct relo_addr peer, struct relo_addr relayed)
{
    struct relo_stun m;
    int kind = 1;
    turn_send(net, &peer, &relayed, "hello", 5);
    turn_run(net, net->env.now + RELO_MS);
    struct turn_packet *packet = turn_arrived(net);
    if (!packet)
        return 0;
    gsize n;
    const uint8_t *p = g_bytes_get_data(packet->bytes, &n);
    if (p[0] >> 6 == 1) {
        turn_expect(p + 2, n - 2, "\0\5hello", 7);
        kind = 2;
    } else {
        g_assert_true(relo_stun_read((struct relo_view){p, (uint32_t)n}, &m));
        g_assert_cmpuint(m.method, ==, RELO_STUN_DATA);
        g_assert_true(relo_addr_equal(&m.peer, &peer));
        turn_expect(m.data.p, m.data.n, "hello", 5);
    }
    turn_packet_free(packet);
    return kind;
}

static void send_channel(struct turn_net *net, const void *bytes, size_t n)
{
    struct relo_addr from = client(0);
    turn_send(net, &from, &net->server, bytes, n);
    turn_run(net, net->env.now + RELO_MS);
}

static void credentials_are_wanted(void)
{
    struct turn_net net;
    turn_open(&net, NULL);
    size_t before = net.shard.pool.bytes_used;
    struct relo_stun m;
    struct turn_ask ask = {.from = client(0), .method = RELO_STUN_ALLOCATE, .password = ""};
    g_assert_cmpint(turn_ask(&net, &ask, &m), ==, 401);
    turn_expect(m.realm.p, m.realm.n, "example.org", 11);
    g_assert_false(m.has & RELO_STUN_HAS_INTEGRITY);
    turn_challenge(&net, client(0));
    ask.password = "guess";
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 401);
    ask = (struct turn_ask){.from = client(0), .method = RELO_STUN_ALLOCATE, .name = "mallory"};
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 401);
    ask = (struct turn_ask){.from = client(0), .method = RELO_STUN_ALLOCATE, .no_username = true};
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 400);
    g_assert_cmpuint(net.shard.pool.bytes_used, ==, before); /* strangers cost no memory */
    turn_close(&net);
}

/* RFC 8656 section 5: nonces end, and are good for one address only. */
static void replayed_nonce_is_stale(void)
{
    struct turn_net net;
    struct turn_ask ask = {.from = client(1), .method = RELO_STUN_ALLOCATE};
    turn_open(&net, NULL);
    turn_challenge(&net, client(0)); /* at 1 ms */
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 438);
    ask.from = client(0);
    turn_run(&net, 3600 * RELO_S - RELO_MS);
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 0);
    turn_run(&net, 3600 * RELO_S + RELO_MS);
    g_assert_cmpint(refresh(&net, 600, NULL), ==, 438);
    net.nonce[3] ^= 1; /* a later end, but not the server's digest */
    g_assert_cmpint(refresh(&net, 600, NULL), ==, 438);
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_turn_stale], ==, 3);
    turn_challenge(&net, client(0));
    g_assert_cmpint(refresh(&net, 600, NULL), ==, 0);
    turn_close(&net);
}

/* 7.2 */
static void allocation_is_made_once(void)
{
    struct turn_net net;
    struct relo_stun m;
    turn_open(&net, NULL);
    turn_challenge(&net, client(0));
    struct turn_ask ask = {.from = client(0), .method = RELO_STUN_ALLOCATE, .transaction = 7};
    g_assert_cmpint(turn_ask(&net, &ask, &m), ==, 0);
    g_assert_cmpuint(m.relayed.port, ==, 49152);
    g_assert_cmpuint(m.lifetime_s, ==, 600);
    g_assert_true(relo_addr_equal(&m.mapped, &ask.from));
    g_assert_cmpint(turn_ask(&net, &ask, &m), ==, 0); /* retransmitted */
    g_assert_cmpuint(m.relayed.port, ==, 49152);
    ask.transaction = 8;
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 437);
    g_assert_cmpuint(relo_turn_relay_load(net.relay), ==, 1);
    turn_close(&net);
}

static void what_is_not_supported_is_refused(void)
{
    static const struct {
        struct turn_ask ask;
        int error;
    } cases[] = {
        {{.no_transport = true}, 400},
        {{.transport = 6}, 442},
        {{.dont_fragment = true}, 420},
        {{.unknown = true}, 420},
        {{.reserve = true}, 508},
        {{.token = true}, 508},
        {{.token = true, .even = true}, 400},
        {{.token = true, .family = 4}, 400},
        {{.more = true, .family = 4}, 400},
        {{.more = true, .reserve = true}, 400},
        {{.family = 6}, 508}, /* the driver gives an IPv4 address */
    };
    struct turn_net net;
    struct relo_stun m;
    turn_open(&net, NULL);
    turn_challenge(&net, client(0));
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct turn_ask ask = cases[i].ask;
        ask.from = client(0);
        ask.method = RELO_STUN_ALLOCATE;
        g_assert_cmpint(turn_ask(&net, &ask, &m), ==, cases[i].error);
        g_assert_true(cases[i].error != 420 || m.has & RELO_STUN_HAS_UNKNOWN);
    }
    g_assert_cmpuint(relo_turn_relay_load(net.relay), ==, 0);
    /* ADDITIONAL-ADDRESS-FAMILY by itself gets the IPv4 address. */
    struct turn_ask ask = {.from = client(0), .method = RELO_STUN_ALLOCATE, .more = true};
    g_assert_cmpint(turn_ask(&net, &ask, &m), ==, 0);
    turn_close(&net);
}

static void quotas_of_allocations(void)
{
    struct turn_net net;
    turn_open(&net, &small);
    struct turn_ask ask = {.method = RELO_STUN_ALLOCATE};
    for (unsigned i = 0; i < 3; i++) {
        ask.from = client(i);
        turn_challenge(&net, ask.from);
        g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, i < 2 ? 0 : 486);
    }
    ask.name = "bob";
    ask.password = "hidden";
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 0);
    ask.from = client(3);
    turn_challenge(&net, ask.from);
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 508);
    turn_challenge(&net, client(0));
    g_assert_cmpint(refresh(&net, 0, NULL), ==, 0); /* makes room again */
    ask.from = client(3);
    turn_challenge(&net, ask.from);
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 0);
    turn_close(&net);
}

static void driver_without_ports_means_508(void)
{
    struct turn_net net;
    turn_open(&net, NULL);
    turn_challenge(&net, client(0));
    struct turn_ask ask = {.from = client(0), .method = RELO_STUN_ALLOCATE};
    net.no_ports = true;
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 508);
    net.no_ports = false;
    net.port = 50001;
    ask.even = true; /* 7.2, EVEN-PORT: the driver's port is odd */
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 508);
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 0); /* 50002 */
    turn_close(&net);
}

/* Five seconds, and the address that comes then is not used. */
static void driver_that_never_answers_holds_nothing(void)
{
    struct turn_net net;
    struct relo_turn_wanted wanted;
    uint8_t bytes[256];
    struct relo_addr from = client(0), addr = relo_addr_v4(0xc6336401, 50000);
    turn_open(&net, NULL);
    turn_challenge(&net, from);
    size_t after[2]; /* the first one makes room for more */
    for (int i = 0; i < 2; i++) {
        turn_make(&net, &(struct turn_ask){.from = from, .method = RELO_STUN_ALLOCATE}, bytes,
                  sizeof bytes);
        relo_turn_relay_receive(net.relay, &net.server, &from, turn_made(bytes));
        g_assert_true(relo_turn_relay_wanted(net.relay, &wanted));
        g_assert_false(relo_turn_relay_wanted(net.relay, &wanted)); /* told once */
        relo_turn_relay_receive(net.relay, &net.server, &from, turn_made(bytes));
        g_assert_cmpint(relo_turn_relay_deadline(net.relay), ==, net.env.now + 5 * RELO_S);
        turn_run(&net, net.env.now + 5 * RELO_S);
        after[i] = net.shard.pool.bytes_used;
    }
    g_assert_cmpuint(after[1], ==, after[0]);
    g_assert_false(relo_turn_relay_grant(net.relay, wanted.ticket, &addr));
    expect_arrived(&net, NULL, NULL, NULL);
    turn_close(&net);
}

/* 7.2 and 8.2 */
static void lifetime_is_bounded_and_ends(void)
{
    struct turn_net net;
    struct relo_stun m;
    turn_open(&net, &small);
    turn_allocate(&net, client(0));
    g_assert_cmpint(refresh(&net, 30, &m), ==, 0);
    g_assert_cmpuint(m.lifetime_s, ==, 600);
    g_assert_cmpint(refresh(&net, 100000, &m), ==, 0);
    g_assert_cmpuint(m.lifetime_s, ==, 3600);
    relo_time end = net.env.now - RELO_MS + RELO_MS / 4 + 3600 * RELO_S;
    turn_run(&net, end - 1);
    g_assert_cmpuint(relo_turn_relay_load(net.relay), ==, 1);
    turn_run(&net, end);
    g_assert_cmpuint(relo_turn_relay_load(net.relay), ==, 0);
    g_assert_cmpuint(net.released, ==, 1);
    g_assert_cmpint(refresh(&net, 600, &m), ==, 437);
    turn_close(&net);
}

static void refresh_by_another_user_is_refused(void)
{
    struct turn_net net;
    turn_open(&net, NULL);
    turn_allocate(&net, client(0));
    struct turn_ask ask = {
        .from = client(0), .method = RELO_STUN_REFRESH, .name = "bob", .password = "hidden"};
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 441); /* section 5 */
    ask.method = RELO_STUN_CREATE_PERMISSION;
    ask.peer[0] = peer_addr(0);
    ask.peers = 1;
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 441);
    ask = (struct turn_ask){.from = client(0), .method = RELO_STUN_REFRESH, .family = 6};
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 443); /* 8.2 */
    turn_close(&net);
}

/* Sections 9 and 11; a spoofed peer is whoever has no permission. */
static void nothing_flows_without_permission(void)
{
    struct turn_net net;
    struct relo_addr peer = peer_addr(0);
    turn_open(&net, NULL);
    turn_indicate(&net, client(0), peer, "no allocation");
    struct relo_addr relayed = turn_allocate(&net, client(0));
    turn_indicate(&net, client(0), peer, "no permission");
    expect_arrived(&net, NULL, NULL, NULL);
    g_assert_cmpint(peer_sends(&net, peer, relayed), ==, 0);
    g_assert_cmpint(permit(&net, client(0), peer), ==, 0);
    turn_indicate(&net, client(0), peer, "yes");
    expect_arrived(&net, &relayed, &peer, "yes");
    g_assert_cmpint(peer_sends(&net, peer, relayed), ==, 1);
    peer.port++; /* all ports of the address */
    g_assert_cmpint(peer_sends(&net, peer, relayed), ==, 1);
    g_assert_cmpint(peer_sends(&net, peer_addr(1), relayed), ==, 0);
    turn_indicate(&net, client(1), peer, "another's allocation");
    expect_arrived(&net, NULL, NULL, NULL);
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_drop_turn_permission], ==, 3);
    turn_close(&net);
}

static void permission_ends_after_300_seconds(void)
{
    struct turn_net net;
    struct relo_addr peer = peer_addr(0);
    turn_open(&net, NULL);
    struct relo_addr relayed = turn_allocate(&net, client(0));
    g_assert_cmpint(permit(&net, client(0), peer), ==, 0);
    relo_time end = net.env.now - RELO_MS + RELO_MS / 4 + 300 * RELO_S;
    turn_run(&net, end - 10 * RELO_MS);
    turn_indicate(&net, client(0), peer, "x"); /* refreshes nothing (section 9) */
    expect_arrived(&net, &relayed, &peer, "x");
    turn_run(&net, end - RELO_MS / 4 - 1);
    g_assert_cmpint(peer_sends(&net, peer, relayed), ==, 1);
    turn_run(&net, end + RELO_MS);
    g_assert_cmpint(peer_sends(&net, peer, relayed), ==, 0);
    turn_close(&net);
}

/* 10.2 */
static void permissions_come_all_or_none(void)
{
    struct turn_net net;
    turn_open(&net, &small);
    struct relo_addr relayed = turn_allocate(&net, client(0));
    struct turn_ask ask = {.from = client(0),
                           .method = RELO_STUN_CREATE_PERMISSION,
                           .peer = {peer_addr(0), relo_addr_v4(0x7f000001, 1)},
                           .peers = 2};
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 403);
    g_assert_cmpint(peer_sends(&net, peer_addr(0), relayed), ==, 0);
    ask.peer[1] = (struct relo_addr){.family = 6, .ip = {0x20, 1, 0x0d, 0xb8}, .port = 1};
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 443);
    ask.peer[1] = peer_addr(1);
    ask.peer[2] = peer_addr(2);
    ask.peers = 3;
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 508); /* two are allowed */
    g_assert_cmpint(peer_sends(&net, peer_addr(0), relayed), ==, 0);
    ask.peers = 2;
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 0);
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 0); /* a refresh needs no room */
    g_assert_cmpint(peer_sends(&net, peer_addr(1), relayed), ==, 1);
    g_assert_cmpint(permit(&net, client(0), peer_addr(2)), ==, 508);
    turn_run(&net, net.env.now + 301 * RELO_S); /* those that ran out make room */
    g_assert_cmpint(permit(&net, client(0), peer_addr(2)), ==, 0);
    ask.peers = 0;
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 400);
    g_assert_cmpint(permit(&net, client(1), peer_addr(0)), ==, 438); /* another's nonce */
    turn_challenge(&net, client(1));
    g_assert_cmpint(permit(&net, client(1), peer_addr(0)), ==, 437);
    turn_close(&net);
}

/* 10.2 and 21.4: addresses that are nobody's, or the server's own. */
static void forbidden_peers(void)
{
    static const uint32_t never[] = {0x7f000001, 0x7fffffff, 0,          0x00000001, 0xa9fe0101,
                                     0xe0000001, 0xefffffff, 0xf0000001, 0xffffffff};
    struct turn_net net;
    turn_open(&net, NULL);
    struct relo_addr relayed = turn_allocate(&net, client(0));
    for (unsigned i = 0; i < G_N_ELEMENTS(never); i++) {
        g_assert_cmpint(permit(&net, client(0), relo_addr_v4(never[i], 80)), ==, 403);
        g_assert_cmpint(bind(&net, 0x4000, relo_addr_v4(never[i], 80)), ==, 403);
    }
    g_assert_cmpint(permit(&net, client(0), relo_addr_v4(0x0a000005, 80)), ==, 0);
    /* On the server's host: not the server, not oneself, not other services. */
    struct relo_addr self = net.server;
    g_assert_cmpint(bind(&net, 0x4000, net.server), ==, 403);
    g_assert_cmpint(bind(&net, 0x4000, relayed), ==, 403);
    self.port = 22;
    g_assert_cmpint(bind(&net, 0x4000, self), ==, 403);
    g_assert_cmpint(permit(&net, client(0), self), ==, 0); /* an address: ports show at sending */
    uint64_t before = net.shard.counter[RELO_COUNT_turn_to_peers];
    turn_indicate(&net, client(0), self, "ssh");
    turn_indicate(&net, client(0), net.server, "loop");
    turn_indicate(&net, client(0), relayed, "self");
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_turn_to_peers], ==, before);
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_drop_turn_permission], ==, 3);
    turn_close(&net);
}

static void forbidden_by_choice(void)
{
    static const uint32_t inner[] = {0x0a010203, 0xac100001, 0xac1fffff, 0xc0a80001, 0x64400001};
    struct turn_net net;
    struct relo_turn_relay_options o = {.public_only = true};
    turn_open(&net, &o);
    turn_allocate(&net, client(0));
    for (unsigned i = 0; i < G_N_ELEMENTS(inner); i++)
        g_assert_cmpint(permit(&net, client(0), relo_addr_v4(inner[i], 80)), ==, 403);
    g_assert_cmpint(permit(&net, client(0), relo_addr_v4(0xac200001, 80)), ==, 0);
    turn_close(&net);
    o = (struct relo_turn_relay_options){.allow_loopback = true};
    turn_open(&net, &o);
    turn_allocate(&net, client(0));
    g_assert_cmpint(permit(&net, client(0), relo_addr_v4(0x7f000001, 80)), ==, 0);
    turn_close(&net);
}

/* IPv6 addresses that hide an IPv4 address or are nobody's. */
static void forbidden_ipv6_peers(void)
{
    static const struct {
        uint8_t ip[16];
        int error;
    } cases[] = {
        {{0}, 403},
        {{[15] = 1}, 403},
        {{[10] = 0xff, 0xff, 127, 0, 0, 1}, 403},
        {{0, 0x64, 0xff, 0x9b, [12] = 127, 0, 0, 1}, 403},
        {{0x20, 2, 127, 0, 0, 1}, 403},
        {{0x20, 1, 0, 0, 1}, 403},
        {{0xfe, 0x80, [15] = 1}, 403},
        {{0xff, 2, [15] = 1}, 403},
        {{0x20, 1, 0x0d, 0xb8, [15] = 1}, 0},
    };
    struct turn_net net;
    struct relo_turn_wanted wanted;
    turn_open(&net, NULL);
    net.server = (struct relo_addr){.family = 6, .ip = {0x20, 1, 0x0d, 0xb8, 9}, .port = 3478};
    turn_challenge(&net, client(0));
    struct turn_ask ask = {.from = client(0), .method = RELO_STUN_ALLOCATE, .family = 6};
    g_assert_cmpint(turn_ask(&net, &ask, NULL), ==, 0);
    g_assert_false(relo_turn_relay_wanted(net.relay, &wanted));
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct relo_addr peer = {.family = 6, .port = 80};
        memcpy(peer.ip, cases[i].ip, sizeof peer.ip);
        g_assert_cmpint(permit(&net, client(0), peer), ==, cases[i].error);
    }
    g_assert_cmpint(permit(&net, client(0), peer_addr(0)), ==, 443);
    turn_close(&net);
}

/* Section 12 */
static void channels_carry_data_both_ways(void)
{
    struct turn_net net;
    struct relo_addr peer = peer_addr(0);
    turn_open(&net, &small);
    struct relo_addr relayed = turn_allocate(&net, client(0));
    send_channel(&net, "\x40\0\0\2hi", 6); /* not bound */
    expect_arrived(&net, NULL, NULL, NULL);
    g_assert_cmpint(bind(&net, 0x4000, peer), ==, 0);
    send_channel(&net, "\x40\0\0\2hi", 6);
    expect_arrived(&net, &relayed, &peer, "hi");
    send_channel(&net, "\x40\0\0\2hi\0\0", 8); /* 12.4: padding */
    expect_arrived(&net, &relayed, &peer, "hi");
    send_channel(&net, "\x40\0\0\0", 4); /* no data is data */
    expect_arrived(&net, &relayed, &peer, "");
    send_channel(&net, "\x40\0\0\3hi", 6); /* cut short */
    send_channel(&net, "\x40\1\0\2hi", 6);
    expect_arrived(&net, NULL, NULL, NULL);
    g_assert_cmpint(peer_sends(&net, peer, relayed), ==, 2);
    peer.port++; /* the permission is for the address, the channel is not */
    g_assert_cmpint(peer_sends(&net, peer, relayed), ==, 1);
    turn_close(&net);
}

/* 12.2 */
static void channel_is_bound_to_one_peer(void)
{
    struct turn_net net;
    turn_open(&net, &small);
    turn_allocate(&net, client(0));
    g_assert_cmpint(bind(&net, 0x3fff, peer_addr(0)), ==, 400);
    g_assert_cmpint(bind(&net, 0x5000, peer_addr(0)), ==, 400);
    g_assert_cmpint(bind(&net, 0, peer_addr(0)), ==, 400);
    g_assert_cmpint(bind(&net, 0x4fff, peer_addr(0)), ==, 0);
    g_assert_cmpint(bind(&net, 0x4fff, peer_addr(0)), ==, 0);
    g_assert_cmpint(bind(&net, 0x4fff, peer_addr(1)), ==, 400);
    g_assert_cmpint(bind(&net, 0x4000, peer_addr(0)), ==, 400);
    g_assert_cmpint(bind(&net, 0x4000, peer_addr(1)), ==, 508); /* one is allowed */
    turn_run(&net, net.env.now + 300 * RELO_S);
    g_assert_cmpint(refresh(&net, 3600, NULL), ==, 0);
    turn_run(&net, net.env.now + 301 * RELO_S);
    g_assert_cmpint(bind(&net, 0x4fff, peer_addr(1)), ==, 0); /* it has run out */
    turn_close(&net);
}

/* A channel lives for 600 s, its permission for 300: both are needed. */
static void channel_needs_its_permission(void)
{
    struct turn_net net;
    struct relo_addr peer = peer_addr(0);
    turn_open(&net, &small);
    struct relo_addr relayed = turn_allocate(&net, client(0));
    g_assert_cmpint(refresh(&net, 3600, NULL), ==, 0);
    g_assert_cmpint(bind(&net, 0x4000, peer), ==, 0);
    turn_run(&net, net.env.now + 301 * RELO_S);
    send_channel(&net, "\x40\0\0\2hi", 6);
    expect_arrived(&net, NULL, NULL, NULL);
    g_assert_cmpint(peer_sends(&net, peer, relayed), ==, 0);
    g_assert_cmpint(permit(&net, client(0), peer), ==, 0);
    g_assert_cmpint(peer_sends(&net, peer, relayed), ==, 2);
    turn_run(&net, net.env.now + 299 * RELO_S); /* the channel has ended, the permission not */
    send_channel(&net, "\x40\0\0\2hi", 6);
    expect_arrived(&net, NULL, NULL, NULL);
    g_assert_cmpint(peer_sends(&net, peer, relayed), ==, 1);
    turn_close(&net);
}

static void flood_is_bounded(void)
{
    struct turn_net net;
    struct relo_addr peer = peer_addr(0), from = client(0);
    turn_open(&net, NULL);
    turn_allocate(&net, from);
    g_assert_cmpint(bind(&net, 0x4000, peer), ==, 0);
    for (unsigned i = 0; i < 100; i++)
        g_assert_true(relo_turn_relay_receive(
            net.relay, &net.server, &from, (struct relo_view){(const uint8_t *)"\x40\0\0\2hi", 6}));
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_drop_turn_overflow], ==,
                     100 - RELO_TURN_QUEUE_MAX);
    turn_run(&net, net.env.now + RELO_MS);
    g_assert_cmpuint(g_queue_get_length(&net.arrived), ==, RELO_TURN_QUEUE_MAX);
    turn_close(&net);
}

static void others_messages_are_left_alone(void)
{
    struct turn_net net;
    uint8_t bytes[64], transaction[RELO_STUN_TRANSACTION_BYTES] = {0};
    struct relo_addr from = client(0);
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 0);
    turn_open(&net, NULL);
    (void)relo_stun_open(&w, RELO_STUN_BINDING, RELO_STUN_REQUEST, transaction);
    g_assert_false(relo_turn_relay_receive(net.relay, &net.server, &from, relo_wr_view(&w)));
    g_assert_false(relo_turn_relay_receive(net.relay, &net.server, &from, turn_view("\x17 dtls")));
    g_assert_false(relo_turn_relay_receive(net.relay, &net.server, &from, turn_view("@@@@@@")));
    g_assert_false(relo_turn_relay_receive(net.relay, &net.server, &from, turn_view("")));
    turn_close(&net);
}

static void users_come_and_go(void)
{
    struct turn_net net;
    turn_open(&net, NULL);
    turn_allocate(&net, client(0));
    g_assert_false(relo_turn_relay_add_user(net.relay, turn_view("bob"), turn_view("other")));
    relo_turn_relay_remove_user(net.relay, turn_view("alice"));
    g_assert_cmpuint(relo_turn_relay_load(net.relay), ==, 0);
    g_assert_cmpint(refresh(&net, 600, NULL), ==, 401);
    g_assert_cmpuint(net.released, ==, 1);
    turn_close(&net);
}

#define ADD(name) g_test_add_func("/turn/server/" #name, name)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD(credentials_are_wanted);
    ADD(replayed_nonce_is_stale);
    ADD(allocation_is_made_once);
    ADD(what_is_not_supported_is_refused);
    ADD(quotas_of_allocations);
    ADD(driver_without_ports_means_508);
    ADD(driver_that_never_answers_holds_nothing);
    ADD(lifetime_is_bounded_and_ends);
    ADD(refresh_by_another_user_is_refused);
    ADD(nothing_flows_without_permission);
    ADD(permission_ends_after_300_seconds);
    ADD(permissions_come_all_or_none);
    ADD(forbidden_peers);
    ADD(forbidden_by_choice);
    ADD(forbidden_ipv6_peers);
    ADD(channels_carry_data_both_ways);
    ADD(channel_is_bound_to_one_peer);
    ADD(channel_needs_its_permission);
    ADD(flood_is_bounded);
    ADD(others_messages_are_left_alone);
    ADD(users_come_and_go);
    return g_test_run();
}
