/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of everything wrong with a scenario: the first ten, and how many more. */
#include "sim/scenario/entries.h"

#define PROBLEMS_MAX 10

void sim_problems_init(struct sim_problems *problems)
{
    problems->text = g_string_new(NULL);
    problems->n = 0;
}

void sim_problems_add(struct sim_problems *problems, const char *where, char *sentence)
{
    if (problems->n++ < PROBLEMS_MAX)
        g_string_append_printf(problems->text, "%s: %s\n", where, sentence);
    g_free(sentence);
}

char *sim_problems_end(struct sim_problems *problems)
{
    if (problems->n > PROBLEMS_MAX)
        g_string_append_printf(problems->text, "and %u more\n", problems->n - PROBLEMS_MAX);
    char *text = g_string_free(problems->text, problems->n == 0);
    problems->text = NULL;
    return text;
}
