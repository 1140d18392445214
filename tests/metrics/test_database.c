/* SPDX-License-Identifier: BSD-2-Clause */
/* The results database: views as documented, a run whole or absent, foreign files refused. */
#include "metrics/database.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct mx_param params[] = {
    {.key = "overlay.peers", .value = "1000", .numeric = true, .number = 1000, .swept = true},
    {.key = "churn.mean-session", .value = "600s", .numeric = true, .number = 600, .swept = true},
    {.key = "overlay.bootstrap", .value = "oracle"},
};

static struct mx_run_info info_of(int64_t point, int64_t repetition)
{
    return (struct mx_run_info){.scenario = "demo",
                                .title = "A \"demo\"",
                                .text = "[scenario]\n",
                                .overrides = "",
                                .command = "relo run demo.ini",
                                .version = "0.1.0",
                                .revision = "abc1234",
                                .point = point,
                                .repetition = repetition,
                                .seed = UINT64_MAX - (uint64_t)repetition};
}

static char *new_path(void)
{
    char *directory = g_dir_make_tmp("relo-test-XXXXXX", NULL);
    char *path = g_build_filename(directory, "r.db", NULL);
    g_free(directory);
    return path;
}

static void remove_path(char *path)
{
    const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        char *file = g_strconcat(path, suffixes[i], NULL);
        g_remove(file);
        g_free(file);
    }
    char *directory = g_path_get_dirname(path);
    g_rmdir(directory);
    g_free(directory);
    g_free(path);
}

static struct mx_database *open_or_fail(const char *path, enum mx_database_mode mode)
{
    char *error;
    struct mx_database *db = mx_database_open(path, mode, &error);
    g_assert_cmpstr(error, ==, NULL);
    return db;
}

/* One run whose mean hops are `hops`. */
static bool store(struct mx_database *db, const struct mx_run_info *info, int64_t hops,
                  char **error)
{
    struct mx_run run;
    mx_run_init(&run);
    run.facts = (struct mx_facts){.fingerprint = 0xabc, .peers = 1000, .sim_ns = 5500000000};
    mx_run_add(&run, MX_LOOKUP_HOPS, hops);
    for (int i = 1; i <= 100; i++)
        mx_run_add(&run, MX_LOOKUP_LATENCY, i * INT64_C(10000000));
    mx_run_ratio(&run, MX_LOOKUP_SUCCESS, 9, 10);
    mx_run_series_add(&run, MX_RING_WRONG_SUCCESSOR, 10000000000, 1, 4);
    mx_run_series_add(&run, MX_ALIVE_PEERS, 10000000000, 950, 0);
    mx_run_counter(&run, "core.dropped.bad_mac", 3);
    bool stored = mx_database_store(db, info, params, G_N_ELEMENTS(params), &run, error);
    mx_run_fini(&run);
    return stored;
}

static void store_or_fail(struct mx_database *db, int64_t point, int64_t repetition, int64_t hops)
{
    char *error;
    struct mx_run_info info = info_of(point, repetition);
    g_assert_true(store(db, &info, hops, &error));
    g_assert_cmpstr(error, ==, NULL);
}

/* All rows of a query, "a|b\nc|d". */
static void assert_rows(struct mx_database *db, const char *sql, const char *want)
{
    GString *rows = g_string_new(NULL);
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(mx_database_handle(db), sql, -1, &statement, NULL) != SQLITE_OK)
        g_error("%s: %s", sql, sqlite3_errmsg(mx_database_handle(db)));
    while (sqlite3_step(statement) == SQLITE_ROW) {
        g_string_append(rows, rows->len ? "\n" : "");
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            const char *text = (const char *)sqlite3_column_text(statement, i);
            g_string_append_printf(rows, "%s%s", i ? "|" : "", text ? text : "NULL");
        }
    }
    sqlite3_finalize(statement);
    g_assert_cmpstr(rows->str, ==, want);
    g_string_free(rows, TRUE);
}

static void views_have_the_documented_columns(void)
{
    char *path = new_path();
    struct mx_database *db = open_or_fail(path, MX_DATABASE_WRITE);
    const char *const views[][2] = {
        {"v_run",
         "run_id,scenario,point,repetition,seed,fingerprint,wire_fingerprint,revision,peers,"
         "sim_seconds,wall_seconds,cpu_seconds,peak_rss_kib,events,datagrams,frames_data,"
         "frames_ack"},
        {"v_param", "run_id,key,value"},
        {"v_metric", "run_id,metric,unit,n,mean,sd,min,p05,p25,p50,p75,p95,p99,max"},
        {"v_series", "run_id,metric,unit,t_seconds,value"},
        {"v_point", "scenario,point,params_json,metric,unit,runs,mean,ci95"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(views); i++) {
        char *sql = g_strdup_printf("SELECT group_concat(name, ',') FROM pragma_table_info('%s')",
                                    views[i][0]);
        assert_rows(db, sql, views[i][1]);
        g_free(sql);
    }
    assert_rows(db, "PRAGMA journal_mode", "wal");
    assert_rows(db, "PRAGMA foreign_keys", "1");
    assert_rows(db, "PRAGMA user_version", "2");
    mx_database_close(db);
    remove_path(path);
}

static void a_run_is_read_back_through_the_views(void)
{
    char *path = new_path();
    struct mx_database *db = open_or_fail(path, MX_DATABASE_WRITE);
    store_or_fail(db, 2, 0, 4);
    mx_database_close(db);
    db = open_or_fail(path, MX_DATABASE_READ);
    assert_rows(
        db,
        "SELECT scenario, point, repetition, seed, fingerprint, revision, peers, sim_seconds"
        " FROM v_run",
        "demo|2|0|18446744073709551615|0000000000000abc|abc1234|1000|5.5");
    assert_rows(db, "SELECT key, value FROM v_param ORDER BY key",
                "churn.mean-session|600s\noverlay.bootstrap|oracle\noverlay.peers|1000");
    assert_rows(db,
                "SELECT metric, unit, n, mean, sd, max FROM v_metric WHERE metric NOT LIKE"
                " '%latency' ORDER BY metric",
                "core.dropped.bad_mac|1|1|3.0|NULL|3.0\nlookup.hops|1|1|4.0|NULL|4.0\n"
                "lookup.success|1|1|0.9|NULL|0.9");
    assert_rows(db,
                "SELECT unit, n, mean, round(sd, 6), min, round(p50, 3), max FROM v_metric"
                " WHERE metric = 'lookup.latency'",
                "s|100|0.505|0.290115|0.01|0.5|1.0");
    assert_rows(db, "SELECT metric, t_seconds, value FROM v_series ORDER BY metric",
                "alive.peers|10.0|950.0\nring.wrong_successor|10.0|0.25");
    assert_rows(db,
                "SELECT params_json, runs, mean, ci95 FROM v_point WHERE metric = 'lookup.hops'",
                "{\"churn.mean-session\":\"600s\",\"overlay.peers\":1000}|1|4.0|NULL");
    assert_rows(db,
                "SELECT sum(n) FROM histogram JOIN metric USING (metric_id)"
                " WHERE name = 'lookup.latency'",
                "100");
    mx_database_close(db);
    remove_path(path);
}

static void interval_is_students_over_replications(void)
{
    char *path = new_path();
    struct mx_database *db = open_or_fail(path, MX_DATABASE_WRITE);
    for (int i = 0; i < 5; i++)
        store_or_fail(db, 0, i, i + 1);
    /* t(4) = 2.776445, sd = sqrt(2.5), n = 5. */
    assert_rows(db, "SELECT runs, mean, round(ci95, 4) FROM v_point WHERE metric = 'lookup.hops'",
                "5|3.0|1.9632");
    assert_rows(db, "SELECT runs, ci95 FROM v_point WHERE metric = 'lookup.success'", "5|0.0");
    mx_database_close(db);
    remove_path(path);
}

static void a_run_stored_again_replaces_itself(void)
{
    char *path = new_path();
    struct mx_database *db = open_or_fail(path, MX_DATABASE_WRITE);
    struct mx_run_info info = info_of(0, 1);
    g_assert_false(mx_database_has_run(db, &info));
    store_or_fail(db, 0, 1, 3);
    store_or_fail(db, 0, 1, 4);
    g_assert_true(mx_database_has_run(db, &info));
    info.seed = 5;
    g_assert_false(mx_database_has_run(db, &info));
    assert_rows(db, "SELECT count(*) FROM v_run", "1");
    assert_rows(db, "SELECT mean FROM v_metric WHERE metric = 'lookup.hops'", "4.0");
    mx_database_close(db);
    remove_path(path);
}

static void another_revision_is_another_campaign(void)
{
    char *path = new_path(), *error;
    struct mx_database *db = open_or_fail(path, MX_DATABASE_WRITE);
    store_or_fail(db, 0, 0, 3);
    struct mx_run_info info = info_of(0, 0);
    info.revision = "def5678";
    g_assert_true(store(db, &info, 5, &error));
    assert_rows(db, "SELECT scenario, revision FROM v_run ORDER BY run_id",
                "demo|abc1234\ndemo#2|def5678");
    assert_rows(db,
                "SELECT scenario, runs, mean FROM v_point WHERE metric = 'lookup.hops'"
                " ORDER BY scenario",
                "demo|1|3.0\ndemo#2|1|5.0");
    mx_database_close(db);
    remove_path(path);
}

static void full_disk_leaves_earlier_runs_intact(void)
{
    char *path = new_path(), *error;
    struct mx_database *db = open_or_fail(path, MX_DATABASE_WRITE);
    store_or_fail(db, 0, 0, 3);
    sqlite3_exec(mx_database_handle(db), "PRAGMA max_page_count = 1", NULL, NULL, NULL);
    struct mx_run_info info = info_of(0, 1);
    bool stored = true;
    for (int i = 1; i < 20 && stored; i++) { /* free space inside the file may take a few */
        info = info_of(0, i);
        stored = store(db, &info, 3, &error);
    }
    g_assert_false(stored);
    g_assert_nonnull(strstr(error, "full"));
    g_assert_nonnull(strstr(error, path));
    g_free(error);
    g_assert_false(mx_database_has_run(db, &info));
    info = info_of(0, 0);
    g_assert_true(mx_database_has_run(db, &info));
    assert_rows(db, "PRAGMA integrity_check", "ok");
    mx_database_close(db);
    remove_path(path);
}

static void killed_writer_leaves_whole_runs_only(void)
{
    char *path = new_path();
    for (int round = 0; round < 5; round++) {
        pid_t child = fork();
        g_assert_cmpint(child, >=, 0);
        if (child == 0) {
            struct mx_database *db = open_or_fail(path, MX_DATABASE_WRITE);
            for (int i = 0; i < 100000; i++)
                store_or_fail(db, round, i, 3);
            _exit(0);
        }
        g_usleep((gulong)(round + 1) * 7000);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    struct mx_database *db = open_or_fail(path, MX_DATABASE_WRITE);
    store_or_fail(db, 0, 0, 3);
    assert_rows(db, "PRAGMA integrity_check", "ok");
    assert_rows(db, "PRAGMA foreign_key_check", "");
    assert_rows(db,
                "SELECT count(*) FROM run WHERE (SELECT count(*) FROM value v WHERE v.run_id ="
                " run.run_id) <> 4",
                "0");
    mx_database_close(db);
    remove_path(path);
}

static void assert_refused(const char *path, enum mx_database_mode mode, const char *why)
{
    char *error;
    g_assert_null(mx_database_open(path, mode, &error));
    if (!error || !strstr(error, why) || !strstr(error, path))
        g_error("refused with \"%s\", which does not say \"%s\"", error, why);
    g_free(error);
}

static void foreign_files_are_refused_untouched(void)
{
    char *path = new_path(), *content, *directory = g_path_get_dirname(path);
    assert_refused(path, MX_DATABASE_READ, "does not exist");
    assert_refused(directory, MX_DATABASE_WRITE, "is a directory");
    char *nowhere = g_build_filename(directory, "no", "r.db", NULL);
    assert_refused(nowhere, MX_DATABASE_WRITE, "there is no directory");
    const char *text = "not a database, but long enough to have a header of one, one hundred bytes,"
                       " which this sentence is at last.";
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_refused(path, MX_DATABASE_WRITE, "not a results database of relo");
    g_assert_true(g_file_get_contents(path, &content, NULL, NULL));
    g_assert_cmpstr(content, ==, text);
    g_remove(path);
    sqlite3 *other;
    g_assert_cmpint(sqlite3_open(path, &other), ==, SQLITE_OK);
    sqlite3_exec(other, "CREATE TABLE mine (x)", NULL, NULL, NULL);
    assert_refused(path, MX_DATABASE_WRITE, "but not a results database of relo");
    sqlite3_exec(other, "DROP TABLE mine", NULL, NULL, NULL);
    sqlite3_close(other);
    mx_database_close(open_or_fail(path, MX_DATABASE_WRITE));
    g_assert_cmpint(sqlite3_open(path, &other), ==, SQLITE_OK);
    sqlite3_exec(other, "PRAGMA user_version = 99", NULL, NULL, NULL);
    sqlite3_close(other);
    assert_refused(path, MX_DATABASE_READ, "newer relo");
    g_free(content);
    g_free(nowhere);
    g_free(directory);
    remove_path(path);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/database/views_have_the_documented_columns",
                    views_have_the_documented_columns);
    g_test_add_func("/database/a_run_is_read_back_through_the_views",
                    a_run_is_read_back_through_the_views);
    g_test_add_func("/database/interval_is_students_over_replications",
                    interval_is_students_over_replications);
    g_test_add_func("/database/a_run_stored_again_replaces_itself",
                    a_run_stored_again_replaces_itself);
    g_test_add_func("/database/another_revision_is_another_campaign",
                    another_revision_is_another_campaign);
    g_test_add_func("/database/full_disk_leaves_earlier_runs_intact",
                    full_disk_leaves_earlier_runs_intact);
    g_test_add_func("/database/killed_writer_leaves_whole_runs_only",
                    killed_writer_leaves_whole_runs_only);
    g_test_add_func("/database/foreign_files_are_refused_untouched",
                    foreign_files_are_refused_untouched);
    return g_test_run();
}
