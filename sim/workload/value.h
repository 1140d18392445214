/* SPDX-License-Identifier: BSD-2-Clause */
/* The values that workloads store: the version in front, in as many of its low bytes as fit (8 at
   most), and bytes drawn from (seed, key, version) behind, so that any mix-up shows. */
#ifndef SIM_WORKLOAD_VALUE_H
#define SIM_WORKLOAD_VALUE_H

#include "core/relo.h"
#include "sim/scenario/params.h"

/* The kind that values are stored as, and under which key of a dictionary: always the same one, at
   index 0 of an array. */
uint32_t sim_value_kind(enum sim_model model);
struct relo_view sim_value_key(enum sim_model model);

void sim_value_write(uint64_t seed, uint32_t key, uint64_t version, uint8_t *bytes, uint32_t n);
/* The version (its low bytes) of a value of n bytes; false where the bytes are not such a value.
   `scratch` has room for n bytes. */
bool sim_value_read(uint64_t seed, uint32_t key, struct relo_view value, uint32_t n,
                    uint8_t *scratch, uint64_t *version);

#endif
