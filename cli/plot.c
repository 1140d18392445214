/* SPDX-License-Identifier: BSD-2-Clause */
/* relo plot: draws the figures that were asked for, or every one that has data. */
#include "cli/plot.h"

#include "plots/figure.h"
#include "sim/scenario/nearest.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

struct request {
    const char *directory, *formats;
};

static const struct cli_option options[] = {
    {'o', "output", CLI_TEXT, offsetof(struct request, directory), "DIR",
     "where the files go (default: DB-figures, beside the database)", 0},
    {'f', "format", CLI_TEXT, offsetof(struct request, formats), "LIST",
     "svg, pdf, png, txt, rfc-svg (RFC 7996), with commas (default: svg)", 0},
};

const struct cli_command cli_plot_command = {
    .name = "plot",
    .usage = "DB [FIGURE...] [-o DIR] [--format svg,pdf,png,txt,rfc-svg]",
    .summary = "draw the figures of a results database",
    .text = "Without FIGURE, every one that there is data for; relo list figures has their names.\n"
            "Beside each picture lie its .gp (gnuplot program), .csv (data) and .json (from which\n"
            "runs). Exit status 1: a figure that was asked for has no data.",
    .options = options,
    .n_options = G_N_ELEMENTS(options),
    .run = cli_plot,
};

/* What is drawn, and where to. */
struct plotting {
    const char *database;
    GArray *figures; /* of int; empty: all that have data */
    char *directory;
    unsigned formats;
};

static bool refuse(const char *what, const char *given, const char *const *known, size_t n)
{
    const char *nearest = sim_nearest(given, known, n);
    GString *all = g_string_new(NULL);

    for (size_t i = 0; i < n; i++)
        g_string_append_printf(all, "%s%s", i ? ", " : "", known[i]);
    if (nearest != NULL)
        cli_complain("plot", "there is no %s %s; did you mean %s? (There are: %s.)", what, given,
                     nearest, all->str);
    else
        cli_complain("plot", "there is no %s %s; there are: %s", what, given, all->str);
    g_string_free(all, TRUE);
    return false;
}

static bool add_figure(struct plotting *plotting, const char *name)
{
    const char *known[MX_FIGURE_COUNT];
    int index = mx_figure_find(name);
    for (int i = 0; i < MX_FIGURE_COUNT; i++)
        known[i] = mx_figures[i].name;
    if (index < 0)
        return refuse("figure", name, known, MX_FIGURE_COUNT);
    g_array_append_val(plotting->figures, index);
    return true;
}

static bool set_formats(struct plotting *plotting, const char *list)
{
    static const char *const known[] = {"svg", "png", "pdf", "txt",
                                        "rfc-svg"}; /* bits of enum mx_format */
    char **names = g_strsplit(list, ",", -1);
    bool good = true;
    plotting->formats = 0;
    for (char **name = names; *name && good; name++) {
        unsigned bit = 0;
        while (bit < G_N_ELEMENTS(known) && strcmp(known[bit], g_strstrip(*name)) != 0)
            bit++;
        if (bit == G_N_ELEMENTS(known))
            good = refuse("format", *name, known, G_N_ELEMENTS(known));
        else
            plotting->formats |= 1u << bit;
    }
    g_strfreev(names);
    return good;
}

/* 0 drawn, 1 not. A figure nobody asked for may lack data silently. */
static int draw_one(const struct plotting *plotting, struct mx_database *db, int index, bool asked,
                    unsigned *drawn)
{
    char *error;
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    enum mx_figure_result result =
        mx_figure_draw(index, db, plotting->directory, plotting->formats, asked, files, &error);
    for (guint i = 0; i < files->len; i++)
        g_print("%s\n", (const char *)g_ptr_array_index(files, i));
    g_ptr_array_unref(files);
    *drawn += result == MX_FIGURE_DRAWN;
    bool silent = result == MX_FIGURE_DRAWN || (result == MX_FIGURE_NO_DATA && !asked);
    if (!silent)
        cli_complain("plot", "%s: %s", mx_figures[index].name, error);
    g_free(error);
    return silent ? 0 : 1;
}

static int draw(const struct plotting *plotting, struct mx_database *db)
{
    int status = 0;
    unsigned drawn = 0;
    for (guint i = 0; i < plotting->figures->len; i++)
        status |= draw_one(plotting, db, g_array_index(plotting->figures, int, i), true, &drawn);
    if (plotting->figures->len > 0)
        return status;
    for (int i = 0; i < MX_FIGURE_COUNT; i++)
        status |= draw_one(plotting, db, i, false, &drawn);
    if (drawn == 0 && status == 0) {
        cli_complain("plot", "%s has data for none of the figures", plotting->database);
        status = 1;
    }
    return status;
}

/* Beside the database where nothing was said: results/x.db has results/x-figures. Owned. */
static char *choose_directory(const char *database, const char *wanted)
{
    const char *dot = strrchr(database, '.');
    size_t n = dot && !strchr(dot, '/') ? (size_t)(dot - database) : strlen(database);
    return wanted ? g_strdup(wanted) : g_strdup_printf("%.*s-figures", (int)n, database);
}

static int plot(const struct plotting *plotting)
{
    char *error;
    struct mx_database *db = mx_database_open(plotting->database, MX_DATABASE_READ, &error);
    if (!db) {
        cli_complain("plot", "%s", error);
        g_free(error);
        return CLI_WRONG;
    }
    int status = CLI_WRONG;
    if (g_mkdir_with_parents(plotting->directory, 0777) != 0)
        cli_complain("plot", "the directory %s cannot be made: %s", plotting->directory,
                     g_strerror(errno));
    else
        status = draw(plotting, db);
    mx_database_close(db);
    return status;
}

static bool choose(struct plotting *plotting, const struct request *request, const GPtrArray *rest)
{
    if (rest->len == 0) {
        cli_complain("plot", "which results database? (relo plot DB [FIGURE...])");
        return false;
    }
    plotting->database = g_ptr_array_index(rest, 0);
    plotting->directory = choose_directory(plotting->database, request->directory);
    for (guint i = 1; i < rest->len; i++) {
        if (!add_figure(plotting, g_ptr_array_index(rest, i)))
            return false;
    }
    return request->formats == NULL || set_formats(plotting, request->formats);
}

int cli_plot(int argc, char **argv)
{
    struct request request = {0};
    struct plotting plotting = {.formats = MX_FORMAT_SVG};
    GPtrArray *rest = g_ptr_array_new();
    enum cli_parse parsed = cli_options_parse(&cli_plot_command, argc, argv, &request, rest);
    int status = parsed == CLI_PARSE_HELP ? CLI_DONE : CLI_WRONG;

    plotting.figures = g_array_new(FALSE, FALSE, sizeof(int));
    if (parsed == CLI_PARSE_OK && choose(&plotting, &request, rest))
        status = plot(&plotting);
    g_array_unref(plotting.figures);
    g_free(plotting.directory);
    g_ptr_array_free(rest, TRUE);
    return status;
}
