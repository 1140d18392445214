/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of scenario keys. Overlay keys bear the names of RFC 6940 section 11.1's elements. */
#include "sim/scenario/keys.h"

#include "sim/scenario/churns.h"
#include "sim/scenario/literal.h"
#include "sim/scenario/nats.h"
#include "sim/scenario/params.h"

#include <glib.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define S (1000 * MS)
#define MIN_ (60 * S)
#define H (60 * MIN_)
#define DAY (24 * H)
#define G UINT64_C(1000000000)
#define FIELD(name) offsetof(struct sim_params, name), sizeof(((struct sim_params *)NULL)->name)

static const char *const bootstraps[] = {"join", "oracle", NULL};
static const char *const topologies[] = {"CHORD-RELOAD", NULL};
static const char *const suites[] = {"sim", NULL};
static const char *const keepalives[] = {"event", "lazy", NULL};
static const char *const signatures[] = {"rsa-2048", "ecdsa-p256", NULL};
static const char *const latencies[] = {"const", "geo-2d", "euclid", "matrix", "oversim-xml", NULL};
static const char *const storages[] = {"lost", "kept", NULL};
static const char *const accesses[] = {"none", "lan", "dsl", "cable", "ftth", "lte", "56k", NULL};
static const char *const models[] = {"single", "array", "dictionary", NULL};
static const char *const paces[] = {"poisson", "constant", "uniform", NULL};

#define TIME(section, key, fallback, min, max, word, field, help)                                  \
    {                                                                                              \
        section, key, SIM_KEY_TIME, fallback, min, max, word, NULL, FIELD(field), false, help      \
    }
#define COUNT(section, key, fallback, min, max, field, help)                                       \
    {                                                                                              \
        section, key, SIM_KEY_COUNT, fallback, min, max, NULL, NULL, FIELD(field), false, help     \
    }
#define BOOL(section, key, fallback, field, help)                                                  \
    {                                                                                              \
        section, key, SIM_KEY_BOOL, fallback, 0, 1, NULL, NULL, FIELD(field), false, help          \
    }
#define CHOICE(section, key, fallback, choices, field, help)                                       \
    {                                                                                              \
        section, key, SIM_KEY_CHOICE, fallback, 0, 0, NULL, choices, FIELD(field), false, help     \
    }
#define RATIO(section, key, fallback, max, field, help)                                            \
    {                                                                                              \
        section, key, SIM_KEY_RATIO, fallback, 0, max, NULL, NULL, FIELD(field), false, help       \
    }
#define NUMBER(section, key, fallback, min, max, field, help)                                      \
    {                                                                                              \
        section, key, SIM_KEY_NUMBER, fallback, min, max, NULL, NULL, FIELD(field), false, help    \
    }
/* Without a field of their own: resolve.c knows them by name. */
#define WORDS(section, key, fallback, choices, help)                                               \
    {                                                                                              \
        section, key, SIM_KEY_CHOICE, fallback, 0, 0, NULL, choices, 0, 0, false, help             \
    }
#define AUTO(section, key, type, min, max, field, help)                                            \
    {                                                                                              \
        section, key, type, "auto", min, max, "auto", NULL, FIELD(field), false, help              \
    }

const struct sim_key sim_keys[] = {
    {"scenario", "title", SIM_KEY_TEXT, "", 0, 200, NULL, NULL, 0, 0, true,
     "what the scenario asks, for the caption"},
    {"scenario", "repeat", SIM_KEY_COUNT, "1", 1, 10000, NULL, NULL, 0, 0, true,
     "replications of every point, with independent seeds"},
    {"scenario", "seed", SIM_KEY_COUNT, "1", 0, UINT64_MAX, NULL, NULL, FIELD(seed), true,
     "from which the seeds of all repetitions are derived"},
    TIME("scenario", "build-up", "0s", 0, 30 * DAY, NULL, build_up_ns,
         "phase in which the overlay forms; not reported"),
    TIME("scenario", "transition", "0s", 0, 30 * DAY, NULL, transition_ns,
         "phase in which it settles under churn and load; not reported"),
    TIME("scenario", "measurement", "10min", 1 * S, 365 * DAY, NULL, measurement_ns,
         "phase that is reported"),
    TIME("scenario", "sample-interval", "10s", 100 * MS, 1 * DAY, NULL, sample_interval_ns,
         "between samples of ring.* and alive.peers"),

    {"overlay", "name", SIM_KEY_TEXT, "sim.example", 1, 63, NULL, NULL, FIELD(overlay_name), true,
     "the overlay's name (instance-name, 11.1)"},
    COUNT("overlay", "peers", "100", 1, 4000000, peers, "number of peers"),
    CHOICE("overlay", "bootstrap", "join", bootstraps, bootstrap,
           "join: by the protocol; oracle: a converged ring is wired at time zero"),
    COUNT("overlay", "bootstrap-peers", "4", 1, 1000, bootstrap_peers,
          "peers that never leave and let others in"),
    WORDS("overlay", "topology", "CHORD-RELOAD", topologies, "topology plug-in (11.1)"),
    BOOL("overlay", "chord-reactive", "true", chord_reactive,
         "send updates when a neighbor changes, not only periodically (10.7.1)"),
    TIME("overlay", "chord-update-interval", "600s", 1 * S, 30 * DAY, NULL,
         chord_update_interval_ns, "between periodic updates to the neighbors (10.7.4.1)"),
    TIME("overlay", "chord-ping-interval", "3600s", 1 * S, 30 * DAY, NULL, chord_ping_interval_ns,
         "between pings that look for better fingers (10.7.4.2)"),
    COUNT("overlay", "predecessors", "3", 1, 16, predecessors,
          "in the neighbor table; section 10.1 asks for 3 at least"),
    COUNT("overlay", "successors", "3", 1, 16, successors,
          "in the neighbor table; section 10.1 asks for 3 at least"),
    COUNT("overlay", "fingers-min", "16", 1, 128, fingers_min,
          "fingers at least; section 10.1 asks for 16"),
    COUNT("overlay", "fingers-max", "128", 1, 128, fingers_max, "fingers at most"),
    TIME("overlay", "neighbor-ping-interval", "off", 1 * S, 1 * DAY, "off",
         neighbor_ping_interval_ns, "between connectivity pings of neighbors (10.7.1)"),
    TIME("overlay", "successor-hold-down", "30s", 0, 1 * DAY, NULL, successor_hold_down_ns,
         "wait before new replicas are made when a successor is lost (10.7.1)"),
    COUNT("overlay", "replicas", "2", 0, 8, replicas, "copies besides the original (10.4)"),
    {"overlay", "node-id-length", SIM_KEY_COUNT, "16", 16, 16, NULL, NULL, FIELD(node_id_length),
     true, "bytes of a Node-ID; CHORD-RELOAD is defined for 16 only (11.1)"},
    COUNT("overlay", "max-message-size", "5000", 1000, 16000000, max_message_size, "bytes (11.1)"),
    COUNT("overlay", "initial-ttl", "100", 1, 255, initial_ttl, "hops (11.1)"),
    TIME("overlay", "overlay-reliability-timer", "3000ms", 200 * MS, 60 * S, NULL,
         overlay_reliability_timer_ns, "before a request is sent again end to end (11.1)"),
    BOOL("overlay", "clients-permitted", "true", clients_permitted, "(11.1)"),
    BOOL("overlay", "store-certificates", "false", store_certificates,
         "every peer keeps its certificate in the overlay, as section 8 asks; a load of its own"),
    WORDS("overlay", "no-ice", "auto", sim_nat_no_ice,
          "(11.1) links are opened without ICE; auto: true unless there is a [nat]"),
    {"overlay", "turn-density", SIM_KEY_COUNT, "auto", 0, 20, "auto", NULL, FIELD(turn_density),
     false,
     "(9, 11.1) registrations of a TURN server, 0: nobody relays; auto: hosts per public host"},
    BOOL("overlay", "ice-consent", "false", ice_consent,
         "consent checks (RFC 7675) in place of keepalives; RFC 6940 does not know them"),

    TIME("link", "rto-initial", "500ms", 10 * MS, 60 * S, NULL, rto_initial_ns,
         "first retransmission time-out of a link (6.6.3.1)"),
    TIME("link", "rto-min", "100ms", 0, 60 * S, NULL, rto_min_ns,
         "floor of the retransmission time-out; RFC 6940 has none"),
    TIME("link", "link-idle-close", "10min", 1 * S, 30 * DAY, "off", link_idle_close_ns,
         "a link in no table and idle for this long is closed"),
    TIME("link", "keepalive-interval", "15s", 1 * S, 1 * H, NULL, keepalive_interval_ns,
         "Tr: with ICE, a link that has sent nothing for so long sends a Binding indication"),
    CHOICE("link", "keepalives", "event", keepalives, keepalives,
           "event: nodes send and receive them; lazy: no node is troubled, for the same results "
           "at less cost"),
    BOOL("link", "reroute-on-failure", "true", reroute_on_failure,
         "a message whose next hop failed takes another one"),
    BOOL("link", "hop-retransmission", "true", hop_retransmission,
         "Simple Reliability retransmits on every link (6.6.3)"),

    WORDS("security", "suite", "sim", suites,
          "sim: real sizes and flights, a keyed hash for signatures"),
    CHOICE("security", "signature", "rsa-2048", signatures, signature,
           "sets the sizes of signatures and certificates"),
    AUTO("security", "certificate-bytes", SIM_KEY_COUNT, 256, 4096, certificate_bytes,
         "of one certificate; auto: 794 for rsa-2048, 399 for ecdsa-p256"),
    COUNT("security", "chain", "0", 0, 8, chain, "certificates above the peer's own"),

    {"network", "latency", SIM_KEY_LATENCY, "geo-2d", 0, 60 * S, NULL, latencies, 0, 0, false,
     "one way between sites"},
    TIME("network", "min-latency", "2ms", 1000, 10 * S, NULL, min_latency_ns,
         "floor between sites, and the length of a shard's window"),
    WORDS("network", "access", "none", accesses, "access link of every peer; see relo list models"),
    AUTO("network", "up", SIM_KEY_BANDWIDTH, 1000, 1000 * G, up_bps, "auto: as access says"),
    AUTO("network", "down", SIM_KEY_BANDWIDTH, 1000, 1000 * G, down_bps, "auto: as access says"),
    AUTO("network", "queue-up", SIM_KEY_SIZE, 1500, G, queue_up_bytes, "auto: as access says"),
    AUTO("network", "queue-down", SIM_KEY_SIZE, 1500, G, queue_down_bytes, "auto: as access says"),
    AUTO("network", "access-delay", SIM_KEY_TIME, 0, 10 * S, access_delay_ns,
         "one way through one access link; auto: as access says"),
    AUTO("network", "jitter", SIM_KEY_TIME, 0, 10 * S, jitter_ns,
         "added to each packet, uniform from 0 to this; auto: as access says"),
    RATIO("network", "loss", "0%", G - 1, loss_ppb,
          "of packets, independently; with bursts, in the good state"),
    RATIO("network", "burst-enter", "0%", G, burst_enter_ppb,
          "per packet, from the good to the bad state (Gilbert, Elliott); 0%: no bursts"),
    {"network", "burst-leave", SIM_KEY_RATIO, "10%", G / 1000, G, NULL, NULL,
     FIELD(burst_leave_ppb), false, "per packet, from the bad to the good state"},
    RATIO("network", "burst-loss", "100%", G, burst_loss_ppb, "of packets in the bad state"),
    NUMBER("network", "tiv-sigma", "0", 0, 2 * G, tiv_sigma_ppb,
           "of each pair's log-normal latency error, which breaks the triangle inequality"),
    RATIO("network", "non-transitive", "0%", G, non_transitive_ppb,
          "of pairs of peers, which cannot talk directly"),
    COUNT("network", "mtu", "1500", 576, 65535, mtu, "bytes of an IP packet"),

    RATIO("fault", "corrupt", "0%", G, corrupt_ppb, "of packets, in which one bit is flipped"),
    RATIO("fault", "duplicate", "0%", G, duplicate_ppb, "of packets, which arrive twice"),
    RATIO("fault", "reorder", "0%", G, reorder_ppb, "of packets, which others overtake"),
    TIME("fault", "reorder-delay", "100ms", 1000, 10 * S, NULL, reorder_delay_ns,
         "a reordered packet or second copy is late by up to this"),
    RATIO("fault", "slow-peers", "0%", G, slow_ppb, "of peers, which are slow"),
    TIME("fault", "processing-delay", "20ms", 1000, 10 * S, NULL, processing_ns,
         "what a slow peer takes for each datagram, one after the other"),
    TIME("fault", "clock-skew", "0s", 0, 365 * DAY, NULL, clock_skew_ns,
         "a peer's wall clock is wrong by up to this, either way"),
    TIME("fault", "clock-interval", "off", 1 * S, 365 * DAY, "off", clock_interval_ns,
         "after which a peer's clock is set, to another wrong time"),
    TIME("fault", "crash-interval", "off", 1 * S, 365 * DAY, "off", crash_interval_ns,
         "mean time until a peer crashes; bootstrap peers do not"),
    TIME("fault", "restart-after", "30s", 1 * MS, 30 * DAY, NULL, restart_ns,
         "mean time until it is back"),
    CHOICE("fault", "crash-storage", "lost", storages, crash_storage,
           "lost: it comes back with its identity only; kept: it was frozen and thaws"),

    RATIO("malicious", "share", "0%", G, malicious_ppb,
          "of peers, which are malicious; bootstrap peers are not"),
    AUTO("malicious", "share-stop", SIM_KEY_RATIO, 0, G, malicious_stop_ppb,
         "to which the share goes in steps; auto: it stays"),
    TIME("malicious", "ramp-from", "0s", 0, 365 * DAY, NULL, malicious_from_ns,
         "time of the run before the first step"),
    TIME("malicious", "ramp-interval", "1min", 1 * MS, 365 * DAY, NULL, malicious_step_interval_ns,
         "between steps of the share"),
    {"malicious", "ramp-step", SIM_KEY_RATIO, "5%", 1000, G, NULL, NULL, FIELD(malicious_step_ppb),
     false, "by which the share changes"},
    RATIO("malicious", "drop-requests", "0%", G, drop_requests_ppb,
          "of requests for resources that come by: acknowledged and dropped"),
    RATIO("malicious", "drop-answers", "0%", G, drop_answers_ppb,
          "of answers that come by: acknowledged and dropped"),
    RATIO("malicious", "misroute", "0%", G, misroute_ppb,
          "of requests for resources: sent to some peer, not towards the resource"),
    RATIO("malicious", "claim", "0%", G, claim_ppb,
          "of requests for resources: answered as if responsible"),
    RATIO("malicious", "replay", "0%", G, replay_ppb,
          "of requests for resources: an older one goes on in its place"),
    RATIO("malicious", "tamper", "0%", G, tamper_ppb,
          "of own answers to Fetch: a bit of a value is changed"),
    RATIO("malicious", "stale", "0%", G, stale_ppb,
          "of own answers to Fetch: the oldest version known in place of the newest"),
    TIME("malicious", "flood-interval", "off", 1 * MS, 30 * DAY, "off", flood_interval_ns,
         "mean time between a malicious peer's Probes of random resources"),

    CHOICE("nat", "preset", "none", sim_nat_preset_words, nat.preset,
           "which mix of NATs the hosts are behind; bootstrap peers are public; see relo list nat"),
#define SHARE(name, class, help) AUTO("nat", name, SIM_KEY_RATIO, 0, G, nat.share_ppb[class], help)
    SHARE("public", SIM_NAT_CLASS_PUBLIC,
          "of hosts; auto: as the preset; shares not given divide what is left as the preset does"),
    SHARE("firewall", SIM_NAT_CLASS_FIREWALL, "public address behind a stateful firewall"),
    SHARE("ei-ei", SIM_NAT_CLASS_EI_EI, "mapping and filtering endpoint-independent"),
    SHARE("ei-ad", SIM_NAT_CLASS_EI_AD, "mapping endpoint-independent, filtering by address"),
    SHARE("ei-apd", SIM_NAT_CLASS_EI_APD, "the same, filtering by address and port"),
    SHARE("symmetric", SIM_NAT_CLASS_SYMMETRIC, "both by address and port"),
    SHARE("blocked", SIM_NAT_CLASS_BLOCKED, "behind a NAT that no UDP passes"),
#undef SHARE
    CHOICE("nat", "mapping", "auto", sim_nat_dependences, nat.mapping,
           "of every NAT (RFC 4787 4.1); auto: as its class"),
    CHOICE("nat", "filtering", "auto", sim_nat_dependences, nat.filtering,
           "of every NAT and firewall (RFC 4787 5); auto: as its class"),
    CHOICE("nat", "ports", "auto", sim_nat_port_words, nat.ports,
           "assignment (RFC 4787 4.2.1); auto: preserve or, dependent mapping or not in "
           "port-preservation, random"),
    AUTO("nat", "port-preservation", SIM_KEY_RATIO, 0, G, nat.preserve_ppb,
         "share of NATs with ei mapping that preserve ports; auto: 80%"),
    CHOICE("nat", "collision", "renumber", sim_nat_collisions, nat.collision,
           "when a preserved port is in use: another one, the same, or the mapping turns apd"),
    BOOL("nat", "parity", "false", nat.parity, "ports keep being odd or even (RFC 4787 4.2.2)"),
    COUNT("nat", "port-min", "1024", 1, 65535, nat.port_min, "of assigned ports"),
    COUNT("nat", "port-max", "65535", 1, 65535, nat.port_max, "of assigned ports"),
    CHOICE("nat", "hairpin", "auto", sim_nat_hairpins, nat.hairpin,
           "of UDP, and which source is seen (RFC 4787 6); auto: external in hairpin-share"),
    AUTO("nat", "hairpin-share", SIM_KEY_RATIO, 0, G, nat.hairpin_ppb,
         "share of NATs that hairpin UDP; auto: 24%"),
    AUTO("nat", "hairpin-tcp-share", SIM_KEY_RATIO, 0, G, nat.hairpin_tcp_ppb,
         "share of NATs that hairpin TCP; auto: 13%"),
    AUTO("nat", "timeout", SIM_KEY_TIME, 1 * S, 1 * DAY, nat.timeout_ns,
         "of UDP mappings and filters; auto: 30 s to 300 s, see relo list nat"),
    AUTO("nat", "timeout-new", SIM_KEY_TIME, 1 * S, 1 * DAY, nat.timeout_new_ns,
         "until a packet has come in; auto: as timeout"),
    CHOICE("nat", "refresh", "outbound", sim_nat_refreshes, nat.refresh,
           "which packets refresh the timers (RFC 4787 REQ-6)"),
    TIME("nat", "tcp-timeout", "1h", 1 * S, 30 * DAY, NULL, nat.tcp_timeout_ns,
         "of open TCP connections; overlays of the simulator use UDP"),
    TIME("nat", "tcp-transitory", "4min", 1 * S, 30 * DAY, NULL, nat.tcp_transitory_ns,
         "of TCP connections that open or close (RFC 5382 REQ-5)"),
    BOOL("nat", "tcp-reset", "false", nat.tcp_reset, "an unsolicited SYN is answered with RST"),
    BOOL("nat", "icmp", "true", nat.icmp, "ICMP errors pass (RFC 5508)"),
    {"nat", "bindings-max", SIM_KEY_COUNT, "off", 1, 1000000, "off", NULL, FIELD(nat.bindings_max),
     false, "of one NAT at a time; off: as many as it has ports"},
    CHOICE("nat", "when-full", "refuse", sim_nat_fulls, nat.full,
           "what becomes of one binding more"),
    COUNT("nat", "hosts-per-nat", "1", 1, 200, nat.hosts_per_nat, "hosts behind each NAT"),
    RATIO("nat", "cgn", "0%", G, nat.cgn_ppb,
          "share of homes with ei mapping that are behind a carrier-grade NAT too"),
    AUTO("nat", "cgn-symmetric", SIM_KEY_RATIO, 0, G, nat.cgn_symmetric_ppb,
         "share of carrier-grade NATs with apd mapping, the others have ei; auto: 40%"),
    COUNT("nat", "homes-per-cgn", "16", 1, 1000, nat.homes_per_cgn,
          "NATs behind each carrier-grade NAT"),
    TIME("nat", "reboot-interval", "off", 1 * S, 365 * DAY, "off", nat.reboot_interval_ns,
         "mean time until a NAT loses all its bindings"),
    RATIO("nat", "reboot-moves", "50%", G, nat.reboot_moves_ppb,
          "share of reboots after which its public address is another"),

    {"pairs", "count", SIM_KEY_COUNT, "off", 1, 10000000, "off", NULL, FIELD(pairs), false,
     "so many pairs of ICE agents in place of an overlay"},
    CHOICE("pairs", "a", "mix", sim_pair_ends, pair_a, "who offers: as [nat] says, or a kind"),
    CHOICE("pairs", "b", "mix", sim_pair_ends, pair_b, "who answers"),
    BOOL("pairs", "turn", "true", pair_turn, "there is a TURN server, too"),

    CHOICE("churn", "model", "none", sim_churn_names, churn,
           "of session and dead times, or a preset; see relo list churn"),
    AUTO("churn", "shape", SIM_KEY_NUMBER, G / 10, 4 * G, churn_shape_ppb,
         "of the distribution; auto: 0.5 for weibull, else as relo list churn says"),
    TIME("churn", "mean-session", "1h", 1 * S, 365 * DAY, NULL, mean_session_ns,
         "mean time a peer stays"),
    AUTO("churn", "mean-dead", SIM_KEY_TIME, 1 * S, 365 * DAY, mean_dead_ns,
         "mean time until it returns; auto: as mean-session, half the peers are alive"),
    RATIO("churn", "graceful-leave", "0.5", G, graceful_leave_ppb,
          "share of departures that say Leave (6.4.2.2)"),
    BOOL("churn", "same-identity", "false", same_identity, "a peer returns with its old Node-ID"),
    {"churn", "join-rate", SIM_KEY_NUMBER, "0", 0, 100000 * G, NULL, NULL, FIELD(join_rate_ppb),
     false, "poisson-rate: joins per second, of all peers together"},
    AUTO("churn", "leave-rate", SIM_KEY_NUMBER, 0, 100000 * G, leave_rate_ppb,
         "poisson-rate: departures per second; auto: as join-rate"),
    RATIO("churn", "diurnal-amplitude", "0%", G / 100 * 99, diurnal_ppb,
          "how much faster peers return by day, and slower by night"),
    TIME("churn", "diurnal-period", "1d", 1 * MIN_, 30 * DAY, NULL, diurnal_period_ns,
         "length of a day; the first begins with the run"),
    {"churn", "trace", SIM_KEY_TEXT, "", 0, SIM_PATH_MAX - 1, NULL, NULL, FIELD(trace_path), true,
     "trace: the file, from where relo is started"},
    {"churn.NAME", "share", SIM_KEY_RATIO, "0%", 0, G, NULL, NULL, FIELD(population_share_ppb),
     false, "of the peers that may leave, for a population of its own; [churn] is the rest"},
    {"churn.NAME", "peers", SIM_KEY_COUNT, "0", 0, 4000000, NULL, NULL, FIELD(population_peers),
     false, "the same as a number of peers"},

    TIME("events", "mass-failure-at", "off", 1 * MS, 365 * DAY, "off", mass_failure_at_ns,
         "into the measurement: peers crash all at once, for good"),
    RATIO("events", "mass-failure-share", "30%", G, mass_failure_share_ppb,
          "of the alive peers; bootstrap peers stay"),
    TIME("events", "flash-crowd-at", "off", 1 * MS, 365 * DAY, "off", flash_crowd_at_ns,
         "into the measurement: additional peers begin to arrive"),
    COUNT("events", "flash-crowd-peers", "0", 0, 4000000, flash_crowd_peers, "how many"),
    TIME("events", "flash-crowd-within", "10s", 1 * MS, 30 * DAY, NULL, flash_crowd_within_ns,
         "they arrive at random within this time"),
    TIME("events", "partition-from", "off", 1 * MS, 365 * DAY, "off", partition_from_ns,
         "into the measurement: the network falls into groups"),
    TIME("events", "partition-to", "off", 1 * MS, 365 * DAY, "off", partition_to_ns,
         "into the measurement: it is whole again"),
    COUNT("events", "partition-groups", "2", 2, 16, partition_groups,
          "of peers that cannot reach each other; each has a share of the bootstrap peers"),

    TIME("workload", "lookup-interval", "60s", 1 * MS, 30 * DAY, "off", lookup_interval_ns,
         "mean time between a peer's lookups"),
    COUNT("workload", "lookup-bytes", "0", 0, 1000, lookup_bytes,
          "of padding in each lookup's Ping"),
    TIME("workload", "store-interval", "off", 1 * MS, 30 * DAY, "off", store_interval_ns,
         "mean time between a peer's stores"),
    TIME("workload", "fetch-interval", "off", 1 * MS, 30 * DAY, "off", fetch_interval_ns,
         "mean time between a peer's fetches"),
    COUNT("workload", "value-bytes", "100", 1, 65536, value_bytes, "of a stored value"),
    CHOICE("workload", "data-model", "single", models, model,
           "of stored values (7.2): a single one, the first of an array, or one of a dictionary"),
    TIME("workload", "lifetime", "1h", 1 * S, 365 * DAY, NULL, lifetime_ns,
         "of a stored value (7.4.1.1)"),
    COUNT("workload", "keys", "1000", 1, 10000000, keys,
          "in the fixed universe that stores and fetches draw from"),
    {"workload", "zipf", SIM_KEY_NUMBER, "off", G / 100, 4 * G, "off", NULL, FIELD(zipf_ppb), false,
     "exponent of the popularity of keys, also for lookups and calls; off: all alike"},
    CHOICE("workload", "intervals", "poisson", paces, pace,
           "distribution of the intervals: exponential, none, or uniform from 0 to twice the mean"),
    TIME("workload", "sip-lifetime", "off", 10 * S, 30 * DAY, "off", sip_lifetime_ns,
         "of a SIP registration (RFC 7904), renewed after half of it; off: nobody registers"),
    TIME("workload", "call-interval", "off", 1 * MS, 30 * DAY, "off", call_interval_ns,
         "mean time between a peer's calls, which fetch the callee's registration"),
};
const size_t sim_keys_n = G_N_ELEMENTS(sim_keys);

#define KBIT UINT64_C(1000)
#define MBIT UINT64_C(1000000)
/* Queues hold about 250 ms at the line's rate on slow links and 64 KiB to 256 KiB on fast ones.
   Rates and delays as OverSim and its users have them (docs/SIMULATION.md); the delays come on top
   of what is between the sites. */
const struct sim_access sim_accesses[] = {
    {"none", 0, 0, 0, 0, 0, 0, "infinitely fast, no queue"},
    {"lan", 10 * MBIT, 10 * MBIT, 262144, 262144, 0, 0, "10 Mbit/s both ways"},
    {"dsl", 1 * MBIT, 16 * MBIT, 32768, 262144, 20 * MS, 0, "1 Mbit/s up, 16 Mbit/s down, 20 ms"},
    {"cable", 5 * MBIT, 50 * MBIT, 131072, 524288, 10 * MS, 0,
     "5 Mbit/s up, 50 Mbit/s down, 10 ms"},
    {"ftth", 100 * MBIT, 100 * MBIT, 262144, 262144, 3 * MS, 0, "100 Mbit/s both ways, 3 ms"},
    {"lte", 5 * MBIT, 20 * MBIT, 131072, 524288, 35 * MS, 10 * MS,
     "5 Mbit/s up, 20 Mbit/s down, 35 ms, jitter 10 ms"},
    {"56k", 33600, 56 * KBIT, 8192, 8192, 0, 0, "33.6 kbit/s up, 56 kbit/s down"},
};
const size_t sim_accesses_n = G_N_ELEMENTS(sim_accesses);

size_t sim_keys_find(const char *section, const char *name)
{
    size_t i = 0;
    while (i < sim_keys_n &&
           (strcmp(sim_keys[i].section, section) != 0 || strcmp(sim_keys[i].name, name) != 0))
        i++;
    return i;
}

bool sim_keys_section(const char *section)
{
    for (size_t i = 0; i < sim_keys_n; i++) {
        if (strcmp(sim_keys[i].section, section) == 0)
            return true;
    }
    return false;
}

static char *choices_text(const struct sim_key *key)
{
    char *joined = g_strjoinv(", ", (char **)key->choices);
    char *text = g_strconcat(key->choices[1] == NULL ? "" : "one of ", joined, NULL);
    g_free(joined);
    return text;
}

char *sim_keys_form(const struct sim_key *key)
{
    static const char *const nouns[] = {
        [SIM_KEY_TIME] = "a time with its unit (ns, us, ms, s, min, h, d)",
        [SIM_KEY_COUNT] = "a whole number",
        [SIM_KEY_BANDWIDTH] = "a rate with its unit (bit/s, kbit/s, Mbit/s, Gbit/s)",
        [SIM_KEY_RATIO] = "a share (0.1% or 0.001)",
        [SIM_KEY_NUMBER] = "a number",
        [SIM_KEY_SIZE] = "a size with its unit (B, kB, KiB, MB, MiB)",
    };
    struct sim_literal low = {.number = key->min}, high = {.number = key->max};
    char *low_text, *high_text, *form;

    switch (key->type) {
    case SIM_KEY_BOOL:
        return g_strdup("true or false");
    case SIM_KEY_CHOICE:
        return choices_text(key);
    case SIM_KEY_LATENCY:
        return g_strdup("geo-2d, euclid, const:TIME as in const:50ms, matrix FILE, or oversim-xml "
                        "FILE");
    case SIM_KEY_TEXT:
        return g_strdup_printf("a text of %s%" G_GUINT64_FORMAT " bytes",
                               key->min > 0 ? "1 to " : "at most ", key->max);
    case SIM_KEY_TIME:
    case SIM_KEY_COUNT:
    case SIM_KEY_BANDWIDTH:
    case SIM_KEY_RATIO:
    case SIM_KEY_NUMBER:
    case SIM_KEY_SIZE:
        break;
    }
    low_text = sim_literal_text(key, &low);
    high_text = sim_literal_text(key, &high);
    form = g_strdup_printf("%s from %s to %s%s%s", nouns[key->type], low_text, high_text,
                           key->word != NULL ? ", or " : "", key->word != NULL ? key->word : "");
    g_free(low_text);
    g_free(high_text);
    return form;
}
