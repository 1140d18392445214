/* SPDX-License-Identifier: BSD-2-Clause */
/* One run: phases, samples, barriers, and the 15 s in which the last lookups may be answered. */
#include "sim/world/run.h"

#include "sim/world/pairs.h"
#include "sim/world/world.h"

#include <sys/resource.h>

#define TICK_NS RELO_S /* a barrier that often: judges logs, publishes the world's knowledge */

relo_time sim_run_end(const struct sim_params *params)
{
    return sim_params_end(params) + SIM_LOOKUP_LIMIT_NS + RELO_S;
}

static int64_t cpu_ns(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * RELO_S +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * RELO_US;
}

static char *check(const struct sim_params *params)
{
    if (params->peers < 1 || params->bootstrap_peers < 1 || params->bootstrap_peers > params->peers)
        return g_strdup("a run needs a peer at least, and no more bootstrap peers than peers");
    if (params->measurement_ns <= 0 || params->sample_interval_ns <= 0)
        return g_strdup("measurement and sample-interval must be longer than 0");
    if (params->min_latency_ns < SIM_HOP_MIN_NS)
        return g_strdup("min-latency must be 1us at least");
    if (params->mtu < 576)
        return g_strdup("mtu must be 576 bytes at least");
    return sim_latency_check(params, sim_populations_count(params));
}

/* World events are alone at their time and before everything else there. */
static void run_phases(struct sim_world *world)
{
    relo_time sample = world->measure_from, tick = TICK_NS;
    while (world->now < world->end) {
        relo_time next = relo_time_min(tick, world->end);
        if (sample < world->measure_to)
            next = relo_time_min(next, sample);
        if (!world->measured)
            next = relo_time_min(next, world->measure_to);
        next = relo_time_min(next, sim_agenda_next(world));
        sim_world_run_until(world, next);
        sim_agenda_run(world);
        if (next == world->measure_from && !world->measuring && !world->measured)
            sim_measure_begin(world);
        if (next == sample && sample < world->measure_to) {
            sim_measure_sample(world);
            sample += world->params->sample_interval_ns;
        }
        if (next == world->measure_to && !world->measured) {
            sim_measure_end(world);
            world->measured = true;
        }
        if (next == tick) {
            tick += TICK_NS;
            if (world->boxes)
                sim_boxes_tidy(world);
            if (world->options.check)
                sim_check_tick(world);
            if (world->options.progress)
                world->options.progress(world->options.user, world->now, sim_world_events(world));
        }
    }
}

static bool run_overlay(const struct sim_params *params, const struct sim_run_options *options,
                        struct mx_run *result, char **error)
{
    struct sim_world *world = g_new(struct sim_world, 1);
    bool ok = sim_world_init(world, params, options, result, error);
    if (ok) {
        if (params->bootstrap == SIM_BOOTSTRAP_ORACLE)
            sim_wiring_start(world);
        sim_world_settle(world); /* what peers of a wired ring say at time zero */
        sim_churn_begin(world);
        sim_agenda_begin(world);
        run_phases(world);
        if (world->options.check)
            sim_check_end(world);
        sim_judge_finish(&world->judge);
        sim_measure_facts(world);
        struct sim_pcap *pcap = world->pcap;
        world->pcap = NULL;
        ok = sim_pcap_close(pcap, error);
    }
    sim_world_fini(world);
    g_free(world);
    return ok;
}

bool sim_run(const struct sim_params *params, const struct sim_run_options *options,
             struct mx_run *result, char **error)
{
    *error = check(params);
    if (*error)
        return false;
    int64_t wall = g_get_monotonic_time(), cpu = cpu_ns();
    struct sim_run_options defaults = {0};
    bool ok = true;
    if (!options)
        options = &defaults;
    if (params->pairs)
        sim_pairs_run(params, options, result);
    else
        ok = run_overlay(params, options, result, error);
    result->facts.wall_ns = (g_get_monotonic_time() - wall) * RELO_US;
    result->facts.cpu_ns = cpu_ns() - cpu;
    return ok;
}
