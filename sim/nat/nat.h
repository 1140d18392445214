/* SPDX-License-Identifier: BSD-2-Clause */
/* One NAT or stateful firewall by behaviour: the axes of RFC 4787 (UDP), RFC 5382 (TCP) and RFC
   5508 (ICMP errors). It rewrites flows or drops them; it knows neither engine nor host.

   Protocol of use: fill a configuration (shared, constant), init, then give every packet that
   leaves the site to outbound and every one that arrives to inbound, in order of time; fini. A
   site's NATs in series (carrier-grade NAT) are the caller's: outbound through the inner one first,
   inbound through the outer one first. Hosts behind the same NAT that talk by private addresses do
   not pass it. */
#ifndef SIM_NAT_NAT_H
#define SIM_NAT_NAT_H

#include "core/base/addr.h"
#include "core/base/pool.h"
#include "core/base/time.h"

#include <stdbool.h>
#include <stdint.h>

/* What a mapping, or a filter, depends on (RFC 4787 sections 4.1 and 5). */
enum sim_nat_dependence {
    SIM_NAT_EI, /* endpoint-independent */
    SIM_NAT_AD, /* address-dependent: on the remote address */
    SIM_NAT_APD /* address and port-dependent: on both */
};

enum sim_nat_kind {
    SIM_NAT_OPEN,     /* public address, passes everything */
    SIM_NAT_FIREWALL, /* public address, filters; rewrites nothing */
    SIM_NAT_REWRITING /* a NAT proper */
};

/* Port assignment (RFC 4787 section 4.2.1). */
enum sim_nat_ports {
    SIM_NAT_PRESERVE,  /* the internal port, where it is free */
    SIM_NAT_RANDOM,    /* any free port */
    SIM_NAT_SEQUENTIAL /* the next free port ("contiguous") */
};

/* When PRESERVE finds the port in use by another mapping. */
enum sim_nat_collision {
    SIM_NAT_RENUMBER, /* a random free port instead */
    SIM_NAT_OVERLOAD, /* the same port for both: remote endpoints tell them apart (4.2.1 warns) */
    SIM_NAT_TURN_DEPENDENT /* that endpoint is mapped APD, with random ports (Ford et al. 2005) */
};

/* Hairpinning (RFC 4787 section 6). */
enum sim_nat_hairpin {
    SIM_NAT_HAIRPIN_NONE,
    SIM_NAT_HAIRPIN_EXTERNAL, /* the other host sees the external source (REQ-9) */
    SIM_NAT_HAIRPIN_INTERNAL  /* the other host sees the internal source */
};

/* What becomes of a new mapping when bindings_max are in use. */
enum sim_nat_full { SIM_NAT_REFUSE, SIM_NAT_EVICT_OLDEST };

struct sim_nat_config {
    enum sim_nat_kind kind;
    enum sim_nat_dependence mapping, filtering; /* a firewall's mapping is always EI */
    enum sim_nat_ports ports;
    enum sim_nat_collision collision;
    enum sim_nat_hairpin hairpin_udp, hairpin_tcp;
    enum sim_nat_full full;
    bool parity;           /* external port as odd or even as the internal one (REQ-4) */
    bool refresh_outbound; /* packets going out refresh the timers (REQ-6: must) */
    bool refresh_inbound;  /* packets coming in do (REQ-6: may) */
    bool udp_blocked;
    bool icmp_blocked;      /* ICMP errors do not pass */
    bool reset_unsolicited; /* answers a TCP SYN it does not let in with RST; else silence (5382
                               REQ-4) */
    uint16_t port_min, port_max; /* of assigned ports, not of preserved ones; 0: 1024 and 65535 */
    uint32_t bindings_max;       /* 0: no limit but the ports */
    relo_time udp_new;           /* lifetime until a packet has come in; 0: as udp_timeout */
    relo_time udp_timeout;
    relo_time tcp_transitory; /* connections opening or closing */
    relo_time tcp_established;
};

enum sim_nat_protocol { SIM_NAT_UDP, SIM_NAT_TCP };
enum sim_nat_tcp_flag { SIM_NAT_SYN = 1, SIM_NAT_ACK = 2, SIM_NAT_FIN = 4, SIM_NAT_RST = 8 };

struct sim_nat_flow {
    enum sim_nat_protocol protocol;
    uint8_t tcp_flags; /* of enum sim_nat_tcp_flag */
    struct relo_addr source, destination;
};

enum sim_nat_verdict {
    SIM_NAT_PASS, /* the flow was rewritten; carry it on */
    SIM_NAT_TURN, /* hairpin: rewritten; deliver it on the inside */
    SIM_NAT_DROP,
    SIM_NAT_RESET /* drop it, and answer its sender with a TCP RST */
};

enum sim_nat_reason {
    SIM_NAT_FINE,
    SIM_NAT_BLOCKED,  /* UDP, or ICMP, does not pass here */
    SIM_NAT_UNMAPPED, /* nothing inside has that external endpoint */
    SIM_NAT_FILTERED, /* there is a mapping, but it does not admit that remote endpoint */
    SIM_NAT_NO_HAIRPIN,
    SIM_NAT_BINDINGS_FULL,
    SIM_NAT_NO_PORT,
    SIM_NAT_NO_CONNECTION, /* a TCP segment of no connection known */
    SIM_NAT_REASONS
};

struct sim_nat_answer {
    enum sim_nat_verdict verdict;
    enum sim_nat_reason reason;
};

/* Sums that outlive the NAT; the caller may share one among many of the same thread. */
struct sim_nat_counters {
    uint64_t outbound, inbound, hairpinned;
    uint64_t mapped, expired, evicted;
    uint64_t dropped[SIM_NAT_REASONS];
};

struct sim_nat_binding; /* sim/nat/table.h */
struct sim_nat_session;

/* A chained hash from 64-bit keys to places of an array; 0 ends a chain. */
struct sim_nat_index {
    uint32_t *heads; /* behind the array */
    uint32_t size;   /* a power of two, or 0 */
};

struct sim_nat {
    const struct sim_nat_config *config; /* borrowed while the NAT lives */
    struct sim_nat_counters *counters;   /* borrowed */
    struct relo_pool *pool;              /* borrowed */
    uint64_t seed, id;
    struct relo_addr external; /* port 0; unused by firewalls */
    uint32_t assigned;         /* ports drawn so far: numbers the draws */
    struct sim_nat_binding *binding;
    struct sim_nat_session *session;
    struct sim_nat_index by_inside, by_outside, by_remote;
    uint32_t binding_size, binding_used, binding_free, bindings;
    uint32_t session_size, session_used, session_free;
    uint16_t next_port;
    relo_time sweep_at; /* nothing expires before */
};

/* `external` is the NAT's public address (its port is ignored). Random ports are stateless draws
   from (seed, id, how many were drawn): id is the NAT's entity, unique in the run. */
void sim_nat_init(struct sim_nat *nat, const struct sim_nat_config *config, struct relo_pool *pool,
                  struct sim_nat_counters *counters, const struct relo_addr *external,
                  uint64_t seed, uint64_t id);
void sim_nat_fini(struct sim_nat *nat);
/* A hint, like relo_node_prefetch: brings the tables near, whose heads are near already. */
void sim_nat_prefetch(const struct sim_nat *nat);
/* The same for a datagram from the outside, once the tables are near: its binding, then what its
   filter asks for. */
enum sim_nat_near { SIM_NAT_NEAR_BINDING, SIM_NAT_NEAR_SESSION };
void sim_nat_prefetch_inbound(const struct sim_nat *nat, const struct relo_addr *source,
                              const struct relo_addr *destination, enum sim_nat_near what);
/* Gives back the memory of one that has no bindings left; changes nothing else. */
void sim_nat_tidy(struct sim_nat *nat, relo_time now);
/* Loses all bindings; `external`, unless NULL, is the new address. */
void sim_nat_reboot(struct sim_nat *nat, const struct relo_addr *external);

/* A packet from the inside: rewrites its source. TURN: it was sent to our own external address and
   has been rewritten on to the host inside that owns the port. */
struct sim_nat_answer sim_nat_outbound(struct sim_nat *nat, relo_time now,
                                       struct sim_nat_flow *flow);
/* A packet from the outside: rewrites its destination. */
struct sim_nat_answer sim_nat_inbound(struct sim_nat *nat, relo_time now,
                                      struct sim_nat_flow *flow);
/* An ICMP error (RFC 5508 REQ-3 to 5) that arrived about `original`, a packet of ours as the
   outside saw it: rewrites its source to the inside endpoint. Never ends or refreshes a binding
   (4787 REQ-12). */
struct sim_nat_answer sim_nat_icmp_inbound(struct sim_nat *nat, relo_time now,
                                           struct sim_nat_flow *original);
/* An ICMP error that a host inside sends about `original`, a packet it received: rewrites its
   destination to what the outside had written. */
struct sim_nat_answer sim_nat_icmp_outbound(struct sim_nat *nat, relo_time now,
                                            struct sim_nat_flow *original);

/* Bindings in use now (those expired are let go of first). */
uint32_t sim_nat_bindings(struct sim_nat *nat, relo_time now);
const char *sim_nat_reason_name(enum sim_nat_reason reason);

#endif
