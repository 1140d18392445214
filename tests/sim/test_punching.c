/* SPDX-License-Identifier: BSD-2-Clause */
/* UDP hole punching, played between real NATs for all 9 x 9 pairs, against the theorem of
   sim/nat/preset.c; and the shares of direct pairs the presets promise. */
#include "sim/nat/mix.h"

#include "core/base/hash.h"
#include "tests/sim/support_kind.h"

#include <glib.h>

#define SERVER 0xc0000201u /* 192.0.2.1 */
#define REMOTES 24
#define ROUNDS 10

struct side {
    struct relo_addr host;
    struct sim_nat nat;
    struct relo_addr
        remote[REMOTES]; /* to send requests to: the advertised one, then learned ones */
    unsigned remotes;
    bool found;
};

struct arena {
    struct relo_pool pool;
    struct sim_nat_counters counters;
    struct side side[2];
    relo_time now;
};

/* Sends from side `from`; returns whether it arrives at the other, with the flow as that one sees
 * it. */
static bool carry(struct arena *a, unsigned from, const struct relo_addr *to,
                  struct sim_nat_flow *flow)
{
    struct side *x = &a->side[from], *y = &a->side[!from];
    *flow = (struct sim_nat_flow){.source = x->host, .destination = *to};
    a->now += RELO_MS;
    if (sim_nat_outbound(&x->nat, a->now, flow).verdict != SIM_NAT_PASS)
        return false;
    if (sim_nat_inbound(&y->nat, a->now, flow).verdict != SIM_NAT_PASS)
        return false;
    return relo_addr_equal(&flow->destination, &y->host);
}

static void learn(struct side *side, const struct relo_addr *remote)
{
    for (unsigned i = 0; i < side->remotes; i++)
        if (relo_addr_equal(&side->remote[i], remote))
            return;
    if (side->remotes < REMOTES)
        side->remote[side->remotes++] = *remote;
}

/* A request to each known remote; whoever gets one answers to its source, and remembers it. */
static void turn(struct arena *a, unsigned from)
{
    struct side *x = &a->side[from], *y = &a->side[!from];
    unsigned n = x->remotes;
    for (unsigned i = 0; i < n; i++) {
        struct sim_nat_flow request, response;
        struct relo_addr to = x->remote[i];
        if (!carry(a, from, &to, &request))
            continue;
        learn(y, &request.source);
        if (carry(a, !from, &request.source, &response) && relo_addr_equal(&response.source, &to))
            x->found = true;
    }
}

static bool punch(const struct sim_nat_config *config_a, const struct sim_nat_config *config_b,
                  bool b_first)
{
    struct arena a = {.now = 0};
    const struct sim_nat_config *config[2] = {config_a, config_b};
    relo_pool_init(&a.pool);
    for (unsigned i = 0; i < 2; i++) {
        struct side *side = &a.side[i];
        struct relo_addr external = relo_addr_v4(0xc6336401u + i, 0);
        side->host = config[i]->kind == SIM_NAT_REWRITING ? relo_addr_v4(0x0a000001u + i, 6084)
                                                          : relo_addr_v4(0xc6336401u + i, 6084);
        sim_nat_init(&side->nat, config[i], &a.pool, &a.counters, &external, 1, i);
    }
    for (unsigned i = 0; i < 2; i++) { /* each learns its reflexive endpoint, the other is told */
        struct sim_nat_flow flow = {.source = a.side[i].host,
                                    .destination = relo_addr_v4(SERVER, 3478)};
        if (sim_nat_outbound(&a.side[i].nat, 0, &flow).verdict == SIM_NAT_PASS)
            learn(&a.side[!i], &flow.source);
    }
    for (unsigned round = 0; round < ROUNDS; round++) {
        turn(&a, b_first);
        turn(&a, !b_first);
    }
    bool found = a.side[0].found || a.side[1].found;
    for (unsigned i = 0; i < 2; i++)
        sim_nat_fini(&a.side[i].nat);
    relo_pool_fini(&a.pool);
    return found;
}

/* Row: mapping/filtering EI/EI EI/AD EI/APD AD/EI ... APD/APD; 1 is direct. Written out by hand
   from the proof, so that a change to the function is seen too. */
static const char *const table[9] = {
    "111111111", /* EI, EI */
    "111111111", /* EI, AD */
    "111000000", /* EI, APD: what is dependent comes from a port it never sent to */
    "110110110", /* AD, EI */
    "110100100", /* AD, AD */
    "110000000", /* AD, APD */
    "110110000", /* APD, EI */
    "110100000", /* APD, AD */
    "110000000", /* APD, APD */
};

static void table_is_exact(void)
{
    for (int ports_a = SIM_NAT_PRESERVE; ports_a <= SIM_NAT_SEQUENTIAL; ports_a++)
        for (int ports_b = SIM_NAT_PRESERVE; ports_b <= SIM_NAT_SEQUENTIAL; ports_b++)
            for (int i = 0; i < 9; i++)
                for (int j = 0; j < 9; j++) {
                    struct sim_nat_config a = nat_kind(i, (enum sim_nat_ports)ports_a);
                    struct sim_nat_config b = nat_kind(j, (enum sim_nat_ports)ports_b);
                    bool truth = table[i][j] == '1';
                    if (sim_nat_direct(&a, &b) != truth || punch(&a, &b, false) != truth ||
                        punch(&a, &b, true) != truth)
                        g_error("%d x %d: theorem %d, played %d, %d; table %d", i, j,
                                sim_nat_direct(&a, &b), punch(&a, &b, false), punch(&a, &b, true),
                                truth);
                }
}

static void classes_punch_as_the_theorem_says(void)
{
    for (int i = 0; i < SIM_NAT_CLASSES; i++)
        for (int j = 0; j < SIM_NAT_CLASSES; j++) {
            struct sim_nat_config a = sim_nat_class_config((enum sim_nat_class)i);
            struct sim_nat_config b = sim_nat_class_config((enum sim_nat_class)j);
            if (punch(&a, &b, false) != sim_nat_direct(&a, &b))
                g_error("%s x %s", sim_nat_class_name((enum sim_nat_class)i),
                        sim_nat_class_name((enum sim_nat_class)j));
        }
}

/* In tenths of a per cent. */
static unsigned direct(const char *preset, enum sim_nat_pairs which)
{
    struct sim_nat_mix mix = sim_nat_mix_of(sim_nat_preset_find(preset));
    return (sim_nat_mix_direct(&mix, which) + 500) / 1000;
}

static void presets_have_the_shares_they_promise(void)
{
    g_assert_cmpuint(direct("wg-default", SIM_NAT_PAIRS_ALL), ==, 754);
    g_assert_cmpuint(direct("wg-default", SIM_NAT_PAIRS_NOT_PUBLIC), ==, 676);
    g_assert_cmpuint(direct("wg-default", SIM_NAT_PAIRS_ABLE), ==, 818);
    g_assert_cmpuint(direct("wg-default", SIM_NAT_PAIRS_ABLE_NOT_PUBLIC), ==, 744);
    g_assert_cmpuint(direct("halkes2011", SIM_NAT_PAIRS_ALL), ==, 769);
    g_assert_cmpuint(direct("halkes2011", SIM_NAT_PAIRS_NOT_PUBLIC), ==, 656);
    g_assert_cmpuint(direct("mobile-heavy", SIM_NAT_PAIRS_ALL), ==, 446);
    g_assert_cmpuint(direct("mobile-heavy", SIM_NAT_PAIRS_NOT_PUBLIC), ==, 391);
    g_assert_cmpuint(direct("enterprise", SIM_NAT_PAIRS_ALL), ==, 410);
    g_assert_cmpuint(direct("enterprise", SIM_NAT_PAIRS_NOT_PUBLIC), ==, 363);
    g_assert_cmpuint(direct("all-public", SIM_NAT_PAIRS_ALL), ==, 1000);
    g_assert_null(sim_nat_preset_find("nobody"));
}

static void presets_are_drawn_in_their_shares(void)
{
    const struct sim_nat_preset *preset;
    for (unsigned p = 0; (preset = sim_nat_preset_at(p)); p++) {
        struct sim_nat_mix mix = sim_nat_mix_of(preset);
        unsigned count[SIM_NAT_CLASSES] = {0}, shares = 0, timeouts = 0, short_lived = 0;
        for (uint64_t id = 0; id < 20000; id++) {
            enum sim_nat_class which = sim_nat_mix_class(&mix, relo_hash_draw(3, 1, id, 0));
            struct sim_nat_config config = sim_nat_mix_config(&mix, which, 3, id);
            count[which]++;
            short_lived += config.udp_timeout == 30 * RELO_S;
        }
        for (unsigned i = 0; i < SIM_NAT_CLASSES; i++) {
            shares += preset->share[i];
            g_assert_cmpint(ABS((int)count[i] - 20 * preset->share[i]), <, 350);
        }
        for (unsigned i = 0; i < SIM_NAT_TIMEOUTS; i++)
            timeouts += preset->udp_timeout[i].share;
        g_assert_cmpuint(shares, ==, 1000);
        g_assert_cmpuint(timeouts, ==, 1000);
        g_assert_cmpint(ABS((int)short_lived - 2000), <, 250);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/punching/table_is_exact", table_is_exact);
    g_test_add_func("/punching/classes_punch_as_the_theorem_says",
                    classes_punch_as_the_theorem_says);
    g_test_add_func("/punching/presets_have_the_shares_they_promise",
                    presets_have_the_shares_they_promise);
    g_test_add_func("/punching/presets_are_drawn_in_their_shares",
                    presets_are_drawn_in_their_shares);
    return g_test_run();
}
