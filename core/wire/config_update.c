/* SPDX-License-Identifier: BSD-2-Clause */
/* ConfigUpdateReq, RFC 6940 section 6.5.4. */
#include "core/wire/config_update.h"

#include "core/wire/codes.h"

bool relo_kind_description_next(struct relo_rd *list, struct relo_view *description)
{
    if (!relo_rd_more(list))
        return false;
    *description = relo_rd_opaque16(list);
    return !list->failed;
}

bool relo_config_update_read(struct relo_rd *r, struct relo_config_update *c)
{
    struct relo_view description;
    *c = (struct relo_config_update){.type = relo_rd_u8(r)};
    struct relo_rd data = relo_rd_vec32(r); /* length, then a vector with a length of its own */
    if (c->type == RELO_CONFIG_UPDATE_CONFIG) {
        c->config_data = relo_rd_opaque24(&data);
    } else if (c->type == RELO_CONFIG_UPDATE_KIND) {
        struct relo_rd list = relo_rd_vec24(&data);
        c->kinds = (struct relo_view){list.p, (uint32_t)relo_rd_left(&list)};
        while (relo_kind_description_next(&list, &description))
            ;
        relo_rd_close(&data, &list);
    } else {
        c->opaque = relo_rd_rest(&data); /* this structure allows for unknown content types */
    }
    relo_rd_close(r, &data);
    return relo_rd_finish(r);
}

void relo_config_update_write(struct relo_wr *w, const struct relo_config_update *c)
{
    struct relo_view description;
    relo_wr_u8(w, c->type);
    size_t at = relo_wr_open32(w);
    if (c->type == RELO_CONFIG_UPDATE_CONFIG) {
        relo_wr_opaque24(w, c->config_data);
    } else if (c->type == RELO_CONFIG_UPDATE_KIND) {
        struct relo_rd list = relo_rd_init(c->kinds.p, c->kinds.n, w->node_id_bytes);
        size_t kinds = relo_wr_open24(w);
        while (relo_kind_description_next(&list, &description))
            relo_wr_opaque16(w, description);
        relo_wr_close24(w, kinds);
    } else {
        relo_wr_bytes(w, c->opaque.p, c->opaque.n);
    }
    relo_wr_close32(w, at);
}
