/* SPDX-License-Identifier: BSD-2-Clause */
/* Ring arithmetic, readers and writers, hashes, pools and slabs. */
#include "core/base/bytes.h"
#include "core/base/hash.h"
#include "core/base/id.h"
#include "core/base/packet.h"
#include "core/base/pool.h"
#include "core/base/prng.h"
#include "core/base/sha1.h"
#include "core/base/slab.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

static void same(const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
    g_assert_cmpuint(a_bytes, ==, b_bytes);
    g_assert_true(memcmp(a, b, a_bytes) == 0);
}

static struct relo_id id(uint64_t hi, uint64_t lo)
{
    return (struct relo_id){hi, lo};
}

static void id_survives_bytes(void)
{
    uint8_t bytes[16];
    for (int i = 0; i < 16; i++)
        bytes[i] = (uint8_t)(i * 17 + 3);
    uint8_t back[16];
    relo_id_to_bytes(relo_id_from_bytes(bytes), back);
    same(bytes, 16, back, 16);
}

static void id_arithmetic_wraps(void)
{
    struct relo_id most = id(UINT64_MAX, UINT64_MAX);
    g_assert_true(relo_id_equal(relo_id_next(most), id(0, 0)));
    g_assert_true(relo_id_equal(relo_id_sub(id(0, 0), id(0, 1)), most));
    g_assert_true(relo_id_equal(relo_id_add(id(0, UINT64_MAX), id(0, 1)), id(1, 0)));
    g_assert_true(relo_id_equal(relo_id_power(127), id(UINT64_C(1) << 63, 0)));
    g_assert_true(relo_id_equal(relo_id_power(63), id(0, UINT64_C(1) << 63)));
}

static void range_is_half_open_and_wraps(void)
{
    g_assert_true(relo_id_in_range(id(0, 5), id(0, 1), id(0, 5)));
    g_assert_false(relo_id_in_range(id(0, 1), id(0, 1), id(0, 5)));
    g_assert_false(relo_id_in_range(id(0, 6), id(0, 1), id(0, 5)));
    g_assert_true(relo_id_in_range(id(0, 0), id(9, 0), id(0, 5)));
    g_assert_true(relo_id_in_range(id(UINT64_MAX, 1), id(9, 0), id(0, 5)));
    g_assert_false(relo_id_in_range(id(8, 0), id(9, 0), id(0, 5)));
    g_assert_true(relo_id_in_range(id(7, 7), id(3, 3), id(3, 3))); /* alone: all of it */
}

static void reader_sticks_after_short_read(void)
{
    const uint8_t bytes[] = {1, 2, 3};
    struct relo_rd r = relo_rd_init(bytes, sizeof bytes, 16);
    g_assert_cmpuint(relo_rd_u16(&r), ==, 0x0102);
    g_assert_cmpuint(relo_rd_u32(&r), ==, 0);
    g_assert_true(r.failed);
    g_assert_cmpuint(relo_rd_u8(&r), ==, 0);
    g_assert_false(relo_rd_more(&r));
}

static void vectors_nest(void)
{
    uint8_t buffer[64];
    struct relo_wr w = relo_wr_init(buffer, sizeof buffer, 16);
    size_t outer = relo_wr_open24(&w);
    relo_wr_opaque8(&w, (struct relo_view){(const uint8_t *)"FOO", 3}); /* 03 46 4f 4f (6.3.1.1) */
    relo_wr_u64(&w, UINT64_C(0x0102030405060708));
    relo_wr_close24(&w, outer);
    g_assert_false(w.failed);
    const uint8_t expected[] = {0, 0, 12, 3, 'F', 'O', 'O', 1, 2, 3, 4, 5, 6, 7, 8};
    same(buffer, relo_wr_size(&w), expected, sizeof expected);

    struct relo_rd r = relo_rd_init(buffer, relo_wr_size(&w), 16);
    struct relo_rd sub = relo_rd_vec24(&r);
    struct relo_view name = relo_rd_opaque8(&sub);
    same(name.p, name.n, "FOO", 3);
    relo_rd_close(&r, &sub);
    g_assert_true(r.failed); /* eight bytes were left unread */
}

static void writer_refuses_what_does_not_fit(void)
{
    uint8_t buffer[300];
    struct relo_wr w = relo_wr_init(buffer, sizeof buffer, 16);
    size_t at = relo_wr_open8(&w);
    static const uint8_t zeros[256];
    relo_wr_bytes(&w, zeros, sizeof zeros);
    relo_wr_close8(&w, at);
    g_assert_true(w.failed);

    w = relo_wr_init(buffer, 3, 16);
    relo_wr_u32(&w, 1);
    g_assert_true(w.failed);
}

static void booleans_are_zero_or_one(void)
{
    /* 6940-6.3.1.1 */
    const uint8_t bytes[] = {0, 1, 2};
    struct relo_rd r = relo_rd_init(bytes, sizeof bytes, 16);
    g_assert_false(relo_rd_bool(&r));
    g_assert_true(relo_rd_bool(&r));
    g_assert_false(r.failed);
    relo_rd_bool(&r);
    g_assert_true(r.failed);
}

/* 6940-10.2-1 */
static void sha1_of_known_texts(void)
{
    uint8_t digest[20];
    const uint8_t abc[] = {0xa9, 0x99, 0x3e, 0x36, 0x47, 0x06, 0x81, 0x6a, 0xba, 0x3e,
                           0x25, 0x71, 0x78, 0x50, 0xc2, 0x6c, 0x9c, 0xd0, 0xd8, 0x9d};
    relo_sha1("abc", 3, digest);
    same(digest, 20, abc, 20);
    for (size_t n = 0; n < 300; n++) { /* every padding length against GLib's */
        uint8_t text[300], expected[20];
        gsize size = sizeof expected;
        memset(text, (int)n, sizeof text);
        GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA1);
        g_checksum_update(checksum, text, (gssize)n);
        g_checksum_get_digest(checksum, expected, &size);
        g_checksum_free(checksum);
        relo_sha1(text, n, digest);
        same(digest, 20, expected, size);
    }
    const char *const names[] = {"alice@example.org", "bob@example.org", ""};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) { /* the first 128 bits */
        char *expected = g_compute_checksum_for_string(G_CHECKSUM_SHA1, names[i], -1);
        struct relo_id id = relo_sha1_resource(names[i], strlen(names[i]));
        char *have = g_strdup_printf("%016" PRIx64 "%016" PRIx64, id.hi, id.lo);
        g_assert_true(strncmp(have, expected, 32) == 0);
        g_free(have);
        g_free(expected);
    }
    /* The overlay of tests/vectors. */
    g_assert_cmphex(relo_sha1_overlay("overlay.example.org"), ==, 0x9aa32b8d);
}

/* Fixed values: the hash is part of every fingerprint and must never change between machines. */
static void hash_is_the_same_everywhere(void)
{
    uint8_t bytes[200];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    uint64_t all = 0;
    for (size_t n = 0; n <= sizeof bytes; n++)
        all = relo_hash_mix(all, relo_hash(bytes, n, n));
    g_assert_cmphex(all, ==, UINT64_C(0x291545e464fe0b68));
}

static void hash_sees_every_bit(void)
{
    uint8_t bytes[150] = {0};
    uint64_t clean = relo_hash(bytes, sizeof bytes, 1);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        g_assert_cmphex(relo_hash(bytes, sizeof bytes, 1), !=, clean);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void pool_gives_distinct_blocks_of_every_size(void)
{
    struct relo_pool pool;
    relo_pool_init(&pool);
    uint8_t *blocks[2000];
    for (size_t i = 0; i < 2000; i++) {
        blocks[i] = relo_pool_alloc(&pool, i * 41);
        memset(blocks[i], (int)i, i * 41);
    }
    for (size_t i = 0; i < 2000; i++) {
        for (size_t k = 0; k < i * 41; k += 97)
            g_assert_cmpuint(blocks[i][k], ==, (uint8_t)i);
        relo_pool_free(&pool, blocks[i], i * 41);
    }
    g_assert_cmpuint(pool.bytes_used, ==, 0);
    relo_pool_fini(&pool);
}

static void slab_reuses_places_and_zeroes(void)
{
    struct relo_slab slab;
    relo_slab_init(&slab, 100);
    relo_handle seen[3000];
    for (int i = 0; i < 3000; i++) {
        seen[i] = relo_slab_new(&slab);
        g_assert_cmpuint(seen[i], !=, 0);
        memset(relo_slab_get(&slab, seen[i]), 0xff, 100);
    }
    g_assert_cmpuint(slab.live, ==, 3000);
    relo_slab_free(&slab, seen[7]);
    relo_handle again = relo_slab_new(&slab);
    g_assert_true(relo_slab_get(&slab, again) == relo_slab_get(&slab, seen[7]));
    g_assert_cmpuint(again, !=,
                     seen[7]); /* who kept the old handle does not take it for this one */
    const uint8_t *p = relo_slab_get(&slab, again);
    for (int i = 0; i < 100; i++)
        g_assert_cmpuint(p[i], ==, 0);
    relo_slab_fini(&slab);
}

static void body_lives_as_long_as_its_references(void)
{
    struct relo_pool pool;
    relo_pool_init(&pool);
    struct relo_body *body = relo_body_new(&pool, "hello", 5, RELO_CLASS_DATA);
    struct relo_slice part = {relo_body_ref(body), 1, 3};
    relo_body_unref(&pool, body);
    same(relo_slice_bytes(&part), part.n, "ell", 3);
    g_assert_cmphex(relo_slice_hash(&part), ==, relo_hash("ell", 3, 0));
    struct relo_slice whole = {body, 0, 5};
    g_assert_cmphex(relo_slice_hash(&whole), ==, relo_hash("hello", 5, 0));
    relo_body_unref(&pool, part.body);
    g_assert_cmpuint(pool.bytes_used, ==, 0);
    relo_pool_fini(&pool);
}

static void prng_is_uniform_enough(void)
{
    struct relo_prng prng = {.key = 42};
    unsigned bucket[10] = {0};
    for (int i = 0; i < 100000; i++)
        bucket[relo_prng_below(&prng, 10)]++;
    for (int i = 0; i < 10; i++)
        g_assert_cmpuint(bucket[i] - 9600, <, 800);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/id/survives_bytes", id_survives_bytes);
    g_test_add_func("/base/id/arithmetic_wraps", id_arithmetic_wraps);
    g_test_add_func("/base/id/range_is_half_open_and_wraps", range_is_half_open_and_wraps);
    g_test_add_func("/base/bytes/reader_sticks_after_short_read", reader_sticks_after_short_read);
    g_test_add_func("/base/bytes/vectors_nest", vectors_nest);
    g_test_add_func("/base/bytes/writer_refuses_what_does_not_fit",
                    writer_refuses_what_does_not_fit);
    g_test_add_func("/base/bytes/booleans_are_zero_or_one", booleans_are_zero_or_one);
    g_test_add_func("/base/sha1/of_known_texts", sha1_of_known_texts);
    g_test_add_func("/base/hash/is_the_same_everywhere", hash_is_the_same_everywhere);
    g_test_add_func("/base/hash/sees_every_bit", hash_sees_every_bit);
    g_test_add_func("/base/pool/gives_distinct_blocks_of_every_size",
                    pool_gives_distinct_blocks_of_every_size);
    g_test_add_func("/base/slab/reuses_places_under_new_handles", slab_reuses_places_and_zeroes);
    g_test_add_func("/base/packet/body_lives_as_long_as_its_references",
                    body_lives_as_long_as_its_references);
    g_test_add_func("/base/prng/is_uniform_enough", prng_is_uniform_enough);
    return g_test_run();
}
