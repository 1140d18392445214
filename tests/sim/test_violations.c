/* SPDX-License-Identifier: BSD-2-Clause */
/* Each of the swarm's checks can fail: a run that is well, into which the test puts one thing that
   must not be. It reaches into the world, its nodes and its judge; the core has no switch for it.
 */
#include "core/node/node.h"
#include "core/storage/resources.h"
#include "core/topology/fingers.h"
#include "sim/check/swarm.h"
#include "sim/workload/value.h"
#include "tests/sim/support_stage.h"

#include <glib.h>
#include <string.h>

static struct relo_snapshot snapshot_of(const struct stage *stage, uint32_t host)
{
    struct relo_snapshot snapshot;
    relo_node_snapshot(stage->world.hosts[host].node, &snapshot);
    return snapshot;
}

/* --- tables ----------------------------------------------------------------------------------- */

static void check_node(struct stage *stage, const struct relo_snapshot *snapshot)
{
    sim_check_node(&stage->check, &stage->world.config, stage->world.now, 5, snapshot);
}

static void bounds(void)
{
    struct stage *stage = well_stage();
    struct relo_snapshot good = snapshot_of(stage, 5), s = good;
    check_node(stage, &good);
    g_assert_null(stage->check.violation);

    s.successor[1] = good.successor[0];
    check_node(stage, &s);
    expect(stage, "out of order");
    s = good;
    s.predecessor[0] = s.id;
    check_node(stage, &s);
    expect(stage, "or itself");
    s = good;
    s.successor_count = stage->world.config.chord_neighbors + 1u;
    s.successor[s.successor_count - 1] = relo_id_sub(s.id, (struct relo_id){0, 1});
    check_node(stage, &s);
    expect(stage, "more than 3 neighbors");
    s = good;
    s.finger_count = 129;
    check_node(stage, &s);
    expect(stage, "129 fingers");
    s = good;
    s.queued = s.link_count * stage->world.config.link_queue_max + 1;
    check_node(stage, &s);
    expect(stage, "messages wait");
    s = good;
    s.link_count = RELO_LINKS_MAX + 1;
    check_node(stage, &s);
    expect(stage, "513 links");
    s = good;
    s.transactions = RELO_TRANSACTIONS_MAX + 1;
    check_node(stage, &s);
    expect(stage, "257 transactions");
    stage_free(stage);
}

/* The look at all nodes sees it too: nodes that keep more neighbors than they may. */
static void bounds_of_every_node(void)
{
    struct stage *stage = well_stage();
    stage->world.config.chord_neighbors = 2;
    run_to(stage, stage->world.now + 5 * RELO_S);
    expect(stage, "more than 2 neighbors on a side");
    stage_free(stage);
}

/* --- the ring --------------------------------------------------------------------------------- */

static void rings(void)
{
    struct stage *stage = well_stage();
    struct relo_snapshot good = snapshot_of(stage, 5), s = good;
    sim_check_settled(&stage->world, 5, &good);
    g_assert_null(stage->check.violation);

    s.state = RELO_NODE_JOINING;
    sim_check_settled(&stage->world, 5, &s);
    expect(stage, "host 5 is not in the ring");
    s = good;
    s.successor[0] = s.successor[1];
    sim_check_settled(&stage->world, 5, &s);
    expect(stage, "successors are not the true ones");
    s = good;
    s.successor_count = 1;
    sim_check_settled(&stage->world, 5, &s);
    expect(stage, "successors are not the true ones");
    s = good; /* it takes more than its own for its range */
    s.predecessor[0] = s.predecessor[1];
    sim_check_settled(&stage->world, 5, &s);
    expect(stage, "range does not end at its neighbors");
    s = good;
    s.predecessor_count = 0;
    sim_check_settled(&stage->world, 5, &s);
    expect(stage, "range does not end at its neighbors");
    stage_free(stage);
}

/* Two owners of one range: a peer that is there, and its successor that does not know of it. */
static void owner_pairs(void)
{
    struct stage *stage = well_stage();
    struct relo_snapshot s = snapshot_of(stage, 5);
    struct relo_id between = relo_id_sub(s.id, (struct relo_id){0, 1});
    sim_ring_put(&stage->world.judge.ring, between, 0, SIM_RING_ADMITTED, stage->world.now);
    sim_check_settled(&stage->world, 5, &s);
    expect(stage, "host 5: its predecessor is not the true one");
    sim_ring_remove(&stage->world.judge.ring, between);
    stage_free(stage);
}

/* Nothing reaches anybody any more: what is quiet does not stay well. */
static void no_convergence(void)
{
    struct sim_params params = a_dozen_peers();
    params.lookup_interval_ns = params.store_interval_ns = 0;
    struct stage *stage = stage_new(&params);
    run_to(stage, SETTLED + 20 * RELO_S);
    g_assert_cmpstr(stage->check.violation, ==, NULL);
    stage->world.network.loss_below = UINT64_MAX;
    run_to(stage, stage->world.now + 300 * RELO_S);
    expect(stage, "successors are not the true ones");
    run_to(stage, stage->world.now + 300 * RELO_S);
    expect(stage, "its 0 successors are not the true ones");
    stage_free(stage);
}

/* --- routes ----------------------------------------------------------------------------------- */

/* Peers that send everything to somebody behind: nobody but they ask, and of them no lookups. */
static void loops(void)
{
    struct sim_params params = a_dozen_peers();
    params.lookup_interval_ns = params.store_interval_ns = 0;
    params.malicious_ppb = params.malicious_stop_ppb = SIM_PPB;
    params.misroute_ppb = SIM_PPB;
    params.flood_interval_ns = 5 * RELO_S;
    params.initial_ttl = 20;
    struct stage *stage = stage_new(&params);
    run_to(stage, SETTLED + 200 * RELO_S);
    expect(stage, "went in a circle");
    stage_free(stage);
}

/* Nobody asks anything of the ring, and the other end of a link to a finger is gone without a word:
   by the time that all has to be settled this has been found out all the same (10.7.2). */
static void failed_fingers(void)
{
    struct sim_params params = a_dozen_peers();
    params.peers = 64;
    params.lookup_interval_ns = params.store_interval_ns = 0;
    struct stage *stage = stage_new(&params);
    run_to(stage, 2 * RELO_S);
    struct relo_node *node = stage->world.hosts[5].node;
    struct relo_snapshot snapshot = snapshot_of(stage, 5);
    struct relo_id fingers[RELO_FINGER_SLOTS];
    uint32_t n = relo_node_fingers(node, fingers, RELO_FINGER_SLOTS), far = 0;
    /* The one that is furthest from both sides is no neighbor, to which Updates would go. */
    while (far < n && relo_fingers_slot(relo_id_sub(fingers[far], snapshot.id)) != 2)
        far++;
    g_assert_cmpuint(far, <, n);
    relo_handle link = relo_links_find(&node->links, fingers[far]);
    struct relo_node *other =
        stage->world.hosts[sim_ring_find(&stage->world.judge.ring, fingers[far])->host].node;
    relo_links_lost(&other->links, relo_links_find(&other->links, snapshot.id));
    run_to(stage, SETTLED + RELO_S);
    g_assert_false(relo_link_is_up(&node->links, link));
    g_assert_cmpstr(stage->check.violation, ==, NULL);
    stage_free(stage);
}

static void log_entry(struct stage *stage, struct sim_log_entry entry)
{
    entry.time = stage->world.now;
    sim_log_append(&stage->world.shards[0]->log, &entry);
}

/* A lookup is delivered to the peer behind the responsible one, which answers it. */
static void wrong_answers(void)
{
    struct stage *stage = well_stage();
    struct relo_snapshot s = snapshot_of(stage, 5);
    struct sim_log_entry delivery = {.number = 77, .id = s.id, .kind = SIM_LOG_DELIVERED};
    struct sim_log_entry answer = {
        .issued = stage->world.now, .number = 77, .ok = true, .host = 3, .kind = SIM_LOG_LOOKUP};
    delivery.self = s.id;
    log_entry(stage, delivery);
    log_entry(stage, answer);
    sim_world_settle(&stage->world);
    g_assert_null(stage->check.violation);
    delivery.number = answer.number = 78;
    delivery.self = s.successor[0];
    log_entry(stage, delivery);
    log_entry(stage, answer);
    sim_world_settle(&stage->world);
    expect(stage, "by host 3 was answered by a wrong peer");
    answer.number = 79; /* by somebody who was never asked as the responsible peer */
    log_entry(stage, answer);
    sim_world_settle(&stage->world);
    expect(stage, "by host 3 was answered by a wrong peer");
    stage_free(stage);
}

/* --- values ----------------------------------------------------------------------------------- */

/* As the world has it the lifetime was over long ago: what peers keep and serve is too old. */
static void expired_values(void)
{
    struct stage *stage = well_stage();
    uint32_t key = a_stored_key(stage);
    struct sim_truth *truth = &stage->world.judge.truth[key];
    relo_time over = 2 * stage->params.lifetime_ns;
    truth->expires -= over;
    for (uint32_t i = 0; i < SIM_TRUTH_HISTORY; i++)
        truth->acknowledged[i] -= over;
    sim_check_values(&stage->world);
    expect(stage, "past its lifetime");
    uint32_t host = key == 0;
    sim_workload_ask(stage->world.shards[0], host, key);
    sim_world_run_until(&stage->world, stage->world.now + 2 * RELO_S);
    expect(stage, "was served key");
    stage_free(stage);
}

/* Values do expire, and the look and the fetches for that find nothing wrong. */
static void lifetimes(void)
{
    struct sim_params params = a_dozen_peers();
    params.store_interval_ns = 100 * RELO_S;
    params.lifetime_ns = 30 * RELO_S;
    struct stage *stage = stage_new(&params);
    for (uint32_t i = 0; i < 300; i++) { /* nobody stores anything a second time */
        run_to(stage, stage->world.now + RELO_S);
        for (uint32_t host = 0; host < stage->world.host_count; host++)
            stage->world.hosts[host].storing |= stage->world.judge.truth[host].expires > 0;
    }
    g_assert_cmpstr(stage->check.violation, ==, NULL);
    g_assert_cmpuint(stage->check.expired, >, 10);
    g_assert_cmpuint(stage->check.fetches, >, 5);
    stage_free(stage);
}

/* What the workload makes of an answer to a Fetch. */
static void fetched(struct stage *stage, uint32_t key, bool exists, uint32_t tampered)
{
    uint8_t bytes[1000];
    struct sim_pending pending = {.host = 3, .key = key, .issued = stage->world.now};
    struct relo_result result = {.status = RELO_OK, .exists = exists};
    uint32_t n = stage->params.value_bytes;
    sim_value_write(stage->params.seed, key, 1, bytes, n);
    bytes[n - 1] = (uint8_t)(bytes[n - 1] ^ tampered);
    result.value = (struct relo_view){bytes, n};
    sim_workload_fetched(stage->world.shards[0], &pending, &result);
    sim_world_settle(&stage->world);
}

static void tampered_values(void)
{
    struct stage *stage = well_stage();
    uint32_t key = a_stored_key(stage);
    fetched(stage, key, true, 0);
    g_assert_null(stage->check.violation);
    fetched(stage, key, true, 1);
    expect(stage, "host 3 accepted a value that nobody stored");
    fetched(stage, key, false, 0);
    expect(stage, "host 3 could not fetch key");
    stage_free(stage);
}

/* A certificate for somebody else's name opens what nothing else does. */
static void intruders(void)
{
    struct stage *stage = well_stage();
    uint32_t key = a_stored_key(stage), host = key == 0;
    sim_workload_intrude(stage->world.shards[0], host, key);
    sim_world_run_until(&stage->world, stage->world.now + 2 * RELO_S);
    g_assert_null(stage->check.violation);
    g_assert_cmpuint(stage->check.intrusions, >, 0);
    sim_life_user(key, stage->world.hosts[host].node->identity.user, RELO_USER_BYTES);
    sim_workload_intrude(stage->world.shards[0], host, key);
    sim_world_run_until(&stage->world, stage->world.now + 2 * RELO_S);
    expect(stage, "was let store at key");
    stage_free(stage);
}

/* --- memory ----------------------------------------------------------------------------------- */

static void leaks(gconstpointer what)
{
    static void *kept; /* so that no other tool takes it for lost */
    struct stage *stage = well_stage();
    struct sim_shard *shard = stage->world.shards[0];
    if (GPOINTER_TO_INT(what) < RELO_SLAB_KINDS)
        relo_slab_new(&shard->core->slab[GPOINTER_TO_INT(what)]);
    else
        kept = relo_pool_alloc(shard->pool, 24);
    g_assert_true(GPOINTER_TO_INT(what) < RELO_SLAB_KINDS || kept);
    end_world(stage);
    expect(stage, "are left after its nodes");
    mx_run_fini(&stage->run);
    g_free(stage);
}

static void shards_that_differ(void)
{
    g_assert_null(sim_swarm_compare(1, 1, 7));
    char *violation = sim_swarm_compare(1, 2, 7);
    g_assert_cmpstr(violation, ==, "7 shards give another fingerprint than one");
    g_free(violation);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/violations/shards_that_differ", shards_that_differ);
    g_test_add_func("/violations/tables_beyond_their_bounds", bounds);
    g_test_add_func("/violations/bounds_of_every_node", bounds_of_every_node);
    g_test_add_func("/violations/rings_that_are_not_whole", rings);
    g_test_add_func("/violations/two_owners", owner_pairs);
    g_test_add_func("/violations/no_convergence", no_convergence);
    g_test_add_func("/violations/loops", loops);
    g_test_add_func("/violations/failed_fingers_are_found_out_before_all_is_settled",
                    failed_fingers);
    g_test_add_func("/violations/answers_from_who_may_not", wrong_answers);
    g_test_add_func("/violations/values_past_their_lifetime", expired_values);
    g_test_add_func("/violations/expired_values_are_none", lifetimes);
    g_test_add_func("/violations/tampered_values", tampered_values);
    g_test_add_func("/violations/intruders", intruders);
    g_test_add_data_func("/violations/leaked_link", GINT_TO_POINTER(RELO_SLAB_LINK), leaks);
    g_test_add_data_func("/violations/leaked_transaction", GINT_TO_POINTER(RELO_SLAB_TRANSACTION),
                         leaks);
    g_test_add_data_func("/violations/leaked_bytes", GINT_TO_POINTER(RELO_SLAB_KINDS), leaks);
    return g_test_run();
}
