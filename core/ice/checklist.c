/* SPDX-License-Identifier: BSD-2-Clause */
/* The checklist: forming and pruning it, its order, and which pair is next. RFC 8445 section 6.1.2
   to 6.1.4. */
#include "core/ice/internal.h"

#include "core/base/hash.h"

static uint64_t priority_of(const struct relo_ice *ice, int local, int remote)
{
    uint32_t mine = ice->local[local].priority, theirs = ice->remote[remote].priority;
    return ice->controlling ? relo_ice_pair_priority(mine, theirs)
                            : relo_ice_pair_priority(theirs, mine);
}

/* Moves the pair at `at` up or down to its place; pairs of one priority keep their order. */
static int settle(struct relo_ice *ice, int at)
{
    struct relo_ice_pair moving = ice->pair[at];
    for (; at > 0 && ice->pair[at - 1].priority < moving.priority; at--)
        ice->pair[at] = ice->pair[at - 1];
    ice->pair[at] = moving;
    return at;
}

void relo_ice_checklist_sort(struct relo_ice *ice)
{
    for (int i = 0; i < ice->pair_count; i++) {
        ice->pair[i].priority = priority_of(ice, ice->pair[i].local, ice->pair[i].remote);
        settle(ice, i);
    }
}

int relo_ice_checklist_find(const struct relo_ice *ice, int local, int remote)
{
    for (int i = 0; i < ice->pair_count; i++)
        if (ice->pair[i].local == local && ice->pair[i].remote == remote)
            return i;
    return -1;
}

int relo_ice_checklist_add(struct relo_ice *ice, int local, int remote)
{
    uint64_t priority = priority_of(ice, local, remote);
    if (ice->pair_count == RELO_ICE_PAIRS_MAX) { /* 6.1.2.5: the lowest go */
        if (priority <= ice->pair[ice->pair_count - 1].priority)
            return -1;
        ice->pair_count--;
    }
    if (ice->pair_count == ice->pair_size) {
        uint8_t size = ice->pair_size ? (uint8_t)(ice->pair_size * 2) : 8;
        ice->pair =
            relo_pool_resize(&ice->env->shard->pool, ice->pair, ice->pair_size * sizeof *ice->pair,
                             size * sizeof *ice->pair, ice->pair_count * sizeof *ice->pair);
        ice->pair_size = size;
    }
    ice->pair[ice->pair_count] = (struct relo_ice_pair){
        .priority = priority,
        .foundation = (uint64_t)ice->local[local].foundation << 32 | ice->remote[remote].foundation,
        .local = (uint8_t)local,
        .remote = (uint8_t)remote,
        .state = RELO_ICE_PAIR_WAITING,
        .due = RELO_NEVER,
    };
    return settle(ice, ice->pair_count++);
}

static bool is_base(const struct relo_ice_candidate *c)
{
    return c->type == RELO_ICE_HOST || c->type == RELO_ICE_RELAY;
}

/* A TURN server on the Internet gives no permission for a private address (RFC 8656 21.4;
   docs/decisions/0007): asking would cost it and us a place each. */
static bool is_refused(const struct relo_ice_candidate *local,
                       const struct relo_ice_candidate *remote)
{
    return local->type == RELO_ICE_RELAY && relo_addr_is_private(&remote->addr) &&
           !relo_addr_is_private(&local->addr);
}

void relo_ice_checklist_form(struct relo_ice *ice)
{
    /* 6.1.2.4: a reflexive candidate is replaced by its base, and the pair that makes is redundant
       with the base's own, whose priority is higher. So only bases are paired. */
    for (int i = 0; i < ice->local_count; i++)
        for (int j = 0; j < ice->remote_count; j++)
            if (is_base(&ice->local[i]) &&
                ice->local[i].addr.family == ice->remote[j].addr.family &&
                !is_refused(&ice->local[i], &ice->remote[j]) &&
                relo_ice_checklist_find(ice, i, j) < 0) {
                int at = relo_ice_checklist_add(ice, i, j);
                if (at >= 0)
                    ice->pair[at].state = RELO_ICE_PAIR_FROZEN;
            }
    /* 6.1.2.6: of each foundation the pair of highest priority starts out Waiting. */
    for (int i = 0; i < ice->pair_count; i++) {
        bool first = true;
        for (int j = 0; j < i; j++)
            first = first && ice->pair[j].foundation != ice->pair[i].foundation;
        if (first)
            ice->pair[i].state = RELO_ICE_PAIR_WAITING;
    }
}

void relo_ice_checklist_trigger(struct relo_ice *ice, int pair)
{
    struct relo_ice_pair *p = &ice->pair[pair];
    /* 7.3.1.4: the answer to the check under way must still count. A new transaction each time
       would have two agents that are far apart trigger each other for ever, each answer coming
       late. */
    p->again |= p->state == RELO_ICE_PAIR_IN_PROGRESS;
    p->state = RELO_ICE_PAIR_WAITING;
    p->due = RELO_NEVER;
    if (!p->triggered)
        p->triggered = ++ice->triggered;
}

void relo_ice_checklist_unfreeze(struct relo_ice *ice, uint64_t foundation)
{
    for (int i = 0; i < ice->pair_count; i++)
        if (ice->pair[i].state == RELO_ICE_PAIR_FROZEN && ice->pair[i].foundation == foundation)
            ice->pair[i].state = RELO_ICE_PAIR_WAITING;
}

/* Whether a pair of that foundation is Waiting or In-Progress. */
static bool busy(const struct relo_ice *ice, uint64_t foundation)
{
    for (int i = 0; i < ice->pair_count; i++)
        if (ice->pair[i].foundation == foundation &&
            (ice->pair[i].state == RELO_ICE_PAIR_WAITING ||
             ice->pair[i].state == RELO_ICE_PAIR_IN_PROGRESS))
            return true;
    return false;
}

bool relo_ice_checklist_has_next(const struct relo_ice *ice)
{
    for (int i = 0; i < ice->pair_count; i++) {
        const struct relo_ice_pair *p = &ice->pair[i];
        if (p->triggered)
            return true;
        if (ice->state != RELO_ICE_CHECKING)
            continue; /* completed: triggered checks only */
        if (p->state == RELO_ICE_PAIR_WAITING ||
            (p->state == RELO_ICE_PAIR_FROZEN && !busy(ice, p->foundation)))
            return true;
    }
    return false;
}

int relo_ice_checklist_next(struct relo_ice *ice)
{
    int best = -1;
    for (int i = 0; i < ice->pair_count; i++) /* 1: the triggered-check queue */
        if (ice->pair[i].triggered &&
            (best < 0 || ice->pair[i].triggered < ice->pair[best].triggered))
            best = i;
    if (best >= 0 || ice->state != RELO_ICE_CHECKING)
        return best;
    bool waiting = false;
    for (int i = 0; i < ice->pair_count; i++)
        waiting = waiting || ice->pair[i].state == RELO_ICE_PAIR_WAITING;
    for (int i = 0; !waiting && i < ice->pair_count; i++) /* 2: none waits, so thaw */
        if (ice->pair[i].state == RELO_ICE_PAIR_FROZEN && !busy(ice, ice->pair[i].foundation))
            ice->pair[i].state = RELO_ICE_PAIR_WAITING;
    for (int i = 0; i < ice->pair_count; i++) /* 3: the highest that waits */
        if (ice->pair[i].state == RELO_ICE_PAIR_WAITING)
            return i;
    return -1;
}

relo_time relo_ice_checklist_rto(const struct relo_ice *ice)
{
    relo_time count = 0;
    for (int i = 0; i < ice->pair_count; i++)
        count += ice->pair[i].state == RELO_ICE_PAIR_WAITING ||
                 ice->pair[i].state == RELO_ICE_PAIR_IN_PROGRESS;
    return ice->rto > ice->pace * count ? ice->rto : ice->pace * count;
}
