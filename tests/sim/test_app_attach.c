/* SPDX-License-Identifier: BSD-2-Clause */
/* Stories of AppAttach across NATs: RFC 6940 section 6.5.2 with ICE, and the flow that comes of
   it. */
#include "tests/sim/support_natted.h"

#include "core/node/node.h"
#include "core/wire/codes.h"
#include "tests/sim/support_kind.h"

#include <string.h>

#define SIP 5060

enum { ALICE = 1, BOB = 2 };

static struct natted *joined(struct natted *world, unsigned nodes)
{
    for (unsigned i = 0; i < nodes; i++)
        natted_join(world, i);
    natted_run(world, 10 * RELO_S);
    return world;
}

/* n0 is public, n1 and n2 are each behind a NAT. */
static struct natted *couple(const struct sim_nat_config *a, const struct sim_nat_config *b)
{
    struct natted *world = natted_new(11);
    natted_add(world, NATTED_PUBLIC, 0x10);
    natted_add(world, natted_box(world, NATTED_PUBLIC, a), 0x40);
    natted_add(world, natted_box(world, NATTED_PUBLIC, b), 0x70);
    return joined(world, 3);
}

static struct relo_result attach(struct natted *world, unsigned from, unsigned to,
                                 uint16_t application)
{
    struct relo_command c = {.type = RELO_COMMAND_APP_ATTACH,
                             .target = {.id = world->node[to].id},
                             .application = application};
    const struct relo_result *result = natted_command(world, from, c, 120 * RELO_S);
    g_assert_nonnull(result);
    return *result;
}

static enum relo_status say(struct natted *world, unsigned from, uint32_t flow, const char *text)
{
    struct relo_command c = {.type = RELO_COMMAND_APP_SEND,
                             .flow = flow,
                             .value = {(const uint8_t *)text, (uint32_t)strlen(text)}};
    enum relo_status status = natted_command(world, from, c, RELO_S)->status;
    natted_run(world, RELO_S);
    return status;
}

static bool heard(const struct natted *world, unsigned node, uint32_t flow, const char *text)
{
    const struct natted_flow *f = &world->flow[node];
    return f->data && f->data_flow == flow && f->bytes_n == strlen(text) &&
           memcmp(f->bytes, text, f->bytes_n) == 0;
}

/* Both ends know the same flow, and it carries something either way. */
static void check_flow(struct natted *world, unsigned a, unsigned b, const struct relo_result *mine)
{
    const struct relo_result *theirs = &world->flow[b].up;
    g_assert_cmpint(mine->status, ==, RELO_OK);
    g_assert_cmpuint(mine->flow, !=, 0);
    g_assert_cmpint(theirs->type, ==, RELO_RESULT_APP_LINK);
    g_assert_cmpuint(theirs->application, ==, SIP);
    g_assert_true(relo_id_equal(theirs->peer, world->node[a].id));
    g_assert_true(relo_id_equal(mine->peer, world->node[b].id));
    g_assert_true(theirs->active && !mine->active);
    g_assert_cmpint(say(world, a, mine->flow, "REGISTER"), ==, RELO_OK);
    g_assert_true(heard(world, b, theirs->flow, "REGISTER"));
    g_assert_cmpint(say(world, b, theirs->flow, "200 OK"), ==, RELO_OK);
    g_assert_true(heard(world, a, mine->flow, "200 OK"));
}

/* 6940-6.5.2.2-1 6940-6.5.2.2-2 */
static void flow_crosses_nats_on_a_port_of_its_own(void)
{
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    struct natted *world = couple(&nat, &nat);
    uint64_t checks = world->checks;
    struct relo_result mine = attach(world, ALICE, BOB, SIP);
    check_flow(world, ALICE, BOB, &mine);
    g_assert_cmpint(mine.path_local, ==, RELO_PATH_SRFLX);
    g_assert_cmpint(mine.path_remote, ==, RELO_PATH_SRFLX);
    g_assert_cmpuint(mine.local.port, !=, world->node[ALICE].local.port);
    g_assert_cmpuint(world->checks, >, checks);
    /* The link beside it is as it was. */
    struct relo_command ping = {.type = RELO_COMMAND_PING, .target = {.id = world->node[BOB].id}};
    g_assert_cmpint(natted_command(world, ALICE, ping, 10 * RELO_S)->status, ==, RELO_OK);
    g_assert_null(natted_find(world, ALICE, BOB, RELO_RESULT_LINK_DOWN));
    natted_free(world);
}

static void every_pair_of_nats_ends_as_the_theorem_says(void)
{
    for (int i = 0; i < 9; i++)
        for (int j = i; j < 9; j++) {
            struct sim_nat_config a = nat_kind(i, SIM_NAT_RANDOM), b = nat_kind(j, SIM_NAT_RANDOM);
            struct natted *world = couple(&a, &b);
            struct relo_result mine = attach(world, ALICE, BOB, SIP);
            if (sim_nat_direct(&a, &b)) {
                natted_run(world, RELO_S);
                check_flow(world, ALICE, BOB, &mine);
            } else if (mine.status != RELO_NO_RELAY || world->flow[BOB].up.flow) {
                g_error("%d x %d: %d", i, j, mine.status);
            }
            natted_free(world);
        }
}

/* The relay's user is the one who asks: one relay is enough. */
static void flow_goes_through_a_relay_where_no_hole_can_be_punched(void)
{
    struct natted *world = natted_new(7);
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_SYMMETRIC);
    world->config.turn_density = 3;
    for (unsigned i = 0; i < 3; i++) {
        natted_add(world, NATTED_PUBLIC, 0x10 + 0x50 * i);
        natted_join(world, i);
        natted_run(world, 30 * RELO_S); /* it registers */
    }
    for (unsigned i = 3; i < 5; i++) {
        natted_add(world, natted_box(world, NATTED_PUBLIC, &nat), 0x20 + 0x70 * (i - 3));
        natted_join(world, i);
        natted_run(world, 30 * RELO_S);
    }
    g_assert_cmpint(natted_attach(world, 3, 4), ==, RELO_OK); /* a relayed link beside it */
    struct relo_result mine = attach(world, 3, 4, SIP);
    natted_run(world, RELO_S);
    check_flow(world, 3, 4, &mine);
    g_assert_cmpint(mine.path_local, ==, RELO_PATH_RELAY);
    g_assert_cmpint(mine.path_remote, !=, RELO_PATH_RELAY);
    /* Silence: after two minutes the allocation is given back, unless the link uses it. The
       server's end is the flow's end, and is told. */
    const struct relo_addr *relayed = relo_turn_service_relayed(world->node[3].node->turn);
    g_assert_nonnull(relayed);
    natted_stop(world, relo_addr_v4_ip(relayed) - 0xc0000200u);
    natted_run(world, 60 * RELO_S);
    g_assert_cmpuint(world->flow[3].down, ==, mine.flow);
    g_assert_cmpint(say(world, 3, mine.flow, "BYE"), ==, RELO_REFUSED);
    natted_free(world);
}

static void flow_whose_keepalives_stop_is_lost_and_one_that_speaks_is_not(void)
{
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    nat.udp_timeout = 60 * RELO_S;
    nat.ports = SIM_NAT_RANDOM;
    struct natted *world = couple(&nat, &nat);
    struct relo_result mine = attach(world, ALICE, BOB, SIP);
    natted_run(world, RELO_S);
    uint32_t theirs = world->flow[BOB].up.flow;
    for (int i = 0; i < 12; i++) {
        natted_run(world, 23 * RELO_S);
        say(world, ALICE, mine.flow, "\r\n");
        say(world, BOB, theirs, "\r\n");
    }
    g_assert_true(heard(world, BOB, theirs, "\r\n"));
    say(world, ALICE, mine.flow, "still here");
    g_assert_true(heard(world, BOB, theirs, "still here"));
    natted_run(world, 120 * RELO_S); /* nobody but the application keeps it (6.5.2.1) */
    say(world, ALICE, mine.flow, "too late");
    g_assert_false(heard(world, BOB, theirs, "too late"));
    natted_free(world);
}

static void unknown_application_and_oneself_are_not_found(void)
{
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    struct natted *world = couple(&nat, &nat);
    struct relo_result unknown = attach(world, ALICE, BOB, 4711);
    g_assert_cmpint(unknown.status, ==, RELO_ERROR);
    g_assert_cmphex(unknown.error_code, ==, RELO_ERROR_NOT_FOUND);
    struct relo_result self = attach(world, ALICE, ALICE, SIP);
    g_assert_cmpint(self.status, ==, RELO_ERROR);
    g_assert_cmpuint(world->flow[BOB].up.flow, ==, 0);
    g_assert_cmpuint(world->ports, ==, 0); /* closed again */
    natted_free(world);
}

/* A stranger who has guessed the port is not the other end. */
static void what_others_send_to_the_port_is_dropped(void)
{
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_EI);
    struct natted *world = couple(&nat, &nat);
    struct relo_result mine = attach(world, ALICE, BOB, SIP);
    natted_run(world, RELO_S);
    struct relo_addr outside = world->flow[BOB].up.remote, stranger = relo_addr_v4(0xc0000300, 9);
    unsigned data = world->flow[ALICE].data;
    natted_inject_to(world, &stranger, &outside, (struct relo_view){(const uint8_t *)"spam", 4});
    natted_run(world, RELO_S);
    g_assert_cmpuint(natted_count(world, "dropped.application"), ==, 1);
    g_assert_cmpuint(world->flow[ALICE].data, ==, data);
    check_flow(world, ALICE, BOB, &mine);
    natted_free(world);
}

static void closed_flow_gives_its_port_back(void)
{
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    struct natted *world = couple(&nat, &nat);
    struct relo_result mine = attach(world, ALICE, BOB, SIP);
    natted_run(world, RELO_S);
    struct relo_command c = {.type = RELO_COMMAND_APP_CLOSE, .flow = mine.flow};
    g_assert_cmpuint(world->ports, ==, 2);
    g_assert_cmpint(natted_command(world, ALICE, c, RELO_S)->status, ==, RELO_OK);
    g_assert_cmpuint(world->ports, ==, 1);
    g_assert_cmpint(natted_command(world, ALICE, c, RELO_S)->status, ==, RELO_REFUSED);
    g_assert_cmpint(say(world, ALICE, mine.flow, "?"), ==, RELO_REFUSED);
    g_assert_cmpuint(world->flow[ALICE].down, ==, 0); /* who closes it knows */
    natted_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/app_attach/" #name, name)
    ADD(flow_crosses_nats_on_a_port_of_its_own);
    ADD(every_pair_of_nats_ends_as_the_theorem_says);
    ADD(flow_goes_through_a_relay_where_no_hole_can_be_punched);
    ADD(flow_whose_keepalives_stop_is_lost_and_one_that_speaks_is_not);
    ADD(unknown_application_and_oneself_are_not_found);
    ADD(what_others_send_to_the_port_is_dropped);
    ADD(closed_flow_gives_its_port_back);
#undef ADD
    return g_test_run();
}
