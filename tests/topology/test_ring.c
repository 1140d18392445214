/* SPDX-License-Identifier: BSD-2-Clause */
/* The Routing Table: RFC 6940 sections 10.1, 10.3, 10.4 and 10.7. */
#include "core/base/hash.h"
#include "core/topology/fingers.h"
#include "core/topology/ring.h"

#include <glib.h>

static struct relo_pool pool;
static struct relo_ring ring;

/* Ids at multiples of 1/256 of the ring, so that small numbers name places. */
static struct relo_id at(uint32_t place)
{
    return (struct relo_id){(uint64_t)place << 56, 5};
}

/* This peer at `self`, links named by their place. */
static void make(uint32_t self, uint8_t neighbors, const uint32_t *places, uint32_t n)
{
    relo_pool_init(&pool);
    relo_ring_init(&ring, at(self), neighbors);
    for (uint32_t i = 0; i < n; i++)
        relo_ring_offer(&ring, &pool, at(places[i]), places[i]);
}

static void unmake(void)
{
    relo_ring_fini(&ring, &pool);
    g_assert_cmpuint(pool.bytes_used, ==, 0);
    relo_pool_fini(&pool);
}

static void test_order(void)
{
    make(100, 2, (uint32_t[]){90, 110, 200, 20, 105}, 5);
    g_assert_true(relo_id_equal(relo_ring_id(&ring, 0), at(105)));
    g_assert_true(relo_id_equal(relo_ring_id(&ring, 1), at(110)));
    g_assert_true(relo_id_equal(relo_ring_id(&ring, relo_ring_predecessor(&ring, 0)), at(90)));
    g_assert_true(relo_id_equal(relo_ring_id(&ring, relo_ring_predecessor(&ring, 1)), at(20)));
    g_assert_true(relo_id_equal(relo_ring_from(&ring), at(90)));
    g_assert_true(relo_ring_is_neighbor(&ring, 0) && relo_ring_is_neighbor(&ring, 1));
    g_assert_false(relo_ring_is_neighbor(&ring, 2)); /* 200 */
    g_assert_true(relo_ring_is_neighbor(&ring, 3) && relo_ring_is_neighbor(&ring, 4));
    g_assert_false(relo_ring_offer(&ring, &pool, at(90), 7)); /* a new link to the same peer */
    g_assert_cmpuint(ring.handle[4], ==, 7);
    unmake();
}

/* 6940-10.3-2 6940-10.3-3 */
static void test_next_hop(void)
{
    make(100, 2, (uint32_t[]){105, 110, 150, 228, 20, 90}, 6);
    g_assert_cmpuint(relo_ring_next_hop(&ring, at(150), 0), ==, 150); /* itself counts */
    g_assert_cmpuint(relo_ring_next_hop(&ring, at(149), 0), ==, 110);
    g_assert_cmpuint(relo_ring_next_hop(&ring, at(10), 0), ==, 228); /* around zero */
    g_assert_cmpuint(relo_ring_next_hop(&ring, at(99), 0), ==, 90);
    g_assert_cmpuint(relo_ring_next_hop(&ring, at(103), 0), ==, 105); /* nobody in between */
    g_assert_cmpuint(relo_ring_next_hop(&ring, at(149), 110), ==, 105);
    g_assert_cmpuint(relo_ring_next_hop(&ring, at(103), 105), ==, 0); /* the successor or nobody */
    g_assert_cmpuint(relo_ring_next_hop(&ring, at(107), 105), ==, 0); /* never past the id */
    g_assert_cmpuint(relo_ring_next_hop(&ring, at(100), 0), ==, 90);
    unmake();
    make(100, 2, NULL, 0);
    g_assert_cmpuint(relo_ring_next_hop(&ring, at(1), 0), ==, 0);
    g_assert_true(relo_id_equal(relo_ring_from(&ring), at(100)));
    unmake();
}

static void test_next_hop_agrees_with_search(void)
{
    make(3, 3, NULL, 0);
    for (uint32_t i = 0; i < 60; i++) {
        struct relo_id id = {relo_hash_draw(1, 2, 3, i), i};
        relo_ring_offer(&ring, &pool, id, i + 1);
    }
    for (uint64_t k = 0; k < 2000; k++) {
        struct relo_id id = {relo_hash_draw(4, 5, 6, k), k}, best = {0, 0};
        relo_handle expected = ring.handle[0];
        for (uint32_t i = 0; i < ring.count; i++) {
            struct relo_id d = relo_id_sub(relo_ring_id(&ring, i), ring.self);
            if (relo_id_in_range(relo_ring_id(&ring, i), ring.self, id) &&
                relo_id_compare(d, best) > 0) {
                best = d;
                expected = ring.handle[i];
            }
        }
        g_assert_cmpuint(relo_ring_next_hop(&ring, id, 0), ==, expected);
    }
    unmake();
}

/* 6940-10.7.1-1 */
static void test_best_match_replaces_lost_neighbor(void)
{
    make(100, 2, (uint32_t[]){105, 110, 150, 228, 20, 90}, 6);
    g_assert_true(relo_ring_remove(&ring, at(110)));
    g_assert_false(relo_ring_remove(&ring, at(110)));
    g_assert_true(relo_ring_is_neighbor(&ring, 1));
    g_assert_true(relo_id_equal(relo_ring_id(&ring, 1), at(150)));
    g_assert_false(ring.flags[1] & RELO_RING_CONFIRMED); /* for want of a better one */
    unmake();
}

/* What the table wants is what it would not have to give up again at once. */
static void test_wants(void)
{
    make(3, 3, NULL, 0);
    uint32_t wanted = 0, refused = 0;
    for (uint32_t i = 0; i < 400; i++) {
        struct relo_id id = {relo_hash_draw(7, 8, 9, i % 300) & 0xff, i % 300}; /* some twice */
        bool wants = relo_ring_wants(&ring, id);
        relo_ring_offer(&ring, &pool, id, i + 1);
        int surplus = relo_ring_surplus(&ring);
        bool stays = surplus < 0 || !relo_id_equal(relo_ring_id(&ring, (uint32_t)surplus), id);
        g_assert_true(wants == stays);
        wanted += wants;
        refused += !wants;
        while ((surplus = relo_ring_surplus(&ring)) >= 0)
            relo_ring_remove(&ring, relo_ring_id(&ring, (uint32_t)surplus));
    }
    g_assert_cmpuint(wanted, >, 10);
    g_assert_cmpuint(refused, >, 100);
    unmake();
}

/* 6940-10.7.2-1 */
static void test_surplus(void)
{
    /* 180 and 200 share a slot (64 to 127 places away); one of them stays. */
    make(100, 1, (uint32_t[]){101, 180, 200, 99}, 4);
    int surplus = relo_ring_surplus(&ring);
    g_assert_cmpint(surplus, ==, 2);
    g_assert_true(relo_id_equal(relo_ring_id(&ring, 2), at(200)));
    /* When the finger goes first, the other takes its slot. */
    relo_ring_remove(&ring, at(180));
    g_assert_cmpint(relo_ring_surplus(&ring), ==, -1);
    g_assert_true(ring.flags[1] & RELO_RING_FINGER);
    unmake();
}

/* 6940-10.4-3 6940-7.4.1.1-11 6940-10.5-10 6940-10.7.3-7 */
static void test_replicas(void)
{
    make(100, 3, (uint32_t[]){110, 120, 130, 200, 60, 70, 80, 90}, 8);
    g_assert_true(relo_ring_replica_plausible(&ring, at(85), at(90)));
    g_assert_true(relo_ring_replica_plausible(&ring, at(75), at(80)));
    g_assert_true(relo_ring_replica_plausible(&ring, at(79), at(90)));   /* 80 may have failed */
    g_assert_false(relo_ring_replica_plausible(&ring, at(85), at(80)));  /* beyond the sender */
    g_assert_false(relo_ring_replica_plausible(&ring, at(65), at(90)));  /* far before it */
    g_assert_false(relo_ring_replica_plausible(&ring, at(85), at(200))); /* no predecessor */
    g_assert_true(relo_ring_replica_plausible(&ring, at(65), at(70)));
    g_assert_false(relo_ring_replica_plausible(&ring, at(75), at(70)));
    /* 10.7.3: three predecessors between 69 and 100; two between 71 and 100. */
    g_assert_true(relo_ring_keeps(&ring, at(71), 2));
    g_assert_false(relo_ring_keeps(&ring, at(70), 2));
    g_assert_false(relo_ring_keeps(&ring, at(69), 2));
    g_assert_true(relo_ring_keeps(&ring, at(95), 2));
    unmake();
    make(100, 3, (uint32_t[]){110, 90}, 2); /* everybody keeps everything */
    g_assert_true(relo_ring_keeps(&ring, at(85), 2));
    unmake();
}

/* Who is asked for a copy, and who may bring one (7.4.1.1). */
static void test_nearer(void)
{
    struct relo_id peers[4];
    make(100, 3, (uint32_t[]){110, 120, 130, 200, 60, 70, 80, 90}, 8);
    g_assert_cmpuint(relo_ring_nearer(&ring, at(75), peers, 4), ==, 2);
    g_assert_true(relo_id_equal(peers[0], at(80)) && relo_id_equal(peers[1], at(90)));
    g_assert_cmpuint(relo_ring_nearer(&ring, at(90), peers, 4), ==, 1);
    g_assert_cmpuint(relo_ring_nearer(&ring, at(95), peers, 4), ==, 0);  /* ours */
    g_assert_cmpuint(relo_ring_nearer(&ring, at(100), peers, 4), ==, 0);
    g_assert_cmpuint(relo_ring_nearer(&ring, at(50), peers, 4), ==, 3);  /* predecessors only */
    g_assert_true(relo_ring_in_set(&ring, at(110), 2) && relo_ring_in_set(&ring, at(120), 2));
    g_assert_true(relo_ring_in_set(&ring, at(115), 2)); /* one that is not known yet */
    g_assert_false(relo_ring_in_set(&ring, at(130), 2));
    g_assert_false(relo_ring_in_set(&ring, at(90), 2));
    unmake();
}

/* 6940-6.3.4-15 */
static void test_plausible_responder(void)
{
    make(100, 2, (uint32_t[]){110, 120, 200, 80, 90}, 5);
    g_assert_true(relo_ring_plausible(&ring, at(105), at(110), true));
    g_assert_true(relo_ring_plausible(&ring, at(105), at(108), true)); /* one not known yet */
    g_assert_false(relo_ring_plausible(&ring, at(105), at(120), true));
    g_assert_false(relo_ring_plausible(&ring, at(95), at(110), true)); /* ours */
    g_assert_true(relo_ring_plausible(&ring, at(150), at(210), true)); /* fingers do not judge */
    g_assert_true(relo_ring_plausible(&ring, at(115), at(120), true));
    unmake();
}

/* 6940-10.7.4.2-3 */
static void test_finger_slots(void)
{
    struct relo_id self = at(100);
    for (uint32_t slot = 1; slot <= RELO_FINGER_SLOTS; slot++) {
        struct relo_id start = relo_fingers_start(self, slot);
        g_assert_cmpuint(relo_fingers_slot(relo_id_sub(start, self)), ==, slot);
        for (uint64_t k = 0; k < 8; k++) {
            struct relo_id random = {relo_hash_draw(1, slot, 3, k), relo_hash_draw(2, slot, 3, k)};
            if (k == 0)
                random = (struct relo_id){UINT64_MAX, UINT64_MAX};
            struct relo_id id = relo_fingers_random(self, slot, random);
            g_assert_cmpuint(relo_fingers_slot(relo_id_sub(id, self)), ==, slot);
        }
    }
    g_assert_true(relo_id_equal(relo_fingers_start(self, 1), at(228))); /* half way round */
}

/* 6940-10.7.4.2-1 6940-10.7.4.2-2 6940-10.7.4.3-1 */
static void test_finger_search(void)
{
    /* Slots 1 (128..) and 3 (32..63) are filled; up to the last successor, at 110, nothing else can
     * be. */
    make(100, 2, (uint32_t[]){105, 110, 150, 240, 90, 80}, 6);
    g_assert_false(relo_fingers_wanted(&ring, 1));
    g_assert_true(relo_fingers_wanted(&ring, 2));
    g_assert_false(relo_fingers_wanted(&ring, 3));
    g_assert_true(relo_fingers_wanted(&ring, 4));
    g_assert_false(relo_fingers_wanted(&ring, 7)); /* 2 to 3 places away: inside the successors */
    g_assert_cmpuint(relo_fingers_size(&ring, 16, 128), ==, 16);
    g_assert_cmpuint(relo_fingers_size(&ring, 2, 128), ==, 5);
    struct relo_id heads = {UINT64_MAX, UINT64_MAX}, second = {2, 0}, tails = {0, 0};
    g_assert_cmpuint(relo_fingers_choose(&ring, 16, 128, heads), ==, 2);
    g_assert_cmpuint(relo_fingers_choose(&ring, 16, 128, second), ==, 4);
    g_assert_cmpuint(relo_fingers_choose(&ring, 16, 128, tails), ==, 0);
    unmake();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/chord/ring/entries_lie_clockwise", test_order);
    g_test_add_func("/chord/ring/next_hop_is_closest_preceding", test_next_hop);
    g_test_add_func("/chord/ring/next_hop_agrees_with_a_plain_search",
                    test_next_hop_agrees_with_search);
    g_test_add_func("/chord/ring/best_match_replaces_lost_neighbor",
                    test_best_match_replaces_lost_neighbor);
    g_test_add_func("/chord/ring/one_finger_per_slot", test_surplus);
    g_test_add_func("/chord/ring/wants_what_stays", test_wants);
    g_test_add_func("/chord/ring/replicas_come_from_predecessors", test_replicas);
    g_test_add_func("/chord/ring/replicas_of_the_set_come_to_an_owner_without", test_nearer);
    g_test_add_func("/chord/ring/responder_closer_than_neighbors", test_plausible_responder);
    g_test_add_func("/chord/finger/slot_ranges_halve", test_finger_slots);
    g_test_add_func("/chord/finger/invalid_slots_are_searched", test_finger_search);
    return g_test_run();
}
