/* SPDX-License-Identifier: BSD-2-Clause */
/* What a malicious peer does to the values it serves (RFC 6940 7.4.2.2): it signs its answer
   whatever that says, but each value bears the signature of whoever stored it. */
#include "sim/fault/attacker.h"

#include "core/wire/codes.h"
#include "core/wire/contents.h"
#include "core/wire/storage.h"
#include "sim/engine/draw.h"

#include <string.h>

/* The first value of an answer; false: there is none that is known. */
static bool first_value(const struct relo_env *env, struct relo_view contents,
                        struct relo_stored_data *data)
{
    uint8_t node_id_bytes = env->config->node_id_length;
    struct relo_rd r = relo_rd_init(contents.p, contents.n, node_id_bytes);
    struct relo_contents c;
    struct relo_fetch_ans answer;
    struct relo_fetch_kind_response kind;
    if (!relo_contents_read(&r, &c) || c.code != RELO_CODE_FETCH_ANS)
        return false;
    r = relo_rd_init(c.body.p, c.body.n, node_id_bytes);
    if (!relo_fetch_ans_read(&r, env->config, &answer))
        return false;
    r = relo_rd_init(answer.kind_responses.p, answer.kind_responses.n, node_id_bytes);
    if (!relo_fetch_kind_response_next(&r, env->config, &kind))
        return false;
    r = relo_rd_init(kind.values.p, kind.values.n, node_id_bytes);
    return relo_stored_data_next(&r, kind.definition, data) && data->known && data->value.exists &&
           data->value.value.n > 0;
}

/* The answer lies in the core's scratch memory; that the suite sees it const is honest peers' good
   manners. */
static uint8_t *writable(struct relo_view view)
{
    return (uint8_t *)(uintptr_t)view.p;
}

/* A StoredData as it once was. */
struct version {
    uint64_t expires_ms;
    uint32_t n;
    uint8_t bytes[];
};

/* Puts the oldest version known of this signer's value, if it has not expired, in the newest's
 * place. */
static bool make_stale(struct sim_attacker *attacker, const struct relo_env *env,
                       const struct relo_stored_data *data)
{
    struct relo_view signer = data->signature.identity.bytes;
    gint64 key = (gint64)relo_hash(signer.p, signer.n, 0);
    struct version *old = g_hash_table_lookup(attacker->stale, &key);
    if (old && old->expires_ms > relo_env_unix_ms(env)) {
        if (old->n != data->bytes.n || memcmp(old->bytes, data->bytes.p, old->n) == 0)
            return false;
        memcpy(writable(data->bytes), old->bytes, old->n);
        return true;
    }
    old = g_malloc(sizeof *old + data->bytes.n);
    old->expires_ms = data->storage_time + (uint64_t)data->lifetime * 1000;
    old->n = data->bytes.n;
    memcpy(old->bytes, data->bytes.p, data->bytes.n);
    g_hash_table_replace(attacker->stale, g_memdup2(&key, sizeof key), old);
    return false;
}

void sim_attacker_serve(struct sim_attacker *attacker, const struct relo_env *env,
                        uint64_t transaction, struct relo_view contents)
{
    const struct sim_params *params = attacker->params;
    struct relo_stored_data data;
    if ((!params->tamper_ppb && !params->stale_ppb) || !first_value(env, contents, &data))
        return;
    uint64_t draw = sim_attacker_draw(attacker, SIM_ATTACK_TAMPER, transaction);
    uint64_t roll = sim_draw_below(draw, SIM_PPB);
    if (roll < params->tamper_ppb) {
        writable(data.value.value)[draw % data.value.value.n] ^= 1;
        attacker->count[SIM_ATTACK_TAMPER]++;
    } else if (params->stale_ppb && roll - params->tamper_ppb < params->stale_ppb) {
        attacker->count[SIM_ATTACK_STALE] += make_stale(attacker, env, &data);
    }
}
