/* SPDX-License-Identifier: BSD-2-Clause */
/* How long peers stay and stay away: exponential or Weibull, and the residual life of whoever is
   met in the middle of it.

   Protocol of use: init with model, shape and mean, then turn 64 random bits into a duration. A run
   starts from the equilibrium: residual life, not age zero (docs/SIMULATION.md). */
#ifndef SIM_CHURN_LIFETIME_H
#define SIM_CHURN_LIFETIME_H

#include "core/base/time.h"
#include "sim/scenario/params.h"

#include <stdint.h>

#define SIM_LIFETIME_STEPS 2048

struct sim_lifetime {
    double mean_ns;
    double shape; /* Weibull's k; 1 is exponential */
    double scale_ns;
    /* The distribution of the residual life, at exp(first + i * step) times the scale. */
    double residual[SIM_LIFETIME_STEPS];
    double first, step;
};

void sim_lifetime_init(struct sim_lifetime *lifetime, enum sim_churn_kind kind, double shape,
                       relo_time mean_ns);
/* A whole life; at least 1 us. */
relo_time sim_lifetime_draw(const struct sim_lifetime *lifetime, uint64_t bits);
/* What is left of the life of one who is met at a random moment; at least 1 us. */
relo_time sim_lifetime_residual(const struct sim_lifetime *lifetime, uint64_t bits);

/* How many hosts a run needs for `peers` of them to be alive on average, of which the bootstrap
   peers never leave. */
uint32_t sim_lifetime_hosts(const struct sim_params *params);

#endif
