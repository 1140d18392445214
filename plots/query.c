/* SPDX-License-Identifier: BSD-2-Clause */
/* From the results database to the curves of a chart. */
#include "plots/chart.h"
#include "plots/source.h"

#include <math.h>
#include <string.h>

enum { CDF_CURVES_MAX = 8, TIMELINE_CURVES_MAX = 4, BARS_MAX = 24 };

static void source_clear(gpointer item)
{
    struct mx_source *s = item;
    g_free(s->x_text);
    g_free(s->label);
}

sqlite3_stmt *mx_source_prepare(struct mx_database *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(mx_database_handle(db), sql, -1, &statement, NULL) != SQLITE_OK)
        g_error("plots/query.c: %s: %s", sql, sqlite3_errmsg(mx_database_handle(db)));
    return statement;
}

/* Without its section: "chord-reactive" of "overlay.chord-reactive". */
static const char *short_key(const char *key)
{
    const char *dot = strchr(key, '.');
    return dot ? dot + 1 : key;
}

/* "chord-reactive = true, mean-session = 600s", leaving out x_key (may be NULL). */
static char *swept_label(struct mx_database *db, int64_t point_id, const char *x_key,
                         const char *campaign)
{
    GString *label = g_string_new(campaign);
    sqlite3_stmt *statement =
        mx_source_prepare(db, "SELECT key, value FROM param WHERE swept AND run_id ="
                              " (SELECT min(run_id) FROM run WHERE point_id = ?) ORDER BY key");
    sqlite3_bind_int64(statement, 1, point_id);
    bool first = true;
    while (sqlite3_step(statement) == SQLITE_ROW) { /* mx_source_shorten() knows this form */
        const char *key = (const char *)sqlite3_column_text(statement, 0);
        if (x_key && strcmp(key, x_key) == 0)
            continue;
        g_string_append_printf(label, "%s%s = %s",
                               !first       ? ", "
                               : label->len ? ": "
                                            : "",
                               short_key(key), sqlite3_column_text(statement, 1));
        first = false;
    }
    sqlite3_finalize(statement);
    return g_string_free(label, FALSE);
}

static void find_x(struct mx_database *db, struct mx_source *s, const char *x_key)
{
    s->x = NAN;
    sqlite3_stmt *statement = mx_source_prepare(
        db, "SELECT number, value FROM param WHERE key = ? AND number IS NOT NULL AND run_id"
            " = (SELECT min(run_id) FROM run WHERE point_id = ?)");
    sqlite3_bind_text(statement, 1, x_key, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, s->point_id);
    if (sqlite3_step(statement) == SQLITE_ROW) {
        s->x = sqlite3_column_double(statement, 0);
        s->x_text = g_strdup((const char *)sqlite3_column_text(statement, 1));
    }
    sqlite3_finalize(statement);
}

static GArray *new_sources(void)
{
    GArray *sources = g_array_new(FALSE, TRUE, sizeof(struct mx_source));
    g_array_set_clear_func(sources, source_clear);
    return sources;
}

/* The point of a row that begins with point_id, number of runs, the campaign's label, and how many
   campaigns there are. x_key may be NULL. */
static struct mx_source read_source(struct mx_database *db, sqlite3_stmt *row, const char *x_key)
{
    struct mx_source s = {
        .point_id = sqlite3_column_int64(row, 0), .runs = sqlite3_column_int64(row, 1), .x = NAN};
    const char *campaign = (const char *)sqlite3_column_text(row, 2);
    bool several = sqlite3_column_int64(row, 3) > 1;
    s.label = swept_label(db, s.point_id, x_key, several ? campaign : "");
    return s;
}

/* Every point that has the metric, in the order of campaigns and sweeps. x_key may be NULL. Without
   churn a session time means nothing, so those points have no x. */
GArray *mx_source_load(struct mx_database *db, const char *metric, const char *x_key)
{
    GArray *sources = new_sources();
    sqlite3_stmt *statement = mx_source_prepare(
        db, "SELECT p.point_id, v.runs, s.label, (SELECT count(*) FROM scenario), v.mean, v.ci95,"
            " EXISTS (SELECT 1 FROM param JOIN run USING (run_id)"
            "   WHERE point_id = p.point_id AND key = 'churn.model' AND value = 'none')"
            " FROM v_point v JOIN scenario s ON s.label = v.scenario"
            " JOIN point p ON p.scenario_id = s.scenario_id AND p.point = v.point"
            " WHERE v.metric = ? ORDER BY s.scenario_id, p.point");
    sqlite3_bind_text(statement, 1, metric, -1, SQLITE_STATIC);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        struct mx_source s = read_source(db, statement, x_key);
        bool has_ci = sqlite3_column_type(statement, 5) != SQLITE_NULL;
        bool without_churn = sqlite3_column_int(statement, 6) != 0;
        s.mean = sqlite3_column_double(statement, 4);
        s.ci95 = has_ci ? sqlite3_column_double(statement, 5) : NAN;
        if (x_key && !(without_churn && g_str_has_prefix(x_key, "churn.")))
            find_x(db, &s, x_key);
        g_array_append_val(sources, s);
    }
    sqlite3_finalize(statement);
    return sources;
}

static gint compare_points(gconstpointer a, gconstpointer b)
{
    const struct mx_chart_point *p = a, *q = b;
    return p->x < q->x ? -1 : p->x > q->x;
}

static gint compare_tics(gconstpointer a, gconstpointer b)
{
    const struct mx_tic *p = a, *q = b;
    return p->at < q->at ? -1 : p->at > q->at;
}

static void add_tic(struct mx_chart *chart, double at, const char *text)
{
    for (guint i = 0; i < chart->tics->len; i++)
        if (g_array_index(chart->tics, struct mx_tic, i).at == at)
            return;
    struct mx_tic tic = {at, g_strdup(text)};
    g_array_append_val(chart->tics, tic);
    g_array_sort(chart->tics, compare_tics);
}

/* The curve with this label, made where there is none. */
struct mx_curve *mx_source_curve(struct mx_chart *chart, const char *label, const char *metric)
{
    for (guint i = 0; i < chart->curves->len; i++) {
        struct mx_curve *curve = g_ptr_array_index(chart->curves, i);
        if (strcmp(curve->label, label) == 0 && curve->metric == metric)
            return curve;
    }
    return mx_chart_add_curve(chart, g_strdup(label), metric);
}

/* "600s" reads "10 min", "3600s" "1 h"; anything else reads as it is. */
static char *readable(const char *text, double number)
{
    char *end;
    double seconds = g_ascii_strtod(text, &end);
    if (strcmp(end, "s") != 0 || seconds != number || number < 60 || fmod(number, 60) != 0)
        return g_strdup(text);
    if (fmod(number, 3600) == 0)
        return g_strdup_printf("%g h", number / 3600);
    return g_strdup_printf("%g min", number / 60);
}

void mx_source_shorten(struct mx_chart *chart, gsize longest_allowed)
{
    gsize longest = 0;
    for (guint i = 0; i < chart->curves->len; i++)
        longest =
            MAX(longest, strlen(((struct mx_curve *)g_ptr_array_index(chart->curves, i))->label));
    for (guint i = 0; i < chart->curves->len && longest > longest_allowed; i++) {
        struct mx_curve *curve = g_ptr_array_index(chart->curves, i);
        GString *keys = g_string_new(NULL), *values = g_string_new(NULL);
        char **pairs = g_strsplit(curve->label, ", ", -1);
        for (char **pair = pairs; *pair; pair++) {
            char *value = strstr(*pair, " = ");
            g_string_append_printf(values, "%s%s", pair == pairs ? "" : ", ",
                                   value ? value + 3 : *pair);
            if (value)
                *value = '\0';
            if (value)
                g_string_append_printf(keys, "%s%s", keys->len ? ", " : "", *pair);
        }
        g_strfreev(pairs);
        g_free(curve->label);
        curve->label = g_string_free(values, FALSE);
        g_free(chart->legend);
        chart->legend = g_string_free(keys, FALSE);
    }
}

bool mx_query_against(struct mx_chart *chart, struct mx_database *db, const char *metric,
                      const char *x_key, bool linear, bool asked, char **error)
{
    GArray *sources = mx_source_load(db, metric, x_key);
    double lowest = INFINITY;
    for (guint i = 0; i < sources->len; i++) {
        const struct mx_source *s = &g_array_index(sources, struct mx_source, i);
        if (!(linear ? s->x >= 0 : s->x > 0)) /* or the axis is logarithmic */
            continue;
        struct mx_chart_point p = {s->x, s->mean, s->ci95, NAN, NAN, s->runs};
        struct mx_curve *curve = mx_source_curve(chart, *s->label ? s->label : "measured", metric);
        g_array_append_val(curve->points, p);
        g_array_sort(curve->points, compare_points);
        char *tic = readable(s->x_text, s->x);
        add_tic(chart, s->x, tic);
        g_free(tic);
        mx_chart_use(chart, s->point_id, s->runs);
        lowest = MIN(lowest, s->mean - (isnan(s->ci95) ? 0 : s->ci95));
    }
    bool any = sources->len > 0;
    g_array_unref(sources);
    mx_source_shorten(chart, MX_LABEL_MAX);
    /* A little room below the lowest bar, in steps that read well. */
    chart->y_low = isfinite(lowest) ? CLAMP(floor(lowest * 20 - 0.2) / 20, 0, 0.95) : 0;
    if (chart->runs_max > 1)
        chart->note = g_strdup("bars are 95 % confidence intervals over the runs (Student t)");
    if (!any)
        *error = g_strdup_printf("no run in %s measured %s", mx_database_path(db), metric);
    else if (chart->curves->len == 0)
        *error = g_strdup_printf("no run in %s measured %s at a %s", mx_database_path(db), metric,
                                 x_key);
    else if (chart->tics->len < 2 && !asked)
        *error = g_strdup_printf("all runs in %s have the same %s: give it several values in the "
                                 "scenario, as in \"%s = %s; ...\"",
                                 mx_database_path(db), x_key, short_key(x_key),
                                 g_array_index(chart->tics, struct mx_tic, 0).text);
    return *error == NULL;
}

/* Up to `max` sources, evenly spaced over all of them. */
GArray *mx_source_choose(struct mx_chart *chart, GArray *sources, guint max)
{
    GArray *chosen = g_array_new(FALSE, FALSE, sizeof(guint));
    guint n = MIN(max, sources->len);
    chart->points_left_out = sources->len - n;
    for (guint i = 0; i < n; i++) {
        guint at = n > 1 ? i * (sources->len - 1) / (n - 1) : 0;
        g_array_append_val(chosen, at);
    }
    return chosen;
}

char *mx_source_label(const struct mx_source *s, const char *otherwise)
{
    return g_strdup(*s->label ? s->label : otherwise);
}

static void fill_cdf(struct mx_database *db, struct mx_curve *curve, const struct mx_source *s)
{
    sqlite3_stmt *statement = mx_source_prepare(
        db, "SELECT high, sum(h.n), sum(sum(h.n)) OVER (), min(low) FROM histogram h"
            " JOIN run USING (run_id) JOIN metric USING (metric_id)"
            " WHERE point_id = ? AND name = ? GROUP BY high ORDER BY high");
    sqlite3_bind_int64(statement, 1, s->point_id);
    sqlite3_bind_text(statement, 2, curve->metric, -1, SQLITE_STATIC);
    int64_t below = 0;
    while (sqlite3_step(statement) == SQLITE_ROW) {
        double high = sqlite3_column_double(statement, 0);
        if (below == 0) {
            struct mx_chart_point p = {
                sqlite3_column_double(statement, 3), 0, NAN, NAN, NAN, s->runs};
            g_array_append_val(curve->points, p);
        }
        below += sqlite3_column_int64(statement, 1);
        double share = (double)below / (double)sqlite3_column_int64(statement, 2);
        struct mx_chart_point p = {high, share, NAN, NAN, NAN, s->runs};
        g_array_append_val(curve->points, p);
    }
    sqlite3_finalize(statement);
}

bool mx_query_cdf(struct mx_chart *chart, struct mx_database *db, const char *metric,
                  const char *note, char **error)
{
    GArray *sources = mx_source_load(db, metric, NULL);
    GArray *chosen = mx_source_choose(chart, sources, CDF_CURVES_MAX);
    for (guint i = 0; i < chosen->len; i++) {
        guint at = g_array_index(chosen, guint, i);
        const struct mx_source *s = &g_array_index(sources, struct mx_source, at);
        fill_cdf(db, mx_chart_add_curve(chart, mx_source_label(s, "measured"), metric), s);
        mx_chart_use(chart, s->point_id, s->runs);
    }
    mx_source_shorten(chart, MX_LABEL_MAX);
    chart->note = g_strdup_printf("samples of all runs of a point together, %s", note);
    if (sources->len == 0)
        *error = g_strdup_printf("no run in %s measured %s", mx_database_path(db), metric);
    g_array_unref(chosen);
    g_array_unref(sources);
    return *error == NULL;
}

/* Below the bars: the values of the swept parameters, whose keys stand in the axis label. */
static void label_bars(struct mx_chart *chart, struct mx_database *db, const GArray *sources)
{
    GString *keys = g_string_new(NULL);
    sqlite3_stmt *statement =
        mx_source_prepare(db, "SELECT DISTINCT key FROM param WHERE swept ORDER BY key");
    while (sqlite3_step(statement) == SQLITE_ROW)
        g_string_append_printf(keys, "%s%s", keys->len ? ", " : "",
                               short_key((const char *)sqlite3_column_text(statement, 0)));
    sqlite3_finalize(statement);
    for (guint i = 0; i < sources->len; i++) {
        const struct mx_source *s = &g_array_index(sources, struct mx_source, i);
        GString *values = g_string_new(NULL);
        statement =
            mx_source_prepare(db, "SELECT value FROM param WHERE swept AND run_id ="
                                  " (SELECT min(run_id) FROM run WHERE point_id = ?) ORDER BY key");
        sqlite3_bind_int64(statement, 1, s->point_id);
        while (sqlite3_step(statement) == SQLITE_ROW)
            g_string_append_printf(values, "%s%s", values->len ? ", " : "",
                                   sqlite3_column_text(statement, 0));
        sqlite3_finalize(statement);
        add_tic(chart, i + 1, values->str);
        g_string_free(values, TRUE);
    }
    chart->x_label = g_string_free(keys, FALSE);
}

bool mx_query_traffic(struct mx_chart *chart, struct mx_database *db, char **error)
{
    double stack[BARS_MAX] = {0};
    GArray *totals = mx_source_load(db, "traffic.bytes", NULL);
    if (totals->len > BARS_MAX) {
        chart->points_left_out = totals->len - BARS_MAX;
        g_array_set_size(totals, BARS_MAX);
    }
    for (int class = 0; class < MX_CLASS_COUNT; class ++) {
        const char *metric = mx_metrics[MX_TRAFFIC_BYTES_MAINTENANCE + class].name;
        GArray *sources = mx_source_load(db, metric, NULL);
        double sum = 0;
        struct mx_curve *curve =
            sources->len ? mx_chart_add_curve(chart, g_strdup(strrchr(metric, '.') + 1), metric)
                         : NULL;
        for (guint i = 0; i < sources->len; i++) {
            const struct mx_source *s = &g_array_index(sources, struct mx_source, i);
            guint bar = 0;
            while (bar < totals->len &&
                   g_array_index(totals, struct mx_source, bar).point_id != s->point_id)
                bar++;
            if (bar == totals->len)
                continue;
            struct mx_chart_point p = {bar + 1, s->mean, s->ci95, stack[bar], stack[bar] + s->mean,
                                       s->runs};
            g_array_append_val(curve->points, p);
            stack[bar] += s->mean;
            sum += s->mean;
        }
        if (curve && sum == 0) /* a class that sends nothing needs no fill */
            g_ptr_array_remove(chart->curves, curve);
        g_array_unref(sources);
    }
    struct mx_curve *total = mx_chart_add_curve(chart, g_strdup("total"), "traffic.bytes");
    for (guint i = 0; i < totals->len; i++) {
        const struct mx_source *s = &g_array_index(totals, struct mx_source, i);
        struct mx_chart_point p = {i + 1, s->mean, s->ci95, NAN, NAN, s->runs};
        g_array_append_val(total->points, p);
        mx_chart_use(chart, s->point_id, s->runs);
    }
    label_bars(chart, db, totals);
    chart->note =
        g_strdup("UDP/IP headers and retransmissions included; bars on the totals are 95 % "
                 "confidence intervals");
    if (totals->len == 0)
        *error = g_strdup_printf("no run in %s measured traffic.bytes", mx_database_path(db));
    g_array_unref(totals);
    return *error == NULL;
}

/* The points that have a series of the metric. */
static GArray *series_sources(struct mx_database *db, const char *metric)
{
    GArray *sources = new_sources();
    sqlite3_stmt *statement = mx_source_prepare(
        db, "SELECT point_id, count(DISTINCT run_id), label, (SELECT count(*) FROM scenario)"
            " FROM run JOIN point USING (point_id) JOIN scenario USING (scenario_id)"
            " WHERE EXISTS (SELECT 1 FROM series JOIN metric USING (metric_id)"
            "   WHERE series.run_id = run.run_id AND metric.name = ?)"
            " GROUP BY point_id ORDER BY scenario_id, point");
    sqlite3_bind_text(statement, 1, metric, -1, SQLITE_STATIC);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        struct mx_source s = read_source(db, statement, NULL);
        g_array_append_val(sources, s);
    }
    sqlite3_finalize(statement);
    return sources;
}

static void fill_series(struct mx_database *db, struct mx_curve *curve, const struct mx_source *s)
{
    sqlite3_stmt *statement = mx_source_prepare(
        db, "SELECT t_ns / 60e9, avg(value), count(*) FROM series JOIN run USING (run_id)"
            " JOIN metric USING (metric_id) WHERE point_id = ? AND name = ? GROUP BY t_ns ORDER BY"
            " t_ns");
    sqlite3_bind_int64(statement, 1, s->point_id);
    sqlite3_bind_text(statement, 2, curve->metric, -1, SQLITE_STATIC);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        struct mx_chart_point p = {
            sqlite3_column_double(statement, 0), sqlite3_column_double(statement, 1), NAN, NAN, NAN,
            sqlite3_column_int64(statement, 2)};
        g_array_append_val(curve->points, p);
    }
    sqlite3_finalize(statement);
}

/* What the scenario lets happen during the measurement: a mark each; their names as the end of a
   sentence. Owned. */
static char *add_marks(struct mx_chart *chart, struct mx_database *db)
{
    GString *names = g_string_new(NULL);
    sqlite3_stmt *statement = mx_source_prepare(
        db, "SELECT DISTINCT number / 60.0, substr(key, 8) FROM param WHERE key IN"
            " ('events.mass-failure-at', 'events.flash-crowd-at', 'events.partition-from',"
            "  'events.partition-to') AND number > 0 ORDER BY 1");
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 1);
        gsize n = g_str_has_suffix(name, "-at") ? strlen(name) - 3 : strlen(name);
        struct mx_tic mark = {sqlite3_column_double(statement, 0), g_strndup(name, n)};
        g_array_append_val(chart->marks, mark);
        g_string_append_printf(names, "%s%s at %g min",
                               names->len ? ", " : "; upright lines: ", mark.text, mark.at);
    }
    sqlite3_finalize(statement);
    return g_string_free(names, FALSE);
}

struct over_time {
    const char *metric, *label;
};

/* A panel for each metric that has a time series. */
static void add_timeline(struct mx_chart *chart, struct mx_database *db,
                         const struct over_time *panels, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *metric = panels[i].metric;
        GArray *sources = series_sources(db, metric);
        GArray *chosen = mx_source_choose(chart, sources, TIMELINE_CURVES_MAX);
        struct mx_panel panel = {panels[i].label, chart->curves->len, chosen->len};
        for (guint c = 0; c < chosen->len; c++) {
            guint at = g_array_index(chosen, guint, c);
            const struct mx_source *s = &g_array_index(sources, struct mx_source, at);
            fill_series(db, mx_chart_add_curve(chart, mx_source_label(s, "measured"), metric), s);
            mx_chart_use(chart, s->point_id, s->runs);
        }
        if (chosen->len > 0)
            g_array_append_val(chart->panels, panel);
        g_array_unref(chosen);
        g_array_unref(sources);
    }
    mx_source_shorten(chart, MX_LABEL_MAX);
    char *marks = add_marks(chart, db);
    chart->note = g_strconcat("means over the runs; time counts from the start of the measurement",
                              marks, NULL);
    g_free(marks);
}

bool mx_query_timeline(struct mx_chart *chart, struct mx_database *db, char **error)
{
    static const struct over_time panels[] = {
        {"alive.peers", "peers alive"},
        {"ring.wrong_successor", "wrong successor"},
        {"lookup.success", "lookup success"},
    };
    add_timeline(chart, db, panels, G_N_ELEMENTS(panels));
    if (chart->panels->len == 0)
        *error =
            g_strdup_printf("no run in %s has a time series of alive.peers, ring.wrong_successor "
                            "or lookup.success",
                            mx_database_path(db));
    return *error == NULL;
}

bool mx_query_nat_churn(struct mx_chart *chart, struct mx_database *db, char **error)
{
    static const struct over_time panels[] = {
        {"lookup.success", "lookup success"},
        {"join.latency", "join time (s)"},
        {"load.relayed", "B/s per server"},
    };
    GArray *relays = series_sources(db, "load.relayed");
    if (relays->len == 0)
        *error = g_strdup_printf("no run in %s has a time series of load.relayed; see "
                                 "scenarios/nat-churn.ini",
                                 mx_database_path(db));
    else
        add_timeline(chart, db, panels, G_N_ELEMENTS(panels));
    g_array_unref(relays);
    return *error == NULL;
}
