/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared immutable bodies of packets. */
#include "core/base/packet.h"

#include "core/base/hash.h"

#include <stddef.h>
#include <string.h>

static size_t body_bytes(uint32_t n)
{
    return offsetof(struct relo_body, bytes) + n;
}

struct relo_body *relo_body_new(struct relo_pool *pool, const void *bytes, uint32_t n,
                                enum relo_class traffic_class)
{
    struct relo_body *body = relo_pool_alloc(pool, body_bytes(n));
    body->refs = 1;
    body->n = n;
    body->traffic_class = (uint8_t)traffic_class;
    if (n)
        memcpy(body->bytes, bytes, n);
    body->hash = relo_hash(body->bytes, n, 0);
    return body;
}

struct relo_body *relo_body_copy(struct relo_pool *pool, const struct relo_body *body)
{
    struct relo_body *copy = relo_pool_alloc(pool, body_bytes(body->n));
    memcpy(copy, body, body_bytes(body->n));
    copy->refs = 1;
    return copy;
}

void relo_body_unref(struct relo_pool *pool, struct relo_body *body)
{
    if (body && --body->refs == 0)
        relo_pool_free(pool, body, body_bytes(body->n));
}

uint64_t relo_slice_hash(const struct relo_slice *s)
{
    if (!s->body)
        return relo_hash_of_none();
    if (s->offset == 0 && s->n == s->body->n)
        return s->body->hash;
    return relo_hash(s->body->bytes + s->offset, s->n, 0);
}
