/* SPDX-License-Identifier: BSD-2-Clause */
/* Unfolds entries with several values into points. Internal to sim/scenario/. */
#ifndef SIM_SCENARIO_SWEEP_H
#define SIM_SCENARIO_SWEEP_H

#include "sim/scenario/entries.h"
#include "sim/scenario/scenario.h"

#define SIM_SWEEP_POINTS_MAX 10000

/* Fills points, settings and swept of the scenario: the cartesian product, in the entries' order,
   the last key turning fastest. Reports too many points and whatever sim_params_check objects to
   (`where` is the file). */
void sim_sweep(struct sim_scenario *scenario, const struct sim_entries *entries, const char *where,
               struct sim_problems *problems);

#endif
