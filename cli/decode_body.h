/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies of messages with the RFC's names, and the structures they share with the rest. */
#ifndef CLI_DECODE_BODY_H
#define CLI_DECODE_BODY_H

#include "cli/decode_out.h"
#include "core/wire/message.h"

/* The fields of the body, into the object that is open. */
void decode_body(struct decode_out *out, const struct relo_message *m,
                 const struct relo_config *config);
void decode_body_destinations(struct decode_out *out, const char *name, struct relo_view list,
                              uint8_t node_id_bytes);
void decode_body_signature(struct decode_out *out, const struct relo_signature *s);

/* Store, Fetch, Stat and Find (cli/decode_storage.c); false if the code is none of them. */
bool decode_storage(struct decode_out *out, const struct relo_message *m,
                    const struct relo_config *config);
/* StoreAns, also as the error_info of Error_Generation_Counter_Too_Low. */
void decode_storage_store_ans(struct decode_out *out, const struct relo_store_ans *s,
                              uint8_t node_id_bytes);
void decode_body_node_ids(struct decode_out *out, const char *name, struct relo_view ids,
                          uint8_t node_id_bytes);
void decode_body_address(struct decode_out *out, const char *name, const struct relo_address *a);

#endif
