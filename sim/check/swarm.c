/* SPDX-License-Identifier: BSD-2-Clause */
/* A run of the swarm. */
#include "sim/check/swarm.h"

#include "sim/check/invariants.h"
#include "sim/world/run.h"

/* One run; its first violation, owned, or NULL. */
static char *run(const struct sim_swarm *swarm, uint32_t shards, struct sim_check *check,
                 uint64_t *fingerprint)
{
    struct mx_run result;
    char *error = NULL;
    *check = (struct sim_check){.quiet_from = swarm->quiet_from,
                                .settle_ns = swarm->settle_ns,
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
    outcome->intrusions = check.intrusions;
    if (outcome->violation || swarm->other_shards == 0)
        return;
    outcome->violation = run(swarm, swarm->other_shards, &check, &again);
    if (!outcome->violation)
        outcome->violation = sim_swarm_compare(outcome->fingerprint, again, swarm->other_shards);
}
