/* SPDX-License-Identifier: BSD-2-Clause */
/* Little-endian integers in a byte array: how a run travels from a worker to the writer. */
#ifndef MX_IMAGE_H
#define MX_IMAGE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline void mx_image_put(GByteArray *out, uint64_t value)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    g_byte_array_append(out, bytes, sizeof bytes);
}

/* A reader that stays failed after the first short read and then gives zeros. */
struct mx_image {
    const uint8_t *bytes;
    size_t n, at;
    bool failed;
};

static inline uint64_t mx_image_get(struct mx_image *in)
{
    if (in->failed || in->n - in->at < 8) {
        in->failed = true;
        return 0;
    }
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--)
        value = value << 8 | in->bytes[in->at + (size_t)i];
    in->at += 8;
    return value;
}

/* A count of items of at least item_bytes each that are still to come; fails where they cannot all
   be there, so that a damaged count never makes the reader allocate. */
static inline uint64_t mx_image_count(struct mx_image *in, size_t item_bytes)
{
    uint64_t n = mx_image_get(in);
    if (n > (in->n - in->at) / item_bytes)
        in->failed = true;
    return in->failed ? 0 : n;
}

#endif
