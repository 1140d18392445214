/* SPDX-License-Identifier: BSD-2-Clause */
/* The Joining Node's side of a join: RFC 6940 sections 10.5 and 11.4.

   CONNECT -> ATTACH -> UPDATE -> NEIGHBORS -> ASK -> ADMIT -> joined. A peer that was a member
   looks for its place by Pings before the Attach (DISCOVER), and so does, after it, a node that
   waits for an Update in vain. Whatever fails leads to WAIT and, after a backoff, to the beginning;
   what is connected by then stays connected. */
#include "core/topology/internal.h"

const struct relo_addr *relo_chord_bootstrap(struct relo_chord *chord, uint32_t attempt)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < chord->bootstrap_count; i++)
        n += !relo_links_is_local(relo_chord_links(chord), &chord->bootstrap[i]);
    if (n == 0)
        return NULL;
    /* The first by random, the others in turn. */
    if (attempt == 0)
        chord->bootstrap_first = (uint8_t)relo_chord_below(chord, n);
    uint32_t pick = (chord->bootstrap_first + attempt) % n;
    for (uint32_t i = 0; i < chord->bootstrap_count; i++)
        if (!relo_links_is_local(relo_chord_links(chord), &chord->bootstrap[i]) && pick-- == 0)
            return &chord->bootstrap[i];
    return NULL;
}

void relo_chord_become(struct relo_chord *chord, enum relo_chord_step step, relo_time limit)
{
    chord->step = (uint8_t)step;
    chord->join_at = limit == RELO_NEVER ? RELO_NEVER : chord->env->now + limit;
}

static void release(struct relo_chord *chord)
{
    struct relo_links *links = relo_chord_links(chord);
    if (chord->boot_opened && relo_link_is_up(links, chord->boot)) {
        /* Bootstrap nodes have enough connections. */
        if (relo_link_use(links, chord->boot) & (RELO_LINK_NEIGHBOR | RELO_LINK_FINGER))
            relo_link_clear_use(links, chord->boot, RELO_LINK_HELD);
        else
            relo_links_close(links, chord->boot);
    }
    chord->boot = 0;
    chord->boot_opened = false;
}

/* One of the two has an old configuration; the ConfigUpdate that tells it so (6.5.4) still has to
   go over this link, which is closed once it is idle. */
static void keep_boot(struct relo_chord *chord)
{
    if (chord->boot_opened && relo_link_is_up(relo_chord_links(chord), chord->boot))
        relo_link_clear_use(relo_chord_links(chord), chord->boot, RELO_LINK_HELD);
    chord->boot_opened = false;
}

/* What is left of a join that ended, one way or the other. */
void relo_chord_join_stop(struct relo_chord *chord)
{
    release(chord);
    relo_chord_become(chord, RELO_CHORD_STEP_NONE, RELO_NEVER);
    chord->fingers_until = RELO_NEVER;
    chord->epoch++;
    chord->asks = 0;
    chord->tries = 0;
}

static bool serves_bootstrap(const struct relo_chord *chord)
{
    for (uint32_t i = 0; i < chord->bootstrap_count; i++)
        if (relo_links_is_local(relo_chord_links(chord), &chord->bootstrap[i]))
            return true;
    return false;
}

/* Those still connected let no join succeed: they may look for the ring themselves, and two that
   wait for each other would do so for ever. */
static void forget_ring(struct relo_chord *chord)
{
    struct relo_ring *ring = &chord->ring;
    chord->applied = false;
    while (ring->count > 0) {
        relo_link_clear_use(relo_chord_links(chord), ring->handle[0],
                            RELO_LINK_NEIGHBOR | RELO_LINK_FINGER | RELO_LINK_PEER);
        relo_ring_remove(ring, relo_ring_id(ring, 0));
    }
}

void relo_chord_join_again(struct relo_chord *chord)
{
    release(chord);
    chord->finger_next = 0;
    chord->fingers_until = RELO_NEVER;
    chord->epoch++;
    if (chord->tries < 250)
        chord->tries++;
    if (chord->tries >= RELO_CHORD_JOIN_TRIES) {
        if (chord->again)
            forget_ring(chord);
        if (chord->again && serves_bootstrap(chord)) {
            /* A bootstrap node that finds nobody is the overlay; the partition check heals
             * (10.7.4.4). */
            relo_chord_admitted(chord);
            return;
        }
        if (!chord->again) {
            relo_chord_join_stop(chord);
            chord->state = RELO_NODE_STARTED;
            chord->events |= RELO_CHORD_NEWS_JOIN_FAILED; /* 6940-6.4.2.1-9 */
            return;
        }
    }
    uint32_t doublings = chord->tries < 6 ? chord->tries : 6;
    relo_time unit = RELO_S / 2 + (relo_time)relo_chord_below(chord, (uint64_t)RELO_S / 2);
    relo_chord_become(chord, RELO_CHORD_STEP_WAIT, unit << doublings); /* 6940-10.7.1-8 */
}

/* Step 2. A client's peer is the one responsible for n (4.2.1). */
void relo_chord_join_attach(struct relo_chord *chord, const struct relo_id *peer)
{
    struct relo_id self = chord->env->self, place = chord->client ? self : relo_id_next(self);
    struct relo_attach_options options = {
        .target = {.id = peer ? *peer : place, .resource = !peer},
        .through = chord->boot,
        .send_update = true,
        .owner = RELO_OWNER_TOPOLOGY,
        .context = relo_chord_context(RELO_CHORD_ATTACH_AP, chord->epoch),
    };
    relo_chord_become(chord, RELO_CHORD_STEP_ATTACH, 40 * RELO_S);
    if (!relo_attach_start(chord->route, &options)) /* 6940-10.5-2 6940-11.4-3 */
        relo_chord_join_again(chord);
}

/* The bootstrap node is connected. 10.7.1: who has lost its successors MUST look for a peer by
 * Pings. */
static void begin(struct relo_chord *chord)
{
    chord->found = 0;
    if (chord->again && !chord->client) /* 6940-10.7.1-7 */
        relo_chord_discover(chord);
    else
        relo_chord_join_attach(chord, NULL);
}

/* Step 1: connect to the chosen bootstrap node; if there are peers connected already, to one of
 * them. */
void relo_chord_join_begin(struct relo_chord *chord)
{
    struct relo_links *links = relo_chord_links(chord);
    chord->state = RELO_NODE_JOINING;
    chord->asks = 0;
    chord->refused = 0;
    chord->epoch++;
    /* Who was out of reach while this peer was cut off may be its predecessor, alive and well. */
    relo_chord_unblock_all(chord);
    const struct relo_addr *remote = relo_chord_bootstrap(chord, chord->tries);
    if (chord->ring.count > 0 && (!remote || chord->tries < 2)) {
        chord->boot = chord->ring.handle[relo_chord_below(chord, chord->ring.count)];
        begin(chord);
        return;
    }
    /* 6940-10.5-1 6940-11.4-1 */
    chord->boot = remote ? relo_links_connect(links, NULL, remote, false) : 0;
    if (!chord->boot) {
        relo_chord_join_again(chord);
        return;
    }
    relo_chord_become(chord, RELO_CHORD_STEP_CONNECT, 20 * RELO_S);
    chord->boot_opened = !relo_link_is_up(links, chord->boot);
    if (chord->boot_opened)
        relo_link_set_use(links, chord->boot, RELO_LINK_HELD);
    else
        begin(chord);
}

bool relo_chord_join(struct relo_chord *chord, bool first)
{
    if (chord->state != RELO_NODE_STARTED)
        return false;
    /* 6940-11.1-15 */
    if (chord->client && (first || chord->boot || !relo_chord_config(chord)->clients_permitted))
        return false;
    chord->tries = 0;
    chord->again = false;
    if (first)
        /* 6940-6.4.2.1-10 */
        relo_chord_admitted(chord); /* 6.4.2.1: it takes responsibility for the overlay */
    else
        relo_chord_join_begin(chord);
    return true;
}

void relo_chord_disconnected(struct relo_chord *chord)
{
    /* Whoever knows of no other bootstrap node and no other peer is the overlay by itself. */
    if (chord->state != RELO_NODE_JOINED ||
        (chord->ring.count == 0 && !relo_chord_bootstrap(chord, 0)))
        return;
    chord->events |= RELO_CHORD_NEWS_DISCONNECTED;
    chord->events &= (uint16_t)~RELO_CHORD_NEWS_RANGE;
    relo_chord_timers_stop(chord);
    /* Whoever is still connected must not take us for a peer, or what leads to our new place in the
       ring would come back to us. */
    relo_chord_leave_tell(chord);
    chord->again = true;
    chord->cut_off_s = (uint32_t)(chord->env->now / RELO_S);
    chord->tries = 0;
    relo_chord_join_begin(chord);
}

void relo_chord_join_link(struct relo_chord *chord, const struct relo_link_event *event)
{
    if (event->type != RELO_LINK_EVENT_UP && relo_id_equal(event->peer, chord->ap))
        chord->applied = false;
    if (chord->state != RELO_NODE_JOINING)
        return;
    if (event->type == RELO_LINK_EVENT_UP) {
        if (event->link == chord->boot && chord->step == RELO_CHORD_STEP_CONNECT)
            begin(chord);
        return;
    }
    bool boot = event->link == chord->boot;
    if (boot)
        chord->boot = 0;
    bool needs_boot =
        chord->step >= RELO_CHORD_STEP_CONNECT && chord->step <= RELO_CHORD_STEP_ATTACH;
    bool needs_ap = chord->step == RELO_CHORD_STEP_UPDATE || chord->step == RELO_CHORD_STEP_ASK ||
                    chord->step == RELO_CHORD_STEP_ADMIT;
    if ((boot && needs_boot) || (needs_ap && relo_id_equal(event->peer, chord->ap)))
        relo_chord_join_again(chord);
    else
        relo_chord_join_progress(chord);
}

void relo_chord_join_attached(struct relo_chord *chord, const struct relo_attach_event *event)
{
    if (chord->state != RELO_NODE_JOINING || chord->step != RELO_CHORD_STEP_ATTACH ||
        event->context >> 8 != chord->epoch)
        return;
    if (event->status != RELO_OK || relo_id_equal(event->peer, chord->env->self)) {
        if (event->error_code == RELO_ERROR_CONFIG_TOO_OLD ||
            event->error_code == RELO_ERROR_CONFIG_TOO_NEW) {
            keep_boot(chord);
            chord->refused = event->error_code;
        }
        relo_chord_join_again(chord);
        return;
    }
    if (chord->client) {
        relo_chord_client_attached(chord, event->peer);
        return;
    }
    relo_chord_admitting(chord, event->peer); /* 6940-11.4-4 */
    relo_chord_become(chord, RELO_CHORD_STEP_UPDATE, 15 * RELO_S);
    /* Its handshake and its Update are direct and may overtake the answer, which is routed: then we
       did not know yet that the Update was the Admitting Peer's. Once more, please (10.8). */
    struct relo_links *links = relo_chord_links(chord);
    relo_handle link = relo_links_find(links, chord->ap);
    bool had = event->elapsed == 0; /* connected before: no Attach went out, so none will come */
    if (link && (had || (relo_link_use(links, link) & RELO_LINK_PEER)))
        relo_chord_query_send(chord, chord->ap, link);
}

/* Step 3: with the neighbors that the Admitting Peer listed, or that Pings found. */
void relo_chord_join_neighbors(struct relo_chord *chord)
{
    relo_chord_become(chord, RELO_CHORD_STEP_NEIGHBORS, 60 * RELO_S);
    chord->finger_next = 1;
    chord->fingers_until = chord->env->now + 8 * RELO_S;
    relo_chord_pursue(chord);
    relo_chord_fingers_attach(chord);
}

/* An Update came while we join: the Admitting Peer's Routing Table, or its word that we are in. The
   word counts whatever has become of the attempt that asked for it (10.5, step 7): it was given
   once what is ours had been stored here, in full queues after our time limits, and from then on
   all that is for our range comes to us. Whoever asks again as if nothing had happened is no peer
   where everybody takes it for one, and nobody joins there any more. */
void relo_chord_join_update(struct relo_chord *chord, struct relo_id from, bool names_us)
{
    if (!relo_id_equal(from, chord->ap))
        return;
    if (names_us && chord->applied)
        relo_chord_admitted(chord); /* step 7 */
    else if (chord->step == RELO_CHORD_STEP_UPDATE)
        relo_chord_join_neighbors(chord);
}

/* 10.5: the i'th finger by an Attach to n+2^(128-i), until that lies among the successors. */
void relo_chord_fingers_attach(struct relo_chord *chord)
{
    const struct relo_config *config = relo_chord_config(chord);
    const struct relo_ring *ring = &chord->ring;
    while (chord->finger_next != 0 && ring->count > 0 &&
           chord->finger_attaches < RELO_CHORD_FINGER_ATTACHES_MAX) {
        uint32_t slot = chord->finger_next;
        uint32_t last = relo_ring_side(ring) - 1;
        struct relo_id distance = relo_id_power(RELO_FINGER_SLOTS - (int)slot);
        if (slot > config->chord_fingers_max ||
            relo_id_compare(distance, (struct relo_id){ring->hi[last], ring->lo[last]}) <= 0) {
            chord->finger_next = 0;
            break;
        }
        if (relo_fingers_wanted(ring, slot)) {
            struct relo_attach_options options = {
                .target = {.id = relo_fingers_start(ring->self, slot), .resource = true},
                .send_update = true,
                .owner = RELO_OWNER_TOPOLOGY,
                .context = relo_chord_context(RELO_CHORD_ATTACH_FINGER, slot),
            };
            if (!relo_attach_start(chord->route, &options)) /* 6940-10.5-19 */
                break; /* over quota: goes on when another Attach has ended */
            chord->finger_attaches++;
            chord->finger_busy_until = chord->env->now + 40 * RELO_S;
        }
        chord->finger_next = slot < RELO_FINGER_SLOTS ? (uint8_t)(slot + 1) : 0;
    }
}

/* Step 5, to the nearest successor that we could connect to: if another peer joined in between,
   that is no longer the one that answered the Attach. */
static void ask(struct relo_chord *chord)
{
    uint8_t bytes[64], self[RELO_ID_BYTES];
    relo_id_to_bytes(chord->env->self, self);
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, RELO_ID_BYTES);
    relo_join_req_write(&w, &(struct relo_join_req){.joining_peer_id = {self, sizeof self}});
    relo_chord_admitting(chord, relo_ring_id(&chord->ring, 0));
    chord->applied = true;
    struct relo_target target = {.id = chord->ap};
    chord->asks++;
    /* 6940-10.5-5 */
    if (relo_chord_request(chord, &target, chord->ring.handle[0], RELO_CODE_JOIN_REQ,
                           relo_wr_view(&w), relo_chord_context(RELO_CHORD_JOIN, chord->epoch)))
        relo_chord_become(chord, RELO_CHORD_STEP_ASK, 30 * RELO_S);
    else
        relo_chord_join_again(chord);
}

static relo_time pending_until(const struct relo_chord *chord)
{
    return relo_prospects_pending(&chord->prospects, &chord->ring, RELO_CHORD_JOIN_PATIENCE);
}

/* Goes on to step 5 when the Attaches to neighbors are through. */
void relo_chord_join_progress(struct relo_chord *chord)
{
    if (chord->state != RELO_NODE_JOINING || chord->step != RELO_CHORD_STEP_NEIGHBORS)
        return;
    /* 10.5: not before each peer that should be a neighbor has been attached to. One that shows no
       life to two transmissions should not: tables list peers that died a while ago. If it lives
       after all, it enters the table when its Attach is through. */
    if (pending_until(chord) > chord->env->now) /* 6940-10.5-20 */
        return;
    bool fingers = chord->finger_next != 0 || chord->finger_attaches > 0;
    if (chord->env->now < chord->fingers_until && (fingers || chord->asks > 0))
        return;
    if (chord->ring.count == 0)
        relo_chord_join_again(chord);
    else
        ask(chord);
}

void relo_chord_join_answer(struct relo_chord *chord, const struct relo_inbound *in)
{
    if (chord->state != RELO_NODE_JOINING || chord->step != RELO_CHORD_STEP_ASK ||
        in->context >> 8 != chord->epoch)
        return;
    if (in->code == RELO_CODE_JOIN_ANS) {
        relo_chord_become(chord, RELO_CHORD_STEP_ADMIT, 90 * RELO_S);
        return;
    }
    chord->applied = false;
    if (chord->asks >= RELO_CHORD_JOIN_ASKS) {
        relo_chord_join_again(chord);
        return;
    }
    /* It is admitting another peer, or is not our successor any more; then its Update says who is.
     */
    relo_chord_become(chord, RELO_CHORD_STEP_NEIGHBORS, 60 * RELO_S);
    chord->fingers_until =
        chord->env->now + RELO_S / 2 + (relo_time)relo_chord_below(chord, (uint64_t)RELO_S);
}

void relo_chord_join_failed(struct relo_chord *chord, uint32_t epoch)
{
    if (chord->state == RELO_NODE_JOINING && chord->step == RELO_CHORD_STEP_ASK &&
        epoch == chord->epoch)
        relo_chord_join_again(chord);
}

/* Step 7: part of the ring, responsible for (predecessor, self]. */
void relo_chord_admitted(struct relo_chord *chord)
{
    chord->state = RELO_NODE_JOINED;
    relo_chord_mark_links(chord);
    relo_chord_join_stop(chord);
    chord->again = chord->applied = false;
    chord->range_from = chord->sure_from = relo_ring_from(&chord->ring);
    chord->neighbor_digest = relo_ring_neighbor_digest(&chord->ring);
    chord->replica_digest =
        relo_ring_replica_digest(&chord->ring, relo_chord_config(chord)->replicas);
    chord->hold_at = RELO_NEVER;
    chord->events |= RELO_CHORD_NEWS_ADMITTED | RELO_CHORD_NEWS_RANGE;
    relo_chord_timers_start(chord);
    relo_chord_update_mark(chord, RELO_CHORD_DIRTY_ALL, 0); /* step 9 */
    relo_chord_update_flush(chord);
}

void relo_chord_join_wake(struct relo_chord *chord)
{
    relo_time now = chord->env->now;
    if (chord->finger_attaches > 0 && chord->finger_busy_until <= now)
        chord->finger_attaches = 0;
    if (chord->state != RELO_NODE_JOINING)
        return;
    if (chord->join_at > now) {
        relo_chord_join_progress(chord);
        return;
    }
    if (chord->step == RELO_CHORD_STEP_WAIT) {
        relo_chord_leave_repeat(chord);
        relo_chord_join_begin(chord);
    } else if (chord->step == RELO_CHORD_STEP_UPDATE && chord->found == 0 && !chord->again) {
        relo_chord_discover(chord); /* 10.5: without the Admitting Peer's Routing Table */
    } else {
        relo_chord_join_again(chord);
    }
}

relo_time relo_chord_join_deadline(const struct relo_chord *chord)
{
    if (chord->state != RELO_NODE_JOINING)
        return RELO_NEVER;
    relo_time deadline = chord->join_at, now = chord->env->now;
    if (chord->step == RELO_CHORD_STEP_NEIGHBORS) {
        relo_time pending = pending_until(chord);
        if (pending > now)
            deadline = relo_time_min(deadline, pending);
        if (chord->fingers_until > now)
            deadline = relo_time_min(deadline, chord->fingers_until);
    }
    return deadline;
}
