/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run takes at least: known before it starts, so that one that cannot finish need not start
   (docs/SIMULATION.md, "Memory"). */
#ifndef SIM_WORLD_NEED_H
#define SIM_WORLD_NEED_H

#include "core/base/slab.h"
#include "sim/scenario/params.h"

/* Link ends that a shard has names for. */
#define SIM_LINKS_PER_SHARD (UINT64_C(1) << RELO_SLAB_PLACE_BITS)

struct sim_need {
    uint64_t bytes; /* resident, of the run's process; less than any such run was seen to take */
    uint64_t links; /* ends, of all shards */
};

/* `hosts`: all that the run has, sim_populations_count(). */
struct sim_need sim_need(const struct sim_params *params, uint32_t hosts);

#endif
