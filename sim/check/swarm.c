/* SPDX-License-Identifier: BSD-2-Clause */
/* A run of the swarm. */
#include "sim/check/swarm.h"

#include "sim/check/invariants.h"
#include "sim/world/run.h"

#include <glib/gstdio.h>

/* One run; its first violation, owned, or NULL. */
static char *run(const struct sim_swarm *swarm, uint32_t shards, struct sim_check *check,
                 uint64_t *fingerprint)
{
    struct mx_run result;
    char *error = NULL;
    *check = (struct sim_check){.quiet_from = swarm->quiet_from,
                                .settle_ns = swarm->settle_ns,
                                .holes = swarm->holes,
                                .parted = swarm->params.partition_from_ns > 0};
    struct sim_run_options options = {
        .check = check, .shards = shards, .shuffle = shards > 1 ? swarm->params.seed : 0};
    mx_run_init(&result);
    check->violation = sim_params_check(&swarm->params);
    if (check->violation)
        return check->violation;
    if (!sim_run(&swarm->params, &options, &result, &error)) {
        g_free(check->violation);
        check->violation = error;
    }
    *fingerprint = result.facts.wire_fingerprint;
    mx_run_fini(&result);
    return check->violation;
}

char *sim_swarm_compare(uint64_t one, uint64_t other, uint32_t shards)
{
    if (one == other)
        return NULL;
    return g_strdup_printf("%u shards give another fingerprint than one", shards);
}

static void run_all(const struct sim_swarm *swarm, struct sim_swarm_outcome *outcome)
{
    struct sim_check check;
    uint64_t again;
    outcome->violation = run(swarm, 1, &check, &outcome->fingerprint);
    outcome->looks = check.looks;
    outcome->lookups = check.lookups;
    outcome->fetches = check.fetches;
    outcome->values = check.values;
    outcome->excused = check.excused;
    outcome->intrusions = check.intrusions;
    if (outcome->violation || swarm->other_shards == 0)
        return;
    outcome->violation = run(swarm, swarm->other_shards, &check, &again);
    if (!outcome->violation)
        outcome->violation = sim_swarm_compare(outcome->fingerprint, again, swarm->other_shards);
}

void sim_swarm_run(const struct sim_swarm *swarm, struct sim_swarm_outcome *outcome)
{
    struct sim_swarm with_files = *swarm;
    GError *failure = NULL;
    *outcome = (struct sim_swarm_outcome){.violation = NULL};
    char *dir = g_dir_make_tmp("relo-swarm-XXXXXX", &failure);
    if (!dir) {
        outcome->violation = g_strdup(failure->message);
        g_error_free(failure);
        return;
    }
    if (sim_swarm_write(&with_files, dir, &outcome->violation))
        run_all(&with_files, outcome);
    sim_swarm_remove(&with_files);
    g_rmdir(dir);
    g_free(dir);
}
