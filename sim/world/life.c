/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting, joining and stopping peers: identities, entropy, bootstrap addresses. */
#include "sim/world/world.h"

#include "core/base/check.h"

#define BOOTSTRAP_MAX 8
#define ORACLE_CANDIDATES 4
#define ORACLE_TRIES_NAT 12 /* of which those that are public count */
#define DAY_S INT64_C(86400)

/* The user stays, the Node-ID and key come with a fresh certificate unless identities are kept. */
static uint32_t generation(const struct sim_world *world, uint32_t host, uint32_t incarnation)
{
    const struct sim_group *group = sim_populations_of(&world->populations, host);
    if (group ? group->is.same_identity : world->params->same_identity)
        return 0;
    return incarnation - sim_fault_restarts(world->fault, host);
}

static struct relo_id node_id(const struct sim_world *world, uint32_t host, uint32_t incarnation)
{
    uint64_t seed = world->params->seed, of = (uint64_t)generation(world, host, incarnation) * 2;
    return (struct relo_id){relo_hash_draw(seed, SIM_DRAW_NODE_ID, host, of),
                            relo_hash_draw(seed, SIM_DRAW_NODE_ID, host, of + 1)};
}

struct relo_id sim_life_node_id(const struct sim_world *world, uint32_t host)
{
    return node_id(world, host, world->hosts[host].incarnation + 1);
}

void sim_life_user(uint32_t host, char *user, size_t n)
{
    g_snprintf(user, (gulong)n, "p%u@relo.example", host);
}

/* Nobody can begin with a peer behind a NAT: the checks of ICE need an overlay to be arranged. */
static bool is_reachable(const struct sim_world *world, uint32_t host)
{
    return !world->boxes || world->boxes->layout.host_box[host] == SIM_NO_BOX;
}

/* The addresses a joining peer starts from: the bootstrap peers (one of them finds itself in the
   list and knows that it is one), and with the oracle, before them, admitted peers as published at
   the last barrier. */
static uint32_t choose_bootstrap(const struct sim_world *world, uint32_t host,
                                 struct relo_addr *addr)
{
    const struct sim_params *params = world->params;
    uint64_t attempt = (uint64_t)world->hosts[host].attempts * 16;
    uint32_t n = 0;
    uint32_t tries = world->boxes ? ORACLE_TRIES_NAT : ORACLE_CANDIDATES;
    for (uint32_t i = 0; params->bootstrap == SIM_BOOTSTRAP_ORACLE && i < tries; i++) {
        if (n == ORACLE_CANDIDATES)
            break;
        uint64_t draw = relo_hash_draw(params->seed, SIM_DRAW_BOOTSTRAP, host, attempt + i);
        const struct sim_ring_peer *peer =
            sim_ring_admitted_at(&world->judge.ring, (struct relo_id){draw, 0});
        if (peer && peer->host != host && is_reachable(world, peer->host))
            addr[n++] = sim_world_addr(world, peer->host);
    }
    uint64_t draw = relo_hash_draw(params->seed, SIM_DRAW_BOOTSTRAP, host, attempt + 15);
    uint32_t first = (uint32_t)sim_draw_below(draw, params->bootstrap_peers);
    for (uint32_t i = 0; i < params->bootstrap_peers && n < BOOTSTRAP_MAX; i++) {
        uint32_t peer = (first + i) % params->bootstrap_peers;
        addr[n++] = sim_world_addr(world, peer);
    }
    return n;
}

/* Whoever runs a bootstrap peer knows that everybody reaches it; others find out by STUN, and the
   peers of a wired ring would have by then. Without NATs there is nothing to find out. */
static bool knows_to_be_public(const struct sim_world *world, uint32_t host,
                               const struct relo_start *wired)
{
    return !world->boxes ||
           (is_reachable(world, host) && (wired || host < world->params->bootstrap_peers));
}

void sim_life_start(struct sim_shard *shard, uint32_t index, const struct relo_start *wired)
{
    struct sim_world *world = shard->world;
    struct sim_host *host = &world->hosts[index];
    struct relo_addr local = sim_world_addr(world, index), bootstrap[BOOTSTRAP_MAX];
    RELO_CHECK(host->node == NULL);
    host->incarnation++;
    host->id = node_id(world, index, host->incarnation);
    host->started = shard->now;
    host->forwarded = 0;
    host->stop = host->storing = host->was_admitted = false;
    host->running = 0;
    host->pending = 0;
    host->state = SIM_HOST_JOINING;
    host->up_free_at = host->down_free_at = 0;

    const struct relo_suite *suite =
        world->malice ? sim_malice_suite(world->malice, index) : &relo_suite_sim;
    struct relo_start start = {.suite = suite,
                               .config = &world->config,
                               .unix_offset_ns = SIM_UNIX_OFFSET_NS +
                                                 sim_fault_clock(world->fault, index, shard->now),
                               .local = &local,
                               .local_count = 1,
                               .bootstrap = bootstrap,
                               .bootstrap_count = choose_bootstrap(world, index, bootstrap),
                               .report_deliveries = true,
                               .public_address = knows_to_be_public(world, index, wired)};
    if (wired) {
        start.wired = wired->wired;
        start.wired_count = wired->wired_count;
        start.allocation = wired->allocation;
        start.served = wired->served;
        start.served_count = wired->served_count;
    }
    for (uint32_t i = 0; i < start.served_count; i++)
        sim_ports_open(shard->ports, index, start.served[i].relayed.port);
    uint64_t seed = world->params->seed;
    start.identity.node_id = host->id;
    start.identity.key =
        relo_hash_draw(seed, SIM_DRAW_KEY, index, generation(world, index, host->incarnation));
    start.identity.not_before_s = SIM_UNIX_OFFSET_NS / RELO_S - DAY_S;
    start.identity.not_after_s = SIM_UNIX_OFFSET_NS / RELO_S + 3650 * DAY_S;
    sim_life_user(index, start.identity.user, sizeof start.identity.user);
    for (uint32_t i = 0; i < 4; i++) {
        uint64_t word =
            relo_hash_draw(seed, SIM_DRAW_ENTROPY, index, (uint64_t)host->incarnation * 4 + i);
        for (uint32_t j = 0; j < 8; j++) /* byte by byte: the same on any machine */
            start.entropy[8 * i + j] = (uint8_t)(word >> 8 * j);
    }
    host->node = relo_node_new(shard->core);
    sim_host_log(shard, SIM_LOG_JOINING, index);
    if (world->fault)
        sim_fault_started(shard, index);
    if (world->malice)
        sim_malice_started(shard, index);
    if (wired) { /* admitted before time began */
        host->state = SIM_HOST_ADMITTED;
        host->was_admitted = true;
        sim_host_log(shard, SIM_LOG_ADMITTED, index);
        sim_workload_admitted(shard, index);
    }
    struct relo_event event = {.type = RELO_EVENT_START, .now = shard->now, .start = &start};
    sim_host_step(shard, index, &event);
}

void sim_life_join(struct sim_shard *shard, uint32_t index)
{
    const struct sim_params *params = shard->world->params;
    struct sim_host *host = &shard->world->hosts[index];
    host->attempts++;
    struct relo_command command = {.type = RELO_COMMAND_JOIN,
                                   .first = params->bootstrap == SIM_BOOTSTRAP_JOIN && index == 0 &&
                                            host->incarnation == 1};
    sim_host_command(shard, index, &command, 0, 0);
}

void sim_life_join_later(struct sim_shard *shard, uint32_t index)
{
    const struct sim_check *check = shard->world->options.check;
    struct sim_host *host = &shard->world->hosts[index];
    relo_time wait = SIM_JOIN_RETRY_NS << host->refused;
    if (check && check->quiet && host->refused < SIM_CHECK_QUIET_DOUBLINGS)
        host->refused++;
    sim_shard_schedule(shard, index, SIM_CLASS_COMMAND, shard->now + wait, SIM_PROCESS_JOIN, 0);
}

void sim_life_stop(struct sim_shard *shard, uint32_t index)
{
    struct sim_world *world = shard->world;
    struct sim_host *host = &world->hosts[index];
    struct relo_event event = {.type = RELO_EVENT_STOP, .now = shard->now};
    host->stop = false;
    sim_host_step(shard, index, &event);
    sim_ports_close_all(shard->ports, index);
    relo_node_free(host->node);
    host->node = NULL;
    while (host->pending) { /* whatever the node gave no answer to */
        struct sim_pending *pending = relo_slab_get(&shard->pending, host->pending);
        relo_handle next = pending->next;
        relo_slab_free(&shard->pending, host->pending);
        host->pending = next;
    }
    host->stop = false;
    host->due = RELO_NEVER;
    host->state = SIM_HOST_DEAD;
    sim_host_log(shard, SIM_LOG_GONE, index);
    if (world->measuring) {
        relo_time from = host->started > world->measure_from ? host->started : world->measure_from;
        shard->alive_ns += (relo_u128)(uint64_t)(shard->now - from);
    }
    sim_churn_stopped(shard, index);
}
