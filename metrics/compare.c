/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the pairs, takes the differences, decides over all rows together. */
#include "metrics/compare.h"

#include "metrics/student.h"

#include <math.h>
#include <string.h>

#define LEVEL 0.05

/* What a reader asks about first; everything else follows from these or explains them. */
static const char *const headline[] = {"lookup.success",
                                       "lookup.correct",
                                       "lookup.hops",
                                       "lookup.latency",
                                       "store.success",
                                       "fetch.success",
                                       "data.lost",
                                       "join.success",
                                       "join.latency",
                                       "traffic.bytes",
                                       "ring.wrong_successor",
                                       "link.retransmissions",
                                       NULL};

struct side_run {
    int64_t run_id;
    char *group, *pair; /* pair: group and seed, the key of the partner */
    char *fingerprint;  /* both */
};

struct side {
    struct mx_database *db;
    GPtrArray *runs; /* of struct side_run */
    char *revision;  /* the one, or all of them with commas */
    unsigned revisions;
};

static void side_run_free(gpointer item)
{
    struct side_run *run = item;
    g_free(run->group);
    g_free(run->pair);
    g_free(run->fingerprint);
    g_free(run);
}

static void row_free(gpointer item)
{
    struct mx_compare_row *row = item;
    g_free(row->group);
    g_free(row->metric);
    g_free(row->unit);
    g_free(row);
}

static sqlite3_stmt *prepare(struct mx_database *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(mx_database_handle(db), sql, -1, &statement, NULL) != SQLITE_OK)
        g_error("metrics/compare.c: %s: %s", sql, sqlite3_errmsg(mx_database_handle(db)));
    return statement;
}

static char *text_of(sqlite3_stmt *statement, int column)
{
    return g_strdup((const char *)sqlite3_column_text(statement, column));
}

static GPtrArray *texts(sqlite3_stmt *statement)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    while (sqlite3_step(statement) == SQLITE_ROW)
        g_ptr_array_add(list, text_of(statement, 0));
    sqlite3_finalize(statement);
    return list;
}

GPtrArray *mx_compare_keys(struct mx_database *db)
{
    return texts(prepare(db, "SELECT DISTINCT key FROM param WHERE swept ORDER BY key"));
}

GPtrArray *mx_compare_values(struct mx_database *db, const char *key)
{
    sqlite3_stmt *statement = prepare(
        db, "SELECT value FROM param JOIN run USING (run_id) JOIN point USING (point_id)"
            " WHERE swept AND key = ? GROUP BY value ORDER BY min(scenario_id), min(point)");
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_TRANSIENT);
    return texts(statement);
}

/* --- the sides ------------------------------------------------------------------------------ */

/* The runs where parameter `key` has `value` (both NULL: all), of the scenario with this revision
   (NULL: any). */
static void load_side(struct side *side, struct mx_database *db, const char *key, const char *value,
                      const char *revision)
{
    sqlite3_stmt *statement = prepare(
        db,
        "SELECT run_id, scenario.name || ifnull((SELECT char(10) || group_concat(key || '=' ||"
        "  value, ' ') FROM (SELECT key, value FROM param WHERE param.run_id = run.run_id AND swept"
        "  AND key IS NOT ?1 ORDER BY key)), ''), seed, fingerprint || wire_fingerprint"
        " FROM run JOIN point USING (point_id) JOIN scenario USING (scenario_id)"
        " WHERE (?1 IS NULL OR EXISTS (SELECT 1 FROM param WHERE param.run_id = run.run_id"
        "        AND key = ?1 AND value = ?2)) AND (?3 IS NULL OR revision = ?3)"
        " ORDER BY scenario_id, point, repetition");
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, revision, -1, SQLITE_STATIC);
    side->db = db;
    side->runs = g_ptr_array_new_with_free_func(side_run_free);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        struct side_run *run = g_new0(struct side_run, 1);
        run->run_id = sqlite3_column_int64(statement, 0);
        run->group = text_of(statement, 1);
        run->pair = g_strdup_printf("%s\n%s", run->group, sqlite3_column_text(statement, 2));
        run->fingerprint = text_of(statement, 3);
        g_ptr_array_add(side->runs, run);
    }
    sqlite3_finalize(statement);
    if (revision) {
        side->revision = g_strdup(revision);
        side->revisions = 1;
        return;
    }
    GPtrArray *all = texts(prepare(db, "SELECT revision FROM scenario WHERE EXISTS (SELECT 1 FROM"
                                       " point JOIN run USING (point_id) WHERE point.scenario_id ="
                                       " scenario.scenario_id) GROUP BY revision ORDER BY"
                                       " min(scenario_id)"));
    side->revisions = all->len;
    g_ptr_array_add(all, NULL);
    side->revision = g_strjoinv(", ", (char **)all->pdata);
    g_ptr_array_unref(all);
}

static void side_clear(struct side *side)
{
    if (side->runs)
        g_ptr_array_unref(side->runs);
    g_free(side->revision);
}

/* Fills both sides and their names. False and a sentence where the request makes no sense. */
static bool choose_sides(const struct mx_compare_request *request, struct side *a, struct side *b,
                         struct mx_compare *compare, char **error)
{
    if (request->key) {
        compare->name_a = g_strdup_printf("%s=%s", request->key, request->value_a);
        compare->name_b = g_strdup_printf("%s=%s", request->key, request->value_b);
        load_side(a, request->a, request->key, request->value_a, NULL);
        load_side(b, request->b, request->key, request->value_b, NULL);
    } else if (request->a != request->b) {
        compare->name_a = g_path_get_basename(mx_database_path(request->a));
        compare->name_b = g_path_get_basename(mx_database_path(request->b));
        load_side(a, request->a, NULL, NULL, NULL);
        load_side(b, request->b, NULL, NULL, NULL);
    } else {
        GPtrArray *all = texts(prepare(request->a, "SELECT revision FROM scenario GROUP BY revision"
                                                   " ORDER BY max(scenario_id)"));
        guint n = all->len;
        if (n == 2 && request->mixed) {
            const char *first = g_ptr_array_index(all, 0), *second = g_ptr_array_index(all, 1);
            compare->name_a = g_path_get_basename(mx_database_path(request->a));
            compare->name_b = g_strdup(compare->name_a);
            load_side(a, request->a, NULL, NULL, first);
            load_side(b, request->a, NULL, NULL, second);
        }
        g_ptr_array_unref(all);
        if (n == 2 && request->mixed)
            return true;
        const char *path = mx_database_path(request->a);
        *error = n == 2  ? g_strdup_printf("%s holds two revisions; --mixed compares them, --by "
                                            "KEY two values of a swept parameter",
                                           path)
                 : n > 2 ? g_strdup_printf("%s holds %u revisions; name two databases, or --by KEY",
                                           path, n)
                         : g_strdup_printf("what shall be compared in %s? Name a swept parameter "
                                           "with --by KEY, or a second database",
                                           path);
        return false;
    }
    const struct side *mixed = a->revisions > 1 ? a : b->revisions > 1 ? b : NULL;
    if (mixed && !request->mixed) {
        *error = g_strdup_printf("%s holds runs of %u revisions (%s), which are not averaged; "
                                 "--mixed does it nevertheless",
                                 mx_database_path(mixed->db), mixed->revisions, mixed->revision);
        return false;
    }
    return true;
}

/* --- rows ----------------------------------------------------------------------------------- */

/* The pairs of one point: indices into the sides' runs. */
struct group {
    const char *name;
    GArray *pairs; /* of struct pair */
};
struct pair {
    int64_t run_a, run_b;
};

static void group_free(gpointer item)
{
    struct group *group = item;
    g_array_unref(group->pairs);
    g_free(group);
}

static struct group *group_of(GPtrArray *groups, const char *name)
{
    for (guint i = 0; i < groups->len; i++) {
        struct group *group = g_ptr_array_index(groups, i);
        if (strcmp(group->name, name) == 0)
            return group;
    }
    struct group *group = g_new0(struct group, 1);
    group->name = name;
    group->pairs = g_array_new(FALSE, FALSE, sizeof(struct pair));
    g_ptr_array_add(groups, group);
    return group;
}

static GPtrArray *find_pairs(struct mx_compare *compare, const struct side *a, const struct side *b)
{
    GPtrArray *groups = g_ptr_array_new_with_free_func(group_free);
    GHashTable *partners = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < b->runs->len; i++) {
        struct side_run *run = g_ptr_array_index(b->runs, i);
        g_hash_table_insert(partners, run->pair, run);
    }
    for (guint i = 0; i < a->runs->len; i++) {
        const struct side_run *run = g_ptr_array_index(a->runs, i);
        const struct side_run *partner = g_hash_table_lookup(partners, run->pair);
        if (!partner) {
            compare->single_a++;
            continue;
        }
        struct pair pair = {run->run_id, partner->run_id};
        g_array_append_val(group_of(groups, run->group)->pairs, pair);
        compare->pairs++;
        compare->identical += strcmp(run->fingerprint, partner->fingerprint) == 0;
        g_hash_table_remove(partners, run->pair);
    }
    compare->single_b = g_hash_table_size(partners);
    g_hash_table_destroy(partners);
    return groups;
}

static bool value_of(sqlite3_stmt *statement, int64_t run, const char *metric, double *value)
{
    sqlite3_reset(statement);
    sqlite3_bind_int64(statement, 1, run);
    sqlite3_bind_text(statement, 2, metric, -1, SQLITE_STATIC);
    bool there = sqlite3_step(statement) == SQLITE_ROW;
    if (there)
        *value = sqlite3_column_double(statement, 0);
    return there;
}

/* Mean difference, interval and p of what the arrays hold. */
static void judge(struct mx_compare_row *row, const double *differences)
{
    double squares = 0;
    row->ci95 = row->p = NAN;
    if (row->n < 2)
        return;
    for (unsigned i = 0; i < row->n; i++)
        squares += (differences[i] - row->difference) * (differences[i] - row->difference);
    double error = sqrt(squares / (row->n - 1) / row->n);
    row->ci95 = mx_student_95(row->n - 1) * error;
    if (row->difference == 0)
        row->p = 1;
    else if (error <= fabs(row->difference) * 1e-12) /* the same in every pair */
        row->p = 0;
    else
        row->p = mx_student_two_sided(row->difference / error, row->n - 1);
}

static struct mx_compare_row *make_row(const struct group *group, const char *metric,
                                       sqlite3_stmt *value_a, sqlite3_stmt *value_b)
{
    double *differences = g_new(double, group->pairs->len), a, b;
    struct mx_compare_row *row = g_new0(struct mx_compare_row, 1);
    for (guint i = 0; i < group->pairs->len; i++) {
        const struct pair *pair = &g_array_index(group->pairs, struct pair, i);
        if (!value_of(value_a, pair->run_a, metric, &a) ||
            !value_of(value_b, pair->run_b, metric, &b))
            continue;
        row->mean_a += a;
        row->mean_b += b;
        row->difference += b - a;
        differences[row->n++] = b - a;
    }
    if (row->n > 0) {
        row->mean_a /= row->n;
        row->mean_b /= row->n;
        row->difference /= row->n;
        row->unit = text_of(value_a, 1);
        judge(row, differences);
    }
    row->metric = g_strdup(metric);
    const char *end = strchr(group->name, '\n');
    row->group = g_strdup(end ? end + 1 : "");
    g_free(differences);
    return row;
}

static void make_rows(struct mx_compare *compare, const GPtrArray *groups, const GPtrArray *metrics,
                      const struct side *a, const struct side *b)
{
    static const char sql[] = "SELECT mean, unit FROM v_metric WHERE run_id = ? AND metric = ?";
    sqlite3_stmt *value_a = prepare(a->db, sql), *value_b = prepare(b->db, sql);
    for (guint g = 0; g < groups->len; g++) {
        for (guint m = 0; m < metrics->len; m++) {
            struct mx_compare_row *row = make_row(g_ptr_array_index(groups, g),
                                                  g_ptr_array_index(metrics, m), value_a, value_b);
            if (row->n > 0)
                g_ptr_array_add(compare->rows, row);
            else
                row_free(row);
        }
    }
    sqlite3_finalize(value_a);
    sqlite3_finalize(value_b);
}

static gint by_p(gconstpointer x, gconstpointer y)
{
    const struct mx_compare_row *a = *(struct mx_compare_row *const *)x,
                                *b = *(struct mx_compare_row *const *)y;
    return a->p < b->p ? -1 : a->p > b->p;
}

/* Holm: the smallest p is held against LEVEL / rows, the next against LEVEL / (rows - 1), ...;
   the first that fails ends it. */
static void decide(struct mx_compare *compare)
{
    GPtrArray *tested = g_ptr_array_new();
    for (guint i = 0; i < compare->rows->len; i++) {
        struct mx_compare_row *row = g_ptr_array_index(compare->rows, i);
        if (!isnan(row->p))
            g_ptr_array_add(tested, row);
        else
            compare->untested += row->difference != 0;
    }
    g_ptr_array_sort(tested, by_p);
    for (guint i = 0; i < tested->len; i++) {
        struct mx_compare_row *row = g_ptr_array_index(tested, i);
        if (row->p > LEVEL / (tested->len - i))
            break;
        row->significant = true;
        compare->significant++;
    }
    g_ptr_array_unref(tested);
}

/* The names to make rows of; the strings are owned. */
static GPtrArray *metrics_of(const struct mx_compare_request *request)
{
    if (request->metrics && !request->metrics[0])
        return texts(prepare(request->a, "SELECT DISTINCT metric FROM v_metric ORDER BY metric"));
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    const char *const *names = request->metrics ? request->metrics : headline;
    for (; *names; names++)
        g_ptr_array_add(list, g_strdup(*names));
    return list;
}

struct mx_compare *mx_compare(const struct mx_compare_request *request, char **error)
{
    struct mx_compare *compare = g_new0(struct mx_compare, 1);
    struct side a = {0}, b = {0};
    *error = NULL;
    compare->rows = g_ptr_array_new_with_free_func(row_free);
    if (choose_sides(request, &a, &b, compare, error)) {
        compare->revision_a = g_strdup(a.revision);
        compare->revision_b = g_strdup(b.revision);
        GPtrArray *groups = find_pairs(compare, &a, &b), *metrics = metrics_of(request);
        make_rows(compare, groups, metrics, &a, &b);
        decide(compare);
        g_ptr_array_unref(groups);
        g_ptr_array_unref(metrics);
        if (compare->pairs == 0)
            *error = g_strdup_printf("no run of %s (%u runs) has a partner in %s (%u runs): the "
                                     "same scenario, seed and swept parameters",
                                     compare->name_a, a.runs->len, compare->name_b, b.runs->len);
        else if (compare->rows->len == 0)
            *error = g_strdup("none of these metrics was measured on both sides");
    }
    side_clear(&a);
    side_clear(&b);
    if (!*error)
        return compare;
    mx_compare_free(compare);
    return NULL;
}

void mx_compare_free(struct mx_compare *compare)
{
    if (!compare)
        return;
    g_ptr_array_unref(compare->rows);
    g_free(compare->name_a);
    g_free(compare->name_b);
    g_free(compare->revision_a);
    g_free(compare->revision_b);
    g_free(compare);
}
