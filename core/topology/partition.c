/* SPDX-License-Identifier: BSD-2-Clause */
/* Detecting and healing a partition: RFC 6940 section 10.7.4.4. */
#include "core/topology/internal.h"

void relo_chord_check_end(struct relo_chord *chord)
{
    struct relo_links *links = relo_chord_links(chord);
    if (chord->check && relo_link_is_up(links, chord->check) && chord->check_opened) {
        /* A link that one of the two sides has come to use otherwise stays. */
        uint8_t other = RELO_LINK_NEIGHBOR | RELO_LINK_FINGER | RELO_LINK_PEER;
        if (relo_link_use(links, chord->check) & other)
            relo_link_clear_use(links, chord->check, RELO_LINK_HELD);
        else
            relo_links_close(links, chord->check);
    }
    chord->check = 0;
    chord->check_until = RELO_NEVER;
}

/* The Ping goes to Resource-ID n+1 through B: for n itself, we would answer ourselves. */
static void ask(struct relo_chord *chord)
{
    struct relo_target target = {.id = relo_id_next(chord->env->self), .resource = true};
    chord->check_until = chord->env->now + 20 * RELO_S;
    /* 6940-10.7.4.4-2 */
    if (!relo_chord_ping(chord, &target, chord->check, relo_chord_context(RELO_CHORD_CHECK, 0)))
        relo_chord_check_end(chord);
}

/* Repeats the discovery of a bootstrap node, B. */
void relo_chord_check_wake(struct relo_chord *chord)
{
    struct relo_links *links = relo_chord_links(chord);
    relo_chord_check_end(chord);
    const struct relo_addr *remote = relo_chord_bootstrap(chord, 0);
    if (!remote || chord->state != RELO_NODE_JOINED)
        return;
    uint32_t cursor = 0;
    relo_handle link;
    while ((link = relo_links_next(links, &cursor)) != 0) {
        struct relo_addr at = relo_link_remote(links, link);
        if (relo_addr_equal(&at, remote))
            break;
    }
    chord->check_opened = link == 0;
    chord->check = link ? link : relo_links_connect(links, NULL, remote, false);
    if (!chord->check)
        return;
    chord->check_until = chord->env->now + 20 * RELO_S;
    if (chord->check_opened)
        relo_link_set_use(links, chord->check, RELO_LINK_HELD);
    if (relo_link_is_up(links, chord->check))
        ask(chord);
}

/* 10.7.4.4 waits for an answer of somebody else than our successor. 6.3.4 would refuse it where our
   neighbors are nearer to n than S' (and, to a Ping for n as a Node-ID, always): of two rings that
   lie side by side only the peers at the two seams would hear of the other. */
bool relo_chord_is_check(const struct relo_chord *chord, struct relo_id resource)
{
    return chord->check != 0 && relo_id_equal(resource, relo_id_next(chord->env->self));
}

void relo_chord_check_link(struct relo_chord *chord, const struct relo_link_event *event)
{
    if (chord->check && event->link == chord->check && chord->state == RELO_NODE_JOINED)
        ask(chord);
}

void relo_chord_check_answer(struct relo_chord *chord, struct relo_id responder)
{
    struct relo_ring *ring = &chord->ring;
    if (!chord->check || chord->state != RELO_NODE_JOINED)
        return;
    bool whole = relo_id_equal(responder, chord->env->self) ||
                 (ring->count > 0 && relo_id_equal(responder, relo_ring_id(ring, 0)));
    if (whole) {
        relo_chord_check_end(chord);
        return;
    }
    relo_count(chord->env, RELO_COUNT_partitions_seen);
    struct relo_links *links = relo_chord_links(chord);
    relo_handle link = relo_links_find(links, responder);
    if (link) {
        relo_chord_update_send(chord, responder, link, RELO_CHORD_NEIGHBORS);
        if (!(relo_link_use(links, link) & RELO_LINK_PEER))
            relo_chord_query_send(chord, responder, link);
        /* B itself: the link stays until its Update has come (check_until), or for good. */
        if (link != chord->check)
            relo_chord_check_end(chord);
        return;
    }
    /* Attach through B; our Update follows as soon as the link is up, and S' is asked for its own.
     */
    struct relo_attach_options options = {
        .target = {.id = responder},
        .through = chord->check,
        .send_update = true,
        .owner = RELO_OWNER_TOPOLOGY,
        .context = relo_chord_context(RELO_CHORD_CHECK, 0),
    };
    chord->check_until = chord->env->now + 40 * RELO_S;
    if (!relo_attach_start(chord->route, &options)) /* 6940-10.7.4.4-3 */
        relo_chord_check_end(chord);
}
