/* SPDX-License-Identifier: BSD-2-Clause */
/* relo run SCENARIO: every point and repetition of a scenario, in parallel, into a database. */
#include "cli/run.h"

#include "cli/find.h"
#include "cli/fit.h"
#include "cli/progress.h"
#include "cli/result.h"
#include "cli/version.h"
#include "cli/workers.h"
#include "metrics/database.h"
#include "sim/scenario/keys.h"
#include "sim/scenario/scenario.h"
#include "sim/world/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct request {
    const char *output, *seed, *repeat, *pcap;
    uint64_t jobs, shards, memory_mib;
    GPtrArray *sets;
    bool pcap_all, resume, quiet, json;
};

#define MIB (UINT64_C(1) << 20)
#define MIB_MAX (UINT64_MAX / MIB)

#define AT(field) offsetof(struct request, field)
static const struct cli_option options[] = {
    {'o', "output", CLI_TEXT, AT(output), "DB", "results database; default: SCENARIO.db, here", 0},
    {'j', "jobs", CLI_NUMBER, AT(jobs), "N", "runs at a time; default: one per core", 1024},
    {0, "set", CLI_LIST, AT(sets), "KEY=VALUE", "override section.key; \"a; b\" makes a sweep", 0},
    {0, "seed", CLI_TEXT, AT(seed), "N", "override scenario.seed", 0},
    {0, "repeat", CLI_TEXT, AT(repeat), "N", "override scenario.repeat", 0},
    {0, "shards", CLI_NUMBER, AT(shards), "K", "split each run; results stay the same", 64},
    {0, "memory", CLI_NUMBER, AT(memory_mib), "MIB",
     "memory for all runs; default: what is available", MIB_MAX},
    {0, "resume", CLI_FLAG, AT(resume), NULL, "only the runs the database does not have yet", 0},
    {0, "pcap", CLI_TEXT, AT(pcap), "FILE", "frames in the clear, for Wireshark; one run only", 0},
    {0, "pcap-all", CLI_FLAG, AT(pcap_all), NULL, "with --pcap: handshakes too", 0},
    {'q', "quiet", CLI_FLAG, AT(quiet), NULL, "no progress", 0},
    {0, "json", CLI_FLAG, AT(json), NULL, "the results as JSON instead of a table", 0},
};

struct campaign {
    const struct request *request;
    struct sim_scenario *scenario;
    char *path;      /* of the scenario */
    char *overrides; /* those that make it another campaign */
    char *command;
    char *output;
    struct mx_database *db;
    struct cli_job *jobs;
    char **labels;
    size_t n_jobs, present, stored, failed;
    struct cli_result result;
    struct cli_progress progress;
    bool store_failed;
};

/* --- preparing ------------------------------------------------------------------------------ */

/* All overrides, as --set has them. Owned strings, NULL at the end. */
static GPtrArray *list_overrides(const struct request *request)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; request->sets != NULL && i < request->sets->len; i++)
        g_ptr_array_add(list, g_strdup(g_ptr_array_index(request->sets, i)));
    if (request->seed != NULL)
        g_ptr_array_add(list, g_strconcat("scenario.seed=", request->seed, NULL));
    if (request->repeat != NULL)
        g_ptr_array_add(list, g_strconcat("scenario.repeat=", request->repeat, NULL));
    g_ptr_array_add(list, NULL);
    return list;
}

/* More repetitions belong to the same campaign. */
static char *campaign_overrides(const GPtrArray *list)
{
    GString *s = g_string_new(NULL);
    for (guint i = 0; i + 1 < list->len; i++) {
        const char *override = g_ptr_array_index(list, i);
        if (!g_str_has_prefix(override, "scenario.repeat="))
            g_string_append_printf(s, "%s%s", s->len > 0 ? "\n" : "", override);
    }
    return g_string_free(s, FALSE);
}

static char *repeating_command(const char *path, const GPtrArray *list)
{
    GString *s = g_string_new("relo run ");
    char *quoted = strpbrk(path, " '\"$&;*?") != NULL ? g_shell_quote(path) : g_strdup(path);

    g_string_append(s, quoted);
    g_free(quoted);
    for (guint i = 0; i + 1 < list->len; i++) {
        quoted = g_shell_quote(g_ptr_array_index(list, i));
        g_string_append_printf(s, " --set %s", quoted);
        g_free(quoted);
    }
    return g_string_free(s, FALSE);
}

/* Prints each line of `problems`. */
static void complain_all(char *problems)
{
    fputs(problems, stderr);
    g_free(problems);
}

static bool load(struct campaign *c, const char *name)
{
    GPtrArray *overrides = list_overrides(c->request);
    char *problems = NULL;

    c->path = cli_find_scenario(name);
    c->scenario = sim_scenario_load(c->path, (const char *const *)overrides->pdata, &problems);
    if (c->scenario == NULL) {
        complain_all(problems);
    } else {
        c->overrides = campaign_overrides(overrides);
        c->command = repeating_command(c->path, overrides);
        c->output = c->request->output != NULL ? g_strdup(c->request->output)
                                               : g_strconcat(c->scenario->name, ".db", NULL);
    }
    g_ptr_array_free(overrides, TRUE);
    return c->scenario != NULL;
}

static struct mx_run_info info_of(const struct campaign *c, size_t point, uint32_t repetition)
{
    return (struct mx_run_info){
        .scenario = c->scenario->name,
        .title = c->scenario->title,
        .text = c->scenario->text,
        .overrides = c->overrides,
        .command = c->command,
        .version = RELO_VERSION,
        .revision = RELO_REVISION,
        .point = (int64_t)point,
        .repetition = repetition,
        .seed = sim_scenario_seed(c->scenario->seed, repetition),
        .points = (int64_t)c->scenario->n_points,
        .repetitions = c->scenario->repetitions,
        .disturbed = cli_result_disturbed(c->scenario, point),
    };
}

static char *job_label(const struct campaign *c, size_t point, uint32_t repetition)
{
    char *label = sim_scenario_label(c->scenario, point);
    char *text = g_strdup_printf("%s%srepetition %u", label, *label != '\0' ? " " : "", repetition);
    g_free(label);
    return text;
}

/* Repetitions turn slowest, so that an interrupted campaign has something of every point. */
static void list_jobs(struct campaign *c)
{
    size_t n = c->scenario->n_points * c->scenario->repetitions;

    c->jobs = g_new0(struct cli_job, n);
    c->labels = g_new0(char *, n + 1);
    for (size_t i = 0; i < n; i++) {
        size_t point = i % c->scenario->n_points;
        uint32_t repetition = (uint32_t)(i / c->scenario->n_points);
        struct mx_run_info info = info_of(c, point, repetition);
        if (c->request->resume && mx_database_has_run(c->db, &info)) {
            c->present++;
            continue;
        }
        const struct sim_params *params = &c->scenario->points[point].params;
        c->labels[c->n_jobs] = job_label(c, point, repetition);
        c->jobs[c->n_jobs] = (struct cli_job){
            .point = point,
            .repetition = repetition,
            .seed = info.seed,
            .label = c->labels[c->n_jobs],
            .end = sim_run_end(params),
            .weight = (double)params->peers * (double)sim_run_end(params),
        };
        c->n_jobs++;
    }
}

/* Runs of other revisions are not the ones that --resume looks for; who has them should know. */
static void complain_revisions(const struct campaign *c)
{
    sqlite3_stmt *statement = NULL;
    sqlite3_prepare_v2(mx_database_handle(c->db),
                       "SELECT count(*), group_concat(DISTINCT revision) FROM run JOIN point USING "
                       "(point_id) JOIN scenario USING (scenario_id) WHERE name = ? AND revision "
                       "<> ?",
                       -1, &statement, NULL);
    sqlite3_bind_text(statement, 1, c->scenario->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, RELO_REVISION, -1, SQLITE_STATIC);
    if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) > 0)
        cli_complain("run",
                     "%s has %d runs of %s from another revision (%s); they stay, marked, and "
                     "do not count as runs of %s",
                     c->output, sqlite3_column_int(statement, 0), c->scenario->name,
                     (const char *)sqlite3_column_text(statement, 1), RELO_REVISION);
    sqlite3_finalize(statement);
}

static bool check_pcap(const struct campaign *c)
{
    size_t runs = c->scenario->n_points * c->scenario->repetitions;

    if (c->request->pcap_all && c->request->pcap == NULL) {
        cli_complain("run", "--pcap-all says what goes into the file; name it with --pcap FILE");
        return false;
    }
    if (c->request->pcap == NULL)
        return true;
    if (runs != 1) {
        cli_complain("run",
                     "--pcap takes exactly one run, and these are %zu; choose one with "
                     "--repeat 1%s",
                     runs,
                     c->scenario->n_swept > 0 ? " and --set KEY=VALUE for each swept key:" : "");
        for (size_t i = 0; i < c->scenario->n_swept; i++) {
            const struct sim_setting *setting =
                &c->scenario->points[0].settings[c->scenario->swept[i]];
            fprintf(stderr, "  --set %s=%s\n", setting->name, setting->text);
        }
        return false;
    }
    FILE *file = fopen(c->request->pcap, "wb");
    if (file == NULL) {
        cli_complain("run", "%s cannot be written: %s", c->request->pcap, g_strerror(errno));
        return false;
    }
    fclose(file);
    return true;
}

/* --- running -------------------------------------------------------------------------------- */

static bool work(void *user, const struct cli_job *job, struct cli_reporter *reporter,
                 struct mx_run *result, char **error)
{
    const struct campaign *c = user;
    struct sim_params params = sim_scenario_params(c->scenario, job->point, job->repetition);
    struct sim_run_options run_options = {
        .progress = cli_workers_report,
        .user = reporter,
        .pcap_path = c->request->pcap,
        .pcap_all = c->request->pcap_all,
    };
    int64_t start_us = g_get_real_time();

    if (c->request->shards > 0)
        params.shards = (uint32_t)c->request->shards;
    if (!sim_run(&params, &run_options, result, error))
        return false;
    result->facts.start_unix_ns = start_us * RELO_US;
    g_strlcpy(result->facts.host, g_get_host_name(), sizeof(result->facts.host));
    return true;
}

static bool done(void *user, const struct cli_job *job, const struct mx_run *result)
{
    struct campaign *c = user;
    const struct sim_scenario *scenario = c->scenario;
    struct mx_run_info info = info_of(c, job->point, job->repetition);
    struct mx_param *params = g_new0(struct mx_param, scenario->n_settings);
    size_t n_params = 0;
    char *error = NULL;

    for (size_t i = 0; i < scenario->n_settings; i++) {
        const struct sim_setting *setting = &scenario->points[job->point].settings[i];
        if (i < sim_keys_n && strcmp(setting->key->section, "churn.NAME") == 0)
            continue; /* the pattern of a population's own keys, not one of the run's */
        params[n_params++] = (struct mx_param){setting->name, setting->text, setting->is_number,
                                               setting->number, setting->is_swept};
    }
    bool stored = mx_database_store(c->db, &info, params, n_params, result, &error);
    g_free(params);
    if (!stored) {
        cli_progress_clear(&c->progress);
        cli_complain("run", "%s", error);
        g_free(error);
        c->store_failed = true;
        return false;
    }
    c->stored++;
    cli_result_add(&c->result, job->point, job->repetition, result);
    return true;
}

static void failed(void *user, const struct cli_job *job, const char *sentence)
{
    struct campaign *c = user;
    cli_progress_clear(&c->progress);
    cli_complain("run", "run with point %zu (%s), seed %" G_GUINT64_FORMAT ": %s", job->point,
                 job->label, job->seed, sentence);
    c->failed++;
}

static void tick(void *user)
{
    struct campaign *c = user;
    cli_progress_update(&c->progress, c->jobs, c->n_jobs);
}

/* --- reporting ------------------------------------------------------------------------------ */

static void print_results(const struct campaign *c)
{
    if (c->request->json) {
        char *json = cli_result_json(&c->result, c->output);
        fputs(json, stdout);
        g_free(json);
        return;
    }
    if (c->stored > 0) {
        char *table = cli_result_table(&c->result);
        printf("%s\n%s\n%s", c->scenario->title[0] != '\0' ? c->scenario->title : c->scenario->name,
               c->scenario->repetitions > 1 ? "mean ± half a 95 % confidence interval over runs"
                                            : "one run each",
               table);
        g_free(table);
    }
    char *quoted =
        strpbrk(c->output, " '\"$&;*?") != NULL ? g_shell_quote(c->output) : g_strdup(c->output);
    size_t n = c->stored + c->present;
    printf("%s%zu run%s in %s", c->stored > 0 ? "\n" : "", n, n == 1 ? "" : "s", c->output);
    if (c->present > 0)
        printf(" (%zu there already)", c->present);
    printf("\n");
    if (n > 0)
        printf("next: relo plot %s\n", quoted);
    g_free(quoted);
}

/* On standard error, also where the table goes to a file: how many runs, and the first one's words.
 */
static void print_warnings(const struct campaign *c)
{
    if (c->result.warned == 0)
        return;
    cli_complain("run", "warm-up: in %u of %zu runs %s%s", c->result.warned, c->stored,
                 c->result.warning,
                 c->result.warned > 1 ? " (or the like; relo show tells which)" : "");
}

static int conclude(const struct campaign *c, enum cli_workers_outcome outcome)
{
    print_results(c);
    fflush(stdout);
    print_warnings(c);
    if (outcome == CLI_WORKERS_INTERRUPTED)
        cli_complain("run",
                     "interrupted; %zu of %zu runs are in %s, relo run --resume does the "
                     "rest",
                     c->stored + c->present, c->n_jobs + c->present, c->output);
    else if (c->store_failed)
        cli_complain("run", "stopped; the %zu runs stored before are intact in %s",
                     c->stored + c->present, c->output);
    else if (c->failed > 0)
        cli_complain("run", "%zu of %zu runs failed; the others are in %s", c->failed, c->n_jobs,
                     c->output);
    else
        return CLI_DONE;
    return CLI_NO;
}

static void campaign_clear(struct campaign *c)
{
    mx_database_close(c->db);
    if (c->result.runs != NULL)
        cli_result_fini(&c->result);
    g_strfreev(c->labels);
    g_free(c->jobs);
    g_free(c->path);
    g_free(c->overrides);
    g_free(c->command);
    g_free(c->output);
    sim_scenario_free(c->scenario);
}

static bool open_database(struct campaign *c)
{
    char *error = NULL;

    c->db = mx_database_open(c->output, MX_DATABASE_WRITE, &error);
    if (c->db == NULL) {
        cli_complain("run", "%s", error);
        g_free(error);
    }
    return c->db != NULL;
}

/* How many runs to have at a time; 0: the request is wrong. What is refused leaves no new database
   behind, unless --resume asked for what is in it. */
static unsigned prepare(struct campaign *c, const char *name)
{
    const struct request *request = c->request;

    if (!load(c, name) || !check_pcap(c) || (request->resume && !open_database(c)))
        return 0;
    list_jobs(c);
    struct cli_fit fit = {
        .path = c->path,
        .scenario = c->scenario,
        .jobs = c->jobs,
        .n_jobs = c->n_jobs,
        .at_once = request->jobs,
        .shards = request->shards,
        .memory = request->memory_mib * MIB,
    };
    unsigned parallel = cli_fit(&fit);
    return parallel > 0 && (request->resume || open_database(c)) ? parallel : 0;
}

static int run_campaign(struct campaign *c, const char *name)
{
    unsigned parallel = prepare(c, name);

    if (parallel == 0)
        return CLI_WRONG;
    complain_revisions(c);
    cli_result_init(&c->result, c->scenario);
    cli_progress_init(&c->progress, c->request->quiet);
    struct cli_workers workers = {
        .jobs = c->jobs,
        .n_jobs = c->n_jobs,
        .parallel = parallel,
        .user = c,
        .work = work,
        .done = done,
        .failed = failed,
        .tick = tick,
    };
    enum cli_workers_outcome outcome = cli_workers_run(&workers);
    cli_progress_clear(&c->progress);
    return conclude(c, outcome);
}

static int run(int argc, char **argv)
{
    struct request request = {0};
    struct campaign campaign = {.request = &request};
    GPtrArray *rest = g_ptr_array_new();
    int status = CLI_WRONG;

    switch (cli_options_parse(&cli_run_command, argc, argv, &request, rest)) {
    case CLI_PARSE_OK:
        if (rest->len == 1) {
            status = run_campaign(&campaign, g_ptr_array_index(rest, 0));
            campaign_clear(&campaign);
        } else {
            cli_complain("run", rest->len == 0 ? "which scenario? See relo list scenarios"
                                               : "one scenario at a time");
        }
        break;
    case CLI_PARSE_HELP:
        status = CLI_DONE;
        break;
    case CLI_PARSE_WRONG:
        break;
    }
    cli_options_clear(&cli_run_command, &request);
    g_ptr_array_free(rest, TRUE);
    return status;
}

const struct cli_command cli_run_command = {
    "run",
    "SCENARIO [OPTION...]",
    "run a scenario; results go to a database and into a table",
    "SCENARIO is a file, or the name of one that relo list scenarios shows. All points of\n"
    "its sweep and all repetitions run in parallel processes. Ctrl-C keeps what is done.",
    options,
    G_N_ELEMENTS(options),
    run};
