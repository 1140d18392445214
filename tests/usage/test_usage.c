/* SPDX-License-Identifier: BSD-2-Clause */
/* The SIP, certificate store and TURN usages (RFC 7904; RFC 6940 sections 8 and 9). */
#include "core/base/sha1.h"
#include "core/usage/certificate.h"
#include "core/usage/sip.h"
#include "core/usage/turn.h"

#include <glib.h>
#include <string.h>

static const struct relo_id node = {0x0a11111111111111, 0x111111111111110a};

static struct relo_view view(const char *text)
{
    return (struct relo_view){(const uint8_t *)text, (uint32_t)strlen(text)};
}

static void address_of_record_is_made_canonical(void)
{
    struct relo_id a, b;
    const char *same[] = {"sip:alice@example.org", "SIPS:alice@EXAMPLE.org",
                          "alice@example.org;transport=tcp", "sip:alice@example.org?x=y"};
    g_assert_true(relo_sip_resource(view("alice@example.org"), &a));
    /* As in vector store_sip_uri. */
    g_assert_true(relo_id_equal(a, (struct relo_id){0x45a6b241a242c97f, 0x0492d382c390dfa3}));
    for (size_t i = 0; i < G_N_ELEMENTS(same); i++) {
        g_assert_true(relo_sip_resource(view(same[i]), &b));
        g_assert_true(relo_id_equal(a, b));
    }
    /* The user part is case sensitive (RFC 3261 19.1.4). */
    g_assert_true(relo_sip_resource(view("Alice@example.org"), &b));
    g_assert_false(relo_id_equal(a, b));
    const char *bad[] = {"", "alice", "sip:alice@", "@example.org", "a@b@c", "sip:"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(relo_sip_resource(view(bad[i]), &b));
}

static void registration_by_route_leads_back_to_node(void)
{
    uint8_t route[32], scratch[64];
    struct relo_sip_registration contact, read;
    struct relo_command c;
    struct relo_id ids[4];
    struct relo_target target;
    g_assert_true(relo_sip_contact_route(&contact, node, route, sizeof route));
    g_assert_true(relo_sip_register(&c, view("sip:alice@example.org"), node, &contact, 600, scratch,
                                    sizeof scratch));
    g_assert_true(c.exists && c.key.n == 16 && relo_id_equal(relo_id_from_bytes(c.key.p), node));
    g_assert_true(relo_sip_contact_read(c.value, &read));
    g_assert_true(relo_sip_contact_target(&read, ids, 4, &target));
    g_assert_true(relo_id_equal(target.id, node) && target.via_count == 0 && !target.resource);
    g_assert_false(relo_sip_contact_target(&read, ids, 0, &target));
    c.value.n--;
    g_assert_false(relo_sip_contact_read(c.value, &read));
    g_assert_false(relo_sip_register(&c, view("alice@example.org"), node, &contact, 600, scratch,
                                     30));
}

static void registration_by_uri_and_its_removal(void)
{
    uint8_t scratch[64];
    struct relo_sip_registration contact = {.type = RELO_SIP_URI,
                                            .uri = view("sip:alice@192.0.2.10:5060")}, read;
    struct relo_command c;
    struct relo_id ids[1];
    struct relo_target target;
    g_assert_true(relo_sip_register(&c, view("alice@example.org"), node, &contact, 600, scratch,
                                    sizeof scratch));
    /* As the value in vector store_sip_uri. */
    g_assert_cmpuint(c.value.n, ==, 0x1e);
    const uint8_t head[] = {0x01, 0x00, 0x1b, 0x00, 0x19, 's', 'i', 'p'};
    g_assert_true(memcmp(c.value.p, head, sizeof head) == 0);
    g_assert_true(relo_sip_contact_read(c.value, &read));
    g_assert_false(relo_sip_contact_target(&read, ids, 1, &target));
    g_assert_true(relo_sip_register(&c, view("alice@example.org"), node, NULL, 600, scratch,
                                    sizeof scratch));
    g_assert_true(!c.exists && c.value.n == 0);
}

/* As in vector store_turn_single: H(Node-ID || 1), and the TurnServer. */
static void turn_server_is_advertised_at_hash_of_node_id_and_d(void)
{
    struct relo_id expected = {0xad7ba0b27a786977, 0xf41d73e7e602bca9};
    struct relo_addr address = relo_addr_v4(0xc000020a, 0x0d96);
    uint8_t scratch[RELO_TURN_SERVER_BYTES];
    struct relo_command c;
    g_assert_true(relo_turn_advertise(&c, node, 1, &address, 600, scratch, sizeof scratch));
    g_assert_true(relo_id_equal(c.target.id, expected));
    const uint8_t value[] = {1, 1, 6, 0xc0, 0, 2, 0x0a, 0x0d, 0x96};
    g_assert_cmpuint(c.value.n, ==, sizeof value);
    g_assert_true(memcmp(c.value.p, value, sizeof value) == 0);
    g_assert_false(relo_turn_advertise(&c, node, 0, &address, 600, scratch, sizeof scratch));
    g_assert_false(relo_turn_advertise(&c, node, 21, &address, 600, scratch, sizeof scratch));
}

/* 6940-9-2 */
static void private_address_is_no_turn_candidate(void)
{
    const uint32_t private_ips[] = {0x0a000001, 0xac100001, 0xac1fffff, 0xc0a80101};
    for (size_t i = 0; i < G_N_ELEMENTS(private_ips); i++) {
        struct relo_addr a = relo_addr_v4(private_ips[i], 3478);
        g_assert_false(relo_turn_candidate(&a));
    }
    struct relo_addr a = relo_addr_v4(0xc000020a, 3478), edge = relo_addr_v4(0xac200001, 1);
    g_assert_true(relo_turn_candidate(&a) && relo_turn_candidate(&edge));
}

static void certificate_is_appended_by_node_and_by_user(void)
{
    struct relo_shard shard = {.counter = {0}};
    struct relo_config config;
    struct relo_identity identity = {.node_id = node, .user = "alice@example.org", .key = 5,
                                     .not_after_s = 4000000000};
    relo_config_init(&config, "overlay.example.org");
    relo_pool_init(&shard.pool);
    struct relo_env env = {.shard = &shard, .suite = &relo_suite_sim, .config = &config,
                           .identity = &identity, .self = node};
    uint8_t scratch[2000], bytes[RELO_ID_BYTES];
    struct relo_command c;
    struct relo_credential credential;
    g_assert_true(relo_certificate_by_node(&env, &c, 600, scratch, sizeof scratch));
    relo_id_to_bytes(node, bytes);
    g_assert_true(relo_id_equal(c.target.id, relo_sha1_resource(bytes, sizeof bytes)));
    g_assert_true(c.kind == RELO_KIND_CERTIFICATE_BY_NODE && c.index == UINT32_MAX);
    g_assert_true(relo_suite_sim.certificate_read(&env, c.value, &credential));
    g_assert_true(relo_id_equal(credential.node_id, node));
    g_assert_true(relo_certificate_by_user(&env, &c, 600, scratch, sizeof scratch));
    g_assert_true(relo_id_equal(c.target.id, relo_sha1_resource("alice@example.org", 17)));
    g_assert_false(relo_certificate_by_user(&env, &c, 600, scratch, 100));
    relo_pool_fini(&shard.pool);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/usage/sip/address_of_record_is_made_canonical",
                    address_of_record_is_made_canonical);
    g_test_add_func("/usage/sip/registration_by_route_leads_back_to_node",
                    registration_by_route_leads_back_to_node);
    g_test_add_func("/usage/sip/registration_by_uri_and_its_removal",
                    registration_by_uri_and_its_removal);
    g_test_add_func("/usage/turn/advertised_at_hash_of_node_id_and_d",
                    turn_server_is_advertised_at_hash_of_node_id_and_d);
    g_test_add_func("/usage/turn/private_address_is_no_candidate",
                    private_address_is_no_turn_candidate);
    g_test_add_func("/usage/certificate/appended_by_node_and_by_user",
                    certificate_is_appended_by_node_and_by_user);
    return g_test_run();
}
