/* SPDX-License-Identifier: BSD-2-Clause */
/* A run of the swarm: options drawn from a seed, invariants checked as it runs, then churn and
   losses stop and everything must converge.

   Protocol of use: sim_swarm_draw (draws.c) says what a seed means; sim_swarm_run runs it. Where
   that takes files, it makes them in a temporary directory (files.c), and removes them again. */
#ifndef SIM_CHECK_SWARM_H
#define SIM_CHECK_SWARM_H

#include "sim/scenario/params.h"

struct sim_swarm {
    struct sim_params params;
    relo_time quiet_from, settle_ns;
    uint32_t
        other_shards; /* run again in so many shards, in shuffled order: the same result; 0: no */
    bool holes;       /* some pairs may find no path: the ring need not become whole */
    uint32_t trace_nodes; /* ids of the trace, where params.churn is one */
    char text[1024];      /* the options, for people */
};

struct sim_swarm_outcome {
    char *violation; /* owned; NULL: all well */
    uint64_t fingerprint, looks, lookups, fetches, values, excused, intrusions;
};

void sim_swarm_draw(uint64_t seed, struct sim_swarm *swarm);
/* Writes the files that the run reads, if any, into dir, and names them in the parameters. False:
 *error is a sentence (owned). Remove deletes them, but not the directory. */
bool sim_swarm_write(struct sim_swarm *swarm, const char *dir, char **error);
void sim_swarm_remove(struct sim_swarm *swarm);
/* Takes seconds. */
void sim_swarm_run(const struct sim_swarm *swarm, struct sim_swarm_outcome *outcome);
/* What is wrong with the fingerprints of the same run in one shard and in more (owned), or NULL. */
char *sim_swarm_compare(uint64_t one, uint64_t other, uint32_t shards);

#endif
