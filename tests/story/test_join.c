/* SPDX-License-Identifier: BSD-2-Clause */
/* Joins into rings of one to eight as exact traces in virtual time (RFC 6940 section 10.5): whom
   the joining peer attaches to, when each table changes, and when it is admitted. Latency is 20 ms
   each way. */
#include "tests/story/support_world.h"

#include <string.h>

/* The ring of n: n0 to n(n-1), the places of which go to and fro; the one that joins is behind. */
static const unsigned tops[] = {100, 20, 180, 60, 240, 140, 80, 220, 120};

static void join_into_ring_of(unsigned n, const char *lines)
{
    struct world *world = world_new();
    for (unsigned i = 0; i < n; i++) {
        world_add(world, tops[i]);
        world_join(world, i);
    }
    world_run(world, 10 * RELO_S);
    g_assert_true(world_ring_closed(world));
    world->trace = g_string_new(NULL);
    world->trace_from = world->now;
    world_add(world, tops[n]);
    world_command(world, n, (struct relo_command){.type = RELO_COMMAND_JOIN});
    world_run(world, 20 * RELO_S);
    g_assert_cmpstr(world->trace->str, ==, lines);
    g_assert_true(world_ring_closed(world));
    g_string_free(world->trace, TRUE);
    world->trace = NULL;
    world_free(world);
}

static void ring_of_1(void)
{
    join_into_ring_of(1, "0.100 n0 link up n1\n"
                      "0.120 n1 link up n0\n"
                      "0.380 n0 between n1 and n1\n"
                      "0.500 n1 admitted\n"
                      "0.500 n1 result\n");
}

static void ring_of_2(void)
{
    join_into_ring_of(2, "0.100 n0 link up n2\n"
                      "0.120 n2 link up n0\n"
                      "0.260 n2 link up n1\n"
                      "0.280 n1 link up n2\n"
                      "0.450 n1 between n2 and n0\n"
                      "0.530 n2 admitted\n"
                      "0.530 n2 result\n"
                      "0.530 n2 between n0 and n1\n"
                      "0.560 n0 between n1 and n2\n");
}

static void ring_of_3(void)
{
    join_into_ring_of(3, "0.100 n0 link up n3\n"
                      "0.120 n3 link up n0\n"
                      "0.450 n3 link up n2\n"
                      "0.470 n2 link up n3\n"
                      "0.500 n3 link up n1\n"
                      "0.520 n1 link up n3\n"
                      "0.600 n0 between n3 and n2\n"
                      "0.680 n3 admitted\n"
                      "0.680 n3 result\n"
                      "0.680 n3 between n1 and n0\n"
                      "0.700 n1 between n2 and n3\n");
}

static void ring_of_4(void)
{
    join_into_ring_of(4, "0.100 n0 link up n4\n"
                      "0.120 n4 link up n0\n"
                      "0.280 n4 link up n1\n"
                      "0.300 n1 link up n4\n"
                      "0.510 n4 link up n3\n"
                      "0.530 n3 link up n4\n"
                      "0.560 n4 link up n2\n"
                      "0.580 n2 link up n4\n"
                      "0.660 n1 between n4 and n3\n"
                      "0.740 n4 admitted\n"
                      "0.740 n4 result\n"
                      "0.740 n4 between n2 and n1\n"
                      "0.760 n2 between n0 and n4\n");
}

static void ring_of_5(void)
{
    join_into_ring_of(5, "0.100 n0 link up n5\n"
                      "0.120 n5 link up n0\n"
                      "0.260 n5 link up n2\n"
                      "0.280 n2 link up n5\n"
                      "0.490 n5 link up n4\n"
                      "0.510 n4 link up n5\n"
                      "0.540 n5 link up n1\n"
                      "0.560 n1 link up n5\n"
                      "0.590 n5 link up n3\n"
                      "0.610 n3 link up n5\n"
                      "0.690 n2 between n5 and n4\n"
                      "0.770 n5 admitted\n"
                      "0.770 n5 result\n"
                      "0.770 n5 between n0 and n2\n"
                      "0.790 n0 between n3 and n5\n");
}

static void ring_of_6(void)
{
    join_into_ring_of(6, "0.100 n0 link up n6\n"
                      "0.120 n6 link up n0\n"
                      "0.450 n6 link up n5\n"
                      "0.470 n5 link up n6\n"
                      "0.500 n6 link up n2\n"
                      "0.520 n2 link up n6\n"
                      "0.550 n6 link up n4\n"
                      "0.570 n4 link up n6\n"
                      "0.600 n6 link up n1\n"
                      "0.620 n1 link up n6\n"
                      "0.650 n6 link up n3\n"
                      "0.670 n3 link up n6\n"
                      "0.800 n0 between n6 and n5\n"
                      "0.880 n6 admitted\n"
                      "0.880 n6 result\n"
                      "0.880 n6 between n3 and n0\n"
                      "0.900 n3 between n1 and n6\n");
}

static void ring_of_7(void)
{
    join_into_ring_of(7, "0.100 n0 link up n7\n"
                      "0.120 n7 link up n0\n"
                      "0.280 n7 link up n4\n"
                      "0.300 n4 link up n7\n"
                      "0.510 n7 link up n1\n"
                      "0.530 n1 link up n7\n"
                      "0.560 n7 link up n3\n"
                      "0.580 n3 link up n7\n"
                      "0.610 n7 link up n5\n"
                      "0.630 n5 link up n7\n"
                      "0.660 n7 link up n2\n"
                      "0.680 n2 link up n7\n"
                      "0.810 n4 between n7 and n1\n"
                      "0.890 n7 admitted\n"
                      "0.890 n7 result\n"
                      "0.890 n7 between n2 and n4\n"
                      "0.910 n2 between n5 and n7\n");
}

static void ring_of_8(void)
{
    join_into_ring_of(8, "0.100 n0 link up n8\n"
                      "0.120 n8 link up n0\n"
                      "0.260 n8 link up n5\n"
                      "0.280 n5 link up n8\n"
                      "0.490 n8 link up n2\n"
                      "0.510 n2 link up n8\n"
                      "0.540 n8 link up n7\n"
                      "0.560 n7 link up n8\n"
                      "0.590 n8 link up n3\n"
                      "0.610 n3 link up n8\n"
                      "0.640 n8 link up n6\n"
                      "0.660 n6 link up n8\n"
                      "0.710 n8 link up n1\n"
                      "0.730 n1 link up n8\n"
                      "0.790 n5 between n8 and n2\n"
                      "0.870 n8 admitted\n"
                      "0.870 n8 result\n"
                      "0.870 n8 between n0 and n5\n"
                      "0.890 n0 between n6 and n8\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/story/join/into_" #name, name)
    ADD(ring_of_1);
    ADD(ring_of_2);
    ADD(ring_of_3);
    ADD(ring_of_4);
    ADD(ring_of_5);
    ADD(ring_of_6);
    ADD(ring_of_7);
    ADD(ring_of_8);
#undef ADD
    return g_test_run();
}
