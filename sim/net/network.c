/* SPDX-License-Identifier: BSD-2-Clause */
/* What the network does to a packet between two sites. */
#include "sim/net/network.h"

#include "core/base/check.h"
#include "sim/engine/draw.h"
#include "sim/net/access.h"

#define NETWORK UINT32_C(0x0a000000) /* 10.0.0.0/8; host 0 is 10.0.0.1 */

void sim_network_init(struct sim_network *network, const struct sim_params *params, uint32_t sites)
{
    RELO_CHECK(sites < (1u << 24) - 2);
    network->params = params;
    network->place = NULL;
    sim_latency_init(&network->latency, params, sites);
    network->loss_below = (uint64_t)(((relo_u128)params->loss_ppb << 64) / SIM_PPB);
    sim_burst_init(&network->burst, params);
}

void sim_network_fini(struct sim_network *network)
{
    sim_latency_fini(&network->latency);
}

bool sim_network_leave(const struct sim_network *network, relo_time *up_free_at, relo_time now,
                       uint32_t ip_bytes, struct sim_network_stats *stats, relo_time *leaves)
{
    const struct sim_params *params = network->params;
    *leaves = now;
    if (!params->up_bps)
        return true;
    if (!sim_access_offer(up_free_at, now, params->up_bps, params->queue_up_bytes, ip_bytes)) {
        stats->dropped_up++;
        return false;
    }
    *leaves = *up_free_at;
    return true;
}

bool sim_network_cross(const struct sim_network *network, relo_time leaves, uint32_t source,
                       uint32_t target, uint64_t sequence, struct sim_network_stats *stats,
                       relo_time *arrival)
{
    const struct sim_params *params = network->params;
    uint64_t loss_below = network->loss_below;
    uint32_t from = network->place ? network->place[source] : source;
    uint32_t to = network->place ? network->place[target] : target;
    if (network->burst.enter_below && sim_burst_bad(&network->burst, source, sequence))
        loss_below = network->burst.loss_below;
    if (loss_below && relo_hash_draw(params->seed, SIM_DRAW_LOSS, source, sequence) < loss_below) {
        stats->lost++;
        return false;
    }
    if (!sim_latency_connected(&network->latency, from, to)) {
        stats->blocked++;
        return false;
    }
    bool clamped;
    relo_time latency = sim_latency_one_way(&network->latency, from, to, &clamped);
    stats->clamped += clamped;
    if (params->jitter_ns) {
        uint64_t draw = relo_hash_draw(params->seed, SIM_DRAW_JITTER, source, sequence);
        latency += (relo_time)sim_draw_below(draw, (uint64_t)params->jitter_ns);
    }
    latency += 2 * params->access_delay_ns; /* the sender's and the receiver's */
    *arrival = leaves + (latency < SIM_HOP_MIN_NS ? SIM_HOP_MIN_NS : latency);
    return true;
}

bool sim_network_send(const struct sim_network *network, relo_time *up_free_at, relo_time now,
                      uint32_t source, uint32_t target, uint64_t sequence, uint32_t ip_bytes,
                      struct sim_network_stats *stats, relo_time *arrival)
{
    relo_time leaves;
    stats->sent++;
    stats->oversize += ip_bytes > network->params->mtu;
    if (source == target) {
        *arrival = now + SIM_HOP_MIN_NS;
        return true;
    }
    return sim_network_leave(network, up_free_at, now, ip_bytes, stats, &leaves) &&
           sim_network_cross(network, leaves, source, target, sequence, stats, arrival);
}

bool sim_network_receive(const struct sim_network *network, relo_time *down_free_at, relo_time now,
                         uint32_t ip_bytes, struct sim_network_stats *stats, relo_time *delivery)
{
    const struct sim_params *params = network->params;
    *delivery = now;
    if (!params->down_bps)
        return true;
    if (!sim_access_offer(down_free_at, now, params->down_bps, params->queue_down_bytes,
                          ip_bytes)) {
        stats->dropped_down++;
        return false;
    }
    *delivery = *down_free_at;
    return true;
}

struct relo_addr sim_network_addr(uint32_t host)
{
    return relo_addr_v4(NETWORK + 1 + host, SIM_PORT);
}

bool sim_network_host(const struct sim_network *network, const struct relo_addr *addr,
                      uint32_t *host)
{
    if (addr->family != 4 || addr->port != SIM_PORT)
        return false;
    *host = relo_addr_v4_ip(addr) - NETWORK - 1;
    return *host < network->latency.sites;
}
