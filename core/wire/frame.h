/* SPDX-License-Identifier: BSD-2-Clause */
/* FramedMessage, the framing header of one hop, RFC 6940 section 6.6.2. */
#ifndef RELO_WIRE_FRAME_H
#define RELO_WIRE_FRAME_H

#include "core/base/bytes.h"

#define RELO_FRAME_DATA_BYTES 8 /* type, sequence, 24-bit length: what precedes the message */
#define RELO_FRAME_ACK_BYTES 9  /* a whole ACK */

struct relo_frame {
    uint8_t type;             /* enum relo_frame_type */
    uint32_t sequence;        /* data: sequence; ack: ack_sequence */
    uint32_t received;        /* ack: bit N-M-1 set: M was received (LSB is N-1) */
    struct relo_view message; /* data */
};

/* Reads one frame and leaves the reader behind it; an unknown type fails. On a datagram link the
   caller checks that nothing is left; on a stream it checks first with relo_frame_need. */
bool relo_frame_read(struct relo_rd *r, struct relo_frame *f);
/* How many bytes the frame that starts here has in all, as far as its first n bytes tell: the
   number needed to know (at most 8), then the exact size; 0 if the type byte is none (close). */
uint32_t relo_frame_need(const uint8_t *p, size_t n);
void relo_frame_write(struct relo_wr *w, const struct relo_frame *f);
/* Only what precedes the message of a data frame, for scatter-gather senders. */
void relo_frame_write_data_head(struct relo_wr *w, uint32_t sequence, uint32_t message_bytes);

#endif
