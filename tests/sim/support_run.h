/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole runs that must succeed, and what they measured.

   Protocol of use: run_well, counter and value, then mx_run_fini. */
#ifndef TESTS_SIM_SUPPORT_RUN_H
#define TESTS_SIM_SUPPORT_RUN_H

#include "metrics/run.h"
#include "sim/world/run.h"

#include <glib.h>

/* Runs it; whatever goes wrong fails the test. */
void run_well(const struct sim_params *params, struct mx_run *run);

/* Of a run; the test fails where there is no such counter or value. */
int64_t counter(const struct mx_run *run, const char *name);
double value(const struct mx_run *run, enum mx_metric metric);

/* The image of a run without what differs from one execution to the next (owned). `options` may be
   NULL. */
GByteArray *run_image(const struct sim_params *params, const struct sim_run_options *options);
void assert_same(const GByteArray *a, const GByteArray *b);
/* One, two and seven shards, the latter executed in shuffled orders, give the same image. */
void assert_shards_do_not_show(const struct sim_params *params);

#endif
