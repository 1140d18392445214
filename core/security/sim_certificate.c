/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates and signatures of the `sim` suite: real sizes, and a keyed hash for what RFC 6940
   section 6.3.4 signs. A certificate is a pure function of its identity and is never stored. */
#include "core/security/sim.h"

#include "core/base/hash.h"
#include "core/wire/codes.h"

#include <string.h>

/* The DER of an X.509 certificate with empty names (RFC 5280 section 4.1), so that any decoder
   reads it: the serial number is a tag over the identity, the public key is "rsim" and the
   identity, of an experimental algorithm, and the signature is filler up to the size that
   certificates have. */
#define FIXED_BYTES (RELO_ID_BYTES + 8 + 8 + 8 + 1) /* of an identity: up to its user name */
#define IDENTITY_MAX (FIXED_BYTES + RELO_USER_BYTES + 1 + RELO_IDENTITY_OTHERS_MAX * RELO_ID_BYTES)
#define HAS_OTHERS 0x80 /* in the length of the user name: a vector of further Node-IDs follows */
#define TBS_AT 4        /* the TBSCertificate within the Certificate */
#define SERIAL_AT 15    /* eight bytes */
#define INFO_AT 74      /* SubjectPublicKeyInfo */
#define PREFIX_BYTES 88 /* up to the length of the public key */
#define KEY_AT (PREFIX_BYTES + 3) /* a length of two bytes, no unused bits: then "rsim" */
#define SUFFIX_BYTES 17           /* between the public key and the length of the signature */
#define CERTIFICATE_MIN 256u      /* the lengths below take two bytes */
#define CERTIFICATE_MAX 4096u

static const uint8_t der_prefix[PREFIX_BYTES] = {
    0x30, 0x82, 0,    0,    0x30, 0x82, 0,    0,                /* Certificate, TBSCertificate */
    0xa0, 0x03, 0x02, 0x01, 0x02,                               /* version 3 */
    0x02, 0x08, 0,    0,    0,    0,    0,    0,    0,    0,    /* serial number: the tag */
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, /* sha256WithRSAEncryption */
    0x01, 0x01, 0x0b, 0x05, 0x00,                               /* its parameters */
    0x30, 0x00, 0x30, 0x1e,                                     /* empty issuer; validity: */
    0x17, 0x0d, '7',  '0',  '0',  '1',  '0',  '1',  '0',  '0',  '0', '0', '0', '0', 'Z', /* see the
                                                                                            key */
    0x17, 0x0d, '4',  '9',  '1',  '2',  '3',  '1',  '2',  '3',  '5', '9', '5', '9', 'Z', 0x30,
    0x00, 0x30, 0x82, 0,    0,                      /* empty subject; SubjectPublicKeyInfo */
    0x30, 0x06, 0x06, 0x04, 0x2b, 0x06, 0x01, 0x03, /* 1.3.6.1.3, experimental */
    0x03, 0x82};
static const uint8_t der_suffix[SUFFIX_BYTES] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86,
                                                 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
                                                 0x0b, 0x05, 0x00, 0x03, 0x82};

static const uint64_t key_tag = UINT64_C(0x7461672d72656c6f),
                      key_sign = UINT64_C(0x7369676e2d72656c);

static void put16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* Filler is an arithmetic progression of words, least significant byte first: it need not look
   random, and is written or compared for every message, four words at a time. */
#define STEP UINT64_C(0x9e3779b97f4a7c15)
#define ROUND 32u

typedef uint64_t words __attribute__((vector_size(ROUND / 2)));

struct filler {
    words a, b; /* the next four words */
};

static inline struct filler filler_from(uint64_t v)
{
    return (struct filler){{v, v + STEP}, {v + 2 * STEP, v + 3 * STEP}};
}

static inline struct filler filler_next(struct filler *f)
{
    const words four = {4 * STEP, 4 * STEP};
    struct filler now = *f;
    f->a += four;
    f->b += four;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (int i = 0; i < 2; i++) {
        now.a[i] = __builtin_bswap64(now.a[i]);
        now.b[i] = __builtin_bswap64(now.b[i]);
    }
#endif
    return now;
}

/* Filler whose first word is v. */
static void fill_from(uint8_t *p, size_t n, uint64_t v)
{
    struct filler filler = filler_from(v), now;
    for (; n >= ROUND; n -= ROUND, p += ROUND) {
        now = filler_next(&filler);
        memcpy(p, &now.a, ROUND / 2);
        memcpy(p + ROUND / 2, &now.b, ROUND / 2);
    }
    now = filler_next(&filler);
    memcpy(p, &now, n);
}

static bool is_filled_from(const uint8_t *p, size_t n, uint64_t v)
{
    struct filler filler = filler_from(v), now, there;
    words differ = {0, 0};
    for (; n >= ROUND; n -= ROUND, p += ROUND) {
        now = filler_next(&filler);
        memcpy(&there.a, p, ROUND / 2);
        memcpy(&there.b, p + ROUND / 2, ROUND / 2);
        differ |= (there.a ^ now.a) | (there.b ^ now.b);
    }
    now = filler_next(&filler);
    return (differ[0] | differ[1]) == 0 && memcmp(p, &now, n) == 0;
}

void relo_sim_fill(uint8_t *p, size_t n, uint64_t seed)
{
    fill_from(p, n, relo_hash_mix(seed, n));
}

/* Whether relo_sim_fill would write these bytes. */
static bool is_filler(const uint8_t *p, size_t n, uint64_t seed)
{
    return is_filled_from(p, n, relo_hash_mix(seed, n));
}

void relo_sim_identity_own(const struct relo_env *env, struct relo_sim_identity *identity)
{
    const struct relo_identity *own = env->identity;
    const char *end = memchr(own->user, 0, RELO_USER_BYTES);
    size_t n = end ? (size_t)(end - own->user) : RELO_USER_BYTES;
    const struct relo_identity_others *others = own->credentials;
    *identity = (struct relo_sim_identity){own->node_id,
                                           own->key,
                                           own->not_before_s,
                                           own->not_after_s,
                                           {(const uint8_t *)own->user, (uint32_t)n},
                                           {NULL, 0}};
    if (others)
        identity->others = (struct relo_view){others->ids, others->count * RELO_ID_BYTES};
}

/* Written for every message: one look at the room, then nothing but bytes. */
void relo_sim_identity_write(struct relo_wr *w, const struct relo_sim_identity *identity)
{
    size_t n = FIXED_BYTES + identity->user.n + (identity->others.n ? 1 + identity->others.n : 0);
    if (w->failed || (size_t)(w->end - w->p) < n) {
        w->failed = true;
        return;
    }
    uint8_t *p = w->p;
    relo_id_to_bytes(identity->node_id, p);
    relo_sim_put64(p + RELO_ID_BYTES, identity->key);
    relo_sim_put64(p + RELO_ID_BYTES + 8, (uint64_t)identity->not_before_s);
    relo_sim_put64(p + RELO_ID_BYTES + 16, (uint64_t)identity->not_after_s);
    p[FIXED_BYTES - 1] = (uint8_t)(identity->user.n | (identity->others.n ? HAS_OTHERS : 0));
    p += FIXED_BYTES;
    if (identity->user.n)
        memcpy(p, identity->user.p, identity->user.n);
    p += identity->user.n;
    if (identity->others.n) {
        *p = (uint8_t)identity->others.n;
        memcpy(p + 1, identity->others.p, identity->others.n);
    }
    w->p += n;
}

bool relo_sim_identity_read(struct relo_rd *r, struct relo_sim_identity *identity)
{
    struct relo_view id = relo_rd_bytes(r, RELO_ID_BYTES);
    *identity = (struct relo_sim_identity){.key = relo_rd_u64(r)};
    identity->not_before_s = (int64_t)relo_rd_u64(r);
    identity->not_after_s = (int64_t)relo_rd_u64(r);
    uint8_t n = relo_rd_u8(r);
    identity->user = relo_rd_bytes(r, n & (HAS_OTHERS - 1));
    if (n & HAS_OTHERS)
        identity->others = relo_rd_opaque8(r);
    /* One identity has one form: without others there is no vector of them. */
    bool one_form = (n & HAS_OTHERS) ? identity->others.n > 0 : identity->others.n == 0;
    if (r->failed || !one_form || identity->user.n > RELO_USER_BYTES ||
        identity->others.n > RELO_IDENTITY_OTHERS_MAX * RELO_ID_BYTES ||
        identity->others.n % RELO_ID_BYTES != 0)
        return false;
    identity->node_id = relo_id_from_bytes(id.p);
    return true;
}

bool relo_sim_identity_valid(const struct relo_env *env, const struct relo_sim_identity *identity)
{
    int64_t now_s = (env->now + env->unix_offset_ns) / RELO_S;
    return now_s >= identity->not_before_s && now_s <= identity->not_after_s; /* 6940-7.1-1 */
}

/* Every certificate of an overlay has the size that its configuration gives. */
static uint32_t certificate_bytes(const struct relo_config *config)
{
    uint32_t n = config->certificate_bytes;
    return n < CERTIFICATE_MIN ? CERTIFICATE_MIN : n > CERTIFICATE_MAX ? CERTIFICATE_MAX : n;
}
_Static_assert(KEY_AT + 4 + IDENTITY_MAX + SUFFIX_BYTES + 3 <= CERTIFICATE_MIN, "room for all");

/* What the serial number and all filler follow from: `key` are the bytes of the public key. */
static uint64_t tag_of(const uint8_t *key, size_t n)
{
    return relo_hash(key, n, key_tag);
}

/* The digest of a certificate follows from its tag, since every other byte of it does. */
static void digest_of(uint64_t tag, uint8_t digest[RELO_DIGEST_BYTES])
{
    for (int i = 0; i < RELO_DIGEST_BYTES; i += 8) {
        tag = relo_hash_mix(tag, key_tag);
        relo_sim_put64(digest + i, __builtin_bswap64(tag));
    }
}
_Static_assert(RELO_DIGEST_BYTES % 8 == 0, "whole words");

#define SUFFIX_END (SUFFIX_BYTES + 3) /* with the length of the signature */

/* What stands before and behind the `key` bytes of the public key in a certificate of n bytes. */
static void frame(uint8_t before[KEY_AT], uint8_t behind[SUFFIX_END], size_t n, size_t key,
                  uint64_t tag)
{
    memcpy(before, der_prefix, PREFIX_BYTES);
    put16(before + 2, n - 4);
    put16(before + TBS_AT + 2, KEY_AT + key - TBS_AT - 4);
    relo_sim_put64(before + SERIAL_AT, tag);
    put16(before + INFO_AT + 2, KEY_AT + key - INFO_AT - 4);
    put16(before + PREFIX_BYTES, key + 1);
    before[PREFIX_BYTES + 2] = 0; /* no unused bits */
    memcpy(behind, der_suffix, SUFFIX_BYTES);
    put16(behind + SUFFIX_BYTES, n - KEY_AT - key - SUFFIX_END + 1);
    behind[SUFFIX_END - 1] = 0; /* no unused bits */
}

static void write_der(const struct relo_config *config, const struct relo_sim_identity *identity,
                      struct relo_wr *w)
{
    uint32_t n = certificate_bytes(config);
    if (w->failed || (size_t)(w->end - w->p) < n) {
        w->failed = true;
        return;
    }
    struct relo_wr key = relo_wr_init(w->p + KEY_AT, n - KEY_AT, RELO_ID_BYTES);
    relo_wr_bytes(&key, "rsim", 4);
    relo_sim_identity_write(&key, identity);
    uint64_t tag = tag_of(w->p + KEY_AT, relo_wr_size(&key));
    frame(w->p, key.p, n, relo_wr_size(&key), tag);
    w->p += n;
    relo_sim_fill(key.p + SUFFIX_END, (size_t)(w->p - key.p) - SUFFIX_END, tag);
}

void relo_sim_certificate_write(const struct relo_env *env, struct relo_wr *w)
{
    struct relo_sim_identity own;
    relo_sim_identity_own(env, &own);
    write_der(env->config, &own, w);
}

/* *key: the bytes of the public key. */
static bool read_identity(struct relo_view der, struct relo_sim_identity *identity, size_t *key)
{
    struct relo_rd r = relo_rd_init(der.p, der.n, RELO_ID_BYTES);
    bool head = relo_rd_u16(&r) == 0x3082;
    head = relo_rd_u16(&r) + 4u == der.n && head;
    relo_rd_bytes(&r, KEY_AT - 4);
    struct relo_view magic = relo_rd_bytes(&r, 4);
    if (!relo_sim_identity_read(&r, identity) || !head || memcmp(magic.p, "rsim", 4) != 0)
        return false;
    *key = (size_t)(r.p - magic.p);
    return true;
}

bool relo_sim_certificate_read(const struct relo_env *env, struct relo_view der,
                               struct relo_credential *credential)
{
    uint8_t before[KEY_AT], behind[SUFFIX_END];
    struct relo_sim_identity identity;
    size_t key;
    if (der.n != certificate_bytes(env->config) || !read_identity(der, &identity, &key) ||
        key > 4 + IDENTITY_MAX || !relo_sim_identity_valid(env, &identity))
        return false;
    /* The whole of it follows from the identity: any byte that does not was tampered with. */
    const uint8_t *end = der.p + KEY_AT + key, *filler = end + SUFFIX_END;
    uint64_t tag = tag_of(der.p + KEY_AT, key);
    frame(before, behind, der.n, key, tag);
    if (memcmp(before, der.p, KEY_AT) != 0 || memcmp(behind, end, SUFFIX_END) != 0 ||
        !is_filler(filler, (size_t)(der.p + der.n - filler), tag))
        return false;
    *credential = (struct relo_credential){.der = der,
                                           .node_id = identity.node_id,
                                           .others = identity.others,
                                           .user = identity.user,
                                           .key = identity.key};
    digest_of(tag, credential->digest);
    return true;
}

void relo_sim_digest(struct relo_view bytes, uint8_t digest[RELO_DIGEST_BYTES])
{
    relo_sim_fill(digest, RELO_DIGEST_BYTES, relo_hash(bytes.p, bytes.n, 1));
}

static uint64_t own_tag(const struct relo_env *env)
{
    uint8_t key[4 + IDENTITY_MAX];
    struct relo_sim_identity own;
    struct relo_wr w = relo_wr_init(key, sizeof key, 16);
    relo_sim_identity_own(env, &own);
    relo_wr_bytes(&w, "rsim", 4);
    relo_sim_identity_write(&w, &own);
    return tag_of(key, relo_wr_size(&w));
}

bool relo_sim_own_digest(const struct relo_env *env, struct relo_view der,
                         uint8_t digest[RELO_DIGEST_BYTES])
{
    const struct relo_identity_others *others = env->identity->credentials;
    digest_of(der.n ? relo_sim_get64(der.p + SERIAL_AT) : own_tag(env), digest);
    return others && others->count > 0;
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
    return signature.n == relo_sim_signature_bytes(env->config) &&
           is_filler(signature.p, signature.n, sum(signer->key, input));
}

uint32_t relo_sim_certificate_pack(struct relo_view der, uint8_t *out, uint32_t size)
{
    struct relo_sim_identity identity;
    size_t key;
    struct relo_wr w = relo_wr_init(out, size, 16);
    if (!read_identity(der, &identity, &key))
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

static uint64_t first_word(const uint8_t *p)
{
    uint64_t v = 0;
    for (int i = 7; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

/* A signature is filler: its first word makes all of it. */
uint32_t relo_sim_signature_pack(struct relo_view signature, uint8_t out[RELO_SIGNATURE_PACKED_MAX])
{
    if (signature.n <= 8 || !is_filled_from(signature.p, signature.n, first_word(signature.p)))
        return 0;
    memcpy(out, signature.p, 8);
    return 8;
}

void relo_sim_signature_unpack(struct relo_view packed, uint32_t n, struct relo_wr *w)
{
    if (w->failed || (size_t)(w->end - w->p) < n) {
        w->failed = true;
        return;
    }
    fill_from(w->p, n, first_word(packed.p));
    w->p += n;
}
