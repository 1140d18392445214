/* SPDX-License-Identifier: BSD-2-Clause */
/* The network of bare topology plug-ins, and the route and link functions they call. */
#include "support_fake.h"

#include <string.h>

struct fake *fake;

enum what { REQUEST, ANSWER, FAILED, ATTACH, ATTACHED, LINK, HANDOVER };

struct happening {
    relo_time at;
    uint64_t sequence;
    enum what what;
    int node;
    struct relo_request request;
    struct relo_attach_options options;
    struct relo_attach_event attached;
    struct relo_link_event link;
    uint64_t transaction;
    uint16_t code, error_code;
    int from;
    struct relo_id id;
    uint8_t body[1200];
    uint32_t body_bytes;
};

struct transaction {
    int node;
    uint64_t context;
    uint16_t code;
    struct relo_target target;
};

static uint64_t fake_suite_random(struct relo_env *env)
{
    return relo_prng_next(&env->prng);
}

static gint earlier(gconstpointer a, gconstpointer b, gpointer unused)
{
    const struct happening *x = a, *y = b;
    (void)unused;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static void schedule(const struct happening *h, relo_time delay)
{
    struct happening *copy = g_memdup2(h, sizeof *h);
    copy->at = fake->now + delay;
    copy->sequence = ++fake->sequence;
    g_sequence_insert_sorted(fake->events, copy, earlier, NULL);
}

static int node_of_links(const struct relo_links *links)
{
    size_t offset = (size_t)((const char *)links - (const char *)fake->node);
    return (int)(offset / sizeof *fake->node);
}

static int node_of_route(const struct relo_route *route)
{
    return node_of_links(route->links);
}

static struct fake_end *end_of(int node, relo_handle link)
{
    return &fake->node[node].end[link];
}

static bool reachable(int a, int b)
{
    return fake->node[b].alive && fake->groups[a] == fake->groups[b];
}

/* --- links -------------------------------------------------------------------------------- */

static relo_handle find(int node, int peer)
{
    for (relo_handle h = 1; h < FAKE_LINKS; h++) {
        const struct fake_end *e = end_of(node, h);
        if (e->used && e->up && !e->suspect && e->peer == peer)
            return h;
    }
    return 0;
}

static relo_handle end_new(int node, int peer)
{
    for (relo_handle h = 1; h < FAKE_LINKS; h++)
        if (!end_of(node, h)->used) {
            *end_of(node, h) = (struct fake_end){.used = true, .peer = peer};
            return h;
        }
    g_assert_not_reached();
}

static relo_handle connect_ends(int a, int b, bool up)
{
    relo_handle x = end_new(a, b), y = end_new(b, a);
    end_of(a, x)->other = y;
    end_of(b, y)->other = x;
    end_of(a, x)->up = end_of(b, y)->up = up;
    return x;
}

static void tell_link(int node, relo_handle link, enum relo_link_event_type type, relo_time delay)
{
    struct happening h = {.what = LINK, .node = node};
    h.link.type = type;
    h.link.link = link;
    h.link.peer = fake->node[end_of(node, link)->peer].env.self;
    schedule(&h, delay);
}

relo_handle relo_links_connect(struct relo_links *links, const struct relo_id *expected,
                               const struct relo_addr *remote, bool server)
{
    int node = node_of_links(links);
    (void)expected;
    (void)server;
    for (int peer = 0; peer < fake->n; peer++) {
        if (!relo_addr_equal(&fake->node[peer].addr, remote))
            continue;
        if (find(node, peer))
            return find(node, peer);
        relo_handle h = connect_ends(node, peer, false);
        if (reachable(node, peer)) {
            tell_link(node, h, RELO_LINK_EVENT_UP, 100 * RELO_MS);
            tell_link(peer, end_of(node, h)->other, RELO_LINK_EVENT_UP, 100 * RELO_MS);
        } else {
            tell_link(node, h, RELO_LINK_EVENT_FAILED, 5 * RELO_S);
        }
        return h;
    }
    return 0;
}

void relo_links_reserve(struct relo_links *links, uint32_t count)
{
    (void)links;
    (void)count;
}

relo_handle relo_links_wire(struct relo_links *links, const struct relo_wired_link *wired)
{
    int node = node_of_links(links);
    for (int peer = 0; peer < fake->n; peer++)
        if (relo_id_equal(fake->node[peer].env.self, wired->id)) {
            if (find(node, peer)) /* the other end was first */
                return find(node, peer);
            return connect_ends(node, peer, true);
        }
    return 0;
}

void relo_links_close(struct relo_links *links, relo_handle link)
{
    int node = node_of_links(links);
    struct fake_end *e = end_of(node, link);
    tell_link(e->peer, e->other, RELO_LINK_EVENT_DOWN, 50 * RELO_MS);
    e->used = false;
}

relo_handle relo_links_find(const struct relo_links *links, struct relo_id peer)
{
    int node = node_of_links(links);
    for (int i = 0; i < fake->n; i++)
        if (relo_id_equal(fake->node[i].env.self, peer))
            return find(node, i);
    return 0;
}

bool relo_link_is_up(const struct relo_links *links, relo_handle link)
{
    const struct fake_end *e = end_of(node_of_links(links), link);
    return link != 0 && e->used && e->up && !e->suspect;
}

struct relo_id relo_link_peer(const struct relo_links *links, relo_handle link)
{
    return fake->node[end_of(node_of_links(links), link)->peer].env.self;
}

struct relo_addr relo_link_remote(const struct relo_links *links, relo_handle link)
{
    return fake->node[end_of(node_of_links(links), link)->peer].addr;
}

uint8_t relo_link_use(const struct relo_links *links, relo_handle link)
{
    return end_of(node_of_links(links), link)->use;
}

void relo_link_set_use(struct relo_links *links, relo_handle link, uint8_t bits)
{
    g_assert(link != 0);
    end_of(node_of_links(links), link)->use |= bits;
}

void relo_link_clear_use(struct relo_links *links, relo_handle link, uint8_t bits)
{
    g_assert(link != 0);
    end_of(node_of_links(links), link)->use &= (uint8_t)~bits;
}

static gint by_peer(gconstpointer a, gconstpointer b, gpointer node)
{
    const struct fake_end *x = end_of(GPOINTER_TO_INT(node), *(const relo_handle *)a);
    const struct fake_end *y = end_of(GPOINTER_TO_INT(node), *(const relo_handle *)b);
    return relo_id_compare(fake->node[x->peer].env.self, fake->node[y->peer].env.self);
}

relo_handle relo_links_next(const struct relo_links *links, uint32_t *cursor)
{
    int node = node_of_links(links);
    if (*cursor == 0) {
        fake->walk_count = 0;
        for (relo_handle h = 1; h < FAKE_LINKS; h++)
            if (relo_link_is_up(links, h))
                fake->walk[fake->walk_count++] = h;
        g_qsort_with_data(fake->walk, (gint)fake->walk_count, sizeof *fake->walk, by_peer,
                          GINT_TO_POINTER(node));
    }
    uint32_t i = (*cursor)++;
    return i < fake->walk_count ? fake->walk[i] : 0;
}

relo_handle relo_links_next_used(const struct relo_links *links, uint32_t *cursor, uint8_t *use)
{
    relo_handle h = relo_links_next(links, cursor);
    *use = h ? relo_link_use(links, h) : 0;
    return h;
}

/* --- routing ------------------------------------------------------------------------------- */

/* Something went over a link to a peer that is not there: the failure signal, later the end. */
static void notice(int node, relo_handle link)
{
    if (end_of(node, link)->dying)
        return;
    end_of(node, link)->dying = true;
    tell_link(node, link, RELO_LINK_EVENT_SUSPECT, 4 * RELO_S);
    tell_link(node, link, RELO_LINK_EVENT_DOWN, 16 * RELO_S);
}

/* Follows a message; *last is the link it arrived over, at its end, 0 if it went nowhere. -1: lost.
 */
int fake_follow(int node, const struct relo_target *target, relo_handle through, relo_handle *last)
{
    *last = 0;
    for (int hops = 0; hops < 40; hops++) {
        struct fake_node *at = &fake->node[node];
        relo_handle link = hops == 0 ? through : 0;
        bool mine = target->resource ? relo_chord_ops.responsible(&at->chord, target->id)
                                     : relo_id_equal(target->id, at->env.self);
        if (!link && mine)
            return node;
        if (!link && !target->resource) {
            link = relo_links_find(&at->links, target->id);
            if (!link && relo_chord_ops.responsible(&at->chord, target->id))
                return -1;
        }
        if (!link)
            link = relo_chord_ops.next_hop(&at->chord, target->id, 0);
        if (!link || !relo_link_is_up(&at->links, link))
            return -1;
        int peer = end_of(node, link)->peer;
        if (!reachable(node, peer)) {
            notice(node, link);
            return -1;
        }
        *last = end_of(node, link)->other;
        if (!relo_link_is_up(&fake->node[peer].links, *last))
            return -1;
        node = peer;
    }
    return -1;
}

relo_handle relo_route_request(struct relo_route *route, const struct relo_request *request)
{
    struct happening h = {.what = REQUEST, .node = node_of_route(route), .request = *request};
    g_assert(request->body.n <= sizeof h.body);
    h.body_bytes = request->body.n;
    if (request->body.n > 0)
        memcpy(h.body, request->body.p, request->body.n);
    struct transaction *t = g_new0(struct transaction, 1);
    *t = (struct transaction){h.node, request->context, request->code, request->target};
    h.transaction = ++fake->sequence;
    uint64_t *key = g_new(uint64_t, 1);
    *key = h.transaction;
    g_hash_table_insert(fake->pending, key, t);
    fake->updates += request->code == RELO_CODE_UPDATE_REQ;
    fake->pings += request->code == RELO_CODE_PING_REQ;
    fake_watch(h.node, request, NULL);
    schedule(&h, 50 * RELO_MS);
    h.what = FAILED;
    schedule(&h, 15 * RELO_S);
    return 1;
}

bool relo_route_pending(const struct relo_route *route, uint16_t code, struct relo_id asked)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, fake->pending);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct transaction *t = value;
        if (t->node == node_of_route(route) && t->code == code &&
            relo_id_equal(t->target.id, asked))
            return true;
    }
    return false;
}

void relo_route_abandon(struct relo_route *route, uint16_t code)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init(&iter, fake->pending);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct transaction *t = value;
        if (t->node == node_of_route(route) && t->code == code)
            fake->node[t->node].abandoned++;
    }
}

static void answer(struct relo_route *route, const struct relo_inbound *in, uint16_t code,
                   uint16_t error_code)
{
    struct happening h = {.what = ANSWER,
                          .node = node_of_route(route),
                          .transaction = in->header.transaction_id,
                          .code = code,
                          .error_code = error_code};
    fake->last_error = error_code;
    fake->last_code = code;
    schedule(&h, 50 * RELO_MS);
}

void relo_route_answer(struct relo_route *route, const struct relo_inbound *in, uint16_t code,
                       struct relo_view body, const struct relo_view *certificates,
                       uint32_t certificate_count)
{
    (void)body;
    (void)certificates;
    (void)certificate_count;
    answer(route, in, code, 0);
}

void relo_route_error_text(struct relo_route *route, const struct relo_inbound *in,
                           uint16_t error_code, const char *text)
{
    (void)text;
    answer(route, in, RELO_CODE_ERROR, error_code);
}

bool relo_attach_start(struct relo_route *route, const struct relo_attach_options *options)
{
    struct happening h = {.what = ATTACH, .node = node_of_route(route), .options = *options};
    g_assert(!relo_id_equal(options->target.id, route->env->self));
    fake->attaches++;
    fake_watch(h.node, NULL, options);
    schedule(&h, 100 * RELO_MS);
    return true;
}

/* --- what happens -------------------------------------------------------------------------- */

static void arm(int node)
{
    struct fake_node *n = &fake->node[node];
    struct relo_topology_event event;
    while (relo_chord_ops.poll(&n->chord, &event)) {
        n->admitted += event.type == RELO_TOPOLOGY_ADMITTED;
        n->left += event.type == RELO_TOPOLOGY_LEFT;
        n->disconnected += event.type == RELO_TOPOLOGY_DISCONNECTED;
        n->join_failed += event.type == RELO_TOPOLOGY_JOIN_FAILED;
        n->ranges += event.type == RELO_TOPOLOGY_RANGE_CHANGED;
        n->replicas += event.type == RELO_TOPOLOGY_REPLICAS_CHANGED;
        if (event.type == RELO_TOPOLOGY_HANDOVER)
            schedule(&(struct happening){.what = HANDOVER, .node = node, .id = event.to},
                     200 * RELO_MS);
    }
}

static void request_arrives(struct happening *h)
{
    relo_handle link;
    int to = fake_follow(h->node, &h->request.target, h->request.through, &link);
    if (to < 0)
        return;
    struct fake_node *n = &fake->node[to];
    if (h->request.code == RELO_CODE_PING_REQ) {
        schedule(&(struct happening){.what = ANSWER,
                                     .node = to,
                                     .transaction = h->transaction,
                                     .code = RELO_CODE_PING_ANS},
                 50 * RELO_MS);
        return;
    }
    struct relo_inbound in = {.link = link, .code = h->request.code};
    in.body = (struct relo_view){h->body, h->body_bytes};
    in.header.transaction_id = h->transaction;
    in.signer.node_id = fake->node[h->node].env.self;
    if (link)
        in.from = relo_link_peer(&n->links, link);
    relo_chord_ops.request(&n->chord, &in);
    arm(to);
}

static void answer_arrives(struct happening *h, bool failed)
{
    struct transaction *t = g_hash_table_lookup(fake->pending, &h->transaction);
    if (!t)
        return;
    struct fake_node *n = &fake->node[t->node];
    if (n->alive && !failed) {
        struct relo_inbound in = {.code = h->code, .error_code = h->error_code};
        in.context = t->context;
        in.owner = RELO_OWNER_TOPOLOGY;
        in.signer.node_id = fake->node[h->node].env.self;
        relo_chord_ops.answer(&n->chord, &in);
    } else if (n->alive) {
        struct relo_done done = {.context = t->context,
                                 .code = t->code,
                                 .status = RELO_TIMEOUT,
                                 .asked = t->target.id,
                                 .asked_resource = t->target.resource};
        relo_chord_ops.failed(&n->chord, &done);
    }
    int node = t->node;
    g_hash_table_remove(fake->pending, &h->transaction);
    arm(node);
}

static void attach_arrives(struct happening *h)
{
    relo_handle link;
    int a = h->node, b = fake_follow(a, &h->options.target, h->options.through, &link);
    struct happening news = {.what = ATTACHED, .node = a};
    news.attached = (struct relo_attach_event){.initiated = true,
                                               .status = RELO_TIMEOUT,
                                               .asked = h->options.target.id,
                                               .asked_resource = h->options.target.resource,
                                               .owner = h->options.owner,
                                               .context = h->options.context};
    if (b < 0 || b == a || !reachable(a, b)) {
        schedule(&news, 15 * RELO_S);
        return;
    }
    relo_handle x = find(a, b);
    if (!x)
        x = connect_ends(a, b, true);
    news.attached.status = RELO_OK;
    news.attached.link = x;
    news.attached.peer = fake->node[b].env.self;
    schedule(&news, 100 * RELO_MS);
    news.node = b;
    news.attached.initiated = false;
    news.attached.send_update = h->options.send_update;
    news.attached.owner = RELO_OWNER_NONE;
    news.attached.link = end_of(a, x)->other;
    news.attached.peer = fake->node[a].env.self;
    schedule(&news, 100 * RELO_MS);
}

static void link_news(struct happening *h)
{
    struct fake_end *e = end_of(h->node, h->link.link);
    if (!e->used)
        return;
    if (h->link.type == RELO_LINK_EVENT_UP)
        e->up = true;
    if (h->link.type == RELO_LINK_EVENT_SUSPECT)
        e->suspect = true;
    h->link.use = e->use;
    if (h->link.type == RELO_LINK_EVENT_DOWN || h->link.type == RELO_LINK_EVENT_FAILED)
        e->up = false;
    relo_chord_ops.link(&fake->node[h->node].chord, &h->link);
    if (h->link.type == RELO_LINK_EVENT_DOWN || h->link.type == RELO_LINK_EVENT_FAILED)
        e->used = false;
}

static void happen(struct happening *h)
{
    struct fake_node *n = &fake->node[h->node];
    if (!n->alive && h->what != FAILED && h->what != ANSWER)
        return;
    switch (h->what) {
    case REQUEST:
        request_arrives(h);
        break;
    case ANSWER:
    case FAILED:
        answer_arrives(h, h->what == FAILED);
        break;
    case ATTACH:
        attach_arrives(h);
        break;
    case ATTACHED:
        if (h->attached.status == RELO_OK && !relo_link_is_up(&n->links, h->attached.link))
            break;
        relo_chord_ops.attached(&n->chord, &h->attached);
        break;
    case LINK:
        link_news(h);
        break;
    case HANDOVER:
        relo_chord_ops.handover_done(&n->chord, h->id);
        break;
    }
    arm(h->node);
}

/* The next thing to happen not later than `until`: news, or a node's deadline. */
static bool step(relo_time until)
{
    GSequenceIter *first = g_sequence_get_begin_iter(fake->events);
    struct happening *h = g_sequence_iter_is_end(first) ? NULL : g_sequence_get(first);
    relo_time at = h ? h->at : RELO_NEVER;
    int wake = -1;
    for (int i = 0; i < fake->n; i++) {
        relo_time due = relo_chord_ops.deadline(&fake->node[i].chord);
        if (fake->node[i].alive && due < at) {
            at = due;
            wake = i;
        }
    }
    if (at > until || at == RELO_NEVER)
        return false;
    if (at > fake->now)
        fake->now = at;
    for (int i = 0; i < fake->n; i++)
        fake->node[i].env.now = fake->now;
    if (wake >= 0) {
        relo_chord_ops.wake(&fake->node[wake].chord);
        g_assert_cmpint(relo_chord_ops.deadline(&fake->node[wake].chord), >, fake->now);
        arm(wake);
        return true;
    }
    struct happening copy = *h;
    g_sequence_remove(first);
    happen(&copy);
    return true;
}

void fake_run(relo_time duration)
{
    relo_time until = fake->now + duration;
    for (uint32_t steps = 0; step(until); steps++)
        g_assert_cmpuint(steps, <, 2000000); /* livelock */
    fake->now = until;
    for (int i = 0; i < fake->n; i++)
        fake->node[i].env.now = fake->now;
}

/* --- the world ------------------------------------------------------------------------------ */

void fake_init(void)
{
    fake = g_new0(struct fake, 1);
    fake->now = RELO_S;
    relo_pool_init(&fake->shard.pool);
    relo_config_init(&fake->config, "fake.example");
    fake->suite = (struct relo_suite){.name = "fake", .random = fake_suite_random};
    fake->events = g_sequence_new(g_free);
    fake->pending = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
}

void fake_fini(void)
{
    for (int i = 0; i < fake->n; i++)
        relo_chord_ops.fini(&fake->node[i].chord);
    g_assert_cmpuint(fake->shard.pool.bytes_used, ==, 0);
    relo_pool_fini(&fake->shard.pool);
    g_sequence_free(fake->events);
    g_hash_table_destroy(fake->pending);
    g_free(fake);
    fake = NULL;
}

void fake_join(int node, bool first)
{
    fake->node[node].env.now = fake->now;
    g_assert_true(relo_chord_ops.join(&fake->node[node].chord, first));
    arm(node);
}

void fake_leave(int node)
{
    g_assert_true(relo_chord_ops.leave(&fake->node[node].chord));
    arm(node);
}
