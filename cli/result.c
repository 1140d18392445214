/* SPDX-License-Identifier: BSD-2-Clause */
/* The result table of `relo run`, and its JSON. */
#include "cli/result.h"

#include "cli/json.h"
#include "cli/table.h"
#include "metrics/student.h"
#include "metrics/warmup.h"
#include "sim/scenario/keys.h"

#include <math.h>
#include <string.h>

struct column {
    const char *heading;
    enum mx_metric metric;
    uint32_t permille; /* 0: the metric's value; otherwise this quantile */
    double scale;      /* from the metric's unit to the heading's */
};

static const struct column columns[] = {
    {"success", MX_LOOKUP_SUCCESS, 0, 1},
    {"correct", MX_LOOKUP_CORRECT, 0, 1},
    {"hops", MX_LOOKUP_HOPS, 0, 1},
    {"p50 ms", MX_LOOKUP_LATENCY, 500, 1e3},
    {"p95 ms", MX_LOOKUP_LATENCY, 950, 1e3},
    {"stored", MX_STORE_SUCCESS, 0, 1},
    {"fetched", MX_FETCH_SUCCESS, 0, 1},
    {"lost", MX_DATA_LOST, 0, 1},
    {"join s", MX_JOIN_LATENCY, 0, 1},
    {"B/s/peer", MX_TRAFFIC_BYTES, 0, 1},
    {"wrong succ", MX_RING_WRONG_SUCCESSOR, 0, 1},
};
#define N_COLUMNS G_N_ELEMENTS(columns)

bool cli_result_disturbed(const struct sim_scenario *scenario, size_t point)
{
    for (size_t i = 0; i < scenario->n_settings; i++) {
        const struct sim_setting *setting = &scenario->points[point].settings[i];
        if (strcmp(setting->key->section, "events") == 0 && !setting->is_default &&
            (g_str_has_suffix(setting->name, "-at") || g_str_has_suffix(setting->name, "-from")))
            return true;
    }
    return false;
}

static size_t run_index(const struct cli_result *r, size_t point, uint32_t repetition)
{
    return point * r->scenario->repetitions + repetition;
}

void cli_result_init(struct cli_result *result, const struct sim_scenario *scenario)
{
    size_t n_runs = scenario->n_points * scenario->repetitions;

    *result = (struct cli_result){0};
    result->scenario = scenario;
    result->cells = g_new(double, n_runs *N_COLUMNS);
    for (size_t i = 0; i < n_runs * N_COLUMNS; i++)
        result->cells[i] = NAN;
    result->runs = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_set_size(result->runs, (gint)n_runs);
}

void cli_result_fini(struct cli_result *result)
{
    g_free(result->cells);
    g_free(result->warning);
    g_ptr_array_free(result->runs, TRUE);
    *result = (struct cli_result){0};
}

static double column_value(const struct column *column, const struct mx_run *run)
{
    double value;

    if (!mx_run_value(run, column->metric, &value))
        return NAN;
    if (column->permille > 0)
        value =
            mx_metric_si(column->metric, (double)mx_hist_quantile(&run->values[column->metric].hist,
                                                                  column->permille));
    return value * column->scale;
}

static char *run_json(const struct sim_scenario *scenario, size_t point, uint32_t repetition,
                      const struct mx_run *run)
{
    GString *s = g_string_new(NULL);
    struct sim_params params = sim_scenario_params(scenario, point, repetition);

    g_string_printf(s,
                    "{\"point\":%zu,\"repetition\":%u,\"seed\":\"%" G_GUINT64_FORMAT
                    "\",\"fingerprint\":\"%016" G_GINT64_MODIFIER
                    "x\",\"wire_fingerprint\":\"%016" G_GINT64_MODIFIER "x\",\"wall_seconds\":",
                    point, repetition, params.seed, run->facts.fingerprint,
                    run->facts.wire_fingerprint);
    cli_json_number(s, (double)run->facts.wall_ns / 1e9);
    g_string_append_printf(s, ",\"events\":%" G_GINT64_FORMAT ",\"swept\":{", run->facts.events);
    for (size_t i = 0; i < scenario->n_swept; i++) {
        const struct sim_setting *setting = &scenario->points[point].settings[scenario->swept[i]];
        cli_json_name(s, setting->name);
        cli_json_string(s, setting->text);
    }
    g_string_append(s, "},");
    char *warning = cli_result_disturbed(scenario, point) ? NULL : mx_warmup_check(run);
    if (warning != NULL) {
        g_string_append(s, "\"warning\":");
        cli_json_string(s, warning);
        g_string_append_c(s, ',');
    }
    g_free(warning);
    g_string_append(s, "\"metrics\":{");
    for (int metric = 0; metric < MX_METRIC_COUNT; metric++) {
        double value;
        if (!mx_run_value(run, (enum mx_metric)metric, &value))
            continue;
        cli_json_name(s, mx_metrics[metric].name);
        cli_json_number(s, value);
    }
    g_string_append(s, "}}");
    return g_string_free(s, FALSE);
}

void cli_result_add(struct cli_result *result, size_t point, uint32_t repetition,
                    const struct mx_run *run)
{
    size_t index = run_index(result, point, repetition);

    for (size_t i = 0; i < N_COLUMNS; i++)
        result->cells[index * N_COLUMNS + i] = column_value(&columns[i], run);
    char *warning = cli_result_disturbed(result->scenario, point) ? NULL : mx_warmup_check(run);
    result->warned += warning != NULL;
    if (warning != NULL && result->warning == NULL)
        result->warning = g_steal_pointer(&warning);
    g_free(warning);
    g_free(g_ptr_array_index(result->runs, index));
    g_ptr_array_index(result->runs, index) = run_json(result->scenario, point, repetition, run);
}

struct spread {
    unsigned n;
    double mean, ci95;
};

static struct spread spread_of(const struct cli_result *result, size_t point, size_t column)
{
    struct spread spread = {0};
    double sum = 0, squares = 0;

    for (uint32_t i = 0; i < result->scenario->repetitions; i++) {
        double value = result->cells[run_index(result, point, i) * N_COLUMNS + column];
        if (!isfinite(value))
            continue;
        sum += value;
        spread.n++;
    }
    if (spread.n == 0)
        return spread;
    spread.mean = sum / spread.n;
    for (uint32_t i = 0; i < result->scenario->repetitions; i++) {
        double value = result->cells[run_index(result, point, i) * N_COLUMNS + column];
        if (isfinite(value))
            squares += (value - spread.mean) * (value - spread.mean);
    }
    if (spread.n > 1)
        spread.ci95 = mx_student_95(spread.n - 1) * sqrt(squares / (spread.n - 1) / spread.n);
    return spread;
}

static bool column_used(const struct cli_result *result, size_t column)
{
    for (size_t point = 0; point < result->scenario->n_points; point++) {
        if (spread_of(result, point, column).n > 0)
            return true;
    }
    return false;
}

static unsigned runs_of(const struct cli_result *result, size_t point)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < result->scenario->repetitions; i++)
        n += g_ptr_array_index(result->runs, run_index(result, point, i)) != NULL;
    return n;
}

static char *cell_text(struct spread spread)
{
    if (spread.n == 0)
        return g_strdup("-");
    char *mean = cli_table_format(spread.mean, 4);
    if (spread.n == 1)
        return mean;
    /* As many decimals as the mean has. */
    const char *point = strchr(mean, '.');
    int decimals = point != NULL ? (int)strlen(point) - 1 : 0;
    char *text = g_strdup_printf("%s ±%.*f", mean, decimals, spread.ci95);
    g_free(mean);
    return text;
}

static void add_heading(struct cli_table *table, const struct cli_result *result, const bool *used)
{
    const struct sim_scenario *scenario = result->scenario;

    for (size_t i = 0; i < scenario->n_swept; i++)
        cli_table_add(table, scenario->points[0].settings[scenario->swept[i]].key->name);
    cli_table_add(table, "runs");
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (used[i])
            cli_table_add(table, columns[i].heading);
    }
}

char *cli_result_table(const struct cli_result *result)
{
    const struct sim_scenario *scenario = result->scenario;
    bool used[N_COLUMNS];
    guint n = (guint)scenario->n_swept + 1;
    struct cli_table table;

    for (size_t i = 0; i < N_COLUMNS; i++) {
        used[i] = column_used(result, i);
        n += used[i];
    }
    cli_table_init(&table, n);
    add_heading(&table, result, used);
    for (size_t point = 0; point < scenario->n_points; point++) {
        for (size_t i = 0; i < scenario->n_swept; i++)
            cli_table_add(&table, scenario->points[point].settings[scenario->swept[i]].text);
        cli_table_take(&table, g_strdup_printf("%u", runs_of(result, point)));
        for (size_t i = 0; i < N_COLUMNS; i++) {
            if (used[i])
                cli_table_take(&table, cell_text(spread_of(result, point, i)));
        }
    }
    char *text = cli_table_text(&table);
    cli_table_fini(&table);
    return text;
}

char *cli_result_json(const struct cli_result *result, const char *database)
{
    GString *s = g_string_new("{\"scenario\":");

    cli_json_string(s, result->scenario->name);
    cli_json_name(s, "title");
    cli_json_string(s, result->scenario->title);
    cli_json_name(s, "database");
    cli_json_string(s, database);
    cli_json_name(s, "runs");
    g_string_append_c(s, '[');
    for (guint i = 0; i < result->runs->len; i++) {
        const char *run = g_ptr_array_index(result->runs, i);
        if (run == NULL)
            continue;
        cli_json_next(s);
        g_string_append(s, run);
    }
    g_string_append(s, "]}\n");
    return g_string_free(s, FALSE);
}
