/* SPDX-License-Identifier: BSD-2-Clause */
/* relo export: the public views of a results database as CSV or JSON. */
#include "cli/run.h"
#include "metrics/database.h"
#include "metrics/export.h"
#include "sim/scenario/nearest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct request {
    const char *output;
    bool csv, json;
};

#define AT(field) offsetof(struct request, field)
static const struct cli_option options[] = {
    {0, "csv", CLI_FLAG, AT(csv), NULL, "comma-separated values (RFC 4180); the default", 0},
    {0, "json", CLI_FLAG, AT(json), NULL, "an array of objects; without VIEW, all views", 0},
    {'o', "output", CLI_TEXT, AT(output), "FILE", "default: standard output", 0},
};

/* The order makes the output of the same results the same text. */
static const struct {
    const char *name, *view, *order;
} views[] = {
    {"runs", "v_run", "run_id"},
    {"params", "v_param", "run_id, key"},
    {"metrics", "v_metric", "run_id, metric"},
    {"series", "v_series", "run_id, metric, t_seconds"},
    {"points", "v_point", "scenario, point, metric"},
    {"warnings", "v_warning", "run_id, subject"},
};
#define N_VIEWS G_N_ELEMENTS(views)

static int find_view(const char *word)
{
    for (size_t i = 0; i < N_VIEWS; i++) {
        if (strcmp(views[i].name, word) == 0 || strcmp(views[i].view, word) == 0)
            return (int)i;
    }
    return -1;
}

static void csv_cell(GString *out, sqlite3_stmt *statement, int column)
{
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
        mx_export_csv_number(out, NAN);
        break;
    case SQLITE_FLOAT:
        mx_export_csv_number(out, sqlite3_column_double(statement, column));
        break;
    default:
        mx_export_csv_text(out, (const char *)sqlite3_column_text(statement, column));
    }
}

static void json_cell(GString *out, sqlite3_stmt *statement, int column)
{
    mx_export_json_string(out, sqlite3_column_name(statement, column));
    g_string_append_c(out, ':');
    const char *text = (const char *)sqlite3_column_text(statement, column);
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
        g_string_append(out, "null");
        break;
    case SQLITE_INTEGER:
        g_string_append(out, text);
        break;
    case SQLITE_FLOAT:
        mx_export_json_number(out, sqlite3_column_double(statement, column));
        break;
    default:
        if (strcmp(sqlite3_column_name(statement, column), "params_json") == 0)
            g_string_append(out, text);
        else
            mx_export_json_string(out, text);
    }
}

static void write_csv(GString *out, sqlite3_stmt *statement)
{
    int columns = sqlite3_column_count(statement);
    for (int i = 0; i < columns; i++)
        mx_export_csv_text(out, sqlite3_column_name(statement, i));
    g_string_append(out, "\r\n");
    while (sqlite3_step(statement) == SQLITE_ROW) {
        for (int i = 0; i < columns; i++)
            csv_cell(out, statement, i);
        g_string_append(out, "\r\n");
    }
}

static void write_json(GString *out, sqlite3_stmt *statement)
{
    g_string_append_c(out, '[');
    for (int row = 0; sqlite3_step(statement) == SQLITE_ROW; row++) {
        g_string_append(out, row > 0 ? ",\n{" : "\n{");
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            g_string_append(out, i > 0 ? "," : "");
            json_cell(out, statement, i);
        }
        g_string_append_c(out, '}');
    }
    g_string_append(out, "\n]");
}

static bool write_view(GString *out, struct mx_database *db, size_t view, bool json)
{
    sqlite3_stmt *statement = NULL;
    char *sql =
        g_strdup_printf("SELECT * FROM %s ORDER BY %s", views[view].view, views[view].order);
    bool ok = sqlite3_prepare_v2(mx_database_handle(db), sql, -1, &statement, NULL) == SQLITE_OK;
    if (ok && json)
        write_json(out, statement);
    else if (ok)
        write_csv(out, statement);
    ok = sqlite3_finalize(statement) == SQLITE_OK && ok;
    if (!ok)
        cli_complain("export", "%s: %s", mx_database_path(db),
                     sqlite3_errmsg(mx_database_handle(db)));
    g_free(sql);
    return ok;
}

static bool write_all(GString *out, struct mx_database *db)
{
    bool ok = true;
    g_string_append_c(out, '{');
    for (size_t i = 0; i < N_VIEWS && ok; i++) {
        g_string_append(out, i > 0 ? ",\n" : "\n");
        mx_export_json_string(out, views[i].name);
        g_string_append_c(out, ':');
        ok = write_view(out, db, i, true);
    }
    g_string_append(out, "\n}");
    return ok;
}

static int export_database(const struct request *request, const char *path, int view)
{
    char *error;
    struct mx_database *db = mx_database_open(path, MX_DATABASE_READ, &error);
    GString *out = g_string_new(NULL);
    int status = CLI_WRONG;

    if (db == NULL) {
        cli_complain("export", "%s", error);
        g_free(error);
    } else if (view < 0 ? write_all(out, db) : write_view(out, db, (size_t)view, request->json)) {
        status = CLI_DONE;
        if (request->json)
            g_string_append_c(out, '\n');
        if (request->output == NULL) {
            fwrite(out->str, 1, out->len, stdout);
        } else if (!mx_export_write(request->output, out, &error)) {
            cli_complain("export", "%s", error);
            g_free(error);
            status = CLI_WRONG;
        }
    }
    mx_database_close(db);
    g_string_free(out, TRUE);
    return status;
}

static void complain_view(const char *word)
{
    const char *names[N_VIEWS];
    GString *all = g_string_new(NULL);
    for (size_t i = 0; i < N_VIEWS; i++) {
        names[i] = views[i].name;
        g_string_append_printf(all, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    const char *nearest = sim_nearest(word, names, N_VIEWS);
    if (nearest != NULL)
        cli_complain("export", "there is no view %s; did you mean %s?", word, nearest);
    else
        cli_complain("export", "there is no view %s (there are: %s)", word, all->str);
    g_string_free(all, TRUE);
}

static int run(int argc, char **argv)
{
    struct request request = {0};
    GPtrArray *rest = g_ptr_array_new();
    enum cli_parse parsed = cli_options_parse(&cli_export_command, argc, argv, &request, rest);
    int status = parsed == CLI_PARSE_HELP ? CLI_DONE : CLI_WRONG;

    if (parsed == CLI_PARSE_OK) {
        int view = rest->len == 2 ? find_view(g_ptr_array_index(rest, 1)) : -1;
        if (rest->len < 1 || rest->len > 2)
            cli_complain("export", "name one results database, and a view or none");
        else if (request.csv && request.json)
            cli_complain("export", "--csv and --json contradict each other");
        else if (rest->len == 2 && view < 0)
            complain_view(g_ptr_array_index(rest, 1));
        else if (view < 0 && !request.json)
            cli_complain("export", "a CSV file holds one view: runs, params, metrics, series, "
                                   "points or warnings; --json takes all");
        else
            status = export_database(&request, g_ptr_array_index(rest, 0), view);
    }
    cli_options_clear(&cli_export_command, &request);
    g_ptr_array_free(rest, TRUE);
    return status;
}

const struct cli_command cli_export_command = {
    "export",
    "DB [VIEW] [--csv|--json] [-o FILE]",
    "the results as CSV or JSON",
    "VIEW is runs, params, metrics, series, points (means and intervals over repetitions) or\n"
    "warnings; docs/SCHEMA.md says what their columns mean.",
    options,
    G_N_ELEMENTS(options),
    run};
