/* SPDX-License-Identifier: BSD-2-Clause */
/* `relo peer --config`: peers that know of each other by a configuration document. */
#include "tests/live/support_peers.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static char *write_document(const char *inside)
{
    g_autoptr(GError) error = NULL;
    char *path;
    int fd = g_file_open_tmp("relo-XXXXXX.xml", &path, &error);
    g_assert_no_error(error);
    g_close(fd, NULL);
    g_autofree char *text =
        g_strdup_printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<overlay xmlns=\"urn:ietf:params:xml:ns:p2p:config-base\"\n"
                        "    xmlns:chord=\"urn:ietf:params:xml:ns:p2p:config-chord\">\n%s\n"
                        "</overlay>\n",
                        inside);
    g_assert_true(g_file_set_contents(path, text, -1, &error));
    return path;
}

static void forget(const char *path)
{
    g_assert_cmpint(g_unlink(path), ==, 0);
}

/* 6940-11.2-11: the first is its own bootstrap node; the others find it in the document */
static void peers_of_a_document_meet(void)
{
    guint port = peers_free_port();
    g_autofree char *a_at = g_strdup_printf("127.0.0.1:%u", port);
    g_autofree char *b_at = g_strdup_printf("127.0.0.1:%u", peers_free_port());
    g_autofree char *c_at = g_strdup_printf("127.0.0.1:%u", peers_free_port());
    g_autofree char *inside = g_strdup_printf(
        "<configuration instance-name=\"o.example\" sequence=\"22\">\n"
        "<bootstrap-node address=\"2001:db8::1\"/>" /* not of this family: left out */
        "<bootstrap-node address=\"127.0.0.1\" port=\"%u\"/><no-ice>true</no-ice>\n"
        "<chord:chord-update-interval>2</chord:chord-update-interval></configuration>",
        port);
    g_autofree char *path = write_document(inside);
    struct peers_process a = peers_start("--config", path, "--listen", a_at, NULL);
    g_free(peers_must(&a, "^(joined)"));
    struct peers_process b = peers_start("--config", path, "--listen", b_at, "--store",
                                         "bob@example.org=by document", NULL);
    g_free(peers_must(&b, "^(stored bob@example.org)$"));
    struct peers_process c =
        peers_start("--config", path, "--listen", c_at, "--fetch", "bob@example.org", NULL);
    g_free(peers_must(&c, "^(fetched bob@example.org=by document)$"));
    g_assert_null(strstr(c.text->str, "\nlink "));
    peers_end(&c, SIGTERM);
    peers_end(&b, SIGTERM);
    peers_end(&a, SIGTERM);
    forget(path);
}

/* 6940-11.1-16: no-ice is absent, so they are to use ICE; and of two overlays one is meant */
static void a_document_without_no_ice_wants_ice(void)
{
    guint port = peers_free_port();
    g_autofree char *a_at = g_strdup_printf("127.0.0.1:%u", port);
    g_autofree char *b_at = g_strdup_printf("127.0.0.1:%u", peers_free_port());
    g_autofree char *inside = g_strdup_printf(
        "<configuration instance-name=\"first.example\"><no-ice>true</no-ice></configuration>\n"
        "<configuration instance-name=\"second.example\">\n"
        "<bootstrap-node address=\"127.0.0.1\" port=\"%u\"/>"
        "<bootstrap-node address=\"127.0.0.1\" port=\"9\"/></configuration>",
        port);
    g_autofree char *path = write_document(inside);
    struct peers_process a = peers_start("--config", path, "--overlay", "second.example", "--first",
                                         "--listen", a_at, NULL);
    g_free(peers_must(&a, "^(joined after 0 ms)"));
    struct peers_process b = peers_start("--config", path, "--overlay", "second.example",
                                         "--listen", b_at, "--store", "bob@example.org=x", NULL);
    g_free(peers_must(&b, "^(link [0-9a-f]+ direct to direct)$"));
    g_free(peers_must(&b, "^(stored bob@example.org)$"));
    peers_end(&b, SIGTERM);
    peers_end(&a, SIGTERM);
    forget(path);
}

/* Who has an older document than the overlay is told so when it tries to join. */
static void an_older_document_is_named_as_the_reason(void)
{
    guint port = peers_free_port();
    g_autofree char *at = g_strdup_printf("127.0.0.1:%u", port);
    char *path[2];
    for (int i = 0; i < 2; i++) {
        g_autofree char *inside = g_strdup_printf(
            "<configuration instance-name=\"o.example\" sequence=\"%d\">\n"
            "<bootstrap-node address=\"127.0.0.1\" port=\"%u\"/><no-ice>true</no-ice>\n"
            "</configuration>",
            21 + i, port);
        path[i] = write_document(inside);
    }
    struct peers_process newer = peers_start("--config", path[1], "--listen", at, NULL);
    g_free(peers_must(&newer, "^(joined)"));
    g_autofree char *older =
        g_strdup_printf("peer --config %s --listen 127.0.0.1:%u", path[0], peers_free_port());
    peers_fail(older, 1, "the overlay has a newer configuration document");
    peers_end(&newer, SIGTERM);
    for (int i = 0; i < 2; i++) {
        forget(path[i]);
        g_free(path[i]);
    }
}

/* 6940-11.2-9: of another name than the one asked for, it is of no use */
static void wrong_documents_get_a_sentence(void)
{
    static const char *const wrong[][2] = {
        {"<configuration instance-name=\"o.example\"><no-icee/></configuration>",
         ":4: there is no element <no-icee>"},
        {"<configuration instance-name=\"o.example\">\n<no-ice>1</no-ice></configuration",
         ":6: not well-formed XML"},
        {"<configuration instance-name=\"o.example\">\n<mandatory-extension>urn:x"
         "</mandatory-extension></configuration>",
         ":5: <mandatory-extension> is urn:x"},
        {"<configuration instance-name=\"o.example\" expiration=\"2002-10-10T07:00:00Z\"/>",
         ":4: it expired"},
        {"<configuration instance-name=\"o.example\">"
         "<bootstrap-node address=\"2001:db8::1\"/></configuration>",
         "no bootstrap-node has an address of the family"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *path = write_document(wrong[i][0]);
        g_autofree char *line = g_strdup_printf("peer --listen 127.0.0.1:6084 --config %s", path);
        peers_refused(line, wrong[i][1]);
        forget(path);
    }
    g_autofree char *path = write_document("<configuration instance-name=\"o.example\"><no-ice>1"
                                           "</no-ice></configuration>");
    static const char *const more[][2] = {
        {"--overlay p.example", "no configuration of p.example, but of o.example"},
        {"--ice", "--ice: with --config, the document says it"},
        {"--update-interval 5", "--update-interval: with --config, the document says it"},
        {"--public", "--public needs an overlay with ICE"},
        {"--listen 0.0.0.0:6084", "needs an overlay with ICE"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(more); i++) {
        g_autofree char *line =
            g_strdup_printf("peer --listen 127.0.0.1:6084 --config %s %s", path, more[i][0]);
        peers_refused(line, more[i][1]);
    }
    forget(path);
    peers_refused("peer --listen 127.0.0.1:6084 --overlay o.example", "of --config FILE");
    peers_refused("peer --listen 127.0.0.1:6084 --config /nonexistent/o.xml",
                  "/nonexistent/o.xml: No such file");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!g_getenv("RELO"))
        return 77;
    g_test_add_func("/live/configured/peers_of_a_document_meet", peers_of_a_document_meet);
    g_test_add_func("/live/configured/a_document_without_no_ice_wants_ice",
                    a_document_without_no_ice_wants_ice);
    g_test_add_func("/live/configured/an_older_document_is_named_as_the_reason",
                    an_older_document_is_named_as_the_reason);
    g_test_add_func("/live/configured/wrong_documents_get_a_sentence",
                    wrong_documents_get_a_sentence);
    return g_test_run();
}
