/* SPDX-License-Identifier: BSD-2-Clause */
/* The asking side: requests of STORE, FETCH, STAT and FIND commands and what their answers mean
   (RFC 6940 sections 7, 7.1, 7.4). */
#include "core/storage/access.h"
#include "core/storage/store.h"
#include "core/storage/value.h"
#include "core/wire/codes.h"
#include "core/wire/node_id.h"

/* Bytes of a request beside key and value: ids, counters, the value's own signature. */
#define REQUEST_BYTES (RELO_SIGNATURE_MAX + 512)

/* 7: a storage time must be greater than that of the value it replaces; two stores within one
   millisecond are told apart by counting on. */
static uint64_t storage_time_next(struct relo_store *store)
{
    uint64_t now = relo_env_unix_ms(store->env);
    if (now <= store->last_storage_time)
        now = store->last_storage_time + 1;
    return store->last_storage_time = now;
}

static void write_store(struct relo_store *store, const struct relo_command *command,
                        const struct relo_kind *kind, struct relo_wr *w)
{
    uint8_t id[RELO_ID_BYTES];
    relo_id_to_bytes(command->target.id, id);
    struct relo_stored_value value = {
        .model = kind->model,
        .index = command->index,
        .key = command->key,
        .exists = command->exists,
    };
    if (command->exists)
        value.value = command->value; /* 7.4.1.3: a removed value is empty */
    uint64_t storage_time = storage_time_next(store);
    relo_wr_resource_id(w, command->target.id);
    relo_wr_u8(w, 0); /* replica_number: the original */
    size_t kinds = relo_wr_open32(w);
    relo_wr_u32(w, kind->id);
    relo_wr_u64(w, command->generation);
    size_t values = relo_wr_open32(w);
    size_t data = relo_wr_open32(w);
    relo_wr_u64(w, storage_time);
    relo_wr_u32(w, command->lifetime_s);
    const uint8_t *begin = w->p;
    relo_stored_value_write(w, &value);
    struct relo_view written = {begin, (uint32_t)(w->p - begin)};
    if (!w->failed) /* 6940-6.3.4-4 6940-13.5.1-1 */
        relo_verify_sign_stored(store->env, (struct relo_view){id, sizeof id}, kind->id,
                                storage_time, kind->model, written, w);
    relo_wr_close32(w, data);
    relo_wr_close32(w, values);
    relo_wr_close32(w, kinds);
}

static void write_fetch(const struct relo_command *command, const struct relo_kind *kind,
                        struct relo_wr *w)
{
    relo_wr_resource_id(w, command->target.id);
    size_t specifiers = relo_wr_open16(w);
    relo_wr_u32(w, kind->id);
    relo_wr_u64(w, command->generation);
    size_t length = relo_wr_open16(w);
    if (kind->model == RELO_MODEL_ARRAY) {
        size_t indices = relo_wr_open16(w);
        relo_wr_u32(w, command->all ? 0 : command->index);
        relo_wr_u32(w, command->all ? UINT32_MAX : command->index);
        relo_wr_close16(w, indices);
    } else if (kind->model == RELO_MODEL_DICTIONARY) {
        size_t keys = relo_wr_open16(w);
        if (command->key.n && !command->all)
            relo_wr_opaque16(w, command->key);
        relo_wr_close16(w, keys);
    }
    relo_wr_close16(w, length);
    relo_wr_close16(w, specifiers);
}

static void write_find(const struct relo_command *command, struct relo_wr *w)
{
    relo_wr_resource_id(w, command->target.id);
    size_t kinds = relo_wr_open8(w);
    relo_wr_u32(w, command->kind);
    relo_wr_close8(w, kinds);
}

relo_handle relo_store_command(struct relo_store *store, const struct relo_command *command,
                               uint64_t context)
{
    return relo_store_ask(store, command, RELO_OWNER_COMMAND, context);
}

relo_handle relo_store_ask(struct relo_store *store, const struct relo_command *command,
                           enum relo_owner owner, uint64_t context)
{
    const struct relo_kind *kind = relo_config_kind(store->env->config, command->kind);
    struct relo_request request = {
        .target = command->target,
        .owner = owner,
        .context = context,
        .traffic_class = RELO_CLASS_DATA,
    };
    request.target.resource = true;
    if (!kind || (command->type == RELO_COMMAND_STORE && command->value.n > kind->max_size))
        return 0;
    uint32_t size = REQUEST_BYTES + command->value.n + command->key.n;
    uint8_t *buffer = relo_env_alloc(store->env, size);
    struct relo_wr w = relo_wr_init(buffer, size, RELO_ID_BYTES);
    switch (command->type) {
    case RELO_COMMAND_STORE:
        request.code = RELO_CODE_STORE_REQ;
        write_store(store, command, kind, &w);
        break;
    case RELO_COMMAND_FETCH:
    case RELO_COMMAND_STAT:
        request.code =
            command->type == RELO_COMMAND_STAT ? RELO_CODE_STAT_REQ : RELO_CODE_FETCH_REQ;
        write_fetch(command, kind, &w);
        break;
    case RELO_COMMAND_FIND:
        request.code = RELO_CODE_FIND_REQ;
        request.traffic_class =
            owner == RELO_OWNER_COMMAND ? RELO_CLASS_LOOKUP : RELO_CLASS_MAINTENANCE;
        write_find(command, &w);
        break;
    default:
        w.failed = true;
        break;
    }
    request.body = relo_wr_view(&w);
    relo_handle transaction = w.failed ? 0 : relo_route_request(store->route, &request);
    relo_env_free(store->env, buffer, size);
    return transaction;
}

/* Whether a fetched value may be believed: signed by one who may write it, or a synthetic value
   that says there is none (the answer as a whole is signed). */
static bool believable(const struct relo_store *store, const struct relo_inbound *in,
                       const struct relo_kind *kind, const struct relo_stored_data *data,
                       struct relo_view certificates)
{
    if (relo_signature_is_none(&data->signature))
        return !data->value.exists;
    struct relo_credential signer;
    return relo_access_verify(store->env, in->asked, kind, data, certificates, &signer);
}

/* 7.4.2.2: verifies all values; the result is the first good one that exists. */
static void read_values(const struct relo_store *store, const struct relo_inbound *in,
                        const struct relo_fetch_kind_response *kind, struct relo_view certificates,
                        struct relo_result *result)
{
    struct relo_rd values = relo_rd_init(kind->values.p, kind->values.n, RELO_ID_BYTES);
    struct relo_stored_data data;
    while (relo_stored_data_next(&values, kind->definition, &data)) {
        if (!believable(store, in, kind->definition, &data, certificates)) { /* 6940-7.4.2.2-4 */
            result->partial = true; /* 6940-7.4.2.2-5 */
        } else if (data.value.exists && !result->exists) {
            result->exists = true;
            result->value = data.value.value;
        }
    }
}

static bool read_fetch(const struct relo_store *store, const struct relo_inbound *in,
                       struct relo_result *result)
{
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, RELO_ID_BYTES);
    struct relo_rd s = relo_rd_init(in->security.p, in->security.n, RELO_ID_BYTES);
    struct relo_fetch_ans answer;
    struct relo_security security;
    struct relo_fetch_kind_response kind;
    if (!relo_fetch_ans_read(&r, store->env->config, &answer) || !relo_security_read(&s, &security))
        return false;
    struct relo_rd list =
        relo_rd_init(answer.kind_responses.p, answer.kind_responses.n, RELO_ID_BYTES);
    /* One kind was asked for (7.4.2.2: one element for each). */
    if (!relo_fetch_kind_response_next(&list, store->env->config, &kind) || !kind.definition)
        return false;
    result->generation = kind.generation;
    read_values(store, in, &kind, security.certificates, result);
    return true;
}

static bool read_store(struct relo_view body, struct relo_result *result)
{
    struct relo_rd r = relo_rd_init(body.p, body.n, RELO_ID_BYTES);
    struct relo_store_ans answer;
    struct relo_store_kind_response kind;
    if (!relo_store_ans_read(&r, &answer))
        return false;
    struct relo_rd list =
        relo_rd_init(answer.kind_responses.p, answer.kind_responses.n, RELO_ID_BYTES);
    if (!relo_store_kind_response_next(&list, &kind))
        return false;
    result->generation = kind.generation_counter;
    return true;
}

/* The one kind that was asked for. */
static bool stat_kind(const struct relo_store *store, const struct relo_inbound *in,
                      struct relo_fetch_kind_response *kind)
{
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, RELO_ID_BYTES);
    struct relo_fetch_ans answer;
    if (!relo_stat_ans_read(&r, store->env->config, &answer))
        return false;
    struct relo_rd list =
        relo_rd_init(answer.kind_responses.p, answer.kind_responses.n, RELO_ID_BYTES);
    return relo_stat_kind_response_next(&list, store->env->config, kind) && kind->definition;
}

uint32_t relo_store_lifetime(const struct relo_store *store, const struct relo_inbound *in)
{
    struct relo_fetch_kind_response kind;
    struct relo_stored_metadata m;
    uint32_t longest = 0;
    if (!stat_kind(store, in, &kind))
        return 0;
    struct relo_rd values = relo_rd_init(kind.values.p, kind.values.n, RELO_ID_BYTES);
    while (relo_stored_metadata_next(&values, kind.definition, &m))
        if (m.exists && m.lifetime > longest)
            longest = m.lifetime;
    return longest;
}

static bool read_stat(const struct relo_store *store, const struct relo_inbound *in,
                      struct relo_result *result)
{
    struct relo_fetch_kind_response kind;
    struct relo_stored_metadata m;
    if (!stat_kind(store, in, &kind))
        return false;
    result->generation = kind.generation;
    struct relo_rd values = relo_rd_init(kind.values.p, kind.values.n, RELO_ID_BYTES);
    while (!result->exists && relo_stored_metadata_next(&values, kind.definition, &m))
        result->exists = m.exists;
    return true;
}

void relo_store_result(struct relo_store *store, const struct relo_inbound *in,
                       struct relo_result *result)
{
    bool ok = true;
    result->body = in->body;
    switch (in->code) {
    case RELO_CODE_ERROR:
        /* 7.4.1.2: the error_info of this one is a StoreAns with the right counter. */
        if (in->error_code == RELO_ERROR_GENERATION_COUNTER_TOO_LOW)
            read_store(in->error_info, result);
        result->status = RELO_ERROR;
        result->error_code = in->error_code;
        return;
    case RELO_CODE_STORE_ANS:
        ok = read_store(in->body, result);
        break;
    case RELO_CODE_FETCH_ANS:
        ok = read_fetch(store, in, result);
        break;
    case RELO_CODE_STAT_ANS:
        ok = read_stat(store, in, result);
        break;
    case RELO_CODE_FIND_ANS:
        break;
    default:
        ok = false;
        break;
    }
    result->status = ok ? RELO_OK : RELO_ERROR;
    if (!ok)
        result->error_code = RELO_ERROR_INVALID_MESSAGE;
}
