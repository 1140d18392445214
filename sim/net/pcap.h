/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture file of what crosses links: Ethernet, IPv4, UDP; nanosecond time stamps of virtual
   time. RELOAD frames (RFC 6940 6.6.2) in the clear go to port 6084, where Wireshark looks for
   them; with `all`, the other datagrams (handshakes) to port 6085.

   Protocol of use: open, add in order of time, close. */
#ifndef SIM_NET_PCAP_H
#define SIM_NET_PCAP_H

#include "core/base/time.h"
#include "sim/net/packet.h"

struct sim_pcap;

/* NULL and a sentence (owned, g_free) where the file cannot be written. */
struct sim_pcap *sim_pcap_open(const char *path, bool all, char **error);
/* Adds the packet's frame; one without is left out unless `all`. */
void sim_pcap_add(struct sim_pcap *pcap, relo_time now, uint32_t source, uint32_t target,
                  const struct sim_packet *packet);
/* False and a sentence where not everything could be written. NULL is legal. */
bool sim_pcap_close(struct sim_pcap *pcap, char **error);

#endif
