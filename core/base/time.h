/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual or monotonic time: signed nanoseconds since an epoch of the driver's choosing. */
#ifndef RELO_BASE_TIME_H
#define RELO_BASE_TIME_H

#include <stdint.h>

typedef int64_t relo_time; /* nanoseconds */

#define RELO_US INT64_C(1000)
#define RELO_MS INT64_C(1000000)
#define RELO_S INT64_C(1000000000)
#define RELO_NEVER INT64_MAX /* a deadline that does not come */

static inline relo_time relo_time_min(relo_time a, relo_time b)
{
    return a < b ? a : b;
}

#endif
