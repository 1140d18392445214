/* SPDX-License-Identifier: BSD-2-Clause */
/* Destination and lists of them, RFC 6940 section 6.3.2.2. */
#include "core/wire/destination.h"

#include "core/wire/codes.h"
#include "core/wire/node_id.h"

#include <string.h>


bool relo_destination_read(struct relo_rd *r, struct relo_destination *d)
{
    *d = (struct relo_destination){.type = relo_rd_u8(r)};
    if (d->type & 0x80) { /* 6940-6.3.2.2-2 6940-6.3.2.2-3 */
        /* 6.3.2.2: a 16-bit integer with its top bit set is an opaque id of two bytes. */
        d->type = RELO_DESTINATION_OPAQUE;
        d->short_form = true;
        relo_rd_u8(r);
        d->id = r->failed ? (struct relo_view){NULL, 0} : (struct relo_view){r->p - 2, 2};
        return !r->failed;
    }
    struct relo_rd data = relo_rd_vec8(r);
    switch (d->type) {
    case 0:
        r->failed = true;
        break;
    case RELO_DESTINATION_NODE:
        d->id = relo_rd_node_id(&data);
        break;
    case RELO_DESTINATION_RESOURCE:
    case RELO_DESTINATION_OPAQUE:
        d->id = relo_rd_opaque8(&data); /* a length of its own inside: 02 11 10 and 16 bytes */
        break;
    default: /* 6.3.2.2: an unknown DestinationType can be skipped over */
        d->id = relo_rd_rest(&data);
        break;
    }
    relo_rd_close(r, &data);
    return !r->failed;
}

bool relo_destination_next(struct relo_rd *list, struct relo_destination *d)
{
    return relo_rd_more(list) && relo_destination_read(list, d);
}

void relo_destination_write(struct relo_wr *w, const struct relo_destination *d)
{
    if (d->short_form) {
        if (d->type != RELO_DESTINATION_OPAQUE || d->id.n != 2 || !(d->id.p[0] & 0x80))
            w->failed = true;
        relo_wr_bytes(w, d->id.p, d->id.n);
        return;
    }
    if (d->type == 0 || d->type & 0x80)
        w->failed = true;
    relo_wr_u8(w, d->type);
    size_t at = relo_wr_open8(w);
    if (d->type == RELO_DESTINATION_NODE)
        relo_wr_node_id(w, d->id);
    else if (d->type == RELO_DESTINATION_RESOURCE || d->type == RELO_DESTINATION_OPAQUE)
        relo_wr_opaque8(w, d->id);
    else
        relo_wr_bytes(w, d->id.p, d->id.n);
    relo_wr_close8(w, at);
}

void relo_destination_write_node(struct relo_wr *w, struct relo_id id)
{
    relo_wr_u8(w, RELO_DESTINATION_NODE);
    relo_wr_u8(w, RELO_ID_BYTES);
    relo_wr_id(w, id);
}

void relo_destination_write_resource(struct relo_wr *w, struct relo_id id)
{
    relo_wr_u8(w, RELO_DESTINATION_RESOURCE);
    relo_wr_u8(w, RELO_ID_BYTES + 1);
    relo_wr_resource_id(w, id);
}

void relo_destination_write_opaque(struct relo_wr *w, struct relo_view opaque_id)
{
    struct relo_destination d = {.type = RELO_DESTINATION_OPAQUE, .id = opaque_id};
    relo_destination_write(w, &d);
}

void relo_destination_write_short(struct relo_wr *w, uint16_t opaque_id)
{
    relo_wr_u16(w, opaque_id | 0x8000); /* 6940-6.3.2.2-1 */
}

/* The same rules as relo_destination_read, without building structs: this runs at every hop. */
bool relo_destination_list_check(struct relo_view list, uint8_t node_id_bytes)
{
    const uint8_t *p = list.p;
    size_t left = list.n;
    while (left > 0) {
        if (left < 2)
            return false;
        size_t n = p[0] & 0x80 ? 0 : p[1];
        if (left < 2 + n || p[0] == 0)
            return false;
        if (p[0] == RELO_DESTINATION_NODE && n != node_id_bytes)
            return false;
        if ((p[0] == RELO_DESTINATION_RESOURCE || p[0] == RELO_DESTINATION_OPAQUE) &&
            (n == 0 || p[2] != n - 1))
            return false;
        p += 2 + n;
        left -= 2 + n;
    }
    return true;
}

uint32_t relo_destination_list_count(struct relo_view list, uint8_t node_id_bytes)
{
    struct relo_rd r = relo_rd_init(list.p, list.n, node_id_bytes);
    struct relo_destination d;
    uint32_t count = 0;
    while (relo_destination_next(&r, &d))
        count++;
    return count;
}

void relo_destination_list_reverse(struct relo_wr *w, struct relo_view list)
{
    size_t start = relo_wr_size(w);
    relo_wr_bytes(w, list.p, list.n); /* reserves the space, and checks that there is any */
    if (w->failed)
        return;
    struct relo_rd r = relo_rd_init(list.p, list.n, w->node_id_bytes);
    struct relo_destination d;
    const uint8_t *from = r.p;
    while (relo_destination_next(&r, &d)) {
        size_t n = (size_t)(r.p - from);
        memcpy(w->base + start + relo_rd_left(&r), from, n);
        from = r.p;
    }
    if (r.failed)
        w->failed = true;
}

void relo_destination_list_recode(struct relo_wr *w, struct relo_view list)
{
    struct relo_rd r = relo_rd_init(list.p, list.n, w->node_id_bytes);
    struct relo_destination d;
    while (relo_destination_next(&r, &d))
        relo_destination_write(w, &d);
    if (r.failed)
        w->failed = true;
}
