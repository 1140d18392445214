/* SPDX-License-Identifier: BSD-2-Clause */
/* Live peers that are not to meet directly: what they say to each other goes over real sockets
   through a third peer, their TURN server (RFC 6940 section 9, RFC 8656). */
#include "tests/live/support_namespace.h"
#include "tests/live/support_peers.h"
#include "tests/live/support_ring.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { SERVER, ALICE, BOB };

static struct relo_addr at(guint i)
{
    g_autofree char *host = g_strdup_printf("10.0.0.%u", i);
    return relo_addr_v4(0x0a000000 + i, ring_free_port(host));
}

/* Bob's user: the name's Resource-ID is right before Alice's Node-ID, so that she holds what he
   stores there. */
static char *name_before(struct relo_id id)
{
    struct relo_id nearest = {UINT64_MAX, UINT64_MAX};
    guint found = 0;
    for (guint i = 0; i < 100000; i++) {
        char name[32];
        g_snprintf(name, sizeof name, "bob%u@example.org", i);
        struct relo_id gap = relo_id_sub(id, relo_resource_id(name, strlen(name)));
        if (relo_id_compare(gap, nearest) < 0) {
            nearest = gap;
            found = i;
        }
    }
    return g_strdup_printf("bob%u@example.org", found);
}

static bool linked(void *data)
{
    struct ring *ring = data;
    return ring_event(ring, ALICE, RELO_RESULT_LINK_UP, BOB) &&
           ring_event(ring, BOB, RELO_RESULT_LINK_UP, ALICE);
}

struct trio {
    struct ring *ring;
    char *user; /* Bob's */
};

/* A TURN server, and two that offer relayed candidates only, or all; these have a link. */
static struct trio trio_new(bool alice, bool bob)
{
    struct trio t = {.ring = ring_new()};
    t.ring->config.no_ice = false;
    ring_add(t.ring, at(1), (struct live_peer_options){.public_address = true});
    ring_add(t.ring, at(2), (struct live_peer_options){.relay_only = alice});
    t.user = name_before(t.ring->peer[ALICE].id);
    ring_add(t.ring, at(3), (struct live_peer_options){.relay_only = bob, .user = t.user});
    ring_wait(t.ring, linked, t.ring, "a link between Alice and Bob");
    return t;
}

static void trio_free(struct trio *t)
{
    ring_free(t->ring);
    g_free(t->user);
}

static void check_path(const struct ring *ring, guint a, guint b, bool a_relays, bool b_relays)
{
    const struct relo_result *up = ring_event(ring, a, RELO_RESULT_LINK_UP, b);
    g_assert_cmpint(up->path_local == RELO_PATH_RELAY, ==, a_relays);
    g_assert_cmpint(up->path_remote == RELO_PATH_RELAY, ==, b_relays);
    g_assert_cmpint(up->path_local, !=, RELO_PATH_DIRECT);
}

/* Straight to Alice, over the link, and back. */
static void store_and_fetch_over_the_link(const struct trio *t)
{
    const struct relo_id *alice = &t->ring->peer[ALICE].id;
    struct relo_command command = {
        .type = RELO_COMMAND_STORE,
        .target = {.id = relo_resource_id(t->user, strlen(t->user)),
                   .resource = true,
                   .via_count = 1,
                   .via = alice},
        .kind = RELO_KIND_TEST,
        .value = {(const uint8_t *)"over a relay", 12},
        .exists = true,
        .lifetime_s = 600,
    };
    const struct relo_result *result = ring_command(t->ring, BOB, command);
    g_assert_cmpint(result->status, ==, RELO_OK);
    g_assert_true(relo_id_equal(result->peer, *alice));
    command.type = RELO_COMMAND_FETCH;
    result = ring_command(t->ring, BOB, command);
    g_assert_cmpint(result->status, ==, RELO_OK);
    g_assert_true(result->exists && relo_id_equal(result->peer, *alice));
    g_assert_cmpstr(t->ring->peer[BOB].value->str, ==, "over a relay");
    g_assert_null(ring_event(t->ring, BOB, RELO_RESULT_LINK_DOWN, ALICE));
}

static void peers_that_do_not_meet_store_and_fetch_through_a_third(void)
{
    struct trio t = trio_new(true, true);
    check_path(t.ring, ALICE, BOB, true, true);
    check_path(t.ring, BOB, ALICE, true, true);
    store_and_fetch_over_the_link(&t);
    trio_free(&t);
}

static void one_side_alone_may_be_relayed(void)
{
    struct trio t = trio_new(false, true);
    check_path(t.ring, ALICE, BOB, false, true);
    check_path(t.ring, BOB, ALICE, true, false);
    store_and_fetch_over_the_link(&t);
    trio_free(&t);
}

/* So it is the policy that made the difference. */
static void peers_that_may_meet_do_without_a_relay(void)
{
    struct trio t = trio_new(false, false);
    check_path(t.ring, ALICE, BOB, false, false);
    store_and_fetch_over_the_link(&t);
    trio_free(&t);
}

static bool heard(void *data)
{
    return ((struct ring_peer *)data)->value_count > 0;
}

static void say(struct ring *ring, guint from, uint32_t flow, guint to, const char *text)
{
    struct relo_command command = {.type = RELO_COMMAND_APP_SEND,
                                   .flow = flow,
                                   .value = {(const uint8_t *)text, (uint32_t)strlen(text)}};
    ring->peer[to].value_count = 0;
    g_assert_cmpint(ring_command(ring, from, command)->status, ==, RELO_OK);
    ring_wait(ring, heard, &ring->peer[to], text);
    g_assert_cmpstr(ring->peer[to].value->str, ==, text);
}

static void a_flow_may_go_through_a_third(void)
{
    struct trio t = trio_new(true, false);
    struct relo_command attach = {.type = RELO_COMMAND_APP_ATTACH,
                                  .target = {.id = t.ring->peer[BOB].id},
                                  .application = 5060};
    const struct relo_result *mine = ring_command(t.ring, ALICE, attach);
    g_assert_cmpint(mine->status, ==, RELO_OK);
    g_assert_cmpint(mine->path_local, ==, RELO_PATH_RELAY);
    g_assert_cmpint(mine->path_remote, !=, RELO_PATH_RELAY);
    uint32_t flow = mine->flow;
    const struct relo_result *theirs = ring_event(t.ring, BOB, RELO_RESULT_APP_LINK, ALICE);
    g_assert_nonnull(theirs);
    say(t.ring, ALICE, flow, BOB, "INVITE");
    say(t.ring, BOB, theirs->flow, ALICE, "200 OK");
    trio_free(&t);
}

/* The same by the command: what it prints of the link. */
static void the_command_tells_that_a_link_is_relayed(void)
{
    g_autofree char *server = g_strdup_printf("10.0.0.1:%u", at(1).port);
    g_autofree char *alice = g_strdup_printf("10.0.0.2:%u", at(2).port);
    g_autofree char *bob = g_strdup_printf("10.0.0.3:%u", at(3).port);
    struct peers_process s = peers_start("--ice", "--public", "--listen", server, NULL);
    g_free(peers_must(&s, "^(joined)"));
    struct peers_process a =
        peers_start("--ice", "--ice-policy", "relay", "--listen", alice, "--bootstrap", server,
                    "--store", "alice@example.org=by relay", NULL);
    g_free(peers_must(&a, "^(stored alice@example.org)$"));
    struct peers_process b =
        peers_start("--ice", "--ice-policy", "relay", "--listen", bob, "--bootstrap", server,
                    "--fetch", "alice@example.org", NULL);
    g_free(peers_must(&b, "^(fetched alice@example.org=by relay)$"));
    g_autofree char *a_id = peers_must(&a, "^ring self ([0-9a-f]+) ");
    g_autofree char *link = g_strdup_printf("^(link %s relay to relay)$", a_id);
    g_free(peers_must(&b, link));
    peers_end(&b, SIGTERM);
    peers_end(&a, SIGTERM);
    peers_end(&s, SIGTERM);
}

int main(int argc, char **argv)
{
    bool entered = namespace_enter(3); /* before GLib has a thread */
    g_test_init(&argc, &argv, NULL);
    if (!g_getenv("RELO"))
        return 77;
    if (!entered) {
        puts("skipped: this system gives no network namespace, and a TURN server relays nothing to "
             "127.0.0.1");
        return 77;
    }
    g_test_add_func("/live/relayed/peers_that_do_not_meet_store_and_fetch_through_a_third",
                    peers_that_do_not_meet_store_and_fetch_through_a_third);
    g_test_add_func("/live/relayed/one_side_alone_may_be_relayed", one_side_alone_may_be_relayed);
    g_test_add_func("/live/relayed/peers_that_may_meet_do_without_a_relay",
                    peers_that_may_meet_do_without_a_relay);
    g_test_add_func("/live/relayed/a_flow_may_go_through_a_third", a_flow_may_go_through_a_third);
    g_test_add_func("/live/relayed/the_command_tells_that_a_link_is_relayed",
                    the_command_tells_that_a_link_is_relayed);
    return g_test_run();
}
