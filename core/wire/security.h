/* SPDX-License-Identifier: BSD-2-Clause */
/* SecurityBlock, GenericCertificate, Signature and SignerIdentity, and what a signature covers:
   RFC 6940 sections 6.3.4 and 7.1.

   Signing: write the identity with relo_signer_identity_write, form the signature input over it,
   sign the parts one after the other, write the signature. Verifying: the identity's bytes are in
   signature.identity.bytes. */
#ifndef RELO_WIRE_SECURITY_H
#define RELO_WIRE_SECURITY_H

#include "core/base/bytes.h"
#include "core/wire/kinds.h"

/* 7.1 does not say whether resource_id goes into the signature of stored data with its length byte
   (framed) or raw. Raw, as other implementations have it; this is the one place that decides. */
#define RELO_STORED_SIGNATURE_FRAMES_RESOURCE 0

struct relo_certificate {
    uint8_t type; /* enum relo_certificate_type */
    struct relo_view certificate;
};

struct relo_signer_identity {
    uint8_t type;           /* enum relo_identity_type; an unknown type keeps its value in hash */
    uint8_t hash_alg;       /* cert_hash, cert_hash_node_id */
    struct relo_view hash;  /* certificate_hash or certificate_node_id_hash */
    struct relo_view bytes; /* the whole SignerIdentity as read; writers ignore it */
};

struct relo_signature {
    uint8_t hash_alg;      /* enum relo_hash_alg */
    uint8_t signature_alg; /* enum relo_signature_alg */
    struct relo_signer_identity identity;
    struct relo_view value;
};

struct relo_security {
    struct relo_view certificates; /* GenericCertificate elements, well formed after a read */
    struct relo_signature signature;
};

/* The octets that are signed, as parts to be hashed in order. Points into its own scratch, so it
   must not be copied or moved; the views given to it must outlive it. */
struct relo_signature_input {
    struct relo_view part[6];
    uint32_t n;
    uint8_t scratch[24];
};

bool relo_certificate_next(struct relo_rd *list, struct relo_certificate *c);
void relo_certificate_write(struct relo_wr *w, const struct relo_certificate *c);
void relo_certificate_list_recode(struct relo_wr *w, struct relo_view list);

bool relo_signer_identity_read(struct relo_rd *r, struct relo_signer_identity *identity);
void relo_signer_identity_write(struct relo_wr *w, const struct relo_signer_identity *identity);

bool relo_signature_read(struct relo_rd *r, struct relo_signature *s);
void relo_signature_write(struct relo_wr *w, const struct relo_signature *s);
/* The empty signature of a synthetic, non-existent value (7.4.2.2): {0, 0}, none, empty. */
struct relo_signature relo_signature_none(void);
bool relo_signature_is_none(const struct relo_signature *s);

bool relo_security_read(struct relo_rd *r, struct relo_security *s);
void relo_security_write(struct relo_wr *w, const struct relo_security *s);

/* 6.3.4: overlay || transaction_id || MessageContents || SignerIdentity, all as encoded. */
void relo_signature_input_message(struct relo_signature_input *in, uint32_t overlay,
                                  uint64_t transaction_id, struct relo_view contents,
                                  struct relo_view identity);
/* 7.1: resource_id || kind || storage_time || StoredDataValue || SignerIdentity. `value` is the
   encoded StoredDataValue; the index of an array element counts as zero (7.4.2.2). */
void relo_signature_input_stored(struct relo_signature_input *in, struct relo_view resource,
                                 uint32_t kind, uint64_t storage_time, enum relo_data_model model,
                                 struct relo_view value, struct relo_view identity);
/* Total bytes of the input. */
uint32_t relo_signature_input_size(const struct relo_signature_input *in);

#endif
