/* SPDX-License-Identifier: BSD-2-Clause */
/* What a figure draws, before it is drawn: curves of points, and where they come from.

   Use: mx_chart_new(), one of the mx_query_* functions fills it, mx_chart_gp/_csv/_json write it.
 */
#ifndef MX_CHART_H
#define MX_CHART_H

#include "metrics/database.h"
#include "plots/figure.h"

struct mx_chart_point {
    double x, y;
    double ci95;      /* half width over replications; NaN where there is one run */
    double low, high; /* ends of a stacked bar; NaN otherwise */
    int64_t runs;
};

struct mx_curve {
    char *label;
    const char *metric; /* borrowed: a literal */
    GArray *points;     /* of struct mx_chart_point */
};

struct mx_tic {
    double at;
    char *text;
};

struct mx_panel { /* of a figure with several plots above each other */
    const char *label;
    guint first, n; /* its curves */
};

struct mx_chart {
    const struct mx_figure *figure;
    GPtrArray *curves; /* of struct mx_curve, owned */
    GArray *tics;      /* of struct mx_tic on the x axis; empty: gnuplot's choice */
    GArray *panels;    /* of struct mx_panel; empty: one plot */
    GArray *marks;     /* of struct mx_tic: what happened when, on the x axis */
    GArray *used;      /* of int64_t point_id: what was drawn */
    char *x_label;
    char *legend; /* above the labels of the curves, or NULL */
    char *note;   /* one more sentence for the caption, or NULL */
    double y_low; /* where the y axis begins */
    int64_t runs_min, runs_max;
    guint points_left_out;
};

struct mx_chart *mx_chart_new(const struct mx_figure *figure);
void mx_chart_free(struct mx_chart *chart);

/* Adds an empty curve; takes the label. */
struct mx_curve *mx_chart_add_curve(struct mx_chart *chart, char *label, const char *metric);
/* Notes that a point of the database was drawn, from so many runs. */
void mx_chart_use(struct mx_chart *chart, int64_t point_id, int64_t runs);

/* The sentence below the figure; owned by the caller. */
char *mx_chart_caption(const struct mx_chart *chart, struct mx_database *db);
/* The points as CSV, the sources as JSON. `files` are the names of the pictures. */
GString *mx_chart_csv(const struct mx_chart *chart);
GString *mx_chart_json(const struct mx_chart *chart, struct mx_database *db, unsigned formats,
                       const char *caption);
/* The whole gnuplot program: the data, the common style, the figure's template. */
GString *mx_chart_gp(const struct mx_chart *chart, const char *caption);

/* Fill a chart. True, or false and a sentence that says what is missing. */
bool mx_query_against(struct mx_chart *chart, struct mx_database *db, const char *metric,
                      const char *x_key, bool linear, bool asked, char **error);
bool mx_query_cdf(struct mx_chart *chart, struct mx_database *db, const char *metric,
                  const char *note, char **error);
bool mx_query_hops(struct mx_chart *chart, struct mx_database *db, char **error);
bool mx_query_load(struct mx_chart *chart, struct mx_database *db, char **error);
bool mx_query_cost(struct mx_chart *chart, struct mx_database *db, char **error);
bool mx_query_traffic(struct mx_chart *chart, struct mx_database *db, char **error);
bool mx_query_matrix(struct mx_chart *chart, struct mx_database *db, char **error);
bool mx_query_nat_mix(struct mx_chart *chart, struct mx_database *db, bool asked, char **error);
bool mx_query_keepalive(struct mx_chart *chart, struct mx_database *db, bool asked, char **error);
bool mx_query_nat_churn(struct mx_chart *chart, struct mx_database *db, char **error);
bool mx_query_timeline(struct mx_chart *chart, struct mx_database *db, char **error);

/* Runs gnuplot on `name`.gp in `directory` for one format. True, or false and a sentence. */
bool mx_gnuplot_run(const char *directory, const char *name, const char *format, char **error);

/* "svg", ... of one enum mx_format. */
const char *mx_format_name(unsigned format);
/* What its files end in: the same, but "rfc.svg". */
const char *mx_format_suffix(unsigned format);

#endif
