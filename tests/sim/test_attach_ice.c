/* SPDX-License-Identifier: BSD-2-Clause */
/* Stories of whole nodes behind NATs: joining, Attach with ICE (RFC 6940 section 6.5.1), and what
   becomes of the links. */
#include "tests/sim/support_natted.h"

#include "core/base/hash.h"
#include "core/ice/stun.h"
#include "tests/sim/support_kind.h"

#include <string.h>

/* n0 public; the others each behind a NAT of their own; all joined. */
static struct natted *ring(uint64_t seed, unsigned nodes, const struct sim_nat_config *nat)
{
    struct natted *world = natted_new(seed);
    natted_add(world, NATTED_PUBLIC, 0x10);
    for (unsigned i = 1; i < nodes; i++)
        natted_add(world, natted_box(world, NATTED_PUBLIC, nat), 0x10 + 0x30 * i);
    for (unsigned i = 0; i < nodes; i++)
        natted_join(world, i);
    return world;
}

static bool linked(const struct natted *world, unsigned a, unsigned b)
{
    const struct natted_link *up = natted_link(world, a, b);
    const struct natted_link *down = natted_find(world, a, b, RELO_RESULT_LINK_DOWN);
    return up && (!down || down < up); /* in the order they were told */
}

/* 6940-6.5.1.2-9 6940-6.5.1.3-1 6940-6.5.1.8-1 6940-6.5.1.9-1 6940-6.5.1.13-1 6940-6.5.1.13-2 */
static void everyone_joins_behind_nats_through_a_public_bootstrap_node(void)
{
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    struct natted *world = ring(1, 5, &nat);
    natted_run(world, 30 * RELO_S);
    for (unsigned i = 0; i < 5; i++) {
        g_assert_true(natted_joined(world, i));
        for (unsigned j = 1; i && j < 5; j++) {
            if (i == j)
                continue;
            const struct natted_link *l = natted_link(world, i, j);
            g_assert_nonnull(l);
            g_assert_cmpint(l->result.path_local, ==, RELO_PATH_SRFLX);
            g_assert_cmpint(l->result.path_remote, ==, RELO_PATH_SRFLX);
        }
        if (i)
            g_assert_cmpint(natted_link(world, i, 0)->result.path_local, ==, RELO_PATH_DIRECT);
    }
    g_assert_cmpuint(world->checks, >, 0);
    g_assert_cmpuint(world->checks_without_role, ==, 0);
    natted_free(world);
}

/* The asker's steps one by one; latency is 20 ms each way. */
static void the_steps_to_a_link_are_told_apart_and_sum_up(void)
{
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    struct natted *world = ring(1, 3, &nat);
    for (unsigned i = 1; i < 3; i++) {
        const struct relo_result *r = &natted_link(world, i, 3 - i)->result;
        const struct relo_link_setup *s = &r->setup;
        g_assert_cmpint(s->gather + s->attach + s->checks + s->handshake, ==, r->elapsed);
        g_assert_cmpint(s->gather, >=, 40 * RELO_MS);
        g_assert_cmpint(s->checks, >=, 40 * RELO_MS);
        g_assert_cmpint(s->handshake, >=, 80 * RELO_MS);
        /* n2 joined last, and asked. */
        g_assert_true(i == 2 ? s->attach >= 80 * RELO_MS : s->attach == 0);
    }
    natted_free(world);
}

static void every_pair_of_nats_ends_as_the_theorem_says(void)
{
    for (int i = 0; i < 9; i++)
        for (int j = i; j < 9; j++) {
            struct natted *world = natted_new((uint64_t)(i * 9 + j));
            struct sim_nat_config a = nat_kind(i, SIM_NAT_RANDOM), b = nat_kind(j, SIM_NAT_RANDOM);
            natted_add(world, NATTED_PUBLIC, 0x10);
            natted_add(world, natted_box(world, NATTED_PUBLIC, &a), 0x40);
            natted_add(world, natted_box(world, NATTED_PUBLIC, &b), 0x70);
            for (unsigned n = 0; n < 3; n++)
                natted_join(world, n);
            natted_run(world, 100 * RELO_S); /* a late check of the other side's begins ours anew */
            bool direct = sim_nat_direct(&a, &b);
            if (linked(world, 1, 2) != direct || linked(world, 2, 1) != direct)
                g_error("%d x %d: not %d", i, j, direct);
            if (!direct) {
                g_assert_nonnull(natted_find(world, 2, 1, RELO_RESULT_LINK_FAILED));
                g_assert_cmpint(natted_attach(world, 1, 2), ==, RELO_NO_RELAY);
            }
            natted_free(world);
        }
}

static void hosts_behind_one_nat_meet_by_their_host_addresses(void)
{
    struct natted *world = natted_new(2);
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_SYMMETRIC);
    natted_add(world, NATTED_PUBLIC, 0x10);
    int box = natted_box(world, NATTED_PUBLIC, &nat);
    for (unsigned i = 1; i < 4; i++)
        natted_add(world, box, 0x10 + 0x30 * i);
    for (unsigned i = 0; i < 4; i++)
        natted_join(world, i);
    natted_run(world, 10 * RELO_S);
    for (unsigned i = 1; i < 4; i++)
        for (unsigned j = 1; j < 4; j++) {
            const struct natted_link *l = natted_link(world, i, j);
            if (i == j)
                continue;
            g_assert_nonnull(l);
            g_assert_cmpint(l->result.path_local, ==, RELO_PATH_HOST);
            g_assert_cmpint(l->result.path_remote, ==, RELO_PATH_HOST);
        }
    natted_free(world);
}

/* Two homes of one carrier: only its hairpin joins them. */
static bool nested(bool hairpin)
{
    struct natted *world = natted_new(3);
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_EI), carrier = nat;
    carrier.hairpin_udp = hairpin ? SIM_NAT_HAIRPIN_EXTERNAL : SIM_NAT_HAIRPIN_NONE;
    natted_add(world, NATTED_PUBLIC, 0x10);
    int cgn = natted_box(world, NATTED_PUBLIC, &carrier);
    natted_add(world, natted_box(world, cgn, &nat), 0x40);
    natted_add(world, natted_box(world, cgn, &nat), 0x70);
    for (unsigned i = 0; i < 3; i++)
        natted_join(world, i);
    natted_run(world, 60 * RELO_S);
    bool up = linked(world, 1, 2);
    g_assert_cmpint(linked(world, 2, 1), ==, up);
    natted_free(world);
    return up;
}

static void homes_of_one_carrier_meet_where_it_hairpins(void)
{
    g_assert_true(nested(true));
    g_assert_false(nested(false));
}

static void loss_of_a_fifth_delays_links_and_prevents_none(void)
{
    for (uint64_t seed = 1; seed <= 10; seed++) {
        struct natted *world = natted_new(seed);
        struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
        natted_add(world, NATTED_PUBLIC, 0x10);
        for (unsigned i = 1; i < 4; i++)
            natted_add(world, natted_box(world, NATTED_PUBLIC, &nat), 0x10 + 0x30 * i);
        world->loss = 200;
        for (unsigned i = 0; i < 4; i++) {
            struct relo_command join = {.type = RELO_COMMAND_JOIN, .first = i == 0};
            for (unsigned tries = 0; !natted_joined(world, i); tries++) {
                g_assert_cmpuint(tries, ==, 0); /* four attempts by itself are enough */
                g_assert_nonnull(natted_command(world, i, join, 300 * RELO_S));
            }
        }
        natted_run(world, 900 * RELO_S); /* after the next Updates, at the latest (10.7.4.1) */
        for (unsigned i = 1; i < 4; i++)
            for (unsigned j = 1; j < 4; j++)
                if (i != j && !natted_link(world, i, j))
                    g_error("seed %d: n%u never met n%u", (int)seed, i, j);
        natted_free(world);
    }
}

/* Both ask at once: one Attach stands, one link comes of it. */
static void glare_leaves_one_link(void)
{
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    struct natted *world = ring(4, 4, &nat);
    natted_run(world, 30 * RELO_S);
    natted_break(world, 1, 3);
    relo_time broken = world->now;
    for (unsigned i = 1; i < 4; i += 2)
        natted_ask(world, i,
                   (struct relo_command){.type = RELO_COMMAND_ATTACH,
                                         .target = {.id = world->node[4 - i].id}});
    natted_run(world, 60 * RELO_S);
    unsigned ups = 0;
    for (unsigned i = 0; i < world->links; i++)
        ups += world->link[i].result.type == RELO_RESULT_LINK_UP && world->link[i].at > broken;
    g_assert_cmpuint(natted_count(world, "attach.glare"), >, 0);
    g_assert_cmpuint(ups, ==, 2); /* one at either end */
    g_assert_true(linked(world, 1, 3) && linked(world, 3, 1));
    natted_free(world);
}

/* 6940-6.5.1.10.3-1 6940-6.5.1.14-1 */
static void keepalives_hold_a_binding_that_idleness_would_lose(void)
{
    struct natted *world;
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    nat.udp_timeout = 30 * RELO_S;
    nat.ports = SIM_NAT_RANDOM;
    for (int kept = 0; kept < 2; kept++) {
        world = natted_new(5);
        world->config.keepalive_interval = kept ? 15 * RELO_S : 3600 * RELO_S;
        world->config.chord_update_interval = 300 * RELO_S;
        natted_add(world, NATTED_PUBLIC, 0x10);
        for (unsigned i = 1; i < 3; i++)
            natted_add(world, natted_box(world, NATTED_PUBLIC, &nat), 0x10 + 0x30 * i);
        for (unsigned i = 0; i < 3; i++)
            natted_join(world, i);
        natted_run(world, 250 * RELO_S);
        g_assert_cmpint(world->sent[RELO_CLASS_KEEPALIVE] > 50, ==, kept);
        g_assert_cmpuint(world->indications, ==, world->sent[RELO_CLASS_KEEPALIVE]);
        struct relo_command ping = {.type = RELO_COMMAND_PING, .target = {.id = world->node[2].id}};
        const struct relo_result *result = natted_command(world, 1, ping, 60 * RELO_S);
        g_assert_nonnull(result);
        natted_run(world, 400 * RELO_S);
        bool broke = natted_find(world, 1, 2, RELO_RESULT_LINK_DOWN) != NULL;
        g_assert_cmpint(broke, ==, !kept);
        g_assert_true(linked(world, 1, 2)); /* never lost, or there again */
        natted_free(world);
    }
}

/* The binding is gone, and so is the address that the other side knows: its datagrams come from a
   stranger now. Simple Reliability notices, and a new Attach repairs. */
static void reboot_of_a_nat_is_noticed_and_repaired(bool consent, bool pings)
{
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    nat.ports = SIM_NAT_RANDOM;
    struct natted *world = natted_new(6);
    struct relo_addr elsewhere = relo_addr_v4(0xc6336477, 0);
    world->config.ice_consent = consent;
    world->config.neighbor_ping_interval = pings ? 10 * RELO_S : 0;
    world->config.chord_update_interval = pings ? 60 * RELO_S : 600 * RELO_S;
    natted_add(world, NATTED_PUBLIC, 0x10);
    for (unsigned i = 1; i < 3; i++)
        natted_add(world, natted_box(world, NATTED_PUBLIC, &nat), 0x10 + 0x30 * i);
    for (unsigned i = 0; i < 3; i++)
        natted_join(world, i);
    natted_run(world, 20 * RELO_S);
    g_assert_true(linked(world, 1, 2));
    relo_time rebooted = world->now;
    uint64_t strangers = natted_count(world, "dropped.unknown-address");
    sim_nat_reboot(&world->box[0].nat, &elsewhere);
    natted_run(world, 100 * RELO_S);
    const struct natted_link *down = natted_find(world, 2, 1, RELO_RESULT_LINK_DOWN);
    g_assert_nonnull(down);
    g_assert_cmpint(down->at, >, rebooted);
    g_assert_cmpint(down->at, <, rebooted + 45 * RELO_S);
    g_assert_true(linked(world, 1, 2) && linked(world, 2, 1));
    g_assert_cmpuint(natted_count(world, "dropped.unknown-address") +
                         natted_count(world, "dropped.stun.unknown"),
                     >, strangers);
    natted_free(world);
}

static void reboot_is_noticed_by_the_failure_signal(void)
{
    reboot_of_a_nat_is_noticed_and_repaired(false, true);
}

static void reboot_is_noticed_by_consent_without_traffic(void)
{
    reboot_of_a_nat_is_noticed_and_repaired(true, false);
}

static void every_node_is_a_stun_server(void)
{
    struct natted *world = natted_new(7);
    struct relo_addr asker = relo_addr_v4(0xc0000300, 777);
    uint8_t bytes[64], transaction[RELO_STUN_TRANSACTION_BYTES] = {1, 2, 3};
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
    natted_add(world, NATTED_PUBLIC, 0x10);
    struct relo_stun_writer s =
        relo_stun_open(&w, RELO_STUN_BINDING, RELO_STUN_REQUEST, transaction);
    relo_stun_write_fingerprint(&s);
    natted_inject(world, 0, &asker, relo_wr_view(&w));
    natted_run(world, RELO_S);
    struct relo_stun answer;
    g_assert_true(relo_stun_read((struct relo_view){world->last, world->last_n}, &answer));
    g_assert_cmpint(answer.stun_class, ==, RELO_STUN_SUCCESS);
    g_assert_cmpint(memcmp(answer.transaction, transaction, sizeof transaction), ==, 0);
    g_assert_true(relo_addr_equal(&answer.mapped, &asker));
    natted_free(world);
}

static void stun_of_nobody_is_dropped_and_counted_by_reason(void)
{
    struct natted *world = natted_new(8);
    struct relo_addr source = relo_addr_v4(0xc0000300, 777);
    uint8_t bytes[128], transaction[RELO_STUN_TRANSACTION_BYTES] = {9};
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
    natted_add(world, NATTED_PUBLIC, 0x10);
    natted_inject(world, 0, &source, (struct relo_view){(const uint8_t *)"\0\1broken", 8});
    natted_run(world, RELO_S);
    g_assert_cmpuint(natted_count(world, "dropped.stun.malformed"), ==, 1);
    struct relo_stun_writer s =
        relo_stun_open(&w, RELO_STUN_BINDING, RELO_STUN_SUCCESS, transaction);
    relo_stun_write_address(&s, RELO_STUN_XOR_MAPPED_ADDRESS, &source);
    relo_stun_write_fingerprint(&s);
    natted_inject(world, 0, &source, relo_wr_view(&w)); /* an answer to nothing */
    natted_run(world, RELO_S);
    g_assert_cmpuint(natted_count(world, "dropped.stun.unknown"), ==, 1);
    g_assert_cmpuint(world->sent[RELO_CLASS_CONNECT], ==, 0);
    natted_free(world);
}

/* 6940-6.5.1.4-1: the bootstrap node answers no more, and its link is gone; peers
   are asked in its place. */
static void peers_serve_as_stun_servers_when_the_bootstrap_node_is_gone(void)
{
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    struct natted *world = natted_new(9);
    natted_add(world, NATTED_PUBLIC, 0x10);
    natted_add(world, NATTED_PUBLIC, 0x20);
    for (unsigned i = 2; i < 4; i++)
        natted_add(world, natted_box(world, NATTED_PUBLIC, &nat), 0x30 * i);
    world->config.neighbor_ping_interval = 10 * RELO_S;
    world->config.chord_update_interval = 60 * RELO_S;
    for (unsigned i = 0; i < 3; i++)
        natted_join(world, i);
    natted_run(world, 10 * RELO_S);
    /* n3 knows of the bootstrap node only through its join; then that dies. */
    natted_join(world, 3);
    natted_stop(world, 0);
    natted_run(world, 60 * RELO_S);
    natted_break(world, 2, 3);
    natted_run(world, 120 * RELO_S);
    const struct natted_link *l = natted_link(world, 2, 3);
    g_assert_nonnull(l);
    g_assert_cmpint(l->at, >, world->now - 120 * RELO_S);
    g_assert_cmpint(l->result.path_local, ==, RELO_PATH_SRFLX);
    natted_free(world);
}

/* Of two public peers either may be the one that was asked; the other is left to be. */
static void lose_a_peer_that_was_asked(unsigned lost)
{
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    struct natted *world = natted_new(9);
    for (unsigned i = 0; i < 3; i++)
        natted_add(world, NATTED_PUBLIC, 0x10 + 0x10 * i);
    for (unsigned i = 3; i < 5; i++)
        natted_add(world, natted_box(world, NATTED_PUBLIC, &nat), 0x30 * i);
    world->config.neighbor_ping_interval = 10 * RELO_S;
    world->config.chord_update_interval = 60 * RELO_S;
    for (unsigned i = 0; i < 5; i++)
        natted_join(world, i);
    natted_stop(world, 0);
    natted_run(world, 60 * RELO_S);
    world->watched = world->node[lost].local;
    natted_break(world, 3, 4);
    natted_run(world, 120 * RELO_S);
    g_assert_cmpuint(world->asked_watched, >, 0);
    natted_stop(world, lost);
    natted_run(world, 120 * RELO_S);
    world->asked_watched = 0;
    uint64_t checks = world->checks;
    natted_break(world, 3, 4);
    natted_run(world, 120 * RELO_S);
    g_assert_cmpuint(world->checks, >, checks);
    g_assert_cmpuint(world->asked_watched, ==, 0);
    natted_free(world);
}

/* 6940-6.5.1.4-3 */
static void lost_peers_are_asked_no_more(void)
{
    lose_a_peer_that_was_asked(1);
    lose_a_peer_that_was_asked(2);
}

/* 6940-6.5.1.10.2-1 6940-6.5.1.12-1 6940-6.5.1.12-2: nothing more is offered once checks are done,
   and a later request of the same peer moves no link to another path. */
static void link_has_one_offer_and_one_answer_for_life(void)
{
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    struct natted *world = natted_new(12);
    world->config.chord_update_interval = 600 * RELO_S;
    world->config.chord_ping_interval = 3600 * RELO_S;
    natted_add(world, NATTED_PUBLIC, 0x10);
    for (unsigned i = 1; i < 3; i++)
        natted_add(world, natted_box(world, NATTED_PUBLIC, &nat), 0x10 + 0x30 * i);
    for (unsigned i = 0; i < 3; i++)
        natted_join(world, i);
    natted_run(world, 10 * RELO_S);
    uint64_t offers = world->offers;
    const struct natted_link *before = natted_link(world, 1, 2);
    g_assert_cmpuint(offers, >, 0);
    natted_run(world, 500 * RELO_S);
    g_assert_cmpuint(world->offers, ==, offers);
    /* A request that a Resource-ID leads to a peer who has the link already. */
    struct relo_command attach = {.type = RELO_COMMAND_ATTACH,
                                  .target = {.id = world->node[2].id, .resource = true}};
    const struct relo_result *result = natted_command(world, 1, attach, 60 * RELO_S);
    g_assert_cmpint(result->status, ==, RELO_OK);
    g_assert_true(relo_id_equal(result->peer, world->node[2].id));
    g_assert_cmpuint(world->offers, >, offers);
    natted_run(world, 60 * RELO_S);
    g_assert_true(natted_link(world, 1, 2) == before);
    g_assert_null(natted_find(world, 1, 2, RELO_RESULT_LINK_DOWN));
    g_assert_null(natted_find(world, 2, 1, RELO_RESULT_LINK_DOWN));
    natted_free(world);
}

static void same_seed_same_story(void)
{
    uint64_t hash[2];
    struct sim_nat_config nat = sim_nat_class_config(SIM_NAT_CLASS_EI_APD);
    for (int again = 0; again < 2; again++) {
        struct natted *world = ring(10, 5, &nat);
        hash[again] = 0;
        for (unsigned i = 0; i < world->links; i++)
            hash[again] = relo_hash_mix(hash[again] ^ (uint64_t)world->link[i].at,
                                        world->link[i].result.peer.hi + world->link[i].node);
        natted_free(world);
    }
    g_assert_cmpuint(hash[0], ==, hash[1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/attach_ice/" #name, name)
    ADD(everyone_joins_behind_nats_through_a_public_bootstrap_node);
    ADD(the_steps_to_a_link_are_told_apart_and_sum_up);
    ADD(every_pair_of_nats_ends_as_the_theorem_says);
    ADD(hosts_behind_one_nat_meet_by_their_host_addresses);
    ADD(homes_of_one_carrier_meet_where_it_hairpins);
    ADD(loss_of_a_fifth_delays_links_and_prevents_none);
    ADD(glare_leaves_one_link);
    ADD(keepalives_hold_a_binding_that_idleness_would_lose);
    ADD(reboot_is_noticed_by_the_failure_signal);
    ADD(reboot_is_noticed_by_consent_without_traffic);
    ADD(every_node_is_a_stun_server);
    ADD(stun_of_nobody_is_dropped_and_counted_by_reason);
    ADD(peers_serve_as_stun_servers_when_the_bootstrap_node_is_gone);
    ADD(lost_peers_are_asked_no_more);
    ADD(link_has_one_offer_and_one_answer_for_life);
    ADD(same_seed_same_story);
    return g_test_run();
}
