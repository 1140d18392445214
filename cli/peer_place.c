/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses and the configuration document of `relo peer`. */
#include "cli/peer_place.h"

#include "cli/options.h"

#include <stdio.h>
#include <string.h>

static bool read_address(const char *option, const char *text, struct relo_addr *addr)
{
    if (live_addr_parse(text, addr))
        return true;
    cli_complain("peer", "%s %s: not an address and a port, as in 127.0.0.1:6084 or [::1]:6084",
                 option, text);
    return false;
}

static bool speaks(const struct peer_place *place, uint8_t family)
{
    for (guint i = 0; i < place->local_count; i++)
        if (place->local[i].family == family)
            return true;
    return false;
}

static bool is_local(const struct peer_place *place, const struct relo_addr *addr)
{
    for (guint i = 0; i < place->local_count; i++)
        if (relo_addr_equal(&place->local[i], addr))
            return true;
    return false;
}

/* Takes an address to join through: one that a local address can send to. */
static bool add_bootstrap(struct peer_place *place, const char *text)
{
    struct relo_addr addr;
    if (!read_address("--bootstrap", text, &addr))
        return false;
    if (!speaks(place, addr.family)) {
        cli_complain("peer",
                     "--bootstrap %s: no --listen is of IPv%u, so nothing can be sent there", text,
                     addr.family);
        return false;
    }
    if (place->bootstrap_count == LIVE_BOOTSTRAP_MAX) {
        cli_complain("peer", "--bootstrap %s: that makes more than %u", text, LIVE_BOOTSTRAP_MAX);
        return false;
    }
    place->bootstrap[place->bootstrap_count++] = addr;
    return true;
}

/* The document's bootstrap nodes, behind those of the command line: as many as there is room for,
   of the families that we speak. */
static bool add_documents(struct peer_place *place, const char *file)
{
    const GArray *nodes = place->document->bootstrap;
    for (guint i = 0; i < nodes->len && place->bootstrap_count < LIVE_BOOTSTRAP_MAX; i++) {
        const struct relo_addr *addr = &g_array_index(nodes, struct relo_addr, i);
        if (speaks(place, addr->family))
            place->bootstrap[place->bootstrap_count++] = *addr;
    }
    if (nodes->len == 0 || place->bootstrap_count > 0)
        return true;
    cli_complain("peer", "%s: no bootstrap-node has an address of the family of --listen", file);
    return false;
}

/* Takes an address to listen on, or all that it stands for. */
static bool add_local(struct peer_place *place, const char *text)
{
    struct relo_addr addr[LIVE_LOCAL_MAX];
    guint n = 1;
    if (!read_address("--listen", text, &addr[0]))
        return false;
    if (live_addr_is_any(&addr[0])) {
        struct relo_addr any = addr[0];
        if (place->config.no_ice) {
            cli_complain("peer", "--listen %s: name the one address that other peers reach%s", text,
                         place->document ? ", for the overlay is without ICE" : ", or say --ice");
            return false;
        }
        n = live_addr_interfaces(&any, addr);
        if (n == 0) {
            cli_complain("peer", "--listen %s: no interface has an address of that kind", text);
            return false;
        }
    }
    if (place->local_count + n > LIVE_LOCAL_MAX) {
        cli_complain("peer", "--listen %s: that makes more than %u addresses", text,
                     LIVE_LOCAL_MAX);
        return false;
    }
    for (guint i = 0; i < n; i++)
        place->local[place->local_count++] = addr[i];
    return true;
}

static bool check_words(const struct peer_request *r)
{
    const char *twice = r->ice        ? "--ice"
                        : r->no_ice   ? "--no-ice"
                        : r->update_s ? "--update-interval"
                                      : NULL;
    if (!r->listen) {
        cli_complain("peer", "--listen ADDR:PORT is missing, for example --listen 127.0.0.1:6084");
    } else if (r->ice && r->no_ice) {
        cli_complain("peer", "--ice and --no-ice: an overlay has one or the other");
    } else if (r->config && twice) {
        cli_complain("peer", "%s: with --config, the document says it", twice);
    } else if (r->overlay && !r->config) {
        cli_complain("peer", "--overlay %s: it chooses from the document of --config FILE",
                     r->overlay);
    } else {
        return true;
    }
    return false;
}

static bool read_config(const struct peer_request *r, struct peer_place *place)
{
    char *error = NULL;
    if (!r->config) {
        relo_config_init(&place->config, "relo.invalid");
        place->config.no_ice = !r->ice;
        if (r->update_s)
            place->config.chord_update_interval = (relo_time)r->update_s * RELO_S;
        return true;
    }
    place->document =
        live_document_read(r->config, r->overlay, g_get_real_time() / G_USEC_PER_SEC, &error);
    if (!place->document) {
        cli_complain("peer", "%s", error);
        g_free(error);
        return false;
    }
    place->config = place->document->config;
    if (*place->document->unused)
        fprintf(stderr, "relo peer: %s: read, and not used yet: %s\n", r->config,
                place->document->unused);
    return true;
}

static bool read_policy(const struct peer_request *r, struct peer_place *place)
{
    place->relay_only = r->policy && strcmp(r->policy, "relay") == 0;
    if (r->policy && !place->relay_only && strcmp(r->policy, "all") != 0)
        cli_complain("peer", "--ice-policy %s: it is all or relay", r->policy);
    else if (r->policy && place->config.no_ice)
        cli_complain("peer", "--ice-policy %s needs %s", r->policy,
                     place->document ? "an overlay with ICE" : "--ice");
    else if (place->relay_only && r->public_address)
        cli_complain("peer", "--ice-policy relay and --public: a TURN server has no relay itself");
    else
        return true;
    return false;
}

static bool read_addresses(const struct peer_request *r, struct peer_place *place)
{
    if (place->config.no_ice && (r->listen->len > 1 || r->public_address)) {
        cli_complain("peer", "%s %s: without it a peer has one address, as it is",
                     r->public_address ? "--public needs" : "--listen twice needs",
                     place->document ? "an overlay with ICE" : "--ice");
        return false;
    }
    for (guint i = 0; i < r->listen->len; i++)
        if (!add_local(place, g_ptr_array_index(r->listen, i)))
            return false;
    for (guint i = 0; r->bootstrap && i < r->bootstrap->len; i++)
        if (!add_bootstrap(place, g_ptr_array_index(r->bootstrap, i)))
            return false;
    return !place->document || add_documents(place, r->config);
}

bool peer_place_read(const struct peer_request *r, struct peer_place *place)
{
    if (!check_words(r) || !read_config(r, place) || !read_policy(r, place) ||
        !read_addresses(r, place))
        return false;
    place->first = true;
    for (guint i = 0; i < place->bootstrap_count && !r->first; i++)
        place->first = place->first && is_local(place, &place->bootstrap[i]);
    return true;
}

void peer_place_clear(struct peer_place *place)
{
    live_document_free(place->document);
    place->document = NULL;
}
