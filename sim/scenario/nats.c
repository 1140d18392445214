/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of [nat] and [pairs], and what they resolve to. */
#include "sim/scenario/nats.h"

#include <glib.h>

const char *const sim_nat_preset_words[] = {
    "none", "wg-default", "halkes2011", "mobile-heavy", "enterprise", "all-public", NULL};
const char *const sim_nat_dependences[] = {"auto", "ei", "ad", "apd", NULL};
#define TURN_DENSITY_MAX 20 /* of NODE-MULTIPLE for this kind (section 9) */

const char *const sim_nat_port_words[] = {"auto", "preserve", "random", "sequential", NULL};
const char *const sim_nat_collisions[] = {"renumber", "overload", "turn-dependent", NULL};
const char *const sim_nat_hairpins[] = {"auto", "none", "external", "internal", NULL};
const char *const sim_nat_refreshes[] = {"outbound", "inbound", "both", "none", NULL};
const char *const sim_nat_fulls[] = {"refuse", "evict-oldest", NULL};
const char *const sim_pair_ends[] = {"mix",    "public",    "firewall", "ei-ei", "ei-ad",
                                     "ei-apd", "symmetric", "blocked",  "ad-ei", "ad-ad",
                                     "ad-apd", "apd-ei",    "apd-ad",   NULL};
_Static_assert(G_N_ELEMENTS(sim_pair_ends) == SIM_PAIR_APD_AD + 2, "a word per end");

const char *const sim_nat_no_ice[] = {"auto", "true", "false", NULL};

static const struct sim_literal *nat_value(const struct sim_literal *values, const char *name)
{
    size_t index = sim_keys_find("nat", name);
    g_assert(index < sim_keys_n);
    return &values[index];
}

/* Shares that are given stand; the others divide what is left in the preset's proportions, the
   remainder of the division going to the largest. */
static void resolve_shares(const struct sim_literal *values, const struct sim_nat_mix *preset,
                           struct sim_nat_mix *nat)
{
    uint64_t given = 0, weight = 0, spent = 0;
    unsigned largest = SIM_NAT_CLASSES;
    bool auto_share[SIM_NAT_CLASSES];
    for (unsigned i = 0; i < SIM_NAT_CLASSES; i++) {
        auto_share[i] = nat_value(values, sim_nat_class_name((enum sim_nat_class)i))->is_word;
        if (!auto_share[i]) {
            given += nat->share_ppb[i];
            nat->on = true;
            continue;
        }
        weight += preset->share_ppb[i];
        if (preset->share_ppb[i] > 0 &&
            (largest == SIM_NAT_CLASSES || preset->share_ppb[i] > preset->share_ppb[largest]))
            largest = i;
    }
    uint64_t left = given < SIM_NAT_PPB ? SIM_NAT_PPB - given : 0;
    for (unsigned i = 0; i < SIM_NAT_CLASSES; i++) {
        if (!auto_share[i])
            continue;
        nat->share_ppb[i] = weight ? (uint32_t)(left * preset->share_ppb[i] / weight) : 0;
        spent += nat->share_ppb[i];
    }
    if (largest < SIM_NAT_CLASSES)
        nat->share_ppb[largest] += (uint32_t)(left - spent);
}

/* Section 9: the reciprocal of the share of peers that act as TURN servers; 1 where all do. */
uint8_t sim_nats_density(const struct sim_nat_mix *nat)
{
    uint32_t share = nat->on ? nat->share_ppb[SIM_NAT_CLASS_PUBLIC] : SIM_NAT_PPB;
    if (share < SIM_NAT_PPB / TURN_DENSITY_MAX)
        return TURN_DENSITY_MAX;
    return (uint8_t)((SIM_NAT_PPB + share / 2) / share);
}

void sim_nats_resolve(const struct sim_literal *values, struct sim_params *params)
{
    struct sim_nat_mix *nat = &params->nat;
    struct sim_nat_mix preset =
        sim_nat_mix_of(sim_nat_preset_at(nat->preset ? nat->preset - 1u : 0));
    if (nat->preset == 0)
        for (unsigned i = 0; i < SIM_NAT_CLASSES; i++)
            preset.share_ppb[i] = 0;
    nat->on = nat->preset != 0;
    resolve_shares(values, &preset, nat);
    size_t no_ice = sim_keys_find("overlay", "no-ice");
    params->no_ice = values[no_ice].number == 0 ? !nat->on : values[no_ice].number == 1;
    if (values[sim_keys_find("overlay", "turn-density")].is_word)
        params->turn_density = sim_nats_density(nat);
    if (nat_value(values, "port-preservation")->is_word)
        nat->preserve_ppb = preset.preserve_ppb;
    if (nat_value(values, "hairpin-share")->is_word)
        nat->hairpin_ppb = preset.hairpin_ppb;
    if (nat_value(values, "hairpin-tcp-share")->is_word)
        nat->hairpin_tcp_ppb = preset.hairpin_tcp_ppb;
    if (nat_value(values, "cgn-symmetric")->is_word)
        nat->cgn_symmetric_ppb = preset.cgn_symmetric_ppb;
}

/* "55% (nat.public 15%, nat.symmetric 40%)" */
static char *shares_text(const struct sim_nat_mix *nat, uint64_t sum)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%.10g%% (", (double)sum / 1e7);
    const char *comma = "";
    for (unsigned i = 0; i < SIM_NAT_CLASSES; i++) {
        if (nat->share_ppb[i] == 0)
            continue;
        g_string_append_printf(text, "%snat.%s %.10g%%", comma,
                               sim_nat_class_name((enum sim_nat_class)i),
                               (double)nat->share_ppb[i] / 1e7);
        comma = ", ";
    }
    g_string_append(text, ")");
    return g_string_free(text, FALSE);
}

static uint64_t sum_of(const uint32_t *share, unsigned from, unsigned to)
{
    uint64_t sum = 0;
    for (unsigned i = from; i <= to; i++)
        sum += share[i];
    return sum;
}

/* Each host behind a NAT needs a port of it, and behind a carrier's one of both, for a public side;
   overloading shares the preserved ones. */
static char *check_ports(const struct sim_params *p)
{
    const struct sim_nat_mix *nat = &p->nat;
    uint32_t ports = nat->port_max - nat->port_min + 1;
    uint64_t hosts = nat->hosts_per_nat, inside = hosts * nat->homes_per_cgn;
    uint32_t all = p->pairs ? 1 : p->peers - p->bootstrap_peers;
    hosts = hosts < all ? hosts : all;
    inside = inside < all ? inside : all;
    if (ports < hosts && nat->collision != SIM_NAT_OVERLOAD)
        return g_strdup_printf("nat.port-min and port-max give a NAT %u ports for "
                               "nat.hosts-per-nat = %u hosts: some have no public side",
                               ports, nat->hosts_per_nat);
    if (nat->cgn_ppb && ports < inside)
        return g_strdup_printf("nat.homes-per-cgn = %u homes of nat.hosts-per-nat = %u hosts are "
                               "more than the %u ports of their carrier's NAT: some have no "
                               "public side",
                               nat->homes_per_cgn, nat->hosts_per_nat, ports);
    return NULL;
}

static char *check_box(const struct sim_params *p)
{
    const struct sim_nat_mix *nat = &p->nat;
    if (nat->port_min > nat->port_max)
        return g_strdup_printf("nat.port-min = %u is above nat.port-max = %u: a NAT without a "
                               "port has no public side",
                               nat->port_min, nat->port_max);
    if (nat->parity && nat->port_min == nat->port_max)
        return g_strdup("nat.parity needs an odd and an even port; nat.port-min and port-max are "
                        "the same");
    if (nat->bindings_max != 0 && nat->bindings_max < nat->hosts_per_nat)
        return g_strdup_printf("nat.bindings-max = %u leaves some of nat.hosts-per-nat = %u hosts "
                               "without a public side",
                               nat->bindings_max, nat->hosts_per_nat);
    if (nat->timeout_new_ns != 0 && nat->timeout_ns != 0 && nat->timeout_new_ns > nat->timeout_ns)
        return g_strdup("nat.timeout-new is longer than nat.timeout");
    return nat->on ? check_ports(p) : NULL;
}

char *sim_nats_check(const struct sim_params *p)
{
    const struct sim_nat_mix *nat = &p->nat;
    uint64_t sum = sum_of(nat->share_ppb, 0, SIM_NAT_CLASSES - 1);
    bool mixed = p->pair_a == SIM_PAIR_MIX || p->pair_b == SIM_PAIR_MIX;

    if (p->pairs != 0 && mixed && !nat->on)
        return g_strdup("pairs.a or pairs.b is mix, but [nat] has no preset and no shares");
    if (!nat->on && nat->cgn_ppb != 0)
        return g_strdup("nat.cgn is set, but nat.preset is none and no shares are given: there is "
                        "no NAT to nest");
    if (!nat->on && nat->reboot_interval_ns != 0)
        return g_strdup("nat.reboot-interval is set, but nat.preset is none and no shares are "
                        "given: there is no NAT to reboot");
    char *wrong = check_box(p);
    if (wrong != NULL || !nat->on)
        return wrong;
    if (sum != SIM_NAT_PPB) {
        char *text = shares_text(nat, sum);
        char *sentence =
            g_strdup_printf("the shares in [nat] are together %s, not 100%%%s", text,
                            nat->preset == 0 ? "; with a nat.preset those not given would be the "
                                               "rest"
                                             : "");
        g_free(text);
        return sentence;
    }
    if (p->pairs == 0 && nat->share_ppb[SIM_NAT_CLASS_BLOCKED] == SIM_NAT_PPB)
        return g_strdup("nat.blocked = 100%: without UDP nobody but the bootstrap peers can join; "
                        "leave a share to another kind");
    if (p->no_ice && p->pairs == 0 && nat->share_ppb[SIM_NAT_CLASS_PUBLIC] != SIM_NAT_PPB)
        return g_strdup(
            "[nat] puts hosts behind NATs, but overlay.no-ice = true: without ICE nobody "
            "can reach them");
    if (nat->cgn_ppb != 0 && sum_of(nat->share_ppb, SIM_NAT_CLASS_EI_EI, SIM_NAT_CLASS_EI_APD) == 0)
        return g_strdup("nat.cgn is set, but no host is behind a NAT with an ei mapping, the kind "
                        "that is nested");
    if (p->pairs == 0 && p->bootstrap_peers == p->peers && nat->share_ppb[0] != SIM_NAT_PPB)
        return g_strdup("[nat] puts hosts behind NATs, but all peers are bootstrap peers, which "
                        "are public");
    return NULL;
}
