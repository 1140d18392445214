/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers that look like those of a Chord ring, from a seeded generator. */
#include "tests/plots/support_campaign.h"

#include <math.h>

#define NODE_SECONDS(n) ((int64_t)(n)*INT64_C(1000000000))

struct setting {
    int64_t peers;
    double session; /* s; 0: no churn */
    bool reactive;
    int64_t interval; /* s */
};

static void feed_lookups(struct mx_run *run, GRand *rand, const struct setting *s, double success)
{
    double hops_mean = 0.5 * log2((double)s->peers);
    for (int i = 0; i < 2000; i++) {
        bool ok = g_rand_double(rand) < success;
        mx_run_ratio(run, MX_LOOKUP_SUCCESS, ok, 1);
        mx_run_ratio(run, MX_LOOKUP_CORRECT, ok, 1);
        if (!ok)
            continue;
        double hops = hops_mean + (g_rand_double(rand) + g_rand_double(rand) - 1) * 3;
        int64_t whole = (int64_t)MAX(hops + 0.5, 0);
        double latency = 0;
        for (int64_t hop = 0; hop <= whole; hop++)
            latency += 0.02 - 0.07 * log(1 - g_rand_double(rand));
        if (s->session > 0 && g_rand_double(rand) < 60 / s->session)
            latency += 3;
        mx_run_add(run, MX_LOOKUP_HOPS, whole);
        mx_run_add(run, MX_LOOKUP_LATENCY, (int64_t)(latency * 1e9));
    }
}

static void feed_load(struct mx_run *run, GRand *rand)
{
    for (int i = 0; i < 200; i++) {
        double gap = -log(1 - g_rand_double(rand)); /* arcs of a ring are exponential */
        mx_run_add(run, MX_LOAD_FORWARDED, (int64_t)(gap * 2e6));
        mx_run_add(run, MX_LOAD_STORED, (int64_t)(gap * 3));
    }
}

static void feed_traffic(struct mx_run *run, GRand *rand, const struct setting *s)
{
    double churn = s->session > 0 ? 600 / s->session : 0;
    const double rates[MX_CLASS_COUNT] = {
        [MX_CLASS_MAINTENANCE] = (s->reactive ? 300 * churn : 0) + 9000.0 / (double)s->interval,
        [MX_CLASS_LOOKUP] = 120,
        [MX_CLASS_DATA] = 40,
        [MX_CLASS_CONNECT] = 350 * churn,
        [MX_CLASS_ACK] = 60 + 60 * churn,
    };
    for (int class = 0; class < MX_CLASS_COUNT; class ++) {
        int64_t bytes = (int64_t)(rates[class] * (0.95 + 0.1 * g_rand_double(rand)) * 1000);
        mx_run_ratio(run, MX_TRAFFIC_BYTES_MAINTENANCE + (enum mx_metric) class, bytes,
                     NODE_SECONDS(1000));
        mx_run_ratio(run, MX_TRAFFIC_BYTES, bytes, class == 0 ? NODE_SECONDS(1000) : 0);
    }
}

static void feed_series(struct mx_run *run, GRand *rand, const struct setting *s, double success)
{
    for (int64_t t = 0; t < 3600; t += 10) {
        double dip = t > 1200 ? exp(-(double)(t - 1200) / 300) : 0;
        int64_t alive =
            s->peers - (int64_t)((double)s->peers * 0.3 * dip) + g_rand_int_range(rand, 0, 20);
        int64_t wrong =
            (int64_t)((double)alive * (1 - success) * 0.3) + (int64_t)((double)alive * 0.2 * dip);
        mx_run_series_add(run, MX_ALIVE_PEERS, t * 1000000000, alive, 0);
        mx_run_series_add(run, MX_RING_WRONG_SUCCESSOR, t * 1000000000, wrong, alive);
        mx_run_series_add(run, MX_LOAD_RELAYED, t * 1000000000, 300 * 1000000 + t, 1);
        if (t % 60 == 0)
            mx_run_series_add(run, MX_JOIN_LATENCY, t * 1000000000, 20000000000 + t, 1);
        if (t % 60 == 0)
            mx_run_series_add(run, MX_LOOKUP_SUCCESS, t * 1000000000,
                              (int64_t)(1000 * (success - 0.2 * dip)), 1000);
    }
}

static void store(struct mx_database *db, const char *scenario, const char *title, int64_t point,
                  int64_t repetition, const struct setting *s)
{
    struct mx_run run;
    mx_run_init(&run);
    GRand *rand = g_rand_new_with_seed((guint32)(point * 100 + repetition));
    double lost =
        s->session > 0 ? (s->reactive ? 30 : 45 + 0.4 * (double)s->interval) / s->session : 0;
    double success = exp(-lost) * (0.99 + 0.01 * g_rand_double(rand));
    feed_lookups(&run, rand, s, success);
    feed_traffic(&run, rand, s);
    feed_load(&run, rand);
    mx_run_ratio(&run, MX_LINK_LOST, s->peers, NODE_SECONDS(1000));
    if (s->session > 0)
        feed_series(&run, rand, s, success);
    run.facts.peers = s->peers;
    char *values[] = {g_strdup_printf("%" G_GINT64_FORMAT, (gint64)s->peers),
                      g_strdup_printf("%gs", s->session),
                      g_strdup(s->interval == 600 ? "10min" : "30s")};
    bool churn = s->session > 0;
    const struct mx_param params[] = {
        {"overlay.peers", values[0], true, (double)s->peers, !churn},
        {"churn.model", churn ? "weibull" : "none", false, 0, false},
        {"churn.mean-session", values[1], true, churn ? s->session : 3600, churn},
        {"overlay.chord-reactive", s->reactive ? "true" : "false", false, 0, churn},
        {"overlay.chord-update-interval", values[2], true, (double)s->interval, churn},
        {"link.keepalive-interval", "15s", true, 15, false},
    };
    struct mx_run_info info = {.scenario = scenario,
                               .title = title,
                               .text = "[scenario]\n",
                               .overrides = "",
                               .command = "relo run scenario.ini",
                               .version = "0.1.0",
                               .revision = "1a2b3c4",
                               .point = point,
                               .repetition = repetition,
                               .seed = (uint64_t)repetition + 1};
    char *error;
    if (!mx_database_store(db, &info, params, G_N_ELEMENTS(params), &run, &error))
        g_error("%s", error);
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
        g_free(values[i]);
    g_rand_free(rand);
    mx_run_fini(&run);
}

void support_campaign_static(struct mx_database *db)
{
    int64_t point = 0;
    for (int64_t peers = 64; peers <= 4096; peers *= 2, point++)
        for (int64_t repetition = 0; repetition < 3; repetition++)
            store(db, "chord-static", "Hops in a ring at rest", point, repetition,
                  &(struct setting){.peers = peers, .interval = 600});
}

void support_campaign_churn(struct mx_database *db)
{
    static const double sessions[] = {600, 1800, 3600, 10000};
    int64_t point = 0;
    for (int reactive = 1; reactive >= 0; reactive--)
        for (int64_t interval = 30; interval <= 600; interval *= 20)
            for (size_t i = 0; i < G_N_ELEMENTS(sessions); i++, point++)
                for (int64_t repetition = 0; repetition < 5; repetition++)
                    store(db, "churn-session", "Lookup success under churn", point, repetition,
                          &(struct setting){1000, sessions[i], reactive != 0, interval});
}

static struct mx_run_info info_of(const char *scenario, const char *title, const char *command,
                                  int64_t point)
{
    return (struct mx_run_info){.scenario = scenario,
                                .title = title,
                                .text = "",
                                .overrides = "",
                                .command = command,
                                .version = "0",
                                .revision = "1a2b3c4",
                                .point = point,
                                .seed = 1};
}

void support_campaign_events(struct mx_database *db)
{
    static const char *const shares[] = {"0%", "5%", "20%"};
    GRand *rand = g_rand_new_with_seed(1);
    for (size_t i = 0; i < G_N_ELEMENTS(shares); i++) {
        struct mx_run run;
        char *error;
        const struct mx_param params[] = {
            {"churn.model", "none", false, 0, false},
            {"events.mass-failure-at", "10min", true, 600, false},
            {"events.flash-crowd-at", "off", true, 0, false},
            {"events.partition-from", "20min", true, 1200, false},
            {"malicious.share", shares[i], true, g_ascii_strtod(shares[i], NULL) / 100, true},
        };
        struct mx_run_info info = info_of("events", "", "relo run events.ini", (int64_t)i);
        mx_run_init(&run);
        mx_run_ratio(&run, MX_LOOKUP_SUCCESS, 10 - (int64_t)i, 10);
        feed_series(&run, rand, &(struct setting){.peers = 100}, 0.9);
        if (!mx_database_store(db, &info, params, G_N_ELEMENTS(params), &run, &error))
            g_error("%s", error);
        mx_run_fini(&run);
    }
    g_rand_free(rand);
}

void support_campaign_pairs(struct mx_database *db)
{
    static const char *const kinds[] = {"public", "symmetric", "blocked"};
    for (int64_t point = 0; point < 9; point++) {
        struct mx_run run;
        char *error;
        const struct mx_param params[] = {{"pairs.a", kinds[point / 3], false, 0, true},
                                          {"pairs.b", kinds[point % 3], false, 0, true}};
        struct mx_run_info info =
            info_of("nat-matrix", "Direct paths", "relo run nat-matrix.ini", point);
        mx_run_init(&run);
        /* Direct: 7, 1, 2 ... 7, 0; relayed: one more of ten, all ten, none at all. */
        mx_run_ratio(&run, MX_PAIR_DIRECT,
                     point == 0                 ? 7
                     : point == 6 || point == 8 ? 0
                                                : point,
                     10);
        mx_run_ratio(&run, MX_PAIR_RELAYED, point == 6 ? 10 : point == 8 ? 0 : 1, 10);
        if (!mx_database_store(db, &info, params, G_N_ELEMENTS(params), &run, &error))
            g_error("%s", error);
        mx_run_fini(&run);
    }
}

void support_campaign_cgn(struct mx_database *db)
{
    static const char *const nested[] = {"0%", "50%"}, *const symmetric[] = {"0%", "40%"};
    GRand *rand = g_rand_new_with_seed(1);
    for (int64_t point = 0; point < 4; point++) {
        struct mx_run run;
        char *error;
        const struct mx_param params[] = {
            {"nat.cgn", nested[point / 2], true, (double)(point / 2) / 2, true},
            {"nat.cgn-symmetric", symmetric[point % 2], true, (double)(point % 2) * 0.4, true}};
        struct mx_run_info info = info_of("cgn", "Carriers", "relo run cgn.ini", point);
        mx_run_init(&run);
        for (int m = MX_LINK_PATH_HOST; m <= MX_LINK_PATH_FAILED; m++)
            mx_run_ratio(&run, (enum mx_metric)m, m == MX_LINK_PATH_SRFLX ? 98 : 20, 100);
        mx_run_add(&run, MX_LINK_SETUP, 4000000000);
        feed_load(&run, rand);
        if (!mx_database_store(db, &info, params, G_N_ELEMENTS(params), &run, &error))
            g_error("%s", error);
        mx_run_fini(&run);
    }
    g_rand_free(rand);
}
