/* SPDX-License-Identifier: BSD-2-Clause */
/* One whole RELOAD message, RFC 6940 section 6.3, decoded and encoded down to its last struct. */
#include "core/wire/message.h"

#include "core/wire/destination.h"
#include "core/wire/option.h"

/* A LeaveReq carries a ChordLeaveData (10.9), or nothing: the minimal one of 6.4.2.2. */
static bool leave_req_read(struct relo_rd *r, struct relo_leave_req *l)
{
    struct relo_chord_leave chord;
    if (!relo_leave_req_read(r, l))
        return false;
    struct relo_view data = l->overlay_specific_data;
    struct relo_rd inside = relo_rd_init(data.p, data.n, r->node_id_bytes);
    return data.n == 0 || relo_chord_leave_read(&inside, &chord);
}

static void leave_req_write(struct relo_wr *w, const struct relo_leave_req *l)
{
    struct relo_view data = l->overlay_specific_data;
    struct relo_rd inside = relo_rd_init(data.p, data.n, w->node_id_bytes);
    struct relo_chord_leave chord;
    relo_wr_bytes(w, l->leaving_peer_id.p, l->leaving_peer_id.n);
    size_t at = relo_wr_open16(w);
    if (data.n != 0 && relo_chord_leave_read(&inside, &chord))
        relo_chord_leave_write(w, &chord);
    relo_wr_close16(w, at);
}

bool relo_message_body_read(uint16_t code, struct relo_view body, uint8_t node_id_bytes,
                            const struct relo_config *config, union relo_message_body *b)
{
    struct relo_rd r = relo_rd_init(body.p, body.n, node_id_bytes);
    switch (code) {
    case RELO_CODE_PROBE_REQ:
        return relo_probe_req_read(&r, &b->probe_req);
    case RELO_CODE_PROBE_ANS:
        return relo_probe_ans_read(&r, &b->probe_ans);
    case RELO_CODE_ATTACH_REQ:
    case RELO_CODE_ATTACH_ANS:
        return relo_attach_read(&r, &b->attach);
    case RELO_CODE_APP_ATTACH_REQ:
    case RELO_CODE_APP_ATTACH_ANS:
        return relo_app_attach_read(&r, &b->app_attach);
    case RELO_CODE_STORE_REQ:
        return relo_store_req_read(&r, config, &b->store_req);
    case RELO_CODE_STORE_ANS:
        return relo_store_ans_read(&r, &b->store_ans);
    case RELO_CODE_FETCH_REQ:
    case RELO_CODE_STAT_REQ:
        return relo_fetch_req_read(&r, config, &b->fetch_req);
    case RELO_CODE_FETCH_ANS:
        return relo_fetch_ans_read(&r, config, &b->fetch_ans);
    case RELO_CODE_STAT_ANS:
        return relo_stat_ans_read(&r, config, &b->fetch_ans);
    case RELO_CODE_FIND_REQ:
        return relo_find_req_read(&r, &b->find_req);
    case RELO_CODE_FIND_ANS:
        return relo_find_ans_read(&r, &b->find_ans);
    case RELO_CODE_JOIN_REQ:
        return relo_join_req_read(&r, &b->join_req);
    case RELO_CODE_JOIN_ANS:
        return relo_join_ans_read(&r, &b->join_ans);
    case RELO_CODE_LEAVE_REQ:
        return leave_req_read(&r, &b->leave_req);
    case RELO_CODE_UPDATE_REQ:
        return relo_chord_update_read(&r, &b->update_req);
    case RELO_CODE_ROUTE_QUERY_REQ:
        return relo_route_query_req_read(&r, &b->route_query_req);
    case RELO_CODE_ROUTE_QUERY_ANS:
        return relo_route_query_ans_read(&r, &b->route_query_ans);
    case RELO_CODE_PING_REQ:
        return relo_ping_req_read(&r, &b->ping_req);
    case RELO_CODE_PING_ANS:
        return relo_ping_ans_read(&r, &b->ping_ans);
    case RELO_CODE_CONFIG_UPDATE_REQ:
        return relo_config_update_read(&r, &b->config_update_req);
    case RELO_CODE_ERROR:
        return relo_error_read(&r, &b->error);
    case RELO_CODE_LEAVE_ANS:
    case RELO_CODE_UPDATE_ANS:
    case RELO_CODE_CONFIG_UPDATE_ANS:
        return relo_rd_finish(&r); /* empty structures */
    default:
        return true;
    }
}

/* error_info is a StoreAns for one code and Kind-IDs for another, where its sender kept to that. */
static void error_write(struct relo_wr *w, const struct relo_error *e)
{
    struct relo_view info = e->error_info;
    struct relo_rd r = relo_rd_init(info.p, info.n, w->node_id_bytes);
    struct relo_store_ans ans;
    struct relo_view kinds;
    if (e->error_code == RELO_ERROR_GENERATION_COUNTER_TOO_LOW && relo_store_ans_read(&r, &ans)) {
        relo_wr_u16(w, e->error_code);
        size_t at = relo_wr_open16(w);
        relo_store_ans_write(w, &ans);
        relo_wr_close16(w, at);
    } else if (e->error_code == RELO_ERROR_UNKNOWN_KIND && relo_unknown_kinds_read(&r, &kinds)) {
        relo_wr_u16(w, e->error_code);
        size_t at = relo_wr_open16(w);
        relo_unknown_kinds_write(w, kinds);
        relo_wr_close16(w, at);
    } else {
        relo_error_write(w, e);
    }
}

/* False where the code is none of Store, Fetch, Stat and Find. */
static bool storage_write(struct relo_wr *w, uint16_t code, const struct relo_config *config,
                          const union relo_message_body *b)
{
    switch (code) {
    case RELO_CODE_STORE_REQ:
        relo_store_req_write(w, config, &b->store_req);
        return true;
    case RELO_CODE_STORE_ANS:
        relo_store_ans_write(w, &b->store_ans);
        return true;
    case RELO_CODE_FETCH_REQ:
    case RELO_CODE_STAT_REQ:
        relo_fetch_req_write(w, config, &b->fetch_req);
        return true;
    case RELO_CODE_FETCH_ANS:
        relo_fetch_ans_write(w, config, &b->fetch_ans);
        return true;
    case RELO_CODE_STAT_ANS:
        relo_stat_ans_write(w, config, &b->fetch_ans);
        return true;
    case RELO_CODE_FIND_REQ:
        relo_find_req_write(w, &b->find_req);
        return true;
    case RELO_CODE_FIND_ANS:
        relo_find_ans_write(w, &b->find_ans);
        return true;
    default:
        return false;
    }
}

void relo_message_body_write(struct relo_wr *w, uint16_t code, const struct relo_config *config,
                             const union relo_message_body *b, struct relo_view opaque)
{
    switch (code) {
    case RELO_CODE_PROBE_REQ:
        relo_probe_req_write(w, &b->probe_req);
        break;
    case RELO_CODE_PROBE_ANS:
        relo_probe_ans_write(w, &b->probe_ans);
        break;
    case RELO_CODE_ATTACH_REQ:
    case RELO_CODE_ATTACH_ANS:
        relo_attach_write(w, &b->attach);
        break;
    case RELO_CODE_APP_ATTACH_REQ:
    case RELO_CODE_APP_ATTACH_ANS:
        relo_app_attach_write(w, &b->app_attach);
        break;
    case RELO_CODE_JOIN_REQ:
        relo_join_req_write(w, &b->join_req);
        break;
    case RELO_CODE_JOIN_ANS:
        relo_join_ans_write(w, &b->join_ans);
        break;
    case RELO_CODE_LEAVE_REQ:
        leave_req_write(w, &b->leave_req);
        break;
    case RELO_CODE_UPDATE_REQ:
        relo_chord_update_write(w, &b->update_req);
        break;
    case RELO_CODE_ROUTE_QUERY_REQ:
        relo_route_query_req_write(w, &b->route_query_req);
        break;
    case RELO_CODE_ROUTE_QUERY_ANS:
        relo_route_query_ans_write(w, &b->route_query_ans);
        break;
    case RELO_CODE_PING_REQ:
        relo_ping_req_write(w, &b->ping_req);
        break;
    case RELO_CODE_PING_ANS:
        relo_ping_ans_write(w, &b->ping_ans);
        break;
    case RELO_CODE_CONFIG_UPDATE_REQ:
        relo_config_update_write(w, &b->config_update_req);
        break;
    case RELO_CODE_ERROR:
        error_write(w, &b->error);
        break;
    case RELO_CODE_LEAVE_ANS:
    case RELO_CODE_UPDATE_ANS:
    case RELO_CODE_CONFIG_UPDATE_ANS:
        break;
    default:
        if (!storage_write(w, code, config, b))
            relo_wr_bytes(w, opaque.p, opaque.n);
        break;
    }
}

enum relo_message_verdict relo_message_read(struct relo_view bytes, uint8_t node_id_bytes,
                                            const struct relo_config *config,
                                            struct relo_message *m,
                                            enum relo_header_verdict *header)
{
    struct relo_rd r = relo_rd_init(bytes.p, bytes.n, node_id_bytes);
    *m = (struct relo_message){.node_id_bytes = node_id_bytes};
    enum relo_header_verdict verdict = relo_header_read(&r, &m->header);
    if (header)
        *header = verdict;
    if (verdict != RELO_HEADER_OK)
        return RELO_MESSAGE_BAD_HEADER;
    if (!relo_header_is_whole(&m->header)) {
        /* 6.7: only the destination, which has all fragments, can look inside. */
        m->is_fragment = true;
        m->piece = relo_rd_rest(&r);
        return RELO_MESSAGE_OK;
    }
    if (!relo_contents_read(&r, &m->contents))
        return RELO_MESSAGE_BAD_CONTENTS;
    if (!relo_message_body_read(m->contents.code, m->contents.body, node_id_bytes, config,
                                &m->body))
        return RELO_MESSAGE_BAD_BODY;
    if (!relo_security_read(&r, &m->security))
        return RELO_MESSAGE_BAD_SECURITY;
    return relo_rd_finish(&r) ? RELO_MESSAGE_OK : RELO_MESSAGE_TRAILING;
}

const char *relo_message_verdict_text(enum relo_message_verdict verdict)
{
    switch (verdict) {
    case RELO_MESSAGE_OK:
        return "ok";
    case RELO_MESSAGE_BAD_HEADER:
        return "malformed forwarding header";
    case RELO_MESSAGE_BAD_CONTENTS:
        return "malformed message contents";
    case RELO_MESSAGE_BAD_BODY:
        return "malformed message body";
    case RELO_MESSAGE_BAD_SECURITY:
        return "malformed security block";
    case RELO_MESSAGE_TRAILING:
        return "bytes behind the security block";
    case RELO_MESSAGE_VERDICTS:
        break;
    }
    return "?";
}

/* The header with its lists encoded again in place, and their lengths put in afterwards. */
static void header_recode(struct relo_wr *w, const struct relo_header *h)
{
    struct relo_header fixed = *h;
    fixed.via.n = fixed.destination.n = fixed.options.n = 0;
    size_t at = relo_wr_size(w);
    relo_header_write(w, &fixed);
    size_t via = relo_wr_size(w);
    relo_destination_list_recode(w, h->via);
    size_t destination = relo_wr_size(w);
    relo_destination_list_recode(w, h->destination);
    size_t options = relo_wr_size(w);
    relo_option_list_recode(w, h->options);
    size_t end = relo_wr_size(w);
    if (w->failed)
        return;
    struct relo_wr lengths = relo_wr_init(w->base + at + 32, 6, w->node_id_bytes);
    relo_wr_u16(&lengths, (uint16_t)(destination - via));
    relo_wr_u16(&lengths, (uint16_t)(options - destination));
    relo_wr_u16(&lengths, (uint16_t)(end - options));
}

void relo_message_write(struct relo_wr *w, const struct relo_config *config,
                        const struct relo_message *m)
{
    size_t start = relo_wr_size(w);
    header_recode(w, &m->header);
    if (m->is_fragment) {
        relo_wr_bytes(w, m->piece.p, m->piece.n);
    } else {
        size_t body = relo_contents_open(w, m->contents.code);
        relo_message_body_write(w, m->contents.code, config, &m->body, m->contents.body);
        relo_wr_close32(w, body);
        size_t extensions = relo_wr_open32(w);
        relo_extension_list_recode(w, m->contents.extensions);
        relo_wr_close32(w, extensions);
        relo_security_write(w, &m->security);
    }
    relo_header_close(w, start);
}
