/* SPDX-License-Identifier: BSD-2-Clause */
/* Permissions and channels of the TURN server: RFC 8656 sections 9, 10 and 12; and which peers
   nobody gets a permission for (sections 10.2 and 21.4). */
#include "core/turn/internal.h"

#include <string.h>

#define ANSWER_BYTES 256

static bool loopback(const struct relo_addr *addr)
{
    static const uint8_t one[16] = {[15] = 1};
    return addr->family == 4 ? addr->ip[0] == 127 : memcmp(addr->ip, one, 16) == 0;
}

/* Addresses that are no host's, or stand for another address and so would evade this list. */
static bool nobodys(const struct relo_addr *addr)
{
    static const uint8_t zero[16];
    static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    const uint8_t *ip = addr->ip;
    if (addr->family == 4) /* "this network", link-local, multicast, reserved and broadcast */
        return ip[0] == 0 || (ip[0] == 169 && ip[1] == 254) || ip[0] >= 224;
    return memcmp(ip, zero, 10) == 0 /* ::/80: unspecified, IPv4-mapped and -compatible */
           || memcmp(ip, nat64, 12) == 0 || (ip[0] == 0x20 && ip[1] == 0x02) /* 6to4 */
           || (ip[0] == 0x20 && ip[1] == 0x01 && ip[2] == 0 && ip[3] == 0)   /* Teredo */
           || ip[0] == 0xff || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80);
}

/* Whether a peer's IP address may have permissions at all (10.2). */
static bool ip_allowed(const struct relo_turn_relay *relay, const struct relo_addr *peer)
{
    if (loopback(peer))
        return relay->allow_loopback;
    return !nobodys(peer) && !(relay->public_only && relo_addr_is_private(peer));
}

/* On the server's own host only other clients' relayed addresses are peers: neither the server
   itself, nor the allocation itself, nor what else listens there. */
static bool port_allowed(const struct relo_turn_relay *relay, const struct relo_turn_allocation *a,
                         const struct relo_addr *peer)
{
    bool own = relo_addr_same_ip(peer, &a->relayed);
    if (peer->port == 0 || relo_addr_equal(peer, &a->relayed))
        return false;
    for (uint32_t i = 0; i < relay->local_count; i++) {
        if (relo_addr_equal(peer, &relay->local[i]))
            return false;
        own = own || relo_addr_same_ip(peer, &relay->local[i]);
    }
    if (!own || relay->allow_loopback)
        return true;
    for (uint32_t i = 0; i < relay->allocation_count; i++)
        if (relay->slot[i].allocation->state == RELO_TURN_LIVE &&
            relo_addr_equal(&relay->slot[i].allocation->relayed, peer))
            return true;
    return false;
}

static struct relo_turn_permission *find(const struct relo_turn_allocation *a,
                                         const struct relo_addr *peer)
{
    for (uint32_t i = 0; i < a->permission_count; i++)
        if (memcmp(a->permission[i].ip, peer->ip, sizeof peer->ip) == 0)
            return &a->permission[i];
    return NULL;
}

bool relo_turn_permit_good(const struct relo_turn_relay *relay,
                           const struct relo_turn_allocation *a, const struct relo_addr *peer)
{
    if (peer->family != a->family)
        return false;
    const struct relo_turn_permission *permission = find(a, peer);
    return permission && relay->env->now < permission->expires && port_allowed(relay, a, peer);
}

/* Forgets what has run out. */
static void purge(const struct relo_turn_relay *relay, struct relo_turn_allocation *a)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < a->permission_count; i++)
        if (relay->env->now < a->permission[i].expires)
            a->permission[kept++] = a->permission[i];
    a->permission_count = (uint16_t)kept;
    kept = 0;
    for (uint32_t i = 0; i < a->channel_count; i++)
        if (relay->env->now < a->channel[i].expires)
            a->channel[kept++] = a->channel[i];
    a->channel_count = (uint16_t)kept;
}

/* There is room: the callers have looked. */
static void permit(struct relo_turn_relay *relay, struct relo_turn_allocation *a,
                   const struct relo_addr *peer)
{
    struct relo_turn_permission *permission = find(a, peer);
    if (!permission) {
        a->permission = relo_turn_relay_grown(relay, a->permission, a->permission_count,
                                              &a->permission_size, sizeof *a->permission);
        permission = &a->permission[a->permission_count++];
        memcpy(permission->ip, peer->ip, sizeof permission->ip);
    }
    permission->expires = relay->env->now + RELO_TURN_PERMISSION_S * RELO_S;
}

static void succeed(struct relo_turn_relay *relay, const struct relo_turn_request *request)
{
    struct relo_turn_datagram to = {.local = *request->local, .remote = *request->client};
    struct relo_pool *pool = &relay->env->shard->pool;
    struct relo_wr w;
    struct relo_turn_queued *queued = relo_turn_queue_open(&relay->queue, pool, ANSWER_BYTES, &w);
    if (!queued) {
        relo_count(relay->env, RELO_COUNT_drop_turn_overflow);
        return;
    }
    struct relo_stun_writer s = relo_stun_open(&w, (enum relo_stun_method)request->message->method,
                                               RELO_STUN_SUCCESS, request->message->transaction);
    relo_stun_write_integrity(&s,
                              (struct relo_view){request->user->key, sizeof request->user->key});
    if (request->message->has & RELO_STUN_HAS_FINGERPRINT)
        relo_stun_write_fingerprint(&s);
    relo_turn_queue_close(&relay->queue, pool, queued, &w, &to);
}

/* The allocation of a request; NULL: it has been refused (section 5). */
static struct relo_turn_allocation *allocation_of(struct relo_turn_relay *relay,
                                                  const struct relo_turn_request *request)
{
    struct relo_turn_allocation *a = relo_turn_relay_find(relay, request->local, request->client);
    if (!a || a->state != RELO_TURN_LIVE) {
        relo_turn_relay_refuse(relay, request, 437, "Allocation Mismatch");
        return NULL;
    }
    if (a->user != request->user) {
        relo_turn_relay_refuse(relay, request, 441, "Wrong Credentials");
        return NULL;
    }
    purge(relay, a);
    return a;
}

/* 10.2, for one address of the request; false: refused. */
static bool check_peer(struct relo_turn_relay *relay, const struct relo_turn_request *request,
                       const struct relo_turn_allocation *a, const struct relo_addr *peer)
{
    if (peer->family != a->family) {
        relo_turn_relay_refuse(relay, request, 443, "Peer Address Family Mismatch");
        return false;
    }
    if (!ip_allowed(relay, peer)) {
        relo_turn_relay_refuse(relay, request, 403, "Forbidden");
        return false;
    }
    return true;
}

/* Nothing behind it counts. */
static bool ends(uint16_t attribute)
{
    return attribute == RELO_STUN_MESSAGE_INTEGRITY ||
           attribute == RELO_STUN_MESSAGE_INTEGRITY_SHA256;
}

void relo_turn_permit_request(struct relo_turn_relay *relay, struct relo_turn_request *request)
{
    const struct relo_stun *m = request->message;
    struct relo_turn_allocation *a = allocation_of(relay, request);
    struct relo_rd attributes = relo_stun_attributes(m);
    struct relo_view value;
    struct relo_addr peer;
    uint32_t peers = 0, fresh = 0;
    uint16_t type;
    if (!a)
        return;
    /* 10.2: all addresses or none; and nothing behind MESSAGE-INTEGRITY counts. */
    while (relo_stun_next(&attributes, &type, &value) && !ends(type)) {
        if (type != RELO_STUN_XOR_PEER_ADDRESS)
            continue;
        if (!relo_stun_address_read(value, true, m->transaction, &peer)) {
            peers = 0;
            break;
        }
        if (!check_peer(relay, request, a, &peer))
            return;
        peers++;
        fresh += !find(a, &peer);
    }
    if (!peers) {
        relo_turn_relay_refuse(relay, request, 400, "Bad Request");
        return;
    }
    if (a->permission_count + fresh > relay->permissions_max) {
        relo_turn_relay_refuse(relay, request, 508, "Insufficient Capacity");
        return;
    }
    attributes = relo_stun_attributes(m);
    while (relo_stun_next(&attributes, &type, &value) && !ends(type))
        if (type == RELO_STUN_XOR_PEER_ADDRESS &&
            relo_stun_address_read(value, true, m->transaction, &peer))
            permit(relay, a, &peer);
    succeed(relay, request);
}

const struct relo_turn_channel *relo_turn_permit_channel(const struct relo_turn_relay *relay,
                                                         const struct relo_turn_allocation *a,
                                                         uint16_t number)
{
    /* Clients give numbers out in this order, mostly. */
    uint32_t n = a->channel_count, first = number - RELO_TURN_CHANNEL_FIRST;
    for (uint32_t i = 0; i < n; i++) {
        const struct relo_turn_channel *channel = &a->channel[(first + i) % n];
        if (channel->number == number && relay->env->now < channel->expires)
            return channel;
    }
    return NULL;
}

const struct relo_turn_channel *relo_turn_permit_channel_of(const struct relo_turn_relay *relay,
                                                            const struct relo_turn_allocation *a,
                                                            const struct relo_addr *peer)
{
    for (uint32_t i = 0; i < a->channel_count; i++)
        if (relo_addr_equal(&a->channel[i].peer, peer) && relay->env->now < a->channel[i].expires)
            return &a->channel[i];
    return NULL;
}

static struct relo_turn_channel *add_channel(struct relo_turn_relay *relay,
                                             struct relo_turn_allocation *a,
                                             const struct relo_addr *peer, uint16_t number)
{
    a->channel = relo_turn_relay_grown(relay, a->channel, a->channel_count, &a->channel_size,
                                       sizeof *a->channel);
    struct relo_turn_channel *channel = &a->channel[a->channel_count++];
    *channel = (struct relo_turn_channel){
        .expires = relay->env->now + RELO_TURN_CHANNEL_S * RELO_S, .peer = *peer, .number = number};
    return channel;
}

void relo_turn_permit_wire(struct relo_turn_relay *relay, struct relo_turn_allocation *a,
                           const struct relo_addr *peer, uint16_t channel)
{
    add_channel(relay, a, peer, channel);
    permit(relay, a, peer);
}

void relo_turn_permit_bind(struct relo_turn_relay *relay, struct relo_turn_request *request)
{
    const struct relo_stun *m = request->message;
    struct relo_turn_allocation *a = allocation_of(relay, request);
    const uint32_t needed = RELO_STUN_HAS_CHANNEL | RELO_STUN_HAS_PEER;
    if (!a)
        return;
    const struct relo_turn_channel *by_number = relo_turn_permit_channel(relay, a, m->channel);
    const struct relo_turn_channel *by_peer = relo_turn_permit_channel_of(relay, a, &m->peer);
    if ((m->has & needed) != needed || m->channel < RELO_TURN_CHANNEL_FIRST ||
        m->channel > RELO_TURN_CHANNEL_LAST || by_number != by_peer) { /* 12.2 */
        relo_turn_relay_refuse(relay, request, 400, "Bad Request");
        return;
    }
    if (!check_peer(relay, request, a, &m->peer))
        return;
    if (!port_allowed(relay, a, &m->peer)) {
        relo_turn_relay_refuse(relay, request, 403, "Forbidden");
        return;
    }
    if ((!by_number && a->channel_count == relay->channels_max) ||
        (!find(a, &m->peer) && a->permission_count == relay->permissions_max)) {
        relo_turn_relay_refuse(relay, request, 508, "Insufficient Capacity");
        return;
    }
    if (!by_number)
        by_number = add_channel(relay, a, &m->peer, m->channel);
    a->channel[by_number - a->channel].expires = relay->env->now + RELO_TURN_CHANNEL_S * RELO_S;
    permit(relay, a, &m->peer); /* 12.2: it installs or refreshes the permission, too */
    succeed(relay, request);
}
