/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue of both ends, and ChannelData: RFC 8656 section 12.4. */
#include "core/turn/queue.h"

struct relo_turn_queued {
    struct relo_turn_queued *next;
    struct relo_turn_datagram datagram;
    uint32_t size, n; /* allocated, written */
    uint8_t bytes[];
};

static size_t size_of(uint32_t size)
{
    return sizeof(struct relo_turn_queued) + size;
}

void relo_turn_queue_fini(struct relo_turn_queue *queue, struct relo_pool *pool)
{
    while (queue->first) {
        struct relo_turn_queued *queued = queue->first;
        queue->first = queued->next;
        relo_pool_free(pool, queued, size_of(queued->size));
    }
    *queue = (struct relo_turn_queue){0};
}

struct relo_turn_queued *relo_turn_queue_open(struct relo_turn_queue *queue, struct relo_pool *pool,
                                              uint32_t size, struct relo_wr *w)
{
    if (queue->count == RELO_TURN_QUEUE_MAX)
        return NULL;
    struct relo_turn_queued *queued = relo_pool_alloc(pool, size_of(size));
    queued->next = NULL;
    queued->size = size;
    *w = relo_wr_init(queued->bytes, size, 0);
    return queued;
}

void relo_turn_queue_close(struct relo_turn_queue *queue, struct relo_pool *pool,
                           struct relo_turn_queued *queued, const struct relo_wr *w,
                           const struct relo_turn_datagram *datagram)
{
    if (w->failed) {
        relo_pool_free(pool, queued, size_of(queued->size));
        return;
    }
    queued->datagram = *datagram;
    queued->n = (uint32_t)relo_wr_size(w);
    if (queue->first)
        queue->last->next = queued;
    else
        queue->first = queued;
    queue->last = queued;
    queue->count++;
}

uint32_t relo_turn_queue_next_bytes(const struct relo_turn_queue *queue)
{
    return queue->first ? queue->first->n : 0;
}

bool relo_turn_queue_take(struct relo_turn_queue *queue, struct relo_pool *pool,
                          struct relo_turn_datagram *datagram, struct relo_wr *w)
{
    struct relo_turn_queued *queued = queue->first;
    if (!queued)
        return false;
    queue->first = queued->next;
    queue->count--;
    *datagram = queued->datagram;
    relo_wr_bytes(w, queued->bytes, queued->n);
    relo_pool_free(pool, queued, size_of(queued->size));
    return true;
}

bool relo_turn_channel_read(struct relo_view datagram, uint16_t *channel, struct relo_view *data)
{
    struct relo_rd r = relo_rd_init(datagram.p, datagram.n, 0);
    *channel = relo_rd_u16(&r);
    *data = relo_rd_opaque16(&r);
    return !r.failed && *channel >= RELO_TURN_CHANNEL_FIRST && *channel <= RELO_TURN_CHANNEL_LAST;
}

void relo_turn_channel_write(struct relo_wr *w, uint16_t channel, struct relo_view data)
{
    relo_wr_u16(w, channel);
    relo_wr_opaque16(w, data); /* 12.5: over UDP without padding */
}
