/* SPDX-License-Identifier: BSD-2-Clause */
/* The results of one run: feeding, merging, and the image that a worker sends to the writer. */
#include "metrics/run.h"

#include "core/base/check.h"
#include "metrics/image.h"

#include <string.h>

#define IMAGE_MAGIC UINT64_C(0x316e75722d78726d) /* "mrx-run1" */

__extension__ typedef unsigned __int128 wide;

static void counter_clear(gpointer item)
{
    g_free(((struct mx_counter *)item)->name);
}

static void values_fini(struct mx_run *run)
{
    for (int i = 0; i < MX_METRIC_COUNT; i++) {
        mx_hist_fini(&run->values[i].hist);
        if (run->values[i].series)
            g_array_unref(run->values[i].series);
        run->values[i] = (struct mx_value){0};
    }
}

void mx_run_init(struct mx_run *run)
{
    *run = (struct mx_run){0};
    run->counters = g_array_new(FALSE, FALSE, sizeof(struct mx_counter));
    g_array_set_clear_func(run->counters, counter_clear);
}

void mx_run_fini(struct mx_run *run)
{
    values_fini(run);
    if (run->counters)
        g_array_unref(run->counters);
    *run = (struct mx_run){0};
}

void mx_run_reset(struct mx_run *run)
{
    values_fini(run);
    g_array_set_size(run->counters, 0);
}

static struct mx_value *feed(struct mx_run *run, enum mx_metric metric, enum mx_kind kind)
{
    RELO_CHECK(metric >= 0 && metric < MX_METRIC_COUNT && mx_metrics[metric].kind == kind);
    run->values[metric].fed = true;
    return &run->values[metric];
}

void mx_run_add(struct mx_run *run, enum mx_metric metric, int64_t sample)
{
    mx_hist_add(&feed(run, metric, MX_DISTRIBUTION)->hist, sample);
}

void mx_run_ratio(struct mx_run *run, enum mx_metric metric, int64_t numerator, int64_t denominator)
{
    struct mx_value *v = feed(run, metric, MX_RATIO);
    v->numerator += numerator;
    v->denominator += denominator;
}

void mx_run_count(struct mx_run *run, enum mx_metric metric, int64_t n)
{
    feed(run, metric, MX_COUNT)->numerator += n;
}

void mx_run_series_add(struct mx_run *run, enum mx_metric metric, int64_t t_ns, int64_t numerator,
                       int64_t denominator)
{
    struct mx_value *v = &run->values[metric];
    if (!v->series)
        v->series = g_array_new(FALSE, FALSE, sizeof(struct mx_sample));
    guint at = v->series->len;
    while (at > 0 && g_array_index(v->series, struct mx_sample, at - 1).t_ns > t_ns)
        at--;
    if (at > 0) {
        struct mx_sample *before = &g_array_index(v->series, struct mx_sample, at - 1);
        if (before->t_ns == t_ns) {
            before->numerator += numerator;
            before->denominator += denominator;
            return;
        }
    }
    struct mx_sample sample = {t_ns, numerator, denominator};
    g_array_insert_val(v->series, at, sample);
}

void mx_run_counter(struct mx_run *run, const char *name, int64_t n)
{
    guint low = 0, high = run->counters->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (strcmp(g_array_index(run->counters, struct mx_counter, middle).name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < run->counters->len) {
        struct mx_counter *found = &g_array_index(run->counters, struct mx_counter, low);
        if (strcmp(found->name, name) == 0) {
            found->n += n;
            return;
        }
    }
    struct mx_counter counter = {g_strdup(name), n};
    g_array_insert_val(run->counters, low, counter);
}

static void facts_merge(struct mx_facts *to, const struct mx_facts *from)
{
    if (!to->fingerprint)
        to->fingerprint = from->fingerprint;
    if (!to->wire_fingerprint)
        to->wire_fingerprint = from->wire_fingerprint;
    if (!to->peers)
        to->peers = from->peers;
    if (!to->start_unix_ns)
        to->start_unix_ns = from->start_unix_ns;
    if (!to->host[0])
        memcpy(to->host, from->host, sizeof to->host);
    to->sim_ns = MAX(to->sim_ns, from->sim_ns);
    to->wall_ns = MAX(to->wall_ns, from->wall_ns);
    to->peak_rss_kib = MAX(to->peak_rss_kib, from->peak_rss_kib);
    to->cpu_ns += from->cpu_ns;
    to->events += from->events;
    to->datagrams += from->datagrams;
    to->frames_data += from->frames_data;
    to->frames_ack += from->frames_ack;
}

void mx_run_merge(struct mx_run *run, const struct mx_run *other)
{
    facts_merge(&run->facts, &other->facts);
    for (int i = 0; i < MX_METRIC_COUNT; i++) {
        struct mx_value *to = &run->values[i];
        const struct mx_value *from = &other->values[i];
        to->fed |= from->fed;
        to->numerator += from->numerator;
        to->denominator += from->denominator;
        mx_hist_merge(&to->hist, &from->hist);
        for (guint s = 0; from->series && s < from->series->len; s++) {
            const struct mx_sample *p = &g_array_index(from->series, struct mx_sample, s);
            mx_run_series_add(run, (enum mx_metric)i, p->t_ns, p->numerator, p->denominator);
        }
    }
    for (guint i = 0; i < other->counters->len; i++) {
        const struct mx_counter *c = &g_array_index(other->counters, struct mx_counter, i);
        mx_run_counter(run, c->name, c->n);
    }
}

bool mx_run_value(const struct mx_run *run, enum mx_metric metric, double *value)
{
    const struct mx_value *v = &run->values[metric];
    *value = 0;
    if (!v->fed)
        return false;
    switch (mx_metrics[metric].kind) {
    case MX_DISTRIBUTION:
        *value = mx_metric_si(metric, mx_hist_mean(&v->hist));
        return v->hist.n > 0;
    case MX_RATIO:
        if (v->denominator == 0)
            return false;
        *value = mx_metric_si(metric, (double)v->numerator / (double)v->denominator);
        return true;
    case MX_COUNT:
        *value = mx_metric_si(metric, (double)v->numerator);
        return true;
    }
    return false;
}

/* The integers of the facts, in the order of the image. */
static void facts_serialise(const struct mx_facts *f, GByteArray *out)
{
    const int64_t numbers[] = {
        (int64_t)f->fingerprint,
        (int64_t)f->wire_fingerprint,
        f->peers,
        f->sim_ns,
        f->wall_ns,
        f->cpu_ns,
        f->peak_rss_kib,
        f->events,
        f->datagrams,
        f->frames_data,
        f->frames_ack,
        f->start_unix_ns,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        mx_image_put(out, (uint64_t)numbers[i]);
    g_byte_array_append(out, (const uint8_t *)f->host, sizeof f->host);
}

static void facts_deserialise(struct mx_facts *f, struct mx_image *in)
{
    f->fingerprint = mx_image_get(in);
    f->wire_fingerprint = mx_image_get(in);
    int64_t *const numbers[] = {&f->peers,        &f->sim_ns,       &f->wall_ns,   &f->cpu_ns,
                                &f->peak_rss_kib, &f->events,       &f->datagrams, &f->frames_data,
                                &f->frames_ack,   &f->start_unix_ns};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        *numbers[i] = (int64_t)mx_image_get(in);
    if (in->failed || in->n - in->at < sizeof f->host) {
        in->failed = true;
        return;
    }
    memcpy(f->host, in->bytes + in->at, sizeof f->host);
    f->host[sizeof f->host - 1] = '\0';
    in->at += sizeof f->host;
}

static void value_serialise(const struct mx_value *v, GByteArray *out)
{
    mx_image_put(out, v->fed);
    mx_image_put(out, (uint64_t)v->numerator);
    mx_image_put(out, (uint64_t)((wide)v->numerator >> 64));
    mx_image_put(out, (uint64_t)v->denominator);
    mx_image_put(out, (uint64_t)((wide)v->denominator >> 64));
    mx_hist_serialise(&v->hist, out);
    guint n = v->series ? v->series->len : 0;
    mx_image_put(out, n);
    for (guint i = 0; i < n; i++) {
        const struct mx_sample *s = &g_array_index(v->series, struct mx_sample, i);
        mx_image_put(out, (uint64_t)s->t_ns);
        mx_image_put(out, (uint64_t)s->numerator);
        mx_image_put(out, (uint64_t)s->denominator);
    }
}

static mx_int128 get_wide(struct mx_image *in)
{
    wide low = mx_image_get(in);
    return (mx_int128)((wide)mx_image_get(in) << 64 | low);
}

static void value_deserialise(struct mx_run *run, enum mx_metric metric, struct mx_image *in)
{
    struct mx_value *v = &run->values[metric];
    v->fed = mx_image_get(in) != 0;
    v->numerator = get_wide(in);
    v->denominator = get_wide(in);
    if (in->failed || !mx_hist_deserialise(&v->hist, in->bytes, in->n, &in->at)) {
        in->failed = true;
        return;
    }
    uint64_t n = mx_image_count(in, 24);
    for (uint64_t i = 0; i < n; i++) {
        int64_t t_ns = (int64_t)mx_image_get(in);
        int64_t numerator = (int64_t)mx_image_get(in);
        mx_run_series_add(run, metric, t_ns, numerator, (int64_t)mx_image_get(in));
    }
}

static void counters_deserialise(struct mx_run *run, struct mx_image *in)
{
    uint64_t n = mx_image_count(in, 16);
    for (uint64_t i = 0; i < n && !in->failed; i++) {
        int64_t count = (int64_t)mx_image_get(in);
        uint64_t length = mx_image_count(in, 1);
        if (in->failed)
            return;
        char *name = g_strndup((const char *)in->bytes + in->at, length);
        in->at += length;
        mx_run_counter(run, name, count);
        g_free(name);
    }
}

void mx_run_serialise(const struct mx_run *run, GByteArray *out)
{
    mx_image_put(out, IMAGE_MAGIC);
    mx_image_put(out, MX_METRIC_COUNT);
    facts_serialise(&run->facts, out);
    for (int i = 0; i < MX_METRIC_COUNT; i++)
        value_serialise(&run->values[i], out);
    mx_image_put(out, run->counters->len);
    for (guint i = 0; i < run->counters->len; i++) {
        const struct mx_counter *c = &g_array_index(run->counters, struct mx_counter, i);
        mx_image_put(out, (uint64_t)c->n);
        mx_image_put(out, strlen(c->name));
        g_byte_array_append(out, (const uint8_t *)c->name, (guint)strlen(c->name));
    }
}

bool mx_run_deserialise(struct mx_run *run, const uint8_t *bytes, size_t n)
{
    struct mx_image in = {.bytes = bytes, .n = n};
    in.failed = mx_image_get(&in) != IMAGE_MAGIC || mx_image_get(&in) != MX_METRIC_COUNT;
    facts_deserialise(&run->facts, &in);
    for (int i = 0; i < MX_METRIC_COUNT && !in.failed; i++)
        value_deserialise(run, (enum mx_metric)i, &in);
    counters_deserialise(run, &in);
    if (!in.failed && in.at == n)
        return true;
    mx_run_reset(run);
    run->facts = (struct mx_facts){0};
    return false;
}
