/* SPDX-License-Identifier: BSD-2-Clause */
/* The RELOAD frames of a capture file: UDP port 6084 over IPv4 or IPv6. */
#ifndef CLI_DECODE_PCAP_H
#define CLI_DECODE_PCAP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct decode_packet {
    uint64_t number;     /* from 1, as other programs count */
    int64_t time_us;     /* of the capture, unix */
    char source[64];     /* "10.0.0.1:6084" */
    char destination[64];
    const uint8_t *bytes; /* the datagram's payload; borrowed for the call */
    uint32_t n;
    const char *defect; /* NULL, or why the payload cannot be had */
};

/* Whether the file begins like a capture (pcap or pcapng). */
bool decode_pcap_recognise(const char *bytes, gsize n);
/* Calls `each` for every datagram from or to port 6084. False: *error is a sentence, owned by the
   caller. Not const: libpcap reads through a stream that may be written. */
bool decode_pcap_read(char *bytes, gsize n,
                      void (*each)(void *user, const struct decode_packet *packet), void *user,
                      char **error);

#endif
