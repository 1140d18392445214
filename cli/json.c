/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces of JSON (RFC 8259). */
#include "cli/json.h"

#include <math.h>
#include <stdlib.h>

void cli_json_string(GString *s, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);

    g_string_append_c(s, '"');
    for (const char *p = valid; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_printf(s, "\\%c", *p);
        else if (*p == '\n')
            g_string_append(s, "\\n");
        else if ((unsigned char)*p < 0x20)
            g_string_append_printf(s, "\\u%04x", (unsigned)*p);
        else
            g_string_append_c(s, *p);
    }
    g_string_append_c(s, '"');
    g_free(valid);
}

void cli_json_number(GString *s, double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    if (!isfinite(value)) {
        g_string_append(s, "null");
        return;
    }
    g_ascii_formatd(buffer, sizeof(buffer), "%.15g", value);
    if (g_ascii_strtod(buffer, NULL) < value || g_ascii_strtod(buffer, NULL) > value)
        g_ascii_dtostr(buffer, sizeof(buffer), value);
    g_string_append(s, buffer);
}

void cli_json_next(GString *s)
{
    char last = s->len > 0 ? s->str[s->len - 1] : '[';
    if (last != '[' && last != '{' && last != ':')
        g_string_append_c(s, ',');
}

void cli_json_name(GString *s, const char *name)
{
    cli_json_next(s);
    cli_json_string(s, name);
    g_string_append_c(s, ':');
}
