/* SPDX-License-Identifier: BSD-2-Clause */
/* Parallel processes, one a job, and the pipes they answer through. */
#include "cli/workers.h"

#include "cli/interrupt.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define REPORT_INTERVAL_US 200000
#define TICK_MS 250
#define FRAME_BYTES_MAX (1u << 30)

/* What travels through a pipe: this header, then `n` bytes. */
enum frame_type { FRAME_PROGRESS = 1, FRAME_RESULT, FRAME_ERROR };
struct frame {
    uint32_t type;
    uint32_t n;
};
struct progress {
    int64_t now;
    uint64_t events;
};

/* --- the child ------------------------------------------------------------------------------ */

static void write_all(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;
    while (n > 0) {
        ssize_t written = write(fd, p, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            _exit(CHAR_MAX); /* the parent is gone */
        p += written;
        n -= (size_t)written;
    }
}

static void write_frame(int fd, enum frame_type type, const void *bytes, size_t n)
{
    struct frame frame = {(uint32_t)type, (uint32_t)n};
    write_all(fd, &frame, sizeof(frame));
    write_all(fd, bytes, n);
}

void cli_workers_report(void *reporter, relo_time now, uint64_t events)
{
    struct cli_reporter *r = reporter;
    int64_t wall_us = g_get_monotonic_time();

    if (wall_us - r->last_us < REPORT_INTERVAL_US)
        return;
    r->last_us = wall_us;
    struct progress progress = {now, events};
    write_frame(r->fd, FRAME_PROGRESS, &progress, sizeof(progress));
}

static _Noreturn void child(const struct cli_workers *workers, const struct cli_job *job, int fd)
{
    struct cli_reporter reporter = {.fd = fd};
    struct mx_run result;
    char *error = NULL;

    mx_run_init(&result);
    if (workers->work(workers->user, job, &reporter, &result, &error)) {
        GByteArray *image = g_byte_array_new();
        mx_run_serialise(&result, image);
        write_frame(fd, FRAME_RESULT, image->data, image->len);
    } else {
        write_frame(fd, FRAME_ERROR, error, strlen(error));
    }
    /* Nothing of the parent's (the database, stdio) may be touched on the way out. */
    _exit(0);
}

/* --- the parent ----------------------------------------------------------------------------- */

static void fail(struct cli_workers *workers, struct cli_job *job, const char *sentence)
{
    job->state = CLI_JOB_FAILED;
    workers->failed(workers->user, job, sentence);
}

static void start(struct cli_workers *workers, struct cli_job *job)
{
    int ends[2];
    pid_t parent = getpid();

    if (pipe(ends) != 0) {
        fail(workers, job, g_strerror(errno));
        return;
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        fail(workers, job, g_strerror(errno));
        close(ends[0]);
        close(ends[1]);
        return;
    }
    if (pid == 0) {
        /* A terminal sends Ctrl-C to all; the parent decides. If it dies, so do we. */
        signal(SIGINT, SIG_IGN);
        signal(SIGTERM, SIG_DFL);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(CHAR_MAX);
        close(ends[0]);
        for (size_t i = 0; i < workers->n_jobs; i++) {
            if (workers->jobs[i].in != NULL)
                close(workers->jobs[i].fd);
        }
        child(workers, job, ends[1]);
    }
    close(ends[1]);
    job->pid = pid;
    job->fd = ends[0];
    job->in = g_byte_array_new();
    job->started_us = g_get_monotonic_time();
    job->state = CLI_JOB_RUNNING;
}

/* Reaps the child; the job is no longer running. Returns wait's status. */
static int reap(struct cli_job *job)
{
    int status = 0;

    close(job->fd);
    g_byte_array_free(job->in, TRUE);
    job->in = NULL;
    while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* One frame of the job's. Returns false if everything shall end. */
static bool handle(struct cli_workers *workers, struct cli_job *job, const struct frame *frame,
                   const uint8_t *bytes)
{
    bool go_on = true;

    if (frame->type == FRAME_PROGRESS && frame->n == sizeof(struct progress)) {
        struct progress progress;
        memcpy(&progress, bytes, sizeof(progress));
        job->now = progress.now;
        job->events = progress.events;
    } else if (frame->type == FRAME_RESULT) {
        struct mx_run run;
        mx_run_init(&run);
        job->answered = true;
        job->state = CLI_JOB_DONE;
        if (mx_run_deserialise(&run, bytes, frame->n))
            go_on = workers->done(workers->user, job, &run);
        else
            fail(workers, job, "its result came garbled");
        mx_run_fini(&run);
    } else if (frame->type == FRAME_ERROR) {
        char *sentence = g_strndup((const char *)bytes, frame->n);
        job->answered = true;
        fail(workers, job, sentence);
        g_free(sentence);
    }
    return go_on;
}

static bool handle_frames(struct cli_workers *workers, struct cli_job *job)
{
    struct frame frame;
    bool go_on = true;

    while (go_on && job->in->len >= sizeof(frame)) {
        memcpy(&frame, job->in->data, sizeof(frame));
        if (frame.n > FRAME_BYTES_MAX || job->in->len - sizeof(frame) < frame.n)
            break;
        go_on = handle(workers, job, &frame, job->in->data + sizeof(frame));
        g_byte_array_remove_range(job->in, 0, (guint)(sizeof(frame) + frame.n));
    }
    return go_on;
}

static void finish(struct cli_workers *workers, struct cli_job *job)
{
    int status = reap(job);

    if (job->answered)
        return;
    char *sentence = WIFSIGNALED(status)
                         ? g_strdup_printf("its process was ended by signal %d (%s)",
                                           WTERMSIG(status), g_strsignal(WTERMSIG(status)))
                         : g_strdup_printf("its process ended with status %d and no result",
                                           WEXITSTATUS(status));
    fail(workers, job, sentence);
    g_free(sentence);
}

/* Reads what is there. Returns false if everything shall end. */
static bool receive(struct cli_workers *workers, struct cli_job *job)
{
    uint8_t buffer[65536];
    ssize_t n = read(job->fd, buffer, sizeof(buffer));

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (n <= 0) {
        finish(workers, job);
        return true;
    }
    g_byte_array_append(job->in, buffer, (guint)n);
    return handle_frames(workers, job);
}

/* Starts what there is room for; returns how many run. A job is running until its pipe ended, also
   if its result has come. */
static unsigned start_waiting(struct cli_workers *workers, unsigned running)
{
    for (size_t i = 0; i < workers->n_jobs && running < workers->parallel; i++) {
        if (workers->jobs[i].state != CLI_JOB_WAITING)
            continue;
        start(workers, &workers->jobs[i]);
        if (workers->jobs[i].in != NULL)
            running++;
    }
    return running;
}

static void stop_all(struct cli_workers *workers)
{
    for (size_t i = 0; i < workers->n_jobs; i++) {
        if (workers->jobs[i].in != NULL)
            kill(workers->jobs[i].pid, SIGTERM);
    }
    for (size_t i = 0; i < workers->n_jobs; i++) {
        if (workers->jobs[i].in != NULL)
            (void)reap(&workers->jobs[i]);
    }
}

/* One round of waiting and reading. Returns false if everything shall end. */
static bool turn(struct cli_workers *workers, struct pollfd *polled, size_t *indices)
{
    nfds_t n = 0;
    bool go_on = true;

    for (size_t i = 0; i < workers->n_jobs; i++) {
        if (workers->jobs[i].in == NULL)
            continue;
        polled[n] = (struct pollfd){.fd = workers->jobs[i].fd, .events = POLLIN};
        indices[n++] = i;
    }
    if (poll(polled, n, TICK_MS) > 0) {
        for (nfds_t i = 0; i < n && go_on; i++) {
            if (polled[i].revents != 0)
                go_on = receive(workers, &workers->jobs[indices[i]]);
        }
    }
    workers->tick(workers->user);
    return go_on;
}

enum cli_workers_outcome cli_workers_run(struct cli_workers *workers)
{
    struct cli_interrupt before;
    struct pollfd *polled = g_new0(struct pollfd, workers->parallel);
    size_t *indices = g_new0(size_t, workers->parallel);
    bool go_on = true;

    cli_interrupt_begin(&before, false);
    while (go_on && !cli_interrupted()) {
        unsigned running = 0;
        for (size_t i = 0; i < workers->n_jobs; i++)
            running += workers->jobs[i].in != NULL;
        if (start_waiting(workers, running) == 0)
            break;
        go_on = turn(workers, polled, indices);
    }
    stop_all(workers);
    cli_interrupt_end(&before);
    g_free(polled);
    g_free(indices);
    if (cli_interrupted())
        return CLI_WORKERS_INTERRUPTED;
    return go_on ? CLI_WORKERS_ALL : CLI_WORKERS_STOPPED;
}
