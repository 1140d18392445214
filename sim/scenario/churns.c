/* SPDX-License-Identifier: BSD-2-Clause */
/* The models of churn and the presets made of them, each with its source. */
#include "sim/scenario/churns.h"

#include "sim/churn/population.h"
#include "sim/churn/trace.h"

#include <glib.h>

#define HOUR (3600 * RELO_S)
#define HALF (SIM_PPB / 2)

/* Rhea et al.: exponential sessions with a median of ln 2 times the mean; who dies is replaced at
   once (here after 10 s, by a fresh identity), so that their number stays. Milliseconds. */
#define RHEA(name, mean_ms, text)                                                                  \
    {                                                                                              \
        name,                                                                                      \
            {.model = SIM_CHURN_EXPONENTIAL,                                                       \
             .mean_session_ns = (mean_ms)*RELO_MS,                                                 \
             .mean_dead_ns = 10 * RELO_S},                                                         \
            "median session " text ", crash and replacement; Rhea et al., USENIX ATC 2004"         \
    }

const struct sim_churn_row sim_churns[] = {
    {"none", {.model = SIM_CHURN_NONE}, "nobody leaves"},
    {"exponential",
     {.model = SIM_CHURN_EXPONENTIAL, .shape_ppb = SIM_PPB},
     "sessions and dead times without memory; p2psim; Rhea et al., USENIX ATC 2004"},
    {"weibull",
     {.model = SIM_CHURN_WEIBULL, .shape_ppb = HALF},
     "heavy-tailed below shape 1; Stutzbach and Rejaie, IMC 2006"},
    {"pareto",
     {.model = SIM_CHURN_PARETO, .shape_ppb = 3 * SIM_PPB},
     "shifted to begin at 0 (Lomax); shape is alpha, above 1; OverSim's pareto_shifted"},
    {"log-normal",
     {.model = SIM_CHURN_LOG_NORMAL, .shape_ppb = SIM_PPB},
     "shape is sigma of the logarithm; after no measurement, to compare"},
    {"truncated-normal",
     {.model = SIM_CHURN_NORMAL, .shape_ppb = SIM_PPB / 3},
     "mean before cutting at 0; shape is sd / mean, 1/3 as in OverSim; at most 1"},
    {"yao-pareto",
     {.model = SIM_CHURN_YAO_PARETO, .shape_ppb = 3 * SIM_PPB},
     "each host draws its own mean session and dead time; Yao et al., ICNP 2006"},
    {"poisson-rate",
     {.model = SIM_CHURN_POISSON, .shape_ppb = SIM_PPB},
     "join-rate and leave-rate per second, whoever it is; Stoica et al., ToN 2003"},
    {"trace",
     {.model = SIM_CHURN_TRACE, .shape_ppb = SIM_PPB},
     "as the file churn.trace says: time id JOIN|LEAVE|PUT key value|GET key, as OverSim"},
    {"kad-wg",
     {.model = SIM_CHURN_WEIBULL,
      .shape_ppb = HALF,
      .mean_session_ns = 10000 * RELO_S,
      .mean_dead_ns = 10000 * RELO_S,
      .graceful_leave_ppb = HALF,
      .same_identity = true},
     "Weibull 0.5, mean 10,000 s, users return; KAD: Steiner et al., ToN 2009"},
    {"skype",
     {.model = SIM_CHURN_WEIBULL,
      .shape_ppb = SIM_PPB / 10 * 7,
      .mean_session_ns = 11 * HOUR,
      .mean_dead_ns = 11 * HOUR,
      .graceful_leave_ppb = HALF,
      .diurnal_ppb = SIM_PPB / 4,
      .same_identity = true},
     "Weibull 0.7, mean 11 h, by day and night; supernodes: Guha et al., IPTPS 2006"},
    {"p2psim",
     {.model = SIM_CHURN_EXPONENTIAL, .mean_session_ns = HOUR, .mean_dead_ns = HOUR},
     "exponential 1 h up and down, crashes, fresh identities; Li et al., INFOCOM 2005"},
    {"oversim-pareto",
     {.model = SIM_CHURN_YAO_PARETO,
      .shape_ppb = 3 * SIM_PPB,
      .mean_session_ns = 1800 * RELO_S,
      .mean_dead_ns = 1800 * RELO_S,
      .graceful_leave_ppb = HALF},
     "yao-pareto with means of 30 min; OverSim's ParetoChurn"},
    RHEA("rhea-1.4", 121186, "1.4 min"),
    RHEA("rhea-3", 259685, "3 min"),
    RHEA("rhea-6", 519370, "6 min"),
    RHEA("rhea-12", 1038740, "12 min"),
    RHEA("rhea-23", 1990919, "23 min"),
    RHEA("rhea-47", 4068400, "47 min"),
    RHEA("rhea-94", 8136799, "94 min"),
    RHEA("rhea-180", 15581067, "180 min"),
};
const size_t sim_churns_n = G_N_ELEMENTS(sim_churns);

const char *const sim_churn_names[] = {
    "none",           "exponential",  "weibull",  "pareto", "log-normal", "truncated-normal",
    "yao-pareto",     "poisson-rate", "trace",    "kad-wg", "skype",      "p2psim",
    "oversim-pareto", "rhea-1.4",     "rhea-3",   "rhea-6", "rhea-12",    "rhea-23",
    "rhea-47",        "rhea-94",      "rhea-180", NULL};
_Static_assert(G_N_ELEMENTS(sim_churn_names) == G_N_ELEMENTS(sim_churns) + 1, "a name per row");

static const struct sim_literal *churn_value(const struct sim_literal *values, const char *name)
{
    size_t index = sim_keys_find("churn", name);
    g_assert(index < sim_keys_n);
    return &values[index];
}

void sim_churns_resolve(const struct sim_literal *values, struct sim_params *params)
{
    const struct sim_literal *shape = churn_value(values, "shape");
    bool preset = (size_t)params->churn >= SIM_CHURN_KINDS;
    const struct sim_population *p = &sim_churns[params->churn].preset;

    params->churn = p->model;
    if (shape->is_word)
        params->churn_shape_ppb = p->shape_ppb != 0 ? p->shape_ppb : HALF;
    if (preset) { /* what the scenario says itself goes first */
        if (!churn_value(values, "mean-session")->given)
            params->mean_session_ns = p->mean_session_ns;
        if (!churn_value(values, "mean-dead")->given)
            params->mean_dead_ns = p->mean_dead_ns;
        if (!churn_value(values, "graceful-leave")->given)
            params->graceful_leave_ppb = p->graceful_leave_ppb;
        if (!churn_value(values, "same-identity")->given)
            params->same_identity = p->same_identity;
        if (!churn_value(values, "diurnal-amplitude")->given)
            params->diurnal_ppb = p->diurnal_ppb;
    }
    if (churn_value(values, "mean-dead")->is_word &&
        (!preset || churn_value(values, "mean-dead")->given))
        params->mean_dead_ns = params->mean_session_ns;
    if (churn_value(values, "leave-rate")->is_word)
        params->leave_rate_ppb = params->join_rate_ppb;
}

struct sim_population sim_params_base(const struct sim_params *params)
{
    return (struct sim_population){.model = params->churn,
                                   .mean_session_ns = params->mean_session_ns,
                                   .mean_dead_ns = params->mean_dead_ns,
                                   .shape_ppb = params->churn_shape_ppb,
                                   .graceful_leave_ppb = params->graceful_leave_ppb,
                                   .join_rate_ppb = params->join_rate_ppb,
                                   .leave_rate_ppb = params->leave_rate_ppb,
                                   .diurnal_ppb = params->diurnal_ppb,
                                   .diurnal_period_ns = params->diurnal_period_ns,
                                   .same_identity = params->same_identity};
}

static char *check_population(const struct sim_population *p)
{
    switch (p->model) {
    case SIM_CHURN_PARETO:
    case SIM_CHURN_YAO_PARETO:
        if (p->shape_ppb <= SIM_PPB / 10 * 11)
            return g_strdup("churn.shape of a Pareto distribution must be above 1.1: at 1 the "
                            "mean is infinite");
        break;
    case SIM_CHURN_NORMAL:
        if (p->shape_ppb > SIM_PPB)
            return g_strdup("churn.shape of truncated-normal (sd / mean) must be 1 at most");
        break;
    case SIM_CHURN_POISSON:
        if (p->join_rate_ppb == 0 && p->leave_rate_ppb == 0)
            return g_strdup("churn.model = poisson-rate needs join-rate or leave-rate");
        break;
    case SIM_CHURN_NONE:
    case SIM_CHURN_EXPONENTIAL:
    case SIM_CHURN_WEIBULL:
    case SIM_CHURN_LOG_NORMAL:
    case SIM_CHURN_TRACE:
    case SIM_CHURN_KINDS:
        break;
    }
    if (p->model != SIM_CHURN_POISSON && (p->join_rate_ppb != 0 || p->leave_rate_ppb != 0))
        return g_strdup("churn.join-rate and leave-rate belong to model = poisson-rate");
    return NULL;
}

static char *check_populations(const struct sim_params *params)
{
    struct sim_population base = sim_params_base(params);
    uint64_t may_leave = params->peers - params->bootstrap_peers, taken = 0;
    char *wrong = check_population(&base);
    for (uint32_t i = 0; i < params->population_count && wrong == NULL; i++) {
        const struct sim_population *p = &params->population[i];
        wrong = check_population(p);
        if (wrong == NULL && p->model == SIM_CHURN_TRACE)
            wrong = g_strdup("churn.model = trace is for [churn], not for a population");
        if (wrong == NULL && (p->share_ppb == 0) == (p->peers == 0))
            wrong = g_strdup("a [churn.NAME] needs either share or peers, above 0");
        taken += p->peers + (may_leave * p->share_ppb + SIM_PPB / 2) / SIM_PPB;
    }
    if (wrong == NULL && taken > may_leave)
        wrong = g_strdup_printf("the [churn.NAME] sections have %" G_GUINT64_FORMAT
                                " peers together, but only %" G_GUINT64_FORMAT " may leave",
                                taken, may_leave);
    return wrong;
}

static char *check_event(const struct sim_params *params, const char *name, relo_time at)
{
    if (at < params->measurement_ns)
        return NULL;
    return g_strdup_printf("events.%s comes after the end of the measurement", name);
}

static char *check_events(const struct sim_params *params)
{
    char *wrong = check_event(params, "mass-failure-at", params->mass_failure_at_ns);
    if (wrong == NULL)
        wrong = check_event(params, "flash-crowd-at", params->flash_crowd_at_ns);
    if (wrong == NULL)
        wrong = check_event(params, "partition-from", params->partition_from_ns);
    if (wrong == NULL)
        wrong = check_event(params, "partition-to", params->partition_to_ns);
    if (wrong == NULL && params->flash_crowd_at_ns != 0 && params->flash_crowd_peers == 0)
        wrong = g_strdup("events.flash-crowd-at is set, but flash-crowd-peers is 0");
    if (wrong == NULL && params->flash_crowd_at_ns == 0 && params->flash_crowd_peers != 0)
        wrong = g_strdup("events.flash-crowd-peers is set, but flash-crowd-at is off");
    if (wrong == NULL && params->partition_to_ns != 0 &&
        params->partition_to_ns <= params->partition_from_ns)
        wrong = g_strdup("events.partition-to is not after partition-from");
    if (wrong == NULL && params->partition_to_ns != 0 && params->partition_from_ns == 0)
        wrong = g_strdup("events.partition-to is set, but partition-from is off");
    return wrong;
}

static char *check_trace(const struct sim_params *params)
{
    if (params->churn != SIM_CHURN_TRACE)
        return params->trace_path[0] == '\0'
                   ? NULL
                   : g_strdup("churn.trace is set, but churn.model is not trace");
    if (params->trace_path[0] == '\0')
        return g_strdup("churn.model = trace needs churn.trace, the name of a file");
    struct sim_trace trace;
    char *wrong = NULL;
    relo_time end = sim_params_end(params);
    if (!sim_trace_load(&trace, params->trace_path, &wrong))
        return wrong;
    relo_time last = trace.line[trace.n - 1].time;
    if (last >= end)
        wrong = g_strdup_printf("%s:%u: %d s is after the end of the run, at %d s; "
                                "scenario.measurement must be longer, or the trace shorter",
                                params->trace_path, trace.last_line, (int)(last / RELO_S),
                                (int)(end / RELO_S));
    sim_trace_fini(&trace);
    return wrong;
}

static char *check_hosts(const struct sim_params *params)
{
    struct sim_populations populations;
    char *wrong = NULL;
    if (sim_populations_init(&populations, params, 0, &wrong))
        sim_populations_fini(&populations);
    return wrong;
}

char *sim_churns_check(const struct sim_params *params)
{
    bool churn = params->churn != SIM_CHURN_NONE && params->churn != SIM_CHURN_TRACE;
    if ((churn || params->population_count > 0) && params->bootstrap_peers == params->peers)
        return g_strdup("churn.model is set, but all peers are bootstrap peers, which never leave");
    char *wrong = check_populations(params);
    if (wrong == NULL)
        wrong = check_events(params);
    if (wrong == NULL)
        wrong = check_trace(params);
    return wrong != NULL ? wrong : check_hosts(params);
}
