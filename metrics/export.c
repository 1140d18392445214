/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON (RFC 8259) and CSV (RFC 4180) text. */
#include "metrics/export.h"

#include <math.h>
#include <string.h>

void mx_export_json_string(GString *out, const char *text)
{
    char *valid = g_utf8_make_valid(text, -1);
    g_string_append_c(out, '"');
    for (const char *p = valid; *p; p++) {
        switch (*p) {
        case '"':
        case '\\':
            g_string_append_printf(out, "\\%c", *p);
            break;
        case '\n':
            g_string_append(out, "\\n");
            break;
        case '\t':
            g_string_append(out, "\\t");
            break;
        default:
            if ((unsigned char)*p < 0x20)
                g_string_append_printf(out, "\\u%04x", (unsigned)(unsigned char)*p);
            else
                g_string_append_c(out, *p);
        }
    }
    g_string_append_c(out, '"');
    g_free(valid);
}

/* RFC 8259 section 6, without an exponent: -?(0|[1-9][0-9]*)(.[0-9]+)? */
static bool is_json_number(const char *text)
{
    const char *p = text + (*text == '-');
    size_t whole = strspn(p, "0123456789");
    if (whole == 0 || (whole > 1 && *p == '0'))
        return false;
    p += whole;
    if (*p == '.') {
        size_t digits = strspn(p + 1, "0123456789");
        if (digits == 0)
            return false;
        p += 1 + digits;
    }
    return *p == '\0';
}

void mx_export_json_value(GString *out, const char *text)
{
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0 || is_json_number(text))
        g_string_append(out, text);
    else
        mx_export_json_string(out, text);
}

static void append_number(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    for (int digits = 6; digits <= 17; digits++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd(text, sizeof text, format, value);
        if (g_ascii_strtod(text, NULL) == value)
            break;
    }
    g_string_append(out, text);
}

void mx_export_json_number(GString *out, double value)
{
    if (isfinite(value))
        append_number(out, value);
    else
        g_string_append(out, "null");
}

static void separate(GString *out)
{
    if (out->len > 0 && out->str[out->len - 1] != '\n')
        g_string_append_c(out, ',');
}

void mx_export_csv_text(GString *out, const char *text)
{
    separate(out);
    /* An empty first field is quoted, or the next would take its place as the first. */
    if (*text && !strpbrk(text, ",\"\r\n")) {
        g_string_append(out, text);
        return;
    }
    g_string_append_c(out, '"');
    for (const char *p = text; *p; p++)
        g_string_append(out, *p == '"' ? "\"\"" : (const char[]){*p, 0});
    g_string_append_c(out, '"');
}

void mx_export_csv_number(GString *out, double value)
{
    separate(out);
    if (isfinite(value))
        append_number(out, value);
}

bool mx_export_write(const char *path, const GString *content, char **error)
{
    GError *problem = NULL;
    *error = NULL;
    if (g_file_set_contents(path, content->str, (gssize)content->len, &problem))
        return true;
    /* GLib names its temporary file; the reason stands behind the last colon. */
    const char *reason = g_strrstr(problem->message, ": ");
    *error = g_strdup_printf("cannot write %s: %s", path,
                             reason != NULL ? reason + 2 : problem->message);
    g_error_free(problem);
    return false;
}
