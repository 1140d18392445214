/* SPDX-License-Identifier: BSD-2-Clause */
/* ForwardingHeader, RFC 6940 section 6.3.2. */
#include "core/wire/header.h"

#include "core/wire/destination.h"
#include "core/wire/option.h"

static uint32_t get16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t get32(const uint8_t *p)
{
    return get16(p) << 16 | get16(p + 2);
}

static enum relo_header_verdict refuse(struct relo_rd *r, enum relo_header_verdict verdict)
{
    r->failed = true;
    r->p = r->end;
    return verdict;
}

/* The fixed part is checked for its size once and then read without further checks: this is the one
   piece of the codec that every message meets at every hop. */
enum relo_header_verdict relo_header_read_part(struct relo_rd *r, uint32_t total,
                                               struct relo_header *h)
{
    size_t left = r->failed ? 0 : relo_rd_left(r);
    const uint8_t *p = r->p;
    if (left >= 4 && get32(p) != RELO_TOKEN) /* 6940-6.3.2-1 */
        return refuse(r, RELO_HEADER_BAD_TOKEN);
    if (left < RELO_HEADER_FIXED_BYTES)
        return refuse(r, RELO_HEADER_TRUNCATED);
    h->overlay = get32(p + 4);
    h->config_sequence = (uint16_t)get16(p + 8);
    h->version = p[10];
    h->ttl = p[11];
    h->fragment = get32(p + 12);
    h->length = get32(p + 16);
    h->transaction_id = (uint64_t)get32(p + 20) << 32 | get32(p + 24);
    h->max_response_length = get32(p + 28);
    uint32_t via = get16(p + 32), destination = get16(p + 34), options = get16(p + 36);
    h->header_bytes = RELO_HEADER_FIXED_BYTES + via + destination + options;

    /* 6.7: with the high bit clear the rest of the field must not be interpreted. */
    if (!(h->fragment & RELO_FRAGMENT_HIGH)) /* 6940-6.3.2-9 6940-6.7-7 6940-6.7-9 */
        return refuse(r, RELO_HEADER_BAD_FRAGMENT);
    if (h->length > total)
        return refuse(r, RELO_HEADER_TRUNCATED);
    if (h->length < total || h->header_bytes > h->length)
        return refuse(r, RELO_HEADER_BAD_LENGTH);
    if (h->header_bytes > left)
        return refuse(r, RELO_HEADER_TRUNCATED);
    h->via = (struct relo_view){p + RELO_HEADER_FIXED_BYTES, via};
    h->destination = (struct relo_view){h->via.p + via, destination};
    h->options = (struct relo_view){h->destination.p + destination, options};
    if (!relo_destination_list_check(h->via, r->node_id_bytes))
        return refuse(r, RELO_HEADER_BAD_VIA);
    if (!relo_destination_list_check(h->destination, r->node_id_bytes))
        return refuse(r, RELO_HEADER_BAD_DESTINATION);
    if (h->options.n != 0 && !relo_option_list_check(h->options))
        return refuse(r, RELO_HEADER_BAD_OPTIONS);
    r->p = p + h->header_bytes;
    return RELO_HEADER_OK;
}

enum relo_header_verdict relo_header_read(struct relo_rd *r, struct relo_header *h)
{
    return relo_header_read_part(r, r->failed ? 0 : (uint32_t)relo_rd_left(r), h);
}

const char *relo_header_verdict_text(enum relo_header_verdict verdict)
{
    switch (verdict) {
    case RELO_HEADER_OK:
        return "ok";
    case RELO_HEADER_TRUNCATED:
        return "the message is shorter than its forwarding header says";
    case RELO_HEADER_BAD_TOKEN:
        return "relo_token is not 0xd2454c4f";
    case RELO_HEADER_BAD_FRAGMENT:
        return "the high bit of the fragment field is clear";
    case RELO_HEADER_BAD_LENGTH:
        return "length is less than the message, or than its forwarding header";
    case RELO_HEADER_BAD_VIA:
        return "malformed via_list";
    case RELO_HEADER_BAD_DESTINATION:
        return "malformed destination_list";
    case RELO_HEADER_BAD_OPTIONS:
        return "malformed forwarding options";
    case RELO_HEADER_VERDICTS:
        break;
    }
    return "?";
}

void relo_header_write(struct relo_wr *w, const struct relo_header *h)
{
    if ((h->via.n | h->destination.n | h->options.n) > UINT16_MAX)
        w->failed = true;
    relo_wr_u32(w, RELO_TOKEN);
    relo_wr_u32(w, h->overlay);
    relo_wr_u16(w, h->config_sequence);
    relo_wr_u8(w, h->version);
    relo_wr_u8(w, h->ttl);
    relo_wr_u32(w, h->fragment);
    relo_wr_u32(w, h->length);
    relo_wr_u64(w, h->transaction_id);
    relo_wr_u32(w, h->max_response_length);
    relo_wr_u16(w, (uint16_t)h->via.n);
    relo_wr_u16(w, (uint16_t)h->destination.n);
    relo_wr_u16(w, (uint16_t)h->options.n);
    relo_wr_bytes(w, h->via.p, h->via.n);
    relo_wr_bytes(w, h->destination.p, h->destination.n);
    relo_wr_bytes(w, h->options.p, h->options.n);
}

void relo_header_close(struct relo_wr *w, size_t at)
{
    if (w->failed)
        return;
    size_t n = relo_wr_size(w) - at;
    struct relo_wr field = relo_wr_init(w->base + at + 16, 4, w->node_id_bytes);
    relo_wr_u32(&field, (uint32_t)n);
}
