/* SPDX-License-Identifier: BSD-2-Clause */
/* Lazy keepalives change nothing that is reported: docs/decisions/0012-lazy-keepalives.md. */
#include "core/ice/agent.h"
#include "tests/sim/support_run.h"

#include <glib.h>

static struct sim_params some_params(const char *preset)
{
    struct sim_params params;
    sim_params_init(&params);
    params.nat = sim_nat_mix_of(sim_nat_preset_find(preset));
    params.no_ice = false;
    params.turn_density = 3;
    params.peers = 60;
    params.bootstrap = SIM_BOOTSTRAP_ORACLE;
    params.loss_ppb = SIM_PPB / 100;
    params.up_bps = 1000000;
    params.down_bps = 16000000;
    params.lookup_interval_ns = 20 * RELO_S;
    params.measurement_ns = 240 * RELO_S;
    return params;
}

static void same_either_way(struct sim_params params)
{
    struct mx_run run[2];
    for (int lazy = 0; lazy < 2; lazy++) {
        params.keepalives = lazy ? SIM_KEEPALIVES_LAZY : SIM_KEEPALIVES_EVENT;
        run_well(&params, &run[lazy]);
    }
    g_assert_cmphex(run[0].facts.fingerprint, ==, run[1].facts.fingerprint);
    g_assert_cmpint(run[0].facts.datagrams, ==, run[1].facts.datagrams);
    g_assert_cmpint(run[0].facts.events, >, run[1].facts.events);
    const enum mx_metric same[] = {MX_TRAFFIC_BYTES_KEEPALIVE, MX_TRAFFIC_MESSAGES_KEEPALIVE};
    for (gsize i = 0; i < G_N_ELEMENTS(same); i++) {
        g_assert_cmpfloat(value(&run[0], same[i]), >, 0);
        g_assert_cmpfloat(value(&run[0], same[i]), ==, value(&run[1], same[i]));
    }
    const char *const counters[] = {"nat.inbound", "nat.outbound", "nat.mapped", "nat.expired"};
    for (gsize i = 0; params.nat.on && i < G_N_ELEMENTS(counters); i++)
        g_assert_cmpint(counter(&run[0], counters[i]), ==, counter(&run[1], counters[i]));
    mx_run_fini(&run[0]);
    mx_run_fini(&run[1]);
}

static void fingerprint_and_traffic_are_those_of_events(void)
{
    same_either_way(some_params("wg-default"));
}

static void the_same_behind_shared_and_nested_nats(void)
{
    struct sim_params params = some_params("mobile-heavy");
    params.nat.hosts_per_nat = 3;
    params.nat.cgn_ppb = SIM_NAT_PPB / 2;
    params.nat.homes_per_cgn = 4;
    same_either_way(params);
}

static void the_same_where_nats_forget_sooner_than_keepalives_come(void)
{
    struct sim_params params = some_params("wg-default");
    params.nat.timeout_ns = 30 * RELO_S;
    params.nat.reboot_interval_ns = 200 * RELO_S;
    params.keepalive_interval_ns = 45 * RELO_S;
    same_either_way(params);
}

static void the_same_under_churn(void)
{
    struct sim_params params = some_params("wg-default");
    params.churn = SIM_CHURN_WEIBULL;
    params.churn_shape_ppb = SIM_PPB / 2;
    params.mean_session_ns = 120 * RELO_S;
    params.mean_dead_ns = 60 * RELO_S;
    same_either_way(params);
}

static void the_same_where_peers_join(void)
{
    struct sim_params params = some_params("wg-default");
    params.bootstrap = SIM_BOOTSTRAP_JOIN;
    params.build_up_ns = 120 * RELO_S;
    same_either_way(params);
}

static void the_same_on_a_lan(void)
{
    struct sim_params params = some_params("wg-default");
    params.latency = SIM_LATENCY_CONST;
    params.latency_const_ns = 2 * RELO_MS;
    params.up_bps = params.down_bps = 100000000;
    same_either_way(params);
}

static void the_same_with_ice_and_no_nats(void)
{
    struct sim_params params = some_params("all-public");
    same_either_way(params);
}

static void the_same_with_consent(void)
{
    struct sim_params params = some_params("wg-default");
    params.ice_consent = true;
    same_either_way(params);
}

static void the_same_behind_nats_of_few_bindings(void)
{
    struct sim_params params = some_params("wg-default");
    params.nat.bindings_max = 20;
    same_either_way(params);
}

static void shards_do_not_show(void)
{
    struct sim_params params = some_params("wg-default");
    params.keepalives = SIM_KEEPALIVES_LAZY;
    params.measurement_ns = 60 * RELO_S;
    assert_shards_do_not_show(&params);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/sim/lazy/" #name, name)
    ADD(fingerprint_and_traffic_are_those_of_events);
    ADD(the_same_behind_shared_and_nested_nats);
    ADD(the_same_where_nats_forget_sooner_than_keepalives_come);
    ADD(the_same_under_churn);
    ADD(the_same_where_peers_join);
    ADD(the_same_on_a_lan);
    ADD(the_same_with_ice_and_no_nats);
    ADD(the_same_with_consent);
    ADD(the_same_behind_nats_of_few_bindings);
    ADD(shards_do_not_show);
#undef ADD
    return g_test_run();
}
