/* SPDX-License-Identifier: BSD-2-Clause */
/* Identifiers on the 128-bit ring of CHORD-RELOAD (RFC 6940 section 10): Node-IDs and Resource-IDs
   as numbers, with arithmetic modulo 2^128. Node-IDs of 17 to 20 bytes exist on the wire only
   (core/wire); CHORD-RELOAD works with 16. */
#ifndef RELO_BASE_ID_H
#define RELO_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#define RELO_ID_BYTES 16

struct relo_id {
    uint64_t hi, lo; /* big-endian halves as numbers */
};

static inline struct relo_id relo_id_from_bytes(const uint8_t bytes[RELO_ID_BYTES])
{
    struct relo_id id = {0, 0};
    for (int i = 0; i < 8; i++) {
        id.hi = id.hi << 8 | bytes[i];
        id.lo = id.lo << 8 | bytes[i + 8];
    }
    return id;
}

static inline void relo_id_to_bytes(struct relo_id id, uint8_t bytes[RELO_ID_BYTES])
{
    for (int i = 7; i >= 0; i--) {
        bytes[i] = (uint8_t)id.hi;
        bytes[i + 8] = (uint8_t)id.lo;
        id.hi >>= 8;
        id.lo >>= 8;
    }
}

static inline bool relo_id_equal(struct relo_id a, struct relo_id b)
{
    return a.hi == b.hi && a.lo == b.lo;
}

/* As big-endian unsigned integers: <0, 0, >0. */
static inline int relo_id_compare(struct relo_id a, struct relo_id b)
{
    if (a.hi != b.hi)
        return a.hi < b.hi ? -1 : 1;
    return a.lo < b.lo ? -1 : a.lo > b.lo;
}

static inline struct relo_id relo_id_add(struct relo_id a, struct relo_id b)
{
    struct relo_id sum = {a.hi + b.hi, a.lo + b.lo};
    sum.hi += sum.lo < a.lo;
    return sum;
}

/* Clockwise distance from b to a: a - b modulo 2^128. */
static inline struct relo_id relo_id_sub(struct relo_id a, struct relo_id b)
{
    struct relo_id d = {a.hi - b.hi - (a.lo < b.lo), a.lo - b.lo};
    return d;
}

/* 2^bit, bit 0 to 127. */
static inline struct relo_id relo_id_power(int bit)
{
    struct relo_id p = {bit >= 64 ? UINT64_C(1) << (bit - 64) : 0,
                        bit < 64 ? UINT64_C(1) << bit : 0};
    return p;
}

static inline struct relo_id relo_id_next(struct relo_id a)
{
    return relo_id_add(a, (struct relo_id){0, 1});
}

/* Whether k lies in (from, to], walking clockwise; the whole ring when from equals to. */
static inline bool relo_id_in_range(struct relo_id k, struct relo_id from, struct relo_id to)
{
    struct relo_id dk = relo_id_sub(k, from), dt = relo_id_sub(to, from);
    if (dt.hi == 0 && dt.lo == 0)
        return true;
    return (dk.hi != 0 || dk.lo != 0) && relo_id_compare(dk, dt) <= 0;
}

/* The wildcard Node-ID, all ones (RFC 6940 6.1.1). */
static inline bool relo_id_is_wildcard(struct relo_id a)
{
    return a.hi == UINT64_MAX && a.lo == UINT64_MAX;
}

#endif
