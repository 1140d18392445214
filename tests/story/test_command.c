/* SPDX-License-Identifier: BSD-2-Clause */
/* Stories of commands: what a node asks of others when its application asks it. */
#include "tests/story/support_world.h"

#include <string.h>

static struct world *pair(void)
{
    struct world *world = world_new();
    for (unsigned i = 0; i < 2; i++) {
        world_add(world, 100 * (i + 1));
        world_join(world, i);
    }
    world_run(world, 60 * RELO_S);
    return world;
}

/* 6940-6.4.2.4.1-1:
   whoever wants no Update gets none: a RouteQuery, its answer, and an ACK for each */
static void route_query_asks_for_no_update(void)
{
    struct world *world = pair();
    struct relo_command query = {
        .type = RELO_COMMAND_ROUTE_QUERY,
        .target = {.id = world->id[1], .resource = true, .via_count = 1, .via = &world->id[1]},
    };
    uint64_t before = world->sent;
    const struct relo_result *r = world_await(world, world_command(world, 0, query), 20 * RELO_S);
    g_assert_nonnull(r);
    g_assert_cmpint(r->status, ==, RELO_OK);
    uint8_t next[RELO_ID_BYTES];
    relo_id_to_bytes(world->id[1], next);
    g_assert_cmpuint(r->body.n, ==, sizeof next);
    world_run(world, RELO_S);
    g_assert_cmpuint(world->sent - before, ==, 4);
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/story/command/" #name, name)
    ADD(route_query_asks_for_no_update);
#undef ADD
    return g_test_run();
}
