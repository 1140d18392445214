/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the UDP datagrams of port 6084 in a capture file, through libpcap. */
#include "cli/decode_pcap.h"

#include "core/base/bytes.h"
#include "core/wire/codes.h"

#include <arpa/inet.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#define ETHERTYPE_V4 0x0800
#define ETHERTYPE_V6 0x86dd
#define ETHERTYPE_VLAN 0x8100
#define PROTOCOL_UDP 17

bool decode_pcap_recognise(const char *bytes, gsize n)
{
    static const char magic[][4] = {
        {'\xa1', '\xb2', '\xc3', '\xd4'}, {'\xd4', '\xc3', '\xb2', '\xa1'},
        {'\xa1', '\xb2', '\x3c', '\x4d'}, {'\x4d', '\x3c', '\xb2', '\xa1'},
        {'\x0a', '\x0d', '\x0d', '\x0a'}, /* pcapng */
    };
    for (size_t i = 0; n >= 4 && i < G_N_ELEMENTS(magic); i++) {
        if (memcmp(bytes, magic[i], 4) == 0)
            return true;
    }
    return false;
}

/* Moves the reader to the IP header; false where the packet is not IP. */
static bool skip_link(struct relo_rd *r, int link_type)
{
    uint16_t type;
    switch (link_type) {
    case DLT_RAW:
    case 101: /* LINKTYPE_RAW, where it differs from DLT_RAW */
    case DLT_IPV4:
    case DLT_IPV6:
        return true;
    case DLT_NULL:
        relo_rd_u32(r);
        return true;
    case DLT_LINUX_SLL:
        relo_rd_bytes(r, 14);
        type = relo_rd_u16(r);
        break;
    default: /* DLT_EN10MB: decode_pcap_read has refused the others */
        relo_rd_bytes(r, 12);
        type = relo_rd_u16(r);
        if (type == ETHERTYPE_VLAN) {
            relo_rd_u16(r);
            type = relo_rd_u16(r);
        }
        break;
    }
    return !r->failed && (type == ETHERTYPE_V4 || type == ETHERTYPE_V6);
}

static bool supported(int link_type)
{
    return link_type == DLT_EN10MB || link_type == DLT_RAW || link_type == 101 ||
           link_type == DLT_IPV4 || link_type == DLT_IPV6 || link_type == DLT_NULL ||
           link_type == DLT_LINUX_SLL;
}

static void name_address(char text[64], struct relo_view ip, uint16_t port)
{
    char digits[INET6_ADDRSTRLEN] = "";
    bool six = ip.n == 16;
    inet_ntop(six ? AF_INET6 : AF_INET, ip.p, digits, sizeof(digits));
    g_snprintf(text, 64, six ? "[%s]:%u" : "%s:%u", digits, port);
}

/* Reads the IP header; the UDP datagram's reader is *udp. False: not UDP, or not its beginning. */
static bool read_ip(struct relo_rd *r, struct relo_rd *udp, struct relo_view ip[2],
                    bool *fragmented)
{
    uint8_t first = relo_rd_u8(r);
    uint8_t protocol;
    *fragmented = false;
    if (first >> 4 == 6) {
        relo_rd_bytes(r, 3);
        uint16_t n = relo_rd_u16(r);
        protocol = relo_rd_u8(r);
        relo_rd_u8(r);
        ip[0] = relo_rd_bytes(r, 16);
        ip[1] = relo_rd_bytes(r, 16);
        *udp = relo_rd_sub(r, MIN(n, relo_rd_left(r)));
        return !r->failed && protocol == PROTOCOL_UDP;
    }
    relo_rd_u8(r);
    uint16_t total = relo_rd_u16(r);
    relo_rd_u16(r);
    uint16_t fragment = relo_rd_u16(r);
    relo_rd_u8(r);
    protocol = relo_rd_u8(r);
    relo_rd_u16(r);
    ip[0] = relo_rd_bytes(r, 4);
    ip[1] = relo_rd_bytes(r, 4);
    size_t header = 4u * (first & 15u);
    if (first >> 4 != 4 || header < 20 || total < header)
        return false;
    relo_rd_bytes(r, header - 20);
    *udp = relo_rd_sub(r, MIN(total - header, relo_rd_left(r)));
    *fragmented = (fragment & 0x2000) != 0;
    return !r->failed && protocol == PROTOCOL_UDP && (fragment & 0x1fff) == 0;
}

/* False where the packet does not concern port 6084. */
static bool read_packet(struct relo_rd *r, int link_type, struct decode_packet *packet)
{
    struct relo_rd udp;
    struct relo_view ip[2];
    bool fragmented;
    if (!skip_link(r, link_type) || !read_ip(r, &udp, ip, &fragmented))
        return false;
    uint16_t from = relo_rd_u16(&udp), to = relo_rd_u16(&udp), n = relo_rd_u16(&udp);
    relo_rd_u16(&udp);
    if (udp.failed || n < 8 || (from != RELO_PORT && to != RELO_PORT))
        return false;
    name_address(packet->source, ip[0], from);
    name_address(packet->destination, ip[1], to);
    packet->defect = fragmented                         ? "a fragment of an IP packet"
                     : relo_rd_left(&udp) < n - (size_t)8 ? "captured only in part"
                                                        : NULL;
    struct relo_view payload = relo_rd_bytes(&udp, MIN(n - (size_t)8, relo_rd_left(&udp)));
    packet->bytes = payload.p;
    packet->n = payload.n;
    return true;
}

static void read_all(pcap_t *capture, void (*each)(void *user, const struct decode_packet *packet),
                     void *user, char **error)
{
    struct pcap_pkthdr *head;
    const u_char *bytes;
    uint64_t number = 0;
    int status;
    while ((status = pcap_next_ex(capture, &head, &bytes)) == 1) {
        struct relo_rd r = relo_rd_init(bytes, head->caplen, 16);
        struct decode_packet packet = {.number = ++number,
                                       .time_us = (int64_t)head->ts.tv_sec * 1000000 +
                                                  head->ts.tv_usec};
        if (read_packet(&r, pcap_datalink(capture), &packet))
            each(user, &packet);
    }
    if (status == PCAP_ERROR)
        *error = g_strdup_printf("the capture breaks off after packet %" G_GUINT64_FORMAT ": %s",
                                 number, pcap_geterr(capture));
}

bool decode_pcap_read(char *bytes, gsize n,
                      void (*each)(void *user, const struct decode_packet *packet), void *user,
                      char **error)
{
    char reason[PCAP_ERRBUF_SIZE];
    FILE *stream = n ? fmemopen(bytes, n, "r") : NULL;
    pcap_t *capture = stream ? pcap_fopen_offline(stream, reason) : NULL;
    *error = NULL;
    if (!capture) {
        *error = g_strdup_printf("not a capture file: %s", stream ? reason : "it is empty");
        if (stream)
            fclose(stream);
        return false;
    }
    if (supported(pcap_datalink(capture)))
        read_all(capture, each, user, error);
    else
        *error = g_strdup_printf("link type %d of the capture is none of Ethernet, raw IP, "
                                 "BSD loopback and Linux cooked",
                                 pcap_datalink(capture));
    pcap_close(capture); /* and with it the stream */
    return *error == NULL;
}
