/* SPDX-License-Identifier: BSD-2-Clause */
/* docs/MEMORY.md says what a peer is made of; its table of sizes is compared with the code. */
#include "core/link/state.h"
#include "core/node/node.h"
#include "core/route/internal.h"
#include "core/storage/value.h"
#include "core/topology/chord.h"
#include "sim/churn/population.h"
#include "sim/net/packet.h"
#include "sim/world/need.h"
#include "sim/world/world.h"

#include <glib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t bytes;
} sizes[] = {
    {"struct relo_node", sizeof(struct relo_node)},
    {"struct relo_chord", sizeof(struct relo_chord)},
    {"struct relo_link", sizeof(struct relo_link)},
    {"struct relo_link_busy", sizeof(struct relo_link_busy)},
    {"struct relo_link_item", sizeof(struct relo_link_item)},
    {"struct relo_transaction", sizeof(struct relo_transaction)},
    {"struct relo_body", sizeof(struct relo_body)},
    {"struct relo_resource", sizeof(struct relo_resource)},
    {"struct relo_stored_kind", sizeof(struct relo_stored_kind)},
    {"struct relo_value", sizeof(struct relo_value)},
    {"struct sim_host", sizeof(struct sim_host)},
    {"struct sim_place", sizeof(struct sim_place)},
    {"struct sim_pending", sizeof(struct sim_pending)},
    {"struct sim_packet", sizeof(struct sim_packet)},
    {"struct sim_event", sizeof(struct sim_event)},
};

static void test_sizes(void)
{
    char *text = NULL;
    int wrong = 0;
    g_assert_true(g_file_get_contents(SOURCE_DIR "/docs/MEMORY.md", &text, NULL, NULL));
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        char *row = g_strdup_printf("| `%s` | %zu |", sizes[i].name, sizes[i].bytes);
        if (strstr(text, row) == NULL) {
            g_printerr("docs/MEMORY.md lacks: %s\n", row);
            wrong++;
        }
        g_free(row);
    }
    g_assert_cmpint(wrong, ==, 0);
    g_free(text);
}

static struct sim_params ring_of(uint32_t peers)
{
    struct sim_params params;
    sim_params_init(&params);
    params.peers = peers;
    params.bootstrap_peers = 1;
    params.bootstrap = SIM_BOOTSTRAP_ORACLE;
    params.measurement_ns = RELO_S;
    return params;
}

static struct sim_need need_of(const struct sim_params *params)
{
    return sim_need(params, sim_populations_count(params));
}

/* What a run has at time zero, by its own accounts: there is always more later, or around it. */
static struct sim_need taken_by(const struct sim_params *params)
{
    struct sim_need taken = {0, 0};
    struct sim_run_options options = {0};
    struct mx_run run;
    char *error = NULL;
    struct sim_world *world = g_new(struct sim_world, 1);
    mx_run_init(&run);
    g_assert_true(sim_world_init(world, params, &options, &run, &error));
    if (params->bootstrap == SIM_BOOTSTRAP_ORACLE)
        sim_wiring_start(world);
    taken.bytes = world->host_count * sizeof *world->hosts;
    for (uint32_t i = 0; i < world->shard_count; i++) {
        const struct relo_slab *links = &world->shards[i]->core->slab[RELO_SLAB_LINK];
        taken.links += links->live;
        taken.bytes += (uint64_t)links->live * links->object_bytes;
        taken.bytes += world->shards[i]->pool->bytes_used;
    }
    sim_world_fini(world);
    g_free(world);
    mx_run_fini(&run);
    return taken;
}

static void assert_below(const struct sim_params *params, double share)
{
    struct sim_need need = need_of(params), taken = taken_by(params);
    g_assert_cmpuint(need.links, <=, taken.links);
    g_assert_cmpuint(need.bytes, <=, taken.bytes);
    g_assert_cmpfloat((double)need.bytes, >=, share * (double)taken.bytes);
}

/* A run that would have fitted is never refused, and the bound is worth something. */
static void need_is_below_what_a_ring_takes(void)
{
    static const uint32_t peers[] = {1, 2, 3, 7, 8, 9, 20, 100, 300, 1000};
    for (size_t i = 0; i < G_N_ELEMENTS(peers); i++) {
        struct sim_params params = ring_of(peers[i]);
        assert_below(&params, 0.6);
        params.fingers_min = params.fingers_max = 1;
        assert_below(&params, 0.6);
        params = ring_of(peers[i]);
        params.predecessors = params.successors = 16;
        assert_below(&params, 0.6);
        params.predecessors = 3;
        assert_below(&params, 0.3);
    }
}

static void need_is_below_what_churn_takes(void)
{
    struct sim_params params = ring_of(300);
    params.churn = SIM_CHURN_EXPONENTIAL;
    params.mean_session_ns = 100 * RELO_S;
    params.mean_dead_ns = 900 * RELO_S;
    assert_below(&params, 0.6);
    g_assert_cmpuint(need_of(&params).bytes, >, 2990 * sizeof(struct sim_host));
}

/* Whatever the NATs, how many hosts share one, and whether anybody relays. */
static void need_is_below_what_nats_leave(void)
{
    for (unsigned i = 0; sim_nat_preset_at(i); i++)
        for (unsigned variant = 0; variant < 6; variant++) {
            struct sim_params params = ring_of(300);
            params.no_ice = false;
            params.nat = sim_nat_mix_of(sim_nat_preset_at(i));
            params.turn_density = variant == 0 ? 3 : 0;
            params.nat.hosts_per_nat = variant == 2 ? 100 : 1;
            params.nat.cgn_ppb = variant == 3 ? SIM_NAT_PPB : 0;
            params.nat.mapping = variant == 4 ? 1 + SIM_NAT_APD : SIM_NAT_AUTO;
            params.nat.bindings_max = variant == 5 ? 2 : 0;
            assert_below(&params, 0.05);
        }
}

/* Resident memory of whole runs of a second, as measured with const:40ms (docs/SIMULATION.md). */
static void need_is_below_what_was_measured(void)
{
    static const struct {
        uint32_t peers;
        double mib;
    } runs[] = {{1000, 10.3}, {10000, 65.9}, {100000, 690.0}};
    for (size_t i = 0; i < G_N_ELEMENTS(runs); i++) {
        struct sim_params params = ring_of(runs[i].peers);
        double mib = (double)need_of(&params).bytes / (1 << 20);
        g_assert_cmpfloat(mib, <, runs[i].mib);
        g_assert_cmpfloat(mib, >, 0.55 * (runs[i].mib - 3.8)); /* the program takes 3.8 */
    }
}

/* Nobody knows how many will get in; and pairs come one after the other. */
static void need_counts_what_is_certain(void)
{
    struct sim_params params = ring_of(1000);
    params.bootstrap = SIM_BOOTSTRAP_JOIN;
    g_assert_cmpuint(need_of(&params).links, ==, 0);
    g_assert_cmpuint(need_of(&params).bytes, >, 1000 * sizeof(struct relo_node));
    params.pairs = 1000;
    g_assert_cmpuint(need_of(&params).bytes, ==, 0);
    params = ring_of(4000000); /* no arithmetic overflows, and no shard has names for its links */
    g_assert_cmpuint(need_of(&params).links, >, SIM_LINKS_PER_SHARD);
    g_assert_cmpuint(need_of(&params).bytes, <, UINT64_C(64) << 30);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/memory/table_in_docs_is_true", test_sizes);
    g_test_add_func("/memory/need_is_below_what_a_ring_takes", need_is_below_what_a_ring_takes);
    g_test_add_func("/memory/need_is_below_what_churn_takes", need_is_below_what_churn_takes);
    g_test_add_func("/memory/need_is_below_what_nats_leave", need_is_below_what_nats_leave);
    g_test_add_func("/memory/need_is_below_what_was_measured", need_is_below_what_was_measured);
    g_test_add_func("/memory/need_counts_what_is_certain", need_counts_what_is_certain);
    return g_test_run();
}
