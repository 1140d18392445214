/* SPDX-License-Identifier: BSD-2-Clause */
/* Update and RouteQuery of CHORD-RELOAD: RFC 6940 sections 6.4.2.3, 6.4.2.4, 10.7 and 10.8. */
#include "core/topology/internal.h"

#include "core/wire/ping.h"

#define SIDE_BYTES (RELO_NEIGHBORS_MAX * RELO_ID_BYTES)
#define FINGER_BYTES (RELO_FINGER_SLOTS * RELO_ID_BYTES)

relo_handle relo_chord_request(struct relo_chord *chord, const struct relo_target *target,
                               relo_handle through, uint16_t code, struct relo_view body,
                               uint64_t context)
{
    struct relo_request request = {
        .target = *target,
        .through = through,
        .code = code,
        .body = body,
        .owner = RELO_OWNER_TOPOLOGY,
        .context = context,
        .traffic_class = RELO_CLASS_MAINTENANCE,
    };
    return relo_route_request(chord->route, &request);
}

relo_handle relo_chord_ping(struct relo_chord *chord, const struct relo_target *target,
                            relo_handle through, uint64_t context)
{
    uint8_t bytes[8];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, RELO_ID_BYTES);
    relo_ping_req_write(&w, &(struct relo_ping_req){{NULL, 0}});
    return relo_chord_request(chord, target, through, RELO_CODE_PING_REQ, relo_wr_view(&w),
                              context);
}

void relo_chord_probe(struct relo_chord *chord, struct relo_id peer, relo_handle link)
{
    struct relo_target target = {.id = peer};
    if (!relo_route_pending(chord->route, RELO_CODE_PING_REQ, peer))
        relo_chord_ping(chord, &target, link, relo_chord_context(RELO_CHORD_PING, 0));
}

uint32_t relo_chord_side_write(const struct relo_chord *chord, bool successors, uint8_t *out)
{
    uint32_t n = relo_ring_side(&chord->ring);
    for (uint32_t j = 0; j < n; j++) {
        uint32_t i = successors ? j : relo_ring_predecessor(&chord->ring, j);
        relo_id_to_bytes(relo_ring_id(&chord->ring, i), out + (size_t)j * RELO_ID_BYTES);
    }
    return n;
}

/* 10.7: the Finger Table, numerically ascending: beginning where the ids wrap around. */
static uint32_t fingers_write(const struct relo_chord *chord, uint8_t *out)
{
    const struct relo_ring *ring = &chord->ring;
    uint32_t first = relo_ring_before(ring, (struct relo_id){0, 0}), n = 0;
    for (uint32_t k = 0; k < ring->count && n < RELO_FINGER_SLOTS; k++) {
        uint32_t i = (first + k) % ring->count;
        if (ring->flags[i] & RELO_RING_FINGER)
            relo_id_to_bytes(relo_ring_id(ring, i), out + (size_t)n++ * RELO_ID_BYTES);
    }
    return n;
}

static uint32_t uptime(const struct relo_chord *chord)
{
    return (uint32_t)((chord->env->now - chord->started) / RELO_S);
}

static void body_write(const struct relo_chord *chord, enum relo_chord_update_type type,
                       struct relo_wr *w)
{
    uint8_t predecessors[SIDE_BYTES], successors[SIDE_BYTES], fingers[FINGER_BYTES];
    uint32_t n = relo_chord_side_write(chord, false, predecessors);
    relo_chord_side_write(chord, true, successors);
    uint32_t m = type == RELO_CHORD_FULL ? fingers_write(chord, fingers) : 0;
    struct relo_chord_update update = {
        .uptime = uptime(chord),
        .type = (uint8_t)type,
        .predecessors = {predecessors, n * RELO_ID_BYTES},
        .successors = {successors, n * RELO_ID_BYTES},
        .fingers = {fingers, m * RELO_ID_BYTES},
    };
    relo_chord_update_write(w, &update);
}

static bool send_body(struct relo_chord *chord, struct relo_id id, relo_handle link,
                      struct relo_view body)
{
    struct relo_target target = {.id = id};
    if (relo_chord_request(chord, &target, link, RELO_CODE_UPDATE_REQ, body,
                           relo_chord_context(RELO_CHORD_UPDATE, 0)) == 0)
        return false;
    if (link)
        relo_link_set_use(relo_chord_links(chord), link, RELO_LINK_SENT_READY);
    return true;
}

void relo_chord_update_send(struct relo_chord *chord, struct relo_id id, relo_handle link,
                            enum relo_chord_update_type type)
{
    uint8_t bytes[2 * SIDE_BYTES + FINGER_BYTES + 16];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, RELO_ID_BYTES);
    body_write(chord, type, &w);
    send_body(chord, id, link, relo_wr_view(&w));
}

/* Updates wait `delay` for more changes to tell of, so that a burst makes one Update per
 * connection. */
void relo_chord_update_mark(struct relo_chord *chord, enum relo_chord_dirty who, relo_time delay)
{
    chord->dirty |= (uint8_t)who;
    chord->update_resume = (struct relo_id){0, 0};
    chord->update_at = relo_time_min(chord->update_at, chord->env->now + delay);
}

void relo_chord_update_flush(struct relo_chord *chord)
{
    struct relo_links *links = relo_chord_links(chord);
    uint8_t bytes[2 * SIDE_BYTES + 16];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, RELO_ID_BYTES);
    body_write(chord, RELO_CHORD_NEIGHBORS, &w);
    uint32_t cursor = 0;
    relo_handle link;
    uint8_t use;
    while ((link = relo_links_next_used(links, &cursor, &use)) != 0) {
        if (!(chord->dirty & RELO_CHORD_DIRTY_ALL) && !(use & RELO_LINK_NEIGHBOR))
            continue;
        struct relo_id id = relo_link_peer(links, link);
        if (relo_id_compare(id, chord->update_resume) < 0)
            continue;
        /* One at a time: a link carries one message per round trip (6.6.3.1), and where the ring
           changes faster than that, Updates would queue until their answers come too late. */
        if (use & RELO_CHORD_LINK_TOLD) {
            relo_link_set_use(links, link, RELO_CHORD_LINK_STALE);
            continue;
        }
        if (!send_body(chord, id, link, relo_wr_view(&w))) {
            chord->update_resume = id; /* over quota: the rest a little later */
            chord->update_at = chord->env->now + 2 * RELO_CHORD_BATCH;
            return;
        }
        relo_link_set_use(links, link, RELO_CHORD_LINK_TOLD);
    }
    chord->dirty = 0;
    chord->update_at = RELO_NEVER;
    chord->update_resume = (struct relo_id){0, 0};
}

void relo_chord_update_ended(struct relo_chord *chord, struct relo_id id)
{
    struct relo_links *links = relo_chord_links(chord);
    relo_handle link = relo_links_find(links, id);
    uint8_t use = link ? relo_link_use(links, link) : 0;
    if (!(use & RELO_CHORD_LINK_TOLD))
        return;
    bool stale = use & RELO_CHORD_LINK_STALE;
    relo_link_clear_use(links, link, RELO_CHORD_LINK_TOLD | RELO_CHORD_LINK_STALE);
    if (!stale || chord->state != RELO_NODE_JOINED)
        return;
    relo_link_set_use(links, link, RELO_CHORD_LINK_TOLD);
    relo_chord_update_send(chord, id, link, RELO_CHORD_NEIGHBORS);
}

static bool lists(struct relo_view ids, struct relo_id id)
{
    for (uint32_t i = 0; i < ids.n / RELO_ID_BYTES; i++)
        if (relo_id_equal(relo_node_ids_at(ids, i), id))
            return true;
    return false;
}

/* Distances from `from` of the peers that it lists on one side. */
struct side {
    struct relo_id distance[RELO_NEIGHBORS_MAX], near, far;
    uint32_t n;
};

static struct relo_id distance_of(struct relo_id from, struct relo_id x, bool clockwise)
{
    return clockwise ? relo_id_sub(x, from) : relo_id_sub(from, x);
}

static void side_read(struct relo_view ids, struct relo_id from, bool clockwise, struct side *side)
{
    side->far = (struct relo_id){0, 0};
    side->near = (struct relo_id){UINT64_MAX, UINT64_MAX};
    side->n =
        ids.n / RELO_ID_BYTES < RELO_NEIGHBORS_MAX ? ids.n / RELO_ID_BYTES : RELO_NEIGHBORS_MAX;
    for (uint32_t i = 0; i < side->n; i++) {
        side->distance[i] = distance_of(from, relo_node_ids_at(ids, i), clockwise);
        if (relo_id_compare(side->distance[i], side->far) > 0)
            side->far = side->distance[i];
        if (relo_id_compare(side->distance[i], side->near) < 0)
            side->near = side->distance[i];
    }
}

/* Whether the list should have a peer at this distance and has not. Its order is not specified. */
static bool omits(const struct side *side, struct relo_id d)
{
    for (uint32_t i = 0; i < side->n; i++)
        if (relo_id_equal(side->distance[i], d))
            return false;
    return relo_id_compare(d, side->far) < 0;
}

/* A neighbor does not list one that we both should know: it may have found it dead before us, and
   will send us what is in that one's range. A connectivity ping (10.7.1, 10.7.3) tells. */
static void doubt(struct relo_chord *chord, struct relo_id from, const struct side *successors,
                  const struct side *predecessors)
{
    const struct relo_ring *ring = &chord->ring;
    relo_time now = chord->env->now;
    for (uint32_t i = 0; i < ring->count; i++) {
        struct relo_id id = relo_ring_id(ring, i);
        if (!relo_ring_is_neighbor(ring, i) || relo_id_equal(id, from) ||
            !(omits(successors, distance_of(from, id, true)) ||
              omits(predecessors, distance_of(from, id, false))))
            continue;
        if (relo_id_equal(id, chord->doubted) && now - chord->doubted_at < 10 * RELO_S)
            continue;
        chord->doubted = id;
        chord->doubted_at = now;
        relo_chord_probe(chord, id, ring->handle[i]);
    }
}

/* It takes us for its nearest on one side, and we know peers between. */
static bool overlooks(const struct relo_chord *chord, struct relo_id from, const struct side *side,
                      bool clockwise)
{
    const struct relo_ring *ring = &chord->ring;
    struct relo_id d = distance_of(from, ring->self, clockwise);
    if (ring->count == 0 || !relo_id_equal(side->near, d))
        return false;
    struct relo_id between = relo_ring_id(ring, clockwise ? relo_ring_predecessor(ring, 0) : 0);
    return !relo_id_equal(between, from) &&
           relo_id_compare(distance_of(from, between, clockwise), d) < 0;
}

/* It knows so many peers between that it is no replica of ours (10.7.3), and deletes what it has of
   our range, as it did perhaps before. We may be unable to reach them, and know none that is nearer
   than it. */
static bool declines(const struct relo_chord *chord, struct relo_id from,
                     const struct side *predecessors)
{
    uint32_t between = 0, replicas = relo_chord_config(chord)->replicas;
    int at = relo_ring_find(&chord->ring, from);
    if (at < 0 || (uint32_t)at >= replicas)
        return false;
    struct relo_id d = distance_of(from, chord->ring.self, false);
    for (uint32_t i = 0; i < predecessors->n; i++)
        between += relo_id_compare(predecessors->distance[i], d) < 0;
    return between >= replicas;
}

/* What a neighbor's lists say of ours. Updates go to one's own neighbors only, so a peer that has
   overlooked those between would never hear of them: its way to its own successor leads over
   peers that have it for a finger, and back to it. */
static void compare(struct relo_chord *chord, struct relo_id from, relo_handle link,
                    const struct relo_chord_update *update)
{
    struct side successors, predecessors;
    side_read(update->successors, from, true, &successors);
    side_read(update->predecessors, from, false, &predecessors);
    doubt(chord, from, &successors, &predecessors);
    if (declines(chord, from, &predecessors)) {
        chord->ring.flags[relo_ring_find(&chord->ring, from)] |= RELO_RING_DECLINES;
        chord->events |= RELO_CHORD_NEWS_DECLINES;
    }
    if (overlooks(chord, from, &successors, true) || overlooks(chord, from, &predecessors, false))
        relo_chord_update_send(chord, from, link, RELO_CHORD_NEIGHBORS);
}

/* The predecessor has us among its successors, so that it is one indeed. */
static void be_sure(struct relo_chord *chord, struct relo_id from, struct relo_view successors)
{
    if (!relo_id_equal(chord->sure_from, chord->range_from) &&
        relo_id_equal(from, chord->range_from) && lists(successors, chord->env->self))
        chord->sure_from = from;
}

/* 10.7.3 */
void relo_chord_update_request(struct relo_chord *chord, struct relo_inbound *in)
{
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, RELO_ID_BYTES);
    struct relo_chord_update update;
    if (!relo_chord_update_read(&r, &update)) {
        relo_route_malformed(chord->route, in, &r);
        return;
    }
    relo_route_answer(chord->route, in, RELO_CODE_UPDATE_ANS, (struct relo_view){NULL, 0}, NULL, 0);
    struct relo_id from = in->signer.node_id;
    if (in->link == 0 || !relo_id_equal(in->from, from))
        return; /* only a directly connected peer has a place in the tables (10.7) */
    relo_link_set_use(relo_chord_links(chord), in->link, RELO_LINK_PEER);
    bool changed = relo_chord_enter(chord, from, in->link);
    /* A joining node takes its first neighbors from the Admitting Peer only: what others list lies
       elsewhere on the ring (10.5). */
    bool listen = chord->state == RELO_NODE_JOINED ||
                  (chord->state == RELO_NODE_JOINING &&
                   (chord->step > RELO_CHORD_STEP_UPDATE ||
                    (relo_id_equal(from, chord->ap) &&
                     (chord->step == RELO_CHORD_STEP_UPDATE || chord->applied))));
    if (listen && update.type != RELO_CHORD_PEER_READY) {
        changed |= relo_chord_consider(chord, update.predecessors, from);
        changed |= relo_chord_consider(chord, update.successors, from);
        if (chord->state == RELO_NODE_JOINED)
            compare(chord, from, in->link, &update);
    }
    if (changed)
        relo_chord_settle(chord, false);
    be_sure(chord, from, update.successors);
    if (chord->state == RELO_NODE_JOINING)
        relo_chord_join_update(chord, from, lists(update.predecessors, chord->env->self));
    if (chord->client)
        relo_chord_client_update(chord, from, update.predecessors);
    relo_chord_pursue(chord);
    relo_chord_join_progress(chord);
}

/* 10.8 */
void relo_chord_query_request(struct relo_chord *chord, struct relo_inbound *in)
{
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, RELO_ID_BYTES);
    struct relo_route_query_req query;
    struct relo_id id;
    if (!relo_route_query_req_read(&r, &query)) {
        relo_route_malformed(chord->route, in, &r);
        return;
    }
    bool node = query.destination.type == RELO_DESTINATION_NODE;
    if ((!node && query.destination.type != RELO_DESTINATION_RESOURCE) ||
        !relo_view_to_id(query.destination.id, &id)) {
        relo_route_error_text(chord->route, in, RELO_ERROR_NOT_FOUND, "not an id of this overlay");
        return;
    }
    struct relo_links *links = relo_chord_links(chord);
    struct relo_id next = chord->env->self;
    bool here = relo_id_equal(id, next) || relo_chord_ops.responsible(chord, id);
    relo_handle link = here ? 0 : relo_links_find(links, id);
    if (!here && !link)
        link = relo_chord_ops.next_hop(chord, id, 0);
    if (!here && !link) {
        relo_route_error_text(chord->route, in, RELO_ERROR_NOT_FOUND, "no route");
        return;
    }
    if (!here)
        next = relo_link_peer(links, link);
    uint8_t bytes[RELO_ID_BYTES];
    relo_id_to_bytes(next, bytes);
    relo_route_answer(chord->route, in, RELO_CODE_ROUTE_QUERY_ANS,
                      (struct relo_view){bytes, sizeof bytes}, NULL, 0);
    if (query.send_update && chord->state == RELO_NODE_JOINED) {
        bool direct = in->link != 0 && relo_id_equal(in->from, in->signer.node_id);
        /* 6940-10.8-1 */
        relo_chord_update_send(chord, in->signer.node_id, direct ? in->link : 0, RELO_CHORD_FULL);
    }
}

/* A RouteQuery towards the peer itself, for the Update that follows its answer. */
void relo_chord_query_send(struct relo_chord *chord, struct relo_id id, relo_handle link)
{
    uint8_t bytes[64], node[RELO_ID_BYTES];
    relo_id_to_bytes(id, node);
    struct relo_route_query_req query = {
        .send_update = true,
        .destination = {.type = RELO_DESTINATION_NODE, .id = {node, sizeof node}},
    };
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, RELO_ID_BYTES);
    relo_route_query_req_write(&w, &query);
    struct relo_target target = {.id = id};
    relo_chord_request(chord, &target, link, RELO_CODE_ROUTE_QUERY_REQ, relo_wr_view(&w),
                       relo_chord_context(RELO_CHORD_QUERY, 0));
}
