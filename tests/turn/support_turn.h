/* SPDX-License-Identifier: BSD-2-Clause */
/* A TURN server, clients and peers in virtual time, with a network that delays and loses. */
#ifndef TESTS_TURN_SUPPORT_TURN_H
#define TESTS_TURN_SUPPORT_TURN_H

#include "core/turn/client.h"
#include "core/turn/relay.h"

#include <glib.h>

#define TURN_CLIENTS 2

struct turn_packet {
    relo_time at;
    struct relo_addr from, to;
    GBytes *bytes;
};

struct turn_net {
    struct relo_shard shard;
    struct relo_env env;
    struct relo_turn_relay *relay;
    struct relo_turn_client *client[TURN_CLIENTS];
    struct relo_addr client_addr[TURN_CLIENTS];
    unsigned got[TURN_CLIENTS]; /* datagrams of data */
    char last[TURN_CLIENTS][64];
    struct relo_addr last_from[TURN_CLIENTS];
    GQueue flying;  /* turn_packet, by time */
    GQueue arrived; /* turn_packet to addresses that are neither the server's nor a client's */
    struct relo_addr server;
    uint16_t port;     /* the next relayed one */
    unsigned released; /* how many addresses came back */
    bool no_ports, echo;
    unsigned loss; /* per mille */
    uint64_t drawn;
    uint8_t nonce[64]; /* of the last challenge that turn_ask saw */
    uint32_t nonce_bytes;
};

void turn_open(struct turn_net *net, const struct relo_turn_relay_options *options);
/* Everything has given its memory back. */
void turn_close(struct turn_net *net);
/* Carries out what the server and the clients want at this time, and again until `until`. */
void turn_run(struct turn_net *net, relo_time until);
void turn_send(struct turn_net *net, const struct relo_addr *from, const struct relo_addr *to,
               const void *bytes, size_t n);
/* The next datagram that arrived at a bystander; NULL: none did. Free with turn_packet_free. */
struct turn_packet *turn_arrived(struct turn_net *net);
void turn_packet_free(struct turn_packet *packet);

/* --- requests by hand ------------------------------------------------------------------------ */

struct turn_ask {
    struct relo_addr from;
    enum relo_stun_method method;
    const char *name,
        *password;       /* "alice", "secret" where NULL; password "" leaves out integrity */
    uint8_t transaction; /* fills it; 0: a fresh one */
    bool no_username, no_transport, dont_fragment, unknown, lifetime, even, reserve, token, more;
    uint8_t transport; /* 17 where 0 */
    uint8_t family;    /* REQUESTED-ADDRESS-FAMILY; 0: leave out */
    uint32_t lifetime_s;
    uint16_t channel; /* 0: leave out */
    struct relo_addr peer[3];
    unsigned peers;
};

/* Writes the request; turn_made is it again, as its own length says. */
void turn_make(struct turn_net *net, const struct turn_ask *ask, uint8_t *bytes, size_t size);
struct relo_view turn_made(const uint8_t *bytes);
/* Sends the request, waits 1 ms and gives the answer's error code; 0 is a success, -1 no answer.
   The answer itself is in *answer, until the next call. */
int turn_ask(struct turn_net *net, const struct turn_ask *ask, struct relo_stun *answer);
/* Gets a nonce, then an allocation for `from`; its relayed address. */
struct relo_addr turn_allocate(struct turn_net *net, struct relo_addr from);
void turn_challenge(struct turn_net *net, struct relo_addr from);
/* A Send indication with this text. */
void turn_indicate(struct turn_net *net, struct relo_addr from, struct relo_addr peer,
                   const char *text);
struct relo_view turn_view(const char *text);
void turn_expect(const void *p, size_t n, const void *wanted, size_t wanted_n);

#endif
