/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses as text. */
#include "live/peer.h"

#include <arpa/inet.h>
#include <string.h>

bool live_addr_parse(const char *text, struct relo_addr *addr)
{
    const char *colon = strrchr(text, ':');
    guint64 port = 0;
    if (!colon || !g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &port, NULL))
        return false;
    bool bracketed = text[0] == '[' && colon > text && colon[-1] == ']';
    g_autofree char *host = bracketed ? g_strndup(text + 1, (gsize)(colon - text - 2))
                                      : g_strndup(text, (gsize)(colon - text));
    *addr = (struct relo_addr){.family = bracketed ? 6 : 4, .port = (uint16_t)port};
    return inet_pton(bracketed ? AF_INET6 : AF_INET, host, addr->ip) == 1;
}

char *live_addr_format(const struct relo_addr *addr)
{
    char host[INET6_ADDRSTRLEN] = "?";
    inet_ntop(addr->family == 6 ? AF_INET6 : AF_INET, addr->ip, host, sizeof host);
    return g_strdup_printf(addr->family == 6 ? "[%s]:%u" : "%s:%u", host, addr->port);
}
