/* SPDX-License-Identifier: BSD-2-Clause */
/* The overlay configuration document, read from a file: RFC 6940 section 11.1. What it says becomes
   a struct relo_config; what relo does not know and must is refused. The parser loads nothing
   else, over a network or not, and takes no DOCTYPE. Signatures are not verified yet: who gives the
   file answers for it.

   live_document_read, then hand out &document->config; free it after the last node that uses it. */
#ifndef RELO_LIVE_DOCUMENT_H
#define RELO_LIVE_DOCUMENT_H

#include "core/base/addr.h"
#include "core/config/config.h"

#include <glib.h>

#define LIVE_DOCUMENT_MAX 1048576u /* bytes of a file */

struct live_document {
    struct relo_config config; /* borrows from the rest; every kind of relo_config_init, and more */
    GArray *bootstrap;         /* of struct relo_addr, in the document's order */
    char *unused;              /* what it has that nothing uses yet, "root-cert, signature"; "" */
    char *text, *instance_name;
    GArray *kinds, *bad_nodes; /* of struct relo_kind and relo_id */
};

/* The configuration of the overlay of that name, or the only one (`overlay` NULL), at that time.
   NULL with a sentence in *error (owned by the caller) that begins with the file and the line. */
struct live_document *live_document_read(const char *path, const char *overlay, gint64 unix_s,
                                         char **error);
/* The same from memory; `name` stands for the file in sentences. */
struct live_document *live_document_parse(const char *name, const char *text, gsize n,
                                          const char *overlay, gint64 unix_s, char **error);
void live_document_free(struct live_document *document); /* NULL is legal */

#endif
