/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may write a value (RFC 6940 section 7.3), and whether a stored value is really its signer's
   (7.1). */
#ifndef RELO_STORAGE_ACCESS_H
#define RELO_STORAGE_ACCESS_H

#include "core/base/env.h"
#include "core/security/verify.h"
#include "core/wire/storage.h"

/* Whether a credential conforms to the kind's access control policy at this Resource-ID. `value` is
   the value to be written (USER-NODE-MATCH looks at its key). */
bool relo_access_allows(const struct relo_kind *kind, struct relo_id resource,
                        const struct relo_credential *signer,
                        const struct relo_stored_value *value);
/* Whether a StoredData's signature is there, verifies with a valid certificate among `certificates`
   (GenericCertificate elements), and its signer may write it. *signer views into `certificates`. */
bool relo_access_verify(const struct relo_env *env, struct relo_id resource,
                        const struct relo_kind *kind, const struct relo_stored_data *data,
                        struct relo_view certificates, struct relo_credential *signer);

#endif
