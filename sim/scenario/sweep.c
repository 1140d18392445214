/* SPDX-License-Identifier: BSD-2-Clause */
/* Sweeps: the cartesian product of all keys with several values, as an odometer. */
#include "sim/scenario/sweep.h"

#include "sim/scenario/futile.h"
#include "sim/scenario/resolve.h"

#include <string.h>

/* Which of the entry's values point number `point` has. `stride` is the number of points over which
   it stays the same. */
static guint turn(const struct sim_entry *entry, size_t point, size_t stride)
{
    return (guint)(point / stride % entry->values->len);
}

/* What a key is at a point, for the database and the tables. */
static void fill_setting(struct sim_setting *setting, const struct sim_entry *entry, size_t index,
                         const struct sim_literal *value)
{
    const struct sim_key *key = &sim_keys[index];
    struct sim_literal fallback;
    sim_literal_fallback(key, &fallback);
    setting->key = key;
    setting->name = g_strconcat(key->section, ".", key->name, NULL);
    setting->text = sim_literal_text(key, value);
    setting->is_number = sim_literal_number(key, value, &setting->number);
    setting->is_default = sim_literal_equal(value, &fallback);
    setting->is_swept = entry != NULL && entry->values->len > 1;
    sim_literal_clear(&fallback);
}

/* A [churn.NAME] has from [churn] what it does not say itself; but where it names a model of its
   own, the rest is that model's. */
static void resolve_population(const struct sim_entries *entries, uint32_t population,
                               const struct sim_literal *base, const struct sim_literal *own,
                               struct sim_params *params)
{
    struct sim_literal *values = g_new0(struct sim_literal, sim_keys_n);
    struct sim_params resolved;
    bool own_model =
        sim_entries_find_in(entries, sim_keys_find("churn", "model"), population) != NULL;
    for (size_t i = 0; i < sim_keys_n; i++) {
        const struct sim_literal *from = &base[i];
        guint at = 0;
        for (; at < entries->list->len; at++) {
            const struct sim_entry *entry = &g_array_index(entries->list, struct sim_entry, at);
            if (entry->population == population && entry->index == i)
                break;
        }
        if (at < entries->list->len)
            from = &own[at];
        if (from == &base[i] && own_model && strcmp(sim_keys[i].section, "churn") == 0)
            sim_literal_fallback(&sim_keys[i], &values[i]);
        else
            values[i] = sim_literal_copy(from);
    }
    sim_resolve(values, &resolved);
    struct sim_population *result = &params->population[params->population_count++];
    *result = sim_params_base(&resolved);
    result->share_ppb = resolved.population_share_ppb;
    result->peers = resolved.population_peers;
    for (size_t i = 0; i < sim_keys_n; i++)
        sim_literal_clear(&values[i]);
    g_free(values);
}

static void fill_point(struct sim_scenario *scenario, const struct sim_entries *entries,
                       size_t number)
{
    struct sim_point *point = &scenario->points[number];
    struct sim_literal *values = g_new0(struct sim_literal, sim_keys_n);
    struct sim_literal *own = g_new0(struct sim_literal, entries->list->len + 1);
    struct sim_setting *next;
    size_t stride = 1;

    point->settings = g_new0(struct sim_setting, scenario->n_settings);
    next = &point->settings[sim_keys_n];
    for (guint i = entries->list->len; i-- > 0;) {
        const struct sim_entry *entry = &g_array_index(entries->list, struct sim_entry, i);
        own[i] = sim_literal_copy(
            &g_array_index(entry->values, struct sim_literal, turn(entry, number, stride)));
        stride *= entry->values->len;
        if (entry->population == 0)
            values[entry->index] = sim_literal_copy(&own[i]);
    }
    for (size_t i = 0; i < sim_keys_n; i++) {
        const struct sim_entry *entry = sim_entries_find(entries, i);
        if (entry == NULL)
            sim_literal_fallback(&sim_keys[i], &values[i]);
        fill_setting(&point->settings[i], entry, i, &values[i]);
    }
    for (guint i = 0; i < entries->list->len; i++) {
        const struct sim_entry *entry = &g_array_index(entries->list, struct sim_entry, i);
        if (entry->population == 0)
            continue;
        fill_setting(next, entry, entry->index, &own[i]);
        g_free(next->name);
        next->name = g_strdup_printf(
            "churn.%s.%s",
            (const char *)g_ptr_array_index(entries->populations, entry->population - 1),
            next->key->name);
        next++;
    }
    sim_resolve(values, &point->params);
    for (uint32_t i = 1; i <= entries->populations->len; i++)
        resolve_population(entries, i, values, own, &point->params);
    for (size_t i = 0; i < sim_keys_n; i++)
        sim_literal_clear(&values[i]);
    for (guint i = 0; i < entries->list->len; i++)
        sim_literal_clear(&own[i]);
    g_free(values);
    g_free(own);
}

static void check_points(struct sim_scenario *scenario, const struct sim_entries *entries,
                         const char *path, struct sim_problems *problems)
{
    for (size_t i = 0; i < scenario->n_points; i++) {
        char *sentence = sim_params_check(&scenario->points[i].params);
        if (sentence == NULL)
            continue;
        char *where = sim_entries_place(entries, path, sentence);
        if (scenario->n_swept > 0) {
            char *label = sim_scenario_label(scenario, i);
            char *longer = g_strdup_printf("%s (at %s)", sentence, label);
            g_free(sentence);
            g_free(label);
            sentence = longer;
        }
        sim_problems_add(problems, where, sentence);
        g_free(where);
    }
}

void sim_sweep(struct sim_scenario *scenario, const struct sim_entries *entries, const char *where,
               struct sim_problems *problems)
{
    size_t n_points = 1;

    scenario->swept = g_new0(size_t, entries->list->len + 1);
    scenario->n_settings = sim_keys_n;
    for (guint i = 0; i < entries->list->len; i++) {
        const struct sim_entry *entry = &g_array_index(entries->list, struct sim_entry, i);
        n_points *= entry->values->len;
        if (n_points > SIM_SWEEP_POINTS_MAX) {
            sim_problems_add(
                problems, where,
                g_strdup_printf("the sweep has more than %d points", SIM_SWEEP_POINTS_MAX));
            return;
        }
        size_t setting = entry->population == 0 ? entry->index : scenario->n_settings++;
        if (entry->values->len > 1)
            scenario->swept[scenario->n_swept++] = setting;
    }
    scenario->n_points = n_points;
    scenario->points = g_new0(struct sim_point, n_points);
    for (size_t i = 0; i < n_points; i++)
        fill_point(scenario, entries, i);
    sim_futile(entries, where, problems);
    check_points(scenario, entries, where, problems);
}
