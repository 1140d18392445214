/* SPDX-License-Identifier: BSD-2-Clause */
/* CHORD-RELOAD behind the plug-in table: RFC 6940 section 10. */
#include "core/topology/internal.h"

#include <string.h>

static void chord_init(void *topology, struct relo_route *route)
{
    struct relo_chord *chord = topology;
    *chord = (struct relo_chord){.route = route, .env = route->env, .state = RELO_NODE_NEW};
    chord->join_at = chord->fingers_until = chord->update_at = chord->periodic_at = RELO_NEVER;
    chord->search_at = chord->check_at = chord->check_until = chord->ping_at = RELO_NEVER;
    chord->hold_at = chord->leave_at = chord->finger_busy_until = RELO_NEVER;
    chord->joiner_until = chord->deadline = RELO_NEVER;
}

static void chord_fini(void *topology)
{
    struct relo_chord *chord = topology;
    struct relo_env *env = chord->env;
    relo_ring_fini(&chord->ring, &env->shard->pool);
    relo_prospects_fini(&chord->prospects, &env->shard->pool);
    relo_chord_unblock_all(chord);
}

/* A converged ring, wired by the driver: admitted at once, and nothing to announce. */
static void wire(struct relo_chord *chord, const struct relo_start *start)
{
    struct relo_links *links = relo_chord_links(chord);
    uint32_t entries = 0;
    for (uint32_t i = 0; i < start->wired_count; i++)
        entries += !(start->wired[i].roles & RELO_WIRED_LINK);
    relo_links_reserve(links, start->wired_count);
    relo_ring_reserve(&chord->ring, &chord->env->shard->pool, entries);
    for (uint32_t i = 0; i < start->wired_count; i++) {
        relo_handle link = relo_links_wire(links, &start->wired[i]);
        bool theirs = start->wired[i].roles & RELO_WIRED_LINK;
        relo_link_set_use(
            links, link,
            (uint8_t)(RELO_LINK_PEER | RELO_LINK_SENT_READY | (theirs ? RELO_LINK_HELD : 0)));
    }
    /* Fingers first: they are the entries of their slots, neighbors only where there is none. */
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < start->wired_count; i++) {
            uint8_t role = pass == 0 ? RELO_WIRED_FINGER : RELO_WIRED_NEIGHBOR;
            if (!(start->wired[i].roles & role))
                continue;
            relo_handle link = relo_links_find(links, start->wired[i].id);
            relo_chord_enter(chord, start->wired[i].id, link);
        }
    for (uint32_t i = 0; i < chord->ring.count; i++)
        if (relo_ring_is_neighbor(&chord->ring, i))
            chord->ring.flags[i] |= RELO_RING_CONFIRMED;
    relo_chord_settle(chord, false);
    chord->state = RELO_NODE_JOINED;
    chord->range_from = chord->sure_from = relo_ring_from(&chord->ring);
    chord->replica_digest =
        relo_ring_replica_digest(&chord->ring, relo_chord_config(chord)->replicas);
    relo_chord_timers_start(chord);
}

static void chord_start(void *topology, const struct relo_start *start)
{
    struct relo_chord *chord = topology;
    struct relo_env *env = chord->env;
    relo_ring_init(&chord->ring, env->self, relo_chord_config(chord)->chord_neighbors);
    chord->started = env->now;
    chord->client = start->client;
    chord->state = RELO_NODE_STARTED;
    chord->bootstrap = start->bootstrap;
    chord->bootstrap_count = (uint8_t)start->bootstrap_count;
    if (start->wired)
        wire(chord, start);
    relo_chord_rearm(chord);
}

static bool chord_join(void *topology, bool first)
{
    struct relo_chord *chord = topology;
    bool begun = relo_chord_join(chord, first);
    relo_chord_rearm(chord);
    return begun;
}

static bool chord_leave(void *topology)
{
    struct relo_chord *chord = topology;
    bool begun = relo_chord_leave(chord);
    relo_chord_rearm(chord);
    return begun;
}

/* 10.1: k is less than or equal to x and greater than p. */
static bool chord_responsible(const void *topology, struct relo_id id)
{
    const struct relo_chord *chord = topology;
    return chord->state == RELO_NODE_JOINED &&
           relo_id_in_range(id, relo_ring_from(&chord->ring), chord->ring.self);
}

/* The writer may rely on what is acknowledged: nothing is in what only seems to be our range. */
static bool chord_accepts(const void *topology, struct relo_id id)
{
    const struct relo_chord *chord = topology;
    return chord_responsible(topology, id) &&
           relo_id_in_range(id, chord->sure_from, chord->ring.self);
}

static relo_handle chord_next_hop(const void *topology, struct relo_id id, relo_handle avoid)
{
    const struct relo_chord *chord = topology;
    const struct relo_ring *ring = &chord->ring;
    bool was_member = chord->state == RELO_NODE_LEAVING ||
                      (chord->state == RELO_NODE_JOINING && chord->again && !chord->client);
    if (was_member && ring->count > 0 && relo_id_in_range(id, relo_ring_from(ring), ring->self)) {
        /* Others still think that this is our range, and would send it back. When we leave, the
           successor has our Leave already, and it is its range now. */
        bool leaving = chord->state == RELO_NODE_LEAVING && ring->handle[0] != avoid;
        return leaving ? ring->handle[0] : 0;
    }
    relo_handle link = relo_ring_next_hop(ring, id, avoid);
    /* Before there are peers in the table, everything goes through the bootstrap node (11.4). */
    if (!link && ring->count == 0 && chord->boot != avoid &&
        relo_link_is_up(relo_chord_links(chord), chord->boot))
        link = chord->boot;
    return link;
}

static void chord_prefetch(const void *topology)
{
    const struct relo_ring *ring = &((const struct relo_chord *)topology)->ring;
    for (uint32_t i = 0; i < ring->count; i += 8) /* a cache line's worth */
        __builtin_prefetch(ring->hi + i);
    if (ring->count > 0) {
        __builtin_prefetch(ring->lo + ring->count - 1); /* the predecessor's */
        __builtin_prefetch(ring->handle);
    }
}

static bool chord_plausible_responder(const void *topology, struct relo_id resource,
                                      struct relo_id peer)
{
    const struct relo_chord *chord = topology;
    /* Who is no member does not know its neighbors; a partition check asks whether there are peers
       that know none of them. */
    return chord->state != RELO_NODE_JOINED ||
           relo_ring_plausible(&chord->ring, resource, peer, true) ||
           relo_chord_is_check(chord, resource);
}

static uint32_t chord_replicas(const void *topology, struct relo_id *peers, uint32_t max)
{
    const struct relo_chord *chord = topology;
    uint32_t n = relo_ring_side(&chord->ring), want = relo_chord_config(chord)->replicas;
    if (chord->state != RELO_NODE_JOINED)
        return 0;
    n = n < want ? n : want;
    n = n < max ? n : max;
    for (uint32_t i = 0; i < n; i++)
        peers[i] = relo_ring_id(&chord->ring, i);
    return n;
}

static bool chord_replica_sender_plausible(const void *topology, struct relo_id resource,
                                           struct relo_id sender)
{
    const struct relo_chord *chord = topology;
    if (chord->state == RELO_NODE_JOINING)
        return relo_id_equal(sender, chord->ap); /* the handover of 10.5, step 6 */
    /* 7.4.1.1: from one of the replica set, which has what this peer should have. */
    if (chord_responsible(topology, resource))
        return relo_ring_in_set(&chord->ring, sender, relo_chord_config(chord)->replicas);
    return relo_ring_replica_plausible(&chord->ring, resource, sender);
}

static bool chord_holding_down(const void *topology)
{
    return ((const struct relo_chord *)topology)->hold_at != RELO_NEVER;
}

static uint32_t chord_nearer(const void *topology, struct relo_id resource, struct relo_id *peers,
                             uint32_t max)
{
    const struct relo_chord *chord = topology;
    return chord->state == RELO_NODE_JOINED ? relo_ring_nearer(&chord->ring, resource, peers, max)
                                            : 0;
}

static bool chord_keeps_replica(const void *topology, struct relo_id resource)
{
    const struct relo_chord *chord = topology;
    return chord->state != RELO_NODE_JOINED ||
           relo_ring_keeps(&chord->ring, resource, relo_chord_config(chord)->replicas);
}

static void chord_handover_done(void *topology, struct relo_id to)
{
    struct relo_chord *chord = topology;
    relo_chord_handover_done(chord, to);
    relo_chord_rearm(chord);
}

static void chord_request(void *topology, struct relo_inbound *in)
{
    struct relo_chord *chord = topology;
    switch (in->code) {
    case RELO_CODE_JOIN_REQ:
        relo_chord_join_request(chord, in);
        break;
    case RELO_CODE_LEAVE_REQ:
        relo_chord_leave_request(chord, in);
        break;
    case RELO_CODE_UPDATE_REQ:
        relo_chord_update_request(chord, in);
        break;
    case RELO_CODE_ROUTE_QUERY_REQ:
        relo_chord_query_request(chord, in);
        break;
    default:
        relo_route_error_text(chord->route, in, RELO_ERROR_INVALID_MESSAGE, "unknown method");
        break;
    }
    relo_chord_rearm(chord);
}

static void chord_answer(void *topology, const struct relo_inbound *in)
{
    struct relo_chord *chord = topology;
    uint32_t number = (uint32_t)(in->context >> 8);
    switch ((enum relo_chord_purpose)(in->context & 0xff)) {
    case RELO_CHORD_JOIN:
        relo_chord_join_answer(chord, in);
        break;
    case RELO_CHORD_LEAVE:
        relo_chord_leave_answered(chord, in->signer.node_id);
        break;
    case RELO_CHORD_SEARCH:
        if (in->code == RELO_CODE_PING_ANS)
            relo_chord_search_answer(chord, in->signer.node_id, number);
        break;
    case RELO_CHORD_DISCOVER:
        relo_chord_discovered(chord, in);
        break;
    case RELO_CHORD_CHECK:
        if (in->code == RELO_CODE_PING_ANS)
            relo_chord_check_answer(chord, in->signer.node_id);
        else
            relo_chord_check_end(chord);
        break;
    case RELO_CHORD_UPDATE:
        relo_chord_update_ended(chord, in->signer.node_id);
        break;
    case RELO_CHORD_PING:
    case RELO_CHORD_QUERY: /* the Update that follows is what counts */
    case RELO_CHORD_ATTACH_AP:
    case RELO_CHORD_ATTACH_NEIGHBOR:
    case RELO_CHORD_ATTACH_FINGER:
        break;
    }
    relo_chord_rearm(chord);
}

static void chord_failed(void *topology, const struct relo_done *done)
{
    struct relo_chord *chord = topology;
    bool timeout = done->status == RELO_TIMEOUT;
    switch ((enum relo_chord_purpose)(done->context & 0xff)) {
    case RELO_CHORD_JOIN:
        relo_chord_join_failed(chord, (uint32_t)(done->context >> 8));
        break;
    case RELO_CHORD_LEAVE:
        relo_chord_leave_ended(chord);
        break;
    case RELO_CHORD_UPDATE:
    case RELO_CHORD_PING:
        /* 10.7.1: a connection is lost also when a request fails. */
        if (timeout && !done->asked_resource)
            relo_chord_unresponsive(chord, done->asked);
        relo_chord_update_ended(chord, done->asked);
        break;
    case RELO_CHORD_DISCOVER:
        relo_chord_discover_failed(chord, (uint32_t)(done->context >> 8));
        break;
    case RELO_CHORD_CHECK:
        relo_chord_check_end(chord);
        break;
    case RELO_CHORD_SEARCH:
    case RELO_CHORD_QUERY:
    case RELO_CHORD_ATTACH_AP:
    case RELO_CHORD_ATTACH_NEIGHBOR:
    case RELO_CHORD_ATTACH_FINGER:
        break;
    }
    relo_chord_rearm(chord);
}

static void chord_attached(void *topology, const struct relo_attach_event *event)
{
    struct relo_chord *chord = topology;
    relo_chord_attached(chord, event);
    relo_chord_rearm(chord);
}

static void chord_link(void *topology, const struct relo_link_event *event)
{
    struct relo_chord *chord = topology;
    relo_chord_link_event(chord, event);
    relo_chord_rearm(chord);
}

static void chord_wake(void *topology)
{
    struct relo_chord *chord = topology;
    if (chord->deadline > chord->env->now)
        return;
    relo_chord_unblock_old(chord);
    relo_chord_stabilize_wake(chord);
    if (chord->leave_at <= chord->env->now)
        relo_chord_leave_finish(chord);
    relo_chord_prospects_wake(chord);
    relo_chord_join_wake(chord);
    relo_chord_fingers_attach(chord);
    relo_chord_join_progress(chord);
    relo_chord_rearm(chord);
}

void relo_chord_rearm(struct relo_chord *chord)
{
    relo_time t = relo_time_min(chord->update_at, chord->periodic_at);
    t = relo_time_min(t, relo_time_min(chord->search_at, chord->ping_at));
    t = relo_time_min(t, relo_time_min(chord->check_at, chord->check_until));
    t = relo_time_min(t, relo_time_min(chord->hold_at, chord->leave_at));
    t = relo_time_min(t, relo_time_min(chord->joiner_until, relo_chord_join_deadline(chord)));
    if (chord->finger_attaches > 0)
        t = relo_time_min(t, chord->finger_busy_until);
    if (chord->prospects.count > 0)
        t = relo_time_min(t, relo_prospects_deadline(&chord->prospects, &chord->ring,
                                                     relo_chord_may_pursue(chord)));
    chord->deadline = t;
}

static relo_time chord_deadline(const void *topology)
{
    return ((const struct relo_chord *)topology)->deadline;
}

static bool chord_poll(void *topology, struct relo_topology_event *event)
{
    struct relo_chord *chord = topology;
    if (chord->events == 0)
        return false;
    *event = (struct relo_topology_event){.status = RELO_OK, .to = chord->ring.self};
    if ((chord->events & RELO_CHORD_NEWS_DECLINES) &&
        relo_ring_flag_take(&chord->ring, RELO_RING_DECLINES, &event->to)) {
        event->type = RELO_TOPOLOGY_REPLICA_DECLINES;
        return true;
    }
    chord->events &= (uint16_t)~RELO_CHORD_NEWS_DECLINES;
    if (chord->events == 0)
        return false;
    uint16_t bit = (uint16_t)(chord->events & -chord->events);
    chord->events &= (uint16_t)~bit;
    switch ((enum relo_chord_news)bit) {
    case RELO_CHORD_NEWS_DISCONNECTED:
        event->type = RELO_TOPOLOGY_DISCONNECTED;
        break;
    case RELO_CHORD_NEWS_JOIN_FAILED:
        event->type = RELO_TOPOLOGY_JOIN_FAILED;
        event->status = chord->refused ? RELO_ERROR : RELO_TIMEOUT;
        event->error_code = chord->refused;
        break;
    case RELO_CHORD_NEWS_ADMITTED:
        event->type = RELO_TOPOLOGY_ADMITTED;
        event->from = chord->range_from;
        break;
    case RELO_CHORD_NEWS_RANGE:
        event->type = RELO_TOPOLOGY_RANGE_CHANGED;
        event->from = chord->range_from;
        break;
    case RELO_CHORD_NEWS_HANDOVER:
        event->type = RELO_TOPOLOGY_HANDOVER;
        event->from = relo_chord_handover_from(chord);
        event->to = chord->joiner;
        break;
    case RELO_CHORD_NEWS_REPLICAS:
        event->type = RELO_TOPOLOGY_REPLICAS_CHANGED;
        event->from = chord->range_from;
        break;
    case RELO_CHORD_NEWS_NEIGHBORS:
        event->type = RELO_TOPOLOGY_NEIGHBORS_CHANGED;
        event->from = chord->range_from;
        break;
    case RELO_CHORD_NEWS_DECLINES:
        break; /* has been, one entry after the other */
    case RELO_CHORD_NEWS_LEFT:
        event->type = RELO_TOPOLOGY_LEFT;
        break;
    case RELO_CHORD_NEWS_ATTACHED:
        event->type = RELO_TOPOLOGY_ATTACHED;
        break;
    }
    return true;
}

/* 6.4.2.5: the share of the ring in parts per billion. */
static uint32_t chord_responsible_ppb(const void *topology)
{
    const struct relo_chord *chord = topology;
    if (chord->state != RELO_NODE_JOINED)
        return 0;
    if (chord->ring.count == 0)
        return 1000000000;
    struct relo_id range = relo_id_sub(chord->ring.self, relo_ring_from(&chord->ring));
    return (uint32_t)(((relo_u128)range.hi * 1000000000) >> 64);
}

static uint32_t chord_uptime_s(const void *topology)
{
    const struct relo_chord *chord = topology;
    return (uint32_t)((chord->env->now - chord->started) / RELO_S);
}

static enum relo_node_state chord_state(const void *topology)
{
    return (enum relo_node_state)((const struct relo_chord *)topology)->state;
}

static void chord_snapshot(const void *topology, struct relo_snapshot *snapshot)
{
    const struct relo_chord *chord = topology;
    uint32_t n = relo_ring_side(&chord->ring);
    snapshot->predecessor_count = snapshot->successor_count = n;
    for (uint32_t j = 0; j < n; j++) {
        snapshot->successor[j] = relo_ring_id(&chord->ring, j);
        snapshot->predecessor[j] =
            relo_ring_id(&chord->ring, relo_ring_predecessor(&chord->ring, j));
    }
    snapshot->finger_count = relo_ring_finger_count(&chord->ring);
}

static uint32_t chord_fingers(const void *topology, struct relo_id *out, uint32_t max)
{
    const struct relo_chord *chord = topology;
    const struct relo_ring *ring = &chord->ring;
    uint32_t first = relo_ring_before(ring, (struct relo_id){0, 0}), n = 0;
    for (uint32_t k = 0; k < ring->count && n < max; k++) {
        uint32_t i = (first + k) % ring->count;
        if (ring->flags[i] & RELO_RING_FINGER)
            out[n++] = relo_ring_id(ring, i);
    }
    return n;
}

const struct relo_topology_ops relo_chord_ops = {
    .name = "CHORD-RELOAD",
    .bytes = sizeof(struct relo_chord),
    .init = chord_init,
    .fini = chord_fini,
    .start = chord_start,
    .join = chord_join,
    .leave = chord_leave,
    .responsible = chord_responsible,
    .accepts = chord_accepts,
    .next_hop = chord_next_hop,
    .prefetch = chord_prefetch,
    .plausible_responder = chord_plausible_responder,
    .replicas = chord_replicas,
    .replica_sender_plausible = chord_replica_sender_plausible,
    .keeps_replica = chord_keeps_replica,
    .nearer = chord_nearer,
    .holding_down = chord_holding_down,
    .handover_done = chord_handover_done,
    .request = chord_request,
    .answer = chord_answer,
    .failed = chord_failed,
    .attached = chord_attached,
    .link = chord_link,
    .wake = chord_wake,
    .deadline = chord_deadline,
    .poll = chord_poll,
    .responsible_ppb = chord_responsible_ppb,
    .uptime_s = chord_uptime_s,
    .state = chord_state,
    .snapshot = chord_snapshot,
    .fingers = chord_fingers,
};
