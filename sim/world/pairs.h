/* SPDX-License-Identifier: BSD-2-Clause */
/* Pairs of ICE agents without an overlay ([pairs]): who can talk to whom directly? */
#ifndef SIM_WORLD_PAIRS_H
#define SIM_WORLD_PAIRS_H

#include "sim/world/run.h"

/* As sim_run, which calls it where params->pairs is set; never fails. */
void sim_pairs_run(const struct sim_params *params, const struct sim_run_options *options,
                   struct mx_run *result);

#endif
