/* SPDX-License-Identifier: BSD-2-Clause */
#include "sim/world/pair_server.h"

#include "core/ice/stun.h"
#include "core/relo.h"
#include "core/security/suite.h"

#define PORT_FIRST 49152 /* RFC 8656 section 7.2; random ones would tell nothing here */
#define TRANSMISSIONS 4  /* as core/turn/service.c: silence is known after 11.5 s */

static const uint8_t word[] = "pairs"; /* realm, secret and every user's name */

static struct relo_view view_of_word(void)
{
    return (struct relo_view){word, sizeof word - 1};
}

void sim_pair_server_open(struct sim_pair_server *server, struct relo_shard *shard,
                          const struct relo_addr *addr, uint64_t seed, bool turn)
{
    *server = (struct sim_pair_server){.addr = *addr, .next_port = PORT_FIRST};
    server->env = (struct relo_env){.shard = shard, .suite = &relo_suite_sim, .prng = {seed, 0}};
    if (turn)
        server->relay = relo_turn_relay_new(
            &server->env, &(struct relo_turn_relay_options){.local = &server->addr,
                                                            .local_count = 1,
                                                            .realm = view_of_word(),
                                                            .secret = view_of_word(),
                                                            .public_only = true});
}

void sim_pair_server_close(struct sim_pair_server *server)
{
    relo_turn_relay_free(server->relay);
}

static void answer(struct sim_pair_server *server, const struct relo_addr *remote,
                   struct relo_view bytes)
{
    struct relo_wr w = relo_wr_init(server->answer, sizeof server->answer, 16);
    struct relo_stun m;
    if (!relo_stun_read(bytes, &m) || m.stun_class != RELO_STUN_REQUEST ||
        m.method != RELO_STUN_BINDING)
        return;
    relo_stun_write_binding_answer(&w, &m, remote);
    server->answer_bytes = (uint16_t)(w.failed ? 0 : relo_wr_size(&w));
    server->asker = *remote;
}

void sim_pair_server_receive(struct sim_pair_server *server, relo_time now,
                             const struct relo_addr *local, const struct relo_addr *remote,
                             struct relo_view bytes)
{
    struct relo_turn_wanted wanted;
    server->env.now = now;
    if (!relo_addr_equal(local, &server->addr)) {
        if (server->relay)
            relo_turn_relay_receive_relayed(server->relay, local, remote, bytes);
        return;
    }
    if (!server->relay || !relo_turn_relay_receive(server->relay, local, remote, bytes))
        answer(server, remote, bytes);
    while (server->relay && relo_turn_relay_wanted(server->relay, &wanted)) {
        struct relo_addr relayed = server->addr;
        relayed.port = server->next_port++;
        relo_turn_relay_grant(server->relay, wanted.ticket, &relayed);
    }
}

bool sim_pair_server_output(struct sim_pair_server *server, struct relo_turn_datagram *datagram,
                            struct relo_wr *w)
{
    if (server->answer_bytes) {
        *datagram = (struct relo_turn_datagram){.local = server->addr, .remote = server->asker};
        relo_wr_bytes(w, server->answer, server->answer_bytes);
        server->answer_bytes = 0;
        return true;
    }
    return server->relay && relo_turn_relay_output(server->relay, datagram, w);
}

struct relo_turn_client *sim_pair_server_client(const struct sim_pair_server *server,
                                                struct relo_env *env, const struct relo_addr *local)
{
    uint8_t password[RELO_TURN_PASSWORD_BYTES];
    relo_turn_password(view_of_word(), view_of_word(), password);
    return relo_turn_client_new(
        env, &(struct relo_turn_client_options){.local = *local,
                                                .server = server->addr,
                                                .name = view_of_word(),
                                                .password = {password, sizeof password},
                                                .transmissions = TRANSMISSIONS,
                                                .on_demand = true});
}
