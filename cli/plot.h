/* SPDX-License-Identifier: BSD-2-Clause */
/* relo plot DB [FIGURE...] [-o DIR] [--format svg,pdf,png,txt,rfc-svg]: figures from a results
 * database. */
#ifndef CLI_PLOT_H
#define CLI_PLOT_H

#include "cli/options.h"

extern const struct cli_command cli_plot_command;

/* argv[0] is "plot". Returns the exit status: 0 drawn; 1 a figure that was asked for has no data
   or gnuplot failed; 2 the request was wrong. */
int cli_plot(int argc, char **argv);

#endif
