/* SPDX-License-Identifier: BSD-2-Clause */
/* A few live peers in this process, on a main loop of their own: real sockets and the real clock,
   and the commands and results of core/relo.h.

   ring_new; ring_add each, which joins through the first; then ring_command and ring_wait in turns;
   ring_free. */
#ifndef TESTS_LIVE_SUPPORT_RING_H
#define TESTS_LIVE_SUPPORT_RING_H

#include "live/peer.h"

#define RING_PEERS 4
#define RING_EVENTS 64

struct ring;

struct ring_peer {
    struct ring *ring;
    struct live_peer *peer;
    struct relo_addr local;
    struct relo_id id;
    struct relo_result answer; /* to the last command; no views */
    bool answered;
    GString *value;                        /* what it fetched, or what came over a flow last */
    guint value_count;                     /* how many have come over flows */
    struct relo_result event[RING_EVENTS]; /* all other results, the first of them */
    guint events;
};

struct ring {
    GMainContext *context;
    struct relo_config config;
    struct ring_peer peer[RING_PEERS];
    guint peers;
};

/* No ICE, and 2 s between Updates; set ring->config otherwise before the first is added. */
struct ring *ring_new(void);
void ring_free(struct ring *ring);
/* Its number, once it has joined. `options` has what is special about it; addresses are ours. */
guint ring_add(struct ring *ring, struct relo_addr local, struct live_peer_options options);
/* Gives the command and waits for its answer, which the test fails without. */
const struct relo_result *ring_command(struct ring *ring, guint who, struct relo_command command);
/* Runs until the condition holds; the test fails where it does not within half a minute. */
void ring_wait(struct ring *ring, bool (*holds)(void *data), void *data, const char *what);
/* Runs for so long. */
void ring_run(struct ring *ring, guint milliseconds);
/* The last such event that tells of that peer, or NULL. */
const struct relo_result *ring_event(const struct ring *ring, guint who, enum relo_result_type type,
                                     guint of);
/* A UDP port that was free at that address a moment ago; 0: there is no such address here. */
guint16 ring_free_port(const char *host);

#endif
