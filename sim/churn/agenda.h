/* SPDX-License-Identifier: BSD-2-Clause */
/* The world's own events: mass failure, partition and healing, joins and leaves at a rate, the
   lines of a trace. Each cuts a window and happens alone at its exact time, before anything else
   there.

   Protocol of use: init and fini with the world; begin once the first peers are there; then run the
   world no further than sim_agenda_next, and there sim_agenda_run. */
#ifndef SIM_CHURN_AGENDA_H
#define SIM_CHURN_AGENDA_H

#include "sim/churn/population.h"
#include "sim/churn/trace.h"

struct sim_world;

/* Joins and leaves of a population at a rate; RELO_NEVER: none. */
struct sim_agenda_rate {
    relo_time join_at, leave_at;
    uint64_t joins, leaves; /* drawn so far */
};

struct sim_agenda {
    relo_time mass_failure_at, partition_from, partition_to;
    struct sim_agenda_rate rate[SIM_POPULATIONS_MAX + 1];
    struct sim_trace trace;
    uint32_t trace_at; /* the line that comes next */
    uint32_t parted;   /* groups that the network has fallen into; 0: it is whole */
    uint64_t no_host;  /* joins at a rate for which no host was left */
};

void sim_agenda_begin(struct sim_world *world);
relo_time sim_agenda_next(const struct sim_world *world);
/* Everything that is due now; no shard is executing. */
void sim_agenda_run(struct sim_world *world);
/* The group of a partition that a host belongs to. */
uint32_t sim_agenda_group(const struct sim_world *world, uint32_t host);

#endif
