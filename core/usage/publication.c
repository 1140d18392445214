/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeping the own certificate in the overlay: RFC 6940 section 8. */
#include "core/usage/publication.h"

#include "core/config/config.h"
#include "core/usage/certificate.h"
#include "core/wire/codes.h"
#include "core/wire/storage.h"

#include <string.h>

#define LIFETIME_S 86400u        /* of what is stored */
#define REFRESH (43200 * RELO_S) /* half of it */
#define RETRY (60 * RELO_S)      /* after a request that failed */

/* Where it is stored, one place after the other. */
enum place { PLACE_NODE, PLACE_USER, PLACES };

struct relo_publication {
    struct relo_env *env;
    struct relo_store *store;
    relo_time due;
    relo_handle asking; /* transaction; 0: none */
    uint32_t index;     /* where in the list it goes; RELO_APPEND: at the end */
    uint8_t place;      /* enum place */
    bool looked;        /* the list has been looked at: now the store */
};

struct relo_publication *relo_publication_new(struct relo_env *env, struct relo_store *store)
{
    struct relo_publication *p = relo_pool_zalloc(&env->shard->pool, sizeof *p);
    p->env = env;
    p->store = store;
    return p;
}

void relo_publication_free(struct relo_publication *publication)
{
    if (publication)
        relo_env_free(publication->env, publication, sizeof *publication);
}

/* The STORE of the next certificate; `scratch` holds its DER. */
static bool store_command(const struct relo_publication *p, struct relo_command *command,
                          uint8_t *scratch, uint32_t size)
{
    return p->place == PLACE_NODE
               ? relo_certificate_by_node(p->env, command, LIFETIME_S, scratch, size)
               : relo_certificate_by_user(p->env, command, LIFETIME_S, scratch, size);
}

/* A certificate that is stored already is stored over itself: the list would grow (8). */
static bool send(struct relo_publication *p)
{
    uint32_t size = p->env->config->max_message_size;
    uint8_t *scratch = relo_env_alloc(p->env, size);
    struct relo_command command;
    p->due = p->env->now + RETRY; /* unless it is answered */
    if (store_command(p, &command, scratch, size)) {
        command.index = p->index;
        if (!p->looked) {
            command.type = RELO_COMMAND_STAT;
            command.all = true;
        }
        p->asking = relo_store_ask(p->store, &command, RELO_OWNER_USAGE, RELO_PUBLICATION_CONTEXT);
    }
    relo_env_free(p->env, scratch, size);
    return p->asking != 0;
}

/* 7.4.3.2: what a Stat says of the own certificate: a digest over it with its four length bytes. */
static void own_digest(const struct relo_publication *p, uint8_t digest[RELO_DIGEST_BYTES])
{
    uint32_t size = p->env->config->max_message_size;
    uint8_t *bytes = relo_env_alloc(p->env, size);
    struct relo_wr w = relo_wr_init(bytes, size, RELO_ID_BYTES);
    size_t at = relo_wr_open32(&w);
    p->env->suite->certificate_write(p->env, &w);
    relo_wr_close32(&w, at);
    p->env->suite->digest(relo_wr_view(&w), digest);
    relo_env_free(p->env, bytes, size);
}

/* Where in the list it is; RELO_APPEND: nowhere yet. */
static uint32_t find(const struct relo_publication *p, const struct relo_inbound *in)
{
    struct relo_rd r = relo_rd_init(in->body.p, in->body.n, RELO_ID_BYTES);
    struct relo_fetch_ans answer;
    struct relo_fetch_kind_response kind;
    struct relo_stored_metadata m;
    uint8_t digest[RELO_DIGEST_BYTES];
    if (in->code != RELO_CODE_STAT_ANS || !relo_stat_ans_read(&r, p->env->config, &answer))
        return UINT32_MAX;
    own_digest(p, digest);
    r = relo_rd_init(answer.kind_responses.p, answer.kind_responses.n, RELO_ID_BYTES);
    if (!relo_stat_kind_response_next(&r, p->env->config, &kind))
        return UINT32_MAX;
    r = relo_rd_init(kind.values.p, kind.values.n, RELO_ID_BYTES);
    while (relo_stored_metadata_next(&r, kind.definition, &m))
        if (m.known && m.exists && m.hash_value.n == sizeof digest &&
            memcmp(m.hash_value.p, digest, sizeof digest) == 0)
            return m.index;
    return UINT32_MAX;
}

static void next_place(struct relo_publication *p)
{
    bool has_user = p->env->identity->user[0] != 0;
    p->looked = false;
    p->place++;
    if (p->place == PLACE_USER && !has_user)
        p->place++;
    p->due = p->place == PLACES ? p->env->now + REFRESH : p->env->now;
    p->place %= PLACES;
}

void relo_publication_answer(struct relo_publication *p, const struct relo_inbound *in)
{
    p->asking = 0;
    if (!p->looked && in->code == RELO_CODE_STAT_ANS) {
        p->index = find(p, in);
        p->looked = true;
        p->due = p->env->now;
    } else if (in->code == RELO_CODE_STORE_ANS) {
        next_place(p);
    } else { /* looks again after a while */
        p->looked = false;
        p->due = p->env->now + RETRY;
    }
}

void relo_publication_failed(struct relo_publication *p, const struct relo_done *done)
{
    (void)done;
    p->asking = 0;
    p->looked = false;
    p->due = p->env->now + RETRY;
}

bool relo_publication_step(struct relo_publication *p, bool joined)
{
    return joined && !p->asking && p->due <= p->env->now && send(p); /* 6940-8-1 */
}

relo_time relo_publication_deadline(const struct relo_publication *p, bool joined)
{
    return joined && !p->asking ? p->due : RELO_NEVER;
}
