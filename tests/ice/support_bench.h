/* SPDX-License-Identifier: BSD-2-Clause */
/* The ICE agents of one node, with links but without the node. */
#ifndef TESTS_ICE_SUPPORT_BENCH_H
#define TESTS_ICE_SUPPORT_BENCH_H

#include "core/ice/servers.h"
#include "core/relo.h"

#include <glib.h>

struct bench {
    struct relo_shard shard;
    struct relo_config config;
    struct relo_env env;
    struct relo_links links;
    struct relo_addr local, bootstrap[4];
    struct relo_ice_agents *agents;
    struct relo_addr server[RELO_ICE_SERVERS_MAX];
    uint32_t n;
};

/* 192.0.2.<i>, RELOAD's port. */
struct relo_addr bench_peer(unsigned i);
/* So many bootstrap nodes: peers 100 on. */
struct bench *bench_new(unsigned bootstraps);
/* All memory has come back. */
void bench_free(struct bench *b);

#endif
