/* SPDX-License-Identifier: BSD-2-Clause */
/* The nodes of bare topology plug-ins: made, and started. */
#include "support_fake.h"

int fake_add(struct relo_id id)
{
    int i = fake->n++;
    struct fake_node *n = &fake->node[i];
    n->env = (struct relo_env){.shard = &fake->shard,
                               .suite = &fake->suite,
                               .config = &fake->config,
                               .self = id,
                               .now = fake->now,
                               .prng = {.key = (uint64_t)i + 77}};
    n->addr = relo_addr_v4(0x0a000001u + (uint32_t)i, RELO_PORT);
    n->links.env = &n->env;
    n->links.local[0] = n->addr;
    n->links.local_count = 1;
    n->route.env = &n->env;
    n->route.links = &n->links;
    n->alive = true;
    relo_chord_ops.init(&n->chord, &n->route);
    return i;
}

void fake_start(int node, const struct relo_wired_link *wired, uint32_t count)
{
    struct relo_start s = {.bootstrap = fake->bootstrap,
                           .bootstrap_count = fake->bootstrap_count,
                           .wired = wired,
                           .wired_count = count};
    relo_chord_ops.start(&fake->node[node].chord, &s);
    fake->node[node].started = true;
}

int fake_node(struct relo_id id)
{
    int i = fake_add(id);
    if (fake->bootstrap_count == 0)
        fake->bootstrap[fake->bootstrap_count++] = fake->node[i].addr;
    fake_start(i, NULL, 0);
    return i;
}
