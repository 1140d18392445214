/* SPDX-License-Identifier: BSD-2-Clause */
/* SecurityBlock, Signature, SignerIdentity, signature inputs: RFC 6940 sections 6.3.4 and 7.1. */
#include "core/wire/security.h"

#include "core/wire/codes.h"

bool relo_certificate_next(struct relo_rd *list, struct relo_certificate *c)
{
    if (!relo_rd_more(list))
        return false;
    c->type = relo_rd_u8(list);
    c->certificate = relo_rd_opaque16(list);
    return !list->failed;
}

void relo_certificate_write(struct relo_wr *w, const struct relo_certificate *c)
{
    relo_wr_u8(w, c->type);
    relo_wr_opaque16(w, c->certificate);
}

void relo_certificate_list_recode(struct relo_wr *w, struct relo_view list)
{
    struct relo_rd r = relo_rd_init(list.p, list.n, w->node_id_bytes);
    struct relo_certificate c;
    while (relo_certificate_next(&r, &c))
        relo_certificate_write(w, &c);
    if (r.failed)
        w->failed = true;
}

static bool identity_has_hash(uint8_t type)
{
    return type == RELO_IDENTITY_CERT_HASH || type == RELO_IDENTITY_CERT_HASH_NODE_ID;
}

bool relo_signer_identity_read(struct relo_rd *r, struct relo_signer_identity *identity)
{
    const uint8_t *start = r->p;
    *identity = (struct relo_signer_identity){.type = relo_rd_u8(r)};
    struct relo_rd value = relo_rd_vec16(r);
    if (identity->type == 0)
        r->failed = true;
    if (identity_has_hash(identity->type)) {
        identity->hash_alg = relo_rd_u8(&value);
        identity->hash = relo_rd_opaque8(&value);
    } else if (identity->type != RELO_IDENTITY_NONE) {
        identity->hash = relo_rd_rest(&value); /* 6.3.4: may be extended with new types */
    }
    relo_rd_close(r, &value);
    identity->bytes = (struct relo_view){start, r->failed ? 0 : (uint32_t)(r->p - start)};
    return !r->failed;
}

void relo_signer_identity_write(struct relo_wr *w, const struct relo_signer_identity *identity)
{
    relo_wr_u8(w, identity->type);
    size_t at = relo_wr_open16(w);
    if (identity_has_hash(identity->type)) {
        relo_wr_u8(w, identity->hash_alg);
        relo_wr_opaque8(w, identity->hash);
    } else if (identity->type != RELO_IDENTITY_NONE) {
        relo_wr_bytes(w, identity->hash.p, identity->hash.n);
    }
    relo_wr_close16(w, at);
}

bool relo_signature_read(struct relo_rd *r, struct relo_signature *s)
{
    s->hash_alg = relo_rd_u8(r);
    s->signature_alg = relo_rd_u8(r);
    relo_signer_identity_read(r, &s->identity);
    s->value = relo_rd_opaque16(r);
    return !r->failed;
}

void relo_signature_write(struct relo_wr *w, const struct relo_signature *s)
{
    relo_wr_u8(w, s->hash_alg);
    relo_wr_u8(w, s->signature_alg);
    relo_signer_identity_write(w, &s->identity);
    relo_wr_opaque16(w, s->value);
}

struct relo_signature relo_signature_none(void)
{
    return (struct relo_signature){.hash_alg = RELO_HASH_NONE,
                                   .signature_alg = RELO_SIGNATURE_ANONYMOUS,
                                   .identity = {.type = RELO_IDENTITY_NONE}};
}

bool relo_signature_is_none(const struct relo_signature *s)
{
    return s->hash_alg == RELO_HASH_NONE && s->signature_alg == RELO_SIGNATURE_ANONYMOUS &&
           s->identity.type == RELO_IDENTITY_NONE && s->value.n == 0;
}

bool relo_security_read(struct relo_rd *r, struct relo_security *s)
{
    struct relo_certificate c;
    struct relo_rd list = relo_rd_vec16(r);
    s->certificates = (struct relo_view){list.p, (uint32_t)relo_rd_left(&list)};
    while (relo_certificate_next(&list, &c))
        ;
    relo_rd_close(r, &list);
    return relo_signature_read(r, &s->signature);
}

void relo_security_write(struct relo_wr *w, const struct relo_security *s)
{
    size_t at = relo_wr_open16(w);
    relo_certificate_list_recode(w, s->certificates);
    relo_wr_close16(w, at);
    relo_signature_write(w, &s->signature);
}

static void add(struct relo_signature_input *in, struct relo_view part)
{
    in->part[in->n++] = part;
}

void relo_signature_input_message(struct relo_signature_input *in, uint32_t overlay,
                                  uint64_t transaction_id, struct relo_view contents,
                                  struct relo_view identity)
{
    struct relo_wr w = relo_wr_init(in->scratch, sizeof(in->scratch), 0);
    in->n = 0;
    relo_wr_u32(&w, overlay);
    relo_wr_u64(&w, transaction_id);
    add(in, relo_wr_view(&w));
    add(in, contents);
    add(in, identity);
}

void relo_signature_input_stored(struct relo_signature_input *in, struct relo_view resource,
                                 uint32_t kind, uint64_t storage_time, enum relo_data_model model,
                                 struct relo_view value, struct relo_view identity)
{
    struct relo_wr w = relo_wr_init(in->scratch, sizeof(in->scratch), 0);
    in->n = 0;
    if (RELO_STORED_SIGNATURE_FRAMES_RESOURCE) {
        relo_wr_u8(&w, (uint8_t)resource.n);
        add(in, relo_wr_view(&w));
    }
    struct relo_view before = relo_wr_view(&w);
    add(in, resource);
    relo_wr_u32(&w, kind);
    relo_wr_u64(&w, storage_time);
    if (model == RELO_MODEL_ARRAY && value.n >= 4) {
        /* 7.4.2.2: the index counts as zero, because an append does not know it. */
        relo_wr_u32(&w, 0);
        value.p += 4;
        value.n -= 4;
    }
    struct relo_view fixed = relo_wr_view(&w);
    add(in, (struct relo_view){fixed.p + before.n, fixed.n - before.n});
    add(in, value);
    add(in, identity);
}

uint32_t relo_signature_input_size(const struct relo_signature_input *in)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < in->n; i++)
        n += in->part[i].n;
    return n;
}
