/* SPDX-License-Identifier: BSD-2-Clause */
/* Scenario texts: the language, sweeps, overrides, and messages with file and line. */
#include "sim/scenario/scenario.h"

#include "sim/scenario/keys.h"

#include <glib.h>
#include <string.h>

#define SAMPLE                                                                                     \
    "# A question.\n"                                                                              \
    "[scenario]\n"                                                                                 \
    "title = Lookup success under churn\n"                                                         \
    "repeat = 5                      ; replications with independent seeds\n"                      \
    "seed = 7\n"                                                                                   \
    "build-up = 10min\n"                                                                           \
    "measurement = 1h\n"                                                                           \
    "\n"                                                                                           \
    "[overlay]\n"                                                                                  \
    "peers = 1000\n"                                                                               \
    "bootstrap = oracle              ; or join: every peer joins through the bootstrap peers\n"    \
    "topology = CHORD-RELOAD\n"                                                                    \
    "chord-reactive = true; false    ; several values make a sweep\n"                              \
    "chord-update-interval = 30s; 600s\n"                                                          \
    "[network]\n"                                                                                  \
    "access = dsl\n"                                                                               \
    "loss = 0.1%\n"                                                                                \
    "[churn]\n"                                                                                    \
    "model = weibull\n"                                                                            \
    "mean-session = 10min; 1h; 10000s\n"

static struct sim_scenario *parse(const char *text, const char *const *overrides)
{
    char *problems = NULL;
    struct sim_scenario *s =
        sim_scenario_parse("some/folder/sample.ini", text, overrides, &problems);
    if (s == NULL)
        g_error("%s", problems);
    return s;
}

static void assert_refused(const char *text, const char *override, const char *expected)
{
    const char *overrides[] = {override, NULL};
    char *problems = NULL;
    struct sim_scenario *s = sim_scenario_parse("x.ini", text, overrides, &problems);

    g_assert_null(s);
    if (strstr(problems, expected) == NULL)
        g_error("\"%s\" lacks \"%s\"", problems, expected);
    g_free(problems);
}

static void test_sample(void)
{
    struct sim_scenario *s = parse(SAMPLE, NULL);
    g_assert_cmpstr(s->name, ==, "sample");
    g_assert_cmpstr(s->title, ==, "Lookup success under churn");
    g_assert_cmpuint(s->repetitions, ==, 5);
    g_assert_cmpuint(s->seed, ==, 7);
    g_assert_cmpuint(s->n_points, ==, 12);
    g_assert_cmpuint(s->n_swept, ==, 3);
    const struct sim_params *p = &s->points[0].params;
    g_assert_cmpuint(p->peers, ==, 1000);
    g_assert_cmpint(p->bootstrap, ==, SIM_BOOTSTRAP_ORACLE);
    g_assert_cmpuint(p->up_bps, ==, 1000000);
    g_assert_cmpuint(p->loss_ppb, ==, 1000000);
    g_assert_cmpint(p->churn, ==, SIM_CHURN_WEIBULL);
    g_assert_cmpint(sim_params_end(p), ==, 4200 * RELO_S);
    sim_scenario_free(s);
}

static void test_sweep_order(void)
{
    struct sim_scenario *s = parse(SAMPLE, NULL);
    static const char *const expected[] = {
        "overlay.chord-reactive=true overlay.chord-update-interval=30s churn.mean-session=10min",
        "overlay.chord-reactive=true overlay.chord-update-interval=30s churn.mean-session=1h",
        "overlay.chord-reactive=true overlay.chord-update-interval=30s churn.mean-session=10000s",
        "overlay.chord-reactive=true overlay.chord-update-interval=10min churn.mean-session=10min",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        char *label = sim_scenario_label(s, i);
        g_assert_cmpstr(label, ==, expected[i]);
        g_free(label);
    }
    /* mean-dead is auto: it follows the swept mean-session. */
    g_assert_cmpint(s->points[1].params.mean_dead_ns, ==, 3600 * RELO_S);
    g_assert_false(s->points[11].params.chord_reactive);
    sim_scenario_free(s);
}

static void test_seeds(void)
{
    struct sim_scenario *s = parse(SAMPLE, NULL);
    struct sim_params first = sim_scenario_params(s, 0, 3), last = sim_scenario_params(s, 11, 3);
    g_assert_cmpuint(first.seed, ==, last.seed);
    g_assert_cmpuint(first.repetition, ==, 3);
    g_assert_cmpuint(first.seed, !=, sim_scenario_params(s, 0, 2).seed);
    g_assert_cmpuint(sim_scenario_seed(1, 0), !=, sim_scenario_seed(2, 0));
    g_assert_cmpuint(sim_scenario_seed(1, 1), !=, sim_scenario_seed(2, 0));
    sim_scenario_free(s);
}

static void test_overrides(void)
{
    static const char *const overrides[] = {"overlay.peers=100; 200",
                                            "churn.mean-session=1h",
                                            "overlay.chord-reactive=true",
                                            "overlay.chord-update-interval=30s",
                                            "scenario.repeat=2",
                                            "network.jitter=1ms",
                                            NULL};
    struct sim_scenario *s = parse(SAMPLE, overrides);
    g_assert_cmpuint(s->n_points, ==, 2);
    g_assert_cmpuint(s->repetitions, ==, 2);
    g_assert_cmpuint(s->points[1].params.peers, ==, 200);
    g_assert_cmpint(s->points[1].params.jitter_ns, ==, RELO_MS);
    g_assert_nonnull(strstr(s->overrides, "network.jitter=1ms"));
    sim_scenario_free(s);
}

static void test_settings(void)
{
    struct sim_scenario *s = parse(SAMPLE, NULL);
    const struct sim_setting *interval =
        &s->points[3].settings[sim_keys_find("overlay", "chord-update-interval")];
    g_assert_cmpstr(interval->name, ==, "overlay.chord-update-interval");
    g_assert_cmpstr(interval->text, ==, "10min");
    g_assert_true(interval->is_number);
    g_assert_cmpfloat(interval->number, ==, 600.0);
    g_assert_true(interval->is_swept);
    g_assert_true(interval->is_default);
    const struct sim_setting *access = &s->points[0].settings[sim_keys_find("network", "access")];
    g_assert_false(access->is_number);
    g_assert_false(access->is_default);
    sim_scenario_free(s);
}

static void test_lines(void)
{
    assert_refused("[overlay]\npears = 5\n", NULL,
                   "x.ini:2: there is no key pears in [overlay]; "
                   "did you mean peers?");
    assert_refused("[overlai]\npeers = 5\n", NULL,
                   "x.ini:1: there is no section [overlai]; did you mean [overlay]?");
    assert_refused("[overlay]\nloss = 1%\n", NULL, "it belongs to [network]");
    assert_refused("[overlay]\npeers = 5\npeers = 6\n", NULL,
                   "x.ini:3: overlay.peers is given twice, first on line 2");
    assert_refused("[overlay]\npeers = 5\n[scenario]\n[overlay]\npeers = 6\n", NULL,
                   "x.ini:5: overlay.peers is given twice, first on line 2");
    assert_refused("peers = 5\n", NULL, "before the first [section]");
    assert_refused("[overlay]\npeers\n", NULL, "x.ini:2: \"peers\" is neither");
    assert_refused("[overlay\n", NULL, "is no section");
    assert_refused("[overlay]\npeers = \n", NULL, "empty value");
    assert_refused("[overlay]\npeers = 5;\n", NULL, "empty value");
    assert_refused("[overlay]\npeers = 5; 5\n", NULL, "twice");
    assert_refused("[overlay]\npeers = 5 # five\n", NULL, "not a number");
    assert_refused("[overlay]\nchord-reactive = true ; false\n", NULL,
                   "write true; false for several values");
    assert_refused("[scenario]\nseed = 1; 2\n", NULL, "cannot be swept");
    assert_refused("[overlay]\nname = a\xff\n", NULL, "UTF-8");
}

static void test_all_reported(void)
{
    char *problems = NULL;
    g_assert_null(sim_scenario_parse(
        "x.ini", "[overlay]\npeers = x\nbootstrap = y\n[churn]\nshape = z\n", NULL, &problems));
    g_assert_nonnull(strstr(problems, "x.ini:2:"));
    g_assert_nonnull(strstr(problems, "x.ini:3:"));
    g_assert_nonnull(strstr(problems, "x.ini:5:"));
    g_free(problems);
    GString *many = g_string_new("[overlay]\n");
    for (int i = 0; i < 15; i++)
        g_string_append_printf(many, "zzzz%d = 1\n", i);
    g_assert_null(sim_scenario_parse("x.ini", many->str, NULL, &problems));
    g_assert_nonnull(strstr(problems, "and 5 more"));
    g_free(problems);
    g_string_free(many, TRUE);
}

static void test_override_messages(void)
{
    assert_refused("[scenario]\nbuild-up = 1min\n", "peers=5",
                   "--set peers=5: lacks the section; did you mean overlay.peers?");
    assert_refused("", "overlay.peers", "not of the form section.key=value");
    assert_refused("", "overlay.peeers=3", "did you mean peers?");
    assert_refused("", "overlay.peers=many", "--set overlay.peers=many: overlay.peers: \"many\"");
    assert_refused("", "=", "not of the form");
    assert_refused("", "", "not of the form");
}

static void test_cross(void)
{
    assert_refused("[overlay]\npeers = 3\nbootstrap = oracle\n", NULL, "bootstrap-peers = 4");
    assert_refused("[overlay]\npeers = 3; 30\nbootstrap = oracle\n", NULL, "(at overlay.peers=3)");
    assert_refused("[overlay]\npeers = 9\n", NULL, "set scenario.build-up");
    assert_refused("[overlay]\nname = two words\n", NULL, "[overlay]: instance-name must be");
    assert_refused("[overlay]\npredecessors = 2\nsuccessors = 2\n", NULL, "at least three");
    assert_refused("[overlay]\nbootstrap = oracle\n[network]\nlatency = const:1ms\n", NULL,
                   "min-latency");
    assert_refused("[overlay]\nbootstrap = oracle\npeers=4\n[churn]\nmodel = weibull\n", NULL,
                   "never leave");
    assert_refused("[overlay]\nbootstrap = oracle\n[workload]\nfetch-interval = 1s\n", NULL,
                   "nothing to fetch");
    assert_refused("[network]\nmtu = 600; 601; 602; 603; 604; 605; 606; 607; 608; 609; 610\n"
                   "loss = 1%; 2%; 3%; 4%; 5%; 6%; 7%; 8%; 9%; 10%\n"
                   "jitter = 1ms; 2ms; 3ms; 4ms; 5ms; 6ms; 7ms; 8ms; 9ms; 10ms\n"
                   "[workload]\nkeys = 1; 2; 3; 4; 5; 6; 7; 8; 9; 10\n",
                   NULL, "more than 10000 points");
}

/* The line is that of the key which the sentence names first. */
static void test_cross_lines(void)
{
    assert_refused("[overlay]\nbootstrap = oracle\nbootstrap-peers = 20\npeers = 10\n", NULL,
                   "x.ini:3: overlay.bootstrap-peers = 20 is more than overlay.peers = 10");
    assert_refused("[overlay]\nbootstrap = oracle\n[churn]\nmodel = trace\n", NULL,
                   "x.ini:4: churn.model = trace needs churn.trace");
    assert_refused("[overlay]\nbootstrap = oracle\n", "overlay.peers=3", "x.ini: overlay.boot");
    assert_refused("[overlay]\nbootstrap = oracle\nmax-message-size = 1000\n", NULL,
                   "x.ini:3: overlay.max-message-size = 1000 is too small for any message: "
                   "certificates and signature alone have 1050 bytes");
}

static void test_futile(void)
{
    assert_refused("[overlay]\nbootstrap = oracle\n[malicious]\nshare = 10%\n", NULL,
                   "x.ini:4: malicious.share does nothing without drop-requests or");
    assert_refused("[overlay]\nbootstrap = oracle\n[malicious]\ntamper = 10%\n", NULL,
                   "x.ini:4: malicious.tamper does nothing without share or share-stop");
    assert_refused("[overlay]\nbootstrap = oracle\n[network]\nburst-loss = 10%\n", NULL,
                   "x.ini:4: network.burst-loss does nothing without burst-enter");
}

static void test_missing(void)
{
    char *problems = NULL;
    g_assert_null(sim_scenario_load("no/such/file.ini", NULL, &problems));
    g_assert_nonnull(strstr(problems, "no/such/file.ini"));
    g_free(problems);
}

/* Every scenario that is shipped is sound and opens with the question it answers. */
static void test_shipped(void)
{
    GDir *dir = g_dir_open(SOURCE_DIR "/scenarios", 0, NULL);
    const char *name;
    unsigned n = 0;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir)) != NULL) {
        if (!g_str_has_suffix(name, ".ini"))
            continue;
        char *path = g_build_filename(SOURCE_DIR "/scenarios", name, NULL), *problems = NULL;
        struct sim_scenario *s = sim_scenario_load(path, NULL, &problems);
        if (s == NULL)
            g_error("%s", problems);
        g_assert_true(g_str_has_prefix(s->text, "# "));
        g_assert_cmpuint(strlen(s->title), >, 0);
        sim_scenario_free(s);
        g_free(path);
        n++;
    }
    g_dir_close(dir);
    g_assert_cmpuint(n, >=, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/scenario/parse/sample_reads", test_sample);
    g_test_add_func("/scenario/sweep/last_key_turns_fastest", test_sweep_order);
    g_test_add_func("/scenario/parse/points_share_seeds", test_seeds);
    g_test_add_func("/scenario/parse/overrides_replace", test_overrides);
    g_test_add_func("/scenario/parse/settings_are_canonical", test_settings);
    g_test_add_func("/scenario/parse/errors_name_line_and_nearest", test_lines);
    g_test_add_func("/scenario/parse/all_errors_are_reported", test_all_reported);
    g_test_add_func("/scenario/parse/override_errors_help", test_override_messages);
    g_test_add_func("/scenario/params/contradictions_are_refused", test_cross);
    g_test_add_func("/scenario/params/contradictions_have_their_line", test_cross_lines);
    g_test_add_func("/scenario/params/keys_without_effect_are_refused", test_futile);
    g_test_add_func("/scenario/parse/missing_file_is_named", test_missing);
    g_test_add_func("/scenario/parse/shipped_scenarios_are_sound", test_shipped);
    return g_test_run();
}
