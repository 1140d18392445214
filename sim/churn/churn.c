/* SPDX-License-Identifier: BSD-2-Clause */
/* Who comes and goes when: sessions and absences of hosts, and the arrivals of the build-up. */
#include "sim/world/world.h"

static bool churns(const struct sim_world *world, uint32_t host)
{
    return world->params->churn != SIM_CHURN_NONE && host >= world->params->bootstrap_peers;
}

static uint64_t draw(const struct sim_world *world, enum sim_draw purpose, uint32_t host)
{
    return relo_hash_draw(world->params->seed, purpose, host, world->hosts[host].incarnation);
}

/* Hosts 0 to peers - 1 are there at the start, the others away: all draws are independent of the
   number of a host, so this choice is as good as any and makes the start exact. */
static bool there_at_start(const struct sim_world *world, uint32_t host)
{
    return host < world->params->peers;
}

static void schedule_depart(struct sim_shard *shard, uint32_t host)
{
    struct sim_world *world = shard->world;
    if (!churns(world, host))
        return;
    relo_time at;
    if (world->hosts[host].incarnation == 1 && there_at_start(world, host))
        at = world->churn_from +
             sim_lifetime_residual(&world->session, draw(world, SIM_DRAW_RESIDUAL, host));
    else
        at = shard->now + sim_lifetime_draw(&world->session, draw(world, SIM_DRAW_SESSION, host));
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

void sim_churn_begin(struct sim_world *world)
{
    for (uint32_t host = 0; host < world->host_count; host++) {
        struct sim_shard *shard = world->shards[sim_world_shard_of(world, host)];
        if (!there_at_start(world, host)) {
            uint64_t bits = draw(world, SIM_DRAW_RESIDUAL, host);
            sim_shard_schedule(shard, host, SIM_CLASS_WORLD,
                               world->churn_from + sim_lifetime_residual(&world->dead, bits),
                               SIM_CHURN_ARRIVE, 0);
        } else if (world->params->bootstrap == SIM_BOOTSTRAP_JOIN) {
            sim_shard_schedule(shard, host, SIM_CLASS_WORLD, arrival(world, host), SIM_CHURN_ARRIVE,
                               0);
        } else {
            schedule_depart(shard, host);
        }
    }
}

static void depart(struct sim_shard *shard, uint32_t index)
{
    struct sim_world *world = shard->world;
    struct sim_host *host = &world->hosts[index];
    uint64_t graceful = sim_draw_below(draw(world, SIM_DRAW_GRACEFUL, index), SIM_PPB);
    host->returns_at =
        shard->now + sim_lifetime_draw(&world->dead, draw(world, SIM_DRAW_DEAD, index));
    if (host->state != SIM_HOST_ADMITTED || graceful >= world->params->graceful_leave_ppb) {
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
    switch (what) {
    case SIM_CHURN_ARRIVE:
        if (alive)
            return;
        sim_life_start(shard, host, NULL, 0);
        schedule_depart(shard, host);
        sim_life_join(shard, host);
        break;
    case SIM_CHURN_DEPART:
        if (alive)
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
