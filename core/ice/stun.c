/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading STUN messages and their attributes: RFC 8489 sections 5 and 14, RFC 8656 section 18,
   RFC 8445 section 16. */
#include "core/ice/stun.h"

#include "core/base/crc32.h"
#include "core/base/hmac.h"
#include "core/base/md5.h"

#include <string.h>

#define COOKIE 0x2112a442u
#define FINGERPRINT_XOR 0x5354554eu
#define INTEGRITY_BYTES 20
#define INTEGRITY_SHA256_BYTES 32
#define ATTRIBUTE_HEADER_BYTES 4

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool relo_stun_is(struct relo_view datagram)
{
    if (datagram.n < RELO_STUN_HEADER_BYTES || datagram.n % 4 || datagram.p[0] & 0xc0)
        return false;
    uint32_t length = (uint32_t)datagram.p[2] << 8 | datagram.p[3];
    return length == datagram.n - RELO_STUN_HEADER_BYTES && get32(datagram.p + 4) == COOKIE;
}

struct relo_rd relo_stun_attributes(const struct relo_stun *message)
{
    return relo_rd_init(message->bytes.p + RELO_STUN_HEADER_BYTES,
                        message->bytes.n - RELO_STUN_HEADER_BYTES, 0);
}

bool relo_stun_next(struct relo_rd *attributes, uint16_t *type, struct relo_view *value)
{
    if (!relo_rd_more(attributes))
        return false;
    *type = relo_rd_u16(attributes);
    *value = relo_rd_opaque16(attributes);
    (void)relo_rd_bytes(attributes, (4 - value->n % 4) % 4);
    return !attributes->failed;
}

bool relo_stun_address_read(struct relo_view value, bool exclusive, const uint8_t *transaction,
                            struct relo_addr *addr)
{
    struct relo_rd r = relo_rd_init(value.p, value.n, 0);
    uint8_t mask[16];
    mask[0] = COOKIE >> 24;
    mask[1] = COOKIE >> 16 & 255;
    mask[2] = COOKIE >> 8 & 255;
    mask[3] = COOKIE & 255;
    memcpy(mask + 4, transaction, RELO_STUN_TRANSACTION_BYTES);
    (void)relo_rd_u8(&r);
    uint8_t family = relo_rd_u8(&r);
    uint16_t port = relo_rd_u16(&r);
    if (family != 1 && family != 2) /* 14.1 */
        return false;
    struct relo_view ip = relo_rd_bytes(&r, family == 1 ? 4 : 16);
    if (!relo_rd_finish(&r))
        return false;
    *addr = (struct relo_addr){.family = family == 1 ? 4 : 6, .port = port};
    memcpy(addr->ip, ip.p, ip.n);
    if (exclusive) {
        addr->port = (uint16_t)(port ^ COOKIE >> 16);
        for (uint32_t i = 0; i < ip.n; i++)
            addr->ip[i] ^= mask[i];
    }
    return true;
}

static bool read_error(struct relo_view value, struct relo_stun *m)
{
    if (value.n < 4)
        return false;
    uint8_t hundreds = value.p[2] & 7, rest = value.p[3];
    m->error = (uint16_t)(hundreds * 100 + rest);
    m->reason = (struct relo_view){value.p + 4, value.n - 4};
    return hundreds >= 3 && hundreds <= 6 && rest < 100; /* 14.8 */
}

static bool read_family(struct relo_view value, uint8_t *family)
{
    if (value.n != 4 || (value.p[0] != 1 && value.p[0] != 2))
        return false;
    *family = value.p[0] == 1 ? 4 : 6;
    return true;
}

static bool read_u32(struct relo_view value, uint32_t *v)
{
    struct relo_rd r = relo_rd_init(value.p, value.n, 0);
    *v = relo_rd_u32(&r);
    return relo_rd_finish(&r);
}

static bool read_u64(struct relo_view value, uint64_t *v)
{
    struct relo_rd r = relo_rd_init(value.p, value.n, 0);
    *v = relo_rd_u64(&r);
    return relo_rd_finish(&r);
}

static bool fingerprint_good(struct relo_view message, uint32_t at, struct relo_view value)
{
    /* 14.7: the last attribute; over all that precedes it, whose length counts it already. */
    return value.n == 4 && at + ATTRIBUTE_HEADER_BYTES + 4 == message.n &&
           (relo_crc32(0, message.p, at) ^ FINGERPRINT_XOR) == get32(value.p);
}

/* The bit of a known attribute; 0 for those not known. */
static uint32_t bit_of(uint16_t type)
{
    static const struct {
        uint16_t type;
        uint32_t bit;
    } known[] = {
        {RELO_STUN_MAPPED_ADDRESS, RELO_STUN_HAS_MAPPED},
        {RELO_STUN_USERNAME, RELO_STUN_HAS_USERNAME},
        {RELO_STUN_MESSAGE_INTEGRITY, RELO_STUN_HAS_INTEGRITY},
        {RELO_STUN_MESSAGE_INTEGRITY_SHA256, RELO_STUN_HAS_INTEGRITY_SHA256},
        {RELO_STUN_ERROR_CODE, RELO_STUN_HAS_ERROR},
        {RELO_STUN_UNKNOWN_ATTRIBUTES, RELO_STUN_HAS_UNKNOWN},
        {RELO_STUN_CHANNEL_NUMBER, RELO_STUN_HAS_CHANNEL},
        {RELO_STUN_LIFETIME, RELO_STUN_HAS_LIFETIME},
        {RELO_STUN_XOR_PEER_ADDRESS, RELO_STUN_HAS_PEER},
        {RELO_STUN_DATA_VALUE, RELO_STUN_HAS_DATA},
        {RELO_STUN_REALM, RELO_STUN_HAS_REALM},
        {RELO_STUN_NONCE, RELO_STUN_HAS_NONCE},
        {RELO_STUN_XOR_RELAYED_ADDRESS, RELO_STUN_HAS_RELAYED},
        {RELO_STUN_REQUESTED_ADDRESS_FAMILY, RELO_STUN_HAS_FAMILY},
        {RELO_STUN_EVEN_PORT, RELO_STUN_HAS_EVEN_PORT},
        {RELO_STUN_REQUESTED_TRANSPORT, RELO_STUN_HAS_TRANSPORT},
        {RELO_STUN_DONT_FRAGMENT, RELO_STUN_HAS_DONT_FRAGMENT},
        {RELO_STUN_XOR_MAPPED_ADDRESS, RELO_STUN_HAS_XOR_MAPPED},
        {RELO_STUN_RESERVATION_TOKEN, RELO_STUN_HAS_TOKEN},
        {RELO_STUN_PRIORITY, RELO_STUN_HAS_PRIORITY},
        {RELO_STUN_USE_CANDIDATE, RELO_STUN_HAS_USE_CANDIDATE},
        {RELO_STUN_ADDITIONAL_ADDRESS_FAMILY, RELO_STUN_HAS_ADDITIONAL_FAMILY},
        {RELO_STUN_SOFTWARE, RELO_STUN_HAS_SOFTWARE},
        {RELO_STUN_ALTERNATE_SERVER, RELO_STUN_HAS_ALTERNATE},
        {RELO_STUN_FINGERPRINT, RELO_STUN_HAS_FINGERPRINT},
        {RELO_STUN_ICE_CONTROLLED, RELO_STUN_HAS_CONTROLLED},
        {RELO_STUN_ICE_CONTROLLING, RELO_STUN_HAS_CONTROLLING},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].type == type)
            return known[i].bit;
    return 0;
}

static bool read_mapped(struct relo_stun *m, struct relo_view value, bool exclusive)
{
    struct relo_addr addr;
    if (!relo_stun_address_read(value, exclusive, m->transaction, &addr))
        return false;
    if (exclusive || !(m->has & RELO_STUN_HAS_XOR_MAPPED)) /* NATs rewrite the clear one: 14.2 */
        m->mapped = addr;
    m->has |= RELO_STUN_HAS_MAPPED;
    return true;
}

/* The value of a known attribute, `at` being where its header begins. */
static bool read_value(struct relo_stun *m, uint32_t at, uint16_t type, struct relo_view value)
{
    uint32_t word = 0;
    switch ((enum relo_stun_type)type) {
    case RELO_STUN_MAPPED_ADDRESS:
        return read_mapped(m, value, false);
    case RELO_STUN_XOR_MAPPED_ADDRESS:
        return read_mapped(m, value, true);
    case RELO_STUN_XOR_PEER_ADDRESS:
        return relo_stun_address_read(value, true, m->transaction, &m->peer);
    case RELO_STUN_XOR_RELAYED_ADDRESS:
        return relo_stun_address_read(value, true, m->transaction, &m->relayed);
    case RELO_STUN_ALTERNATE_SERVER:
        return relo_stun_address_read(value, false, m->transaction, &m->alternate);
    case RELO_STUN_USERNAME:
        m->username = value;
        return value.n <= 513; /* 14.3: less than 509 bytes; older ones 513 */
    case RELO_STUN_REALM:
        m->realm = value;
        return value.n <= 763;
    case RELO_STUN_NONCE:
        m->nonce = value;
        return value.n <= 763;
    case RELO_STUN_SOFTWARE:
        m->software = value;
        return value.n <= 763;
    case RELO_STUN_DATA_VALUE:
        m->data = value;
        return true;
    case RELO_STUN_MESSAGE_INTEGRITY:
        m->integrity_at = at;
        m->integrity_bytes = (uint8_t)value.n;
        return value.n == INTEGRITY_BYTES;
    case RELO_STUN_MESSAGE_INTEGRITY_SHA256:
        m->has |= RELO_STUN_HAS_INTEGRITY;
        m->integrity_at = at;
        m->integrity_bytes = (uint8_t)value.n;
        /* 14.6: truncated to 16 bytes at least; no usage of ours truncates less than all. */
        return value.n == INTEGRITY_SHA256_BYTES;
    case RELO_STUN_FINGERPRINT:
        return fingerprint_good(m->bytes, at, value);
    case RELO_STUN_ERROR_CODE:
        return read_error(value, m);
    case RELO_STUN_UNKNOWN_ATTRIBUTES:
        return value.n % 2 == 0;
    case RELO_STUN_CHANNEL_NUMBER:
        m->channel = value.n == 4 ? (uint16_t)(get32(value.p) >> 16) : 0;
        return value.n == 4;
    case RELO_STUN_LIFETIME:
        return read_u32(value, &m->lifetime_s);
    case RELO_STUN_REQUESTED_ADDRESS_FAMILY:
        return read_family(value, &m->family);
    case RELO_STUN_ADDITIONAL_ADDRESS_FAMILY:
        return read_family(value, &m->additional_family);
    case RELO_STUN_EVEN_PORT:
        m->reserve_next = value.n == 1 && value.p[0] & 0x80;
        return value.n == 1;
    case RELO_STUN_REQUESTED_TRANSPORT:
        m->transport = value.n == 4 ? value.p[0] : 0;
        return value.n == 4;
    case RELO_STUN_DONT_FRAGMENT:
    case RELO_STUN_USE_CANDIDATE:
        return value.n == 0;
    case RELO_STUN_RESERVATION_TOKEN:
        return read_u64(value, &m->token);
    case RELO_STUN_PRIORITY:
        if (!read_u32(value, &word))
            return false;
        m->priority = word;
        return true;
    case RELO_STUN_ICE_CONTROLLED:
    case RELO_STUN_ICE_CONTROLLING:
        return read_u64(value, &m->tie_breaker);
    }
    return true;
}

bool relo_stun_read(struct relo_view datagram, struct relo_stun *m)
{
    memset(m, 0, sizeof *m);
    if (!relo_stun_is(datagram))
        return false;
    uint32_t type = (uint32_t)datagram.p[0] << 8 | datagram.p[1];
    m->bytes = datagram;
    m->transaction = datagram.p + 8;
    m->stun_class = (uint8_t)((type >> 7 & 2) | (type >> 4 & 1)); /* section 5, figure 3 */
    m->method = (uint16_t)((type >> 2 & 0xf80) | (type >> 1 & 0x70) | (type & 0xf));
    struct relo_rd r = relo_stun_attributes(m);
    while (relo_rd_more(&r)) {
        uint32_t at = (uint32_t)(r.p - datagram.p);
        uint16_t attribute;
        struct relo_view value;
        if (!relo_stun_next(&r, &attribute, &value))
            return false;
        uint32_t bit = bit_of(attribute);
        if (m->has & RELO_STUN_HAS_FINGERPRINT)
            return false; /* it must be the last */
        if (m->has & RELO_STUN_HAS_INTEGRITY && attribute != RELO_STUN_FINGERPRINT &&
            attribute != RELO_STUN_MESSAGE_INTEGRITY_SHA256)
            continue;
        if (bit && !(m->has & bit)) {
            if (!read_value(m, at, attribute, value))
                return false;
            m->has |= bit;
        } else if (!bit && attribute < 0x8000 && m->unknown_count < RELO_STUN_UNKNOWN_MAX) {
            m->unknown[m->unknown_count++] = attribute;
        }
    }
    return true;
}

bool relo_stun_integrity_good(const struct relo_stun *m, struct relo_view key)
{
    if (!(m->has & RELO_STUN_HAS_INTEGRITY))
        return false;
    /* 14.5, 14.6: over what precedes it, as if the message ended with it. */
    uint32_t end = m->integrity_at + ATTRIBUTE_HEADER_BYTES + m->integrity_bytes;
    uint32_t length = end - RELO_STUN_HEADER_BYTES;
    uint8_t head[4] = {m->bytes.p[0], m->bytes.p[1], (uint8_t)(length >> 8), (uint8_t)length};
    struct relo_view first = {head, sizeof head};
    struct relo_view rest = {m->bytes.p + sizeof head, m->integrity_at - (uint32_t)sizeof head};
    uint8_t digest[32];
    if (m->has & RELO_STUN_HAS_INTEGRITY_SHA256) {
        relo_hmac_sha256(key, first, rest, digest);
    } else {
        struct relo_hmac hmac;
        relo_hmac_init(&hmac, key);
        relo_hmac_update(&hmac, first.p, first.n);
        relo_hmac_update(&hmac, rest.p, rest.n);
        relo_hmac_final(&hmac, digest);
    }
    return relo_hmac_equal(digest, m->bytes.p + end - m->integrity_bytes, m->integrity_bytes);
}

bool relo_stun_long_term_key(struct relo_view username, struct relo_view realm,
                             struct relo_view password, uint8_t key[16])
{
    uint8_t text[514];
    struct relo_wr w = relo_wr_init(text, sizeof text, 0);
    relo_wr_bytes(&w, username.p, username.n);
    relo_wr_u8(&w, ':');
    relo_wr_bytes(&w, realm.p, realm.n);
    relo_wr_u8(&w, ':');
    relo_wr_bytes(&w, password.p, password.n);
    if (w.failed)
        return false;
    relo_md5(text, relo_wr_size(&w), key);
    return true;
}
