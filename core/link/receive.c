/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams: which association they belong to, and what became of them. Unknown addresses make no
   state before they have shown a cookie (RFC 6347 section 4.2.1). */
#include "core/link/state.h"

void relo_reply_drop(struct relo_links *links)
{
    if (links->reply)
        relo_env_free(links->env, links->reply, sizeof(struct relo_link_reply));
    links->reply = NULL;
}

bool relo_link_input(struct relo_links *links, relo_handle h, enum relo_assoc_status status,
                     struct relo_view frame, const struct relo_slice *rest,
                     struct relo_incoming *message)
{
    switch (status) {
    case RELO_ASSOC_RECORD:
        return relo_receiver_frame(links, h, frame, rest, message);
    case RELO_ASSOC_QUIET:
        relo_busy_get(links, h)->talk = true; /* perhaps there is something to say */
        return false;
    case RELO_ASSOC_UP:
        relo_link_up(links, h);
        return false;
    case RELO_ASSOC_CLOSED:
        relo_link_end(links, h, false, true);
        return false;
    case RELO_ASSOC_BAD:
        relo_count(links->env, RELO_COUNT_drop_bad_record);
        return false;
    }
    return false;
}

/* A server that waits for its first ClientHello: only one that was accepted may begin. */
static bool waits(const struct relo_link *link)
{
    return link->state == RELO_LINK_OPENING && relo_link_server(link) && !link->assoc.handshake;
}

/* A datagram that no association knows. */
static bool stranger(struct relo_links *links, const struct relo_datagram *d,
                     const struct relo_datagram_view *in, relo_handle waiting, bool known,
                     struct relo_incoming *message)
{
    struct relo_env *env = links->env;
    struct relo_link_reply reply;
    struct relo_view frame = {NULL, 0};
    struct relo_slice rest = {NULL, 0, 0};
    struct relo_wr w = relo_wr_init(reply.bytes, sizeof reply.bytes, 16);
    switch (env->suite->assoc_hello(env, &d->remote, in, &w)) {
    case RELO_HELLO_NONE:
        relo_count(env, known ? RELO_COUNT_drop_bad_record : RELO_COUNT_drop_unknown_address);
        return false;
    case RELO_HELLO_VERIFY:
        if (!w.failed && !links->reply) { /* one is enough: the outbox takes it in this step */
            reply.local = d->local;
            reply.remote = d->remote;
            reply.n = (uint32_t)relo_wr_size(&w);
            links->reply = relo_env_alloc(env, sizeof reply);
            *(struct relo_link_reply *)links->reply = reply;
        }
        return false;
    case RELO_HELLO_ACCEPT:
        break;
    }
    /* 11.4: nobody told us of a joining node that comes to us as its bootstrap node. */
    relo_handle h = waiting ? waiting : relo_link_open(links, NULL, &d->remote, true, false);
    if (!h)
        return false;
    if (!waiting)
        relo_link_bind(links, h, &d->local);
    struct relo_link *link = relo_link_get(links, h);
    link->busy->timer = RELO_NEVER; /* from now on the handshake has its own timer */
    enum relo_assoc_status status = env->suite->assoc_input(env, &link->assoc, in, &frame, &rest);
    return relo_link_input(links, h, status, frame, &rest, message);
}

bool relo_links_receive(struct relo_links *links, const struct relo_datagram *d,
                        struct relo_incoming *message)
{
    struct relo_env *env = links->env;
    struct relo_datagram_view in = {d->head, d->body};
    struct relo_view frame = {NULL, 0};
    struct relo_slice rest = {NULL, 0, 0};
    relo_handle waiting = 0;
    bool known = false;
    uint16_t hash = relo_addr_hash(&d->remote);
    for (uint32_t i = 0; i < links->count; i++) {
        if (links->addr_hash[i] != hash)
            continue;
        relo_handle h = links->handle[i];
        struct relo_link *link = relo_link_get(links, h);
        if (!relo_addr_equal(&link->remote, &d->remote) || (link->flags & RELO_LINK_STREAM))
            continue;
        known = true;
        if (waits(link)) {
            waiting = waiting ? waiting : h;
            continue;
        }
        /* A peer that came back may have two links from one address: the check value tells. */
        enum relo_assoc_status status =
            env->suite->assoc_input(env, &link->assoc, &in, &frame, &rest);
        if (status != RELO_ASSOC_BAD)
            return relo_link_input(links, h, status, frame, &rest, message);
    }
    return stranger(links, d, &in, waiting, known, message);
}
