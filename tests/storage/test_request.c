/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that no command of ours makes: several kinds at once, kinds that Find must not show,
   values without a signature (RFC 6940 sections 7.4.1.1, 7.4.2.2 and 7.4.4.2). */
#include "support_stub.h"

#include "core/base/sha1.h"
#include "core/wire/storage.h"

#include <string.h>

#define ALICE "alice@overlay.example.org"

struct fixture {
    struct stub *alice, *peer;
    struct relo_id home; /* hash of alice's user name */
};

static void setup(struct fixture *f, const void *unused)
{
    (void)unused;
    f->alice = stub_new(0x0a, ALICE);
    f->peer = stub_new(0x33, "peer@overlay.example.org");
    f->home = relo_sha1_resource(ALICE, strlen(ALICE));
}

static void teardown(struct fixture *f, const void *unused)
{
    (void)unused;
    stub_free(f->alice);
    stub_free(f->peer);
}

static void store(struct fixture *f, uint32_t kind, const char *text)
{
    struct relo_command c = stub_store(kind, f->home, text);
    c.key = stub_view("k");
    g_assert_true(stub_ask(f->alice, f->peer, &c));
    g_assert_cmpuint(f->peer->answer.error_code, ==, 0);
}

/* 6940-7.4.2.2-1: in the order of the request, with counters of their own; also for what is not
   stored. */
static void each_kind_asked_for_has_its_element(struct fixture *f, const void *unused)
{
    (void)unused;
    static const uint32_t kinds[] = {RELO_KIND_TEST_DICTIONARY, RELO_KIND_TEST_ARRAY,
                                     RELO_KIND_TEST};
    store(f, RELO_KIND_TEST, "one");
    store(f, RELO_KIND_TEST, "two");
    store(f, RELO_KIND_TEST_DICTIONARY, "three");
    struct relo_command c = stub_fetch(RELO_KIND_TEST, f->home);
    g_assert_true(relo_store_command(&f->alice->store, &c, 1) != 0);
    struct stub_message *m = &f->alice->request[f->alice->requests - 1];
    struct relo_wr w = relo_wr_init(m->body, sizeof m->body, RELO_ID_BYTES);
    relo_wr_resource_id(&w, f->home);
    size_t list = relo_wr_open16(&w);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        relo_wr_u32(&w, kinds[i]);
        relo_wr_u64(&w, 0);
        size_t length = relo_wr_open16(&w);
        if (kinds[i] != RELO_KIND_TEST)
            relo_wr_u16(&w, 0); /* no ranges; all keys */
        relo_wr_close16(&w, length);
    }
    relo_wr_close16(&w, list);
    m->body_n = (uint32_t)relo_wr_size(&w);
    stub_deliver(f->alice, m, f->peer);
    g_assert_cmpuint(f->peer->answer.error_code, ==, 0);
    static const uint64_t generations[] = {1, 0, 2};
    struct relo_rd rd = relo_rd_init(f->peer->answer.body, f->peer->answer.body_n, RELO_ID_BYTES);
    struct relo_fetch_ans ans;
    struct relo_fetch_kind_response kind;
    g_assert_true(relo_fetch_ans_read(&rd, &f->alice->config, &ans));
    rd = relo_rd_init(ans.kind_responses.p, ans.kind_responses.n, RELO_ID_BYTES);
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_assert_true(relo_fetch_kind_response_next(&rd, &f->alice->config, &kind));
        g_assert_cmphex(kind.kind, ==, kinds[i]);
        g_assert_cmpuint(kind.generation, ==, generations[i]);
    }
    g_assert_cmpuint(relo_rd_left(&rd), ==, 0);
}

/* 6940-7.4.4.2-2 */
static void find_leaves_out_kinds_that_may_not_be_found(struct fixture *f, const void *unused)
{
    (void)unused;
    struct relo_kind kinds[16];
    store(f, RELO_KIND_TEST, "one");
    uint32_t n = f->peer->config.kind_count;
    g_assert_cmpuint(n, <=, G_N_ELEMENTS(kinds));
    memcpy(kinds, f->peer->config.kinds, n * sizeof *kinds);
    struct relo_command c = {.type = RELO_COMMAND_FIND, .kind = RELO_KIND_TEST,
                             .target = {.id = f->home, .resource = true}};
    for (int allowed = 1; allowed >= 0; allowed--) {
        g_assert_true(stub_ask(f->alice, f->peer, &c));
        g_assert_cmpuint(f->peer->answer.error_code, ==, 0);
        struct relo_rd rd =
            relo_rd_init(f->peer->answer.body, f->peer->answer.body_n, RELO_ID_BYTES);
        struct relo_find_ans ans;
        g_assert_true(relo_find_ans_read(&rd, &ans));
        g_assert_cmpint(ans.results.n > 0, ==, allowed);
        for (uint32_t i = 0; i < n; i++)
            if (kinds[i].id == RELO_KIND_TEST)
                kinds[i].find_allowed = false;
        f->peer->config.kinds = kinds;
    }
}

/* The first stored value of a StoreReq. */
static struct relo_stored_data first_value(struct fixture *f, const struct stub_message *m)
{
    struct relo_rd r = relo_rd_init(m->body, m->body_n, RELO_ID_BYTES);
    struct relo_store_req request;
    struct relo_store_kind kind;
    struct relo_stored_data d;
    g_assert_true(relo_store_req_read(&r, &f->alice->config, &request));
    r = relo_rd_init(request.kind_data.p, request.kind_data.n, RELO_ID_BYTES);
    g_assert_true(relo_store_kind_next(&r, &f->alice->config, &kind));
    r = relo_rd_init(kind.values.p, kind.values.n, RELO_ID_BYTES);
    g_assert_true(relo_stored_data_next(&r, kind.definition, &d));
    return d;
}

/* 6940-7.4.1.1-16: algorithms {0, 0} are for what an answer makes up, however good the rest. */
static void value_without_algorithms_is_forbidden(struct fixture *f, const void *unused)
{
    (void)unused;
    struct relo_command c = stub_store(RELO_KIND_TEST, f->home, "one");
    g_assert_true(relo_store_command(&f->alice->store, &c, 1) != 0);
    struct stub_message *m = &f->alice->request[0];
    struct relo_stored_data d = first_value(f, m);
    uint8_t *algorithms = m->body + (d.value_bytes.p + d.value_bytes.n - m->body);
    uint8_t before[2] = {algorithms[0], algorithms[1]};
    algorithms[0] = algorithms[1] = 0;
    stub_deliver(f->alice, m, f->peer);
    g_assert_cmpuint(f->peer->answer.error_code, ==, RELO_ERROR_FORBIDDEN);
    g_assert_cmpuint(f->peer->store.count, ==, 0);
    algorithms[0] = before[0];
    algorithms[1] = before[1];
    stub_deliver(f->alice, m, f->peer);
    g_assert_cmpuint(f->peer->answer.error_code, ==, 0);
}

/* 6940-7.4.1.1-16: nor may a value name nobody. */
static void value_of_nobody_is_forbidden(struct fixture *f, const void *unused)
{
    (void)unused;
    struct relo_command c = stub_store(RELO_KIND_TEST, f->home, "one");
    g_assert_true(relo_store_command(&f->alice->store, &c, 1) != 0);
    struct stub_message *m = &f->alice->request[0];
    struct relo_stored_value value = {.model = RELO_MODEL_SINGLE, .exists = true,
                                      .value = stub_view("one")};
    struct relo_stored_data d = {.known = true, .value = value, .lifetime = 60,
                                 .storage_time = 1700000009000,
                                 .signature = relo_signature_none()};
    struct relo_wr w = relo_wr_init(m->body, sizeof m->body, RELO_ID_BYTES);
    relo_wr_resource_id(&w, f->home);
    relo_wr_u8(&w, 0);
    size_t kinds = relo_wr_open32(&w);
    relo_wr_u32(&w, RELO_KIND_TEST);
    relo_wr_u64(&w, 0);
    size_t values = relo_wr_open32(&w);
    relo_stored_data_write(&w, &d);
    relo_wr_close32(&w, values);
    relo_wr_close32(&w, kinds);
    m->body_n = (uint32_t)relo_wr_size(&w);
    stub_deliver(f->alice, m, f->peer);
    g_assert_cmpuint(f->peer->answer.error_code, ==, RELO_ERROR_FORBIDDEN);
    g_assert_cmpuint(f->peer->store.count, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(path, function)                                                                       \
    g_test_add(path, struct fixture, NULL, setup, function, teardown)
    CASE("/storage/fetch/each_kind_asked_for_has_its_element", each_kind_asked_for_has_its_element);
    CASE("/storage/find/leaves_out_kinds_that_may_not_be_found",
         find_leaves_out_kinds_that_may_not_be_found);
    CASE("/storage/store/value_without_algorithms_is_forbidden",
         value_without_algorithms_is_forbidden);
    CASE("/storage/store/value_of_nobody_is_forbidden", value_of_nobody_is_forbidden);
    return g_test_run();
}
