/* SPDX-License-Identifier: BSD-2-Clause */
/* Defaults and checks of the overlay configuration: RFC 6940 sections 6.3.2, 10.7 and 11.1. */
#include "core/config/config.h"

#include <glib.h>
#include <string.h>

/* 6940-6.3.2-2: the last eight digits of SHA-1, by another implementation of it */
static void overlay_is_the_end_of_the_names_hash(void)
{
    static const char *const names[] = {"a", "overlay.example.org", "chord.example"};
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        struct relo_config c;
        relo_config_init(&c, names[i]);
        char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA1, names[i], -1);
        g_assert_cmphex(c.overlay, ==, g_ascii_strtoull(hash + 32, NULL, 16));
        g_free(hash);
    }
}

/* 6940-6.3.2-7 6940-10.7-2 6940-10.7.4.1-2 6940-10.7.4.2-6 6940-10.7.4.3-1
   6940-10.7.4.3-2 6940-8-1 */
static void defaults_are_those_of_the_rfc(void)
{
    struct relo_config c;
    relo_config_init(&c, "overlay.example.org");
    g_assert_cmpuint(c.initial_ttl, ==, 100);
    g_assert_cmpuint(c.max_message_size, ==, 5000);
    g_assert_cmpint(c.overlay_reliability_timer, ==, 3000 * RELO_MS);
    g_assert_cmpint(c.chord_update_interval, ==, 600 * RELO_S);
    g_assert_cmpint(c.chord_ping_interval, ==, 3600 * RELO_S);
    g_assert_true(c.chord_reactive);
    g_assert_cmpuint(c.chord_neighbors, ==, 3);
    g_assert_cmpuint(c.chord_fingers_min, ==, 16);
    g_assert_cmpuint(c.chord_fingers_max, ==, 128);
    g_assert_true(c.store_certificates);
    g_assert_null(relo_config_check(&c));
}

static void refused(const struct relo_config *c, const char *word)
{
    const char *sentence = relo_config_check(c);
    g_assert_nonnull(sentence);
    g_assert_nonnull(strstr(sentence, word));
}

/* 6940-11.1-7 6940-11.1-18 6940-10.7-2 */
static void what_cannot_work_is_refused_with_a_sentence(void)
{
    struct relo_config good, c;
    relo_config_init(&good, "overlay.example.org");
    for (uint8_t n = 15; n <= 21; n++) {
        c = good;
        c.node_id_length = n;
        if (n != 16)
            refused(&c, "node-id-length");
    }
    c = good;
    c.sequence = 65535;
    refused(&c, "sequence");
    c = good;
    c.overlay_reliability_timer = 200 * RELO_MS;
    g_assert_null(relo_config_check(&c));
    c.overlay_reliability_timer--;
    refused(&c, "overlay-reliability-timer");
    c = good;
    c.chord_neighbors = 2;
    refused(&c, "neighbors");
    c = good;
    c.chord_fingers_max = 129;
    refused(&c, "fingers");
}

/* 6940-6.3.2-3:
   the grammar of RFC 1035 section 2.3.1 */
static void overlay_name_is_a_dns_name(void)
{
    static const char *const good[] = {"a", "overlay.example.org", "A1.b-2.C", "x--y"};
    static const char *const bad[] = {"",     ".",        "a.",   ".a",   "a..b", "1a",
                                      "a.1b", "-a",       "a-",   "a-.b", "a b",  "a_b",
                                      "a/b",  "\303\244", "a.b-", "a\nb"};
    char label[66], *name = g_strnfill(255, 'x');
    struct relo_config c;
    relo_config_init(&c, "a");
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        c.instance_name = good[i];
        g_assert_null(relo_config_check(&c));
    }
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        c.instance_name = bad[i];
        refused(&c, "instance-name");
    }
    memset(label, 'y', sizeof label);
    label[63] = 0;
    c.instance_name = label;
    g_assert_null(relo_config_check(&c));
    label[63] = 'y';
    label[64] = 0;
    refused(&c, "instance-name");
    for (int i = 63; i < 255; i += 64)
        name[i] = '.';
    name[254] = 'x';
    c.instance_name = name;
    g_assert_null(relo_config_check(&c));
    char *longer = g_strconcat(name, "x", NULL);
    c.instance_name = longer;
    refused(&c, "instance-name");
    g_free(longer);
    g_free(name);
}

/* 6940-7.3-1 6940-7.3.4-2 6940-11.1-26 6940-11.1-27 */
static void kinds_say_who_may_store_and_how_much(void)
{
    struct relo_config c;
    struct relo_kind k, good = {.id = 77,
                                .model = RELO_MODEL_ARRAY,
                                .access = RELO_ACCESS_NODE_MULTIPLE,
                                .max_count = 4,
                                .max_size = 100,
                                .max_node_multiple = 20};
    relo_config_init(&c, "overlay.example.org");
    c.kinds = &k;
    c.kind_count = 1;
    k = good;
    g_assert_null(relo_config_check(&c));
    k.access = (enum relo_access_control)4;
    refused(&c, "access-control");
    k = good;
    k.max_node_multiple = 0;
    refused(&c, "max-node-multiple");
    k = good;
    k.model = (enum relo_data_model)3;
    refused(&c, "data-model");
    k = good;
    k.access = RELO_ACCESS_USER_NODE_MATCH; /* 7.3.3: for dictionaries */
    refused(&c, "USER-NODE-MATCH");
    k = good;
    k.max_count = 0;
    refused(&c, "max-count");
    k = good;
    k.model = RELO_MODEL_SINGLE;
    refused(&c, "max-count");
    k = good;
    k.id = 0;
    refused(&c, "Kind-ID");
    struct relo_kind twice[] = {good, good};
    c.kinds = twice;
    c.kind_count = 2;
    refused(&c, "Kind-ID");
}

static void kinds_are_found_by_number(void)
{
    struct relo_config c;
    relo_config_init(&c, "overlay.example.org");
    for (uint32_t i = 0; i < c.kind_count; i++)
        g_assert_true(relo_config_kind(&c, c.kinds[i].id) == &c.kinds[i]);
    g_assert_null(relo_config_kind(&c, 0));
    /* RFC 7904: the registry's definition of SIP-REGISTRATION */
    const struct relo_kind *sip = relo_config_kind(&c, RELO_KIND_SIP_REGISTRATION);
    g_assert_cmpint(sip->model, ==, RELO_MODEL_DICTIONARY);
    g_assert_cmpint(sip->access, ==, RELO_ACCESS_USER_NODE_MATCH);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config/overlay_is_the_end_of_the_names_hash",
                    overlay_is_the_end_of_the_names_hash);
    g_test_add_func("/config/defaults_are_those_of_the_rfc", defaults_are_those_of_the_rfc);
    g_test_add_func("/config/what_cannot_work_is_refused_with_a_sentence",
                    what_cannot_work_is_refused_with_a_sentence);
    g_test_add_func("/config/overlay_name_is_a_dns_name", overlay_name_is_a_dns_name);
    g_test_add_func("/config/kinds_say_who_may_store_and_how_much",
                    kinds_say_who_may_store_and_how_much);
    g_test_add_func("/config/kinds_are_found_by_number", kinds_are_found_by_number);
    return g_test_run();
}
