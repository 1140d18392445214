/* SPDX-License-Identifier: BSD-2-Clause */
/* A RELOAD peer on real UDP sockets and a GLib main loop: the second driver of the core. With ICE
   (config->no_ice false) each local address is a host candidate, and the peer a STUN server.

   live_peer_new, then live_peer_command as often as wanted, while the main loop runs;
   live_peer_free. */
#ifndef RELO_LIVE_PEER_H
#define RELO_LIVE_PEER_H

#include "core/relo.h"

#include <glib.h>

#define LIVE_LOCAL_MAX 4u
#define LIVE_BOOTSTRAP_MAX 8u

struct live_peer;

struct live_peer_options {
    const struct relo_addr *local;     /* a socket each; others reach the first, or with ICE any */
    guint local_count;                 /* 1 to LIVE_LOCAL_MAX */
    bool public_address;               /* anybody reaches them: with ICE, a TURN server (9) */
    bool relay_only;                   /* with ICE: relayed candidates and no others */
    const struct relo_addr *bootstrap; /* may be NULL */
    guint bootstrap_count;             /* at most LIVE_BOOTSTRAP_MAX */
    const char *user;                  /* rfc822Name of the certificate */
    const struct relo_config *config;  /* borrowed while the peer lives */
    GMainContext *context;             /* NULL: the default one */
    void (*result)(void *user_data, const struct relo_result *result); /* for every RESULT */
    void (*stepped)(void *user_data); /* after every step; may be NULL */
    void *user_data;
};

/* NULL with a sentence in *error (owned by the caller) where a socket cannot be had. */
struct live_peer *live_peer_new(const struct live_peer_options *options, char **error);
void live_peer_free(struct live_peer *peer);
void live_peer_command(struct live_peer *peer, const struct relo_command *command);
void live_peer_snapshot(const struct live_peer *peer, struct relo_snapshot *snapshot);

/* "192.0.2.1:6084" or "[2001:db8::1]:6084". False: not an address and a port. An IPv4 address that
   is mapped to IPv6 is the IPv4 address. */
bool live_addr_parse(const char *text, struct relo_addr *addr);
bool live_addr_is_any(const struct relo_addr *addr);
/* The addresses of this host's interfaces that are up, of the family and with the port of `any`, at
   most LIVE_LOCAL_MAX: the loopback's only where there are no others. Their number. */
guint live_addr_interfaces(const struct relo_addr *any, struct relo_addr *addrs);
/* Owned by the caller. */
char *live_addr_format(const struct relo_addr *addr);

#endif
