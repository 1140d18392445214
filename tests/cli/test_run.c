/* SPDX-License-Identifier: BSD-2-Clause */
/* relo as a user meets it: the program is started; its words, files and exit status are read. */
#include "metrics/database.h"
#include "tests/cli/support_relo.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static void test_wrong_words(struct fixture *f, gconstpointer data)
{
    (void)data;
    assert_outcome(relo(f, "shwo", NULL), 2, "", "did you mean relo show?");
    assert_outcome(relo(f, "run", "--jbos", "3", NULL), 2, "", "did you mean --jobs?");
    assert_outcome(relo(f, "run", "-j", "0", NULL), 2, "", "a whole number from 1");
    assert_outcome(relo(f, "run", "-j", NULL), 2, "", "lacks its N");
    assert_outcome(relo(f, "run", NULL), 2, "", "which scenario?");
    assert_outcome(relo(f, "run", "nowhere", NULL), 2, "", "no scenario of this name");
    assert_outcome(relo(f, "list", "kyes", NULL), 2, "", "did you mean keys?");
}

static void test_wrong_scenario(struct fixture *f, gconstpointer data)
{
    (void)data;
    assert_outcome(relo(f, "run", "tiny.ini", "--set", "overlay.pears=5", NULL), 2, "",
                   "did you mean peers?");
    assert_outcome(relo(f, "run", "tiny.ini", "--repeat", "none", NULL), 2, "", "scenario.repeat");
    g_assert_false(g_file_test(f->database, G_FILE_TEST_EXISTS));
}

/* Shares and NATs that cannot be: what, where, and what would be right. */
static void test_wrong_nats(struct fixture *f, gconstpointer data)
{
    static const struct {
        const char *set, *sentence;
    } cases[] = {
        {"nat.symmetric=-5%", "\"-5%\" is negative; it takes a share"},
        {"nat.symmetric=101%", "\"101%\" is out of range; it takes a share"},
        {"nat.symmetric=nan%", "\"nan%\" is not a number; it takes a share"},
        {"nat.symmetric=30%", "together 30% (nat.symmetric 30%), not 100%; with a nat.preset"},
        {"nat.blocked=100%", "without UDP nobody but the bootstrap peers can join"},
        {"overlay.bootstrap-peers=0", "from 1 to 1000"},
    };
    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_outcome(relo(f, "run", "tiny.ini", "--set", cases[i].set, NULL), 2, "",
                       cases[i].sentence);
    g_assert_false(g_file_test(f->database, G_FILE_TEST_EXISTS));
}

static void test_wrong_output(struct fixture *f, gconstpointer data)
{
    (void)data;
    assert_outcome(relo(f, "run", "tiny.ini", "-o", "no/such/folder.db", NULL), 2, "", "no/such");
    assert_outcome(relo(f, "run", "tiny.ini", "-o", "tiny.ini", NULL), 2, "", "tiny.ini");
    assert_outcome(relo(f, "run", "tiny.ini", "--pcap", "x.pcap", NULL), 2, "",
                   "--set overlay.peers=8");
}

static void test_help(struct fixture *f, gconstpointer data)
{
    (void)data;
    assert_outcome(relo(f, "help", NULL), 0, "relo run", "");
    assert_outcome(relo(f, "run", "--help", NULL), 0, "--resume", "");
    assert_outcome(relo(f, "help", "--man", NULL), 0, ".TH RELO 1", "");
    assert_outcome(relo(f, "--version", NULL), 0, "relo ", "");
    assert_outcome(relo(f, "list", "keys", NULL), 0, "overlay.chord-update-interval", "");
    assert_outcome(relo(f, "list", "metrics", "--json", NULL), 0, "\"lookup.success\"", "");
    assert_outcome(relo(f, "show", "tiny.ini", NULL), 0, "4 (2 points, 2 repetitions", "");
}

static void test_run(struct fixture *f, gconstpointer data)
{
    (void)data;
    assert_outcome(relo(f, "run", "tiny.ini", NULL), 0, "relo plot tiny.db", "");
    assert_query(f->database, "SELECT count(*) FROM v_run", "4");
    assert_query(f->database, "SELECT count(DISTINCT seed) FROM v_run", "2");
    assert_query(f->database, "SELECT count(*) FROM v_metric WHERE metric = 'lookup.success'", "4");
    assert_query(f->database, "PRAGMA integrity_check", "ok");
    assert_query(f->database,
                 "SELECT value FROM v_param JOIN v_run USING (run_id) WHERE point = 1 AND "
                 "key = 'overlay.peers' LIMIT 1",
                 "12");
    assert_query(f->database, "SELECT count(*) FROM v_param WHERE key LIKE 'churn.NAME%'", "0");
    assert_outcome(relo(f, "run", "tiny.ini", "--resume", NULL), 0, "4 there already", "");
    assert_outcome(relo(f, "run", "tiny.ini", "--resume", "--repeat", "3", NULL), 0,
                   "6 runs in tiny.db (4 there already)", "");
    assert_query(f->database, "SELECT count(*) FROM v_run", "6");
    assert_outcome(relo(f, "show", "tiny.db", NULL), 0, "peers=12", "");
}

static void test_repeatable(struct fixture *f, gconstpointer data)
{
    (void)data;
    assert_outcome(relo(f, "run", "tiny.ini", NULL), 0, "", "");
    char *first = fingerprints(f);
    g_unlink(f->database);
    assert_outcome(relo(f, "run", "tiny.ini", "--shards", "3", "-j", "1", NULL), 0, "", "");
    char *again = fingerprints(f);
    g_assert_cmpstr(first, ==, again);
    g_unlink(f->database);
    assert_outcome(relo(f, "run", "tiny.ini", "--seed", "2", NULL), 0, "", "");
    char *other = fingerprints(f);
    g_assert_cmpstr(first, !=, other);
    g_free(first);
    g_free(again);
    g_free(other);
}

static void test_pcap(struct fixture *f, gconstpointer data)
{
    (void)data;
    char *path = g_build_filename(f->folder, "x.pcap", NULL), *bytes;
    gsize n;
    assert_outcome(relo(f, "run", "tiny.ini", "--repeat", "1", "--set", "overlay.peers=8", "--pcap",
                        "x.pcap", NULL),
                   0, "", "");
    g_assert_true(g_file_get_contents(path, &bytes, &n, NULL));
    g_assert_cmpuint(n, >, 24 + 16 + 28);
    g_free(bytes);
    g_free(path);
}

/* Waits until the database holds at least one run. */
static void await_run(const struct fixture *f)
{
    for (;;) {
        char *error = NULL;
        struct mx_database *db = mx_database_open(f->database, MX_DATABASE_READ, &error);
        g_free(error);
        if (db != NULL) {
            mx_database_close(db);
            char *n = query(f->database, "SELECT count(*) FROM v_run");
            bool there = strcmp(n, "0") != 0;
            g_free(n);
            if (there)
                return;
        }
        g_usleep(20000);
    }
}

static void test_pcap_full(struct fixture *f, gconstpointer data)
{
    (void)data;
    if (!g_file_test("/dev/full", G_FILE_TEST_EXISTS)) {
        g_test_skip("there is no /dev/full here");
        return;
    }
    assert_outcome(relo(f, "run", "tiny.ini", "-q", "--set", "overlay.peers=8", "--repeat", "1",
                        "--pcap", "/dev/full", NULL),
                   1, "", "cannot write the capture file /dev/full: No space left on device");
}

static void test_killed(struct fixture *f, gconstpointer data)
{
    int number = GPOINTER_TO_INT(data);
    char *words[] = {
        (char *)program(), (char *)"run", (char *)"tiny.ini", (char *)"--repeat", (char *)"2000",
        (char *)"-q",      NULL};
    GPid pid;
    int status;

    g_assert_true(g_spawn_async(f->folder, words, NULL,
                                G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH |
                                    G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                                NULL, NULL, &pid, NULL));
    await_run(f);
    kill(pid, number);
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    if (number == SIGINT)
        g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    assert_query(f->database, "PRAGMA integrity_check", "ok");
    assert_query(f->database, "SELECT count(*) > 0 FROM v_run", "1");
    assert_query(f->database,
                 "SELECT count(*) FROM v_run WHERE run_id NOT IN (SELECT run_id FROM v_metric)",
                 "0");
}

#define ADD(path, function, data)                                                                  \
    g_test_add(path, struct fixture, data, set_up, function, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/cli/wrong_words_are_answered_with_the_nearest", test_wrong_words, NULL);
    ADD("/cli/run/nats_without_sense_are_refused_with_a_sentence", test_wrong_nats, NULL);
    ADD("/cli/run/wrong_scenario_leaves_no_database", test_wrong_scenario, NULL);
    ADD("/cli/run/wrong_output_is_refused_before_running", test_wrong_output, NULL);
    ADD("/cli/help_and_lists_print", test_help, NULL);
    ADD("/cli/run/stores_every_run_once", test_run, NULL);
    ADD("/cli/run/same_seed_same_fingerprints", test_repeatable, NULL);
    ADD("/cli/run/pcap_is_written", test_pcap, NULL);
    ADD("/cli/run/pcap_on_a_full_disk_fails_the_run", test_pcap_full, NULL);
    ADD("/cli/run/interrupted_keeps_whole_runs", test_killed, GINT_TO_POINTER(SIGINT));
    ADD("/cli/run/killed_keeps_whole_runs", test_killed, GINT_TO_POINTER(SIGKILL));
    return g_test_run();
}
