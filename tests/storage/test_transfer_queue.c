/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of the transfers to a peer goes first, and which goes twice: not what need not (RFC 6940
   sections 10.4, 10.7.3 and 7.4.1.1). */
#include "support_stub.h"

#include "core/storage/transfer.h"

#define RECORDS 10

static void store(struct stub_trio *f, struct stub *at, const char *key, const char *text)
{
    struct relo_command c = stub_store(RELO_KIND_TEST_DICTIONARY, f->home, text);
    c.key = stub_view(key);
    g_assert_true(stub_ask(f->alice, at, &c));
    g_assert_cmpuint(at->answer.error_code, ==, 0);
}

/* The other one becomes a replica of the peer. */
static void new_replica(struct stub_trio *f)
{
    struct relo_topology_event event = {.type = RELO_TOPOLOGY_REPLICAS_CHANGED};
    f->other->responsible = false;
    f->peer->peers[0] = f->other->env.self;
    f->peer->peer_count = 1;
    relo_store_topology(&f->peer->store, &event);
}

/* The resource that the peer's request i stores. */
static struct relo_id resource_of(const struct stub_trio *f, uint32_t i)
{
    const struct stub_message *m = &f->peer->request[i];
    struct relo_rd r = relo_rd_init(m->body, m->body_n, RELO_ID_BYTES);
    struct relo_store_req request;
    struct relo_id id;
    g_assert_cmpuint(m->code, ==, RELO_CODE_STORE_REQ);
    g_assert_true(relo_store_req_read(&r, &f->peer->config, &request));
    g_assert_true(relo_view_to_id(request.resource, &id));
    return id;
}

/* 10.4: its writer has been told that the value is stored. Copies of older ones, which others may
   have as well, are many after rings have merged, and the link may be slow. Seed 182272 of the
   swarm: the owner failed before the first copy of the new value had its turn. */
static void new_value_does_not_wait_for_copies_of_old_ones(struct stub_trio *f, const void *unused)
{
    (void)unused;
    stub_store_records(f->alice, f->peer, RECORDS);
    new_replica(f);
    g_assert_cmpuint(f->peer->requests, ==, RELO_TRANSFERS_PER_PEER);
    store(f, f->peer, "a", "new");
    g_assert_cmpuint(f->peer->requests, ==, RELO_TRANSFERS_PER_PEER + 1);
    g_assert_true(relo_id_equal(resource_of(f, RELO_TRANSFERS_PER_PEER), f->home));
    stub_exchange(f->peer, RELO_TRANSFERS_PER_PEER, f->other);
    g_assert_cmpuint(
        relo_store_holds(&f->other->store, f->home, RELO_KIND_TEST_DICTIONARY, 0, stub_view("a")),
        !=, 0);
    /* It has had a place of its own: the others are still four. */
    g_assert_cmpuint(f->peer->requests, ==, RELO_TRANSFERS_PER_PEER + 1);
}

/* New values have as many places as the others, not more. */
static void new_values_keep_four_outstanding(struct stub_trio *f, const void *unused)
{
    (void)unused;
    f->peer->peers[0] = f->other->env.self;
    f->peer->peer_count = 1;
    f->other->responsible = false;
    stub_store_records(f->alice, f->peer, RECORDS);
    g_assert_cmpuint(f->peer->requests, ==, RELO_TRANSFERS_PER_PEER);
    for (uint32_t i = 0; i < RECORDS; i++) {
        stub_exchange(f->peer, i, f->other);
        g_assert_cmpuint(f->peer->requests, ==, MIN(RECORDS, i + 1 + RELO_TRANSFERS_PER_PEER));
    }
    g_assert_cmpuint(f->other->store.count, ==, RECORDS);
}

/* A resource whose copy waits already is renewed: that copy is the next, and there is no other. */
static void waiting_copy_goes_first_once_it_is_new(struct stub_trio *f, const void *unused)
{
    (void)unused;
    stub_store_records(f->alice, f->peer, RECORDS);
    new_replica(f);
    struct relo_id last = {0, 0};
    for (const struct relo_transfer *t = f->peer->store.waiting; t; t = t->next)
        last = t->resource;
    uint32_t at = f->peer->requests;
    relo_transfer_stored(&f->peer->store, relo_resources_find(&f->peer->store, last), true);
    relo_transfer_pump(&f->peer->store);
    g_assert_cmpuint(f->peer->requests, ==, at + 1);
    g_assert_true(relo_id_equal(resource_of(f, at), last));
    for (uint32_t i = 0; i < f->peer->requests; i++)
        stub_exchange(f->peer, i, f->other);
    g_assert_cmpuint(f->peer->requests, ==, RECORDS);
    g_assert_cmpuint(f->other->store.count, ==, RECORDS);
}

/* A copy that comes from another peer is none the writer waits for. */
static void copy_of_an_old_value_waits_its_turn(struct stub_trio *f, const void *unused)
{
    (void)unused;
    store(f, f->other, "a", "old");
    stub_store_records(f->alice, f->peer, RECORDS);
    new_replica(f);
    f->other->peers[0] = f->peer->env.self;
    f->other->peer_count = 1;
    f->other->responsible = true;
    struct relo_topology_event event = {.type = RELO_TOPOLOGY_REPLICAS_CHANGED};
    relo_store_topology(&f->other->store, &event);
    stub_deliver(f->other, &f->other->request[0], f->peer);
    g_assert_cmpuint(f->peer->answer.error_code, ==, 0);
    g_assert_cmpuint(f->peer->store.count, ==, RECORDS + 1);
    g_assert_cmpuint(f->peer->requests, ==, RELO_TRANSFERS_PER_PEER);
}

/* Refused by the other one, which has a newer one, the peer fetches that. */
static void fetch_newer(struct stub_trio *f)
{
    f->alice->env.now += RELO_S;
    store(f, f->other, "a", "new");
    new_replica(f);
    stub_exchange(f->peer, 0, f->other);
    g_assert_cmpuint(f->other->answer.error_code, ==, RELO_ERROR_DATA_TOO_OLD);
    g_assert_cmpuint(f->peer->request[1].code, ==, RELO_CODE_FETCH_REQ);
    stub_exchange(f->peer, 1, f->other);
    g_assert_cmpuint(
        relo_store_holds(&f->peer->store, f->home, RELO_KIND_TEST_DICTIONARY, 0, stub_view("a")),
        ==, 1700000006000);
}

/* 7.4.1.1: the newer data is fetched; who has it has it. */
static void fetched_is_not_stored_where_it_was_fetched(struct stub_trio *f, const void *unused)
{
    (void)unused;
    store(f, f->peer, "a", "old");
    fetch_newer(f);
    g_assert_cmpuint(f->peer->requests, ==, 2);
    g_assert_true(relo_resource_holder(f->peer->store.resources[0], f->other->env.self));
    /* Nor later. */
    f->peer->env.now += 45 * RELO_S;
    relo_store_wake(&f->peer->store);
    g_assert_cmpuint(f->peer->requests, ==, 2);
}

/* The one Store brings what was fetched, too, and what only the peer has. */
static void what_only_one_had_is_stored_once(struct stub_trio *f, const void *unused)
{
    (void)unused;
    store(f, f->peer, "a", "old");
    store(f, f->peer, "b", "only here");
    fetch_newer(f);
    g_assert_cmpuint(f->peer->requests, ==, 3);
    stub_exchange(f->peer, 2, f->other);
    g_assert_cmpuint(f->other->answer.error_code, ==, 0);
    g_assert_cmpuint(
        relo_store_holds(&f->other->store, f->home, RELO_KIND_TEST_DICTIONARY, 0, stub_view("b")),
        !=, 0);
    g_assert_true(relo_resource_holder(f->peer->store.resources[0], f->other->env.self));
    g_assert_cmpuint(f->peer->requests, ==, 3);
}

/* It does not wait behind copies of others, which are many after rings have merged. Seed 4003138 of
   the swarm: the owner served and handed over the older value for the 46 s that they took. */
static void fetch_goes_before_copies(struct stub_trio *f, const void *unused)
{
    (void)unused;
    store(f, f->peer, "a", "old");
    f->alice->env.now += RELO_S;
    store(f, f->other, "a", "new");
    new_replica(f);
    f->peer->peer_count = 0;
    stub_store_records(f->alice, f->peer, RECORDS);
    new_replica(f);
    g_assert_cmpuint(f->peer->requests, ==, RELO_TRANSFERS_PER_PEER);
    stub_exchange(f->peer, 0, f->other);
    g_assert_cmpuint(f->other->answer.error_code, ==, RELO_ERROR_DATA_TOO_OLD);
    g_assert_cmpuint(f->peer->requests, ==, RELO_TRANSFERS_PER_PEER + 1);
    g_assert_cmpuint(f->peer->request[RELO_TRANSFERS_PER_PEER].code, ==, RELO_CODE_FETCH_REQ);
}

/* 10.7.3: a replica that fetches what the new owner has newer does not know of anybody else that
   has it. */
static void holders_of_what_is_older_are_forgotten(struct stub_trio *f, const void *unused)
{
    (void)unused;
    struct relo_id third = stub_id(0x55);
    store(f, f->peer, "a", "old");
    f->alice->env.now += RELO_S;
    store(f, f->other, "a", "new");
    struct relo_resource *resource = f->peer->store.resources[0];
    f->peer->responsible = resource->mine = false;
    f->peer->nearer[0] = f->other->env.self;
    f->peer->nearer[1] = third;
    f->peer->nearer_count = 2;
    relo_resource_holder_add(resource, third);
    struct relo_topology_event event = {.type = RELO_TOPOLOGY_NEIGHBORS_CHANGED};
    relo_store_topology(&f->peer->store, &event);
    f->peer->env.now += 45 * RELO_S;
    relo_store_wake(&f->peer->store);
    g_assert_cmpuint(f->peer->requests, ==, 1);
    stub_exchange(f->peer, 0, f->other);
    stub_exchange(f->peer, 1, f->other);
    g_assert_true(relo_resource_holder(resource, f->other->env.self));
    g_assert_false(relo_resource_holder(resource, third));
}

/* What is fetched on the way to a peer that joins: it counts as handed over, once. */
static void handover_ends_with_what_was_fetched(struct stub_trio *f, const void *unused)
{
    (void)unused;
    store(f, f->peer, "a", "old");
    f->alice->env.now += RELO_S;
    store(f, f->other, "a", "new");
    struct relo_id to = f->other->env.self;
    struct relo_topology_event event = {
        .type = RELO_TOPOLOGY_HANDOVER, .from = relo_id_next(to), .to = to};
    relo_store_topology(&f->peer->store, &event);
    stub_exchange(f->peer, 0, f->other);
    g_assert_cmpuint(f->peer->handovers_done, ==, 0);
    stub_exchange(f->peer, 1, f->other);
    g_assert_cmpuint(f->peer->handovers_done, ==, 1);
    g_assert_cmpuint(f->peer->requests, ==, 2);
    g_assert_true(f->peer->store.resources[0]->handed);
}

static bool other_has(const struct stub_trio *f, const char *key)
{
    return relo_store_holds(&f->other->store, f->home, RELO_KIND_TEST_DICTIONARY, 0,
                            stub_view(key)) != 0;
}

/* 7.4.1.1: the lifetimes in a Store are what is left as it is written. It must not wait in a full
   queue until the shortest is over (seed 1795770874 of the swarm: a value of 600 s came to life
   again and again, for 300 s). What waits behind it does not fail with it. */
static void store_outlives_none_of_its_values(struct stub_trio *f, const void *unused)
{
    (void)unused;
    relo_time start = f->peer->env.now;
    struct relo_command c = stub_store(RELO_KIND_TEST_DICTIONARY, f->home, "brief");
    c.key = stub_view("b");
    c.lifetime_s = 20;
    store(f, f->peer, "a", "an hour");
    g_assert_true(stub_ask(f->alice, f->peer, &c));
    f->peer->env.now += 5 * RELO_S;
    new_replica(f);
    stub_store_records(f->alice, f->peer, RECORDS);
    uint32_t n = f->peer->requests;
    g_assert_cmpuint(n, ==, 1 + RELO_TRANSFERS_PER_PEER);
    g_assert_cmpint(f->peer->request[0].until, ==, start + 20 * RELO_S);
    g_assert_cmpint(f->peer->request[1].until, ==, start + 3605 * RELO_S);
    f->peer->env.now = start + 20 * RELO_S;
    stub_outlived(f->peer, &f->peer->request[0]);
    g_assert_nonnull(f->peer->store.waiting);
    f->peer->env.now += 45 * RELO_S;
    relo_store_wake(&f->peer->store);
    for (uint32_t i = 1; i < f->peer->requests; i++)
        stub_exchange(f->peer, i, f->other);
    g_assert_cmpuint(f->peer->requests, ==, 2 + RECORDS); /* none twice but the first */
    g_assert_cmpuint(f->other->store.count, ==, 1 + RECORDS);
    g_assert_true(other_has(f, "a") && !other_has(f, "b"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(function)                                                                             \
    g_test_add("/storage/transfer_queue/" #function, struct stub_trio, NULL, stub_trio_new,        \
               function, stub_trio_free)
    CASE(new_value_does_not_wait_for_copies_of_old_ones);
    CASE(new_values_keep_four_outstanding);
    CASE(waiting_copy_goes_first_once_it_is_new);
    CASE(copy_of_an_old_value_waits_its_turn);
    CASE(fetched_is_not_stored_where_it_was_fetched);
    CASE(what_only_one_had_is_stored_once);
    CASE(fetch_goes_before_copies);
    CASE(holders_of_what_is_older_are_forgotten);
    CASE(handover_ends_with_what_was_fetched);
    CASE(store_outlives_none_of_its_values);
    return g_test_run();
}
