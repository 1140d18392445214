/* SPDX-License-Identifier: BSD-2-Clause */
/* Three `relo peer` processes on loopback: they form an overlay, one fetches what another stored,
   one is killed and the ring heals. The only tests with real sockets and a real clock. */
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
    struct process a = start("--listen", a_at, "--update-interval", "2", "--fetch",
                             "bob@example.org", NULL);
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
    g_autofree char *both = g_strdup_printf(
        "^(ring self %s predecessors (%s,%s|%s,%s) successors (%s,%s|%s,%s))", a_id, b_id, c_id,
        c_id, b_id, b_id, c_id, c_id, b_id);
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

static void wrong_arguments_get_a_sentence(void)
{
    static const char *const wrong[][2] = {
        {"peer", "--listen ADDR:PORT is missing"},
        {"peer --listen nonsense", "not an address and a port"},
        {"peer --listen 0.0.0.0:6084", "name the one address"},
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
    g_test_add_func("/live/wrong_arguments_get_a_sentence", wrong_arguments_get_a_sentence);
    return g_test_run();
}
