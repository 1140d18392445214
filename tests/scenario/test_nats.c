/* SPDX-License-Identifier: BSD-2-Clause */
/* [nat] and [pairs]: presets, shares that others divide, and what is refused. */
#include "sim/scenario/nats.h"
#include "sim/scenario/scenario.h"

#include <glib.h>
#include <string.h>

#define RING "[overlay]\nbootstrap = oracle\n"

static struct sim_params params_of(const char *text)
{
    char *problems = NULL;
    struct sim_scenario *s = sim_scenario_parse("x.ini", text, NULL, &problems);
    if (s == NULL)
        g_error("%s", problems);
    struct sim_params params = s->points[0].params;
    sim_scenario_free(s);
    return params;
}

static struct sim_nat_mix mix_of(const char *text)
{
    return params_of(text).nat;
}

static void assert_refused(const char *text, const char *expected)
{
    char *problems = NULL;
    g_assert_null(sim_scenario_parse("x.ini", text, NULL, &problems));
    if (strstr(problems, expected) == NULL)
        g_error("\"%s\" lacks \"%s\"", problems, expected);
    g_free(problems);
}

static void without_the_section_there_are_no_nats(void)
{
    g_assert_false(mix_of(RING).on);
    g_assert_true(mix_of(RING "[nat]\npreset = all-public\n").on);
}

static void words_of_presets_are_the_table(void)
{
    for (unsigned i = 0; sim_nat_preset_at(i) != NULL; i++) {
        g_assert_cmpstr(sim_nat_preset_words[i + 1], ==, sim_nat_preset_at(i)->name);
        char *text = g_strdup_printf(RING "[nat]\npreset = %s\n", sim_nat_preset_at(i)->name);
        struct sim_nat_mix read = mix_of(text), made = sim_nat_mix_of(sim_nat_preset_at(i));
        g_assert_true(memcmp(read.share_ppb, made.share_ppb, sizeof read.share_ppb) == 0);
        g_assert_cmpuint(read.preset, ==, made.preset);
        g_assert_cmpuint(read.preserve_ppb, ==, made.preserve_ppb);
        g_assert_cmpuint(read.hairpin_ppb, ==, made.hairpin_ppb);
        g_assert_cmpuint(read.cgn_symmetric_ppb, ==, made.cgn_symmetric_ppb);
        g_assert_cmpint(read.tcp_timeout_ns, ==, made.tcp_timeout_ns);
        g_assert_cmpint(read.tcp_transitory_ns, ==, made.tcp_transitory_ns);
        g_assert_cmpuint(read.homes_per_cgn, ==, made.homes_per_cgn);
        g_free(text);
    }
}

static void shares_not_given_divide_the_rest(void)
{
    struct sim_nat_mix mix = mix_of(RING "[nat]\npreset = wg-default\nsymmetric = 56.5%\n");
    uint64_t sum = 0;
    for (unsigned i = 0; i < SIM_NAT_CLASSES; i++)
        sum += mix.share_ppb[i];
    g_assert_cmpuint(sum, ==, SIM_NAT_PPB);
    g_assert_cmpuint(mix.share_ppb[SIM_NAT_CLASS_SYMMETRIC], ==, 565000000);
    g_assert_cmpuint(mix.share_ppb[SIM_NAT_CLASS_PUBLIC], ==, 75000000); /* half of 15 % */
    mix = mix_of(RING "[nat]\npublic = 25%\nei-apd = 75%\n");
    g_assert_true(mix.on);
    g_assert_cmpuint(mix.share_ppb[SIM_NAT_CLASS_EI_APD], ==, 750000000);
    g_assert_cmpuint(mix.share_ppb[SIM_NAT_CLASS_SYMMETRIC], ==, 0);
}

static void parameters_reach_every_nat(void)
{
    struct sim_nat_mix mix =
        mix_of(RING "[nat]\npreset = wg-default\nmapping = ad\nfiltering = ei\nports = sequential\n"
                    "hairpin = internal\ntimeout = 45s\ntimeout-new = 20s\nrefresh = both\n"
                    "bindings-max = 9\nwhen-full = evict-oldest\nparity = true\n"
                    "collision = overload\ntcp-reset = true\nicmp = false\n");
    struct sim_nat_config c = sim_nat_mix_config(&mix, SIM_NAT_CLASS_EI_APD, 1, 1);
    g_assert_cmpint(c.mapping, ==, SIM_NAT_AD);
    g_assert_cmpint(c.filtering, ==, SIM_NAT_EI);
    g_assert_cmpint(c.ports, ==, SIM_NAT_SEQUENTIAL);
    g_assert_cmpint(c.hairpin_udp, ==, SIM_NAT_HAIRPIN_INTERNAL);
    g_assert_cmpint(c.collision, ==, SIM_NAT_OVERLOAD);
    g_assert_cmpint(c.full, ==, SIM_NAT_EVICT_OLDEST);
    g_assert_cmpint(c.udp_timeout, ==, 45 * RELO_S);
    g_assert_cmpint(c.udp_new, ==, 20 * RELO_S);
    g_assert_cmpuint(c.bindings_max, ==, 9);
    g_assert_true(c.refresh_outbound && c.refresh_inbound && c.parity);
    g_assert_true(c.reset_unsolicited && c.icmp_blocked);
}

static void turn_density_is_the_reciprocal_of_the_public_share(void)
{
    g_assert_cmpuint(params_of(RING).turn_density, ==, 1);
    g_assert_cmpuint(params_of(RING "[nat]\npreset = wg-default\n").turn_density, ==, 7);
    g_assert_cmpuint(params_of(RING "[nat]\npreset = halkes2011\n").turn_density, ==, 5);
    g_assert_cmpuint(params_of(RING "[nat]\nei-apd = 100%\n").turn_density, ==, 20);
    g_assert_cmpuint(params_of(RING "turn-density = 0\n").turn_density, ==, 0);
    assert_refused(RING "turn-density = 21\n", "from 0 to 20");
}

/* Behind a NAT without a port, with fewer than hosts, or with bootstrap peers for all and none for
   them, nobody can be met. */
static void hosts_without_a_public_side_are_refused_with_a_sentence(void)
{
    assert_refused(
        RING "bootstrap-peers = 0\n[nat]\nsymmetric = 100%\n",
        "x.ini:3: overlay.bootstrap-peers: \"0\" is out of range; it takes a whole number "
        "from 1");
    assert_refused(RING "[nat]\nblocked = 100%\n",
                   "x.ini:4: nat.blocked = 100%: without UDP nobody but the bootstrap peers");
    assert_refused(RING "[nat]\npreset = wg-default\nport-min = 9000\nport-max = 8000\n",
                   "without a port has no public side");
    assert_refused(RING "[nat]\npreset = wg-default\nbindings-max = 2\nhosts-per-nat = 3\n",
                   "without a public side");
    assert_refused(
        RING "[nat]\npreset = wg-default\nport-min = 1024\nport-max = 1025\n"
             "hosts-per-nat = 3\n",
        "x.ini:5: nat.port-min and port-max give a NAT 2 ports for nat.hosts-per-nat = 3");
    g_assert_true(mix_of(RING "[nat]\npreset = wg-default\nport-min = 1024\nport-max = 1025\n"
                              "hosts-per-nat = 3\ncollision = overload\n")
                      .on);
    assert_refused(RING "[nat]\npreset = wg-default\ncgn = 50%\nport-min = 1024\nport-max = 1033\n"
                        "homes-per-cgn = 11\n",
                   "more than the 10 ports of their carrier's NAT");
}

static void what_is_impossible_is_refused_with_a_sentence(void)
{
    assert_refused(RING "[nat]\npreset = wg-defaul\n", "wg-default");
    assert_refused(RING "[nat]\nsymetric = 1%\n", "did you mean symmetric?");
    assert_refused(RING "[nat]\nsymmetric = 101%\n", "from 0% to 100%");
    assert_refused(RING "[nat]\nsymmetric = 30\n", "nat.symmetric");
    assert_refused(
        RING "[nat]\nsymmetric = 30%\nei-apd = 50%\n",
        "x.ini:4: the shares in [nat] are together 80% (nat.ei-apd 50%, nat.symmetric 30%), "
        "not 100%; with a nat.preset");
    assert_refused(RING "[nat]\nsymmetric = 50%\nei-apd = 50.0000001%\n",
                   "together 100.0000001% (nat.ei-apd 50.0000001%, nat.symmetric 50%), not 100%");
    assert_refused(RING "[nat]\npreset = wg-default\nsymmetric = -5%\n",
                   "x.ini:5: nat.symmetric: \"-5%\" is negative; it takes a share");
    assert_refused(RING "[nat]\nsymmetric = nan%\n", "\"nan%\" is not a number; it takes a share");
    assert_refused(RING "[nat]\nsymmetric = inf\n", "\"inf\" is not a number; it takes a share");
    assert_refused(RING "[nat]\nsymmetric = 1e2%\n", "unknown unit; it takes a share");
    assert_refused(RING "[nat]\nsymmetric =\n", "empty value; it takes a share");
    assert_refused(RING "[nat]\npreset = wg-default\nsymmetric = 60%\nei-apd = 50%\n",
                   "together 110%");
    assert_refused(RING "[nat]\npreset = all-public\nsymmetric = 60%\npublic = 0%\n",
                   "together 60%");
    assert_refused(RING "[nat]\ncgn = 10%\n", "no NAT to nest");
    assert_refused(RING "[nat]\npreset = all-public\ncgn = 10%\n", "ei mapping");
    assert_refused(RING "[nat]\nreboot-interval = 1h\n", "no NAT to reboot");
    assert_refused(RING "[nat]\npreset = wg-default\ntimeout = 30s\ntimeout-new = 40s\n",
                   "longer than nat.timeout");
    assert_refused("[overlay]\nbootstrap = oracle\npeers = 4\n[nat]\npreset = wg-default\n",
                   "all peers are bootstrap peers");
    assert_refused("[overlay]\nbootstrap = oracle\nno-ice = true\n[nat]\npreset = wg-default\n",
                   "without ICE nobody can reach them");
    assert_refused(RING "[nat]\ntimeout = 30\n", "lacks its unit");
    assert_refused(RING "[pairs]\ncount = 5\n", "[nat] has no preset");
    assert_refused(RING "[pairs]\ncount = 5\na = ei_ei\n", "ei-ei");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define T(name) g_test_add_func("/nats/" #name, name)
    T(without_the_section_there_are_no_nats);
    T(words_of_presets_are_the_table);
    T(shares_not_given_divide_the_rest);
    T(parameters_reach_every_nat);
    T(turn_density_is_the_reciprocal_of_the_public_share);
    T(hosts_without_a_public_side_are_refused_with_a_sentence);
    T(what_is_impossible_is_refused_with_a_sentence);
    return g_test_run();
}
