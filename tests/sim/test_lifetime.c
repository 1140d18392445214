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

/* Draws N and returns the mean; the sorted draws stay in `drawn`. */
static double draw_all(const struct sim_lifetime *lifetime, bool residual, relo_time *drawn)
{
    double sum = 0;
    for (uint64_t i = 0; i < N; i++) {
        uint64_t bits = relo_hash_draw(7, residual, 0, i);
        drawn[i] = residual ? sim_lifetime_residual(lifetime, bits)
                            : sim_lifetime_draw(lifetime, bits);
        sum += (double)drawn[i];
    }
    qsort(drawn, N, sizeof *drawn, compare);
    return sum / N;
}

static void expect(double got, double want, double relative)
{
    g_assert_cmpfloat(got, >, want * (1 - relative));
    g_assert_cmpfloat(got, <, want * (1 + relative));
}

static void test_exponential(void)
{
    struct sim_lifetime lifetime;
    relo_time *drawn = g_new(relo_time, N);
    sim_lifetime_init(&lifetime, SIM_CHURN_EXPONENTIAL, 0.5, 1000 * RELO_S);
    expect(draw_all(&lifetime, false, drawn), 1000e9, 0.015);
    expect((double)drawn[N / 2], 693.147e9, 0.02); /* ln 2 */
    expect(draw_all(&lifetime, true, drawn), 1000e9, 0.015);
    g_free(drawn);
}

static void test_weibull(void)
{
    struct sim_lifetime lifetime;
    relo_time *drawn = g_new(relo_time, N);
    sim_lifetime_init(&lifetime, SIM_CHURN_WEIBULL, 0.5, 10000 * RELO_S);
    expect(lifetime.scale_ns, 5000e9, 1e-9); /* gamma(3) = 2 */
    expect(draw_all(&lifetime, false, drawn), 10000e9, 0.03);
    expect((double)drawn[N / 2], 5000e9 * 0.480453, 0.03); /* (ln 2)^2 */
    sim_lifetime_init(&lifetime, SIM_CHURN_WEIBULL, 2.0, 1000 * RELO_S);
    expect(draw_all(&lifetime, false, drawn), 1000e9, 0.01);
    expect((double)drawn[N / 2], 1000e9 / 0.886227 * 0.832555, 0.01); /* sqrt(ln 2) */
    g_free(drawn);
}

/* The residual life has mean E[X^2] / (2 E[X]); for k = 1/2 that is 24/4 scale = 3 means, and its
   distribution is that of Gamma(2): the median is where exp(-y) (1 + y) = 1/2, x = y^2. */
static void test_residual(void)
{
    struct sim_lifetime lifetime;
    relo_time *drawn = g_new(relo_time, N);
    sim_lifetime_init(&lifetime, SIM_CHURN_WEIBULL, 0.5, 10000 * RELO_S);
    expect(draw_all(&lifetime, true, drawn), 30000e9, 0.03);
    expect((double)drawn[N / 2], 5000e9 * 1.678347 * 1.678347, 0.03);
    sim_lifetime_init(&lifetime, SIM_CHURN_WEIBULL, 2.0, 1000 * RELO_S);
    expect(draw_all(&lifetime, true, drawn), 1000e9 * 0.636620, 0.01); /* 2 / pi */
    g_free(drawn);
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
    g_test_add_func("/lifetime/exponential_has_its_mean_and_median", test_exponential);
    g_test_add_func("/lifetime/weibull_has_its_mean_and_median", test_weibull);
    g_test_add_func("/lifetime/residual_life_is_the_equilibrium_one", test_residual);
    g_test_add_func("/lifetime/as_many_alive_at_any_time", test_equilibrium);
    g_test_add_func("/lifetime/hosts_make_the_mean_alive", test_hosts);
    return g_test_run();
}
