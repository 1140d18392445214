/* SPDX-License-Identifier: BSD-2-Clause */
/* relo help, the manual page and the completion of bash, from the tables of the commands. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli/options.h"

/* The overview. Owned. */
char *cli_help_text(const struct cli_command *const *commands, size_t n);

/* relo(1) as troff. Owned. */
char *cli_help_man(const struct cli_command *const *commands, size_t n);

/* A script for bash that completes commands, options and names. Owned. */
char *cli_help_completion(const struct cli_command *const *commands, size_t n);

#endif
