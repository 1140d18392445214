/* SPDX-License-Identifier: BSD-2-Clause */
/* A datagram in flight: one object of the shard's pool, at first where it was sent, and from the
   end of the window on where it arrives.

   The head is copied from the outbox; the body's reference is taken over from the SEND action and
   handed on to the node it is delivered to. */
#ifndef SIM_NET_PACKET_H
#define SIM_NET_PACKET_H

#include "core/base/addr.h"
#include "core/base/bytes.h"
#include "core/base/packet.h"
#include "sim/engine/event.h"

struct sim_packet {
    struct sim_event event; /* when and to whom next; sequence: of the source's packets */
    struct relo_slice body;
    uint32_t source_site; /* host numbers */
    uint32_t ip_bytes;    /* with the headers of UDP and IP */
    uint16_t head_n;
    uint16_t frame_offset; /* where in head the clear frame begins; 0: none */
    bool arrived;          /* the downlink is behind it */
    bool lazy;             /* a keepalive that no node sent, and none need hear */
    bool has_ends;         /* struct sim_packet_ends follows the head */
    uint8_t head[];
};

/* Where there are NATs: the addresses that the packet bears now. IPv4. */
struct sim_packet_ends {
    uint32_t source_ip, destination_ip;
    uint16_t source_port, destination_port;
};

/* `n` bytes of head; takes over the body. The event is the caller's to fill. */
struct sim_packet *sim_packet_new(struct relo_pool *pool, struct relo_view head,
                                  struct relo_slice body);
/* The same with room for addresses. */
struct sim_packet *sim_packet_new_with_ends(struct relo_pool *pool, struct relo_view head,
                                            struct relo_slice body);
struct sim_packet_ends sim_packet_ends(const struct sim_packet *packet);
void sim_packet_put_ends(struct sim_packet *packet, const struct sim_packet_ends *ends);
/* The same as addresses. */
void sim_packet_set_ends(struct sim_packet *packet, const struct relo_addr *source,
                         const struct relo_addr *destination);
void sim_packet_get_ends(const struct sim_packet *packet, struct relo_addr *source,
                         struct relo_addr *destination);
/* A copy for another shard; the original remains. */
struct sim_packet *sim_packet_copy(struct relo_pool *pool, const struct sim_packet *packet);
/* Asks for all of a packet that is near with its first line. */
void sim_packet_prefetch(const struct sim_packet *packet);
/* With the body's reference, unless that was handed on (body.body = NULL). */
void sim_packet_free(struct relo_pool *pool, struct sim_packet *packet);

/* The bytes of the IP packets that carry a datagram: 28 of headers, and 20 more for each further
   IP fragment where it does not fit the MTU. */
uint32_t sim_packet_ip_bytes(uint32_t udp_payload_bytes, uint32_t mtu);

#endif
