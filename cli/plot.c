/* SPDX-License-Identifier: BSD-2-Clause */
/* relo plot: draws the figures that were asked for, or every one that has data. */
#include "cli/plot.h"

#include "plots/figure.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

static const char usage[] =
    "Usage: relo plot DB [FIGURE...] [-o DIR] [--format svg,pdf,png,txt,rfc-svg]\n"
    "\n"
    "Draws figures from a results database; without FIGURE, every one that has data.\n"
    "Beside each picture lie its .gp (gnuplot program), .csv (data) and .json (from which runs).\n"
    "\n"
    "  -o, --output DIR     where the files go (default: DB-figures, beside the database)\n"
    "  -f, --format LIST    svg, pdf, png, txt, rfc-svg (RFC 7996), with commas (default: svg)\n"
    "  -h, --help           this text\n"
    "\n"
    "Figures:\n";

struct request {
    const char *database;
    GArray *figures; /* of int; empty: all that have data */
    char *directory;
    unsigned formats;
};

/* Edit distance, for "did you mean": two rows of the classic table. */
static size_t distance(const char *a, const char *b)
{
    enum { LONGEST = 31 };
    size_t above[LONGEST + 1], row[LONGEST + 1];
    size_t n = MIN(strlen(b), LONGEST);
    for (size_t j = 0; j <= n; j++)
        above[j] = j;
    for (size_t i = 0; a[i]; i++) {
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t change = above[j] + (a[i] != b[j]);
            row[j + 1] = MIN(change, MIN(above[j + 1], row[j]) + 1);
        }
        memcpy(above, row, sizeof row);
    }
    return above[n];
}

static int refuse(const char *what, const char *given, const char *const *known, size_t n)
{
    size_t best = 0;
    GString *all = g_string_new(NULL);
    for (size_t i = 0; i < n; i++) {
        if (distance(given, known[i]) < distance(given, known[best]))
            best = i;
        g_string_append_printf(all, "%s%s", i ? ", " : "", known[i]);
    }
    g_printerr("relo plot: there is no %s \"%s\"; the nearest is \"%s\" (there are: %s)\n", what,
               given, known[best], all->str);
    g_string_free(all, TRUE);
    return 2;
}

static int add_figure(struct request *request, const char *name)
{
    const char *known[MX_FIGURE_COUNT];
    int index = mx_figure_find(name);
    for (int i = 0; i < MX_FIGURE_COUNT; i++)
        known[i] = mx_figures[i].name;
    if (index < 0)
        return refuse("figure", name, known, MX_FIGURE_COUNT);
    g_array_append_val(request->figures, index);
    return 0;
}

static int set_formats(struct request *request, const char *list)
{
    static const char *const known[] = {"svg", "png", "pdf", "txt",
                                        "rfc-svg"}; /* bits of enum mx_format */
    char **names = g_strsplit(list, ",", -1);
    int status = 0;
    request->formats = 0;
    for (char **name = names; *name && status == 0; name++) {
        unsigned bit = 0;
        while (bit < G_N_ELEMENTS(known) && strcmp(known[bit], g_strstrip(*name)) != 0)
            bit++;
        if (bit == G_N_ELEMENTS(known))
            status = refuse("format", *name, known, G_N_ELEMENTS(known));
        else
            request->formats |= 1u << bit;
    }
    g_strfreev(names);
    return status;
}

static int set_option(struct request *request, const char *option, const char *value)
{
    if (!value) {
        g_printerr("relo plot: %s needs a value\n", option);
        return 2;
    }
    if (strcmp(option, "-f") == 0 || strcmp(option, "--format") == 0)
        return set_formats(request, value);
    if (strcmp(option, "-o") == 0 || strcmp(option, "--output") == 0) {
        g_free(request->directory);
        request->directory = g_strdup(value);
        return 0;
    }
    g_printerr("relo plot: unknown option %s (relo plot --help lists them)\n", option);
    return 2;
}

static int parse(struct request *request, int argc, char **argv)
{
    int status = 0;
    for (int i = 1; i < argc && status == 0; i++) {
        const char *equals = strchr(argv[i], '=');
        if (g_str_has_prefix(argv[i], "--") && equals) {
            char *option = g_strndup(argv[i], (gsize)(equals - argv[i]));
            status = set_option(request, option, equals + 1);
            g_free(option);
        } else if (argv[i][0] == '-' && argv[i][1]) {
            bool last = i + 1 == argc;
            status = set_option(request, argv[i], last ? NULL : argv[i + 1]);
            i++;
        } else if (!request->database)
            request->database = argv[i];
        else
            status = add_figure(request, argv[i]);
    }
    if (status == 0 && !request->database) {
        g_printerr("relo plot: which results database? (relo plot DB [FIGURE...])\n");
        status = 2;
    }
    return status;
}

/* 0 drawn, 1 not. A figure nobody asked for may lack data silently. */
static int draw_one(const struct request *request, struct mx_database *db, int index, bool asked,
                    unsigned *drawn)
{
    char *error;
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    enum mx_figure_result result =
        mx_figure_draw(index, db, request->directory, request->formats, asked, files, &error);
    for (guint i = 0; i < files->len; i++)
        g_print("%s\n", (const char *)g_ptr_array_index(files, i));
    g_ptr_array_unref(files);
    *drawn += result == MX_FIGURE_DRAWN;
    bool silent = result == MX_FIGURE_DRAWN || (result == MX_FIGURE_NO_DATA && !asked);
    if (!silent)
        g_printerr("relo plot: %s: %s\n", mx_figures[index].name, error);
    g_free(error);
    return silent ? 0 : 1;
}

static int draw(const struct request *request, struct mx_database *db)
{
    int status = 0;
    unsigned drawn = 0;
    for (guint i = 0; i < request->figures->len; i++)
        status |= draw_one(request, db, g_array_index(request->figures, int, i), true, &drawn);
    if (request->figures->len > 0)
        return status;
    for (int i = 0; i < MX_FIGURE_COUNT; i++)
        status |= draw_one(request, db, i, false, &drawn);
    if (drawn == 0 && status == 0) {
        g_printerr("relo plot: %s has data for none of the figures\n", request->database);
        status = 1;
    }
    return status;
}

static int plot(struct request *request)
{
    char *error;
    struct mx_database *db = mx_database_open(request->database, MX_DATABASE_READ, &error);
    if (!db) {
        g_printerr("relo plot: %s\n", error);
        g_free(error);
        return 2;
    }
    int status = 2;
    if (!request->directory) {
        const char *dot = strrchr(request->database, '.');
        gsize length =
            dot && !strchr(dot, '/') ? (gsize)(dot - request->database) : strlen(request->database);
        request->directory = g_strdup_printf("%.*s-figures", (int)length, request->database);
    }
    if (g_mkdir_with_parents(request->directory, 0777) != 0)
        g_printerr("relo plot: cannot make the directory %s: %s\n", request->directory,
                   g_strerror(errno));
    else
        status = draw(request, db);
    mx_database_close(db);
    return status;
}

int cli_plot(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-h") != 0 && strcmp(argv[i], "--help") != 0)
            continue;
        g_print("%s", usage);
        for (int k = 0; k < MX_FIGURE_COUNT; k++)
            g_print("  %-12s %s\n", mx_figures[k].name, mx_figures[k].question);
        return 0;
    }
    struct request request = {.formats = MX_FORMAT_SVG};
    request.figures = g_array_new(FALSE, FALSE, sizeof(int));
    int status = parse(&request, argc, argv);
    if (status == 0)
        status = plot(&request);
    g_array_unref(request.figures);
    g_free(request.directory);
    return status;
}
