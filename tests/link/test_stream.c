/* SPDX-License-Identifier: BSD-2-Clause */
/* Links over a stream: TLS/TCP with framing header, No-ICE (RFC 6940 section 6.6.5). */
#include "support_pair.h"

#include "core/link/state.h"

#include <string.h>

/* One stream between the two ends of a pair: end 0 connects. */
struct wire {
    struct pair *pair;
    uint32_t number[2];
    GByteArray *to[2]; /* bytes under way */
    guint chunk;       /* bytes given at a time */
    bool closed;
};

static void collect(struct wire *wire, int which)
{
    struct relo_outbox *out = &wire->pair->out;
    for (uint32_t i = 0; i < out->n; i++) {
        const struct relo_action *a = &out->action[i];
        if (a->type == RELO_ACTION_STREAM_CONNECT)
            wire->number[which] = a->stream.stream;
        else if (a->type == RELO_ACTION_STREAM_SEND)
            g_byte_array_append(wire->to[1 - which], a->stream.data.p, a->stream.data.n);
        else if (a->type == RELO_ACTION_STREAM_CLOSE)
            wire->closed = true;
        else
            g_assert_not_reached();
    }
}

static void settle(struct wire *wire, int which)
{
    struct pair_end *e = &wire->pair->end[which];
    struct relo_link_event event;
    struct relo_incoming m;
    e->env.now = wire->pair->now;
    while (relo_links_stream_next(&e->links, &m))
        g_ptr_array_add(e->heard, g_strndup((const char *)m.head.p, m.head.n));
    while (relo_links_poll(&e->links, &event)) {
        if (event.type == RELO_LINK_EVENT_UNSENT)
            relo_body_unref(&wire->pair->shard.pool, event.message.body.body);
        g_array_append_val(e->events, event);
    }
    wire->pair->out.n = wire->pair->out.bytes_used = 0;
    g_assert_true(relo_links_flush(&e->links, &wire->pair->out));
    collect(wire, which);
}

static void stream_event(struct wire *wire, int which, enum relo_event_type type, const void *p,
                         guint n)
{
    struct relo_event event = {.type = type,
                               .stream = {.stream = wire->number[which],
                                          .accepted = which == 1,
                                          .local = wire->pair->end[which].addr,
                                          .remote = wire->pair->end[1 - which].addr,
                                          .data = {p, n}}};
    wire->pair->end[which].env.now = wire->pair->now;
    relo_links_stream(&wire->pair->end[which].links, &event);
    settle(wire, which);
}

static void carry_all(struct wire *wire)
{
    while (wire->to[0]->len || wire->to[1]->len)
        for (int i = 0; i < 2; i++) {
            guint n = MIN(wire->chunk, wire->to[i]->len);
            if (!n)
                continue;
            uint8_t *bytes = g_memdup2(wire->to[i]->data, n);
            g_byte_array_remove_range(wire->to[i], 0, n);
            stream_event(wire, i, RELO_EVENT_STREAM_DATA, bytes, n);
            g_free(bytes);
        }
}

static struct wire *wire_new(guint chunk)
{
    struct wire *wire = g_new0(struct wire, 1);
    wire->pair = pair_new(0);
    wire->chunk = chunk;
    wire->number[1] = 5;
    for (int i = 0; i < 2; i++)
        wire->to[i] = g_byte_array_new();
    relo_links_connect_stream(&wire->pair->end[0].links, &wire->pair->end[1].identity.node_id,
                              &wire->pair->end[1].addr);
    settle(wire, 0);
    g_assert_cmpuint(wire->number[0] >> 31, ==, 1);
    stream_event(wire, 1, RELO_EVENT_STREAM_OPENED, NULL, 0);
    stream_event(wire, 0, RELO_EVENT_STREAM_OPENED, NULL, 0);
    wire->pair->now += 40 * RELO_MS;
    carry_all(wire);
    for (int i = 0; i < 2; i++)
        g_assert_cmpuint(pair_count(wire->pair, i, RELO_LINK_EVENT_UP), ==, 1);
    return wire;
}

static void wire_free(struct wire *wire)
{
    for (int i = 0; i < 2; i++)
        g_byte_array_free(wire->to[i], TRUE);
    pair_free(wire->pair);
    g_free(wire);
}

static enum relo_send_result send_text(struct wire *wire, int from, const char *text)
{
    struct pair_end *e = &wire->pair->end[from];
    guint n = (guint)strlen(text);
    struct relo_body *body =
        relo_body_new(&wire->pair->shard.pool, text + 1, n - 1, RELO_CLASS_DATA);
    struct relo_outgoing m = {.header = {(const uint8_t *)text, 1}, .body = {body, 0, n - 1}};
    e->env.now = wire->pair->now;
    enum relo_send_result result = relo_links_send(
        &e->links, relo_links_find(&e->links, wire->pair->end[1 - from].identity.node_id), &m);
    relo_body_unref(&wire->pair->shard.pool, body);
    settle(wire, from);
    return result;
}

/* 6940-6.6.5-1 */
static void frames_back_to_back(gconstpointer chunk)
{
    struct wire *wire = wire_new(GPOINTER_TO_UINT(chunk));
    send_text(wire, 0, "one");
    send_text(wire, 0, "two"); /* no waiting for the ACK */
    send_text(wire, 1, "three");
    carry_all(wire);
    char *heard = pair_heard(wire->pair, 1);
    g_assert_cmpstr(heard, ==, "one two");
    g_free(heard);
    heard = pair_heard(wire->pair, 0);
    g_assert_cmpstr(heard, ==, "three");
    g_free(heard);
    g_assert_cmpuint(wire->pair->shard.counter[RELO_COUNT_frames_ack_in], ==, 3);
    g_assert_cmpint(relo_links_deadline(&wire->pair->end[0].links), >, 100 * RELO_S);
    wire_free(wire);
}

/* 6940-6.6.5-1: late ACKs make the timeout longer. */
static void acks_measure_the_round_trip(void)
{
    struct wire *wire = wire_new(100000);
    struct pair_end *e = &wire->pair->end[0];
    send_text(wire, 0, "one");
    wire->pair->now += 300 * RELO_MS;
    wire->pair->end[0].env.now = wire->pair->end[1].env.now = wire->pair->now;
    carry_all(wire);
    const struct relo_link *link = relo_link_get(
        &e->links, relo_links_find(&e->links, wire->pair->end[1].identity.node_id));
    g_assert_cmpuint(link->srtt_us, >, 0);
    relo_time before = relo_rtt_rto(&wire->pair->config, link);
    send_text(wire, 0, "two");
    wire->pair->now += 3 * RELO_S;
    wire->pair->end[0].env.now = wire->pair->end[1].env.now = wire->pair->now;
    carry_all(wire);
    g_assert_cmpint(relo_rtt_rto(&wire->pair->config, link), >, before);
    wire_free(wire);
}

static void advance(struct wire *wire, int which)
{
    wire->pair->now = relo_links_deadline(&wire->pair->end[which].links);
    wire->pair->end[which].env.now = wire->pair->now;
    relo_links_wake(&wire->pair->end[which].links);
    settle(wire, which);
}

/* 6940-6.6.5-2 6940-6.6.5-3:
   6940-6.6.5: the RTO takes the link out of the Routing Table; 30 s decide whether it has failed.
 */
static void rto_is_a_failure_signal(void)
{
    struct wire *wire = wire_new(100000);
    relo_time start = wire->pair->now;
    send_text(wire, 0, "one");
    g_byte_array_set_size(wire->to[1], 0); /* it hangs in the network */
    advance(wire, 0);
    g_assert_cmpuint(pair_count(wire->pair, 0, RELO_LINK_EVENT_SUSPECT), ==, 1);
    g_assert_cmpint(wire->pair->now - start, >=, 100 * RELO_MS);
    g_assert_cmpint(wire->pair->now - start, <=, 500 * RELO_MS);
    g_assert_cmpint(send_text(wire, 0, "two"), ==, RELO_SEND_NO_LINK);
    start = wire->pair->now;
    advance(wire, 0);
    g_assert_cmpint(wire->pair->now - start, ==, 30 * RELO_S);
    g_assert_cmpuint(pair_count(wire->pair, 0, RELO_LINK_EVENT_DOWN), ==, 1);
    g_assert_true(wire->closed);
    wire_free(wire);
}

static void late_ack_restores(void)
{
    struct wire *wire = wire_new(100000);
    send_text(wire, 0, "one");
    advance(wire, 0);
    g_assert_cmpuint(pair_count(wire->pair, 0, RELO_LINK_EVENT_SUSPECT), ==, 1);
    carry_all(wire);
    g_assert_cmpuint(pair_count(wire->pair, 0, RELO_LINK_EVENT_RESTORED), ==, 1);
    g_assert_cmpint(send_text(wire, 0, "two"), ==, RELO_SENT);
    wire_free(wire);
}

static void closing_closes_both(void)
{
    struct wire *wire = wire_new(7);
    struct relo_links *links = &wire->pair->end[0].links;
    relo_links_close(links, relo_links_find(links, wire->pair->end[1].identity.node_id));
    settle(wire, 0);
    g_assert_true(wire->closed);
    carry_all(wire); /* close_notify */
    for (int i = 0; i < 2; i++)
        g_assert_cmpuint(pair_count(wire->pair, i, RELO_LINK_EVENT_DOWN), ==, 1);
    wire_free(wire);
}

static void stream_closed_by_network(void)
{
    struct wire *wire = wire_new(100000);
    stream_event(wire, 1, RELO_EVENT_STREAM_CLOSED, NULL, 0);
    g_assert_cmpuint(pair_count(wire->pair, 1, RELO_LINK_EVENT_DOWN), ==, 1);
    g_assert_cmpuint(wire->pair->end[1].links.count, ==, 0);
    wire_free(wire);
}

static void tampered_stream_is_fatal(void)
{
    struct wire *wire = wire_new(100000);
    send_text(wire, 0, "one");
    wire->to[1]->data[40] ^= 1;
    carry_all(wire);
    g_assert_cmpuint(wire->pair->end[1].heard->len, ==, 0);
    g_assert_cmpuint(pair_count(wire->pair, 1, RELO_LINK_EVENT_DOWN), ==, 1);
    wire_free(wire);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/link/stream/frames_back_to_back", GUINT_TO_POINTER(100000),
                         frames_back_to_back);
    g_test_add_data_func("/link/stream/frames_in_single_bytes", GUINT_TO_POINTER(1),
                         frames_back_to_back);
    g_test_add_func("/link/stream/acks_measure_the_round_trip", acks_measure_the_round_trip);
    g_test_add_func("/link/stream/rto_is_a_failure_signal", rto_is_a_failure_signal);
    g_test_add_func("/link/stream/late_ack_restores", late_ack_restores);
    g_test_add_func("/link/stream/closing_closes_both", closing_closes_both);
    g_test_add_func("/link/stream/closed_by_network", stream_closed_by_network);
    g_test_add_func("/link/stream/tampering_is_fatal", tampered_stream_is_fatal);
    return g_test_run();
}
