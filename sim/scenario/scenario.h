/* SPDX-License-Identifier: BSD-2-Clause */
/* Scenarios: a text of sections, keys and values with units, read whole, checked whole, and
   unfolded into sweep points; each point and repetition is one run (struct sim_params).

   Protocol of use: sim_scenario_load (or _parse, for text in memory) gives a scenario or a text of
   all that is wrong with it; sim_scenario_params makes the parameters of one run; at the end,
   sim_scenario_free.

   The language: `[section]` lines, `key = value` lines, `#` lines and everything from a `;` that
   follows white space are comments. `a; b; c` (no space before the `;`) are several values: the
   points are their cartesian product, in the order the keys stand in the file, the last key turning
   fastest. All points of a repetition share its seed (common random numbers). */
#ifndef SIM_SCENARIO_SCENARIO_H
#define SIM_SCENARIO_SCENARIO_H

#include "sim/scenario/params.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_key;

/* One key's value at one point, in canonical form: 600s and 10min both read "10min". */
struct sim_setting {
    const struct sim_key *key; /* of the table in keys.h */
    char *name;    /* "section.key" */
    char *text;
    double number; /* SI units: seconds, bytes, bit/s, ratio; 0 or 1 for bool */
    bool is_number;
    bool is_default; /* equal to the key's default */
    bool is_swept;   /* has several values in this scenario */
};

struct sim_point {
    struct sim_params params; /* of repetition 0 */
    struct sim_setting *settings; /* n_settings of the scenario: every key, in the table's order */
};

struct sim_scenario {
    char *name;  /* the file's name without folder and .ini */
    char *title; /* "" where the file has none */
    char *text;  /* the file as read */
    char *overrides; /* the --set arguments, one a line; "" for none */
    uint64_t seed;
    uint32_t repetitions; /* >= 1 */
    size_t n_points, n_settings;
    struct sim_point *points;
    size_t n_swept;
    size_t *swept; /* indices into settings, in the order of the sweep */
};

/* Reads a scenario from a file. `overrides` is NULL or a NULL-terminated list of
   "section.key=value" (several values make a sweep here too). Returns the scenario (owned), or NULL
   and in *problems (owned, g_free) one line for each thing that is wrong, up to ten. */
struct sim_scenario *sim_scenario_load(const char *path, const char *const *overrides,
                                       char **problems);

/* The same from a text; `path` is used in messages and for the name. */
struct sim_scenario *sim_scenario_parse(const char *path, const char *text,
                                        const char *const *overrides, char **problems);

void sim_scenario_free(struct sim_scenario *scenario);

/* The parameters of one run: the point's, with the repetition's own seed. */
struct sim_params sim_scenario_params(const struct sim_scenario *scenario, size_t point,
                                      uint32_t repetition);

/* The seed of a repetition: a function of the scenario's seed and the repetition alone. */
uint64_t sim_scenario_seed(uint64_t seed, uint32_t repetition);

/* What sets a point apart, "churn.mean-session=10min chord-reactive=true"; "" without a sweep.
   Owned. */
char *sim_scenario_label(const struct sim_scenario *scenario, size_t point);

#endif
