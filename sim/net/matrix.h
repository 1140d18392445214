/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a matrix of round-trip times; the formats are in sites.h. Internal to sim/net. */
#ifndef SIM_NET_MATRIX_H
#define SIM_NET_MATRIX_H

#include "sim/net/sites.h"

/* NULL and a sentence (owned) that begins with file and line. */
struct sim_sites *sim_matrix_parse(const char *path, const char *text, char **error);

#endif
