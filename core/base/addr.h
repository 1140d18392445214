/* SPDX-License-Identifier: BSD-2-Clause */
/* Transport addresses: IPv4 or IPv6 and a port. No name resolution, no sockets. */
#ifndef RELO_BASE_ADDR_H
#define RELO_BASE_ADDR_H

#include "core/base/hash.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct relo_addr {
    uint8_t family; /* 4, 6, or 0 for none */
    uint8_t pad;
    uint16_t port;  /* host order */
    uint8_t ip[16]; /* network order; IPv4 in the first four, the rest zero */
};

static inline struct relo_addr relo_addr_v4(uint32_t ip, uint16_t port)
{
    struct relo_addr a = {.family = 4, .port = port};
    for (int i = 0; i < 4; i++)
        a.ip[i] = (uint8_t)(ip >> (24 - 8 * i));
    return a;
}

static inline uint32_t relo_addr_v4_ip(const struct relo_addr *a)
{
    return (uint32_t)a->ip[0] << 24 | (uint32_t)a->ip[1] << 16 | (uint32_t)a->ip[2] << 8 | a->ip[3];
}

/* An address of a private network: RFC 1918, RFC 6598 (behind a carrier's NAT), RFC 4193. */
static inline bool relo_addr_is_private(const struct relo_addr *a)
{
    const uint8_t *ip = a->ip;
    if (a->family == 6)
        return (ip[0] & 0xfe) == 0xfc;
    return ip[0] == 10 || (ip[0] == 172 && (ip[1] & 0xf0) == 16) ||
           (ip[0] == 192 && ip[1] == 168) || (ip[0] == 100 && (ip[1] & 0xc0) == 64);
}

static inline bool relo_addr_same_ip(const struct relo_addr *a, const struct relo_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof a->ip) == 0;
}

static inline bool relo_addr_equal(const struct relo_addr *a, const struct relo_addr *b)
{
    return a->port == b->port && relo_addr_same_ip(a, b);
}

/* For tables that are searched: equal addresses have equal ones. */
static inline uint16_t relo_addr_hash(const struct relo_addr *addr)
{
    uint64_t a, b;
    memcpy(&a, addr->ip, 8);
    memcpy(&b, addr->ip + 8, 8);
    return (uint16_t)relo_hash_mix(a ^ b << 1, (uint64_t)addr->family << 16 | addr->port);
}

#endif
