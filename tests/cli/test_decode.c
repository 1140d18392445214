/* SPDX-License-Identifier: BSD-2-Clause */
/* `relo decode` as users run it: text, JSON, hex again, captures, refusals and exit statuses. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

struct output {
    char *out, *err;
    int status;
};

static const char vectors[] = SOURCE_DIR "/tests/vectors/";

static struct output run(const char *options, const char *file)
{
    struct output o = {NULL, NULL, -1};
    GError *error = NULL;
    int wait = 0;
    char *relo = g_shell_quote(g_getenv("RELO")), *quoted = g_shell_quote(file);
    char *line = g_strdup_printf("%s decode %s %s", relo, options, quoted);
    g_spawn_command_line_sync(line, &o.out, &o.err, &wait, &error);
    g_assert_no_error(error);
    g_assert_true(WIFEXITED(wait));
    o.status = WEXITSTATUS(wait);
    g_free(line);
    g_free(quoted);
    g_free(relo);
    return o;
}

static void clear(struct output *o)
{
    g_free(o->out);
    g_free(o->err);
}

static char *vector_path(const char *name)
{
    return g_strconcat(vectors, name, NULL);
}

static char *vector_text(const char *name)
{
    char *path = vector_path(name), *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_free(path);
    return text;
}

static char *write_temporary(const void *bytes, gsize n)
{
    char *path = NULL;
    int fd = g_file_open_tmp("relo-decode-XXXXXX", &path, NULL);
    g_assert_cmpint(fd, >=, 0);
    g_close(fd, NULL);
    g_assert_true(g_file_set_contents(path, bytes, (gssize)n, NULL));
    return path;
}

static void test_reencode(void)
{
    static const char *const files[] = {"messages.txt", "fragments.txt"};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        char *path = vector_path(files[i]), *text = vector_text(files[i]);
        struct output o = run("--reencode", path);
        g_assert_cmpint(o.status, ==, 0);
        g_assert_cmpstr(o.out, ==, text);
        clear(&o);
        g_free(text);
        g_free(path);
    }
}

/* The codec refuses six; version and ttl are refused by the receipt checks (6.3.2). */
static void test_malformed_refused(void)
{
    char *path = vector_path("malformed.txt");
    struct output o = run("", path);
    char **lines = g_strsplit(g_strchomp(o.out), "\n", -1);
    g_assert_cmpint(o.status, ==, 1);
    g_assert_cmpuint(g_strv_length(lines), ==, 8);
    for (char **line = lines; *line; line++)
        g_assert_nonnull(strstr(*line, " REFUSED "));
    g_assert_nonnull(strstr(lines[1], "bad_version_0.1 REFUSED version"));
    g_strfreev(lines);
    clear(&o);
    g_free(path);
}

static void test_text(void)
{
    static const char *const expected[] = {
        "\nstore_sip_route: store_req\n",
        "    message_code: store_req (0x7)\n",
        "kind: SIP-REGISTRATION (0x1)\n",
        "contact_prefs: \"(sip.audio)\"\n",
        "            resource: 45a6b241a242c97f0492d382c390dfa3\n",
        "error_code: Error_Forbidden (0x2)\n",
        "certificate_bytes: 935\n",
        "signature: rsa (0x1)\n",
        "addr_port: [2001:db8::10]:5001\n",
    };
    char *path = vector_path("messages.txt");
    struct output o = run("", path);
    g_assert_cmpint(o.status, ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        if (!strstr(o.out, expected[i]))
            g_error("the text lacks: %s", expected[i]);
    }
    clear(&o);
    g_free(path);
}

static void test_json(void)
{
    char *path = vector_path("messages.txt"), *text = vector_text("messages.txt");
    struct output o = run("--json", path);
    char **lines = g_strsplit(g_strchomp(o.out), "\n", -1);
    char **messages = g_strsplit(g_strchomp(text), "\n", -1);
    g_assert_cmpint(o.status, ==, 0);
    g_assert_cmpuint(g_strv_length(lines), ==, g_strv_length(messages));
    for (char **line = lines; *line; line++)
        g_assert_true(g_str_has_prefix(*line, "{\"name\":\"") && g_str_has_suffix(*line, "}"));
    g_assert_nonnull(strstr(lines[0], "\"message_code\":23,\"message_code_name\":\"ping_req\""));
    g_strfreev(messages);
    g_strfreev(lines);
    clear(&o);
    g_free(text);
    g_free(path);
}

static void test_bare_lines(void)
{
    char *text = vector_text("messages.txt");
    char *end = strchr(text, '\n');
    char *bare = g_strdup_printf("# a comment\n\n%.*s\nxyz\n", (int)(end - strchr(text, ' ') - 1),
                                 strchr(text, ' ') + 1);
    char *path = write_temporary(bare, strlen(bare));
    struct output o = run("", path);
    g_assert_cmpint(o.status, ==, 1);
    g_assert_true(g_str_has_prefix(o.out, "line3: ping_req\n"));
    g_assert_nonnull(strstr(o.out, "\nline4 REFUSED "));
    clear(&o);
    g_unlink(path);
    g_free(path);
    g_free(bare);
    g_free(text);
}

static void big_endian(GByteArray *to, guint32 value, guint n)
{
    for (guint i = 0; i < n; i++)
        g_byte_array_append(to, &(guint8){(guint8)(value >> (8 * (n - 1 - i)))}, 1);
}

/* A raw-IP packet from 10.0.0.1 to 10.0.0.2 that carries one frame. */
static void packet(GByteArray *capture, const GByteArray *frame)
{
    guint32 n = 28 + frame->len;
    big_endian(capture, 1700000000, 4);
    big_endian(capture, 0, 4);
    big_endian(capture, n, 4);
    big_endian(capture, n, 4);
    big_endian(capture, 0x45000000 | n, 4);
    big_endian(capture, 0, 4);
    big_endian(capture, 0x40110000, 4);
    big_endian(capture, 0x0a000001, 4);
    big_endian(capture, 0x0a000002, 4);
    big_endian(capture, 6084, 2);
    big_endian(capture, 6084, 2);
    big_endian(capture, 8 + frame->len, 2);
    big_endian(capture, 0, 2);
    g_byte_array_append(capture, frame->data, frame->len);
}

static void test_capture(void)
{
    GByteArray *capture = g_byte_array_new(), *data = g_byte_array_new();
    GByteArray *ack = g_byte_array_new();
    char *text = vector_text("messages.txt");
    char *hex = strchr(text, ' ') + 1, *end = strchr(hex, '\n');
    big_endian(data, 128, 1);
    big_endian(data, 7, 4);
    big_endian(data, (guint32)(end - hex) / 2, 3);
    for (char *p = hex; p < end; p += 2)
        big_endian(data, (guint32)(g_ascii_xdigit_value(p[0]) << 4 | g_ascii_xdigit_value(p[1])),
                   1);
    big_endian(ack, 129, 1);
    big_endian(ack, 7, 4);
    big_endian(ack, 3, 4);
    big_endian(capture, 0xa1b2c3d4, 4);
    big_endian(capture, 0x00020004, 4);
    big_endian(capture, 0, 4);
    big_endian(capture, 0, 4);
    big_endian(capture, 65535, 4);
    big_endian(capture, 101, 4);
    packet(capture, data);
    packet(capture, ack);
    char *path = write_temporary(capture->data, capture->len);
    struct output o = run("", path);
    g_assert_cmpint(o.status, ==, 0);
    g_assert_true(g_str_has_prefix(o.out, "packet1: ping_req\n"));
    g_assert_nonnull(strstr(o.out, "\n    source: 10.0.0.1:6084\n"));
    g_assert_nonnull(strstr(o.out, "\npacket2: ack\n"));
    g_assert_nonnull(strstr(o.out, "\n    ack_sequence: 7\n    received: 0x00000003\n"));
    clear(&o);
    o = run("--reencode --pcap", path);
    g_assert_cmpint(strncmp(o.out, "packet1 ", 8), ==, 0);
    g_assert_cmpint(strncmp(o.out + 8, hex, (gsize)(end - hex) + 1), ==, 0);
    clear(&o);
    g_unlink(path);
    g_free(path);
    g_free(text);
    g_byte_array_unref(ack);
    g_byte_array_unref(data);
    g_byte_array_unref(capture);
}

static void test_wrong_requests(void)
{
    static const char *const requests[] = {"--pcap", "--nonsense", "--hex --pcap",
                                           "--node-id-length 12", "one more"};
    char *path = vector_path("messages.txt");
    for (guint i = 0; i < G_N_ELEMENTS(requests); i++) {
        struct output o = run(requests[i], path);
        g_assert_cmpint(o.status, ==, 2);
        g_assert_cmpstr(o.out, ==, "");
        g_assert_true(g_str_has_prefix(o.err, "relo decode: "));
        clear(&o);
    }
    struct output o = run("", "/nonexistent/file");
    g_assert_cmpint(o.status, ==, 2);
    g_assert_nonnull(strstr(o.err, "/nonexistent/file"));
    clear(&o);
    g_free(path);
    path = write_temporary("\x7f\xff\0binary", 9);
    o = run("", path);
    g_assert_cmpint(o.status, ==, 2);
    g_assert_cmpstr(o.out, ==, "");
    g_assert_nonnull(strstr(o.err, "neither a capture file nor lines of hex"));
    clear(&o);
    g_unlink(path);
    g_free(path);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    if (!g_getenv("RELO"))
        g_error("RELO must name the relo program");
    g_test_add_func("/cli/decode/vectors_reencode_to_the_same_text", test_reencode);
    g_test_add_func("/cli/decode/all_eight_malformed_refused", test_malformed_refused);
    g_test_add_func("/cli/decode/text_has_the_rfc_names", test_text);
    g_test_add_func("/cli/decode/json_is_one_object_a_line", test_json);
    g_test_add_func("/cli/decode/bare_lines_are_numbered", test_bare_lines);
    g_test_add_func("/cli/decode/capture_shows_data_and_acks", test_capture);
    g_test_add_func("/cli/decode/wrong_request_is_2_and_a_sentence", test_wrong_requests);
    return g_test_run();
}
