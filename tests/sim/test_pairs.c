/* SPDX-License-Identifier: BSD-2-Clause */
/* Pairs of ICE agents over the simulated network ([pairs]): the outcome is the theorem's. */
#include "sim/world/run.h"

#include <glib.h>

static struct sim_params pairs_of(const char *preset, uint32_t count)
{
    struct sim_params params;
    sim_params_init(&params);
    params.nat = sim_nat_mix_of(sim_nat_preset_find(preset));
    params.pairs = count;
    return params;
}

static double run_value(const struct sim_params *params, enum mx_metric metric, uint64_t *print)
{
    struct mx_run run;
    char *error = NULL;
    double value;
    mx_run_init(&run);
    g_assert_true(sim_run(params, NULL, &run, &error));
    g_assert_true(mx_run_value(&run, metric, &value));
    if (print)
        *print = run.facts.fingerprint;
    mx_run_fini(&run);
    return value;
}

static struct sim_nat_config config_of(enum sim_pair_end end)
{
    struct sim_nat_config config = sim_nat_class_config(
        end < SIM_PAIR_KIND ? (enum sim_nat_class)(end - SIM_PAIR_CLASS) : SIM_NAT_CLASS_EI_APD);
    if (end >= SIM_PAIR_KIND) {
        config.mapping = end < SIM_PAIR_APD_EI ? SIM_NAT_AD : SIM_NAT_APD;
        config.filtering = (enum sim_nat_dependence)((end - SIM_PAIR_KIND) % 3);
    }
    return config;
}

static void expect(const struct sim_params *params, bool direct, bool relayed)
{
    struct mx_run run;
    char *error = NULL;
    double value[3];
    mx_run_init(&run);
    g_assert_true(sim_run(params, NULL, &run, &error));
    g_assert_true(mx_run_value(&run, MX_PAIR_DIRECT, &value[0]));
    g_assert_true(mx_run_value(&run, MX_PAIR_RELAYED, &value[1]));
    g_assert_true(mx_run_value(&run, MX_LINK_PATH_FAILED, &value[2]));
    if (value[0] != direct || value[1] != relayed || value[2] != (!direct && !relayed))
        g_error("%d x %d: %g direct, %g relayed, %g failed", params->pair_a, params->pair_b,
                value[0], value[1], value[2]);
    mx_run_fini(&run);
}

/* Direct where the theorem allows it, else through the TURN server where both have UDP. */
static void every_pair_of_kinds_ends_as_the_theorem_says(void)
{
    for (int a = SIM_PAIR_CLASS; a <= SIM_PAIR_APD_AD; a++)
        for (int b = SIM_PAIR_CLASS; b <= SIM_PAIR_APD_AD; b++) {
            struct sim_params params = pairs_of("wg-default", 10);
            struct sim_nat_config x = config_of((enum sim_pair_end)a);
            struct sim_nat_config y = config_of((enum sim_pair_end)b);
            params.pair_a = (enum sim_pair_end)a;
            params.pair_b = (enum sim_pair_end)b;
            bool direct = sim_nat_direct(&x, &y);
            bool relayed = !direct && !x.udp_blocked && !y.udp_blocked;
            expect(&params, direct, relayed);
            params.pair_turn = false;
            expect(&params, direct, false);
        }
}

/* 1,500 pairs: four standard deviations are 4.5 %. */
static void a_mix_has_its_share_of_direct_pairs(void)
{
    struct sim_params params = pairs_of("wg-default", 1500);
    double direct = run_value(&params, MX_PAIR_DIRECT, NULL);
    g_assert_cmpfloat(direct, >, 0.754 - 0.045);
    g_assert_cmpfloat(direct, <, 0.754 + 0.045);
    double hidden = run_value(&params, MX_PAIR_DIRECT_NOT_PUBLIC, NULL);
    g_assert_cmpfloat(hidden, >, 0.676 - 0.06);
    g_assert_cmpfloat(hidden, <, 0.676 + 0.06);
}

static void nesting_makes_homes_as_dependent_as_their_carrier(void)
{
    struct sim_params params = pairs_of("wg-default", 40);
    params.pair_a = params.pair_b = SIM_PAIR_CLASS + (int)SIM_NAT_CLASS_EI_APD;
    params.nat.cgn_ppb = SIM_NAT_PPB;
    params.nat.cgn_symmetric_ppb = 0;
    g_assert_true(run_value(&params, MX_PAIR_DIRECT, NULL) == 1.0);
    params.nat.cgn_symmetric_ppb = SIM_NAT_PPB;
    g_assert_true(run_value(&params, MX_PAIR_DIRECT, NULL) == 0.0);
    params.nat.cgn_symmetric_ppb = SIM_NAT_PPB / 2;
    double direct = run_value(&params, MX_PAIR_DIRECT, NULL); /* a quarter */
    g_assert_cmpfloat(direct, >, 0.0);
    g_assert_cmpfloat(direct, <, 0.6);
}

/* One pair in fifty learns nothing from its only STUN server in the 8 s that gathering takes. */
static void losses_cost_time_and_few_paths(void)
{
    struct sim_params params = pairs_of("wg-default", 100);
    params.pair_turn = false;
    params.pair_a = params.pair_b = SIM_PAIR_CLASS + (int)SIM_NAT_CLASS_EI_APD;
    double setup = run_value(&params, MX_PAIR_SETUP, NULL);
    params.loss_ppb = SIM_PPB / 5;
    g_assert_cmpfloat(run_value(&params, MX_PAIR_DIRECT, NULL), >, 0.94);
    g_assert_cmpfloat(run_value(&params, MX_PAIR_SETUP, NULL), >, setup);
}

/* A lost check leaves a relayed pair the first to be valid; the hole gets a second to be punched.
 */
static void losses_make_few_relays(void)
{
    struct sim_params params = pairs_of("wg-default", 1000);
    params.pair_a = params.pair_b = SIM_PAIR_CLASS + (int)SIM_NAT_CLASS_EI_APD;
    params.loss_ppb = SIM_PPB / 20;
    double relayed = run_value(&params, MX_PAIR_RELAYED, NULL);
    g_test_message("%g relayed", relayed);
    g_assert_cmpfloat(relayed, <, 0.01);
}

static void the_same_seed_gives_the_same_pairs(void)
{
    struct sim_params params = pairs_of("halkes2011", 50);
    uint64_t first, second, other;
    run_value(&params, MX_PAIR_DIRECT, &first);
    run_value(&params, MX_PAIR_DIRECT, &second);
    params.seed++;
    run_value(&params, MX_PAIR_DIRECT, &other);
    g_assert_cmpuint(first, ==, second);
    g_assert_cmpuint(first, !=, other);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define T(name) g_test_add_func("/pairs/" #name, name)
    T(every_pair_of_kinds_ends_as_the_theorem_says);
    T(a_mix_has_its_share_of_direct_pairs);
    T(nesting_makes_homes_as_dependent_as_their_carrier);
    T(losses_cost_time_and_few_paths);
    T(losses_make_few_relays);
    T(the_same_seed_gives_the_same_pairs);
    return g_test_run();
}
