/* SPDX-License-Identifier: BSD-2-Clause */
/* The results of a campaign as `relo run` prints them: a table with a row per point, or JSON.

   Protocol of use: init with the scenario (borrowed until fini); add every run as it comes; then
   table or json; fini. The rows do not depend on the order in which runs were added. */
#ifndef CLI_RESULT_H
#define CLI_RESULT_H

#include "metrics/run.h"
#include "sim/scenario/scenario.h"

#include <glib.h>

struct cli_result {
    const struct sim_scenario *scenario;
    double *cells;   /* [point][repetition][column]; NAN where absent */
    unsigned warned; /* runs whose warm-up looks too short */
    char *warning;   /* of the first of them; owned, or NULL */
    GPtrArray *runs; /* of owned char *: a JSON object each, by point and repetition; or NULL */
};

void cli_result_init(struct cli_result *result, const struct sim_scenario *scenario);
void cli_result_fini(struct cli_result *result);
void cli_result_add(struct cli_result *result, size_t point, uint32_t repetition,
                    const struct mx_run *run);

/* Whether the point plans an event (mass failure, partition, ...) in the measurement: then its
   beginning is meant to differ from the rest. */
bool cli_result_disturbed(const struct sim_scenario *scenario, size_t point);

/* The table; mean and half width of the 95 % interval over replications. Owned. */
char *cli_result_table(const struct cli_result *result);

/* One object with all runs, and the database's path. Owned. */
char *cli_result_json(const struct cli_result *result, const char *database);

#endif
