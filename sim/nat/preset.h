/* SPDX-License-Identifier: BSD-2-Clause */
/* Populations of NATs with their sources, and what hole punching can do between any two of them. */
#ifndef SIM_NAT_PRESET_H
#define SIM_NAT_PRESET_H

#include "sim/nat/nat.h"

#include <stdbool.h>

/* The classes a preset shares its peers out among. */
enum sim_nat_class {
    SIM_NAT_CLASS_PUBLIC,
    SIM_NAT_CLASS_FIREWALL, /* public address, stateful firewall (APDF) */
    SIM_NAT_CLASS_EI_EI,    /* mapping, filtering */
    SIM_NAT_CLASS_EI_AD,
    SIM_NAT_CLASS_EI_APD,
    SIM_NAT_CLASS_SYMMETRIC, /* APD, APD */
    SIM_NAT_CLASS_BLOCKED,   /* no UDP */
    SIM_NAT_CLASSES
};

#define SIM_NAT_TIMEOUTS 5

struct sim_nat_preset {
    const char *name;
    const char *source;                /* where the shares come from */
    uint16_t share[SIM_NAT_CLASSES];   /* per mille of peers; together 1000 */
    uint16_t preserve;                 /* per mille of NATs that preserve ports */
    uint16_t hairpin_udp, hairpin_tcp; /* per mille of NATs that hairpin */
    struct {
        relo_time timeout;
        uint16_t share; /* per mille of NATs */
    } udp_timeout[SIM_NAT_TIMEOUTS];
    relo_time tcp_established;
    uint16_t nested;           /* per mille of EI homes behind a carrier-grade NAT */
    uint16_t nested_symmetric; /* per mille of those CGNs that are APD; the rest is EI */
};

/* NULL: no such preset. */
const struct sim_nat_preset *sim_nat_preset_find(const char *name);
/* The i-th preset, NULL after the last. */
const struct sim_nat_preset *sim_nat_preset_at(unsigned i);
const char *sim_nat_class_name(enum sim_nat_class which);

/* The behaviour of a class with the preset's commonest values: refresh outbound only, ports
   preserved, silence to unsolicited SYNs. */
struct sim_nat_config sim_nat_class_config(enum sim_nat_class which);

/* Whether ICE finds a direct path between a host behind a and one behind b, which are apart (no
   relay, no overloaded port, no nesting): the theorem, proved in preset.c. */
bool sim_nat_direct(const struct sim_nat_config *a, const struct sim_nat_config *b);

/* Which pairs sim_nat_mix_direct (mix.h) looks at. */
enum sim_nat_pairs {
    SIM_NAT_PAIRS_ALL,
    SIM_NAT_PAIRS_NOT_PUBLIC, /* firewalls and blocked included */
    SIM_NAT_PAIRS_ABLE,       /* those that can join: UDP not blocked */
    SIM_NAT_PAIRS_ABLE_NOT_PUBLIC
};

#endif
