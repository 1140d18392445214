/* SPDX-License-Identifier: BSD-2-Clause */
/* Progress on standard error: on a terminal a few lines that are redrawn, otherwise one a minute.

   Protocol of use: init; update as often as one likes; clear before printing anything else on
   standard error; clear at the end. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli/workers.h"

#include <stdbool.h>

struct cli_progress {
    bool quiet, terminal;
    int64_t started_us, shown_us;
    int lines; /* on the screen now, to be overwritten */
};

void cli_progress_init(struct cli_progress *progress, bool quiet);
void cli_progress_update(struct cli_progress *progress, const struct cli_job *jobs, size_t n_jobs);
void cli_progress_clear(struct cli_progress *progress);

/* A span of time for people: "3.2s", "2m10s", "1h05m", "2d04h". Owned. */
char *cli_progress_span(int64_t ns);

#endif
