/* SPDX-License-Identifier: BSD-2-Clause */
/* Fetch, Stat and Find at the storing peer: RFC 6940 sections 7.4.2, 7.4.3 and 7.4.4. */
#include "core/storage/fetch.h"

#include "core/security/suite.h"
#include "core/wire/codes.h"
#include "core/wire/error.h"
#include "core/wire/node_id.h"

bool relo_certificate_set_add(struct relo_certificate_set *set,
                              const struct relo_kept_certificate *certificate)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (set->packed[i].p == certificate->packed)
            return true; /* one resource keeps each certificate once */
    if (set->count == RELO_CERTIFICATE_SET_MAX)
        return false;
    set->packed[set->count++] = (struct relo_view){certificate->packed, certificate->n};
    return true;
}

/* What one answer is made of. */
struct selection {
    const struct relo_env *env;
    const struct relo_stored_kind *kind; /* NULL: nothing stored */
    enum relo_data_model model;
    bool stat;
    struct relo_wr *w;
    struct relo_certificate_set *set;
};

/* 7.4.3.2: a digest over the value with its four length bytes. */
static void digest_value(const struct relo_env *env, struct relo_view value, const uint8_t *framed,
                         uint8_t digest[RELO_DIGEST_BYTES])
{
    env->suite->digest((struct relo_view){framed, value.n + 4}, digest);
}

static void write_stat(struct selection *s, const struct relo_value *v)
{
    struct relo_stored_value value = relo_value_read(v, s->model);
    uint8_t digest[RELO_DIGEST_BYTES];
    /* The value is the end of a StoredDataValue, its length right before it. */
    digest_value(s->env, value.value, v->bytes + v->value_n - value.value.n - 4, digest);
    struct relo_stored_metadata m = {
        .storage_time = v->storage_time,
        .lifetime = relo_value_lifetime(v, s->env->now),
        .known = true,
        .model = s->model,
        .index = v->index,
        .key = value.key,
        .exists = value.exists,
        .value_length = value.value.n,
        .hash_algorithm = RELO_HASH_SHA256,
        .hash_value = {digest, sizeof digest},
    };
    relo_stored_metadata_write(s->w, &m);
}

static void write_value(struct selection *s, const struct relo_value *v)
{
    if (s->stat) {
        write_stat(s, v);
        return;
    }
    relo_value_write(s->env, s->w, v);
    if (!relo_certificate_set_add(s->set, v->certificate))
        s->w->failed = true;
}

/* 7.4.2.2: a value this peer has no knowledge of. */
static void write_synthetic(struct selection *s, uint32_t index, struct relo_view key)
{
    struct relo_stored_value value = {.model = s->model, .index = index, .key = key};
    if (!s->stat) {
        struct relo_stored_data d = {
            .known = true, .value = value, .signature = relo_signature_none()};
        relo_stored_data_write(s->w, &d);
        return;
    }
    static const uint8_t no_value[4] = {0, 0, 0, 0};
    uint8_t digest[RELO_DIGEST_BYTES];
    digest_value(s->env, value.value, no_value, digest);
    struct relo_stored_metadata m = {
        .known = true,
        .model = s->model,
        .index = index,
        .key = key,
        .hash_algorithm = RELO_HASH_SHA256,
        .hash_value = {digest, sizeof digest},
    };
    relo_stored_metadata_write(s->w, &m);
}

static void write_entry(struct selection *s, uint32_t index, struct relo_view key)
{
    const struct relo_value *v = s->kind ? relo_value_find(s->kind, index, key, s->env->now) : NULL;
    if (v)
        write_value(s, v);
    else
        write_synthetic(s, index, key);
}

/* 7.4.2.1: first <= last, and ranges do not overlap. */
static bool ranges_check(struct relo_view indices)
{
    struct relo_rd list = relo_rd_init(indices.p, indices.n, RELO_ID_BYTES);
    struct relo_array_range a, b;
    while (relo_array_range_next(&list, &a)) {
        if (a.first > a.last)
            return false;
        struct relo_rd rest = list;
        while (relo_array_range_next(&rest, &b))
            if (a.first <= b.last && b.first <= a.last)
                return false;
    }
    return !list.failed;
}

static void select_array(struct selection *s, const struct relo_specifier *specifier)
{
    uint32_t length = 0; /* highest index + 1 */
    for (const struct relo_value *v = s->kind ? s->kind->first : NULL; v; v = v->next)
        if (relo_value_alive(v, s->env->now))
            length = v->index + 1;
    struct relo_rd list = relo_rd_init(specifier->indices.p, specifier->indices.n, RELO_ID_BYTES);
    struct relo_array_range range;
    while (relo_array_range_next(&list, &range)) {
        /* 0xffffffff is the final element; of an empty array there is none. */
        if (range.last == UINT32_MAX && length == 0)
            continue;
        uint32_t last = range.last == UINT32_MAX ? length - 1 : range.last;
        uint32_t first = range.first == UINT32_MAX ? length - 1 : range.first;
        /* No array is longer than max-count: nothing to say about what lies beyond. */
        for (uint32_t i = first; i <= last && i < specifier->definition->max_count; i++)
            write_entry(s, i, (struct relo_view){NULL, 0});
    }
}

static void select_dictionary(struct selection *s, const struct relo_specifier *specifier)
{
    struct relo_rd list = relo_rd_init(specifier->keys.p, specifier->keys.n, RELO_ID_BYTES);
    struct relo_view key;
    /* No keys: a wildcard fetch returns all pairs (7.4.2.1). */
    if (specifier->keys.n == 0)
        for (const struct relo_value *v = s->kind ? s->kind->first : NULL; v; v = v->next)
            if (relo_value_alive(v, s->env->now))
                write_value(s, v);
    while (relo_key_next(&list, &key))
        write_entry(s, 0, key);
}

static void select_values(struct selection *s, const struct relo_specifier *specifier)
{
    switch (s->model) {
    case RELO_MODEL_SINGLE:
        write_entry(s, 0, (struct relo_view){NULL, 0});
        return;
    case RELO_MODEL_ARRAY:
        select_array(s, specifier);
        return;
    case RELO_MODEL_DICTIONARY:
        select_dictionary(s, specifier);
        return;
    }
}

static uint16_t check_specifiers(const struct relo_env *env, const struct relo_fetch_req *request,
                                 struct relo_wr *error_info)
{
    uint8_t unknown[252];
    bool overlap = false;
    struct relo_wr w = relo_wr_init(unknown, sizeof unknown, RELO_ID_BYTES);
    struct relo_rd list = relo_rd_init(request->specifiers.p, request->specifiers.n, RELO_ID_BYTES);
    struct relo_specifier specifier;
    while (relo_specifier_next(&list, env->config, &specifier)) {
        if (!specifier.definition) {
            if (relo_wr_size(&w) < sizeof unknown)
                relo_wr_u32(&w, specifier.kind);
        } else if (specifier.definition->model == RELO_MODEL_ARRAY) {
            overlap |= !ranges_check(specifier.indices);
        }
    }
    if (relo_wr_size(&w)) { /* 6940-7.4.2.1-1 6940-7.4.1.2-6 */
        relo_unknown_kinds_write(error_info, relo_wr_view(&w));
        return RELO_ERROR_UNKNOWN_KIND;
    }
    return overlap ? RELO_ERROR_INVALID_MESSAGE : 0; /* 6940-7.4.2.1-2 6940-7.4.2.1-3 */
}

uint16_t relo_fetch_answer(const struct relo_env *env, const struct relo_resource *resource,
                           const struct relo_fetch_req *request, bool stat, struct relo_wr *w,
                           struct relo_certificate_set *set, struct relo_wr *error_info)
{
    uint16_t error = check_specifiers(env, request, error_info);
    if (error)
        return error;
    size_t at = relo_wr_open32(w);
    struct relo_rd list = relo_rd_init(request->specifiers.p, request->specifiers.n, RELO_ID_BYTES);
    struct relo_specifier specifier;
    while (relo_specifier_next(&list, env->config, &specifier) && !w->failed) {
        struct selection s = {
            .env = env,
            .kind = resource ? relo_resource_kind(resource, specifier.kind) : NULL,
            .model = specifier.definition->model,
            .stat = stat,
            .w = w,
            .set = set,
        };
        uint64_t generation = s.kind ? s.kind->generation : 0;
        relo_wr_u32(w, specifier.kind); /* 6940-7.4.2.2-1 */
        relo_wr_u64(w, generation);
        size_t values = relo_wr_open32(w);
        /* 7.4.2.1: the requester has this generation already. */
        if (specifier.generation == 0 || specifier.generation != generation)
            select_values(&s, &specifier); /* 6940-7.4.2.2-2 */
        relo_wr_close32(w, values);
    }
    relo_wr_close32(w, at);
    return w->failed ? RELO_ERROR_RESPONSE_TOO_LARGE : 0;
}

static bool kind_exists(const struct relo_resource *resource, uint32_t kind, relo_time now)
{
    const struct relo_stored_kind *k = relo_resource_kind(resource, kind);
    for (const struct relo_value *v = k ? k->first : NULL; v; v = v->next)
        if (relo_value_alive(v, now) && relo_value_read(v, k->definition->model).exists)
            return true;
    return false;
}

static struct relo_id closest(const struct relo_env *env, struct relo_resource *const *resources,
                              uint32_t count, struct relo_id from, uint32_t kind)
{
    uint32_t start = 0;
    while (start < count && relo_id_compare(resources[start]->id, from) < 0)
        start++;
    for (uint32_t i = 0; i < count; i++) {
        const struct relo_resource *r = resources[(start + i) % count];
        if (kind_exists(r, kind, env->now))
            return r->id;
    }
    return (struct relo_id){0, 0}; /* 7.4.4.2: 0 if no Resource-ID is known */
}

uint16_t relo_fetch_find(const struct relo_env *env, struct relo_resource *const *resources,
                         uint32_t count, struct relo_id from, const struct relo_find_req *request,
                         struct relo_wr *w)
{
    struct relo_rd list = relo_rd_init(request->kinds.p, request->kinds.n, RELO_ID_BYTES);
    size_t at = relo_wr_open16(w);
    while (relo_rd_more(&list)) {
        uint32_t kind = relo_rd_u32(&list);
        struct relo_rd rest = list;
        while (relo_rd_more(&rest))
            if (relo_rd_u32(&rest) == kind)        /* 6940-7.4.4.1-1 6940-7.4.4.1-2 */
                return RELO_ERROR_INVALID_MESSAGE; /* 7.4.4.1: each MUST appear only once */
        const struct relo_kind *definition = relo_config_kind(env->config, kind);
        if (definition && !definition->find_allowed) /* 6940-7.4.4.2-2 */
            continue;                                /* 7.4.4.2: MUST NOT be included */
        uint8_t id[RELO_ID_BYTES];
        relo_id_to_bytes(
            definition ? closest(env, resources, count, from, kind) : (struct relo_id){0, 0}, id);
        struct relo_find_kind_data data = {kind, {id, sizeof id}};
        relo_find_kind_data_write(w, &data);
    }
    relo_wr_close16(w, at);
    return w->failed ? RELO_ERROR_RESPONSE_TOO_LARGE : 0;
}
