/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs jobs in parallel processes; the parent alone hears of the results and writes them down.

   Protocol of use: fill the jobs and the functions, call cli_workers_run, look at the outcome.
   Children talk to the parent through one pipe each; they die with it. Ctrl-C (SIGINT) and SIGTERM
   stop the children and end the call; what was reported by then stays reported. */
#ifndef CLI_WORKERS_H
#define CLI_WORKERS_H

#include "core/base/time.h"
#include "metrics/run.h"

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

enum cli_job_state { CLI_JOB_WAITING, CLI_JOB_RUNNING, CLI_JOB_DONE, CLI_JOB_FAILED };

struct cli_job {
    /* The caller's. */
    size_t point;
    uint32_t repetition;
    uint64_t seed;
    const char *label; /* borrowed: what messages and progress call it */
    relo_time end;     /* simulated */
    double weight;     /* expected effort, in any unit; for the time left */
    /* The workers'. */
    enum cli_job_state state;
    relo_time now;      /* simulated, as last heard */
    uint64_t events;
    int64_t started_us; /* monotonic wall clock */
    pid_t pid;
    int fd;
    GByteArray *in; /* bytes of the pipe not worked on yet */
    bool answered;  /* a result or an error has come */
};

/* Handed to the work in the child; cli_workers_report throttles. */
struct cli_reporter {
    int fd;
    int64_t last_us;
};
void cli_workers_report(void *reporter, relo_time now, uint64_t events);

struct cli_workers {
    struct cli_job *jobs;
    size_t n_jobs;
    unsigned parallel; /* >= 1 */
    void *user;
    /* In the child: does the job. Result is initialised and empty. False: *error is a sentence. */
    bool (*work)(void *user, const struct cli_job *job, struct cli_reporter *reporter,
                 struct mx_run *result, char **error);
    /* In the parent: a result came. False ends everything (the disk is full, say). */
    bool (*done)(void *user, const struct cli_job *job, const struct mx_run *result);
    /* In the parent: a job ended without a result; the sentence is borrowed. */
    void (*failed)(void *user, const struct cli_job *job, const char *sentence);
    /* In the parent: about four times a second. */
    void (*tick)(void *user);
};

enum cli_workers_outcome {
    CLI_WORKERS_ALL,         /* every job was done or has failed */
    CLI_WORKERS_STOPPED,     /* `done` said so */
    CLI_WORKERS_INTERRUPTED, /* Ctrl-C or SIGTERM */
};

enum cli_workers_outcome cli_workers_run(struct cli_workers *workers);

#endif
