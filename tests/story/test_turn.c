/* SPDX-License-Identifier: BSD-2-Clause */
/* TURN in the node (RFC 6940 section 9, RFC 8656): its server, its registrations, finding one. */
#include "tests/story/support_world.h"

#include "core/node/node.h"
#include "core/turn/client.h"
#include "core/turn/relay.h"
#include "core/turn/service.h"
#include "core/usage/turn.h"

#include <string.h>

/* A TURN client outside of the overlay, and a peer beside it. */
struct outsider {
    struct world *world;
    struct relo_env env;
    struct relo_turn_client *client;
    struct relo_addr addr, peer, server;
    GQueue arrived;  /* GBytes to the client */
    GBytes *at_peer; /* the last that came to the peer */
    struct relo_addr at_peer_from;
    unsigned opened; /* so often: each has a port of its own */
    char got[64];    /* data from the last peer */
    struct relo_addr got_from;
};

static void take(void *data, const struct relo_send *send)
{
    struct outsider *o = data;
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, send->head.p, send->head.n);
    g_byte_array_append(bytes, relo_slice_bytes(&send->body), send->body.n);
    GBytes *whole = g_byte_array_free_to_bytes(bytes);
    if (relo_addr_equal(&send->remote, &o->addr)) {
        g_queue_push_tail(&o->arrived, whole);
        return;
    }
    g_assert_true(relo_addr_equal(&send->remote, &o->peer));
    g_clear_pointer(&o->at_peer, g_bytes_unref);
    o->at_peer = whole;
    o->at_peer_from = send->local;
}

static struct relo_view view(GBytes *bytes)
{
    gsize n = 0;
    const uint8_t *p = g_bytes_get_data(bytes, &n);
    return (struct relo_view){p, (uint32_t)n};
}

/* Client and server talk until both have nothing more to say. */
static void settle(struct outsider *o)
{
    uint8_t buffer[2048];
    struct relo_turn_datagram d;
    for (;;) {
        struct relo_wr w = relo_wr_init(buffer, sizeof buffer, 0);
        g_autoptr(GBytes) bytes = g_queue_pop_head(&o->arrived);
        o->env.now = o->world->now;
        if (bytes) {
            struct relo_view data = {NULL, 0};
            if (relo_turn_client_receive(o->client, &o->server, view(bytes), &o->got_from, &data) ==
                RELO_TURN_DATA) {
                g_assert_cmpuint(data.n, <, sizeof o->got);
                memcpy(o->got, data.p, data.n);
                o->got[data.n] = 0;
            }
        } else if (relo_turn_client_output(o->client, &d, &w)) {
            world_inject(o->world, &d.remote, &d.local, relo_wr_view(&w));
        } else {
            return;
        }
    }
}

static void outsider_open(struct outsider *o, struct world *world, const char *secret)
{
    struct relo_view name = {(const uint8_t *)"somebody", 8};
    struct relo_view key = {(const uint8_t *)secret, (uint32_t)strlen(secret)};
    uint8_t password[RELO_TURN_PASSWORD_BYTES];
    relo_turn_password(key, name, password);
    o->world = world;
    o->addr = relo_addr_v4(0xcb007101, (uint16_t)(5000 + o->opened++)); /* 203.0.113.1 */
    o->peer = relo_addr_v4(0xcb007202, 7000);
    o->server = relo_addr_v4(0xc0000200, 6084);
    o->env = (struct relo_env){.shard = world->shard, .suite = &relo_suite_sim, .prng = {9, 0}};
    o->client = relo_turn_client_new(
        &o->env, &(struct relo_turn_client_options){.local = o->addr,
                                                    .server = o->server,
                                                    .name = name,
                                                    .password = {password, sizeof password}});
    world->outside = take;
    world->outside_data = o;
    settle(o);
}

static void outsider_close(struct outsider *o)
{
    relo_turn_client_free(o->client);
    g_clear_pointer(&o->at_peer, g_bytes_unref);
    g_queue_clear_full(&o->arrived, (GDestroyNotify)g_bytes_unref);
    world_free(o->world);
}

static struct world *ice_world(void)
{
    struct world *world = world_new();
    world->config.no_ice = false;
    world->is_public = true;
    return world;
}

static struct relo_view text(const char *s)
{
    return (struct relo_view){(const uint8_t *)s, (uint32_t)strlen(s)};
}

static bool came(const struct outsider *o, const char *wanted)
{
    struct relo_view got = view(o->at_peer);
    return got.n == strlen(wanted) && memcmp(got.p, wanted, got.n) == 0;
}

static void public_node_relays_for_who_knows_the_secret(void)
{
    struct outsider o = {0};
    struct world *world = ice_world();
    world_add(world, 0x10);
    outsider_open(&o, world, "story.invalid");
    g_assert_cmpint(relo_turn_client_state(o.client), ==, RELO_TURN_ALLOCATED);
    g_assert_cmpuint(world->ports[0], ==, 1);
    struct relo_addr relayed = *relo_turn_client_relayed(o.client);
    g_assert_cmphex(relo_addr_v4_ip(&relayed), ==, 0xc0000200);
    g_assert_cmpuint(relayed.port, >=, 49152);

    /* Without a permission nothing passes, either way. */
    world_inject(world, &relayed, &o.peer, text("too early"));
    settle(&o);
    g_assert_cmpstr(o.got, ==, "");
    g_assert_true(relo_turn_client_permit(o.client, &o.peer));
    settle(&o);
    g_assert_true(relo_turn_client_send(o.client, &o.peer, text("to the peer")));
    settle(&o);
    g_assert_nonnull(o.at_peer);
    g_assert_true(came(&o, "to the peer"));
    g_assert_true(relo_addr_equal(&o.at_peer_from, &relayed));
    world_inject(world, &relayed, &o.peer, text("and back"));
    settle(&o);
    g_assert_cmpstr(o.got, ==, "and back");
    g_assert_true(relo_addr_equal(&o.got_from, &o.peer));

    /* In a channel, the same. */
    g_assert_true(relo_turn_client_bind(o.client, &o.peer));
    settle(&o);
    g_assert_cmpint(relo_turn_client_peer(o.client, &o.peer), ==, RELO_TURN_PEER_BOUND);
    g_assert_true(relo_turn_client_send(o.client, &o.peer, text("in a channel")));
    settle(&o);
    g_assert_true(came(&o, "in a channel"));

    /* Not refreshed, it ends, and so does its port. */
    world_run(world, 700 * RELO_S);
    g_assert_cmpuint(world->ports[0], ==, 0);
    world_inject(world, &relayed, &o.peer, text("too late"));
    settle(&o);
    g_assert_cmpstr(o.got, ==, "and back");
    outsider_close(&o);
}

static void stranger_is_refused(void)
{
    struct outsider o = {0};
    struct world *world = ice_world();
    world_add(world, 0x10);
    outsider_open(&o, world, "another.invalid");
    g_assert_cmpint(relo_turn_client_state(o.client), ==, RELO_TURN_ENDED);
    g_assert_cmpuint(relo_turn_client_error(o.client), ==, 401);
    g_assert_cmpuint(world->ports[0], ==, 0);
    outsider_close(&o);
}

static void private_node_and_no_ice_overlay_relay_nothing(void)
{
    for (int i = 0; i < 3; i++) {
        struct outsider o = {0};
        struct world *world = ice_world();
        world->is_public = i != 0;
        world->config.no_ice = i == 1;
        world->config.turn_density = i != 2;
        world_add(world, 0x10);
        outsider_open(&o, world, "story.invalid");
        g_assert_cmpint(relo_turn_client_state(o.client), ==, RELO_TURN_ALLOCATING);
        g_assert_true(g_queue_is_empty(&o.arrived));
        outsider_close(&o);
    }
}

static void port_that_cannot_be_opened_ends_its_allocation(void)
{
    struct outsider o = {0};
    struct world *world = ice_world();
    world_add(world, 0x10);
    outsider_open(&o, world, "story.invalid");
    struct relo_event closed = {.type = RELO_EVENT_UDP_CLOSED,
                                .now = world->now,
                                .udp_closed = *relo_turn_client_relayed(o.client)};
    relo_node_step(world->node[0], &closed, world->out);
    g_assert_cmpuint(world->out->n, ==, 1);
    g_assert_cmpint(world->out->action[0].type, ==, RELO_ACTION_UDP_CLOSE);
    g_assert_true(relo_turn_client_permit(o.client, &o.peer));
    settle(&o);
    g_assert_cmpint(relo_turn_client_state(o.client), ==, RELO_TURN_ENDED);
    g_assert_cmpuint(relo_turn_client_error(o.client), ==, 437);
    outsider_close(&o);
}

/* RFC 8656 sections 10.2 and 21.4; and a server with a public address has no business inside. */
static void permission_for_what_is_nobodys_is_forbidden(void)
{
    static const uint32_t forbidden[] = {
        0x7f000001, /* loopback */
        0xe0000001, /* multicast */
        0xffffffff, /* broadcast */
        0x00000000, 0xa9fe0001, 0x0a000001, 0xc0a80001,
    };
    struct outsider o = {0};
    struct world *world = ice_world();
    world_add(world, 0x10);
    outsider_open(&o, world, "story.invalid");
    for (size_t i = 0; i < G_N_ELEMENTS(forbidden); i++) {
        struct relo_addr addr = relo_addr_v4(forbidden[i], 7000);
        g_assert_true(relo_turn_client_permit(o.client, &addr));
        settle(&o);
        g_assert_cmpint(relo_turn_client_peer(o.client, &addr), ==, RELO_TURN_PEER_FAILED);
    }
    /* Nor does a way lead back into the server. */
    g_assert_true(relo_turn_client_bind(o.client, &o.server));
    settle(&o);
    g_assert_cmpint(relo_turn_client_peer(o.client, &o.server), ==, RELO_TURN_PEER_FAILED);
    outsider_close(&o);
}

/* Eight allocations for one member: the next is refused, and takes nothing. */
static void member_over_its_quota_is_refused(void)
{
    struct outsider o = {0};
    struct world *world = ice_world();
    world_add(world, 0x10);
    for (unsigned i = 0; i < 9; i++) {
        relo_turn_client_free(o.client);
        outsider_open(&o, world, "story.invalid");
        g_assert_cmpint(relo_turn_client_state(o.client), ==,
                        i < 8 ? RELO_TURN_ALLOCATED : RELO_TURN_ENDED);
    }
    g_assert_cmpuint(relo_turn_client_error(o.client), ==, 486);
    g_assert_cmpuint(world->ports[0], ==, 8);
    outsider_close(&o);
}

/* --- in an overlay --------------------------------------------------------------------------- */

static unsigned holders(const struct world *world, struct relo_id resource)
{
    unsigned n = 0;
    for (unsigned i = 0; i < world->count; i++)
        n += world_joined(world, i) &&
             relo_node_holds(world->node[i], resource, RELO_KIND_TURN_SERVICE, 0,
                             (struct relo_view){NULL, 0}) != 0;
    return n;
}

/* 6940-9-3 6940-9-4 */
static void server_registers_as_often_as_turn_density_says(void)
{
    struct world *world = ice_world();
    world->config.turn_density = 3;
    for (unsigned i = 0; i < 3; i++) {
        world_add(world, 0x10 + 0x40 * i);
        world_join(world, i);
    }
    world_run(world, 10 * RELO_S);
    for (unsigned i = 0; i < 3; i++)
        for (uint8_t d = 1; d <= 4; d++) {
            unsigned n = holders(world, relo_turn_resource(world->id[i], d));
            g_assert_cmpint(n > 0, ==, d <= 3);
        }
    /* It keeps that up; without it the registration runs out. */
    world_run(world, 2 * 3600 * RELO_S);
    g_assert_cmpuint(holders(world, relo_turn_resource(world->id[1], 2)), >, 0);
    world_stop(world, 1);
    world_run(world, 4000 * RELO_S);
    g_assert_cmpuint(holders(world, relo_turn_resource(world->id[1], 2)), ==, 0);
    world_free(world);
}

/* Without a word from START: two STUN servers see these nodes under their own addresses. */
static void node_that_stun_shows_to_be_public_becomes_a_server(void)
{
    for (uint8_t density = 0; density < 2; density++) {
        struct world *world = ice_world();
        world->is_public = false;
        world->config.turn_density = density;
        for (unsigned i = 0; i < 4; i++) {
            world_add(world, 0x10 + 0x40 * i);
            world_join(world, i);
        }
        world_run(world, 60 * RELO_S);
        unsigned servers = 0;
        for (unsigned i = 0; i < 4; i++)
            servers += holders(world, relo_turn_resource(world->id[i], 1)) > 0;
        g_assert_cmpuint(servers, >=, density ? 1 : 0);
        g_assert_true(density || servers == 0);
        world_free(world);
    }
}

/* It may be behind a firewall: so it has a relay until the first client comes. */
static void first_client_shows_a_server_to_be_public(void)
{
    struct outsider o = {0};
    struct world *world = ice_world();
    world->config.turn_density = 20;
    world->is_public = false;
    for (unsigned i = 0; i < 4; i++) {
        world_add(world, 0x10 + 0x40 * i);
        world_join(world, i);
        world_run(world, 30 * RELO_S);
        world->is_public = true;
    }
    const struct relo_turn_service *turn = world->node[0]->turn;
    g_assert_true(relo_turn_service_serves(turn));
    g_assert_nonnull(relo_turn_service_relayed(turn));
    outsider_open(&o, world, "story.invalid");
    world_run(world, RELO_S);
    g_assert_cmpint(relo_turn_client_state(o.client), ==, RELO_TURN_ALLOCATED);
    g_assert_null(relo_turn_service_relayed(turn));
    outsider_close(&o);
}

/* Though an Attach waits for it no longer. */
static void slow_search_comes_to_its_end(void)
{
    struct world *world = ice_world();
    world->config.turn_density = 20;
    for (unsigned i = 0; i < 3; i++) {
        world_add(world, 0x10 + 0x40 * i);
        world_join(world, i);
        world_run(world, 30 * RELO_S);
    }
    world->is_public = false;
    world->latency = 2600 * RELO_MS; /* a Find and a Fetch take longer than 10 s */
    unsigned slow = world_add(world, 0xd0);
    world_command(world, slow, (struct relo_command){.type = RELO_COMMAND_JOIN});
    world_run(world, 60 * RELO_S);
    g_assert_nonnull(relo_turn_service_relayed(world->node[slow]->turn));
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/turn/node/public_node_relays_for_who_knows_the_secret",
                    public_node_relays_for_who_knows_the_secret);
    g_test_add_func("/turn/node/stranger_is_refused", stranger_is_refused);
    g_test_add_func("/turn/node/private_node_and_no_ice_overlay_relay_nothing",
                    private_node_and_no_ice_overlay_relay_nothing);
    g_test_add_func("/turn/node/port_that_cannot_be_opened_ends_its_allocation",
                    port_that_cannot_be_opened_ends_its_allocation);
    g_test_add_func("/turn/node/permission_for_what_is_nobodys_is_forbidden",
                    permission_for_what_is_nobodys_is_forbidden);
    g_test_add_func("/turn/node/member_over_its_quota_is_refused",
                    member_over_its_quota_is_refused);
    g_test_add_func("/turn/overlay/server_registers_as_often_as_turn_density_says",
                    server_registers_as_often_as_turn_density_says);
    g_test_add_func("/turn/overlay/node_that_stun_shows_to_be_public_becomes_a_server",
                    node_that_stun_shows_to_be_public_becomes_a_server);
    g_test_add_func("/turn/overlay/first_client_shows_a_server_to_be_public",
                    first_client_shows_a_server_to_be_public);
    g_test_add_func("/turn/overlay/slow_search_comes_to_its_end", slow_search_comes_to_its_end);
    return g_test_run();
}
