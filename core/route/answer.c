/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers: the way back (RFC 6940 section 6.2.2), Errors (6.3.3.1), and equal answers to equal
   requests for 15 s (6.2.1). */
#include "core/route/internal.h"

#include "core/wire/destination.h"
#include "core/wire/error.h"
#include "core/wire/option.h"

#include <string.h>

void relo_answer_destination(const struct relo_route *route, const struct relo_inbound *in,
                             struct relo_wr *w)
{
    /* 6.1.2: the node the request came from, then its via list backwards. What was rerouted to this
       node by itself (link 0) has its previous hop in the via list already. */
    if (in->link)
        relo_destination_write_node(w, in->from);     /* 6940-6.1.2-7 6940-6.1.2-10 */
    relo_destination_list_reverse(w, in->header.via); /* 6940-6.2.2-1 6940-6.2-1 */
    if (relo_wr_size(w) == 0)
        relo_destination_write_node(w, route->env->self);
}

/* 6.3.2.3: options with RESPONSE_COPY come back with all three flags clear. */
static void copy_options(struct relo_view options, struct relo_wr *w)
{
    struct relo_rd list = relo_rd_init(options.p, options.n, w->node_id_bytes);
    struct relo_option option;
    while (relo_option_next(&list, &option)) {
        if (!(option.flags & RELO_OPTION_RESPONSE_COPY)) /* 6940-6.3.2.3-4 */
            continue;
        /* 6940-6.3.2.3-1 */
        option.flags &= (uint8_t) ~(RELO_OPTION_RESPONSE_COPY | RELO_OPTION_FORWARD_CRITICAL |
                                    RELO_OPTION_DESTINATION_CRITICAL);
        relo_option_write(w, &option);
    }
}

/* False: it would be larger than the requester, or the overlay, allows. */
static bool send(struct relo_route *route, const struct relo_inbound *in,
                 const struct relo_composition *c)
{
    const struct relo_config *config = route->env->config;
    uint8_t list[RELO_ROUTE_LIST_MAX], options[RELO_ROUTE_LIST_MAX];
    struct relo_wr destination = relo_wr_init(list, sizeof list, config->node_id_length);
    struct relo_wr copies = relo_wr_init(options, sizeof options, config->node_id_length);
    relo_answer_destination(route, in, &destination);
    copy_options(in->header.options, &copies);
    if (destination.failed || copies.failed) {
        relo_count(route->env, RELO_COUNT_drop_too_large);
        return true;
    }
    struct relo_header header = {
        .overlay = config->overlay,
        .config_sequence = config->sequence,
        .version = RELO_PROTOCOL_VERSION,
        .ttl = config->initial_ttl,
        .fragment = RELO_FRAGMENT_WHOLE,
        .transaction_id = in->header.transaction_id,
        .destination = relo_wr_view(&destination),
        .options = relo_wr_view(&copies),
    };
    struct relo_body *body = relo_route_compose(route, c);
    if (!body)
        return false;
    uint32_t n = relo_header_size(&header) + body->n, max = in->header.max_response_length;
    bool fits = /* 6940-6.3.2-12 */
        n <= config->max_message_size && (max == 0 || n <= max || c->code == RELO_CODE_ERROR);
    if (fits) {
        struct relo_emission emission = {.header = &header, .body = {body, 0, body->n}};
        relo_emit_own(route, &emission, 0);
    }
    relo_body_unref(&route->env->shard->pool, body);
    return fits;
}

static bool compose_and_send(struct relo_route *route, const struct relo_inbound *in, uint16_t code,
                             struct relo_view body, const struct relo_view *certificates,
                             uint32_t count)
{
    struct relo_composition c = {
        .transaction_id = in->header.transaction_id,
        .code = code,
        .body = body,
        .certificates = certificates,
        .certificate_count = count,
        .traffic_class = in->traffic_class,
    };
    return send(route, in, &c);
}

/* --- the answer cache -------------------------------------------------------------------- */

#define CACHE_STEP 4u /* by how many answers the ring grows */

static bool is_idempotent(uint16_t code)
{
    switch (code) {
    case RELO_CODE_PING_REQ:
    case RELO_CODE_PROBE_REQ:
    case RELO_CODE_FETCH_REQ:
    case RELO_CODE_STAT_REQ:
    case RELO_CODE_FIND_REQ:
    case RELO_CODE_ROUTE_QUERY_REQ:
        return true;
    default:
        return false;
    }
}

/* The i-th oldest. */
static struct relo_answer_cache *cache_at(const struct relo_route *route, uint32_t i)
{
    uint32_t at = route->cache_first + i;
    return &route->cache[at < route->cache_capacity ? at : at - route->cache_capacity];
}

static void cache_drop_first(struct relo_route *route)
{
    struct relo_answer_cache *entry = cache_at(route, 0);
    if (entry->n)
        relo_env_free(route->env, entry->body, entry->n);
    route->cache_first = (uint8_t)((route->cache_first + 1) % route->cache_capacity);
    route->cache_count--;
    route->cache_expires = route->cache_count ? cache_at(route, 0)->expires : RELO_NEVER;
}

/* A busy moment has made it large, and a peer is rarely busy. */
static void cache_release(struct relo_route *route)
{
    relo_env_free(route->env, route->cache, route->cache_capacity * sizeof *route->cache);
    route->cache = NULL;
    route->cache_capacity = route->cache_first = 0;
}

void relo_answer_expire(struct relo_route *route)
{
    if (route->cache_expires > route->env->now)
        return;
    while (route->cache_expires <= route->env->now)
        cache_drop_first(route);
    if (!route->cache_count)
        cache_release(route);
}

void relo_answer_fini(struct relo_route *route)
{
    while (route->cache_count)
        cache_drop_first(route);
    cache_release(route);
}

static void cache_grow(struct relo_route *route)
{
    uint32_t capacity = route->cache_capacity + CACHE_STEP;
    struct relo_answer_cache *ring = relo_env_alloc(route->env, capacity * sizeof *ring);
    for (uint32_t i = 0; i < route->cache_count; i++)
        ring[i] = *cache_at(route, i);
    relo_env_free(route->env, route->cache, route->cache_capacity * sizeof *ring);
    route->cache = ring;
    route->cache_capacity = (uint8_t)capacity;
    route->cache_first = 0;
}

/* Code and body are kept, not the message: it is signed again when it is repeated. */
static void cache_add(struct relo_route *route, const struct relo_inbound *in, uint16_t code,
                      struct relo_view body)
{
    if (is_idempotent(in->code))
        return;
    if (route->cache_count >= RELO_ROUTE_CACHE_MAX)
        cache_drop_first(route);
    else if (route->cache_count == route->cache_capacity)
        cache_grow(route);
    struct relo_answer_cache *entry = cache_at(route, route->cache_count++);
    *entry = (struct relo_answer_cache){
        .transaction_id = in->header.transaction_id,
        .requester = in->signer.node_id,
        .expires = route->env->now + route->env->config->request_lifetime,
        .n = body.n,
        .code = code,
    };
    if (body.n) {
        entry->body = relo_env_alloc(route->env, body.n);
        memcpy(entry->body, body.p, body.n);
    }
    route->cache_expires = relo_time_min(route->cache_expires, entry->expires);
}

static const struct relo_answer_cache *cache_find(const struct relo_route *route,
                                                  const struct relo_inbound *in)
{
    for (uint32_t i = 0; i < route->cache_count; i++) {
        const struct relo_answer_cache *entry = cache_at(route, i);
        if (entry->transaction_id == in->header.transaction_id &&
            relo_id_equal(entry->requester, in->signer.node_id) && entry->expires > route->env->now)
            return entry;
    }
    return NULL;
}

static bool repeat(struct relo_route *route, const struct relo_inbound *in)
{
    const struct relo_answer_cache *entry = is_idempotent(in->code) ? NULL : cache_find(route, in);
    if (!entry)
        return false;
    relo_count(route->env, RELO_COUNT_answers_from_cache);
    if (!relo_links_waiting(route->links, in->header.transaction_id, 0))
        compose_and_send(route, in, entry->code, (struct relo_view){entry->body, entry->n}, NULL,
                         0);
    return true;
}

/* --- what may be processed --------------------------------------------------------------- */

bool relo_config_sequence_newer(uint16_t a, uint16_t b)
{
    uint32_t ahead = ((uint32_t)a + 65535 - b) % 65535;
    return a != UINT16_MAX && ahead != 0 && ahead <= 65535 / 2;
}

static bool config_matches(struct relo_route *route, struct relo_inbound *in)
{
    uint16_t theirs = in->header.config_sequence, own = route->env->config->sequence;
    /* 6940-6.3.2.1-6 */
    if (theirs == own || (theirs == UINT16_MAX && in->code == RELO_CODE_CONFIG_UPDATE_REQ))
        return true;
    if (relo_config_sequence_newer(own, theirs) && theirs != UINT16_MAX) {
        /* 6940-6.3.2.1-4 */
        relo_route_refuse(route, in, RELO_ERROR_CONFIG_TOO_OLD, "configuration sequence");
        relo_config_update_send(route, in); /* 6940-6.5.4-1 6940-6.3.2.1-5 */
    } else {
        /* 6940-6.3.2.1-4 */
        relo_route_refuse(route, in, RELO_ERROR_CONFIG_TOO_NEW, "configuration sequence");
    }
    return false;
}

static bool has_critical_option(const struct relo_inbound *in)
{
    struct relo_rd list = relo_rd_init(in->header.options.p, in->header.options.n, RELO_ID_BYTES);
    struct relo_option option;
    while (relo_option_next(&list, &option))
        if (option.flags & RELO_OPTION_DESTINATION_CRITICAL)
            return true;
    return false;
}

static bool has_critical_extension(const struct relo_inbound *in)
{
    struct relo_rd list = relo_rd_init(in->extensions.p, in->extensions.n, RELO_ID_BYTES);
    struct relo_extension extension;
    while (relo_extension_next(&list, &extension))
        if (extension.critical)
            return true;
    return false;
}

bool relo_route_admit(struct relo_route *route, struct relo_inbound *in)
{
    if (repeat(route, in) || !config_matches(route, in)) /* 6940-6.3.2.1-3 */
        return false;
    /* No forwarding option and no extension is known here, so every critical one is unknown. */
    if (in->header.options.n && has_critical_option(in)) { /* 6940-6.3.2.3-3 */
        relo_route_refuse(route, in, RELO_ERROR_UNSUPPORTED_FORWARDING_OPTION,
                          "unknown forwarding option");
        return false;
    }
    if (in->extensions.n && has_critical_extension(in)) { /* 6940-6.3.3-1 */
        relo_route_refuse(route, in, RELO_ERROR_UNKNOWN_EXTENSION, "unknown message extension");
        return false;
    }
    return true;
}

/* --- the public side ------------------------------------------------------------------- */

void relo_route_answer(struct relo_route *route, const struct relo_inbound *in, uint16_t code,
                       struct relo_view body, const struct relo_view *certificates,
                       uint32_t certificate_count)
{
    if (compose_and_send(route, in, code, body, certificates, certificate_count)) {
        cache_add(route, in, code, body); /* 6940-6.2.1-12 */
        return;
    }
    /* 6.3.2 and 6.3.3.1 name two errors for this; 0x0e is the one made for it. */
    relo_route_error_text(route, in, RELO_ERROR_RESPONSE_TOO_LARGE,
                          "the response exceeds max_response_length");
}

static bool send_error(struct relo_route *route, const struct relo_inbound *in, uint16_t error_code,
                       struct relo_view info, bool cached)
{
    uint32_t n = info.n + 4;
    struct relo_error error = {.error_code = error_code, .error_info = info};
    uint8_t *bytes = relo_env_alloc(route->env, n);
    struct relo_wr w = relo_wr_init(bytes, n, route->env->config->node_id_length);
    relo_error_write(&w, &error); /* 6940-6.3.3.1-4 */
    /* 6940-6.3.3.1-3 */
    bool sent =
        !w.failed && compose_and_send(route, in, RELO_CODE_ERROR, relo_wr_view(&w), NULL, 0);
    if (sent && cached)
        cache_add(route, in, RELO_CODE_ERROR, relo_wr_view(&w));
    relo_env_free(route->env, bytes, n);
    return sent;
}

void relo_route_error(struct relo_route *route, const struct relo_inbound *in, uint16_t error_code,
                      struct relo_view error_info)
{
    if (!send_error(route, in, error_code, error_info, true))
        send_error(route, in, error_code, (struct relo_view){NULL, 0}, true);
}

static struct relo_view view_of(const char *text)
{
    return (struct relo_view){(const uint8_t *)text, (uint32_t)strlen(text)};
}

void relo_route_error_text(struct relo_route *route, const struct relo_inbound *in,
                           uint16_t error_code, const char *text)
{
    relo_route_error(route, in, error_code, view_of(text));
}

void relo_route_malformed(struct relo_route *route, const struct relo_inbound *in,
                          const struct relo_rd *r)
{
    if (r->unknown) { /* 6940-6.3.1.1-1 */
        relo_count(route->env, RELO_COUNT_drop_bad_contents);
        return;
    }
    relo_route_error_text(route, in, RELO_ERROR_INVALID_MESSAGE, "malformed message body");
}

bool relo_route_refuse(struct relo_route *route, const struct relo_inbound *in, uint16_t error_code,
                       const char *text)
{
    return send_error(route, in, error_code, view_of(text), false);
}
