/* SPDX-License-Identifier: BSD-2-Clause */
/* Priorities of candidate pairs, RFC 8445 section 6.1.2.3. */
#include "core/ice/pair.h"

uint64_t relo_ice_pair_priority(uint32_t controlling, uint32_t controlled)
{
    uint64_t low = controlling < controlled ? controlling : controlled;
    uint64_t high = controlling < controlled ? controlled : controlling;
    return (low << 32) + 2 * high + (controlling > controlled ? 1 : 0);
}
