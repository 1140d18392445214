/* SPDX-License-Identifier: BSD-2-Clause */
/* What is stored at one Resource-ID: kinds, their values and generation counters, and the
   certificates the values' signatures need (RFC 6940 sections 7, 7.2, 6.3.4).

   A store is applied value by value with a journal: relo_value_put for each, then
   relo_value_commit, or relo_value_rollback, which leaves everything as it was (7.4.1.1: these
   operations are atomic). */
#ifndef RELO_STORAGE_VALUE_H
#define RELO_STORAGE_VALUE_H

#include "core/base/env.h"
#include "core/config/config.h"
#include "core/wire/storage.h"

#define RELO_HOLDERS_MAX 4     /* peers remembered to hold a copy of a resource */
#define RELO_APPEND UINT32_MAX /* array index: at the end (7.4.1.1) */
#define RELO_PACKED_MAX 4096   /* bytes of a packed certificate */

/* One certificate in the suite's packed form, shared by the values of a resource it signed. */
struct relo_kept_certificate {
    struct relo_kept_certificate *next;
    uint16_t uses; /* where that is not enough there is another copy */
    uint16_t n;    /* at most RELO_PACKED_MAX */
    uint8_t packed[];
};

/* One value in one pool block: header, StoredDataValue as encoded, Signature as encoded, whose
   value (the last of it) is packed where the suite can. */
struct relo_value {
    struct relo_value *next; /* by index, or by key bytes */
    struct relo_kept_certificate *certificate;
    uint64_t storage_time; /* ms, the writer's clock */
    relo_time received;    /* the lifetime counts from here */
    uint32_t lifetime;     /* seconds, as received */
    uint32_t index;        /* array, else 0 */
    uint32_t value_n;      /* as encoded */
    uint16_t signature_n;  /* as encoded */
    uint16_t kept_n;       /* of the signature; at most signature_n */
    uint8_t packed_n;      /* of that, the signature's value; 0: it is as encoded */
    uint8_t bytes[];
};

struct relo_stored_kind {
    struct relo_stored_kind *next; /* by Kind-ID */
    const struct relo_kind *definition;
    struct relo_value *first;
    uint64_t generation; /* 0: nothing has ever been stored */
    uint32_t count;      /* values, expired ones included until swept */
};

struct relo_resource {
    struct relo_id id;
    struct relo_stored_kind *kinds;
    struct relo_kept_certificate *certificates;
    uint32_t holder[RELO_HOLDERS_MAX]; /* folded Node-IDs of peers that have all of this; 0 none */
    uint32_t bytes;                    /* in values and certificates, for the quota */
    bool mine : 1;                     /* this peer has been responsible for it */
    bool handed : 1;                   /* the newly responsible peer has it (10.5 step 6) */
    uint8_t pushes;                    /* to the responsible peer, without success (repair.h) */
    uint16_t swept;                    /* values that have expired so far, modulo 2^16 */
    relo_time vain_since; /* this peer is outside the replica set (10.7.3); 0: inside */
};

_Static_assert(sizeof(struct relo_resource) == 64, "five a peer, where there are TURN servers");

enum relo_put_result {
    RELO_PUT_OK,
    RELO_PUT_SAME,     /* exactly this value is there already: a repeated store */
    RELO_PUT_TOO_OLD,  /* one with the same or a later storage time is there */
    RELO_PUT_TOO_LARGE /* max-size, max-count */
};

struct relo_change {
    struct relo_change *next;
    struct relo_stored_kind *kind;
    struct relo_value *added, *replaced;
};

/* A store in progress. Zero-initialise, then set env and resource. */
struct relo_journal {
    struct relo_env *env;
    struct relo_resource *resource;
    struct relo_change *changes; /* newest first */
};

struct relo_resource *relo_resource_new(struct relo_env *env, struct relo_id id);
void relo_resource_free(struct relo_env *env, struct relo_resource *resource);
/* NULL where nothing of that kind was ever stored. */
struct relo_stored_kind *relo_resource_kind(const struct relo_resource *resource, uint32_t kind);
/* Creates it if needed. */
struct relo_stored_kind *relo_resource_kind_add(struct relo_env *env,
                                                struct relo_resource *resource,
                                                const struct relo_kind *definition);
/* Removes kinds that have neither values nor a place in the journal: after a rollback or a
   sweep. */
void relo_resource_tidy(struct relo_env *env, struct relo_resource *resource);
/* Removes what has expired; returns how many values, and lowers *earliest to the next expiry. */
uint32_t relo_resource_sweep(struct relo_env *env, struct relo_resource *resource,
                             relo_time *earliest);

/* Peers known to have a copy. */
void relo_resource_holder_add(struct relo_resource *resource, struct relo_id peer);
void relo_resource_holder_remove(struct relo_resource *resource, struct relo_id peer);
/* Forgets all holders but those among the n peers. */
void relo_resource_holders_keep(struct relo_resource *resource, const struct relo_id *peers,
                                uint32_t n);
bool relo_resource_holder(const struct relo_resource *resource, struct relo_id peer);

/* Puts one value that has passed the checks of signature and access. `packed` is its signer's
   certificate. Checks storage time, then max-size and max-count. */
enum relo_put_result relo_value_put(struct relo_journal *journal, struct relo_stored_kind *kind,
                                    const struct relo_stored_data *data, struct relo_view packed);
void relo_value_commit(struct relo_journal *journal);
void relo_value_rollback(struct relo_journal *journal);

/* When its lifetime is over. */
static inline relo_time relo_value_ends(const struct relo_value *v)
{
    return v->received + (relo_time)v->lifetime * RELO_S;
}
/* Not expired at `now`. */
static inline bool relo_value_alive(const struct relo_value *v, relo_time now)
{
    return now < relo_value_ends(v);
}

/* Seconds left: the lifetime less the holding time (7.4.1.1). */
static inline uint32_t relo_value_lifetime(const struct relo_value *v, relo_time now)
{
    return relo_value_alive(v, now) ? v->lifetime - (uint32_t)((now - v->received) / RELO_S) : 0;
}
/* The flat StoredDataValue; views into the value. */
struct relo_stored_value relo_value_read(const struct relo_value *v, enum relo_data_model model);
/* The unexpired value of an array index or a dictionary key (ignored by the other models), or
   NULL. */
const struct relo_value *relo_value_find(const struct relo_stored_kind *kind, uint32_t index,
                                         struct relo_view key, relo_time now);
/* StoredData, with the lifetime that is left. */
void relo_value_write(const struct relo_env *env, struct relo_wr *w, const struct relo_value *v);
/* Bytes relo_value_write writes. */
static inline uint32_t relo_value_size(const struct relo_value *v)
{
    return 4 + 8 + 4 + v->value_n + v->signature_n;
}

#endif
