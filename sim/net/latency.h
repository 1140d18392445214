/* SPDX-License-Identifier: BSD-2-Clause */
/* Core latency between sites: const, or geo-2d, clustered coordinates plus a height per site,
   calibrated to the King measurements (median RTT 156 ms, mean 178 ms; docs/SIMULATION.md).

   Protocol of use: init places all sites, by stateless draws; then ask for any pair; fini. RTTs are
   symmetric. Nothing here changes after init, so all shards may read it. */
#ifndef SIM_NET_LATENCY_H
#define SIM_NET_LATENCY_H

#include "core/base/time.h"
#include "sim/scenario/params.h"

#include <stdbool.h>
#include <stdint.h>

/* Where a site lies. Distances between places are round-trip times, in microseconds. */
struct sim_place {
    int32_t x_us, y_us;
    int32_t height_us; /* of the way from the site to the plane and back */
};

struct sim_latency {
    enum sim_latency_kind kind;
    relo_time const_ns, floor_ns; /* one way */
    struct sim_place *places;     /* owned; NULL for const */
    uint32_t sites;
};

void sim_latency_init(struct sim_latency *latency, const struct sim_params *params,
                      uint32_t sites);
void sim_latency_fini(struct sim_latency *latency);

/* One way between two different sites, not below the floor; *clamped (may be NULL) says whether the
   floor was needed. */
relo_time sim_latency_one_way(const struct sim_latency *latency, uint32_t a, uint32_t b,
                              bool *clamped);

/* What `relo show` prints of a scenario: measured over a deterministic sample of pairs of sites. */
struct sim_latency_summary {
    relo_time median_rtt_ns, mean_rtt_ns, min_rtt_ns, max_rtt_ns;
    uint32_t pairs;   /* in the sample */
    uint32_t clamped; /* of these, raised to min-latency */
};
void sim_latency_describe(const struct sim_params *params, struct sim_latency_summary *summary);

#endif
