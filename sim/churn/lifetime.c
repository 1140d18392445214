/* SPDX-License-Identifier: BSD-2-Clause */
/* How long peers stay and stay away. */
#include "sim/churn/lifetime.h"

#include "core/base/fmath.h"
#include "core/base/hash.h"

#define LONGEST_NS 9e18 /* beyond any run, below INT64_MAX */
#define TRIES 256       /* of a rejection that takes a handful on average */

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
    lifetime->kind = kind;
    lifetime->mean_ns = (double)mean_ns;
    lifetime->shape = shape;
    lifetime->scale_ns = lifetime->mean_ns;
    if (kind == SIM_CHURN_LOG_NORMAL) /* the mean is scale * exp(sigma^2 / 2) */
        lifetime->scale_ns /= relo_fmath_exp(0.5 * shape * shape);
    if (kind == SIM_CHURN_WEIBULL && shape == 1.0)
        lifetime->kind = SIM_CHURN_EXPONENTIAL;
    if (lifetime->kind == SIM_CHURN_WEIBULL) {
        lifetime->scale_ns /= relo_fmath_gamma(1.0 + 1.0 / shape);
        fill_residual(lifetime);
    }
}

static relo_time duration(double ns)
{
    if (ns < (double)RELO_US)
        return RELO_US;
    return ns > LONGEST_NS ? (relo_time)LONGEST_NS : (relo_time)ns;
}

static double exponential(uint64_t bits)
{
    return -relo_fmath_log(relo_fmath_unit(bits));
}

/* Survival (1 + x / scale)^-alpha: the quantile is scale * (u^(-1 / alpha) - 1). */
static double lomax(double alpha, double scale, uint64_t bits)
{
    return scale * (relo_fmath_exp(exponential(bits) / alpha) - 1.0);
}

relo_time sim_lifetime_pareto(double alpha, double mean_ns, uint64_t bits)
{
    return duration(lomax(alpha, (alpha - 1.0) * mean_ns, bits));
}

/* The integral of the survival function is one again, with alpha - 1. */
relo_time sim_lifetime_pareto_residual(double alpha, double mean_ns, uint64_t bits)
{
    return duration(lomax(alpha - 1.0, (alpha - 1.0) * mean_ns, bits));
}

/* Around 1, in units of the mean; the part below 0 is cut off. */
static double truncated(double sd, uint64_t bits)
{
    double x = -1.0;
    for (uint64_t i = 0; x <= 0.0 && i < TRIES; i++)
        x = 1.0 + sd * relo_fmath_normal_quantile(relo_fmath_unit(relo_hash_mix(bits, i)));
    return x;
}

/* Whoever is met is in the middle of a life that is met the oftener, the longer it is: draw such a
   one by rejection, and a uniform part of it is left. */
static double truncated_residual(double sd, uint64_t bits)
{
    double longest = 1.0 + 8.0 * sd, x = 0.0;
    for (uint64_t i = 0; i < TRIES; i++) {
        x = truncated(sd, relo_hash_mix(bits, 3 * i));
        if (relo_fmath_unit(relo_hash_mix(bits, 3 * i + 1)) * longest < x)
            break;
    }
    return x * relo_fmath_unit(relo_hash_mix(bits, UINT64_MAX));
}

/* The lives met are log-normal, too, with mu + sigma^2; a uniform part of one is left. */
static double log_normal_residual(double sigma, uint64_t bits)
{
    double z = relo_fmath_normal_quantile(relo_fmath_unit(relo_hash_mix(bits, 1)));
    return relo_fmath_unit(relo_hash_mix(bits, 2)) * relo_fmath_exp(sigma * sigma + sigma * z);
}

relo_time sim_lifetime_draw(const struct sim_lifetime *lifetime, uint64_t bits)
{
    double shape = lifetime->shape, scale = lifetime->scale_ns;
    switch (lifetime->kind) {
    case SIM_CHURN_WEIBULL:
        return duration(scale * relo_fmath_pow(exponential(bits), 1.0 / shape));
    case SIM_CHURN_PARETO:
    case SIM_CHURN_YAO_PARETO:
        return sim_lifetime_pareto(shape, scale, bits);
    case SIM_CHURN_LOG_NORMAL:
        return duration(scale *
                        relo_fmath_exp(shape * relo_fmath_normal_quantile(relo_fmath_unit(bits))));
    case SIM_CHURN_NORMAL:
        return duration(scale * truncated(shape, bits));
    case SIM_CHURN_EXPONENTIAL:
    case SIM_CHURN_NONE:
    case SIM_CHURN_POISSON:
    case SIM_CHURN_TRACE:
    case SIM_CHURN_KINDS:
        break;
    }
    return duration(lifetime->mean_ns * exponential(bits));
}

static relo_time weibull_residual(const struct sim_lifetime *lifetime, uint64_t bits)
{
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

relo_time sim_lifetime_residual(const struct sim_lifetime *lifetime, uint64_t bits)
{
    switch (lifetime->kind) {
    case SIM_CHURN_WEIBULL:
        return weibull_residual(lifetime, bits);
    case SIM_CHURN_PARETO:
    case SIM_CHURN_YAO_PARETO:
        return sim_lifetime_pareto_residual(lifetime->shape, lifetime->scale_ns, bits);
    case SIM_CHURN_LOG_NORMAL:
        return duration(lifetime->scale_ns * log_normal_residual(lifetime->shape, bits));
    case SIM_CHURN_NORMAL:
        return duration(lifetime->scale_ns * truncated_residual(lifetime->shape, bits));
    case SIM_CHURN_EXPONENTIAL:
    case SIM_CHURN_NONE:
    case SIM_CHURN_POISSON:
    case SIM_CHURN_TRACE:
    case SIM_CHURN_KINDS:
        break;
    }
    return sim_lifetime_draw(lifetime, bits); /* the exponential has no memory */
}
