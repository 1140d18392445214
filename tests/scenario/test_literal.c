/* SPDX-License-Identifier: BSD-2-Clause */
/* Values with units: exact, canonical, and refused with a sentence that helps. */
#include "sim/scenario/nearest.h"
#include "sim/scenario/params.h"
#include "sim/scenario/literal.h"

#include <glib.h>
#include <string.h>

static const struct sim_key *key_of(const char *section, const char *name)
{
    size_t index = sim_keys_find(section, name);
    g_assert_cmpuint(index, <, sim_keys_n);
    return &sim_keys[index];
}

static void assert_reads(const char *section, const char *name, const char *text, uint64_t number,
                         const char *canonical)
{
    const struct sim_key *key = key_of(section, name);
    struct sim_literal value;
    char *why = NULL;

    g_assert_true(sim_literal_read(key, text, &value, &why));
    g_assert_cmpuint(value.number, ==, number);
    char *back = sim_literal_text(key, &value);
    g_assert_cmpstr(back, ==, canonical);
    g_free(back);
    sim_literal_clear(&value);
}

static void assert_refuses(const char *section, const char *name, const char *text,
                           const char *expected)
{
    struct sim_literal value;
    char *why = NULL;

    g_assert_false(sim_literal_read(key_of(section, name), text, &value, &why));
    if (strstr(why, expected) == NULL)
        g_error("\"%s\" lacks \"%s\"", why, expected);
    g_free(why);
}

static void test_exact(void)
{
    assert_reads("scenario", "measurement", "600s", 600 * UINT64_C(1000000000), "10min");
    assert_reads("scenario", "measurement", "1.5h", 5400 * UINT64_C(1000000000), "90min");
    assert_reads("churn", "mean-session", "10000s", 10000 * UINT64_C(1000000000), "10000s");
    assert_reads("network", "jitter", "0.25ms", 250000, "250us");
    assert_reads("network", "jitter", "0s", 0, "0s");
    assert_reads("network", "loss", "0.1%", 1000000, "0.1%");
    assert_reads("network", "loss", "0.001", 1000000, "0.1%");
    assert_reads("churn", "shape", "0.5", 500000000, "0.5");
    assert_reads("network", "up", "10Mbit/s", 10000000, "10Mbit/s");
    assert_reads("network", "up", "33600 bit/s", 33600, "33600bit/s");
    assert_reads("network", "queue-up", "64KiB", 65536, "64KiB");
    assert_reads("overlay", "neighbor-ping-interval", "off", 0, "off");
    assert_reads("overlay", "chord-reactive", "false", 0, "false");
    assert_reads("scenario", "seed", "18446744073709551615", UINT64_MAX, "18446744073709551615");
}

static void test_latency(void)
{
    const struct sim_key *key = key_of("network", "latency");
    struct sim_literal value;
    char *why = NULL;

    g_assert_true(sim_literal_read(key, "const:50ms", &value, &why));
    g_assert_cmpuint(value.number, ==, 0);
    g_assert_cmpuint(value.argument, ==, 50000000);
    char *text = sim_literal_text(key, &value);
    g_assert_cmpstr(text, ==, "const:50ms");
    g_free(text);
    g_assert_true(sim_literal_read(key, "geo-2d", &value, &why));
    g_assert_cmpuint(value.number, ==, 1);
    assert_refuses("network", "latency", "const", "const:50ms");
    assert_refuses("network", "latency", "const:50", "lacks its unit");
    assert_refuses("network", "latency", "geo", "did you mean geo-2d?");
}

static void test_refused(void)
{
    assert_refuses("scenario", "measurement", "600", "lacks its unit");
    assert_refuses("scenario", "measurement", "600 seconds", "unknown unit");
    assert_refuses("scenario", "measurement", "soon", "is not a number");
    assert_refuses("scenario", "measurement", "0s", "out of range");
    assert_refuses("scenario", "measurement", "1.s", "is not a number");
    assert_refuses("scenario", "measurement", "-1s", "is negative");
    assert_refuses("scenario", "measurement", "99999999999999999999d", "out of range");
    assert_refuses("network", "jitter", "0.5ns", "finer than");
    assert_refuses("overlay", "peers", "0", "from 1 to 4000000");
    assert_refuses("overlay", "peers", "1k", "is not a number");
    assert_refuses("overlay", "chord-reactive", "yes", "true or false");
    assert_refuses("network", "loss", "100%", "out of range");
    assert_refuses("churn", "model", "weibul", "did you mean weibull?");
    assert_refuses("scenario", "seed", "18446744073709551616", "out of range");
}

/* Every default is sound, and every range fits the field that holds it. */
static void test_table(void)
{
    for (size_t i = 0; i < sim_keys_n; i++) {
        const struct sim_key *key = &sim_keys[i];
        struct sim_literal value;
        sim_literal_fallback(key, &value);
        char *text = sim_literal_text(key, &value), *form = sim_keys_form(key);
        g_assert_cmpuint(strlen(form), >=, 3);
        g_assert_cmpuint(sim_keys_find(key->section, key->name), ==, i);
        if (key->bytes == 1)
            g_assert_cmpuint(key->max, <=, UINT8_MAX);
        if (key->bytes == 4)
            g_assert_cmpuint(key->max, <=, UINT32_MAX);
        if (key->bytes == 8 && key->type == SIM_KEY_TIME)
            g_assert_cmpuint(key->max, <=, (uint64_t)INT64_MAX / 4);
        g_free(text);
        g_free(form);
        sim_literal_clear(&value);
    }
}

/* 6940-11.1: the RFC's defaults are ours. */
static void test_defaults(void)
{
    struct sim_params p;
    sim_params_init(&p);
    g_assert_true(p.chord_reactive);
    g_assert_cmpint(p.chord_update_interval_ns, ==, 600 * RELO_S);
    g_assert_cmpint(p.chord_ping_interval_ns, ==, 3600 * RELO_S);
    g_assert_cmpuint(p.max_message_size, ==, 5000);
    g_assert_cmpuint(p.initial_ttl, ==, 100);
    g_assert_cmpuint(p.node_id_length, ==, 16);
    g_assert_cmpint(p.overlay_reliability_timer_ns, ==, 3 * RELO_S);
    g_assert_true(p.clients_permitted);
    g_assert_cmpuint(p.certificate_bytes, ==, 794);
    g_assert_cmpint(p.mean_dead_ns, ==, p.mean_session_ns);
    g_assert_cmpuint(p.shards, ==, 1);
}

static void test_nearest(void)
{
    static const char *const names[] = {"run", "plot", "show", "list"};
    g_assert_cmpuint(sim_nearest_distance("kitten", "sitting"), ==, 3);
    g_assert_cmpuint(sim_nearest_distance("ab", "ba"), ==, 1);
    g_assert_cmpuint(sim_nearest_distance("", "abc"), ==, 3);
    g_assert_cmpstr(sim_nearest("polt", names, 4), ==, "plot");
    g_assert_cmpstr(sim_nearest("shwo", names, 4), ==, "show");
    g_assert_null(sim_nearest("elephant", names, 4));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/scenario/literal/units_are_exact_and_canonical", test_exact);
    g_test_add_func("/scenario/literal/latency_takes_its_time", test_latency);
    g_test_add_func("/scenario/literal/refused_with_what_would_be_right", test_refused);
    g_test_add_func("/scenario/keys/table_is_sound", test_table);
    g_test_add_func("/scenario/params/defaults_are_the_rfcs", test_defaults);
    g_test_add_func("/scenario/nearest/typos_are_found", test_nearest);
    return g_test_run();
}
