/* SPDX-License-Identifier: BSD-2-Clause */
/* The generators of sessions against closed forms. */
#include "core/base/hash.h"
#include "sim/churn/population.h"

#include <glib.h>

enum { N = 100000 };

static int compare(const void *a, const void *b)
{
    const relo_time *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

struct drawn {
    double mean, median; /* ns */
    double tail;         /* share beyond five means */
};

/* N lives of mean 1,000 s, or what is left of them. */
static struct drawn draw_all(enum sim_churn_kind kind, double shape, bool residual)
{
    struct sim_lifetime lifetime;
    relo_time *drawn = g_new(relo_time, N), mean = 1000 * RELO_S;
    struct drawn result = {0};
    sim_lifetime_init(&lifetime, kind, shape, mean);
    for (uint64_t i = 0; i < N; i++) {
        uint64_t bits = relo_hash_draw(3, residual, kind, i);
        drawn[i] =
            residual ? sim_lifetime_residual(&lifetime, bits) : sim_lifetime_draw(&lifetime, bits);
        result.mean += (double)drawn[i] / N;
        result.tail += drawn[i] > 5 * mean ? 1.0 / N : 0.0;
    }
    qsort(drawn, N, sizeof *drawn, compare);
    result.median = (double)drawn[N / 2];
    g_free(drawn);
    return result;
}

static void expect(double got, double want, double relative)
{
    g_assert_cmpfloat(got, >, want * (1 - relative));
    g_assert_cmpfloat(got, <, want * (1 + relative));
}

static void test_exponential(void)
{
    struct drawn whole = draw_all(SIM_CHURN_EXPONENTIAL, 1.0, false);
    struct drawn rest = draw_all(SIM_CHURN_EXPONENTIAL, 1.0, true); /* it has no memory */
    expect(whole.mean, 1000e9, 0.015);
    expect(whole.median, 693.147e9, 0.02); /* ln 2 */
    expect(whole.tail, 0.006738, 0.15);    /* exp(-5) */
    expect(rest.mean, 1000e9, 0.015);
    expect(rest.tail, 0.006738, 0.15);
}

/* Shape 1/2: scale is half the mean, since gamma(3) = 2; survival exp(-sqrt(x / scale)). The
   residual life has mean E[X^2] / (2 E[X]) = 3 means and survival exp(-y) (1 + y) with y = sqrt(x /
   scale), whose median is at y = 1.678347. Shape 2: gamma(3/2) = 0.886227. */
static void test_weibull(void)
{
    struct sim_lifetime lifetime;
    sim_lifetime_init(&lifetime, SIM_CHURN_WEIBULL, 0.5, 10000 * RELO_S);
    expect(lifetime.scale_ns, 5000e9, 1e-9);
    struct drawn whole = draw_all(SIM_CHURN_WEIBULL, 0.5, false);
    struct drawn rest = draw_all(SIM_CHURN_WEIBULL, 0.5, true);
    expect(whole.mean, 1000e9, 0.03);
    expect(whole.median, 500e9 * 0.480453, 0.03); /* (ln 2)^2 */
    expect(whole.tail, 0.042329, 0.06);           /* exp(-sqrt 10) */
    expect(rest.mean, 3000e9, 0.03);
    expect(rest.median, 500e9 * 1.678347 * 1.678347, 0.03);
    expect(rest.tail, 0.176186, 0.03);
    whole = draw_all(SIM_CHURN_WEIBULL, 2.0, false);
    rest = draw_all(SIM_CHURN_WEIBULL, 2.0, true);
    expect(whole.mean, 1000e9, 0.01);
    expect(whole.median, 1000e9 / 0.886227 * 0.832555, 0.01); /* sqrt(ln 2) */
    expect(rest.mean, 1000e9 * 0.636620, 0.01);               /* 2 / pi */
}

/* Lomax(3): scale 2 means, survival (1 + x / 2)^-3; what is left of it is Lomax(2). */
static void test_pareto(void)
{
    struct drawn whole = draw_all(SIM_CHURN_PARETO, 3.0, false);
    struct drawn rest = draw_all(SIM_CHURN_PARETO, 3.0, true);
    expect(whole.mean, 1000e9, 0.02);
    expect(whole.median, 2000e9 * 0.259921, 0.02); /* 2^(1/3) - 1 */
    expect(whole.tail, 0.023324, 0.08);            /* 3.5^-3 */
    expect(rest.median, 2000e9 * 0.414214, 0.02);  /* 2^(1/2) - 1 */
    expect(rest.tail, 0.081633, 0.04);             /* 3.5^-2 */
}

/* Residual: mean E[X^2] / (2 E[X]) = mean * exp(sigma^2) / 2. */
static void test_log_normal(void)
{
    struct drawn whole = draw_all(SIM_CHURN_LOG_NORMAL, 1.0, false);
    struct drawn rest = draw_all(SIM_CHURN_LOG_NORMAL, 1.0, true);
    expect(whole.mean, 1000e9, 0.02);
    expect(whole.median, 1000e9 * 0.606531, 0.02); /* exp(-1/2) */
    expect(whole.tail, 0.017455, 0.1);             /* beyond ln 5 + 1/2 = 2.10944 sd */
    expect(rest.mean, 500e9 * 2.718282, 0.03);
}

/* sd 1/3: the mean of what is above 0 is 1 + sd phi(3) / Phi(3); E[X^2] = mean^2 + variance. */
static void test_truncated_normal(void)
{
    struct drawn whole = draw_all(SIM_CHURN_NORMAL, 1.0 / 3.0, false);
    struct drawn rest = draw_all(SIM_CHURN_NORMAL, 1.0 / 3.0, true);
    expect(whole.mean, 1000e9 * 1.00148, 0.005);
    expect(whole.median, 1000e9 * 1.0006, 0.005);
    g_assert_cmpfloat(whole.tail, ==, 0.0);
    /* E[X^2] = 1 + sd^2 + sd * phi(3) / Phi(3) = 1.11259; halved, over the mean */
    expect(rest.mean, 1000e9 * 1.11259 / 2 / 1.00148, 0.01);
}

/* Alternating sessions and absences from the equilibrium start: as many alive at any time. */
static void test_equilibrium(void)
{
    enum { HOSTS = 20000, TIMES = 4 };
    struct sim_lifetime session, dead;
    uint32_t alive[TIMES] = {0};
    sim_lifetime_init(&session, SIM_CHURN_WEIBULL, 0.5, 600 * RELO_S);
    sim_lifetime_init(&dead, SIM_CHURN_WEIBULL, 0.5, 1200 * RELO_S);
    for (uint64_t host = 0; host < HOSTS; host++) {
        bool is_alive = host % 3 == 0;
        relo_time t = 0;
        for (uint64_t i = 0; t <= 1800 * RELO_S; i++) {
            uint64_t bits = relo_hash_draw(11, 1, host, i);
            const struct sim_lifetime *of = is_alive ? &session : &dead;
            relo_time end = t + (i == 0 ? sim_lifetime_residual(of, bits)
                                        : sim_lifetime_draw(of, bits));
            for (int k = 0; k < TIMES; k++) {
                relo_time at = k * 600 * RELO_S;
                alive[k] += is_alive && t <= at && at < end;
            }
            t = end;
            is_alive = !is_alive;
        }
    }
    for (int k = 0; k < TIMES; k++)
        expect(alive[k], HOSTS / 3.0, 0.04);
}

static void test_hosts(void)
{
    struct sim_params params = {.peers = 1000,
                                .bootstrap_peers = 4,
                                .churn = SIM_CHURN_WEIBULL,
                                .churn_shape_ppb = SIM_PPB / 2,
                                .mean_session_ns = 600 * RELO_S,
                                .mean_dead_ns = 600 * RELO_S};
    g_assert_cmpuint(sim_populations_count(&params), ==, 4 + 2 * 996);
    params.mean_dead_ns = 300 * RELO_S;
    g_assert_cmpuint(sim_populations_count(&params), ==, 4 + 1494);
    params.churn = SIM_CHURN_NONE;
    g_assert_cmpuint(sim_populations_count(&params), ==, 1000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lifetime/exponential_has_its_mean_median_and_tail", test_exponential);
    g_test_add_func("/lifetime/weibull_has_its_mean_median_and_tail", test_weibull);
    g_test_add_func("/lifetime/pareto_has_its_mean_median_and_tail", test_pareto);
    g_test_add_func("/lifetime/log_normal_has_its_mean_median_and_tail", test_log_normal);
    g_test_add_func("/lifetime/truncated_normal_has_its_mean_and_median", test_truncated_normal);
    g_test_add_func("/lifetime/as_many_alive_at_any_time", test_equilibrium);
    g_test_add_func("/lifetime/hosts_make_the_mean_alive", test_hosts);
    return g_test_run();
}
