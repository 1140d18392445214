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

static void unknown_kinds(struct pair *p, const uint8_t *kinds, uint32_t n)
{
    uint8_t info[64], body[128];
    struct relo_wr i = relo_wr_init(info, sizeof info, 16), w = relo_wr_init(body, sizeof body, 16);
    uint64_t id = relo_route_transaction_id(&p->a->route, bench_ping(p->a, 200, false));
    const uint64_t self[] = {100};
    struct bench_message m;
    bench_take(p->a, &m);
    bench_drop(p->bench, &m);
    relo_unknown_kinds_write(&i, (struct relo_view){kinds, n});
    relo_error_write(&w, &(struct relo_error){.error_code = RELO_ERROR_UNKNOWN_KIND,
                                              .error_info = relo_wr_view(&i)});
    struct relo_view answer = bench_compose(p->b, id, RELO_CODE_ERROR, relo_wr_view(&w),
                                            (struct relo_view){NULL, 0});
    struct relo_header h = bench_header(p->a, bench_node_list(self, 1));
    h.transaction_id = id;
    bench_inject(p->bench, p->a, bench_link_to(p->a, p->b), &h, answer);
    g_assert_cmphex(p->a->answer.error_code, ==, RELO_ERROR_UNKNOWN_KIND);
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
#undef ADD
    return g_test_run();
}
