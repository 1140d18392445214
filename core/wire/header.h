/* SPDX-License-Identifier: BSD-2-Clause */
/* ForwardingHeader, RFC 6940 section 6.3.2: read at every hop.

   Read the header of one whole message; the lists stay views into it. To forward, change ttl, via,
   destination and length in a copy of the struct, write it to a new buffer and send that in front
   of the untouched rest. Version, ttl, overlay and configuration sequence are for the receiver to
   judge; the codec only decodes them. */
#ifndef RELO_WIRE_HEADER_H
#define RELO_WIRE_HEADER_H

#include "core/base/bytes.h"
#include "core/wire/codes.h"

#define RELO_HEADER_FIXED_BYTES 38
#define RELO_FRAGMENT_HIGH UINT32_C(0x80000000)   /* always set, for historical reasons */
#define RELO_FRAGMENT_LAST UINT32_C(0x40000000)   /* last or only fragment */
#define RELO_FRAGMENT_OFFSET UINT32_C(0x00ffffff) /* bytes from the end of the forwarding header */
#define RELO_FRAGMENT_WHOLE (RELO_FRAGMENT_HIGH | RELO_FRAGMENT_LAST)

struct relo_header {
    uint32_t overlay;         /* lower 32 bits of SHA-1 of the overlay name */
    uint16_t config_sequence; /* configuration_sequence */
    uint8_t version;          /* times ten */
    uint8_t ttl;
    uint32_t fragment; /* as on the wire, reserved bits included */
    uint32_t length;   /* of this fragment, header included */
    uint64_t transaction_id;
    uint32_t max_response_length; /* 0: no limit */
    struct relo_view via;         /* Destination elements, well formed after a read */
    struct relo_view destination; /* Destination elements */
    struct relo_view options;     /* ForwardingOption elements */
    uint32_t header_bytes;        /* size of the header as read; writers ignore it */
};

enum relo_header_verdict {
    RELO_HEADER_OK,
    RELO_HEADER_TRUNCATED,    /* fewer bytes than the fixed part, or than `length` says */
    RELO_HEADER_BAD_TOKEN,    /* not a RELOAD message */
    RELO_HEADER_BAD_FRAGMENT, /* 0x80000000 clear: discard, never interpret (6.7) */
    RELO_HEADER_BAD_LENGTH,   /* `length` is less than what arrived, or than its own header */
    RELO_HEADER_BAD_VIA,      /* a list is malformed */
    RELO_HEADER_BAD_DESTINATION,
    RELO_HEADER_BAD_OPTIONS,
    RELO_HEADER_VERDICTS
};

/* Reads the header of the message that fills the reader exactly; leaves the reader behind it. Only
   on RELO_HEADER_OK is all of *h set; the reader has failed otherwise. */
enum relo_header_verdict relo_header_read(struct relo_rd *r, struct relo_header *h);
/* The same for a message of `total` bytes of which the reader covers only the first; the header
   must lie wholly in them. */
enum relo_header_verdict relo_header_read_part(struct relo_rd *r, uint32_t total,
                                               struct relo_header *h);
/* A short sentence for a verdict. */
const char *relo_header_verdict_text(enum relo_header_verdict verdict);
/* What relo_header_write will write, in bytes. */
static inline uint32_t relo_header_size(const struct relo_header *h)
{
    return RELO_HEADER_FIXED_BYTES + h->via.n + h->destination.n + h->options.n;
}
/* Copies the three lists as they are; fails if one exceeds 65535 bytes. */
void relo_header_write(struct relo_wr *w, const struct relo_header *h);
/* Sets the length field of the header that was written at offset `at` of the buffer to what has
   been written since: for an originator, who knows the length only at the end. */
void relo_header_close(struct relo_wr *w, size_t at);
/* Writes a new ttl into an encoded header. */
static inline void relo_header_patch_ttl(uint8_t *header, uint8_t ttl)
{
    header[11] = ttl;
}
static inline bool relo_header_is_whole(const struct relo_header *h)
{
    return (h->fragment & RELO_FRAGMENT_LAST) && (h->fragment & RELO_FRAGMENT_OFFSET) == 0;
}
static inline bool relo_header_is_last(const struct relo_header *h)
{
    return (h->fragment & RELO_FRAGMENT_LAST) != 0;
}
static inline uint32_t relo_header_offset(const struct relo_header *h)
{
    return h->fragment & RELO_FRAGMENT_OFFSET;
}

#endif
