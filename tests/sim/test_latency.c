/* SPDX-License-Identifier: BSD-2-Clause */
/* Latency models besides geo-2d, files of latencies, and loss in bursts, against their closed
 * forms. */
#include "core/base/fmath.h"
#include "sim/net/network.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

static struct sim_params some_params(enum sim_latency_kind kind)
{
    return (struct sim_params){.seed = 1,
                               .peers = 500,
                               .latency = kind,
                               .min_latency_ns = RELO_US,
                               .latency_const_ns = 50 * RELO_MS,
                               .mtu = 1500};
}

static void test_euclid(void)
{
    struct sim_params params = some_params(SIM_LATENCY_EUCLID);
    struct sim_latency_summary summary;
    for (params.seed = 1; params.seed <= 4; params.seed++) {
        sim_latency_describe(&params, &summary);
        g_assert_cmpint(summary.median_rtt_ns, >, 152 * RELO_MS);
        g_assert_cmpint(summary.median_rtt_ns, <, 160 * RELO_MS);
        /* The mean distance in a unit square is 0.5214, its median 0.5120. */
        g_assert_cmpint(summary.mean_rtt_ns, >, 155 * RELO_MS);
        g_assert_cmpint(summary.mean_rtt_ns, <, 163 * RELO_MS);
    }
}

static struct sim_sites *parsed(const char *text, bool xml)
{
    char *error = NULL;
    struct sim_sites *sites = sim_sites_parse("file", text, xml, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_nonnull(sites);
    return sites;
}

static uint32_t rtt(const struct sim_sites *sites, uint32_t a, uint32_t b)
{
    g_assert_cmpuint(sites->rtt_us[a * sites->n + b], ==, sites->rtt_us[b * sites->n + a]);
    return sites->rtt_us[a * sites->n + b];
}

static void test_formats(void)
{
    static const char *const texts[] = {
        "# King\n0 10 20\n10 0 30\n20 30 0\n",
        "topology E2EGraph 3\nnode 1\nnode 2\nnode 3\n1,2 10\n1,3 20\n2,3 30\n",
        "node 1,2 10\nnode 1,3 20\nnode 2,3 30\n",
        "1 2 10\n1 3 20\n2 3 30\n",
        "0 1 10\r\n0 2 20\r\n1 2 30\r\n0 2 20\r\n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct sim_sites *sites = parsed(texts[i], false);
        g_assert_cmpuint(sites->n, ==, 3);
        g_assert_cmpuint(rtt(sites, 0, 1), ==, 10);
        g_assert_cmpuint(rtt(sites, 0, 2), ==, 20);
        g_assert_cmpuint(rtt(sites, 1, 2), ==, 30);
        g_assert_cmpuint(sites->missing, ==, 0);
        sim_sites_free(sites);
    }
    struct sim_sites *gap = parsed("1,2 10\n1,3 -1\n2,3 30\n2,4 50\n", false);
    g_assert_cmpuint(gap->missing, ==, 3);
    g_assert_cmpuint(rtt(gap, 0, 2), ==, 30); /* the median of 10, 30 and 50 */
    sim_sites_free(gap);
    struct sim_sites *mean = parsed("0 10\n14 0\n", false);
    g_assert_cmpuint(rtt(mean, 0, 1), ==, 12);
    sim_sites_free(mean);
}

static void assert_refused(const char *text, bool xml, const char *beginning, const char *part)
{
    char *error = NULL;
    g_assert_null(sim_sites_parse("file", text, xml, &error));
    g_assert_true(g_str_has_prefix(error, beginning));
    g_assert_nonnull(strstr(error, part));
    g_free(error);
}

static void test_bad_files(void)
{
    assert_refused("", false, "file:", "no round-trip times");
    assert_refused("0 1 2 3\n1 0 2 3\n", false, "file:", "square");
    assert_refused("1,2 10\n1,x 3\n", false, "file:2:", "two sites");
    assert_refused("1,2 10\n1,3 99999999999\n", false, "file:2:", "minute");
    assert_refused("1 9999 10\n1 2 3\n", false, "file:1:", "8192");
    assert_refused("0 10 1 x\n", false, "file:1:", "nor a row of such times");
    assert_refused("0 10\n10 0\nhello\n", false, "file:3:", "number");
    assert_refused("0 10 1 1\n1 2 3\n", false, "file:2:", "3 numbers");
}

static void test_oversim(void)
{
    struct sim_sites *sites = parsed("<?xml version=\"1.0\"?>\n<nodelist dimensions=\"2\">\n"
                                     "<!-- a comment <node> -->\n"
                                     "<node ip=\"1.2.3.4\" isroot=\"1\"><coord>1.5</coord>"
                                     "<coord>-2</coord></node>\n<node>\n <coord> 3e0 </coord>\n"
                                     " <coord>2</coord>\n</node>\n</nodelist>\n",
                                     true);
    g_assert_cmpuint(sites->n, ==, 2);
    g_assert_cmpint(sites->places[0].x_us, ==, 3000);
    g_assert_cmpint(sites->places[0].y_us, ==, -4000);
    g_assert_cmpint(sites->places[1].x_us, ==, 6000);
    sim_sites_free(sites);
    assert_refused("<a>\n<node><coord>1</coord>\n</node>", true, "file:3:", "two coordinates");
    assert_refused("<node><coord>1</coord>\n<coord>x</coord></node>", true, "file:2:", "number");
    assert_refused("<node><coord>1</coord>\n<coord>", true, "file:2:", "");
    assert_refused("<nodelist/>", true, "file:1:", "two nodes");
}

static void test_file_bounds_peers(void)
{
    struct sim_params params = some_params(SIM_LATENCY_MATRIX);
    char *name = g_build_filename(g_get_tmp_dir(), "relo-matrix-XXXXXX", NULL);
    int fd = g_mkstemp(name);
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_assert_true(
        g_file_set_contents(name, "0 10000 20000\n10000 0 30000\n20000 30000 0\n", -1, NULL));
    g_strlcpy(params.latency_file, name, sizeof params.latency_file);
    g_assert_null(sim_latency_check(&params, 3));
    char *why = sim_latency_check(&params, 4);
    g_assert_nonnull(strstr(why, "has 3 sites, but 4 hosts"));
    g_free(why);
    struct sim_latency latency;
    sim_latency_init(&latency, &params, 3);
    g_assert_cmpint(sim_latency_one_way(&latency, 2, 1, NULL), ==, 15 * RELO_MS);
    sim_latency_fini(&latency);
    g_remove(name);
    g_free(name);
    g_strlcpy(params.latency_file, "/nowhere/at/all", sizeof params.latency_file);
    why = sim_latency_check(&params, 3);
    g_assert_nonnull(strstr(why, "/nowhere/at/all"));
    g_free(why);
}

/* The logarithm of the factor has mean 0 and the deviation asked for; RTTs stay symmetric. */
static void test_violations(void)
{
    enum { N = 200 };
    struct sim_params params = some_params(SIM_LATENCY_CONST);
    struct sim_latency latency;
    double sum = 0, squares = 0;
    uint32_t pairs = 0, broken = 0;
    params.tiv_sigma_ppb = SIM_PPB / 5;
    sim_latency_init(&latency, &params, N);
    for (uint32_t a = 0; a < N; a++) {
        for (uint32_t b = 0; b < a; b++, pairs++) {
            relo_time t = sim_latency_one_way(&latency, a, b, NULL);
            g_assert_cmpint(t, ==, sim_latency_one_way(&latency, b, a, NULL));
            double log = relo_fmath_log((double)t / (50.0 * RELO_MS));
            sum += log;
            squares += log * log;
        }
    }
    for (uint32_t i = 2; i < N; i++)
        broken +=
            sim_latency_one_way(&latency, 0, 1, NULL) >
            sim_latency_one_way(&latency, 0, i, NULL) + sim_latency_one_way(&latency, i, 1, NULL);
    g_assert_cmpfloat(sum / pairs, >, -0.006); /* four standard deviations of the mean */
    g_assert_cmpfloat(sum / pairs, <, 0.006);
    g_assert_cmpfloat(squares / pairs, >, 0.04 * 0.95);
    g_assert_cmpfloat(squares / pairs, <, 0.04 * 1.05);
    sim_latency_fini(&latency);
    /* With sigma 2 detours are often shorter. */
    params.tiv_sigma_ppb = 2 * SIM_PPB;
    sim_latency_init(&latency, &params, N);
    for (uint32_t a = 3; a < N; a++)
        broken +=
            sim_latency_one_way(&latency, a, 2, NULL) >
            sim_latency_one_way(&latency, a, 0, NULL) + sim_latency_one_way(&latency, 0, 2, NULL);
    g_assert_cmpuint(broken, >, 10);
    sim_latency_fini(&latency);
}

static void test_non_transitive(void)
{
    enum { N = 300 };
    struct sim_params params = some_params(SIM_LATENCY_CONST);
    struct sim_network network;
    struct sim_network_stats stats = {0};
    relo_time up = 0, arrival;
    uint32_t blocked = 0, pairs = N * (N - 1) / 2;
    params.non_transitive_ppb = SIM_PPB / 20;
    sim_network_init(&network, &params, N);
    for (uint32_t a = 0; a < N; a++) {
        for (uint32_t b = 0; b < a; b++) {
            bool connected = sim_latency_connected(&network.latency, a, b);
            g_assert_true(connected == sim_latency_connected(&network.latency, b, a));
            g_assert_true(connected == sim_network_send(&network, &up, 0, a, b, a * N + b, 100,
                                                        &stats, &arrival));
            blocked += !connected;
        }
        g_assert_true(sim_latency_connected(&network.latency, a, a));
    }
    g_assert_cmpuint(blocked, >, pairs / 20 - 190); /* four standard deviations */
    g_assert_cmpuint(blocked, <, pairs / 20 + 190);
    g_assert_cmpuint(stats.blocked, ==, blocked);
    sim_network_fini(&network);
}

/* Gilbert and Elliott: a share p / (p + r) of packets in the bad state, 1 / r of them in a row. */
static void test_bursts(void)
{
    enum { N = 400000 };
    struct sim_params params = some_params(SIM_LATENCY_CONST);
    struct sim_burst burst;
    uint32_t bad = 0, runs = 0;
    bool before = false;
    params.burst_enter_ppb = SIM_PPB / 100;
    params.burst_leave_ppb = SIM_PPB / 10;
    params.burst_loss_ppb = SIM_PPB;
    sim_burst_init(&burst, &params);
    for (uint32_t i = 0; i < N; i++) {
        bool now = sim_burst_bad(&burst, 7, i);
        bad += now;
        runs += now && !before;
        before = now;
    }
    g_assert_cmpfloat((double)bad / N, >, 1.0 / 11 * 0.94);
    g_assert_cmpfloat((double)bad / N, <, 1.0 / 11 * 1.06);
    g_assert_cmpfloat((double)bad / runs, >, 10 * 0.94);
    g_assert_cmpfloat((double)bad / runs, <, 10 * 1.06);
    /* Each sender has a chain of its own. */
    uint32_t differ = 0;
    for (uint32_t i = 1000; i > 0; i--) {
        differ += sim_burst_bad(&burst, 7, i) != sim_burst_bad(&burst, 8, i);
    }
    g_assert_cmpuint(differ, >, 0);
    struct sim_network network;
    struct sim_network_stats stats = {0};
    relo_time up = 0, arrival;
    sim_network_init(&network, &params, 10);
    for (uint32_t i = 0; i < 1000; i++)
        g_assert_true(
            sim_network_send(&network, &up, 0, 7, 1, i, 100, &stats, &arrival) ==
            !sim_burst_bad(&burst, 7, i)); /* all is lost in the bad state, nothing else */
    sim_network_fini(&network);
}

static void test_access_delay(void)
{
    struct sim_params params = some_params(SIM_LATENCY_CONST);
    struct sim_network network;
    struct sim_network_stats stats = {0};
    relo_time up = 0, arrival;
    params.access_delay_ns = 20 * RELO_MS;
    sim_network_init(&network, &params, 10);
    g_assert_true(sim_network_send(&network, &up, 0, 1, 2, 0, 100, &stats, &arrival));
    g_assert_cmpint(arrival, ==, 90 * RELO_MS);
    sim_network_fini(&network);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/latency/euclid/has_the_median_of_king", test_euclid);
    g_test_add_func("/latency/matrix/formats_mean_the_same", test_formats);
    g_test_add_func("/latency/matrix/bad_files_are_refused_with_line", test_bad_files);
    g_test_add_func("/latency/oversim/coordinates_are_milliseconds_one_way", test_oversim);
    g_test_add_func("/latency/file/bounds_the_number_of_hosts", test_file_bounds_peers);
    g_test_add_func("/latency/tiv/error_is_log_normal_and_breaks_triangles", test_violations);
    g_test_add_func("/latency/non_transitive/pairs_are_cut_both_ways", test_non_transitive);
    g_test_add_func("/network/bursts/have_their_share_and_length", test_bursts);
    g_test_add_func("/network/access_delay_counts_at_both_ends", test_access_delay);
    return g_test_run();
}
