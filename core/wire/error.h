/* SPDX-License-Identifier: BSD-2-Clause */
/* ErrorResponse, RFC 6940 section 6.3.3.1.

   error_info is free text, except for Error_Generation_Counter_Too_Low, where it is a StoreAns
   (read with relo_store_ans_read), and Error_Unknown_Kind, where it is a list of Kind-IDs
   (7.4.1.2). */
#ifndef RELO_WIRE_ERROR_H
#define RELO_WIRE_ERROR_H

#include "core/base/bytes.h"

struct relo_error {
    uint16_t error_code; /* enum relo_error_code */
    struct relo_view error_info;
};

bool relo_error_read(struct relo_rd *r, struct relo_error *e);
void relo_error_write(struct relo_wr *w, const struct relo_error *e);
/* error_info of Error_Unknown_Kind: KindId unknown_kinds<0..2^8-1>, 32-bit numbers. */
bool relo_unknown_kinds_read(struct relo_rd *r, struct relo_view *kinds);
void relo_unknown_kinds_write(struct relo_wr *w, struct relo_view kinds);

#endif
