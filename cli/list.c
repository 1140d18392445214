/* SPDX-License-Identifier: BSD-2-Clause */
/* relo list: scenarios, keys, models, metrics, figures, churn, nat; each from its table. */
#include "cli/find.h"
#include "cli/json.h"
#include "cli/run.h"
#include "cli/table.h"
#include "metrics/metric.h"
#include "plots/figure.h"
#include "sim/nat/mix.h"
#include "sim/scenario/churns.h"
#include "sim/scenario/keys.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/scenario.h"

#include <stdio.h>
#include <string.h>

struct request {
    bool json;
};

static const struct cli_option options[] = {
    {0, "json", CLI_FLAG, offsetof(struct request, json), NULL, "as JSON", 0},
};

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_scenarios(struct cli_table *table)
{
    char *folder = cli_find_scenarios();
    GDir *dir = folder != NULL ? g_dir_open(folder, 0, NULL) : NULL;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    cli_table_init(table, 3);
    cli_table_add(table, "scenario");
    cli_table_add(table, "runs");
    cli_table_add(table, "question");
    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        if (g_str_has_suffix(name, ".ini"))
            g_ptr_array_add(names, g_build_filename(folder, name, NULL));
    }
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        char *problems = NULL;
        struct sim_scenario *s = sim_scenario_load(g_ptr_array_index(names, i), NULL, &problems);
        cli_table_add(table, g_ptr_array_index(names, i));
        if (s != NULL) {
            cli_table_take(table, g_strdup_printf("%zu", s->n_points * s->repetitions));
            cli_table_add(table, s->title);
        } else {
            cli_table_add(table, "-");
            cli_table_take(table, g_strndup(problems, strcspn(problems, "\n")));
        }
        sim_scenario_free(s);
        g_free(problems);
    }
    if (dir != NULL)
        g_dir_close(dir);
    g_ptr_array_free(names, TRUE);
    g_free(folder);
}

static void list_keys(struct cli_table *table)
{
    cli_table_init(table, 4);
    cli_table_add(table, "key");
    cli_table_add(table, "default");
    cli_table_add(table, "meaning");
    cli_table_add(table, "takes");
    for (size_t i = 0; i < sim_keys_n; i++) {
        const struct sim_key *key = &sim_keys[i];
        cli_table_take(table, g_strconcat(key->section, ".", key->name, NULL));
        cli_table_add(table, *key->fallback != '\0' ? key->fallback : "(none)");
        cli_table_add(table, key->help);
        cli_table_take(table, sim_keys_form(key));
    }
}

static void add3(struct cli_table *table, const char *a, const char *b, const char *c)
{
    cli_table_add(table, a);
    cli_table_add(table, b);
    cli_table_add(table, c);
}

static void list_churn_rows(struct cli_table *table)
{
    for (size_t i = 0; i < sim_churns_n; i++)
        add3(table, "churn.model", sim_churns[i].name, sim_churns[i].help);
}

static void list_models(struct cli_table *table)
{
    cli_table_init(table, 3);
    add3(table, "key", "model", "meaning");
    add3(table, "overlay.topology", "CHORD-RELOAD", "RFC 6940 section 10");
    add3(table, "network.latency", "const:TIME", "the same between all sites, one way");
    add3(table, "network.latency", "geo-2d",
         "clusters in the plane plus heights, with King's median and mean RTT; Gummadi et al., IMW "
         "2002");
    add3(table, "network.latency", "euclid", "p2psim's square; median RTT 156 ms, King's");
    add3(table, "network.latency", "matrix FILE", "King, p2psim, Meridian: RTTs in microseconds");
    add3(table, "network.latency", "oversim-xml FILE", "OverSim's nodes_2d: coordinates");
    add3(table, "network.tiv-sigma", "log-normal error",
         "triangle-inequality violations, as OverSim's delayFault has them");
    add3(table, "network.non-transitive", "cut pairs",
         "p2psim's E2ELinkFail; 5% in Li et al., INFOCOM 2005");
    add3(table, "network.burst-enter", "two states",
         "bursts of loss, a chain per sender; Gilbert, BSTJ 1960; Elliott, BSTJ 1963");
    for (size_t i = 0; i < sim_accesses_n; i++)
        add3(table, "network.access", sim_accesses[i].name, sim_accesses[i].help);
    list_churn_rows(table);
    add3(table, "workload.zipf", "Zipf's law",
         "popularity of keys; drawn after Hoermann and Derflinger, ACM TOMACS 1996");
    add3(table, "security.suite", "sim", "real sizes and flights; a keyed hash for signatures");
}

static void list_churn(struct cli_table *table)
{
    cli_table_init(table, 3);
    add3(table, "key", "model", "meaning");
    list_churn_rows(table);
}

/* A row per preset: its shares, and what follows of them. */
static void list_nat(struct cli_table *table)
{
    const struct sim_nat_preset *preset;
    cli_table_init(table, 5);
    cli_table_add(table, "nat.preset");
    cli_table_add(table, "shares of hosts");
    cli_table_add(table, "direct pairs");
    cli_table_add(table, "without public hosts");
    cli_table_add(table, "source");
    for (unsigned i = 0; (preset = sim_nat_preset_at(i)) != NULL; i++) {
        struct sim_nat_mix mix = sim_nat_mix_of(preset);
        GString *shares = g_string_new(NULL);
        for (unsigned c = 0; c < SIM_NAT_CLASSES; c++)
            if (preset->share[c] > 0)
                g_string_append_printf(shares, "%s%s %g%%", shares->len > 0 ? ", " : "",
                                       sim_nat_class_name((enum sim_nat_class)c),
                                       preset->share[c] / 10.0);
        cli_table_add(table, preset->name);
        cli_table_take(table, g_string_free(shares, FALSE));
        double all = sim_nat_mix_direct(&mix, SIM_NAT_PAIRS_ALL) / 1e4;
        double hidden = sim_nat_mix_direct(&mix, SIM_NAT_PAIRS_NOT_PUBLIC) / 1e4;
        cli_table_take(table, g_strdup_printf("%.1f%%", all));
        if (preset->share[SIM_NAT_CLASS_PUBLIC] < 1000)
            cli_table_take(table, g_strdup_printf("%.1f%%", hidden));
        else
            cli_table_add(table, "-");
        cli_table_add(table, preset->source);
    }
}

static void list_metrics(struct cli_table *table)
{
    cli_table_init(table, 3);
    add3(table, "metric", "unit", "meaning");
    for (int i = 0; i < MX_METRIC_COUNT; i++)
        add3(table, mx_metrics[i].name, mx_metrics[i].unit, mx_metrics[i].help);
}

static void list_figures(struct cli_table *table)
{
    cli_table_init(table, 3);
    add3(table, "figure", "question", "drawn");
    for (int i = 0; i < MX_FIGURE_COUNT; i++)
        add3(table, mx_figures[i].name, mx_figures[i].question, mx_figures[i].description);
}

static const struct {
    const char *name;
    void (*fill)(struct cli_table *table);
} lists[] = {
    {"scenarios", list_scenarios}, {"keys", list_keys},       {"models", list_models},
    {"metrics", list_metrics},     {"figures", list_figures}, {"churn", list_churn},
    {"nat", list_nat},
};

/* An array of objects named by the heading. */
static void print_json(const struct cli_table *table)
{
    GString *s = g_string_new("[");
    for (guint i = table->columns; i < table->cells->len; i++) {
        guint column = i % table->columns;
        if (column == 0) {
            cli_json_next(s);
            g_string_append_c(s, '{');
        }
        cli_json_name(s, g_ptr_array_index(table->cells, column));
        cli_json_string(s, g_ptr_array_index(table->cells, i));
        if (column + 1 == table->columns)
            g_string_append_c(s, '}');
    }
    g_string_append(s, "]\n");
    fputs(s->str, stdout);
    g_string_free(s, TRUE);
}

static bool print_list(const char *name, bool json)
{
    const char *names[G_N_ELEMENTS(lists)];
    struct cli_table table;

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        names[i] = lists[i].name;
        if (strcmp(lists[i].name, name) != 0)
            continue;
        lists[i].fill(&table);
        char *text = cli_table_text(&table);
        if (json)
            print_json(&table);
        else
            fputs(text, stdout);
        g_free(text);
        cli_table_fini(&table);
        return true;
    }
    const char *nearest = sim_nearest(name, names, G_N_ELEMENTS(lists));
    if (nearest != NULL)
        cli_complain("list", "there is no list of %s; did you mean %s?", name, nearest);
    else
        cli_complain("list",
                     "there is no list of %s; there are scenarios, keys, models, metrics, "
                     "figures, churn and nat",
                     name);
    return false;
}

static int list(int argc, char **argv)
{
    struct request request = {0};
    GPtrArray *rest = g_ptr_array_new();
    enum cli_parse parsed = cli_options_parse(&cli_list_command, argc, argv, &request, rest);
    int status = parsed == CLI_PARSE_WRONG ? CLI_WRONG : CLI_DONE;

    if (parsed == CLI_PARSE_OK && rest->len > 1) {
        cli_complain("list", "one list at a time");
        status = CLI_WRONG;
    } else if (parsed == CLI_PARSE_OK && rest->len == 1) {
        status = print_list(g_ptr_array_index(rest, 0), request.json) ? CLI_DONE : CLI_WRONG;
    } else if (parsed == CLI_PARSE_OK) {
        print_list("scenarios", request.json);
        if (!request.json)
            printf("\nmore: relo list keys, models, metrics, figures, churn, nat\n");
    }
    g_ptr_array_free(rest, TRUE);
    return status;
}

const struct cli_command cli_list_command = {"list",
                                             "[scenarios|keys|models|metrics|figures|churn|nat]",
                                             "what there is to choose from",
                                             NULL,
                                             options,
                                             G_N_ELEMENTS(options),
                                             list};
