/* SPDX-License-Identifier: BSD-2-Clause */
/* AttachReqAns, AppAttachReq/Ans, IceCandidate and IpAddressPort: RFC 6940 sections 6.5.1.1, 6.5.2
   and 6.3.1.1. */
#ifndef RELO_WIRE_ATTACH_H
#define RELO_WIRE_ATTACH_H

#include "core/base/addr.h"
#include "core/base/bytes.h"

/* IpAddressPort. Extensible: of an unknown type addr.family is 0 and value holds its bytes. */
struct relo_address {
    uint8_t type; /* enum relo_address_type */
    struct relo_addr addr;
    struct relo_view value; /* as read; writers use it for unknown types only */
};

struct relo_candidate {
    struct relo_address addr_port;
    uint8_t overlay_link; /* enum relo_overlay_link; others decode too (14.10 may grow) */
    struct relo_view foundation;
    uint32_t priority;
    uint8_t type;                      /* enum relo_candidate_type; others fail */
    struct relo_address rel_addr_port; /* srflx and relay only */
    struct relo_view extensions;       /* IceExtension elements */
};

struct relo_ice_extension {
    struct relo_view name, value;
};

/* AttachReq and AttachAns have the same structure. */
struct relo_attach {
    struct relo_view ufrag, password;
    struct relo_view role;       /* "passive" in a request, "active" in an answer; no NUL */
    struct relo_view candidates; /* IceCandidate elements, well formed after a read */
    bool send_update;
};

/* AppAttachReq and AppAttachAns have the same structure. */
struct relo_app_attach {
    struct relo_view ufrag, password;
    uint16_t application; /* an Application-ID, 14.5 */
    struct relo_view role;
    struct relo_view candidates;
};

bool relo_address_read(struct relo_rd *r, struct relo_address *a);
void relo_address_write(struct relo_wr *w, const struct relo_address *a);
struct relo_address relo_address_of(const struct relo_addr *addr);

bool relo_candidate_read(struct relo_rd *r, struct relo_candidate *c);
bool relo_candidate_next(struct relo_rd *list, struct relo_candidate *c);
void relo_candidate_write(struct relo_wr *w, const struct relo_candidate *c);
bool relo_ice_extension_next(struct relo_rd *list, struct relo_ice_extension *e);
void relo_ice_extension_write(struct relo_wr *w, const struct relo_ice_extension *e);

/* Bodies. Writers encode the candidates again, one by one. */
bool relo_attach_read(struct relo_rd *r, struct relo_attach *a);
void relo_attach_write(struct relo_wr *w, const struct relo_attach *a);
bool relo_app_attach_read(struct relo_rd *r, struct relo_app_attach *a);
void relo_app_attach_write(struct relo_wr *w, const struct relo_app_attach *a);

#endif
