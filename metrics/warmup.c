/* SPDX-License-Identifier: BSD-2-Clause */
/* MSER-5 over batch means, and whether what it would cut matters. */
#include "metrics/warmup.h"

#include <math.h>

#define BATCH 5
#define VALUES_MIN 50 /* ten batches: fewer say nothing that can be relied on */
#define SIGMAS                                                                                     \
    5.0 /* between the cut and the rest: a cut is chosen, so it differs a little anyway */
#define LEAST 0.001 /* of a ratio: a shift below this is nobody's concern */

/* Mean and sum of squared deviations of batches from..n. */
static double spread(const double *batch, size_t from, size_t n, double *mean)
{
    double sum = 0, squares = 0;
    for (size_t i = from; i < n; i++)
        sum += batch[i];
    *mean = sum / (double)(n - from);
    for (size_t i = from; i < n; i++)
        squares += (batch[i] - *mean) * (batch[i] - *mean);
    return squares;
}

/* The means of the batches, `count` of them; what does not fill a batch is left out. Owned. */
static double *batches_of(const double *values, size_t n, size_t *count)
{
    *count = n / BATCH;
    double *batch = g_new0(double, *count);
    for (size_t i = 0; i < *count * BATCH; i++)
        batch[i / BATCH] += values[i] / BATCH;
    return batch;
}

/* By how much neighbouring batches being alike widens the error of a mean: of an autoregressive
   process of order one, with the correlation seen. */
static double inflation(const double *batch, size_t from, size_t n, double mean, double squares)
{
    double products = 0;
    for (size_t i = from; i + 1 < n; i++)
        products += (batch[i] - mean) * (batch[i + 1] - mean);
    double correlation = squares > 0 ? CLAMP(products / squares, 0, 0.9) : 0;
    return sqrt((1 + correlation) / (1 - correlation));
}

size_t mx_warmup_cut(const double *values, size_t n)
{
    if (n < VALUES_MIN)
        return 0;
    size_t count, best = 0;
    double *batch = batches_of(values, n, &count), least = INFINITY, mean;
    /* Beyond the half the estimate rests on too few batches to be trusted. */
    for (size_t cut = 0; cut <= count / 2; cut++) {
        double left = (double)(count - cut);
        double error = spread(batch, cut, count, &mean) / (left * left);
        if (error < least) {
            least = error;
            best = cut;
        }
    }
    g_free(batch);
    return best * BATCH;
}

bool mx_warmup_matters(const double *values, size_t n, size_t cut, double least)
{
    if (cut == 0)
        return false;
    size_t count, first = cut / BATCH;
    double *batch = batches_of(values, n, &count), all, rest, begin;
    (void)spread(batch, 0, count, &all);
    (void)spread(batch, 0, first, &begin);
    double squares = spread(batch, first, count, &rest), left = (double)(count - first);
    double sd = sqrt(squares / (left - 1)) * inflation(batch, first, count, rest, squares);
    bool differs = fabs(begin - rest) > SIGMAS * sd * sqrt(1 / (double)first + 1 / left);
    bool shifts = fabs(all - rest) > fmax(sd / sqrt(left), least);
    g_free(batch);
    return differs && shifts;
}

static char *check(const struct mx_run *run, enum mx_metric metric)
{
    const GArray *series = run->values[metric].series;
    if (!series || series->len < VALUES_MIN)
        return NULL;
    double *values = g_new0(double, series->len);
    char *sentence = NULL;
    for (guint i = 0; i < series->len; i++) {
        const struct mx_sample *s = &g_array_index(series, struct mx_sample, i);
        values[i] = (double)s->numerator / (s->denominator != 0 ? (double)s->denominator : 1.0);
    }
    size_t cut = mx_warmup_cut(values, series->len);
    if (mx_warmup_matters(values, series->len, cut, LEAST)) {
        const struct mx_sample *s = &g_array_index(series, struct mx_sample, cut);
        /* MSER wanted to cut as much as it may. */
        bool unsettled = cut + BATCH >= series->len / 2;
        sentence = g_strdup_printf("the first %.0f s of the measurement are not like the rest%s "
                                   "(MSER-5 on %s): make the transition longer",
                                   (double)s->t_ns / 1e9,
                                   unsettled ? ", and no end of it is in sight" : "",
                                   mx_metrics[metric].name);
    }
    g_free(values);
    return sentence;
}

char *mx_warmup_check(const struct mx_run *run)
{
    char *sentence = check(run, MX_LOOKUP_SUCCESS);
    return sentence ? sentence : check(run, MX_RING_WRONG_SUCCESSOR);
}
