/* SPDX-License-Identifier: BSD-2-Clause */
/* The TURN client against the server over a network that loses, in virtual time. */
#include "tests/turn/support_turn.h"

#include <string.h>

static struct relo_addr peer_addr(void)
{
    return relo_addr_v4(0xc0000207, 7000); /* 192.0.2.7 */
}

static void add_client(struct turn_net *net, unsigned i, const char *name, const char *password)
{
    struct relo_turn_client_options o = {.local = net->client_addr[i],
                                         .server = net->server,
                                         .name = turn_view(name),
                                         .password = turn_view(password)};
    net->client[i] = relo_turn_client_new(&net->env, &o);
    g_assert_nonnull(net->client[i]);
}

static void open_one(struct turn_net *net)
{
    turn_open(net, NULL);
    add_client(net, 0, "alice", "secret");
    turn_run(net, RELO_S);
    g_assert_cmpint(relo_turn_client_state(net->client[0]), ==, RELO_TURN_ALLOCATED);
}

static void expect_got(struct turn_net *net, unsigned i, unsigned count, const char *text)
{
    g_assert_cmpuint(net->got[i], ==, count);
    g_assert_cmpstr(net->last[i], ==, text);
}

/* RFC 8656 section 7.3 */
static void answers_the_challenge(void)
{
    struct turn_net net;
    open_one(&net);
    const struct relo_addr *relayed = relo_turn_client_relayed(net.client[0]);
    g_assert_cmpuint(relayed->port, ==, 49152);
    g_assert_true(relo_addr_equal(relo_turn_client_mapped(net.client[0]), &net.client_addr[0]));
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_turn_unauthorized], ==, 1);
    turn_close(&net);
}

static void wrong_password_is_final(void)
{
    struct turn_net net;
    turn_open(&net, NULL);
    add_client(&net, 0, "alice", "guess");
    turn_run(&net, RELO_S);
    g_assert_cmpint(relo_turn_client_state(net.client[0]), ==, RELO_TURN_ENDED);
    g_assert_cmpuint(relo_turn_client_error(net.client[0]), ==, 401);
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_turn_unauthorized], ==, 2);
    turn_close(&net);
}

/* RFC 8489 section 6.2.1: 0.5 + 1 + 2 + 4 + 8 + 16 + 8 s */
static void silence_ends_it_after_39_5_seconds(void)
{
    struct turn_net net;
    turn_open(&net, NULL);
    net.loss = 1000;
    add_client(&net, 0, "alice", "secret");
    turn_run(&net, 39500 * RELO_MS - 1);
    g_assert_cmpint(relo_turn_client_state(net.client[0]), ==, RELO_TURN_ALLOCATING);
    g_assert_cmpuint(net.drawn, ==, 7);
    turn_run(&net, 39500 * RELO_MS);
    g_assert_cmpint(relo_turn_client_state(net.client[0]), ==, RELO_TURN_ENDED);
    g_assert_cmpuint(relo_turn_client_error(net.client[0]), ==, 408);
    g_assert_cmpint(relo_turn_client_deadline(net.client[0]), ==, RELO_NEVER);
    turn_close(&net);
}

/* Sections 9 to 12, both ways of carrying data. */
static void data_goes_both_ways_by_indication_and_channel(void)
{
    struct turn_net net;
    struct relo_addr peer = peer_addr();
    open_one(&net);
    net.echo = true;
    g_assert_false(relo_turn_client_send(net.client[0], &peer, turn_view("early")));
    g_assert_true(relo_turn_client_permit(net.client[0], &peer));
    g_assert_cmpint(relo_turn_client_peer(net.client[0], &peer), ==, RELO_TURN_PEER_ASKING);
    turn_run(&net, 2 * RELO_S);
    g_assert_cmpint(relo_turn_client_peer(net.client[0], &peer), ==, RELO_TURN_PEER_PERMITTED);
    g_assert_true(relo_turn_client_send(net.client[0], &peer, turn_view("one")));
    turn_run(&net, 3 * RELO_S);
    expect_got(&net, 0, 1, "one");
    g_assert_true(relo_addr_equal(&net.last_from[0], &peer));
    g_assert_true(relo_turn_client_bind(net.client[0], &peer));
    turn_run(&net, 4 * RELO_S);
    g_assert_cmpint(relo_turn_client_peer(net.client[0], &peer), ==, RELO_TURN_PEER_BOUND);
    g_assert_true(relo_turn_client_send(net.client[0], &peer, turn_view("two")));
    turn_run(&net, 5 * RELO_S);
    expect_got(&net, 0, 2, "two");
    g_assert_true(relo_addr_equal(&net.last_from[0], &peer));
    turn_close(&net);
}

/* Two clients of one server reach each other through both relayed addresses. */
static void relayed_to_relayed(void)
{
    struct turn_net net;
    turn_open(&net, NULL);
    add_client(&net, 0, "alice", "secret");
    add_client(&net, 1, "bob", "hidden");
    turn_run(&net, RELO_S);
    struct relo_addr a = *relo_turn_client_relayed(net.client[0]);
    struct relo_addr b = *relo_turn_client_relayed(net.client[1]);
    g_assert_true(relo_turn_client_bind(net.client[0], &b));
    g_assert_true(relo_turn_client_permit(net.client[1], &a));
    turn_run(&net, 2 * RELO_S);
    g_assert_true(relo_turn_client_send(net.client[0], &b, turn_view("to b")));
    g_assert_true(relo_turn_client_send(net.client[1], &a, turn_view("to a")));
    turn_run(&net, 3 * RELO_S);
    expect_got(&net, 0, 1, "to a");
    expect_got(&net, 1, 1, "to b");
    turn_close(&net);
}

/* Everything is kept alive for hours with every fifth datagram lost and nonces that go stale. */
static void lives_for_hours_on_a_bad_network(void)
{
    struct turn_net net;
    struct relo_turn_relay_options o = {.nonce_lifetime = 130 * RELO_S};
    struct relo_addr peer = peer_addr(), other = relo_addr_v4(0xc0000208, 7001);
    unsigned sent = 0;
    turn_open(&net, &o);
    net.loss = 200;
    net.echo = true;
    add_client(&net, 0, "alice", "secret");
    g_assert_true(relo_turn_client_bind(net.client[0], &peer));
    g_assert_true(relo_turn_client_permit(net.client[0], &other));
    turn_run(&net, 60 * RELO_S);
    for (unsigned i = 0; i < 3 * 360; i++) {
        sent += 2;
        g_assert_true(relo_turn_client_send(net.client[0], &peer, turn_view("channel")));
        g_assert_true(relo_turn_client_send(net.client[0], &other, turn_view("indication")));
        turn_run(&net, net.env.now + 10 * RELO_S);
    }
    /* Four legs: 0.8^4 = 41 % come back. */
    g_assert_cmpuint(net.got[0], >, sent * 36 / 100);
    g_assert_cmpuint(net.got[0], <, sent * 46 / 100);
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_turn_stale], >, 20);
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_drop_turn_permission], ==, 0);
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_turn_allocations], ==, 1);
    turn_close(&net);
}

/* Section 8: a lifetime of zero; and its answer may be lost. */
static void release_gives_the_address_back(void)
{
    struct turn_net net;
    open_one(&net);
    relo_turn_client_release(net.client[0]);
    turn_run(&net, 2 * RELO_S);
    g_assert_cmpint(relo_turn_client_state(net.client[0]), ==, RELO_TURN_ENDED);
    g_assert_cmpuint(relo_turn_client_error(net.client[0]), ==, 0);
    g_assert_cmpuint(net.released, ==, 1);
    g_assert_cmpuint(relo_turn_relay_load(net.relay), ==, 0);
    turn_close(&net);
}

static void release_whose_answer_is_lost_ends_too(void)
{
    struct turn_net net;
    open_one(&net);
    relo_turn_client_release(net.client[0]);
    turn_run(&net, net.env.now); /* the request is on its way */
    net.loss = 1000;
    turn_run(&net, net.env.now + 100 * RELO_MS);
    net.loss = 0;
    g_assert_cmpint(relo_turn_client_state(net.client[0]), ==, RELO_TURN_RELEASING);
    turn_run(&net, net.env.now + RELO_S);
    g_assert_cmpint(relo_turn_client_state(net.client[0]), ==, RELO_TURN_ENDED);
    g_assert_cmpuint(relo_turn_client_error(net.client[0]), ==, 0);
    turn_close(&net);
}

/* A server that was started anew knows neither allocation nor nonces: 438, then 437. */
static void allocation_the_server_forgot_ends(void)
{
    struct turn_net net;
    open_one(&net);
    relo_turn_relay_remove_user(net.relay, turn_view("alice"));
    g_assert_true(relo_turn_relay_add_user(net.relay, turn_view("alice"), turn_view("secret")));
    turn_run(&net, 541 * RELO_S);
    g_assert_cmpint(relo_turn_client_state(net.client[0]), ==, RELO_TURN_ENDED);
    g_assert_cmpuint(relo_turn_client_error(net.client[0]), ==, 437);
    turn_close(&net);
}

static void server_that_falls_silent_is_noticed(void)
{
    struct turn_net net;
    open_one(&net);
    net.loss = 1000;
    turn_run(&net, 580 * RELO_S); /* the refresh at 540 s, and 39.5 s */
    g_assert_cmpint(relo_turn_client_state(net.client[0]), ==, RELO_TURN_ENDED);
    g_assert_cmpuint(relo_turn_client_error(net.client[0]), ==, 408);
    turn_close(&net);
}

static void refused_peer_fails_alone(void)
{
    struct turn_net net;
    struct relo_addr bad = relo_addr_v4(0x7f000001, 22), good = peer_addr();
    open_one(&net);
    g_assert_true(relo_turn_client_permit(net.client[0], &bad));
    g_assert_true(relo_turn_client_permit(net.client[0], &good));
    turn_run(&net, 2 * RELO_S);
    g_assert_cmpint(relo_turn_client_peer(net.client[0], &bad), ==, RELO_TURN_PEER_FAILED);
    g_assert_cmpint(relo_turn_client_peer(net.client[0], &good), ==, RELO_TURN_PEER_PERMITTED);
    g_assert_false(relo_turn_client_send(net.client[0], &bad, turn_view("no")));
    turn_close(&net);
}

/* Forgotten peers' permissions run out after 300 s; bound again, one keeps its channel. */
static void forgotten_peer_runs_out(void)
{
    struct turn_net net;
    struct relo_addr peer = peer_addr();
    open_one(&net);
    g_assert_true(relo_turn_client_bind(net.client[0], &peer));
    turn_run(&net, 2 * RELO_S);
    relo_turn_client_forget(net.client[0], &peer);
    g_assert_cmpint(relo_turn_client_peer(net.client[0], &peer), ==, RELO_TURN_PEER_UNKNOWN);
    g_assert_true(relo_turn_client_bind(net.client[0], &peer));
    turn_run(&net, 3 * RELO_S);
    g_assert_cmpint(relo_turn_client_peer(net.client[0], &peer), ==, RELO_TURN_PEER_BOUND);
    relo_turn_client_forget(net.client[0], &peer);
    turn_run(&net, 310 * RELO_S);
    turn_send(&net, &peer, relo_turn_client_relayed(net.client[0]), "x", 1);
    turn_run(&net, 311 * RELO_S);
    g_assert_cmpuint(net.got[0], ==, 0);
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_drop_turn_permission], ==, 1);
    turn_close(&net);
}

static void peers_are_bounded(void)
{
    struct turn_net net;
    struct relo_addr peer;
    open_one(&net);
    for (uint32_t i = 0; i < RELO_TURN_PEERS_MAX; i++) {
        peer = relo_addr_v4(0xc0000201 + i, 7000);
        g_assert_true(relo_turn_client_permit(net.client[0], &peer));
    }
    peer = relo_addr_v4(0xc0000280, 7000);
    g_assert_false(relo_turn_client_permit(net.client[0], &peer));
    turn_close(&net);
}

/* Section 9: permissions are for all ports of an IP address, and ICE checks a peer behind a
   symmetric NAT at many. */
static void ports_of_one_address_share_a_permission(void)
{
    struct turn_net net;
    turn_open(&net, NULL);
    struct relo_turn_client_options o = {.local = net.client_addr[0],
                                         .server = net.server,
                                         .name = turn_view("alice"),
                                         .password = turn_view("secret"),
                                         .on_demand = true};
    net.client[0] = relo_turn_client_new(&net.env, &o);
    turn_run(&net, RELO_S);
    net.echo = true;
    struct relo_addr peer = peer_addr();
    g_assert_true(relo_turn_client_bind(net.client[0], &peer));
    turn_run(&net, 2 * RELO_S);
    for (unsigned i = 0; i <= RELO_TURN_PEERS_MAX; i++) {
        peer.port++;
        g_assert_true(relo_turn_client_send(net.client[0], &peer, turn_view("check")));
        turn_run(&net, net.env.now + 10 * RELO_MS);
        expect_got(&net, 0, i + 1, "check");
        /* Not in the channel, which leads to one port. */
        g_assert_true(relo_addr_equal(&net.last_from[0], &peer));
        g_assert_cmpint(relo_turn_client_peer(net.client[0], &peer), ==, RELO_TURN_PEER_UNKNOWN);
    }
    peer = relo_addr_v4(0xc0000280, 7000);
    g_assert_true(relo_turn_client_send(net.client[0], &peer, turn_view("another")));
    g_assert_cmpint(relo_turn_client_peer(net.client[0], &peer), ==, RELO_TURN_PEER_ASKING);
    turn_close(&net);
}

static void refused_peers_keep_no_places(void)
{
    struct turn_net net;
    struct relo_addr peer;
    open_one(&net);
    for (uint32_t i = 0; i < RELO_TURN_PEERS_MAX; i++) {
        peer = relo_addr_v4(0x7f000001 + i, 7000);
        g_assert_true(relo_turn_client_permit(net.client[0], &peer));
        turn_run(&net, net.env.now + 10 * RELO_MS);
        g_assert_cmpint(relo_turn_client_peer(net.client[0], &peer), ==, RELO_TURN_PEER_FAILED);
    }
    peer = peer_addr();
    g_assert_true(relo_turn_client_permit(net.client[0], &peer));
    turn_close(&net);
}

static enum relo_turn_received feed(struct turn_net *net, const struct relo_addr *from,
                                    const struct relo_wr *w)
{
    struct relo_addr peer;
    struct relo_view data;
    return relo_turn_client_receive(net->client[0], from, relo_wr_view(w), &peer, &data);
}

/* 8489 9.2.5: a success that nobody could have protected, and one with a wrong key, are not
   believed. */
static void forged_success_is_ignored(void)
{
    struct turn_net net;
    struct relo_turn_datagram d;
    uint8_t request[1024], bytes[1024];
    struct relo_wr r = relo_wr_init(request, sizeof request, 0);
    turn_open(&net, NULL);
    add_client(&net, 0, "alice", "secret");
    g_assert_true(relo_turn_client_output(net.client[0], &d, &r));
    for (unsigned wrong = 0; wrong < 2; wrong++) {
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 0);
        struct relo_stun_writer s =
            relo_stun_open(&w, RELO_STUN_ALLOCATE, RELO_STUN_SUCCESS, request + 8);
        relo_stun_write_address(&s, RELO_STUN_XOR_RELAYED_ADDRESS, &net.server);
        relo_stun_write_address(&s, RELO_STUN_XOR_MAPPED_ADDRESS, &net.server);
        relo_stun_write_u32(&s, RELO_STUN_LIFETIME, 600);
        if (wrong)
            relo_stun_write_integrity(&s, turn_view("not the key"));
        g_assert_cmpint(feed(&net, &net.server, &w), ==, RELO_TURN_HANDLED);
        g_assert_cmpint(relo_turn_client_state(net.client[0]), ==, RELO_TURN_ALLOCATING);
        /* and from another address it is nobody's */
        struct relo_addr elsewhere = peer_addr();
        g_assert_cmpint(feed(&net, &elsewhere, &w), ==, RELO_TURN_OTHERS);
    }
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_drop_stun_integrity], ==, 2);
    turn_close(&net);
}

/* The same once there is a key: the end of the allocation is not extended by it. */
static void forged_refresh_is_ignored(void)
{
    struct turn_net net;
    struct relo_turn_datagram d;
    uint8_t request[1024], bytes[1024];
    struct relo_wr r = relo_wr_init(request, sizeof request, 0);
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 0);
    open_one(&net);
    net.env.now = 550 * RELO_S;
    g_assert_true(relo_turn_client_output(net.client[0], &d, &r));
    struct relo_stun_writer s =
        relo_stun_open(&w, RELO_STUN_REFRESH, RELO_STUN_SUCCESS, request + 8);
    relo_stun_write_u32(&s, RELO_STUN_LIFETIME, 3600);
    relo_stun_write_integrity(&s, turn_view("not the key"));
    g_assert_cmpint(feed(&net, &net.server, &w), ==, RELO_TURN_HANDLED);
    /* The question stands: it is sent again after 500 ms. */
    g_assert_cmpint(relo_turn_client_deadline(net.client[0]), ==, 550500 * RELO_MS);
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_drop_stun_integrity], ==, 1);
    turn_close(&net);
}

static void channels_are_told_apart(void)
{
    struct turn_net net;
    struct relo_addr a = peer_addr(), b = relo_addr_v4(0xc0000208, 7000);
    open_one(&net);
    net.echo = true;
    g_assert_true(relo_turn_client_bind(net.client[0], &a));
    g_assert_true(relo_turn_client_bind(net.client[0], &b));
    turn_run(&net, 2 * RELO_S);
    g_assert_cmpint(relo_turn_client_peer(net.client[0], &a), ==, RELO_TURN_PEER_BOUND);
    g_assert_cmpint(relo_turn_client_peer(net.client[0], &b), ==, RELO_TURN_PEER_BOUND);
    g_assert_true(relo_turn_client_send(net.client[0], &b, turn_view("b")));
    turn_run(&net, 3 * RELO_S);
    expect_got(&net, 0, 1, "b");
    g_assert_true(relo_addr_equal(&net.last_from[0], &b));
    turn_close(&net);
}

/* 11.4: a Data indication from whom no permission is known; 12.6: a channel that is not bound. */
static void data_from_strangers_is_dropped(void)
{
    struct turn_net net;
    uint8_t bytes[256], transaction[RELO_STUN_TRANSACTION_BYTES] = {9};
    struct relo_addr peer = peer_addr(), stranger = relo_addr_v4(0xc0000299, 7000);
    open_one(&net);
    g_assert_true(relo_turn_client_permit(net.client[0], &peer));
    turn_run(&net, 2 * RELO_S);
    for (unsigned known = 0; known < 2; known++) {
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 0);
        struct relo_stun_writer s =
            relo_stun_open(&w, RELO_STUN_DATA, RELO_STUN_INDICATION, transaction);
        relo_stun_write_address(&s, RELO_STUN_XOR_PEER_ADDRESS, known ? &peer : &stranger);
        relo_stun_write_text(&s, RELO_STUN_DATA_VALUE, "x");
        g_assert_cmpint(feed(&net, &net.server, &w), ==,
                        known ? RELO_TURN_DATA : RELO_TURN_HANDLED);
    }
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 0);
    relo_turn_channel_write(&w, 0x4000, turn_view("x"));
    g_assert_cmpint(feed(&net, &net.server, &w), ==, RELO_TURN_HANDLED);
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_drop_turn_permission], ==, 1);
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_drop_turn_malformed], ==, 1);
    turn_close(&net);
}

/* RFC 8489 section 9.2.5: anybody can write a 400, or any other error without integrity, and so it
   is as if it had not come; of 401 and 438, which the server cannot protect, the nonce is tried. */
static void unprotected_errors_are_ignored(void)
{
    static const uint16_t errors[] = {400, 403, 420, 437, 441, 486, 500, 508};
    struct turn_net net;
    struct relo_turn_datagram d;
    uint8_t request[1024], bytes[1024];
    struct relo_wr r = relo_wr_init(request, sizeof request, 0);
    open_one(&net);
    net.env.now = 550 * RELO_S;
    g_assert_true(relo_turn_client_output(net.client[0], &d, &r));
    for (unsigned i = 0; i < G_N_ELEMENTS(errors); i++) {
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 0);
        struct relo_stun_writer s =
            relo_stun_open(&w, RELO_STUN_REFRESH, RELO_STUN_ERROR, request + 8);
        relo_stun_write_error(&s, errors[i], "");
        g_assert_cmpint(feed(&net, &net.server, &w), ==, RELO_TURN_HANDLED);
        g_assert_cmpint(relo_turn_client_state(net.client[0]), ==, RELO_TURN_ALLOCATED);
        g_assert_cmpint(relo_turn_client_deadline(net.client[0]), ==, 550500 * RELO_MS);
    }
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_drop_stun_integrity], ==, G_N_ELEMENTS(errors));
    turn_run(&net, 560 * RELO_S); /* the server's own answer */
    g_assert_cmpint(relo_turn_client_deadline(net.client[0]), >, 1000 * RELO_S);
    turn_close(&net);
}

/* The same section: where all answers were bad, that is the error, not silence. */
static void only_forged_answers_are_told_from_silence(void)
{
    struct turn_net net;
    struct relo_turn_datagram d;
    uint8_t request[1024], bytes[1024];
    turn_open(&net, NULL);
    net.loss = 1000;
    add_client(&net, 0, "alice", "secret");
    while (relo_turn_client_state(net.client[0]) == RELO_TURN_ALLOCATING) {
        struct relo_wr r = relo_wr_init(request, sizeof request, 0);
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 0);
        if (!relo_turn_client_output(net.client[0], &d, &r)) {
            if (relo_turn_client_state(net.client[0]) == RELO_TURN_ALLOCATING)
                net.env.now = relo_turn_client_deadline(net.client[0]);
            continue;
        }
        (void)relo_stun_open(&w, RELO_STUN_ALLOCATE, RELO_STUN_SUCCESS, request + 8);
        g_assert_cmpint(feed(&net, &net.server, &w), ==, RELO_TURN_HANDLED);
    }
    g_assert_cmpint(net.env.now, ==, 39500 * RELO_MS);
    g_assert_cmpuint(relo_turn_client_error(net.client[0]), ==, RELO_TURN_VIOLATED);
    g_assert_cmpuint(net.shard.counter[RELO_COUNT_drop_stun_integrity], ==, 7);
    turn_close(&net);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/turn/client/answers_the_challenge", answers_the_challenge);
    g_test_add_func("/turn/client/wrong_password_is_final", wrong_password_is_final);
    g_test_add_func("/turn/client/silence_ends_it_after_39_5_seconds",
                    silence_ends_it_after_39_5_seconds);
    g_test_add_func("/turn/client/data_goes_both_ways_by_indication_and_channel",
                    data_goes_both_ways_by_indication_and_channel);
    g_test_add_func("/turn/client/relayed_to_relayed", relayed_to_relayed);
    g_test_add_func("/turn/client/lives_for_hours_on_a_bad_network",
                    lives_for_hours_on_a_bad_network);
    g_test_add_func("/turn/client/release_gives_the_address_back", release_gives_the_address_back);
    g_test_add_func("/turn/client/release_whose_answer_is_lost_ends_too",
                    release_whose_answer_is_lost_ends_too);
    g_test_add_func("/turn/client/allocation_the_server_forgot_ends",
                    allocation_the_server_forgot_ends);
    g_test_add_func("/turn/client/server_that_falls_silent_is_noticed",
                    server_that_falls_silent_is_noticed);
    g_test_add_func("/turn/client/refused_peer_fails_alone", refused_peer_fails_alone);
    g_test_add_func("/turn/client/forgotten_peer_runs_out", forgotten_peer_runs_out);
    g_test_add_func("/turn/client/peers_are_bounded", peers_are_bounded);
    g_test_add_func("/turn/client/ports_of_one_address_share_a_permission",
                    ports_of_one_address_share_a_permission);
    g_test_add_func("/turn/client/refused_peers_keep_no_places", refused_peers_keep_no_places);
    g_test_add_func("/turn/client/forged_success_is_ignored", forged_success_is_ignored);
    g_test_add_func("/turn/client/forged_refresh_is_ignored", forged_refresh_is_ignored);
    g_test_add_func("/turn/client/channels_are_told_apart", channels_are_told_apart);
    g_test_add_func("/turn/client/data_from_strangers_is_dropped", data_from_strangers_is_dropped);
    g_test_add_func("/turn/client/unprotected_errors_are_ignored", unprotected_errors_are_ignored);
    g_test_add_func("/turn/client/only_forged_answers_are_told_from_silence",
                    only_forged_answers_are_told_from_silence);
    return g_test_run();
}
