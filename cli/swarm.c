/* SPDX-License-Identifier: BSD-2-Clause */
/* relo swarm: random runs whose invariants are checked. */
#include "cli/swarm.h"

#include "cli/interrupt.h"
#include "sim/check/swarm.h"

#include <inttypes.h>
#include <stdio.h>

struct request {
    uint64_t seed, runs, minutes;
    bool quiet;
};

static const struct cli_option options[] = {
    {'s', "seed", CLI_NUMBER, offsetof(struct request, seed), "N",
     "the first run's; the others follow (1)", INT64_MAX},
    {'r', "runs", CLI_NUMBER, offsetof(struct request, runs), "K", "how many (10)", 1000000},
    {'m', "minutes", CLI_NUMBER, offsetof(struct request, minutes), "M",
     "go on for so long instead, on the wall clock", 100000},
    {'q', "quiet", CLI_FLAG, offsetof(struct request, quiet), NULL, "say only what went wrong", 0},
};

static int swarm(int argc, char **argv);

const struct cli_command cli_swarm_command = {
    .name = "swarm",
    .usage = "[--seed N] [--runs K] [--minutes M]",
    .summary = "random runs, each checked for what must always hold",
    .text =
        "Draws peers, network, NATs, churn, intervals and load of each run from its seed, and\n"
        "looks at ring, routing, stored values and memory while it runs. In the end churn and\n"
        "losses stop, and everything must converge (behind NATs, where every pair finds a direct\n"
        "path). A failure prints the command that repeats it. docs/SIMULATION.md has the details.\n"
        "Ctrl-C lets the run under way end, a second one does not.\n"
        "Exit status 1: something did not hold, or it was interrupted.",
    .options = options,
    .n_options = G_N_ELEMENTS(options),
    .run = swarm,
};

/* Whether all was well. */
static bool run_one(uint64_t seed, bool quiet)
{
    struct sim_swarm drawn;
    struct sim_swarm_outcome outcome;
    sim_swarm_draw(seed, &drawn);
    sim_swarm_run(&drawn, &outcome);
    if (outcome.violation)
        printf("seed %" PRIu64 " FAILED %s\n  %s\n  repeat: relo swarm --seed %" PRIu64
               " --runs 1\n",
               seed, outcome.violation, drawn.text, seed);
    else if (!quiet)
        printf("seed %" PRIu64 " ok  %" PRIu64 " looks, %" PRIu64 " lookups, %" PRIu64
               " fetches, %" PRIu64 " excused, %016" PRIx64 "\n  %s\n",
               seed, outcome.looks, outcome.lookups, outcome.fetches, outcome.excused,
               outcome.fingerprint, drawn.text);
    fflush(stdout);
    bool well = outcome.violation == NULL;
    g_free(outcome.violation);
    return well;
}

static int swarm(int argc, char **argv)
{
    struct request request = {.seed = 1, .runs = 10};
    GPtrArray *rest = g_ptr_array_new();
    enum cli_parse parse = cli_options_parse(&cli_swarm_command, argc, argv, &request, rest);
    bool alone = rest->len == 0;
    g_ptr_array_free(rest, TRUE);
    if (parse == CLI_PARSE_HELP)
        return CLI_DONE;
    if (parse == CLI_PARSE_WRONG)
        return CLI_WRONG;
    if (!alone) {
        cli_complain("swarm", "it takes options only; see relo swarm --help");
        return CLI_WRONG;
    }
    int64_t end = g_get_monotonic_time() + (int64_t)request.minutes * 60 * G_USEC_PER_SEC;
    uint64_t failed = 0, done = 0;
    struct cli_interrupt before;
    cli_interrupt_begin(&before, true); /* a run has files, which are gone when it is done */
    while (!cli_interrupted() &&
           (request.minutes ? g_get_monotonic_time() < end : done < request.runs))
        failed += !run_one(request.seed + done++, request.quiet);
    cli_interrupt_end(&before);
    printf("%" PRIu64 " runs, %" PRIu64 " failed%s\n", done, failed,
           cli_interrupted() ? "; interrupted" : "");
    return failed || cli_interrupted() ? CLI_NO : CLI_DONE;
}
