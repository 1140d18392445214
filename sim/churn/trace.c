/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads trace files. */
#include "sim/churn/trace.h"

#include <glib.h>
#include <string.h>

#define SECONDS_MAX INT64_C(31536000) /* a year */

struct reader {
    struct sim_trace *trace;
    GArray *lines;
    GHashTable *nodes, *keys; /* looked up only: id to number + 1, key to node + 1 */
    GArray *key_of;           /* of struct state, per node */
};

struct state {
    char *key; /* owned: what it has PUT; NULL: nothing yet */
    bool up;
};

/* Decimal seconds to ns, exactly; digits beyond the ninth must be zeros. */
static bool read_time(const char *text, relo_time *time)
{
    const char *p = text;
    int64_t seconds = 0, fraction = 0, unit = RELO_S;
    for (; g_ascii_isdigit(*p); p++) {
        seconds = seconds * 10 + (*p - '0');
        if (seconds > SECONDS_MAX)
            return false;
    }
    if (p == text)
        return false;
    if (*p == '.') {
        for (p++; g_ascii_isdigit(*p); p++) {
            unit /= 10;
            if (unit == 0 && *p != '0')
                return false;
            fraction += unit * (*p - '0');
        }
    }
    *time = seconds * RELO_S + fraction;
    return *p == '\0';
}

/* NULL, or what is wrong with the words (owned). */
static char *check_words(char **words, guint n, enum sim_trace_command *command)
{
    static const struct {
        const char *name;
        guint words;
        const char *form;
    } commands[] = {[SIM_TRACE_JOIN] = {"JOIN", 3, "time id JOIN"},
                    [SIM_TRACE_LEAVE] = {"LEAVE", 3, "time id LEAVE"},
                    [SIM_TRACE_PUT] = {"PUT", 5, "time id PUT key value"},
                    [SIM_TRACE_GET] = {"GET", 4, "time id GET key"}};
    if (n < 3)
        return g_strdup("a line takes: time id JOIN, LEAVE, PUT key value or GET key");
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(words[2], commands[i].name) != 0)
            continue;
        *command = (enum sim_trace_command)i;
        return n == commands[i].words ? NULL
                                      : g_strdup_printf("%s has %u words behind it; it takes: %s",
                                                        words[2], n - 3, commands[i].form);
    }
    return g_strdup_printf("there is no command %s; there are JOIN, LEAVE, PUT and GET", words[2]);
}

static char *use_key(struct reader *r, uint32_t node, struct state *state, const char *key,
                     struct sim_trace_line *line)
{
    uint32_t owner = GPOINTER_TO_UINT(g_hash_table_lookup(r->keys, key));
    if (line->command == SIM_TRACE_GET) {
        if (owner == 0)
            return g_strdup_printf("nobody has PUT %s before", key);
        line->key = owner - 1;
        return NULL;
    }
    if (owner != 0 && owner - 1 != node)
        return g_strdup_printf("%s belongs to another id, which PUT it first", key);
    if (state->key && strcmp(state->key, key) != 0)
        return g_strdup_printf("this id stores under %s already, and has one key only", state->key);
    if (!state->key) {
        state->key = g_strdup(key);
        g_hash_table_insert(r->keys, g_strdup(key), GUINT_TO_POINTER(node + 1));
    }
    line->key = node;
    return NULL;
}

static char *read_line(struct reader *r, unsigned number, char **words, guint n)
{
    struct sim_trace_line line = {0};
    char *wrong = check_words(words, n, &line.command);
    if (wrong)
        return wrong;
    if (!read_time(words[0], &line.time))
        return g_strdup_printf("\"%s\" is no time; it takes seconds from 0 to a year, as 12.5",
                               words[0]);
    if (r->lines->len > 0 &&
        line.time < g_array_index(r->lines, struct sim_trace_line, r->lines->len - 1).time)
        return g_strdup_printf("%s s is before the line above", words[0]);
    uint32_t known = GPOINTER_TO_UINT(g_hash_table_lookup(r->nodes, words[1]));
    if (known == 0) {
        struct state fresh = {0};
        g_array_append_val(r->key_of, fresh);
        known = ++r->trace->nodes;
        g_hash_table_insert(r->nodes, g_strdup(words[1]), GUINT_TO_POINTER(known));
    }
    line.node = known - 1;
    struct state *state = &g_array_index(r->key_of, struct state, line.node);
    switch (line.command) {
    case SIM_TRACE_JOIN:
        if (state->up)
            return g_strdup_printf("%s has joined already", words[1]);
        state->up = true;
        break;
    case SIM_TRACE_LEAVE:
    case SIM_TRACE_PUT:
    case SIM_TRACE_GET:
        if (!state->up)
            return g_strdup_printf("%s has not joined", words[1]);
        if (line.command == SIM_TRACE_LEAVE)
            state->up = false;
        else
            wrong = use_key(r, line.node, state, words[3], &line);
        break;
    }
    g_array_append_val(r->lines, line);
    r->trace->last_line = number;
    return wrong;
}

bool sim_trace_parse(struct sim_trace *trace, const char *path, const char *text, char **wrong)
{
    *trace = (struct sim_trace){0};
    struct reader r = {.trace = trace,
                       .lines = g_array_new(FALSE, FALSE, sizeof(struct sim_trace_line)),
                       .key_of = g_array_new(FALSE, FALSE, sizeof(struct state))};
    r.nodes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    r.keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    char **lines = g_strsplit(text, "\n", -1), *sentence = NULL;
    unsigned number = 0;
    for (char **line = lines; *line && !sentence; line++) {
        number++;
        g_strdelimit(*line, "\t\r", ' ');
        g_strstrip(*line);
        if (**line == '\0' || **line == '#')
            continue;
        char **parts = g_strsplit(*line, " ", -1);
        GPtrArray *words = g_ptr_array_new();
        for (char **part = parts; *part; part++) {
            if (**part != '\0')
                g_ptr_array_add(words, *part);
        }
        sentence = read_line(&r, number, (char **)words->pdata, words->len);
        g_ptr_array_free(words, TRUE);
        g_strfreev(parts);
    }
    if (!sentence && r.lines->len == 0)
        *wrong = g_strdup_printf("%s: the trace has no lines", path);
    else if (sentence)
        *wrong = g_strdup_printf("%s:%u: %s", path, number, sentence);
    bool ok = !sentence && r.lines->len > 0;
    for (guint i = 0; i < r.key_of->len; i++)
        g_free(g_array_index(r.key_of, struct state, i).key);
    g_free(sentence);
    g_strfreev(lines);
    g_hash_table_destroy(r.nodes);
    g_hash_table_destroy(r.keys);
    g_array_free(r.key_of, TRUE);
    trace->n = ok ? r.lines->len : 0;
    trace->line = (struct sim_trace_line *)(void *)g_array_free(r.lines, !ok);
    return ok;
}

bool sim_trace_load(struct sim_trace *trace, const char *path, char **wrong)
{
    char *text;
    gsize n;
    GError *error = NULL;
    *trace = (struct sim_trace){0};
    if (!g_file_get_contents(path, &text, &n, &error)) {
        *wrong = g_strdup_printf("churn.trace: %s", error->message);
        g_error_free(error);
        return false;
    }
    bool ok = strlen(text) == n && sim_trace_parse(trace, path, text, wrong);
    if (strlen(text) != n)
        *wrong = g_strdup_printf("%s: is not a text, and no trace", path);
    g_free(text);
    return ok;
}

void sim_trace_fini(struct sim_trace *trace)
{
    g_free(trace->line);
    *trace = (struct sim_trace){0};
}
