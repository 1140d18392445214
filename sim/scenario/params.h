/* SPDX-License-Identifier: BSD-2-Clause */
/* The plain parameters of one run: what a scenario file means, checked and with every default
   filled in (RFC 6940 section 11.1 for those that bear the names of its configuration elements).

   Protocol of use: sim_params_init gives the defaults; sim_scenario_load (scenario.h) fills one per
   sweep point and repetition; sim_run borrows it and never changes it. Whoever reads it may rely on
   the ranges given here and on the cross checks of sim_params_check.

   Integers only: times in nanoseconds, sizes in bytes, rates in bits per second, ratios and shapes
   in parts per billion (SIM_PPB is 1). An interval of 0 means "off" where the comment says so. */
#ifndef SIM_SCENARIO_PARAMS_H
#define SIM_SCENARIO_PARAMS_H

#include "core/base/time.h"

#include <stdbool.h>
#include <stdint.h>

#define SIM_PPB UINT32_C(1000000000) /* the ratio 1, the shape 1 */

enum sim_bootstrap {
    SIM_BOOTSTRAP_JOIN,   /* every peer joins by the protocol through the bootstrap peers */
    SIM_BOOTSTRAP_ORACLE, /* a converged ring is wired at time zero */
};

enum sim_signature {
    SIM_SIGNATURE_RSA_2048,
    SIM_SIGNATURE_ECDSA_P256,
};

enum sim_latency_kind {
    SIM_LATENCY_CONST,
    SIM_LATENCY_GEO_2D,
};

enum sim_churn_kind {
    SIM_CHURN_NONE,
    SIM_CHURN_EXPONENTIAL,
    SIM_CHURN_WEIBULL,
};

struct sim_params {
    /* [scenario]: phases, in the order they happen; only the measurement is reported. */
    relo_time build_up_ns, transition_ns, measurement_ns; /* measurement > 0 */
    relo_time sample_interval_ns;                         /* ring.* and alive.peers, > 0 */
    uint64_t seed;       /* of this run; the same at every point for the same repetition */
    uint32_t repetition; /* from 0 */
    uint32_t shards;     /* 1 to 64; never changes a result */

    /* [overlay] */
    char overlay_name[64]; /* instance-name; also hashed into the overlay id */
    uint32_t peers;                /* >= 1, and >= bootstrap_peers */
    enum sim_bootstrap bootstrap;
    uint32_t bootstrap_peers;      /* >= 1; they never churn */
    bool chord_reactive;           /* chord-reactive, 10.7.1; the RFC's default is true */
    relo_time chord_update_interval_ns; /* 10.7.4; the RFC's default is 600 s */
    relo_time chord_ping_interval_ns;   /* 10.7.4; the RFC's default is 3600 s */
    uint32_t predecessors, successors;  /* neighbor table, each 1 to 16; 10.1 asks for 3 at least */
    uint32_t fingers_min, fingers_max;  /* finger table, 10.4.2 asks for 16 at least; <= 128 */
    relo_time neighbor_ping_interval_ns; /* connectivity pings of 10.7.1; 0 = off */
    relo_time successor_hold_down_ns;    /* 10.7.1: 30 s before new replicas are made */
    uint32_t replicas;                   /* copies besides the original, 0 to 8; 10.4: 2 */
    uint8_t node_id_length;              /* 16; CHORD-RELOAD knows no other (section 10.1) */
    uint32_t max_message_size;           /* bytes; default 5000 */
    uint8_t initial_ttl;                 /* default 100 */
    relo_time overlay_reliability_timer_ns; /* end-to-end retransmission; default 3 s, >= 200 ms */
    bool clients_permitted;

    /* [link] */
    relo_time rto_initial_ns;   /* Simple Reliability, 6.6.3.1: 500 ms */
    relo_time rto_min_ns;       /* floor of the RTO: 100 ms (0 is the letter of RFC 6940) */
    relo_time link_idle_close_ns; /* 0 = never */
    bool reroute_on_failure;    /* a message whose next hop failed takes another one */
    bool hop_retransmission;    /* false: frames are sent once (what Simple Reliability is worth) */

    /* [security]: suite sim; sizes on the wire */
    enum sim_signature signature;
    uint32_t certificate_bytes; /* one end-entity certificate, DER; 794 RSA, 399 P-256 by default */
    uint32_t chain;             /* certificates beyond the peer's own, in handshakes; 0 to 8 */

    /* [network] */
    enum sim_latency_kind latency;
    relo_time latency_const_ns; /* one way, for SIM_LATENCY_CONST; >= min_latency_ns */
    relo_time min_latency_ns;   /* between sites, > 0: also the length of a shard's window */
    uint64_t up_bps, down_bps;  /* of every access link; 0 = infinitely fast */
    uint32_t queue_up_bytes, queue_down_bytes; /* in front of each; 0 = no limit */
    relo_time jitter_ns;        /* added to each packet, uniform in [0, jitter) */
    uint32_t loss_ppb;          /* independent, of each packet */
    uint32_t mtu;               /* bytes of IP packet, 576 to 65535; default 1500 */

    /* [churn] */
    enum sim_churn_kind churn;
    relo_time mean_session_ns, mean_dead_ns; /* > 0 unless churn is none */
    uint32_t churn_shape_ppb;    /* Weibull's k, of both; 0.1 to 4 */
    uint32_t graceful_leave_ppb; /* share of departures that send Leave, 0 to SIM_PPB */
    bool same_identity;          /* a peer returns with its old Node-ID */

    /* [workload]: mean interval per peer of a Poisson process; 0 = off */
    relo_time lookup_interval_ns, store_interval_ns, fetch_interval_ns;
    uint32_t value_bytes;  /* of each stored value, 1 to 65536 */
    relo_time lifetime_ns; /* storage lifetime, whole seconds */
    uint32_t keys;         /* size of the fixed universe that stores and fetches draw from */
};

/* The defaults of the table of keys (keys.h); seed 1, repetition 0, one shard. */
void sim_params_init(struct sim_params *params);

/* Checks that concern more than one key. Returns NULL, or a sentence (owned, g_free) that says what
   contradicts what. */
char *sim_params_check(const struct sim_params *params);

/* The end of the run: build-up + transition + measurement. */
static inline relo_time sim_params_end(const struct sim_params *params)
{
    return params->build_up_ns + params->transition_ns + params->measurement_ns;
}

#endif
