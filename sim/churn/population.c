/* SPDX-License-Identifier: BSD-2-Clause */
/* Populations: which hosts there are, which of them come and go alike, and for how long each stays.
 */
#include "sim/churn/population.h"

#include "core/base/fmath.h"
#include "sim/churn/trace.h"
#include "sim/engine/draw.h"

#include <glib.h>

#define HOSTS_MAX 16000000
#define QUANTILES 128
#define TRIES 4096 /* of a rejection that takes a handful on average */

/* Yao, Leonard and Loguinov, "Modeling heterogeneous user churn and local resilience of
   unstructured P2P networks", ICNP 2006: each user has a mean time up and a mean time down, both
   drawn from a shifted Pareto distribution, and his times have that distribution around his means.
 */
static double own_mean(double alpha, double mean, double quantile)
{
    return (alpha - 1.0) * mean * (relo_fmath_pow(quantile, -1.0 / alpha) - 1.0);
}

double sim_population_availability(const struct sim_population *p)
{
    double up = (double)p->mean_session_ns, down = (double)p->mean_dead_ns;
    if (p->model == SIM_CHURN_NONE || p->model == SIM_CHURN_POISSON || p->model == SIM_CHURN_TRACE)
        return 1.0;
    if (p->model != SIM_CHURN_YAO_PARETO)
        return up / (up + down);
    double mean[QUANTILES], sum = 0.0;
    for (int i = 0; i < QUANTILES; i++)
        mean[i] = own_mean((double)p->shape_ppb / SIM_PPB, 1.0, (i + 0.5) / QUANTILES);
    for (int i = 0; i < QUANTILES; i++) {
        for (int j = 0; j < QUANTILES; j++)
            sum += up * mean[i] / (up * mean[i] + down * mean[j]);
    }
    return sum / (QUANTILES * QUANTILES);
}

/* Hosts besides those alive at the start. A Poisson process of joins and leaves wanders: room for
   six standard deviations, and for the surplus of joins. */
static double away_hosts(const struct sim_params *params, const struct sim_population *p,
                         uint32_t alive)
{
    if (p->model == SIM_CHURN_POISSON) {
        double seconds = (double)sim_params_end(params) / 1e9 + 60.0;
        double joins = seconds * (double)p->join_rate_ppb / SIM_PPB;
        double leaves = seconds * (double)p->leave_rate_ppb / SIM_PPB;
        double surplus = joins > leaves ? joins - leaves : 0.0;
        return surplus + 6.0 * relo_fmath_sqrt(joins + leaves) + 16.0;
    }
    double availability = sim_population_availability(p), hosts = alive / availability;
    return hosts - alive + (1.0 - 1e-9); /* whole hosts, rounded up */
}

static bool init_group(struct sim_group *group, const struct sim_params *params,
                       const struct sim_population *is, uint32_t alive_from, uint32_t alive,
                       uint32_t *hosts)
{
    double shape = (double)is->shape_ppb / SIM_PPB;
    double away = alive || is->model == SIM_CHURN_POISSON ? away_hosts(params, is, alive) : 0.0;
    group->is = *is;
    group->alive_from = alive_from;
    group->alive = alive;
    if (is->model == SIM_CHURN_NONE || is->model == SIM_CHURN_TRACE)
        return true;
    if (away + *hosts > HOSTS_MAX)
        return false;
    group->away_from = *hosts;
    group->away = (uint32_t)away;
    *hosts += group->away;
    if (is->model != SIM_CHURN_POISSON) {
        sim_lifetime_init(&group->session, is->model, shape, is->mean_session_ns);
        sim_lifetime_init(&group->dead, is->model, shape, is->mean_dead_ns);
    }
    return true;
}

static uint32_t peers_of(const struct sim_population *p, uint32_t may_leave)
{
    if (p->peers)
        return p->peers;
    return (uint32_t)(((uint64_t)may_leave * p->share_ppb + SIM_PPB / 2) / SIM_PPB);
}

bool sim_populations_init(struct sim_populations *populations, const struct sim_params *params,
                          uint32_t trace_nodes, char **wrong)
{
    *populations = (struct sim_populations){.params = params, .hosts = params->peers};
    populations->groups = params->population_count + 1;
    populations->group = g_new0(struct sim_group, populations->groups);
    uint32_t may_leave = params->peers - params->bootstrap_peers, left = may_leave;
    uint32_t from = params->peers;
    struct sim_population base = sim_params_base(params);
    bool ok = true;
    for (uint32_t i = 0; i < params->population_count && ok; i++) {
        uint32_t alive = peers_of(&params->population[i], may_leave);
        alive = alive < left ? alive : left;
        left -= alive;
        from -= alive;
        ok = init_group(&populations->group[i + 1], params, &params->population[i], from, alive,
                        &populations->hosts);
    }
    ok = ok && init_group(&populations->group[0], params, &base, params->bootstrap_peers, left,
                          &populations->hosts);
    populations->crowd_from = populations->hosts;
    populations->crowd = params->flash_crowd_at_ns ? params->flash_crowd_peers : 0;
    populations->trace_from = populations->hosts + populations->crowd;
    populations->trace = trace_nodes;
    if (ok && (uint64_t)populations->hosts + populations->crowd + trace_nodes <= HOSTS_MAX) {
        populations->hosts += populations->crowd + trace_nodes;
        return true;
    }
    sim_populations_fini(populations);
    *wrong = g_strdup("more than 16 million hosts would take turns: mean-dead is so long beside "
                      "mean-session, or there are so many joins; have fewer peers");
    return false;
}

uint32_t sim_populations_count(const struct sim_params *params)
{
    struct sim_populations populations;
    struct sim_trace trace = {0};
    char *wrong = NULL;
    bool ok =
        params->churn != SIM_CHURN_TRACE || sim_trace_load(&trace, params->trace_path, &wrong);
    ok = ok && sim_populations_init(&populations, params, trace.nodes, &wrong);
    sim_trace_fini(&trace);
    g_free(wrong);
    if (!ok)
        return 0;
    sim_populations_fini(&populations);
    return populations.hosts;
}

void sim_populations_fini(struct sim_populations *populations)
{
    g_free(populations->group);
    populations->group = NULL;
}

const struct sim_group *sim_populations_of(const struct sim_populations *populations, uint32_t host)
{
    const struct sim_group *first = &populations->group[0];
    if (host - populations->crowd_from < populations->crowd && host >= populations->crowd_from)
        return first->is.model == SIM_CHURN_NONE ? NULL : first;
    for (uint32_t i = 0; i < populations->groups; i++) {
        const struct sim_group *group = &populations->group[i];
        bool alive = host >= group->alive_from && host - group->alive_from < group->alive;
        bool away = host >= group->away_from && host - group->away_from < group->away;
        if (alive || away)
            return group->is.model == SIM_CHURN_NONE || group->is.model == SIM_CHURN_TRACE ? NULL
                                                                                           : group;
    }
    return NULL;
}

uint32_t sim_populations_host(const struct sim_group *group, uint32_t i)
{
    return i < group->alive ? group->alive_from + i : group->away_from + (i - group->alive);
}

struct means {
    double up, down;
};

/* Who is up at the start has a pair of means that is met the oftener, the larger its share of time
   up is; who is away, likewise: drawn by rejection, so that the start is the equilibrium. */
static struct means own_means(const struct sim_populations *populations,
                              const struct sim_group *group, uint32_t host)
{
    uint64_t seed = populations->params->seed;
    double alpha = (double)group->is.shape_ppb / SIM_PPB;
    bool up = host < populations->params->peers;
    struct means means = {0.0, 0.0};
    if (group->is.model != SIM_CHURN_YAO_PARETO)
        return means;
    for (uint64_t i = 0; i < TRIES; i++) {
        double u = relo_fmath_unit(relo_hash_draw(seed, SIM_DRAW_OWN_MEAN, host, 3 * i));
        double v = relo_fmath_unit(relo_hash_draw(seed, SIM_DRAW_OWN_MEAN, host, 3 * i + 1));
        double w = relo_fmath_unit(relo_hash_draw(seed, SIM_DRAW_OWN_MEAN, host, 3 * i + 2));
        means.up = own_mean(alpha, (double)group->is.mean_session_ns, u);
        means.down = own_mean(alpha, (double)group->is.mean_dead_ns, v);
        if (w * (means.up + means.down) < (up ? means.up : means.down))
            break;
    }
    return means;
}

/* A life of the model, or with means of their own, of that one. */
static relo_time draw_life(const struct sim_group *group, const struct sim_lifetime *lifetime,
                           double mean, uint64_t bits, bool residual)
{
    double alpha = (double)group->is.shape_ppb / SIM_PPB;
    if (group->is.model == SIM_CHURN_YAO_PARETO)
        return residual ? sim_lifetime_pareto_residual(alpha, mean, bits)
                        : sim_lifetime_pareto(alpha, mean, bits);
    return residual ? sim_lifetime_residual(lifetime, bits) : sim_lifetime_draw(lifetime, bits);
}

relo_time sim_populations_session(const struct sim_populations *populations,
                                  const struct sim_group *group, uint32_t host,
                                  uint32_t incarnation, bool residual)
{
    enum sim_draw purpose = residual ? SIM_DRAW_RESIDUAL : SIM_DRAW_SESSION;
    uint64_t bits = relo_hash_draw(populations->params->seed, purpose, host, incarnation);
    struct means means = own_means(populations, group, host);
    return draw_life(group, &group->session, means.up, bits, residual);
}

relo_time sim_populations_dead(const struct sim_populations *populations,
                               const struct sim_group *group, uint32_t host, uint32_t incarnation,
                               bool residual)
{
    enum sim_draw purpose = residual ? SIM_DRAW_RESIDUAL : SIM_DRAW_DEAD;
    uint64_t bits = relo_hash_draw(populations->params->seed, purpose, host, incarnation);
    struct means means = own_means(populations, group, host);
    return draw_life(group, &group->dead, means.down, bits, residual);
}
