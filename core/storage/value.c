/* SPDX-License-Identifier: BSD-2-Clause */
/* Values, kinds and certificates of one Resource-ID (RFC 6940 sections 7 and 7.2), and the journal
   that makes a store atomic (7.4.1.1). */
#include "core/storage/value.h"

#include "core/base/check.h"
#include "core/base/hash.h"
#include "core/security/suite.h"
#include "core/wire/node_id.h"

#include <string.h>

struct relo_resource *relo_resource_new(struct relo_env *env, struct relo_id id)
{
    struct relo_resource *resource = relo_env_alloc(env, sizeof *resource);
    *resource = (struct relo_resource){.id = id};
    return resource;
}

static uint32_t value_bytes(const struct relo_value *v)
{
    return (uint32_t)offsetof(struct relo_value, bytes) + v->value_n + v->kept_n;
}

static uint32_t certificate_bytes(uint32_t packed_n)
{
    return (uint32_t)offsetof(struct relo_kept_certificate, packed) + packed_n;
}

/* The resource's copy of a certificate, made if it is not there yet; counts one more use. */
static struct relo_kept_certificate *
certificate_keep(struct relo_env *env, struct relo_resource *resource, struct relo_view packed)
{
    struct relo_kept_certificate *c = resource->certificates;
    while (c && (c->uses == UINT16_MAX || c->n != packed.n ||
                 memcmp(c->packed, packed.p, packed.n) != 0))
        c = c->next;
    if (!c) {
        c = relo_env_alloc(env, certificate_bytes(packed.n));
        *c =
            (struct relo_kept_certificate){.next = resource->certificates, .n = (uint16_t)packed.n};
        if (packed.n)
            memcpy(c->packed, packed.p, packed.n);
        resource->certificates = c;
        resource->bytes += certificate_bytes(c->n);
    }
    c->uses++;
    return c;
}

static void certificate_release(struct relo_env *env, struct relo_resource *resource,
                                struct relo_kept_certificate *c)
{
    if (--c->uses)
        return;
    struct relo_kept_certificate **at = &resource->certificates;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    resource->bytes -= certificate_bytes(c->n);
    relo_env_free(env, c, certificate_bytes(c->n));
}

static void value_free(struct relo_env *env, struct relo_resource *resource, struct relo_value *v)
{
    certificate_release(env, resource, v->certificate);
    resource->bytes -= value_bytes(v);
    relo_env_free(env, v, value_bytes(v));
}

void relo_resource_free(struct relo_env *env, struct relo_resource *resource)
{
    if (!resource)
        return;
    for (struct relo_stored_kind *k = resource->kinds, *next; k; k = next) {
        next = k->next;
        for (struct relo_value *v = k->first, *after; v; v = after) {
            after = v->next;
            value_free(env, resource, v);
        }
        relo_env_free(env, k, sizeof *k);
    }
    relo_env_free(env, resource, sizeof *resource);
}

struct relo_stored_kind *relo_resource_kind(const struct relo_resource *resource, uint32_t kind)
{
    for (struct relo_stored_kind *k = resource->kinds; k; k = k->next)
        if (k->definition->id == kind)
            return k;
    return NULL;
}

struct relo_stored_kind *relo_resource_kind_add(struct relo_env *env,
                                                struct relo_resource *resource,
                                                const struct relo_kind *definition)
{
    struct relo_stored_kind **at = &resource->kinds;
    while (*at && (*at)->definition->id < definition->id)
        at = &(*at)->next;
    if (*at && (*at)->definition->id == definition->id)
        return *at;
    struct relo_stored_kind *k = relo_env_alloc(env, sizeof *k);
    *k = (struct relo_stored_kind){.next = *at, .definition = definition};
    *at = k;
    return k;
}

void relo_resource_tidy(struct relo_env *env, struct relo_resource *resource)
{
    for (struct relo_stored_kind **at = &resource->kinds; *at;) {
        struct relo_stored_kind *k = *at;
        if (k->first) {
            at = &k->next;
            continue;
        }
        *at = k->next;
        relo_env_free(env, k, sizeof *k);
    }
}

uint32_t relo_resource_sweep(struct relo_env *env, struct relo_resource *resource,
                             relo_time *earliest)
{
    uint32_t expired = 0;
    for (struct relo_stored_kind *k = resource->kinds; k; k = k->next)
        for (struct relo_value **at = &k->first; *at;) {
            struct relo_value *v = *at;
            if (relo_value_alive(v, env->now)) {
                *earliest = relo_time_min(*earliest, relo_value_ends(v));
                at = &v->next;
                continue;
            }
            *at = v->next;
            k->count--;
            value_free(env, resource, v);
            relo_count(env, RELO_COUNT_values_expired);
            expired++;
        }
    resource->swept = (uint16_t)(resource->swept + expired);
    relo_resource_tidy(env, resource);
    return expired;
}

/* Thirty-two bits tell the few peers of a replica set apart. */
static uint32_t fold(struct relo_id id)
{
    uint32_t f = (uint32_t)relo_hash_mix(id.hi, id.lo);
    return f ? f : 1;
}

bool relo_resource_holder(const struct relo_resource *resource, struct relo_id peer)
{
    for (int i = 0; i < RELO_HOLDERS_MAX; i++)
        if (resource->holder[i] == fold(peer))
            return true;
    return false;
}

void relo_resource_holder_add(struct relo_resource *resource, struct relo_id peer)
{
    if (relo_resource_holder(resource, peer))
        return;
    /* The latest first; the one not heard of for longest is forgotten. */
    memmove(resource->holder + 1, resource->holder,
            (RELO_HOLDERS_MAX - 1) * sizeof *resource->holder);
    resource->holder[0] = fold(peer);
}

void relo_resource_holder_remove(struct relo_resource *resource, struct relo_id peer)
{
    for (int i = 0; i < RELO_HOLDERS_MAX; i++)
        if (resource->holder[i] == fold(peer)) {
            memmove(resource->holder + i, resource->holder + i + 1,
                    (size_t)(RELO_HOLDERS_MAX - 1 - i) * sizeof *resource->holder);
            resource->holder[RELO_HOLDERS_MAX - 1] = 0;
            return;
        }
}

void relo_resource_holders_keep(struct relo_resource *resource, const struct relo_id *peers,
                                uint32_t n)
{
    uint32_t kept = 0;
    for (int i = 0; i < RELO_HOLDERS_MAX; i++) {
        bool keep = false;
        for (uint32_t k = 0; k < n; k++)
            keep |= resource->holder[i] == fold(peers[k]);
        if (keep)
            resource->holder[kept++] = resource->holder[i];
    }
    while (kept < RELO_HOLDERS_MAX)
        resource->holder[kept++] = 0;
}

struct relo_stored_value relo_value_read(const struct relo_value *v, enum relo_data_model model)
{
    struct relo_rd r = relo_rd_init(v->bytes, v->value_n, RELO_ID_BYTES);
    struct relo_stored_value value;
    bool ok = relo_stored_value_read(&r, model, &value);
    RELO_CHECK(ok);
    return value;
}

void relo_value_write(const struct relo_env *env, struct relo_wr *w, const struct relo_value *v)
{
    uint32_t plain = v->kept_n - v->packed_n;
    relo_wr_u32(w, relo_value_size(v) - 4);
    relo_wr_u64(w, v->storage_time);
    relo_wr_u32(w, relo_value_lifetime(v, env->now)); /* 6940-7.4.1.1-20 */
    relo_wr_bytes(w, v->bytes, (size_t)v->value_n + plain);
    if (v->packed_n)
        env->suite->signature_unpack((struct relo_view){v->bytes + v->value_n + plain, v->packed_n},
                                     v->signature_n - plain, w);
}

/* Shorter keys first, then by bytes. */
static int key_compare(struct relo_view a, struct relo_view b)
{
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    return a.n ? memcmp(a.p, b.p, a.n) : 0;
}

static int entry_compare(enum relo_data_model model, const struct relo_value *v, uint32_t index,
                         struct relo_view key)
{
    switch (model) {
    case RELO_MODEL_SINGLE:
        return 0;
    case RELO_MODEL_ARRAY:
        return v->index < index ? -1 : v->index > index;
    case RELO_MODEL_DICTIONARY:
        return key_compare(relo_value_read(v, model).key, key);
    }
    return 0;
}

/* Where an entry is, or would go. */
static struct relo_value **place(struct relo_stored_kind *kind, uint32_t index,
                                 struct relo_view key, bool *found)
{
    struct relo_value **at = &kind->first;
    int order = -1;
    while (*at && (order = entry_compare(kind->definition->model, *at, index, key)) < 0)
        at = &(*at)->next;
    *found = *at && order == 0;
    return at;
}

const struct relo_value *relo_value_find(const struct relo_stored_kind *kind, uint32_t index,
                                         struct relo_view key, relo_time now)
{
    for (const struct relo_value *v = kind->first; v; v = v->next)
        if (entry_compare(kind->definition->model, v, index, key) == 0)
            return relo_value_alive(v, now) ? v : NULL;
    return NULL;
}

/* A signature as it is kept. */
struct kept {
    struct relo_view plain;
    uint32_t bytes, packed_n; /* of all as encoded; of its value, packed */
    uint8_t packed[RELO_SIGNATURE_PACKED_MAX];
};

static struct kept keep(const struct relo_env *env, const struct relo_stored_data *d)
{
    const uint8_t *p = d->value_bytes.p + d->value_bytes.n;
    struct kept kept = {.bytes = (uint32_t)(d->bytes.p + d->bytes.n - p)};
    kept.plain = (struct relo_view){p, kept.bytes};
    if (d->signature.value.n > RELO_SIGNATURE_PACKED_MAX)
        kept.packed_n = env->suite->signature_pack(d->signature.value, kept.packed);
    if (kept.packed_n)
        kept.plain.n -= d->signature.value.n;
    return kept;
}

/* The same value by the same signature; an array's index aside, which append does not know. */
static bool same(const struct relo_value *v, const struct relo_stored_data *d,
                 const struct kept *signature)
{
    uint32_t skip = d->value.model == RELO_MODEL_ARRAY ? 4 : 0;
    const uint8_t *kept = v->bytes + v->value_n;
    return v->storage_time == d->storage_time && v->value_n == d->value_bytes.n &&
           v->signature_n == signature->bytes && v->packed_n == signature->packed_n &&
           memcmp(v->bytes + skip, d->value_bytes.p + skip, v->value_n - skip) == 0 &&
           memcmp(kept, signature->plain.p, signature->plain.n) == 0 &&
           memcmp(kept + signature->plain.n, signature->packed, signature->packed_n) == 0;
}

/* Values that exist; removed ones (7.4.1.3) do not count towards max-count. */
static uint32_t existing(const struct relo_stored_kind *kind)
{
    uint32_t n = 0;
    for (const struct relo_value *v = kind->first; v; v = v->next)
        n += relo_value_read(v, kind->definition->model).exists;
    return n;
}

/* Removed entries are kept too, so they are bounded as well. */
#define ENTRIES_PER_COUNT 4

static bool within_limits(const struct relo_stored_kind *kind, const struct relo_stored_data *d,
                          uint32_t index, const struct relo_value *replaced)
{
    const struct relo_kind *definition = kind->definition;
    if (d->value.value.n > definition->max_size)
        return false;
    /* A store past the end extends the array (7.4.1.1), so max-count bounds its length. */
    if (definition->model == RELO_MODEL_ARRAY && index >= definition->max_count)
        return false;
    bool grows =
        d->value.exists && !(replaced && relo_value_read(replaced, definition->model).exists);
    if (grows && existing(kind) >= definition->max_count)
        return false;
    return replaced || kind->count < (uint64_t)definition->max_count * ENTRIES_PER_COUNT;
}

static struct relo_value *value_new(struct relo_journal *j, const struct relo_stored_data *d,
                                    uint32_t index, struct relo_view packed,
                                    const struct kept *signature)
{
    uint16_t kept_n = (uint16_t)(signature->plain.n + signature->packed_n);
    struct relo_value *v =
        relo_env_alloc(j->env, offsetof(struct relo_value, bytes) + d->value_bytes.n + kept_n);
    *v = (struct relo_value){
        .certificate = certificate_keep(j->env, j->resource, packed),
        .storage_time = d->storage_time,
        .received = j->env->now, /* 6940-7.4.1.1-21 */
        .lifetime = d->lifetime,
        .index = index,
        .value_n = d->value_bytes.n,
        .signature_n = (uint16_t)signature->bytes,
        .kept_n = kept_n,
        .packed_n = (uint8_t)signature->packed_n,
    };
    memcpy(v->bytes, d->value_bytes.p, v->value_n);
    memcpy(v->bytes + v->value_n, signature->plain.p, signature->plain.n);
    memcpy(v->bytes + v->value_n + signature->plain.n, signature->packed, signature->packed_n);
    /* 7.4.1.1: the resulting StoredData has the correct index when it is fetched. */
    for (int i = 0; d->value.model == RELO_MODEL_ARRAY && i < 4; i++)
        v->bytes[i] = (uint8_t)(index >> (24 - 8 * i));
    j->resource->bytes += value_bytes(v);
    return v;
}

enum relo_put_result relo_value_put(struct relo_journal *journal, struct relo_stored_kind *kind,
                                    const struct relo_stored_data *data, struct relo_view packed)
{
    uint32_t index = kind->definition->model == RELO_MODEL_ARRAY ? data->value.index : 0;
    struct kept signature = keep(journal->env, data);
    if (kind->definition->model == RELO_MODEL_ARRAY && index == RELO_APPEND) {
        index = 0;
        for (const struct relo_value *v = kind->first; v; v = v->next) {
            if (same(v, data, &signature))
                return RELO_PUT_SAME;
            index = v->index + 1;
        }
    }
    bool found;
    struct relo_value **at = place(kind, index, data->value.key, &found);
    struct relo_value *replaced = found ? *at : NULL;
    if (replaced && same(replaced, data, &signature))
        return RELO_PUT_SAME;
    /* 7.4.1.1: greater than that of any value that would be replaced; equal counts as too old. */
    /* 6940-7-1 6940-13.5.3-1 6940-13.5.3-2 */
    if (replaced && data->storage_time <= replaced->storage_time)
        return RELO_PUT_TOO_OLD;
    if (signature.bytes > UINT16_MAX)
        return RELO_PUT_TOO_LARGE;
    if (!within_limits(kind, data, index, replaced)) /* 6940-7.4.1.2-5 6940-13.5.2-1 */
        return RELO_PUT_TOO_LARGE;
    struct relo_value *added = value_new(journal, data, index, packed, &signature);
    added->next = replaced ? replaced->next : *at;
    *at = added;
    kind->count += !replaced;
    struct relo_change *change = relo_env_alloc(journal->env, sizeof *change);
    *change = (struct relo_change){journal->changes, kind, added, replaced};
    journal->changes = change;
    return RELO_PUT_OK;
}

static void journal_end(struct relo_journal *journal, bool keep)
{
    while (journal->changes) {
        struct relo_change *change = journal->changes;
        journal->changes = change->next;
        if (!keep) {
            struct relo_value **at = &change->kind->first;
            while (*at != change->added)
                at = &(*at)->next;
            *at = change->replaced ? change->replaced : change->added->next;
            if (change->replaced)
                change->replaced->next = change->added->next;
            else
                change->kind->count--;
        }
        struct relo_value *gone = keep ? change->replaced : change->added;
        if (gone)
            value_free(journal->env, journal->resource, gone);
        relo_env_free(journal->env, change, sizeof *change);
    }
}

void relo_value_commit(struct relo_journal *journal)
{
    journal_end(journal, true);
}

void relo_value_rollback(struct relo_journal *journal)
{
    journal_end(journal, false);
    relo_resource_tidy(journal->env, journal->resource);
}
