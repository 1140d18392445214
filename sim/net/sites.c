/* SPDX-License-Identifier: BSD-2-Clause */
/* Measured latencies: one table per file, the last one kept. */
#include "sim/net/sites.h"

#include "sim/net/matrix.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#define COORDINATE_MAX 1e6 /* ms */

/* --- OverSim's XML --------------------------------------------------------------------------- */

struct xml {
    const char *path, *p;
    unsigned line;
    char **error;
};

static bool xml_wrong(struct xml *x, const char *what)
{
    *x->error = g_strdup_printf("%s:%u: %s", x->path, x->line, what);
    return false;
}

static void skip_to(struct xml *x, const char *end)
{
    for (; x->p < end; x->p++)
        x->line += *x->p == '\n';
}

/* The next tag: *name views into the text, without < and >; *text is where what precedes it begins.
 */
static bool next_tag(struct xml *x, const char **name, size_t *n, const char **text)
{
    for (;;) {
        *text = x->p;
        const char *open = strchr(x->p, '<');
        if (!open)
            return false;
        skip_to(x, open);
        const char *close = strstr(open, g_str_has_prefix(open, "<!--") ? "-->" : ">");
        if (!close)
            return xml_wrong(x, "a tag has no end");
        *name = open + 1;
        *n = (size_t)(close - open) - 1;
        bool comment = open[1] == '!' || open[1] == '?';
        skip_to(x, strchr(close, '>') + 1);
        if (!comment)
            return true;
    }
}

static bool is_tag(const char *name, size_t n, const char *want)
{
    size_t m = strlen(want);
    return n >= m && memcmp(name, want, m) == 0 && (n == m || g_ascii_isspace(name[m]));
}

/* The coordinate between two tags. */
static bool read_coordinate(struct xml *x, const char *text, double *value)
{
    char *end;
    *value = g_ascii_strtod(text, &end);
    while (g_ascii_isspace(*end))
        end++;
    if (end == text || *end != '<' || !(*value > -COORDINATE_MAX && *value < COORDINATE_MAX))
        return xml_wrong(x, "a coordinate is no number between -1000000 and 1000000");
    return true;
}

/* From behind <node ...> to behind </node>. */
static bool read_node(struct xml *x, struct sim_place *place)
{
    double at[2] = {0, 0};
    unsigned n = 0;
    const char *name, *text;
    size_t bytes;
    while (next_tag(x, &name, &bytes, &text)) {
        if (is_tag(name, bytes, "/node")) {
            if (n != 2)
                return xml_wrong(x, "a node has not two coordinates");
            /* 1 ms of one-way delay per unit, in microseconds of RTT. */
            *place = (struct sim_place){(int32_t)(at[0] * 2000.0), (int32_t)(at[1] * 2000.0), 0};
            return true;
        }
        if (name[0] != '/')
            continue;
        if (n == 2)
            return xml_wrong(x, "a node has more than two coordinates");
        if (!read_coordinate(x, text, &at[n++]))
            return false;
    }
    return *x->error ? false : xml_wrong(x, "a node has no end");
}

static struct sim_sites *parse_xml(const char *path, const char *text, char **error)
{
    struct xml x = {.path = path, .p = text, .line = 1, .error = error};
    GArray *places = g_array_new(FALSE, FALSE, sizeof(struct sim_place));
    const char *name, *before;
    size_t bytes;
    bool ok = true;
    while (ok && next_tag(&x, &name, &bytes, &before)) {
        if (!is_tag(name, bytes, "node") || name[bytes - 1] == '/')
            continue;
        struct sim_place place;
        ok = read_node(&x, &place);
        g_array_append_val(places, place);
    }
    if (!*error && places->len < 2)
        xml_wrong(&x, "there are fewer than two nodes; is this one of OverSim's nodes_2d files?");
    if (*error) {
        g_array_unref(places);
        return NULL;
    }
    struct sim_sites *sites = g_new0(struct sim_sites, 1);
    sites->n = places->len;
    sites->places = (struct sim_place *)(void *)g_array_free(places, FALSE);
    return sites;
}

/* --- both ------------------------------------------------------------------------------------ */

struct sim_sites *sim_sites_parse(const char *path, const char *text, bool xml, char **error)
{
    *error = NULL;
    return xml ? parse_xml(path, text, error) : sim_matrix_parse(path, text, error);
}

void sim_sites_free(struct sim_sites *sites)
{
    if (!sites)
        return;
    g_free(sites->rtt_us);
    g_free(sites->places);
    g_free(sites);
}

/* The file read last; workers that fork inherit it. */
static struct {
    char *path;
    bool xml;
    GStatBuf seen;
    struct sim_sites *sites;
} last;

static bool same_file(const char *path, bool xml, const GStatBuf *now)
{
    return last.sites && last.xml == xml && strcmp(last.path, path) == 0 &&
           last.seen.st_size == now->st_size && last.seen.st_mtime == now->st_mtime &&
           last.seen.st_ino == now->st_ino;
}

const struct sim_sites *sim_sites_open(const char *path, bool xml, char **error)
{
    GStatBuf now;
    GError *failure = NULL;
    char *text;
    gsize n;
    *error = NULL;
    memset(&now, 0, sizeof now);
    if (g_stat(path, &now) == 0 && same_file(path, xml, &now))
        return last.sites;
    if (!g_file_get_contents(path, &text, &n, &failure)) {
        *error = g_strdup_printf("network.latency: %s", failure->message);
        g_error_free(failure);
        return NULL;
    }
    struct sim_sites *sites = NULL;
    if (strlen(text) == n)
        sites = sim_sites_parse(path, text, xml, error);
    else
        *error = g_strdup_printf("%s: is not a text, and holds no latencies", path);
    g_free(text);
    if (!sites)
        return NULL;
    sim_sites_free(last.sites);
    g_free(last.path);
    last.path = g_strdup(path);
    last.xml = xml;
    last.seen = now;
    last.sites = sites;
    return sites;
}
