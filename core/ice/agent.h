/* SPDX-License-Identifier: BSD-2-Clause */
/* One ICE agent: RFC 8445 with the profile of RFC 6940 section 6.5.1.3 to 6.5.1.14 (one stream, one
   component, one offer and answer, no lite, no restart), and consent after RFC 7675.

   Protocol of use: new; output until it returns false (after every input); when the state is
   GATHERED, signal candidate(), ufrag and password in an Attach; start with what the other side
   signalled; feed receive; when the state is COMPLETED, selected() is the path; trim, and free when
   the link is up. The deadline is when output must be called next. Nothing is called back. Checks
   that come before start are answered and remembered. A Binding request without USERNAME is no
   agent's: the node answers it as a STUN server, with relo_stun_write_binding_answer. */
#ifndef RELO_ICE_AGENT_H
#define RELO_ICE_AGENT_H

#include "core/base/env.h"
#include "core/ice/candidate.h"
#include "core/ice/pair.h"
#include "core/ice/stun.h"

#define RELO_ICE_UFRAG_BYTES 8
#define RELO_ICE_PASSWORD_BYTES 24

enum relo_ice_state {
    RELO_ICE_GATHERING, /* asks STUN servers, or waits for relayed candidates */
    RELO_ICE_GATHERED,  /* candidates are final; start has not been called */
    RELO_ICE_CHECKING,
    RELO_ICE_COMPLETED, /* a pair is selected */
    RELO_ICE_FAILED     /* no pair works, or consent was lost */
};

/* Zero takes the default. All addresses are copied. */
struct relo_ice_options {
    const struct relo_addr *local; /* bases, the best first; at most 8 */
    uint32_t local_count;
    const struct relo_addr *server; /* STUN servers; at most 8 */
    uint32_t server_count;
    uint32_t relays;           /* how many calls of relayed() to wait for */
    bool controlling;          /* the sender of the AttachReq (6940 6.5.1.9) */
    bool consent;              /* RFC 7675; not in RFC 6940 */
    uint8_t transmissions;     /* Rc, 7 (8489 6.2.1) */
    relo_time pace;            /* Ta, 50 ms (14.2) */
    relo_time rto;             /* of checks and gathering, 500 ms (14.3) */
    relo_time gather_limit;    /* 8 s: then the candidates are what they are */
    relo_time nomination_wait; /* 100 ms after the first valid pair, for better ones */
    relo_time relay_wait;      /* 1 s: the same where the best valid pair is relayed */
    relo_time patience;        /* 39.5 s: no failure earlier (RFC 8863) */
};

/* The path, once COMPLETED. */
struct relo_ice_path {
    struct relo_addr local, remote;  /* send from `local` (a base) to `remote` */
    relo_time rtt;                   /* of a check; 0: not measured */
    uint64_t priority;               /* of its pair */
    uint8_t local_type, remote_type; /* enum relo_ice_type */
    bool relayed; /* `local` is a relayed address: send through the TURN server */
};

/* What output gives: the bytes are in the writer. */
struct relo_ice_datagram {
    struct relo_addr local, remote;
    bool relayed;
};

struct relo_ice; /* core/ice/internal.h; some hundred bytes and lists in the pool */

/* Owned by the caller until relo_ice_free. */
struct relo_ice *relo_ice_new(struct relo_env *env, const struct relo_ice_options *options);
void relo_ice_free(struct relo_ice *ice); /* NULL is legal */

/* A relayed candidate, or NULL where the TURN server gave none; `related` is the mapped address. */
void relo_ice_relayed(struct relo_ice *ice, const struct relo_addr *relayed,
                      const struct relo_addr *related);

/* Whether it gathers and calls of relayed() are due. */
bool relo_ice_waits_relayed(const struct relo_ice *ice);

/* Whether either side has a relayed candidate. Not after trim. */
bool relo_ice_has_relay(const struct relo_ice *ice);

enum relo_ice_state relo_ice_state(const struct relo_ice *ice);
bool relo_ice_is_controlling(const struct relo_ice *ice);
/* Local candidates to signal, in descending priority; NULL past the last. */
const struct relo_ice_candidate *relo_ice_candidate(const struct relo_ice *ice, uint32_t i);
struct relo_view relo_ice_ufrag(const struct relo_ice *ice);
struct relo_view relo_ice_password(const struct relo_ice *ice);

/* The other side's credentials and candidates (copied). Once only; false: ufrag or password is not
   as RFC 8445 5.3 wants (4 and 22 characters at least). Candidates beyond 24 are ignored. */
bool relo_ice_start(struct relo_ice *ice, struct relo_view ufrag, struct relo_view password,
                    const struct relo_ice_candidate *remote, uint32_t count);

/* One STUN message that came to `local` (a base or relayed address). False: it is not this agent's.
 */
bool relo_ice_receive(struct relo_ice *ice, const struct relo_addr *local,
                      const struct relo_addr *remote, const struct relo_stun *message);
/* Whether it waits for this answer of a STUN server. */
bool relo_ice_asks(const struct relo_ice *ice, const struct relo_addr *local,
                   const struct relo_addr *remote, const uint8_t *transaction);
/* The i'th server that was asked in vain for seconds; NULL past the last. While GATHERED. */
const struct relo_addr *relo_ice_silent(const struct relo_ice *ice, uint32_t i);
/* What time alone changes; output does it too. */
void relo_ice_wake(struct relo_ice *ice);
/* Writes the next datagram due at env->now; false: none is. At most 512 bytes. */
bool relo_ice_output(struct relo_ice *ice, struct relo_ice_datagram *datagram, struct relo_wr *w);
relo_time relo_ice_deadline(const struct relo_ice *ice);

/* Valid in COMPLETED. An aggressive peer (RFC 5245) may still move it up, until trim. */
const struct relo_ice_path *relo_ice_selected(const struct relo_ice *ice);
/* The candidate types of the pair with these addresses, [0] ours; false: there is none. */
bool relo_ice_types(const struct relo_ice *ice, const struct relo_addr *local,
                    const struct relo_addr *remote, uint8_t types[2]);
/* Frees all candidates and pairs (6940 6.5.1.10.2). The agent still answers checks, for the other
   side may have missed an answer, and keeps consent. */
void relo_ice_trim(struct relo_ice *ice);

/* A keepalive: a Binding indication with FINGERPRINT (RFC 8445 section 11, 6940 6.5.1.10.3). */
void relo_ice_write_keepalive(struct relo_env *env, const struct relo_addr *remote,
                              struct relo_wr *w);
/* One of transaction id 0, for drivers that send them by themselves. */
#define RELO_ICE_KEEPALIVE_BYTES 28
extern const uint8_t relo_ice_keepalive[RELO_ICE_KEEPALIVE_BYTES];

/* Counts for tests and traces. */
uint32_t relo_ice_pair_count(const struct relo_ice *ice);
const struct relo_ice_pair *relo_ice_pair_at(const struct relo_ice *ice, uint32_t i);

#endif
