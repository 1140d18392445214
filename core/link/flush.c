/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills the outbox at the end of a step: answers without state, the ACK of what came in, then links
   in Node-ID order, then the last words of those that ended. */
#include "core/link/state.h"

#include "core/wire/codes.h"
#include "core/wire/frame.h"

#define CHUNK_MAX 2048u /* a handshake datagram, an ACK or an alert is never larger */

static bool room(const struct relo_outbox *out, size_t bytes)
{
    return out->n < RELO_OUTBOX_ACTIONS &&
           RELO_OUTBOX_BYTES - out->bytes_used >= bytes + RELO_LINK_HEADROOM;
}

static struct relo_wr writer(const struct relo_links *links, struct relo_outbox *out)
{
    if (links->relayed)
        out->bytes_used += RELO_LINK_HEADROOM;
    return relo_wr_init(out->bytes + out->bytes_used, RELO_OUTBOX_BYTES - out->bytes_used, 16);
}

/* The SEND of what `w` has written. */
static struct relo_send *emit(struct relo_outbox *out, const struct relo_wr *w,
                              const struct relo_addr *local, const struct relo_addr *remote,
                              enum relo_class traffic_class)
{
    struct relo_action *action = &out->action[out->n++];
    action->type = RELO_ACTION_SEND;
    action->send = (struct relo_send){.local = *local,
                                      .remote = *remote,
                                      .head = relo_wr_view(w),
                                      .traffic_class = (uint8_t)traffic_class};
    out->bytes_used += (uint32_t)relo_wr_size(w);
    return &action->send;
}

/* The same along a link's path. */
static struct relo_send *emit_on(struct relo_links *links, struct relo_link *link,
                                 struct relo_outbox *out, const struct relo_wr *w,
                                 enum relo_class traffic_class)
{
    struct relo_send *send =
        emit(out, w, relo_link_local(links, link), &link->remote, traffic_class);
    if (links->relayed)
        send->relayed = relo_link_relayed(links, link);
    if (links->quiet)
        relo_quiet_sent(links, link);
    return send;
}

static bool flush_reply(struct relo_links *links, struct relo_outbox *out)
{
    const struct relo_link_reply *reply = links->reply;
    if (!reply)
        return true;
    if (!room(out, reply->n))
        return false;
    struct relo_wr w = writer(links, out);
    relo_wr_bytes(&w, reply->bytes, reply->n);
    struct relo_send *send = emit(out, &w, &reply->local, &reply->remote, RELO_CLASS_CONNECT);
    send->relayed = relo_links_is_relayed(links, &reply->local);
    relo_reply_drop(links);
    return true;
}

static bool flush_ack(struct relo_links *links, struct relo_outbox *out)
{
    if (!links->ack.link)
        return true;
    if (!room(out, CHUNK_MAX))
        return false;
    struct relo_env *env = links->env;
    struct relo_link *link = relo_link_get(links, links->ack.link);
    uint8_t frame[RELO_FRAME_ACK_BYTES];
    struct relo_wr f = relo_wr_init(frame, sizeof frame, 16), w = writer(links, out);
    struct relo_slice none = {NULL, 0, 0}, rest;
    uint16_t offset = 0;
    relo_frame_write(&f, &(struct relo_frame){.type = RELO_FRAME_ACK,
                                              .sequence = links->ack.sequence,
                                              .received = links->ack.received});
    env->suite->assoc_seal(env, &link->assoc, relo_wr_view(&f), &none, &w, &rest, &offset);
    links->ack.link = 0;
    if (w.failed)
        return true;
    emit_on(links, link, out, &w, RELO_CLASS_ACK)->frame_offset = offset;
    return true;
}

/* What the association itself has to say: handshake, alert. */
static bool flush_talk(struct relo_links *links, struct relo_link_busy *busy,
                       struct relo_outbox *out)
{
    struct relo_env *env = links->env;
    struct relo_link *link = relo_link_get(links, busy->link);
    while (busy->talk) {
        bool again = false;
        if (!room(out, env->config->mtu > CHUNK_MAX ? env->config->mtu : CHUNK_MAX))
            return false;
        struct relo_wr w = writer(links, out);
        if (!env->suite->assoc_output(env, &link->assoc, &w, &again) || w.failed)
            busy->talk = false;
        else
            emit_on(links, link, out, &w, RELO_CLASS_CONNECT)->retransmission = again;
    }
    return true;
}

/* One transmission of the message at the head of the queue. */
static bool flush_head(struct relo_links *links, struct relo_link_busy *busy,
                       struct relo_outbox *out)
{
    struct relo_env *env = links->env;
    struct relo_link *link = relo_link_get(links, busy->link);
    struct relo_link_item *item = busy->first;
    struct relo_slice rest = {NULL, 0, 0};
    uint16_t offset = 0;
    uint32_t body_bytes = item->body.body ? item->body.n : 0;
    if (!room(out, env->suite->record_overhead + item->frame_bytes + body_bytes))
        return false;
    struct relo_wr head = relo_wr_init(item->frame, RELO_FRAME_DATA_BYTES, 16);
    struct relo_wr w = writer(links, out);
    relo_frame_write_data_head(&head, link->out_next,
                               item->frame_bytes - (uint32_t)RELO_FRAME_DATA_BYTES + body_bytes);
    env->suite->assoc_seal(env, &link->assoc, (struct relo_view){item->frame, item->frame_bytes},
                           &item->body, &w, &rest, &offset);
    enum relo_class traffic_class =
        item->body.body ? (enum relo_class)item->body.body->traffic_class : RELO_CLASS_MAINTENANCE;
    if (!w.failed) {
        struct relo_send *send = emit_on(links, link, out, &w, traffic_class);
        send->body = rest;
        relo_body_ref(rest.body);
        send->retransmission = busy->in_flight;
        send->frame_offset = offset;
    }
    relo_sender_sent(links, link);
    return true;
}

bool relo_links_flush(struct relo_links *links, struct relo_outbox *out)
{
    if (!flush_reply(links, out) || !flush_ack(links, out))
        return false;
    for (struct relo_link_busy *busy = links->active, *next; busy; busy = next) {
        next = busy->next;
        if (busy->stream) {
            if (!relo_stream_flush(links, busy, out))
                return false;
            continue;
        }
        if (busy->talk && !flush_talk(links, busy, out))
            return false;
        if (busy->due && !flush_head(links, busy, out))
            return false;
        if (!busy->first)
            relo_busy_release(links, busy->link);
    }
    while (links->dead) {
        struct relo_link_busy *busy = links->dead;
        if (busy->due && !flush_head(links, busy, out))
            return false;
        bool done =
            busy->stream ? relo_stream_flush(links, busy, out) : flush_talk(links, busy, out);
        if (!done)
            return false;
        busy->talk = false;
        relo_link_bury(links);
    }
    return true;
}
