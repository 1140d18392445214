/* SPDX-License-Identifier: BSD-2-Clause */
/* `relo decode`: RELOAD messages from hexadecimal lines or a capture, as text, JSON or hex. */
#ifndef CLI_DECODE_H
#define CLI_DECODE_H

#include "cli/options.h"

extern const struct cli_command cli_decode_command;

/* argv[0] is "decode". 0: all decoded; 1: something was refused; 2: the request was wrong. */
int cli_decode(int argc, char **argv);

#endif
