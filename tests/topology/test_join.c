/* SPDX-License-Identifier: BSD-2-Clause */
/* What RFC 6940 sections 6.4.2.1, 10.5 and 10.7.1 ask of whoever joins, or joins again, and of its
   Admitting Peer. */
#include "support_log.h"

static void nothing_is_pending(int node)
{
    g_assert_cmpint(relo_prospects_pending(&fake->node[node].chord.prospects, ring_of(node),
                                           RELO_CHORD_JOIN_PATIENCE),
                    <=, fake->now);
}

/* A ring of 16, in which one of the joiner's future neighbors has just crashed unnoticed. */
static int joined_node(uint8_t fingers)
{
    log_begin();
    fake->config.chord_fingers_max = fingers;
    for (int i = 0; i < 16; i++) {
        fake_join(fake_node(fake_random_id(5, (uint64_t)i)), i == 0);
        fake_run(20 * RELO_S);
    }
    g_assert_cmpint(fake_wrong(), ==, 0);
    int joiner = fake_node(fake_random_id(5, 77));
    int next = fake_route(1, relo_id_next(fake->node[joiner].env.self));
    int third = by_id(relo_ring_id(ring_of(next), 1));
    g_assert_cmpint(third, !=, 0);
    fake_crash(third);
    logged = 0;
    on_join = nothing_is_pending; /* 6940-10.5-20 */
    fake_join(joiner, false);
    fake_run(60 * RELO_S);
    on_join = NULL;
    g_assert_cmpint(fake->node[joiner].admitted, ==, 1);
    return joiner;
}

/* 6940-10.5-1 6940-10.5-2 6940-11.4-1 6940-11.4-3 6940-11.4-4: over the link to the bootstrap node
   an Attach to n+1; whoever answers is asked to admit us. 6940-10.5-5 6940-10.5-20: first the
   neighbors, then Join, then Updates. */
static void test_order_of_a_join(void)
{
    int joiner = joined_node(1); /* no fingers to wait for */
    struct relo_id self = fake->node[joiner].env.self;
    const struct entry *attach = &logbook[first_of(joiner, 0)];
    g_assert_true(attach->resource && relo_id_equal(attach->target, relo_id_next(self)));
    g_assert_cmpint(attach->through, ==, 0); /* the bootstrap node */
    int join = first_of(joiner, RELO_CODE_JOIN_REQ);
    g_assert_true(relo_id_equal(logbook[join].target, relo_ring_id(ring_of(joiner), 0)));
    g_assert_cmpint(first_of(joiner, RELO_CODE_UPDATE_REQ), >, join);
    log_end();
}

/* 6940-10.5-3 6940-10.5-14 6940-10.6-1 6940-10.7.3-1: to neighbors through the peer that listed
   them. 6940-10.5-19: to fingers at n+2^(128-i). */
static void test_attaches_of_a_join(void)
{
    int joiner = joined_node(128), neighbors = 0, fingers = 0;
    struct relo_id self = fake->node[joiner].env.self;
    for (int i = first_of(joiner, 0) + 1; i < first_of(joiner, RELO_CODE_JOIN_REQ); i++) {
        const struct entry *e = &logbook[i];
        if (e->node != joiner || e->code != 0)
            continue;
        if (!e->resource) {
            g_assert_cmpint(e->through, >=, 0);
            neighbors++;
            continue;
        }
        struct relo_id d = relo_id_sub(e->target, self);
        g_assert_true(relo_id_equal(d, relo_id_power(128 - (int)relo_fingers_slot(d))));
        fingers++;
    }
    g_assert_cmpint(neighbors, >=, 4);
    g_assert_cmpint(fingers, >=, 1);
    log_end();
}

/* 6940-10.5-7 6940-6.4.2.1-5 6940-10.5-11 6940-10.5-12 6940-10.7.3-3: once the data is over, all
   neighbors of both hear of it, and those tell all they are connected to. */
static void test_updates_after_a_join(void)
{
    int joiner = joined_node(128);
    int join = first_of(joiner, RELO_CODE_JOIN_REQ);
    int admitting = by_id(logbook[join].target);
    g_assert_cmpint(logbook[first_of(joiner, RELO_CODE_UPDATE_REQ)].at - logbook[join].at, <,
                    2 * RELO_S);
    const int who[] = {joiner, admitting};
    for (int k = 0; k < 2; k++)
        for (uint32_t i = 0; i < ring_of(who[k])->count; i++) {
            bool told = false;
            if (!relo_ring_is_neighbor(ring_of(who[k]), i))
                continue;
            for (int j = join; j < logged; j++)
                told |= logbook[j].node == who[k] && logbook[j].code == RELO_CODE_UPDATE_REQ &&
                        relo_id_equal(logbook[j].target, relo_ring_id(ring_of(who[k]), i));
            g_assert_true(told);
        }
    /* A peer whose neighbors changed, and whose range did not. */
    int other = by_id(relo_ring_id(ring_of(joiner), relo_ring_predecessor(ring_of(joiner), 0)));
    g_assert_cmpint(count(other, RELO_CODE_UPDATE_REQ, join), >=, links_up(other) - 1);
    log_end();
}

/* To a peer that was cut off all others seem to have failed, and it has just lost its place for
   that: one of them is its predecessor. Seed 100878 of the swarm. */
static void test_failures_before_a_join_are_forgotten(void)
{
    log_begin();
    for (int i = 0; i < 16; i++) {
        fake_join(fake_node(fake_random_id(5, (uint64_t)i)), i == 0);
        fake_run(20 * RELO_S);
    }
    struct relo_id id = fake_random_id(5, 77);
    const struct relo_ring *next = ring_of(fake_route(1, relo_id_next(id)));
    int joiner = fake_node(id);
    struct relo_chord *chord = &fake->node[joiner].chord;
    for (uint32_t i = 0; i < 3; i++)
        relo_chord_block(chord, relo_ring_id(next, relo_ring_predecessor(next, i)));
    fake_join(joiner, false);
    while (chord->state != RELO_NODE_JOINED)
        fake_run(10 * RELO_MS);
    g_assert_true(relo_id_equal(chord->range_from, relo_ring_id(next, next->count - 2u)));
    log_end();
}

/* A node that joins a ring of 16, as it comes to a step. */
static int joining_node(enum relo_chord_step step)
{
    log_begin();
    for (int i = 0; i < 16; i++) {
        fake_join(fake_node(fake_random_id(5, (uint64_t)i)), i == 0);
        fake_run(20 * RELO_S);
    }
    int joiner = fake_node(fake_random_id(5, 77));
    logged = 0;
    fake_join(joiner, false);
    while (fake->node[joiner].chord.step != step)
        fake_run(RELO_MS);
    return joiner;
}

/* 6940-10.5-8: with the Admitting Peer's Update the joiner is part of the ring. In full queues that
   comes when the joiner has given the attempt up; all that is for its range goes to it from then
   on, its own next Attach too, and nobody joined there any more. Seed 271541 of the swarm. */
static void test_admitted_after_the_attempt(void)
{
    int joiner = joining_node(RELO_CHORD_STEP_ASK);
    struct relo_chord *chord = &fake->node[joiner].chord;
    const struct relo_ring *theirs = ring_of(by_id(chord->ap));
    relo_chord_join_failed(chord, chord->epoch); /* as if no answer had come for too long */
    g_assert_cmpint(chord->step, ==, RELO_CHORD_STEP_WAIT);
    while (relo_ring_find(theirs, chord->env->self) < 0)
        fake_run(RELO_MS);
    g_assert_cmpint(chord->state, ==, RELO_NODE_JOINING);
    fake_run(100 * RELO_MS);
    g_assert_cmpint(chord->state, ==, RELO_NODE_JOINED);
    fake_run(60 * RELO_S);
    g_assert_cmpint(count(joiner, RELO_CODE_JOIN_REQ, 0), ==, 1);
    g_assert_cmpint(fake->node[joiner].admitted, ==, 1);
    g_assert_cmpint(fake_wrong(), ==, 0);
    log_end();
}

/* The next attempt leads to the same Admitting Peer, or to another, whose word it is then. */
static void test_admitted_in_the_next_attempt(void)
{
    for (int same = 0; same < 2; same++) {
        int joiner = joining_node(RELO_CHORD_STEP_ASK);
        struct relo_chord *chord = &fake->node[joiner].chord;
        struct relo_id ap = chord->ap;
        relo_chord_join_failed(chord, chord->epoch);
        struct relo_attach_event event = {.status = RELO_OK,
                                          .context = (uint64_t)chord->epoch << 8};
        event.peer = same ? ap : relo_ring_id(&chord->ring, 1);
        chord->step = RELO_CHORD_STEP_ATTACH;
        relo_chord_join_attached(chord, &event);
        relo_chord_join_update(chord, ap, true);
        g_assert_cmpint(chord->state == RELO_NODE_JOINED, ==, same);
        log_end();
    }
}

/* Whoever was not asked, has refused, or was lost since, admits nobody: it takes the joiner for
   what it has been before. */
static void test_only_who_was_asked_admits(void)
{
    for (int k = 0; k < 3; k++) {
        int joiner = joining_node(k == 0 ? RELO_CHORD_STEP_UPDATE : RELO_CHORD_STEP_ASK);
        struct relo_chord *chord = &fake->node[joiner].chord;
        struct relo_inbound refusal = {.code = RELO_CODE_ERROR,
                                       .context = (uint64_t)chord->epoch << 8};
        struct relo_link_event lost = {.type = RELO_LINK_EVENT_DOWN, .peer = chord->ap};
        if (k == 1)
            relo_chord_join_answer(chord, &refusal);
        else if (k == 2)
            relo_chord_join_link(chord, &lost);
        relo_chord_join_update(chord, chord->ap, true);
        g_assert_cmpint(chord->state, ==, RELO_NODE_JOINING);
        log_end();
    }
}

static struct relo_wr join_body(uint8_t *bytes, size_t n, struct relo_id joiner)
{
    uint8_t name[RELO_ID_BYTES];
    relo_id_to_bytes(joiner, name);
    struct relo_wr w = relo_wr_init(bytes, n, RELO_ID_BYTES);
    relo_join_req_write(&w, &(struct relo_join_req){.joining_peer_id = {name, sizeof name}});
    return w;
}

/* 6940-6.4.2.1-2 6940-6.4.2.1-3 6940-10.5-6: only for oneself, and over one's own link */
static void test_join_of_another_is_forbidden(void)
{
    log_wired(20);
    struct relo_id self = fake->node[2].env.self, joiner = self, peer = relo_ring_id(ring_of(2), 0);
    uint8_t body[64];
    joiner.lo--; /* just before us, so we would admit it */
    joiner.hi -= joiner.lo == UINT64_MAX;
    struct relo_wr w = join_body(body, sizeof body, joiner);
    deliver(2, peer, peer, RELO_CODE_JOIN_REQ, &w);
    g_assert_cmphex(fake->last_error, ==, RELO_ERROR_FORBIDDEN);
    deliver(2, joiner, peer, RELO_CODE_JOIN_REQ, &w);
    g_assert_cmphex(fake->last_error, ==, RELO_ERROR_FORBIDDEN);
    deliver(2, peer, joiner, RELO_CODE_JOIN_REQ, &w);
    g_assert_cmphex(fake->last_error, ==, RELO_ERROR_FORBIDDEN);
    g_assert_true(fake->node[2].chord.joiner.hi == 0);
    deliver(2, joiner, joiner, RELO_CODE_JOIN_REQ, &w);
    g_assert_cmphex(fake->last_code, ==, RELO_CODE_JOIN_ANS);
    g_assert_true(relo_id_equal(fake->node[2].chord.joiner, joiner));
    log_end();
}

static int with_surplus;

static void all_contacted_are_entered(int node)
{
    struct relo_links *links = &fake->node[node].links;
    for (relo_handle h = 1; h < FAKE_LINKS; h++) {
        if (!relo_link_is_up(links, h) || !(relo_link_use(links, h) & RELO_LINK_PEER))
            continue;
        g_assert_cmpint(relo_ring_find(ring_of(node), relo_link_peer(links, h)), >=, 0);
    }
    with_surplus += relo_ring_surplus(ring_of(node)) >= 0;
}

/* 6940-10.5-4: the Admitting Peer lists nine, and the table has slots for three on each side. */
static void test_all_contacted_are_entered(void)
{
    log_begin();
    for (int i = 0; i < 40; i++) {
        fake_join(fake_node(fake_random_id(5, (uint64_t)i)), i == 0);
        fake_run(20 * RELO_S);
    }
    on_join = all_contacted_are_entered;
    for (int i = 40; i < 50; i++) {
        fake_join(fake_node(fake_random_id(5, (uint64_t)i)), false);
        fake_run(60 * RELO_S);
    }
    g_assert_cmpint(fake_members(), ==, 50);
    g_assert_cmpint(with_surplus, >, 0);
    for (int i = 0; i < fake->n; i++) /* which the table of a member does not keep */
        g_assert_cmpint(relo_ring_surplus(ring_of(i)), ==, -1);
    log_end();
}

/* Pings of a node to the peer responsible for `id`, from entry `first` on: the number of one; -1.
 */
static int ping_to(int node, struct relo_id id, int first)
{
    for (int i = first; i < logged; i++)
        if (logbook[i].node == node && logbook[i].code == RELO_CODE_PING_REQ &&
            logbook[i].resource && relo_id_equal(logbook[i].target, id))
            return i;
    return -1;
}

/* 6940-10.5-16 6940-10.5-17: without the Admitting Peer's Routing Table the successors are found
   one after the other. */
static void test_successors_found_by_pings(void)
{
    log_begin();
    for (int i = 0; i < 16; i++) {
        fake_join(fake_node(fake_random_id(5, (uint64_t)i)), i == 0);
        fake_run(20 * RELO_S);
    }
    int joiner = fake_node(fake_random_id(5, 77));
    struct relo_chord *chord = &fake->node[joiner].chord;
    logged = 0;
    fake_join(joiner, false);
    while (chord->step != RELO_CHORD_STEP_UPDATE)
        fake_run(RELO_MS);
    chord->join_at = fake->now + 1; /* as if the Update had not come for fifteen seconds */
    relo_chord_rearm(chord);
    fake_run(60 * RELO_S);
    g_assert_cmpint(fake->node[joiner].admitted, ==, 1);
    struct relo_id from = fake->node[joiner].env.self;
    for (uint32_t i = 0, at = 0; i < 3; i++) {
        int ping = ping_to(joiner, relo_id_next(from), (int)at);
        g_assert_cmpint(ping, >=, 0);
        at = (uint32_t)ping;
        from = relo_ring_id(ring_of(joiner), i);
    }
    g_assert_cmpint(fake_wrong(), ==, 0);
    log_end();
}

/* 6940-10.7.1-7: without successors a Ping finds the peer that is then asked. */
static void test_lost_successors_are_looked_for_by_pings(void)
{
    log_wired(50);
    for (int i = 0; i < 3; i++)
        fake_crash(by_id(relo_ring_id(ring_of(2), (uint32_t)i)));
    fake_run(4 * fake->config.chord_update_interval);
    g_assert_cmpint(fake->node[2].disconnected, ==, 1);
    int join = first_of(2, RELO_CODE_JOIN_REQ), attach = join;
    int ping = ping_to(2, relo_id_next(fake->node[2].env.self), 0);
    g_assert_cmpint(ping, >=, 0);
    g_assert_cmpint(ping, <, join);
    while (logbook[attach].node != 2 || logbook[attach].code != 0)
        attach--;
    for (int i = ping; i < join; i++) /* nor is it looked for by an Attach */
        g_assert_false(logbook[i].node == 2 && logbook[i].code == 0 && logbook[i].resource &&
                       relo_id_equal(logbook[i].target, relo_id_next(fake->node[2].env.self)));
    g_assert_cmpint(fake_wrong(), ==, 0);
    log_end();
}

/* The link's other end seems to have failed. */
static void suspect(int node, struct relo_id peer, relo_handle link)
{
    struct relo_link_event event = {.type = RELO_LINK_EVENT_SUSPECT, .peer = peer, .link = link};
    fake->node[node].end[link].suspect = true;
    relo_chord_ops.link(&fake->node[node].chord, &event);
}

/* As after a process was stopped for a while: all others have given it up, and it does not know. */
static void cut_off(int node)
{
    for (relo_handle link = 1; link < FAKE_LINKS; link++) {
        struct fake_end *end = &fake->node[node].end[link];
        if (!end->used)
            continue;
        end->heard = fake->now;
        suspect(end->peer, fake->node[node].env.self, end->other);
    }
    fake_run(2 * RELO_S);
}

/* A peer that was cut off finds that out link by link. Those that fail when it has lost its
   successors, and looks for its place, say nothing about their peers: its predecessors, alive and
   well, stayed blocked, and for a minute it took their ranges for its own, so that a store there
   was acknowledged and lost. Seed 421543 of the swarm. */
static void test_failures_of_who_was_cut_off(void)
{
    const enum relo_chord_step steps[] = {RELO_CHORD_STEP_ATTACH, RELO_CHORD_STEP_NEIGHBORS,
                                          RELO_CHORD_STEP_ADMIT, RELO_CHORD_STEP_NONE};
    for (int i = 0; i < 4; i++) {
        struct relo_id predecessor[3];
        relo_handle link[3];
        log_wired(20);
        const struct relo_ring *ring = ring_of(2);
        struct relo_chord *chord = &fake->node[2].chord;
        for (uint32_t k = 0; k < 3; k++) {
            predecessor[k] = relo_ring_id(ring, ring->count - 1u - k);
            link[k] = ring->handle[ring->count - 1u - k];
        }
        fake->config.chord_reactive = false;
        cut_off(2);
        while (ring->count > 3)
            suspect(2, relo_ring_id(ring, 0), ring->handle[0]);
        g_assert_cmpint(chord->state, ==, RELO_NODE_JOINING);
        while (chord->step != steps[i])
            fake_run(10 * RELO_MS);
        for (int k = 0; k < 3; k++)
            suspect(2, predecessor[k], link[k]);
        while (chord->state != RELO_NODE_JOINED)
            fake_run(10 * RELO_MS);
        fake_run(i < 2 ? 0 : 2 * RELO_S); /* others tell who they are, who was in already */
        g_assert_true(relo_id_equal(chord->range_from, predecessor[0]));
        log_end();
    }
}

/* A link that was heard of since then blames its peer, as ever. */
static void test_failures_since_then_count(void)
{
    log_wired(20);
    fake_run(2 * RELO_S);
    struct relo_chord *chord = &fake->node[2].chord;
    const struct relo_ring *ring = ring_of(2);
    struct relo_id predecessor = relo_ring_id(ring, ring->count - 1u);
    relo_handle link = ring->handle[ring->count - 1u];
    for (int i = 0; i < 3; i++)
        suspect(2, relo_ring_id(ring, 0), ring->handle[0]);
    g_assert_cmpint(chord->state, ==, RELO_NODE_JOINING);
    suspect(2, predecessor, link);
    g_assert_true(relo_chord_blocked(chord, predecessor));
    log_end();
}

/* 6940-10.7.1-8: whoever has nobody left tries again and again, until there is somebody. */
static void test_isolated_peer_tries_again_and_again(void)
{
    log_wired(20);
    fake->groups[7] = 1;
    fake_run(4 * fake->config.chord_update_interval);
    g_assert_cmpuint(ring_of(7)->count, ==, 0);
    g_assert_cmpint(relo_chord_ops.state(&fake->node[7].chord), ==, RELO_NODE_JOINING);
    g_assert_cmpint(fake->node[7].disconnected, ==, 1);
    g_assert_cmpint(fake->node[7].join_failed, ==, 0);
    fake->groups[7] = 0;
    fake_run(fake->config.chord_update_interval);
    g_assert_cmpint(fake_members(), ==, 20);
    g_assert_cmpint(fake_wrong(), ==, 0);
    log_end();
}

/* 6940-6.4.2.2-1: a peer that has lost its place tells all who took it for a peer, and again who
   has not answered: else they route to it what is for its part of the ring, its own Pings for n+1
   too, and nobody joins there any more. Seed 110269 of the swarm. */
static void test_lost_leave_is_repeated(void)
{
    log_wired(20);
    struct relo_chord *chord = &fake->node[2].chord;
    struct relo_links *links = &fake->node[2].links;
    struct relo_id deaf = relo_ring_id(ring_of(2), 4);
    relo_handle link = relo_links_find(links, deaf);
    relo_chord_disconnected(chord);
    g_assert_cmpint(count(2, RELO_CODE_LEAVE_REQ, 0), ==, links_up(2));
    for (int lost = 1; lost >= 0; lost--) {
        fake_run(150 * RELO_MS);
        g_assert_cmpint(relo_link_use(links, link) & RELO_LINK_SENT_READY, ==, 0);
        if (lost)
            relo_link_set_use(links, link, RELO_LINK_SENT_READY); /* as if it had not answered */
        relo_chord_join_again(chord);
        logged = 0;
        while (chord->step == RELO_CHORD_STEP_WAIT)
            fake_run(RELO_MS);
        g_assert_cmpint(count(2, RELO_CODE_LEAVE_REQ, 0), ==, lost);
        if (lost)
            g_assert_true(relo_id_equal(logbook[first_of(2, RELO_CODE_LEAVE_REQ)].target, deaf));
    }
    log_end();
}

/* Updates that are under way as a peer loses its place say that it has one: a copy of one, over the
   next link to a peer that the Leave did not reach, undid it for good. Seed 120552 of the swarm. */
static void test_lost_place_is_told_by_no_update(void)
{
    log_wired(20);
    struct relo_chord *chord = &fake->node[2].chord;
    relo_chord_update_mark(chord, RELO_CHORD_DIRTY_ALL, 0);
    relo_chord_update_flush(chord);
    g_assert_cmpint(count(2, RELO_CODE_UPDATE_REQ, 0), ==, links_up(2));
    relo_chord_disconnected(chord);
    g_assert_cmpint(fake->node[2].abandoned, ==, count(2, RELO_CODE_UPDATE_REQ, 0));
    log_end();
}

/* A bootstrap node whose table holds but one that looks for the ring too: both would wait for each
   other, and nobody would ever be in it. */
static void test_table_that_leads_nowhere_is_forgotten(void)
{
    log_wired(2);
    struct relo_chord *chord = &fake->node[0].chord;
    g_assert_cmpuint(chord->ring.count, ==, 1);
    chord->state = RELO_NODE_JOINING;
    chord->again = true;
    for (chord->tries = 0; chord->tries + 1 < RELO_CHORD_JOIN_TRIES;) {
        relo_chord_join_again(chord);
        g_assert_cmpint(chord->state, ==, RELO_NODE_JOINING);
        g_assert_cmpuint(chord->ring.count, ==, 1);
    }
    relo_chord_join_again(chord);
    g_assert_cmpint(chord->state, ==, RELO_NODE_JOINED);
    g_assert_cmpuint(chord->ring.count, ==, 0);
    log_end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/duty/join/attach_then_neighbors_then_join_then_updates",
                    test_order_of_a_join);
    g_test_add_func("/duty/join/attaches_to_neighbors_and_fingers", test_attaches_of_a_join);
    g_test_add_func("/duty/join/is_told_to_all_it_concerns", test_updates_after_a_join);
    g_test_add_func("/duty/join/failures_before_are_forgotten",
                    test_failures_before_a_join_are_forgotten);
    g_test_add_func("/duty/join/admitted_after_the_attempt", test_admitted_after_the_attempt);
    g_test_add_func("/duty/join/admitted_in_the_next_attempt", test_admitted_in_the_next_attempt);
    g_test_add_func("/duty/join/only_who_was_asked_admits", test_only_who_was_asked_admits);
    g_test_add_func("/duty/join/of_another_is_forbidden", test_join_of_another_is_forbidden);
    g_test_add_func("/duty/join/all_contacted_are_entered", test_all_contacted_are_entered);
    g_test_add_func("/duty/join/successors_found_by_pings", test_successors_found_by_pings);
    g_test_add_func("/duty/failure/lost_successors_are_looked_for_by_pings",
                    test_lost_successors_are_looked_for_by_pings);
    g_test_add_func("/duty/failure/of_who_was_cut_off_blames_nobody",
                    test_failures_of_who_was_cut_off);
    g_test_add_func("/duty/failure/heard_since_is_blamed", test_failures_since_then_count);
    g_test_add_func("/duty/failure/isolated_peer_tries_again_and_again",
                    test_isolated_peer_tries_again_and_again);
    g_test_add_func("/duty/failure/lost_leave_is_repeated", test_lost_leave_is_repeated);
    g_test_add_func("/duty/failure/lost_place_is_told_by_no_update",
                    test_lost_place_is_told_by_no_update);
    g_test_add_func("/duty/failure/table_that_leads_nowhere_is_forgotten",
                    test_table_that_leads_nowhere_is_forgotten);
    return g_test_run();
}
