/* SPDX-License-Identifier: BSD-2-Clause */
/* Stories of small rings: joins, leaves, crashes, partitions, and data that survives them. */
#include "tests/story/support_world.h"

#include "core/wire/codes.h"

#include <string.h>

static struct relo_command ping(struct relo_id resource)
{
    return (struct relo_command){.type = RELO_COMMAND_PING,
                                 .target = {.id = resource, .resource = true}};
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

static struct relo_command fetch(const char *user)
{
    return (struct relo_command){
        .type = RELO_COMMAND_FETCH,
        .target = {.id = relo_resource_id(user, strlen(user)), .resource = true},
        .kind = RELO_KIND_TEST,
    };
}

/* Every node can reach the peer responsible for points all around the ring. */
static void expect_lookups(struct world *world)
{
    for (unsigned i = 0; i < world->count; i++) {
        if (!world_joined(world, i))
            continue;
        for (unsigned top = 1; top < 256; top += 36) {
            struct relo_id target = {(uint64_t)top << 56 | 5, 5};
            const struct relo_result *r =
                world_await(world, world_command(world, i, ping(target)), 20 * RELO_S);
            g_assert_nonnull(r);
            g_assert_cmpint(r->status, ==, RELO_OK);
            unsigned owner = i;
            for (unsigned k = 0; k < world->count; k++)
                if (world_joined(world, k) &&
                    relo_id_compare(relo_id_sub(world->id[k], target),
                                    relo_id_sub(world->id[owner], target)) < 0)
                    owner = k;
            g_assert_true(relo_id_equal(r->peer, world->id[owner]));
        }
    }
}

/* 6940-6.1.2-10 */
static void rings_of_one_to_eight_close(void)
{
    static const unsigned tops[] = {100, 20, 180, 60, 240, 140, 80, 220};
    for (unsigned n = 1; n <= 8; n++) {
        struct world *world = world_new();
        for (unsigned i = 0; i < n; i++) {
            world_add(world, tops[i]);
            world_join(world, i);
        }
        world_run(world, 10 * RELO_S);
        g_assert_true(world_ring_closed(world));
        expect_lookups(world);
        world_free(world);
    }
}

static void concurrent_joins_between_the_same_peers_converge(void)
{
    struct world *world = world_new();
    world_add(world, 10);
    world_join(world, 0);
    world_add(world, 200);
    world_join(world, 1);
    for (unsigned i = 2; i < 6; i++)
        world_add(world, 40 + 20 * i);
    for (unsigned i = 2; i < 6; i++)
        world_command(world, i, (struct relo_command){.type = RELO_COMMAND_JOIN});
    world_run(world, 60 * RELO_S);
    for (unsigned i = 0; i < 6; i++)
        g_assert_true(world_joined(world, i));
    g_assert_true(world_ring_closed(world));
    expect_lookups(world);
    world_free(world);
}

/* The Admitting Peer's handshake and Update, sent directly, arrive before its AttachAns, which
   comes by way of the slow bootstrap node. */
static void join_does_not_wait_for_an_update_that_came_early(void)
{
    struct world *world = world_new();
    static const unsigned tops[] = {10, 100, 200};
    for (unsigned i = 0; i < 3; i++) {
        world_add(world, tops[i]);
        world_join(world, i);
    }
    world_run(world, 10 * RELO_S);
    unsigned late = world_add(world, 90);
    world->extra[0][late] = 400 * RELO_MS;
    relo_time before = world->now;
    world_join(world, late);
    g_assert_cmpint(world->now - before, <, 5 * RELO_S);
    world_free(world);
}

/* A peer has died, nobody knows yet, and a new one comes beside it: the Attach to the dead one must
   not hold up the join until it times out (10.5). */
static void join_does_not_wait_for_the_dead(void)
{
    struct world *world = world_new();
    for (unsigned i = 0; i < 6; i++) {
        world_add(world, 7 + i * 40);
        world_join(world, i);
    }
    world_run(world, 10 * RELO_S);
    world_stop(world, 2);
    unsigned late = world_add(world, 60);
    relo_time before = world->now;
    world_join(world, late);
    g_assert_cmpint(world->now - before, <, 12 * RELO_S);
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

static void ring_heals_after_a_crash(gconstpointer reactive)
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
    world_run(world, 150 * RELO_S);
    g_assert_true(world_ring_closed(world));
    expect_lookups(world);
    world_free(world);
}

static void leave_closes_the_ring_at_once(void)
{
    struct world *world = ring_of(5);
    struct relo_command leave = {.type = RELO_COMMAND_LEAVE};
    const struct relo_result *r = world_await(world, world_command(world, 2, leave), 10 * RELO_S);
    g_assert_nonnull(r);
    world_stop(world, 2);
    world_run(world, 2 * RELO_S);
    g_assert_true(world_ring_closed(world));
    world_free(world);
}

static void stored_value_survives_joins_leaves_and_crashes(void)
{
    struct world *world = ring_of(6);
    const struct relo_result *r =
        world_await(world, world_command(world, 1, store("user1", "alpha")), 20 * RELO_S);
    g_assert_nonnull(r);
    g_assert_cmpint(r->status, ==, RELO_OK);
    world_run(world, 5 * RELO_S);

    struct relo_id where = relo_resource_id("user1", 5);
    unsigned holders = 0, owner = WORLD_NODES;
    for (unsigned i = 0; i < world->count; i++) {
        holders +=
            relo_node_holds(world->node[i], where, RELO_KIND_TEST, 0, (struct relo_view){0}) != 0;
        if (relo_node_responsible(world->node[i], where))
            owner = i;
    }
    g_assert_cmpuint(holders, ==, 3); /* the responsible peer and two successors (10.4) */
    g_assert_cmpuint(owner, <, WORLD_NODES);

    /* A peer joins right at the resource: it takes the value over. */
    unsigned late = world_add(world, (unsigned)(where.hi >> 56) + 1);
    world_join(world, late);
    world_run(world, 10 * RELO_S);
    g_assert_true(relo_node_responsible(world->node[late], where));
    g_assert_cmpuint(
        relo_node_holds(world->node[late], where, RELO_KIND_TEST, 0, (struct relo_view){0}), !=, 0);

    /* It crashes; the value is still found, by a node that did not store it. */
    world_stop(world, late);
    world_run(world, 1300 * RELO_S);
    g_assert_true(world_ring_closed(world));
    unsigned asker = owner == 4 ? 5 : 4;
    r = world_await(world, world_command(world, asker, fetch("user1")), 20 * RELO_S);
    g_assert_nonnull(r);
    g_assert_cmpint(r->status, ==, RELO_OK);
    g_assert_true(r->exists);
    g_assert_cmpuint(r->value.n, ==, 5);
    g_assert_true(memcmp(r->value.p, "alpha", 5) == 0);
    world_free(world);
}

static void only_the_owner_of_a_name_may_store_there(void)
{
    struct world *world = ring_of(4);
    const struct relo_result *r =
        world_await(world, world_command(world, 2, store("user1", "mine!")), 20 * RELO_S);
    g_assert_nonnull(r);
    g_assert_cmpint(r->status, ==, RELO_ERROR);
    g_assert_cmpint(r->error_code, ==, RELO_ERROR_FORBIDDEN);
    world_free(world);
}

static void quiet_ring_sends_no_retransmissions(void)
{
    struct world *world = ring_of(5);
    uint64_t before = 0, after = 0;
    for (int round = 0; round < 2; round++) {
        uint64_t *sum = round ? &after : &before;
        for (uint32_t i = 0; i < relo_shard_counter_count(); i++)
            if (strcmp(relo_shard_counter_name(i), "frames.retransmitted") == 0 ||
                strcmp(relo_shard_counter_name(i), "attach.started") == 0)
                *sum += relo_shard_counter(world->shard, i);
        if (round == 0)
            world_run(world, 1250 * RELO_S); /* two update intervals */
    }
    g_assert_cmpuint(after, ==, before);
    g_assert_true(world_ring_closed(world));
    world_free(world);
}

static void lossy_ring_still_answers(void)
{
    struct world *world = ring_of(5);
    world->loss_every = 7;
    expect_lookups(world);
    const struct relo_result *r = world_await(
        world, world_command(world, 3, store("user3", "through the rain")), 20 * RELO_S);
    g_assert_nonnull(r);
    g_assert_cmpint(r->status, ==, RELO_OK);
    world_free(world);
}

static void partition_heals(void)
{
    struct world *world = world_new();
    world->config.chord_update_interval = 30 * RELO_S;
    for (unsigned i = 0; i < 8; i++) {
        world_add(world, 5 + i * 31);
        world_join(world, i);
    }
    world_run(world, 60 * RELO_S);
    for (unsigned i = 0; i < 8; i++)
        for (unsigned k = 0; k < 8; k++)
            world->cut[i][k] = i % 2 != k % 2;
    world_run(world, 300 * RELO_S);
    g_assert_false(world_ring_closed(world));
    memset(world->cut, 0, sizeof world->cut);
    world_run(world, 600 * RELO_S);
    g_assert_true(world_ring_closed(world));
    expect_lookups(world);
    world_free(world);
}

/* Node `to` answers a Ping to its Node-ID. */
static void expect_node_answers(struct world *world, unsigned from, unsigned to)
{
    struct relo_command command = {.type = RELO_COMMAND_PING, .target = {.id = world->id[to]}};
    const struct relo_result *r =
        world_await(world, world_command(world, from, command), 20 * RELO_S);
    g_assert_nonnull(r);
    g_assert_cmpint(r->status, ==, RELO_OK);
    g_assert_true(relo_id_equal(r->peer, world->id[to]));
}

static void client_attaches_and_asks(void)
{
    struct world *world = ring_of(4);
    world_add_client(world, 99);
    world_join(world, 4);
    g_assert_false(world_joined(world, 4));
    const struct relo_result *r =
        world_await(world, world_command(world, 4, store("user4", "client's")), 30 * RELO_S);
    g_assert_nonnull(r);
    g_assert_cmpint(r->status, ==, RELO_OK);
    g_assert_true(world_ring_closed(world)); /* a client is no part of the ring (4.2) */
    expect_node_answers(world, 1, 4);
    world_free(world);
}

/* 6940-4.2.1: a peer joins between the client and its peer, then crashes again; the client follows
   both times. */
static void client_follows_the_responsible_peer(void)
{
    struct world *world = ring_of(4);
    world_add_client(world, 99);
    world_join(world, 4);
    expect_node_answers(world, 1, 4);
    world_add(world, 101);
    world_join(world, 5);
    world_run(world, 10 * RELO_S);
    struct relo_snapshot s;
    relo_node_snapshot(world->node[4], &s);
    g_assert_cmpuint(s.link_count, ==, 1);
    expect_node_answers(world, 1, 4);
    world_stop(world, 5);
    world_run(world, 1400 * RELO_S);
    for (unsigned i = 0; i < 4; i++)
        expect_node_answers(world, i, 4);
    world_free(world);
}

/* 6940-11.1-15 */
static void client_stays_out_where_clients_are_not_permitted(void)
{
    struct world *world = ring_of(4);
    world->config.clients_permitted = false;
    world_add_client(world, 99);
    const struct relo_result *r = world_await(
        world, world_command(world, 4, (struct relo_command){.type = RELO_COMMAND_JOIN}),
        30 * RELO_S);
    g_assert_nonnull(r);
    g_assert_cmpint(r->status, ==, RELO_REFUSED);
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/story/ring/of_one_to_eight_close", rings_of_one_to_eight_close);
    g_test_add_func("/story/ring/concurrent_joins_between_the_same_peers_converge",
                    concurrent_joins_between_the_same_peers_converge);
    g_test_add_data_func("/story/ring/heals_after_a_crash_reactive", GINT_TO_POINTER(1),
                         ring_heals_after_a_crash);
    g_test_add_data_func("/story/ring/heals_after_a_crash_periodic", GINT_TO_POINTER(0),
                         ring_heals_after_a_crash);
    g_test_add_func("/story/join/does_not_wait_for_an_update_that_came_early",
                    join_does_not_wait_for_an_update_that_came_early);
    g_test_add_func("/story/join/does_not_wait_for_the_dead", join_does_not_wait_for_the_dead);
    g_test_add_func("/story/ring/leave_closes_the_ring_at_once", leave_closes_the_ring_at_once);
    g_test_add_func("/story/storage/value_survives_joins_leaves_and_crashes",
                    stored_value_survives_joins_leaves_and_crashes);
    g_test_add_func("/story/storage/only_the_owner_of_a_name_may_store_there",
                    only_the_owner_of_a_name_may_store_there);
    g_test_add_func("/story/ring/quiet_one_sends_no_retransmissions",
                    quiet_ring_sends_no_retransmissions);
    g_test_add_func("/story/ring/lossy_one_still_answers", lossy_ring_still_answers);
    g_test_add_func("/story/ring/partition_heals", partition_heals);
    g_test_add_func("/story/client/attaches_and_asks", client_attaches_and_asks);
    g_test_add_func("/story/client/stays_out_where_clients_are_not_permitted",
                    client_stays_out_where_clients_are_not_permitted);
    g_test_add_func("/story/client/follows_the_responsible_peer",
                    client_follows_the_responsible_peer);
    return g_test_run();
}
