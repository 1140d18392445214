/* SPDX-License-Identifier: BSD-2-Clause */
/* CHORD-RELOAD by itself: joins, failures, leaving, partitions (RFC 6940 section 10). */
#include "support_fake.h"

static void all_reach_the_responsible(void)
{
    for (int from = 0; from < fake->n; from++)
        for (uint64_t k = 0; fake->node[from].chord.state == RELO_NODE_JOINED && k < 20; k++) {
            struct relo_id id = fake_random_id(99, k);
            if (!fake->node[from].alive)
                continue;
            int to = fake_route(from, id);
            /* A finger that has crashed is noticed by such a message; the next one finds its way.
             */
            for (int tries = 0; to < 0 && tries < 6; tries++) {
                fake_run(5 * RELO_S);
                to = fake_route(from, id);
            }
            g_assert_cmpint(to, >=, 0);
            for (int i = 0; i < fake->n; i++) /* nobody else claims it */
                if (i != to && fake->node[i].alive)
                    g_assert_false(relo_chord_ops.responsible(&fake->node[i].chord, id));
        }
}

static void grow(int n, relo_time gap)
{
    for (int i = 0; i < n; i++) {
        int node = fake_node(fake_random_id(5, (uint64_t)i));
        fake_join(node, node == 0);
        fake_run(gap);
    }
}

/* 6940-10.5-8 6940-6.4.2.1-10 6940-10.7-1 6940-10.7-2 6940-10.7.3-1 */
static void test_small_rings(void)
{
    for (int n = 1; n <= 9; n++) {
        fake_init();
        grow(n, 20 * RELO_S);
        g_assert_cmpint(fake_members(), ==, n);
        g_assert_cmpint(fake_wrong(), ==, 0);
        for (int i = 0; i < n; i++)
            g_assert_cmpint(fake->node[i].admitted, ==, 1);
        all_reach_the_responsible();
        fake_fini();
    }
}

static void test_grows_one_by_one(void)
{
    fake_init();
    grow(40, 15 * RELO_S);
    g_assert_cmpint(fake_members(), ==, 40);
    g_assert_cmpint(fake_wrong(), ==, 0);
    all_reach_the_responsible();
    fake_fini();
}

static void test_concurrent_joins(void)
{
    fake_init();
    grow(2, 20 * RELO_S);
    for (int i = 2; i < 30; i++)
        fake_join(fake_node(fake_random_id(5, (uint64_t)i)), false);
    fake_run(200 * RELO_S);
    g_assert_cmpint(fake_members(), ==, 30);
    fake_run(1300 * RELO_S);
    g_assert_cmpint(fake_wrong(), ==, 0);
    all_reach_the_responsible();
    fake_fini();
}

/* 6940-6.4.2.1-9 */
static void test_join_fails_without_bootstrap(void)
{
    fake_init();
    int first = fake_node(fake_random_id(5, 0)), second = fake_node(fake_random_id(5, 1));
    fake_crash(first);
    fake_join(second, false);
    fake_run(300 * RELO_S);
    g_assert_cmpint(fake->node[second].join_failed, ==, 1);
    g_assert_cmpint(relo_chord_ops.state(&fake->node[second].chord), ==, RELO_NODE_STARTED);
    fake_fini();
}

static void wired(int n)
{
    fake_init();
    for (int i = 0; i < n; i++)
        fake_add(fake_random_id(6, (uint64_t)i));
    fake->bootstrap[fake->bootstrap_count++] = fake->node[0].addr;
    fake->bootstrap[fake->bootstrap_count++] = fake->node[1].addr;
    fake_wire();
}

/* 6940-10.7.4.1-1 */
static void test_wired_ring_is_quiet(void)
{
    wired(50);
    g_assert_cmpint(fake_wrong(), ==, 0);
    uint64_t before[50];
    for (int i = 0; i < 50; i++) {
        const struct relo_ring *ring = &fake->node[i].chord.ring;
        before[i] = ring->count * 1000u + relo_ring_finger_count(ring);
    }
    fake_run(2 * fake->config.chord_update_interval);
    g_assert_cmpuint(fake->attaches, ==, 0);
    g_assert_cmpuint(fake->updates, ==, 50 * 6 * 2);
    for (int i = 0; i < 50; i++) {
        const struct relo_ring *ring = &fake->node[i].chord.ring;
        g_assert_cmpuint(ring->count * 1000u + relo_ring_finger_count(ring), ==, before[i]);
        g_assert_cmpint(fake->node[i].ranges, ==, 0);
        g_assert_cmpint(fake->node[i].replicas, ==, 0);
    }
    g_assert_cmpint(fake_wrong(), ==, 0);
    g_assert_cmpuint(fake->shard.counter[RELO_COUNT_partitions_seen], ==, 0);
    g_assert_cmpuint(fake->shard.pool.bytes_used / 50, <, 1024);
    fake_fini();
}

/* The node that is the j'th successor of another. */
static int successor(int node, uint32_t j)
{
    struct relo_id id = relo_ring_id(&fake->node[node].chord.ring, j);
    for (int i = 0; i < fake->n; i++)
        if (relo_id_equal(fake->node[i].env.self, id))
            return i;
    return -1;
}

/* 6940-10.7.1-1 6940-10.7.1-2 */
static void test_crash_heals(void)
{
    wired(50);
    int one = successor(2, 0), two = successor(2, 1);
    fake_crash(one);
    fake_crash(two);
    fake_run(fake->config.chord_update_interval + 60 * RELO_S);
    g_assert_cmpint(fake_members(), ==, 48);
    g_assert_cmpint(fake_wrong(), ==, 0);
    g_assert_cmpint(fake->node[2].replicas, >=, 1);
    all_reach_the_responsible();
    fake_fini();
}

static void test_periodic_heals(void)
{
    wired(50);
    fake->config.chord_reactive = false;
    fake_crash(successor(2, 0));
    fake_crash(successor(7, 0));
    fake_run(4 * fake->config.chord_update_interval);
    g_assert_cmpint(fake_wrong(), ==, 0);
    all_reach_the_responsible();
    fake_fini();
}

static void test_third_of_ring_crashes(void)
{
    wired(60);
    for (int i = 2; i < 60; i += 3)
        fake_crash(i);
    fake_run(6 * fake->config.chord_update_interval);
    g_assert_cmpint(fake_members(), ==, 40);
    g_assert_cmpint(fake_wrong(), ==, 0);
    all_reach_the_responsible();
    fake_fini();
}

static void test_all_successors_lost(void)
{
    wired(50);
    int a = successor(2, 0), b = successor(2, 1), c = successor(2, 2);
    fake_crash(a);
    fake_crash(b);
    fake_crash(c);
    fake_run(4 * fake->config.chord_update_interval);
    g_assert_cmpint(fake_members(), ==, 47);
    g_assert_cmpint(fake_wrong(), ==, 0);
    g_assert_cmpint(fake->node[2].disconnected, ==, 1);
    all_reach_the_responsible();
    fake_fini();
}

static void test_leave(void)
{
    wired(50);
    int leaver = successor(2, 0);
    fake_leave(leaver);
    fake_run(10 * RELO_S);
    g_assert_cmpint(fake->node[leaver].left, ==, 1);
    g_assert_cmpint(fake_members(), ==, 49);
    g_assert_cmpint(fake_wrong(), ==, 0);
    g_assert_cmpint(relo_ring_find(&fake->node[2].chord.ring, fake->node[leaver].env.self), ==, -1);
    fake_fini();
}

static void test_last_one_stays(void)
{
    fake_init();
    grow(2, 20 * RELO_S);
    fake_leave(1);
    g_assert_cmpint(relo_chord_ops.state(&fake->node[1].chord), ==, RELO_NODE_LEAVING);
    fake_run(10 * RELO_S);
    g_assert_cmpint(relo_chord_ops.state(&fake->node[1].chord), ==, RELO_NODE_STARTED);
    g_assert_cmpint(fake_members(), ==, 1);
    g_assert_cmpint(fake->node[0].disconnected, ==, 0);
    g_assert_true(relo_chord_ops.responsible(&fake->node[0].chord, fake_random_id(1, 1)));
    fake_fini();
}

/* 6940-10.7.4.4-1 6940-10.7.4.4-3 */
static void test_partition_heals(void)
{
    fake_init();
    for (int i = 0; i < 24; i++) {
        int node = fake_node(fake_random_id(5, (uint64_t)i));
        fake->groups[node] = i % 2;
        if (node == 1)
            fake->bootstrap[fake->bootstrap_count++] = fake->node[1].addr;
    }
    /* Two rings that never met. */
    for (int i = 0; i < 24; i++) {
        fake_join(i, i < 2);
        fake_run(60 * RELO_S);
    }
    g_assert_cmpint(fake_members(), ==, 24);
    for (int i = 0; i < 24; i++)
        fake->groups[i] = 0;
    fake_run(4 * fake->config.chord_update_interval);
    g_assert_cmpint(fake_wrong(), ==, 0);
    all_reach_the_responsible();
    fake_fini();
}

static void test_join_needs_own_link(void)
{
    fake_init();
    grow(3, 20 * RELO_S);
    /* the body names another peer than the signer. */
    uint8_t body[64], name[RELO_ID_BYTES];
    relo_id_to_bytes(fake_random_id(5, 77), name);
    struct relo_wr w = relo_wr_init(body, sizeof body, RELO_ID_BYTES);
    relo_join_req_write(&w, &(struct relo_join_req){.joining_peer_id = {name, sizeof name}});
    struct relo_inbound in = {.code = RELO_CODE_JOIN_REQ, .body = relo_wr_view(&w)};
    in.link = fake->node[0].chord.ring.handle[0];
    in.from = in.signer.node_id = relo_ring_id(&fake->node[0].chord.ring, 0);
    relo_chord_ops.request(&fake->node[0].chord, &in);
    fake_run(5 * RELO_S);
    g_assert_cmpint(relo_ring_find(&fake->node[0].chord.ring, fake_random_id(5, 77)), ==, -1);
    g_assert_true(fake->node[0].chord.joiner.hi == 0);
    fake_fini();
}

static int by_id(struct relo_id id)
{
    for (int i = 0; i < fake->n; i++)
        if (relo_id_equal(fake->node[i].env.self, id))
            return i;
    return -1;
}

/* A message from a directly connected peer. */
static void deliver(int to, struct relo_id from, uint16_t code, const struct relo_wr *body)
{
    const struct relo_ring *ring = &fake->node[to].chord.ring;
    struct relo_inbound in = {.code = code, .body = relo_wr_view(body), .from = from};
    in.signer.node_id = from;
    in.link = ring->handle[relo_ring_find(ring, from)];
    relo_chord_ops.request(&fake->node[to].chord, &in);
}

/* A neighbor that a nearer one does not list is pinged; one that both list is not. */
static void test_omitted_neighbor_is_pinged(void)
{
    wired(50);
    const struct relo_ring *ring = &fake->node[2].chord.ring;
    struct relo_id from = relo_ring_id(ring, 0);
    const struct relo_ring *theirs = &fake->node[by_id(from)].chord.ring;
    for (uint32_t skip = 0; skip < 2; skip++) {
        uint8_t ids[3 * RELO_ID_BYTES], bytes[256];
        for (uint32_t j = 0; j < 2; j++) /* without the first, or without the third */
            relo_id_to_bytes(relo_ring_id(theirs, skip ? j : j + 1), ids + j * RELO_ID_BYTES);
        struct relo_chord_update update = {.type = RELO_CHORD_NEIGHBORS,
                                           .successors = {ids, 2 * RELO_ID_BYTES}};
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, RELO_ID_BYTES);
        relo_chord_update_write(&w, &update);
        fake->pings = 0;
        deliver(2, from, RELO_CODE_UPDATE_REQ, &w);
        g_assert_cmpuint(fake->pings, ==, skip ? 0 : 1);
    }
    fake_fini();
}

/* A peer that lists us as its next, while we know one between, is told; one that does not is not.
   Seed 70085 of the swarm. */
static void test_who_overlooks_a_peer_is_told(void)
{
    wired(50);
    const struct relo_ring *ring = &fake->node[2].chord.ring;
    struct relo_id self = fake->node[2].env.self;
    uint32_t predecessor = relo_ring_predecessor(ring, 0);
    for (uint32_t far = 0; far < 2; far++) {
        uint8_t id[RELO_ID_BYTES], bytes[256];
        relo_id_to_bytes(self, id);
        struct relo_chord_update update = {.type = RELO_CHORD_NEIGHBORS,
                                           .successors = {id, sizeof id}};
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, RELO_ID_BYTES);
        relo_chord_update_write(&w, &update);
        fake->updates = 0;
        deliver(2, relo_ring_id(ring, predecessor - far), RELO_CODE_UPDATE_REQ, &w);
        g_assert_cmpuint(fake->updates, ==, far);
    }
    fake_fini();
}

/* On a slow link one waits behind the other, and what calls for them goes on. Seed 60171 of the
   swarm. */
static void test_one_connectivity_ping_at_a_time(void)
{
    wired(50);
    struct relo_chord *chord = &fake->node[2].chord;
    struct relo_id peer = relo_ring_id(&chord->ring, 0), other = relo_ring_id(&chord->ring, 1);
    fake->pings = 0;
    relo_chord_probe(chord, peer, chord->ring.handle[0]);
    relo_chord_probe(chord, peer, chord->ring.handle[0]);
    g_assert_cmpuint(fake->pings, ==, 1);
    relo_chord_probe(chord, other, chord->ring.handle[1]);
    g_assert_cmpuint(fake->pings, ==, 2);
    fake_run(RELO_S);
    relo_chord_probe(chord, peer, chord->ring.handle[0]);
    g_assert_cmpuint(fake->pings, ==, 3);
    fake_fini();
}

/* 6940-10.8-1 */
static void test_route_query_brings_an_update(void)
{
    wired(50);
    struct relo_id from = relo_ring_id(&fake->node[2].chord.ring, 0);
    relo_chord_query_send(&fake->node[by_id(from)].chord, fake->node[2].env.self, 0);
    fake_run(70 * RELO_MS);
    g_assert_cmpuint(fake->updates, ==, 1);
    fake_fini();
}

/* Of two links opened at once one ends; the peer stays in the tables with the other. */
static void test_replaced_link(void)
{
    wired(10);
    struct relo_chord *chord = &fake->node[2].chord;
    struct relo_link_event event = {.type = RELO_LINK_EVENT_DOWN, .replaced_by = 99};
    event.peer = relo_ring_id(&chord->ring, 1);
    event.link = chord->ring.handle[1];
    uint32_t count = chord->ring.count;
    relo_chord_ops.link(chord, &event);
    g_assert_cmpuint(chord->ring.count, ==, count);
    g_assert_cmpuint(chord->ring.handle[1], ==, 99);
    g_assert_cmpuint(chord->dirty, ==, 0);
    chord->ring.handle[1] = event.link;
    fake_fini();
}

/* 6940-10.7.1-3 6940-10.7.1-6 */
static void test_restored_neighbor_returns(void)
{
    wired(30);
    int peer = by_id(relo_ring_id(&fake->node[2].chord.ring, 0));
    struct relo_id id = fake->node[peer].env.self;
    relo_handle link = fake->node[2].chord.ring.handle[0];
    struct relo_link_event event = {.type = RELO_LINK_EVENT_SUSPECT, .link = link, .peer = id};
    fake->node[2].end[link].suspect = true;
    relo_chord_ops.link(&fake->node[2].chord, &event);
    g_assert_cmpint(relo_ring_find(&fake->node[2].chord.ring, id), ==, -1);
    g_assert_cmpint(fake->node[2].chord.dirty, ==, RELO_CHORD_DIRTY_NEIGHBORS);
    g_assert_cmpint(fake->node[2].chord.hold_at, ==, fake->now + fake->config.replica_hold_down);
    fake->node[2].end[link].suspect = false;
    event.type = RELO_LINK_EVENT_RESTORED;
    relo_chord_ops.link(&fake->node[2].chord, &event);
    g_assert_cmpint(relo_ring_find(&fake->node[2].chord.ring, id), ==, 0);
    fake_run(60 * RELO_S);
    g_assert_cmpint(fake->node[2].replicas, ==, 0); /* nothing changed within the hold-down */
    fake_fini();
}

/* Peers come, go and crash; then that stops, and the ring must be whole again. */
static void churn(uint64_t seed, bool reactive)
{
    fake_init();
    fake->config.chord_reactive = reactive;
    fake->config.chord_update_interval = 60 * RELO_S;
    grow(16, 10 * RELO_S);
    fake->bootstrap[fake->bootstrap_count++] = fake->node[1].addr;
    for (uint64_t k = 0; fake->n < 60; k++) {
        uint64_t draw = relo_hash_draw(seed, 1, 2, k);
        int victim = 2 + (int)(draw / 8 % (uint64_t)(fake->n - 2));
        bool in = fake->node[victim].alive && fake->node[victim].chord.state == RELO_NODE_JOINED;
        if (draw % 8 < 4)
            fake_join(fake_node(fake_random_id(100 + seed, k)), false); /* not those of grow */
        else if (in && draw % 8 < 6 && fake_members() > 8)
            fake_crash(victim);
        else if (in && fake_members() > 8)
            fake_leave(victim);
        fake_run((relo_time)(draw >> 32) * 4); /* up to 17 s */
    }
    fake_run(1800 * RELO_S);
    int expected = 0;
    for (int i = 0; i < fake->n; i++)
        expected += fake->node[i].alive && !fake->node[i].left && !fake->node[i].join_failed;
    g_assert_cmpint(fake_members(), ==, expected);
    if (fake_wrong() != 0)
        g_error("seed %" G_GUINT64_FORMAT ": %d of %d peers have wrong neighbors", seed,
                fake_wrong(), fake_members());
    all_reach_the_responsible();
    fake_fini();
}

static void test_churn_reactive(void)
{
    for (uint64_t seed = 1; seed <= 12; seed++)
        churn(seed, true);
}

static void test_churn_periodic(void)
{
    for (uint64_t seed = 1; seed <= 12; seed++)
        churn(seed, false);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/chord/join/rings_of_one_to_nine_are_complete", test_small_rings);
    g_test_add_func("/chord/join/ring_grows_one_by_one", test_grows_one_by_one);
    g_test_add_func("/chord/join/concurrent_joins_converge", test_concurrent_joins);
    g_test_add_func("/chord/join/fails_when_no_bootstrap_node_answers",
                    test_join_fails_without_bootstrap);
    g_test_add_func("/chord/join/request_for_another_peer_is_forbidden", test_join_needs_own_link);
    g_test_add_func("/chord/stabilize/wired_ring_is_left_alone", test_wired_ring_is_quiet);
    g_test_add_func("/chord/failure/two_adjacent_crashes_heal", test_crash_heals);
    g_test_add_func("/chord/failure/periodic_recovery_heals", test_periodic_heals);
    g_test_add_func("/chord/failure/a_third_of_the_ring_crashes", test_third_of_ring_crashes);
    g_test_add_func("/chord/failure/joins_again_without_successors", test_all_successors_lost);
    g_test_add_func("/chord/failure/omitted_neighbor_is_pinged", test_omitted_neighbor_is_pinged);
    g_test_add_func("/chord/failure/who_overlooks_a_peer_is_told",
                    test_who_overlooks_a_peer_is_told);
    g_test_add_func("/chord/failure/one_connectivity_ping_at_a_time",
                    test_one_connectivity_ping_at_a_time);
    g_test_add_func("/chord/failure/restored_neighbor_returns", test_restored_neighbor_returns);
    g_test_add_func("/chord/failure/replaced_link_loses_nothing", test_replaced_link);
    g_test_add_func("/chord/route_query/brings_an_update", test_route_query_brings_an_update);
    g_test_add_func("/chord/leave/neighbors_close_the_gap", test_leave);
    g_test_add_func("/chord/leave/last_one_stays_a_member", test_last_one_stays);
    g_test_add_func("/chord/partition/two_rings_become_one", test_partition_heals);
    g_test_add_func("/chord/churn/reactive_ring_converges", test_churn_reactive);
    g_test_add_func("/chord/churn/periodic_ring_converges", test_churn_periodic);
    return g_test_run();
}
