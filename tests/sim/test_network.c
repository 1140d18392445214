/* SPDX-License-Identifier: BSD-2-Clause */
/* Latency, loss, jitter and access links. */
#include "core/base/hash.h"
#include "sim/net/access.h"
#include "sim/net/network.h"
#include "sim/net/packet.h"

#include <glib.h>

static struct sim_params some_params(uint32_t peers, uint64_t seed)
{
    return (struct sim_params){.seed = seed,
                               .peers = peers,
                               .latency = SIM_LATENCY_GEO_2D,
                               .min_latency_ns = 2 * RELO_MS,
                               .latency_const_ns = 50 * RELO_MS,
                               .mtu = 1500};
}

static void test_calibrated(void)
{
    static const uint32_t peers[] = {1000, 3000, 10000};
    for (uint32_t i = 0; i < 3; i++) {
        for (uint64_t seed = 1; seed <= 4; seed++) {
            struct sim_params params = some_params(peers[i], seed);
            struct sim_latency_summary summary;
            sim_latency_describe(&params, &summary);
            g_assert_cmpint(summary.median_rtt_ns, >, 153660 * RELO_US); /* 156 ms +- 1.5 % */
            g_assert_cmpint(summary.median_rtt_ns, <, 158340 * RELO_US);
            g_assert_cmpint(summary.mean_rtt_ns, >, 175330 * RELO_US); /* 178 ms +- 1.5 % */
            g_assert_cmpint(summary.mean_rtt_ns, <, 180670 * RELO_US);
            g_assert_cmpint(summary.min_rtt_ns, >=, 4 * RELO_MS);
        }
    }
}

static void test_symmetric(void)
{
    struct sim_params params = some_params(200, 5);
    struct sim_latency latency;
    sim_latency_init(&latency, &params, 200);
    for (uint32_t a = 0; a < 200; a++) {
        for (uint32_t b = 0; b < a; b++)
            g_assert_cmpint(sim_latency_one_way(&latency, a, b, NULL), ==,
                            sim_latency_one_way(&latency, b, a, NULL));
    }
    sim_latency_fini(&latency);
}

static void test_floor(void)
{
    struct sim_params params = some_params(300, 5);
    struct sim_latency latency;
    uint32_t clamped = 0;
    params.min_latency_ns = 20 * RELO_MS;
    sim_latency_init(&latency, &params, 300);
    for (uint32_t b = 1; b < 300; b++) {
        bool was;
        g_assert_cmpint(sim_latency_one_way(&latency, 0, b, &was), >=, 20 * RELO_MS);
        clamped += was;
    }
    g_assert_cmpuint(clamped, >, 0);
    g_assert_cmpuint(clamped, <, 150);
    sim_latency_fini(&latency);
}

static void test_loss(void)
{
    enum { N = 200000 };
    struct sim_params params = some_params(10, 1);
    struct sim_network network;
    struct sim_network_stats stats = {0};
    relo_time up = 0, arrival;
    params.latency = SIM_LATENCY_CONST;
    params.loss_ppb = 50000000; /* 5 % */
    sim_network_init(&network, &params, 10);
    for (uint64_t i = 0; i < N; i++)
        sim_network_send(&network, &up, 0, 1, 2, i, 100, &stats, &arrival);
    g_assert_cmpuint(stats.lost, >, N / 20 - 400); /* four standard deviations */
    g_assert_cmpuint(stats.lost, <, N / 20 + 400);
    /* Asked again, the same packet meets the same fate: no generator has moved on. */
    for (uint64_t i = 0; i < 1000; i++) {
        bool once = sim_network_send(&network, &up, 0, 3, 4, i, 100, &stats, &arrival);
        g_assert_true(once ==
                      sim_network_send(&network, &up, 9, 3, 4, i, 100, &stats, &arrival));
    }
    g_assert_true(sim_network_send(&network, &up, 5, 3, 3, 0, 100, &stats, &arrival));
    g_assert_cmpint(arrival, ==, 5 + RELO_US); /* to oneself */
    sim_network_fini(&network);
}

static void test_jitter(void)
{
    struct sim_params params = some_params(10, 1);
    struct sim_network network;
    struct sim_network_stats stats = {0};
    relo_time up = 0, arrival, least = RELO_NEVER, most = 0;
    params.latency = SIM_LATENCY_CONST;
    params.jitter_ns = 10 * RELO_MS;
    sim_network_init(&network, &params, 10);
    for (uint64_t i = 0; i < 2000; i++) {
        sim_network_send(&network, &up, 0, 1, 2, i, 100, &stats, &arrival);
        least = arrival < least ? arrival : least;
        most = arrival > most ? arrival : most;
    }
    g_assert_cmpint(least, >=, 50 * RELO_MS);
    g_assert_cmpint(least, <, 50 * RELO_MS + 100 * RELO_US);
    g_assert_cmpint(most, <, 60 * RELO_MS);
    g_assert_cmpint(most, >, 60 * RELO_MS - 100 * RELO_US);
    sim_network_fini(&network);
}

static void test_serialisation(void)
{
    relo_time free_at = 0;
    g_assert_cmpint(sim_access_serialise(1000000, 1250), ==, 10 * RELO_MS);
    g_assert_cmpint(sim_access_serialise(33600, 1500), ==, 357142858); /* rounded up */
    g_assert_cmpint(sim_access_serialise(0, 1500), ==, 0);
    g_assert_true(sim_access_offer(&free_at, 5 * RELO_MS, 1000000, 0, 1250));
    g_assert_cmpint(free_at, ==, 15 * RELO_MS);
    g_assert_true(sim_access_offer(&free_at, 6 * RELO_MS, 1000000, 0, 125));
    g_assert_cmpint(free_at, ==, 16 * RELO_MS); /* waits for the first */
    g_assert_true(sim_access_offer(&free_at, 100 * RELO_MS, 1000000, 0, 125));
    g_assert_cmpint(free_at, ==, 101 * RELO_MS); /* the link was idle */
}

static void test_queue_drop(void)
{
    relo_time free_at = 0;
    uint32_t taken = 0;
    for (int i = 0; i < 100; i++)
        taken += sim_access_offer(&free_at, 0, 1000000, 10000, 1000);
    g_assert_cmpuint(taken, ==, 10);
    /* 1,000 bytes have gone after 8 ms: room for one more, and not for two. */
    g_assert_true(sim_access_offer(&free_at, 8 * RELO_MS, 1000000, 10000, 1000));
    g_assert_false(sim_access_offer(&free_at, 8 * RELO_MS, 1000000, 10000, 1000));
}

static void test_addresses(void)
{
    struct sim_params params = some_params(10, 1);
    struct sim_network network;
    sim_network_init(&network, &params, 70000);
    for (uint32_t i = 0; i < 70000; i += 333) {
        struct relo_addr addr = sim_network_addr(i);
        uint32_t host;
        g_assert_true(sim_network_host(&network, &addr, &host));
        g_assert_cmpuint(host, ==, i);
    }
    struct relo_addr other = sim_network_addr(70000), port = sim_network_addr(1);
    uint32_t host;
    port.port++;
    g_assert_false(sim_network_host(&network, &other, &host));
    g_assert_false(sim_network_host(&network, &port, &host));
    sim_network_fini(&network);
}

static void test_ip_bytes(void)
{
    g_assert_cmpuint(sim_packet_ip_bytes(100, 1500), ==, 128);
    g_assert_cmpuint(sim_packet_ip_bytes(1472, 1500), ==, 1500);
    g_assert_cmpuint(sim_packet_ip_bytes(1473, 1500), ==, 1473 + 8 + 2 * 20);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/latency/geo2d/calibrated_to_king", test_calibrated);
    g_test_add_func("/latency/geo2d/symmetric", test_symmetric);
    g_test_add_func("/latency/geo2d/never_below_the_floor_and_says_so", test_floor);
    g_test_add_func("/network/loss_has_its_rate_and_no_memory", test_loss);
    g_test_add_func("/network/jitter_fills_its_interval", test_jitter);
    g_test_add_func("/access/serialisation_is_exact", test_serialisation);
    g_test_add_func("/access/full_queue_drops_and_drains", test_queue_drop);
    g_test_add_func("/network/addresses_name_hosts", test_addresses);
    g_test_add_func("/network/ip_fragments_cost_headers", test_ip_bytes);
    return g_test_run();
}
