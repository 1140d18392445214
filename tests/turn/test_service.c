/* SPDX-License-Identifier: BSD-2-Clause */
/* When a node looks for a TURN server, and when it does not any more. */
#include "tests/ice/support_bench.h"

#include "core/turn/service.h"

/* Time passes; nobody answers. */
static void run(struct bench *b, struct relo_turn_service *service, relo_time until)
{
    static struct relo_outbox out;
    for (;;) {
        relo_turn_service_step(service);
        out.n = out.bytes_used = 0;
        relo_turn_service_flush(service, &out);
        relo_time at = relo_turn_service_deadline(service);
        if (at > until)
            break;
        b->env.now = at;
    }
    b->env.now = until;
}

/* A search that an Attach has begun finds a server that is silent. The Attach is over by then. */
static struct relo_turn_service *silent_server(struct bench *b)
{
    struct relo_turn_service *service =
        relo_turn_service_new(&b->env, &b->links, b->agents);
    struct relo_addr server = bench_peer(1);
    struct relo_ice_agent *agent = relo_ice_agents_open(b->agents, true);
    relo_turn_service_step(service);
    g_assert_true(relo_turn_service_seeks(service));
    relo_ice_agents_drop(b->agents, agent);
    g_assert_true(relo_turn_service_found(service, &server));
    return service;
}

static void after_a_silent_server_another_is_looked_for(void)
{
    struct bench *b = bench_new(0);
    struct relo_turn_service *service = silent_server(b);
    struct relo_addr server = bench_peer(1);
    run(b, service, 11 * RELO_S);
    g_assert_false(relo_turn_service_seeks(service));
    run(b, service, 12 * RELO_S);
    g_assert_true(relo_turn_service_seeks(service));
    g_assert_false(relo_turn_service_found(service, &server)); /* not the same again */
    server = bench_peer(2);
    g_assert_true(relo_turn_service_found(service, &server));
    relo_turn_service_free(service);
    bench_free(b);
}

/* Two minutes after the last Attach nobody wants one. */
static void looking_ends_when_no_relay_is_wanted(void)
{
    struct bench *b = bench_new(0);
    struct relo_turn_service *service = silent_server(b);
    unsigned searches = 0;
    for (relo_time t = 12 * RELO_S; t < 600 * RELO_S; t += 12 * RELO_S) {
        struct relo_addr server = bench_peer(2 + searches % 2);
        run(b, service, t);
        if (!relo_turn_service_seeks(service))
            continue;
        searches++;
        g_assert_true(relo_turn_service_found(service, &server));
    }
    g_assert_cmpuint(searches, ==, 10);
    relo_turn_service_free(service);
    bench_free(b);
}

/* Our registration is found by ourselves, too. */
static void own_server_is_of_no_use(void)
{
    struct bench *b = bench_new(0);
    struct relo_turn_service *service =
        relo_turn_service_new(&b->env, &b->links, b->agents);
    relo_ice_agents_open(b->agents, true);
    relo_turn_service_step(service);
    g_assert_true(relo_turn_service_seeks(service));
    g_assert_false(relo_turn_service_found(service, &b->local));
    relo_turn_service_free(service);
    bench_free(b);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/turn/service/after_a_silent_server_another_is_looked_for",
                    after_a_silent_server_another_is_looked_for);
    g_test_add_func("/turn/service/looking_ends_when_no_relay_is_wanted",
                    looking_ends_when_no_relay_is_wanted);
    g_test_add_func("/turn/service/own_server_is_of_no_use", own_server_is_of_no_use);
    return g_test_run();
}
