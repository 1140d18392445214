/* SPDX-License-Identifier: BSD-2-Clause */
/* The agent's own state, shared by the files of core/ice and nobody else. */
#ifndef RELO_ICE_INTERNAL_H
#define RELO_ICE_INTERNAL_H

#include "core/ice/agent.h"

#define RELO_ICE_LOCAL_MAX 32 /* candidates, learned ones included */
#define RELO_ICE_REMOTE_MAX 40
#define RELO_ICE_SIGNALLED_MAX 24
#define RELO_ICE_PAIRS_MAX 100 /* RFC 8445 section 6.1.2.5 */
#define RELO_ICE_EARLY_MAX 16
#define RELO_ICE_ANSWERS_MAX 32

/* A question to a STUN server: RFC 8445 section 5.1.1.2. */
struct relo_ice_gather {
    struct relo_addr server;
    relo_time due; /* next transmission, or its end; 0: not begun */
    relo_time rto;
    uint8_t base; /* candidate */
    uint8_t transmissions;
    bool done, answered;
    uint8_t transaction[RELO_STUN_TRANSACTION_BYTES];
};

/* A check that came before the other side's credentials (7.3). */
struct relo_ice_early {
    struct relo_addr remote;
    uint32_t priority;
    uint8_t base;
    bool use_candidate;
};

/* An answer to be written by output. */
struct relo_ice_answer {
    struct relo_ice_answer *next;
    struct relo_addr local, remote;
    uint16_t error; /* 0: success */
    uint8_t unknown_count;
    bool relayed;
    bool sha256; /* the request had MESSAGE-INTEGRITY-SHA256, and so has the answer (8489 9.1.3) */
    uint16_t unknown[RELO_STUN_UNKNOWN_MAX];
    uint8_t transaction[RELO_STUN_TRANSACTION_BYTES];
};

/* RFC 7675, and the path it is for. */
struct relo_ice_consent {
    relo_time next, expires;
    uint8_t transaction[RELO_STUN_TRANSACTION_BYTES];
};

struct relo_ice {
    struct relo_env *env;
    uint64_t tie_breaker;
    relo_time pace, rto, gather_until, nomination_wait, relay_wait, patience;
    relo_time next_slot; /* Ta: no new transaction before */
    relo_time started;
    relo_time first_valid; /* RELO_NEVER: there is no valid pair */
    uint8_t state;         /* enum relo_ice_state */
    uint8_t transmissions;
    bool controlling, wants_consent, nominating;
    uint8_t local_count, local_size, remote_count, remote_size;
    uint8_t pair_count, pair_size, gather_count, early_count, answer_count, relays;
    uint16_t remote_ufrag_bytes, remote_password_bytes;
    uint32_t triggered;   /* numbers the triggered-check queue */
    uint8_t *remote_text; /* ufrag, then password; pool */
    struct relo_ice_candidate *local, *remote;
    struct relo_ice_pair *pair; /* descending by priority */
    struct relo_ice_gather *gather;
    struct relo_ice_early *early;
    struct relo_ice_answer *answer, **answer_last;
    struct relo_ice_path path;
    struct relo_ice_consent consent;
    uint8_t ufrag[RELO_ICE_UFRAG_BYTES], password[RELO_ICE_PASSWORD_BYTES];
};
_Static_assert(sizeof(struct relo_ice) <= 512, "an agent is some hundred bytes");

/* agent.c */
void relo_ice_draw(struct relo_env *env, uint8_t *bytes, uint32_t n);
/* Index of the local candidate that is a base with this address; -1: none. */
int relo_ice_find_base(const struct relo_ice *ice, const struct relo_addr *addr);
/* Index, or -1 where there is no room. */
int relo_ice_add_local(struct relo_ice *ice, const struct relo_ice_candidate *candidate);
int relo_ice_add_remote(struct relo_ice *ice, const struct relo_ice_candidate *candidate);
void relo_ice_become(struct relo_ice *ice, enum relo_ice_state next);

/* checklist.c: RFC 8445 section 6.1 */
void relo_ice_checklist_form(struct relo_ice *ice);
/* The pair of a base and a remote candidate, -1 if there is none; add makes it Waiting, or returns
   -1 where the list is full of better ones. */
int relo_ice_checklist_find(const struct relo_ice *ice, int local, int remote);
int relo_ice_checklist_add(struct relo_ice *ice, int local, int remote);
void relo_ice_checklist_trigger(struct relo_ice *ice, int pair);
/* 7.2.5.3.3: what shares the foundation of a success may be checked. */
void relo_ice_checklist_unfreeze(struct relo_ice *ice, uint64_t foundation);
/* The next pair to check, 6.1.4.2; -1: none. */
int relo_ice_checklist_next(struct relo_ice *ice);
bool relo_ice_checklist_has_next(const struct relo_ice *ice);
/* After a change of role: priorities anew. */
void relo_ice_checklist_sort(struct relo_ice *ice);
/* Max(RTO, Ta * checks under way), 14.3. */
relo_time relo_ice_checklist_rto(const struct relo_ice *ice);

/* gather.c: 5.1.1 */
void relo_ice_gather_start(struct relo_ice *ice, const struct relo_ice_options *options);
bool relo_ice_gather_response(struct relo_ice *ice, const struct relo_addr *local,
                              const struct relo_addr *remote, const struct relo_stun *message);
bool relo_ice_gather_output(struct relo_ice *ice, struct relo_ice_datagram *d, struct relo_wr *w);
void relo_ice_gather_wake(struct relo_ice *ice);
relo_time relo_ice_gather_deadline(const struct relo_ice *ice);

/* check.c: section 7 */
void relo_ice_check_request(struct relo_ice *ice, int base, const struct relo_addr *remote,
                            const struct relo_stun *message);
void relo_ice_check_process(struct relo_ice *ice, int base, const struct relo_addr *remote,
                            uint32_t priority, bool use_candidate);
bool relo_ice_check_response(struct relo_ice *ice, const struct relo_addr *local,
                             const struct relo_addr *remote, const struct relo_stun *message);
/* Whether an answer to a check is protected as it must be; if not it is counted, to be ignored. */
bool relo_ice_check_credible(struct relo_ice *ice, const struct relo_stun *message);
/* Writes a Binding request as for a check on the path from `base` to `remote`. */
void relo_ice_check_write(struct relo_ice *ice, struct relo_wr *w, const uint8_t *transaction,
                          uint16_t preference, bool use_candidate);

/* conclude.c: section 8 */
void relo_ice_conclude_select(struct relo_ice *ice, const struct relo_ice_pair *pair);
void relo_ice_conclude_wake(struct relo_ice *ice);
relo_time relo_ice_conclude_deadline(const struct relo_ice *ice);

/* consent.c: RFC 7675 */
void relo_ice_consent_start(struct relo_ice *ice);
bool relo_ice_consent_response(struct relo_ice *ice, const struct relo_addr *local,
                               const struct relo_addr *remote, const struct relo_stun *message);
bool relo_ice_consent_output(struct relo_ice *ice, struct relo_ice_datagram *d, struct relo_wr *w);

static inline struct relo_view relo_ice_remote_password(const struct relo_ice *ice)
{
    return (struct relo_view){ice->remote_text + ice->remote_ufrag_bytes,
                              ice->remote_password_bytes};
}

#endif
