/* SPDX-License-Identifier: BSD-2-Clause */
/* Simple Reliability: the stop-and-wait sender of RFC 6940 section 6.6.3.1 and the ACKs of 6.6.2.
 */
#include "support_pair.h"

#include "core/base/hash.h"
#include "core/link/state.h"

#include <string.h>

#define ASSERT_STR(expression, expected)                                                           \
    do {                                                                                           \
        char *text_ = (expression);                                                                \
        g_assert_cmpstr(text_, ==, (expected));                                                    \
        g_free(text_);                                                                             \
    } while (0)

static bool lose_all(struct pair *pair, const struct pair_sent *sent, guint number)
{
    (void)pair, (void)sent, (void)number;
    return true;
}

static bool lose_window(struct pair *pair, const struct pair_sent *sent, guint number)
{
    (void)number;
    return sent->at >= pair->lose_from && sent->at < pair->lose_until;
}

static bool lose_acks(struct pair *pair, const struct pair_sent *sent, guint number)
{
    (void)number;
    return sent->frame == 129 && sent->at >= pair->lose_from && sent->at < pair->lose_until;
}

static bool lose_number(struct pair *pair, const struct pair_sent *sent, guint number)
{
    (void)sent;
    return number == pair->lose_number;
}

/* 6940-6.6.3-1 6940-6.6.3.1-5 6940-6.6.3.1-6 6940-6.6.3.1-7 6940-6.6.3.1-8:
   6940-6.6.3.1: requests would be sent at times 0 ms, 500 ms, 1500 ms, 3500 ms, and 7500 ms. */
static void five_sends(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair_wire(pair, 0);
    pair->lost = lose_all;
    pair_send(pair, 0, "ping");
    pair_run(pair, 60 * RELO_S);
    ASSERT_STR(pair_data_times(pair, 0), "0 500 1500 3500 7500");
    for (guint i = 0; i < 5; i++) /* each with a sequence number of its own */
        g_assert_cmpuint(g_array_index(pair->sent, struct pair_sent, i).sequence, ==, i);
    g_assert_false(g_array_index(pair->sent, struct pair_sent, 0).retransmission);
    g_assert_true(g_array_index(pair->sent, struct pair_sent, 4).retransmission);
    /* the close: an alert, and the link is gone */
    g_assert_cmpuint(pair->sent->len, ==, 6);
    g_assert_cmpuint(g_array_index(pair->sent, struct pair_sent, 5).type, ==, 21);
    g_assert_cmpint(g_array_index(pair->sent, struct pair_sent, 5).at, ==, 15500 * RELO_MS);
    g_assert_cmpuint(pair->end[0].links.count, ==, 0);
    pair_free(pair);
}

/* 6940-6.6.3.1-9 6940-6.6-3 */
static void failure_signal_at_third_retransmission(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    relo_handle h = pair_wire(pair, 0);
    pair->lost = lose_all;
    pair_send(pair, 0, "first");
    pair_send(pair, 0, "second");
    pair_send(pair, 0, "third");
    pair_run(pair, 3500 * RELO_MS - 1);
    g_assert_cmpuint(pair->end[0].events->len, ==, 0);
    g_assert_true(relo_link_is_up(&pair->end[0].links, h));
    pair_run(pair, 3500 * RELO_MS);
    GArray *events = pair->end[0].events;
    g_assert_cmpuint(events->len, ==, 4);
    g_assert_cmpint(g_array_index(events, struct relo_link_event, 0).type, ==,
                    RELO_LINK_EVENT_SUSPECT);
    static const char *const order[] = {"first", "second", "third"};
    for (guint i = 0; i < 3; i++) {
        struct relo_link_event *e = &g_array_index(events, struct relo_link_event, i + 1);
        g_assert_cmpint(e->type, ==, RELO_LINK_EVENT_UNSENT);
        g_assert_cmpuint(e->message.transaction_id, ==, relo_hash(order[i], strlen(order[i]), 0));
    }
    g_assert_false(relo_link_is_up(&pair->end[0].links, h));
    g_assert_cmpint(pair_send(pair, 0, "more"), ==, RELO_SEND_NO_LINK);
    pair_run(pair, 20 * RELO_S);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_DOWN), ==, 1);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_UNSENT), ==, 3); /* none twice */
    pair_free(pair);
}

static void queue_kept_without_reroute(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair->config.reroute_on_failure = false;
    pair_wire(pair, 0);
    pair->lost = lose_window;
    pair->lose_until = 4 * RELO_S;
    pair_send(pair, 0, "first");
    pair_send_token(pair, 0, "second", 11);
    pair_run(pair, 20 * RELO_S);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_UNSENT), ==, 0);
    ASSERT_STR(pair_heard(pair, 1), "first second");
    pair_free(pair);
}

static void restored_when_acks_resume(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    relo_handle h = pair_wire(pair, 0);
    pair->lost = lose_window;
    pair->lose_until = 4 * RELO_S;
    pair_send(pair, 0, "ping");
    pair_run(pair, 20 * RELO_S);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_SUSPECT), ==, 1);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_RESTORED), ==, 1);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_DOWN), ==, 0);
    g_assert_true(relo_link_is_up(&pair->end[0].links, h));
    g_assert_cmpint(pair_send(pair, 0, "again"), ==, RELO_SENT);
    pair_run(pair, 21 * RELO_S);
    ASSERT_STR(pair_heard(pair, 1), "ping again");
    pair_free(pair);
}

/* 6940-6.6.3.1-11 6940-6.6.3.1-1 6940-6.6.3-1:
   6940-6.6.3.1: MUST wait 10 ms between receipt of an ACK and transmission of the next message. */
static void gap_after_ack(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair_wire(pair, 0);
    pair_send(pair, 0, "one");
    pair_send(pair, 0, "two");
    pair_run(pair, 95 * RELO_MS);
    ASSERT_STR(pair_data_times(pair, 0), "0 50"); /* the second's ACK comes at 90 */
    pair_send(pair, 0, "three");
    pair_run(pair, RELO_S);
    ASSERT_STR(pair_data_times(pair, 0), "0 50 100"); /* also when the queue was empty meanwhile */
    ASSERT_STR(pair_heard(pair, 1), "one two three");
    pair_free(pair);
}

static void no_retransmissions_without_loss(void)
{
    struct pair *pair = pair_new(89 * RELO_MS);
    pair_wire(pair, 0);
    GString *big = g_string_new(NULL);
    while (big->len < 1200)
        g_string_append(big, "x");
    for (int i = 0; i < 200; i++) {
        char *text = g_strdup_printf("%s%d", i % 7 ? "m" : big->str, i);
        g_assert_cmpint(pair_send(pair, i % 2, text), ==, RELO_SENT);
        g_free(text);
        pair_run(pair, pair->now + 250 * RELO_MS);
    }
    pair_run(pair, pair->now + 20 * RELO_S);
    g_assert_cmpuint(pair->shard.counter[RELO_COUNT_frames_retransmitted], ==, 0);
    g_assert_cmpuint(pair->shard.counter[RELO_COUNT_frames_data_in], ==, 200);
    g_assert_cmpuint(pair->shard.counter[RELO_COUNT_frames_ack_in], ==, 200);
    g_string_free(big, TRUE);
    pair_free(pair);
}

/* 6940-6.6.3.1-4:
   Hand-computed: R = 100, 200, 100, 40 ms. */
static void rto_follows_rfc6298(void)
{
    struct relo_config config;
    struct relo_link link = {.srtt_us = 0};
    relo_config_init(&config, "test.example");
    g_assert_cmpint(relo_rtt_rto(&config, &link), ==, 500 * RELO_MS);
    relo_rtt_measure(&link, 100 * RELO_MS); /* SRTT 100, RTTVAR 50: 300 */
    g_assert_cmpint(relo_rtt_rto(&config, &link), ==, 300 * RELO_MS);
    relo_rtt_measure(&link, 200 * RELO_MS); /* RTTVAR 62.5, SRTT 112.5: 362.5 */
    g_assert_cmpint(relo_rtt_rto(&config, &link), ==, 363 * RELO_MS);
    relo_rtt_measure(&link, 100 * RELO_MS); /* RTTVAR 50, SRTT 110.937: 310.937 */
    g_assert_cmpint(relo_rtt_rto(&config, &link), ==, 311 * RELO_MS);
    relo_rtt_measure(&link, 40 * RELO_MS); /* RTTVAR 55.234, SRTT 102.070: 323.006 */
    g_assert_cmpint(relo_rtt_rto(&config, &link), ==, 324 * RELO_MS);
    for (int i = 0; i < 60; i++)
        relo_rtt_measure(&link, 178 * RELO_MS); /* variance fades: SRTT + G */
    g_assert_cmpint(relo_rtt_rto(&config, &link), ==, 188 * RELO_MS);
    for (int i = 0; i < 60; i++)
        relo_rtt_measure(&link, 2 * RELO_MS);
    g_assert_cmpint(relo_rtt_rto(&config, &link), ==, config.link_rto_min);
}

/* 6940-6.6.3.1-3:
   where round trips are known to be long, the configuration says so */
static void initial_rto_is_the_configurations(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair->config.link_rto_initial = 2 * RELO_S;
    pair_wire(pair, 0);
    pair->lost = lose_all;
    pair_send(pair, 0, "ping");
    pair_run(pair, 15 * RELO_S);
    ASSERT_STR(pair_data_times(pair, 0), "0 2000 6000 14000");
    pair_free(pair);
}

static void wired_rtt_sets_rto(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair_wire(pair, 100 * RELO_MS); /* RTO 300 ms */
    pair->lost = lose_all;
    pair_send(pair, 0, "ping");
    pair_run(pair, 3 * RELO_S);
    ASSERT_STR(pair_data_times(pair, 0), "0 300 900 2100");
    pair_free(pair);
}

/* 6940-6.6.2-2:
   6940-6.6.2: bit N-M-1 for each M received before N, greater than N-32. */
static void ack_bitmap(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair_wire(pair, 0);
    pair->lost = lose_number;
    pair->lose_number = 4; /* DATA 0, ACK, DATA 1, ACK, then DATA 2 is lost */
    static const char *const text[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 4; i++) {
        pair_send(pair, 0, text[i]);
        pair_run(pair, pair->now + 2 * RELO_S);
    }
    GString *acks = g_string_new(NULL);
    for (guint i = 0; i < pair->sent->len; i++) {
        const struct pair_sent *s = &g_array_index(pair->sent, struct pair_sent, i);
        if (s->frame == 129)
            g_string_append_printf(acks, "%u:%x ", s->sequence, s->received);
    }
    g_assert_cmpstr(acks->str, ==, "0:0 1:1 3:6 4:d ");
    g_string_free(acks, TRUE);
    pair_free(pair);
}

static void ack_window_is_31(void)
{
    struct pair *pair = pair_new(RELO_MS);
    pair_wire(pair, 0);
    for (int i = 0; i < 40; i++) {
        char *text = g_strdup_printf("m%d", i);
        pair_send(pair, 0, text);
        g_free(text);
        pair_run(pair, pair->now + 50 * RELO_MS);
    }
    const struct pair_sent *s = &g_array_index(pair->sent, struct pair_sent, pair->sent->len - 1);
    g_assert_cmphex(s->received, ==, 0x7fffffff);
    pair_free(pair);
}

/* 6940-6.6.2-1 */
static void duplicate_acknowledged_not_handed_up(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair_wire(pair, 0);
    pair->lost = lose_acks;
    pair->lose_until = 2 * RELO_S; /* the ACKs of 0, 500 and 1500 ms */
    pair_send(pair, 0, "once");
    pair_run(pair, 2 * RELO_S);
    g_assert_cmpuint(pair->end[1].heard->len, ==, 1);
    g_assert_cmpuint(pair->shard.counter[RELO_COUNT_frames_duplicate], ==, 2);
    guint acks = 0;
    for (guint i = 0; i < pair->sent->len; i++)
        acks += g_array_index(pair->sent, struct pair_sent, i).frame == 129;
    g_assert_cmpuint(acks, ==, 3); /* each frame has its ACK */
    pair_free(pair);
}

static void end_to_end_copy_handed_up(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair_wire(pair, 0);
    pair_send(pair, 0, "request");
    pair_run(pair, 3 * RELO_S);
    pair_send(pair, 0, "request");
    pair_run(pair, 6 * RELO_S);
    ASSERT_STR(pair_heard(pair, 1), "request request");
    pair_free(pair);
}

static void first_sent_when_it_goes_out(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair_wire(pair, 0);
    pair_send_token(pair, 0, "one", 11);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_FIRST_SENT), ==, 1);
    pair_send_token(pair, 0, "two", 12);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_FIRST_SENT), ==, 1);
    g_assert_true(relo_links_waiting(&pair->end[0].links, relo_hash("two", 3, 0), 12));
    g_assert_false(relo_links_waiting(&pair->end[0].links, relo_hash("two", 3, 0), 13));
    pair_run(pair, 50 * RELO_MS);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_FIRST_SENT), ==, 2);
    g_assert_cmpuint(g_array_index(pair->end[0].events, struct relo_link_event, 1).sender_token, ==,
                     12);
    pair_run(pair, RELO_S);
    g_assert_false(relo_links_waiting(&pair->end[0].links, relo_hash("two", 3, 0), 12));
    g_assert_cmpuint(pair->shard.pool.bytes_used, >, 0);
    g_assert_null(pair->end[0].links.active); /* idle again */
    pair_free(pair);
}

static void queue_is_bounded(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair_wire(pair, 0);
    pair->config.link_queue_max = 4;
    static const char *const texts[] = {"ab", "cd", "ef", "gh"};
    for (int i = 0; i < 4; i++)
        g_assert_cmpint(pair_send(pair, 0, texts[i]), ==, RELO_SENT);
    g_assert_cmpint(pair_send(pair, 0, "ij"), ==, RELO_SEND_QUEUE_FULL);
    g_assert_cmpuint(pair->shard.counter[RELO_COUNT_drop_queue_full], ==, 1);
    pair_free(pair);
}

/* End-to-end retransmissions that reach a slow link must not fill its queue. */
static void copy_of_what_waits_is_not_queued(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair_wire(pair, 0);
    static const char *const texts[] = {"ab", "cd", "cd", "ef", "cd", "ab"};
    for (int i = 0; i < 6; i++)
        g_assert_cmpint(pair_send(pair, 0, texts[i]), ==, RELO_SENT);
    /* The head is on its way and may be lost: a copy of that one waits. */
    g_assert_cmpuint(pair->shard.counter[RELO_COUNT_drop_queued_copy], ==, 2);
    g_assert_cmpuint(relo_links_queued(&pair->end[0].links), ==, 4);
    pair_free(pair);
}

static void transit_does_not_retransmit(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    relo_handle h = pair_wire(pair, 0);
    pair->lost = lose_all;
    uint8_t header[10] = {1};
    struct relo_outgoing m = {.header = {header, sizeof header}, .no_retransmit = true};
    relo_links_send(&pair->end[0].links, h, &m);
    pair_settle(pair, 0);
    pair_run(pair, 10 * RELO_S);
    ASSERT_STR(pair_data_times(pair, 0), "0");
    g_assert_true(relo_link_is_up(&pair->end[0].links, h));
    pair_free(pair);
}

static void unreachable_fails_at_once(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair_wire(pair, 0);
    pair->lost = lose_all;
    pair_send(pair, 0, "a");
    pair_send(pair, 0, "b");
    relo_links_unreachable(&pair->end[0].links, &pair->end[1].addr);
    pair_settle(pair, 0);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_DOWN), ==, 1);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_UNSENT), ==, 2);
    g_assert_cmpuint(pair->end[0].links.count, ==, 0);
    pair_free(pair);
}

static void close_notify_ends_both(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    relo_handle h = pair_wire(pair, 0);
    relo_links_close(&pair->end[0].links, h);
    g_assert_false(relo_link_is_up(&pair->end[0].links, h));
    pair_settle(pair, 0);
    pair_run(pair, RELO_S);
    g_assert_cmpuint(pair_count(pair, 1, RELO_LINK_EVENT_DOWN), ==, 1);
    g_assert_cmpuint(pair->end[1].links.count, ==, 0);
    g_assert_cmpuint(pair->shard.slab[RELO_SLAB_LINK].live, ==, 0);
    pair_free(pair);
}

static void idle_link_in_no_table_closed(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    relo_handle h = pair_wire(pair, 0);
    pair_send(pair, 0, "x");
    pair_run(pair, 700 * RELO_S);
    g_assert_true(relo_link_is_up(&pair->end[0].links, h)); /* a neighbor stays */
    relo_link_clear_use(&pair->end[0].links, h, RELO_LINK_NEIGHBOR);
    pair_run(pair, 1400 * RELO_S);
    g_assert_false(relo_link_is_up(&pair->end[0].links, h));
    g_assert_cmpuint(pair->shard.counter[RELO_COUNT_links_closed_idle], ==, 1);
    pair_free(pair);
}

/* 6940-6.6-1:
   larger than max-message-size: said so, for routing to tell the sender */
static void too_large_is_handed_up_as_such(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair_wire(pair, 0);
    for (guint n = 5000; n <= 5001; n++) {
        char *text = g_strnfill(n, 'x');
        pair_send(pair, 0, text);
        pair_run(pair, pair->now + RELO_S);
        g_assert_cmpint(pair->end[1].last_too_large, ==, n > 5000);
        g_free(text);
    }
    g_assert_cmpuint(pair->end[0].links.env->shard->counter[RELO_COUNT_frames_retransmitted], ==,
                     0); /* acknowledged all the same */
    pair_free(pair);
}

/* 6940-6.6-1:
   one last message, once, before the close_notify; what waited before it finds another way */
static void last_words_before_the_close(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    pair_wire(pair, 0);
    pair_send_token(pair, 0, "first", 1);
    pair_send_token(pair, 0, "second", 2);
    relo_handle h = relo_links_find(&pair->end[0].links, pair->end[1].identity.node_id);
    uint8_t header[] = {'b', 'y', 'e'};
    relo_links_send(&pair->end[0].links, h,
                    &(struct relo_outgoing){.header = {header, sizeof header}});
    relo_links_close_after(&pair->end[0].links, h);
    pair_settle(pair, 0);
    pair_run(pair, 10 * RELO_S);
    char *heard = pair_heard(pair, 1);
    g_assert_cmpstr(heard, ==, "first bye");
    g_free(heard);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_UNSENT), ==, 2);
    g_assert_cmpuint(pair_count(pair, 0, RELO_LINK_EVENT_DOWN), ==, 1);
    g_assert_cmpuint(pair_count(pair, 1, RELO_LINK_EVENT_DOWN), ==, 1);
    pair_free(pair);
}

static void full_outbox_resumes(void)
{
    struct pair *pair = pair_new(20 * RELO_MS);
    relo_handle h = pair_wire(pair, 0);
    uint8_t header[4] = {1, 2, 3, 4};
    relo_links_send(&pair->end[0].links, h, &(struct relo_outgoing){.header = {header, 4}});
    pair->out.n = RELO_OUTBOX_ACTIONS;
    g_assert_false(relo_links_flush(&pair->end[0].links, &pair->out));
    pair->out.n = 0;
    pair_settle(pair, 0);
    ASSERT_STR(pair_data_times(pair, 0), "0");
    pair_free(pair);
}

static bool lose_some(struct pair *pair, const struct pair_sent *sent, guint number)
{
    (void)sent;
    return relo_hash_draw(pair->lose_number, 1, 2, number) % 100 < 25;
}

/* At 25 % loss: no message is forgotten. Each is heard, once and in order, or given back. */
static void nothing_forgotten(guint seed)
{
    struct pair *pair = pair_new(30 * RELO_MS);
    pair_wire(pair, 60 * RELO_MS);
    pair->lost = lose_some;
    pair->lose_number = seed;
    guint sent = 0;
    for (guint i = 0; i < 60; i++) {
        char *text = g_strdup_printf("%03u", i);
        sent += pair_send(pair, 0, text) == RELO_SENT;
        g_free(text);
        pair_run(pair, pair->now + 200 * RELO_MS);
    }
    pair_run(pair, pair->now + 300 * RELO_S);
    GPtrArray *heard = pair->end[1].heard;
    GHashTable *known = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < heard->len; i++) {
        g_assert_true(g_hash_table_add(known, heard->pdata[i]));
        g_assert_true(i == 0 || strcmp(heard->pdata[i - 1], heard->pdata[i]) < 0);
    }
    g_assert_cmpuint(heard->len, <=, sent);
    g_assert_cmpuint(heard->len + pair_count(pair, 0, RELO_LINK_EVENT_UNSENT), >=, sent);
    g_assert_cmpuint(heard->len, >, 0);
    g_assert_null(pair->end[0].links.active);
    g_hash_table_destroy(known);
    pair_free(pair);
}

static void swarm_nothing_forgotten(void)
{
    for (guint seed = 1; seed <= 60; seed++)
        nothing_forgotten(seed);
}

static void link_fits_128_bytes(void)
{
    g_assert_cmpuint(relo_link_bytes(), <=, 128);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link/sender/five_sends_at_the_rfcs_times", five_sends);
    g_test_add_func("/link/sender/failure_signal_at_third_retransmission",
                    failure_signal_at_third_retransmission);
    g_test_add_func("/link/sender/queue_kept_without_reroute", queue_kept_without_reroute);
    g_test_add_func("/link/sender/restored_when_acks_resume", restored_when_acks_resume);
    g_test_add_func("/link/sender/gap_after_ack", gap_after_ack);
    g_test_add_func("/link/sender/no_retransmissions_without_loss",
                    no_retransmissions_without_loss);
    g_test_add_func("/link/sender/first_sent_when_it_goes_out", first_sent_when_it_goes_out);
    g_test_add_func("/link/sender/copy_of_what_waits_is_not_queued",
                    copy_of_what_waits_is_not_queued);
    g_test_add_func("/link/sender/queue_is_bounded", queue_is_bounded);
    g_test_add_func("/link/sender/transit_does_not_retransmit", transit_does_not_retransmit);
    g_test_add_func("/link/rtt/follows_rfc6298", rto_follows_rfc6298);
    g_test_add_func("/link/rtt/wired_rtt_sets_rto", wired_rtt_sets_rto);
    g_test_add_func("/link/receiver/ack_bitmap", ack_bitmap);
    g_test_add_func("/link/receiver/ack_window_is_31", ack_window_is_31);
    g_test_add_func("/link/receiver/duplicate_acknowledged_not_handed_up",
                    duplicate_acknowledged_not_handed_up);
    g_test_add_func("/link/receiver/end_to_end_copy_handed_up", end_to_end_copy_handed_up);
    g_test_add_func("/link/receiver/too_large_is_handed_up_as_such",
                    too_large_is_handed_up_as_such);
    g_test_add_func("/link/sender/initial_rto_is_the_configurations",
                    initial_rto_is_the_configurations);
    g_test_add_func("/link/sender/last_words_before_the_close", last_words_before_the_close);
    g_test_add_func("/link/unreachable_fails_at_once", unreachable_fails_at_once);
    g_test_add_func("/link/close_notify_ends_both", close_notify_ends_both);
    g_test_add_func("/link/idle_link_in_no_table_closed", idle_link_in_no_table_closed);
    g_test_add_func("/link/full_outbox_resumes", full_outbox_resumes);
    g_test_add_func("/link/swarm_nothing_forgotten_at_25_percent_loss", swarm_nothing_forgotten);
    g_test_add_func("/link/fits_128_bytes", link_fits_128_bytes);
    return g_test_run();
}
