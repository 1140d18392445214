/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture file of what crosses links, written with libpcap. */
#include "sim/net/pcap.h"

#include "sim/net/network.h"

#include <errno.h>
#include <glib.h>
#include <pcap/pcap.h>
#include <string.h>

#define PORT_OTHER 6085
#define HEADERS 42u /* Ethernet 14, IPv4 20, UDP 8 */
#define PAYLOAD_MAX (65535u - 28u)

struct sim_pcap {
    pcap_t *handle;
    pcap_dumper_t *dumper;
    char *path;
    bool all;
    uint8_t frame[HEADERS + PAYLOAD_MAX];
};

struct sim_pcap *sim_pcap_open(const char *path, bool all, char **error)
{
    struct sim_pcap *pcap = g_new0(struct sim_pcap, 1);
    pcap->all = all;
    pcap->path = g_strdup(path);
    pcap->handle = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, (int)sizeof pcap->frame,
                                                        PCAP_TSTAMP_PRECISION_NANO);
    pcap->dumper = pcap->handle ? pcap_dump_open(pcap->handle, path) : NULL;
    if (pcap->dumper)
        return pcap;
    *error = g_strdup_printf("cannot write the capture file: %s",
                             pcap->handle ? pcap_geterr(pcap->handle) : "no memory");
    if (pcap->handle)
        pcap_close(pcap->handle);
    g_free(pcap->path);
    g_free(pcap);
    return NULL;
}

static void put16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static uint32_t sum16(const uint8_t *p, uint32_t n, uint32_t sum)
{
    for (uint32_t i = 0; i + 1 < n; i += 2)
        sum += (uint32_t)p[i] << 8 | p[i + 1];
    if (n % 2)
        sum += (uint32_t)p[n - 1] << 8;
    return sum;
}

static uint32_t fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

/* Fills in the headers around a payload of n bytes. */
static void write_headers(uint8_t *frame, struct relo_addr from, struct relo_addr to, uint16_t port,
                          uint32_t n)
{
    uint8_t *ip = frame + 14, *udp = frame + 34;
    memset(frame, 0, HEADERS);
    frame[0] = frame[6] = 2; /* locally administered, and the IPv4 address behind */
    memcpy(frame + 2, to.ip, 4);
    memcpy(frame + 8, from.ip, 4);
    put16(frame + 12, 0x0800);
    ip[0] = 0x45;
    put16(ip + 2, 28 + n);
    ip[8] = 64; /* TTL */
    ip[9] = 17; /* UDP */
    memcpy(ip + 12, from.ip, 4);
    memcpy(ip + 16, to.ip, 4);
    put16(ip + 10, fold(sum16(ip, 20, 0)));
    put16(udp, port);
    put16(udp + 2, port);
    put16(udp + 4, 8 + n);
    uint32_t checksum = fold(sum16(ip + 12, 8, 17 + 8 + n) + sum16(udp, 8 + n, 0));
    put16(udp + 6, checksum ? checksum : 0xffff);
}

void sim_pcap_add(struct sim_pcap *pcap, relo_time now, uint32_t source, uint32_t target,
                  const struct sim_packet *packet)
{
    bool clear = packet->frame_offset != 0;
    if (!clear && !pcap->all)
        return;
    uint32_t head_n = packet->head_n - packet->frame_offset, n = head_n + packet->body.n;
    if (n > PAYLOAD_MAX)
        return; /* not a datagram of this world */
    memcpy(pcap->frame + HEADERS, packet->head + packet->frame_offset, head_n);
    if (packet->body.n)
        memcpy(pcap->frame + HEADERS + head_n, relo_slice_bytes(&packet->body), packet->body.n);
    struct relo_addr from = sim_network_addr(source), to = sim_network_addr(target);
    if (packet->has_ends) /* as they are behind the sender's NATs */
        sim_packet_get_ends(packet, &from, &to);
    write_headers(pcap->frame, from, to, clear ? SIM_PORT : PORT_OTHER, n);
    struct pcap_pkthdr header = {.caplen = HEADERS + n, .len = HEADERS + n};
    header.ts.tv_sec = (time_t)(now / RELO_S);
    header.ts.tv_usec = (suseconds_t)(now % RELO_S); /* nanoseconds in a file of that precision */
    pcap_dump((u_char *)pcap->dumper, &header, pcap->frame);
}

bool sim_pcap_close(struct sim_pcap *pcap, char **error)
{
    if (!pcap)
        return true;
    /* pcap_dump reports nothing: what failed on the way stands in the stream. */
    bool ok = pcap_dump_flush(pcap->dumper) == 0 && ferror(pcap_dump_file(pcap->dumper)) == 0;
    if (!ok)
        *error = g_strdup_printf("cannot write the capture file %s: %s", pcap->path,
                                 g_strerror(errno != 0 ? errno : EIO));
    pcap_dump_close(pcap->dumper);
    pcap_close(pcap->handle);
    g_free(pcap->path);
    g_free(pcap);
    return ok;
}
