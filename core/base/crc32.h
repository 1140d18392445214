/* SPDX-License-Identifier: BSD-2-Clause */
/* CRC-32 (ITU-T V.42), for STUN's FINGERPRINT (RFC 8489 section 14.7). */
#ifndef RELO_BASE_CRC32_H
#define RELO_BASE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* `before`: the CRC of the bytes that precede, 0 at the start. */
uint32_t relo_crc32(uint32_t before, const void *bytes, size_t n);

#endif
