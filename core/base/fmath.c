/* SPDX-License-Identifier: BSD-2-Clause */
/* Logarithm, exponential, power, gamma and normal quantile without libm. */
#include "core/base/fmath.h"

#include "core/base/check.h"

#include <string.h>

#define LN2 0.69314718055994530942
#define LN2_HIGH 0.693147180369123816490   /* the first 32 bits, so that k * LN2_HIGH is exact */
#define LN2_LOW 1.90821492927058770002e-10 /* the rest */

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, 8);
    return bits;
}

static double of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, 8);
    return x;
}

double relo_fmath_log(double x)
{
    RELO_CHECK(x >= 2.3e-308);
    uint64_t bits = bits_of(x);
    int exponent = (int)(bits >> 52) - 1023;
    double m = of_bits((bits & UINT64_C(0xfffffffffffff)) | UINT64_C(1023) << 52);
    if (m > 1.41421356237309504880) {
        m *= 0.5;
        exponent++;
    }
    /* log m = 2 artanh s; |s| < 0.172, so eleven terms of the series suffice. */
    double s = (m - 1.0) / (m + 1.0), s2 = s * s, sum = 0.0;
    for (int n = 23; n >= 3; n -= 2)
        sum = (sum + 1.0 / n) * s2;
    return exponent * LN2_HIGH + (2.0 * s * (1.0 + sum) + exponent * LN2_LOW);
}

double relo_fmath_exp(double x)
{
    if (x < -700.0)
        return 0.0;
    if (x > 700.0)
        x = 700.0;
    double scaled = x / LN2;
    int k = (int)(scaled + (scaled < 0 ? -0.5 : 0.5));
    double r = (x - k * LN2_HIGH) - k * LN2_LOW, sum = 1.0;
    for (int n = 15; n >= 1; n--) /* |r| < 0.35 */
        sum = 1.0 + sum * r / n;
    return sum * of_bits((uint64_t)(k + 1023) << 52);
}

double relo_fmath_pow(double x, double y)
{
    if (y == 0.0 || x == 1.0)
        return 1.0;
    return x <= 0.0 ? 0.0 : relo_fmath_exp(y * relo_fmath_log(x));
}

double relo_fmath_sqrt(double x)
{
    return __builtin_sqrt(x); /* one instruction where there is one; exact by IEEE 754 anyway */
}

/* Lanczos' approximation with g = 7 and nine terms. */
double relo_fmath_gamma(double x)
{
    static const double c[] = {0.99999999999980993,     676.5203681218851,
                               -1259.1392167224028,     771.32342877765313,
                               -176.61502916214059,     12.507343278686905,
                               -0.13857109526572012,    9.9843695780195716e-6,
                               1.5056327351493116e-7};
    RELO_CHECK(x >= 0.05 && x <= 140.0);
    double below = 1.0;
    if (x < 1.0) { /* gamma(x) = gamma(x + 1) / x keeps the series where it is good */
        below = x;
        x += 1.0;
    }
    double sum = c[0], t = x + 6.5;
    for (int i = 1; i < 9; i++)
        sum += c[i] / (x - 1.0 + i);
    return 2.5066282746310005024 * relo_fmath_exp((x - 0.5) * relo_fmath_log(t) - t) * sum / below;
}

static double polynomial(const double *c, int n, double x)
{
    double sum = c[0];
    for (int i = 1; i < n; i++)
        sum = sum * x + c[i];
    return sum;
}

/* P. J. Acklam's rational approximation (relative error below 1.2e-9). */
double relo_fmath_normal_quantile(double p)
{
    static const double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,
                               -2.759285104469687e+02, 1.383577518672690e+02,
                               -3.066479806614716e+01, 2.506628277459239e+00};
    static const double b[] = {-5.447609879822406e+01, 1.615858368580409e+02,
                               -1.556989798598866e+02, 6.680131188771972e+01,
                               -1.328068155288572e+01, 1.0};
    static const double c[] = {-7.784894002430293e-03, -3.223964580411365e-01,
                               -2.400758277161838e+00, -2.549732539343734e+00,
                               4.374664141464968e+00,  2.938163982698783e+00};
    static const double d[] = {7.784695709041462e-03, 3.224671290700398e-01,
                               2.445134137142996e+00, 3.754408661907416e+00, 1.0};
    RELO_CHECK(p > 0.0 && p < 1.0);
    if (p > 0.02425 && p < 1.0 - 0.02425) {
        double q = p - 0.5;
        return polynomial(a, 6, q * q) * q / polynomial(b, 6, q * q);
    }
    double tail = p < 0.5 ? p : 1.0 - p;
    double q = relo_fmath_sqrt(-2.0 * relo_fmath_log(tail));
    double x = polynomial(c, 6, q) / polynomial(d, 5, q);
    return p < 0.5 ? x : -x;
}
