/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder with a small scenario, and relo started in it as a user starts it. */
#ifndef TESTS_SUPPORT_RELO_H
#define TESTS_SUPPORT_RELO_H

#include <glib.h>

struct outcome {
    int status;
    char *out, *err;
};

struct fixture {
    char *folder, *scenario, *database; /* tiny.ini, tiny.db */
};

/* For g_test_add. */
void set_up(struct fixture *f, gconstpointer data);
void tear_down(struct fixture *f, gconstpointer data);

/* The program under test: $RELO. */
const char *program(void);
/* Runs relo with the words, the last of which is NULL, in the fixture's folder. */
struct outcome relo(const struct fixture *f, ...) G_GNUC_NULL_TERMINATED;
/* Checks status and that both texts hold what is expected; frees the outcome. */
void assert_outcome(struct outcome outcome, int status, const char *out, const char *err);
void assert_said(const char *text, const char *expected);

/* One value of a query over a database, as text. Owned. */
char *query(const char *path, const char *sql);
void assert_query(const char *path, const char *sql, const char *expected);
/* All fingerprints of the fixture's database, by point and repetition. Owned. */
char *fingerprints(const struct fixture *f);

#endif
