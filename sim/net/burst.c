/* SPDX-License-Identifier: BSD-2-Clause */
/* Bursts of loss after Gilbert and Elliott, without state. */
#include "sim/net/burst.h"

#include "sim/engine/draw.h"

static uint64_t below(uint32_t ppb)
{
    relo_u128 n = ((relo_u128)ppb << 64) / SIM_PPB;
    return n > UINT64_MAX ? UINT64_MAX : (uint64_t)n;
}

void sim_burst_init(struct sim_burst *burst, const struct sim_params *params)
{
    *burst = (struct sim_burst){.seed = params->seed,
                                .enter_below = below(params->burst_enter_ppb),
                                .leave_from = ~below(params->burst_leave_ppb),
                                .loss_below = below(params->burst_loss_ppb)};
}

bool sim_burst_bad(const struct sim_burst *burst, uint32_t source, uint64_t sequence)
{
    for (uint64_t n = sequence + 1; n > 0; n--) {
        uint64_t draw = relo_hash_draw(burst->seed, SIM_DRAW_BURST, source, n);
        if (draw < burst->enter_below)
            return true;
        if (draw >= burst->leave_from)
            return false;
    }
    return false; /* before its first packet a sender is in the good state */
}
