/* SPDX-License-Identifier: BSD-2-Clause */
/* Successors found by Pings: RFC 6940 section 10.7.1, for a peer that has lost all it had,
   and 10.5, for a Joining Node that was not told its Admitting Peer's neighbors. */
#include "core/topology/internal.h"

/* To n+1, or to the id right behind the last one that was found. */
void relo_chord_discover(struct relo_chord *chord)
{
    struct relo_target target = {.resource = true};
    relo_handle through = relo_link_is_up(relo_chord_links(chord), chord->boot) ? chord->boot : 0;
    target.id = relo_id_next(chord->found > 0 ? chord->ap : chord->env->self);
    relo_chord_become(chord, RELO_CHORD_STEP_DISCOVER, 20 * RELO_S);
    /* 6940-10.7.1-7 6940-10.5-16 6940-10.5-17 */
    if (!relo_chord_ping(chord, &target, through,
                         relo_chord_context(RELO_CHORD_DISCOVER, chord->epoch)))
        relo_chord_join_again(chord);
}

static bool awaited(const struct relo_chord *chord, uint32_t epoch)
{
    return chord->state == RELO_NODE_JOINING && chord->step == RELO_CHORD_STEP_DISCOVER &&
           epoch == chord->epoch;
}

void relo_chord_discovered(struct relo_chord *chord, const struct relo_inbound *in)
{
    struct relo_id peer = in->signer.node_id, none = {0, 0};
    if (!awaited(chord, (uint32_t)(in->context >> 8)))
        return;
    bool round = relo_id_equal(peer, chord->env->self);
    if (in->code != RELO_CODE_PING_ANS || (round && chord->found == 0)) {
        relo_chord_join_again(chord);
        return;
    }
    if (chord->again) { /* 10.7.1: to be asked for a Join, it must be connected */
        relo_chord_join_attach(chord, &peer);
        return;
    }
    if (!round) {
        uint8_t id[RELO_ID_BYTES];
        relo_id_to_bytes(peer, id);
        relo_chord_consider(chord, (struct relo_view){id, sizeof id}, none);
        relo_chord_admitting(chord, peer);
        chord->found++;
    }
    /* 10.5: repeated to discover as many successors as desired. */
    if (round || chord->found >= relo_chord_config(chord)->chord_neighbors)
        relo_chord_join_neighbors(chord);
    else
        relo_chord_discover(chord);
}

void relo_chord_discover_failed(struct relo_chord *chord, uint32_t epoch)
{
    if (awaited(chord, epoch))
        relo_chord_join_again(chord);
}
