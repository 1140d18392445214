/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams waiting to be sent, in the pool and bounded; and ChannelData messages (RFC 8656 section
   12.4), the one form that TURN has besides STUN. */
#ifndef RELO_TURN_QUEUE_H
#define RELO_TURN_QUEUE_H

#include "core/base/addr.h"
#include "core/base/bytes.h"
#include "core/base/pool.h"

#define RELO_TURN_QUEUE_MAX 64
#define RELO_TURN_DATA_MAX 65000    /* bytes of application data in one datagram */
#define RELO_TURN_OVERHEAD_BYTES 64 /* of a Send or Data indication over its data, at most */
#define RELO_TURN_CHANNEL_BYTES 4   /* of a ChannelData message over its data */
#define RELO_TURN_CHANNEL_FIRST 0x4000
#define RELO_TURN_CHANNEL_LAST 0x4fff

/* What is sent from where to where. */
struct relo_turn_datagram {
    struct relo_addr local, remote;
    bool relayed; /* `local` is a relayed transport address */
    bool data;    /* it is, or carries, what a peer or a client has sent */
};

struct relo_turn_queued; /* queue.c */

/* All zero is an empty queue. */
struct relo_turn_queue {
    struct relo_turn_queued *first, *last;
    uint32_t count;
};

void relo_turn_queue_fini(struct relo_turn_queue *queue, struct relo_pool *pool);
/* Room for one datagram of at most `size` bytes, as a writer; NULL: full. Every open is followed by
   a close, which appends it, or drops it where the writer failed. */
struct relo_turn_queued *relo_turn_queue_open(struct relo_turn_queue *queue, struct relo_pool *pool,
                                              uint32_t size, struct relo_wr *w);
void relo_turn_queue_close(struct relo_turn_queue *queue, struct relo_pool *pool,
                           struct relo_turn_queued *queued, const struct relo_wr *w,
                           const struct relo_turn_datagram *datagram);
/* Bytes of the first; 0: there is none. */
uint32_t relo_turn_queue_next_bytes(const struct relo_turn_queue *queue);
/* The first; false: there is none. Where it does not fit into w, w has failed and it is gone. */
bool relo_turn_queue_take(struct relo_turn_queue *queue, struct relo_pool *pool,
                          struct relo_turn_datagram *datagram, struct relo_wr *w);

/* False: not ChannelData, or cut short. More bytes than the length says are padding. */
bool relo_turn_channel_read(struct relo_view datagram, uint16_t *channel, struct relo_view *data);
void relo_turn_channel_write(struct relo_wr *w, uint16_t channel, struct relo_view data);

#endif
