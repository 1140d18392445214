/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold in every run, whatever happens to it: the swarm's checks of ring, routing,
   storage, resources and liveness, with the world's knowledge.

   Protocol of use: zero a struct sim_check, set quiet_from and settle_ns, name it in sim_run's
   options, run; `violation` is then NULL or the first sentence about what did not hold (g_free it).
   At quiet_from churn, losses and faults end, and whoever could not talk can; settle_ns later
   everything must have converged. Costs a look at every node each five seconds: for runs of a few
   hundred peers. It also stores where it may not and fetches what has expired, now and then, so
   that there is something to see of access control and lifetimes; and before all has to be settled
   every peer pings its fingers, which finds out those that have failed. */
#ifndef SIM_CHECK_INVARIANTS_H
#define SIM_CHECK_INVARIANTS_H

#include "core/base/id.h"
#include "core/base/time.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* In the quiet part of a run the intervals of the load are so much longer. A link carries a message
   per round trip (6.6.3.1), and an answer that takes more than 3 s is asked for again (6.2.1): some
   links of the longest latencies never get out of that under the load of the trouble before, and it
   is not capacity that is checked. For the same reason each join that fails there doubles the time
   until the next, so often at most: many who retry together on the way to one arc would fill its
   links for good. */
#define SIM_CHECK_QUIET_FACTOR 4
#define SIM_CHECK_QUIET_DOUBLINGS 4

struct sim_world;
struct sim_shard;
struct sim_log_entry;
struct relo_config;
struct relo_snapshot;

struct sim_check {
    relo_time quiet_from; /* 0: never */
    relo_time settle_ns;
    bool holes;  /* neighbors may find no path to each other: nothing has to converge, and a value
                    has  as many copies as there are paths for */
    bool parted; /* there is a partition: a value may end up where only its half looked for it */
    char *violation; /* owned by the caller */
    /* What has been checked, so that a reader sees that there was something to check. */
    uint64_t looks, lookups, fetches, values, excused, intrusions, expired;

    /* The rest is the checks' own. */
    bool quiet, has_ttl_drops;
    uint64_t ttl_drops;     /* when all had to be settled */
    uint64_t blocked_below; /* of the pairs that could not talk before it was quiet */
    relo_time next;
    relo_time parted_from,
        parted_at;   /* since when, and at last, the network was parted; 0: never */
    GArray *deaths;  /* of struct sim_death, oldest first */
    GArray *missing; /* of struct sim_missing, per key */
    GArray *members; /* of struct sim_member, when the network parted */
};

/* run.c: at a barrier; after the last one; after the nodes are freed, per shard. */
void sim_check_tick(struct sim_world *world);
void sim_check_end(struct sim_world *world);
void sim_check_memory(struct sim_world *world, const struct sim_shard *shard);

/* The parts of a look: one node against its bounds; one node of a ring that has settled against the
   world's; all keys' values. */
void sim_check_node(struct sim_check *check, const struct relo_config *config, relo_time now,
                    uint32_t host, const struct relo_snapshot *snapshot);
void sim_check_settled(struct sim_world *world, uint32_t host,
                       const struct relo_snapshot *snapshot);
void sim_check_values(struct sim_world *world);

/* judge.c: a peer is gone; a lookup was answered after `hops` links, by the right peer or not. */
void sim_check_gone(struct sim_check *check, struct relo_id id, uint32_t host, relo_time now);
void sim_check_lookup(struct sim_check *check, const struct sim_log_entry *entry, bool correct,
                      uint32_t hops);
/* A Store by `entry->host` where it may not was answered. */
void sim_check_intruded(struct sim_check *check, const struct sim_log_entry *entry);
/* A fetch ended: `wanted`, where there was a value to be found; `ends`, when the version
   that it found had to be gone (sim_judge_ends), RELO_NEVER if nobody knows. */
void sim_check_fetch(struct sim_check *check, const struct sim_log_entry *entry, bool wanted,
                     relo_time ends);

#endif
