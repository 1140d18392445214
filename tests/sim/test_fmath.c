/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions without libm against known values, and that nothing includes libm's header. */
#include "core/base/fmath.h"

#include <glib.h>
#include <string.h>

static void expect(double got, double want, double relative)
{
    double error = got > want ? got - want : want - got;
    double size = want < 0 ? -want : want;
    g_assert_cmpfloat(error, <=, relative * (size > 1e-300 ? size : 1.0));
}

static void test_log_exp(void)
{
    expect(relo_fmath_log(2.0), 0.69314718055994530942, 1e-15);
    expect(relo_fmath_log(10.0), 2.30258509299404568402, 1e-15);
    expect(relo_fmath_log(1e-300), -690.775527898213705, 1e-15);
    expect(relo_fmath_log(1.0000001), 9.9999995000000333e-8, 1e-9);
    g_assert_true(relo_fmath_log(1.0) == 0.0);
    expect(relo_fmath_exp(1.0), 2.71828182845904523536, 1e-15);
    expect(relo_fmath_exp(-20.0), 2.0611536224385578e-9, 1e-14);
    expect(relo_fmath_exp(100.0), 2.6881171418161354e43, 1e-13);
    g_assert_true(relo_fmath_exp(0.0) == 1.0 && relo_fmath_exp(-1000.0) == 0.0);
    for (double x = 1e-5; x < 1e9; x *= 1.37)
        expect(relo_fmath_exp(relo_fmath_log(x)), x, 1e-13);
}

static void test_power_and_gamma(void)
{
    expect(relo_fmath_pow(2.0, 0.5), 1.41421356237309504880, 1e-15);
    expect(relo_fmath_pow(10.0, -3.0), 1e-3, 1e-14);
    g_assert_true(relo_fmath_pow(0.0, 2.0) == 0.0 && relo_fmath_pow(5.0, 0.0) == 1.0);
    expect(relo_fmath_gamma(1.0), 1.0, 1e-13);
    expect(relo_fmath_gamma(3.0), 2.0, 1e-13);
    expect(relo_fmath_gamma(0.5), 1.77245385090551602730, 1e-13);
    expect(relo_fmath_gamma(11.0), 3628800.0, 1e-12);
}

static void test_normal_quantile(void)
{
    expect(relo_fmath_normal_quantile(0.975), 1.95996398454005424, 1e-8);
    expect(relo_fmath_normal_quantile(0.01), -2.32634787404084110, 1e-8);
    expect(relo_fmath_normal_quantile(0.8413447460685429), 1.0, 1e-8);
    g_assert_true(relo_fmath_normal_quantile(0.5) == 0.0);
}

static void forbid_libm(const char *folder)
{
    char *path = g_build_filename(SOURCE_DIR, folder, NULL);
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        char *inner = g_build_filename(folder, name, NULL), *file, *text;
        file = g_build_filename(SOURCE_DIR, inner, NULL);
        if (g_file_test(file, G_FILE_TEST_IS_DIR)) {
            forbid_libm(inner);
        } else if (g_str_has_suffix(name, ".c") || g_str_has_suffix(name, ".h")) {
            g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
            if (strstr(text, "<math.h>") || strstr(text, "<tgmath.h>"))
                g_error("%s includes libm, whose results differ between machines", inner);
            g_free(text);
        }
        g_free(file);
        g_free(inner);
    }
    if (dir)
        g_dir_close(dir);
    g_free(path);
}

/* Without the header a call does not compile: -Werror forbids implicit declarations. */
static void test_no_libm(void)
{
    forbid_libm("sim");
    forbid_libm("core");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fmath/log_and_exp_are_right_to_the_last_digits", test_log_exp);
    g_test_add_func("/fmath/power_and_gamma_have_known_values", test_power_and_gamma);
    g_test_add_func("/fmath/normal_quantile_has_known_values", test_normal_quantile);
    g_test_add_func("/fmath/neither_sim_nor_core_uses_libm", test_no_libm);
    return g_test_run();
}
