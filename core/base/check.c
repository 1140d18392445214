/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports a broken invariant and ends the program. */
#include "core/base/check.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void relo_check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "relo: invariant broken: %s (%s:%d)\n", condition, file, line);
    abort();
}
