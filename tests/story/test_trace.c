/* SPDX-License-Identifier: BSD-2-Clause */
/* Stories as exact traces in virtual time: what each node reported, and when (RFC 6940
   sections 6.5.1, 10.5, 10.6, 10.7 and 10.9). Latency is 20 ms each way. */
#include "tests/story/support_world.h"

#include "core/wire/codes.h"

#include <string.h>

/* From here on the trace begins anew, and its clock at 0. */
static void begin(struct world *world)
{
    if (!world->trace)
        world->trace = g_string_new(NULL);
    g_string_truncate(world->trace, 0);
    world->trace_from = world->now;
}

static void expect(struct world *world, const char *lines)
{
    g_assert_cmpstr(world->trace->str, ==, lines);
    begin(world);
}

static void end(struct world *world)
{
    g_string_free(world->trace, TRUE);
    world->trace = NULL;
    world_free(world);
}

static struct world *ring_of(unsigned n)
{
    struct world *world = world_new();
    for (unsigned i = 0; i < n; i++) {
        world_add(world, 7 + i * (240 / n));
        world_join(world, i);
    }
    world_run(world, 10 * RELO_S);
    g_assert_true(world_ring_closed(world));
    return world;
}

static void join_two(void)
{
    struct world *world = world_new();
    begin(world);
    world_add(world, 10);
    world_join(world, 0);
    expect(world, "0.000 n0 admitted\n"
                  "0.000 n0 result\n");
    world_add(world, 200);
    world_join(world, 1);
    world_run(world, RELO_S);
    expect(world, "0.100 n0 link up n1\n"
                  "0.120 n1 link up n0\n"
                  "0.380 n0 between n1 and n1\n"
                  "0.500 n1 admitted\n"
                  "0.500 n1 result\n");
    end(world);
}

static void glare(void)
{
    struct world *world = ring_of(16);
    /* Nodes that are not connected ask each other at once; the larger Node-ID's Attach stands. */
    begin(world);
    world_command(
        world, 3,
        (struct relo_command){.type = RELO_COMMAND_ATTACH, .target = {.id = world->id[7]}});
    world_command(
        world, 7,
        (struct relo_command){.type = RELO_COMMAND_ATTACH, .target = {.id = world->id[3]}});
    world_run(world, 5 * RELO_S);
    expect(world, "0.140 n7 link up n3\n"
                  "0.140 n7 result\n"
                  "0.160 n3 link up n7\n"
                  "0.160 n3 result\n");
    end(world);
}

static struct relo_command store(const char *user, const char *value)
{
    return (struct relo_command){
        .type = RELO_COMMAND_STORE,
        .target = {.id = relo_resource_id(user, strlen(user)), .resource = true},
        .kind = RELO_KIND_TEST,
        .value = {(const uint8_t *)value, (uint32_t)strlen(value)},
        .exists = true,
        .lifetime_s = 3600,
    };
}

static void replicas_follow(void)
{
    struct world *world = ring_of(6);
    world->watched = relo_resource_id("user1", 5);
    begin(world);
    world_command(world, 1, store("user1", "alpha"));
    world_run(world, 5 * RELO_S);
    expect(world, "0.090 n5 holds\n"
                  "0.130 n1 result\n"
                  "0.160 n0 holds\n"
                  "0.160 n1 holds\n");
    unsigned late = world_add(world, (unsigned)(world->watched.hi >> 56) + 1);
    world_command(world, late, (struct relo_command){.type = RELO_COMMAND_JOIN});
    world_run(world, 20 * RELO_S);
    expect(world, "0.100 n0 link up n6\n"
                  "0.120 n6 link up n0\n"
                  "0.280 n6 link up n5\n"
                  "0.300 n5 link up n6\n"
                  "0.510 n6 link up n1\n"
                  "0.530 n1 link up n6\n"
                  "0.560 n6 link up n2\n"
                  "0.580 n2 link up n6\n"
                  "0.610 n6 link up n3\n"
                  "0.630 n3 link up n6\n"
                  "0.660 n6 link up n4\n"
                  "0.680 n4 link up n6\n"
                  "0.940 n6 holds\n"
                  "0.960 n5 between n6 and n0\n"
                  "0.990 n6 admitted\n"
                  "0.990 n6 result\n"
                  "0.990 n6 between n4 and n5\n"
                  "1.010 n4 between n3 and n6\n");
    world_run(world, 700 * RELO_S);
    expect(world, "646.010 n1 holds no more\n");
    world_command(world, late, (struct relo_command){.type = RELO_COMMAND_LEAVE});
    world_run(world, 60 * RELO_S);
    expect(world, "0.020 n4 between n3 and n5\n"
                  "0.020 n5 between n4 and n0\n"
                  "0.040 n6 link down n0\n"
                  "0.040 n6 link down n1\n"
                  "0.040 n6 link down n2\n"
                  "0.040 n6 link down n3\n"
                  "0.040 n6 link down n4\n"
                  "0.040 n6 link down n5\n"
                  "0.040 n6 result\n"
                  "0.060 n0 link down n6\n"
                  "0.060 n1 link down n6\n"
                  "0.060 n2 link down n6\n"
                  "0.060 n3 link down n6\n"
                  "0.060 n4 link down n6\n"
                  "0.060 n5 link down n6\n"
                  "0.090 n1 holds\n");
    end(world);
}

/* The responsible peer dies: its successor has the value, is responsible now, and makes another
   replica at once. Then the first replica dies: the new one waits for the hold-down (10.7.1). */
static void replicas_follow_crashes(void)
{
    struct world *world = world_new();
    world->config.chord_update_interval = 30 * RELO_S;
    for (unsigned i = 0; i < 8; i++) {
        world_add(world, 7 + i * 30);
        world_join(world, i);
    }
    world_run(world, 40 * RELO_S);
    world->watched = relo_resource_id("user1", 5);
    world_command(world, 1, store("user1", "alpha"));
    begin(world);
    world_run(world, 5 * RELO_S);
    expect(world, "0.110 n6 holds\n"
                  "0.170 n1 result\n"
                  "0.180 n0 holds\n"
                  "0.180 n7 holds\n");
    world_stop(world, 6);
    world_run(world, 120 * RELO_S);
    expect(world, "3.223 n3 link up n7\n"
                  "3.243 n7 link up n3\n"
                  "3.903 n5 between n4 and n7\n"
                  "3.943 n7 between n5 and n0\n"
                  "4.013 n1 holds\n"
                  "5.483 n3 link down n6\n"
                  "6.303 n0 link down n6\n"
                  "6.303 n1 link down n6\n"
                  "6.303 n4 link down n6\n"
                  "6.303 n5 link down n6\n"
                  "6.343 n7 link down n6\n");
    world_stop(world, 0);
    world_run(world, 60 * RELO_S);
    expect(world, "3.903 n1 between n7 and n2\n"
                  "3.903 n7 between n5 and n1\n"
                  "5.483 n3 link down n0\n"
                  "6.303 n1 link down n0\n"
                  "6.303 n2 link down n0\n"
                  "6.303 n4 link down n0\n"
                  "6.303 n5 link down n0\n"
                  "6.303 n7 link down n0\n"
                  "7.003 n2 link down n6\n"
                  "33.973 n2 holds\n");
    end(world);
}

/* Nothing reaches n1 for a second: the Store arrives, its answer and all ACKs are lost. n1 takes
   the next hop for dead and sends the request by another one: the second copy gets the answer of
   the first. Executed twice it would have failed with Error_Data_Too_Old (6.2.1, 7.4.1.1). */
static void store_is_answered_again(void)
{
    struct world *world = world_new();
    world->config.signature = RELO_SIGNATURE_ECDSA_P256; /* the request is a single frame */
    world->config.certificate_bytes = 399;
    for (unsigned i = 0; i < 6; i++) {
        world_add(world, 7 + i * 40);
        world_join(world, i);
    }
    world_run(world, 10 * RELO_S);
    world->watched = relo_resource_id("user1", 5);
    for (unsigned i = 0; i < 6; i++)
        world->cut[i][1] = true;
    begin(world);
    uint64_t tag = world_command(world, 1, store("user1", "alpha"));
    world_run(world, RELO_S);
    memset(world->cut, 0, sizeof world->cut);
    const struct relo_result *r = world_await(world, tag, 20 * RELO_S);
    g_assert_nonnull(r);
    g_assert_cmpuint(r->generation, ==, 1);
    world_run(world, RELO_S);
    expect(world, "0.040 n5 holds\n"
                  "0.060 n0 holds\n"
                  "0.760 n5 answers again\n"
                  "1.080 n1 holds\n"
                  "1.120 n1 result\n"
                  "1.560 n1 answers again\n");
    end(world);
}

static void fragments_over_a_lossy_link(void)
{
    struct world *world = ring_of(4);
    char value[2501];
    memset(value, 'x', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    world->watched = relo_resource_id("user2", 5);
    world->loss_every = 5;
    begin(world);
    world_command(world, 2, store("user2", value));
    world_run(world, 30 * RELO_S);
    expect(world, "0.220 n3 holds\n"
                  "0.340 n2 result\n"
                  "0.390 n1 holds\n"
                  "0.490 n0 holds\n");
    end(world);
}

/* Four nodes, of which n3 has the sequence number of the others and `ahead`. A member had theirs
   when it joined. */
static struct world *ring_with_another_sequence(int ahead, bool member)
{
    struct world *world = ring_of(3);
    world->other = world->config;
    world->use_other = true;
    unsigned another = world_add(world, 250);
    if (member) {
        world_join(world, another);
        world_run(world, 10 * RELO_S);
    }
    world->other.sequence = (uint16_t)(world->config.sequence + ahead);
    world->messages = true;
    begin(world);
    return world;
}

/* 6940-6.5.4-1:
   a request with a newer configuration than the receiver's is not processed; who hears that
   has found a node with old data, and tells it, which believes nothing unsigned (6.5.4.2) */
static void joiner_is_newer(void)
{
    struct world *world = ring_with_another_sequence(1, false);
    world_command(world, 3, (struct relo_command){.type = RELO_COMMAND_JOIN});
    world_run(world, 30 * RELO_S);
    expect(world, "0.100 n0 link up n3\n"
                  "0.120 n3 link up n0\n"
                  "0.120 n3 says attach_req to n0\n"
                  "0.140 n0 says Error_Config_Too_New to n3\n"
                  "0.170 n3 says config_update_req to n0\n"
                  "0.190 n0 says Error_Forbidden to n3\n"
                  "1.242 n3 says attach_req to n0\n"
                  "1.262 n0 says Error_Config_Too_New to n3\n"
                  "1.292 n3 says config_update_req to n0\n"
                  "1.312 n0 says Error_Forbidden to n3\n"
                  "3.961 n3 says attach_req to n0\n"
                  "3.981 n0 says Error_Config_Too_New to n3\n"
                  "4.011 n3 says config_update_req to n0\n"
                  "4.031 n0 says Error_Forbidden to n3\n"
                  "10.885 n3 says attach_req to n0\n"
                  "10.905 n0 says Error_Config_Too_New to n3\n"
                  "10.925 n3 result error 16\n"
                  "10.935 n3 says config_update_req to n0\n"
                  "10.955 n0 says Error_Forbidden to n3\n");
    end(world);
}

/* 6940-6.3.2.1-5 6940-6.5.4-1:
   the same with an older one: the receiver tells it */
static void joiner_is_older(void)
{
    struct world *world = ring_with_another_sequence(-1, false);
    world_command(world, 3, (struct relo_command){.type = RELO_COMMAND_JOIN});
    world_run(world, 30 * RELO_S);
    expect(world, "0.100 n0 link up n3\n"
                  "0.120 n3 link up n0\n"
                  "0.120 n3 says attach_req to n0\n"
                  "0.140 n0 says Error_Config_Too_Old to n3\n"
                  "0.190 n0 says config_update_req to n3\n"
                  "0.210 n3 says Error_Forbidden to n0\n"
                  "1.492 n3 says attach_req to n0\n"
                  "1.512 n0 says Error_Config_Too_Old to n3\n"
                  "1.562 n0 says config_update_req to n3\n"
                  "1.582 n3 says Error_Forbidden to n0\n"
                  "4.861 n3 says attach_req to n0\n"
                  "4.881 n0 says Error_Config_Too_Old to n3\n"
                  "4.931 n0 says config_update_req to n3\n"
                  "4.951 n3 says Error_Forbidden to n0\n"
                  "10.144 n3 says attach_req to n0\n"
                  "10.164 n0 says Error_Config_Too_Old to n3\n"
                  "10.184 n3 result error 15\n"
                  "10.214 n0 says config_update_req to n3\n"
                  "10.234 n3 says Error_Forbidden to n0\n");
    end(world);
}

/* A member whose configuration the others have replaced: what it asks of them is not processed, by
   way of n0, and neither is what they ask of it; the ring stands. */
static void member_is_older(void)
{
    struct world *world = ring_with_another_sequence(-1, true);
    world_command(world, 3, store("user3", "alpha"));
    world_run(world, 3 * RELO_S);
    expect(world, "0.000 n3 says store_req to n0\n"
                  "0.020 n0 says store_req to n1\n"
                  "0.090 n1 says Error_Config_Too_Old to n0\n"
                  "0.110 n0 says Error_Config_Too_Old to n3\n"
                  "0.130 n3 result error 15\n"
                  "0.140 n1 says config_update_req to n0\n"
                  "0.160 n0 says config_update_req to n3\n"
                  "0.180 n3 says Error_Forbidden to n0\n"
                  "0.200 n0 says Error_Forbidden to n1\n");
    world_command(world, 1,
                  (struct relo_command){.type = RELO_COMMAND_PING, .target = {.id = world->id[3]}});
    world_run(world, 3 * RELO_S);
    expect(world, "0.000 n1 says ping_req to n3\n"
                  "0.020 n3 says Error_Config_Too_New to n1\n"
                  "0.040 n1 result error 16\n"
                  "0.050 n1 says config_update_req to n3\n"
                  "0.070 n3 says Error_Forbidden to n1\n");
    world->messages = false;
    world_run(world, 3000 * RELO_S);
    expect(world, "");
    g_assert_true(world_ring_closed(world));
    end(world);
}

/* A member that has replaced it before the others. */
static void member_is_newer(void)
{
    struct world *world = ring_with_another_sequence(1, true);
    world_command(world, 3, store("user3", "alpha"));
    world_run(world, 3 * RELO_S);
    expect(world, "0.000 n3 says store_req to n0\n"
                  "0.020 n0 says store_req to n1\n"
                  "0.090 n1 says Error_Config_Too_New to n0\n"
                  "0.110 n0 says Error_Config_Too_New to n3\n"
                  "0.130 n3 result error 16\n"
                  "0.130 n3 says config_update_req to n0\n"
                  "0.150 n0 says config_update_req to n1\n"
                  "0.170 n1 says Error_Forbidden to n0\n"
                  "0.190 n0 says Error_Forbidden to n3\n");
    end(world);
}

static void partition(void)
{
    struct world *world = world_new();
    world->config.chord_update_interval = 30 * RELO_S;
    for (unsigned i = 0; i < 4; i++) {
        world_add(world, 5 + i * 60);
        world_join(world, i);
    }
    world_run(world, 60 * RELO_S);
    for (unsigned i = 0; i < 4; i++)
        for (unsigned k = 0; k < 4; k++)
            world->cut[i][k] = i / 2 != k / 2;
    begin(world);
    world_run(world, 120 * RELO_S);
    expect(world, "1.926 n0 between n1 and n1\n"
                  "2.746 n1 between n0 and n0\n"
                  "4.326 n0 link down n2\n"
                  "4.326 n0 link down n3\n"
                  "5.146 n1 link down n2\n"
                  "5.146 n1 link down n3\n"
                  "6.275 n3 between n2 and n2\n"
                  "7.095 n2 between n3 and n3\n"
                  "8.675 n3 link down n0\n"
                  "8.675 n3 link down n1\n"
                  "9.495 n2 link down n0\n"
                  "9.495 n2 link down n1\n");
    memset(world->cut, 0, sizeof world->cut);
    world_run(world, 1200 * RELO_S);
    expect(world, "242.412 n0 link up n3\n"
                  "242.432 n3 link up n0\n"
                  "242.502 n0 between n3 and n1\n"
                  "242.672 n3 between n2 and n0\n"
                  "242.692 n0 link up n2\n"
                  "242.712 n2 link up n0\n"
                  "242.712 n2 between n0 and n3\n"
                  "242.862 n3 link up n1\n"
                  "242.882 n1 link up n3\n"
                  "242.882 n1 between n0 and n3\n"
                  "242.952 n2 link up n1\n"
                  "242.972 n1 link up n2\n"
                  "242.972 n1 between n0 and n2\n"
                  "242.992 n2 between n1 and n3\n");
    end(world);
}

/* 6940-10.7.4.4-3: of two rings that lie side by side the middle peer of one, n4, is the first to
   look through the bootstrap node. Who answers there (n0) is farther from it than its successor,
   and not whom 6.3.4 would let answer for a Resource-ID. */
static void parts_side_by_side(void)
{
    struct world *world = world_new();
    world->config.chord_update_interval = 30 * RELO_S;
    for (unsigned i = 0; i < 6; i++) {
        world_add(world, 5 + i * 40);
        world_join(world, i);
    }
    world_run(world, 60 * RELO_S);
    for (unsigned i = 0; i < 6; i++)
        for (unsigned k = 0; k < 6; k++)
            world->cut[i][k] = i / 3 != k / 3;
    world_run(world, 300 * RELO_S);
    memset(world->cut, 0, sizeof world->cut);
    begin(world);
    world_run(world, 1200 * RELO_S);
    expect(world, "133.731 n0 link up n4\n"
                  "133.751 n4 link up n0\n"
                  "133.821 n0 between n4 and n1\n"
                  "134.011 n0 link up n3\n"
                  "134.031 n3 link up n0\n"
                  "134.031 n3 between n0 and n4\n"
                  "134.061 n0 link up n5\n"
                  "134.081 n5 link up n0\n"
                  "134.081 n5 between n4 and n0\n"
                  "134.101 n0 between n5 and n1\n"
                  "134.321 n3 link up n1\n"
                  "134.321 n3 link up n2\n"
                  "134.341 n1 link up n3\n"
                  "134.341 n2 link up n3\n"
                  "134.361 n3 between n1 and n4\n"
                  "134.361 n3 between n2 and n4\n"
                  "134.371 n4 link up n1\n"
                  "134.371 n4 link up n2\n"
                  "134.391 n1 link up n4\n"
                  "134.391 n2 link up n4\n"
                  "134.421 n5 link up n1\n"
                  "134.441 n1 link up n5\n"
                  "134.471 n5 link up n2\n"
                  "134.481 n2 between n1 and n3\n"
                  "134.491 n2 link up n5\n");
    end(world);
}

static void crash(gconstpointer reactive)
{
    struct world *world = world_new();
    world->config.chord_reactive = GPOINTER_TO_INT(reactive);
    world->config.chord_update_interval = 30 * RELO_S;
    for (unsigned i = 0; i < 6; i++) {
        world_add(world, 7 + i * 40);
        world_join(world, i);
    }
    world_run(world, 40 * RELO_S);
    world_stop(world, 3);
    begin(world);
    world_run(world, 60 * RELO_S);
    if (reactive) /* n2 notices, and its Update tells the others at once (10.7.1) */
        expect(world, "18.775 n2 between n1 and n4\n"
                      "19.595 n4 between n2 and n5\n"
                      "21.175 n2 link down n3\n"
                      "21.995 n0 link down n3\n"
                      "21.995 n1 link down n3\n"
                      "21.995 n4 link down n3\n"
                      "21.995 n5 link down n3\n");
    else /* each notices at its own next Update */
        expect(world, "18.775 n2 between n1 and n4\n"
                      "21.175 n2 link down n3\n"
                      "22.816 n0 link down n3\n"
                      "23.816 n1 link down n3\n"
                      "25.345 n4 between n2 and n5\n"
                      "27.745 n4 link down n3\n"
                      "28.565 n5 link down n3\n");
    end(world);
}

static void leave(void)
{
    struct world *world = ring_of(5);
    begin(world);
    world_command(world, 2, (struct relo_command){.type = RELO_COMMAND_LEAVE});
    world_run(world, 5 * RELO_S);
    expect(world, "0.020 n1 between n0 and n3\n"
                  "0.020 n3 between n1 and n4\n"
                  "0.040 n2 link down n0\n"
                  "0.040 n2 link down n1\n"
                  "0.040 n2 link down n3\n"
                  "0.040 n2 link down n4\n"
                  "0.040 n2 result\n"
                  "0.060 n0 link down n2\n"
                  "0.060 n1 link down n2\n"
                  "0.060 n3 link down n2\n"
                  "0.060 n4 link down n2\n");
    end(world);
}

static void joins_at_once(void)
{
    struct world *world = ring_of(2);
    begin(world);
    world_add(world, 50);
    world_add(world, 60);
    world_command(world, 2, (struct relo_command){.type = RELO_COMMAND_JOIN});
    world_command(world, 3, (struct relo_command){.type = RELO_COMMAND_JOIN});
    world_run(world, 20 * RELO_S);
    expect(world, "0.100 n0 link up n2\n"
                  "0.100 n0 link up n3\n"
                  "0.120 n2 link up n0\n"
                  "0.120 n3 link up n0\n"
                  "0.260 n2 link up n1\n"
                  "0.280 n1 link up n2\n"
                  "0.310 n3 link up n1\n"
                  "0.330 n1 link up n3\n"
                  "0.450 n1 between n2 and n0\n"
                  "0.530 n2 admitted\n"
                  "0.530 n2 result\n"
                  "0.530 n2 between n0 and n1\n"
                  "0.560 n0 between n1 and n2\n"
                  "0.680 n3 link up n2\n"
                  "0.700 n2 link up n3\n"
                  "0.740 n1 between n3 and n0\n"
                  "0.810 n3 admitted\n"
                  "0.810 n3 result\n"
                  "0.810 n3 between n2 and n1\n"
                  "0.830 n2 between n0 and n3\n");
    end(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/story/trace/join_of_the_second", join_two);
    g_test_add_func("/story/trace/joins_at_once_between_the_same_two", joins_at_once);
    g_test_add_func("/story/trace/glare", glare);
    g_test_add_func("/story/trace/leave", leave);
    g_test_add_func("/story/trace/replicas_follow_join_and_leave", replicas_follow);
    g_test_add_func("/story/trace/replicas_follow_crashes", replicas_follow_crashes);
    g_test_add_func("/story/trace/store_is_answered_again", store_is_answered_again);
    g_test_add_func("/story/trace/fragments_over_a_lossy_link", fragments_over_a_lossy_link);
    g_test_add_func("/story/trace/joiner_has_newer_configuration", joiner_is_newer);
    g_test_add_func("/story/trace/joiner_has_older_configuration", joiner_is_older);
    g_test_add_func("/story/trace/member_has_older_configuration", member_is_older);
    g_test_add_func("/story/trace/member_has_newer_configuration", member_is_newer);
    g_test_add_func("/story/trace/partition_and_merge", partition);
    g_test_add_func("/story/trace/partition_side_by_side", parts_side_by_side);
    g_test_add_data_func("/story/trace/crash_reactive", GINT_TO_POINTER(1), crash);
    g_test_add_data_func("/story/trace/crash_periodic", GINT_TO_POINTER(0), crash);
    return g_test_run();
}
