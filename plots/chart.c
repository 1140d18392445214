/* SPDX-License-Identifier: BSD-2-Clause */
/* A chart as text: its caption, its CSV, its JSON with everything needed to repeat it. */
#include "plots/chart.h"

#include "metrics/export.h"

#include <math.h>
#include <string.h>

static void curve_free(gpointer item)
{
    struct mx_curve *curve = item;
    g_free(curve->label);
    g_array_unref(curve->points);
    g_free(curve);
}

static void tic_clear(gpointer item)
{
    g_free(((struct mx_tic *)item)->text);
}

struct mx_chart *mx_chart_new(const struct mx_figure *figure)
{
    struct mx_chart *chart = g_new0(struct mx_chart, 1);
    chart->figure = figure;
    chart->curves = g_ptr_array_new_with_free_func(curve_free);
    chart->tics = g_array_new(FALSE, FALSE, sizeof(struct mx_tic));
    g_array_set_clear_func(chart->tics, tic_clear);
    chart->panels = g_array_new(FALSE, FALSE, sizeof(struct mx_panel));
    chart->marks = g_array_new(FALSE, FALSE, sizeof(struct mx_tic));
    g_array_set_clear_func(chart->marks, tic_clear);
    chart->used = g_array_new(FALSE, FALSE, sizeof(int64_t));
    return chart;
}

void mx_chart_free(struct mx_chart *chart)
{
    if (!chart)
        return;
    g_ptr_array_unref(chart->curves);
    g_array_unref(chart->tics);
    g_array_unref(chart->panels);
    g_array_unref(chart->marks);
    g_array_unref(chart->used);
    g_free(chart->x_label);
    g_free(chart->legend);
    g_free(chart->note);
    g_free(chart);
}

struct mx_curve *mx_chart_add_curve(struct mx_chart *chart, char *label, const char *metric)
{
    struct mx_curve *curve = g_new0(struct mx_curve, 1);
    curve->label = label;
    curve->metric = metric;
    curve->points = g_array_new(FALSE, FALSE, sizeof(struct mx_chart_point));
    g_ptr_array_add(chart->curves, curve);
    return curve;
}

void mx_chart_use(struct mx_chart *chart, int64_t point_id, int64_t runs)
{
    if (chart->used->len == 0 || runs < chart->runs_min)
        chart->runs_min = runs;
    chart->runs_max = MAX(chart->runs_max, runs);
    for (guint i = 0; i < chart->used->len; i++)
        if (g_array_index(chart->used, int64_t, i) == point_id)
            return;
    g_array_append_val(chart->used, point_id);
}

/* The ids of the points drawn, as the inside of an SQL list. */
static char *used_list(const struct mx_chart *chart)
{
    GString *list = g_string_new(NULL);
    for (guint i = 0; i < chart->used->len; i++)
        g_string_append_printf(list, "%s%" G_GINT64_FORMAT, i ? "," : "",
                               (gint64)g_array_index(chart->used, int64_t, i));
    return g_string_free(list, FALSE);
}

/* Prepares a query in which %s stands for the points drawn; NULL on failure. */
static sqlite3_stmt *query_used(const struct mx_chart *chart, struct mx_database *db,
                                const char *before, const char *after)
{
    char *list = used_list(chart);
    char *sql = g_strdup_printf("%s (%s) %s", before, list, after);
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v2(mx_database_handle(db), sql, -1, &statement, NULL);
    g_free(sql);
    g_free(list);
    return statement;
}

#define SCENARIOS                                                                                  \
    "SELECT DISTINCT label, title, hash, revision, version, command, overrides FROM scenario"      \
    " JOIN point USING (scenario_id) WHERE point_id IN"

static const char *text_of(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? text : "";
}

char *mx_chart_caption(const struct mx_chart *chart, struct mx_database *db)
{
    GString *caption = g_string_new(NULL);
    sqlite3_stmt *statement = query_used(chart, db, SCENARIOS, "ORDER BY scenario_id");
    while (statement && sqlite3_step(statement) == SQLITE_ROW) {
        const char *title = text_of(statement, 1), *label = text_of(statement, 0);
        g_string_append_printf(caption, "%s%s%s%s%s (revision %s)", caption->len ? "; " : "", label,
                               *title ? ": \"" : "", title, *title ? "\"" : "",
                               text_of(statement, 3));
    }
    sqlite3_finalize(statement);
    if (chart->runs_min == chart->runs_max)
        g_string_append_printf(caption, ". n = %" G_GINT64_FORMAT " %s per point",
                               (gint64)chart->runs_min,
                               chart->runs_min == 1 ? "run" : "independent runs");
    else
        g_string_append_printf(caption,
                               ". n = %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                               " independent runs per point",
                               (gint64)chart->runs_min, (gint64)chart->runs_max);
    if (chart->note)
        g_string_append_printf(caption, "; %s", chart->note);
    if (chart->points_left_out)
        g_string_append_printf(caption, "; %u more point%s not drawn", chart->points_left_out,
                               chart->points_left_out == 1 ? " is" : "s are");
    g_string_append_c(caption, '.');
    return g_string_free(caption, FALSE);
}

GString *mx_chart_csv(const struct mx_chart *chart)
{
    GString *csv = g_string_new("metric,curve,x,x_text,value,ci95,runs\n");
    for (guint c = 0; c < chart->curves->len; c++) {
        const struct mx_curve *curve = g_ptr_array_index(chart->curves, c);
        for (guint i = 0; i < curve->points->len; i++) {
            const struct mx_chart_point *p =
                &g_array_index(curve->points, struct mx_chart_point, i);
            const char *x_text = "";
            for (guint t = 0; t < chart->tics->len; t++)
                if (g_array_index(chart->tics, struct mx_tic, t).at == p->x)
                    x_text = g_array_index(chart->tics, struct mx_tic, t).text;
            mx_export_csv_text(csv, curve->metric);
            mx_export_csv_text(csv, curve->label);
            mx_export_csv_number(csv, p->x);
            mx_export_csv_text(csv, x_text);
            mx_export_csv_number(csv, p->y);
            mx_export_csv_number(csv, p->ci95);
            mx_export_csv_number(csv, (double)p->runs);
            g_string_append_c(csv, '\n');
        }
    }
    return csv;
}

static void json_member(GString *json, const char *name, const char *value)
{
    mx_export_json_string(json, name);
    g_string_append(json, ": ");
    mx_export_json_string(json, value);
}

static void json_scenarios(GString *json, const struct mx_chart *chart, struct mx_database *db)
{
    static const char *const names[] = {"name",    "title",   "sha256",   "revision",
                                        "version", "command", "overrides"};
    g_string_append(json, "  \"scenarios\": [");
    sqlite3_stmt *statement = query_used(chart, db, SCENARIOS, "ORDER BY scenario_id");
    for (int row = 0; statement && sqlite3_step(statement) == SQLITE_ROW; row++) {
        g_string_append(json, row ? ",\n    {" : "\n    {");
        for (int i = 0; i < (int)G_N_ELEMENTS(names); i++) {
            g_string_append(json, i ? ", " : "");
            json_member(json, names[i], text_of(statement, i));
        }
        g_string_append_c(json, '}');
    }
    sqlite3_finalize(statement);
    g_string_append(json, "\n  ],\n");
}

static void json_runs(GString *json, const struct mx_chart *chart, struct mx_database *db)
{
    g_string_append(json, "  \"runs\": [");
    sqlite3_stmt *statement = query_used(
        chart, db,
        "SELECT run_id, label, point, params_json, repetition, seed, fingerprint FROM run"
        " JOIN point USING (point_id) JOIN scenario USING (scenario_id) WHERE point_id IN",
        "ORDER BY scenario_id, point, repetition");
    for (int row = 0; statement && sqlite3_step(statement) == SQLITE_ROW; row++) {
        g_string_append_printf(json, "%s\n    {\"run_id\": %s, ", row ? "," : "",
                               text_of(statement, 0));
        json_member(json, "scenario", text_of(statement, 1));
        g_string_append_printf(json,
                               ", \"point\": %s, \"params\": %s, \"repetition\": %s, "
                               "\"seed\": \"%s\", ",
                               text_of(statement, 2), text_of(statement, 3), text_of(statement, 4),
                               text_of(statement, 5));
        json_member(json, "fingerprint", text_of(statement, 6));
        g_string_append_c(json, '}');
    }
    sqlite3_finalize(statement);
    g_string_append(json, "\n  ]\n");
}

GString *mx_chart_json(const struct mx_chart *chart, struct mx_database *db, unsigned formats,
                       const char *caption)
{
    const char *name = chart->figure->name;
    char *database = g_path_get_basename(mx_database_path(db));
    GString *json = g_string_new("{\n  ");
    json_member(json, "figure", name);
    g_string_append(json, ",\n  ");
    json_member(json, "question", chart->figure->question);
    g_string_append(json, ",\n  ");
    json_member(json, "caption", caption);
    g_string_append(json, ",\n  ");
    json_member(json, "database", database);
    g_string_append_printf(json, ",\n  \"draw\": \"relo plot %s %s\",\n", database, name);
    g_string_append_printf(json, "  \"files\": [\"%s.gp\", \"%s.csv\"", name, name);
    for (unsigned format = 1; format <= MX_FORMAT_RFC_SVG; format *= 2)
        if (formats & format)
            g_string_append_printf(json, ", \"%s.%s\"", name, mx_format_suffix(format));
    g_string_append(json, "],\n");
    json_scenarios(json, chart, db);
    json_runs(json, chart, db);
    g_string_append(json, "}\n");
    g_free(database);
    return json;
}
