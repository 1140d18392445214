/* SPDX-License-Identifier: BSD-2-Clause */
/* Who a node is: Node-ID, user name, and the key behind its certificate. */
#ifndef RELO_SECURITY_IDENTITY_H
#define RELO_SECURITY_IDENTITY_H

#include "core/base/id.h"

#include <stdint.h>

#define RELO_USER_BYTES 40
#define RELO_IDENTITY_OTHERS_MAX 3

/* Further Node-IDs of the same certificate (11.3), beside the one that the node uses. */
struct relo_identity_others {
    uint32_t count;
    uint8_t ids[RELO_IDENTITY_OTHERS_MAX * RELO_ID_BYTES];
};

struct relo_identity {
    struct relo_id node_id;
    char user[RELO_USER_BYTES];  /* rfc822Name of the certificate, NUL-terminated */
    uint64_t key;                /* sim: what signatures and the certificate derive from */
    int64_t not_before_s, not_after_s; /* certificate validity, unix seconds */
    /* openssl: its own; sim: struct relo_identity_others, or NULL. Owned by the driver, for as long
       as the node lives. */
    const void *credentials;
};

#endif
