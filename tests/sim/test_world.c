/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole runs: repeatable, independent of shards, a wired ring at rest, joins, churn. */
#include "sim/world/world.h"
#include "tests/sim/support_run.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

static struct sim_params some_params(void)
{
    struct sim_params params;
    sim_params_init(&params);
    params.peers = 64;
    params.bootstrap = SIM_BOOTSTRAP_ORACLE;
    params.measurement_ns = 60 * RELO_S;
    params.lookup_interval_ns = 5 * RELO_S;
    return params;
}

/* Everything at once: churn, loss, jitter, narrow access links, store and fetch. */
static struct sim_params busy_params(void)
{
    struct sim_params params = some_params();
    params.peers = 40;
    params.measurement_ns = 120 * RELO_S;
    params.transition_ns = 30 * RELO_S;
    params.churn = SIM_CHURN_WEIBULL;
    params.mean_session_ns = 120 * RELO_S;
    params.mean_dead_ns = 60 * RELO_S;
    params.chord_update_interval_ns = 20 * RELO_S;
    params.loss_ppb = 10000000;
    params.jitter_ns = 20 * RELO_MS;
    params.up_bps = 1000000;
    params.down_bps = 16000000;
    params.queue_up_bytes = params.queue_down_bytes = 32768;
    params.store_interval_ns = 20 * RELO_S;
    params.fetch_interval_ns = 10 * RELO_S;
    params.lifetime_ns = 100 * RELO_S;
    return params;
}

static void test_twice(void)
{
    struct sim_params params = busy_params();
    GByteArray *first = run_image(&params, NULL), *second = run_image(&params, NULL);
    assert_same(first, second);
    params.seed++;
    GByteArray *other = run_image(&params, NULL);
    g_assert_false(other->len == first->len && memcmp(other->data, first->data, first->len) == 0);
    g_byte_array_unref(first);
    g_byte_array_unref(second);
    g_byte_array_unref(other);
}

static void test_shards(void)
{
    struct sim_params params = busy_params();
    assert_shards_do_not_show(&params);
}

/* So many events at a time that the memory of those that come next is asked for: also of peers that
   are gone by then. */
static void test_rush(void)
{
    struct sim_params params = busy_params();
    params.measurement_ns = 4 * RELO_S;
    params.transition_ns = 0;
    params.mean_session_ns = params.mean_dead_ns = 4 * RELO_S;
    params.lookup_interval_ns = 20 * RELO_MS;
    assert_shards_do_not_show(&params);
    struct mx_run run;
    run_well(&params, &run);
    g_assert_cmpint(run.facts.events, >, 40000); /* a slot of the calendar: 4.2 ms */
    mx_run_fini(&run);
}

/* The tables of all hosts as one hash. Not the number of links: a partition check (10.7.4.4) opens
   one to a bootstrap node for some seconds. */
static uint64_t tables(const struct sim_world *world)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < world->host_count; i++) {
        struct relo_snapshot s;
        struct relo_id finger[128];
        relo_node_snapshot(world->hosts[i].node, &s);
        uint32_t n = relo_node_fingers(world->hosts[i].node, finger, 128);
        hash = relo_hash(finger, n * sizeof *finger, hash);
        hash = relo_hash(s.successor, s.successor_count * sizeof *s.successor, hash);
        hash = relo_hash(s.predecessor, s.predecessor_count * sizeof *s.predecessor, hash);
    }
    return hash;
}

/* What the runs compared for shards and seeds are made of: if it went, they would prove little. */
static void test_busy(void)
{
    struct sim_params params = busy_params();
    struct mx_run run;
    run_well(&params, &run);
    g_assert_cmpfloat(value(&run, MX_STORE_SUCCESS), >, 0.5);
    g_assert_cmpfloat(value(&run, MX_FETCH_SUCCESS), >, 0.3);
    g_assert_cmpuint(run.values[MX_LOOKUP_HOPS].hist.n, >, 100);
    g_assert_cmpuint(run.values[MX_JOIN_LATENCY].hist.n, >, 10);
    g_assert_cmpfloat(value(&run, MX_NETWORK_LOST), >, 50);
    g_assert_cmpfloat(value(&run, MX_LINK_RETRANSMISSIONS), >, 0);
    mx_run_fini(&run);
}

/* docs/SIMULATION.md: an oracle ring left alone for two update intervals changes no table. */
static void test_oracle_at_rest(void)
{
    struct sim_params params = some_params();
    params.lookup_interval_ns = 0;
    params.chord_update_interval_ns = 60 * RELO_S;
    params.chord_ping_interval_ns = 3600 * RELO_S;
    params.measurement_ns = 130 * RELO_S;
    struct sim_world *world = g_new(struct sim_world, 1);
    struct sim_run_options options = {0};
    struct mx_run run;
    char *error = NULL;
    mx_run_init(&run);
    g_assert_true(sim_world_init(world, &params, &options, &run, &error));
    sim_wiring_start(world);
    sim_world_run_until(world, RELO_S);
    uint64_t before = tables(world);
    sim_measure_begin(world);
    sim_world_run_until(world, 121 * RELO_S);
    sim_measure_sample(world);
    sim_measure_end(world);
    g_assert_cmpint(counter(&run, "core.attach.started"), ==, 0);
    g_assert_cmpint(counter(&run, "core.handshakes.failed"), ==, 0);
    g_assert_cmpint(counter(&run, "core.frames.retransmitted"), ==, 0);
    g_assert_cmpint(counter(&run, "core.frames.data.received"), >, 64 * 6); /* Updates */
    g_assert_true(before == tables(world));
    g_assert_true(value(&run, MX_RING_WRONG_SUCCESSOR) == 0.0);
    sim_world_fini(world);
    g_free(world);
    mx_run_fini(&run);
}

static void test_lookups(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    run_well(&params, &run);
    g_assert_true(value(&run, MX_LOOKUP_SUCCESS) == 1.0);
    g_assert_true(value(&run, MX_LOOKUP_CORRECT) == 1.0);
    g_assert_cmpfloat(value(&run, MX_LOOKUP_HOPS), >, 1.5); /* half log2 64 is 3 */
    g_assert_cmpfloat(value(&run, MX_LOOKUP_HOPS), <, 4.5);
    g_assert_cmpuint(run.values[MX_LOOKUP_LATENCY].hist.n, >, 64 * 8);
    g_assert_true(value(&run, MX_ALIVE_PEERS) == 64.0);
    g_assert_cmpint(run.facts.frames_data, >, 1000);
    mx_run_fini(&run);
}

static void test_store_and_fetch(void)
{
    struct sim_params params = some_params();
    params.transition_ns = 60 * RELO_S;
    params.measurement_ns = 120 * RELO_S;
    params.lookup_interval_ns = 0;
    params.store_interval_ns = 60 * RELO_S; /* few enough for links that stop and wait (6.6.3.1) */
    params.fetch_interval_ns = 20 * RELO_S;
    params.lifetime_ns = 120 * RELO_S;
    struct mx_run run;
    run_well(&params, &run);
    g_assert_true(value(&run, MX_STORE_SUCCESS) == 1.0);
    g_assert_true(value(&run, MX_FETCH_SUCCESS) == 1.0);
    g_assert_cmpint((int64_t)run.values[MX_FETCH_SUCCESS].denominator, >, 200);
    g_assert_true(value(&run, MX_DATA_LOST) == 0.0);
    mx_run_fini(&run);
}

/* Each lookup's padding crosses each of its hops once, and is not in the answer. */
static void test_lookup_bytes(void)
{
    struct sim_params params = some_params();
    struct mx_run plain, padded;
    params.signature = SIM_SIGNATURE_ECDSA_P256; /* small enough for the padding to fit the MTU */
    params.certificate_bytes = 399;
    run_well(&params, &plain);
    params.lookup_bytes = 200;
    run_well(&params, &padded);
    double lookups = (double)padded.values[MX_LOOKUP_SUCCESS].denominator;
    double more = value(&padded, MX_TRAFFIC_BYTES_LOOKUP) - value(&plain, MX_TRAFFIC_BYTES_LOOKUP);
    double expected = lookups * value(&padded, MX_LOOKUP_HOPS) * 200 / (64.0 * 60.0);
    g_assert_cmpfloat(more, >, expected * 0.97);
    g_assert_cmpfloat(more, <, expected * 1.03);
    mx_run_fini(&plain);
    mx_run_fini(&padded);
}

static void test_join(void)
{
    struct sim_params params = some_params();
    params.peers = 30;
    params.bootstrap = SIM_BOOTSTRAP_JOIN;
    params.build_up_ns = 300 * RELO_S;
    params.transition_ns = 120 * RELO_S;
    params.chord_update_interval_ns = 30 * RELO_S;
    struct mx_run run;
    run_well(&params, &run);
    g_assert_true(value(&run, MX_ALIVE_PEERS) == 30.0);
    g_assert_true(value(&run, MX_RING_WRONG_SUCCESSOR) == 0.0);
    g_assert_cmpfloat(value(&run, MX_LOOKUP_SUCCESS), >, 0.99);
    g_assert_cmpfloat(value(&run, MX_LOOKUP_CORRECT), >, 0.99);
    mx_run_fini(&run);
}

static void test_churn(void)
{
    struct sim_params params = busy_params();
    params.loss_ppb = 0;
    params.measurement_ns = 300 * RELO_S;
    params.mean_session_ns = params.mean_dead_ns = 300 * RELO_S;
    struct mx_run run;
    run_well(&params, &run);
    g_assert_cmpfloat(value(&run, MX_ALIVE_PEERS), >, 20.0);
    g_assert_cmpfloat(value(&run, MX_ALIVE_PEERS), <, 60.0);
    g_assert_cmpfloat(value(&run, MX_JOIN_SUCCESS), >, 0.5);
    g_assert_cmpfloat(value(&run, MX_LOOKUP_SUCCESS), >, 0.5);
    g_assert_cmpfloat(value(&run, MX_LOOKUP_CORRECT), >, 0.8);
    mx_run_fini(&run);
}

static void test_refused(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    char *error = NULL;
    mx_run_init(&run);
    struct sim_run_options options = {.pcap_path = "/nowhere/at/all.pcap"};
    g_assert_false(sim_run(&params, &options, &run, &error));
    g_assert_nonnull(strstr(error, "/nowhere/at/all.pcap"));
    g_free(error);
    params.bootstrap_peers = 1000;
    g_assert_false(sim_run(&params, NULL, &run, &error));
    g_assert_nonnull(strstr(error, "bootstrap"));
    g_free(error);
    mx_run_fini(&run);
}

static void test_pcap(void)
{
    struct sim_params params = some_params();
    params.peers = 8;
    params.measurement_ns = 5 * RELO_S;
    char *path = g_build_filename(g_get_tmp_dir(), "relo-test-XXXXXX", NULL), *text;
    int fd = g_mkstemp(path);
    gsize n = 0;
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    struct sim_run_options options = {.pcap_path = path};
    GByteArray *with = run_image(&params, &options), *without = run_image(&params, NULL);
    assert_same(with, without); /* looking on changes nothing */
    g_assert_true(g_file_get_contents(path, &text, &n, NULL));
    g_assert_cmpuint(n, >, 24 + 16 + 42);
    g_assert_true(memcmp(text, "\x4d\x3c\xb2\xa1", 4) == 0); /* nanoseconds, little endian */
    /* Ethernet, IPv4, UDP to port 6084, and a DATA frame (128) or ACK (129), 6.6.2. */
    const uint8_t *frame = (const uint8_t *)text + 24 + 16;
    g_assert_cmpuint(frame[36] << 8 | frame[37], ==, 6084);
    g_assert_true(frame[42] == 128 || frame[42] == 129);
    g_remove(path);
    g_free(text);
    g_free(path);
    g_byte_array_unref(with);
    g_byte_array_unref(without);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/world/oracle/ring_left_alone_stays_as_it_is", test_oracle_at_rest);
    g_test_add_func("/world/lookups_find_the_responsible_peer", test_lookups);
    g_test_add_func("/world/lookup_bytes_cross_every_hop", test_lookup_bytes);
    g_test_add_func("/world/what_is_stored_is_fetched", test_store_and_fetch);
    g_test_add_func("/world/join/peers_join_through_bootstrap_peers", test_join);
    g_test_add_func("/world/churn/ring_survives_moderate_churn", test_churn);
    g_test_add_func("/world/same_seed_same_result", test_twice);
    g_test_add_func("/world/busy_runs_have_churn_loss_and_stores", test_busy);
    g_test_add_func("/world/shards_and_their_order_change_nothing", test_shards);
    g_test_add_func("/world/shards_change_nothing_in_a_rush", test_rush);
    g_test_add_func("/world/pcap_is_written_and_changes_nothing", test_pcap);
    g_test_add_func("/world/bad_requests_are_refused_with_a_sentence", test_refused);
    return g_test_run();
}
