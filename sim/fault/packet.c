/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of packets: flipped bits, second copies, late ones. */
#include "sim/fault/internal.h"
#include "sim/world/world.h"

static uint64_t draw(const struct sim_fault *fault, enum sim_draw purpose,
                     const struct sim_packet *packet, uint32_t which)
{
    return relo_hash_draw(fault->params->seed, purpose, packet->source_site,
                          packet->event.sequence * 2 + which);
}

static relo_time delay(const struct sim_fault *fault, enum sim_draw purpose,
                       const struct sim_packet *packet)
{
    return 1 + (relo_time)sim_draw_below(draw(fault, purpose, packet, 1),
                                         (uint64_t)fault->params->reorder_delay_ns);
}

/* Bodies are shared and immutable, so a body with a wrong bit is another body (decision 2). */
static void flip(struct relo_pool *pool, struct sim_packet *packet, uint64_t bits)
{
    uint32_t n = packet->head_n + packet->body.n;
    uint64_t bit = sim_draw_below(bits, (uint64_t)n * 8);
    uint32_t at = (uint32_t)(bit / 8);
    uint8_t mask = (uint8_t)(1u << bit % 8);
    if (at < packet->head_n) {
        packet->head[at] ^= mask;
        return;
    }
    struct relo_body *body = relo_body_copy(pool, packet->body.body);
    body->bytes[packet->body.offset + at - packet->head_n] ^= mask;
    body->hash = relo_hash(body->bytes, body->n, 0);
    relo_body_unref(pool, packet->body.body);
    packet->body.body = body;
}

struct sim_packet *sim_fault_packet(struct sim_shard *shard, struct sim_packet *packet)
{
    const struct sim_fault *fault = shard->world->fault;
    struct sim_packet *copy = NULL;
    if (fault->corrupt_below && draw(fault, SIM_DRAW_CORRUPT, packet, 0) < fault->corrupt_below) {
        flip(shard->pool, packet, draw(fault, SIM_DRAW_CORRUPT, packet, 1));
        packet->lazy = false; /* what a node makes of that, it has to show */
        shard->net.corrupted++;
    }
    if (fault->duplicate_below &&
        draw(fault, SIM_DRAW_DUPLICATE, packet, 0) < fault->duplicate_below) {
        copy = sim_packet_copy(shard->pool, packet);
        copy->event.time += delay(fault, SIM_DRAW_DUPLICATE, packet);
        shard->net.duplicated++;
    }
    if (fault->reorder_below && draw(fault, SIM_DRAW_REORDER, packet, 0) < fault->reorder_below) {
        packet->event.time += delay(fault, SIM_DRAW_REORDER, packet);
        shard->net.reordered++;
    }
    /* Copies of one packet must not meet at one time: nothing else tells them apart. */
    if (copy && copy->event.time == packet->event.time)
        copy->event.time++;
    return copy;
}
