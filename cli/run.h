/* SPDX-License-Identifier: BSD-2-Clause */
/* relo run, show, list, compare and export. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli/options.h"

extern const struct cli_command cli_run_command, cli_show_command, cli_list_command;
extern const struct cli_command cli_compare_command, cli_export_command;

#endif
