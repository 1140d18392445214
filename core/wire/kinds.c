/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of kinds, SipRegistration (RFC 7904) and TurnServer (RFC 6940 section 9). */
#include "core/wire/kinds.h"

#include "core/wire/destination.h"

#include <stddef.h>

const char *relo_kind_name(uint32_t kind)
{
    switch (kind) {
    case RELO_KIND_SIP_REGISTRATION:
        return "SIP-REGISTRATION";
    case RELO_KIND_TURN_SERVICE:
        return "TURN-SERVICE";
    case RELO_KIND_CERTIFICATE_BY_NODE:
        return "CERTIFICATE_BY_NODE";
    case RELO_KIND_CERTIFICATE_BY_USER:
        return "CERTIFICATE_BY_USER";
    default:
        return NULL;
    }
}

const char *relo_data_model_name(enum relo_data_model model)
{
    switch (model) {
    case RELO_MODEL_SINGLE:
        return "SINGLE";
    case RELO_MODEL_ARRAY:
        return "ARRAY";
    case RELO_MODEL_DICTIONARY:
        return "DICTIONARY";
    }
    return "?";
}

const struct relo_kind *relo_kind_find(const struct relo_config *config, uint32_t kind)
{
    return config ? relo_config_kind(config, kind) : NULL;
}

bool relo_sip_registration_read(struct relo_rd *r, struct relo_sip_registration *s)
{
    *s = (struct relo_sip_registration){.type = relo_rd_u8(r)};
    struct relo_rd data = relo_rd_vec16(r);
    if (s->type == RELO_SIP_URI) {
        s->uri = relo_rd_opaque16(&data);
    } else if (s->type == RELO_SIP_ROUTE) {
        s->contact_prefs = relo_rd_opaque16(&data);
        s->destination_list = relo_rd_opaque16(&data);
        if (!relo_destination_list_check(s->destination_list, r->node_id_bytes))
            r->failed = true;
    } else {
        r->failed = true;
    }
    relo_rd_close(r, &data);
    return relo_rd_finish(r);
}

void relo_sip_registration_write(struct relo_wr *w, const struct relo_sip_registration *s)
{
    relo_wr_u8(w, s->type);
    size_t at = relo_wr_open16(w);
    if (s->type == RELO_SIP_URI) {
        relo_wr_opaque16(w, s->uri);
    } else {
        relo_wr_opaque16(w, s->contact_prefs);
        size_t list = relo_wr_open16(w);
        relo_destination_list_recode(w, s->destination_list);
        relo_wr_close16(w, list);
    }
    relo_wr_close16(w, at);
}

bool relo_turn_server_read(struct relo_rd *r, struct relo_turn_server *t)
{
    t->iteration = relo_rd_u8(r);
    relo_address_read(r, &t->server_address);
    return relo_rd_finish(r);
}

void relo_turn_server_write(struct relo_wr *w, const struct relo_turn_server *t)
{
    relo_wr_u8(w, t->iteration);
    relo_address_write(w, &t->server_address);
}
