/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes one run into the results database, in one transaction. */
#include "metrics/database_private.h"
#include "metrics/export.h"
#include "metrics/warmup.h"

#include "core/base/check.h"

#include <string.h>

/* Stored histograms are coarser than those in memory: 2^6 buckets in a power of two. */
enum { COARSE_BITS = 6 };

/* A statement being filled; stays failed after the first error. */
struct writer {
    struct mx_database *db;
    sqlite3_stmt *statement;
    int column;
    bool failed;
};

static void begin(struct writer *w, const char *sql)
{
    w->column = 0;
    w->statement = NULL;
    if (!w->failed)
        w->failed = sqlite3_prepare_v2(w->db->sqlite, sql, -1, &w->statement, NULL) != SQLITE_OK;
}

static void put_text(struct writer *w, const char *text)
{
    if (!w->failed)
        w->failed =
            sqlite3_bind_text(w->statement, ++w->column, text, -1, SQLITE_TRANSIENT) != SQLITE_OK;
}

static void put_integer(struct writer *w, int64_t value)
{
    if (!w->failed)
        w->failed = sqlite3_bind_int64(w->statement, ++w->column, value) != SQLITE_OK;
}

static void put_real(struct writer *w, double value)
{
    if (!w->failed)
        w->failed = sqlite3_bind_double(w->statement, ++w->column, value) != SQLITE_OK;
}

static void put_null(struct writer *w)
{
    if (!w->failed)
        w->failed = sqlite3_bind_null(w->statement, ++w->column) != SQLITE_OK;
}

/* Runs the statement once and makes it ready for other values. */
static void step(struct writer *w)
{
    if (!w->failed)
        w->failed =
            sqlite3_step(w->statement) != SQLITE_DONE || sqlite3_reset(w->statement) != SQLITE_OK;
    w->column = 0;
}

static void end(struct writer *w)
{
    sqlite3_finalize(w->statement); /* repeats the error of the last step, if any */
    w->statement = NULL;
}

/* Runs a query that gives one integer; `otherwise` where it gives no row. */
static int64_t ask(struct writer *w, int64_t otherwise)
{
    int64_t value = otherwise;
    if (!w->failed) {
        int result = sqlite3_step(w->statement);
        if (result == SQLITE_ROW)
            value = sqlite3_column_int64(w->statement, 0);
        else
            w->failed = result != SQLITE_DONE;
    }
    end(w);
    return value;
}

char *mx_database_scenario_hash(const char *text, const char *overrides)
{
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, (const guchar *)text, (gssize)strlen(text) + 1);
    g_checksum_update(checksum, (const guchar *)overrides, (gssize)strlen(overrides));
    char *hash = g_strdup(g_checksum_get_string(checksum));
    g_checksum_free(checksum);
    return hash;
}

static int64_t find_scenario(struct writer *w, const struct mx_run_info *info, const char *hash)
{
    begin(w, "SELECT scenario_id FROM scenario WHERE name = ? AND hash = ? AND revision = ?");
    put_text(w, info->scenario);
    put_text(w, hash);
    put_text(w, info->revision);
    return ask(w, -1);
}

/* "name", or where that is another campaign's, "name#2", "name#3", ... */
static char *free_label(struct writer *w, const char *name)
{
    begin(w, "SELECT count(*) FROM scenario WHERE name = ?");
    put_text(w, name);
    int64_t others = ask(w, 0);
    return others == 0 ? g_strdup(name)
                       : g_strdup_printf("%s#%" G_GINT64_FORMAT, name, (gint64)others + 1);
}

static int64_t store_scenario(struct writer *w, const struct mx_run_info *info)
{
    char *hash = mx_database_scenario_hash(info->text, info->overrides);
    int64_t id = find_scenario(w, info, hash);
    if (id < 0 && !w->failed) {
        char *label = free_label(w, info->scenario);
        begin(w,
              "INSERT INTO scenario (label, name, title, text, overrides, hash, command, version,"
              " revision, points, repetitions) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 1)");
        const char *const columns[] = {label,         info->scenario,  info->title,
                                       info->text,    info->overrides, hash,
                                       info->command, info->version,   info->revision};
        for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
            put_text(w, columns[i]);
        step(w);
        end(w);
        id = sqlite3_last_insert_rowid(w->db->sqlite);
        g_free(label);
    }
    g_free(hash);
    begin(w, "UPDATE scenario SET points = max(points, ?1), repetitions = max(repetitions, ?2),"
             " command = CASE WHEN ?2 >= repetitions THEN ?3 ELSE command END"
             " WHERE scenario_id = ?4");
    put_integer(w, MAX(info->points, info->point + 1));
    put_integer(w, MAX(info->repetitions, info->repetition + 1));
    put_text(w, info->command);
    put_integer(w, id);
    step(w);
    end(w);
    return id;
}

static int compare_params(const void *a, const void *b)
{
    return strcmp((*(const struct mx_param *const *)a)->key,
                  (*(const struct mx_param *const *)b)->key);
}

/* The swept parameters, keys ascending. Numbers without unit and booleans stay what they are. */
static char *params_json(const struct mx_param *params, size_t n)
{
    GPtrArray *swept = g_ptr_array_new();
    for (size_t i = 0; i < n; i++)
        if (params[i].swept)
            g_ptr_array_add(swept, (gpointer)(uintptr_t)&params[i]);
    g_ptr_array_sort(swept, compare_params);
    GString *json = g_string_new("{");
    for (guint i = 0; i < swept->len; i++) {
        const struct mx_param *p = g_ptr_array_index(swept, i);
        g_string_append(json, i ? "," : "");
        mx_export_json_string(json, p->key);
        g_string_append_c(json, ':');
        mx_export_json_value(json, p->value);
    }
    g_string_append_c(json, '}');
    g_ptr_array_unref(swept);
    return g_string_free(json, FALSE);
}

static int64_t store_point(struct writer *w, int64_t scenario, const struct mx_run_info *info,
                           const struct mx_param *params, size_t n_params)
{
    char *json = params_json(params, n_params);
    begin(w, "INSERT INTO point (scenario_id, point, params_json) VALUES (?, ?, ?)"
             " ON CONFLICT (scenario_id, point) DO UPDATE SET params_json = excluded.params_json"
             " RETURNING point_id");
    put_integer(w, scenario);
    put_integer(w, info->point);
    put_text(w, json);
    int64_t id = ask(w, -1);
    g_free(json);
    return id;
}

static void put_hex(struct writer *w, uint64_t value)
{
    char text[17];
    g_snprintf(text, sizeof text, "%016" G_GINT64_MODIFIER "x", (guint64)value);
    put_text(w, text);
}

static void put_started(struct writer *w, int64_t unix_ns)
{
    GDateTime *time = g_date_time_new_from_unix_utc(unix_ns / 1000000000);
    char *text = time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : g_strdup("");
    put_text(w, text);
    g_free(text);
    if (time)
        g_date_time_unref(time);
}

static int64_t store_facts(struct writer *w, int64_t point, const struct mx_run_info *info,
                           const struct mx_facts *f)
{
    begin(w, "DELETE FROM run WHERE point_id = ? AND repetition = ?");
    put_integer(w, point);
    put_integer(w, info->repetition);
    step(w);
    end(w);
    begin(w, "INSERT INTO run (point_id, repetition, seed, fingerprint, wire_fingerprint, peers,"
             " sim_ns, wall_ns, cpu_ns, peak_rss_kib, events, datagrams, frames_data, frames_ack,"
             " host, started) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    put_integer(w, point);
    put_integer(w, info->repetition);
    char seed[24];
    g_snprintf(seed, sizeof seed, "%" G_GUINT64_FORMAT, (guint64)info->seed);
    put_text(w, seed);
    put_hex(w, f->fingerprint);
    put_hex(w, f->wire_fingerprint);
    const int64_t numbers[] = {f->peers,     f->sim_ns,       f->wall_ns,
                               f->cpu_ns,    f->peak_rss_kib, f->events,
                               f->datagrams, f->frames_data,  f->frames_ack};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        put_integer(w, numbers[i]);
    put_text(w, f->host);
    put_started(w, f->start_unix_ns);
    step(w);
    end(w);
    return sqlite3_last_insert_rowid(w->db->sqlite);
}

static void store_params(struct writer *w, int64_t run, const struct mx_param *params, size_t n)
{
    begin(w, "INSERT INTO param (run_id, key, value, number, swept) VALUES (?, ?, ?, ?, ?)");
    for (size_t i = 0; i < n; i++) {
        put_integer(w, run);
        put_text(w, params[i].key);
        put_text(w, params[i].value);
        if (params[i].numeric)
            put_real(w, params[i].number);
        else
            put_null(w);
        put_integer(w, params[i].swept);
        step(w);
    }
    end(w);
}

static int64_t store_metric(struct writer *w, const char *name, const char *unit)
{
    begin(w, "INSERT INTO metric (name, unit) VALUES (?, ?)"
             " ON CONFLICT (name) DO UPDATE SET unit = excluded.unit RETURNING metric_id");
    put_text(w, name);
    put_text(w, unit);
    return ask(w, -1);
}

static void begin_value(struct writer *w, int64_t run, int64_t metric)
{
    begin(w, "INSERT INTO value (run_id, metric_id, n, mean, sd, min, p05, p25, p50, p75, p95, p99,"
             " max, numerator, denominator) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    put_integer(w, run);
    put_integer(w, metric);
}

static void store_distribution(struct writer *w, int64_t run, int64_t id, enum mx_metric metric,
                               const struct mx_hist *h)
{
    static const uint32_t permilles[] = {0, 50, 250, 500, 750, 950, 990, 1000};
    begin_value(w, run, id);
    put_integer(w, (int64_t)h->n);
    put_real(w, mx_metric_si(metric, mx_hist_mean(h)));
    if (h->n > 1)
        put_real(w, mx_metric_si(metric, mx_hist_sd(h)));
    else
        put_null(w);
    for (size_t i = 0; i < G_N_ELEMENTS(permilles); i++)
        put_real(w, mx_metric_si(metric, (double)mx_hist_quantile(h, permilles[i])));
    step(w);
    end(w);
}

static void store_scalar(struct writer *w, int64_t run, int64_t id, double value)
{
    begin_value(w, run, id);
    put_integer(w, 1);
    put_real(w, value);
    put_null(w);
    for (int i = 0; i < 8; i++)
        put_real(w, value);
    step(w);
    end(w);
}

static void store_ratio(struct writer *w, int64_t run, int64_t id, double value,
                        const struct mx_value *v)
{
    store_scalar(w, run, id, value);
    begin(w, "UPDATE value SET numerator = ?, denominator = ? WHERE run_id = ? AND metric_id = ?");
    put_real(w, (double)v->numerator);
    put_real(w, (double)v->denominator);
    put_integer(w, run);
    put_integer(w, id);
    step(w);
    end(w);
}

/* The ends of the coarse bucket that holds a fine one. Fine buckets never straddle coarse ones;
   those of negative values, which no metric has, stay fine. */
static void coarse_bucket(int32_t index, int64_t *low, int64_t *high)
{
    *low = mx_hist_bucket_low(index);
    *high = mx_hist_bucket_high(index);
    if (*low >> (COARSE_BITS + 1) <= 0)
        return;
    int shift = 63 - __builtin_clzll((uint64_t)*low) - COARSE_BITS;
    int64_t mask = (INT64_C(1) << shift) - 1;
    *low &= ~mask;
    *high |= mask;
}

static void store_histogram(struct writer *w, int64_t run, int64_t id, enum mx_metric metric,
                            const struct mx_hist *h)
{
    begin(w, "INSERT INTO histogram (run_id, metric_id, low, high, n) VALUES (?, ?, ?, ?, ?)");
    uint32_t i = 0;
    while (i < h->used && !w->failed) {
        int64_t low, high, next_low, next_high;
        uint64_t n = 0;
        coarse_bucket(h->buckets[i].index, &low, &high);
        do {
            n += h->buckets[i++].n;
            if (i < h->used)
                coarse_bucket(h->buckets[i].index, &next_low, &next_high);
        } while (i < h->used && next_low == low);
        put_integer(w, run);
        put_integer(w, id);
        put_real(w, mx_metric_si(metric, (double)MAX(low, h->min)));
        put_real(w, mx_metric_si(metric, (double)MIN(high, h->max)));
        put_integer(w, (int64_t)n);
        step(w);
    }
    end(w);
}

static void store_series(struct writer *w, int64_t run, int64_t id, enum mx_metric metric,
                         const GArray *series)
{
    begin(w, "INSERT INTO series (run_id, metric_id, t_ns, value) VALUES (?, ?, ?, ?)");
    for (guint i = 0; i < series->len && !w->failed; i++) {
        const struct mx_sample *s = &g_array_index(series, struct mx_sample, i);
        double value = (double)s->numerator;
        if (s->denominator != 0)
            value /= (double)s->denominator;
        put_integer(w, run);
        put_integer(w, id);
        put_integer(w, s->t_ns);
        put_real(w, mx_metric_si(metric, value));
        step(w);
    }
    end(w);
}

static void store_value(struct writer *w, int64_t run_id, enum mx_metric metric,
                        const struct mx_run *run)
{
    const struct mx_value *v = &run->values[metric];
    double value;
    bool has_value = mx_run_value(run, metric, &value);
    if (!has_value && !v->series)
        return;
    int64_t id = store_metric(w, mx_metrics[metric].name, mx_metrics[metric].unit);
    if (has_value) {
        switch (mx_metrics[metric].kind) {
        case MX_DISTRIBUTION:
            store_distribution(w, run_id, id, metric, &v->hist);
            store_histogram(w, run_id, id, metric, &v->hist);
            break;
        case MX_RATIO:
            store_ratio(w, run_id, id, value, v);
            break;
        case MX_COUNT:
            store_scalar(w, run_id, id, value);
            break;
        }
    }
    if (v->series)
        store_series(w, run_id, id, metric, v->series);
}

static void store_warnings(struct writer *w, int64_t run_id, const struct mx_run *run)
{
    char *sentence = mx_warmup_check(run);
    if (!sentence)
        return;
    begin(w, "INSERT INTO warning (run_id, subject, sentence) VALUES (?, 'warm-up', ?)");
    put_integer(w, run_id);
    put_text(w, sentence);
    step(w);
    end(w);
    g_free(sentence);
}

static void store_all(struct writer *w, const struct mx_run_info *info,
                      const struct mx_param *params, size_t n_params, const struct mx_run *run)
{
    int64_t scenario = store_scenario(w, info);
    int64_t point = store_point(w, scenario, info, params, n_params);
    int64_t run_id = store_facts(w, point, info, &run->facts);
    store_params(w, run_id, params, n_params);
    for (int i = 0; i < MX_METRIC_COUNT && !w->failed; i++)
        store_value(w, run_id, (enum mx_metric)i, run);
    for (guint i = 0; i < run->counters->len && !w->failed; i++) {
        const struct mx_counter *c = &g_array_index(run->counters, struct mx_counter, i);
        store_scalar(w, run_id, store_metric(w, c->name, "1"), (double)c->n);
    }
    if (!info->disturbed)
        store_warnings(w, run_id, run);
}

bool mx_database_store(struct mx_database *db, const struct mx_run_info *info,
                       const struct mx_param *params, size_t n_params, const struct mx_run *run,
                       char **error)
{
    RELO_CHECK(db->mode == MX_DATABASE_WRITE);
    struct writer w = {.db = db};
    *error = NULL;
    if (mx_database_exec(db, "BEGIN IMMEDIATE")) {
        store_all(&w, info, params, n_params, run);
        if (!w.failed && mx_database_exec(db, "COMMIT"))
            return true;
    }
    *error = g_strdup_printf("cannot store run %s, point %" G_GINT64_FORMAT
                             ", repetition %" G_GINT64_FORMAT " in %s: %s; the runs stored before "
                             "are intact",
                             info->scenario, (gint64)info->point, (gint64)info->repetition,
                             db->path, sqlite3_errmsg(db->sqlite));
    if (!sqlite3_get_autocommit(db->sqlite))
        mx_database_exec(db, "ROLLBACK");
    return false;
}

bool mx_database_has_run(struct mx_database *db, const struct mx_run_info *info)
{
    struct writer w = {.db = db};
    char *hash = mx_database_scenario_hash(info->text, info->overrides);
    char seed[24];
    g_snprintf(seed, sizeof seed, "%" G_GUINT64_FORMAT, (guint64)info->seed);
    int64_t scenario = find_scenario(&w, info, hash);
    g_free(hash);
    begin(&w, "SELECT 1 FROM run JOIN point USING (point_id) WHERE scenario_id = ? AND point = ?"
              " AND repetition = ? AND seed = ?");
    put_integer(&w, scenario);
    put_integer(&w, info->point);
    put_integer(&w, info->repetition);
    put_text(&w, seed);
    return ask(&w, 0) == 1;
}
