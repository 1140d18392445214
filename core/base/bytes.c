/* SPDX-License-Identifier: BSD-2-Clause */
/* The sticky reader and writer of RFC 6940 section 6.3.1. */
#include "core/base/bytes.h"

#include <string.h>

struct relo_rd relo_rd_init(const void *bytes, size_t n, uint8_t node_id_bytes)
{
    const uint8_t *p = bytes;
    return (struct relo_rd){p, n ? p + n : p, node_id_bytes, false, false};
}

/* The next n bytes, or NULL after the first short read. */
static inline const uint8_t *take(struct relo_rd *r, size_t n)
{
    if (r->failed || relo_rd_left(r) < n) {
        r->failed = true;
        r->p = r->end;
        return NULL;
    }
    const uint8_t *p = r->p;
    r->p += n;
    return p;
}

/* n, 1 to 8, is constant at every call: this comes down to a load and a byte swap. */
static inline uint64_t number(struct relo_rd *r, size_t n)
{
    const uint8_t *p = take(r, n);
    uint64_t v = 0;
    if (!p)
        return 0;
    memcpy(&v, p, n);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v >> (64 - 8 * n);
}

uint8_t relo_rd_u8(struct relo_rd *r)
{
    return (uint8_t)number(r, 1);
}

uint16_t relo_rd_u16(struct relo_rd *r)
{
    return (uint16_t)number(r, 2);
}

uint32_t relo_rd_u24(struct relo_rd *r)
{
    return (uint32_t)number(r, 3);
}

uint32_t relo_rd_u32(struct relo_rd *r)
{
    return (uint32_t)number(r, 4);
}

uint64_t relo_rd_u64(struct relo_rd *r)
{
    return number(r, 8);
}

bool relo_rd_bool(struct relo_rd *r)
{
    uint8_t v = relo_rd_u8(r);
    if (v > 1)
        r->failed = true;
    return v == 1;
}

struct relo_view relo_rd_bytes(struct relo_rd *r, size_t n)
{
    const uint8_t *p = take(r, n);
    return (struct relo_view){p, p ? (uint32_t)n : 0};
}

struct relo_view relo_rd_rest(struct relo_rd *r)
{
    return relo_rd_bytes(r, relo_rd_left(r));
}

struct relo_view relo_rd_opaque8(struct relo_rd *r)
{
    return relo_rd_bytes(r, relo_rd_u8(r));
}

struct relo_view relo_rd_opaque16(struct relo_rd *r)
{
    return relo_rd_bytes(r, relo_rd_u16(r));
}

struct relo_view relo_rd_opaque24(struct relo_rd *r)
{
    return relo_rd_bytes(r, relo_rd_u24(r));
}

struct relo_view relo_rd_opaque32(struct relo_rd *r)
{
    return relo_rd_bytes(r, relo_rd_u32(r));
}

struct relo_rd relo_rd_sub(struct relo_rd *r, size_t n)
{
    struct relo_view v = relo_rd_bytes(r, n);
    struct relo_rd sub = relo_rd_init(v.p, v.n, r->node_id_bytes);
    sub.failed = r->failed;
    return sub;
}

struct relo_rd relo_rd_vec8(struct relo_rd *r)
{
    return relo_rd_sub(r, relo_rd_u8(r));
}

struct relo_rd relo_rd_vec16(struct relo_rd *r)
{
    return relo_rd_sub(r, relo_rd_u16(r));
}

struct relo_rd relo_rd_vec24(struct relo_rd *r)
{
    return relo_rd_sub(r, relo_rd_u24(r));
}

struct relo_rd relo_rd_vec32(struct relo_rd *r)
{
    return relo_rd_sub(r, relo_rd_u32(r));
}

void relo_rd_close(struct relo_rd *r, const struct relo_rd *sub)
{
    if (sub->failed || sub->p != sub->end)
        r->failed = true;
    r->unknown |= sub->unknown;
}

struct relo_wr relo_wr_init(void *buffer, size_t size, uint8_t node_id_bytes)
{
    uint8_t *p = buffer;
    return (struct relo_wr){p, p, size ? p + size : p, node_id_bytes, false};
}

static inline uint8_t *reserve(struct relo_wr *w, size_t n)
{
    if (w->failed || (size_t)(w->end - w->p) < n) {
        w->failed = true;
        return NULL;
    }
    uint8_t *p = w->p;
    w->p += n;
    return p;
}

static inline void put(uint8_t *p, uint64_t v, size_t n)
{
    v <<= 64 - 8 * n;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    memcpy(p, &v, n);
}

static inline void append(struct relo_wr *w, uint64_t v, size_t n)
{
    uint8_t *p = reserve(w, n);
    if (p)
        put(p, v, n);
}

void relo_wr_u8(struct relo_wr *w, uint8_t v)
{
    append(w, v, 1);
}

void relo_wr_u16(struct relo_wr *w, uint16_t v)
{
    append(w, v, 2);
}

void relo_wr_u24(struct relo_wr *w, uint32_t v)
{
    if (v >> 24)
        w->failed = true;
    append(w, v, 3);
}

void relo_wr_u32(struct relo_wr *w, uint32_t v)
{
    append(w, v, 4);
}

void relo_wr_u64(struct relo_wr *w, uint64_t v)
{
    append(w, v, 8);
}

void relo_wr_bytes(struct relo_wr *w, const void *bytes, size_t n)
{
    uint8_t *p = reserve(w, n);
    if (p && n)
        memcpy(p, bytes, n);
}

static void opaque(struct relo_wr *w, struct relo_view v, size_t length_bytes)
{
    if (length_bytes < 4 && v.n >> (8 * length_bytes))
        w->failed = true;
    append(w, v.n, length_bytes);
    relo_wr_bytes(w, v.p, v.n);
}

void relo_wr_opaque8(struct relo_wr *w, struct relo_view v)
{
    opaque(w, v, 1);
}

void relo_wr_opaque16(struct relo_wr *w, struct relo_view v)
{
    opaque(w, v, 2);
}

void relo_wr_opaque24(struct relo_wr *w, struct relo_view v)
{
    opaque(w, v, 3);
}

void relo_wr_opaque32(struct relo_wr *w, struct relo_view v)
{
    opaque(w, v, 4);
}

static size_t open_length(struct relo_wr *w, size_t length_bytes)
{
    append(w, 0, length_bytes);
    return relo_wr_size(w);
}

static void close_length(struct relo_wr *w, size_t at, size_t length_bytes)
{
    if (w->failed)
        return;
    size_t n = relo_wr_size(w) - at;
    if (length_bytes < 4 && n >> (8 * length_bytes)) {
        w->failed = true;
        return;
    }
    put(w->base + at - length_bytes, n, length_bytes);
}

size_t relo_wr_open8(struct relo_wr *w)
{
    return open_length(w, 1);
}

size_t relo_wr_open16(struct relo_wr *w)
{
    return open_length(w, 2);
}

size_t relo_wr_open24(struct relo_wr *w)
{
    return open_length(w, 3);
}

size_t relo_wr_open32(struct relo_wr *w)
{
    return open_length(w, 4);
}

void relo_wr_close8(struct relo_wr *w, size_t at)
{
    close_length(w, at, 1);
}

void relo_wr_close16(struct relo_wr *w, size_t at)
{
    close_length(w, at, 2);
}

void relo_wr_close24(struct relo_wr *w, size_t at)
{
    close_length(w, at, 3);
}

void relo_wr_close32(struct relo_wr *w, size_t at)
{
    close_length(w, at, 4);
}
