/* SPDX-License-Identifier: BSD-2-Clause */
/* Verifying and writing signatures of messages and of stored data: RFC 6940 sections 6.3.4, 7.1. */
#include "core/security/verify.h"

#include "core/config/config.h"
#include "core/wire/codes.h"
#include "core/wire/node_id.h"

#include <string.h>

/* 6.3.4: cert_hash_node_id is H(NodeId || certificate), for a certificate with several Node-IDs. */
static void node_digest(const struct relo_env *env, struct relo_id id, struct relo_view der,
                        uint8_t digest[RELO_DIGEST_BYTES])
{
    uint32_t n = RELO_ID_BYTES + der.n;
    uint8_t *bytes = relo_pool_alloc(&env->shard->pool, n);
    relo_id_to_bytes(id, bytes);
    memcpy(bytes + RELO_ID_BYTES, der.p, der.n);
    env->suite->digest((struct relo_view){bytes, n}, digest);
    relo_pool_free(&env->shard->pool, bytes, n);
}

/* The certificate's Node-ID number i: its first, then the others. */
static struct relo_id id_at(const struct relo_credential *c, uint32_t i)
{
    return i == 0 ? c->node_id : relo_id_from_bytes(c->others.p + (size_t)(i - 1) * RELO_ID_BYTES);
}

/* Which of its Node-IDs signed, tried in turn. */
static bool names_node(const struct relo_env *env, const struct relo_signer_identity *identity,
                       struct relo_credential *credential)
{
    for (uint32_t i = 0; i <= credential->others.n / RELO_ID_BYTES; i++) {
        uint8_t digest[RELO_DIGEST_BYTES];
        struct relo_id id = id_at(credential, i);
        node_digest(env, id, credential->der, digest);
        if (memcmp(identity->hash.p, digest, sizeof digest) != 0)
            continue;
        credential->node_id = id;
        return true;
    }
    return false;
}

static bool names(const struct relo_env *env, const struct relo_signer_identity *identity,
                  struct relo_credential *credential)
{
    if (identity->hash.n != RELO_DIGEST_BYTES)
        return false;
    if (identity->type == RELO_IDENTITY_CERT_HASH_NODE_ID) /* 6940-6.3.4-9 */
        return names_node(env, identity, credential);
    /* One of several Node-IDs is not named by the certificate. 6940-6.3.4-9 */
    return identity->type == RELO_IDENTITY_CERT_HASH && credential->others.n == 0 &&
           memcmp(identity->hash.p, credential->digest, RELO_DIGEST_BYTES) == 0;
}

/* 11.1: the certificate with a bad-node's Node-ID is not valid, by whichever of its Node-IDs. */
static bool is_withdrawn(const struct relo_env *env, const struct relo_credential *c)
{
    for (uint32_t i = 0; env->config->bad_node_count && i <= c->others.n / RELO_ID_BYTES; i++)
        if (relo_config_bad_node(env->config, id_at(c, i)))
            return true;
    return false;
}

bool relo_verify_find_signer(const struct relo_env *env, struct relo_view certificates,
                             const struct relo_signer_identity *identity,
                             struct relo_credential *signer)
{
    struct relo_rd list = relo_rd_init(certificates.p, certificates.n, env->config->node_id_length);
    struct relo_certificate c;
    while (relo_certificate_next(&list, &c)) {
        if (c.type != RELO_CERTIFICATE_X509)
            continue;
        if (!env->suite->certificate_read(env, c.certificate, signer) ||
            !names(env, identity, signer))
            continue;
        if (is_withdrawn(env, signer)) /* 6940-11.1-19 */
            return false;
        return true;
    }
    return false;
}

enum relo_verify_result relo_verify_message(const struct relo_env *env, uint64_t transaction_id,
                                            struct relo_view contents, struct relo_view security,
                                            struct relo_credential *signer)
{
    struct relo_rd r = relo_rd_init(security.p, security.n, env->config->node_id_length);
    struct relo_security block;
    if (!relo_security_read(&r, &block) || relo_rd_left(&r) != 0)
        return RELO_VERIFY_BAD_SIGNATURE;
    /* 6940-6.3.4-11 */
    if (!relo_verify_find_signer(env, block.certificates, &block.signature.identity, signer))
        return RELO_VERIFY_BAD_CERTIFICATE;
    uint8_t hash, algorithm;
    uint16_t bytes;
    env->suite->algorithm(env, &hash, &algorithm, &bytes);
    if (block.signature.hash_alg != hash || block.signature.signature_alg != algorithm)
        return RELO_VERIFY_BAD_SIGNATURE;
    struct relo_signature_input input;
    relo_signature_input_message(&input, env->config->overlay, transaction_id, contents,
                                 block.signature.identity.bytes);
    /* 6940-6.3.4-12 6940-6.1.1-3 */
    return env->suite->verify(env, signer, &input, block.signature.value)
               ? RELO_VERIFY_OK
               : RELO_VERIFY_BAD_SIGNATURE;
}

/* A Signature in the making: identity first, because the input covers it. */
struct signing {
    uint8_t identity[8 + RELO_DIGEST_BYTES];
    uint8_t digest[RELO_DIGEST_BYTES];
    uint8_t value[RELO_SIGNATURE_MAX];
    struct relo_signature signature;
    struct relo_view identity_bytes;
};

static void own_node_digest(const struct relo_env *env, uint8_t digest[RELO_DIGEST_BYTES])
{
    uint32_t size = env->config->max_message_size; /* it travels in messages, so it fits */
    uint8_t *der = relo_pool_alloc(&env->shard->pool, size);
    struct relo_wr w = relo_wr_init(der, size, env->config->node_id_length);
    env->suite->certificate_write(env, &w);
    node_digest(env, env->self, relo_wr_view(&w), digest);
    relo_pool_free(&env->shard->pool, der, size);
}

/* `der`: the own certificate, or no bytes. */
static void signing_begin(const struct relo_env *env, struct relo_view der, struct signing *s)
{
    uint16_t bytes;
    bool several = env->suite->own_digest(env, der, s->digest);
    if (several) /* 6940-6.3.4-9 */
        own_node_digest(env, s->digest);
    /* 6940-6.3.4-8 */
    s->signature.identity = (struct relo_signer_identity){
        .type = several ? RELO_IDENTITY_CERT_HASH_NODE_ID : RELO_IDENTITY_CERT_HASH,
        .hash_alg = RELO_HASH_SHA256,
        .hash = {s->digest, RELO_DIGEST_BYTES},
    };
    struct relo_wr w = relo_wr_init(s->identity, sizeof s->identity, env->config->node_id_length);
    relo_signer_identity_write(&w, &s->signature.identity);
    s->identity_bytes = relo_wr_view(&w);
    env->suite->algorithm(env, &s->signature.hash_alg, &s->signature.signature_alg, &bytes);
    s->signature.value = (struct relo_view){s->value, bytes};
}

static void signing_end(const struct relo_env *env, struct signing *s,
                        const struct relo_signature_input *input, struct relo_wr *w)
{
    env->suite->sign(env, input, s->value);
    relo_signature_write(w, &s->signature); /* 6940-6.3.4-5 */
}

/* Whether the GenericCertificate that starts at `last` is in the list before it already. */
static bool repeated(const struct relo_wr *w, size_t first, size_t last)
{
    size_t n = relo_wr_size(w) - last;
    struct relo_rd list = relo_rd_init(w->base + first, last - first, w->node_id_bytes);
    const uint8_t *at = list.p;
    struct relo_certificate c;
    for (; relo_certificate_next(&list, &c); at = list.p)
        if ((size_t)(list.p - at) == n && memcmp(at, w->base + last, n) == 0)
            return true;
    return false;
}

/* The DER of the own one, in w; no bytes where it had no room. */
static struct relo_view write_certificates(const struct relo_env *env,
                                           const struct relo_view *certificates, uint32_t count,
                                           struct relo_wr *w)
{
    size_t list = relo_wr_open16(w), first = relo_wr_size(w), at;
    struct relo_view own = {NULL, 0};
    /* A chain is simulated by its size: the signer's certificate, once for each link of the chain.
     */
    for (uint8_t i = 0; i == 0 || i < env->config->chain_length; i++) {
        relo_wr_u8(w, RELO_CERTIFICATE_X509);
        at = relo_wr_open16(w);
        own.p = w->p;
        env->suite->certificate_write(env, w);
        own.n = w->failed ? 0 : (uint32_t)(w->p - own.p);
        relo_wr_close16(w, at);
    }
    for (uint32_t i = 0; i < count && !w->failed; i++) { /* 6940-6.3.4-1 6940-6.3.4-3 */
        size_t start = relo_wr_size(w);
        relo_wr_u8(w, RELO_CERTIFICATE_X509);
        at = relo_wr_open16(w);
        env->suite->certificate_unpack(env, certificates[i], w);
        relo_wr_close16(w, at);
        /* 6.3.4: only a single copy of each certificate is sent. */
        if (!w->failed && repeated(w, first, start))
            w->p = w->base + start;
    }
    relo_wr_close16(w, list);
    return own;
}

void relo_verify_sign_message(const struct relo_env *env, uint64_t transaction_id,
                              struct relo_view contents, const struct relo_view *certificates,
                              uint32_t certificate_count, struct relo_wr *w)
{
    struct signing s;
    struct relo_signature_input input;
    signing_begin(env, write_certificates(env, certificates, certificate_count, w), &s);
    relo_signature_input_message(&input, env->config->overlay, transaction_id, contents,
                                 s.identity_bytes);
    signing_end(env, &s, &input, w);
}

void relo_verify_sign_stored(const struct relo_env *env, struct relo_view resource, uint32_t kind,
                             uint64_t storage_time, enum relo_data_model model,
                             struct relo_view value, struct relo_wr *w)
{
    struct signing s;
    struct relo_signature_input input;
    signing_begin(env, (struct relo_view){NULL, 0}, &s);
    relo_signature_input_stored(&input, resource, kind, storage_time, model, value,
                                s.identity_bytes);
    signing_end(env, &s, &input, w);
}
