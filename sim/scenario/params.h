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
#include "sim/nat/mix.h"

#include <stdbool.h>
#include <stdint.h>

#define SIM_PPB UINT32_C(1000000000) /* the ratio 1, the shape 1 */

enum sim_bootstrap {
    SIM_BOOTSTRAP_JOIN,   /* every peer joins by the protocol through the bootstrap peers */
    SIM_BOOTSTRAP_ORACLE, /* a converged ring is wired at time zero */
};

/* Who sends keepalives and hears them: the nodes, or the network model in their place. */
enum sim_keepalives { SIM_KEEPALIVES_EVENT, SIM_KEEPALIVES_LAZY };

enum sim_signature {
    SIM_SIGNATURE_RSA_2048,
    SIM_SIGNATURE_ECDSA_P256,
};

enum sim_latency_kind {
    SIM_LATENCY_CONST,
    SIM_LATENCY_GEO_2D,
    SIM_LATENCY_EUCLID,
    SIM_LATENCY_MATRIX,      /* of latency_file */
    SIM_LATENCY_OVERSIM_XML, /* of latency_file */
};

enum sim_crash_storage {
    SIM_CRASH_LOST, /* stopped; comes back with the identity it had, and nothing else */
    SIM_CRASH_KEPT, /* frozen; thaws with all its memory, late for everything */
};

enum sim_churn_kind {
    SIM_CHURN_NONE,
    SIM_CHURN_EXPONENTIAL,
    SIM_CHURN_WEIBULL,
    SIM_CHURN_PARETO, /* shifted to begin at 0 (Lomax) */
    SIM_CHURN_LOG_NORMAL,
    SIM_CHURN_NORMAL,     /* truncated at 0 */
    SIM_CHURN_YAO_PARETO, /* every host has means of its own */
    SIM_CHURN_POISSON,    /* joins and leaves per second, whoever it is */
    SIM_CHURN_TRACE,
    SIM_CHURN_KINDS
};

enum sim_model { /* one kind of each data model, all of access control USER-MATCH */
                 SIM_MODEL_SINGLE,
                 SIM_MODEL_ARRAY,
                 SIM_MODEL_DICTIONARY,
};

enum sim_pace {
    SIM_PACE_POISSON,
    SIM_PACE_CONSTANT,
    SIM_PACE_UNIFORM, /* 0 to twice the mean */
};

#define SIM_POPULATIONS_MAX 8
#define SIM_PATH_MAX 256

/* Who the two ends of a pair are: a host of [nat]'s mix, or one behind a kind of NAT. */
enum sim_pair_end {
    SIM_PAIR_MIX,
    SIM_PAIR_CLASS,                                   /* + enum sim_nat_class */
    SIM_PAIR_KIND = SIM_PAIR_CLASS + SIM_NAT_CLASSES, /* the kinds that no class is */
    SIM_PAIR_AD_EI = SIM_PAIR_KIND,                   /* mapping, filtering */
    SIM_PAIR_AD_AD,
    SIM_PAIR_AD_APD,
    SIM_PAIR_APD_EI,
    SIM_PAIR_APD_AD
};

/* How the hosts of one population come and go; what [churn] or a [churn.NAME] says. */
struct sim_population {
    enum sim_churn_kind model;
    relo_time mean_session_ns, mean_dead_ns; /* > 0 where the model has sessions */
    uint32_t shape_ppb;          /* Weibull's k, Pareto's alpha, sigma of log-normal and normal */
    uint32_t graceful_leave_ppb; /* share of departures that send Leave, 0 to SIM_PPB */
    uint64_t join_rate_ppb, leave_rate_ppb; /* SIM_CHURN_POISSON: per 1e9 seconds */
    uint32_t diurnal_ppb; /* amplitude of the rate of returning, below SIM_PPB; 0 = off */
    relo_time diurnal_period_ns;
    bool same_identity; /* a peer returns with its old Node-ID */
    uint32_t share_ppb; /* [churn.NAME]: of the peers that may leave; 0: `peers` says */
    uint32_t peers;     /* [churn.NAME]: on average; 0: share_ppb says */
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
    uint32_t peers;        /* >= 1, and >= bootstrap_peers */
    enum sim_bootstrap bootstrap;
    uint32_t bootstrap_peers;           /* >= 1; they never churn */
    bool chord_reactive;                /* chord-reactive, 10.7.1; the RFC's default is true */
    relo_time chord_update_interval_ns; /* 10.7.4; the RFC's default is 600 s */
    relo_time chord_ping_interval_ns;   /* 10.7.4; the RFC's default is 3600 s */
    uint32_t predecessors, successors;  /* neighbor table, each 1 to 16; 10.1 asks for 3 at least */
    uint32_t fingers_min, fingers_max;  /* finger table, 10.4.2 asks for 16 at least; <= 128 */
    relo_time neighbor_ping_interval_ns;    /* connectivity pings of 10.7.1; 0 = off */
    relo_time successor_hold_down_ns;       /* 10.7.1: 30 s before new replicas are made */
    uint32_t replicas;                      /* copies besides the original, 0 to 8; 10.4: 2 */
    uint8_t node_id_length;                 /* 16; CHORD-RELOAD knows no other (section 10.1) */
    uint32_t max_message_size;              /* bytes; default 5000 */
    uint8_t initial_ttl;                    /* default 100 */
    relo_time overlay_reliability_timer_ns; /* end-to-end retransmission; default 3 s, >= 200 ms */
    bool clients_permitted;
    bool store_certificates;
    bool no_ice;          /* no-ice, 11.1 */
    uint8_t turn_density; /* turn-density, 11.1; 0: no peer relays */
    bool ice_consent;     /* RFC 7675, in place of keepalives */

    /* [link] */
    relo_time rto_initial_ns;        /* Simple Reliability, 6.6.3.1: 500 ms */
    relo_time rto_min_ns;            /* floor of the RTO: 100 ms (0 is the letter of RFC 6940) */
    relo_time link_idle_close_ns;    /* 0 = never */
    relo_time keepalive_interval_ns; /* Tr, RFC 8445 section 11 */
    enum sim_keepalives keepalives;
    bool reroute_on_failure; /* a message whose next hop failed takes another one */
    bool hop_retransmission; /* false: frames are sent once (what Simple Reliability is worth) */

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
    relo_time jitter_ns;                       /* added to each packet, uniform in [0, jitter) */
    uint32_t loss_ppb;           /* independent, of each packet; with bursts, in the good state */
    char latency_file[256];      /* for SIM_LATENCY_MATRIX and _OVERSIM_XML */
    uint32_t tiv_sigma_ppb;      /* log-normal error of each pair's latency, 0 to 2; 0: none */
    uint32_t non_transitive_ppb; /* share of pairs that cannot talk */
    relo_time access_delay_ns;   /* of each access link, one way, sent or received */
    /* Gilbert and Elliott's chain (sim/net/burst.h); enter 0: no bursts; enter + leave <= 1 */
    uint32_t burst_enter_ppb, burst_leave_ppb, burst_loss_ppb;
    uint32_t mtu; /* bytes of IP packet, 576 to 65535; default 1500 */

    struct sim_nat_mix nat; /* [nat] */

    /* [pairs]: pairs of ICE agents, and no overlay; 0: an overlay is run */
    uint32_t pairs;
    enum sim_pair_end pair_a, pair_b;
    bool pair_turn; /* a TURN server for them */

    /* [churn] */
    enum sim_churn_kind churn;
    relo_time mean_session_ns, mean_dead_ns; /* > 0 unless churn is none */
    uint32_t churn_shape_ppb;                /* see struct sim_population for these */
    uint32_t graceful_leave_ppb;
    bool same_identity;
    uint64_t join_rate_ppb, leave_rate_ppb;
    uint32_t diurnal_ppb;
    relo_time diurnal_period_ns;
    uint32_t population_share_ppb, population_peers; /* while a [churn.NAME] is resolved */
    char trace_path[SIM_PATH_MAX];                   /* SIM_CHURN_TRACE */
    /* [churn.NAME]: populations besides the one described by [churn], which is the rest */
    struct sim_population population[SIM_POPULATIONS_MAX];
    uint32_t population_count;

    /* [events]: times since the beginning of the measurement; < 0 or RELO_NEVER: not at all */
    relo_time mass_failure_at_ns;
    uint32_t mass_failure_share_ppb; /* of the alive peers that are no bootstrap peers */
    relo_time flash_crowd_at_ns, flash_crowd_within_ns;
    uint32_t flash_crowd_peers; /* additional ones; 0: no crowd */
    relo_time partition_from_ns, partition_to_ns;
    uint32_t partition_groups; /* 2 to 16 */

    /* [fault] (docs/SIMULATION.md) */
    uint32_t corrupt_ppb;   /* of packets: one bit is flipped */
    uint32_t duplicate_ppb; /* of packets: a second copy follows within reorder_delay_ns */
    uint32_t reorder_ppb;   /* of packets: late by up to reorder_delay_ns */
    relo_time reorder_delay_ns;
    uint32_t slow_ppb; /* share of peers that take processing_ns for each datagram */
    relo_time processing_ns;
    relo_time clock_skew_ns;     /* wall clocks are uniform within +- this; 0: all right */
    relo_time clock_interval_ns; /* between settings of a peer's clock; 0: never set again */
    relo_time crash_interval_ns; /* mean time between crashes of a peer; 0: none */
    relo_time restart_ns;        /* mean time until it is back */
    enum sim_crash_storage crash_storage;

    /* [malicious]: shares of what a malicious peer handles, but for the flood */
    uint32_t malicious_ppb, malicious_stop_ppb; /* share of peers, at first and at last */
    relo_time malicious_from_ns, malicious_step_interval_ns; /* when the ramp begins; its steps */
    uint32_t malicious_step_ppb;
    uint32_t drop_requests_ppb, drop_answers_ppb, misroute_ppb, claim_ppb, tamper_ppb, stale_ppb,
        replay_ppb;
    relo_time flood_interval_ns; /* mean time between a malicious peer's requests; 0: no flood */

    /* [workload]: mean interval per peer; 0 = off */
    relo_time lookup_interval_ns, store_interval_ns, fetch_interval_ns;
    relo_time call_interval_ns; /* SIP: fetch the registration of someone registered */
    relo_time sip_lifetime_ns;  /* of a registration, renewed after half of it; 0: none registers */
    enum sim_model model;       /* of stored values */
    enum sim_pace pace;         /* the distribution of all these intervals */
    uint64_t zipf_ppb;          /* exponent of the keys' popularity; 0: uniform */
    uint32_t lookup_bytes;      /* of padding in a lookup's Ping (6.5.3), 0 to 1000 */
    uint32_t value_bytes;       /* of each stored value, 1 to 65536 */
    relo_time lifetime_ns;      /* storage lifetime, whole seconds */
    uint32_t keys;              /* size of the fixed universe that stores and fetches draw from */
};

/* The defaults of the table of keys (keys.h); seed 1, repetition 0, one shard. */
void sim_params_init(struct sim_params *params);

/* Checks that concern more than one key. Returns NULL, or a sentence (owned, g_free) that says what
   contradicts what. */
char *sim_params_check(const struct sim_params *params);

/* What [churn] says, as a population. */
struct sim_population sim_params_base(const struct sim_params *params);

/* Whether values are stored and fetched, at an interval or as a trace says. */
static inline bool sim_params_stores(const struct sim_params *params)
{
    return params->store_interval_ns != 0 || params->churn == SIM_CHURN_TRACE;
}

/* The end of the run: build-up + transition + measurement. */
static inline relo_time sim_params_end(const struct sim_params *params)
{
    return params->build_up_ns + params->transition_ns + params->measurement_ns;
}

#endif
