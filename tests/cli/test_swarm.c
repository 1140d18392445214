/* SPDX-License-Identifier: BSD-2-Clause */
/* relo swarm as a user starts it. */
#include "tests/cli/support_relo.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* How many directories of runs there are. */
static guint run_directories(const struct fixture *f)
{
    GDir *entries = g_dir_open(f->folder, 0, NULL);
    const char *name;
    guint n = 0;
    while ((name = g_dir_read_name(entries)))
        n += g_str_has_prefix(name, "relo-swarm-") ? 1 : 0;
    g_dir_close(entries);
    return n;
}

static void interrupted_it_leaves_nothing_behind(struct fixture *f, gconstpointer data)
{
    (void)data;
    char *words[] = {(char *)program(), "swarm", "--minutes", "60", "--quiet", NULL};
    char **environment = g_environ_setenv(g_get_environ(), "TMPDIR", f->folder, TRUE);
    GError *error = NULL;
    GPid pid;
    int status, out;
    g_assert_true(g_spawn_async_with_pipes(f->folder, words, environment,
                                           G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL, &out,
                                           NULL, &error));
    while (run_directories(f) == 0) /* until a run is under way; CTest ends a wait in vain */
        g_usleep(1000);
    kill(pid, SIGINT);
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 1);
    g_assert_cmpuint(run_directories(f), ==, 0);
    char said[100] = "";
    g_assert_cmpint(read(out, said, sizeof(said) - 1), >, 0);
    g_assert_nonnull(strstr(said, "0 failed; interrupted"));
    close(out);
    g_strfreev(environment);
}

static void what_it_cannot_do_is_a_sentence(struct fixture *f, gconstpointer data)
{
    (void)data;
    assert_outcome(relo(f, "swarm", "--runs", "10000000", NULL), 2, "", "from 1 to 1000000");
    assert_outcome(relo(f, "swarm", "tiny.ini", NULL), 2, "", "it takes options only");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/cli/swarm/interrupted_it_leaves_nothing_behind", struct fixture, NULL, set_up,
               interrupted_it_leaves_nothing_behind, tear_down);
    g_test_add("/cli/swarm/what_it_cannot_do_is_a_sentence", struct fixture, NULL, set_up,
               what_it_cannot_do_is_a_sentence, tear_down);
    return g_test_run();
}
