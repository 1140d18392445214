/* SPDX-License-Identifier: BSD-2-Clause */
/* The storing peer's decision on a StoreReq: the checks of RFC 6940 section 7.4.1.1 in their order,
   and the change they allow, all of it or none.

   relo_accept_check (needs no state), then relo_accept_apply, then relo_accept_answer. Whether this
   peer is responsible, or a plausible replica, is checked by the caller, who knows the topology. */
#ifndef RELO_STORAGE_ACCEPT_H
#define RELO_STORAGE_ACCEPT_H

#include "core/storage/access.h"
#include "core/storage/value.h"

/* A request being decided; everything borrowed. */
struct relo_accept {
    struct relo_env *env;
    struct relo_id resource;
    const struct relo_store_req *request; /* well formed: relo_store_req_read returned true */
    struct relo_view certificates;        /* GenericCertificate elements of the message */
    const struct relo_credential *signer; /* of the StoreReq */
};

/* Kinds known and each once, signatures valid, signers authorized. 0, or an error code and its
   error_info. */
uint16_t relo_accept_check(const struct relo_accept *a, struct relo_wr *error_info);
/* Generation counters, storage times, sizes and counts; stores. 0: *changed says whether anything
   is new. Else an error code, and the resource is what it was. */
uint16_t relo_accept_apply(const struct relo_accept *a, struct relo_resource *resource,
                           bool *changed, struct relo_wr *error_info);
/* Whether the request brought all that there is in the resource. */
bool relo_accept_covers(const struct relo_accept *a, const struct relo_resource *resource);
/* StoreAns with the current generation counters; `replicas` are Node-IDs end to end (empty in the
   error_info of Error_Generation_Counter_Too_Low, 7.4.1.2). resource NULL: nothing stored. */
void relo_accept_answer(const struct relo_accept *a, const struct relo_resource *resource,
                        struct relo_view replicas, struct relo_wr *w);
/* Takes over what is newer from another peer's FetchAns (7.4.1.1: resynchronization). Values that
   do not verify are left out. True: something changed. Adds to *same how many values are now here
   as they are there, unless its generation counter has to be raised. */
bool relo_accept_merge(struct relo_env *env, struct relo_resource *resource,
                       const struct relo_fetch_kind_response *from, struct relo_view certificates,
                       uint32_t *same);

#endif
