/* SPDX-License-Identifier: BSD-2-Clause */
/* Logarithm, exponential and what follows from them, bit for bit the same on every machine: libm's
   differ between CPUs, and sim/ may not use it. Built from + - * / and the correctly rounded square
   root of IEEE 754 only; good to about 1e-15 (the quantile to 1e-9). */
#ifndef RELO_BASE_FMATH_H
#define RELO_BASE_FMATH_H

#include <stdint.h>

double relo_fmath_log(double x);           /* x > 0 and normal; -inf is never returned */
double relo_fmath_exp(double x);           /* 0 below -700; x above 700 counts as 700 */
double relo_fmath_pow(double x, double y); /* x >= 0 */
double relo_fmath_sqrt(double x);          /* x >= 0 */
double relo_fmath_gamma(double x);         /* 0.05 <= x <= 140 */
/* The standard normal distribution's value below which a share p lies, 0 < p < 1. */
double relo_fmath_normal_quantile(double p);

/* A number in (0, 1), never either end, from 64 random bits. */
static inline double relo_fmath_unit(uint64_t bits)
{
    return ((double)(bits >> 12) + 0.5) * (1.0 / 4503599627370496.0); /* 2^-52 */
}

#endif
