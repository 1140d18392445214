/* SPDX-License-Identifier: BSD-2-Clause */
/* Registering as a TURN server, and finding one: RFC 6940 section 9. */
#include "core/usage/relays.h"

#include "core/security/suite.h"
#include "core/usage/turn.h"
#include "core/wire/codes.h"
#include "core/wire/kinds.h"
#include "core/wire/storage.h"

#define LIFETIME_S 3600u        /* of a registration */
#define REFRESH (1800 * RELO_S) /* half of it */
#define RETRY (60 * RELO_S)     /* after a registration that failed */
#define FINDS_MAX 8             /* Resource-IDs tried: with the right density each hits in 63 % */
#define SEEK_MAX (30 * RELO_S)  /* whoever gathers candidates does not wait for all of it */

/* What an answer is for: contexts of our requests, which carry the number of the seek besides. */
enum errand { ERRAND_STORE = 1, ERRAND_FIND, ERRAND_FETCH };

struct relo_relays {
    struct relo_env *env;
    struct relo_store *store;
    struct relo_turn_service *service;
    struct relo_addr local; /* where we serve */
    relo_time registration; /* when the next one is due */
    relo_time seek_until;
    relo_handle storing; /* transaction; 0: none */
    relo_handle seeking; /* transaction; 0: none */
    uint8_t iteration;   /* d of the last registration; 0: a round begins */
    uint8_t finds;       /* that are left */
    bool sought;         /* by the service; found is due */
};

struct relo_relays *relo_relays_new(struct relo_env *env, struct relo_store *store,
                                    struct relo_turn_service *service,
                                    const struct relo_addr *local)
{
    struct relo_relays *relays = relo_pool_zalloc(&env->shard->pool, sizeof *relays);
    relays->env = env;
    relays->store = store;
    relays->service = service;
    relays->local = *local;
    return relays;
}

void relo_relays_free(struct relo_relays *relays)
{
    if (relays)
        relo_env_free(relays->env, relays, sizeof *relays);
}

static relo_handle ask(struct relo_relays *relays, const struct relo_command *command,
                       enum errand errand)
{
    return relo_store_ask(relays->store, command, RELO_OWNER_USAGE, (uint64_t)errand);
}

/* --- registering ----------------------------------------------------------------------------- */

static uint8_t density_of(const struct relo_relays *relays)
{
    uint8_t density = relays->env->config->turn_density;
    return density < RELO_TURN_ITERATION_MAX ? density : RELO_TURN_ITERATION_MAX;
}

static bool serves(const struct relo_relays *relays)
{
    return density_of(relays) && relo_turn_service_serves(relays->service);
}

static bool store_next(struct relo_relays *relays)
{
    uint8_t scratch[RELO_TURN_SERVER_BYTES];
    struct relo_command command;
    if (relays->iteration >= density_of(relays))
        relays->iteration = 0;
    relays->iteration++; /* 6940-9-4 */
    if (!relo_turn_advertise(&command, relays->env->self, relays->iteration, &relays->local,
                             LIFETIME_S, scratch, sizeof scratch))
        return false;
    relays->storing = ask(relays, &command, ERRAND_STORE);
    relays->registration = relays->env->now + RETRY; /* unless it is answered */
    return relays->storing != 0;
}

static void stored(struct relo_relays *relays, bool ok)
{
    bool last = relays->iteration >= density_of(relays);
    relays->storing = 0;
    if (!ok) {
        relays->iteration--; /* the same again */
        relays->registration = relays->env->now + RETRY;
    } else {
        relays->registration = relays->env->now + (last ? REFRESH : 0);
    }
}

/* --- finding --------------------------------------------------------------------------------- */

static void give_up(struct relo_relays *relays)
{
    relays->sought = false;
    relays->seeking = 0;
    relo_turn_service_found(relays->service, NULL);
}

static bool seek_on(struct relo_relays *relays)
{
    struct relo_env *env = relays->env;
    if (!relays->finds || env->now >= relays->seek_until) {
        give_up(relays);
        return false;
    }
    relays->finds--;
    struct relo_command command = {
        .type = RELO_COMMAND_FIND,
        .target = {.resource = true},
        .kind = RELO_KIND_TURN_SERVICE,
    };
    command.target.id.hi = env->suite->random(env); /* 6940-9-5 */
    command.target.id.lo = env->suite->random(env);
    relays->seeking = ask(relays, &command, ERRAND_FIND);
    if (!relays->seeking)
        give_up(relays);
    return relays->seeking != 0;
}

static void seek_begin(struct relo_relays *relays)
{
    relays->sought = true;
    relays->finds = FINDS_MAX;
    relays->seek_until = relays->env->now + SEEK_MAX;
    if (!density_of(relays)) /* 11.1: there are no TURN servers */
        give_up(relays);
}

/* The Resource-ID where a registration is, if the answer names one. */
static bool read_find(const struct relo_inbound *in, struct relo_id *closest)
{
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, RELO_ID_BYTES);
    struct relo_find_ans answer;
    struct relo_find_kind_data data;
    if (in->code != RELO_CODE_FIND_ANS || !relo_find_ans_read(&r, &answer))
        return false;
    struct relo_rd list = relo_rd_init(answer.results.p, answer.results.n, RELO_ID_BYTES);
    if (!relo_find_kind_data_next(&list, &data) || data.kind != RELO_KIND_TURN_SERVICE ||
        data.closest.n != RELO_ID_BYTES)
        return false;
    *closest = relo_id_from_bytes(data.closest.p);
    return closest->hi || closest->lo;
}

static void found_resource(struct relo_relays *relays, struct relo_id resource)
{
    struct relo_command command = {
        .type = RELO_COMMAND_FETCH,
        .target = {.id = resource, .resource = true},
        .kind = RELO_KIND_TURN_SERVICE,
    };
    relays->seeking = ask(relays, &command, ERRAND_FETCH);
}

static void fetched(struct relo_relays *relays, const struct relo_inbound *in)
{
    struct relo_result result = {.status = RELO_OK};
    struct relo_turn_server server;
    relo_store_result(relays->store, in, &result); /* verifies the registration's own signature */
    struct relo_rd r = relo_rd_init(result.value.p, result.value.n, RELO_ID_BYTES);
    if (result.status != RELO_OK || !result.exists || !relo_turn_server_read(&r, &server))
        return;
    if (relo_turn_service_found(relays->service, &server.server_address.addr))
        relays->sought = false;
}

/* --- both ------------------------------------------------------------------------------------ */

void relo_relays_answer(struct relo_relays *relays, const struct relo_inbound *in)
{
    struct relo_id closest;
    if (in->context == ERRAND_STORE) {
        if (in->transaction == relays->storing)
            stored(relays, in->code == RELO_CODE_STORE_ANS);
        return;
    }
    if (in->transaction != relays->seeking)
        return;
    relays->seeking = 0;
    if (in->context == ERRAND_FETCH)
        fetched(relays, in);
    else if (read_find(in, &closest))
        found_resource(relays, closest);
}

void relo_relays_failed(struct relo_relays *relays, const struct relo_done *done)
{
    if (done->transaction == relays->storing)
        stored(relays, false);
    else if (done->transaction == relays->seeking)
        relays->seeking = 0;
}

bool relo_relays_step(struct relo_relays *relays, bool joined)
{
    bool sent = false, sought = relays->sought;
    if (relo_turn_service_seeks(relays->service)) {
        seek_begin(relays);
        sought = true;
    }
    if (relays->sought && relays->env->now >= relays->seek_until)
        give_up(relays);
    else if (relays->sought && !relays->seeking)
        sent = seek_on(relays);
    sent |= sought && !relays->sought; /* agents that wait for a relay are to be told now */
    if (joined && !relays->storing && relays->env->now >= relays->registration && serves(relays))
        sent = store_next(relays) || sent; /* 6940-9-3 */
    return sent;
}

relo_time relo_relays_deadline(const struct relo_relays *relays, bool joined)
{
    relo_time at = relays->sought ? relays->seek_until : RELO_NEVER;
    if (joined && !relays->storing && serves(relays))
        at = relo_time_min(at, relays->registration);
    return at;
}
