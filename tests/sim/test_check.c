/* SPDX-License-Identifier: BSD-2-Clause */
/* The world's ring and the judge, on hand-made logs. */
#include "core/base/hash.h"
#include "sim/check/judge.h"
#include "sim/workload/value.h"

#include <glib.h>
#include <string.h>

static struct relo_id at(uint64_t tenth)
{
    return (struct relo_id){tenth * (UINT64_MAX / 10), 0};
}

static void test_ring(void)
{
    struct sim_ring ring;
    bool handover;
    sim_ring_init(&ring, 1000);
    g_assert_null(sim_ring_at(&ring, at(1)));
    for (uint32_t i = 1; i < 10; i += 2)
        sim_ring_put(&ring, at(i), i, SIM_RING_ADMITTED, 0);
    g_assert_cmpuint(sim_ring_at(&ring, at(2))->host, ==, 3);
    g_assert_cmpuint(sim_ring_at(&ring, at(3))->host, ==, 3);
    g_assert_cmpuint(sim_ring_at(&ring, relo_id_next(at(9)))->host, ==, 1); /* round the ring */
    g_assert_true(sim_ring_responsible(&ring, at(2), at(3), 0, &handover));
    g_assert_false(sim_ring_responsible(&ring, at(2), at(5), 0, &handover));
    g_assert_false(handover);
    g_assert_true(sim_ring_successor_right(&ring, at(9), at(1)));
    g_assert_false(sim_ring_successor_right(&ring, at(9), at(3)));
    sim_ring_remove(&ring, at(3));
    g_assert_true(sim_ring_responsible(&ring, at(2), at(5), 0, &handover));
    g_assert_cmpuint(ring.admitted, ==, 4);
    sim_ring_fini(&ring);
}

static void test_handover(void)
{
    struct sim_ring ring;
    bool handover;
    relo_time t = 100 * RELO_S;
    sim_ring_init(&ring, 10);
    sim_ring_put(&ring, at(1), 1, SIM_RING_ADMITTED, 0);
    sim_ring_put(&ring, at(5), 5, SIM_RING_ADMITTED, 0);
    sim_ring_put(&ring, at(3), 3, SIM_RING_JOINING, t);
    /* The joining peer may have its keys already; the old owner is right as well. */
    g_assert_true(sim_ring_responsible(&ring, at(2), at(3), t, &handover));
    g_assert_true(handover);
    g_assert_true(sim_ring_responsible(&ring, at(2), at(5), t, &handover));
    g_assert_false(sim_ring_responsible(&ring, at(4), at(3), t, &handover));
    g_assert_true(sim_ring_successor_right(&ring, at(1), at(5)));
    sim_ring_put(&ring, at(3), 3, SIM_RING_ADMITTED, t);
    g_assert_true(sim_ring_responsible(&ring, at(2), at(5), t + RELO_S, &handover));
    t += 60 * RELO_S;
    g_assert_false(sim_ring_responsible(&ring, at(2), at(5), t, &handover));
    g_assert_true(sim_ring_responsible(&ring, at(2), at(3), t, &handover));
    sim_ring_put(&ring, at(3), 3, SIM_RING_LEAVING, t);
    g_assert_true(sim_ring_responsible(&ring, at(2), at(3), t, &handover));
    g_assert_true(sim_ring_responsible(&ring, at(2), at(5), t, &handover));
    g_assert_true(sim_ring_successor_right(&ring, at(1), at(5)));
    g_assert_cmpuint(ring.alive, ==, 3);
    g_assert_cmpuint(ring.admitted, ==, 3);
    sim_ring_fini(&ring);
}

static struct sim_params some_params(void)
{
    return (struct sim_params){.measurement_ns = 100 * RELO_S,
                               .sample_interval_ns = 10 * RELO_S,
                               .peers = 10,
                               .keys = 10,
                               .store_interval_ns = RELO_S,
                               .lifetime_ns = 60 * RELO_S,
                               .value_bytes = 100};
}

static int64_t numerator(const struct mx_run *run, enum mx_metric metric)
{
    return (int64_t)run->values[metric].numerator;
}

/* Two shards' logs: the order of time decides, whoever wrote first. */
static void test_lookup(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    struct sim_judge judge;
    struct sim_log log[2] = {{0}};
    mx_run_init(&run);
    sim_judge_init(&judge, &params, 10, &run);
    struct sim_log_entry entry[] = {{.time = 0, .host = 1, .kind = SIM_LOG_ADMITTED, .id = at(1)},
                                    {.time = 0, .host = 5, .kind = SIM_LOG_ADMITTED, .id = at(5)},
                                    {.time = 3 * RELO_S,
                                     .host = 5,
                                     .number = 77,
                                     .id = at(4),
                                     .self = at(5),
                                     .hops = 3,
                                     .kind = SIM_LOG_DELIVERED},
                                    {.time = 4 * RELO_S,
                                     .host = 1,
                                     .number = 77,
                                     .issued = 2 * RELO_S,
                                     .ok = true,
                                     .kind = SIM_LOG_LOOKUP},
                                    {.time = 5 * RELO_S,
                                     .host = 1,
                                     .number = 78,
                                     .id = at(4),
                                     .self = at(1),
                                     .kind = SIM_LOG_DELIVERED},
                                    {.time = 30 * RELO_S,
                                     .host = 1,
                                     .number = 78,
                                     .issued = 2 * RELO_S,
                                     .ok = true,
                                     .kind = SIM_LOG_LOOKUP}};
    for (uint32_t i = 0; i < G_N_ELEMENTS(entry); i++)
        sim_log_append(&log[i == 2 || i == 1], &entry[i]);
    sim_judge_logs(&judge, log, 2, 40 * RELO_S);
    sim_judge_finish(&judge);
    g_assert_cmpint(numerator(&run, MX_LOOKUP_SUCCESS), ==, 1); /* the other took too long */
    g_assert_cmpint((int64_t)run.values[MX_LOOKUP_SUCCESS].denominator, ==, 2);
    g_assert_cmpint(numerator(&run, MX_LOOKUP_CORRECT), ==,
                    1); /* the other went to the wrong one */
    g_assert_cmpint(run.values[MX_LOOKUP_HOPS].hist.max, ==, 3);
    g_assert_cmpint((int64_t)run.values[MX_LOOKUP_LATENCY].hist.sum, ==, 2 * RELO_S);
    g_assert_cmpuint(run.values[MX_LOOKUP_SUCCESS].series->len, ==, 1);
    g_free(log[0].entry);
    g_free(log[1].entry);
    sim_judge_fini(&judge);
    mx_run_fini(&run);
}

static void test_truth(void)
{
    struct sim_params params = some_params();
    struct mx_run run;
    struct sim_judge judge;
    struct sim_log log = {0};
    mx_run_init(&run);
    sim_judge_init(&judge, &params, 10, &run);
    g_assert_false(sim_judge_fetchable(&judge, 3, 20 * RELO_S));
    struct sim_log_entry entry[] = {
        {.time = 1 * RELO_S, .issued = 0, .number = 1, .key = 3, .kind = SIM_LOG_STORED},
        {.time = 8 * RELO_S, .issued = 7 * RELO_S, .number = 2, .key = 3, .kind = SIM_LOG_STORED},
        /* asked before the second version was acknowledged: the first is right still */
        {.time = 9 * RELO_S,
         .issued = 7 * RELO_S,
         .number = 1,
         .key = 3,
         .ok = true,
         .kind = SIM_LOG_FETCHED},
        {.time = 11 * RELO_S,
         .issued = 10 * RELO_S,
         .number = 1,
         .key = 3,
         .ok = true,
         .kind = SIM_LOG_FETCHED},
        {.time = 12 * RELO_S,
         .issued = 10 * RELO_S,
         .number = 2,
         .key = 3,
         .ok = true,
         .kind = SIM_LOG_FETCHED},
        {.time = 13 * RELO_S,
         .issued = 10 * RELO_S,
         .number = 3,
         .key = 3,
         .ok = true,
         .kind = SIM_LOG_FETCHED}};
    for (uint32_t i = 0; i < G_N_ELEMENTS(entry); i++)
        sim_log_append(&log, &entry[i]);
    sim_judge_logs(&judge, &log, 1, 20 * RELO_S);
    g_assert_cmpint(numerator(&run, MX_FETCH_SUCCESS), ==, 3);
    g_assert_cmpint((int64_t)run.values[MX_FETCH_SUCCESS].denominator, ==, 4);
    g_assert_true(sim_judge_fetchable(&judge, 3, 20 * RELO_S));
    g_assert_false(sim_judge_fetchable(&judge, 3, 60 * RELO_S)); /* about to expire */
    g_assert_false(sim_judge_fetchable(&judge, 4, 20 * RELO_S));
    g_free(log.entry);
    sim_judge_fini(&judge);
    mx_run_fini(&run);
}

static void test_value(void)
{
    uint8_t bytes[100], scratch[100];
    uint64_t version;
    static const uint32_t sizes[] = {1, 7, 8, 9, 100};
    for (uint32_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        uint32_t n = sizes[i];
        sim_value_write(1, 5, 42, bytes, n);
        g_assert_true(sim_value_read(1, 5, (struct relo_view){bytes, n}, n, scratch, &version));
        g_assert_cmpuint(version, ==, 42);
        g_assert_false(
            sim_value_read(1, 5, (struct relo_view){bytes, n - 1}, n, scratch, &version));
        if (n < 9)
            continue;
        g_assert_false(sim_value_read(1, 6, (struct relo_view){bytes, n}, n, scratch, &version));
        bytes[n - 1] ^= 1;
        g_assert_false(sim_value_read(1, 5, (struct relo_view){bytes, n}, n, scratch, &version));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ring/first_admitted_peer_is_responsible", test_ring);
    g_test_add_func("/ring/two_peers_are_right_inside_a_handover", test_handover);
    g_test_add_func("/judge/lookups_of_two_shards_in_order_of_time", test_lookup);
    g_test_add_func("/judge/fetches_against_what_was_acknowledged", test_truth);
    g_test_add_func("/value/any_mix_up_shows", test_value);
    return g_test_run();
}
