/* SPDX-License-Identifier: BSD-2-Clause */
/* Day and night: a clock for absences that runs faster by day. */
#include "core/base/fmath.h"
#include "sim/churn/population.h"

/* Integral of the wave from 0 to x, 0 <= x <= 1: two cubics that meet at 1/2. */
static double integral(double x)
{
    double y = x < 0.5 ? x : x - 0.5;
    double part = (4.0 - 16.0 / 3.0 * y) * y * y;
    return x < 0.5 ? part : 1.0 / 3.0 - part;
}

double sim_diurnal_wave(double x)
{
    double y = x - (double)(int64_t)x;
    double z = y < 0.5 ? y : y - 0.5;
    double hill = 16.0 * z * (0.5 - z);
    return y < 0.5 ? hill : -hill;
}

/* How far the clock has come at x periods; whole periods are worth 1 each. */
static double clock_at(double x, double amplitude)
{
    return x + amplitude * integral(x - (double)(int64_t)x);
}

relo_time sim_diurnal_after(const struct sim_population *population, relo_time now, relo_time wait)
{
    if (population->diurnal_ppb == 0 || wait > INT64_MAX / 8)
        return wait > INT64_MAX / 8 ? RELO_NEVER : now + wait;
    double amplitude = (double)population->diurnal_ppb / SIM_PPB;
    double period = (double)population->diurnal_period_ns;
    relo_time phase = now % population->diurnal_period_ns;
    double goal = clock_at((double)phase / period, amplitude) + (double)wait / period;
    double low = goal - 1.0, high = goal + 1.0; /* the two clocks never differ by more */
    low = low < 0.0 ? 0.0 : low;
    for (int i = 0; i < 64; i++) {
        double middle = 0.5 * (low + high);
        if (clock_at(middle, amplitude) < goal)
            low = middle;
        else
            high = middle;
    }
    return now - phase + (relo_time)(high * period);
}
