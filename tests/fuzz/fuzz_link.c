/* SPDX-License-Identifier: BSD-2-Clause */
/* Arbitrary datagrams to links: one opening, one waiting, one up, and strangers. The input is a
   list of (who and what, length, bytes); records may be given a good check value. */
#include "core/link/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void settle(struct relo_shard *shard, struct relo_links *links, struct relo_outbox *out)
{
    struct relo_link_event event;
    while (relo_links_poll(links, &event))
        if (event.type == RELO_LINK_EVENT_UNSENT)
            relo_body_unref(&shard->pool, event.message.body.body);
    for (bool all = false; !all;) {
        out->n = out->bytes_used = 0;
        all = relo_links_flush(links, out);
        for (uint32_t i = 0; i < out->n; i++)
            if (out->action[i].type == RELO_ACTION_SEND)
                relo_body_unref(&shard->pool, out->action[i].send.body.body);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct relo_outbox out;
    struct relo_shard shard = {.counter = {0}};
    struct relo_config config;
    struct relo_identity identity = {.node_id = {1, 2}, .key = 3, .not_after_s = 1 << 30};
    struct relo_env env = {.shard = &shard,
                           .suite = &relo_suite_sim,
                           .config = &config,
                           .identity = &identity,
                           .self = {1, 2},
                           .prng = {4, 0}};
    struct relo_links links;
    struct relo_id peer = {9, 9};
    struct relo_assoc sealer;
    struct relo_addr addr[4];
    relo_pool_init(&shard.pool);
    relo_slab_init(&shard.slab[RELO_SLAB_LINK], relo_link_bytes());
    relo_config_init(&config, "fuzz.example");
    relo_links_init(&links, &env);
    for (uint32_t i = 0; i < 4; i++)
        addr[i] = relo_addr_v4(0x0a000001 + i, 6084);
    relo_links_connect(&links, NULL, &addr[0], false);
    relo_links_connect(&links, &peer, &addr[1], true);
    relo_handle up = relo_links_wire(
        &links, &(struct relo_wired_link){.id = {5, 5}, .remote = addr[2], .secret = 7});
    env.suite->assoc_wire(&env, &sealer, true, 7);
    relo_links_send(&links, up, &(struct relo_outgoing){.header = {(const uint8_t *)"abc", 3}});
    settle(&shard, &links, &out);

    while (size >= 2) {
        uint8_t who = data[0];
        size_t n = data[1] < size - 2 ? data[1] : size - 2;
        uint8_t record[512];
        struct relo_incoming m;
        struct relo_datagram d = {.remote = addr[who & 3], .head = {data + 2, (uint32_t)n}};
        if (who & 4) { /* a frame the sender meant */
            struct relo_wr w = relo_wr_init(record, sizeof record, 16);
            struct relo_slice none = {NULL, 0, 0}, rest;
            uint16_t offset;
            env.suite->assoc_seal(&env, &sealer, d.head, &none, &w, &rest, &offset);
            d.head = relo_wr_view(&w);
            d.remote = addr[2];
        }
        (void)relo_links_receive(&links, &d, &m);
        settle(&shard, &links, &out);
        env.now += (relo_time)(who >> 3) * 100 * RELO_MS;
        if (relo_links_deadline(&links) <= env.now)
            relo_links_wake(&links);
        settle(&shard, &links, &out);
        data += 2 + n;
        size -= 2 + n;
    }
    relo_links_fini(&links);
    if (shard.pool.bytes_used || shard.slab[RELO_SLAB_LINK].live)
        __builtin_trap(); /* a leak */
    relo_slab_fini(&shard.slab[RELO_SLAB_LINK]);
    relo_pool_fini(&shard.pool);
    return 0;
}
