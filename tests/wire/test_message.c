/* SPDX-License-Identifier: BSD-2-Clause */
/* encode(decode(b)) = b over generated messages of every code, with Node-IDs of 16 to 20 bytes, and
   no crash over damaged ones. The generator draws structure from the wire's point of view. */
#include "core/wire/destination.h"
#include "core/wire/message.h"
#include "core/wire/node_id.h"
#include "core/wire/option.h"

#include <glib.h>
#include <string.h>

#define BUFFER 65536

static struct relo_config config;

static const uint16_t codes[] = {
    RELO_CODE_PROBE_REQ,         RELO_CODE_PROBE_ANS,       RELO_CODE_ATTACH_REQ,
    RELO_CODE_ATTACH_ANS,        RELO_CODE_STORE_REQ,       RELO_CODE_STORE_ANS,
    RELO_CODE_FETCH_REQ,         RELO_CODE_FETCH_ANS,       RELO_CODE_FIND_REQ,
    RELO_CODE_FIND_ANS,          RELO_CODE_JOIN_REQ,        RELO_CODE_JOIN_ANS,
    RELO_CODE_LEAVE_REQ,         RELO_CODE_LEAVE_ANS,       RELO_CODE_UPDATE_REQ,
    RELO_CODE_UPDATE_ANS,        RELO_CODE_ROUTE_QUERY_REQ, RELO_CODE_ROUTE_QUERY_ANS,
    RELO_CODE_PING_REQ,          RELO_CODE_PING_ANS,        RELO_CODE_STAT_REQ,
    RELO_CODE_STAT_ANS,          RELO_CODE_APP_ATTACH_REQ,  RELO_CODE_APP_ATTACH_ANS,
    RELO_CODE_CONFIG_UPDATE_REQ, RELO_CODE_CONFIG_UPDATE_ANS, RELO_CODE_EXP_A_REQ,
    RELO_CODE_ERROR,
};

static uint32_t draw(GRand *rand, uint32_t below)
{
    return g_rand_int(rand) % below;
}

/* Up to max - 1 random bytes, valid until the next few calls. */
static struct relo_view bytes(GRand *rand, uint32_t max)
{
    static uint8_t pool[8][64];
    static unsigned turn;
    uint8_t *p = pool[turn++ % 8];
    uint32_t n = draw(rand, max);
    for (uint32_t i = 0; i < n; i++)
        p[i] = (uint8_t)g_rand_int(rand);
    return (struct relo_view){p, n};
}

static struct relo_view node_id(GRand *rand, const struct relo_wr *w)
{
    struct relo_view id = bytes(rand, 1);
    id.n = w->node_id_bytes;
    return id;
}

static void node_ids(GRand *rand, struct relo_wr *w)
{
    size_t at = relo_wr_open16(w);
    for (uint32_t n = draw(rand, 4); n > 0; n--)
        relo_wr_node_id(w, node_id(rand, w));
    relo_wr_close16(w, at);
}

static void destination(GRand *rand, struct relo_wr *w)
{
    struct relo_destination d = {.type = (uint8_t)(1 + draw(rand, 4))};
    d.id = d.type == RELO_DESTINATION_NODE ? node_id(rand, w) : bytes(rand, 30);
    if (draw(rand, 5) == 0)
        relo_destination_write_short(w, (uint16_t)g_rand_int(rand));
    else
        relo_destination_write(w, &d);
}

static struct relo_address address(GRand *rand)
{
    struct relo_address a = {.type = (uint8_t)(1 + draw(rand, 3)), .value = bytes(rand, 20)};
    a.addr.family = a.type == 1 ? 4 : a.type == 2 ? 6 : 0;
    a.addr.port = (uint16_t)g_rand_int(rand);
    for (int i = 0; i < (a.type == 1 ? 4 : 16); i++)
        a.addr.ip[i] = (uint8_t)g_rand_int(rand);
    return a;
}

static void candidates(GRand *rand, struct relo_wr *w)
{
    static const uint8_t types[] = {RELO_CANDIDATE_HOST, RELO_CANDIDATE_SRFLX,
                                    RELO_CANDIDATE_RELAY};
    size_t at = relo_wr_open16(w);
    for (uint32_t n = draw(rand, 4); n > 0; n--) {
        struct relo_candidate c = {.addr_port = address(rand),
                                   .overlay_link = (uint8_t)draw(rand, 6),
                                   .foundation = bytes(rand, 5),
                                   .priority = g_rand_int(rand),
                                   .type = types[draw(rand, 3)],
                                   .rel_addr_port = address(rand)};
        uint8_t list[64];
        struct relo_wr extension = relo_wr_init(list, sizeof(list), w->node_id_bytes);
        struct relo_ice_extension e = {bytes(rand, 9), bytes(rand, 9)};
        if (draw(rand, 2))
            relo_ice_extension_write(&extension, &e);
        c.extensions = relo_wr_view(&extension);
        relo_candidate_write(w, &c);
    }
    relo_wr_close16(w, at);
}

static struct relo_signature signature(GRand *rand)
{
    return (struct relo_signature){.hash_alg = RELO_HASH_SHA256,
                                   .signature_alg = RELO_SIGNATURE_RSA,
                                   .identity = {.type = (uint8_t)(1 + draw(rand, 4)),
                                                .hash_alg = RELO_HASH_SHA256,
                                                .hash = bytes(rand, 33)},
                                   .value = bytes(rand, 64)};
}

/* One of the configuration's kinds, sometimes one that nobody knows. */
static uint32_t kind(GRand *rand)
{
    return draw(rand, 6) == 0 ? 0xf0001234 : config.kinds[draw(rand, config.kind_count)].id;
}

static void stored_data(GRand *rand, struct relo_wr *w, const struct relo_kind *definition)
{
    struct relo_stored_data d = {.storage_time = g_rand_int(rand),
                                 .lifetime = g_rand_int(rand),
                                 .known = definition != NULL,
                                 .value_bytes = bytes(rand, 40),
                                 .signature = signature(rand)};
    d.value = (struct relo_stored_value){.model = definition ? definition->model : 0,
                                         .index = g_rand_int(rand),
                                         .key = bytes(rand, 20),
                                         .exists = draw(rand, 2),
                                         .value = bytes(rand, 60)};
    relo_stored_data_write(w, &d);
}

static void metadata(GRand *rand, struct relo_wr *w, const struct relo_kind *definition)
{
    struct relo_stored_metadata m = {.storage_time = g_rand_int(rand),
                                     .known = definition != NULL,
                                     .model = definition ? definition->model : 0,
                                     .index = g_rand_int(rand),
                                     .key = bytes(rand, 20),
                                     .exists = draw(rand, 2),
                                     .value_length = g_rand_int(rand),
                                     .hash_algorithm = RELO_HASH_SHA256,
                                     .hash_value = bytes(rand, 33),
                                     .opaque = bytes(rand, 33)};
    relo_stored_metadata_write(w, &m);
}

/* kind, generation and values: the inside of StoreReq, FetchAns and StatAns. */
static void kind_values(GRand *rand, struct relo_wr *w, bool stat)
{
    for (uint32_t n = draw(rand, 3); n > 0; n--) {
        uint32_t id = kind(rand);
        relo_wr_u32(w, id);
        relo_wr_u64(w, g_rand_int(rand));
        size_t at = relo_wr_open32(w);
        for (uint32_t values = draw(rand, 4); values > 0; values--) {
            if (stat)
                metadata(rand, w, relo_kind_find(&config, id));
            else
                stored_data(rand, w, relo_kind_find(&config, id));
        }
        relo_wr_close32(w, at);
    }
}

static void specifiers(GRand *rand, struct relo_wr *w)
{
    relo_wr_opaque8(w, bytes(rand, 21));
    size_t at = relo_wr_open16(w);
    for (uint32_t n = draw(rand, 4); n > 0; n--) {
        struct relo_specifier s = {.kind = kind(rand), .opaque = bytes(rand, 20)};
        uint8_t list[64];
        struct relo_wr inside = relo_wr_init(list, sizeof(list), w->node_id_bytes);
        s.definition = relo_kind_find(&config, s.kind);
        if (s.definition && s.definition->model == RELO_MODEL_ARRAY)
            relo_array_range_write(&inside, &(struct relo_array_range){3, g_rand_int(rand)});
        else
            relo_wr_opaque16(&inside, bytes(rand, 20));
        s.indices = s.keys = relo_wr_view(&inside);
        relo_specifier_write(w, &s);
    }
    relo_wr_close16(w, at);
}

static void store_ans(GRand *rand, struct relo_wr *w)
{
    size_t at = relo_wr_open16(w);
    for (uint32_t n = draw(rand, 3); n > 0; n--) {
        relo_wr_u32(w, kind(rand));
        relo_wr_u64(w, g_rand_int(rand));
        node_ids(rand, w);
    }
    relo_wr_close16(w, at);
}

static void storage_body(GRand *rand, struct relo_wr *w, uint16_t code)
{
    size_t at;
    if (code == RELO_CODE_STORE_REQ) {
        relo_wr_opaque8(w, bytes(rand, 21));
        relo_wr_u8(w, (uint8_t)draw(rand, 3));
        at = relo_wr_open32(w);
        kind_values(rand, w, false);
        relo_wr_close32(w, at);
    } else if (code == RELO_CODE_STORE_ANS) {
        store_ans(rand, w);
    } else if (code == RELO_CODE_FETCH_REQ || code == RELO_CODE_STAT_REQ) {
        specifiers(rand, w);
    } else if (code == RELO_CODE_FETCH_ANS || code == RELO_CODE_STAT_ANS) {
        at = relo_wr_open32(w);
        kind_values(rand, w, code == RELO_CODE_STAT_ANS);
        relo_wr_close32(w, at);
    } else if (code == RELO_CODE_FIND_REQ) {
        relo_wr_opaque8(w, bytes(rand, 21));
        relo_wr_u8(w, 8);
        relo_wr_u64(w, g_rand_int(rand));
    } else {
        at = relo_wr_open16(w);
        relo_find_kind_data_write(w, &(struct relo_find_kind_data){kind(rand), bytes(rand, 17)});
        relo_wr_close16(w, at);
    }
}

static void topology_body(GRand *rand, struct relo_wr *w, uint16_t code)
{
    size_t at;
    if (code == RELO_CODE_PROBE_REQ) {
        relo_wr_opaque8(w, bytes(rand, 5));
    } else if (code == RELO_CODE_PROBE_ANS) {
        at = relo_wr_open16(w);
        for (uint8_t type = 1; type <= 5; type++)
            relo_probe_info_write(
                w, &(struct relo_probe_info){type, g_rand_int(rand), bytes(rand, 9)});
        relo_wr_close16(w, at);
    } else if (code == RELO_CODE_JOIN_REQ) {
        relo_wr_node_id(w, node_id(rand, w));
        relo_wr_opaque16(w, bytes(rand, 9));
    } else if (code == RELO_CODE_JOIN_ANS) {
        relo_wr_opaque16(w, bytes(rand, 9));
    } else if (code == RELO_CODE_LEAVE_REQ) {
        relo_wr_node_id(w, node_id(rand, w));
        at = relo_wr_open16(w);
        if (draw(rand, 4)) {
            relo_wr_u8(w, (uint8_t)(1 + draw(rand, 2)));
            node_ids(rand, w);
        }
        relo_wr_close16(w, at);
    } else if (code == RELO_CODE_UPDATE_REQ) {
        uint8_t type = (uint8_t)(1 + draw(rand, 3));
        relo_wr_u32(w, g_rand_int(rand));
        relo_wr_u8(w, type);
        for (uint8_t lists = type == 1 ? 0 : type; lists > 0; lists--)
            node_ids(rand, w);
    } else if (code == RELO_CODE_ROUTE_QUERY_REQ) {
        relo_wr_u8(w, (uint8_t)draw(rand, 2));
        destination(rand, w);
        relo_wr_opaque16(w, bytes(rand, 9));
    } else if (code == RELO_CODE_ROUTE_QUERY_ANS) {
        relo_wr_node_id(w, node_id(rand, w));
    }
}

static void link_body(GRand *rand, struct relo_wr *w, uint16_t code)
{
    bool app = code == RELO_CODE_APP_ATTACH_REQ || code == RELO_CODE_APP_ATTACH_ANS;
    if (code == RELO_CODE_PING_REQ) {
        relo_wr_opaque16(w, bytes(rand, 64));
    } else if (code == RELO_CODE_PING_ANS) {
        relo_wr_u64(w, g_rand_int(rand));
        relo_wr_u64(w, g_rand_int(rand));
    } else if (code == RELO_CODE_CONFIG_UPDATE_REQ) {
        uint8_t type = (uint8_t)(1 + draw(rand, 3));
        relo_wr_u8(w, type);
        size_t outer = relo_wr_open32(w);
        size_t inner = type < 3 ? relo_wr_open24(w) : 0;
        if (type == RELO_CONFIG_UPDATE_KIND)
            relo_wr_opaque16(w, bytes(rand, 20));
        else
            relo_wr_bytes(w, "<overlay/>", 10);
        if (type < 3)
            relo_wr_close24(w, inner);
        relo_wr_close32(w, outer);
    } else if (code == RELO_CODE_ERROR) {
        relo_wr_u16(w, (uint16_t)draw(rand, 21));
        size_t at = relo_wr_open16(w);
        store_ans(rand, w);
        relo_wr_close16(w, at);
    } else if (code == RELO_CODE_EXP_A_REQ) {
        relo_wr_bytes(w, "experiment", 10);
    } else {
        relo_wr_opaque8(w, bytes(rand, 8));
        relo_wr_opaque8(w, bytes(rand, 20));
        if (app)
            relo_wr_u16(w, 5060);
        relo_wr_opaque8(w, bytes(rand, 8));
        candidates(rand, w);
        if (!app)
            relo_wr_u8(w, (uint8_t)draw(rand, 2));
    }
}

static void body(GRand *rand, struct relo_wr *w, uint16_t code)
{
    if (code == RELO_CODE_LEAVE_ANS || code == RELO_CODE_UPDATE_ANS ||
        code == RELO_CODE_CONFIG_UPDATE_ANS)
        return;
    if ((code >= RELO_CODE_STORE_REQ && code <= RELO_CODE_FIND_ANS) ||
        code == RELO_CODE_STAT_REQ || code == RELO_CODE_STAT_ANS)
        storage_body(rand, w, code);
    else if (code <= RELO_CODE_PROBE_ANS ||
             (code >= RELO_CODE_JOIN_REQ && code <= RELO_CODE_ROUTE_QUERY_ANS))
        topology_body(rand, w, code);
    else
        link_body(rand, w, code);
}

static void message(GRand *rand, struct relo_wr *w, uint16_t code)
{
    uint8_t lists[3][256];
    struct relo_wr via = relo_wr_init(lists[0], 256, w->node_id_bytes);
    struct relo_wr to = relo_wr_init(lists[1], 256, w->node_id_bytes);
    struct relo_wr options = relo_wr_init(lists[2], 256, w->node_id_bytes);
    for (uint32_t n = draw(rand, 5); n > 0; n--)
        destination(rand, &via);
    for (uint32_t n = draw(rand, 5); n > 0; n--)
        destination(rand, &to);
    if (draw(rand, 3) == 0)
        relo_option_write(&options, &(struct relo_option){1, 4, bytes(rand, 9)});
    struct relo_header h = {.overlay = g_rand_int(rand),
                            .version = RELO_PROTOCOL_VERSION,
                            .ttl = (uint8_t)draw(rand, 101),
                            .fragment = RELO_FRAGMENT_WHOLE,
                            .transaction_id = g_rand_int(rand),
                            .via = relo_wr_view(&via),
                            .destination = relo_wr_view(&to),
                            .options = relo_wr_view(&options)};
    relo_header_write(w, &h);
    size_t at = relo_contents_open(w, code);
    body(rand, w, code);
    struct relo_wr extension = relo_wr_init(lists[0], 256, w->node_id_bytes);
    if (draw(rand, 3) == 0)
        relo_extension_write(&extension, &(struct relo_extension){1, draw(rand, 2),
                                                                   bytes(rand, 9)});
    relo_contents_close(w, at, relo_wr_view(&extension));
    at = relo_wr_open16(w);
    for (uint32_t n = draw(rand, 3); n > 0; n--)
        relo_certificate_write(w, &(struct relo_certificate){0, bytes(rand, 64)});
    relo_wr_close16(w, at);
    struct relo_signature s = signature(rand);
    relo_signature_write(w, &s);
    relo_header_close(w, 0);
}

static bool identical(struct relo_view in, uint8_t node_id_bytes, bool *decoded)
{
    static uint8_t out[BUFFER];
    struct relo_message m;
    struct relo_wr w = relo_wr_init(out, sizeof(out), node_id_bytes);
    *decoded = relo_message_read(in, node_id_bytes, &config, &m, NULL) == RELO_MESSAGE_OK;
    if (!*decoded)
        return true;
    relo_message_write(&w, &config, &m);
    return !w.failed && relo_view_equal(relo_wr_view(&w), in);
}

/* 6940-10.9-2 */
static void test_round_trip(gconstpointer data)
{
    uint8_t node_id_bytes = (uint8_t)GPOINTER_TO_UINT(data);
    static uint8_t buffer[BUFFER];
    GRand *rand = g_rand_new_with_seed(6940);
    for (int round = 0; round < 60; round++) {
        for (guint i = 0; i < G_N_ELEMENTS(codes); i++) {
            struct relo_wr w = relo_wr_init(buffer, sizeof(buffer), node_id_bytes);
            bool decoded;
            message(rand, &w, codes[i]);
            g_assert_false(w.failed);
            g_assert_true(identical(relo_wr_view(&w), node_id_bytes, &decoded));
            if (!decoded)
                g_error("code %#x was refused", codes[i]);
        }
    }
    g_rand_free(rand);
}

/* Bytes flipped at random: refused, or a message that encodes to the same bytes; never a crash. */
static void test_damaged(void)
{
    static uint8_t buffer[BUFFER];
    GRand *rand = g_rand_new_with_seed(6940);
    guint refused = 0, accepted = 0;
    for (int round = 0; round < 100; round++) {
        for (guint i = 0; i < G_N_ELEMENTS(codes); i++) {
            struct relo_wr w = relo_wr_init(buffer, sizeof(buffer), 16);
            bool decoded;
            message(rand, &w, codes[i]);
            struct relo_view v = relo_wr_view(&w);
            for (uint32_t n = 1 + draw(rand, 3); n > 0; n--)
                buffer[draw(rand, v.n)] ^= (uint8_t)(1 + draw(rand, 255));
            uint8_t *copy = g_memdup2(v.p, v.n);
            g_assert_true(identical((struct relo_view){copy, v.n}, 16, &decoded));
            *(decoded ? &accepted : &refused) += 1;
            g_free(copy);
        }
    }
    g_assert_cmpuint(refused, >, 100);
    g_assert_cmpuint(accepted, >, 100);
    g_rand_free(rand);
}

/* Writing into ever larger buffers fails cleanly until the message fits, and never overruns. */
static void test_small_buffer(void)
{
    static uint8_t buffer[BUFFER];
    GRand *rand = g_rand_new_with_seed(1);
    for (guint i = 0; i < G_N_ELEMENTS(codes); i++) {
        struct relo_wr w = relo_wr_init(buffer, sizeof(buffer), 20);
        struct relo_message m;
        message(rand, &w, codes[i]);
        struct relo_view v = relo_wr_view(&w);
        g_assert_cmpint(relo_message_read(v, 20, &config, &m, NULL), ==, RELO_MESSAGE_OK);
        for (uint32_t n = 0; n <= v.n; n++) {
            uint8_t *out = g_malloc(n + 1);
            struct relo_wr small = relo_wr_init(out, n, 20);
            relo_message_write(&small, &config, &m);
            g_assert_cmpint(small.failed, ==, n < v.n);
            g_free(out);
        }
    }
    g_rand_free(rand);
}

/* A Node-ID of another length than configured is refused (6.3.1.1). */
static void test_node_id_length(void)
{
    static uint8_t buffer[BUFFER];
    uint8_t id[20] = {1};
    struct relo_wr w = relo_wr_init(buffer, sizeof(buffer), 20);
    relo_wr_node_id(&w, (struct relo_view){id, 16});
    g_assert_true(w.failed);
    w = relo_wr_init(buffer, sizeof(buffer), 20);
    struct relo_destination d = {.type = RELO_DESTINATION_NODE, .id = {id, 20}}, back;
    relo_destination_write(&w, &d);
    g_assert_cmpuint(relo_wr_size(&w), ==, 22);
    struct relo_rd as20 = relo_rd_init(buffer, 22, 20), as16 = relo_rd_init(buffer, 22, 16);
    g_assert_true(relo_destination_read(&as20, &back));
    g_assert_false(relo_destination_read(&as16, &back));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    relo_config_init(&config, "overlay.example.org");
    for (guint n = 16; n <= 20; n++) {
        char *name = g_strdup_printf("/wire/message/same_bytes_with_node_ids_of_%u", n);
        g_test_add_data_func(name, GUINT_TO_POINTER(n), test_round_trip);
        g_free(name);
    }
    g_test_add_func("/wire/message/damaged_refused_or_same_bytes", test_damaged);
    g_test_add_func("/wire/message/short_buffer_fails_cleanly", test_small_buffer);
    g_test_add_func("/wire/message/node_id_of_other_length_refused", test_node_id_length);
    return g_test_run();
}
