/* SPDX-License-Identifier: BSD-2-Clause */
/* Paired comparison: the pairs, the intervals, what counts as significant and what is refused. */
#include "metrics/compare.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

static char *directory;

/* Success of 0.9 and a noise that both sides of a pair share, plus what the variant adds. */
static void store(struct mx_database *db, const char *revision, int64_t point, int64_t repetition,
                  double effect, uint64_t fingerprint)
{
    struct mx_run run;
    char *error;
    const char *interval = point % 2 == 0 ? "30s" : "60s";
    const struct mx_param params[] = {
        {"overlay.chord-update-interval", interval, true, 30, true},
        {"overlay.peers", point < 2 ? "100" : "200", true, 100, true},
    };
    struct mx_run_info info = {.scenario = "s",
                               .title = "",
                               .text = "[scenario]\n",
                               .overrides = "",
                               .command = "relo run s.ini",
                               .version = "0",
                               .revision = revision,
                               .point = point,
                               .repetition = repetition,
                               .seed = (uint64_t)repetition + 7};
    static const int64_t noise[] = {0, 137, -211, 90, -45, 60};
    mx_run_init(&run);
    run.facts.fingerprint = fingerprint;
    mx_run_ratio(&run, MX_LOOKUP_SUCCESS,
                 9000 + noise[repetition] + (int64_t)(effect * 10000) + repetition % 2, 10000);
    mx_run_add(&run, MX_LOOKUP_HOPS, 5 + repetition % 3);
    if (!mx_database_store(db, &info, params, G_N_ELEMENTS(params), &run, &error))
        g_error("%s", error);
    mx_run_fini(&run);
}

static struct mx_database *make(const char *name)
{
    char *error, *path = g_build_filename(directory, name, NULL);
    g_remove(path);
    struct mx_database *db = mx_database_open(path, MX_DATABASE_WRITE, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_free(path);
    return db;
}

static struct mx_compare *compare(const struct mx_compare_request *request)
{
    char *error;
    struct mx_compare *result = mx_compare(request, &error);
    g_assert_cmpstr(error, ==, NULL);
    return result;
}

static void assert_refused(const struct mx_compare_request *request, const char *because)
{
    char *error;
    g_assert_null(mx_compare(request, &error));
    if (!strstr(error, because))
        g_error("\"%s\" does not speak of %s", error, because);
    g_free(error);
}

static const struct mx_compare_row *row_of(const struct mx_compare *c, const char *group,
                                           const char *metric)
{
    for (guint i = 0; i < c->rows->len; i++) {
        const struct mx_compare_row *row = g_ptr_array_index(c->rows, i);
        if (strcmp(row->group, group) == 0 && strcmp(row->metric, metric) == 0)
            return row;
    }
    g_error("no row %s of %s", metric, group);
}

static void pairing_finds_what_noise_hides(void)
{
    struct mx_database *db = make("by.db");
    for (int64_t point = 0; point < 4; point++)
        for (int64_t repetition = 0; repetition < 5; repetition++)
            store(db, "r1", point, repetition, point == 1 ? 0.003 : 0,
                  (uint64_t)(10 * point + repetition));
    struct mx_compare *c =
        compare(&(struct mx_compare_request){.a = db,
                                             .b = db,
                                             .key = "overlay.chord-update-interval",
                                             .value_a = "30s",
                                             .value_b = "60s"});
    g_assert_cmpuint(c->pairs, ==, 10);
    g_assert_cmpuint(c->identical, ==, 0);
    const struct mx_compare_row *row = row_of(c, "overlay.peers=100", "lookup.success");
    g_assert_cmpuint(row->n, ==, 5);
    g_assert_cmpfloat_with_epsilon(row->difference, 0.003, 1e-9);
    g_assert_true(row->significant); /* a tenth of the spread between runs */
    row = row_of(c, "overlay.peers=200", "lookup.success");
    g_assert_false(row->significant);
    g_assert_cmpfloat_with_epsilon(row->p, 1, 1e-9);
    g_assert_cmpuint(c->significant, ==, 1);
    mx_compare_free(c);
    mx_database_close(db);
}

static void identical_runs_are_called_identical(void)
{
    struct mx_database *a = make("a.db"), *b = make("b.db");
    for (int64_t repetition = 0; repetition < 3; repetition++) {
        store(a, "r1", 0, repetition, 0, 42);
        store(b, "r2", 0, repetition, 0, 42);
    }
    store(b, "r2", 1, 0, 0, 43);
    struct mx_compare *c = compare(&(struct mx_compare_request){.a = a, .b = b});
    g_assert_cmpuint(c->pairs, ==, 3);
    g_assert_cmpuint(c->identical, ==, 3);
    g_assert_cmpuint(c->single_a, ==, 0);
    g_assert_cmpuint(c->single_b, ==, 1);
    g_assert_cmpuint(c->significant, ==, 0);
    g_assert_cmpstr(c->revision_a, ==, "r1");
    g_assert_cmpstr(c->revision_b, ==, "r2");
    mx_compare_free(c);
    mx_database_close(a);
    mx_database_close(b);
}

static void one_pair_is_no_evidence(void)
{
    struct mx_database *a = make("a.db"), *b = make("b.db");
    store(a, "r1", 0, 0, 0, 1);
    store(b, "r1", 0, 0, 0.05, 2);
    struct mx_compare *c = compare(&(struct mx_compare_request){.a = a, .b = b});
    g_assert_cmpuint(c->significant, ==, 0);
    g_assert_cmpuint(c->untested, ==, 1);
    g_assert_true(isnan(
        row_of(c, "overlay.chord-update-interval=30s overlay.peers=100", "lookup.success")->ci95));
    mx_compare_free(c);
    mx_database_close(a);
    mx_database_close(b);
}

static void mixed_revisions_are_refused_unless_asked(void)
{
    struct mx_database *db = make("mixed.db"), *other = make("other.db");
    for (int64_t repetition = 0; repetition < 3; repetition++) {
        store(db, "r1", 0, repetition, 0, 1);
        store(db, "r1", 1, repetition, 0, 1);
        store(db, "r2", 0, repetition, 0.01, 2);
        store(other, "r3", 0, repetition, 0, 3);
    }
    struct mx_compare_request request = {.a = db, .b = db};
    assert_refused(&request, "two revisions");
    request.mixed = true;
    struct mx_compare *c = compare(&request);
    g_assert_cmpstr(c->name_a, ==, "mixed.db");
    g_assert_cmpstr(c->revision_a, ==, "r1");
    g_assert_cmpstr(c->revision_b, ==, "r2");
    g_assert_cmpuint(c->pairs, ==, 3);
    g_assert_cmpuint(c->significant, ==, 1);
    mx_compare_free(c);
    assert_refused(&(struct mx_compare_request){.a = db,
                                                .b = db,
                                                .key = "overlay.chord-update-interval",
                                                .value_a = "30s",
                                                .value_b = "60s"},
                   "2 revisions (r1, r2)");
    assert_refused(&(struct mx_compare_request){.a = other, .b = db}, "2 revisions");
    assert_refused(&(struct mx_compare_request){.a = other, .b = other}, "--by KEY");
    mx_database_close(db);
    mx_database_close(other);
}

static void nothing_in_common_is_a_sentence(void)
{
    struct mx_database *a = make("a.db"), *b = make("b.db");
    store(a, "r1", 0, 0, 0, 1);
    store(b, "r1", 1, 0, 0, 1);
    assert_refused(&(struct mx_compare_request){.a = a, .b = b}, "has a partner");
    static const char *const names[] = {"fetch.success", NULL};
    assert_refused(&(struct mx_compare_request){.a = a, .b = a, .metrics = names}, "--by");
    mx_database_close(a);
    mx_database_close(b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    directory = g_dir_make_tmp("relo-test-XXXXXX", NULL);
    g_test_add_func("/compare/pairing_finds_what_noise_hides", pairing_finds_what_noise_hides);
    g_test_add_func("/compare/identical_runs_are_called_identical",
                    identical_runs_are_called_identical);
    g_test_add_func("/compare/one_pair_is_no_evidence", one_pair_is_no_evidence);
    g_test_add_func("/compare/mixed_revisions_are_refused_unless_asked",
                    mixed_revisions_are_refused_unless_asked);
    g_test_add_func("/compare/nothing_in_common_is_a_sentence", nothing_in_common_is_a_sentence);
    int status = g_test_run();
    GDir *entries = g_dir_open(directory, 0, NULL);
    for (const char *name; (name = g_dir_read_name(entries));) {
        char *path = g_build_filename(directory, name, NULL);
        g_remove(path);
        g_free(path);
    }
    g_dir_close(entries);
    g_rmdir(directory);
    g_free(directory);
    return status;
}
