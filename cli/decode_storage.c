/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies of Store, Fetch, Stat and Find with the RFC's names. */
#include "cli/decode_body.h"

#include "core/wire/node_id.h"

static void kind_id(struct decode_out *out, uint32_t kind)
{
    decode_out_code(out, "kind", kind, relo_kind_name(kind));
}

/* What a value of a standard kind holds; anything else as bytes. */
static void payload(struct decode_out *out, uint32_t kind, struct relo_view value,
                    uint8_t node_id_bytes)
{
    struct relo_rd r = relo_rd_init(value.p, value.n, node_id_bytes);
    struct relo_sip_registration sip;
    struct relo_turn_server turn;
    if (kind == RELO_KIND_SIP_REGISTRATION && relo_sip_registration_read(&r, &sip)) {
        decode_out_begin(out, "SipRegistration");
        bool uri = sip.type == RELO_SIP_URI;
        decode_out_code(out, "type", sip.type,
                        uri ? "sip_registration_uri" : "sip_registration_route");
        if (uri) {
            decode_out_words(out, "uri", sip.uri);
        } else {
            decode_out_words(out, "contact_prefs", sip.contact_prefs);
            decode_body_destinations(out, "destination_list", sip.destination_list,
                                     node_id_bytes);
        }
        decode_out_end(out);
    } else if (kind == RELO_KIND_TURN_SERVICE && relo_turn_server_read(&r, &turn)) {
        decode_out_begin(out, "TurnServer");
        decode_out_number(out, "iteration", turn.iteration);
        decode_body_address(out, "server_address", &turn.server_address);
        decode_out_end(out);
    } else if (kind == RELO_KIND_CERTIFICATE_BY_NODE || kind == RELO_KIND_CERTIFICATE_BY_USER) {
        decode_out_number(out, "certificate_bytes", value.n);
    } else {
        decode_out_words(out, "value", value);
    }
}

static void place(struct decode_out *out, enum relo_data_model model, uint32_t index,
                  struct relo_view key)
{
    decode_out_string(out, "data_model", relo_data_model_name(model));
    if (model == RELO_MODEL_ARRAY)
        decode_out_number(out, "index", index);
    if (model == RELO_MODEL_DICTIONARY)
        decode_out_hex(out, "key", key);
}

static void stored_data(struct decode_out *out, uint32_t kind, const struct relo_stored_data *d,
                        uint8_t node_id_bytes)
{
    decode_out_begin(out, "StoredData");
    decode_out_number(out, "storage_time", d->storage_time);
    decode_out_number(out, "lifetime", d->lifetime);
    if (d->known) {
        place(out, d->value.model, d->value.index, d->value.key);
        decode_out_bool(out, "exists", d->value.exists);
        if (d->value.value.n != 0)
            payload(out, kind, d->value.value, node_id_bytes);
        decode_body_signature(out, &d->signature);
    } else {
        decode_out_hex(out, "value_and_signature", d->value_bytes);
    }
    decode_out_end(out);
}

static void values(struct decode_out *out, uint32_t kind, const struct relo_kind *definition,
                   struct relo_view list, uint8_t node_id_bytes)
{
    struct relo_rd r = relo_rd_init(list.p, list.n, node_id_bytes);
    struct relo_stored_data d;
    decode_out_begin_list(out, "values");
    while (relo_stored_data_next(&r, definition, &d))
        stored_data(out, kind, &d, node_id_bytes);
    decode_out_end_list(out);
}

static void metadata(struct decode_out *out, const struct relo_kind *definition,
                     struct relo_view list)
{
    struct relo_rd r = relo_rd_init(list.p, list.n, 16);
    struct relo_stored_metadata m;
    decode_out_begin_list(out, "values");
    while (relo_stored_metadata_next(&r, definition, &m)) {
        decode_out_begin(out, "StoredMetaData");
        decode_out_number(out, "storage_time", m.storage_time);
        decode_out_number(out, "lifetime", m.lifetime);
        if (m.known) {
            place(out, m.model, m.index, m.key);
            decode_out_bool(out, "exists", m.exists);
            decode_out_number(out, "value_length", m.value_length);
            decode_out_code(out, "hash_algorithm", m.hash_algorithm,
                            relo_hash_name(m.hash_algorithm));
            decode_out_hex(out, "hash_value", m.hash_value);
        } else {
            decode_out_hex(out, "metadata", m.opaque);
        }
        decode_out_end(out);
    }
    decode_out_end_list(out);
}

static void store_req(struct decode_out *out, const struct relo_store_req *s,
                      const struct relo_config *config, uint8_t node_id_bytes)
{
    struct relo_rd r = relo_rd_init(s->kind_data.p, s->kind_data.n, node_id_bytes);
    struct relo_store_kind k;
    decode_out_hex(out, "resource", s->resource);
    decode_out_number(out, "replica_number", s->replica_number);
    decode_out_begin_list(out, "kind_data");
    while (relo_store_kind_next(&r, config, &k)) {
        decode_out_begin(out, "StoreKindData");
        kind_id(out, k.kind);
        decode_out_number(out, "generation_counter", k.generation_counter);
        values(out, k.kind, k.definition, k.values, node_id_bytes);
        decode_out_end(out);
    }
    decode_out_end_list(out);
}

void decode_storage_store_ans(struct decode_out *out, const struct relo_store_ans *s,
                              uint8_t node_id_bytes)
{
    struct relo_rd r = relo_rd_init(s->kind_responses.p, s->kind_responses.n, node_id_bytes);
    struct relo_store_kind_response k;
    decode_out_begin_list(out, "kind_responses");
    while (relo_store_kind_response_next(&r, &k)) {
        decode_out_begin(out, "StoreKindResponse");
        kind_id(out, k.kind);
        decode_out_number(out, "generation_counter", k.generation_counter);
        decode_body_node_ids(out, "replicas", k.replicas, node_id_bytes);
        decode_out_end(out);
    }
    decode_out_end_list(out);
}

static void model_specifier(struct decode_out *out, const struct relo_specifier *s)
{
    struct relo_array_range range;
    struct relo_view key;
    struct relo_rd indices = relo_rd_init(s->indices.p, s->indices.n, 16);
    struct relo_rd keys = relo_rd_init(s->keys.p, s->keys.n, 16);
    if (!s->definition) {
        decode_out_hex(out, "model_specifier", s->opaque);
        return;
    }
    decode_out_string(out, "data_model", relo_data_model_name(s->definition->model));
    if (s->definition->model == RELO_MODEL_ARRAY) {
        decode_out_begin_list(out, "indices");
        while (relo_array_range_next(&indices, &range)) {
            decode_out_begin(out, "ArrayRange");
            decode_out_number(out, "first", range.first);
            decode_out_number(out, "last", range.last);
            decode_out_end(out);
        }
        decode_out_end_list(out);
    } else if (s->definition->model == RELO_MODEL_DICTIONARY) {
        decode_out_begin_list(out, "keys");
        while (relo_key_next(&keys, &key))
            decode_out_hex(out, "key", key);
        decode_out_end_list(out);
    }
}

static void fetch_req(struct decode_out *out, const struct relo_fetch_req *f,
                      const struct relo_config *config)
{
    struct relo_rd r = relo_rd_init(f->specifiers.p, f->specifiers.n, 16);
    struct relo_specifier s;
    decode_out_hex(out, "resource", f->resource);
    decode_out_begin_list(out, "specifiers");
    while (relo_specifier_next(&r, config, &s)) {
        decode_out_begin(out, "StoredDataSpecifier");
        kind_id(out, s.kind);
        decode_out_number(out, "generation", s.generation);
        model_specifier(out, &s);
        decode_out_end(out);
    }
    decode_out_end_list(out);
}

static void fetch_ans(struct decode_out *out, const struct relo_fetch_ans *f, bool stat,
                      const struct relo_config *config, uint8_t node_id_bytes)
{
    struct relo_rd r = relo_rd_init(f->kind_responses.p, f->kind_responses.n, node_id_bytes);
    struct relo_fetch_kind_response k;
    decode_out_begin_list(out, "kind_responses");
    while (stat ? relo_stat_kind_response_next(&r, config, &k)
                : relo_fetch_kind_response_next(&r, config, &k)) {
        decode_out_begin(out, stat ? "StatKindResponse" : "FetchKindResponse");
        kind_id(out, k.kind);
        decode_out_number(out, "generation", k.generation);
        if (stat)
            metadata(out, k.definition, k.values);
        else
            values(out, k.kind, k.definition, k.values, node_id_bytes);
        decode_out_end(out);
    }
    decode_out_end_list(out);
}

static void find_req(struct decode_out *out, const struct relo_find_req *f)
{
    struct relo_rd r = relo_rd_init(f->kinds.p, f->kinds.n, 16);
    decode_out_hex(out, "resource", f->resource);
    decode_out_begin_list(out, "kinds");
    while (relo_rd_more(&r))
        kind_id(out, relo_rd_u32(&r));
    decode_out_end_list(out);
}

static void find_ans(struct decode_out *out, const struct relo_find_ans *f)
{
    struct relo_rd r = relo_rd_init(f->results.p, f->results.n, 16);
    struct relo_find_kind_data k;
    decode_out_begin_list(out, "results");
    while (relo_find_kind_data_next(&r, &k)) {
        decode_out_begin(out, "FindKindData");
        kind_id(out, k.kind);
        decode_out_hex(out, "closest", k.closest);
        decode_out_end(out);
    }
    decode_out_end_list(out);
}

bool decode_storage(struct decode_out *out, const struct relo_message *m,
                    const struct relo_config *config)
{
    const union relo_message_body *b = &m->body;
    uint16_t code = m->contents.code;
    switch (code) {
    case RELO_CODE_STORE_REQ:
        store_req(out, &b->store_req, config, m->node_id_bytes);
        return true;
    case RELO_CODE_STORE_ANS:
        decode_storage_store_ans(out, &b->store_ans, m->node_id_bytes);
        return true;
    case RELO_CODE_FETCH_REQ:
    case RELO_CODE_STAT_REQ:
        fetch_req(out, &b->fetch_req, config);
        return true;
    case RELO_CODE_FETCH_ANS:
    case RELO_CODE_STAT_ANS:
        fetch_ans(out, &b->fetch_ans, code == RELO_CODE_STAT_ANS, config, m->node_id_bytes);
        return true;
    case RELO_CODE_FIND_REQ:
        find_req(out, &b->find_req);
        return true;
    case RELO_CODE_FIND_ANS:
        find_ans(out, &b->find_ans);
        return true;
    default:
        return false;
    }
}
