/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragmentation at any hop and bounded reassembly: RFC 6940 section 6.7. */
#include "support_route.h"

#include <string.h>

static const struct relo_view nothing = {NULL, 0};

struct trio {
    struct bench *bench;
    struct bench_node *a, *b, *c;
};

/* A - B - C; C is responsible for (200, 300]. */
static struct trio trio_new(void)
{
    struct trio t = {.bench = bench_new()};
    t.a = bench_add(t.bench, 100);
    t.b = bench_add(t.bench, 200);
    t.c = bench_add(t.bench, 300);
    t.a->topology.next[0] = bench_wire(t.a, t.b);
    t.b->topology.next[0] = bench_wire(t.b, t.c);
    t.c->topology.from = bench_id(200);
    return t;
}

static void store(struct trio *t, uint32_t bytes)
{
    static uint8_t body[4096];
    for (uint32_t i = 0; i < bytes; i++)
        body[i] = (uint8_t)(i * 7);
    struct relo_request request = {
        .target = {.id = bench_id(250), .resource = true},
        .code = RELO_CODE_STORE_REQ,
        .body = {body, bytes},
        .owner = RELO_OWNER_COMMAND,
        .traffic_class = RELO_CLASS_DATA,
    };
    g_assert_cmpuint(relo_route_request(&t->a->route, &request), !=, 0);
}

/* 6940-6.7-1 6940-6.7-2 6940-6.7-3 6940-6.7-6 */
static void fragments_are_equal_and_leave_room_for_the_via_list(void)
{
    struct trio t = trio_new();
    uint32_t offset = 0, n = 0, least = UINT32_MAX, most = 0;
    store(&t, 3000);
    g_assert_cmpuint(t.a->sent_count, >, 2);
    for (uint32_t i = 0; i < t.a->sent_count; i++) {
        const struct bench_message *m = &t.a->sent[i];
        g_assert_cmpuint(m->n, <=, 1400 - 32);
        g_assert_cmpuint(m->header.length, ==, m->n);
        g_assert_cmpuint(relo_header_offset(&m->header), ==, offset);
        g_assert_cmpint(relo_header_is_last(&m->header), ==, i == t.a->sent_count - 1);
        g_assert_true(m->continues == (i > 0));
        g_assert_cmpuint(m->body.n, >=, 256);
        g_assert_true(m->body.body == t.a->sent[0].body.body);
        offset += m->body.n;
        least = MIN(least, m->body.n);
        most = MAX(most, m->body.n);
        n++;
    }
    g_assert_cmpuint(most - least, <=, 1);
    g_assert_cmpuint(offset, ==, t.a->sent[0].body.body->n);
    g_assert_cmpuint(bench_count(t.bench, RELO_COUNT_fragments_sent), ==, n);
    bench_free(t.bench);
}

static void destination_puts_them_together(void)
{
    struct trio t = trio_new();
    store(&t, 3000);
    bench_run(t.bench);
    g_assert_cmpuint(t.b->requests, ==, 0);
    g_assert_cmpuint(t.c->requests, ==, 1);
    g_assert_cmpuint(t.c->last.body.n, ==, 3000);
    g_assert_cmpint(t.c->last.traffic_class, ==, RELO_CLASS_DATA);
    g_assert_cmpuint(t.a->answers, ==, 1);
    g_assert_cmpuint(t.c->route.reassembly_count, ==, 0);
    bench_free(t.bench);
}

static void next_hop_with_a_smaller_mtu_fragments_again(void)
{
    struct trio t = trio_new();
    t.b->link[t.b->topology.next[0]].message_max = 700;
    store(&t, 3000);
    bench_run(t.bench);
    g_assert_cmpuint(bench_count(t.bench, RELO_COUNT_fragments_sent), >, 8);
    g_assert_cmpuint(t.c->requests, ==, 1);
    g_assert_cmpuint(t.a->answers, ==, 1);
    bench_free(t.bench);
}

/* 6940-6.7-1 */
static void fragments_smaller_than_256_bytes_are_not_made(void)
{
    struct trio t = trio_new();
    t.a->link[t.a->topology.next[0]].message_max = 300;
    store(&t, 1000);
    g_assert_cmpuint(t.a->sent_count, ==, 1); /* IP fragments it */
    g_assert_true(relo_header_is_whole(&t.a->sent[0].header));
    bench_free(t.bench);
}

/* Order and repetition do not matter, nor does it matter from where in memory they come. */
static void order_and_copies_do_not_matter(void)
{
    struct trio t = trio_new();
    struct bench_message m[8];
    store(&t, 3000);
    bench_time(t.bench, t.bench->now);
    uint32_t n = t.a->sent_count;
    for (uint32_t i = 0; i < n; i++)
        bench_take(t.a, &m[i]);
    for (uint32_t i = n; i-- > 0;) {
        struct bench_message copy = m[i];
        copy.bytes = g_memdup2(m[i].bytes, m[i].n);
        relo_body_ref(copy.body.body);
        bench_carry(t.bench, t.a, &m[i], i & 1);
        if (i == 1)
            bench_carry(t.bench, t.a, &copy, true);
        else
            bench_drop(t.bench, &copy);
    }
    bench_run(t.bench);
    g_assert_cmpuint(t.c->requests, ==, 1);
    g_assert_cmpuint(t.a->answers, ==, 1);
    bench_free(t.bench);
}

/* 6940-6.7-4 */
static void incomplete_message_is_dropped_after_fifteen_seconds(void)
{
    struct trio t = trio_new();
    struct bench_message m;
    store(&t, 3000);
    bench_take(t.a, &m);
    bench_drop(t.bench, &m); /* lost */
    bench_run(t.bench);
    g_assert_cmpuint(t.c->route.reassembly_count, ==, 1);
    g_assert_cmpint(relo_route_deadline(&t.c->route), ==, t.bench->now + 15 * RELO_S);
    struct relo_done done;
    t.c->env.now += 15 * RELO_S;
    relo_route_expire(&t.c->route, &done);
    g_assert_cmpuint(t.c->route.reassembly_count, ==, 0);
    g_assert_cmpuint(t.c->route.reassembly_bytes, ==, 0);
    g_assert_cmpuint(bench_count(t.bench, RELO_COUNT_drop_reassembly), ==, 1);
    bench_free(t.bench);
}

static void inject_piece(struct trio *t, uint64_t id, uint32_t fragment, uint32_t n)
{
    static const uint8_t zeros[6000];
    struct relo_header h = bench_header(t->c, bench_resource(250));
    h.transaction_id = id;
    h.fragment = fragment;
    bench_inject(t->bench, t->c, bench_link_to(t->c, t->b), &h, (struct relo_view){zeros, n});
}

/* 6940-6.7-5 */
static void buffers_are_bounded(void)
{
    struct trio t = trio_new();
    for (uint64_t id = 1; id <= 40; id++)
        inject_piece(&t, id, RELO_FRAGMENT_HIGH, 300);
    g_assert_cmpuint(t.c->route.reassembly_count, ==, RELO_ROUTE_BUFFERS_MAX);
    g_assert_cmpuint(bench_count(t.bench, RELO_COUNT_drop_reassembly), ==, 40 - 16);
    bench_free(t.bench);
}

static void inconsistent_fragments_are_dropped(void)
{
    struct trio t = trio_new();
    inject_piece(&t, 1, RELO_FRAGMENT_HIGH | RELO_FRAGMENT_LAST | 600, 300);
    inject_piece(&t, 1, RELO_FRAGMENT_HIGH | RELO_FRAGMENT_LAST | 300, 300); /* another end */
    g_assert_cmpuint(t.c->route.reassembly_count, ==, 0);
    inject_piece(&t, 2, RELO_FRAGMENT_HIGH | 600, 300);
    inject_piece(&t, 2, RELO_FRAGMENT_HIGH | RELO_FRAGMENT_LAST | 300, 300); /* ends before */
    g_assert_cmpuint(t.c->route.reassembly_count, ==, 0);
    inject_piece(&t, 5, RELO_FRAGMENT_HIGH | RELO_FRAGMENT_LAST | 600, 300);
    inject_piece(&t, 5, RELO_FRAGMENT_HIGH | RELO_FRAGMENT_LAST | 900, 300); /* ends after */
    g_assert_cmpuint(t.c->route.reassembly_count, ==, 0);
    inject_piece(&t, 3, RELO_FRAGMENT_HIGH | 4900, 300); /* beyond max-message-size */
    inject_piece(&t, 4, RELO_FRAGMENT_HIGH | 0xffff00, 300);
    g_assert_cmpuint(t.c->route.reassembly_count, ==, 0);
    g_assert_cmpuint(bench_count(t.bench, RELO_COUNT_drop_reassembly), ==, 5);
    g_assert_cmpuint(t.c->requests, ==, 0);
    bench_free(t.bench);
}

/* A request and its answer share the id; both may be in pieces at the same node. */
static void directions_are_kept_apart(void)
{
    struct trio t = trio_new();
    inject_piece(&t, 7, RELO_FRAGMENT_HIGH, 300);
    relo_handle h = bench_ping(t.c, 150, true);
    relo_transaction_at(&t.c->route, h)->id = 7;
    inject_piece(&t, 7, RELO_FRAGMENT_HIGH, 300);
    g_assert_cmpuint(t.c->route.reassembly_count, ==, 2);
    relo_route_cancel(&t.c->route, h); /* nobody waits for the answer */
    g_assert_cmpuint(t.c->route.reassembly_count, ==, 1);
    bench_free(t.bench);
}

/* One answer to a request of C, in three pieces. */
struct in_pieces {
    uint64_t id;
    struct relo_view whole;
};

static struct in_pieces answer_of(struct trio *t, uint64_t id, uint8_t fill, uint32_t bytes)
{
    uint8_t body[3000];
    memset(body, fill, sizeof body);
    return (struct in_pieces){
        id, bench_compose(t->b, id, RELO_CODE_PING_ANS, (struct relo_view){body, bytes}, nothing)};
}

static void inject_third(struct trio *t, const struct in_pieces *message, uint32_t i)
{
    static const uint64_t to_c[] = {300};
    struct relo_header h = bench_header(t->c, bench_node_list(to_c, 1));
    uint32_t n = message->whole.n, from = n * i / 3, to = n * (i + 1) / 3;
    h.transaction_id = message->id;
    h.fragment = RELO_FRAGMENT_HIGH | from | (i == 2 ? RELO_FRAGMENT_LAST : 0);
    bench_inject(t->bench, t->c, bench_link_to(t->c, t->b), &h,
                 (struct relo_view){message->whole.p + from, to - from});
}

/* Answers to the transmissions of one request (6.2.1) are each made and signed anew, A of 900 bytes
   and B of so many. Their pieces come in this order; after which of them the answer is accepted. */
static int accepted_after(uint32_t bytes, const char *order)
{
    struct trio t = trio_new();
    uint64_t id = relo_route_transaction_id(&t.c->route, bench_ping(t.c, 150, true));
    const struct in_pieces answer[] = {answer_of(&t, id, 'A', 900), answer_of(&t, id, 'B', bytes)};
    int n = 0;
    for (; order[2 * n] && t.c->answers == 0; n++)
        inject_third(&t, &answer[order[2 * n] - 'A'], (uint32_t)(order[2 * n + 1] - '1'));
    bool accepted = t.c->answers == 1;
    g_assert_cmpuint(t.c->route.reassembly_count, ==, accepted ? 0 : 1);
    bench_free(t.bench);
    return accepted ? n : 0;
}

static void newer_answer_takes_the_place_of_an_older_one(void)
{
    g_assert_cmpint(accepted_after(900, "A1A2A3"), ==, 3);
    g_assert_cmpint(accepted_after(900, "A1A2B1A3B2B3"), ==, 6); /* B came by a shorter way */
    g_assert_cmpint(accepted_after(900, "A1B1B2B3A2A3"), ==, 4);
    g_assert_cmpint(accepted_after(900, "A2A3B1B2B3"), ==, 5); /* a piece of A was lost */
    g_assert_cmpint(accepted_after(900, "A1A3B1B2B3"), ==, 5);
    g_assert_cmpint(accepted_after(900, "A1A2B1B2B3"), ==, 5);
    g_assert_cmpint(accepted_after(900, "B3B2A2B1A3A1"), ==, 6);
    for (uint32_t bytes = 600; bytes <= 2400; bytes += 300) { /* B has another length */
        g_assert_cmpint(accepted_after(bytes, "A1A2B1A3B2B3"), ==, 6);
        g_assert_cmpint(accepted_after(bytes, "A2A3B1B2B3"), ==, 5);
        g_assert_cmpint(accepted_after(bytes, "A1A3B1B2B3"), ==, 5);
        g_assert_cmpint(accepted_after(bytes, "A1A2B1B2B3"), ==, 5);
    }
}

/* What nobody accepts is not kept for longer than pieces are, nor counted twice. */
static void refused_answer_goes_in_the_end(void)
{
    struct trio t = trio_new();
    struct relo_done done;
    uint64_t id = relo_route_transaction_id(&t.c->route, bench_ping(t.c, 150, true));
    struct in_pieces answer = answer_of(&t, id, 'A', 900);
    t.c->topology.implausible = true;
    for (uint32_t i = 0; i < 3; i++)
        inject_third(&t, &answer, i);
    g_assert_cmpuint(t.c->answers, ==, 0);
    g_assert_cmpuint(bench_count(t.bench, RELO_COUNT_drop_wrong_responder), ==, 1);
    g_assert_cmpuint(t.c->route.reassembly_count, ==, 1);
    t.c->env.now += 15 * RELO_S;
    relo_route_expire(&t.c->route, &done);
    g_assert_cmpuint(t.c->route.reassembly_count, ==, 0);
    g_assert_cmpuint(bench_count(t.bench, RELO_COUNT_drop_reassembly), ==, 0);
    bench_free(t.bench);
}

/* One's own request that has come around is no answer, though its id is that of one. */
static void request_to_oneself_is_taken_once(void)
{
    struct trio t = trio_new();
    uint8_t body[900] = {0};
    uint64_t id = relo_route_transaction_id(&t.c->route, bench_ping(t.c, 150, true));
    struct in_pieces request = {
        id, bench_compose(t.c, id, RELO_CODE_STORE_REQ, (struct relo_view){body, 900}, nothing)};
    for (uint32_t i = 0; i < 3; i++)
        inject_third(&t, &request, i);
    g_assert_cmpuint(t.c->requests, ==, 1);
    g_assert_cmpuint(t.c->route.reassembly_count, ==, 0);
    bench_free(t.bench);
}

static GBytes *unhex(const char *hex)
{
    gsize n = strlen(hex) / 2;
    guint8 *bytes = g_malloc(n);
    for (gsize i = 0; i < n; i++)
        bytes[i] =
            (guint8)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
    return g_bytes_new_take(bytes, n);
}

static GPtrArray *vectors(const char *file, const char *name)
{
    g_autofree char *path = g_build_filename(SOURCE_DIR, "tests", "vectors", file, NULL);
    g_autofree char *text = NULL;
    GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (int i = 0; lines[i]; i++) {
        g_auto(GStrv) words = g_strsplit(g_strstrip(lines[i]), " ", 2);
        if (words[0] && words[1] && (!name || strcmp(words[0], name) == 0))
            g_ptr_array_add(found, unhex(g_strstrip(words[1])));
    }
    return found;
}

static void published_fragments_give_the_published_message(void)
{
    struct trio t = trio_new();
    g_autoptr(GPtrArray) pieces = vectors("fragments.txt", NULL);
    g_autoptr(GPtrArray) whole = vectors("messages.txt", "store_sip_uri");
    g_assert_cmpuint(pieces->len, ==, 3);
    g_assert_cmpuint(whole->len, ==, 1);
    struct relo_body *body = NULL;
    struct relo_header h;
    for (guint i = 0; i < 3; i++) {
        gsize n;
        const uint8_t *p = g_bytes_get_data(pieces->pdata[2 - i], &n);
        struct relo_rd r = relo_rd_init(p, n, 16);
        g_assert_null(body);
        g_assert_cmpint(relo_header_read(&r, &h), ==, RELO_HEADER_OK);
        body = relo_reassembly_add(&t.c->route, &h, relo_rd_rest(&r), RELO_CLASS_DATA);
    }
    g_assert_nonnull(body);
    gsize n;
    const uint8_t *p = g_bytes_get_data(whole->pdata[0], &n);
    struct relo_rd r = relo_rd_init(p, n, 16);
    relo_header_read(&r, &h);
    struct relo_view rest = relo_rd_rest(&r);
    bench_assert_bytes(rest, body->bytes, body->n);
    relo_body_unref(&t.bench->shard.pool, body);
    bench_free(t.bench);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/route/fragment/fragments_are_equal_and_leave_room_for_the_via_list",
                    fragments_are_equal_and_leave_room_for_the_via_list);
    g_test_add_func("/route/fragment/destination_puts_them_together",
                    destination_puts_them_together);
    g_test_add_func("/route/fragment/next_hop_with_a_smaller_mtu_fragments_again",
                    next_hop_with_a_smaller_mtu_fragments_again);
    g_test_add_func("/route/fragment/fragments_smaller_than_256_bytes_are_not_made",
                    fragments_smaller_than_256_bytes_are_not_made);
    g_test_add_func("/route/fragment/order_and_copies_do_not_matter",
                    order_and_copies_do_not_matter);
    g_test_add_func("/route/fragment/incomplete_message_is_dropped_after_fifteen_seconds",
                    incomplete_message_is_dropped_after_fifteen_seconds);
    g_test_add_func("/route/fragment/buffers_are_bounded", buffers_are_bounded);
    g_test_add_func("/route/fragment/inconsistent_fragments_are_dropped",
                    inconsistent_fragments_are_dropped);
    g_test_add_func("/route/fragment/directions_are_kept_apart", directions_are_kept_apart);
    g_test_add_func("/route/fragment/newer_answer_takes_the_place_of_an_older_one",
                    newer_answer_takes_the_place_of_an_older_one);
    g_test_add_func("/route/fragment/refused_answer_goes_in_the_end",
                    refused_answer_goes_in_the_end);
    g_test_add_func("/route/fragment/request_to_oneself_is_taken_once",
                    request_to_oneself_is_taken_once);
    g_test_add_func("/route/fragment/published_fragments_give_the_published_message",
                    published_fragments_give_the_published_message);
    return g_test_run();
}
