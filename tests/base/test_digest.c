/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-1, HMAC-SHA1, MD5 and CRC-32 against their specifications' vectors and GLib's
 * implementations. */
#include "core/base/crc32.h"
#include "core/base/hmac.h"
#include "core/base/md5.h"
#include "core/base/sha256.h"

#include <glib.h>
#include <string.h>

static void check_hex(const uint8_t *digest, size_t n, const char *hex)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(text, "%02x", digest[i]);
    g_assert_cmpstr(text->str, ==, hex);
}

static struct relo_view view(const char *text)
{
    return (struct relo_view){(const uint8_t *)text, (uint32_t)strlen(text)};
}

static void hmac_of(const char *key, const char *text, const char *hex)
{
    struct relo_hmac hmac;
    uint8_t digest[20];
    relo_hmac_init(&hmac, view(key));
    relo_hmac_update(&hmac, text, strlen(text));
    relo_hmac_final(&hmac, digest);
    check_hex(digest, 20, hex);
}

static void hmac_gives_the_vectors_of_rfc_2202(void)
{
    g_autofree char *ones = g_strnfill(20, 0x0b), *long_key = g_strnfill(80, (char)0xaa);
    hmac_of(ones, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00");
    hmac_of("Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    hmac_of(long_key, "Test Using Larger Than Block-Size Key - Hash Key First",
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
}

static void hmac_sha256_of(const char *key, const char *text, const char *hex)
{
    uint8_t digest[32];
    struct relo_view all = view(text), first = {all.p, 3}, rest = {all.p + 3, all.n - 3};
    relo_hmac_sha256(view(key), first, rest, digest);
    check_hex(digest, 32, hex);
}

static void hmac_sha256_gives_the_vectors_of_rfc_4231(void)
{
    g_autofree char *ones = g_strnfill(20, 0x0b), *long_key = g_strnfill(131, (char)0xaa);
    hmac_sha256_of(ones, "Hi There",
                   "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    hmac_sha256_of("Jefe", "what do ya want for nothing?",
                   "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    hmac_sha256_of(long_key, "Test Using Larger Than Block-Size Key - Hash Key First",
                   "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void md5_gives_the_vectors_of_rfc_1321(void)
{
    uint8_t digest[16];
    relo_md5("", 0, digest);
    check_hex(digest, 16, "d41d8cd98f00b204e9800998ecf8427e");
    relo_md5("message digest", 14, digest);
    check_hex(digest, 16, "f96b697d7cb7938d525a2f31aaf161d0");
}

static void crc_gives_the_check_value(void)
{
    g_assert_cmphex(relo_crc32(0, "123456789", 9), ==, 0xcbf43926);
    g_assert_cmphex(relo_crc32(relo_crc32(0, "12345", 5), "6789", 4), ==, 0xcbf43926);
}

static void digests_agree_with_glib_at_every_length(void)
{
    uint8_t text[300], digest[32];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 7);
    for (size_t n = 0; n <= sizeof text; n++) {
        g_autofree char *sha1 = g_compute_checksum_for_data(G_CHECKSUM_SHA1, text, n);
        g_autofree char *md5 = g_compute_checksum_for_data(G_CHECKSUM_MD5, text, n);
        relo_sha1(text, n, digest);
        check_hex(digest, 20, sha1);
        relo_md5(text, n, digest);
        check_hex(digest, 16, md5);
        g_autofree char *sha256 = g_compute_checksum_for_data(G_CHECKSUM_SHA256, text, n);
        relo_sha256(text, n, digest);
        check_hex(digest, 32, sha256);
        struct relo_sha1 pieces;
        relo_sha1_init(&pieces);
        for (size_t at = 0, step = 1; at < n; at += step, step = step * 3 % 71 + 1) {
            step = MIN(step, n - at);
            relo_sha1_update(&pieces, text + at, step);
        }
        relo_sha1_final(&pieces, digest);
        check_hex(digest, 20, sha1);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/hmac_gives_the_vectors_of_rfc_2202",
                    hmac_gives_the_vectors_of_rfc_2202);
    g_test_add_func("/digest/hmac_sha256_gives_the_vectors_of_rfc_4231",
                    hmac_sha256_gives_the_vectors_of_rfc_4231);
    g_test_add_func("/digest/md5_gives_the_vectors_of_rfc_1321", md5_gives_the_vectors_of_rfc_1321);
    g_test_add_func("/digest/crc_gives_the_check_value", crc_gives_the_check_value);
    g_test_add_func("/digest/digests_agree_with_glib_at_every_length",
                    digests_agree_with_glib_at_every_length);
    return g_test_run();
}
