/* SPDX-License-Identifier: BSD-2-Clause */
/* Two link layers joined by a network with a virtual clock: what the stories of links run in. */
#ifndef TESTS_LINK_SUPPORT_PAIR_H
#define TESTS_LINK_SUPPORT_PAIR_H

#include "core/link/link.h"

#include <glib.h>

struct pair;

struct pair_end {
    struct relo_env env;
    struct relo_identity identity;
    struct relo_links links;
    struct relo_addr addr;
    GArray *events;   /* of struct relo_link_event; message headers are not kept */
    GPtrArray *heard; /* messages handed up, as strings */
    GArray *heard_at; /* of relo_time */
    bool last_too_large, last_unattached; /* of the last message handed up */
};

struct pair_sent {
    relo_time at;
    int from;
    uint8_t type;  /* of the record */
    uint8_t frame; /* type of the frame, 0 if none */
    uint32_t sequence;
    uint32_t received; /* ACK */
    uint32_t bytes;
    uint8_t traffic_class;
    bool retransmission;
};

struct pair {
    struct relo_shard shard;
    struct relo_config config;
    struct pair_end end[2];
    relo_time now, latency;
    GArray *sent;   /* of struct pair_sent: all datagrams, lost ones too */
    GQueue network; /* of struct pair_packet */
    /* Whether the datagram with this number (from 0) is lost; NULL: none is. */
    bool (*lost)(struct pair *pair, const struct pair_sent *sent, guint number);
    guint lose_number;
    relo_time lose_from, lose_until;
    uint64_t message; /* what is sent is a part of it; 0: each is a message */
    bool continues;   /* and not its first part */
    relo_time until;  /* of what is sent */
    GByteArray *last; /* the last datagram sent */
    struct relo_outbox out;
};

struct pair *pair_new(relo_time latency);
void pair_free(struct pair *pair);
/* A link that is up at both ends from the start; returns end 0's handle. */
relo_handle pair_wire(struct pair *pair, relo_time rtt);
/* Runs events up to and including `until`. */
void pair_run(struct pair *pair, relo_time until);
enum relo_send_result pair_send(struct pair *pair, int from, const char *text);
enum relo_send_result pair_send_token(struct pair *pair, int from, const char *text,
                                      uint32_t token);
/* News and actions of one end; call after touching its links. */
void pair_settle(struct pair *pair, int which);
/* Gives one datagram to an end at once. */
void pair_give(struct pair *pair, int to, const struct relo_addr *from, const void *bytes, guint n);
guint pair_count(const struct pair *pair, int which, enum relo_link_event_type type);
/* Times of DATA frames sent by an end, in ms, as "0 500 1500". The caller frees. */
char *pair_data_times(const struct pair *pair, int from);
char *pair_heard(const struct pair *pair, int which);

#endif
