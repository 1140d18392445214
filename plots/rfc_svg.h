/* SPDX-License-Identifier: BSD-2-Clause */
/* Pictures for RFCs and drafts: gnuplot's SVG rewritten to the profile of RFC 7996 (and of its
   successor's tools): black and white, three generic font families, no clip paths, markers,
   patterns, gradients, style sheets or links; with a title and a description for who cannot see. */
#ifndef MX_RFC_SVG_H
#define MX_RFC_SVG_H

#include <glib.h>
#include <stdbool.h>

/* Rewrites gnuplot's SVG. Owned text, or NULL and a sentence (g_free) if it is no SVG of gnuplot.
 */
char *mx_rfc_svg(const char *svg, const char *title, const char *description, char **error);

/* Whether a text obeys the profile; otherwise a sentence that names the first thing that does not.
 */
bool mx_rfc_svg_check(const char *svg, char **error);

/* Rewrites the file in place, and checks the result. */
bool mx_rfc_svg_file(const char *path, const char *title, const char *description, char **error);

#endif
