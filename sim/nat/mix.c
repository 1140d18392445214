/* SPDX-License-Identifier: BSD-2-Clause */
/* Behaviours drawn from a mix of NATs. */
#include "sim/nat/mix.h"

#include "core/base/hash.h"

enum { DRAW_PRESERVE = 1, DRAW_HAIRPIN_UDP, DRAW_HAIRPIN_TCP, DRAW_TIMEOUT, DRAW_CARRIER };

static uint32_t ppb(uint64_t seed, uint64_t id, uint64_t what)
{
    uint64_t bits = relo_hash_draw(seed, UINT64_C(0x6e61742d6b696e64), id, what); /* "nat-kind" */
    return (uint32_t)(((relo_u128)bits * SIM_NAT_PPB) >> 64);
}

static const struct sim_nat_preset *preset_of(const struct sim_nat_mix *mix)
{
    return sim_nat_preset_at(mix->preset ? mix->preset - 1u : 0);
}

struct sim_nat_mix sim_nat_mix_of(const struct sim_nat_preset *preset)
{
    struct sim_nat_mix mix = {.on = true,
                              .icmp = true,
                              .preserve_ppb = preset->preserve * (SIM_NAT_PPB / 1000),
                              .hairpin_ppb = preset->hairpin_udp * (SIM_NAT_PPB / 1000),
                              .hairpin_tcp_ppb = preset->hairpin_tcp * (SIM_NAT_PPB / 1000),
                              .port_min = 1024,
                              .port_max = 65535,
                              .tcp_timeout_ns = preset->tcp_established,
                              .tcp_transitory_ns = 240 * RELO_S, /* RFC 5382 REQ-5 */
                              .hosts_per_nat = 1,
                              .cgn_ppb = preset->nested * (SIM_NAT_PPB / 1000),
                              .cgn_symmetric_ppb = preset->nested_symmetric * (SIM_NAT_PPB / 1000),
                              .homes_per_cgn = 16};
    while (sim_nat_preset_at(mix.preset) != preset)
        mix.preset++;
    mix.preset++;
    for (unsigned i = 0; i < SIM_NAT_CLASSES; i++)
        mix.share_ppb[i] = preset->share[i] * (SIM_NAT_PPB / 1000);
    return mix;
}

static relo_time draw_timeout(const struct sim_nat_mix *mix, uint64_t seed, uint64_t id)
{
    const struct sim_nat_preset *preset = preset_of(mix);
    uint32_t draw = ppb(seed, id, DRAW_TIMEOUT) / (SIM_NAT_PPB / 1000), i = 0;
    if (mix->timeout_ns)
        return mix->timeout_ns;
    while (draw >= preset->udp_timeout[i].share)
        draw -= preset->udp_timeout[i++].share;
    return preset->udp_timeout[i].timeout;
}

/* What does not depend on the class. */
static void set_common(struct sim_nat_config *config, const struct sim_nat_mix *mix, uint64_t seed,
                       uint64_t id)
{
    config->collision = (enum sim_nat_collision)mix->collision;
    config->full = (enum sim_nat_full)mix->full;
    config->parity = mix->parity;
    config->refresh_outbound =
        mix->refresh == SIM_NAT_REFRESH_OUTBOUND || mix->refresh == SIM_NAT_REFRESH_BOTH;
    config->refresh_inbound =
        mix->refresh == SIM_NAT_REFRESH_INBOUND || mix->refresh == SIM_NAT_REFRESH_BOTH;
    config->icmp_blocked = !mix->icmp;
    config->reset_unsolicited = mix->tcp_reset;
    config->port_min = (uint16_t)mix->port_min;
    config->port_max = (uint16_t)mix->port_max;
    config->bindings_max = mix->bindings_max;
    config->udp_timeout = draw_timeout(mix, seed, id);
    config->udp_new = mix->timeout_new_ns;
    config->tcp_established = mix->tcp_timeout_ns;
    config->tcp_transitory = mix->tcp_transitory_ns;
    if (mix->filtering != SIM_NAT_AUTO)
        config->filtering = (enum sim_nat_dependence)(mix->filtering - 1);
}

struct sim_nat_config sim_nat_mix_config(const struct sim_nat_mix *mix, enum sim_nat_class which,
                                         uint64_t seed, uint64_t id)
{
    struct sim_nat_config config = sim_nat_class_config(which);
    set_common(&config, mix, seed, id);
    if (config.kind != SIM_NAT_REWRITING)
        return config;
    if (mix->mapping != SIM_NAT_AUTO)
        config.mapping = (enum sim_nat_dependence)(mix->mapping - 1);
    /* A dependent mapping has random ports: where ports are preserved, collisions decide. */
    config.ports = config.mapping != SIM_NAT_EI ? SIM_NAT_RANDOM : SIM_NAT_PRESERVE;
    if (config.mapping == SIM_NAT_EI && ppb(seed, id, DRAW_PRESERVE) >= mix->preserve_ppb)
        config.ports = SIM_NAT_RANDOM;
    if (mix->ports != SIM_NAT_AUTO)
        config.ports = (enum sim_nat_ports)(mix->ports - 1);
    if (ppb(seed, id, DRAW_HAIRPIN_UDP) < mix->hairpin_ppb)
        config.hairpin_udp = SIM_NAT_HAIRPIN_EXTERNAL;
    if (mix->hairpin != SIM_NAT_AUTO)
        config.hairpin_udp = (enum sim_nat_hairpin)(mix->hairpin - 1);
    if (ppb(seed, id, DRAW_HAIRPIN_TCP) < mix->hairpin_tcp_ppb)
        config.hairpin_tcp = SIM_NAT_HAIRPIN_EXTERNAL;
    return config;
}

struct sim_nat_config sim_nat_mix_carrier(const struct sim_nat_mix *mix, uint64_t seed, uint64_t id)
{
    bool symmetric = ppb(seed, id, DRAW_CARRIER) < mix->cgn_symmetric_ppb;
    struct sim_nat_config config =
        sim_nat_class_config(symmetric ? SIM_NAT_CLASS_SYMMETRIC : SIM_NAT_CLASS_EI_APD);
    set_common(&config, mix, seed, id);
    config.filtering = SIM_NAT_APD;
    config.ports = SIM_NAT_RANDOM;                  /* many homes: preserved ports would collide */
    config.bindings_max = 0;                        /* the limit is for the homes' boxes */
    config.hairpin_udp = SIM_NAT_HAIRPIN_EXTERNAL; /* RFC 6888 REQ-1: as RFC 4787 */
    config.hairpin_tcp = SIM_NAT_HAIRPIN_EXTERNAL;
    return config;
}

enum sim_nat_class sim_nat_mix_class(const struct sim_nat_mix *mix, uint64_t bits)
{
    uint32_t draw = (uint32_t)(((relo_u128)bits * SIM_NAT_PPB) >> 64), i = 0;
    while (draw >= mix->share_ppb[i] && i < SIM_NAT_CLASSES - 1)
        draw -= mix->share_ppb[i++];
    return (enum sim_nat_class)i;
}

static bool counts(enum sim_nat_class which, enum sim_nat_pairs pairs)
{
    bool not_public = pairs == SIM_NAT_PAIRS_NOT_PUBLIC || pairs == SIM_NAT_PAIRS_ABLE_NOT_PUBLIC;
    bool able = pairs == SIM_NAT_PAIRS_ABLE || pairs == SIM_NAT_PAIRS_ABLE_NOT_PUBLIC;
    return !(not_public && which == SIM_NAT_CLASS_PUBLIC) &&
           !(able && which == SIM_NAT_CLASS_BLOCKED);
}

uint32_t sim_nat_mix_direct(const struct sim_nat_mix *mix, enum sim_nat_pairs which)
{
    relo_u128 direct = 0, all = 0;
    for (unsigned i = 0; i < SIM_NAT_CLASSES; i++)
        for (unsigned j = 0; j < SIM_NAT_CLASSES; j++) {
            uint64_t share = (uint64_t)mix->share_ppb[i] * mix->share_ppb[j];
            if (!counts((enum sim_nat_class)i, which) || !counts((enum sim_nat_class)j, which))
                continue;
            struct sim_nat_config a = sim_nat_mix_config(mix, (enum sim_nat_class)i, 0, 0);
            struct sim_nat_config b = sim_nat_mix_config(mix, (enum sim_nat_class)j, 0, 0);
            all += share;
            if (sim_nat_direct(&a, &b))
                direct += share;
        }
    return all ? (uint32_t)((direct * 1000000 + all / 2) / all) : 0;
}
