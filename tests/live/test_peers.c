/* SPDX-License-Identifier: BSD-2-Clause */
/* `relo peer` processes on loopback: they form overlays, with and without ICE, one fetches what
   another stored, one is killed and the ring heals, one is asked as a TURN server. The only tests
   with real sockets and a real clock. */
#include "core/relo.h"
#include "core/security/suite.h"
#include "core/turn/client.h"
#include "core/turn/relay.h"

#include <errno.h>
#include <glib.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 30000

struct process {
    GPid pid;
    int out;
    GString *text; /* all it has printed */
};

static guint free_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&a, n), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&a, &n), ==, 0);
    close(fd);
    return ntohs(a.sin_port);
}

G_GNUC_NULL_TERMINATED
static struct process start(const char *first, ...)
{
    struct process p = {.text = g_string_new(NULL)};
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    va_list arguments;
    g_ptr_array_add(argv, (char *)g_getenv("RELO"));
    g_ptr_array_add(argv, (char *)"peer");
    va_start(arguments, first);
    for (const char *a = first; a; a = va_arg(arguments, const char *))
        g_ptr_array_add(argv, (char *)a);
    va_end(arguments);
    g_ptr_array_add(argv, NULL);
    g_spawn_async_with_pipes(NULL, (char **)argv->pdata, NULL,
                             G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                             &p.pid, NULL, &p.out, NULL, &error);
    g_assert_no_error(error);
    return p;
}

/* The line that satisfies the regular expression, waiting for it; NULL at the end of patience. */
static char *expect(struct process *p, const char *pattern)
{
    g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);
    gint64 end = g_get_monotonic_time() + PATIENCE_MS * 1000;
    for (;;) {
        g_autoptr(GMatchInfo) match = NULL;
        char bytes[4096];
        struct pollfd poller = {.fd = p->out, .events = POLLIN};
        if (g_regex_match(regex, p->text->str, 0, &match))
            return g_match_info_fetch(match, 1);
        gint64 left_ms = (end - g_get_monotonic_time()) / 1000;
        if (left_ms <= 0 || poll(&poller, 1, (int)left_ms) <= 0)
            return NULL;
        ssize_t n = read(p->out, bytes, sizeof bytes);
        if (n <= 0)
            return NULL;
        g_string_append_len(p->text, bytes, n);
    }
}

static char *must(struct process *p, const char *pattern)
{
    char *found = expect(p, pattern);
    if (!found)
        g_error("waited in vain for /%s/ in:\n%s", pattern, p->text->str);
    return found;
}

static int end(struct process *p, int with)
{
    int status = 0;
    kill(p->pid, with);
    waitpid(p->pid, &status, 0);
    close(p->out);
    g_string_free(p->text, TRUE);
    return status;
}

static void overlay_forms_stores_fetches_and_heals(void)
{
    g_autofree char *a_at = g_strdup_printf("127.0.0.1:%u", free_port());
    g_autofree char *b_at = g_strdup_printf("127.0.0.1:%u", free_port());
    g_autofree char *c_at = g_strdup_printf("127.0.0.1:%u", free_port());
    struct process a =
        start("--listen", a_at, "--update-interval", "2", "--fetch", "bob@example.org", NULL);
    g_free(must(&a, "^(joined)"));
    struct process b = start("--listen", b_at, "--bootstrap", a_at, "--update-interval", "2",
                             "--store", "bob@example.org=hello from bob", NULL);
    g_free(must(&b, "^(stored bob@example.org)$"));
    struct process c = start("--listen", c_at, "--bootstrap", a_at, "--update-interval", "2",
                             "--fetch", "bob@example.org", NULL);
    g_free(must(&c, "^(fetched bob@example.org=hello from bob)$"));
    g_free(must(&a, "^(fetched bob@example.org=hello from bob)$"));

    g_autofree char *a_id = must(&a, "^ring self ([0-9a-f]+) ");
    g_autofree char *b_id = must(&b, "^ring self ([0-9a-f]+) ");
    g_autofree char *c_id = must(&c, "^ring self ([0-9a-f]+) ");
    g_autofree char *both =
        g_strdup_printf("^(ring self %s predecessors (%s,%s|%s,%s) successors (%s,%s|%s,%s))", a_id,
                        b_id, c_id, c_id, b_id, b_id, c_id, c_id, b_id);
    g_free(must(&a, both));

    end(&c, SIGKILL);
    g_string_truncate(a.text, 0);
    g_string_truncate(b.text, 0);
    g_autofree char *a_heals =
        g_strdup_printf("^(ring self %s predecessors %s successors %s)$", a_id, b_id, b_id);
    g_autofree char *b_heals =
        g_strdup_printf("^(ring self %s predecessors %s successors %s)$", b_id, a_id, a_id);
    g_free(must(&a, a_heals));
    g_free(must(&b, b_heals));

    int status = end(&b, SIGTERM); /* leaves gracefully */
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    status = end(&a, SIGTERM);
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A peer with two addresses, one with one of another: they meet by host candidates. */
static void peers_with_several_addresses_connect_by_ice(void)
{
    g_autofree char *a_at = g_strdup_printf("127.0.0.1:%u", free_port());
    g_autofree char *b_at = g_strdup_printf("127.0.0.1:%u", free_port());
    g_autofree char *b_too = g_strdup_printf("127.0.0.2:%u", free_port());
    g_autofree char *c_at = g_strdup_printf("127.0.0.2:%u", free_port());
    struct process a = start("--ice", "--listen", a_at, "--update-interval", "2", NULL);
    g_free(must(&a, "^(joined)"));
    struct process b = start("--ice", "--listen", b_at, "--listen", b_too, "--bootstrap", a_at,
                             "--update-interval", "2", "--store", "bob@example.org=by ICE", NULL);
    g_free(must(&b, "^(stored bob@example.org)$"));
    struct process c = start("--ice", "--listen", c_at, "--bootstrap", a_at, "--update-interval",
                             "2", "--fetch", "bob@example.org", NULL);
    g_free(must(&c, "^(fetched bob@example.org=by ICE)$"));
    g_autofree char *b_id = must(&b, "^ring self ([0-9a-f]+) ");
    g_autofree char *link = g_strdup_printf("^(link %s (host|prflx) to (host|prflx))$", b_id);
    g_free(must(&c, link));
    end(&c, SIGTERM);
    end(&b, SIGTERM);
    end(&a, SIGTERM);
}

static void every_interface_may_stand_for_itself(void)
{
    g_autofree char *at = g_strdup_printf("0.0.0.0:%u", free_port());
    struct process p = start("--ice", "--listen", at, NULL);
    g_autofree char *first = must(&p, "^listening on ([0-9.]+):[0-9]+$");
    g_assert_cmpstr(first, !=, "0.0.0.0");
    g_free(must(&p, "^(joined)"));
    end(&p, SIGTERM);
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
    guint port = free_port();
    g_autofree char *at = g_strdup_printf("127.0.0.1:%u", port);
    struct process p = start("--ice", "--public", "--listen", at, NULL);
    struct outsider o;
    g_free(must(&p, "^(joined)"));
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
    end(&p, SIGTERM);
}

static void peer_that_is_not_public_relays_nothing(void)
{
    guint port = free_port();
    g_autofree char *at = g_strdup_printf("127.0.0.1:%u", port);
    struct process p = start("--ice", "--listen", at, NULL);
    struct outsider o;
    g_free(must(&p, "^(joined)"));
    outsider_open(&o, port);
    talk(&o);
    g_assert_cmpint(relo_turn_client_state(o.client), ==, RELO_TURN_ALLOCATING);
    outsider_close(&o);
    end(&p, SIGTERM);
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
        {"peer --listen 127.0.0.1:6084 --store x", "NAME=VALUE"},
        {"peer --listen 127.0.0.1:6084 --bootstrap here", "not an address and a port"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *line = g_strdup_printf("%s %s", g_getenv("RELO"), wrong[i][0]);
        g_autofree char *said = NULL;
        int status = 0;
        g_spawn_command_line_sync(line, NULL, &said, &status, NULL);
        g_assert_cmpint(WEXITSTATUS(status), ==, 2);
        if (!strstr(said, wrong[i][1]))
            g_error("%s said: %s", wrong[i][0], said);
    }
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
