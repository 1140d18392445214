/* SPDX-License-Identifier: BSD-2-Clause */
/* One value of a scenario key: from text with a unit to integers, and back to canonical text. */
#ifndef SIM_SCENARIO_LITERAL_H
#define SIM_SCENARIO_LITERAL_H

#include "sim/scenario/keys.h"

struct sim_literal {
    uint64_t number;   /* as held: ns, bytes, bit/s, parts per billion, choice, 0 or 1 */
    uint64_t argument; /* the time of const:TIME */
    bool is_word;      /* it was the key's word: number is 0 */
    bool given;        /* the scenario says so; false: the default */
    char *text;        /* owned; text keys only, else NULL */
};

/* Reads `text` (without surrounding space) as a value of `key`. On failure returns false and in
   *why (owned) what is wrong and what would be right, without the key's name. */
bool sim_literal_read(const struct sim_key *key, const char *text, struct sim_literal *value,
                    char **why);

/* The key's default; it is always sound. */
void sim_literal_fallback(const struct sim_key *key, struct sim_literal *value);

/* A copy that owns its text. */
struct sim_literal sim_literal_copy(const struct sim_literal *value);

/* The canonical text: the largest unit that divides exactly. Owned. */
char *sim_literal_text(const struct sim_key *key, const struct sim_literal *value);

/* The value in SI units; false where it is no number (text, choices, words that stand for none). */
bool sim_literal_number(const struct sim_key *key, const struct sim_literal *value, double *number);

bool sim_literal_equal(const struct sim_literal *a, const struct sim_literal *b);

void sim_literal_clear(struct sim_literal *value);

#endif
