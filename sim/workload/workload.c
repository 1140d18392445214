/* SPDX-License-Identifier: BSD-2-Clause */
/* What peers ask of the overlay: lookups, stores and fetches, each peer at intervals of its own.

   A lookup is a Ping to a uniform Resource-ID, or with workload.zipf to that of a key. Host h owns
   key h of the universe, the hash of its user name, where USER-MATCH (RFC 6940 7.3.1) lets it and
   nobody else store. */
#include "core/base/fmath.h"
#include "sim/world/world.h"
#include "sim/workload/value.h"

#define FETCH_TRIES 16

static relo_time given_interval(const struct sim_world *world, uint32_t host,
                                enum sim_process process)
{
    const struct sim_params *params = world->params;
    switch (process) {
    case SIM_PROCESS_LOOKUP:
        return params->lookup_interval_ns;
    case SIM_PROCESS_STORE:
        return host < world->judge.keys ? params->store_interval_ns : 0;
    case SIM_PROCESS_FETCH:
        return params->store_interval_ns ? params->fetch_interval_ns : 0;
    case SIM_PROCESS_CALL:
        return params->call_interval_ns;
    case SIM_PROCESS_REGISTER:
    case SIM_PROCESS_REFRESH:
    case SIM_PROCESS_JOIN:
        break;
    }
    return 0;
}

static relo_time mean_interval(const struct sim_world *world, uint32_t host,
                               enum sim_process process)
{
    const struct sim_check *check = world->options.check;
    bool quiet = check && check->quiet;
    return given_interval(world, host, process) * (quiet ? SIM_CHECK_QUIET_FACTOR : 1);
}

/* Where a beat begins, a constant interval is cut at random: peers have no common one. */
static relo_time interval(enum sim_pace pace, relo_time mean, uint64_t bits, bool first)
{
    double u = relo_fmath_unit(bits);
    switch (pace) {
    case SIM_PACE_POISSON:
        break;
    case SIM_PACE_CONSTANT:
        return first ? (relo_time)(u * (double)mean) : mean;
    case SIM_PACE_UNIFORM:
        return (relo_time)(2.0 * u * (double)mean);
    }
    return (relo_time)(-relo_fmath_log(u) * (double)mean);
}

/* A peer's first interval, and its first in the quiet part: with that whole, all would ask as close
   upon each other as before, and then nobody for three times as long. */
static bool begins_beat(const struct sim_world *world, uint32_t index, enum sim_process process,
                        relo_time from)
{
    const struct sim_check *check = world->options.check;
    if (world->hosts[index].number[process] == 1)
        return true;
    return check && check->quiet &&
           from < check->quiet_from + given_interval(world, index, process);
}

static void schedule_next(struct sim_shard *shard, uint32_t index, enum sim_process process,
                          relo_time from)
{
    struct sim_world *world = shard->world;
    struct sim_host *host = &world->hosts[index];
    uint64_t bits = relo_hash_draw(world->params->seed, SIM_DRAW_INTERVAL,
                                   (uint64_t)index * 4 + process, host->number[process]++);
    relo_time wait = interval(world->params->pace, mean_interval(world, index, process), bits,
                              begins_beat(world, index, process, from));
    host->running = (uint8_t)(host->running | 1u << process);
    sim_shard_schedule(shard, index, SIM_CLASS_COMMAND, from + (wait > 0 ? wait : 1),
                       (uint8_t)process, 0);
}

/* A peer registers once it is admitted; those of a wired ring spread over the time in which each
   registers again. */
static void schedule_registration(struct sim_shard *shard, uint32_t index)
{
    const struct sim_params *params = shard->world->params;
    struct sim_host *host = &shard->world->hosts[index];
    if (!params->sip_lifetime_ns || (host->running >> SIM_PROCESS_REGISTER & 1))
        return;
    relo_time wait = RELO_S;
    if (shard->now == 0)
        wait = (relo_time)sim_draw_below(
            relo_hash_draw(params->seed, SIM_DRAW_CALL, index, UINT64_MAX),
            (uint64_t)params->sip_lifetime_ns / 2);
    host->running = (uint8_t)(host->running | 1u << SIM_PROCESS_REGISTER);
    sim_shard_schedule(shard, index, SIM_CLASS_COMMAND, shard->now + 1 + wait, SIM_PROCESS_REGISTER,
                       0);
}

/* The load begins with the transition, or when the peer is admitted. */
void sim_workload_admitted(struct sim_shard *shard, uint32_t index)
{
    const struct sim_host *host = &shard->world->hosts[index];
    relo_time build_up = shard->world->params->build_up_ns;
    relo_time from = shard->now > build_up ? shard->now : build_up;
    for (unsigned process = 0; process < SIM_PROCESSES; process++) {
        if (!(host->running >> process & 1) &&
            mean_interval(shard->world, index, (enum sim_process)process) > 0)
            schedule_next(shard, index, (enum sim_process)process, from);
    }
    schedule_registration(shard, index);
}

static struct relo_id resource_of(uint32_t key)
{
    char user[RELO_USER_BYTES];
    sim_life_user(key, user, sizeof user);
    size_t n = 0;
    while (user[n])
        n++;
    return relo_resource_id(user, n);
}

static void look_up(struct sim_shard *shard, uint32_t index)
{
    static const uint8_t padding[1000];
    const struct sim_world *world = shard->world;
    uint64_t seed = world->params->seed;
    uint64_t number = (uint64_t)world->hosts[index].number[SIM_PROCESS_LOOKUP] * 2;
    uint64_t bits = relo_hash_draw(seed, SIM_DRAW_LOOKUP, index, number);
    struct relo_command command = {.type = RELO_COMMAND_PING,
                                   .value = {padding, world->params->lookup_bytes}};
    command.target.resource = true;
    if (world->params->zipf_ppb)
        command.target.id = resource_of(sim_zipf_key(&world->zipf, bits));
    else
        command.target.id =
            (struct relo_id){bits, relo_hash_draw(seed, SIM_DRAW_LOOKUP, index, number + 1)};
    sim_host_command(shard, index, &command, 0, 0);
}

void sim_workload_ping(struct sim_shard *shard, uint32_t index, struct relo_id peer)
{
    struct relo_command command = {.type = RELO_COMMAND_PING, .target = {.id = peer}};
    sim_host_command(shard, index, &command, 0, 0);
}

static void store(struct sim_shard *shard, uint32_t index)
{
    const struct sim_params *params = shard->world->params;
    struct sim_host *host = &shard->world->hosts[index];
    if (host->storing)
        return; /* one version at a time: the truth stays a sequence */
    host->storing = true;
    host->version++;
    sim_value_write(params->seed, index, host->version, shard->value, params->value_bytes);
    struct relo_command command = {.type = RELO_COMMAND_STORE,
                                   .kind = sim_value_kind(params->model),
                                   .key = sim_value_key(params->model),
                                   .value = {shard->value, params->value_bytes},
                                   .exists = true,
                                   .lifetime_s = (uint32_t)(params->lifetime_ns / RELO_S)};
    command.target.resource = true;
    command.target.id = resource_of(index);
    sim_host_command(shard, index, &command, index, host->version);
}

void sim_workload_ask(struct sim_shard *shard, uint32_t index, uint32_t key)
{
    enum sim_model model = shard->world->params->model;
    struct relo_command command = {
        .type = RELO_COMMAND_FETCH, .kind = sim_value_kind(model), .key = sim_value_key(model)};
    command.target.resource = true;
    command.target.id = resource_of(key);
    sim_host_command(shard, index, &command, key, 0);
}

static void fetch(struct sim_shard *shard, uint32_t index)
{
    const struct sim_world *world = shard->world;
    uint64_t number = (uint64_t)world->hosts[index].number[SIM_PROCESS_FETCH] * 32;
    uint32_t key = 0, i = 0;
    for (; i < FETCH_TRIES; i++) {
        uint64_t bits = relo_hash_draw(world->params->seed, SIM_DRAW_FETCH, index, number + i);
        key = sim_zipf_key(&world->zipf, bits);
        if (sim_judge_fetchable(&world->judge, key, shard->now))
            break;
    }
    if (i == FETCH_TRIES)
        return; /* hardly anything is stored */
    sim_workload_ask(shard, index, key);
}

void sim_workload_intrude(struct sim_shard *shard, uint32_t index, uint32_t key)
{
    static const uint8_t bytes[] = {'m', 'i', 'n', 'e'};
    const struct sim_params *params = shard->world->params;
    struct relo_command command = {.type = RELO_COMMAND_STORE,
                                   .kind = sim_value_kind(params->model),
                                   .key = sim_value_key(params->model),
                                   .value = {bytes, sizeof bytes},
                                   .exists = true,
                                   .lifetime_s = 60};
    command.target.resource = true;
    command.target.id = resource_of(key);
    sim_host_command(shard, index, &command, key, 0);
}

void sim_workload_put(struct sim_shard *shard, uint32_t host)
{
    if (shard->world->hosts[host].state == SIM_HOST_ADMITTED)
        store(shard, host);
}

void sim_workload_get(struct sim_shard *shard, uint32_t host, uint32_t key)
{
    if (shard->world->hosts[host].state == SIM_HOST_ADMITTED &&
        sim_judge_fetchable(&shard->world->judge, key, shard->now))
        sim_workload_ask(shard, host, key);
}

void sim_workload_event(struct sim_shard *shard, uint32_t index, enum sim_process process,
                        uint32_t number)
{
    struct sim_host *host = &shard->world->hosts[index];
    if (process == SIM_PROCESS_JOIN) {
        if (sim_fault_frozen(shard->world->fault, index))
            sim_life_join_later(shard, index); /* it may have thawed by then */
        else if (host->node && host->state == SIM_HOST_JOINING)
            sim_life_join(shard, index);
        return;
    }
    if (process < SIM_PROCESSES || process == SIM_PROCESS_REGISTER)
        host->running = (uint8_t)(host->running & ~(1u << process));
    if (host->state != SIM_HOST_ADMITTED)
        return; /* it goes on when the peer is admitted (again), or thaws */
    switch (process) {
    case SIM_PROCESS_LOOKUP:
        schedule_next(shard, index, process, shard->now);
        look_up(shard, index);
        break;
    case SIM_PROCESS_STORE:
        schedule_next(shard, index, process, shard->now);
        store(shard, index);
        break;
    case SIM_PROCESS_FETCH:
        schedule_next(shard, index, process, shard->now);
        fetch(shard, index);
        break;
    case SIM_PROCESS_CALL:
        schedule_next(shard, index, process, shard->now);
        sim_sip_call(shard, index);
        break;
    case SIM_PROCESS_REGISTER:
        sim_sip_register(shard, index);
        break;
    case SIM_PROCESS_REFRESH:
        if (number == host->version) /* else a newer value has its own refresh under way */
            store(shard, index);
        break;
    case SIM_PROCESS_JOIN:
        break;
    }
}

static bool measured(const struct sim_world *world, relo_time issued)
{
    return issued >= world->measure_from && issued < world->measure_to;
}

void sim_workload_stored(struct sim_shard *shard, const struct sim_pending *pending,
                         const struct relo_result *result)
{
    const struct sim_world *world = shard->world;
    bool ok = result->status == RELO_OK;
    if (pending->key != pending->host) { /* an intruder's */
        struct sim_log_entry entry = {.time = shard->now,
                                      .host = pending->host,
                                      .key = pending->key,
                                      .kind = SIM_LOG_INTRUDED,
                                      .ok = ok};
        sim_log_append(&shard->log, &entry);
        return;
    }
    world->hosts[pending->host].storing = false;
    if (measured(world, pending->issued) && result->status != RELO_CANCELLED) {
        mx_run_ratio(&shard->run, MX_STORE_SUCCESS, ok, 1);
        if (ok)
            mx_run_add(&shard->run, MX_STORE_LATENCY, shard->now - pending->issued);
    }
    if (!ok) { /* the value must not expire for one failure */
        if (result->status != RELO_CANCELLED)
            sim_shard_schedule(shard, pending->host, SIM_CLASS_COMMAND,
                               shard->now + world->params->lifetime_ns / 8, SIM_PROCESS_REFRESH,
                               (uint32_t)pending->version);
        return;
    }
    struct sim_log_entry entry = {.time = shard->now,
                                  .issued = pending->issued,
                                  .number = pending->version,
                                  .self = result->peer,
                                  .host = pending->host,
                                  .key = pending->key,
                                  .kind = SIM_LOG_STORED};
    sim_log_append(&shard->log, &entry);
    sim_shard_schedule(shard, pending->host, SIM_CLASS_COMMAND,
                       shard->now + world->params->lifetime_ns / 2, SIM_PROCESS_REFRESH,
                       (uint32_t)pending->version);
}

void sim_workload_fetched(struct sim_shard *shard, const struct sim_pending *pending,
                          const struct relo_result *result)
{
    const struct sim_params *params = shard->world->params;
    if (result->status == RELO_CANCELLED)
        return; /* the asker has gone */
    struct sim_log_entry entry = {.time = shard->now,
                                  .issued = pending->issued,
                                  .host = pending->host,
                                  .key = pending->key,
                                  .kind = SIM_LOG_FETCHED};
    entry.ok = result->status == RELO_OK && result->exists &&
               sim_value_read(params->seed, pending->key, result->value, params->value_bytes,
                              shard->scratch, &entry.number);
    entry.alien = result->status == RELO_OK && result->exists && !entry.ok;
    sim_log_append(&shard->log, &entry);
}
