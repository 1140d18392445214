/* SPDX-License-Identifier: BSD-2-Clause */
/* `relo peer` processes on loopback: they form overlays, with and without ICE, one fetches what
   another stored, one is killed and the ring heals, one is asked as a TURN server. The only tests
   with real sockets and a real clock. */
#include "core/relo.h"
#include "core/security/suite.h"
#include "core/turn/client.h"
#include "core/turn/relay.h"
#include "tests/live/support_peers.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void overlay_forms_stores_fetches_and_heals(void)
{
    g_autofree char *a_at = g_strdup_printf("127.0.0.1:%u", peers_free_port());
    g_autofree char *b_at = g_strdup_printf("127.0.0.1:%u", peers_free_port());
    g_autofree char *c_at = g_strdup_printf("127.0.0.1:%u", peers_free_port());
    struct peers_process a =
        peers_start("--listen", a_at, "--update-interval", "2", "--fetch", "bob@example.org", NULL);
    g_free(peers_must(&a, "^(joined)"));
    struct peers_process b = peers_start("--listen", b_at, "--bootstrap", a_at, "--update-interval",
                                         "2", "--store", "bob@example.org=hello from bob", NULL);
    g_free(peers_must(&b, "^(stored bob@example.org)$"));
    struct peers_process c = peers_start("--listen", c_at, "--bootstrap", a_at, "--update-interval",
                                         "2", "--fetch", "bob@example.org", NULL);
    g_free(peers_must(&c, "^(fetched bob@example.org=hello from bob)$"));
    g_free(peers_must(&a, "^(fetched bob@example.org=hello from bob)$"));

    g_autofree char *a_id = peers_must(&a, "^ring self ([0-9a-f]+) ");
    g_autofree char *b_id = peers_must(&b, "^ring self ([0-9a-f]+) ");
    g_autofree char *c_id = peers_must(&c, "^ring self ([0-9a-f]+) ");
    g_autofree char *both =
        g_strdup_printf("^(ring self %s predecessors (%s,%s|%s,%s) successors (%s,%s|%s,%s))", a_id,
                        b_id, c_id, c_id, b_id, b_id, c_id, c_id, b_id);
    g_free(peers_must(&a, both));

    peers_end(&c, SIGKILL);
    g_string_truncate(a.text, 0);
    g_string_truncate(b.text, 0);
    g_autofree char *a_heals =
        g_strdup_printf("^(ring self %s predecessors %s successors %s)$", a_id, b_id, b_id);
    g_autofree char *b_heals =
        g_strdup_printf("^(ring self %s predecessors %s successors %s)$", b_id, a_id, a_id);
    g_free(peers_must(&a, a_heals));
    g_free(peers_must(&b, b_heals));

    int status = peers_end(&b, SIGTERM); /* leaves gracefully */
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    status = peers_end(&a, SIGTERM);
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A peer with two addresses, one with one of another: they meet by host candidates. */
static void peers_with_several_addresses_connect_by_ice(void)
{
    g_autofree char *a_at = g_strdup_printf("127.0.0.1:%u", peers_free_port());
    g_autofree char *b_at = g_strdup_printf("127.0.0.1:%u", peers_free_port());
    g_autofree char *b_too = g_strdup_printf("127.0.0.2:%u", peers_free_port());
    g_autofree char *c_at = g_strdup_printf("127.0.0.2:%u", peers_free_port());
    struct peers_process a = peers_start("--ice", "--listen", a_at, "--update-interval", "2", NULL);
    g_free(peers_must(&a, "^(joined)"));
    struct peers_process b =
        peers_start("--ice", "--listen", b_at, "--listen", b_too, "--bootstrap", a_at,
                    "--update-interval", "2", "--store", "bob@example.org=by ICE", NULL);
    g_free(peers_must(&b, "^(stored bob@example.org)$"));
    struct peers_process c =
        peers_start("--ice", "--listen", c_at, "--bootstrap", a_at, "--update-interval", "2",
                    "--fetch", "bob@example.org", NULL);
    g_free(peers_must(&c, "^(fetched bob@example.org=by ICE)$"));
    g_autofree char *b_id = peers_must(&b, "^ring self ([0-9a-f]+) ");
    g_autofree char *link = g_strdup_printf("^(link %s (host|prflx) to (host|prflx))$", b_id);
    g_free(peers_must(&c, link));
    peers_end(&c, SIGTERM);
    peers_end(&b, SIGTERM);
    peers_end(&a, SIGTERM);
}

static void every_interface_may_stand_for_itself(void)
{
    g_autofree char *at = g_strdup_printf("0.0.0.0:%u", peers_free_port());
    struct peers_process p = peers_start("--ice", "--listen", at, NULL);
    g_autofree char *first = peers_must(&p, "^listening on ([0-9.]+):[0-9]+$");
    g_assert_cmpstr(first, !=, "0.0.0.0");
    g_free(peers_must(&p, "^(joined)"));
    peers_end(&p, SIGTERM);
}

/* --- a TURN client by hand ------------------------------------------------------------------- */

struct outsider {
    struct relo_shard *shard;
    struct relo_env env;
    struct relo_turn_client *client;
    int fd;
};

static struct sockaddr_in loopback(guint port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((guint16)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void outsider_open(struct outsider *o, guint server)
{
    static const uint8_t name[] = "somebody", secret[] = "relo.invalid";
    struct relo_view user = {name, sizeof name - 1};
    struct sockaddr_in a = loopback(0), to = loopback(server);
    socklen_t n = sizeof a;
    uint8_t password[RELO_TURN_PASSWORD_BYTES];
    o->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    g_assert_cmpint(bind(o->fd, (struct sockaddr *)&a, n), ==, 0);
    g_assert_cmpint(getsockname(o->fd, (struct sockaddr *)&a, &n), ==, 0);
    g_assert_cmpint(connect(o->fd, (struct sockaddr *)&to, sizeof to), ==, 0);
    relo_turn_password((struct relo_view){secret, sizeof secret - 1}, user, password);
    o->shard = relo_shard_new();
    o->env = (struct relo_env){.shard = o->shard, .suite = &relo_suite_sim, .prng = {server, 1}};
    o->client =
        relo_turn_client_new(&o->env, &(struct relo_turn_client_options){
                                          .local = relo_addr_v4(INADDR_LOOPBACK, ntohs(a.sin_port)),
                                          .server = relo_addr_v4(INADDR_LOOPBACK, (uint16_t)server),
                                          .name = user,
                                          .password = {password, sizeof password}});
}

/* Client and server talk until neither has said anything for a fifth of a second. */
static void talk(struct outsider *o)
{
    struct pollfd poller = {.fd = o->fd, .events = POLLIN};
    do {
        uint8_t bytes[2048];
        struct relo_turn_datagram d;
        struct relo_addr peer;
        struct relo_view data;
        ssize_t got = recv(o->fd, bytes, sizeof bytes, 0);
        o->env.now = g_get_monotonic_time() * RELO_US;
        if (got > 0) {
            struct relo_addr server = relo_addr_v4(INADDR_LOOPBACK, 0);
            struct sockaddr_in from;
            socklen_t n = sizeof from;
            g_assert_cmpint(getpeername(o->fd, (struct sockaddr *)&from, &n), ==, 0);
            server.port = ntohs(from.sin_port);
            relo_turn_client_receive(o->client, &server, (struct relo_view){bytes, (uint32_t)got},
                                     &peer, &data);
        }
        for (;;) {
            struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 16);
            if (!relo_turn_client_output(o->client, &d, &w))
                break;
            g_assert_cmpint(send(o->fd, bytes, relo_wr_size(&w), 0), >, 0);
        }
    } while (poll(&poller, 1, 200) > 0);
}

static void outsider_close(struct outsider *o)
{
    relo_turn_client_free(o->client);
    relo_shard_free(o->shard);
    close(o->fd);
}

/* Whether somebody else has it. */
static bool port_is_taken(guint port)
{
    struct sockaddr_in a = loopback(port);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bool taken = bind(fd, (struct sockaddr *)&a, sizeof a) != 0 && errno == EADDRINUSE;
    close(fd);
    return taken;
}

/* UDP_OPEN and UDP_CLOSE; and loopback is not relayed to. */
static void public_peer_opens_a_port_for_each_allocation(void)
{
    guint port = peers_free_port();
    g_autofree char *at = g_strdup_printf("127.0.0.1:%u", port);
    struct peers_process p = peers_start("--ice", "--public", "--listen", at, NULL);
    struct outsider o;
    g_free(peers_must(&p, "^(joined)"));
    outsider_open(&o, port);
    talk(&o);
    g_assert_cmpint(relo_turn_client_state(o.client), ==, RELO_TURN_ALLOCATED);
    struct relo_addr relayed = *relo_turn_client_relayed(o.client), self = relayed;
    g_assert_cmphex(relo_addr_v4_ip(&relayed), ==, INADDR_LOOPBACK);
    g_assert_true(port_is_taken(relayed.port));
    self.port = 9;
    g_assert_true(relo_turn_client_permit(o.client, &self));
    talk(&o);
    g_assert_cmpint(relo_turn_client_peer(o.client, &self), ==, RELO_TURN_PEER_FAILED);
    relo_turn_client_release(o.client);
    talk(&o);
    g_assert_cmpint(relo_turn_client_state(o.client), ==, RELO_TURN_ENDED);
    g_assert_false(port_is_taken(relayed.port));
    outsider_close(&o);
    peers_end(&p, SIGTERM);
}

static void peer_that_is_not_public_relays_nothing(void)
{
    guint port = peers_free_port();
    g_autofree char *at = g_strdup_printf("127.0.0.1:%u", port);
    struct peers_process p = peers_start("--ice", "--listen", at, NULL);
    struct outsider o;
    g_free(peers_must(&p, "^(joined)"));
    outsider_open(&o, port);
    talk(&o);
    g_assert_cmpint(relo_turn_client_state(o.client), ==, RELO_TURN_ALLOCATING);
    outsider_close(&o);
    peers_end(&p, SIGTERM);
}

static void wrong_arguments_get_a_sentence(void)
{
    static const char *const wrong[][2] = {
        {"peer", "--listen ADDR:PORT is missing"},
        {"peer --listen nonsense", "not an address and a port"},
        {"peer --listen 0.0.0.0:6084", "name the one address"},
        {"peer --listen 127.0.0.1:6084 --ice --no-ice", "one or the other"},
        {"peer --listen 127.0.0.1:6084 --listen 127.0.0.2:6084", "twice needs --ice"},
        {"peer --listen 127.0.0.1:6084 --public", "--public needs --ice"},
        {"peer --ice --listen 127.0.0.1:1 --listen 127.0.0.1:2 --listen 127.0.0.1:3 "
         "--listen 127.0.0.1:4 --listen 127.0.0.1:5",
         "more than 4 addresses"},
        {"peer --listen 127.0.0.1:6084 --ice-policy relay", "--ice-policy relay needs --ice"},
        {"peer --listen 127.0.0.1:6084 --ice --ice-policy none", "it is all or relay"},
        {"peer --listen 127.0.0.1:6084 --ice --public --ice-policy relay", "no relay itself"},
        {"peer --listen 127.0.0.1:6084 --store x", "NAME=VALUE"},
        {"peer --listen 127.0.0.1:6084 --bootstrap here", "not an address and a port"},
        {"peer --listen 127.0.0.1:6084 --bootstrap [::1]:6084", "no --listen is of IPv6"},
        {"peer --listen [fe80::1%lo]:6084", "not an address and a port"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
        peers_refused(wrong[i][0], wrong[i][1]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!g_getenv("RELO"))
        return 77;
    g_test_add_func("/live/overlay_forms_stores_fetches_and_heals",
                    overlay_forms_stores_fetches_and_heals);
    g_test_add_func("/live/peers_with_several_addresses_connect_by_ice",
                    peers_with_several_addresses_connect_by_ice);
    g_test_add_func("/live/every_interface_may_stand_for_itself",
                    every_interface_may_stand_for_itself);
    g_test_add_func("/live/public_peer_opens_a_port_for_each_allocation",
                    public_peer_opens_a_port_for_each_allocation);
    g_test_add_func("/live/peer_that_is_not_public_relays_nothing",
                    peer_that_is_not_public_relays_nothing);
    g_test_add_func("/live/wrong_arguments_get_a_sentence", wrong_arguments_get_a_sentence);
    return g_test_run();
}
