/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/live/support_ring.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_S 30

static void on_result(void *data, const struct relo_result *result)
{
    struct ring_peer *p = data;
    bool data_came = result->type == RELO_RESULT_APP_DATA;
    if (result->type == RELO_RESULT_COMMAND || data_came) {
        g_string_truncate(p->value, 0);
        g_string_append_len(p->value, (const char *)result->value.p, result->value.n);
    }
    p->value_count += data_came;
    struct relo_result kept = *result;
    kept.value = kept.body = (struct relo_view){NULL, 0};
    if (result->type == RELO_RESULT_COMMAND) {
        p->answer = kept;
        p->answered = true;
    } else if (p->events < RING_EVENTS) {
        p->event[p->events++] = kept;
    }
}

struct ring *ring_new(void)
{
    struct ring *ring = g_new0(struct ring, 1);
    ring->context = g_main_context_new();
    relo_config_init(&ring->config, "ring.invalid");
    ring->config.chord_update_interval = 2 * RELO_S;
    return ring;
}

void ring_free(struct ring *ring)
{
    for (guint i = 0; i < ring->peers; i++) {
        live_peer_free(ring->peer[i].peer);
        g_string_free(ring->peer[i].value, TRUE);
    }
    g_main_context_unref(ring->context);
    g_free(ring);
}

static gboolean on_time(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_REMOVE;
}

static GSource *alarm_after(struct ring *ring, guint milliseconds, bool *over)
{
    GSource *source = g_timeout_source_new(milliseconds);
    *over = false;
    g_source_set_callback(source, on_time, over, NULL);
    g_source_attach(source, ring->context);
    return source;
}

void ring_wait(struct ring *ring, bool (*holds)(void *data), void *data, const char *what)
{
    bool over;
    GSource *source = alarm_after(ring, PATIENCE_S * 1000, &over);
    while (!holds(data) && !over)
        g_main_context_iteration(ring->context, TRUE);
    if (!holds(data))
        g_error("waited in vain: %s", what);
    g_source_destroy(source);
    g_source_unref(source);
}

void ring_run(struct ring *ring, guint milliseconds)
{
    bool over;
    GSource *source = alarm_after(ring, milliseconds, &over);
    while (!over)
        g_main_context_iteration(ring->context, TRUE);
    g_source_unref(source);
}

static bool answered(void *data)
{
    return ((struct ring_peer *)data)->answered;
}

const struct relo_result *ring_command(struct ring *ring, guint who, struct relo_command command)
{
    struct ring_peer *p = &ring->peer[who];
    p->answered = false;
    live_peer_command(p->peer, &command);
    ring_wait(ring, answered, p, "the answer to a command");
    return &p->answer;
}

guint ring_add(struct ring *ring, struct relo_addr local, struct live_peer_options options)
{
    guint who = ring->peers++;
    struct ring_peer *p = &ring->peer[who];
    struct relo_snapshot now;
    char *error = NULL;
    *p = (struct ring_peer){.ring = ring, .local = local, .value = g_string_new(NULL)};
    options.local = &p->local;
    options.local_count = 1;
    options.bootstrap = &ring->peer[0].local;
    options.bootstrap_count = who > 0;
    options.user = options.user ? options.user : "ring@example.org";
    options.config = &ring->config;
    options.context = ring->context;
    options.result = on_result;
    options.user_data = p;
    p->peer = live_peer_new(&options, &error);
    if (!p->peer)
        g_error("%s", error);
    live_peer_snapshot(p->peer, &now);
    p->id = now.id;
    struct relo_command join = {.type = RELO_COMMAND_JOIN, .first = who == 0};
    g_assert_cmpint(ring_command(ring, who, join)->status, ==, RELO_OK);
    return who;
}

const struct relo_result *ring_event(const struct ring *ring, guint who, enum relo_result_type type,
                                     guint of)
{
    const struct ring_peer *p = &ring->peer[who];
    for (guint i = p->events; i-- > 0;)
        if (p->event[i].type == type && relo_id_equal(p->event[i].peer, ring->peer[of].id))
            return &p->event[i];
    return NULL;
}

guint16 ring_free_port(const char *host)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    g_assert_cmpint(inet_pton(AF_INET, host, &a.sin_addr), ==, 1);
    bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&a, n) == 0 &&
                 getsockname(fd, (struct sockaddr *)&a, &n) == 0;
    if (fd >= 0)
        close(fd);
    return bound ? ntohs(a.sin_port) : 0;
}
