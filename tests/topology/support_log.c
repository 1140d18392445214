/* SPDX-License-Identifier: BSD-2-Clause */
/* What peers ask of each other, written down. */
#include "support_log.h"

#define LOG_MAX 20000

struct entry *logbook;
int logged;
void (*on_join)(int node);

static bool leave_body_ok(struct relo_view body)
{
    struct relo_rd r = relo_rd_init(body.p, body.n, RELO_ID_BYTES);
    struct relo_leave_req request;
    struct relo_chord_leave leave;
    if (!relo_leave_req_read(&r, &request))
        return false;
    r = relo_rd_init(request.overlay_specific_data.p, request.overlay_specific_data.n,
                     RELO_ID_BYTES);
    return relo_chord_leave_read(&r, &leave) && leave.neighbors.n == 3 * RELO_ID_BYTES;
}

static void note(int node, const struct relo_request *request,
                 const struct relo_attach_options *attach)
{
    const struct relo_target *target = attach ? &attach->target : &request->target;
    relo_handle through = attach ? attach->through : request->through;
    g_assert_cmpint(logged, <, LOG_MAX);
    struct entry *e = &logbook[logged++];
    *e = (struct entry){.node = node,
                        .target = target->id,
                        .resource = target->resource,
                        .through = through ? fake->node[node].end[through].peer : -1,
                        .at = fake->now};
    if (request)
        e->code = request->code;
    if (e->code == RELO_CODE_LEAVE_REQ)
        e->body_ok = leave_body_ok(request->body);
    if (e->code == RELO_CODE_JOIN_REQ && on_join)
        on_join(node);
}

void log_begin(void)
{
    fake_init();
    logbook = g_new0(struct entry, LOG_MAX);
    logged = 0;
    on_join = NULL;
    fake->watch = note;
}

void log_end(void)
{
    fake_fini();
    g_free(logbook);
}

void log_wired(int n)
{
    log_begin();
    for (int i = 0; i < n; i++)
        fake_add(fake_random_id(6, (uint64_t)i));
    fake->bootstrap[fake->bootstrap_count++] = fake->node[0].addr;
    fake->bootstrap[fake->bootstrap_count++] = fake->node[1].addr;
    fake_wire();
}

int by_id(struct relo_id id)
{
    for (int i = 0; i < fake->n; i++)
        if (relo_id_equal(fake->node[i].env.self, id))
            return i;
    return -1;
}

struct relo_ring *ring_of(int node)
{
    return &fake->node[node].chord.ring;
}

int count(int node, uint16_t code, int first)
{
    int n = 0;
    for (int i = first; i < logged; i++)
        n += logbook[i].node == node && logbook[i].code == code;
    return n;
}

int links_up(int node)
{
    int n = 0;
    for (relo_handle h = 1; h < FAKE_LINKS; h++)
        n += relo_link_is_up(&fake->node[node].links, h);
    return n;
}

void deliver(int to, struct relo_id signer, struct relo_id from, uint16_t code,
             const struct relo_wr *body)
{
    struct relo_inbound in = {.code = code, .body = relo_wr_view(body), .from = from};
    in.signer.node_id = signer;
    in.link = relo_links_find(&fake->node[to].links, from);
    if (!in.link)
        in.link = ring_of(to)->handle[0];
    fake->last_code = fake->last_error = 0;
    relo_chord_ops.request(&fake->node[to].chord, &in);
}

int first_of(int node, uint16_t code)
{
    for (int i = 0; i < logged; i++)
        if (logbook[i].node == node && logbook[i].code == code)
            return i;
    g_assert_not_reached();
}
