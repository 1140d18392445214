/* SPDX-License-Identifier: BSD-2-Clause */
/* A packet that nothing can overtake is delivered as soon as it enters its downlink, on the time it
   leaves it. Captures are in order of time, so that with one every packet waits on the calendar:
   what comes out must be the same. */
#include "tests/sim/support_run.h"

#include <glib.h>
#include <glib/gstdio.h>

static struct sim_params some_params(const char *preset)
{
    struct sim_params params;
    sim_params_init(&params);
    if (preset) {
        params.nat = sim_nat_mix_of(sim_nat_preset_find(preset));
        params.no_ice = false;
        params.turn_density = 3;
    }
    params.peers = 60;
    params.bootstrap = SIM_BOOTSTRAP_ORACLE;
    params.loss_ppb = SIM_PPB / 100;
    params.up_bps = 1000000;
    params.down_bps = 4000000;
    params.churn = SIM_CHURN_WEIBULL;
    params.churn_shape_ppb = SIM_PPB / 2;
    params.mean_session_ns = 120 * RELO_S;
    params.mean_dead_ns = 60 * RELO_S;
    params.lookup_interval_ns = 2 * RELO_S;
    params.measurement_ns = 60 * RELO_S;
    return params;
}

static void waiting_changes_nothing(const struct sim_params *params)
{
    char *path = g_build_filename(g_get_tmp_dir(), "relo-test-XXXXXX", NULL);
    int fd = g_mkstemp(path);
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    struct sim_run_options options = {.pcap_path = path};
    GByteArray *waited = run_image(params, &options), *not = run_image(params, NULL);
    assert_same(waited, not);
    g_byte_array_unref(waited);
    g_byte_array_unref(not);
    g_remove(path);
    g_free(path);
}

static void public_hosts(void)
{
    struct sim_params params = some_params(NULL);
    waiting_changes_nothing(&params);
}

static void slow_lines(void)
{
    struct sim_params params = some_params(NULL);
    params.down_bps = 200000;
    waiting_changes_nothing(&params);
}

static void homes_of_one_host_with_lazy_keepalives(void)
{
    struct sim_params params = some_params("wg-default");
    params.keepalives = SIM_KEEPALIVES_LAZY;
    params.keepalive_interval_ns = 2 * RELO_S;
    waiting_changes_nothing(&params);
}

static void shared_and_nested_nats_that_reboot(void)
{
    struct sim_params params = some_params("mobile-heavy");
    params.nat.hosts_per_nat = 2;
    params.nat.cgn_ppb = SIM_NAT_PPB / 2;
    params.nat.homes_per_cgn = 4;
    params.nat.reboot_interval_ns = 100 * RELO_S;
    waiting_changes_nothing(&params);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/sim/downlink/waiting_changes_nothing/" #name, name)
    ADD(public_hosts);
    ADD(slow_lines);
    ADD(homes_of_one_host_with_lazy_keepalives);
    ADD(shared_and_nested_nats_that_reboot);
#undef ADD
    return g_test_run();
}
