/* SPDX-License-Identifier: BSD-2-Clause */
/* FramedMessage, RFC 6940 section 6.6.2. */
#include "core/wire/frame.h"

#include "core/wire/codes.h"

bool relo_frame_read(struct relo_rd *r, struct relo_frame *f)
{
    *f = (struct relo_frame){.type = relo_rd_u8(r)};
    f->sequence = relo_rd_u32(r);
    if (f->type == RELO_FRAME_DATA)
        f->message = relo_rd_opaque24(r);
    else if (f->type == RELO_FRAME_ACK)
        f->received = relo_rd_u32(r);
    else
        r->failed = true; /* 6.3.1.1: an unknown type of a select that may not grow */
    return !r->failed;
}

uint32_t relo_frame_need(const uint8_t *p, size_t n)
{
    if (n == 0)
        return 1;
    if (p[0] == RELO_FRAME_ACK)
        return RELO_FRAME_ACK_BYTES;
    if (p[0] != RELO_FRAME_DATA)
        return 0;
    if (n < RELO_FRAME_DATA_BYTES)
        return RELO_FRAME_DATA_BYTES;
    return RELO_FRAME_DATA_BYTES + ((uint32_t)p[5] << 16 | (uint32_t)p[6] << 8 | p[7]);
}

void relo_frame_write(struct relo_wr *w, const struct relo_frame *f)
{
    if (f->type == RELO_FRAME_DATA) {
        relo_frame_write_data_head(w, f->sequence, f->message.n);
        relo_wr_bytes(w, f->message.p, f->message.n);
    } else {
        relo_wr_u8(w, RELO_FRAME_ACK);
        relo_wr_u32(w, f->sequence);
        relo_wr_u32(w, f->received);
    }
}

void relo_frame_write_data_head(struct relo_wr *w, uint32_t sequence, uint32_t message_bytes)
{
    relo_wr_u8(w, RELO_FRAME_DATA);
    relo_wr_u32(w, sequence);
    relo_wr_u24(w, message_bytes);
}
