/* SPDX-License-Identifier: BSD-2-Clause */
/* Attach, its glare rule, and AppAttach, under No-ICE: RFC 6940 sections 6.5.1 and 6.5.2. */
#include "support_route.h"

#include "core/ice/candidate.h"
#include "core/route/internal.h"
#include "core/wire/attach.h"

static const struct relo_view nothing = {NULL, 0};

struct trio {
    struct bench *bench;
    struct bench_node *a, *b, *c;
};

/* A - B - C; A and C are not connected. C is responsible for (200, 300], A for (300, 100]. */
static struct trio trio_new(void)
{
    struct trio t = {.bench = bench_new()};
    t.a = bench_add(t.bench, 100);
    t.b = bench_add(t.bench, 200);
    t.c = bench_add(t.bench, 300);
    t.a->topology.next[0] = bench_wire(t.a, t.b);
    t.b->topology.next[0] = bench_wire(t.b, t.c);
    t.c->topology.next[0] = bench_link_to(t.c, t.b);
    t.c->topology.from = bench_id(200);
    t.a->topology.from = bench_id(300);
    return t;
}

static struct relo_attach_options to(uint64_t id, bool resource)
{
    return (struct relo_attach_options){
        .target = {.id = bench_id(id), .resource = resource},
        .owner = RELO_OWNER_TOPOLOGY,
        .context = id,
    };
}

static bool start(struct bench_node *node, struct relo_attach_options options)
{
    return relo_attach_start(&node->route, &options);
}

static void move(struct trio *t, struct bench_node *node, int n)
{
    struct bench_message m;
    while (n-- > 0) {
        g_assert_true(bench_take(node, &m));
        bench_carry(t->bench, node, &m, false);
    }
}

static void expect_link(const struct bench_node *node, uint64_t peer, bool initiated)
{
    g_assert_cmpuint(node->attached_count, ==, 1);
    g_assert_cmpint(node->attached.status, ==, RELO_OK);
    g_assert_cmpint(node->attached.initiated, ==, initiated);
    g_assert_true(relo_id_equal(node->attached.peer, bench_id(peer)));
    g_assert_true(relo_link_is_up(&node->links, node->attached.link));
    g_assert_cmpuint(node->route.attach_count, ==, 0);
}

/* 6940-6.5.1.13-1 6940-6.5.1.13-2 6940-6.5.1.2-1 6940-6.5.1.2-2:
   the sender of the request is the server. */
static void attach_by_node_id_opens_a_link(void)
{
    struct trio t = trio_new();
    struct relo_attach_options options = to(300, false);
    options.send_update = true;
    g_assert_true(start(t.a, options));
    bench_run(t.bench);
    g_assert_cmpuint(t.a->attached_count, ==, 0);
    g_assert_true(t.a->link[2].used && t.a->link[2].server);
    g_assert_true(relo_addr_equal(&t.a->link[2].remote, &t.c->addr));
    g_assert_true(t.c->link[2].used && !t.c->link[2].server);
    g_assert_true(relo_addr_equal(&t.c->link[2].remote, &t.a->addr));
    bench_shake(t.bench);
    expect_link(t.a, 300, true);
    expect_link(t.c, 100, false);
    g_assert_true(t.c->attached.send_update);
    g_assert_cmpuint(t.a->attached.context, ==, 300);
    bench_free(t.bench);
}

/* 6940-6.5.1.1-1 */
static void roles_and_candidates_are_as_asked(void)
{
    struct trio t = trio_new();
    g_assert_true(start(t.a, to(300, false)));
    for (int i = 0; i < 2; i++) {
        const struct bench_message *m = i == 0 ? &t.a->sent[0] : &t.c->sent[0];
        struct relo_rd r = relo_rd_init(m->bytes + m->header_bytes, m->body.n, 16);
        struct relo_contents contents;
        struct relo_attach attach;
        struct relo_candidate candidate;
        g_assert_true(relo_contents_read(&r, &contents));
        g_assert_cmphex(contents.code, ==, i == 0 ? RELO_CODE_ATTACH_REQ : RELO_CODE_ATTACH_ANS);
        r = relo_rd_init(contents.body.p, contents.body.n, 16);
        g_assert_true(relo_attach_read(&r, &attach));
        if (i == 0)
            bench_assert_bytes(attach.role, "passive", 7);
        else
            bench_assert_bytes(attach.role, "active", 6);
        g_assert_cmpuint(attach.ufrag.n, >=, 4);
        g_assert_cmpuint(attach.password.n, >=, 22);
        r = relo_rd_init(attach.candidates.p, attach.candidates.n, 16);
        g_assert_true(relo_candidate_next(&r, &candidate));
        g_assert_cmpuint(candidate.overlay_link, ==, RELO_LINK_DTLS_UDP_SR_NO_ICE);
        g_assert_cmpuint(candidate.type, ==, RELO_CANDIDATE_HOST);
        g_assert_false(relo_candidate_next(&r, &candidate));
        if (i == 0) {
            move(&t, t.a, 1);
            move(&t, t.b, 1);
        }
    }
    bench_free(t.bench);
}

static void attach_by_resource_finds_the_responsible_peer(void)
{
    struct trio t = trio_new();
    g_assert_true(start(t.a, to(250, true)));
    bench_run(t.bench);
    bench_shake(t.bench);
    expect_link(t.a, 300, true);
    g_assert_true(t.a->attached.asked_resource);
    expect_link(t.c, 100, false);
    bench_free(t.bench);
}

/* 6940-10.6-1 6940-6.2.1-1 */
static void source_route_goes_through_the_link_that_told(void)
{
    struct trio t = trio_new();
    struct relo_attach_options options = to(300, false);
    options.through = bench_link_to(t.a, t.b);
    g_assert_true(start(t.a, options));
    g_assert_cmpstr(bench_list(t.a->sent[0].header.destination), ==, "200 300");
    bench_run(t.bench);
    bench_shake(t.bench);
    expect_link(t.a, 300, true);
    bench_free(t.bench);
}

static void connected_node_needs_no_message(void)
{
    struct trio t = trio_new();
    g_assert_true(start(t.a, to(200, false)));
    g_assert_cmpuint(t.a->sent_count, ==, 0);
    bench_pump(t.bench);
    expect_link(t.a, 200, true);
    bench_free(t.bench);
}

static void attach_that_ends_at_ourselves_fails_without_a_message(void)
{
    struct trio t = trio_new();
    g_assert_true(start(t.a, to(50, true)));
    bench_run(t.bench);
    g_assert_cmpint(t.a->attached.status, ==, RELO_ERROR);
    g_assert_cmphex(t.a->attached.error_code, ==, RELO_ERROR_NOT_FOUND);
    g_assert_cmpuint(bench_count(t.bench, RELO_COUNT_messages_originated), ==, 0);
    bench_free(t.bench);
}

static void second_attach_joins_the_first(void)
{
    struct trio t = trio_new();
    struct relo_attach_options other = to(300, false);
    g_assert_true(start(t.a, to(300, false)));
    g_assert_true(start(t.a, to(300, false))); /* the same: one event */
    other.context = 7;
    g_assert_true(start(t.a, other)); /* another context: an event of its own */
    g_assert_cmpuint(t.a->sent_count, ==, 1);
    bench_run(t.bench);
    bench_shake(t.bench);
    g_assert_cmpuint(t.a->attached_count, ==, 2);
    g_assert_cmpuint(t.a->route.attach_count, ==, 0);
    bench_free(t.bench);
}

static void unanswered_attach_times_out(void)
{
    struct trio t = trio_new();
    struct bench_message m;
    relo_time begin = t.bench->now;
    g_assert_true(start(t.a, to(300, false)));
    for (int i = 1; i <= 5; i++) {
        g_assert_true(bench_take(t.a, &m));
        bench_drop(t.bench, &m);
        bench_time(t.bench, begin + i * 3 * RELO_S);
    }
    g_assert_cmpuint(t.a->attached_count, ==, 1);
    g_assert_cmpint(t.a->attached.status, ==, RELO_TIMEOUT);
    g_assert_cmpuint(t.a->done_count, ==, 0); /* route's own affair */
    bench_free(t.bench);
}

static void failed_handshake_fails_the_attach_of_its_initiator_only(void)
{
    struct trio t = trio_new();
    g_assert_true(start(t.a, to(300, false)));
    bench_run(t.bench);
    struct relo_link_event event = {.type = RELO_LINK_EVENT_FAILED, .link = 2};
    relo_attach_link(&t.a->route, &event);
    relo_attach_link(&t.c->route, &event);
    bench_pump(t.bench);
    g_assert_cmpuint(t.a->attached_count, ==, 1);
    g_assert_cmpint(t.a->attached.status, ==, RELO_TIMEOUT);
    g_assert_cmpuint(t.c->attached_count, ==, 0);
    g_assert_cmpuint(t.c->route.attach_count, ==, 0);
    bench_free(t.bench);
}

/* 6940-6.5.1.2-4 6940-6.5.1.2-5 6940-6.5.1.2-6 6940-6.5.1.2-7:
   both asked, neither has an answer; the smaller gives way */
static void glare_is_decided_by_node_id(void)
{
    struct trio t = trio_new();
    t.b->topology.from = bench_id(100);
    g_assert_true(start(t.a, to(300, false)));
    g_assert_true(start(t.c, to(100, false)));
    bench_run(t.bench);
    g_assert_cmpuint(bench_count(t.bench, RELO_COUNT_attach_glare), ==, 2);
    g_assert_true(t.c->link[2].used && t.c->link[2].server);
    g_assert_true(t.a->link[2].used && !t.a->link[2].server);
    g_assert_false(t.a->link[3].used);
    g_assert_cmpuint(t.a->route.transaction_count, ==, 0);
    bench_shake(t.bench);
    g_assert_true(bench_link_to(t.a, t.c) && bench_link_to(t.c, t.a));
    g_assert_cmpuint(t.a->attached_count, ==, 2); /* its own, and the other's */
    expect_link(t.c, 100, true);
    bench_free(t.bench);
}

/* 6940-6.5.1.2-5: the smaller's request was lost; it would go out again after three seconds. */
static void cancelled_attach_is_not_repeated(void)
{
    struct trio t = trio_new();
    struct bench_message m;
    t.b->topology.from = bench_id(100);
    g_assert_true(start(t.a, to(300, false)));
    g_assert_true(bench_take(t.a, &m));
    bench_drop(t.bench, &m);
    g_assert_true(start(t.c, to(100, false)));
    move(&t, t.c, 1);
    move(&t, t.b, 1); /* C's request is at A */
    g_assert_cmpuint(bench_count(t.bench, RELO_COUNT_attach_glare), ==, 1);
    g_assert_cmpuint(t.a->route.transaction_count, ==, 0);
    bench_run(t.bench);
    bench_time(t.bench, t.bench->now + 3 * RELO_S);
    g_assert_cmpuint(t.a->sent_count, ==, 0);
    bench_free(t.bench);
}

/* 6940-6.5.1.2-3:
   our attach has its answer and the handshake runs */
static void attach_during_the_handshake_gets_in_progress(void)
{
    struct trio t = trio_new();
    g_assert_true(start(t.a, to(300, false)));
    move(&t, t.a, 1);
    move(&t, t.b, 1);
    move(&t, t.c, 1);
    move(&t, t.b, 1); /* A has the answer */
    struct relo_view body = {(const uint8_t *)"", 0};
    uint8_t bytes[256];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16),
                   list = relo_wr_init(bytes + 128, 128, 16);
    relo_candidates_write(&t.c->addr, 1, &list);
    struct relo_attach attach = {
        .ufrag = body, .password = body, .role = body, .candidates = relo_wr_view(&list)};
    relo_attach_write(&w, &attach);
    const uint64_t self[] = {100};
    struct relo_header h = bench_header(t.a, bench_node_list(self, 1));
    bench_inject(
        t.bench, t.a, bench_link_to(t.a, t.b), &h,
        bench_compose(t.c, h.transaction_id, RELO_CODE_ATTACH_REQ, relo_wr_view(&w), nothing));
    g_assert_cmphex(t.a->sent[0].code, ==, RELO_CODE_ERROR);
    g_assert_cmpuint(t.a->route.attach_count, ==, 1);
    bench_free(t.bench);
}

/* Neither can know: both asked a Resource-ID. Only the larger one's link is made. */
static void glare_by_resources_makes_one_link(void)
{
    struct trio t = trio_new();
    g_assert_true(start(t.a, to(250, true)));
    g_assert_true(start(t.c, to(50, true)));
    t.b->topology.next[0] = 0;
    move(&t, t.a, 1);
    move(&t, t.c, 1);
    g_assert_cmpuint(t.b->sent_count, ==, 0); /* B knows no way for either */
    t.b->topology.next[0] = bench_link_to(t.b, t.c);
    bench_time(t.bench, t.bench->now + 3 * RELO_S);
    move(&t, t.a, 1);
    move(&t, t.b, 1); /* A's request is at C */
    t.b->topology.next[0] = bench_link_to(t.b, t.a);
    struct bench_message m;
    g_assert_true(bench_take(t.c, &m)); /* C's own request */
    bench_carry(t.bench, t.c, &m, false);
    move(&t, t.b, 1); /* is at A */
    bench_run(t.bench);
    bench_shake(t.bench);
    int links = 0;
    for (relo_handle l = 1; l < BENCH_LINKS; l++)
        links += t.a->link[l].up && relo_id_equal(t.a->link[l].peer, bench_id(300));
    g_assert_cmpint(links, ==, 1);
    g_assert_true(t.c->link[bench_link_to(t.c, t.a)].server);
    g_assert_cmpuint(t.a->route.attach_count, ==, 0);
    g_assert_cmpuint(t.c->route.attach_count, ==, 0);
    g_assert_cmpint(t.a->attached.status, ==, RELO_OK);
    g_assert_cmpint(t.c->attached.status, ==, RELO_OK);
    bench_free(t.bench);
}

/* They have come back after a crash, and our end of the old link does not know. */
static void stale_link_is_replaced(void)
{
    struct trio t = trio_new();
    relo_handle stale = bench_wire(t.c, t.a);
    relo_handle forgotten = bench_link_to(t.a, t.c);
    t.a->link[forgotten] = (struct bench_link){.used = false};
    g_assert_true(start(t.a, to(250, true)));
    bench_run(t.bench); /* C answers, and pings over the old link: nobody hears it */
    g_assert_true(t.c->link[stale].up);
    g_assert_cmpuint(t.c->attached_count, ==, 0);
    bench_time(t.bench, t.bench->now + 3 * RELO_S);
    g_assert_true(t.c->link[stale].used && !t.c->link[stale].up);
    bench_run(t.bench);
    bench_shake(t.bench);
    expect_link(t.a, 300, true);
    expect_link(t.c, 100, false);
    bench_free(t.bench);
}

static void living_link_is_kept(void)
{
    struct trio t = trio_new();
    relo_handle link = bench_wire(t.c, t.a);
    g_assert_true(start(t.a, to(250, true)));
    bench_run(t.bench);
    expect_link(t.a, 300, true);
    expect_link(t.c, 100, false);
    g_assert_cmpuint(t.c->attached.link, ==, link);
    bench_free(t.bench);
}

static void attach_with(struct bench_node *from, uint8_t first, uint8_t second)
{
    uint8_t bytes[512], candidates[256];
    struct relo_wr list = relo_wr_init(candidates, sizeof candidates, 16);
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
    const uint8_t kinds[] = {first, second};
    for (int i = 0; i < 2; i++) {
        struct relo_candidate c = {.addr_port = relo_address_of(&from->addr),
                                   .overlay_link = kinds[i],
                                   .foundation = {(const uint8_t *)"1", 1},
                                   .type = RELO_CANDIDATE_HOST};
        if (kinds[i])
            relo_candidate_write(&list, &c);
    }
    struct relo_attach attach = {.ufrag = {(const uint8_t *)"abcd", 4},
                                 .password = {(const uint8_t *)"x", 1},
                                 .role = {(const uint8_t *)"passive", 7},
                                 .candidates = relo_wr_view(&list)};
    relo_attach_write(&w, &attach);
    struct relo_request request = {.target = {.id = bench_id(250), .resource = true},
                                   .code = RELO_CODE_ATTACH_REQ,
                                   .body = relo_wr_view(&w),
                                   .owner = RELO_OWNER_COMMAND};
    relo_route_request(&from->route, &request);
}

/* 6940-6.5.1.1-4 6940-6.5.1.5-1 */
static void unusable_candidates_are_refused(void)
{
    static const uint8_t kinds[][2] = {
        {RELO_LINK_DTLS_UDP_SR, RELO_LINK_DTLS_UDP_SR_NO_ICE}, {RELO_LINK_DTLS_UDP_SR, 0}, {0, 0}};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct trio t = trio_new();
        attach_with(t.a, kinds[i][0], kinds[i][1]);
        bench_run(t.bench);
        g_assert_cmphex(t.a->answer.error_code, ==, RELO_ERROR_INVALID_MESSAGE);
        g_assert_false(t.c->link[2].used);
        bench_free(t.bench);
    }
}

/* 6940-6.5.1.1-4 6940-6.5.1.5-1: the same where there is ICE. */
static void ice_takes_no_candidates_of_both_kinds(void)
{
    static const uint8_t other[] = {RELO_LINK_DTLS_UDP_SR, RELO_LINK_DTLS_UDP_SR_NO_ICE};
    struct trio t = trio_new();
    for (uint32_t mixes = 0; mixes < 2; mixes++) {
        uint8_t bytes[256];
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
        struct relo_ice_candidate read[4];
        bool mixed;
        for (uint32_t i = 0; i < 2; i++)
            relo_candidate_write(&w, &(struct relo_candidate){
                                         .addr_port = relo_address_of(&t.a->addr),
                                         .overlay_link = i ? other[mixes] : RELO_LINK_DTLS_UDP_SR,
                                         .foundation = {(const uint8_t *)"1", 1},
                                         .type = RELO_CANDIDATE_HOST});
        g_assert_cmpuint(relo_candidates_read(&t.a->route, relo_wr_view(&w), read, 4, &mixed), ==,
                         mixes ? 0 : 2);
        g_assert_cmpint(mixed, ==, mixes);
    }
    bench_free(t.bench);
}

/* 6940-6.5.2.2-1 6940-6.5.2.2-3: without ICE the addresses exchanged are the flow. */
static void application_is_supported_or_not_found(void)
{
    for (int i = 0; i < 2; i++) {
        struct trio t = trio_new();
        struct relo_application_event mine, theirs;
        const struct relo_target target = {.id = bench_id(250), .resource = true};
        g_assert_true(relo_application_start(&t.a->route, &target, i == 0 ? 5060 : 4711, 3));
        bench_run(t.bench);
        g_assert_true(relo_application_poll(&t.a->route, &mine));
        g_assert_true(mine.initiated);
        g_assert_cmpuint(mine.context, ==, 3);
        g_assert_cmpint(relo_application_poll(&t.c->route, &theirs), ==, i == 0);
        if (i == 0) {
            g_assert_cmpint(mine.status, ==, RELO_OK);
            g_assert_false(mine.active);
            g_assert_true(theirs.active);
            g_assert_cmpuint(theirs.application, ==, 5060);
            g_assert_true(relo_addr_equal(&mine.local, &theirs.remote));
            g_assert_true(relo_addr_equal(&mine.remote, &theirs.local));
            g_assert_cmpuint(mine.local.port, !=, t.a->addr.port);
        } else {
            g_assert_cmpint(mine.status, ==, RELO_ERROR);
            g_assert_cmphex(mine.error_code, ==, RELO_ERROR_NOT_FOUND);
        }
        bench_free(t.bench);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/route/attach/" #name, name)
    ADD(attach_by_node_id_opens_a_link);
    ADD(roles_and_candidates_are_as_asked);
    ADD(attach_by_resource_finds_the_responsible_peer);
    ADD(source_route_goes_through_the_link_that_told);
    ADD(connected_node_needs_no_message);
    ADD(attach_that_ends_at_ourselves_fails_without_a_message);
    ADD(second_attach_joins_the_first);
    ADD(unanswered_attach_times_out);
    ADD(failed_handshake_fails_the_attach_of_its_initiator_only);
    ADD(glare_is_decided_by_node_id);
    ADD(cancelled_attach_is_not_repeated);
    ADD(attach_during_the_handshake_gets_in_progress);
    ADD(glare_by_resources_makes_one_link);
    ADD(stale_link_is_replaced);
    ADD(living_link_is_kept);
    ADD(unusable_candidates_are_refused);
    ADD(ice_takes_no_candidates_of_both_kinds);
    ADD(application_is_supported_or_not_found);
#undef ADD
    return g_test_run();
}
