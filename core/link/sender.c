/* SPDX-License-Identifier: BSD-2-Clause */
/* Simple Reliability's stop-and-wait sender (RFC 6940 section 6.6.3.1). */
#include "core/link/state.h"

#include "core/wire/frame.h"

#include <string.h>

#define FRAME_MAX 60000u /* must fit an outbox with room to spare */

static bool is_same(const struct relo_link_item *item, const struct relo_outgoing *message)
{
    return item->frame_bytes == RELO_FRAME_DATA_BYTES + message->header.n &&
           item->body.n == message->body.n &&
           memcmp(item->frame + RELO_FRAME_DATA_BYTES, message->header.p, message->header.n) == 0;
}

/* Whether the same message waits behind the head already. End-to-end retransmissions that pile up
   in front of a slow link would keep it busy for good (6.2.1, at whoever forwards). What is stale
   will not be sent, nor the parts behind a first one that is: with the copy gone, too, none would.
 */
static bool is_queued(const struct relo_link_busy *busy, const struct relo_outgoing *message,
                      relo_time now)
{
    bool stale = false; /* the first part of the copy that comes next */
    for (const struct relo_link_item *item = busy->first->next; item; item = item->next) {
        if (item->transaction_id != message->transaction_id ||
            item->sender_token != message->sender_token)
            continue;
        if (!item->continues || item->stale_at <= now)
            stale = item->stale_at <= now;
        if (!stale && is_same(item, message))
            return true;
    }
    return false;
}

static struct relo_link_item *pop(struct relo_link_busy *busy)
{
    struct relo_link_item *item = busy->first;
    busy->first = item->next;
    if (!busy->first)
        busy->last = NULL;
    busy->queued--;
    return item;
}

/* The other parts of a message whose first is dropped, up to those of the next copy of it, behind
   `before`; NULL: from the head on. */
static void drop_rest(struct relo_links *links, struct relo_link_busy *busy,
                      struct relo_link_item *before, uint64_t id, enum relo_counter why)
{
    struct relo_link_item *item = before ? before->next : busy->first;
    while (item && (item->transaction_id != id || item->continues)) {
        struct relo_link_item *next = item->next;
        if (item->transaction_id != id || item->sender_token) {
            before = item;
        } else {
            if (before)
                before->next = next;
            else
                busy->first = next;
            relo_count(links->env, why);
            relo_item_free(links, item);
            busy->queued--;
        }
        item = next;
    }
    if (!item)
        busy->last = before;
}

/* Whether the first part of the same message waits, or is on its way. */
static bool has_first(const struct relo_link_busy *busy, const struct relo_outgoing *message)
{
    for (const struct relo_link_item *item = busy->first; item; item = item->next)
        if (item->transaction_id == message->transaction_id &&
            item->sender_token == message->sender_token && !item->continues)
            return true;
    return false;
}

/* The newest message of others goes, with all its parts: it has waited least. Not what is on its
   way. False: there is none, or it was message `id`. */
static bool drop_newest(struct relo_links *links, struct relo_link_busy *busy, uint64_t id)
{
    struct relo_link_item *before = NULL;
    for (struct relo_link_item *item = busy->first; item->next; item = item->next)
        if (!item->next->sender_token && !item->next->continues)
            before = item;
    if (!before)
        return false;
    struct relo_link_item *first = before->next;
    bool another = first->transaction_id != id;
    before->next = first->next;
    busy->queued--;
    relo_count(links->env, RELO_COUNT_drop_queue_full);
    drop_rest(links, busy, before, first->transaction_id, RELO_COUNT_drop_queue_full);
    relo_item_free(links, first);
    return another;
}

/* A queue that takes each part by itself holds parts of many messages as soon as it is full, and
   hardly one of them whole: it carries nothing any more. So a part goes with the first one: where
   that waits there is room for it as long as a newer message has some, and where it does not there
   is none. That one may have been sent, but hardly before all that waits in half a queue came. */
static bool has_room(struct relo_links *links, struct relo_link_busy *busy,
                     const struct relo_outgoing *message)
{
    uint32_t max = links->env->config->link_queue_max;
    if (!message->continues || busy->queued <= max / 2)
        return busy->queued < max;
    return has_first(busy, message) &&
           (busy->queued < max || drop_newest(links, busy, message->transaction_id));
}

static relo_time stale_at(const struct relo_links *links, const struct relo_outgoing *message)
{
    if (message->sender_token)
        return message->until ? message->until : RELO_NEVER;
    return links->env->now + (message->continues ? RELO_LINK_REST_TIME : RELO_LINK_QUEUE_TIME);
}

enum relo_send_result relo_links_send(struct relo_links *links, relo_handle h,
                                      const struct relo_outgoing *message)
{
    uint32_t body_bytes = message->body.body ? message->body.n : 0;
    if (!relo_link_is_up(links, h))
        return RELO_SEND_NO_LINK;
    struct relo_link *link = relo_link_get(links, h);
    if (message->header.n > FRAME_MAX || message->header.n + body_bytes > FRAME_MAX) {
        relo_count(links->env, RELO_COUNT_drop_too_large);
        return RELO_SEND_QUEUE_FULL;
    }
    if (link->flags & RELO_LINK_STREAM)
        return relo_stream_send(links, h, message);
    struct relo_link_busy *busy = relo_busy_get(links, h);
    uint32_t frame_bytes = RELO_FRAME_DATA_BYTES + message->header.n;
    if (busy->queued > 1 && message->transaction_id && is_queued(busy, message, links->env->now)) {
        relo_count(links->env, RELO_COUNT_drop_queued_copy);
        return RELO_SENT;
    }
    if (!has_room(links, busy, message)) {
        relo_count(links->env, RELO_COUNT_drop_queue_full);
        relo_busy_release(links, h);
        return RELO_SEND_QUEUE_FULL;
    }
    struct relo_link_item *item = relo_env_alloc(links->env, relo_item_bytes(frame_bytes));
    item->next = NULL;
    item->body = message->body;
    relo_body_ref(item->body.body);
    item->stale_at = stale_at(links, message);
    item->transaction_id = message->transaction_id;
    item->sender_token = message->sender_token;
    item->frame_bytes = (uint16_t)frame_bytes;
    item->no_retransmit = message->no_retransmit;
    item->continues = message->continues;
    item->rerouted = false;
    if (message->header.n)
        memcpy(item->frame + RELO_FRAME_DATA_BYTES, message->header.p, message->header.n);
    if (busy->last)
        busy->last->next = item;
    else
        busy->first = item;
    busy->last = item;
    busy->queued++;
    relo_sender_start(links, h);
    return RELO_SENT;
}

bool relo_links_waiting(const struct relo_links *links, uint64_t transaction_id,
                        uint32_t sender_token)
{
    for (const struct relo_link_busy *busy = links->active; busy; busy = busy->next)
        for (const struct relo_link_item *item = busy->first; item; item = item->next)
            if (item->transaction_id == transaction_id && item->sender_token == sender_token &&
                !item->rerouted)
                return true;
    return false;
}

uint32_t relo_links_queued(const struct relo_links *links)
{
    uint32_t n = 0;
    for (const struct relo_link_busy *busy = links->active; busy; busy = busy->next)
        n += busy->queued;
    return n;
}

/* A link carries one message per round trip. Where more come than that, a queue that stays full
   holds each until its origin has given up: all capacity goes to what nobody waits for. Of the
   others' messages only what is fresh goes on, and all parts of one or none: where the first has
   gone the others do, too. Of our own only what is still true: the timer of 6.2.1 starts for one
   that is not, as if it had been sent. */
static void drop_stale(struct relo_links *links, struct relo_link_busy *busy)
{
    while (busy->first && busy->first->stale_at <= links->env->now) {
        struct relo_link_item *item = pop(busy);
        relo_count(links->env, RELO_COUNT_drop_queue_stale);
        if (item->sender_token)
            relo_news_first_sent(links, busy->link, item);
        else if (!item->continues)
            drop_rest(links, busy, NULL, item->transaction_id, RELO_COUNT_drop_queue_stale);
        relo_item_free(links, item);
    }
}

void relo_sender_start(struct relo_links *links, relo_handle h)
{
    struct relo_link *link = relo_link_get(links, h);
    struct relo_link_busy *busy = link->busy;
    if (!busy || busy->in_flight || busy->due) /* 6940-6.6.3.1-1 6940-6.6.3-1 */
        return;
    drop_stale(links, busy);
    if (!busy->first)
        return;
    if (links->env->now <  /* 6940-6.6.3.1-11 */
        link->gap_until) { /* 6.6.3.1: 10 ms between an ACK and the next message */
        busy->timer = link->gap_until;
        return;
    }
    busy->due = true;
    busy->timer = RELO_NEVER;
    if (busy->first->sender_token)
        relo_news_first_sent(links, h, busy->first);
}

void relo_sender_sent(struct relo_links *links, struct relo_link *link)
{
    struct relo_link_busy *busy = link->busy;
    if (busy->in_flight) {
        relo_count(links->env, RELO_COUNT_frames_retransmitted);
    } else {
        busy->in_flight = true;
        busy->first_sequence = link->out_next;
    }
    busy->due = false;
    busy->sent[link->out_next % RELO_LINK_SENT_TIMES] = links->env->now;
    if (busy->known < RELO_LINK_SENT_TIMES)
        busy->known++;
    link->out_next++; /* 6.6.2: a retransmission has a number of its own */ /* 6940-6.6.3.1-7 */
    /* 6.6.3.1: the wait doubles with each retransmission. */
    /* 6940-6.6.3.1-5 6940-6.6.3.1-6 6940-6.6.3-1 */
    busy->timer = links->env->now + (relo_rtt_rto(links->env->config, link) << link->silent);
}

static void head_done(struct relo_links *links, struct relo_link_busy *busy)
{
    relo_item_free(links, pop(busy));
    busy->in_flight = false;
    busy->due = false;
    busy->timer = RELO_NEVER;
}

void relo_sender_ack(struct relo_links *links, relo_handle h, uint32_t sequence)
{
    struct relo_link *link = relo_link_get(links, h);
    struct relo_link_busy *busy = link->busy;
    relo_time now = links->env->now;
    if ((int32_t)(link->out_next - 1 - sequence) < 0) {
        relo_count(links->env, RELO_COUNT_drop_bad_frame); /* of a frame never sent */
        return;
    }
    link->gap_until = now + links->env->config->link_gap;
    link->silent = 0;
    /* 6.6.3.1: all ACKs measure, because every transmission has its own sequence number. */
    if (busy && link->out_next - sequence <= busy->known)
        relo_rtt_measure(link, now - busy->sent[sequence % RELO_LINK_SENT_TIMES]);
    if (busy && busy->in_flight &&
        sequence - busy->first_sequence < link->out_next - busy->first_sequence)
        head_done(links, busy);
    if (link->state == RELO_LINK_SUSPECT)
        relo_sender_restore(links, h);
    if (link->state == RELO_LINK_UP) {
        relo_sender_start(links, h);
        relo_busy_release(links, h);
    }
}

void relo_sender_suspect(struct relo_links *links, relo_handle h)
{
    struct relo_link *link = relo_link_get(links, h);
    struct relo_link_busy *busy = link->busy;
    relo_count(links->env, RELO_COUNT_links_failed);
    relo_news_link(links, h, RELO_LINK_EVENT_SUSPECT);
    link->state = RELO_LINK_SUSPECT;
    relo_table_move(links, h, (struct relo_id){0, 0});
    if (!links->env->config->reroute_on_failure || !busy->first)
        return;
    /* The head goes on being sent, to see whether the link lives; a copy of it and the others find
       another way. */
    struct relo_link_item *head = pop(busy), *copy;
    size_t bytes = relo_item_bytes(head->frame_bytes);
    copy = relo_env_alloc(links->env, bytes);
    memcpy(copy, head, bytes);
    relo_body_ref(copy->body.body);
    relo_news_unsent(links, h, copy);
    while (busy->first)
        relo_news_unsent(links, h, pop(busy));
    head->rerouted = true;
    head->next = NULL;
    busy->first = busy->last = head;
    busy->queued = 1;
}

void relo_sender_restore(struct relo_links *links, relo_handle h)
{
    struct relo_link *link = relo_link_get(links, h);
    if (relo_links_find(links, link->id)) { /* another has taken its place meanwhile */
        relo_link_end(links, h, true, true);
        return;
    }
    relo_count(links->env, RELO_COUNT_links_restored);
    link->state = RELO_LINK_UP;
    link->silent = 0;
    relo_table_move(links, h, link->id);
    relo_news_link(links, h, RELO_LINK_EVENT_RESTORED);
}

/* This node stood still since a timer was due, a stopped process or a machine that slept. Nobody
   waits any more for what it had to send then, and what is in it may have expired (7.4.1.1). */
static void drop_all(struct relo_links *links, relo_handle h)
{
    struct relo_link *link = relo_link_get(links, h);
    struct relo_link_busy *busy = link->busy;
    if (link->state == RELO_LINK_SUSPECT) { /* without its probe it would stay suspect for good */
        relo_link_end(links, h, true, false);
        return;
    }
    while (busy->first) {
        relo_count(links->env, RELO_COUNT_drop_queue_stale);
        head_done(links, busy);
    }
    link->silent = 0;
    relo_busy_release(links, h);
}

void relo_sender_timeout(struct relo_links *links, relo_handle h)
{
    struct relo_link *link = relo_link_get(links, h);
    struct relo_link_busy *busy = link->busy;
    relo_time late = links->env->now - busy->timer;
    busy->timer = RELO_NEVER;
    if (late >= RELO_LINK_REST_TIME) {
        drop_all(links, h);
        return;
    }
    if (!busy->in_flight) { /* the gap is over */
        relo_sender_start(links, h);
        relo_busy_release(links, h);
        return;
    }
    /* 6940-6.6.3.1-8 */
    if (++link->silent >= RELO_LINK_SENDS_MAX) { /* 6.6.3.1: all transmissions failed: close */
        relo_link_end(links, h, true, true);
        return;
    }
    /* 6940-6.6.3.1-9 6940-6.6-3 */
    if (link->silent == RELO_LINK_SUSPECT_AT && link->state == RELO_LINK_UP)
        relo_sender_suspect(links, h);
    /* On a suspect link the head is the probe that may restore it. */
    if (!busy->first->no_retransmit || link->state == RELO_LINK_SUSPECT) {
        busy->due = true;
        return;
    }
    /* Where transit nodes do not retransmit, one transmission is all that a message gets. */
    relo_count(links->env, RELO_COUNT_drop_link_failed);
    head_done(links, busy);
    relo_sender_start(links, h);
    relo_busy_release(links, h);
}
