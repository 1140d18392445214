/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/ice/support_bench.h"

#include "core/security/suite.h"

struct relo_addr bench_peer(unsigned i)
{
    return relo_addr_v4(0xc0000200u + i, 6084);
}

struct bench *bench_new(unsigned bootstraps)
{
    struct bench *b = g_new0(struct bench, 1);
    relo_pool_init(&b->shard.pool);
    relo_slab_init(&b->shard.slab[RELO_SLAB_LINK], relo_link_bytes());
    relo_config_init(&b->config, "servers.invalid");
    b->config.no_ice = false;
    b->env = (struct relo_env){.shard = &b->shard,
                               .suite = &relo_suite_sim,
                               .config = &b->config,
                               .self = {1, 1},
                               .prng = {5, 0}};
    b->local = relo_addr_v4(0x0a000001, 6084);
    relo_links_init(&b->links, &b->env);
    relo_links_set_local(&b->links, &b->local, 1);
    for (unsigned i = 0; i < bootstraps; i++)
        b->bootstrap[i] = bench_peer(100 + i);
    b->agents = relo_ice_agents_new(&b->env, &b->links, b->bootstrap, bootstraps);
    return b;
}

void bench_free(struct bench *b)
{
    relo_ice_agents_free(b->agents);
    relo_links_fini(&b->links);
    g_assert_cmpuint(b->shard.pool.bytes_used, ==, 0);
    relo_slab_fini(&b->shard.slab[RELO_SLAB_LINK]);
    relo_pool_fini(&b->shard.pool);
    g_free(b);
}
