/* SPDX-License-Identifier: BSD-2-Clause */
/* Drives one node with UDP sockets, the host's clock and a GLib main loop. */
#include "live/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A socket: one on a local address, or one that a TURN server or a flow wanted (UDP_OPEN). */
struct port {
    struct live_peer *peer;
    struct relo_addr local;
    int fd;
    GSource *readable;
};

struct live_peer {
    struct relo_shard *shard;
    struct relo_node *node;
    struct relo_outbox *out;
    GPtrArray *ports; /* of struct port; the first are the node's own */
    GArray *unopened; /* of struct relo_addr: what the node has to be told */
    GMainContext *context;
    GSource *timer;
    void (*result)(void *user_data, const struct relo_result *result);
    void (*stepped)(void *user_data);
    void *user_data;
    bool stepping;
    GQueue later; /* of struct waiting: commands given while the outbox is being drained */
};

/* A command that waits, with copies of what it shows. */
struct waiting {
    struct relo_command command;
    GBytes *key, *value;
    struct relo_id via[8];
};

static relo_time clock_ns(clockid_t which)
{
    struct timespec t;
    clock_gettime(which, &t);
    return (relo_time)t.tv_sec * RELO_S + t.tv_nsec;
}

static socklen_t to_sockaddr(const struct relo_addr *addr, struct sockaddr_storage *out)
{
    memset(out, 0, sizeof *out);
    if (addr->family == 6) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(addr->port);
        memcpy(&in6->sin6_addr, addr->ip, 16);
        return sizeof *in6;
    }
    struct sockaddr_in *in = (struct sockaddr_in *)out;
    in->sin_family = AF_INET;
    in->sin_port = htons(addr->port);
    memcpy(&in->sin_addr, addr->ip, 4);
    return sizeof *in;
}

static struct relo_addr from_sockaddr(const struct sockaddr_storage *in)
{
    struct relo_addr addr = {.family = 4};
    if (in->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)in;
        addr.family = 6;
        addr.port = ntohs(in6->sin6_port);
        memcpy(addr.ip, &in6->sin6_addr, 16);
    } else {
        const struct sockaddr_in *in4 = (const struct sockaddr_in *)in;
        addr.port = ntohs(in4->sin_port);
        memcpy(addr.ip, &in4->sin_addr, 4);
    }
    return addr;
}

static struct port *port_of(const struct live_peer *peer, const struct relo_addr *local)
{
    for (guint i = 0; i < peer->ports->len; i++) {
        struct port *port = peer->ports->pdata[i];
        if (relo_addr_equal(&port->local, local))
            return port;
    }
    return NULL;
}

/* A datagram that the kernel will not take is a lost datagram. */
static void send_datagram(struct live_peer *peer, struct relo_send *send)
{
    struct sockaddr_storage to;
    struct iovec iov[2] = {
        {(void *)(uintptr_t)send->head.p, send->head.n},
        {(void *)(uintptr_t)relo_slice_bytes(&send->body), send->body.n},
    };
    struct msghdr message = {.msg_name = &to,
                             .msg_namelen = to_sockaddr(&send->remote, &to),
                             .msg_iov = iov,
                             .msg_iovlen = 2};
    const struct port *port = port_of(peer, &send->local);
    while (port && sendmsg(port->fd, &message, 0) < 0 && errno == EINTR)
        ;
    relo_body_unref(relo_shard_pool(peer->shard), send->body.body);
}

static bool open_port(struct live_peer *peer, const struct relo_addr *local, char **error);

/* Its memory goes with its source, which may be the one that is being dispatched. */
static void close_port(struct live_peer *peer, const struct relo_addr *local)
{
    struct port *port = port_of(peer, local);
    if (!port)
        return;
    g_ptr_array_remove(peer->ports, port);
    g_source_destroy(port->readable);
}

static void close_ports(struct live_peer *peer)
{
    while (peer->ports->len)
        close_port(peer, &((struct port *)peer->ports->pdata[0])->local);
    g_ptr_array_free(peer->ports, TRUE);
}

static void drain(struct live_peer *peer)
{
    for (uint32_t i = 0; i < peer->out->n; i++) {
        struct relo_action *action = &peer->out->action[i];
        switch (action->type) {
        case RELO_ACTION_SEND:
            send_datagram(peer, &action->send);
            break;
        case RELO_ACTION_UDP_OPEN:
            if (!open_port(peer, &action->udp, NULL))
                g_array_append_val(peer->unopened, action->udp);
            break;
        case RELO_ACTION_UDP_CLOSE:
            close_port(peer, &action->udp);
            break;
        case RELO_ACTION_RESULT:
            peer->result(peer->user_data, &action->result);
            break;
        case RELO_ACTION_STREAM_CONNECT: /* this driver offers UDP candidates only */
        case RELO_ACTION_STREAM_SEND:
        case RELO_ACTION_STREAM_CLOSE:
            break;
        }
    }
}

static void step_once(struct live_peer *peer, struct relo_event *event)
{
    event->now = clock_ns(CLOCK_MONOTONIC);
    relo_node_step(peer->node, event, peer->out);
    drain(peer);
    while (peer->out->deadline <= event->now) { /* the outbox was full */
        struct relo_event more = {.type = RELO_EVENT_WAKE, .now = event->now};
        relo_node_step(peer->node, &more, peer->out);
        drain(peer);
    }
}

static struct relo_view view_of(GBytes *bytes)
{
    gsize n = 0;
    const uint8_t *p = g_bytes_get_data(bytes, &n);
    return (struct relo_view){p, (uint32_t)n};
}

static void put_off(struct live_peer *peer, const struct relo_command *command)
{
    struct waiting *w = g_new0(struct waiting, 1);
    w->command = *command;
    w->key = g_bytes_new(command->key.p, command->key.n);
    w->value = g_bytes_new(command->value.p, command->value.n);
    w->command.key = view_of(w->key);
    w->command.value = view_of(w->value);
    for (uint8_t i = 0; i < command->target.via_count && i < G_N_ELEMENTS(w->via); i++)
        w->via[i] = command->target.via[i];
    w->command.target.via = w->via;
    g_queue_push_tail(&peer->later, w);
}

static void waiting_free(struct waiting *w)
{
    g_bytes_unref(w->key);
    g_bytes_unref(w->value);
    g_free(w);
}

/* Steps the node and carries out what it wants; a command that the application gives in answer to a
   RESULT is the next step, not one inside this. */
static void step(struct live_peer *peer, struct relo_event *event)
{
    struct waiting *w;
    peer->stepping = true;
    step_once(peer, event);
    while ((w = g_queue_pop_head(&peer->later))) {
        struct relo_event next = {.type = RELO_EVENT_COMMAND, .command = &w->command};
        step_once(peer, &next);
        waiting_free(w);
    }
    while (peer->unopened->len) {
        struct relo_event closed = {.type = RELO_EVENT_UDP_CLOSED};
        closed.udp_closed = g_array_index(peer->unopened, struct relo_addr, 0);
        g_array_remove_index(peer->unopened, 0);
        step_once(peer, &closed);
    }
    peer->stepping = false;
    relo_time deadline = peer->out->deadline;
    g_source_set_ready_time(peer->timer, deadline == RELO_NEVER ? -1 : deadline / RELO_US + 1);
    if (peer->stepped)
        peer->stepped(peer->user_data);
}

static gboolean on_timer(gpointer data)
{
    struct live_peer *peer = data;
    struct relo_event event = {.type = RELO_EVENT_WAKE};
    g_source_set_ready_time(peer->timer, -1);
    step(peer, &event);
    return G_SOURCE_CONTINUE;
}

/* Hard ICMP errors arrive in the socket's error queue, with the address they concern. */
static void read_errors(struct port *port)
{
    for (;;) {
        struct sockaddr_storage to;
        uint8_t payload[64], control[512];
        struct iovec iov = {payload, sizeof payload};
        struct msghdr message = {.msg_name = &to,
                                 .msg_namelen = sizeof to,
                                 .msg_iov = &iov,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        if (recvmsg(port->fd, &message, MSG_ERRQUEUE) < 0)
            return;
        struct relo_event event = {.type = RELO_EVENT_UNREACHABLE,
                                   .unreachable = from_sockaddr(&to)};
        step(port->peer, &event);
    }
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct port *port = data;
    if (condition & G_IO_ERR)
        read_errors(port);
    for (int burst = 0; burst < 64 && !g_source_is_destroyed(port->readable); burst++) {
        uint8_t bytes[65536];
        struct sockaddr_storage from;
        socklen_t from_bytes = sizeof from;
        ssize_t n = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &from_bytes);
        if (n < 0)
            break;
        struct relo_event event = {
            .type = RELO_EVENT_DATAGRAM,
            .datagram = {port->local, from_sockaddr(&from), {bytes, (uint32_t)n}, {NULL, 0, 0}},
        };
        step(port->peer, &event);
    }
    return G_SOURCE_CONTINUE;
}

static gboolean dispatch_timer(GSource *source, GSourceFunc callback, gpointer data)
{
    (void)source;
    return callback(data);
}

static int open_socket(const struct relo_addr *listen, char **error)
{
    struct sockaddr_storage address;
    socklen_t n = to_sockaddr(listen, &address);
    int on = 1;
    int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, n) == 0) {
        if (listen->family == 6)
            setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
        else
            setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
        return fd;
    }
    g_autofree char *text = live_addr_format(listen);
    if (error)
        *error = g_strdup_printf("cannot listen on %s: %s", text, g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static void port_free(gpointer data)
{
    struct port *port = data;
    close(port->fd);
    g_source_unref(port->readable);
    g_free(port);
}

static bool open_port(struct live_peer *peer, const struct relo_addr *local, char **error)
{
    int fd = open_socket(local, error);
    if (fd < 0)
        return false;
    struct port *port = g_new(struct port, 1);
    *port = (struct port){peer, *local, fd, g_unix_fd_source_new(fd, G_IO_IN | G_IO_ERR)};
    g_source_set_callback(port->readable, G_SOURCE_FUNC(on_readable), port, port_free);
    g_source_attach(port->readable, peer->context);
    g_ptr_array_add(peer->ports, port);
    return true;
}

static bool fill_entropy(void *bytes, size_t n, char **error)
{
    if (getentropy(bytes, n) == 0)
        return true;
    *error = g_strdup_printf("the system gives no random numbers: %s", g_strerror(errno));
    return false;
}

/* An identity of its own making, as the `sim` suite has them. */
static void start_node(struct live_peer *peer, const struct live_peer_options *options,
                       const uint8_t random[64])
{
    struct relo_start start = {
        .suite = &relo_suite_sim,
        .config = options->config,
        .unix_offset_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC),
        .local = options->local,
        .local_count = options->local_count,
        .public_address = options->public_address,
        .relay_only = options->relay_only,
        .bootstrap = options->bootstrap,
        .bootstrap_count = options->bootstrap_count,
    };
    int64_t unix_s = clock_ns(CLOCK_REALTIME) / RELO_S;
    start.identity.node_id = relo_id_from_bytes(random);
    memcpy(&start.identity.key, random + 16, sizeof start.identity.key);
    memcpy(start.entropy, random + 32, sizeof start.entropy);
    g_strlcpy(start.identity.user, options->user, sizeof start.identity.user);
    start.identity.not_before_s = unix_s - 86400;
    start.identity.not_after_s = unix_s + INT64_C(365) * 86400;
    struct relo_event event = {.type = RELO_EVENT_START, .start = &start};
    step(peer, &event);
}

struct live_peer *live_peer_new(const struct live_peer_options *options, char **error)
{
    static GSourceFuncs timer_funcs = {.dispatch = dispatch_timer};
    uint8_t random[64];
    if (!fill_entropy(random, sizeof random, error))
        return NULL;

    struct live_peer *peer = g_new0(struct live_peer, 1);
    peer->context = options->context;
    peer->ports = g_ptr_array_new();
    peer->unopened = g_array_new(FALSE, FALSE, sizeof(struct relo_addr));
    for (guint i = 0; i < options->local_count; i++)
        if (!open_port(peer, &options->local[i], error)) {
            close_ports(peer);
            g_array_free(peer->unopened, TRUE);
            g_free(peer);
            return NULL;
        }
    peer->shard = relo_shard_new();
    peer->node = relo_node_new(peer->shard);
    peer->out = g_new0(struct relo_outbox, 1);
    peer->result = options->result;
    peer->stepped = options->stepped;
    peer->user_data = options->user_data;

    peer->timer = g_source_new(&timer_funcs, sizeof(GSource));
    g_source_set_callback(peer->timer, on_timer, peer, NULL);
    g_source_attach(peer->timer, peer->context);
    start_node(peer, options, random);
    return peer;
}

void live_peer_free(struct live_peer *peer)
{
    if (!peer)
        return;
    struct relo_event event = {.type = RELO_EVENT_STOP};
    peer->stepped = NULL;
    step(peer, &event);
    g_source_destroy(peer->timer);
    g_source_unref(peer->timer);
    close_ports(peer);
    g_array_free(peer->unopened, TRUE);
    relo_node_free(peer->node);
    relo_shard_free(peer->shard);
    g_free(peer->out);
    g_free(peer);
}

void live_peer_command(struct live_peer *peer, const struct relo_command *command)
{
    struct relo_event event = {.type = RELO_EVENT_COMMAND, .command = command};
    if (peer->stepping)
        put_off(peer, command);
    else
        step(peer, &event);
}

void live_peer_snapshot(const struct live_peer *peer, struct relo_snapshot *snapshot)
{
    relo_node_snapshot(peer->node, snapshot);
}
