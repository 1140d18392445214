/* SPDX-License-Identifier: BSD-2-Clause */
/* Framing, forwarding header, lists and signature inputs in the small: bytes written by hand. */
#include "core/wire/contents.h"
#include "core/wire/destination.h"
#include "core/wire/frame.h"
#include "core/wire/header.h"
#include "core/wire/node_id.h"
#include "core/wire/security.h"

#include <glib.h>

static const struct relo_id alice = {0x0101010101010101, 0x0101010101010101};
static const struct relo_id bob = {0x0202020202020202, 0x0202020202020202};

static bool is_bytes(const struct relo_wr *w, const char *bytes, uint32_t n)
{
    struct relo_view expected = {(const uint8_t *)bytes, n};
    return !w->failed && relo_view_equal(relo_wr_view(w), expected);
}

/* 6940-6.3.2.2-1 */
static void test_destination_forms(void)
{
    uint8_t buffer[64];
    struct relo_wr w = relo_wr_init(buffer, sizeof(buffer), 16);
    relo_destination_write_node(&w, alice);
    g_assert_cmpuint(relo_wr_size(&w), ==, 18);
    g_assert_true(buffer[0] == 1 && buffer[1] == 16 && buffer[2] == 1);
    w = relo_wr_init(buffer, sizeof(buffer), 16);
    relo_destination_write_resource(&w, alice);
    g_assert_cmpuint(relo_wr_size(&w), ==, 19);
    g_assert_true(buffer[0] == 2 && buffer[1] == 17 && buffer[2] == 16);
    w = relo_wr_init(buffer, sizeof(buffer), 16);
    relo_destination_write_opaque(&w, (struct relo_view){(const uint8_t *)"abc", 3});
    g_assert_true(is_bytes(&w, "\x03\x04\x03" "abc", 6));
    w = relo_wr_init(buffer, sizeof(buffer), 16);
    relo_destination_write_short(&w, 0x1234);
    g_assert_true(is_bytes(&w, "\x92\x34", 2));
}

/* 6940-6.3.2.2-2 6940-6.3.2.2-3 */
static void test_short_form_read_as_opaque(void)
{
    static const uint8_t list[] = {0x92, 0x34, 0x05, 0x02, 0xaa, 0xbb};
    struct relo_rd r = relo_rd_init(list, sizeof(list), 16);
    struct relo_destination d;
    g_assert_true(relo_destination_next(&r, &d));
    g_assert_true(d.type == RELO_DESTINATION_OPAQUE && d.short_form && d.id.n == 2);
    g_assert_true(d.id.p[0] == 0x92 && d.id.p[1] == 0x34);
    /* Type 5 is not assigned: skipped by its length (6.3.2.2). */
    g_assert_true(relo_destination_next(&r, &d));
    g_assert_true(d.type == 5 && d.id.n == 2);
    g_assert_false(relo_destination_next(&r, &d));
    g_assert_false(r.failed);
}

static void test_list_check_agrees_with_reader(void)
{
    GRand *rand = g_rand_new_with_seed(2);
    guint good = 0;
    for (int round = 0; round < 200000; round++) {
        uint8_t list[8];
        uint32_t n = 1 + g_rand_int(rand) % 8;
        for (uint32_t i = 0; i < n; i++)
            list[i] = (uint8_t)(g_rand_int(rand) % 2 ? g_rand_int(rand) : g_rand_int(rand) % 5);
        struct relo_rd r = relo_rd_init(list, n, 2);
        struct relo_destination d;
        while (relo_destination_next(&r, &d))
            ;
        g_assert_cmpint(relo_destination_list_check((struct relo_view){list, n}, 2), ==, !r.failed);
        good += !r.failed;
    }
    g_assert_cmpuint(good, >, 1000);
    g_rand_free(rand);
}

/* 6940-6.2.2-1:
   an answer's destination list is the via list reversed. */
static void test_reverse(void)
{
    uint8_t via[64], reversed[64], expected[64];
    struct relo_wr v = relo_wr_init(via, sizeof(via), 16);
    struct relo_wr w = relo_wr_init(reversed, sizeof(reversed), 16);
    struct relo_wr e = relo_wr_init(expected, sizeof(expected), 16);
    relo_destination_write_node(&v, alice);
    relo_destination_write_short(&v, 7);
    relo_destination_write_node(&v, bob);
    relo_destination_write_node(&e, bob);
    relo_destination_write_short(&e, 7);
    relo_destination_write_node(&e, alice);
    relo_destination_list_reverse(&w, relo_wr_view(&v));
    g_assert_false(w.failed);
    g_assert_true(relo_view_equal(relo_wr_view(&w), relo_wr_view(&e)));
    g_assert_cmpuint(relo_destination_list_count(relo_wr_view(&w), 16), ==, 3);
    struct relo_wr tiny = relo_wr_init(reversed, 37, 16);
    relo_destination_list_reverse(&tiny, relo_wr_view(&v));
    g_assert_true(tiny.failed);
}

static struct relo_view header_of(uint8_t buffer[256], uint32_t fragment, uint32_t length)
{
    uint8_t list[32];
    struct relo_wr to = relo_wr_init(list, sizeof(list), 16);
    struct relo_wr w = relo_wr_init(buffer, 256, 16);
    relo_destination_write_node(&to, alice);
    struct relo_header h = {.version = RELO_PROTOCOL_VERSION,
                            .ttl = 100,
                            .fragment = fragment,
                            .length = length,
                            .destination = relo_wr_view(&to)};
    relo_header_write(&w, &h);
    relo_wr_bytes(&w, "body", 4);
    return relo_wr_view(&w);
}

static enum relo_header_verdict verdict_of(struct relo_view v)
{
    struct relo_rd r = relo_rd_init(v.p, v.n, 16);
    struct relo_header h;
    enum relo_header_verdict verdict = relo_header_read(&r, &h);
    g_assert_cmpint(verdict == RELO_HEADER_OK, ==, !r.failed);
    if (verdict == RELO_HEADER_OK)
        g_assert_true(h.header_bytes == 56 && relo_rd_left(&r) == 4);
    return verdict;
}

/* 6940-6.3.2-1 6940-6.3.2-9 6940-6.7-7 6940-6.7-9 */
static void test_header_verdicts(void)
{
    uint8_t b[256];
    struct relo_view v = header_of(b, RELO_FRAGMENT_WHOLE, 60);
    g_assert_cmpuint(v.n, ==, 60);
    g_assert_cmpint(verdict_of(v), ==, RELO_HEADER_OK);
    g_assert_cmpint(verdict_of((struct relo_view){b, 0}), ==, RELO_HEADER_TRUNCATED);
    g_assert_cmpint(verdict_of((struct relo_view){b, 37}), ==, RELO_HEADER_TRUNCATED);
    g_assert_cmpint(verdict_of((struct relo_view){b, 59}), ==, RELO_HEADER_TRUNCATED);
    b[0] = 0x52;
    g_assert_cmpint(verdict_of(v), ==, RELO_HEADER_BAD_TOKEN);
    header_of(b, RELO_FRAGMENT_LAST, 60); /* 6940-6.3.2: the high bit must be set */
    g_assert_cmpint(verdict_of(v), ==, RELO_HEADER_BAD_FRAGMENT);
    header_of(b, RELO_FRAGMENT_WHOLE, 59);
    g_assert_cmpint(verdict_of(v), ==, RELO_HEADER_BAD_LENGTH);
    header_of(b, RELO_FRAGMENT_WHOLE, 60);
    b[32] = 0xff; /* the via list would end behind the message */
    g_assert_cmpint(verdict_of(v), ==, RELO_HEADER_BAD_LENGTH);
    header_of(b, RELO_FRAGMENT_WHOLE, 60);
    b[39] = 15; /* a Node-ID of 15 bytes */
    g_assert_cmpint(verdict_of(v), ==, RELO_HEADER_BAD_DESTINATION);
    header_of(b, RELO_FRAGMENT_WHOLE, 60);
    b[33] = 18, b[35] = 0, b[38] = 0; /* as via list, with the invalid type 0 */
    g_assert_cmpint(verdict_of(v), ==, RELO_HEADER_BAD_VIA);
    header_of(b, RELO_FRAGMENT_WHOLE, 60);
    b[37] = 1; /* an option of one byte: the first of the body */
    g_assert_cmpint(verdict_of(v), ==, RELO_HEADER_BAD_OPTIONS);
}

static void test_header_close(void)
{
    uint8_t b[256];
    struct relo_view v = header_of(b, RELO_FRAGMENT_WHOLE, 0);
    struct relo_wr w = relo_wr_init(b, sizeof(b), 16);
    w.p += v.n;
    relo_header_close(&w, 0);
    g_assert_cmpint(verdict_of(v), ==, RELO_HEADER_OK);
    relo_header_patch_ttl(b, 3);
    struct relo_rd r = relo_rd_init(b, v.n, 16);
    struct relo_header h;
    relo_header_read(&r, &h);
    g_assert_cmpuint(h.ttl, ==, 3);
}

static void test_frames(void)
{
    static const char data[] = "\x80\x00\x00\x00\x07\x00\x00\x02hi";
    static const char ack[] = "\x81\x00\x00\x00\x07\x00\x00\x00\x03";
    uint8_t buffer[32];
    struct relo_frame f;
    struct relo_rd r = relo_rd_init(data, 10, 16);
    struct relo_wr w = relo_wr_init(buffer, sizeof(buffer), 16);
    g_assert_true(relo_frame_read(&r, &f) && f.sequence == 7 && f.message.n == 2);
    relo_frame_write(&w, &f);
    g_assert_true(is_bytes(&w, data, 10));
    r = relo_rd_init(ack, 9, 16);
    w = relo_wr_init(buffer, sizeof(buffer), 16);
    g_assert_true(relo_frame_read(&r, &f) && f.sequence == 7 && f.received == 3);
    relo_frame_write(&w, &f);
    g_assert_true(is_bytes(&w, ack, 9));
    r = relo_rd_init("\x82\0\0\0\0\0\0\0\0", 9, 16);
    g_assert_false(relo_frame_read(&r, &f));
    g_assert_cmpuint(relo_frame_need((const uint8_t *)data, 1), ==, 8);
    g_assert_cmpuint(relo_frame_need((const uint8_t *)data, 8), ==, 10);
    g_assert_cmpuint(relo_frame_need((const uint8_t *)ack, 1), ==, 9);
    g_assert_cmpuint(relo_frame_need((const uint8_t *)"x", 1), ==, 0);
}

/* 6940-7.4.2.2: the index counts as zero, whatever it is in the request or in the store. */
static void test_array_index_not_signed(void)
{
    static const uint8_t value[] = {0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0, 1, 'x'};
    struct relo_view resource = {(const uint8_t *)"RR", 2}, identity = {(const uint8_t *)"I", 1};
    struct relo_signature_input in;
    uint8_t buffer[64];
    struct relo_wr w = relo_wr_init(buffer, sizeof(buffer), 16);
    relo_signature_input_stored(&in, resource, 3, 5, RELO_MODEL_ARRAY,
                                (struct relo_view){value, sizeof(value)}, identity);
    for (uint32_t i = 0; i < in.n; i++)
        relo_wr_bytes(&w, in.part[i].p, in.part[i].n);
    g_assert_true(is_bytes(&w,
                           "RR\0\0\0\x03\0\0\0\0\0\0\0\x05"
                           "\0\0\0\0\x01\0\0\0\x01xI",
                           25));
}

static void test_synthetic_signature(void)
{
    uint8_t buffer[32];
    struct relo_wr w = relo_wr_init(buffer, sizeof(buffer), 16);
    struct relo_signature s = relo_signature_none(), back;
    relo_signature_write(&w, &s);
    g_assert_true(is_bytes(&w, "\0\0\x03\0\0\0\0", 7));
    struct relo_rd r = relo_rd_init(buffer, 7, 16);
    g_assert_true(relo_signature_read(&r, &back) && relo_signature_is_none(&back));
}

/* 6940-6.3.1.1: a Boolean is 0 or 1. */
static void test_boolean(void)
{
    static const uint8_t extension[] = {0, 23, 0, 0, 0, 0, 0, 0, 0, 7, 0, 1, 2, 0, 0, 0, 0};
    struct relo_contents c;
    struct relo_rd r = relo_rd_init(extension, sizeof(extension), 16);
    g_assert_false(relo_contents_read(&r, &c));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/destination/forms_on_the_wire", test_destination_forms);
    g_test_add_func("/wire/destination/short_form_is_an_opaque_id", test_short_form_read_as_opaque);
    g_test_add_func("/wire/destination/check_agrees_with_reader",
                    test_list_check_agrees_with_reader);
    g_test_add_func("/wire/destination/list_reversed_element_by_element", test_reverse);
    g_test_add_func("/wire/header/refused_with_reason", test_header_verdicts);
    g_test_add_func("/wire/header/length_filled_in_at_the_end", test_header_close);
    g_test_add_func("/wire/frame/data_and_ack", test_frames);
    g_test_add_func("/wire/security/array_index_counts_as_zero", test_array_index_not_signed);
    g_test_add_func("/wire/security/synthetic_signature_is_empty", test_synthetic_signature);
    g_test_add_func("/wire/contents/boolean_is_0_or_1", test_boolean);
    return g_test_run();
}
