/* SPDX-License-Identifier: BSD-2-Clause */
/* How much memory the machine has for runs. */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <stdint.h>

/* Bytes: Linux's MemAvailable, or what the process's control groups (version 1 or 2) allow where
   that is less. Swap does not count. UINT64_MAX where nothing says. `root` stands before the names
   of the files read; "" but in tests. */
uint64_t cli_memory_available(const char *root);

#endif
