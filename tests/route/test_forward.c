/* SPDX-License-Identifier: BSD-2-Clause */
/* Destination lists by case, via lists, clients, ttl: RFC 6940 sections 6.1.1 to
   6.1.3, 6.3.2, 4.2. */
#include "support_route.h"

#include "core/wire/option.h"

#define TXN 0x1234u
static const struct relo_view nothing = {NULL, 0};
static const uint8_t ping_body[2] = {0, 0};

/* A - B - C - D - E in a row, each routing to the next. */
static struct bench *row(struct bench_node *node[5])
{
    struct bench *bench = bench_new();
    for (int i = 0; i < 5; i++) {
        node[i] = bench_add(bench, (uint64_t)(i + 1) * 100);
        node[i]->topology.from = bench_id((uint64_t)i * 100);
        if (i) {
            node[i - 1]->topology.next[0] = bench_wire(node[i - 1], node[i]);
        }
    }
    return bench;
}

static struct relo_view ping_of(struct bench_node *signer)
{
    return bench_compose(signer, TXN, RELO_CODE_PING_REQ,
                         (struct relo_view){ping_body, sizeof ping_body}, nothing);
}

/* 6940-6.2-1 6940-6.1.2-1 6940-6.1.2-2 6940-6.2.1-1 6940-6.2.1-2 6940-6.2.1-5 */
static void request_and_answer_cross_four_links(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    g_assert_cmpuint(bench_ping(n[0], 450, true), !=, 0);
    bench_run(bench);
    g_assert_cmpuint(n[4]->requests, ==, 1);
    g_assert_cmpuint(n[4]->last.hops, ==, 4);
    g_assert_true(n[4]->last.target_resource);
    g_assert_cmpuint(n[0]->answers, ==, 1);
    g_assert_cmpuint(n[0]->last.code, ==, RELO_CODE_PING_ANS);
    g_assert_cmpuint(n[0]->last.context, ==, 42);
    g_assert_true(relo_id_equal(n[0]->last.signer.node_id, bench_id(500)));
    g_assert_cmpuint(bench_count(bench, RELO_COUNT_messages_forwarded), ==, 6);
    g_assert_cmpuint(n[0]->route.transaction_count, ==, 0);
    bench_free(bench);
}

/* 6940-6.1.2-4 6940-6.1.2-5 6940-6.1.2-7 6940-6.2.2-1 6940-6.3.2-5 6940-6.3.2-7 6940-6.3.2-9
   6940-6.3.2-10 6940-6.3.2-13 6940-6.3.2.2-4:
   the example of 6.1.2 */
static void via_list_is_that_of_the_example(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    struct bench_message m;
    bench_ping(n[0], 450, true);
    for (int i = 0; i < 4; i++) {
        static const char *const via[] = {"", "100", "100 200", "100 200 300"};
        g_assert_true(bench_take(n[i], &m));
        g_assert_cmpstr(bench_list(m.header.via), ==, via[i]);
        g_assert_cmpstr(bench_list(m.header.destination), ==, "r450");
        g_assert_cmpint(m.header.ttl, ==, 100 - i);
        g_assert_cmphex(m.header.fragment, ==, 0xc0000000);
        bench_carry(bench, n[i], &m, false);
    }
    for (int i = 4; i > 0; i--) {
        static const char *const list[] = {"", "100", "200 100", "300 200 100", "400 300 200 100"};
        g_assert_true(bench_take(n[i], &m));
        g_assert_cmpstr(bench_list(m.header.destination), ==, list[i]);
        g_assert_cmpstr(bench_list(m.header.via), ==, ""); /* answers need none */
        g_assert_cmpuint(m.header.max_response_length, ==, 0);
        bench_carry(bench, n[i], &m, false);
    }
    g_assert_cmpuint(n[0]->answers, ==, 1);
    bench_free(bench);
}

/* The body made at the origin is the one that leaves each hop: nothing is copied. */
static void body_is_forwarded_by_reference(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    struct bench_message m;
    bench_ping(n[0], 450, true);
    bench_take(n[0], &m);
    struct relo_body *body = m.body.body;
    bench_carry(bench, n[0], &m, false);
    bench_take(n[1], &m);
    g_assert_true(m.body.body == body);
    bench_carry(bench, n[1], &m, true); /* and bytes from a real socket are taken up too */
    g_assert_true(bench_take(n[2], &m));
    g_assert_true(m.body.body != body);
    bench_carry(bench, n[2], &m, false);
    g_assert_true(bench_take(n[3], &m));
    bench_carry(bench, n[3], &m, true);
    g_assert_cmpuint(n[4]->requests, ==, 1);
    bench_free(bench);
}

/* 6940-6.1.1-1 6940-6.1.1-2 */
static void resource_with_entries_behind_it_is_dropped(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    uint8_t bytes[64];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
    relo_destination_write_resource(&w, bench_id(150));
    relo_destination_write_node(&w, bench_id(300));
    struct relo_header h = bench_header(n[1], relo_wr_view(&w));
    bench_inject(bench, n[1], bench_link_to(n[1], n[0]), &h, ping_of(n[0]));
    g_assert_cmpuint(bench_count(bench, RELO_COUNT_drop_resource_not_last), ==, 1);
    g_assert_cmpuint(n[1]->requests, ==, 0);
    g_assert_cmpuint(n[1]->sent_count, ==, 0);
    bench_free(bench);
}

/* 6940-6.1.1-4:
   not the Node-ID of anybody connected, but in my range */
static void node_id_in_my_range_is_dropped_silently(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    const uint64_t list[] = {150};
    struct relo_header h = bench_header(n[1], bench_node_list(list, 1));
    bench_inject(bench, n[1], bench_link_to(n[1], n[0]), &h, ping_of(n[0]));
    g_assert_cmpuint(bench_count(bench, RELO_COUNT_drop_not_responsible), ==, 1);
    g_assert_cmpuint(n[1]->sent_count, ==, 0);
    bench_free(bench);
}

/* 6940-6.1.1-5 6940-6.1.2-3 6940-10.3-1:
   a client in my range, and any other neighbor, gets it directly */
static void connected_node_gets_it_directly(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    struct bench_node *client = bench_add(bench, 150);
    struct bench_message m;
    relo_handle link = bench_wire(n[1], client);
    const uint64_t list[] = {150};
    struct relo_header h = bench_header(n[1], bench_node_list(list, 1));
    client->route.client = true;
    bench_inject(bench, n[1], bench_link_to(n[1], n[0]), &h, ping_of(n[0]));
    g_assert_true(bench_take(n[1], &m));
    g_assert_cmpuint(m.link, ==, link);
    g_assert_cmpuint(n[1]->topology.asked, ==, 0);
    bench_carry(bench, n[1], &m, false);
    g_assert_cmpuint(client->requests, ==, 1);
    bench_free(bench);
}

/* 4.2 */
static void client_forwards_for_nobody(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    n[1]->route.client = true;
    struct relo_header h = bench_header(n[1], bench_resource(450));
    bench_inject(bench, n[1], bench_link_to(n[1], n[0]), &h, ping_of(n[0]));
    g_assert_cmpuint(bench_count(bench, RELO_COUNT_drop_not_peer), ==, 1);
    g_assert_cmpuint(n[1]->sent_count, ==, 0);
    bench_free(bench);
}

/* 6940-6.3.4-14 */
static void wildcard_is_consumed_by_the_next_node(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    struct relo_request request = {
        .target = {.id = {UINT64_MAX, UINT64_MAX}},
        .code = RELO_CODE_PING_REQ,
        .body = {ping_body, sizeof ping_body},
        .owner = RELO_OWNER_COMMAND,
    };
    relo_route_request(&n[0]->route, &request);
    bench_run(bench);
    g_assert_cmpuint(n[1]->requests, ==, 1);
    g_assert_cmpuint(n[2]->requests, ==, 0);
    /* any Node-ID may answer a message to the wildcard */
    g_assert_cmpuint(n[0]->answers, ==, 1);
    bench_free(bench);
}

static void own_entries_of_a_source_route_are_removed(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    struct bench_message m;
    const uint64_t list[] = {200, 300, 450};
    struct relo_header h = bench_header(n[1], bench_node_list(list, 3));
    bench_inject(bench, n[1], bench_link_to(n[1], n[0]), &h, ping_of(n[0]));
    g_assert_true(bench_take(n[1], &m));
    g_assert_cmpstr(bench_list(m.header.destination), ==, "300 450");
    g_assert_cmpstr(bench_list(m.header.via), ==, "100");
    bench_drop(bench, &m);
    bench_free(bench);
}

/* 6940-13.6.5-2 */
static void double_entry_is_refused(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    const uint64_t list[] = {300, 200, 300};
    struct bench_message m;
    struct relo_header h = bench_header(n[1], bench_node_list(list, 3));
    bench_inject(bench, n[1], bench_link_to(n[1], n[0]), &h, ping_of(n[0]));
    g_assert_cmpuint(bench_count(bench, RELO_COUNT_drop_bad_header), ==, 1);
    g_assert_true(bench_take(n[1], &m));
    g_assert_cmphex(m.code, ==, RELO_CODE_ERROR);
    bench_drop(bench, &m);
    /* Answers are not looked into: their list is what requests have left behind. */
    bench_inject(bench, n[1], bench_link_to(n[1], n[0]), &h,
                 bench_compose(n[0], TXN, RELO_CODE_PING_ANS, nothing, nothing));
    g_assert_true(bench_take(n[1], &m));
    g_assert_cmphex(m.code, ==, RELO_CODE_PING_ANS);
    bench_drop(bench, &m);
    bench_free(bench);
}

/* 6940-6.2.1-4 */
static void source_route_is_taken_by_a_request(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    const struct relo_id via[] = {bench_id(200), bench_id(400)};
    struct relo_request request = {
        .target = {.id = bench_id(500), .via = via, .via_count = 2},
        .code = RELO_CODE_PING_REQ,
        .body = {ping_body, sizeof ping_body},
        .owner = RELO_OWNER_COMMAND,
    };
    relo_route_request(&n[0]->route, &request);
    g_assert_cmpstr(bench_list(n[0]->sent[0].header.destination), ==, "200 400 500");
    bench_run(bench);
    g_assert_cmpuint(n[4]->requests, ==, 1);
    g_assert_cmpuint(n[0]->answers, ==, 1);
    bench_free(bench);
}

/* 6940-6.1.3-1 6940-6.1.2-5:
   with a limit of two entries, D keeps the list and E sees one opaque id */
static void long_via_list_is_compressed_and_unpacked(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    struct bench_message m;
    n[3]->config.via_list_max = 2;
    bench_ping(n[0], 450, true);
    for (int i = 0; i < 3; i++) {
        bench_take(n[i], &m);
        bench_carry(bench, n[i], &m, false);
    }
    g_assert_true(bench_take(n[3], &m));
    g_assert_cmpuint(m.header.via.n, ==, 2); /* the 16-bit form */
    g_assert_cmpuint(m.header.via.p[0] & 0x80, ==, 0x80);
    bench_carry(bench, n[3], &m, false);
    g_assert_true(bench_take(n[4], &m));
    g_assert_cmpuint(m.header.destination.n, ==, 18 + 2); /* [D, I] */
    bench_carry(bench, n[4], &m, false);
    g_assert_true(bench_take(n[3], &m));
    g_assert_cmpstr(bench_list(m.header.destination), ==, "300 200 100");
    bench_carry(bench, n[3], &m, false);
    bench_run(bench);
    g_assert_cmpuint(n[0]->answers, ==, 1);
    bench_free(bench);
}

/* 6940-6.1.2-6 6940-6.3.2.2-2 6940-6.3.2.2-5 6940-6.3.2.2-8 6940-6.3.2.2-9:
   the TLV form of two bytes means the same. stale
   ids are dropped */
static void opaque_id_is_understood_in_both_forms_until_it_expires(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    struct bench_message m;
    uint8_t bytes[64], id[2];
    n[1]->config.via_list_max = 1;
    const uint64_t via[] = {700, 100};
    struct relo_header h = bench_header(n[1], bench_resource(450));
    h.via = bench_node_list(via, 1);
    bench_inject(bench, n[1], bench_link_to(n[1], n[0]), &h, ping_of(n[0]));
    g_assert_true(bench_take(n[1], &m));
    memcpy(id, m.header.via.p, 2);
    bench_drop(bench, &m);
    bench_inject(bench, n[1], bench_link_to(n[1], n[0]), &h, ping_of(n[0]));
    g_assert_true(bench_take(n[1], &m)); /* the next one has another id, one further */
    g_assert_cmpuint((m.header.via.p[0] << 8 | m.header.via.p[1]) & 0x7fff, ==,
                     ((id[0] << 8 | id[1]) + 1) & 0x7fff);
    bench_drop(bench, &m);

    struct relo_view answer =
        bench_compose(n[2], TXN, RELO_CODE_PING_ANS, (struct relo_view){bytes, 0}, nothing);
    for (int form = 0; form < 2; form++) {
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
        relo_destination_write_node(&w, bench_id(200));
        if (form == 0)
            relo_wr_bytes(&w, id, 2);
        else
            relo_destination_write_opaque(&w, (struct relo_view){id, 2});
        h = bench_header(n[1], relo_wr_view(&w));
        bench_inject(bench, n[1], bench_link_to(n[1], n[2]), &h, answer);
        g_assert_true(bench_take(n[1], &m));
        g_assert_cmpstr(bench_list(m.header.destination), ==, "100 700");
        bench_drop(bench, &m);
    }
    bench_time(bench, bench->now + 15 * RELO_S);
    bench_inject(bench, n[1], bench_link_to(n[1], n[2]), &h, answer);
    g_assert_cmpuint(n[1]->sent_count, ==, 0);
    g_assert_cmpuint(bench_count(bench, RELO_COUNT_drop_opaque), ==, 1);
    bench_free(bench);
}

static void error_reaches(struct bench *bench, struct bench_node *at, uint16_t error_code)
{
    bench_run(bench);
    g_assert_cmpuint(at->answers, ==, 1);
    g_assert_cmphex(at->last.code, ==, RELO_CODE_ERROR);
    g_assert_cmphex(at->last.error_code, ==, error_code);
}

/* 6940-6.3.2-6 */
static void ttl_zero_goes_no_further(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    struct bench_message m;
    bench_ping(n[0], 450, true);
    bench_take(n[0], &m);
    relo_header_patch_ttl(m.bytes, 1);
    bench_carry(bench, n[0], &m, true);
    bench_take(n[1], &m);
    g_assert_cmpuint(m.header.ttl, ==, 0);
    bench_carry(bench, n[1], &m, false);
    g_assert_cmpuint(bench_count(bench, RELO_COUNT_drop_ttl), ==, 1);
    error_reaches(bench, n[0], RELO_ERROR_TTL_EXCEEDED);
    g_assert_cmpuint(n[3]->requests, ==, 0);
    bench_free(bench);
}

static void ttl_zero_is_enough_for_the_destination(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    struct bench_message m;
    bench_ping(n[0], 250, true);
    bench_take(n[0], &m);
    relo_header_patch_ttl(m.bytes, 1);
    bench_carry(bench, n[0], &m, true);
    bench_run(bench);
    g_assert_cmpuint(n[2]->requests, ==, 1);
    bench_free(bench);
}

/* 6940-6.3.2-8 */
static void ttl_above_the_initial_one_is_refused(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    struct bench_message m;
    bench_ping(n[0], 150, true);
    bench_take(n[0], &m);
    relo_header_patch_ttl(m.bytes, 101);
    bench_carry(bench, n[0], &m, true);
    g_assert_cmpuint(n[1]->requests, ==, 0);
    error_reaches(bench, n[0], RELO_ERROR_TTL_EXCEEDED);
    bench_free(bench);
}

/* 6940-6.3.2-4 6940-6.1-1 6940-6.1-2 */
static void other_version_or_overlay_is_refused(void)
{
    for (int i = 0; i < 2; i++) {
        struct bench_node *n[5];
        struct bench *bench = row(n);
        struct bench_message m;
        bench_ping(n[0], 150, true);
        bench_take(n[0], &m);
        m.bytes[i == 0 ? 10 : 4] ^= 3;
        bench_carry(bench, n[0], &m, true);
        g_assert_cmpuint(n[1]->requests, ==, 0);
        g_assert_cmpuint(
            bench_count(bench, i == 0 ? RELO_COUNT_drop_bad_version : RELO_COUNT_drop_bad_overlay),
            ==, 1);
        error_reaches(bench, n[0], RELO_ERROR_INCOMPATIBLE_WITH_OVERLAY);
        bench_free(bench);
    }
}

/* 6940-6.3.2.3-2 */
static void forward_critical_option_stops_at_the_first_forwarder(void)
{
    for (int i = 0; i < 2; i++) {
        struct bench_node *n[5];
        struct bench *bench = row(n);
        uint8_t bytes[16];
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
        struct relo_option option = {.type = 77,
                                     .flags = i == 0 ? RELO_OPTION_FORWARD_CRITICAL : 0};
        relo_option_write(&w, &option);
        struct relo_request request = {
            .target = {.id = bench_id(250), .resource = true},
            .code = RELO_CODE_PING_REQ,
            .body = {ping_body, sizeof ping_body},
            .options = relo_wr_view(&w),
            .owner = RELO_OWNER_COMMAND,
        };
        relo_route_request(&n[0]->route, &request);
        if (i == 0) {
            error_reaches(bench, n[0], RELO_ERROR_UNSUPPORTED_FORWARDING_OPTION);
        } else {
            bench_run(bench);
            g_assert_cmphex(n[0]->last.code, ==, RELO_CODE_PING_ANS);
        }
        g_assert_cmpuint(n[2]->requests, ==, (uint32_t)i);
        bench_free(bench);
    }
}

static void own_resource_never_touches_a_link(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    bench_ping(n[0], 50, true);
    g_assert_cmpint(relo_route_deadline(&n[0]->route), <=, bench->now);
    bench_pump(bench);
    g_assert_cmpuint(n[0]->sent_count, ==, 0);
    g_assert_cmpuint(n[0]->requests, ==, 1);
    g_assert_cmpuint(n[0]->answers, ==, 1);
    g_assert_cmpuint(n[0]->last.link, ==, 0);
    g_assert_cmpuint(n[0]->route.transaction_count, ==, 0);
    bench_free(bench);
}

static void message_of_a_failed_link_takes_another(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    struct bench_message m;
    struct bench_node *other = bench_add(bench, 350);
    n[1]->topology.next[1] = bench_wire(n[1], other);
    bench_ping(n[0], 450, true);
    bench_take(n[0], &m);
    bench_carry(bench, n[0], &m, false);
    g_assert_true(bench_take(n[1], &m));
    struct relo_link_event event = {
        .type = RELO_LINK_EVENT_UNSENT,
        .link = m.link,
        .message = {.header = {m.bytes, m.header_bytes},
                    .body = m.body,
                    .transaction_id = m.header.transaction_id},
    };
    relo_body_ref(m.body.body);
    relo_route_unsent(&n[1]->route, &event);
    bench_drop(bench, &m);
    g_assert_true(bench_take(n[1], &m));
    g_assert_cmpuint(m.link, ==, n[1]->topology.next[1]);
    g_assert_cmpstr(bench_list(m.header.via), ==, "100");
    g_assert_cmpuint(m.header.ttl, ==, 99);
    bench_drop(bench, &m);
    g_assert_cmpuint(bench_count(bench, RELO_COUNT_messages_rerouted), ==, 1);
    bench_free(bench);
}

/* The peer that failed was the one responsible; by now this node is, and it answers itself. */
static void rerouted_message_may_end_here(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    struct bench_message m;
    bench_ping(n[0], 250, true);
    bench_take(n[0], &m);
    bench_carry(bench, n[0], &m, false);
    g_assert_true(bench_take(n[1], &m));
    n[1]->topology.from = bench_id(205);
    struct relo_link_event event = {
        .link = m.link,
        .message = {.header = {m.bytes, m.header_bytes},
                    .body = m.body,
                    .transaction_id = m.header.transaction_id},
    };
    relo_body_ref(m.body.body);
    relo_route_unsent(&n[1]->route, &event);
    bench_drop(bench, &m);
    bench_run(bench);
    g_assert_cmpuint(n[1]->requests, ==, 1);
    g_assert_cmpuint(n[0]->answers, ==, 1);
    bench_free(bench);
}

static void garbage_is_counted_and_dropped(void)
{
    struct bench_node *n[5];
    struct bench *bench = row(n);
    struct relo_header h = bench_header(n[1], bench_resource(150));
    const uint8_t bad[] = {0, 0x17, 0, 0, 0, 9, 0};
    relo_handle link = bench_link_to(n[1], n[0]);
    bench_inject(bench, n[1], link, &h, (struct relo_view){bad, sizeof bad});
    g_assert_cmpuint(bench_count(bench, RELO_COUNT_drop_bad_contents), ==, 1);
    h.destination.n = 0;
    bench_inject(bench, n[1], link, &h, (struct relo_view){bad, sizeof bad});
    g_assert_cmpuint(bench_count(bench, RELO_COUNT_drop_bad_header), ==, 1);
    struct relo_incoming incoming = {
        .link = link, .from = bench_id(100), .head = {bad, sizeof bad}};
    struct relo_inbound in;
    g_assert_cmpint(relo_route_receive(&n[1]->route, &incoming, &in), ==, RELO_VERDICT_DONE);
    g_assert_cmpuint(bench_count(bench, RELO_COUNT_drop_bad_header), ==, 2);
    g_assert_cmpuint(n[1]->sent_count, ==, 0);
    bench_free(bench);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/route/forward/request_and_answer_cross_four_links",
                    request_and_answer_cross_four_links);
    g_test_add_func("/route/forward/via_list_is_that_of_the_example",
                    via_list_is_that_of_the_example);
    g_test_add_func("/route/forward/body_is_forwarded_by_reference",
                    body_is_forwarded_by_reference);
    g_test_add_func("/route/forward/resource_with_entries_behind_it_is_dropped",
                    resource_with_entries_behind_it_is_dropped);
    g_test_add_func("/route/forward/node_id_in_my_range_is_dropped_silently",
                    node_id_in_my_range_is_dropped_silently);
    g_test_add_func("/route/forward/connected_node_gets_it_directly",
                    connected_node_gets_it_directly);
    g_test_add_func("/route/forward/client_forwards_for_nobody", client_forwards_for_nobody);
    g_test_add_func("/route/forward/wildcard_is_consumed_by_the_next_node",
                    wildcard_is_consumed_by_the_next_node);
    g_test_add_func("/route/forward/own_entries_of_a_source_route_are_removed",
                    own_entries_of_a_source_route_are_removed);
    g_test_add_func("/route/forward/double_entry_is_refused", double_entry_is_refused);
    g_test_add_func("/route/forward/source_route_is_taken_by_a_request",
                    source_route_is_taken_by_a_request);
    g_test_add_func("/route/forward/long_via_list_is_compressed_and_unpacked",
                    long_via_list_is_compressed_and_unpacked);
    g_test_add_func("/route/forward/opaque_id_is_understood_in_both_forms_until_it_expires",
                    opaque_id_is_understood_in_both_forms_until_it_expires);
    g_test_add_func("/route/forward/ttl_zero_goes_no_further", ttl_zero_goes_no_further);
    g_test_add_func("/route/forward/ttl_zero_is_enough_for_the_destination",
                    ttl_zero_is_enough_for_the_destination);
    g_test_add_func("/route/forward/ttl_above_the_initial_one_is_refused",
                    ttl_above_the_initial_one_is_refused);
    g_test_add_func("/route/forward/other_version_or_overlay_is_refused",
                    other_version_or_overlay_is_refused);
    g_test_add_func("/route/forward/forward_critical_option_stops_at_the_first_forwarder",
                    forward_critical_option_stops_at_the_first_forwarder);
    g_test_add_func("/route/forward/own_resource_never_touches_a_link",
                    own_resource_never_touches_a_link);
    g_test_add_func("/route/forward/message_of_a_failed_link_takes_another",
                    message_of_a_failed_link_takes_another);
    g_test_add_func("/route/forward/rerouted_message_may_end_here", rerouted_message_may_end_here);
    g_test_add_func("/route/forward/garbage_is_counted_and_dropped",
                    garbage_is_counted_and_dropped);
    return g_test_run();
}
