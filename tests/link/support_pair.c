/* SPDX-License-Identifier: BSD-2-Clause */
/* Two link layers joined by a network with a virtual clock. */
#include "support_pair.h"

#include "core/base/hash.h"

#include <string.h>

struct pair_packet {
    relo_time at;
    int to;
    guint n;
    uint8_t *bytes;
};

static void init_end(struct pair *pair, int i)
{
    struct pair_end *e = &pair->end[i];
    e->identity = (struct relo_identity){
        .node_id = {(uint64_t)(i + 1) << 60, 7}, .key = 100u + (unsigned)i, .not_after_s = 1 << 30};
    g_snprintf(e->identity.user, sizeof e->identity.user, "user%d@example.org", i);
    e->env = (struct relo_env){.shard = &pair->shard,
                               .suite = &relo_suite_sim,
                               .config = &pair->config,
                               .identity = &e->identity,
                               .self = e->identity.node_id,
                               .prng = {1000u + (unsigned)i, 0}};
    e->addr = relo_addr_v4(0x0a000001u + (unsigned)i, 6084);
    relo_links_init(&e->links, &e->env);
    relo_links_set_local(&e->links, &e->addr, 1);
    e->events = g_array_new(FALSE, TRUE, sizeof(struct relo_link_event));
    e->heard = g_ptr_array_new_with_free_func(g_free);
    e->heard_at = g_array_new(FALSE, TRUE, sizeof(relo_time));
}

struct pair *pair_new(relo_time latency)
{
    struct pair *pair = g_new0(struct pair, 1);
    relo_pool_init(&pair->shard.pool);
    relo_slab_init(&pair->shard.slab[RELO_SLAB_LINK], relo_link_bytes());
    relo_config_init(&pair->config, "test.example");
    pair->latency = latency;
    pair->sent = g_array_new(FALSE, TRUE, sizeof(struct pair_sent));
    pair->last = g_byte_array_new();
    g_queue_init(&pair->network);
    init_end(pair, 0);
    init_end(pair, 1);
    return pair;
}

static void free_packet(gpointer packet)
{
    g_free(((struct pair_packet *)packet)->bytes);
    g_free(packet);
}

void pair_free(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        relo_links_fini(&pair->end[i].links);
        g_array_free(pair->end[i].events, TRUE);
        g_ptr_array_free(pair->end[i].heard, TRUE);
        g_array_free(pair->end[i].heard_at, TRUE);
    }
    g_queue_clear_full(&pair->network, free_packet);
    g_assert_cmpuint(pair->shard.slab[RELO_SLAB_LINK].live, ==, 0);
    g_assert_cmpuint(pair->shard.pool.bytes_used, ==, 0);
    relo_slab_fini(&pair->shard.slab[RELO_SLAB_LINK]);
    relo_pool_fini(&pair->shard.pool);
    g_array_free(pair->sent, TRUE);
    g_byte_array_free(pair->last, TRUE);
    g_free(pair);
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void carry(struct pair *pair, int from, const struct relo_send *send)
{
    struct pair_sent s = {.at = pair->now,
                          .from = from,
                          .type = send->head.p[0],
                          .traffic_class = send->traffic_class,
                          .retransmission = send->retransmission};
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, send->head.p, send->head.n);
    if (send->body.body)
        g_byte_array_append(bytes, relo_slice_bytes(&send->body), send->body.n);
    relo_body_unref(&pair->shard.pool, send->body.body);
    s.bytes = bytes->len;
    if (send->frame_offset) {
        const uint8_t *frame = bytes->data + send->frame_offset;
        s.frame = frame[0];
        s.sequence = be32(frame + 1);
        if (s.frame == 129)
            s.received = be32(frame + 5);
    }
    g_byte_array_set_size(pair->last, 0);
    g_byte_array_append(pair->last, bytes->data, bytes->len);
    g_array_append_val(pair->sent, s);
    if (pair->lost && pair->lost(pair, &s, pair->sent->len - 1)) {
        g_byte_array_free(bytes, TRUE);
        return;
    }
    struct pair_packet *packet = g_new(struct pair_packet, 1);
    *packet =
        (struct pair_packet){.at = pair->now + pair->latency, .to = 1 - from, .n = bytes->len};
    packet->bytes = g_byte_array_free(bytes, FALSE);
    g_queue_push_tail(&pair->network, packet);
}

void pair_settle(struct pair *pair, int which)
{
    struct pair_end *e = &pair->end[which];
    struct relo_link_event event;
    bool all;
    e->env.now = pair->now;
    while (relo_links_poll(&e->links, &event)) {
        if (event.type == RELO_LINK_EVENT_UNSENT)
            relo_body_unref(&pair->shard.pool, event.message.body.body);
        g_array_append_val(e->events, event);
    }
    do {
        pair->out.n = pair->out.bytes_used = 0;
        all = relo_links_flush(&e->links, &pair->out);
        for (uint32_t i = 0; i < pair->out.n; i++)
            carry(pair, which, &pair->out.action[i].send);
    } while (!all);
}

void pair_give(struct pair *pair, int to, const struct relo_addr *from, const void *bytes, guint n)
{
    struct pair_end *e = &pair->end[to];
    struct relo_datagram d = {.local = e->addr, .remote = *from, .head = {bytes, n}};
    struct relo_incoming m;
    e->env.now = pair->now;
    if (relo_links_receive(&e->links, &d, &m)) {
        GString *text = g_string_new_len((const char *)m.head.p, m.head.n);
        if (m.body.body)
            g_string_append_len(text, (const char *)relo_slice_bytes(&m.body), m.body.n);
        g_ptr_array_add(e->heard, g_string_free(text, FALSE));
        g_array_append_val(e->heard_at, pair->now);
        e->last_too_large = m.too_large;
        e->last_unattached = m.unattached;
    }
    pair_settle(pair, to);
}

static relo_time next_time(struct pair *pair, int *which)
{
    const struct pair_packet *packet = g_queue_peek_head(&pair->network);
    relo_time at = packet ? packet->at : RELO_NEVER;
    *which = -1;
    for (int i = 0; i < 2; i++) {
        relo_time deadline = relo_links_deadline(&pair->end[i].links);
        if (deadline < at) {
            at = deadline;
            *which = i;
        }
    }
    return at;
}

void pair_run(struct pair *pair, relo_time until)
{
    int which;
    for (relo_time at; (at = next_time(pair, &which)) <= until;) {
        g_assert_cmpint(at, >=, pair->now);
        pair->now = at;
        if (which >= 0) {
            pair->end[which].env.now = at;
            relo_links_wake(&pair->end[which].links);
            pair_settle(pair, which);
            g_assert_cmpint(relo_links_deadline(&pair->end[which].links), >, at);
            continue;
        }
        struct pair_packet *packet = g_queue_pop_head(&pair->network);
        pair_give(pair, packet->to, &pair->end[1 - packet->to].addr, packet->bytes, packet->n);
        free_packet(packet);
    }
    pair->now = until;
    pair->end[0].env.now = pair->end[1].env.now = until;
}

relo_handle pair_wire(struct pair *pair, relo_time rtt)
{
    relo_handle h[2];
    for (int i = 0; i < 2; i++) {
        struct pair_end *e = &pair->end[i];
        h[i] = relo_links_wire(&e->links,
                               &(struct relo_wired_link){.id = pair->end[1 - i].identity.node_id,
                                                         .remote = pair->end[1 - i].addr,
                                                         .secret = 42,
                                                         .rtt = rtt,
                                                         .server = i == 1});
        relo_link_set_use(&e->links, h[i], RELO_LINK_NEIGHBOR);
    }
    return h[0];
}

enum relo_send_result pair_send_token(struct pair *pair, int from, const char *text, uint32_t token)
{
    struct pair_end *e = &pair->end[from];
    guint n = (guint)strlen(text), half = n / 2;
    struct relo_body *body =
        relo_body_new(&pair->shard.pool, text + half, n - half, RELO_CLASS_LOOKUP);
    relo_handle h = relo_links_find(&e->links, pair->end[1 - from].identity.node_id);
    struct relo_outgoing m = {.header = {(const uint8_t *)text, half},
                              .body = {body, 0, n - half},
                              .transaction_id =
                                  pair->message ? pair->message : relo_hash(text, n, 0),
                              .sender_token = token,
                              .until = pair->until,
                              .continues = pair->continues};
    e->env.now = pair->now;
    enum relo_send_result result = relo_links_send(&e->links, h, &m);
    relo_body_unref(&pair->shard.pool, body);
    pair_settle(pair, from);
    return result;
}

enum relo_send_result pair_send(struct pair *pair, int from, const char *text)
{
    return pair_send_token(pair, from, text, 0);
}

guint pair_count(const struct pair *pair, int which, enum relo_link_event_type type)
{
    guint n = 0;
    for (guint i = 0; i < pair->end[which].events->len; i++)
        n += g_array_index(pair->end[which].events, struct relo_link_event, i).type == type;
    return n;
}

char *pair_data_times(const struct pair *pair, int from)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < pair->sent->len; i++) {
        const struct pair_sent *s = &g_array_index(pair->sent, struct pair_sent, i);
        if (s->from == from && s->frame == 128)
            g_string_append_printf(text, "%s%" G_GINT64_FORMAT, text->len ? " " : "",
                                   s->at / RELO_MS);
    }
    return g_string_free(text, FALSE);
}

char *pair_heard(const struct pair *pair, int which)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < pair->end[which].heard->len; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "",
                               (const char *)pair->end[which].heard->pdata[i]);
    return g_string_free(text, FALSE);
}
