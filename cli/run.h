/* SPDX-License-Identifier: BSD-2-Clause */
/* relo run, show and list. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli/options.h"

extern const struct cli_command cli_run_command, cli_show_command, cli_list_command;

#endif
