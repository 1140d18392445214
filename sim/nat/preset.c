/* SPDX-License-Identifier: BSD-2-Clause */
/* Populations of NATs, and the theorem of UDP hole punching. */
#include "sim/nat/preset.h"

#include "core/base/check.h"

#include <string.h>

/* Timeouts, in per mille of NATs: the shortest is what Haetoenen et al. (IMC 2010) and RFC 9308
   report, the middle their medians; 300 s is RFC 4787's recommended default (REQ-5). Port
   preservation after Haetoenen et al. (27 of 34), hairpinning after Ford et al. (USENIX 2005): 80
   of 335 and 37 of 286. CGN mappings after Richter et al. (IMC 2016), about 40 % symmetric in
   cellular networks. */
#define COMMON                                                                                     \
    .preserve = 800, .hairpin_udp = 240, .hairpin_tcp = 130, .nested = 0, .nested_symmetric = 400, \
    .tcp_established = 3600 * RELO_S,                                                              \
    .udp_timeout = {{30 * RELO_S, 100},                                                            \
                    {60 * RELO_S, 250},                                                            \
                    {120 * RELO_S, 250},                                                           \
                    {180 * RELO_S, 300},                                                           \
                    {300 * RELO_S, 100}}

static const struct sim_nat_preset presets[] = {
    {.name = "wg-default",
     .source = "ours, after Ford et al. 2005, Halkes & Pouwelse 2011, Richter et al. 2016; agrees "
               "with the 70 +- 7.1 % of Trautwein et al. 2025",
     .share = {150, 50, 60, 40, 530, 130, 40},
     COMMON},
    {.name = "halkes2011",
     .source = "Halkes & Pouwelse, UDP NAT and firewall puncturing in the wild, Networking 2011",
     .share = {210, 0, 0, 0, 640, 110, 40},
     COMMON},
    {.name = "mobile-heavy",
     .source = "ours, after the cellular CGNs of Richter et al., IMC 2016",
     .share = {50, 30, 40, 30, 450, 360, 40},
     COMMON},
    {.name = "enterprise",
     .source = "ours: many firewalls, symmetric NATs and networks without UDP",
     .share = {50, 100, 0, 50, 400, 250, 150},
     COMMON},
    {.name = "all-public", .source = "no NATs", .share = {1000, 0, 0, 0, 0, 0, 0}, COMMON},
};

#define PRESETS (sizeof presets / sizeof presets[0])

const struct sim_nat_preset *sim_nat_preset_at(unsigned i)
{
    return i < PRESETS ? &presets[i] : NULL;
}

const struct sim_nat_preset *sim_nat_preset_find(const char *name)
{
    for (unsigned i = 0; i < PRESETS; i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

const char *sim_nat_class_name(enum sim_nat_class which)
{
    static const char *const names[] = {"public", "firewall",  "ei-ei",  "ei-ad",
                                        "ei-apd", "symmetric", "blocked"};
    RELO_CHECK(which < SIM_NAT_CLASSES);
    return names[which];
}

struct sim_nat_config sim_nat_class_config(enum sim_nat_class which)
{
    struct sim_nat_config config = {
        .kind = SIM_NAT_REWRITING,
        .filtering = SIM_NAT_APD,
        .refresh_outbound = true,
        .udp_timeout = 180 * RELO_S,
        .tcp_transitory = 240 * RELO_S, /* RFC 5382 REQ-5 */
        .tcp_established = 3600 * RELO_S,
    };
    switch (which) {
    case SIM_NAT_CLASS_PUBLIC:
        config.kind = SIM_NAT_OPEN;
        config.filtering = SIM_NAT_EI;
        break;
    case SIM_NAT_CLASS_FIREWALL:
        config.kind = SIM_NAT_FIREWALL;
        break;
    case SIM_NAT_CLASS_EI_EI:
        config.filtering = SIM_NAT_EI;
        break;
    case SIM_NAT_CLASS_EI_AD:
        config.filtering = SIM_NAT_AD;
        break;
    case SIM_NAT_CLASS_EI_APD:
        break;
    case SIM_NAT_CLASS_SYMMETRIC:
        config.mapping = SIM_NAT_APD;
        config.ports = SIM_NAT_RANDOM;
        break;
    case SIM_NAT_CLASS_BLOCKED:
        config.udp_blocked = true;
        break;
    case SIM_NAT_CLASSES:
        RELO_CHECK(which < SIM_NAT_CLASSES);
    }
    return config;
}

/* --- the theorem --------------------------------------------------------------------------- */

/* Each side learns its reflexive endpoint from a server at a third address and tells the other;
   both send requests to what they were told and, ever after, to every source a request came from; a
   path is found when a response comes back from where a request went to, to where it came from (RFC
   8445 7.2.5.2.1). Filters belong to mappings: a mapping admits those it was used to send to.

   Write s for the endpoint b was told to send to (its own is t), a* for the endpoint from which a
   really sends to t. a* = s exactly where a maps EI.

   (1) a's request reaches b where the mapping t admits a*: b filters EI; or b maps EI, so that t
   has been used towards s, and b filters AD, or filters APD and a* = s. Where b maps AD or APD, t
   has been used towards the server only. (2) It has reached b. If b maps EI, the response leaves
   from t, where the request went to, and a* has been used towards t: found. (3) b maps AD or APD
   (and filters EI). The response leaves from another endpoint u and is void; b's request to a*
   leaves from u too. a* has been used towards t, which has u's address but not its port: it is
   admitted unless a filters APD, and then a never learns u: lost. (4) It is admitted, and a knows
   u. If a maps EI or AD, a's response leaves from a*, and b, filtering EI, admits it: found. If a
   maps APD, both that response and a's own request to u leave from a new endpoint v. The response
   is void. The request is admitted; b's answer leaves from u if b maps AD (u is its endpoint for
   all of a's address), and v has been used towards u: found. If b maps APD it leaves from yet
   another endpoint, and so for ever: lost.

   A path is found where a's requests or b's find one. A firewall maps every endpoint to itself and
   a public host filters nothing, so they are EI mappings; a host without UDP has no paths. Read by
   the letter, RFC 4787 section 5 speaks of "the internal endpoint", as if a packet could come in
   through any mapping of it; conntrack and every NAT we know of keep a filter per mapping. */
static bool finds(enum sim_nat_dependence a_maps, enum sim_nat_dependence a_filters,
                  enum sim_nat_dependence b_maps, enum sim_nat_dependence b_filters)
{
    bool reaches = b_filters == SIM_NAT_EI ||
                   (b_maps == SIM_NAT_EI && (b_filters == SIM_NAT_AD || a_maps == SIM_NAT_EI));
    if (!reaches)
        return false;
    if (b_maps == SIM_NAT_EI)
        return true;
    return a_filters != SIM_NAT_APD && (a_maps != SIM_NAT_APD || b_maps == SIM_NAT_AD);
}

static enum sim_nat_dependence maps(const struct sim_nat_config *config)
{
    return config->kind == SIM_NAT_REWRITING ? config->mapping : SIM_NAT_EI;
}

static enum sim_nat_dependence filters(const struct sim_nat_config *config)
{
    return config->kind == SIM_NAT_OPEN ? SIM_NAT_EI : config->filtering;
}

bool sim_nat_direct(const struct sim_nat_config *a, const struct sim_nat_config *b)
{
    if (a->udp_blocked || b->udp_blocked)
        return false;
    return finds(maps(a), filters(a), maps(b), filters(b)) ||
           finds(maps(b), filters(b), maps(a), filters(a));
}
