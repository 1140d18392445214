/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames that come in: ACKs, and DATA, each of which gets one ACK (RFC 6940 section 6.6.2). */
#include "core/link/state.h"

#include "core/base/hash.h"
#include "core/wire/codes.h"
#include "core/wire/frame.h"

#define ACK_WINDOW_MASK UINT32_C(0x7fffffff) /* M > N-32: 31 numbers (6.6.2) */
#define DUPLICATE_WINDOW (2500 * RELO_MS)

/* Notes sequence N; returns the bitmap of those before it, bit N-M-1 for M. */
static uint32_t note_sequence(struct relo_link *link, uint32_t n)
{
    if (!(link->flags & RELO_LINK_HAS_IN)) {
        link->flags |= RELO_LINK_HAS_IN;
        link->in_high = n;
        link->in_mask = 0;
        return 0;
    }
    int32_t ahead = (int32_t)(n - link->in_high);
    if (ahead > 0) {
        uint32_t shift = (uint32_t)ahead;
        link->in_mask = shift > 31 ? 0 : link->in_mask << shift;
        if (shift <= 32) /* 6940-6.6.2-2 */
            link->in_mask |= UINT32_C(1) << (shift - 1);
        link->in_high = n;
        return link->in_mask & ACK_WINDOW_MASK;
    }
    uint32_t behind = link->in_high - n;
    uint32_t before = behind > 31 ? 0 : link->in_mask >> behind;
    if (behind >= 1 && behind <= 32)
        link->in_mask |= UINT32_C(1) << (behind - 1);
    return before & ACK_WINDOW_MASK;
}

/* A retransmission of the last message has a new sequence number and the same bytes. An end-to-end
   copy has the same bytes too, but comes a reliability timer later and must go on. */
static bool duplicate(struct relo_links *links, struct relo_link *link,
                      const struct relo_incoming *m)
{
    uint64_t hash = relo_hash_mix(relo_hash(m->head.p, m->head.n, 0), relo_slice_hash(&m->body));
    uint32_t short_hash = (uint32_t)(hash ^ hash >> 32);
    relo_time window =
        relo_time_min(DUPLICATE_WINDOW, links->env->config->overlay_reliability_timer);
    if ((link->flags & RELO_LINK_HAS_LAST) && short_hash == link->last_hash &&
        links->env->now - link->last_in < window)
        return true;
    link->flags |= RELO_LINK_HAS_LAST;
    link->last_hash = short_hash;
    link->last_in = links->env->now;
    return false;
}

static bool data(struct relo_links *links, relo_handle h, struct relo_view frame,
                 const struct relo_slice *rest, struct relo_incoming *message)
{
    struct relo_link *link = relo_link_get(links, h);
    uint32_t rest_bytes = rest->body ? rest->n : 0;
    uint32_t bytes = frame.n - RELO_FRAME_DATA_BYTES + rest_bytes;
    struct relo_rd r = relo_rd_init(frame.p + 1, 4, 16);
    uint32_t sequence = relo_rd_u32(&r);
    uint32_t received = note_sequence(link, sequence);
    *message = (struct relo_incoming){
        .link = h,
        .from = link->id,
        .head = {frame.p + RELO_FRAME_DATA_BYTES, frame.n - (uint32_t)RELO_FRAME_DATA_BYTES},
        .body = *rest,
        .unattached = link->flags & RELO_LINK_UNATTACHED,
        .too_large = bytes > links->env->config->max_message_size};
    if (link->flags & RELO_LINK_STREAM) {
        relo_stream_ack(links, h, sequence, received);
        link->last_in = links->env->now;
    } else {
        links->ack = (struct relo_links_ack){h, sequence, received}; /* 6940-6.6.2-1 */
        if (duplicate(links, link, message)) {
            relo_count(links->env, RELO_COUNT_frames_duplicate);
            return false;
        }
    }
    relo_count(links->env, RELO_COUNT_frames_data_in);
    return true;
}

bool relo_receiver_frame(struct relo_links *links, relo_handle h, struct relo_view frame,
                         const struct relo_slice *rest, struct relo_incoming *message)
{
    uint32_t rest_bytes = rest->body ? rest->n : 0;
    if (frame.n < RELO_FRAME_DATA_BYTES ||
        relo_frame_need(frame.p, frame.n) != frame.n + rest_bytes) {
        relo_count(links->env, RELO_COUNT_drop_bad_frame);
        return false;
    }
    if (frame.p[0] == RELO_FRAME_DATA)
        return data(links, h, frame, rest, message);
    if (frame.n != RELO_FRAME_ACK_BYTES) {
        relo_count(links->env, RELO_COUNT_drop_bad_frame);
        return false;
    }
    struct relo_rd r = relo_rd_init(frame.p + 1, 8, 16);
    uint32_t sequence = relo_rd_u32(&r);
    relo_count(links->env, RELO_COUNT_frames_ack_in);
    /* `received` is statistics only: the sender goes by ack_sequence alone. */
    if (relo_link_get(links, h)->flags & RELO_LINK_STREAM)
        relo_stream_acked(links, h, sequence);
    else
        relo_sender_ack(links, h, sequence);
    return false;
}
