/* SPDX-License-Identifier: BSD-2-Clause */
/* What nodes report: into the fingerprint, the logs and the metrics. */
#include "sim/world/world.h"

#define JOIN_BIN_NS (60 * RELO_S) /* of join.latency over time */

/* Not the tag, which is a handle. */
static void fingerprint(struct sim_host *host, relo_time now, const struct relo_result *r)
{
    uint64_t h = relo_hash_mix((uint64_t)now, (uint64_t)r->type << 48 | (uint64_t)r->status << 40 |
                                                  (uint64_t)r->command << 32 |
                                                  (uint32_t)r->error_code << 16 | r->application);
    h = relo_hash_mix(h ^ r->transaction_id, r->peer.hi ^ r->target.lo);
    h = relo_hash_mix(h ^ r->peer.lo, r->target.hi ^ r->generation);
    h = relo_hash_mix(h ^ (uint64_t)r->elapsed, (uint64_t)r->hops << 16 |
                                                    (uint64_t)r->transmissions << 8 |
                                                    (uint64_t)r->partial << 1 | r->exists);
    h = relo_hash(r->value.p, r->value.n, h);
    host->chain = relo_hash_mix(host->chain, h);
    host->wire_chain = relo_hash_mix(host->wire_chain, h);
}

static bool measured(const struct sim_world *world, relo_time issued)
{
    return issued >= world->measure_from && issued < world->measure_to;
}

static void lookup_ended(struct sim_shard *shard, const struct sim_pending *pending,
                         const struct relo_result *result)
{
    if (result->status == RELO_CANCELLED) { /* the asker has gone: nobody waits any more */
        shard->abandoned += measured(shard->world, pending->issued);
        return;
    }
    struct sim_log_entry entry = {.time = shard->now,
                                  .issued = pending->issued,
                                  .number = result->transaction_id,
                                  .id = result->peer,
                                  .host = pending->host,
                                  .kind = SIM_LOG_LOOKUP,
                                  .ok = result->status == RELO_OK};
    sim_log_append(&shard->log, &entry);
}

static void join_ended(struct sim_shard *shard, const struct sim_pending *pending,
                       const struct relo_result *result)
{
    if (result->status == RELO_CANCELLED)
        return;
    struct sim_boxes *boxes = shard->world->boxes;
    /* Who has no UDP tries in vain and forever: counted apart, or it would hide all others. */
    if (boxes && sim_layout_blocked(&boxes->layout, pending->host))
        boxes->stats[shard->index].blocked_joins += result->status != RELO_OK;
    else if (measured(shard->world, shard->now))
        mx_run_ratio(&shard->run, MX_JOIN_SUCCESS, result->status == RELO_OK, 1);
    if (result->status != RELO_OK)
        sim_life_join_later(shard, pending->host);
}

static void unlink_pending(struct sim_shard *shard, const struct sim_pending *pending)
{
    if (pending->next)
        ((struct sim_pending *)relo_slab_get(&shard->pending, pending->next))->previous =
            pending->previous;
    if (pending->previous)
        ((struct sim_pending *)relo_slab_get(&shard->pending, pending->previous))->next =
            pending->next;
    else
        shard->world->hosts[pending->host].pending = pending->next;
}

static void command_ended(struct sim_shard *shard, const struct relo_result *result)
{
    struct sim_pending pending =
        *(struct sim_pending *)relo_slab_get(&shard->pending, (relo_handle)result->tag);
    unlink_pending(shard, &pending);
    relo_slab_free(&shard->pending, (relo_handle)result->tag);
    /* How malicious peers fare themselves is nobody's question. */
    if (shard->world->malice && sim_malice_is(shard->world->malice, pending.host, pending.issued) &&
        (pending.type == RELO_COMMAND_PING || pending.type == RELO_COMMAND_FETCH))
        return;
    switch ((enum relo_command_type)pending.type) {
    case RELO_COMMAND_PING:
        lookup_ended(shard, &pending, result);
        break;
    case RELO_COMMAND_STORE:
        if (pending.sip)
            sim_sip_registered(shard, &pending, result);
        else
            sim_workload_stored(shard, &pending, result);
        break;
    case RELO_COMMAND_FETCH:
        if (pending.sip)
            sim_sip_found(shard, &pending, result);
        else
            sim_workload_fetched(shard, &pending, result);
        break;
    case RELO_COMMAND_JOIN:
        join_ended(shard, &pending, result);
        break;
    case RELO_COMMAND_LEAVE:
        shard->world->hosts[pending.host].stop = true;
        break;
    case RELO_COMMAND_STAT:
    case RELO_COMMAND_FIND:
    case RELO_COMMAND_PROBE:
    case RELO_COMMAND_ROUTE_QUERY:
    case RELO_COMMAND_ATTACH:
    case RELO_COMMAND_APP_ATTACH:
    case RELO_COMMAND_APP_SEND:
    case RELO_COMMAND_APP_CLOSE:
    case RELO_COMMAND_CONFIG_UPDATE:
    case RELO_COMMANDS:
        break; /* no workload asks for these */
    }
}

static void admitted(struct sim_shard *shard, uint32_t index)
{
    struct sim_host *host = &shard->world->hosts[index];
    if (host->state != SIM_HOST_JOINING)
        return;
    host->state = SIM_HOST_ADMITTED;
    sim_host_log(shard, SIM_LOG_ADMITTED, index);
    if (!host->was_admitted && measured(shard->world, shard->now)) {
        relo_time latency = shard->now - host->started, t = shard->now - shard->world->measure_from;
        mx_run_add(&shard->run, MX_JOIN_LATENCY, latency);
        mx_run_series_add(&shard->run, MX_JOIN_LATENCY, t / JOIN_BIN_NS * JOIN_BIN_NS, latency, 1);
    }
    host->was_admitted = true;
    sim_workload_admitted(shard, index);
}

static void delivered(struct sim_shard *shard, uint32_t host, const struct relo_result *result)
{
    struct sim_log_entry entry = {.time = shard->now,
                                  .number = result->transaction_id,
                                  .id = result->target,
                                  .self = shard->world->hosts[host].id,
                                  .host = host,
                                  .kind = SIM_LOG_DELIVERED,
                                  .hops = result->hops};
    sim_log_append(&shard->log, &entry);
}

static void count_path(struct mx_run *run, enum mx_metric path)
{
    for (int m = MX_LINK_PATH_HOST; m <= MX_LINK_PATH_FAILED; m++)
        mx_run_ratio(run, (enum mx_metric)m, m == (int)path, 1);
}

/* The steps there were, and the path by its worse end: a relay, else what checks had to discover.
 */
static void link_up(struct sim_shard *shard, const struct relo_result *result)
{
    const struct relo_link_setup *setup = &result->setup;
    const relo_time step[] = {setup->gather, setup->attach, setup->checks, setup->handshake};
    uint8_t path =
        result->path_local > result->path_remote ? result->path_local : result->path_remote;
    mx_run_add(&shard->run, MX_LINK_SETUP, result->elapsed);
    for (int i = 0; i < 4; i++)
        if (step[i] > 0)
            mx_run_add(&shard->run, (enum mx_metric)(MX_LINK_SETUP_GATHER + i), step[i]);
    if (path >= RELO_PATH_HOST)
        count_path(&shard->run, (enum mx_metric)(MX_LINK_PATH_HOST + path - RELO_PATH_HOST));
}

/* No pair of candidates works: checks were the last step. */
static void link_failed(struct sim_shard *shard, const struct relo_result *result)
{
    if (result->setup.checks > 0 && result->setup.handshake == 0)
        count_path(&shard->run, MX_LINK_PATH_FAILED);
}

void sim_results_take(struct sim_shard *shard, uint32_t index, const struct relo_result *result)
{
    struct sim_host *host = &shard->world->hosts[index];
    fingerprint(host, shard->now, result);
    switch (result->type) {
    case RELO_RESULT_COMMAND:
        if (result->tag)
            command_ended(shard, result);
        break;
    case RELO_RESULT_ADMITTED:
        admitted(shard, index);
        break;
    case RELO_RESULT_DELIVERED:
        delivered(shard, index, result);
        break;
    case RELO_RESULT_LINK_UP:
        if (result->elapsed > 0 && measured(shard->world, shard->now))
            link_up(shard, result);
        break;
    case RELO_RESULT_LINK_FAILED:
        if (measured(shard->world, shard->now))
            link_failed(shard, result);
        break;
    case RELO_RESULT_DISCONNECTED:
        if (host->state == SIM_HOST_ADMITTED) { /* out of the ring; it joins again by itself */
            host->state = SIM_HOST_JOINING;
            sim_host_log(shard, SIM_LOG_JOINING, index);
        }
        break;
    case RELO_RESULT_LINK_DOWN:
    case RELO_RESULT_APP_LINK:
    case RELO_RESULT_APP_DATA:
    case RELO_RESULT_APP_DOWN:
        break;
    }
}
