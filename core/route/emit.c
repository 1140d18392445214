/* SPDX-License-Identifier: BSD-2-Clause */
/* The last step of every message: down a link, in fragments where it must be (RFC 6940
   section 6.7), or into the queue of messages this node has for itself. */
#include "core/route/internal.h"

#include <string.h>

#define FRAGMENT_BODY_MIN 256u /* 6.7: every fragment holds at least that much */
#define FRAGMENT_RESERVE 32u   /* 6.7: PMTU minus 32, so that via lists can grow */

static bool write_header(const struct relo_route *route, struct relo_header *h, uint8_t *buffer,
                         struct relo_view *view)
{
    struct relo_wr w =
        relo_wr_init(buffer, RELO_ROUTE_HEADER_MAX, route->env->config->node_id_length);
    relo_header_write(&w, h);
    *view = relo_wr_view(&w);
    return !w.failed;
}

static enum relo_send_result send_piece(struct relo_route *route, relo_handle link,
                                        const struct relo_emission *emission, struct relo_header *h,
                                        struct relo_slice body)
{
    uint8_t buffer[RELO_ROUTE_HEADER_MAX];
    h->length = relo_header_size(h) + body.n; /* 6940-6.7-2 */
    struct relo_outgoing out = {
        .body = body,
        .transaction_id = h->transaction_id,
        .sender_token = emission->sender_token,
        .until =
            emission->sender_token ? relo_transaction_at(route, emission->sender_token)->until : 0,
        .no_retransmit = !route->env->config->transit_retransmit && emission->sender_token == 0,
        .continues = relo_header_offset(h) > 0,
    };
    if (!write_header(route, h, buffer, &out.header)) {
        relo_count(route->env, RELO_COUNT_drop_too_large);
        return RELO_SEND_NO_LINK;
    }
    enum relo_send_result result = relo_links_send(route->links, link, &out);
    if (result == RELO_SEND_NO_LINK)
        relo_count(route->env, RELO_COUNT_drop_no_route);
    return result;
}

/* How many fragments: 1 if it fits, or if fragments would be too small (IP then fragments). */
static uint32_t fragments_of(uint32_t header_bytes, uint32_t body_bytes, uint32_t max)
{
    if (header_bytes + body_bytes <= max)
        return 1;
    if (max < header_bytes + FRAGMENT_RESERVE + FRAGMENT_BODY_MIN)
        return 1;
    uint32_t room = max - FRAGMENT_RESERVE - header_bytes;
    uint32_t count = (body_bytes + room - 1) / room;
    return body_bytes / count < FRAGMENT_BODY_MIN ? 1 : count; /* 6940-6.7-1 */
}

enum relo_send_result relo_emit_link(struct relo_route *route, relo_handle link,
                                     const struct relo_emission *emission)
{
    struct relo_header h = *emission->header;
    struct relo_slice body = emission->body;
    uint32_t count =
        fragments_of(relo_header_size(&h), body.n, relo_link_message_max(route->links, link));
    relo_count(route->env, RELO_COUNT_messages_sent);
    route->env->shard->counter[RELO_COUNT_pieces_sent] += count;
    if (count == 1)
        return send_piece(route, link, emission, &h, body);
    /* Any hop may fragment a fragment: offsets add up, and "last" stays on the last piece only. */
    uint32_t offset = relo_header_offset(&h), at = 0;
    bool last = relo_header_is_last(&h);
    enum relo_send_result result = RELO_SENT;
    for (uint32_t i = 0; i < count && result == RELO_SENT; i++) {
        struct relo_slice piece = {body.body, body.offset + at,
                                   body.n / count + (i < body.n % count)};
        h.fragment = RELO_FRAGMENT_HIGH | (offset + at);
        if (last && i == count - 1) /* 6940-6.7-6 */
            h.fragment |= RELO_FRAGMENT_LAST;
        result = send_piece(route, link, emission, &h, piece);
        relo_count(route->env, RELO_COUNT_fragments_sent);
        at += piece.n;
    }
    return result;
}

static size_t local_bytes(uint32_t n)
{
    return sizeof(struct relo_local) + n;
}

void relo_local_free(struct relo_route *route, struct relo_local *local)
{
    if (!local)
        return;
    relo_body_unref(&route->env->shard->pool, local->body.body);
    relo_env_free(route->env, local, local_bytes(local->n));
}

void relo_emit_local(struct relo_route *route, const struct relo_emission *emission,
                     const struct relo_resolved *resolved)
{
    uint8_t buffer[RELO_ROUTE_HEADER_MAX];
    struct relo_header h = *emission->header;
    struct relo_view header;
    h.length = relo_header_size(&h) + emission->body.n;
    if (!write_header(route, &h, buffer, &header)) {
        relo_count(route->env, RELO_COUNT_drop_too_large);
        return;
    }
    struct relo_local *local = relo_env_alloc(route->env, local_bytes(header.n));
    local->next = NULL;
    local->body = emission->body;
    relo_body_ref(local->body.body);
    local->target = resolved->target;
    local->target_resource = resolved->target_resource;
    local->n = header.n;
    memcpy(local->header, header.p, header.n);
    if (route->local_last)
        route->local_last->next = local;
    else
        route->local = local;
    route->local_last = local;
}

bool relo_emit_own(struct relo_route *route, const struct relo_emission *emission,
                   relo_handle through)
{
    struct relo_resolved resolved;
    struct relo_header h = *emission->header;
    struct relo_emission e = *emission;
    e.header = &h;
    relo_count(route->env, RELO_COUNT_messages_originated);
    if (relo_link_is_up(route->links, through))
        return relo_emit_link(route, through, &e) == RELO_SENT;
    relo_route_resolve(route, h.destination, 0, true, &resolved); /* 6940-6.2.1-2 */
    h.destination = resolved.destination;
    switch (resolved.hop) {
    case RELO_HOP_LINK:
        return relo_emit_link(route, resolved.link, &e) == RELO_SENT;
    case RELO_HOP_MINE:
        relo_emit_local(route, &e, &resolved);
        return false;
    case RELO_HOP_NONE:
        break;
    }
    return false;
}
