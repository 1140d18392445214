/* SPDX-License-Identifier: BSD-2-Clause */
/* The four access control policies (RFC 6940 section 7.3). */
#include "core/base/sha1.h"
#include "core/storage/access.h"

#include <glib.h>
#include <string.h>

static const struct relo_id node = {0x0a11111111111111, 0x1111111111111111};

static struct relo_view view(const char *text)
{
    return (struct relo_view){(const uint8_t *)text, (uint32_t)strlen(text)};
}

static struct relo_credential alice(void)
{
    return (struct relo_credential){.node_id = node, .user = view("alice@example.org")};
}

static bool allows(enum relo_access_control access, enum relo_data_model model,
                   struct relo_id resource, struct relo_view key)
{
    struct relo_kind kind = {.model = model, .access = access, .max_node_multiple = 20};
    struct relo_stored_value value = {.model = model, .key = key};
    struct relo_credential signer = alice();
    return relo_access_allows(&kind, resource, &signer, &value);
}

static struct relo_id of_user(const char *user)
{
    return relo_sha1_resource(user, strlen(user));
}

/* 6940-7.3.1-1 */
static void user_match_wants_hash_of_user_name(void)
{
    g_assert_true(allows(RELO_ACCESS_USER_MATCH, RELO_MODEL_SINGLE, of_user("alice@example.org"),
                         view("")));
    g_assert_false(allows(RELO_ACCESS_USER_MATCH, RELO_MODEL_SINGLE, of_user("bob@example.org"),
                          view("")));
}

/* 6940-7.3.2-1:
   the hash of the Node-ID, not the Node-ID. */
static void node_match_wants_hash_of_node_id(void)
{
    uint8_t bytes[RELO_ID_BYTES];
    relo_id_to_bytes(node, bytes);
    struct relo_id hashed = relo_sha1_resource(bytes, sizeof bytes);
    g_assert_true(allows(RELO_ACCESS_NODE_MATCH, RELO_MODEL_ARRAY, hashed, view("")));
    g_assert_false(allows(RELO_ACCESS_NODE_MATCH, RELO_MODEL_ARRAY, node, view("")));
}

/* 6940-7.3.3-1 6940-7.3.3-2 6940-13.5.1-2 */
static void user_node_match_wants_own_node_id_as_key(void)
{
    uint8_t bytes[RELO_ID_BYTES];
    relo_id_to_bytes(node, bytes);
    struct relo_view key = {bytes, sizeof bytes};
    struct relo_id home = of_user("alice@example.org");
    g_assert_true(allows(RELO_ACCESS_USER_NODE_MATCH, RELO_MODEL_DICTIONARY, home, key));
    g_assert_false(allows(RELO_ACCESS_USER_NODE_MATCH, RELO_MODEL_DICTIONARY,
                          of_user("bob@example.org"), key));
    g_assert_false(allows(RELO_ACCESS_USER_NODE_MATCH, RELO_MODEL_SINGLE, home, key));
    bytes[15] ^= 1;
    g_assert_false(allows(RELO_ACCESS_USER_NODE_MATCH, RELO_MODEL_DICTIONARY, home, key));
}

/* 6940-7.3.4-1 6940-7.3.4-3:
   i is one byte, up to the kind's maximum. */
static void node_multiple_tries_every_i(void)
{
    uint8_t name[RELO_ID_BYTES + 1];
    relo_id_to_bytes(node, name);
    for (uint8_t i = 0; i < 25; i++) {
        name[RELO_ID_BYTES] = i;
        struct relo_id id = relo_sha1_resource(name, sizeof name);
        g_assert_true(allows(RELO_ACCESS_NODE_MULTIPLE, RELO_MODEL_SINGLE, id, view("")) ==
                      (i <= 20));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/storage/access/user_match_wants_hash_of_user_name",
                    user_match_wants_hash_of_user_name);
    g_test_add_func("/storage/access/node_match_wants_hash_of_node_id",
                    node_match_wants_hash_of_node_id);
    g_test_add_func("/storage/access/user_node_match_wants_own_node_id_as_key",
                    user_node_match_wants_own_node_id_as_key);
    g_test_add_func("/storage/access/node_multiple_tries_every_i", node_multiple_tries_every_i);
    return g_test_run();
}
