/* SPDX-License-Identifier: BSD-2-Clause */
/* STUN messages: the vectors of RFC 5769, every attribute there and back, and what is malformed. */
#include "core/base/sha256.h"
#include "core/ice/stun.h"

#include <glib.h>
#include <string.h>

/* RFC 5769 sections 2.1 to 2.4. */
static const char request_hex[] = "000100582112a442b7e7a701bc34d686fa87dfae"
                                  "802200105354554e207465737420636c69656e74"
                                  "002400046e0001ff80290008932ff9b151263b36"
                                  "000600096576746a3a68367659202020"
                                  "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
                                  "80280004e57a3bcf";
static const char ipv4_hex[] = "0101003c2112a442b7e7a701bc34d686fa87dfae"
                               "8022000b7465737420766563746f7220"
                               "002000080001a147e112a643"
                               "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
                               "80280004c07d4c96";
static const char ipv6_hex[] = "010100482112a442b7e7a701bc34d686fa87dfae"
                               "8022000b7465737420766563746f7220"
                               "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
                               "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
                               "80280004c8fb0b4c";
static const char long_term_hex[] = "000100602112a44278ad3433c6ad72c029da412e"
                                    "00060012e3839ee38388e383aae38383e382afe382b90000"
                                    "0015001c662f2f3439396b3935346436"
                                    "4f4c33346f4c39465354767936347341"
                                    "0014000b6578616d706c652e6f726700"
                                    "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666";
static const char password[] = "VOkJxbRl1RmTxUk/WvJxBt";

static struct relo_view view(const char *text)
{
    return (struct relo_view){(const uint8_t *)text, (uint32_t)strlen(text)};
}

static struct relo_view from_hex(const char *hex, uint8_t *bytes)
{
    uint32_t n = (uint32_t)strlen(hex) / 2;
    for (uint32_t i = 0; i < n; i++)
        bytes[i] =
            (uint8_t)(g_ascii_xdigit_value(hex[2 * i]) << 4 | g_ascii_xdigit_value(hex[2 * i + 1]));
    return (struct relo_view){bytes, n};
}

static bool is_text(struct relo_view v, const char *text)
{
    return v.n == strlen(text) && memcmp(v.p, text, v.n) == 0;
}

static void request_of_rfc_5769(void)
{
    uint8_t bytes[256];
    struct relo_stun m;
    g_assert_true(relo_stun_read(from_hex(request_hex, bytes), &m));
    g_assert_cmpint(m.method, ==, RELO_STUN_BINDING);
    g_assert_cmpint(m.stun_class, ==, RELO_STUN_REQUEST);
    g_assert_true(is_text(m.software, "STUN test client"));
    g_assert_true(is_text(m.username, "evtj:h6vY"));
    g_assert_cmphex(m.priority, ==, 0x6e0001ff);
    g_assert_cmphex(m.tie_breaker, ==, 0x932ff9b151263b36);
    g_assert_true(m.has & RELO_STUN_HAS_CONTROLLED);
    g_assert_true(m.has & RELO_STUN_HAS_FINGERPRINT);
    g_assert_cmpint(m.unknown_count, ==, 0);
    g_assert_true(relo_stun_integrity_good(&m, view(password)));
    g_assert_false(relo_stun_integrity_good(&m, view("VOkJxbRl1RmTxUk/WvJxBu")));
}

static void responses_of_rfc_5769(void)
{
    uint8_t bytes[256];
    struct relo_stun m;
    struct relo_addr v4 = relo_addr_v4(0xc0000201, 32853);
    struct relo_addr v6 = {.family = 6,
                           .port = 32853,
                           .ip = {0x20, 0x01, 0x0d, 0xb8, 0x12, 0x34, 0x56, 0x78, 0x00, 0x11, 0x22,
                                  0x33, 0x44, 0x55, 0x66, 0x77}};
    g_assert_true(relo_stun_read(from_hex(ipv4_hex, bytes), &m));
    g_assert_cmpint(m.stun_class, ==, RELO_STUN_SUCCESS);
    g_assert_true(relo_addr_equal(&m.mapped, &v4));
    g_assert_true(relo_stun_integrity_good(&m, view(password)));
    g_assert_true(relo_stun_read(from_hex(ipv6_hex, bytes), &m));
    g_assert_true(relo_addr_equal(&m.mapped, &v6));
    g_assert_true(relo_stun_integrity_good(&m, view(password)));
    g_assert_true(is_text(m.software, "test vector"));
}

static void long_term_request_of_rfc_5769(void)
{
    uint8_t bytes[256], again[256], key[16];
    struct relo_stun m;
    struct relo_view message = from_hex(long_term_hex, bytes);
    g_assert_true(relo_stun_read(message, &m));
    g_assert_true(is_text(m.realm, "example.org"));
    g_assert_true(relo_stun_long_term_key(m.username, m.realm, view("TheMatrIX"), key));
    g_assert_true(relo_stun_integrity_good(&m, (struct relo_view){key, 16}));
    /* Written by us it is the same, byte for byte. */
    struct relo_wr w = relo_wr_init(again, sizeof again, 0);
    struct relo_stun_writer s =
        relo_stun_open(&w, RELO_STUN_BINDING, RELO_STUN_REQUEST, m.transaction);
    relo_stun_write(&s, RELO_STUN_USERNAME, m.username);
    relo_stun_write(&s, RELO_STUN_NONCE, m.nonce);
    relo_stun_write(&s, RELO_STUN_REALM, m.realm);
    relo_stun_write_integrity(&s, (struct relo_view){key, 16});
    g_assert_false(w.failed);
    g_assert_cmpuint(relo_wr_size(&w), ==, message.n);
    g_assert_cmpint(memcmp(again, bytes, message.n), ==, 0);
}

/* The message of RFC 8489 appendix B.1, whose key is SHA-256(username ":" realm ":" password).
   There its header says 156 bytes, of which it has 136; here length and integrity are right. */
static void sha256_request_of_rfc_8489(void)
{
    static const char hex[] = "000100882112a44278ad3433c6ad72c029da412e001e00204a3cf38fef6992bd"
                              "a952c6780417da0f24819415569e60b205c46e41407f1704001500296f624d61"
                              "744a6f733241414143662f2f3439396b39353464364f4c33346f4c3946535476"
                              "79363473410000000014000b6578616d706c652e6f726700001c0020234112fb"
                              "d4e27f983eb4032836f998216f5b23f8d927753fbc4f882bfbdf0dec";
    static const char secret[] =
        "\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf\xe3\x82\xb9"
        ":example.org:TheMatrIX";
    uint8_t bytes[256], key[32];
    struct relo_stun m;
    relo_sha256(secret, strlen(secret), key);
    g_assert_true(relo_stun_read(from_hex(hex, bytes), &m));
    g_assert_true(m.has & RELO_STUN_HAS_INTEGRITY_SHA256);
    g_assert_true(relo_stun_integrity_good(&m, (struct relo_view){key, sizeof key}));
    g_assert_cmpuint(m.unknown_count, ==, 1); /* USERHASH */
    bytes[30] ^= 1;
    g_assert_false(relo_stun_integrity_good(&m, (struct relo_view){key, sizeof key}));
}

/* 9.1.3, 9.2.4: with both kinds the stronger one decides; what follows them does not count. */
static void with_two_integrities_the_stronger_one_decides(void)
{
    uint8_t bytes[256];
    struct relo_stun m;
    for (int wrong = 0; wrong < 3; wrong++) {
        static const uint8_t id[RELO_STUN_TRANSACTION_BYTES] = {1};
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 0);
        struct relo_stun_writer s = relo_stun_open(&w, RELO_STUN_BINDING, RELO_STUN_REQUEST, id);
        relo_stun_write_integrity(&s, view(wrong == 1 ? "other" : "key"));
        relo_stun_write_integrity_sha256(&s, view(wrong == 2 ? "other" : "key"));
        relo_stun_write_text(&s, RELO_STUN_USERNAME, "behind");
        relo_stun_write_fingerprint(&s);
        g_assert_false(w.failed);
        g_assert_true(relo_stun_read(relo_wr_view(&w), &m));
        g_assert_cmpint(relo_stun_integrity_good(&m, view("key")), ==, wrong != 2);
        g_assert_false(m.has & RELO_STUN_HAS_USERNAME);
        g_assert_cmpuint(m.unknown_count, ==, 0);
    }
}

static const uint8_t transaction[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static void every_attribute_comes_back(void)
{
    uint8_t bytes[1024];
    struct relo_stun m;
    struct relo_addr v4 = relo_addr_v4(0x01020304, 5),
                     v6 = {.family = 6, .port = 9, .ip = {1, 2, 3}};
    static const uint16_t unknown[] = {0x7777};
    for (unsigned k = 0; k < 4; k++) {
        struct relo_wr w = relo_wr_init(bytes, sizeof bytes, 0);
        struct relo_stun_writer s =
            relo_stun_open(&w, RELO_STUN_CHANNEL_BIND, (enum relo_stun_class)k, transaction);
        relo_stun_write_address(&s, RELO_STUN_XOR_MAPPED_ADDRESS, &v4);
        relo_stun_write_address(&s, RELO_STUN_MAPPED_ADDRESS,
                                &v6); /* does not displace the XOR'd */
        relo_stun_write_address(&s, RELO_STUN_XOR_PEER_ADDRESS, &v6);
        relo_stun_write_address(&s, RELO_STUN_XOR_RELAYED_ADDRESS, &v4);
        relo_stun_write_address(&s, RELO_STUN_ALTERNATE_SERVER, &v6);
        relo_stun_write_text(&s, RELO_STUN_USERNAME, "u");
        relo_stun_write_text(&s, RELO_STUN_REALM, "re");
        relo_stun_write_text(&s, RELO_STUN_NONCE, "non");
        relo_stun_write_text(&s, RELO_STUN_DATA_VALUE, "datum");
        relo_stun_write_text(&s, RELO_STUN_SOFTWARE, "");
        relo_stun_write_error(&s, 438, "Stale Nonce");
        relo_stun_write_unknown(&s, unknown, 1);
        relo_stun_write_channel(&s, 0x4001);
        relo_stun_write_u32(&s, RELO_STUN_LIFETIME, 600);
        relo_stun_write_family(&s, RELO_STUN_REQUESTED_ADDRESS_FAMILY, 6);
        relo_stun_write_family(&s, RELO_STUN_ADDITIONAL_ADDRESS_FAMILY, 4);
        relo_stun_write_transport(&s, 17);
        relo_stun_write_even_port(&s, true);
        relo_stun_write(&s, RELO_STUN_DONT_FRAGMENT, view(""));
        relo_stun_write(&s, RELO_STUN_USE_CANDIDATE, view(""));
        relo_stun_write_u64(&s, RELO_STUN_RESERVATION_TOKEN, 0x0102030405060708);
        relo_stun_write_u32(&s, RELO_STUN_PRIORITY, 7);
        relo_stun_write_u64(&s, RELO_STUN_ICE_CONTROLLING, 99);
        relo_stun_write(&s, (enum relo_stun_type)0x7001, view("?"));
        relo_stun_write_integrity(&s, view("key"));
        relo_stun_write_u32(&s, RELO_STUN_LIFETIME, 1);
        relo_stun_write_fingerprint(&s);
        g_assert_false(w.failed);
        g_assert_true(relo_stun_read(relo_wr_view(&w), &m));
        g_assert_cmpint(m.method, ==, RELO_STUN_CHANNEL_BIND);
        g_assert_cmpint(m.stun_class, ==, k);
        g_assert_true(relo_addr_equal(&m.mapped, &v4));
        g_assert_true(relo_addr_equal(&m.peer, &v6));
        g_assert_true(relo_addr_equal(&m.relayed, &v4));
        g_assert_true(relo_addr_equal(&m.alternate, &v6));
        g_assert_true(is_text(m.username, "u") && is_text(m.realm, "re") &&
                      is_text(m.nonce, "non"));
        g_assert_true(is_text(m.data, "datum") && is_text(m.software, ""));
        g_assert_true(m.error == 438 && is_text(m.reason, "Stale Nonce"));
        g_assert_true(m.channel == 0x4001 && m.lifetime_s == 600 && m.transport == 17);
        g_assert_true(m.family == 6 && m.additional_family == 4 && m.reserve_next);
        g_assert_true(m.token == 0x0102030405060708 && m.priority == 7 && m.tie_breaker == 99);
        g_assert_true(m.unknown_count == 1 && m.unknown[0] == 0x7001);
        g_assert_true(relo_stun_integrity_good(&m, view("key")));
        g_assert_cmphex(m.has, ==, (1u << 26) - 1 - RELO_STUN_HAS_CONTROLLED);
    }
}

static void a_changed_bit_is_noticed(void)
{
    uint8_t bytes[256];
    struct relo_view message = from_hex(request_hex, bytes);
    struct relo_stun m;
    for (uint32_t bit = 0; bit < message.n * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        g_assert_false(relo_stun_read(message, &m) && m.has & RELO_STUN_HAS_FINGERPRINT);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    /* Without FINGERPRINT it is the integrity that notices; padding is covered too. */
    message = from_hex(long_term_hex, bytes);
    uint8_t key[16];
    g_assert_true(relo_stun_read(message, &m));
    relo_stun_long_term_key(m.username, m.realm, view("TheMatrIX"), key);
    for (uint32_t bit = 0; bit < message.n * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        g_assert_false(relo_stun_read(message, &m) &&
                       relo_stun_integrity_good(&m, (struct relo_view){key, 16}));
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void what_is_not_stun_is_told_apart(void)
{
    uint8_t bytes[256];
    struct relo_view message = from_hex(long_term_hex, bytes);
    struct relo_stun m;
    g_assert_true(relo_stun_is(message));
    for (uint32_t n = 0; n < message.n; n++)
        g_assert_false(relo_stun_read((struct relo_view){bytes, n}, &m));
    bytes[0] = 0x16; /* DTLS: 20 to 63 (RFC 7983) have no STUN length behind them */
    bytes[2] = 0xfd;
    g_assert_false(relo_stun_is(message));
    bytes[0] = 0x80;
    g_assert_false(relo_stun_is(message));
}

static void a_short_buffer_fails_and_does_not_overrun(void)
{
    uint8_t bytes[128];
    for (size_t size = 0; size < 100; size++) {
        struct relo_wr w = relo_wr_init(bytes, size, 0);
        memset(bytes, 0xee, sizeof bytes);
        struct relo_stun_writer s =
            relo_stun_open(&w, RELO_STUN_BINDING, RELO_STUN_REQUEST, transaction);
        relo_stun_write_text(&s, RELO_STUN_USERNAME, "evtj:h6vY-and-some-more-text-here");
        relo_stun_write_integrity(&s, view("key"));
        relo_stun_write_fingerprint(&s);
        g_assert_true(w.failed == (size < 20 + 40 + 24 + 8));
        g_assert_cmphex(bytes[size], ==, 0xee);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define T(name) g_test_add_func("/stun/" #name, name)
    T(request_of_rfc_5769);
    T(responses_of_rfc_5769);
    T(long_term_request_of_rfc_5769);
    T(sha256_request_of_rfc_8489);
    T(with_two_integrities_the_stronger_one_decides);
    T(every_attribute_comes_back);
    T(a_changed_bit_is_noticed);
    T(what_is_not_stun_is_told_apart);
    T(a_short_buffer_fails_and_does_not_overrun);
#undef T
    return g_test_run();
}
