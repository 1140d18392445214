/* SPDX-License-Identifier: BSD-2-Clause */
/* relo compare: did this change the protocol's behaviour? */
#include "metrics/compare.h"

#include "cli/json.h"
#include "cli/run.h"
#include "cli/table.h"
#include "sim/scenario/nearest.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct request {
    const char *by;
    GPtrArray *metrics;
    bool all, mixed, json;
};

#define AT(field) offsetof(struct request, field)
static const struct cli_option options[] = {
    {0, "by", CLI_TEXT, AT(by), "KEY", "a swept parameter: its first value against each other", 0},
    {0, "metric", CLI_LIST, AT(metrics), "METRIC", "compare this one; may be repeated", 0},
    {0, "all", CLI_FLAG, AT(all), NULL, "every metric instead of the headline ones", 0},
    {0, "mixed", CLI_FLAG, AT(mixed), NULL, "although runs of several revisions are among them", 0},
    {0, "json", CLI_FLAG, AT(json), NULL, "as JSON", 0},
};

/* So many significant digits, also of what is small. Owned. */
static char *digits_of(double value, int digits)
{
    if (isnan(value))
        return g_strdup("-");
    return fabs(value) < 1 ? g_strdup_printf("%.*g", digits, value)
                           : cli_table_format(value, digits);
}

static void add_row(struct cli_table *table, const struct mx_compare_row *row, bool points)
{
    bool percent = fabs(row->mean_a) > 0;
    if (points)
        cli_table_add(table, row->group);
    cli_table_add(table, row->metric);
    cli_table_add(table, strcmp(row->unit, "1") == 0 ? "" : row->unit);
    cli_table_take(table, g_strdup_printf("%u", row->n));
    cli_table_take(table, digits_of(row->mean_a, 4));
    cli_table_take(table, digits_of(row->mean_b, 4));
    cli_table_take(table, digits_of(row->difference, 3));
    cli_table_take(table, digits_of(row->ci95, 3));
    cli_table_take(table, percent ? g_strdup_printf("%+.1f%%", 100 * row->difference / row->mean_a)
                                  : g_strdup("-"));
    cli_table_add(table, row->significant ? "*" : isnan(row->p) && row->difference != 0 ? "?" : "");
}

static void print_table(const struct mx_compare *compare)
{
    static const char *const headings[] = {"metric", "unit",   "pairs",  "A", "B",
                                           "B - A",  "± 95 %", "change", " "};
    struct cli_table table;
    bool points = false;

    for (guint i = 0; i < compare->rows->len; i++)
        points |= ((struct mx_compare_row *)g_ptr_array_index(compare->rows, i))->group[0] != '\0';
    cli_table_init(&table, (guint)G_N_ELEMENTS(headings) + points);
    if (points)
        cli_table_add(&table, "at");
    for (size_t i = 0; i < G_N_ELEMENTS(headings); i++)
        cli_table_add(&table, headings[i]);
    for (guint i = 0; i < compare->rows->len; i++)
        add_row(&table, g_ptr_array_index(compare->rows, i), points);
    char *text = cli_table_text(&table);
    fputs(text, stdout);
    g_free(text);
    cli_table_fini(&table);
}

static void print(const struct mx_compare *compare)
{
    printf("A: %s (revision %s)\nB: %s (revision %s)\n", compare->name_a, compare->revision_a,
           compare->name_b, compare->revision_b);
    printf("%u pair%s of runs with the same seed", compare->pairs, compare->pairs == 1 ? "" : "s");
    if (compare->single_a + compare->single_b > 0)
        printf("; without a partner: %u of A, %u of B", compare->single_a, compare->single_b);
    printf("\n");
    if (compare->identical == compare->pairs) {
        printf("all fingerprints are identical: the same behaviour, packet by packet\n\n");
        return;
    }
    printf("%u of %u pairs have identical fingerprints\n\n", compare->identical, compare->pairs);
    print_table(compare);
    printf("\n");
    if (compare->significant > 0)
        printf("* %u of %u differences are significant (paired t, Holm's correction over all "
               "rows, 5 %%)\n",
               compare->significant, compare->rows->len);
    else if (compare->untested == 0)
        printf("no difference is significant (paired t, Holm's correction over all rows, 5 %%)\n");
    if (compare->untested > 0)
        printf("? %u differences rest on one pair: give the scenario more repetitions\n",
               compare->untested);
}

static void row_json(GString *s, const struct mx_compare_row *row)
{
    const struct {
        const char *name;
        double value;
    } numbers[] = {{"a", row->mean_a},
                   {"b", row->mean_b},
                   {"difference", row->difference},
                   {"ci95", row->ci95},
                   {"p", row->p}};
    cli_json_next(s);
    g_string_append_c(s, '{');
    cli_json_name(s, "at");
    cli_json_string(s, row->group);
    cli_json_name(s, "metric");
    cli_json_string(s, row->metric);
    cli_json_name(s, "unit");
    cli_json_string(s, row->unit);
    g_string_append_printf(s, ",\"pairs\":%u", row->n);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        cli_json_name(s, numbers[i].name);
        cli_json_number(s, numbers[i].value);
    }
    g_string_append_printf(s, ",\"significant\":%s}", row->significant ? "true" : "false");
}

static void print_json(const struct mx_compare *compare)
{
    const struct {
        const char *name, *text;
    } texts[] = {{"a", compare->name_a},
                 {"b", compare->name_b},
                 {"revision_a", compare->revision_a},
                 {"revision_b", compare->revision_b}};
    GString *s = g_string_new("{");
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        cli_json_name(s, texts[i].name);
        cli_json_string(s, texts[i].text);
    }
    g_string_append_printf(s,
                           ",\"pairs\":%u,\"identical\":%u,\"unpaired_a\":%u,\"unpaired_b\":%u,"
                           "\"significant\":%u,\"untested\":%u,\"rows\":[",
                           compare->pairs, compare->identical, compare->single_a, compare->single_b,
                           compare->significant, compare->untested);
    for (guint i = 0; i < compare->rows->len; i++)
        row_json(s, g_ptr_array_index(compare->rows, i));
    g_string_append(s, "]}\n");
    fputs(s->str, stdout);
    g_string_free(s, TRUE);
}

/* One comparison; CLI_NO if anything differs, or cannot be told. */
static int compare_once(const struct request *request, struct mx_compare_request *what)
{
    static const char *const every[] = {NULL};
    char *error;

    if (request->metrics != NULL)
        what->metrics = (const char *const *)request->metrics->pdata;
    else if (request->all)
        what->metrics = every;
    what->mixed = request->mixed;
    struct mx_compare *compare = mx_compare(what, &error);
    if (compare == NULL) {
        cli_complain("compare", "%s", error);
        g_free(error);
        return CLI_WRONG;
    }
    if (request->json)
        print_json(compare);
    else
        print(compare);
    int status = compare->significant + compare->untested > 0 ? CLI_NO : CLI_DONE;
    mx_compare_free(compare);
    return status;
}

static void complain_key(const struct request *request, struct mx_database *db)
{
    GPtrArray *keys = mx_compare_keys(db);
    const char *nearest = sim_nearest(request->by, (const char *const *)keys->pdata, keys->len);
    GString *all = g_string_new(NULL);
    for (guint i = 0; i < keys->len; i++)
        g_string_append_printf(all, "%s%s", i > 0 ? ", " : "",
                               (const char *)g_ptr_array_index(keys, i));
    if (nearest != NULL)
        cli_complain("compare", "%s was not swept in %s; did you mean %s?", request->by,
                     mx_database_path(db), nearest);
    else
        cli_complain("compare", "%s was not swept in %s (swept: %s)", request->by,
                     mx_database_path(db), keys->len > 0 ? all->str : "nothing");
    g_string_free(all, TRUE);
    g_ptr_array_unref(keys);
}

static int compare_values(const struct request *request, struct mx_database *db)
{
    GPtrArray *values = mx_compare_values(db, request->by);
    int status = CLI_DONE;

    if (values->len < 2) {
        complain_key(request, db);
        status = CLI_WRONG;
    }
    if (request->json && status == CLI_DONE)
        printf("[");
    for (guint i = 1; i < values->len && status != CLI_WRONG; i++) {
        struct mx_compare_request what = {.a = db,
                                          .b = db,
                                          .key = request->by,
                                          .value_a = g_ptr_array_index(values, 0),
                                          .value_b = g_ptr_array_index(values, i)};
        if (i > 1)
            printf(request->json ? "," : "\n");
        int one = compare_once(request, &what);
        status = MAX(status, one);
    }
    if (request->json && values->len >= 2)
        printf("]\n");
    g_ptr_array_unref(values);
    return status;
}

static struct mx_database *open_database(const char *path)
{
    char *error;
    struct mx_database *db = mx_database_open(path, MX_DATABASE_READ, &error);
    if (db == NULL)
        cli_complain("compare", "%s", error);
    g_free(error);
    return db;
}

static int compare_files(const struct request *request, const GPtrArray *files)
{
    struct mx_database *a = open_database(g_ptr_array_index(files, 0)), *b = a;
    int status = CLI_WRONG;

    if (a != NULL && files->len == 2)
        b = open_database(g_ptr_array_index(files, 1));
    if (a != NULL && b != NULL) {
        struct mx_compare_request what = {.a = a, .b = b};
        status = request->by != NULL ? compare_values(request, a) : compare_once(request, &what);
    }
    if (b != a)
        mx_database_close(b);
    mx_database_close(a);
    return status;
}

static int compare(int argc, char **argv)
{
    struct request request = {0};
    GPtrArray *rest = g_ptr_array_new();
    enum cli_parse parsed = cli_options_parse(&cli_compare_command, argc, argv, &request, rest);
    int status = parsed == CLI_PARSE_HELP ? CLI_DONE : CLI_WRONG;

    if (parsed == CLI_PARSE_OK && (rest->len < 1 || rest->len > 2))
        cli_complain("compare", "name two results databases, or one and --by KEY");
    else if (parsed == CLI_PARSE_OK && rest->len == 2 && request.by != NULL)
        cli_complain("compare", "--by compares within one database");
    else if (parsed == CLI_PARSE_OK && request.metrics != NULL && request.all)
        cli_complain("compare", "--metric and --all contradict each other");
    else if (parsed == CLI_PARSE_OK) {
        if (request.metrics != NULL)
            g_ptr_array_add(request.metrics, NULL);
        status = compare_files(&request, rest);
    }
    cli_options_clear(&cli_compare_command, &request);
    g_ptr_array_free(rest, TRUE);
    return status;
}

const struct cli_command cli_compare_command = {
    "compare",
    "DB_A DB_B | DB --by KEY [OPTION...]",
    "did this change the protocol's behaviour? (exit status 1: yes)",
    "Pairs the runs that have the same seed and the same other parameters, and shows for each\n"
    "metric the mean difference with its paired 95 % interval over the repetitions. Identical\n"
    "fingerprints mean identical behaviour. Exit status 1: a difference is significant by Holm's\n"
    "procedure over all rows shown, or rests on a single pair. Runs of different revisions on one\n"
    "side are refused without --mixed; with it, one database of two revisions compares these.",
    options,
    G_N_ELEMENTS(options),
    compare};
