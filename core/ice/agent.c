/* SPDX-License-Identifier: BSD-2-Clause */
/* An agent's life: RFC 8445 sections 5 to 8 as RFC 6940 6.5.1 wants them. The sections' work is
   done in gather.c, checklist.c, check.c, conclude.c and consent.c. */
#include "core/ice/internal.h"

#include "core/base/check.h"
#include "core/security/suite.h"

#include <string.h>

#define OR(value, otherwise) ((value) ? (value) : (otherwise))

static struct relo_pool *pool_of(const struct relo_ice *ice)
{
    return &ice->env->shard->pool;
}

void relo_ice_draw(struct relo_env *env, uint8_t *bytes, uint32_t n)
{
    uint64_t bits = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (i % 8 == 0)
            bits = env->suite->random(env);
        bytes[i] = (uint8_t)(bits >> (8 * (i % 8)));
    }
}

/* 8445 5.3: ice-chars, 24 bits of randomness in the ufrag and 128 in the password at least. */
static void draw_text(struct relo_env *env, uint8_t *text, uint32_t n)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    relo_ice_draw(env, text, n);
    for (uint32_t i = 0; i < n; i++)
        text[i] = (uint8_t)alphabet[text[i] & 63];
}

static int add(struct relo_ice *ice, struct relo_ice_candidate **list, uint8_t *count,
               uint8_t *size, uint8_t max, const struct relo_ice_candidate *candidate)
{
    size_t each = sizeof **list;
    if (*count == max)
        return -1;
    if (*count == *size) {
        uint8_t bigger = *size ? (uint8_t)(*size * 2) : 4;
        *list = relo_pool_resize(pool_of(ice), *list, *size * each, bigger * each, *count * each);
        *size = bigger;
    }
    (*list)[*count] = *candidate;
    return (*count)++;
}

int relo_ice_add_local(struct relo_ice *ice, const struct relo_ice_candidate *candidate)
{
    return add(ice, &ice->local, &ice->local_count, &ice->local_size, RELO_ICE_LOCAL_MAX,
               candidate);
}

int relo_ice_add_remote(struct relo_ice *ice, const struct relo_ice_candidate *candidate)
{
    return add(ice, &ice->remote, &ice->remote_count, &ice->remote_size, RELO_ICE_REMOTE_MAX,
               candidate);
}

int relo_ice_find_base(const struct relo_ice *ice, const struct relo_addr *addr)
{
    for (int i = 0; i < ice->local_count; i++)
        if ((ice->local[i].type == RELO_ICE_HOST || ice->local[i].type == RELO_ICE_RELAY) &&
            relo_addr_equal(&ice->local[i].addr, addr))
            return i;
    return -1;
}

void relo_ice_become(struct relo_ice *ice, enum relo_ice_state next)
{
    RELO_CHECK(next > ice->state); /* never back */
    ice->state = (uint8_t)next;
}

struct relo_ice *relo_ice_new(struct relo_env *env, const struct relo_ice_options *options)
{
    struct relo_ice *ice = relo_pool_zalloc(&env->shard->pool, sizeof *ice);
    ice->env = env;
    ice->controlling = options->controlling;
    ice->wants_consent = options->consent;
    ice->relays = (uint8_t)options->relays;
    ice->pace = OR(options->pace, 50 * RELO_MS);
    ice->rto = OR(options->rto, 500 * RELO_MS);
    ice->nomination_wait = OR(options->nomination_wait, 100 * RELO_MS);
    ice->relay_wait = OR(options->relay_wait, 1 * RELO_S);
    ice->patience = OR(options->patience, 39500 * RELO_MS);
    ice->transmissions = OR(options->transmissions, 7);
    ice->gather_until = env->now + OR(options->gather_limit, 8 * RELO_S);
    ice->next_slot = env->now;
    ice->first_valid = RELO_NEVER;
    ice->answer_last = &ice->answer;
    ice->tie_breaker = env->suite->random(env);
    draw_text(env, ice->ufrag, sizeof ice->ufrag);
    draw_text(env, ice->password, sizeof ice->password);
    for (uint32_t i = 0; i < options->local_count && i < 8; i++) {
        struct relo_ice_candidate host = {.addr = options->local[i],
                                          .base = options->local[i],
                                          .preference = (uint16_t)(65535 - i),
                                          .type = RELO_ICE_HOST};
        host.priority = relo_ice_priority(RELO_ICE_HOST, host.preference);
        host.foundation = relo_ice_foundation(RELO_ICE_HOST, &host.base, NULL);
        relo_ice_add_local(ice, &host);
    }
    relo_ice_gather_start(ice, options);
    return ice;
}

static void end_gathering(struct relo_ice *ice)
{
    relo_pool_free(pool_of(ice), ice->gather, ice->gather_count * sizeof *ice->gather);
    ice->gather = NULL;
    ice->gather_count = 0;
}

static void free_early(struct relo_ice *ice)
{
    relo_pool_free(pool_of(ice), ice->early, RELO_ICE_EARLY_MAX * sizeof *ice->early);
    ice->early = NULL;
    ice->early_count = 0;
}

void relo_ice_trim(struct relo_ice *ice)
{
    struct relo_pool *pool = pool_of(ice);
    RELO_CHECK(ice->state >= RELO_ICE_COMPLETED);
    relo_pool_free(pool, ice->local, ice->local_size * sizeof *ice->local);
    relo_pool_free(pool, ice->remote, ice->remote_size * sizeof *ice->remote);
    relo_pool_free(pool, ice->pair, ice->pair_size * sizeof *ice->pair);
    ice->local = ice->remote = NULL;
    ice->pair = NULL;
    ice->local_count = ice->local_size = ice->remote_count = ice->remote_size = 0;
    ice->pair_count = ice->pair_size = 0;
}

void relo_ice_free(struct relo_ice *ice)
{
    if (!ice)
        return;
    struct relo_pool *pool = pool_of(ice);
    end_gathering(ice);
    free_early(ice);
    while (ice->answer) {
        struct relo_ice_answer *answer = ice->answer;
        ice->answer = answer->next;
        relo_pool_free(pool, answer, sizeof *answer);
    }
    ice->state = RELO_ICE_FAILED;
    relo_ice_trim(ice);
    relo_pool_free(pool, ice->remote_text,
                   (size_t)ice->remote_ufrag_bytes + ice->remote_password_bytes);
    relo_pool_free(pool, ice, sizeof *ice);
}

void relo_ice_relayed(struct relo_ice *ice, const struct relo_addr *relayed,
                      const struct relo_addr *related)
{
    if (ice->state != RELO_ICE_GATHERING || ice->relays == 0)
        return; /* too late */
    ice->relays--;
    if (relayed) {
        struct relo_ice_candidate c = {.addr = *relayed,
                                       .base = *relayed, /* 5.1.1.2 */
                                       .related = *related,
                                       .preference = (uint16_t)(65535 - ice->local_count),
                                       .type = RELO_ICE_RELAY};
        c.priority = relo_ice_priority(RELO_ICE_RELAY, c.preference);
        c.foundation = relo_ice_foundation(RELO_ICE_RELAY, relayed, NULL);
        relo_ice_add_local(ice, &c);
    }
    relo_ice_gather_wake(ice);
}

bool relo_ice_waits_relayed(const struct relo_ice *ice)
{
    return ice->state == RELO_ICE_GATHERING && ice->relays;
}

bool relo_ice_has_relay(const struct relo_ice *ice)
{
    for (int i = 0; i < ice->local_count; i++)
        if (ice->local[i].type == RELO_ICE_RELAY)
            return true;
    for (int i = 0; i < ice->remote_count; i++)
        if (ice->remote[i].type == RELO_ICE_RELAY)
            return true;
    return false;
}

enum relo_ice_state relo_ice_state(const struct relo_ice *ice)
{
    return (enum relo_ice_state)ice->state;
}

bool relo_ice_is_controlling(const struct relo_ice *ice)
{
    return ice->controlling;
}

const struct relo_ice_candidate *relo_ice_candidate(const struct relo_ice *ice, uint32_t i)
{
    for (int at = 0; at < ice->local_count; at++) {
        const struct relo_ice_candidate *c = &ice->local[at];
        uint32_t rank = 0; /* how many come before it */
        for (int j = 0; j < ice->local_count; j++)
            rank += ice->local[j].type != RELO_ICE_PRFLX &&
                    (ice->local[j].priority > c->priority ||
                     (ice->local[j].priority == c->priority && j < at));
        if (c->type != RELO_ICE_PRFLX && rank == i)
            return c;
    }
    return NULL;
}

struct relo_view relo_ice_ufrag(const struct relo_ice *ice)
{
    return (struct relo_view){ice->ufrag, sizeof ice->ufrag};
}

struct relo_view relo_ice_password(const struct relo_ice *ice)
{
    return (struct relo_view){ice->password, sizeof ice->password};
}

bool relo_ice_start(struct relo_ice *ice, struct relo_view ufrag, struct relo_view password,
                    const struct relo_ice_candidate *remote, uint32_t count)
{
    RELO_CHECK(ice->state <= RELO_ICE_GATHERED);
    if (ufrag.n < 4 || ufrag.n > 256 || password.n < 22 || password.n > 256)
        return false;
    end_gathering(ice);
    ice->remote_text = relo_pool_alloc(pool_of(ice), ufrag.n + password.n);
    memcpy(ice->remote_text, ufrag.p, ufrag.n);
    memcpy(ice->remote_text + ufrag.n, password.p, password.n);
    ice->remote_ufrag_bytes = (uint16_t)ufrag.n;
    ice->remote_password_bytes = (uint16_t)password.n;
    for (uint32_t i = 0; i < count && ice->remote_count < RELO_ICE_SIGNALLED_MAX; i++) {
        bool known = false;
        for (int j = 0; j < ice->remote_count; j++)
            known = known || relo_addr_equal(&ice->remote[j].addr, &remote[i].addr);
        if (!known)
            relo_ice_add_remote(ice, &remote[i]);
    }
    relo_ice_become(ice, RELO_ICE_CHECKING);
    ice->started = ice->env->now;
    relo_ice_checklist_form(ice);
    for (int i = 0; i < ice->early_count; i++) {
        struct relo_ice_early early = ice->early[i];
        relo_ice_check_process(ice, early.base, &early.remote, early.priority, early.use_candidate);
    }
    free_early(ice);
    return true;
}

/* USERNAME is "<ours>:<theirs>" (7.2.2), seen from the asker: our ufrag comes first. */
static bool names_us(const struct relo_ice *ice, const struct relo_stun *m)
{
    uint32_t n = sizeof ice->ufrag;
    return m->has & RELO_STUN_HAS_USERNAME && m->username.n > n && m->username.p[n] == ':' &&
           memcmp(m->username.p, ice->ufrag, n) == 0;
}

bool relo_ice_receive(struct relo_ice *ice, const struct relo_addr *local,
                      const struct relo_addr *remote, const struct relo_stun *message)
{
    if (message->method != RELO_STUN_BINDING)
        return false;
    switch ((enum relo_stun_class)message->stun_class) {
    case RELO_STUN_INDICATION:
        return false;
    case RELO_STUN_SUCCESS:
    case RELO_STUN_ERROR:
        return relo_ice_gather_response(ice, local, remote, message) ||
               relo_ice_check_response(ice, local, remote, message) ||
               relo_ice_consent_response(ice, local, remote, message);
    case RELO_STUN_REQUEST:
        break;
    }
    if (!names_us(ice, message))
        return false;
    int base = relo_ice_find_base(ice, local);
    if (base < 0 && ice->local_count == 0 && relo_addr_equal(local, &ice->path.local))
        base = 0; /* trimmed */
    /* 7.3: FINGERPRINT and a good MESSAGE-INTEGRITY, or it is dropped: an answer to a forged
       request would only reflect it. */
    if (base < 0 || !(message->has & RELO_STUN_HAS_FINGERPRINT) ||
        !relo_stun_integrity_good(message, relo_ice_password(ice))) {
        relo_count(ice->env, RELO_COUNT_drop_stun_integrity);
        return true;
    }
    relo_ice_check_request(ice, base, remote, message);
    return true;
}

static bool write_answer(struct relo_ice *ice, struct relo_ice_datagram *d, struct relo_wr *w)
{
    struct relo_ice_answer *a = ice->answer;
    if (!a)
        return false;
    struct relo_stun_writer s = relo_stun_open(
        w, RELO_STUN_BINDING, a->error ? RELO_STUN_ERROR : RELO_STUN_SUCCESS, a->transaction);
    if (a->error == 487)
        relo_stun_write_error(&s, 487, "Role Conflict");
    else if (a->error)
        relo_stun_write_error(&s, a->error, "Unknown Attribute");
    if (a->unknown_count)
        relo_stun_write_unknown(&s, a->unknown, a->unknown_count);
    if (!a->error)
        relo_stun_write_address(&s, RELO_STUN_XOR_MAPPED_ADDRESS, &a->remote);
    if (a->sha256)
        relo_stun_write_integrity_sha256(&s, relo_ice_password(ice));
    else
        relo_stun_write_integrity(&s, relo_ice_password(ice));
    relo_stun_write_fingerprint(&s);
    *d = (struct relo_ice_datagram){a->local, a->remote, a->relayed};
    ice->answer = a->next;
    if (!ice->answer)
        ice->answer_last = &ice->answer;
    ice->answer_count--;
    relo_pool_free(pool_of(ice), a, sizeof *a);
    return true;
}

static void send_check(struct relo_ice *ice, struct relo_ice_pair *p, struct relo_ice_datagram *d,
                       struct relo_wr *w)
{
    const struct relo_ice_candidate *base = &ice->local[p->local];
    bool last = ++p->transmissions >= ice->transmissions;
    p->due = ice->env->now +
             (last ? 16 * p->rto : p->rto << (p->transmissions - 1)); /* Rm, 8489 6.2.1 */
    relo_ice_check_write(ice, w, p->transaction, base->preference, p->use_candidate);
    *d = (struct relo_ice_datagram){base->addr, ice->remote[p->remote].addr,
                                    base->type == RELO_ICE_RELAY};
}

static bool write_check(struct relo_ice *ice, struct relo_ice_datagram *d, struct relo_wr *w)
{
    relo_time now = ice->env->now;
    for (int i = 0; i < ice->pair_count; i++)
        if (ice->pair[i].state == RELO_ICE_PAIR_IN_PROGRESS && ice->pair[i].due <= now) {
            send_check(ice, &ice->pair[i], d, w);
            return true;
        }
    if (now < ice->next_slot)
        return false;
    int next = relo_ice_checklist_next(ice);
    if (next < 0)
        return false;
    struct relo_ice_pair *p = &ice->pair[next];
    p->rto = relo_ice_checklist_rto(ice);
    p->state = RELO_ICE_PAIR_IN_PROGRESS;
    p->triggered = 0;
    p->transmissions = p->again ? 1 : 0; /* a second transmission measures no RTT */
    if (!p->again) {
        p->sent_at = now;
        p->sent_controlling = ice->controlling;
        relo_ice_draw(ice->env, p->transaction, sizeof p->transaction);
    }
    p->again = false;
    send_check(ice, p, d, w);
    ice->next_slot = now + ice->pace; /* 6.1.4.2 */
    return true;
}

void relo_ice_wake(struct relo_ice *ice)
{
    relo_ice_gather_wake(ice);
    relo_ice_conclude_wake(ice);
}

bool relo_ice_output(struct relo_ice *ice, struct relo_ice_datagram *datagram, struct relo_wr *w)
{
    relo_ice_wake(ice);
    if (write_answer(ice, datagram, w) || relo_ice_gather_output(ice, datagram, w))
        return true;
    if ((ice->state == RELO_ICE_CHECKING || ice->state == RELO_ICE_COMPLETED) &&
        write_check(ice, datagram, w))
        return true;
    return relo_ice_consent_output(ice, datagram, w);
}

relo_time relo_ice_deadline(const struct relo_ice *ice)
{
    if (ice->answer)
        return ice->env->now;
    relo_time at = relo_time_min(relo_ice_gather_deadline(ice), relo_ice_conclude_deadline(ice));
    if (ice->state != RELO_ICE_CHECKING && ice->state != RELO_ICE_COMPLETED)
        return at;
    for (int i = 0; i < ice->pair_count; i++)
        if (ice->pair[i].state == RELO_ICE_PAIR_IN_PROGRESS)
            at = relo_time_min(at, ice->pair[i].due);
    if (relo_ice_checklist_has_next(ice))
        at = relo_time_min(at, ice->next_slot);
    if (ice->state == RELO_ICE_COMPLETED && ice->wants_consent)
        at = relo_time_min(at, relo_time_min(ice->consent.next, ice->consent.expires));
    return at;
}

const struct relo_ice_path *relo_ice_selected(const struct relo_ice *ice)
{
    return &ice->path;
}

bool relo_ice_types(const struct relo_ice *ice, const struct relo_addr *local,
                    const struct relo_addr *remote, uint8_t types[2])
{
    for (int i = 0; i < ice->pair_count; i++) {
        const struct relo_ice_pair *p = &ice->pair[i];
        if (!relo_addr_equal(&ice->local[p->local].addr, local) ||
            !relo_addr_equal(&ice->remote[p->remote].addr, remote))
            continue;
        types[0] = ice->local[p->valid ? p->valid_local : p->local].type;
        types[1] = ice->remote[p->remote].type;
        return true;
    }
    return false;
}

uint32_t relo_ice_pair_count(const struct relo_ice *ice)
{
    return ice->pair_count;
}

const struct relo_ice_pair *relo_ice_pair_at(const struct relo_ice *ice, uint32_t i)
{
    return &ice->pair[i];
}
