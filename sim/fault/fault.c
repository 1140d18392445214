/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of clocks and hosts: crashes and returns, wrong clocks, slow peers. */
#include "sim/fault/fault.h"

#include "core/base/check.h"
#include "core/base/fmath.h"
#include "sim/fault/internal.h"
#include "sim/world/world.h"

#define SLOW_QUEUE 64 /* datagrams that wait for a slow peer */

static uint64_t below(uint32_t ppb)
{
    relo_u128 n = ((relo_u128)ppb << 64) / SIM_PPB;
    return n > UINT64_MAX ? UINT64_MAX : (uint64_t)n;
}

struct sim_fault *sim_fault_new(const struct sim_params *params, uint32_t hosts)
{
    bool packets = params->corrupt_ppb || params->duplicate_ppb || params->reorder_ppb;
    if (!packets && !params->slow_ppb && !params->clock_skew_ns && !params->crash_interval_ns)
        return NULL;
    struct sim_fault *fault = g_new(struct sim_fault, 1);
    *fault = (struct sim_fault){.params = params,
                                .hosts = hosts,
                                .corrupt_below = below(params->corrupt_ppb),
                                .duplicate_below = below(params->duplicate_ppb),
                                .reorder_below = below(params->reorder_ppb),
                                .slow_below = below(params->slow_ppb)};
    if (params->slow_ppb)
        fault->busy_until = g_new0(relo_time, hosts);
    if (params->crash_interval_ns)
        fault->crash = g_new0(struct sim_crash, hosts);
    return fault;
}

void sim_fault_quiet(struct sim_fault *fault)
{
    if (!fault)
        return;
    fault->corrupt_below = fault->duplicate_below = fault->reorder_below = fault->slow_below = 0;
    fault->quiet = true;
}

void sim_fault_free(struct sim_fault *fault)
{
    if (!fault)
        return;
    for (uint32_t i = 0; fault->crash && i < fault->hosts; i++)
        relo_node_free(fault->crash[i].frozen);
    g_free(fault->crash);
    g_free(fault->busy_until);
    g_free(fault);
}

/* --- slow peers ------------------------------------------------------------------------------ */

bool sim_fault_slows(const struct sim_fault *fault)
{
    return fault && fault->busy_until;
}

bool sim_fault_process(struct sim_shard *shard, uint32_t host, relo_time *delivery)
{
    struct sim_fault *fault = shard->world->fault;
    const struct sim_params *params = fault->params;
    if (relo_hash_draw(params->seed, SIM_DRAW_SLOW, host, 0) >= fault->slow_below)
        return true;
    relo_time *busy_until = &fault->busy_until[host];
    relo_time from = *busy_until > *delivery ? *busy_until : *delivery;
    if (from - *delivery > SLOW_QUEUE * params->processing_ns) {
        shard->net.slow_drops++;
        return false;
    }
    *busy_until = *delivery = from + params->processing_ns;
    return true;
}

/* --- clocks ---------------------------------------------------------------------------------- */

/* Clocks are set at multiples of the interval, each host at a phase of its own. */
static int64_t settings_before(const struct sim_fault *fault, uint32_t host, relo_time now)
{
    const struct sim_params *params = fault->params;
    if (!params->clock_interval_ns)
        return 0;
    uint64_t phase = sim_draw_below(relo_hash_draw(params->seed, SIM_DRAW_CLOCK, host, 0),
                                    (uint64_t)params->clock_interval_ns);
    return (now + (relo_time)phase) / params->clock_interval_ns;
}

relo_time sim_fault_clock(const struct sim_fault *fault, uint32_t host, relo_time now)
{
    if (!fault || !fault->params->clock_skew_ns)
        return 0;
    uint64_t number = (uint64_t)settings_before(fault, host, now) + 1;
    uint64_t bits = relo_hash_draw(fault->params->seed, SIM_DRAW_CLOCK, host, number);
    return (relo_time)sim_draw_below(bits, 2 * (uint64_t)fault->params->clock_skew_ns + 1) -
           fault->params->clock_skew_ns;
}

static void schedule_clock(struct sim_shard *shard, uint32_t host)
{
    const struct sim_fault *fault = shard->world->fault;
    relo_time interval = fault->params->clock_interval_ns;
    if (!interval || !fault->params->clock_skew_ns)
        return;
    uint64_t phase = sim_draw_below(relo_hash_draw(fault->params->seed, SIM_DRAW_CLOCK, host, 0),
                                    (uint64_t)interval);
    relo_time at = (settings_before(fault, host, shard->now) + 1) * interval - (relo_time)phase;
    sim_shard_schedule(shard, host, SIM_CLASS_WORLD, at, SIM_FAULT_CLOCK, 0);
}

static void tell_time(struct sim_shard *shard, uint32_t index)
{
    struct relo_event event = {.type = RELO_EVENT_CLOCK,
                               .now = shard->now,
                               .unix_offset_ns =
                                   SIM_UNIX_OFFSET_NS +
                                   sim_fault_clock(shard->world->fault, index, shard->now)};
    sim_host_step(shard, index, &event);
}

static void set_clock(struct sim_shard *shard, uint32_t index)
{
    schedule_clock(shard, index);
    if (shard->world->hosts[index].node)
        tell_time(shard, index);
}

/* --- crashes --------------------------------------------------------------------------------- */

uint32_t sim_fault_restarts(const struct sim_fault *fault, uint32_t host)
{
    return fault && fault->crash ? fault->crash[host].restarts : 0;
}

static relo_time exponential(const struct sim_fault *fault, uint32_t host, uint32_t number,
                             relo_time mean_ns)
{
    uint64_t bits = relo_hash_draw(fault->params->seed, SIM_DRAW_CRASH, host, number);
    relo_time t = (relo_time)(-relo_fmath_log(relo_fmath_unit(bits)) * (double)mean_ns);
    return t > 0 ? t : 1;
}

static void schedule_crash(struct sim_shard *shard, uint32_t host)
{
    struct sim_fault *fault = shard->world->fault;
    if (!fault->crash || host < fault->params->bootstrap_peers)
        return;
    struct sim_crash *crash = &fault->crash[host];
    relo_time after = exponential(fault, host, crash->number++, fault->params->crash_interval_ns);
    sim_shard_schedule(shard, host, SIM_CLASS_WORLD, shard->now + after, SIM_FAULT_CRASH, 0);
}

static void count_alive(struct sim_shard *shard, const struct sim_host *host)
{
    const struct sim_world *world = shard->world;
    if (!world->measuring)
        return;
    relo_time from = host->started > world->measure_from ? host->started : world->measure_from;
    shard->alive_ns += (relo_u128)(uint64_t)(shard->now - from);
}

static void crash(struct sim_shard *shard, uint32_t index)
{
    struct sim_world *world = shard->world;
    struct sim_host *host = &world->hosts[index];
    struct sim_crash *crash = &world->fault->crash[index];
    if (!host->node || host->state == SIM_HOST_LEAVING || world->fault->quiet)
        return; /* its session ends anyway */
    relo_time back =
        shard->now + exponential(world->fault, index, crash->number++, world->params->restart_ns);
    if (world->params->crash_storage == SIM_CRASH_LOST) {
        crash->restarts++;
        host->returns_at = back;
        sim_life_stop(shard, index);
        return;
    }
    crash->frozen = host->node;
    crash->state = host->state;
    host->node = NULL;
    host->due = RELO_NEVER;
    host->state = SIM_HOST_DEAD;
    sim_host_log(shard, SIM_LOG_GONE, index);
    count_alive(shard, host);
    sim_shard_schedule(shard, index, SIM_CLASS_WORLD, back, SIM_FAULT_THAW, 0);
}

static void thaw(struct sim_shard *shard, uint32_t index)
{
    struct sim_world *world = shard->world;
    struct sim_host *host = &world->hosts[index];
    struct sim_crash *crash = &world->fault->crash[index];
    if (!crash->frozen || host->node)
        return;
    host->node = crash->frozen;
    host->state = crash->state;
    host->started = shard->now;
    crash->frozen = NULL;
    sim_host_log(shard, SIM_LOG_JOINING, index);
    if (host->state ==
        SIM_HOST_ADMITTED) { /* it never left, as it sees it, and its neighbors may too */
        sim_host_log(shard, SIM_LOG_ADMITTED, index);
        sim_workload_admitted(shard, index);
    }
    schedule_crash(shard, index);
    struct relo_event event = {.type = RELO_EVENT_WAKE, .now = shard->now};
    if (world->params->clock_skew_ns && world->params->clock_interval_ns)
        tell_time(shard, index); /* its clock may have been set meanwhile */
    sim_host_step(shard, index, &event);
}

bool sim_fault_frozen(const struct sim_fault *fault, uint32_t host)
{
    return fault && fault->crash && fault->crash[host].frozen;
}

void sim_fault_departed(struct sim_shard *shard, uint32_t index)
{
    struct sim_host *host = &shard->world->hosts[index];
    struct sim_crash *crash = &shard->world->fault->crash[index];
    host->node = crash->frozen;
    host->state = SIM_HOST_JOINING; /* nobody has seen it since it froze */
    host->started = shard->now;
    crash->frozen = NULL;
    sim_host_log(shard, SIM_LOG_JOINING, index);
    sim_life_stop(shard, index);
}

void sim_fault_started(struct sim_shard *shard, uint32_t host)
{
    schedule_crash(shard, host);
    schedule_clock(shard, host);
}

void sim_fault_event(struct sim_shard *shard, uint32_t host, enum sim_fault_what what)
{
    switch (what) {
    case SIM_FAULT_CRASH:
        crash(shard, host);
        break;
    case SIM_FAULT_THAW:
        thaw(shard, host);
        break;
    case SIM_FAULT_CLOCK:
        set_clock(shard, host);
        break;
    case SIM_FAULT_FLOOD:
        sim_malice_flood(shard, host);
        break;
    }
}
