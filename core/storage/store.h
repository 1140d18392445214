/* SPDX-License-Identifier: BSD-2-Clause */
/* What one node stores for the overlay (RFC 6940 section 7): values, access control, lifetimes,
   replicas and handover; and the asking side of Store, Fetch, Stat and Find.

   Protocol of use, within a step: requests with storage codes after relo_route_admit; answers and
   failures it owns (RELO_OWNER_STORAGE); topology events; wake when the deadline has come. */
#ifndef RELO_STORAGE_STORE_H
#define RELO_STORAGE_STORE_H

#include "core/route/route.h"

struct relo_resource;       /* a Resource-ID with its kinds; pool-allocated */
struct relo_transfer;       /* one resource on its way to one peer */
struct relo_transfer_range; /* a handover under way (10.5 step 6) */

/* Embedded in the node; fields are the storage layer's own. At most 96 bytes. */
struct relo_store {
    struct relo_env *env;
    struct relo_route *route;
    struct relo_resource **resources; /* sorted by Resource-ID */
    uint32_t count, capacity;
    struct relo_transfer *waiting, *waiting_last, *sent;
    struct relo_transfer_range *ranges;
    uint64_t last_storage_time; /* ms; of this node's own values: strictly increasing (7) */
    uint32_t bytes;             /* stored, for the quota */
    uint32_t serial;            /* names transfers in the context of their transactions */
    relo_time repair_at; /* copies are looked after (repair.h); every step looks here, and: */
    relo_time expiry;           /* lower bound of the next expiry or retry */
};

_Static_assert(sizeof(struct relo_store) <= 96, "a node is small");

#define RELO_STORE_RESOURCES_MAX 65536   /* per node */
#define RELO_STORE_BYTES_MAX (64u << 20) /* per node */

void relo_store_init(struct relo_store *store, struct relo_env *env, struct relo_route *route);
void relo_store_fini(struct relo_store *store);

/* StoreReq, FetchReq, StatReq, FindReq that are verified and admitted; answers them. */
void relo_store_request(struct relo_store *store, struct relo_inbound *in);
void relo_store_answer(struct relo_store *store, const struct relo_inbound *in); /* own replicas */
void relo_store_failed(struct relo_store *store, const struct relo_done *done);
void relo_store_topology(struct relo_store *store, const struct relo_topology_event *event);
/* The link to a peer has ended: if it comes back it may have lost what it held. */
void relo_store_peer_gone(struct relo_store *store, struct relo_id peer);
void relo_store_wake(struct relo_store *store);
relo_time relo_store_deadline(const struct relo_store *store);

/* The asking side. Builds and sends the request of a STORE, FETCH, STAT or FIND command with owner
   COMMAND and this context; 0: refused (unknown kind, too large, over quota). */
relo_handle relo_store_command(struct relo_store *store, const struct relo_command *command,
                               uint64_t context);
/* The same for another owner than COMMAND. */
relo_handle relo_store_ask(struct relo_store *store, const struct relo_command *command,
                           enum relo_owner owner, uint64_t context);
/* Reads the (verified) answer into a result: status, generation, and for FETCH the first value
   after checking the signatures of all values (7.4.2.2); views into the answer. */
void relo_store_result(struct relo_store *store, const struct relo_inbound *in,
                       struct relo_result *result);

/* The longest lifetime left, in seconds, of the values that a StatAns describes; 0: there are none.
 */
uint32_t relo_store_lifetime(const struct relo_store *store, const struct relo_inbound *in);

/* See relo_node_holds. */
uint64_t relo_store_holds(const struct relo_store *store, struct relo_id resource, uint32_t kind,
                          uint32_t index, struct relo_view key);

#endif
