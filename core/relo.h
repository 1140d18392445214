/* SPDX-License-Identifier: BSD-2-Clause */
/* THE contract between the core and whatever drives it: simulator, real sockets, ns-3, tests.

   Protocol of use: make a shard (memory for any number of nodes of one thread), make nodes in it,
   and step each node with events. A step returns actions in the outbox; the driver carries them
   out, empties the outbox and steps the node with WAKE when `deadline` comes. Where the deadline is
   not later than `now`, step again at once (the outbox was full). The first event is START, the
   last STOP. The core has no clock, socket, file, thread or global; it never calls its driver. */
#ifndef RELO_H
#define RELO_H

#include "core/base/addr.h"
#include "core/base/bytes.h"
#include "core/base/id.h"
#include "core/base/packet.h"
#include "core/base/time.h"
#include "core/config/config.h"
#include "core/security/identity.h"

#include <stdbool.h>
#include <stdint.h>

struct relo_node;
struct relo_shard;
struct relo_suite;

/* The two function tables a driver may choose from. */
extern const struct relo_suite
    relo_suite_sim; /* real sizes and flights, keyed hashes: protects nothing */

/* --- events ------------------------------------------------------------------------------- */

enum relo_event_type {
    RELO_EVENT_START,
    RELO_EVENT_DATAGRAM,
    RELO_EVENT_STREAM_OPENED, /* accepted, or the answer to STREAM_CONNECT */
    RELO_EVENT_STREAM_DATA,
    RELO_EVENT_STREAM_WRITABLE,
    RELO_EVENT_STREAM_CLOSED,
    RELO_EVENT_UNREACHABLE, /* hard ICMP error (RFC 1122) for datagrams to `remote` */
    RELO_EVENT_UDP_CLOSED,  /* the port of an UDP_OPEN could not be opened, or is lost */
    RELO_EVENT_WAKE,
    RELO_EVENT_COMMAND,
    RELO_EVENT_CLOCK,
    RELO_EVENT_STOP /* ends without a word: a crash. For a graceful end, command LEAVE first. */
};

/* One link of a ring that the driver has wired at time zero (bootstrap = oracle). Both ends must be
   given each other with the same secret. */
enum relo_wired_role {
    RELO_WIRED_NEIGHBOR = 1, /* a predecessor or successor */
    RELO_WIRED_FINGER = 2,   /* in my Finger Table */
    RELO_WIRED_LINK = 4      /* I am in the other's table only */
};

struct relo_wired_link {
    struct relo_id id;
    struct relo_addr remote;
    uint64_t secret;  /* the association's key under `sim` */
    relo_time rtt;    /* a first RTT measurement, as a handshake would have given; 0 unknown */
    relo_time silent; /* how long ago we sent something: with ICE, keepalives go by it */
    uint8_t roles;    /* of relo_wired_role */
    bool server;      /* exactly one end is the (D)TLS server */
    bool relayed;     /* from the relayed address of the START's own allocation */
};

/* An allocation at the TURN server of a wired ring, given to its client and to its server. */
struct relo_wired_allocation {
    struct relo_id client;        /* Node-ID */
    struct relo_addr server;      /* where it listens */
    struct relo_addr mapped;      /* the client, as the server sees it */
    struct relo_addr relayed;     /* its port is open already */
    const struct relo_addr *peer; /* each with a permission and a channel */
    uint32_t peer_count;
};

struct relo_start {
    const struct relo_suite *suite;
    const struct relo_config *config; /* borrowed while the node lives */
    struct relo_identity identity;    /* copied */
    uint8_t entropy[32];
    int64_t unix_offset_ns;        /* wall clock = now + unix_offset_ns */
    const struct relo_addr *local; /* copied; one UDP socket each; at most 4 */
    uint32_t local_count;
    const struct relo_addr *bootstrap; /* copied; at most 8; the configuration's bootstrap-node */
    uint32_t bootstrap_count;
    bool client;                         /* attaches, but never joins (4.2) */
    bool report_deliveries;              /* RELO_RESULT_DELIVERED for requests of class lookup */
    bool public_address;                 /* anyone reaches the local addresses: with ICE, the node
                                            is a TURN server at once (9). Or STUN may tell it */
    bool relay_only;                     /* with ICE: offer relayed candidates and no others, the
                                            policy "relay" of RFC 9429 3.5.3; links to bootstrap
                                            nodes are direct still */
    const struct relo_wired_link *wired; /* not NULL: an admitted peer of a converged ring */
    uint32_t wired_count;
    const struct relo_wired_allocation *allocation; /* with `wired`: our own; NULL: none */
    const struct relo_wired_allocation *served; /* with `public_address`: those of others here */
    uint32_t served_count;
};

/* `head` is borrowed for the step; `body` is a slice whose reference the node takes over (body may
   be NULL: a driver of real sockets gives all bytes in `head`). Wire bytes = head || body. */
struct relo_datagram {
    struct relo_addr local, remote;
    struct relo_view head;
    struct relo_slice body;
};

struct relo_stream_event {
    uint32_t stream; /* the driver's number for the stream; STREAM_OPENED of a connect repeats the
                        node's */
    bool accepted;   /* STREAM_OPENED only: the other side connected */
    struct relo_addr local, remote;
    struct relo_view data;
};

enum relo_command_type {
    RELO_COMMAND_JOIN,  /* through a bootstrap node; `first` takes responsibility for the overlay.
                           A client attaches to the peer responsible for its Node-ID */
    RELO_COMMAND_LEAVE, /* graceful; RESULT when the Leaves are answered or given up */
    RELO_COMMAND_STORE,
    RELO_COMMAND_FETCH,
    RELO_COMMAND_STAT,
    RELO_COMMAND_FIND,
    RELO_COMMAND_PING,
    RELO_COMMAND_PROBE,
    RELO_COMMAND_ROUTE_QUERY,
    RELO_COMMAND_ATTACH,
    RELO_COMMAND_APP_ATTACH, /* its RESULT, where OK, is of an open flow, as APP_LINK is */
    RELO_COMMAND_CONFIG_UPDATE,
    RELO_COMMAND_APP_SEND,  /* `value` as one datagram of `flow`; OK: it is on its way, no more */
    RELO_COMMAND_APP_CLOSE, /* `flow` is over; the other side hears nothing of it */
    RELO_COMMANDS
};

/* Where a request goes: via[] (source routing, usually empty), then `id`. */
struct relo_target {
    struct relo_id id;
    bool resource; /* id is a Resource-ID (the peer responsible for it), not a Node-ID */
    uint8_t via_count;
    const struct relo_id *via; /* borrowed; at most 8 */
};

struct relo_command {
    enum relo_command_type type;
    uint64_t tag;              /* comes back in the RESULT */
    struct relo_target target; /* STORE, FETCH, STAT, FIND: target.id is the Resource-ID */
    uint32_t kind;
    /* STORE; also which entry FETCH and STAT want. */
    uint32_t index;       /* array; 0xffffffff appends; FETCH: all from 0 where `all` */
    struct relo_view key; /* dictionary; empty in FETCH: all keys */
    struct relo_view
        value;           /* borrowed; PING: padding of the request; CONFIG_UPDATE: the document */
    bool exists;         /* STORE: false removes (7.4.1.3); with a lifetime of 0 for as long as
                            what it removes would have stayed */
    bool all;            /* FETCH, STAT of an array: the whole of it */
    uint64_t generation; /* STORE: expected counter or 0; FETCH: last one seen or 0 */
    uint32_t lifetime_s;
    uint16_t application; /* APP_ATTACH: an Application-ID (RFC 6940 14.5) */
    uint32_t flow;        /* APP_SEND, APP_CLOSE */
    bool first;           /* JOIN */
};

struct relo_event {
    enum relo_event_type type;
    relo_time now;
    union {
        const struct relo_start *start; /* borrowed for the step */
        struct relo_datagram datagram;
        struct relo_stream_event stream;
        struct relo_addr unreachable;
        struct relo_addr udp_closed;
        const struct relo_command *command; /* borrowed for the step */
        int64_t unix_offset_ns;
    };
};

/* --- actions ------------------------------------------------------------------------------ */

enum relo_action_type {
    RELO_ACTION_SEND,
    RELO_ACTION_STREAM_CONNECT,
    RELO_ACTION_STREAM_SEND,
    RELO_ACTION_STREAM_CLOSE,
    RELO_ACTION_UDP_OPEN,  /* one more UDP port, at the IP address of a local address, until
                              UDP_CLOSE: a relayed transport address of a TURN server, or the
                              port of an application's flow */
    RELO_ACTION_UDP_CLOSE, /* what still comes to it is nobody's */
    RELO_ACTION_RESULT
};

struct relo_send {
    struct relo_addr local, remote;
    struct relo_view head;  /* in the outbox, until it is emptied */
    struct relo_slice body; /* the driver takes over the reference */
    uint8_t traffic_class;  /* enum relo_class */
    bool retransmission;
    bool relayed;          /* `local` is relayed: core/node gives it to TURN; no driver sees it */
    uint16_t frame_offset; /* where in head the clear frame (6.6.2) begins; 0: no frame (handshake)
                              or sealed */
};

struct relo_stream_action {
    uint32_t stream;
    struct relo_addr local, remote;
    struct relo_view data; /* in the outbox */
};

/* What an end of a link's path is, by the type of its candidate (RFC 8445 5.1.1). */
enum relo_path {
    RELO_PATH_DIRECT, /* no ICE: a bootstrap node's address, or a No-ICE overlay */
    RELO_PATH_HOST,
    RELO_PATH_SRFLX,
    RELO_PATH_PRFLX,
    RELO_PATH_RELAY
};

/* How long the steps to a link took, on this side; 0: there was no such step. A link that failed
   has the steps it got to, the last of them up to its end. */
struct relo_link_setup {
    relo_time gather;    /* candidates of our own */
    relo_time attach;    /* AttachReq to AttachAns; on the asker's side only */
    relo_time checks;    /* ICE, until a pair was selected */
    relo_time handshake; /* (D)TLS */
};

enum relo_result_type {
    RELO_RESULT_COMMAND,   /* the answer to a command; exactly one for each */
    RELO_RESULT_ADMITTED,  /* 10.5 step 7: this node is part of the ring now */
    RELO_RESULT_DELIVERED, /* a request of class lookup arrived here, responsible; see
                              report_deliveries */
    RELO_RESULT_LINK_UP,   /* `elapsed`: from connect (with ICE: the Attach) to an open link;
                              `setup`, `path_local`, `path_remote` */
    RELO_RESULT_LINK_DOWN,
    RELO_RESULT_LINK_FAILED, /* a link that never opened; `setup`: how far it got; `status`: NO_PATH
                                or NO_RELAY where ICE failed, or OK */
    RELO_RESULT_DISCONNECTED, /* all neighbors lost: the node joins again by itself */
    RELO_RESULT_APP_LINK,     /* an AppAttach of another's has led to a flow: `flow`, `peer`,
                                 `application`, `active`, `local`, `remote`, paths. Its keepalives,
                                 every 25 s say, are the application's (6.5.2.1) */
    RELO_RESULT_APP_DATA,     /* `value` has come over `flow` */
    RELO_RESULT_APP_DOWN      /* `flow` is no more: its port, or the TURN server's, is gone */
};

enum relo_status {
    RELO_OK,
    RELO_TIMEOUT,   /* no answer to five transmissions */
    RELO_ERROR,     /* an Error answer; see error_code */
    RELO_REFUSED,   /* this node would not send it: not joined, out of quota, bad arguments */
    RELO_CANCELLED, /* the node left or stopped first */
    RELO_NO_PATH,   /* ATTACH, APP_ATTACH, LINK_FAILED: ICE failed, no pair of candidates works */
    RELO_NO_RELAY   /* the same, and neither side has found a TURN server that would relay */
};

struct relo_result {
    enum relo_result_type type;
    enum relo_status status;
    enum relo_command_type command;
    uint64_t tag;
    uint64_t transaction_id; /* of the request; matches DELIVERED with the command's RESULT */
    struct relo_id
        peer; /* the responder; the other end of a link; DELIVERED: the requester if known */
    struct relo_id target;           /* DELIVERED: the id the request was addressed to */
    uint16_t error_code;             /* RELO_ERROR: RFC 6940 14.9 */
    uint16_t application;            /* APP_ATTACH, APP_LINK, APP_DOWN */
    uint32_t flow;                   /* the node's number of an application's flow, from 1 */
    struct relo_addr local, remote;  /* of the flow, as its datagrams bear them here */
    bool active;                     /* RFC 4145: this side begins the application's handshake */
    uint8_t hops;                    /* DELIVERED: forward links crossed by this copy */
    uint8_t transmissions;           /* end-to-end transmissions of the request */
    bool partial;                    /* FETCH: values with bad signatures were left out (7.4.2.2) */
    bool exists;                     /* FETCH: the first value; of a STORE that came too late by its
                                        generation counter: what is there instead (7.4.1.2) */
    uint64_t generation;             /* STORE, FETCH */
    relo_time elapsed;               /* LINK_UP; JOIN */
    uint8_t path_local, path_remote; /* LINK_UP, flows: enum relo_path */
    struct relo_link_setup setup;    /* LINK_UP, LINK_FAILED */
    struct relo_view value;          /* in the outbox. FETCH: the first value's bytes; APP_DATA */
    struct relo_view body; /* in the outbox. The whole answer body, for core/wire to read */
};

struct relo_action {
    enum relo_action_type type;
    union {
        struct relo_send send;
        struct relo_stream_action stream;
        struct relo_addr udp;
        struct relo_result result;
    };
};

#define RELO_OUTBOX_ACTIONS 64
#define RELO_OUTBOX_BYTES 65536

/* Belongs to the driver and is reused for every node of a thread. */
struct relo_outbox {
    uint32_t n;
    uint32_t bytes_used;
    relo_time deadline; /* of the node just stepped; RELO_NEVER: none */
    struct relo_action action[RELO_OUTBOX_ACTIONS];
    uint8_t bytes[RELO_OUTBOX_BYTES];
};

/* --- life --------------------------------------------------------------------------------- */

struct relo_shard *relo_shard_new(void);
void relo_shard_free(struct relo_shard *shard);              /* after its nodes */
struct relo_pool *relo_shard_pool(struct relo_shard *shard); /* for bodies of packets */

struct relo_node *relo_node_new(struct relo_shard *shard);
/* Frees a node after STOP, or at any time; its links end without a word. NULL is legal. */
void relo_node_free(struct relo_node *node);
/* Advances the node by one event. Never fails, never blocks, never calls back. Empties `out` first.
 */
void relo_node_step(struct relo_node *node, const struct relo_event *event,
                    struct relo_outbox *out);

/* Keepalives that the driver sends by itself, where the configuration says keepalives_by_driver:
   the node's deadline does not count them, and a step is spared where nothing else is to be done.
   When the next is due, RELO_NEVER if none ever; and that next one, if it is due at `now`: *send is
   as if a step at `now` had sent it. Ask after each step; a step at or after the time sends it as
   ever. Links over TURN remain the node's. */
relo_time relo_node_keepalive_at(const struct relo_node *node);
bool relo_node_keepalive(struct relo_node *node, relo_time now, struct relo_send *send);

/* A hint for drivers of many nodes, whose cost is their cache misses: bring near what coming steps
   will read. Per coming event: NODE some events ahead, TABLES one or two later (it reads what NODE
   brought near), LINK after that, and at last ROUTES. Changes nothing, and never calling it is
   right as well. Some events at a time, for the processor translates the addresses of lines at the
   same time if it is asked for them in a row. */
enum relo_coming_kind {
    RELO_COMING_STEP,
    RELO_COMING_ACK,       /* a datagram without a body, most likely an ACK */
    RELO_COMING_KEEPALIVE, /* no step: relo_node_keepalive */
    RELO_COMING_SNAPSHOT   /* no step: relo_node_snapshot; no LINK */
};
struct relo_coming {
    const struct relo_node *node;
    const struct relo_addr *remote; /* whom the datagram is from; NULL for any other event */
    enum relo_coming_kind kind;
};
enum relo_prefetch {
    RELO_PREFETCH_NODE,
    RELO_PREFETCH_TABLES,
    RELO_PREFETCH_LINK,
    RELO_PREFETCH_ROUTES
};
#define RELO_PREFETCH_MAX 16u /* events at a time */
void relo_node_prefetch(const struct relo_coming *coming, uint32_t n, enum relo_prefetch what);

/* --- looking in, for world checks, metrics and tests; changes nothing ---------------------- */

enum relo_node_state {
    RELO_NODE_NEW,
    RELO_NODE_STARTED, /* not part of the overlay */
    RELO_NODE_JOINING,
    RELO_NODE_JOINED, /* admitted (10.5 step 7) */
    RELO_NODE_LEAVING,
    RELO_NODE_STOPPED
};

#define RELO_NEIGHBORS_MAX 16

struct relo_snapshot {
    enum relo_node_state state;
    struct relo_id id;
    uint32_t predecessor_count, successor_count;
    struct relo_id predecessor[RELO_NEIGHBORS_MAX]; /* nearest first */
    struct relo_id successor[RELO_NEIGHBORS_MAX];   /* nearest first */
    uint32_t finger_count;                          /* distinct peers in the Finger Table */
    uint32_t link_count;                            /* link ends, in any state */
    uint32_t resource_count;                        /* Resource-IDs with stored values */
    uint32_t transactions;                          /* outstanding requests */
    uint32_t queued;  /* messages that wait or are unacknowledged, all links */
    bool turn_server; /* serves as one (RFC 6940 section 9) */
};
void relo_node_snapshot(const struct relo_node *node, struct relo_snapshot *snapshot);
bool relo_node_responsible(const struct relo_node *node, struct relo_id resource);
/* The storage time of the unexpired value held (original or replica), 0 if none. `key` as in STORE.
 */
uint64_t relo_node_holds(const struct relo_node *node, struct relo_id resource, uint32_t kind,
                         uint32_t index, struct relo_view key);
/* The fingers, numerically ascending; returns how many of `max` were written. */
uint32_t relo_node_fingers(const struct relo_node *node, struct relo_id *fingers, uint32_t max);

/* Counters of a shard, all nodes together (packets dropped by reason and the like). */
uint32_t relo_shard_counter_count(void);
const char *relo_shard_counter_name(uint32_t i);
uint64_t relo_shard_counter(const struct relo_shard *shard, uint32_t i);

/* The Resource-ID of a Resource Name (10.2). */
struct relo_id relo_resource_id(const void *name, size_t n);

#endif
