/* SPDX-License-Identifier: BSD-2-Clause */
/* Populations: which hosts there are, which of them come and go alike, and for how long each stays.

   Hosts in order: the bootstrap peers; those alive at the start, population by population; those
   away at the start, likewise; the flash crowd; the nodes of a trace. [churn] is population 0, and
   every [churn.NAME] another one.

   Protocol of use: init from the parameters; ask; fini. Every duration is a pure function of (seed,
   host, incarnation). */
#ifndef SIM_CHURN_POPULATION_H
#define SIM_CHURN_POPULATION_H

#include "sim/churn/lifetime.h"

struct sim_group {
    struct sim_population is;
    struct sim_lifetime session, dead;
    uint32_t alive_from, alive; /* hosts alive at the start */
    uint32_t away_from, away;   /* and away */
};

struct sim_populations {
    const struct sim_params *params; /* borrowed */
    struct sim_group *group;         /* owned */
    uint32_t groups;
    uint32_t crowd_from, crowd; /* the flash crowd */
    uint32_t trace_from, trace; /* nodes of the trace */
    uint32_t hosts;             /* all */
};

/* False: *wrong is a sentence (owned): the trace cannot be read, or there are too many hosts. */
bool sim_populations_init(struct sim_populations *populations, const struct sim_params *params,
                          uint32_t trace_nodes, char **wrong);
void sim_populations_fini(struct sim_populations *populations);

/* How many hosts a run has in all; 0 where init would fail. */
uint32_t sim_populations_count(const struct sim_params *params);

/* Where a host belongs; NULL for those that never leave: bootstrap peers and population of model
   none. The flash crowd stays as long as population 0 does; a trace's nodes have no group. */
const struct sim_group *sim_populations_of(const struct sim_populations *populations,
                                           uint32_t host);

/* Host `i` of a group: alive ones first. */
uint32_t sim_populations_host(const struct sim_group *group, uint32_t i);

/* How long a host stays, or is away, in this incarnation; `residual`: from the start of the run on.
 */
relo_time sim_populations_session(const struct sim_populations *populations,
                                  const struct sim_group *group, uint32_t host,
                                  uint32_t incarnation, bool residual);
relo_time sim_populations_dead(const struct sim_populations *populations,
                               const struct sim_group *group, uint32_t host, uint32_t incarnation,
                               bool residual);

/* The share of time that a host of the group is up, over all hosts. */
double sim_population_availability(const struct sim_population *population);

/* When `wait` of a clock is over that begins at `now` and runs faster by day and slower by night:
   its speed is 1 + amplitude * wave(t / period), a wave of two parabolas in place of the sine. */
relo_time sim_diurnal_after(const struct sim_population *population, relo_time now, relo_time wait);
/* That wave, from -1 to 1; x counts periods. */
double sim_diurnal_wave(double x);

#endif
