/* SPDX-License-Identifier: BSD-2-Clause */
/* Defaults and checks of the overlay configuration (RFC 6940 section 11.1). */
#include "core/config/config.h"

#include "core/base/sha1.h"

#include <stddef.h>

#define KIND(name, data_model, policy, count, size, multiple)                                      \
    {                                                                                              \
        .id = RELO_KIND_##name, .model = RELO_MODEL_##data_model, .access = RELO_ACCESS_##policy,  \
        .max_count = count, .max_size = size, .max_node_multiple = multiple, .find_allowed = true  \
    }

static const struct relo_kind default_kinds[] = {
    KIND(SIP_REGISTRATION, DICTIONARY, USER_NODE_MATCH, 16, 1000, 0),
    KIND(TURN_SERVICE, SINGLE, NODE_MULTIPLE, 1, 100, 20),
    KIND(CERTIFICATE_BY_NODE, ARRAY, NODE_MATCH, 4, 2000, 0),
    KIND(CERTIFICATE_BY_USER, ARRAY, USER_MATCH, 4, 2000, 0),
    KIND(TEST, SINGLE, USER_MATCH, 1, 4000, 0),
    KIND(TEST_ARRAY, ARRAY, USER_MATCH, 8, 1000, 0),
    KIND(TEST_DICTIONARY, DICTIONARY, USER_MATCH, 8, 1000, 0),
};

void relo_config_init(struct relo_config *config, const char *instance_name)
{
    *config = (struct relo_config){
        .instance_name = instance_name,
        .overlay = relo_sha1_overlay(instance_name),
        .sequence = 1,
        .node_id_length = 16,
        .initial_ttl = 100, /* 6940-6.3.2-7 */
        .max_message_size = 5000,
        .overlay_reliability_timer = 3000 * RELO_MS,
        .chord_update_interval = 600 * RELO_S, /* 6940-10.7.4.1-2 */
        .chord_ping_interval = 3600 * RELO_S,  /* 6940-10.7.4.2-6 */
        .chord_reactive = true,
        .clients_permitted = true,
        .no_ice = true,
        .turn_density = 1,
        .kinds = default_kinds,
        .kind_count = sizeof default_kinds / sizeof *default_kinds,
        .chord_neighbors = 3,     /* 6940-10.7-2 */
        .chord_fingers_min = 16,  /* 6940-10.7.4.3-1 */
        .chord_fingers_max = 128, /* 6940-10.7.4.3-2 */
        .replicas = 2,
        .replica_hold_down = 30 * RELO_S,
        .request_lifetime = 15 * RELO_S,
        .link_rto_initial = 500 * RELO_MS,
        .link_rto_min = 100 * RELO_MS,
        .link_rto_granularity = 10 * RELO_MS,
        .link_gap = 10 * RELO_MS,
        .link_idle_close = 600 * RELO_S,
        .link_queue_max = 32,
        .keepalive_interval = 15 * RELO_S,
        .mtu = 1500,
        .reroute_on_failure = true,
        .store_certificates = true, /* 6940-8-1 */
        .transit_retransmit = true,
        .signature = RELO_SIGNATURE_RSA_2048,
        .certificate_bytes = 794,
        .chain_length = 1,
    };
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A <subdomain> of RFC 1035 section 2.3.1: labels of letters, digits and hyphens that begin with a
   letter and do not end with a hyphen, 63 characters at most, 255 in all. */
static bool is_domain(const char *name)
{
    size_t n = 0, label = 0;
    for (; name[n] && n < 255; n++) {
        char c = name[n];
        bool end = name[n + 1] == '.' || !name[n + 1];
        if (c == '.') {
            if (label == 0 || end)
                return false;
            label = 0;
            continue;
        }
        if (!is_letter(c) && (label == 0 || (!is_digit(c) && (c != '-' || end))))
            return false;
        if (++label > 63)
            return false;
    }
    return n > 0 && !name[n];
}

static const char *check_kind(const struct relo_config *c, uint32_t i)
{
    const struct relo_kind *k = &c->kinds[i];
    for (uint32_t j = 0; j < i; j++)
        if (c->kinds[j].id == k->id)
            return "a Kind-ID stands for one kind only (RFC 6940 14.6)";
    if (k->id == 0 || k->id == UINT32_MAX)
        return "a Kind-ID must lie in 1 to 0xfffffffe (RFC 6940 14.6)";
    if (k->access > RELO_ACCESS_NODE_MULTIPLE) /* 6940-7.3-1 */
        return "a kind needs an access-control policy: USER-MATCH, NODE-MATCH, USER-NODE-MATCH or "
               "NODE-MULTIPLE (RFC 6940 7.3)";
    if (k->model > RELO_MODEL_DICTIONARY)
        return "a kind's data-model must be SINGLE, ARRAY or DICTIONARY (RFC 6940 7.2)";
    if (k->access == RELO_ACCESS_USER_NODE_MATCH && k->model != RELO_MODEL_DICTIONARY)
        return "USER-NODE-MATCH is for a kind of data-model DICTIONARY (RFC 6940 7.3.3)";
    if (k->max_count == 0 || (k->model == RELO_MODEL_SINGLE && k->max_count != 1))
        return "a kind's max-count must be at least 1, and 1 for a SINGLE value (RFC 6940 7.4.5)";
    /* 6940-7.3.4-2 6940-11.1-26 6940-11.1-27 */
    if (k->access == RELO_ACCESS_NODE_MULTIPLE && k->max_node_multiple == 0)
        return "a NODE-MULTIPLE kind needs a max-node-multiple of at least 1 (RFC 6940 11.1)";
    return NULL;
}

const char *relo_config_check(const struct relo_config *c)
{
    if (!is_domain(c->instance_name)) /* 6940-6.3.2-3 */
        return "instance-name must be a DNS name: labels of letters, digits and hyphens that begin "
               "with a letter, joined by dots (RFC 6940 6.3.2, RFC 1035 2.3.1)";
    if (c->node_id_length != 16) /* 6940-11.1-7 */
        return "node-id-length must be 16: CHORD-RELOAD's Resource-IDs have 128 bits (RFC 6940 "
               "10.2)";
    if (c->sequence == 65535)
        return "sequence must lie in 0 to 65534: 65535 is special (RFC 6940 6.3.2.1)";
    if (c->overlay_reliability_timer < 200 * RELO_MS) /* 6940-11.1-18 */
        return "overlay-reliability-timer must be at least 200 ms (RFC 6940 11.1)";
    if (c->initial_ttl == 0)
        return "initial-ttl must be at least 1";
    if (c->max_message_size < 1000)
        return "max-message-size must be at least 1000 bytes: a signed message with its "
               "certificate needs them";
    if (c->chord_neighbors < 3 || c->chord_neighbors > 16)
        return "neighbors must lie in 3 to 16 (RFC 6940 10.7 asks for at least three)";
    if (c->chord_fingers_min < 1 || c->chord_fingers_max > 128 ||
        c->chord_fingers_min > c->chord_fingers_max)
        return "fingers must lie in 1 to 128, the least not above the most (RFC 6940 10.7.4.3)";
    if (c->keepalive_interval < RELO_S)
        return "keepalive-interval must be at least 1 s (RFC 8445 section 11 wants 15 s or more)";
    if (c->mtu < 576)
        return "mtu must be at least 576 bytes";
    for (uint32_t i = 0; i < c->kind_count; i++) {
        const char *wrong = check_kind(c, i);
        if (wrong)
            return wrong;
    }
    return NULL;
}

bool relo_config_bad_node(const struct relo_config *config, struct relo_id id)
{
    for (uint32_t i = 0; i < config->bad_node_count; i++)
        if (relo_id_equal(config->bad_nodes[i], id))
            return true;
    return false;
}

const struct relo_kind *relo_config_kind(const struct relo_config *config, uint32_t kind)
{
    for (uint32_t i = 0; i < config->kind_count; i++)
        if (config->kinds[i].id == kind)
            return &config->kinds[i];
    return NULL;
}
