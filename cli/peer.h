/* SPDX-License-Identifier: BSD-2-Clause */
/* `relo peer`: one peer on a real UDP socket. */
#ifndef CLI_PEER_H
#define CLI_PEER_H

#include "cli/options.h"

extern const struct cli_command cli_peer_command;

int cli_peer(int argc, char **argv);

#endif
