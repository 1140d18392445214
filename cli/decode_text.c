/* SPDX-License-Identifier: BSD-2-Clause */
/* A decoded message with the RFC's names, field by field. */
#include "cli/decode_text.h"

#include "cli/decode_body.h"
#include "core/wire/option.h"

const char *decode_text_title(const struct relo_message *m)
{
    if (m->is_fragment)
        return "fragment";
    const char *name = relo_code_name(m->contents.code);
    return name ? name : "unassigned message code";
}

static void options(struct decode_out *out, struct relo_view list, uint8_t node_id_bytes)
{
    struct relo_rd r = relo_rd_init(list.p, list.n, node_id_bytes);
    struct relo_option o;
    if (list.n == 0)
        return;
    decode_out_begin_list(out, "options");
    while (relo_option_next(&r, &o)) {
        decode_out_begin(out, "ForwardingOption");
        decode_out_code(out, "type", o.type,
                        o.type == RELO_OPTION_EXP_FORWARD ? "exp-forward" : NULL);
        decode_out_bits(out, "flags", o.flags, 2);
        decode_out_bool(out, "FORWARD_CRITICAL", o.flags & RELO_OPTION_FORWARD_CRITICAL);
        decode_out_bool(out, "DESTINATION_CRITICAL", o.flags & RELO_OPTION_DESTINATION_CRITICAL);
        decode_out_bool(out, "RESPONSE_COPY", o.flags & RELO_OPTION_RESPONSE_COPY);
        decode_out_hex(out, "option", o.value);
        decode_out_end(out);
    }
    decode_out_end_list(out);
}

static void header(struct decode_out *out, const struct relo_header *h, uint8_t node_id_bytes)
{
    char *version = g_strdup_printf("%u.%u", h->version / 10u, h->version % 10u);
    decode_out_begin(out, "ForwardingHeader");
    decode_out_number(out, "header_bytes", h->header_bytes);
    decode_out_bits(out, "overlay", h->overlay, 8);
    decode_out_number(out, "configuration_sequence", h->config_sequence);
    decode_out_string(out, "version", version);
    decode_out_number(out, "ttl", h->ttl);
    decode_out_bits(out, "fragment", h->fragment, 8);
    decode_out_bool(out, "last_fragment", relo_header_is_last(h));
    decode_out_number(out, "fragment_offset", relo_header_offset(h));
    decode_out_number(out, "length", h->length);
    decode_out_bits(out, "transaction_id", h->transaction_id, 16);
    decode_out_number(out, "max_response_length", h->max_response_length);
    decode_body_destinations(out, "via_list", h->via, node_id_bytes);
    decode_body_destinations(out, "destination_list", h->destination, node_id_bytes);
    options(out, h->options, node_id_bytes);
    decode_out_end(out);
    g_free(version);
}

static void contents(struct decode_out *out, const struct relo_message *m,
                     const struct relo_config *config)
{
    struct relo_view list = m->contents.extensions;
    struct relo_rd r = relo_rd_init(list.p, list.n, m->node_id_bytes);
    struct relo_extension e;
    decode_out_begin(out, "MessageContents");
    decode_out_code(out, "message_code", m->contents.code, relo_code_name(m->contents.code));
    decode_out_number(out, "message_body_bytes", m->contents.body.n);
    decode_out_begin(out, "message_body");
    decode_body(out, m, config);
    decode_out_end(out);
    if (list.n != 0) {
        decode_out_begin_list(out, "extensions");
        while (relo_extension_next(&r, &e)) {
            decode_out_begin(out, "MessageExtension");
            decode_out_code(out, "type", e.type, e.type == RELO_EXTENSION_EXP ? "exp-ext" : NULL);
            decode_out_bool(out, "critical", e.critical);
            decode_out_words(out, "extension_contents", e.contents);
            decode_out_end(out);
        }
        decode_out_end_list(out);
    }
    decode_out_end(out);
}

static void security(struct decode_out *out, const struct relo_message *m)
{
    struct relo_view list = m->security.certificates;
    struct relo_rd r = relo_rd_init(list.p, list.n, m->node_id_bytes);
    struct relo_certificate c;
    decode_out_begin(out, "SecurityBlock");
    decode_out_begin_list(out, "certificates");
    while (relo_certificate_next(&r, &c)) {
        decode_out_begin(out, "GenericCertificate");
        decode_out_code(out, "type", c.type,
                        c.type == RELO_CERTIFICATE_X509      ? "X.509"
                        : c.type == RELO_CERTIFICATE_OPENPGP ? "OpenPGP"
                                                             : NULL);
        decode_out_number(out, "certificate_bytes", c.certificate.n);
        decode_out_end(out);
    }
    decode_out_end_list(out);
    decode_body_signature(out, &m->security.signature);
    decode_out_end(out);
}

void decode_text_message(struct decode_out *out, const struct relo_message *m,
                         const struct relo_config *config)
{
    header(out, &m->header, m->node_id_bytes);
    if (m->is_fragment) {
        decode_out_number(out, "fragment_bytes", m->piece.n);
        decode_out_hex(out, "fragment_data", m->piece);
        return;
    }
    contents(out, m, config);
    security(out, m);
}
