/* SPDX-License-Identifier: BSD-2-Clause */
/* A mix of NATs: which share of the hosts is behind which class of NAT, and what overrides the
   classes' own properties. What [nat] of a scenario says, with every default filled in; the
   behaviour of each NAT is a stateless draw from it. */
#ifndef SIM_NAT_MIX_H
#define SIM_NAT_MIX_H

#include "sim/nat/preset.h"

#define SIM_NAT_PPB UINT32_C(1000000000) /* the share 1 */

/* Where a behaviour is chosen by a word, 0 is "auto": as class and preset have it. */
enum { SIM_NAT_AUTO = 0 };

/* Which directions refresh timers (RFC 4787 REQ-6). */
enum sim_nat_refresh {
    SIM_NAT_REFRESH_OUTBOUND,
    SIM_NAT_REFRESH_INBOUND,
    SIM_NAT_REFRESH_BOTH,
    SIM_NAT_REFRESH_NONE
};

struct sim_nat_mix {
    bool on;                             /* false: no NATs, and no other addresses either */
    uint8_t preset;                      /* 0: none; else 1 + the place in the table of presets */
    uint32_t share_ppb[SIM_NAT_CLASSES]; /* of hosts; together SIM_NAT_PPB */
    uint8_t mapping, filtering, ports;   /* SIM_NAT_AUTO, or 1 + the enum's value */
    uint8_t hairpin;                     /* UDP; likewise */
    uint8_t collision, full, refresh;    /* the enums themselves */
    bool parity, icmp, tcp_reset;
    uint32_t preserve_ppb; /* of NATs with an endpoint-independent mapping */
    uint32_t hairpin_ppb, hairpin_tcp_ppb;
    uint32_t port_min, port_max;
    uint32_t bindings_max;              /* 0: no limit but the ports */
    relo_time timeout_ns;               /* UDP; 0: drawn from the preset's */
    relo_time timeout_new_ns;           /* 0: as the timeout */
    relo_time tcp_timeout_ns, tcp_transitory_ns;
    uint32_t hosts_per_nat;             /* 1 to 200 */
    uint32_t cgn_ppb; /* of homes with an EI mapping: behind a carrier-grade NAT */
    uint32_t cgn_symmetric_ppb;         /* of these: APD mapping; the others are EI, filter APD */
    uint32_t homes_per_cgn;             /* 1 to 1000 */
    relo_time reboot_interval_ns;       /* mean; 0: none reboots */
    uint32_t reboot_moves_ppb;          /* of reboots: the external address changes */
};

/* The mix that a preset stands for, every parameter at its default. */
struct sim_nat_mix sim_nat_mix_of(const struct sim_nat_preset *preset);

/* The behaviour of NAT `id`, of that class: each property is a stateless draw. */
struct sim_nat_config sim_nat_mix_config(const struct sim_nat_mix *mix, enum sim_nat_class which,
                                         uint64_t seed, uint64_t id);

/* Of a carrier-grade NAT. */
struct sim_nat_config sim_nat_mix_carrier(const struct sim_nat_mix *mix, uint64_t seed,
                                          uint64_t id);

/* The class at place `bits` of 2^64, by the shares. */
enum sim_nat_class sim_nat_mix_class(const struct sim_nat_mix *mix, uint64_t bits);

/* The expected share of direct pairs, in millionths, of two hosts drawn independently (no nesting,
   nobody behind the same NAT); SIM_NAT_PAIRS_* says which pairs. */
uint32_t sim_nat_mix_direct(const struct sim_nat_mix *mix, enum sim_nat_pairs which);

#endif
