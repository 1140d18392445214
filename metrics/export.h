/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON and CSV text: what lies beside a figure, and what a program reads. */
#ifndef MX_EXPORT_H
#define MX_EXPORT_H

#include <glib.h>
#include <stdbool.h>

/* Appends a JSON string with its quotes. `text` is UTF-8; bytes that are not become U+FFFD. */
void mx_export_json_string(GString *out, const char *text);
/* Appends a parameter's value: bare where it is a JSON number, true or false, else as a string. */
void mx_export_json_value(GString *out, const char *text);
/* Appends the shortest decimal that reads back as the same double; null for NaN and infinities. */
void mx_export_json_number(GString *out, double value);

/* Appends one CSV field (RFC 4180), in quotes where it needs them, before it a comma unless it is
   the first of its line. */
void mx_export_csv_text(GString *out, const char *text);
/* The same for a number; an empty field for NaN. */
void mx_export_csv_number(GString *out, double value);

/* Writes a file whole, by way of a temporary beside it. False and a sentence in *error (g_free). */
bool mx_export_write(const char *path, const GString *content, char **error);

#endif
