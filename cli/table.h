/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of text with aligned columns: words to the left, numbers to the right. */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <glib.h>
#include <stdbool.h>

struct cli_table {
    GPtrArray *cells; /* of owned char *, row by row; the first row is the heading */
    guint columns;
    guint filled; /* cells of the current row so far */
};

void cli_table_init(struct cli_table *table, guint columns);
void cli_table_fini(struct cli_table *table);

/* Adds the next cell; rows follow from the number of columns. Takes the text. */
void cli_table_take(struct cli_table *table, char *text);
void cli_table_add(struct cli_table *table, const char *text);
/* A number with `digits` significant digits; "-" if absent. */
void cli_table_number(struct cli_table *table, bool present, double value, int digits);

/* The table as text, one line a row. Owned. */
char *cli_table_text(const struct cli_table *table);

/* A number in plain notation with so many significant digits: 0.9981, 1234, 2.5e+09. Owned. */
char *cli_table_format(double value, int digits);

#endif
