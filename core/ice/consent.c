/* SPDX-License-Identifier: BSD-2-Clause */
/* Consent to send (RFC 7675) and the keepalive without it (RFC 8445 section 11). */
#include "core/ice/internal.h"

#include "core/base/hash.h"
#include "core/security/suite.h"

#include <string.h>

#define INTERVAL_NS (5 * RELO_S) /* 7675 5.1, varied by a fifth either way */
#define EXPIRY_NS (30 * RELO_S)

static void schedule(struct relo_ice *ice)
{
    uint64_t bits = ice->env->suite->random(ice->env);
    relo_time spread = INTERVAL_NS * 2 / 5;
    ice->consent.next = ice->env->now + INTERVAL_NS * 4 / 5 + (relo_time)(bits % (uint64_t)spread);
}

void relo_ice_consent_start(struct relo_ice *ice)
{
    if (!ice->wants_consent)
        return;
    ice->consent.expires = ice->env->now + EXPIRY_NS;
    schedule(ice);
}

bool relo_ice_consent_response(struct relo_ice *ice, const struct relo_addr *local,
                               const struct relo_addr *remote, const struct relo_stun *message)
{
    if (!ice->wants_consent || ice->state != RELO_ICE_COMPLETED ||
        memcmp(ice->consent.transaction, message->transaction, sizeof ice->consent.transaction) !=
            0)
        return false;
    if (!relo_ice_check_credible(ice, message))
        return true;
    if (!relo_addr_equal(local, &ice->path.local) || !relo_addr_equal(remote, &ice->path.remote))
        relo_count(ice->env, RELO_COUNT_drop_stun_address); /* 7675 5.1: consent is of an address */
    else if (message->stun_class == RELO_STUN_SUCCESS)
        ice->consent.expires = ice->env->now + EXPIRY_NS;
    return true;
}

bool relo_ice_consent_output(struct relo_ice *ice, struct relo_ice_datagram *d, struct relo_wr *w)
{
    if (!ice->wants_consent || ice->state != RELO_ICE_COMPLETED ||
        ice->env->now < ice->consent.next)
        return false;
    relo_ice_draw(ice->env, ice->consent.transaction, sizeof ice->consent.transaction);
    relo_ice_check_write(ice, w, ice->consent.transaction, 65535, false);
    *d = (struct relo_ice_datagram){ice->path.local, ice->path.remote, ice->path.relayed};
    schedule(ice); /* not retransmitted: the next one has another transaction (5.1) */
    return true;
}

const uint8_t relo_ice_keepalive[RELO_ICE_KEEPALIVE_BYTES] = {
    0x00, 0x11, 0x00, 0x08, 0x21, 0x12, 0xa4, 0x42, /* Binding indication, magic cookie */
    0,    0,    0,    0,    0,    0,    0,    0,    0, 0, 0, 0, /* transaction id */
    0x80, 0x28, 0x00, 0x04, 0xa1, 0xe8, 0xc2, 0xfc,             /* FINGERPRINT */
};

/* Nobody answers, so nobody gains by guessing its transaction id: it takes nothing out of the
   node's generator, whose draws are the same whoever sends the keepalives. */
void relo_ice_write_keepalive(struct relo_env *env, const struct relo_addr *remote,
                              struct relo_wr *w)
{
    uint8_t transaction[RELO_STUN_TRANSACTION_BYTES];
    uint64_t bits = relo_hash(remote->ip, sizeof remote->ip, env->prng.key ^ remote->port);
    for (uint32_t i = 0; i < sizeof transaction; i++) {
        if (i % 8 == 0)
            bits = relo_hash_mix(bits, (uint64_t)env->now);
        transaction[i] = (uint8_t)(bits >> (8 * (i % 8)));
    }
    struct relo_stun_writer s =
        relo_stun_open(w, RELO_STUN_BINDING, RELO_STUN_INDICATION, transaction);
    relo_stun_write_fingerprint(&s);
}
