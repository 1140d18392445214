/* SPDX-License-Identifier: BSD-2-Clause */
/* A run of the swarm: options drawn from a seed, invariants checked as it runs, then churn and
   losses stop and everything must converge.

   Protocol of use: sim_swarm_draw (draws.c) says what a seed means; sim_swarm_run runs it. */
#ifndef SIM_CHECK_SWARM_H
#define SIM_CHECK_SWARM_H

#include "sim/scenario/params.h"

struct sim_swarm {
    struct sim_params params;
    relo_time quiet_from, settle_ns;
    uint32_t
        other_shards; /* run again in so many shards, in shuffled order: the same result; 0: no */
    char text[1024];  /* the options, for people */
};

struct sim_swarm_outcome {
    char *violation; /* owned; NULL: all well */
    uint64_t fingerprint, looks, lookups, fetches, values, excused, intrusions;
};

void sim_swarm_draw(uint64_t seed, struct sim_swarm *swarm);
/* Takes seconds. */
void sim_swarm_run(const struct sim_swarm *swarm, struct sim_swarm_outcome *outcome);
/* What is wrong with the fingerprints of the same run in one shard and in more (owned), or NULL. */
char *sim_swarm_compare(uint64_t one, uint64_t other, uint32_t shards);

#endif
