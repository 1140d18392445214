/* SPDX-License-Identifier: BSD-2-Clause */
/* The judge: reads the shards' logs at each barrier and knows who is responsible, what was stored,
   and how each lookup and fetch ended. Its state between barriers is the world knowledge that
   shards may read (the published ring and truth table).

   Protocol of use: init; at every barrier sim_judge_logs; sim_judge_finish once at the end of the
   run for the series; fini. Metrics go to `run`, of what was asked for in the measurement phase
   only. */
#ifndef SIM_CHECK_JUDGE_H
#define SIM_CHECK_JUDGE_H

#include "metrics/run.h"
#include "sim/check/log.h"
#include "sim/check/ring.h"
#include "sim/scenario/params.h"

#include <glib.h>

#define SIM_LOOKUP_LIMIT_NS                                                                        \
    (15 * RELO_S) /* an answer after this does not count (RFC 6940 6.2.1)                          \
                   */
#define SIM_TRUTH_HISTORY 8

/* What the world knows of a key: the last acknowledged versions, newest at `last`. */
struct sim_truth {
    relo_time expires;    /* of the newest acknowledged version; 0: never acknowledged */
    relo_time issued;     /* when that was asked for */
    struct relo_id owner; /* who acknowledged it */
    relo_time acknowledged[SIM_TRUTH_HISTORY];
    uint64_t version[SIM_TRUTH_HISTORY];
    uint32_t last;
};

/* Who can be called: the registration that a host had acknowledged last (RFC 7904). */
struct sim_line {
    struct relo_id id;
    relo_time since;   /* the first acknowledgement under this Node-ID */
    relo_time expires; /* 0: not registered, or gone */
};

struct sim_judge {
    const struct sim_params *params; /* borrowed */
    struct mx_run *run;              /* borrowed */
    relo_time from, to;              /* the measurement phase */
    struct sim_ring ring;
    struct sim_truth *truth; /* owned; one per key */
    struct sim_line *line;   /* owned; one per host where hosts register */
    struct sim_check *check; /* borrowed; NULL outside the swarm */
    uint32_t keys;
    GHashTable *deliveries; /* transaction id to the first delivery; never iterated for results */
    relo_time purged;
    GArray *bins; /* of struct sim_bin: lookups by when they were asked */
};

void sim_judge_init(struct sim_judge *judge, const struct sim_params *params, uint32_t hosts,
                    struct mx_run *run);
void sim_judge_fini(struct sim_judge *judge);

/* Reads n logs, merged by (time, host), and empties them. */
void sim_judge_logs(struct sim_judge *judge, struct sim_log *logs, uint32_t n, relo_time now);
void sim_judge_finish(struct sim_judge *judge);

/* Whether `key` is worth fetching at `now`: acknowledged some seconds ago and not about to expire.
 */
bool sim_judge_fetchable(const struct sim_judge *judge, uint32_t key, relo_time now);

/* When the newest acknowledged version of `key` is with nobody any more: its lifetime later, and
   half of that again. */
relo_time sim_judge_ends(const struct sim_judge *judge, uint32_t key);

/* Whether host `host` is registered since some seconds, and not about to expire. */
bool sim_judge_callable(const struct sim_judge *judge, uint32_t host, relo_time now);

void sim_log_append(struct sim_log *log, const struct sim_log_entry *entry);

#endif
