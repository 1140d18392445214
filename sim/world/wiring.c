/* SPDX-License-Identifier: BSD-2-Clause */
/* A converged ring at time zero (bootstrap = oracle): the tables and links that joining by the
   protocol would have led to (RFC 6940 10.3 to 10.7), built from the world's knowledge and given to
   each peer with its START. */
#include "sim/world/world.h"

#include "core/base/check.h"
#include "sim/world/relays.h"

struct node_rank {
    struct relo_id id;
    uint32_t host;
};

struct wiring {
    struct sim_world *world;
    struct node_rank *ring; /* ascending by id */
    uint32_t n;
    uint32_t neighbors;           /* predecessors and successors each */
    uint32_t *finger, *finger_at; /* ranks of fingers; those of rank r from finger_at[r] on */
    uint32_t *source, *source_at; /* the other way round: who has rank r as a finger */
    uint32_t *rank_of;            /* by host */
    GArray *links;                /* of struct relo_wired_link, of the host at work */
    GArray *others;               /* of uint32_t, the ranks at their other ends */
    struct sim_relays *relays;
};

static int compare_ids(const void *a, const void *b)
{
    return relo_id_compare(((const struct node_rank *)a)->id, ((const struct node_rank *)b)->id);
}

/* The rank of the peer responsible for id: the first at or after it. */
static uint32_t responsible(const struct wiring *w, struct relo_id id)
{
    uint32_t low = 0, high = w->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (relo_id_compare(w->ring[middle].id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low == w->n ? 0 : low;
}

/* 10.5 and 10.7.4.2: finger i is the peer responsible for a random point of [x+2^(128-i),
   x+2^(129-i)-1], kept only if it lies there. The table grows until the range lies within the
   successor list. */
static void find_fingers(const struct wiring *w, uint32_t rank, GArray *fingers)
{
    const struct sim_params *params = w->world->params;
    struct relo_id x = w->ring[rank].id;
    struct relo_id last = relo_id_sub(w->ring[(rank + w->neighbors) % w->n].id, x);
    for (uint32_t i = 1; i <= params->fingers_max && i <= 128; i++) {
        struct relo_id low = relo_id_power((int)(128 - i)), offset;
        struct relo_id end = relo_id_sub(relo_id_add(low, low), (struct relo_id){0, 1});
        if (i > params->fingers_min && relo_id_compare(end, last) <= 0)
            break;
        offset.hi = relo_hash_draw(params->seed, SIM_DRAW_FINGER, w->ring[rank].host, 2 * i);
        offset.lo = relo_hash_draw(params->seed, SIM_DRAW_FINGER, w->ring[rank].host, 2 * i + 1);
        struct relo_id mask = relo_id_sub(low, (struct relo_id){0, 1});
        offset = (struct relo_id){offset.hi & mask.hi, offset.lo & mask.lo};
        uint32_t peer = responsible(w, relo_id_add(x, relo_id_add(low, offset)));
        struct relo_id distance = relo_id_sub(w->ring[peer].id, x);
        if (peer != rank && relo_id_compare(distance, low) >= 0 &&
            relo_id_compare(distance, end) <= 0)
            g_array_append_val(fingers, peer);
    }
}

static void find_all_fingers(struct wiring *w)
{
    GArray *fingers = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    w->finger_at = g_new(uint32_t, w->n + 1);
    w->source_at = g_new0(uint32_t, w->n + 2);
    for (uint32_t r = 0; r < w->n; r++) {
        w->finger_at[r] = fingers->len;
        find_fingers(w, r, fingers);
    }
    uint32_t edges = fingers->len;
    w->finger_at[w->n] = edges;
    w->finger = (uint32_t *)(void *)g_array_free(fingers, FALSE);
    /* Counting sort by target; afterwards the sources of rank r end where those of r + 1 begin. */
    w->source = g_new(uint32_t, edges ? edges : 1);
    for (uint32_t i = 0; i < edges; i++)
        w->source_at[w->finger[i] + 2]++;
    for (uint32_t r = 0; r < w->n; r++)
        w->source_at[r + 2] += w->source_at[r + 1];
    for (uint32_t r = 0; r < w->n; r++) {
        for (uint32_t i = w->finger_at[r]; i < w->finger_at[r + 1]; i++)
            w->source[w->source_at[w->finger[i] + 1]++] = r;
    }
}

/* A host without UDP cannot be in the ring. */
static bool is_outside(const struct sim_world *world, uint32_t host)
{
    return world->boxes && sim_layout_blocked(&world->boxes->layout, host);
}

static relo_time round_trip(const struct sim_world *world, uint32_t a, uint32_t b)
{
    return 2 * sim_latency_one_way(&world->network.latency, a, b, NULL);
}

/* How host a reaches host b. With NATs: on the path that ICE would have found between them, whoever
   of the two asks; false: there is none. */
static bool find_path(const struct wiring *w, uint32_t a, uint32_t b, struct relo_wired_link *link)
{
    struct sim_world *world = w->world;
    struct relo_addr to_low, to_high;
    link->remote = sim_network_addr(b);
    link->rtt = round_trip(world, a, b);
    if (!world->boxes)
        return true;
    uint32_t low = a < b ? a : b, high = a < b ? b : a;
    if (sim_boxes_punch(world, low, high, &to_low, &to_high)) {
        link->remote = b == low ? to_low : to_high;
        return true;
    }
    struct sim_relayed path;
    if (!sim_relays_pair(w->relays, a, b, &path))
        return false;
    link->relayed = path.client == a;
    link->remote = link->relayed ? path.peer : path.relayed;
    link->rtt = round_trip(world, a, path.server) + round_trip(world, path.server, b);
    return true;
}

/* Not all peers of a wired ring are to send their keepalives in the same millisecond. */
static relo_time silent_for(const struct sim_world *world, uint32_t host)
{
    relo_time interval = world->config.keepalive_interval;
    uint64_t draw = relo_hash_draw(world->params->seed, SIM_DRAW_WIRED_SILENT, host, 0);
    return interval > 0 ? (relo_time)sim_draw_below(draw, (uint64_t)interval) : 0;
}

static void add_link(struct wiring *w, uint32_t rank, uint32_t other, enum relo_wired_role role)
{
    if (rank == other)
        return;
    for (uint32_t i = 0; i < w->others->len; i++) {
        if (g_array_index(w->others, uint32_t, i) != other)
            continue;
        struct relo_wired_link *link = &g_array_index(w->links, struct relo_wired_link, i);
        if (role != RELO_WIRED_LINK) /* that one means: nothing else */
            link->roles = (uint8_t)((link->roles & ~(unsigned)RELO_WIRED_LINK) | role);
        return;
    }
    const struct sim_world *world = w->world;
    const struct node_rank *a = &w->ring[rank], *b = &w->ring[other];
    bool lower = rank < other;
    const struct node_rank *low = lower ? a : b, *high = lower ? b : a;
    uint64_t secret = relo_hash_draw(world->params->seed, SIM_DRAW_SECRET, low->id.hi ^ low->id.lo,
                                     high->id.hi ^ high->id.lo);
    struct relo_wired_link link = {.id = b->id,
                                   .secret = secret,
                                   .silent = silent_for(world, a->host),
                                   .roles = (uint8_t)role,
                                   .server = (secret >> 63 != 0) == lower};
    if (!find_path(w, a->host, b->host, &link))
        return;
    g_array_append_val(w->links, link);
    g_array_append_val(w->others, other);
}

/* The links of one host; none, of one that is not in the ring. */
static void find_links(struct wiring *w, uint32_t host)
{
    uint32_t rank = w->rank_of[host];
    g_array_set_size(w->links, 0);
    g_array_set_size(w->others, 0);
    if (is_outside(w->world, host))
        return;
    for (uint32_t i = 1; i <= w->neighbors; i++) {
        add_link(w, rank, (rank + i) % w->n, RELO_WIRED_NEIGHBOR);
        add_link(w, rank, (rank + w->n - i) % w->n, RELO_WIRED_NEIGHBOR);
    }
    for (uint32_t i = w->finger_at[rank]; i < w->finger_at[rank + 1]; i++)
        add_link(w, rank, w->finger[i], RELO_WIRED_FINGER);
    for (uint32_t i = w->source_at[rank]; i < w->source_at[rank + 1]; i++)
        add_link(w, rank, w->source[i], RELO_WIRED_LINK);
}

static void start_peer(struct wiring *w, uint32_t host)
{
    struct sim_shard *shard = w->world->shards[sim_world_shard_of(w->world, host)];
    static const struct relo_wired_link none = {.roles = 0}; /* alone in the overlay: admitted all
                                                                the same */
    struct relo_start start = {.wired = &none};
    if (is_outside(w->world, host)) {
        sim_life_start(shard, host, NULL);
        sim_life_join(shard, host); /* in vain, and again */
        return;
    }
    find_links(w, host);
    start.wired_count = w->links->len;
    if (start.wired_count)
        start.wired = (const struct relo_wired_link *)(void *)w->links->data;
    start.allocation = sim_relays_own(w->relays, host);
    start.served = sim_relays_served(w->relays, host, &start.served_count);
    sim_life_start(shard, host, &start);
}

void sim_wiring_start(struct sim_world *world)
{
    const struct sim_params *params = world->params;
    struct wiring w = {.world = world, .n = 0};
    uint32_t most =
        params->predecessors > params->successors ? params->predecessors : params->successors;
    w.ring = g_new(struct node_rank, params->peers);
    w.rank_of = g_new0(uint32_t, params->peers);
    for (uint32_t host = 0; host < params->peers; host++)
        if (!is_outside(world, host))
            w.ring[w.n++] = (struct node_rank){sim_life_node_id(world, host), host};
    w.neighbors = most < w.n - 1 ? most : w.n - 1;
    qsort(w.ring, w.n, sizeof *w.ring, compare_ids); /* 128 random bits: no ties */
    for (uint32_t r = 0; r < w.n; r++) {
        RELO_CHECK(r == 0 || !relo_id_equal(w.ring[r].id, w.ring[r - 1].id));
        w.rank_of[w.ring[r].host] = r;
    }
    find_all_fingers(&w);
    w.links = g_array_new(FALSE, FALSE, sizeof(struct relo_wired_link));
    w.others = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    w.relays = sim_relays_new(world);
    /* START has a host's allocation, and those that it serves: all pairs first, with NATs. Keeping
       what is found would take 2 KiB a host. */
    for (uint32_t host = 0; world->boxes && host < params->peers; host++)
        find_links(&w, host);
    for (uint32_t host = 0; host < params->peers; host++)
        start_peer(&w, host);
    sim_relays_free(w.relays);
    g_array_unref(w.links);
    g_array_unref(w.others);
    g_free(w.ring);
    g_free(w.rank_of);
    g_free(w.finger);
    g_free(w.finger_at);
    g_free(w.source);
    g_free(w.source_at);
}
