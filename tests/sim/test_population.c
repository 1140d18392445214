/* SPDX-License-Identifier: BSD-2-Clause */
/* Populations, day and night, Zipf's law, traces: against closed forms, and what is refused. */
#include "core/base/fmath.h"
#include "core/base/hash.h"
#include "sim/churn/population.h"
#include "sim/churn/trace.h"
#include "sim/scenario/scenario.h"
#include "sim/workload/zipf.h"

#include <glib.h>
#include <string.h>

enum { N = 100000 };

static void expect(double got, double want, double relative)
{
    g_assert_cmpfloat(got, >, want * (1 - relative));
    g_assert_cmpfloat(got, <, want * (1 + relative));
}

static struct sim_params yao_params(void)
{
    return (struct sim_params){.seed = 5,
                               .peers = 20000,
                               .bootstrap_peers = 1,
                               .churn = SIM_CHURN_YAO_PARETO,
                               .churn_shape_ppb = 3 * SIM_PPB,
                               .mean_session_ns = 1800 * RELO_S,
                               .mean_dead_ns = 1800 * RELO_S};
}

/* How many of a population are alive at some times, each host played from the start. */
static void play(const struct sim_params *params, double *alive, int times, relo_time step)
{
    struct sim_populations populations;
    char *wrong = NULL;
    g_assert_true(sim_populations_init(&populations, params, 0, &wrong));
    for (int k = 0; k < times; k++)
        alive[k] = 0;
    for (uint32_t host = params->bootstrap_peers; host < populations.hosts; host++) {
        const struct sim_group *group = sim_populations_of(&populations, host);
        bool up = host < params->peers;
        uint32_t incarnation = up;
        relo_time t = 0;
        for (bool first = true; t <= times * step; first = false) {
            relo_time end =
                up ? t + sim_populations_session(&populations, group, host, incarnation, first)
                   : sim_diurnal_after(
                         &group->is, t,
                         sim_populations_dead(&populations, group, host, incarnation, first));
            for (int k = 0; k < times; k++)
                alive[k] += up && t <= k * step && k * step < end;
            t = end > t ? end : t + 1;
            up = !up;
            incarnation += up;
        }
    }
    sim_populations_fini(&populations);
}

/* Yao's heterogeneous users start in their equilibrium: as many alive at any time. */
static void test_yao(void)
{
    struct sim_params params = yao_params();
    double alive[5];
    struct sim_population base = sim_params_base(&params);
    expect(sim_population_availability(&base), 0.5, 1e-6); /* by symmetry */
    g_assert_cmpuint(sim_populations_count(&params), ==, 1 + 2 * 19999);
    play(&params, alive, 5, 900 * RELO_S);
    for (int k = 0; k < 5; k++)
        expect(alive[k], 19999, 0.02);
    params.mean_dead_ns = 5400 * RELO_S;
    play(&params, alive, 5, 900 * RELO_S);
    for (int k = 0; k < 5; k++)
        expect(alive[k], 19999, 0.025);
}

/* Sums of 1 + a * wave: a whole period is worth a period, its day half of it plus a / 3. */
static void test_diurnal(void)
{
    struct sim_population p = {.diurnal_ppb = SIM_PPB / 4, .diurnal_period_ns = 86400 * RELO_S};
    g_assert_true(sim_diurnal_wave(0.25) == 1.0 && sim_diurnal_wave(0.75) == -1.0);
    expect((double)sim_diurnal_after(&p, 0, 86400 * RELO_S), 86400e9, 1e-9);
    expect((double)sim_diurnal_after(&p, 0, RELO_S * 86400 / 2 + RELO_S * 86400 / 12), 43200e9,
           1e-9);
    relo_time at = sim_diurnal_after(&p, 20000 * RELO_S, 5000 * RELO_S);
    double sum = 0; /* by hand: the wave from 20,000 s to there */
    for (relo_time t = 20000 * RELO_S; t < at; t += RELO_S)
        sum += 1 + 0.25 * sim_diurnal_wave(((double)t + 5e8) / 86400e9);
    expect(sum, 5000, 0.001);
    p.diurnal_ppb = 0;
    g_assert_cmpint(sim_diurnal_after(&p, 7, 9), ==, 16);
}

/* Exponential absences under day and night: the number alive follows n' = r(t) (H - n) - n / s. */
static void test_diurnal_number(void)
{
    struct sim_params params = {.seed = 9,
                                .peers = 20001,
                                .bootstrap_peers = 1,
                                .churn = SIM_CHURN_EXPONENTIAL,
                                .churn_shape_ppb = SIM_PPB,
                                .mean_session_ns = 3600 * RELO_S,
                                .mean_dead_ns = 3600 * RELO_S,
                                .diurnal_ppb = SIM_PPB / 2,
                                .diurnal_period_ns = 4 * 3600 * RELO_S};
    double alive[8], n = 20000;
    play(&params, alive, 8, 1800 * RELO_S);
    for (int t = 0; t < 8 * 1800; t++) {
        if (t % 1800 == 0)
            expect(alive[t / 1800], n, 0.02);
        double speed = 1 + 0.5 * sim_diurnal_wave((t + 0.5) / (4 * 3600.0));
        n += (speed * (40000 - n) - n) / 3600;
    }
}

static void test_zipf(void)
{
    enum { KEYS = 1000 };
    static const double exponents[] = {0.0, 0.8, 1.0, 1.5};
    for (size_t e = 0; e < G_N_ELEMENTS(exponents); e++) {
        struct sim_zipf zipf;
        uint32_t count[KEYS + 1] = {0}, keys[KEYS] = {0};
        double harmonic = 0;
        sim_zipf_init(&zipf, exponents[e], KEYS);
        for (uint64_t i = 0; i < N; i++)
            count[sim_zipf_rank(&zipf, relo_hash_draw(1, 2, e, i))]++;
        for (int r = 1; r <= KEYS; r++)
            harmonic += relo_fmath_pow(r, -exponents[e]);
        for (int r = 1; r <= 5; r++) {
            double want = N * relo_fmath_pow(r, -exponents[e]) / harmonic;
            expect(count[r], want, 4 / relo_fmath_sqrt(want));
        }
        double tail = 0, got = 0;
        for (int r = 500; r <= KEYS; r++) {
            tail += N * relo_fmath_pow(r, -exponents[e]) / harmonic;
            got += count[r];
        }
        expect(got, tail, 0.06);
        for (uint32_t r = 1; r <= KEYS; r++) /* every key has one rank */
            keys[(uint64_t)r * zipf.stride % KEYS]++;
        for (int k = 0; k < KEYS; k++)
            g_assert_cmpuint(keys[k], ==, 1);
    }
}

static void refuse(const char *text, const char *sentence)
{
    struct sim_trace trace;
    char *wrong = NULL;
    g_assert_false(sim_trace_parse(&trace, "t.trace", text, &wrong));
    g_assert_cmpstr(wrong, ==, sentence);
    g_free(wrong);
}

static void test_trace(void)
{
    struct sim_trace trace;
    char *wrong = NULL;
    g_assert_true(sim_trace_parse(&trace, "t",
                                  "# time id what\n0.5 a JOIN\n1 b JOIN\r\n\n1.25\ta PUT k v\n"
                                  "3.000000001 b GET k\n4 a LEAVE\n5 a JOIN\n",
                                  &wrong));
    g_assert_cmpuint(trace.n, ==, 6);
    g_assert_cmpuint(trace.nodes, ==, 2);
    g_assert_cmpint(trace.line[0].time, ==, RELO_S / 2);
    g_assert_cmpint(trace.line[3].time, ==, 3 * RELO_S + 1);
    g_assert_cmpuint(trace.line[3].node, ==, 1);
    g_assert_cmpuint(trace.line[3].key, ==, 0);
    g_assert_cmpint(trace.line[4].command, ==, SIM_TRACE_LEAVE);
    sim_trace_fini(&trace);
    refuse("", "t.trace: the trace has no lines");
    refuse("1 a JOIN\n2 a JION\n",
           "t.trace:2: there is no command JION; there are JOIN, LEAVE, PUT and GET");
    refuse("1 a JOIN now\n", "t.trace:1: JOIN has 1 words behind it; it takes: time id JOIN");
    refuse("1 a\n", "t.trace:1: a line takes: time id JOIN, LEAVE, PUT key value or GET key");
    refuse("x a JOIN\n", "t.trace:1: \"x\" is no time; it takes seconds from 0 to a year, as 12.5");
    refuse("-1 a JOIN\n",
           "t.trace:1: \"-1\" is no time; it takes seconds from 0 to a year, as 12.5");
    refuse("2 a JOIN\n1 b JOIN\n", "t.trace:2: 1 s is before the line above");
    refuse("1 a LEAVE\n", "t.trace:1: a has not joined");
    refuse("1 a JOIN\n1 a JOIN\n", "t.trace:2: a has joined already");
    refuse("1 a JOIN\n2 a GET k\n", "t.trace:2: nobody has PUT k before");
    refuse("1 a JOIN\n2 a PUT k v\n3 a PUT l v\n",
           "t.trace:3: this id stores under k already, and has one key only");
    refuse("1 a JOIN\n2 b JOIN\n2 a PUT k v\n3 b PUT k v\n",
           "t.trace:4: k belongs to another id, which PUT it first");
}

static struct sim_scenario *parse(const char *text, char **problems)
{
    char *whole = g_strconcat("[overlay]\npeers = 104\nbootstrap = oracle\n", text, NULL);
    struct sim_scenario *s = sim_scenario_parse("x.ini", whole, NULL, problems);
    g_free(whole);
    return s;
}

/* A preset is what the table says but for what the scenario says itself; [churn.NAME] inherits. */
static void test_scenario(void)
{
    char *problems = NULL;
    struct sim_scenario *s =
        parse("[churn]\nmodel = kad-wg\ngraceful-leave = 10%\n[churn.steady]\nshare = 25%\n"
              "mean-session = 1h; 2h\n[churn.phones]\npeers = 10\nmodel = p2psim\n",
              &problems);
    g_assert_cmpstr(problems, ==, NULL);
    g_assert_cmpuint(s->n_points, ==, 2);
    const struct sim_params *p = &s->points[1].params;
    g_assert_cmpint(p->churn, ==, SIM_CHURN_WEIBULL);
    g_assert_cmpint(p->mean_session_ns, ==, 10000 * RELO_S);
    g_assert_cmpuint(p->graceful_leave_ppb, ==, SIM_PPB / 10);
    g_assert_true(p->same_identity);
    g_assert_cmpuint(p->population_count, ==, 2);
    g_assert_cmpint(p->population[0].mean_session_ns, ==, 7200 * RELO_S);
    g_assert_cmpint(p->population[0].mean_dead_ns, ==, 10000 * RELO_S);
    g_assert_cmpint(p->population[1].model, ==, SIM_CHURN_EXPONENTIAL);
    g_assert_cmpuint(p->population[1].graceful_leave_ppb, ==, 0);
    char *label = sim_scenario_label(s, 1);
    g_assert_cmpstr(label, ==, "churn.steady.mean-session=2h");
    g_free(label);
    struct sim_populations populations;
    g_assert_true(sim_populations_init(&populations, p, 0, &problems));
    g_assert_cmpuint(populations.group[1].alive, ==, 25);
    g_assert_cmpuint(populations.group[2].alive, ==, 10);
    g_assert_cmpuint(populations.group[0].alive, ==, 65);
    g_assert_null(sim_populations_of(&populations, 3)); /* a bootstrap peer */
    g_assert_true(sim_populations_of(&populations, 4) == &populations.group[0]);
    g_assert_true(sim_populations_of(&populations, 103) == &populations.group[1]);
    sim_populations_fini(&populations);
    sim_scenario_free(s);
}

static void test_refused(void)
{
    static const struct {
        const char *text, *sentence;
    } cases[] = {
        {"[churn.x]\nmodel = weibull\n", "a [churn.NAME] needs either share or peers"},
        {"[churn.x]\npeers = 101\nmodel = weibull\n", "only 100 may leave"},
        {"[churn.x y]\npeers = 1\n", "[churn.x y] is no population"},
        {"[churn.x]\nmodell = weibull\n",
         "x.ini:5: there is no key modell in [churn]; did you mean"},
        {"[churn]\nmodel = pareto\nshape = 1\n", "must be above 1.1"},
        {"[churn]\nmodel = poisson-rate\n", "needs join-rate or leave-rate"},
        {"[churn]\nmodel = trace\n", "needs churn.trace"},
        {"[churn]\nmodel = trace\ntrace = /no/such/file\n", "/no/such/file"},
        {"[churn]\nmodel = trace\ntrace = " SOURCE_DIR "/tests/sim/long.trace\n",
         "long.trace:4: 601 s is after the end of the run, at 600 s; scenario.measurement must be"},
        {"[events]\nmass-failure-at = 10min\n", "comes after the end of the measurement"},
        {"[events]\npartition-from = 5min\npartition-to = 4min\n", "not after partition-from"},
        {"[events]\nflash-crowd-at = 5min\n", "flash-crowd-peers is 0"},
        {"[workload]\ncall-interval = 5min\n", "sip-lifetime is off"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *problems = NULL;
        g_assert_null(parse(cases[i].text, &problems));
        if (!strstr(problems, cases[i].sentence))
            g_error("case %zu: %s", i, problems);
        g_free(problems);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/population/yao_pareto_starts_in_its_equilibrium", test_yao);
    g_test_add_func("/population/day_and_night_are_worth_a_day", test_diurnal);
    g_test_add_func("/population/number_alive_follows_day_and_night", test_diurnal_number);
    g_test_add_func("/zipf/ranks_have_their_shares", test_zipf);
    g_test_add_func("/trace/lines_are_read_and_bad_ones_refused_with_their_number", test_trace);
    g_test_add_func("/population/presets_and_sections_inherit", test_scenario);
    g_test_add_func("/population/contradictions_are_refused", test_refused);
    return g_test_run();
}
