/* SPDX-License-Identifier: BSD-2-Clause */
/* Rewriting, filtering and timing of flows as RFC 4787, RFC 5382 and RFC 5508 classify them. */
#include "sim/nat/nat.h"

#include "core/base/check.h"
#include "core/base/hash.h"
#include "sim/nat/table.h"

#include <string.h>

#define DRAW_PORT UINT64_C(0x6e61742d706f7274) /* the purpose of the draws: "nat-port" */
#define DRAWS_MAX 16u                          /* then the rest of the range in order */

static uint64_t outside_key(const struct sim_nat *nat, enum sim_nat_protocol protocol,
                            uint16_t port)
{
    struct relo_addr addr = nat->external;
    addr.port = port;
    return sim_nat_key(&addr, protocol);
}

static struct sim_nat_answer pass(void)
{
    return (struct sim_nat_answer){SIM_NAT_PASS, SIM_NAT_FINE};
}

static struct sim_nat_answer drop(struct sim_nat *nat, enum sim_nat_reason reason)
{
    nat->counters->dropped[reason]++;
    return (struct sim_nat_answer){SIM_NAT_DROP, reason};
}

/* As drop, but a TCP SYN may be answered (RFC 5382 REQ-4). */
static struct sim_nat_answer refuse(struct sim_nat *nat, const struct sim_nat_flow *flow,
                                    enum sim_nat_reason reason)
{
    struct sim_nat_answer answer = drop(nat, reason);
    if (flow->protocol == SIM_NAT_TCP && nat->config->reset_unsolicited &&
        !(flow->tcp_flags & SIM_NAT_RST))
        answer.verdict = SIM_NAT_RESET;
    return answer;
}

void sim_nat_init(struct sim_nat *nat, const struct sim_nat_config *config, struct relo_pool *pool,
                  struct sim_nat_counters *counters, const struct relo_addr *external,
                  uint64_t seed, uint64_t id)
{
    memset(nat, 0, sizeof *nat);
    nat->config = config;
    nat->pool = pool;
    nat->counters = counters;
    nat->external = *external;
    nat->external.port = 0;
    nat->seed = seed;
    nat->id = id;
    nat->sweep_at = RELO_NEVER;
}

void sim_nat_fini(struct sim_nat *nat)
{
    sim_nat_clear(nat);
}

void sim_nat_reboot(struct sim_nat *nat, const struct relo_addr *external)
{
    sim_nat_clear(nat);
    nat->next_port = 0;
    if (external) {
        nat->external = *external;
        nat->external.port = 0;
    }
}

/* --- ports (RFC 4787 section 4.2) ---------------------------------------------------------- */

struct port_range {
    uint32_t first, step, count;
};

static struct port_range range_of(const struct sim_nat *nat, uint16_t inside_port)
{
    uint32_t min = nat->config->port_min ? nat->config->port_min : 1024;
    uint32_t max = nat->config->port_max ? nat->config->port_max : 65535;
    struct port_range r = {min, 1, 0};
    if (nat->config->parity) { /* REQ-4 */
        r.step = 2;
        r.first += (min ^ inside_port) & 1u;
    }
    r.count = r.first > max ? 0 : (max - r.first) / r.step + 1;
    return r;
}

static bool port_is_free(struct sim_nat *nat, relo_time now, enum sim_nat_protocol protocol,
                         uint32_t port)
{
    return sim_nat_find_outside(nat, now, outside_key(nat, protocol, (uint16_t)port)) == 0;
}

/* The first free port at or after place `at` of the range, around it once; 0: none. */
static uint16_t scan_ports(struct sim_nat *nat, relo_time now, enum sim_nat_protocol protocol,
                           const struct port_range *r, uint32_t at)
{
    for (uint32_t i = 0; i < r->count; i++) {
        uint32_t port = r->first + r->step * ((at + i) % r->count);
        if (port_is_free(nat, now, protocol, port))
            return (uint16_t)port;
    }
    return 0;
}

static uint16_t random_port(struct sim_nat *nat, relo_time now, enum sim_nat_protocol protocol,
                            const struct port_range *r)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < DRAWS_MAX; i++) {
        uint64_t bits = relo_hash_draw(nat->seed, DRAW_PORT, nat->id, nat->assigned++);
        at = (uint32_t)(((relo_u128)bits * r->count) >> 64);
        uint32_t port = r->first + r->step * at;
        if (port_is_free(nat, now, protocol, port))
            return (uint16_t)port;
    }
    return scan_ports(nat, now, protocol, r, at);
}

static uint16_t sequential_port(struct sim_nat *nat, relo_time now, enum sim_nat_protocol protocol,
                                const struct port_range *r)
{
    uint32_t at =
        nat->next_port > r->first ? (nat->next_port - r->first + r->step - 1) / r->step : 0;
    uint16_t port = scan_ports(nat, now, protocol, r, at);
    if (port)
        nat->next_port = (uint16_t)(port + 1u);
    return port;
}

/* 0: no port is left. *dependent: this endpoint is to be mapped per remote endpoint. */
static uint16_t assign_port(struct sim_nat *nat, relo_time now, enum sim_nat_protocol protocol,
                            uint16_t inside_port, bool *dependent)
{
    struct port_range r = range_of(nat, inside_port);
    switch (nat->config->ports) {
    case SIM_NAT_PRESERVE:
        if (port_is_free(nat, now, protocol, inside_port) ||
            nat->config->collision == SIM_NAT_OVERLOAD)
            return inside_port;
        *dependent = nat->config->collision == SIM_NAT_TURN_DEPENDENT;
        break;
    case SIM_NAT_SEQUENTIAL:
        return r.count ? sequential_port(nat, now, protocol, &r) : 0;
    case SIM_NAT_RANDOM:
        break;
    }
    return r.count ? random_port(nat, now, protocol, &r) : 0;
}

/* --- bindings ------------------------------------------------------------------------------ */

static relo_time udp_lifetime(const struct sim_nat_config *config, bool replied)
{
    return replied || config->udp_new == 0 ? config->udp_timeout : config->udp_new;
}

static enum sim_nat_dependence mapping_of(const struct sim_nat *nat)
{
    return nat->config->kind == SIM_NAT_FIREWALL ? SIM_NAT_EI : nat->config->mapping;
}

/* The binding a packet from `inside` to `remote` goes through, 0 if there is none yet. */
static uint32_t find_binding(struct sim_nat *nat, relo_time now, enum sim_nat_protocol protocol,
                             const struct relo_addr *inside, const struct relo_addr *remote)
{
    enum sim_nat_dependence mapping = mapping_of(nat);
    uint64_t key = sim_nat_key(inside, protocol);
    uint32_t place = sim_nat_find_inside(nat, now, key, sim_nat_scope(mapping, remote));
    if (!place && mapping == SIM_NAT_EI && nat->config->collision == SIM_NAT_TURN_DEPENDENT)
        place = sim_nat_find_inside(nat, now, key, sim_nat_scope(SIM_NAT_APD, remote));
    return place;
}

static void evict_oldest(struct sim_nat *nat)
{
    uint32_t oldest = 0;
    for (uint32_t i = 1; i < nat->binding_used; i++)
        if (nat->binding[i].used &&
            (!oldest || nat->binding[i].expires < nat->binding[oldest].expires))
            oldest = i;
    sim_nat_remove_binding(nat, oldest);
    nat->counters->evicted++;
}

static uint32_t make_binding(struct sim_nat *nat, relo_time now, const struct sim_nat_flow *flow,
                             enum sim_nat_reason *reason)
{
    const struct sim_nat_config *config = nat->config;
    if (config->bindings_max && nat->bindings >= config->bindings_max) {
        sim_nat_sweep(nat, now);
        if (nat->bindings >= config->bindings_max) {
            *reason = SIM_NAT_BINDINGS_FULL;
            if (config->full == SIM_NAT_REFUSE)
                return 0;
            evict_oldest(nat);
        }
    }
    bool dependent = false;
    struct sim_nat_binding b = {.inside = flow->source,
                                .outside_port = flow->source.port,
                                .protocol = (uint8_t)flow->protocol};
    if (config->kind == SIM_NAT_REWRITING) {
        b.outside_port = assign_port(nat, now, flow->protocol, flow->source.port, &dependent);
        if (b.outside_port == 0) {
            *reason = SIM_NAT_NO_PORT;
            return 0;
        }
    }
    b.scope = sim_nat_scope(dependent ? SIM_NAT_APD : mapping_of(nat), &flow->destination);
    b.expires = now + (flow->protocol == SIM_NAT_UDP ? udp_lifetime(config, false)
                                                     : config->tcp_transitory);
    return sim_nat_add_binding(nat, now, &b);
}

/* --- sessions ------------------------------------------------------------------------------ */

/* UDP through an endpoint-independent filter needs no more than the binding. */
static bool keeps_sessions(const struct sim_nat *nat, enum sim_nat_protocol protocol)
{
    return protocol == SIM_NAT_TCP || nat->config->filtering != SIM_NAT_EI;
}

static bool admits(struct sim_nat *nat, relo_time now, uint32_t binding,
                   const struct relo_addr *remote)
{
    return nat->config->filtering == SIM_NAT_EI ||
           sim_nat_find_session(nat, now, binding, sim_nat_scope(nat->config->filtering, remote));
}

static relo_time tcp_lifetime(const struct sim_nat_config *config, const struct sim_nat_session *s)
{
    uint8_t any = s->seen_out | s->seen_in, both = s->seen_out & s->seen_in;
    bool closing = (any & SIM_NAT_RST) || (both & SIM_NAT_FIN);
    bool open = s->seen_out && s->seen_in && (any & SIM_NAT_ACK); /* RFC 5382 REQ-5 */
    return open && !closing ? config->tcp_established : config->tcp_transitory;
}

static void refresh(struct sim_nat *nat, uint32_t binding, relo_time expires)
{
    struct sim_nat_binding *b = &nat->binding[binding];
    if (expires > b->expires)
        b->expires = expires;
    nat->sweep_at = relo_time_min(nat->sweep_at, expires);
}

static uint32_t get_session(struct sim_nat *nat, relo_time now, uint32_t binding, uint64_t scope)
{
    uint32_t place = sim_nat_find_session(nat, now, binding, scope);
    return place ? place : sim_nat_add_session(nat, now, binding, scope);
}

static void note_tcp(struct sim_nat *nat, relo_time now, uint32_t binding,
                     const struct relo_addr *remote, uint8_t flags, bool out)
{
    uint32_t place = get_session(nat, now, binding, sim_nat_scope(SIM_NAT_APD, remote));
    struct sim_nat_session *s = &nat->session[place];
    if (out)
        s->seen_out = (s->seen_out | flags) & 15u;
    else
        s->seen_in = (s->seen_in | flags) & 15u;
    relo_time expires = now + tcp_lifetime(nat->config, s);
    s->expires = expires;
    refresh(nat, binding, expires);
    if (nat->config->filtering == SIM_NAT_AD && out) {
        place = get_session(nat, now, binding, sim_nat_scope(SIM_NAT_AD, remote));
        s = &nat->session[place];
        s->expires = s->expires > expires ? s->expires : expires;
    }
}

/* A packet passed between `binding` and `remote`: opens the filter (out) and moves the timers. */
static void note(struct sim_nat *nat, relo_time now, uint32_t binding,
                 const struct relo_addr *remote, const struct sim_nat_flow *flow, bool out)
{
    const struct sim_nat_config *config = nat->config;
    bool refreshes = out ? config->refresh_outbound : config->refresh_inbound;
    if (flow->protocol == SIM_NAT_TCP) {
        note_tcp(nat, now, binding, remote, flow->tcp_flags, out);
        return;
    }
    if (!keeps_sessions(nat, SIM_NAT_UDP)) {
        struct sim_nat_binding *b = &nat->binding[binding];
        b->replied |= !out;
        if (refreshes)
            refresh(nat, binding, now + udp_lifetime(config, b->replied));
        return;
    }
    uint64_t scope = sim_nat_scope(config->filtering, remote);
    uint32_t place = sim_nat_find_session(nat, now, binding, scope);
    bool fresh = place == 0;
    if (fresh)
        place = sim_nat_add_session(nat, now, binding, scope);
    struct sim_nat_session *s = &nat->session[place];
    s->replied |= !out;
    if (fresh || refreshes)
        s->expires = now + udp_lifetime(config, s->replied);
    if (refreshes)
        refresh(nat, binding, s->expires);
}

/* --- packets ------------------------------------------------------------------------------- */

static bool is_ours(const struct sim_nat *nat, const struct relo_addr *addr)
{
    return nat->config->kind == SIM_NAT_REWRITING && addr->family == nat->external.family &&
           memcmp(addr->ip, nat->external.ip, sizeof addr->ip) == 0;
}

static bool opens(const struct sim_nat_flow *flow)
{
    return (flow->tcp_flags & (SIM_NAT_SYN | SIM_NAT_ACK | SIM_NAT_RST)) == SIM_NAT_SYN;
}

/* Whether a TCP segment belongs to a connection that `binding` knows. */
static bool connected(struct sim_nat *nat, relo_time now, uint32_t binding,
                      const struct relo_addr *remote)
{
    return sim_nat_find_session(nat, now, binding, sim_nat_scope(SIM_NAT_APD, remote)) != 0;
}

/* The binding that takes in a packet from `remote` to `outside`; 0 and *reason if none does. */
static uint32_t find_admitting(struct sim_nat *nat, relo_time now, const struct sim_nat_flow *flow,
                               const struct relo_addr *remote, enum sim_nat_reason *reason)
{
    uint64_t key = sim_nat_key(&flow->destination, flow->protocol);
    uint32_t place = sim_nat_find_outside(nat, now, key);
    *reason = SIM_NAT_UNMAPPED;
    for (; place; place = sim_nat_more_outside(nat, now, place)) { /* more: an overloaded port */
        if (flow->protocol == SIM_NAT_TCP && !opens(flow)) {
            if (connected(nat, now, place, remote))
                return place;
            *reason = SIM_NAT_NO_CONNECTION;
        } else {
            if (admits(nat, now, place, remote))
                return place;
            *reason = SIM_NAT_FILTERED;
        }
    }
    return 0;
}

static struct sim_nat_answer hairpin(struct sim_nat *nat, relo_time now, uint32_t binding,
                                     struct sim_nat_flow *flow)
{
    enum sim_nat_reason reason;
    enum sim_nat_hairpin mode =
        flow->protocol == SIM_NAT_TCP ? nat->config->hairpin_tcp : nat->config->hairpin_udp;
    struct relo_addr outside = sim_nat_outside(nat, &nat->binding[binding]);
    if (mode == SIM_NAT_HAIRPIN_NONE)
        return drop(nat, SIM_NAT_NO_HAIRPIN);
    uint32_t target = find_admitting(nat, now, flow, &outside, &reason);
    if (!target)
        return refuse(nat, flow, reason);
    note(nat, now, target, &outside, flow, false);
    flow->destination = nat->binding[target].inside;
    if (mode == SIM_NAT_HAIRPIN_EXTERNAL)
        flow->source = outside;
    nat->counters->hairpinned++;
    return (struct sim_nat_answer){SIM_NAT_TURN, SIM_NAT_FINE};
}

struct sim_nat_answer sim_nat_outbound(struct sim_nat *nat, relo_time now,
                                       struct sim_nat_flow *flow)
{
    enum sim_nat_reason reason = SIM_NAT_FINE;
    nat->counters->outbound++;
    if (nat->config->udp_blocked && flow->protocol == SIM_NAT_UDP)
        return drop(nat, SIM_NAT_BLOCKED);
    if (nat->config->kind == SIM_NAT_OPEN)
        return pass();
    uint32_t place = find_binding(nat, now, flow->protocol, &flow->source, &flow->destination);
    if (flow->protocol == SIM_NAT_TCP && !opens(flow) &&
        (!place || !connected(nat, now, place, &flow->destination)))
        return refuse(nat, flow, SIM_NAT_NO_CONNECTION);
    if (!place)
        place = make_binding(nat, now, flow, &reason);
    if (!place)
        return drop(nat, reason);
    note(nat, now, place, &flow->destination, flow, true);
    if (is_ours(nat, &flow->destination))
        return hairpin(nat, now, place, flow);
    flow->source = sim_nat_outside(nat, &nat->binding[place]);
    return pass();
}

struct sim_nat_answer sim_nat_inbound(struct sim_nat *nat, relo_time now, struct sim_nat_flow *flow)
{
    enum sim_nat_reason reason;
    nat->counters->inbound++;
    if (nat->config->udp_blocked && flow->protocol == SIM_NAT_UDP)
        return drop(nat, SIM_NAT_BLOCKED);
    if (nat->config->kind == SIM_NAT_OPEN)
        return pass();
    uint32_t place = find_admitting(nat, now, flow, &flow->source, &reason);
    if (!place)
        return refuse(nat, flow, reason);
    note(nat, now, place, &flow->source, flow, false);
    flow->destination = nat->binding[place].inside;
    return pass();
}

struct sim_nat_answer sim_nat_icmp_inbound(struct sim_nat *nat, relo_time now,
                                           struct sim_nat_flow *original)
{
    if (nat->config->icmp_blocked)
        return drop(nat, SIM_NAT_BLOCKED);
    if (nat->config->kind == SIM_NAT_OPEN)
        return pass();
    enum sim_nat_protocol protocol = original->protocol;
    uint64_t key = sim_nat_key(&original->source, protocol);
    enum sim_nat_dependence filter = protocol == SIM_NAT_TCP ? SIM_NAT_APD : nat->config->filtering;
    uint32_t place = sim_nat_find_outside(nat, now, key);
    if (!place)
        return drop(nat, SIM_NAT_UNMAPPED);
    /* RFC 5508 REQ-4: only about something that was sent. */
    for (; place; place = sim_nat_more_outside(nat, now, place))
        if (!keeps_sessions(nat, protocol) ||
            sim_nat_find_session(nat, now, place, sim_nat_scope(filter, &original->destination))) {
            original->source = nat->binding[place].inside;
            return pass();
        }
    return drop(nat, SIM_NAT_FILTERED);
}

struct sim_nat_answer sim_nat_icmp_outbound(struct sim_nat *nat, relo_time now,
                                            struct sim_nat_flow *original)
{
    if (nat->config->icmp_blocked)
        return drop(nat, SIM_NAT_BLOCKED);
    if (nat->config->kind == SIM_NAT_OPEN)
        return pass();
    uint32_t place =
        find_binding(nat, now, original->protocol, &original->destination, &original->source);
    if (!place)
        return drop(nat, SIM_NAT_UNMAPPED);
    original->destination = sim_nat_outside(nat, &nat->binding[place]);
    return pass();
}

uint32_t sim_nat_bindings(struct sim_nat *nat, relo_time now)
{
    sim_nat_sweep(nat, now);
    return nat->bindings;
}

const char *sim_nat_reason_name(enum sim_nat_reason reason)
{
    static const char *const names[] = {
        [SIM_NAT_FINE] = "fine",
        [SIM_NAT_BLOCKED] = "blocked",
        [SIM_NAT_UNMAPPED] = "unmapped",
        [SIM_NAT_FILTERED] = "filtered",
        [SIM_NAT_NO_HAIRPIN] = "no-hairpin",
        [SIM_NAT_BINDINGS_FULL] = "bindings-full",
        [SIM_NAT_NO_PORT] = "no-port",
        [SIM_NAT_NO_CONNECTION] = "no-connection",
    };
    RELO_CHECK(reason < SIM_NAT_REASONS);
    return names[reason];
}
