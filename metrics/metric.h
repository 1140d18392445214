/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of everything a run can measure: names (API, docs/SCHEMA.md), units, scales, kinds. */
#ifndef MX_METRIC_H
#define MX_METRIC_H

/* How a metric is fed and what becomes of it. Any metric may have a time series besides. */
enum mx_kind {
    MX_DISTRIBUTION, /* mx_run_add(): one integer per sample; mean, sd and percentiles */
    MX_RATIO,        /* mx_run_ratio(): sum of numerators / sum of denominators * scale */
    MX_COUNT,        /* mx_run_count(): a sum of integers * scale */
};

/* The comment is what to feed: the integer sample, or numerator / denominator. */
enum mx_metric {
    MX_LOOKUP_HOPS,           /* forward links crossed by the copy that was answered */
    MX_LOOKUP_LATENCY,        /* ns, request to answer, answered lookups only */
    MX_LOOKUP_LATENCY_ONEWAY, /* ns, request to first delivery */
    MX_LOOKUP_SUCCESS,        /* lookups with a verified answer within 15 s / lookups */
    MX_LOOKUP_CORRECT,        /* delivered to the peer responsible at that time / delivered */
    MX_LOOKUP_FAILED,         /* count of lookups without an answer */
    MX_LOOKUP_AMBIGUOUS,      /* count of lookups whose key was inside a handover */
    MX_STORE_SUCCESS,         /* acknowledged / asked */
    MX_STORE_LATENCY,         /* ns */
    MX_FETCH_SUCCESS,         /* answered with the value last acknowledged / asked */
    MX_FETCH_LATENCY,         /* ns */
    MX_DATA_LOST,             /* acknowledged, unexpired, without a live holder / acknowledged */
    MX_JOIN_SUCCESS,          /* joins completed / begun, but for hosts without UDP */
    MX_JOIN_LATENCY,          /* ns, START to admitted */
    MX_LINK_SETUP,            /* ns, first handshake byte to usable */
    MX_LINK_QUEUE,            /* messages of a peer that wait for a link or an ACK, sampled */
    MX_LINK_RETRANSMISSIONS,  /* retransmitted frames / DATA frames */
    MX_LINK_ENDS,             /* link ends held by a peer, one sample per peer */
    MX_LINK_PATH_HOST,        /* links by the kind of their selected path / links (with ICE) */
    MX_LINK_PATH_SRFLX,
    MX_LINK_PATH_PRFLX,
    MX_LINK_PATH_RELAY,
    MX_LINK_PATH_FAILED,
    MX_TRAFFIC_BYTES,             /* bytes incl. UDP/IP at the sender / node-nanoseconds alive */
    MX_TRAFFIC_BYTES_MAINTENANCE, /* by class; the order of the classes is that of mx_class */
    MX_TRAFFIC_BYTES_LOOKUP,
    MX_TRAFFIC_BYTES_DATA,
    MX_TRAFFIC_BYTES_CONNECT,
    MX_TRAFFIC_BYTES_KEEPALIVE,
    MX_TRAFFIC_BYTES_ACK,
    MX_TRAFFIC_BYTES_RELAY,
    MX_TRAFFIC_MESSAGES,             /* datagrams / node-nanoseconds alive */
    MX_TRAFFIC_MESSAGES_MAINTENANCE, /* by class, as above */
    MX_TRAFFIC_MESSAGES_LOOKUP,
    MX_TRAFFIC_MESSAGES_DATA,
    MX_TRAFFIC_MESSAGES_CONNECT,
    MX_TRAFFIC_MESSAGES_KEEPALIVE,
    MX_TRAFFIC_MESSAGES_ACK,
    MX_TRAFFIC_MESSAGES_RELAY,
    MX_FRAGMENTS_PER_MESSAGE, /* pieces sent / messages sent, at every hop */
    MX_RING_WRONG_SUCCESSOR,  /* peers whose first successor is not the next / alive admitted peers
                               */
    MX_RING_DEAD_SUCCESSOR,   /* peers whose first successor is dead / alive admitted peers */
    MX_LOAD_FORWARDED, /* messages forwarded * 10^15 / ns in the measurement, one sample per peer */
    MX_LOAD_RELAYED,   /* bytes relayed, likewise, one sample per TURN server */
    MX_LOAD_STORED,    /* Resource-IDs with values, replicas included, one sample per peer */
    MX_ALIVE_PEERS,    /* alive admitted peers, one sample every 10 s */
    MX_NETWORK_CLAMPED_PAIRS, /* pairs whose latency was raised to min-latency / pairs seen */
    MX_NETWORK_LOST,          /* count of datagrams lost in the core */
    MX_NETWORK_QUEUE_DROPS,   /* count of datagrams dropped by a full access queue */
    MX_SIP_REGISTER_SUCCESS,  /* registrations acknowledged / asked */
    MX_SIP_LOOKUP_SUCCESS,    /* answers with where the callee is / lookups before calls */
    MX_SIP_LOOKUP_LATENCY,    /* ns, of these */
    MX_LINK_SETUP_GATHER,     /* ns, the steps to a link on this side, of links that came up */
    MX_LINK_SETUP_ATTACH,
    MX_LINK_SETUP_CHECKS,
    MX_LINK_SETUP_HANDSHAKE,
    MX_LINK_LOST,              /* links that failed / node-nanoseconds alive */
    MX_JOIN_BLOCKED,           /* count of joins that failed at hosts whose UDP is blocked */
    MX_NAT_BINDINGS,           /* in use at the end, one sample per NAT or firewall */
    MX_PAIR_DIRECT,            /* pairs of ICE agents that found a direct path / pairs */
    MX_PAIR_DIRECT_NOT_PUBLIC, /* of those without a public host / those */
    MX_PAIR_RELAYED,           /* pairs whose selected path has a relayed candidate / pairs */
    MX_PAIR_SETUP,             /* ns, from the first STUN packet to both ends' selection */
    MX_METRIC_COUNT
};

/* Classes of traffic: MX_TRAFFIC_BYTES_MAINTENANCE + class, MX_TRAFFIC_MESSAGES_MAINTENANCE +
   class. The feeder adds to the class and to the total (MX_TRAFFIC_BYTES, MX_TRAFFIC_MESSAGES). */
enum mx_class {
    MX_CLASS_MAINTENANCE,
    MX_CLASS_LOOKUP,
    MX_CLASS_DATA,
    MX_CLASS_CONNECT,
    MX_CLASS_KEEPALIVE,
    MX_CLASS_ACK,
    MX_CLASS_RELAY,
    MX_CLASS_COUNT
};

struct mx_metric_info {
    const char *name; /* subject.quantity */
    const char *unit; /* SI, of the reported value: "s", "B/s", "1/s", "1" */
    double
        multiply;  /* reported value = integer (or numerator / denominator) * multiply / divide; */
    double divide; /* one of the two is 1, so that nothing is rounded twice */
    enum mx_kind kind;
    const char *help; /* one line for people */
};

/* Indexed by enum mx_metric. */
extern const struct mx_metric_info mx_metrics[MX_METRIC_COUNT];

/* An integer of the metric, or the quotient of two, in its unit. */
double mx_metric_si(enum mx_metric metric, double value);

/* The index of a name, or -1. */
int mx_metric_find(const char *name);

#endif
