/* SPDX-License-Identifier: BSD-2-Clause */
/* What a link says of a message, and what becomes of it: before an Attach by a certificate with
   several Node-IDs (RFC 6940 section 6.1.2), larger than max-message-size (6.6). */
#include "support_route.h"

#define TXN 0x1234u
static const struct relo_view nothing = {NULL, 0};
static const uint8_t two_zeros[2] = {0, 0};

struct trio {
    struct bench *bench;
    struct bench_node *a, *b, *c;
    relo_handle link; /* of b to a */
};

/* A - B - C; B routes to C. */
static struct trio trio_new(void)
{
    struct trio t = {.bench = bench_new()};
    t.a = bench_add(t.bench, 100);
    t.b = bench_add(t.bench, 200);
    t.c = bench_add(t.bench, 300);
    t.b->topology.from = bench_id(100);
    t.c->topology.from = bench_id(200);
    t.a->topology.next[0] = bench_wire(t.a, t.b);
    t.b->topology.next[0] = bench_wire(t.b, t.c);
    t.link = bench_link_to(t.b, t.a);
    return t;
}

static void request(struct trio *t, uint16_t code, uint64_t resource)
{
    struct relo_request request = {
        .target = {.id = bench_id(resource), .resource = true},
        .code = code,
        .body = {two_zeros, sizeof two_zeros},
        .owner = RELO_OWNER_COMMAND,
    };
    relo_route_request(&t->a->route, &request);
    bench_run(t->bench);
}

/* 6940-6.1.2-9:
   for this node or to be forwarded */
static void several_node_ids_attach_before_they_route(void)
{
    struct trio t = trio_new();
    t.b->link[t.link].unattached = true;
    request(&t, RELO_CODE_STORE_REQ, 250);
    g_assert_cmphex(t.a->answer.error_code, ==, RELO_ERROR_FORBIDDEN);
    request(&t, RELO_CODE_FETCH_REQ, 150);
    g_assert_cmphex(t.a->answer.error_code, ==, RELO_ERROR_FORBIDDEN);
    g_assert_cmpuint(t.b->requests + t.c->requests, ==, 0);
    bench_free(t.bench);
}

/* 6940-6.1.2-9 6940-6.1.2-10:
   a Ping and an Attach go through, and their answers come back */
static void pings_and_attaches_of_several_node_ids_pass(void)
{
    struct trio t = trio_new();
    t.b->link[t.link].unattached = true;
    request(&t, RELO_CODE_PING_REQ, 250);
    g_assert_cmpuint(t.c->requests, ==, 1);
    g_assert_cmphex(t.a->answer.code, ==, RELO_CODE_PING_ANS);
    struct relo_attach_options options = {.target = {.id = bench_id(250), .resource = true},
                                          .owner = RELO_OWNER_COMMAND};
    g_assert_true(relo_attach_start(&t.a->route, &options));
    bench_run(t.bench);
    g_assert_cmphex(t.a->answer.code, ==, RELO_CODE_ATTACH_ANS);
    bench_free(t.bench);
}

/* 6940-6.1.2-9:
   after an Attach to this very node it goes by one Node-ID */
static void an_attach_ends_the_doubt(void)
{
    struct trio t = trio_new();
    t.b->link[t.link].unattached = true;
    struct relo_attach_options options = {.target = {.id = bench_id(150), .resource = true},
                                          .owner = RELO_OWNER_COMMAND};
    g_assert_true(relo_attach_start(&t.a->route, &options));
    bench_run(t.bench);
    request(&t, RELO_CODE_FETCH_REQ, 250);
    g_assert_cmphex(t.a->answer.code, ==, RELO_CODE_FETCH_ANS);
    bench_free(t.bench);
}

/* 6940-6.6-1 */
static void sender_of_too_large_a_message_is_told_before_the_link_closes(void)
{
    struct trio t = trio_new();
    t.b->link[t.link].too_large = true;
    request(&t, RELO_CODE_STORE_REQ, 250);
    g_assert_cmphex(t.a->answer.error_code, ==, RELO_ERROR_MESSAGE_TOO_LARGE);
    g_assert_true(t.b->link[t.link].closed_after);
    g_assert_cmpuint(t.b->requests + t.c->requests, ==, 0);
    g_assert_cmpuint(bench_count(t.bench, RELO_COUNT_drop_too_large), ==, 1);
    bench_free(t.bench);
}

/* 6940-6.6-2 */
static void too_large_a_header_closes_without_an_error(void)
{
    struct trio t = trio_new();
    uint8_t list[120 * 18];
    struct relo_wr w = relo_wr_init(list, sizeof list, 16);
    struct relo_view ping = bench_compose(t.a, TXN, RELO_CODE_PING_REQ,
                                          (struct relo_view){two_zeros, sizeof two_zeros}, nothing);
    t.b->link[t.link].too_large = true;
    t.b->config.max_message_size = 2000; /* which an Error would fit, and the list does not */
    for (uint64_t i = 0; i < 120; i++)
        relo_destination_write_node(&w, bench_id(1000 + i));
    g_assert_false(w.failed);
    struct relo_header h = bench_header(t.b, relo_wr_view(&w));
    bench_inject(t.bench, t.b, t.link, &h, ping);
    g_assert_true(t.b->link[t.link].close_seen);
    g_assert_false(t.b->link[t.link].closed_after);
    g_assert_cmpuint(t.b->sent_count, ==, 0);
    bench_free(t.bench);
}

/* An answer, or what has no readable header, has nobody to be told. */
static void too_large_an_answer_closes_without_an_error(void)
{
    struct trio t = trio_new();
    const uint64_t self[] = {200};
    struct relo_view ans = bench_compose(t.a, TXN, RELO_CODE_PING_ANS,
                                         (struct relo_view){two_zeros, sizeof two_zeros}, nothing);
    t.b->link[t.link].too_large = true;
    struct relo_header h = bench_header(t.b, bench_node_list(self, 1));
    bench_inject(t.bench, t.b, t.link, &h, ans);
    g_assert_true(t.b->link[t.link].close_seen);
    g_assert_false(t.b->link[t.link].closed_after);
    g_assert_cmpuint(t.b->sent_count, ==, 0);
    bench_free(t.bench);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/route/receipt/" #name, name)
    ADD(several_node_ids_attach_before_they_route);
    ADD(pings_and_attaches_of_several_node_ids_pass);
    ADD(an_attach_ends_the_doubt);
    ADD(sender_of_too_large_a_message_is_told_before_the_link_closes);
    ADD(too_large_a_header_closes_without_an_error);
    ADD(too_large_an_answer_closes_without_an_error);
#undef ADD
    return g_test_run();
}
