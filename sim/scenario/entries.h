/* SPDX-License-Identifier: BSD-2-Clause */
/* What a scenario's text says, key by key, before it is unfolded; and the list of what is wrong.
   Internal to sim/scenario/.

   Protocol of use: init both; entries_read and entries_override in order; if problems.n is 0, the
   entries are sound one by one; fini both. */
#ifndef SIM_SCENARIO_ENTRIES_H
#define SIM_SCENARIO_ENTRIES_H

#include "sim/scenario/keys.h"
#include "sim/scenario/literal.h"
#include "sim/scenario/params.h"

#include <glib.h>

/* Up to ten problems, one a line. */
struct sim_problems {
    GString *text;
    unsigned n;
};

void sim_problems_init(struct sim_problems *problems);
/* Adds "where: sentence"; takes the sentence. */
void sim_problems_add(struct sim_problems *problems, const char *where, char *sentence);
/* The text, owned by the caller, or NULL if nothing was wrong; ends the use. */
char *sim_problems_end(struct sim_problems *problems);

/* A key that was given, with all its values. */
struct sim_entry {
    size_t index;   /* in sim_keys */
    uint32_t population; /* in a [churn.NAME]: which, from 1; 0 for all other sections */
    unsigned line;  /* where; 0 for an override */
    GArray *values; /* of struct sim_literal */
};

struct sim_entries {
    GArray *list; /* of struct sim_entry, in the order in which the keys were first given */
    GPtrArray *populations; /* owned names: [churn.users] is "users" */
};

void sim_entries_init(struct sim_entries *entries);
void sim_entries_fini(struct sim_entries *entries);

/* Reads a whole text; `path` is for the messages. */
void sim_entries_read(struct sim_entries *entries, const char *path, const char *text,
                      struct sim_problems *problems);

/* Applies one "section.key=value"; it replaces the key's values where it stands. */
void sim_entries_override(struct sim_entries *entries, const char *override,
                          struct sim_problems *problems);

/* The entry of a key, or NULL. */
const struct sim_entry *sim_entries_find(const struct sim_entries *entries, size_t index);
/* The same in a [churn.NAME]; population 0 is sim_entries_find. */
const struct sim_entry *sim_entries_find_in(const struct sim_entries *entries, size_t index,
                                            uint32_t population);

/* Where the first of the given keys that a sentence names was given: "path:line", or "path" where
   it names none, or one from the command line. Owned by the caller. */
char *sim_entries_place(const struct sim_entries *entries, const char *path, const char *sentence);

#endif
