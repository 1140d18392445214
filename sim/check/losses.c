/* SPDX-License-Identifier: BSD-2-Clause */
/* Losses that are excused: RFC 6940 sections 7.4.1.1, 10.4 and 10.7.1. */
#include "sim/check/losses.h"

#include "sim/check/invariants.h"
#include "sim/world/world.h"

#define REPLICATION_NS (10 * RELO_S) /* an acknowledged value is on its way to the replicas */

struct sim_death {
    relo_time time;
    struct relo_id id;
    uint32_t host;
};

/* Of the ring as it was when the network parted, or dead by then. */
struct sim_member {
    relo_time died; /* 0: not before it parted */
    struct relo_id id;
    uint32_t host;
};

void sim_losses_begin(struct sim_check *check)
{
    check->deaths = g_array_new(FALSE, TRUE, sizeof(struct sim_death));
    check->members = g_array_new(FALSE, TRUE, sizeof(struct sim_member));
}

void sim_losses_end(struct sim_check *check)
{
    g_array_unref(check->deaths);
    g_array_unref(check->members);
    check->deaths = check->members = NULL;
}

void sim_check_gone(struct sim_check *check, struct relo_id id, uint32_t host, relo_time now)
{
    struct sim_death death = {now, id, host};
    if (check->deaths) /* who leaves hands nothing over: as if it had failed (10.9) */
        g_array_append_val(check->deaths, death);
}

static bool is_part(const struct sim_world *world, uint32_t part, uint32_t host)
{
    return part == SIM_LOSSES_EVERY_PART || sim_world_group(world, host) == part;
}

/* Whether a peer that died lay among those of its part that a key's copies are with, or move to.
   Who only wants to join does not count: where the ring breaks there are many. */
static bool was_near(const struct sim_world *world, struct relo_id resource,
                     const struct sim_death *death, uint32_t part)
{
    const struct sim_ring *ring = &world->judge.ring;
    struct relo_id at = resource, d = relo_id_sub(death->id, resource);
    uint32_t nearer = 0;
    if (!is_part(world, part, death->host))
        return false;
    for (uint32_t i = 0; i < ring->admitted && nearer < SIM_LOSSES_NEAR; i++) {
        const struct sim_ring_peer *peer = sim_ring_admitted_at(ring, at);
        if (relo_id_compare(relo_id_sub(peer->id, resource), d) > 0)
            return true;
        nearer += is_part(world, part, peer->host);
        at = relo_id_next(peer->id);
    }
    return nearer < SIM_LOSSES_NEAR;
}

/* Deaths before this were long enough ago for a repair. */
static relo_time repaired_before(const struct sim_world *world)
{
    const struct sim_params *params = world->params;
    return world->now -
           (params->successor_hold_down_ns + params->chord_update_interval_ns + 60 * RELO_S);
}

/* Whoever acknowledged it died before its replicas had it: perhaps before the writer had the
   answer, but not before it was asked for. */
static bool owner_died_early(const struct sim_world *world, const struct sim_truth *truth)
{
    const struct sim_check *check = world->options.check;
    relo_time since = repaired_before(world);
    relo_time until = truth->acknowledged[truth->last] + REPLICATION_NS;
    if (since < truth->issued)
        since = truth->issued;
    for (guint i = 0; i < check->deaths->len; i++) {
        const struct sim_death *death = &g_array_index(check->deaths, struct sim_death, i);
        if (since <= death->time && death->time < until && relo_id_equal(death->id, truth->owner))
            return true;
    }
    return false;
}

/* Too many of those that held it died within the time that a repair takes: of the ring of one part,
   or of all. */
static bool too_many_died(const struct sim_world *world, struct relo_id resource, uint32_t part)
{
    const struct sim_check *check = world->options.check;
    relo_time since = repaired_before(world);
    uint32_t near = 0;
    for (guint i = 0; i < check->deaths->len; i++) {
        const struct sim_death *death = &g_array_index(check->deaths, struct sim_death, i);
        near += death->time >= since && was_near(world, resource, death, part);
    }
    return near > world->params->replicas;
}

/* The nearest at or after `id`, of one at least; the first of equal ones. */
static const struct sim_member *member_at(const struct sim_check *check, struct relo_id id)
{
    const struct sim_member *nearest = &g_array_index(check->members, struct sim_member, 0);
    for (guint i = 1; i < check->members->len; i++) {
        const struct sim_member *m = &g_array_index(check->members, struct sim_member, i);
        if (relo_id_compare(relo_id_sub(m->id, id), relo_id_sub(nearest->id, id)) < 0)
            nearest = m;
    }
    return nearest;
}

static void remember_members(const struct sim_world *world)
{
    struct sim_check *check = world->options.check;
    struct relo_id at = {0, 0};
    for (uint32_t i = 0; i < world->judge.ring.admitted; i++) {
        const struct sim_ring_peer *peer = sim_ring_admitted_at(&world->judge.ring, at);
        struct sim_member member = {0, peer->id, peer->host};
        g_array_append_val(check->members, member);
        at = relo_id_next(peer->id);
    }
    for (guint i = check->deaths->len; i-- > 0;) { /* who came back lives */
        const struct sim_death *death = &g_array_index(check->deaths, struct sim_death, i);
        struct sim_member member = {death->time, death->id, death->host};
        g_array_append_val(check->members, member);
    }
}

void sim_losses_parted(struct sim_world *world)
{
    struct sim_check *check = world->options.check;
    if (check->parted_at == 0) {
        check->parted_from = world->now;
        remember_members(world);
    }
    check->parted_at = world->now;
}

/* When a member died, before the network parted or since; 0: it lives. */
static relo_time died(const struct sim_check *check, const struct sim_member *member)
{
    for (guint i = 0; i < check->deaths->len; i++) {
        const struct sim_death *death = &g_array_index(check->deaths, struct sim_death, i);
        if (death->time >= check->parted_from && relo_id_equal(death->id, member->id))
            return death->time;
    }
    return member->died;
}

/* For a part all others failed at once when the network parted; it replicates to them until it has
   found that out, and held down (10.7.1). One of the part died, and with that the owner and all
   replicas that the whole ring had were gone, of this part or not, within the time that a repair
   takes: the first of the part that lives on was not to have a copy yet. */
static bool too_many_gone(const struct sim_world *world, struct relo_id resource, uint32_t part)
{
    const struct sim_check *check = world->options.check;
    relo_time since = repaired_before(world);
    struct relo_id at = resource;
    uint32_t gone = 0;
    bool any_died = false;
    if (check->parted_from < since)
        return false; /* it is a ring of its own since */
    for (guint i = 0; i < check->members->len; i++) {
        const struct sim_member *member = member_at(check, at);
        relo_time when = died(check, member);
        bool of_part = is_part(world, part, member->host);
        if (of_part && when == 0)
            break;
        any_died |= of_part && when >= check->parted_from;
        gone += when == 0 || when >= since;
        at = relo_id_next(member->id);
    }
    return any_died && gone > world->params->replicas;
}

bool sim_losses_excused(const struct sim_world *world, struct relo_id resource,
                        const struct sim_truth *truth, uint32_t part)
{
    const struct sim_check *check = world->options.check;
    if (owner_died_early(world, truth) || too_many_died(world, resource, SIM_LOSSES_EVERY_PART))
        return true;
    return part != SIM_LOSSES_EVERY_PART && check->parted_at >= repaired_before(world) &&
           (too_many_died(world, resource, part) || too_many_gone(world, resource, part));
}

static bool could_talk(const struct sim_world *world, uint32_t a, uint32_t b)
{
    struct sim_latency latency = world->network.latency;
    const uint32_t *place = world->network.place;
    if (world->options.check->quiet)
        latency.blocked_below = world->options.check->blocked_below;
    return sim_latency_connected(&latency, place ? place[a] : a, place ? place[b] : b);
}

/* Somebody who is now to have it could not talk to one near it that died lately, and so had no copy
   from that one: two such neighbors are no more to each other than parts of a parted network. */
static bool unreachable(const struct sim_world *world, struct relo_id resource)
{
    const struct sim_check *check = world->options.check;
    const struct sim_ring *ring = &world->judge.ring;
    for (guint i = 0; i < check->deaths->len; i++) {
        const struct sim_death *death = &g_array_index(check->deaths, struct sim_death, i);
        struct relo_id at = resource;
        if (death->time < repaired_before(world) ||
            !was_near(world, resource, death, SIM_LOSSES_EVERY_PART))
            continue;
        for (uint32_t n = 0; n <= world->params->replicas && n < ring->admitted; n++) {
            const struct sim_ring_peer *peer = sim_ring_admitted_at(ring, at);
            if (!could_talk(world, death->host, peer->host))
                return true;
            at = relo_id_next(peer->id);
        }
    }
    return false;
}

bool sim_losses_left_over(const struct sim_world *world, struct relo_id resource)
{
    const struct sim_check *check = world->options.check;
    bool parted = check->parted_at > 0 && world->now < check->parted_at + check->settle_ns;
    return parted || unreachable(world, resource);
}
