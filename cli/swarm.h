/* SPDX-License-Identifier: BSD-2-Clause */
/* relo swarm: random runs whose invariants are checked. */
#ifndef CLI_SWARM_H
#define CLI_SWARM_H

#include "cli/options.h"

extern const struct cli_command cli_swarm_command;

#endif
