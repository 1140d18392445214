/* SPDX-License-Identifier: BSD-2-Clause */
/* What a results database holds, for people and for programs. */
#include "cli/ran.h"

#include "cli/json.h"
#include "cli/options.h"
#include "cli/table.h"
#include "metrics/database.h"
#include "sim/scenario/scenario.h"

#include <stdio.h>
#include <string.h>

#define MISSING_SHOWN 6
#define WARNINGS_SHOWN 4

static const char sql_campaigns[] =
    "SELECT scenario_id, label, title, command, revision, points, repetitions, count(run_id) AS "
    "runs, min(started) AS started, round(sum(wall_ns) / 1e9, 1) AS wall_seconds, round(sum(cpu_ns)"
    " / 1e9, 1) AS cpu_seconds, text, overrides FROM scenario JOIN point USING (scenario_id) JOIN "
    "run USING (point_id) GROUP BY scenario_id ORDER BY scenario_id";

static const char sql_runs[] =
    "SELECT scenario, point, ifnull((SELECT group_concat(substr(key, instr(key, '.') + 1) || '=' ||"
    " value, ' ') FROM (SELECT key, value FROM param WHERE param.run_id = v_run.run_id AND swept "
    "ORDER BY key)), '') AS \"what differs\", repetition AS rep, seed, fingerprint, peers, "
    "sim_seconds AS sim_s, round(wall_seconds, 1) AS wall_s, events, peak_rss_kib AS rss_kib, "
    "revision, ifnull((SELECT group_concat(subject, ' ') FROM v_warning w WHERE w.run_id = "
    "v_run.run_id), '') AS warning FROM v_run ORDER BY scenario, point, repetition";

static const char sql_missing[] =
    "WITH RECURSIVE p (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM p WHERE n + 1 < ?2),"
    " r (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM r WHERE n + 1 < ?3)"
    " SELECT p.n, r.n FROM r JOIN p WHERE NOT EXISTS (SELECT 1 FROM point JOIN run USING (point_id)"
    " WHERE scenario_id = ?1 AND point = p.n AND repetition = r.n) ORDER BY r.n, p.n";

enum {
    ID,
    LABEL,
    TITLE,
    COMMAND,
    REVISION,
    POINTS,
    REPETITIONS,
    RUNS,
    STARTED,
    WALL,
    CPU,
    TEXT,
    OVERRIDES
};

static sqlite3_stmt *prepare(sqlite3 *handle, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(handle, sql, -1, &statement, NULL) != SQLITE_OK)
        cli_complain("show", "%s", sqlite3_errmsg(handle));
    return statement;
}

static const char *text_of(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text != NULL ? text : "-";
}

/* The runs of the campaign that are not there. */
static sqlite3_stmt *missing_of(sqlite3 *handle, sqlite3_stmt *campaign)
{
    sqlite3_stmt *statement = prepare(handle, sql_missing);
    sqlite3_bind_int64(statement, 1, sqlite3_column_int64(campaign, ID));
    sqlite3_bind_int64(statement, 2, sqlite3_column_int64(campaign, POINTS));
    sqlite3_bind_int64(statement, 3, sqlite3_column_int64(campaign, REPETITIONS));
    return statement;
}

/* The scenario as it was run, to name its points; NULL where this relo cannot read it any more. */
static struct sim_scenario *scenario_of(sqlite3_stmt *campaign)
{
    const char *overrides = text_of(campaign, OVERRIDES);
    char **lines = g_strsplit(overrides, "\n", -1), *problems = NULL;
    struct sim_scenario *scenario =
        sim_scenario_parse(text_of(campaign, LABEL), text_of(campaign, TEXT),
                           *overrides != '\0' ? (const char *const *)lines : NULL, &problems);
    g_free(problems);
    g_strfreev(lines);
    return scenario;
}

static void print_missing(sqlite3 *handle, sqlite3_stmt *campaign, const char *path)
{
    int64_t all =
        sqlite3_column_int64(campaign, POINTS) * sqlite3_column_int64(campaign, REPETITIONS);
    int64_t n = all - sqlite3_column_int64(campaign, RUNS), shown = 0;

    if (n <= 0)
        return;
    printf("  missing: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " runs; %s -o %s --resume\n",
           (gint64)n, (gint64)all, text_of(campaign, COMMAND), path);
    struct sim_scenario *scenario = scenario_of(campaign);
    sqlite3_stmt *missing = missing_of(handle, campaign);
    while (shown < MISSING_SHOWN && sqlite3_step(missing) == SQLITE_ROW) {
        size_t point = (size_t)sqlite3_column_int64(missing, 0);
        char *label = scenario != NULL && point < scenario->n_points
                          ? sim_scenario_label(scenario, point)
                          : g_strdup("");
        printf("    point %zu%s%s, repetition %d\n", point, *label != '\0' ? ": " : "", label,
               sqlite3_column_int(missing, 1));
        g_free(label);
        shown++;
    }
    if (shown < n)
        printf("    and %" G_GINT64_FORMAT " more\n", (gint64)(n - shown));
    sqlite3_finalize(missing);
    sim_scenario_free(scenario);
}

static void print_campaigns(sqlite3 *handle, const char *path)
{
    sqlite3_stmt *campaign = prepare(handle, sql_campaigns);
    while (sqlite3_step(campaign) == SQLITE_ROW) {
        int runs = sqlite3_column_int(campaign, RUNS);
        printf("%s: %s\n  %s\n  revision %s; %d run%s since %s, %s s of work, %s s of CPU\n",
               text_of(campaign, LABEL), text_of(campaign, TITLE), text_of(campaign, COMMAND),
               text_of(campaign, REVISION), runs, runs == 1 ? "" : "s", text_of(campaign, STARTED),
               text_of(campaign, WALL), text_of(campaign, CPU));
        print_missing(handle, campaign, path);
        printf("\n");
    }
    sqlite3_finalize(campaign);
}

/* What stands between these numbers and a conclusion. */
static void print_cautions(sqlite3 *handle)
{
    sqlite3_stmt *statement = prepare(
        handle, "SELECT count(DISTINCT revision), group_concat(DISTINCT revision) FROM v_run");
    if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) > 1)
        printf("\nrevisions differ: %s; such runs are never averaged, and relo compare asks for "
               "--mixed\n",
               text_of(statement, 1));
    sqlite3_finalize(statement);
    statement =
        prepare(handle, "SELECT subject, sentence, count(*) FROM v_warning GROUP BY subject,"
                        " sentence ORDER BY count(*) DESC, sentence");
    for (int i = 0; sqlite3_step(statement) == SQLITE_ROW; i++) {
        if (i == WARNINGS_SHOWN) {
            printf("...\n");
            break;
        }
        printf("%s%s, %d runs: %s\n", i == 0 ? "\n" : "", text_of(statement, 0),
               sqlite3_column_int(statement, 2), text_of(statement, 1));
    }
    sqlite3_finalize(statement);
}

static void print_runs(sqlite3 *handle)
{
    sqlite3_stmt *statement = prepare(handle, sql_runs);
    struct cli_table table;

    cli_table_init(&table, (guint)sqlite3_column_count(statement));
    for (int i = 0; i < sqlite3_column_count(statement); i++)
        cli_table_add(&table, sqlite3_column_name(statement, i));
    while (sqlite3_step(statement) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement); i++)
            cli_table_add(&table, text_of(statement, i));
    }
    char *text = cli_table_text(&table);
    fputs(text, stdout);
    g_free(text);
    cli_table_fini(&table);
    sqlite3_finalize(statement);
}

/* --- JSON ----------------------------------------------------------------------------------- */

static void add_columns(GString *s, sqlite3_stmt *statement, int from, int to)
{
    for (int i = from; i < to; i++) {
        cli_json_name(s, sqlite3_column_name(statement, i));
        if (sqlite3_column_type(statement, i) == SQLITE_TEXT)
            cli_json_string(s, text_of(statement, i));
        else
            cli_json_number(s, sqlite3_column_double(statement, i));
    }
}

static void add_campaigns(GString *s, sqlite3 *handle)
{
    sqlite3_stmt *campaign = prepare(handle, sql_campaigns);
    while (sqlite3_step(campaign) == SQLITE_ROW) {
        cli_json_next(s);
        g_string_append_c(s, '{');
        add_columns(s, campaign, LABEL, TEXT);
        g_string_append(s, ",\"missing\":[");
        sqlite3_stmt *missing = missing_of(handle, campaign);
        while (sqlite3_step(missing) == SQLITE_ROW) {
            cli_json_next(s);
            g_string_append_printf(s, "{\"point\":%d,\"repetition\":%d}",
                                   sqlite3_column_int(missing, 0), sqlite3_column_int(missing, 1));
        }
        sqlite3_finalize(missing);
        g_string_append(s, "]}");
    }
    sqlite3_finalize(campaign);
}

static void print_json(sqlite3 *handle)
{
    GString *s = g_string_new("{\"campaigns\":[");
    add_campaigns(s, handle);
    g_string_append(s, "],\"runs\":[");
    sqlite3_stmt *statement = prepare(handle, sql_runs);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        cli_json_next(s);
        g_string_append_c(s, '{');
        add_columns(s, statement, 0, sqlite3_column_count(statement));
        g_string_append_c(s, '}');
    }
    sqlite3_finalize(statement);
    g_string_append(s, "]}\n");
    fputs(s->str, stdout);
    g_string_free(s, TRUE);
}

int cli_ran_show(const char *path, bool json)
{
    char *error = NULL;
    struct mx_database *db = mx_database_open(path, MX_DATABASE_READ, &error);

    if (db == NULL) {
        cli_complain("show", "%s", error);
        g_free(error);
        return CLI_WRONG;
    }
    sqlite3 *handle = mx_database_handle(db);
    if (json) {
        print_json(handle);
    } else {
        print_campaigns(handle, path);
        print_runs(handle);
        print_cautions(handle);
    }
    mx_database_close(db);
    return CLI_DONE;
}
