/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole runs that must succeed. */
#include "tests/sim/support_run.h"

#include <string.h>

static void run_with(const struct sim_params *params, const struct sim_run_options *options,
                     struct mx_run *run)
{
    char *error = NULL;
    mx_run_init(run);
    bool ok = sim_run(params, options, run, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_true(ok);
}

void run_well(const struct sim_params *params, struct mx_run *run)
{
    run_with(params, NULL, run);
}

int64_t counter(const struct mx_run *run, const char *name)
{
    for (uint32_t i = 0; i < run->counters->len; i++) {
        const struct mx_counter *c = &g_array_index(run->counters, struct mx_counter, i);
        if (strcmp(c->name, name) == 0)
            return c->n;
    }
    g_error("no counter %s", name);
}

double value(const struct mx_run *run, enum mx_metric metric)
{
    double v;
    if (!mx_run_value(run, metric, &v))
        g_error("no value for %s", mx_metrics[metric].name);
    return v;
}

GByteArray *run_image(const struct sim_params *params, const struct sim_run_options *options)
{
    struct mx_run run;
    run_with(params, options, &run);
    run.facts.wall_ns = run.facts.cpu_ns = run.facts.peak_rss_kib = 0;
    GByteArray *image = g_byte_array_new();
    mx_run_serialise(&run, image);
    mx_run_fini(&run);
    return image;
}

void assert_same(const GByteArray *a, const GByteArray *b)
{
    g_assert_cmpuint(a->len, ==, b->len);
    g_assert_true(memcmp(a->data, b->data, a->len) == 0);
}

void assert_shards_do_not_show(const struct sim_params *params)
{
    static const struct sim_run_options options[] = {
        {.shards = 1}, {.shards = 2, .shuffle = 1}, {.shards = 7, .shuffle = 99}};
    GByteArray *one = run_image(params, &options[0]);
    for (size_t i = 1; i < G_N_ELEMENTS(options); i++) {
        GByteArray *more = run_image(params, &options[i]);
        assert_same(one, more);
        g_byte_array_unref(more);
    }
    g_byte_array_unref(one);
}
