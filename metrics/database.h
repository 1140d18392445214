/* SPDX-License-Identifier: BSD-2-Clause */
/* The results database of a campaign: SQLite, WAL, one transaction per run (docs/SCHEMA.md).

   Use: open, store one run after another, close. There is one writer (the parent of the workers);
   readers may look on. A forked child must not touch it. A run is whole or absent: killing the
   program at any moment loses the run in flight and nothing else. Every function that can fail
   returns false or NULL and sets *error to a sentence for people, to be freed with g_free(); on
   success *error is NULL. */
#ifndef MX_DATABASE_H
#define MX_DATABASE_H

#include "metrics/run.h"

#include <sqlite3.h>

#define MX_DATABASE_VERSION 2 /* PRAGMA user_version */

struct mx_database;

enum mx_database_mode {
    MX_DATABASE_READ,  /* must exist */
    MX_DATABASE_WRITE, /* is created if it does not exist */
};

/* One parameter of a run; all of them are stored, also those left at their default. */
struct mx_param {
    const char *key;   /* "churn.mean-session" */
    const char *value; /* canonical text with unit: "600s" */
    bool numeric;      /* is there a number to draw? */
    double number;     /* in SI units (s, bit/s, bytes, ratio 0..1); meaningless unless numeric */
    bool swept;        /* has several values in this campaign: it tells the points apart */
};

/* Which run of which campaign. A campaign is (scenario text, overrides, revision): the same text
   under another revision is another campaign, shown in v_run as "name#2", so that runs of different
   revisions are never averaged. A run is (campaign, point, repetition). All strings borrowed. */
struct mx_run_info {
    const char *scenario;  /* short name: file name without .ini */
    const char *title;     /* scenario.title, or "" */
    const char *text;      /* the scenario file, whole */
    const char *overrides; /* the --set and --seed arguments that change it, or "" */
    const char *command;   /* what to type to repeat the campaign */
    const char *version;   /* of relo: "0.1.0" */
    const char *revision;  /* git revision, "unknown" if not known */
    int64_t point;         /* from 0, in the order of the sweep */
    int64_t repetition;    /* from 0 */
    uint64_t seed;         /* of this run */
    int64_t points;        /* of the whole campaign; 0: those seen so far */
    int64_t repetitions;   /* of every point, likewise */
    bool disturbed;        /* something is planned to happen in the measurement: no warm-up check */
};

/* Refuses, with a sentence, what is not a relo results database or comes from a newer relo, a
   directory that cannot be written, a file that cannot be read. */
struct mx_database *mx_database_open(const char *path, enum mx_database_mode mode, char **error);
void mx_database_close(struct mx_database *db); /* NULL is legal */

/* Stores a whole run, replacing an earlier one of the same campaign, point and repetition. On
   failure (full disk, ...) nothing of this run is in the database and everything before it still
   is. A warm-up that looks too short (metrics/warmup.h) is stored as a warning. */
bool mx_database_store(struct mx_database *db, const struct mx_run_info *info,
                       const struct mx_param *params, size_t n_params, const struct mx_run *run,
                       char **error);

/* Is this run stored already, with the same seed? (--resume) */
bool mx_database_has_run(struct mx_database *db, const struct mx_run_info *info);

/* For queries over the public views (v_run, v_param, v_metric, v_series, v_point). Borrowed. */
sqlite3 *mx_database_handle(struct mx_database *db);
const char *mx_database_path(const struct mx_database *db);

/* The lowercase hex SHA-256 over text and overrides that names a scenario. Owned by the caller. */
char *mx_database_scenario_hash(const char *text, const char *overrides);

#endif
