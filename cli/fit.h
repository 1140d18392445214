/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a campaign can finish on this machine: asked before anything starts. */
#ifndef CLI_FIT_H
#define CLI_FIT_H

#include "cli/workers.h"
#include "sim/scenario/scenario.h"

struct cli_fit {
    const char *path; /* of the scenario */
    const struct sim_scenario *scenario;
    const struct cli_job *jobs;
    size_t n_jobs;
    uint64_t at_once; /* -j; 0: one per core, or fewer where memory is short */
    uint64_t shards;  /* --shards; 0: as the scenario says */
    uint64_t memory;  /* --memory in bytes; 0: what the machine has available */
};

/* How many runs to have at a time; 0: the campaign is refused, and a sentence on standard error
   says why. */
unsigned cli_fit(const struct cli_fit *fit);

/* How many runs fit at once, `parallel` at most, if the largest ones meet, which take longest too;
   0: the largest does not even fit alone. `needs`: of each run, bytes; sorted here, descending. */
unsigned cli_fit_room(uint64_t *needs, size_t n, unsigned parallel, uint64_t available);

#endif
