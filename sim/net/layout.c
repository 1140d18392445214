/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hosts live behind which NATs, and everybody's addresses. */
#include "sim/net/layout.h"

#include "core/base/check.h"
#include "sim/engine/draw.h"
#include "sim/net/network.h"

#include <glib.h>
#include <string.h>

#define PUBLIC UINT32_C(0x20000000) /* 32.0.0.0 */
#define PUBLIC_SIZE UINT32_C(0x20000000)
#define MIDDLE UINT32_C(0x64400000) /* 100.64.0.0 */
#define MIDDLE_SIZE UINT32_C(0x400000)
#define HOME UINT32_C(0xc0a80000)   /* 192.168.0.0 */
#define FIRST_IN_HOME 2             /* .1 is the NAT */
#define WEIGHT_BITS 20

/* What a site may be: one of the classes, or a carrier-grade NAT with its homes. */
enum { KIND_CARRIER = SIM_NAT_CLASSES, KINDS };

struct builder {
    struct sim_layout *layout;
    const struct sim_params *params;
    GArray *site, *box, *config;
};

/* So that hosts, not sites, come in the mix's shares: each kind's share over its hosts. */
static void weigh(const struct sim_nat_mix *mix, uint64_t weight[KINDS])
{
    uint64_t carried = 0, home = mix->hosts_per_nat;
    for (unsigned i = 0; i < SIM_NAT_CLASSES; i++) {
        uint64_t share = (uint64_t)mix->share_ppb[i] << WEIGHT_BITS, nested = 0;
        if (i >= SIM_NAT_CLASS_EI_EI && i <= SIM_NAT_CLASS_EI_APD)
            nested = (uint64_t)(((relo_u128)share * mix->cgn_ppb) / SIM_NAT_PPB);
        bool alone = i == SIM_NAT_CLASS_PUBLIC || i == SIM_NAT_CLASS_FIREWALL;
        weight[i] = (share - nested) / (alone ? 1 : home);
        carried += nested;
    }
    weight[KIND_CARRIER] = carried / (home * mix->homes_per_cgn);
}

static unsigned draw_among(const uint64_t *weight, unsigned n, uint64_t bits)
{
    uint64_t sum = 0;
    unsigned i = 0;
    for (unsigned k = 0; k < n; k++)
        sum += weight[k];
    uint64_t draw = sim_draw_below(bits, sum);
    while (draw >= weight[i])
        draw -= weight[i++];
    return i;
}

/* The class of a home behind a carrier: EI mappings only, in their shares. */
static enum sim_nat_class nested_class(const struct sim_nat_mix *mix, uint64_t bits)
{
    uint64_t weight[3];
    for (unsigned i = 0; i < 3; i++)
        weight[i] = mix->share_ppb[SIM_NAT_CLASS_EI_EI + i];
    return (enum sim_nat_class)(SIM_NAT_CLASS_EI_EI + draw_among(weight, 3, bits));
}

static uint64_t draw(const struct builder *b, uint32_t host, uint64_t what)
{
    return relo_hash_draw(b->params->seed, SIM_DRAW_NAT_SITE, host, what);
}

/* The place of a behaviour in the table, where each stands once. Fields are compared as bytes: both
   come zeroed from sim_nat_class_config. */
static uint32_t place_config(struct builder *b, struct sim_nat_config config)
{
    for (guint i = 0; i < b->config->len; i++)
        if (memcmp(&g_array_index(b->config, struct sim_nat_config, i), &config, sizeof config) ==
            0)
            return i;
    g_array_append_val(b->config, config);
    return b->config->len - 1;
}

static uint32_t add_box(struct builder *b, struct sim_layout_box box, struct sim_nat_config config)
{
    box.site = b->site->len;
    box.config = place_config(b, config);
    g_array_append_val(b->box, box);
    return b->box->len - 1;
}

/* A home with up to `most` hosts from `host` on; returns the next host. */
static uint32_t add_home(struct builder *b, uint32_t host, uint32_t most, enum sim_nat_class class,
                         uint32_t carrier)
{
    struct sim_layout *layout = b->layout;
    uint32_t n = most < layout->host_count - host ? most : layout->host_count - host;
    struct sim_layout_box box = {.first_host = host,
                                 .hosts = n,
                                 .carrier = carrier,
                                 .class = (uint8_t)class,
                                 .net = (uint8_t)sim_draw_below(draw(b, host, 1), 256)};
    uint32_t at =
        add_box(b, box, sim_nat_mix_config(&b->params->nat, class, b->params->seed, host));
    for (uint32_t i = 0; i < n; i++) {
        layout->host_box[host + i] = at;
        layout->host_site[host + i] = b->site->len;
    }
    return host + n;
}

static uint32_t add_carrier(struct builder *b, uint32_t host)
{
    const struct sim_nat_mix *mix = &b->params->nat;
    struct sim_nat_config config = sim_nat_mix_carrier(mix, b->params->seed, host);
    struct sim_layout_box carrier = {
        .first_host = host,
        .carrier = SIM_NO_BOX,
        .class = config.mapping == SIM_NAT_EI ? SIM_NAT_CLASS_EI_APD : SIM_NAT_CLASS_SYMMETRIC,
        .is_carrier = true};
    uint32_t at = add_box(b, carrier, config), first = host;
    for (uint32_t i = 0; i < mix->homes_per_cgn && host < b->layout->host_count; i++)
        host = add_home(b, host, mix->hosts_per_nat, nested_class(mix, draw(b, host, 2)), at);
    g_array_index(b->box, struct sim_layout_box, at).hosts = host - first;
    return host;
}

/* One more site, from `host` on; returns the next host. */
static uint32_t add_site(struct builder *b, uint32_t host, unsigned kind)
{
    struct sim_layout_site site = {.first_host = host, .box = b->box->len};
    if (kind == KIND_CARRIER)
        host = add_carrier(b, host);
    else if (kind == SIM_NAT_CLASS_FIREWALL)
        host = add_home(b, host, 1, SIM_NAT_CLASS_FIREWALL, SIM_NO_BOX);
    else if (kind != SIM_NAT_CLASS_PUBLIC)
        host = add_home(b, host, b->params->nat.hosts_per_nat, (enum sim_nat_class)kind,
                        SIM_NO_BOX);
    else {
        site.box = SIM_NO_BOX;
        b->layout->host_box[host] = SIM_NO_BOX;
        b->layout->host_site[host] = b->site->len;
        host++;
    }
    g_array_append_val(b->site, site);
    return host;
}

void sim_layout_init(struct sim_layout *layout, const struct sim_params *params, uint32_t hosts)
{
    struct builder b = {layout, params, g_array_new(FALSE, FALSE, sizeof(struct sim_layout_site)),
                        g_array_new(FALSE, FALSE, sizeof(struct sim_layout_box)),
                        g_array_new(FALSE, FALSE, sizeof(struct sim_nat_config))};
    uint64_t weight[KINDS];
    *layout = (struct sim_layout){.host_count = hosts};
    layout->host_site = g_new(uint32_t, hosts);
    layout->host_box = g_new(uint32_t, hosts);
    weigh(&params->nat, weight);
    for (uint32_t host = 0; host < hosts;) {
        unsigned kind = SIM_NAT_CLASS_PUBLIC;
        if (host >= params->bootstrap_peers)
            kind = draw_among(weight, KINDS, draw(&b, host, 0));
        host = add_site(&b, host, kind);
    }
    layout->site_count = b.site->len;
    layout->box_count = b.box->len;
    layout->config_count = b.config->len;
    layout->site = (struct sim_layout_site *)(void *)g_array_free(b.site, FALSE);
    layout->box = (struct sim_layout_box *)(void *)g_array_free(b.box, FALSE);
    layout->config = (struct sim_nat_config *)(void *)g_array_free(b.config, FALSE);
    RELO_CHECK(layout->site_count <= PUBLIC_SIZE);
    layout->host_place = g_new(uint32_t, hosts);
    for (uint32_t host = 0; host < hosts; host++)
        layout->host_place[host] = layout->site[layout->host_site[host]].first_host;
}

void sim_layout_fini(struct sim_layout *layout)
{
    g_free(layout->host_site);
    g_free(layout->host_box);
    g_free(layout->host_place);
    g_free(layout->site);
    g_free(layout->box);
    g_free(layout->config);
    memset(layout, 0, sizeof *layout);
}

/* Where there are no more addresses they come round again. */
struct relo_addr sim_layout_public(const struct sim_layout *layout, uint32_t site, uint32_t moves)
{
    moves %= PUBLIC_SIZE / layout->site_count;
    return relo_addr_v4(PUBLIC + moves * layout->site_count + site, SIM_PORT);
}

bool sim_layout_site(const struct sim_layout *layout, const struct relo_addr *addr, uint32_t *site)
{
    uint32_t ip = relo_addr_v4_ip(addr) - PUBLIC;
    if (addr->family != 4 || ip >= PUBLIC_SIZE)
        return false;
    *site = ip % layout->site_count;
    return true;
}

struct relo_addr sim_layout_host_addr(const struct sim_layout *layout, uint32_t host)
{
    uint32_t at = layout->host_box[host];
    if (at == SIM_NO_BOX || layout->box[at].class == SIM_NAT_CLASS_FIREWALL)
        return sim_layout_public(layout, layout->host_site[host], 0);
    const struct sim_layout_box *box = &layout->box[at];
    return relo_addr_v4(HOME | (uint32_t)box->net << 8 | (FIRST_IN_HOME + host - box->first_host),
                        SIM_PORT);
}

struct relo_addr sim_layout_middle(const struct sim_layout *layout, uint32_t box)
{
    return relo_addr_v4(MIDDLE + (box - layout->box[box].carrier), 0);
}

bool sim_layout_host(const struct sim_layout *layout, uint32_t at, const struct relo_addr *addr,
                     uint32_t *host)
{
    const struct sim_layout_box *box = &layout->box[at];
    if (addr->family != 4)
        return false;
    if (box->class == SIM_NAT_CLASS_FIREWALL) { /* it may be a TURN server, and open more ports */
        struct relo_addr own = sim_layout_host_addr(layout, box->first_host);
        *host = box->first_host;
        return relo_addr_v4_ip(&own) == relo_addr_v4_ip(addr);
    }
    if (addr->port != SIM_PORT)
        return false;
    uint32_t in_home = relo_addr_v4_ip(addr) - (HOME | (uint32_t)box->net << 8) - FIRST_IN_HOME;
    *host = box->first_host + in_home;
    return in_home < box->hosts;
}

bool sim_layout_home(const struct sim_layout *layout, uint32_t carrier,
                     const struct relo_addr *addr, uint32_t *box)
{
    uint32_t i = relo_addr_v4_ip(addr) - MIDDLE;
    *box = carrier + i;
    return addr->family == 4 && i > 0 && i < MIDDLE_SIZE && *box < layout->box_count &&
           layout->box[*box].carrier == carrier;
}

bool sim_layout_blocked(const struct sim_layout *layout, uint32_t host)
{
    uint32_t at = layout->host_box[host];
    return at != SIM_NO_BOX && layout->config[layout->box[at].config].udp_blocked;
}
