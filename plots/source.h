/* SPDX-License-Identifier: BSD-2-Clause */
/* What the queries of all figures share: the points of the campaigns in a database. Internal to
   plots/. */
#ifndef MX_SOURCE_H
#define MX_SOURCE_H

#include "plots/chart.h"

/* How long a curve's label may be: in one column of the legend, in two. */
enum { MX_LABEL_MAX = 56, MX_LABEL_SHORT = 20 };

/* One point of a campaign, with its mean of one metric. */
struct mx_source {
    int64_t point_id, runs;
    double mean, ci95; /* ci95 is NaN where there is one run */
    double x;          /* NaN where the run has no such parameter */
    char *x_text;
    char *label; /* campaign and swept parameters but the one on the x axis */
};

/* A statement over the public views and tables; never NULL. */
sqlite3_stmt *mx_source_prepare(struct mx_database *db, const char *sql);

/* Every point that has the metric, in the order of campaigns and sweeps; an array of struct
   mx_source that clears its elements. x_key may be NULL. */
GArray *mx_source_load(struct mx_database *db, const char *metric, const char *x_key);

/* Indices (guint) of up to `max` sources, evenly spaced over all of them; notes in the chart how
   many are left out. */
GArray *mx_source_choose(struct mx_chart *chart, GArray *sources, guint max);

/* The source's label, or `otherwise` where it has none. Owned. */
char *mx_source_label(const struct mx_source *s, const char *otherwise);

/* The curve with this label, made where there is none. */
struct mx_curve *mx_source_curve(struct mx_chart *chart, const char *label, const char *metric);

/* Where a label is longer than that, all say the values only, and the legend says the keys. */
void mx_source_shorten(struct mx_chart *chart, gsize longest_allowed);

#endif
