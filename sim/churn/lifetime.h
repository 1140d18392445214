/* SPDX-License-Identifier: BSD-2-Clause */
/* How long peers stay and stay away: exponential, Weibull, Pareto (shifted to begin at 0),
   log-normal and truncated normal; and the residual life of whoever is met in the middle of it.

   Protocol of use: init with model, shape and mean, then turn 64 random bits into a duration. A run
   starts from the equilibrium: residual life, not age zero (docs/SIMULATION.md). */
#ifndef SIM_CHURN_LIFETIME_H
#define SIM_CHURN_LIFETIME_H

#include "core/base/time.h"
#include "sim/scenario/params.h"

#include <stdint.h>

#define SIM_LIFETIME_STEPS 2048

struct sim_lifetime {
    enum sim_churn_kind kind;
    double mean_ns;
    double shape; /* Weibull's k; Pareto's alpha; sigma; sd / mean */
    double scale_ns;
    /* Weibull: distribution of the residual life, at exp(first + i * step) times the scale. */
    double residual[SIM_LIFETIME_STEPS];
    double first, step;
};

void sim_lifetime_init(struct sim_lifetime *lifetime, enum sim_churn_kind kind, double shape,
                       relo_time mean_ns);
/* Pareto needs no table: a life of shape alpha and any mean, for hosts with means of their own. */
relo_time sim_lifetime_pareto(double alpha, double mean_ns, uint64_t bits);
relo_time sim_lifetime_pareto_residual(double alpha, double mean_ns, uint64_t bits);

/* A whole life; at least 1 us. */
relo_time sim_lifetime_draw(const struct sim_lifetime *lifetime, uint64_t bits);
/* What is left of the life of one who is met at a random moment; at least 1 us. */
relo_time sim_lifetime_residual(const struct sim_lifetime *lifetime, uint64_t bits);

#endif
