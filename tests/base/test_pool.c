/* SPDX-License-Identifier: BSD-2-Clause */
/* The pool as it is without sanitizers, which see every object by itself. */
#define PLAIN_MALLOC 0
#include "core/base/pool.c"

#include <glib.h>

#define MANY 20000

static void *block[MANY];

static void fill(struct relo_pool *pool, uint32_t from, uint32_t to, size_t bytes)
{
    for (uint32_t i = from; i < to; i++) {
        block[i] = relo_pool_alloc(pool, bytes);
        memset(block[i], (int)(i % 251), bytes);
        if (bytes % RELO_CHUNK_ALIGN == 0)
            g_assert_cmpuint((uintptr_t)block[i] % RELO_CHUNK_ALIGN, ==, 0);
    }
}

static void empty(struct relo_pool *pool, uint32_t from, uint32_t to, size_t bytes)
{
    for (uint32_t i = from; i < to; i++) {
        for (size_t k = 0; k < bytes; k++)
            g_assert_cmpuint(((uint8_t *)block[i])[k], ==, i % 251);
        relo_pool_free(pool, block[i], bytes);
    }
}

static void classes_have_the_size_they_say(void)
{
    size_t size;
    for (size_t n = 1; n <= CLASS_MAX; n++) {
        unsigned c = class_of(n, &size);
        g_assert_cmpuint(c, <, RELO_POOL_CLASSES);
        g_assert_cmpuint(size_of(c), ==, size);
        g_assert_true(size >= n && (c == 0 || size_of(c - 1) < n));
    }
}

/* A table that grows by half leaves four blocks behind that nothing of its own size asks for. */
static void outgrown_blocks_are_used_up(void)
{
    struct relo_pool pool;
    relo_pool_init(&pool);
    fill(&pool, 0, MANY / 10, 1280);
    empty(&pool, 0, MANY / 10, 1280);
    size_t held = pool.bytes_held;
    const size_t sizes[] = {128, 112, 48, 16, 1024, 64};
    for (size_t k = 0; k < G_N_ELEMENTS(sizes); k++) {
        uint32_t n = (uint32_t)(MANY / 10 * 1000 / G_N_ELEMENTS(sizes) / sizes[k]);
        fill(&pool, (uint32_t)k * 3000, (uint32_t)k * 3000 + MIN(n, 3000), sizes[k]);
    }
    g_assert_cmpuint(pool.bytes_held, ==, held);
    for (size_t k = 0; k < G_N_ELEMENTS(sizes); k++) {
        uint32_t n = (uint32_t)(MANY / 10 * 1000 / G_N_ELEMENTS(sizes) / sizes[k]);
        empty(&pool, (uint32_t)k * 3000, (uint32_t)k * 3000 + MIN(n, 3000), sizes[k]);
    }
    g_assert_cmpuint(pool.bytes_used, ==, 0);
    relo_pool_fini(&pool);
}

/* Packets of one length make way for packets of another, wherever their lines begin. */
static void bursts_take_turns(void)
{
    struct relo_pool pool;
    relo_pool_init(&pool);
    const size_t sizes[] = {256, 208, 200, 128, 112, 96, 48};
    size_t held = 0;
    for (size_t k = 0; k < G_N_ELEMENTS(sizes); k++) {
        fill(&pool, 0, MANY / 4, sizes[k]);
        empty(&pool, 0, MANY / 4, sizes[k]);
        held = held ? held : pool.bytes_held;
        g_assert_cmpuint(pool.bytes_held, ==, held);
    }
    relo_pool_fini(&pool);
}

/* What a line's beginning costs behind objects of other sizes is not lost. */
static void gaps_are_used(void)
{
    struct relo_pool pool;
    relo_pool_init(&pool);
    for (uint32_t i = 0; i + 4 <= MANY; i += 4) {
        fill(&pool, i, i + 1, 80);
        fill(&pool, i + 1, i + 2, 128);
        fill(&pool, i + 2, i + 4, 48);
    }
    size_t rest = (size_t)(pool.fresh.end - pool.fresh.next);
    g_assert_cmpuint(pool.bytes_held - rest, <, pool.bytes_used + pool.bytes_used / 15);
    relo_pool_fini(&pool);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/pool/classes_have_the_size_they_say", classes_have_the_size_they_say);
    g_test_add_func("/base/pool/outgrown_blocks_are_used_up", outgrown_blocks_are_used_up);
    g_test_add_func("/base/pool/bursts_take_turns", bursts_take_turns);
    g_test_add_func("/base/pool/gaps_are_used", gaps_are_used);
    return g_test_run();
}
