/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold in every run, whatever happens to it: the swarm's checks of ring, routing, storage,
   resources and liveness, with the world's knowledge.

   Protocol of use: zero a struct sim_check, set quiet_from and settle_ns, name it in sim_run's
   options, run; `violation` is then NULL or the first sentence about what did not hold (g_free it).
   At quiet_from churn and losses end; settle_ns later everything must have converged. Costs a look at
   every node each CHECK interval: for runs of a few hundred peers. Changes no result before
   quiet_from. */
#ifndef SIM_CHECK_INVARIANTS_H
#define SIM_CHECK_INVARIANTS_H

#include "core/base/id.h"
#include "core/base/time.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct sim_world;
struct sim_shard;
struct sim_log_entry;

struct sim_check {
    relo_time quiet_from; /* 0: never */
    relo_time settle_ns;
    char *violation;      /* owned by the caller */
    /* What has been checked, so that a reader sees that there was something to check. */
    uint64_t looks, lookups, fetches, values, excused;

    /* The rest is the checks' own. */
    bool quiet;
    relo_time next;
    GArray *deaths;   /* of struct sim_death, oldest first */
    GArray *missing;  /* of struct sim_missing, per key */
};

/* run.c: at a barrier; after the last one; after the nodes are freed, per shard. */
void sim_check_tick(struct sim_world *world);
void sim_check_end(struct sim_world *world);
void sim_check_memory(struct sim_world *world, const struct sim_shard *shard);

/* judge.c: a peer is gone; a lookup was answered by `responder` after `hops` links, which was right
   or not; a fetch was answered with what is no value that was ever stored under its key. */
void sim_check_gone(struct sim_check *check, struct relo_id id, relo_time now);
void sim_check_lookup(struct sim_check *check, const struct sim_log_entry *entry, bool correct,
                      uint32_t hops);
void sim_check_fetch(struct sim_check *check, const struct sim_log_entry *entry, bool ever_stored);

#endif
