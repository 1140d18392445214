/* SPDX-License-Identifier: BSD-2-Clause */
/* NATs as entities of the simulator: who is behind which, addresses, ways through, shards. */
#include "sim/world/world.h"
#include "tests/sim/support_run.h"

#include <glib.h>
#include <string.h>

static struct sim_params some_params(const char *preset, uint32_t peers)
{
    struct sim_params params;
    sim_params_init(&params);
    params.nat = sim_nat_mix_of(sim_nat_preset_find(preset));
    params.no_ice = false;
    params.peers = peers;
    params.bootstrap = SIM_BOOTSTRAP_ORACLE;
    params.lookup_interval_ns = 5 * RELO_S;
    params.measurement_ns = 60 * RELO_S;
    return params;
}

/* --- the layout ------------------------------------------------------------------------------ */

static void hosts_come_in_the_shares_of_the_mix(void)
{
    for (uint32_t per_nat = 1; per_nat <= 5; per_nat += 4) {
        struct sim_params params = some_params("wg-default", 40000);
        struct sim_layout layout;
        uint32_t count[SIM_NAT_CLASSES] = {0}, nested = 0;
        params.nat.hosts_per_nat = per_nat;
        params.nat.cgn_ppb = SIM_NAT_PPB / 10;
        sim_layout_init(&layout, &params, params.peers);
        for (uint32_t host = 0; host < params.peers; host++) {
            uint32_t box = layout.host_box[host];
            count[box == SIM_NO_BOX ? SIM_NAT_CLASS_PUBLIC : layout.box[box].class]++;
            nested += box != SIM_NO_BOX && layout.box[box].carrier != SIM_NO_BOX;
        }
        /* Five hosts, or eighty behind a carrier, are drawn at once: six standard deviations. */
        for (int i = 0; i < SIM_NAT_CLASSES; i++)
            g_assert_cmpint(ABS((int)count[i] - (int)(params.nat.share_ppb[i] / 25000)), <, 2200);
        g_assert_cmpint(ABS((int)nested - 2520), <, 2200); /* a tenth of 63 % */
        sim_layout_fini(&layout);
    }
}

static void a_site_has_consecutive_hosts_and_bootstrap_peers_are_public(void)
{
    struct sim_params params = some_params("mobile-heavy", 3000);
    struct sim_layout layout;
    params.nat.hosts_per_nat = 3;
    params.nat.cgn_ppb = SIM_NAT_PPB / 2;
    params.nat.homes_per_cgn = 7;
    sim_layout_init(&layout, &params, params.peers);
    for (uint32_t host = 1; host < params.peers; host++) {
        g_assert_cmpuint(layout.host_site[host] - layout.host_site[host - 1], <=, 1);
        g_assert_cmpuint(layout.host_place[host], ==,
                         layout.site[layout.host_site[host]].first_host);
    }
    for (uint32_t host = 0; host < params.bootstrap_peers; host++)
        g_assert_cmpuint(layout.host_box[host], ==, SIM_NO_BOX);
    sim_layout_fini(&layout);
}

static void addresses_lead_back_to_whose_they_are(void)
{
    struct sim_params params = some_params("wg-default", 2000);
    struct sim_layout layout;
    params.nat.hosts_per_nat = 2;
    params.nat.cgn_ppb = SIM_NAT_PPB / 2;
    sim_layout_init(&layout, &params, params.peers);
    for (uint32_t host = 0; host < params.peers; host++) {
        struct relo_addr addr = sim_layout_host_addr(&layout, host);
        uint32_t at = layout.host_box[host], found;
        if (at == SIM_NO_BOX) {
            g_assert_true(sim_layout_site(&layout, &addr, &found));
            g_assert_cmpuint(layout.site[found].first_host, ==, host);
            continue;
        }
        g_assert_true(sim_layout_host(&layout, at, &addr, &found));
        g_assert_cmpuint(found, ==, host);
        addr.port++; /* a firewall does not know which ports its host has open */
        g_assert_true(sim_layout_host(&layout, at, &addr, &found) ==
                      (layout.box[at].class == SIM_NAT_CLASS_FIREWALL));
    }
    for (uint32_t moves = 0; moves < 100; moves += 33)
        for (uint32_t site = 0; site < layout.site_count; site += 7) {
            struct relo_addr addr = sim_layout_public(&layout, site, moves);
            uint32_t found;
            g_assert_true(sim_layout_site(&layout, &addr, &found));
            g_assert_cmpuint(found, ==, site);
        }
    for (uint32_t box = 0; box < layout.box_count; box++) {
        uint32_t found;
        if (layout.box[box].carrier == SIM_NO_BOX)
            continue;
        struct relo_addr addr = sim_layout_middle(&layout, box);
        g_assert_true(sim_layout_home(&layout, layout.box[box].carrier, &addr, &found));
        g_assert_cmpuint(found, ==, box);
    }
    sim_layout_fini(&layout);
}

/* --- the wired ring -------------------------------------------------------------------------- */

static struct sim_world *open_world(const struct sim_params *params, struct mx_run *run)
{
    static const struct sim_run_options options = {0};
    struct sim_world *world = g_new(struct sim_world, 1);
    char *error = NULL;
    mx_run_init(run);
    g_assert_true(sim_world_init(world, params, &options, run, &error));
    return world;
}

static void close_world(struct sim_world *world, struct mx_run *run)
{
    sim_world_fini(world);
    g_free(world);
    mx_run_fini(run);
}

static void the_oracle_wires_what_the_theorem_allows(void)
{
    struct sim_params params = some_params("mobile-heavy", 120);
    struct mx_run run;
    struct sim_world *world = open_world(&params, &run);
    const struct sim_layout *layout = &world->boxes->layout;
    struct sim_nat_config open = sim_nat_class_config(SIM_NAT_CLASS_PUBLIC);
    for (uint32_t a = 0; a < params.peers; a++)
        for (uint32_t b = a + 1; b < params.peers; b++) {
            struct relo_addr to_a, to_b, again_a, again_b;
            uint32_t box_a = layout->host_box[a], box_b = layout->host_box[b];
            const struct sim_nat_config *x =
                box_a == SIM_NO_BOX ? &open : &layout->config[layout->box[box_a].config];
            const struct sim_nat_config *y =
                box_b == SIM_NO_BOX ? &open : &layout->config[layout->box[box_b].config];
            bool found = sim_boxes_punch(world, a, b, &to_a, &to_b);
            if (found != sim_nat_direct(x, y))
                g_error("hosts %u and %u: %d", a, b, found);
            if (!found)
                continue;
            g_assert_true(sim_boxes_punch(world, a, b, &again_a, &again_b));
            g_assert_true(relo_addr_equal(&to_a, &again_a) && relo_addr_equal(&to_b, &again_b));
        }
    close_world(world, &run);
}

static struct sim_params mostly_symmetric(void)
{
    struct sim_params params = some_params("wg-default", 60);
    memset(params.nat.share_ppb, 0, sizeof params.nat.share_ppb);
    params.nat.share_ppb[SIM_NAT_CLASS_PUBLIC] = SIM_NAT_PPB / 4;
    params.nat.share_ppb[SIM_NAT_CLASS_EI_APD] = SIM_NAT_PPB / 4;
    params.nat.share_ppb[SIM_NAT_CLASS_SYMMETRIC] = SIM_NAT_PPB / 2;
    params.lookup_interval_ns = 0;
    params.chord_update_interval_ns = 60 * RELO_S;
    params.chord_ping_interval_ns = 1000000 * RELO_S; /* a search may find a better finger */
    params.measurement_ns = 2000 * RELO_S;
    return params;
}

/* Longer than allocations, channels, permissions and bindings live by themselves. */
static void a_wired_ring_has_its_relays_and_rests(void)
{
    struct sim_params params = mostly_symmetric();
    struct mx_run run;
    struct sim_world *world = open_world(&params, &run);
    sim_wiring_start(world);
    sim_world_run_until(world, RELO_S);
    sim_measure_begin(world);
    sim_world_run_until(world, 1500 * RELO_S);
    sim_measure_sample(world);
    sim_measure_end(world);
    g_assert_cmpint(counter(&run, "core.attach.started"), ==, 0);
    g_assert_cmpint(counter(&run, "core.links.failed"), ==, 0);
    g_assert_cmpint(counter(&run, "core.frames.retransmitted"), ==, 0);
    g_assert_cmpint(counter(&run, "core.dropped.turn-permission"), ==, 0);
    g_assert_cmpint(counter(&run, "core.turn.refused"), ==, 0);
    g_assert_cmpint(counter(&run, "core.turn.allocations"), ==, 0);
    g_assert_cmpint(counter(&run, "core.turn.relayed.to-peers"), >, 1000);
    g_assert_cmpint(counter(&run, "core.turn.relayed.to-clients"), >, 1000);
    g_assert_true(value(&run, MX_RING_WRONG_SUCCESSOR) == 0.0);
    close_world(world, &run);
}

/* Relays are wired before there are shards to see the difference, and their ports are opened in
   those of their servers. */
static void wired_relays_do_not_depend_on_shards(void)
{
    struct sim_params params = mostly_symmetric();
    params.measurement_ns = 60 * RELO_S;
    params.lookup_interval_ns = 10 * RELO_S;
    assert_shards_do_not_show(&params);
}

static void homes_of_one_carrier_meet_through_its_hairpin(void)
{
    struct sim_params params = some_params("wg-default", 40);
    struct relo_addr to_a, to_b;
    struct mx_run run;
    memset(params.nat.share_ppb, 0, sizeof params.nat.share_ppb);
    params.nat.share_ppb[SIM_NAT_CLASS_EI_APD] = SIM_NAT_PPB;
    params.nat.cgn_ppb = SIM_NAT_PPB;
    params.nat.cgn_symmetric_ppb = 0;
    struct sim_world *world = open_world(&params, &run);
    const struct sim_layout *layout = &world->boxes->layout;
    g_assert_cmpuint(layout->host_site[4], ==, layout->host_site[5]);
    g_assert_cmpuint(layout->host_box[4], !=, layout->host_box[5]);
    g_assert_true(sim_boxes_punch(world, 4, 5, &to_a, &to_b));
    g_assert_cmpuint(relo_addr_v4_ip(&to_a), ==, relo_addr_v4_ip(&to_b)); /* the carrier's */
    g_assert_cmpuint(world->boxes->stats[0].nat.hairpinned, >, 0);
    close_world(world, &run);
}

/* --- whole runs ------------------------------------------------------------------------------ */

/* Churn, loss, reboots, carriers, several hosts per home, narrow lines. */
static void shards_and_their_order_change_nothing_with_nats(void)
{
    struct sim_params params = some_params("wg-default", 40);
    params.churn = SIM_CHURN_EXPONENTIAL;
    params.mean_session_ns = 120 * RELO_S;
    params.mean_dead_ns = 60 * RELO_S;
    params.chord_update_interval_ns = 20 * RELO_S;
    params.loss_ppb = 10000000;
    params.jitter_ns = 20 * RELO_MS;
    params.up_bps = 1000000;
    params.down_bps = 16000000;
    params.queue_up_bytes = params.queue_down_bytes = 32768;
    params.nat.hosts_per_nat = 2;
    params.nat.cgn_ppb = SIM_NAT_PPB / 2;
    params.nat.homes_per_cgn = 3;
    params.nat.reboot_interval_ns = 100 * RELO_S;
    params.nat.reboot_moves_ppb = SIM_NAT_PPB / 2;
    assert_shards_do_not_show(&params);
}

static void hosts_without_udp_stay_outside_and_are_counted(void)
{
    struct sim_params params = some_params("wg-default", 24);
    struct mx_run run;
    memset(params.nat.share_ppb, 0, sizeof params.nat.share_ppb);
    params.nat.share_ppb[SIM_NAT_CLASS_PUBLIC] = params.nat.share_ppb[SIM_NAT_CLASS_BLOCKED] =
        SIM_NAT_PPB / 2;
    params.transition_ns = 60 * RELO_S;
    params.measurement_ns = 120 * RELO_S;
    run_well(&params, &run);
    g_assert_cmpfloat(value(&run, MX_ALIVE_PEERS), <, 24.0);
    g_assert_cmpfloat(value(&run, MX_ALIVE_PEERS), >, 4.0);
    g_assert_cmpfloat(value(&run, MX_JOIN_BLOCKED), >, 0.0);
    g_assert_true(value(&run, MX_LOOKUP_SUCCESS) == 1.0);
    mx_run_fini(&run);
}

/* One in five is public and serves TURN. */
static struct sim_params one_in_five_public(void)
{
    struct sim_params params = some_params("wg-default", 24);
    memset(params.nat.share_ppb, 0, sizeof params.nat.share_ppb);
    params.nat.share_ppb[SIM_NAT_CLASS_PUBLIC] = SIM_NAT_PPB / 5;
    params.nat.share_ppb[SIM_NAT_CLASS_SYMMETRIC] = SIM_NAT_PPB - SIM_NAT_PPB / 5;
    params.turn_density = 5;
    return params;
}

/* Everybody behind a symmetric NAT but the bootstrap peers and a few more: these register as TURN
   servers, and links between the others go through them. */
static void links_without_a_direct_path_are_relayed_by_public_peers(void)
{
    struct sim_params params = one_in_five_public();
    struct mx_run run;
    params.churn = SIM_CHURN_EXPONENTIAL;
    params.mean_session_ns = 300 * RELO_S;
    params.mean_dead_ns = 60 * RELO_S;
    params.transition_ns = 60 * RELO_S;
    params.measurement_ns = 300 * RELO_S;
    run_well(&params, &run);
    g_assert_cmpint(counter(&run, "core.turn.allocations"), >, 0);
    g_assert_cmpint(counter(&run, "core.turn.relayed.to-clients"), >, 0);
    g_assert_cmpfloat(value(&run, MX_LINK_PATH_RELAY), >, 0.2);
    g_assert_cmpfloat(value(&run, MX_JOIN_SUCCESS), >, 0.9);
    mx_run_fini(&run);
    params.turn_density = 0;
    run_well(&params, &run);
    g_assert_true(value(&run, MX_LINK_PATH_RELAY) == 0.0);
    mx_run_fini(&run);
}

/* Without churn all that is relayed is relayed by servers that are there at the end. */
static void what_is_relayed_is_counted_by_server(void)
{
    struct sim_params params = one_in_five_public();
    struct mx_run run;
    params.transition_ns = 60 * RELO_S;
    params.measurement_ns = 120 * RELO_S;
    run_well(&params, &run);
    double servers = (double)run.values[MX_LOAD_RELAYED].hist.n;
    double relayed = value(&run, MX_TRAFFIC_BYTES_RELAY) * 24;
    g_assert_cmpfloat(servers, >=, params.bootstrap_peers);
    g_assert_cmpfloat(servers, <, 24);
    g_assert_cmpfloat(relayed, >, 0);
    g_assert_cmpfloat_with_epsilon(value(&run, MX_LOAD_RELAYED) * servers, relayed, relayed / 1000);
    mx_run_fini(&run);
}

static void a_port_is_its_hosts_while_it_is_open(void)
{
    struct sim_ports *ports = sim_ports_new();
    sim_ports_open(ports, 7, 50000);
    sim_ports_open(ports, 7, 50001);
    sim_ports_open(ports, 0, 50000);
    g_assert_true(sim_ports_is_open(ports, 7, 50001));
    g_assert_false(sim_ports_is_open(ports, 8, 50001));
    sim_ports_relay(ports, 7, 1000);
    sim_ports_relay(ports, 7, 24);
    sim_ports_close(ports, 7, 50001);
    g_assert_false(sim_ports_is_open(ports, 7, 50001));
    g_assert_cmpuint(sim_ports_count(ports, 7), ==, 1);
    g_assert_cmpuint(sim_ports_relayed(ports, 7), ==, 1024);
    g_assert_cmpuint(sim_ports_relayed(ports, 0), ==, 0);
    sim_ports_close_all(ports, 7);
    g_assert_cmpuint(sim_ports_relayed(ports, 7), ==, 0); /* the next incarnation's begins */
    g_assert_false(sim_ports_is_open(ports, 7, 50000));
    g_assert_true(sim_ports_is_open(ports, 0, 50000));
    sim_ports_free(ports);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define T(name) g_test_add_func("/boxes/" #name, name)
    T(hosts_come_in_the_shares_of_the_mix);
    T(a_site_has_consecutive_hosts_and_bootstrap_peers_are_public);
    T(addresses_lead_back_to_whose_they_are);
    T(the_oracle_wires_what_the_theorem_allows);
    T(a_wired_ring_has_its_relays_and_rests);
    T(wired_relays_do_not_depend_on_shards);
    T(homes_of_one_carrier_meet_through_its_hairpin);
    T(shards_and_their_order_change_nothing_with_nats);
    T(a_port_is_its_hosts_while_it_is_open);
    T(links_without_a_direct_path_are_relayed_by_public_peers);
    T(what_is_relayed_is_counted_by_server);
    T(hosts_without_udp_stay_outside_and_are_counted);
    return g_test_run();
}
