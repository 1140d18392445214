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

/* A row is a curve, a column a place on the x axis, both in the order of the sweep. */
bool mx_query_matrix(struct mx_chart *chart, struct mx_database *db, char **error)
{
    static const char metric[] = "pair.direct";
    GArray *sources = mx_source_load(db, metric, NULL);
    for (guint i = 0; i < sources->len; i++) {
        const struct mx_source *s = &g_array_index(sources, struct mx_source, i);
        char *row = param_text(db, s->point_id, "pairs.a");
        char *column = param_text(db, s->point_id, "pairs.b");
        if (row && column) {
            struct mx_chart_point p = {column_of(chart, column), s->mean, s->ci95, NAN, NAN,
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
    chart->note = g_strdup("rows offer, columns answer; what is not direct needs a relay");
    return *error == NULL;
}
