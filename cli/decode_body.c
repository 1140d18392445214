/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies of messages with the RFC's names: everything but Store, Fetch, Stat and Find. */
#include "cli/decode_body.h"

#include "core/wire/destination.h"
#include "core/wire/node_id.h"

#include <arpa/inet.h>

static void destination(struct decode_out *out, const struct relo_destination *d)
{
    const char *type = d->short_form ? "opaque_id" : relo_destination_name(d->type);
    if (!out->json) {
        decode_out_hex(out, type ? type : "unknown type", d->id);
        return;
    }
    decode_out_begin(out, "destination");
    decode_out_code(out, "type", d->type, type);
    decode_out_hex(out, "id", d->id);
    decode_out_end(out);
}

void decode_body_destinations(struct decode_out *out, const char *name, struct relo_view list,
                              uint8_t node_id_bytes)
{
    struct relo_rd r = relo_rd_init(list.p, list.n, node_id_bytes);
    struct relo_destination d;
    if (list.n == 0 && !out->json) {
        decode_out_string(out, name, "(empty)");
        return;
    }
    decode_out_begin_list(out, name);
    while (relo_destination_next(&r, &d))
        destination(out, &d);
    decode_out_end_list(out);
}

void decode_body_node_ids(struct decode_out *out, const char *name, struct relo_view ids,
                          uint8_t node_id_bytes)
{
    struct relo_rd r = relo_rd_init(ids.p, ids.n, node_id_bytes);
    if (ids.n == 0 && !out->json) {
        decode_out_string(out, name, "(empty)");
        return;
    }
    decode_out_begin_list(out, name);
    while (relo_rd_more(&r))
        decode_out_hex(out, "node_id", relo_rd_node_id(&r));
    decode_out_end_list(out);
}

void decode_body_signature(struct decode_out *out, const struct relo_signature *s)
{
    decode_out_begin(out, "Signature");
    decode_out_code(out, "hash", s->hash_alg, relo_hash_name(s->hash_alg));
    decode_out_code(out, "signature", s->signature_alg, relo_signature_name(s->signature_alg));
    decode_out_code(out, "identity_type", s->identity.type, relo_identity_name(s->identity.type));
    if (s->identity.type != RELO_IDENTITY_NONE) {
        decode_out_code(out, "hash_alg", s->identity.hash_alg,
                        relo_hash_name(s->identity.hash_alg));
        decode_out_hex(out, "certificate_hash", s->identity.hash);
    }
    decode_out_number(out, "signature_value_bytes", s->value.n);
    decode_out_end(out);
}

void decode_body_address(struct decode_out *out, const char *name, const struct relo_address *a)
{
    if (a->addr.family == 0) {
        decode_out_hex(out, name, a->value);
        return;
    }
    char ip[INET6_ADDRSTRLEN] = "";
    bool six = a->addr.family == 6;
    inet_ntop(six ? AF_INET6 : AF_INET, a->addr.ip, ip, sizeof(ip));
    char *text = g_strdup_printf(six ? "[%s]:%u" : "%s:%u", ip, a->addr.port);
    decode_out_string(out, name, text);
    g_free(text);
}

static void candidate(struct decode_out *out, const struct relo_candidate *c)
{
    struct relo_rd r = relo_rd_init(c->extensions.p, c->extensions.n, 16);
    struct relo_ice_extension e;
    decode_out_begin(out, "IceCandidate");
    decode_body_address(out, "addr_port", &c->addr_port);
    decode_out_code(out, "overlay_link", c->overlay_link, relo_overlay_link_name(c->overlay_link));
    decode_out_words(out, "foundation", c->foundation);
    decode_out_number(out, "priority", c->priority);
    decode_out_code(out, "type", c->type, relo_candidate_name(c->type));
    if (c->type != RELO_CANDIDATE_HOST)
        decode_body_address(out, "rel_addr_port", &c->rel_addr_port);
    if (c->extensions.n != 0) {
        decode_out_begin_list(out, "extensions");
        while (relo_ice_extension_next(&r, &e)) {
            decode_out_begin(out, "IceExtension");
            decode_out_words(out, "name", e.name);
            decode_out_words(out, "value", e.value);
            decode_out_end(out);
        }
        decode_out_end_list(out);
    }
    decode_out_end(out);
}

static void candidates(struct decode_out *out, struct relo_view list, uint8_t node_id_bytes)
{
    struct relo_rd r = relo_rd_init(list.p, list.n, node_id_bytes);
    struct relo_candidate c;
    decode_out_begin_list(out, "candidates");
    while (relo_candidate_next(&r, &c))
        candidate(out, &c);
    decode_out_end_list(out);
}

static void attach(struct decode_out *out, const struct relo_attach *a, uint8_t node_id_bytes)
{
    decode_out_words(out, "ufrag", a->ufrag);
    decode_out_words(out, "password", a->password);
    decode_out_words(out, "role", a->role);
    candidates(out, a->candidates, node_id_bytes);
    decode_out_bool(out, "send_update", a->send_update);
}

static void app_attach(struct decode_out *out, const struct relo_app_attach *a,
                       uint8_t node_id_bytes)
{
    decode_out_words(out, "ufrag", a->ufrag);
    decode_out_words(out, "password", a->password);
    decode_out_number(out, "application", a->application);
    decode_out_words(out, "role", a->role);
    candidates(out, a->candidates, node_id_bytes);
}

static void probe_req(struct decode_out *out, const struct relo_probe_req *p)
{
    decode_out_begin_list(out, "requested_info");
    for (uint32_t i = 0; i < p->requested_info.n; i++) {
        uint8_t type = p->requested_info.p[i];
        decode_out_code(out, "type", type, relo_probe_name(type));
    }
    decode_out_end_list(out);
}

static void probe_ans(struct decode_out *out, const struct relo_probe_ans *p)
{
    struct relo_rd r = relo_rd_init(p->probe_info.p, p->probe_info.n, 16);
    struct relo_probe_info i;
    decode_out_begin_list(out, "probe_info");
    while (relo_probe_info_next(&r, &i)) {
        decode_out_begin(out, "ProbeInformation");
        decode_out_code(out, "type", i.type, relo_probe_name(i.type));
        if (i.type >= RELO_PROBE_RESPONSIBLE_SET && i.type <= RELO_PROBE_UPTIME)
            decode_out_number(out, "value", i.number);
        else
            decode_out_hex(out, "value", i.opaque);
        decode_out_end(out);
    }
    decode_out_end_list(out);
}

static void leave_req(struct decode_out *out, const struct relo_leave_req *l,
                      uint8_t node_id_bytes)
{
    struct relo_view data = l->overlay_specific_data;
    struct relo_rd r = relo_rd_init(data.p, data.n, node_id_bytes);
    struct relo_chord_leave chord;
    decode_out_hex(out, "leaving_peer_id", l->leaving_peer_id);
    if (data.n == 0 || !relo_chord_leave_read(&r, &chord))
        return;
    decode_out_begin(out, "ChordLeaveData");
    decode_out_code(out, "type", chord.type, relo_chord_leave_name(chord.type));
    decode_body_node_ids(out, chord.type == RELO_CHORD_FROM_SUCC ? "successors" : "predecessors",
                         chord.neighbors, node_id_bytes);
    decode_out_end(out);
}

static void chord_update(struct decode_out *out, const struct relo_chord_update *u,
                         uint8_t node_id_bytes)
{
    decode_out_number(out, "uptime", u->uptime);
    decode_out_code(out, "type", u->type, relo_chord_update_name(u->type));
    if (u->type != RELO_CHORD_PEER_READY) {
        decode_body_node_ids(out, "predecessors", u->predecessors, node_id_bytes);
        decode_body_node_ids(out, "successors", u->successors, node_id_bytes);
    }
    if (u->type == RELO_CHORD_FULL)
        decode_body_node_ids(out, "fingers", u->fingers, node_id_bytes);
}

static void route_query_req(struct decode_out *out, const struct relo_route_query_req *q)
{
    decode_out_bool(out, "send_update", q->send_update);
    decode_out_begin_list(out, "destination");
    destination(out, &q->destination);
    decode_out_end_list(out);
    decode_out_hex(out, "overlay_specific_data", q->overlay_specific_data);
}

static void config_update(struct decode_out *out, const struct relo_config_update *c)
{
    struct relo_rd r = relo_rd_init(c->kinds.p, c->kinds.n, 16);
    struct relo_view description;
    decode_out_code(out, "type", c->type, relo_config_update_name(c->type));
    if (c->type == RELO_CONFIG_UPDATE_CONFIG) {
        decode_out_words(out, "config_data", c->config_data);
    } else if (c->type == RELO_CONFIG_UPDATE_KIND) {
        decode_out_begin_list(out, "kinds");
        while (relo_kind_description_next(&r, &description))
            decode_out_words(out, "KindDescription", description);
        decode_out_end_list(out);
    } else {
        decode_out_hex(out, "contents", c->opaque);
    }
}

static void error(struct decode_out *out, const struct relo_error *e, uint8_t node_id_bytes)
{
    struct relo_view info = e->error_info;
    struct relo_rd r = relo_rd_init(info.p, info.n, node_id_bytes);
    struct relo_store_ans ans;
    decode_out_code(out, "error_code", e->error_code, relo_error_name(e->error_code));
    if (e->error_code == RELO_ERROR_GENERATION_COUNTER_TOO_LOW && relo_store_ans_read(&r, &ans)) {
        decode_out_begin(out, "error_info");
        decode_storage_store_ans(out, &ans, node_id_bytes);
        decode_out_end(out);
    } else {
        decode_out_words(out, "error_info", info);
    }
}

static bool link_body(struct decode_out *out, const struct relo_message *m)
{
    const union relo_message_body *b = &m->body;
    switch (m->contents.code) {
    case RELO_CODE_ATTACH_REQ:
    case RELO_CODE_ATTACH_ANS:
        attach(out, &b->attach, m->node_id_bytes);
        return true;
    case RELO_CODE_APP_ATTACH_REQ:
    case RELO_CODE_APP_ATTACH_ANS:
        app_attach(out, &b->app_attach, m->node_id_bytes);
        return true;
    case RELO_CODE_PING_REQ:
        decode_out_number(out, "padding_bytes", b->ping_req.padding.n);
        return true;
    case RELO_CODE_PING_ANS:
        decode_out_bits(out, "response_id", b->ping_ans.response_id, 16);
        decode_out_number(out, "time", b->ping_ans.time);
        return true;
    case RELO_CODE_CONFIG_UPDATE_REQ:
        config_update(out, &b->config_update_req);
        return true;
    case RELO_CODE_ERROR:
        error(out, &b->error, m->node_id_bytes);
        return true;
    default:
        return false;
    }
}

static bool topology_body(struct decode_out *out, const struct relo_message *m)
{
    const union relo_message_body *b = &m->body;
    switch (m->contents.code) {
    case RELO_CODE_PROBE_REQ:
        probe_req(out, &b->probe_req);
        return true;
    case RELO_CODE_PROBE_ANS:
        probe_ans(out, &b->probe_ans);
        return true;
    case RELO_CODE_JOIN_REQ:
        decode_out_hex(out, "joining_peer_id", b->join_req.joining_peer_id);
        decode_out_hex(out, "overlay_specific_data", b->join_req.overlay_specific_data);
        return true;
    case RELO_CODE_JOIN_ANS:
        decode_out_hex(out, "overlay_specific_data", b->join_ans.overlay_specific_data);
        return true;
    case RELO_CODE_LEAVE_REQ:
        leave_req(out, &b->leave_req, m->node_id_bytes);
        return true;
    case RELO_CODE_UPDATE_REQ:
        chord_update(out, &b->update_req, m->node_id_bytes);
        return true;
    case RELO_CODE_ROUTE_QUERY_REQ:
        route_query_req(out, &b->route_query_req);
        return true;
    case RELO_CODE_ROUTE_QUERY_ANS:
        decode_out_hex(out, "next_peer", b->route_query_ans.next_peer);
        return true;
    default:
        return false;
    }
}

void decode_body(struct decode_out *out, const struct relo_message *m,
                 const struct relo_config *config)
{
    if (!link_body(out, m) && !topology_body(out, m) && !decode_storage(out, m, config) &&
        m->contents.body.n != 0)
        decode_out_hex(out, "bytes", m->contents.body);
}
