/* SPDX-License-Identifier: BSD-2-Clause */
/* What RFC 6940 sections 6.4.2 and 10 ask of a peer, request by request: whom it tells what, and in
   which order. */
#include "support_fake.h"

#include <string.h>

#define LOG_MAX 20000

struct entry {
    int node;
    uint16_t code; /* 0: an Attach */
    struct relo_id target;
    bool resource;
    int through; /* node at the other end; -1: routed */
    relo_time at;
    bool body_ok;
};

static struct entry *logbook;
static int logged;
static void (*on_join)(int node);

static bool leave_body_ok(struct relo_view body)
{
    struct relo_rd r = relo_rd_init(body.p, body.n, RELO_ID_BYTES);
    struct relo_leave_req request;
    struct relo_chord_leave leave;
    if (!relo_leave_req_read(&r, &request))
        return false;
    r = relo_rd_init(request.overlay_specific_data.p, request.overlay_specific_data.n,
                     RELO_ID_BYTES);
    return relo_chord_leave_read(&r, &leave) && leave.neighbors.n == 3 * RELO_ID_BYTES;
}

static void note(int node, const struct relo_request *request,
                 const struct relo_attach_options *attach)
{
    const struct relo_target *target = attach ? &attach->target : &request->target;
    relo_handle through = attach ? attach->through : request->through;
    g_assert_cmpint(logged, <, LOG_MAX);
    struct entry *e = &logbook[logged++];
    *e = (struct entry){.node = node, .target = target->id, .resource = target->resource,
                        .through = through ? fake->node[node].end[through].peer : -1,
                        .at = fake->now};
    if (request)
        e->code = request->code;
    if (e->code == RELO_CODE_LEAVE_REQ)
        e->body_ok = leave_body_ok(request->body);
    if (e->code == RELO_CODE_JOIN_REQ && on_join)
        on_join(node);
}

static void begin(void)
{
    fake_init();
    logbook = g_new0(struct entry, LOG_MAX);
    logged = 0;
    on_join = NULL;
    fake->watch = note;
}

static void end(void)
{
    fake_fini();
    g_free(logbook);
}

static void wired(int n)
{
    begin();
    for (int i = 0; i < n; i++)
        fake_add(fake_random_id(6, (uint64_t)i));
    fake->bootstrap[fake->bootstrap_count++] = fake->node[0].addr;
    fake->bootstrap[fake->bootstrap_count++] = fake->node[1].addr;
    fake_wire();
}

static int by_id(struct relo_id id)
{
    for (int i = 0; i < fake->n; i++)
        if (relo_id_equal(fake->node[i].env.self, id))
            return i;
    return -1;
}

static struct relo_ring *ring_of(int node)
{
    return &fake->node[node].chord.ring;
}

/* Entries of a node with that code from number `first` on; Attaches are code 0. */
static int count(int node, uint16_t code, int first)
{
    int n = 0;
    for (int i = first; i < logged; i++)
        n += logbook[i].node == node && logbook[i].code == code;
    return n;
}

static int links_up(int node)
{
    int n = 0;
    for (relo_handle h = 1; h < FAKE_LINKS; h++)
        n += relo_link_is_up(&fake->node[node].links, h);
    return n;
}

static void deliver(int to, struct relo_id signer, struct relo_id from, uint16_t code,
                    const struct relo_wr *body)
{
    struct relo_inbound in = {.code = code, .body = relo_wr_view(body), .from = from};
    in.signer.node_id = signer;
    in.link = relo_links_find(&fake->node[to].links, from);
    if (!in.link)
        in.link = ring_of(to)->handle[0];
    fake->last_code = fake->last_error = 0;
    relo_chord_ops.request(&fake->node[to].chord, &in);
}

/* --- joining ------------------------------------------------------------------------------- */

static void nothing_is_pending(int node)
{
    g_assert_cmpint(relo_prospects_pending(&fake->node[node].chord.prospects, ring_of(node),
                                           RELO_CHORD_JOIN_PATIENCE), <=, fake->now);
}

/* A ring of 16, in which one of the joiner's future neighbors has just crashed unnoticed. */
static int joined_node(uint8_t fingers)
{
    begin();
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

static int first_of(int node, uint16_t code)
{
    for (int i = 0; i < logged; i++)
        if (logbook[i].node == node && logbook[i].code == code)
            return i;
    g_assert_not_reached();
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
    end();
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
    end();
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
    end();
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
    wired(20);
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
    end();
}

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
    wired(20);
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
    end();
}

/* 6940-6.4.2.2-1 6940-10.9-1 6940-10.9-2: a Leave with the neighbors to every connected peer */
static void test_leave_tells_everybody(void)
{
    wired(30);
    int up = links_up(2);
    fake_leave(2);
    g_assert_cmpint(count(2, RELO_CODE_LEAVE_REQ, 0), ==, up);
    for (int i = 0; i < logged; i++)
        g_assert_true(logbook[i].code != RELO_CODE_LEAVE_REQ || logbook[i].body_ok);
    end();
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
   predecessor makes the range grow, which is told to all, whichever the recovery. */
static void test_loss_is_told(void)
{
    for (int i = 0; i < 3; i++) {
        wired(60);
        bool predecessor = i > 0;
        fake->config.chord_reactive = i < 2;
        suspect(2, predecessor ? ring_of(2)->count - 1u : 0);
        logged = 0;
        fake_run(300 * RELO_MS);
        int told = count(2, RELO_CODE_UPDATE_REQ, 0), up = links_up(2);
        g_assert_cmpint(up, >, 6);
        g_assert_cmpint(told, ==, predecessor ? up : 6);
        end();
    }
}

/* 6940-6.4.2.3-1: asked for with the Attach, an Update follows at once. */
static void test_send_update(void)
{
    for (int asked = 0; asked < 2; asked++) {
        wired(40);
        struct relo_attach_event event = {.status = RELO_OK, .send_update = asked};
        event.peer = relo_ring_id(ring_of(2), 0);
        event.link = ring_of(2)->handle[0];
        relo_chord_ops.attached(&fake->node[2].chord, &event);
        g_assert_cmpint(count(2, RELO_CODE_UPDATE_REQ, 0), ==, asked);
        end();
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
    wired(20);
    struct relo_id self = fake->node[2].env.self;
    int node = fake_node(relo_id_add(self, (struct relo_id){0, 1000}));
    struct relo_id id = fake->node[node].env.self, beyond = relo_id_next(id);
    relo_links_connect(&fake->node[node].links, NULL, &fake->node[2].addr, false);
    fake_run(RELO_S);
    relo_handle link = relo_links_find(&fake->node[2].links, id);
    g_assert_cmpuint(link, !=, 0);
    g_assert_cmpuint(relo_chord_ops.next_hop(&fake->node[2].chord, beyond, 0), !=, link);
    uint8_t bytes[128];
    struct relo_wr w = update_body(bytes, sizeof bytes, self);
    deliver(2, id, id, RELO_CODE_UPDATE_REQ, &w);
    g_assert_cmpuint(relo_chord_ops.next_hop(&fake->node[2].chord, beyond, 0), ==, link);
    end();
}

/* 6940-10.7.3-4: neither when others list it, nor when an Update bears its own name. */
static void test_never_its_own_neighbor(void)
{
    wired(20);
    struct relo_id self = fake->node[2].env.self, peer = relo_ring_id(ring_of(2), 0);
    uint8_t bytes[128];
    struct relo_wr w = update_body(bytes, sizeof bytes, self);
    uint32_t n = ring_of(2)->count;
    deliver(2, peer, peer, RELO_CODE_UPDATE_REQ, &w);
    deliver(2, self, self, RELO_CODE_UPDATE_REQ, &w);
    g_assert_cmpuint(ring_of(2)->count, ==, n);
    g_assert_cmpuint(fake->node[2].chord.prospects.count, ==, 0);
    end();
}

/* 6940-10.7.4.1-3: first periodic Updates lie anywhere in the interval. */
static void test_phases_differ(void)
{
    wired(30);
    fake_run(fake->config.chord_update_interval + RELO_S);
    relo_time first = RELO_NEVER, last = 0;
    for (int node = 0; node < 30; node++) {
        relo_time at = logbook[first_of(node, RELO_CODE_UPDATE_REQ)].at;
        first = MIN(first, at);
        last = MAX(last, at);
    }
    g_assert_cmpint(last - first, >, fake->config.chord_update_interval / 2);
    end();
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
        wired(60);
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
        end();
    }
}

/* 6940-10.7.4.4-1 6940-10.7.4.4-2: again and again a Ping to n+1 through a bootstrap node. */
static void test_partition_check(void)
{
    wired(20);
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
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/duty/join/attach_then_neighbors_then_join_then_updates",
                    test_order_of_a_join);
    g_test_add_func("/duty/join/attaches_to_neighbors_and_fingers", test_attaches_of_a_join);
    g_test_add_func("/duty/join/is_told_to_all_it_concerns", test_updates_after_a_join);
    g_test_add_func("/duty/join/of_another_is_forbidden", test_join_of_another_is_forbidden);
    g_test_add_func("/duty/leave/of_another_is_forbidden", test_leave_of_another_is_forbidden);
    g_test_add_func("/duty/leave/tells_everybody", test_leave_tells_everybody);
    g_test_add_func("/duty/update/loss_is_told", test_loss_is_told);
    g_test_add_func("/duty/update/sent_when_asked_for", test_send_update);
    g_test_add_func("/duty/update/no_route_before_one", test_no_route_before_an_update);
    g_test_add_func("/duty/update/never_its_own_neighbor", test_never_its_own_neighbor);
    g_test_add_func("/duty/update/phases_differ", test_phases_differ);
    g_test_add_func("/duty/finger/failed_one_is_searched", test_failed_finger_is_searched);
    g_test_add_func("/duty/partition/checked_through_bootstrap_nodes", test_partition_check);
    return g_test_run();
}
