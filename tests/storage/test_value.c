/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal of a store: storage times, limits, commit and rollback (RFC 6940 section 7.4.1.1). */
#include "core/storage/value.h"
#include "core/wire/node_id.h"

#include <glib.h>
#include <string.h>

struct fixture {
    struct relo_shard shard;
    struct relo_env env;
    struct relo_resource *resource;
    struct relo_journal journal;
};

static void setup(struct fixture *f, const void *unused)
{
    (void)unused;
    relo_pool_init(&f->shard.pool);
    f->env = (struct relo_env){.shard = &f->shard, .now = RELO_S};
    f->resource = relo_resource_new(&f->env, (struct relo_id){1, 2});
    f->journal = (struct relo_journal){&f->env, f->resource, NULL};
}

static void teardown(struct fixture *f, const void *unused)
{
    (void)unused;
    relo_resource_free(&f->env, f->resource);
    g_assert_cmpuint(f->shard.pool.bytes_used, ==, 0);
    relo_pool_fini(&f->shard.pool);
}

static const struct relo_kind dictionary = {.id = 7, .model = RELO_MODEL_DICTIONARY,
                                            .max_count = 2, .max_size = 8};
static const struct relo_kind array = {.id = 8, .model = RELO_MODEL_ARRAY,
                                       .max_count = 3, .max_size = 8};

static struct relo_view view(const char *text)
{
    return (struct relo_view){(const uint8_t *)text, (uint32_t)strlen(text)};
}

/* Puts an entry (key of a dictionary, index of an array); text NULL removes. */
static enum relo_put_result put(struct fixture *f, const struct relo_kind *kind, const char *key,
                                uint32_t index, uint64_t time, const char *text)
{
    uint8_t bytes[128];
    struct relo_wr w = relo_wr_init(bytes, sizeof bytes, RELO_ID_BYTES);
    struct relo_stored_data d = {
        .storage_time = time,
        .lifetime = 60,
        .known = true,
        .value = {.model = kind->model, .index = index, .key = view(key), .exists = text != NULL,
                  .value = view(text ? text : "")},
        .signature = relo_signature_none(),
    };
    relo_stored_data_write(&w, &d);
    struct relo_rd r = relo_rd_init(bytes, relo_wr_size(&w), RELO_ID_BYTES);
    g_assert_true(relo_stored_data_read(&r, kind, &d));
    return relo_value_put(&f->journal, relo_resource_kind_add(&f->env, f->resource, kind), &d,
                          view("certificate"));
}

static bool holds(const struct fixture *f, const struct relo_kind *kind, const char *key,
                  uint32_t index, const char *text)
{
    const struct relo_stored_kind *k = relo_resource_kind(f->resource, kind->id);
    const struct relo_value *v = k ? relo_value_find(k, index, view(key), f->env.now) : NULL;
    return v && relo_view_equal(relo_value_read(v, kind->model).value, view(text));
}

/* 6940-13.5.3-1 6940-13.5.3-2:
   6940-7.4.1.1: greater, so equal is too old, unless it is the very same. */
static void equal_storage_time_is_too_old(struct fixture *f, const void *unused)
{
    (void)unused;
    g_assert_cmpint(put(f, &dictionary, "a", 0, 10, "one"), ==, RELO_PUT_OK);
    relo_value_commit(&f->journal);
    g_assert_cmpint(put(f, &dictionary, "a", 0, 10, "two"), ==, RELO_PUT_TOO_OLD);
    g_assert_cmpint(put(f, &dictionary, "a", 0, 9, "two"), ==, RELO_PUT_TOO_OLD);
    g_assert_cmpint(put(f, &dictionary, "a", 0, 10, "one"), ==, RELO_PUT_SAME);
    g_assert_cmpint(put(f, &dictionary, "b", 0, 9, "other"), ==, RELO_PUT_OK);
    g_assert_cmpint(put(f, &dictionary, "a", 0, 11, "two"), ==, RELO_PUT_OK);
    relo_value_commit(&f->journal);
    g_assert_true(holds(f, &dictionary, "a", 0, "two") && holds(f, &dictionary, "b", 0, "other"));
}

/* 6940-7.4.1.1-3:
   also where a store replaces the same entry twice. */
static void rollback_restores_what_was_replaced(struct fixture *f, const void *unused)
{
    (void)unused;
    put(f, &array, "", 0, 10, "zero");
    put(f, &array, "", 1, 10, "one");
    put(f, &array, "", 2, 10, "two");
    relo_value_commit(&f->journal);
    uint32_t bytes = f->resource->bytes;
    g_assert_cmpint(put(f, &array, "", 1, 11, "x"), ==, RELO_PUT_OK);
    g_assert_cmpint(put(f, &array, "", 1, 12, "xx"), ==, RELO_PUT_OK);
    g_assert_cmpint(put(f, &array, "", 0, 12, NULL), ==, RELO_PUT_OK);
    g_assert_cmpint(put(f, &dictionary, "new", 0, 12, "y"), ==, RELO_PUT_OK);
    relo_value_rollback(&f->journal);
    g_assert_true(holds(f, &array, "", 0, "zero") && holds(f, &array, "", 1, "one") &&
                  holds(f, &array, "", 2, "two"));
    g_assert_cmpuint(relo_resource_kind(f->resource, array.id)->count, ==, 3);
    g_assert_null(relo_resource_kind(f->resource, dictionary.id));
    g_assert_cmpuint(f->resource->bytes, ==, bytes);
}

static void limits_count_what_exists(struct fixture *f, const void *unused)
{
    (void)unused;
    g_assert_cmpint(put(f, &dictionary, "a", 0, 1, "too large"), ==, RELO_PUT_TOO_LARGE);
    g_assert_cmpint(put(f, &dictionary, "a", 0, 1, "x"), ==, RELO_PUT_OK);
    g_assert_cmpint(put(f, &dictionary, "b", 0, 1, "x"), ==, RELO_PUT_OK);
    g_assert_cmpint(put(f, &dictionary, "c", 0, 1, "x"), ==, RELO_PUT_TOO_LARGE);
    g_assert_cmpint(put(f, &dictionary, "a", 0, 2, NULL), ==, RELO_PUT_OK);
    g_assert_cmpint(put(f, &dictionary, "c", 0, 1, "x"), ==, RELO_PUT_OK);
    /* What was removed may not be brought back beyond the limit. */
    g_assert_cmpint(put(f, &dictionary, "a", 0, 3, "x"), ==, RELO_PUT_TOO_LARGE);
    /* Removed entries are bounded as well. */
    char key[2] = "d";
    int removed = 0;
    for (; put(f, &dictionary, key, 0, 1, NULL) == RELO_PUT_OK; key[0]++)
        removed++;
    g_assert_cmpint(removed, ==, 5);
    g_assert_cmpint(put(f, &array, "", 3, 1, "x"), ==, RELO_PUT_TOO_LARGE);
    relo_value_commit(&f->journal);
}

static void append_goes_after_the_last(struct fixture *f, const void *unused)
{
    (void)unused;
    g_assert_cmpint(put(f, &array, "", 1, 1, "x"), ==, RELO_PUT_OK);
    g_assert_cmpint(put(f, &array, "", RELO_APPEND, 2, "y"), ==, RELO_PUT_OK);
    g_assert_cmpint(put(f, &array, "", RELO_APPEND, 2, "y"), ==, RELO_PUT_SAME);
    g_assert_cmpint(put(f, &array, "", RELO_APPEND, 3, "z"), ==, RELO_PUT_TOO_LARGE);
    relo_value_commit(&f->journal);
    g_assert_true(holds(f, &array, "", 2, "y"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define CASE(function)                                                                             \
    g_test_add("/storage/value/" #function, struct fixture, NULL, setup, function, teardown)
    CASE(equal_storage_time_is_too_old);
    CASE(rollback_restores_what_was_replaced);
    CASE(limits_count_what_exists);
    CASE(append_goes_after_the_last);
    return g_test_run();
}
