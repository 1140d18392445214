/* SPDX-License-Identifier: BSD-2-Clause */
/* Who relays for whom in a wired ring. */
#include "sim/world/relays.h"

#include "sim/world/world.h"

#define PORT_FIRST 49152u /* RFC 8656 section 7.2 */
#define PORTS 16384u
#define TRIES 64     /* servers drawn for one client */
#define SERVED_MAX 24 /* of the 32 that a server has: who joins later wants some, too */
#define PEERS_MAX 48 /* of the 64 permissions of an allocation, likewise */
#define NONE UINT32_MAX

struct allocation {
    struct relo_wired_allocation is;
    uint32_t server, next; /* of that server; NONE: the last */
    GArray *peers;         /* of struct relo_addr */
};

struct sim_relays {
    struct sim_world *world;
    GArray *servers;     /* hosts */
    GArray *allocations; /* of struct allocation */
    GArray *served;      /* of struct relo_wired_allocation: the last answer */
    uint32_t *own;       /* by host: its allocation, or NONE */
    uint32_t *first;     /* by host: of those at this server, or NONE */
    uint8_t *load;       /* by host: how many they are */
    GHashTable *paths;   /* a pair of hosts, the lesser first, to its struct sim_relayed */
};

/* Who would know that it is public by now (sim/world/life.c). */
static bool is_server(const struct sim_world *world, uint32_t host)
{
    return world->boxes->layout.host_box[host] == SIM_NO_BOX &&
           !sim_layout_blocked(&world->boxes->layout, host);
}

struct sim_relays *sim_relays_new(struct sim_world *world)
{
    struct sim_relays *relays = g_new0(struct sim_relays, 1);
    uint32_t peers = world->params->peers;
    relays->world = world;
    relays->servers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    relays->allocations = g_array_new(FALSE, FALSE, sizeof(struct allocation));
    relays->served = g_array_new(FALSE, FALSE, sizeof(struct relo_wired_allocation));
    relays->own = g_new(uint32_t, peers);
    relays->first = g_new(uint32_t, peers);
    relays->load = g_new0(uint8_t, peers);
    relays->paths = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    for (uint32_t host = 0; host < peers; host++) {
        relays->own[host] = relays->first[host] = NONE;
        if (world->boxes && world->config.turn_density && is_server(world, host))
            g_array_append_val(relays->servers, host);
    }
    return relays;
}

void sim_relays_free(struct sim_relays *relays)
{
    if (!relays)
        return;
    for (guint i = 0; i < relays->allocations->len; i++)
        g_array_unref(g_array_index(relays->allocations, struct allocation, i).peers);
    g_array_unref(relays->servers);
    g_array_unref(relays->allocations);
    g_array_unref(relays->served);
    g_hash_table_destroy(relays->paths);
    g_free(relays->own);
    g_free(relays->first);
    g_free(relays->load);
    g_free(relays);
}

static struct allocation *allocation_at(const struct sim_relays *relays, uint32_t at)
{
    return at == NONE ? NULL : &g_array_index(relays->allocations, struct allocation, at);
}

static bool is_taken(const struct sim_relays *relays, const struct allocation *a)
{
    const struct allocation *other = allocation_at(relays, relays->first[a->server]);
    while (other && other->is.relayed.port != a->is.relayed.port)
        other = allocation_at(relays, other->next);
    return other != NULL;
}

/* The first server drawn that has room; NONE: all of them are full. */
static uint32_t draw_server(const struct sim_relays *relays, uint32_t host)
{
    uint64_t seed = relays->world->params->seed;
    for (uint32_t i = 0; relays->servers->len && i < TRIES; i++) {
        uint64_t draw = relo_hash_draw(seed, SIM_DRAW_WIRED_RELAY, host, 2 * (uint64_t)i);
        uint64_t at = sim_draw_below(draw, relays->servers->len);
        uint32_t server = g_array_index(relays->servers, uint32_t, at);
        if (relays->load[server] < SERVED_MAX)
            return server;
    }
    return NONE;
}

/* The host's allocation; NULL: it has none, and gets none. */
static struct allocation *allocation_of(struct sim_relays *relays, uint32_t host)
{
    struct sim_world *world = relays->world;
    if (relays->own[host] != NONE)
        return allocation_at(relays, relays->own[host]);
    uint32_t server = draw_server(relays, host);
    if (server == NONE)
        return NULL;
    struct allocation a = {.server = server, .next = relays->first[server]};
    a.is.client = sim_life_node_id(world, host);
    a.is.server = a.is.relayed = sim_world_addr(world, server);
    if (!sim_boxes_reach(world, host, server, &a.is.server, &a.is.mapped))
        return NULL;
    for (uint64_t i = 0; i == 0 || is_taken(relays, &a); i++) {
        uint64_t draw =
            relo_hash_draw(world->params->seed, SIM_DRAW_WIRED_RELAY, host, 2 * i + 1);
        a.is.relayed.port = (uint16_t)(PORT_FIRST + sim_draw_below(draw, PORTS));
    }
    a.peers = g_array_new(FALSE, FALSE, sizeof(struct relo_addr));
    relays->own[host] = relays->first[server] = relays->allocations->len;
    relays->load[server]++;
    g_array_append_val(relays->allocations, a);
    return allocation_at(relays, relays->own[host]);
}

static guint peers_of(const struct sim_relays *relays, uint32_t host)
{
    const struct allocation *a = allocation_at(relays, relays->own[host]);
    return a ? a->peers->len : 0;
}

/* From `client`, over its relay, to `other`. */
static bool relay_to(struct sim_relays *relays, uint32_t client, uint32_t other,
                    struct sim_relayed *path)
{
    struct allocation *a = allocation_of(relays, client);
    struct relo_addr peer;
    if (!a || a->peers->len >= PEERS_MAX ||
        !sim_boxes_reach(relays->world, other, a->server, &a->is.relayed, &peer))
        return false;
    for (guint i = 0; i < a->peers->len; i++) /* a port that its NAT overloads: who would be who? */
        if (relo_addr_equal(&g_array_index(a->peers, struct relo_addr, i), &peer))
            return false;
    g_array_append_val(a->peers, peer);
    *path = (struct sim_relayed){client, a->server, peer, a->is.relayed};
    return true;
}

bool sim_relays_pair(struct sim_relays *relays, uint32_t a, uint32_t b, struct sim_relayed *path)
{
    uint32_t low = a < b ? a : b, high = a < b ? b : a;
    gint64 key = (gint64)((uint64_t)low << 32 | high);
    const struct sim_relayed *known = g_hash_table_lookup(relays->paths, &key);
    if (!known) {
        struct sim_relayed *found = g_new0(struct sim_relayed, 1);
        guint of_low = peers_of(relays, low), of_high = peers_of(relays, high);
        /* Few allocations, and none of them crowded. */
        uint32_t client = of_high && (!of_low || of_high < of_low) ? high : low;
        if (!relay_to(relays, client, low + high - client, found) &&
            !relay_to(relays, low + high - client, client, found))
            found->client = NONE;
        g_hash_table_insert(relays->paths, g_memdup2(&key, sizeof key), found);
        known = found;
    }
    *path = *known;
    return known->client != NONE;
}

static struct relo_wired_allocation wired(struct allocation *a)
{
    struct relo_wired_allocation is = a->is;
    is.peer = (const struct relo_addr *)(const void *)a->peers->data;
    is.peer_count = a->peers->len;
    return is;
}

const struct relo_wired_allocation *sim_relays_own(struct sim_relays *relays, uint32_t host)
{
    struct allocation *a = allocation_at(relays, relays->own[host]);
    if (!a)
        return NULL;
    a->is = wired(a);
    return &a->is;
}

const struct relo_wired_allocation *sim_relays_served(struct sim_relays *relays, uint32_t host,
                                                      uint32_t *count)
{
    g_array_set_size(relays->served, 0);
    struct allocation *a = allocation_at(relays, relays->first[host]);
    for (; a; a = allocation_at(relays, a->next)) {
        struct relo_wired_allocation is = wired(a);
        g_array_append_val(relays->served, is);
    }
    *count = relays->served->len;
    return (const struct relo_wired_allocation *)(const void *)relays->served->data;
}
