/* SPDX-License-Identifier: BSD-2-Clause */
/* The models of churn and the presets made of them, each with its source: what `relo list churn`
   shows and `churn.model` takes. Names are API. */
#ifndef SIM_SCENARIO_CHURNS_H
#define SIM_SCENARIO_CHURNS_H

#include "sim/scenario/literal.h"
#include "sim/scenario/params.h"

#include <stddef.h>

/* A row. The first SIM_CHURN_KINDS are the models, in the order of enum sim_churn_kind: of theirs
   only `model` and the default of shape are used. In a preset everything is, but what the scenario
   says itself goes first. */
struct sim_churn_row {
    const char *name;
    struct sim_population preset;
    const char *help; /* one line: what it is, and the source */
};

extern const struct sim_churn_row sim_churns[];
extern const size_t sim_churns_n;
/* The names, NULL-terminated, for the table of keys. */
extern const char *const sim_churn_names[];

/* The keys of [churn] as the run needs them: presets unfolded, every auto replaced. `values` is in
   the order of the table of keys. */
void sim_churns_resolve(const struct sim_literal *values, struct sim_params *params);

/* NULL, or a sentence (owned) on what is wrong with populations, events or the trace file. */
char *sim_churns_check(const struct sim_params *params);

#endif
