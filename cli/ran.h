/* SPDX-License-Identifier: BSD-2-Clause */
/* relo show DB: what ran, under which revisions, what is missing, what to be wary of. */
#ifndef CLI_RAN_H
#define CLI_RAN_H

#include <stdbool.h>

/* Prints it; returns the exit status. */
int cli_ran_show(const char *path, bool json);

#endif
