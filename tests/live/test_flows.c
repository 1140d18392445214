/* SPDX-License-Identifier: BSD-2-Clause */
/* AppAttach between live peers: datagrams of an application over sockets of their own (RFC 6940
   section 6.5.2, docs/decisions/0013). */
#include "tests/live/support_peers.h"
#include "tests/live/support_ring.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIP 5060

enum { ALICE, BOB };

static struct relo_addr loopback4(void)
{
    return relo_addr_v4(INADDR_LOOPBACK, (uint16_t)peers_free_port());
}

static struct relo_addr loopback6(void)
{
    return (struct relo_addr){.family = 6, .port = (uint16_t)peers_free_port6(), .ip = {[15] = 1}};
}

static struct ring *two(bool ice, struct relo_addr (*address)(void))
{
    struct ring *ring = ring_new();
    ring->config.no_ice = !ice;
    ring_add(ring, address(), (struct live_peer_options){.local = NULL});
    ring_add(ring, address(), (struct live_peer_options){.local = NULL});
    return ring;
}

static struct relo_result attach(struct ring *ring, guint from, guint to, uint16_t application)
{
    struct relo_command command = {.type = RELO_COMMAND_APP_ATTACH,
                                   .target = {.id = ring->peer[to].id},
                                   .application = application};
    return *ring_command(ring, from, command);
}

static bool told(void *data)
{
    return ring_event(data, BOB, RELO_RESULT_APP_LINK, ALICE) != NULL;
}

static bool heard(void *data)
{
    return ((struct ring_peer *)data)->value_count > 0;
}

static void say(struct ring *ring, guint from, uint32_t flow, guint to, struct relo_view value)
{
    struct relo_command command = {.type = RELO_COMMAND_APP_SEND, .flow = flow, .value = value};
    ring->peer[to].value_count = 0;
    g_assert_cmpint(ring_command(ring, from, command)->status, ==, RELO_OK);
    ring_wait(ring, heard, &ring->peer[to], "a datagram of the application");
    g_assert_cmpuint(ring->peer[to].value->len, ==, value.n);
    g_assert_true(memcmp(ring->peer[to].value->str, value.p, value.n) == 0);
}

static void say_text(struct ring *ring, guint from, uint32_t flow, guint to, const char *text)
{
    say(ring, from, flow, to, (struct relo_view){(const uint8_t *)text, (uint32_t)strlen(text)});
}

/* Whether somebody has the port. */
static bool is_taken(const struct relo_addr *addr)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons(addr->port),
                            .sin_addr.s_addr = htonl(relo_addr_v4_ip(addr))};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bool taken = bind(fd, (struct sockaddr *)&a, sizeof a) != 0;
    close(fd);
    return taken;
}

/* Alice's attach to Bob ends in a flow that both have, and that carries what either says. */
static void check_flow(struct ring *ring)
{
    struct relo_result mine = attach(ring, ALICE, BOB, SIP);
    uint8_t bytes[20000];
    g_assert_cmpint(mine.status, ==, RELO_OK);
    g_assert_true(relo_id_equal(mine.peer, ring->peer[BOB].id));
    ring_wait(ring, told, ring, "APP_LINK at Bob's");
    struct relo_result theirs = *ring_event(ring, BOB, RELO_RESULT_APP_LINK, ALICE);
    g_assert_cmpuint(theirs.application, ==, SIP);
    g_assert_true(theirs.active && !mine.active); /* who was asked begins the handshake */
    g_assert_true(relo_addr_equal(&mine.local, &theirs.remote));
    g_assert_true(relo_addr_equal(&mine.remote, &theirs.local));
    for (guint who = ALICE; who <= BOB; who++) { /* not the ports of the overlay's links */
        g_assert_cmpuint(mine.local.port, !=, ring->peer[who].local.port);
        g_assert_cmpuint(mine.remote.port, !=, ring->peer[who].local.port);
    }
    say_text(ring, ALICE, mine.flow, BOB, "REGISTER");
    say_text(ring, BOB, theirs.flow, ALICE, "200 OK");
    for (gsize i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    say(ring, ALICE, mine.flow, BOB, (struct relo_view){bytes, sizeof bytes});
    say(ring, BOB, theirs.flow, ALICE, (struct relo_view){bytes, 1});
}

static void flow_opens_without_ice(void)
{
    struct ring *ring = two(false, loopback4);
    check_flow(ring);
    ring_free(ring);
}

static void flow_opens_by_ice(void)
{
    struct ring *ring = two(true, loopback4);
    check_flow(ring);
    const struct relo_result *theirs = ring_event(ring, BOB, RELO_RESULT_APP_LINK, ALICE);
    g_assert_cmpint(theirs->path_local, !=, RELO_PATH_DIRECT);
    g_assert_cmpint(theirs->path_local, !=, RELO_PATH_RELAY);
    ring_free(ring);
}

static void flow_opens_over_ipv6(void)
{
    if (!peers_have_ipv6())
        return;
    for (int ice = 0; ice < 2; ice++) {
        struct ring *ring = two(ice, loopback6);
        check_flow(ring);
        ring_free(ring);
    }
}

static void closing_a_flow_gives_its_port_back(void)
{
    struct ring *ring = two(true, loopback4);
    struct relo_result mine = attach(ring, ALICE, BOB, SIP), more = attach(ring, ALICE, BOB, SIP);
    struct relo_command close_it = {.type = RELO_COMMAND_APP_CLOSE, .flow = mine.flow};
    struct relo_command say_it = {.type = RELO_COMMAND_APP_SEND, .flow = mine.flow};
    g_assert_cmpuint(mine.flow, !=, more.flow);
    g_assert_true(is_taken(&mine.local) && is_taken(&more.local));
    g_assert_cmpint(ring_command(ring, ALICE, close_it)->status, ==, RELO_OK);
    g_assert_true(!is_taken(&mine.local) && is_taken(&more.local));
    g_assert_cmpint(ring_command(ring, ALICE, say_it)->status, !=, RELO_OK);
    ring_free(ring);
    g_assert_false(is_taken(&more.local));
}

static void an_application_that_nobody_has_is_refused(void)
{
    struct ring *ring = two(true, loopback4);
    struct relo_result mine = attach(ring, ALICE, BOB, 5062);
    g_assert_cmpint(mine.status, ==, RELO_ERROR);
    g_assert_cmphex(mine.error_code, ==, 3); /* Error_Not_Found */
    g_assert_null(ring_event(ring, BOB, RELO_RESULT_APP_LINK, ALICE));
    ring_free(ring);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/live/flows/flow_opens_without_ice", flow_opens_without_ice);
    g_test_add_func("/live/flows/flow_opens_by_ice", flow_opens_by_ice);
    g_test_add_func("/live/flows/flow_opens_over_ipv6", flow_opens_over_ipv6);
    g_test_add_func("/live/flows/closing_a_flow_gives_its_port_back",
                    closing_a_flow_gives_its_port_back);
    g_test_add_func("/live/flows/an_application_that_nobody_has_is_refused",
                    an_application_that_nobody_has_is_refused);
    return g_test_run();
}
