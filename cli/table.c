/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of text for terminals. */
#include "cli/table.h"

#include <math.h>
#include <string.h>

void cli_table_init(struct cli_table *table, guint columns)
{
    table->cells = g_ptr_array_new_with_free_func(g_free);
    table->columns = columns;
    table->filled = 0;
}

void cli_table_fini(struct cli_table *table)
{
    g_ptr_array_free(table->cells, TRUE);
    table->cells = NULL;
}

void cli_table_take(struct cli_table *table, char *text)
{
    g_ptr_array_add(table->cells, text);
    table->filled = table->cells->len % table->columns;
}

void cli_table_add(struct cli_table *table, const char *text)
{
    cli_table_take(table, g_strdup(text));
}

char *cli_table_format(double value, int digits)
{
    double magnitude = fabs(value);
    int whole = 1;

    if (magnitude >= 1e9)
        return g_strdup_printf("%.*g", digits, value);
    while (magnitude >= 10) {
        magnitude /= 10;
        whole++;
    }
    return g_strdup_printf("%.*f", MAX(digits - whole, 0), value);
}

void cli_table_number(struct cli_table *table, bool present, double value, int digits)
{
    cli_table_take(table, present ? cli_table_format(value, digits) : g_strdup("-"));
}

static const char *cell(const struct cli_table *table, guint row, guint column)
{
    return g_ptr_array_index(table->cells, row * table->columns + column);
}

/* Columns of numbers (and dashes) are aligned to the right. */
static bool is_numeric(const struct cli_table *table, guint column)
{
    guint rows = table->cells->len / table->columns;

    for (guint row = 1; row < rows; row++) {
        const char *text = cell(table, row, column);
        if (!g_ascii_isdigit(text[0]) && text[0] != '-')
            return false;
    }
    return true;
}

char *cli_table_text(const struct cli_table *table)
{
    GString *s = g_string_new(NULL);
    guint rows = table->cells->len / table->columns;
    int *widths = g_new0(int, table->columns);

    for (guint column = 0; column < table->columns; column++) {
        for (guint row = 0; row < rows; row++) {
            int n = (int)g_utf8_strlen(cell(table, row, column), -1);
            widths[column] = MAX(widths[column], n);
        }
        if (!is_numeric(table, column))
            widths[column] = -widths[column];
    }
    for (guint row = 0; row < rows; row++) {
        gsize start = s->len;
        for (guint column = 0; column < table->columns; column++) {
            const char *text = cell(table, row, column);
            int pad = ABS(widths[column]) - (int)g_utf8_strlen(text, -1);
            g_string_append_printf(s, "%s%*s%s%*s", column > 0 ? "  " : "",
                                   widths[column] > 0 ? pad : 0, "", text,
                                   widths[column] > 0 ? 0 : pad, "");
        }
        while (s->len > start && s->str[s->len - 1] == ' ')
            g_string_truncate(s, s->len - 1);
        g_string_append_c(s, '\n');
    }
    g_free(widths);
    return g_string_free(s, FALSE);
}
