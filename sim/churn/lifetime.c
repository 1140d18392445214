/* SPDX-License-Identifier: BSD-2-Clause */
/* How long peers stay and stay away. */
#include "sim/churn/lifetime.h"

#include "core/base/fmath.h"
#include "core/base/hash.h"

#define LONGEST_NS 9e18 /* beyond any run, below INT64_MAX */

/* The share of peers whose residual life is below x is the integral of the survival function
   exp(-(t/scale)^k) from 0 to x, divided by the mean. With t = scale * exp(s) the integrand is
   smooth, so the trapezoid rule is good to many digits. */
static void fill_residual(struct sim_lifetime *lifetime)
{
    double k = lifetime->shape, last = 4.0 / k; /* exp(-e^4) = 2e-24 survive beyond */
    if (last < 4.0)
        last = 4.0;
    lifetime->first = -20.0;
    lifetime->step = (last - lifetime->first) / (SIM_LIFETIME_STEPS - 1);
    double sum = relo_fmath_exp(lifetime->first),
           before = sum; /* up to the first point: all of it */
    lifetime->residual[0] = sum;
    for (int i = 1; i < SIM_LIFETIME_STEPS; i++) {
        double s = lifetime->first + i * lifetime->step;
        double density = relo_fmath_exp(s - relo_fmath_exp(k * s));
        sum += 0.5 * (before + density) * lifetime->step;
        before = density;
        lifetime->residual[i] = sum;
    }
    for (int i = 0; i < SIM_LIFETIME_STEPS; i++)
        lifetime->residual[i] /= sum;
}

void sim_lifetime_init(struct sim_lifetime *lifetime, enum sim_churn_kind kind, double shape,
                       relo_time mean_ns)
{
    lifetime->mean_ns = (double)mean_ns;
    lifetime->shape = kind == SIM_CHURN_WEIBULL ? shape : 1.0;
    lifetime->scale_ns = lifetime->mean_ns / relo_fmath_gamma(1.0 + 1.0 / lifetime->shape);
    fill_residual(lifetime);
}

static relo_time duration(double ns)
{
    if (ns < (double)RELO_US)
        return RELO_US;
    return ns > LONGEST_NS ? (relo_time)LONGEST_NS : (relo_time)ns;
}

relo_time sim_lifetime_draw(const struct sim_lifetime *lifetime, uint64_t bits)
{
    double exponential = -relo_fmath_log(relo_fmath_unit(bits));
    if (lifetime->shape == 1.0)
        return duration(lifetime->mean_ns * exponential);
    return duration(lifetime->scale_ns * relo_fmath_pow(exponential, 1.0 / lifetime->shape));
}

relo_time sim_lifetime_residual(const struct sim_lifetime *lifetime, uint64_t bits)
{
    if (lifetime->shape == 1.0)
        return sim_lifetime_draw(lifetime, bits); /* the exponential has no memory */
    double u = relo_fmath_unit(bits);
    const double *table = lifetime->residual;
    if (u <= table[0])
        return duration(lifetime->scale_ns * relo_fmath_exp(lifetime->first) * (u / table[0]));
    int low = 0, high = SIM_LIFETIME_STEPS - 1; /* table[low] < u <= table[high] */
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (table[middle] < u)
            low = middle;
        else
            high = middle;
    }
    double within = (u - table[low]) / (table[high] - table[low]);
    double s = lifetime->first + (low + within) * lifetime->step;
    return duration(lifetime->scale_ns * relo_fmath_exp(s));
}

uint32_t sim_lifetime_hosts(const struct sim_params *params)
{
    if (params->churn == SIM_CHURN_NONE || params->peers <= params->bootstrap_peers)
        return params->peers;
    uint64_t come_and_go = params->peers - params->bootstrap_peers;
    relo_u128 cycle =
        (relo_u128)come_and_go * (uint64_t)(params->mean_session_ns + params->mean_dead_ns);
    uint64_t session = (uint64_t)params->mean_session_ns;
    return params->bootstrap_peers + (uint32_t)((cycle + session - 1) / session);
}
