/* SPDX-License-Identifier: BSD-2-Clause */
/* Malicious peers: each attack does harm where RFC 6940 lets it, and none where it does not. */
#include "sim/fault/malice.h"
#include "sim/world/world.h"
#include "tests/sim/support_run.h"

#include <glib.h>
#include <string.h>

static struct sim_params some_params(void)
{
    struct sim_params params;
    sim_params_init(&params);
    params.peers = 64;
    params.bootstrap = SIM_BOOTSTRAP_ORACLE;
    params.transition_ns = 40 * RELO_S;
    params.measurement_ns = 60 * RELO_S;
    params.lookup_interval_ns = 10 * RELO_S;
    params.store_interval_ns = 30 * RELO_S;
    params.fetch_interval_ns = 5 * RELO_S;
    params.lifetime_ns = 100 * RELO_S;
    params.malicious_ppb = params.malicious_stop_ppb = SIM_PPB / 4;
    return params;
}

static void test_ramp(void)
{
    struct sim_params params = some_params();
    params.malicious_ppb = 0;
    params.malicious_stop_ppb = SIM_PPB / 5;
    params.malicious_from_ns = 100 * RELO_S;
    params.malicious_step_interval_ns = 10 * RELO_S;
    params.malicious_step_ppb = SIM_PPB / 100 * 15;
    g_assert_cmpuint(sim_malice_share(&params, 99 * RELO_S), ==, 0);
    g_assert_cmpuint(sim_malice_share(&params, 100 * RELO_S), ==, SIM_PPB / 100 * 15);
    g_assert_cmpuint(sim_malice_share(&params, 110 * RELO_S), ==, SIM_PPB / 5);
    g_assert_cmpuint(sim_malice_share(&params, 100000 * RELO_S), ==, SIM_PPB / 5);
    params.malicious_ppb = SIM_PPB / 2; /* and downwards */
    g_assert_cmpuint(sim_malice_share(&params, 105 * RELO_S), ==, SIM_PPB / 100 * 35);
    g_assert_cmpuint(sim_malice_share(&params, 200 * RELO_S), ==, SIM_PPB / 5);
}

static void test_who(void)
{
    struct sim_params params = some_params();
    uint32_t n = 0;
    params.malicious_stop_ppb = SIM_PPB / 2;
    params.malicious_step_ppb = SIM_PPB / 4;
    params.malicious_from_ns = 100 * RELO_S;
    struct sim_malice *malice = sim_malice_new(&params, 4000);
    for (uint32_t host = 0; host < 4000; host++) {
        bool before = sim_malice_is(malice, host, 0);
        bool after = sim_malice_is(malice, host, 200 * RELO_S);
        g_assert_true(after || !before); /* who was malicious stays so as the share grows */
        g_assert_true(after == (sim_malice_suite(malice, host) != &relo_suite_sim));
        g_assert_false(after && host < params.bootstrap_peers);
        n += before;
    }
    g_assert_cmpuint(n, >, 1000 - 120);
    g_assert_cmpuint(n, <, 1000 + 120);
    sim_malice_free(malice);
    params.malicious_ppb = params.malicious_stop_ppb = 0;
    g_assert_null(sim_malice_new(&params, 4000));
}

static void test_drop(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    params.drop_requests_ppb = SIM_PPB;
    run_well(&params, &run);
    g_assert_cmpint(counter(&run, "malicious.requests-dropped"), >, 50);
    g_assert_cmpint(counter(&run, "malicious.answers-dropped"), ==, 0);
    /* A quarter of all hops is lost, and the sender's repetitions go the same way. */
    g_assert_cmpfloat(value(&run, MX_LOOKUP_SUCCESS), <, 0.75);
    g_assert_cmpfloat(value(&run, MX_LOOKUP_SUCCESS), >, 0.1);
    g_assert_true(value(&run, MX_LOOKUP_CORRECT) == 1.0);
    g_assert_true(value(&run, MX_RING_WRONG_SUCCESSOR) == 0.0); /* it keeps its place */
    mx_run_fini(&run);
    params.drop_requests_ppb = 0;
    params.drop_answers_ppb = SIM_PPB;
    run_well(&params, &run);
    g_assert_cmpint(counter(&run, "malicious.answers-dropped"), >, 50);
    g_assert_cmpfloat(value(&run, MX_LOOKUP_SUCCESS), <, 0.75);
    mx_run_fini(&run);
}

static void test_misroute(void)
{
    struct sim_params params = some_params();
    struct mx_run run, honest;
    params.malicious_ppb = params.malicious_stop_ppb = 0;
    run_well(&params, &honest);
    params.malicious_ppb = params.malicious_stop_ppb = SIM_PPB / 4;
    params.misroute_ppb = SIM_PPB / 2;
    run_well(&params, &run);
    g_assert_cmpint(counter(&run, "malicious.misrouted"), >, 50);
    g_assert_cmpfloat(value(&run, MX_LOOKUP_HOPS), >, value(&honest, MX_LOOKUP_HOPS));
    g_assert_cmpfloat(value(&run, MX_LOOKUP_SUCCESS), >, 0.5); /* most go on from there */
    mx_run_fini(&run);
    mx_run_fini(&honest);
}

/* Who answers must be a node that could be responsible, as far as the asker can tell. */
static void test_claim(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    params.claim_ppb = SIM_PPB;
    run_well(&params, &run);
    g_assert_cmpint(counter(&run, "malicious.claimed"), >, 50);
    g_assert_cmpfloat(value(&run, MX_LOOKUP_CORRECT), <, 1.0);
    g_assert_cmpint(counter(&run, "core.dropped.wrong-responder"), >, 20);
    mx_run_fini(&run);
}

/* The owner's signature covers the value (7.1): a changed one is left out. */
static void test_tamper(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    params.tamper_ppb = SIM_PPB;
    run_well(&params, &run);
    g_assert_cmpint(counter(&run, "malicious.tampered"), >, 20);
    g_assert_cmpfloat(value(&run, MX_FETCH_SUCCESS), <, 0.95);
    g_assert_cmpfloat(value(&run, MX_FETCH_SUCCESS), >, 0.5);
    mx_run_fini(&run);
}

/* An old version bears a good signature: only its storage time and lifetime bound the lie. */
static void test_stale(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    params.stale_ppb = SIM_PPB;
    run_well(&params, &run);
    g_assert_cmpint(counter(&run, "malicious.stale"), >, 10);
    g_assert_cmpfloat(value(&run, MX_FETCH_SUCCESS), <, 0.98);
    mx_run_fini(&run);
}

static void test_replay(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    params.replay_ppb = SIM_PPB / 2;
    run_well(&params, &run);
    g_assert_cmpint(counter(&run, "malicious.replayed"), >, 50);
    g_assert_true(value(&run, MX_LOOKUP_CORRECT) == 1.0);
    g_assert_true(value(&run, MX_DATA_LOST) == 0.0); /* an old Store takes nothing away */
    mx_run_fini(&run);
}

static void test_flood(void)
{
    struct sim_params params = some_params();
    struct mx_run run, plain;
    params.store_interval_ns = params.fetch_interval_ns = 0;
    run_well(&params, &plain);
    params.flood_interval_ns = RELO_S;
    run_well(&params, &run);
    g_assert_cmpint(counter(&run, "malicious.floods"), >, 400); /* some 15 peers, for 60 s */
    g_assert_cmpint(counter(&run, "core.frames.data.received"), >,
                    counter(&plain, "core.frames.data.received") * 5 / 4);
    g_assert_cmpfloat(value(&run, MX_LOOKUP_SUCCESS), >, 0.99);
    mx_run_fini(&run);
    mx_run_fini(&plain);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/malice/share_goes_in_steps", test_ramp);
    g_test_add_func("/malice/hosts_turn_malicious_with_the_share", test_who);
    g_test_add_func("/malice/drop/loses_what_comes_by_and_nothing_else", test_drop);
    g_test_add_func("/malice/misroute/makes_ways_longer", test_misroute);
    g_test_add_func("/malice/claim/deceives_few", test_claim);
    g_test_add_func("/malice/tamper/costs_the_fetches_it_touches", test_tamper);
    g_test_add_func("/malice/stale/is_believed_for_a_lifetime", test_stale);
    g_test_add_func("/malice/replay/does_no_more_than_a_drop", test_replay);
    g_test_add_func("/malice/flood/costs_traffic", test_flood);
    return g_test_run();
}
