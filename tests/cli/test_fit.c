/* SPDX-License-Identifier: BSD-2-Clause */
/* What does not fit into the machine's memory is refused before it starts. */
#include "cli/fit.h"
#include "cli/memory.h"
#include "tests/cli/support_relo.h"

#include <glib/gstdio.h>
#include <string.h>

static void put(const char *root, const char *name, const char *text)
{
    char *path = g_strconcat(root, name, NULL), *folder = g_path_get_dirname(path);
    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    g_free(folder);
    g_free(path);
}

static void remove_tree(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        char *inner = g_build_filename(path, name, NULL);
        remove_tree(inner);
        g_free(inner);
    }
    if (dir != NULL)
        g_dir_close(dir);
    g_remove(path);
}

static void available_is_the_least_of_all_limits(void)
{
    char *root = g_dir_make_tmp("relo-test-XXXXXX", NULL);

    g_assert_cmpuint(cli_memory_available(root), ==, UINT64_MAX); /* nothing says */
    put(root, "/proc/meminfo", "MemTotal: 9000 kB\nMemFree: 1 kB\nMemAvailable:    4000 kB\n");
    g_assert_cmpuint(cli_memory_available(root), ==, 4000 * 1024);
    put(root, "/proc/self/cgroup", "4:memory:/batch/job\n1:cpu:/\n0::/user.slice/me\n");
    g_assert_cmpuint(cli_memory_available(root), ==, 4000 * 1024);
    put(root, "/sys/fs/cgroup/user.slice/me/memory.max", "max\n");
    g_assert_cmpuint(cli_memory_available(root), ==, 4000 * 1024);
    put(root, "/sys/fs/cgroup/user.slice/memory.max", "3000000\n"); /* of the group above */
    g_assert_cmpuint(cli_memory_available(root), ==, 3000000);
    put(root, "/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    g_assert_cmpuint(cli_memory_available(root), ==, 3000000);
    put(root, "/sys/fs/cgroup/memory/batch/job/memory.limit_in_bytes", "2000000\n");
    g_assert_cmpuint(cli_memory_available(root), ==, 2000000);
    remove_tree(root);
    g_free(root);
}

static void the_largest_runs_meet(void)
{
    static const struct {
        uint64_t available;
        unsigned parallel, room;
    } cases[] = {{99, 4, 0},  {100, 4, 1}, {150, 4, 2}, {189, 4, 2}, {190, 4, 3},
                 {191, 4, 4}, {191, 9, 9}, {150, 2, 2}, {150, 1, 1}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint64_t needs[] = {40, 100, 1, 50};
        g_assert_cmpuint(cli_fit_room(needs, 4, cases[i].parallel, cases[i].available), ==,
                         cases[i].room);
    }
    g_assert_cmpuint(cli_fit_room(NULL, 0, 3, 0), ==, 3); /* all are in the database already */
}

/* 2,000 peers take 8.4 MiB at least. */
static void too_large_is_refused(struct fixture *f, gconstpointer data)
{
    (void)data;
    assert_outcome(relo(f, "run", "tiny.ini", "--set", "overlay.peers=8; 2000", "--memory", "8",
                        NULL),
                   2, "",
                   "tiny.ini: 2000 peers need 8.4 MiB of memory at least, and there are 8.0 MiB; "
                   "have fewer peers, or say with --memory MIB");
    assert_outcome(relo(f, "run", "tiny.ini", "--set", "overlay.peers=8; 2000", "--memory", "16",
                        "-j", "2", NULL),
                   2, "", "have -j 1, or say with --memory");
    assert_outcome(relo(f, "run", "tiny.ini", "--set", "overlay.peers=4000000", "--memory",
                        "1000000", NULL),
                   2, "", "a shard has names for 67.1 million; split each run with --shards 3");
    assert_outcome(relo(f, "run", "tiny.ini", "--memory", "0", NULL), 2, "", "from 1 to");
    g_assert_false(g_file_test(f->database, G_FILE_TEST_EXISTS));
}

static void what_fits_runs(struct fixture *f, gconstpointer data)
{
    (void)data;
    assert_outcome(relo(f, "run", "tiny.ini", "--memory", "1", "-j", "2", "-q", NULL), 0, "", "");
    char *narrow = fingerprints(f);
    g_assert_cmpint(g_unlink(f->database), ==, 0);
    assert_outcome(relo(f, "run", "tiny.ini", "-q", NULL), 0, "", "");
    char *wide = fingerprints(f);
    g_assert_cmpstr(narrow, ==, wide);
    g_free(narrow);
    g_free(wide);
    assert_outcome(relo(f, "show", "tiny.ini", NULL), 0, "memory: the largest run takes 0.0 MiB",
                   "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/fit/available_is_the_least_of_all_limits",
                    available_is_the_least_of_all_limits);
    g_test_add_func("/cli/fit/the_largest_runs_meet", the_largest_runs_meet);
#define ADD(name)                                                                                  \
    g_test_add("/cli/fit/" #name, struct fixture, NULL, set_up, name, tear_down)
    ADD(too_large_is_refused);
    ADD(what_fits_runs);
#undef ADD
    return g_test_run();
}
