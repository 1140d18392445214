/* SPDX-License-Identifier: BSD-2-Clause */
/* One host that is malicious at times: its suite and what it remembers. Internal to sim/fault.

   What happens to a message is drawn from its transaction id, so that its fragments and copies meet
   the same fate. The state belongs to the host and changes in its own steps only. */
#ifndef SIM_FAULT_ATTACKER_H
#define SIM_FAULT_ATTACKER_H

#include "core/relo.h"
#include "core/security/suite.h"
#include "sim/scenario/params.h"

#include <glib.h>

#define SIM_ATTACKER_IDS 8
#define SIM_ATTACKER_HEADER 1024 /* of a message that is kept for a replay */
#define SIM_ATTACKER_FRAME 4096

enum sim_attack {
    SIM_ATTACK_DROP_REQUEST,
    SIM_ATTACK_DROP_ANSWER,
    SIM_ATTACK_MISROUTE,
    SIM_ATTACK_CLAIM,
    SIM_ATTACK_REPLAY,
    SIM_ATTACK_TAMPER,
    SIM_ATTACK_STALE,
    SIM_ATTACK_FLOOD,
    SIM_ATTACKS
};

struct sim_attacker {
    struct relo_suite suite; /* first: the core's env points here */
    const struct sim_params *params;
    uint32_t host, threshold_ppb;
    uint64_t count[SIM_ATTACKS];
    uint64_t floods; /* drawn so far */

    struct relo_id id[SIM_ATTACKER_IDS]; /* peers that messages came by, the latest ones */
    uint32_t ids;                        /* ever noted */

    struct relo_pool *pool; /* of kept.body */
    struct {
        uint32_t n; /* 0: nothing is kept */
        uint8_t bytes[SIM_ATTACKER_HEADER];
        struct relo_slice body; /* with a reference */
    } kept;                     /* an older request */

    GHashTable *stale; /* hash of the signer to an old StoredData (serve.c); never iterated */
    uint8_t frame[SIM_ATTACKER_FRAME]; /* what a rewritten frame views, for the step */
};

struct sim_attacker *sim_attacker_new(const struct sim_params *params, uint32_t host,
                                      uint32_t threshold_ppb);
void sim_attacker_free(struct sim_attacker *attacker); /* NULL is legal */

/* serve.c: own answers to Fetch, about to be signed, are tampered with or made stale in place. */
void sim_attacker_serve(struct sim_attacker *attacker, const struct relo_env *env,
                        uint64_t transaction, struct relo_view contents);

/* 64 bits about one transaction. */
uint64_t sim_attacker_draw(const struct sim_attacker *attacker, enum sim_attack purpose,
                           uint64_t transaction);

#endif
