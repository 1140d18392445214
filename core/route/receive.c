/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens to a message that came in: examined, forwarded or handed up (RFC 6940 section 6.1).
   A forwarder reads the header only, and the first two bytes behind it. */
#include "core/route/internal.h"

#include "core/base/prefetch.h"
#include "core/wire/contents.h"
#include "core/wire/destination.h"
#include "core/wire/error.h"
#include "core/wire/node_id.h"
#include "core/wire/option.h"

#include <string.h>

#define PREFETCH_MAX 2048u /* bytes: most messages are smaller */

/* A message on its way through this file. */
struct passage {
    relo_handle link; /* 0: from this node itself */
    struct relo_id from;
    struct relo_header header;
    struct relo_view head; /* what follows the header in the head; usually empty */
    struct relo_slice body;
    uint16_t code; /* 0: unknown, a fragment from the middle */
    enum relo_class traffic_class;
};

void relo_route_release(struct relo_route *route)
{
    relo_body_unref(&route->env->shard->pool, route->held);
    relo_local_free(route, route->held_local);
    route->held = NULL;
    route->held_local = NULL;
}

static bool read_header(struct relo_route *route, struct relo_view head, struct relo_slice body,
                        struct passage *p)
{
    struct relo_rd r = relo_rd_init(head.p, head.n, route->env->config->node_id_length);
    if (relo_header_read_part(&r, head.n + body.n, &p->header) != RELO_HEADER_OK) {
        relo_count(route->env, RELO_COUNT_drop_bad_header);
        return false;
    }
    p->head = relo_rd_rest(&r);
    p->body = body;
    p->code = 0;
    if (relo_header_offset(&p->header) == 0) {
        const uint8_t *first = p->head.n ? p->head.p : relo_slice_bytes(&body);
        if ((p->head.n ? p->head.n : body.n) >= 2)
            p->code = (uint16_t)(first[0] << 8 | first[1]);
    }
    p->traffic_class =
        body.body ? (enum relo_class)body.body->traffic_class : relo_route_class(p->code);
    return true;
}

static bool is_answer(uint16_t code)
{
    return code == RELO_CODE_ERROR || (code != 0 && !(code & 1) && code < 0x8000);
}

/* An Error in place of what was asked; only requests get one. False: it did not. */
static bool reject(struct relo_route *route, const struct passage *p, enum relo_counter reason,
                   uint16_t error_code, const char *text)
{
    relo_count(route->env, reason);
    if (!relo_code_is_request(p->code) || p->link == 0)
        return false;
    struct relo_inbound in = {
        .link = p->link,
        .from = p->from,
        .header = p->header,
        .code = p->code,
        .traffic_class = p->traffic_class,
    };
    return relo_route_refuse(route, &in, error_code, text); /* 6940-6.1-2 */
}

/* Lists with one entry, as nearly all requests have, are not looked into. */
static bool has_double_entry(struct relo_view list, uint8_t node_id_bytes)
{
    struct relo_rd r = relo_rd_init(list.p, list.n, node_id_bytes);
    struct relo_destination a, b;
    while (relo_destination_next(&r, &a)) {
        struct relo_rd rest = r;
        while (relo_destination_next(&rest, &b))
            if (a.type == b.type && relo_view_equal(a.id, b.id))
                return true;
    }
    return false;
}

/* 6.1, first paragraph: can this node process it at all? */
static bool is_processable(struct relo_route *route, const struct passage *p)
{
    const struct relo_config *config = route->env->config;
    if (p->header.version != RELO_PROTOCOL_VERSION) { /* 6940-6.3.2-4 6940-6.1-1 */
        reject(route, p, RELO_COUNT_drop_bad_version, RELO_ERROR_INCOMPATIBLE_WITH_OVERLAY,
               "version is not 1.0");
        return false;
    }
    if (p->header.overlay != config->overlay) { /* 6940-6.1-1 */
        reject(route, p, RELO_COUNT_drop_bad_overlay, RELO_ERROR_INCOMPATIBLE_WITH_OVERLAY,
               "another overlay");
        return false;
    }
    if (p->header.ttl > config->initial_ttl) { /* 6940-6.3.2-8 */
        reject(route, p, RELO_COUNT_drop_ttl, RELO_ERROR_TTL_EXCEEDED, "ttl above initial-ttl");
        return false;
    }
    /* 13.6.5: loops made on purpose. Answers go where their request came from. 6940-13.6.5-2 */
    if (p->header.destination.n > RELO_ID_BYTES + 3 && relo_code_is_request(p->code) &&
        has_double_entry(p->header.destination, config->node_id_length)) {
        reject(route, p, RELO_COUNT_drop_bad_header, RELO_ERROR_INVALID_MESSAGE,
               "an entry twice in the destination list");
        return false;
    }
    return true;
}

/* What follows the header as one slice, with a reference for the caller. */
static struct relo_slice rest_of(struct relo_route *route, const struct passage *p)
{
    struct relo_pool *pool = &route->env->shard->pool;
    if (p->head.n == 0) {
        relo_body_ref(p->body.body);
        return p->body;
    }
    uint32_t n = p->head.n + p->body.n;
    if (p->body.n == 0)
        return (struct relo_slice){relo_body_new(pool, p->head.p, n, p->traffic_class), 0, n};
    uint8_t *bytes = relo_pool_alloc(pool, n);
    memcpy(bytes, p->head.p, p->head.n);
    memcpy(bytes + p->head.n, relo_slice_bytes(&p->body), p->body.n);
    struct relo_slice slice = {relo_body_new(pool, bytes, n, p->traffic_class), 0, n};
    relo_pool_free(pool, bytes, n);
    return slice;
}

/* --- not ours: 6.1.2 --------------------------------------------------------------------- */

static bool has_forward_critical(const struct relo_header *h)
{
    struct relo_rd list = relo_rd_init(h->options.p, h->options.n, RELO_ID_BYTES);
    struct relo_option option;
    while (relo_option_next(&list, &option))
        if (option.flags & RELO_OPTION_FORWARD_CRITICAL)
            return true;
    return false;
}

/* 6.1.2: the Node-ID it was received from is appended, never the own one; answers need
   no via list. */
static bool append_via(struct relo_route *route, const struct passage *p, struct relo_wr *via)
{
    const struct relo_config *config = route->env->config;
    relo_wr_bytes(via, p->header.via.p, p->header.via.n);
    relo_destination_write_node(via, p->from); /* 6940-6.1.2-4 6940-6.1.2-5 */
    if (config->via_list_max &&
        relo_destination_list_count(relo_wr_view(via), config->node_id_length) >
            config->via_list_max)
        relo_opaque_compress(route, via);
    return !via->failed;
}

static void forward(struct relo_route *route, struct passage *p,
                    const struct relo_resolved *resolved)
{
    uint8_t list[RELO_ROUTE_LIST_MAX];
    struct relo_wr via = relo_wr_init(list, sizeof list, route->env->config->node_id_length);
    struct relo_header *h = &p->header;
    relo_link_prefetch(route->links, resolved->link); /* needed when the header is written */
    /* 4.2: a client routes for nobody. */
    if (route->client) {
        relo_count(route->env, RELO_COUNT_drop_not_peer);
        return;
    }
    /* 6.3.2: with a ttl of 0 it goes no further. */
    if (h->ttl == 0) { /* 6940-6.3.2-6 */
        reject(route, p, RELO_COUNT_drop_ttl, RELO_ERROR_TTL_EXCEEDED, "ttl is 0");
        return;
    }
    if (h->options.n && !is_answer(p->code) && has_forward_critical(h)) { /* 6940-6.3.2.3-2 */
        reject(route, p, RELO_COUNT_drop_bad_header, RELO_ERROR_UNSUPPORTED_FORWARDING_OPTION,
               "unknown forwarding option");
        return;
    }
    if (!is_answer(p->code)) {
        if (!append_via(route, p, &via)) {
            relo_count(route->env, RELO_COUNT_drop_too_large);
            return;
        }
        h->via = relo_wr_view(&via);
    }
    h->ttl--; /* 6940-6.3.2-5 */
    h->destination = resolved->destination;
    struct relo_slice body = p->head.n ? rest_of(route, p) : p->body;
    struct relo_emission emission = {.header = h, .body = body};
    if (relo_emit_link(route, resolved->link, &emission) == RELO_SENT)
        relo_count(route->env, RELO_COUNT_messages_forwarded);
    if (p->head.n)
        relo_body_unref(&route->env->shard->pool, body.body);
}

/* --- ours: 6.1.1 ------------------------------------------------------------------------- */

static enum relo_verdict deliver_answer(struct relo_route *route, struct relo_inbound *in)
{
    in->transaction = relo_transaction_find(route, in->header.transaction_id);
    if (!in->transaction) {
        relo_count(route->env, RELO_COUNT_drop_no_transaction);
        return RELO_VERDICT_DONE;
    }
    const struct relo_transaction *t = relo_transaction_at(route, in->transaction);
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, route->env->config->node_id_length);
    struct relo_error error;
    if (in->code == RELO_CODE_ERROR && relo_error_read(&r, &error)) {
        in->error_code = error.error_code;
        in->error_info = error.error_info;
    } else if (in->code != t->code + 1) {
        relo_count(route->env, RELO_COUNT_drop_bad_contents);
        return RELO_VERDICT_DONE;
    }
    in->owner = (enum relo_owner)t->owner;
    in->context = t->context;
    in->transmissions = t->transmissions;
    in->asked = t->asked;
    in->asked_resource = t->asked_resource;
    return RELO_VERDICT_ANSWER;
}

/* The bytes behind the header, held until the next message; NULL: more fragments have to come. */
static struct relo_view hold(struct relo_route *route, struct passage *p)
{
    struct relo_view rest = p->head;
    if (p->body.n) {
        struct relo_slice slice = rest_of(route, p);
        route->held = slice.body;
        rest = (struct relo_view){relo_slice_bytes(&slice), slice.n};
    }
    if (relo_header_is_whole(&p->header))
        return rest;
    struct relo_body *whole = relo_reassembly_add(route, &p->header, rest, p->traffic_class);
    relo_body_unref(&route->env->shard->pool, route->held);
    route->held = whole;
    p->header.fragment = RELO_FRAGMENT_WHOLE;
    return whole ? (struct relo_view){whole->bytes, whole->n} : (struct relo_view){NULL, 0};
}

static enum relo_verdict deliver(struct relo_route *route, struct passage *p, struct relo_id target,
                                 bool target_resource, struct relo_inbound *in)
{
    const struct relo_config *config = route->env->config;
    bool fragment = !relo_header_is_whole(&p->header);
    struct relo_view rest = hold(route, p);
    if (fragment && !rest.p)
        return RELO_VERDICT_DONE;
    /* Verification reads it all. */
    relo_prefetch_lines(rest.p, rest.n < PREFETCH_MAX ? rest.n : PREFETCH_MAX);
    struct relo_rd r = relo_rd_init(rest.p, rest.n, config->node_id_length);
    struct relo_contents contents;
    bool well_formed = relo_contents_read(&r, &contents);
    p->code = well_formed ? contents.code : p->code;
    if (p->header.header_bytes + rest.n > config->max_message_size) {
        /* 6.6: applies to the message as it was before it was fragmented. */
        reject(route, p, RELO_COUNT_drop_too_large, RELO_ERROR_MESSAGE_TOO_LARGE,
               "above max-message-size");
        return RELO_VERDICT_DONE;
    }
    if (!well_formed || !(relo_code_is_request(contents.code) || is_answer(contents.code))) {
        relo_count(route->env, RELO_COUNT_drop_bad_contents);
        return RELO_VERDICT_DONE;
    }
    *in = (struct relo_inbound){
        .link = p->link,
        .from = p->from,
        .header = p->header,
        .target = target,
        .target_resource = target_resource,
        .hops = (uint8_t)(config->initial_ttl - p->header.ttl + (p->link != 0)),
        .code = contents.code,
        .contents = contents.bytes,
        .body = contents.body,
        .extensions = contents.extensions,
        .security = relo_rd_rest(&r),
        .message_bytes = p->header.header_bytes + rest.n,
        .traffic_class = p->traffic_class,
    };
    return is_answer(contents.code) ? deliver_answer(route, in) : RELO_VERDICT_REQUEST;
}

/* 6.6: its sender is told, unless it is the header that is too large, and the link closes. */
static void refuse_size(struct relo_route *route, const struct passage *p, bool read)
{
    if (read && p->header.header_bytes > route->env->config->max_message_size) { /* 6940-6.6-2 */
        relo_count(route->env, RELO_COUNT_drop_too_large);
        relo_links_close(route->links, p->link);
        return;
    }
    /* 6940-6.6-1 */
    bool told = read && reject(route, p, RELO_COUNT_drop_too_large, RELO_ERROR_MESSAGE_TOO_LARGE,
                               "above max-message-size");
    if (told)
        relo_links_close_after(route->links, p->link); /* 6940-6.6-1 */
    else
        relo_links_close(route->links, p->link);
}

static bool needs_attach(uint16_t code)
{
    return relo_code_is_request(code) && code != RELO_CODE_PING_REQ && code != RELO_CODE_ATTACH_REQ;
}

/* --- the three ways in ------------------------------------------------------------------- */

enum relo_verdict relo_route_receive(struct relo_route *route, const struct relo_incoming *message,
                                     struct relo_inbound *in)
{
    struct passage p = {.link = message->link, .from = message->from};
    struct relo_resolved resolved;
    relo_route_release(route);
    bool read = read_header(route, message->head, message->body, &p);
    if (message->too_large) {
        refuse_size(route, &p, read);
        return RELO_VERDICT_DONE;
    }
    if (!read || !is_processable(route, &p))
        return RELO_VERDICT_DONE;
    /* 6.1.2: nobody knows yet by which of its Node-IDs to reach it. */
    if (message->unattached && needs_attach(p.code)) { /* 6940-6.1.2-9 */
        reject(route, &p, RELO_COUNT_drop_not_peer, RELO_ERROR_FORBIDDEN,
               "several Node-IDs in the certificate: attach first");
        return RELO_VERDICT_DONE;
    }
    relo_route_resolve(route, p.header.destination, 0, false, &resolved);
    switch (resolved.hop) {
    case RELO_HOP_MINE:
        return deliver(route, &p, resolved.target, resolved.target_resource, in);
    case RELO_HOP_LINK:
        /* Back where it came from: two peers see the ring differently, and it would circle until
           its ttl is used up. Its origin sends it again (6.2.1). */
        if (resolved.link == message->link)
            relo_count(route->env, RELO_COUNT_drop_no_route);
        else
            forward(route, &p, &resolved);
        break;
    case RELO_HOP_NONE:
        break;
    }
    return RELO_VERDICT_DONE;
}

enum relo_verdict relo_route_local(struct relo_route *route, struct relo_inbound *in)
{
    struct relo_local *local;
    enum relo_verdict verdict = RELO_VERDICT_DONE;
    while (verdict == RELO_VERDICT_DONE && (local = route->local)) {
        struct passage p = {.from = route->env->self};
        relo_route_release(route);
        route->local = local->next;
        if (!local->next)
            route->local_last = NULL;
        route->held_local = local;
        if (read_header(route, (struct relo_view){local->header, local->n}, local->body, &p))
            verdict = deliver(route, &p, local->target, local->target_resource, in);
    }
    return verdict;
}

/* False: there is no other way. */
static bool send_again(struct relo_route *route, const struct relo_link_event *event)
{
    struct passage p = {.link = event->link};
    struct relo_resolved resolved;
    bool own = event->message.sender_token != 0;
    if (!read_header(route, event->message.header, event->message.body, &p))
        return false;
    relo_route_resolve(route, p.header.destination, event->link, own, &resolved);
    p.header.destination = resolved.destination;
    struct relo_emission emission = {
        .header = &p.header,
        .body = event->message.body,
        .sender_token = event->message.sender_token,
    };
    switch (resolved.hop) {
    case RELO_HOP_MINE: /* our range has grown since */
        relo_emit_local(route, &emission, &resolved);
        return !own;
    case RELO_HOP_LINK:
        if (relo_emit_link(route, resolved.link, &emission) != RELO_SENT)
            return false;
        relo_count(route->env, RELO_COUNT_messages_rerouted);
        return true;
    case RELO_HOP_NONE:
        break;
    }
    return false;
}

void relo_route_unsent(struct relo_route *route, const struct relo_link_event *event)
{
    const struct relo_outgoing *message = &event->message;
    relo_handle token = message->sender_token;
    bool wanted = !token || relo_transaction_find(route, message->transaction_id) == token;
    if (wanted) {
        bool reroute = route->env->config->reroute_on_failure &&
                       !(token && relo_transaction_pointless(route, token, event->peer));
        bool sent = reroute && send_again(route, event);
        if (!reroute)
            relo_count(route->env, RELO_COUNT_drop_link_failed);
        if (!sent && token)
            relo_transaction_lost(route, token, message->transaction_id);
    }
    relo_body_unref(&route->env->shard->pool, message->body.body);
}
