/* SPDX-License-Identifier: BSD-2-Clause */
/* Stores of what this peer holds at other peers: replicas (RFC 6940 section 10.4), handover to a
   joining peer (10.5 step 6), data that is no longer ours (6.4.2.3), and fetching what others have
   newer (7.4.1.1). Internal to storage.

   Queue transfers, then relo_transfer_pump; feed answers and failures. At most
   RELO_TRANSFERS_PER_PEER are outstanding towards one peer, and as many of new values. */
#ifndef RELO_STORAGE_TRANSFER_H
#define RELO_STORAGE_TRANSFER_H

#include "core/storage/resources.h"

#define RELO_TRANSFERS_PER_PEER 4
#define RELO_TRANSFER_TRIES 5 /* refusals by our own quota before a transfer is given up */

enum relo_transfer_type {
    RELO_TRANSFER_HANDOVER, /* to the peer that is joining before us */
    RELO_TRANSFER_REPLICA,  /* to a member of the replica set */
    RELO_TRANSFER_RESCUE,   /* to whoever is responsible now; `to` is the Resource-ID */
    RELO_TRANSFER_FETCH     /* from a peer that has newer data */
};

struct relo_transfer {
    struct relo_transfer *next;
    struct relo_id resource;
    struct relo_id to;
    relo_time since; /* only values received then or later */
    uint32_t serial; /* in the transaction's context, once sent */
    uint32_t skip;   /* values that earlier parts have brought */
    uint8_t type;    /* enum relo_transfer_type */
    uint8_t then;    /* FETCH: the store to try again with what was fetched */
    uint8_t number;  /* replica_number */
    uint8_t tries;
    bool merged : 1; /* has been through a FETCH: once is enough */
    bool more : 1;   /* the part outstanding is not the last */
    bool fresh : 1;  /* brings what has just been acknowledged */
    uint16_t swept;  /* the resource's, when it went out: places move with it */
};

struct relo_transfer_range {
    struct relo_transfer_range *next;
    struct relo_id from, to;
    uint32_t pending; /* transfers not finished */
};

/* A resource has new values, received now: replicas, and the joining peer if it is in its range.
   `fresh`: from their writer, who has been told that they are stored; they go first. */
void relo_transfer_stored(struct relo_store *store, struct relo_resource *resource, bool fresh);
/* Members of the replica set that are not known to have it (10.7.3). */
void relo_transfer_replicate(struct relo_store *store, struct relo_resource *resource);
void relo_transfer_handover(struct relo_store *store, struct relo_id from, struct relo_id to);
/* To the peer that is responsible for it, as far as this one knows, unless that is under way. */
void relo_transfer_push(struct relo_store *store, struct relo_resource *resource,
                        struct relo_id owner);
/* Something of it is on its way somewhere; or, without `rescues`, to a peer that this one knows. */
bool relo_transfer_pending(const struct relo_store *store, struct relo_id resource, bool rescues);
void relo_transfer_rescue(struct relo_store *store, struct relo_resource *resource);
/* Sends what may be sent. */
void relo_transfer_pump(struct relo_store *store);
void relo_transfer_answer(struct relo_store *store, const struct relo_inbound *in);
void relo_transfer_failed(struct relo_store *store, const struct relo_done *done);
/* Deletes a resource that this peer neither is responsible for nor keeps a replica of (10.7.3),
   unless it is still on its way somewhere. */
void relo_transfer_forget(struct relo_store *store, struct relo_id resource);
void relo_transfer_fini(struct relo_store *store);

#endif
