/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts relo and reads its words, files and exit status. */
#include "tests/cli/support_relo.h"

#include "metrics/database.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

static const char tiny[] = "# A ring of eight.\n"
                           "[scenario]\n"
                           "title = Eight\n"
                           "repeat = 2\n"
                           "measurement = 1min\n"
                           "[overlay]\n"
                           "peers = 8; 12\n"
                           "bootstrap = oracle\n"
                           "[network]\n"
                           "latency = const:50ms\n"
                           "[workload]\n"
                           "lookup-interval = 5s\n";

void set_up(struct fixture *f, gconstpointer data)
{
    (void)data;
    f->folder = g_dir_make_tmp("relo-test-XXXXXX", NULL);
    g_assert_nonnull(f->folder);
    f->scenario = g_build_filename(f->folder, "tiny.ini", NULL);
    f->database = g_build_filename(f->folder, "tiny.db", NULL);
    g_assert_true(g_file_set_contents(f->scenario, tiny, -1, NULL));
}

void tear_down(struct fixture *f, gconstpointer data)
{
    (void)data;
    GDir *dir = g_dir_open(f->folder, 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        char *path = g_build_filename(f->folder, name, NULL);
        g_unlink(path);
        g_free(path);
    }
    g_dir_close(dir);
    g_rmdir(f->folder);
    g_free(f->folder);
    g_free(f->scenario);
    g_free(f->database);
}

const char *program(void)
{
    const char *path = g_getenv("RELO");
    return path != NULL ? path : "relo";
}

struct outcome relo(const struct fixture *f, ...)
{
    GPtrArray *words = g_ptr_array_new();
    struct outcome outcome = {0};
    GError *error = NULL;
    va_list arguments;

    g_ptr_array_add(words, (char *)program());
    va_start(arguments, f);
    for (char *word; (word = va_arg(arguments, char *)) != NULL;)
        g_ptr_array_add(words, word);
    va_end(arguments);
    g_ptr_array_add(words, NULL);
    if (!g_spawn_sync(f->folder, (char **)words->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                      &outcome.out, &outcome.err, &outcome.status, &error))
        g_error("%s", error->message);
    g_assert_true(WIFEXITED(outcome.status));
    outcome.status = WEXITSTATUS(outcome.status);
    g_ptr_array_free(words, TRUE);
    return outcome;
}

void assert_said(const char *text, const char *expected)
{
    if (strstr(text, expected) == NULL)
        g_error("\"%s\" lacks \"%s\"", text, expected);
}

void assert_outcome(struct outcome outcome, int status, const char *out, const char *err)
{
    if (outcome.status != status)
        g_error("status %d, expected %d\n%s%s", outcome.status, status, outcome.out, outcome.err);
    assert_said(outcome.out, out);
    assert_said(outcome.err, err);
    g_free(outcome.out);
    g_free(outcome.err);
}

char *query(const char *path, const char *sql)
{
    char *error = NULL, *text;
    struct mx_database *db = mx_database_open(path, MX_DATABASE_READ, &error);
    sqlite3_stmt *statement;

    if (db == NULL)
        g_error("%s", error);
    g_assert_cmpint(sqlite3_prepare_v2(mx_database_handle(db), sql, -1, &statement, NULL), ==,
                    SQLITE_OK);
    g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
    text = g_strdup((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    mx_database_close(db);
    return text;
}

void assert_query(const char *path, const char *sql, const char *expected)
{
    char *text = query(path, sql);
    g_assert_cmpstr(text, ==, expected);
    g_free(text);
}

char *fingerprints(const struct fixture *f)
{
    return query(f->database, "SELECT group_concat(fingerprint || wire_fingerprint) FROM (SELECT * "
                              "FROM v_run ORDER BY point, repetition)");
}
