/* SPDX-License-Identifier: BSD-2-Clause */
/* What every layer of one node may use: its shard's memory, the crypto suite, the configuration,
   its identity, and the time of the event it is being stepped with. */
#ifndef RELO_BASE_ENV_H
#define RELO_BASE_ENV_H

#include "core/base/counter.h"
#include "core/base/id.h"
#include "core/base/pool.h"
#include "core/base/prng.h"
#include "core/base/slab.h"
#include "core/base/time.h"

struct relo_suite;
struct relo_config;
struct relo_identity;

/* Which slab of a shard; sizes are set by relo_shard_new (core/node), which knows all layers. */
enum relo_slab_kind { RELO_SLAB_LINK, RELO_SLAB_TRANSACTION, RELO_SLAB_KINDS };

struct relo_shard {
    struct relo_pool pool;
    struct relo_slab slab[RELO_SLAB_KINDS];
    uint64_t counter[RELO_COUNTER_COUNT];
};

struct relo_env {
    struct relo_shard *shard;
    const struct relo_suite *suite;
    const struct relo_config *config;
    const struct relo_identity *identity;
    struct relo_id self;
    relo_time now;           /* of the event of this step */
    int64_t unix_offset_ns;
    struct relo_prng prng;   /* sim: seeded from START's entropy; other suites bring their own */
};

static inline void relo_count(struct relo_env *env, enum relo_counter which)
{
    env->shard->counter[which]++;
}

/* Milliseconds since 1970, as storage_time and Ping answers want them (RFC 6940 section 7). */
static inline uint64_t relo_env_unix_ms(const struct relo_env *env)
{
    int64_t ns = env->now + env->unix_offset_ns;
    return ns < 0 ? 0 : (uint64_t)(ns / RELO_MS);
}

static inline void *relo_env_alloc(struct relo_env *env, size_t n)
{
    return relo_pool_alloc(&env->shard->pool, n);
}

static inline void relo_env_free(struct relo_env *env, void *p, size_t n)
{
    relo_pool_free(&env->shard->pool, p, n);
}

#endif
