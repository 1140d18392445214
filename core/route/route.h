/* SPDX-License-Identifier: BSD-2-Clause */
/* Routing of one node: RFC 6940 sections 6.1 and 6.2. Receives messages from links, forwards what
   is not for this node, hands up what is; sends requests and answers; keeps transactions.

   Protocol of use, within a step: relo_route_receive for a message from links; verify what it hands
   up; for answers relo_route_accept; dispatch. relo_route_expire and relo_attach_poll until they
   are empty. Nothing here calls upwards. */
#ifndef RELO_ROUTE_ROUTE_H
#define RELO_ROUTE_ROUTE_H

#include "core/ice/agents.h"
#include "core/link/link.h"
#include "core/route/plugin.h"
#include "core/wire/header.h"

enum relo_owner {
    RELO_OWNER_NONE, /* nobody wants the answer */
    RELO_OWNER_TOPOLOGY,
    RELO_OWNER_STORAGE,
    RELO_OWNER_COMMAND,
    RELO_OWNER_USAGE, /* of core/usage that works by itself */
    RELO_OWNER_ATTACH /* route's own */
};

/* Embedded in the node; fields are the route layer's own (route/internal.h explains them). What
   every step looks at stands behind the rest. */
struct relo_route {
    uint16_t transaction_count;
    uint16_t attach_count;
    uint16_t cache_count;
    uint16_t reassembly_count;
    uint32_t reassembly_bytes;
    uint16_t opaque_count;
    uint16_t opaque_next; /* the next opaque id: 12 bits of index, 3 of generation */
    uint8_t cache_first, cache_capacity;
    struct relo_attach_news *attach_news_last;
    struct relo_answer_cache *cache;          /* a ring, FIFO by expiry */
    relo_time cache_expires;                  /* of its first; RELO_NEVER: it is empty */
    struct relo_opaque *opaque, *opaque_last; /* list compression (6.1.3), FIFO by expiry */
    struct relo_reassembly *reassembly_last;
    struct relo_local *local_last;

    struct relo_env *env;
    struct relo_links *links;
    const struct relo_topology_ops *ops;
    void *topology;
    relo_handle first, last; /* transactions in order of their next timeout (constant: FIFO) */
    relo_handle unsent, unsent_last;  /* transactions that still wait in a link's queue */
    struct relo_attachment *attaches; /* list, pool-allocated */
    struct relo_ice_agents *agents;   /* NULL: No-ICE */
    struct relo_attach_news *attach_news;
    struct relo_application *applications; /* AppAttach: list, pool-allocated */
    struct relo_reassembly *reassembly;    /* FIFO by expiry */
    struct relo_local *local;              /* messages of this node to itself */
    struct relo_local *held_local;         /* what the last relo_inbound views, as `held`: */
    struct relo_body *held;                /* released on the next receive */
    uint32_t flows;                        /* of applications, numbered so far */
    bool client;
};

#define RELO_TRANSACTIONS_MAX 256 /* per node */

size_t relo_transaction_bytes(void); /* of the objects in RELO_SLAB_TRANSACTION */

void relo_route_init(struct relo_route *route, struct relo_env *env, struct relo_links *links,
                     const struct relo_topology_ops *ops, void *topology);
void relo_route_fini(struct relo_route *route);

/* --- what comes in ----------------------------------------------------------------------- */

enum relo_verdict {
    RELO_VERDICT_DONE,    /* forwarded, dropped, or one fragment of several */
    RELO_VERDICT_REQUEST, /* for this node; verify, then dispatch by code */
    RELO_VERDICT_ANSWER   /* to a request of this node; verify, relo_route_accept, then dispatch */
};

/* A whole message for this node. All views are valid until the next relo_route_receive. */
struct relo_inbound {
    relo_handle link;          /* it came over; 0: from this node itself */
    struct relo_id from;       /* previous hop */
    struct relo_header header; /* views valid as the rest */
    struct relo_id target;     /* the id that made it ours */
    bool target_resource;      /* it was a Resource-ID; false: Node-ID or wildcard */
    uint8_t hops;              /* links crossed by this copy: initial-ttl - ttl + 1 */
    uint16_t code;
    struct relo_view contents; /* MessageContents as encoded: what is signed */
    struct relo_view body;     /* message_body */
    struct relo_view extensions;
    struct relo_view security; /* SecurityBlock as encoded */
    uint32_t message_bytes;    /* reassembled size */
    enum relo_class
        traffic_class; /* as its origin metered it; guessed from the code where unknown */
    /* Set by verification. */
    struct relo_credential signer;
    /* Answers. */
    relo_handle transaction;
    enum relo_owner owner;
    uint64_t context;
    uint16_t error_code; /* code == error: its error_code, else 0 */
    struct relo_view error_info;
    uint8_t transmissions;
    struct relo_id asked; /* final destination of the request */
    bool asked_resource;
};

/* Examines, forwards or hands up one message from links (6.1). `in` is filled unless DONE. */
enum relo_verdict relo_route_receive(struct relo_route *route, const struct relo_incoming *message,
                                     struct relo_inbound *in);
/* Lets go of what the last relo_inbound views: at the end of a step, for a node may rest for long.
 */
void relo_route_release(struct relo_route *route);
/* A message that could not be sent down a link: routed again, or dropped. Takes over
   the event's body reference. */
void relo_route_unsent(struct relo_route *route, const struct relo_link_event *event);
/* The end-to-end timer of a request starts with its first transmission. */
void relo_route_first_sent(struct relo_route *route, const struct relo_link_event *event);
/* Messages to this node itself (its own Resource-IDs, its own Node-ID) wait here, in order, and are
   handed up like any other: call until DONE, before and after dispatching. */
enum relo_verdict relo_route_local(struct relo_route *route, struct relo_inbound *in);

/* After verification of an answer: checks the responder (6.3.4), ends the transaction. False: the
   answer is dropped and the transaction goes on. */
bool relo_route_accept(struct relo_route *route, struct relo_inbound *in);
/* After verification of a request: configuration sequence (6.3.2.1), forwarding options, critical
   extensions, answer cache. True: dispatch it. False: it has been answered (or dropped) here. */
bool relo_route_admit(struct relo_route *route, struct relo_inbound *in);
/* Requests that route itself answers: Ping, Probe, Attach, AppAttach, ConfigUpdate. False: none. */
bool relo_route_request_own(struct relo_route *route, struct relo_inbound *in, uint32_t resources);
/* Answers to requests route itself owns (RELO_OWNER_ATTACH). */
void relo_route_answer_own(struct relo_route *route, const struct relo_inbound *in);

/* --- what goes out ----------------------------------------------------------------------- */

struct relo_request {
    struct relo_target target;
    relo_handle through; /* first hop; 0: connected node, else topology's next hop */
    uint16_t code;
    struct relo_view body; /* message_body; copied */
    struct relo_view extensions;
    struct relo_view options; /* ForwardingOption elements */
    const struct relo_view
        *certificates; /* packed (suite), beyond the own one; for stored values */
    uint32_t certificate_count;
    uint32_t max_response_length;
    enum relo_owner owner;
    uint64_t context; /* comes back with the answer */
    relo_time until;  /* from then on what it says is not true, and it fails; 0: no limit */
    enum relo_class traffic_class;
    uint8_t transmissions_max; /* 0: five */
};

/* Signs, encodes and sends a request and starts its transaction. 0: over quota. A request that
   finds no route now is kept and tried again by its timer. */
relo_handle relo_route_request(struct relo_route *route, const struct relo_request *request);
/* Whether a request of this code to this id has no answer yet. */
bool relo_route_pending(const struct relo_route *route, uint16_t code, struct relo_id asked);
uint64_t relo_route_transaction_id(const struct relo_route *route, relo_handle transaction);
/* Requests of this code that have no answer yet are transmitted no more: what they say has changed.
   One that is not answered ends at its timer, with RELO_CANCELLED. */
void relo_route_abandon(struct relo_route *route, uint16_t code);
/* Ends a transaction without a word to its owner. 0 is legal. */
void relo_route_cancel(struct relo_route *route, relo_handle transaction);

/* The answer to a request being dispatched. Kept in the answer cache for 15 s if the method is not
   idempotent (6.2.1). Certificates as in relo_request. Too large for max_response_length: an Error
   instead. */
void relo_route_answer(struct relo_route *route, const struct relo_inbound *in, uint16_t code,
                       struct relo_view body, const struct relo_view *certificates,
                       uint32_t certificate_count);
void relo_route_error(struct relo_route *route, const struct relo_inbound *in, uint16_t error_code,
                      struct relo_view error_info);
/* error_info as text. */
void relo_route_error_text(struct relo_route *route, const struct relo_inbound *in,
                           uint16_t error_code, const char *text);

/* The answer to a request whose body `r` could not read: Error_Invalid_Message; none where a select
   had a type unknown to it (6.3.1.1). */
void relo_route_malformed(struct relo_route *route, const struct relo_inbound *in,
                          const struct relo_rd *r);

/* --- time -------------------------------------------------------------------------------- */

/* A transaction that ended without an answer. */
struct relo_done {
    relo_handle transaction; /* gone already; for comparison only */
    uint64_t transaction_id;
    enum relo_owner owner;
    uint64_t context;
    uint16_t code;
    enum relo_status status; /* RELO_TIMEOUT or RELO_CANCELLED */
    struct relo_id asked;
    bool asked_resource;
    uint8_t transmissions;
};

/* Retransmits what is due, drops what is too old; returns failed transactions, one at a time. */
bool relo_route_expire(struct relo_route *route, struct relo_done *done);
relo_time relo_route_deadline(const struct relo_route *route);
/* When relo_route_expire will next free an answer or a via list that is kept. */
relo_time relo_route_expires(const struct relo_route *route);

/* --- Attach (6.5.1) ---------------------------------------------------------------------- */

struct relo_attach_options {
    struct relo_target target;
    relo_handle through;   /* source routing through the link that told us (10.6); 0: routed */
    bool send_update;      /* ask the other side for an Update when the link is up */
    enum relo_owner owner; /* TOPOLOGY or COMMAND */
    uint64_t context;
};

struct relo_attach_event {
    bool initiated;          /* by us; false: the other side attached to us */
    enum relo_status status; /* OK: `link` is up. Else: it failed, for initiated ones only, or
                                checks_failed */
    uint16_t error_code;
    relo_handle link;
    struct relo_id peer; /* zero if it failed before it was known */
    struct relo_id asked;
    bool asked_resource;
    bool send_update; /* the other side asked for an Update */
    enum relo_owner owner;
    uint64_t context;
    relo_time elapsed;
    bool checks_failed; /* ICE found no path: no link ever was, and `setup` says how far it got */
    struct relo_link_setup setup;
};

/* False: over quota. An Attach to a Node-ID already connected completes at once with that link; one
   already under way is joined (both owners hear of it only if the contexts differ). */
bool relo_attach_start(struct relo_route *route, const struct relo_attach_options *options);
bool relo_attach_poll(struct relo_route *route, struct relo_attach_event *event);
/* Link news concern attaches first; call for every UP, DOWN and FAILED event. */
void relo_attach_link(struct relo_route *route, const struct relo_link_event *event);
/* How the link of an UP or FAILED event was set up: fills setup and path of *result, and elapsed
   where ICE was used. Before relo_attach_link. False: by no Attach. */
bool relo_attach_setup(struct relo_route *route, const struct relo_link_event *event,
                       struct relo_result *result);
#endif
