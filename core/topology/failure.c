/* SPDX-License-Identifier: BSD-2-Clause */
/* Lost neighbors and fingers: RFC 6940 sections 10.7.1 and 10.7.2. */
#include "core/topology/internal.h"

#include <string.h>

void relo_chord_unblock_all(struct relo_chord *chord)
{
    if (chord->blocked)
        relo_env_free(chord->env, chord->blocked, RELO_CHORD_BLOCKED_MAX * sizeof *chord->blocked);
    chord->blocked = NULL;
    chord->blocked_count = 0;
}

static void blocked_remove(struct relo_chord *chord, uint32_t i)
{
    chord->blocked_count--;
    memmove(chord->blocked + i, chord->blocked + i + 1,
            (chord->blocked_count - i) * sizeof *chord->blocked);
    if (chord->blocked_count == 0)
        relo_chord_unblock_all(chord);
}

/* They stand in the order in which they end. */
void relo_chord_unblock_old(struct relo_chord *chord)
{
    while (chord->blocked_count > 0 && chord->blocked[0].until <= chord->env->now)
        blocked_remove(chord, 0);
}

bool relo_chord_blocked(struct relo_chord *chord, struct relo_id id)
{
    relo_chord_unblock_old(chord);
    for (uint32_t i = 0; i < chord->blocked_count; i++)
        if (relo_id_equal(chord->blocked[i].id, id))
            return true;
    return false;
}

void relo_chord_unblock(struct relo_chord *chord, struct relo_id id)
{
    for (uint32_t i = 0; i < chord->blocked_count; i++)
        if (relo_id_equal(chord->blocked[i].id, id)) {
            blocked_remove(chord, i);
            return;
        }
}

/* Others will go on listing a peer that we know to be gone: remember that for a while. */
void relo_chord_block(struct relo_chord *chord, struct relo_id id)
{
    relo_chord_unblock(chord, id);
    if (chord->blocked_count == RELO_CHORD_BLOCKED_MAX)
        blocked_remove(chord, 0); /* the oldest */
    if (!chord->blocked)
        chord->blocked =
            relo_env_alloc(chord->env, RELO_CHORD_BLOCKED_MAX * sizeof *chord->blocked);
    chord->blocked[chord->blocked_count++] =
        (struct relo_chord_blocked){id, chord->env->now + RELO_CHORD_BLOCK};
}

void relo_chord_lost(struct relo_chord *chord, struct relo_id id, relo_handle link, bool left)
{
    struct relo_ring *ring = &chord->ring;
    int at = relo_ring_find(ring, id);
    if (at < 0 || ring->handle[at] != link)
        return;
    bool finger = ring->flags[at] & RELO_RING_FINGER;
    bool successor = (uint32_t)at < ring->neighbors;
    uint32_t slot = relo_fingers_slot(relo_id_sub(id, ring->self));
    relo_link_clear_use(relo_chord_links(chord), link, RELO_LINK_NEIGHBOR | RELO_LINK_FINGER);
    relo_ring_remove(ring, id); /* 6940-10.7.1-1 6940-10.7.1-6 6940-10.7.2-1 */
    relo_chord_refill(chord);
    relo_chord_settle(chord, true);
    if (chord->state == RELO_NODE_JOINING)
        return;
    /* 10.7.1: no successor is left but what stood in for want of a better one. */
    bool alone = ring->count == 0;
    if (successor && !(alone && left) && (alone || !(ring->flags[0] & RELO_RING_CONFIRMED)))
        relo_chord_disconnected(chord);
    /* 10.7.2: with reactive recovery a search begins at once. */
    if (chord->state == RELO_NODE_JOINED && finger && !alone &&
        relo_chord_config(chord)->chord_reactive && relo_fingers_wanted(ring, slot)) {
        relo_chord_search(chord, slot); /* 6940-10.7.2-2 */
        relo_chord_search_on(chord);
    }
    relo_chord_pursue(chord);
}

/* A link of before we lost all successors that has been silent since says nothing about its other
   end: we were cut off from all at once, and find it out link by link. That may be our predecessor,
   alive and well; if it is not, an Attach to it will fail. */
static void blame(struct relo_chord *chord, struct relo_id id, relo_handle link)
{
    bool cut_off = relo_link_heard(relo_chord_links(chord), link) < chord->cut_off_s * RELO_S;
    if (!cut_off)
        relo_chord_block(chord, id);
}

void relo_chord_unresponsive(struct relo_chord *chord, struct relo_id id)
{
    int at = relo_ring_find(&chord->ring, id);
    if (at < 0)
        return;
    relo_handle link = chord->ring.handle[at];
    /* It talks: its answer is late, or stands in a long queue. */
    if (chord->env->now - relo_link_heard(relo_chord_links(chord), link) < RELO_CHORD_FRESH)
        return;
    relo_link_clear_use(relo_chord_links(chord), link, RELO_LINK_PEER);
    blame(chord, id, link);
    relo_chord_lost(chord, id, link, false);
}

/* Both ends had opened a link at once, and the other one stays: nothing is lost. */
static void replaced(struct relo_chord *chord, const struct relo_link_event *event)
{
    int at = relo_ring_find(&chord->ring, event->peer);
    if (at >= 0 && chord->ring.handle[at] == event->link)
        chord->ring.handle[at] = event->replaced_by;
    if (chord->check == event->link)
        chord->check = event->replaced_by;
    if (chord->boot == event->link)
        chord->boot = event->replaced_by;
}

static void down(struct relo_chord *chord, const struct relo_link_event *event)
{
    if (event->replaced_by) {
        replaced(chord, event);
        return;
    }
    if (chord->check == event->link) {
        chord->check = 0;
        chord->check_until = RELO_NEVER;
    }
    if (!(chord->joiner.hi == 0 && chord->joiner.lo == 0) &&
        relo_id_equal(event->peer, chord->joiner)) {
        chord->joiner = (struct relo_id){0, 0}; /* it went before it was admitted */
        chord->joiner_until = RELO_NEVER;
        chord->events &= (uint16_t)~RELO_CHORD_NEWS_HANDOVER;
    }
    relo_chord_lost(chord, event->peer, event->link, false);
    relo_chord_join_link(chord, event);
    relo_chord_client_down(chord, event->link);
}

void relo_chord_link_event(struct relo_chord *chord, const struct relo_link_event *event)
{
    switch (event->type) {
    case RELO_LINK_EVENT_UP:
        relo_chord_join_link(chord, event);
        relo_chord_check_link(chord, event);
        break;
    case RELO_LINK_EVENT_SUSPECT:
        blame(chord, event->peer, event->link);
        relo_chord_lost(chord, event->peer, event->link, false);
        break;
    case RELO_LINK_EVENT_RESTORED: {
        /* 10.7.1: returned to the table once connectivity is reestablished. */
        struct relo_links *links = relo_chord_links(chord);
        relo_chord_unblock(chord, event->peer);
        if ((relo_link_use(links, event->link) & RELO_LINK_PEER) &&
            relo_chord_enter(chord, event->peer, event->link)) {
            relo_chord_settle(chord, false);
            if (relo_ring_replica_digest(&chord->ring, relo_chord_config(chord)->replicas) ==
                chord->replica_digest)
                chord->replica_lost = false; /* it never was away */
        }
        relo_chord_join_progress(chord);
        break;
    }
    case RELO_LINK_EVENT_DOWN:
    case RELO_LINK_EVENT_FAILED:
        down(chord, event);
        break;
    case RELO_LINK_EVENT_UNSENT:
    case RELO_LINK_EVENT_FIRST_SENT:
        break; /* for the route layer */
    }
}
