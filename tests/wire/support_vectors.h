/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of tests/vectors, for tests: `name hex` lines, and the strings of messages.json. */
#ifndef TESTS_WIRE_SUPPORT_VECTORS_H
#define TESTS_WIRE_SUPPORT_VECTORS_H

#include "core/base/bytes.h"

#include <glib.h>

struct vector {
    char *name;
    uint8_t *bytes;
    uint32_t n;
};

/* All lines of tests/vectors/<file>; aborts the test where it cannot be read. Freed with
   g_array_unref (elements are freed with it). */
GArray *vectors_load(const char *file);
/* The vector of that name in the array; aborts where there is none. */
const struct vector *vectors_find(const GArray *vectors, const char *name);
struct relo_view vectors_view(const struct vector *v);
/* Hexadecimal text to bytes; NULL where it is not. *n receives their number. */
uint8_t *vectors_unhex(const char *hex, gsize length, uint32_t *n);
/* The text of tests/vectors/messages.json. */
char *vectors_json(void);
/* The hexadecimal strings under `key` in the object of that message, in order; an array of strings
   that is empty where the key is absent. Freed with g_ptr_array_unref. */
GPtrArray *vectors_json_strings(const char *json, const char *message, const char *key);

#endif
