/* SPDX-License-Identifier: BSD-2-Clause */
/* The flows of applications (RFC 6940 section 6.5.2): their ports, their datagrams, their end. */
#include "core/route/internal.h"

#include "core/security/suite.h"

#include <string.h>

/* Below those that TURN servers give away (RFC 8656 section 7.2), above those that are known. */
#define PORT_FIRST 32768u
#define PORTS 16384u
#define QUEUED_MAX 32u /* datagrams of a flow */
#define DATA_MAX 65000u

struct relo_application_item {
    struct relo_application_item *next;
    uint32_t n;
    uint8_t bytes[];
};

static bool has_port(const struct relo_application *a, const struct relo_addr *addr)
{
    for (uint32_t i = 0; i < a->base_count; i++)
        if (relo_addr_equal(&a->base[i], addr))
            return true;
    return false;
}

static bool port_is_free(const struct relo_route *route, uint16_t port)
{
    for (uint32_t i = 0; i < route->links->local_count; i++)
        if (route->links->local[i].port == port)
            return false;
    for (const struct relo_application *a = route->applications; a; a = a->next)
        if (a->base[0].port == port)
            return false;
    return true;
}

struct relo_application *relo_application_new(struct relo_route *route)
{
    const struct relo_links *links = route->links;
    struct relo_application **end = &route->applications;
    uint32_t count = 0;
    for (; *end; end = &(*end)->next)
        count++;
    if (count >= RELO_APPLICATIONS_MAX) {
        relo_count(route->env, RELO_COUNT_drop_quota);
        return NULL;
    }
    uint16_t port;
    do
        port = (uint16_t)(PORT_FIRST + route->env->suite->random(route->env) % PORTS);
    while (!port_is_free(route, port));
    struct relo_application *a = relo_env_alloc(route->env, sizeof *a);
    *a = (struct relo_application){.flow = ++route->flows};
    for (uint32_t i = 0; i < links->local_count && a->base_count < RELO_APPLICATION_BASES; i++) {
        if ((links->relayed >> i & 1) || !links->local[i].family)
            continue;
        a->base[a->base_count] = links->local[i];
        a->base[a->base_count++].port = port;
    }
    *end = a;
    return a;
}

static void drop_items(struct relo_route *route, struct relo_application *a)
{
    while (a->first) {
        struct relo_application_item *item = a->first;
        a->first = item->next;
        relo_env_free(route->env, item, sizeof *item + item->n);
    }
    a->last = NULL;
    a->queued = 0;
}

/* All it has but itself and its ports. */
static void let_go(struct relo_route *route, struct relo_application *a)
{
    drop_items(route, a);
    relo_waiting_free(route, a->waiting);
    a->waiting = NULL;
    if (a->agent)
        relo_ice_agents_drop(route->agents, a->agent);
    a->agent = NULL;
    relo_route_cancel(route, a->transaction);
    a->transaction = 0;
}

void relo_application_over(struct relo_route *route, struct relo_application *a,
                           enum relo_status status, uint16_t error_code)
{
    let_go(route, a);
    a->state = RELO_APPLICATION_OVER;
    a->told = !a->initiated && !a->was_open; /* nobody here has heard of it */
    a->status = status;
    a->error_code = error_code;
}

void relo_application_fini(struct relo_route *route)
{
    for (struct relo_application *a = route->applications, *next; a; a = next) {
        next = a->next;
        a->transaction = 0; /* they have ended */
        let_go(route, a);
        relo_env_free(route->env, a, sizeof *a);
    }
    route->applications = NULL;
}

bool relo_application_poll(struct relo_route *route, struct relo_application_event *event)
{
    for (struct relo_application *a = route->applications; a; a = a->next) {
        if (a->state == RELO_APPLICATION_OPEN && a->relayed &&
            !relo_links_is_relayed(route->links, &a->local))
            relo_application_over(route, a, RELO_TIMEOUT, 0); /* the server ended it */
        if (a->told || (a->state != RELO_APPLICATION_OPEN && a->state != RELO_APPLICATION_OVER))
            continue;
        a->told = true;
        *event = (struct relo_application_event){
            .initiated = a->initiated,
            .down = a->state == RELO_APPLICATION_OVER && a->was_open,
            .status = a->status,
            .error_code = a->error_code,
            .application = a->application,
            .flow = a->flow,
            .peer = a->peer,
            .context = a->context,
            .local = a->local,
            .remote = a->remote,
            .path_local = a->path_local,
            .path_remote = a->path_remote,
            .active = a->active,
        };
        return true;
    }
    return false;
}

/* ICE asks for FINGERPRINT; what an application says in STUN without it is the application's. */
static bool is_check(struct relo_view bytes)
{
    struct relo_stun message;
    return bytes.n && bytes.p[0] < 4 && relo_stun_read(bytes, &message) &&
           (message.has & RELO_STUN_HAS_FINGERPRINT);
}

enum relo_application_verdict
relo_application_receive(struct relo_route *route, const struct relo_datagram *d, uint32_t *flow)
{
    for (const struct relo_application *a = route->applications; a; a = a->next) {
        bool port = has_port(a, &d->local);
        bool mine = a->state == RELO_APPLICATION_OPEN && relo_addr_equal(&a->local, &d->local) &&
                    relo_addr_equal(&a->remote, &d->remote);
        if (!port && !mine)
            continue;
        if (!d->body.body && is_check(d->head)) {
            if (!port)
                return RELO_APPLICATION_OTHERS; /* the relay's agents get it as any other */
            if (route->agents)
                relo_ice_agents_receive(route->agents, d);
            return RELO_APPLICATION_TAKEN;
        }
        if (mine) {
            *flow = a->flow;
            return RELO_APPLICATION_DATA;
        }
        relo_count(route->env, RELO_COUNT_drop_application);
        return RELO_APPLICATION_TAKEN;
    }
    return RELO_APPLICATION_OTHERS;
}

static struct relo_application *at(const struct relo_route *route, uint32_t flow)
{
    struct relo_application *a = route->applications;
    while (a && (a->flow != flow || a->state != RELO_APPLICATION_OPEN))
        a = a->next;
    return a;
}

bool relo_application_send(struct relo_route *route, uint32_t flow, struct relo_view bytes)
{
    struct relo_application *a = at(route, flow);
    if (!a || a->queued >= QUEUED_MAX || bytes.n == 0 || bytes.n > DATA_MAX)
        return false;
    struct relo_application_item *item = relo_env_alloc(route->env, sizeof *item + bytes.n);
    item->next = NULL;
    item->n = bytes.n;
    memcpy(item->bytes, bytes.p, bytes.n);
    if (a->last)
        a->last->next = item;
    else
        a->first = item;
    a->last = item;
    a->queued++;
    return true;
}

bool relo_application_close(struct relo_route *route, uint32_t flow)
{
    struct relo_application *a = at(route, flow);
    if (!a)
        return false;
    relo_application_over(route, a, RELO_OK, 0);
    a->told = true; /* who closes it knows */
    return true;
}

void relo_application_udp_closed(struct relo_route *route, const struct relo_addr *local)
{
    for (struct relo_application *a = route->applications; a; a = a->next)
        if (has_port(a, local) && a->state != RELO_APPLICATION_OVER)
            relo_application_over(route, a, a->was_open ? RELO_TIMEOUT : RELO_REFUSED, 0);
}

/* --- what goes out --------------------------------------------------------------------------- */

/* False: no room for all of them. */
static bool flush_ports(struct relo_application *a, struct relo_outbox *out,
                        enum relo_action_type type)
{
    if (out->n + a->base_count > RELO_OUTBOX_ACTIONS)
        return false;
    for (uint32_t i = 0; i < a->base_count; i++) {
        out->action[out->n].type = type;
        out->action[out->n++].udp = a->base[i];
    }
    return true;
}

static bool flush_items(struct relo_route *route, struct relo_application *a,
                        struct relo_outbox *out)
{
    while (a->first) {
        struct relo_application_item *item = a->first;
        if (out->n == RELO_OUTBOX_ACTIONS ||
            RELO_OUTBOX_BYTES - out->bytes_used < item->n + RELO_LINK_HEADROOM)
            return false;
        uint8_t *head = out->bytes + out->bytes_used + RELO_LINK_HEADROOM;
        memcpy(head, item->bytes, item->n);
        out->bytes_used += item->n + RELO_LINK_HEADROOM;
        struct relo_action *action = &out->action[out->n++];
        action->type = RELO_ACTION_SEND;
        action->send = (struct relo_send){.local = a->local,
                                          .remote = a->remote,
                                          .head = {head, item->n},
                                          .traffic_class = RELO_CLASS_DATA,
                                          .relayed = a->relayed};
        a->first = item->next;
        a->queued--;
        relo_env_free(route->env, item, sizeof *item + item->n);
    }
    a->last = NULL;
    return true;
}

bool relo_application_flush(struct relo_route *route, struct relo_outbox *out)
{
    for (struct relo_application **p = &route->applications; *p;) {
        struct relo_application *a = *p;
        bool over = a->state == RELO_APPLICATION_OVER;
        if (!over && !a->ports_open) {
            if (!flush_ports(a, out, RELO_ACTION_UDP_OPEN))
                return false;
            a->ports_open = true;
        }
        if (!over && !flush_items(route, a, out))
            return false;
        if (!over || !a->told) {
            p = &a->next;
            continue;
        }
        if (a->ports_open && !flush_ports(a, out, RELO_ACTION_UDP_CLOSE))
            return false;
        *p = a->next;
        relo_env_free(route->env, a, sizeof *a);
    }
    return true;
}

relo_time relo_application_deadline(const struct relo_route *route)
{
    for (const struct relo_application *a = route->applications; a; a = a->next)
        if (!a->told && (a->state == RELO_APPLICATION_OPEN || a->state == RELO_APPLICATION_OVER))
            return route->env->now;
    return RELO_NEVER;
}
