/* SPDX-License-Identifier: BSD-2-Clause */
/* Malicious peers: who they are and when, the suite that makes them so, and their floods. */
#include "sim/fault/malice.h"

#include "core/base/fmath.h"
#include "sim/fault/attacker.h"
#include "sim/world/world.h"

struct sim_malice {
    const struct sim_params *params; /* borrowed */
    struct sim_attacker **attacker;  /* owned; per host; NULL: always honest */
    uint32_t hosts;
};

uint32_t sim_malice_share(const struct sim_params *params, relo_time now)
{
    int64_t share = params->malicious_ppb, stop = params->malicious_stop_ppb;
    if (now < params->malicious_from_ns || share == stop)
        return (uint32_t)share;
    int64_t steps = 1 + (now - params->malicious_from_ns) / params->malicious_step_interval_ns;
    int64_t distance = stop > share ? stop - share : share - stop,
            step = params->malicious_step_ppb;
    int64_t moved = steps >= distance / step + 1 ? distance : steps * step;
    return (uint32_t)(stop > share ? share + moved : share - moved);
}

/* Below which share the host is honest. */
static uint32_t threshold(const struct sim_params *params, uint32_t host)
{
    if (host < params->bootstrap_peers)
        return SIM_PPB;
    uint64_t bits = relo_hash_draw(params->seed, SIM_DRAW_MALICIOUS, host, 0);
    return (uint32_t)sim_draw_below(bits, SIM_PPB);
}

struct sim_malice *sim_malice_new(const struct sim_params *params, uint32_t hosts)
{
    uint32_t most = MAX(params->malicious_ppb, params->malicious_stop_ppb);
    if (most == 0)
        return NULL;
    struct sim_malice *malice = g_new0(struct sim_malice, 1);
    malice->params = params;
    malice->hosts = hosts;
    malice->attacker = g_new0(struct sim_attacker *, hosts);
    for (uint32_t i = 0; i < hosts; i++) {
        if (threshold(params, i) < most)
            malice->attacker[i] = sim_attacker_new(params, i, threshold(params, i));
    }
    return malice;
}

void sim_malice_free(struct sim_malice *malice)
{
    if (!malice)
        return;
    for (uint32_t i = 0; i < malice->hosts; i++)
        sim_attacker_free(malice->attacker[i]);
    g_free(malice->attacker);
    g_free(malice);
}

bool sim_malice_is(const struct sim_malice *malice, uint32_t host, relo_time now)
{
    const struct sim_attacker *attacker = malice->attacker[host];
    return attacker && attacker->threshold_ppb < sim_malice_share(malice->params, now);
}

const struct relo_suite *sim_malice_suite(const struct sim_malice *malice, uint32_t host)
{
    return malice->attacker[host] ? &malice->attacker[host]->suite : &relo_suite_sim;
}

/* --- floods ---------------------------------------------------------------------------------- */

static void schedule_flood(struct sim_shard *shard, uint32_t host)
{
    const struct sim_params *params = shard->world->params;
    struct sim_attacker *attacker = shard->world->malice->attacker[host];
    uint64_t bits = relo_hash_draw(params->seed, SIM_DRAW_FLOOD, host, attacker->floods++ * 4);
    double mean = (double)params->flood_interval_ns;
    relo_time wait = (relo_time)(-relo_fmath_log(relo_fmath_unit(bits)) * mean);
    sim_shard_schedule(shard, host, SIM_CLASS_WORLD, shard->now + (wait > 0 ? wait : 1),
                       SIM_FAULT_FLOOD, 0);
}

void sim_malice_started(struct sim_shard *shard, uint32_t host)
{
    struct sim_malice *malice = shard->world->malice;
    if (malice->attacker[host] && malice->params->flood_interval_ns)
        schedule_flood(shard, host);
}

/* A Probe of a random resource: signed, routed and answered like any other request. */
void sim_malice_flood(struct sim_shard *shard, uint32_t host)
{
    struct sim_world *world = shard->world;
    struct sim_attacker *attacker = world->malice->attacker[host];
    uint64_t seed = world->params->seed, number = attacker->floods * 4;
    schedule_flood(shard, host);
    if (world->hosts[host].state != SIM_HOST_ADMITTED ||
        !sim_malice_is(world->malice, host, shard->now))
        return;
    struct relo_command command = {.type = RELO_COMMAND_PROBE};
    command.target.resource = true;
    command.target.id = (struct relo_id){relo_hash_draw(seed, SIM_DRAW_FLOOD, host, number + 1),
                                         relo_hash_draw(seed, SIM_DRAW_FLOOD, host, number + 2)};
    attacker->count[SIM_ATTACK_FLOOD]++;
    sim_host_command(shard, host, &command, 0, 0);
}

/* --- counters -------------------------------------------------------------------------------- */

void sim_malice_measure_begin(struct sim_malice *malice)
{
    for (uint32_t i = 0; i < malice->hosts; i++) {
        if (malice->attacker[i])
            memset(malice->attacker[i]->count, 0, sizeof malice->attacker[i]->count);
    }
}

void sim_malice_measure_end(const struct sim_malice *malice, struct mx_run *run)
{
    static const char *const names[SIM_ATTACKS] = {
        [SIM_ATTACK_DROP_REQUEST] = "malicious.requests-dropped",
        [SIM_ATTACK_DROP_ANSWER] = "malicious.answers-dropped",
        [SIM_ATTACK_MISROUTE] = "malicious.misrouted",
        [SIM_ATTACK_CLAIM] = "malicious.claimed",
        [SIM_ATTACK_REPLAY] = "malicious.replayed",
        [SIM_ATTACK_TAMPER] = "malicious.tampered",
        [SIM_ATTACK_STALE] = "malicious.stale",
        [SIM_ATTACK_FLOOD] = "malicious.floods",
    };
    for (int attack = 0; attack < SIM_ATTACKS; attack++) {
        uint64_t n = 0;
        for (uint32_t i = 0; i < malice->hosts; i++)
            n += malice->attacker[i] ? malice->attacker[i]->count[attack] : 0;
        mx_run_counter(run, names[attack], (int64_t)n);
    }
}
