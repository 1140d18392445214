/* SPDX-License-Identifier: BSD-2-Clause */
/* The world's memory and time: hosts, shards, windows and mailboxes. */
#include "sim/world/world.h"

#include "core/base/check.h"
#include "core/base/chunk.h"

#include <string.h>

#define RELO_LINK_IDLE_NEVER (INT64_MAX / 4)

/* The configuration document of the overlay, from the scenario (RFC 6940 11.1). */
static void make_config(struct relo_config *config, const struct sim_params *params)
{
    relo_config_init(config, params->overlay_name);
    config->node_id_length = params->node_id_length;
    config->initial_ttl = params->initial_ttl;
    config->max_message_size = params->max_message_size;
    config->overlay_reliability_timer = params->overlay_reliability_timer_ns;
    config->chord_update_interval = params->chord_update_interval_ns;
    config->chord_ping_interval = params->chord_ping_interval_ns;
    config->chord_reactive = params->chord_reactive;
    config->clients_permitted = params->clients_permitted;
    config->store_certificates = params->store_certificates;
    config->chord_neighbors =
        (uint8_t)(params->predecessors > params->successors ? params->predecessors
                                                            : params->successors);
    config->chord_fingers_min = (uint8_t)params->fingers_min;
    config->chord_fingers_max = (uint8_t)params->fingers_max;
    config->replicas = (uint8_t)params->replicas;
    config->neighbor_ping_interval = params->neighbor_ping_interval_ns;
    config->replica_hold_down = params->successor_hold_down_ns;
    config->link_rto_initial = params->rto_initial_ns;
    config->link_rto_min = params->rto_min_ns;
    config->link_idle_close =
        params->link_idle_close_ns ? params->link_idle_close_ns : RELO_LINK_IDLE_NEVER;
    config->mtu = params->mtu;
    config->reroute_on_failure = params->reroute_on_failure;
    config->transit_retransmit = params->hop_retransmission;
    config->signature = params->signature == SIM_SIGNATURE_ECDSA_P256 ? RELO_SIGNATURE_ECDSA_P256
                                                                      : RELO_SIGNATURE_RSA_2048;
    config->certificate_bytes = params->certificate_bytes;
    config->no_ice = params->no_ice;
    config->turn_density = params->turn_density;
    config->ice_consent = params->ice_consent;
    config->keepalive_interval = params->keepalive_interval_ns;
    config->keepalives_by_driver = params->keepalives == SIM_KEEPALIVES_LAZY;
    config->chain_length = (uint8_t)(params->chain + 1);
}

static void place_hosts(struct sim_world *world)
{
    size_t bytes = world->host_count * sizeof *world->hosts;
    world->hosts = memset(relo_chunk_new(bytes), 0, bytes);
    for (uint32_t i = 0; i < world->host_count; i++) {
        world->hosts[i].due = world->hosts[i].wake_at = RELO_NEVER;
        world->hosts[i].wake_next = RELO_NEVER;
        world->hosts[i].chain = world->hosts[i].wire_chain = i;
    }
}

bool sim_world_init(struct sim_world *world, const struct sim_params *params,
                    const struct sim_run_options *options, struct mx_run *result, char **error)
{
    *world = (struct sim_world){.params = params, .options = *options, .result = result};
    make_config(&world->config, params);
    const char *wrong = relo_config_check(&world->config);
    if (wrong) {
        *error = g_strdup_printf("the overlay cannot be configured: %s", wrong);
        return false;
    }
    if (options->pcap_path) {
        world->pcap = sim_pcap_open(options->pcap_path, options->pcap_all, error);
        if (!world->pcap)
            return false;
    }
    world->measure_from = params->build_up_ns + params->transition_ns;
    world->measure_to = world->measure_from + params->measurement_ns;
    world->end = sim_run_end(params);
    world->churn_from = params->bootstrap == SIM_BOOTSTRAP_JOIN ? params->build_up_ns : 0;
    if (params->churn == SIM_CHURN_TRACE &&
        !sim_trace_load(&world->agenda.trace, params->trace_path, error))
        return false;
    if (!sim_populations_init(&world->populations, params, world->agenda.trace.nodes, error))
        return false;
    world->host_count = world->populations.hosts;
    world->shard_count = options->shards ? options->shards : params->shards;
    if (world->pcap || world->shard_count == 0)
        world->shard_count = 1; /* a capture is in order of time */
    if (world->shard_count > SIM_SHARDS_MAX)
        world->shard_count = SIM_SHARDS_MAX;
    if (world->shard_count > world->host_count)
        world->shard_count = world->host_count;
    sim_network_init(&world->network, params, world->host_count);
    world->fault = sim_fault_new(params, world->host_count);
    world->malice = sim_malice_new(params, world->host_count);
    world->delays = params->down_bps != 0 || sim_fault_slows(world->fault);
    if (params->nat.on) {
        world->boxes = sim_boxes_new(params, world->host_count);
        world->network.place = world->boxes->layout.host_place;
    }
    place_hosts(world);
    for (uint32_t i = 0; i < world->shard_count; i++)
        world->shards[i] = sim_shard_new(world, i);
    if (world->boxes)
        sim_boxes_begin(world);
    sim_lazy_begin(world);
    sim_judge_init(&world->judge, params, world->host_count, result);
    world->judge.check = options->check;
    sim_zipf_init(&world->zipf, (double)params->zipf_ppb / SIM_PPB, world->judge.keys);
    return true;
}

void sim_world_fini(struct sim_world *world)
{
    for (uint32_t i = 0; world->hosts && i < world->host_count; i++)
        relo_node_free(world->hosts[i].node);
    sim_fault_free(world->fault);
    sim_malice_free(world->malice);
    sim_lazy_free(world);
    sim_boxes_free(world->boxes);
    world->boxes = NULL;
    for (uint32_t i = 0; i < world->shard_count; i++)
        sim_shard_free(world->shards[i]);
    if (world->hosts) {
        sim_network_fini(&world->network);
        sim_judge_fini(&world->judge);
    }
    relo_chunk_free(world->hosts);
    sim_populations_fini(&world->populations);
    sim_trace_fini(&world->agenda.trace);
    char *error = NULL;
    sim_pcap_close(world->pcap, &error); /* after a failure: that one has been reported */
    g_free(error);
}

static void deliver_mail(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->shard_count; i++) {
        struct sim_shard *from = world->shards[i];
        for (uint32_t j = 0; j < world->shard_count; j++) {
            struct sim_shard *to = world->shards[j];
            struct sim_mail *mail = &from->mail[j];
            for (uint32_t k = 0; k < mail->n; k++) {
                struct sim_packet *copy = sim_packet_copy(to->pool, mail->packet[k]);
                sim_packet_free(from->pool, mail->packet[k]);
                RELO_CHECK(copy->event.time >= to->now);
                sim_shard_push(to, copy);
            }
            mail->n = 0;
        }
    }
}

/* A window's shards, in order, or shuffled to show that it does not matter. */
static void run_window(struct sim_world *world, relo_time until)
{
    uint32_t order[SIM_SHARDS_MAX];
    for (uint32_t i = 0; i < world->shard_count; i++) {
        order[i] = i;
        if (!world->options.shuffle)
            continue;
        uint64_t bits = relo_hash_draw(world->options.shuffle, SIM_DRAW_SHUFFLE, world->windows, i);
        uint32_t j = (uint32_t)sim_draw_below(bits, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    for (uint32_t i = 0; i < world->shard_count; i++)
        sim_shard_run(world->shards[order[i]], until);
    world->windows++;
}

static void judge_logs(struct sim_world *world)
{
    struct sim_log logs[SIM_SHARDS_MAX];
    for (uint32_t i = 0; i < world->shard_count; i++)
        logs[i] = world->shards[i]->log;
    sim_judge_logs(&world->judge, logs, world->shard_count, world->now);
    for (uint32_t i = 0; i < world->shard_count; i++)
        world->shards[i]->log.n = 0;
}

void sim_world_settle(struct sim_world *world)
{
    deliver_mail(world);
    judge_logs(world);
}

void sim_world_run_until(struct sim_world *world, relo_time until)
{
    while (world->shard_count > 1 && world->now < until) {
        relo_time first = RELO_NEVER;
        for (uint32_t i = 0; i < world->shard_count; i++)
            first = relo_time_min(first, sim_calendar_bound(&world->shards[i]->calendar));
        if (first > world->now)
            world->now = relo_time_min(first, until);
        /* Nothing sent from here on arrives in another shard before the least latency. */
        world->now = relo_time_min(world->now + world->params->min_latency_ns, until);
        run_window(world, world->now);
        deliver_mail(world);
    }
    if (world->shard_count == 1)
        run_window(world, until);
    world->now = until;
    for (uint32_t i = 0; i < world->shard_count; i++)
        world->shards[i]->now = until;
    sim_lazy_settle_all(world);
    judge_logs(world);
}

uint64_t sim_world_events(const struct sim_world *world)
{
    uint64_t events = 0;
    for (uint32_t i = 0; i < world->shard_count; i++)
        events += world->shards[i]->events;
    return events;
}
