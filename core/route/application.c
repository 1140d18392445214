/* SPDX-License-Identifier: BSD-2-Clause */
/* AppAttach: candidates exchanged for a connection of an application (RFC 6940 section 6.5.2). What
   runs over the connection, and its handshake, is the application's. */
#include "core/route/internal.h"

#include "core/wire/codes.h"

#define BODY_MAX 1024

/* 14.5: SIP, SIPS and the range for experiments. */
static bool is_supported(uint16_t application)
{
    return application == 5060 || application == 5061 ||
           (application >= 0xf000 && application <= 0xfffe);
}

static bool write_body(struct relo_route *route, const char *role, uint32_t role_bytes,
                       uint16_t application, struct relo_wr *w)
{
    uint8_t ufrag[RELO_UFRAG_BYTES], password[RELO_PASSWORD_BYTES], list[BODY_MAX];
    struct relo_wr candidates = relo_wr_init(list, sizeof list, w->node_id_bytes);
    relo_candidates_secret(route, ufrag, sizeof ufrag);
    relo_candidates_secret(route, password, sizeof password);
    relo_candidates_write(route, &candidates);
    struct relo_app_attach attach = {
        .ufrag = {ufrag, sizeof ufrag},
        .password = {password, sizeof password},
        .application = application,
        .role = {(const uint8_t *)role, role_bytes},
        .candidates = relo_wr_view(&candidates),
    };
    relo_app_attach_write(w, &attach);
    return !w->failed && !candidates.failed;
}

relo_handle relo_attach_application(struct relo_route *route, const struct relo_target *target,
                                    uint16_t application, uint64_t context)
{
    uint8_t bytes[BODY_MAX];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, route->env->config->node_id_length);
    if (!write_body(route, "passive", 7, application, &w))
        return 0;
    struct relo_request request = {
        .target = *target,
        .code = RELO_CODE_APP_ATTACH_REQ,
        .body = relo_wr_view(&w),
        .owner = RELO_OWNER_COMMAND,
        .context = context,
        .traffic_class = RELO_CLASS_MAINTENANCE,
    };
    return relo_route_request(route, &request);
}

void relo_attach_request_application(struct relo_route *route, struct relo_inbound *in)
{
    uint8_t bytes[BODY_MAX];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, route->env->config->node_id_length);
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, w.node_id_bytes);
    struct relo_app_attach attach;
    struct relo_addr remote;
    bool mixed;
    if (!relo_app_attach_read(&r, &attach))
        relo_route_malformed(route, in, &r);
    else if (!is_supported(attach.application)) /* 6940-6.5.2.2-3 */
        relo_route_error_text(route, in, RELO_ERROR_NOT_FOUND, "unknown Application-ID");
    else if (!relo_candidates_choose(route, attach.candidates, &remote, &mixed))
        relo_route_error_text(route, in, RELO_ERROR_INVALID_MESSAGE, "no usable candidate");
    else if (write_body(route, "active", 6, attach.application, &w)) /* 6940-6.5.2.2-1 */
        relo_route_answer(route, in, RELO_CODE_APP_ATTACH_ANS, relo_wr_view(&w), NULL, 0);
}
