/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/interrupt.h"

#include <stddef.h>

/* A signal handler can reach nothing else. */
static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

void cli_interrupt_begin(struct cli_interrupt *before, bool once)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = once ? (int)SA_RESETHAND : 0};
    interrupted = 0;
    sigaction(SIGINT, &action, &before->on_int);
    sigaction(SIGTERM, &action, &before->on_term);
}

bool cli_interrupted(void)
{
    return interrupted != 0;
}

void cli_interrupt_end(const struct cli_interrupt *before)
{
    sigaction(SIGINT, &before->on_int, NULL);
    sigaction(SIGTERM, &before->on_term, NULL);
}
