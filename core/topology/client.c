/* SPDX-License-Identifier: BSD-2-Clause */
/* A client of the overlay: RFC 6940 section 4.2.1, the first way. It connects to a bootstrap node,
   then to the peer responsible for its own Node-ID, and follows that responsibility by the Updates
   it is sent. The steps up to the Attach are those of a join. */
#include "core/topology/internal.h"

static void begin_again(struct relo_chord *chord)
{
    chord->again = true;
    chord->tries = 0;
    relo_chord_join_begin(chord);
}

/* The peer that is responsible for us is connected: the only link a client needs. */
void relo_chord_client_attached(struct relo_chord *chord, struct relo_id peer)
{
    struct relo_links *links = relo_chord_links(chord);
    relo_handle home = relo_links_find(links, peer);
    relo_handle link;
    uint32_t cursor = 0;
    if (!home) {
        begin_again(chord);
        return;
    }
    while ((link = relo_links_next(links, &cursor)) != 0) {
        if (link == home)
            continue;
        relo_links_close(links, link);
        cursor = 0;
    }
    bool first = !chord->again;
    relo_link_set_use(links, home, RELO_LINK_HELD);
    chord->boot_opened = false; /* the link stays, whatever it was opened for */
    relo_chord_join_stop(chord);
    chord->boot = home;
    chord->ap = peer;
    chord->state = RELO_NODE_STARTED;
    chord->ping_at = chord->env->now + RELO_CHORD_CLIENT_PING;
    if (first)
        chord->events |= RELO_CHORD_NEWS_ATTACHED;
}

/* Nobody tells a client that its peer is gone. */
void relo_chord_client_ping(struct relo_chord *chord)
{
    chord->ping_at = RELO_NEVER;
    if (chord->state != RELO_NODE_STARTED || !chord->boot)
        return;
    chord->ping_at = chord->env->now + RELO_CHORD_CLIENT_PING;
    struct relo_target target = {.id = chord->ap};
    relo_chord_ping(chord, &target, chord->boot, relo_chord_context(RELO_CHORD_PING, 0));
}

/* Updates can indicate that the peer is no longer responsible for the client's Node-ID (4.2.1). */
void relo_chord_client_update(struct relo_chord *chord, struct relo_id from,
                              struct relo_view predecessors)
{
    struct relo_id self = chord->env->self;
    if (chord->state != RELO_NODE_STARTED || !relo_id_equal(from, chord->ap))
        return;
    for (uint32_t i = 0; i < predecessors.n / RELO_ID_BYTES; i++) {
        struct relo_id d = relo_id_sub(relo_node_ids_at(predecessors, i), self);
        if (relo_id_compare(d, relo_id_sub(from, self)) < 0) {
            begin_again(chord);
            return;
        }
    }
}

void relo_chord_client_down(struct relo_chord *chord, relo_handle link)
{
    if (!chord->client || chord->state != RELO_NODE_STARTED || link != chord->boot || !link)
        return;
    chord->boot = 0;
    begin_again(chord);
}
