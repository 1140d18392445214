/* SPDX-License-Identifier: BSD-2-Clause */
/* relo plot: what it makes, what it refuses and in which words. */
#include "cli/plot.h"
#include "tests/plots/support_campaign.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

static char *directory, *database;

/* In the subprocess: runs `relo plot` with these words ("DB" stands for the database) and exits. */
static void plot_and_exit(const char *words)
{
    char **argv = g_strsplit(words, " ", -1);
    for (char **word = argv; *word; word++)
        if (strcmp(*word, "DB") == 0) {
            g_free(*word);
            *word = g_strdup(database);
        }
    g_chdir(directory);
    int status = cli_plot((int)g_strv_length(argv), argv);
    g_strfreev(argv);
    exit(status);
}

static void assert_status(const char *words, int want)
{
    if (g_test_subprocess())
        plot_and_exit(words);
    g_test_trap_subprocess(NULL, 0, 0);
    if (want == 0)
        g_test_trap_assert_passed();
    else
        g_test_trap_assert_failed();
}

static void named_figure_is_drawn_in_each_format(void)
{
    assert_status("plot DB hops -o out --format=svg,txt", 0);
    g_test_trap_assert_stdout("*out/hops.svg\n*out/hops.txt\n*out/hops.gp\n*out/hops.csv\n*");
}

static void without_names_all_that_have_data_are_drawn(void)
{
    assert_status("plot DB -f txt -o out", 0);
    g_test_trap_assert_stdout("*hops.txt*latency-cdf.txt*traffic.txt*");
    g_test_trap_assert_stdout_unmatched("*timeline*");
    g_test_trap_assert_stdout_unmatched("*keepalive*"); /* of which there is one interval */
    g_test_trap_assert_stderr_unmatched("*relo plot:*");
}

static void figure_of_one_place_is_drawn_where_it_is_named(void)
{
    assert_status("plot DB keepalive -o out --format=txt", 0);
    g_test_trap_assert_stdout("*out/keepalive.txt\n*");
}

static void figure_without_data_says_what_is_missing(void)
{
    assert_status("plot DB timeline -o out", 1);
    g_test_trap_assert_stderr("*relo plot: timeline: no run in *time series*");
}

static void unknown_figure_names_the_nearest(void)
{
    assert_status("plot DB sucess", 2);
    g_test_trap_assert_stderr("*no figure sucess; did you mean success?*");
}

static void unknown_format_names_the_nearest(void)
{
    assert_status("plot DB --format svgg", 2);
    g_test_trap_assert_stderr("*no format svgg; did you mean svg?*");
}

static void rfc_svg_lies_beside_the_coloured_one(void)
{
    assert_status("plot DB hops -o out --format rfc-svg,svg", 0);
    g_test_trap_assert_stdout("*out/hops.svg\n*out/hops.rfc.svg\n*");
}

static void missing_database_is_a_sentence(void)
{
    assert_status("plot nothing.db", 2);
    g_test_trap_assert_stderr("*nothing.db does not exist*");
}

static void option_without_value_is_refused(void)
{
    assert_status("plot DB -o", 2);
    g_test_trap_assert_stderr("*--output lacks its DIR*");
}

static void make_database(void)
{
    char *error;
    directory = g_dir_make_tmp("relo-test-XXXXXX", NULL);
    database = g_build_filename(directory, "rest.db", NULL);
    struct mx_database *db = mx_database_open(database, MX_DATABASE_WRITE, &error);
    g_assert_cmpstr(error, ==, NULL);
    support_campaign_static(db);
    mx_database_close(db);
    g_setenv("RELO_TEST_DIRECTORY", directory, TRUE);
}

static void remove_tree(const char *path)
{
    GDir *entries = g_dir_open(path, 0, NULL);
    const char *name;
    while (entries && (name = g_dir_read_name(entries))) {
        char *inner = g_build_filename(path, name, NULL);
        g_remove(inner);
        g_free(inner);
    }
    if (entries)
        g_dir_close(entries);
    g_rmdir(path);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (g_test_subprocess()) { /* the parent's database serves all */
        directory = g_strdup(g_getenv("RELO_TEST_DIRECTORY"));
        database = g_build_filename(directory, "rest.db", NULL);
    } else
        make_database();
    g_test_add_func("/plot/named_figure_is_drawn_in_each_format",
                    named_figure_is_drawn_in_each_format);
    g_test_add_func("/plot/without_names_all_that_have_data_are_drawn",
                    without_names_all_that_have_data_are_drawn);
    g_test_add_func("/plot/figure_of_one_place_is_drawn_where_it_is_named",
                    figure_of_one_place_is_drawn_where_it_is_named);
    g_test_add_func("/plot/figure_without_data_says_what_is_missing",
                    figure_without_data_says_what_is_missing);
    g_test_add_func("/plot/unknown_figure_names_the_nearest", unknown_figure_names_the_nearest);
    g_test_add_func("/plot/unknown_format_names_the_nearest", unknown_format_names_the_nearest);
    g_test_add_func("/plot/rfc_svg_lies_beside_the_coloured_one",
                    rfc_svg_lies_beside_the_coloured_one);
    g_test_add_func("/plot/missing_database_is_a_sentence", missing_database_is_a_sentence);
    g_test_add_func("/plot/option_without_value_is_refused", option_without_value_is_refused);
    int status = g_test_run();
    if (!g_test_subprocess()) {
        char *out = g_build_filename(directory, "out", NULL);
        remove_tree(out);
        remove_tree(directory);
        g_free(out);
    }
    g_free(database);
    g_free(directory);
    return status;
}
