/* SPDX-License-Identifier: BSD-2-Clause */
/* Log-linear histogram: 512 linear buckets in every power of two, kept in a sorted sparse array. */
#include "metrics/histogram.h"

#include "metrics/image.h"

#include <math.h>
#include <string.h>

/* 2^9 buckets in an octave: the middle of one is within 1/1024 of all its values. Values below 1024
   have a bucket each. */
enum {
    LINEAR_BITS = 9,
    BUCKET_LAST = ((63 - LINEAR_BITS) << LINEAR_BITS) + (2 << LINEAR_BITS) - 1
};

__extension__ typedef unsigned __int128 wide;

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

int32_t mx_hist_bucket_index(int64_t value)
{
    uint64_t v = magnitude(value);
    int32_t index = (int32_t)(v & ((2 << LINEAR_BITS) - 1));
    if (v >> (LINEAR_BITS + 1) != 0) {
        int shift = 63 - __builtin_clzll(v) - LINEAR_BITS;
        index = (int32_t)((shift << LINEAR_BITS) + (int64_t)(v >> shift));
    }
    return value < 0 ? -index : index;
}

/* The edge of a bucket that is nearest to zero. */
static uint64_t edge(int32_t index, uint64_t *width)
{
    int shift = (index >> LINEAR_BITS) - 1;
    if (shift <= 0) {
        *width = 1;
        return (uint64_t)index;
    }
    *width = UINT64_C(1) << shift;
    return (uint64_t)(index - (shift << LINEAR_BITS)) << shift;
}

/* Both edges are magnitudes up to 2^63; only -2^63 uses the last. */
static int64_t signed_value(bool negative, uint64_t v)
{
    if (!negative)
        return v > INT64_MAX ? INT64_MAX : (int64_t)v;
    return v > INT64_MAX ? INT64_MIN : -(int64_t)v;
}

int64_t mx_hist_bucket_low(int32_t index)
{
    uint64_t width, near = edge(index < 0 ? -index : index, &width);
    return signed_value(index < 0, index < 0 ? near + (width - 1) : near);
}

int64_t mx_hist_bucket_high(int32_t index)
{
    uint64_t width, near = edge(index < 0 ? -index : index, &width);
    return signed_value(index < 0, index < 0 ? near : near + (width - 1));
}

void mx_hist_init(struct mx_hist *h)
{
    *h = (struct mx_hist){0};
}

void mx_hist_fini(struct mx_hist *h)
{
    g_free(h->buckets);
    *h = (struct mx_hist){0};
}

/* The first bucket whose index is not below `index`; h->used if there is none. */
static uint32_t find(const struct mx_hist *h, int32_t index)
{
    uint32_t low = 0, high = h->used;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (h->buckets[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_to_bucket(struct mx_hist *h, int32_t index, uint64_t n)
{
    uint32_t at = find(h, index);
    if (at < h->used && h->buckets[at].index == index) {
        h->buckets[at].n += n;
        return;
    }
    if (h->used == h->capacity) {
        h->capacity = h->capacity ? h->capacity * 2 : 4;
        h->buckets = g_renew(struct mx_bucket, h->buckets, h->capacity);
    }
    memmove(h->buckets + at + 1, h->buckets + at, (h->used - at) * sizeof *h->buckets);
    h->buckets[at] = (struct mx_bucket){.index = index, .n = n};
    h->used++;
}

static void widen(struct mx_hist *h, int64_t min, int64_t max)
{
    if (h->n == 0 || min < h->min)
        h->min = min;
    if (h->n == 0 || max > h->max)
        h->max = max;
}

void mx_hist_add_n(struct mx_hist *h, int64_t value, uint64_t n)
{
    if (n == 0)
        return;
    widen(h, value, value);
    h->n += n;
    h->sum += (mx_int128)value * (mx_int128)n;
    h->sum_squares += (mx_int128)value * value * (mx_int128)n;
    add_to_bucket(h, mx_hist_bucket_index(value), n);
}

void mx_hist_add(struct mx_hist *h, int64_t value)
{
    mx_hist_add_n(h, value, 1);
}

void mx_hist_merge(struct mx_hist *h, const struct mx_hist *other)
{
    if (other->n == 0)
        return;
    widen(h, other->min, other->max);
    h->n += other->n;
    h->sum += other->sum;
    h->sum_squares += other->sum_squares;
    struct mx_bucket *merged = g_new(struct mx_bucket, (gsize)h->used + other->used);
    uint32_t used = 0, a = 0, b = 0;
    while (a < h->used || b < other->used) {
        bool from_a =
            b == other->used || (a < h->used && h->buckets[a].index <= other->buckets[b].index);
        struct mx_bucket next = from_a ? h->buckets[a++] : other->buckets[b++];
        if (used > 0 && merged[used - 1].index == next.index)
            merged[used - 1].n += next.n;
        else
            merged[used++] = next;
    }
    h->capacity = h->used + other->used;
    g_free(h->buckets);
    h->buckets = merged;
    h->used = used;
}

bool mx_hist_equal(const struct mx_hist *a, const struct mx_hist *b)
{
    if (a->n != b->n || a->used != b->used)
        return false;
    if (a->n == 0)
        return true;
    bool same = a->min == b->min && a->max == b->max && a->sum == b->sum &&
                a->sum_squares == b->sum_squares;
    for (uint32_t i = 0; same && i < a->used; i++)
        same = a->buckets[i].index == b->buckets[i].index && a->buckets[i].n == b->buckets[i].n;
    return same;
}

int64_t mx_hist_quantile(const struct mx_hist *h, uint32_t permille)
{
    if (h->n == 0)
        return 0;
    if (permille == 0)
        return h->min;
    wide rank = ((wide)h->n * permille + 999) / 1000;
    if (rank >= h->n)
        return h->max;
    uint64_t below = 0;
    uint32_t i = 0;
    while (i + 1 < h->used && below + h->buckets[i].n < rank)
        below += h->buckets[i++].n;
    int64_t low = mx_hist_bucket_low(h->buckets[i].index);
    int64_t high = mx_hist_bucket_high(h->buckets[i].index);
    int64_t value = low + (high - low) / 2;
    return CLAMP(value, h->min, h->max);
}

double mx_hist_mean(const struct mx_hist *h)
{
    return h->n ? (double)h->sum / (double)h->n : 0;
}

double mx_hist_sd(const struct mx_hist *h)
{
    if (h->n < 2)
        return 0;
    /* Around the integer below the mean, so that nothing cancels: exact, modulo 2^128. */
    mx_int128 centre = h->sum / (mx_int128)h->n, rest = h->sum % (mx_int128)h->n;
    wide squares =
        (wide)h->sum_squares - 2 * (wide)centre * (wide)h->sum + (wide)centre * (wide)centre * h->n;
    double variance = (double)squares - (double)rest * (double)rest / (double)h->n;
    return sqrt(MAX(variance, 0) / (double)(h->n - 1));
}

static void put_wide(GByteArray *out, mx_int128 value)
{
    mx_image_put(out, (uint64_t)value);
    mx_image_put(out, (uint64_t)((wide)value >> 64));
}

static mx_int128 get_wide(struct mx_image *in)
{
    wide low = mx_image_get(in);
    return (mx_int128)((wide)mx_image_get(in) << 64 | low);
}

void mx_hist_serialise(const struct mx_hist *h, GByteArray *out)
{
    mx_image_put(out, h->used);
    if (h->n == 0)
        return;
    mx_image_put(out, h->n);
    mx_image_put(out, (uint64_t)h->min);
    mx_image_put(out, (uint64_t)h->max);
    put_wide(out, h->sum);
    put_wide(out, h->sum_squares);
    for (uint32_t i = 0; i < h->used; i++) {
        mx_image_put(out, (uint64_t)h->buckets[i].index);
        mx_image_put(out, h->buckets[i].n);
    }
}

/* Are the buckets ascending, in range, not empty, and n in all? */
static bool plausible(const struct mx_hist *h)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < h->used; i++) {
        const struct mx_bucket *b = &h->buckets[i];
        if (b->n == 0 || b->index < -BUCKET_LAST - 1 || b->index > BUCKET_LAST ||
            (i > 0 && b->index <= b[-1].index))
            return false;
        n += b->n;
    }
    return n == h->n && h->min <= h->max;
}

bool mx_hist_deserialise(struct mx_hist *h, const uint8_t *bytes, size_t n, size_t *at)
{
    struct mx_image in = {.bytes = bytes, .n = n, .at = *at};
    mx_hist_init(h);
    uint64_t used = mx_image_count(&in, 16);
    if (used > 2 * (uint64_t)BUCKET_LAST + 3)
        in.failed = true;
    if (used > 0 && !in.failed) {
        h->n = mx_image_get(&in);
        h->min = (int64_t)mx_image_get(&in);
        h->max = (int64_t)mx_image_get(&in);
        h->sum = get_wide(&in);
        h->sum_squares = get_wide(&in);
        h->used = h->capacity = (uint32_t)used;
        h->buckets = g_new0(struct mx_bucket, used);
        for (uint32_t i = 0; i < h->used; i++) {
            h->buckets[i].index = (int32_t)mx_image_get(&in);
            h->buckets[i].n = mx_image_get(&in);
        }
    }
    *at = in.at;
    if (!in.failed && plausible(h))
        return true;
    mx_hist_fini(h);
    return false;
}
