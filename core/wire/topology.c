/* SPDX-License-Identifier: BSD-2-Clause */
/* Join, Leave, Update, RouteQuery and Probe, RFC 6940 sections 6.4.2 and 10.7 to 10.9. */
#include "core/wire/topology.h"

#include "core/wire/codes.h"
#include "core/wire/node_id.h"

bool relo_join_req_read(struct relo_rd *r, struct relo_join_req *j)
{
    j->joining_peer_id = relo_rd_node_id(r);
    j->overlay_specific_data = relo_rd_opaque16(r);
    return relo_rd_finish(r);
}

void relo_join_req_write(struct relo_wr *w, const struct relo_join_req *j)
{
    relo_wr_node_id(w, j->joining_peer_id);
    relo_wr_opaque16(w, j->overlay_specific_data);
}

bool relo_join_ans_read(struct relo_rd *r, struct relo_join_ans *j)
{
    j->overlay_specific_data = relo_rd_opaque16(r);
    return relo_rd_finish(r);
}

void relo_join_ans_write(struct relo_wr *w, const struct relo_join_ans *j)
{
    relo_wr_opaque16(w, j->overlay_specific_data);
}

bool relo_leave_req_read(struct relo_rd *r, struct relo_leave_req *l)
{
    l->leaving_peer_id = relo_rd_node_id(r);
    l->overlay_specific_data = relo_rd_opaque16(r);
    return relo_rd_finish(r);
}

void relo_leave_req_write(struct relo_wr *w, const struct relo_leave_req *l)
{
    relo_wr_node_id(w, l->leaving_peer_id);
    relo_wr_opaque16(w, l->overlay_specific_data);
}

bool relo_chord_leave_read(struct relo_rd *r, struct relo_chord_leave *l)
{
    l->type = relo_rd_u8(r);
    if (l->type != RELO_CHORD_FROM_SUCC && l->type != RELO_CHORD_FROM_PRED)
        relo_rd_unknown(r);
    l->neighbors = relo_rd_node_ids(r);
    return relo_rd_finish(r);
}

void relo_chord_leave_write(struct relo_wr *w, const struct relo_chord_leave *l)
{
    relo_wr_u8(w, l->type);
    relo_wr_node_ids(w, l->neighbors);
}

bool relo_chord_update_read(struct relo_rd *r, struct relo_chord_update *u)
{
    *u = (struct relo_chord_update){.uptime = relo_rd_u32(r)};
    u->type = relo_rd_u8(r);
    if (u->type < RELO_CHORD_PEER_READY || u->type > RELO_CHORD_FULL)
        relo_rd_unknown(r);
    if (u->type != RELO_CHORD_PEER_READY) {
        u->predecessors = relo_rd_node_ids(r);
        u->successors = relo_rd_node_ids(r);
    }
    if (u->type == RELO_CHORD_FULL)
        u->fingers = relo_rd_node_ids(r);
    return relo_rd_finish(r);
}

void relo_chord_update_write(struct relo_wr *w, const struct relo_chord_update *u)
{
    relo_wr_u32(w, u->uptime);
    relo_wr_u8(w, u->type);
    if (u->type != RELO_CHORD_PEER_READY) {
        relo_wr_node_ids(w, u->predecessors);
        relo_wr_node_ids(w, u->successors);
    }
    if (u->type == RELO_CHORD_FULL)
        relo_wr_node_ids(w, u->fingers);
}

bool relo_route_query_req_read(struct relo_rd *r, struct relo_route_query_req *q)
{
    q->send_update = relo_rd_bool(r);
    relo_destination_read(r, &q->destination);
    q->overlay_specific_data = relo_rd_opaque16(r);
    return relo_rd_finish(r);
}

void relo_route_query_req_write(struct relo_wr *w, const struct relo_route_query_req *q)
{
    relo_wr_u8(w, q->send_update);
    relo_destination_write(w, &q->destination);
    relo_wr_opaque16(w, q->overlay_specific_data);
}

bool relo_route_query_ans_read(struct relo_rd *r, struct relo_route_query_ans *q)
{
    q->next_peer = relo_rd_node_id(r);
    return relo_rd_finish(r);
}

void relo_route_query_ans_write(struct relo_wr *w, const struct relo_route_query_ans *q)
{
    relo_wr_node_id(w, q->next_peer);
}

bool relo_probe_req_read(struct relo_rd *r, struct relo_probe_req *p)
{
    p->requested_info = relo_rd_opaque8(r);
    return relo_rd_finish(r);
}

void relo_probe_req_write(struct relo_wr *w, const struct relo_probe_req *p)
{
    relo_wr_opaque8(w, p->requested_info);
}

static bool probe_is_number(uint8_t type)
{
    return type >= RELO_PROBE_RESPONSIBLE_SET && type <= RELO_PROBE_UPTIME;
}

bool relo_probe_info_next(struct relo_rd *list, struct relo_probe_info *i)
{
    if (!relo_rd_more(list))
        return false;
    *i = (struct relo_probe_info){.type = relo_rd_u8(list)};
    struct relo_rd value = relo_rd_vec8(list);
    if (probe_is_number(i->type))
        i->number = relo_rd_u32(&value);
    else
        i->opaque = relo_rd_rest(&value);
    relo_rd_close(list, &value);
    return !list->failed;
}

void relo_probe_info_write(struct relo_wr *w, const struct relo_probe_info *i)
{
    relo_wr_u8(w, i->type);
    size_t at = relo_wr_open8(w);
    if (probe_is_number(i->type))
        relo_wr_u32(w, i->number);
    else
        relo_wr_bytes(w, i->opaque.p, i->opaque.n);
    relo_wr_close8(w, at);
}

bool relo_probe_ans_read(struct relo_rd *r, struct relo_probe_ans *p)
{
    struct relo_probe_info i;
    struct relo_rd list = relo_rd_vec16(r);
    p->probe_info = (struct relo_view){list.p, (uint32_t)relo_rd_left(&list)};
    while (relo_probe_info_next(&list, &i))
        ;
    relo_rd_close(r, &list);
    return relo_rd_finish(r);
}

void relo_probe_ans_write(struct relo_wr *w, const struct relo_probe_ans *p)
{
    struct relo_rd list = relo_rd_init(p->probe_info.p, p->probe_info.n, w->node_id_bytes);
    struct relo_probe_info i;
    size_t at = relo_wr_open16(w);
    while (relo_probe_info_next(&list, &i))
        relo_probe_info_write(w, &i);
    relo_wr_close16(w, at);
    if (list.failed)
        w->failed = true;
}
