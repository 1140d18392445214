/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files that read a configuration document share: the reader, and words on what is wrong.
 */
#ifndef RELO_LIVE_DOCUMENT_INTERNAL_H
#define RELO_LIVE_DOCUMENT_INTERNAL_H

#include "live/document.h"

#include <libxml/tree.h>
#include <stdbool.h>

struct live_reader {
    const char *name; /* of the file */
    gint64 unix_s;
    struct live_document *document;
    GPtrArray *unused; /* of const char * */
    GArray *required;  /* of uint32_t: Kind-IDs of the kind-blocks so far */
    char **error;
};

/* Says "FILE:LINE: sentence"; false. Only the first is kept. */
bool live_reader_wrong(struct live_reader *r, long line, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* The same, and it is the element that is wrong. */
bool live_reader_wrong_at(struct live_reader *r, const xmlNode *node, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Whether the element is of the namespace, config-base or (`chord`) config-chord, and this name. */
bool live_reader_is(const xmlNode *node, bool chord, const char *name);
/* No namespace of ours, nor none: an extension's, which whoever does not know it leaves alone. */
bool live_reader_is_foreign(const xmlNode *node);
/* The first element from `node` on; *wrong where there is text between the elements. */
const xmlNode *live_reader_element(struct live_reader *r, const xmlNode *node, bool *wrong);
/* The text of an element that has no other elements in it, without white space around it, or NULL:
   it has. Owned. */
char *live_reader_text(struct live_reader *r, const xmlNode *node);
/* An attribute of no namespace, or NULL. `word`: without white space around it. Owned. */
char *live_reader_attribute(const xmlNode *node, const char *name, bool word);
/* Whether the element has no attributes of no namespace but these (NULL-terminated). */
bool live_reader_attributes(struct live_reader *r, const xmlNode *node, const char *const *names);

/* Notes that the document has it and nothing uses it. */
void live_reader_unused(struct live_reader *r, const char *name);

bool live_reader_number(const char *text, gint64 least, gint64 most, gint64 *number);
/* xsd:base64Binary with something in it. */
bool live_reader_is_base64(const char *text);

/* The elements of a <configuration> into document->config. */
bool live_document_elements(struct live_reader *r, const xmlNode *configuration);
/* <required-kinds> into document->kinds. */
bool live_document_kinds(struct live_reader *r, const xmlNode *required);

/* The bytes of the element that is the ordinal-th, from 0, whose start tag comes in the text, which
   is a well-formed document without DOCTYPE. */
struct relo_view live_document_bytes(const char *text, gsize n, guint ordinal);

#endif
