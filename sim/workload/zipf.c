/* SPDX-License-Identifier: BSD-2-Clause */
/* Zipf's law by rejection-inversion: W. Hoermann and G. Derflinger, "Rejection-inversion to
   generate variates from monotone discrete distributions", ACM TOMACS 6(3), 1996. No table,
   whatever n. */
#include "sim/workload/zipf.h"

#include "core/base/fmath.h"
#include "core/base/hash.h"
#include "sim/engine/draw.h"

#define TRIES 256 /* hardly ever more than two are needed */

/* The integral of x^-s, and its inverse. */
static double integral(const struct sim_zipf *zipf, double x)
{
    double t = 1.0 - zipf->exponent, log = relo_fmath_log(x);
    if (t > -1e-9 && t < 1e-9)
        return log;
    return (relo_fmath_exp(t * log) - 1.0) / t;
}

static double inverse(const struct sim_zipf *zipf, double y)
{
    double t = 1.0 - zipf->exponent;
    if (t > -1e-9 && t < 1e-9)
        return relo_fmath_exp(y);
    return relo_fmath_exp(relo_fmath_log(1.0 + t * y) / t);
}

static double weight(const struct sim_zipf *zipf, double x)
{
    return relo_fmath_exp(-zipf->exponent * relo_fmath_log(x));
}

static uint32_t divisor(uint32_t a, uint32_t b)
{
    while (b != 0) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

void sim_zipf_init(struct sim_zipf *zipf, double exponent, uint32_t n)
{
    *zipf = (struct sim_zipf){.exponent = exponent, .n = n};
    zipf->stride = (uint32_t)((uint64_t)n * 618 / 1000) | 1;
    while (divisor(zipf->stride, n) != 1)
        zipf->stride += 2;
    if (exponent == 0.0)
        return;
    zipf->low = integral(zipf, 1.5) - 1.0;
    zipf->high = integral(zipf, n + 0.5);
    zipf->cut = 2.0 - inverse(zipf, integral(zipf, 2.5) - weight(zipf, 2.0));
}

uint32_t sim_zipf_rank(const struct sim_zipf *zipf, uint64_t bits)
{
    if (zipf->exponent == 0.0 || zipf->n == 1)
        return 1 + (uint32_t)sim_draw_below(bits, zipf->n);
    uint32_t rank = 1;
    for (uint64_t i = 0; i < TRIES; i++) {
        double u = zipf->high + relo_fmath_unit(relo_hash_mix(bits, i)) * (zipf->low - zipf->high);
        double x = inverse(zipf, u);
        rank = x < 1.5 ? 1 : (uint32_t)(x + 0.5);
        rank = rank > zipf->n ? zipf->n : rank;
        if (rank - x <= zipf->cut || u >= integral(zipf, rank + 0.5) - weight(zipf, rank))
            break;
    }
    return rank;
}

uint32_t sim_zipf_key(const struct sim_zipf *zipf, uint64_t bits)
{
    uint64_t rank = sim_zipf_rank(zipf, bits);
    if (zipf->exponent == 0.0)
        return (uint32_t)rank - 1;
    return (uint32_t)(rank * zipf->stride % zipf->n);
}
