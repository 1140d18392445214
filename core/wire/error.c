/* SPDX-License-Identifier: BSD-2-Clause */
/* ErrorResponse, RFC 6940 section 6.3.3.1. */
#include "core/wire/error.h"

bool relo_error_read(struct relo_rd *r, struct relo_error *e)
{
    e->error_code = relo_rd_u16(r);
    e->error_info = relo_rd_opaque16(r);
    return relo_rd_finish(r);
}

void relo_error_write(struct relo_wr *w, const struct relo_error *e)
{
    relo_wr_u16(w, e->error_code);
    relo_wr_opaque16(w, e->error_info);
}

bool relo_unknown_kinds_read(struct relo_rd *r, struct relo_view *kinds)
{
    *kinds = relo_rd_opaque8(r);
    if (kinds->n % 4 != 0)
        r->failed = true;
    return relo_rd_finish(r);
}

void relo_unknown_kinds_write(struct relo_wr *w, struct relo_view kinds)
{
    relo_wr_opaque8(w, kinds);
}
