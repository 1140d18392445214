/* SPDX-License-Identifier: BSD-2-Clause */
/* What messages of this node are made of: contents, signed once, kept as one shared body (RFC 6940
   sections 6.3.3 and 6.3.4). */
#include "core/route/internal.h"

#include "core/security/verify.h"
#include "core/wire/contents.h"

enum relo_class relo_route_class(uint16_t code)
{
    uint16_t request = code & 1 ? code : (uint16_t)(code - 1);
    switch (request) {
    case RELO_CODE_STORE_REQ:
    case RELO_CODE_FETCH_REQ:
    case RELO_CODE_STAT_REQ:
        return RELO_CLASS_DATA;
    case RELO_CODE_PING_REQ:
    case RELO_CODE_PROBE_REQ:
    case RELO_CODE_FIND_REQ:
        return RELO_CLASS_LOOKUP;
    default:
        return RELO_CLASS_MAINTENANCE;
    }
}

struct relo_body *relo_route_compose(struct relo_route *route, const struct relo_composition *c)
{
    struct relo_env *env = route->env;
    uint32_t size = env->config->max_message_size;
    struct relo_body *body = NULL;
    /* 6.6: what exceeds max-message-size, its forwarding header included, is not sent. */
    if (c->body.n > size || c->extensions.n > size)
        return NULL;
    uint8_t *scratch = relo_env_alloc(env, size);
    struct relo_wr w =
        relo_wr_init(scratch, size - RELO_HEADER_FIXED_BYTES, env->config->node_id_length);
    size_t at = relo_contents_open(&w, c->code);
    relo_wr_bytes(&w, c->body.p, c->body.n);
    relo_contents_close(&w, at, c->extensions);
    if (!w.failed) /* 6940-6.3-1 6940-6.3.4-10 6940-13.2-2 */
        relo_verify_sign_message(env, c->transaction_id, relo_wr_view(&w), c->certificates,
                                 c->certificate_count, &w);
    if (!w.failed)
        body =
            relo_body_new(&env->shard->pool, scratch, (uint32_t)relo_wr_size(&w), c->traffic_class);
    relo_env_free(env, scratch, size);
    return body;
}
