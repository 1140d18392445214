/* SPDX-License-Identifier: BSD-2-Clause */
/* From one value per key to the parameters of a run, and the checks across keys. */
#include "sim/scenario/resolve.h"

#include "core/config/config.h"
#include "sim/churn/population.h"
#include "sim/net/latency.h"
#include "sim/scenario/churns.h"
#include "sim/scenario/keys.h"
#include "sim/scenario/nats.h"

#include <glib.h>
#include <string.h>

/* What a Ping has besides its security block: a forwarding header with a hop or two, 6.3.2; and a
   Store, with room for a long via list and the value's own signature. */
#define PING_BYTES 100
#define STORE_BYTES 950

static void store_field(const struct sim_key *key, const struct sim_literal *value,
                        struct sim_params *params)
{
    char *field = (char *)params + key->offset;
    uint64_t number = value->number;
    uint32_t number32 = (uint32_t)number;
    uint8_t number8 = (uint8_t)number;

    if (key->type == SIM_KEY_TEXT) {
        g_strlcpy(field, value->text, key->bytes);
        return;
    }
    if (key->type == SIM_KEY_BOOL) {
        bool on = number != 0;
        memcpy(field, &on, sizeof(on));
        return;
    }
    switch (key->bytes) {
    case 0:
        return;
    case 1:
        memcpy(field, &number8, 1);
        return;
    case 4:
        memcpy(field, &number32, 4);
        return;
    default:
        g_assert(key->bytes == 8);
        memcpy(field, &number, 8);
    }
}

static const struct sim_literal *value_of(const struct sim_literal *values, const char *section,
                                          const char *name)
{
    size_t index = sim_keys_find(section, name);
    g_assert(index < sim_keys_n);
    return &values[index];
}

static void resolve_access(const struct sim_literal *values, struct sim_params *params)
{
    const struct sim_access *access = &sim_accesses[value_of(values, "network", "access")->number];

    if (value_of(values, "network", "up")->is_word)
        params->up_bps = access->up_bps;
    if (value_of(values, "network", "down")->is_word)
        params->down_bps = access->down_bps;
    if (value_of(values, "network", "access-delay")->is_word)
        params->access_delay_ns = (relo_time)access->delay_ns;
    if (value_of(values, "network", "jitter")->is_word)
        params->jitter_ns = (relo_time)access->jitter_ns;
    if (value_of(values, "network", "queue-up")->is_word)
        params->queue_up_bytes = access->queue_up_bytes;
    if (value_of(values, "network", "queue-down")->is_word)
        params->queue_down_bytes = access->queue_down_bytes;
}

void sim_resolve(const struct sim_literal *values, struct sim_params *params)
{
    memset(params, 0, sizeof(*params));
    params->shards = 1;
    for (size_t i = 0; i < sim_keys_n; i++) {
        if (sim_keys[i].bytes > 0)
            store_field(&sim_keys[i], &values[i], params);
    }
    const struct sim_literal *latency = value_of(values, "network", "latency");
    params->latency = (enum sim_latency_kind)latency->number;
    params->latency_const_ns = (relo_time)latency->argument;
    if (latency->text != NULL)
        g_strlcpy(params->latency_file, latency->text, sizeof params->latency_file);
    if (value_of(values, "malicious", "share-stop")->is_word)
        params->malicious_stop_ppb = params->malicious_ppb;
    resolve_access(values, params);
    if (value_of(values, "security", "certificate-bytes")->is_word)
        params->certificate_bytes = params->signature == SIM_SIGNATURE_RSA_2048 ? 794 : 399;
    sim_churns_resolve(values, params);
    sim_nats_resolve(values, params);
}

void sim_params_init(struct sim_params *params)
{
    struct sim_literal *values = g_new0(struct sim_literal, sim_keys_n);

    for (size_t i = 0; i < sim_keys_n; i++)
        sim_literal_fallback(&sim_keys[i], &values[i]);
    sim_resolve(values, params);
    for (size_t i = 0; i < sim_keys_n; i++)
        sim_literal_clear(&values[i]);
    g_free(values);
}

/* What the node's own check of the configuration document says (RFC 6940 11.1). */
static const char *check_overlay(const struct sim_params *p)
{
    struct relo_config config;
    relo_config_init(&config, p->overlay_name);
    config.chord_neighbors = (uint8_t)MAX(p->predecessors, p->successors);
    return relo_config_check(&config);
}

char *sim_params_check(const struct sim_params *p)
{
    const char *overlay = check_overlay(p);
    if (overlay != NULL)
        return g_strdup_printf("[overlay]: %s", overlay);
    if (p->bootstrap_peers > p->peers)
        return g_strdup_printf("overlay.bootstrap-peers = %u is more than overlay.peers = %u",
                               p->bootstrap_peers, p->peers);
    if (p->fingers_min > p->fingers_max)
        return g_strdup_printf("overlay.fingers-min = %u is more than overlay.fingers-max = %u",
                               p->fingers_min, p->fingers_max);
    if (p->latency == SIM_LATENCY_CONST && p->latency_const_ns < p->min_latency_ns)
        return g_strdup("network.latency is below network.min-latency; lower min-latency, too");
    if ((uint64_t)p->burst_enter_ppb + p->burst_leave_ppb > SIM_PPB && p->burst_enter_ppb != 0)
        return g_strdup("network.burst-enter and burst-leave together are more than 100%");
    if (p->crash_interval_ns != 0 && p->bootstrap_peers == p->peers)
        return g_strdup("fault.crash-interval is set, but all peers are bootstrap peers, which "
                        "never crash");
    if ((uint64_t)p->drop_requests_ppb + p->misroute_ppb + p->claim_ppb + p->replay_ppb > SIM_PPB)
        return g_strdup("malicious.drop-requests, misroute, claim and replay together are more "
                        "than 100%");
    if ((uint64_t)p->tamper_ppb + p->stale_ppb > SIM_PPB)
        return g_strdup("malicious.tamper and stale together are more than 100%");
    if (p->rto_min_ns > p->rto_initial_ns)
        return g_strdup("link.rto-min is above link.rto-initial");
    if (p->replicas > p->successors)
        return g_strdup_printf("overlay.replicas = %u needs as many successors; overlay.successors "
                               "is %u",
                               p->replicas, p->successors);
    if (p->store_interval_ns != 0 && p->lifetime_ns % RELO_S != 0)
        return g_strdup("workload.lifetime must be whole seconds (RFC 6940 section 7.4.1.1)");
    uint32_t security = (1 + p->chain) * p->certificate_bytes +
                        (p->signature == SIM_SIGNATURE_RSA_2048 ? 256 : 71);
    if (security + PING_BYTES + p->lookup_bytes > p->max_message_size)
        return g_strdup_printf("overlay.max-message-size = %u is too small for any message: "
                               "certificates and signature alone have %u bytes",
                               p->max_message_size, security);
    if (p->store_interval_ns != 0 &&
        p->value_bytes + security + STORE_BYTES > p->max_message_size)
        return g_strdup_printf("workload.value-bytes = %u does not fit a message of "
                               "overlay.max-message-size = %u with its signatures and certificates",
                               p->value_bytes, p->max_message_size);
    if (p->store_interval_ns != 0 && p->model != SIM_MODEL_SINGLE && p->value_bytes > 1000)
        return g_strdup_printf("workload.value-bytes = %u is above the 1000 that the kinds of "
                               "data-model = array and dictionary allow",
                               p->value_bytes);
    char *wrong = sim_nats_check(p);
    if (wrong == NULL)
        wrong = sim_churns_check(p);
    if (wrong != NULL)
        return wrong;
    if (p->call_interval_ns != 0 && p->sip_lifetime_ns == 0)
        return g_strdup("workload.call-interval is set, but sip-lifetime is off: nobody can be "
                        "called");
    if (p->sip_lifetime_ns % RELO_S != 0)
        return g_strdup("workload.sip-lifetime must be whole seconds (RFC 6940 section 7.4.1.1)");
    if (p->fetch_interval_ns != 0 && p->store_interval_ns == 0)
        return g_strdup("workload.fetch-interval is set, but store-interval is off: nothing to "
                        "fetch");
    if (p->bootstrap == SIM_BOOTSTRAP_JOIN && p->peers > 1 && p->build_up_ns == 0 && p->pairs == 0)
        return g_strdup("overlay.bootstrap = join needs time to join; set scenario.build-up, or "
                        "overlay.bootstrap = oracle");
    return sim_latency_check(p, sim_populations_count(p));
}
