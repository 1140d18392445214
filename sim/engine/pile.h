/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries of the calendar in no order: added one at a time, taken all together. A zeroed pile is
   empty. Adding reads nothing of what was added before, which lies far from the processor. */
#ifndef SIM_ENGINE_PILE_H
#define SIM_ENGINE_PILE_H

#include "core/base/pool.h"
#include "core/base/time.h"

struct sim_pile_chunk;

/* What the queue moves about: the time beside the event saves reading the event. A wake is all
   here. */
struct sim_entry {
    relo_time time;
    uintptr_t what; /* a struct sim_event *, and SIM_ENTRY_OTHER if it is no packet; or a wake: its
                       entity << 2 | SIM_ENTRY_WAKE */
};

struct sim_pile {
    struct sim_pile_chunk *chunk; /* pool block; the newest */
    uint32_t room;                /* in it */
    uint32_t n;
};

#define SIM_PILE_PART 63u /* entries that are taken at a time, at most */

void sim_pile_add(struct relo_pool *pool, struct sim_pile *pile, struct sim_entry entry);
/* Takes some out of a pile that is not empty: how many. */
uint32_t sim_pile_take(struct relo_pool *pool, struct sim_pile *pile,
                       struct sim_entry part[SIM_PILE_PART]);
/* Of the one that is due first; RELO_NEVER: it is empty. */
relo_time sim_pile_earliest(const struct sim_pile *pile);
/* Asks for what taking reads at first. */
void sim_pile_prefetch(const struct sim_pile *pile);

#endif
