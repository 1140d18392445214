/* SPDX-License-Identifier: BSD-2-Clause */
/* Putting fragments together again at the destination: RFC 6940 section 6.7. Bounded in buffers, in
   bytes and in time. */
#include "core/route/internal.h"

#include "core/wire/codes.h"

#include <string.h>

#define RANGES_MAX 24 /* separate stretches of one message */

struct range {
    uint32_t from, to;
};

/* Known by transaction id and direction: a request and its answer share the id, so what this node
   asked for tells them apart. Fragments may differ in ttl and via list.

   Copies of a request are the same; answers to them need not be (6.2.1): what is left of a lifetime
   is less, and each is signed by itself. Nothing in a fragment says of which copy it is, and of
   those that come by different ways, or incomplete, the pieces meet here. So the newest takes the
   place of what it covers, and an answer that is complete stays until one has been accepted, or the
   transaction is over: if it was of two copies, nobody took it, and the rest of the newer one makes
   it right. */
struct relo_reassembly {
    struct relo_reassembly *next;
    relo_time expires;
    uint64_t transaction_id;
    bool is_answer;
    enum relo_class traffic_class;
    uint32_t total; /* 0: the last fragment has not come */
    uint32_t capacity;
    uint8_t *bytes;
    uint32_t range_count;
    struct range range[RANGES_MAX]; /* ascending, apart from each other */
};

static void unlink_and_free(struct relo_route *route, struct relo_reassembly *which)
{
    struct relo_reassembly *before = NULL;
    for (struct relo_reassembly *r = route->reassembly; r != which; r = r->next)
        before = r;
    if (before)
        before->next = which->next;
    else
        route->reassembly = which->next;
    if (!which->next)
        route->reassembly_last = before;
    route->reassembly_count--;
    route->reassembly_bytes -= which->capacity;
    relo_env_free(route->env, which->bytes, which->capacity);
    relo_env_free(route->env, which, sizeof *which);
}

static bool is_complete(const struct relo_reassembly *r)
{
    return r->total && r->range_count == 1 && r->range[0].from == 0 && r->range[0].to == r->total;
}

void relo_reassembly_expire(struct relo_route *route, bool all)
{
    /* 6940-6.7-4 */
    while (route->reassembly && (all || route->reassembly->expires <= route->env->now)) {
        if (!all && !is_complete(route->reassembly)) /* else it was counted when it was refused */
            relo_count(route->env, RELO_COUNT_drop_reassembly);
        unlink_and_free(route, route->reassembly);
    }
}

relo_time relo_reassembly_deadline(const struct relo_route *route)
{
    return route->reassembly ? route->reassembly->expires : RELO_NEVER;
}

static struct relo_reassembly *find(struct relo_route *route, uint64_t transaction_id,
                                    bool is_answer)
{
    struct relo_reassembly *r = route->reassembly;
    while (r && (r->transaction_id != transaction_id || r->is_answer != is_answer))
        r = r->next;
    return r;
}

void relo_reassembly_end(struct relo_route *route, uint64_t transaction_id)
{
    struct relo_reassembly *r = find(route, transaction_id, true);
    if (r)
        unlink_and_free(route, r);
}

static struct relo_reassembly *find_or_new(struct relo_route *route, uint64_t transaction_id,
                                           enum relo_class traffic_class)
{
    bool is_answer = relo_transaction_find(route, transaction_id) != 0;
    struct relo_reassembly *r = find(route, transaction_id, is_answer);
    if (r)
        return r;
    if (route->reassembly_count >= RELO_ROUTE_BUFFERS_MAX)
        return NULL;
    r = relo_env_alloc(route->env, sizeof *r);
    memset(r, 0, sizeof *r);
    r->expires = route->env->now + route->env->config->request_lifetime;
    r->transaction_id = transaction_id;
    r->is_answer = is_answer;
    r->traffic_class = traffic_class;
    if (route->reassembly_last)
        route->reassembly_last->next = r;
    else
        route->reassembly = r;
    route->reassembly_last = r;
    route->reassembly_count++;
    return r;
}

static bool grow(struct relo_route *route, struct relo_reassembly *r, uint32_t end)
{
    if (end <= r->capacity)
        return true;
    uint32_t wanted = end > 2 * r->capacity ? end : 2 * r->capacity;
    if (wanted > route->env->config->max_message_size)
        wanted = route->env->config->max_message_size;
    /* 6.7: a message for which there is no space MUST be dropped. */
    if (end > wanted || /* 6940-6.7-5 */
        route->reassembly_bytes - r->capacity + wanted > RELO_ROUTE_BUFFER_BYTES_MAX)
        return false;
    r->bytes =
        relo_pool_resize(&route->env->shard->pool, r->bytes, r->capacity, wanted, r->capacity);
    route->reassembly_bytes += wanted - r->capacity;
    r->capacity = wanted;
    return true;
}

/* Adds [from, to) to the stretches that have come, joining those it touches. */
static bool cover(struct relo_reassembly *r, uint32_t from, uint32_t to)
{
    uint32_t i = 0, end;
    while (i < r->range_count && r->range[i].to < from)
        i++;
    for (end = i; end < r->range_count && r->range[end].from <= to; end++) {
        from = r->range[end].from < from ? r->range[end].from : from;
        to = r->range[end].to > to ? r->range[end].to : to;
    }
    if (end == i && r->range_count == RANGES_MAX)
        return false;
    memmove(&r->range[i + 1], &r->range[end], (r->range_count - end) * sizeof *r->range);
    r->range[i] = (struct range){from, to};
    r->range_count += 1 - (end - i);
    return true;
}

/* An answer of another length: what is beyond its end, or the end before it, was another copy's. */
static void refit(struct relo_reassembly *r, uint32_t end, bool is_last)
{
    if (!is_last) {
        r->total = end < r->total ? r->total : 0;
        return;
    }
    r->total = end;
    while (r->range_count && r->range[r->range_count - 1].from >= end)
        r->range_count--;
    if (r->range_count && r->range[r->range_count - 1].to > end)
        r->range[r->range_count - 1].to = end;
}

static bool add(struct relo_route *route, struct relo_reassembly *r,
                const struct relo_header *header, struct relo_view piece)
{
    uint32_t offset = relo_header_offset(header), end = offset + piece.n;
    if (piece.n == 0 || piece.n > RELO_FRAGMENT_OFFSET)
        return false;
    if (r->is_answer)
        refit(r, end, relo_header_is_last(header));
    if (relo_header_is_last(header)) {
        bool beyond = r->range_count && r->range[r->range_count - 1].to > end;
        if (beyond || (r->total && r->total != end))
            return false;
        r->total = end;
    }
    if ((r->total && end > r->total) || !grow(route, r, end))
        return false;
    memcpy(r->bytes + offset, piece.p, piece.n);
    return cover(r, offset, end);
}

/* Our own request may have come around to us. */
static bool may_have_other_copies(const struct relo_reassembly *r)
{
    return r->is_answer && r->total >= 2 &&
           !relo_code_is_request((uint16_t)(r->bytes[0] << 8 | r->bytes[1]));
}

struct relo_body *relo_reassembly_add(struct relo_route *route, const struct relo_header *header,
                                      struct relo_view piece, enum relo_class traffic_class)
{
    relo_reassembly_expire(route, false);
    struct relo_reassembly *r = find_or_new(route, header->transaction_id, traffic_class);
    if (!r) {
        relo_count(route->env, RELO_COUNT_drop_reassembly);
        return NULL;
    }
    if (!add(route, r, header, piece)) {
        relo_count(route->env, RELO_COUNT_drop_reassembly);
        unlink_and_free(route, r);
        return NULL;
    }
    if (!is_complete(r))
        return NULL;
    struct relo_body *body =
        relo_body_new(&route->env->shard->pool, r->bytes, r->total, r->traffic_class);
    if (!may_have_other_copies(r))
        unlink_and_free(route, r);
    return body;
}
