/* SPDX-License-Identifier: BSD-2-Clause */
/* PingReq and PingAns, RFC 6940 section 6.5.3. */
#ifndef RELO_WIRE_PING_H
#define RELO_WIRE_PING_H

#include "core/base/bytes.h"

struct relo_ping_req {
    struct relo_view padding;
};
struct relo_ping_ans {
    uint64_t response_id; /* random */
    uint64_t time;        /* milliseconds since 1970, like storage_time */
};

bool relo_ping_req_read(struct relo_rd *r, struct relo_ping_req *p);
void relo_ping_req_write(struct relo_wr *w, const struct relo_ping_req *p);
bool relo_ping_ans_read(struct relo_rd *r, struct relo_ping_ans *p);
void relo_ping_ans_write(struct relo_wr *w, const struct relo_ping_ans *p);

#endif
