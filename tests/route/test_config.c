/* SPDX-License-Identifier: BSD-2-Clause */
/* What a node sends to those who lack a piece of the configuration: RFC 6940 sections 6.3.2.1,
   6.5.4 and 7.4.1.2. */
#include "support_route.h"

#include "core/wire/config_update.h"

#include <string.h>

struct pair {
    struct bench *bench;
    struct bench_node *a, *b;
};

/* A asks B, who is responsible for (100, 200]. */
static struct pair pair_new(void)
{
    struct pair p = {.bench = bench_new()};
    p.a = bench_add(p.bench, 100);
    p.b = bench_add(p.bench, 200);
    p.a->topology.next[0] = bench_wire(p.a, p.b);
    p.b->topology.from = bench_id(100);
    return p;
}

/* The ConfigUpdateReq that is the newest of what a node has sent; its views are the message's. */
static struct relo_config_update update_sent(struct bench_node *node)
{
    const struct bench_message *m = &node->sent[node->sent_count - 1];
    struct relo_config_update update;
    struct relo_contents contents;
    g_assert_cmphex(m->code, ==, RELO_CODE_CONFIG_UPDATE_REQ);
    struct relo_rd r = relo_rd_init(m->bytes + m->header_bytes, m->n - m->header_bytes, 16);
    g_assert_true(relo_contents_read(&r, &contents));
    r = relo_rd_init(contents.body.p, contents.body.n, 16);
    g_assert_true(relo_config_update_read(&r, &update));
    return update;
}

/* 6940-6.3.2.1-5:
   the document as it was signed */
static void old_requester_gets_the_document(void)
{
    struct pair p = pair_new();
    struct bench_message m;
    char *text = g_strnfill(1000, 'x');
    memcpy(text, " sequence=\"7\"", 13);
    p.b->config.sequence = 7;
    p.b->link[bench_link_to(p.b, p.a)].message_max = 4000; /* in one piece */
    p.b->config.document = (struct relo_view){(const uint8_t *)text, 1000};
    bench_ping(p.a, 150, true);
    bench_take(p.a, &m);
    bench_carry(p.bench, p.a, &m, false);
    struct relo_config_update update = update_sent(p.b);
    g_assert_cmpuint(update.type, ==, RELO_CONFIG_UPDATE_CONFIG);
    bench_assert_bytes(update.config_data, text, 1000);
    bench_run(p.bench);
    g_free(text);
    bench_free(p.bench);
}

/* B's Error to the request of A's with that transaction id. */
static void answer_with_error(struct pair *p, uint64_t id, const struct relo_error *error)
{
    uint8_t body[128];
    struct relo_wr w = relo_wr_init(body, sizeof body, 16);
    const uint64_t self[] = {100};
    relo_error_write(&w, error);
    struct relo_view answer =
        bench_compose(p->b, id, RELO_CODE_ERROR, relo_wr_view(&w), (struct relo_view){NULL, 0});
    struct relo_header h = bench_header(p->a, bench_node_list(self, 1));
    h.transaction_id = id;
    h.config_sequence = p->b->config.sequence;
    bench_inject(p->bench, p->a, bench_link_to(p->a, p->b), &h, answer);
    g_assert_cmphex(p->a->answer.error_code, ==, error->error_code);
}

/* The newest message that A has sent goes astray; its transaction id. */
static uint64_t lose(struct pair *p)
{
    struct bench_message m;
    bench_take(p->a, &m);
    uint64_t id = m.header.transaction_id;
    bench_drop(p->bench, &m);
    return id;
}

static void unknown_kinds(struct pair *p, const uint8_t *kinds, uint32_t n)
{
    uint8_t info[64];
    struct relo_wr i = relo_wr_init(info, sizeof info, 16);
    bench_ping(p->a, 200, false);
    relo_unknown_kinds_write(&i, (struct relo_view){kinds, n});
    answer_with_error(p, lose(p),
                      &(struct relo_error){.error_code = RELO_ERROR_UNKNOWN_KIND,
                                           .error_info = relo_wr_view(&i)});
}

/* Whoever says Error_Config_Too_New is told, once, and only if its configuration is old: an Error
   to that is not answered by another ConfigUpdate. */
static void error_too_new_brings_one_update(void)
{
    const struct relo_error too_new = {.error_code = RELO_ERROR_CONFIG_TOO_NEW};
    struct pair p = pair_new();
    bench_ping(p.a, 200, false);
    answer_with_error(&p, lose(&p), &too_new); /* it is as new as A's */
    g_assert_cmpuint(p.a->sent_count, ==, 0);
    p.a->config.sequence = 7;
    bench_ping(p.a, 200, false);
    answer_with_error(&p, lose(&p), &too_new);
    g_assert_cmpuint(update_sent(p.a).type, ==, RELO_CONFIG_UPDATE_CONFIG);
    answer_with_error(&p, lose(&p), &too_new);
    g_assert_cmpuint(p.a->sent_count, ==, 0);
    bench_free(p.bench);
}

/* 6940-7.4.1.2-7:
   the definitions of those kinds that the configuration has */
static void unknown_kind_brings_its_definition(void)
{
    static const uint8_t asked[] = {0, 0, 0, 77, 0, 0, 0, 78, 0, 0, 0, 79};
    const struct relo_view block = {(const uint8_t *)"<kind-block/>", 13};
    const struct relo_kind kinds[] = {{.id = 77}, {.id = 78, .block = block}};
    struct relo_view description;
    struct pair p = pair_new();
    p.a->config.kinds = kinds;
    p.a->config.kind_count = 2;
    unknown_kinds(&p, asked, 4); /* 77: there is no document to send */
    g_assert_cmpuint(p.a->sent_count, ==, 0);
    unknown_kinds(&p, asked, sizeof asked);
    struct relo_config_update update = update_sent(p.a);
    g_assert_cmpuint(update.type, ==, RELO_CONFIG_UPDATE_KIND);
    struct relo_rd list = relo_rd_init(update.kinds.p, update.kinds.n, 16);
    g_assert_true(relo_kind_description_next(&list, &description));
    bench_assert_bytes(description, block.p, block.n);
    g_assert_false(relo_kind_description_next(&list, &description));
    g_assert_cmpstr(bench_list(p.a->sent[0].header.destination), ==, "200");
    g_assert_cmphex(p.a->sent[0].header.config_sequence, ==, 0xffff);
    bench_run(p.bench);
    bench_free(p.bench);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/route/config/" #name, name)
    ADD(old_requester_gets_the_document);
    ADD(unknown_kind_brings_its_definition);
    ADD(error_too_new_brings_one_update);
#undef ADD
    return g_test_run();
}
