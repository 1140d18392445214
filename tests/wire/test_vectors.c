/* SPDX-License-Identifier: BSD-2-Clause */
/* The codec against tests/vectors: messages encoded by a program that shares no code with relo. */
#include "support_vectors.h"

#include "core/wire/message.h"
#include "core/wire/node_id.h"

#include <string.h>

static struct relo_config config;

/* Decodes, encodes again into a buffer that held nothing of the message, and compares. */
static void assert_identical(const struct vector *v)
{
    struct relo_message m;
    g_assert_cmpint(relo_message_read(vectors_view(v), 16, &config, &m, NULL), ==,
                    RELO_MESSAGE_OK);
    uint8_t *out = g_malloc0(v->n + 64);
    struct relo_wr w = relo_wr_init(out, v->n + 64, 16);
    relo_message_write(&w, &config, &m);
    g_assert_false(w.failed);
    g_assert_true(relo_view_equal(relo_wr_view(&w), vectors_view(v)));
    g_free(out);
}

static void all_identical(const char *file)
{
    GArray *vectors = vectors_load(file);
    for (guint i = 0; i < vectors->len; i++)
        assert_identical(&g_array_index(vectors, struct vector, i));
    g_array_unref(vectors);
}

static void test_messages(void)
{
    all_identical("messages.txt");
}

static void test_fragments(void)
{
    all_identical("fragments.txt");
}

/* the fragments' pieces, put together by offset, are the message behind its header. */
static void test_fragments_rejoin(void)
{
    GArray *fragments = vectors_load("fragments.txt"), *messages = vectors_load("messages.txt");
    const struct vector *whole = vectors_find(messages, "store_sip_uri");
    uint32_t joined = 57;
    for (guint i = 0; i < fragments->len; i++) {
        struct relo_message m;
        const struct vector *v = &g_array_index(fragments, struct vector, i);
        g_assert_cmpint(relo_message_read(vectors_view(v), 16, &config, &m, NULL), ==,
                        RELO_MESSAGE_OK);
        g_assert_true(m.is_fragment);
        g_assert_cmpuint(57 + relo_header_offset(&m.header), ==, joined);
        g_assert_cmpint(relo_header_is_last(&m.header), ==, i + 1 == fragments->len);
        struct relo_view expected = {whole->bytes + joined, m.piece.n};
        g_assert_cmpuint(joined + m.piece.n, <=, whole->n);
        g_assert_true(relo_view_equal(m.piece, expected));
        joined += m.piece.n;
    }
    g_assert_cmpuint(joined, ==, whole->n);
    g_array_unref(fragments);
    g_array_unref(messages);
}

static void test_malformed(void)
{
    static const struct {
        const char *name;
        enum relo_message_verdict verdict;
        enum relo_header_verdict header;
    } expected[] = {
        {"bad_token", RELO_MESSAGE_BAD_HEADER, RELO_HEADER_BAD_TOKEN},
        /* Decode, and are refused by the receiver (6.3.2). */
        {"bad_version_0.1", RELO_MESSAGE_OK, RELO_HEADER_OK},
        {"ttl_101", RELO_MESSAGE_OK, RELO_HEADER_OK},
        {"high_fragment_bit_clear", RELO_MESSAGE_BAD_HEADER, RELO_HEADER_BAD_FRAGMENT},
        {"length_short", RELO_MESSAGE_BAD_HEADER, RELO_HEADER_BAD_LENGTH},
        {"truncated", RELO_MESSAGE_BAD_HEADER, RELO_HEADER_TRUNCATED},
        {"body_overrun", RELO_MESSAGE_BAD_CONTENTS, RELO_HEADER_OK},
        {"dest_len_mismatch", RELO_MESSAGE_BAD_HEADER, RELO_HEADER_BAD_DESTINATION},
    };
    GArray *vectors = vectors_load("malformed.txt");
    g_assert_cmpuint(vectors->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        struct relo_message m;
        enum relo_header_verdict header;
        const struct vector *v = vectors_find(vectors, expected[i].name);
        g_assert_cmpint(relo_message_read(vectors_view(v), 16, &config, &m, &header), ==,
                        expected[i].verdict);
        g_assert_cmpint(header, ==, expected[i].header);
    }
    g_array_unref(vectors);
}

static void assert_input(const struct relo_signature_input *in, const char *hex)
{
    uint32_t n;
    uint8_t *expected = vectors_unhex(hex, strlen(hex), &n);
    GByteArray *octets = g_byte_array_new();
    for (uint32_t i = 0; i < in->n; i++)
        g_byte_array_append(octets, in->part[i].p, in->part[i].n);
    struct relo_view got = {octets->data, octets->len}, wanted = {expected, n};
    g_assert_true(relo_view_equal(got, wanted));
    g_assert_cmpuint(relo_signature_input_size(in), ==, n);
    g_byte_array_unref(octets);
    g_free(expected);
}

/* 6940-6.3.4-5:
   overlay || transaction_id || MessageContents || SignerIdentity. */
static void test_message_signature_inputs(void)
{
    GArray *vectors = vectors_load("messages.txt");
    char *json = vectors_json();
    for (guint i = 0; i < vectors->len; i++) {
        const struct vector *v = &g_array_index(vectors, struct vector, i);
        struct relo_message m;
        struct relo_signature_input in;
        GPtrArray *hex = vectors_json_strings(json, v->name, "signature_input_hex");
        g_assert_cmpuint(hex->len, ==, 1);
        relo_message_read(vectors_view(v), 16, &config, &m, NULL);
        relo_signature_input_message(&in, m.header.overlay, m.header.transaction_id,
                                     m.contents.bytes, m.security.signature.identity.bytes);
        assert_input(&in, hex->pdata[0]);
        g_ptr_array_unref(hex);
    }
    g_free(json);
    g_array_unref(vectors);
}

/* Checks every stored value of a StoreReq against the json; returns how many there were. */
static guint check_stored_inputs(const struct vector *v, const GPtrArray *hex)
{
    struct relo_message m;
    struct relo_store_kind kind;
    struct relo_stored_data data;
    guint seen = 0;
    g_assert_cmpint(relo_message_read(vectors_view(v), 16, &config, &m, NULL), ==, RELO_MESSAGE_OK);
    struct relo_view all = m.body.store_req.kind_data;
    struct relo_rd kinds = relo_rd_init(all.p, all.n, 16);
    while (relo_store_kind_next(&kinds, &config, &kind)) {
        struct relo_rd values = relo_rd_init(kind.values.p, kind.values.n, 16);
        while (relo_stored_data_next(&values, kind.definition, &data)) {
            struct relo_signature_input in;
            relo_signature_input_stored(&in, m.body.store_req.resource, kind.kind,
                                        data.storage_time, data.value.model, data.value_bytes,
                                        data.signature.identity.bytes);
            g_assert_cmpuint(seen, <, hex->len);
            assert_input(&in, hex->pdata[seen++]);
        }
    }
    return seen;
}

/* 6940-6.3.4-4:
   resource_id || kind || storage_time || StoredDataValue || SignerIdentity. */
static void test_stored_signature_inputs(void)
{
    GArray *vectors = vectors_load("messages.txt");
    char *json = vectors_json();
    guint stores = 0;
    for (guint i = 0; i < vectors->len; i++) {
        const struct vector *v = &g_array_index(vectors, struct vector, i);
        GPtrArray *hex = vectors_json_strings(json, v->name, "stored_signature_input_hex");
        if (hex->len > 0) {
            g_assert_cmpuint(check_stored_inputs(v, hex), ==, hex->len);
            stores++;
        }
        g_ptr_array_unref(hex);
    }
    g_assert_cmpuint(stores, ==, 4);
    g_free(json);
    g_array_unref(vectors);
}

/* Each proper prefix of each message is refused: nothing reads past its end. */
static void test_prefixes(void)
{
    GArray *vectors = vectors_load("messages.txt");
    for (guint i = 0; i < vectors->len; i++) {
        const struct vector *v = &g_array_index(vectors, struct vector, i);
        for (uint32_t n = 0; n < v->n; n++) {
            struct relo_message m;
            uint8_t *copy = g_memdup2(v->bytes, n); /* its own block, so that ASan sees overruns */
            if (n >= 20) {
                copy[16] = copy[17] = 0;
                copy[18] = (uint8_t)(n >> 8);
                copy[19] = (uint8_t)n;
            }
            g_assert_cmpint(relo_message_read((struct relo_view){copy, n}, 16, &config, &m, NULL),
                            !=, RELO_MESSAGE_OK);
            g_free(copy);
        }
    }
    g_array_unref(vectors);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    relo_config_init(&config, "overlay.example.org");
    g_test_add_func("/wire/vectors/messages_encode_to_the_same_bytes", test_messages);
    g_test_add_func("/wire/vectors/fragments_encode_to_the_same_bytes", test_fragments);
    g_test_add_func("/wire/vectors/fragments_rejoin_to_the_message", test_fragments_rejoin);
    g_test_add_func("/wire/vectors/malformed_refused_with_reason", test_malformed);
    g_test_add_func("/wire/vectors/message_signature_inputs_equal", test_message_signature_inputs);
    g_test_add_func("/wire/vectors/stored_signature_inputs_equal", test_stored_signature_inputs);
    g_test_add_func("/wire/vectors/every_prefix_refused", test_prefixes);
    return g_test_run();
}
