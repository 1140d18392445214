/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of RFC 6940 and RFC 7904, their data models, and the payloads SipRegistration and
   TurnServer (RFC 7904 section 3, RFC 6940 section 9).

   The data model is not on the wire (7.2): who decodes stored data brings the configuration, whose
   kinds tell it. Values of a kind that is not in there stay opaque. */
#ifndef RELO_WIRE_KINDS_H
#define RELO_WIRE_KINDS_H

#include "core/base/bytes.h"
#include "core/config/config.h"
#include "core/wire/attach.h"

/* "SIP-REGISTRATION"; NULL where there is none. The Kind-IDs are in core/config/config.h. */
const char *relo_kind_name(uint32_t kind);
const char *relo_data_model_name(enum relo_data_model model); /* "SINGLE", "ARRAY", "DICTIONARY" */
/* The configuration's definition of a kind; NULL where it is unknown or config is NULL. */
const struct relo_kind *relo_kind_find(const struct relo_config *config, uint32_t kind);

/* SipRegistration, RFC 7904. An unknown type fails. */
enum relo_sip_type { RELO_SIP_URI = 1, RELO_SIP_ROUTE = 2 };
struct relo_sip_registration {
    uint8_t type;                      /* enum relo_sip_type */
    struct relo_view uri;              /* sip_registration_uri */
    struct relo_view contact_prefs;    /* sip_registration_route */
    struct relo_view destination_list; /* sip_registration_route: Destination elements */
};
bool relo_sip_registration_read(struct relo_rd *r, struct relo_sip_registration *s);
void relo_sip_registration_write(struct relo_wr *w, const struct relo_sip_registration *s);

/* TurnServer, 9. */
struct relo_turn_server {
    uint8_t iteration; /* the d value */
    struct relo_address server_address;
};
bool relo_turn_server_read(struct relo_rd *r, struct relo_turn_server *t);
void relo_turn_server_write(struct relo_wr *w, const struct relo_turn_server *t);

#endif
