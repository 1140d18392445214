/* SPDX-License-Identifier: BSD-2-Clause */
/* STUN that is malformed, forged, replayed or from elsewhere: what an agent ignores, and where it
   is counted (RFC 8489 sections 6.3 and 9.1.4, RFC 8445 section 7.2.5.2). */
#include "tests/ice/support_bench.h"

#include <string.h>

static const char password[] = "the other side's password";

/* One agent between us and peer 1, and the last check that it sent. */
struct scene {
    struct bench *bench;
    struct relo_ice *ice;
    struct relo_outbox *out;
    struct relo_addr other;
    uint8_t transaction[RELO_STUN_TRANSACTION_BYTES];
    unsigned checks; /* that it has sent */
};

static struct relo_view text(const char *t)
{
    return (struct relo_view){(const uint8_t *)t, (uint32_t)strlen(t)};
}

static void flush(struct scene *s)
{
    s->out->n = s->out->bytes_used = 0;
    g_assert_true(relo_ice_agents_flush(s->bench->agents, s->out));
    for (uint32_t i = 0; i < s->out->n; i++) {
        struct relo_stun m;
        g_assert_true(relo_stun_read(s->out->action[i].send.head, &m));
        if (m.stun_class != RELO_STUN_REQUEST)
            continue;
        memcpy(s->transaction, m.transaction, sizeof s->transaction);
        s->checks++;
    }
}

static void pass(struct scene *s, relo_time t)
{
    s->bench->env.now += t;
    flush(s);
}

/* With servers: gathers, its question to bootstrap node 100 being out. */
static void open_scene(struct scene *s, unsigned servers, bool consent)
{
    *s = (struct scene){.bench = bench_new(servers), .other = bench_peer(1)};
    s->bench->config.ice_consent = consent;
    s->out = g_new0(struct relo_outbox, 1);
    s->ice = relo_ice_agents_open(s->bench->agents, true)->ice;
    flush(s);
}

static void start(struct scene *s)
{
    struct relo_ice_candidate remote = {
        .addr = s->other, .priority = relo_ice_priority(RELO_ICE_HOST, 65535), .foundation = 1};
    g_assert_true(relo_ice_start(s->ice, text("them"), text(password), &remote, 1));
    pass(s, 50 * RELO_MS);
    g_assert_cmpuint(s->checks, ==, 1);
}

static void close_scene(struct scene *s)
{
    bench_free(s->bench);
    g_free(s->out);
}

static uint64_t counted(const struct scene *s, enum relo_counter counter)
{
    return s->bench->shard.counter[counter];
}

static uint64_t counted_all(const struct scene *s)
{
    return counted(s, RELO_COUNT_drop_stun_malformed) + counted(s, RELO_COUNT_drop_stun_integrity) +
           counted(s, RELO_COUNT_drop_stun_address) + counted(s, RELO_COUNT_drop_stun_unknown);
}

static void arrive(struct scene *s, const struct relo_addr *from, struct relo_view bytes)
{
    struct relo_datagram d = {.local = s->bench->local, .remote = *from, .head = bytes};
    relo_ice_agents_receive(s->bench->agents, &d);
}

struct answer {
    const char *password; /* NULL: without integrity */
    bool sha256;
    uint16_t error;
};

/* An answer to the last check, from an address. */
static void answer(struct scene *s, const struct relo_addr *from, struct answer a)
{
    uint8_t bytes[256];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
    struct relo_stun_writer o = relo_stun_open(
        &w, RELO_STUN_BINDING, a.error ? RELO_STUN_ERROR : RELO_STUN_SUCCESS, s->transaction);
    if (a.error)
        relo_stun_write_error(&o, a.error, "");
    else
        relo_stun_write_address(&o, RELO_STUN_XOR_MAPPED_ADDRESS, &s->bench->local);
    if (a.password && a.sha256)
        relo_stun_write_integrity_sha256(&o, text(a.password));
    else if (a.password)
        relo_stun_write_integrity(&o, text(a.password));
    relo_stun_write_fingerprint(&o);
    g_assert_false(w.failed);
    arrive(s, from, relo_wr_view(&w));
}

static const struct relo_ice_pair *pair(const struct scene *s)
{
    g_assert_cmpuint(relo_ice_pair_count(s->ice), ==, 1);
    return relo_ice_pair_at(s->ice, 0);
}

/* The right answer to the check, and to the nomination that follows. */
static void complete(struct scene *s)
{
    answer(s, &s->other, (struct answer){.password = password});
    g_assert_cmpint(pair(s)->state, ==, RELO_ICE_PAIR_SUCCEEDED);
    pass(s, 100 * RELO_MS);
    pass(s, 50 * RELO_MS);
    g_assert_cmpuint(s->checks, ==, 2);
    answer(s, &s->other, (struct answer){.password = password});
    g_assert_cmpint(relo_ice_state(s->ice), ==, RELO_ICE_COMPLETED);
}

static void malformed_stun_is_dropped_and_counted(void)
{
#define HEAD "\x01\x01" /* a Binding success response */
#define COOKIE "\x21\x12\xa4\x42twelve bytes"
    static const struct {
        const char *bytes;
        uint32_t n;
    } cases[] = {
        {"\1", 1},                                                 /* a piece of a header */
        {HEAD "\0\0" COOKIE, 19},                                  /* one byte short */
        {HEAD "\0\4" COOKIE, 20},                                  /* shorter than it says */
        {HEAD "\0\0" COOKIE "more", 24},                           /* longer */
        {HEAD "\0\2" COOKIE "xx", 22},                             /* not in words of 4 */
        {HEAD "\0\0\x21\x12\xa4\x43twelve bytes", 20},             /* another cookie */
        {HEAD "\0\4" COOKIE "\0\x20\0\x08", 24},                   /* an attribute runs over */
        {HEAD "\0\x08" COOKIE "\0\x20\0\4\0\1\1\1", 28},           /* an address too short */
        {HEAD "\0\x0c" COOKIE "\0\x20\0\x08\0\3\1\1\1\1\1\1", 32}, /* of no family */
        {HEAD "\0\x08" COOKIE "\0\x08\0\4\1\1\1\1", 28},           /* integrity of 4 bytes */
        {HEAD "\0\x08" COOKIE "\x80\x28\0\4\1\1\1\1", 28},         /* FINGERPRINT wrong */
        {HEAD "\0\x08" COOKIE "\0\x09\0\4\0\0\x02\0", 28},         /* an error 200 */
    };
    struct scene s;
    open_scene(&s, 0, false);
    start(&s);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        arrive(&s, &s.other, (struct relo_view){(const uint8_t *)cases[i].bytes, cases[i].n});
        if (counted(&s, RELO_COUNT_drop_stun_malformed) != i + 1)
            g_error("case %u was read", i);
    }
    g_assert_cmpuint(counted_all(&s), ==, G_N_ELEMENTS(cases));
    pass(&s, RELO_MS);
    g_assert_cmpuint(s.out->n, ==, 0); /* nothing is answered */
    complete(&s);
    close_scene(&s);
}

/* 8489 9.1.4: discarded as if it had never come, so that retransmission goes on. Also where the
   algorithm is not the request's. */
static void answer_of_wrong_integrity_is_as_if_it_had_not_come(void)
{
    static const struct answer wrong[] = {
        {.password = "another password"},       {.password = NULL},
        {.password = password, .sha256 = true}, {.password = "another password", .error = 487},
        {.password = NULL, .error = 487},       {.password = NULL, .error = 400},
        {.password = NULL, .error = 401},
    };
    struct scene s;
    open_scene(&s, 0, false);
    start(&s);
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        answer(&s, &s.other, wrong[i]);
        g_assert_cmpuint(counted(&s, RELO_COUNT_drop_stun_integrity), ==, i + 1);
        g_assert_cmpint(pair(&s)->state, ==, RELO_ICE_PAIR_IN_PROGRESS);
        g_assert_true(relo_ice_is_controlling(s.ice));
    }
    pass(&s, 450 * RELO_MS);
    g_assert_cmpuint(s.checks, ==, 1);
    uint8_t first[RELO_STUN_TRANSACTION_BYTES];
    memcpy(first, s.transaction, sizeof first);
    pass(&s, 50 * RELO_MS); /* RTO: the same check again */
    g_assert_cmpuint(s.checks, ==, 2);
    g_assert_cmpint(memcmp(first, s.transaction, sizeof first), ==, 0);
    s.checks = 1;
    complete(&s);
    g_assert_cmpuint(counted_all(&s), ==, G_N_ELEMENTS(wrong));
    close_scene(&s);
}

static void answer_to_an_unknown_transaction_is_ignored(void)
{
    struct scene s;
    open_scene(&s, 0, false);
    start(&s);
    s.transaction[0] ^= 1;
    answer(&s, &s.other, (struct answer){.password = password});
    s.transaction[0] ^= 1;
    g_assert_cmpint(pair(&s)->state, ==, RELO_ICE_PAIR_IN_PROGRESS);
    g_assert_cmpuint(counted(&s, RELO_COUNT_drop_stun_unknown), ==, 1);
    complete(&s);
    g_assert_cmpuint(counted_all(&s), ==, 1);
    close_scene(&s);
}

static void replayed_answer_is_ignored(void)
{
    struct scene s;
    open_scene(&s, 0, false);
    start(&s);
    answer(&s, &s.other, (struct answer){.password = password});
    answer(&s, &s.other, (struct answer){.password = password});
    answer(&s, &s.other, (struct answer){.password = password, .error = 487});
    g_assert_cmpuint(counted(&s, RELO_COUNT_drop_stun_unknown), ==, 2);
    g_assert_cmpint(pair(&s)->state, ==, RELO_ICE_PAIR_SUCCEEDED);
    uint8_t first[RELO_STUN_TRANSACTION_BYTES], second[RELO_STUN_TRANSACTION_BYTES];
    memcpy(first, s.transaction, sizeof first);
    pass(&s, 100 * RELO_MS);
    pass(&s, 50 * RELO_MS);
    /* The nomination is another transaction: the answer to the first check nominates nothing. */
    memcpy(second, s.transaction, sizeof second);
    memcpy(s.transaction, first, sizeof first);
    answer(&s, &s.other, (struct answer){.password = password});
    g_assert_cmpint(relo_ice_state(s.ice), ==, RELO_ICE_CHECKING);
    memcpy(s.transaction, second, sizeof second);
    answer(&s, &s.other, (struct answer){.password = password});
    g_assert_cmpint(relo_ice_state(s.ice), ==, RELO_ICE_COMPLETED);
    answer(&s, &s.other, (struct answer){.password = password});
    g_assert_cmpuint(counted(&s, RELO_COUNT_drop_stun_unknown), ==, 4);
    g_assert_cmpuint(counted_all(&s), ==, 4);
    close_scene(&s);
}

/* 8445 7.2.5.2.1: it is of the peer, but the path is not symmetric: the pair fails. */
static void answer_from_another_address_fails_the_pair_and_is_counted(void)
{
    struct relo_addr elsewhere = bench_peer(2), port = bench_peer(1);
    port.port++;
    for (unsigned i = 0; i < 2; i++) {
        struct scene s;
        open_scene(&s, 0, false);
        start(&s);
        /* Who cannot sign cannot do even that. */
        answer(&s, i ? &port : &elsewhere, (struct answer){.password = "another password"});
        g_assert_cmpint(pair(&s)->state, ==, RELO_ICE_PAIR_IN_PROGRESS);
        g_assert_cmpuint(counted(&s, RELO_COUNT_drop_stun_address), ==, 0);
        answer(&s, i ? &port : &elsewhere, (struct answer){.password = password});
        g_assert_cmpint(pair(&s)->state, ==, RELO_ICE_PAIR_FAILED);
        g_assert_cmpuint(counted(&s, RELO_COUNT_drop_stun_address), ==, 1);
        close_scene(&s);
    }
}

/* A STUN server has no password with us: its address and the transaction are what there is. */
static void server_is_believed_from_its_own_address_and_once(void)
{
    struct relo_addr server = bench_peer(100), elsewhere = bench_peer(2);
    struct scene s;
    open_scene(&s, 1, false);
    g_assert_cmpuint(s.checks, ==, 1);
    answer(&s, &elsewhere, (struct answer){0});
    g_assert_cmpuint(counted(&s, RELO_COUNT_drop_stun_address), ==, 1);
    g_assert_cmpint(relo_ice_state(s.ice), ==, RELO_ICE_GATHERING);
    answer(&s, &server, (struct answer){0});
    answer(&s, &server, (struct answer){0});
    g_assert_cmpuint(counted(&s, RELO_COUNT_drop_stun_unknown), ==, 1);
    g_assert_cmpuint(counted_all(&s), ==, 2);
    close_scene(&s);
}

struct request {
    const char *ufrag; /* NULL: ours */
    const char *password;
    bool no_fingerprint, no_integrity;
};

static void request(struct scene *s, const struct relo_addr *from, struct request r)
{
    uint8_t bytes[256], name[32], transaction[RELO_STUN_TRANSACTION_BYTES] = {5};
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
    struct relo_wr n = relo_wr_init(name, sizeof name, 16);
    struct relo_view ufrag = r.ufrag ? text(r.ufrag) : relo_ice_ufrag(s->ice);
    relo_wr_bytes(&n, ufrag.p, ufrag.n);
    relo_wr_bytes(&n, ":them", 5);
    struct relo_stun_writer o =
        relo_stun_open(&w, RELO_STUN_BINDING, RELO_STUN_REQUEST, transaction);
    relo_stun_write(&o, RELO_STUN_USERNAME, relo_wr_view(&n));
    relo_stun_write_u32(&o, RELO_STUN_PRIORITY, 1);
    relo_stun_write_u64(&o, RELO_STUN_ICE_CONTROLLED, 1);
    if (!r.no_integrity)
        relo_stun_write_integrity(&o, r.password ? text(r.password) : relo_ice_password(s->ice));
    if (!r.no_fingerprint)
        relo_stun_write_fingerprint(&o);
    arrive(s, from, relo_wr_view(&w));
}

/* It is answered with nothing, not even an error, which forged sources would make a weapon. */
static void spoofed_check_is_dropped_counted_and_not_answered(void)
{
    struct relo_addr elsewhere = bench_peer(2);
    struct scene s;
    open_scene(&s, 0, false);
    start(&s);
    request(&s, &elsewhere, (struct request){.password = "guess"});
    request(&s, &elsewhere, (struct request){.no_integrity = true});
    request(&s, &elsewhere, (struct request){.no_fingerprint = true});
    g_assert_cmpuint(counted(&s, RELO_COUNT_drop_stun_integrity), ==, 3);
    request(&s, &elsewhere, (struct request){.ufrag = "nobody"});
    g_assert_cmpuint(counted(&s, RELO_COUNT_drop_stun_unknown), ==, 1);
    flush(&s);
    g_assert_cmpuint(s.out->n, ==, 0);
    g_assert_cmpuint(relo_ice_pair_count(s.ice), ==, 1); /* and it is no candidate */
    request(&s, &s.other, (struct request){0});
    flush(&s);
    g_assert_cmpuint(s.out->n, >, 0);
    g_assert_cmpuint(counted_all(&s), ==, 4);
    close_scene(&s);
}

/* RFC 7675 5.1 */
static void consent_is_not_renewed_by_others(void)
{
    static const struct {
        bool elsewhere;
        struct answer answer;
        enum relo_counter counter;
    } cases[] = {{true, {.password = password}, RELO_COUNT_drop_stun_address},
                 {false, {.password = "guess"}, RELO_COUNT_drop_stun_integrity},
                 {false, {.password = NULL}, RELO_COUNT_drop_stun_integrity}};
    struct relo_addr elsewhere = bench_peer(2);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct scene s;
        open_scene(&s, 0, true);
        start(&s);
        complete(&s);
        relo_time granted = s.bench->env.now;
        while (relo_ice_state(s.ice) == RELO_ICE_COMPLETED && s.bench->env.now < 60 * RELO_S) {
            unsigned before = s.checks;
            pass(&s, relo_ice_deadline(s.ice) - s.bench->env.now);
            if (s.checks > before)
                answer(&s, cases[i].elsewhere ? &elsewhere : &s.other, cases[i].answer);
        }
        g_assert_cmpint(relo_ice_state(s.ice), ==, RELO_ICE_FAILED);
        g_assert_cmpint(s.bench->env.now, ==, granted + 30 * RELO_S);
        g_assert_cmpuint(counted(&s, cases[i].counter), >=, 4);
        close_scene(&s);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/ice/spoofed/" #name, name)
    ADD(malformed_stun_is_dropped_and_counted);
    ADD(answer_of_wrong_integrity_is_as_if_it_had_not_come);
    ADD(answer_to_an_unknown_transaction_is_ignored);
    ADD(replayed_answer_is_ignored);
    ADD(answer_from_another_address_fails_the_pair_and_is_counted);
    ADD(server_is_believed_from_its_own_address_and_once);
    ADD(spoofed_check_is_dropped_counted_and_not_answered);
    ADD(consent_is_not_renewed_by_others);
#undef ADD
    return g_test_run();
}
