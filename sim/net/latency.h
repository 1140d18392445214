/* SPDX-License-Identifier: BSD-2-Clause */
/* Core latency between sites: const; geo-2d, clustered coordinates plus a height per site,
   calibrated to the King measurements (median RTT 156 ms, mean 178 ms); euclid, p2psim's square; a
   matrix or coordinates from a file (sites.h). On top of any, pairs that violate the triangle
   inequality and pairs that cannot talk (docs/SIMULATION.md).

   Protocol of use: check, where a file may be named; init places all sites, by stateless draws;
   then ask for any pair; fini. RTTs are symmetric. Nothing here changes after init, so all shards
   may read it. */
#ifndef SIM_NET_LATENCY_H
#define SIM_NET_LATENCY_H

#include "core/base/time.h"
#include "sim/net/sites.h"
#include "sim/scenario/params.h"

#include <stdbool.h>
#include <stdint.h>

struct sim_latency {
    enum sim_latency_kind kind;
    relo_time const_ns, floor_ns; /* one way */
    struct sim_place *places;     /* owned; NULL for const and files */
    const struct sim_sites *file; /* of matrix and oversim-xml; borrowed from sites.c */
    uint32_t sites;
    uint64_t seed;
    double tiv_sigma;       /* of the log-normal error of each pair; 0: none */
    uint64_t blocked_below; /* a pair's draw below this: the two cannot talk */
};

/* Whether this many sites can be placed: reads the file where the model is one. NULL, or a sentence
   (owned, g_free). */
char *sim_latency_check(const struct sim_params *params, uint32_t sites);

void sim_latency_init(struct sim_latency *latency, const struct sim_params *params, uint32_t sites);
void sim_latency_fini(struct sim_latency *latency);

/* One way between two different sites, not below the floor; *clamped (may be NULL) says whether the
   floor was needed. */
relo_time sim_latency_one_way(const struct sim_latency *latency, uint32_t a, uint32_t b,
                              bool *clamped);

/* Asks for what sim_latency_one_way reads of a site. */
static inline void sim_latency_prefetch(const struct sim_latency *latency, uint32_t site)
{
    if (latency->places)
        __builtin_prefetch(&latency->places[site]);
}

/* Whether the two can exchange packets at all; symmetric. */
bool sim_latency_connected(const struct sim_latency *latency, uint32_t a, uint32_t b);

/* What `relo show` prints of a scenario: measured over a deterministic sample of pairs of sites. */
struct sim_latency_summary {
    relo_time median_rtt_ns, mean_rtt_ns, min_rtt_ns, max_rtt_ns;
    uint32_t pairs;   /* in the sample */
    uint32_t clamped; /* of these, raised to min-latency */
    uint32_t blocked; /* of these, cannot talk */
    uint32_t missing; /* pairs of the matrix file that had no measurement */
};
void sim_latency_describe(const struct sim_params *params, struct sim_latency_summary *summary);

#endif
