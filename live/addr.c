/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses as text, and those of this host. */
#include "live/peer.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

/* RFC 8445 5.1.1.1: no candidate is of ::ffff:0:0/96, and no other peer may see such a one. */
static bool parse_host(const char *host, struct relo_addr *addr)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (inet_pton(addr->family == 6 ? AF_INET6 : AF_INET, host, addr->ip) != 1)
        return false;
    if (addr->family == 6 && memcmp(addr->ip, mapped, sizeof mapped) == 0) {
        addr->family = 4;
        memmove(addr->ip, addr->ip + 12, 4);
        memset(addr->ip + 4, 0, 12);
    }
    return true;
}

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
    return parse_host(host, addr);
}

char *live_addr_format(const struct relo_addr *addr)
{
    char host[INET6_ADDRSTRLEN] = "?";
    inet_ntop(addr->family == 6 ? AF_INET6 : AF_INET, addr->ip, host, sizeof host);
    return g_strdup_printf(addr->family == 6 ? "[%s]:%u" : "%s:%u", host, addr->port);
}

bool live_addr_is_any(const struct relo_addr *addr)
{
    static const uint8_t any[16];
    return memcmp(addr->ip, any, sizeof any) == 0;
}

/* Link-local IPv6 addresses need a scope, which relo_addr has none for. */
static bool usable(const struct ifaddrs *interface, const struct relo_addr *any)
{
    const struct sockaddr *address = interface->ifa_addr;
    if (!address || !(interface->ifa_flags & IFF_UP))
        return false;
    if (any->family == 4)
        return address->sa_family == AF_INET;
    return address->sa_family == AF_INET6 &&
           !IN6_IS_ADDR_LINKLOCAL(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
}

guint live_addr_interfaces(const struct relo_addr *any, struct relo_addr *addrs)
{
    struct ifaddrs *interfaces = NULL;
    guint n = 0;
    if (getifaddrs(&interfaces) != 0)
        return 0;
    for (int loopback = 0; loopback < 2 && n == 0; loopback++)
        for (const struct ifaddrs *i = interfaces; i && n < LIVE_LOCAL_MAX; i = i->ifa_next) {
            if (!usable(i, any) || ((i->ifa_flags & IFF_LOOPBACK) != 0) != loopback)
                continue;
            addrs[n] = (struct relo_addr){.family = any->family, .port = any->port};
            if (any->family == 4)
                memcpy(addrs[n].ip,
                       &((const struct sockaddr_in *)(const void *)i->ifa_addr)->sin_addr, 4);
            else
                memcpy(addrs[n].ip,
                       &((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr, 16);
            n++;
        }
    freeifaddrs(interfaces);
    return n;
}
