/* SPDX-License-Identifier: BSD-2-Clause */
/* Long-term credentials: RFC 8489 section 9.2.4, RFC 8656 section 5. Nonces are stateless: the time
   at which one goes stale and a keyed digest of that and of the client's address, so that a nonce
   is good for nobody else. */
#include "core/turn/internal.h"

#include "core/base/hmac.h"

#include <string.h>

#define STAMP_DIGITS 16
#define DIGEST_DIGITS (RELO_TURN_NONCE_BYTES - STAMP_DIGITS)

static void write_hex(uint8_t *text, const uint8_t *bytes, uint32_t digits)
{
    static const char digit[] = "0123456789abcdef";
    for (uint32_t i = 0; i < digits; i++)
        text[i] = (uint8_t)digit[i % 2 ? bytes[i / 2] & 15 : bytes[i / 2] >> 4];
}

static void make(const struct relo_turn_relay *relay, const struct relo_addr *client,
                 uint64_t stale_at, uint8_t nonce[RELO_TURN_NONCE_BYTES])
{
    uint8_t digest[20], text[8 + 1 + 2 + 16];
    struct relo_wr w = relo_wr_init(text, sizeof text, 0);
    struct relo_hmac hmac;
    relo_wr_u64(&w, stale_at);
    relo_wr_u8(&w, client->family);
    relo_wr_u16(&w, client->port);
    relo_wr_bytes(&w, client->ip, sizeof client->ip);
    relo_hmac_init(&hmac, (struct relo_view){relay->secret, sizeof relay->secret});
    relo_hmac_update(&hmac, text, sizeof text);
    relo_hmac_final(&hmac, digest);
    write_hex(nonce, text, STAMP_DIGITS);
    write_hex(nonce + STAMP_DIGITS, digest, DIGEST_DIGITS);
}

void relo_turn_auth_nonce(struct relo_turn_relay *relay, const struct relo_addr *client,
                          uint8_t nonce[RELO_TURN_NONCE_BYTES])
{
    make(relay, client, (uint64_t)(relay->env->now + relay->nonce_lifetime), nonce);
}

static bool nonce_good(const struct relo_turn_relay *relay, const struct relo_addr *client,
                       struct relo_view nonce)
{
    uint8_t wanted[RELO_TURN_NONCE_BYTES];
    uint64_t stale_at = 0;
    uint8_t different = 0;
    if (nonce.n != sizeof wanted)
        return false;
    for (uint32_t i = 0; i < STAMP_DIGITS; i++) {
        unsigned c = nonce.p[i];
        stale_at = stale_at << 4 | ((c >= 'a' ? c - 'a' + 10 : c - '0') & 15);
    }
    make(relay, client, stale_at, wanted);
    for (uint32_t i = 0; i < sizeof wanted; i++)
        different |= wanted[i] ^ nonce.p[i];
    return !different && (uint64_t)relay->env->now < stale_at;
}

static struct relo_turn_user *find(const struct relo_turn_relay *relay, struct relo_view name)
{
    for (uint32_t i = 0; i < relay->user_count; i++) {
        struct relo_turn_user *user = relay->user[i];
        if (user->name_bytes == name.n && memcmp(user->name, name.p, name.n) == 0)
            return user;
    }
    return NULL;
}

void relo_turn_password(struct relo_view secret, struct relo_view name,
                        uint8_t password[RELO_TURN_PASSWORD_BYTES])
{
    uint8_t digest[20];
    struct relo_hmac hmac;
    relo_hmac_init(&hmac, secret);
    relo_hmac_update(&hmac, name.p, name.n);
    relo_hmac_final(&hmac, digest);
    write_hex(password, digest, RELO_TURN_PASSWORD_BYTES);
}

static size_t user_bytes(uint8_t name_bytes)
{
    return sizeof(struct relo_turn_user) + name_bytes;
}

/* Takes a user out of the table. */
static void forget(struct relo_turn_relay *relay, uint32_t at)
{
    struct relo_turn_user *user = relay->user[at];
    relay->user_count--;
    memmove(&relay->user[at], &relay->user[at + 1], (relay->user_count - at) * sizeof *relay->user);
    relo_env_free(relay->env, user, user_bytes(user->name_bytes));
}

/* Room for one more: the oldest of those who came by the shared secret and have nothing here goes.
 */
static bool make_room(struct relo_turn_relay *relay)
{
    if (relay->user_count < relay->users_max)
        return true;
    for (uint32_t i = 0; i < relay->user_count; i++)
        if (relay->user[i]->passing && !relay->user[i]->allocations) {
            forget(relay, i);
            return true;
        }
    return false;
}

/* The key of a user by the shared secret; false: there is none, or the name is none. */
static bool passer(const struct relo_turn_relay *relay, struct relo_view name, uint8_t key[16])
{
    struct relo_view shared = {relay->shared, relay->shared_bytes};
    struct relo_view realm = {relay->realm, relay->realm_bytes};
    uint8_t password[RELO_TURN_PASSWORD_BYTES];
    if (!shared.n || !name.n || name.n > RELO_TURN_NAME_MAX)
        return false;
    relo_turn_password(shared, name, password);
    return relo_stun_long_term_key(name, realm, (struct relo_view){password, sizeof password}, key);
}

/* There is room. */
static struct relo_turn_user *keep(struct relo_turn_relay *relay, struct relo_view name,
                                   const uint8_t key[16], bool passing)
{
    struct relo_turn_user *user = relo_env_alloc(relay->env, user_bytes((uint8_t)name.n));
    *user = (struct relo_turn_user){.passing = passing, .name_bytes = (uint8_t)name.n};
    memcpy(user->key, key, sizeof user->key);
    if (name.n)
        memcpy(user->name, name.p, name.n);
    relay->user = relo_turn_relay_grown(relay, relay->user, relay->user_count, &relay->user_size,
                                        sizeof user);
    relay->user[relay->user_count++] = user;
    return user;
}

/* The user of a request: NULL where it is none, or its MESSAGE-INTEGRITY is not of its password.
   What shows no knowledge of the secret makes no state. */
static struct relo_turn_user *authenticate(struct relo_turn_relay *relay, const struct relo_stun *m,
                                           bool *full)
{
    struct relo_turn_user *user = find(relay, m->username);
    uint8_t key[16];
    if (user)
        return relo_stun_integrity_good(m, (struct relo_view){user->key, sizeof user->key}) ? user
                                                                                            : NULL;
    if (!passer(relay, m->username, key) ||
        !relo_stun_integrity_good(m, (struct relo_view){key, sizeof key}))
        return NULL;
    *full = !make_room(relay);
    return *full ? NULL : keep(relay, m->username, key, true);
}

struct relo_turn_user *relo_turn_auth_wire(struct relo_turn_relay *relay, struct relo_view name)
{
    struct relo_turn_user *user = find(relay, name);
    uint8_t key[16];
    if (user || !passer(relay, name, key) || !make_room(relay))
        return user;
    return keep(relay, name, key, true);
}

bool relo_turn_auth_check(struct relo_turn_relay *relay, struct relo_turn_request *request)
{
    const struct relo_stun *m = request->message;
    const uint32_t needed = RELO_STUN_HAS_USERNAME | RELO_STUN_HAS_REALM | RELO_STUN_HAS_NONCE;
    bool full = false;
    if (!(m->has & RELO_STUN_HAS_INTEGRITY)) {
        relo_count(relay->env, RELO_COUNT_turn_unauthorized);
        relo_turn_relay_refuse(relay, request, 401, "Unauthorized");
        return false;
    }
    if ((m->has & needed) != needed) {
        relo_turn_relay_refuse(relay, request, 400, "Bad Request");
        return false;
    }
    struct relo_turn_user *user = authenticate(relay, m, &full);
    if (full) { /* who has a credential learns that it is not the credential */
        relo_turn_relay_refuse(relay, request, 508, "Insufficient Capacity");
        return false;
    }
    if (!user) {
        relo_count(relay->env, RELO_COUNT_turn_unauthorized);
        relo_turn_relay_refuse(relay, request, 401, "Unauthorized");
        return false;
    }
    if (!nonce_good(relay, request->client, m->nonce)) {
        relo_count(relay->env, RELO_COUNT_turn_stale);
        relo_turn_relay_refuse(relay, request, 438, "Stale Nonce");
        return false;
    }
    request->user = user;
    return true;
}

bool relo_turn_relay_add_user(struct relo_turn_relay *relay, struct relo_view name,
                              struct relo_view password)
{
    struct relo_view realm = {relay->realm, relay->realm_bytes};
    if (name.n > RELO_TURN_NAME_MAX || relay->user_count == relay->users_max || find(relay, name))
        return false;
    uint8_t key[16];
    if (!relo_stun_long_term_key(name, realm, password, key))
        return false;
    keep(relay, name, key, false);
    return true;
}

void relo_turn_auth_fini(struct relo_turn_relay *relay)
{
    while (relay->user_count > 0)
        forget(relay, relay->user_count - 1u);
    relo_env_free(relay->env, relay->user, relay->user_size * sizeof *relay->user);
}

void relo_turn_relay_remove_user(struct relo_turn_relay *relay, struct relo_view name)
{
    struct relo_turn_user *user = find(relay, name);
    uint32_t at = 0;
    if (!user)
        return;
    for (uint32_t i = relay->allocation_count; i-- > 0;)
        if (relay->slot[i].allocation->user == user)
            relo_turn_allocate_end(relay, relay->slot[i].allocation);
    while (relay->user[at] != user)
        at++;
    forget(relay, at);
}
