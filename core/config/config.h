/* SPDX-License-Identifier: BSD-2-Clause */
/* The overlay configuration document as a struct (RFC 6940 section 11.1), with the RFC's defaults.
   Immutable once nodes use it; shared by all nodes of an overlay and by all threads. */
#ifndef RELO_CONFIG_CONFIG_H
#define RELO_CONFIG_CONFIG_H

#include "core/base/bytes.h"
#include "core/base/id.h"
#include "core/base/time.h"

#include <stdbool.h>
#include <stdint.h>

enum relo_data_model { RELO_MODEL_SINGLE, RELO_MODEL_ARRAY, RELO_MODEL_DICTIONARY };

enum relo_access_control { /* section 7.3 */
    RELO_ACCESS_USER_MATCH,
    RELO_ACCESS_NODE_MATCH,
    RELO_ACCESS_USER_NODE_MATCH,
    RELO_ACCESS_NODE_MULTIPLE
};

/* A kind-block of the document. */
struct relo_kind {
    uint32_t id;
    enum relo_data_model model;
    enum relo_access_control access;
    uint32_t max_count;         /* entries per Resource-ID; 1 for a single value */
    uint32_t max_size;          /* bytes of one value */
    uint8_t max_node_multiple;  /* NODE-MULTIPLE: largest i (7.3.4) */
    bool find_allowed;
    struct relo_view block; /* the kind-block element as it was signed; borrowed. Empty: unknown */
};

enum relo_signature_kind { RELO_SIGNATURE_RSA_2048, RELO_SIGNATURE_ECDSA_P256 };

struct relo_config {
    /* Elements of the document, in the RFC's words. */
    const char *instance_name;          /* the overlay's name, a DNS name; borrowed */
    uint32_t overlay;                   /* lower 32 bits of SHA-1 of it (6.3.2) */
    uint16_t sequence;                  /* 0 .. 65534 */
    uint8_t node_id_length;             /* bytes; CHORD-RELOAD needs 16 */
    uint8_t initial_ttl;                /* 100 */
    uint32_t max_message_size;          /* bytes, 5000 */
    relo_time overlay_reliability_timer; /* 3000 ms, at least 200 ms */
    relo_time chord_update_interval;    /* 600 s */
    relo_time chord_ping_interval;      /* 3600 s */
    bool chord_reactive;                /* true */
    bool clients_permitted;             /* true */
    bool no_ice;                        /* true; RFC 6940's own default is false */
    uint8_t turn_density;               /* 1; 0: no peer is a TURN server */
    const struct relo_kind *kinds;      /* borrowed */
    uint32_t kind_count;
    struct relo_view document; /* the whole of it, as it was signed; borrowed. Empty: none */
    const struct relo_id *bad_nodes;    /* borrowed; whose certificates are not valid (bad-node) */
    uint32_t bad_node_count;

    /* Parameters of this implementation; docs/SIMULATION.md explains each. */
    uint8_t chord_neighbors;            /* predecessors and successors each, 3 */
    uint8_t chord_fingers_min;          /* 16 (10.7.4.3) */
    uint8_t chord_fingers_max;          /* 128 */
    uint8_t replicas;                   /* successors that hold copies, 2 (10.4) */
    relo_time neighbor_ping_interval;   /* 0 = off: connectivity pings of 10.7.1 */
    relo_time replica_hold_down;        /* 30 s (10.7.1) */
    relo_time request_lifetime;         /* 15 s (6.2.1, 6.7) */
    relo_time link_rto_initial;         /* 500 ms (6.6.3.1) */
    relo_time link_rto_min;             /* 100 ms (docs/SIMULATION.md) */
    relo_time link_rto_granularity;     /* 10 ms: the G of RFC 6298 */
    relo_time link_gap;                 /* 10 ms between an ACK and the next message (6.6.3.1) */
    relo_time link_idle_close;          /* 10 min: closes links in no table */
    relo_time partition_check_interval; /* 10.7.4.4; 0 = the chord-update-interval */
    uint32_t link_queue_max;            /* messages queued per link, 32 */
    const char *turn_secret;            /* of the credentials of TURN, for members only; at most
                                           127 bytes count; borrowed. NULL: the instance-name */
    bool keepalives_by_driver; /* no wakes for keepalives: the driver sends them, by
                                  relo_node_keepalive */
    relo_time keepalive_interval;       /* Tr, 15 s: STUN on a link that sent nothing (8445 11) */
    bool ice_consent;                   /* false: RFC 7675 instead, which RFC 6940 does not know */
    uint32_t mtu;                       /* bytes of an IP packet of a link, 1500 */
    uint8_t via_list_max; /* 0 = off: with more via entries than that, a forwarder keeps
                             the list and sends one opaque id in its place (6.1.3) */
    bool reroute_on_failure;            /* true */
    bool store_certificates;            /* true: every member keeps its certificate stored (8) */
    bool transit_retransmit;            /* true: every hop retransmits (6.6.3) */

    /* Sizes of credentials under the `sim` suite. */
    enum relo_signature_kind signature;
    uint32_t certificate_bytes; /* DER of one certificate: 794 with RSA-2048, 399 with P-256 */
    uint8_t chain_length;               /* certificates sent per signer, 1 = self-signed */
};

/* All defaults for an overlay of that name (borrowed): the RFC's, and the kinds SIP-REGISTRATION,
   TURN-SERVICE, CERTIFICATE_BY_NODE, CERTIFICATE_BY_USER and RELO_KIND_TEST. */
void relo_config_init(struct relo_config *config, const char *instance_name);
/* NULL, or one sentence on what is wrong with the document and what would be right. */
const char *relo_config_check(const struct relo_config *config);
/* Whether the document withdraws the certificate with this Node-ID. */
bool relo_config_bad_node(const struct relo_config *config, struct relo_id id);
/* NULL where the kind is unknown. */
const struct relo_kind *relo_config_kind(const struct relo_config *config, uint32_t kind);

#define RELO_KIND_SIP_REGISTRATION 0x1u
#define RELO_KIND_TURN_SERVICE 0x2u
#define RELO_KIND_CERTIFICATE_BY_NODE 0x3u
#define RELO_KIND_CERTIFICATE_BY_USER 0x10u
/* Private range (11.1): a single value and a dictionary for tests and workloads, USER-MATCH. */
#define RELO_KIND_TEST 0xf0000001u
#define RELO_KIND_TEST_ARRAY 0xf0000002u
#define RELO_KIND_TEST_DICTIONARY 0xf0000003u

#endif
