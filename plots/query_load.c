/* SPDX-License-Identifier: BSD-2-Clause */
/* Distributions over hops and over peers; what a design costs and what it gives. */
#include "plots/chart.h"
#include "plots/source.h"

#include <math.h>
#include <string.h>

enum { PDF_CURVES_MAX = 6, LORENZ_POINTS_MAX = 3, SCATTER_CURVES_MAX = 4 };

static const char sql_histogram[] =
    "SELECT (low + high) / 2, sum(h.n), sum(sum(h.n)) OVER () FROM histogram h JOIN run USING"
    " (run_id) JOIN metric USING (metric_id) WHERE point_id = ? AND name = ?"
    " GROUP BY low, high ORDER BY low";

static void add_point(struct mx_curve *curve, double x, double y, double ci95, int64_t runs)
{
    struct mx_chart_point p = {x, y, ci95, NAN, NAN, runs};
    g_array_append_val(curve->points, p);
}

static sqlite3_stmt *histogram_of(struct mx_database *db, const struct mx_source *s,
                                  const char *metric)
{
    sqlite3_stmt *statement = mx_source_prepare(db, sql_histogram);
    sqlite3_bind_int64(statement, 1, s->point_id);
    sqlite3_bind_text(statement, 2, metric, -1, SQLITE_STATIC);
    return statement;
}

bool mx_query_hops(struct mx_chart *chart, struct mx_database *db, char **error)
{
    static const char metric[] = "lookup.hops";
    GArray *sources = mx_source_load(db, metric, NULL);
    GArray *chosen = mx_source_choose(chart, sources, PDF_CURVES_MAX);
    for (guint i = 0; i < chosen->len; i++) {
        const struct mx_source *s =
            &g_array_index(sources, struct mx_source, g_array_index(chosen, guint, i));
        struct mx_curve *curve = mx_chart_add_curve(chart, mx_source_label(s, "measured"), metric);
        sqlite3_stmt *statement = histogram_of(db, s, metric);
        while (sqlite3_step(statement) == SQLITE_ROW)
            add_point(curve, sqlite3_column_double(statement, 0),
                      sqlite3_column_double(statement, 1) / sqlite3_column_double(statement, 2),
                      NAN, s->runs);
        sqlite3_finalize(statement);
        mx_chart_use(chart, s->point_id, s->runs);
    }
    mx_source_shorten(chart, MX_LABEL_MAX);
    chart->note = g_strdup("samples of all runs of a point together, answered lookups only");
    if (sources->len == 0)
        *error = g_strdup_printf("no run in %s measured %s", mx_database_path(db), metric);
    g_array_unref(chosen);
    g_array_unref(sources);
    return *error == NULL;
}

/* --- load: Lorenz curves ---------------------------------------------------------------------- */

/* The share of all load that the least loaded share of peers carries. Returns the sum of it all. */
static double fill_lorenz(struct mx_database *db, struct mx_curve *curve, const struct mx_source *s)
{
    double peers = 0, load = 0, total = 0;
    sqlite3_stmt *statement = histogram_of(db, s, curve->metric);
    while (sqlite3_step(statement) == SQLITE_ROW)
        total += sqlite3_column_double(statement, 0) * sqlite3_column_double(statement, 1);
    sqlite3_reset(statement);
    add_point(curve, 0, 0, NAN, s->runs);
    while (total > 0 && sqlite3_step(statement) == SQLITE_ROW) {
        double n = sqlite3_column_double(statement, 1);
        peers += n;
        load += n * sqlite3_column_double(statement, 0);
        add_point(curve, peers / sqlite3_column_double(statement, 2), load / total, NAN, s->runs);
    }
    sqlite3_finalize(statement);
    return total;
}

/* How much more than the mean the busiest twentieth carries, to stand behind a label. Owned. */
static char *excess(struct mx_database *db, const struct mx_source *s, const char *metric)
{
    sqlite3_stmt *statement = mx_source_prepare(
        db, "SELECT avg(p95) / avg(mean) FROM v_metric JOIN run USING (run_id) WHERE point_id = ?"
            " AND metric = ?");
    sqlite3_bind_int64(statement, 1, s->point_id);
    sqlite3_bind_text(statement, 2, metric, -1, SQLITE_STATIC);
    double ratio = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_double(statement, 0) : 0;
    sqlite3_finalize(statement);
    return g_strdup_printf(" (%.2f)", ratio);
}

/* Labels need not begin with the metric where all curves have the same, which is returned; NULL
   where they have not. */
static const char *name_metrics(struct mx_chart *chart)
{
    if (chart->curves->len == 0)
        return NULL;
    const struct mx_curve *first = g_ptr_array_index(chart->curves, 0);
    for (guint i = 0; i < chart->curves->len; i++) {
        const struct mx_curve *curve = g_ptr_array_index(chart->curves, i);
        if (strcmp(curve->metric, first->metric) != 0)
            return NULL;
    }
    for (guint i = 0; i < chart->curves->len; i++) {
        struct mx_curve *curve = g_ptr_array_index(chart->curves, i);
        char *comma = strstr(curve->label, ", ");
        if (comma != NULL)
            memmove(curve->label, comma + 2, strlen(comma + 2) + 1);
    }
    return first->metric;
}

/* The curves of one metric; what is to stand behind their labels goes to `behind`. */
static void add_lorenz(struct mx_chart *chart, struct mx_database *db, const char *metric,
                       GPtrArray *behind)
{
    GArray *sources = mx_source_load(db, metric, NULL);
    GArray *chosen = mx_source_choose(chart, sources, LORENZ_POINTS_MAX);
    for (guint i = 0; i < chosen->len; i++) {
        const struct mx_source *s =
            &g_array_index(sources, struct mx_source, g_array_index(chosen, guint, i));
        char *label = g_strconcat(strchr(metric, '.') + 1, *s->label ? ", " : "", s->label, NULL);
        struct mx_curve *curve = mx_chart_add_curve(chart, label, metric);
        if (fill_lorenz(db, curve, s) > 0) {
            mx_chart_use(chart, s->point_id, s->runs);
            g_ptr_array_add(behind, excess(db, s, metric));
        } else {
            g_ptr_array_remove(chart->curves, curve);
        }
    }
    g_array_unref(chosen);
    g_array_unref(sources);
}

bool mx_query_load(struct mx_chart *chart, struct mx_database *db, char **error)
{
    static const char *const metrics[] = {"load.forwarded", "load.stored"};
    GPtrArray *behind = g_ptr_array_new_with_free_func(g_free);
    guint left_out = 0;
    for (size_t m = 0; m < G_N_ELEMENTS(metrics); m++) {
        add_lorenz(chart, db, metrics[m], behind);
        left_out = MAX(left_out, chart->points_left_out);
    }
    const char *metric = name_metrics(chart);
    mx_source_shorten(chart, MX_LABEL_MAX);
    for (guint i = 0; i < chart->curves->len; i++) {
        struct mx_curve *curve = g_ptr_array_index(chart->curves, i);
        char *label = g_strconcat(curve->label, (char *)g_ptr_array_index(behind, i), NULL);
        g_free(curve->label);
        curve->label = label;
    }
    g_ptr_array_unref(behind);
    chart->points_left_out = left_out;
    chart->note = g_strdup_printf("%s%speers of all runs of a point together, the least loaded "
                                  "first; in brackets the 95th percentile over the mean",
                                  metric != NULL ? metric : "", metric != NULL ? ": " : "");
    if (chart->curves->len == 0)
        *error = g_strdup_printf("no run in %s measured a load.forwarded or load.stored above 0",
                                 mx_database_path(db));
    return *error == NULL;
}

/* --- cost: scatter and hull ------------------------------------------------------------------- */

/* What a point of the sweep found around it, as against what the protocol's designer chose. */
static char *environment_of(struct mx_database *db, int64_t point_id, bool *designed)
{
    GString *label = g_string_new(NULL);
    sqlite3_stmt *statement =
        mx_source_prepare(db, "SELECT key, value FROM param WHERE swept AND run_id ="
                              " (SELECT min(run_id) FROM run WHERE point_id = ?) ORDER BY key");
    sqlite3_bind_int64(statement, 1, point_id);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const char *key = (const char *)sqlite3_column_text(statement, 0);
        bool design = (g_str_has_prefix(key, "overlay.") && strcmp(key, "overlay.peers") != 0) ||
                      g_str_has_prefix(key, "link.") || g_str_has_prefix(key, "security.");
        *designed |= design;
        if (!design)
            g_string_append_printf(label, "%s%s = %s", label->len ? ", " : "", strchr(key, '.') + 1,
                                   sqlite3_column_text(statement, 1));
    }
    sqlite3_finalize(statement);
    return g_string_free(label, FALSE);
}

static gint by_cost(gconstpointer a, gconstpointer b)
{
    const struct mx_chart_point *p = a, *q = b;
    return p->x < q->x ? -1 : p->x > q->x ? 1 : p->y < q->y ? 1 : p->y > q->y ? -1 : 0;
}

/* The upper left part of the convex hull: nothing gives more for less (Li et al., Infocom 2005). */
static void add_hull(struct mx_chart *chart, const struct mx_curve *curve)
{
    GArray *hull =
        mx_chart_add_curve(chart, g_strdup_printf("hull of %s", curve->label), "lookup.success")
            ->points;
    for (guint i = 0; i < curve->points->len; i++) {
        struct mx_chart_point p = g_array_index(curve->points, struct mx_chart_point, i);
        if (hull->len > 0 && p.y <= g_array_index(hull, struct mx_chart_point, hull->len - 1).y)
            continue;
        while (hull->len >= 2) {
            const struct mx_chart_point *b =
                &g_array_index(hull, struct mx_chart_point, hull->len - 1);
            const struct mx_chart_point *a = b - 1;
            if ((b->x - a->x) * (p.y - a->y) < (b->y - a->y) * (p.x - a->x))
                break;
            g_array_set_size(hull, hull->len - 1);
        }
        g_array_append_val(hull, p);
    }
}

static double mean_of(struct mx_database *db, const struct mx_source *s, const char *metric)
{
    sqlite3_stmt *statement = mx_source_prepare(
        db, "SELECT avg(mean) FROM v_metric JOIN run USING (run_id) WHERE point_id = ? AND metric"
            " = ?");
    sqlite3_bind_int64(statement, 1, s->point_id);
    sqlite3_bind_text(statement, 2, metric, -1, SQLITE_STATIC);
    double mean = NAN;
    if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        mean = sqlite3_column_double(statement, 0);
    sqlite3_finalize(statement);
    return mean;
}

bool mx_query_cost(struct mx_chart *chart, struct mx_database *db, char **error)
{
    static const char metric[] = "lookup.success";
    GArray *sources = mx_source_load(db, metric, NULL);
    bool designed = false;
    double lowest = 1;
    for (guint i = 0; i < sources->len; i++) {
        const struct mx_source *s = &g_array_index(sources, struct mx_source, i);
        char *environment = environment_of(db, s->point_id, &designed);
        const char *label = *environment ? environment : "measured";
        double cost = mean_of(db, s, "traffic.bytes");
        struct mx_curve *curve = mx_source_curve(chart, label, metric);
        if (curve->points->len == 0 && chart->curves->len > SCATTER_CURVES_MAX) {
            g_ptr_array_remove(chart->curves, curve);
            chart->points_left_out++;
        } else if (!isnan(cost)) {
            add_point(curve, cost, s->mean, s->ci95, s->runs);
            mx_chart_use(chart, s->point_id, s->runs);
            lowest = MIN(lowest, s->mean);
        }
        g_free(environment);
    }
    guint n = chart->curves->len;
    for (guint i = 0; i < n; i++) {
        struct mx_curve *curve = g_ptr_array_index(chart->curves, i);
        g_array_sort(curve->points, by_cost);
        add_hull(chart, curve);
    }
    chart->y_low = CLAMP(floor(lowest * 20 - 0.2) / 20, 0, 0.95);
    chart->note = g_strdup("a mark is one choice of the protocol's parameters, a line joins the "
                           "choices that nothing cheaper surpasses");
    if (sources->len == 0)
        *error = g_strdup_printf("no run in %s measured %s", mx_database_path(db), metric);
    else if (!designed)
        *error = g_strdup_printf("no parameter of the protocol is swept in %s: give one of "
                                 "[overlay] or [link] several values",
                                 mx_database_path(db));
    g_array_unref(sources);
    return *error == NULL;
}
