/* SPDX-License-Identifier: BSD-2-Clause */
/* All links of one node: connection table, secure associations, framing, Simple Reliability
   (RFC 6940 section 6.6). One hop; knows nothing of routing.

   Protocol of use, within a step: receive or wake first; then poll link events until none is left;
   send queues frames and marks links; flush (once, at the end of the step) fills the outbox. */
#ifndef RELO_LINK_LINK_H
#define RELO_LINK_LINK_H

#include "core/base/addr.h"
#include "core/base/env.h"
#include "core/base/packet.h"
#include "core/relo.h"
#include "core/security/suite.h"

enum relo_link_state {
    RELO_LINK_FREE,
    RELO_LINK_OPENING, /* handshake, or waiting for the other side's */
    RELO_LINK_UP,
    RELO_LINK_SUSPECT, /* third silent retransmission: out of the tables, may be restored (6.6.3.1)
                        */
    RELO_LINK_CLOSING  /* close_notify still to be flushed; then gone */
};

/* Uses of a link by upper layers; a link with none of the first three and idle for link-idle-close
   is closed. Set and cleared by the topology. */
enum relo_link_use {
    RELO_LINK_NEIGHBOR = 1,
    RELO_LINK_FINGER = 2,
    RELO_LINK_HELD = 4,       /* bootstrap in use, attach in progress, a client of ours, ... */
    RELO_LINK_PEER = 8,       /* it sent an Update: may be routed through (6.5.1) */
    RELO_LINK_SENT_READY = 16 /* we sent it an Update that says we are a peer; no Leave undid it */
};

struct relo_link;      /* slab object; fields are the link layer's own (link/state.h) */
struct relo_link_busy; /* what a link has only while it waits for something */
struct relo_link_news; /* an event not yet polled */

/* Bytes of a struct relo_link, for the shard's slab: at most 128. */
size_t relo_link_bytes(void);

/* An ACK that the next flush writes: each received DATA frame gets one (6.6.2). */
struct relo_links_ack {
    relo_handle link; /* 0: none */
    uint32_t sequence, received;
};

/* Embedded in the node, what every datagram needs in front. Parallel arrays of `count`, in one pool
   block. Entries from `first_up` are the links that are UP, ascending by Node-ID; those before it
   are opening or suspect. */
struct relo_links {
    struct relo_env *env;
    uint16_t *addr_hash; /* relo_addr_hash: the link has the address */
    relo_handle *handle;
    uint32_t *key; /* the first 32 bits of the Node-ID; 0 where the link is not up */
    uint16_t count, capacity, first_up;
    uint8_t local_count;
    uint8_t relayed; /* bit i: local[i] is relayed to us by a TURN server */
    struct relo_link_busy
        *active; /* ascending by Node-ID: only these have timers or something to send */
    struct relo_link_busy *dead; /* closed in this step: an alert to send, then gone */
    struct relo_link_news *news, *news_last;
    void *polled;                   /* bytes behind the last UNSENT event; link/news.c */
    void *reply;                    /* a stateless answer to an unknown address; link/receive.c */
    relo_time idle_check;           /* no link is due for an idle close before this */
    struct relo_links_quiet *quiet; /* with ICE: when links were silent for so long; link/quiet.c */
    struct relo_links_ack ack;
    uint32_t next_stream;
    struct relo_addr local[4];
};

void relo_links_init(struct relo_links *links, struct relo_env *env);
void relo_links_fini(struct relo_links *links);
void relo_links_set_local(struct relo_links *links, const struct relo_addr *local, uint32_t count);
/* Adds an address that a TURN server relays to us: a link from it sends datagrams that are
   `relayed` (core/relo.h). False: there is no room for one more. Links over it end when it is
   removed. */
bool relo_links_add_relayed(struct relo_links *links, const struct relo_addr *relayed);
void relo_links_remove_relayed(struct relo_links *links, const struct relo_addr *relayed);
/* Whether that is one of this node's own addresses, relayed ones included. */
static inline bool relo_links_is_local(const struct relo_links *links, const struct relo_addr *addr)
{
    for (uint32_t i = 0; i < links->local_count; i++)
        if (relo_addr_equal(&links->local[i], addr))
            return true;
    return false;
}
bool relo_links_is_stream(const struct relo_links *links, relo_handle link);
/* The link that is up to this address over datagrams; 0: none. */
relo_handle relo_links_find_addr(const struct relo_links *links, const struct relo_addr *remote);
/* The path of a link is known to be dead: it fails as by a hard ICMP error. 0 and stale handles are
   legal. */
void relo_links_lost(struct relo_links *links, relo_handle link);
bool relo_links_is_relayed(const struct relo_links *links, const struct relo_addr *local);

/* Opens a link. `expected` is the Node-ID the certificate must show, NULL if unknown (a bootstrap
   address). server: the other side sends the ClientHello (we sent the AttachReq, 6.5.1.13). Returns
   the existing link where one to that Node-ID is up or opening in the same role; but a client whose
   link has been up for more than a few seconds opens another, which replaces it: a peer that asks
   for a link it already has is one that came back and lost it. With `expected` NULL the address
   decides. 0 if over quota (RELO_LINKS_MAX). Gives up after the handshake's own timeouts; a server
   waits 15 s. */
relo_handle relo_links_connect(struct relo_links *links, const struct relo_id *expected,
                               const struct relo_addr *remote, bool server);
/* The same over a path that ICE has selected: from `local`, one of ours or a relayed one. */
relo_handle relo_links_connect_path(struct relo_links *links, const struct relo_id *expected,
                                    const struct relo_addr *local, const struct relo_addr *remote,
                                    bool server);
/* The same over a stream (TLS/TCP with framing header, 6.6.5): asks the driver for a connection. */
relo_handle relo_links_connect_stream(struct relo_links *links, const struct relo_id *expected,
                                      const struct relo_addr *remote);
/* Room for so many links in all, so that the tables lie in a row, right behind the node: less to
   look up for whoever steps many (docs/decisions/0005). */
void relo_links_reserve(struct relo_links *links, uint32_t count);
/* A link of a wired ring: up at once; no UP event. */
relo_handle relo_links_wire(struct relo_links *links, const struct relo_wired_link *wired);
/* Sends close_notify; queued messages are dropped. A DOWN (or FAILED) event follows; the handle is
   good until it is polled, but the link is not up any more. 0 and stale handles are legal. */
void relo_links_close(struct relo_links *links, relo_handle link);
/* The same, but the message queued last goes out once, before the close_notify; the others become
   UNSENT. */
void relo_links_close_after(struct relo_links *links, relo_handle link);

/* Free in front of each datagram in the outbox while a TURN server relays to us: a channel's header
   goes there. */
#define RELO_LINK_HEADROOM 4u
#define RELO_LINKS_MAX 512 /* per node */

/* A message to go down a link: forwarding header (copied) and a body slice (the link takes its own
   reference). */
struct relo_outgoing {
    struct relo_view header;
    struct relo_slice body;
    uint64_t transaction_id; /* with `sender_token`, for events about messages that failed */
    uint32_t sender_token;   /* opaque to links: the transaction's handle at its origin, else 0 */
    relo_time until;         /* ours: from then on it must not be sent; 0: it may be at any time */
    bool no_retransmit;      /* transit_retransmit off and not ours */
    bool continues;          /* not the first part of a message */
};

enum relo_send_result { RELO_SENT, RELO_SEND_NO_LINK, RELO_SEND_QUEUE_FULL };

/* Brings near what sending down a link will read. */
void relo_link_prefetch(const struct relo_links *links, relo_handle link);
/* Queues a message; stop and wait does the rest (6.6.3.1). */
enum relo_send_result relo_links_send(struct relo_links *links, relo_handle link,
                                      const struct relo_outgoing *message);
/* Whether a message with this transaction id still waits, or was not yet acknowledged, in any queue
   of this node (an end-to-end copy is not queued then). `sender_token` must match. */
bool relo_links_waiting(const struct relo_links *links, uint64_t transaction_id,
                        uint32_t sender_token);

/* Messages on all queues, the unacknowledged ones included. */
uint32_t relo_links_queued(const struct relo_links *links);

/* A message that came in. Views are borrowed until the end of the step. */
struct relo_incoming {
    relo_handle link;
    struct relo_id from;    /* Node-ID of the link's other end */
    struct relo_view head;  /* begins with the forwarding header */
    struct relo_slice body; /* continues it; borrowed: take a reference to keep it. May be empty */
    bool unattached;        /* by a certificate with several Node-IDs, and before an Attach */
    bool too_large;         /* for max-message-size: tell its sender, and close the link (6.6) */
};

/* Takes one datagram (acknowledges, opens, answers handshakes). True: a new message is in *message.
   Duplicates of a message (a retransmission already received) are acknowledged and not handed up.
 */
bool relo_links_receive(struct relo_links *links, const struct relo_datagram *datagram,
                        struct relo_incoming *message);
/* STREAM_OPENED, _DATA, _WRITABLE and _CLOSED. Then call relo_links_stream_next until it returns
   false: each time one message that the stream's bytes held (views good until the next call). */
void relo_links_stream(struct relo_links *links, const struct relo_event *event);
bool relo_links_stream_next(struct relo_links *links, struct relo_incoming *message);
/* A hard ICMP error: links to that address fail at once. */
void relo_links_unreachable(struct relo_links *links, const struct relo_addr *remote);

enum relo_link_event_type {
    RELO_LINK_EVENT_UP,       /* handshake done; `peer` known; `elapsed` since connect */
    RELO_LINK_EVENT_SUSPECT,  /* failure signal: take it out of the Routing Table */
    RELO_LINK_EVENT_RESTORED, /* an ACK came after all */
    RELO_LINK_EVENT_DOWN,   /* closed by either side, or given up; the handle is gone after this */
    RELO_LINK_EVENT_FAILED, /* never came up; the handle is gone after this */
    RELO_LINK_EVENT_UNSENT, /* after SUSPECT or DOWN: one queued message that was never
                               acknowledged; the caller owns a reference to message.body and routes
                               it again or drops it */
    RELO_LINK_EVENT_FIRST_SENT /* a message with sender_token != 0 had its first transmission: the
                                  end-to-end timer starts now */
};

struct relo_link_event {
    enum relo_link_event_type type;
    relo_handle link;
    struct relo_id peer;
    relo_time elapsed;
    uint8_t use; /* relo_link_use bits it had */
    bool server;
    relo_handle replaced_by; /* DOWN: both ends connected to each other at once; this other link to
                                the same peer is up and has inherited the use bits. Else 0 */
    struct relo_outgoing message; /* UNSENT */
    uint64_t transaction_id;      /* FIRST_SENT */
    uint32_t sender_token;
};

/* The next piece of news, in the order it happened; false: none. UNSENT's header bytes are valid
   until the next call. None arise in flush: FIRST_SENT comes when it is certain that this step's
   flush sends the message. */
bool relo_links_poll(struct relo_links *links, struct relo_link_event *event);

void relo_links_wake(struct relo_links *links); /* timers that are due at env->now */
relo_time relo_links_deadline(const struct relo_links *links);
/* Writes what marked links have to send, in Node-ID order; returns false where the outbox was full
   (call again next step with deadline = now). */
bool relo_links_flush(struct relo_links *links, struct relo_outbox *out);

/* Links on which nothing was sent for keepalive-interval (RFC 8445 section 11; not with No-ICE):
   the next of them, after flush, false if there is none. It counts as having sent from now on: the
   caller sends a keepalive from *local to *remote. */
bool relo_links_quiet_next(struct relo_links *links, struct relo_addr *local,
                           struct relo_addr *remote);
/* When the next is due; RELO_NEVER: none. */
relo_time relo_links_quiet_at(const struct relo_links *links);

/* Looking things up. Only links that are UP count as connected. */
relo_handle relo_links_find(const struct relo_links *links,
                            struct relo_id peer); /* 0: not connected */
bool relo_link_is_up(const struct relo_links *links,
                     relo_handle link); /* false for 0 or a freed handle */
struct relo_id relo_link_peer(const struct relo_links *links, relo_handle link);
struct relo_addr relo_link_remote(const struct relo_links *links, relo_handle link);
struct relo_addr relo_link_source(const struct relo_links *links, relo_handle link); /* ours */
/* When the last message was handed up from it, or it came up. */
relo_time relo_link_heard(const struct relo_links *links, relo_handle link);
uint8_t relo_link_use(const struct relo_links *links, relo_handle link);
void relo_link_set_use(struct relo_links *links, relo_handle link, uint8_t bits);
void relo_link_clear_use(struct relo_links *links, relo_handle link, uint8_t bits);
/* The other end has attached to us over it, and goes by the Node-ID that the link has (6.1.2). */
void relo_link_attached(struct relo_links *links, relo_handle link);
/* Bytes of a RELOAD message that fit one datagram of this link unfragmented. */
uint32_t relo_link_message_max(const struct relo_links *links, relo_handle link);
/* Links UP in ascending Node-ID order: start with *cursor = 0; 0 when done. Closing while iterating
   is not allowed. */
relo_handle relo_links_next(const struct relo_links *links, uint32_t *cursor);
/* The same, and what it is used for. */
relo_handle relo_links_next_used(const struct relo_links *links, uint32_t *cursor, uint8_t *use);

#endif
