/* SPDX-License-Identifier: BSD-2-Clause */
/* Links that open by handshake: loss, tampering, cookies, wrong Node-IDs, peers that come back. */
#include "support_pair.h"

#include "core/base/hash.h"
#include "core/link/state.h"

static bool lose_number(struct pair *pair, const struct pair_sent *sent, guint number)
{
    (void)sent;
    return number == pair->lose_number;
}

static bool lose_all(struct pair *pair, const struct pair_sent *sent, guint number)
{
    (void)pair, (void)sent, (void)number;
    return true;
}

/* End 0 is the client; both know each other, as after an Attach. */
static void open_both(struct pair *pair)
{
    relo_links_connect(&pair->end[1].links, &pair->end[0].identity.node_id, &pair->end[0].addr,
                       true);
    relo_links_connect(&pair->end[0].links, &pair->end[1].identity.node_id, &pair->end[1].addr,
                       false);
    pair_settle(pair, 1);
    pair_settle(pair, 0);
}

static void assert_talk(struct pair *pair)
{
    g_assert_cmpint(pair_send(pair, 0, "hello"), ==, RELO_SENT);
    g_assert_cmpint(pair_send(pair, 1, "world"), ==, RELO_SENT);
    pair_run(pair, pair->now + 10 * RELO_S);
    g_assert_cmpstr(pair->end[1].heard->pdata[0], ==, "hello");
    g_assert_cmpstr(pair->end[0].heard->pdata[0], ==, "world");
}

/* 6940-6.5.1.13-3:
   3 round trips for the client: cookie, certificates, Finished. */
static void six_flights(void)
{
    struct pair *pair = pair_new(50 * RELO_MS);
    open_both(pair);
    pair_run(pair, 30 * RELO_S);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_UP), ==, 1);
    g_assert_cmpuint(pair_count(pair, 1, RELO_LINK_EVENT_UP), ==, 1);
    const struct relo_link_event *e =
        &g_array_index(pair->end[0].events, struct relo_link_event, 0);
    g_assert_cmpint(e->elapsed, ==, 300 * RELO_MS);
    g_assert_true(relo_id_equal(e->peer, pair->end[1].identity.node_id));
    guint bytes = 0;
    for (guint i = 0; i < pair->sent->len; i++) {
        const struct pair_sent *s = &g_array_index(pair->sent, struct pair_sent, i);
        g_assert_cmpuint(s->type, ==, 22);
        g_assert_cmpuint(s->traffic_class, ==, RELO_CLASS_CONNECT);
        g_assert_false(s->retransmission);
        g_assert_cmpuint(s->bytes, <=, 1472);
        bytes += s->bytes;
    }
    /* flights of 95, 44, 111, 1316, 1276 and 75 bytes, in one datagram each */
    g_assert_cmpuint(pair->sent->len, ==, 6);
    g_assert_cmpuint(bytes, ==, 95 + 44 + 111 + 1316 + 1276 + 75);
    /* its round trips are the first RTT measurement: RTO = 100 + 4 * 50 */
    g_assert_cmpint(relo_rtt_rto(&pair->config, relo_link_get(&pair->end[0].links, e->link)), ==,
                    300 * RELO_MS);
    g_assert_null(pair->end[0].links.active);
    g_assert_null(pair->end[1].links.active);
    assert_talk(pair);
    pair_free(pair);
}

static void completes_without_kth(uint32_t mtu)
{
    for (guint k = 0; k < 24; k++) {
        struct pair *pair = pair_new(50 * RELO_MS);
        pair->config.mtu = mtu;
        pair->lost = lose_number;
        pair->lose_number = k;
        open_both(pair);
        pair_run(pair, 40 * RELO_S);
        g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_UP), ==, 1);
        g_assert_cmpuint(pair_count(pair, 1, RELO_LINK_EVENT_UP), ==, 1);
        g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_FAILED), ==, 0);
        assert_talk(pair);
        g_assert_cmpuint(pair->end[0].links.count, ==, 1);
        g_assert_cmpuint(pair->end[1].links.count, ==, 1);
        pair_free(pair);
    }
}

static void completes_without_kth_datagram(void)
{
    completes_without_kth(1500);
    completes_without_kth(576);
}

/* RFC 6347 4.2.4.1: 1 s, doubling. */
static void gives_up(void)
{
    struct pair *pair = pair_new(50 * RELO_MS);
    pair->lost = lose_all;
    open_both(pair);
    pair_run(pair, 63 * RELO_S - 1);
    static const int at_s[] = {0, 1, 3, 7, 15, 31};
    g_assert_cmpuint(pair->sent->len, ==, 6);
    for (guint i = 0; i < 6; i++)
        g_assert_cmpint(g_array_index(pair->sent, struct pair_sent, i).at, ==, at_s[i] * RELO_S);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_FAILED), ==, 0);
    pair_run(pair, 63 * RELO_S);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_FAILED), ==, 1);
    g_assert_cmpuint(pair_count(pair, 1, RELO_LINK_EVENT_FAILED), ==, 1); /* at 15 s */
    pair_free(pair);
}

/* 6940-6.5.1.11-1 6940-6.5.1.13-4:
   6940-6.5.1.13: the certificate must be that of the Node-ID in the Attach. */
static void wrong_node_id_fails(void)
{
    struct pair *pair = pair_new(50 * RELO_MS);
    struct relo_id other = {99, 99};
    relo_links_connect(&pair->end[0].links, &other, &pair->end[1].addr, false);
    pair_settle(pair, 0);
    pair_run(pair, 60 * RELO_S);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_UP), ==, 0);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_FAILED), ==, 1);
    g_assert_cmpuint(pair->end[0].links.count, ==, 0);
    g_assert_cmpuint(pair->end[1].links.count, ==, 0); /* the alert closed it */
    pair_free(pair);
}

/* 6940-6.1.2-9 6940-6.5.1.13-4:
   each of a certificate's Node-IDs may be that of the Attach; without one nobody knows which */
static void certificate_with_several_node_ids(void)
{
    struct pair *pair = pair_new(50 * RELO_MS);
    struct relo_id second = {0x5555, 5}, third = {0x6666, 6};
    struct relo_identity_others others = {.count = 2};
    relo_id_to_bytes(second, others.ids);
    relo_id_to_bytes(third, others.ids + RELO_ID_BYTES);
    pair->end[0].identity.credentials = &others;
    relo_links_connect(&pair->end[1].links, &third, &pair->end[0].addr, true);
    relo_links_connect(&pair->end[0].links, &pair->end[1].identity.node_id, &pair->end[1].addr,
                       false);
    pair_settle(pair, 1);
    pair_settle(pair, 0);
    pair_run(pair, 10 * RELO_S);
    g_assert_cmpint(relo_links_find(&pair->end[1].links, third), !=, 0);
    pair_send(pair, 0, "hello");
    pair_run(pair, 20 * RELO_S);
    g_assert_cmpuint(pair->end[1].heard->len, ==, 1);
    g_assert_false(pair->end[1].last_unattached);
    pair_free(pair);

    pair = pair_new(50 * RELO_MS);
    pair->end[0].identity.credentials = &others;
    relo_links_connect(&pair->end[0].links, NULL, &pair->end[1].addr, false);
    pair_settle(pair, 0);
    pair_run(pair, 10 * RELO_S);
    relo_handle h = relo_links_find(&pair->end[1].links, pair->end[0].identity.node_id);
    g_assert_cmpint(h, !=, 0);
    pair_send(pair, 0, "hello");
    pair_run(pair, 20 * RELO_S);
    g_assert_true(pair->end[1].last_unattached);
    relo_link_attached(&pair->end[1].links, h);
    pair_send(pair, 0, "world");
    pair_run(pair, 30 * RELO_S);
    g_assert_cmpuint(pair->end[1].heard->len, ==, 2);
    g_assert_false(pair->end[1].last_unattached);
    pair_free(pair);
}

/* 6940-11.1-19 */
static void bad_node_gets_no_link(void)
{
    for (int which = 0; which < 2; which++) { /* as client, and as server */
        struct pair *pair = pair_new(50 * RELO_MS);
        struct relo_id bad[] = {{1, 1}, pair->end[which].identity.node_id};
        pair->config.bad_nodes = bad;
        pair->config.bad_node_count = 2;
        open_both(pair);
        pair_run(pair, 100 * RELO_S);
        g_assert_cmpuint(pair_count(pair, 1 - which, RELO_LINK_EVENT_UP), ==, 0);
        g_assert_cmpuint(pair_count(pair, 1 - which, RELO_LINK_EVENT_FAILED), ==, 1);
        pair_free(pair);
    }
}

static void expired_certificate_fails(void)
{
    struct pair *pair = pair_new(50 * RELO_MS);
    pair->end[1].identity.not_before_s = 1000; /* not valid yet */
    open_both(pair);
    pair_run(pair, 100 * RELO_S);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_FAILED), ==, 1);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_UP), ==, 0);
    pair_free(pair);
}

/* 6940-11.4-3:
   6940-11.4: nobody announced the joining node to its bootstrap node. */
static void unknown_client_accepted_after_cookie(void)
{
    struct pair *pair = pair_new(50 * RELO_MS);
    relo_links_connect(&pair->end[0].links, NULL, &pair->end[1].addr, false);
    pair_settle(pair, 0);
    pair_run(pair, 60 * RELO_MS); /* the ClientHello has come */
    g_assert_cmpuint(pair->end[1].links.count, ==, 0);
    g_assert_cmpuint(pair->shard.slab[RELO_SLAB_LINK].live, ==, 1);
    g_assert_null(pair->end[1].links.reply);
    pair_run(pair, 160 * RELO_MS); /* with the cookie */
    g_assert_cmpuint(pair->end[1].links.count, ==, 1);
    g_assert_cmpint(relo_links_find(&pair->end[1].links, (struct relo_id){0, 0}), ==, 0);
    uint32_t cursor = 0; /* an opening link is not in the table */
    g_assert_cmpint(relo_links_next(&pair->end[1].links, &cursor), ==, 0);
    pair_run(pair, RELO_S);
    g_assert_true(relo_links_find(&pair->end[1].links, pair->end[0].identity.node_id) != 0);
    assert_talk(pair);
    pair_free(pair);
}

static void cookie_of_another_address_refused(void)
{
    struct pair *pair = pair_new(50 * RELO_MS);
    struct relo_addr spoofed = relo_addr_v4(0x0b0b0b0b, 5000);
    relo_links_connect(&pair->end[0].links, NULL, &pair->end[1].addr, false);
    pair_settle(pair, 0);
    pair_run(pair, 100 * RELO_MS); /* end 0 has just sent its second ClientHello */
    GByteArray *hello = g_byte_array_new();
    g_byte_array_append(hello, pair->last->data, pair->last->len);
    g_assert_cmpuint(hello->len, ==, 111);
    for (int i = 0; i < 100; i++)
        pair_give(pair, 1, &spoofed, hello->data, hello->len);
    g_assert_cmpuint(pair->end[1].links.count, ==, 0);
    g_byte_array_free(hello, TRUE);
    pair_free(pair);
}

static void garbled_handshake_ignored(void)
{
    struct pair *pair = pair_new(50 * RELO_MS);
    open_both(pair);
    for (relo_time at = 50; at <= 400; at += 50) {
        GByteArray *copy = g_byte_array_new();
        g_byte_array_append(copy, pair->last->data, pair->last->len);
        int to = 1 - g_array_index(pair->sent, struct pair_sent, pair->sent->len - 1).from;
        for (guint i = 0; i < copy->len; i += 13) {
            copy->data[i] ^= 0x10;
            pair_give(pair, to, &pair->end[1 - to].addr, copy->data, copy->len);
            pair_give(pair, to, &pair->end[1 - to].addr, copy->data, i);
            copy->data[i] ^= 0x10;
        }
        g_byte_array_free(copy, TRUE);
        pair_run(pair, at * RELO_MS);
    }
    pair_run(pair, 20 * RELO_S);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_UP), ==, 1);
    g_assert_cmpuint(pair_count(pair, 1, RELO_LINK_EVENT_UP), ==, 1);
    assert_talk(pair);
    pair_free(pair);
}

static void tampered_byte(guint at)
{
    struct pair *pair = pair_new(50 * RELO_MS);
    pair_wire(pair, 0);
    pair->lost = lose_all;
    pair_send(pair, 0, "a message of some length");
    g_assert_cmpuint(at, <, pair->last->len);
    GByteArray *copy = g_byte_array_new();
    g_byte_array_append(copy, pair->last->data, pair->last->len);
    for (int bit = 0; bit < 8; bit++) {
        copy->data[at] ^= (uint8_t)(1 << bit);
        pair_give(pair, 1, &pair->end[0].addr, copy->data, copy->len);
        copy->data[at] ^= (uint8_t)(1 << bit);
    }
    g_assert_cmpuint(pair->end[1].heard->len, ==, 0);
    g_assert_cmpuint(pair_count(pair, 1, RELO_LINK_EVENT_DOWN), ==, 0);
    pair_give(pair, 1, &pair->end[0].addr, copy->data, copy->len);
    g_assert_cmpuint(pair->end[1].heard->len, ==, 1);
    pair_give(pair, 1, &pair->end[0].addr, copy->data, copy->len); /* a replay */
    g_assert_cmpuint(pair->end[1].heard->len, ==, 1);
    g_assert_cmpuint(pair->shard.counter[RELO_COUNT_drop_bad_record] +
                         pair->shard.counter[RELO_COUNT_drop_unknown_address],
                     ==, 9);
    g_byte_array_free(copy, TRUE);
    pair_free(pair);
}

static void tampering_detected_at_every_byte(void)
{
    for (guint at = 0; at < 37 + 8 + 24; at++)
        tampered_byte(at);
}

static void quota_per_node(void)
{
    struct pair *pair = pair_new(50 * RELO_MS);
    for (uint32_t i = 0; i < RELO_LINKS_MAX; i++) {
        struct relo_addr a = relo_addr_v4(0x0c000000u + i, 6084);
        g_assert_true(relo_links_connect(&pair->end[0].links, NULL, &a, true) != 0);
    }
    struct relo_addr a = relo_addr_v4(0x0d000000u, 6084);
    g_assert_cmpuint(relo_links_connect(&pair->end[0].links, NULL, &a, true), ==, 0);
    g_assert_cmpuint(pair->shard.counter[RELO_COUNT_drop_quota], ==, 1);
    pair->end[0].env.now = 16 * RELO_S;
    relo_links_wake(&pair->end[0].links);
    pair_settle(pair, 0);
    g_assert_cmpuint(pair->end[0].links.count, ==, 0);
    g_assert_cmpuint(pair->shard.slab[RELO_SLAB_LINK].live, ==, 0);
    pair_free(pair);
}

static void connecting_twice_gives_one_link(void)
{
    struct pair *pair = pair_new(50 * RELO_MS);
    struct relo_links *links = &pair->end[0].links;
    const struct relo_id *peer = &pair->end[1].identity.node_id;
    relo_handle h = relo_links_connect(links, peer, &pair->end[1].addr, false);
    g_assert_cmpuint(relo_links_connect(links, peer, &pair->end[1].addr, false), ==, h);
    pair_settle(pair, 0);
    pair_run(pair, RELO_S);
    g_assert_cmpuint(relo_links_connect(links, peer, &pair->end[1].addr, true), ==, h);
    g_assert_cmpuint(links->count, ==, 1);
    pair_free(pair);
}

/* Both open to each other: one link remains, the same at both ends. */
static void simultaneous_opening_keeps_one(void)
{
    struct pair *pair = pair_new(50 * RELO_MS);
    for (int i = 0; i < 2; i++) {
        relo_links_connect(&pair->end[i].links, &pair->end[1 - i].identity.node_id,
                           &pair->end[1 - i].addr, false);
        pair_settle(pair, i);
    }
    pair_run(pair, 80 * RELO_S);
    for (int i = 0; i < 2; i++)
        g_assert_cmpuint(pair->end[i].links.count, ==, 1);
    relo_handle h = relo_links_find(&pair->end[0].links, pair->end[1].identity.node_id);
    g_assert_true(relo_link_server(relo_link_get(&pair->end[0].links, h))); /* 1 is greater */
    assert_talk(pair);
    pair_free(pair);
}

/* A peer that crashed comes back at its old address: its new link replaces the stale one. */
static void returning_peer_replaces_link(void)
{
    struct pair *pair = pair_new(50 * RELO_MS);
    open_both(pair);
    pair_run(pair, 100 * RELO_S);
    relo_links_fini(&pair->end[0].links);
    relo_links_init(&pair->end[0].links, &pair->end[0].env);
    relo_links_set_local(&pair->end[0].links, &pair->end[0].addr, 1);
    pair->end[0].env.prng.key = 5555; /* another incarnation */
    relo_links_connect(&pair->end[0].links, NULL, &pair->end[1].addr, false);
    pair_settle(pair, 0);
    pair_run(pair, 110 * RELO_S);
    g_assert_cmpuint(pair_count(pair, 1, RELO_LINK_EVENT_UP), ==, 2);
    g_assert_cmpuint(pair_count(pair, 1, RELO_LINK_EVENT_DOWN), ==, 1);
    g_assert_cmpuint(pair->end[1].links.count, ==, 1);
    assert_talk(pair);
    pair_free(pair);
}

static uint64_t trace(relo_time latency)
{
    struct pair *pair = pair_new(latency);
    uint64_t h = 1;
    pair->lost = lose_number;
    pair->lose_number = 3;
    open_both(pair);
    for (int i = 0; i < 200; i++) {
        pair_run(pair, i * 20 * RELO_MS);
        h = relo_hash(pair->last->data, pair->last->len, h ^ (uint64_t)pair->now);
    }
    assert_talk(pair);
    h = relo_hash(pair->last->data, pair->last->len, h);
    pair_free(pair);
    return h;
}

static void same_seed_same_bytes(void)
{
    g_assert_cmphex(trace(50 * RELO_MS), ==, trace(50 * RELO_MS));
    g_assert_cmphex(trace(50 * RELO_MS), !=, trace(60 * RELO_MS));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link/handshake/six_flights_of_real_size", six_flights);
    g_test_add_func("/link/handshake/completes_without_kth_datagram",
                    completes_without_kth_datagram);
    g_test_add_func("/link/handshake/gives_up", gives_up);
    g_test_add_func("/link/handshake/wrong_node_id_fails", wrong_node_id_fails);
    g_test_add_func("/link/handshake/certificate_with_several_node_ids",
                    certificate_with_several_node_ids);
    g_test_add_func("/link/handshake/bad_node_gets_no_link", bad_node_gets_no_link);
    g_test_add_func("/link/handshake/expired_certificate_fails", expired_certificate_fails);
    g_test_add_func("/link/handshake/unknown_client_accepted_after_cookie",
                    unknown_client_accepted_after_cookie);
    g_test_add_func("/link/handshake/cookie_of_another_address_refused",
                    cookie_of_another_address_refused);
    g_test_add_func("/link/handshake/garbled_ignored", garbled_handshake_ignored);
    g_test_add_func("/link/record/tampering_detected_at_every_byte",
                    tampering_detected_at_every_byte);
    g_test_add_func("/link/quota_per_node", quota_per_node);
    g_test_add_func("/link/connecting_twice_gives_one_link", connecting_twice_gives_one_link);
    g_test_add_func("/link/simultaneous_opening_keeps_one", simultaneous_opening_keeps_one);
    g_test_add_func("/link/returning_peer_replaces_link", returning_peer_replaces_link);
    g_test_add_func("/link/same_seed_same_bytes", same_seed_same_bytes);
    return g_test_run();
}
