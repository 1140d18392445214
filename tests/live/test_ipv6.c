/* SPDX-License-Identifier: BSD-2-Clause */
/* `relo peer` over IPv6, on loopback. */
#include "tests/live/support_peers.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* A first peer, one that stores through it, and one that fetches. `ice`: "--ice" or "--no-ice". */
static void three_meet(const char *ice, const char *link)
{
    g_autofree char *a_at = g_strdup_printf("[::1]:%u", peers_free_port6());
    g_autofree char *b_at = g_strdup_printf("[::1]:%u", peers_free_port6());
    g_autofree char *c_at = g_strdup_printf("[::1]:%u", peers_free_port6());
    g_autofree char *listening = g_strdup_printf("^(listening on \\[::1\\]:%s)$", a_at + 6);
    struct peers_process a = peers_start(ice, "--listen", a_at, "--update-interval", "2", NULL);
    g_free(peers_must(&a, listening));
    g_free(peers_must(&a, "^(joined)"));
    struct peers_process b =
        peers_start(ice, "--listen", b_at, "--bootstrap", a_at, "--update-interval", "2", "--store",
                    "bob@example.org=by IPv6", NULL);
    g_free(peers_must(&b, "^(stored bob@example.org)$"));
    struct peers_process c =
        peers_start(ice, "--listen", c_at, "--bootstrap", a_at, "--update-interval", "2", "--fetch",
                    "bob@example.org", NULL);
    g_free(peers_must(&c, "^(fetched bob@example.org=by IPv6)$"));
    if (link)
        g_free(peers_must(&c, link));

    g_autofree char *a_id = peers_must(&a, "^ring self ([0-9a-f]+) ");
    g_autofree char *b_id = peers_must(&b, "^ring self ([0-9a-f]+) ");
    g_autofree char *both =
        g_strdup_printf("^(ring .* successors (%s,%s|%s,%s))", a_id, b_id, b_id, a_id);
    g_free(peers_must(&c, both));
    int status = peers_end(&c, SIGTERM);
    g_assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    peers_end(&b, SIGTERM);
    peers_end(&a, SIGTERM);
}

static void overlay_forms_stores_and_fetches_over_ipv6(void)
{
    if (peers_have_ipv6())
        three_meet("--no-ice", NULL);
}

static void ice_connects_over_ipv6(void)
{
    if (peers_have_ipv6())
        three_meet("--ice", "^(link [0-9a-f]+ (host|prflx) to (host|prflx))$");
}

static void every_interface_may_stand_for_itself_in_ipv6(void)
{
    if (!peers_have_ipv6())
        return;
    g_autofree char *at = g_strdup_printf("[::]:%u", peers_free_port6());
    struct peers_process p = peers_start("--ice", "--listen", at, NULL);
    g_autofree char *first = peers_must(&p, "^listening on \\[([0-9a-f:]+)\\]:[0-9]+$");
    g_assert_cmpstr(first, !=, "::");
    g_assert_false(g_str_has_prefix(first, "fe80:")); /* would need a scope */
    g_free(peers_must(&p, "^(joined)"));
    peers_end(&p, SIGTERM);
    peers_refused("peer --listen [::]:6084", "name the one address");
}

static void an_ipv4_address_mapped_to_ipv6_is_the_ipv4_address(void)
{
    guint port = peers_free_port();
    g_autofree char *at = g_strdup_printf("[::ffff:127.0.0.1]:%u", port);
    g_autofree char *listening = g_strdup_printf("^(listening on 127.0.0.1:%u)$", port);
    struct peers_process p = peers_start("--listen", at, NULL);
    g_free(peers_must(&p, listening));
    peers_end(&p, SIGTERM);
}

/* A peer of both families is one peer: each of the others meets it in its own. */
static void a_peer_may_speak_both_families(void)
{
    if (!peers_have_ipv6())
        return;
    guint port = peers_free_port();
    g_autofree char *a_four = g_strdup_printf("127.0.0.1:%u", port);
    g_autofree char *a_six = g_strdup_printf("[::1]:%u", port);
    g_autofree char *b_at = g_strdup_printf("127.0.0.1:%u", peers_free_port());
    g_autofree char *c_at = g_strdup_printf("[::1]:%u", peers_free_port6());
    struct peers_process a = peers_start("--ice", "--listen", a_four, "--listen", a_six, NULL);
    g_free(peers_must(&a, "^(joined)"));
    struct peers_process b = peers_start("--ice", "--listen", b_at, "--bootstrap", a_four,
                                         "--store", "bob@example.org=by IPv4", NULL);
    g_free(peers_must(&b, "^(stored bob@example.org)$"));
    peers_end(&b, SIGTERM); /* b and c could not meet */
    struct peers_process c = peers_start("--ice", "--listen", c_at, "--bootstrap", a_six, "--fetch",
                                         "bob@example.org", NULL);
    g_free(peers_must(&c, "^(fetched bob@example.org=by IPv4)$"));
    peers_end(&c, SIGTERM);
    peers_end(&a, SIGTERM);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!g_getenv("RELO"))
        return 77;
    g_test_add_func("/live/ipv6/overlay_forms_stores_and_fetches",
                    overlay_forms_stores_and_fetches_over_ipv6);
    g_test_add_func("/live/ipv6/ice_connects", ice_connects_over_ipv6);
    g_test_add_func("/live/ipv6/every_interface_may_stand_for_itself",
                    every_interface_may_stand_for_itself_in_ipv6);
    g_test_add_func("/live/ipv6/an_ipv4_address_mapped_to_it_is_the_ipv4_address",
                    an_ipv4_address_mapped_to_ipv6_is_the_ipv4_address);
    g_test_add_func("/live/ipv6/a_peer_may_speak_both_families", a_peer_may_speak_both_families);
    return g_test_run();
}
