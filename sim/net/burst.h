/* SPDX-License-Identifier: BSD-2-Clause */
/* Bursts of loss: the chain of Gilbert (1960) and Elliott (1963), one for each sender's packets.

   In the good state a packet is lost with `network.loss`, in the bad one with `burst-loss`. Before
   each packet the chain goes from good to bad with probability `burst-enter` and back with
   `burst-leave`: a share enter / (enter + leave) of the packets meets the bad state, for 1 / leave
   of them in a row.

   The state is a pure function of (seed, sender, packet number): a step is decided by one draw,
   which below `enter` leads to bad from either state, above 1 - leave to good from either, and else
   changes nothing. So the last draw that decided tells the state, some 1 / (enter + leave) packets
   ago. */
#ifndef SIM_NET_BURST_H
#define SIM_NET_BURST_H

#include "sim/scenario/params.h"

struct sim_burst {
    uint64_t seed;
    uint64_t enter_below; /* 0: no bursts */
    uint64_t leave_from;
    uint64_t loss_below; /* in the bad state */
};

void sim_burst_init(struct sim_burst *burst, const struct sim_params *params);

/* Whether the sender's packet of this number meets the bad state. */
bool sim_burst_bad(const struct sim_burst *burst, uint32_t source, uint64_t sequence);

#endif
