/* SPDX-License-Identifier: BSD-2-Clause */
/* `relo peer` processes, and what they print.

   peers_start each, then peers_must for the lines that are expected; peers_end each. The program is
   the environment's RELO. */
#ifndef TESTS_LIVE_SUPPORT_PEERS_H
#define TESTS_LIVE_SUPPORT_PEERS_H

#include <glib.h>
#include <stdbool.h>

struct peers_process {
    GPid pid;
    int out;
    GString *text; /* all it has printed */
};

/* A UDP port that was free on 127.0.0.1 (or ::1) a moment ago. */
guint peers_free_port(void);
guint peers_free_port6(void);
/* Whether this machine has ::1; where not, the test is skipped. */
bool peers_have_ipv6(void);

/* `relo peer first ...`. */
struct peers_process peers_start(const char *first, ...) G_GNUC_NULL_TERMINATED;
/* What the first group of the regular expression matches in a line, waiting for it; NULL at the end
   of patience. Owned by the caller. */
char *peers_expect(struct peers_process *p, const char *pattern);
/* The same, and the test fails without. */
char *peers_must(struct peers_process *p, const char *pattern);
/* Sends it that signal, and frees what belongs to it; its wait status. */
int peers_end(struct peers_process *p, int with);

/* `relo ARGUMENTS` ends with this exit status, and a sentence with these words. */
void peers_fail(const char *arguments, int exit_status, const char *words);
/* It is refused: 2. */
void peers_refused(const char *arguments, const char *words);

#endif
