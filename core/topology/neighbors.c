/* SPDX-License-Identifier: BSD-2-Clause */
/* The Neighbor and Finger Tables follow the connections and the Updates: RFC 6940 sections 10.6 and
   10.7.3. */
#include "core/topology/internal.h"

/* A peer that sent an Update over `link` may be routed through (6.5.1). True: the table changed. */
bool relo_chord_enter(struct relo_chord *chord, struct relo_id id, relo_handle link)
{
    if (relo_id_equal(id, chord->env->self)) /* 6940-10.7.3-4 */
        return false;                        /* 10.7.3: a peer MUST NOT enter itself */
    relo_chord_unblock(chord, id);
    int known = relo_prospects_find(&chord->prospects, id);
    if (known >= 0)
        relo_prospects_remove(&chord->prospects, (uint32_t)known);
    /* What would have to go again at once does not come: it would be pinged each time. 10.5, step
       4: all that a Joining Node has contacted are in its Routing Table. */
    if (chord->state == RELO_NODE_JOINED && !relo_ring_wants(&chord->ring, id))
        return false;
    return relo_ring_offer(&chord->ring, &chord->env->shard->pool, id, link);
}

/* A link that has been of no use for a while may lead to a peer that has died since: before others
   hear of it again through us, a connectivity ping (10.7.1) tells. */
static void probe(struct relo_chord *chord, struct relo_id id, relo_handle link)
{
    if (chord->env->now - relo_link_heard(relo_chord_links(chord), link) >= RELO_CHORD_FRESH)
        relo_chord_probe(chord, id, link);
}

void relo_chord_mark_links(struct relo_chord *chord)
{
    struct relo_links *links = relo_chord_links(chord);
    struct relo_ring *ring = &chord->ring;
    int surplus;
    /* 10.5, step 4: all that a Joining Node has contacted are in its Routing Table. */
    bool keeps_all = chord->state == RELO_NODE_JOINING; /* 6940-10.5-4 */
    while (!keeps_all && (surplus = relo_ring_surplus(ring)) >= 0) {
        relo_link_clear_use(links, ring->handle[surplus], RELO_LINK_NEIGHBOR | RELO_LINK_FINGER);
        relo_ring_remove(ring, relo_ring_id(ring, (uint32_t)surplus));
    }
    for (uint32_t i = 0; i < ring->count; i++) {
        bool near = relo_ring_is_neighbor(ring, i), finger = ring->flags[i] & RELO_RING_FINGER;
        relo_link_set_use(
            links, ring->handle[i],
            (uint8_t)((near ? RELO_LINK_NEIGHBOR : 0) | (finger ? RELO_LINK_FINGER : 0)));
        relo_link_clear_use(
            links, ring->handle[i],
            (uint8_t)((near ? 0 : RELO_LINK_NEIGHBOR) | (finger ? 0 : RELO_LINK_FINGER)));
    }
}

static void announce_replicas(struct relo_chord *chord, bool lost)
{
    const struct relo_config *config = relo_chord_config(chord);
    uint64_t digest = relo_ring_replica_digest(&chord->ring, config->replicas);
    if (digest == chord->replica_digest)
        return;
    chord->replica_lost |= lost;
    /* 10.7.1: after a failure wait for a triggered Update to tell of a better match. */
    if (lost && chord->hold_at == RELO_NEVER) /* 6940-10.7.1-3 */
        chord->hold_at = chord->env->now + config->replica_hold_down;
    if (chord->hold_at != RELO_NEVER)
        return;
    chord->replica_digest = digest;
    chord->replica_lost = false;
    chord->events |= RELO_CHORD_NEWS_REPLICAS;
}

/* Who has lost all predecessors has a finger in their place, for want of a better one. All between
   may have failed; or they live, and have given this peer up as it has given up them. Then copies
   of what it took in their ranges would be refused by all whose they are (7.4.1.1), and be lost
   with it. So the range that Stores are taken for does not grow by such a one, but shrinks always.
 */
static void be_sure(struct relo_chord *chord, struct relo_id from, bool lost)
{
    const struct relo_ring *ring = &chord->ring;
    bool known = lost && relo_id_equal(chord->sure_from, chord->range_from) && ring->count > 0 &&
                 (ring->flags[ring->count - 1] & RELO_RING_CONFIRMED);
    if (known || relo_id_in_range(from, chord->sure_from, ring->self))
        chord->sure_from = from;
}

/* After the table has changed: who has to hear of it, and what it means for this peer. */
void relo_chord_settle(struct relo_chord *chord, bool lost)
{
    relo_chord_mark_links(chord);
    uint64_t digest = relo_ring_neighbor_digest(&chord->ring);
    bool changed = digest != chord->neighbor_digest;
    chord->neighbor_digest = digest;
    if (chord->state != RELO_NODE_JOINED)
        return;
    if (changed)
        chord->events |= RELO_CHORD_NEWS_NEIGHBORS;
    struct relo_id from = relo_ring_from(&chord->ring);
    if (!relo_id_equal(from, chord->range_from)) {
        be_sure(chord, from, lost);
        /* 10.7.3: to all entries of the Connection Table, whichever the recovery. */
        chord->range_from = from;
        chord->events |= RELO_CHORD_NEWS_RANGE;
        /* 6940-10.7.3-8 6940-10.7.1-4 */
        relo_chord_update_mark(chord, RELO_CHORD_DIRTY_ALL, RELO_CHORD_BATCH);
    } else if (changed && relo_chord_config(chord)->chord_reactive) {
        /* 10.7.1: a failure is told to the neighbors; 10.7.3: any other change to all. */
        /* 6940-10.7.1-2 6940-10.7.3-3 6940-11.1-17 */
        relo_chord_update_mark(chord, lost ? RELO_CHORD_DIRTY_NEIGHBORS : RELO_CHORD_DIRTY_ALL,
                               RELO_CHORD_BATCH);
    }
    announce_replicas(chord, lost);
}

/* Node-IDs that a peer lists as its neighbors (10.7.3). True: the table changed. */
bool relo_chord_consider(struct relo_chord *chord, struct relo_view ids, struct relo_id informer)
{
    struct relo_links *links = relo_chord_links(chord);
    struct relo_ring *ring = &chord->ring;
    relo_time now = chord->env->now;
    bool changed = false;
    int teller = relo_ring_find(ring, informer);
    bool near = teller >= 0 && relo_ring_is_neighbor(ring, (uint32_t)teller);
    for (uint32_t i = 0; i < ids.n / RELO_ID_BYTES; i++) {
        struct relo_id id = relo_node_ids_at(ids, i);
        if (relo_id_equal(id, chord->env->self) || relo_id_is_wildcard(id))
            continue;
        int at = relo_ring_find(ring, id);
        if (at >= 0) {
            if (near && relo_ring_is_neighbor(ring, (uint32_t)at))
                ring->flags[at] |= RELO_RING_CONFIRMED;
            continue;
        }
        relo_handle link = relo_links_find(links, id);
        if (link && (relo_link_use(links, link) & RELO_LINK_PEER)) {
            if (relo_chord_enter(chord, id, link)) {
                changed = true;
                probe(chord, id, link);
            }
            continue;
        }
        if (relo_chord_blocked(chord, id))
            continue;
        struct relo_prospect heard = {
            .id = id,
            .informer = informer,
            .not_before = now,
            .expiry = now + 2 * relo_chord_config(chord)->chord_update_interval,
        };
        /* 6940-10.7.3-1 */
        relo_prospects_learn(&chord->prospects, &chord->env->shard->pool, ring, &heard);
    }
    return changed;
}

/* A prospect that is connected already, but sent no Update yet: it will, as soon as it is a peer.
   Ask for it if it does not (10.8). */
static bool await_update(struct relo_chord *chord, struct relo_prospect *p, relo_handle link)
{
    relo_time now = chord->env->now;
    if (p->tries >= 2)
        return false;
    if (!p->since)
        p->since = now;
    if (p->tries++ == 0 && chord->state == RELO_NODE_JOINED) {
        p->not_before = now + 5 * RELO_S; /* it may be joining itself */
    } else {
        relo_chord_query_send(chord, p->id, link);
        p->busy = true;
        p->not_before = now + 15 * RELO_S;
    }
    return true;
}

static bool attach(struct relo_chord *chord, struct relo_prospect *p)
{
    struct relo_links *links = relo_chord_links(chord);
    /* 10.6: source-routed through the peer that told us. If that one is gone, routed. */
    relo_handle through = relo_links_find(links, p->informer);
    struct relo_attach_options options = {
        .target = {.id = p->id},
        .through = through,
        .send_update = true,
        .owner = RELO_OWNER_TOPOLOGY,
        .context = relo_chord_context(RELO_CHORD_ATTACH_NEIGHBOR, 0),
    };
    if (!through && chord->ring.count == 0)
        return false;
    if (!relo_attach_start(chord->route, &options)) /* 6940-10.5-3 6940-10.7-1 */
        return false;
    p->busy = true;
    p->tries++;
    if (!p->since)
        p->since = chord->env->now;
    p->not_before = chord->env->now + 40 * RELO_S;
    return true;
}

/* Whether this node looks for neighbors, and has not too many Attaches under way. */
bool relo_chord_may_pursue(const struct relo_chord *chord)
{
    bool joining = chord->state == RELO_NODE_JOINING && chord->step >= RELO_CHORD_STEP_NEIGHBORS &&
                   chord->step <= RELO_CHORD_STEP_ADMIT;
    return (chord->state == RELO_NODE_JOINED || joining) &&
           relo_prospects_busy(&chord->prospects) < RELO_CHORD_ATTACHES_MAX;
}

static void pause(struct relo_chord *chord)
{
    for (uint32_t i = 0; i < chord->prospects.count; i++)
        if (!chord->prospects.list[i].busy)
            chord->prospects.list[i].not_before = chord->env->now + RELO_S;
}

/* Begins to connect to peers that should be neighbors. */
void relo_chord_pursue(struct relo_chord *chord)
{
    struct relo_prospects *prospects = &chord->prospects;
    int next;
    while (relo_chord_may_pursue(chord) &&
           (next = relo_prospects_next(prospects, &chord->ring, chord->env->now)) >= 0) {
        struct relo_prospect *p = &prospects->list[next];
        relo_handle link = relo_links_find(relo_chord_links(chord), p->id);
        if (relo_chord_blocked(chord, p->id) || (!link && p->tries >= 2)) {
            relo_prospects_remove(prospects, (uint32_t)next);
        } else if (link) {
            if (!await_update(chord, p, link))
                relo_prospects_remove(prospects, (uint32_t)next);
        } else if (!attach(chord, p)) {
            pause(chord); /* over quota */
            break;
        }
    }
}

/* Those whose time is over are tried again or forgotten. */
void relo_chord_prospects_wake(struct relo_chord *chord)
{
    struct relo_prospects *prospects = &chord->prospects;
    uint32_t i = 0;
    while (i < prospects->count) {
        struct relo_prospect *p = &prospects->list[i];
        if (p->busy && p->not_before <= chord->env->now) {
            p->busy = false;
            if (p->tries >= 2) {
                relo_chord_block(chord, p->id);
                relo_prospects_remove(prospects, i);
                continue;
            }
        }
        i++;
    }
    relo_prospects_prune(prospects, &chord->ring, chord->env->now);
    relo_chord_pursue(chord);
}

static void attach_failed(struct relo_chord *chord, const struct relo_attach_event *event)
{
    if (event->asked_resource)
        return;
    int known = relo_prospects_find(&chord->prospects, event->asked);
    if (event->error_code == RELO_ERROR_IN_PROGRESS) {
        /* 6.5.1.2: the other side's own Attach goes on. */
        if (known >= 0)
            chord->prospects.list[known].not_before = chord->env->now + 15 * RELO_S;
        return;
    }
    relo_chord_block(chord, event->asked);
    if (known >= 0)
        relo_prospects_remove(&chord->prospects, (uint32_t)known);
}

/* A link came up, whoever began. */
static void connected(struct relo_chord *chord, const struct relo_attach_event *event)
{
    struct relo_links *links = relo_chord_links(chord);
    relo_handle link = relo_links_find(links, event->peer); /* another one may have replaced it */
    if (!link)
        return;
    if (!event->initiated)
        relo_link_set_use(links, link, RELO_LINK_HELD); /* the side that wanted it closes it */
    int known = relo_prospects_find(&chord->prospects, event->peer);
    if (known >= 0 && chord->prospects.list[known].busy)
        chord->prospects.list[known].not_before = chord->env->now + 10 * RELO_S;
    uint8_t use = relo_link_use(links, link);
    bool is_peer = use & RELO_LINK_PEER; /* 6940-6.5.1-1 */
    if (is_peer && relo_chord_enter(chord, event->peer, link))
        relo_chord_settle(chord, false);
    /* 6.4.2.3: asked for with send_update; 6.5.1: and the other side may route through us only
       after an Update. While we join, it has to wait (10.5). */
    bool asked = !event->initiated && event->send_update;
    /* 6940-6.4.2.3-1 */
    if (chord->state == RELO_NODE_JOINED && (asked || !(use & RELO_LINK_SENT_READY)))
        relo_chord_update_send(chord, event->peer, link, RELO_CHORD_NEIGHBORS);
}

void relo_chord_attached(struct relo_chord *chord, const struct relo_attach_event *event)
{
    bool ours = event->initiated && event->owner == RELO_OWNER_TOPOLOGY;
    uint32_t purpose = ours ? (uint32_t)(event->context & 0xff) : 0;
    if (purpose == RELO_CHORD_ATTACH_FINGER && chord->finger_attaches > 0)
        chord->finger_attaches--;
    if (event->status == RELO_OK)
        connected(chord, event);
    else if (ours)
        attach_failed(chord, event);
    if (purpose == RELO_CHORD_ATTACH_AP)
        relo_chord_join_attached(chord, event);
    if (purpose == RELO_CHORD_CHECK)
        relo_chord_check_end(chord);
    relo_chord_fingers_attach(chord);
    relo_chord_pursue(chord);
    relo_chord_join_progress(chord);
}

/* Something was lost: connected peers that had no place in the tables may have one now. */
void relo_chord_refill(struct relo_chord *chord)
{
    struct relo_links *links = relo_chord_links(chord);
    struct relo_ring *ring = &chord->ring;
    uint32_t cursor = 0;
    relo_handle link;
    uint8_t use;
    while ((link = relo_links_next_used(links, &cursor, &use)) != 0) {
        struct relo_id id = relo_link_peer(links, link);
        if (!(use & RELO_LINK_PEER) || relo_ring_find(ring, id) >= 0)
            continue;
        if (!relo_chord_enter(chord, id, link))
            continue;
        ring->flags[relo_ring_find(ring, id)] &= (uint8_t)~RELO_RING_CONFIRMED;
        if (relo_ring_is_neighbor(ring, (uint32_t)relo_ring_find(ring, id)))
            probe(chord, id, link);
    }
}
