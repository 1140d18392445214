/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of figures, and how one of them gets into a directory. */
#include "plots/figure.h"

#include "metrics/export.h"
#include "plots/chart.h"
#include "plots/rfc_svg.h"

#include <glib/gstdio.h>
#include <string.h>

/* Same order as the table; indices of fill(). */
enum {
    HOPS,
    HOPS_PDF,
    SUCCESS,
    LATENCY_CDF,
    JOIN_CDF,
    TRAFFIC,
    MAINTENANCE,
    COST,
    TIMELINE,
    LOAD,
    MALICIOUS,
    NAT_MATRIX,
    NAT_MIX,
    NAT_CHURN,
    KEEPALIVE
};

const struct mx_figure mx_figures[MX_FIGURE_COUNT] = {
    [HOPS] = {"hops", "How many hops does a lookup take as the overlay grows?",
              "Hops per lookup against the number of peers"},
    [HOPS_PDF] = {"hops-pdf", "How far apart are the shortest and the longest way?",
                  "Distribution of hops per lookup"},
    [SUCCESS] = {"success", "Do lookups succeed when peers come and go?",
                 "Lookup success against mean session time"},
    [LATENCY_CDF] = {"latency-cdf", "How long does a lookup take?",
                     "Distribution of lookup latency"},
    [JOIN_CDF] = {"join-cdf", "How long does a peer take to join?", "Distribution of join times"},
    [TRAFFIC] = {"traffic", "What does each peer send, and what for?",
                 "Bytes sent per peer and second, by class"},
    [MAINTENANCE] = {"maintenance", "What does it cost to hold the ring together?",
                     "Maintenance traffic against mean session time"},
    [COST] = {"cost", "Which parameters give the most for their cost?",
              "Lookup success against traffic"},
    [TIMELINE] = {"timeline", "What happens to the ring over time?",
                  "Peers alive, ring and lookups over time"},
    [LOAD] = {"load", "How evenly does the work fall on the peers?",
              "Load over peers: messages forwarded, resources stored"},
    [MALICIOUS] = {"malicious", "Do lookups survive malicious peers?",
                   "Lookup success against the share of malicious peers"},
    [NAT_MATRIX] = {"nat-matrix", "Which pairs of hosts can talk directly, and which need a relay?",
                    "Paths of pairs of ICE agents: direct, relayed or none"},
    [NAT_MIX] = {"nat-mix", "What do symmetric and nested NATs do to links?",
                 "Paths of links and their set-up time against the mix of NATs"},
    [NAT_CHURN] = {"nat-churn", "What do NATs and churn cost those who relay?",
                   "Lookups, joins and the load of the mean TURN server over time"},
    [KEEPALIVE] = {"keepalive", "How often must a silent link say something?",
                   "Links lost, and what keepalives cost, against their interval"},
};

int mx_figure_find(const char *name)
{
    for (int i = 0; i < MX_FIGURE_COUNT; i++)
        if (strcmp(mx_figures[i].name, name) == 0)
            return i;
    return -1;
}

const char *mx_format_name(unsigned format)
{
    switch (format) {
    case MX_FORMAT_SVG:
        return "svg";
    case MX_FORMAT_PNG:
        return "png";
    case MX_FORMAT_PDF:
        return "pdf";
    case MX_FORMAT_RFC_SVG:
        return "rfc-svg";
    default:
        return "txt";
    }
}

const char *mx_format_suffix(unsigned format)
{
    return format == MX_FORMAT_RFC_SVG ? "rfc.svg" : mx_format_name(format);
}

static bool fill(struct mx_chart *chart, int index, struct mx_database *db, bool asked,
                 char **error)
{
    switch (index) {
    case HOPS:
        chart->x_label = g_strdup("peers");
        return mx_query_against(chart, db, "lookup.hops", "overlay.peers", false, asked, error);
    case HOPS_PDF:
        chart->x_label = g_strdup("hops");
        return mx_query_hops(chart, db, error);
    case SUCCESS:
        chart->x_label = g_strdup("mean session time");
        return mx_query_against(chart, db, "lookup.success", "churn.mean-session", false, asked,
                                error);
    case LATENCY_CDF:
        chart->x_label = g_strdup("lookup latency (s)");
        return mx_query_cdf(chart, db, "lookup.latency", "answered lookups only", error);
    case JOIN_CDF:
        chart->x_label = g_strdup("time from start to admission (s)");
        return mx_query_cdf(chart, db, "join.latency", "joins that completed only", error);
    case TRAFFIC:
        return mx_query_traffic(chart, db, error);
    case MAINTENANCE:
        chart->x_label = g_strdup("mean session time");
        return mx_query_against(chart, db, "traffic.bytes.maintenance", "churn.mean-session", false,
                                asked, error);
    case COST:
        chart->x_label = g_strdup("bytes per peer and second");
        return mx_query_cost(chart, db, error);
    case LOAD:
        chart->x_label = g_strdup("share of peers, the least loaded first");
        return mx_query_load(chart, db, error);
    case MALICIOUS:
        chart->x_label = g_strdup("share of malicious peers");
        return mx_query_against(chart, db, "lookup.success", "malicious.share", true, asked, error);
    case NAT_MATRIX:
        return mx_query_matrix(chart, db, error);
    case NAT_MIX:
        return mx_query_nat_mix(chart, db, asked, error);
    case NAT_CHURN:
        chart->x_label = g_strdup("time (min)");
        return mx_query_nat_churn(chart, db, error);
    case KEEPALIVE:
        return mx_query_keepalive(chart, db, asked, error);
    default:
        chart->x_label = g_strdup("time (min)");
        return mx_query_timeline(chart, db, error);
    }
}

/* Writes name.suffix and notes it. Takes the content. */
static bool write_beside(const char *directory, const char *name, const char *suffix,
                         GString *content, GPtrArray *files, char **error)
{
    char *file = g_strdup_printf("%s.%s", name, suffix);
    char *path = g_build_filename(directory, file, NULL);
    bool written = mx_export_write(path, content, error);
    if (written)
        g_ptr_array_add(files, path);
    else
        g_free(path);
    g_string_free(content, TRUE);
    g_free(file);
    return written;
}

/* gnuplot says nothing where the disk is full. */
static bool drawn(const char *path, char **error)
{
    GStatBuf file;
    if (g_stat(path, &file) == 0 && file.st_size > 0)
        return true;
    *error = g_strdup_printf("cannot write %s: is the disk full?", path);
    return false;
}

static bool draw(const struct mx_chart *chart, struct mx_database *db, const char *directory,
                 unsigned formats, GPtrArray *files, char **error)
{
    const char *name = chart->figure->name;
    char *caption = mx_chart_caption(chart, db);
    GPtrArray *beside = g_ptr_array_new();
    bool done = write_beside(directory, name, "gp", mx_chart_gp(chart, caption), beside, error) &&
                write_beside(directory, name, "csv", mx_chart_csv(chart), beside, error) &&
                write_beside(directory, name, "json", mx_chart_json(chart, db, formats, caption),
                             beside, error);
    for (unsigned format = 1; done && format <= MX_FORMAT_RFC_SVG; format *= 2) {
        if (!(formats & format))
            continue;
        char *path = g_strdup_printf("%s%s%s.%s", directory, G_DIR_SEPARATOR_S, name,
                                     mx_format_suffix(format));
        done = mx_gnuplot_run(directory, name, mx_format_name(format), error) &&
               drawn(path, error) &&
               (format != MX_FORMAT_RFC_SVG ||
                mx_rfc_svg_file(path, chart->figure->description, caption, error));
        if (done)
            g_ptr_array_add(files, path);
        else
            g_free(path);
    }
    /* The pictures come first in the list. */
    for (guint i = 0; i < beside->len; i++)
        g_ptr_array_add(files, g_ptr_array_index(beside, i));
    g_ptr_array_unref(beside);
    g_free(caption);
    return done;
}

enum mx_figure_result mx_figure_draw(int index, struct mx_database *db, const char *directory,
                                     unsigned formats, bool asked, GPtrArray *files, char **error)
{
    *error = NULL;
    struct mx_chart *chart = mx_chart_new(&mx_figures[index]);
    enum mx_figure_result result = MX_FIGURE_DRAWN;
    if (!fill(chart, index, db, asked, error))
        result = MX_FIGURE_NO_DATA;
    else if (!draw(chart, db, directory, formats, files, error))
        result = MX_FIGURE_FAILED;
    mx_chart_free(chart);
    return result;
}
