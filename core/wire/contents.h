/* SPDX-License-Identifier: BSD-2-Clause */
/* MessageContents, RFC 6940 section 6.3.3: code, body, extensions.

   The body is opaque here; each family's header has the reader for it. A reader of a whole body
   (relo_..._req_read, relo_..._ans_read) fails when bytes are left behind it. */
#ifndef RELO_WIRE_CONTENTS_H
#define RELO_WIRE_CONTENTS_H

#include "core/base/bytes.h"

struct relo_contents {
    uint16_t code; /* enum relo_code */
    struct relo_view body;
    struct relo_view extensions; /* MessageExtension elements, well formed after a read */
    struct relo_view bytes;      /* the whole structure as read: part of the signature input */
};

/* Leaves the reader at the security block. */
bool relo_contents_read(struct relo_rd *r, struct relo_contents *c);
void relo_contents_write(struct relo_wr *w, const struct relo_contents *c);
/* In place: open, write the body, close. Close appends the extensions (may be empty). */
size_t relo_contents_open(struct relo_wr *w, uint16_t code);
void relo_contents_close(struct relo_wr *w, size_t at, struct relo_view extensions);

#endif
