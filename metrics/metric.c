/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of metrics; docs/SCHEMA.md lists the same and a test compares the two. */
#include "metrics/metric.h"

#include <string.h>

#define ONE 1, 1
#define NS 1, 1e9    /* nanoseconds to seconds */
#define PER_S 1e9, 1 /* per nanosecond to per second */

/* clang-format off */
const struct mx_metric_info mx_metrics[MX_METRIC_COUNT] = {
    [MX_LOOKUP_HOPS] = {"lookup.hops", "1", ONE, MX_DISTRIBUTION,
        "links crossed by the copy of the request that was answered"},
    [MX_LOOKUP_LATENCY] = {"lookup.latency", "s", NS, MX_DISTRIBUTION,
        "request to verified answer, answered lookups only"},
    [MX_LOOKUP_LATENCY_ONEWAY] = {"lookup.latency.oneway", "s", NS, MX_DISTRIBUTION,
        "request to first delivery"},
    [MX_LOOKUP_SUCCESS] = {"lookup.success", "1", ONE, MX_RATIO,
        "lookups with a verified answer within 15 s"},
    [MX_LOOKUP_CORRECT] = {"lookup.correct", "1", ONE, MX_RATIO,
        "lookups delivered to the peer that was responsible"},
    [MX_LOOKUP_FAILED] = {"lookup.failed", "1", ONE, MX_COUNT,
        "lookups without an answer"},
    [MX_LOOKUP_AMBIGUOUS] = {"lookup.ambiguous", "1", ONE, MX_COUNT,
        "lookups for a key inside a handover, where two peers count as correct"},
    [MX_STORE_SUCCESS] = {"store.success", "1", ONE, MX_RATIO,
        "stores that were acknowledged"},
    [MX_STORE_LATENCY] = {"store.latency", "s", NS, MX_DISTRIBUTION,
        "store request to acknowledgement"},
    [MX_FETCH_SUCCESS] = {"fetch.success", "1", ONE, MX_RATIO,
        "fetches that returned what was stored"},
    [MX_FETCH_LATENCY] = {"fetch.latency", "s", NS, MX_DISTRIBUTION,
        "fetch request to verified value"},
    [MX_DATA_LOST] = {"data.lost", "1", ONE, MX_RATIO,
        "acknowledged, unexpired values that no live peer holds at the end"},
    [MX_JOIN_SUCCESS] = {"join.success", "1", ONE, MX_RATIO,
        "joins that completed"},
    [MX_JOIN_LATENCY] = {"join.latency", "s", NS, MX_DISTRIBUTION,
        "start of a peer to its admission"},
    [MX_LINK_SETUP] = {"link.setup", "s", NS, MX_DISTRIBUTION,
        "first byte of a handshake to a link in use"},
    [MX_LINK_QUEUE] = {"link.queue", "1", ONE, MX_DISTRIBUTION,
        "messages of a peer that wait for a link or an ACK, sampled"},
    [MX_LINK_RETRANSMISSIONS] = {"link.retransmissions", "1", ONE, MX_RATIO,
        "retransmitted frames of all DATA frames"},
    [MX_LINK_ENDS] = {"link.ends", "1", ONE, MX_DISTRIBUTION,
        "link ends held by a peer"},
    [MX_LINK_PATH_HOST] = {"link.path.host", "1", ONE, MX_RATIO,
        "links whose path joins two host candidates"},
    [MX_LINK_PATH_SRFLX] = {"link.path.srflx", "1", ONE, MX_RATIO,
        "links whose path uses a server-reflexive candidate"},
    [MX_LINK_PATH_PRFLX] = {"link.path.prflx", "1", ONE, MX_RATIO,
        "links whose path uses a peer-reflexive candidate"},
    [MX_LINK_PATH_RELAY] = {"link.path.relay", "1", ONE, MX_RATIO,
        "links whose path uses a relay"},
    [MX_LINK_PATH_FAILED] = {"link.path.failed", "1", ONE, MX_RATIO,
        "links for which no path was found"},
    [MX_TRAFFIC_BYTES] = {"traffic.bytes", "B/s", PER_S, MX_RATIO,
        "bytes sent per node and second, UDP/IP headers and retransmissions included"},
    [MX_TRAFFIC_BYTES_MAINTENANCE] = {"traffic.bytes.maintenance", "B/s", PER_S, MX_RATIO,
        "of these: Updates, Pings and Probes that keep the ring, joins, leaves"},
    [MX_TRAFFIC_BYTES_LOOKUP] = {"traffic.bytes.lookup", "B/s", PER_S, MX_RATIO,
        "of these: lookups and their answers"},
    [MX_TRAFFIC_BYTES_DATA] = {"traffic.bytes.data", "B/s", PER_S, MX_RATIO,
        "of these: Store, Fetch, Stat, Find, replicas"},
    [MX_TRAFFIC_BYTES_CONNECT] = {"traffic.bytes.connect", "B/s", PER_S, MX_RATIO,
        "of these: Attach and handshakes"},
    [MX_TRAFFIC_BYTES_KEEPALIVE] = {"traffic.bytes.keepalive", "B/s", PER_S, MX_RATIO,
        "of these: keepalives of links"},
    [MX_TRAFFIC_BYTES_ACK] = {"traffic.bytes.ack", "B/s", PER_S, MX_RATIO,
        "of these: acknowledgements of frames"},
    [MX_TRAFFIC_BYTES_RELAY] = {"traffic.bytes.relay", "B/s", PER_S, MX_RATIO,
        "of these: what TURN servers pass on for others"},
    [MX_TRAFFIC_MESSAGES] = {"traffic.messages", "1/s", PER_S, MX_RATIO,
        "datagrams sent per node and second"},
    [MX_TRAFFIC_MESSAGES_MAINTENANCE] = {"traffic.messages.maintenance", "1/s", PER_S, MX_RATIO,
        "of these: Updates, Pings and Probes that keep the ring, joins, leaves"},
    [MX_TRAFFIC_MESSAGES_LOOKUP] = {"traffic.messages.lookup", "1/s", PER_S, MX_RATIO,
        "of these: lookups and their answers"},
    [MX_TRAFFIC_MESSAGES_DATA] = {"traffic.messages.data", "1/s", PER_S, MX_RATIO,
        "of these: Store, Fetch, Stat, Find, replicas"},
    [MX_TRAFFIC_MESSAGES_CONNECT] = {"traffic.messages.connect", "1/s", PER_S, MX_RATIO,
        "of these: Attach and handshakes"},
    [MX_TRAFFIC_MESSAGES_KEEPALIVE] = {"traffic.messages.keepalive", "1/s", PER_S, MX_RATIO,
        "of these: keepalives of links"},
    [MX_TRAFFIC_MESSAGES_ACK] = {"traffic.messages.ack", "1/s", PER_S, MX_RATIO,
        "of these: acknowledgements of frames"},
    [MX_TRAFFIC_MESSAGES_RELAY] = {"traffic.messages.relay", "1/s", PER_S, MX_RATIO,
        "of these: what TURN servers pass on for others"},
    [MX_FRAGMENTS_PER_MESSAGE] = {"fragments.per-message", "1", ONE, MX_RATIO,
        "pieces that a message goes down a link in, mean"},
    [MX_RING_WRONG_SUCCESSOR] = {"ring.wrong_successor", "1", ONE, MX_RATIO,
        "alive admitted peers whose first successor is not the next one on the ring"},
    [MX_RING_DEAD_SUCCESSOR] = {"ring.dead_successor", "1", ONE, MX_RATIO,
        "alive admitted peers whose first successor is dead"},
    [MX_LOAD_FORWARDED] = {"load.forwarded", "1/s", 1, 1e6, MX_DISTRIBUTION,
        "messages that a peer forwards per second, over the peers"},
    [MX_LOAD_STORED] = {"load.stored", "1", ONE, MX_DISTRIBUTION,
        "resources that a peer stores at the end, replicas included, over the peers"},
    [MX_ALIVE_PEERS] = {"alive.peers", "1", ONE, MX_DISTRIBUTION,
        "peers alive and admitted, sampled every 10 s"},
    [MX_NETWORK_CLAMPED_PAIRS] = {"network.clamped-pairs", "1", ONE, MX_RATIO,
        "pairs whose latency was raised to min-latency"},
    [MX_NETWORK_LOST] = {"network.lost", "1", ONE, MX_COUNT,
        "datagrams lost between sites"},
    [MX_NETWORK_QUEUE_DROPS] = {"network.queue-drops", "1", ONE, MX_COUNT,
        "datagrams dropped by a full access queue"},
    [MX_SIP_REGISTER_SUCCESS] = {"sip.register.success", "1", ONE, MX_RATIO,
        "SIP registrations that were acknowledged, renewals included"},
    [MX_SIP_LOOKUP_SUCCESS] = {"sip.lookup.success", "1", ONE, MX_RATIO,
        "lookups before calls that found where the callee is now"},
    [MX_SIP_LOOKUP_LATENCY] = {"sip.lookup.latency", "s", NS, MX_DISTRIBUTION,
        "of these: request to verified registration"},
    [MX_PAIR_DIRECT] = {"pair.direct", "1", ONE, MX_RATIO,
        "pairs of ICE agents that found a direct path"},
    [MX_PAIR_DIRECT_NOT_PUBLIC] = {"pair.direct.not-public", "1", ONE, MX_RATIO,
        "of the pairs in which no host is public, those that found a direct path"},
    [MX_PAIR_RELAYABLE] = {"pair.relayable", "1", ONE, MX_RATIO,
        "pairs without a direct path that a relay could join: UDP is not blocked"},
    [MX_PAIR_SETUP] = {"pair.setup", "s", NS, MX_DISTRIBUTION,
        "first STUN packet to the selection of a path at both ends"},
};
/* clang-format on */

double mx_metric_si(enum mx_metric metric, double value)
{
    return value * mx_metrics[metric].multiply / mx_metrics[metric].divide;
}

int mx_metric_find(const char *name)
{
    for (int i = 0; i < MX_METRIC_COUNT; i++)
        if (strcmp(mx_metrics[i].name, name) == 0)
            return i;
    return -1;
}
