/* SPDX-License-Identifier: BSD-2-Clause */
/* Matrices of round-trip times as King's, p2psim's and Meridian's authors published them. */
#include "sim/net/matrix.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define RTT_MAX_US 60000000 /* a minute */

struct pair {
    uint32_t i, j;
    int32_t rtt_us; /* 0: not measured */
};

struct reader {
    const char *path;
    unsigned line;
    char **error;
    GArray *pairs;    /* of struct pair */
    uint32_t columns; /* of the plain form; 0: pairs */
    uint32_t rows;
    uint32_t most; /* highest index named */
    bool zero;     /* index 0 was named: they count from 0 */
};

static bool wrong(struct reader *r, const char *what)
{
    *r->error = g_strdup_printf("%s:%u: %s", r->path, r->line, what);
    return false;
}

static bool at_end(const char *p)
{
    return *p == '\0' || *p == '\n';
}

static const char *skip_space(const char *p)
{
    while (*p == ' ' || *p == '\t' || *p == '\r')
        p++;
    return p;
}

/* A number; a fraction of a microsecond is cut off. */
static bool read_number(const char **p, int64_t *value)
{
    const char *q = skip_space(*p);
    bool negative = *q == '-';
    q += negative;
    if (!g_ascii_isdigit(*q))
        return false;
    for (*value = 0; g_ascii_isdigit(*q); q++) {
        if (*value < INT64_C(1000000000000))
            *value = *value * 10 + (*q - '0');
    }
    if (*q == '.') {
        do
            q++;
        while (g_ascii_isdigit(*q));
    }
    if (negative)
        *value = -*value;
    *p = q;
    return at_end(q) || *q == ' ' || *q == '\t' || *q == '\r' || *q == ',';
}

static bool add(struct reader *r, int64_t i, int64_t j, int64_t rtt)
{
    if (i < 0 || j < 0 || i > SIM_SITES_MAX || j > SIM_SITES_MAX)
        return wrong(r, "a site's number is not between 0 and 8192");
    if (rtt > RTT_MAX_US)
        return wrong(r, "a round-trip time is longer than a minute; they are in microseconds");
    struct pair pair = {(uint32_t)i, (uint32_t)j, rtt > 0 ? (int32_t)rtt : 0};
    g_array_append_val(r->pairs, pair);
    r->most = MAX(r->most, (uint32_t)MAX(i, j));
    r->zero = r->zero || i == 0 || j == 0;
    return true;
}

/* i,j rtt or i j rtt, and nothing behind. */
static bool read_pair(struct reader *r, const char *p)
{
    int64_t i, j, rtt;
    bool ok = read_number(&p, &i);
    p += ok && *p == ',';
    ok = ok && read_number(&p, &j) && read_number(&p, &rtt) && at_end(skip_space(p));
    if (!ok)
        return wrong(r,
                     "is neither two sites and a round-trip time in microseconds (i,j rtt or i j "
                     "rtt) nor a row of such times");
    return add(r, i, j, rtt);
}

static bool read_row(struct reader *r, const char *p)
{
    uint32_t column = 0;
    int64_t rtt;
    for (p = skip_space(p); !at_end(p); p = skip_space(p), column++) {
        if (!read_number(&p, &rtt) || *p == ',')
            return wrong(r, "holds something that is no number");
        if (column < r->columns && !add(r, r->rows, column, rtt))
            return false;
    }
    if (column != r->columns) {
        *r->error = g_strdup_printf("%s:%u: has %u numbers where the first row has %u", r->path,
                                    r->line, column, r->columns);
        return false;
    }
    if (++r->rows > r->columns)
        return wrong(r, "is one row more than the matrix has columns");
    return true;
}

static uint32_t count_numbers(const char *p)
{
    uint32_t n = 0;
    int64_t ignored;
    for (p = skip_space(p); !at_end(p) && read_number(&p, &ignored); p = skip_space(p))
        n++;
    return n;
}

static bool is_word(const char *p, const char *word)
{
    size_t n = strlen(word);
    return strncmp(p, word, n) == 0 && (at_end(p + n) || p[n] == ' ' || p[n] == '\t');
}

/* Lines that hold numbers, as far as the first three tell: a 3 by 3 matrix has a zero diagonal and
   no fourth line. */
static bool is_plain(const char *text, uint32_t numbers)
{
    if (numbers != 3)
        return numbers > 0;
    uint32_t lines = 0;
    bool diagonal = true;
    for (const char *p = text; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL) {
        int64_t v[3] = {0};
        const char *q = skip_space(p);
        if (at_end(q) || *q == '#')
            continue;
        for (uint32_t i = 0; i < 3 && read_number(&q, &v[i]);)
            i++;
        diagonal = diagonal && lines < 3 && v[lines < 3 ? lines : 0] == 0;
        lines++;
    }
    return lines == 3 && diagonal;
}

static bool read_line(struct reader *r, const char *text, const char *line)
{
    const char *p = skip_space(line);
    if (at_end(p) || *p == '#' || is_word(p, "topology") || is_word(p, "failure_model"))
        return true;
    if (is_word(p, "node")) {
        p = skip_space(p + 4);
        size_t n = strcspn(p, " \t\r\n");
        return memchr(p, ',', n) ? read_pair(r, p) : true; /* the node itself says nothing */
    }
    if (r->columns == 0 && r->pairs->len == 0) {
        const char *comma = memchr(p, ',', strcspn(p, " \t\r\n"));
        uint32_t numbers = comma ? 0 : count_numbers(p);
        if (numbers > SIM_SITES_MAX)
            return wrong(r, "more than 8192 sites are too many for a matrix");
        if (!comma && is_plain(text, numbers))
            r->columns = numbers;
    }
    return r->columns ? read_row(r, p) : read_pair(r, p);
}

static int compare_rtts(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* What was not measured gets the median of what was (p2psim's E2EGraph does so). */
static void fill_gaps(struct sim_sites *sites)
{
    uint32_t *known = g_new(uint32_t, (size_t)sites->n * sites->n), count = 0;
    for (uint32_t i = 0; i < sites->n; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (sites->rtt_us[(size_t)i * sites->n + j])
                known[count++] = sites->rtt_us[(size_t)i * sites->n + j];
        }
    }
    qsort(known, count, sizeof *known, compare_rtts); /* of plain numbers: ties do not matter */
    uint32_t median = count ? known[count / 2] : 0;
    g_free(known);
    for (uint32_t i = 0; i < sites->n; i++) {
        for (uint32_t j = 0; j < i; j++) {
            uint32_t *rtt = &sites->rtt_us[(size_t)i * sites->n + j];
            sites->missing += *rtt == 0;
            *rtt = *rtt ? *rtt : median;
            sites->rtt_us[(size_t)j * sites->n + i] = *rtt;
        }
    }
}

static struct sim_sites *build(const struct reader *r)
{
    uint32_t from = r->columns || r->zero ? 0 : 1;
    struct sim_sites *sites = g_new0(struct sim_sites, 1);
    sites->n = r->most + 1 - from;
    sites->rtt_us = g_new0(uint32_t, (size_t)sites->n * sites->n);
    for (guint k = 0; k < r->pairs->len; k++) {
        const struct pair *pair = &g_array_index(r->pairs, struct pair, k);
        uint32_t i = MAX(pair->i, pair->j) - from, j = MIN(pair->i, pair->j) - from;
        uint32_t *rtt = &sites->rtt_us[(size_t)i * sites->n + j];
        if (i == j || pair->rtt_us == 0)
            continue;
        /* Both directions measured: their mean, since RTTs are symmetric. */
        *rtt = *rtt ? (*rtt + (uint32_t)pair->rtt_us) / 2 : (uint32_t)pair->rtt_us;
    }
    fill_gaps(sites);
    return sites;
}

struct sim_sites *sim_matrix_parse(const char *path, const char *text, char **error)
{
    struct reader r = {.path = path, .error = error};
    struct sim_sites *sites = NULL;
    bool ok = true;
    r.pairs = g_array_new(FALSE, FALSE, sizeof(struct pair));
    for (const char *line = text; ok && line;) {
        const char *end = strchr(line, '\n');
        r.line++;
        ok = read_line(&r, text, line);
        line = end ? end + 1 : NULL;
    }
    if (ok && r.columns && r.rows != r.columns) {
        *error = g_strdup_printf("%s: has %u rows of %u numbers; a matrix is square", path, r.rows,
                                 r.columns);
        ok = false;
    }
    if (ok && (r.pairs->len == 0 || r.most == 0)) {
        *error = g_strdup_printf("%s: holds no round-trip times", path);
        ok = false;
    }
    if (ok)
        sites = build(&r);
    g_array_unref(r.pairs);
    return sites;
}
