/* SPDX-License-Identifier: BSD-2-Clause */
/* Store, Fetch, Stat and Find between an asker and a storing peer (RFC 6940 section 7.4). */
#include "support_stub.h"

#include "core/base/sha1.h"
#include "core/security/verify.h"
#include "core/wire/storage.h"

#include <string.h>

/* The stub's message body at the first place where text begins. */
static uint8_t *find_text(struct stub_message *m, const char *text)
{
    size_t n = strlen(text);
    for (uint32_t i = 0; i + n <= m->body_n; i++)
        if (memcmp(m->body + i, text, n) == 0)
            return m->body + i;
    g_assert_not_reached();
}

static void assert_bytes(struct relo_view v, const void *expected, size_t n)
{
    g_assert_cmpuint(v.n, ==, n);
    g_assert_true(memcmp(v.p, expected, n) == 0);
}

#define ALICE "alice@overlay.example.org"

struct fixture {
    struct stub *alice, *peer, *mallory;
    struct relo_id home; /* hash of alice's user name */
};

static void setup(struct fixture *f, const void *unused)
{
    (void)unused;
    f->alice = stub_new(0x0a, ALICE);
    f->peer = stub_new(0x33, "peer@overlay.example.org");
    f->mallory = stub_new(0x66, "mallory@overlay.example.org");
    f->home = relo_sha1_resource(ALICE, strlen(ALICE));
}

static void teardown(struct fixture *f, const void *unused)
{
    (void)unused;
    stub_free(f->alice);
    stub_free(f->peer);
    stub_free(f->mallory);
}

/* alice asks the peer; the error code of the answer, 0 for success. */
static uint16_t ask(struct fixture *f, const struct relo_command *c)
{
    g_assert_true(stub_ask(f->alice, f->peer, c));
    return f->peer->answer.error_code;
}

static uint16_t store(struct fixture *f, uint32_t kind, const char *text)
{
    struct relo_command c = stub_store(kind, f->home, text);
    return ask(f, &c);
}

static struct relo_result result(struct fixture *f)
{
    return stub_result(f->peer, f->alice, f->home);
}

static struct relo_result fetch(struct fixture *f, uint32_t kind)
{
    struct relo_command c = stub_fetch(kind, f->home);
    c.all = true;
    g_assert_cmpuint(ask(f, &c), ==, 0);
    return result(f);
}

static void advance(struct fixture *f, relo_time by)
{
    f->alice->env.now += by;
    f->peer->env.now += by;
}

/* 6940-7-2 6940-7.4.1.1-7 6940-7.4.1.1-17 6940-7.4.1.1-18 6940-7.4.1.1-19 6940-7.4.1.2-1
   6940-7.4.2.2-2 6940-10.4-1 6940-6.3.4-4 6940-13.2-2 6940-13.5.1-1 */
static void stored_value_is_fetched(struct fixture *f, const void *unused)
{
    (void)unused;
    g_assert_cmpuint(store(f, RELO_KIND_TEST, "one"), ==, 0);
    g_assert_cmpuint(f->peer->answer.code, ==, RELO_CODE_STORE_ANS);
    g_assert_cmpuint(result(f).generation, ==, 1);
    struct relo_result r = fetch(f, RELO_KIND_TEST);
    g_assert_true(r.status == RELO_OK && r.exists && !r.partial);
    g_assert_true(stub_equal(r.value, "one"));
    g_assert_cmpuint(store(f, RELO_KIND_TEST, "two"), ==, 0);
    g_assert_cmpuint(result(f).generation, ==, 2);
    r = fetch(f, RELO_KIND_TEST);
    g_assert_true(stub_equal(r.value, "two"));
    g_assert_cmpuint(relo_store_holds(&f->peer->store, f->home, RELO_KIND_TEST, 0, stub_view("")),
                     ==, 1700000005001); /* two within one millisecond: counted on */
}

/* 6940-7.4.1.3-2 */
static void removed_value_stays_as_nonexistent(struct fixture *f, const void *unused)
{
    (void)unused;
    store(f, RELO_KIND_TEST, "one");
    g_assert_cmpuint(store(f, RELO_KIND_TEST, NULL), ==, 0);
    struct relo_result r = fetch(f, RELO_KIND_TEST);
    g_assert_true(r.status == RELO_OK && !r.exists && !r.partial);
    g_assert_cmpuint(r.generation, ==, 2);
    g_assert_cmpuint(f->peer->store.count, ==, 1);
}

/* 6940-7.4.1.1-9 6940-13.5.1-2 6940-6.3.3.1-6 */
static void another_user_is_forbidden(struct fixture *f, const void *unused)
{
    (void)unused;
    struct relo_command c = stub_store(RELO_KIND_TEST, f->home, "mine now");
    g_assert_true(stub_ask(f->mallory, f->peer, &c));
    g_assert_cmpuint(f->peer->answer.error_code, ==, RELO_ERROR_FORBIDDEN);
    g_assert_cmpuint(f->peer->answer.body_n, >, 0); /* it says why */
    g_assert_cmpuint(f->peer->store.count, ==, 0);
    g_assert_cmpuint(f->peer->shard.counter[RELO_COUNT_stores_refused], ==, 1);
}

/* 6940-7.4.1.1-10 6940-7.3-2 6940-7.3-3 6940-7.4.1.1-14:
   A StoreReq of alice's, by way of mallory: the values are right, the request's signer is not. */
static void request_of_another_signer_is_forbidden(struct fixture *f, const void *unused)
{
    (void)unused;
    struct relo_command c = stub_store(RELO_KIND_TEST, f->home, "one");
    g_assert_true(relo_store_command(&f->alice->store, &c, 1) != 0);
    struct stub_message *m = &f->alice->request[0];
    uint8_t own[1024], packed[256];
    struct relo_wr w = relo_wr_init(own, sizeof own, RELO_ID_BYTES);
    relo_suite_sim.certificate_write(&f->alice->env, &w);
    uint32_t n = relo_suite_sim.certificate_pack(relo_wr_view(&w), packed, sizeof packed);
    struct relo_view certificate = {packed, n};
    w = relo_wr_init(m->security, sizeof m->security, RELO_ID_BYTES);
    relo_verify_sign_message(&f->mallory->env, 1, stub_view("x"), &certificate, 1, &w);
    m->security_n = (uint32_t)relo_wr_size(&w);
    stub_deliver(f->mallory, m, f->peer);
    g_assert_cmpuint(f->peer->answer.error_code, ==, RELO_ERROR_FORBIDDEN);
    /* As a replica it is the value's signer that counts (7.3), and the sender's place. */
    m->body[17] = 1;
    m->body[33] = 9; /* generation_counter: kind_data length 4, kind 4, counter 8 */
    stub_deliver(f->mallory, m, f->peer);
    g_assert_cmpuint(f->peer->answer.error_code, ==, 0);
    g_assert_cmpuint(result(f).generation, ==, 9);
}

/* 6940-7.4.1.1-8 */
static void tampered_value_is_forbidden(struct fixture *f, const void *unused)
{
    (void)unused;
    struct relo_command c = stub_store(RELO_KIND_TEST, f->home, "honest value");
    g_assert_true(relo_store_command(&f->alice->store, &c, 1) != 0);
    struct stub_message *m = &f->alice->request[0];
    uint8_t *at = find_text(m, "honest");
    at[0] ^= 1;
    stub_deliver(f->alice, m, f->peer);
    g_assert_cmpuint(f->peer->answer.error_code, ==, RELO_ERROR_FORBIDDEN);
    g_assert_cmpuint(f->peer->store.count, ==, 0);
}

/* 6940-7.4.1.1-4 6940-7.4.1.1-5 6940-7.4.1.1-11 6940-7.4.1.1-12 */
static void place_of_sender_and_receiver_is_checked(struct fixture *f, const void *unused)
{
    (void)unused;
    f->peer->responsible = false;
    g_assert_cmpuint(store(f, RELO_KIND_TEST, "one"), ==, RELO_ERROR_FORBIDDEN);
    f->peer->responsible = f->peer->unsure = true;
    g_assert_cmpuint(store(f, RELO_KIND_TEST, "one"), ==, RELO_ERROR_FORBIDDEN);
    f->peer->unsure = false;
    f->peer->plausible = false;
    g_assert_cmpuint(store(f, RELO_KIND_TEST, "one"), ==, 0);
    struct relo_command c = stub_store(RELO_KIND_TEST, f->home, "two");
    g_assert_true(relo_store_command(&f->alice->store, &c, 1) != 0);
    struct stub_message *m = &f->alice->request[0];
    m->body[17] = 1;
    m->body[33] = 1;
    stub_deliver(f->alice, m, f->peer);
    g_assert_cmpuint(f->peer->answer.error_code, ==, RELO_ERROR_FORBIDDEN);
}

/* 6940-7.4.1.1-15 */
static void replica_with_generation_zero_is_refused(struct fixture *f, const void *unused)
{
    (void)unused;
    struct relo_command c = stub_store(RELO_KIND_TEST, f->home, "one");
    g_assert_true(relo_store_command(&f->alice->store, &c, 1) != 0);
    f->alice->request[0].body[17] = 1;
    stub_deliver(f->alice, &f->alice->request[0], f->peer);
    g_assert_cmpuint(f->peer->answer.error_code, ==, RELO_ERROR_INVALID_MESSAGE);
}

/* 6940-7.4.1.1-13 6940-7.4.1.2-2 6940-7.4.1.2-3 */
static void generation_must_match(struct fixture *f, const void *unused)
{
    (void)unused;
    store(f, RELO_KIND_TEST, "one");
    struct relo_command c = stub_store(RELO_KIND_TEST, f->home, "two");
    c.generation = 5;
    g_assert_cmpuint(ask(f, &c), ==, RELO_ERROR_GENERATION_COUNTER_TOO_LOW);
    struct relo_result r = result(f);
    g_assert_true(r.status == RELO_ERROR);
    g_assert_cmpuint(r.generation, ==, 1);
    c.generation = 1;
    g_assert_cmpuint(ask(f, &c), ==, 0);
}

/* 6940-7-1 6940-13.5.3-1 */
static void older_value_is_too_old(struct fixture *f, const void *unused)
{
    (void)unused;
    store(f, RELO_KIND_TEST, "one");
    f->alice->env.now -= 2 * RELO_S;
    f->alice->store.last_storage_time = 0;
    g_assert_cmpuint(store(f, RELO_KIND_TEST, "late"), ==, RELO_ERROR_DATA_TOO_OLD);
    struct relo_result r = fetch(f, RELO_KIND_TEST);
    g_assert_true(stub_equal(r.value, "one"));
    g_assert_cmpuint(r.generation, ==, 1);
}

static void repeated_request_changes_nothing(struct fixture *f, const void *unused)
{
    (void)unused;
    struct relo_command c = stub_store(RELO_KIND_TEST_ARRAY, f->home, "one");
    c.index = UINT32_MAX;
    g_assert_true(relo_store_command(&f->alice->store, &c, 1) != 0);
    stub_deliver(f->alice, &f->alice->request[0], f->peer);
    stub_deliver(f->alice, &f->alice->request[0], f->peer);
    g_assert_cmpuint(f->peer->answer.error_code, ==, 0);
    g_assert_cmpuint(result(f).generation, ==, 1);
    g_assert_cmpuint(relo_store_holds(&f->peer->store, f->home, RELO_KIND_TEST_ARRAY, 1,
                                      stub_view("")), ==, 0);
}

/* 6940-7.4.1.2-5 6940-13.5.2-1 */
static void limits_are_kept(struct fixture *f, const void *unused)
{
    (void)unused;
    char big[1002];
    memset(big, 'x', sizeof big);
    big[1001] = 0;
    struct relo_command c = stub_store(RELO_KIND_TEST_ARRAY, f->home, big);
    g_assert_false(stub_ask(f->alice, f->peer, &c)); /* the asker knows already */
    c = stub_store(RELO_KIND_TEST_ARRAY, f->home, "x");
    c.index = 8; /* max-count */
    g_assert_cmpuint(ask(f, &c), ==, RELO_ERROR_DATA_TOO_LARGE);
    g_assert_cmpuint(f->peer->store.count, ==, 0);
    for (int i = 0; i < 8; i++) {
        char key[2] = {(char)('a' + i), 0};
        c = stub_store(RELO_KIND_TEST_DICTIONARY, f->home, "x");
        c.key = stub_view(key);
        g_assert_cmpuint(ask(f, &c), ==, 0);
    }
    c.key = stub_view("one too many");
    g_assert_cmpuint(ask(f, &c), ==, RELO_ERROR_DATA_TOO_LARGE);
    /* Removing one makes room. */
    struct relo_command gone = stub_store(RELO_KIND_TEST_DICTIONARY, f->home, NULL);
    gone.key = stub_view("c");
    g_assert_cmpuint(ask(f, &gone), ==, 0);
    g_assert_cmpuint(ask(f, &c), ==, 0);
}

/* 6940-7.4.1.1-6 6940-7.4.1.2-6 6940-7.4.2.1-1 */
static void unknown_kind_is_named(struct fixture *f, const void *unused)
{
    (void)unused;
    struct relo_command c = stub_store(0xf0001234, f->home, "x");
    g_assert_false(stub_ask(f->alice, f->peer, &c));
    f->peer->config.kind_count = 1; /* SIP-REGISTRATION only */
    c = stub_store(RELO_KIND_TEST, f->home, "x");
    g_assert_cmpuint(ask(f, &c), ==, RELO_ERROR_UNKNOWN_KIND);
    const uint8_t expected[5] = {4, 0xf0, 0, 0, 1};
    assert_bytes((struct relo_view){f->peer->answer.body, f->peer->answer.body_n}, expected,
                 sizeof expected);
    c = stub_fetch(RELO_KIND_TEST, f->home);
    g_assert_cmpuint(ask(f, &c), ==, RELO_ERROR_UNKNOWN_KIND);
    assert_bytes((struct relo_view){f->peer->answer.body, f->peer->answer.body_n}, expected,
                 sizeof expected);
}

static void array_gaps_are_synthetic(struct fixture *f, const void *unused)
{
    (void)unused;
    struct relo_command c = stub_store(RELO_KIND_TEST_ARRAY, f->home, "X");
    c.index = 2;
    g_assert_cmpuint(ask(f, &c), ==, 0);
    c = stub_store(RELO_KIND_TEST_ARRAY, f->home, "Y");
    c.index = UINT32_MAX;
    g_assert_cmpuint(ask(f, &c), ==, 0);
    struct relo_result r = fetch(f, RELO_KIND_TEST_ARRAY);
    /* An appended value verifies at the index it was given: the signature covers index 0. */
    g_assert_true(r.status == RELO_OK && !r.partial && stub_equal(r.value, "X"));
    struct relo_rd rd = relo_rd_init(r.body.p, r.body.n, RELO_ID_BYTES);
    struct relo_fetch_ans ans;
    struct relo_fetch_kind_response kind;
    struct relo_stored_data d;
    g_assert_true(relo_fetch_ans_read(&rd, &f->alice->config, &ans));
    struct relo_rd kinds = relo_rd_init(ans.kind_responses.p, ans.kind_responses.n, RELO_ID_BYTES);
    g_assert_true(relo_fetch_kind_response_next(&kinds, &f->alice->config, &kind));
    struct relo_rd values = relo_rd_init(kind.values.p, kind.values.n, RELO_ID_BYTES);
    for (uint32_t i = 0; i < 4; i++) {
        g_assert_true(relo_stored_data_next(&values, kind.definition, &d));
        g_assert_cmpuint(d.value.index, ==, i);
        g_assert_true(d.value.exists == (i >= 2));
        g_assert_true(relo_signature_is_none(&d.signature) == (i < 2));
    }
    g_assert_cmpuint(relo_rd_left(&values), ==, 0);
}

static void same_generation_gives_no_values(struct fixture *f, const void *unused)
{
    (void)unused;
    store(f, RELO_KIND_TEST, "one");
    struct relo_command c = stub_fetch(RELO_KIND_TEST, f->home);
    c.generation = 1;
    g_assert_cmpuint(ask(f, &c), ==, 0);
    struct relo_result r = result(f);
    g_assert_true(r.status == RELO_OK && !r.exists && r.generation == 1);
    g_assert_cmpuint(r.body.n, ==, 4 + 4 + 8 + 4);
}

/* 6940-7.4.2.2-3 6940-7.4.2.2-4 6940-7.4.2.2-5 */
static void fetched_value_with_bad_signature_is_left_out(struct fixture *f, const void *unused)
{
    (void)unused;
    store(f, RELO_KIND_TEST, "precious");
    fetch(f, RELO_KIND_TEST);
    uint8_t *at = find_text(&f->peer->answer, "precious");
    at[3] ^= 4;
    struct relo_result r = result(f);
    g_assert_true(r.status == RELO_OK && r.partial && !r.exists);
}

/* 6940-7.4.2.1-2 6940-7.4.2.1-3:
   [0,2] and [2,3] overlap; [3,1] is upside down. */
static void overlapping_ranges_are_refused(struct fixture *f, const void *unused)
{
    (void)unused;
    struct { uint32_t a, b, c, d; uint16_t error; } cases[] = {
        {0, 2, 2, 3, RELO_ERROR_INVALID_MESSAGE},
        {3, 1, 5, 6, RELO_ERROR_INVALID_MESSAGE},
        {0, 1, 2, 3, 0},
        {4, UINT32_MAX, 0, 3, 0},
        {0, UINT32_MAX - 1, UINT32_MAX, UINT32_MAX, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct stub_message *m = &f->alice->request[0];
        struct relo_command c = stub_fetch(RELO_KIND_TEST_ARRAY, f->home);
        g_assert_true(relo_store_command(&f->alice->store, &c, 1) != 0);
        f->alice->requests = 0;
        struct relo_wr w = relo_wr_init(m->body, sizeof m->body, RELO_ID_BYTES);
        relo_wr_resource_id(&w, f->home);
        size_t list = relo_wr_open16(&w);
        relo_wr_u32(&w, RELO_KIND_TEST_ARRAY);
        relo_wr_u64(&w, 0);
        relo_wr_u16(&w, 18);
        relo_wr_u16(&w, 16);
        relo_wr_u32(&w, cases[i].a);
        relo_wr_u32(&w, cases[i].b);
        relo_wr_u32(&w, cases[i].c);
        relo_wr_u32(&w, cases[i].d);
        relo_wr_close16(&w, list);
        m->body_n = (uint32_t)relo_wr_size(&w);
        stub_deliver(f->alice, m, f->peer);
        g_assert_cmpuint(f->peer->answer.error_code, ==, cases[i].error);
    }
}

static void stat_digests_value_with_its_length(struct fixture *f, const void *unused)
{
    (void)unused;
    store(f, RELO_KIND_TEST, "abc");
    struct relo_command c = stub_fetch(RELO_KIND_TEST, f->home);
    c.type = RELO_COMMAND_STAT;
    advance(f, 10 * RELO_S);
    g_assert_cmpuint(ask(f, &c), ==, 0);
    struct relo_result r = result(f);
    g_assert_true(r.status == RELO_OK && r.exists && r.generation == 1);
    struct relo_rd rd = relo_rd_init(r.body.p, r.body.n, RELO_ID_BYTES);
    struct relo_fetch_ans ans;
    struct relo_fetch_kind_response kind;
    struct relo_stored_metadata m;
    g_assert_true(relo_stat_ans_read(&rd, &f->alice->config, &ans));
    struct relo_rd kinds = relo_rd_init(ans.kind_responses.p, ans.kind_responses.n, RELO_ID_BYTES);
    g_assert_true(relo_stat_kind_response_next(&kinds, &f->alice->config, &kind));
    struct relo_rd values = relo_rd_init(kind.values.p, kind.values.n, RELO_ID_BYTES);
    g_assert_true(relo_stored_metadata_next(&values, kind.definition, &m));
    uint8_t digest[RELO_DIGEST_BYTES];
    relo_suite_sim.digest((struct relo_view){(const uint8_t *)"\0\0\0\3abc", 7}, digest);
    g_assert_cmpuint(m.value_length, ==, 3);
    assert_bytes(m.hash_value, digest, sizeof digest);
    g_assert_cmpuint(m.lifetime, ==, 3590);
}

static struct relo_id find(struct fixture *f, uint32_t kind, struct relo_id from)
{
    struct relo_command c = {.type = RELO_COMMAND_FIND, .kind = kind,
                             .target = {.id = from, .resource = true}};
    g_assert_cmpuint(ask(f, &c), ==, 0);
    struct relo_rd rd = relo_rd_init(f->peer->answer.body, f->peer->answer.body_n, RELO_ID_BYTES);
    struct relo_find_ans ans;
    struct relo_find_kind_data data;
    struct relo_id id;
    g_assert_true(relo_find_ans_read(&rd, &ans));
    struct relo_rd list = relo_rd_init(ans.results.p, ans.results.n, RELO_ID_BYTES);
    g_assert_true(relo_find_kind_data_next(&list, &data));
    g_assert_cmpuint(data.kind, ==, kind);
    g_assert_true(relo_view_to_id(data.closest, &id)); /* sixteen bytes, zeros for none */
    return id;
}

/* 6940-7.4.4.2-1 6940-7.4.4.2-3 */
static void find_names_the_next_resource(struct fixture *f, const void *unused)
{
    (void)unused;
    struct relo_id none = {0, 0};
    g_assert_true(relo_id_equal(find(f, RELO_KIND_TEST, stub_id(1)), none));
    store(f, RELO_KIND_TEST, "one");
    g_assert_true(relo_id_equal(find(f, RELO_KIND_TEST, f->home), f->home));
    g_assert_true(relo_id_equal(find(f, RELO_KIND_TEST, relo_id_next(f->home)), f->home));
    g_assert_true(relo_id_equal(find(f, RELO_KIND_TEST_ARRAY, f->home), none));
    f->peer->config.kind_count = 1; /* not known there: 0 */
    g_assert_true(relo_id_equal(find(f, RELO_KIND_TEST, f->home), none));
    f->peer->responsible = false;
    struct relo_command c = {.type = RELO_COMMAND_FIND, .kind = RELO_KIND_TEST,
                             .target = {.id = f->home, .resource = true}};
    g_assert_cmpuint(ask(f, &c), ==, RELO_ERROR_NOT_FOUND);
}

/* 6940-7.4.4.1-1 6940-7.4.4.1-2 */
static void find_with_a_kind_twice_is_refused(struct fixture *f, const void *unused)
{
    (void)unused;
    struct relo_command c = {.type = RELO_COMMAND_FIND, .kind = RELO_KIND_TEST,
                             .target = {.id = f->home, .resource = true}};
    g_assert_true(relo_store_command(&f->alice->store, &c, 1) != 0);
    struct stub_message *m = &f->alice->request[0];
    m->body[17] = 8;
    memcpy(m->body + 22, m->body + 18, 4);
    m->body_n += 4;
    stub_deliver(f->alice, m, f->peer);
    g_assert_cmpuint(f->peer->answer.error_code, ==, RELO_ERROR_INVALID_MESSAGE);
}

static void value_expires(struct fixture *f, const void *unused)
{
    (void)unused;
    struct relo_command c = stub_store(RELO_KIND_TEST, f->home, "brief");
    c.lifetime_s = 60;
    g_assert_cmpuint(ask(f, &c), ==, 0);
    g_assert_cmpint(relo_store_deadline(&f->peer->store), ==, 65 * RELO_S);
    advance(f, 59 * RELO_S);
    relo_store_wake(&f->peer->store);
    g_assert_true(fetch(f, RELO_KIND_TEST).exists);
    advance(f, RELO_S);
    g_assert_false(fetch(f, RELO_KIND_TEST).exists); /* hidden before it is swept */
    relo_store_wake(&f->peer->store);
    g_assert_cmpuint(f->peer->store.count, ==, 0);
    g_assert_cmpuint(f->peer->store.bytes, ==, 0);
    g_assert_cmpuint(f->peer->shard.counter[RELO_COUNT_values_expired], ==, 1);
    g_assert_cmpint(relo_store_deadline(&f->peer->store), ==, RELO_NEVER);
}

/* 6940-7.4.1.1-1 6940-7.4.1.1-2 6940-7.4.1.1-3:
   a second kind that is too old undoes the
   first. */
static void store_is_atomic_over_kinds(struct fixture *f, const void *unused)
{
    (void)unused;
    struct relo_command c = stub_store(RELO_KIND_TEST_ARRAY, f->home, "kept");
    g_assert_cmpuint(ask(f, &c), ==, 0);
    /* Put together: a new single value, and an older value for the array. */
    f->alice->env.now -= RELO_S;
    f->alice->store.last_storage_time = 0;
    struct relo_command single = stub_store(RELO_KIND_TEST, f->home, "new");
    g_assert_true(relo_store_command(&f->alice->store, &single, 1) != 0);
    c = stub_store(RELO_KIND_TEST_ARRAY, f->home, "older");
    g_assert_true(relo_store_command(&f->alice->store, &c, 1) != 0);
    struct stub_message *a = &f->alice->request[0], *b = &f->alice->request[1];
    uint32_t head = 1 + 16 + 1 + 4, more = b->body_n - head;
    memcpy(a->body + a->body_n, b->body + head, more);
    a->body_n += more;
    uint32_t n = a->body_n - head;
    for (int i = 0; i < 4; i++)
        a->body[18 + i] = (uint8_t)(n >> (24 - 8 * i));
    stub_deliver(f->alice, a, f->peer);
    g_assert_cmpuint(f->peer->answer.error_code, ==, RELO_ERROR_DATA_TOO_OLD);
    g_assert_false(fetch(f, RELO_KIND_TEST).exists);
    g_assert_cmpuint(fetch(f, RELO_KIND_TEST).generation, ==, 0);
    g_assert_true(stub_equal(fetch(f, RELO_KIND_TEST_ARRAY).value, "kept"));
    /* The same kind twice. */
    memcpy(b->body + b->body_n, b->body + head, b->body_n - head);
    b->body_n += b->body_n - head;
    n = b->body_n - head;
    for (int i = 0; i < 4; i++)
        b->body[18 + i] = (uint8_t)(n >> (24 - 8 * i));
    stub_deliver(f->alice, b, f->peer);
    g_assert_cmpuint(f->peer->answer.error_code, ==, RELO_ERROR_INVALID_MESSAGE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(path, function)                                                                       \
    g_test_add(path, struct fixture, NULL, setup, function, teardown)
    CASE("/storage/store/stored_value_is_fetched", stored_value_is_fetched);
    CASE("/storage/store/removed_value_stays_as_nonexistent", removed_value_stays_as_nonexistent);
    CASE("/storage/store/another_user_is_forbidden", another_user_is_forbidden);
    CASE("/storage/store/request_of_another_signer_is_forbidden",
         request_of_another_signer_is_forbidden);
    CASE("/storage/store/tampered_value_is_forbidden", tampered_value_is_forbidden);
    CASE("/storage/store/place_of_sender_and_receiver_is_checked",
         place_of_sender_and_receiver_is_checked);
    CASE("/storage/store/replica_with_generation_zero_is_refused",
         replica_with_generation_zero_is_refused);
    CASE("/storage/store/generation_must_match", generation_must_match);
    CASE("/storage/store/older_value_is_too_old", older_value_is_too_old);
    CASE("/storage/store/repeated_request_changes_nothing", repeated_request_changes_nothing);
    CASE("/storage/store/limits_are_kept", limits_are_kept);
    CASE("/storage/store/unknown_kind_is_named", unknown_kind_is_named);
    CASE("/storage/store/store_is_atomic_over_kinds", store_is_atomic_over_kinds);
    CASE("/storage/store/value_expires", value_expires);
    CASE("/storage/fetch/array_gaps_are_synthetic", array_gaps_are_synthetic);
    CASE("/storage/fetch/same_generation_gives_no_values", same_generation_gives_no_values);
    CASE("/storage/fetch/value_with_bad_signature_is_left_out",
         fetched_value_with_bad_signature_is_left_out);
    CASE("/storage/fetch/overlapping_ranges_are_refused", overlapping_ranges_are_refused);
    CASE("/storage/stat/digests_value_with_its_length", stat_digests_value_with_its_length);
    CASE("/storage/find/names_the_next_resource", find_names_the_next_resource);
    CASE("/storage/find/with_a_kind_twice_is_refused", find_with_a_kind_twice_is_refused);
    return g_test_run();
}
