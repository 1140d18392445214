/* SPDX-License-Identifier: BSD-2-Clause */
/* relo show SCENARIO|DB: what would run, or (cli/ran.c) what ran. */
#include "cli/find.h"
#include "cli/json.h"
#include "cli/progress.h"
#include "cli/ran.h"
#include "cli/run.h"
#include "sim/churn/population.h"
#include "sim/net/latency.h"
#include "sim/scenario/keys.h"
#include "sim/scenario/scenario.h"
#include "sim/world/need.h"
#include "sim/world/run.h"

#include <stdio.h>
#include <string.h>

/* Events that one core works on in a second, for the estimate; a cautious round number. */
#define EVENTS_PER_SECOND 300000.0

struct request {
    GPtrArray *sets;
    bool json;
};

#define AT(field) offsetof(struct request, field)
static const struct cli_option options[] = {
    {0, "set", CLI_LIST, AT(sets), "KEY=VALUE", "override section.key of the scenario", 0},
    {0, "json", CLI_FLAG, AT(json), NULL, "as JSON", 0},
};

/* --- a scenario ----------------------------------------------------------------------------- */

static unsigned log2_of(uint32_t n)
{
    unsigned bits = 0;
    while (n > 1) {
        n /= 2;
        bits++;
    }
    return bits;
}

/* A rough guess at the events of one run: lookups by way of half of log2 N hops there and back,
   each a frame, its ACK and two wakes; updates to all neighbors and fingers; a join per return. */
static double guess_events(const struct sim_params *p)
{
    double seconds = (double)sim_run_end(p) / 1e9, peers = p->peers, rate = 0;
    double hops = log2_of(p->peers) / 2.0 + 1;
    unsigned links = p->predecessors + p->successors + log2_of(p->peers);

    if (p->lookup_interval_ns > 0)
        rate += 8 * hops / ((double)p->lookup_interval_ns / 1e9);
    if (p->store_interval_ns > 0)
        rate += 24 * hops / ((double)p->store_interval_ns / 1e9);
    if (p->fetch_interval_ns > 0)
        rate += 8 * hops / ((double)p->fetch_interval_ns / 1e9);
    rate += 8.0 * links / ((double)p->chord_update_interval_ns / 1e9);
    if (p->churn != SIM_CHURN_NONE)
        rate += 60.0 * links / ((double)(p->mean_session_ns + p->mean_dead_ns) / 1e9);
    return rate * peers * seconds;
}

static char *guess_time(const struct sim_scenario *scenario)
{
    double events = 0;
    for (size_t i = 0; i < scenario->n_points; i++)
        events += guess_events(&scenario->points[i].params) * scenario->repetitions;
    size_t runs = scenario->n_points * scenario->repetitions;
    double cores = MIN((double)g_get_num_processors(), (double)runs);
    return cli_progress_span((int64_t)(events / EVENTS_PER_SECOND / cores * 1e9));
}

/* Bytes of the largest run, at least. */
static uint64_t largest(const struct sim_scenario *scenario)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < scenario->n_points; i++) {
        const struct sim_params *params = &scenario->points[i].params;
        bytes = MAX(bytes, sim_need(params, sim_populations_count(params)).bytes);
    }
    return bytes;
}

static void print_sweep(const struct sim_scenario *scenario)
{
    for (size_t i = 0; i < scenario->n_swept; i++) {
        size_t index = scenario->swept[i];
        GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal);
        printf("  %s = ", scenario->points[0].settings[index].name);
        for (size_t point = 0; point < scenario->n_points; point++) {
            char *text = scenario->points[point].settings[index].text;
            if (g_hash_table_add(seen, text))
                printf("%s%s", point > 0 ? "; " : "", text);
        }
        printf("\n");
        g_hash_table_destroy(seen);
    }
}

static void print_network(const struct sim_params *params)
{
    struct sim_latency_summary summary;

    sim_latency_describe(params, &summary);
    printf("network: RTT between sites median %.1f ms, mean %.1f ms, %.1f to %.1f ms",
           (double)summary.median_rtt_ns / 1e6, (double)summary.mean_rtt_ns / 1e6,
           (double)summary.min_rtt_ns / 1e6, (double)summary.max_rtt_ns / 1e6);
    if (summary.clamped > 0)
        printf("; %u of %u pairs raised to min-latency", summary.clamped, summary.pairs);
    if (summary.blocked > 0)
        printf("; %.2f%% of pairs cannot talk", 100.0 * summary.blocked / summary.pairs);
    if (summary.missing > 0)
        printf("; %u pairs of the matrix were not measured and have its median", summary.missing);
    printf("\n");
}

static const char *text_of(const struct sim_point *point, const char *name)
{
    return point->settings[sim_keys_find("scenario", name)].text;
}

static void print_scenario(const struct sim_scenario *scenario)
{
    const struct sim_point *first = &scenario->points[0];
    char *guess = guess_time(scenario);

    printf("%s: %s\n", scenario->name, scenario->title);
    printf("phases: build-up %s, transition %s, measurement %s\n", text_of(first, "build-up"),
           text_of(first, "transition"), text_of(first, "measurement"));
    printf("runs: %zu (%zu points, %u repetitions, seed %" G_GUINT64_FORMAT ")\n",
           scenario->n_points * scenario->repetitions, scenario->n_points, scenario->repetitions,
           scenario->seed);
    if (scenario->n_swept > 0)
        printf("sweep:\n");
    print_sweep(scenario);
    printf("not at its default:\n");
    for (size_t i = 0; i < scenario->n_settings; i++) {
        const struct sim_setting *setting = &first->settings[i];
        if (!setting->is_default && !setting->is_swept && strcmp(setting->key->name, "title") != 0)
            printf("  %s = %s    (default %s)\n", setting->name, setting->text,
                   setting->key->fallback);
    }
    print_network(&first->params);
    printf("memory: the largest run takes %.1f MiB at least\n",
           (double)largest(scenario) / (1024 * 1024));
    printf("roughly %s on this machine's cores; a guess\n", guess);
    g_free(guess);
}

static void print_scenario_json(const struct sim_scenario *scenario)
{
    GString *s = g_string_new("{");
    struct sim_latency_summary summary;

    cli_json_name(s, "scenario");
    cli_json_string(s, scenario->name);
    cli_json_name(s, "title");
    cli_json_string(s, scenario->title);
    g_string_append_printf(s, ",\"repetitions\":%u,\"points\":[", scenario->repetitions);
    for (size_t point = 0; point < scenario->n_points; point++) {
        cli_json_next(s);
        g_string_append_c(s, '{');
        for (size_t i = 0; i < scenario->n_settings; i++) {
            cli_json_name(s, scenario->points[point].settings[i].name);
            cli_json_string(s, scenario->points[point].settings[i].text);
        }
        g_string_append_c(s, '}');
    }
    sim_latency_describe(&scenario->points[0].params, &summary);
    g_string_append(s, "],\"rtt\":{\"median\":");
    cli_json_number(s, (double)summary.median_rtt_ns / 1e9);
    g_string_append(s, ",\"mean\":");
    cli_json_number(s, (double)summary.mean_rtt_ns / 1e9);
    g_string_append(s, "}}\n");
    fputs(s->str, stdout);
    g_string_free(s, TRUE);
}

static int show_scenario(const struct request *request, const char *path)
{
    GPtrArray *overrides = g_ptr_array_new();
    char *problems = NULL;

    for (guint i = 0; request->sets != NULL && i < request->sets->len; i++)
        g_ptr_array_add(overrides, g_ptr_array_index(request->sets, i));
    g_ptr_array_add(overrides, NULL);
    struct sim_scenario *scenario =
        sim_scenario_load(path, (const char *const *)overrides->pdata, &problems);
    g_ptr_array_free(overrides, TRUE);
    if (scenario == NULL) {
        fputs(problems, stderr);
        g_free(problems);
        return CLI_WRONG;
    }
    if (request->json)
        print_scenario_json(scenario);
    else
        print_scenario(scenario);
    sim_scenario_free(scenario);
    return CLI_DONE;
}

/* --- both ----------------------------------------------------------------------------------- */

static bool is_database(const char *path)
{
    char head[16] = {0};
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return false;
    size_t n = fread(head, 1, sizeof(head), file);
    fclose(file);
    return (n == sizeof(head) && memcmp(head, "SQLite format 3", 16) == 0) ||
           (n == 0 && g_str_has_suffix(path, ".db"));
}

static int show(int argc, char **argv)
{
    struct request request = {0};
    GPtrArray *rest = g_ptr_array_new();
    enum cli_parse parsed = cli_options_parse(&cli_show_command, argc, argv, &request, rest);
    int status = parsed == CLI_PARSE_HELP ? CLI_DONE : CLI_WRONG;

    if (parsed == CLI_PARSE_OK && rest->len != 1) {
        cli_complain("show", "name one scenario or results database");
    } else if (parsed == CLI_PARSE_OK) {
        char *path = cli_find_scenario(g_ptr_array_index(rest, 0));
        status =
            is_database(path) ? cli_ran_show(path, request.json) : show_scenario(&request, path);
        g_free(path);
    }
    cli_options_clear(&cli_show_command, &request);
    g_ptr_array_free(rest, TRUE);
    return status;
}

const struct cli_command cli_show_command = {"show", "SCENARIO|DB", "what would run, or what ran",
                                             NULL,   options,       G_N_ELEMENTS(options),
                                             show};
