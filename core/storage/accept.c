/* SPDX-License-Identifier: BSD-2-Clause */
/* Store at the storing peer: RFC 6940 sections 7.4.1.1 and 7.4.1.2. */
#include "core/storage/accept.h"

#include "core/wire/codes.h"
#include "core/wire/error.h"

static struct relo_rd kinds_of(const struct relo_store_req *request)
{
    return relo_rd_init(request->kind_data.p, request->kind_data.n, RELO_ID_BYTES);
}

static struct relo_rd values_of(struct relo_view values)
{
    return relo_rd_init(values.p, values.n, RELO_ID_BYTES);
}

/* 7.4.1.2: error_info lists all the kinds that were not recognized. */
static uint16_t check_known(const struct relo_accept *a, struct relo_wr *error_info)
{
    uint8_t unknown[252];
    struct relo_wr w = relo_wr_init(unknown, sizeof unknown, RELO_ID_BYTES);
    struct relo_rd list = kinds_of(a->request);
    struct relo_store_kind kind;
    while (relo_store_kind_next(&list, a->env->config, &kind))
        if (!kind.definition && relo_wr_size(&w) < sizeof unknown)
            relo_wr_u32(&w, kind.kind);
    if (relo_wr_size(&w) == 0)
        return 0;
    relo_unknown_kinds_write(error_info, relo_wr_view(&w));
    return RELO_ERROR_UNKNOWN_KIND;
}

/* The same Kind-ID must not be used twice (7.4.1.1). */
static bool used_twice(const struct relo_accept *a, const struct relo_store_kind *kind)
{
    uint32_t n = 0;
    struct relo_rd list = kinds_of(a->request);
    struct relo_store_kind other;
    while (relo_store_kind_next(&list, a->env->config, &other))
        n += other.kind == kind->kind;
    return n > 1;
}

uint16_t relo_accept_check(const struct relo_accept *a, struct relo_wr *error_info)
{
    uint16_t error = check_known(a, error_info);
    if (error) /* 6940-7.4.1.1-6 6940-7.4.1.2-6 */
        return error;
    bool replica = a->request->replica_number != 0;
    struct relo_rd list = kinds_of(a->request);
    struct relo_store_kind kind;
    while (relo_store_kind_next(&list, a->env->config, &kind)) {
        /* 7.4.1.1: replica Stores MUST NOT use a generation counter of 0. */
        /* 6940-7.4.1.1-1 6940-7.4.1.1-15 */
        if (used_twice(a, &kind) || (replica && kind.generation_counter == 0))
            return RELO_ERROR_INVALID_MESSAGE;
        struct relo_rd values = values_of(kind.values);
        struct relo_stored_data data;
        while (relo_stored_data_next(&values, kind.definition, &data)) {
            struct relo_credential signer;
            /* 6940-7.4.1.1-7 6940-7.4.1.1-8 6940-7.4.1.1-9 6940-7.4.1.1-16 6940-7.3-3 */
            if (!relo_access_verify(a->env, a->resource, kind.definition, &data, a->certificates,
                                    &signer))
                return RELO_ERROR_FORBIDDEN;
            /* 7.3: in an original store the signer of the StoreReq MUST conform to the policy too.
             */
            if (!replica && /* 6940-7.4.1.1-10 6940-7.3-2 */
                !relo_access_allows(kind.definition, a->resource, a->signer, &data.value))
                return RELO_ERROR_FORBIDDEN;
        }
    }
    return 0;
}

void relo_accept_answer(const struct relo_accept *a, const struct relo_resource *resource,
                        struct relo_view replicas, struct relo_wr *w)
{
    size_t at = relo_wr_open16(w);
    struct relo_rd list = kinds_of(a->request);
    struct relo_store_kind kind;
    while (relo_store_kind_next(&list, a->env->config, &kind)) {
        const struct relo_stored_kind *stored =
            resource ? relo_resource_kind(resource, kind.kind) : NULL;
        struct relo_store_kind_response response = {
            .kind = kind.kind,
            .generation_counter = stored ? stored->generation : 0,
            .replicas = replicas,
        };
        relo_store_kind_response_write(w, &response);
    }
    relo_wr_close16(w, at);
}

/* For original stores a counter that is not 0 must equal the current one (7.4.1.1); one that is too
   high has no error code of its own and is answered with the right value as well. */
static bool generations_match(const struct relo_accept *a, const struct relo_resource *resource)
{
    struct relo_rd list = kinds_of(a->request);
    struct relo_store_kind kind;
    while (relo_store_kind_next(&list, a->env->config, &kind)) {
        const struct relo_stored_kind *stored = relo_resource_kind(resource, kind.kind);
        if (kind.generation_counter && kind.generation_counter != (stored ? stored->generation : 0))
            return false;
    }
    return true;
}

static enum relo_put_result put(struct relo_journal *journal, struct relo_stored_kind *stored,
                                const struct relo_stored_data *data, struct relo_view certificates)
{
    struct relo_env *env = journal->env;
    struct relo_credential signer;
    uint8_t packed[RELO_PACKED_MAX];
    uint32_t n = 0;
    if (relo_verify_find_signer(env, certificates, &data->signature.identity, &signer))
        n = env->suite->certificate_pack(signer.der, packed, sizeof packed);
    if (n == 0)
        return RELO_PUT_TOO_LARGE; /* verified before, so it only did not fit */
    return relo_value_put(journal, stored, data, (struct relo_view){packed, n});
}

static bool journal_has(const struct relo_journal *journal, const struct relo_stored_kind *kind)
{
    for (const struct relo_change *c = journal->changes; c; c = c->next)
        if (c->kind == kind)
            return true;
    return false;
}

static enum relo_put_result put_all(const struct relo_accept *a, struct relo_journal *journal)
{
    struct relo_rd list = kinds_of(a->request);
    struct relo_store_kind kind;
    while (relo_store_kind_next(&list, a->env->config, &kind)) {
        struct relo_stored_kind *stored =
            relo_resource_kind_add(a->env, journal->resource, kind.definition);
        struct relo_rd values = values_of(kind.values);
        struct relo_stored_data data;
        while (relo_stored_data_next(&values, kind.definition, &data)) {
            enum relo_put_result result = put(journal, stored, &data, a->certificates);
            if (result != RELO_PUT_OK && result != RELO_PUT_SAME)
                return result;
        }
    }
    return RELO_PUT_OK;
}

uint16_t relo_accept_apply(const struct relo_accept *a, struct relo_resource *resource,
                           bool *changed, struct relo_wr *error_info)
{
    bool replica = a->request->replica_number != 0;
    relo_time earliest = RELO_NEVER;
    relo_resource_sweep(a->env, resource, &earliest);
    *changed = false;
    if (!replica && !generations_match(a, resource)) { /* 6940-7.4.1.1-13 6940-7.4.1.2-2 */
        /* 6940-7.4.1.2-3 */
        relo_accept_answer(a, resource, (struct relo_view){NULL, 0}, error_info);
        return RELO_ERROR_GENERATION_COUNTER_TOO_LOW;
    }
    struct relo_journal journal = {a->env, resource, NULL};
    enum relo_put_result result = put_all(a, &journal);
    if (result != RELO_PUT_OK) {
        relo_value_rollback(&journal); /* 6940-7.4.1.1-2 6940-7.4.1.1-3 */
        return result == RELO_PUT_TOO_OLD ? RELO_ERROR_DATA_TOO_OLD : RELO_ERROR_DATA_TOO_LARGE;
    }
    struct relo_rd list = kinds_of(a->request);
    struct relo_store_kind kind;
    while (relo_store_kind_next(&list, a->env->config, &kind)) {
        struct relo_stored_kind *stored = relo_resource_kind(resource, kind.kind);
        /* 7.4.1.1: replicas copy the counter; others increase it when the data is changed. */
        if (replica)
            stored->generation = kind.generation_counter; /* 6940-7.4.1.1-14 */
        else if (journal_has(&journal, stored))
            stored->generation++; /* 6940-7.4.1.1-18 6940-7.4.1.1-19 */
    }
    *changed = journal.changes != NULL;
    relo_value_commit(&journal); /* 6940-7.4.1.1-17 6940-10.4-4 */
    return 0;
}

static uint32_t count_of(const struct relo_accept *a, uint32_t kind_id)
{
    struct relo_rd list = kinds_of(a->request);
    struct relo_store_kind kind;
    uint32_t n = 0;
    while (relo_store_kind_next(&list, a->env->config, &kind)) {
        struct relo_rd values = values_of(kind.values);
        struct relo_stored_data data;
        while (kind.kind == kind_id && relo_stored_data_next(&values, kind.definition, &data))
            n++;
    }
    return n;
}

/* After relo_accept_apply each of its values is there: it is enough to count. */
bool relo_accept_covers(const struct relo_accept *a, const struct relo_resource *resource)
{
    for (const struct relo_stored_kind *k = resource->kinds; k; k = k->next) {
        uint32_t alive = 0;
        for (const struct relo_value *v = k->first; v; v = v->next)
            alive += relo_value_alive(v, a->env->now);
        if (alive > 0 && count_of(a, k->definition->id) < alive)
            return false;
    }
    return true;
}

bool relo_accept_merge(struct relo_env *env, struct relo_resource *resource,
                       const struct relo_fetch_kind_response *from, struct relo_view certificates,
                       uint32_t *same)
{
    if (!from->definition)
        return false;
    struct relo_journal journal = {env, resource, NULL};
    struct relo_stored_kind *stored = relo_resource_kind_add(env, resource, from->definition);
    struct relo_rd values = values_of(from->values);
    struct relo_stored_data data;
    uint32_t n = 0;
    while (relo_stored_data_next(&values, from->definition, &data)) {
        struct relo_credential signer;
        if (!relo_access_verify(env, resource->id, from->definition, &data, certificates, &signer))
            continue;
        enum relo_put_result result = put(&journal, stored, &data, certificates);
        n += result == RELO_PUT_OK || result == RELO_PUT_SAME; /* not what is older than ours */
    }
    bool changed = journal.changes != NULL;
    if (stored->generation <= from->generation)
        *same += n;
    if (stored->generation < from->generation)
        stored->generation = from->generation;
    relo_value_commit(&journal);
    if (stored->first && stored->generation == 0)
        stored->generation = 1; /* 7.4.1.1: stored values have a counter of 1 or greater */
    relo_resource_tidy(env, resource);
    return changed;
}
