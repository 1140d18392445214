/* SPDX-License-Identifier: BSD-2-Clause */
/* What a seed of the swarm means: the ordinary options of every run, and a few troubles of those
   there are. What came later is drawn last, so that seeds from before mean what they meant where
   that is not drawn. docs/SIMULATION.md lists it all. */
#include "sim/check/swarm.h"

#include "core/base/hash.h"
#include "sim/scenario/nats.h"

#include <glib.h>

#define SWARM UINT64_C(0x5a) /* the purpose of these draws */
#define TROUBLE_NS (600 * RELO_S)
#define PERMILLE (SIM_PPB / 1000)
#define LARGE_RING 100 /* peers */
#define FINGER_PING_NS (300 * RELO_S)

struct draws {
    uint64_t seed, n;
    GString *text;
};

/* One of n values. */
#define ONE_OF(draws, ...)                                                                         \
    ((const int64_t[]){                                                                            \
        __VA_ARGS__})[below(draws, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))]

static uint64_t below(struct draws *draws, uint64_t n)
{
    uint64_t bits = relo_hash_draw(draws->seed, SWARM, 0, draws->n++);
    return (uint64_t)(((relo_u128)bits * n) >> 64);
}

static int seconds(relo_time t)
{
    return (int)(t / RELO_S);
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
    /* With periodic recovery only this Ping replaces a finger that failed (10.7.2), one each time.
       In a large ring whose tables stay a third empty, all goes the same few ways, which carry a
       message per round trip (6.6.3.1): capacity again, and the quiet part ends before they fill.
     */
    if (!p->chord_reactive && p->peers > LARGE_RING && p->chord_ping_interval_ns > FINGER_PING_NS)
        p->chord_ping_interval_ns = FINGER_PING_NS;
    p->neighbor_ping_interval_ns = ONE_OF(draws, 0, 0, 15) * RELO_S;
    p->reroute_on_failure = below(draws, 4) != 0;
    p->link_idle_close_ns = ONE_OF(draws, 600, 120, 0) * RELO_S;
    p->signature = below(draws, 2) ? SIM_SIGNATURE_RSA_2048 : SIM_SIGNATURE_ECDSA_P256;
    p->certificate_bytes = p->signature == SIM_SIGNATURE_RSA_2048 ? 794 : 399;
    g_string_append_printf(
        draws->text, "%u peers, %s, %s, update %d s, ping %d s, neighbor-ping %d s%s", p->peers,
        p->bootstrap == SIM_BOOTSTRAP_ORACLE ? "oracle" : "join",
        p->chord_reactive ? "reactive" : "periodic", seconds(p->chord_update_interval_ns),
        seconds(p->chord_ping_interval_ns), seconds(p->neighbor_ping_interval_ns),
        p->reroute_on_failure ? "" : ", no rerouting");
}

static void draw_network(struct draws *draws, struct sim_params *p)
{
    static const char *const names[] = {"const", "geo-2d", "euclid"};
    p->latency = (enum sim_latency_kind)ONE_OF(draws, SIM_LATENCY_CONST, SIM_LATENCY_GEO_2D,
                                               SIM_LATENCY_GEO_2D, SIM_LATENCY_EUCLID);
    p->latency_const_ns = ONE_OF(draws, 5, 50, 250) * RELO_MS;
    p->tiv_sigma_ppb = (uint32_t)ONE_OF(draws, 0, 0, 300) * PERMILLE;
    p->access_delay_ns = ONE_OF(draws, 0, 0, 20) * RELO_MS;
    p->jitter_ns = ONE_OF(draws, 0, 0, 20, 100) * RELO_MS;
    p->loss_ppb = (uint32_t)ONE_OF(draws, 0, 0, 1, 5, 20, 50) * PERMILLE;
    if (below(draws, 6) == 0) { /* in bursts of some packets */
        p->burst_enter_ppb = 5 * PERMILLE;
        p->burst_leave_ppb = (uint32_t)ONE_OF(draws, 500, 250) * PERMILLE;
        p->burst_loss_ppb = 800 * PERMILLE;
    }
    if (below(draws, 4) == 0) { /* a thin line */
        p->up_bps = 256000;
        p->down_bps = 1000000;
        p->queue_up_bytes = p->queue_down_bytes = 30000;
    }
    p->mtu = (uint32_t)ONE_OF(draws, 1500, 1500, 1280, 9000);
    /* A hop takes a round trip for each fragment, and some pairs' is of seconds: with both a
       request over several hops takes longer than 6.2.1's 15 s. */
    if (p->tiv_sigma_ppb && p->mtu < 1500)
        p->mtu = 1500;
    g_string_append_printf(draws->text, "; %s latency", names[p->latency]);
    if (p->latency == SIM_LATENCY_CONST)
        g_string_append_printf(draws->text, " %d ms", (int)(p->latency_const_ns / RELO_MS));
    g_string_append_printf(draws->text, ", jitter %d ms, loss %.1f%%%s%s%s, mtu %u",
                           (int)(p->jitter_ns / RELO_MS), (double)p->loss_ppb / (SIM_PPB / 100),
                           p->burst_enter_ppb ? " and bursts" : "", p->tiv_sigma_ppb ? ", tiv" : "",
                           p->up_bps ? ", thin lines" : "", p->mtu);
}

static uint32_t shape_of(enum sim_churn_kind model)
{
    switch (model) {
    case SIM_CHURN_WEIBULL:
        return 500 * PERMILLE;
    case SIM_CHURN_PARETO:
    case SIM_CHURN_YAO_PARETO:
        return 3000 * PERMILLE;
    case SIM_CHURN_LOG_NORMAL:
        return 1000 * PERMILLE;
    case SIM_CHURN_NORMAL:
        return 300 * PERMILLE;
    case SIM_CHURN_NONE:
    case SIM_CHURN_EXPONENTIAL:
    case SIM_CHURN_POISSON:
    case SIM_CHURN_TRACE:
    case SIM_CHURN_KINDS:
        break;
    }
    return SIM_PPB;
}

static void draw_second_population(struct draws *draws, struct sim_params *p)
{
    if (p->churn == SIM_CHURN_NONE || p->churn == SIM_CHURN_POISSON || below(draws, 4) != 0)
        return;
    p->population[0] = (struct sim_population){.model = SIM_CHURN_EXPONENTIAL,
                                               .mean_session_ns = 1200 * RELO_S,
                                               .mean_dead_ns = 600 * RELO_S,
                                               .shape_ppb = SIM_PPB,
                                               .diurnal_period_ns = p->diurnal_period_ns,
                                               .share_ppb = 500 * PERMILLE};
    p->population_count = 1;
    g_string_append(draws->text, ", half of them 1200 s");
}

static void draw_churn(struct draws *draws, struct sim_params *p)
{
    static const char *const names[SIM_CHURN_KINDS] = {
        "none", "exponential", "weibull", "pareto", "log-normal", "normal", "yao", "poisson"};
    p->churn = (enum sim_churn_kind)ONE_OF(
        draws, SIM_CHURN_NONE, SIM_CHURN_NONE, SIM_CHURN_EXPONENTIAL, SIM_CHURN_EXPONENTIAL,
        SIM_CHURN_WEIBULL, SIM_CHURN_PARETO, SIM_CHURN_LOG_NORMAL, SIM_CHURN_NORMAL,
        SIM_CHURN_YAO_PARETO, SIM_CHURN_POISSON);
    p->mean_session_ns = ONE_OF(draws, 180, 600, 1800) * RELO_S;
    p->mean_dead_ns = p->mean_session_ns / 2;
    p->churn_shape_ppb = shape_of(p->churn);
    p->graceful_leave_ppb = (uint32_t)ONE_OF(draws, 0, 500, 1000) * PERMILLE;
    p->same_identity = below(draws, 2);
    if (p->churn == SIM_CHURN_POISSON)
        p->join_rate_ppb = p->leave_rate_ppb =
            (uint64_t)p->peers * SIM_PPB / (uint64_t)seconds(p->mean_session_ns);
    if (below(draws, 6) == 0 && p->churn != SIM_CHURN_POISSON) {
        p->diurnal_ppb = 500 * PERMILLE;
        p->diurnal_period_ns = 600 * RELO_S;
    }
    g_string_append_printf(
        draws->text, "; churn %s %d s graceful %d%%%s%s", names[p->churn],
        seconds(p->mean_session_ns), (int)(p->graceful_leave_ppb / (SIM_PPB / 100)),
        p->same_identity ? " same identity" : "", p->diurnal_ppb ? " diurnal" : "");
    draw_second_population(draws, p);
}

static void draw_workload(struct draws *draws, struct sim_params *p)
{
    static const char *const models[] = {"single", "array", "dictionary"};
    p->lookup_interval_ns = ONE_OF(draws, 30, 60) * RELO_S;
    p->store_interval_ns = ONE_OF(draws, 0, 60, 200) * RELO_S;
    p->fetch_interval_ns = p->store_interval_ns ? ONE_OF(draws, 60, 120) * RELO_S : 0;
    p->model =
        (enum sim_model)ONE_OF(draws, SIM_MODEL_SINGLE, SIM_MODEL_ARRAY, SIM_MODEL_DICTIONARY);
    p->value_bytes = (uint32_t)ONE_OF(draws, 8, 100, 2000);
    if (p->model != SIM_MODEL_SINGLE && p->value_bytes > 1000)
        p->value_bytes = 1000;
    p->lifetime_ns = ONE_OF(draws, 600, 7200) * RELO_S;
    p->pace = (enum sim_pace)ONE_OF(draws, SIM_PACE_POISSON, SIM_PACE_POISSON, SIM_PACE_CONSTANT,
                                    SIM_PACE_UNIFORM);
    p->zipf_ppb = below(draws, 4) == 0 ? 800 * PERMILLE : 0;
    if (below(draws, 4) == 0) {
        p->sip_lifetime_ns = 600 * RELO_S;
        p->call_interval_ns = 200 * RELO_S;
    }
    /* A link carries a message or fragment per round trip (6.6.3.1), hot ones (a peer's only
       predecessor) all that a range asks for. What is above that is a question of capacity, not of
       what must always hold. */
    if (p->latency == SIM_LATENCY_CONST && p->latency_const_ns > 100 * RELO_MS) {
        bool all_in_fragments = p->mtu < 1500 && p->signature == SIM_SIGNATURE_RSA_2048;
        int64_t less = all_in_fragments ? 12 : 4;
        p->lookup_interval_ns *= 4;
        p->store_interval_ns *= less;
        p->fetch_interval_ns *= less;
        p->call_interval_ns *= less;
        p->value_bytes = p->value_bytes > 100 ? 100 : p->value_bytes;
        p->zipf_ppb = 0;
    }
    g_string_append_printf(draws->text, "; store %d s of %u bytes (%s) for %d s%s%s",
                           seconds(p->store_interval_ns), p->value_bytes, models[p->model],
                           seconds(p->lifetime_ns), p->zipf_ppb ? ", zipf" : "",
                           p->sip_lifetime_ns ? ", sip" : "");
}

static void draw_packet_faults(struct draws *draws, struct sim_params *p)
{
    p->corrupt_ppb = (uint32_t)ONE_OF(draws, 0, 1, 10) * PERMILLE;
    p->duplicate_ppb = (uint32_t)ONE_OF(draws, 0, 10, 50) * PERMILLE;
    p->reorder_ppb = (uint32_t)ONE_OF(draws, 0, 10, 100) * PERMILLE;
    p->reorder_delay_ns = ONE_OF(draws, 50, 500) * RELO_MS;
    g_string_append_printf(
        draws->text, "; corrupt %.1f%% duplicate %.1f%% reorder %.1f%% by %d ms",
        (double)p->corrupt_ppb / (SIM_PPB / 100), (double)p->duplicate_ppb / (SIM_PPB / 100),
        (double)p->reorder_ppb / (SIM_PPB / 100), (int)(p->reorder_delay_ns / RELO_MS));
}

static void draw_crashes(struct draws *draws, struct sim_params *p)
{
    if (p->bootstrap_peers >= p->peers)
        return;
    p->crash_interval_ns = ONE_OF(draws, 600, 1800) * RELO_S;
    p->restart_ns = ONE_OF(draws, 5, 60) * RELO_S;
    p->crash_storage = below(draws, 2) ? SIM_CRASH_KEPT : SIM_CRASH_LOST;
    g_string_append_printf(draws->text, "; crash every %d s for %d s, storage %s",
                           seconds(p->crash_interval_ns), seconds(p->restart_ns),
                           p->crash_storage == SIM_CRASH_KEPT ? "kept" : "lost");
}

/* Until all is quiet; what each of them does. */
static void draw_malice(struct draws *draws, struct sim_params *p)
{
    p->malicious_ppb = (uint32_t)ONE_OF(draws, 50, 200) * PERMILLE;
    p->malicious_from_ns = p->build_up_ns + TROUBLE_NS;
    p->malicious_step_interval_ns = RELO_S;
    p->malicious_step_ppb = SIM_PPB;
    p->drop_requests_ppb = (uint32_t)ONE_OF(draws, 0, 200) * PERMILLE;
    p->drop_answers_ppb = (uint32_t)ONE_OF(draws, 0, 200) * PERMILLE;
    p->misroute_ppb = (uint32_t)ONE_OF(draws, 0, 200) * PERMILLE;
    p->claim_ppb = (uint32_t)ONE_OF(draws, 0, 200) * PERMILLE;
    p->replay_ppb = (uint32_t)ONE_OF(draws, 0, 200) * PERMILLE;
    p->tamper_ppb = (uint32_t)ONE_OF(draws, 0, 300) * PERMILLE;
    p->stale_ppb = (uint32_t)ONE_OF(draws, 0, 300) * PERMILLE;
    p->flood_interval_ns = ONE_OF(draws, 0, 0, 10) * RELO_S;
    if (p->value_bytes < 100) /* so that the bytes show what was tampered with */
        p->value_bytes = 100;
    g_string_append_printf(
        draws->text, "; %d%% malicious:%s%s%s%s%s%s%s%s", (int)(p->malicious_ppb / (SIM_PPB / 100)),
        p->drop_requests_ppb ? " drop requests" : "", p->drop_answers_ppb ? " drop answers" : "",
        p->misroute_ppb ? " misroute" : "", p->claim_ppb ? " claim" : "",
        p->replay_ppb ? " replay" : "", p->tamper_ppb ? " tamper" : "",
        p->stale_ppb ? " stale" : "", p->flood_interval_ns ? " flood" : "");
}

static void draw_events(struct draws *draws, struct sim_params *p)
{
    switch (below(draws, 6)) {
    case 0:
        p->mass_failure_at_ns = 200 * RELO_S;
        p->mass_failure_share_ppb = (uint32_t)ONE_OF(draws, 100, 200, 300) * PERMILLE;
        g_string_append_printf(draws->text, "; %d%% fail at once",
                               (int)(p->mass_failure_share_ppb / (SIM_PPB / 100)));
        break;
    case 1:
        p->flash_crowd_at_ns = 100 * RELO_S;
        p->flash_crowd_within_ns = 60 * RELO_S;
        p->flash_crowd_peers = p->peers / 3 + 1;
        g_string_append_printf(draws->text, "; a crowd of %u", p->flash_crowd_peers);
        break;
    case 2:
        p->partition_groups = (uint32_t)ONE_OF(draws, 2, 2, 3);
        if (p->bootstrap_peers < p->partition_groups) /* each part has one to heal by (10.7.4.4) */
            p->bootstrap_peers = p->partition_groups;
        p->partition_from_ns = 120 * RELO_S;
        p->partition_to_ns = p->partition_from_ns + ONE_OF(draws, 20, 120, 300) * RELO_S;
        g_string_append_printf(draws->text, "; %u parts for %d s", p->partition_groups,
                               seconds(p->partition_to_ns - p->partition_from_ns));
        break;
    default:
        break;
    }
}

static void draw_troubles(struct draws *draws, struct sim_params *p)
{
    if (below(draws, 4) == 0)
        draw_packet_faults(draws, p);
    if (below(draws, 6) == 0) {
        p->slow_ppb = 100 * PERMILLE;
        p->processing_ns = ONE_OF(draws, 5, 20) * RELO_MS;
        g_string_append_printf(draws->text, "; 10%% slow by %d ms",
                               (int)(p->processing_ns / RELO_MS));
    }
    if (below(draws, 5) == 0) {
        p->clock_skew_ns = ONE_OF(draws, 1, 30) * RELO_S;
        p->clock_interval_ns = ONE_OF(draws, 0, 300) * RELO_S;
        g_string_append_printf(draws->text, "; clocks wrong by %d s%s", seconds(p->clock_skew_ns),
                               p->clock_interval_ns ? ", set again" : "");
    }
    if (below(draws, 5) == 0)
        draw_crashes(draws, p);
    if (below(draws, 5) == 0)
        draw_malice(draws, p);
    draw_events(draws, p);
}

/* Pairs that cannot talk until all is quiet: a ring in which neighbors are such a pair holds no
   more than a parted one (there is no ICE here, and nobody relays). */
static void draw_non_transitive(struct draws *draws, struct sim_params *p)
{
    if (below(draws, 6) != 0)
        return;
    p->non_transitive_ppb = (uint32_t)ONE_OF(draws, 2, 10, 30) * PERMILLE;
    g_string_append_printf(draws->text, "; %.1f%% of pairs cannot talk",
                           (double)p->non_transitive_ppb / (SIM_PPB / 100));
}

static void draw_latency_file(struct draws *draws, struct sim_params *p)
{
    if (below(draws, 5) != 0)
        return;
    p->latency = (enum sim_latency_kind)ONE_OF(draws, SIM_LATENCY_MATRIX, SIM_LATENCY_OVERSIM_XML);
    g_string_append_printf(draws->text, "; latency of a file, %s",
                           p->latency == SIM_LATENCY_MATRIX ? "matrix" : "oversim-xml");
}

/* In place of [churn]; its populations stay. */
static void draw_trace(struct draws *draws, struct sim_swarm *swarm)
{
    struct sim_params *p = &swarm->params;
    if (below(draws, 6) != 0)
        return;
    swarm->trace_nodes = p->peers / 4 + 1 + (uint32_t)below(draws, p->peers / 2 + 1);
    p->churn = SIM_CHURN_TRACE;
    p->join_rate_ppb = p->leave_rate_ppb = 0;
    g_string_append_printf(draws->text, "; churn of a trace, %u ids", swarm->trace_nodes);
}

static bool has_homes(const struct sim_nat_mix *nat)
{
    return nat->share_ppb[SIM_NAT_CLASS_EI_EI] || nat->share_ppb[SIM_NAT_CLASS_EI_AD] ||
           nat->share_ppb[SIM_NAT_CLASS_EI_APD];
}

/* One of the presets, or a mix in which every pair finds a direct path. */
static const char *draw_mix(struct draws *draws, struct sim_nat_mix *nat)
{
    uint64_t i = below(draws, 7);
    const struct sim_nat_preset *preset = sim_nat_preset_at(i < 5 ? (unsigned)i : 0);
    *nat = sim_nat_mix_of(preset);
    if (i < 5)
        return preset->name;
    nat->share_ppb[SIM_NAT_CLASS_EI_APD] +=
        nat->share_ppb[SIM_NAT_CLASS_SYMMETRIC] + nat->share_ppb[SIM_NAT_CLASS_BLOCKED];
    nat->share_ppb[SIM_NAT_CLASS_SYMMETRIC] = nat->share_ppb[SIM_NAT_CLASS_BLOCKED] = 0;
    return "without symmetric";
}

/* A ring whose neighbors may find no path to each other need not become whole: what must hold of
   it is all that has to hold at any time. */
static void draw_nats(struct draws *draws, struct sim_swarm *swarm)
{
    struct sim_params *p = &swarm->params;
    if (below(draws, 4) != 0 || p->bootstrap_peers >= p->peers)
        return;
    const char *mix = draw_mix(draws, &p->nat);
    p->nat.hosts_per_nat = (uint32_t)ONE_OF(draws, 1, 1, 4);
    p->nat.cgn_ppb = has_homes(&p->nat) ? (uint32_t)ONE_OF(draws, 0, 0, 300) * PERMILLE : 0;
    p->nat.homes_per_cgn = 4;
    p->nat.reboot_interval_ns = ONE_OF(draws, 0, 0, 900) * RELO_S;
    p->nat.reboot_moves_ppb = 500 * PERMILLE;
    p->no_ice = false;
    p->ice_consent = below(draws, 4) == 0;
    p->turn_density = below(draws, 4) ? sim_nats_density(&p->nat) : 0;
    swarm->holes = sim_nat_mix_direct(&p->nat, SIM_NAT_PAIRS_ALL) < 1000000 || p->nat.cgn_ppb ||
                   p->nat.hosts_per_nat > 1;
    g_string_append_printf(draws->text, "; nats %s, %u to a home%s%s%s%s", mix,
                           p->nat.hosts_per_nat, p->nat.cgn_ppb ? ", carriers" : "",
                           p->nat.reboot_interval_ns ? ", reboots" : "",
                           p->ice_consent ? ", consent" : "", p->turn_density ? "" : ", no relays");
}

void sim_swarm_draw(uint64_t seed, struct sim_swarm *swarm)
{
    struct draws draws = {seed, 0, g_string_new(NULL)};
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
    draw_troubles(&draws, p);
    /* Sessions that had begun to join go on joining; what is not noticed by then is by two rounds
       of Updates; a ring that came apart heals at a partition check (10.7.4.4), each 600 s, and
       what was parted may need two. The last of those who retry waits 160 s, and joins for 80. */
    swarm->settle_ns = (720 + 240) * RELO_S + 2 * p->chord_update_interval_ns;
    if (p->partition_from_ns)
        swarm->settle_ns += 600 * RELO_S;
    swarm->quiet_from = p->build_up_ns + TROUBLE_NS;
    p->measurement_ns = TROUBLE_NS + swarm->settle_ns + 120 * RELO_S;
    swarm->other_shards = below(&draws, 3) == 0 ? 2 + (uint32_t)below(&draws, 6) : 0;
    draw_non_transitive(&draws, p);
    draw_latency_file(&draws, p);
    draw_trace(&draws, swarm);
    draw_nats(&draws, swarm);
    g_strlcpy(swarm->text, draws.text->str, sizeof swarm->text);
    g_string_free(draws.text, TRUE);
}
