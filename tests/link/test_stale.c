/* SPDX-License-Identifier: BSD-2-Clause */
/* What is not sent once it has waited for too long in front of a slow link: decision 0017. */
#include "support_pair.h"

#include "core/link/state.h"

static void assert_heard(const struct pair *pair, const char *expected)
{
    char *heard = pair_heard(pair, 1);
    g_assert_cmpstr(heard, ==, expected);
    g_free(heard);
}

/* Two messages a round trip of 2 s come to a link that carries one: what has waited for 3 s is not
   sent, and the rest arrives in time. The node's own messages wait: nobody has sent them again.
   Seed 6243 of the swarm. Parts wait whose first is not here: it may have gone already. */
static void stale_messages_are_not_forwarded(void)
{
    for (int parts = 0; parts < 2; parts++) {
        struct pair *pair = pair_new(RELO_S);
        pair_wire(pair, 0);
        pair->continues = parts;
        static const char *const texts[] = {"ab", "cd", "ef", "gh", "ij", "kl", "mn", "op"};
        for (int i = 0; i < 8; i++) {
            g_assert_cmpint(pair_send(pair, 0, texts[i]), ==, RELO_SENT);
            pair_run(pair, pair->now + RELO_S);
        }
        g_assert_cmpint(pair_send_token(pair, 0, "own", 11), ==, RELO_SENT);
        pair_run(pair, 60 * RELO_S);
        assert_heard(pair, parts ? "ab cd ef gh ij kl mn op own" : "ab cd ef ij mn own");
        g_assert_cmpuint(pair->shard.counter[RELO_COUNT_drop_queue_stale], ==, parts ? 0 : 3);
        g_assert_null(pair->end[0].links.active); /* idle again */
        pair_free(pair);
    }
}

static void send_parts(struct pair *pair, uint64_t message, const char *first, const char *other)
{
    pair->message = message;
    g_assert_cmpint(pair_send(pair, 0, first), ==, RELO_SENT);
    pair->continues = true;
    g_assert_cmpint(pair_send(pair, 0, other), ==, RELO_SENT);
    pair->continues = false;
}

/* A node's own messages wait, but not until they are wrong; it is told (seed 1795770874). */
static void own_messages_wait_while_they_are_true(void)
{
    struct pair *pair = pair_new(RELO_S);
    pair_wire(pair, 0);
    static const char *const texts[] = {"ab", "cd", "ef", "gh", "ij"};
    for (uint32_t i = 0; i < 5; i++) {
        pair->until = i < 4 ? 5 * RELO_S : 0;
        g_assert_cmpint(pair_send_token(pair, 0, texts[i], i + 1), ==, RELO_SENT);
    }
    pair_run(pair, 60 * RELO_S);
    assert_heard(pair, "ab cd ef ij");
    g_assert_cmpuint(pair->shard.counter[RELO_COUNT_drop_queue_stale], ==, 1);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_FIRST_SENT), ==, 5);
    pair_free(pair);
}

/* The same with messages of two parts (seed 293583): both go or none, and a copy that came later,
   by another way, stays. */
static void stale_messages_go_with_all_their_parts(void)
{
    struct pair *pair = pair_new(RELO_S);
    pair_wire(pair, 0);
    send_parts(pair, 1, "1a", "2a");
    send_parts(pair, 2, "1b", "2b");
    send_parts(pair, 3, "1c", "2c");
    pair_run(pair, 3 * RELO_S);
    send_parts(pair, 2, "3B", "4B");
    send_parts(pair, 4, "1d", "2d");
    pair_run(pair, 60 * RELO_S);
    assert_heard(pair, "1a 2a 3B 4B");
    g_assert_cmpuint(pair->shard.counter[RELO_COUNT_drop_queue_stale], ==, 6);
    g_assert_null(pair->end[0].links.active);
    pair_free(pair);
}

/* Parts of three messages of two parts come in turns, and there is room for three: the oldest goes
   whole, and nothing of the others. Parts of each are of no use to anybody (seed 90003254). */
static void full_queue_holds_whole_messages(void)
{
    struct pair *pair = pair_new(RELO_S / 2);
    static const char *const parts[] = {"1a", "1b", "1c", "2a", "2b", "2c"};
    static const int taken[] = {1, 1, 1, 1, 0, 0};
    pair_wire(pair, 0);
    pair->config.link_queue_max = 4;
    g_assert_cmpint(pair_send(pair, 0, "ab"), ==, RELO_SENT);
    for (uint32_t i = 0; i < 6; i++) {
        pair->message = 1 + i % 3;
        pair->continues = i >= 3;
        g_assert_cmpint(pair_send(pair, 0, parts[i]), ==,
                        taken[i] ? RELO_SENT : RELO_SEND_QUEUE_FULL);
    }
    g_assert_cmpuint(pair->shard.counter[RELO_COUNT_drop_queue_full], ==, 4);
    g_assert_cmpuint(relo_links_queued(&pair->end[0].links), ==, 3);
    pair_run(pair, 60 * RELO_S);
    assert_heard(pair, "ab 1a 2a");
    g_assert_null(pair->end[0].links.active);
    pair_free(pair);
}

/* What comes again while the first copy waits past its time is not dropped as its copy: none would
   be sent (seed 1795776406). What still has time is, and so are the parts of both. */
static void copy_of_what_is_stale_waits(void)
{
    struct pair *pair = pair_new(RELO_S);
    pair_wire(pair, 0);
    g_assert_cmpint(pair_send(pair, 0, "ab"), ==, RELO_SENT);
    pair_run(pair, RELO_S / 2);
    send_parts(pair, 1, "1a", "2a");
    send_parts(pair, 2, "1b", "2b");
    static const int at[] = {10, 28, 37, 38}; /* tenths; the first copy may wait until 3.5 s */
    for (int i = 0; i < 4; i++) {
        pair_run(pair, at[i] * RELO_S / 10);
        send_parts(pair, 2, "1b", "2b");
    }
    g_assert_cmpuint(pair->shard.counter[RELO_COUNT_drop_queued_copy], ==, 6);
    pair_run(pair, 60 * RELO_S);
    assert_heard(pair, "ab 1a 2a 1b 2b");
    g_assert_cmpuint(pair->shard.counter[RELO_COUNT_drop_queue_stale], ==, 2);
    g_assert_null(pair->end[0].links.active);
    pair_free(pair);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link/stale/stale_messages_are_not_forwarded",
                    stale_messages_are_not_forwarded);
    g_test_add_func("/link/stale/own_messages_wait_while_they_are_true",
                    own_messages_wait_while_they_are_true);
    g_test_add_func("/link/stale/stale_messages_go_with_all_their_parts",
                    stale_messages_go_with_all_their_parts);
    g_test_add_func("/link/stale/full_queue_holds_whole_messages", full_queue_holds_whole_messages);
    g_test_add_func("/link/stale/copy_of_what_is_stale_waits", copy_of_what_is_stale_waits);
    return g_test_run();
}
