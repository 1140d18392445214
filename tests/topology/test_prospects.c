/* SPDX-License-Identifier: BSD-2-Clause */
/* Merging what Updates list: RFC 6940 section 10.7.3. */
#include "core/topology/prospects.h"

#include <glib.h>

static struct relo_pool pool;
static struct relo_ring ring;
static struct relo_prospects prospects;

static struct relo_id at(uint32_t place)
{
    return (struct relo_id){(uint64_t)place << 56, 5};
}

static void make(void)
{
    relo_pool_init(&pool);
    relo_ring_init(&ring, at(100), 2);
    prospects = (struct relo_prospects){0};
    uint32_t places[] = {110, 120, 130, 80, 90};
    for (uint32_t i = 0; i < G_N_ELEMENTS(places); i++)
        relo_ring_offer(&ring, &pool, at(places[i]), places[i]);
}

static void unmake(void)
{
    relo_prospects_fini(&prospects, &pool);
    relo_ring_fini(&ring, &pool);
    g_assert_cmpuint(pool.bytes_used, ==, 0);
    relo_pool_fini(&pool);
}

static void learn(uint32_t place)
{
    struct relo_prospect p = {.id = at(place), .informer = at(110), .expiry = 1000};
    relo_prospects_learn(&prospects, &pool, &ring, &p);
}

static bool wanted(uint32_t place)
{
    int i = relo_prospects_find(&prospects, at(place));
    return i >= 0 && relo_prospects_wanted(&prospects, &ring, (uint32_t)i);
}

static void test_closer(void)
{
    make();
    learn(105);
    learn(115);
    g_assert_true(wanted(105));
    g_assert_false(wanted(115));                                      /* 105 and 110 are nearer */
    g_assert_cmpint(relo_prospects_find(&prospects, at(115)), >=, 0); /* but kept in reserve */
    learn(95);
    g_assert_true(wanted(95));
    g_assert_cmpint(relo_prospects_next(&prospects, &ring, 0), ==,
                    relo_prospects_find(&prospects, at(105)));
    unmake();
}

static void test_busy_once(void)
{
    make();
    learn(105);
    prospects.list[0].busy = true;
    prospects.list[0].not_before = 40;
    g_assert_cmpint(relo_prospects_next(&prospects, &ring, 50), ==, -1);
    g_assert_cmpint(relo_prospects_pending(&prospects, &ring, RELO_S), ==, RELO_NEVER);
    g_assert_cmpint(relo_prospects_deadline(&prospects, &ring, true), ==, 40);
    learn(105); /* heard again: still one */
    g_assert_cmpuint(prospects.count, ==, 1);
    relo_prospects_remove(&prospects, 0);
    g_assert_cmpint(relo_prospects_pending(&prospects, &ring, RELO_S), ==, 0);
    g_assert_cmpint(relo_prospects_deadline(&prospects, &ring, true), ==, RELO_NEVER);
    unmake();
}

static void busy(uint32_t place, relo_time since, relo_time until)
{
    learn(place);
    struct relo_prospect *p = &prospects.list[relo_prospects_find(&prospects, at(place))];
    p->busy = true;
    p->since = since;
    p->not_before = until;
}

/* Who joins without its predecessor takes the range of many others for its own. */
static void test_predecessor_awaited(void)
{
    make();
    busy(95, 10, 40);
    g_assert_cmpint(relo_prospects_pending(&prospects, &ring, 6), ==, 16); /* 90 is as good */
    relo_ring_remove(&ring, at(90));
    relo_ring_remove(&ring, at(80));
    busy(90, 12, 50);
    g_assert_cmpint(relo_prospects_pending(&prospects, &ring, 6), ==, 50); /* 130 is a successor */
    busy(105, 14, 60);
    g_assert_cmpint(relo_prospects_pending(&prospects, &ring, 6), ==, 50); /* and 105 another */
    relo_ring_offer(&ring, &pool, at(90), 90);
    relo_prospects_remove(&prospects, (uint32_t)relo_prospects_find(&prospects, at(90)));
    g_assert_cmpint(relo_prospects_pending(&prospects, &ring, 6), ==, 20);
    unmake();
}

/* In a ring of three the one may be both, and still the nearest of either side is awaited. */
static void test_predecessor_awaited_in_small_rings(void)
{
    make();
    for (int i = 0; i < 4; i++)
        relo_ring_remove(&ring, at((const uint32_t[]){120, 130, 80, 90}[i]));
    g_assert_cmpint(relo_prospects_pending(&prospects, &ring, 6), ==, 0);
    busy(90, 10, 40);
    g_assert_cmpint(relo_prospects_pending(&prospects, &ring, 6), ==, 40);
    unmake();
}

static void test_reserve_moves_up(void)
{
    make();
    learn(125);
    g_assert_false(wanted(125));
    g_assert_cmpint(relo_prospects_deadline(&prospects, &ring, true), ==, RELO_NEVER);
    relo_ring_remove(&ring, at(110));
    g_assert_true(wanted(125)); /* a better match than 130, which is connected */
    relo_prospects_prune(&prospects, &ring, 2000);
    g_assert_cmpuint(prospects.count, ==, 0); /* not heard of since */
    unmake();
}

/* 6940-10.7.3-2 */
static void test_bounded(void)
{
    make();
    for (uint32_t place = 0; place < 256; place++)
        if (place != 100 && relo_ring_find(&ring, at(place)) < 0)
            learn(place);
    relo_prospects_prune(&prospects, &ring, 0);
    g_assert_cmpuint(prospects.count, <=, 2 * (2 + RELO_PROSPECTS_SPARE));
    g_assert_true(wanted(101) && wanted(102) && wanted(99) && wanted(98));
    g_assert_false(wanted(103));
    unmake();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/chord/prospect/closer_than_entries_is_wanted", test_closer);
    g_test_add_func("/chord/prospect/tried_once_at_a_time", test_busy_once);
    g_test_add_func("/chord/prospect/join_awaits_a_predecessor", test_predecessor_awaited);
    g_test_add_func("/chord/prospect/join_awaits_a_predecessor_in_small_rings",
                    test_predecessor_awaited_in_small_rings);
    g_test_add_func("/chord/prospect/reserve_moves_up_when_neighbor_lost", test_reserve_moves_up);
    g_test_add_func("/chord/prospect/only_the_near_are_kept", test_bounded);
    return g_test_run();
}
