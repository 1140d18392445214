/* SPDX-License-Identifier: BSD-2-Clause */
/* Destination, the element of via and destination lists, RFC 6940 section 6.3.2.2.

   Walk a list: r = relo_rd_init(list.p, list.n, node_id_bytes);
   while (relo_destination_next(&r, &d)) ...; then r.failed tells a malformed list from its end. */
#ifndef RELO_WIRE_DESTINATION_H
#define RELO_WIRE_DESTINATION_H

#include "core/base/bytes.h"
#include "core/base/id.h"

struct relo_destination {
    uint8_t type;        /* enum relo_destination_type; others are skipped by length */
    bool short_form;     /* opaque id in the 16-bit form: two bytes, top bit set */
    struct relo_view id; /* Node-ID, Resource-ID or opaque id without its inner length;
                            of an unknown type, all of destination_data */
};

/* Fails on type 0, a Node-ID of another length, an inner length that disagrees with the outer. */
bool relo_destination_read(struct relo_rd *r, struct relo_destination *d);
/* False at the end of the list and after a failure. */
bool relo_destination_next(struct relo_rd *list, struct relo_destination *d);
void relo_destination_write(struct relo_wr *w, const struct relo_destination *d);

/* Writers for the common cases. */
void relo_destination_write_node(struct relo_wr *w, struct relo_id id); /* 16-byte Node-IDs */
void relo_destination_write_resource(struct relo_wr *w, struct relo_id id);
void relo_destination_write_opaque(struct relo_wr *w, struct relo_view opaque_id);
/* The 16-bit form; its top bit is set here. */
void relo_destination_write_short(struct relo_wr *w, uint16_t opaque_id);

/* Whether every element of the list is well formed. */
bool relo_destination_list_check(struct relo_view list, uint8_t node_id_bytes);
/* Elements of a well-formed list. */
uint32_t relo_destination_list_count(struct relo_view list, uint8_t node_id_bytes);
/* Writes the list's elements in reverse order: the destination list of an answer (6.2.2). Uses no
   memory; the list must be well formed. */
void relo_destination_list_reverse(struct relo_wr *w, struct relo_view list);
/* Decodes and encodes again each element of a list. */
void relo_destination_list_recode(struct relo_wr *w, struct relo_view list);

#endif
