/* SPDX-License-Identifier: BSD-2-Clause */
/* Stories of copies that were missing: what the swarm found, and what mended it (RFC 6940 sections
   6.4.2.3, 10.4, 10.5 and 10.7.3). Latency is 20 ms each way. */
#include "tests/story/support_world.h"

#include <string.h>

static bool holds(const struct world *world, unsigned node)
{
    return relo_node_holds(world->node[node], world->watched, RELO_KIND_TEST, 0,
                           (struct relo_view){0}) != 0;
}

/* Node 1 stores a value under the watched resource. */
static void store(struct world *world, uint32_t kind, const char *value)
{
    struct relo_command command = {
        .type = RELO_COMMAND_STORE,
        .target = {.id = world->watched, .resource = true},
        .kind = kind,
        .value = {(const uint8_t *)value, (uint32_t)strlen(value)},
        .exists = true,
        .lifetime_s = 3600,
    };
    const struct relo_result *r = world_await(world, world_command(world, 1, command), 20 * RELO_S);
    g_assert_nonnull(r);
    g_assert_cmpint(r->status, ==, RELO_OK);
}

/* Ten peers, more than a Neighbor Table has, and a value of user 1. */
static struct world *ring_with_value(unsigned *owner)
{
    struct world *world = world_new();
    world->config.chord_update_interval = 30 * RELO_S;
    for (unsigned i = 0; i < 10; i++) {
        world_add(world, 7 + i * 24);
        world_join(world, i);
    }
    world_run(world, 40 * RELO_S);
    g_assert_true(world_ring_closed(world));
    world->watched = relo_resource_id("user1", 5);
    store(world, RELO_KIND_TEST, "alpha");
    world_run(world, 2 * RELO_S);
    *owner = WORLD_NODES;
    for (unsigned i = 0; i < world->count; i++)
        if (relo_node_responsible(world->node[i], world->watched))
            *owner = i;
    g_assert_cmpuint(*owner, ==, 8);
    g_assert_true(holds(world, 8) && holds(world, 9) && holds(world, 0));
    return world;
}

static void begin(struct world *world)
{
    world->trace = world->trace ? world->trace : g_string_new(NULL);
    g_string_truncate(world->trace, 0);
    world->trace_from = world->now;
}

static void end(struct world *world)
{
    g_string_free(world->trace, TRUE);
    world->trace = NULL;
    world_free(world);
}

/* The lines of the trace about who is between whom are left out. */
static char *copies(const struct world *world)
{
    GString *lines = g_string_new(NULL);
    char **line = g_strsplit(world->trace->str, "\n", -1);
    for (char **l = line; *l; l++)
        if (strstr(*l, "holds"))
            g_string_append_printf(lines, "%s\n", *l);
    g_strfreev(line);
    return g_string_free(lines, FALSE);
}

static void expect(const struct world *world, const char *lines)
{
    char *all = copies(world);
    g_assert_cmpstr(all, ==, lines);
    g_free(all);
}

/* A peer joins behind the first replica (it is handed its own range only), and the owner and the
   first replica fail before they have stored anything there: it becomes responsible for a value
   that only its successor has. Seed 84 of the swarm. */
static void owner_without_gets_a_copy_from_a_replica(void)
{
    unsigned owner;
    struct world *world = ring_with_value(&owner);
    unsigned late = world_add(world, 230);
    world_join(world, late);
    world_stop(world, owner);
    world_stop(world, 9);
    begin(world);
    world_run(world, 120 * RELO_S);
    g_assert_true(relo_node_responsible(world->node[late], world->watched));
    expect(world, "4.990 n10 holds\n"
                  "5.060 n1 holds\n");
    end(world);
}

/* The same, and before that something of another kind is stored there, of which it makes replicas:
   who has one knows that the owner has this, and must not think that it has all. Seed 1095 of the
   swarm. */
static void owner_of_a_part_gets_the_rest(void)
{
    unsigned owner;
    struct world *world = ring_with_value(&owner);
    unsigned late = world_add(world, 230);
    world_join(world, late);
    world_stop(world, owner);
    world_stop(world, 9);
    begin(world);
    while (!relo_node_responsible(world->node[late], world->watched))
        world_run(world, 100 * RELO_MS);
    store(world, RELO_KIND_TEST_ARRAY, "beta");
    world_run(world, 120 * RELO_S);
    expect(world, "4.990 n10 holds\n"
                  "5.060 n1 holds\n");
    end(world);
}

/* The owner's Store of a replica is lost for longer than it is retransmitted. */
static void lost_replica_is_stored_again(void)
{
    unsigned owner;
    struct world *world = ring_with_value(&owner);
    unsigned late = world_add(world, 230);
    world_join(world, late);
    world->cut[owner][late] = true;
    begin(world);
    world_run(world, 17 * RELO_S);
    world->cut[owner][late] = false;
    world_run(world, 200 * RELO_S);
    expect(world, "74.066 n10 holds\n" /* n8 took it for lost */
                  "184.920 n0 holds no more\n");
    end(world);
}

/* 10.7.3: out of the replica set, a copy goes when a nearer peer is known to have one. */
static void copy_beyond_the_replica_set_goes(void)
{
    unsigned owner;
    struct world *world = ring_with_value(&owner);
    unsigned late = world_add(world, 230);
    begin(world);
    world_join(world, late);
    world_run(world, 120 * RELO_S);
    g_assert_true(holds(world, owner) && holds(world, 9) && holds(world, late));
    expect(world, "0.970 n10 holds\n"
                  "95.750 n0 holds no more\n");
    end(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/story/copies/owner_without_gets_a_copy_from_a_replica",
                    owner_without_gets_a_copy_from_a_replica);
    g_test_add_func("/story/copies/owner_of_a_part_gets_the_rest", owner_of_a_part_gets_the_rest);
    g_test_add_func("/story/copies/lost_replica_is_stored_again", lost_replica_is_stored_again);
    g_test_add_func("/story/copies/copy_beyond_the_replica_set_goes",
                    copy_beyond_the_replica_set_goes);
    return g_test_run();
}
