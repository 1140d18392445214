/* SPDX-License-Identifier: BSD-2-Clause */
/* The event queue against a plain sorted list. */
#include "core/base/hash.h"
#include "sim/engine/calendar.h"

#include <glib.h>

static int by_order(const void *a, const void *b)
{
    const struct sim_event *const *x = a, *const *y = b;
    return sim_event_before(*x, *y) ? -1 : sim_event_before(*y, *x);
}

/* Times of all scales: within a slot, a block, the second level, and beyond it. */
static relo_time some_delay(uint64_t draw)
{
    static const int scale[] = {4, 16, 21, 28, 33, 37, 44, 47};
    return (relo_time)((draw >> 8) & ((UINT64_C(1) << scale[draw & 7]) - 1));
}

static struct sim_event some_event(uint64_t seed, uint32_t i, relo_time base)
{
    uint64_t draw = relo_hash_draw(seed, 1, 0, i);
    return (struct sim_event){.time = base + some_delay(draw),
                              .sequence = i,
                              .entity = (uint32_t)(draw >> 60),
                              .class_source =
                                  sim_event_class_source((enum sim_class)(draw >> 58 & 3), i % 3)};
}

static void test_sorted(void)
{
    enum { N = 5000 };
    struct sim_event *event = g_new(struct sim_event, N);
    struct sim_event **sorted = g_new(struct sim_event *, N);
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct relo_pool pool;
        struct sim_calendar calendar;
        relo_pool_init(&pool);
        sim_calendar_init(&calendar, &pool, 20);
        for (uint32_t i = 0; i < N; i++) {
            event[i] = some_event(seed, i, 0);
            event[i].time &= ~(relo_time)1023; /* make ties */
            sorted[i] = &event[i];
            sim_calendar_push(&calendar, &event[i]);
        }
        qsort(sorted, N, sizeof *sorted, by_order);
        for (uint32_t i = 0; i < N; i++) {
            g_assert_cmpint(sim_calendar_bound(&calendar), <=, sorted[i]->time);
            g_assert_true(sim_calendar_pop(&calendar, RELO_NEVER) == sorted[i]);
        }
        g_assert_null(sim_calendar_pop(&calendar, RELO_NEVER));
        g_assert_cmpint(sim_calendar_bound(&calendar), ==, RELO_NEVER);
        sim_calendar_fini(&calendar);
        g_assert_cmpuint(pool.bytes_used, ==, 0);
        relo_pool_fini(&pool);
    }
    g_free(sorted);
    g_free(event);
}

static void test_insertion_order(void)
{
    enum { N = 2000 }; /* a pile of chunks of all sizes */
    static struct sim_event event[N];
    static struct sim_event *forward[N];
    for (int turn = 0; turn < 2; turn++) {
        struct relo_pool pool;
        struct sim_calendar calendar;
        relo_pool_init(&pool);
        sim_calendar_init(&calendar, &pool, 20);
        for (uint32_t i = 0; i < N; i++) {
            uint32_t j = turn == 0 ? i : (i * 7 + 3) % N;
            event[j] = some_event(9, j, 0);
            event[j].time &= 0xff00; /* all in one slot, many at the same time */
            sim_calendar_push(&calendar, &event[j]);
        }
        for (uint32_t i = 0; i < N; i++) {
            struct sim_event *popped = sim_calendar_pop(&calendar, RELO_NEVER);
            if (turn == 0)
                forward[i] = popped;
            else
                g_assert_true(popped == forward[i]);
        }
        sim_calendar_fini(&calendar);
        relo_pool_fini(&pool);
    }
}

/* Pops and pushes mixed, in windows, the way a run does it; the list says what is right. */
static void test_windows(void)
{
    enum { N = 4000 };
    struct sim_event *event = g_new(struct sim_event, N);
    GPtrArray *waiting = g_ptr_array_new();
    struct relo_pool pool;
    struct sim_calendar calendar;
    uint32_t pushed = 0, popped = 0;
    relo_time until = 0;
    relo_pool_init(&pool);
    sim_calendar_init(&calendar, &pool, 20);
    while (popped < N) {
        for (uint32_t i = 0; i < 20 && pushed < N; i++, pushed++) {
            event[pushed] = some_event(3, pushed, until);
            sim_calendar_push(&calendar, &event[pushed]);
            g_ptr_array_add(waiting, &event[pushed]);
        }
        relo_time bound = sim_calendar_bound(&calendar);
        until = (bound > until ? bound : until) + 2 * RELO_MS;
        for (struct sim_event *got; (got = sim_calendar_pop(&calendar, until)) != NULL; popped++) {
            g_assert_cmpint(got->time, <, until);
            g_ptr_array_sort(waiting, by_order);
            g_assert_true(g_ptr_array_index(waiting, 0) == got);
            g_ptr_array_remove_index(waiting, 0);
            if (popped % 3 == 0 && pushed < N) { /* and one from within the window */
                event[pushed] = some_event(3, pushed, got->time + 1);
                sim_calendar_push(&calendar, &event[pushed]);
                g_ptr_array_add(waiting, &event[pushed++]);
            }
        }
        for (uint32_t i = 0; i < waiting->len; i++)
            g_assert_cmpint(((struct sim_event *)g_ptr_array_index(waiting, i))->time, >=, until);
    }
    g_assert_cmpuint(calendar.count, ==, 0);
    sim_calendar_fini(&calendar);
    relo_pool_fini(&pool);
    g_ptr_array_unref(waiting);
    g_free(event);
}

/* Calm: but for packets and wakes, and as far as the open slot goes. */
static void test_calm(void)
{
    enum { SLOT = 1 << 20, E = 7 };
    struct sim_event packet = {.time = 10, .entity = E, .class_source = 0},
                     other = {.time = 20, .entity = E}, later = {.time = SLOT + 5, .entity = E};
    packet.class_source = sim_event_class_source(SIM_CLASS_PACKET, 1);
    other.class_source = later.class_source = sim_event_class_source(SIM_CLASS_COMMAND, E);
    struct relo_pool pool;
    struct sim_calendar calendar;
    relo_pool_init(&pool);
    sim_calendar_init(&calendar, &pool, 20);
    sim_calendar_push(&calendar, &packet);
    sim_calendar_push(&calendar, &later);
    sim_calendar_push_wake(&calendar, 15, E);
    g_assert_true(sim_calendar_pop(&calendar, RELO_NEVER) == &packet);
    g_assert_true(sim_calendar_is_calm(&calendar, E, 900));
    g_assert_false(sim_calendar_is_calm(&calendar, E, SLOT)); /* not looked at yet */
    sim_calendar_push(&calendar, &other);
    g_assert_false(sim_calendar_is_calm(&calendar, E, 900));
    g_assert_true(sim_calendar_is_calm(&calendar, E + 1, 900));
    g_assert_cmpint(sim_calendar_pop(&calendar, RELO_NEVER)->time, ==, 15);
    g_assert_true(sim_calendar_pop(&calendar, RELO_NEVER) == &other);
    g_assert_true(sim_calendar_pop(&calendar, RELO_NEVER) == &later);
    g_assert_false(sim_calendar_is_calm(&calendar, E, SLOT + 900));
    sim_calendar_fini(&calendar);
    relo_pool_fini(&pool);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/calendar/pops_in_the_order_of_a_sort", test_sorted);
    g_test_add_func("/calendar/order_independent_of_insertion", test_insertion_order);
    g_test_add_func("/calendar/windows_and_late_pushes_keep_the_order", test_windows);
    g_test_add_func("/calendar/calm_is_what_only_packets_and_wakes_happen_to", test_calm);
    return g_test_run();
}
