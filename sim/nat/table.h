/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of one NAT: bindings found by inside and by outside endpoint, and the sessions that
   filters and TCP remember. Only nat.c uses this. */
#ifndef SIM_NAT_TABLE_H
#define SIM_NAT_TABLE_H

#include "sim/nat/nat.h"

/* An endpoint as a number: exact for IPv4, a 63-bit hash for IPv6; and with the protocol in it. */
uint64_t sim_nat_endpoint(const struct relo_addr *addr);
uint64_t sim_nat_key(const struct relo_addr *addr, enum sim_nat_protocol protocol);
/* As much of a remote endpoint as `dependence` looks at; 0 for EI. */
uint64_t sim_nat_scope(enum sim_nat_dependence dependence, const struct relo_addr *remote);

#define SIM_NAT_PLACE_BITS 23 /* bindings of one NAT: eight million */

/* Within a cache line: a symmetric NAT has a hundred. */
struct sim_nat_binding {
    struct relo_addr inside;
    uint16_t outside_port; /* of the NAT's own address; of a firewall, the inside's */
    uint8_t protocol;
    bool replied : 1, used : 1;
    uint64_t scope; /* of remotes it is for */
    relo_time expires;
    uint32_t inside_next, outside_next; /* chains; inside_next also threads the free list */
};

_Static_assert(sizeof(struct sim_nat_binding) == 48, "a binding is small");

/* A third of what NATs take: they have dozens each. */
struct sim_nat_session {
    uint64_t scope; /* of the remote it admits */
    relo_time expires;
    uint32_t binding : SIM_NAT_PLACE_BITS; /* 0: the place is free */
    uint32_t seen_out : 4, seen_in : 4;    /* TCP flags */
    uint32_t replied : 1;
    uint32_t next; /* of the chain, or of the free list */
};

_Static_assert(sizeof(struct sim_nat_session) == 24, "a session is small");

struct relo_addr sim_nat_outside(const struct sim_nat *nat, const struct sim_nat_binding *binding);

/* Places are 1 and up; 0 is none. Expired things are never found. */
uint32_t sim_nat_find_inside(struct sim_nat *nat, relo_time now, uint64_t key, uint64_t scope);
/* The first binding with that outside endpoint; more (overloaded ports) follow. */
uint32_t sim_nat_find_outside(struct sim_nat *nat, relo_time now, uint64_t key);
uint32_t sim_nat_more_outside(struct sim_nat *nat, relo_time now, uint32_t after);
uint32_t sim_nat_find_session(struct sim_nat *nat, relo_time now, uint32_t binding, uint64_t scope);
/* Zeroed, in no index yet. */
uint32_t sim_nat_add_binding(struct sim_nat *nat, relo_time now,
                             const struct sim_nat_binding *values);
uint32_t sim_nat_add_session(struct sim_nat *nat, relo_time now, uint32_t binding, uint64_t scope);
void sim_nat_remove_binding(struct sim_nat *nat, uint32_t place);
void sim_nat_sweep(struct sim_nat *nat, relo_time now);
void sim_nat_clear(struct sim_nat *nat);

#endif
