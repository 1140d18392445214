/* SPDX-License-Identifier: BSD-2-Clause */
/* From one value per key to the parameters of a run. Internal to sim/scenario/. */
#ifndef SIM_SCENARIO_RESOLVE_H
#define SIM_SCENARIO_RESOLVE_H

#include "sim/scenario/params.h"
#include "sim/scenario/literal.h"

/* Fills *params from values[sim_keys_n], in the table's order. The values are sound; what several
   keys say together is for sim_params_check. */
void sim_resolve(const struct sim_literal *values, struct sim_params *params);

#endif
