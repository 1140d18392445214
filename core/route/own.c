/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that the route layer answers itself: Ping (RFC 6940 section 6.5.3), Probe (6.4.2.5),
   ConfigUpdate (6.5.4); Attach and AppAttach are in attach.c. */
#include "core/route/internal.h"

#include "core/config/config.h"
#include "core/wire/config_update.h"
#include "core/wire/error.h"
#include "core/wire/ping.h"
#include "core/wire/topology.h"

#include <string.h>

#define DOCUMENT_MAX 512

static struct relo_rd reader_of(const struct relo_route *route, const struct relo_inbound *in)
{
    return relo_rd_init(in->body.p, in->body.n, route->env->config->node_id_length);
}

static void ping(struct relo_route *route, const struct relo_inbound *in)
{
    struct relo_rd r = reader_of(route, in);
    struct relo_ping_req request;
    uint8_t bytes[16];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, r.node_id_bytes);
    if (!relo_ping_req_read(&r, &request)) {
        relo_route_malformed(route, in, &r);
        return;
    }
    struct relo_ping_ans answer = {
        .response_id = route->env->suite->random(route->env),
        .time = relo_env_unix_ms(route->env),
    };
    relo_ping_ans_write(&w, &answer);
    /* 6940-6.3.3.1-1 6940-6.3.3.1-2 */
    relo_route_answer(route, in, RELO_CODE_PING_ANS, relo_wr_view(&w), NULL, 0);
}

/* 6.4.2.5.2: what was asked for and is known here, in the order it was asked for. */
static void probe_info(const struct relo_route *route, struct relo_view asked, uint32_t resources,
                       struct relo_wr *w)
{
    for (uint32_t i = 0; i < asked.n; i++) { /* 6940-6.4.2.5.2-2 */
        struct relo_probe_info info = {.type = asked.p[i]};
        if (info.type == RELO_PROBE_RESPONSIBLE_SET)
            info.number = route->ops->responsible_ppb(route->topology);
        else if (info.type == RELO_PROBE_NUM_RESOURCES)
            info.number = resources;
        else if (info.type == RELO_PROBE_UPTIME)
            info.number = route->ops->uptime_s(route->topology);
        else
            continue;                    /* 6940-6.4.2.5.2-3 */
        relo_probe_info_write(w, &info); /* 6940-6.4.2.5.2-1 */
    }
}

static void probe(struct relo_route *route, const struct relo_inbound *in, uint32_t resources)
{
    struct relo_rd r = reader_of(route, in);
    struct relo_probe_req request;
    uint8_t list[256 * 6], bytes[256 * 6 + 2];
    struct relo_wr infos = relo_wr_init(list, sizeof list, r.node_id_bytes);
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, r.node_id_bytes);
    if (!relo_probe_req_read(&r, &request)) {
        relo_route_malformed(route, in, &r);
        return;
    }
    probe_info(route, request.requested_info, resources, &infos);
    struct relo_probe_ans answer = {.probe_info = relo_wr_view(&infos)};
    relo_probe_ans_write(&w, &answer);
    relo_route_answer(route, in, RELO_CODE_PROBE_ANS, relo_wr_view(&w), NULL, 0);
}

/* --- ConfigUpdate ------------------------------------------------------------------------------

   The document goes out as it came. Where the configuration came as none, the smallest that has a
   name and a sequence number stands for it, unsigned. A receiver reads the sequence number and then
   refuses it: 6.5.4.2 allows nothing unsigned to be processed, and signatures of documents are not
   read yet. So an old node learns that it is old, and nobody can be reconfigured by force. */

static void text(struct relo_wr *w, const char *s)
{
    relo_wr_bytes(w, s, strlen(s));
}

static void decimal(struct relo_wr *w, uint16_t n)
{
    uint8_t digits[5];
    int i = 5;
    do {
        digits[--i] = (uint8_t)('0' + n % 10);
        n /= 10;
    } while (n);
    relo_wr_bytes(w, digits + i, (size_t)(5 - i));
}

static void minimal_document(const struct relo_config *config, struct relo_wr *d)
{
    text(d, "<overlay xmlns=\"urn:ietf:params:xml:ns:p2p:config-base\"><configuration "
            "instance-name=\"");
    text(d, config->instance_name);
    text(d, "\" sequence=\"");
    decimal(d, config->sequence);
    text(d, "\"/></overlay>");
}

/* `way`: a destination list, or empty: routed. */
static void update_send(struct relo_route *route, struct relo_id to, struct relo_view way,
                        const struct relo_config_update *update)
{
    uint32_t size = 16 + update->config_data.n + update->kinds.n;
    uint8_t *bytes = relo_env_alloc(route->env, size);
    struct relo_wr w = relo_wr_init(bytes, size, route->env->config->node_id_length);
    relo_config_update_write(&w, update);
    struct relo_request request = {
        .target = {.id = to},
        .code = RELO_CODE_CONFIG_UPDATE_REQ,
        .body = relo_wr_view(&w),
        .traffic_class = RELO_CLASS_MAINTENANCE,
    };
    /* One at a time to each node, however many old requests it sends. */
    if (!w.failed && !relo_route_pending(route, RELO_CODE_CONFIG_UPDATE_REQ, to))
        relo_route_request_list(route, &request, way);
    relo_env_free(route->env, bytes, size);
}

void relo_config_update_send(struct relo_route *route, const struct relo_inbound *in)
{
    const struct relo_config *config = route->env->config;
    uint8_t document[DOCUMENT_MAX], list[RELO_ROUTE_LIST_MAX];
    struct relo_wr d = relo_wr_init(document, sizeof document, config->node_id_length);
    struct relo_wr way = relo_wr_init(list, sizeof list, config->node_id_length);
    minimal_document(config, &d);
    struct relo_config_update update = {
        .type = RELO_CONFIG_UPDATE_CONFIG,
        .config_data = config->document.n ? config->document : relo_wr_view(&d),
    };
    /* The way its message came is the one that is known to lead to it, be it a client or joining.
       Of an answer's way the last hop is known; from there it is routed. */
    relo_answer_destination(route, in, &way);
    if (in->error_code && !relo_id_equal(in->from, in->signer.node_id))
        relo_destination_write_node(&way, in->signer.node_id);
    if (!d.failed && !way.failed)
        update_send(route, in->signer.node_id, relo_wr_view(&way), &update);
}

void relo_config_kinds_send(struct relo_route *route, const struct relo_inbound *in)
{
    const struct relo_config *config = route->env->config;
    struct relo_rd r = relo_rd_init(in->error_info.p, in->error_info.n, config->node_id_length);
    struct relo_view unknown;
    if (!relo_unknown_kinds_read(&r, &unknown))
        return;
    uint32_t size = config->max_message_size;
    uint8_t *bytes = relo_env_alloc(route->env, size);
    struct relo_wr w = relo_wr_init(bytes, size, config->node_id_length);
    for (r = relo_rd_init(unknown.p, unknown.n, config->node_id_length); relo_rd_more(&r);) {
        const struct relo_kind *kind = relo_config_kind(config, relo_rd_u32(&r));
        if (kind && kind->block.n)
            relo_wr_opaque16(&w, kind->block);
    }
    struct relo_config_update update = {.type = RELO_CONFIG_UPDATE_KIND, .kinds = relo_wr_view(&w)};
    if (!w.failed && update.kinds.n)
        update_send(route, in->signer.node_id, (struct relo_view){NULL, 0}, &update);
    relo_env_free(route->env, bytes, size);
}

/* The value of the first attribute sequence="n"; false: there is none below 65535. */
static bool document_sequence(struct relo_view document, uint16_t *sequence)
{
    static const char name[] = " sequence=\"";
    const uint32_t length = sizeof name - 1;
    uint32_t at = 0, value = 0;
    while (at + length < document.n && memcmp(document.p + at, name, length) != 0)
        at++;
    uint32_t first = at + length;
    for (at = first; at < document.n && document.p[at] >= '0' && document.p[at] <= '9'; at++) {
        value = value * 10 + document.p[at] - '0';
        if (value >= UINT16_MAX)
            return false;
    }
    *sequence = (uint16_t)value;
    return at > first && at < document.n && document.p[at] == '"';
}

static void config_update(struct relo_route *route, const struct relo_inbound *in)
{
    struct relo_rd r = reader_of(route, in);
    struct relo_config_update update;
    uint16_t sequence;
    if (!relo_config_update_read(&r, &update)) {
        relo_route_malformed(route, in, &r);
        return;
    }
    switch (update.type) {
    case RELO_CONFIG_UPDATE_CONFIG:
        if (!document_sequence(update.config_data, &sequence))
            /* 6940-6.5.4.2-2 */
            relo_route_refuse(route, in, RELO_ERROR_INVALID_MESSAGE, "no sequence number");
        else if (!relo_config_sequence_newer(sequence, route->env->config->sequence))
            /* 6940-6.5.4.2-2 */
            relo_route_refuse(route, in, RELO_ERROR_CONFIG_TOO_OLD, "not newer than mine");
        else
            relo_route_refuse(route, in, RELO_ERROR_FORBIDDEN, "unsigned");
        return;
    case RELO_CONFIG_UPDATE_KIND:
        relo_route_refuse(route, in, RELO_ERROR_FORBIDDEN, "unsigned");
        return;
    default: /* extensible (6.5.4.1) */
        relo_route_refuse(route, in, RELO_ERROR_INVALID_MESSAGE, "unknown ConfigUpdateType");
    }
}

bool relo_route_request_own(struct relo_route *route, struct relo_inbound *in, uint32_t resources)
{
    switch (in->code) {
    case RELO_CODE_PING_REQ:
        ping(route, in);
        return true;
    case RELO_CODE_PROBE_REQ:
        probe(route, in, resources);
        return true;
    case RELO_CODE_ATTACH_REQ:
        relo_attach_request(route, in);
        return true;
    case RELO_CODE_APP_ATTACH_REQ:
        relo_application_request(route, in);
        return true;
    case RELO_CODE_CONFIG_UPDATE_REQ:
        config_update(route, in);
        return true;
    default:
        return false;
    }
}
