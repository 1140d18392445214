/* SPDX-License-Identifier: BSD-2-Clause */
/* Was the warm-up long enough? MSER-5 (White, Cobb, Spratt: A comparison of five steady-state
   truncation heuristics for simulation, WSC 2000) on the time series of a run. */
#ifndef MX_WARMUP_H
#define MX_WARMUP_H

#include "metrics/run.h"

/* Where MSER would cut a series: the number of leading values to drop, a multiple of 5. 0 for
   a series that is settled, or has fewer than 50 values (8 min of samples every 10 s). */
size_t mx_warmup_cut(const double *values, size_t n);

/* Whether leaving the first `cut` values in shifts the mean by more than its standard error, and by
   more than `least`. */
bool mx_warmup_matters(const double *values, size_t n, size_t cut, double least);

/* A sentence (owned, g_free) if the beginning of the measurement is not like the rest of it, in
   lookup.success or ring.wrong_successor; otherwise NULL. */
char *mx_warmup_check(const struct mx_run *run);

#endif
