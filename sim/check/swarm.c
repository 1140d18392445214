/* SPDX-License-Identifier: BSD-2-Clause */
/* What a seed of the swarm means, and its run. */
#include "sim/check/swarm.h"

#include "core/base/hash.h"
#include "sim/check/invariants.h"
#include "sim/world/run.h"

#include <stdio.h>

#define SWARM UINT64_C(0x5a) /* the purpose of these draws */

struct draws {
    uint64_t seed, n;
};

/* One of n values. */
#define ONE_OF(draws, ...)                                                                         \
    ((const int64_t[]){__VA_ARGS__})[below(                                                        \
        draws, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))]

static uint64_t below(struct draws *draws, uint64_t n)
{
    uint64_t bits = relo_hash_draw(draws->seed, SWARM, 0, draws->n++);
    return (uint64_t)(((relo_u128)bits * n) >> 64);
}

static void draw_overlay(struct draws *draws, struct sim_params *p)
{
    uint32_t doublings = (uint32_t)below(draws, 5);
    p->peers = 8 + (uint32_t)below(draws, (UINT64_C(12) << doublings) + 1); /* 8 to 200 */
    p->bootstrap = below(draws, 2) ? SIM_BOOTSTRAP_ORACLE : SIM_BOOTSTRAP_JOIN;
    p->bootstrap_peers = 1 + (uint32_t)below(draws, 4);
    p->chord_reactive = below(draws, 4) != 0;
    p->chord_update_interval_ns = ONE_OF(draws, 20, 30, 60, 120) * RELO_S;
    p->chord_ping_interval_ns = ONE_OF(draws, 60, 300, 1800) * RELO_S;
    p->neighbor_ping_interval_ns = ONE_OF(draws, 0, 0, 15) * RELO_S;
    p->reroute_on_failure = below(draws, 4) != 0;
    p->link_idle_close_ns = ONE_OF(draws, 600, 120, 0) * RELO_S;
    p->signature = below(draws, 2) ? SIM_SIGNATURE_RSA_2048 : SIM_SIGNATURE_ECDSA_P256;
    p->certificate_bytes = p->signature == SIM_SIGNATURE_RSA_2048 ? 794 : 399;
}

static void draw_network(struct draws *draws, struct sim_params *p)
{
    p->latency = below(draws, 2) ? SIM_LATENCY_GEO_2D : SIM_LATENCY_CONST;
    p->latency_const_ns = ONE_OF(draws, 5, 50, 250) * RELO_MS;
    p->jitter_ns = ONE_OF(draws, 0, 0, 20, 100) * RELO_MS;
    p->loss_ppb = (uint32_t)ONE_OF(draws, 0, 0, 1, 5, 20, 50) * (SIM_PPB / 1000);
    if (below(draws, 4) == 0) { /* a thin line */
        p->up_bps = 256000;
        p->down_bps = 1000000;
        p->queue_up_bytes = p->queue_down_bytes = 30000;
    }
    p->mtu = (uint32_t)ONE_OF(draws, 1500, 1500, 1280, 9000);
}

static void draw_churn(struct draws *draws, struct sim_params *p)
{
    p->churn = (enum sim_churn_kind)ONE_OF(draws, SIM_CHURN_NONE, SIM_CHURN_EXPONENTIAL,
                                           SIM_CHURN_WEIBULL, SIM_CHURN_EXPONENTIAL);
    p->mean_session_ns = ONE_OF(draws, 180, 600, 1800) * RELO_S;
    p->mean_dead_ns = p->mean_session_ns / 2;
    p->churn_shape_ppb = SIM_PPB / 2;
    p->graceful_leave_ppb = (uint32_t)ONE_OF(draws, 0, 500, 1000) * (SIM_PPB / 1000);
    p->same_identity = below(draws, 2);
}

static void draw_workload(struct draws *draws, struct sim_params *p)
{
    p->lookup_interval_ns = ONE_OF(draws, 30, 60) * RELO_S;
    p->store_interval_ns = ONE_OF(draws, 0, 60, 200) * RELO_S;
    p->fetch_interval_ns = p->store_interval_ns ? ONE_OF(draws, 60, 120) * RELO_S : 0;
    p->value_bytes = (uint32_t)ONE_OF(draws, 8, 100, 2000);
    p->lifetime_ns = ONE_OF(draws, 600, 7200) * RELO_S;
    /* A link carries a message or fragment per round trip (6.6.3.1), hot ones (a peer's only
       predecessor) all that a range asks for. What is above that is a question of capacity, not of
       what must always hold. */
    if (p->latency == SIM_LATENCY_CONST && p->latency_const_ns > 100 * RELO_MS) {
        p->lookup_interval_ns *= 4;
        p->store_interval_ns *= 4;
        p->fetch_interval_ns *= 4;
        p->value_bytes = p->value_bytes > 100 ? 100 : p->value_bytes;
    } else if (p->value_bytes > 1000) {
        p->store_interval_ns *= 3;
        p->fetch_interval_ns *= 3;
    }
}

void sim_swarm_draw(uint64_t seed, struct sim_swarm *swarm)
{
    struct draws draws = {seed, 0};
    struct sim_params *p = &swarm->params;
    *swarm = (struct sim_swarm){.settle_ns = 0};
    sim_params_init(p);
    p->seed = seed;
    draw_overlay(&draws, p);
    draw_network(&draws, p);
    draw_churn(&draws, p);
    draw_workload(&draws, p);
    p->build_up_ns = 120 * RELO_S + p->peers * RELO_S;
    p->transition_ns = 0;
    relo_time trouble = 600 * RELO_S;
    /* Sessions that had begun to join go on joining; what is not noticed by then is by two rounds of
       Updates; a ring that came apart heals at a partition check (10.7.4.4), each 600 s. */
    swarm->settle_ns = 720 * RELO_S + 2 * p->chord_update_interval_ns;
    swarm->quiet_from = p->build_up_ns + trouble;
    p->measurement_ns = trouble + swarm->settle_ns + 120 * RELO_S;
    swarm->other_shards = below(&draws, 3) == 0 ? 2 + (uint32_t)below(&draws, 6) : 0;
    static const char *const churns[] = {"none", "exponential", "weibull"};
    snprintf(swarm->text, sizeof swarm->text,
             "%u peers, %s, %s, update %d s, ping %d s, neighbor-ping %d s, %s latency, jitter %d ms, "
             "loss %.1f%%%s, mtu %u, churn %s %d s graceful %d%%%s, store %d s of %u bytes for %d s%s",
             p->peers, p->bootstrap == SIM_BOOTSTRAP_ORACLE ? "oracle" : "join",
             p->chord_reactive ? "reactive" : "periodic",
             (int)(p->chord_update_interval_ns / RELO_S), (int)(p->chord_ping_interval_ns / RELO_S),
             (int)(p->neighbor_ping_interval_ns / RELO_S),
             p->latency == SIM_LATENCY_CONST ? "constant" : "geo-2d", (int)(p->jitter_ns / RELO_MS),
             (double)p->loss_ppb / (SIM_PPB / 100), p->up_bps ? ", thin lines" : "", p->mtu,
             churns[p->churn], (int)(p->mean_session_ns / RELO_S),
             (int)(p->graceful_leave_ppb / (SIM_PPB / 100)),
             p->same_identity ? " same identity" : "", (int)(p->store_interval_ns / RELO_S),
             p->value_bytes, (int)(p->lifetime_ns / RELO_S),
             p->reroute_on_failure ? "" : ", no rerouting");
}

/* One run; its first violation, owned, or NULL. */
static char *run(const struct sim_swarm *swarm, uint32_t shards, struct sim_check *check,
                 uint64_t *fingerprint)
{
    struct mx_run result;
    char *error = NULL;
    *check = (struct sim_check){.quiet_from = swarm->quiet_from, .settle_ns = swarm->settle_ns};
    struct sim_run_options options = {
        .check = check, .shards = shards, .shuffle = shards > 1 ? swarm->params.seed : 0};
    mx_run_init(&result);
    if (!sim_run(&swarm->params, &options, &result, &error)) {
        g_free(check->violation);
        check->violation = error;
    }
    *fingerprint = result.facts.wire_fingerprint;
    mx_run_fini(&result);
    return check->violation;
}

void sim_swarm_run(const struct sim_swarm *swarm, struct sim_swarm_outcome *outcome)
{
    struct sim_check check;
    uint64_t again;
    *outcome = (struct sim_swarm_outcome){.violation = NULL};
    outcome->violation = run(swarm, 1, &check, &outcome->fingerprint);
    outcome->looks = check.looks;
    outcome->lookups = check.lookups;
    outcome->fetches = check.fetches;
    outcome->values = check.values;
    outcome->excused = check.excused;
    if (outcome->violation || swarm->other_shards == 0)
        return;
    outcome->violation = run(swarm, swarm->other_shards, &check, &again);
    if (!outcome->violation && again != outcome->fingerprint)
        outcome->violation =
            g_strdup_printf("%u shards give another fingerprint than one", swarm->other_shards);
}
