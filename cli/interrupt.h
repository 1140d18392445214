/* SPDX-License-Identifier: BSD-2-Clause */
/* Ctrl-C and SIGTERM as a flag, for work that ends in order.

   Protocol of use: begin; ask cli_interrupted between steps; end. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/* What was done about the signals before. */
struct cli_interrupt {
    struct sigaction on_int, on_term;
};

/* With `once` a second signal of the kind kills. */
void cli_interrupt_begin(struct cli_interrupt *before, bool once);
bool cli_interrupted(void);
/* Puts back what was before; cli_interrupted stays as it is. */
void cli_interrupt_end(const struct cli_interrupt *before);

#endif
