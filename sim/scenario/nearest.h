/* SPDX-License-Identifier: BSD-2-Clause */
/* The nearest known name to a mistyped one, by edit distance. */
#ifndef SIM_SCENARIO_NEAREST_H
#define SIM_SCENARIO_NEAREST_H

#include <stddef.h>

/* Edits (insert, delete, replace, swap of neighbours) that turn a into b, ignoring case. */
unsigned sim_nearest_distance(const char *a, const char *b);

/* The first of `names` nearest to `word`, or NULL if none is near enough to be meant. Borrowed. */
const char *sim_nearest(const char *word, const char *const *names, size_t n);

#endif
