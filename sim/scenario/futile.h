/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys that do nothing on their own: a scenario that gives one of them without what it belongs to
   does not do what it says, and is refused. */
#ifndef SIM_SCENARIO_FUTILE_H
#define SIM_SCENARIO_FUTILE_H

#include "sim/scenario/entries.h"

/* Adds a problem for each such key; `path` is for the messages. */
void sim_futile(const struct sim_entries *entries, const char *path, struct sim_problems *problems);

#endif
