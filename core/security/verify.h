/* SPDX-License-Identifier: BSD-2-Clause */
/* Verification of a message's signature and signer (RFC 6940 section 6.3.4), and signing. */
#ifndef RELO_SECURITY_VERIFY_H
#define RELO_SECURITY_VERIFY_H

#include "core/security/suite.h"

enum relo_verify_result { RELO_VERIFY_OK, RELO_VERIFY_BAD_CERTIFICATE, RELO_VERIFY_BAD_SIGNATURE };

/* Checks the SecurityBlock of a message against its contents; *signer views into `security`. */
enum relo_verify_result relo_verify_message(const struct relo_env *env, uint64_t transaction_id,
                                            struct relo_view contents, struct relo_view security,
                                            struct relo_credential *signer);
/* Finds and checks the certificate a SignerIdentity names among GenericCertificate elements. */
bool relo_verify_find_signer(const struct relo_env *env, struct relo_view certificates,
                             const struct relo_signer_identity *identity,
                             struct relo_credential *signer);
/* Writes the SecurityBlock: own certificate, the packed ones given, signature over the contents. */
void relo_verify_sign_message(const struct relo_env *env, uint64_t transaction_id,
                              struct relo_view contents, const struct relo_view *certificates,
                              uint32_t certificate_count, struct relo_wr *w);
/* Writes the Signature of one StoredData (7.1): `value` is the encoded StoredDataValue. */
void relo_verify_sign_stored(const struct relo_env *env, struct relo_view resource, uint32_t kind,
                             uint64_t storage_time, enum relo_data_model model,
                             struct relo_view value, struct relo_wr *w);

#endif
