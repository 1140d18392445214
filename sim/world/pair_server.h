/* SPDX-License-Identifier: BSD-2-Clause */
/* The server that pairs of agents ask: STUN, and TURN with all of core/turn, at one address.

   Use: open; receive what comes to any of its ports; output until it returns false, after each
   receive; close. */
#ifndef SIM_WORLD_PAIR_SERVER_H
#define SIM_WORLD_PAIR_SERVER_H

#include "core/base/env.h"
#include "core/turn/client.h"
#include "core/turn/relay.h"

struct sim_pair_server {
    struct relo_env env;
    struct relo_addr addr;
    struct relo_turn_relay *relay; /* NULL: STUN only */
    uint16_t next_port;
    uint8_t answer[100]; /* to a Binding request */
    uint16_t answer_bytes;
    struct relo_addr asker;
};

/* `seed`: of its secrets. Relayed addresses are ports of `addr`. */
void sim_pair_server_open(struct sim_pair_server *server, struct relo_shard *shard,
                          const struct relo_addr *addr, uint64_t seed, bool turn);
void sim_pair_server_close(struct sim_pair_server *server);
void sim_pair_server_receive(struct sim_pair_server *server, relo_time now,
                             const struct relo_addr *local, const struct relo_addr *remote,
                             struct relo_view bytes);
/* w has room for RELO_TURN_OVERHEAD_BYTES more than the largest datagram received. */
bool sim_pair_server_output(struct sim_pair_server *server, struct relo_turn_datagram *datagram,
                            struct relo_wr *w);

/* A client of it, with credentials that it accepts; owned by the caller. */
struct relo_turn_client *sim_pair_server_client(const struct sim_pair_server *server,
                                                struct relo_env *env,
                                                const struct relo_addr *local);

#endif
