/* SPDX-License-Identifier: BSD-2-Clause */
/* The values that workloads store. */
#include "sim/workload/value.h"

#include "core/config/config.h"
#include "sim/engine/draw.h"

#include <string.h>

uint32_t sim_value_kind(enum sim_model model)
{
    switch (model) {
    case SIM_MODEL_SINGLE:
        break;
    case SIM_MODEL_ARRAY:
        return RELO_KIND_TEST_ARRAY;
    case SIM_MODEL_DICTIONARY:
        return RELO_KIND_TEST_DICTIONARY;
    }
    return RELO_KIND_TEST;
}

struct relo_view sim_value_key(enum sim_model model)
{
    static const uint8_t key[] = {'k', 'e', 'y'};
    if (model != SIM_MODEL_DICTIONARY)
        return (struct relo_view){NULL, 0};
    return (struct relo_view){key, sizeof key};
}

void sim_value_write(uint64_t seed, uint32_t key, uint64_t version, uint8_t *bytes, uint32_t n)
{
    uint32_t head = n < 8 ? n : 8;
    for (uint32_t i = 0; i < head; i++)
        bytes[i] = (uint8_t)(version >> 8 * (head - 1 - i));
    uint64_t stream = relo_hash_draw(seed, SIM_DRAW_VALUE, key, version);
    for (uint32_t i = head; i < n; i++)
        bytes[i] = (uint8_t)(relo_hash_mix(stream, i / 8) >> 8 * (i % 8));
}

bool sim_value_read(uint64_t seed, uint32_t key, struct relo_view value, uint32_t n,
                    uint8_t *scratch, uint64_t *version)
{
    *version = 0;
    if (value.n != n)
        return false;
    for (uint32_t i = 0; i < n && i < 8; i++)
        *version = *version << 8 | value.p[i];
    sim_value_write(seed, key, *version, scratch, n);
    return memcmp(scratch, value.p, n) == 0;
}
