/* SPDX-License-Identifier: BSD-2-Clause */
/* A decoded message with the RFC's names, field by field. */
#ifndef CLI_DECODE_TEXT_H
#define CLI_DECODE_TEXT_H

#include "cli/decode_out.h"
#include "core/wire/message.h"

/* Header, contents and security block of a message that relo_message_read accepted, into the object
   that is open. */
void decode_text_message(struct decode_out *out, const struct relo_message *m,
                         const struct relo_config *config);
/* "ping_req", "error", "fragment": what kind of message it is, for a heading. */
const char *decode_text_title(const struct relo_message *m);

#endif
