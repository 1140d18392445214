/* SPDX-License-Identifier: BSD-2-Clause */
/* Connectivity checks, asked and answered: RFC 8445 section 7. */
#include "core/ice/internal.h"

#include "core/base/hash.h"
#include "core/security/suite.h"

#include <string.h>

#define PRFLX_MAX 8u /* candidates learned of one IP address at one base */

void relo_ice_check_write(struct relo_ice *ice, struct relo_wr *w, const uint8_t *transaction,
                          uint16_t preference, bool use_candidate)
{
    uint8_t username[256 + 1 + RELO_ICE_UFRAG_BYTES];
    uint32_t n = ice->remote_ufrag_bytes;
    memcpy(username, ice->remote_text, n); /* 7.2.2 */
    username[n++] = ':';
    memcpy(username + n, ice->ufrag, sizeof ice->ufrag);
    n += (uint32_t)sizeof ice->ufrag;
    struct relo_stun_writer s =
        relo_stun_open(w, RELO_STUN_BINDING, RELO_STUN_REQUEST, transaction);
    relo_stun_write(&s, RELO_STUN_USERNAME, (struct relo_view){username, n});
    /* 7.1.1: the priority the candidate would have that this check might discover. */
    relo_stun_write_u32(&s, RELO_STUN_PRIORITY, relo_ice_priority(RELO_ICE_PRFLX, preference));
    /* 6940-6.5.1.9-1 */
    relo_stun_write_u64(&s, ice->controlling ? RELO_STUN_ICE_CONTROLLING : RELO_STUN_ICE_CONTROLLED,
                        ice->tie_breaker);
    if (use_candidate && ice->controlling)
        relo_stun_write(&s, RELO_STUN_USE_CANDIDATE, (struct relo_view){NULL, 0});
    relo_stun_write_integrity(&s, relo_ice_remote_password(ice));
    relo_stun_write_fingerprint(&s);
}

/* --- requests, 7.3 ------------------------------------------------------------------------- */

static void answer(struct relo_ice *ice, int base, const struct relo_addr *remote,
                   const struct relo_stun *m, uint16_t error)
{
    if (ice->answer_count == RELO_ICE_ANSWERS_MAX)
        return; /* it will ask again */
    struct relo_ice_answer *a = relo_pool_zalloc(&ice->env->shard->pool, sizeof *a);
    bool trimmed = ice->local_count == 0;
    a->local = trimmed ? ice->path.local : ice->local[base].addr;
    a->relayed = trimmed ? ice->path.relayed : ice->local[base].type == RELO_ICE_RELAY;
    a->remote = *remote;
    a->error = error;
    a->sha256 = m->has & RELO_STUN_HAS_INTEGRITY_SHA256;
    if (error == 420) {
        a->unknown_count = m->unknown_count;
        memcpy(a->unknown, m->unknown, sizeof a->unknown);
    }
    memcpy(a->transaction, m->transaction, sizeof a->transaction);
    *ice->answer_last = a;
    ice->answer_last = &a->next;
    ice->answer_count++;
}

static void switch_role(struct relo_ice *ice)
{
    ice->controlling = !ice->controlling;
    ice->nominating = false;
    for (int i = 0; i < ice->pair_count; i++) {
        ice->pair[i].use_candidate = false;
        ice->pair[i].nominated = false;
        ice->pair[i].again = false; /* another role is another message */
    }
    relo_ice_checklist_sort(ice);
}

/* 7.3.1.1. False: the other side is told to switch. */
static bool settle_roles(struct relo_ice *ice, const struct relo_stun *m)
{
    bool conflict =
        m->has & (ice->controlling ? RELO_STUN_HAS_CONTROLLING : RELO_STUN_HAS_CONTROLLED);
    if (!conflict || ice->state >= RELO_ICE_COMPLETED)
        return true;
    bool larger = ice->tie_breaker >= m->tie_breaker;
    if (larger == ice->controlling)
        return false;
    switch_role(ice);
    return true;
}

static void remember_early(struct relo_ice *ice, int base, const struct relo_addr *remote,
                           uint32_t priority, bool use_candidate)
{
    for (int i = 0; i < ice->early_count; i++)
        if (ice->early[i].base == base && relo_addr_equal(&ice->early[i].remote, remote)) {
            ice->early[i].use_candidate |= use_candidate;
            return;
        }
    if (ice->early_count == RELO_ICE_EARLY_MAX)
        return;
    if (!ice->early)
        ice->early =
            relo_pool_alloc(&ice->env->shard->pool, RELO_ICE_EARLY_MAX * sizeof *ice->early);
    ice->early[ice->early_count++] =
        (struct relo_ice_early){*remote, priority, (uint8_t)base, use_candidate};
}

void relo_ice_check_request(struct relo_ice *ice, int base, const struct relo_addr *remote,
                            const struct relo_stun *m)
{
    bool use_candidate = m->has & RELO_STUN_HAS_USE_CANDIDATE;
    if (m->unknown_count) {
        answer(ice, base, remote, m, 420);
        return;
    }
    if (!settle_roles(ice, m)) {
        answer(ice, base, remote, m, 487);
        return;
    }
    answer(ice, base, remote, m, 0);
    if (ice->state <= RELO_ICE_GATHERED)
        remember_early(ice, base, remote, m->priority, use_candidate);
    else if (ice->state != RELO_ICE_FAILED && ice->local_count)
        relo_ice_check_process(ice, base, remote, m->priority, use_candidate);
}

/* Two NATs whose mappings depend on the destination, and whose filters do not, make a new candidate
   of each check, which makes the other side check from a new mapping, and so on: neither the list
   nor the pace may be spent on that, or a relayed path has no place. */
static bool too_many(const struct relo_ice *ice, int base, const struct relo_addr *addr)
{
    uint32_t n = 0;
    for (int i = 0; i < ice->pair_count; i++) {
        const struct relo_ice_candidate *c = &ice->remote[ice->pair[i].remote];
        n += ice->pair[i].local == base && c->type == RELO_ICE_PRFLX &&
             memcmp(c->addr.ip, addr->ip, sizeof addr->ip) == 0;
    }
    return n >= PRFLX_MAX;
}

/* 7.3.1.3: a source not signalled is a peer-reflexive candidate. */
static int remote_of(struct relo_ice *ice, int base, const struct relo_addr *addr,
                     uint32_t priority)
{
    for (int i = 0; i < ice->remote_count; i++)
        if (relo_addr_equal(&ice->remote[i].addr, addr))
            return i;
    if (too_many(ice, base, addr))
        return -1;
    struct relo_ice_candidate c = {.addr = *addr, .priority = priority, .type = RELO_ICE_PRFLX};
    /* Different from every other's: the port is what usually differs. */
    c.foundation = (uint32_t)relo_hash(addr->ip, sizeof addr->ip, addr->port);
    return relo_ice_add_remote(ice, &c);
}

void relo_ice_check_process(struct relo_ice *ice, int base, const struct relo_addr *remote,
                            uint32_t priority, bool use_candidate)
{
    bool nominates = use_candidate && !ice->controlling;
    int other = remote_of(ice, base, remote, priority);
    if (other < 0)
        return;
    int at = relo_ice_checklist_find(ice, base, other);
    if (ice->state == RELO_ICE_COMPLETED && !nominates)
        return; /* answered; nothing is left to find out */
    if (at < 0)
        at = relo_ice_checklist_add(ice, base, other);
    if (at < 0)
        return;
    struct relo_ice_pair *p = &ice->pair[at];
    if (p->use_candidate && p->valid)
        return; /* it works and is being nominated: its retransmissions will do */
    if (p->state != RELO_ICE_PAIR_SUCCEEDED) { /* 7.3.1.4 */
        relo_ice_checklist_trigger(ice, at);
        p->nominated |= nominates; /* 7.3.1.5 */
    } else if (nominates) {
        relo_ice_conclude_select(ice, p);
    }
}

/* --- responses, 7.2.5 ---------------------------------------------------------------------- */

static int find_transaction(const struct relo_ice *ice, const uint8_t *transaction)
{
    for (int i = 0; i < ice->pair_count; i++) {
        const struct relo_ice_pair *p = &ice->pair[i];
        if ((p->state == RELO_ICE_PAIR_IN_PROGRESS || p->again) &&
            memcmp(p->transaction, transaction, sizeof p->transaction) == 0)
            return i;
    }
    return -1;
}

/* 7.2.5.3.1 and 7.2.5.3.2: the local candidate of the valid pair, perhaps a new one. */
static int mapped_candidate(struct relo_ice *ice, int base, const struct relo_addr *mapped)
{
    for (int i = 0; i < ice->local_count; i++)
        if (relo_addr_equal(&ice->local[i].addr, mapped) &&
            relo_addr_equal(&ice->local[i].base, &ice->local[base].addr))
            return i;
    struct relo_ice_candidate c = {.addr = *mapped,
                                   .base = ice->local[base].addr,
                                   .preference = ice->local[base].preference,
                                   .type = RELO_ICE_PRFLX};
    c.priority = relo_ice_priority(RELO_ICE_PRFLX, c.preference);
    c.foundation = relo_ice_foundation(RELO_ICE_PRFLX, &c.base, NULL);
    int added = relo_ice_add_local(ice, &c);
    return added < 0 ? base : added;
}

static void fail(struct relo_ice *ice, struct relo_ice_pair *p)
{
    p->state = RELO_ICE_PAIR_FAILED;
    p->due = RELO_NEVER;
    p->triggered = 0;
    p->again = false;
    if (p->use_candidate) { /* 8.1.1: another may be nominated */
        p->use_candidate = false;
        p->valid = false;
        ice->nominating = false;
    }
}

static void role_conflict(struct relo_ice *ice, int at)
{
    struct relo_ice_pair p = ice->pair[at];
    ice->pair[at].state = RELO_ICE_PAIR_WAITING;
    ice->pair[at].again = false;
    if (p.sent_controlling == ice->controlling && ice->state == RELO_ICE_CHECKING) {
        switch_role(ice);
        ice->tie_breaker = ice->env->suite->random(ice->env);
    }
    relo_ice_checklist_trigger(ice, relo_ice_checklist_find(ice, p.local, p.remote));
}

static void succeed(struct relo_ice *ice, int at, const struct relo_stun *m)
{
    struct relo_ice_pair *p = &ice->pair[at];
    if (p->transmissions == 1)
        p->rtt = ice->env->now - p->sent_at;
    p->valid_local = (uint8_t)mapped_candidate(ice, p->local, &m->mapped);
    p->state = RELO_ICE_PAIR_SUCCEEDED;
    p->due = RELO_NEVER;
    p->triggered = 0;
    p->valid = true;
    p->again = false;
    if (ice->first_valid == RELO_NEVER)
        ice->first_valid = ice->env->now;
    relo_ice_checklist_unfreeze(ice, p->foundation);
    if ((p->use_candidate && ice->controlling) || (p->nominated && !ice->controlling))
        relo_ice_conclude_select(ice, p);
}

/* 8489 9.1.4: an answer without good integrity is as if it had not come, and so is one with another
   algorithm than the request's, which was SHA-1. */
bool relo_ice_check_credible(struct relo_ice *ice, const struct relo_stun *m)
{
    if (!(m->has & RELO_STUN_HAS_INTEGRITY_SHA256) &&
        relo_stun_integrity_good(m, relo_ice_remote_password(ice)))
        return true;
    relo_count(ice->env, RELO_COUNT_drop_stun_integrity);
    return false;
}

bool relo_ice_check_response(struct relo_ice *ice, const struct relo_addr *local,
                             const struct relo_addr *remote, const struct relo_stun *m)
{
    int at = find_transaction(ice, m->transaction);
    if (at < 0)
        return false;
    struct relo_ice_pair *p = &ice->pair[at];
    if (!relo_ice_check_credible(ice, m))
        return true;
    bool symmetric = relo_addr_equal(&ice->local[p->local].addr, local) &&
                     relo_addr_equal(&ice->remote[p->remote].addr, remote);
    if (!symmetric) /* 7.2.5.2.1 */
        relo_count(ice->env, RELO_COUNT_drop_stun_address);
    if (m->stun_class == RELO_STUN_ERROR && m->error == 487)
        role_conflict(ice, at);
    else if (m->stun_class == RELO_STUN_ERROR || !symmetric || m->unknown_count ||
             !(m->has & RELO_STUN_HAS_MAPPED))
        fail(ice, p); /* 7.2.5.2 */
    else
        succeed(ice, at, m);
    return true;
}
