/* SPDX-License-Identifier: BSD-2-Clause */
/* Progress on standard error. */
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINES_MAX 8
#define COLUMNS_DEFAULT 80
#define TERMINAL_INTERVAL_US 500000
#define FILE_INTERVAL_US 60000000

void cli_progress_init(struct cli_progress *progress, bool quiet)
{
    *progress = (struct cli_progress){.quiet = quiet, .terminal = isatty(STDERR_FILENO) != 0};
    progress->started_us = g_get_monotonic_time();
    progress->shown_us = progress->started_us;
}

char *cli_progress_span(int64_t ns)
{
    int64_t s = ns / RELO_S;

    if (s < 60)
        return g_strdup_printf("%d.%ds", (int)s, (int)(ns % RELO_S / (100 * RELO_MS)));
    if (s < 3600)
        return g_strdup_printf("%dm%02ds", (int)(s / 60), (int)(s % 60));
    if (s < 86400)
        return g_strdup_printf("%dh%02dm", (int)(s / 3600), (int)(s / 60 % 60));
    return g_strdup_printf("%dd%02dh", (int)(s / 86400), (int)(s / 3600 % 24));
}

static double share(const struct cli_job *job)
{
    switch (job->state) {
    case CLI_JOB_WAITING:
        return 0;
    case CLI_JOB_RUNNING:
        return MIN((double)job->now / (double)MAX(job->end, 1), 1.0);
    case CLI_JOB_DONE:
    case CLI_JOB_FAILED:
        break;
    }
    return 1;
}

void cli_progress_clear(struct cli_progress *progress)
{
    if (progress->lines > 0)
        fprintf(stderr, "\r\033[%dA\033[J", progress->lines);
    progress->lines = 0;
    fflush(stderr);
}

/* Keys without their sections, to fit into a line. */
static void append_short(GString *s, const char *label)
{
    char **words = g_strsplit(label, " ", -1);
    for (char **word = words; *word != NULL; word++) {
        const char *dot = strchr(*word, '.'), *equals = strchr(*word, '=');
        bool section = dot != NULL && equals != NULL && dot < equals;
        g_string_append_printf(s, " %s", section ? dot + 1 : *word);
    }
    g_strfreev(words);
}

/* The label comes last: where the line is too long for the terminal it is what gets lost. */
static void append_job(GString *s, const struct cli_job *job, int64_t now_us)
{
    int64_t wall_us = MAX(now_us - job->started_us, 1);
    char *now = cli_progress_span(job->now), *end = cli_progress_span(job->end);
    double done = share(job);

    g_string_append_printf(s, "  %s of %s", now, end);
    if (job->events > 0)
        g_string_append_printf(s, ", %.0f k events/s", (double)job->events * 1e3 / (double)wall_us);
    if (done > 0.01) {
        char *left = cli_progress_span((int64_t)((double)wall_us * 1e3 * (1 - done) / done));
        g_string_append_printf(s, ", %s left", left);
        g_free(left);
    }
    g_string_append_c(s, ':');
    append_short(s, job->label);
    g_string_append_c(s, '\n');
    g_free(now);
    g_free(end);
}

static void append_summary(GString *s, const struct cli_progress *progress,
                           const struct cli_job *jobs, size_t n_jobs, int64_t now_us)
{
    size_t done = 0, running = 0;
    double weight = 0, reached = 0;

    for (size_t i = 0; i < n_jobs; i++) {
        done += jobs[i].state == CLI_JOB_DONE;
        running += jobs[i].state == CLI_JOB_RUNNING;
        weight += jobs[i].weight;
        reached += jobs[i].weight * share(&jobs[i]);
    }
    double elapsed_ns = (double)(now_us - progress->started_us) * 1e3;
    char *elapsed = cli_progress_span((int64_t)elapsed_ns);
    g_string_append_printf(s, "%zu of %zu runs done, %zu running, %s", done, n_jobs, running,
                           elapsed);
    if (reached > 0.01 * weight) {
        char *left = cli_progress_span((int64_t)(elapsed_ns * (weight - reached) / reached));
        g_string_append_printf(s, ", about %s left", left);
        g_free(left);
    }
    g_string_append_c(s, '\n');
    g_free(elapsed);
}

static size_t columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return COLUMNS_DEFAULT;
    return size.ws_col;
}

/* Lines that the terminal would break could not be cleared: they are cut at its width. */
static void print_cut(const char *text)
{
    size_t width = columns() - 1;
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        fprintf(stderr, "%.*s\n", (int)MIN(n, width), text);
        text += n + (text[n] == '\n');
    }
}

void cli_progress_update(struct cli_progress *progress, const struct cli_job *jobs, size_t n_jobs)
{
    int64_t now_us = g_get_monotonic_time();
    int64_t interval_us = progress->terminal ? TERMINAL_INTERVAL_US : FILE_INTERVAL_US;
    GString *s;

    if (progress->quiet || now_us - progress->shown_us < interval_us)
        return;
    progress->shown_us = now_us;
    s = g_string_new(NULL);
    append_summary(s, progress, jobs, n_jobs, now_us);
    int lines = 1;
    for (size_t i = 0; i < n_jobs && progress->terminal; i++) {
        if (jobs[i].state == CLI_JOB_RUNNING && lines <= LINES_MAX) {
            append_job(s, &jobs[i], now_us);
            lines++;
        }
    }
    cli_progress_clear(progress);
    if (progress->terminal)
        print_cut(s->str);
    else
        fputs(s->str, stderr);
    fflush(stderr);
    progress->lines = progress->terminal ? lines : 0;
    g_string_free(s, TRUE);
}
