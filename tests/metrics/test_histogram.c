/* SPDX-License-Identifier: BSD-2-Clause */
/* Histograms: exact sums, buckets within 1/1024, the same state in any order. */
#include "metrics/histogram.h"

#include <math.h>

/* A sample of any size, the sizes equally likely. */
static int64_t draw(GRand *rand)
{
    gint bits = g_rand_int_range(rand, 0, 41);
    int64_t value =
        ((int64_t)g_rand_int(rand) << 9 ^ g_rand_int(rand)) & ((INT64_C(1) << bits) - 1);
    return g_rand_int_range(rand, 0, 8) == 0 ? -value : value;
}

static void bucket_holds_its_values_and_is_narrow(void)
{
    GRand *rand = g_rand_new_with_seed(1);
    for (int i = 0; i < 20000; i++) {
        int64_t value = draw(rand);
        int32_t index = mx_hist_bucket_index(value);
        int64_t low = mx_hist_bucket_low(index), high = mx_hist_bucket_high(index);
        g_assert_cmpint(low, <=, value);
        g_assert_cmpint(value, <=, high);
        g_assert_cmpint((high - low) * 512, <=, ABS(value));
    }
    g_rand_free(rand);
}

static void buckets_tile_the_integers(void)
{
    for (int32_t index = -30000; index < 28159; index++) {
        if (index > -28159)
            g_assert_cmpint(mx_hist_bucket_high(index) + 1, ==, mx_hist_bucket_low(index + 1));
    }
    const int64_t ends[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        int32_t index = mx_hist_bucket_index(ends[i]);
        g_assert_cmpint(mx_hist_bucket_low(index), <=, ends[i]);
        g_assert_cmpint(mx_hist_bucket_high(index), >=, ends[i]);
    }
}

static void merging_in_any_order_gives_the_same_state(void)
{
    GRand *rand = g_rand_new_with_seed(2);
    struct mx_hist whole, parts[5], forward, backward;
    mx_hist_init(&whole);
    mx_hist_init(&forward);
    mx_hist_init(&backward);
    for (int i = 0; i < 5; i++)
        mx_hist_init(&parts[i]);
    for (int i = 0; i < 3000; i++) {
        int64_t value = draw(rand);
        mx_hist_add(&whole, value);
        mx_hist_add(&parts[g_rand_int_range(rand, 0, 4)], value); /* the last stays empty */
    }
    for (int i = 0; i < 5; i++) {
        mx_hist_merge(&forward, &parts[i]);
        mx_hist_merge(&backward, &parts[4 - i]);
    }
    g_assert_true(mx_hist_equal(&whole, &forward));
    g_assert_true(mx_hist_equal(&whole, &backward));
    mx_hist_add(&backward, 7);
    g_assert_false(mx_hist_equal(&whole, &backward));
    for (int i = 0; i < 5; i++)
        mx_hist_fini(&parts[i]);
    mx_hist_fini(&whole);
    mx_hist_fini(&forward);
    mx_hist_fini(&backward);
    g_rand_free(rand);
}

static void mean_and_sd_do_not_cancel(void)
{
    struct mx_hist h;
    mx_hist_init(&h);
    /* Ten years in nanoseconds, three apart: doubles alone would give an sd of 0. */
    const int64_t far = INT64_C(315360000000000000);
    for (int i = 0; i < 3; i++)
        mx_hist_add(&h, far + i);
    g_assert_cmpfloat_with_epsilon(mx_hist_sd(&h), 1.0, 1e-12);
    g_assert_cmpfloat(mx_hist_mean(&h), ==, (double)(far + 1));
    mx_hist_fini(&h);
    for (int i = 1; i <= 4; i++)
        mx_hist_add(&h, i);
    g_assert_cmpfloat(mx_hist_mean(&h), ==, 2.5);
    g_assert_cmpfloat_with_epsilon(mx_hist_sd(&h), sqrt(5.0 / 3), 1e-15);
    mx_hist_fini(&h);
}

static void quantiles_are_nearest_rank_within_a_thousandth(void)
{
    struct mx_hist h;
    mx_hist_init(&h);
    g_assert_cmpint(mx_hist_quantile(&h, 500), ==, 0);
    for (int64_t i = 1; i <= 10000; i++)
        mx_hist_add(&h, i * 1000);
    for (uint32_t permille = 1; permille < 1000; permille++) {
        int64_t want = (int64_t)permille * 10000;
        g_assert_cmpint(ABS(mx_hist_quantile(&h, permille) - want) * 1000, <=, want + 1000 * 1000);
    }
    g_assert_cmpint(mx_hist_quantile(&h, 0), ==, 1000);
    g_assert_cmpint(mx_hist_quantile(&h, 1000), ==, 10000000);
    mx_hist_fini(&h);
    for (int i = 0; i < 3; i++)
        mx_hist_add(&h, i + 1);
    g_assert_cmpint(mx_hist_quantile(&h, 333), ==, 1);
    g_assert_cmpint(mx_hist_quantile(&h, 334), ==, 2);
    mx_hist_fini(&h);
}

static void image_reads_back_and_damage_is_refused(void)
{
    struct mx_hist h, copy;
    mx_hist_init(&h);
    mx_hist_add_n(&h, 5, 3);
    mx_hist_add(&h, -70000);
    GByteArray *image = g_byte_array_new();
    mx_hist_serialise(&h, image);
    size_t at = 0;
    g_assert_true(mx_hist_deserialise(&copy, image->data, image->len, &at));
    g_assert_cmpuint(at, ==, image->len);
    g_assert_true(mx_hist_equal(&h, &copy));
    mx_hist_fini(&copy);
    for (guint n = 0; n < image->len; n++) {
        at = 0;
        g_assert_false(mx_hist_deserialise(&copy, image->data, n, &at));
    }
    image->data[0] = 0xff;
    image->data[6] = 0xff;
    at = 0;
    g_assert_false(mx_hist_deserialise(&copy, image->data, image->len, &at));
    g_byte_array_unref(image);
    mx_hist_fini(&h);
}

static void empty_one_is_small(void)
{
    g_assert_cmpuint(sizeof(struct mx_hist), <=, 80);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/histogram/bucket_holds_its_values_and_is_narrow",
                    bucket_holds_its_values_and_is_narrow);
    g_test_add_func("/histogram/buckets_tile_the_integers", buckets_tile_the_integers);
    g_test_add_func("/histogram/merging_in_any_order_gives_the_same_state",
                    merging_in_any_order_gives_the_same_state);
    g_test_add_func("/histogram/mean_and_sd_do_not_cancel", mean_and_sd_do_not_cancel);
    g_test_add_func("/histogram/quantiles_are_nearest_rank_within_a_thousandth",
                    quantiles_are_nearest_rank_within_a_thousandth);
    g_test_add_func("/histogram/image_reads_back_and_damage_is_refused",
                    image_reads_back_and_damage_is_refused);
    g_test_add_func("/histogram/empty_one_is_small", empty_one_is_small);
    return g_test_run();
}
