/* SPDX-License-Identifier: BSD-2-Clause */
/* Core latency between sites: const; geo-2d, seven clusters of sites on a plane of round-trip times
   with a height each, calibrated to King (median RTT 156 ms, mean 178 ms); euclid; files. */
#include "sim/net/latency.h"

#include "core/base/check.h"
#include "core/base/chunk.h"
#include "core/base/fmath.h"
#include "sim/engine/draw.h"

#include <glib.h>

/* A continent: share of the sites, and a Gaussian cloud on the plane of RTTs (milliseconds before
   scaling). Neighbors on the plane are neighbors by submarine cable. */
struct cluster {
    double share, x, y, deviation;
};
static const struct cluster clusters[] = {
    {0.28, 0, 0, 18},      /* North America, east */
    {0.15, 54, 4, 16},     /* North America, west */
    {0.33, -74, 6, 20},    /* Europe */
    {0.12, 232, 12, 28},   /* East Asia */
    {0.05, -60, 236, 30},  /* South Asia */
    {0.04, -8, -180, 26},  /* South America */
    {0.03, 270, -170, 18}, /* Oceania */
};

/* Fitted so that median and mean come out right for any seed and 1,000 sites or more
   (/latency/geo2d/calibrated holds them to 1.5 %). */
#define PLANE_US_PER_MS 869.5
#define HEIGHT_MEAN_US 25200.0
#define HEIGHT_MIN_US 500.0

/* Sites are dealt to the clusters by the golden ratio, and within a cluster spread over the
   quantiles by its three-dimensional sister, all rotated by the seed: every share and quantile is
   met closely, so that the calibration hardly depends on the seed. */
static const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
static const uint64_t golden3[3] = {UINT64_C(0xd1b54a32d192ed03), UINT64_C(0xabc98388fb8fac03),
                                    UINT64_C(0x8cb92ba72f3d8dd7)};

static uint32_t cluster_of(uint64_t seed, uint32_t site)
{
    double share = relo_fmath_unit(relo_hash_draw(seed, SIM_DRAW_PLACE, 0, 0) + golden * site);
    uint32_t c = 0;
    while (c < G_N_ELEMENTS(clusters) - 1 && share >= clusters[c].share)
        share -= clusters[c++].share;
    return c;
}

/* The place of the nth site of a cluster. */
static struct sim_place place_in(uint64_t seed, uint32_t cluster, uint32_t nth)
{
    const struct cluster *c = &clusters[cluster];
    double u[3];
    for (uint32_t i = 0; i < 3; i++)
        u[i] = relo_fmath_unit(relo_hash_draw(seed, SIM_DRAW_PLACE, 1 + cluster, i) +
                               golden3[i] * nth);
    double x = c->x + c->deviation * relo_fmath_normal_quantile(u[0]);
    double y = c->y + c->deviation * relo_fmath_normal_quantile(u[1]);
    double height = HEIGHT_MIN_US - HEIGHT_MEAN_US * relo_fmath_log(u[2]);
    return (struct sim_place){(int32_t)(x * PLANE_US_PER_MS), (int32_t)(y * PLANE_US_PER_MS),
                              (int32_t)height};
}

/* p2psim's Euclidean square, uniform, with its side such that the median RTT is King's: the median
   distance of two random points of the unit square is 0.51200. */
#define SQUARE_US (156000.0 / 0.51200)

static struct sim_place place_in_square(uint64_t seed, uint32_t site)
{
    /* The two-dimensional sister of the golden ratio. */
    static const uint64_t golden2[2] = {UINT64_C(0xc13fa9a902a6328f), UINT64_C(0x91e10da5c79e7b1d)};
    double u[2];
    for (uint32_t i = 0; i < 2; i++)
        u[i] = relo_fmath_unit(relo_hash_draw(seed, SIM_DRAW_PLACE, 0, i) + golden2[i] * site);
    return (struct sim_place){(int32_t)(u[0] * SQUARE_US), (int32_t)(u[1] * SQUARE_US), 0};
}

static bool is_file(enum sim_latency_kind kind)
{
    return kind == SIM_LATENCY_MATRIX || kind == SIM_LATENCY_OVERSIM_XML;
}

static const struct sim_sites *open_file(const struct sim_params *params, char **error)
{
    return sim_sites_open(params->latency_file, params->latency == SIM_LATENCY_OVERSIM_XML, error);
}

char *sim_latency_check(const struct sim_params *params, uint32_t sites)
{
    char *error = NULL;
    if (!is_file(params->latency))
        return NULL;
    const struct sim_sites *file = open_file(params, &error);
    if (file && file->n < sites)
        return g_strdup_printf("network.latency: %s has %u sites, but %u hosts are needed (with "
                               "churn more than overlay.peers); have fewer peers",
                               params->latency_file, file->n, sites);
    return error;
}

void sim_latency_init(struct sim_latency *latency, const struct sim_params *params, uint32_t sites)
{
    *latency = (struct sim_latency){.kind = params->latency,
                                    .const_ns = params->latency_const_ns,
                                    .floor_ns = params->min_latency_ns,
                                    .sites = sites,
                                    .seed = params->seed,
                                    .tiv_sigma = (double)params->tiv_sigma_ppb / SIM_PPB};
    latency->blocked_below = (uint64_t)(((relo_u128)params->non_transitive_ppb << 64) / SIM_PPB);
    if (is_file(params->latency)) {
        char *error = NULL;
        latency->file = open_file(params, &error);
        RELO_CHECK(latency->file && latency->file->n >= sites); /* sim_latency_check has said so */
        return;
    }
    if (params->latency == SIM_LATENCY_CONST)
        return;
    latency->places = relo_chunk_new(sites * sizeof *latency->places);
    uint32_t members[G_N_ELEMENTS(clusters)] = {0};
    for (uint32_t i = 0; i < sites; i++) {
        if (params->latency == SIM_LATENCY_EUCLID) {
            latency->places[i] = place_in_square(params->seed, i);
            continue;
        }
        uint32_t cluster = cluster_of(params->seed, i);
        latency->places[i] = place_in(params->seed, cluster, members[cluster]++);
    }
}

void sim_latency_fini(struct sim_latency *latency)
{
    relo_chunk_free(latency->places);
    latency->places = NULL;
}

static uint64_t pair_draw(const struct sim_latency *latency, enum sim_draw purpose, uint32_t a,
                          uint32_t b)
{
    return relo_hash_draw(latency->seed, purpose, a < b ? a : b, a < b ? b : a);
}

bool sim_latency_connected(const struct sim_latency *latency, uint32_t a, uint32_t b)
{
    return !latency->blocked_below || a == b ||
           pair_draw(latency, SIM_DRAW_BLOCKED, a, b) >= latency->blocked_below;
}

static relo_time between(const struct sim_place *p, const struct sim_place *q)
{
    int64_t dx = p->x_us - q->x_us, dy = p->y_us - q->y_us;
    int64_t rtt_us = (int64_t)relo_fmath_sqrt((double)(dx * dx + dy * dy));
    return (rtt_us + p->height_us + q->height_us) * (RELO_US / 2);
}

/* A log-normal factor of median 1: what makes some detours shorter than the direct way. */
static relo_time violate(const struct sim_latency *latency, uint32_t a, uint32_t b, relo_time t)
{
    double u = relo_fmath_unit(pair_draw(latency, SIM_DRAW_TIV, a, b));
    double factor = relo_fmath_exp(latency->tiv_sigma * relo_fmath_normal_quantile(u));
    return (relo_time)((double)t * factor);
}

relo_time sim_latency_one_way(const struct sim_latency *latency, uint32_t a, uint32_t b,
                              bool *clamped)
{
    relo_time one_way = latency->const_ns;
    if (latency->places)
        one_way = between(&latency->places[a], &latency->places[b]);
    else if (latency->file && latency->file->rtt_us)
        one_way = latency->file->rtt_us[(size_t)a * latency->file->n + b] * (RELO_US / 2);
    else if (latency->file)
        one_way = between(&latency->file->places[a], &latency->file->places[b]);
    if (latency->tiv_sigma > 0)
        one_way = violate(latency, a, b, one_way);
    if (clamped)
        *clamped = one_way < latency->floor_ns;
    return one_way < latency->floor_ns ? latency->floor_ns : one_way;
}

static int compare_times(const void *a, const void *b)
{
    const relo_time *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

void sim_latency_describe(const struct sim_params *params, struct sim_latency_summary *summary)
{
    enum { SAMPLE = 300000 };
    uint32_t sites = params->peers < 2 ? 2 : params->peers;
    struct sim_latency latency;
    sim_latency_init(&latency, params, sites);
    relo_time *rtt = g_new(relo_time, SAMPLE), sum = 0;
    *summary = (struct sim_latency_summary){.pairs = SAMPLE};
    for (uint32_t i = 0; i < SAMPLE; i++) {
        uint64_t a = sim_draw_below(relo_hash_draw(params->seed, SIM_DRAW_PAIR, 0, i), sites);
        uint64_t b = sim_draw_below(relo_hash_draw(params->seed, SIM_DRAW_PAIR, 1, i), sites - 1);
        bool clamped;
        rtt[i] = 2 * sim_latency_one_way(&latency, (uint32_t)a, (uint32_t)(b + (b >= a)), &clamped);
        summary->clamped += clamped;
        summary->blocked += !sim_latency_connected(&latency, (uint32_t)a, (uint32_t)(b + (b >= a)));
        rtt[i] += 4 * params->access_delay_ns; /* through both access links, there and back */
        sum += rtt[i];
    }
    qsort(rtt, SAMPLE, sizeof *rtt, compare_times); /* of plain numbers: ties do not matter */
    summary->median_rtt_ns = rtt[SAMPLE / 2];
    summary->mean_rtt_ns = sum / SAMPLE;
    summary->min_rtt_ns = rtt[0];
    summary->max_rtt_ns = rtt[SAMPLE - 1];
    summary->missing = latency.file ? latency.file->missing : 0;
    sim_latency_fini(&latency);
    g_free(rtt);
}
