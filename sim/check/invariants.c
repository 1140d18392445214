/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold in every run: RFC 6940 sections 6.3.4, 7.3, 10.1, 10.4, 10.5 and 10.7. */
#include "sim/check/invariants.h"

#include "core/base/env.h"
#include "core/link/link.h"
#include "core/route/route.h"
#include "core/topology/fingers.h"
#include "sim/check/losses.h"
#include "sim/world/world.h"

#include <string.h>

#define LOOK_NS (5 * RELO_S)
#define FINGER_ROUND 60 /* looks in which each host asks its fingers once: five minutes */

/* Since when the newest acknowledged value of a key is with nobody of those who should have it, and
   with nobody at all; 0: it is. */
struct sim_missing {
    relo_time astray, lost;
    bool adrift;      /* the last one that has it is out of the ring itself, and joins again */
    bool excused;     /* as it went adrift or astray */
    uint32_t seen_at; /* the host in whose place it was last */
    uint64_t seen_ms; /* the version of that */
};

static G_GNUC_PRINTF(3, 4) void violated(struct sim_check *check, relo_time now, const char *format,
                                         ...)
{
    if (check->violation)
        return;
    va_list arguments;
    va_start(arguments, format);
    char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    check->violation = g_strdup_printf("at %.1f s: %s", (double)now / RELO_S, what);
    g_free(what);
}

static bool settled(const struct sim_check *check, relo_time now)
{
    return check->quiet_from > 0 && !check->holes && now >= check->quiet_from + check->settle_ns;
}

/* --- every node ----------------------------------------------------------------------------- */

static bool ascends(struct relo_id self, const struct relo_id *ids, uint32_t n, bool clockwise)
{
    struct relo_id last = {0, 0};
    for (uint32_t i = 0; i < n; i++) {
        struct relo_id d = clockwise ? relo_id_sub(ids[i], self) : relo_id_sub(self, ids[i]);
        if (relo_id_compare(d, last) <= 0)
            return false; /* also itself, which has distance 0 */
        last = d;
    }
    return true;
}

void sim_check_node(struct sim_check *check, const struct relo_config *config, relo_time now,
                    uint32_t host, const struct relo_snapshot *s)
{
    uint32_t most = config->chord_neighbors, fingers = config->chord_fingers_max;
    if (!ascends(s->id, s->successor, s->successor_count, true) ||
        !ascends(s->id, s->predecessor, s->predecessor_count, false))
        violated(check, now, "host %u: its neighbors are out of order, or itself", host);
    if (s->successor_count > most || s->predecessor_count > most)
        violated(check, now, "host %u: more than %u neighbors on a side", host, most);
    if (s->finger_count > fingers)
        violated(check, now, "host %u: %u fingers", host, s->finger_count);
    if (s->queued > s->link_count * config->link_queue_max)
        violated(check, now, "host %u: %u messages wait on %u links", host, s->queued,
                 s->link_count);
    if (s->link_count > RELO_LINKS_MAX || s->transactions > RELO_TRANSACTIONS_MAX)
        violated(check, now, "host %u: %u links, %u transactions", host, s->link_count,
                 s->transactions);
}

/* The true neighbors, nearest first: the admitted peers on one side. */
static uint32_t truth_of(const struct sim_ring *ring, struct relo_id self, uint32_t want,
                         struct relo_id *ids)
{
    struct relo_id at = relo_id_next(self);
    uint32_t n = 0;
    while (n < want) {
        const struct sim_ring_peer *peer = sim_ring_admitted_at(ring, at);
        if (!peer || relo_id_equal(peer->id, self))
            break;
        ids[n++] = peer->id;
        at = relo_id_next(peer->id);
    }
    return n;
}

void sim_check_settled(struct sim_world *world, uint32_t index, const struct relo_snapshot *s)
{
    struct sim_check *check = world->options.check;
    const struct sim_ring *ring = &world->judge.ring;
    const struct relo_node *node = world->hosts[index].node;
    struct relo_id ids[RELO_NEIGHBORS_MAX];
    uint32_t others = ring->admitted - 1, most = world->config.chord_neighbors;
    if (s->state != RELO_NODE_JOINED) {
        violated(check, world->now, "host %u is not in the ring (state %d)", index, s->state);
        return;
    }
    uint32_t n = truth_of(ring, s->id, others < most ? others : most, ids);
    if (s->successor_count < n || memcmp(s->successor, ids, n * sizeof *ids) != 0)
        violated(check, world->now, "host %u: its %u successors are not the true ones", index,
                 s->successor_count);
    if (n == 0)
        return;
    /* One owner for each id: the ranges meet (10.1). */
    if (!relo_node_responsible(node, s->id) || relo_node_responsible(node, ids[0]) ||
        s->predecessor_count == 0 ||
        !relo_node_responsible(node, relo_id_next(s->predecessor[0])) ||
        relo_node_responsible(node, s->predecessor[0]))
        violated(check, world->now, "host %u: its range does not end at its neighbors", index);
    const struct sim_ring_peer *before =
        s->predecessor_count ? sim_ring_find(ring, s->predecessor[0]) : NULL;
    if (!before || !relo_id_equal(sim_ring_admitted_at(ring, relo_id_next(before->id))->id, s->id))
        violated(check, world->now, "host %u: its predecessor is not the true one", index);
}

/* --- values --------------------------------------------------------------------------------- */

enum place { NOWHERE, ADRIFT, PLACED };

/* With the responsible peer or a replica, whose host is told; or only with one that joins between
   them, and has been out of the ring. */
static enum place place_of(const struct sim_world *world, struct relo_id resource,
                           uint64_t stored_ms, uint32_t *host)
{
    const struct sim_ring *ring = &world->judge.ring;
    struct relo_id at = resource;
    enum place place = NOWHERE;
    uint32_t members = 0;
    for (uint32_t i = 0; i < ring->alive && members <= world->params->replicas; i++) {
        const struct sim_ring_peer *peer = sim_ring_at(ring, at);
        bool holds = sim_measure_holds(world, peer->host, resource, stored_ms);
        if (holds && peer->state != SIM_RING_JOINING) {
            *host = peer->host;
            return PLACED;
        }
        if (holds)
            place = ADRIFT;
        members += peer->state != SIM_RING_JOINING;
        at = relo_id_next(peer->id);
    }
    return place;
}

static bool anybody_holds(const struct sim_world *world, struct relo_id resource,
                          uint64_t stored_ms)
{
    for (uint32_t host = 0; host < world->host_count; host++)
        if (sim_measure_holds(world, host, resource, stored_ms))
            return true;
    return false;
}

/* The part of a parted network that had it: of whoever was seen to, or of the one who stored it. */
static uint32_t part_of(const struct sim_world *world, uint32_t key)
{
    const struct sim_missing *missing =
        &g_array_index(world->options.check->missing, struct sim_missing, key);
    bool seen = missing->seen_ms == sim_measure_stored_ms(world, key);
    return sim_world_group(world, seen ? missing->seen_at : key);
}

/* The peers that are in a part's ring keep to it for a while after the network is whole again. */
static bool excused(const struct sim_world *world, uint32_t key, struct relo_id resource)
{
    const struct sim_check *check = world->options.check;
    uint32_t part = check->parted_at > 0 ? part_of(world, key) : SIM_LOSSES_EVERY_PART;
    return check->holes || sim_losses_excused(world, resource, &world->judge.truth[key], part);
}

static void look_at_value(struct sim_world *world, uint32_t key, struct relo_id resource,
                          uint64_t stored_ms)
{
    struct sim_check *check = world->options.check;
    struct sim_missing *missing = &g_array_index(check->missing, struct sim_missing, key);
    uint32_t host;
    enum place place = place_of(world, resource, stored_ms, &host);
    if (place == PLACED) {
        *missing = (struct sim_missing){.seen_at = host, .seen_ms = stored_ms};
        return;
    }
    if (missing->astray == 0 && !missing->adrift)
        missing->excused = excused(world, key, resource);
    missing->adrift = true;
    if (place == ADRIFT) {
        missing->astray = missing->lost = 0;
        return;
    }
    if (missing->astray == 0) {
        missing->astray = world->now;
        missing->excused |=
            excused(world, key, resource) ||
            (anybody_holds(world, resource, stored_ms) && sim_losses_left_over(world, resource));
    }
    bool gone = !anybody_holds(world, resource, stored_ms);
    if (gone && missing->lost == 0) {
        missing->lost = world->now;
        missing->excused |= excused(world, key, resource);
        check->excused += missing->excused;
        if (!missing->excused)
            violated(check, world->now, "the acknowledged value of key %u is lost", key);
    } else if (!gone && !missing->excused && !check->parted && settled(check, world->now)) {
        violated(check, world->now, "the acknowledged value of key %u is where nobody looks", key);
    }
}

/* A copy of the newest acknowledged version, whose lifetime is over, with a peer that would serve
   it. */
static void look_for_expired(struct sim_world *world, uint32_t key, struct relo_id resource,
                             uint64_t stored_ms)
{
    struct sim_check *check = world->options.check;
    const struct sim_ring *ring = &world->judge.ring;
    struct relo_id at = resource;
    check->expired++;
    for (uint32_t i = 0; i < ring->alive && i < SIM_LOSSES_NEAR; i++) {
        const struct sim_ring_peer *peer = sim_ring_at(ring, at);
        if (sim_measure_stored(world, peer->host, resource) == stored_ms)
            violated(check, world->now, "host %u keeps key %u past its lifetime", peer->host, key);
        at = relo_id_next(peer->id);
    }
}

void sim_check_values(struct sim_world *world)
{
    struct sim_check *check = world->options.check;
    if (!sim_params_stores(world->params))
        return;
    if (check->missing->len < world->judge.keys)
        g_array_set_size(check->missing, world->judge.keys);
    for (uint32_t key = 0; key < world->judge.keys; key++) {
        const struct sim_truth *truth = &world->judge.truth[key];
        relo_time over = sim_judge_ends(&world->judge, key);
        bool stored = truth->expires > world->now + RELO_S;
        if (truth->expires == 0 || (!stored && over > world->now))
            continue;
        char user[RELO_USER_BYTES];
        sim_life_user(key, user, sizeof user);
        struct relo_id resource = relo_resource_id(user, strlen(user));
        check->values += stored;
        if (stored)
            look_at_value(world, key, resource, sim_measure_stored_ms(world, key));
        else
            look_for_expired(world, key, resource, sim_measure_stored_ms(world, key));
    }
}

/* --- answers -------------------------------------------------------------------------------- */

void sim_check_lookup(struct sim_check *check, const struct sim_log_entry *entry, bool correct,
                      uint32_t hops)
{
    check->lookups++;
    if (!settled(check, entry->issued))
        return;
    if (!entry->ok)
        violated(check, entry->time, "a lookup by host %u failed in a quiet ring", entry->host);
    else if (!correct)
        violated(check, entry->time, "a lookup by host %u was answered by a wrong peer",
                 entry->host);
    else if (hops > 40) /* twice the diameter of the largest ring, and more */
        violated(check, entry->time, "a lookup by host %u took %u hops", entry->host, hops);
}

void sim_check_fetch(struct sim_check *check, const struct sim_log_entry *entry, bool wanted,
                     relo_time ends)
{
    check->fetches++;
    if (entry->alien)
        violated(check, entry->time, "host %u accepted a value that nobody stored under key %u",
                 entry->host, entry->key);
    else if (entry->ok && ends < entry->issued)
        violated(check, entry->time, "host %u was served key %u past its lifetime", entry->host,
                 entry->key);
    else if (!entry->ok && wanted && settled(check, entry->issued) && check->missing &&
             check->missing->len > entry->key &&
             g_array_index(check->missing, struct sim_missing, entry->key).astray == 0)
        violated(check, entry->time, "host %u could not fetch key %u in a quiet ring", entry->host,
                 entry->key);
}

void sim_check_intruded(struct sim_check *check, const struct sim_log_entry *entry)
{
    check->intrusions++;
    if (entry->ok)
        violated(check, entry->time, "host %u was let store at key %u, which is another's",
                 entry->host, entry->key);
}

/* Somebody tries to store at somebody else's Resource-ID now and then. */
static void intrude(struct sim_world *world)
{
    struct sim_check *check = world->options.check;
    uint64_t seed = world->params->seed;
    if (!sim_params_stores(world->params) || check->looks % 4 != 0)
        return;
    uint64_t a = relo_hash_draw(seed, SIM_DRAW_INTRUDER, check->looks, 0);
    uint64_t b = relo_hash_draw(seed, SIM_DRAW_INTRUDER, check->looks, 1);
    uint32_t host = (uint32_t)sim_draw_below(a, world->host_count);
    uint32_t key = (uint32_t)sim_draw_below(b, world->judge.keys);
    if (host == key || world->hosts[host].state != SIM_HOST_ADMITTED)
        return;
    sim_workload_intrude(world->shards[sim_world_shard_of(world, host)], host, key);
    sim_world_settle(world);
}

/* Somebody asks for what has expired now and then: nobody else would, and be served it. */
static void ask_for_expired(struct sim_world *world)
{
    const struct sim_check *check = world->options.check;
    const struct sim_judge *judge = &world->judge;
    uint64_t seed = world->params->seed;
    if (!sim_params_stores(world->params) || check->looks % 4 != 2)
        return;
    uint64_t a = relo_hash_draw(seed, SIM_DRAW_INTRUDER, check->looks, 2);
    uint64_t b = relo_hash_draw(seed, SIM_DRAW_INTRUDER, check->looks, 3);
    uint32_t host = (uint32_t)sim_draw_below(a, world->host_count);
    uint32_t key = (uint32_t)sim_draw_below(b, judge->keys);
    for (uint32_t i = 0; i < judge->keys; i++) {
        uint32_t k = (key + i) % judge->keys;
        if (judge->truth[k].expires == 0 || sim_judge_ends(judge, k) >= world->now)
            continue;
        if (world->hosts[host].state == SIM_HOST_ADMITTED)
            sim_workload_ask(world->shards[sim_world_shard_of(world, host)], host, k);
        sim_world_settle(world);
        return;
    }
}

/* 10.7.2: that a finger has failed is found out by its use, and after seven retransmission timeouts
   (6.6.3.1): those of a line whose queues were full are longer than 6.2.1 sends a request again. So
   that the first to use it is not a fetch or a lookup of the settled ring, each peer pings its
   fingers before. */
static void use_fingers(struct sim_world *world)
{
    const struct sim_check *check = world->options.check;
    if (!check->quiet || check->holes || settled(check, world->now))
        return;
    for (uint32_t i = (uint32_t)(check->looks % FINGER_ROUND); i < world->host_count;
         i += FINGER_ROUND) {
        struct relo_id fingers[RELO_FINGER_SLOTS];
        if (world->hosts[i].state != SIM_HOST_ADMITTED)
            continue;
        uint32_t n = relo_node_fingers(world->hosts[i].node, fingers, RELO_FINGER_SLOTS);
        for (uint32_t k = 0; k < n; k++)
            sim_workload_ping(world->shards[sim_world_shard_of(world, i)], i, fingers[k]);
    }
    sim_world_settle(world);
}

/* 6.3.2: what runs out of ttl has gone in a circle. */
static void look_for_loops(struct sim_world *world)
{
    struct sim_check *check = world->options.check;
    uint64_t drops = 0;
    for (uint32_t i = 0; i < world->shard_count; i++)
        drops += relo_shard_counter(world->shards[i]->core, RELO_COUNT_drop_ttl);
    if (check->has_ttl_drops && drops > check->ttl_drops)
        violated(check, world->now, "a message went in a circle in a quiet ring");
    check->has_ttl_drops = true;
    check->ttl_drops = drops;
}

/* --- the run -------------------------------------------------------------------------------- */

static void look(struct sim_world *world)
{
    struct sim_check *check = world->options.check;
    check->looks++;
    for (uint32_t i = 0; i < world->host_count; i++) {
        struct relo_snapshot snapshot;
        if (!world->hosts[i].node)
            continue;
        relo_node_snapshot(world->hosts[i].node, &snapshot);
        sim_check_node(check, &world->config, world->now, i, &snapshot);
        if (settled(check, world->now))
            sim_check_settled(world, i, &snapshot);
    }
    sim_check_values(world);
    if (settled(check, world->now))
        look_for_loops(world);
}

void sim_check_tick(struct sim_world *world)
{
    struct sim_check *check = world->options.check;
    if (!check->deaths) {
        sim_losses_begin(check);
        check->missing = g_array_new(FALSE, TRUE, sizeof(struct sim_missing));
    }
    if (check->quiet_from > 0 && world->now >= check->quiet_from && !check->quiet) {
        check->quiet = true;
        world->network.loss_below = 0;
        world->network.burst.enter_below = 0;
        check->blocked_below = world->network.latency.blocked_below;
        world->network.latency.blocked_below = 0;
        sim_fault_quiet(world->fault);
    }
    if (world->agenda.parted)
        sim_losses_parted(world);
    if (world->now >= check->next) {
        check->next = world->now + LOOK_NS;
        look(world);
        intrude(world);
        ask_for_expired(world);
        use_fingers(world);
    }
}

void sim_check_end(struct sim_world *world)
{
    struct sim_check *check = world->options.check;
    look(world);
    sim_losses_end(check);
    g_array_unref(check->missing);
    check->missing = NULL;
}

void sim_check_memory(struct sim_world *world, const struct sim_shard *shard)
{
    struct sim_check *check = world->options.check;
    uint64_t live = 0;
    for (int i = 0; i < RELO_SLAB_KINDS; i++)
        live += shard->core->slab[i].live;
    if (shard->pool->bytes_used > 0 || live > 0)
        violated(check, world->now,
                 "shard %u: %" G_GUINT64_FORMAT " bytes and %" G_GUINT64_FORMAT
                 " links and transactions are left after its nodes",
                 shard->index, (guint64)shard->pool->bytes_used, (guint64)live);
}
