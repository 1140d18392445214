/* SPDX-License-Identifier: BSD-2-Clause */
/* What database.c and store.c share: the handle and how an SQLite error becomes a sentence. */
#ifndef MX_DATABASE_PRIVATE_H
#define MX_DATABASE_PRIVATE_H

#include "metrics/database.h"

struct mx_database {
    sqlite3 *sqlite;
    char *path;
    enum mx_database_mode mode;
};

/* Runs statements without results. */
bool mx_database_exec(struct mx_database *db, const char *sql);
/* The first column of the first row as an integer, or `otherwise`. */
int64_t mx_database_integer(struct mx_database *db, const char *sql, int64_t otherwise);

#endif
