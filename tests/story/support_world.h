/* SPDX-License-Identifier: BSD-2-Clause */
/* A handful of nodes on a perfect or lossy network in virtual time: the driver of the story tests.

   world_new, world_add for each node, then world_command and world_run in turns; world_free checks
   that nothing leaked. Latency is constant; packets are lost as the test says. */
#ifndef TESTS_STORY_SUPPORT_WORLD_H
#define TESTS_STORY_SUPPORT_WORLD_H

#include "core/relo.h"

#include <glib.h>

#define WORLD_NODES 16
#define WORLD_RESULTS 256
#define WORLD_BYTES 256 /* of a RESULT's value, and of its body, that are kept */

struct world_packet;

struct world {
    struct relo_config config;
    struct relo_config other; /* for nodes added while use_other */
    bool use_other;
    struct relo_shard *shard;
    struct relo_outbox *out;
    relo_time now, latency;
    unsigned count;
    struct relo_node *node[WORLD_NODES];
    struct relo_id id[WORLD_NODES];
    relo_time deadline[WORLD_NODES];
    bool cut[WORLD_NODES][WORLD_NODES];        /* packets from i to k are lost */
    relo_time extra[WORLD_NODES][WORLD_NODES]; /* latency from i to k beyond `latency` */
    struct world_packet *flying;               /* in order of arrival */
    bool is_public;                            /* of nodes added from now on: START says so */
    unsigned ports[WORLD_NODES];               /* opened by UDP_OPEN and not closed */
    /* What is sent to an address that is no node's; borrowed. */
    void (*outside)(void *data, const struct relo_send *send);
    void *outside_data;
    uint64_t sent, delivered;
    uint64_t loss_every; /* every n-th datagram is lost; 0: none */
    /* RESULTs of commands, newest last, with what they view. */
    struct relo_result result[WORLD_RESULTS];
    uint8_t value[WORLD_RESULTS][WORLD_BYTES], body[WORLD_RESULTS][WORLD_BYTES];
    unsigned result_node[WORLD_RESULTS];
    unsigned results;
    /* If not NULL: lines such as "12.345 n0 admitted", "0.020 n1 between n0 and n2" when its
       nearest neighbors change, "0.3 n2 holds" when it gets a value of `watched`, and "0.6 n2
       answers again" when a request that it has answered before gets the same answer (6.2.1). */
    GString *trace;
    bool messages; /* with it lines such as "0.120 n0 says PingAns to n1", a hop's unfragmented ones
                    */
    struct relo_id watched;
    unsigned previous[WORLD_NODES], next[WORLD_NODES];
    bool holds[WORLD_NODES];
    uint64_t answers_again; /* so far, of all nodes */
    relo_time trace_from;   /* where its clock is 0 */
};

struct world *world_new(void);
void world_free(struct world *world);
/* A node with Node-ID `top` << 56, user "user<n>"; the first one bootstraps all others. Its index.
 */
unsigned world_add(struct world *world, unsigned top);
void world_add_client(struct world *world, unsigned top);
void world_event(struct world *world, unsigned node, struct relo_event *event); /* now */
/* A datagram from outside arrives, now. */
void world_inject(struct world *world, const struct relo_addr *local,
                  const struct relo_addr *remote, struct relo_view bytes);
void world_run(struct world *world, relo_time duration);
/* Steps a node with a command at once; its tag is the index of the command, returned. */
uint64_t world_command(struct world *world, unsigned node, struct relo_command command);
/* Runs until the command has its RESULT, at most `patience`; NULL if it has none. */
const struct relo_result *world_await(struct world *world, uint64_t tag, relo_time patience);
void world_join(struct world *world, unsigned node); /* and waits until it is admitted */
void world_stop(struct world *world, unsigned node); /* a crash */
/* Every living node's nearest predecessor and successor are the true ones. */
bool world_ring_closed(const struct world *world);
bool world_joined(const struct world *world, unsigned node);

#endif
