/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything one run reports: facts, metrics, time series, counters by name.

   Use: init; feed during the measurement phase; merge the shards' into one; set the facts;
   serialise (a worker) or mx_database_store() (the writer, metrics/database.h); fini.
   All state is integer and merging is commutative and associative, so the result does not depend
   on how a run was split. A metric that was never fed has no row in the database. */
#ifndef MX_RUN_H
#define MX_RUN_H

#include "metrics/histogram.h"
#include "metrics/metric.h"

/* What a run says about itself. Merging: fingerprints, peers, host and start are taken from the
   other side where still zero or empty here; sim_ns, wall_ns and peak_rss_kib take the larger; the
   rest add. */
struct mx_facts {
    uint64_t fingerprint;      /* RELOAD frames in the clear and RESULTs */
    uint64_t wire_fingerprint; /* also handshakes, STUN, keepalives */
    int64_t peers;             /* as configured */
    int64_t sim_ns;            /* simulated, all phases */
    int64_t wall_ns;
    int64_t cpu_ns;
    int64_t peak_rss_kib;
    int64_t events;      /* worked on by the engine */
    int64_t datagrams;   /* delivered */
    int64_t frames_data; /* DATA frames delivered (6.6.1) */
    int64_t frames_ack;
    int64_t start_unix_ns; /* wall clock at the start */
    char host[64];
};

/* One value of a time series: numerator / denominator * scale of the metric; denominator 0 says
   that the numerator alone is the value (a count, which adds over shards). */
struct mx_sample {
    int64_t t_ns;
    int64_t numerator, denominator;
};

struct mx_value {
    bool fed;                         /* even with zeros */
    mx_int128 numerator, denominator; /* MX_RATIO; MX_COUNT uses the numerator */
    struct mx_hist hist;              /* MX_DISTRIBUTION */
    GArray *series;                   /* of struct mx_sample, ascending t_ns; NULL while empty */
};

struct mx_counter {
    char *name; /* owned */
    int64_t n;
};

struct mx_run {
    struct mx_facts facts;
    struct mx_value values[MX_METRIC_COUNT];
    GArray *counters; /* of struct mx_counter, ascending by name */
};

void mx_run_init(struct mx_run *run);
void mx_run_fini(struct mx_run *run);
/* Forgets every value, series and counter, keeps the facts: the measurement phase begins. */
void mx_run_reset(struct mx_run *run);

/* One sample of an MX_DISTRIBUTION. */
void mx_run_add(struct mx_run *run, enum mx_metric metric, int64_t sample);
/* Adds to both sums of an MX_RATIO, e.g. (success, 1) per lookup, or the totals once. */
void mx_run_ratio(struct mx_run *run, enum mx_metric metric, int64_t numerator,
                  int64_t denominator);
/* Adds to an MX_COUNT; n = 0 makes the row exist. */
void mx_run_count(struct mx_run *run, enum mx_metric metric, int64_t n);
/* One value of the time series of any metric; values of the same t_ns add (numerators and
   denominators), so lookups can be counted into bins: series_add(run, m, bin_start_ns, ok, 1).
   t_ns counts from the start of the measurement phase. Best called in ascending order of time. */
void mx_run_series_add(struct mx_run *run, enum mx_metric metric, int64_t t_ns, int64_t numerator,
                       int64_t denominator);
/* Adds to a counter that is in no table, e.g. "core.dropped.bad_mac"; its unit is 1. The name is
   borrowed. */
void mx_run_counter(struct mx_run *run, const char *name, int64_t n);

/* Adds `other` (borrowed, unchanged) to `run`. */
void mx_run_merge(struct mx_run *run, const struct mx_run *other);

/* The value a table shows: mean of a distribution, the ratio, the count; in the metric's unit.
   False (and *value 0) where there is none: never fed, no samples, denominator 0. */
bool mx_run_value(const struct mx_run *run, enum mx_metric metric, double *value);

/* Appends a portable image of the whole run; reads one back into an initialised, empty run.
   Reading returns false where the bytes are not exactly one image; `run` is then empty. */
void mx_run_serialise(const struct mx_run *run, GByteArray *out);
bool mx_run_deserialise(struct mx_run *run, const uint8_t *bytes, size_t n);

#endif
