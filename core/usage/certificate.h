/* SPDX-License-Identifier: BSD-2-Clause */
/* The certificate store usage (RFC 6940 section 8): a node's own certificate, stored by Node-ID and
   by user name, at the end of the list.

   Make the two commands, step the node with each. Reading one is a FETCH with `all` of the same
   kind. */
#ifndef RELO_USAGE_CERTIFICATE_H
#define RELO_USAGE_CERTIFICATE_H

#include "core/base/env.h"
#include "core/relo.h"
#include "core/security/suite.h"

/* 8: "not stored at its Node-ID but rather at a hash of its Node-ID". */
struct relo_id relo_certificate_resource_by_node(struct relo_id node_id);
struct relo_id relo_certificate_resource_by_user(struct relo_view user);

/* STORE commands whose value is the DER of the own certificate, written to `scratch` (borrowed
   until the command has been used). False: it does not fit. */
bool relo_certificate_by_node(const struct relo_env *env, struct relo_command *command,
                              uint32_t lifetime_s, uint8_t *scratch, uint32_t size);
bool relo_certificate_by_user(const struct relo_env *env, struct relo_command *command,
                              uint32_t lifetime_s, uint8_t *scratch, uint32_t size);

#endif
