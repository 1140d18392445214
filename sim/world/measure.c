/* SPDX-License-Identifier: BSD-2-Clause */
/* Samples and totals, taken at barriers while no shard executes. */
#include "sim/workload/value.h"
#include "sim/world/world.h"

#include <string.h>
#include <sys/resource.h>

#define LOAD_ALIVE_NS (10 * RELO_S)
#define HOLDERS_NEAR 8 /* peers after the key that are asked first */

void sim_measure_begin(struct sim_world *world)
{
    world->measuring = true;
    if (world->malice)
        sim_malice_measure_begin(world->malice);
    if (world->boxes)
        sim_boxes_measure_begin(world->boxes, world->shard_count);
    for (uint32_t i = 0; i < world->shard_count; i++) {
        struct sim_shard *shard = world->shards[i];
        memset(&shard->net, 0, sizeof shard->net);
        sim_ports_reset(shard->ports);
        /* The core's counters only grow: what they are now is taken off the end (wraps rightly). */
        for (uint32_t c = 0; c < relo_shard_counter_count(); c++)
            world->counters_before[c] += relo_shard_counter(shard->core, c);
    }
}

/* load.relayed over time: of the mean server, since the last sample. */
static void sample_relayed(struct sim_world *world, int64_t servers, int64_t t)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < world->shard_count; i++)
        bytes += world->shards[i]->bytes[RELO_CLASS_RELAY];
    int64_t ms = (t - world->relayed_at) / RELO_MS;
    if (servers > 0 && ms > 0)
        mx_run_series_add(world->result, MX_LOAD_RELAYED, t,
                          (int64_t)(bytes - world->relayed) * 1000000 / ms * 1000, servers);
    world->relayed = bytes;
    world->relayed_at = t;
}

/* What sampling hosts in a row reads of those that come next: hosts and the ring, nodes, tables. */
static void prefetch(const struct sim_world *world, uint32_t next)
{
    static const struct {
        uint32_t ahead;
        enum relo_prefetch what;
    } stations[] = {{9, RELO_PREFETCH_NODE}, {6, RELO_PREFETCH_TABLES}, {3, RELO_PREFETCH_ROUTES}};
    for (uint32_t line = 0; line < 2 && next + 12 < world->host_count; line++)
        __builtin_prefetch((const char *)&world->hosts[next + 12] + 64 * line);
    for (uint32_t i = 0; i < G_N_ELEMENTS(stations); i++) {
        if (next + stations[i].ahead >= world->host_count)
            continue;
        const struct sim_host *host = &world->hosts[next + stations[i].ahead];
        struct relo_coming coming = {.node = host->node, .kind = RELO_COMING_SNAPSHOT};
        relo_node_prefetch(&coming, host->node ? 1 : 0, stations[i].what);
        if (stations[i].what != RELO_PREFETCH_ROUTES)
            sim_ring_prefetch(&world->judge.ring, host->id,
                              stations[i].what == RELO_PREFETCH_TABLES);
    }
}

/* ring.*: every alive admitted peer's first successor against the world's. */
void sim_measure_sample(struct sim_world *world)
{
    const struct sim_ring *ring = &world->judge.ring;
    int64_t asked = 0, wrong = 0, dead = 0, servers = 0, t = world->now - world->measure_from;
    for (uint32_t i = 0; i < world->host_count; i++) {
        const struct sim_host *host = &world->hosts[i];
        prefetch(world, i);
        if (!host->node || (host->state != SIM_HOST_ADMITTED && host->state != SIM_HOST_LEAVING))
            continue;
        struct relo_snapshot snapshot;
        relo_node_snapshot(host->node, &snapshot);
        asked++;
        servers += snapshot.turn_server;
        mx_run_add(world->result, MX_LINK_QUEUE, snapshot.queued);
        if (snapshot.successor_count == 0) {
            wrong += ring->admitted > 1;
            continue;
        }
        wrong += !sim_ring_successor_right(ring, host->id, snapshot.successor[0]);
        dead += sim_ring_find(ring, snapshot.successor[0]) == NULL;
    }
    mx_run_add(world->result, MX_ALIVE_PEERS, asked);
    mx_run_series_add(world->result, MX_ALIVE_PEERS, t, asked, 0);
    mx_run_ratio(world->result, MX_RING_WRONG_SUCCESSOR, wrong, asked);
    mx_run_ratio(world->result, MX_RING_DEAD_SUCCESSOR, dead, asked);
    mx_run_series_add(world->result, MX_RING_WRONG_SUCCESSOR, t, wrong, asked);
    mx_run_series_add(world->result, MX_RING_DEAD_SUCCESSOR, t, dead, asked);
    if (world->boxes)
        sample_relayed(world, servers, t);
}

/* Storage times are of the owner's clock. */
uint64_t sim_measure_stored_ms(const struct sim_world *world, uint32_t key)
{
    relo_time issued = world->judge.truth[key].issued;
    return (uint64_t)((issued + SIM_UNIX_OFFSET_NS + sim_fault_clock(world->fault, key, issued)) /
                      RELO_MS);
}

uint64_t sim_measure_stored(const struct sim_world *world, uint32_t host, struct relo_id resource)
{
    const struct relo_node *node = world->hosts[host].node;
    enum sim_model model = world->params->model;
    return node ? relo_node_holds(node, resource, sim_value_kind(model), 0, sim_value_key(model))
                : 0;
}

bool sim_measure_holds(const struct sim_world *world, uint32_t host, struct relo_id resource,
                       uint64_t stored_ms)
{
    uint64_t stored = sim_measure_stored(world, host, resource);
    return stored != 0 && stored >= stored_ms;
}

/* Whether any live peer holds the value; those where it belongs are asked first. */
static bool has_holder(const struct sim_world *world, uint32_t key)
{
    char user[RELO_USER_BYTES];
    sim_life_user(key, user, sizeof user);
    struct relo_id resource = relo_resource_id(user, strlen(user)), at = resource;
    uint64_t stored_ms = sim_measure_stored_ms(world, key);
    for (uint32_t i = 0; i < HOLDERS_NEAR; i++) {
        const struct sim_ring_peer *peer = sim_ring_at(&world->judge.ring, at);
        if (peer && sim_measure_holds(world, peer->host, resource, stored_ms))
            return true;
        if (peer)
            at = relo_id_next(peer->id);
    }
    for (uint32_t host = 0; host < world->host_count; host++) {
        if (sim_measure_holds(world, host, resource, stored_ms))
            return true;
    }
    return false;
}

static void measure_data(struct sim_world *world)
{
    if (!sim_params_stores(world->params))
        return;
    int64_t lost = 0, acknowledged = 0;
    for (uint32_t key = 0; key < world->judge.keys; key++) {
        if (world->judge.truth[key].expires <= world->now)
            continue;
        acknowledged++;
        lost += !has_holder(world, key);
    }
    mx_run_ratio(world->result, MX_DATA_LOST, lost, acknowledged);
}

/* load.*: how evenly the ring's work falls on its peers. Who has just come has no rate yet. */
static void measure_load(struct sim_world *world, uint32_t index,
                         const struct relo_snapshot *snapshot, relo_time alive_ns)
{
    const struct sim_host *host = &world->hosts[index];
    const struct sim_shard *shard = world->shards[sim_world_shard_of(world, index)];
    if (host->state != SIM_HOST_ADMITTED || alive_ns < LOAD_ALIVE_NS)
        return;
    relo_u128 micro = (relo_u128)1000000 * (uint64_t)RELO_S, alive = (uint64_t)alive_ns;
    mx_run_add(world->result, MX_LOAD_FORWARDED, (int64_t)(host->forwarded * micro / alive));
    if (world->params->store_interval_ns)
        mx_run_add(world->result, MX_LOAD_STORED, snapshot->resource_count);
    if (world->boxes && snapshot->turn_server)
        mx_run_add(world->result, MX_LOAD_RELAYED,
                   (int64_t)(sim_ports_relayed(shard->ports, index) * micro / alive));
}

static void measure_hosts(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->host_count; i++) {
        const struct sim_host *host = &world->hosts[i];
        if (!host->node)
            continue;
        struct relo_snapshot snapshot;
        relo_node_snapshot(host->node, &snapshot);
        mx_run_add(world->result, MX_LINK_ENDS, snapshot.link_count);
        relo_time from = host->started > world->measure_from ? host->started : world->measure_from;
        measure_load(world, i, &snapshot, world->now - from);
        world->shards[0]->alive_ns += (relo_u128)(uint64_t)(world->now - from);
    }
}

/* The denominators are node-nanoseconds, which may not fit 64 bits. */
static void add_rate(struct mx_run *run, enum mx_metric metric, uint64_t n, relo_u128 alive_ns)
{
    mx_run_ratio(run, metric, (int64_t)n, 0);
    while (alive_ns > 0) {
        int64_t part = alive_ns > INT64_MAX ? INT64_MAX : (int64_t)alive_ns;
        mx_run_ratio(run, metric, 0, part);
        alive_ns -= (relo_u128)(uint64_t)part;
    }
}

/* Counter c of all shards in the measurement phase. */
static int64_t core_counter(const struct sim_world *world, uint32_t c)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < world->shard_count; i++)
        sum += relo_shard_counter(world->shards[i]->core, c);
    return (int64_t)(sum - world->counters_before[c]);
}

static void measure_traffic(struct sim_world *world)
{
    relo_u128 alive_ns = 0;
    uint64_t all_bytes = 0, all_messages = 0;
    _Static_assert((int)MX_CLASS_COUNT == (int)RELO_CLASSES, "the same classes");
    for (uint32_t i = 0; i < world->shard_count; i++)
        alive_ns += world->shards[i]->alive_ns;
    for (int class = 0; class < RELO_CLASSES; class ++) {
        uint64_t bytes = 0, messages = 0;
        for (uint32_t i = 0; i < world->shard_count; i++) {
            bytes += world->shards[i]->bytes[class];
            messages += world->shards[i]->messages[class];
        }
        add_rate(world->result, (enum mx_metric)(MX_TRAFFIC_BYTES_MAINTENANCE + class), bytes,
                 alive_ns);
        add_rate(world->result, (enum mx_metric)(MX_TRAFFIC_MESSAGES_MAINTENANCE + class), messages,
                 alive_ns);
        all_bytes += bytes;
        all_messages += messages;
    }
    add_rate(world->result, MX_LINK_LOST, (uint64_t)core_counter(world, RELO_COUNT_links_failed),
             alive_ns);
    add_rate(world->result, MX_TRAFFIC_BYTES, all_bytes, alive_ns);
    add_rate(world->result, MX_TRAFFIC_MESSAGES, all_messages, alive_ns);
}

static void measure_network(struct sim_world *world)
{
    struct sim_network_stats sum = {0};
    uint64_t to_dead = 0;
    for (uint32_t i = 0; i < world->shard_count; i++) {
        const struct sim_network_stats *net = &world->shards[i]->net;
        sum.sent += net->sent;
        sum.lost += net->lost;
        sum.dropped_up += net->dropped_up;
        sum.dropped_down += net->dropped_down;
        sum.clamped += net->clamped;
        sum.oversize += net->oversize;
        sum.blocked += net->blocked;
        sum.corrupted += net->corrupted;
        sum.duplicated += net->duplicated;
        sum.reordered += net->reordered;
        sum.slow_drops += net->slow_drops;
        to_dead += world->shards[i]->to_dead;
    }
    mx_run_ratio(world->result, MX_NETWORK_CLAMPED_PAIRS, (int64_t)sum.clamped, (int64_t)sum.sent);
    mx_run_count(world->result, MX_NETWORK_LOST, (int64_t)sum.lost);
    mx_run_count(world->result, MX_NETWORK_QUEUE_DROPS,
                 (int64_t)(sum.dropped_up + sum.dropped_down));
    mx_run_counter(world->result, "network.to-dead-hosts", (int64_t)to_dead);
    mx_run_counter(world->result, "network.over-mtu", (int64_t)sum.oversize);
    if (world->params->non_transitive_ppb)
        mx_run_counter(world->result, "network.blocked", (int64_t)sum.blocked);
    if (world->fault) {
        mx_run_counter(world->result, "fault.corrupted", (int64_t)sum.corrupted);
        mx_run_counter(world->result, "fault.duplicated", (int64_t)sum.duplicated);
        mx_run_counter(world->result, "fault.reordered", (int64_t)sum.reordered);
        mx_run_counter(world->result, "fault.slow-drops", (int64_t)sum.slow_drops);
    }
    if (world->malice)
        sim_malice_measure_end(world->malice, world->result);
    if (world->boxes)
        sim_boxes_measure_end(world);
}

static void measure_counters(struct sim_world *world)
{
    for (uint32_t c = 0; c < relo_shard_counter_count(); c++) {
        char *name = g_strconcat("core.", relo_shard_counter_name(c), NULL);
        mx_run_counter(world->result, name, core_counter(world, c));
        g_free(name);
    }
    mx_run_ratio(world->result, MX_LINK_RETRANSMISSIONS,
                 core_counter(world, RELO_COUNT_frames_retransmitted),
                 core_counter(world, RELO_COUNT_frames_data_in));
    mx_run_ratio(world->result, MX_FRAGMENTS_PER_MESSAGE,
                 core_counter(world, RELO_COUNT_pieces_sent),
                 core_counter(world, RELO_COUNT_messages_sent));
}

void sim_measure_end(struct sim_world *world)
{
    measure_hosts(world);
    measure_traffic(world);
    measure_network(world);
    measure_counters(world);
    measure_data(world);
    world->measuring = false;
}

/* After the last lookups have been judged: what the shards have, and the facts. */
void sim_measure_facts(struct sim_world *world)
{
    struct mx_facts *facts = &world->result->facts;
    uint64_t abandoned = 0, chain = world->params->seed, wire = chain;
    facts->peers = world->params->peers;
    facts->sim_ns = world->now;
    for (uint32_t i = 0; i < world->shard_count; i++) {
        const struct sim_shard *shard = world->shards[i];
        mx_run_merge(world->result, &shard->run);
        abandoned += shard->abandoned;
        facts->events += (int64_t)shard->events;
        facts->datagrams += (int64_t)shard->datagrams;
        facts->frames_data += (int64_t)relo_shard_counter(shard->core, RELO_COUNT_frames_data_in);
        facts->frames_ack += (int64_t)relo_shard_counter(shard->core, RELO_COUNT_frames_ack_in);
    }
    mx_run_counter(world->result, "lookups.abandoned", (int64_t)abandoned);
    for (uint32_t i = 0; i < world->host_count; i++) {
        chain = relo_hash_mix(chain ^ world->hosts[i].chain, i);
        wire = relo_hash_mix(wire ^ world->hosts[i].wire_chain, i);
    }
    facts->fingerprint = chain;
    facts->wire_fingerprint = wire;
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        facts->peak_rss_kib = usage.ru_maxrss;
}
