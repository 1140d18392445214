/* SPDX-License-Identifier: BSD-2-Clause */
/* Pieces of JSON (RFC 8259) appended to a string. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <glib.h>
#include <stdbool.h>

/* A quoted, escaped string. Bytes that are not UTF-8 become U+FFFD. */
void cli_json_string(GString *s, const char *text);

/* A number that reads back as the same double; null if it is none. */
void cli_json_number(GString *s, double value);

/* ,"name": with the comma unless something was just opened. */
void cli_json_name(GString *s, const char *name);

/* The comma before the next element, unless something was just opened. */
void cli_json_next(GString *s);

#endif
