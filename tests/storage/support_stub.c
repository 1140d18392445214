/* SPDX-License-Identifier: BSD-2-Clause */
/* The stub of support_stub.h. */
#include "support_stub.h"

#include "core/base/sha1.h"
#include "core/security/verify.h"
#include "core/usage/turn.h"
#include "core/wire/error.h"
#include "core/wire/security.h"

#include <string.h>

static bool responsible(const void *topology, struct relo_id id)
{
    const struct stub *s = topology;
    return s->responsible && (!s->bounded || relo_id_in_range(id, s->range_from, s->range_to));
}

static bool accepts(const void *topology, struct relo_id id)
{
    return responsible(topology, id) && !((const struct stub *)topology)->unsure;
}

static uint32_t replicas(const void *topology, struct relo_id *peers, uint32_t max)
{
    const struct stub *s = topology;
    g_assert_cmpuint(s->peer_count, <=, max);
    memcpy(peers, s->peers, s->peer_count * sizeof *peers);
    return s->peer_count;
}

static bool plausible(const void *topology, struct relo_id resource, struct relo_id sender)
{
    (void)resource;
    (void)sender;
    return ((const struct stub *)topology)->plausible;
}

static bool keeps(const void *topology, struct relo_id resource)
{
    (void)resource;
    return ((const struct stub *)topology)->keeps;
}

static uint32_t nearer(const void *topology, struct relo_id resource, struct relo_id *peers,
                       uint32_t max)
{
    const struct stub *s = topology;
    (void)resource;
    g_assert_cmpuint(s->nearer_count, <=, max);
    memcpy(peers, s->nearer, s->nearer_count * sizeof *peers);
    return s->nearer_count;
}

static bool holding_down(const void *topology)
{
    return ((const struct stub *)topology)->holding_down;
}

static enum relo_node_state state(const void *topology)
{
    (void)topology;
    return RELO_NODE_JOINED;
}

static void handover_done(void *topology, struct relo_id to)
{
    struct stub *s = topology;
    s->handovers_done++;
    s->handover_to = to;
}

static const struct relo_topology_ops ops = {
    .name = "stub",
    .responsible = responsible,
    .accepts = accepts,
    .replicas = replicas,
    .replica_sender_plausible = plausible,
    .keeps_replica = keeps,
    .nearer = nearer,
    .holding_down = holding_down,
    .state = state,
    .handover_done = handover_done,
};

static void message_set(struct stub *s, struct stub_message *m, uint16_t code,
                        struct relo_view body, const struct relo_view *certificates, uint32_t count)
{
    g_assert_cmpuint(body.n, <=, sizeof m->body);
    m->code = code;
    m->error_code = 0;
    m->body_n = body.n;
    if (body.n)
        memcpy(m->body, body.p, body.n);
    struct relo_wr w = relo_wr_init(m->security, sizeof m->security, RELO_ID_BYTES);
    relo_verify_sign_message(&s->env, 1, body, certificates, count, &w);
    g_assert_false(w.failed);
    m->security_n = (uint32_t)relo_wr_size(&w);
}

relo_handle relo_route_request(struct relo_route *route, const struct relo_request *request)
{
    struct stub *s = (struct stub *)route;
    if (s->refuse_requests)
        return 0;
    g_assert_cmpuint(s->requests, <, STUB_REQUESTS);
    struct stub_message *m = &s->request[s->requests++];
    message_set(s, m, request->code, request->body, request->certificates,
                request->certificate_count);
    m->target = request->target;
    m->context = request->context;
    m->until = request->until;
    return s->requests;
}

void relo_route_answer(struct relo_route *route, const struct relo_inbound *in, uint16_t code,
                       struct relo_view body, const struct relo_view *certificates,
                       uint32_t certificate_count)
{
    (void)in;
    struct stub *s = (struct stub *)route;
    s->answers++;
    message_set(s, &s->answer, code, body, certificates, certificate_count);
}

void relo_route_error(struct relo_route *route, const struct relo_inbound *in, uint16_t error_code,
                      struct relo_view error_info)
{
    relo_route_answer(route, in, RELO_CODE_ERROR, error_info, NULL, 0);
    ((struct stub *)route)->answer.error_code = error_code;
}

void relo_route_error_text(struct relo_route *route, const struct relo_inbound *in,
                           uint16_t error_code, const char *text)
{
    relo_route_error(route, in, error_code, stub_view(text));
}

struct stub *stub_new(uint8_t number, const char *user)
{
    struct stub *s = g_new0(struct stub, 1);
    relo_pool_init(&s->shard.pool);
    relo_config_init(&s->config, "overlay.example.org");
    s->identity = (struct relo_identity){.node_id = stub_id(number),
                                         .key = number + 1000u,
                                         .not_before_s = 0,
                                         .not_after_s = 4000000000};
    g_strlcpy(s->identity.user, user, sizeof s->identity.user);
    s->env = (struct relo_env){.shard = &s->shard,
                               .suite = &relo_suite_sim,
                               .config = &s->config,
                               .identity = &s->identity,
                               .self = s->identity.node_id,
                               .now = 5 * RELO_S,
                               .unix_offset_ns = 1700000000 * RELO_S};
    s->route.env = &s->env;
    s->route.ops = &ops;
    s->route.topology = s;
    s->responsible = s->plausible = s->keeps = true;
    relo_store_init(&s->store, &s->env, &s->route);
    return s;
}

void stub_free(struct stub *s)
{
    relo_store_fini(&s->store);
    g_assert_cmpuint(s->shard.pool.bytes_used, ==, 0); /* nothing leaks within the pool either */
    relo_pool_fini(&s->shard.pool);
    g_free(s);
}

static void signer_of(struct stub *at, const struct stub_message *m, struct relo_credential *signer)
{
    struct relo_rd r = relo_rd_init(m->security, m->security_n, RELO_ID_BYTES);
    struct relo_security security;
    g_assert_true(relo_security_read(&r, &security));
    g_assert_true(relo_verify_find_signer(&at->env, security.certificates,
                                          &security.signature.identity, signer));
}

static struct relo_inbound inbound(struct stub *at, const struct stub_message *m)
{
    struct relo_inbound in = {
        .code = m->code,
        .body = {m->body, m->body_n},
        .security = {m->security, m->security_n},
        .message_bytes = m->body_n + m->security_n,
        .error_code = m->error_code,
    };
    if (m->error_code)
        in.error_info = in.body;
    signer_of(at, m, &in.signer);
    return in;
}

void stub_deliver(struct stub *from, const struct stub_message *m, struct stub *to)
{
    (void)from;
    struct relo_inbound in = inbound(to, m);
    uint32_t answers = to->answers;
    relo_store_request(&to->store, &in);
    g_assert_cmpuint(to->answers, ==, answers + 1); /* every request is answered exactly once */
}

bool stub_ask(struct stub *from, struct stub *to, const struct relo_command *command)
{
    if (relo_store_command(&from->store, command, 7) == 0)
        return false;
    struct stub_message *m = &from->request[--from->requests];
    stub_deliver(from, m, to);
    return true;
}

void stub_return(struct stub *by, struct stub *asker, const struct stub_message *m)
{
    struct relo_inbound in = inbound(asker, &by->answer);
    in.owner = RELO_OWNER_STORAGE;
    in.context = m->context;
    in.asked = m->target.id;
    relo_store_answer(&asker->store, &in);
}

void stub_exchange(struct stub *from, uint32_t i, struct stub *to)
{
    stub_deliver(from, &from->request[i], to);
    stub_return(to, from, &from->request[i]);
}

void stub_store_records(struct stub *writer, struct stub *at, uint8_t n)
{
    struct relo_addr address = relo_addr_v4(0xc000020a, 3478);
    uint32_t before = at->store.count;
    for (uint8_t d = 1; d <= n; d++) {
        uint8_t scratch[RELO_TURN_SERVER_BYTES];
        struct relo_command c;
        g_assert_true(
            relo_turn_advertise(&c, writer->env.self, d, &address, 3600, scratch, sizeof scratch));
        g_assert_true(stub_ask(writer, at, &c));
        g_assert_cmpuint(at->answer.error_code, ==, 0);
    }
    g_assert_cmpuint(at->store.count, ==, before + n);
}

struct relo_result stub_result(struct stub *by, struct stub *asker, struct relo_id resource)
{
    struct relo_inbound in = inbound(asker, &by->answer);
    in.asked = resource;
    in.asked_resource = true;
    struct relo_result result = {.type = RELO_RESULT_COMMAND};
    relo_store_result(&asker->store, &in, &result);
    return result;
}

static void failed(struct stub *asker, const struct stub_message *m, enum relo_status status)
{
    struct relo_done done = {
        .owner = RELO_OWNER_STORAGE, .context = m->context, .code = m->code, .status = status};
    relo_store_failed(&asker->store, &done);
}

void stub_timeout(struct stub *asker, const struct stub_message *m)
{
    failed(asker, m, RELO_TIMEOUT);
}

void stub_outlived(struct stub *asker, const struct stub_message *m)
{
    failed(asker, m, RELO_CANCELLED);
}

struct relo_view stub_view(const char *text)
{
    return (struct relo_view){(const uint8_t *)text, (uint32_t)strlen(text)};
}

bool stub_equal(struct relo_view v, const char *text)
{
    return relo_view_equal(v, stub_view(text));
}

struct relo_command stub_store(uint32_t kind, struct relo_id resource, const char *text)
{
    struct relo_command c = {.type = RELO_COMMAND_STORE, .kind = kind, .lifetime_s = 3600};
    c.target = (struct relo_target){.id = resource, .resource = true};
    c.exists = text != NULL;
    if (text)
        c.value = stub_view(text);
    return c;
}

struct relo_command stub_fetch(uint32_t kind, struct relo_id resource)
{
    struct relo_command c = {.type = RELO_COMMAND_FETCH, .kind = kind};
    c.target = (struct relo_target){.id = resource, .resource = true};
    return c;
}

void stub_trio_new(struct stub_trio *trio, const void *unused)
{
    (void)unused;
    trio->alice = stub_new(0x0a, STUB_ALICE);
    trio->peer = stub_new(0x33, "peer@overlay.example.org");
    trio->other = stub_new(0x44, "other@overlay.example.org");
    trio->home = relo_sha1_resource(STUB_ALICE, strlen(STUB_ALICE));
}

void stub_trio_free(struct stub_trio *trio, const void *unused)
{
    (void)unused;
    stub_free(trio->alice);
    stub_free(trio->peer);
    stub_free(trio->other);
}
