/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/support_stage.h"

#include <glib.h>
#include <string.h>

struct sim_params a_dozen_peers(void)
{
    struct sim_params p;
    sim_params_init(&p);
    p.peers = 12;
    p.bootstrap = SIM_BOOTSTRAP_ORACLE;
    p.latency = SIM_LATENCY_CONST;
    p.latency_const_ns = 10 * RELO_MS;
    p.measurement_ns = 3600 * RELO_S;
    p.chord_update_interval_ns = 30 * RELO_S;
    p.store_interval_ns = 20 * RELO_S;
    p.fetch_interval_ns = 20 * RELO_S;
    p.lifetime_ns = 7200 * RELO_S;
    return p;
}

void run_to(struct stage *stage, relo_time until)
{
    while (stage->world.now < until) {
        sim_world_run_until(&stage->world, stage->world.now + RELO_S);
        sim_check_tick(&stage->world);
    }
}

struct stage *stage_new(const struct sim_params *params)
{
    struct stage *stage = g_new0(struct stage, 1);
    char *error = NULL;
    stage->params = *params;
    stage->check = (struct sim_check){.quiet_from = RELO_S, .settle_ns = SETTLED - RELO_S};
    struct sim_run_options options = {.check = &stage->check};
    mx_run_init(&stage->run);
    g_assert_true(sim_world_init(&stage->world, &stage->params, &options, &stage->run, &error));
    sim_wiring_start(&stage->world);
    sim_churn_begin(&stage->world);
    sim_agenda_begin(&stage->world);
    return stage;
}

struct stage *well_stage(void)
{
    struct sim_params params = a_dozen_peers();
    struct stage *stage = stage_new(&params);
    run_to(stage, SETTLED + 20 * RELO_S);
    g_assert_cmpstr(stage->check.violation, ==, NULL);
    g_assert_cmpuint(stage->check.lookups, >, 0);
    g_assert_cmpuint(stage->check.values, >, 0);
    return stage;
}

void expect(struct stage *stage, const char *words)
{
    g_assert_nonnull(stage->check.violation);
    if (!strstr(stage->check.violation, words))
        g_error("\"%s\" in place of \"%s\"", stage->check.violation, words);
    g_free(stage->check.violation);
    stage->check.violation = NULL;
}

void end_world(struct stage *stage)
{
    sim_check_end(&stage->world);
    g_free(stage->check.violation); /* what a test broke stays broken */
    stage->check.violation = NULL;
    sim_world_fini(&stage->world);
}

void stage_free(struct stage *stage)
{
    end_world(stage);
    g_assert_cmpstr(stage->check.violation, ==, NULL); /* nothing leaked */
    mx_run_fini(&stage->run);
    g_free(stage);
}

struct relo_id resource_of(uint32_t key)
{
    char user[RELO_USER_BYTES];
    sim_life_user(key, user, sizeof user);
    return relo_resource_id(user, strlen(user));
}

uint32_t a_stored_key(const struct stage *stage)
{
    uint32_t key = 0;
    while (!sim_judge_fetchable(&stage->world.judge, key, stage->world.now))
        key++;
    g_assert_cmpuint(key, <, stage->world.judge.keys);
    return key;
}
