/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of one NAT: bindings found by inside and by outside endpoint, and the sessions that
   filters and TCP remember. Only nat.c uses this. */
#ifndef SIM_NAT_TABLE_H
#define SIM_NAT_TABLE_H

#include "sim/nat/nat.h"

/* An endpoint as a number: exact for IPv4, a 63-bit hash for IPv6. */
uint64_t sim_nat_endpoint(const struct relo_addr *addr);
/* As much of a remote endpoint as `dependence` looks at; 0 for EI. */
uint64_t sim_nat_scope(enum sim_nat_dependence dependence, const struct relo_addr *remote);

struct sim_nat_binding {
    struct relo_addr inside, outside;
    uint64_t inside_key, outside_key; /* endpoint and protocol */
    uint64_t scope;                   /* of remotes it is for */
    relo_time expires;
    uint32_t inside_next, outside_next; /* chains; inside_next also threads the free list */
    uint32_t sessions;                  /* its sessions */
    uint8_t protocol;
    bool replied, used;
};

struct sim_nat_session {
    uint64_t scope; /* of the remote it admits */
    relo_time expires;
    uint32_t binding;
    uint32_t next; /* of the chain, or of the free list */
    uint32_t next_of_binding;
    uint8_t seen_out, seen_in; /* TCP flags */
    bool replied;
};

/* Places are 1 and up; 0 is none. Expired things are never found. */
uint32_t sim_nat_find_inside(struct sim_nat *nat, relo_time now, uint64_t inside_key,
                             uint64_t scope);
/* The first binding with that outside endpoint; more (overloaded ports) follow. */
uint32_t sim_nat_find_outside(struct sim_nat *nat, relo_time now, uint64_t outside_key);
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
