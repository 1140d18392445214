/* SPDX-License-Identifier: BSD-2-Clause */
/* Named values in nested structures, written as indented text or as one JSON object.

   Protocol of use: init; begin and end objects and lists in pairs; take the string. Inside a list
   the names go into the text only. */
#ifndef CLI_DECODE_OUT_H
#define CLI_DECODE_OUT_H

#include "core/base/bytes.h"

#include <glib.h>
#include <stdbool.h>

struct decode_out {
    GString *text;
    bool json;
    unsigned depth;
    unsigned lists; /* a bit per depth: set where the enclosing structure is a list */
};

void decode_out_init(struct decode_out *out, bool json);
void decode_out_fini(struct decode_out *out);

void decode_out_begin(struct decode_out *out, const char *name);
void decode_out_end(struct decode_out *out);
void decode_out_begin_list(struct decode_out *out, const char *name);
void decode_out_end_list(struct decode_out *out);

void decode_out_number(struct decode_out *out, const char *name, uint64_t value);
/* In hexadecimal with so many digits; a string in JSON. */
void decode_out_bits(struct decode_out *out, const char *name, uint64_t value, int digits);
void decode_out_bool(struct decode_out *out, const char *name, bool value);
void decode_out_string(struct decode_out *out, const char *name, const char *value);
/* Bytes in hexadecimal. */
void decode_out_hex(struct decode_out *out, const char *name, struct relo_view bytes);
/* Bytes that are meant to be read: in quotes if they are printable UTF-8, else in hexadecimal. */
void decode_out_words(struct decode_out *out, const char *name, struct relo_view bytes);
/* A code point: "ping_req (0x17)" as text; number and, if it has one, <name>_name in JSON. */
void decode_out_code(struct decode_out *out, const char *name, uint64_t value, const char *label);

#endif
