/* SPDX-License-Identifier: BSD-2-Clause */
/* The very bytes of an element of a document, which is what signatures are over (RFC 6940 section
   11.1): a tree does not know them. */
#include "live/document_internal.h"

#include <string.h>

/* Behind the next `what`; the end where there is none. */
static const char *behind(const char *p, const char *end, const char *what)
{
    gsize n = strlen(what);
    const char *found = g_strstr_len(p, end - p, what);
    return found ? found + n : end;
}

/* Behind the tag that begins at `p`: a > in an attribute's value does not end it. */
static const char *behind_tag(const char *p, const char *end)
{
    char quote = 0;
    for (; p < end; p++) {
        if (quote)
            quote = *p == quote ? 0 : quote;
        else if (*p == '"' || *p == '\'')
            quote = *p;
        else if (*p == '>')
            return p + 1;
    }
    return end;
}

struct relo_view live_document_bytes(const char *text, gsize n, guint ordinal)
{
    const char *end = text + n, *begin = NULL, *p = text;
    guint seen = 0, depth = 0;
    while ((p = memchr(p, '<', (gsize)(end - p)))) {
        gsize left = (gsize)(end - p);
        const char *at = p;
        bool closes = left > 1 && p[1] == '/', opens = false;
        if (left > 3 && strncmp(p, "<!--", 4) == 0) {
            p = behind(p, end, "-->");
        } else if (left > 8 && strncmp(p, "<![CDATA[", 9) == 0) {
            p = behind(p, end, "]]>");
        } else if (left > 1 && p[1] == '?') {
            p = behind(p, end, "?>");
        } else {
            p = behind_tag(p, end);
            opens = !closes && p[-2] != '/';
            if (!closes && seen++ == ordinal) {
                begin = at;
                depth = 0;
            }
        }
        depth += opens ? 1 : 0;
        depth -= closes ? 1 : 0;
        if (begin && depth == 0)
            return (struct relo_view){(const uint8_t *)begin, (uint32_t)(p - begin)};
    }
    return (struct relo_view){NULL, 0};
}
