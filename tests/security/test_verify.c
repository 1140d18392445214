/* SPDX-License-Identifier: BSD-2-Clause */
/* Signing and verifying messages and stored data: RFC 6940 sections 6.3.4 and 7.1. */
#include "core/relo.h"
#include "core/security/verify.h"
#include "core/wire/codes.h"

#include <glib.h>
#include <string.h>

#define ID UINT64_C(0x1122334455667788)

struct party {
    struct relo_shard shard;
    struct relo_config config;
    struct relo_identity identity;
    struct relo_env env;
};

static struct party *party_new(uint64_t id)
{
    struct party *p = g_new0(struct party, 1);
    relo_pool_init(&p->shard.pool);
    relo_config_init(&p->config, "overlay.example.org");
    p->identity = (struct relo_identity){.node_id = {0, id},
                                         .user = "alice@example.org",
                                         .key = id * 3,
                                         .not_before_s = 50,
                                         .not_after_s = 1000};
    p->env = (struct relo_env){.shard = &p->shard,
                               .suite = &relo_suite_sim,
                               .config = &p->config,
                               .identity = &p->identity,
                               .self = {0, id},
                               .now = 100 * RELO_S};
    return p;
}

static void party_free(struct party *p)
{
    g_assert_cmpuint(p->shard.pool.bytes_used, ==, 0);
    relo_pool_fini(&p->shard.pool);
    g_free(p);
}

static const uint8_t contents_bytes[] = "contents of a message";
static const struct relo_view contents = {contents_bytes, sizeof contents_bytes};

static struct relo_view signed_by(struct party *p, const struct relo_view *certificates,
                                  uint32_t count, uint8_t *buffer, size_t size)
{
    struct relo_wr w = relo_wr_init(buffer, size, 16);
    relo_verify_sign_message(&p->env, ID, contents, certificates, count, &w);
    g_assert_false(w.failed);
    return relo_wr_view(&w);
}

/* 6940-6.3.4-8 6940-6.3.4-10 6940-6.3.4-11 6940-6.3.4-5 */
static void signed_message_verifies_and_names_its_signer(void)
{
    struct party *a = party_new(7), *b = party_new(8);
    uint8_t buffer[4000];
    struct relo_view security = signed_by(a, NULL, 0, buffer, sizeof buffer);
    struct relo_credential signer;
    g_assert_cmpint(relo_verify_message(&b->env, ID, contents, security, &signer), ==,
                    RELO_VERIFY_OK);
    g_assert_cmpuint(signer.node_id.lo, ==, 7);
    g_assert_cmpuint(signer.user.n, ==, strlen("alice@example.org"));
    struct relo_rd r = relo_rd_init(security.p, security.n, 16);
    struct relo_security block;
    g_assert_true(relo_security_read(&r, &block));
    g_assert_cmpuint(block.signature.identity.type, ==, RELO_IDENTITY_CERT_HASH);
    g_assert_cmpuint(block.signature.hash_alg, ==, RELO_HASH_SHA256);
    party_free(a);
    party_free(b);
}

/* 6940-6.3.4-11 6940-6.3.4-12 6940-6.1.1-3:
   Every byte of what is signed, and of the block itself, counts. */
static void any_changed_byte_is_noticed(void)
{
    struct party *a = party_new(7);
    uint8_t buffer[4000], copy[sizeof contents_bytes];
    struct relo_view security = signed_by(a, NULL, 0, buffer, sizeof buffer);
    struct relo_credential signer;
    for (uint32_t i = 0; i < security.n; i++) {
        buffer[i] ^= 1;
        g_assert_cmpint(relo_verify_message(&a->env, ID, contents, security, &signer), !=,
                        RELO_VERIFY_OK);
        buffer[i] ^= 1;
    }
    for (uint32_t i = 0; i < contents.n; i++) {
        memcpy(copy, contents.p, contents.n);
        copy[i] ^= 1;
        g_assert_cmpint(relo_verify_message(&a->env, ID, (struct relo_view){copy, contents.n},
                                            security, &signer),
                        ==, RELO_VERIFY_BAD_SIGNATURE);
    }
    g_assert_cmpint(relo_verify_message(&a->env, ID + 1, contents, security, &signer), ==,
                    RELO_VERIFY_BAD_SIGNATURE);
    a->config.overlay++;
    g_assert_cmpint(relo_verify_message(&a->env, ID, contents, security, &signer), ==,
                    RELO_VERIFY_BAD_SIGNATURE);
    a->config.overlay--;
    for (uint32_t n = 0; n < security.n; n++) /* cut off anywhere */
        g_assert_cmpint(
            relo_verify_message(&a->env, ID, contents, (struct relo_view){security.p, n}, &signer),
            !=, RELO_VERIFY_OK);
    party_free(a);
}

/* 6940-7.1-1 */
static void expired_certificate_is_refused(void)
{
    struct party *a = party_new(7);
    uint8_t buffer[4000];
    struct relo_view security = signed_by(a, NULL, 0, buffer, sizeof buffer);
    struct relo_credential signer;
    a->env.now = 2000 * RELO_S;
    g_assert_cmpint(relo_verify_message(&a->env, ID, contents, security, &signer), ==,
                    RELO_VERIFY_BAD_CERTIFICATE);
    party_free(a);
}

/* 6940-6.3.4-1 6940-6.3.4-3:
   certificates of stored values come along, each once */
static void further_certificates_travel_once(void)
{
    struct party *a = party_new(7), *b = party_new(8);
    uint8_t buffer[4000], der[1500], packed[3][200];
    struct relo_view certificates[3];
    for (int i = 0; i < 3; i++) { /* a's own, b's, b's again */
        struct relo_wr w = relo_wr_init(der, sizeof der, 16);
        a->env.suite->certificate_write(i == 0 ? &a->env : &b->env, &w);
        uint32_t n = a->env.suite->certificate_pack(relo_wr_view(&w), packed[i], sizeof packed[i]);
        g_assert_cmpuint(n, >, 0);
        certificates[i] = (struct relo_view){packed[i], n};
    }
    struct relo_view security = signed_by(a, certificates, 3, buffer, sizeof buffer);
    struct relo_credential signer;
    g_assert_cmpint(relo_verify_message(&b->env, ID, contents, security, &signer), ==,
                    RELO_VERIFY_OK);
    g_assert_cmpuint(signer.node_id.lo, ==, 7);
    struct relo_rd r = relo_rd_init(security.p, security.n, 16);
    struct relo_security block;
    struct relo_certificate c;
    int n = 0;
    g_assert_true(relo_security_read(&r, &block));
    r = relo_rd_init(block.certificates.p, block.certificates.n, 16);
    while (relo_certificate_next(&r, &c))
        n++;
    g_assert_cmpint(n, ==, 2);

    uint8_t digest[RELO_DIGEST_BYTES];
    b->env.suite->own_digest(&b->env, (struct relo_view){NULL, 0}, digest);
    struct relo_signer_identity identity = {.type = RELO_IDENTITY_CERT_HASH,
                                            .hash_alg = RELO_HASH_SHA256,
                                            .hash = {digest, sizeof digest}};
    g_assert_true(relo_verify_find_signer(&a->env, block.certificates, &identity, &signer));
    g_assert_cmpuint(signer.node_id.lo, ==, 8);
    digest[5] ^= 1;
    g_assert_false(relo_verify_find_signer(&a->env, block.certificates, &identity, &signer));
    party_free(a);
    party_free(b);
}

/* 6940-6.3.4-9:
   H(NodeId || certificate) */
static void certificate_is_found_by_hash_with_node_id(void)
{
    struct party *a = party_new(7);
    uint8_t list[2000], joined[2000], digest[RELO_DIGEST_BYTES];
    struct relo_wr w = relo_wr_init(list, sizeof list, 16);
    relo_wr_u8(&w, RELO_CERTIFICATE_X509);
    size_t at = relo_wr_open16(&w);
    a->env.suite->certificate_write(&a->env, &w);
    relo_wr_close16(&w, at);
    struct relo_view certificates = relo_wr_view(&w);
    relo_id_to_bytes(a->env.self, joined);
    memcpy(joined + 16, certificates.p + 3, certificates.n - 3);
    a->env.suite->digest((struct relo_view){joined, 16 + certificates.n - 3}, digest);
    struct relo_signer_identity identity = {.type = RELO_IDENTITY_CERT_HASH_NODE_ID,
                                            .hash_alg = RELO_HASH_SHA256,
                                            .hash = {digest, sizeof digest}};
    struct relo_credential signer;
    g_assert_true(relo_verify_find_signer(&a->env, certificates, &identity, &signer));
    identity.type = RELO_IDENTITY_CERT_HASH;
    g_assert_false(relo_verify_find_signer(&a->env, certificates, &identity, &signer));
    identity.type = RELO_IDENTITY_NONE;
    g_assert_false(relo_verify_find_signer(&a->env, certificates, &identity, &signer));
    party_free(a);
}

/* 6940-6.3.4-9:
   with several Node-IDs the identity names the one that signs, and the certificate alone names none
 */
static void signer_with_several_node_ids_is_named_by_its_node_id(void)
{
    struct party *a = party_new(7), *b = party_new(8);
    struct relo_identity_others others = {.count = 2};
    uint8_t buffer[4000], digest[RELO_DIGEST_BYTES];
    relo_id_to_bytes((struct relo_id){0, 70}, others.ids);
    relo_id_to_bytes((struct relo_id){0, 71}, others.ids + 16);
    a->identity.credentials = &others;
    struct relo_view security = signed_by(a, NULL, 0, buffer, sizeof buffer);
    struct relo_rd r = relo_rd_init(security.p, security.n, 16);
    struct relo_security block;
    struct relo_credential signer;
    g_assert_true(relo_security_read(&r, &block));
    g_assert_cmpuint(block.signature.identity.type, ==, RELO_IDENTITY_CERT_HASH_NODE_ID);
    g_assert_cmpint(relo_verify_message(&b->env, ID, contents, security, &signer), ==,
                    RELO_VERIFY_OK);
    g_assert_cmpuint(signer.node_id.lo, ==, 7);
    g_assert_cmpuint(signer.others.n, ==, 32);
    a->env.self.lo = 71; /* the same certificate, by another of its Node-IDs */
    security = signed_by(a, NULL, 0, buffer, sizeof buffer);
    g_assert_cmpint(relo_verify_message(&b->env, ID, contents, security, &signer), ==,
                    RELO_VERIFY_OK);
    g_assert_cmpuint(signer.node_id.lo, ==, 71);
    a->env.self.lo = 72; /* none of its own */
    security = signed_by(a, NULL, 0, buffer, sizeof buffer);
    g_assert_cmpint(relo_verify_message(&b->env, ID, contents, security, &signer), ==,
                    RELO_VERIFY_BAD_CERTIFICATE);
    g_assert_true(a->env.suite->own_digest(&a->env, (struct relo_view){NULL, 0}, digest));
    r = relo_rd_init(security.p, security.n, 16);
    g_assert_true(relo_security_read(&r, &block));
    struct relo_signer_identity identity = {.type = RELO_IDENTITY_CERT_HASH,
                                            .hash_alg = RELO_HASH_SHA256,
                                            .hash = {digest, sizeof digest}};
    g_assert_false(relo_verify_find_signer(&b->env, block.certificates, &identity, &signer));
    party_free(a);
    party_free(b);
}

/* 6940-11.1-19 */
static void certificate_of_a_bad_node_is_not_valid(void)
{
    struct party *a = party_new(7), *b = party_new(8);
    struct relo_identity_others others = {.count = 1};
    struct relo_id bad = {0, 70};
    uint8_t buffer[4000];
    struct relo_credential signer;
    relo_id_to_bytes(bad, others.ids);
    b->config.bad_nodes = &bad;
    b->config.bad_node_count = 1;
    struct relo_view security = signed_by(a, NULL, 0, buffer, sizeof buffer);
    g_assert_cmpint(relo_verify_message(&b->env, ID, contents, security, &signer), ==,
                    RELO_VERIFY_OK);
    a->identity.credentials = &others; /* now it has that Node-ID too */
    security = signed_by(a, NULL, 0, buffer, sizeof buffer);
    g_assert_cmpint(relo_verify_message(&b->env, ID, contents, security, &signer), ==,
                    RELO_VERIFY_BAD_CERTIFICATE);
    a->identity.credentials = NULL;
    bad.lo = 7;
    security = signed_by(a, NULL, 0, buffer, sizeof buffer);
    g_assert_cmpint(relo_verify_message(&b->env, ID, contents, security, &signer), ==,
                    RELO_VERIFY_BAD_CERTIFICATE);
    party_free(a);
    party_free(b);
}

static void chain_of_three_has_the_size_of_three(void)
{
    struct party *a = party_new(7);
    uint8_t one[4000], three[4000];
    struct relo_view short_block = signed_by(a, NULL, 0, one, sizeof one);
    a->config.chain_length = 3;
    struct relo_view long_block = signed_by(a, NULL, 0, three, sizeof three);
    g_assert_cmpuint(long_block.n - short_block.n, ==, 2 * (a->config.certificate_bytes + 3));
    struct relo_credential signer;
    g_assert_cmpint(relo_verify_message(&a->env, ID, contents, long_block, &signer), ==,
                    RELO_VERIFY_OK);
    party_free(a);
}

/* 7.1; the index of an array element is not signed (7.4.2.2), everything else is */
static void stored_signature_covers_all_but_the_index(void)
{
    struct party *a = party_new(7);
    uint8_t signature_bytes[600], list[2000];
    uint8_t value[] = {0, 0, 0, 9, 1, 0, 0, 0, 1, 'x'};
    struct relo_view resource = {(const uint8_t *)"0123456789abcdef", 16};
    struct relo_wr w = relo_wr_init(signature_bytes, sizeof signature_bytes, 16);
    relo_verify_sign_stored(&a->env, resource, 5, 77, RELO_MODEL_ARRAY,
                            (struct relo_view){value, sizeof value}, &w);
    struct relo_rd r = relo_rd_init(signature_bytes, relo_wr_size(&w), 16);
    struct relo_signature s;
    g_assert_true(relo_signature_read(&r, &s));
    g_assert_cmpuint(relo_rd_left(&r), ==, 0);
    struct relo_wr c = relo_wr_init(list, sizeof list, 16);
    relo_wr_u8(&c, RELO_CERTIFICATE_X509);
    size_t at = relo_wr_open16(&c);
    a->env.suite->certificate_write(&a->env, &c);
    relo_wr_close16(&c, at);
    struct relo_credential signer;
    g_assert_true(relo_verify_find_signer(&a->env, relo_wr_view(&c), &s.identity, &signer));
    for (int i = 0; i < 4; i++) {
        struct relo_signature_input input;
        value[3] = i == 1 ? 4 : 9;
        value[9] = i == 2 ? 'y' : 'x';
        relo_signature_input_stored(&input, resource, 5, i == 3 ? 78 : 77, RELO_MODEL_ARRAY,
                                    (struct relo_view){value, sizeof value}, s.identity.bytes);
        g_assert_cmpint(a->env.suite->verify(&a->env, &signer, &input, s.value), ==, i < 2);
    }
    party_free(a);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/security/verify/" #name, name)
    ADD(signed_message_verifies_and_names_its_signer);
    ADD(any_changed_byte_is_noticed);
    ADD(expired_certificate_is_refused);
    ADD(further_certificates_travel_once);
    ADD(certificate_is_found_by_hash_with_node_id);
    ADD(signer_with_several_node_ids_is_named_by_its_node_id);
    ADD(certificate_of_a_bad_node_is_not_valid);
    ADD(chain_of_three_has_the_size_of_three);
    ADD(stored_signature_covers_all_but_the_index);
#undef ADD
    return g_test_run();
}
