/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a chart as a gnuplot program that carries its data, and runs gnuplot on it. */
#include "plots/chart.h"

#include "generated/cost_gp.h"
#include "generated/hops_gp.h"
#include "generated/hops_pdf_gp.h"
#include "generated/join_cdf_gp.h"
#include "generated/latency_cdf_gp.h"
#include "generated/load_gp.h"
#include "generated/maintenance_gp.h"
#include "generated/malicious_gp.h"
#include "generated/nat_matrix_gp.h"
#include "generated/panels_gp.h"
#include "generated/style_gp.h"
#include "generated/success_gp.h"
#include "generated/timeline_gp.h"
#include "generated/traffic_gp.h"

#include "metrics/export.h"

#include <math.h>
#include <string.h>

enum { TICS_MAX = 12, CAPTION_COLUMNS = 96, CAPTION_TXT_COLUMNS = 70 };

static const struct {
    const char *name, *program;
} templates[MX_FIGURE_COUNT] = {
    {"hops", hops_gp},
    {"hops-pdf", hops_pdf_gp},
    {"success", success_gp},
    {"latency-cdf", latency_cdf_gp},
    {"join-cdf", join_cdf_gp},
    {"traffic", traffic_gp},
    {"maintenance", maintenance_gp},
    {"cost", cost_gp},
    {"timeline", timeline_gp},
    {"load", load_gp},
    {"malicious", malicious_gp},
    {"nat-matrix", nat_matrix_gp},
    {"nat-mix", panels_gp},
    {"nat-churn", timeline_gp},
    {"keepalive", panels_gp},
};

/* A gnuplot string in double quotes. Newlines may only come from us. */
static void append_string(GString *gp, const char *text)
{
    g_string_append_c(gp, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_c(gp, '\\');
        if (*p == '\n')
            g_string_append(gp, "\\n");
        else if ((unsigned char)*p >= 0x20)
            g_string_append_c(gp, *p);
    }
    g_string_append_c(gp, '"');
}

static void append_variable(GString *gp, const char *name, const char *value)
{
    g_string_append_printf(gp, "%s = ", name);
    append_string(gp, value);
    g_string_append_c(gp, '\n');
}

/* The text in lines of at most so many columns. */
static char *wrap(const char *text, size_t columns)
{
    GString *lines = g_string_new(NULL);
    char **words = g_strsplit(text, " ", -1);
    size_t at = 0;
    for (char **word = words; *word; word++) {
        size_t length = (size_t)g_utf8_strlen(*word, -1);
        if (at > 0 && at + 1 + length > columns) {
            g_string_append_c(lines, '\n');
            at = 0;
        } else if (at > 0) {
            g_string_append_c(lines, ' ');
            at++;
        }
        g_string_append(lines, *word);
        at += length;
    }
    g_strfreev(words);
    return g_string_free(lines, FALSE);
}

static void append_caption(GString *gp, const char *name, const char *caption, size_t columns)
{
    char *wrapped = wrap(caption, columns);
    guint lines = 1;
    for (const char *p = wrapped; *p; p++)
        lines += *p == '\n';
    append_variable(gp, name, wrapped);
    g_string_append_printf(gp, "%s_lines = %u\n", name, lines);
    g_free(wrapped);
}

static void append_number(GString *gp, double value)
{
    if (isnan(value))
        g_string_append(gp, " NaN");
    else {
        g_string_append_c(gp, ' ');
        mx_export_json_number(gp, value);
    }
}

static void append_data(GString *gp, const struct mx_chart *chart)
{
    double low = INFINITY, high = -INFINITY;
    g_string_append(gp,
                    "# x value ci95 low high runs; two empty lines between curves\n$data << EOD\n");
    for (guint c = 0; c < chart->curves->len; c++) {
        const struct mx_curve *curve = g_ptr_array_index(chart->curves, c);
        g_string_append(gp, c ? "\n\n" : "");
        for (guint i = 0; i < curve->points->len; i++) {
            const struct mx_chart_point *p =
                &g_array_index(curve->points, struct mx_chart_point, i);
            const double columns[] = {p->x, p->y, p->ci95, p->low, p->high, (double)p->runs};
            low = MIN(low, p->x);
            high = MAX(high, p->x);
            for (size_t k = 0; k < G_N_ELEMENTS(columns); k++)
                append_number(gp, columns[k]);
            g_string_append_c(gp, '\n');
        }
        if (curve->points->len == 0)
            g_string_append(gp, " NaN NaN NaN NaN NaN 0\n");
    }
    g_string_append(gp, "EOD\nx_min =");
    append_number(gp, low);
    g_string_append(gp, "\nx_max =");
    append_number(gp, high);
    g_string_append_c(gp, '\n');
}

static void append_labels(GString *gp, const struct mx_chart *chart)
{
    size_t longest = 0;
    g_string_append_printf(gp, "curves = %u\narray label[%u]\n", chart->curves->len,
                           chart->curves->len);
    for (guint i = 0; i < chart->curves->len; i++) {
        const struct mx_curve *curve = g_ptr_array_index(chart->curves, i);
        g_string_append_printf(gp, "label[%u] = ", i + 1);
        append_string(gp, curve->label);
        g_string_append_c(gp, '\n');
        longest = MAX(longest, strlen(curve->label));
    }
    g_string_append_printf(gp, "label_longest = %zu\n", longest);
    append_variable(gp, "legend", chart->legend ? chart->legend : "");
}

static void append_panels(GString *gp, const struct mx_chart *chart)
{
    guint n = chart->panels->len;
    if (n == 0)
        return;
    g_string_append_printf(gp, "panels = %u\narray panel[%u]\narray first[%u]\narray count[%u]\n",
                           n, n, n, n);
    for (guint i = 0; i < n; i++) {
        const struct mx_panel *panel = &g_array_index(chart->panels, struct mx_panel, i);
        g_string_append_printf(gp, "panel[%u] = ", i + 1);
        append_string(gp, panel->label);
        g_string_append_printf(gp, "\nfirst[%u] = %u\ncount[%u] = %u\n", i + 1, panel->first, i + 1,
                               panel->n);
    }
}

static void append_marks(GString *gp, const struct mx_chart *chart)
{
    guint n = chart->marks->len;
    g_string_append_printf(gp, "marks = %u\narray mark[%u]\n", n, MAX(n, 1));
    for (guint i = 0; i < n; i++) {
        g_string_append_printf(gp, "mark[%u] =", i + 1);
        append_number(gp, g_array_index(chart->marks, struct mx_tic, i).at);
        g_string_append_c(gp, '\n');
    }
}

/* Marks at the values drawn; where they are many, only at some of them. */
static void append_tics(GString *gp, const struct mx_chart *chart)
{
    guint n = chart->tics->len, every = (n + TICS_MAX - 1) / TICS_MAX;
    size_t longest = 0;
    if (n == 0)
        return;
    if (strcmp(chart->figure->name, "traffic") == 0 ||
        strcmp(chart->figure->name, "nat-matrix") == 0)
        every = 1;
    g_string_append(gp, "set xtics (");
    for (guint i = 0; i < n; i += every) {
        const struct mx_tic *tic = &g_array_index(chart->tics, struct mx_tic, i);
        g_string_append(gp, i ? ", " : "");
        char **parts = g_strsplit(tic->text, "%", -1); /* gnuplot takes it for a format */
        char *format = g_strjoinv("%%", parts);
        append_string(gp, format);
        g_strfreev(parts);
        g_free(format);
        append_number(gp, tic->at);
        longest = MAX(longest, strlen(tic->text));
    }
    const struct mx_tic *last = &g_array_index(chart->tics, struct mx_tic, n - 1);
    g_string_append_printf(gp, ")\ntics = %u\ntic_longest = %zu\n", n, longest);
    g_string_append(gp, "x_first =");
    append_number(gp, g_array_index(chart->tics, struct mx_tic, 0).at);
    g_string_append(gp, "\nx_last =");
    append_number(gp, last->at);
    g_string_append_c(gp, '\n');
}

GString *mx_chart_gp(const struct mx_chart *chart, const char *caption)
{
    GString *gp = g_string_new(NULL);
    const char *name = chart->figure->name;
    g_string_append_printf(gp,
                           "# %s %s\n# To draw it again: gnuplot -e 'format=\"pdf\"' %s.gp "
                           "(or svg, png, txt)\n",
                           name, chart->figure->question, name);
    append_variable(gp, "figure", name);
    append_variable(gp, "heading", chart->figure->description);
    append_variable(gp, "x_label", chart->x_label ? chart->x_label : "");
    append_caption(gp, "caption", caption, CAPTION_COLUMNS);
    append_caption(gp, "caption_txt", caption, CAPTION_TXT_COLUMNS);
    g_string_append(gp, "y_low =");
    append_number(gp, chart->y_low);
    g_string_append_c(gp, '\n');
    append_labels(gp, chart);
    append_panels(gp, chart);
    append_tics(gp, chart);
    append_marks(gp, chart);
    append_data(gp, chart);
    g_string_append(gp, style_gp);
    for (int i = 0; i < MX_FIGURE_COUNT; i++)
        if (strcmp(templates[i].name, name) == 0)
            g_string_append(gp, templates[i].program);
    return gp;
}

bool mx_gnuplot_run(const char *directory, const char *name, const char *format, char **error)
{
    char *program = g_strdup_printf("%s.gp", name);
    char *choice = g_strdup_printf("format=\"%s\"", format);
    char *arguments[] = {(char[]){"gnuplot"}, (char[]){"-e"}, choice, program, NULL};
    char *complaint = NULL;
    int status = 0;
    GError *problem = NULL;
    bool done = false;
    if (!g_spawn_sync(directory, arguments, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
                      NULL, NULL, NULL, &complaint, &status, &problem)) {
        if (g_error_matches(problem, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT))
            *error = g_strdup("gnuplot is not installed (on Debian: apt install gnuplot-nox); "
                              "the data and the gnuplot program were written");
        else
            *error = g_strdup_printf("cannot run gnuplot: %s", problem->message);
        g_error_free(problem);
    } else if (!g_spawn_check_wait_status(status, NULL))
        *error = g_strdup_printf("gnuplot could not draw %s as %s: %s", name, format,
                                 g_strstrip(complaint));
    else
        done = true;
    g_free(complaint);
    g_free(choice);
    g_free(program);
    return done;
}
