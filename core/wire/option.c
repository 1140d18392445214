/* SPDX-License-Identifier: BSD-2-Clause */
/* ForwardingOption and MessageExtension, RFC 6940 sections 6.3.2.3 and 6.3.3. */
#include "core/wire/option.h"

bool relo_option_read(struct relo_rd *r, struct relo_option *o)
{
    o->type = relo_rd_u8(r);
    o->flags = relo_rd_u8(r);
    o->value = relo_rd_opaque16(r);
    return !r->failed;
}

bool relo_option_next(struct relo_rd *list, struct relo_option *o)
{
    return relo_rd_more(list) && relo_option_read(list, o);
}

void relo_option_write(struct relo_wr *w, const struct relo_option *o)
{
    relo_wr_u8(w, o->type);
    relo_wr_u8(w, o->flags);
    relo_wr_opaque16(w, o->value);
}

bool relo_option_list_check(struct relo_view list)
{
    struct relo_rd r = relo_rd_init(list.p, list.n, 0);
    struct relo_option o;
    while (relo_option_next(&r, &o))
        ;
    return !r.failed;
}

void relo_option_list_recode(struct relo_wr *w, struct relo_view list)
{
    struct relo_rd r = relo_rd_init(list.p, list.n, w->node_id_bytes);
    struct relo_option o;
    while (relo_option_next(&r, &o))
        relo_option_write(w, &o);
    if (r.failed)
        w->failed = true;
}

bool relo_extension_read(struct relo_rd *r, struct relo_extension *e)
{
    e->type = relo_rd_u16(r);
    e->critical = relo_rd_bool(r);
    e->contents = relo_rd_opaque32(r);
    return !r->failed;
}

bool relo_extension_next(struct relo_rd *list, struct relo_extension *e)
{
    return relo_rd_more(list) && relo_extension_read(list, e);
}

void relo_extension_write(struct relo_wr *w, const struct relo_extension *e)
{
    relo_wr_u16(w, e->type);
    relo_wr_u8(w, e->critical);
    relo_wr_opaque32(w, e->contents);
}

bool relo_extension_list_check(struct relo_view list)
{
    struct relo_rd r = relo_rd_init(list.p, list.n, 0);
    struct relo_extension e;
    while (relo_extension_next(&r, &e))
        ;
    return !r.failed;
}

void relo_extension_list_recode(struct relo_wr *w, struct relo_view list)
{
    struct relo_rd r = relo_rd_init(list.p, list.n, w->node_id_bytes);
    struct relo_extension e;
    while (relo_extension_next(&r, &e))
        relo_extension_write(w, &e);
    if (r.failed)
        w->failed = true;
}
