/* SPDX-License-Identifier: BSD-2-Clause */
/* The canonical figures: from a results database to files, by way of gnuplot.

   Use: walk mx_figures (for `relo list`), or mx_figure_draw() one into a directory. Beside each
   picture lie its .gp (the gnuplot program), .csv (the points drawn) and .json (from which runs).
 */
#ifndef MX_FIGURE_H
#define MX_FIGURE_H

#include "metrics/database.h"

struct mx_figure {
    const char *name;        /* "hops" */
    const char *question;    /* what it answers, one line */
    const char *description; /* what is drawn, one line */
};

enum { MX_FIGURE_COUNT = 15 };
extern const struct mx_figure mx_figures[MX_FIGURE_COUNT];

enum mx_format {
    MX_FORMAT_SVG = 1,
    MX_FORMAT_PNG = 2,
    MX_FORMAT_PDF = 4,
    MX_FORMAT_TXT = 8,      /* 72 columns of plain text */
    MX_FORMAT_RFC_SVG = 16, /* black and white, the profile of RFC 7996: for drafts */
};

enum mx_figure_result {
    MX_FIGURE_DRAWN,
    MX_FIGURE_NO_DATA, /* the database has nothing to draw for it; the sentence says what is missing
                        */
    MX_FIGURE_FAILED,  /* gnuplot missing or failed, directory not writable; the sentence says which
                        */
};

/* The index in mx_figures, or -1. */
int mx_figure_find(const char *name);

/* Draws figure `index` into `directory` (which exists) in each of `formats` (enum mx_format,
   or-ed). `asked` says that the user named this figure: then it is drawn even where the swept
   parameter on its x axis has a single value, which otherwise counts as no data. Appends the paths
   made to `files` (char *, owned by the array if it has a free function). Where the result is not
   MX_FIGURE_DRAWN, *error is a sentence to be freed with g_free(). */
enum mx_figure_result mx_figure_draw(int index, struct mx_database *db, const char *directory,
                                     unsigned formats, bool asked, GPtrArray *files, char **error);

#endif
