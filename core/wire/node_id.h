/* SPDX-License-Identifier: BSD-2-Clause */
/* NodeId and vectors of them, RFC 6940 section 6.3.1.1: fixed length, no length byte.

   The codec keeps Node-IDs as views of node_id_bytes (16 to 20); the 128-bit core, which works with
   struct relo_id, converts at the edge with relo_view_to_id and relo_wr_id. */
#ifndef RELO_WIRE_NODE_ID_H
#define RELO_WIRE_NODE_ID_H

#include "core/base/bytes.h"
#include "core/base/id.h"

/* One NodeId of r->node_id_bytes; empty after a failure. */
struct relo_view relo_rd_node_id(struct relo_rd *r);
/* NodeId<0..2^16-1>: the bytes of all of them; fails unless a whole number of Node-IDs. */
struct relo_view relo_rd_node_ids(struct relo_rd *r);
/* Fails the writer unless id.n is w->node_id_bytes. */
void relo_wr_node_id(struct relo_wr *w, struct relo_view id);
void relo_wr_node_ids(struct relo_wr *w, struct relo_view ids);

/* False unless the view has exactly 16 bytes. */
bool relo_view_to_id(struct relo_view v, struct relo_id *id);
/* Sixteen bytes, no framing. As a NodeId only legal where node_id_bytes is 16: else fails. */
void relo_wr_id(struct relo_wr *w, struct relo_id id);
/* ResourceId<0..2^8-1> of 16 bytes: one length byte, then the id. */
void relo_wr_resource_id(struct relo_wr *w, struct relo_id id);
/* NodeId number i of a vector of 16-byte Node-IDs; i must be below ids.n / 16. */
static inline struct relo_id relo_node_ids_at(struct relo_view ids, uint32_t i)
{
    return relo_id_from_bytes(ids.p + (size_t)i * RELO_ID_BYTES);
}
bool relo_view_equal(struct relo_view a, struct relo_view b);

#endif
