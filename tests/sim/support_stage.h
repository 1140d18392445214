/* SPDX-License-Identifier: BSD-2-Clause */
/* A run of the simulator that the test steps itself, with the swarm's checks, so that it can reach
   into the world and put one thing there that must not be.

   Protocol of use: well_stage (or stage_new and run_to), spoil something, expect the words of the
   violation, then stage_free, which fails where a violation is left that nobody expected. */
#ifndef TESTS_SIM_SUPPORT_STAGE_H
#define TESTS_SIM_SUPPORT_STAGE_H

#include "sim/check/invariants.h"
#include "sim/world/world.h"

#define SETTLED (100 * RELO_S)

struct stage {
    struct sim_params params;
    struct sim_check check;
    struct mx_run run;
    struct sim_world world;
};

struct sim_params a_dozen_peers(void);
/* Quiet since the beginning, settled at SETTLED. */
struct stage *stage_new(const struct sim_params *params);
void run_to(struct stage *stage, relo_time until);
/* A dozen peers, well until a moment after SETTLED. */
struct stage *well_stage(void);

/* There is a violation with these words; it is forgotten. */
void expect(struct stage *stage, const char *words);
/* stage_free without the rest: what is left after the nodes are gone is a violation then. */
void end_world(struct stage *stage);
void stage_free(struct stage *stage);

struct relo_id resource_of(uint32_t key);
/* A key whose value was acknowledged a while ago. */
uint32_t a_stored_key(const struct stage *stage);

#endif
