/* SPDX-License-Identifier: BSD-2-Clause */
/* Life and death of links: opening, coming up, ending, idleness; timers (RFC 6940 section 6.6). */
#include "core/link/state.h"

#include <string.h>

#define FRESH_S 5u /* a link younger than this may be the other half of a simultaneous opening */
#define IN_A_TABLE (RELO_LINK_NEIGHBOR | RELO_LINK_FINGER | RELO_LINK_HELD)

_Static_assert(sizeof(struct relo_link) <= 128, "an idle link end costs at most 128 bytes");

size_t relo_link_bytes(void)
{
    return sizeof(struct relo_link);
}

void relo_links_init(struct relo_links *links, struct relo_env *env)
{
    *links = (struct relo_links){.env = env, .idle_check = RELO_NEVER};
}

static void destroy(struct relo_links *links, relo_handle h)
{
    struct relo_link *link = relo_link_get(links, h);
    if (link->busy)
        relo_busy_free(links, link->busy);
    links->env->suite->assoc_fini(links->env, &link->assoc);
    relo_slab_free(&links->env->shard->slab[RELO_SLAB_LINK], h);
}

void relo_links_fini(struct relo_links *links)
{
    if (!links->env)
        return;
    relo_news_drop(links);
    relo_quiet_fini(links);
    while (links->count > 0) {
        relo_handle h = links->handle[links->count - 1];
        relo_table_remove(links, h);
        destroy(links, h);
    }
    for (struct relo_link_busy *busy = links->dead, *next; busy; busy = next) {
        next = busy->next;
        destroy(links, busy->link);
    }
    relo_reply_drop(links);
    *links = (struct relo_links){.env = NULL};
}

void relo_link_bury(struct relo_links *links)
{
    while (links->dead && !links->dead->talk) {
        struct relo_link_busy *busy = links->dead;
        links->dead = busy->next;
        destroy(links, busy->link);
    }
}

void relo_links_set_local(struct relo_links *links, const struct relo_addr *local, uint32_t count)
{
    uint32_t most = sizeof links->local / sizeof *links->local;
    links->local_count = (uint8_t)(count < most ? count : most);
    if (links->local_count)
        memcpy(links->local, local, links->local_count * sizeof *local);
}

/* The index of our address that reaches `remote`: the first of its family. */
static uint8_t local_index(const struct relo_links *links, const struct relo_addr *remote)
{
    for (uint8_t i = 0; i < links->local_count; i++)
        if (links->local[i].family == remote->family && !(links->relayed >> i & 1))
            return i;
    return 0;
}

static uint32_t now_s(const struct relo_links *links)
{
    return (uint32_t)(links->env->now / RELO_S);
}

static relo_handle new_link(struct relo_links *links, const struct relo_addr *remote, bool server)
{
    relo_handle h = relo_slab_new(&links->env->shard->slab[RELO_SLAB_LINK]);
    struct relo_link *link = relo_link_get(links, h);
    link->remote = *remote;
    link->state = RELO_LINK_OPENING;
    link->flags = (uint8_t)((server ? RELO_LINK_SERVER : 0) | local_index(links, remote) << 4);
    return h;
}

static void expect(struct relo_link_opening *opening, struct relo_id id)
{
    opening->expected = id;
    opening->has_expected = true;
}

relo_handle relo_link_open(struct relo_links *links, const struct relo_id *expected,
                           const struct relo_addr *remote, bool server, bool stream)
{
    struct relo_env *env = links->env;
    if (links->count >= RELO_LINKS_MAX) {
        relo_count(env, RELO_COUNT_drop_quota);
        return 0;
    }
    relo_handle h = new_link(links, remote, server);
    struct relo_link *link = relo_link_get(links, h);
    if (stream)
        link->flags |= RELO_LINK_STREAM;
    env->suite->assoc_open(env, &link->assoc, server);
    relo_table_insert(links, h, (struct relo_id){0, 0}, relo_addr_hash(remote));
    struct relo_link_busy *busy = relo_busy_get(links, h);
    busy->talk = !server;
    busy->timer = server ? env->now + RELO_LINK_SERVER_WAIT : RELO_NEVER;
    busy->opening = relo_env_alloc(env, sizeof *busy->opening);
    *busy->opening = (struct relo_link_opening){.asked = env->now};
    if (expected)
        expect(busy->opening, *expected);
    relo_count(env, RELO_COUNT_handshakes_started);
    return h;
}

/* An opening link in that role to that Node-ID, or to that address where the Node-ID is unknown.
   The other side's ClientHello may overtake its AttachAns, which takes more hops: the link that it
   opened is the one we are asked for now, and must show the Node-ID of the Attach. */
static relo_handle find_opening(const struct relo_links *links, const struct relo_id *expected,
                                const struct relo_addr *remote, bool server)
{
    for (struct relo_link_busy *busy = links->active; busy; busy = busy->next) {
        const struct relo_link *link = relo_link_get(links, busy->link);
        if (!busy->opening || relo_link_server(link) != server)
            continue;
        if (expected && busy->opening->has_expected) {
            if (relo_id_equal(busy->opening->expected, *expected))
                return busy->link;
        } else if (relo_addr_equal(&link->remote, remote)) {
            if (expected)
                expect(busy->opening, *expected);
            return busy->link;
        }
    }
    return 0;
}

static relo_handle find_up_at(const struct relo_links *links, const struct relo_addr *remote)
{
    for (uint32_t i = links->first_up; i < links->count; i++)
        if (relo_addr_equal(&relo_link_get(links, links->handle[i])->remote, remote))
            return links->handle[i];
    return 0;
}

relo_handle relo_links_connect(struct relo_links *links, const struct relo_id *expected,
                               const struct relo_addr *remote, bool server)
{
    relo_handle up = expected ? relo_links_find(links, *expected) : find_up_at(links, remote);
    if (up &&
        (server || !expected || now_s(links) - relo_link_get(links, up)->assoc.up_s < FRESH_S))
        return up;
    relo_handle opening = find_opening(links, expected, remote, server);
    return opening ? opening : relo_link_open(links, expected, remote, server, false);
}

relo_handle relo_links_wire(struct relo_links *links, const struct relo_wired_link *wired)
{
    struct relo_env *env = links->env;
    if (links->count >= RELO_LINKS_MAX) {
        relo_count(env, RELO_COUNT_drop_quota);
        return 0;
    }
    relo_handle h = new_link(links, &wired->remote, wired->server);
    struct relo_link *link = relo_link_get(links, h);
    env->suite->assoc_wire(env, &link->assoc, wired->server, wired->secret);
    link->assoc.up_s = now_s(links);
    link->state = RELO_LINK_UP;
    link->id = wired->id;
    link->last_in = env->now;
    if (wired->rtt > 0)
        relo_rtt_measure(link, wired->rtt);
    for (uint32_t i = 0; wired->relayed && i < links->local_count; i++)
        if (links->relayed >> i & 1)
            relo_link_bind(links, h, &links->local[i]);
    relo_table_insert(links, h, wired->id, relo_addr_hash(&wired->remote));
    links->idle_check = relo_time_min(links->idle_check, env->now + env->config->link_idle_close);
    relo_quiet_add(links, h, wired->silent);
    return h;
}

/* A suspect link to the same peer has been overtaken. */
static void end_suspects(struct relo_links *links, struct relo_id id)
{
    for (uint32_t i = links->first_up; i-- > 0;) {
        struct relo_link *link = relo_link_get(links, links->handle[i]);
        if (link->state == RELO_LINK_SUSPECT && relo_id_equal(link->id, id))
            relo_link_end(links, links->handle[i], false, true);
    }
}

/* Of two links that both ends opened to each other at once, both keep the one whose client has the
   greater Node-ID. */
static bool keep_new(const struct relo_links *links, const struct relo_link *new_link_,
                     const struct relo_link *old)
{
    struct relo_id self = links->env->self;
    struct relo_id new_client = relo_link_server(new_link_) ? new_link_->id : self;
    struct relo_id old_client = relo_link_server(old) ? old->id : self;
    return relo_id_compare(new_client, old_client) > 0;
}

static void replace(struct relo_links *links, relo_handle winner, relo_handle loser)
{
    struct relo_link *w = relo_link_get(links, winner);
    w->use |= relo_link_get(links, loser)->use;
    relo_link_end(links, loser, false, true);
    /* The news of it come before those of its queue. */
    for (struct relo_link_news *news = links->news; news; news = news->next)
        if (news->event.link == loser && news->event.type == RELO_LINK_EVENT_DOWN)
            news->event.replaced_by = winner;
}

/* Whose link it is, by its certificate: the Node-ID of the Attach, else the first. False: may not
   be opened. */
static bool peer_of(const struct relo_env *env, struct relo_link *link,
                    const struct relo_link_opening *opening, struct relo_id *id)
{
    struct relo_id ids[1 + RELO_IDENTITY_OTHERS_MAX];
    uint32_t n = env->suite->assoc_peer(&link->assoc, ids);
    bool shown = false;
    if (n == 0)
        return false;
    *id = opening->has_expected ? opening->expected : ids[0];
    for (uint32_t i = 0; i < n; i++) {
        if (relo_config_bad_node(env->config, ids[i])) /* 6940-11.1-19 */
            return false;
        shown |= relo_id_equal(ids[i], *id);
    }
    /* 6.5.1.13: the certificate must show the Node-ID of the Attach.
       6940-6.5.1.11-1 6940-6.5.1.13-4 */
    if (!shown)
        return false;
    /* Which of its Node-IDs it goes by, an Attach will tell (6.1.2). */
    if (n > 1 && !opening->has_expected)
        link->flags |= RELO_LINK_UNATTACHED;
    return !relo_id_equal(*id, env->self) && (id->hi || id->lo) && !relo_id_is_wildcard(*id);
}

void relo_link_up(struct relo_links *links, relo_handle h)
{
    struct relo_env *env = links->env;
    struct relo_link *link = relo_link_get(links, h);
    struct relo_link_busy *busy = relo_busy_get(links, h);
    struct relo_id id;
    if (!peer_of(env, link, busy->opening, &id)) {
        relo_link_end(links, h, true, false);
        return;
    }
    relo_handle old = relo_links_find(links, id);
    struct relo_link *o = old ? relo_link_get(links, old) : NULL;
    bool both = o && relo_link_server(o) != relo_link_server(link) &&
                now_s(links) - o->assoc.up_s < FRESH_S;
    end_suspects(links, id);
    if (o && !both) /* the peer came back, and knows nothing of the old one */
        relo_link_end(links, old, false, true);
    relo_time rtt = env->suite->assoc_rtt(&link->assoc);
    if (rtt > 0)
        relo_rtt_measure(link, rtt);
    link->id = id;
    link->last_in = env->now;
    link->assoc.up_s = now_s(links);
    relo_news_link(links, h, RELO_LINK_EVENT_UP);
    link->state = RELO_LINK_UP;
    relo_busy_opened(links, busy);
    busy->timer = RELO_NEVER;
    busy->talk = true;
    relo_table_move(links, h, id);
    relo_busy_place(links, busy);
    relo_count(env, RELO_COUNT_handshakes_done);
    links->idle_check = relo_time_min(links->idle_check, env->now + env->config->link_idle_close);
    relo_quiet_add(links, h, 0);
    if (both && keep_new(links, link, o))
        replace(links, h, old);
    else if (both)
        replace(links, old, h);
}

void relo_link_attached(struct relo_links *links, relo_handle h)
{
    if (relo_table_index(links, h) >= 0)
        relo_link_get(links, h)->flags &= (uint8_t)~RELO_LINK_UNATTACHED;
}

void relo_link_end(struct relo_links *links, relo_handle h, bool alert, bool reroute)
{
    struct relo_env *env = links->env;
    struct relo_link *link = relo_link_get(links, h);
    bool opening = link->state == RELO_LINK_OPENING;
    struct relo_link_busy *busy = relo_busy_get(links, h);
    if (opening)
        relo_count(env, RELO_COUNT_handshakes_failed);
    relo_news_link(links, h, opening ? RELO_LINK_EVENT_FAILED : RELO_LINK_EVENT_DOWN);
    relo_table_remove(links, h);
    relo_quiet_remove(links, h);
    relo_busy_unlink(links, busy);
    for (struct relo_link_item *item = busy->first, *next; item; item = next) {
        next = item->next;
        if (reroute && env->config->reroute_on_failure && !item->rerouted) {
            relo_news_unsent(links, h, item);
            continue;
        }
        if (!item->rerouted)
            relo_count(env, RELO_COUNT_drop_link_failed);
        relo_item_free(links, item);
    }
    busy->first = busy->last = NULL;
    busy->due = false;
    relo_busy_opened(links, busy);
    link->state = RELO_LINK_CLOSING;
    if (alert)
        env->suite->assoc_close(env, &link->assoc);
    busy->talk = alert || busy->stream;
    /* Before our alert the ACK still goes: the other side need not send it again elsewhere. */
    if (links->ack.link == h && (!alert || opening))
        links->ack.link = 0;
    struct relo_link_busy **end = &links->dead;
    while (*end)
        end = &(*end)->next;
    *end = busy;
}

void relo_links_close(struct relo_links *links, relo_handle h)
{
    if (relo_table_index(links, h) >= 0)
        relo_link_end(links, h, true, false);
}

/* The last message of a queue, taken out of it. */
static struct relo_link_item *take_last(struct relo_link_busy *busy)
{
    struct relo_link_item **at = &busy->first, *before = NULL;
    while ((*at)->next) {
        before = *at;
        at = &before->next;
    }
    struct relo_link_item *last = *at;
    *at = NULL;
    busy->last = before;
    return last;
}

void relo_links_close_after(struct relo_links *links, relo_handle h)
{
    if (relo_table_index(links, h) < 0)
        return;
    struct relo_link_busy *busy = relo_busy_get(links, h);
    struct relo_link_item *last = busy->first ? take_last(busy) : NULL;
    relo_link_end(links, h, true, true);
    busy->first = busy->last = last;
    busy->queued = last != NULL;
    busy->due = last != NULL;
}

void relo_links_unreachable(struct relo_links *links, const struct relo_addr *remote)
{
    uint16_t hash = relo_addr_hash(remote);
    for (uint32_t i = links->count; i-- > 0;) {
        relo_handle h = links->handle[i];
        struct relo_link *link = relo_link_get(links, h);
        /* 6.6.3.1: a hard ICMP error ends the retransmissions. */
        if (links->addr_hash[i] == hash && relo_addr_equal(&link->remote, remote) &&
            !(link->flags & RELO_LINK_STREAM)) {
            if (link->state == RELO_LINK_UP)
                relo_count(links->env, RELO_COUNT_links_failed);
            relo_link_end(links, h, false, true);
        }
    }
}

/* Closes links that are in no table and have carried nothing for link-idle-close, and finds out
   when to look again. */
static void close_idle(struct relo_links *links)
{
    relo_time now = links->env->now, idle = links->env->config->link_idle_close, next = RELO_NEVER;
    for (uint32_t i = links->count; i-- > links->first_up;) {
        relo_handle h = links->handle[i];
        const struct relo_link *link = relo_link_get(links, h);
        relo_time last = link->last_in > link->gap_until ? link->last_in : link->gap_until;
        if (link->use & IN_A_TABLE)
            continue;
        if (last + idle > now || link->busy) {
            relo_time again = last + idle > now ? last + idle : now + idle;
            next = relo_time_min(next, again);
            continue;
        }
        relo_count(links->env, RELO_COUNT_links_closed_idle);
        relo_link_end(links, h, true, true);
    }
    links->idle_check = next;
}

static void wake_one(struct relo_links *links, struct relo_link_busy *busy)
{
    struct relo_env *env = links->env;
    relo_handle h = busy->link;
    struct relo_link *link = relo_link_get(links, h);
    if (busy->opening && env->suite->assoc_deadline(&link->assoc) <= env->now) {
        if (env->suite->assoc_wake(env, &link->assoc) == RELO_ASSOC_CLOSED) {
            relo_link_end(links, h, false, false);
            return;
        }
        busy->talk = true;
    }
    if ((busy->opening && busy->timer <= env->now) ||
        (busy->stream && relo_stream_end(busy->stream) <= env->now))
        relo_link_end(links, h, true, true);
    else if (busy->timer <= env->now && busy->stream)
        relo_stream_timeout(links, h);
    else if (busy->timer <= env->now)
        relo_sender_timeout(links, h);
}

void relo_links_wake(struct relo_links *links)
{
    for (struct relo_link_busy *busy = links->active, *next; busy; busy = next) {
        next = busy->next; /* only the one being woken may go */
        if (relo_busy_deadline(links, busy) <= links->env->now)
            wake_one(links, busy);
    }
    if (links->idle_check <= links->env->now)
        close_idle(links);
}

relo_time relo_links_deadline(const struct relo_links *links)
{
    relo_time deadline = links->idle_check;
    if (links->quiet && !links->env->config->keepalives_by_driver)
        deadline = relo_time_min(deadline, relo_quiet_deadline(links, false));
    else if (links->quiet && links->relayed) /* only the node can wrap them */
        deadline = relo_time_min(deadline, relo_quiet_deadline(links, true));
    for (const struct relo_link_busy *busy = links->active; busy; busy = busy->next)
        deadline = relo_time_min(deadline, relo_busy_deadline(links, busy));
    return deadline;
}

uint32_t relo_link_message_max(const struct relo_links *links, relo_handle h)
{
    const struct relo_config *config = links->env->config;
    uint32_t overhead = 28u + links->env->suite->record_overhead + 8u; /* UDP/IP, record, framing */
    if (links->relayed)
        overhead += 4; /* a TURN channel's header (RFC 8656 section 12.4) */
    if (relo_table_index(links, h) >= 0 && (relo_link_get(links, h)->flags & RELO_LINK_STREAM))
        return config->max_message_size;
    return config->mtu - overhead;
}
