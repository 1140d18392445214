/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams in flight. */
#include "sim/net/packet.h"

#include "core/base/check.h"

#include <stddef.h>
#include <string.h>

#define IP_BYTES 20u
#define UDP_BYTES 8u

static size_t packet_bytes(uint32_t head_n)
{
    return offsetof(struct sim_packet, head) + head_n;
}

struct sim_packet *sim_packet_new(struct relo_pool *pool, struct relo_view head,
                                  struct relo_slice body)
{
    RELO_CHECK(head.n <= UINT16_MAX);
    struct sim_packet *packet = relo_pool_alloc(pool, packet_bytes(head.n));
    packet->body = body;
    packet->head_n = (uint16_t)head.n;
    packet->frame_offset = 0;
    packet->arrived = false;
    if (head.n)
        memcpy(packet->head, head.p, head.n);
    return packet;
}

struct sim_packet *sim_packet_copy(struct relo_pool *pool, const struct sim_packet *packet)
{
    struct sim_packet *copy = relo_pool_alloc(pool, packet_bytes(packet->head_n));
    memcpy(copy, packet, packet_bytes(packet->head_n));
    if (packet->body.body)
        copy->body.body = relo_body_copy(pool, packet->body.body);
    return copy;
}

void sim_packet_free(struct relo_pool *pool, struct sim_packet *packet)
{
    relo_body_unref(pool, packet->body.body);
    relo_pool_free(pool, packet, packet_bytes(packet->head_n));
}

uint32_t sim_packet_ip_bytes(uint32_t udp_payload_bytes, uint32_t mtu)
{
    uint32_t udp = udp_payload_bytes + UDP_BYTES;
    if (udp + IP_BYTES <= mtu)
        return udp + IP_BYTES;
    uint32_t room = (mtu - IP_BYTES) & ~UINT32_C(7); /* fragments are cut at 8-byte boundaries */
    return udp + IP_BYTES * ((udp + room - 1) / room);
}
