/* SPDX-License-Identifier: BSD-2-Clause */
/* A histogram of integer samples (ns, bytes, counts): log-linear buckets, exact sums.

   Use: init, then add and merge in any order and any number of times, then ask; fini at the end.
   Two histograms that saw the same multiset of samples are in the same state, whatever the order
   and however the samples were split before merging; so shards and workers cannot change a result.
   A value is known to 1/1024 (below 1024: exactly); n, min, max, sum and sum of squares are exact.
   Floating point appears only in the last division of mean and sd. */
#ifndef MX_HISTOGRAM_H
#define MX_HISTOGRAM_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

__extension__ typedef __int128 mx_int128;

/* One bucket that is not empty. */
struct mx_bucket {
    int32_t index; /* monotonic in the value, see mx_hist_bucket_low() */
    uint64_t n;
};

/* An all-zero struct is an empty histogram. 80 bytes while empty; 16 bytes per bucket in use. */
struct mx_hist {
    uint64_t n;
    int64_t min, max;      /* meaningless while n == 0 */
    mx_int128 sum;         /* exact: 2^64 samples of any value fit */
    mx_int128 sum_squares; /* exact while n * max^2 < 2^127 (10^18 latencies of a quarter hour) */
    struct mx_bucket *buckets; /* owned; ascending by index; no empty ones */
    uint32_t used, capacity;
};

void mx_hist_init(struct mx_hist *h);
/* Frees the buckets and leaves an empty histogram. */
void mx_hist_fini(struct mx_hist *h);

void mx_hist_add(struct mx_hist *h, int64_t value);
/* The same as n calls of mx_hist_add(). n may be 0. */
void mx_hist_add_n(struct mx_hist *h, int64_t value, uint64_t n);
/* Adds every sample of `other` (borrowed, unchanged). */
void mx_hist_merge(struct mx_hist *h, const struct mx_hist *other);
bool mx_hist_equal(const struct mx_hist *a, const struct mx_hist *b);

/* The nearest-rank quantile: the smallest sample with at least permille/1000 of all samples at or
   below it, to within 1/1024; 0 gives the minimum and 1000 the maximum, both exact. 0 while empty.
 */
int64_t mx_hist_quantile(const struct mx_hist *h, uint32_t permille);
/* 0 while empty. */
double mx_hist_mean(const struct mx_hist *h);
/* The sample standard deviation (n - 1); 0 for fewer than two samples. */
double mx_hist_sd(const struct mx_hist *h);

/* The smallest and the largest value that fall into a bucket. */
int64_t mx_hist_bucket_low(int32_t index);
int64_t mx_hist_bucket_high(int32_t index);
int32_t mx_hist_bucket_index(int64_t value);

/* Appends a portable image; reads one back at *at and advances it. Reading returns false, and
   leaves `h` empty, where the bytes are not the image of a histogram. */
void mx_hist_serialise(const struct mx_hist *h, GByteArray *out);
bool mx_hist_deserialise(struct mx_hist *h, const uint8_t *bytes, size_t n, size_t *at);

#endif
