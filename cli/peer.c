/* SPDX-License-Identifier: BSD-2-Clause */
/* `relo peer`: the core on real UDP sockets and the host's clock, under suite `sim`. Prints what
   happens, a line an event, so that people and scripts can follow it. */
#include "cli/peer.h"
#include "cli/peer_place.h"
#include "core/wire/codes.h"
#include "live/peer.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>

enum { TAG_JOIN = 1, TAG_LEAVE, TAG_STORE, TAG_FETCH };

#define FETCH_RETRY_MS 500

static const struct cli_option options[] = {
    {'l', "listen", CLI_LIST, offsetof(struct peer_request, listen), "ADDR:PORT",
     "address and UDP port to listen on (IPv6: [ADDR]:PORT); others must reach it, but with --ice: "
     "there it may be repeated, and 0.0.0.0 or [::] stand for those of all interfaces",
     0},
    {'b', "bootstrap", CLI_LIST, offsetof(struct peer_request, bootstrap), "ADDR:PORT",
     "join through this peer; repeat for more; without, and with none but itself in the document: "
     "begin an overlay",
     0},
    {'c', "config", CLI_TEXT, offsetof(struct peer_request, config), "FILE",
     "the overlay's configuration document (RFC 6940 section 11.1): its name, bootstrap nodes, "
     "kinds "
     "and parameters",
     0},
    {0, "overlay", CLI_TEXT, offsetof(struct peer_request, overlay), "NAME",
     "which of the document's overlays; needed where there are several", 0},
    {0, "first", CLI_FLAG, offsetof(struct peer_request, first), NULL,
     "begin the overlay, whatever bootstrap nodes there are", 0},
    {0, "ice", CLI_FLAG, offsetof(struct peer_request, ice), NULL,
     "connect by ICE, be a STUN server; all peers of an overlay must (as no-ice false in a "
     "document)",
     0},
    {0, "no-ice", CLI_FLAG, offsetof(struct peer_request, no_ice), NULL,
     "the addresses as they are; the default without a document", 0},
    {0, "public", CLI_FLAG, offsetof(struct peer_request, public_address), NULL,
     "with --ice: everybody reaches the addresses; be a TURN server (RFC 6940 section 9)", 0},
    {0, "ice-policy", CLI_TEXT, offsetof(struct peer_request, policy), "all|relay",
     "with ICE: all candidates (the default), or relay to offer relayed candidates only, so that "
     "every link but those to bootstrap nodes goes through a TURN server (RFC 9429 3.5.3)",
     0},
    {'s', "store", CLI_TEXT, offsetof(struct peer_request, store), "NAME=VALUE",
     "store VALUE at H(NAME) once joined; the user name becomes NAME", 0},
    {'f', "fetch", CLI_TEXT, offsetof(struct peer_request, fetch), "NAME",
     "fetch what is stored at H(NAME), again until it is there; then print it", 0},
    {'u', "user", CLI_TEXT, offsetof(struct peer_request, user), "NAME",
     "user name of the certificate (default: peer@relo.invalid)", 0},
    {0, "update-interval", CLI_NUMBER, offsetof(struct peer_request, update_s), "SECONDS",
     "chord-update-interval (default 600)", 86400},
    {0, "lifetime", CLI_NUMBER, offsetof(struct peer_request, lifetime_s), "SECONDS",
     "lifetime of the stored value (default 3600)", 86400},
    {0, "run", CLI_NUMBER, offsetof(struct peer_request, run_s), "SECONDS",
     "leave after this long; without: at Ctrl-C", 86400 * 365},
};

const struct cli_command cli_peer_command = {
    .name = "peer",
    .usage = "--listen ADDR:PORT... [--bootstrap ADDR:PORT]... [--ice | --config FILE] "
             "[--store NAME=VALUE] [--fetch NAME]",
    .summary = "one RELOAD peer on real UDP sockets",
    .text =
        "The same core as in the simulator, driven by sockets and the host's clock. Suite `sim`:\n"
        "nothing is encrypted or authenticated; use it on loopback and in laboratories only.\n"
        "Prints a line for every event: listening, joined, ring, stored, fetched, left; with ICE\n"
        "also link, with the candidates of either end.\n"
        "Without a configuration document the overlay is called relo.invalid and has the RFC's\n"
        "defaults, but no ICE. A document's signatures are not verified yet: trust the file.\n"
        "Exit status 1: it could not join, store or fetch.",
    .options = options,
    .n_options = G_N_ELEMENTS(options),
    .run = cli_peer,
};

struct session {
    const struct peer_request *request;
    const struct peer_place *place;
    struct live_peer *peer;
    GMainLoop *loop;
    struct relo_snapshot shown;
    char *store_name, *store_value;
    guint retry;
    int status;
    bool fetched, leaving;
};

G_GNUC_PRINTF(1, 2)
static void say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

static void store(struct session *s)
{
    struct relo_command command = {
        .type = RELO_COMMAND_STORE,
        .tag = TAG_STORE,
        .target = {.id = relo_resource_id(s->store_name, strlen(s->store_name)), .resource = true},
        .kind = RELO_KIND_TEST,
        .value = {(const uint8_t *)s->store_value, (uint32_t)strlen(s->store_value)},
        .exists = true,
        .lifetime_s = (uint32_t)s->request->lifetime_s,
    };
    live_peer_command(s->peer, &command);
}

static void fetch(struct session *s)
{
    const char *name = s->request->fetch;
    struct relo_command command = {
        .type = RELO_COMMAND_FETCH,
        .tag = TAG_FETCH,
        .target = {.id = relo_resource_id(name, strlen(name)), .resource = true},
        .kind = RELO_KIND_TEST,
    };
    live_peer_command(s->peer, &command);
}

static gboolean again(gpointer data)
{
    struct session *s = data;
    s->retry = 0;
    fetch(s);
    return G_SOURCE_REMOVE;
}

static const char *why(const struct relo_result *result)
{
    switch (result->status) {
    case RELO_OK:
        return "done";
    case RELO_TIMEOUT:
        return "no answer";
    case RELO_ERROR:
        if (result->error_code == RELO_ERROR_CONFIG_TOO_OLD)
            return "the overlay has a newer configuration document";
        if (result->error_code == RELO_ERROR_CONFIG_TOO_NEW)
            return "the overlay has an older configuration document";
        return "refused by the other side";
    case RELO_REFUSED:
        return "refused here";
    case RELO_NO_PATH:
        return "no path: no pair of addresses works";
    case RELO_NO_RELAY:
        return "no direct path, and neither side has found a TURN server to relay";
    case RELO_CANCELLED:
        break;
    }
    return "cancelled";
}

/* What was fetched was written by others: no control character of theirs reaches the terminal.
   Owned. */
static char *printable(struct relo_view value)
{
    char *text = g_utf8_make_valid((const char *)value.p, (gssize)value.n);
    for (char *p = text; *p != '\0'; p++) {
        if (g_ascii_iscntrl(*p))
            *p = '.';
    }
    return text;
}

static void complain_not_joined(const struct session *s, const struct relo_result *result)
{
    GString *through = g_string_new(NULL);

    for (guint i = 0; i < s->place->bootstrap_count; i++) {
        g_autofree char *text = live_addr_format(&s->place->bootstrap[i]);
        g_string_append_printf(through, "%s%s", i > 0 ? ", " : " through ", text);
    }
    cli_complain("peer", "could not join%s: %s", through->str, why(result));
    g_string_free(through, TRUE);
}

static void joined(struct session *s, const struct relo_result *result)
{
    if (result->status != RELO_OK) {
        complain_not_joined(s, result);
        s->status = CLI_NO;
        g_main_loop_quit(s->loop);
        return;
    }
    say("joined after %" G_GINT64_FORMAT " ms", result->elapsed / RELO_MS);
    if (s->store_name)
        store(s);
    if (s->request->fetch)
        fetch(s);
}

/* By the type of the candidate. */
static const char *path_word(uint8_t path)
{
    static const char *const words[] = {"direct", "host", "srflx", "prflx", "relay"};
    return words[path];
}

static void on_result(void *data, const struct relo_result *result)
{
    struct session *s = data;
    if (result->type == RELO_RESULT_DISCONNECTED)
        say("disconnected: joining again");
    if (result->type == RELO_RESULT_LINK_UP && !s->place->config.no_ice)
        say("link %08x %s to %s", (unsigned)(result->peer.hi >> 32), path_word(result->path_local),
            path_word(result->path_remote));
    if (result->type != RELO_RESULT_COMMAND)
        return;
    switch (result->tag) {
    case TAG_JOIN:
        joined(s, result);
        break;
    case TAG_STORE:
        if (result->status == RELO_OK)
            say("stored %s", s->store_name);
        else {
            say("not stored %s: %s (error %u)", s->store_name, why(result), result->error_code);
            s->status = CLI_NO;
        }
        break;
    case TAG_FETCH:
        if (result->status == RELO_OK && result->exists) {
            g_autofree char *value = printable(result->value);
            say("fetched %s=%s", s->request->fetch, value);
            s->fetched = true;
        } else if (!s->leaving && result->status != RELO_CANCELLED) {
            s->retry = g_timeout_add(FETCH_RETRY_MS, again, s);
        }
        break;
    case TAG_LEAVE:
        say("left");
        g_main_loop_quit(s->loop);
        break;
    default:
        break;
    }
}

static char *id_list(const struct relo_id *ids, uint32_t n)
{
    GString *text = g_string_new(NULL);
    for (uint32_t i = 0; i < n; i++)
        g_string_append_printf(text, "%s%08x", i ? "," : "", (unsigned)(ids[i].hi >> 32));
    return g_string_free(n > 0 ? text : g_string_assign(text, "none"), FALSE);
}

/* Prints the ring as this peer sees it whenever that changes. */
static void on_stepped(void *data)
{
    struct session *s = data;
    struct relo_snapshot now;
    if (!s->peer)
        return;
    live_peer_snapshot(s->peer, &now);
    if (now.state == s->shown.state && now.predecessor_count == s->shown.predecessor_count &&
        now.successor_count == s->shown.successor_count &&
        memcmp(now.predecessor, s->shown.predecessor, sizeof now.predecessor) == 0 &&
        memcmp(now.successor, s->shown.successor, sizeof now.successor) == 0)
        return;
    s->shown = now;
    g_autofree char *predecessors = id_list(now.predecessor, now.predecessor_count);
    g_autofree char *successors = id_list(now.successor, now.successor_count);
    if (now.state == RELO_NODE_JOINED)
        say("ring self %08x predecessors %s successors %s", (unsigned)(now.id.hi >> 32),
            predecessors, successors);
}

static gboolean quit_now(gpointer data)
{
    g_main_loop_quit(((struct session *)data)->loop);
    return G_SOURCE_REMOVE;
}

static gboolean on_end(gpointer data)
{
    struct session *s = data;
    struct relo_command command = {.type = RELO_COMMAND_LEAVE, .tag = TAG_LEAVE};
    if (s->leaving) { /* a second Ctrl-C does not wait */
        g_main_loop_quit(s->loop);
        return G_SOURCE_CONTINUE;
    }
    s->leaving = true;
    g_timeout_add_seconds(5, quit_now, s);
    live_peer_command(s->peer, &command);
    return G_SOURCE_CONTINUE;
}

static gboolean on_run_over(gpointer data)
{
    on_end(data);
    return G_SOURCE_REMOVE;
}

static bool read_store(const struct peer_request *r, struct session *s)
{
    if (!r->store)
        return true;
    const char *equals = strchr(r->store, '=');
    if (!equals || equals == r->store) {
        cli_complain("peer", "--store %s: it takes NAME=VALUE", r->store);
        return false;
    }
    s->store_name = g_strndup(r->store, (gsize)(equals - r->store));
    s->store_value = g_strdup(equals + 1);
    if (r->user && strcmp(r->user, s->store_name) != 0) {
        cli_complain("peer",
                     "--user %s: with --store %s it must be %s, for only the user of that name may "
                     "store there (USER-MATCH, RFC 6940 7.3.1)",
                     r->user, r->store, s->store_name);
        return false;
    }
    if (strlen(s->store_name) >= RELO_USER_BYTES) {
        cli_complain("peer", "--store: the name has more than %d bytes", RELO_USER_BYTES - 1);
        return false;
    }
    return true;
}

static void say_listening(const struct peer_place *place)
{
    for (guint i = 0; i < place->local_count; i++) {
        g_autofree char *text = live_addr_format(&place->local[i]);
        say("listening on %s", text);
    }
}

static int run(struct session *s, const struct peer_place *place)
{
    struct live_peer_options live = {
        .local = place->local,
        .local_count = place->local_count,
        .public_address = s->request->public_address,
        .relay_only = place->relay_only,
        .bootstrap = place->bootstrap,
        .bootstrap_count = place->bootstrap_count,
        .user = s->store_name      ? s->store_name
                : s->request->user ? s->request->user
                                   : "peer@relo.invalid",
        .config = &place->config,
        .result = on_result,
        .stepped = on_stepped,
        .user_data = s,
    };
    char *error = NULL;
    s->peer = live_peer_new(&live, &error);
    if (!s->peer) {
        cli_complain("peer", "%s", error);
        g_free(error);
        return CLI_WRONG;
    }
    fputs("relo peer: suite sim protects nothing; do not use it on an open network\n", stderr);
    say_listening(place);
    s->loop = g_main_loop_new(NULL, FALSE);
    guint signals[] = {g_unix_signal_add(SIGINT, on_end, s), g_unix_signal_add(SIGTERM, on_end, s)};
    if (s->request->run_s)
        g_timeout_add_seconds((guint)s->request->run_s, on_run_over, s);
    struct relo_command join = {.type = RELO_COMMAND_JOIN, .tag = TAG_JOIN, .first = place->first};
    live_peer_command(s->peer, &join);
    g_main_loop_run(s->loop);

    s->leaving = true;
    live_peer_free(s->peer);
    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
        g_source_remove(signals[i]);
    if (s->retry)
        g_source_remove(s->retry);
    g_main_loop_unref(s->loop);
    if (s->request->fetch && !s->fetched && s->status == CLI_DONE) {
        cli_complain("peer", "%s was not found", s->request->fetch);
        s->status = CLI_NO;
    }
    return s->status;
}

int cli_peer(int argc, char **argv)
{
    struct peer_request request = {.lifetime_s = 3600};
    struct peer_place place = {.document = NULL};
    struct session session = {.request = &request, .place = &place};
    g_autoptr(GPtrArray) rest = g_ptr_array_new();
    int status = CLI_WRONG;

    switch (cli_options_parse(&cli_peer_command, argc, argv, &request, rest)) {
    case CLI_PARSE_HELP:
        return CLI_DONE;
    case CLI_PARSE_WRONG:
        return CLI_WRONG;
    case CLI_PARSE_OK:
        break;
    }
    if (rest->len > 0)
        cli_complain("peer", "%s: there is no such argument; see relo peer --help",
                     (const char *)g_ptr_array_index(rest, 0));
    else if (peer_place_read(&request, &place) && read_store(&request, &session))
        status = run(&session, &place);
    peer_place_clear(&place);
    g_free(session.store_name);
    g_free(session.store_value);
    cli_options_clear(&cli_peer_command, &request);
    return status;
}
