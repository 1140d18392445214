/* SPDX-License-Identifier: BSD-2-Clause */
/* Arbitrary datagrams to a TURN server that has an allocation, and to a client. The input is a list
   of (action, length, bytes); requests may be signed by the user, so that what lies behind the
   credentials is reached. Whatever comes, nothing is relayed to where no permission can be for. */
#include "core/relo.h"
#include "core/security/suite.h"
#include "core/turn/client.h"
#include "core/turn/relay.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
    struct relo_env env;
    struct relo_turn_relay *relay;
    struct relo_turn_client *client;
    struct relo_addr server, client_addr, peer;
    uint16_t port;
};

static void expect(bool good)
{
    if (!good)
        __builtin_trap();
}

/* Lets everything out; what is between the two is delivered. */
static void settle(struct fuzz *f)
{
    static uint8_t buffer[1 << 17];
    struct relo_turn_datagram d;
    struct relo_turn_wanted wanted;
    struct relo_addr addr;
    struct relo_view data;
    struct relo_wr w = relo_wr_init(buffer, sizeof buffer, 0);
    for (unsigned i = 0; i < 200; i++) {
        while (relo_turn_relay_wanted(f->relay, &wanted)) {
            addr = f->server;
            addr.port = f->port++;
            relo_turn_relay_grant(f->relay, wanted.ticket, wanted.family == 4 ? &addr : NULL);
        }
        while (relo_turn_relay_released(f->relay, &addr)) {
        }
        w = relo_wr_init(buffer, sizeof buffer, 0);
        if (relo_turn_relay_output(f->relay, &d, &w)) {
            expect(!w.failed);
            expect(!d.relayed || (d.remote.ip[0] != 127 && d.remote.ip[0] < 224 && d.remote.port &&
                                  !relo_addr_equal(&d.remote, &f->server)));
            if (relo_addr_equal(&d.remote, &f->client_addr))
                (void)relo_turn_client_receive(f->client, &f->server, relo_wr_view(&w), &addr,
                                               &data);
        } else if (relo_turn_client_output(f->client, &d, &w)) {
            expect(!w.failed);
            (void)relo_turn_relay_receive(f->relay, &f->server, &f->client_addr, relo_wr_view(&w));
        } else {
            return;
        }
    }
    expect(false); /* there is no end to it */
}

/* The bytes as attributes of a request that the user has signed. */
static struct relo_view sign(const struct fuzz *f, struct relo_view bytes, struct relo_wr *w)
{
    static const enum relo_stun_method methods[] = {
        RELO_STUN_ALLOCATE, RELO_STUN_REFRESH, RELO_STUN_CREATE_PERMISSION, RELO_STUN_CHANNEL_BIND};
    static const uint8_t transaction[RELO_STUN_TRANSACTION_BYTES] = {1};
    static uint8_t reply[2048];
    struct relo_wr r = relo_wr_init(reply, sizeof reply, 0);
    struct relo_view name = {(const uint8_t *)"u", 1}, realm = {(const uint8_t *)"r", 1};
    struct relo_turn_datagram d;
    struct relo_stun m;
    uint8_t key[16];
    struct relo_stun_writer s =
        relo_stun_open(w, RELO_STUN_ALLOCATE, RELO_STUN_REQUEST, transaction);
    (void)relo_turn_relay_receive(f->relay, &f->server, &f->client_addr, relo_wr_view(w));
    if (!relo_turn_relay_output(f->relay, &d, &r) || !relo_stun_read(relo_wr_view(&r), &m))
        return (struct relo_view){0};
    (void)relo_stun_long_term_key(name, realm, name, key);
    *w = relo_wr_init(w->base, (size_t)(w->end - w->base), 0);
    s = relo_stun_open(w, methods[bytes.n ? bytes.p[0] % 4 : 0], RELO_STUN_REQUEST, transaction);
    for (uint32_t i = 1; i + 1 < bytes.n && i + 2 + bytes.p[i + 1] <= bytes.n;
         i += 2u + bytes.p[i + 1])
        relo_stun_write(&s, (enum relo_stun_type)(bytes.p[i] & 0x3f),
                        (struct relo_view){bytes.p + i + 2, bytes.p[i + 1]});
    relo_stun_write(&s, RELO_STUN_USERNAME, name);
    relo_stun_write(&s, RELO_STUN_REALM, realm);
    relo_stun_write(&s, RELO_STUN_NONCE, m.nonce);
    relo_stun_write_integrity(&s, (struct relo_view){key, sizeof key});
    return relo_wr_view(w);
}

static void act(struct fuzz *f, uint8_t action, struct relo_view bytes)
{
    static uint8_t buffer[8192];
    struct relo_wr w = relo_wr_init(buffer, sizeof buffer, 0);
    struct relo_addr addr = f->server;
    struct relo_view data;
    switch (action % 8) {
    case 0:
    case 1:
        (void)relo_turn_relay_receive(f->relay, &f->server, &f->client_addr, bytes);
        break;
    case 2:
        addr.port = (uint16_t)(49152 + action / 8 % 4);
        relo_turn_relay_receive_relayed(f->relay, &addr, &f->peer, bytes);
        break;
    case 3:
        (void)relo_turn_client_receive(f->client, &f->server, bytes, &addr, &data);
        break;
    case 4:
        addr = f->peer;
        addr.port = (uint16_t)(addr.port + action / 8 % 4);
        if (action & 0x80)
            (void)relo_turn_client_bind(f->client, &addr);
        else if (action & 0x40)
            relo_turn_client_forget(f->client, &addr);
        else
            (void)relo_turn_client_permit(f->client, &addr);
        (void)relo_turn_client_send(f->client, &addr, bytes);
        break;
    case 5:
        f->env.now += action * RELO_S;
        break;
    default:
        data = sign(f, bytes, &w);
        (void)relo_turn_relay_receive(f->relay, &f->server, &f->client_addr, data);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct relo_shard shard = {0};
    struct fuzz f = {.server = relo_addr_v4(0xc6336401, 3478),
                     .client_addr = relo_addr_v4(0xcb007101, 5000),
                     .peer = relo_addr_v4(0xc0000207, 7000),
                     .port = 49152};
    struct relo_view user = {(const uint8_t *)"u", 1};
    relo_pool_init(&shard.pool);
    f.env = (struct relo_env){.shard = &shard, .suite = &relo_suite_sim, .prng = {7, 0}};
    f.relay = relo_turn_relay_new(
        &f.env, &(struct relo_turn_relay_options){
                    .local = &f.server, .local_count = 1, .realm = {(const uint8_t *)"r", 1}});
    (void)relo_turn_relay_add_user(f.relay, user, user);
    f.client = relo_turn_client_new(
        &f.env, &(struct relo_turn_client_options){
                    .local = f.client_addr, .server = f.server, .name = user, .password = user});
    settle(&f);
    for (size_t at = 0; at + 2 <= size;) {
        size_t n = data[at + 1];
        if (n > size - at - 2)
            n = size - at - 2;
        act(&f, data[at], (struct relo_view){data + at + 2, (uint32_t)n});
        settle(&f);
        at += 2 + n;
    }
    relo_turn_relay_free(f.relay);
    relo_turn_client_free(f.client);
    expect(shard.pool.bytes_used == 0);
    relo_pool_fini(&shard.pool);
    return 0;
}
