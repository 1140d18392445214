/* SPDX-License-Identifier: BSD-2-Clause */
/* The `sim` suite's table; see sim.h for what it is and what it is not. */
#include "core/relo.h"
#include "core/security/sim.h"

static uint64_t sim_random(struct relo_env *env)
{
    return relo_prng_next(&env->prng);
}

static void assoc_wire(struct relo_env *env, struct relo_assoc *assoc, bool server, uint64_t secret)
{
    (void)env;
    *assoc = (struct relo_assoc){.key = secret,
                                 .flags = (uint8_t)(RELO_SIM_UP | (server ? RELO_SIM_SERVER : 0))};
}

static enum relo_assoc_status assoc_input(struct relo_env *env, struct relo_assoc *assoc,
                                          const struct relo_datagram_view *in,
                                          struct relo_view *frame, struct relo_slice *rest)
{
    if (in->head.n < RELO_SIM_RECORD_HEADER)
        return RELO_ASSOC_BAD;
    switch (in->head.p[0]) {
    case RELO_SIM_DATA:
    case RELO_SIM_ALERT:
        return relo_sim_record_input(assoc, in, frame, rest);
    case RELO_SIM_HANDSHAKE:
        /* Handshake datagrams are made in one piece. */
        return in->body.body && in->body.n ? RELO_ASSOC_BAD
                                           : relo_sim_handshake_input(env, assoc, in->head);
    default:
        return RELO_ASSOC_BAD;
    }
}

static void assoc_close(struct relo_env *env, struct relo_assoc *assoc)
{
    (void)env;
    if (assoc->flags & RELO_SIM_UP)
        assoc->flags |= RELO_SIM_CLOSE_NOTIFY;
}

const struct relo_suite relo_suite_sim = {
    .name = "sim",
    .record_overhead = RELO_SIM_OVERHEAD,
    .random = sim_random,
    .certificate_write = relo_sim_certificate_write,
    .certificate_read = relo_sim_certificate_read,
    .digest = relo_sim_digest,
    .own_digest = relo_sim_own_digest,
    .algorithm = relo_sim_algorithm,
    .sign = relo_sim_sign,
    .verify = relo_sim_verify,
    .certificate_pack = relo_sim_certificate_pack,
    .certificate_unpack = relo_sim_certificate_unpack,
    .signature_pack = relo_sim_signature_pack,
    .signature_unpack = relo_sim_signature_unpack,
    .assoc_hello = relo_sim_hello,
    .assoc_open = relo_sim_open,
    .assoc_wire = assoc_wire,
    .assoc_fini = relo_sim_fini,
    .assoc_input = assoc_input,
    .assoc_output = relo_sim_output,
    .assoc_deadline = relo_sim_deadline,
    .assoc_wake = relo_sim_wake,
    .assoc_close = assoc_close,
    .assoc_peer = relo_sim_peer,
    .assoc_rtt = relo_sim_rtt,
    .assoc_seal = relo_sim_seal,
};
