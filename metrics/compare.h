/* SPDX-License-Identifier: BSD-2-Clause */
/* Paired comparison of runs: the same point and seed, done in two ways (docs/SCHEMA.md).

   Two sides, A and B: two databases; or two values of a swept parameter in one database; or two
   revisions of one scenario in one database. A pair is a run of A and a run of B with the same seed
   (common random numbers) and the same values of all other swept parameters. Differences are taken
   within pairs, and their 95 % interval is Student's t over the repetitions of a point, never over
   points or samples. Whether a difference counts as significant is decided over all rows together
   (Holm's step-down procedure at 5 %), so that many rows do not make one by chance.

   Use: fill a request, mx_compare() gives the result or a sentence, mx_compare_free(). */
#ifndef MX_COMPARE_H
#define MX_COMPARE_H

#include "metrics/database.h"

struct mx_compare_request {
    struct mx_database *a, *b;     /* borrowed; the same one where there is one database */
    const char *key;               /* the swept parameter; NULL: compare databases, or revisions */
    const char *value_a, *value_b; /* of the key */
    const char *const *metrics;    /* names, NULL at the end; NULL: the headline metrics; an empty
                                      list: all that were measured */
    bool mixed;                    /* runs of several revisions may stand on one side */
};

struct mx_compare_row {
    char *group; /* the point: what else was swept; "" without a sweep */
    char *metric, *unit;
    unsigned n; /* pairs in which both runs measured it */
    double mean_a, mean_b;
    double difference; /* mean of B - A over the pairs */
    double ci95;       /* half width; NaN for one pair */
    double p;          /* two-sided; NaN for one pair */
    bool significant;  /* by Holm over all rows */
};

struct mx_compare {
    GPtrArray *rows;       /* of struct mx_compare_row, owned; by point, then metric */
    char *name_a, *name_b; /* what the sides are called */
    char *revision_a, *revision_b;
    unsigned pairs, identical;      /* identical: both fingerprints are equal */
    unsigned single_a, single_b;    /* runs without a partner */
    unsigned significant, untested; /* rows; untested: one pair only, and the values differ */
};

/* NULL and a sentence (g_free) where there is nothing to compare, or a side mixes revisions. */
struct mx_compare *mx_compare(const struct mx_compare_request *request, char **error);
void mx_compare_free(struct mx_compare *compare); /* NULL is legal */

/* The values of a swept parameter, in the order of the sweep; empty if it was not swept. Owned
   strings in an owned array. */
GPtrArray *mx_compare_values(struct mx_database *db, const char *key);
/* All swept parameters of a database, ascending. Owned. */
GPtrArray *mx_compare_keys(struct mx_database *db);

#endif
