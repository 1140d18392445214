/* SPDX-License-Identifier: BSD-2-Clause */
/* Which hosts live behind which NATs, and everybody's addresses, where there are NATs: a function
   of parameters, seed and number of hosts that never changes during a run.

   A site is what shares a public address: a public host, or a NAT, firewall or carrier-grade NAT
   with all its hosts, which have consecutive numbers. Its boxes are numbered: the outermost first,
   then the homes behind a carrier. Public addresses are 32.0.0.0/3 (its lower half): move * sites +
   site, so that any address says whose it is, however often a NAT has moved. Homes have
   192.168.x.0/24 with x drawn (the same x in many a home), homes behind a carrier have outside
   addresses of 100.64.0.0/10 (RFC 6598). Every host uses port 6084. */
#ifndef SIM_NET_LAYOUT_H
#define SIM_NET_LAYOUT_H

#include "core/base/addr.h"
#include "sim/scenario/params.h"

#define SIM_NO_BOX UINT32_MAX

struct sim_layout_site {
    uint32_t first_host; /* stands for the site: its place, its shard */
    uint32_t box;        /* the outermost; SIM_NO_BOX: a public host */
};

struct sim_layout_box {
    uint32_t site;
    uint32_t first_host, hosts; /* all behind it */
    uint32_t carrier;           /* the box that it is behind; SIM_NO_BOX */
    uint32_t config;            /* place in the table of behaviours */
    uint8_t class;              /* enum sim_nat_class; of a carrier: EI_APD or SYMMETRIC */
    bool is_carrier;
    uint8_t net; /* the x of 192.168.x.0/24 */
};

struct sim_layout {
    uint32_t host_count, site_count, box_count, config_count;
    uint32_t *host_site, *host_box; /* owned, by host; the innermost box, or SIM_NO_BOX */
    uint32_t *host_place;           /* owned, by host; the site's first host */
    struct sim_layout_site *site;   /* owned */
    struct sim_layout_box *box;     /* owned */
    struct sim_nat_config *config;  /* owned; each behaviour once */
};

void sim_layout_init(struct sim_layout *layout, const struct sim_params *params, uint32_t hosts);
void sim_layout_fini(struct sim_layout *layout);

/* The address of a site's outermost box, or of its public host, after so many moves; port 6084. */
struct relo_addr sim_layout_public(const struct sim_layout *layout, uint32_t site, uint32_t moves);
/* The site that has, had, or will have the public address. False: it is none. */
bool sim_layout_site(const struct sim_layout *layout, const struct relo_addr *addr, uint32_t *site);
/* What the host itself takes for its address: private behind a NAT, public otherwise. */
struct relo_addr sim_layout_host_addr(const struct sim_layout *layout, uint32_t host);
/* The address that a home has towards its carrier. */
struct relo_addr sim_layout_middle(const struct sim_layout *layout, uint32_t box);
/* The host behind box (a home, not a carrier) with that address; the port of a host with a public
   address is not looked at. */
bool sim_layout_host(const struct sim_layout *layout, uint32_t box, const struct relo_addr *addr,
                     uint32_t *host);
/* The home behind that carrier with that outside address. */
bool sim_layout_home(const struct sim_layout *layout, uint32_t carrier,
                     const struct relo_addr *addr, uint32_t *box);
/* Whether UDP passes to and from the host. */
bool sim_layout_blocked(const struct sim_layout *layout, uint32_t host);

#endif
