/* SPDX-License-Identifier: BSD-2-Clause */
/* What runs need at least (sim/world/need.h) beside what there is (cli/memory.h). */
#include "cli/fit.h"

#include "cli/memory.h"
#include "cli/options.h"
#include "sim/churn/population.h"
#include "sim/world/need.h"

#include <stdlib.h>

#define MIB (1024.0 * 1024.0)

struct size {
    char text[32];
};

static struct size size_of(uint64_t bytes)
{
    struct size size;
    double mib = (double)bytes / MIB;
    if (mib < 1024)
        g_snprintf(size.text, sizeof size.text, "%.1f MiB", mib);
    else
        g_snprintf(size.text, sizeof size.text, "%.1f GiB", mib / 1024);
    return size;
}

static int compare_descending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

unsigned cli_fit_room(uint64_t *needs, size_t n, unsigned parallel, uint64_t available)
{
    unsigned room = 0;

    if (n > 0)
        qsort(needs, n, sizeof *needs, compare_descending);
    while (room < parallel && room < n && needs[room] <= available)
        available -= needs[room++];
    return room < n ? room : parallel;
}

/* One run by itself. */
static bool check_run(const struct cli_fit *fit, size_t point, struct sim_need need,
                      uint64_t available)
{
    const struct sim_params *params = &fit->scenario->points[point].params;
    uint64_t shards = fit->shards > 0 ? fit->shards : params->shards;

    if (need.links > shards * SIM_LINKS_PER_SHARD) {
        cli_complain("run",
                     "%s: %u peers have %.1f million link ends at least, and a shard has names for "
                     "%.1f million; split each run with --shards %" G_GUINT64_FORMAT,
                     fit->path, params->peers, (double)need.links / 1e6,
                     (double)SIM_LINKS_PER_SHARD / 1e6, need.links / SIM_LINKS_PER_SHARD + 1);
        return false;
    }
    if (need.bytes > available) {
        cli_complain("run",
                     "%s: %u peers need %s of memory at least, and there are %s%s; have fewer "
                     "peers, or say with --memory MIB that there is more",
                     fit->path, params->peers, size_of(need.bytes).text, size_of(available).text,
                     fit->memory > 0 ? "" : " available");
        return false;
    }
    return true;
}

/* All runs fit, `room` of them at a time. */
static unsigned choose(const struct cli_fit *fit, unsigned room, unsigned parallel,
                       uint64_t available)
{
    if (room == parallel)
        return parallel;
    cli_complain("run",
                 fit->at_once > 0
                     ? "%s: %u runs at a time need more memory than the %s that there are%s; have "
                       "-j %u, or say with --memory MIB that there is more"
                     : "%s: %u runs at a time, one per core, need more memory than the %s that "
                       "there are%s; there will be %u",
                 fit->path, parallel, size_of(available).text,
                 fit->memory > 0 ? "" : " available", room);
    return fit->at_once > 0 ? 0 : room;
}

unsigned cli_fit(const struct cli_fit *fit)
{
    uint64_t available = fit->memory > 0 ? fit->memory : cli_memory_available("");
    uint64_t *needs = g_new(uint64_t, fit->n_jobs);
    struct sim_need *need = g_new(struct sim_need, fit->scenario->n_points);
    unsigned parallel = fit->at_once > 0 ? (unsigned)fit->at_once : g_get_num_processors();
    bool sound = true;

    for (size_t i = 0; i < fit->scenario->n_points; i++) {
        const struct sim_params *params = &fit->scenario->points[i].params;
        need[i] = sim_need(params, sim_populations_count(params));
    }
    for (size_t i = 0; i < fit->n_jobs && sound; i++) {
        needs[i] = need[fit->jobs[i].point].bytes;
        sound = check_run(fit, fit->jobs[i].point, need[fit->jobs[i].point], available);
    }
    if (sound)
        parallel = choose(fit, cli_fit_room(needs, fit->n_jobs, parallel, available), parallel,
                          available);
    g_free(need);
    g_free(needs);
    return sound ? parallel : 0;
}
