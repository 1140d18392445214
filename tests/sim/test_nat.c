/* SPDX-License-Identifier: BSD-2-Clause */
/* One NAT, axis by axis (RFC 4787, RFC 5382, RFC 5508), and timeouts to the nanosecond. */
#include "sim/nat/nat.h"

#include <glib.h>

#define OUTSIDE 0xc6336401u /* 198.51.100.1, the NAT's */
#define INSIDE 0x0a000002u  /* 10.0.0.2 */
#define ANNA 0xcb007101u    /* 203.0.113.1 and .2: hosts outside */
#define BERT 0xcb007102u

struct fixture {
    struct relo_pool pool;
    struct sim_nat_counters counters;
    struct sim_nat_config config;
    struct sim_nat nat;
};

static struct sim_nat_config plain(void)
{
    return (struct sim_nat_config){.kind = SIM_NAT_REWRITING,
                                   .filtering = SIM_NAT_APD,
                                   .refresh_outbound = true,
                                   .udp_timeout = 30 * RELO_S,
                                   .tcp_transitory = 240 * RELO_S,
                                   .tcp_established = 7200 * RELO_S};
}

static void open_with(struct fixture *f, const struct sim_nat_config *config)
{
    struct relo_addr external = relo_addr_v4(OUTSIDE, 0);
    *f = (struct fixture){.config = *config};
    relo_pool_init(&f->pool);
    sim_nat_init(&f->nat, &f->config, &f->pool, &f->counters, &external, 1, 7);
}

static void end(struct fixture *f)
{
    sim_nat_fini(&f->nat);
    g_assert_cmpuint(f->pool.bytes_used, ==, 0);
    relo_pool_fini(&f->pool);
}

static struct sim_nat_flow udp(uint32_t from, uint16_t from_port, uint32_t to, uint16_t to_port)
{
    return (struct sim_nat_flow){.source = relo_addr_v4(from, from_port),
                                 .destination = relo_addr_v4(to, to_port)};
}

/* Sends out; returns the external port, 0 where it was dropped. */
static uint16_t out(struct fixture *f, relo_time now, uint32_t from, uint16_t from_port,
                    uint32_t to, uint16_t to_port)
{
    struct sim_nat_flow flow = udp(from, from_port, to, to_port);
    if (sim_nat_outbound(&f->nat, now, &flow).verdict != SIM_NAT_PASS)
        return 0;
    g_assert_cmphex(relo_addr_v4_ip(&flow.source), ==, OUTSIDE);
    return flow.source.port;
}

static enum sim_nat_reason in(struct fixture *f, relo_time now, uint32_t from, uint16_t from_port,
                              uint16_t port)
{
    struct sim_nat_flow flow = udp(from, from_port, OUTSIDE, port);
    return sim_nat_inbound(&f->nat, now, &flow).reason;
}

static void mapping_depends_on_what_it_says(void)
{
    for (int mapping = SIM_NAT_EI; mapping <= SIM_NAT_APD; mapping++) {
        struct fixture f;
        struct sim_nat_config config = plain();
        config.mapping = (enum sim_nat_dependence)mapping;
        open_with(&f, &config);
        uint16_t first = out(&f, 0, INSIDE, 6084, ANNA, 1);
        uint16_t port = out(&f, 0, INSIDE, 6084, ANNA, 2);
        uint16_t address = out(&f, 0, INSIDE, 6084, BERT, 1);
        g_assert_cmpuint(first, ==, 6084);
        g_assert_true((port == first) == (mapping != SIM_NAT_APD));
        g_assert_true((address == first) == (mapping == SIM_NAT_EI));
        g_assert_cmpuint(out(&f, 1, INSIDE, 6084, ANNA, 2), ==, port);
        end(&f);
    }
}

static void filtering_depends_on_what_it_says(void)
{
    for (int filtering = SIM_NAT_EI; filtering <= SIM_NAT_APD; filtering++) {
        struct fixture f;
        struct sim_nat_config config = plain();
        config.filtering = (enum sim_nat_dependence)filtering;
        open_with(&f, &config);
        g_assert_cmpint(in(&f, 0, ANNA, 1, 6084), ==, SIM_NAT_UNMAPPED);
        out(&f, 0, INSIDE, 6084, ANNA, 1);
        g_assert_cmpint(in(&f, 0, ANNA, 1, 6084), ==, SIM_NAT_FINE);
        g_assert_cmpint(in(&f, 0, ANNA, 2, 6084), ==,
                        filtering == SIM_NAT_APD ? SIM_NAT_FILTERED : SIM_NAT_FINE);
        g_assert_cmpint(in(&f, 0, BERT, 1, 6084), ==,
                        filtering == SIM_NAT_EI ? SIM_NAT_FINE : SIM_NAT_FILTERED);
        g_assert_cmpint(in(&f, 0, ANNA, 1, 6085), ==, SIM_NAT_UNMAPPED);
        end(&f);
    }
}

static void a_filter_belongs_to_one_mapping(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    config.mapping = SIM_NAT_AD;
    config.filtering = SIM_NAT_AD;
    open_with(&f, &config);
    uint16_t to_anna = out(&f, 0, INSIDE, 6084, ANNA, 1);
    uint16_t to_bert = out(&f, 0, INSIDE, 6084, BERT, 1);
    g_assert_cmpint(in(&f, 0, BERT, 1, to_bert), ==, SIM_NAT_FINE);
    g_assert_cmpint(in(&f, 0, BERT, 1, to_anna), ==, SIM_NAT_FILTERED);
    end(&f);
}

static void ports_are_preserved_until_they_collide(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    open_with(&f, &config);
    g_assert_cmpuint(out(&f, 0, INSIDE, 6084, ANNA, 1), ==, 6084);
    uint16_t second = out(&f, 0, INSIDE + 1, 6084, ANNA, 1);
    g_assert_cmpuint(second, !=, 6084);
    g_assert_cmpuint(second, >=, 1024);
    g_assert_cmpuint(out(&f, 1, INSIDE + 1, 6084, BERT, 1), ==, second);
    /* Free again when the first has expired. */
    g_assert_cmpuint(out(&f, 40 * RELO_S, INSIDE + 2, 6084, ANNA, 1), ==, 6084);
    end(&f);
}

static void a_collision_may_overload_the_port(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    config.collision = SIM_NAT_OVERLOAD;
    open_with(&f, &config);
    g_assert_cmpuint(out(&f, 0, INSIDE, 6084, ANNA, 1), ==, 6084);
    g_assert_cmpuint(out(&f, 0, INSIDE + 1, 6084, BERT, 1), ==, 6084);
    struct sim_nat_flow anna = udp(ANNA, 1, OUTSIDE, 6084), bert = udp(BERT, 1, OUTSIDE, 6084);
    sim_nat_inbound(&f.nat, 1, &anna);
    sim_nat_inbound(&f.nat, 1, &bert);
    g_assert_cmphex(relo_addr_v4_ip(&anna.destination), ==, INSIDE);
    g_assert_cmphex(relo_addr_v4_ip(&bert.destination), ==, INSIDE + 1);
    end(&f);
}

static void a_collision_may_turn_the_mapping_dependent(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    config.collision = SIM_NAT_TURN_DEPENDENT;
    open_with(&f, &config);
    out(&f, 0, INSIDE, 6084, ANNA, 1);
    g_assert_cmpuint(out(&f, 0, INSIDE, 6084, BERT, 1), ==, 6084);
    uint16_t to_anna = out(&f, 0, INSIDE + 1, 6084, ANNA, 1);
    uint16_t to_bert = out(&f, 0, INSIDE + 1, 6084, BERT, 1);
    g_assert_cmpuint(to_anna, !=, to_bert);
    g_assert_cmpuint(out(&f, 1, INSIDE + 1, 6084, ANNA, 1), ==, to_anna);
    end(&f);
}

static void sequential_ports_follow_each_other_and_keep_parity(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    config.ports = SIM_NAT_SEQUENTIAL;
    config.port_min = 2000;
    config.port_max = 2005;
    open_with(&f, &config);
    for (uint16_t i = 0; i < 6; i++)
        g_assert_cmpuint(out(&f, 0, INSIDE, (uint16_t)(6000 + i), ANNA, 1), ==, 2000 + i);
    g_assert_cmpuint(out(&f, 0, INSIDE, 6006, ANNA, 1), ==, 0); /* none is left */
    g_assert_cmpuint(f.counters.dropped[SIM_NAT_NO_PORT], ==, 1);
    g_assert_cmpuint(out(&f, 30 * RELO_S, INSIDE, 6006, ANNA, 1), ==, 2000);
    end(&f);
    config.parity = true;
    open_with(&f, &config);
    g_assert_cmpuint(out(&f, 0, INSIDE, 7001, ANNA, 1), ==, 2001);
    g_assert_cmpuint(out(&f, 0, INSIDE, 7003, ANNA, 1), ==, 2003);
    g_assert_cmpuint(out(&f, 0, INSIDE, 7002, ANNA, 1), ==, 2004);
    g_assert_cmpuint(out(&f, 0, INSIDE, 7004, ANNA, 1), ==, 2000);
    end(&f);
}

static void random_ports_are_drawn_alike_and_spread(void)
{
    struct fixture f, g;
    struct sim_nat_config config = plain();
    config.ports = SIM_NAT_RANDOM;
    config.parity = true;
    open_with(&f, &config);
    open_with(&g, &config);
    unsigned adjacent = 0;
    for (uint16_t i = 0; i < 100; i++) {
        uint16_t port = out(&f, 0, INSIDE, (uint16_t)(6000 + i), ANNA, 1);
        g_assert_cmpuint(port, ==, out(&g, 0, INSIDE, (uint16_t)(6000 + i), ANNA, 1));
        g_assert_cmpuint(port % 2, ==, i % 2u);
        adjacent += port >= 6000 && port < 6100;
    }
    g_assert_cmpuint(adjacent, <, 5);
    end(&f);
    end(&g);
}

static void a_mapping_ends_on_time_to_the_nanosecond(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    for (int filtering = SIM_NAT_EI; filtering <= SIM_NAT_APD; filtering++) {
        config.filtering = (enum sim_nat_dependence)filtering;
        open_with(&f, &config);
        out(&f, 5 * RELO_MS, INSIDE, 6084, ANNA, 1);
        relo_time ends = 5 * RELO_MS + 30 * RELO_S;
        g_assert_cmpint(in(&f, ends - RELO_MS, ANNA, 1, 6084), ==, SIM_NAT_FINE);
        g_assert_cmpint(in(&f, ends - 1, ANNA, 1, 6084), ==, SIM_NAT_FINE);
        g_assert_cmpint(in(&f, ends, ANNA, 1, 6084), ==, SIM_NAT_UNMAPPED);
        g_assert_cmpuint(sim_nat_bindings(&f.nat, ends), ==, 0);
        end(&f);
    }
}

static void timers_are_refreshed_in_the_directions_configured(void)
{
    for (int which = 0; which < 8; which++) {
        struct fixture f;
        struct sim_nat_config config = plain();
        config.refresh_outbound = which & 1;
        config.refresh_inbound = which & 2;
        config.filtering = which & 4 ? SIM_NAT_EI : SIM_NAT_APD;
        open_with(&f, &config);
        out(&f, 0, INSIDE, 6084, ANNA, 1);
        out(&f, 20 * RELO_S, INSIDE, 6084, ANNA, 1);
        relo_time after_out = (which & 1 ? 50 : 30) * RELO_S;
        g_assert_cmpint(in(&f, 25 * RELO_S, ANNA, 1, 6084), ==, SIM_NAT_FINE);
        relo_time ends = which & 2 ? 55 * RELO_S : after_out;
        g_assert_cmpuint(sim_nat_bindings(&f.nat, ends - 1), ==, 1);
        g_assert_cmpuint(sim_nat_bindings(&f.nat, ends), ==, 0);
        end(&f);
    }
}

static void each_session_of_a_filter_has_its_own_timer(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    open_with(&f, &config);
    out(&f, 0, INSIDE, 6084, ANNA, 1);
    out(&f, 20 * RELO_S, INSIDE, 6084, BERT, 1);
    g_assert_cmpint(in(&f, 31 * RELO_S, ANNA, 1, 6084), ==, SIM_NAT_FILTERED);
    g_assert_cmpint(in(&f, 31 * RELO_S, BERT, 1, 6084), ==, SIM_NAT_FINE);
    end(&f);
}

static void a_new_binding_may_have_a_shorter_life(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    config.udp_new = 10 * RELO_S;
    open_with(&f, &config);
    out(&f, 0, INSIDE, 6084, ANNA, 1);
    g_assert_cmpint(in(&f, 10 * RELO_S, ANNA, 1, 6084), ==, SIM_NAT_UNMAPPED);
    out(&f, 20 * RELO_S, INSIDE, 6084, ANNA, 1);
    g_assert_cmpint(in(&f, 21 * RELO_S, ANNA, 1, 6084), ==, SIM_NAT_FINE);
    out(&f, 22 * RELO_S, INSIDE, 6084, ANNA, 1); /* a stream now */
    g_assert_cmpint(in(&f, 51 * RELO_S, ANNA, 1, 6084), ==, SIM_NAT_FINE);
    end(&f);
}

static void hairpins_show_the_source_configured(void)
{
    for (int mode = SIM_NAT_HAIRPIN_NONE; mode <= SIM_NAT_HAIRPIN_INTERNAL; mode++) {
        struct fixture f;
        struct sim_nat_config config = plain();
        config.hairpin_udp = (enum sim_nat_hairpin)mode;
        config.filtering = SIM_NAT_EI;
        open_with(&f, &config);
        uint16_t target = out(&f, 0, INSIDE, 6084, ANNA, 1);
        struct sim_nat_flow flow = udp(INSIDE + 1, 7000, OUTSIDE, target);
        struct sim_nat_answer answer = sim_nat_outbound(&f.nat, 0, &flow);
        if (mode == SIM_NAT_HAIRPIN_NONE) {
            g_assert_cmpint(answer.reason, ==, SIM_NAT_NO_HAIRPIN);
        } else {
            g_assert_cmpint(answer.verdict, ==, SIM_NAT_TURN);
            g_assert_cmphex(relo_addr_v4_ip(&flow.destination), ==, INSIDE);
            g_assert_cmpuint(flow.destination.port, ==, 6084);
            g_assert_cmphex(relo_addr_v4_ip(&flow.source), ==,
                            mode == SIM_NAT_HAIRPIN_EXTERNAL ? OUTSIDE : INSIDE + 1);
        }
        end(&f);
    }
}

static void hairpins_are_filtered_too(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    config.hairpin_udp = SIM_NAT_HAIRPIN_EXTERNAL;
    open_with(&f, &config);
    out(&f, 0, INSIDE, 6084, ANNA, 1);
    struct sim_nat_flow flow = udp(INSIDE + 1, 7000, OUTSIDE, 6084);
    g_assert_cmpint(sim_nat_outbound(&f.nat, 0, &flow).reason, ==, SIM_NAT_FILTERED);
    struct sim_nat_flow back = udp(INSIDE, 6084, OUTSIDE, 7000);
    g_assert_cmpint(sim_nat_outbound(&f.nat, 0, &back).verdict, ==, SIM_NAT_TURN);
    flow = udp(INSIDE + 1, 7000, OUTSIDE, 6084);
    g_assert_cmpint(sim_nat_outbound(&f.nat, 0, &flow).verdict, ==, SIM_NAT_TURN);
    end(&f);
}

static void bindings_are_limited(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    config.bindings_max = 3;
    open_with(&f, &config);
    for (uint16_t i = 0; i < 3; i++)
        g_assert_cmpuint(out(&f, i * RELO_S, INSIDE, (uint16_t)(6000 + i), ANNA, 1), ==, 6000 + i);
    g_assert_cmpuint(out(&f, 4 * RELO_S, INSIDE, 6003, ANNA, 1), ==, 0);
    g_assert_cmpuint(f.counters.dropped[SIM_NAT_BINDINGS_FULL], ==, 1);
    g_assert_cmpuint(out(&f, 30 * RELO_S, INSIDE, 6003, ANNA, 1), ==, 6003); /* 6000 has expired */
    end(&f);
    config.full = SIM_NAT_EVICT_OLDEST;
    open_with(&f, &config);
    for (uint16_t i = 0; i < 4; i++)
        g_assert_cmpuint(out(&f, i * RELO_S, INSIDE, (uint16_t)(6000 + i), ANNA, 1), ==, 6000 + i);
    g_assert_cmpint(in(&f, 4 * RELO_S, ANNA, 1, 6000), ==, SIM_NAT_UNMAPPED);
    g_assert_cmpint(in(&f, 4 * RELO_S, ANNA, 1, 6001), ==, SIM_NAT_FINE);
    g_assert_cmpuint(f.counters.evicted, ==, 1);
    end(&f);
}

static void a_firewall_filters_and_rewrites_nothing(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    config.kind = SIM_NAT_FIREWALL;
    open_with(&f, &config);
    struct sim_nat_flow flow = udp(BERT + 9, 6084, ANNA, 1), before = flow;
    struct sim_nat_flow back = udp(ANNA, 1, BERT + 9, 6084);
    g_assert_cmpint(sim_nat_inbound(&f.nat, 0, &back).verdict, ==, SIM_NAT_DROP);
    g_assert_cmpint(sim_nat_outbound(&f.nat, 0, &flow).verdict, ==, SIM_NAT_PASS);
    g_assert_true(relo_addr_equal(&flow.source, &before.source));
    g_assert_true(relo_addr_equal(&flow.destination, &before.destination));
    g_assert_cmpint(sim_nat_inbound(&f.nat, 1, &back).verdict, ==, SIM_NAT_PASS);
    g_assert_cmphex(relo_addr_v4_ip(&back.destination), ==, BERT + 9);
    back.source.port = 2;
    g_assert_cmpint(sim_nat_inbound(&f.nat, 1, &back).reason, ==, SIM_NAT_FILTERED);
    g_assert_cmpint(sim_nat_inbound(&f.nat, 30 * RELO_S, &back).reason, ==, SIM_NAT_UNMAPPED);
    end(&f);
}

static void blocked_udp_goes_neither_way(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    config.udp_blocked = true;
    open_with(&f, &config);
    g_assert_cmpuint(out(&f, 0, INSIDE, 6084, ANNA, 1), ==, 0);
    g_assert_cmpint(in(&f, 0, ANNA, 1, 6084), ==, SIM_NAT_BLOCKED);
    struct sim_nat_flow tcp = udp(INSIDE, 6084, ANNA, 1);
    tcp.protocol = SIM_NAT_TCP;
    tcp.tcp_flags = SIM_NAT_SYN;
    g_assert_cmpint(sim_nat_outbound(&f.nat, 0, &tcp).verdict, ==, SIM_NAT_PASS);
    end(&f);
}

static void a_reboot_loses_everything_and_may_move(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    struct relo_addr moved = relo_addr_v4(OUTSIDE + 1, 0);
    open_with(&f, &config);
    out(&f, 0, INSIDE, 6084, ANNA, 1);
    sim_nat_reboot(&f.nat, NULL);
    g_assert_cmpint(in(&f, 1, ANNA, 1, 6084), ==, SIM_NAT_UNMAPPED);
    g_assert_cmpuint(out(&f, 1, INSIDE, 6084, ANNA, 1), ==, 6084);
    sim_nat_reboot(&f.nat, &moved);
    struct sim_nat_flow flow = udp(INSIDE, 6084, ANNA, 1);
    sim_nat_outbound(&f.nat, 2, &flow);
    g_assert_cmphex(relo_addr_v4_ip(&flow.source), ==, OUTSIDE + 1);
    end(&f);
}

static void icmp_errors_find_the_sender(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    open_with(&f, &config);
    uint16_t port = out(&f, 0, INSIDE, 6084, ANNA, 1);
    struct sim_nat_flow original = udp(OUTSIDE, port, ANNA, 1);
    g_assert_cmpint(sim_nat_icmp_inbound(&f.nat, 1, &original).verdict, ==, SIM_NAT_PASS);
    g_assert_cmphex(relo_addr_v4_ip(&original.source), ==, INSIDE);
    original = udp(OUTSIDE, port, BERT, 1); /* never sent there */
    g_assert_cmpint(sim_nat_icmp_inbound(&f.nat, 1, &original).reason, ==, SIM_NAT_FILTERED);
    original = udp(ANNA, 1, INSIDE, 6084);
    g_assert_cmpint(sim_nat_icmp_outbound(&f.nat, 1, &original).verdict, ==, SIM_NAT_PASS);
    g_assert_cmphex(relo_addr_v4_ip(&original.destination), ==, OUTSIDE);
    f.config.icmp_blocked = true;
    original = udp(OUTSIDE, port, ANNA, 1);
    g_assert_cmpint(sim_nat_icmp_inbound(&f.nat, 1, &original).reason, ==, SIM_NAT_BLOCKED);
    /* 4787 REQ-12: the binding stays, and is not refreshed. */
    g_assert_cmpuint(sim_nat_bindings(&f.nat, 30 * RELO_S - 1), ==, 1);
    g_assert_cmpuint(sim_nat_bindings(&f.nat, 30 * RELO_S), ==, 0);
    end(&f);
}

static struct sim_nat_answer tcp(struct fixture *f, relo_time now, bool outward, uint8_t flags)
{
    struct sim_nat_flow flow = outward ? udp(INSIDE, 80, ANNA, 1) : udp(ANNA, 1, OUTSIDE, 80);
    flow.protocol = SIM_NAT_TCP;
    flow.tcp_flags = flags;
    return outward ? sim_nat_outbound(&f->nat, now, &flow) : sim_nat_inbound(&f->nat, now, &flow);
}

static void connections_have_timeouts_of_their_own(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    open_with(&f, &config);
    g_assert_cmpint(tcp(&f, 0, true, SIM_NAT_ACK).reason, ==, SIM_NAT_NO_CONNECTION);
    tcp(&f, 0, true, SIM_NAT_SYN);
    g_assert_cmpuint(sim_nat_bindings(&f.nat, 240 * RELO_S - 1), ==, 1); /* 5382 REQ-5 */
    g_assert_cmpuint(sim_nat_bindings(&f.nat, 240 * RELO_S), ==, 0);

    relo_time t = 300 * RELO_S;
    tcp(&f, t, true, SIM_NAT_SYN);
    g_assert_cmpint(tcp(&f, t, false, SIM_NAT_SYN | SIM_NAT_ACK).verdict, ==, SIM_NAT_PASS);
    tcp(&f, t, true, SIM_NAT_ACK);
    g_assert_cmpint(tcp(&f, t + 7200 * RELO_S - 1, false, SIM_NAT_ACK).verdict, ==, SIM_NAT_PASS);
    t += 7200 * RELO_S - 1;
    tcp(&f, t, true, SIM_NAT_FIN | SIM_NAT_ACK);
    g_assert_cmpint(tcp(&f, t, false, SIM_NAT_FIN | SIM_NAT_ACK).verdict, ==, SIM_NAT_PASS);
    g_assert_cmpint(tcp(&f, t + 240 * RELO_S, true, SIM_NAT_ACK).reason, ==, SIM_NAT_NO_CONNECTION);
    end(&f);
}

static void unsolicited_connections_meet_silence_or_a_reset(void)
{
    for (int reset = 0; reset < 2; reset++) {
        struct fixture f;
        struct sim_nat_config config = plain();
        config.reset_unsolicited = reset;
        open_with(&f, &config);
        struct sim_nat_answer answer = tcp(&f, 0, false, SIM_NAT_SYN);
        g_assert_cmpint(answer.verdict, ==, reset ? SIM_NAT_RESET : SIM_NAT_DROP);
        g_assert_cmpint(answer.reason, ==, SIM_NAT_UNMAPPED);
        /* Simultaneous open (5382 REQ-2): both have sent a SYN. */
        tcp(&f, 0, true, SIM_NAT_SYN);
        g_assert_cmpint(tcp(&f, 0, false, SIM_NAT_SYN).verdict, ==, SIM_NAT_PASS);
        end(&f);
    }
}

static void nats_in_series_nest(void)
{
    struct fixture home, carrier;
    struct sim_nat_config config = plain();
    open_with(&home, &config);
    open_with(&carrier, &config);
    struct relo_addr middle = relo_addr_v4(0x64400001, 0); /* 100.64.0.1 */
    sim_nat_reboot(&home.nat, &middle);
    struct sim_nat_flow flow = udp(INSIDE, 6084, ANNA, 1);
    sim_nat_outbound(&home.nat, 0, &flow);
    g_assert_cmphex(relo_addr_v4_ip(&flow.source), ==, 0x64400001);
    sim_nat_outbound(&carrier.nat, 0, &flow);
    g_assert_cmphex(relo_addr_v4_ip(&flow.source), ==, OUTSIDE);
    struct sim_nat_flow back = {.source = flow.destination, .destination = flow.source};
    g_assert_cmpint(sim_nat_inbound(&carrier.nat, 1, &back).verdict, ==, SIM_NAT_PASS);
    g_assert_cmpint(sim_nat_inbound(&home.nat, 1, &back).verdict, ==, SIM_NAT_PASS);
    g_assert_cmphex(relo_addr_v4_ip(&back.destination), ==, INSIDE);
    end(&home);
    end(&carrier);
}

/* A thousand hosts come and go: what is found is what was put in, and no memory is lost. */
static void tables_survive_growth_and_expiry(void)
{
    struct fixture f;
    struct sim_nat_config config = plain();
    config.mapping = SIM_NAT_APD;
    open_with(&f, &config);
    for (uint32_t round = 0; round < 10; round++) {
        uint16_t port[500];
        relo_time now = (relo_time)round * 29 * RELO_S;
        for (uint32_t i = 0; i < 500; i++)
            port[i] = out(&f, now, INSIDE + i, 6084, ANNA + round, (uint16_t)(1 + i));
        for (uint32_t i = 0; i < 500; i++) {
            struct sim_nat_flow flow = udp(ANNA + round, (uint16_t)(1 + i), OUTSIDE, port[i]);
            g_assert_cmpint(sim_nat_inbound(&f.nat, now, &flow).verdict, ==, SIM_NAT_PASS);
            g_assert_cmphex(relo_addr_v4_ip(&flow.destination), ==, INSIDE + i);
        }
    }
    g_assert_cmpuint(sim_nat_bindings(&f.nat, 9 * 29 * RELO_S), ==, 1000);
    g_assert_cmpuint(f.nat.binding_size, <=, 2048);
    end(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define T(name) g_test_add_func("/nat/" #name, name)
    T(mapping_depends_on_what_it_says);
    T(filtering_depends_on_what_it_says);
    T(a_filter_belongs_to_one_mapping);
    T(ports_are_preserved_until_they_collide);
    T(a_collision_may_overload_the_port);
    T(a_collision_may_turn_the_mapping_dependent);
    T(sequential_ports_follow_each_other_and_keep_parity);
    T(random_ports_are_drawn_alike_and_spread);
    T(a_mapping_ends_on_time_to_the_nanosecond);
    T(timers_are_refreshed_in_the_directions_configured);
    T(each_session_of_a_filter_has_its_own_timer);
    T(a_new_binding_may_have_a_shorter_life);
    T(hairpins_show_the_source_configured);
    T(hairpins_are_filtered_too);
    T(bindings_are_limited);
    T(a_firewall_filters_and_rewrites_nothing);
    T(blocked_udp_goes_neither_way);
    T(a_reboot_loses_everything_and_may_move);
    T(icmp_errors_find_the_sender);
    T(connections_have_timeouts_of_their_own);
    T(unsolicited_connections_meet_silence_or_a_reset);
    T(nats_in_series_nest);
    T(tables_survive_growth_and_expiry);
#undef T
    return g_test_run();
}
