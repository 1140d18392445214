/* SPDX-License-Identifier: BSD-2-Clause */
/* Student's t against tables, and the warm-up check against series whose truth is known. */
#include "metrics/student.h"
#include "metrics/warmup.h"

#include <math.h>
#include <string.h>

static void quantiles_are_those_of_the_tables(void)
{
    static const struct {
        unsigned df;
        double t;
    } table[] = {{1, 12.7062}, {2, 4.30265},  {4, 2.77645},
                 {9, 2.26216}, {30, 2.04227}, {1000, 1.96234}};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        g_assert_cmpfloat_with_epsilon(mx_student_95(table[i].df), table[i].t, 5e-5);
    g_assert_cmpfloat_with_epsilon(mx_student_two_sided(0, 5), 1, 1e-12);
    g_assert_cmpfloat_with_epsilon(mx_student_two_sided(1, 1), 0.5, 1e-12); /* Cauchy */
    g_assert_cmpfloat_with_epsilon(mx_student_two_sided(4.60409, 4), 0.01, 1e-6);
    g_assert_cmpfloat_with_epsilon(mx_student_two_sided(-4.60409, 4), 0.01, 1e-6);
    g_assert_true(mx_student_two_sided(INFINITY, 3) <= 0);
}

/* n values around `level`, and at first `bias` less, decaying over `decay` values. */
static void fill(double *values, size_t n, GRand *rand, double bias, double decay)
{
    for (size_t i = 0; i < n; i++)
        values[i] = 0.95 + (g_rand_double(rand) - 0.5) * 0.05 - bias * exp(-(double)i / decay);
}

static unsigned warned(double bias, double decay)
{
    double values[120];
    unsigned n = 0;
    GRand *rand = g_rand_new_with_seed(1);
    for (int i = 0; i < 200; i++) {
        fill(values, G_N_ELEMENTS(values), rand, bias, decay);
        size_t cut = mx_warmup_cut(values, G_N_ELEMENTS(values));
        g_assert_cmpuint(cut % 5, ==, 0);
        g_assert_cmpuint(cut, <=, G_N_ELEMENTS(values) / 2);
        n += mx_warmup_matters(values, G_N_ELEMENTS(values), cut, 0.001);
    }
    g_rand_free(rand);
    return n;
}

static void settled_series_passes(void)
{
    g_assert_cmpuint(warned(0, 1), <=, 4); /* 2 % */
}

static void transient_is_found(void)
{
    g_assert_cmpuint(warned(0.3, 10), >=, 195);
}

static void short_series_says_nothing(void)
{
    double values[49];
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
        values[i] = i < 20 ? 0 : 1;
    g_assert_cmpuint(mx_warmup_cut(values, G_N_ELEMENTS(values)), ==, 0);
}

static void sentence_names_metric_and_time(void)
{
    struct mx_run run;
    mx_run_init(&run);
    for (int64_t i = 0; i < 100; i++)
        mx_run_series_add(&run, MX_LOOKUP_SUCCESS, i * 10000000000,
                          i < 15 ? 60 + i : 99 + (i * 7 % 3 == 0), 100);
    char *sentence = mx_warmup_check(&run);
    g_assert_nonnull(sentence);
    g_assert_nonnull(strstr(sentence, "the first 150 s"));
    g_assert_nonnull(strstr(sentence, "lookup.success"));
    g_free(sentence);
    mx_run_reset(&run);
    for (int64_t i = 0; i < 100; i++)
        mx_run_series_add(&run, MX_LOOKUP_SUCCESS, i * 10000000000, 100, 100);
    g_assert_null(mx_warmup_check(&run));
    mx_run_fini(&run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/student/quantiles_are_those_of_the_tables",
                    quantiles_are_those_of_the_tables);
    g_test_add_func("/warmup/settled_series_passes", settled_series_passes);
    g_test_add_func("/warmup/transient_is_found", transient_is_found);
    g_test_add_func("/warmup/short_series_says_nothing", short_series_says_nothing);
    g_test_add_func("/warmup/sentence_names_metric_and_time", sentence_names_metric_and_time);
    return g_test_run();
}
