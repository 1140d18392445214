/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams in flight. */
#include "sim/net/packet.h"

#include "core/base/check.h"
#include "core/base/prefetch.h"

#include <stddef.h>
#include <string.h>

#define IP_BYTES 20u
#define UDP_BYTES 8u

static size_t packet_bytes(uint32_t head_n, bool has_ends)
{
    return relo_pool_lines(offsetof(struct sim_packet, head) + head_n +
                           (has_ends ? sizeof(struct sim_packet_ends) : 0));
}

void sim_packet_prefetch(const struct sim_packet *packet)
{
    relo_prefetch_lines(packet, packet_bytes(packet->head_n, packet->has_ends));
}

static struct sim_packet *new_packet(struct relo_pool *pool, struct relo_view head,
                                     struct relo_slice body, bool has_ends)
{
    RELO_CHECK(head.n <= UINT16_MAX);
    struct sim_packet *packet = relo_pool_alloc(pool, packet_bytes(head.n, has_ends));
    packet->body = body;
    packet->head_n = (uint16_t)head.n;
    packet->frame_offset = 0;
    packet->arrived = packet->lazy = false;
    packet->has_ends = has_ends;
    if (head.n)
        memcpy(packet->head, head.p, head.n);
    return packet;
}

struct sim_packet *sim_packet_new(struct relo_pool *pool, struct relo_view head,
                                  struct relo_slice body)
{
    return new_packet(pool, head, body, false);
}

struct sim_packet *sim_packet_new_with_ends(struct relo_pool *pool, struct relo_view head,
                                            struct relo_slice body)
{
    return new_packet(pool, head, body, true);
}

struct sim_packet_ends sim_packet_ends(const struct sim_packet *packet)
{
    struct sim_packet_ends ends;
    RELO_CHECK(packet->has_ends);
    memcpy(&ends, packet->head + packet->head_n, sizeof ends);
    return ends;
}

void sim_packet_put_ends(struct sim_packet *packet, const struct sim_packet_ends *ends)
{
    RELO_CHECK(packet->has_ends);
    memcpy(packet->head + packet->head_n, ends, sizeof *ends);
}

void sim_packet_set_ends(struct sim_packet *packet, const struct relo_addr *source,
                         const struct relo_addr *destination)
{
    struct sim_packet_ends ends = {relo_addr_v4_ip(source), relo_addr_v4_ip(destination),
                                   source->port, destination->port};
    sim_packet_put_ends(packet, &ends);
}

void sim_packet_get_ends(const struct sim_packet *packet, struct relo_addr *source,
                         struct relo_addr *destination)
{
    struct sim_packet_ends ends = sim_packet_ends(packet);
    *source = relo_addr_v4(ends.source_ip, ends.source_port);
    *destination = relo_addr_v4(ends.destination_ip, ends.destination_port);
}

struct sim_packet *sim_packet_copy(struct relo_pool *pool, const struct sim_packet *packet)
{
    struct sim_packet *copy = relo_pool_alloc(pool, packet_bytes(packet->head_n, packet->has_ends));
    memcpy(copy, packet, packet_bytes(packet->head_n, packet->has_ends));
    if (packet->body.body)
        copy->body.body = relo_body_copy(pool, packet->body.body);
    return copy;
}

void sim_packet_free(struct relo_pool *pool, struct sim_packet *packet)
{
    relo_body_unref(pool, packet->body.body);
    relo_pool_free(pool, packet, packet_bytes(packet->head_n, packet->has_ends));
}

uint32_t sim_packet_ip_bytes(uint32_t udp_payload_bytes, uint32_t mtu)
{
    uint32_t udp = udp_payload_bytes + UDP_BYTES;
    if (udp + IP_BYTES <= mtu)
        return udp + IP_BYTES;
    uint32_t room = (mtu - IP_BYTES) & ~UINT32_C(7); /* fragments are cut at 8-byte boundaries */
    return udp + IP_BYTES * ((udp + room - 1) / room);
}
