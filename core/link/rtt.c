/* SPDX-License-Identifier: BSD-2-Clause */
/* The retransmission timeout: RFC 6298 section 2, rounded up to the millisecond (RFC 6940 6.6.3.1).
 */
#include "core/link/state.h"

#define RTO_MAX (60 * RELO_S) /* RFC 6298 (2.5) */

void relo_rtt_measure(struct relo_link *link, relo_time rtt)
{
    relo_time us = rtt / RELO_US;
    uint32_t r = us < 1 ? 1 : us > RTO_MAX / RELO_US ? (uint32_t)(RTO_MAX / RELO_US) : (uint32_t)us;
    if (link->srtt_us == 0) { /* (2.2) */
        link->srtt_us = r;
        link->rttvar_us = r / 2;
        return;
    }
    uint32_t error = link->srtt_us > r ? link->srtt_us - r : r - link->srtt_us; /* (2.3) */
    link->rttvar_us = (3 * link->rttvar_us + error) / 4;
    link->srtt_us = (7 * link->srtt_us + r) / 8; /* 6940-6.6.3.1-4 */
}

relo_time relo_rtt_rto(const struct relo_config *config, const struct relo_link *link)
{
    if (link->srtt_us == 0)
        return config->link_rto_initial; /* 6940-6.6.3.1-3 */
    relo_time variance = 4 * (relo_time)link->rttvar_us * RELO_US;
    if (variance < config->link_rto_granularity)
        variance = config->link_rto_granularity;
    relo_time rto = (relo_time)link->srtt_us * RELO_US + variance;
    if (rto < config->link_rto_min)
        rto = config->link_rto_min;
    if (rto > RTO_MAX)
        rto = RTO_MAX;
    return (rto + RELO_MS - 1) / RELO_MS * RELO_MS; /* 6940-6.6.3.1-4 */
}
