/* SPDX-License-Identifier: BSD-2-Clause */
/* Churn and workload in whole runs: what the world does on its own, and that shards do not show. */
#include "tests/sim/support_run.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

static struct sim_params some_params(void)
{
    struct sim_params params;
    sim_params_init(&params);
    params.peers = 60;
    params.bootstrap = SIM_BOOTSTRAP_ORACLE;
    params.measurement_ns = 120 * RELO_S;
    params.sample_interval_ns = RELO_S;
    params.lookup_interval_ns = 5 * RELO_S;
    params.chord_update_interval_ns = 20 * RELO_S;
    params.lifetime_ns = 100 * RELO_S;
    return params;
}

/* The series of a metric at a second of the measurement. */
static double at(const struct mx_run *result, enum mx_metric metric, int64_t second)
{
    const GArray *series = result->values[metric].series;
    for (uint32_t i = 0; i < series->len; i++) {
        const struct mx_sample *sample = &g_array_index(series, struct mx_sample, i);
        if (sample->t_ns == second * RELO_S)
            return sample->denominator ? (double)sample->numerator / (double)sample->denominator
                                       : (double)sample->numerator;
    }
    g_error("no sample of %s at %d s", mx_metrics[metric].name, (int)second);
}

static void test_mass_failure(void)
{
    struct sim_params params = some_params();
    struct mx_run result;
    params.mass_failure_at_ns = 20 * RELO_S + RELO_MS;
    params.mass_failure_share_ppb = SIM_PPB / 4;
    run_well(&params, &result);
    g_assert_true(at(&result, MX_ALIVE_PEERS, 20) == 60);
    g_assert_true(at(&result, MX_ALIVE_PEERS, 21) == 60 - 14); /* of the 56 that may leave */
    g_assert_true(at(&result, MX_ALIVE_PEERS, 119) == 60 - 14);
    g_assert_cmpfloat(at(&result, MX_RING_WRONG_SUCCESSOR, 21), >, 0.05);
    g_assert_true(at(&result, MX_RING_WRONG_SUCCESSOR, 119) == 0.0);
    mx_run_fini(&result);
}

static void test_partition(void)
{
    struct sim_params params = some_params();
    struct mx_run result;
    params.sample_interval_ns = 10 * RELO_S;
    params.partition_from_ns = 20 * RELO_S;
    params.partition_to_ns = 40 * RELO_S;
    run_well(&params, &result);
    g_assert_true(at(&result, MX_LOOKUP_SUCCESS, 0) == 1.0);
    g_assert_cmpfloat(at(&result, MX_LOOKUP_SUCCESS, 20), <, 0.9);
    g_assert_cmpint((int64_t)result.values[MX_NETWORK_LOST].numerator, >, 100);
    mx_run_fini(&result);
    params.partition_from_ns = params.partition_to_ns = 0;
    run_well(&params, &result);
    g_assert_true(value(&result, MX_LOOKUP_SUCCESS) == 1.0);
    mx_run_fini(&result);
}

static void test_flash_crowd(void)
{
    struct sim_params params = some_params();
    struct mx_run result;
    params.flash_crowd_at_ns = 20 * RELO_S;
    params.flash_crowd_within_ns = 10 * RELO_S;
    params.flash_crowd_peers = 60;
    run_well(&params, &result);
    g_assert_true(at(&result, MX_ALIVE_PEERS, 20) == 60);
    g_assert_true(at(&result, MX_ALIVE_PEERS, 119) == 120);
    mx_run_fini(&result);
}

static void test_poisson(void)
{
    struct sim_params params = some_params();
    struct mx_run result;
    params.peers = 100;
    params.churn = SIM_CHURN_POISSON;
    params.graceful_leave_ppb = 0;
    params.leave_rate_ppb = SIM_PPB / 2; /* 0.5 per second: 60 in two minutes */
    run_well(&params, &result);
    g_assert_cmpfloat(at(&result, MX_ALIVE_PEERS, 119), >, 100 - 60 - 24);
    g_assert_cmpfloat(at(&result, MX_ALIVE_PEERS, 119), <, 100 - 60 + 24);
    mx_run_fini(&result);
    params.join_rate_ppb = SIM_PPB;
    run_well(&params, &result);
    g_assert_cmpfloat(at(&result, MX_ALIVE_PEERS, 119), >, 100 + 60 - 42);
    g_assert_cmpfloat(at(&result, MX_ALIVE_PEERS, 119), <, 100 + 60 + 42);
    mx_run_fini(&result);
}

static void test_sip(void)
{
    struct sim_params params = some_params();
    struct mx_run result;
    params.transition_ns = 60 * RELO_S;
    params.lookup_interval_ns = 0;
    params.sip_lifetime_ns = 120 * RELO_S; /* few enough for links that stop and wait (6.6.3.1) */
    params.call_interval_ns = 30 * RELO_S;
    params.zipf_ppb = SIM_PPB / 2;
    run_well(&params, &result);
    g_assert_true(value(&result, MX_SIP_REGISTER_SUCCESS) == 1.0);
    g_assert_true(value(&result, MX_SIP_LOOKUP_SUCCESS) == 1.0);
    g_assert_cmpint((int64_t)result.values[MX_SIP_REGISTER_SUCCESS].denominator, >, 100);
    g_assert_cmpint((int64_t)result.values[MX_SIP_LOOKUP_SUCCESS].denominator, >, 180);
    g_assert_cmpuint(result.values[MX_SIP_LOOKUP_LATENCY].hist.n, >, 180);
    mx_run_fini(&result);
}

/* Means are kept; constant intervals give each peer its number exactly. */
static void test_pace(void)
{
    struct sim_params params = some_params();
    struct mx_run result;
    params.pace = SIM_PACE_CONSTANT;
    run_well(&params, &result);
    g_assert_cmpint((int64_t)result.values[MX_LOOKUP_SUCCESS].denominator, ==, 60 * 24);
    mx_run_fini(&result);
    params.pace = SIM_PACE_UNIFORM;
    run_well(&params, &result);
    g_assert_cmpint((int64_t)result.values[MX_LOOKUP_SUCCESS].denominator, >, 60 * 22);
    g_assert_cmpint((int64_t)result.values[MX_LOOKUP_SUCCESS].denominator, <, 60 * 26);
    mx_run_fini(&result);
}

static void test_trace(void)
{
    struct sim_params params = some_params();
    struct mx_run result;
    char *path = g_build_filename(g_get_tmp_dir(), "relo-trace-XXXXXX", NULL);
    GString *text = g_string_new("1 a JOIN\n2.5 b JOIN\n20 a PUT k v\n");
    for (int i = 40; i < 60; i++)
        g_string_append_printf(text, "%d b GET k\n", i);
    g_string_append(text, "70 b LEAVE\n");
    g_close(g_mkstemp(path), NULL);
    g_assert_true(g_file_set_contents(path, text->str, -1, NULL));
    params.peers = params.bootstrap_peers = 8;
    params.churn = SIM_CHURN_TRACE;
    g_strlcpy(params.trace_path, path, sizeof params.trace_path);
    run_well(&params, &result);
    g_assert_true(at(&result, MX_ALIVE_PEERS, 0) == 8);
    g_assert_true(at(&result, MX_ALIVE_PEERS, 30) == 10);
    g_assert_true(at(&result, MX_ALIVE_PEERS, 80) == 9);
    g_assert_cmpint((int64_t)result.values[MX_FETCH_SUCCESS].denominator, ==, 20);
    g_assert_true(value(&result, MX_FETCH_SUCCESS) == 1.0);
    mx_run_fini(&result);
    assert_shards_do_not_show(&params);
    g_remove(path);
    g_free(path);
    g_string_free(text, TRUE);
}

/* Everything at once. */
static void test_shards(void)
{
    struct sim_params params = some_params();
    params.peers = 40;
    params.transition_ns = 30 * RELO_S;
    params.churn = SIM_CHURN_YAO_PARETO;
    params.churn_shape_ppb = 3 * SIM_PPB;
    params.mean_session_ns = 120 * RELO_S;
    params.mean_dead_ns = 60 * RELO_S;
    params.population_count = 2;
    params.population[0] = (struct sim_population){.model = SIM_CHURN_POISSON,
                                                   .graceful_leave_ppb = SIM_PPB / 2,
                                                   .join_rate_ppb = SIM_PPB,
                                                   .leave_rate_ppb = SIM_PPB,
                                                   .peers = 10};
    params.population[1] = (struct sim_population){.model = SIM_CHURN_LOG_NORMAL,
                                                   .shape_ppb = SIM_PPB,
                                                   .mean_session_ns = 60 * RELO_S,
                                                   .mean_dead_ns = 60 * RELO_S,
                                                   .diurnal_ppb = SIM_PPB / 2,
                                                   .diurnal_period_ns = 60 * RELO_S,
                                                   .same_identity = true,
                                                   .peers = 10};
    params.mass_failure_at_ns = params.partition_from_ns = 20 * RELO_S; /* both at once */
    params.mass_failure_share_ppb = SIM_PPB / 4;
    params.partition_to_ns = 30 * RELO_S;
    params.partition_groups = 3;
    params.flash_crowd_at_ns = 40 * RELO_S;
    params.flash_crowd_peers = 10;
    params.zipf_ppb = SIM_PPB;
    params.store_interval_ns = 20 * RELO_S;
    params.fetch_interval_ns = 10 * RELO_S;
    params.sip_lifetime_ns = 60 * RELO_S;
    params.call_interval_ns = 10 * RELO_S;
    params.pace = SIM_PACE_UNIFORM;
    assert_shards_do_not_show(&params);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/world/mass_failure/exact_share_dies_and_ring_heals", test_mass_failure);
    g_test_add_func("/world/partition/groups_cannot_reach_each_other", test_partition);
    g_test_add_func("/world/flash_crowd/arrives_and_stays", test_flash_crowd);
    g_test_add_func("/world/poisson/joins_and_leaves_at_their_rates", test_poisson);
    g_test_add_func("/world/sip/registered_peers_are_found", test_sip);
    g_test_add_func("/world/intervals_keep_their_means", test_pace);
    g_test_add_func("/world/trace/is_followed", test_trace);
    g_test_add_func("/world/events_do_not_show_shards", test_shards);
    return g_test_run();
}
