/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers, the answer cache, Errors, configuration sequence, options, extensions, and the methods
   that route answers itself: RFC 6940 sections 6.2.1, 6.3.2 to 6.3.3, 6.4.2.5, 6.5.3, 6.5.4. */
#include "support_route.h"

#include "core/wire/config_update.h"
#include "core/wire/option.h"
#include "core/wire/ping.h"
#include "core/wire/topology.h"

static const struct relo_view nothing = {NULL, 0};

struct pair {
    struct bench *bench;
    struct bench_node *a, *b;
};

static struct pair pair_new(void)
{
    struct pair p = {.bench = bench_new()};
    p.a = bench_add(p.bench, 100);
    p.b = bench_add(p.bench, 200);
    p.a->topology.next[0] = bench_wire(p.a, p.b);
    p.b->topology.next[0] = bench_link_to(p.b, p.a);
    p.b->topology.from = bench_id(100);
    return p;
}

static struct relo_request request_of(uint16_t code, struct relo_view body)
{
    return (struct relo_request){
        .target = {.id = bench_id(150), .resource = true},
        .code = code,
        .body = body,
        .owner = RELO_OWNER_COMMAND,
    };
}

static void expect_error(struct pair *p, uint16_t error_code)
{
    g_assert_cmpuint(p->a->answers, ==, 1);
    g_assert_cmphex(p->a->answer.code, ==, RELO_CODE_ERROR);
    g_assert_cmphex(p->a->answer.error_code, ==, error_code);
}

/* Sends the same Store twice; returns how often it reached the upper layer. */
static uint32_t store_twice(struct pair *p, relo_time between)
{
    const uint8_t body[] = {9, 9};
    struct relo_request request = request_of(RELO_CODE_STORE_REQ, (struct relo_view){body, 2});
    struct bench_message m;
    relo_route_request(&p->a->route, &request);
    bench_take(p->a, &m);
    bench_carry(p->bench, p->a, &m, false);
    g_assert_true(bench_take(p->b, &m)); /* the answer is lost */
    bench_drop(p->bench, &m);
    bench_time(p->bench, p->bench->now + between);
    g_assert_true(bench_take(p->a, &m));
    bench_carry(p->bench, p->a, &m, false);
    return p->b->requests;
}

/* 6940-6.2.1-12 */
static void second_copy_of_a_store_is_answered_from_the_cache(void)
{
    struct pair p = pair_new();
    g_assert_cmpuint(store_twice(&p, 3 * RELO_S), ==, 1);
    g_assert_cmpuint(bench_count(p.bench, RELO_COUNT_answers_from_cache), ==, 1);
    bench_run(p.bench);
    g_assert_cmpuint(p.a->answers, ==, 1); /* signed anew, and accepted */
    g_assert_cmphex(p.a->last.code, ==, RELO_CODE_STORE_ANS);
    bench_free(p.bench);
}

static void cache_forgets_after_fifteen_seconds(void)
{
    struct pair p = pair_new();
    g_assert_cmpuint(store_twice(&p, 15 * RELO_S), ==, 2);
    bench_free(p.bench);
}

static void errors_are_cached_too(void)
{
    struct pair p = pair_new();
    struct bench_message m;
    const uint8_t body[] = {1};
    struct relo_request request = request_of(RELO_CODE_ATTACH_REQ, (struct relo_view){body, 1});
    relo_route_request(&p.a->route, &request);
    bench_take(p.a, &m);
    bench_carry(p.bench, p.a, &m, false);
    bench_take(p.b, &m);
    bench_drop(p.bench, &m);
    bench_time(p.bench, p.bench->now + 3 * RELO_S);
    bench_run(p.bench);
    g_assert_cmpuint(p.b->requests, ==, 1);
    expect_error(&p, RELO_ERROR_INVALID_MESSAGE);
    bench_free(p.bench);
}

static void idempotent_methods_are_not_cached(void)
{
    struct pair p = pair_new();
    for (int i = 0; i < 3; i++)
        bench_ping(p.a, 150, true);
    bench_run(p.bench);
    g_assert_cmpuint(p.a->answers, ==, 3);
    g_assert_cmpuint(p.b->route.cache_count, ==, 0);
    bench_free(p.bench);
}

static void cache_is_bounded(void)
{
    struct pair p = pair_new();
    const uint8_t body[] = {9, 9};
    struct relo_request request = request_of(RELO_CODE_STORE_REQ, (struct relo_view){body, 2});
    for (int i = 0; i < 80; i++) {
        relo_route_request(&p.a->route, &request);
        bench_run(p.bench);
    }
    g_assert_cmpuint(p.a->answers, ==, 80);
    g_assert_cmpuint(p.b->route.cache_count, ==, RELO_ROUTE_CACHE_MAX);
    bench_time(p.bench, p.bench->now + 15 * RELO_S);
    g_assert_cmpuint(p.b->route.cache_count, ==, 0);
    bench_free(p.bench);
}

/* 6940-6.3.2-12:
   0x0e rather than 6.3.2's code (docs/PROTOCOL.md) */
static void answer_above_max_response_length_becomes_an_error(void)
{
    for (int i = 0; i < 2; i++) {
        struct pair p = pair_new();
        const uint8_t body[] = {0, 0};
        struct relo_request request = request_of(RELO_CODE_PING_REQ, (struct relo_view){body, 2});
        request.max_response_length = i == 0 ? 200 : 4000;
        relo_route_request(&p.a->route, &request);
        bench_run(p.bench);
        if (i == 0)
            expect_error(&p, RELO_ERROR_RESPONSE_TOO_LARGE);
        else
            g_assert_cmphex(p.a->last.code, ==, RELO_CODE_PING_ANS);
        bench_free(p.bench);
    }
}

static void sequence_is_compared_modulo_65535(void)
{
    g_assert_true(relo_config_sequence_newer(2, 1));
    g_assert_false(relo_config_sequence_newer(1, 2));
    g_assert_false(relo_config_sequence_newer(7, 7));
    /* 65534 is followed by 0 */
    g_assert_true(relo_config_sequence_newer(0, 65534));
    g_assert_false(relo_config_sequence_newer(65534, 0));
    g_assert_true(relo_config_sequence_newer(32767, 0));
    g_assert_false(relo_config_sequence_newer(32768, 0));
    g_assert_false(relo_config_sequence_newer(65535, 3));
}

/* 6940-6.3.2.1-3 6940-6.3.2.1-4 6940-6.3.2.1-6 6940-6.5.4-1:
   A is old, gets the Error and a ConfigUpdate, which it refuses unsigned */
static void old_requester_gets_an_error_and_an_update(void)
{
    struct pair p = pair_new();
    struct bench_message m;
    p.b->config.sequence = 7;
    bench_ping(p.a, 150, true);
    bench_take(p.a, &m);
    bench_carry(p.bench, p.a, &m, false);
    g_assert_cmpuint(p.b->requests, ==, 0);
    g_assert_cmpuint(p.b->sent_count, ==, 2);
    g_assert_cmphex(p.b->sent[1].code, ==, RELO_CODE_CONFIG_UPDATE_REQ);
    g_assert_cmphex(p.b->sent[1].header.config_sequence, ==, 0xffff);
    g_assert_cmpstr(bench_list(p.b->sent[1].header.destination), ==, "100");
    bench_run(p.bench);
    expect_error(&p, RELO_ERROR_CONFIG_TOO_OLD);
    g_assert_cmpuint(p.a->requests, ==, 1);
    g_assert_cmphex(p.a->config.sequence, ==, 1);
    g_assert_cmpuint(p.b->route.transaction_count, ==, 0); /* the refusal has come back */
    bench_free(p.bench);
}

static void one_update_at_a_time_to_an_old_requester(void)
{
    struct pair p = pair_new();
    struct bench_message m;
    p.b->config.sequence = 7;
    for (int i = 0; i < 3; i++) {
        bench_ping(p.a, 150, true);
        bench_take(p.a, &m);
        bench_carry(p.bench, p.a, &m, false);
    }
    g_assert_cmpuint(p.b->sent_count, ==, 3 + 1);
    bench_free(p.bench);
}

/* 6940-6.3.2.1-4 6940-6.5.4-1:
   and tells B, whose configuration is old */
static void new_requester_gets_an_error_and_sends_an_update(void)
{
    struct pair p = pair_new();
    struct bench_message m;
    p.a->config.sequence = 7;
    p.b->config.sequence = 5;
    bench_ping(p.a, 150, true);
    bench_take(p.a, &m);
    bench_carry(p.bench, p.a, &m, false);
    bench_take(p.b, &m);
    bench_carry(p.bench, p.b, &m, false);
    expect_error(&p, RELO_ERROR_CONFIG_TOO_NEW);
    g_assert_cmpuint(p.b->requests, ==, 0);
    g_assert_cmpuint(p.a->sent_count, ==, 1);
    g_assert_cmphex(p.a->sent[0].code, ==, RELO_CODE_CONFIG_UPDATE_REQ);
    g_assert_cmpstr(bench_list(p.a->sent[0].header.destination), ==, "200");
    bench_run(p.bench);
    g_assert_cmpuint(p.b->requests, ==, 1);
    g_assert_cmpuint(p.a->route.transaction_count, ==, 0); /* the refusal has come back */
    bench_free(p.bench);
}

/* 6940-6.5.4.2-2 */
static void config_update_is_refused_for_a_reason(void)
{
    static const struct {
        uint8_t type;
        const char *document;
        uint16_t error;
    } cases[] = {
        {RELO_CONFIG_UPDATE_CONFIG, "<configuration sequence=\"9\">", RELO_ERROR_FORBIDDEN},
        {RELO_CONFIG_UPDATE_CONFIG, "<configuration sequence=\"1\">", RELO_ERROR_CONFIG_TOO_OLD},
        {RELO_CONFIG_UPDATE_CONFIG, "<configuration sequence=\"70000\">",
         RELO_ERROR_INVALID_MESSAGE},
        {RELO_CONFIG_UPDATE_CONFIG, "<configuration>", RELO_ERROR_INVALID_MESSAGE},
        {RELO_CONFIG_UPDATE_CONFIG, "", RELO_ERROR_INVALID_MESSAGE},
        {RELO_CONFIG_UPDATE_KIND, "", RELO_ERROR_FORBIDDEN},
        {99, "", RELO_ERROR_INVALID_MESSAGE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct pair p = pair_new();
        uint8_t bytes[256];
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
        struct relo_config_update update = {
            .type = cases[i].type,
            .config_data = {(const uint8_t *)cases[i].document,
                            (uint32_t)strlen(cases[i].document)},
        };
        relo_config_update_write(&w, &update);
        struct relo_request request = request_of(RELO_CODE_CONFIG_UPDATE_REQ, relo_wr_view(&w));
        relo_route_request(&p.a->route, &request);
        bench_run(p.bench);
        expect_error(&p, cases[i].error);
        bench_free(p.bench);
    }
}

/* 6940-6.3.2.3-1 6940-6.3.2.3-3 6940-6.3.2.3-4 */
static void options_are_refused_or_copied_by_their_flags(void)
{
    for (int i = 0; i < 2; i++) {
        struct pair p = pair_new();
        struct bench_message m;
        uint8_t bytes[64], padding[2] = {0, 0};
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
        struct relo_option copied = {
            .type = 66, .flags = RELO_OPTION_RESPONSE_COPY, .value = {(const uint8_t *)"xyz", 3}};
        struct relo_option other = {.type = 67,
                                    .flags = i == 0 ? RELO_OPTION_DESTINATION_CRITICAL : 0};
        relo_option_write(&w, &copied);
        relo_option_write(&w, &other);
        struct relo_request request =
            request_of(RELO_CODE_PING_REQ, (struct relo_view){padding, 2});
        request.options = relo_wr_view(&w);
        relo_route_request(&p.a->route, &request);
        bench_take(p.a, &m);
        bench_carry(p.bench, p.a, &m, false);
        g_assert_true(bench_take(p.b, &m));
        struct relo_rd r = relo_rd_init(m.header.options.p, m.header.options.n, 16);
        struct relo_option o;
        g_assert_true(relo_option_next(&r, &o));
        g_assert_cmpuint(o.type, ==, 66);
        g_assert_cmpuint(o.flags, ==, 0);
        bench_assert_bytes(o.value, "xyz", 3);
        g_assert_false(relo_option_next(&r, &o));
        bench_carry(p.bench, p.b, &m, false);
        if (i == 0)
            expect_error(&p, RELO_ERROR_UNSUPPORTED_FORWARDING_OPTION);
        else
            g_assert_cmphex(p.a->last.code, ==, RELO_CODE_PING_ANS);
        bench_free(p.bench);
    }
}

/* 6940-6.3.3-1 */
static void critical_extension_is_refused(void)
{
    for (int i = 0; i < 2; i++) {
        struct pair p = pair_new();
        uint8_t bytes[64], padding[2] = {0, 0};
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
        struct relo_extension extension = {.type = 77, .critical = i == 0};
        relo_extension_write(&w, &extension);
        struct relo_request request =
            request_of(RELO_CODE_PING_REQ, (struct relo_view){padding, 2});
        request.extensions = relo_wr_view(&w);
        relo_route_request(&p.a->route, &request);
        bench_run(p.bench);
        if (i == 0)
            expect_error(&p, RELO_ERROR_UNKNOWN_EXTENSION);
        else
            g_assert_cmphex(p.a->last.code, ==, RELO_CODE_PING_ANS);
        bench_free(p.bench);
    }
}

/* Takes the body of the one message B has sent. */
static struct relo_rd sent_body(struct bench_node *node, uint16_t code)
{
    g_assert_cmpuint(node->sent_count, ==, 1);
    struct bench_message *m = &node->sent[0];
    struct relo_rd r = relo_rd_init(m->bytes + m->header_bytes, m->n - m->header_bytes, 16);
    struct relo_contents contents;
    g_assert_true(relo_contents_read(&r, &contents));
    g_assert_cmphex(contents.code, ==, code);
    return relo_rd_init(contents.body.p, contents.body.n, 16);
}

/* 6940-6.3.3.1-1 6940-6.3.3.1-2 */
static void ping_tells_the_time(void)
{
    struct pair p = pair_new();
    struct bench_message m;
    struct relo_ping_ans answer;
    p.b->env.unix_offset_ns = 5 * RELO_S;
    bench_ping(p.a, 150, true);
    bench_take(p.a, &m);
    bench_carry(p.bench, p.a, &m, false);
    struct relo_rd r = sent_body(p.b, RELO_CODE_PING_ANS);
    g_assert_true(relo_ping_ans_read(&r, &answer));
    g_assert_cmpuint(answer.time, ==, 1005000);
    bench_free(p.bench);
}

/* 6940-6.4.2.5.2-1 6940-6.4.2.5.2-2 6940-6.4.2.5.2-3:
   6.4.2.5.2: in the requested order, unknown types left out */
static void probe_gives_what_it_knows_in_order(void)
{
    struct pair p = pair_new();
    struct bench_message m;
    struct relo_probe_ans answer;
    struct relo_probe_info info;
    uint8_t bytes[16];
    const uint8_t asked[] = {RELO_PROBE_UPTIME, 200, RELO_PROBE_RESPONSIBLE_SET,
                             RELO_PROBE_NUM_RESOURCES};
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
    struct relo_probe_req probe = {.requested_info = {asked, sizeof asked}};
    relo_probe_req_write(&w, &probe);
    struct relo_request request = request_of(RELO_CODE_PROBE_REQ, relo_wr_view(&w));
    relo_route_request(&p.a->route, &request);
    bench_take(p.a, &m);
    bench_carry(p.bench, p.a, &m, false);
    struct relo_rd r = sent_body(p.b, RELO_CODE_PROBE_ANS);
    g_assert_true(relo_probe_ans_read(&r, &answer));
    r = relo_rd_init(answer.probe_info.p, answer.probe_info.n, 16);
    static const uint32_t numbers[] = {77, 250000000, 5};
    for (int i = 0; i < 3; i++) {
        g_assert_true(relo_probe_info_next(&r, &info));
        g_assert_cmpuint(info.number, ==, numbers[i]);
    }
    g_assert_false(relo_probe_info_next(&r, &info));
    bench_free(p.bench);
}

/* 6940-6.3.3.1-3 6940-6.3.3.1-4 */
static void malformed_bodies_are_answered_with_invalid_message(void)
{
    static const uint16_t codes[] = {RELO_CODE_PING_REQ, RELO_CODE_PROBE_REQ, RELO_CODE_ATTACH_REQ,
                                     RELO_CODE_APP_ATTACH_REQ, RELO_CODE_CONFIG_UPDATE_REQ};
    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++) {
        struct pair p = pair_new();
        const uint8_t body[] = {200, 1, 2};
        struct relo_request request = request_of(codes[i], (struct relo_view){body, sizeof body});
        relo_route_request(&p.a->route, &request);
        bench_run(p.bench);
        expect_error(&p, RELO_ERROR_INVALID_MESSAGE);
        bench_free(p.bench);
    }
}

/* 6940-6.3.1.1-1:
   an IceCandidate of type 9 */
static void unknown_type_of_a_select_is_not_answered(void)
{
    struct pair p = pair_new();
    uint8_t bytes[256], list[64];
    struct relo_wr c = relo_wr_init(list, sizeof list, 16),
                   w = relo_wr_init(bytes, sizeof bytes, 16);
    struct relo_candidate candidate = {
        .addr_port = relo_address_of(&p.a->addr),
        .overlay_link = RELO_LINK_DTLS_UDP_SR_NO_ICE,
        .type = RELO_CANDIDATE_HOST,
    };
    relo_candidate_write(&c, &candidate);
    relo_attach_write(&w, &(struct relo_attach){.candidates = relo_wr_view(&c)});
    g_assert_false(w.failed);
    uint8_t *type = bytes + relo_wr_size(&w) - 4; /* before extensions and send_update */
    g_assert_cmpuint(*type, ==, RELO_CANDIDATE_HOST);
    *type = 9;
    struct relo_request request = request_of(RELO_CODE_ATTACH_REQ, relo_wr_view(&w));
    relo_route_request(&p.a->route, &request);
    bench_run(p.bench);
    g_assert_cmpuint(p.b->requests, ==, 1);
    g_assert_cmpuint(p.a->answers, ==, 0);
    g_assert_cmpuint(bench_count(p.bench, RELO_COUNT_drop_bad_contents), ==, 1);
    bench_free(p.bench);
}

/* 6940-6.3.3.1-6 */
static void error_info_reaches_the_requester(void)
{
    struct pair p = pair_new();
    struct relo_inbound in;
    p.b->silent = true;
    const uint8_t body[] = {9};
    struct relo_request request = request_of(RELO_CODE_STORE_REQ, (struct relo_view){body, 1});
    relo_route_request(&p.a->route, &request);
    bench_run(p.bench);
    in = p.b->last;
    in.header.via = in.header.options = nothing; /* stale views; there were none */
    relo_route_error_text(&p.b->route, &in, RELO_ERROR_DATA_TOO_OLD, "too old");
    bench_run(p.bench);
    expect_error(&p, RELO_ERROR_DATA_TOO_OLD);
    bench_assert_bytes((struct relo_view){p.a->last_info, p.a->last_info_bytes}, "too old", 7);
    bench_free(p.bench);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/route/answer/second_copy_of_a_store_is_answered_from_the_cache",
                    second_copy_of_a_store_is_answered_from_the_cache);
    g_test_add_func("/route/answer/cache_forgets_after_fifteen_seconds",
                    cache_forgets_after_fifteen_seconds);
    g_test_add_func("/route/answer/errors_are_cached_too", errors_are_cached_too);
    g_test_add_func("/route/answer/idempotent_methods_are_not_cached",
                    idempotent_methods_are_not_cached);
    g_test_add_func("/route/answer/cache_is_bounded", cache_is_bounded);
    g_test_add_func("/route/answer/answer_above_max_response_length_becomes_an_error",
                    answer_above_max_response_length_becomes_an_error);
    g_test_add_func("/route/answer/sequence_is_compared_modulo_65535",
                    sequence_is_compared_modulo_65535);
    g_test_add_func("/route/answer/old_requester_gets_an_error_and_an_update",
                    old_requester_gets_an_error_and_an_update);
    g_test_add_func("/route/answer/one_update_at_a_time_to_an_old_requester",
                    one_update_at_a_time_to_an_old_requester);
    g_test_add_func("/route/answer/new_requester_gets_an_error_and_sends_an_update",
                    new_requester_gets_an_error_and_sends_an_update);
    g_test_add_func("/route/answer/config_update_is_refused_for_a_reason",
                    config_update_is_refused_for_a_reason);
    g_test_add_func("/route/answer/options_are_refused_or_copied_by_their_flags",
                    options_are_refused_or_copied_by_their_flags);
    g_test_add_func("/route/answer/critical_extension_is_refused", critical_extension_is_refused);
    g_test_add_func("/route/answer/ping_tells_the_time", ping_tells_the_time);
    g_test_add_func("/route/answer/probe_gives_what_it_knows_in_order",
                    probe_gives_what_it_knows_in_order);
    g_test_add_func("/route/answer/unknown_type_of_a_select_is_not_answered",
                    unknown_type_of_a_select_is_not_answered);
    g_test_add_func("/route/answer/malformed_bodies_are_answered_with_invalid_message",
                    malformed_bodies_are_answered_with_invalid_message);
    g_test_add_func("/route/answer/error_info_reaches_the_requester",
                    error_info_reaches_the_requester);
    return g_test_run();
}
