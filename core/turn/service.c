/* SPDX-License-Identifier: BSD-2-Clause */
/* A node's TURN server and its allocation at another's. RFC 6940 defines no credentials for section
   9: here all members of an overlay share a secret made of the overlay's name, and a node's user
   name is its Node-ID (docs/decisions/0007-turn.md). */
#include "core/turn/service.h"

#include "core/base/prefetch.h"
#include "core/security/suite.h"
#include "core/turn/client.h"
#include "core/turn/relay.h"

#include <string.h>

static const uint8_t realm[] = "relo"; /* part of keys only */

#define NAME_BYTES (2 * RELO_ID_BYTES)
#define PORT_FIRST 49152u /* RFC 8656 section 7.2 */
#define PORTS 16384u
#define PORT_TRIES 8
#define LINGER (120 * RELO_S) /* an allocation nobody used for so long is given back */
#define FRESH (20 * RELO_S)   /* the server was heard from so lately that it is believed to live */
#define SEEK_AGAIN (60 * RELO_S)
#define SHUN (120 * RELO_S) /* its registration will be found again, and it may come back */
#define TRANSMISSIONS 4     /* a silent server is given up after 11.5 s: others are easily found */
#define BUFFER_BYTES 1024   /* of requests and answers without data */

enum seek { SEEK_IDLE, SEEK_WANTED, SEEK_UNDER_WAY };

struct relo_turn_service {
    struct relo_env *env;
    struct relo_links *links;
    struct relo_ice_agents *agents;
    struct relo_turn_relay *relay;   /* NULL: not a server */
    struct relo_turn_client *client; /* NULL: no allocation, nor asking for one */
    relo_time used;                  /* when the allocation was last of use */
    relo_time probed;                /* when its server was last asked for a sign of life */
    relo_time seek_after;            /* not before: none was found */
    relo_time shun_until;
    enum seek seek;
    bool open;                /* everybody reaches us as it is: no need of a relay */
    struct relo_addr server;  /* the last one found; family 0: none, or it failed */
    struct relo_addr shunned; /* the last one that failed */
    struct relo_addr told; /* the relayed address that links and agents know of; family 0: none */
    uint8_t *flat;         /* what the last inner datagram views */
    uint32_t flat_bytes;
};

struct relo_turn_service *relo_turn_service_new(struct relo_env *env, struct relo_links *links,
                                                struct relo_ice_agents *agents)
{
    struct relo_turn_service *service = relo_pool_zalloc(&env->shard->pool, sizeof *service);
    service->env = env;
    service->links = links;
    service->agents = agents;
    agents->relays = env->config->turn_density != 0; /* until there is none, one is expected */
    return service;
}

static void flat_free(struct relo_turn_service *service)
{
    relo_env_free(service->env, service->flat, service->flat_bytes);
    service->flat = NULL;
    service->flat_bytes = 0;
}

void relo_turn_service_free(struct relo_turn_service *service)
{
    if (!service)
        return;
    relo_turn_relay_free(service->relay);
    relo_turn_client_free(service->client);
    flat_free(service);
    relo_env_free(service->env, service, sizeof *service);
}

void relo_turn_service_prefetch(const struct relo_turn_service *service)
{
    relo_prefetch_lines(service, sizeof *service);
}

static struct relo_view secret_of(const struct relo_env *env)
{
    const struct relo_config *config = env->config;
    const char *name = config->turn_secret ? config->turn_secret : config->instance_name;
    size_t n = strlen(name);
    return (struct relo_view){(const uint8_t *)name,
                              (uint32_t)(n < RELO_TURN_NAME_MAX ? n : RELO_TURN_NAME_MAX)};
}

/* --- as server ------------------------------------------------------------------------------- */

static void serve(struct relo_turn_service *service)
{
    struct relo_view secret = secret_of(service->env);
    const struct relo_links *links = service->links;
    if (service->relay)
        return;
    service->relay =
        relo_turn_relay_new(service->env, &(struct relo_turn_relay_options){
                                              .local = links->local,
                                              .local_count = links->local_count,
                                              .realm = {realm, sizeof realm - 1},
                                              .secret = secret,
                                              .public_only = !relo_addr_is_private(links->local),
                                          });
}

/* START says so, or a client has reached us. Whoever has only seen itself under its own address
   may yet be behind a firewall, and then needs a relay like any other. */
static void become_open(struct relo_turn_service *service)
{
    service->open = true;
    service->agents->relays = 0;
    service->agents->relays_again = RELO_NEVER;
    if (service->client)
        relo_turn_client_release(service->client);
}

static bool is_reached(const struct relo_turn_service *service)
{
    return service->relay && !service->open && relo_turn_relay_load(service->relay);
}

void relo_turn_service_serve(struct relo_turn_service *service)
{
    serve(service);
    become_open(service);
}

bool relo_turn_service_serves(const struct relo_turn_service *service)
{
    return service->relay != NULL;
}

void relo_turn_service_udp_closed(struct relo_turn_service *service, const struct relo_addr *local)
{
    if (service->relay)
        relo_turn_relay_lost(service->relay, local);
}

static struct relo_action *action(struct relo_outbox *out, enum relo_action_type type)
{
    struct relo_action *a = &out->action[out->n++];
    a->type = type;
    return a;
}

/* 7.2: a port that cannot be guessed, of the address the client asked at. */
static void grant(struct relo_turn_service *service, const struct relo_turn_wanted *wanted,
                  struct relo_outbox *out)
{
    struct relo_addr relayed = wanted->local;
    for (int i = 0; i < PORT_TRIES; i++) {
        uint32_t port = PORT_FIRST + (uint32_t)(service->env->suite->random(service->env) % PORTS);
        relayed.port = (uint16_t)(wanted->even ? port & ~1u : port);
        bool taken = relo_turn_relay_has(service->relay, &relayed);
        for (uint32_t k = 0; k < service->links->local_count; k++)
            taken = taken || service->links->local[k].port == relayed.port;
        if (taken)
            continue;
        if (relo_turn_relay_grant(service->relay, wanted->ticket, &relayed))
            action(out, RELO_ACTION_UDP_OPEN)->udp = relayed;
        return;
    }
    relo_turn_relay_grant(service->relay, wanted->ticket, NULL);
}

static bool flush_ports(struct relo_turn_service *service, struct relo_outbox *out)
{
    struct relo_turn_wanted wanted;
    struct relo_addr addr;
    while (out->n < RELO_OUTBOX_ACTIONS && relo_turn_relay_released(service->relay, &addr))
        action(out, RELO_ACTION_UDP_CLOSE)->udp = addr;
    while (out->n < RELO_OUTBOX_ACTIONS && relo_turn_relay_wanted(service->relay, &wanted))
        grant(service, &wanted, out);
    return out->n < RELO_OUTBOX_ACTIONS;
}

/* --- as client ------------------------------------------------------------------------------- */

/* The local address that speaks to this server; NULL: another family. */
static const struct relo_addr *speaker(const struct relo_turn_service *service,
                                       const struct relo_addr *server)
{
    const struct relo_links *links = service->links;
    for (uint32_t i = 0; i < links->local_count; i++)
        if (links->local[i].family == server->family && !(links->relayed >> i & 1))
            return &links->local[i];
    return NULL;
}

/* A user name is a Node-ID in hexadecimal. */
static struct relo_view name_of(struct relo_id id, uint8_t name[NAME_BYTES])
{
    static const char digit[] = "0123456789abcdef";
    uint8_t bytes[RELO_ID_BYTES];
    relo_id_to_bytes(id, bytes);
    for (uint32_t i = 0; i < NAME_BYTES; i++)
        name[i] = (uint8_t)digit[i % 2 ? bytes[i / 2] & 15 : bytes[i / 2] >> 4];
    return (struct relo_view){name, NAME_BYTES};
}

static void allocate(struct relo_turn_service *service)
{
    struct relo_env *env = service->env;
    uint8_t name[NAME_BYTES], password[RELO_TURN_PASSWORD_BYTES];
    struct relo_view user = name_of(env->self, name);
    relo_turn_password(secret_of(env), user, password);
    service->client = relo_turn_client_new(env, &(struct relo_turn_client_options){
                                                    .local = *speaker(service, &service->server),
                                                    .server = service->server,
                                                    .name = user,
                                                    .password = {password, sizeof password},
                                                    .family = service->server.family,
                                                    .transmissions = TRANSMISSIONS,
                                                    .on_demand = true,
                                                });
}

/* The allocation is over: released for want of use, or its server is gone, or will not have us. */
static void end(struct relo_turn_service *service)
{
    bool failed = relo_turn_client_error(service->client) != 0;
    relo_turn_client_free(service->client);
    service->client = NULL;
    if (!failed)
        return;
    service->shunned = service->server;
    service->shun_until = service->env->now + SHUN;
    service->server = (struct relo_addr){0};
    /* Whoever attaches next should not have to wait for another. */
    bool wanted = !service->open && service->env->now < service->used + LINGER;
    if (wanted && service->seek == SEEK_IDLE)
        service->seek = SEEK_WANTED;
}

static relo_time probe_at(const struct relo_turn_service *service)
{
    relo_time heard = relo_turn_client_heard(service->client);
    return (heard > service->probed ? heard : service->probed) + FRESH;
}

/* What the passing of time does to the allocation. */
static void tidy(struct relo_turn_service *service)
{
    relo_time now = service->env->now;
    if (service->client && relo_turn_client_state(service->client) == RELO_TURN_ENDED)
        end(service);
    if (!service->client || relo_turn_client_state(service->client) != RELO_TURN_ALLOCATED)
        return;
    if (now >= service->used + LINGER)
        relo_turn_client_release(service->client);
    if (now < probe_at(service))
        return;
    service->probed = now;
    relo_turn_client_probe(service->client); /* it also keeps NATs' bindings open */
}

/* Tells links and agents of the relayed address that is, or is no more. */
static void tell(struct relo_turn_service *service)
{
    const struct relo_addr *relayed = relo_turn_service_relayed(service);
    if (service->told.family && !(relayed && relo_addr_equal(relayed, &service->told))) {
        relo_links_remove_relayed(service->links, &service->told);
        service->told = (struct relo_addr){0};
        service->agents->relays = !service->open;
    }
    if (!relayed || service->told.family || !relo_links_add_relayed(service->links, relayed))
        return;
    service->told = *relayed;
    relo_ice_agents_relayed(service->agents, relayed, relo_turn_client_mapped(service->client));
}

void relo_turn_service_wire(struct relo_turn_service *service, const struct relo_start *start)
{
    uint8_t name[NAME_BYTES];
    for (uint32_t i = 0; service->relay && i < start->served_count; i++)
        relo_turn_relay_wire(service->relay, name_of(start->served[i].client, name),
                             &start->served[i]);
    if (!start->allocation || service->open)
        return;
    service->server = start->allocation->server;
    allocate(service);
    relo_turn_client_wire(service->client, start->allocation);
    service->used = service->env->now;
    /* Not all in the same moment. */
    service->probed = service->env->now -
                      (relo_time)(service->env->suite->random(service->env) % (uint64_t)FRESH);
    tell(service);
}

/* Section 9's candidate: seen under its own address, never under another, and not a private one. */
static bool is_candidate(const struct relo_turn_service *service)
{
    const struct relo_ice_agents *agents = service->agents;
    return service->env->config->turn_density && agents->seen_as_is && !agents->translated &&
           !relo_addr_is_private(service->links->local);
}

void relo_turn_service_step(struct relo_turn_service *service)
{
    relo_time now = service->env->now;
    if (!service->relay && is_candidate(service))
        serve(service);
    if (is_reached(service))
        become_open(service);
    /* Their candidates are known to others. */
    relo_time used = service->agents->count ? now : service->agents->busy_until;
    service->used = used > service->used ? used : service->used;
    tidy(service);
    tell(service);
    if (service->open || service->client || service->seek != SEEK_IDLE)
        return;
    bool waiting = relo_ice_agents_wait_relayed(service->agents);
    if (now < service->seek_after) {
        if (waiting)
            relo_ice_agents_relayed(service->agents, NULL, NULL);
        return;
    }
    service->agents->relays = service->env->config->turn_density != 0;
    service->agents->relays_again = RELO_NEVER;
    if (waiting && service->server.family)
        allocate(service);
    else if (waiting)
        service->seek = SEEK_WANTED;
}

bool relo_turn_service_seeks(struct relo_turn_service *service)
{
    if (service->seek != SEEK_WANTED)
        return false;
    service->seek = SEEK_UNDER_WAY;
    return true;
}

bool relo_turn_service_found(struct relo_turn_service *service, const struct relo_addr *server)
{
    relo_time now = service->env->now;
    if (!server) {
        service->seek = SEEK_IDLE;
        service->seek_after = now + SEEK_AGAIN;
        if (!service->open && service->env->config->turn_density)
            service->agents->relays_again = service->seek_after;
        return true;
    }
    /* Our own registration is found, too. */
    if (!speaker(service, server) || relo_links_is_local(service->links, server) ||
        (now < service->shun_until && relo_addr_equal(server, &service->shunned)))
        return false;
    service->seek = SEEK_IDLE;
    if (service->client || service->open) /* there is no need any more */
        return true;
    service->server = *server;
    allocate(service);
    return true;
}

const struct relo_addr *relo_turn_service_relayed(const struct relo_turn_service *service)
{
    bool live = service->client && relo_turn_client_state(service->client) == RELO_TURN_ALLOCATED;
    return live ? relo_turn_client_relayed(service->client) : NULL;
}

/* --- both ------------------------------------------------------------------------------------ */

/* All bytes of a datagram in one piece. */
static struct relo_view flatten(struct relo_turn_service *service, const struct relo_datagram *d)
{
    uint32_t n = d->head.n + d->body.n;
    if (!d->body.n)
        return d->head;
    flat_free(service);
    service->flat = relo_env_alloc(service->env, n);
    service->flat_bytes = n;
    memcpy(service->flat, d->head.p, d->head.n);
    memcpy(service->flat + d->head.n, relo_slice_bytes(&d->body), d->body.n);
    return (struct relo_view){service->flat, n};
}

static enum relo_turn_verdict client_receive(struct relo_turn_service *service,
                                             const struct relo_datagram *d, struct relo_view bytes,
                                             struct relo_datagram *inner)
{
    struct relo_datagram data = {.local = *relo_turn_client_relayed(service->client)};
    switch (
        relo_turn_client_receive(service->client, &d->remote, bytes, &data.remote, &data.head)) {
    case RELO_TURN_OTHERS:
        break;
    case RELO_TURN_HANDLED:
        return RELO_TURN_TAKEN;
    case RELO_TURN_DATA:
        *inner = data;
        return RELO_TURN_UNPACKED;
    }
    return RELO_TURN_NOT_OURS;
}

/* Whether a datagram to a listening address may be TURN's: ChannelData, or STUN of another method
   than Binding. Links' records and Binding requests, which are nearly all there is, are not. */
static bool may_be_turn(const struct relo_datagram *d)
{
    if (d->head.n < 2)
        return d->body.n != 0;
    return d->head.p[0] >> 6 == 1 ||
           (d->head.p[0] < 4 && ((d->head.p[0] & 0x3e) | (d->head.p[1] & 0xef)) != 1);
}

/* Whether it is one of our own ports, not one that we have at a server or open for a client. */
static bool is_listening(const struct relo_turn_service *service, uint16_t port)
{
    const struct relo_links *links = service->links;
    for (uint32_t i = 0; i < links->local_count; i++)
        if (links->local[i].port == port && !(links->relayed >> i & 1))
            return true;
    return false;
}

enum relo_turn_verdict relo_turn_service_receive(struct relo_turn_service *service,
                                                 const struct relo_datagram *d,
                                                 struct relo_datagram *inner)
{
    enum relo_turn_verdict verdict = RELO_TURN_NOT_OURS;
    bool relayed = service->relay && !is_listening(service, d->local.port);
    if (!relayed && !may_be_turn(d))
        return verdict;
    struct relo_view bytes = flatten(service, d);
    if (relayed) {
        relo_turn_relay_receive_relayed(service->relay, &d->local, &d->remote, bytes);
        return RELO_TURN_TAKEN;
    }
    if (service->client)
        verdict = client_receive(service, d, bytes, inner);
    if (verdict == RELO_TURN_NOT_OURS && service->relay &&
        relo_turn_relay_receive(service->relay, &d->local, &d->remote, bytes))
        verdict = RELO_TURN_TAKEN;
    return verdict;
}

/* From the relayed address to the peer of a SEND: in its channel, whose header goes before the head
   in place; else as a datagram of the client's, which asks for the permission first. A link's
   records, unlike ICE's checks, are worth a channel. False: the SEND is used up. */
static bool wrap(struct relo_turn_service *service, struct relo_send *send)
{
    struct relo_turn_client *client = service->client;
    const struct relo_addr *relayed = relo_turn_service_relayed(service);
    if (!relayed || !relo_addr_equal(relayed, &send->local)) {
        relo_count(service->env, RELO_COUNT_drop_turn_permission);
        return false;
    }
    bool record = send->head.n && send->head.p[0] >= 4;
    if (record)
        relo_turn_client_bind(client, &send->remote);
    service->used = service->env->now;
    uint16_t channel = relo_turn_client_channel(client, &send->remote);
    if (!channel) {
        struct relo_datagram whole = {.head = send->head, .body = send->body};
        if (!relo_turn_client_send(client, &send->remote, flatten(service, &whole)))
            relo_count(service->env, RELO_COUNT_drop_turn_permission);
        return false;
    }
    _Static_assert(RELO_LINK_HEADROOM >= RELO_TURN_CHANNEL_BYTES, "a header fits");
    uint8_t *head = (uint8_t *)(uintptr_t)send->head.p - RELO_TURN_CHANNEL_BYTES;
    struct relo_wr w = relo_wr_init(head, RELO_TURN_CHANNEL_BYTES, 0);
    relo_wr_u16(&w, channel);
    relo_wr_u16(&w, (uint16_t)(send->head.n + send->body.n));
    send->head = (struct relo_view){head, send->head.n + RELO_TURN_CHANNEL_BYTES};
    send->frame_offset =
        (uint16_t)(send->frame_offset ? send->frame_offset + RELO_TURN_CHANNEL_BYTES : 0);
    send->local = *speaker(service, &service->server);
    send->remote = service->server;
    send->relayed = false;
    return true;
}

static void wrap_all(struct relo_turn_service *service, struct relo_outbox *out)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < out->n; i++) {
        struct relo_action *a = &out->action[i];
        if (a->type == RELO_ACTION_SEND && a->send.relayed && !wrap(service, &a->send)) {
            relo_body_unref(&service->env->shard->pool, a->send.body.body);
            continue;
        }
        if (kept < i)
            out->action[kept] = *a;
        kept++;
    }
    out->n = kept;
}

/* The next datagram of either. */
static bool next(struct relo_turn_service *service, struct relo_turn_datagram *d, struct relo_wr *w)
{
    return (service->relay && relo_turn_relay_output(service->relay, d, w)) ||
           (service->client && relo_turn_client_output(service->client, d, w));
}

static bool room(const struct relo_turn_service *service, const struct relo_outbox *out)
{
    uint32_t need = BUFFER_BYTES;
    if (service->relay && relo_turn_relay_next_bytes(service->relay) > need)
        need = relo_turn_relay_next_bytes(service->relay);
    if (service->client && relo_turn_client_next_bytes(service->client) > need)
        need = relo_turn_client_next_bytes(service->client);
    return out->n < RELO_OUTBOX_ACTIONS && RELO_OUTBOX_BYTES - out->bytes_used >= need;
}

bool relo_turn_service_flush(struct relo_turn_service *service, struct relo_outbox *out)
{
    struct relo_turn_datagram d;
    wrap_all(service, out); /* an agent may go on checking from an address that is gone */
    flat_free(service);
    if (service->relay && !flush_ports(service, out))
        return false;
    while (room(service, out)) {
        struct relo_wr w = relo_wr_init(out->bytes + out->bytes_used,
                                        RELO_OUTBOX_BYTES - out->bytes_used, RELO_ID_BYTES);
        if (!next(service, &d, &w)) {
            return !service->relay || flush_ports(service, out);
        }
        if (w.failed)
            continue;
        out->bytes_used += (uint32_t)relo_wr_size(&w);
        action(out, RELO_ACTION_SEND)->send = (struct relo_send){
            .local = d.local,
            .remote = d.remote,
            .head = relo_wr_view(&w),
            .traffic_class = d.data ? RELO_CLASS_RELAY : RELO_CLASS_CONNECT,
        };
    }
    return false;
}

relo_time relo_turn_service_deadline(const struct relo_turn_service *service)
{
    const struct relo_turn_client *client = service->client;
    relo_time at = service->relay ? relo_turn_relay_deadline(service->relay) : RELO_NEVER;
    if (is_reached(service))
        return service->env->now;
    if (!client)
        return at;
    if (relo_turn_client_state(client) == RELO_TURN_ENDED)
        return service->env->now; /* it timed out in this flush */
    at = relo_time_min(at, relo_turn_client_deadline(client));
    if (relo_turn_client_state(client) == RELO_TURN_ALLOCATED)
        at = relo_time_min(at, relo_time_min(service->used + LINGER, probe_at(service)));
    return at;
}
