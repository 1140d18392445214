/* SPDX-License-Identifier: BSD-2-Clause */
/* The Admitting Peer's side of a join: RFC 6940 sections 6.4.2.1 and 10.5, steps 5 to 8. */
#include "core/topology/internal.h"

static bool nobody(struct relo_id id)
{
    return id.hi == 0 && id.lo == 0;
}

/* Where the Joining Node's range will begin: the nearest peer before it. */
struct relo_id relo_chord_handover_from(const struct relo_chord *chord)
{
    const struct relo_ring *ring = &chord->ring;
    uint32_t before = relo_ring_before(ring, chord->joiner);
    return before > 0 ? relo_ring_id(ring, before - 1) : ring->self;
}

void relo_chord_join_request(struct relo_chord *chord, struct relo_inbound *in)
{
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, RELO_ID_BYTES);
    struct relo_join_req join;
    struct relo_id joiner;
    if (!relo_join_req_read(&r, &join) || !relo_view_to_id(join.joining_peer_id, &joiner)) {
        relo_route_malformed(chord->route, in, &r);
        return;
    }
    /* 6.4.2.1: body, signer and the link it came over must agree. */
    /* 6940-6.4.2.1-2 6940-6.4.2.1-3 */
    if (in->link == 0 || !relo_id_equal(joiner, in->signer.node_id) ||
        !relo_id_equal(joiner, in->from) || relo_id_equal(joiner, chord->env->self)) {
        relo_route_error_text(chord->route, in, RELO_ERROR_FORBIDDEN,
                              "a Join comes from the joining peer itself, over its own link");
        return;
    }
    if (chord->state != RELO_NODE_JOINED ||
        !relo_chord_ops.responsible(chord, relo_id_next(joiner))) {
        relo_route_error_text(chord->route, in, RELO_ERROR_NOT_FOUND, "not your successor");
        /* Who is, it reads in our neighbors. */
        if (chord->state == RELO_NODE_JOINED)
            relo_chord_update_send(chord, joiner, in->link, RELO_CHORD_NEIGHBORS);
        return;
    }
    if (!nobody(chord->joiner) && !relo_id_equal(chord->joiner, joiner)) {
        relo_route_error_text(chord->route, in, RELO_ERROR_IN_PROGRESS, "admitting another peer");
        return;
    }
    uint8_t bytes[8];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, RELO_ID_BYTES);
    relo_join_ans_write(&w, &(struct relo_join_ans){{NULL, 0}});
    /* 6940-10.5-6 */
    relo_route_answer(chord->route, in, RELO_CODE_JOIN_ANS, relo_wr_view(&w), NULL, 0);
    if (!nobody(chord->joiner))
        return; /* asked again: under way already */
    chord->joiner = joiner;
    chord->joiner_until = chord->env->now + 60 * RELO_S;
    /* 6940-10.5-7 6940-6.4.2.1-5 */
    chord->events |= RELO_CHORD_NEWS_HANDOVER; /* step 6 is storage's */
}

/* Step 7: what the new predecessor is responsible for has been stored there. */
void relo_chord_handover_done(struct relo_chord *chord, struct relo_id to)
{
    if (nobody(chord->joiner) || !relo_id_equal(to, chord->joiner))
        return;
    chord->joiner = (struct relo_id){0, 0};
    chord->joiner_until = RELO_NEVER;
    chord->events &= (uint16_t)~RELO_CHORD_NEWS_HANDOVER;
    struct relo_links *links = relo_chord_links(chord);
    relo_handle link = relo_links_find(links, to);
    if (!link || chord->state != RELO_NODE_JOINED)
        return;
    relo_link_set_use(links, link, RELO_LINK_PEER);
    if (relo_chord_enter(chord, to, link)) /* 6940-10.5-8 */
        relo_chord_settle(chord, false);
    /* Step 8: to all neighbors, the new one among them; the range has changed, so to everybody. */
    relo_chord_update_mark(chord, RELO_CHORD_DIRTY_ALL, 0);
    relo_chord_update_flush(chord);
}
