/* SPDX-License-Identifier: BSD-2-Clause */
/* The ICE agents of one node: their list, their datagrams, their time. */
#include "core/ice/agents.h"

#include "core/config/config.h"
#include "core/ice/servers.h"

#define LINGER_NS (3 * RELO_S)  /* RFC 8445 8.3's time, in which late checks are answered */
#define FINISH_NS (10 * RELO_S) /* for one that still checks */
#define LINGERING_MAX 64        /* then the oldest goes */
#define STUN_MAX 512u           /* bytes of what an agent writes */

struct reply {
    struct relo_addr local, remote;
    uint32_t n;
    uint8_t bytes[128];
};

static void drop_reply(struct relo_ice_agents *agents)
{
    if (agents->reply)
        relo_env_free(agents->env, agents->reply, sizeof(struct reply));
    agents->reply = NULL;
}

struct relo_ice_agents *relo_ice_agents_new(struct relo_env *env, struct relo_links *links,
                                            const struct relo_addr *bootstrap, uint32_t count)
{
    struct relo_ice_agents *agents = relo_pool_zalloc(&env->shard->pool, sizeof *agents);
    agents->env = env;
    agents->links = links;
    agents->last = &agents->first;
    agents->relays_again = RELO_NEVER;
    agents->bootstrap = bootstrap;
    agents->bootstrap_count =
        (uint8_t)(count < RELO_ICE_BOOTSTRAP_MAX ? count : RELO_ICE_BOOTSTRAP_MAX);
    return agents;
}

static void unlink_at(struct relo_ice_agents *agents, struct relo_ice_agent **at)
{
    struct relo_ice_agent *agent = *at;
    *at = agent->next;
    if (agents->last == &agent->next)
        agents->last = at;
    if (agent->released) {
        agents->released--;
    } else {
        agents->count--;
        agents->busy_until = agents->env->now;
    }
    relo_ice_free(agent->ice);
    relo_env_free(agents->env, agent, sizeof *agent);
}

void relo_ice_agents_free(struct relo_ice_agents *agents)
{
    if (!agents)
        return;
    while (agents->first)
        unlink_at(agents, &agents->first);
    drop_reply(agents);
    relo_env_free(agents->env, agents->group, agents->group_count * sizeof *agents->group);
    relo_env_free(agents->env, agents, sizeof *agents);
}

/* `options` has the bases, and whose turn it is. */
static struct relo_ice_agent *open_with(struct relo_ice_agents *agents,
                                        struct relo_ice_options *options, bool relays)
{
    struct relo_links *links = agents->links;
    struct relo_addr server[RELO_ICE_SERVERS_MAX];
    uint8_t relayed = relays ? links->relayed : 0;
    if (agents->env->now >= agents->relays_again) {
        agents->relays = 1;
        agents->relays_again = RELO_NEVER;
    }
    if (relays)
        options->relays = agents->relays + (uint32_t)__builtin_popcount(relayed);
    options->server = server;
    options->server_count = relo_ice_servers_choose(agents, server); /* 6940-6.5.1.4-1 */
    struct relo_ice_agent *agent = relo_env_alloc(agents->env, sizeof *agent);
    *agent =
        (struct relo_ice_agent){.ice = relo_ice_new(agents->env, options), .free_at = RELO_NEVER};
    for (uint32_t i = 0; relayed && i < links->local_count; i++)
        if (relayed >> i & 1)
            relo_ice_relayed(agent->ice, &links->local[i], &agents->related);
    *agents->last = agent;
    agents->last = &agent->next;
    agents->count++;
    return agent;
}

struct relo_ice_agent *relo_ice_agents_open(struct relo_ice_agents *agents, bool controlling)
{
    struct relo_links *links = agents->links;
    struct relo_addr local[4];
    struct relo_ice_options options = {
        .local = local, .controlling = controlling, .consent = agents->env->config->ice_consent};
    for (uint32_t i = 0; !agents->relay_only && i < links->local_count; i++)
        if (!(links->relayed >> i & 1) && links->local[i].family)
            local[options.local_count++] = links->local[i];
    return open_with(agents, &options, true);
}

struct relo_ice_agent *relo_ice_agents_open_at(struct relo_ice_agents *agents, bool controlling,
                                               const struct relo_addr *base, uint32_t count,
                                               bool relays)
{
    struct relo_ice_options options = {
        .local = base, .local_count = agents->relay_only ? 0 : count, .controlling = controlling};
    struct relo_ice_agent *agent = open_with(agents, &options, relays);
    agent->own_port = true;
    return agent;
}

bool relo_ice_agents_changed(struct relo_ice_agents *agents, struct relo_ice_agent *agent)
{
    enum relo_ice_state state = relo_ice_state(agent->ice);
    bool changed = agent->seen != (uint8_t)state;
    const struct relo_addr *server;
    agent->seen = (uint8_t)state;
    /* A peer's NAT may well keep out what comes from a port that is not the links'. */
    if (changed && state == RELO_ICE_GATHERED && !agent->own_port)
        for (uint32_t i = 0; (server = relo_ice_silent(agent->ice, i)); i++)
            relo_ice_servers_silent(agents, server);
    return changed;
}

static struct relo_ice_agent **place(struct relo_ice_agents *agents, struct relo_ice_agent *agent)
{
    struct relo_ice_agent **at = &agents->first;
    while (*at != agent)
        at = &(*at)->next;
    return at;
}

void relo_ice_agents_drop(struct relo_ice_agents *agents, struct relo_ice_agent *agent)
{
    if (agent)
        unlink_at(agents, place(agents, agent));
}

void relo_ice_agents_release(struct relo_ice_agents *agents, struct relo_ice_agent *agent,
                             relo_handle link)
{
    if (!agent)
        return;
    bool completed = relo_ice_state(agent->ice) == RELO_ICE_COMPLETED;
    agent->released = true;
    agents->count--;
    agents->busy_until = agents->env->now;
    agents->released++;
    agent->link = completed && agents->env->config->ice_consent ? link : 0;
    agent->free_at =
        agent->link ? RELO_NEVER : agents->env->now + (completed ? LINGER_NS : FINISH_NS);
    if (completed)
        relo_ice_trim(agent->ice); /* 6940 6.5.1.10.2 */
    for (struct relo_ice_agent **at = &agents->first; *at && agents->released > LINGERING_MAX;)
        if ((*at)->released && !(*at)->link)
            unlink_at(agents, at);
        else
            at = &(*at)->next;
}

void relo_ice_agents_relayed(struct relo_ice_agents *agents, const struct relo_addr *relayed,
                             const struct relo_addr *related)
{
    if (agents->relays)
        agents->relays--;
    if (relayed) /* RFC 8839 5.1: where the mapped address is not to be told, this stands for it */
        agents->related = agents->relay_only
                              ? (struct relo_addr){.family = related->family, .port = 9}
                              : *related;
    for (struct relo_ice_agent *agent = agents->first; agent; agent = agent->next)
        if (!agent->released)
            relo_ice_relayed(agent->ice, relayed, &agents->related);
}

bool relo_ice_agents_wait_relayed(const struct relo_ice_agents *agents)
{
    for (const struct relo_ice_agent *agent = agents->first; agent; agent = agent->next)
        if (!agent->released && relo_ice_waits_relayed(agent->ice))
            return true;
    return false;
}

/* --- what comes in ------------------------------------------------------------------------- */

/* Every peer is a STUN server to whoever asks without credentials. */
static void serve(struct relo_ice_agents *agents, const struct relo_datagram *d,
                  const struct relo_stun *request)
{
    if (agents->reply)
        return; /* the outbox was full; it will ask again */
    struct reply *reply = relo_env_alloc(agents->env, sizeof *reply);
    struct relo_wr w = relo_wr_init(reply->bytes, sizeof reply->bytes, 16);
    relo_stun_write_binding_answer(&w, request, &d->remote);
    reply->local = d->local;
    reply->remote = d->remote;
    reply->n = (uint32_t)relo_wr_size(&w);
    agents->reply = reply;
    if (w.failed)
        drop_reply(agents);
}

void relo_ice_agents_receive(struct relo_ice_agents *agents, const struct relo_datagram *d)
{
    struct relo_stun message;
    if (d->body.body || !relo_stun_read(d->head, &message)) {
        relo_count(agents->env, RELO_COUNT_drop_stun_malformed);
        return;
    }
    if (message.method == RELO_STUN_BINDING && message.stun_class == RELO_STUN_INDICATION)
        return; /* a keepalive: nothing to do (RFC 8445 section 11) */
    if (message.method == RELO_STUN_BINDING && message.stun_class == RELO_STUN_REQUEST &&
        !(message.has & RELO_STUN_HAS_USERNAME)) {
        serve(agents, d, &message);
        return;
    }
    for (struct relo_ice_agent *agent = agents->first; agent; agent = agent->next) {
        bool gathered = message.has & RELO_STUN_HAS_MAPPED &&
                        message.stun_class == RELO_STUN_SUCCESS &&
                        relo_ice_asks(agent->ice, &d->local, &d->remote, message.transaction);
        if (!relo_ice_receive(agent->ice, &d->local, &d->remote, &message))
            continue;
        if (gathered && !agent->own_port)
            relo_ice_servers_heard(agents, &d->remote, &message.mapped);
        return;
    }
    relo_count(agents->env, RELO_COUNT_drop_stun_unknown);
}

/* --- time, and what goes out --------------------------------------------------------------- */

static bool over(struct relo_ice_agents *agents, const struct relo_ice_agent *agent)
{
    if (!agent->released)
        return false;
    if (!agent->link)
        return agent->free_at <= agents->env->now;
    if (relo_ice_state(agent->ice) == RELO_ICE_FAILED)
        relo_links_lost(agents->links, agent->link); /* RFC 7675 5.1: consent is gone */
    return !relo_link_is_up(agents->links, agent->link);
}

void relo_ice_agents_wake(struct relo_ice_agents *agents)
{
    for (struct relo_ice_agent **at = &agents->first; *at;) {
        if (relo_ice_deadline((*at)->ice) <= agents->env->now)
            relo_ice_wake((*at)->ice);
        if (over(agents, *at))
            unlink_at(agents, at);
        else
            at = &(*at)->next;
    }
}

relo_time relo_ice_agents_deadline(const struct relo_ice_agents *agents)
{
    relo_time deadline = RELO_NEVER;
    for (const struct relo_ice_agent *agent = agents->first; agent; agent = agent->next) {
        deadline = relo_time_min(deadline, agent->free_at);
        deadline = relo_time_min(deadline, relo_ice_deadline(agent->ice));
        if (!agent->released && agent->seen != (uint8_t)relo_ice_state(agent->ice))
            return agents->env->now;
    }
    return deadline;
}

static bool room(const struct relo_outbox *out)
{
    return out->n < RELO_OUTBOX_ACTIONS &&
           RELO_OUTBOX_BYTES - out->bytes_used >= STUN_MAX + RELO_LINK_HEADROOM;
}

static void emit(struct relo_outbox *out, const struct relo_wr *w,
                 const struct relo_ice_datagram *d, enum relo_class traffic_class)
{
    struct relo_action *action = &out->action[out->n++];
    action->type = RELO_ACTION_SEND;
    action->send = (struct relo_send){.local = d->local,
                                      .remote = d->remote,
                                      .head = relo_wr_view(w),
                                      .traffic_class = (uint8_t)traffic_class,
                                      .relayed = d->relayed};
    out->bytes_used = (uint32_t)(w->p - out->bytes);
}

static struct relo_wr writer(const struct relo_ice_agents *agents, struct relo_outbox *out)
{
    uint32_t at = out->bytes_used + (agents->links->relayed ? RELO_LINK_HEADROOM : 0);
    return relo_wr_init(out->bytes + at, STUN_MAX, 16);
}

static bool flush_agent(struct relo_ice_agents *agents, struct relo_ice_agent *agent,
                        struct relo_outbox *out)
{
    struct relo_ice_datagram d;
    while (relo_ice_deadline(agent->ice) <= agents->env->now) {
        if (!room(out))
            return false;
        struct relo_wr w = writer(agents, out);
        if (!relo_ice_output(agent->ice, &d, &w))
            break;
        if (!w.failed)
            emit(out, &w, &d, agent->link ? RELO_CLASS_KEEPALIVE : RELO_CLASS_CONNECT);
    }
    return true;
}

static bool flush_keepalives(struct relo_ice_agents *agents, struct relo_outbox *out)
{
    struct relo_ice_datagram d;
    for (;;) {
        if (!room(out))
            return false;
        if (!relo_links_quiet_next(agents->links, &d.local, &d.remote))
            return true;
        struct relo_wr w = writer(agents, out);
        relo_ice_write_keepalive(agents->env, &d.remote, &w); /* 6940-6.5.1.10.3-1 */
        d.relayed = relo_links_is_relayed(agents->links, &d.local);
        emit(out, &w, &d, RELO_CLASS_KEEPALIVE);
    }
}

bool relo_ice_agents_flush(struct relo_ice_agents *agents, struct relo_outbox *out)
{
    const struct reply *reply = agents->reply;
    if (reply) {
        if (!room(out))
            return false;
        struct relo_wr w = writer(agents, out);
        relo_wr_bytes(&w, reply->bytes, reply->n);
        emit(out, &w,
             &(struct relo_ice_datagram){reply->local, reply->remote,
                                         relo_links_is_relayed(agents->links, &reply->local)},
             RELO_CLASS_CONNECT);
        drop_reply(agents);
    }
    for (struct relo_ice_agent *agent = agents->first; agent; agent = agent->next)
        if (!flush_agent(agents, agent, out))
            return false;
    return flush_keepalives(agents, out);
}
