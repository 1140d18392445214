/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates and signatures of the `sim` suite: real sizes, and a keyed hash for what RFC 6940
   section 6.3.4 signs. A certificate is a pure function of its identity and is never stored. */
#include "core/security/sim.h"

#include "core/base/hash.h"
#include "core/wire/codes.h"

#include <string.h>

/* DER: SEQUENCE, two length bytes; then "rsim", the identity, a tag over all of that, filler. */
#define HEAD_BYTES 8
#define TAG_BYTES 8
#define IDENTITY_MAX (16 + 8 + 8 + 8 + 1 + RELO_USER_BYTES)
#define CERTIFICATE_MAX 4096u

static const uint64_t key_tag = UINT64_C(0x7461672d72656c6f),
                      key_sign = UINT64_C(0x7369676e2d72656c);

void relo_sim_fill(uint8_t *p, size_t n, uint64_t seed)
{
    uint64_t i = 0;
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t v = relo_hash_mix(seed, i++);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        v = __builtin_bswap64(v);
#endif
        memcpy(p, &v, 8);
    }
    uint64_t v = relo_hash_mix(seed, i);
    for (; n > 0; n--, v >>= 8)
        *p++ = (uint8_t)v;
}

void relo_sim_identity_own(const struct relo_env *env, struct relo_sim_identity *identity)
{
    const struct relo_identity *own = env->identity;
    const char *end = memchr(own->user, 0, RELO_USER_BYTES);
    size_t n = end ? (size_t)(end - own->user) : RELO_USER_BYTES;
    *identity = (struct relo_sim_identity){own->node_id,
                                           own->key,
                                           own->not_before_s,
                                           own->not_after_s,
                                           {(const uint8_t *)own->user, (uint32_t)n}};
}

void relo_sim_identity_write(struct relo_wr *w, const struct relo_sim_identity *identity)
{
    uint8_t id[RELO_ID_BYTES];
    relo_id_to_bytes(identity->node_id, id);
    relo_wr_bytes(w, id, sizeof id);
    relo_wr_u64(w, identity->key);
    relo_wr_u64(w, (uint64_t)identity->not_before_s);
    relo_wr_u64(w, (uint64_t)identity->not_after_s);
    relo_wr_opaque8(w, identity->user);
}

bool relo_sim_identity_read(struct relo_rd *r, struct relo_sim_identity *identity)
{
    struct relo_view id = relo_rd_bytes(r, RELO_ID_BYTES);
    *identity = (struct relo_sim_identity){.key = relo_rd_u64(r)};
    identity->not_before_s = (int64_t)relo_rd_u64(r);
    identity->not_after_s = (int64_t)relo_rd_u64(r);
    identity->user = relo_rd_opaque8(r);
    if (r->failed || identity->user.n > RELO_USER_BYTES)
        return false;
    identity->node_id = relo_id_from_bytes(id.p);
    return true;
}

bool relo_sim_identity_valid(const struct relo_env *env, const struct relo_sim_identity *identity)
{
    int64_t now_s = (env->now + env->unix_offset_ns) / RELO_S;
    return now_s >= identity->not_before_s && now_s <= identity->not_after_s;
}

/* Every certificate of an overlay has the size that its configuration gives. */
static uint32_t certificate_bytes(const struct relo_config *config)
{
    uint32_t least = HEAD_BYTES + IDENTITY_MAX + TAG_BYTES, n = config->certificate_bytes;
    return n < least ? least : n > CERTIFICATE_MAX ? CERTIFICATE_MAX : n;
}

static void write_der(const struct relo_config *config, const struct relo_sim_identity *identity,
                      struct relo_wr *w)
{
    uint32_t n = certificate_bytes(config);
    if (w->failed || (size_t)(w->end - w->p) < n) {
        w->failed = true;
        return;
    }
    uint8_t *der = w->p;
    struct relo_wr own = relo_wr_init(der, n, 16);
    relo_wr_u16(&own, 0x3082);
    relo_wr_u16(&own, (uint16_t)(n - 4));
    relo_wr_bytes(&own, "rsim", 4);
    relo_sim_identity_write(&own, identity);
    uint64_t tag = relo_hash(der, relo_wr_size(&own), key_tag);
    relo_wr_u64(&own, tag);
    relo_sim_fill(own.p, (size_t)(own.end - own.p), tag);
    w->p += n;
}

void relo_sim_certificate_write(const struct relo_env *env, struct relo_wr *w)
{
    struct relo_sim_identity own;
    relo_sim_identity_own(env, &own);
    write_der(env->config, &own, w);
}

static bool read_identity(struct relo_view der, struct relo_sim_identity *identity)
{
    struct relo_rd r = relo_rd_init(der.p, der.n, 16);
    bool head = relo_rd_u16(&r) == 0x3082;
    head = relo_rd_u16(&r) + 4u == der.n && head;
    struct relo_view magic = relo_rd_bytes(&r, 4);
    return relo_sim_identity_read(&r, identity) && head && memcmp(magic.p, "rsim", 4) == 0;
}

bool relo_sim_certificate_read(const struct relo_env *env, struct relo_view der,
                               struct relo_credential *credential)
{
    uint8_t again[CERTIFICATE_MAX];
    struct relo_sim_identity identity;
    if (der.n != certificate_bytes(env->config) || !read_identity(der, &identity) ||
        !relo_sim_identity_valid(env, &identity))
        return false;
    /* The whole of it follows from the identity: any byte that does not was tampered with. */
    struct relo_wr w = relo_wr_init(again, sizeof again, 16);
    write_der(env->config, &identity, &w);
    if (w.failed || memcmp(again, der.p, der.n) != 0)
        return false;
    *credential = (struct relo_credential){
        .der = der, .node_id = identity.node_id, .user = identity.user, .key = identity.key};
    relo_sim_digest(der, credential->digest);
    return true;
}

void relo_sim_digest(struct relo_view bytes, uint8_t digest[RELO_DIGEST_BYTES])
{
    relo_sim_fill(digest, RELO_DIGEST_BYTES, relo_hash(bytes.p, bytes.n, 1));
}

void relo_sim_own_digest(const struct relo_env *env, uint8_t digest[RELO_DIGEST_BYTES])
{
    uint8_t der[CERTIFICATE_MAX];
    struct relo_wr w = relo_wr_init(der, sizeof der, 16);
    relo_sim_certificate_write(env, &w);
    relo_sim_digest(relo_wr_view(&w), digest);
}

uint32_t relo_sim_signature_bytes(const struct relo_config *config)
{
    /* RSA: the modulus. ECDSA: DER of two 32-byte integers, of which one needs a leading zero. */
    return config->signature == RELO_SIGNATURE_RSA_2048 ? 256 : 71;
}

void relo_sim_algorithm(const struct relo_env *env, uint8_t *hash, uint8_t *signature,
                        uint16_t *bytes)
{
    bool rsa = env->config->signature == RELO_SIGNATURE_RSA_2048;
    *hash = RELO_HASH_SHA256;
    *signature = rsa ? RELO_SIGNATURE_RSA : RELO_SIGNATURE_ECDSA;
    *bytes = (uint16_t)relo_sim_signature_bytes(env->config);
}

static uint64_t sum(uint64_t key, const struct relo_signature_input *input)
{
    uint64_t h = relo_hash_mix(key, key_sign);
    for (uint32_t i = 0; i < input->n; i++)
        h = relo_hash(input->part[i].p, input->part[i].n, h);
    return h;
}

void relo_sim_sign(const struct relo_env *env, const struct relo_signature_input *input,
                   uint8_t *signature)
{
    relo_sim_fill(signature, relo_sim_signature_bytes(env->config), sum(env->identity->key, input));
}

bool relo_sim_verify(const struct relo_env *env, const struct relo_credential *signer,
                     const struct relo_signature_input *input, struct relo_view signature)
{
    uint8_t right[RELO_SIGNATURE_MAX];
    uint32_t n = relo_sim_signature_bytes(env->config);
    if (signature.n != n)
        return false;
    relo_sim_fill(right, n, sum(signer->key, input));
    return memcmp(right, signature.p, n) == 0;
}

uint32_t relo_sim_certificate_pack(struct relo_view der, uint8_t *out, uint32_t size)
{
    struct relo_sim_identity identity;
    struct relo_wr w = relo_wr_init(out, size, 16);
    if (!read_identity(der, &identity))
        return 0;
    relo_sim_identity_write(&w, &identity);
    return w.failed ? 0 : (uint32_t)relo_wr_size(&w);
}

void relo_sim_certificate_unpack(const struct relo_env *env, struct relo_view packed,
                                 struct relo_wr *w)
{
    struct relo_sim_identity identity;
    struct relo_rd r = relo_rd_init(packed.p, packed.n, 16);
    if (relo_sim_identity_read(&r, &identity))
        write_der(env->config, &identity, w);
    else
        w->failed = true;
}
