/* SPDX-License-Identifier: BSD-2-Clause */
/* Who comes and goes when: sessions and absences of hosts, and the arrivals of the build-up. */
#include "sim/world/world.h"

/* Hosts 0 to peers - 1 are there at the start, the others away: all draws are independent of the
   number of a host, so this choice is as good as any and makes the start exact. */
static bool there_at_start(const struct sim_world *world, uint32_t host)
{
    return host < world->params->peers;
}

static void schedule_depart(struct sim_shard *shard, uint32_t host)
{
    struct sim_world *world = shard->world;
    const struct sim_group *group = sim_populations_of(&world->populations, host);
    if (!group || group->is.model == SIM_CHURN_POISSON)
        return; /* never, or when the world's agenda says so */
    uint32_t incarnation = world->hosts[host].incarnation;
    bool residual = incarnation == 1 && there_at_start(world, host);
    relo_time from = residual ? world->churn_from : shard->now;
    relo_time at =
        from + sim_populations_session(&world->populations, group, host, incarnation, residual);
    if (at <= shard->now)
        at = shard->now + 1;
    sim_shard_schedule(shard, host, SIM_CLASS_WORLD, at, SIM_CHURN_DEPART, 0);
}

/* Build-up by joins: host 0 founds the overlay, the other bootstrap peers follow in its first
   tenth, all others at random in the next eight. */
static relo_time arrival(const struct sim_world *world, uint32_t host)
{
    const struct sim_params *params = world->params;
    relo_time tenth = params->build_up_ns / 10;
    if (host < params->bootstrap_peers)
        return 1 + (relo_time)((relo_u128)(uint64_t)tenth * host / params->bootstrap_peers);
    uint64_t bits = relo_hash_draw(params->seed, SIM_DRAW_ARRIVAL, host, 0);
    return 2 + tenth + (relo_time)sim_draw_below(bits, (uint64_t)tenth * 8 + 1);
}

static bool in_crowd(const struct sim_world *world, uint32_t host)
{
    return host >= world->populations.crowd_from &&
           host - world->populations.crowd_from < world->populations.crowd;
}

/* When a host that is away at the start comes for the first time. */
static relo_time first_arrival(const struct sim_world *world, uint32_t host)
{
    const struct sim_params *params = world->params;
    const struct sim_group *group = sim_populations_of(&world->populations, host);
    if (in_crowd(world, host)) {
        uint64_t bits = relo_hash_draw(params->seed, SIM_DRAW_CROWD, host, 0);
        return world->measure_from + params->flash_crowd_at_ns +
               (relo_time)sim_draw_below(bits, (uint64_t)params->flash_crowd_within_ns);
    }
    if (!group || group->is.model == SIM_CHURN_POISSON)
        return RELO_NEVER;
    relo_time wait = sim_populations_dead(&world->populations, group, host, 0, true);
    return sim_diurnal_after(&group->is, world->churn_from, wait);
}

void sim_churn_begin(struct sim_world *world)
{
    for (uint32_t host = 0; host < world->host_count; host++) {
        struct sim_shard *shard = world->shards[sim_world_shard_of(world, host)];
        if (!there_at_start(world, host))
            sim_shard_schedule(shard, host, SIM_CLASS_WORLD, first_arrival(world, host),
                               SIM_CHURN_ARRIVE, 0);
        else if (world->params->bootstrap == SIM_BOOTSTRAP_JOIN)
            sim_shard_schedule(shard, host, SIM_CLASS_WORLD, arrival(world, host), SIM_CHURN_ARRIVE,
                               0);
        else
            schedule_depart(shard, host);
    }
}

static relo_time returns_at(const struct sim_world *world, const struct sim_group *group,
                            uint32_t host, relo_time now)
{
    if (!group || group->is.model == SIM_CHURN_POISSON || in_crowd(world, host))
        return RELO_NEVER;
    relo_time wait = sim_populations_dead(&world->populations, group, host,
                                          world->hosts[host].incarnation, false);
    return sim_diurnal_after(&group->is, now, wait);
}

static void depart(struct sim_shard *shard, uint32_t index)
{
    struct sim_world *world = shard->world;
    struct sim_host *host = &world->hosts[index];
    const struct sim_group *group = sim_populations_of(&world->populations, index);
    uint64_t bits =
        relo_hash_draw(world->params->seed, SIM_DRAW_GRACEFUL, index, host->incarnation);
    uint32_t share = group ? group->is.graceful_leave_ppb : world->params->graceful_leave_ppb;
    host->returns_at = returns_at(world, group, index, shard->now);
    if (sim_fault_frozen(world->fault, index)) {
        sim_fault_departed(shard, index);
        return;
    }
    if (host->state != SIM_HOST_ADMITTED || sim_draw_below(bits, SIM_PPB) >= share) {
        sim_life_stop(shard, index);
        return;
    }
    host->state = SIM_HOST_LEAVING;
    sim_host_log(shard, SIM_LOG_LEAVING, index);
    sim_shard_schedule(shard, index, SIM_CLASS_WORLD, shard->now + SIM_LEAVE_GRACE_NS,
                       SIM_CHURN_STOP, 0);
    struct relo_command command = {.type = RELO_COMMAND_LEAVE};
    sim_host_command(shard, index, &command, 0, 0);
}

void sim_churn_event(struct sim_shard *shard, uint32_t host, enum sim_churn_what what)
{
    bool alive = sim_host_alive(&shard->world->hosts[host]);
    const struct sim_check *check = shard->world->options.check;
    if (check && check->quiet && what != SIM_CHURN_STOP)
        return; /* nobody comes or goes any more */
    switch (what) {
    case SIM_CHURN_ARRIVE:
        if (alive || sim_fault_frozen(shard->world->fault, host))
            return;
        sim_life_start(shard, host, NULL);
        schedule_depart(shard, host);
        sim_life_join(shard, host);
        break;
    case SIM_CHURN_DEPART:
        if (alive || sim_fault_frozen(shard->world->fault, host))
            depart(shard, host);
        break;
    case SIM_CHURN_STOP:
        if (alive)
            sim_life_stop(shard, host);
        break;
    }
}

void sim_churn_stopped(struct sim_shard *shard, uint32_t index)
{
    relo_time at = shard->world->hosts[index].returns_at;
    sim_shard_schedule(shard, index, SIM_CLASS_WORLD, at > shard->now ? at : shard->now + 1,
                       SIM_CHURN_ARRIVE, 0);
}
