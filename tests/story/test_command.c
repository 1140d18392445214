/* SPDX-License-Identifier: BSD-2-Clause */
/* Stories of commands: what a node asks of others when its application asks it. */
#include "tests/story/support_world.h"

#include "core/wire/codes.h"
#include "core/wire/storage.h"

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

static const char name[] = "user0";

static struct relo_command store(const char *value, uint64_t generation, uint32_t lifetime_s)
{
    return (struct relo_command){
        .type = RELO_COMMAND_STORE,
        .target = {.id = relo_resource_id(name, strlen(name)), .resource = true},
        .kind = RELO_KIND_TEST,
        .value = {(const uint8_t *)value, value ? (uint32_t)strlen(value) : 0},
        .exists = value != NULL,
        .generation = generation,
        .lifetime_s = lifetime_s,
    };
}

static const struct relo_result *run(struct world *world, struct relo_command command)
{
    const struct relo_result *r = world_await(world, world_command(world, 0, command), 60 * RELO_S);
    g_assert_nonnull(r);
    return r;
}

/* 6940-7.4.1.2-4:
   who is too late by the generation counter is shown what is there */
static void a_store_that_is_too_late_fetches_what_is_there(void)
{
    struct world *world = pair();
    g_assert_cmpuint(run(world, store("one", 0, 3600))->generation, ==, 1);
    g_assert_cmpuint(run(world, store("two", 1, 3600))->generation, ==, 2);
    const struct relo_result *r = run(world, store("three", 1, 3600));
    g_assert_cmpint(r->status, ==, RELO_ERROR);
    g_assert_cmphex(r->error_code, ==, RELO_ERROR_GENERATION_COUNTER_TOO_LOW);
    g_assert_cmpuint(r->generation, ==, 2);
    g_assert_true(r->exists);
    g_assert_cmpuint(r->value.n, ==, 3);
    g_assert_cmpint(memcmp(r->value.p, "two", 3), ==, 0);
    world_free(world);
}

/* Seconds that the entry has left; it is no value any more if *removed. */
static uint32_t lifetime(struct world *world, bool *removed)
{
    struct relo_command command = store(NULL, 0, 0);
    command.type = RELO_COMMAND_STAT;
    const struct relo_result *r = run(world, command);
    struct relo_rd rd = relo_rd_init(r->body.p, r->body.n, RELO_ID_BYTES);
    struct relo_fetch_ans answer;
    struct relo_fetch_kind_response kind;
    struct relo_stored_metadata m;
    g_assert_true(relo_stat_ans_read(&rd, &world->config, &answer));
    rd = relo_rd_init(answer.kind_responses.p, answer.kind_responses.n, RELO_ID_BYTES);
    g_assert_true(relo_stat_kind_response_next(&rd, &world->config, &kind));
    rd = relo_rd_init(kind.values.p, kind.values.n, RELO_ID_BYTES);
    g_assert_true(relo_stored_metadata_next(&rd, kind.definition, &m));
    *removed = !m.exists;
    return m.lifetime;
}

/* 6940-7.4.1.3-1:
   a removal stays for as long as what it removed */
static void a_removal_stays_as_long_as_its_value_would_have(void)
{
    struct world *world = pair();
    bool removed;
    run(world, store("one", 0, 1000));
    world_run(world, 100 * RELO_S);
    g_assert_cmpint(run(world, store(NULL, 0, 0))->status, ==, RELO_OK);
    uint32_t left = lifetime(world, &removed);
    g_assert_true(removed);
    g_assert_cmpuint(left, >=, 895);
    g_assert_cmpuint(left, <=, 900);
    world_run(world, 1000 * RELO_S);
    g_assert_cmpint(run(world, store(NULL, 0, 0))->status, ==, RELO_OK); /* nothing is there */
    g_assert_cmpuint(lifetime(world, &removed), ==, 0);
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/story/command/" #name, name)
    ADD(route_query_asks_for_no_update);
    ADD(a_store_that_is_too_late_fetches_what_is_there);
    ADD(a_removal_stays_as_long_as_its_value_would_have);
#undef ADD
    return g_test_run();
}
