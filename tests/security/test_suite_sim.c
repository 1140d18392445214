/* SPDX-License-Identifier: BSD-2-Clause */
/* The `sim` suite: certificates, digests and signatures. Associations: tests/link/test_handshake.c.
 */
#include "core/relo.h"
#include "core/security/sim.h"
#include "core/security/suite.h"
#include "core/wire/codes.h"

#include <glib.h>
#include <string.h>

struct fixture {
    struct relo_shard shard;
    struct relo_config config;
    struct relo_identity identity;
    struct relo_env env;
    uint8_t der[4096];
    uint32_t n;
};

static const struct relo_suite *const suite = &relo_suite_sim;

static void setup(struct fixture *f, gconstpointer data)
{
    (void)data;
    memset(f, 0, sizeof *f);
    relo_config_init(&f->config, "test.example");
    f->identity = (struct relo_identity){.node_id = {0x1234, 0x5678},
                                         .user = "alice@example.org",
                                         .key = 77,
                                         .not_before_s = 1000,
                                         .not_after_s = 2000};
    f->env = (struct relo_env){.shard = &f->shard,
                               .suite = suite,
                               .config = &f->config,
                               .identity = &f->identity,
                               .self = f->identity.node_id,
                               .unix_offset_ns = 1500 * RELO_S};
    struct relo_wr w = relo_wr_init(f->der, sizeof f->der, 16);
    suite->certificate_write(&f->env, &w);
    g_assert_false(w.failed);
    f->n = (uint32_t)relo_wr_size(&w);
}

static void teardown(struct fixture *f, gconstpointer data)
{
    (void)f, (void)data;
}

static void certificate_has_its_size(struct fixture *f, gconstpointer data)
{
    (void)data;
    struct relo_credential c;
    g_assert_cmpuint(f->n, ==, 794);
    g_assert_true(suite->certificate_read(&f->env, (struct relo_view){f->der, f->n}, &c));
    g_assert_true(relo_id_equal(c.node_id, f->identity.node_id));
    g_assert_cmpuint(c.user.n, ==, 17);
    g_assert_true(memcmp(c.user.p, "alice@example.org", 17) == 0);
    g_assert_cmphex(c.key, ==, 77);
    uint8_t own[RELO_DIGEST_BYTES];
    suite->own_digest(&f->env, (struct relo_view){NULL, 0}, own);
    g_assert_true(memcmp(own, c.digest, sizeof own) == 0);
    memset(own, 0, sizeof own);
    suite->own_digest(&f->env, (struct relo_view){f->der, f->n}, own);
    g_assert_true(memcmp(own, c.digest, sizeof own) == 0);
}

static void certificate_tampering_detected(struct fixture *f, gconstpointer data)
{
    (void)data;
    struct relo_credential c;
    for (uint32_t i = 0; i < f->n; i++) {
        f->der[i] ^= 1;
        g_assert_false(suite->certificate_read(&f->env, (struct relo_view){f->der, f->n}, &c));
        f->der[i] ^= 1;
        g_assert_false(suite->certificate_read(&f->env, (struct relo_view){f->der, i}, &c));
    }
}

/* 6940-7.1-1 */
static void certificate_expires(struct fixture *f, gconstpointer data)
{
    (void)data;
    struct relo_credential c;
    struct relo_view der = {f->der, f->n};
    f->env.now = 500 * RELO_S;
    g_assert_true(suite->certificate_read(&f->env, der, &c));
    f->env.now = 501 * RELO_S;
    g_assert_false(suite->certificate_read(&f->env, der, &c));
    f->env.unix_offset_ns = 0;
    g_assert_false(suite->certificate_read(&f->env, der, &c));
}

static void packing_loses_nothing(struct fixture *f, gconstpointer data)
{
    (void)data;
    uint8_t packed[128], again[4096];
    uint32_t n = suite->certificate_pack((struct relo_view){f->der, f->n}, packed, sizeof packed);
    g_assert_cmpuint(n, >, 0);
    g_assert_cmpuint(n, <=, 100);
    struct relo_wr w = relo_wr_init(again, sizeof again, 16);
    suite->certificate_unpack(&f->env, (struct relo_view){packed, n}, &w);
    g_assert_cmpuint(relo_wr_size(&w), ==, f->n);
    g_assert_true(memcmp(again, f->der, f->n) == 0);
    g_assert_cmpuint(suite->certificate_pack((struct relo_view){f->der, f->n}, packed, 20), ==, 0);
    w = relo_wr_init(again, sizeof again, 16);
    suite->certificate_unpack(&f->env, (struct relo_view){packed, 10}, &w);
    g_assert_true(w.failed);
}

static void a_signature_is_kept_as_eight_bytes_or_as_it_is(struct fixture *f, gconstpointer data)
{
    (void)data;
    static const uint16_t sizes[] = {71, 256};
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        uint8_t value[256], again[256], packed[RELO_SIGNATURE_PACKED_MAX];
        struct relo_wr w = relo_wr_init(again, sizeof again, 16);
        relo_sim_fill(value, sizes[i], f->env.identity->key);
        uint32_t n = suite->signature_pack((struct relo_view){value, sizes[i]}, packed);
        g_assert_cmpuint(n, ==, 8);
        suite->signature_unpack((struct relo_view){packed, n}, sizes[i], &w);
        g_assert_cmpuint(relo_wr_size(&w), ==, sizes[i]);
        g_assert_true(memcmp(value, again, sizes[i]) == 0);
        value[sizes[i] - 1] ^= 1;
        g_assert_cmpuint(suite->signature_pack((struct relo_view){value, sizes[i]}, packed), ==, 0);
    }
}

static void check_signature(struct fixture *f, uint8_t algorithm, uint16_t bytes)
{
    uint8_t hash, signature, value[RELO_SIGNATURE_MAX], text[] = "message contents";
    uint16_t n;
    struct relo_credential signer;
    struct relo_signature_input input = {.part = {{text, 7}, {text + 7, 9}}, .n = 2};
    suite->algorithm(&f->env, &hash, &signature, &n);
    g_assert_cmpuint(hash, ==, RELO_HASH_SHA256);
    g_assert_cmpuint(signature, ==, algorithm);
    g_assert_cmpuint(n, ==, bytes);
    suite->sign(&f->env, &input, value);
    g_assert_true(suite->certificate_read(&f->env, (struct relo_view){f->der, f->n}, &signer));
    struct relo_view v = {value, n};
    g_assert_true(suite->verify(&f->env, &signer, &input, v));
    for (uint32_t i = 0; i < n; i++) {
        value[i] ^= 0x80;
        g_assert_false(suite->verify(&f->env, &signer, &input, v));
        value[i] ^= 0x80;
    }
    for (uint32_t i = 0; i < 16; i++) {
        text[i] ^= 1;
        g_assert_false(suite->verify(&f->env, &signer, &input, v));
        text[i] ^= 1;
    }
    g_assert_false(suite->verify(&f->env, &signer, &input, (struct relo_view){value, n - 1u}));
    signer.key++;
    g_assert_false(suite->verify(&f->env, &signer, &input, v));
}

static void rsa_signature(struct fixture *f, gconstpointer data)
{
    (void)data;
    check_signature(f, RELO_SIGNATURE_RSA, 256);
}

static void ecdsa_signature(struct fixture *f, gconstpointer data)
{
    (void)data;
    f->config.signature = RELO_SIGNATURE_ECDSA_P256;
    check_signature(f, RELO_SIGNATURE_ECDSA, 71);
}

/* The check value covers bytes, not how they are cut: a record sealed over a shared body opens from
   one piece. */
static void record_opens_however_it_is_cut(struct fixture *f, gconstpointer data)
{
    (void)data;
    struct relo_pool *pool = &f->shard.pool;
    struct relo_assoc a, b;
    uint8_t head[] = "frame head", datagram[256];
    struct relo_body *body = relo_body_new(pool, "0123456789", 10, RELO_CLASS_DATA);
    for (int variant = 0; variant < 3; variant++) {
        struct relo_slice part = {body, variant == 2 ? 3u : 0u, variant == 2 ? 5u : 10u}, rest;
        struct relo_wr w = relo_wr_init(datagram, sizeof datagram, 16);
        struct relo_view frame;
        uint16_t offset;
        suite->assoc_wire(&f->env, &a, false, 9);
        suite->assoc_wire(&f->env, &b, true, 9);
        suite->assoc_seal(&f->env, &a, (struct relo_view){head, 10}, &part, &w, &rest, &offset);
        g_assert_cmpuint(offset, ==, suite->record_overhead);
        g_assert_cmpuint(relo_wr_size(&w), ==, 10 + suite->record_overhead);
        if (variant == 1) {
            relo_wr_bytes(&w, relo_slice_bytes(&rest), rest.n);
            rest = (struct relo_slice){NULL, 0, 0};
        }
        struct relo_datagram_view in = {relo_wr_view(&w), rest};
        g_assert_cmpint(suite->assoc_input(&f->env, &a, &in, &frame, &rest), ==, RELO_ASSOC_BAD);
        g_assert_cmpint(suite->assoc_input(&f->env, &b, &in, &frame, &rest), ==, RELO_ASSOC_RECORD);
        g_assert_cmpuint(frame.n, ==, variant == 1 ? 20 : 10);
        g_assert_cmpint(suite->assoc_input(&f->env, &b, &in, &frame, &rest), ==, RELO_ASSOC_BAD);
    }
    relo_body_unref(pool, body);
    relo_pool_fini(pool);
}

/* 6940-6.4.2.1-4:
   RFC 6347 4.1.2.6: out of order within 64 is fine, once. */
static void replay_window(struct fixture *f, gconstpointer data)
{
    (void)data;
    static const struct {
        uint32_t number;
        bool good;
    } step[] = {{0, true},   {0, false},   {70, true},  {7, true},  {7, false},
                {6, false},  {69, true},   {70, false}, {71, true}, {200, true},
                {137, true}, {136, false}, {137, false}};
    struct relo_assoc a, b;
    suite->assoc_wire(&f->env, &a, false, 9);
    suite->assoc_wire(&f->env, &b, true, 9);
    for (size_t i = 0; i < G_N_ELEMENTS(step); i++) {
        uint8_t datagram[64], text[] = "x";
        struct relo_slice none = {NULL, 0, 0}, rest;
        struct relo_wr w = relo_wr_init(datagram, sizeof datagram, 16);
        struct relo_view frame;
        uint16_t offset;
        a.out_next = step[i].number;
        suite->assoc_seal(&f->env, &a, (struct relo_view){text, 1}, &none, &w, &rest, &offset);
        struct relo_datagram_view in = {relo_wr_view(&w), none};
        g_assert_cmpint(suite->assoc_input(&f->env, &b, &in, &frame, &rest), ==,
                        step[i].good ? RELO_ASSOC_RECORD : RELO_ASSOC_BAD);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add(name, struct fixture, NULL, setup, function, teardown)
    ADD("/sim/certificate/has_its_size", certificate_has_its_size);
    ADD("/sim/certificate/tampering_detected", certificate_tampering_detected);
    ADD("/sim/certificate/expires", certificate_expires);
    ADD("/sim/certificate/packing_loses_nothing", packing_loses_nothing);
    ADD("/sim/signature/kept_as_eight_bytes_or_as_it_is",
        a_signature_is_kept_as_eight_bytes_or_as_it_is);
    ADD("/sim/signature/rsa", rsa_signature);
    ADD("/sim/signature/ecdsa", ecdsa_signature);
    ADD("/sim/record/opens_however_it_is_cut", record_opens_however_it_is_cut);
    ADD("/sim/record/replay_window", replay_window);
    return g_test_run();
}
