/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing STUN messages: RFC 8489 sections 5 and 14. The length field is kept right after every
   attribute, as MESSAGE-INTEGRITY and FINGERPRINT want it. */
#include "core/ice/stun.h"

#include "core/base/crc32.h"
#include "core/base/hmac.h"

#include <string.h>

#define COOKIE 0x2112a442u
#define FINGERPRINT_XOR 0x5354554eu

struct relo_stun_writer relo_stun_open(struct relo_wr *w, enum relo_stun_method method,
                                       enum relo_stun_class stun_class, const uint8_t *transaction)
{
    struct relo_stun_writer s = {.w = w, .at = relo_wr_size(w)};
    unsigned m = (unsigned)method, c = (unsigned)stun_class;
    unsigned type = (m & 0xf80) << 2 | (m & 0x70) << 1 | (m & 0xf) | (c & 2) << 7 | (c & 1) << 4;
    memcpy(s.transaction, transaction, sizeof s.transaction);
    relo_wr_u16(w, (uint16_t)type);
    relo_wr_u16(w, 0);
    relo_wr_u32(w, COOKIE);
    relo_wr_bytes(w, transaction, RELO_STUN_TRANSACTION_BYTES);
    return s;
}

/* The message will be `more` bytes longer than now: says so in its header. */
static void set_length(struct relo_stun_writer *s, size_t more)
{
    size_t length = relo_wr_size(s->w) + more - s->at - RELO_STUN_HEADER_BYTES;
    if (s->w->failed)
        return;
    if (length > 0xffff) {
        s->w->failed = true;
        return;
    }
    s->w->base[s->at + 2] = (uint8_t)(length >> 8);
    s->w->base[s->at + 3] = (uint8_t)length;
}

static void begin(struct relo_stun_writer *s, enum relo_stun_type type, uint32_t n)
{
    relo_wr_u16(s->w, (uint16_t)type);
    relo_wr_u16(s->w, (uint16_t)n);
}

static void finish(struct relo_stun_writer *s)
{
    while (!s->w->failed && (relo_wr_size(s->w) - s->at) % 4)
        relo_wr_u8(s->w, 0);
    set_length(s, 0);
}

void relo_stun_write(struct relo_stun_writer *s, enum relo_stun_type type, struct relo_view value)
{
    if (value.n > 0xffff)
        s->w->failed = true;
    begin(s, type, value.n);
    relo_wr_bytes(s->w, value.p, value.n);
    finish(s);
}

void relo_stun_write_text(struct relo_stun_writer *s, enum relo_stun_type type, const char *text)
{
    relo_stun_write(s, type, (struct relo_view){(const uint8_t *)text, (uint32_t)strlen(text)});
}

void relo_stun_write_u32(struct relo_stun_writer *s, enum relo_stun_type type, uint32_t value)
{
    begin(s, type, 4);
    relo_wr_u32(s->w, value);
    finish(s);
}

void relo_stun_write_u64(struct relo_stun_writer *s, enum relo_stun_type type, uint64_t value)
{
    begin(s, type, 8);
    relo_wr_u64(s->w, value);
    finish(s);
}

void relo_stun_write_address(struct relo_stun_writer *s, enum relo_stun_type type,
                             const struct relo_addr *addr)
{
    bool exclusive = type != RELO_STUN_MAPPED_ADDRESS && type != RELO_STUN_ALTERNATE_SERVER;
    uint32_t n = addr->family == 4 ? 4 : 16;
    begin(s, type, 4 + n);
    relo_wr_u8(s->w, 0);
    relo_wr_u8(s->w, addr->family == 4 ? 1 : 2);
    relo_wr_u16(s->w, (uint16_t)(addr->port ^ (exclusive ? COOKIE >> 16 : 0)));
    for (uint32_t i = 0; i < n; i++) {
        unsigned mask = i < 4 ? COOKIE >> (24 - 8 * i) : s->transaction[i - 4];
        relo_wr_u8(s->w, (uint8_t)(exclusive ? addr->ip[i] ^ mask : addr->ip[i]));
    }
    finish(s);
}

void relo_stun_write_error(struct relo_stun_writer *s, uint16_t code, const char *reason)
{
    begin(s, RELO_STUN_ERROR_CODE, 4 + (uint32_t)strlen(reason));
    relo_wr_u16(s->w, 0);
    relo_wr_u8(s->w, (uint8_t)(code / 100));
    relo_wr_u8(s->w, (uint8_t)(code % 100));
    relo_wr_bytes(s->w, reason, strlen(reason));
    finish(s);
}

void relo_stun_write_unknown(struct relo_stun_writer *s, const uint16_t *types, uint32_t count)
{
    begin(s, RELO_STUN_UNKNOWN_ATTRIBUTES, 2 * count);
    for (uint32_t i = 0; i < count; i++)
        relo_wr_u16(s->w, types[i]);
    finish(s);
}

void relo_stun_write_family(struct relo_stun_writer *s, enum relo_stun_type type, uint8_t family)
{
    relo_stun_write_u32(s, type, family == 4 ? 1u << 24 : 2u << 24);
}

void relo_stun_write_channel(struct relo_stun_writer *s, uint16_t channel)
{
    relo_stun_write_u32(s, RELO_STUN_CHANNEL_NUMBER, (uint32_t)channel << 16);
}

void relo_stun_write_transport(struct relo_stun_writer *s, uint8_t protocol)
{
    relo_stun_write_u32(s, RELO_STUN_REQUESTED_TRANSPORT, (uint32_t)protocol << 24);
}

void relo_stun_write_even_port(struct relo_stun_writer *s, bool reserve_next)
{
    begin(s, RELO_STUN_EVEN_PORT, 1);
    relo_wr_u8(s->w, reserve_next ? 0x80 : 0);
    finish(s);
}

void relo_stun_write_integrity(struct relo_stun_writer *s, struct relo_view key)
{
    uint8_t digest[20] = {0};
    set_length(s, 4 + sizeof digest);
    if (!s->w->failed) {
        struct relo_hmac hmac;
        relo_hmac_init(&hmac, key);
        relo_hmac_update(&hmac, s->w->base + s->at, relo_wr_size(s->w) - s->at);
        relo_hmac_final(&hmac, digest);
    }
    relo_stun_write(s, RELO_STUN_MESSAGE_INTEGRITY, (struct relo_view){digest, sizeof digest});
}

void relo_stun_write_integrity_sha256(struct relo_stun_writer *s, struct relo_view key)
{
    uint8_t digest[32] = {0};
    set_length(s, 4 + sizeof digest);
    if (!s->w->failed) {
        struct relo_view message = {s->w->base + s->at, (uint32_t)(relo_wr_size(s->w) - s->at)};
        relo_hmac_sha256(key, message, (struct relo_view){NULL, 0}, digest);
    }
    relo_stun_write(s, RELO_STUN_MESSAGE_INTEGRITY_SHA256,
                    (struct relo_view){digest, sizeof digest});
}

void relo_stun_write_fingerprint(struct relo_stun_writer *s)
{
    uint32_t crc = 0;
    set_length(s, 8);
    if (!s->w->failed)
        crc = relo_crc32(0, s->w->base + s->at, relo_wr_size(s->w) - s->at);
    relo_stun_write_u32(s, RELO_STUN_FINGERPRINT, crc ^ FINGERPRINT_XOR);
}

void relo_stun_write_binding_answer(struct relo_wr *w, const struct relo_stun *request,
                                    const struct relo_addr *remote)
{
    bool unknown = request->unknown_count != 0; /* 8489 6.3.1 */
    struct relo_stun_writer s = relo_stun_open(
        w, RELO_STUN_BINDING, unknown ? RELO_STUN_ERROR : RELO_STUN_SUCCESS, request->transaction);
    if (unknown) {
        relo_stun_write_error(&s, 420, "Unknown Attribute");
        relo_stun_write_unknown(&s, request->unknown, request->unknown_count);
    } else {
        relo_stun_write_address(&s, RELO_STUN_XOR_MAPPED_ADDRESS, remote);
    }
    if (request->has & RELO_STUN_HAS_FINGERPRINT)
        relo_stun_write_fingerprint(&s);
}
