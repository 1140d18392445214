/* SPDX-License-Identifier: BSD-2-Clause */
/* ForwardingOption and MessageExtension, RFC 6940 sections 6.3.2.3 and 6.3.3: extensible, so every
   type decodes; what to do with an unknown critical one is for the receiver. */
#ifndef RELO_WIRE_OPTION_H
#define RELO_WIRE_OPTION_H

#include "core/base/bytes.h"

struct relo_option {
    uint8_t type;
    uint8_t flags; /* enum relo_option_flag */
    struct relo_view value;
};

struct relo_extension {
    uint16_t type;
    bool critical;
    struct relo_view contents;
};

bool relo_option_read(struct relo_rd *r, struct relo_option *o);
/* The iterators are false at the end of the list and after a failure (list->failed tells). */
bool relo_option_next(struct relo_rd *list, struct relo_option *o);
void relo_option_write(struct relo_wr *w, const struct relo_option *o);
bool relo_option_list_check(struct relo_view list);
void relo_option_list_recode(struct relo_wr *w, struct relo_view list);

bool relo_extension_read(struct relo_rd *r, struct relo_extension *e);
bool relo_extension_next(struct relo_rd *list, struct relo_extension *e);
void relo_extension_write(struct relo_wr *w, const struct relo_extension *e);
bool relo_extension_list_check(struct relo_view list);
void relo_extension_list_recode(struct relo_wr *w, struct relo_view list);

#endif
