/* SPDX-License-Identifier: BSD-2-Clause */
/* The storing peer's answers to FetchReq, StatReq and FindReq (RFC 6940 sections 7.4.2 to 7.4.4):
   selection of stored values into an answer body. Changes nothing. */
#ifndef RELO_STORAGE_FETCH_H
#define RELO_STORAGE_FETCH_H

#include "core/base/env.h"
#include "core/storage/value.h"

#define RELO_CERTIFICATE_SET_MAX 32

/* Distinct packed certificates that an answer or a replica store has to bring along (6.3.4). */
struct relo_certificate_set {
    struct relo_view packed[RELO_CERTIFICATE_SET_MAX];
    uint32_t count;
};
/* False: the set is full. */
bool relo_certificate_set_add(struct relo_certificate_set *set,
                              const struct relo_kept_certificate *certificate);

/* Writes FetchAns (or StatAns) from what is stored at one resource; NULL: nothing is. 0, or an
   error code and its error_info. `set` collects the certificates of a FetchAns. */
uint16_t relo_fetch_answer(const struct relo_env *env, const struct relo_resource *resource,
                           const struct relo_fetch_req *request, bool stat, struct relo_wr *w,
                           struct relo_certificate_set *set, struct relo_wr *error_info);
/* Writes FindAns: per kind the first Resource-ID at or after the one asked for, going round, at
   which a value of that kind exists here; so that repeated Finds walk (7.4.4). */
uint16_t relo_fetch_find(const struct relo_env *env, struct relo_resource *const *resources,
                         uint32_t count, struct relo_id from, const struct relo_find_req *request,
                         struct relo_wr *w);

#endif
