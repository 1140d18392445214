/* SPDX-License-Identifier: BSD-2-Clause */
/* What a malicious peer does to the messages that come by: RFC 6940's forwarding header (6.3.2) is
   not signed, so whoever forwards can drop, redirect, claim and replay. */
#include "sim/fault/attacker.h"

#include "core/base/check.h"
#include "core/wire/codes.h"
#include "core/wire/destination.h"
#include "core/wire/frame.h"
#include "core/wire/header.h"
#include "sim/engine/draw.h"
#include "sim/fault/malice.h"

#include <string.h>

/* A message in the clear. */
struct passing {
    struct relo_header header;
    struct relo_view head; /* what follows the header in the head */
    struct relo_slice body;
    uint32_t sequence; /* of the frame */
    uint16_t code;     /* 0: a fragment from the middle */
    bool to_resource;  /* its destination list is one Resource-ID */
    bool to_me;        /* its destination list is my Node-ID */
};

uint64_t sim_attacker_draw(const struct sim_attacker *attacker, enum sim_attack purpose,
                           uint64_t transaction)
{
    return relo_hash_draw(attacker->params->seed, SIM_DRAW_MALICE,
                          (uint64_t)attacker->host * SIM_ATTACKS + purpose, transaction);
}

static bool read_passing(const struct relo_env *env, struct relo_view frame,
                         const struct relo_slice *rest, struct passing *p)
{
    uint32_t body_n = rest->body ? rest->n : 0;
    if (frame.n < RELO_FRAME_DATA_BYTES || frame.p[0] != RELO_FRAME_DATA)
        return false;
    struct relo_rd r = relo_rd_init(frame.p + 1, 4, RELO_ID_BYTES);
    p->sequence = relo_rd_u32(&r);
    uint32_t head_n = frame.n - RELO_FRAME_DATA_BYTES;
    r = relo_rd_init(frame.p + RELO_FRAME_DATA_BYTES, head_n, env->config->node_id_length);
    if (relo_header_read_part(&r, head_n + body_n, &p->header) != RELO_HEADER_OK)
        return false;
    p->head = relo_rd_rest(&r);
    p->body = *rest;
    p->code = 0;
    if (relo_header_offset(&p->header) == 0 && p->head.n + body_n >= 2) {
        const uint8_t *first = p->head.n ? p->head.p : relo_slice_bytes(rest);
        p->code = (uint16_t)(first[0] << 8 | first[1]);
    }
    struct relo_destination d;
    r = relo_rd_init(p->header.destination.p, p->header.destination.n, r.node_id_bytes);
    bool one = relo_destination_next(&r, &d) && !relo_rd_more(&r);
    p->to_resource = one && d.type == RELO_DESTINATION_RESOURCE;
    p->to_me = one && d.type == RELO_DESTINATION_NODE && d.id.n == RELO_ID_BYTES &&
               relo_id_equal(relo_id_from_bytes(d.id.p), env->self);
    return true;
}

/* Only what applications ask for: an attacker who breaks the ring around it loses its place in it.
 */
static bool is_wanted_request(const struct passing *p)
{
    switch (p->code) {
    case RELO_CODE_PROBE_REQ:
    case RELO_CODE_PING_REQ:
    case RELO_CODE_STORE_REQ:
    case RELO_CODE_FETCH_REQ:
    case RELO_CODE_STAT_REQ:
    case RELO_CODE_FIND_REQ:
    case RELO_CODE_APP_ATTACH_REQ:
    case 0: /* a later fragment: that it goes to a resource says enough */
        return p->to_resource;
    default:
        return false;
    }
}

static bool is_wanted_answer(const struct passing *p)
{
    switch (p->code) {
    case RELO_CODE_PROBE_ANS:
    case RELO_CODE_PING_ANS:
    case RELO_CODE_STORE_ANS:
    case RELO_CODE_FETCH_ANS:
    case RELO_CODE_STAT_ANS:
    case RELO_CODE_FIND_ANS:
    case RELO_CODE_APP_ATTACH_ANS:
        return !p->to_me;
    default:
        return false;
    }
}

/* The Node-IDs of a via list are peers one could send something to. */
static void note_ids(struct sim_attacker *attacker, const struct passing *p, uint8_t node_id_bytes)
{
    struct relo_rd list = relo_rd_init(p->header.via.p, p->header.via.n, node_id_bytes);
    struct relo_destination d;
    while (relo_destination_next(&list, &d)) {
        if (d.type == RELO_DESTINATION_NODE && d.id.n == RELO_ID_BYTES)
            attacker->id[attacker->ids++ % SIM_ATTACKER_IDS] = relo_id_from_bytes(d.id.p);
    }
}

static void let_go(struct sim_attacker *attacker)
{
    relo_body_unref(attacker->pool, attacker->kept.body.body);
    attacker->kept.body.body = NULL;
    attacker->kept.n = 0;
}

/* Keeps a whole request for a replay: the first, and now and then a newer one. */
static void keep(struct sim_attacker *attacker, const struct relo_env *env, const struct passing *p,
                 uint64_t draw)
{
    struct relo_wr w = relo_wr_init(attacker->kept.bytes, sizeof attacker->kept.bytes,
                                    env->config->node_id_length);
    if (p->code == 0 || !relo_header_is_whole(&p->header) || (attacker->kept.n && draw % 16 != 0) ||
        relo_header_size(&p->header) + p->head.n > sizeof attacker->kept.bytes)
        return;
    let_go(attacker);
    relo_header_write(&w, &p->header);
    relo_wr_bytes(&w, p->head.p, p->head.n);
    attacker->kept.n = (uint32_t)relo_wr_size(&w);
    attacker->pool = &env->shard->pool;
    attacker->kept.body = p->body;
    relo_body_ref(p->body.body);
}

/* The frame with another message: `head` (header and what follows) and `body`. */
static bool replace(struct sim_attacker *attacker, const struct passing *p, struct relo_view head,
                    struct relo_slice body, struct relo_view *frame, struct relo_slice *rest)
{
    struct relo_wr w = relo_wr_init(attacker->frame, sizeof attacker->frame, RELO_ID_BYTES);
    relo_frame_write_data_head(&w, p->sequence, head.n + (body.body ? body.n : 0));
    relo_wr_bytes(&w, head.p, head.n);
    if (w.failed)
        return false;
    *frame = relo_wr_view(&w);
    *rest = body;
    return true;
}

/* The same message with another destination list. */
static bool redirect(struct sim_attacker *attacker, const struct relo_env *env,
                     const struct passing *p, struct relo_id to, bool then_on,
                     struct relo_view *frame, struct relo_slice *rest)
{
    uint8_t list[512], message[SIM_ATTACKER_FRAME];
    struct relo_wr d = relo_wr_init(list, sizeof list, env->config->node_id_length);
    struct relo_wr w = relo_wr_init(message, sizeof message, env->config->node_id_length);
    struct relo_header header = p->header;
    relo_destination_write_node(&d, to);
    if (then_on)
        relo_wr_bytes(&d, header.destination.p, header.destination.n);
    header.destination = relo_wr_view(&d);
    header.length = relo_header_size(&header) + p->head.n + (p->body.body ? p->body.n : 0);
    relo_header_write(&w, &header);
    relo_wr_bytes(&w, p->head.p, p->head.n);
    if (d.failed || w.failed)
        return false;
    return replace(attacker, p, relo_wr_view(&w), p->body, frame, rest);
}

/* An empty message in its place: the previous hop gets its ACK, and nothing else happens. */
static bool swallow(struct sim_attacker *attacker, const struct passing *p, struct relo_view *frame,
                    struct relo_slice *rest)
{
    return replace(attacker, p, (struct relo_view){NULL, 0}, (struct relo_slice){NULL, 0, 0}, frame,
                   rest);
}

static void attack_request(struct sim_attacker *attacker, const struct relo_env *env,
                           const struct passing *p, struct relo_view *frame,
                           struct relo_slice *rest)
{
    const struct sim_params *params = attacker->params;
    uint64_t draw = sim_attacker_draw(attacker, SIM_ATTACK_DROP_REQUEST, p->header.transaction_id);
    uint64_t roll = sim_draw_below(draw, SIM_PPB);
    if (roll < params->drop_requests_ppb) {
        attacker->count[SIM_ATTACK_DROP_REQUEST] += swallow(attacker, p, frame, rest);
        return;
    }
    roll -= params->drop_requests_ppb;
    if (roll < params->misroute_ppb) {
        /* By way of a peer somewhere behind: it goes on from there, and may come by again. */
        uint32_t known = MIN(attacker->ids, SIM_ATTACKER_IDS);
        if (known)
            attacker->count[SIM_ATTACK_MISROUTE] += redirect(
                attacker, env, p, attacker->id[(draw ^ p->header.ttl) % known], true, frame, rest);
        return;
    }
    roll -= params->misroute_ppb;
    if (roll < params->claim_ppb) {
        attacker->count[SIM_ATTACK_CLAIM] +=
            redirect(attacker, env, p, env->self, false, frame, rest);
        return;
    }
    roll -= params->claim_ppb;
    if (roll < params->replay_ppb && attacker->kept.n)
        attacker->count[SIM_ATTACK_REPLAY] +=
            replace(attacker, p, (struct relo_view){attacker->kept.bytes, attacker->kept.n},
                    attacker->kept.body, frame, rest);
    else if (params->replay_ppb)
        keep(attacker, env, p, draw);
}

static void attack(struct sim_attacker *attacker, const struct relo_env *env,
                   struct relo_view *frame, struct relo_slice *rest)
{
    struct passing p;
    if (!read_passing(env, *frame, rest, &p))
        return;
    note_ids(attacker, &p, env->config->node_id_length);
    if (is_wanted_request(&p)) {
        attack_request(attacker, env, &p, frame, rest);
    } else if (is_wanted_answer(&p)) {
        uint64_t draw =
            sim_attacker_draw(attacker, SIM_ATTACK_DROP_ANSWER, p.header.transaction_id);
        if (sim_draw_below(draw, SIM_PPB) < attacker->params->drop_answers_ppb)
            attacker->count[SIM_ATTACK_DROP_ANSWER] += swallow(attacker, &p, frame, rest);
    }
}

/* --- the suite ------------------------------------------------------------------------------- */

/* The attacker lives behind the const pointer of the env; the core never writes there. */
static struct sim_attacker *attacker_of(const struct relo_env *env)
{
    return (struct sim_attacker *)(uintptr_t)env->suite;
}

static bool is_malicious(const struct sim_attacker *attacker, relo_time now)
{
    return attacker->threshold_ppb < sim_malice_share(attacker->params, now);
}

static enum relo_assoc_status assoc_input(struct relo_env *env, struct relo_assoc *assoc,
                                          const struct relo_datagram_view *in,
                                          struct relo_view *frame, struct relo_slice *rest)
{
    struct sim_attacker *attacker = attacker_of(env);
    enum relo_assoc_status status = relo_suite_sim.assoc_input(env, assoc, in, frame, rest);
    if (status == RELO_ASSOC_RECORD && is_malicious(attacker, env->now))
        attack(attacker, env, frame, rest);
    return status;
}

static void sign(const struct relo_env *env, const struct relo_signature_input *input,
                 uint8_t *signature)
{
    struct sim_attacker *attacker = attacker_of(env);
    /* 6.3.4: overlay and transaction id come first, then the contents. */
    if (input->n == 3 && input->part[0].n == 12 && is_malicious(attacker, env->now)) {
        struct relo_rd r = relo_rd_init(input->part[0].p + 4, 8, RELO_ID_BYTES);
        sim_attacker_serve(attacker, env, relo_rd_u64(&r), input->part[1]);
    }
    relo_suite_sim.sign(env, input, signature);
}

struct sim_attacker *sim_attacker_new(const struct sim_params *params, uint32_t host,
                                      uint32_t threshold_ppb)
{
    struct sim_attacker *attacker = g_new0(struct sim_attacker, 1);
    attacker->suite = relo_suite_sim;
    attacker->suite.assoc_input = assoc_input;
    attacker->suite.sign = sign;
    attacker->params = params;
    attacker->host = host;
    attacker->threshold_ppb = threshold_ppb;
    if (params->stale_ppb)
        attacker->stale = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    return attacker;
}

void sim_attacker_free(struct sim_attacker *attacker)
{
    if (!attacker)
        return;
    if (attacker->kept.body.body)
        relo_body_unref(attacker->pool, attacker->kept.body.body);
    if (attacker->stale)
        g_hash_table_destroy(attacker->stale);
    g_free(attacker);
}
