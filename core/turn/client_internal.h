/* SPDX-License-Identifier: BSD-2-Clause */
/* The TURN client's own state, shared by client.c and client_request.c. */
#ifndef RELO_TURN_CLIENT_INTERNAL_H
#define RELO_TURN_CLIENT_INTERNAL_H

#include "core/turn/client.h"

#define RELO_TURN_TEXT_MAX 127  /* of name, password and the server's realm */
#define RELO_TURN_NONCE_MAX 254 /* of the server's nonces */
#define RELO_TURN_CHALLENGES 3  /* nonces in a row that one request may be told are stale */
#define RELO_TURN_PERMIT_EVERY (240 * RELO_S) /* a minute before a permission ends (section 9) */
#define RELO_TURN_CHANNEL_LIFE (600 * RELO_S)
#define RELO_TURN_CHANNEL_REST (300 * RELO_S) /* section 12: then it may be another's */

/* A STUN transaction (RFC 8489 section 6.2.1); `active` from its start to answer or timeout. */
struct relo_turn_asking {
    relo_time due, rto;
    uint8_t transaction[RELO_STUN_TRANSACTION_BYTES];
    uint8_t transmissions, challenges;
    bool active, authenticated;
    bool violated; /* there were answers, of bad integrity */
};

/* A cache line: there are dozens, and each datagram to or from one is for one of them. */
struct relo_turn_client_peer {
    struct relo_addr addr;
    uint16_t channel; /* 0: none */
    bool wanted : 1, wants_channel : 1, failed : 1;
    bool binding : 1;                /* what is asked is a ChannelBind, not a CreatePermission */
    struct relo_turn_asking *asking; /* owned; NULL: nothing is asked now */
    relo_time refresh;               /* when to ask again; 0: at once */
    relo_time permitted_until;       /* as far as is known here */
    relo_time bound_until;
    relo_time used; /* when something was last sent to it, or wanted to be */
};

_Static_assert(sizeof(struct relo_turn_client_peer) == 64, "a peer is a cache line");

struct relo_turn_client {
    struct relo_env *env;
    struct relo_addr local, server, relayed, mapped;
    struct relo_turn_asking asking; /* Allocate, then Refresh */
    struct relo_turn_client_peer *peer;
    relo_time peers_due; /* nothing is to be asked for any peer before */
    relo_time refresh, expires, rto, heard;
    uint32_t lifetime_s;
    uint16_t error, channel_next, peer_count, peer_size;
    uint8_t state; /* enum relo_turn_client_state */
    uint8_t family, transmissions;
    uint8_t name_bytes, password_bytes, realm_bytes, nonce_bytes;
    bool on_demand;
    bool challenged; /* realm, nonce and key are known */
    uint8_t key[16];
    struct relo_turn_queue queue;
    uint8_t *text; /* owned: name, password and, once challenged, realm and nonce, in a row */
};

static inline struct relo_view relo_turn_client_name(const struct relo_turn_client *client)
{
    return (struct relo_view){client->text, client->name_bytes};
}

static inline struct relo_view relo_turn_client_password(const struct relo_turn_client *client)
{
    return (struct relo_view){client->text + client->name_bytes, client->password_bytes};
}

static inline struct relo_view relo_turn_client_realm(const struct relo_turn_client *client)
{
    struct relo_view before = relo_turn_client_password(client);
    return (struct relo_view){before.p + before.n, client->realm_bytes};
}

static inline struct relo_view relo_turn_client_nonce(const struct relo_turn_client *client)
{
    struct relo_view before = relo_turn_client_realm(client);
    return (struct relo_view){before.p + before.n, client->nonce_bytes};
}

/* Takes these in place of what it had: copied, and may be parts of that. */
void relo_turn_client_text(struct relo_turn_client *client, struct relo_view name,
                           struct relo_view password, struct relo_view realm,
                           struct relo_view nonce);

/* client.c */
void relo_turn_client_end(struct relo_turn_client *client, uint16_t error);
/* Something is to be asked for this peer, or is not any more. */
void relo_turn_client_ask(struct relo_turn_client *client, struct relo_turn_client_peer *peer);
void relo_turn_client_asked(struct relo_turn_client *client, struct relo_turn_client_peer *peer);

/* client_request.c */
void relo_turn_asking_begin(struct relo_turn_client *client, struct relo_turn_asking *asking);
/* A response from the server; false: to none of our questions, or not believed. */
bool relo_turn_asking_response(struct relo_turn_client *client, const struct relo_stun *message);
/* Begins what is due, then writes the next request that is due. */
bool relo_turn_asking_output(struct relo_turn_client *client, struct relo_wr *w);
relo_time relo_turn_asking_deadline(const struct relo_turn_client *client);

#endif
