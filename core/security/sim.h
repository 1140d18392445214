/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the `sim` suite: sizes, flights and round trips are those of DTLS 1.2 (RFC 6347) with
   AES-GCM; what protects is a keyed hash, which detects errors and tampering, not enemies. */
#ifndef RELO_SECURITY_SIM_H
#define RELO_SECURITY_SIM_H

#include "core/config/config.h"
#include "core/security/suite.h"

#include <string.h>

#define RELO_SIM_RECORD_HEADER 13 /* type, version, epoch, 48-bit number, length */
#define RELO_SIM_OVERHEAD 37      /* that, 8 bytes of explicit nonce, 16 of tag (RFC 5288) */
#define RELO_SIM_UDP_IP 28        /* IPv4 and UDP headers within the MTU */

enum relo_sim_type { RELO_SIM_ALERT = 21, RELO_SIM_HANDSHAKE = 22, RELO_SIM_DATA = 23 };

enum relo_sim_flag {
    RELO_SIM_SERVER = 1,
    RELO_SIM_UP = 2,
    RELO_SIM_CLOSED = 4,
    RELO_SIM_CLOSE_NOTIFY = 8, /* to be written */
    RELO_SIM_LAST_FLIGHT =
        16 /* to be written again: the client repeated its own (RFC 6347 4.2.4) */
};

/* Eight bytes, most significant first. */
static inline void relo_sim_put64(uint8_t *p, uint64_t v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    memcpy(p, &v, 8);
}
static inline uint64_t relo_sim_get64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

/* What certificates, and everything derived from them, are a function of. */
struct relo_sim_identity {
    struct relo_id node_id;
    uint64_t key;
    int64_t not_before_s, not_after_s;
    struct relo_view user;
    struct relo_view others; /* further Node-IDs of the certificate */
};
void relo_sim_identity_own(const struct relo_env *env, struct relo_sim_identity *identity);
void relo_sim_identity_write(struct relo_wr *w, const struct relo_sim_identity *identity);
bool relo_sim_identity_read(struct relo_rd *r, struct relo_sim_identity *identity);
/* Whether the certificate is valid at the node's wall clock. */
bool relo_sim_identity_valid(const struct relo_env *env, const struct relo_sim_identity *identity);
/* n bytes that depend on the seed only. */
void relo_sim_fill(uint8_t *p, size_t n, uint64_t seed);
uint32_t relo_sim_signature_bytes(const struct relo_config *config);

void relo_sim_certificate_write(const struct relo_env *env, struct relo_wr *w);
bool relo_sim_certificate_read(const struct relo_env *env, struct relo_view der,
                               struct relo_credential *credential);
void relo_sim_digest(struct relo_view bytes, uint8_t digest[RELO_DIGEST_BYTES]);
bool relo_sim_own_digest(const struct relo_env *env, struct relo_view der,
                         uint8_t digest[RELO_DIGEST_BYTES]);
void relo_sim_algorithm(const struct relo_env *env, uint8_t *hash, uint8_t *signature,
                        uint16_t *bytes);
void relo_sim_sign(const struct relo_env *env, const struct relo_signature_input *input,
                   uint8_t *signature);
bool relo_sim_verify(const struct relo_env *env, const struct relo_credential *signer,
                     const struct relo_signature_input *input, struct relo_view signature);
uint32_t relo_sim_certificate_pack(struct relo_view der, uint8_t *out, uint32_t size);
void relo_sim_certificate_unpack(const struct relo_env *env, struct relo_view packed,
                                 struct relo_wr *w);
uint32_t relo_sim_signature_pack(struct relo_view signature,
                                 uint8_t out[RELO_SIGNATURE_PACKED_MAX]);
void relo_sim_signature_unpack(struct relo_view packed, uint32_t n, struct relo_wr *w);

enum relo_hello relo_sim_hello(const struct relo_env *env, const struct relo_addr *remote,
                               const struct relo_datagram_view *in, struct relo_wr *reply);
void relo_sim_open(struct relo_env *env, struct relo_assoc *assoc, bool server);
void relo_sim_fini(struct relo_env *env, struct relo_assoc *assoc);
enum relo_assoc_status relo_sim_handshake_input(struct relo_env *env, struct relo_assoc *assoc,
                                                struct relo_view in);
bool relo_sim_output(struct relo_env *env, struct relo_assoc *assoc, struct relo_wr *datagram,
                     bool *retransmission);
relo_time relo_sim_deadline(const struct relo_assoc *assoc);
enum relo_assoc_status relo_sim_wake(struct relo_env *env, struct relo_assoc *assoc);
uint32_t relo_sim_peer(const struct relo_assoc *assoc,
                       struct relo_id ids[1 + RELO_IDENTITY_OTHERS_MAX]);
relo_time relo_sim_rtt(const struct relo_assoc *assoc);

void relo_sim_seal(struct relo_env *env, struct relo_assoc *assoc, struct relo_view frame,
                   const struct relo_slice *body, struct relo_wr *datagram, struct relo_slice *rest,
                   uint16_t *frame_offset);
void relo_sim_seal_alert(struct relo_assoc *assoc, struct relo_wr *datagram);
enum relo_assoc_status relo_sim_record_input(struct relo_assoc *assoc,
                                             const struct relo_datagram_view *in,
                                             struct relo_view *frame, struct relo_slice *rest);

#endif
