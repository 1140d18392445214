/* SPDX-License-Identifier: BSD-2-Clause */
/* Store, Fetch, Stat and Find, RFC 6940 sections 7, 7.2 and 7.4. */
#include "core/wire/storage.h"

#include "core/wire/node_id.h"

/* The bytes of a vector that is about to be walked. */
static struct relo_view rest(const struct relo_rd *list)
{
    return (struct relo_view){list->p, (uint32_t)relo_rd_left(list)};
}

static struct relo_rd walk(const struct relo_wr *w, struct relo_view list)
{
    return relo_rd_init(list.p, list.n, w->node_id_bytes);
}

/* StoredDataValue, 7.2. */
bool relo_stored_value_read(struct relo_rd *r, enum relo_data_model model,
                            struct relo_stored_value *v)
{
    *v = (struct relo_stored_value){.model = model};
    if (model == RELO_MODEL_ARRAY)
        v->index = relo_rd_u32(r);
    if (model == RELO_MODEL_DICTIONARY)
        v->key = relo_rd_opaque16(r);
    v->exists = relo_rd_bool(r);
    v->value = relo_rd_opaque32(r);
    return !r->failed;
}

void relo_stored_value_write(struct relo_wr *w, const struct relo_stored_value *v)
{
    if (v->model == RELO_MODEL_ARRAY)
        relo_wr_u32(w, v->index);
    if (v->model == RELO_MODEL_DICTIONARY)
        relo_wr_opaque16(w, v->key);
    relo_wr_u8(w, v->exists);
    relo_wr_opaque32(w, v->value);
}

/* StoredData, 7. */
bool relo_stored_data_read(struct relo_rd *r, const struct relo_kind *definition,
                           struct relo_stored_data *d)
{
    const uint8_t *start = r->p;
    *d = (struct relo_stored_data){.known = definition != NULL};
    struct relo_rd data = relo_rd_vec32(r); /* length excludes itself */
    d->storage_time = relo_rd_u64(&data);
    d->lifetime = relo_rd_u32(&data);
    if (definition) {
        const uint8_t *value = data.p;
        relo_stored_value_read(&data, definition->model, &d->value);
        d->value_bytes = (struct relo_view){value, data.failed ? 0 : (uint32_t)(data.p - value)};
        relo_signature_read(&data, &d->signature);
    } else {
        d->value_bytes = relo_rd_rest(&data);
    }
    relo_rd_close(r, &data);
    d->bytes = (struct relo_view){start, r->failed ? 0 : (uint32_t)(r->p - start)};
    return !r->failed;
}

bool relo_stored_data_next(struct relo_rd *list, const struct relo_kind *definition,
                           struct relo_stored_data *d)
{
    return relo_rd_more(list) && relo_stored_data_read(list, definition, d);
}

void relo_stored_data_write(struct relo_wr *w, const struct relo_stored_data *d)
{
    size_t at = relo_wr_open32(w);
    relo_wr_u64(w, d->storage_time);
    relo_wr_u32(w, d->lifetime);
    if (d->known) {
        relo_stored_value_write(w, &d->value);
        relo_signature_write(w, &d->signature);
    } else {
        relo_wr_bytes(w, d->value_bytes.p, d->value_bytes.n);
    }
    relo_wr_close32(w, at);
}

/* StoredData values<0..2^32-1>. */
static struct relo_view values_read(struct relo_rd *r, const struct relo_kind *definition)
{
    struct relo_stored_data d;
    struct relo_rd list = relo_rd_vec32(r);
    struct relo_view values = rest(&list);
    while (relo_stored_data_next(&list, definition, &d))
        ;
    relo_rd_close(r, &list);
    return values;
}

static void values_write(struct relo_wr *w, const struct relo_kind *definition,
                         struct relo_view values)
{
    struct relo_rd list = walk(w, values);
    struct relo_stored_data d;
    size_t at = relo_wr_open32(w);
    while (relo_stored_data_next(&list, definition, &d))
        relo_stored_data_write(w, &d);
    relo_wr_close32(w, at);
    if (list.failed)
        w->failed = true;
}

/* StoreReq, 7.4.1.1. */
bool relo_store_kind_next(struct relo_rd *list, const struct relo_config *config,
                          struct relo_store_kind *k)
{
    if (!relo_rd_more(list))
        return false;
    k->kind = relo_rd_u32(list);
    k->definition = relo_kind_find(config, k->kind);
    k->generation_counter = relo_rd_u64(list);
    k->values = values_read(list, k->definition);
    return !list->failed;
}

void relo_store_kind_write(struct relo_wr *w, const struct relo_store_kind *k)
{
    relo_wr_u32(w, k->kind);
    relo_wr_u64(w, k->generation_counter);
    values_write(w, k->definition, k->values);
}

bool relo_store_req_read(struct relo_rd *r, const struct relo_config *config,
                         struct relo_store_req *s)
{
    struct relo_store_kind k;
    s->resource = relo_rd_opaque8(r);
    s->replica_number = relo_rd_u8(r);
    struct relo_rd list = relo_rd_vec32(r);
    s->kind_data = rest(&list);
    while (relo_store_kind_next(&list, config, &k))
        ;
    relo_rd_close(r, &list);
    return relo_rd_finish(r);
}

void relo_store_req_write(struct relo_wr *w, const struct relo_config *config,
                          const struct relo_store_req *s)
{
    struct relo_rd list = walk(w, s->kind_data);
    struct relo_store_kind k;
    relo_wr_opaque8(w, s->resource);
    relo_wr_u8(w, s->replica_number);
    size_t at = relo_wr_open32(w);
    while (relo_store_kind_next(&list, config, &k))
        relo_store_kind_write(w, &k);
    relo_wr_close32(w, at);
    if (list.failed)
        w->failed = true;
}

/* StoreAns, 7.4.1.2. */
bool relo_store_kind_response_next(struct relo_rd *list, struct relo_store_kind_response *k)
{
    if (!relo_rd_more(list))
        return false;
    k->kind = relo_rd_u32(list);
    k->generation_counter = relo_rd_u64(list);
    k->replicas = relo_rd_node_ids(list);
    return !list->failed;
}

void relo_store_kind_response_write(struct relo_wr *w, const struct relo_store_kind_response *k)
{
    relo_wr_u32(w, k->kind);
    relo_wr_u64(w, k->generation_counter);
    relo_wr_node_ids(w, k->replicas);
}

bool relo_store_ans_read(struct relo_rd *r, struct relo_store_ans *s)
{
    struct relo_store_kind_response k;
    struct relo_rd list = relo_rd_vec16(r);
    s->kind_responses = rest(&list);
    while (relo_store_kind_response_next(&list, &k))
        ;
    relo_rd_close(r, &list);
    return relo_rd_finish(r);
}

void relo_store_ans_write(struct relo_wr *w, const struct relo_store_ans *s)
{
    struct relo_rd list = walk(w, s->kind_responses);
    struct relo_store_kind_response k;
    size_t at = relo_wr_open16(w);
    while (relo_store_kind_response_next(&list, &k))
        relo_store_kind_response_write(w, &k);
    relo_wr_close16(w, at);
    if (list.failed)
        w->failed = true;
}

/* FetchReq and StatReq, 7.4.2.1. */
bool relo_array_range_next(struct relo_rd *list, struct relo_array_range *range)
{
    if (!relo_rd_more(list))
        return false;
    range->first = relo_rd_u32(list);
    range->last = relo_rd_u32(list);
    return !list->failed;
}

void relo_array_range_write(struct relo_wr *w, const struct relo_array_range *range)
{
    relo_wr_u32(w, range->first);
    relo_wr_u32(w, range->last);
}

bool relo_key_next(struct relo_rd *list, struct relo_view *key)
{
    if (!relo_rd_more(list))
        return false;
    *key = relo_rd_opaque16(list);
    return !list->failed;
}

static void model_specifier_read(struct relo_rd *specifier, struct relo_specifier *s)
{
    struct relo_array_range range;
    struct relo_view key;
    if (!s->definition) {
        s->opaque = relo_rd_rest(specifier);
        return;
    }
    if (s->definition->model == RELO_MODEL_SINGLE)
        return;
    struct relo_rd list = relo_rd_vec16(specifier);
    if (s->definition->model == RELO_MODEL_ARRAY) {
        s->indices = rest(&list);
        while (relo_array_range_next(&list, &range))
            ;
    } else {
        s->keys = rest(&list);
        while (relo_key_next(&list, &key))
            ;
    }
    relo_rd_close(specifier, &list);
}

bool relo_specifier_next(struct relo_rd *list, const struct relo_config *config,
                         struct relo_specifier *s)
{
    if (!relo_rd_more(list))
        return false;
    *s = (struct relo_specifier){.kind = relo_rd_u32(list)};
    s->definition = relo_kind_find(config, s->kind);
    s->generation = relo_rd_u64(list);
    struct relo_rd specifier = relo_rd_vec16(list);
    model_specifier_read(&specifier, s);
    relo_rd_close(list, &specifier);
    return !list->failed;
}

static void indices_write(struct relo_wr *w, struct relo_view indices)
{
    struct relo_rd list = walk(w, indices);
    struct relo_array_range range;
    size_t at = relo_wr_open16(w);
    while (relo_array_range_next(&list, &range))
        relo_array_range_write(w, &range);
    relo_wr_close16(w, at);
}

static void keys_write(struct relo_wr *w, struct relo_view keys)
{
    struct relo_rd list = walk(w, keys);
    struct relo_view key;
    size_t at = relo_wr_open16(w);
    while (relo_key_next(&list, &key))
        relo_wr_opaque16(w, key);
    relo_wr_close16(w, at);
}

void relo_specifier_write(struct relo_wr *w, const struct relo_specifier *s)
{
    relo_wr_u32(w, s->kind);
    relo_wr_u64(w, s->generation);
    size_t at = relo_wr_open16(w);
    if (!s->definition)
        relo_wr_bytes(w, s->opaque.p, s->opaque.n);
    else if (s->definition->model == RELO_MODEL_ARRAY)
        indices_write(w, s->indices);
    else if (s->definition->model == RELO_MODEL_DICTIONARY)
        keys_write(w, s->keys);
    relo_wr_close16(w, at);
}

bool relo_fetch_req_read(struct relo_rd *r, const struct relo_config *config,
                         struct relo_fetch_req *f)
{
    struct relo_specifier s;
    f->resource = relo_rd_opaque8(r);
    struct relo_rd list = relo_rd_vec16(r);
    f->specifiers = rest(&list);
    while (relo_specifier_next(&list, config, &s))
        ;
    relo_rd_close(r, &list);
    return relo_rd_finish(r);
}

void relo_fetch_req_write(struct relo_wr *w, const struct relo_config *config,
                          const struct relo_fetch_req *f)
{
    struct relo_rd list = walk(w, f->specifiers);
    struct relo_specifier s;
    relo_wr_opaque8(w, f->resource);
    size_t at = relo_wr_open16(w);
    while (relo_specifier_next(&list, config, &s))
        relo_specifier_write(w, &s);
    relo_wr_close16(w, at);
    if (list.failed)
        w->failed = true;
}

/* FetchAns, 7.4.2.2. */
bool relo_fetch_kind_response_next(struct relo_rd *list, const struct relo_config *config,
                                   struct relo_fetch_kind_response *k)
{
    if (!relo_rd_more(list))
        return false;
    k->kind = relo_rd_u32(list);
    k->definition = relo_kind_find(config, k->kind);
    k->generation = relo_rd_u64(list);
    k->values = values_read(list, k->definition);
    return !list->failed;
}

void relo_fetch_kind_response_write(struct relo_wr *w, const struct relo_fetch_kind_response *k)
{
    relo_wr_u32(w, k->kind);
    relo_wr_u64(w, k->generation);
    values_write(w, k->definition, k->values);
}

bool relo_fetch_ans_read(struct relo_rd *r, const struct relo_config *config,
                         struct relo_fetch_ans *f)
{
    struct relo_fetch_kind_response k;
    struct relo_rd list = relo_rd_vec32(r);
    f->kind_responses = rest(&list);
    while (relo_fetch_kind_response_next(&list, config, &k))
        ;
    relo_rd_close(r, &list);
    return relo_rd_finish(r);
}

void relo_fetch_ans_write(struct relo_wr *w, const struct relo_config *config,
                          const struct relo_fetch_ans *f)
{
    struct relo_rd list = walk(w, f->kind_responses);
    struct relo_fetch_kind_response k;
    size_t at = relo_wr_open32(w);
    while (relo_fetch_kind_response_next(&list, config, &k))
        relo_fetch_kind_response_write(w, &k);
    relo_wr_close32(w, at);
    if (list.failed)
        w->failed = true;
}

/* StatAns, 7.4.3.2. */
bool relo_stored_metadata_next(struct relo_rd *list, const struct relo_kind *definition,
                               struct relo_stored_metadata *m)
{
    if (!relo_rd_more(list))
        return false;
    *m = (struct relo_stored_metadata){.known = definition != NULL};
    struct relo_rd data = relo_rd_vec32(list); /* StoredMetaData.value_length: of all the rest */
    m->storage_time = relo_rd_u64(&data);
    m->lifetime = relo_rd_u32(&data);
    if (definition) {
        m->model = definition->model;
        if (m->model == RELO_MODEL_ARRAY)
            m->index = relo_rd_u32(&data);
        if (m->model == RELO_MODEL_DICTIONARY)
            m->key = relo_rd_opaque16(&data);
        m->exists = relo_rd_bool(&data);
        m->value_length = relo_rd_u32(&data); /* MetaData.value_length: of the stored value */
        m->hash_algorithm = relo_rd_u8(&data);
        m->hash_value = relo_rd_opaque8(&data);
    } else {
        m->opaque = relo_rd_rest(&data);
    }
    relo_rd_close(list, &data);
    return !list->failed;
}

void relo_stored_metadata_write(struct relo_wr *w, const struct relo_stored_metadata *m)
{
    size_t at = relo_wr_open32(w);
    relo_wr_u64(w, m->storage_time);
    relo_wr_u32(w, m->lifetime);
    if (m->known) {
        if (m->model == RELO_MODEL_ARRAY)
            relo_wr_u32(w, m->index);
        if (m->model == RELO_MODEL_DICTIONARY)
            relo_wr_opaque16(w, m->key);
        relo_wr_u8(w, m->exists);
        relo_wr_u32(w, m->value_length);
        relo_wr_u8(w, m->hash_algorithm);
        relo_wr_opaque8(w, m->hash_value);
    } else {
        relo_wr_bytes(w, m->opaque.p, m->opaque.n);
    }
    relo_wr_close32(w, at);
}

bool relo_stat_kind_response_next(struct relo_rd *list, const struct relo_config *config,
                                  struct relo_fetch_kind_response *k)
{
    struct relo_stored_metadata m;
    if (!relo_rd_more(list))
        return false;
    k->kind = relo_rd_u32(list);
    k->definition = relo_kind_find(config, k->kind);
    k->generation = relo_rd_u64(list);
    struct relo_rd values = relo_rd_vec32(list);
    k->values = rest(&values);
    while (relo_stored_metadata_next(&values, k->definition, &m))
        ;
    relo_rd_close(list, &values);
    return !list->failed;
}

void relo_stat_kind_response_write(struct relo_wr *w, const struct relo_fetch_kind_response *k)
{
    struct relo_rd list = walk(w, k->values);
    struct relo_stored_metadata m;
    relo_wr_u32(w, k->kind);
    relo_wr_u64(w, k->generation);
    size_t at = relo_wr_open32(w);
    while (relo_stored_metadata_next(&list, k->definition, &m))
        relo_stored_metadata_write(w, &m);
    relo_wr_close32(w, at);
    if (list.failed)
        w->failed = true;
}

bool relo_stat_ans_read(struct relo_rd *r, const struct relo_config *config,
                        struct relo_fetch_ans *s)
{
    struct relo_fetch_kind_response k;
    struct relo_rd list = relo_rd_vec32(r);
    s->kind_responses = rest(&list);
    while (relo_stat_kind_response_next(&list, config, &k))
        ;
    relo_rd_close(r, &list);
    return relo_rd_finish(r);
}

void relo_stat_ans_write(struct relo_wr *w, const struct relo_config *config,
                         const struct relo_fetch_ans *s)
{
    struct relo_rd list = walk(w, s->kind_responses);
    struct relo_fetch_kind_response k;
    size_t at = relo_wr_open32(w);
    while (relo_stat_kind_response_next(&list, config, &k))
        relo_stat_kind_response_write(w, &k);
    relo_wr_close32(w, at);
    if (list.failed)
        w->failed = true;
}

/* FindReq and FindAns, 7.4.4. */
bool relo_find_req_read(struct relo_rd *r, struct relo_find_req *f)
{
    f->resource = relo_rd_opaque8(r);
    f->kinds = relo_rd_opaque8(r);
    if (f->kinds.n % 4 != 0)
        r->failed = true;
    return relo_rd_finish(r);
}

void relo_find_req_write(struct relo_wr *w, const struct relo_find_req *f)
{
    relo_wr_opaque8(w, f->resource);
    relo_wr_opaque8(w, f->kinds);
}

bool relo_find_kind_data_next(struct relo_rd *list, struct relo_find_kind_data *k)
{
    if (!relo_rd_more(list))
        return false;
    k->kind = relo_rd_u32(list);
    k->closest = relo_rd_opaque8(list);
    return !list->failed;
}

void relo_find_kind_data_write(struct relo_wr *w, const struct relo_find_kind_data *k)
{
    relo_wr_u32(w, k->kind);
    relo_wr_opaque8(w, k->closest);
}

bool relo_find_ans_read(struct relo_rd *r, struct relo_find_ans *f)
{
    struct relo_find_kind_data k;
    struct relo_rd list = relo_rd_vec16(r);
    f->results = rest(&list);
    while (relo_find_kind_data_next(&list, &k))
        ;
    relo_rd_close(r, &list);
    return relo_rd_finish(r);
}

void relo_find_ans_write(struct relo_wr *w, const struct relo_find_ans *f)
{
    struct relo_rd list = walk(w, f->results);
    struct relo_find_kind_data k;
    size_t at = relo_wr_open16(w);
    while (relo_find_kind_data_next(&list, &k))
        relo_find_kind_data_write(w, &k);
    relo_wr_close16(w, at);
    if (list.failed)
        w->failed = true;
}
