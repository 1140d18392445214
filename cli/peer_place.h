/* SPDX-License-Identifier: BSD-2-Clause */
/* What the words of `relo peer` mean: where it listens, through whom it joins, and the overlay's
   configuration.

   peer_place_read, then use it; peer_place_clear after the peer is gone, whatever read said. */
#ifndef CLI_PEER_PLACE_H
#define CLI_PEER_PLACE_H

#include "live/document.h"
#include "live/peer.h"

#include <stdbool.h>

struct peer_request {
    GPtrArray *listen, *bootstrap;
    const char *config, *overlay, *policy;
    const char *store, *fetch, *user;
    uint64_t update_s, lifetime_s, run_s;
    bool ice, no_ice, public_address, first;
};

struct peer_place {
    struct relo_addr local[LIVE_LOCAL_MAX];
    struct relo_addr bootstrap[LIVE_BOOTSTRAP_MAX];
    guint local_count, bootstrap_count;
    bool first; /* begins the overlay */
    bool relay_only;
    struct relo_config config;      /* borrows from the document */
    struct live_document *document; /* NULL: none was named */
};

/* False: it has been said what is wrong. */
bool peer_place_read(const struct peer_request *request, struct peer_place *place);
void peer_place_clear(struct peer_place *place);

#endif
