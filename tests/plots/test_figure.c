/* SPDX-License-Identifier: BSD-2-Clause */
/* Figures: every one is drawn in every format, with its data and its sources beside it. */
#include "plots/figure.h"
#include "plots/rfc_svg.h"
#include "tests/plots/support_campaign.h"

#include <glib/gstdio.h>
#include <string.h>

static char *directory; /* of this test program; RELO_TEST_KEEP=DIR keeps the files for a look */
static struct mx_database *rest, *churn;

static char *read_file(const char *name)
{
    char *path = g_build_filename(directory, name, NULL), *content = NULL;
    if (!g_file_get_contents(path, &content, NULL, NULL))
        g_error("there is no %s", path);
    g_free(path);
    return content;
}

static struct mx_database *new_database(const char *name)
{
    char *error, *path = g_build_filename(directory, name, NULL);
    struct mx_database *db = mx_database_open(path, MX_DATABASE_WRITE, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_free(path);
    return db;
}

static void draw(const char *figure, struct mx_database *db)
{
    char *error;
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    int index = mx_figure_find(figure);
    g_assert_cmpint(index, >=, 0);
    unsigned formats =
        MX_FORMAT_SVG | MX_FORMAT_PNG | MX_FORMAT_PDF | MX_FORMAT_TXT | MX_FORMAT_RFC_SVG;
    enum mx_figure_result result =
        mx_figure_draw(index, db, directory, formats, false, files, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_cmpint(result, ==, MX_FIGURE_DRAWN);
    g_assert_cmpuint(files->len, ==, 8);
    for (guint i = 0; i < files->len; i++) {
        GStatBuf status;
        g_assert_cmpint(g_stat(g_ptr_array_index(files, i), &status), ==, 0);
        g_assert_cmpint(status.st_size, >, 100);
    }
    g_ptr_array_unref(files);
    char *name = g_strdup_printf("%s.rfc.svg", figure), *svg = read_file(name);
    if (!mx_rfc_svg_check(svg, &error))
        g_error("%s: %s", name, error);
    g_free(svg);
    g_free(name);
}

static void assert_contains(const char *name, const char *const *wanted, size_t n)
{
    char *content = read_file(name);
    for (size_t i = 0; i < n; i++)
        if (!strstr(content, wanted[i]))
            g_error("%s lacks: %s\n%s", name, wanted[i], content);
    g_free(content);
}

static void assert_at_most_72_columns(const char *name)
{
    char *content = read_file(name);
    char **lines = g_strsplit(content, "\n", -1);
    g_assert_null(strchr(content, '\f'));
    for (char **line = lines; *line; line++) {
        g_assert_cmpint(g_utf8_strlen(*line, -1), <=, 72);
        g_assert_false(g_str_has_suffix(*line, " "));
    }
    g_strfreev(lines);
    g_free(content);
}

static void hops_stand_beside_the_half_log_line(void)
{
    draw("hops", rest);
    const char *const svg[] = {"1/2 log2 N", "revision 1a2b3c4"};
    assert_contains("hops.svg", svg, G_N_ELEMENTS(svg));
    const char *const json[] = {"n = 3 independent runs per point"};
    assert_contains("hops.json", json, G_N_ELEMENTS(json));
    assert_contains("hops.txt", svg, 1);
    assert_at_most_72_columns("hops.txt");
}

static void success_has_a_curve_per_other_parameter(void)
{
    draw("success", churn);
    const char *const svg[] = {
        "chord-reactive = true, chord-update-interval = 30s",
        "chord-reactive = true, chord-update-interval = 10min",
        "chord-reactive = false, chord-update-interval = 30s",
        "chord-reactive = false, chord-update-interval = 10min",
        "10 min",
    };
    assert_contains("success.svg", svg, G_N_ELEMENTS(svg));
    assert_at_most_72_columns("success.txt");
    char *csv = read_file("success.csv");
    char **lines = g_strsplit(csv, "\n", -1);
    g_assert_cmpstr(lines[0], ==, "metric,curve,x,x_text,value,ci95,runs");
    g_assert_cmpuint(g_strv_length(lines), ==, 1 + 16 + 1);
    g_strfreev(lines);
    g_free(csv);
}

static void json_names_every_run_and_how_to_repeat_it(void)
{
    draw("success", churn);
    const char *const wanted[] = {"\"command\": \"relo run scenario.ini\"",
                                  "\"revision\": \"1a2b3c4\"", "\"repetition\": 4",
                                  "\"seed\": \"5\"", "\"churn.mean-session\":\"600s\""};
    assert_contains("success.json", wanted, G_N_ELEMENTS(wanted));
    char *json = read_file("success.json");
    char **runs = g_strsplit(json, "\"run_id\"", -1);
    g_assert_cmpuint(g_strv_length(runs), ==, 1 + 80);
    g_strfreev(runs);
    g_free(json);
}

static void latency_cdf_shows_at_most_eight_curves_and_says_so(void)
{
    draw("latency-cdf", churn);
    const char *const json[] = {"8 more points are not drawn"};
    assert_contains("latency-cdf.json", json, G_N_ELEMENTS(json));
    assert_at_most_72_columns("latency-cdf.txt");
}

static void traffic_has_a_bar_per_point_and_a_fill_per_class(void)
{
    draw("traffic", churn);
    const char *const svg[] = {"maintenance", "lookup", "connect", "ack"};
    assert_contains("traffic.svg", svg, G_N_ELEMENTS(svg));
    assert_at_most_72_columns("traffic.txt");
}

static void timeline_has_a_panel_per_quantity(void)
{
    draw("timeline", churn);
    const char *const svg[] = {"peers alive", "wrong successor", "lookup success", "time (min)"};
    assert_contains("timeline.svg", svg, G_N_ELEMENTS(svg));
    assert_at_most_72_columns("timeline.txt");
}

static void nat_churn_shows_lookups_joins_and_what_servers_relay(void)
{
    draw("nat-churn", churn);
    const char *const svg[] = {"lookup success", "join time (s)", "B/s per server", "time (min)"};
    assert_contains("nat-churn.svg", svg, G_N_ELEMENTS(svg));
    assert_at_most_72_columns("nat-churn.txt");
}

static void legend_of_many_curves_is_whole(void)
{
    struct mx_database *db = new_database("cgn.db");
    support_campaign_cgn(db);
    draw("nat-mix", db);
    mx_database_close(db);
    assert_at_most_72_columns("nat-mix.txt");
    const char *const labels[] = {"cgn-symmetric", "host, 0%",   "host, 40%",  "srflx, 0%",
                                  "srflx, 40%",    "prflx, 0%",  "prflx, 40%", "relay, 0%",
                                  "relay, 40%",    "failed, 0%", "failed, 40%"};
    assert_contains("nat-mix.txt", labels, G_N_ELEMENTS(labels));
    assert_contains("nat-mix.svg", labels, G_N_ELEMENTS(labels));
}

static void axis_of_shares_ends_at_one(void)
{
    struct mx_database *db = new_database("shares.db");
    support_campaign_cgn(db);
    draw("nat-mix", db);
    mx_database_close(db);
    char *svg = read_file("nat-mix.svg");
    g_assert_nonnull(strstr(svg, "<text> 0.8</text>"));
    g_assert_null(strstr(svg, "<text> 1.2</text>"));
    g_free(svg);
}

static void one_point_left_out_is_a_point(void)
{
    struct mx_database *db = new_database("loads.db");
    support_campaign_cgn(db);
    draw("load", db);
    mx_database_close(db);
    const char *const json[] = {"; 1 more point is not drawn."};
    assert_contains("load.json", json, G_N_ELEMENTS(json));
}

/* What is stored has a point per whole number, and few of them. */
static void curve_of_few_points_has_its_markers(void)
{
    struct mx_database *db = new_database("markers.db");
    support_campaign_cgn(db);
    draw("load", db);
    mx_database_close(db);
    char *svg = read_file("load.svg");
    char **markers =
        g_strsplit(svg, "'#gpPt7'", -1); /* of the sixth curve, and one in the legend */
    g_assert_cmpuint(g_strv_length(markers), >, 1 + 1 + 5);
    g_strfreev(markers);
    g_free(svg);
}

static void planned_events_are_marked_and_named(void)
{
    struct mx_database *db = new_database("events.db");
    support_campaign_events(db);
    draw("timeline", db);
    assert_at_most_72_columns("timeline.txt");
    const char *const json[] = {"upright lines: mass-failure at 10 min, partition-from at 20 min"};
    assert_contains("timeline.json", json, 1);
    draw("malicious", db);
    const char *const svg[] = {"5%", "20%"};
    assert_contains("malicious.svg", svg, G_N_ELEMENTS(svg));
    mx_database_close(db);
}

static void hops_pdf_sums_to_one(void)
{
    draw("hops-pdf", rest);
    assert_at_most_72_columns("hops-pdf.txt");
    char *csv = read_file("hops-pdf.csv");
    char **lines = g_strsplit(csv, "\n", -1);
    double sum = 0;
    for (char **line = lines + 1; *line && **line; line++) {
        char **cells = g_strsplit(*line, ",", -1);
        sum += g_ascii_strtod(cells[4], NULL);
        g_strfreev(cells);
    }
    g_assert_cmpfloat_with_epsilon(sum, 6, 1e-6); /* six of the seven points */
    g_strfreev(lines);
    g_free(csv);
}

static void maintenance_and_cost_are_drawn(void)
{
    draw("maintenance", churn);
    assert_at_most_72_columns("maintenance.txt");
    draw("cost", churn);
    assert_at_most_72_columns("cost.txt");
    /* A scatter per session time, and its hull: the cheapest choice and what surpasses it. */
    const char *const csv[] = {"mean-session = 600s", "hull of mean-session = 600s"};
    assert_contains("cost.csv", csv, G_N_ELEMENTS(csv));
}

static void load_is_drawn_against_equal_shares(void)
{
    draw("load", rest);
    assert_at_most_72_columns("load.txt");
    const char *const svg[] = {"all alike", "95th percentile"};
    assert_contains("load.svg", svg, G_N_ELEMENTS(svg));
    char *csv = read_file("load.csv");
    g_assert_nonnull(strstr(csv, ",1,\"\",1,")); /* all peers carry all of it */
    g_free(csv);
}

static void matrix_has_a_cell_per_pair(void)
{
    struct mx_database *pairs = new_database("pairs.db");
    support_campaign_pairs(pairs);
    draw("nat-matrix", pairs);
    mx_database_close(pairs);
    assert_at_most_72_columns("nat-matrix.txt");
    const char *const csv[] = {"direct,public,1,public,0.7,", "direct,public,3,blocked,0.2,",
                               "direct,blocked,2,symmetric,0.7,"};
    assert_contains("nat-matrix.csv", csv, G_N_ELEMENTS(csv));
    const char *const txt[] = {"public", "symmetric", "70+10", "10+10", "R", "none"};
    assert_contains("nat-matrix.txt", txt, G_N_ELEMENTS(txt));
}

static void drawing_again_gives_the_same_data(void)
{
    draw("success", churn);
    char *first = read_file("success.gp");
    draw("success", churn);
    char *second = read_file("success.gp");
    g_assert_cmpstr(first, ==, second);
    g_free(first);
    g_free(second);
}

static void figure_without_data_is_a_sentence(void)
{
    char *error;
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    int success = mx_figure_find("success"), timeline = mx_figure_find("timeline");
    g_assert_cmpint(mx_figure_draw(success, rest, directory, MX_FORMAT_SVG, true, files, &error),
                    ==, MX_FIGURE_NO_DATA);
    g_assert_nonnull(strstr(error, "churn.mean-session"));
    g_free(error);
    g_assert_cmpint(mx_figure_draw(timeline, rest, directory, MX_FORMAT_SVG, true, files, &error),
                    ==, MX_FIGURE_NO_DATA);
    g_assert_nonnull(strstr(error, "time series"));
    g_free(error);
    /* One size only: drawn when it is asked for by name, otherwise not worth a figure. */
    int hops = mx_figure_find("hops");
    g_assert_cmpint(mx_figure_draw(hops, churn, directory, MX_FORMAT_SVG, false, files, &error), ==,
                    MX_FIGURE_NO_DATA);
    g_assert_nonnull(strstr(error, "overlay.peers"));
    g_free(error);
    g_assert_cmpuint(files->len, ==, 0);
    g_assert_cmpint(mx_figure_draw(hops, churn, directory, MX_FORMAT_SVG, true, files, &error), ==,
                    MX_FIGURE_DRAWN);
    g_ptr_array_unref(files);
}

static void missing_gnuplot_is_a_sentence(void)
{
    char *path = g_strdup(g_getenv("PATH")), *error;
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    g_setenv("PATH", directory, TRUE);
    g_assert_cmpint(
        mx_figure_draw(mx_figure_find("hops"), rest, directory, MX_FORMAT_SVG, true, files, &error),
        ==, MX_FIGURE_FAILED);
    g_setenv("PATH", path, TRUE);
    g_assert_nonnull(strstr(error, "gnuplot is not installed"));
    g_free(error);
    g_free(path);
    g_ptr_array_unref(files);
}

static void remove_directory(void)
{
    GDir *entries = g_dir_open(directory, 0, NULL);
    const char *name;
    while (entries && (name = g_dir_read_name(entries))) {
        char *path = g_build_filename(directory, name, NULL);
        g_remove(path);
        g_free(path);
    }
    if (entries)
        g_dir_close(entries);
    g_rmdir(directory);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    const char *keep = g_getenv("RELO_TEST_KEEP");
    directory = keep ? g_strdup(keep) : g_dir_make_tmp("relo-test-XXXXXX", NULL);
    rest = new_database("rest.db");
    churn = new_database("churn.db");
    support_campaign_static(rest);
    support_campaign_churn(churn);
    g_test_add_func("/figure/hops_stand_beside_the_half_log_line",
                    hops_stand_beside_the_half_log_line);
    g_test_add_func("/figure/success_has_a_curve_per_other_parameter",
                    success_has_a_curve_per_other_parameter);
    g_test_add_func("/figure/json_names_every_run_and_how_to_repeat_it",
                    json_names_every_run_and_how_to_repeat_it);
    g_test_add_func("/figure/latency_cdf_shows_at_most_eight_curves_and_says_so",
                    latency_cdf_shows_at_most_eight_curves_and_says_so);
    g_test_add_func("/figure/traffic_has_a_bar_per_point_and_a_fill_per_class",
                    traffic_has_a_bar_per_point_and_a_fill_per_class);
    g_test_add_func("/figure/timeline_has_a_panel_per_quantity", timeline_has_a_panel_per_quantity);
    g_test_add_func("/figure/planned_events_are_marked_and_named",
                    planned_events_are_marked_and_named);
    g_test_add_func("/figure/hops_pdf_sums_to_one", hops_pdf_sums_to_one);
    g_test_add_func("/figure/maintenance_and_cost_are_drawn", maintenance_and_cost_are_drawn);
    g_test_add_func("/figure/load_is_drawn_against_equal_shares",
                    load_is_drawn_against_equal_shares);
    g_test_add_func("/figure/nat_churn_shows_lookups_joins_and_what_servers_relay",
                    nat_churn_shows_lookups_joins_and_what_servers_relay);
    g_test_add_func("/figure/legend_of_many_curves_is_whole", legend_of_many_curves_is_whole);
    g_test_add_func("/figure/axis_of_shares_ends_at_one", axis_of_shares_ends_at_one);
    g_test_add_func("/figure/one_point_left_out_is_a_point", one_point_left_out_is_a_point);
    g_test_add_func("/figure/curve_of_few_points_has_its_markers",
                    curve_of_few_points_has_its_markers);
    g_test_add_func("/figure/matrix_has_a_cell_per_pair", matrix_has_a_cell_per_pair);
    g_test_add_func("/figure/drawing_again_gives_the_same_data", drawing_again_gives_the_same_data);
    g_test_add_func("/figure/figure_without_data_is_a_sentence", figure_without_data_is_a_sentence);
    g_test_add_func("/figure/missing_gnuplot_is_a_sentence", missing_gnuplot_is_a_sentence);
    int status = g_test_run();
    mx_database_close(rest);
    mx_database_close(churn);
    if (!keep)
        remove_directory();
    g_free(directory);
    return status;
}
