/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/live/support_peers.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_MS 30000

/* 0: there is no such address here. */
static guint free_port(const struct sockaddr *at, socklen_t n)
{
    struct sockaddr_storage got;
    int fd = socket(at->sa_family, SOCK_DGRAM, 0);
    bool bound = fd >= 0 && bind(fd, at, n) == 0;
    if (bound)
        g_assert_cmpint(getsockname(fd, (struct sockaddr *)&got, &n), ==, 0);
    if (fd >= 0)
        close(fd);
    if (!bound)
        return 0;
    return ntohs(got.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&got)->sin6_port
                                           : ((struct sockaddr_in *)&got)->sin_port);
}

guint peers_free_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    guint port = free_port((struct sockaddr *)&a, sizeof a);
    g_assert_cmpuint(port, >, 0);
    return port;
}

guint peers_free_port6(void)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    return free_port((struct sockaddr *)&a, sizeof a);
}

bool peers_have_ipv6(void)
{
    if (peers_free_port6() > 0)
        return true;
    g_test_skip("this machine has no IPv6 loopback address, ::1");
    return false;
}

struct peers_process peers_start(const char *first, ...)
{
    struct peers_process p = {.text = g_string_new(NULL)};
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

char *peers_expect(struct peers_process *p, const char *pattern)
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

char *peers_must(struct peers_process *p, const char *pattern)
{
    char *found = peers_expect(p, pattern);
    if (!found)
        g_error("waited in vain for /%s/ in:\n%s", pattern, p->text->str);
    return found;
}

int peers_end(struct peers_process *p, int with)
{
    int status = 0;
    kill(p->pid, with);
    waitpid(p->pid, &status, 0);
    close(p->out);
    g_string_free(p->text, TRUE);
    return status;
}

void peers_fail(const char *arguments, int exit_status, const char *words)
{
    g_autofree char *line = g_strdup_printf("%s %s", g_getenv("RELO"), arguments);
    g_autofree char *said = NULL;
    int status = 0;
    g_spawn_command_line_sync(line, NULL, &said, &status, NULL);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != exit_status || !strstr(said, words))
        g_error("%s: wait status %d, and it said: %s", line, status, said);
}

void peers_refused(const char *arguments, const char *words)
{
    peers_fail(arguments, 2, words);
}
