/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults and malicious peers: what goes wrong does, what the protocol promises holds, and shards do
   not matter. */
#include "core/node/node.h"
#include "sim/fault/malice.h"
#include "sim/world/world.h"
#include "tests/sim/support_run.h"

#include <glib.h>
#include <string.h>

static struct sim_params some_params(void)
{
    struct sim_params params;
    sim_params_init(&params);
    params.peers = 40;
    params.bootstrap = SIM_BOOTSTRAP_ORACLE;
    params.transition_ns = 20 * RELO_S;
    params.measurement_ns = 60 * RELO_S;
    params.chord_update_interval_ns = 20 * RELO_S;
    params.lookup_interval_ns = 5 * RELO_S;
    return params;
}

static struct sim_params storing_params(void)
{
    struct sim_params params = some_params();
    params.store_interval_ns = 20 * RELO_S;
    params.fetch_interval_ns = 5 * RELO_S;
    params.lifetime_ns = 100 * RELO_S;
    return params;
}

/* Everything at once: no number of shards may show. */
static void test_shards(void)
{
    struct sim_params params = storing_params();
    params.churn = SIM_CHURN_EXPONENTIAL;
    params.mean_session_ns = params.mean_dead_ns = 120 * RELO_S;
    params.burst_enter_ppb = params.corrupt_ppb = SIM_PPB / 200;
    params.tiv_sigma_ppb = SIM_PPB / 5;
    params.duplicate_ppb = params.reorder_ppb = params.non_transitive_ppb = SIM_PPB / 50;
    params.slow_ppb = SIM_PPB / 10;
    params.clock_skew_ns = RELO_S;
    params.clock_interval_ns = 10 * RELO_S;
    params.crash_interval_ns = 60 * RELO_S;
    params.restart_ns = 10 * RELO_S;
    params.malicious_ppb = SIM_PPB / 5;
    params.malicious_stop_ppb = SIM_PPB / 2;
    params.malicious_step_interval_ns = 10 * RELO_S;
    params.drop_requests_ppb = params.drop_answers_ppb = params.misroute_ppb = SIM_PPB / 10;
    params.claim_ppb = params.replay_ppb = params.tamper_ppb = params.stale_ppb = SIM_PPB / 10;
    params.flood_interval_ns = 3 * RELO_S;
    for (int storage = SIM_CRASH_LOST; storage <= SIM_CRASH_KEPT; storage++) {
        params.crash_storage = (enum sim_crash_storage)storage;
        assert_shards_do_not_show(&params);
    }
}

/* FINGERPRINT finds what befalls STUN, and the results say how often. */
static void test_corrupt_stun(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    params.nat = sim_nat_mix_of(sim_nat_preset_find("wg-default"));
    params.no_ice = false;
    params.keepalive_interval_ns = RELO_S;
    params.corrupt_ppb = SIM_PPB / 50;
    run_well(&params, &run);
    g_assert_cmpint(counter(&run, "core.dropped.stun.malformed"), >, 50);
    g_assert_cmpfloat(value(&run, MX_LOOKUP_SUCCESS), >, 0.9);
    mx_run_fini(&run);
}

/* A flipped bit dies at the hop where it is met; Simple Reliability repairs it. */
static void test_corrupt(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    params.corrupt_ppb = SIM_PPB / 50;
    run_well(&params, &run);
    int64_t corrupted = counter(&run, "fault.corrupted");
    g_assert_cmpint(corrupted, >, 50);
    g_assert_cmpint(counter(&run, "core.dropped.bad-record"), >, corrupted * 8 / 10);
    g_assert_cmpfloat(value(&run, MX_LOOKUP_SUCCESS), >, 0.99);
    g_assert_true(value(&run, MX_LOOKUP_CORRECT) == 1.0);
    mx_run_fini(&run);
}

/* A second copy of a record is a replay (RFC 6347 4.1.2.6): dropped, and nothing else happens. */
static void test_duplicate(void)
{
    struct sim_params params = some_params();
    struct mx_run run, plain;
    run_well(&params, &plain);
    params.duplicate_ppb = SIM_PPB / 10;
    run_well(&params, &run);
    g_assert_cmpint(counter(&run, "fault.duplicated"), >, 100);
    g_assert_cmpint(counter(&run, "core.dropped.bad-record"), >, 100);
    g_assert_cmpint(counter(&run, "core.frames.data.received"), ==,
                    counter(&plain, "core.frames.data.received"));
    g_assert_true(value(&run, MX_LOOKUP_SUCCESS) == 1.0);
    mx_run_fini(&run);
    mx_run_fini(&plain);
}

static void test_reorder(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    params.reorder_ppb = SIM_PPB / 5;
    params.reorder_delay_ns = 300 * RELO_MS;
    run_well(&params, &run);
    g_assert_cmpint(counter(&run, "fault.reordered"), >, 200);
    g_assert_true(value(&run, MX_LOOKUP_SUCCESS) == 1.0);
    mx_run_fini(&run);
}

static void test_slow(void)
{
    struct sim_params params = some_params();
    struct mx_run run, plain;
    run_well(&params, &plain);
    params.slow_ppb = SIM_PPB;
    params.processing_ns = 10 * RELO_MS;
    run_well(&params, &run);
    /* Each hop there and back takes 10 ms longer at least. */
    g_assert_cmpfloat(value(&run, MX_LOOKUP_LATENCY), >,
                      value(&plain, MX_LOOKUP_LATENCY) + 2 * 0.010);
    g_assert_true(value(&run, MX_LOOKUP_SUCCESS) == 1.0);
    mx_run_fini(&run);
    mx_run_fini(&plain);
}

static void test_clock(void)
{
    struct sim_params params = some_params();
    params.clock_skew_ns = 10 * RELO_S;
    params.clock_interval_ns = 60 * RELO_S;
    struct sim_fault *fault = sim_fault_new(&params, 40);
    relo_time least = RELO_NEVER, most = -RELO_NEVER;
    for (uint32_t host = 0; host < 40; host++) {
        uint32_t settings = 0;
        for (relo_time t = 1; t < 600 * RELO_S; t += RELO_S) {
            relo_time skew = sim_fault_clock(fault, host, t);
            least = skew < least ? skew : least;
            most = skew > most ? skew : most;
            settings += skew != sim_fault_clock(fault, host, t - 1);
        }
        g_assert_cmpuint(settings, <=, 10);
    }
    g_assert_cmpint(least, >=, -10 * RELO_S);
    g_assert_cmpint(least, <, -9 * RELO_S);
    g_assert_cmpint(most, <=, 10 * RELO_S);
    g_assert_cmpint(most, >, 9 * RELO_S);
    sim_fault_free(fault);
    /* Nodes see it: a Ping's answer tells the time, and storage times are the owners'. */
    struct mx_run run, plain;
    params = storing_params();
    run_well(&params, &plain);
    params.clock_skew_ns = 10 * RELO_S;
    params.clock_interval_ns = 60 * RELO_S;
    run_well(&params, &run);
    g_assert_true(run.facts.fingerprint != plain.facts.fingerprint);
    g_assert_true(value(&run, MX_DATA_LOST) == 0.0);
    mx_run_fini(&run);
    mx_run_fini(&plain);
}

/* A world in which everybody but the bootstrap peers crashes every minute or so. */
static struct sim_world *crash_world(struct sim_params *params, struct mx_run *run)
{
    struct sim_run_options options = {0};
    struct sim_world *world = g_new(struct sim_world, 1);
    char *error = NULL;
    params->crash_interval_ns = 60 * RELO_S;
    params->restart_ns = 5 * RELO_S;
    mx_run_init(run);
    g_assert_true(sim_world_init(world, params, &options, run, &error));
    if (params->bootstrap == SIM_BOOTSTRAP_ORACLE)
        sim_wiring_start(world);
    sim_churn_begin(world);
    return world;
}

static void end_world(struct sim_world *world, struct mx_run *run)
{
    sim_world_fini(world);
    g_free(world);
    mx_run_fini(run);
}

static uint32_t count_same(const struct sim_world *world, const struct relo_id *id)
{
    uint32_t same = 0;
    for (uint32_t i = 0; i < world->host_count; i++)
        same += relo_id_equal(world->hosts[i].id, id[i]);
    return same;
}

static void test_crash_lost(void)
{
    struct sim_params params = some_params();
    struct relo_id id[40];
    struct mx_run run;
    struct sim_world *world = crash_world(&params, &run);
    uint32_t restarts = 0;
    for (uint32_t i = 0; i < 40; i++)
        id[i] = world->hosts[i].id;
    sim_world_run_until(world, 80 * RELO_S);
    for (uint32_t i = 0; i < 40; i++) {
        restarts += world->hosts[i].incarnation - 1;
        g_assert_true(i >= params.bootstrap_peers || world->hosts[i].incarnation == 1);
    }
    g_assert_cmpuint(restarts, >, 20); /* 36 peers for 80 s: 48 crashes are expected */
    g_assert_cmpuint(restarts, <, 80);
    g_assert_cmpuint(count_same(world, id), ==, 40); /* the certificate is all that survives */
    end_world(world, &run);
}

static void test_crash_kept(void)
{
    struct sim_params params = some_params();
    struct relo_id id[40];
    struct mx_run run;
    params.crash_storage = SIM_CRASH_KEPT;
    struct sim_world *world = crash_world(&params, &run);
    uint32_t away = 0, alive = 0;
    for (uint32_t i = 0; i < 40; i++)
        id[i] = world->hosts[i].id;
    for (relo_time t = 10; t <= 80; t += 10) {
        sim_world_run_until(world, t * RELO_S);
        for (uint32_t i = 0; i < 40; i++)
            away += world->hosts[i].node == NULL;
    }
    for (uint32_t i = 0; i < 40; i++) {
        g_assert_cmpuint(world->hosts[i].incarnation, ==, 1); /* frozen, not stopped */
        alive += world->hosts[i].node != NULL;
    }
    g_assert_cmpuint(away, >, 5); /* 36 * 8 / 13 samples are expected */
    g_assert_cmpuint(alive, >, 25);
    g_assert_cmpuint(count_same(world, id), ==, 40);
    end_world(world, &run);
}

/* Clocks are set all the time: who was frozen meanwhile has the right wrong time when it thaws. */
static void test_thawed_clock(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    uint32_t alive = 0;
    params.crash_storage = SIM_CRASH_KEPT;
    params.clock_skew_ns = 30 * RELO_S;
    params.clock_interval_ns = 20 * RELO_S;
    struct sim_world *world = crash_world(&params, &run);
    for (relo_time t = 50; t <= 80; t++) {
        sim_world_run_until(world, t * RELO_S);
        for (uint32_t i = 0; i < 40; i++) {
            const struct relo_node *node = world->hosts[i].node;
            relo_time clock = SIM_UNIX_OFFSET_NS + sim_fault_clock(world->fault, i, world->now);
            alive += node != NULL;
            g_assert_true(!node || node->env.unix_offset_ns == clock);
        }
    }
    g_assert_cmpuint(alive, >, 500);
    end_world(world, &run);
}

/* Frozen for 5 s in a minute, a peer asks as much as it did before: 12 times a minute. */
static void test_thawed_load(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    params.measurement_ns = 300 * RELO_S;
    params.crash_interval_ns = 60 * RELO_S;
    params.restart_ns = 5 * RELO_S;
    params.crash_storage = SIM_CRASH_KEPT;
    run_well(&params, &run);
    double asked = (double)run.values[MX_LOOKUP_SUCCESS].denominator;
    double peers = value(&run, MX_ALIVE_PEERS);
    g_assert_cmpfloat(asked, >, peers * 60 * 0.9);
    g_assert_cmpfloat(asked, <, peers * 60 * 1.1);
    mx_run_fini(&run);
}

/* Who freezes while it waits to join again has not given up: as soon as packets get through,
   everybody is in. Until then every Join fails, and one wait in twelve or so ends frozen. */
static void test_frozen_retry(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    uint32_t admitted = 0, attempts = 0;
    params.bootstrap = SIM_BOOTSTRAP_JOIN;
    params.build_up_ns = 20 * RELO_S;
    params.measurement_ns = 900 * RELO_S;
    params.lookup_interval_ns = 0;
    params.crash_storage = SIM_CRASH_KEPT;
    struct sim_world *world = crash_world(&params, &run);
    world->network.latency.blocked_below = UINT64_MAX; /* nobody can talk to anybody */
    sim_world_run_until(world, 600 * RELO_S);
    for (uint32_t i = 1; i < 40; i++) {
        admitted += world->hosts[i].state == SIM_HOST_ADMITTED;
        attempts += world->hosts[i].attempts;
    }
    g_assert_cmpuint(admitted, ==, 0);
    g_assert_cmpuint(attempts, >, 39 * 3);
    world->network.latency.blocked_below = 0;
    sim_fault_quiet(world->fault); /* no crashes any more; who is frozen thaws */
    sim_world_run_until(world, 900 * RELO_S);
    for (uint32_t i = 0; i < 40; i++)
        g_assert_cmpint(world->hosts[i].state, ==, SIM_HOST_ADMITTED);
    end_world(world, &run);
}

/* Who freezes often and for long is away as long as churn says when its session ends meanwhile. */
static void test_frozen_departure(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    params.peers = 44;
    params.churn = SIM_CHURN_EXPONENTIAL;
    params.mean_session_ns = params.mean_dead_ns = 50 * RELO_S;
    params.measurement_ns = 400 * RELO_S;
    params.chord_update_interval_ns = 600 * RELO_S;
    params.lookup_interval_ns = 0;
    params.graceful_leave_ppb = 0;
    params.crash_interval_ns = params.restart_ns = 100 * RELO_S;
    params.crash_storage = SIM_CRASH_KEPT;
    struct sim_run_options options = {0};
    struct sim_world *world = g_new(struct sim_world, 1);
    char *error = NULL;
    mx_run_init(&run);
    g_assert_true(sim_world_init(world, &params, &options, &run, &error));
    sim_wiring_start(world);
    sim_churn_begin(world);
    uint32_t up = 0, samples = 0;
    for (relo_time t = 100; t <= 400; t += 10, samples++) {
        sim_world_run_until(world, t * RELO_S);
        for (uint32_t i = 4; i < world->host_count; i++)
            up += world->hosts[i].node != NULL;
    }
    /* Up to frozen and back once in 100 s, up or frozen to away and back once in 50 s: this chain
       is up for 3/8 of the time. */
    double share = (double)up / samples / (world->host_count - 4);
    g_assert_cmpfloat(share, >, 0.375 - 0.06);
    g_assert_cmpfloat(share, <, 0.375 + 0.06);
    end_world(world, &run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fault/all_at_once_do_not_show_shards", test_shards);
    g_test_add_func("/fault/corrupt/dies_at_the_hop_and_is_repaired", test_corrupt);
    g_test_add_func("/fault/corrupt/stun_is_dropped_and_counted_in_the_results", test_corrupt_stun);
    g_test_add_func("/fault/duplicate/second_copy_changes_nothing", test_duplicate);
    g_test_add_func("/fault/reorder/does_no_harm", test_reorder);
    g_test_add_func("/fault/slow/peers_take_their_time", test_slow);
    g_test_add_func("/fault/clock/is_wrong_within_bounds_and_set_again", test_clock);
    g_test_add_func("/fault/crash/lost_storage_comes_back_with_its_identity", test_crash_lost);
    g_test_add_func("/fault/crash/kept_storage_is_frozen_and_thaws", test_crash_kept);
    g_test_add_func("/fault/crash/load_goes_on_after_the_thaw", test_thawed_load);
    g_test_add_func("/fault/crash/thaws_with_its_clock_set", test_thawed_clock);
    g_test_add_func("/fault/crash/who_waits_to_join_again_does_after_the_thaw", test_frozen_retry);
    g_test_add_func("/fault/crash/session_may_end_while_frozen", test_frozen_departure);
    return g_test_run();
}
