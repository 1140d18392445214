/* SPDX-License-Identifier: BSD-2-Clause */
/* One whole RELOAD message: forwarding header, message contents and security block, RFC 6940
   section 6.3, with the body decoded into the struct its code calls for.

   relo_message_read validates everything, down to the last nested structure. A node on the path
   needs relo_header_read only; the destination of a message wants this. */
#ifndef RELO_WIRE_MESSAGE_H
#define RELO_WIRE_MESSAGE_H

#include "core/wire/attach.h"
#include "core/wire/config_update.h"
#include "core/wire/contents.h"
#include "core/wire/error.h"
#include "core/wire/header.h"
#include "core/wire/ping.h"
#include "core/wire/security.h"
#include "core/wire/storage.h"
#include "core/wire/topology.h"

/* The decoded body; which member is set follows from the message code. Codes this file does not
   know, and answers that are empty, have no member: contents.body is all there is. */
union relo_message_body {
    struct relo_probe_req probe_req;
    struct relo_probe_ans probe_ans;
    struct relo_attach attach; /* attach_req, attach_ans */
    struct relo_app_attach app_attach;
    struct relo_store_req store_req;
    struct relo_store_ans store_ans;
    struct relo_fetch_req fetch_req; /* fetch_req, stat_req */
    struct relo_fetch_ans fetch_ans; /* fetch_ans, stat_ans */
    struct relo_find_req find_req;
    struct relo_find_ans find_ans;
    struct relo_join_req join_req;
    struct relo_join_ans join_ans;
    struct relo_leave_req leave_req;
    struct relo_chord_update update_req;
    struct relo_route_query_req route_query_req;
    struct relo_route_query_ans route_query_ans;
    struct relo_ping_req ping_req;
    struct relo_ping_ans ping_ans;
    struct relo_config_update config_update_req;
    struct relo_error error;
};

struct relo_message {
    uint8_t node_id_bytes;
    struct relo_header header;
    bool is_fragment;       /* only header and piece are set */
    struct relo_view piece; /* the data of a fragment that is not the whole message */
    struct relo_contents contents;
    union relo_message_body body;
    struct relo_security security;
};

enum relo_message_verdict {
    RELO_MESSAGE_OK,
    RELO_MESSAGE_BAD_HEADER, /* relo_header_read says why */
    RELO_MESSAGE_BAD_CONTENTS,
    RELO_MESSAGE_BAD_BODY,
    RELO_MESSAGE_BAD_SECURITY,
    RELO_MESSAGE_TRAILING, /* bytes behind the security block */
    RELO_MESSAGE_VERDICTS
};

/* `config` tells the data models of kinds; NULL: every kind is unknown. The struct holds views into
   `bytes`. *header (may be NULL) receives the header's verdict. */
enum relo_message_verdict relo_message_read(struct relo_view bytes, uint8_t node_id_bytes,
                                            const struct relo_config *config,
                                            struct relo_message *m,
                                            enum relo_header_verdict *header);
const char *relo_message_verdict_text(enum relo_message_verdict verdict);
/* Encodes a message again from its structs, element by element: lengths are computed, not copied
   (a header length of a fragment included). With the writer's buffer as large as the input, the
   result is the input. */
void relo_message_write(struct relo_wr *w, const struct relo_config *config,
                        const struct relo_message *m);
/* Decodes and validates the body of a message with this code; true for codes without a reader. */
bool relo_message_body_read(uint16_t code, struct relo_view body, uint8_t node_id_bytes,
                    const struct relo_config *config, union relo_message_body *b);
void relo_message_body_write(struct relo_wr *w, uint16_t code, const struct relo_config *config,
                             const union relo_message_body *b, struct relo_view opaque);

#endif
