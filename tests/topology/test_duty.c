/* SPDX-License-Identifier: BSD-2-Clause */
/* What RFC 6940 sections 6.4.2 and 10 ask of a member, request by request: whom it tells what, and
   in which order. */
#include "support_log.h"

/* --- leaving ------------------------------------------------------------------------------- */

static struct relo_wr leave_body(uint8_t *bytes, size_t n, struct relo_id leaving)
{
    uint8_t name[RELO_ID_BYTES], data[16];
    relo_id_to_bytes(leaving, name);
    struct relo_wr inner = relo_wr_init(data, sizeof data, RELO_ID_BYTES);
    relo_chord_leave_write(&inner, &(struct relo_chord_leave){.type = RELO_CHORD_FROM_SUCC});
    struct relo_leave_req request = {.leaving_peer_id = {name, sizeof name},
                                     .overlay_specific_data = relo_wr_view(&inner)};
    struct relo_wr w = relo_wr_init(bytes, n, RELO_ID_BYTES);
    relo_leave_req_write(&w, &request);
    return w;
}

/* 6940-6.4.2.2-3 6940-6.4.2.2-4: likewise. 6940-6.4.2.2-5 6940-10.9-3: a right one counts as a
   failure. */
static void test_leave_of_another_is_forbidden(void)
{
    log_wired(20);
    struct relo_id victim = relo_ring_id(ring_of(2), 1), peer = relo_ring_id(ring_of(2), 0);
    uint8_t body[128];
    struct relo_wr w = leave_body(body, sizeof body, victim);
    const struct relo_id pairs[][2] = {{peer, peer}, {victim, peer}, {peer, victim}};
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        deliver(2, pairs[i][0], pairs[i][1], RELO_CODE_LEAVE_REQ, &w);
        g_assert_cmphex(fake->last_error, ==, RELO_ERROR_FORBIDDEN);
        g_assert_cmpint(relo_ring_find(ring_of(2), victim), ==, 1);
    }
    deliver(2, victim, victim, RELO_CODE_LEAVE_REQ, &w);
    g_assert_cmphex(fake->last_code, ==, RELO_CODE_LEAVE_ANS);
    g_assert_cmpint(relo_ring_find(ring_of(2), victim), ==, -1);
    g_assert_cmpint(fake->node[2].chord.dirty, !=, 0);
    log_end();
}

/* 6940-6.4.2.2-1 6940-10.9-1 6940-10.9-2: a Leave with the neighbors to every connected peer */
static void test_leave_tells_everybody(void)
{
    log_wired(30);
    int up = links_up(2);
    fake_leave(2);
    g_assert_cmpint(count(2, RELO_CODE_LEAVE_REQ, 0), ==, up);
    for (int i = 0; i < logged; i++)
        g_assert_true(logbook[i].code != RELO_CODE_LEAVE_REQ || logbook[i].body_ok);
    log_end();
}

/* --- Updates ------------------------------------------------------------------------------- */

static void suspect(int node, uint32_t entry)
{
    struct relo_link_event event = {.type = RELO_LINK_EVENT_SUSPECT};
    event.link = ring_of(node)->handle[entry];
    event.peer = relo_ring_id(ring_of(node), entry);
    fake->node[node].end[event.link].suspect = true;
    relo_chord_ops.link(&fake->node[node].chord, &event);
}

/* 6940-10.7.1-2: a lost successor is told to the neighbors. 6940-10.7.1-4 6940-10.7.3-8: a lost
   predecessor makes the range grow, which is told to all, whichever the recovery. 6940-11.1-17:
   which is the configuration's to say. */
static void test_loss_is_told(void)
{
    for (int i = 0; i < 4; i++) {
        log_wired(60);
        bool predecessor = i == 1 || i == 2;
        fake->config.chord_reactive = i < 2;
        suspect(2, predecessor ? ring_of(2)->count - 1u : 0);
        logged = 0;
        fake_run(300 * RELO_MS);
        int told = count(2, RELO_CODE_UPDATE_REQ, 0), up = links_up(2);
        g_assert_cmpint(up, >, 6);
        g_assert_cmpint(told, ==, predecessor ? up : i == 0 ? 6 : 0);
        log_end();
    }
}

/* 6940-6.4.2.3-1: asked for with the Attach, an Update follows at once. */
static void test_send_update(void)
{
    for (int asked = 0; asked < 2; asked++) {
        log_wired(40);
        struct relo_attach_event event = {.status = RELO_OK, .send_update = asked};
        event.peer = relo_ring_id(ring_of(2), 0);
        event.link = ring_of(2)->handle[0];
        relo_chord_ops.attached(&fake->node[2].chord, &event);
        g_assert_cmpint(count(2, RELO_CODE_UPDATE_REQ, 0), ==, asked);
        log_end();
    }
}

static struct relo_wr update_body(uint8_t *bytes, size_t n, struct relo_id listed)
{
    uint8_t id[RELO_ID_BYTES];
    relo_id_to_bytes(listed, id);
    struct relo_chord_update update = {.type = RELO_CHORD_NEIGHBORS, .successors = {id, sizeof id}};
    struct relo_wr w = relo_wr_init(bytes, n, RELO_ID_BYTES);
    relo_chord_update_write(&w, &update);
    return w;
}

/* 6940-6.5.1-1: a connected node is no way to others until its first Update. */
static void test_no_route_before_an_update(void)
{
    log_wired(20);
    struct relo_id self = fake->node[2].env.self;
    int node = fake_node(relo_id_add(self, (struct relo_id){0, 1000}));
    struct relo_id id = fake->node[node].env.self, beyond = relo_id_next(id);
    relo_links_connect(&fake->node[node].links, NULL, &fake->node[2].addr, false);
    fake_run(RELO_S);
    relo_handle link = relo_links_find(&fake->node[2].links, id);
    g_assert_cmpuint(link, !=, 0);
    g_assert_cmpuint(relo_chord_ops.next_hop(&fake->node[2].chord, beyond, 0), !=, link);
    struct relo_attach_event attach = {.status = RELO_OK, .peer = id, .link = link};
    relo_chord_ops.attached(&fake->node[2].chord, &attach); /* which alone changes nothing */
    g_assert_cmpuint(relo_chord_ops.next_hop(&fake->node[2].chord, beyond, 0), !=, link);
    uint8_t bytes[128];
    struct relo_wr w = update_body(bytes, sizeof bytes, self);
    deliver(2, id, id, RELO_CODE_UPDATE_REQ, &w);
    g_assert_cmpuint(relo_chord_ops.next_hop(&fake->node[2].chord, beyond, 0), ==, link);
    relo_ring_remove(ring_of(2), id);
    relo_chord_ops.attached(&fake->node[2].chord, &attach); /* it is known to be a peer */
    g_assert_cmpuint(relo_chord_ops.next_hop(&fake->node[2].chord, beyond, 0), ==, link);
    log_end();
}

static void update_from(int node, struct relo_id from, struct relo_id successor)
{
    uint8_t bytes[128];
    struct relo_wr w = update_body(bytes, sizeof bytes, successor);
    deliver(node, from, from, RELO_CODE_UPDATE_REQ, &w);
}

static bool accepts(int node, struct relo_id id)
{
    return relo_chord_ops.accepts(&fake->node[node].chord, id);
}

/* Predecessors that fail leave their ranges to this peer, but a finger that stands in for the last
   of them is no predecessor before it says so: Stores for what lies between are not taken. */
static void test_takes_no_stores_for_a_stand_in(void)
{
    log_wired(30);
    struct relo_chord *chord = &fake->node[2].chord;
    struct relo_id self = chord->ring.self, before[3];
    for (uint32_t j = 0; j < 3; j++)
        before[j] = relo_ring_id(&chord->ring, relo_ring_predecessor(&chord->ring, j));
    for (uint32_t j = 0; j < 3; j++) {
        g_assert_true(accepts(2, relo_id_next(before[j])));
        g_assert_false(accepts(2, before[j]));
        suspect(2, chord->ring.count - 1u);
    }
    struct relo_id finger = relo_ring_from(&chord->ring);
    g_assert_true(relo_chord_ops.responsible(chord, before[2]));
    g_assert_true(accepts(2, relo_id_next(before[2])));
    g_assert_false(accepts(2, before[2]));
    update_from(2, finger, relo_id_next(finger));
    g_assert_false(accepts(2, before[2]));
    update_from(2, finger, self);
    g_assert_true(accepts(2, before[2]));
    update_from(2, before[0], self);
    g_assert_true(accepts(2, relo_id_next(before[0])));
    g_assert_false(accepts(2, before[0]));
    log_end();
}

/* 6940-10.7.3-4: neither when others list it, nor when an Update bears its own name. */
static void test_never_its_own_neighbor(void)
{
    log_wired(20);
    struct relo_id self = fake->node[2].env.self, peer = relo_ring_id(ring_of(2), 0);
    uint8_t bytes[128];
    struct relo_wr w = update_body(bytes, sizeof bytes, self);
    uint32_t n = ring_of(2)->count;
    deliver(2, peer, peer, RELO_CODE_UPDATE_REQ, &w);
    deliver(2, self, self, RELO_CODE_UPDATE_REQ, &w);
    g_assert_cmpuint(ring_of(2)->count, ==, n);
    g_assert_cmpuint(fake->node[2].chord.prospects.count, ==, 0);
    log_end();
}

/* What its successor number `entry` would tell node 2, of so many peers between that node 2 has no
   path to. Returns who it says that will keep no replicas. */
static struct relo_id told_of_unknown(uint32_t entry, uint32_t unknown)
{
    uint8_t list[3 * RELO_ID_BYTES], bytes[128];
    struct relo_id self = fake->node[2].env.self, from = relo_ring_id(ring_of(2), entry);
    for (uint32_t i = 0; i < 3; i++) {
        struct relo_id id = i < unknown    ? relo_id_sub(from, (struct relo_id){0, i + 1})
                            : i == unknown ? self
                                           : relo_id_sub(self, (struct relo_id){0, i});
        relo_id_to_bytes(id, list + (size_t)i * RELO_ID_BYTES);
    }
    struct relo_chord_update update = {.type = RELO_CHORD_NEIGHBORS,
                                       .predecessors = {list, sizeof list}};
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, RELO_ID_BYTES);
    relo_chord_update_write(&w, &update);
    deliver(2, from, from, RELO_CODE_UPDATE_REQ, &w);
    struct relo_topology_event event, declines = {.to = {0, 0}};
    while (relo_chord_ops.poll(&fake->node[2].chord, &event))
        if (event.type == RELO_TOPOLOGY_REPLICA_DECLINES)
            declines = event;
    return declines.to;
}

/* 10.7.3: a replica with as many predecessors nearer than us as there are replicas deletes what it
   has of our range. Who is no replica has nothing to decline. */
static void test_replica_declines(void)
{
    log_wired(40);
    g_assert_cmpuint(fake->config.replicas, ==, 2);
    for (uint32_t entry = 0; entry < 3; entry++)
        for (uint32_t unknown = 0; unknown <= 3; unknown++) {
            struct relo_id from = relo_ring_id(ring_of(2), entry);
            bool declines = entry < 2 && unknown >= 2;
            struct relo_id to = told_of_unknown(entry, unknown);
            g_assert_true(relo_id_equal(to, declines ? from : (struct relo_id){0, 0}));
        }
    log_end();
}

/* 6940-10.7.4.1-3: first periodic Updates lie anywhere in the interval. */
static void test_phases_differ(void)
{
    log_wired(30);
    fake_run(fake->config.chord_update_interval + RELO_S);
    relo_time first = RELO_NEVER, last = 0;
    for (int node = 0; node < 30; node++) {
        relo_time at = logbook[first_of(node, RELO_CODE_UPDATE_REQ)].at;
        first = MIN(first, at);
        last = MAX(last, at);
    }
    g_assert_cmpint(last - first, >, fake->config.chord_update_interval / 2);
    log_end();
}

/* --- fingers and partitions ------------------------------------------------------------------ */

/* In slot 1 lie the predecessors too. */
static uint32_t second_finger(int node)
{
    for (uint32_t i = 0; i < ring_of(node)->count; i++) {
        struct relo_id d = {ring_of(node)->hi[i], ring_of(node)->lo[i]};
        if (relo_fingers_slot(d) == 2 && !relo_ring_is_neighbor(ring_of(node), i))
            return i;
    }
    g_assert_not_reached();
}

/* No other connected peer can stand in for the finger. */
static void forget_spares(int node, struct relo_id finger)
{
    struct relo_links *links = &fake->node[node].links;
    for (relo_handle h = 1; h < FAKE_LINKS; h++)
        if (relo_link_is_up(links, h) && !relo_id_equal(relo_link_peer(links, h), finger) &&
            relo_ring_find(ring_of(node), relo_link_peer(links, h)) < 0)
            relo_link_clear_use(links, h, RELO_LINK_PEER);
}

static int searches(int node)
{
    int n = 0;
    for (int i = 0; i < logged; i++)
        n += logbook[i].node == node && logbook[i].code == RELO_CODE_PING_REQ &&
             logbook[i].resource && logbook[i].through < 0 &&
             relo_fingers_slot(relo_id_sub(logbook[i].target, fake->node[node].env.self)) == 2;
    return n;
}

/* 6940-10.7.2-1 6940-10.7.2-2: a failed finger is gone, and reactive recovery searches at once in
   its range. 6940-10.7.4.2-1 6940-10.7.4.2-3 6940-10.7.4.2-6: periodic recovery later, once an
   interval. */
static void test_failed_finger_is_searched(void)
{
    for (int reactive = 0; reactive < 2; reactive++) {
        log_wired(60);
        fake->config.chord_reactive = reactive;
        fake->config.chord_ping_interval = 100 * RELO_S;
        uint32_t entry = second_finger(2);
        struct relo_id id = relo_ring_id(ring_of(2), entry);
        forget_spares(2, id);
        suspect(2, entry);
        g_assert_cmpint(relo_ring_find(ring_of(2), id), ==, -1);
        g_assert_cmpint(searches(2), ==, reactive);
        if (!reactive) {
            /* Each time the coin is tossed for the first empty slot first. */
            for (int tosses = 0; tosses < 12; tosses++) {
                fake->node[2].chord.search_at = fake->now + RELO_US;
                relo_chord_rearm(&fake->node[2].chord);
                fake_run(RELO_US);
                g_assert_cmpint(fake->node[2].chord.search_at - fake->now, ==, 100 * RELO_S);
            }
            g_assert_cmpint(searches(2), >=, 1);
        }
        log_end();
    }
}

/* After a loss the searches follow each other closely, and then less and less so. */
static void test_searches_go_on(void)
{
    log_wired(60);
    fake->config.chord_ping_interval = 100 * RELO_S;
    struct relo_chord *chord = &fake->node[2].chord;
    chord->search_at = fake->now + 100 * RELO_S;
    uint32_t entry = second_finger(2);
    forget_spares(2, relo_ring_id(ring_of(2), entry));
    suspect(2, entry);
    g_assert_cmpint(chord->search_at - fake->now, >=, 5 * RELO_S);
    g_assert_cmpint(chord->search_at - fake->now, <, 10 * RELO_S);
    fake_run(chord->search_at - fake->now);
    g_assert_cmpint(chord->search_at - fake->now, <, 20 * RELO_S);
    fake_run(400 * RELO_S);
    g_assert_cmpint(chord->search_pause, ==, 0);
    g_assert_cmpint(relo_fingers_find(ring_of(2), 2), >=, 0); /* there is one again */
    fake_run(chord->search_at - fake->now);
    g_assert_cmpint(chord->search_at - fake->now, ==, 100 * RELO_S);
    log_end();
}

/* 6940-10.7.4.4-1 6940-10.7.4.4-2: again and again a Ping to n+1 through a bootstrap node. */
static void test_partition_check(void)
{
    log_wired(20);
    fake->config.partition_check_interval = 600 * RELO_S;
    fake_run(3000 * RELO_S);
    int checks = 0;
    for (int i = 0; i < logged; i++) {
        const struct entry *e = &logbook[i];
        if (e->node != 7 || e->code != RELO_CODE_PING_REQ || !e->resource ||
            !relo_id_equal(e->target, relo_id_next(fake->node[7].env.self)))
            continue;
        g_assert_true(e->through == 0 || e->through == 1);
        checks++;
    }
    g_assert_cmpint(checks, >=, 4);
    g_assert_cmpint(checks, <=, 6);
    log_end();
}

/* 6940-10.7.4.4-3: whoever answers in our successor's place is attached to through the bootstrap
   node. */
static void test_other_ring_is_attached_to(void)
{
    log_wired(20);
    struct relo_chord *chord = &fake->node[7].chord;
    int other = fake_node(relo_id_add(chord->ring.self, (struct relo_id){0, 1000}));
    struct relo_inbound in = {.code = RELO_CODE_PING_ANS,
                              .context = relo_chord_context(RELO_CHORD_CHECK, 0)};
    in.signer.node_id = fake->node[other].env.self;
    chord->check = chord->ring.handle[1];
    logged = 0;
    relo_chord_ops.answer(chord, &in);
    g_assert_cmpint(count(7, 0, 0), ==, 1);
    g_assert_true(relo_id_equal(logbook[0].target, in.signer.node_id));
    g_assert_false(logbook[0].resource);
    g_assert_cmpint(logbook[0].through, ==, fake->node[7].end[chord->check].peer);
    log_end();
}

/* Its answer may come from beyond our neighbors (6.3.4), other answers may not. */
static void test_check_hears_the_far(void)
{
    log_wired(20);
    struct relo_chord *chord = &fake->node[7].chord;
    struct relo_id next = relo_id_next(chord->ring.self), far = relo_ring_id(&chord->ring, 2);
    g_assert_false(relo_chord_ops.plausible_responder(chord, next, far));
    chord->check = chord->ring.handle[1];
    g_assert_true(relo_chord_ops.plausible_responder(chord, next, far));
    g_assert_false(relo_chord_ops.plausible_responder(chord, relo_id_next(next), far));
    log_end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/duty/leave/of_another_is_forbidden", test_leave_of_another_is_forbidden);
    g_test_add_func("/duty/leave/tells_everybody", test_leave_tells_everybody);
    g_test_add_func("/duty/update/loss_is_told", test_loss_is_told);
    g_test_add_func("/duty/update/sent_when_asked_for", test_send_update);
    g_test_add_func("/duty/update/no_route_before_one", test_no_route_before_an_update);
    g_test_add_func("/duty/update/no_stores_for_a_stand_in", test_takes_no_stores_for_a_stand_in);
    g_test_add_func("/duty/update/never_its_own_neighbor", test_never_its_own_neighbor);
    g_test_add_func("/duty/update/replica_with_others_between_declines", test_replica_declines);
    g_test_add_func("/duty/update/phases_differ", test_phases_differ);
    g_test_add_func("/duty/finger/failed_one_is_searched", test_failed_finger_is_searched);
    g_test_add_func("/duty/finger/searches_go_on", test_searches_go_on);
    g_test_add_func("/duty/partition/other_ring_is_attached_to", test_other_ring_is_attached_to);
    g_test_add_func("/duty/partition/hears_the_far", test_check_hears_the_far);
    g_test_add_func("/duty/partition/checked_through_bootstrap_nodes", test_partition_check);
    return g_test_run();
}
