/* SPDX-License-Identifier: BSD-2-Clause */
/* The world's own events. */
#include "sim/churn/agenda.h"

#include "core/base/fmath.h"
#include "sim/world/world.h"

#include <stdlib.h>

#define TRIES 64

static struct sim_shard *shard_of(const struct sim_world *world, uint32_t host)
{
    return world->shards[sim_world_shard_of(world, host)];
}

static uint64_t rate_draw(const struct sim_world *world, uint32_t group, bool leave, uint64_t n)
{
    return relo_hash_draw(world->params->seed, SIM_DRAW_POISSON, group * 2 + leave, n);
}

static relo_time rate_next(const struct sim_world *world, uint32_t group, bool leave,
                           uint64_t number, uint64_t rate_ppb, relo_time from)
{
    if (rate_ppb == 0)
        return RELO_NEVER;
    double wait = -relo_fmath_log(relo_fmath_unit(rate_draw(world, group, leave, 2 * number))) *
                  1e18 / (double)rate_ppb;
    if (wait > (double)(world->end - from))
        return RELO_NEVER;
    return from + 1 + (relo_time)wait;
}

static relo_time in_measurement(const struct sim_world *world, relo_time at)
{
    return at ? world->measure_from + at : RELO_NEVER;
}

void sim_agenda_begin(struct sim_world *world)
{
    const struct sim_params *params = world->params;
    struct sim_agenda *agenda = &world->agenda;
    agenda->mass_failure_at = in_measurement(world, params->mass_failure_at_ns);
    agenda->partition_from = in_measurement(world, params->partition_from_ns);
    agenda->partition_to = in_measurement(world, params->partition_to_ns);
    for (uint32_t i = 0; i <= SIM_POPULATIONS_MAX; i++)
        agenda->rate[i] = (struct sim_agenda_rate){.join_at = RELO_NEVER, .leave_at = RELO_NEVER};
    for (uint32_t i = 0; i < world->populations.groups; i++) {
        const struct sim_population *p = &world->populations.group[i].is;
        if (p->model != SIM_CHURN_POISSON)
            continue;
        agenda->rate[i].join_at =
            rate_next(world, i, false, 0, p->join_rate_ppb, world->churn_from);
        agenda->rate[i].leave_at =
            rate_next(world, i, true, 0, p->leave_rate_ppb, world->churn_from);
    }
}

/* Not at 0, where the run begins. */
static relo_time trace_next(const struct sim_agenda *agenda)
{
    if (agenda->trace_at == agenda->trace.n)
        return RELO_NEVER;
    relo_time at = agenda->trace.line[agenda->trace_at].time;
    return at > 0 ? at : 1;
}

relo_time sim_agenda_next(const struct sim_world *world)
{
    const struct sim_agenda *agenda = &world->agenda;
    relo_time next = relo_time_min(agenda->mass_failure_at, trace_next(agenda));
    next = relo_time_min(next, relo_time_min(agenda->partition_from, agenda->partition_to));
    for (uint32_t i = 0; i < world->populations.groups; i++)
        next =
            relo_time_min(next, relo_time_min(agenda->rate[i].join_at, agenda->rate[i].leave_at));
    return next;
}

struct victim {
    uint64_t draw;
    uint32_t host;
};

static int compare_victims(const void *a, const void *b)
{
    const struct victim *x = a, *y = b;
    if (x->draw != y->draw)
        return x->draw < y->draw ? -1 : 1;
    return x->host < y->host ? -1 : x->host > y->host;
}

static int compare_hosts(const void *a, const void *b)
{
    const struct victim *x = a, *y = b;
    return x->host < y->host ? -1 : x->host > y->host;
}

/* The exact share of the alive peers, those with the least draws, in order of their numbers. */
static void mass_failure(struct sim_world *world)
{
    const struct sim_params *params = world->params;
    struct victim *victim = g_new(struct victim, world->host_count);
    uint32_t n = 0;
    for (uint32_t host = params->bootstrap_peers; host < world->host_count; host++) {
        if (sim_host_alive(&world->hosts[host]))
            victim[n++] =
                (struct victim){relo_hash_draw(params->seed, SIM_DRAW_VICTIM, host, 0), host};
    }
    qsort(victim, n, sizeof *victim, compare_victims);
    n = (uint32_t)(((uint64_t)n * params->mass_failure_share_ppb + SIM_PPB / 2) / SIM_PPB);
    qsort(victim, n, sizeof *victim, compare_hosts);
    for (uint32_t i = 0; i < n; i++) {
        world->hosts[victim[i].host].returns_at = RELO_NEVER;
        sim_life_stop(shard_of(world, victim[i].host), victim[i].host);
    }
    g_free(victim);
}

/* A uniform one among the hosts of a group that are alive, or not; where that takes too many tries,
   the next one in order. False: there is none. */
static bool choose(const struct sim_world *world, uint32_t group, bool leave, uint64_t number,
                   uint32_t *host)
{
    const struct sim_group *of = &world->populations.group[group];
    uint32_t hosts = of->alive + of->away, at = 0;
    uint64_t bits = rate_draw(world, group, leave, 2 * number + 1);
    for (uint32_t i = 0; hosts > 0 && i < TRIES; i++) {
        at = (uint32_t)sim_draw_below(relo_hash_mix(bits, i), hosts);
        *host = sim_populations_host(of, at);
        if (sim_host_alive(&world->hosts[*host]) == leave)
            return true;
    }
    for (uint32_t i = 0; i < hosts; i++) {
        *host = sim_populations_host(of, (at + i) % hosts);
        if (sim_host_alive(&world->hosts[*host]) == leave)
            return true;
    }
    return false;
}

static void rate_join(struct sim_world *world, uint32_t group)
{
    struct sim_agenda_rate *rate = &world->agenda.rate[group];
    uint32_t host;
    if (choose(world, group, false, rate->joins, &host))
        sim_churn_event(shard_of(world, host), host, SIM_CHURN_ARRIVE);
    else
        world->agenda.no_host++;
    rate->join_at = rate_next(world, group, false, ++rate->joins,
                              world->populations.group[group].is.join_rate_ppb, world->now);
}

static void rate_leave(struct sim_world *world, uint32_t group)
{
    struct sim_agenda_rate *rate = &world->agenda.rate[group];
    uint32_t host;
    if (choose(world, group, true, rate->leaves, &host))
        sim_churn_event(shard_of(world, host), host, SIM_CHURN_DEPART);
    rate->leave_at = rate_next(world, group, true, ++rate->leaves,
                               world->populations.group[group].is.leave_rate_ppb, world->now);
}

/* The first that is due: one at a time, so that the logs stay in order. */
static void rate_event(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->populations.groups; i++) {
        const struct sim_agenda_rate *rate = &world->agenda.rate[i];
        if (rate->leave_at <= world->now) {
            rate_leave(world, i);
            return;
        }
        if (rate->join_at <= world->now) {
            rate_join(world, i);
            return;
        }
    }
}

static void trace_line(struct sim_world *world, const struct sim_trace_line *line)
{
    uint32_t host = world->populations.trace_from + line->node;
    struct sim_shard *shard = shard_of(world, host);
    switch (line->command) {
    case SIM_TRACE_JOIN:
        if (sim_host_alive(&world->hosts[host])) /* it is leaving still */
            sim_life_stop(shard, host);
        sim_churn_event(shard, host, SIM_CHURN_ARRIVE);
        break;
    case SIM_TRACE_LEAVE:
        sim_churn_event(shard, host, SIM_CHURN_DEPART);
        break;
    case SIM_TRACE_PUT:
        sim_workload_put(shard, host);
        break;
    case SIM_TRACE_GET:
        sim_workload_get(shard, host, world->populations.trace_from + line->key);
        break;
    }
}

void sim_agenda_run(struct sim_world *world)
{
    struct sim_agenda *agenda = &world->agenda;
    for (relo_time now = world->now; sim_agenda_next(world) <= now; sim_world_settle(world)) {
        if (agenda->partition_to <= now) {
            agenda->partition_to = RELO_NEVER;
            agenda->parted = 0;
        } else if (agenda->partition_from <= now) {
            agenda->partition_from = RELO_NEVER;
            agenda->parted = world->params->partition_groups;
        } else if (agenda->mass_failure_at <= now) {
            agenda->mass_failure_at = RELO_NEVER;
            mass_failure(world);
        } else if (trace_next(agenda) <= now) {
            trace_line(world, &agenda->trace.line[agenda->trace_at++]);
        } else {
            rate_event(world);
        }
    }
}

uint32_t sim_agenda_group(const struct sim_world *world, uint32_t host)
{
    uint32_t groups = world->params->partition_groups;
    if (host < world->params->bootstrap_peers)
        return host % groups;
    return (uint32_t)sim_draw_below(relo_hash_draw(world->params->seed, SIM_DRAW_GROUP, host, 0),
                                    groups);
}
