/* SPDX-License-Identifier: BSD-2-Clause */
/* Access control policies (RFC 6940 section 7.3) and signatures of stored data (7.1). */
#include "core/storage/access.h"

#include "core/base/sha1.h"
#include "core/wire/codes.h"

#include <string.h>

static bool user_matches(struct relo_id resource, const struct relo_credential *signer)
{
    return relo_id_equal(relo_sha1_resource(signer->user.p, signer->user.n), resource);
}

/* 7.3.4: i is not on the wire, so all values are tried; one byte, as TurnServer's iteration is. */
static bool node_multiple(struct relo_id resource, struct relo_id node, uint8_t max)
{
    uint8_t name[RELO_ID_BYTES + 1];
    relo_id_to_bytes(node, name);
    for (unsigned i = 0; i <= max; i++) { /* 6940-7.3.4-3 */
        name[RELO_ID_BYTES] = (uint8_t)i;
        if (relo_id_equal(relo_sha1_resource(name, sizeof name), resource))
            return true;
    }
    return false;
}

bool relo_access_allows(const struct relo_kind *kind, struct relo_id resource,
                        const struct relo_credential *signer,
                        const struct relo_stored_value *value)
{
    uint8_t node[RELO_ID_BYTES];
    relo_id_to_bytes(signer->node_id, node);
    switch (kind->access) {
    case RELO_ACCESS_USER_MATCH: /* 7.3.1 */
        return user_matches(resource, signer); /* 6940-7.3.1-1 */
    case RELO_ACCESS_NODE_MATCH: /* 7.3.2 */
        return relo_id_equal(relo_sha1_resource(node, sizeof node), resource); /* 6940-7.3.2-1 */
    case RELO_ACCESS_USER_NODE_MATCH: /* 7.3.3: dictionaries only */
        /* 6940-7.3.3-1 6940-7.3.3-2 */
        return kind->model == RELO_MODEL_DICTIONARY && value->key.n == sizeof node &&
               memcmp(value->key.p, node, sizeof node) == 0 && user_matches(resource, signer);
    case RELO_ACCESS_NODE_MULTIPLE:
        return node_multiple(resource, signer->node_id, kind->max_node_multiple); /* 6940-7.3.4-1 */
    }
    return false;
}

bool relo_access_verify(const struct relo_env *env, struct relo_id resource,
                        const struct relo_kind *kind, const struct relo_stored_data *data,
                        struct relo_view certificates, struct relo_credential *signer)
{
    /* 7.4.1.1: only synthetic values in answers may be unsigned. */
    if (!data->known || data->signature.identity.type == RELO_IDENTITY_NONE || /* 6940-7.4.1.1-16 */
        (data->signature.hash_alg == RELO_HASH_NONE &&
         data->signature.signature_alg == RELO_SIGNATURE_ANONYMOUS))
        return false;
    if (!relo_verify_find_signer(env, certificates, &data->signature.identity, signer))
        return false;
    uint8_t id[RELO_ID_BYTES];
    relo_id_to_bytes(resource, id);
    struct relo_signature_input input;
    relo_signature_input_stored(&input, (struct relo_view){id, sizeof id}, kind->id,
                                data->storage_time, kind->model, data->value_bytes,
                                data->signature.identity.bytes);
    /* 6940-7.4.1.1-8 6940-7.4.2.2-3 6940-13.5.1-2 */
    return env->suite->verify(env, signer, &input, data->signature.value) &&
           relo_access_allows(kind, resource, signer, &data->value);
}
