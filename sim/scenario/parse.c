/* SPDX-License-Identifier: BSD-2-Clause */
/* Scenarios from files and texts. */
#include "sim/scenario/entries.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/sweep.h"

#include <string.h>

#define FILE_BYTES_MAX (1024 * 1024)

static char *name_of(const char *path)
{
    char *name = g_path_get_basename(path);
    if (g_str_has_suffix(name, ".ini"))
        name[strlen(name) - 4] = '\0';
    return name;
}

/* splitmix64: neighbouring seeds and repetitions give unrelated streams. */
uint64_t sim_scenario_seed(uint64_t seed, uint32_t repetition)
{
    uint64_t z = seed + (repetition + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void read_facts(struct sim_scenario *scenario, const struct sim_entries *entries)
{
    const struct sim_entry *title = sim_entries_find(entries, sim_keys_find("scenario", "title"));
    const struct sim_entry *repeat = sim_entries_find(entries, sim_keys_find("scenario", "repeat"));
    const struct sim_entry *seed = sim_entries_find(entries, sim_keys_find("scenario", "seed"));

    if (title != NULL) {
        g_free(scenario->title);
        scenario->title = g_strdup(g_array_index(title->values, struct sim_literal, 0).text);
    }
    if (repeat != NULL)
        scenario->repetitions =
            (uint32_t)g_array_index(repeat->values, struct sim_literal, 0).number;
    if (seed != NULL)
        scenario->seed = g_array_index(seed->values, struct sim_literal, 0).number;
}

struct sim_scenario *sim_scenario_parse(const char *path, const char *text,
                                        const char *const *overrides, char **problems)
{
    static const char *const none[] = {NULL};
    struct sim_scenario *scenario = g_new0(struct sim_scenario, 1);
    struct sim_problems wrong;
    struct sim_entries entries;

    if (overrides == NULL)
        overrides = none;
    sim_problems_init(&wrong);
    sim_entries_init(&entries);
    scenario->name = name_of(path);
    scenario->title = g_strdup("");
    scenario->text = g_strdup(text);
    scenario->overrides = g_strjoinv("\n", (char **)overrides);
    scenario->repetitions = 1;
    scenario->seed = 1;

    sim_entries_read(&entries, path, text, &wrong);
    for (; *overrides != NULL; overrides++)
        sim_entries_override(&entries, *overrides, &wrong);
    if (wrong.n == 0) {
        read_facts(scenario, &entries);
        sim_sweep(scenario, &entries, path, &wrong);
    }
    for (size_t i = 0; i < scenario->n_points; i++)
        scenario->points[i].params.seed = sim_scenario_seed(scenario->seed, 0);
    sim_entries_fini(&entries);
    *problems = sim_problems_end(&wrong);
    if (*problems != NULL) {
        sim_scenario_free(scenario);
        return NULL;
    }
    return scenario;
}

struct sim_scenario *sim_scenario_load(const char *path, const char *const *overrides,
                                       char **problems)
{
    struct sim_scenario *scenario = NULL;
    GError *error = NULL;
    char *text;
    gsize n;

    if (!g_file_get_contents(path, &text, &n, &error)) {
        bool absent = g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
        *problems = absent ? g_strdup_printf("%s: there is no such file, and no scenario of this "
                                             "name; see relo list scenarios\n",
                                             path)
                           : g_strdup_printf("%s: %s\n", path, error->message);
        g_error_free(error);
        return NULL;
    }
    if (n > FILE_BYTES_MAX)
        *problems = g_strdup_printf("%s: is larger than 1 MiB and no scenario\n", path);
    else if (strlen(text) != n)
        *problems = g_strdup_printf("%s: is not a text, and no scenario\n", path);
    else
        scenario = sim_scenario_parse(path, text, overrides, problems);
    g_free(text);
    return scenario;
}

void sim_scenario_free(struct sim_scenario *scenario)
{
    if (scenario == NULL)
        return;
    for (size_t i = 0; i < scenario->n_points; i++) {
        struct sim_point *point = &scenario->points[i];
        for (size_t j = 0; j < scenario->n_settings; j++) {
            g_free(point->settings[j].name);
            g_free(point->settings[j].text);
        }
        g_free(point->settings);
    }
    g_free(scenario->points);
    g_free(scenario->swept);
    g_free(scenario->name);
    g_free(scenario->title);
    g_free(scenario->text);
    g_free(scenario->overrides);
    g_free(scenario);
}

struct sim_params sim_scenario_params(const struct sim_scenario *scenario, size_t point,
                                      uint32_t repetition)
{
    struct sim_params params = scenario->points[point].params;
    params.seed = sim_scenario_seed(scenario->seed, repetition);
    params.repetition = repetition;
    return params;
}

char *sim_scenario_label(const struct sim_scenario *scenario, size_t point)
{
    GString *label = g_string_new(NULL);
    for (size_t i = 0; i < scenario->n_swept; i++) {
        const struct sim_setting *s = &scenario->points[point].settings[scenario->swept[i]];
        g_string_append_printf(label, "%s%s=%s", i > 0 ? " " : "", s->name, s->text);
    }
    return g_string_free(label, FALSE);
}
