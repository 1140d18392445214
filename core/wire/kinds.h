/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of RFC 6940 and RFC 7904, their data models, and the payloads SipRegistration and
   TurnServer (RFC 7904 section 3, RFC 6940 section 9).

   The data model is not on the wire (7.2): whoever decodes stored data brings a table of kinds. A kind
   that is not in the table has RELO_MODEL_UNKNOWN and its values stay opaque. */
#ifndef RELO_WIRE_KINDS_H
#define RELO_WIRE_KINDS_H

#include "core/base/bytes.h"
#include "core/wire/attach.h"

enum relo_kind_id {
    RELO_KIND_SIP_REGISTRATION = 0x1,
    RELO_KIND_TURN_SERVICE = 0x2,
    RELO_KIND_CERTIFICATE_BY_NODE = 0x3,
    RELO_KIND_CERTIFICATE_BY_USER = 0x10
};

enum relo_data_model {
    RELO_MODEL_UNKNOWN,
    RELO_MODEL_SINGLE,
    RELO_MODEL_ARRAY,
    RELO_MODEL_DICTIONARY
};

struct relo_model {
    uint32_t kind;
    enum relo_data_model model;
};

/* Borrowed by every function that takes it; NULL means relo_models_standard. */
struct relo_models {
    const struct relo_model *list;
    uint32_t n;
};

extern const struct relo_models relo_models_standard; /* the four kinds above */

enum relo_data_model relo_models_find(const struct relo_models *models, uint32_t kind);
const char *relo_kind_name(uint32_t kind); /* "SIP-REGISTRATION"; NULL where there is none */
const char *relo_data_model_name(enum relo_data_model model); /* "SINGLE", "ARRAY", "DICTIONARY" */

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
