/* SPDX-License-Identifier: BSD-2-Clause */
/* Concluding ICE: regular nomination, selection and failure. RFC 8445 section 8, RFC 8863. */
#include "core/ice/internal.h"

static bool is_open(const struct relo_ice_pair *p)
{
    return p->state == RELO_ICE_PAIR_FROZEN || p->state == RELO_ICE_PAIR_WAITING ||
           p->state == RELO_ICE_PAIR_IN_PROGRESS;
}

void relo_ice_conclude_select(struct relo_ice *ice, const struct relo_ice_pair *pair)
{
    /* An aggressive peer nominates several; the highest wins (RFC 5245 8.1.1.2). */
    if (ice->state == RELO_ICE_COMPLETED && pair->priority <= ice->path.priority)
        return;
    ice->path = (struct relo_ice_path){.local = ice->local[pair->local].addr,
                                       .remote = ice->remote[pair->remote].addr,
                                       .rtt = pair->rtt,
                                       .priority = pair->priority,
                                       .local_type = ice->local[pair->valid_local].type,
                                       .remote_type = ice->remote[pair->remote].type,
                                       .relayed = ice->local[pair->local].type == RELO_ICE_RELAY};
    if (ice->state == RELO_ICE_COMPLETED)
        return;
    relo_ice_become(ice, RELO_ICE_COMPLETED);
    for (int i = 0; i < ice->pair_count; i++) /* 8.1.2 */
        if (is_open(&ice->pair[i]) && !ice->pair[i].nominated) {
            ice->pair[i].state = RELO_ICE_PAIR_FAILED;
            ice->pair[i].due = RELO_NEVER;
            ice->pair[i].triggered = 0;
            ice->pair[i].again = false;
        }
    relo_ice_consent_start(ice);
}

/* The valid pair of highest priority; -1: none. *better: one above it may still turn out valid. */
static int best_valid(const struct relo_ice *ice, bool *better)
{
    *better = false;
    for (int i = 0; i < ice->pair_count; i++) {
        if (ice->pair[i].valid)
            return i;
        *better = *better || is_open(&ice->pair[i]);
    }
    return -1;
}

/* From when on the best valid pair is nominated although a better one may yet turn out. A relay
   costs somebody for as long as the link lasts, so a hole gets the time to be punched. */
static relo_time nominate_at(const struct relo_ice *ice, int best)
{
    const struct relo_ice_pair *p = &ice->pair[best];
    bool relayed = ice->local[p->local].type == RELO_ICE_RELAY ||
                   ice->remote[p->remote].type == RELO_ICE_RELAY;
    return ice->first_valid + (relayed ? ice->relay_wait : ice->nomination_wait);
}

static bool all_settled(const struct relo_ice *ice)
{
    for (int i = 0; i < ice->pair_count; i++)
        if (is_open(&ice->pair[i]))
            return false;
    return true;
}

/* No failure before: 8863 4; a controlled agent also gives the other side that long to nominate. */
static relo_time give_up_at(const struct relo_ice *ice)
{
    relo_time from = ice->first_valid == RELO_NEVER ? ice->started : ice->first_valid;
    return from + ice->patience;
}

static void end_checks(struct relo_ice *ice)
{
    for (int i = 0; i < ice->pair_count; i++) {
        struct relo_ice_pair *p = &ice->pair[i];
        if (p->state != RELO_ICE_PAIR_IN_PROGRESS || p->due > ice->env->now ||
            p->transmissions < ice->transmissions)
            continue;
        p->state = RELO_ICE_PAIR_FAILED; /* 7.2.5.2.3 */
        p->due = RELO_NEVER;
        if (p->use_candidate) {
            p->use_candidate = p->valid = false;
            ice->nominating = false;
        }
    }
}

void relo_ice_conclude_wake(struct relo_ice *ice)
{
    if (ice->state != RELO_ICE_CHECKING && ice->state != RELO_ICE_COMPLETED)
        return;
    end_checks(ice);
    if (ice->state == RELO_ICE_COMPLETED) {
        if (ice->wants_consent && ice->env->now >= ice->consent.expires)
            relo_ice_become(ice, RELO_ICE_FAILED);
        return;
    }
    bool better;
    int best = best_valid(ice, &better);
    if (ice->controlling && best >= 0 && !ice->nominating &&
        (!better || ice->env->now >= nominate_at(ice, best))) {
        ice->pair[best].use_candidate = true; /* 8.1.1 */
        ice->nominating = true;
        relo_ice_checklist_trigger(ice, best);
    }
    if (all_settled(ice) && ice->env->now >= give_up_at(ice))
        relo_ice_become(ice, RELO_ICE_FAILED);
}

relo_time relo_ice_conclude_deadline(const struct relo_ice *ice)
{
    bool better;
    if (ice->state != RELO_ICE_CHECKING)
        return RELO_NEVER;
    relo_time at = all_settled(ice) ? give_up_at(ice) : RELO_NEVER;
    int best = best_valid(ice, &better);
    if (ice->controlling && !ice->nominating && best >= 0)
        at = relo_time_min(at, better ? nominate_at(ice, best) : ice->env->now);
    return at;
}
