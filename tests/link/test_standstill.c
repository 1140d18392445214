/* SPDX-License-Identifier: BSD-2-Clause */
/* A node that stood still (a stopped process, a machine that slept) does not send what it had to
   send before: seed 110332 of the swarm. */
#include "support_pair.h"

#include "core/link/state.h"

static void assert_heard(const struct pair *pair, const char *expected)
{
    char *heard = pair_heard(pair, 1);
    g_assert_cmpstr(heard, ==, expected);
    g_free(heard);
}

static bool lose_all(struct pair *pair, const struct pair_sent *sent, guint number)
{
    (void)pair, (void)sent, (void)number;
    return true;
}

/* No end has its turn before `until`; from then on nothing is lost. */
static void stand_still(struct pair *pair, relo_time until)
{
    pair->lost = NULL;
    pair->now = pair->end[0].env.now = pair->end[1].env.now = until;
    relo_links_wake(&pair->end[0].links);
    pair_settle(pair, 0);
}

static void queue_from_before_is_not_sent(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    relo_handle h = pair_wire(pair, 0);
    pair->lost = lose_all;
    pair_send(pair, 0, "old");
    pair_send_token(pair, 0, "own", 11);
    pair_run(pair, RELO_S);
    stand_still(pair, 60 * RELO_S);
    pair_run(pair, 61 * RELO_S);
    assert_heard(pair, "");
    g_assert_cmpuint(pair->shard.counter[RELO_COUNT_drop_queue_stale], ==, 2);
    g_assert_true(relo_link_is_up(&pair->end[0].links, h));
    g_assert_null(pair->end[0].links.active); /* idle again */
    pair_send(pair, 0, "new");
    pair_run(pair, 70 * RELO_S);
    assert_heard(pair, "new");
    pair_free(pair);
}

/* Some seconds, as a busy machine may take, change nothing. */
static void queue_is_sent_after_seconds(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair_wire(pair, 0);
    pair->lost = lose_all;
    pair_send(pair, 0, "old");
    pair_send_token(pair, 0, "own", 11);
    pair_run(pair, RELO_S);
    stand_still(pair, 15 * RELO_S);
    pair_run(pair, 20 * RELO_S);
    assert_heard(pair, "old own");
    pair_free(pair);
}

/* It has nothing left to send that would restore it. */
static void suspect_link_ends(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair_wire(pair, 0);
    pair->lost = lose_all;
    pair_send(pair, 0, "old");
    pair_run(pair, 4 * RELO_S);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_SUSPECT), ==, 1);
    stand_still(pair, 60 * RELO_S);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_DOWN), ==, 1);
    g_assert_cmpuint(pair->end[0].links.count, ==, 0);
    pair_run(pair, 70 * RELO_S);
    assert_heard(pair, "");
    pair_free(pair);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link/standstill/queue_from_before_is_not_sent",
                    queue_from_before_is_not_sent);
    g_test_add_func("/link/standstill/queue_is_sent_after_seconds", queue_is_sent_after_seconds);
    g_test_add_func("/link/standstill/suspect_link_ends", suspect_link_ends);
    return g_test_run();
}
