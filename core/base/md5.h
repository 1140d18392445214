/* SPDX-License-Identifier: BSD-2-Clause */
/* MD5 (RFC 1321), for the key of STUN's long-term credential (RFC 8489 section 9.2.2) and nothing
 * else. */
#ifndef RELO_BASE_MD5_H
#define RELO_BASE_MD5_H

#include <stddef.h>
#include <stdint.h>

void relo_md5(const void *bytes, size_t n, uint8_t digest[16]);

#endif
