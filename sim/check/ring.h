/* SPDX-License-Identifier: BSD-2-Clause */
/* The ring as the world knows it: all alive peers by Node-ID, and which of them are admitted.

   Protocol of use: init, then put and remove as the logs say, ask at any time, fini. Buckets by the
   top bits of the id, each sorted: uniform ids make every operation short. */
#ifndef SIM_CHECK_RING_H
#define SIM_CHECK_RING_H

#include "core/base/id.h"
#include "core/base/time.h"

#include <stdbool.h>
#include <stdint.h>

enum sim_ring_state {
    SIM_RING_JOINING, /* alive, responsible for nothing */
    SIM_RING_ADMITTED,
    SIM_RING_LEAVING /* still admitted */
};

struct sim_ring_peer {
    struct relo_id id;
    relo_time since; /* of the state */
    uint32_t host;
    enum sim_ring_state state;
};

struct sim_ring_bucket;

struct sim_ring {
    struct sim_ring_bucket *buckets; /* owned */
    uint32_t bucket_bits;
    uint32_t alive, admitted; /* admitted: leaving ones included */
};

/* `hosts`: how many peers at most, to choose the number of buckets. */
void sim_ring_init(struct sim_ring *ring, uint32_t hosts);
void sim_ring_fini(struct sim_ring *ring);

/* Adds a peer or changes its state. */
void sim_ring_put(struct sim_ring *ring, struct relo_id id, uint32_t host,
                  enum sim_ring_state state, relo_time now);
void sim_ring_remove(struct sim_ring *ring, struct relo_id id); /* absent: nothing happens */
/* NULL where no such peer is alive. Valid until the next put or remove, as all pointers here. */
/* Asks for what looking up an id will read: first where that is, then, once this is near, itself.
 */
void sim_ring_prefetch(const struct sim_ring *ring, struct relo_id id, bool near);
const struct sim_ring_peer *sim_ring_find(const struct sim_ring *ring, struct relo_id id);
/* The first peer at or after `id`, whatever its state; NULL in an empty ring. */
const struct sim_ring_peer *sim_ring_at(const struct sim_ring *ring, struct relo_id id);
/* The first admitted peer at or after `id`; NULL where there is none. */
const struct sim_ring_peer *sim_ring_admitted_at(const struct sim_ring *ring, struct relo_id id);

/* How long after its admission a peer counts as inside the handover of its keys. */
#define SIM_RING_HANDOVER_NS (5 * RELO_S)

/* Whether `answerer` was right to answer for `key` now: it is the first admitted peer at or after
   the key, or the key is inside a handover (*handover) and it is the other peer of that. */
bool sim_ring_responsible(const struct sim_ring *ring, struct relo_id key, struct relo_id answerer,
                          relo_time now, bool *handover);

/* Whether `claimed` is the admitted peer after `id`, or the one after a peer that is leaving. */
bool sim_ring_successor_right(const struct sim_ring *ring, struct relo_id id,
                              struct relo_id claimed);

#endif
