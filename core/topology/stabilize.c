/* SPDX-License-Identifier: BSD-2-Clause */
/* Periodic stabilization: RFC 6940 sections 10.7.4.1 to 10.7.4.3, and connectivity pings (10.7.1).
 */
#include "core/topology/internal.h"

#define SEARCH_PAUSE (5 * RELO_S)

static relo_time check_interval(const struct relo_chord *chord)
{
    const struct relo_config *config = relo_chord_config(chord);
    if (config->partition_check_interval > 0)
        return config->partition_check_interval;
    /* A check costs a handshake and a routed Ping: not more often than the RFC's default asks for.
     */
    return config->chord_update_interval > RELO_CHORD_CHECK_MIN ? config->chord_update_interval
                                                                : RELO_CHORD_CHECK_MIN;
}

/* 10.7.4.1: randomly offset, so that Updates do not occur all at once. */
static relo_time phase(struct relo_chord *chord, relo_time interval)
{
    if (interval <= 0)
        return RELO_NEVER;
    return chord->env->now + 1 + (relo_time)relo_chord_below(chord, (uint64_t)interval);
}

void relo_chord_timers_start(struct relo_chord *chord)
{
    const struct relo_config *config = relo_chord_config(chord);
    chord->periodic_at = phase(chord, config->chord_update_interval); /* 6940-10.7.4.1-3 */
    chord->search_at = phase(chord, config->chord_ping_interval);
    chord->ping_at = phase(chord, config->neighbor_ping_interval);
    chord->check_at = phase(chord, check_interval(chord));
}

void relo_chord_timers_stop(struct relo_chord *chord)
{
    chord->periodic_at = chord->search_at = chord->ping_at = chord->check_at = RELO_NEVER;
    chord->update_at = chord->hold_at = RELO_NEVER;
    chord->search_pause = 0;
    chord->dirty = 0;
    relo_chord_check_end(chord);
    chord->joiner = (struct relo_id){0, 0};
    chord->joiner_until = RELO_NEVER;
    chord->events &= (uint16_t)~RELO_CHORD_NEWS_HANDOVER;
}

/* One to two pauses. */
static relo_time jittered(struct relo_chord *chord)
{
    return chord->search_pause + (relo_time)relo_chord_below(chord, (uint64_t)chord->search_pause);
}

/* 10.7.4.2: the Ping goes to an id selected randomly from the slot's range, as a Resource-ID: a
   Node-ID that nobody has would be dropped. */
void relo_chord_search(struct relo_chord *chord, uint32_t slot)
{
    struct relo_id random;
    random.hi = relo_chord_random(chord);
    random.lo = relo_chord_random(chord);
    struct relo_target target = {
        .id = relo_fingers_random(chord->env->self, slot, random), /* 6940-10.7.4.2-3 */
        .resource = true,
    };
    relo_chord_ping(chord, &target, 0, relo_chord_context(RELO_CHORD_SEARCH, slot));
}

void relo_chord_search_answer(struct relo_chord *chord, struct relo_id responder, uint32_t slot)
{
    struct relo_links *links = relo_chord_links(chord);
    if (chord->state != RELO_NODE_JOINED || relo_id_equal(responder, chord->env->self) ||
        relo_fingers_slot(relo_id_sub(responder, chord->env->self)) != slot ||
        !relo_fingers_wanted(&chord->ring, slot) || relo_chord_blocked(chord, responder))
        return;
    if (chord->search_pause)
        relo_chord_search_on(chord);
    relo_handle link = relo_links_find(links, responder);
    if (link && (relo_link_use(links, link) & RELO_LINK_PEER)) {
        if (relo_chord_enter(chord, responder, link))
            relo_chord_settle(chord, false);
    } else if (link) {
        relo_chord_query_send(chord, responder, link);
    } else if (chord->finger_attaches < RELO_CHORD_FINGER_ATTACHES_MAX) {
        /* 10.6: for a finger, routed conventionally. */
        struct relo_attach_options options = {
            .target = {.id = responder},
            .send_update = true,
            .owner = RELO_OWNER_TOPOLOGY,
            .context = relo_chord_context(RELO_CHORD_ATTACH_FINGER, slot),
        };
        if (relo_attach_start(chord->route, &options)) {
            chord->finger_attaches++;
            chord->finger_busy_until = chord->env->now + 40 * RELO_S;
        }
    }
}

void relo_chord_search_on(struct relo_chord *chord)
{
    chord->search_pause = SEARCH_PAUSE;
    chord->search_at = relo_time_min(chord->search_at, chord->env->now + jittered(chord));
}

/* One slot each time. Where many peers go at once, the search that follows each loss (10.7.2) ends
   at the next dead one, and its slot would have its turn again an interval later. So after a loss
   searches follow each other closely, and the less they find, the less so. */
static void search_periodic(struct relo_chord *chord)
{
    const struct relo_config *config = relo_chord_config(chord);
    chord->search_at = chord->env->now + config->chord_ping_interval;
    if (chord->search_pause) {
        chord->search_at = relo_time_min(chord->search_at, chord->env->now + jittered(chord));
        chord->search_pause *= 2;
        if (chord->search_pause >= config->chord_ping_interval)
            chord->search_pause = 0;
    }
    if (chord->ring.count == 0)
        return;
    struct relo_id random;
    random.hi = relo_chord_random(chord);
    random.lo = relo_chord_random(chord);
    uint32_t slot = relo_fingers_choose(&chord->ring, config->chord_fingers_min,
                                        config->chord_fingers_max, random);
    if (slot > 0)
        relo_chord_search(chord, slot);
}

static void ping_neighbors(struct relo_chord *chord)
{
    const struct relo_ring *ring = &chord->ring;
    if (chord->client) {
        relo_chord_client_ping(chord);
        return;
    }
    chord->ping_at = chord->env->now + relo_chord_config(chord)->neighbor_ping_interval;
    for (uint32_t i = 0; i < ring->count; i++) {
        if (relo_ring_is_neighbor(ring, i))
            relo_chord_probe(chord, relo_ring_id(ring, i), ring->handle[i]);
    }
}

static bool useless(const struct relo_chord *chord, relo_handle link, uint8_t use)
{
    uint8_t used = RELO_LINK_NEIGHBOR | RELO_LINK_FINGER | RELO_LINK_HELD;
    return !(use & used) && link != chord->boot && link != chord->check;
}

/* Closes links that we opened and that have been in no table for a whole interval. Updates go to
   all members of the Connection Table, so idleness alone would not end them, and every change of
   the ring would cost more and more. Links that the other side asked for are its to close. */
static void sweep(struct relo_chord *chord)
{
    struct relo_links *links = relo_chord_links(chord);
    uint32_t cursor = 0;
    relo_handle link;
    uint8_t use;
    while ((link = relo_links_next_used(links, &cursor, &use)) != 0) {
        if ((use & RELO_CHORD_LINK_SWEPT) && useless(chord, link, use)) {
            relo_links_close(links, link);
            cursor = 0;
        }
    }
    for (cursor = 0; (link = relo_links_next_used(links, &cursor, &use)) != 0;) {
        if (useless(chord, link, use))
            relo_link_set_use(links, link, RELO_CHORD_LINK_SWEPT);
        else if (use & RELO_CHORD_LINK_SWEPT)
            relo_link_clear_use(links, link, RELO_CHORD_LINK_SWEPT);
    }
}

void relo_chord_stabilize_wake(struct relo_chord *chord)
{
    const struct relo_config *config = relo_chord_config(chord);
    relo_time now = chord->env->now;
    if (chord->hold_at <= now) {
        chord->hold_at = RELO_NEVER;
        uint64_t digest = relo_ring_replica_digest(&chord->ring, config->replicas);
        if (digest != chord->replica_digest || chord->replica_lost) {
            chord->replica_digest = digest;
            chord->replica_lost = false;
            chord->events |= RELO_CHORD_NEWS_REPLICAS;
        }
    }
    if (chord->periodic_at <= now) {
        chord->periodic_at = now + config->chord_update_interval;
        sweep(chord);
        relo_chord_update_mark(chord, RELO_CHORD_DIRTY_NEIGHBORS, 0); /* 6940-10.7.4.1-1 */
    }
    if (chord->update_at <= now)
        relo_chord_update_flush(chord);
    if (chord->search_at <= now)
        search_periodic(chord); /* 6940-10.7.4.2-1 */
    if (chord->ping_at <= now)
        ping_neighbors(chord);
    if (chord->check_at <= now) {
        chord->check_at = now + check_interval(chord);
        relo_chord_check_wake(chord); /* 6940-10.7.4.4-1 */
    } else if (chord->check_until <= now) {
        relo_chord_check_end(chord);
    }
    if (chord->joiner_until <= now) /* storage did not say; the peer must not wait for ever */
        relo_chord_handover_done(chord, chord->joiner);
}
