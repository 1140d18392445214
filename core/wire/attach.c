/* SPDX-License-Identifier: BSD-2-Clause */
/* Attach, AppAttach, IceCandidate and IpAddressPort, RFC 6940 sections 6.5.1.1, 6.5.2, 6.3.1.1. */
#include "core/wire/attach.h"

#include "core/wire/codes.h"

#include <string.h>

static void address_bytes(struct relo_rd *r, struct relo_addr *addr, uint8_t family, size_t n)
{
    struct relo_view ip = relo_rd_bytes(r, n);
    addr->family = family;
    if (ip.n)
        memcpy(addr->ip, ip.p, n);
    addr->port = relo_rd_u16(r);
}

bool relo_address_read(struct relo_rd *r, struct relo_address *a)
{
    *a = (struct relo_address){.type = relo_rd_u8(r)};
    struct relo_rd data = relo_rd_vec8(r);
    a->value = (struct relo_view){data.p, (uint32_t)relo_rd_left(&data)};
    if (a->type == RELO_ADDRESS_IPV4)
        address_bytes(&data, &a->addr, 4, 4);
    else if (a->type == RELO_ADDRESS_IPV6)
        address_bytes(&data, &a->addr, 6, 16);
    else
        relo_rd_rest(&data); /* 6.3.1.1: an unknown type can be parsed and discarded */
    if (a->type == 0)
        r->failed = true;
    relo_rd_close(r, &data);
    return !r->failed;
}

void relo_address_write(struct relo_wr *w, const struct relo_address *a)
{
    relo_wr_u8(w, a->type);
    size_t at = relo_wr_open8(w);
    if (a->type == RELO_ADDRESS_IPV4 || a->type == RELO_ADDRESS_IPV6) {
        relo_wr_bytes(w, a->addr.ip, a->type == RELO_ADDRESS_IPV4 ? 4 : 16);
        relo_wr_u16(w, a->addr.port);
    } else {
        relo_wr_bytes(w, a->value.p, a->value.n);
    }
    relo_wr_close8(w, at);
}

struct relo_address relo_address_of(const struct relo_addr *addr)
{
    uint8_t type = addr->family == 6 ? RELO_ADDRESS_IPV6 : RELO_ADDRESS_IPV4;
    return (struct relo_address){.type = type, .addr = *addr};
}

bool relo_ice_extension_next(struct relo_rd *list, struct relo_ice_extension *e)
{
    if (!relo_rd_more(list))
        return false;
    e->name = relo_rd_opaque16(list);
    e->value = relo_rd_opaque16(list);
    return !list->failed;
}

void relo_ice_extension_write(struct relo_wr *w, const struct relo_ice_extension *e)
{
    relo_wr_opaque16(w, e->name);
    relo_wr_opaque16(w, e->value);
}

static bool has_related_address(uint8_t type)
{
    return type == RELO_CANDIDATE_SRFLX || type == RELO_CANDIDATE_RELAY;
}

bool relo_candidate_read(struct relo_rd *r, struct relo_candidate *c)
{
    struct relo_ice_extension e;
    *c = (struct relo_candidate){0};
    relo_address_read(r, &c->addr_port);
    c->overlay_link = relo_rd_u8(r);
    c->foundation = relo_rd_opaque8(r);
    c->priority = relo_rd_u32(r);
    c->type = relo_rd_u8(r);
    if (has_related_address(c->type))
        relo_address_read(r, &c->rel_addr_port);
    else if (c->type != RELO_CANDIDATE_HOST)
        relo_rd_unknown(r); /* 3 is reserved, whatever 6.5.1.1 says about "prfix" */
    struct relo_rd list = relo_rd_vec16(r);
    c->extensions = (struct relo_view){list.p, (uint32_t)relo_rd_left(&list)};
    while (relo_ice_extension_next(&list, &e))
        ;
    relo_rd_close(r, &list);
    return !r->failed;
}

bool relo_candidate_next(struct relo_rd *list, struct relo_candidate *c)
{
    return relo_rd_more(list) && relo_candidate_read(list, c);
}

void relo_candidate_write(struct relo_wr *w, const struct relo_candidate *c)
{
    struct relo_rd list = relo_rd_init(c->extensions.p, c->extensions.n, w->node_id_bytes);
    struct relo_ice_extension e;
    relo_address_write(w, &c->addr_port);
    relo_wr_u8(w, c->overlay_link);
    relo_wr_opaque8(w, c->foundation);
    relo_wr_u32(w, c->priority);
    relo_wr_u8(w, c->type);
    if (has_related_address(c->type))
        relo_address_write(w, &c->rel_addr_port);
    size_t at = relo_wr_open16(w);
    while (relo_ice_extension_next(&list, &e))
        relo_ice_extension_write(w, &e);
    relo_wr_close16(w, at);
}

static struct relo_view candidates_read(struct relo_rd *r)
{
    struct relo_candidate c;
    struct relo_rd list = relo_rd_vec16(r);
    struct relo_view all = {list.p, (uint32_t)relo_rd_left(&list)};
    while (relo_candidate_next(&list, &c))
        ;
    relo_rd_close(r, &list);
    return all;
}

static void candidates_write(struct relo_wr *w, struct relo_view all)
{
    struct relo_rd list = relo_rd_init(all.p, all.n, w->node_id_bytes);
    struct relo_candidate c;
    size_t at = relo_wr_open16(w);
    while (relo_candidate_next(&list, &c))
        relo_candidate_write(w, &c);
    relo_wr_close16(w, at);
    if (list.failed)
        w->failed = true;
}

bool relo_attach_read(struct relo_rd *r, struct relo_attach *a)
{
    a->ufrag = relo_rd_opaque8(r);
    a->password = relo_rd_opaque8(r);
    a->role = relo_rd_opaque8(r);
    a->candidates = candidates_read(r);
    a->send_update = relo_rd_bool(r);
    return relo_rd_finish(r);
}

void relo_attach_write(struct relo_wr *w, const struct relo_attach *a)
{
    relo_wr_opaque8(w, a->ufrag);
    relo_wr_opaque8(w, a->password);
    relo_wr_opaque8(w, a->role);
    candidates_write(w, a->candidates);
    relo_wr_u8(w, a->send_update);
}

bool relo_app_attach_read(struct relo_rd *r, struct relo_app_attach *a)
{
    a->ufrag = relo_rd_opaque8(r);
    a->password = relo_rd_opaque8(r);
    a->application = relo_rd_u16(r);
    a->role = relo_rd_opaque8(r);
    a->candidates = candidates_read(r);
    return relo_rd_finish(r);
}

void relo_app_attach_write(struct relo_wr *w, const struct relo_app_attach *a)
{
    relo_wr_opaque8(w, a->ufrag);
    relo_wr_opaque8(w, a->password);
    relo_wr_u16(w, a->application);
    relo_wr_opaque8(w, a->role);
    candidates_write(w, a->candidates);
}
