/* SPDX-License-Identifier: BSD-2-Clause */
/* Edit distance (optimal string alignment) over three rows of fixed length. */
#include "sim/scenario/nearest.h"

#include <glib.h>
#include <string.h>

#define LENGTH_MAX 63

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = MIN(a, b);
    return MIN(ab, c);
}

unsigned sim_nearest_distance(const char *a, const char *b)
{
    size_t na = MIN(strlen(a), (size_t)LENGTH_MAX), nb = MIN(strlen(b), (size_t)LENGTH_MAX);
    unsigned rows[3][LENGTH_MAX + 1];
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= nb; j++) {
        last[j] = (unsigned)j;
        before[j] = 0;
    }
    for (size_t i = 1; i <= na; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            char ca = g_ascii_tolower(a[i - 1]), cb = g_ascii_tolower(b[j - 1]);
            row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + (ca != cb));
            if (i > 1 && j > 1 && ca == g_ascii_tolower(b[j - 2]) &&
                cb == g_ascii_tolower(a[i - 2]))
                row[j] = MIN(row[j], before[j - 2] + 1);
        }
        unsigned *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[nb];
}

const char *sim_nearest(const char *word, const char *const *names, size_t n)
{
    const char *nearest = NULL;
    unsigned best = (unsigned)strlen(word) / 3 + 2;
    size_t length = strlen(word);

    for (size_t i = 0; i < n; i++) {
        unsigned distance = sim_nearest_distance(word, names[i]);
        /* A beginning of a name, or its end ("interval"), is meant even when much is missing. */
        if (length >= 3 && (g_str_has_prefix(names[i], word) || g_str_has_suffix(names[i], word)))
            distance = MIN(distance, 2);
        if (distance < best) {
            best = distance;
            nearest = names[i];
        }
    }
    return nearest;
}
