/* SPDX-License-Identifier: BSD-2-Clause */
/* NodeId and vectors of them, RFC 6940 section 6.3.1.1. */
#include "core/wire/node_id.h"

#include <string.h>

struct relo_view relo_rd_node_id(struct relo_rd *r)
{
    return relo_rd_bytes(r, r->node_id_bytes);
}

struct relo_view relo_rd_node_ids(struct relo_rd *r)
{
    struct relo_view ids = relo_rd_opaque16(r);
    if (r->node_id_bytes == 0 || ids.n % r->node_id_bytes != 0)
        r->failed = true;
    return ids;
}

void relo_wr_node_id(struct relo_wr *w, struct relo_view id)
{
    if (id.n != w->node_id_bytes)
        w->failed = true;
    relo_wr_bytes(w, id.p, id.n);
}

void relo_wr_node_ids(struct relo_wr *w, struct relo_view ids)
{
    if (w->node_id_bytes == 0 || ids.n % w->node_id_bytes != 0)
        w->failed = true;
    relo_wr_opaque16(w, ids);
}

bool relo_view_to_id(struct relo_view v, struct relo_id *id)
{
    if (v.n != RELO_ID_BYTES)
        return false;
    *id = relo_id_from_bytes(v.p);
    return true;
}

void relo_wr_id(struct relo_wr *w, struct relo_id id)
{
    uint8_t bytes[RELO_ID_BYTES];
    if (w->node_id_bytes != RELO_ID_BYTES)
        w->failed = true;
    relo_id_to_bytes(id, bytes);
    relo_wr_bytes(w, bytes, sizeof(bytes));
}

void relo_wr_resource_id(struct relo_wr *w, struct relo_id id)
{
    uint8_t bytes[RELO_ID_BYTES];
    relo_id_to_bytes(id, bytes);
    relo_wr_opaque8(w, (struct relo_view){bytes, sizeof(bytes)});
}

bool relo_view_equal(struct relo_view a, struct relo_view b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
