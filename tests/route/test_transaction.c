/* SPDX-License-Identifier: BSD-2-Clause */
/* End-to-end retransmission and the acceptance of answers: RFC 6940 sections 6.2.1 and 6.3.4. */
#include "support_route.h"

static const struct relo_view nothing = {NULL, 0};

struct pair {
    struct bench *bench;
    struct bench_node *a, *b;
    relo_time start;
};

/* A asks B, who is responsible for (100, 200]. */
static struct pair pair_new(void)
{
    struct pair p = {.bench = bench_new()};
    p.a = bench_add(p.bench, 100);
    p.b = bench_add(p.bench, 200);
    p.a->topology.next[0] = bench_wire(p.a, p.b);
    p.b->topology.from = bench_id(100);
    p.start = p.bench->now;
    return p;
}

static void lose(struct pair *p, struct bench_node *node)
{
    struct bench_message m;
    g_assert_true(bench_take(node, &m));
    bench_drop(p->bench, &m);
}

/* 6940-6.2.1-8 6940-6.2.1-9 6940-6.2.1-11:
   sent at 0, 3, 6, 9, 12 s with one id; given up at 15 s */
static void five_transmissions_three_seconds_apart(void)
{
    struct pair p = pair_new();
    uint64_t id = relo_route_transaction_id(&p.a->route, bench_ping(p.a, 150, true));
    for (int i = 0; i < 5; i++) {
        struct bench_message m;
        g_assert_true(bench_take(p.a, &m));
        g_assert_true(m.header.transaction_id == id);
        bench_drop(p.bench, &m);
        g_assert_cmpint(relo_route_deadline(&p.a->route), ==, p.start + (i + 1) * 3 * RELO_S);
        bench_time(p.bench, p.start + (i + 1) * 3 * RELO_S - 1);
        g_assert_cmpuint(p.a->sent_count, ==, 0);
        bench_time(p.bench, p.start + (i + 1) * 3 * RELO_S);
    }
    g_assert_cmpuint(p.a->sent_count, ==, 0);
    g_assert_cmpuint(p.a->done_count, ==, 1);
    g_assert_cmpint(p.a->done.status, ==, RELO_TIMEOUT);
    g_assert_cmpuint(p.a->done.transmissions, ==, 5);
    g_assert_cmpuint(p.a->done.context, ==, 42);
    g_assert_true(p.a->done.transaction_id == id);
    g_assert_cmpint(relo_route_deadline(&p.a->route), ==, RELO_NEVER);
    bench_free(p.bench);
}

/* The body made once is sent again; only the header is written anew. */
static void copies_share_one_body(void)
{
    struct pair p = pair_new();
    struct bench_message first, second;
    bench_ping(p.a, 150, true);
    bench_take(p.a, &first);
    bench_time(p.bench, p.start + 3 * RELO_S);
    bench_take(p.a, &second);
    g_assert_true(first.body.body == second.body.body);
    bench_assert_bytes((struct relo_view){first.bytes, first.n}, second.bytes, second.n);
    bench_drop(p.bench, &first);
    bench_drop(p.bench, &second);
    bench_free(p.bench);
}

static void timer_starts_when_the_message_leaves(void)
{
    struct pair p = pair_new();
    bench_ping(p.a, 150, true);
    bench_time(p.bench, p.start + 5 * RELO_S); /* it waits in the link's queue all that time */
    g_assert_cmpuint(p.a->sent_count, ==, 1);
    lose(&p, p.a); /* and leaves now */
    g_assert_cmpint(relo_route_deadline(&p.a->route), ==, p.start + 8 * RELO_S);
    bench_free(p.bench);
}

static void no_copy_is_queued_behind_one_that_waits(void)
{
    struct pair p = pair_new();
    bench_ping(p.a, 150, true);
    lose(&p, p.a);
    p.a->waiting = true;
    bench_time(p.bench, p.start + 3 * RELO_S);
    g_assert_cmpuint(p.a->sent_count, ==, 0);
    p.a->waiting = false;
    bench_time(p.bench, p.start + 6 * RELO_S);
    g_assert_cmpuint(p.a->sent_count, ==, 1);
    bench_free(p.bench);
}

/* A process was stopped while a Store was under way: the lifetimes in it were right before. Storage
   is told that it has failed, and writes another one; other requests are sent again. Seed 110332 of
   the swarm. */
static void store_from_before_a_standstill_is_not_sent(void)
{
    for (int i = 0; i < 4; i++) {
        bool old = i != 1, storage = i != 2, waiting = i == 3;
        struct pair p = pair_new();
        relo_handle h = bench_ping(p.a, 150, true);
        if (storage)
            relo_transaction_at(&p.a->route, h)->owner = RELO_OWNER_STORAGE;
        lose(&p, p.a);
        p.a->waiting = waiting; /* a copy waits in the queue of a link */
        bench_time(p.bench, p.start + 18 * RELO_S - !old);
        g_assert_cmpuint(p.a->sent_count, ==, !(old && storage));
        g_assert_cmpuint(p.a->done_count, ==, old && storage);
        if (old && storage)
            g_assert_cmpint(p.a->done.status, ==, RELO_TIMEOUT);
        bench_free(p.bench);
    }
}

/* A copy's lifetime was right when its Store was written (7.4.1.1). Where each transmission waits
   in a full queue, the last one went out minutes later. Seed 121151 of the swarm. */
static void store_written_a_minute_ago_is_not_sent_again(void)
{
    for (int i = 0; i < 3; i++) {
        bool old = i != 1, storage = i != 2;
        struct pair p = pair_new();
        relo_handle h = bench_ping(p.a, 150, true);
        if (storage)
            relo_transaction_at(&p.a->route, h)->owner = RELO_OWNER_STORAGE;
        lose(&p, p.a);
        p.a->waiting = true;
        for (int s = 3; s < (old ? 60 : 57); s += 3)
            bench_time(p.bench, p.start + s * RELO_S);
        g_assert_cmpuint(p.a->sent_count + p.a->done_count, ==, 0);
        p.a->waiting = false;
        bench_time(p.bench, p.start + (old ? 60 : 57) * RELO_S);
        g_assert_cmpuint(p.a->sent_count, ==, !(old && storage));
        g_assert_cmpuint(p.a->done_count, ==, old && storage);
        if (old && storage)
            g_assert_cmpint(p.a->done.status, ==, RELO_TIMEOUT);
        bench_free(p.bench);
    }
}

/* Once what a request says is over it fails: it is not sent again, nor waited for in a queue. Links
   are told, too. Seed 1795770874 of the swarm. */
static void what_is_not_true_any_more_fails(void)
{
    for (int waiting = 0; waiting < 2; waiting++) {
        struct pair p = pair_new();
        struct bench_message m;
        struct relo_request request = {.target = {.id = bench_id(150), .resource = true},
                                       .code = RELO_CODE_PING_REQ,
                                       .body = {(const uint8_t *)"\0\0", 2},
                                       .until = p.start + 6 * RELO_S};
        g_assert_cmpuint(relo_route_request(&p.a->route, &request), !=, 0);
        for (int i = 0; i < 2; i++) {
            g_assert_true(bench_take(p.a, &m));
            g_assert_cmpint(m.until, ==, request.until);
            bench_drop(p.bench, &m);
            bench_time(p.bench, p.start + (i + 1) * 3 * RELO_S - 1);
            g_assert_cmpuint(p.a->done_count, ==, 0);
            p.a->waiting = waiting && i > 0;
            bench_time(p.bench, p.start + (i + 1) * 3 * RELO_S);
        }
        g_assert_cmpuint(p.a->sent_count, ==, 0);
        g_assert_cmpuint(p.a->done_count, ==, 1);
        g_assert_cmpint(p.a->done.status, ==, RELO_CANCELLED);
        bench_free(p.bench);
    }
}

/* 6940-6.3-1 6940-6.3.4-10 6940-13.2-2 */
static void answer_after_a_loss_counts_its_transmissions(void)
{
    struct pair p = pair_new();
    bench_ping(p.a, 150, true);
    lose(&p, p.a);
    bench_time(p.bench, p.start + 3 * RELO_S);
    bench_run(p.bench);
    g_assert_cmpuint(p.a->answers, ==, 1);
    g_assert_cmpuint(p.a->last.transmissions, ==, 2);
    bench_free(p.bench);
}

static void request_without_a_route_is_tried_again(void)
{
    struct pair p = pair_new();
    relo_handle link = p.a->topology.next[0];
    p.a->topology.next[0] = 0;
    g_assert_cmpuint(bench_ping(p.a, 150, true), !=, 0);
    g_assert_cmpuint(bench_count(p.bench, RELO_COUNT_drop_no_route), ==, 1);
    p.a->topology.next[0] = link;
    bench_time(p.bench, p.start + 3 * RELO_S);
    bench_run(p.bench);
    g_assert_cmpuint(p.a->answers, ==, 1);
    bench_free(p.bench);
}

static void full_queue_is_a_loss(void)
{
    struct pair p = pair_new();
    p.a->queue_full = true;
    bench_ping(p.a, 150, true);
    p.a->queue_full = false;
    g_assert_cmpint(relo_route_deadline(&p.a->route), ==, p.start + 3 * RELO_S);
    bench_time(p.bench, p.start + 3 * RELO_S);
    bench_run(p.bench);
    g_assert_cmpuint(p.a->answers, ==, 1);
    bench_free(p.bench);
}

static void quota_refuses_the_next_request(void)
{
    struct pair p = pair_new();
    p.a->queue_full = true;
    for (int i = 0; i < RELO_TRANSACTIONS_MAX; i++)
        g_assert_cmpuint(bench_ping(p.a, 150, true), !=, 0);
    g_assert_cmpuint(bench_ping(p.a, 150, true), ==, 0);
    g_assert_cmpuint(bench_count(p.bench, RELO_COUNT_drop_quota), ==, 1);
    bench_free(p.bench);
}

static void cancelled_request_is_silent(void)
{
    struct pair p = pair_new();
    relo_handle h = bench_ping(p.a, 150, true);
    relo_route_cancel(&p.a->route, h);
    relo_route_cancel(&p.a->route, 0);
    bench_run(p.bench); /* the answer finds no transaction */
    bench_time(p.bench, p.start + 60 * RELO_S);
    g_assert_cmpuint(p.a->answers + p.a->done_count, ==, 0);
    g_assert_cmpuint(bench_count(p.bench, RELO_COUNT_drop_no_transaction), ==, 1);
    bench_free(p.bench);
}

/* What it says has changed. An answer to what is on its way already is an answer still; without one
   it ends at its timer, so that its owner need not look for it. */
static void abandoned_request_is_not_sent_again(void)
{
    for (int i = 0; i < 3; i++) {
        bool other = i == 1, answered = i == 2;
        struct pair p = pair_new();
        bench_ping(p.a, 150, true);
        if (!answered)
            lose(&p, p.a);
        relo_route_abandon(&p.a->route, other ? RELO_CODE_UPDATE_REQ : RELO_CODE_PING_REQ);
        bench_run(p.bench);
        bench_time(p.bench, p.start + 3 * RELO_S);
        g_assert_cmpuint(p.a->sent_count, ==, other);
        g_assert_cmpuint(p.a->answers, ==, answered);
        g_assert_cmpuint(p.a->done_count, ==, !other && !answered);
        if (p.a->done_count > 0)
            g_assert_cmpint(p.a->done.status, ==, RELO_CANCELLED);
        bench_free(p.bench);
    }
}

static void request_above_max_message_size_is_refused(void)
{
    struct pair p = pair_new();
    uint8_t big[5000] = {0};
    struct relo_request request = {
        .target = {.id = bench_id(150), .resource = true},
        .code = RELO_CODE_STORE_REQ,
        .body = {big, 3000},
    };
    g_assert_cmpuint(relo_route_request(&p.a->route, &request), !=, 0);
    request.body.n = sizeof big;
    g_assert_cmpuint(relo_route_request(&p.a->route, &request), ==, 0);
    g_assert_cmpuint(p.a->route.transaction_count, ==, 1);
    bench_free(p.bench);
}

/* Gives A an answer to its last request, signed by `signer`. */
static void answer_from(struct pair *p, struct bench_node *signer, uint64_t id, uint16_t code,
                        struct relo_view body)
{
    const uint64_t self[] = {100};
    struct relo_header h = bench_header(p->a, bench_node_list(self, 1));
    h.transaction_id = id;
    bench_inject(p->bench, p->a, bench_link_to(p->a, p->b), &h,
                 bench_compose(signer, id, code, body, nothing));
}

/* 6940-6.3.4-13 6940-6.3.4-14 6940-6.4.2.1-7 6940-6.4.2.1-8 */
static void answer_of_another_node_is_not_accepted(void)
{
    struct pair p = pair_new();
    struct bench_node *stranger = bench_add(p.bench, 300);
    uint64_t id = relo_route_transaction_id(&p.a->route, bench_ping(p.a, 200, false));
    const uint8_t body[16] = {0};
    struct relo_view pong = {body, sizeof body};
    answer_from(&p, stranger, id, RELO_CODE_PING_ANS, pong);
    g_assert_cmpuint(bench_count(p.bench, RELO_COUNT_drop_wrong_responder), ==, 1);
    g_assert_cmpuint(p.a->answers, ==, 0);
    answer_from(&p, p.b, id, RELO_CODE_PING_ANS, pong); /* the transaction has gone on */
    g_assert_cmpuint(p.a->answers, ==, 1);
    answer_from(&p, p.b, id, RELO_CODE_PING_ANS, pong); /* and a second answer finds none */
    g_assert_cmpuint(p.a->answers, ==, 1);
    g_assert_cmpuint(bench_count(p.bench, RELO_COUNT_drop_no_transaction), ==, 1);
    bench_free(p.bench);
}

/* 6940-6.3.4-15 */
static void implausible_answer_for_a_resource_is_not_accepted(void)
{
    struct pair p = pair_new();
    bench_ping(p.a, 150, true);
    p.a->topology.implausible = true;
    bench_run(p.bench);
    g_assert_cmpuint(p.a->answers, ==, 0);
    p.a->topology.implausible = false;
    bench_time(p.bench, p.start + 3 * RELO_S);
    bench_run(p.bench);
    g_assert_cmpuint(p.a->answers, ==, 1);
    bench_free(p.bench);
}

static void answer_with_another_code_is_dropped(void)
{
    struct pair p = pair_new();
    uint64_t id = relo_route_transaction_id(&p.a->route, bench_ping(p.a, 200, false));
    answer_from(&p, p.b, id, RELO_CODE_STORE_ANS, nothing);
    answer_from(&p, p.b, id, RELO_CODE_ERROR, nothing); /* malformed */
    g_assert_cmpuint(p.a->answers, ==, 0);
    g_assert_cmpuint(bench_count(p.bench, RELO_COUNT_drop_bad_contents), ==, 2);
    bench_free(p.bench);
}

/* 6940-6.3.4-12 6940-6.1.1-3 */
static void tampered_message_is_not_processed(void)
{
    struct pair p = pair_new();
    struct bench_message m;
    bench_ping(p.a, 150, true);
    bench_take(p.a, &m);
    m.bytes[m.header_bytes + 7] ^= 1; /* the padding */
    bench_carry(p.bench, p.a, &m, true);
    g_assert_cmpuint(p.b->requests, ==, 0);
    g_assert_cmpuint(bench_count(p.bench, RELO_COUNT_drop_bad_signature), ==, 1);
    bench_free(p.bench);
}

/* 6940-6.3.2-11 6940-6.3.2.2-6: ids do not count up, and nodes do not agree on opaque ids. */
static void numbers_begin_at_random(void)
{
    struct pair p = pair_new();
    uint64_t id[8];
    for (int i = 0; i < 8; i++) {
        id[i] = relo_route_transaction_id(&p.a->route, bench_ping(p.a, 200, false));
        for (int j = 0; j < i; j++)
            g_assert_cmpuint(id[i] >> 32, !=, id[j] >> 32);
    }
    g_assert_cmpuint(p.a->route.opaque_next, !=, p.b->route.opaque_next);
    g_assert_cmpuint(p.a->route.opaque_next, !=, 0);
    bench_free(p.bench);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/route/transaction/five_transmissions_three_seconds_apart",
                    five_transmissions_three_seconds_apart);
    g_test_add_func("/route/transaction/copies_share_one_body", copies_share_one_body);
    g_test_add_func("/route/transaction/timer_starts_when_the_message_leaves",
                    timer_starts_when_the_message_leaves);
    g_test_add_func("/route/transaction/no_copy_is_queued_behind_one_that_waits",
                    no_copy_is_queued_behind_one_that_waits);
    g_test_add_func("/route/transaction/store_from_before_a_standstill_is_not_sent",
                    store_from_before_a_standstill_is_not_sent);
    g_test_add_func("/route/transaction/store_written_a_minute_ago_is_not_sent_again",
                    store_written_a_minute_ago_is_not_sent_again);
    g_test_add_func("/route/transaction/what_is_not_true_any_more_fails",
                    what_is_not_true_any_more_fails);
    g_test_add_func("/route/transaction/answer_after_a_loss_counts_its_transmissions",
                    answer_after_a_loss_counts_its_transmissions);
    g_test_add_func("/route/transaction/request_without_a_route_is_tried_again",
                    request_without_a_route_is_tried_again);
    g_test_add_func("/route/transaction/full_queue_is_a_loss", full_queue_is_a_loss);
    g_test_add_func("/route/transaction/quota_refuses_the_next_request",
                    quota_refuses_the_next_request);
    g_test_add_func("/route/transaction/cancelled_request_is_silent", cancelled_request_is_silent);
    g_test_add_func("/route/transaction/abandoned_request_is_not_sent_again",
                    abandoned_request_is_not_sent_again);
    g_test_add_func("/route/transaction/request_above_max_message_size_is_refused",
                    request_above_max_message_size_is_refused);
    g_test_add_func("/route/transaction/answer_of_another_node_is_not_accepted",
                    answer_of_another_node_is_not_accepted);
    g_test_add_func("/route/transaction/implausible_answer_for_a_resource_is_not_accepted",
                    implausible_answer_for_a_resource_is_not_accepted);
    g_test_add_func("/route/transaction/answer_with_another_code_is_dropped",
                    answer_with_another_code_is_dropped);
    g_test_add_func("/route/transaction/numbers_begin_at_random", numbers_begin_at_random);
    g_test_add_func("/route/transaction/tampered_message_is_not_processed",
                    tampered_message_is_not_processed);
    return g_test_run();
}
