/* SPDX-License-Identifier: BSD-2-Clause */
/* Views, and the sticky reader and writer of RFC 6940's presentation language (section 6.3.1).

   Reading: make a reader over the input, read fields in order, check `failed` once at the end;
   after the first short read everything reads as zero. Vectors are sub-readers, so nesting in the
   code is nesting on the wire. Writing: the same the other way round; lengths are reserved by open
   and filled in by close. Nothing here allocates. */
#ifndef RELO_BASE_BYTES_H
#define RELO_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes somebody else owns. */
struct relo_view {
    const uint8_t *p;
    uint32_t n;
};

struct relo_rd {
    const uint8_t *p, *end;
    uint8_t node_id_bytes; /* 16 to 20, by configuration (6.3.1.1) */
    bool failed;
    bool unknown; /* failed at a type that its select does not have (6.3.1.1) */
};

struct relo_wr {
    uint8_t *base, *p, *end;
    uint8_t node_id_bytes;
    bool failed; /* the buffer was too small, or a length did not fit its field */
};

struct relo_rd relo_rd_init(const void *bytes, size_t n, uint8_t node_id_bytes);
static inline size_t relo_rd_left(const struct relo_rd *r)
{
    return (size_t)(r->end - r->p);
}
/* True while there are bytes left and nothing has failed: the loop condition over a vector. */
static inline bool relo_rd_more(const struct relo_rd *r)
{
    return !r->failed && r->p < r->end;
}
/* The type of a select that may not grow is none of its own. */
static inline void relo_rd_unknown(struct relo_rd *r)
{
    r->failed = r->unknown = true;
}
uint8_t relo_rd_u8(struct relo_rd *r);
uint16_t relo_rd_u16(struct relo_rd *r);
uint32_t relo_rd_u24(struct relo_rd *r);
uint32_t relo_rd_u32(struct relo_rd *r);
uint64_t relo_rd_u64(struct relo_rd *r);
bool relo_rd_bool(struct relo_rd *r); /* fails on anything but 0 and 1 (6.3.1.1) */
struct relo_view relo_rd_bytes(struct relo_rd *r, size_t n);
struct relo_view relo_rd_rest(struct relo_rd *r);
/* Opaque vectors with a length of 1, 2, 3 or 4 bytes. */
struct relo_view relo_rd_opaque8(struct relo_rd *r);
struct relo_view relo_rd_opaque16(struct relo_rd *r);
struct relo_view relo_rd_opaque24(struct relo_rd *r);
struct relo_view relo_rd_opaque32(struct relo_rd *r);
/* Vectors of structures: a reader over their bytes. A failed sub-reader must be reported back with
   relo_rd_close, which also fails `r` if `sub` was not read to its end. */
struct relo_rd relo_rd_vec8(struct relo_rd *r);
struct relo_rd relo_rd_vec16(struct relo_rd *r);
struct relo_rd relo_rd_vec24(struct relo_rd *r);
struct relo_rd relo_rd_vec32(struct relo_rd *r);
struct relo_rd relo_rd_sub(struct relo_rd *r, size_t n); /* the next n bytes as a reader */
void relo_rd_close(struct relo_rd *r, const struct relo_rd *sub);
/* At the end of a structure that fills its reader: fails if bytes are left; true if all was well.
 */
static inline bool relo_rd_finish(struct relo_rd *r)
{
    if (r->p != r->end)
        r->failed = true;
    return !r->failed;
}

struct relo_wr relo_wr_init(void *buffer, size_t size, uint8_t node_id_bytes);
static inline size_t relo_wr_size(const struct relo_wr *w)
{
    return (size_t)(w->p - w->base);
}
static inline struct relo_view relo_wr_view(const struct relo_wr *w)
{
    return (struct relo_view){w->base, (uint32_t)(w->p - w->base)};
}
void relo_wr_u8(struct relo_wr *w, uint8_t v);
void relo_wr_u16(struct relo_wr *w, uint16_t v);
void relo_wr_u24(struct relo_wr *w, uint32_t v);
void relo_wr_u32(struct relo_wr *w, uint32_t v);
void relo_wr_u64(struct relo_wr *w, uint64_t v);
void relo_wr_bytes(struct relo_wr *w, const void *bytes, size_t n);
void relo_wr_opaque8(struct relo_wr *w, struct relo_view v);
void relo_wr_opaque16(struct relo_wr *w, struct relo_view v);
void relo_wr_opaque24(struct relo_wr *w, struct relo_view v);
void relo_wr_opaque32(struct relo_wr *w, struct relo_view v);
/* Reserve a length field; returns its position, to be given to the matching close. */
size_t relo_wr_open8(struct relo_wr *w);
size_t relo_wr_open16(struct relo_wr *w);
size_t relo_wr_open24(struct relo_wr *w);
size_t relo_wr_open32(struct relo_wr *w);
void relo_wr_close8(struct relo_wr *w, size_t at);
void relo_wr_close16(struct relo_wr *w, size_t at);
void relo_wr_close24(struct relo_wr *w, size_t at);
void relo_wr_close32(struct relo_wr *w, size_t at);

#endif
