/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the results database: ours or refused, created whole or not at all. */
#include "metrics/database_private.h"

#include "generated/schema_sql.h"

#include <glib/gstdio.h>
#include <unistd.h>

#define APPLICATION_ID 0x52454c4f /* "RELO" */
#define STRINGIFY_(x) #x
#define STRINGIFY(x) STRINGIFY_(x)

bool mx_database_exec(struct mx_database *db, const char *sql)
{
    return sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK;
}

int64_t mx_database_integer(struct mx_database *db, const char *sql, int64_t otherwise)
{
    sqlite3_stmt *statement = NULL;
    int64_t value = otherwise;
    if (sqlite3_prepare_v2(db->sqlite, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

void mx_database_close(struct mx_database *db)
{
    if (!db)
        return;
    sqlite3_close(db->sqlite);
    g_free(db->path);
    g_free(db);
}

sqlite3 *mx_database_handle(struct mx_database *db)
{
    return db->sqlite;
}

const char *mx_database_path(const struct mx_database *db)
{
    return db->path;
}

/* What the file system can tell before SQLite says no more than "unable to open". */
static char *path_problem(const char *path, enum mx_database_mode mode)
{
    char *directory = g_path_get_dirname(path);
    char *problem = NULL;
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        problem = g_strdup_printf("%s is a directory, not a results database", path);
    else if (g_file_test(path, G_FILE_TEST_EXISTS)) {
        if (g_access(path, mode == MX_DATABASE_READ ? R_OK : R_OK | W_OK) != 0)
            problem = g_strdup_printf("%s cannot be %s: permission denied", path,
                                      mode == MX_DATABASE_READ ? "read" : "written");
    } else if (mode == MX_DATABASE_READ)
        problem =
            g_strdup_printf("%s does not exist (relo run SCENARIO -o %s makes it)", path, path);
    else if (!g_file_test(directory, G_FILE_TEST_IS_DIR))
        problem = g_strdup_printf("cannot create %s: there is no directory %s", path, directory);
    else if (g_access(directory, W_OK | X_OK) != 0)
        problem =
            g_strdup_printf("cannot create %s: directory %s cannot be written", path, directory);
    g_free(directory);
    return problem;
}

/* Is this file ours, or empty and to be made ours? NULL, or the sentence that refuses it. */
static char *identity_problem(struct mx_database *db)
{
    int64_t objects = mx_database_integer(db, "SELECT count(*) FROM sqlite_schema", -1);
    if (objects < 0) {
        if (sqlite3_errcode(db->sqlite) == SQLITE_NOTADB)
            return g_strdup_printf("%s is not a results database of relo (nor any SQLite file)",
                                   db->path);
        return g_strdup_printf("cannot read %s: %s", db->path, sqlite3_errmsg(db->sqlite));
    }
    int64_t application = mx_database_integer(db, "PRAGMA application_id", 0);
    int64_t version = mx_database_integer(db, "PRAGMA user_version", 0);
    if (objects == 0 && application == 0 && version == 0) {
        if (db->mode == MX_DATABASE_WRITE)
            return NULL;
        return g_strdup_printf("%s is empty: no run was ever stored in it", db->path);
    }
    if (application != APPLICATION_ID)
        return g_strdup_printf("%s is an SQLite database, but not a results database of relo",
                               db->path);
    if (version > MX_DATABASE_VERSION)
        return g_strdup_printf("%s was written by a newer relo (schema %d; this relo knows %d)",
                               db->path, (int)version, MX_DATABASE_VERSION);
    if (version < MX_DATABASE_VERSION)
        return g_strdup_printf("%s was written by an older relo (schema %d; this relo knows %d): "
                               "use another file",
                               db->path, (int)version, MX_DATABASE_VERSION);
    return NULL;
}

/* The tables and the two numbers that make the file ours come in one transaction: a database killed
   half-made is still an empty one. */
static bool create(struct mx_database *db)
{
    if (!mx_database_exec(db, "PRAGMA journal_mode = WAL"))
        return false;
    if (mx_database_integer(db, "PRAGMA user_version", -1) == MX_DATABASE_VERSION)
        return true;
    if (mx_database_exec(db, "BEGIN IMMEDIATE") && mx_database_exec(db, schema_sql) &&
        mx_database_exec(db, "PRAGMA application_id = " STRINGIFY(APPLICATION_ID)) &&
        mx_database_exec(db, "PRAGMA user_version = " STRINGIFY(MX_DATABASE_VERSION)) &&
        mx_database_exec(db, "COMMIT"))
        return true;
    return false;
}

static char *open_problem(struct mx_database *db)
{
    int flags = SQLITE_OPEN_READWRITE | (db->mode == MX_DATABASE_WRITE ? SQLITE_OPEN_CREATE : 0);
    if (sqlite3_open_v2(db->path, &db->sqlite, flags, NULL) != SQLITE_OK)
        return g_strdup_printf("cannot open %s: %s", db->path, sqlite3_errmsg(db->sqlite));
    sqlite3_busy_timeout(db->sqlite, 10000);
    char *problem = identity_problem(db);
    if (problem)
        return problem;
    bool ready = mx_database_exec(db, "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL");
    if (ready && db->mode == MX_DATABASE_WRITE)
        ready = create(db);
    else if (ready)
        ready = mx_database_exec(db, "PRAGMA query_only = ON");
    if (ready)
        return NULL;
    return g_strdup_printf("cannot prepare %s: %s", db->path, sqlite3_errmsg(db->sqlite));
}

struct mx_database *mx_database_open(const char *path, enum mx_database_mode mode, char **error)
{
    *error = path_problem(path, mode);
    if (*error)
        return NULL;
    bool existed = g_file_test(path, G_FILE_TEST_EXISTS);
    struct mx_database *db = g_new0(struct mx_database, 1);
    db->path = g_strdup(path);
    db->mode = mode;
    *error = open_problem(db);
    if (!*error)
        return db;
    mx_database_close(db);
    GStatBuf made;
    if (!existed && g_stat(path, &made) == 0 && made.st_size == 0)
        g_unlink(path); /* nothing half-written stays */
    return NULL;
}
