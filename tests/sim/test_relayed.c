/* SPDX-License-Identifier: BSD-2-Clause */
/* Links through TURN servers that the overlay itself provides: RFC 6940 sections 6.5.1 and 9. */
#include "tests/sim/support_natted.h"

#include "core/node/node.h"
#include "core/usage/turn.h"

/* Three public peers, and two behind NATs that no hole can be punched through. */
enum { PUBLIC = 3, ALICE = 3, BOB = 4 };

static struct natted *symmetric_world(uint8_t density)
{
    struct natted *world = natted_new(7);
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_SYMMETRIC);
    world->config.turn_density = density;
    for (unsigned i = 0; i < PUBLIC; i++) {
        natted_add(world, NATTED_PUBLIC, 0x10 + 0x50 * i);
        natted_join(world, i);
        natted_run(world, 30 * RELO_S); /* it registers */
    }
    for (unsigned i = PUBLIC; i <= BOB; i++) {
        natted_add(world, natted_box(world, NATTED_PUBLIC, &nat), 0x20 + 0x70 * (i - PUBLIC));
        natted_join(world, i);
        natted_run(world, 30 * RELO_S);
    }
    return world;
}

static bool relayed(const struct natted_link *link)
{
    return link->result.path_local == RELO_PATH_RELAY ||
           link->result.path_remote == RELO_PATH_RELAY;
}

static enum relo_status ping(struct natted *world, unsigned from, unsigned to)
{
    struct relo_command c = {.type = RELO_COMMAND_PING, .target = {.id = world->node[to].id}};
    const struct relo_result *result = natted_command(world, from, c, 60 * RELO_S);
    g_assert_nonnull(result);
    return result->status;
}

static void symmetric_nats_link_through_a_relay_of_the_overlay(void)
{
    struct natted *world = symmetric_world(3);
    g_assert_cmpint(natted_attach(world, ALICE, BOB), ==, RELO_OK);
    const struct natted_link *link = natted_link(world, ALICE, BOB);
    g_assert_nonnull(link);
    g_assert_true(relayed(link));
    g_assert_true(relayed(natted_link(world, BOB, ALICE)));
    g_assert_cmpint(ping(world, ALICE, BOB), ==, RELO_OK);
    g_assert_cmpuint(world->sent[RELO_CLASS_RELAY], >, 0);
    /* Links to public peers need no relay. */
    for (unsigned i = 0; i < PUBLIC; i++) {
        link = natted_link(world, ALICE, i);
        g_assert_true(!link || !relayed(link));
    }
    natted_free(world);
}

/* Alice behind a symmetric NAT links to Bob behind a firewall with a public address. */
static struct natted *firewall_world(bool told_public)
{
    struct natted *world = natted_new(7);
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_SYMMETRIC),
                          firewall = sim_nat_class_config(SIM_NAT_CLASS_FIREWALL);
    world->config.turn_density = 3;
    for (unsigned i = 0; i < PUBLIC; i++) {
        natted_add(world, NATTED_PUBLIC, 0x10 + 0x50 * i);
        natted_join(world, i);
        natted_run(world, 30 * RELO_S);
    }
    natted_add(world, natted_box(world, NATTED_PUBLIC, &nat), 0x20);
    world->says_public = told_public;
    natted_add(world, natted_box(world, NATTED_PUBLIC, &firewall), 0x90);
    natted_join(world, BOB);
    natted_run(world, 30 * RELO_S);
    natted_join(world, ALICE);
    if (!natted_link(world, ALICE, BOB))
        g_assert_cmpint(natted_attach(world, ALICE, BOB), ==, RELO_OK);
    g_assert_cmpint(ping(world, ALICE, BOB), ==, RELO_OK);
    return world;
}

/* Whoever attaches is the DTLS server: what it answers a ClientHello with is relayed, too. The
   other has no relay of its own: START told it that it is public. */
static void server_of_the_handshake_may_be_relayed(void)
{
    struct natted *world = firewall_world(true);
    g_assert_null(relo_turn_service_relayed(world->node[BOB].node->turn));
    g_assert_cmpint(natted_link(world, ALICE, BOB)->result.path_local, ==, RELO_PATH_RELAY);
    natted_free(world);
}

/* A firewall makes a host take itself for public (6940-9-1) that nobody reaches. */
static void server_that_no_client_has_reached_has_a_relay(void)
{
    struct natted *world = firewall_world(false);
    g_assert_true(relo_turn_service_serves(world->node[BOB].node->turn));
    g_assert_nonnull(relo_turn_service_relayed(world->node[BOB].node->turn));
    natted_free(world);
}

/* 6940-9-1 */
static void peer_behind_a_nat_does_not_register(void)
{
    struct natted *world = symmetric_world(3);
    natted_run(world, 60 * RELO_S);
    for (unsigned i = 0; i < world->nodes; i++)
        for (uint8_t d = 1; d <= 3; d++) {
            struct relo_id resource = relo_turn_resource(world->node[i].id, d);
            bool held = false;
            for (unsigned k = 0; k < world->nodes; k++)
                held |= relo_node_holds(world->node[k].node, resource, RELO_KIND_TURN_SERVICE, 0,
                                        (struct relo_view){NULL, 0}) != 0;
            g_assert_cmpint(held, ==, i < PUBLIC);
        }
    natted_free(world);
}

static void relayed_link_outlives_allocation_and_permission(void)
{
    struct natted *world = symmetric_world(3);
    g_assert_cmpint(natted_attach(world, ALICE, BOB), ==, RELO_OK);
    natted_run(world, 3600 * RELO_S); /* a lifetime is 600 s, a permission 300 s */
    const struct natted_link *link = natted_link(world, ALICE, BOB);
    g_assert_true(relayed(link));
    g_assert_cmpint(ping(world, ALICE, BOB), ==, RELO_OK);
    g_assert_null(natted_find(world, ALICE, BOB, RELO_RESULT_LINK_DOWN));
    /* A channel's header goes in front of a record, not over the end of the one before. */
    g_assert_cmpuint(natted_count(world, "dropped.bad-record"), ==, 0);
    natted_free(world);
}

/* Whose allocation the link uses. */
static unsigned user_of(const struct natted *world)
{
    return natted_link(world, ALICE, BOB)->result.path_local == RELO_PATH_RELAY ? ALICE : BOB;
}

/* The peer whose relay the link uses. */
static unsigned server_of(const struct natted *world)
{
    unsigned user = user_of(world);
    const struct relo_addr *addr = relo_turn_service_relayed(world->node[user].node->turn);
    g_assert_nonnull(addr);
    return relo_addr_v4_ip(addr) - 0xc0000200u;
}

static void relay_that_dies_is_replaced(void)
{
    struct natted *world = symmetric_world(3);
    g_assert_cmpint(natted_attach(world, ALICE, BOB), ==, RELO_OK);
    unsigned first = server_of(world), user = user_of(world);
    natted_stop(world, first);
    /* Silence for 20 s, then a question that stays without an answer for 11.5 s; then another is
       looked for at once. */
    natted_run(world, 60 * RELO_S);
    g_assert_nonnull(natted_find(world, ALICE, BOB, RELO_RESULT_LINK_DOWN));
    g_assert_nonnull(relo_turn_service_relayed(world->node[user].node->turn));
    g_assert_cmpint(natted_attach(world, ALICE, BOB), ==, RELO_OK);
    g_assert_true(relayed(natted_link(world, ALICE, BOB)));
    g_assert_cmpuint(server_of(world), !=, first);
    g_assert_cmpint(ping(world, ALICE, BOB), ==, RELO_OK);
    natted_free(world);
}

/* A server that comes back knows nobody: its clients notice by its answer and ask anew. */
static void relay_that_restarts_is_asked_anew(void)
{
    struct natted *world = symmetric_world(3);
    g_assert_cmpint(natted_attach(world, ALICE, BOB), ==, RELO_OK);
    unsigned server = server_of(world);
    natted_restart(world, server);
    natted_run(world, 120 * RELO_S);
    if (natted_attach(world, ALICE, BOB) != RELO_OK)
        g_assert_cmpint(natted_attach(world, ALICE, BOB), ==, RELO_OK);
    g_assert_cmpint(ping(world, ALICE, BOB), ==, RELO_OK);
    natted_free(world);
}

/* It says so: to who asked, to either side's user, and in the counters. */
static void without_turn_servers_the_attach_fails_in_time_and_says_that_there_are_none(void)
{
    struct natted *world = symmetric_world(0);
    relo_time began = world->now;
    uint64_t before = natted_count(world, "attach.no-relay");
    g_assert_cmpint(natted_attach(world, ALICE, BOB), ==, RELO_NO_RELAY);
    g_assert_cmpint(world->now - began, <, 60 * RELO_S);
    g_assert_cmpuint(natted_count(world, "attach.no-relay"), ==, before + 1);
    natted_run(world, 60 * RELO_S);
    for (unsigned side = ALICE; side <= BOB; side++) {
        const struct natted_link *failed =
            natted_find(world, side, ALICE + BOB - side, RELO_RESULT_LINK_FAILED);
        g_assert_nonnull(failed);
        g_assert_cmpint(failed->result.status, ==, RELO_NO_RELAY);
        g_assert_cmpint(failed->result.setup.checks, >, 0);
    }
    g_assert_cmpuint(natted_count(world, "attach.no-path"), ==, 0);
    /* Through others they still reach each other. */
    g_assert_cmpint(ping(world, ALICE, BOB), ==, RELO_OK);
    natted_free(world);
}

/* Alice and Bob are behind NATs that any hole can be punched through, and may not. */
static struct natted *policy_world(uint8_t density, bool alice, bool bob)
{
    struct natted *world = natted_new(7);
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_EI);
    world->config.turn_density = density;
    for (unsigned i = 0; i < PUBLIC; i++) {
        natted_add(world, NATTED_PUBLIC, 0x10 + 0x50 * i);
        natted_join(world, i);
        natted_run(world, 30 * RELO_S);
    }
    for (unsigned i = ALICE; i <= BOB; i++) {
        world->relay_only = i == ALICE ? alice : bob;
        natted_add(world, natted_box(world, NATTED_PUBLIC, &nat), 0x20 + 0x70 * (i - PUBLIC));
        natted_join(world, i);
        natted_run(world, 30 * RELO_S);
    }
    return world;
}

static void a_policy_keeps_links_on_relays(void)
{
    for (int who = 0; who < 4; who++) {
        bool alice = who & 1, bob = who & 2;
        struct natted *world = policy_world(3, alice, bob);
        g_assert_cmpint(natted_attach(world, ALICE, BOB), ==, RELO_OK);
        const struct natted_link *link = natted_link(world, ALICE, BOB);
        g_assert_cmpint(link->result.path_local == RELO_PATH_RELAY, ==, alice);
        g_assert_cmpint(link->result.path_remote == RELO_PATH_RELAY, ==, bob);
        g_assert_cmpint(ping(world, ALICE, BOB), ==, RELO_OK);
        natted_free(world);
    }
}

/* Nobody relays: it knows before it asks anybody, and cannot join. */
static void a_policy_without_relays_says_that_there_are_none(void)
{
    struct natted *world = natted_new(7);
    struct relo_command join = {.type = RELO_COMMAND_JOIN};
    world->config.turn_density = 0;
    natted_add(world, NATTED_PUBLIC, 0x10);
    natted_join(world, 0);
    world->relay_only = true;
    natted_add(world, NATTED_PUBLIC, 0x60);
    const struct relo_result *result = natted_command(world, 1, join, 120 * RELO_S);
    g_assert_nonnull(result);
    g_assert_cmpint(result->status, !=, RELO_OK);
    g_assert_nonnull(natted_link(world, 1, 0)); /* to the bootstrap node, as it is */
    g_assert_cmpuint(natted_count(world, "attach.no-relay"), >, 0);
    natted_free(world);
}

/* Its flows are relayed, too; of two such peers neither has one, for it would be their link. */
static void a_policy_keeps_flows_on_relays(void)
{
    struct relo_command attach = {.type = RELO_COMMAND_APP_ATTACH, .application = 5060};
    for (int who = 0; who < 4; who++) {
        bool alice = who & 1, bob = who & 2;
        struct natted *world = policy_world(3, alice, bob);
        attach.target.id = world->node[BOB].id;
        const struct relo_result *result = natted_command(world, ALICE, attach, 120 * RELO_S);
        g_assert_nonnull(result);
        if (alice && bob) {
            g_assert_cmpint(result->status, ==, RELO_ERROR);
            g_assert_cmphex(result->error_code, ==, 2); /* Error_Forbidden */
        } else if (!bob) {
            g_assert_cmpint(result->status, ==, RELO_OK);
            g_assert_cmpint(result->path_local == RELO_PATH_RELAY, ==, alice);
        } else { /* Alice has a relay, so Bob would be direct: he refuses */
            g_assert_cmpint(result->status, ==, RELO_ERROR);
        }
        natted_free(world);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/relayed/symmetric_nats_link_through_a_relay_of_the_overlay",
                    symmetric_nats_link_through_a_relay_of_the_overlay);
    g_test_add_func("/relayed/server_of_the_handshake_may_be_relayed",
                    server_of_the_handshake_may_be_relayed);
    g_test_add_func("/relayed/server_that_no_client_has_reached_has_a_relay",
                    server_that_no_client_has_reached_has_a_relay);
    g_test_add_func("/relayed/a_policy_keeps_links_on_relays", a_policy_keeps_links_on_relays);
    g_test_add_func("/relayed/a_policy_without_relays_says_that_there_are_none",
                    a_policy_without_relays_says_that_there_are_none);
    g_test_add_func("/relayed/a_policy_keeps_flows_on_relays", a_policy_keeps_flows_on_relays);
    g_test_add_func("/relayed/peer_behind_a_nat_does_not_register",
                    peer_behind_a_nat_does_not_register);
    g_test_add_func("/relayed/outlives_allocation_and_permission",
                    relayed_link_outlives_allocation_and_permission);
    g_test_add_func("/relayed/relay_that_dies_is_replaced", relay_that_dies_is_replaced);
    g_test_add_func("/relayed/relay_that_restarts_is_asked_anew",
                    relay_that_restarts_is_asked_anew);
    g_test_add_func(
        "/relayed/without_turn_servers_the_attach_fails_in_time_and_says_that_there_are_none",
        without_turn_servers_the_attach_fails_in_time_and_says_that_there_are_none);
    return g_test_run();
}
