/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of an access link: bandwidth and a finite drop-tail queue. */
#include "sim/net/access.h"

#include "core/base/hash.h"

relo_time sim_access_serialise(uint64_t bps, uint32_t bytes)
{
    if (bps == 0)
        return 0;
    uint64_t bit_ns =
        (uint64_t)bytes * 8 * (uint64_t)RELO_S; /* 2^32 * 8 * 10^9 < 2^65: but
                                                   packets have fewer than 2^17 bytes */
    return (relo_time)((bit_ns + bps - 1) / bps);
}

bool sim_access_offer(relo_time *free_at, relo_time now, uint64_t bps, uint32_t queue_bytes,
                      uint32_t bytes)
{
    relo_time start = *free_at > now ? *free_at : now;
    if (queue_bytes != 0 && bps != 0) {
        uint64_t waiting = (uint64_t)((relo_u128)(uint64_t)(start - now) * bps / (8 * RELO_S));
        if (waiting + bytes > queue_bytes)
            return false;
    }
    *free_at = start + sim_access_serialise(bps, bytes);
    return true;
}
