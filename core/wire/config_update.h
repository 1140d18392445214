/* SPDX-License-Identifier: BSD-2-Clause */
/* ConfigUpdateReq, RFC 6940 section 6.5.4. ConfigUpdateAns is empty. */
#ifndef RELO_WIRE_CONFIG_UPDATE_H
#define RELO_WIRE_CONFIG_UPDATE_H

#include "core/base/bytes.h"

struct relo_config_update {
    uint8_t type;                 /* enum relo_config_update_type; extensible */
    struct relo_view config_data; /* config: the Configuration Document */
    struct relo_view kinds;       /* kind: KindDescription elements (opaque, 16-bit length) */
    struct relo_view opaque;      /* any other type */
};

bool relo_config_update_read(struct relo_rd *r, struct relo_config_update *c);
void relo_config_update_write(struct relo_wr *w, const struct relo_config_update *c);
/* KindDescription: the XML of one kind-block. */
bool relo_kind_description_next(struct relo_rd *list, struct relo_view *description);

#endif
