/* SPDX-License-Identifier: BSD-2-Clause */
/* Stories of certificates that their owners keep in the overlay: RFC 6940 section 8. */
#include "tests/story/support_world.h"

#include "core/usage/certificate.h"

#include <string.h>

static struct world *three(void)
{
    struct world *world = world_new();
    world->config.store_certificates = true;
    for (unsigned i = 0; i < 3; i++) {
        world_add(world, 80 * (i + 1));
        world_join(world, i);
    }
    world_run(world, 60 * RELO_S);
    return world;
}

/* How many nodes hold the entry. */
static unsigned holders(const struct world *world, struct relo_id where, uint32_t kind,
                        uint32_t index)
{
    unsigned n = 0;
    for (unsigned i = 0; i < world->count; i++)
        n += relo_node_holds(world->node[i], where, kind, index, (struct relo_view){0}) != 0;
    return n;
}

static void expect_one_each(const struct world *world)
{
    for (unsigned i = 0; i < 3; i++) {
        char user[16];
        g_snprintf(user, sizeof user, "user%u", i);
        struct relo_view name = {(const uint8_t *)user, (uint32_t)strlen(user)};
        struct relo_id by_node = relo_certificate_resource_by_node(world->id[i]);
        struct relo_id by_user = relo_certificate_resource_by_user(name);
        g_assert_cmpuint(holders(world, by_node, RELO_KIND_CERTIFICATE_BY_NODE, 0), ==, 3);
        g_assert_cmpuint(holders(world, by_user, RELO_KIND_CERTIFICATE_BY_USER, 0), ==, 3);
        g_assert_cmpuint(holders(world, by_node, RELO_KIND_CERTIFICATE_BY_NODE, 1), ==, 0);
        g_assert_cmpuint(holders(world, by_user, RELO_KIND_CERTIFICATE_BY_USER, 1), ==, 0);
    }
}

/* 6940-8-1:
   at hash(Node-ID) and at hash(user name), and what is fetched is a certificate */
static void members_store_their_certificates_twice(void)
{
    struct world *world = three();
    expect_one_each(world);
    struct relo_command fetch = {
        .type = RELO_COMMAND_FETCH,
        .target = {.id = relo_certificate_resource_by_node(world->id[2]), .resource = true},
        .kind = RELO_KIND_CERTIFICATE_BY_NODE,
        .all = true,
    };
    const struct relo_result *r = world_await(world, world_command(world, 0, fetch), 60 * RELO_S);
    g_assert_nonnull(r);
    g_assert_cmpint(r->status, ==, RELO_OK);
    g_assert_true(r->exists);
    g_assert_false(r->partial);
    g_assert_cmphex(r->value.p[0] << 8 | r->value.p[1], ==, 0x3082);
    world_free(world);
}

/* 6940-8-1:
   refreshed in its place, before it expires */
static void certificates_are_kept_and_do_not_pile_up(void)
{
    struct world *world = three();
    for (int hours = 0; hours < 26; hours++)
        world_run(world, 3600 * RELO_S);
    expect_one_each(world);
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/story/publication/" #name, name)
    ADD(members_store_their_certificates_twice);
    ADD(certificates_are_kept_and_do_not_pile_up);
#undef ADD
    return g_test_run();
}
