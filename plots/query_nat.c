/* SPDX-License-Identifier: BSD-2-Clause */
/* Figures about NATs: which pairs find a direct path. */
#include "plots/chart.h"
#include "plots/source.h"

#include <math.h>
#include <string.h>

/* A parameter's text at a point. Owned; NULL where it has none. */
static char *param_text(struct mx_database *db, int64_t point_id, const char *key)
{
    char *text = NULL;
    sqlite3_stmt *statement =
        mx_source_prepare(db, "SELECT value FROM param WHERE key = ? AND run_id ="
                              " (SELECT min(run_id) FROM run WHERE point_id = ?)");
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, point_id);
    if (sqlite3_step(statement) == SQLITE_ROW)
        text = g_strdup((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return text;
}

/* The column of that name, from 1; made where it is new. */
static guint column_of(struct mx_chart *chart, const char *name)
{
    for (guint i = 0; i < chart->tics->len; i++)
        if (strcmp(g_array_index(chart->tics, struct mx_tic, i).text, name) == 0)
            return i + 1;
    struct mx_tic tic = {chart->tics->len + 1, g_strdup(name)};
    g_array_append_val(chart->tics, tic);
    return chart->tics->len;
}

/* The mean of another metric at the same point; 0 where it was not measured. */
static double mean_of(const GArray *sources, int64_t point_id)
{
    for (guint i = 0; i < sources->len; i++) {
        const struct mx_source *s = &g_array_index(sources, struct mx_source, i);
        if (s->point_id == point_id)
            return s->mean;
    }
    return 0;
}

/* A row is a curve, a column a place on the x axis, both in the order of the sweep. The relayed
   share is stacked on the direct one. */
bool mx_query_matrix(struct mx_chart *chart, struct mx_database *db, char **error)
{
    static const char metric[] = "pair.direct";
    GArray *sources = mx_source_load(db, metric, NULL);
    GArray *relayed = mx_source_load(db, "pair.relayed", NULL);
    for (guint i = 0; i < sources->len; i++) {
        const struct mx_source *s = &g_array_index(sources, struct mx_source, i);
        char *row = param_text(db, s->point_id, "pairs.a");
        char *column = param_text(db, s->point_id, "pairs.b");
        if (row && column) {
            struct mx_chart_point p = {column_of(chart, column),
                                       s->mean,
                                       s->ci95,
                                       s->mean,
                                       s->mean + mean_of(relayed, s->point_id),
                                       s->runs};
            g_array_append_val(mx_source_curve(chart, row, metric)->points, p);
            mx_chart_use(chart, s->point_id, s->runs);
        }
        g_free(row);
        g_free(column);
    }
    if (chart->curves->len == 0)
        *error = g_strdup_printf("no run in %s measured %s of two kinds of NAT; see "
                                 "scenarios/nat-matrix.ini",
                                 mx_database_path(db), metric);
    g_array_unref(sources);
    g_array_unref(relayed);
    chart->note = g_strdup("rows offer, columns answer; D: direct, R: relayed, none: no path; "
                           "numbers are per cent, direct + relayed");
    return *error == NULL;
}

/* --- panels above each other, the same swept parameter below -----------------------------------
 */

struct panel_of {
    const char *label;
    const char *metrics[6]; /* NULL-terminated */
};

/* One panel; each metric is a curve, or one for each other parameter's value. */
static void add_panel(struct mx_chart *chart, struct mx_database *db, const struct panel_of *is,
                      const char *x_key)
{
    struct mx_panel panel = {is->label, chart->curves->len, 0};
    for (const char *const *metric = is->metrics; *metric; metric++) {
        GArray *sources = mx_source_load(db, *metric, x_key);
        const char *dot = strrchr(*metric, '.');
        for (guint i = 0; i < sources->len; i++) {
            const struct mx_source *s = &g_array_index(sources, struct mx_source, i);
            if (isnan(s->x))
                continue;
            char *label = is->metrics[1] && *s->label ? g_strdup_printf("%s, %s", dot + 1, s->label)
                          : is->metrics[1] || !*s->label ? g_strdup(dot + 1)
                                                         : g_strdup(s->label);
            struct mx_chart_point p = {s->x, s->mean, s->ci95, NAN, NAN, s->runs};
            g_array_append_val(mx_source_curve(chart, label, *metric)->points, p);
            mx_chart_use(chart, s->point_id, s->runs);
            g_free(label);
        }
        g_array_unref(sources);
    }
    panel.n = chart->curves->len - panel.first;
    if (panel.n > 0)
        g_array_append_val(chart->panels, panel);
}

/* Whether there is something, and nothing to see of how it goes with x. */
static bool stands_at_one_x(const struct mx_chart *chart)
{
    double first = NAN;
    for (guint c = 0; c < chart->curves->len; c++) {
        const struct mx_curve *curve = g_ptr_array_index(chart->curves, c);
        for (guint i = 0; i < curve->points->len; i++) {
            double x = g_array_index(curve->points, struct mx_chart_point, i).x;
            if (isnan(first))
                first = x;
            if (x != first)
                return false;
        }
    }
    return !isnan(first);
}

static bool add_panels(struct mx_chart *chart, struct mx_database *db,
                       const struct panel_of *panels, size_t n, const char *x_key, bool asked,
                       char **error)
{
    for (size_t i = 0; i < n; i++)
        add_panel(chart, db, &panels[i], x_key);
    /* Many curves have their legend in two columns. */
    bool many = chart->panels->len && g_array_index(chart->panels, struct mx_panel, 0).n > 6;
    mx_source_shorten(chart, many ? MX_LABEL_SHORT : MX_LABEL_MAX);
    if (chart->panels->len == 0)
        *error = g_strdup_printf("no run in %s has %s and %s", mx_database_path(db),
                                 panels[0].metrics[0], x_key);
    else if (!asked && stands_at_one_x(chart))
        *error = g_strdup_printf("all runs in %s have the same %s: give it several values in the "
                                 "scenario",
                                 mx_database_path(db), x_key);
    return *error == NULL;
}

bool mx_query_nat_mix(struct mx_chart *chart, struct mx_database *db, bool asked, char **error)
{
    static const struct panel_of panels[] = {
        {"share of links",
         {"link.path.host", "link.path.srflx", "link.path.prflx", "link.path.relay",
          "link.path.failed", NULL}},
        {"set-up time (s)", {"link.setup", NULL}},
    };
    bool cgn = false;
    sqlite3_stmt *statement =
        mx_source_prepare(db, "SELECT 1 FROM param WHERE key = 'nat.cgn' AND swept LIMIT 1");
    cgn = sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_finalize(statement);
    chart->x_label =
        g_strdup(cgn ? "share of homes behind a carrier-grade NAT" : "share of symmetric NATs");
    chart->note = g_strdup("the path of a link is named after its worse end");
    return add_panels(chart, db, panels, G_N_ELEMENTS(panels), cgn ? "nat.cgn" : "nat.symmetric",
                      asked, error);
}

bool mx_query_keepalive(struct mx_chart *chart, struct mx_database *db, bool asked, char **error)
{
    static const struct panel_of panels[] = {
        {"lost (1/s)", {"link.lost", NULL}},
        {"keepalives (B/s)", {"traffic.bytes.keepalive", NULL}},
    };
    chart->x_label = g_strdup("keepalive interval (s)");
    chart->note = g_strdup("per peer and second");
    return add_panels(chart, db, panels, G_N_ELEMENTS(panels), "link.keepalive-interval", asked,
                      error);
}
