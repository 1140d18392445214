/* SPDX-License-Identifier: BSD-2-Clause */
/* The files that a run of the swarm reads: round-trip times, coordinates, a trace of churn. What is
   in them is a function of the seed. */
#include "sim/check/swarm.h"

#include "core/base/hash.h"
#include "sim/churn/population.h"
#include "sim/net/sites.h"

#include <glib.h>
#include <glib/gstdio.h>

#define FILES UINT64_C(0x5b) /* the purpose of these draws */
#define SESSION_MS 420000    /* at most; sessions and absences are uniform */
#define AWAY_MS 180000
#define ASK_MS 90000

enum what { JOIN, LEAVE, PUT, GET };

struct line {
    int64_t time_ms;
    uint32_t node, number; /* of the node's lines */
    enum what what;
};

static uint64_t below(uint64_t seed, uint64_t what, uint64_t number, uint64_t n)
{
    uint64_t bits = relo_hash_draw(seed, FILES, what, number);
    return (uint64_t)(((relo_u128)bits * n) >> 64);
}

static bool write_text(GString *text, char *path, size_t path_bytes, const char *dir,
                       const char *name, char **error)
{
    GError *failure = NULL;
    g_snprintf(path, path_bytes, "%s/%s", dir, name);
    if (!g_file_set_contents(path, text->str, (gssize)text->len, &failure)) {
        *error = g_strdup(failure->message);
        g_error_free(failure);
    }
    g_string_free(text, TRUE);
    return *error == NULL;
}

/* --- latencies -------------------------------------------------------------------------------- */

/* In microseconds, 5 to 300 ms; one in a hundred was not measured. */
static uint32_t rtt_us(uint64_t seed, uint32_t i, uint32_t j)
{
    uint64_t pair = (uint64_t)MIN(i, j) << 32 | MAX(i, j);
    if (i == j || below(seed, 1, pair, 100) == 0)
        return 0;
    return 5000 + (uint32_t)below(seed, 2, pair, 295000);
}

/* In one of the three forms that sites.h knows. */
static GString *matrix(uint64_t seed, uint32_t n)
{
    static const char *const forms[] = {"# rows\n", "topology\n", "# triples\n"};
    uint64_t form = below(seed, 3, 0, G_N_ELEMENTS(forms));
    GString *text = g_string_new(forms[form]);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t j = 0; j < n; j++) {
            if (form == 0)
                g_string_append_printf(text, "%u ", rtt_us(seed, i, j));
            else if (i < j && rtt_us(seed, i, j))
                g_string_append_printf(text, form == 1 ? "%u,%u %u\n" : "%u %u %u\n", i + 1, j + 1,
                                       rtt_us(seed, i, j));
        }
        if (form == 0)
            g_string_append_c(text, '\n');
    }
    return text;
}

/* On a square of 100 ms one way. */
static GString *coordinates(uint64_t seed, uint32_t n)
{
    GString *text = g_string_new("<?xml version=\"1.0\"?>\n<nodelist>\n");
    for (uint32_t i = 0; i < n; i++)
        g_string_append_printf(text, "<node><coord>%u.%u</coord><coord>%u.%u</coord></node>\n",
                               (unsigned)below(seed, 4, i, 100), (unsigned)below(seed, 5, i, 10),
                               (unsigned)below(seed, 6, i, 100), (unsigned)below(seed, 7, i, 10));
    g_string_append(text, "</nodelist>\n");
    return text;
}

/* --- the trace -------------------------------------------------------------------------------- */

static int compare_lines(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    if (x->node != y->node)
        return x->node < y->node ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static void add(GArray *lines, int64_t time_ms, uint32_t node, enum what what)
{
    struct line line = {time_ms, node, lines->len, what};
    g_array_append_val(lines, line);
}

/* One id: it comes and goes, stores a while after it has come, and asks now and then. */
static void live(GArray *lines, uint64_t seed, uint32_t node, int64_t from_ms, int64_t to_ms)
{
    uint64_t number = 0, what = 8 + (uint64_t)node;
    int64_t t = from_ms + (int64_t)below(seed, what, number++, AWAY_MS);
    while (t < to_ms) {
        int64_t end = t + 1000 + (int64_t)below(seed, what, number++, SESSION_MS);
        add(lines, t, node, JOIN);
        int64_t at = t + 20000 + (int64_t)below(seed, what, number++, ASK_MS);
        for (bool put = true; at < MIN(end, to_ms); put = false) {
            add(lines, at, node, put ? PUT : GET);
            at += 1000 + (int64_t)below(seed, what, number++, ASK_MS);
        }
        if (end < to_ms)
            add(lines, end, node, LEAVE);
        t = end + (int64_t)below(seed, what, number++, AWAY_MS);
    }
}

static GString *trace(const struct sim_swarm *swarm)
{
    uint64_t seed = swarm->params.seed;
    GArray *lines = g_array_new(FALSE, FALSE, sizeof(struct line));
    GArray *stored = g_array_new(FALSE, FALSE, sizeof(uint32_t)); /* who has a key to be fetched */
    GString *text = g_string_new("# ids that come and go\n");
    for (uint32_t node = 0; node < swarm->trace_nodes; node++)
        live(lines, seed, node, swarm->params.build_up_ns / RELO_MS, swarm->quiet_from / RELO_MS);
    qsort(lines->data, lines->len, sizeof(struct line), compare_lines);
    for (guint i = 0; i < lines->len; i++) {
        const struct line *line = &g_array_index(lines, struct line, i);
        if (line->what == GET && stored->len == 0)
            continue;
        g_string_append_printf(text, "%d.%03d n%u ", (int)(line->time_ms / 1000),
                               (int)(line->time_ms % 1000), line->node);
        switch (line->what) {
        case JOIN:
            g_string_append(text, "JOIN\n");
            break;
        case LEAVE:
            g_string_append(text, "LEAVE\n");
            break;
        case PUT:
            g_string_append_printf(text, "PUT k%u v\n", line->node);
            g_array_append_val(stored, line->node);
            break;
        case GET:
            g_string_append_printf(
                text, "GET k%u\n",
                g_array_index(stored, uint32_t, below(seed, 7, line->number, stored->len)));
            break;
        }
    }
    g_array_unref(lines);
    g_array_unref(stored);
    return text;
}

/* --- both ------------------------------------------------------------------------------------- */

bool sim_swarm_write(struct sim_swarm *swarm, const char *dir, char **error)
{
    struct sim_params *p = &swarm->params;
    *error = NULL;
    if (p->churn == SIM_CHURN_TRACE &&
        !write_text(trace(swarm), p->trace_path, sizeof p->trace_path, dir, "trace", error))
        return false;
    if (p->latency != SIM_LATENCY_MATRIX && p->latency != SIM_LATENCY_OVERSIM_XML)
        return true;
    uint32_t sites = MAX(sim_populations_count(p), 2); /* knows the trace by now */
    GString *text =
        p->latency == SIM_LATENCY_MATRIX ? matrix(p->seed, sites) : coordinates(p->seed, sites);
    return write_text(text, p->latency_file, sizeof p->latency_file, dir, "latency", error);
}

void sim_swarm_remove(struct sim_swarm *swarm)
{
    struct sim_params *p = &swarm->params;
    if (p->trace_path[0])
        g_unlink(p->trace_path);
    if (p->latency_file[0])
        g_unlink(p->latency_file);
    p->trace_path[0] = p->latency_file[0] = '\0';
}
