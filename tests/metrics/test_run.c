/* SPDX-License-Identifier: BSD-2-Clause */
/* The results of a run: shards merge to the whole, the image reads back, the table is complete. */
#include "metrics/run.h"

#include <string.h>

/* Feeds the i-th observation of a made-up run. */
static void feed(struct mx_run *run, int i)
{
    mx_run_add(run, MX_LOOKUP_HOPS, i % 9);
    mx_run_add(run, MX_LOOKUP_LATENCY, (int64_t)i * 1234567);
    mx_run_ratio(run, MX_LOOKUP_SUCCESS, i % 10 != 0, 1);
    mx_run_count(run, MX_LOOKUP_FAILED, i % 10 == 0);
    mx_run_series_add(run, MX_LOOKUP_SUCCESS, i / 50 * INT64_C(10000000000), i % 10 != 0, 1);
    mx_run_counter(run, i % 2 ? "core.dropped.bad_mac" : "core.dropped.ttl", 1);
    run->facts.events++;
}

static GByteArray *image_of(const struct mx_run *run)
{
    GByteArray *image = g_byte_array_new();
    mx_run_serialise(run, image);
    return image;
}

static void assert_same(const struct mx_run *a, const struct mx_run *b)
{
    GByteArray *left = image_of(a), *right = image_of(b);
    g_assert_cmpuint(left->len, ==, right->len);
    g_assert_cmpint(memcmp(left->data, right->data, left->len), ==, 0);
    g_byte_array_unref(left);
    g_byte_array_unref(right);
}

static void shards_merge_to_the_whole_in_any_order(void)
{
    struct mx_run whole, shards[3], forward, backward;
    mx_run_init(&whole);
    mx_run_init(&forward);
    mx_run_init(&backward);
    for (int i = 0; i < 3; i++)
        mx_run_init(&shards[i]);
    for (int i = 0; i < 600; i++) {
        feed(&whole, i);
        feed(&shards[i * 7 % 3], i);
    }
    for (int i = 0; i < 3; i++) {
        mx_run_merge(&forward, &shards[i]);
        mx_run_merge(&backward, &shards[2 - i]);
    }
    assert_same(&whole, &forward);
    assert_same(&whole, &backward);
    for (int i = 0; i < 3; i++)
        mx_run_fini(&shards[i]);
    mx_run_fini(&whole);
    mx_run_fini(&forward);
    mx_run_fini(&backward);
}

static void image_reads_back_and_no_prefix_does(void)
{
    struct mx_run run, copy;
    mx_run_init(&run);
    mx_run_init(&copy);
    for (int i = 0; i < 60; i++)
        feed(&run, i);
    run.facts.fingerprint = UINT64_C(0xfedcba9876543210);
    run.facts.peak_rss_kib = 77;
    g_strlcpy(run.facts.host, "somewhere", sizeof run.facts.host);
    GByteArray *image = image_of(&run);
    g_assert_true(mx_run_deserialise(&copy, image->data, image->len));
    assert_same(&run, &copy);
    g_assert_cmpstr(copy.facts.host, ==, "somewhere");
    mx_run_fini(&copy);
    mx_run_init(&copy);
    for (guint n = 0; n < image->len; n += 3)
        g_assert_false(mx_run_deserialise(&copy, image->data, n));
    for (guint i = 0; i < image->len; i++) { /* must not crash; may or may not be noticed */
        image->data[i] ^= 0x81;
        mx_run_deserialise(&copy, image->data, image->len);
        mx_run_fini(&copy);
        mx_run_init(&copy);
        image->data[i] ^= 0x81;
    }
    g_byte_array_unref(image);
    mx_run_fini(&copy);
    mx_run_fini(&run);
}

static void value_is_in_si_units(void)
{
    struct mx_run run;
    double value;
    mx_run_init(&run);
    g_assert_false(mx_run_value(&run, MX_LOOKUP_LATENCY, &value));
    mx_run_add(&run, MX_LOOKUP_LATENCY, 50000000);
    g_assert_true(mx_run_value(&run, MX_LOOKUP_LATENCY, &value));
    g_assert_cmpfloat(value, ==, 0.05);
    /* A million bytes by ten nodes in 100 s. */
    mx_run_ratio(&run, MX_TRAFFIC_BYTES, 1000000, 10 * INT64_C(100000000000));
    g_assert_true(mx_run_value(&run, MX_TRAFFIC_BYTES, &value));
    g_assert_cmpfloat(value, ==, 1000);
    mx_run_ratio(&run, MX_DATA_LOST, 0, 0);
    g_assert_false(mx_run_value(&run, MX_DATA_LOST, &value));
    mx_run_count(&run, MX_NETWORK_LOST, 0);
    g_assert_true(mx_run_value(&run, MX_NETWORK_LOST, &value));
    mx_run_fini(&run);
}

static void reset_forgets_values_and_keeps_facts(void)
{
    struct mx_run run, fresh;
    mx_run_init(&run);
    mx_run_init(&fresh);
    for (int i = 0; i < 20; i++)
        feed(&run, i);
    mx_run_reset(&run);
    g_assert_cmpint(run.facts.events, ==, 20);
    fresh.facts.events = 20;
    assert_same(&run, &fresh);
    mx_run_fini(&run);
    mx_run_fini(&fresh);
}

static void every_metric_is_described_and_documented(void)
{
    char *schema;
    g_assert_true(g_file_get_contents(SOURCE_DIR "/docs/SCHEMA.md", &schema, NULL, NULL));
    for (int i = 0; i < MX_METRIC_COUNT; i++) {
        const struct mx_metric_info *m = &mx_metrics[i];
        g_assert_nonnull(m->name);
        g_assert_cmpint(mx_metric_find(m->name), ==, i);
        g_assert_cmpfloat(m->multiply, >=, 1);
        g_assert_cmpfloat(m->divide, >=, 1);
        char *cell = g_strdup_printf("| `%s` | %s |", m->name, m->unit);
        if (!strstr(schema, cell))
            g_error("docs/SCHEMA.md lacks the row %s", cell);
        g_free(cell);
    }
    g_assert_cmpint(mx_metric_find("lookup.hop"), ==, -1);
    g_free(schema);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/run/shards_merge_to_the_whole_in_any_order",
                    shards_merge_to_the_whole_in_any_order);
    g_test_add_func("/run/image_reads_back_and_no_prefix_does",
                    image_reads_back_and_no_prefix_does);
    g_test_add_func("/run/value_is_in_si_units", value_is_in_si_units);
    g_test_add_func("/run/reset_forgets_values_and_keeps_facts",
                    reset_forgets_values_and_keeps_facts);
    g_test_add_func("/run/every_metric_is_described_and_documented",
                    every_metric_is_described_and_documented);
    return g_test_run();
}
