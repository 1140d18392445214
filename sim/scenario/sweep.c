/* SPDX-License-Identifier: BSD-2-Clause */
/* Sweeps: the cartesian product of all keys with several values, as an odometer. */
#include "sim/scenario/sweep.h"

#include "sim/scenario/resolve.h"

#include <string.h>

/* Which of the entry's values point number `point` has. `stride` is the number of points over which
   it stays the same. */
static guint turn(const struct sim_entry *entry, size_t point, size_t stride)
{
    return (guint)(point / stride % entry->values->len);
}

static void fill_point(struct sim_scenario *scenario, const struct sim_entries *entries,
                       size_t number)
{
    struct sim_point *point = &scenario->points[number];
    struct sim_literal *values = g_new0(struct sim_literal, sim_keys_n);
    size_t stride = 1;

    point->settings = g_new0(struct sim_setting, sim_keys_n);
    for (guint i = entries->list->len; i-- > 0;) {
        const struct sim_entry *entry = &g_array_index(entries->list, struct sim_entry, i);
        values[entry->index] = sim_literal_copy(
            &g_array_index(entry->values, struct sim_literal, turn(entry, number, stride)));
        stride *= entry->values->len;
    }
    for (size_t i = 0; i < sim_keys_n; i++) {
        const struct sim_entry *entry = sim_entries_find(entries, i);
        struct sim_setting *setting = &point->settings[i];
        struct sim_literal fallback;
        sim_literal_fallback(&sim_keys[i], &fallback);
        if (entry == NULL)
            values[i] = sim_literal_copy(&fallback);
        setting->key = &sim_keys[i];
        setting->name = g_strconcat(sim_keys[i].section, ".", sim_keys[i].name, NULL);
        setting->text = sim_literal_text(&sim_keys[i], &values[i]);
        setting->is_number = sim_literal_number(&sim_keys[i], &values[i], &setting->number);
        setting->is_default = sim_literal_equal(&values[i], &fallback);
        setting->is_swept = entry != NULL && entry->values->len > 1;
        sim_literal_clear(&fallback);
    }
    sim_resolve(values, &point->params);
    for (size_t i = 0; i < sim_keys_n; i++)
        sim_literal_clear(&values[i]);
    g_free(values);
}

static void check_points(struct sim_scenario *scenario, const char *where,
                         struct sim_problems *problems)
{
    for (size_t i = 0; i < scenario->n_points; i++) {
        char *sentence = sim_params_check(&scenario->points[i].params);
        if (sentence == NULL)
            continue;
        if (scenario->n_swept > 0) {
            char *label = sim_scenario_label(scenario, i);
            char *longer = g_strdup_printf("%s (at %s)", sentence, label);
            g_free(sentence);
            g_free(label);
            sentence = longer;
        }
        sim_problems_add(problems, where, sentence);
    }
}

void sim_sweep(struct sim_scenario *scenario, const struct sim_entries *entries, const char *where,
               struct sim_problems *problems)
{
    size_t n_points = 1;

    scenario->swept = g_new0(size_t, entries->list->len + 1);
    for (guint i = 0; i < entries->list->len; i++) {
        const struct sim_entry *entry = &g_array_index(entries->list, struct sim_entry, i);
        n_points *= entry->values->len;
        if (n_points > SIM_SWEEP_POINTS_MAX) {
            sim_problems_add(
                problems, where,
                g_strdup_printf("the sweep has more than %d points", SIM_SWEEP_POINTS_MAX));
            return;
        }
        if (entry->values->len > 1)
            scenario->swept[scenario->n_swept++] = entry->index;
    }
    scenario->n_settings = sim_keys_n;
    scenario->n_points = n_points;
    scenario->points = g_new0(struct sim_point, n_points);
    for (size_t i = 0; i < n_points; i++)
        fill_point(scenario, entries, i);
    check_points(scenario, where, problems);
}
