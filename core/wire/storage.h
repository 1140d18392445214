/* SPDX-License-Identifier: BSD-2-Clause */
/* Store, Fetch, Stat and Find and what they carry: RFC 6940 sections 7, 7.2 and 7.4.

   Reading validates everything nested, so a loop over a vector of a body that was read cannot fail:
     relo_store_req_read(&r, config, &req);
     k = relo_rd_init(req.kind_data.p, req.kind_data.n, node_id_bytes);
     while (relo_store_kind_next(&k, config, &kind)) {
         v = relo_rd_init(kind.values.p, kind.values.n, node_id_bytes);
         while (relo_stored_data_next(&v, kind.definition, &data)) ...
   Building a body with many elements: write its fields with the relo_wr functions, vectors between
   open and close and elements with the writers below; the writers of whole bodies take vectors that
   are encoded already and encode each element again. */
#ifndef RELO_WIRE_STORAGE_H
#define RELO_WIRE_STORAGE_H

#include "core/base/bytes.h"
#include "core/wire/kinds.h"
#include "core/wire/security.h"

/* StoredDataValue with its DataValue, 7.2: flat, since all three config have the same inside. */
struct relo_stored_value {
    enum relo_data_model model;
    uint32_t index;        /* array; 0xffffffff appends (7.4.1.1) */
    struct relo_view key;  /* dictionary */
    bool exists;           /* false: no value is present */
    struct relo_view value;
};

/* StoredData, 7. */
struct relo_stored_data {
    uint64_t storage_time; /* milliseconds since 1970 */
    uint32_t lifetime;     /* seconds, from receipt */
    bool known;            /* else only value_bytes and bytes are set */
    struct relo_stored_value value;
    struct relo_signature signature;
    struct relo_view value_bytes; /* the encoded StoredDataValue as read, for signature inputs; of
                                     an unknown kind value and signature together */
    struct relo_view bytes;       /* the whole StoredData as read, its length field included */
};

/* Store, 7.4.1. */
struct relo_store_req {
    struct relo_view resource;
    uint8_t replica_number; /* 0: the original */
    struct relo_view kind_data; /* StoreKindData elements */
};
struct relo_store_kind {
    uint32_t kind;
    const struct relo_kind *definition; /* from the configuration; NULL: unknown */
    uint64_t generation_counter;
    struct relo_view values; /* StoredData elements */
};
struct relo_store_ans {
    struct relo_view kind_responses; /* StoreKindResponse elements */
};
struct relo_store_kind_response {
    uint32_t kind;
    uint64_t generation_counter;
    struct relo_view replicas; /* Node-IDs */
};

/* Fetch and Stat, 7.4.2 and 7.4.3: their requests are identical. */
struct relo_fetch_req {
    struct relo_view resource;
    struct relo_view specifiers; /* StoredDataSpecifier elements */
};
/* StoredDataSpecifier, 7.4.2.1; its length covers the vector's own two length bytes. */
struct relo_specifier {
    uint32_t kind;
    const struct relo_kind *definition; /* from the configuration; NULL: unknown */
    uint64_t generation;                /* the last seen, or 0 */
    struct relo_view indices;           /* array: ArrayRange elements */
    struct relo_view keys;              /* dictionary: DictionaryKey elements; empty: all */
    struct relo_view opaque;            /* unknown kind: the model_specifier */
};
struct relo_array_range {
    uint32_t first, last; /* 0xffffffff: the final element; first <= last is not checked here */
};
struct relo_fetch_ans {
    struct relo_view kind_responses; /* FetchKindResponse elements (Stat: StatKindResponse) */
};
struct relo_fetch_kind_response {
    uint32_t kind;
    const struct relo_kind *definition;
    uint64_t generation;
    struct relo_view values; /* Fetch: StoredData elements; Stat: StoredMetaData elements */
};

/* StoredMetaData with its MetaDataValue and MetaData, 7.4.3.2: flat like relo_stored_value. */
struct relo_stored_metadata {
    uint64_t storage_time;
    uint32_t lifetime;
    bool known; /* else only opaque is set */
    enum relo_data_model model;
    uint32_t index;
    struct relo_view key;
    bool exists;
    uint32_t value_length;       /* of the value, without its length bytes */
    uint8_t hash_algorithm;      /* enum relo_hash_alg */
    struct relo_view hash_value; /* over the value with its four length bytes */
    struct relo_view opaque;     /* unknown kind: the MetaDataValue */
};

/* Find, 7.4.4. */
struct relo_find_req {
    struct relo_view resource;
    struct relo_view kinds; /* 32-bit Kind-IDs */
};
struct relo_find_ans {
    struct relo_view results; /* FindKindData elements */
};
struct relo_find_kind_data {
    uint32_t kind;
    struct relo_view closest; /* Resource-ID; empty or zeros: none known */
};

bool relo_stored_value_read(struct relo_rd *r, enum relo_data_model model,
                            struct relo_stored_value *v);
void relo_stored_value_write(struct relo_wr *w, const struct relo_stored_value *v);
/* Of an unknown kind (definition NULL) only the framing is checked, and value_bytes is what is
   written. Writers compute the length. */
bool relo_stored_data_read(struct relo_rd *r, const struct relo_kind *definition,
                           struct relo_stored_data *d);
bool relo_stored_data_next(struct relo_rd *list, const struct relo_kind *definition,
                           struct relo_stored_data *d);
void relo_stored_data_write(struct relo_wr *w, const struct relo_stored_data *d);

bool relo_store_req_read(struct relo_rd *r, const struct relo_config *config,
                         struct relo_store_req *s);
void relo_store_req_write(struct relo_wr *w, const struct relo_config *config,
                          const struct relo_store_req *s);
bool relo_store_kind_next(struct relo_rd *list, const struct relo_config *config,
                          struct relo_store_kind *k);
void relo_store_kind_write(struct relo_wr *w, const struct relo_store_kind *k);
bool relo_store_ans_read(struct relo_rd *r, struct relo_store_ans *s);
void relo_store_ans_write(struct relo_wr *w, const struct relo_store_ans *s);
bool relo_store_kind_response_next(struct relo_rd *list, struct relo_store_kind_response *k);
void relo_store_kind_response_write(struct relo_wr *w, const struct relo_store_kind_response *k);

bool relo_fetch_req_read(struct relo_rd *r, const struct relo_config *config,
                         struct relo_fetch_req *f);
void relo_fetch_req_write(struct relo_wr *w, const struct relo_config *config,
                          const struct relo_fetch_req *f);
bool relo_specifier_next(struct relo_rd *list, const struct relo_config *config,
                         struct relo_specifier *s);
void relo_specifier_write(struct relo_wr *w, const struct relo_specifier *s);
bool relo_array_range_next(struct relo_rd *list, struct relo_array_range *range);
void relo_array_range_write(struct relo_wr *w, const struct relo_array_range *range);
bool relo_key_next(struct relo_rd *list, struct relo_view *key); /* DictionaryKey */

bool relo_fetch_ans_read(struct relo_rd *r, const struct relo_config *config,
                         struct relo_fetch_ans *f);
void relo_fetch_ans_write(struct relo_wr *w, const struct relo_config *config,
                          const struct relo_fetch_ans *f);
bool relo_fetch_kind_response_next(struct relo_rd *list, const struct relo_config *config,
                                   struct relo_fetch_kind_response *k);
void relo_fetch_kind_response_write(struct relo_wr *w, const struct relo_fetch_kind_response *k);

bool relo_stat_ans_read(struct relo_rd *r, const struct relo_config *config,
                        struct relo_fetch_ans *s);
void relo_stat_ans_write(struct relo_wr *w, const struct relo_config *config,
                         const struct relo_fetch_ans *s);
bool relo_stat_kind_response_next(struct relo_rd *list, const struct relo_config *config,
                                  struct relo_fetch_kind_response *k);
void relo_stat_kind_response_write(struct relo_wr *w, const struct relo_fetch_kind_response *k);
bool relo_stored_metadata_next(struct relo_rd *list, const struct relo_kind *definition,
                               struct relo_stored_metadata *m);
void relo_stored_metadata_write(struct relo_wr *w, const struct relo_stored_metadata *m);

bool relo_find_req_read(struct relo_rd *r, struct relo_find_req *f);
void relo_find_req_write(struct relo_wr *w, const struct relo_find_req *f);
bool relo_find_ans_read(struct relo_rd *r, struct relo_find_ans *f);
void relo_find_ans_write(struct relo_wr *w, const struct relo_find_ans *f);
bool relo_find_kind_data_next(struct relo_rd *list, struct relo_find_kind_data *k);
void relo_find_kind_data_write(struct relo_wr *w, const struct relo_find_kind_data *k);

#endif
