/* SPDX-License-Identifier: BSD-2-Clause */
/* Leaving the overlay: RFC 6940 sections 6.4.2.2 and 10.9. */
#include "core/topology/internal.h"

static bool send_leave(struct relo_chord *chord, struct relo_id peer, relo_handle link,
                       bool to_predecessor)
{
    uint8_t ids[RELO_NEIGHBORS_MAX * RELO_ID_BYTES], data[sizeof ids + 8], bytes[sizeof data + 32];
    uint8_t self[RELO_ID_BYTES];
    /* To a predecessor we are a successor. */
    uint32_t n = relo_chord_side_write(chord, to_predecessor, ids);
    struct relo_chord_leave leave = {
        .type = to_predecessor ? RELO_CHORD_FROM_SUCC : RELO_CHORD_FROM_PRED,
        .neighbors = {ids, n * RELO_ID_BYTES},
    };
    struct relo_wr inner = relo_wr_init(data, sizeof data, RELO_ID_BYTES);
    relo_chord_leave_write(&inner, &leave);
    relo_id_to_bytes(chord->env->self, self);
    struct relo_leave_req request = {
        .leaving_peer_id = {self, sizeof self},
        .overlay_specific_data = relo_wr_view(&inner), /* 6940-10.9-2 */
    };
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, RELO_ID_BYTES);
    relo_leave_req_write(&w, &request);
    struct relo_target target = {.id = peer};
    return relo_chord_request(chord, &target, link, RELO_CODE_LEAVE_REQ, relo_wr_view(&w),
                              relo_chord_context(RELO_CHORD_LEAVE, 0)) != 0;
}

void relo_chord_leave_finish(struct relo_chord *chord)
{
    struct relo_links *links = relo_chord_links(chord);
    uint32_t cursor = 0;
    relo_handle link;
    while ((link = relo_links_next(links, &cursor)) != 0) {
        relo_links_close(links, link); /* so that nobody goes on routing through us */
        cursor = 0;
    }
    chord->ring.count = 0;
    relo_prospects_fini(&chord->prospects, &chord->env->shard->pool);
    chord->leave_at = RELO_NEVER;
    chord->leaves = 0;
    chord->state = RELO_NODE_STARTED;
    chord->events |= RELO_CHORD_NEWS_LEFT;
}

/* A Leave to whoever is connected (6.4.2.2), or `still` takes us for a peer; how many were sent. */
static uint16_t tell(struct relo_chord *chord, bool still)
{
    struct relo_links *links = relo_chord_links(chord);
    uint32_t cursor = 0, sent = 0;
    relo_handle link;
    while ((link = relo_links_next(links, &cursor)) != 0) {
        struct relo_id peer = relo_link_peer(links, link);
        if (still && (!(relo_link_use(links, link) & RELO_LINK_SENT_READY) ||
                      relo_route_pending(chord->route, RELO_CODE_LEAVE_REQ, peer)))
            continue;
        /* In a small ring a peer is on both sides: the nearer one counts. */
        bool to_predecessor = relo_ring_before(&chord->ring, peer) >= (chord->ring.count + 1u) / 2;
        /* 6940-10.9-1 6940-6.4.2.2-1 */
        sent += send_leave(chord, peer, link, to_predecessor);
    }
    return (uint16_t)sent;
}

uint16_t relo_chord_leave_tell(struct relo_chord *chord)
{
    /* A copy of an Update behind the Leave, or over the next link to that peer, would say that we
       are one still. */
    relo_route_abandon(chord->route, RELO_CODE_UPDATE_REQ);
    return tell(chord, false);
}

void relo_chord_leave_repeat(struct relo_chord *chord)
{
    tell(chord, true);
}

/* A Leave to all members of the Neighbor Table (10.9) and whoever else is connected (6.4.2.2);
   through when all have answered, or after a while. */
bool relo_chord_leave(struct relo_chord *chord)
{
    bool attached = chord->client && chord->boot;
    if (chord->state != RELO_NODE_JOINED && chord->state != RELO_NODE_JOINING && !attached)
        return false;
    bool member = chord->state == RELO_NODE_JOINED;
    relo_chord_join_stop(chord);
    chord->finger_next = 0;
    relo_chord_timers_stop(chord);
    chord->state = RELO_NODE_LEAVING;
    chord->leaves = 0;
    if (member)
        chord->leaves = relo_chord_leave_tell(chord);
    chord->leave_at = chord->env->now + RELO_CHORD_LEAVE_WAIT;
    if (chord->leaves == 0)
        relo_chord_leave_finish(chord);
    return true;
}

void relo_chord_leave_answered(struct relo_chord *chord, struct relo_id by)
{
    struct relo_links *links = relo_chord_links(chord);
    relo_handle link = relo_links_find(links, by);
    if (link && chord->state != RELO_NODE_JOINED) /* in the ring again, all know that */
        relo_link_clear_use(links, link, RELO_LINK_SENT_READY);
    relo_chord_leave_ended(chord);
}

void relo_chord_leave_ended(struct relo_chord *chord)
{
    if (chord->state == RELO_NODE_LEAVING && chord->leaves > 0 && --chord->leaves == 0)
        relo_chord_leave_finish(chord);
}

void relo_chord_leave_request(struct relo_chord *chord, struct relo_inbound *in)
{
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, RELO_ID_BYTES);
    struct relo_leave_req request;
    struct relo_chord_leave leave;
    struct relo_id leaving;
    bool read =
        relo_leave_req_read(&r, &request) && relo_view_to_id(request.leaving_peer_id, &leaving);
    if (read) {
        struct relo_rd data = relo_rd_init(request.overlay_specific_data.p,
                                           request.overlay_specific_data.n, RELO_ID_BYTES);
        read = relo_chord_leave_read(&data, &leave);
        r.unknown = data.unknown;
    }
    if (!read) {
        relo_route_malformed(chord->route, in, &r);
        return;
    }
    /* 6.4.2.2: body, signer and the link it came over must agree. */
    /* 6940-6.4.2.2-3 6940-6.4.2.2-4 */
    if (in->link == 0 || !relo_id_equal(leaving, in->signer.node_id) ||
        !relo_id_equal(leaving, in->from)) {
        relo_route_error_text(chord->route, in, RELO_ERROR_FORBIDDEN,
                              "a Leave comes from the leaving peer itself, over its own link");
        return;
    }
    relo_route_answer(chord->route, in, RELO_CODE_LEAVE_ANS, (struct relo_view){NULL, 0}, NULL, 0);
    relo_link_clear_use(relo_chord_links(chord), in->link, RELO_LINK_PEER | RELO_LINK_HELD);
    relo_chord_block(chord, leaving);
    /* Peers it lists are attached to by way of the overlay: it will not be there to be a relay
     * (10.6). */
    bool changed = false;
    if (chord->state == RELO_NODE_JOINED)
        changed = relo_chord_consider(chord, leave.neighbors, (struct relo_id){0, 0});
    if (changed)
        relo_chord_settle(chord, false);
    /* 10.9: as if a failure had been detected. */
    /* 6940-10.9-3 6940-6.4.2.2-5 */
    relo_chord_lost(chord, leaving, in->link, chord->prospects.count == 0);
    relo_chord_pursue(chord);
    relo_chord_join_progress(chord);
}
