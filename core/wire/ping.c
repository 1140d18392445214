/* SPDX-License-Identifier: BSD-2-Clause */
/* PingReq and PingAns, RFC 6940 section 6.5.3. */
#include "core/wire/ping.h"

bool relo_ping_req_read(struct relo_rd *r, struct relo_ping_req *p)
{
    p->padding = relo_rd_opaque16(r);
    return relo_rd_finish(r);
}

void relo_ping_req_write(struct relo_wr *w, const struct relo_ping_req *p)
{
    relo_wr_opaque16(w, p->padding);
}

bool relo_ping_ans_read(struct relo_rd *r, struct relo_ping_ans *p)
{
    p->response_id = relo_rd_u64(r);
    p->time = relo_rd_u64(r);
    return relo_rd_finish(r);
}

void relo_ping_ans_write(struct relo_wr *w, const struct relo_ping_ans *p)
{
    relo_wr_u64(w, p->response_id);
    relo_wr_u64(w, p->time);
}
