/* SPDX-License-Identifier: BSD-2-Clause */
/* One node's storage with everything around it replaced: the routing functions storage calls (they
   are defined here and capture what it sends and answers) and a topology that says what the test
   wants. */
#ifndef TESTS_STORAGE_SUPPORT_STUB_H
#define TESTS_STORAGE_SUPPORT_STUB_H

#include "core/storage/store.h"
#include "core/wire/codes.h"
#include "core/wire/node_id.h"

#include <glib.h>

#define STUB_REQUESTS 64
#define STUB_BYTES 8192

/* A message without header: body and SecurityBlock (its message signature is not made). */
struct stub_message {
    uint16_t code;
    struct relo_target target;
    uint64_t context;
    relo_time until;
    uint8_t body[STUB_BYTES];
    uint32_t body_n;
    uint8_t security[STUB_BYTES];
    uint32_t security_n;
    uint16_t error_code;
};

struct stub {
    struct relo_route route; /* first: the captured calls find the stub through it */
    struct relo_shard shard;
    struct relo_env env;
    struct relo_config config;
    struct relo_identity identity;
    struct relo_store store;
    /* The topology. */
    bool responsible, plausible, keeps;
    struct relo_id range_from; /* responsible only for (range_from, range_to], where bounded */
    struct relo_id range_to;
    bool bounded;
    struct relo_id peers[4];
    uint32_t peer_count;
    struct relo_id nearer[4];
    uint32_t nearer_count;
    bool holding_down;
    bool unsure; /* responsible only for want of a better predecessor */
    uint32_t handovers_done;
    struct relo_id handover_to;
    /* What storage did. */
    struct stub_message answer; /* the last */
    uint32_t answers;
    struct stub_message request[STUB_REQUESTS];
    uint32_t requests;
    bool refuse_requests; /* as over quota */
};

/* A node whose Node-ID is number in every byte and whose user name is given. */
struct stub *stub_new(uint8_t number, const char *user);
void stub_free(struct stub *s);
static inline struct relo_id stub_id(uint8_t number)
{
    uint64_t half = number * UINT64_C(0x0101010101010101);
    return (struct relo_id){half, half};
}
/* Fixture: a writer and two peers; the hash of the writer's user name. */
#define STUB_ALICE "alice@overlay.example.org"
struct stub_trio {
    struct stub *alice, *peer, *other;
    struct relo_id home;
};
void stub_trio_new(struct stub_trio *trio, const void *unused);
void stub_trio_free(struct stub_trio *trio, const void *unused);
/* Runs a command at `from` and hands its request to `to`; the answer is in to->answer. False:
   refused. */
bool stub_ask(struct stub *from, struct stub *to, const struct relo_command *command);
/* Hands a message of `from` to `to` as a request. */
void stub_deliver(struct stub *from, const struct stub_message *m, struct stub *to);
/* Hands the last answer of `by` back to the storage of `asker`, as that to request m of its own. */
void stub_return(struct stub *by, struct stub *asker, const struct stub_message *m);
/* Delivers request i of `from` to `to`, and the answer back. */
void stub_exchange(struct stub *from, uint32_t i, struct stub *to);
/* `writer`'s TurnServer records: `n` resources at `at`, which has had none of them. */
void stub_store_records(struct stub *writer, struct stub *at, uint8_t n);
/* What the asker makes of the last answer of `by`. Views into by->answer. */
struct relo_result stub_result(struct stub *by, struct stub *asker, struct relo_id resource);
void stub_timeout(struct stub *asker, const struct stub_message *m);
/* It was over before it could be sent. */
void stub_outlived(struct stub *asker, const struct stub_message *m);
struct relo_view stub_view(const char *text);
bool stub_equal(struct relo_view v, const char *text);
/* STORE of a text (NULL: removes) at `resource` for an hour. */
struct relo_command stub_store(uint32_t kind, struct relo_id resource, const char *text);
struct relo_command stub_fetch(uint32_t kind, struct relo_id resource);

#endif
