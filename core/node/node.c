/* SPDX-License-Identifier: BSD-2-Clause */
/* relo_node_step: routes an event down through the layers, what they answer up and across, and
   takes the minimum of their deadlines. Nothing else happens here. */
#include "core/node/node.h"
#include "core/base/check.h"
#include "core/security/verify.h"
#include "core/topology/chord.h"

#include <string.h>

/* The topology lies behind the node: what a step reads is in few pages. */
#define NODE_BYTES (sizeof(struct relo_node) + RELO_TOPOLOGY_MAX)

struct relo_node *relo_node_new(struct relo_shard *shard)
{
    struct relo_node *node = relo_pool_zalloc(&shard->pool, NODE_BYTES);
    node->env.shard = shard;
    return node;
}

void relo_node_free(struct relo_node *node)
{
    if (!node)
        return;
    struct relo_shard *shard = node->env.shard;
    while (node->pending) {
        struct relo_pending *pending = node->pending;
        node->pending = pending->next;
        relo_amend_free(node, pending);
        relo_env_free(&node->env, pending, sizeof *pending);
    }
    relo_result_fini(node);
    if (node->started) {
        relo_relays_free(node->relays);
        relo_publication_free(node->publication);
        relo_turn_service_free(node->turn);
        relo_store_fini(&node->store);
        node->ops->fini(node->topology);
        relo_route_fini(&node->route);
        relo_links_fini(&node->links);
        relo_env_free(&node->env, node->bootstrap, node->bootstrap_count * sizeof *node->bootstrap);
    }
    relo_pool_free(&shard->pool, node, NODE_BYTES);
}

static void start(struct relo_node *node, const struct relo_start *given)
{
    struct relo_start own = *given;
    const struct relo_start *s = &own;
    RELO_CHECK(!node->started);
    node->started = true;
    node->identity = s->identity;
    node->report_deliveries = s->report_deliveries;
    node->env.suite = s->suite;
    node->env.config = s->config;
    node->env.identity = &node->identity;
    node->env.self = s->identity.node_id;
    node->env.unix_offset_ns = s->unix_offset_ns;
    node->env.prng.key = relo_hash(s->entropy, sizeof s->entropy, 0);
    if (s->bootstrap_count > 0) {
        node->bootstrap_count = (uint8_t)s->bootstrap_count;
        node->bootstrap = relo_env_alloc(&node->env, s->bootstrap_count * sizeof *node->bootstrap);
        memcpy(node->bootstrap, s->bootstrap, s->bootstrap_count * sizeof *node->bootstrap);
        own.bootstrap = node->bootstrap;
    }
    node->ops = &relo_chord_ops;
    RELO_CHECK(node->ops->bytes <= RELO_TOPOLOGY_MAX);
    node->topology = (char *)node + sizeof *node;
    relo_links_init(&node->links, &node->env);
    relo_links_set_local(&node->links, s->local, s->local_count);
    relo_route_init(&node->route, &node->env, &node->links, node->ops, node->topology);
    node->route.client = s->client;
    if (!s->config->no_ice) {
        node->route.agents =
            relo_ice_agents_new(&node->env, &node->links, s->bootstrap, s->bootstrap_count);
        node->route.agents->relay_only = s->relay_only;
    }
    relo_store_init(&node->store, &node->env, &node->route);
    if (node->route.agents) {
        node->turn = relo_turn_service_new(&node->env, &node->links, node->route.agents);
        node->relays = relo_relays_new(&node->env, &node->store, node->turn, &s->local[0]);
        if (s->public_address && s->config->turn_density)
            relo_turn_service_serve(node->turn);
        if (s->wired)
            relo_turn_service_wire(node->turn, s);
    }
    if (s->config->store_certificates)
        node->publication = relo_publication_new(&node->env, &node->store);
    node->ops->init(node->topology, &node->route);
    node->ops->start(node->topology, s);
}

static void stop(struct relo_node *node)
{
    relo_command_end(node, RELO_COMMANDS, RELO_CANCELLED, 0);
    node->stopped = true;
}

/* --- messages that have reached this node ------------------------------------------------- */

static bool verified(struct relo_node *node, struct relo_inbound *in)
{
    switch (relo_verify_message(&node->env, in->header.transaction_id, in->contents, in->security,
                                &in->signer)) {
    case RELO_VERIFY_OK:
        return true;
    case RELO_VERIFY_BAD_CERTIFICATE:
        relo_count(&node->env, RELO_COUNT_drop_bad_certificate);
        return false;
    case RELO_VERIFY_BAD_SIGNATURE:
        break;
    }
    /* 6.3.4: a message whose signature fails is dropped and not processed. */
    relo_count(&node->env, RELO_COUNT_drop_bad_signature);
    return false;
}

static void report_delivery(struct relo_node *node, const struct relo_inbound *in)
{
    if (!node->report_deliveries || in->code != RELO_CODE_PING_REQ || !in->target_resource)
        return;
    relo_result_add(node, &(struct relo_result){
                              .type = RELO_RESULT_DELIVERED,
                              .transaction_id = in->header.transaction_id,
                              .peer = in->signer.node_id,
                              .target = in->target,
                              .hops = in->hops,
                          });
}

static void request(struct relo_node *node, struct relo_inbound *in)
{
    if (!relo_route_admit(&node->route, in))
        return;
    report_delivery(node, in);
    switch (in->code) {
    case RELO_CODE_STORE_REQ:
    case RELO_CODE_FETCH_REQ:
    case RELO_CODE_STAT_REQ:
    case RELO_CODE_FIND_REQ:
        relo_store_request(&node->store, in);
        return;
    case RELO_CODE_JOIN_REQ:
    case RELO_CODE_LEAVE_REQ:
    case RELO_CODE_UPDATE_REQ:
    case RELO_CODE_ROUTE_QUERY_REQ:
        node->ops->request(node->topology, in);
        return;
    default:
        if (!relo_route_request_own(&node->route, in, node->store.count))
            relo_route_error_text(&node->route, in, RELO_ERROR_INVALID_MESSAGE,
                                  "unknown message code");
    }
}

static void answer(struct relo_node *node, struct relo_inbound *in)
{
    if (!relo_route_accept(&node->route, in))
        return;
    switch (in->owner) {
    case RELO_OWNER_NONE:
        return;
    case RELO_OWNER_TOPOLOGY:
        node->ops->answer(node->topology, in);
        return;
    case RELO_OWNER_STORAGE:
        relo_store_answer(&node->store, in);
        return;
    case RELO_OWNER_COMMAND:
        relo_command_answer(node, in);
        return;
    case RELO_OWNER_USAGE:
        if (in->context & RELO_PUBLICATION_CONTEXT)
            relo_publication_answer(node->publication, in);
        else
            relo_relays_answer(node->relays, in);
        return;
    case RELO_OWNER_ATTACH:
        relo_route_answer_own(&node->route, in);
        return;
    }
}

static void inbound(struct relo_node *node, enum relo_verdict verdict, struct relo_inbound *in)
{
    if (verdict == RELO_VERDICT_DONE || !verified(node, in))
        return;
    relo_count(&node->env, RELO_COUNT_messages_delivered);
    if (verdict == RELO_VERDICT_REQUEST)
        request(node, in);
    else
        answer(node, in);
}

static void application_data(struct relo_node *node, const struct relo_datagram *d, uint32_t flow)
{
    struct relo_result result = {.type = RELO_RESULT_APP_DATA, .flow = flow, .value = d->head};
    uint32_t n = d->head.n + d->body.n;
    uint8_t *whole = d->body.n ? relo_env_alloc(&node->env, n) : NULL;
    if (whole) {
        memcpy(whole, d->head.p, d->head.n);
        memcpy(whole + d->head.n, relo_slice_bytes(&d->body), d->body.n);
        result.value = (struct relo_view){whole, n};
    }
    relo_result_add(node, &result);
    if (whole)
        relo_env_free(&node->env, whole, n);
}

/* True: it was an application's. */
static bool application(struct relo_node *node, const struct relo_datagram *d)
{
    uint32_t flow;
    switch (relo_application_receive(&node->route, d, &flow)) {
    case RELO_APPLICATION_OTHERS:
        return false;
    case RELO_APPLICATION_TAKEN:
        break;
    case RELO_APPLICATION_DATA:
        application_data(node, d, flow);
        break;
    }
    return true;
}

/* Whoever has a claim to a datagram before the links do. True: it was theirs; else *d is what the
   links get, which may be what a relay unpacked (*inner). */
static bool intercept(struct relo_node *node, const struct relo_datagram **d,
                      struct relo_datagram *inner)
{
    if (node->route.applications && application(node, *d))
        return true;
    switch (node->turn ? relo_turn_service_receive(node->turn, *d, inner) : RELO_TURN_NOT_OURS) {
    case RELO_TURN_NOT_OURS:
        break;
    case RELO_TURN_TAKEN:
        return true;
    case RELO_TURN_UNPACKED:
        *d = inner;
        if (node->route.applications && application(node, inner))
            return true;
        break;
    }
    if (!node->route.agents || !(*d)->head.n || (*d)->head.p[0] >= 4) /* RFC 7983: STUN */
        return false;
    relo_ice_agents_receive(node->route.agents, *d);
    return true;
}

/* RFC 7983: a record of DTLS, neither STUN nor a TURN channel's. */
static bool is_record(const struct relo_datagram *d)
{
    return d->head.n && d->head.p[0] >= 20 && d->head.p[0] < 64;
}

/* True: it was the links' alone, as an ACK is. */
static bool datagram(struct relo_node *node, const struct relo_datagram *d)
{
    struct relo_incoming message;
    struct relo_inbound in;
    struct relo_datagram inner;
    if (!(node->plain && is_record(d)) && intercept(node, &d, &inner))
        return false;
    if (!relo_links_receive(&node->links, d, &message))
        return d != &inner;
    inbound(node, relo_route_receive(&node->route, &message, &in), &in);
    return false;
}

/* A stream's bytes may hold several messages. */
static void stream(struct relo_node *node, const struct relo_event *event)
{
    struct relo_incoming message;
    struct relo_inbound in;
    relo_links_stream(&node->links, event);
    while (relo_links_stream_next(&node->links, &message))
        inbound(node, relo_route_receive(&node->route, &message, &in), &in);
}

/* --- news from the layers ------------------------------------------------------------------ */

static void link_result(struct relo_node *node, const struct relo_link_event *event,
                        enum relo_result_type type)
{
    struct relo_result result = {.type = type, .peer = event->peer, .elapsed = event->elapsed};
    if (type != RELO_RESULT_LINK_DOWN)
        relo_attach_setup(&node->route, event, &result);
    relo_result_add(node, &result);
}

static void link_news(struct relo_node *node, const struct relo_link_event *event)
{
    switch (event->type) {
    case RELO_LINK_EVENT_UNSENT:
        relo_route_unsent(&node->route, event);
        return;
    case RELO_LINK_EVENT_FIRST_SENT:
        relo_route_first_sent(&node->route, event);
        return;
    case RELO_LINK_EVENT_UP:
        link_result(node, event, RELO_RESULT_LINK_UP);
        break;
    case RELO_LINK_EVENT_DOWN:
        link_result(node, event, RELO_RESULT_LINK_DOWN);
        if (!event->replaced_by)
            relo_store_peer_gone(&node->store, event->peer);
        break;
    case RELO_LINK_EVENT_FAILED:
        link_result(node, event, RELO_RESULT_LINK_FAILED);
        break;
    case RELO_LINK_EVENT_SUSPECT:
    case RELO_LINK_EVENT_RESTORED:
        break;
    }
    relo_attach_link(&node->route, event);
    node->ops->link(node->topology, event);
}

static void failed(struct relo_node *node, const struct relo_done *done)
{
    switch (done->owner) {
    case RELO_OWNER_NONE:
    case RELO_OWNER_ATTACH: /* relo_route_expire has told its attach */
        return;
    case RELO_OWNER_TOPOLOGY:
        node->ops->failed(node->topology, done);
        return;
    case RELO_OWNER_STORAGE:
        relo_store_failed(&node->store, done);
        return;
    case RELO_OWNER_COMMAND:
        relo_command_failed(node, done);
        return;
    case RELO_OWNER_USAGE:
        if (done->context & RELO_PUBLICATION_CONTEXT)
            relo_publication_failed(node->publication, done);
        else
            relo_relays_failed(node->relays, done);
        return;
    }
}

static void attach_news(struct relo_node *node, const struct relo_attach_event *event)
{
    if (event->checks_failed)
        relo_result_add(node, &(struct relo_result){.type = RELO_RESULT_LINK_FAILED,
                                                    .status = event->status,
                                                    .peer = event->peer,
                                                    .elapsed = event->elapsed,
                                                    .setup = event->setup});
    if (event->status != RELO_OK && !event->initiated)
        return;
    if (event->owner == RELO_OWNER_COMMAND)
        relo_command_attached(node, event);
    else
        node->ops->attached(node->topology, event);
}

static void topology_news(struct relo_node *node, const struct relo_topology_event *event)
{
    struct relo_result result = {.elapsed = 0};
    switch (event->type) {
    case RELO_TOPOLOGY_ADMITTED:
        result.type = RELO_RESULT_ADMITTED;
        relo_result_add(node, &result);
        relo_command_end(node, RELO_COMMAND_JOIN, RELO_OK, 0);
        break;
    case RELO_TOPOLOGY_JOIN_FAILED:
        relo_command_end(node, RELO_COMMAND_JOIN,
                         event->status == RELO_OK ? RELO_TIMEOUT : event->status,
                         event->error_code);
        break;
    case RELO_TOPOLOGY_ATTACHED:
        relo_command_end(node, RELO_COMMAND_JOIN, RELO_OK, 0);
        break;
    case RELO_TOPOLOGY_LEFT:
        relo_command_end(node, RELO_COMMAND_LEAVE, RELO_OK, 0);
        break;
    case RELO_TOPOLOGY_DISCONNECTED:
        result.type = RELO_RESULT_DISCONNECTED;
        relo_result_add(node, &result);
        break;
    case RELO_TOPOLOGY_RANGE_CHANGED:
    case RELO_TOPOLOGY_REPLICAS_CHANGED:
    case RELO_TOPOLOGY_NEIGHBORS_CHANGED:
    case RELO_TOPOLOGY_REPLICA_DECLINES:
    case RELO_TOPOLOGY_HANDOVER:
        break;
    }
    relo_store_topology(&node->store, event);
}

static bool joined(const struct relo_node *node)
{
    return node->ops->state(node->topology) == RELO_NODE_JOINED;
}

/* Lets news travel between the layers until there are none. */
static void pump(struct relo_node *node)
{
    bool again;
    do {
        struct relo_link_event link;
        struct relo_inbound in;
        struct relo_done done;
        struct relo_attach_event attach;
        struct relo_application_event app;
        struct relo_topology_event topology;
        enum relo_verdict verdict;
        again = false;
        if (node->turn)
            relo_turn_service_step(node->turn);
        for (; relo_links_poll(&node->links, &link); again = true)
            link_news(node, &link);
        for (; (verdict = relo_route_local(&node->route, &in)) != RELO_VERDICT_DONE; again = true)
            inbound(node, verdict, &in);
        for (; relo_route_expire(&node->route, &done); again = true)
            failed(node, &done);
        for (; relo_attach_poll(&node->route, &attach); again = true)
            attach_news(node, &attach);
        for (; relo_application_poll(&node->route, &app); again = true)
            relo_command_application(node, &app);
        for (; node->ops->poll(node->topology, &topology); again = true)
            topology_news(node, &topology);
        for (; node->publication && relo_publication_step(node->publication, joined(node));
             again = true)
            ;
        for (; node->turn && relo_relays_step(node->relays, joined(node)); again = true)
            ;
        /* Of what was sent last: the timers of requests begin with it. Without ICE it is heard in
           the next step, and to change that would change the results of all seeds. */
        again |= node->route.agents && node->links.news;
    } while (again);
}

static void wake(struct relo_node *node)
{
    relo_links_wake(&node->links);
    if (node->route.agents)
        relo_ice_agents_wake(node->route.agents);
    node->ops->wake(node->topology);
    if (relo_store_deadline(&node->store) <= node->env.now)
        relo_store_wake(&node->store);
}

/* Every second datagram is an ACK, which tells the links that something may be sent. As long as
   they have no news, and nothing else is due, the step ends with them; unless what they send has to
   be wrapped for a relay. */
static bool is_calm(const struct relo_node *node)
{
    return node->calm > node->env.now && !node->links.news && !node->links.relayed;
}

static void flush_links(struct relo_node *node, struct relo_outbox *out)
{
    out->deadline = relo_links_flush(&node->links, out)
                        ? relo_time_min(relo_links_deadline(&node->links), node->others)
                        : node->env.now;
}

static void flush(struct relo_node *node, struct relo_outbox *out)
{
    node->plain =
        !node->route.applications && !(node->turn && relo_turn_service_serves(node->turn));
    bool all = relo_result_flush(node, out) && relo_application_flush(&node->route, out) &&
               relo_links_flush(&node->links, out) &&
               (!node->route.agents || relo_ice_agents_flush(node->route.agents, out));
    if (node->turn) /* it wraps what is relayed in any case */
        all = relo_turn_service_flush(node->turn, out) && all;
    if (!all) {
        out->deadline = node->calm = node->env.now;
        return;
    }
    relo_time deadline = relo_route_deadline(&node->route);
    deadline = relo_time_min(deadline, node->ops->deadline(node->topology));
    if (node->publication)
        deadline =
            relo_time_min(deadline, relo_publication_deadline(node->publication, joined(node)));
    if (node->turn) {
        deadline = relo_time_min(deadline, relo_turn_service_deadline(node->turn));
        deadline = relo_time_min(deadline, relo_relays_deadline(node->relays, joined(node)));
    }
    node->others = relo_time_min(deadline, relo_store_deadline(&node->store));
    node->calm = relo_time_min(node->others, relo_route_expires(&node->route));
    if (node->route.agents && node->route.agents->count) /* they keep the allocation in use */
        node->calm = node->env.now;
    out->deadline = relo_time_min(relo_links_deadline(&node->links), node->others);
}

/* A Binding indication (RFC 8445 section 11) changes nothing, and is half of all that comes to a
   peer at rest: the step ends before it touches more of the node than these fields. Not what is to
   be relayed, whose port is another. */
static bool is_keepalive(const struct relo_node *node, const struct relo_event *event)
{
    const struct relo_datagram *d = &event->datagram;
    struct relo_stun m;
    return event->type == RELO_EVENT_DATAGRAM && node->started && !node->stopped &&
           d->head.n >= 2 && d->head.p[0] == 0 && d->head.p[1] == 0x11 && !d->body.body &&
           node->route.agents && d->local.port == node->links.local[0].port &&
           relo_stun_read(d->head, &m);
}

relo_time relo_node_keepalive_at(const struct relo_node *node)
{
    return node->started && !node->stopped ? relo_links_quiet_at(&node->links) : RELO_NEVER;
}

bool relo_node_keepalive(struct relo_node *node, relo_time now, struct relo_send *send)
{
    RELO_CHECK(node->env.config->keepalives_by_driver);
    node->env.now = now;
    *send = (struct relo_send){.head = {relo_ice_keepalive, sizeof relo_ice_keepalive},
                               .traffic_class = RELO_CLASS_KEEPALIVE};
    return relo_links_quiet_next(&node->links, &send->local, &send->remote);
}

void relo_node_step(struct relo_node *node, const struct relo_event *event, struct relo_outbox *out)
{
    out->n = 0;
    out->bytes_used = 0;
    if (is_keepalive(node, event)) {
        out->deadline = node->deadline;
        return;
    }
    out->deadline = RELO_NEVER;
    node->env.now = event->now;
    if (event->type == RELO_EVENT_START)
        start(node, event->start);
    bool alive = node->started && !node->stopped, links_alone = false;

    switch (event->type) {
    case RELO_EVENT_START:
        break;
    case RELO_EVENT_DATAGRAM:
        if (alive)
            links_alone = datagram(node, &event->datagram);
        break;
    case RELO_EVENT_STREAM_OPENED:
    case RELO_EVENT_STREAM_DATA:
    case RELO_EVENT_STREAM_WRITABLE:
    case RELO_EVENT_STREAM_CLOSED:
        if (alive)
            stream(node, event);
        break;
    case RELO_EVENT_UNREACHABLE:
        if (alive)
            relo_links_unreachable(&node->links, &event->unreachable);
        break;
    case RELO_EVENT_UDP_CLOSED:
        if (alive)
            relo_application_udp_closed(&node->route, &event->udp_closed);
        if (alive && node->turn)
            relo_turn_service_udp_closed(node->turn, &event->udp_closed);
        break;
    case RELO_EVENT_WAKE:
        if (alive)
            wake(node);
        break;
    case RELO_EVENT_COMMAND:
        relo_command_begin(node, event->command);
        break;
    case RELO_EVENT_CLOCK:
        node->env.unix_offset_ns = event->unix_offset_ns;
        break;
    case RELO_EVENT_STOP:
        stop(node);
        break;
    }

    if (links_alone && is_calm(node)) {
        flush_links(node, out);
    } else if (alive && !node->stopped) {
        pump(node);
        relo_route_release(&node->route);
        flush(node, out);
    } else if (!relo_result_flush(node, out)) {
        out->deadline = node->env.now;
    }
    node->deadline = out->deadline;
    if (event->type == RELO_EVENT_DATAGRAM)
        relo_body_unref(&node->env.shard->pool, event->datagram.body.body);
}
