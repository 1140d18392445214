/* SPDX-License-Identifier: BSD-2-Clause */
/* Campaigns that are interrupted, resumed, looked at, compared and exported. */
#include "metrics/database.h"
#include "tests/cli/support_relo.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static char *words[] = {
    NULL,         (char *)"run", (char *)"tiny.ini", (char *)"--repeat", (char *)"8",
    (char *)"-q", (char *)"-j",  (char *)"2",        (char *)"--resume", NULL};

/* Starts the campaign and ends it with the signal after so long, wherever it is then. */
static void interrupt(const struct fixture *f, int number, gulong after_us)
{
    GPid pid;
    int status;
    words[0] = (char *)program();
    g_assert_true(g_spawn_async(f->folder, words, NULL,
                                G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH |
                                    G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                                NULL, NULL, &pid, NULL));
    g_usleep(after_us);
    kill(pid, number);
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
}

static void resumed_equals_uninterrupted(struct fixture *f, gconstpointer data)
{
    (void)data;
    assert_outcome(relo(f, "run", "tiny.ini", "--repeat", "8", "-q", NULL), 0, "16 runs in", "");
    char *whole = fingerprints(f);
    char *metrics = query(f->database, "SELECT total(mean) || ' ' || count(*) FROM v_metric");
    g_unlink(f->database);
    /* From before the database exists to when all is done, by both signals. */
    for (gulong i = 0; i < 8; i++)
        interrupt(f, i % 2 == 0 ? SIGKILL : SIGINT, 2000 + 12000 * i);
    assert_outcome(relo(f, "run", "tiny.ini", "--repeat", "8", "-q", "--resume", NULL), 0,
                   "16 runs in", "");
    char *pieces = fingerprints(f);
    char *again = query(f->database, "SELECT total(mean) || ' ' || count(*) FROM v_metric");
    g_assert_cmpstr(pieces, ==, whole);
    g_assert_cmpstr(again, ==, metrics);
    assert_query(f->database, "SELECT count(*) FROM v_run", "16");
    assert_query(f->database, "SELECT count(DISTINCT scenario) FROM v_run", "1");
    g_free(whole);
    g_free(pieces);
    g_free(metrics);
    g_free(again);
}

static void drop_runs(const struct fixture *f, const char *where)
{
    struct mx_database *db;
    char *error, *sql = g_strdup_printf("DELETE FROM run WHERE %s", where);
    db = mx_database_open(f->database, MX_DATABASE_WRITE, &error);
    g_assert_cmpint(sqlite3_exec(mx_database_handle(db), sql, NULL, NULL, NULL), ==, SQLITE_OK);
    mx_database_close(db);
    g_free(sql);
}

static void show_names_what_is_missing(struct fixture *f, gconstpointer data)
{
    (void)data;
    assert_outcome(relo(f, "run", "tiny.ini", "-q", NULL), 0, "", "");
    struct outcome whole = relo(f, "show", "tiny.db", NULL);
    g_assert_null(strstr(whole.out, "missing"));
    assert_outcome(whole, 0, "4 runs since", "");
    drop_runs(f, "repetition = 1 AND point_id = (SELECT point_id FROM point WHERE point = 1)");
    assert_outcome(relo(f, "show", "tiny.db", NULL), 0, "missing: 1 of 4 runs; relo run tiny.ini",
                   "");
    assert_outcome(relo(f, "show", "tiny.db", NULL), 0, "point 1: overlay.peers=12, repetition 1",
                   "");
    assert_outcome(relo(f, "show", "tiny.db", "--json", NULL), 0,
                   "\"missing\":[{\"point\":1,\"repetition\":1}]", "");
    assert_outcome(relo(f, "run", "tiny.ini", "-q", "--resume", NULL), 0, "3 there already", "");
}

static void other_revisions_are_marked(struct fixture *f, gconstpointer data)
{
    (void)data;
    char *error;
    assert_outcome(relo(f, "run", "tiny.ini", "-q", NULL), 0, "", "");
    struct mx_database *db = mx_database_open(f->database, MX_DATABASE_WRITE, &error);
    sqlite3_exec(mx_database_handle(db), "UPDATE scenario SET revision = 'older'", NULL, NULL,
                 NULL);
    mx_database_close(db);
    assert_outcome(relo(f, "run", "tiny.ini", "-q", "--resume", NULL), 0, "4 runs in",
                   "from another revision (older)");
    assert_query(f->database, "SELECT group_concat(DISTINCT scenario) FROM v_run", "tiny,tiny#2");
    assert_outcome(relo(f, "show", "tiny.db", NULL), 0, "revisions differ: older,", "");
    assert_outcome(relo(f, "compare", "tiny.db", "--by", "overlay.peers", NULL), 2, "",
                   "not averaged");
    assert_outcome(relo(f, "compare", "tiny.db", NULL), 2, "", "--mixed compares them");
    assert_outcome(relo(f, "compare", "tiny.db", "--mixed", NULL), 0, "A: tiny.db (revision older)",
                   "");
    assert_outcome(relo(f, "compare", "tiny.db", "--mixed", NULL), 0,
                   "all fingerprints are identical", "");
}

static void compare_answers_with_its_status(struct fixture *f, gconstpointer data)
{
    (void)data;
    assert_outcome(relo(f, "run", "tiny.ini", "-q", "--repeat", "5", NULL), 0, "", "");
    assert_outcome(relo(f, "run", "tiny.ini", "-q", "--repeat", "5", "-o", "slow.db", "--set",
                        "network.latency=const:80ms", NULL),
                   0, "", "");
    assert_outcome(relo(f, "compare", "tiny.db", "tiny.db", NULL), 0, "identical", "");
    assert_outcome(relo(f, "compare", "tiny.db", "slow.db", NULL), 1, "lookup.latency", "");
    assert_outcome(relo(f, "compare", "tiny.db", "slow.db", "--json", NULL), 1,
                   "\"significant\":true", "");
    assert_outcome(relo(f, "compare", "tiny.db", "slow.db", "--metric", "lookup.success", NULL), 0,
                   "no difference is significant", "");
    assert_outcome(relo(f, "compare", "tiny.db", "--by", "overlay.pears", NULL), 2, "",
                   "did you mean overlay.peers?");
    assert_outcome(relo(f, "compare", "tiny.db", "none.db", NULL), 2, "", "does not exist");
    assert_outcome(relo(f, "compare", NULL), 2, "", "name two");
}

static void export_is_csv_or_json(struct fixture *f, gconstpointer data)
{
    (void)data;
    assert_outcome(relo(f, "run", "tiny.ini", "-q", NULL), 0, "", "");
    struct outcome runs = relo(f, "export", "tiny.db", "runs", NULL);
    char **lines = g_strsplit(runs.out, "\r\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, 1 + 4 + 1);
    g_strfreev(lines);
    assert_outcome(runs, 0, "run_id,scenario,point,repetition,seed,fingerprint", "");
    assert_outcome(relo(f, "export", "tiny.db", "v_point", "--json", NULL), 0,
                   "\"params_json\":{\"overlay.peers\":12},\"metric\":\"lookup.success\"", "");
    assert_outcome(relo(f, "export", "tiny.db", "--json", "-o", "all.json", NULL), 0, "", "");
    char *path = g_build_filename(f->folder, "all.json", NULL), *all;
    g_assert_true(g_file_get_contents(path, &all, NULL, NULL));
    assert_said(all, "\"series\":[");
    g_free(all);
    g_free(path);
    assert_outcome(relo(f, "export", "tiny.db", NULL), 2, "", "--json takes all");
    assert_outcome(relo(f, "export", "tiny.db", "pionts", NULL), 2, "", "did you mean points?");
}

#define ADD(path, function) g_test_add(path, struct fixture, NULL, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/cli/campaign/resumed_equals_uninterrupted", resumed_equals_uninterrupted);
    ADD("/cli/campaign/show_names_what_is_missing", show_names_what_is_missing);
    ADD("/cli/campaign/other_revisions_are_marked", other_revisions_are_marked);
    ADD("/cli/campaign/compare_answers_with_its_status", compare_answers_with_its_status);
    ADD("/cli/campaign/export_is_csv_or_json", export_is_csv_or_json);
    return g_test_run();
}
