/* SPDX-License-Identifier: BSD-2-Clause */
/* Which peers are asked as STUN servers: ice/servers.c, RFC 6940 section 6.5.1.4. */
#include "tests/ice/support_bench.h"

/* Under which our NAT shows us. */
static struct relo_addr mapped(unsigned i)
{
    return relo_addr_v4(0xc6336400u + i, (uint16_t)(40000 + i));
}

static relo_handle connect(struct bench *b, unsigned i)
{
    return relo_links_wire(&b->links, &(struct relo_wired_link){.id = {i + 1, 9},
                                                                .remote = bench_peer(i),
                                                                .secret = i,
                                                                .roles = RELO_WIRED_NEIGHBOR});
}

/* Peer i, connected, has told that it sees us under m. */
static relo_handle heard(struct bench *b, unsigned i, unsigned m)
{
    relo_handle link = connect(b, i);
    struct relo_addr server = bench_peer(i), addr = mapped(m);
    relo_ice_servers_heard(b->agents, &server, &addr);
    return link;
}

static void choose(struct bench *b)
{
    b->n = relo_ice_servers_choose(b->agents, b->server);
    g_assert_cmpuint(b->n, <=, RELO_ICE_SERVERS_MAX);
    for (uint32_t i = 0; i < b->n; i++)
        for (uint32_t j = 0; j < i; j++)
            g_assert_false(relo_addr_equal(&b->server[i], &b->server[j]));
}

static bool chosen(const struct bench *b, unsigned i)
{
    struct relo_addr addr = bench_peer(i);
    for (uint32_t k = 0; k < b->n; k++)
        if (relo_addr_equal(&b->server[k], &addr))
            return true;
    return false;
}

/* 6940-6.5.1.4-2 */
static void one_peer_of_each_group_is_asked(void)
{
    struct bench *b = bench_new(0);
    for (unsigned i = 0; i < 6; i++)
        heard(b, i, i % 2);
    choose(b);
    g_assert_cmpuint(chosen(b, 4), ==, true); /* the newest of either */
    g_assert_cmpuint(chosen(b, 5), ==, true);
    /* And one more that has not been asked yet, or whose answer was taken over by another's. */
    g_assert_cmpuint(b->n, ==, 3);
    bench_free(b);
}

static void groups_beyond_the_third_are_not_kept(void)
{
    struct bench *b = bench_new(0);
    for (unsigned i = 0; i < 5; i++)
        heard(b, i, i);
    choose(b);
    for (unsigned i = 0; i < RELO_ICE_GROUPS_MAX; i++)
        g_assert_true(chosen(b, i));
    g_assert_cmpuint(b->n, ==, RELO_ICE_GROUPS_MAX + 1); /* and one that is not in a group */
    bench_free(b);
}

/* 6940-6.5.1.4-3 */
static void lost_server_is_asked_no_more_and_another_takes_its_place(void)
{
    struct bench *b = bench_new(0);
    relo_handle first = heard(b, 0, 0);
    connect(b, 1);
    choose(b);
    g_assert_true(chosen(b, 0) && chosen(b, 1));
    relo_links_close(&b->links, first);
    choose(b);
    g_assert_false(chosen(b, 0));
    g_assert_true(chosen(b, 1));
    struct relo_addr server = bench_peer(1), addr = mapped(0);
    relo_ice_servers_heard(b->agents, &server, &addr);
    choose(b);
    g_assert_cmpuint(b->n, ==, 1);
    g_assert_true(chosen(b, 1));
    bench_free(b);
}

static void bootstrap_nodes_are_asked_in_turn_until_a_peer_sees_us_from_outside(void)
{
    struct bench *b = bench_new(2);
    for (unsigned i = 0; i < 4; i++) {
        choose(b);
        g_assert_cmpuint(b->n, ==, 1);
        g_assert_true(chosen(b, 100 + i % 2));
    }
    heard(b, 0, 0);
    choose(b);
    g_assert_cmpuint(b->n, ==, 1);
    g_assert_true(chosen(b, 0));
    bench_free(b);
}

/* A peer behind the same NAT sees us as we are, and so tells nothing of the outside. */
static void peers_of_our_own_network_do_not_replace_the_bootstrap_node(void)
{
    struct bench *b = bench_new(1);
    connect(b, 0);
    struct relo_addr server = bench_peer(0);
    relo_ice_servers_heard(b->agents, &server, &b->local);
    choose(b);
    g_assert_true(chosen(b, 0) && chosen(b, 100));
    g_assert_false(b->agents->translated);
    bench_free(b);
}

/* What the agents send; a request to `answering` is answered, which sees us under mapped(1). */
static void exchange(struct bench *b, const struct relo_addr *answering)
{
    static struct relo_outbox out;
    uint8_t bytes[128];
    out.n = out.bytes_used = 0;
    relo_ice_agents_wake(b->agents);
    g_assert_true(relo_ice_agents_flush(b->agents, &out));
    for (uint32_t i = 0; i < out.n; i++) {
        const struct relo_send *send = &out.action[i].send;
        struct relo_addr seen = mapped(1);
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
        struct relo_stun request;
        if (!answering || !relo_addr_equal(&send->remote, answering))
            continue;
        g_assert_true(relo_stun_read(send->head, &request));
        relo_stun_write_binding_answer(&w, &request, &seen);
        relo_ice_agents_receive(b->agents, &(struct relo_datagram){.local = send->local,
                                                                   .remote = send->remote,
                                                                   .head = relo_wr_view(&w)});
    }
}

/* An Attach gathers, and that is all that becomes of it. */
static void gather(struct bench *b, struct relo_ice_agent *agent, const struct relo_addr *answering)
{
    g_assert_false(relo_ice_agents_changed(b->agents, agent));
    while (relo_ice_state(agent->ice) == RELO_ICE_GATHERING) {
        exchange(b, answering);
        b->env.now = relo_time_min(relo_ice_agents_deadline(b->agents), b->env.now + 9 * RELO_S);
    }
    g_assert_true(relo_ice_agents_changed(b->agents, agent));
    g_assert_false(relo_ice_agents_changed(b->agents, agent));
    relo_ice_agents_drop(b->agents, agent);
}

/* A bootstrap node that is gone and a dead peer whose link nobody has used since: seed 242283. */
static struct bench *bench_of_dead_servers(void)
{
    struct bench *b = bench_new(2);
    struct relo_addr bootstrap = bench_peer(100), addr = mapped(0);
    relo_ice_servers_heard(b->agents, &bootstrap, &addr);
    for (unsigned i = 0; i < 3; i++)
        connect(b, i);
    choose(b);
    g_assert_true(b->n == 2 && chosen(b, 100) && chosen(b, 0));
    return b;
}

/* 6940-6.5.1.4-3 */
static void silent_servers_make_room_for_others(void)
{
    struct bench *b = bench_of_dead_servers();
    struct relo_addr live = bench_peer(2);
    gather(b, relo_ice_agents_open(b->agents, false), NULL);
    choose(b);
    g_assert_true(b->n == 2 && chosen(b, 101) && chosen(b, 1));
    gather(b, relo_ice_agents_open(b->agents, false), NULL);
    choose(b);
    g_assert_true(chosen(b, 2));
    gather(b, relo_ice_agents_open(b->agents, false), &live);
    choose(b);
    g_assert_true(b->n == 2 && chosen(b, 2) && chosen(b, 0)); /* around, and no bootstrap node */
    bench_free(b);
}

/* Half a second after the first answer an agent waits no longer. */
static void servers_slower_than_others_are_not_taken_for_dead(void)
{
    struct bench *b = bench_of_dead_servers();
    struct relo_addr fast = bench_peer(0);
    gather(b, relo_ice_agents_open(b->agents, false), &fast);
    g_assert_cmpint(b->env.now, <, RELO_S);
    choose(b);
    g_assert_true(b->n == 3 && chosen(b, 100) && chosen(b, 0) && chosen(b, 1));
    bench_free(b);
}

/* A peer's NAT lets in what comes from the links' port, and from no other. */
static void silence_towards_another_port_tells_nothing(void)
{
    struct bench *b = bench_of_dead_servers();
    struct relo_addr base = b->local;
    base.port++;
    gather(b, relo_ice_agents_open_at(b->agents, false, &base, 1, false), NULL);
    choose(b);
    g_assert_true(b->n == 2 && chosen(b, 100) && chosen(b, 0));
    bench_free(b);
}

/* RFC 6940 section 9: two witnesses, and nobody who says otherwise. */
static void two_servers_tell_whether_our_address_is_our_own(void)
{
    struct bench *b = bench_new(0);
    struct relo_addr one = bench_peer(0), two = bench_peer(1);
    relo_ice_servers_heard(b->agents, &one, &b->local);
    relo_ice_servers_heard(b->agents, &one, &b->local); /* the same one again */
    g_assert_false(b->agents->seen_as_is);
    relo_ice_servers_heard(b->agents, &two, &b->local);
    g_assert_true(b->agents->seen_as_is);
    g_assert_false(b->agents->translated);
    heard(b, 2, 0);
    g_assert_true(b->agents->translated);
    bench_free(b);
}

static void new_mapping_of_a_server_replaces_its_old_one(void)
{
    struct bench *b = bench_new(0);
    heard(b, 0, 0);
    struct relo_addr server = bench_peer(0), moved = mapped(7);
    relo_ice_servers_heard(b->agents, &server, &moved);
    choose(b);
    g_assert_cmpuint(b->n, ==, 1);
    g_assert_true(relo_addr_equal(&b->agents->group[0].mapped, &moved));
    g_assert_cmpuint(b->agents->group_count, ==, 1);
    bench_free(b);
}

/* RFC 9429 3.5.3: neither as candidates nor by the related address of one; RFC 8839 5.1 says what
   stands there instead. */
static void a_policy_of_relays_tells_no_other_address(void)
{
    struct relo_addr relayed = bench_peer(7), mapped = bench_peer(8);
    for (int policy = 0; policy < 2; policy++) {
        struct bench *b = bench_new(1);
        b->agents->relay_only = policy;
        b->agents->relays = 2; /* one that comes, and one that the second agent would wait for */
        struct relo_ice_agent *early = relo_ice_agents_open(b->agents, true);
        g_assert_true(relo_links_add_relayed(&b->links, &relayed));
        relo_ice_agents_relayed(b->agents, &relayed, &mapped);
        struct relo_ice_agent *agent[] = {early, relo_ice_agents_open(b->agents, true)};
        for (int i = 0; i < 2; i++) {
            const struct relo_ice_candidate *c;
            for (uint32_t n = 0; (c = relo_ice_candidate(agent[i]->ice, n)); n++) {
                bool relay = c->type == RELO_ICE_RELAY;
                g_assert_true(relay || !policy);
                if (relay)
                    g_assert_cmpint(relo_addr_equal(&c->related, &mapped), ==, !policy);
                if (relay && policy)
                    g_assert_true(relo_addr_v4_ip(&c->related) == 0 && c->related.port == 9);
            }
            g_assert_cmpint(relo_ice_candidate(agent[i]->ice, 1) != NULL, ==, !policy);
            relo_ice_agents_drop(b->agents, agent[i]);
        }
        bench_free(b);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/ice/servers/" #name, name)
    ADD(one_peer_of_each_group_is_asked);
    ADD(groups_beyond_the_third_are_not_kept);
    ADD(lost_server_is_asked_no_more_and_another_takes_its_place);
    ADD(bootstrap_nodes_are_asked_in_turn_until_a_peer_sees_us_from_outside);
    ADD(peers_of_our_own_network_do_not_replace_the_bootstrap_node);
    ADD(silent_servers_make_room_for_others);
    ADD(servers_slower_than_others_are_not_taken_for_dead);
    ADD(silence_towards_another_port_tells_nothing);
    ADD(two_servers_tell_whether_our_address_is_our_own);
    ADD(new_mapping_of_a_server_replaces_its_old_one);
#undef ADD
    g_test_add_func("/servers/a_policy_of_relays_tells_no_other_address",
                    a_policy_of_relays_tells_no_other_address);
    return g_test_run();
}
