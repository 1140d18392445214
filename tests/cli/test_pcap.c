/* SPDX-License-Identifier: BSD-2-Clause */
/* What relo run --pcap writes, read by a decoder that is not ours: tshark (77, skipped, without).
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>

/* Joins, lookups, stores of values that take two fragments, fetches; nothing is lost, since copies
   of a message that took other ways and were cut elsewhere confuse Wireshark's reassembly. */
static const char scenario[] = "# Eight peers that join, store and fetch.\n"
                               "[scenario]\n"
                               "title = Frames for another decoder\n"
                               "build-up = 2min\n"
                               "transition = 30s\n"
                               "measurement = 1min\n"
                               "[overlay]\n"
                               "peers = 8\n"
                               "bootstrap = join\n"
                               "chord-update-interval = 20s\n"
                               "chord-ping-interval = 60s\n"
                               "[network]\n"
                               "latency = const:20ms\n"
                               "[workload]\n"
                               "lookup-interval = 20s\n"
                               "store-interval = 20s\n"
                               "fetch-interval = 20s\n"
                               "value-bytes = 1000\n"
                               "lifetime = 2min\n";

struct fixture {
    char *folder;
};

static void set_up(struct fixture *f, gconstpointer data)
{
    (void)data;
    f->folder = g_dir_make_tmp("relo-test-XXXXXX", NULL);
    g_assert_nonnull(f->folder);
    char *path = g_build_filename(f->folder, "small.ini", NULL);
    g_assert_true(g_file_set_contents(path, scenario, -1, NULL));
    g_free(path);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
    (void)data;
    GDir *dir = g_dir_open(f->folder, 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        char *path = g_build_filename(f->folder, name, NULL);
        g_unlink(path);
        g_free(path);
    }
    g_dir_close(dir);
    g_rmdir(f->folder);
    g_free(f->folder);
}

/* Runs a program in the fixture's folder; what it printed (owned), and nothing else than success.
 */
static char *run(const struct fixture *f, const char *const *words)
{
    char *out = NULL, *err = NULL;
    int status = 0;
    GError *error = NULL;
    if (!g_spawn_sync(f->folder, (char **)words, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, &err,
                      &status, &error))
        g_error("%s", error->message);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        g_error("%s %s: status %d\n%s", words[0], words[1], status, err);
    g_free(err);
    return out;
}

static const char *relo(void)
{
    const char *path = g_getenv("RELO");
    return path != NULL ? path : "relo";
}

static void capture(const struct fixture *f, bool all)
{
    g_free(run(f, (const char *const[]){relo(), "run", "small.ini", "-q", "--pcap", "x.pcap",
                                        all ? "--pcap-all" : NULL, NULL}));
}

/* What tshark says of one field of the packets that a display filter lets through; owned. */
static char *ask(const struct fixture *f, const char *filter, const char *field)
{
    return run(f, (const char *const[]){"tshark", "-r", "x.pcap", "-Y", filter, "-T", "fields",
                                        "-e", field, NULL});
}

static guint lines(const char *text)
{
    guint n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static guint count(const struct fixture *f, const char *filter)
{
    char *text = ask(f, filter, "frame.number");
    guint n = lines(text);
    g_free(text);
    return n;
}

static void assert_decoded(const struct fixture *f)
{
    /* RFC 6940 section 14.7; the fragments of a Store have the code once, in the last to come. */
    static const char *const codes[] = {"3",  "4",  "7",  "8",  "9",  "10",
                                        "15", "16", "19", "20", "23", "24"};
    char *said = ask(f, "udp.port == 6084 && _ws.malformed", "_ws.expert.message");
    g_assert_cmpstr(said, ==, "");
    g_free(said);
    guint data = count(f, "reload_framing.type == 128"),
          ack = count(f, "reload_framing.type == 129");
    g_assert_cmpuint(data, >, 500);
    /* Each frame is acknowledged once (6.6.3), but where the run ends or a link closes. */
    g_assert_cmpuint(ack, <=, data);
    g_assert_cmpuint(ack, >, data * 9 / 10);
    g_assert_cmpuint(count(f, "udp.port == 6084"), ==, data + ack);
    g_assert_cmpuint(count(f, "reload"), ==, data);
    g_assert_cmpuint(count(f, "reload.fragment && reload.message.code == 7"), >, 0);
    char *seen = ask(f, "reload.message.code", "reload.message.code");
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        char *line = g_strconcat("\n", codes[i], "\n", NULL);
        if (strstr(seen, line) == NULL)
            g_error("tshark saw no message of code %s", codes[i]);
        g_free(line);
    }
    g_free(seen);
}

static void test_frames(struct fixture *f, gconstpointer data)
{
    (void)data;
    capture(f, false);
    assert_decoded(f);
    g_assert_cmpuint(count(f, "udp.port != 6084"), ==, 0);
}

static void test_all(struct fixture *f, gconstpointer data)
{
    (void)data;
    capture(f, true);
    assert_decoded(f);
    g_assert_cmpuint(count(f, "udp.port == 6085"), >, 8 * 3 * 6); /* handshakes of six flights */
    g_assert_cmpuint(count(f, "udp.port == 6085 && !dtls"), ==, 0);
}

static void test_decode(struct fixture *f, gconstpointer data)
{
    (void)data;
    capture(f, false);
    char *text = run(f, (const char *const[]){relo(), "decode", "x.pcap", NULL});
    g_assert_nonnull(strstr(text, ": attach_ans"));
    g_assert_null(strstr(text, "REFUSED"));
    g_free(text);
    char *again = run(f, (const char *const[]){relo(), "decode", "--reencode", "x.pcap", NULL});
    g_assert_cmpuint(lines(again), >, 1000);
    g_free(again);
}

int main(int argc, char **argv)
{
    char *tshark = g_find_program_in_path("tshark");
    if (tshark == NULL)
        return 77;
    g_free(tshark);
    g_test_init(&argc, &argv, NULL);
    g_test_add("/pcap/no_frame_is_malformed", struct fixture, NULL, set_up, test_frames, tear_down);
    g_test_add("/pcap/all/handshakes_have_a_port_of_their_own", struct fixture, NULL, set_up,
               test_all, tear_down);
    g_test_add("/pcap/decode_reads_every_frame", struct fixture, NULL, set_up, test_decode,
               tear_down);
    return g_test_run();
}
