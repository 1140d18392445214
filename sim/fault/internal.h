/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of faults. Internal to sim/fault. */
#ifndef SIM_FAULT_INTERNAL_H
#define SIM_FAULT_INTERNAL_H

#include "sim/fault/fault.h"

struct sim_crash {
    struct relo_node *frozen; /* owned; NULL: not frozen */
    uint32_t number;          /* of draws so far */
    uint32_t restarts;        /* of lives that began with the identity of the one before */
    uint8_t state;            /* enum sim_host_state, when it was frozen */
};

struct sim_fault {
    const struct sim_params *params; /* borrowed */
    uint32_t hosts;
    uint64_t corrupt_below, duplicate_below, reorder_below, slow_below;
    relo_time *busy_until;   /* owned; per host; NULL: no peer is slow */
    bool quiet;              /* nobody crashes any more */
    struct sim_crash *crash; /* owned; per host; NULL: no peer crashes */
};

#endif
