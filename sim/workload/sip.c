/* SPDX-License-Identifier: BSD-2-Clause */
/* SIP (RFC 7904): peers register under their address of record and renew that; who calls fetches
   the callee's registrations first. What a call does after that (AppAttach, INVITE) is not
   simulated.

   The user of host h is its address of record; a registration says under which Node-ID he is now.
   Who comes back with a fresh Node-ID leaves the old one behind until it expires. */
#include "core/usage/sip.h"

#include "core/wire/storage.h"
#include "sim/world/world.h"

#include <string.h>

#define TRIES 16

static struct relo_view aor_of(uint32_t host, char *aor)
{
    sim_life_user(host, aor, RELO_USER_BYTES);
    return (struct relo_view){(const uint8_t *)aor, (uint32_t)strlen(aor)};
}

void sim_sip_register(struct sim_shard *shard, uint32_t index)
{
    const struct sim_params *params = shard->world->params;
    struct sim_host *host = &shard->world->hosts[index];
    struct relo_sip_registration contact;
    struct relo_command command;
    char aor[RELO_USER_BYTES];
    uint8_t route[32], scratch[256];
    if (!relo_sip_contact_route(&contact, host->id, route, sizeof route) ||
        !relo_sip_register(&command, aor_of(index, aor), host->id, &contact,
                           (uint32_t)(params->sip_lifetime_ns / RELO_S), scratch, sizeof scratch))
        return;
    host->running = (uint8_t)(host->running | 1u << SIM_PROCESS_REGISTER);
    sim_shard_schedule(shard, index, SIM_CLASS_COMMAND, shard->now + params->sip_lifetime_ns / 2,
                       SIM_PROCESS_REGISTER, 0);
    sim_host_command(shard, index, &command, index, 0);
}

void sim_sip_call(struct sim_shard *shard, uint32_t index)
{
    const struct sim_world *world = shard->world;
    uint64_t number = (uint64_t)world->hosts[index].number[SIM_PROCESS_CALL] * 32;
    uint32_t callee = 0, i = 0;
    for (; i < TRIES; i++) {
        uint64_t bits = relo_hash_draw(world->params->seed, SIM_DRAW_CALL, index, number + i);
        callee = sim_zipf_key(&world->zipf, bits);
        if (callee != index && sim_judge_callable(&world->judge, callee, shard->now))
            break;
    }
    if (i == TRIES)
        return; /* hardly anybody is there */
    char aor[RELO_USER_BYTES];
    struct relo_command command = {.type = RELO_COMMAND_FETCH, .kind = RELO_KIND_SIP_REGISTRATION};
    command.target.resource = true;
    if (relo_sip_resource(aor_of(callee, aor), &command.target.id))
        sim_host_command(shard, index, &command, callee, 0);
}

static bool measured(const struct sim_world *world, relo_time issued)
{
    return issued >= world->measure_from && issued < world->measure_to;
}

void sim_sip_registered(struct sim_shard *shard, const struct sim_pending *pending,
                        const struct relo_result *result)
{
    const struct sim_world *world = shard->world;
    bool ok = result->status == RELO_OK;
    if (result->status == RELO_CANCELLED)
        return;
    if (measured(world, pending->issued))
        mx_run_ratio(&shard->run, MX_SIP_REGISTER_SUCCESS, ok, 1);
    if (!ok)
        return;
    struct sim_log_entry entry = {.time = shard->now,
                                  .issued = pending->issued,
                                  .id = world->hosts[pending->host].id,
                                  .host = pending->host,
                                  .key = pending->host,
                                  .kind = SIM_LOG_REGISTERED};
    sim_log_append(&shard->log, &entry);
}

/* Whether the answer has a registration for this Node-ID, and routes to it. */
static bool registered(const struct relo_config *config, struct relo_view body,
                       struct relo_id wanted)
{
    struct relo_rd r = relo_rd_init(body.p, body.n, RELO_ID_BYTES);
    struct relo_fetch_ans answer;
    struct relo_fetch_kind_response kind;
    struct relo_stored_data data;
    if (!relo_fetch_ans_read(&r, config, &answer))
        return false;
    struct relo_rd list =
        relo_rd_init(answer.kind_responses.p, answer.kind_responses.n, RELO_ID_BYTES);
    if (!relo_fetch_kind_response_next(&list, config, &kind) || !kind.definition)
        return false;
    struct relo_rd values = relo_rd_init(kind.values.p, kind.values.n, RELO_ID_BYTES);
    while (relo_stored_data_next(&values, kind.definition, &data)) {
        struct relo_sip_registration contact;
        struct relo_target target;
        struct relo_id ids[4];
        if (data.value.exists && relo_sip_contact_read(data.value.value, &contact) &&
            relo_sip_contact_target(&contact, ids, 4, &target) && relo_id_equal(target.id, wanted))
            return true;
    }
    return false;
}

void sim_sip_found(struct sim_shard *shard, const struct sim_pending *pending,
                   const struct relo_result *result)
{
    const struct sim_world *world = shard->world;
    const struct sim_line *line = &world->judge.line[pending->key];
    if (result->status == RELO_CANCELLED || !measured(world, pending->issued))
        return;
    if (line->expires == 0 || line->since > pending->issued)
        return; /* the callee went away in the meantime: whatever the answer, nobody is there */
    bool ok = result->status == RELO_OK && registered(&world->config, result->body, line->id);
    mx_run_ratio(&shard->run, MX_SIP_LOOKUP_SUCCESS, ok, 1);
    if (ok)
        mx_run_add(&shard->run, MX_SIP_LOOKUP_LATENCY, shard->now - pending->issued);
}
