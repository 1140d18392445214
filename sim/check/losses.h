/* SPDX-License-Identifier: BSD-2-Clause */
/* Losses of acknowledged values that may not be borne, and so are excused: too many of those died
   that had the value, or whoever has it still is beyond those whom its owner may take it from
   (docs/decisions/0011-copies.md). In a parted network that is counted in the ring of a part, too.

   Protocol of use: begin; sim_check_gone (invariants.h) for each peer that is gone, and
   sim_losses_parted at each barrier while the network is parted; then ask; end. */
#ifndef SIM_CHECK_LOSSES_H
#define SIM_CHECK_LOSSES_H

#include "core/base/id.h"
#include "core/base/time.h"

#include <stdbool.h>
#include <stdint.h>

#define SIM_LOSSES_NEAR 6                /* owners, replicas and those who come next */
#define SIM_LOSSES_EVERY_PART UINT32_MAX /* of a network that may be parted */

struct sim_check;
struct sim_truth;
struct sim_world;

void sim_losses_begin(struct sim_check *check);
void sim_losses_end(struct sim_check *check);
void sim_losses_parted(struct sim_world *world);

/* Whether the newest acknowledged value may be lost by now: in the ring of all, or while the
   network is parted, and as long after as a repair takes, in that of the part that had it. */
bool sim_losses_excused(const struct sim_world *world, struct relo_id resource,
                        const struct sim_truth *truth, uint32_t part);

/* Only one part of a network that was parted has it, or of neighbors that cannot talk, and nobody
   else was to take it: the owner that the whole ring has must refuse what comes from beyond its
   replica set (7.4.1.1), and the part's copies are beyond it once the rings have merged, or once
   others have joined between. */
bool sim_losses_left_over(const struct sim_world *world, struct relo_id resource);

#endif
